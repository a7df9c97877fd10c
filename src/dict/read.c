/* The reader of .dia files: from text, and all that it inherits, to a dictionary with a count of references. */
#include "dict/reading.h"

#include <stdatomic.h>

/* Bounds of the memory for one file: while it is read, and of its tables. */
enum { READING_MAX = 1 << 30, TABLES_MAX = 512 << 20, NAMES_MAX = 64 << 20 };

/* A dictionary on which another one stands, or that was read in this run. */
struct dict_parent {
    struct dict_parent *next;
    dia_bytes name;
    const dia_dict *dict; /* NULL: it could not be read */
    int err;              /* why */
};

/* What the files of one run share. */
struct dict_reads {
    const dia_dict_reader *reader;
    dia_dict_reader inner; /* the same without the options for the first file */
    dia_arena arena;
    struct dict_parent *done; /* read so far, each with a reference, those with errors too: none is read twice */
};

/* ---- References ---- */

const dia_dict *dia_dict_ref(const dia_dict *dict)
{
    if (dict && dict->loaded)
        atomic_fetch_add_explicit(&dict->loaded->references, 1, memory_order_relaxed);
    return dict;
}

bool dia_dict_inherits(const dia_dict *dict, const dia_dict *other)
{
    if (!dict->loaded)
        return true;
    for (const struct dict_parent *it = dict->loaded->parents; it; it = it->next)
        if (it->dict == other || (it->dict->loaded && dia_dict_inherits(it->dict, other)))
            return true;
    return false;
}

static void release(dia_dict_loaded *loaded)
{
    for (struct dict_parent *it = loaded->parents; it; it = it->next)
        dia_dict_unref(it->dict);
    const dia_allocator *alloc = loaded->alloc;
    dia_arena_done(&loaded->arena);
    dia_release(alloc, loaded, sizeof *loaded);
}

void dia_dict_unref(const dia_dict *dict)
{
    if (!dict || !dict->loaded)
        return;
    if (atomic_fetch_sub_explicit(&dict->loaded->references, 1, memory_order_acq_rel) == 1)
        release(dict->loaded);
}

static dia_dict_loaded *new_loaded(const dia_allocator *alloc)
{
    dia_dict_loaded *loaded = dia_alloc0(alloc, sizeof *loaded);
    if (!loaded)
        return NULL;
    loaded->alloc = alloc;
    atomic_init(&loaded->references, 1);
    dia_arena_init(&loaded->arena, NULL, 0, TABLES_MAX, alloc);
    return loaded;
}

/* ---- Names of files ---- */

/* The file's name without folders and extension. */
static dia_bytes stem_of(const char *file)
{
    if (!file)
        return dia_cstr("dictionary");
    const char *slash = strrchr(file, '/');
    const char *start = slash ? slash + 1 : file;
    const char *dot = strrchr(start, '.');
    const size_t n = dot && dot > start ? (size_t)(dot - start) : strlen(start);
    return n ? (dia_bytes){ (const uint8_t *)start, n } : dia_cstr("dictionary");
}

/* Its name, as @inherits of others would have it. */
static dia_bytes name_of(const dia_dict_reader *reader, const ast_file *ast, const char *file)
{
    if (reader->name)
        return dia_cstr(reader->name);
    for (const ast_item *it = ast->sections.first; it; it = it->next)
        if (((const ast_section *)it)->section == SECTION_NAME)
            return ((const ast_section *)it)->word.text;
    return stem_of(file);
}

int dia_dict_peek_name(dia_bytes text, dia_bytes *name)
{
    dict_scan scan;
    dict_scan_init(&scan, text, NULL);
    dict_token token = dict_scan_next(&scan);
    while (token.kind != TOKEN_END) {
        const bool is_name = token.kind == TOKEN_SECTION && token.section == SECTION_NAME;
        token = dict_scan_next(&scan);
        if (is_name && token.kind == TOKEN_WORD) {
            *name = token.text;
            return 0;
        }
    }
    return DIA_ENOENT;
}

/* ---- What is inherited ---- */

static int read_file(struct dict_reads *reads, const dict_reading *up, dia_bytes module, dia_bytes text,
                     const char *file, dia_dict **out);

static bool answers_to(const dia_dict *dict, dia_bytes name)
{
    if (dia_bytes_equal(name, dia_cstr(dict->name)) || (dict->stem && dia_bytes_equal(name, dia_cstr(dict->stem))))
        return true;
    for (const char *const *alias = dict->aliases; alias && *alias; alias++)
        if (dia_bytes_equal(name, dia_cstr(*alias)))
            return true;
    return false;
}

static const dia_dict *find_known(const dia_dict_reader *reader, dia_bytes name)
{
    for (size_t i = 0; i < reader->known.n; i++)
        if (answers_to(reader->known.v[i], name))
            return reader->known.v[i];
    return NULL;
}

static const struct dict_parent *find_done(const struct dict_reads *reads, dia_bytes name)
{
    const struct dict_parent *it = reads->done;
    while (it && !dia_bytes_equal(it->name, name))
        it = it->next;
    return it;
}

static const dia_dict *failed(dict_reading *r)
{
    r->incomplete = true;
    return NULL;
}

/* Notes the dictionary as read; takes the reference. */
static int add_done(struct dict_reads *reads, dia_bytes name, dia_dict *dict, int err)
{
    struct dict_parent *entry = dia_arena_get(&reads->arena, sizeof *entry);
    const dia_bytes kept = dia_arena_copy(&reads->arena, name);
    if (!entry || !kept.p) {
        dia_dict_unref(dict);
        return reads->arena.err;
    }
    *entry = (struct dict_parent){ reads->done, kept, dict, err };
    reads->done = entry;
    return 0;
}

/* 0 when it was read, with errors or without: both are in reads->done. */
static int open_source(dict_reading *r, dia_bytes name)
{
    struct dict_reads *reads = r->reads;
    char module[DICT_NAME_MAX + 1];
    if (!reads->reader->open || name.n > DICT_NAME_MAX)
        return DIA_ENOENT;
    memcpy(module, name.p, name.n);
    module[name.n] = 0;
    dia_bytes text = { 0 };
    const char *file = NULL;
    int err = reads->reader->open(reads->reader->arg, module, &text, &file);
    if (err == DIA_ENOENT)
        return err;
    dia_dict *dict = NULL;
    if (!err)
        err = read_file(reads, r, name, text, file, &dict);
    return err == DIA_ENOMEM ? err : add_done(reads, name, dict, err);
}

/* Keeps the dictionary alive as long as the one that stands on it. */
static const dia_dict *stand_on(dict_reading *r, const dia_dict *dict)
{
    struct dict_parent *it = r->loaded->parents;
    while (it && it->dict != dict)
        it = it->next;
    if (it)
        return dict;
    struct dict_parent *entry = dia_arena_get(&r->loaded->arena, sizeof *entry);
    if (!entry) {
        r->arena->err = r->loaded->arena.err;
        return NULL;
    }
    *entry = (struct dict_parent){ r->loaded->parents, { 0 }, dia_dict_ref(dict), 0 };
    r->loaded->parents = entry;
    return dict;
}

const dia_dict *dict_load(dict_reading *r, dia_bytes name, dict_spot at)
{
    int depth = 0;
    for (const dict_reading *it = r; it; it = it->up, depth++) {
        if (!dia_bytes_equal(it->module, name) && !dia_bytes_equal(it->name_text, name))
            continue;
        dict_error(&r->issues, at, "inheritance_cycle", "%.*s inherits itself", DICT_TEXT(name));
        return failed(r);
    }
    if (depth > DICT_INHERIT_DEPTH_MAX) {
        dict_limit(&r->issues, at, "inheritance is deeper than %d", DICT_INHERIT_DEPTH_MAX);
        return failed(r);
    }
    const struct dict_parent *entry = find_done(r->reads, name);
    const int err = entry ? 0 : open_source(r, name);
    if (err && err != DIA_ENOENT) {
        r->arena->err = err;
        return failed(r);
    }
    if (err == 0)
        entry = find_done(r->reads, name);
    const dia_dict *dict = entry ? entry->dict : find_known(r->reads->reader, name);
    if (dict && dict->table_format == DIA_TABLE_FORMAT)
        return stand_on(r, dict);
    if (dict)
        dict_error(&r->issues, at, "recompile", "dictionary %.*s was compiled for another version", DICT_TEXT(name));
    else if (!entry)
        dict_error(&r->issues, at, "not_loaded", "dictionary %.*s is not found", DICT_TEXT(name));
    else if (entry->err == DIA_EEXIST)
        dict_error(&r->issues, at, "inheritance_cycle", "%.*s inherits from this one", DICT_TEXT(name));
    else if (entry->err == DIA_EFORMAT)
        dict_error(&r->issues, at, "no_dict", "dictionary %.*s has errors", DICT_TEXT(name));
    else if (entry->err == DIA_ESPACE)
        dict_limit(&r->issues, at, "dictionary %.*s is beyond the limits of the reader", DICT_TEXT(name));
    else
        dict_error(&r->issues, at, "read", "dictionary %.*s cannot be read: %s", DICT_TEXT(name),
                   dia_strerror(entry->err));
    return failed(r);
}

/* ---- One file ---- */

static int read_parsed(dict_reading *r)
{
    dict_inherits(r);
    if (!r->arena->err)
        dict_check_file(r);
    if (!r->arena->err)
        dict_import(r);
    if (!r->arena->err)
        dict_check_names(r);
    int err = dict_issues_result(&r->issues);
    if (!err)
        err = dict_build(r);
    if (err == DIA_ESPACE && !r->issues.limit)
        dict_limit(&r->issues, (dict_spot){ 1, 1 }, "the dictionary is too large");
    return err;
}

static int read_file(struct dict_reads *reads, const dict_reading *up, dia_bytes module, dia_bytes text,
                     const char *file, dia_dict **out)
{
    const dia_dict_reader *reader = up ? &reads->inner : reads->reader;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, READING_MAX, reader->alloc);
    ast_file ast;
    dict_reading r = {
        .reader = reader,
        .reads = reads,
        .arena = &arena,
        .ast = &ast,
        .up = up,
        .module = module,
        .issues = { .arena = &arena, .file = file ? file : "dictionary" },
    };
    int err = DIA_ENOMEM;
    r.loaded = new_loaded(reader->alloc);
    if (r.loaded) {
        dict_parse(text, &r.issues, &ast);
        r.incomplete = ast.broken;
        r.name_text = name_of(reader, &ast, file);
        err = read_parsed(&r);
        if (err != DIA_ENOMEM)
            dict_issues_report(&r.issues, reader);
    }
    dia_arena_done(&arena);
    if (!err)
        *out = &r.loaded->dict;
    else if (r.loaded)
        release(r.loaded);
    return err;
}

int dia_dict_read(const dia_dict_reader *reader, dia_bytes text, const char *file, dia_dict **out)
{
    struct dict_reads reads = { .reader = reader, .inner = *reader };
    reads.inner.name = reads.inner.prefix = NULL;
    dia_arena_init(&reads.arena, NULL, 0, NAMES_MAX, reader->alloc);
    dia_dict *dict = NULL;
    const int err = read_file(&reads, NULL, (dia_bytes){ 0 }, text, file, &dict);
    for (struct dict_parent *it = reads.done; it; it = it->next)
        dia_dict_unref(it->dict);
    dia_arena_done(&reads.arena);
    if (!err)
        *out = dict;
    return err;
}

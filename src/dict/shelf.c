/* Dictionaries of folders: files that are found by the names that @inherits uses, each read once, behind those that it
 * inherits from. */
#include "dict/ast.h"

typedef enum state { NOT_READ, IN_HAND, READ, BROKEN } state;

/* A file of the shelf. */
typedef struct volume {
    char *path;
    dia_bytes text; /* absent: not loaded yet */
    int err;        /* of loading or reading */
    state state;
    const dia_dict *dict;
} volume;

struct dia_shelf {
    dia_shelf_config config;
    volume *volumes;
    size_t n, cap;
    const dia_dict **dicts; /* those read, in their order, then config.known */
    size_t n_read, n_dicts, dicts_cap;
    size_t depth; /* of inheritance, while reading */
};

/* ---- Memory ---- */

/* Room for one element more. */
static bool reserve(const dia_shelf *s, void *v, size_t n, size_t *cap, size_t size)
{
    void *old;
    if (n < *cap)
        return true;
    memcpy(&old, v, sizeof old);
    const dia_allocator *alloc = s->config.alloc ? s->config.alloc : dia_allocator_default();
    const size_t more = *cap ? 2 * *cap : 16;
    void *p = alloc->resize(alloc->arg, old, *cap * size, more * size);
    if (!p)
        return false;
    memcpy(v, &p, sizeof p);
    *cap = more;
    return true;
}

/* ---- Files ---- */

/* The file with this path; s->n when there is none. */
static size_t index_of(const dia_shelf *s, const char *path)
{
    size_t i = 0;
    while (i < s->n && strcmp(s->volumes[i].path, path) != 0)
        i++;
    return i;
}

int dia_shelf_add(dia_shelf *s, const char *path)
{
    if (index_of(s, path) < s->n)
        return 0;
    const size_t n = strlen(path) + 1;
    char *copy = reserve(s, &s->volumes, s->n, &s->cap, sizeof *s->volumes) ? dia_alloc(s->config.alloc, n) : NULL;
    if (!copy)
        return DIA_ENOMEM;
    memcpy(copy, path, n);
    s->volumes[s->n++] = (volume){ .path = copy };
    return 0;
}

static int load(dia_shelf *s, size_t i)
{
    if (s->volumes[i].text.p || s->volumes[i].state == BROKEN)
        return s->volumes[i].text.p ? 0 : s->volumes[i].err;
    dia_bytes text = { NULL, 0 };
    const int err = s->config.load(s->config.arg, s->volumes[i].path, &text);
    if (!err)
        s->volumes[i].text = text.p ? text : dia_cstr("");
    else
        s->volumes[i].state = BROKEN;
    s->volumes[i].err = err;
    return err;
}

int dia_shelf_text(dia_shelf *s, const char *path, dia_bytes *text)
{
    int err = dia_shelf_add(s, path);
    const size_t i = index_of(s, path);
    if (!err)
        err = load(s, i);
    if (!err)
        *text = s->volumes[i].text;
    return err;
}

/* ---- Names ---- */

/* Is it one of "a,b,c"? */
static bool is_listed(dia_bytes list, dia_bytes name)
{
    for (size_t from = 0, i = 0; i <= list.n; i++) {
        if (i < list.n && list.p[i] != ',')
            continue;
        if (dia_bytes_equal((dia_bytes){ list.p + from, i - from }, name))
            return true;
        from = i + 1;
    }
    return false;
}

/* The annotation of @name, which the scanner leaves behind: to the end of the line. */
static bool is_alias(dia_bytes text, dia_bytes after, dia_bytes name)
{
    const uint8_t *end = text.p + text.n, *p = after.p + after.n, *stop = p;
    while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
    while (p < stop && *p != ';')
        p++;
    ast_comment comment = { .text = { p, (size_t)(stop - p) } };
    if (!ast_comment_is_note(&comment))
        return false;
    const ast_item item = { .trail = &comment };
    ast_note note = ast_note_of(&item);
    while (ast_note_next(&note)) {
        const bool names = dia_bytes_equal(note.key, dia_cstr("alias")) || dia_bytes_equal(note.key, dia_cstr("stem"));
        if (names && note.value.p && is_listed(note.value, name))
            return true;
    }
    return false;
}

static bool answers_to(dia_bytes text, dia_bytes name)
{
    dia_bytes own;
    return dia_dict_peek_name(text, &own) == 0 && (dia_bytes_equal(own, name) || is_alias(text, own, name));
}

static bool is_file_of(const char *path, dia_bytes name)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    return strncmp(base, (const char *)name.p, name.n) == 0 && strcmp(base + name.n, ".dia") == 0;
}

/* The first file that gives itself the name, else the first that is called so. */
static bool find(dia_shelf *s, dia_bytes name, size_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        if (load(s, i) == 0 && answers_to(s->volumes[i].text, name)) {
            *out = i;
            return true;
        }
    for (size_t i = 0; i < s->n; i++)
        if (is_file_of(s->volumes[i].path, name)) {
            *out = i;
            return true;
        }
    return false;
}

/* ---- Reading ---- */

/* One file being read, and how. */
typedef struct reading {
    dia_shelf *shelf;
    dia_dict_reader reader;
    const char *const *replaced; /* for what it inherits from: options that are "Old/New" */
} reading;

static int read_volume(dia_shelf *s, size_t i, const dia_shelf_how *how, const char *const *replaced);

/* The reader asks for a dictionary: it is put among those known, where the reader looks next. */
static int open_inherited(void *arg, const char *name, dia_bytes *text, const char **file)
{
    reading *r = arg;
    size_t i;
    (void)text, (void)file;
    if (!find(r->shelf, dia_cstr(name), &i))
        return DIA_ENOENT;
    if (r->shelf->volumes[i].state == IN_HAND)
        return DIA_EEXIST;
    const dia_shelf_how how = { .inherits = r->replaced };
    const int err = read_volume(r->shelf, i, &how, r->replaced);
    r->reader.known = dia_shelf_dicts(r->shelf);
    return err ? err : DIA_ENOENT;
}

static void report(void *arg, const dia_dict_error *error)
{
    const reading *r = arg;
    r->shelf->config.report(r->shelf->config.arg, error);
}

/* In front of those known from the start: what was read counts first. */
static int keep(dia_shelf *s, const dia_dict *dict)
{
    if (!reserve(s, &s->dicts, s->n_dicts, &s->dicts_cap, sizeof *s->dicts))
        return DIA_ENOMEM;
    memmove(s->dicts + s->n_read + 1, s->dicts + s->n_read, (s->n_dicts - s->n_read) * sizeof *s->dicts);
    s->dicts[s->n_read++] = dict;
    s->n_dicts++;
    return 0;
}

static int read_now(dia_shelf *s, size_t i, const dia_shelf_how *how, const char *const *replaced)
{
    reading r = { .shelf = s, .replaced = replaced };
    r.reader = (dia_dict_reader){ .alloc = s->config.alloc,
                                  .open = open_inherited,
                                  .report = s->config.report ? report : NULL,
                                  .arg = &r,
                                  .known = dia_shelf_dicts(s),
                                  .codecs = s->config.codecs,
                                  .n_codecs = s->config.n_codecs,
                                  .name = how->name,
                                  .prefix = how->prefix,
                                  .inherits = how->inherits };
    dia_dict *dict;
    int err = dia_dict_read(&r.reader, s->volumes[i].text, s->volumes[i].path, &dict);
    if (err)
        return err;
    err = keep(s, dict);
    if (err)
        dia_dict_unref(dict);
    else
        s->volumes[i].dict = dict;
    return err;
}

static int read_volume(dia_shelf *s, size_t i, const dia_shelf_how *how, const char *const *replaced)
{
    if (s->volumes[i].state == READ)
        return 0;
    int err = s->volumes[i].state == BROKEN ? s->volumes[i].err : load(s, i);
    if (!err && s->depth == DICT_INHERIT_DEPTH_MAX)
        return DIA_ESPACE;
    if (err)
        return err;
    s->volumes[i].state = IN_HAND;
    s->depth++;
    err = read_now(s, i, how, replaced);
    s->depth--;
    s->volumes[i].err = err;
    s->volumes[i].state = err ? BROKEN : READ;
    return err;
}

int dia_shelf_read(dia_shelf *s, const char *path, const dia_shelf_how *how, const dia_dict **out)
{
    static const dia_shelf_how plain;
    if (!how)
        how = &plain;
    size_t n = 0, k = 0;
    while (how->inherits && how->inherits[n])
        n++;
    const char **replaced = dia_alloc(s->config.alloc, (n + 1) * sizeof *replaced);
    if (!replaced)
        return DIA_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (strchr(how->inherits[i], '/'))
            replaced[k++] = how->inherits[i];
    replaced[k] = NULL;
    int err = dia_shelf_add(s, path);
    const size_t i = index_of(s, path);
    if (!err)
        err = read_volume(s, i, how, replaced);
    if (!err)
        *out = s->volumes[i].dict;
    dia_release(s->config.alloc, replaced, (n + 1) * sizeof *replaced);
    return err;
}

dia_dicts dia_shelf_dicts(const dia_shelf *s)
{
    return (dia_dicts){ .v = s->dicts, .n = s->n_dicts };
}

const char *dia_shelf_file(const dia_shelf *s, size_t i)
{
    for (size_t k = 0; k < s->n; k++)
        if (s->volumes[k].state == READ && i-- == 0)
            return s->volumes[k].path;
    return NULL;
}

/* ---- The whole ---- */

int dia_shelf_new(const dia_shelf_config *config, dia_shelf **out)
{
    dia_shelf *s = dia_alloc0(config->alloc, sizeof *s);
    if (!s)
        return DIA_ENOMEM;
    s->config = *config;
    for (size_t i = 0; i < config->known.n; i++) {
        if (!reserve(s, &s->dicts, s->n_dicts, &s->dicts_cap, sizeof *s->dicts)) {
            dia_shelf_free(s);
            return DIA_ENOMEM;
        }
        s->dicts[s->n_dicts++] = config->known.v[i];
    }
    *out = s;
    return 0;
}

void dia_shelf_free(dia_shelf *s)
{
    if (!s)
        return;
    const dia_allocator *alloc = s->config.alloc;
    for (size_t i = s->n_read; i-- > 0;)
        dia_dict_unref(s->dicts[i]);
    for (size_t i = 0; i < s->n; i++)
        dia_release(alloc, s->volumes[i].path, strlen(s->volumes[i].path) + 1);
    dia_release(alloc, s->volumes, s->cap * sizeof *s->volumes);
    dia_release(alloc, s->dicts, s->dicts_cap * sizeof *s->dicts);
    dia_release(alloc, s, sizeof *s);
}

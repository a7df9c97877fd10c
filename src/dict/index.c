/* The maker of indices over many dictionaries. */
#include "dict/index.h"

#include "dict/slots.h"
#include "dict/table.h"

/* Bounds of the memory: of an index, and while it is made. */
enum { INDEX_MAX = 256 << 20, MAKING_MAX = 512 << 20 };

/* An index with its memory. */
typedef struct dia_index_made {
    dia_index index;
    dia_arena arena;
    const dia_allocator *alloc;
} dia_index_made;

/* Something that was found under a key, first here and perhaps as something else later. */
typedef struct found {
    struct found *next; /* in the order of finding */
    const void *what;
    const char *name;
    uint32_t key[2];    /* what it is in `finds` */
    uint32_t hashed[2]; /* what it is in the hash of the table */
    bool same;          /* whoever has the key means this */
} found;

typedef struct finds {
    dict_table table;
    found *first, **end;
    size_t n, n_same;
} finds;

typedef struct making {
    const dia_dicts *dicts;
    dia_arena arena; /* for what is gone when the index is made */
    finds avps, names, applications, commands;
    dia_index_made *made;
    int err;
} making;

/* ---- Finding ---- */

/* The octets of `key` are kept. */
static void add(making *m, finds *f, dia_bytes key, found what)
{
    found *first = dict_table_get(&f->table, key);
    if (first) {
        if (first->what != what.what && first->same) {
            first->same = false;
            f->n_same--;
        }
        return;
    }
    found *entry = dia_arena_get(&m->arena, sizeof *entry);
    if (!entry)
        return;
    *entry = what;
    entry->next = NULL;
    entry->same = true;
    if (!key.p)
        key = (dia_bytes){ (const uint8_t *)entry->key, sizeof entry->key };
    if (!dict_table_put(&f->table, key, entry))
        return;
    *f->end = entry;
    f->end = &entry->next;
    f->n++;
    f->n_same++;
}

static void add_number(making *m, finds *f, uint32_t a, uint32_t b, const void *what)
{
    const uint32_t mixed = dia_index_key(a, b);
    const found it = { .what = what, .key = { a, b }, .hashed = { f == &m->avps ? mixed : a, f == &m->avps ? 0 : b } };
    const dia_bytes key = { (const uint8_t *)it.key, sizeof it.key };
    add(m, f, dict_table_get(&f->table, key) ? key : (dia_bytes){ NULL, 0 }, it);
}

static void add_name(making *m, const char *name, const dia_avp_def *avp)
{
    const dia_bytes text = dia_cstr(name);
    add(m, &m->names, text, (found){ .what = avp, .name = name, .hashed = { dia_name_hash(text), 0 } });
}

static void find_in(making *m, const dia_dict *dict)
{
    if (dict->has_application)
        add_number(m, &m->applications, dict->application, 0, dict);
    for (uint32_t i = 0; i < dict->n_commands; i++) {
        const dia_command *command = &dict->commands[i];
        add_number(m, &m->commands, command->code, (command->flags & DIA_FLAG_REQUEST) != 0, command);
    }
    for (uint32_t i = 0; i < dict->n_avps; i++) {
        const dia_avp_def *avp = dict->avps[i];
        /* What the dictionary itself does not find has no say. */
        if (dia_dict_avp(dict, avp->code, avp->vendor) == avp)
            add_number(m, &m->avps, avp->code, avp->vendor, avp);
        if (dia_dict_avp_exact(dict, dia_cstr(avp->name)) == avp)
            add_name(m, avp->name, avp);
    }
}

/* An alias that is a name somewhere is never looked for. */
static void find_aliases(making *m)
{
    for (size_t i = 0; i < m->dicts->n; i++) {
        const dia_dict *dict = m->dicts->v[i];
        for (uint32_t k = 0; k < dict->n_alias; k++) {
            const dia_bytes name = dia_cstr(dict->alias[k].name);
            const found *first = dict_table_get(&m->names.table, name);
            const bool is_name = first && strcmp(((const dia_avp_def *)first->what)->name, first->name) == 0;
            if (!is_name && dia_dict_avp_alias(dict, name) == dict->alias[k].avp)
                add_name(m, dict->alias[k].name, dict->alias[k].avp);
        }
    }
}

/* ---- Tables ---- */

/* Which finds go into a table. */
typedef enum choice { ALL, SAME, OTHER } choice;

static bool is_chosen(const found *it, choice which)
{
    return which == ALL || it->same == (which == SAME);
}

/* The finds of a choice as an array, those that are the same everywhere in front, and the hash that leads to them. Their
 * number, or an error. */
static int64_t lay_out(making *m, const finds *f, choice which, const found ***out, dia_hash *hash)
{
    const size_t n = which == ALL ? f->n : which == SAME ? f->n_same : f->n - f->n_same;
    if (n > DICT_SLOTS_KEYS_MAX)
        return DIA_ESPACE;
    const found **all = dia_arena_get(&m->arena, (n + 1) * sizeof *all);
    dict_key *keys = dia_arena_get(&m->arena, (n + 1) * sizeof *keys);
    if (!all || !keys)
        return m->arena.err;
    size_t same = 0, other = which == ALL ? f->n_same : 0;
    for (const found *it = f->first; it; it = it->next) {
        if (!is_chosen(it, which))
            continue;
        const size_t i = it->same ? same++ : other++;
        all[i] = it;
        keys[i] = (dict_key){ it->hashed[0], it->hashed[1] };
    }
    dict_slots slots;
    const int err = dict_slots_build_all(keys, n, &m->made->arena, &slots);
    if (err)
        return err;
    *hash = (dia_hash){ slots.v, slots.multiplier, slots.shift };
    *out = all;
    return (int64_t)n;
}

/* An array of pointers to whatever was found, behind `front` times the first of them. NULL: m->err says why. */
static void *lay_out_pointers(making *m, const finds *f, choice which, size_t front, uint32_t *n, dia_hash *hash)
{
    const found **all;
    const int64_t count = m->err ? m->err : lay_out(m, f, which, &all, hash);
    if (count < 0) {
        m->err = (int)count;
        return NULL;
    }
    uint8_t *v = dia_arena_get0(&m->made->arena, (front + (size_t)count + 1) * sizeof(void *));
    if (!v) {
        m->err = m->made->arena.err;
        return NULL;
    }
    for (size_t i = 0; i < front + (size_t)count; i++)
        if (count)
            memcpy(v + i * sizeof(void *), &all[i < front ? 0 : i - front]->what, sizeof(void *));
    *n = (uint32_t)count;
    return v;
}

static void lay_out_names(making *m, dia_index *index)
{
    const found **all;
    const int64_t count = m->err ? m->err : lay_out(m, &m->names, ALL, &all, &index->by_name);
    if (count < 0) {
        m->err = (int)count;
        return;
    }
    dia_avp_alias *names = dia_arena_get(&m->made->arena, ((size_t)count + 1) * sizeof *names);
    if (!names) {
        m->err = m->made->arena.err;
        return;
    }
    for (int64_t i = 0; i < count; i++)
        names[i] = (dia_avp_alias){ all[i]->name, all[i]->what };
    index->names = names;
    index->n_names = (uint32_t)count;
    index->n_same_names = (uint32_t)m->names.n_same;
}

static void make(making *m)
{
    dia_index *x = &m->made->index;
    for (size_t i = 0; i < m->dicts->n; i++)
        find_in(m, m->dicts->v[i]);
    find_aliases(m);
    m->err = m->arena.err;
    x->table_format = DIA_TABLE_FORMAT;
    x->n_dicts = (uint32_t)m->dicts->n;
    x->avps = lay_out_pointers(m, &m->avps, SAME, 1, &x->n_avps, &x->by_code);
    x->others = lay_out_pointers(m, &m->avps, OTHER, 0, &x->n_others, &x->by_other);
    lay_out_names(m, x);
    x->applications = lay_out_pointers(m, &m->applications, ALL, 0, &x->n_applications, &x->by_application);
    x->commands = lay_out_pointers(m, &m->commands, ALL, 0, &x->n_commands, &x->by_command);
}

int dia_dicts_index(const dia_allocator *alloc, const dia_dicts *dicts, const dia_index **out)
{
    for (size_t i = 0; i < dicts->n; i++)
        if (dicts->v[i]->table_format != DIA_TABLE_FORMAT)
            return DIA_EVERSION;
    making m = { .dicts = dicts };
    m.made = dia_alloc0(alloc, sizeof *m.made);
    if (!m.made)
        return DIA_ENOMEM;
    m.made->alloc = alloc;
    m.made->index.made = m.made;
    dia_arena_init(&m.made->arena, NULL, 0, INDEX_MAX, alloc);
    dia_arena_init(&m.arena, NULL, 0, MAKING_MAX, alloc);
    finds *const all[] = { &m.avps, &m.names, &m.applications, &m.commands };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]->table.arena = &m.arena;
        all[i]->end = &all[i]->first;
    }
    make(&m);
    dia_arena_done(&m.arena);
    if (m.err || m.made->index.n_avps == 0)
        dia_index_free(&m.made->index);
    if (!m.err)
        *out = m.avps.n_same ? &m.made->index : NULL;
    return m.err;
}

void dia_index_free(const dia_index *index)
{
    if (!index || !index->made)
        return;
    dia_index_made *made = index->made;
    const dia_allocator *alloc = made->alloc;
    dia_arena_done(&made->arena);
    dia_release(alloc, made, sizeof *made);
}

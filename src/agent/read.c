/* A map of the tree into a struct, by its schema; and two such structs compared. */
#include "agent/schema.h"

#include <stdio.h>

/* What a list is, whatever its type. */
typedef struct any_list {
    void *v;
    size_t n;
} any_list;

size_t dia_key_size(const dia_key *f)
{
    switch (f->kind) {
    case DIA_KEY_BOOL: return sizeof(bool);
    case DIA_KEY_NUMBER:
    case DIA_KEY_OCTAL:
    case DIA_KEY_DURATION:
    case DIA_KEY_SECONDS:
    case DIA_KEY_SIZE32:
    case DIA_KEY_RATE:
    case DIA_KEY_RESULT: return sizeof(uint32_t);
    case DIA_KEY_SIZE: return sizeof(size_t);
    case DIA_KEY_INTEGER: return sizeof(int64_t);
    case DIA_KEY_WORD: return sizeof(int);
    case DIA_KEY_APPLICATION: return sizeof(dia_agent_application);
    case DIA_KEY_COMMAND: return sizeof(dia_agent_command);
    case DIA_KEY_MAP:
    case DIA_KEY_NAMED: return f->sub->size;
    default: return sizeof(const char *);
    }
}

static const char *kind_name(const dia_tree *at)
{
    return at->kind == DIA_TREE_MAP ? "a map" : at->kind == DIA_TREE_LIST ? "a list" : "a single value";
}

/* ---- Reading ---- */

static bool is_nothing(const dia_tree *at)
{
    return at->kind == DIA_TREE_SCALAR && at->plain &&
           (!at->text[0] || strcmp(at->text, "~") == 0 || strcmp(at->text, "null") == 0);
}

/* The map that a value stands for: of its schema's shorthand alone. */
static const dia_tree *spell_out(dia_reading *r, const char *shorthand, const dia_tree *at)
{
    dia_tree *map = dia_keep(r, 2 * sizeof *map);
    if (!map)
        return NULL;
    map[0] = map[1] = *at;
    map[0].kind = DIA_TREE_MAP;
    map[0].text = "";
    map[0].first = map[0].last = &map[1];
    map[0].n = 1;
    map[1].key = shorthand;
    map[1].up = &map[0];
    map[1].next = NULL;
    map[1].implied = true;
    map[1].key_line = at->line;
    map[1].key_column = at->column;
    for (dia_tree *child = map[1].first; child; child = child->next)
        child->up = &map[1];
    return map;
}

static void read_map(dia_reading *r, const dia_key *f, const dia_tree *at, void *to)
{
    const char *shorthand = f->sub->shorthand;
    if (at->kind != DIA_TREE_MAP && shorthand && !is_nothing(at) && !(at = spell_out(r, shorthand, at)))
        return;
    if (at->kind == DIA_TREE_MAP)
        dia_schema_read(r, f->sub, at, to);
    else
        dia_mistake(r, at, "%s stands here; allowed: a map", is_nothing(at) ? "nothing" : kind_name(at));
}

static void read_one(dia_reading *r, const dia_key *f, const dia_tree *at, void *to)
{
    char allowed[200];
    if (f->kind == DIA_KEY_MAP) {
        read_map(r, f, at, to);
    } else if (at->kind == DIA_TREE_SCALAR) {
        dia_scalar_read(r, f, at, to);
    } else {
        dia_key_allowed(f, allowed, sizeof allowed);
        dia_mistake(r, at, "%s stands here; allowed: %s", kind_name(at), allowed);
    }
}

static void put_list(void *to, void *v, size_t n)
{
    const any_list list = { v, n };
    memcpy(to, &list, sizeof list);
}

/* Things may be many; what is listed of one thing is looked through. */
enum { THINGS_MAX = 100000, VALUES_MAX = 1000 };

static size_t most_of(const dia_schema *schema, const dia_key *f)
{
    return schema->is_whole && f->kind == DIA_KEY_MAP ? THINGS_MAX : VALUES_MAX;
}

/* A list, or a single value that is one of length one. */
static void read_list(dia_reading *r, const dia_schema *schema, const dia_key *f, const dia_tree *at, void *to)
{
    const bool single = at->kind != DIA_TREE_LIST;
    const size_t n = single ? 1 : at->n, size = dia_key_size(f);
    if (n == 0 || is_nothing(at)) {
        dia_mistake(r, at, n ? "nothing stands here; leave the key out" : "an empty list; leave the key out");
        return;
    }
    if (n > most_of(schema, f)) {
        dia_mistake(r, at, "%zu values; allowed: at most %zu", n, most_of(schema, f));
        return;
    }
    char *v = dia_keep(r, (n + 1) * size); /* lists of texts end with NULL */
    if (!v)
        return;
    put_list(to, v, n);
    if (single) {
        read_one(r, f, at, v);
        return;
    }
    for (const dia_tree *child = at->first; child && !r->err; child = child->next)
        read_one(r, f, child, v + child->index * size);
}

/* A map with names for keys. */
static void read_named(dia_reading *r, const dia_key *f, const dia_tree *at, void *to)
{
    const size_t size = dia_key_size(f);
    if (at->kind != DIA_TREE_MAP) {
        dia_mistake(r, at, "%s stands here; allowed: a map of names", is_nothing(at) ? "nothing" : kind_name(at));
        return;
    }
    char *v = dia_keep(r, (at->n ? at->n : 1) * size);
    if (!v)
        return;
    put_list(to, v, at->n);
    for (const dia_tree *child = at->first; child && !r->err; child = child->next) {
        char *one = v + child->index * size;
        read_map(r, f, child, one);
        memcpy(one + sizeof(const dia_tree *), &child->key, sizeof child->key);
    }
}

static const dia_key *field_named(const dia_schema *schema, const char *key)
{
    for (size_t i = 0; i < schema->n; i++)
        if (strcmp(schema->keys[i].key, key) == 0)
            return &schema->keys[i];
    return NULL;
}

static void unknown_key(dia_reading *r, const dia_schema *schema, const dia_tree *child)
{
    dia_near near = dia_near_begin(child->key);
    char all[300];
    size_t n = 0;
    for (size_t i = 0; i < schema->n; i++) {
        dia_near_to(&near, schema->keys[i].key);
        if (n < sizeof all)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", schema->keys[i].key);
    }
    const char *key = dia_show(child->key).text;
    if (near.best)
        dia_mistake_key(r, child, "unknown key '%s'; did you mean '%s'?", key, near.best);
    else
        dia_mistake_key(r, child, "unknown key '%s'; allowed: %s", key, all);
}

/* What a field is when nobody says it. */
static void set_standard(dia_reading *r, const dia_key *f, void *to)
{
    dia_tree *at = dia_keep(r, sizeof *at);
    void *one = to;
    if (!at || ((f->flags & DIA_KEY_LIST) && !(one = dia_keep(r, 2 * dia_key_size(f)))))
        return;
    *at = (dia_tree){ .kind = DIA_TREE_SCALAR, .text = f->standard };
    const bool good = dia_scalar_read(r, f, at, one);
    assert(good);
    (void)good;
    if (f->flags & DIA_KEY_LIST)
        put_list(to, one, 1);
}

static void set_standards(dia_reading *r, const dia_schema *schema, void *to)
{
    for (const dia_key *f = schema->keys; f < schema->keys + schema->n; f++) {
        if (f->standard)
            set_standard(r, f, (char *)to + f->offset);
        else if (f->kind == DIA_KEY_MAP && !(f->flags & DIA_KEY_LIST))
            set_standards(r, f->sub, (char *)to + f->offset);
    }
}

void dia_schema_read(dia_reading *r, const dia_schema *schema, const dia_tree *map, void *to)
{
    memcpy(to, &map, sizeof map);
    set_standards(r, schema, to);
    for (const dia_tree *child = map->first; child && !r->err; child = child->next) {
        const dia_key *f = field_named(schema, child->key);
        if (!f)
            unknown_key(r, schema, child);
        else if (f->kind == DIA_KEY_NAMED)
            read_named(r, f, child, (char *)to + f->offset);
        else if (f->flags & DIA_KEY_LIST)
            read_list(r, schema, f, child, (char *)to + f->offset);
        else
            read_one(r, f, child, (char *)to + f->offset);
    }
    for (size_t i = 0; i < schema->n; i++)
        if ((schema->keys[i].flags & DIA_KEY_REQUIRED) && !dia_tree_get(map, schema->keys[i].key)) {
            char allowed[200];
            dia_key_allowed(&schema->keys[i], allowed, sizeof allowed);
            dia_mistake(r, map, "'%s' is missing: %s", schema->keys[i].key, allowed);
        }
}

/* ---- Comparison ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_one(const dia_key *f, const void *a, const void *b)
{
    switch (f->kind) {
    case DIA_KEY_MAP: return dia_schema_same(f->sub, a, b);
    case DIA_KEY_NAMED: {
        const char *name_a, *name_b;
        memcpy(&name_a, (const char *)a + sizeof(dia_tree *), sizeof name_a);
        memcpy(&name_b, (const char *)b + sizeof(dia_tree *), sizeof name_b);
        return same_text(name_a, name_b) && dia_schema_same(f->sub, a, b);
    }
    case DIA_KEY_APPLICATION: {
        const dia_agent_application *x = a, *y = b;
        return x->id == y->id && x->dict == y->dict;
    }
    case DIA_KEY_COMMAND: return ((const dia_agent_command *)a)->code == ((const dia_agent_command *)b)->code;
    case DIA_KEY_BOOL:
    case DIA_KEY_NUMBER:
    case DIA_KEY_OCTAL:
    case DIA_KEY_DURATION:
    case DIA_KEY_SECONDS:
    case DIA_KEY_SIZE32:
    case DIA_KEY_RESULT:
    case DIA_KEY_SIZE:
    case DIA_KEY_RATE:
    case DIA_KEY_INTEGER:
    case DIA_KEY_WORD: return memcmp(a, b, dia_key_size(f)) == 0;
    default: return same_text(*(const char *const *)a, *(const char *const *)b);
    }
}

static bool same_field(const dia_key *f, const void *a, const void *b)
{
    if (!(f->flags & DIA_KEY_LIST) && f->kind != DIA_KEY_NAMED)
        return same_one(f, a, b);
    any_list x, y;
    const size_t size = dia_key_size(f);
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.n != y.n)
        return false;
    for (size_t i = 0; i < x.n; i++)
        if (!same_one(f, (const char *)x.v + i * size, (const char *)y.v + i * size))
            return false;
    return true;
}

bool dia_schema_same(const dia_schema *schema, const void *a, const void *b)
{
    for (size_t i = 0; i < schema->n; i++) {
        const dia_key *f = &schema->keys[i];
        if (!same_field(f, (const char *)a + f->offset, (const char *)b + f->offset))
            return false;
    }
    return true;
}

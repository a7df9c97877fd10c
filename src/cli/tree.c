/* AVPs from the command line: "Name=value", "Group/Name=value". */
#include "tree.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SESSION_ID = 263 };

/* One AVP: octets, or others inside. */
typedef struct node {
    struct node *next, *inside;
    uint32_t code, vendor;
    uint8_t flags;
    bool group;
    uint8_t *octets;
    size_t n;
} node;

struct cli_tree {
    node *first;
};

/* What one call works on. */
typedef struct job {
    const dia_dicts *dicts;
    uint32_t application;
    char *why;
    size_t why_size;
} job;

static bool wrong(const job *j, const char *text, size_t n, const char *what)
{
    snprintf(j->why, j->why_size, "'%.*s' %s", (int)n, text, what);
    return false;
}

static node **end_of(node **list)
{
    while (*list)
        list = &(*list)->next;
    return list;
}

/* ---- Values ---- */

static void set_octets(node *a, const void *p, size_t n)
{
    a->octets = cli_new(n + 1);
    if (n)
        memcpy(a->octets, p, n);
    a->n = n;
}

/* As the text form of messages writes it; what no dictionary knows may be a text without quotes. */
static bool set_value(node *a, const dia_avp_def *def, const char *value, const char **why)
{
    const dia_bytes text = dia_cstr(value);
    size_t needed = 0;
    if (!def && strncmp(value, "0x", 2) != 0 && value[0] != '"') {
        set_octets(a, text.p, text.n);
        return true;
    }
    const int64_t n = dia_text_value_read(def, text, NULL, 0, &needed, why);
    if (n < 0 && n != DIA_ESPACE)
        return false;
    a->octets = cli_new(needed + 1);
    a->n = needed;
    if (needed)
        dia_text_value_read(def, text, a->octets, needed, NULL, NULL);
    return true;
}

/* ---- Paths ---- */

/* One component, without the index behind it: a node with code, vendor and flags. NULL with a sentence. */
static node *named(const job *j, const char *text, size_t n, const dia_avp_def **def)
{
    uint32_t code = 0, vendor = 0;
    int used = 0;
    char word[128];
    snprintf(word, sizeof word, "%.*s", (int)n, text);
    *def = dia_dicts_avp_named(j->dicts, j->application, (dia_bytes){ (const uint8_t *)text, n });
    if (!*def && word[0] >= '0' && word[0] <= '9') {
        const bool two = sscanf(word, "%" SCNu32 ":%" SCNu32 "%n", &vendor, &code, &used) == 2;
        if (!two) {
            vendor = 0;
            used = 0;
            if (sscanf(word, "%" SCNu32 "%n", &code, &used) != 1)
                used = 0;
        }
        if (used == 0 || word[used]) {
            wrong(j, text, n, "is no AVP: a name, CODE or VENDOR:CODE is");
            return NULL;
        }
        *def = dia_dicts_avp(j->dicts, j->application, code, vendor);
    } else if (!*def) {
        wrong(j, text, n, "is no AVP of the dictionaries; 'diatom dict search' finds parts of names");
        return NULL;
    }
    node *a = cli_new(sizeof *a);
    a->code = *def ? (*def)->code : code;
    a->vendor = *def ? (*def)->vendor : vendor;
    a->flags = *def ? (*def)->flags & (DIA_AVP_M | DIA_AVP_P) : 0;
    return a;
}

/* The group of the same kind in the list: the one at `index`, or with index -1 the last. NULL: it is new. */
static node *existing(node *list, const node *like, long index, long *count)
{
    node *found = NULL;
    *count = 0;
    for (node *a = list; a; a = a->next)
        if (a->group && a->code == like->code && a->vendor == like->vendor) {
            if (index < 0 || *count == index)
                found = a;
            ++*count;
        }
    return found;
}

/* "Name[2]": the length of the name, and the index; -1: there is none. */
static size_t split_index(const char *text, size_t n, long *index)
{
    *index = -1;
    if (n == 0 || text[n - 1] != ']')
        return n;
    size_t at = n - 1;
    while (at > 0 && text[at] != '[')
        at--;
    *index = strtol(text + at + 1, NULL, 10);
    return at;
}

/* Steps into the group that a component means, making it when it is not there. */
static node **enter(const job *j, node **list, const char *text, size_t n)
{
    const dia_avp_def *def;
    long index, count;
    const size_t name = split_index(text, n, &index);
    node *a = named(j, text, name, &def);
    if (!a)
        return NULL;
    if (def && def->type != DIA_TYPE_GROUPED) {
        wrong(j, text, name, "is no Grouped AVP");
        free(a);
        return NULL;
    }
    node *found = existing(*list, a, index, &count);
    if (found) {
        free(a);
        return &found->inside;
    }
    if (index > count) {
        wrong(j, text, n, "leaves out others before it");
        free(a);
        return NULL;
    }
    a->group = true;
    *end_of(list) = a;
    return &a->inside;
}

bool cli_tree_add(cli_tree *tree, const dia_dicts *dicts, uint32_t application, const char *text, char *why,
                  size_t why_size)
{
    const job j = { dicts, application, why, why_size };
    const char *equals = strchr(text, '=');
    node **list = &tree->first;
    const dia_avp_def *def;
    int depth = 0;
    if (!equals)
        return wrong(&j, text, strlen(text), "has no '=': Name=value is expected");
    for (const char *slash; (slash = memchr(text, '/', (size_t)(equals - text)));) {
        if (++depth == DIA_NESTING_MAX)
            return wrong(&j, text, strlen(text), "is nested too deep");
        list = enter(&j, list, text, (size_t)(slash - text));
        if (!list)
            return false;
        text = slash + 1;
    }
    long index;
    node *a = named(&j, text, split_index(text, (size_t)(equals - text), &index), &def);
    if (!a)
        return false;
    const char *wanted = "";
    if (!set_value(a, def, equals + 1, &wanted)) {
        free(a);
        snprintf(why, why_size, "'%s' is no value of %s, which wants %s", equals + 1, def ? def->name : "the AVP",
                 wanted);
        return false;
    }
    *end_of(list) = a;
    return true;
}

static void put_one(const node *a, dia_builder *b);

static void put_list(const node *a, dia_builder *b)
{
    for (; a; a = a->next)
        put_one(a, b);
}

static void put_one(const node *a, dia_builder *b)
{
    if (!a->group) {
        dia_put_bytes(b, a->code, a->vendor, a->flags, (dia_bytes){ a->octets, a->n });
        return;
    }
    dia_put_group(b, a->code, a->vendor, a->flags);
    put_list(a->inside, b);
    dia_put_group_end(b);
}

static bool is_session_id(const node *a)
{
    return a->code == SESSION_ID && a->vendor == 0;
}

/* RFC 6733, 8.8: Session-Id should follow the header. */
void cli_tree_put(const cli_tree *tree, dia_builder *b)
{
    for (const node *a = tree->first; a; a = a->next)
        if (is_session_id(a))
            put_one(a, b);
    for (const node *a = tree->first; a; a = a->next)
        if (!is_session_id(a))
            put_one(a, b);
}

cli_tree *cli_tree_new(void)
{
    return cli_new(sizeof(cli_tree));
}

static void free_list(node *a)
{
    while (a) {
        node *next = a->next;
        free_list(a->inside);
        free(a->octets);
        free(a);
        a = next;
    }
}

void cli_tree_free(cli_tree *tree)
{
    if (!tree)
        return;
    free_list(tree->first);
    free(tree);
}

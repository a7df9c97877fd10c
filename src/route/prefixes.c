/* Prefixes of numbers: a tree of digits in one array, where a node's children lie side by side and digits that nothing
 * branches at are skipped at once. */
#include "route/route.h"

enum {
    SKIP_MAX = 8,                                            /* digits that a node holds */
    DIGITS = 10,                                             /* that a node can go on with */
    HAS_VALUE = 1 << 15,                                     /* in a mask */
    NAMES_MAX = 65536,                                       /* names of values */
    PER_PREFIX = 2 * DIGITS + DIA_DIGITS_MAX / SKIP_MAX + 2, /* nodes that adding one may take */
    RANGE_PARTS = 2 * (DIGITS - 1) * DIA_DIGITS_MAX          /* prefixes of a range */
};

typedef struct node {
    uint32_t first; /* of its children, in the order of their digits; of a free block: the next one */
    uint32_t value;
    uint32_t skip;   /* digits before this node's own, four bits each, the first in the highest */
    uint16_t mask;   /* bit d: a child for digit d; HAS_VALUE */
    uint16_t n_skip; /* digits in `skip` */
} node;

struct dia_prefixes {
    const dia_allocator *alloc;
    unsigned refs;
    node *nodes;               /* the root first */
    size_t used, cap;          /* of `nodes`, free blocks included */
    size_t live;               /* nodes in use */
    size_t n;                  /* prefixes */
    uint32_t free[DIGITS + 1]; /* the first free block of so many nodes; 0: none */
    dia_names by_name;         /* name -> 1 + value */
    dia_bytes *names;          /* by value; they own their octets */
    size_t n_names, cap_names, name_octets;
};

/* Digits as octets 0 to 9. */
typedef struct digits {
    uint8_t d[DIA_DIGITS_MAX];
    size_t n;
} digits;

/* ---- Nodes ---- */

static unsigned count_bits(unsigned m)
{
    m -= m >> 1 & 0x5555;
    m = (m & 0x3333) + (m >> 2 & 0x3333);
    m = (m + (m >> 4)) & 0x0f0f;
    return (m + (m >> 8)) & 0x1f;
}

static unsigned children_of(const node *n)
{
    return count_bits(n->mask & (HAS_VALUE - 1u));
}

static bool has_child(const node *n, unsigned digit)
{
    return n->mask >> digit & 1;
}

static uint32_t child_at(const node *n, unsigned digit)
{
    return n->first + count_bits(n->mask & ((1u << digit) - 1));
}

static unsigned skip_digit(const node *n, unsigned i)
{
    return n->skip >> (28 - 4 * i) & 15;
}

static void set_skip(node *n, const uint8_t *d, size_t count)
{
    n->skip = 0;
    n->n_skip = (uint16_t)count;
    for (size_t i = 0; i < count; i++)
        n->skip |= (uint32_t)d[i] << (28 - 4 * i);
}

/* ---- Blocks of nodes ---- */

static int reserve(dia_prefixes *p, size_t extra)
{
    if (extra <= p->cap - p->used)
        return 0;
    size_t cap = p->cap + p->cap / 4 + extra;
    if (cap > UINT32_MAX || cap > SIZE_MAX / 2 / sizeof(node))
        return DIA_ENOMEM;
    node *nodes = p->alloc->resize(p->alloc->arg, p->nodes, p->cap * sizeof(node), cap * sizeof(node));
    if (!nodes)
        return DIA_ENOMEM;
    p->nodes = nodes;
    p->cap = cap;
    return 0;
}

/* The room was reserved. */
static uint32_t take_block(dia_prefixes *p, unsigned size)
{
    uint32_t at = p->free[size];
    if (at) {
        p->free[size] = p->nodes[at].first;
    } else {
        at = (uint32_t)p->used;
        p->used += size;
    }
    p->live += size;
    return at;
}

static void give_block(dia_prefixes *p, uint32_t at, unsigned size)
{
    if (!size)
        return;
    p->nodes[at].first = p->free[size];
    p->free[size] = at;
    p->live -= size;
}

/* A child of node `at` for this digit, all zero. */
static uint32_t add_child(dia_prefixes *p, uint32_t at, unsigned digit)
{
    const unsigned old = children_of(&p->nodes[at]);
    const uint32_t block = take_block(p, old + 1);
    node *n = &p->nodes[at];
    const uint32_t first = n->first, before = child_at(n, digit) - first;
    memcpy(&p->nodes[block], &p->nodes[first], before * sizeof(node));
    memcpy(&p->nodes[block + before + 1], &p->nodes[first + before], (old - before) * sizeof(node));
    p->nodes[block + before] = (node){ 0 };
    give_block(p, first, old);
    n->first = block;
    n->mask = (uint16_t)(n->mask | 1u << digit);
    return block + before;
}

/* The rest of the block stays where it is; its last place becomes free. */
static void remove_child(dia_prefixes *p, uint32_t at, unsigned digit)
{
    node *n = &p->nodes[at];
    const unsigned old = children_of(n);
    const uint32_t gone = child_at(n, digit), last = n->first + old - 1;
    memmove(&p->nodes[gone], &p->nodes[gone + 1], (last - gone) * sizeof(node));
    give_block(p, last, 1);
    n->mask = (uint16_t)(n->mask & ~(1u << digit));
}

/* The node keeps the first `keep` digits of its skip; all else goes to one child. */
static void split(dia_prefixes *p, uint32_t at, unsigned keep)
{
    const uint32_t block = take_block(p, 1);
    const node whole = p->nodes[at];
    node *lower = &p->nodes[block];
    *lower = whole;
    lower->n_skip = (uint16_t)(whole.n_skip - keep - 1);
    lower->skip = keep + 1 < SKIP_MAX ? whole.skip << 4 * (keep + 1) : 0;
    p->nodes[at] = (node){
        .first = block, .skip = whole.skip, .mask = (uint16_t)(1u << skip_digit(&whole, keep)), .n_skip = (uint16_t)keep
    };
}

/* ---- One prefix ---- */

/* How many digits of the node's skip come next. */
static unsigned matching(const node *n, const digits *d, size_t at)
{
    unsigned i = 0;
    while (i < n->n_skip && at + i < d->n && skip_digit(n, i) == d->d[at + i])
        i++;
    return i;
}

/* Its node; 0xffffffff: it is not there. */
static uint32_t exact(const dia_prefixes *p, const digits *d)
{
    uint32_t at = 0;
    for (size_t i = 0;;) {
        const node *n = &p->nodes[at];
        if (matching(n, d, i) < n->n_skip)
            return UINT32_MAX;
        i += n->n_skip;
        if (i == d->n)
            return n->mask & HAS_VALUE ? at : UINT32_MAX;
        if (!has_child(n, d->d[i]))
            return UINT32_MAX;
        at = child_at(n, d->d[i++]);
    }
}

/* The room was reserved. */
static void insert(dia_prefixes *p, const digits *d, uint32_t value)
{
    uint32_t at = 0;
    for (size_t i = 0;;) {
        const unsigned same = matching(&p->nodes[at], d, i);
        if (same < p->nodes[at].n_skip)
            split(p, at, same);
        i += same;
        if (i == d->n)
            break;
        const unsigned digit = d->d[i++];
        if (has_child(&p->nodes[at], digit)) {
            at = child_at(&p->nodes[at], digit);
            continue;
        }
        at = add_child(p, at, digit);
        const size_t n = d->n - i < SKIP_MAX ? d->n - i : SKIP_MAX;
        set_skip(&p->nodes[at], d->d + i, n);
    }
    node *n = &p->nodes[at];
    p->n += !(n->mask & HAS_VALUE);
    n->mask |= HAS_VALUE;
    n->value = value;
}

/* Nodes that neither have a value nor lead to one go, too. */
static bool remove_one(dia_prefixes *p, const digits *d)
{
    uint32_t parents[DIA_DIGITS_MAX + 1];
    uint8_t by[DIA_DIGITS_MAX + 1];
    size_t depth = 0;
    uint32_t at = 0;
    if (exact(p, d) == UINT32_MAX)
        return false;
    for (size_t i = p->nodes[0].n_skip; i < d->n;) {
        parents[depth] = at;
        by[depth++] = d->d[i];
        at = child_at(&p->nodes[at], d->d[i++]);
        i += p->nodes[at].n_skip;
    }
    p->nodes[at].mask &= HAS_VALUE - 1;
    p->n--;
    while (depth && !p->nodes[at].mask) {
        at = parents[--depth];
        remove_child(p, at, by[depth]);
    }
    return true;
}

/* ---- Prefixes and ranges as text ---- */

static int read_digits(dia_bytes text, digits *out)
{
    out->n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!dia_is_digit(text.p[i]))
            return DIA_EFORMAT;
        if (out->n == DIA_DIGITS_MAX)
            return DIA_ESPACE;
        out->d[out->n++] = (uint8_t)(text.p[i] - '0');
    }
    return 0;
}

typedef struct range {
    digits from, to;
    digits at; /* the part that is being made */
    digits *parts;
    size_t n;
} range;

/* From the i-th digit on: does all that can follow belong to the range? */
static bool is_whole(const range *r, size_t i, bool on_from, bool on_to)
{
    for (; i < r->from.n; i++)
        if ((on_from && r->from.d[i] != 0) || (on_to && r->to.d[i] != 9))
            return false;
    return true;
}

/* The shortest prefixes that make up the range below the i digits that are set. */
static void cover(range *r, size_t i, bool on_from, bool on_to)
{
    if (is_whole(r, i, on_from, on_to)) {
        r->at.n = i;
        r->parts[r->n++] = r->at;
        return;
    }
    const unsigned first = on_from ? r->from.d[i] : 0, last = on_to ? r->to.d[i] : 9;
    for (unsigned d = first; d <= last; d++) {
        r->at.d[i] = (uint8_t)d;
        cover(r, i + 1, on_from && d == first, on_to && d == last);
    }
}

/* The prefixes of the text; `parts` has room for RANGE_PARTS. */
static int read_parts(dia_bytes text, digits *parts, size_t *n)
{
    const uint8_t *dash = text.n ? memchr(text.p, '-', text.n) : NULL;
    range r = { .parts = parts };
    *n = 1;
    if (!dash)
        return read_digits(text, &parts[0]);
    const size_t before = (size_t)(dash - text.p);
    int err = read_digits((dia_bytes){ text.p, before }, &r.from);
    if (!err)
        err = read_digits((dia_bytes){ dash + 1, text.n - before - 1 }, &r.to);
    if (err)
        return err;
    if (!r.from.n || r.from.n != r.to.n || memcmp(r.from.d, r.to.d, r.from.n) > 0)
        return DIA_EFORMAT;
    cover(&r, 0, true, true);
    *n = r.n;
    return 0;
}

/* ---- The table ---- */

int dia_prefixes_new(const dia_allocator *alloc, dia_prefixes **out)
{
    alloc = alloc ? alloc : dia_allocator_default();
    dia_prefixes *p = dia_alloc0(alloc, sizeof *p);
    if (!p)
        return DIA_ENOMEM;
    p->alloc = alloc;
    p->refs = 1;
    p->cap = 8;
    p->nodes = dia_alloc0(alloc, p->cap * sizeof(node));
    if (!p->nodes) {
        dia_release(alloc, p, sizeof *p);
        return DIA_ENOMEM;
    }
    p->used = p->live = 1;
    dia_names_init(&p->by_name, 0, alloc);
    *out = p;
    return 0;
}

dia_prefixes *dia_prefixes_ref(dia_prefixes *p)
{
    p->refs++;
    return p;
}

void dia_prefixes_unref(dia_prefixes *p)
{
    if (!p || --p->refs)
        return;
    for (size_t i = 0; i < p->n_names; i++)
        dia_release(p->alloc, (void *)(uintptr_t)p->names[i].p, p->names[i].n + 1);
    dia_release(p->alloc, p->names, p->cap_names * sizeof *p->names);
    dia_names_done(&p->by_name);
    dia_release(p->alloc, p->nodes, p->cap * sizeof(node));
    dia_release(p->alloc, p, sizeof *p);
}

int dia_prefixes_add(dia_prefixes *p, dia_bytes text, uint32_t value)
{
    digits parts[RANGE_PARTS];
    size_t n;
    int err = read_parts(text, parts, &n);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = exact(p, &parts[i]);
        if (at != UINT32_MAX && p->nodes[at].value != value)
            return DIA_EEXIST;
    }
    if ((err = reserve(p, n * PER_PREFIX)))
        return err;
    for (size_t i = 0; i < n; i++)
        insert(p, &parts[i], value);
    return 0;
}

int dia_prefixes_remove(dia_prefixes *p, dia_bytes text)
{
    digits parts[RANGE_PARTS];
    size_t n;
    int err = read_parts(text, parts, &n);
    for (size_t i = 0; !err && i < n; i++)
        if (!remove_one(p, &parts[i]))
            err = DIA_ENOENT;
    return err;
}

/* Goes along the digits as they stand; behind the last node with a value nothing is missed. */
bool dia_prefixes_find(const dia_prefixes *p, dia_bytes number, uint32_t *value, size_t *length)
{
    const uint8_t *d = number.p, *end = number.n ? number.p + number.n : d;
    const node *n = p->nodes, *best = NULL;
    size_t best_n = 0;
    for (;;) {
        for (unsigned i = 0; i < n->n_skip; i++, d++)
            if (d >= end || (unsigned)*d - '0' != skip_digit(n, i))
                goto done;
        if (n->mask & HAS_VALUE) {
            best = n;
            best_n = (size_t)(d - number.p);
        }
        const unsigned digit = d < end ? (unsigned)*d++ - '0' : DIGITS;
        if (digit >= DIGITS || !has_child(n, digit))
            break;
        n = &p->nodes[child_at(n, digit)];
    }
done:
    if (!best)
        return false;
    *value = best->value;
    if (length)
        *length = best_n;
    return true;
}

size_t dia_prefixes_count(const dia_prefixes *p)
{
    return p->n;
}

size_t dia_prefixes_octets(const dia_prefixes *p)
{
    return sizeof *p + p->cap * sizeof(node) + p->cap_names * sizeof *p->names + p->name_octets;
}

/* ---- Packing ---- */

/* The children of to[at], then what is below each. Digits lead at most DIA_DIGITS_MAX down. */
static void copy_below(const dia_prefixes *p, node *to, size_t *used, size_t at)
{
    const unsigned n = children_of(&to[at]);
    const uint32_t from = to[at].first;
    const size_t first = *used;
    memcpy(&to[first], &p->nodes[from], n * sizeof(node));
    to[at].first = (uint32_t)first;
    *used += n;
    for (unsigned i = 0; i < n; i++)
        copy_below(p, to, used, first + i);
}

int dia_prefixes_pack(dia_prefixes *p)
{
    node *to = dia_alloc(p->alloc, p->live * sizeof(node));
    size_t used = 1;
    if (!to)
        return DIA_ENOMEM;
    to[0] = p->nodes[0];
    copy_below(p, to, &used, 0);
    assert(used == p->live);
    dia_release(p->alloc, p->nodes, p->cap * sizeof(node));
    p->nodes = to;
    p->used = p->cap = used;
    memset(p->free, 0, sizeof p->free);
    return 0;
}

/* ---- Names of values ---- */

int dia_prefixes_named(const dia_prefixes *p, dia_bytes name, uint32_t *value)
{
    const void *found = name.p ? dia_names_get(&p->by_name, name) : NULL;
    if (!found)
        return DIA_ENOENT;
    *value = (uint32_t)((uintptr_t)found - 1);
    return 0;
}

int dia_prefixes_name(dia_prefixes *p, dia_bytes name, uint32_t *value)
{
    if (!dia_prefixes_named(p, name, value))
        return 0;
    if (p->n_names == NAMES_MAX)
        return DIA_ESPACE;
    if (p->n_names == p->cap_names) {
        const size_t cap = p->cap_names ? 2 * p->cap_names : 8;
        dia_bytes *names = p->alloc->resize(p->alloc->arg, p->names, p->cap_names * sizeof *names, cap * sizeof *names);
        if (!names)
            return DIA_ENOMEM;
        p->names = names;
        p->cap_names = cap;
    }
    uint8_t *copy = dia_alloc(p->alloc, name.n + 1);
    if (!copy)
        return DIA_ENOMEM;
    if (name.n)
        memcpy(copy, name.p, name.n);
    copy[name.n] = 0;
    const dia_bytes own = { copy, name.n };
    if (dia_names_put(&p->by_name, own, (void *)(uintptr_t)(p->n_names + 1))) {
        dia_release(p->alloc, copy, name.n + 1);
        return DIA_ENOMEM;
    }
    *value = (uint32_t)p->n_names;
    p->names[p->n_names++] = own;
    p->name_octets += name.n + 1;
    return 0;
}

dia_bytes dia_prefixes_name_of(const dia_prefixes *p, uint32_t value)
{
    return value < p->n_names ? p->names[value] : (dia_bytes){ NULL, 0 };
}

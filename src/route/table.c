/* The table: its routes by number, and by the realms that they are for. */
#include "route/route.h"

#include <stdio.h>

enum { SLOTS_MIN = 16 };

/* Room for one more pointer in an array. DIA_ENOMEM. */
static int grow(const dia_allocator *alloc, dia_entry ***v, size_t n, size_t *cap)
{
    if (n < *cap)
        return 0;
    const size_t more = *cap ? 2 * *cap : 4;
    dia_entry **larger = alloc->resize(alloc->arg, *v, *cap * sizeof **v, more * sizeof **v);
    if (!larger)
        return DIA_ENOMEM;
    *v = larger;
    *cap = more;
    return 0;
}

/* ---- Buckets ---- */

/* Where this one is, or would be. */
static size_t slot_of(const dia_routes *routes, dia_bytes name, bool wild, uint64_t hash)
{
    const size_t mask = routes->cap_slots - 1;
    size_t i = (size_t)hash & mask;
    for (const dia_bucket *b; (b = routes->slots[i]); i = (i + 1) & mask)
        if (b->hash == hash && b->wild == wild && dia_bytes_equal_nocase(b->name, name))
            break;
    return i;
}

static uint64_t hash_of(dia_bytes name, bool wild)
{
    return dia_route_hash(name) ^ (wild ? UINT64_C(0x5851f42d4c957f2d) : 0);
}

const dia_bucket *dia_routes_bucket(const dia_routes *routes, dia_bytes name, bool wild)
{
    return routes->cap_slots ? routes->slots[slot_of(routes, name, wild, hash_of(name, wild))] : NULL;
}

static int grow_slots(dia_routes *routes)
{
    dia_routes larger = *routes;
    larger.cap_slots = routes->cap_slots ? 2 * routes->cap_slots : SLOTS_MIN;
    larger.slots = dia_alloc0(routes->alloc, larger.cap_slots * sizeof *larger.slots);
    if (!larger.slots)
        return DIA_ENOMEM;
    for (size_t i = 0; i < routes->cap_slots; i++) {
        dia_bucket *b = routes->slots[i];
        if (b)
            larger.slots[slot_of(&larger, b->name, b->wild, b->hash)] = b;
    }
    dia_release(routes->alloc, routes->slots, routes->cap_slots * sizeof *routes->slots);
    *routes = larger;
    return 0;
}

/* "*.example.net" without what makes it a wildcard; absent: of all. */
static dia_bytes cut_realm(const char *realm, bool *wild)
{
    *wild = realm && realm[0] == '*';
    if (!realm || !strcmp(realm, "*"))
        return (dia_bytes){ NULL, 0 };
    return dia_cstr(*wild ? realm + 2 : realm);
}

static void free_bucket(dia_routes *routes, dia_bucket *b)
{
    dia_release(routes->alloc, b->v, b->cap * sizeof *b->v);
    dia_release(routes->alloc, b, sizeof *b + b->name.n);
}

static void note_length(dia_routes *routes, const dia_bucket *b)
{
    routes->wild_lengths[b->name.n / 64] |= UINT64_C(1) << b->name.n % 64;
    routes->has_wild = true;
}

/* The bucket of this realm, made where it is not there. NULL: no memory. */
static dia_bucket *take_bucket(dia_routes *routes, const char *realm)
{
    bool wild;
    const dia_bytes name = cut_realm(realm, &wild);
    if (!name.p)
        return &routes->defaults;
    if (4 * (routes->n_buckets + 1) > 3 * routes->cap_slots && grow_slots(routes))
        return NULL;
    const uint64_t hash = hash_of(name, wild);
    dia_bucket **slot = &routes->slots[slot_of(routes, name, wild, hash)];
    if (*slot)
        return *slot;
    dia_bucket *b = dia_alloc0(routes->alloc, sizeof *b + name.n);
    if (!b)
        return NULL;
    uint8_t *own = (uint8_t *)(b + 1);
    for (size_t i = 0; i < name.n; i++)
        own[i] = dia_lower(name.p[i]);
    b->name = (dia_bytes){ own, name.n };
    b->wild = wild;
    b->hash = hash;
    *slot = b;
    routes->n_buckets++;
    if (wild)
        note_length(routes, b);
    return b;
}

/* Takes it out of the slots; those behind it move up. */
static void drop_bucket(dia_routes *routes, dia_bucket *b)
{
    const size_t mask = routes->cap_slots - 1;
    size_t hole = slot_of(routes, b->name, b->wild, b->hash);
    for (size_t i = (hole + 1) & mask; routes->slots[i]; i = (i + 1) & mask) {
        const size_t home = (size_t)routes->slots[i]->hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            routes->slots[hole] = routes->slots[i];
            hole = i;
        }
    }
    routes->slots[hole] = NULL;
    routes->n_buckets--;
    memset(routes->wild_lengths, 0, sizeof routes->wild_lengths);
    routes->has_wild = false;
    for (size_t i = 0; i <= mask; i++)
        if (routes->slots[i] && routes->slots[i]->wild)
            note_length(routes, routes->slots[i]);
    free_bucket(routes, b);
}

static bool is_before(const dia_entry *a, const dia_entry *b)
{
    return a->route.order != b->route.order ? a->route.order < b->route.order : a->id < b->id;
}

/* Its place; where it is not there, that of the first one which is not before it. While a route is replaced two have one
 * number. */
static size_t place_in(const dia_bucket *b, const dia_entry *entry)
{
    size_t from = 0, to = b->n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (is_before(b->v[middle], entry))
            from = middle + 1;
        else
            to = middle;
    }
    const bool other = from < b->n && b->v[from] != entry && from + 1 < b->n && b->v[from + 1] == entry;
    return from + other;
}

static int put_in(dia_routes *routes, dia_bucket *b, dia_entry *entry)
{
    const int err = grow(routes->alloc, &b->v, b->n, &b->cap);
    if (err)
        return err;
    const size_t at = place_in(b, entry);
    if (at < b->n && b->v[at] == entry) /* the same realm twice */
        return 0;
    memmove(&b->v[at + 1], &b->v[at], (b->n - at) * sizeof *b->v);
    b->v[at] = entry;
    b->n++;
    return 0;
}

static void take_from(dia_routes *routes, const char *realm, const dia_entry *entry)
{
    bool wild;
    const dia_bytes name = cut_realm(realm, &wild);
    dia_bucket *b = name.p ? (dia_bucket *)(uintptr_t)dia_routes_bucket(routes, name, wild) : &routes->defaults;
    const size_t at = b ? place_in(b, entry) : 0;
    if (b && at < b->n && b->v[at] == entry) {
        b->n--;
        memmove(&b->v[at], &b->v[at + 1], (b->n - at) * sizeof *b->v);
    }
    if (b && !b->n && b != &routes->defaults)
        drop_bucket(routes, b);
}

static void unlink_realms(dia_routes *routes, const dia_entry *entry)
{
    const char *const *realm = entry->route.realms;
    if (!realm)
        take_from(routes, NULL, entry);
    for (; realm && *realm; realm++)
        take_from(routes, *realm, entry);
}

/* All or nothing. */
static int link_entry(dia_routes *routes, dia_entry *entry)
{
    routes->version++;
    static const char *const everywhere[] = { NULL };
    const char *const *realm = entry->route.realms ? entry->route.realms : everywhere;
    do {
        dia_bucket *b = take_bucket(routes, *realm);
        if (!b || put_in(routes, b, entry)) {
            unlink_realms(routes, entry);
            return DIA_ENOMEM;
        }
    } while (*realm && *++realm);
    routes->n_local += entry->route.action == DIA_ROUTE_LOCAL;
    return 0;
}

static void unlink_entry(dia_routes *routes, const dia_entry *entry)
{
    routes->version++;
    unlink_realms(routes, entry);
    routes->n_local -= entry->route.action == DIA_ROUTE_LOCAL;
}

/* ---- The table ---- */

int dia_routes_new(const dia_dicts *dicts, const dia_allocator *alloc, dia_routes **out)
{
    alloc = alloc ? alloc : dia_allocator_default();
    dia_routes *routes = dia_alloc0(alloc, sizeof *routes);
    if (!routes)
        return DIA_ENOMEM;
    routes->alloc = alloc;
    if (dicts)
        routes->dicts = *dicts;
    routes->deadline_us = DIA_NEVER_US;
    *out = routes;
    return 0;
}

static void let_go(dia_routes *routes, dia_entry *entry)
{
    if (entry->above && routes->drop)
        routes->drop(routes->drop_arg, entry->above);
    dia_entry_free(routes->alloc, entry);
}

void dia_routes_free(dia_routes *routes)
{
    if (!routes)
        return;
    for (size_t i = 0; i < routes->n; i++)
        let_go(routes, routes->all[i]);
    for (size_t i = 0; i < routes->cap_slots; i++)
        if (routes->slots[i])
            free_bucket(routes, routes->slots[i]);
    dia_release(routes->alloc, routes->slots, routes->cap_slots * sizeof *routes->slots);
    dia_release(routes->alloc, routes->defaults.v, routes->defaults.cap * sizeof *routes->defaults.v);
    dia_release(routes->alloc, routes->all, routes->cap * sizeof *routes->all);
    dia_release(routes->alloc, routes, sizeof *routes);
}

void dia_routes_set_drop(dia_routes *routes, dia_routes_drop *drop, void *arg)
{
    routes->drop = drop;
    routes->drop_arg = arg;
}

/* The place of the first one whose number is not below. */
static size_t place_of(const dia_routes *routes, uint32_t id)
{
    size_t from = 0, to = routes->n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (routes->all[middle]->id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static dia_entry *entry_of(const dia_routes *routes, uint32_t id, size_t *at)
{
    *at = place_of(routes, id);
    return *at < routes->n && routes->all[*at]->id == id ? routes->all[*at] : NULL;
}

static int make(const dia_routes *routes, const dia_route *route, uint32_t id, dia_entry **out, char *why, size_t size)
{
    char text[200];
    const char *wrong = dia_route_wrong(&routes->dicts, route, text, sizeof text);
    int err = wrong ? DIA_EINVAL : dia_entry_new(routes->alloc, &routes->dicts, route, id, out, text, sizeof text);
    if (err == DIA_EINVAL && why && size)
        snprintf(why, size, "%s", wrong ? wrong : text);
    return err;
}

static void note_expiry(dia_routes *routes, const dia_route *route)
{
    if (route->expires_us && route->expires_us < routes->deadline_us)
        routes->deadline_us = route->expires_us;
}

int dia_routes_add(dia_routes *routes, const dia_route *route, uint32_t *id, char *why, size_t why_size)
{
    dia_entry *entry;
    if (routes->last_id == UINT32_MAX)
        return DIA_ENOMEM;
    int err = grow(routes->alloc, &routes->all, routes->n, &routes->cap);
    if (!err)
        err = make(routes, route, routes->last_id + 1, &entry, why, why_size);
    if (err)
        return err;
    if ((err = link_entry(routes, entry))) {
        dia_entry_free(routes->alloc, entry);
        return err;
    }
    routes->all[routes->n++] = entry;
    routes->last_id++;
    note_expiry(routes, route);
    if (id)
        *id = entry->id;
    return 0;
}

int dia_routes_replace(dia_routes *routes, uint32_t id, const dia_route *route, char *why, size_t why_size)
{
    size_t at;
    dia_entry *old = entry_of(routes, id, &at), *entry;
    if (!old)
        return DIA_ENOENT;
    int err = make(routes, route, id, &entry, why, why_size);
    if (err)
        return err;
    if ((err = link_entry(routes, entry))) {
        dia_entry_free(routes->alloc, entry);
        return err;
    }
    unlink_entry(routes, old);
    entry->taken = old->taken;
    entry->turn = old->turn;
    routes->all[at] = entry;
    note_expiry(routes, route);
    let_go(routes, old);
    return 0;
}

int dia_routes_remove(dia_routes *routes, uint32_t id)
{
    size_t at;
    dia_entry *entry = entry_of(routes, id, &at);
    if (!entry)
        return DIA_ENOENT;
    unlink_entry(routes, entry);
    routes->n--;
    memmove(&routes->all[at], &routes->all[at + 1], (routes->n - at) * sizeof *routes->all);
    let_go(routes, entry);
    return 0;
}

size_t dia_routes_expire(dia_routes *routes, int64_t now_us)
{
    size_t left = 0, gone = 0;
    if (now_us < routes->deadline_us)
        return 0;
    routes->deadline_us = DIA_NEVER_US;
    for (size_t i = 0; i < routes->n; i++) {
        dia_entry *entry = routes->all[i];
        if (entry->route.expires_us && entry->route.expires_us <= now_us) {
            unlink_entry(routes, entry);
            let_go(routes, entry);
            gone++;
            continue;
        }
        note_expiry(routes, &entry->route);
        routes->all[left++] = entry;
    }
    routes->n = left;
    return gone;
}

int64_t dia_routes_deadline(const dia_routes *routes)
{
    return routes->deadline_us;
}

const dia_route *dia_routes_next(const dia_routes *routes, uint32_t *id)
{
    const size_t at = *id == UINT32_MAX ? routes->n : place_of(routes, *id + 1);
    if (at == routes->n)
        return NULL;
    *id = routes->all[at]->id;
    return &routes->all[at]->route;
}

const dia_route *dia_routes_get(const dia_routes *routes, uint32_t id)
{
    size_t at;
    const dia_entry *entry = entry_of(routes, id, &at);
    return entry ? &entry->route : NULL;
}

size_t dia_routes_count(const dia_routes *routes)
{
    return routes->n;
}

uint64_t dia_routes_taken(const dia_routes *routes, uint32_t id)
{
    size_t at;
    const dia_entry *entry = entry_of(routes, id, &at);
    return entry ? entry->taken : 0;
}

bool dia_routes_have_local(const dia_routes *routes)
{
    return routes && routes->n_local;
}

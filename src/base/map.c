/* Hash tables with open addressing: from 64-bit numbers, and from names whose case does not count. */
#include "base/base.h"

enum { CAP_MIN = 16 };

struct dia_map_slot {
    uint64_t key;
    void *value; /* NULL: free */
};

struct dia_names_slot {
    uint64_t hash;
    dia_bytes name;
    void *value;
};

/* ---- Hashes ---- */

uint64_t dia_hash_u64(uint64_t key, uint64_t seed)
{
    uint64_t h = key ^ seed;
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h += seed;
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

/* Three quarters full at most: probe sequences stay short. */
static bool is_full(size_t n, size_t cap)
{
    return n >= cap - cap / 4;
}

/* May the entry whose home is `home` move from slot `at` into the hole? Only if the hole is on its way: cyclically not
 * before home. */
static bool fits_hole(size_t home, size_t hole, size_t at, size_t mask)
{
    return ((at - home) & mask) >= ((at - hole) & mask);
}

/* ---- Numbers ---- */

static size_t find_key(const dia_map *map, uint64_t key)
{
    size_t i = (size_t)dia_hash_u64(key, map->seed) & (map->cap - 1);
    while (map->slots[i].value && map->slots[i].key != key)
        i = (i + 1) & (map->cap - 1);
    return i;
}

static int grow_map(dia_map *map)
{
    dia_map larger = *map;
    larger.cap = map->cap ? 2 * map->cap : CAP_MIN;
    if (larger.cap > SIZE_MAX / 2 / sizeof *map->slots)
        return DIA_ENOMEM;
    larger.slots = dia_alloc0(map->alloc, larger.cap * sizeof *map->slots);
    if (!larger.slots)
        return DIA_ENOMEM;
    for (size_t i = 0; i < map->cap; i++)
        if (map->slots[i].value)
            larger.slots[find_key(&larger, map->slots[i].key)] = map->slots[i];
    dia_release(map->alloc, map->slots, map->cap * sizeof *map->slots);
    *map = larger;
    return 0;
}

void dia_map_init(dia_map *map, uint64_t seed, const dia_allocator *alloc)
{
    *map = (dia_map){ .seed = seed, .alloc = alloc ? alloc : dia_allocator_default() };
}

void dia_map_done(dia_map *map)
{
    dia_release(map->alloc, map->slots, map->cap * sizeof *map->slots);
    map->slots = NULL;
    map->n = map->cap = 0;
}

void *dia_map_get(const dia_map *map, uint64_t key)
{
    return map->n ? map->slots[find_key(map, key)].value : NULL;
}

int dia_map_put(dia_map *map, uint64_t key, void *value)
{
    assert(value);
    if (dia_map_get(map, key))
        return DIA_EEXIST;
    if (is_full(map->n, map->cap)) {
        const int err = grow_map(map);
        if (err)
            return err;
    }
    map->slots[find_key(map, key)] = (struct dia_map_slot){ key, value };
    map->n++;
    return 0;
}

void *dia_map_remove(dia_map *map, uint64_t key)
{
    if (!map->n)
        return NULL;
    const size_t mask = map->cap - 1;
    size_t hole = find_key(map, key);
    void *value = map->slots[hole].value;
    if (!value)
        return NULL;
    /* Close the gap, so that no probe sequence breaks: no tombstones. */
    for (size_t i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        const size_t home = (size_t)dia_hash_u64(map->slots[i].key, map->seed) & mask;
        if (fits_hole(home, hole, i, mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].value = NULL;
    map->n--;
    return value;
}

void *dia_map_next(const dia_map *map, size_t *at, uint64_t *key)
{
    while (*at < map->cap) {
        const struct dia_map_slot *slot = &map->slots[(*at)++];
        if (!slot->value)
            continue;
        if (key)
            *key = slot->key;
        return slot->value;
    }
    return NULL;
}

/* ---- Names ---- */

static size_t find_name(const dia_names *names, dia_bytes name, uint64_t hash)
{
    size_t i = (size_t)hash & (names->cap - 1);
    for (; names->slots[i].value; i = (i + 1) & (names->cap - 1))
        if (names->slots[i].hash == hash && dia_bytes_equal_nocase(names->slots[i].name, name))
            break;
    return i;
}

static int grow_names(dia_names *names)
{
    dia_names larger = *names;
    larger.cap = names->cap ? 2 * names->cap : CAP_MIN;
    if (larger.cap > SIZE_MAX / 2 / sizeof *names->slots)
        return DIA_ENOMEM;
    larger.slots = dia_alloc0(names->alloc, larger.cap * sizeof *names->slots);
    if (!larger.slots)
        return DIA_ENOMEM;
    for (size_t i = 0; i < names->cap; i++)
        if (names->slots[i].value)
            larger.slots[find_name(&larger, names->slots[i].name, names->slots[i].hash)] = names->slots[i];
    dia_release(names->alloc, names->slots, names->cap * sizeof *names->slots);
    *names = larger;
    return 0;
}

void dia_names_init(dia_names *names, uint64_t seed, const dia_allocator *alloc)
{
    *names = (dia_names){ .seed = seed, .alloc = alloc ? alloc : dia_allocator_default() };
}

void dia_names_done(dia_names *names)
{
    dia_release(names->alloc, names->slots, names->cap * sizeof *names->slots);
    names->slots = NULL;
    names->n = names->cap = 0;
}

void *dia_names_get(const dia_names *names, dia_bytes name)
{
    if (!names->n)
        return NULL;
    return names->slots[find_name(names, name, dia_hash_nocase(name, names->seed))].value;
}

int dia_names_put(dia_names *names, dia_bytes name, void *value)
{
    assert(value && name.p);
    if (dia_names_get(names, name))
        return DIA_EEXIST;
    if (is_full(names->n, names->cap)) {
        const int err = grow_names(names);
        if (err)
            return err;
    }
    const uint64_t hash = dia_hash_nocase(name, names->seed);
    names->slots[find_name(names, name, hash)] = (struct dia_names_slot){ hash, name, value };
    names->n++;
    return 0;
}

void *dia_names_remove(dia_names *names, dia_bytes name)
{
    if (!names->n)
        return NULL;
    const size_t mask = names->cap - 1;
    size_t hole = find_name(names, name, dia_hash_nocase(name, names->seed));
    void *value = names->slots[hole].value;
    if (!value)
        return NULL;
    for (size_t i = (hole + 1) & mask; names->slots[i].value; i = (i + 1) & mask) {
        const size_t home = (size_t)names->slots[i].hash & mask;
        if (fits_hole(home, hole, i, mask)) {
            names->slots[hole] = names->slots[i];
            hole = i;
        }
    }
    names->slots[hole].value = NULL;
    names->n--;
    return value;
}

void *dia_names_next(const dia_names *names, size_t *at, dia_bytes *name)
{
    while (*at < names->cap) {
        const struct dia_names_slot *slot = &names->slots[(*at)++];
        if (!slot->value)
            continue;
        if (name)
            *name = slot->name;
        return slot->value;
    }
    return NULL;
}

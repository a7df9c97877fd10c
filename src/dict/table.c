/* A hash table from octets to pointers. Old entries stay in the arena when it grows: twice the memory at most. */
#include "dict/table.h"

struct dict_entry {
    dia_bytes key;
    uint64_t hash;
    void *value; /* NULL: free */
};

static uint64_t hash_of(dia_bytes key)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ key.p[i]) * 0x100000001b3U;
    return dia_hash_u64(h, 0);
}

static struct dict_entry *entry_of(struct dict_entry *entries, size_t cap, dia_bytes key, uint64_t hash)
{
    size_t at = (size_t)hash & (cap - 1);
    while (entries[at].value && (entries[at].hash != hash || !dia_bytes_equal(entries[at].key, key)))
        at = (at + 1) & (cap - 1);
    return &entries[at];
}

static bool grow(dict_table *table)
{
    const size_t cap = table->cap ? 2 * table->cap : 64;
    struct dict_entry *entries = dia_arena_get0(table->arena, cap * sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < table->cap; i++)
        if (table->entries[i].value)
            *entry_of(entries, cap, table->entries[i].key, table->entries[i].hash) = table->entries[i];
    table->entries = entries;
    table->cap = cap;
    return true;
}

void *dict_table_get(const dict_table *table, dia_bytes key)
{
    return table->cap ? entry_of(table->entries, table->cap, key, hash_of(key))->value : NULL;
}

void *dict_table_put(dict_table *table, dia_bytes key, void *value)
{
    if (4 * (table->n + 1) > 3 * table->cap && !grow(table))
        return NULL;
    const uint64_t hash = hash_of(key);
    struct dict_entry *entry = entry_of(table->entries, table->cap, key, hash);
    if (entry->value)
        return entry->value;
    *entry = (struct dict_entry){ key, hash, value };
    table->n++;
    return value;
}

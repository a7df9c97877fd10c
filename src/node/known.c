/* Things that are known by a number and a name, as many as there is room for: when it is full, the one longest unused goes, so
 * that who invents names pushes out its own. */
#include "node/overload.h"

static dia_known *head_of(void *item)
{
    return item;
}

static uint64_t hash_of(const dia_known_table *table, uint64_t number, dia_bytes name)
{
    return dia_hash_u64(number ^ dia_hash_nocase(name, table->seed), table->seed);
}

void dia_known_init(dia_known_table *table, size_t size, dia_hub *hub)
{
    *table = (dia_known_table){ .size = size, .seed = dia_random_u64(&hub->random), .alloc = hub->alloc };
    dia_list_init(&table->recent);
    dia_map_init(&table->map, dia_random_u64(&hub->random), hub->alloc);
}

void dia_known_remove(dia_known_table *table, void *item)
{
    dia_known *known = head_of(item);
    dia_map_remove(&table->map, hash_of(table, known->number, known->name));
    dia_list_remove(&known->recent);
    table->n--;
    dia_release(table->alloc, item, table->size + known->name.n);
}

void dia_known_shrink(dia_known_table *table, size_t max)
{
    table->max = max;
    while (table->n > max)
        dia_known_remove(table, DIA_OF(table->recent.prev, dia_known, recent));
}

void dia_known_done(dia_known_table *table)
{
    dia_known_shrink(table, 0);
    dia_map_done(&table->map);
}

void *dia_known_look(const dia_known_table *table, uint64_t number, dia_bytes name)
{
    dia_known *known = dia_map_get(&table->map, hash_of(table, number, name));
    return known && known->number == number && dia_bytes_equal_nocase(known->name, name) ? known : NULL;
}

void *dia_known_find(dia_known_table *table, uint64_t number, dia_bytes name)
{
    dia_known *known = table->n ? dia_known_look(table, number, name) : NULL;
    if (known && table->recent.next != &known->recent) {
        dia_list_remove(&known->recent);
        dia_list_push_front(&table->recent, &known->recent);
    }
    return known;
}

void *dia_known_add(dia_known_table *table, uint64_t number, dia_bytes name)
{
    if (!dia_identity_valid(name)) /* also bounds its length */
        return NULL;
    const size_t size = table->size + name.n;
    uint8_t *item = dia_alloc0(table->alloc, size);
    if (!item)
        return NULL;
    dia_known *known = (dia_known *)(void *)item;
    memcpy(item + table->size, name.p, name.n);
    known->number = number;
    known->name = (dia_bytes){ item + table->size, name.n };
    if (dia_map_put(&table->map, hash_of(table, number, name), known)) {
        dia_release(table->alloc, item, size);
        return NULL;
    }
    dia_list_push_front(&table->recent, &known->recent);
    table->n++;
    dia_known_shrink(table, table->max);
    return item;
}

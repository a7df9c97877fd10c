/* A hash table from octets to pointers, case and all, inside an arena. Private to the room. */
#ifndef DICT_TABLE_H
#define DICT_TABLE_H

#include "dict/dict.h"

typedef struct dict_table {
    struct dict_entry *entries;
    size_t n, cap; /* cap is 0 or a power of 2 */
    dia_arena *arena;
} dict_table;

/* A zeroed table with its arena set is ready for use. Keys are kept. */
void *dict_table_get(const dict_table *table, dia_bytes key);

/* What stands there already, else `value` after putting it in. NULL when the arena gives nothing. */
void *dict_table_put(dict_table *table, dia_bytes key, void *value);

#endif

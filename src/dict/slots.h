/* Perfect hashes from (code, vendor) to an index. Private to the room. */
#ifndef DICT_SLOTS_H
#define DICT_SLOTS_H

#include "dict/dict.h"

typedef struct dict_key {
    uint32_t code, vendor;
} dict_key;

typedef struct dict_slots {
    uint32_t multiplier;
    uint8_t shift;
    const uint16_t *v; /* in the arena; 2^(32 - shift) entries: index + 1, or 0 */
} dict_slots;

enum { DICT_SLOTS_KEYS_MAX = 65534 };

/* Makes the table for n keys. Of equal keys the first counts. DIA_ENOMEM, DIA_ESPACE. */
int dict_slots_build(const dict_key *keys, size_t n, dia_arena *arena, dict_slots *out);

/* The same, but all of equal keys stand in it, in their order: for keys that are themselves hashes. */
int dict_slots_build_all(const dict_key *keys, size_t n, dia_arena *arena, dict_slots *out);

#endif

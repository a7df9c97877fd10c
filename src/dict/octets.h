/* Octets on their way into a buffer that may be too small: counted where they do not fit. Stays in this folder. */
#ifndef DICT_OCTETS_H
#define DICT_OCTETS_H

#include "base/base.h"

typedef struct dia_octets {
    uint8_t *to;
    size_t cap;
    size_t n; /* octets written, or only counted where they are beyond cap */
} dia_octets;

/* Room for the next n octets; NULL when they are beyond cap. They count in either case. */
static inline uint8_t *dia_octets_room(dia_octets *o, size_t n)
{
    const size_t at = o->n;
    o->n += n;
    return at <= o->cap && n <= o->cap - at && n ? o->to + at : NULL;
}

static inline void dia_octets_put(dia_octets *o, dia_bytes octets)
{
    uint8_t *to = dia_octets_room(o, octets.n);
    if (to)
        memcpy(to, octets.p, octets.n);
}

static inline void dia_octets_put_u8(dia_octets *o, uint8_t value)
{
    dia_octets_put(o, (dia_bytes){ &value, 1 });
}

static inline void dia_octets_put_u32(dia_octets *o, uint32_t value)
{
    uint8_t *to = dia_octets_room(o, 4);
    if (to)
        dia_store32(to, value);
}

static inline void dia_octets_put_u64(dia_octets *o, uint64_t value)
{
    dia_octets_put_u32(o, (uint32_t)(value >> 32));
    dia_octets_put_u32(o, (uint32_t)value);
}

#endif

/* What makes a value sound, inline for the engine: texts, addresses, times. Stays in this folder. */
#ifndef DICT_VALUE_H
#define DICT_VALUE_H

#include "diatom/dict.h"
#include "wire/wire.h"

/* Time: the seconds of 1968-01-20T03:14:08Z, where the 32 bits of the era with the highest bit set begin
 * (RFC 6733, 4.3.1). */
#define DIA_TIME_FIRST INT64_C(-61505152)

static inline int64_t dia_time_of_wire(uint32_t ntp)
{
    return (int64_t)(ntp ^ UINT32_C(0x80000000)) + DIA_TIME_FIRST;
}

static inline bool dia_time_fits_wire(int64_t seconds)
{
    return seconds >= DIA_TIME_FIRST && seconds - DIA_TIME_FIRST <= INT64_C(0xffffffff);
}

static inline uint32_t dia_time_to_wire(int64_t seconds)
{
    return (uint32_t)(seconds - DIA_TIME_FIRST) ^ UINT32_C(0x80000000);
}

/* Eight octets at once, in whatever order the machine has. */
static inline uint64_t dia_eight(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t dia_four(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* 1 to 7 octets spread over eight: each of them stands there at least once, and nothing else does. */
static inline uint64_t dia_eight_of(const uint8_t *p, size_t n)
{
    if (n >= 4)
        return (uint64_t)dia_four(p) << 32 | dia_four(p + n - 4);
    const uint64_t all = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
    return all << 40 | all << 16 | (uint64_t)p[0] << 8 | p[0];
}

#define DIA_EACH_OCTET_(v) ((uint64_t)(v)*UINT64_C(0x0101010101010101))

/* Highest bits where an octet is above 0x7f. */
static inline uint64_t dia_not_ascii(uint64_t v)
{
    return v & DIA_EACH_OCTET_(0x80);
}

/* Highest bits where an octet is no printable ASCII: outside '!' to '~'. Exact as a whole: 0 only when all are. */
static inline uint64_t dia_not_graphic(uint64_t v)
{
    return (v | (v - DIA_EACH_OCTET_(0x21)) | (v + DIA_EACH_OCTET_(0x01))) & DIA_EACH_OCTET_(0x80);
}

static inline bool dia_is_utf8(dia_bytes text)
{
    const uint8_t *p = text.p;
    size_t n = text.n;
    uint64_t bad = 0;
    for (; n >= 8; p += 8, n -= 8)
        bad |= dia_not_ascii(dia_eight(p));
    if (n && text.n >= 8)
        bad |= dia_not_ascii(dia_eight(p + n - 8));
    else if (n)
        bad |= dia_not_ascii(dia_eight_of(p, n));
    return !bad || dia_utf8_valid(text);
}

/* Could it name a node or realm at all? Not empty, no blanks, no control characters, nothing but ASCII. */
static inline bool dia_is_identity(dia_bytes text)
{
    const uint8_t *p = text.p;
    size_t n = text.n;
    uint64_t bad = n == 0;
    for (; n >= 8; p += 8, n -= 8)
        bad |= dia_not_graphic(dia_eight(p));
    if (n && text.n >= 8)
        bad |= dia_not_graphic(dia_eight(p + n - 8));
    else if (n)
        bad |= dia_not_graphic(dia_eight_of(p, n));
    return !bad;
}

/* The usual name of a host or realm. False says nothing: then dia_identity_valid() knows. */
bool dia_is_host(dia_bytes text);

/* The values that only level strict looks into, and the rare ones. */
bool dia_value_is_sound(uint8_t type, dia_bytes value, dia_level level);

/* Is it a value of this type, as far as the level wants to know? For all types that stand in a struct as octets. */
static inline bool dia_value_fits(uint8_t type, dia_bytes value, dia_level level)
{
    if (type == DIA_TYPE_OCTET_STRING)
        return true;
    if (type == DIA_TYPE_UTF8_STRING)
        return dia_is_utf8(value);
    if (type == DIA_TYPE_IDENTITY && level == DIA_LEVEL_LENIENT)
        return dia_is_identity(value);
    return dia_value_is_sound(type, value, level);
}

/* A known family has an address of its length. */
static inline bool dia_address_fits(uint16_t family, size_t n)
{
    return (family != DIA_FAMILY_IPV4 || n == 4) && (family != DIA_FAMILY_IPV6 || n == 16);
}

#endif

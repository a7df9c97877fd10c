/* Is it UTF-8? (RFC 3629) */
#include "wire/wire.h"

/* The second octet decides about overlong forms, surrogates and the end of the range; the others are 80..BF. */
struct lead {
    uint8_t first, last;         /* of the lead octet */
    uint8_t second, second_last; /* of the octet behind it */
    uint8_t n;                   /* octets behind the lead */
};

static const struct lead leads[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 1 }, /* U+0080 */
    { 0xe0, 0xe0, 0xa0, 0xbf, 2 }, /* U+0800 */
    { 0xe1, 0xec, 0x80, 0xbf, 2 }, /* U+1000 */
    { 0xed, 0xed, 0x80, 0x9f, 2 }, /* U+D000 up to the surrogates */
    { 0xee, 0xef, 0x80, 0xbf, 2 }, /* U+E000 */
    { 0xf0, 0xf0, 0x90, 0xbf, 3 }, /* U+10000 */
    { 0xf1, 0xf3, 0x80, 0xbf, 3 }, /* U+40000 */
    { 0xf4, 0xf4, 0x80, 0x8f, 3 }, /* U+100000 to U+10FFFF */
};

static const struct lead *lead_of(uint8_t c)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (c >= leads[i].first && c <= leads[i].last)
            return &leads[i];
    return NULL;
}

/* Octets of the character at p beyond ASCII; 0 when it is none. */
static size_t character(const uint8_t *p, size_t n)
{
    const struct lead *lead = lead_of(*p);
    if (!lead || n <= lead->n || p[1] < lead->second || p[1] > lead->second_last)
        return 0;
    for (size_t i = 2; i <= lead->n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return lead->n + 1u;
}

bool dia_utf8_valid(dia_bytes text)
{
    const uint8_t *p = text.p;
    size_t n = text.n;
    while (n > 0) {
        if (n >= 8 && !(dia_load64(p) & UINT64_C(0x8080808080808080))) {
            p += 8;
            n -= 8;
            continue;
        }
        const size_t step = *p < 0x80 ? 1 : character(p, n);
        if (!step)
            return false;
        p += step;
        n -= step;
    }
    return true;
}

/* State of a proxy that others carry (RFC 6733, 6.1.9): it comes back as it went, with the answer to the same request, or it is
 * none. It is authenticated, not hidden. */
#include "node/transit.h"

enum { VERSION = 1 };

static void add_u32(dia_siphash *h, uint32_t v)
{
    uint8_t octets[4];
    dia_store32(octets, v);
    dia_siphash_add(h, (dia_bytes){ octets, sizeof octets });
}

/* With its length in front: what stands in one field is never taken for part of another. */
static void add_field(dia_siphash *h, dia_bytes field, bool nocase)
{
    uint8_t part[64];
    add_u32(h, field.p ? (uint32_t)field.n + 1 : 0);
    for (size_t at = 0; at < field.n;) {
        const size_t n = field.n - at < sizeof part ? field.n - at : sizeof part;
        for (size_t i = 0; i < n; i++)
            part[i] = nocase ? dia_lower(field.p[at + i]) : field.p[at + i];
        dia_siphash_add(h, (dia_bytes){ part, n });
        at += n;
    }
}

static void make_code(const uint8_t key[16], const dia_seal *seal, dia_bytes state, uint8_t code[16])
{
    dia_siphash h;
    dia_siphash_init(&h, key);
    add_u32(&h, VERSION);
    add_u32(&h, seal->end_to_end);
    add_u32(&h, seal->application);
    add_u32(&h, seal->command);
    add_field(&h, seal->peer, true);
    add_field(&h, seal->session_id, false);
    add_field(&h, state, false);
    dia_siphash_end(&h, code);
}

void dia_seal_write(const uint8_t key[16], const dia_seal *seal, dia_bytes state, uint8_t *to)
{
    to[0] = VERSION;
    make_code(key, seal, state, to + 1);
    if (state.n)
        memcpy(to + DIA_SEAL_SIZE, state.p, state.n);
}

dia_bytes dia_seal_open(const uint8_t key[16], const dia_seal *seal, dia_bytes octets)
{
    uint8_t code[16];
    if (octets.n < DIA_SEAL_SIZE || octets.p[0] != VERSION)
        return (dia_bytes){ NULL, 0 };
    const dia_bytes state = { octets.p + DIA_SEAL_SIZE, octets.n - DIA_SEAL_SIZE };
    make_code(key, seal, state, code);
    return dia_codes_equal(code, octets.p + 1) ? state : (dia_bytes){ NULL, 0 };
}

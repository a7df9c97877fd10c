/* SipHash (Aumasson and Bernstein): 1-3 with 64 bits for names in tables, which nobody can make collide who does not know the seed;
 * and 2-4 with 128 bits, a code that only who has the key can make, for octets that come in parts. */
#include "base/base.h"

static uint64_t rotl(uint64_t v, int by)
{
    return v << by | v >> (64 - by);
}

/* The algorithm is little endian throughout. */
static uint64_t load_le(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static void store_le(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++, v >>= 8)
        p[i] = (uint8_t)v;
}

static void rounds(uint64_t v[4], int n)
{
    while (n-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] = rotl(v[0], 32) + v[3];
        v[2] += v[1];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[2] = rotl(v[2], 32);
    }
}

static void mix(uint64_t v[4], uint64_t word, int n)
{
    v[3] ^= word;
    rounds(v, n);
    v[0] ^= word;
}

/* ---- Names ---- */

uint64_t dia_hash_nocase(dia_bytes name, uint64_t seed)
{
    const uint64_t k0 = seed, k1 = ~seed * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                      k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
    size_t at = 0;
    for (; name.n - at >= 8; at += 8)
        mix(v, dia_lower8(dia_load64(name.p + at)), 1);
    uint64_t last = (uint64_t)name.n << 56;
    for (int shift = 0; at < name.n; at++, shift += 8)
        last |= (uint64_t)dia_lower(name.p[at]) << shift;
    mix(v, last, 1);
    v[2] ^= 0xff;
    rounds(v, 3);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- Codes ---- */

void dia_siphash_init(dia_siphash *h, const uint8_t key[16])
{
    const uint64_t k0 = load_le(key), k1 = load_le(key + 8);
    *h = (dia_siphash){ .v = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                               k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) } };
}

void dia_siphash_add(dia_siphash *h, dia_bytes octets)
{
    size_t have = h->n & 7;
    h->n += octets.n;
    for (size_t i = 0; i < octets.n;) {
        if (!have && octets.n - i >= 8) {
            mix(h->v, load_le(octets.p + i), 2);
            i += 8;
            continue;
        }
        h->rest[have++] = octets.p[i++];
        if (have == 8) {
            mix(h->v, load_le(h->rest), 2);
            have = 0;
        }
    }
}

void dia_siphash_end(dia_siphash *h, uint8_t to[16])
{
    const size_t have = h->n & 7;
    memset(h->rest + have, 0, 8 - have);
    mix(h->v, load_le(h->rest) | (uint64_t)h->n << 56, 2);
    h->v[2] ^= 0xee;
    rounds(h->v, 4);
    store_le(to, h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3]);
    h->v[1] ^= 0xdd;
    rounds(h->v, 4);
    store_le(to + 8, h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3]);
}

bool dia_codes_equal(const uint8_t a[16], const uint8_t b[16])
{
    unsigned differ = 0;
    for (int i = 0; i < 16; i++)
        differ |= (unsigned)(a[i] ^ b[i]);
    return !differ;
}

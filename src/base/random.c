/* Random numbers that a seed determines: xoshiro256** by Blackman and Vigna. */
#include "base/base.h"

static uint64_t rotl(uint64_t v, int by)
{
    return v << by | v >> (64 - by);
}

void dia_random_init(dia_random *random, const uint8_t seed[32])
{
    /* The state must not be all zero, and near seeds should not give near sequences: mix each word (splitmix64). */
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += dia_load64(seed + 8 * i) + UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = sum;
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        random->s[i] = z ^ z >> 31;
    }
    if (!(random->s[0] | random->s[1] | random->s[2] | random->s[3]))
        random->s[0] = 1;
    /* The first words reach all of the state only after some steps. */
    for (int i = 0; i < 16; i++)
        dia_random_u64(random);
}

uint64_t dia_random_u64(dia_random *random)
{
    uint64_t *s = random->s;
    const uint64_t result = rotl(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint32_t dia_random_u32(dia_random *random)
{
    return (uint32_t)(dia_random_u64(random) >> 32);
}

uint64_t dia_random_below(dia_random *random, uint64_t n)
{
    assert(n > 0);
    /* 2^64 mod n values at the bottom would make the small results more likely; draw again. */
    const uint64_t skip = (0 - n) % n;
    for (;;) {
        const uint64_t v = dia_random_u64(random);
        if (v >= skip)
            return v % n;
    }
}

void dia_random_fill(dia_random *random, void *to, size_t n)
{
    uint8_t *p = to;
    while (n > 0) {
        uint8_t word[8];
        const size_t part = n < sizeof word ? n : sizeof word;
        dia_store64(word, dia_random_u64(random));
        memcpy(p, word, part);
        p += part;
        n -= part;
    }
}

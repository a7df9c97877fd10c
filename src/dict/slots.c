/* The builder of perfect hashes: it tries multipliers until no two keys share a slot.
 *
 * A multiplicative hash cannot always do that: two keys may mix to the same number, and thousands of keys would need a
 * table of megabytes. Then the best table tried is taken, and a key whose slot is taken stands in the next free one.
 * Look-up (find.c) goes on to the next slot until it meets an empty one, and there is always an empty one; with a
 * perfect table that is the very next step. */
#include "dict/slots.h"

enum { BITS_MIN = 2, BITS_MAX = 17, BITS_EXTRA = 4, TRIES = 96, WORK = 1 << 22 };

/* A fixed sequence of odd numbers, the first of them 2^32 / golden ratio: results are the same in each run. */
static uint32_t multiplier_of(uint32_t try)
{
    uint32_t x = 0x9e3779b1U * (2 * try + 1);
    x ^= x >> 15;
    return try == 0 ? 0x9e3779b1U : (x * 0x85ebca6bU) | 1;
}

/* How many keys find their slot taken? `taken` is a bit per slot. Counting stops above `most`. */
static size_t collisions(const dict_key *keys, size_t n, uint32_t multiplier, uint8_t shift, uint8_t *taken,
                         size_t most)
{
    memset(taken, 0, ((size_t)1 << (32 - shift)) / 8 + 1);
    size_t count = 0;
    for (size_t i = 0; i < n && count <= most; i++) {
        const uint32_t slot = dia_slot(keys[i].code, keys[i].vendor, multiplier, shift);
        const uint8_t bit = (uint8_t)(1U << (slot & 7));
        if (taken[slot >> 3] & bit)
            count++;
        taken[slot >> 3] |= bit;
    }
    return count;
}

static void choose(const dict_key *keys, size_t n, uint8_t *taken, dict_slots *out)
{
    int bits = BITS_MIN;
    while (((size_t)1 << bits) <= n)
        bits++;
    const int most_bits = bits + BITS_EXTRA < BITS_MAX ? bits + BITS_EXTRA : BITS_MAX;
    size_t best = SIZE_MAX, work = 0;
    for (; bits <= most_bits; bits++) {
        for (uint32_t try = 0; try < TRIES && (work < WORK || try == 0); try++) {
            const uint8_t shift = (uint8_t)(32 - bits);
            const uint32_t multiplier = multiplier_of(try);
            const size_t count = collisions(keys, n, multiplier, shift, taken, best);
            work += n + ((size_t)1 << bits) / 64;
            if (count >= best)
                continue;
            best = count;
            out->multiplier = multiplier;
            out->shift = shift;
            if (count == 0)
                return;
        }
    }
}

static bool is_at(const dict_key *keys, uint16_t slot, size_t i)
{
    return keys[slot - 1].code == keys[i].code && keys[slot - 1].vendor == keys[i].vendor;
}

static void place(const dict_key *keys, size_t n, const dict_slots *slots, bool all, uint16_t *v)
{
    const uint32_t mask = ((uint32_t)1 << (32 - slots->shift)) - 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = dia_slot(keys[i].code, keys[i].vendor, slots->multiplier, slots->shift);
        while (v[at] && (all || !is_at(keys, v[at], i)))
            at = (at + 1) & mask;
        if (!v[at])
            v[at] = (uint16_t)(i + 1);
    }
}

static int build(const dict_key *keys, size_t n, bool all, dia_arena *arena, dict_slots *out)
{
    if (n > DICT_SLOTS_KEYS_MAX)
        return DIA_ESPACE;
    uint8_t taken[((size_t)1 << BITS_MAX) / 8 + 1];
    dict_slots slots = { 0 };
    choose(keys, n, taken, &slots);
    uint16_t *v = dia_arena_get0(arena, ((size_t)1 << (32 - slots.shift)) * sizeof *v);
    if (!v)
        return arena->err;
    place(keys, n, &slots, all, v);
    slots.v = v;
    *out = slots;
    return 0;
}

int dict_slots_build(const dict_key *keys, size_t n, dia_arena *arena, dict_slots *out)
{
    return build(keys, n, false, arena, out);
}

int dict_slots_build_all(const dict_key *keys, size_t n, dia_arena *arena, dict_slots *out)
{
    return build(keys, n, true, arena, out);
}

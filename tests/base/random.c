/* Random numbers: repeatable, different by seed, evenly spread. */
#include "base/base.h"

#include "harness.h"

static void same_seed_gives_the_same_sequence(void)
{
    static const uint8_t seed[32] = { 1, 2, 3 };
    dia_random a, b;
    dia_random_init(&a, seed);
    dia_random_init(&b, seed);
    for (int i = 0; i < 100; i++)
        check(dia_random_u64(&a) == dia_random_u64(&b));
}

static void every_octet_of_the_seed_counts(void)
{
    uint8_t seed[32] = { 0 };
    dia_random zero, other;
    dia_random_init(&zero, seed);
    const uint64_t first = dia_random_u64(&zero);
    for (int i = 0; i < 32; i++) {
        seed[i] = 1;
        dia_random_init(&other, seed);
        check(dia_random_u64(&other) != first);
        seed[i] = 0;
    }
}

static void zero_seed_works(void)
{
    static const uint8_t seed[32];
    dia_random random;
    dia_random_init(&random, seed);
    uint64_t ones = 0, all = UINT64_MAX;
    for (int i = 0; i < 200; i++) {
        const uint64_t v = dia_random_u64(&random);
        ones |= v;
        all &= v;
    }
    check(ones == UINT64_MAX);
    check(all == 0);
}

static void below_is_even_and_in_range(void)
{
    static const uint8_t seed[32] = { 5 };
    int counts[7] = { 0 };
    dia_random random;
    dia_random_init(&random, seed);
    for (int i = 0; i < 70000; i++) {
        const uint64_t v = dia_random_below(&random, 7);
        check(v < 7);
        counts[v]++;
    }
    for (int i = 0; i < 7; i++)
        check(counts[i] > 9500 && counts[i] < 10500);
    check_int(dia_random_below(&random, 1), 0);
    check(dia_random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static void fill_stays_in_bounds(void)
{
    static const uint8_t seed[32] = { 6 };
    dia_random random;
    dia_random_init(&random, seed);
    for (size_t n = 0; n < 40; n++) {
        uint8_t buf[48] = { 0 };
        dia_random_fill(&random, buf + 1, n);
        check_int(buf[0], 0);
        for (size_t i = n + 1; i < sizeof buf; i++)
            check_int(buf[i], 0);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "same_seed_gives_the_same_sequence", same_seed_gives_the_same_sequence },
        { "every_octet_of_the_seed_counts", every_octet_of_the_seed_counts },
        { "zero_seed_works", zero_seed_works },
        { "below_is_even_and_in_range", below_is_even_and_in_range },
        { "fill_stays_in_bounds", fill_stays_in_bounds },
    };
    return HARNESS_RUN("base/random", tests);
}

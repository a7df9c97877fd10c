/* The order of SRV records: priorities, and weights drawn as RFC 2782 says. */
#include "discover/discover.h"

#include "harness.h"

typedef struct script {
    const uint64_t *draws;
    size_t n;
    uint64_t below[8];
} script;

static uint64_t play(void *arg, uint64_t below)
{
    script *s = arg;
    s->below[s->n] = below;
    return s->draws[s->n++];
}

static uint64_t chance(void *arg, uint64_t below)
{
    return dia_random_below(arg, below);
}

static void lower_priorities_come_first(void)
{
    dia_weighed r[] = { { 9, 1, 0 }, { 0, 5, 1 }, { 65535, 0, 2 }, { 5, 65535, 3 } };
    dia_weigh(r, 4, NULL, NULL);
    check_int(r[0].item, 1);
    check_int(r[1].item, 3);
    check_int(r[2].item, 0);
    check_int(r[3].item, 2);
}

/* The sums are 10, 20, 60 behind the one without weight. */
static void the_first_sum_that_reaches_the_draw_is_taken(void)
{
    static const struct {
        uint64_t draw;
        size_t first;
    } rows[] = { { 0, 3 }, { 1, 0 }, { 10, 0 }, { 11, 1 }, { 20, 1 }, { 21, 2 }, { 60, 2 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t draws[] = { rows[i].draw, 0, 0 };
        script s = { draws, 0, { 0 } };
        dia_weighed r[] = { { 1, 10, 0 }, { 1, 10, 1 }, { 1, 40, 2 }, { 1, 0, 3 } };
        dia_weigh(r, 4, play, &s);
        check_int(r[0].item, rows[i].first);
        check_int(s.below[0], 61);
        check_int(s.n, 3); /* nobody draws for the last one */
    }
}

static void weights_are_chances(void)
{
    enum { TIMES = 20000 };
    static const uint8_t seed[32] = { 7 };
    dia_random random;
    unsigned first[3] = { 0 };
    dia_random_init(&random, seed);
    for (int i = 0; i < TIMES; i++) {
        dia_weighed r[] = { { 1, 10, 0 }, { 1, 30, 1 }, { 1, 60, 2 } };
        dia_weigh(r, 3, chance, &random);
        first[r[0].item]++;
    }
    for (size_t i = 0; i < 3; i++) {
        static const double want[] = { 0.1, 0.3, 0.6 };
        const double got = (double)first[i] / TIMES;
        check(got > want[i] - 0.02 && got < want[i] + 0.02);
    }
}

static void none_and_one_are_fine(void)
{
    dia_weighed r[] = { { 1, 10, 0 } };
    dia_weigh(r, 0, NULL, NULL);
    dia_weigh(r, 1, NULL, NULL);
    check_int(r[0].item, 0);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "lower_priorities_come_first", lower_priorities_come_first },
        { "the_first_sum_that_reaches_the_draw_is_taken", the_first_sum_that_reaches_the_draw_is_taken },
        { "weights_are_chances", weights_are_chances },
        { "none_and_one_are_fine", none_and_one_are_fine },
    };
    return HARNESS_RUN("discover/weigh", tests);
}

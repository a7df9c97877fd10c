/* The guard: what passes, what waits, and that nothing is given twice or too far ahead. */
#include "harness.h"

#include "tls/guard.h"

#include <stdlib.h>

static void records_near_a_gap_pass_and_those_ahead_wait(void)
{
    dia_guard g;
    dia_guard_init(&g, harness_allocator());
    check_int(dia_guard_look(&g, 0), DIA_GUARD_PASS);
    check_int(dia_guard_look(&g, 62), DIA_GUARD_PASS);
    check_int(dia_guard_look(&g, 63), DIA_GUARD_WAIT);
    dia_guard_gave(&g, 0);
    check_int(dia_guard_look(&g, 0), DIA_GUARD_AGAIN);
    check_int(dia_guard_look(&g, 63), DIA_GUARD_PASS);
    dia_guard_gave(&g, 5);
    check_int(dia_guard_look(&g, 5), DIA_GUARD_AGAIN);
    check_int(dia_guard_look(&g, 4), DIA_GUARD_PASS);
    check_int(dia_guard_look(&g, UINT64_C(0xffffffffffff)), DIA_GUARD_WAIT);
    dia_guard_done(&g);
}

static void held_records_come_in_order_when_the_gap_closes(void)
{
    static const uint64_t numbers[] = { 100, 64, 63, 200 };
    dia_guard g;
    dia_guard_init(&g, harness_allocator());
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        need_int(dia_guard_hold(&g, numbers[i], DIA_STR("record")), 0);
    check_int(dia_guard_look(&g, 100), DIA_GUARD_AGAIN);
    check(!dia_guard_take(&g));
    for (uint64_t n = 0; n < 63; n++)
        dia_guard_gave(&g, n);
    for (size_t i = 0; i < 3; i++) {
        dia_record *r = dia_guard_take(&g);
        need(r);
        check_int(r->number, i == 2 ? 100 : 63 + i);
        check_bytes(((dia_bytes){ r->octets, r->n }), DIA_STR("record"));
        dia_record_free(r, harness_allocator());
    }
    check(!dia_guard_take(&g));
    check_int(g.n, 1);
done:
    dia_guard_done(&g);
}

static void what_is_held_has_a_limit(void)
{
    static const uint8_t octets[16384];
    dia_guard g;
    harness_spare();
    dia_guard_init(&g, harness_allocator());
    uint64_t n = 1000;
    while (dia_guard_hold(&g, n, (dia_bytes){ octets, 1 }) == 0)
        n++;
    check_int(n, 1000 + DIA_GUARD_RECORDS);
    dia_guard_done(&g);
    dia_guard_init(&g, harness_allocator());
    n = 1000;
    while (dia_guard_hold(&g, n, (dia_bytes){ octets, sizeof octets }) == 0)
        n++;
    check_int(n, 1000 + DIA_GUARD_OCTETS / sizeof octets);
    dia_guard_done(&g);
}

/* As OpenSSL looks at numbers: a window of 64 below the greatest. */
struct window {
    uint64_t greatest, seen; /* bit i: greatest - i */
};

static bool window_takes(struct window *w, uint64_t number)
{
    if (number > w->greatest) {
        const uint64_t by = number - w->greatest;
        w->seen = by < 64 ? w->seen << by | 1 : 1;
        w->greatest = number;
        return true;
    }
    const uint64_t behind = w->greatest - number;
    if (behind >= 64 || (w->seen >> behind & 1))
        return false;
    w->seen |= UINT64_C(1) << behind;
    return true;
}

static unsigned roll(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* Shuffles ever wilder: a window against replays takes all that the guard gives. */
static void window_against_replays_drops_nothing(void)
{
    enum { N = 3000 };
    static uint64_t order[N];
    uint32_t seed = 1;
    harness_spare();
    for (unsigned far = 1; far < 2500; far = far * 3 + 1) {
        for (uint64_t i = 0; i < N; i++)
            order[i] = i;
        for (size_t i = 0; i + 1 < N; i++) {
            const size_t j = i + roll(&seed, far < N - i ? far : (unsigned)(N - i));
            const uint64_t swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        dia_guard g;
        struct window w = { 0 };
        size_t given = 0, dropped = 0;
        dia_guard_init(&g, harness_allocator());
        for (size_t i = 0; i < N; i++) {
            if (dia_guard_look(&g, order[i]) == DIA_GUARD_WAIT) {
                check_int(dia_guard_hold(&g, order[i], DIA_STR("x")), 0);
                continue;
            }
            dia_guard_gave(&g, order[i]);
            dropped += !window_takes(&w, order[i] + 1);
            given++;
            for (dia_record *r; (r = dia_guard_take(&g)); given++) {
                dropped += !window_takes(&w, r->number + 1);
                dia_record_free(r, harness_allocator());
            }
        }
        check_int(dropped, 0);
        check_int(given, N);
        dia_guard_done(&g);
    }
}

static const struct harness_test tests[] = {
    { "records_near_a_gap_pass_and_those_ahead_wait", records_near_a_gap_pass_and_those_ahead_wait },
    { "held_records_come_in_order_when_the_gap_closes", held_records_come_in_order_when_the_gap_closes },
    { "what_is_held_has_a_limit", what_is_held_has_a_limit },
    { "window_against_replays_drops_nothing", window_against_replays_drops_nothing },
};

int main(void)
{
    return HARNESS_RUN("tls/guard", tests);
}

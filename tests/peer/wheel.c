/* The timing wheel: each request comes out once, not before its time and at most two slots after it. */
#include "rig.h"

enum { SLOT_US = 1 << DIA_WHEEL_SHIFT, TURN_US = SLOT_US * DIA_WHEEL_SLOTS };

static void begin(dia_waiting *waiting, size_t n)
{
    memset(waiting, 0, n * sizeof *waiting);
    for (size_t i = 0; i < n; i++)
        dia_list_init(&waiting[i].deadline);
}

static void put(struct dia_wheel *wheel, dia_waiting *waiting, int64_t due_us)
{
    waiting->due_us = due_us;
    dia_wheel_put(wheel, waiting);
}

static void empty_wheel_has_no_deadline(void)
{
    struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), 12345678);
    need(wheel);
    need_int(dia_wheel_deadline(wheel), DIA_NEVER_US);
    need(!dia_wheel_expired(wheel, INT64_C(1) << 60));
    need_int(dia_wheel_deadline(wheel), DIA_NEVER_US);
done:
    dia_wheel_free(wheel, harness_allocator());
}

/* The deadline is when a driver ticks: what comes out then is what counts. */
static void request_comes_out_at_its_time(void)
{
    static const struct {
        const char *name;
        int64_t start, in;
    } rows[] = {
        { "at once", 0, 0 },
        { "in the past", 5000000, -3000000 },
        { "a microsecond", 0, 1 },
        { "one slot", 0, SLOT_US },
        { "the last octet of a slot", 0, SLOT_US - 1 },
        { "ten seconds", 999, 10000000 },
        { "one slot less than a turn", 0, TURN_US - SLOT_US },
        { "a turn", 0, TURN_US },
        { "a turn and a microsecond", 77, TURN_US + 1 },
        { "a day", 123456789, INT64_C(86400000000) },
        { "the longest timeout", 1, INT64_C(4294967295000) },
        { "a clock far from zero", INT64_C(1) << 55, 5000000 },
        { "a clock below zero", -5000000, 10000000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!harness_row_runs(rows[i].name))
            continue;
        struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), rows[i].start);
        const int64_t due = rows[i].start + rows[i].in;
        dia_waiting waiting, *out = NULL;
        int64_t now = rows[i].start;
        need(wheel);
        begin(&waiting, 1);
        put(wheel, &waiting, due);
        while (!out) {
            const int64_t at = dia_wheel_deadline(wheel);
            need(at > now || at > due);
            now = at;
            out = dia_wheel_expired(wheel, now);
        }
        need(out == &waiting);
        need(now >= due);
        need(now <= (due > rows[i].start ? due : rows[i].start) + 2 * SLOT_US);
        need(dia_list_empty(&waiting.deadline));
        need_int(dia_wheel_deadline(wheel), DIA_NEVER_US);
    done:
        dia_wheel_free(wheel, harness_allocator());
    }
}

static void removed_request_does_not_come_out(void)
{
    struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), 0);
    dia_waiting waiting[3];
    need(wheel);
    begin(waiting, 3);
    for (int i = 0; i < 3; i++)
        put(wheel, &waiting[i], 1000000);
    dia_wheel_remove(wheel, &waiting[1]);
    need(dia_wheel_expired(wheel, 2000000) == &waiting[0]);
    need(dia_wheel_expired(wheel, 2000000) == &waiting[2]);
    need(!dia_wheel_expired(wheel, 2000000));
done:
    dia_wheel_free(wheel, harness_allocator());
}

static void removing_the_last_one_takes_the_deadline_away(void)
{
    struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), 0);
    dia_waiting waiting;
    need(wheel);
    begin(&waiting, 1);
    put(wheel, &waiting, 1000000);
    need(dia_wheel_deadline(wheel) != DIA_NEVER_US);
    dia_wheel_remove(wheel, &waiting);
    need_int(dia_wheel_deadline(wheel), DIA_NEVER_US);
done:
    dia_wheel_free(wheel, harness_allocator());
}

/* A driver that was asleep for hours finds all that is due, and nothing else. */
static void long_sleep_loses_nothing(void)
{
    enum { N = 500 };
    struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), 0);
    static dia_waiting waiting[N];
    int due = 0;
    need(wheel);
    begin(waiting, N);
    for (int i = 0; i < N; i++)
        put(wheel, &waiting[i], (int64_t)i * 33333333); /* over almost five hours */
    for (const dia_waiting *w; (w = dia_wheel_expired(wheel, INT64_C(7200000000)));) {
        need(w->due_us <= INT64_C(7200000000));
        due++;
    }
    need(due == 7200000000 / 33333333 + 1 || due == 7200000000 / 33333333);
    while (dia_wheel_expired(wheel, INT64_C(36000000000)))
        due++;
    need_int(due, N);
done:
    dia_wheel_free(wheel, harness_allocator());
}

/* Against a plain list, with a clock that moves in steps of all sizes. */
static void random_use_agrees_with_a_list(void)
{
    enum { N = 200 };
    static dia_waiting waiting[N];
    static bool in[N];
    const uint8_t seed[32] = { 42 };
    dia_random random;
    int64_t now = 1000000;
    struct dia_wheel *wheel = dia_wheel_new(harness_allocator(), now);
    need(wheel);
    dia_random_init(&random, seed);
    begin(waiting, N);
    memset(in, 0, sizeof in);
    for (int round = 0; round < 20000; round++) {
        const size_t i = (size_t)dia_random_below(&random, N);
        if (!in[i])
            put(wheel, &waiting[i],
                now + (int64_t)dia_random_below(&random, UINT64_C(1) << dia_random_below(&random, 36)));
        else if (dia_random_below(&random, 4) == 0)
            dia_wheel_remove(wheel, &waiting[i]);
        else
            continue;
        in[i] = !in[i];
        if (dia_random_below(&random, 8))
            continue;
        now += (int64_t)dia_random_below(&random, UINT64_C(1) << dia_random_below(&random, 33));
        for (const dia_waiting *w; (w = dia_wheel_expired(wheel, now));) {
            need(in[w - waiting]);
            need(w->due_us <= now);
            in[w - waiting] = false;
        }
        for (size_t k = 0; k < N; k++)
            need(!in[k] || waiting[k].due_us > now - 2 * SLOT_US);
        need(dia_wheel_deadline(wheel) > now);
    }
done:
    dia_wheel_free(wheel, harness_allocator());
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "empty_wheel_has_no_deadline", empty_wheel_has_no_deadline },
        { "request_comes_out_at_its_time", request_comes_out_at_its_time },
        { "removed_request_does_not_come_out", removed_request_does_not_come_out },
        { "removing_the_last_one_takes_the_deadline_away", removing_the_last_one_takes_the_deadline_away },
        { "long_sleep_loses_nothing", long_sleep_loses_nothing },
        { "random_use_agrees_with_a_list", random_use_agrees_with_a_list },
    };
    return HARNESS_RUN("peer/wheel", tests);
}

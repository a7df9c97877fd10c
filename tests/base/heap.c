/* Timers: order, moving, taking out, against a plain model. */
#include "base/base.h"

#include "harness.h"

enum { COUNT = 200 };

static void empty_heap_has_no_deadline(void)
{
    dia_heap heap;
    dia_timer timer = { 0 };
    dia_heap_init(&heap, harness_allocator());
    check(dia_heap_first(&heap) == NULL);
    check(dia_heap_deadline(&heap) == DIA_NEVER_US);
    dia_heap_remove(&heap, &timer);
    check(!dia_timer_is_set(&timer));
    dia_heap_done(&heap);
}

static void timers_come_out_earliest_first(void)
{
    static const int64_t moments[] = { 5, -3, INT64_MAX, 0, INT64_MIN, 5, 4 };
    static const int64_t want[] = { INT64_MIN, -3, 0, 4, 5, 5, INT64_MAX };
    enum { N = sizeof moments / sizeof *moments };
    dia_timer timers[N] = { { 0 } };
    dia_heap heap;
    dia_heap_init(&heap, harness_allocator());
    for (size_t i = 0; i < N; i++)
        need_int(dia_heap_set(&heap, &timers[i], moments[i]), 0);
    for (size_t i = 0; i < N; i++) {
        need(dia_heap_deadline(&heap) == want[i]);
        dia_timer *first = dia_heap_first(&heap);
        need(first->at == want[i]);
        dia_heap_remove(&heap, first);
        need(!dia_timer_is_set(first));
    }
    need(dia_heap_first(&heap) == NULL);
done:
    dia_heap_done(&heap);
}

static dia_timer *earliest(dia_timer *timers)
{
    dia_timer *first = NULL;
    for (int i = 0; i < COUNT; i++)
        if (dia_timer_is_set(&timers[i]) && (!first || timers[i].at < first->at))
            first = &timers[i];
    return first;
}

static void setting_moving_and_removing_keeps_the_order(void)
{
    static const uint8_t seed[32] = { 7 };
    dia_timer timers[COUNT];
    dia_random random;
    dia_random_init(&random, seed);
    dia_heap heap;
    dia_heap_init(&heap, harness_allocator());
    memset(timers, 0, sizeof timers);
    for (int i = 0; i < 5000; i++) {
        dia_timer *timer = &timers[dia_random_below(&random, COUNT)];
        if (dia_random_below(&random, 3) == 0)
            dia_heap_remove(&heap, timer);
        else
            need_int(dia_heap_set(&heap, timer, (int64_t)dia_random_below(&random, 1000) - 500), 0);
        const dia_timer *want = earliest(timers), *got = dia_heap_first(&heap);
        need(!want == !got);
        need(!want || want->at == got->at);
    }
done:
    dia_heap_done(&heap);
}

static void reserved_timers_cannot_fail(void)
{
    dia_timer timers[40];
    dia_heap heap;
    dia_heap_init(&heap, harness_allocator());
    memset(timers, 0, sizeof timers);
    need_int(dia_heap_reserve(&heap, 40), 0);
    const size_t cap = heap.cap;
    for (int i = 0; i < 40; i++)
        need_int(dia_heap_set(&heap, &timers[i], -i), 0);
    need_int(heap.cap, cap);
    need(dia_heap_first(&heap) == &timers[39]);
    need_int(dia_heap_reserve(&heap, SIZE_MAX), DIA_ENOMEM);
done:
    dia_heap_done(&heap);
}

static void done_heap_leaves_no_timer_set(void)
{
    dia_timer timer = { 0 };
    dia_heap heap;
    dia_heap_init(&heap, harness_allocator());
    need_int(dia_heap_set(&heap, &timer, 1), 0);
    need(dia_timer_is_set(&timer));
done:
    dia_heap_done(&heap);
    check(!dia_timer_is_set(&timer));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "empty_heap_has_no_deadline", empty_heap_has_no_deadline },
        { "timers_come_out_earliest_first", timers_come_out_earliest_first },
        { "setting_moving_and_removing_keeps_the_order", setting_moving_and_removing_keeps_the_order },
        { "reserved_timers_cannot_fail", reserved_timers_cannot_fail },
        { "done_heap_leaves_no_timer_set", done_heap_leaves_no_timer_set },
    };
    return HARNESS_RUN("base/heap", tests);
}

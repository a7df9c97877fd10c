/* Timers of the application: they ring once, in their order, unless they were cancelled. */
#include "pair.h"

static char order[16]; /* who rang */

static dia_loop *new_loop(void)
{
    order[0] = 0;
    return pair_lone_loop();
}

static void note_a(void *arg)
{
    (void)arg;
    strcat(order, "a");
}

static void note_b_again(void *arg)
{
    strcat(order, "b");
    if (strlen(order) == 8 || dia_loop_after(arg, 0, note_b_again, arg))
        dia_loop_stop(arg);
}

static void cancel_a_and_stop(void *arg)
{
    if (dia_loop_after_cancel(arg, note_a, arg) == 1)
        strcat(order, "c");
    dia_loop_stop(arg);
}

static void timers_ring_in_their_order_and_once(void)
{
    dia_loop *loop = new_loop();
    const int64_t start = dia_loop_clock().us;
    need(loop);
    need_int(dia_loop_after(loop, 30, note_b_again, loop), 0);
    need_int(dia_loop_after(loop, 1, note_a, loop), 0);
    need_int(dia_loop_after(loop, 10, note_a, loop), 0);
    need_int(dia_loop_after(loop, 3600000, note_a, loop), 0); /* released with the loop */
    need_int(dia_loop_run(loop), 0);
    need_str(order, "aabbbbbb");
    need(dia_loop_clock().us - start >= 29000); /* libuv counts whole milliseconds */
done:
    dia_loop_free(loop);
}

static void cancelled_timers_do_not_ring(void)
{
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_after_cancel(loop, note_a, NULL), 0);
    need_int(dia_loop_after(loop, 1, note_a, NULL), 0);
    need_int(dia_loop_after(loop, 2, note_a, NULL), 0);
    need_int(dia_loop_after(loop, 3, note_a, loop), 0); /* another arg is another timer */
    need_int(dia_loop_after(loop, 20, cancel_a_and_stop, loop), 0);
    need_int(dia_loop_after(loop, 60000, note_a, loop), 0);
    need_int(dia_loop_after_cancel(loop, note_a, NULL), 2);
    need_int(dia_loop_after_cancel(loop, note_a, NULL), 0);
    need_int(dia_loop_run(loop), 0);
    need_str(order, "ac");
done:
    dia_loop_free(loop);
}

/* A timer that rings is no longer there to be cancelled. */
static void cancel_itself(void *arg)
{
    if (!dia_loop_after_cancel(arg, cancel_itself, arg))
        strcat(order, "d");
    dia_loop_stop(arg);
}

static void timer_may_cancel_itself(void)
{
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_after(loop, 0, cancel_itself, loop), 0);
    need_int(dia_loop_run(loop), 0);
    need_str(order, "d");
done:
    dia_loop_free(loop);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "timers_ring_in_their_order_and_once", timers_ring_in_their_order_and_once },
        { "cancelled_timers_do_not_ring", cancelled_timers_do_not_ring },
        { "timer_may_cancel_itself", timer_may_cancel_itself },
    };
    return HARNESS_RUN("loop/timeout", tests);
}

/* Signals: they call from the loop, one function each, and not any more when nobody wants them. */
#include "pair.h"

#include <errno.h>
#include <signal.h>

struct counted {
    unsigned first, second;
};

static void count_first(void *arg)
{
    ((struct counted *)arg)->first++;
}

static void count_second(void *arg)
{
    ((struct counted *)arg)->second++;
}

static void turn(dia_loop *loop)
{
    for (int i = 0; i < 3; i++)
        dia_loop_process(loop);
}

static void signal_calls_the_last_function(void)
{
    struct counted n = { 0, 0 };
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_on_signal(loop, SIGUSR1, count_first, &n), 0);
    need_int(dia_loop_on_signal(loop, SIGUSR2, count_second, &n), 0);
    raise(SIGUSR1);
    need_int(n.first, 0); /* not inside of the signal handler */
    turn(loop);
    need_int(n.first, 1);
    need_int(dia_loop_on_signal(loop, SIGUSR1, count_second, &n), 0);
    raise(SIGUSR1);
    turn(loop);
    raise(SIGUSR2);
    turn(loop);
    need_int(n.first, 1);
    need_int(n.second, 2);
done:
    dia_loop_free(loop);
}

/* Two loops of one process: each hears it. */
static void signal_comes_to_every_loop(void)
{
    struct counted n = { 0, 0 };
    dia_loop *a = pair_lone_loop(), *b = pair_lone_loop();
    need(a && b);
    need_int(dia_loop_on_signal(a, SIGHUP, count_first, &n), 0);
    need_int(dia_loop_on_signal(b, SIGHUP, count_second, &n), 0);
    raise(SIGHUP);
    turn(a);
    turn(b);
    need_int(n.first, 1);
    need_int(n.second, 1);
done:
    dia_loop_free(a);
    dia_loop_free(b);
}

/* SIGWINCH does nothing by default. */
static void signal_that_nobody_wants_does_what_it_did(void)
{
    struct counted n = { 0, 0 };
    struct sigaction action;
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_on_signal(loop, SIGWINCH, NULL, NULL), 0); /* nobody wanted it before either */
    need_int(dia_loop_on_signal(loop, SIGWINCH, count_first, &n), 0);
    need_int(dia_loop_on_signal(loop, SIGWINCH, NULL, NULL), 0);
    sigaction(SIGWINCH, NULL, &action);
    need(action.sa_handler == SIG_DFL);
    raise(SIGWINCH);
    turn(loop);
    need_int(n.first, 0);
done:
    dia_loop_free(loop);
}

static void signals_that_cannot_be_had_are_refused(void)
{
    struct counted n = { 0, 0 };
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_on_signal(loop, 0, count_first, &n), DIA_EINVAL);
    need_int(dia_loop_on_signal(loop, SIGKILL, count_first, &n), DIA_EINVAL);
    turn(loop);
done:
    dia_loop_free(loop);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "signal_calls_the_last_function", signal_calls_the_last_function },
        { "signal_comes_to_every_loop", signal_comes_to_every_loop },
        { "signal_that_nobody_wants_does_what_it_did", signal_that_nobody_wants_does_what_it_did },
        { "signals_that_cannot_be_had_are_refused", signals_that_cannot_be_had_are_refused },
    };
    return HARNESS_RUN("loop/signal", tests);
}

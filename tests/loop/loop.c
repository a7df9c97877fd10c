/* The loop: running, stopping, freeing, signals, and turning inside of a foreign loop. */
#include "pair.h"

#include <signal.h>

static void stop_loop(void *loop)
{
    dia_loop_stop(loop);
}

static void configuration_that_makes_no_sense_is_refused(void)
{
    char why[100] = "?";
    dia_loop *loop = NULL;
    const dia_node_config config = { .origin_host = "m.example.net", .alloc = harness_allocator() };
    const int err = dia_loop_new(&config, &loop, why, sizeof why);
    need(!loop);
    need_int(err, DIA_EINVAL);
    need(strstr(why, "origin_realm"));
done:
    dia_loop_free(loop);
}

static void loop_of_nothing_is_freed_without_harm(void)
{
    dia_loop_free(NULL);
    dia_loop_free(pair_lone_loop());
}

static void seed_and_wall_clock_are_drawn(void) /* W3.4.1-05, B3-18 */
{
    dia_loop *a = pair_lone_loop(), *b = pair_lone_loop();
    need(a && b);
    const dia_hub *x = &dia_loop_node(a)->hub, *y = &dia_loop_node(b)->hub;
    need(memcmp(&x->random, &y->random, sizeof x->random) != 0);
    need(x->origin_state_id > 1700000000);
done:
    dia_loop_free(a);
    dia_loop_free(b);
}

static void run_returns_when_stopped_before(void)
{
    dia_loop *loop = pair_lone_loop();
    need(loop);
    dia_loop_stop(loop);
    need_int(dia_loop_run(loop), 0);
    need(!dia_loop_process(loop));
    need_int(dia_loop_run(loop), 0);
done:
    dia_loop_free(loop);
}

static void run_returns_when_stopped_in_a_timer(void)
{
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", NULL, 0), 0);
    need_int(dia_loop_after(loop, 5, stop_loop, loop), 0);
    need_int(dia_loop_run(loop), 0);
done:
    dia_loop_free(loop);
}

static void signals_stop_the_loop(void)
{
    static const int signals[] = { SIGTERM, SIGINT };
    for (int i = 0; i < 2; i++) {
        dia_loop *loop = pair_lone_loop();
        need(loop);
        need_int(dia_loop_stop_on_signals(loop), 0);
        need_int(dia_loop_stop_on_signals(loop), 0);
        raise(signals[i]);
        need_int(dia_loop_run(loop), 0);
    done:
        dia_loop_free(loop);
    }
}

/* ---- A foreign loop ---- */

static void idle_loop_waits_for_ever(void)
{
    dia_loop *loop = pair_lone_loop();
    need(loop);
    for (int i = 0; i < 3; i++)
        need(dia_loop_process(loop));
    need(dia_loop_fd(loop) >= 0);
    need_int(dia_loop_timeout(loop), -1);
    need_int(dia_loop_after(loop, 200, stop_loop, loop), 0);
    need(dia_loop_timeout(loop) >= 0 && dia_loop_timeout(loop) <= 200);
    dia_loop_stop(loop);
    need_int(dia_loop_timeout(loop), 0);
    need(!dia_loop_process(loop));
done:
    dia_loop_free(loop);
}

/* Nothing is done but when the descriptor or the timeout says so: both suffice to make two nodes talk. */
static void foreign_loops_serve_requests(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    for (unsigned i = 1; i <= 20; i++) {
        need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == i);
    }
    for (unsigned i = 0; i < 500; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 520);
    need_int(pair.served, 520);
done:
    pair_end(&pair);
}

/* ---- Ending ---- */

static void loops_end_in_order(void) /* B5.4-01 */
{
    for (int who = 0; who < 2; who++) {
        struct pair pair;
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
        dia_loop_stop(who ? pair.server.loop : pair.client.loop);
        PAIR_UNTIL(&pair, who ? pair.server.over : pair.client.over);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN] && pair.server.events[DIA_EVENT_PEER_DOWN]);
        const struct side *other = who ? &pair.client : &pair.server;
        need_str(other->reason, "the peer disconnected (DPR)");
        need_int((who ? pair.server : pair.client).events[DIA_EVENT_STOPPED], 1);
    done:
        pair_end(&pair);
    }
}

static void second_stop_ends_at_once(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    dia_loop_stop(pair.client.loop);
    dia_loop_stop(pair.client.loop);
    need(!dia_loop_process(pair.client.loop));
done:
    pair_end(&pair);
}

/* What the server has in hand is answered before it says good-bye; what comes meanwhile is sent elsewhere. */
static void stop_lets_requests_in_hand_end(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    pair.keeps = true;
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.kept);
    dia_loop_stop(pair.server.loop);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.result_code);
    need_int(pair.result_code, 3004);
    need(!pair.server.over && !pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_int(pair_answer(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 1 && pair.server.over);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_str(pair.client.reason, "the peer disconnected (DPR)");
done:
    pair_end(&pair);
}

/* The same, and somebody in a hurry. */
static void second_stop_leaves_requests_in_hand(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    pair.keeps = true;
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.kept);
    dia_loop_stop(pair.server.loop);
    pair_turn(&pair, 1);
    need(!pair.server.over);
    dia_loop_stop(pair.server.loop);
    need(!dia_loop_process(pair.server.loop));
    dia_loop_free(pair.server.loop);
    pair.server.loop = NULL;
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_int(pair.outcome, DIA_OUTCOME_LOST);
done:
    pair_end(&pair);
}

/* A request that nobody ever answers does not hold the end up: limits.drain_ms. */
static void stop_does_not_wait_for_ever(void)
{
    struct pair pair;
    const dia_limits limits = { .drain_ms = 300, .disconnect_ms = 300 };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .limits = limits }));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    pair.keeps = true;
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.kept);
    const int64_t since = dia_loop_clock().us;
    dia_loop_stop(pair.server.loop);
    PAIR_UNTIL(&pair, pair.server.over);
    need(dia_loop_clock().us - since >= 250000);
    need(dia_loop_clock().us - since < 3000000);
    need_int(pair.client.events[DIA_EVENT_PEER_DOWN], 1);
done:
    pair_end(&pair);
}

static void stopping_closes_listeners(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    dia_loop_stop(pair.server.loop);
    PAIR_UNTIL(&pair, pair.server.over);
    for (int i = 0; i < 3; i++)
        pair_turn(&pair, 1);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
done:
    pair_end(&pair);
}

struct last_words {
    dia_loop *loop;
    unsigned n;
};

static void stop_again(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct last_words *words = arg;
    (void)outcome;
    (void)cca;
    words->n++;
    dia_loop_stop(words->loop);
    dia_loop_stop(words->loop);
}

/* The outcomes of freeing come to an application that may know nothing better than to stop: everything is released all
 * the same, what libuv holds included. */
static void stopping_inside_of_freeing_is_fine(void)
{
    struct pair pair;
    struct last_words words = { NULL, 0 };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .alloc = harness_allocator() }));
    need_int(pair_connect(&pair), 0);
    for (int i = 0; i < 100 && !pair.client.events[DIA_EVENT_PEER_UP]; i++)
        pair_turn(&pair, harness_injected() ? 0 : 100);
    words.loop = pair.client.loop;
    const dia_ro_ccr ccr = { .destination_realm = DIA_LIT("example.net"),
                             .service_context_id = DIA_LIT("x"),
                             .cc_request_type = 4 };
    need_int(dia_send_ro_ccr(dia_loop_node(pair.client.loop), &ccr, 5000, stop_again, &words), 0);
    dia_loop_after(pair.client.loop, 1000, stop_loop, pair.client.loop);
    dia_loop_free(pair.client.loop);
    pair.client.loop = NULL;
    need_int(words.n, 1);
done:
    pair_end(&pair);
}

/* All that can go wrong for want of memory, from beginning to end: nothing leaks, nothing hangs. */
static void exchange_survives_any_failing_allocation(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .alloc = harness_allocator() }));
    need_int(pair_connect(&pair), 0);
    for (int i = 0; i < 100 && !pair.client.events[DIA_EVENT_PEER_UP]; i++)
        pair_turn(&pair, harness_injected() ? 0 : 100);
    need(pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair_ask(&pair), 0);
    for (int i = 0; i < 100 && !pair.answered; i++)
        pair_turn(&pair, harness_injected() ? 0 : 100);
    need_int(pair.answered, 1);
    dia_loop_stop(pair.client.loop);
    for (int i = 0; i < 100 && !pair.client.over; i++)
        pair_turn(&pair, harness_injected() ? 0 : 100);
    need(pair.client.over);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "configuration_that_makes_no_sense_is_refused", configuration_that_makes_no_sense_is_refused },
        { "loop_of_nothing_is_freed_without_harm", loop_of_nothing_is_freed_without_harm },
        { "seed_and_wall_clock_are_drawn", seed_and_wall_clock_are_drawn },
        { "run_returns_when_stopped_before", run_returns_when_stopped_before },
        { "run_returns_when_stopped_in_a_timer", run_returns_when_stopped_in_a_timer },
        { "signals_stop_the_loop", signals_stop_the_loop },
        { "idle_loop_waits_for_ever", idle_loop_waits_for_ever },
        { "foreign_loops_serve_requests", foreign_loops_serve_requests },
        { "loops_end_in_order", loops_end_in_order },
        { "second_stop_ends_at_once", second_stop_ends_at_once },
        { "stop_lets_requests_in_hand_end", stop_lets_requests_in_hand_end },
        { "second_stop_leaves_requests_in_hand", second_stop_leaves_requests_in_hand },
        { "stop_does_not_wait_for_ever", stop_does_not_wait_for_ever },
        { "stopping_closes_listeners", stopping_closes_listeners },
        { "stopping_inside_of_freeing_is_fine", stopping_inside_of_freeing_is_fine },
        { "exchange_survives_any_failing_allocation", exchange_survives_any_failing_allocation },
    };
    return HARNESS_RUN("loop/loop", tests);
}

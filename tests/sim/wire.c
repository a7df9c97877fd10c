/* Connections: when octets arrive, in which order, and how connections end. */
#include "pair.h"

/* ---- Ways ---- */

static void answer_takes_two_delays(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_link there = { .delay_us = 20000 }, back = { .delay_us = 30000 };
    need_int(dia_sim_set_link(pair.client, pair.server, &there), 0);
    need_int(dia_sim_set_link(pair.server, pair.client, &back), 0);
    need_int(dia_sim_get_link(pair.client, pair.server).delay_us, 20000);
    need_int(dia_sim_get_link(pair.server, pair.client).delay_us, 30000);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 19);
    need_int(pair.served, 0);
    dia_sim_run(pair.sim, 1);
    need_int(pair.served, 1);
    dia_sim_run(pair.sim, 29);
    need_int(pair.answered, 0);
    dia_sim_run(pair.sim, 1);
    need_int(pair.answered, 1);
done:
    pair_end(&pair);
}

static void link_of_no_pair_is_everybodys(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .delay_us = 5 });
    need_int(dia_sim_get_link(pair.client, pair.server).delay_us, 5);
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ .delay_us = 6 }), 0);
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .delay_us = 7 });
    need_int(dia_sim_get_link(pair.client, pair.server).delay_us, 6);
    need_int(dia_sim_get_link(pair.server, pair.client).delay_us, 7);
done:
    pair_end(&pair);
}

/* Requests in the order in which they were sent: each goes in steps of its own, so jitter would mix them. */
static void order_is_kept(struct pair *pair, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        need_int(pair_ask(pair, i), 0);
        dia_sim_run(pair->sim, 1);
    }
    dia_sim_run(pair->sim, 4000);
    need_int(pair->answered, n);
    for (uint32_t i = 0; i < n; i++)
        need_int(pair->numbers[i], i);
done:;
}

static void order_is_kept_within_a_connection(void)
{
    struct pair pair;
    need(pair_begin(&pair, &(dia_sim_link){ .jitter_us = 50000 }));
    order_is_kept(&pair, 20);
done:
    pair_end(&pair);
}

/* Each octet is an allocation of the simulation's, and each is made to fail: so there are few. */
static void octets_one_by_one_are_messages_all_the_same(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .jitter_us = 10, .chunk = 1 });
    order_is_kept(&pair, 1);
done:
    pair_end(&pair);
}

static void sctp_messages_overtake_each_other_when_they_may(void)
{
    struct pair pair;
    need(pair_begin_sctp(&pair, &(dia_sim_link){ .jitter_us = 50000 }));
    for (uint32_t i = 0; i < 20; i++) {
        need_int(pair_ask(&pair, i), 0);
        dia_sim_run(pair.sim, 1);
    }
    dia_sim_run(pair.sim, 1000);
    need_int(pair.answered, 20);
    unsigned early = 0;
    for (uint32_t i = 1; i < 20; i++)
        early += pair.numbers[i] < pair.numbers[i - 1];
    need(early > 0);
done:
    pair_end(&pair);
}

static void octets_take_their_time(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .octets_per_s = 1000 });
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 150); /* a CCR has more than 150 octets */
    need_int(pair.served, 0);
    dia_sim_run(pair.sim, 1000);
    need_int(pair.answered, 1);
done:
    pair_end(&pair);
}

static void stalled_link_loses_nothing(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ .stalled = true }), 0);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 2000);
    need_int(pair.served, 0);
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ 0 }), 0);
    dia_sim_run(pair.sim, 1);
    need_int(pair.answered, 1);
done:
    pair_end(&pair);
}

/* What does not fit into the window waits in the node, which sees a peer that does not read. */
static void full_window_is_a_peer_that_does_not_read(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ .stalled = true, .window = 100 }), 0);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 9900);
    need(dia_peer_is_open(pair_peer(pair.client)));
    dia_sim_run(pair.sim, 200);
    need(!dia_peer_is_open(pair_peer(pair.client)));
    need_str(pair.reason, "the peer does not read");
done:
    pair_end(&pair);
}

static void small_window_lets_all_through_in_time(void)
{
    struct pair pair;
    need(pair_begin(&pair, &(dia_sim_link){ .window = 7 }));
    for (uint32_t i = 0; i < 5; i++)
        need_int(pair_ask(&pair, i), 0);
    dia_sim_run(pair.sim, 1000);
    need_int(pair.answered, 5);
done:
    pair_end(&pair);
}

static void window_smaller_than_a_message_lets_it_through_alone(void)
{
    struct pair pair;
    need(pair_begin_sctp(&pair, &(dia_sim_link){ .window = 7 }));
    for (uint32_t i = 0; i < 5; i++)
        need_int(pair_ask(&pair, i), 0);
    dia_sim_run(pair.sim, 1000);
    need_int(pair.answered, 5);
done:
    pair_end(&pair);
}

/* ---- Connecting ---- */

static void connections_may_be_refused_or_hang(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ .connects = DIA_SIM_REFUSE }), 0);
    need_int(dia_sim_cut(pair.client, pair.server), 1);
    dia_sim_run(pair.sim, 1200);
    need_str(pair.reason, "connection refused");
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ .connects = DIA_SIM_IGNORE }), 0);
    dia_sim_run(pair.sim, 5000);
    need_int(dia_peer_get_state(pair_peer(pair.client)), DIA_PEER_WAIT_CONN_ACK);
    need_int(dia_sim_set_link(pair.client, pair.server, &(dia_sim_link){ 0 }), 0);
    need(dia_sim_run_until(pair.sim, 30000, pair_is_open, &pair));
    need_int(dia_sim_connections(pair.client, pair.server), 1);
done:
    pair_end(&pair);
}

/* ---- Ending ---- */

static void cut_is_a_reset_at_both_ends(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_connections(pair.client, pair.server), 1);
    need_int(dia_sim_connections(pair.server, NULL), 1);
    need_int(dia_sim_cut(pair.server, pair.client), 1);
    dia_sim_run(pair.sim, 0);
    need_int(pair.events[DIA_EVENT_PEER_DOWN], 2);
    need_str(pair.reason, "reset by the peer");
    need_int(dia_sim_connections(pair.client, pair.server), 0);
    need_int(dia_sim_cut(pair.server, pair.client), 0);
done:
    pair_end(&pair);
}

static void lost_connection_carries_nothing_and_tells_nobody(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_lose(pair.client, NULL), 1);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 3000);
    need_int(pair.served, 0);
    need(pair_is_open(&pair));
    dia_sim_run(pair.sim, 30000); /* the watchdogs find out */
    need_int(pair.events[DIA_EVENT_PEER_DOWN], 2);
done:
    pair_end(&pair);
}

static void vanished_connection_is_half_open(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_vanish(pair.server, pair.client), 1);
    dia_sim_run(pair.sim, 1);
    need_int(pair.events[DIA_EVENT_PEER_DOWN], 1);
    need(dia_peer_is_open(pair_peer(pair.client)));
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 5100);
    need_int(pair.timeouts, 1);
done:
    pair_end(&pair);
}

static void cut_pair(struct pair *pair)
{
    dia_sim_cut(pair->client, pair->server);
}

static void lose_pair(struct pair *pair)
{
    dia_sim_lose(pair->client, pair->server);
}

static void vanish_pair(struct pair *pair)
{
    dia_sim_vanish(pair->server, pair->client);
}

static void narrow_pair(struct pair *pair)
{
    dia_sim_set_link(pair->server, pair->client, &(dia_sim_link){ .window = 1, .delay_us = 3 });
}

static void connections_may_be_broken_by_a_callback_of_their_own(void)
{
    static const struct {
        const char *name;
        void (*act)(struct pair *pair);
        unsigned answered;
    } rows[] = {
        { "cut", cut_pair, 0 }, { "lost", lose_pair, 0 }, { "vanished", vanish_pair, 0 }, { "link", narrow_pair, 3 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].name);
        need(pair_begin(&pair, NULL));
        pair.on_served = rows[i].act;
        for (uint32_t k = 0; k < 3; k++)
            need_int(pair_ask(&pair, k), 0);
        dia_sim_run(pair.sim, 5100);
        need_int(pair.answered, rows[i].answered);
        need_int(pair.answered + pair.lost + pair.timeouts, 3);
    done:
        pair_end(&pair);
        if (harness_injected())
            return;
    }
}

static bool is_stopped(void *arg)
{
    const struct pair *pair = arg;
    return dia_node_stopped(dia_sim_node(pair->client));
}

/* DPR, DPA, the end of the stream from both sides. */
static void orderly_end_is_orderly(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_node_stop(dia_sim_node(pair.client), DIA_CAUSE_REBOOTING, 0);
    need(dia_sim_run_until(pair.sim, 1000, is_stopped, &pair));
    dia_sim_run(pair.sim, 1);
    need_int(dia_sim_connections(pair.client, pair.server), 0);
    need_int(pair.events[DIA_EVENT_PEER_DOWN], 2);
done:
    pair_end(&pair);
}

/* The end of the stream never comes back: the side that ended first does not wait for ever. */
static void end_that_is_not_answered_is_waited_for_five_seconds(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_node_stop(dia_sim_node(pair.client), DIA_CAUSE_REBOOTING, 60000);
    need(dia_sim_step(pair.sim)); /* DPR arrives */
    need(dia_sim_step(pair.sim)); /* DPA */
    need_int(dia_sim_set_link(pair.server, pair.client, &(dia_sim_link){ .stalled = true }), 0);
    dia_sim_run(pair.sim, 4900);
    need(!dia_node_stopped(dia_sim_node(pair.client)));
    dia_sim_run(pair.sim, 200);
    need(dia_node_stopped(dia_sim_node(pair.client)));
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "answer_takes_two_delays", answer_takes_two_delays },
        { "link_of_no_pair_is_everybodys", link_of_no_pair_is_everybodys },
        { "order_is_kept_within_a_connection", order_is_kept_within_a_connection },
        { "octets_one_by_one_are_messages_all_the_same", octets_one_by_one_are_messages_all_the_same },
        { "sctp_messages_overtake_each_other_when_they_may", sctp_messages_overtake_each_other_when_they_may },
        { "octets_take_their_time", octets_take_their_time },
        { "stalled_link_loses_nothing", stalled_link_loses_nothing },
        { "full_window_is_a_peer_that_does_not_read", full_window_is_a_peer_that_does_not_read },
        { "small_window_lets_all_through_in_time", small_window_lets_all_through_in_time },
        { "window_smaller_than_a_message_lets_it_through_alone", window_smaller_than_a_message_lets_it_through_alone },
        { "connections_may_be_refused_or_hang", connections_may_be_refused_or_hang },
        { "cut_is_a_reset_at_both_ends", cut_is_a_reset_at_both_ends },
        { "lost_connection_carries_nothing_and_tells_nobody", lost_connection_carries_nothing_and_tells_nobody },
        { "vanished_connection_is_half_open", vanished_connection_is_half_open },
        { "connections_may_be_broken_by_a_callback_of_their_own",
          connections_may_be_broken_by_a_callback_of_their_own },
        { "orderly_end_is_orderly", orderly_end_is_orderly },
        { "end_that_is_not_answered_is_waited_for_five_seconds", end_that_is_not_answered_is_waited_for_five_seconds },
    };
    return HARNESS_RUN("sim/wire", tests);
}

/* The simulation's clock: what happens, when, and that it happens again. */
#include "pair.h"

#include <stdio.h>

/* ---- Time ---- */

static void nothing_happens_in_an_empty_simulation(void)
{
    dia_sim *sim = NULL;
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &sim), 0);
    need_int(dia_sim_now(sim).us, 0);
    need(!dia_sim_step(sim));
    need_int(dia_sim_now(sim).us, 0);
    dia_sim_run(sim, 1500);
    need_int(dia_sim_now(sim).us, 1500000);
done:
    dia_sim_free(sim);
}

static bool is_past(void *arg)
{
    return dia_sim_now(arg).us >= 1000000;
}

static void running_until_ends_with_the_step_or_with_the_time(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    const int64_t now = dia_sim_now(pair.sim).us;
    need(!dia_sim_run_until(pair.sim, 100, is_past, pair.sim));
    need_int(dia_sim_now(pair.sim).us, now + 100000);
    need(dia_sim_run_until(pair.sim, 100000, is_past, pair.sim));
    need(dia_sim_now(pair.sim).us >= 1000000 && dia_sim_now(pair.sim).us < 20000000);
    const int64_t then = dia_sim_now(pair.sim).us;
    need(dia_sim_run_until(pair.sim, 100, is_past, pair.sim));
    need_int(dia_sim_now(pair.sim).us, then);
done:
    pair_end(&pair);
}

static void look_at_the_nodes_clocks(void *arg)
{
    const struct pair *pair = arg;
    check_int(dia_node_now(dia_sim_node(pair->client)).us, dia_sim_now(pair->sim).us);
    check_int(dia_node_now(dia_sim_node(pair->server)).us, dia_sim_now(pair->sim).us);
}

/* Durations that the application begins are counted from now, not from the node's last event. */
static void nodes_know_what_time_it_is(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    pair.silent = true;
    need_int(dia_sim_after(pair.sim, NULL, 1234, look_at_the_nodes_clocks, &pair), 0);
    dia_sim_run(pair.sim, 3000);
    look_at_the_nodes_clocks(&pair);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 4990);
    need_int(pair.timeouts, 0);
    dia_sim_run(pair.sim, 20);
    need_int(pair.timeouts, 1);
done:
    pair_end(&pair);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static void run_inside(struct pair *pair)
{
    const int64_t now = dia_sim_now(pair->sim).us;
    check(!dia_sim_step(pair->sim));
    check(!dia_sim_run_until(pair->sim, 1000, never, NULL));
    check_int(dia_sim_now(pair->sim).us, now);
}

static void steps_do_not_nest(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    pair.on_served = run_inside;
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 100);
    need_int(pair.answered, 1);
done:
    pair_end(&pair);
}

/* ---- The same again ---- */

struct story {
    uint64_t hash;
    unsigned messages;
};

static void tell(void *arg, const dia_sim_seen *seen)
{
    struct story *story = arg;
    story->hash = dia_hash_u64((uint64_t)seen->at.us, story->hash + (uint64_t)seen->kind);
    for (size_t i = 0; i < seen->octets.n; i++)
        story->hash = story->hash * 31 + seen->octets.p[i];
    story->messages += seen->kind == DIA_SIM_MESSAGE;
}

static bool live(uint64_t seed, struct story *story)
{
    struct pair pair;
    *story = (struct story){ .hash = 1 };
    bool fine = pair_begin(&pair, NULL);
    if (fine) {
        uint8_t octets[32] = { 0 };
        dia_store64(octets, seed);
        dia_random_init(&pair.sim->random, octets);
        dia_sim_tap(pair.sim, tell, story);
        dia_sim_set_links(pair.sim, &(dia_sim_link){ .delay_us = 1000, .jitter_us = 1000, .chunk = 50 });
        for (uint32_t i = 0; i < 10; i++)
            fine = fine && !pair_ask(&pair, i);
        dia_sim_run(pair.sim, 1000);
        dia_sim_kill(pair.server);
        dia_sim_start(pair.server);
        dia_sim_run(pair.sim, 20000);
    }
    pair_end(&pair);
    return fine;
}

static void same_seed_gives_the_same_run(void)
{
    struct story a, b, c;
    need(live(1, &a) && live(1, &b) && live(2, &c));
    need(a.messages > 20);
    need_int(a.hash, b.hash);
    need(a.hash != c.hash);
done:;
}

/* ---- Timers of the application ---- */

struct clockwork {
    dia_sim *sim;
    int64_t at_us[8];
    unsigned n;
};

static void strike(void *arg)
{
    struct clockwork *c = arg;
    if (c->n < 8)
        c->at_us[c->n++] = dia_sim_now(c->sim).us;
}

static void strike_and_go_on(void *arg)
{
    struct clockwork *c = arg;
    strike(c);
    dia_sim_after(c->sim, NULL, 10, strike_and_go_on, c);
}

static void timers_fire_in_their_order_and_once(void)
{
    struct clockwork c = { 0 };
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &c.sim), 0);
    need_int(dia_sim_after(c.sim, NULL, 30, strike, &c), 0);
    need_int(dia_sim_after(c.sim, NULL, 10, strike, &c), 0);
    need_int(dia_sim_after(c.sim, NULL, 20, strike, &c), 0);
    need_int(dia_sim_after(c.sim, NULL, 0, strike, &c), 0);
    dia_sim_run(c.sim, 100);
    need_int(c.n, 4);
    for (int i = 0; i < 4; i++)
        need_int(c.at_us[i], 10000 * i);
done:
    dia_sim_free(c.sim);
}

static void timer_may_set_the_next(void)
{
    struct clockwork c = { 0 };
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &c.sim), 0);
    need_int(dia_sim_after(c.sim, NULL, 10, strike_and_go_on, &c), 0);
    dia_sim_run(c.sim, 55);
    need_int(c.n, 5);
done:
    dia_sim_free(c.sim);
}

static void cancelled_timer_does_not_fire(void)
{
    struct clockwork c = { 0 }, other = { 0 };
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &c.sim), 0);
    other.sim = c.sim;
    need_int(dia_sim_after(c.sim, NULL, 10, strike, &c), 0);
    need_int(dia_sim_after(c.sim, NULL, 20, strike, &c), 0);
    need_int(dia_sim_after(c.sim, NULL, 10, strike, &other), 0);
    need_int(dia_sim_after_cancel(c.sim, strike, &c), 2);
    need_int(dia_sim_after_cancel(c.sim, strike, &c), 0);
    dia_sim_run(c.sim, 100);
    need_int(c.n, 0);
    need_int(other.n, 1);
done:
    dia_sim_free(c.sim);
}

static void timer_of_a_host_dies_with_its_node(void)
{
    struct pair pair;
    struct clockwork c = { 0 };
    need(pair_begin(&pair, NULL));
    c.sim = pair.sim;
    need_int(dia_sim_after(pair.sim, pair.server, 10, strike, &c), 0);
    need_int(dia_sim_after(pair.sim, pair.client, 20, strike, &c), 0);
    dia_sim_kill(pair.server);
    need_int(dia_sim_after(pair.sim, pair.server, 10, strike, &c), DIA_ESTATE);
    need_int(dia_sim_start(pair.server), 0);
    dia_sim_run(pair.sim, 100);
    need_int(c.n, 1);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "nothing_happens_in_an_empty_simulation", nothing_happens_in_an_empty_simulation },
        { "running_until_ends_with_the_step_or_with_the_time", running_until_ends_with_the_step_or_with_the_time },
        { "nodes_know_what_time_it_is", nodes_know_what_time_it_is },
        { "steps_do_not_nest", steps_do_not_nest },
        { "same_seed_gives_the_same_run", same_seed_gives_the_same_run },
        { "timers_fire_in_their_order_and_once", timers_fire_in_their_order_and_once },
        { "timer_may_set_the_next", timer_may_set_the_next },
        { "cancelled_timer_does_not_fire", cancelled_timer_does_not_fire },
        { "timer_of_a_host_dies_with_its_node", timer_of_a_host_dies_with_its_node },
    };
    return HARNESS_RUN("sim/sim", tests);
}

/* The simulation: one clock and what is due on it. All hosts see the same moment, so that a callback of one may call the
 * node of another. */
#include "sim/sim.h"

/* ---- What is due ---- */

int dia_sim_reserve(dia_sim *sim)
{
    enum { OF_A_WIRE = 4 }; /* two directions, two ends */
    return dia_heap_reserve(&sim->timers, (size_t)OF_A_WIRE * (sim->n_wires + 1) + sim->n_timeouts + 1);
}

void dia_sim_set(dia_sim *sim, dia_sim_due *due, int64_t at_us)
{
    if (dia_heap_set(&sim->timers, &due->timer, at_us))
        assert(!"room for timers is reserved with their owners");
}

void dia_sim_unset(dia_sim *sim, dia_sim_due *due)
{
    dia_heap_remove(&sim->timers, &due->timer);
}

/* ---- Life ---- */

int dia_sim_new(const dia_sim_config *given, dia_sim **out)
{
    const dia_sim_config config = given ? *given : (dia_sim_config){ 0 };
    const dia_allocator *alloc = config.alloc ? config.alloc : dia_allocator_default();
    uint8_t seed[32] = { 0 };
    dia_sim *sim = dia_alloc0(alloc, sizeof *sim);
    if (!sim)
        return DIA_ENOMEM;
    dia_store64(seed, config.seed);
    dia_random_init(&sim->random, seed);
    sim->alloc = alloc;
    sim->wall_clock = config.wall_clock ? config.wall_clock : 1700000000;
    dia_heap_init(&sim->timers, alloc);
    dia_list_init(&sim->hosts);
    dia_list_init(&sim->wires);
    dia_list_init(&sim->timeouts);
    dia_map_init(&sim->links, dia_random_u64(&sim->random), alloc);
    *out = sim;
    return 0;
}

void dia_sim_free(dia_sim *sim)
{
    if (!sim)
        return;
    sim->inside = true; /* nothing moves any more, and nobody looks */
    dia_sim_tap(sim, NULL, NULL);
    dia_sim_chart(sim, NULL, NULL, NULL);
    dia_sim_timeouts_end(sim, NULL);
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next)
        dia_sim_crash(DIA_OF(p, dia_sim_host, place));
    dia_wire_free_all(sim);
    DIA_LIST_EACH (p, &sim->hosts)
        dia_sim_host_free(DIA_OF(p, dia_sim_host, place));
    dia_sim_timeouts_end(sim, NULL); /* those of callbacks that came last */
    dia_sim_links_free(sim);
    dia_heap_done(&sim->timers);
    dia_release(sim->alloc, sim, sizeof *sim);
}

/* ---- Steps ---- */

/* The node that runs there; NULL: none, or it is frozen. */
static dia_node *node_at(dia_list *p)
{
    const dia_sim_host *host = DIA_OF(p, dia_sim_host, place);
    return host->frozen ? NULL : host->node;
}

/* Every node hears what time it is, whether or not something of it is due: durations that its application begins now are
 * counted from its last call. */
static void tell_the_time(dia_sim *sim)
{
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next)
        if (node_at(p))
            dia_node_tick(node_at(p), dia_sim_time(sim));
}

/* Carries out the wishes of all nodes, until there are none. */
static void settle(dia_sim *sim)
{
    for (bool moved = true; moved;) {
        moved = false;
        if (sim->changed) {
            dia_wire_look_again(sim);
            tell_the_time(sim); /* also those that were frozen */
        }
        for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
            dia_todo todo;
            for (dia_node *node; (node = node_at(p)) && dia_node_todo(node, &todo); moved = true)
                dia_wire_todo(DIA_OF(p, dia_sim_host, place), &todo);
        }
    }
    dia_wire_sweep(sim);
}

static int64_t next_us(const dia_sim *sim)
{
    int64_t at = dia_heap_deadline(&sim->timers);
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
        const dia_node *node = node_at(p);
        const int64_t us = node ? dia_node_deadline(node).us : DIA_NEVER_US;
        at = us < at ? us : at;
    }
    return at > sim->now_us ? at : sim->now_us;
}

static void tick_those_due(dia_sim *sim)
{
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
        dia_node *node = node_at(p);
        if (node && dia_node_deadline(node).us <= sim->now_us)
            dia_node_tick(node, dia_sim_time(sim));
    }
}

/* What is due next, if that is not after `until_us`. False: nothing. */
static bool step(dia_sim *sim, int64_t until_us)
{
    settle(sim);
    const int64_t at = next_us(sim);
    if (at > until_us || at == DIA_NEVER_US)
        return false;
    if (at > sim->now_us) {
        sim->now_us = at;
        tell_the_time(sim);
    } else {
        tick_those_due(sim);
    }
    dia_timer *timer = dia_heap_first(&sim->timers);
    if (timer && timer->at <= sim->now_us) {
        dia_heap_remove(&sim->timers, timer);
        dia_sim_due *due = DIA_OF(timer, dia_sim_due, timer);
        due->happen(due);
    }
    settle(sim);
    return true;
}

static bool begin(dia_sim *sim)
{
    if (sim->inside)
        return false;
    sim->inside = true;
    return true;
}

bool dia_sim_step(dia_sim *sim)
{
    if (!begin(sim))
        return false;
    const bool went = step(sim, DIA_NEVER_US - 1);
    sim->inside = false;
    return went;
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

bool dia_sim_run_until(dia_sim *sim, uint32_t ms, bool (*done)(void *arg), void *arg)
{
    if (!begin(sim))
        return false;
    const int64_t until = sim->now_us + (int64_t)ms * 1000;
    settle(sim);
    bool was = done(arg);
    while (!was && step(sim, until))
        was = done(arg);
    if (!was) {
        sim->now_us = until;
        tell_the_time(sim);
        settle(sim);
        was = done(arg);
    }
    sim->inside = false;
    return was;
}

void dia_sim_run(dia_sim *sim, uint32_t ms)
{
    dia_sim_run_until(sim, ms, never, NULL);
}

dia_time dia_sim_now(const dia_sim *sim)
{
    return dia_sim_time(sim);
}

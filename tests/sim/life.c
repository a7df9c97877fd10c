/* A plan's life: hosts ask each other, disturbances come and go, quiet time follows; and what must hold, holds after every
 * step or the life is broken. */
#include "member.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    QUIET_S = 400,
    CALLS = 20, /* requests to each neighbour in the end */
};

void life_broken(life *l, const char *rule, const char *format, ...)
{
    life_result *r = l->result;
    if (r->broken)
        return;
    r->broken = true;
    r->rule = rule;
    r->at_us = dia_sim_now(l->sim).us;
    va_list args;
    va_start(args, format);
    vsnprintf(r->what, sizeof r->what, format, args);
    va_end(args);
    dia_sim_note(l->sim, NULL, r->what);
    dia_sim_chart(l->sim, NULL, NULL, NULL); /* what follows says nothing about it */
}

/* Every disturbance ends, nobody asks any more, and operators do what they have to. */
static void begin_quiet(life *l)
{
    const plan *p = l->plan;
    l->quiet = true;
    for (size_t i = 0; i < p->n_hosts; i++)
        for (size_t k = 0; k < p->n_hosts; k++)
            if (i != k)
                dia_sim_set_link(l->member[i].host, l->member[k].host, &p->link);
    for (size_t i = 0; i < p->n_hosts; i++) {
        member *m = &l->member[i];
        member_freeze(m, false);
        m->mute = m->scarce = m->misnamed = 0;
        if (p->secure)
            member_certify_anew(m);
        memset(m->removed, 0, sizeof m->removed);
        memset(m->disabled, 0, sizeof m->disabled);
        if (m->stopping)
            member_end(m, false);
        member_begin(m);
        answer_all_kept(m);
        for (size_t k = 0; k < p->n_hosts; k++)
            member_enable(m, k);
        member_mend_later(m);
    }
}

/* A peer that said good-bye for good is called again; one that was added late is called anyway. */
static void call_everybody(const life *l)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++)
        for (size_t k = 0; k < l->plan->n_hosts; k++)
            if (plan_connects(l->plan, i, k) && i != k)
                member_connect(&l->member[i], k);
}

static bool run(life *l, uint32_t ms)
{
    return !dia_sim_run_until(l->sim, ms, check_step, l);
}

/* A client asks a server by its name and by its realm, one after the other: there may be relays that take no more at a time. */
static bool call_through(member *m, size_t k)
{
    life *l = m->life;
    const plan *p = l->plan;
    const char *realm = p->host[k].realm;
    if (m->plan->roles || !plan_is(p, k, SERVES))
        return true;
    if (plan_leads(p, m->i, realm, k))
        ask_of(m, p->host[k].name, realm, 5000, true);
    if (!run(l, 500))
        return false;
    if (plan_leads(p, m->i, realm, HOSTS_MAX))
        ask_of(m, NULL, realm, 5000, true);
    return run(l, 500);
}

static bool call(member *m, size_t k)
{
    const plan *p = m->life->plan;
    if (p->network)
        return call_through(m, k);
    for (int n = 0; n < CALLS && plan_joined(p, m->i, k); n++)
        ask_of(m, p->host[k].name, NULL, 5000, true);
    return true;
}

/* All is well again: whatever is asked is answered, and nothing happens by itself. */
static bool call_the_roll(life *l)
{
    const plan *p = l->plan;
    l->calling = true;
    bool fine = true;
    for (size_t i = 0; i < p->n_hosts; i++)
        for (size_t k = 0; k < p->n_hosts && fine; k++)
            fine = call(&l->member[i], k);
    fine = fine && run(l, 30000);
    l->calling = false;
    return fine;
}

static void live(life *l)
{
    const plan *p = l->plan;
    dia_sim_set_links(l->sim, &p->link);
    for (size_t i = 0; i < p->n_disturbances; i++) {
        l->happening[i] = (happening){ l, &p->disturbance[i] };
        if (l->options->chosen >> i & 1)
            dia_sim_after(l->sim, NULL, p->disturbance[i].at_ms, disturb, &l->happening[i]);
    }
    if (!run(l, p->minutes * 60000))
        return;
    dia_sim_note(l->sim, NULL, "quiet time");
    begin_quiet(l);
    if (!run(l, 15000))
        return;
    call_everybody(l);
    char words[200];
    const char *why = "";
    /* Not before the watchdogs have found out what is dead and looks open: three times the longest Tw; nor before all certificates
     * are over that end. */
    const int least = p->secure ? 13 : 4;
    for (int i = 0; (i < QUIET_S / 10 && why) || i < least; i++) {
        if (!run(l, 10000))
            return;
        why = check_rest(l, words, sizeof words);
    }
    if (!why && !call_the_roll(l))
        return;
    if (why || (why = check_rest(l, words, sizeof words)))
        life_broken(l, "rest", "%s", why);
    check_sums(l);
}

void life_run(const plan *p, const life_options *options, life_result *result)
{
    static const dia_dict *const ro[] = { &dia_dict_ro };
    static const dia_dicts dicts = { ro, 1, NULL };
    life *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    *result = (life_result){ 0 };
    l->plan = p;
    l->options = options;
    l->result = result;
    l->counting = (dia_allocator){ member_count, l };
    dia_arena_init(&l->asks, NULL, 0, (size_t)1 << 30, NULL);
    check_prepare(l);
    dia_map_init(&l->by_number, p->seed, dia_allocator_default());
    if (dia_sim_new(&(dia_sim_config){ .seed = p->seed, .alloc = &l->counting }, &l->sim))
        abort();
    if (options->line)
        dia_sim_chart(l->sim, &dicts, options->line, options->arg);
    int err = 0;
    for (size_t i = 0; i < p->n_hosts && !err; i++)
        err = member_add(l, i);
    if (err)
        life_broken(l, "start", "a host cannot be added: %s", dia_strerror(err));
    else
        live(l);
    result->lived_us = dia_sim_now(l->sim).us;
    for (size_t i = 0; i < p->n_hosts; i++)
        if (l->member[i].host)
            member_end(&l->member[i], false);
    /* What is left to say is said while there is a simulation to say it of. */
    dia_sim_chart(l->sim, NULL, NULL, NULL);
    dia_sim *sim = l->sim;
    dia_sim_free(sim);
    if (l->taken && !result->broken) {
        result->broken = true;
        result->rule = "memory";
        snprintf(result->what, sizeof result->what, "%zu octets were not freed", l->taken);
    }
    dia_map_done(&l->by_number);
    dia_arena_done(&l->asks);
    free(l);
}

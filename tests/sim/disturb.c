/* Disturbances begin and end. */
#include "member.h"

static void burst(member *m, uint32_t n)
{
    if (m->life->plan->network && m->plan->roles)
        return;
    m->burst = true;
    for (uint32_t i = 0; i < n && dia_sim_node(m->host); i++)
        ask_one(m);
}

static void stop(member *m, dia_cause cause)
{
    if (!dia_sim_node(m->host))
        return;
    m->stopping = true;
    dia_node_stop(dia_sim_node(m->host), cause, 0);
}

static void remove_peer(member *m, size_t other)
{
    m->removed[other]++;
    dia_peer *peer = dia_sim_node(m->host) ? member_peer(m, other) : NULL;
    if (peer)
        dia_node_remove_peer(dia_sim_node(m->host), peer);
}

static void disable_peer(member *m, size_t other, dia_cause cause)
{
    m->disabled[other]++;
    dia_peer *peer = dia_sim_node(m->host) ? member_peer(m, other) : NULL;
    if (peer)
        dia_node_disable_peer(dia_sim_node(m->host), peer, cause);
}

static void set_link(const happening *h, bool begins)
{
    member *a = &h->life->member[h->d->a], *b = &h->life->member[h->d->b];
    dia_sim_link link = dia_sim_get_link(a->host, b->host);
    const dia_sim_link usual = h->life->plan->link;
    switch (h->d->kind) {
    case STALL: link.stalled = begins; break;
    case REFUSE: link.connects = begins ? DIA_SIM_REFUSE : DIA_SIM_ACCEPT; break;
    case IGNORE: link.connects = begins ? DIA_SIM_IGNORE : DIA_SIM_ACCEPT; break;
    case FAIL_TLS: link.handshakes = begins ? DIA_SIM_REFUSE : DIA_SIM_ACCEPT; break;
    case HANG_TLS: link.handshakes = begins ? DIA_SIM_IGNORE : DIA_SIM_ACCEPT; break;
    default: link = begins ? h->d->link : usual; break;
    }
    dia_sim_set_link(a->host, b->host, &link);
}

/* Operators know that a host is back that had said good-bye for good. */
static void call_me(void *arg)
{
    member *m = arg;
    for (size_t i = 0; i < m->life->plan->n_hosts; i++)
        if (plan_connects(m->life->plan, i, m->i) && i != m->i)
            member_connect(&m->life->member[i], m->i);
}

static void ends(void *arg)
{
    const happening *h = arg;
    member *a = &h->life->member[h->d->a];
    if (h->life->quiet) /* which has ended it */
        return;
    switch (h->d->kind) {
    case STOP:
        member_end(a, false);
        member_begin(a);
        if (h->d->amount % 3)
            dia_sim_after(a->life->sim, a->host, 2000, call_me, a);
        break;
    case CRASH:
    case KILL: member_begin(a); break;
    case LINK:
    case STALL:
    case REFUSE:
    case IGNORE:
    case FAIL_TLS:
    case HANG_TLS: set_link(h, false); break;
    case EXPIRE:
        if (!a->misnamed)
            member_certify(a, a->plan->name, a->plan->life_s);
        break;
    case MISNAME:
        if (a->misnamed && !--a->misnamed)
            member_certify(a, a->plan->name, a->plan->life_s);
        break;
    case REMOVE:
        if (a->removed[h->d->b])
            a->removed[h->d->b]--;
        member_mend_later(a);
        if (h->d->amount % 3)
            dia_sim_after(a->life->sim, NULL, 5000, call_me, a);
        break;
    case DISABLE:
        if (a->disabled[h->d->b] && !--a->disabled[h->d->b])
            member_enable(a, h->d->b);
        if (h->d->amount % 3)
            dia_sim_after(a->life->sim, NULL, 5000, call_me, a);
        break;
    case FREEZE: member_freeze(a, false); break;
    case SCARCE:
        a->scarce = 0;
        member_begin(a); /* it may not have come back for want of memory */
        member_mend_later(a);
        break;
    case MUTE:
        if (a->mute && !--a->mute)
            answer_all_kept(a);
        break;
    default: return;
    }
    dia_sim_note(a->life->sim, a->host, "(a disturbance is over)");
}

void disturb(void *arg)
{
    happening *h = arg;
    const disturbance *d = h->d;
    member *a = &h->life->member[d->a], *b = &h->life->member[d->b];
    char words[200];
    plan_say(h->life->plan, d, words, sizeof words);
    dia_sim_note(h->life->sim, NULL, words);
    switch (d->kind) {
    case CUT: dia_sim_cut(a->host, b->host); return;
    case LOSE: dia_sim_lose(a->host, b->host); return;
    case VANISH: dia_sim_vanish(a->host, b->host); return;
    case CONNECT: member_connect(a, d->b); return;
    case BURST: burst(a, d->amount); return;
    case CRASH: member_end(a, true); break;
    case KILL: member_end(a, false); break;
    case STOP: stop(a, d->amount % 8 < 2 ? (dia_cause)(1 + d->amount % 8) : DIA_CAUSE_REBOOTING); break;
    case REMOVE: remove_peer(a, d->b); break;
    case DISABLE: disable_peer(a, d->b, (dia_cause)(d->amount % 3)); break;
    case FREEZE: member_freeze(a, true); break;
    case SCARCE:
        a->scarce = 1 + d->amount;
        a->forgets = true;
        break;
    case MUTE:
        a->mute++;
        a->was_mute = true;
        break;
    case EXPIRE: member_certify(a, a->plan->name, d->lasts_ms / 1000 + 1); break;
    case MISNAME:
        a->misnamed++;
        member_certify(a, b->plan->name, 0);
        break;
    default: set_link(h, true); break;
    }
    dia_sim_after(h->life->sim, NULL, d->lasts_ms, ends, h);
}

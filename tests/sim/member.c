/* A host of a life: its peers, and how its node begins and ends. */
#include "member.h"

dia_peer *member_peer(const member *m, size_t other)
{
    const dia_node *node = dia_sim_node(m->host);
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        if (dia_bytes_equal_nocase(dia_peer_host(peer), dia_cstr(m->life->plan->host[other].name)))
            return peer;
    return NULL;
}

static void mend(void *arg);

/* A peer that was removed can be added again only when it is gone. */
void member_mend_later(member *m)
{
    if (!m->mending && dia_sim_node(m->host))
        m->mending = !dia_sim_after(m->life->sim, m->host, 1000, mend, m);
}

/* Adds the peers that should be there. */
static void add_peers(member *m)
{
    const plan *p = m->life->plan;
    for (size_t i = 0; i < p->n_hosts; i++) {
        const bool connects = plan_connects(p, m->i, i);
        if (!plan_joined(p, m->i, i) || m->removed[i] || (!connects && m->plan->everybody))
            continue;
        const dia_peer_config config = { .host = p->host[i].name,
                                         .connect = connects ? p->host[i].uri : NULL,
                                         .inband = p->host[i].inband };
        const dia_peer *there = member_peer(m, i);
        const int err = there ? 0 : dia_node_add_peer(dia_sim_node(m->host), &config, NULL);
        if (there || err == DIA_EEXIST || is_scarce(m, err))
            member_mend_later(m); /* it may be one that is leaving */
        else if (err && err != DIA_ESTATE)
            life_broken(m->life, "peers", "%s could not add a peer: %s", m->plan->name, dia_strerror(err));
    }
}

static void mend(void *arg)
{
    member *m = arg;
    m->mending = false;
    add_peers(m);
}

static int start_host(dia_sim_host *host, dia_node *node, void *arg)
{
    member *m = arg;
    m->host = host;
    m->frozen = m->mending = m->stopping = false;
    m->begun = 0;
    m->counters = (dia_counters){ 0 };
    m->n_answered = 0;
    m->forgets = m->scarce;
    memset(m->peers, 0, sizeof m->peers);
    const dia_listener_config listener_config = { .inband = m->plan->inband };
    dia_listener *listener = NULL;
    if (dia_node_add_listener(node, &listener_config, &listener) || dia_sim_listen_as(host, m->plan->uri, listener))
        return DIA_ENOMEM;
    int err = m->plan->roles & SERVES ? dia_serve_ro_ccr(node, on_ccr, m) : 0;
    if (!err && m->plan->roles & (RELAYS | CARELESS))
        err = agent_begin(m, node);
    else if (!err)
        err = dia_node_use(node, &dia_dict_ro);
    if (err)
        return err;
    add_peers(m);
    if (m->plan->asks_ms && !m->life->quiet)
        dia_sim_after(m->life->sim, host, roll(m, 1, m->plan->asks_ms), ask_now_and_then, m);
    return 0;
}

void member_end(member *m, bool quietly)
{
    if (!dia_sim_node(m->host))
        return;
    forget_kept(m);
    const dia_hub *hub = &dia_sim_node(m->host)->hub;
    for (int s = 0; s < DIA_PEER_STATES; s++)
        m->life->result->taken[s] |= hub->taken[s];
    for (int s = 0; s < DIA_WATCH_STATES; s++)
        m->life->result->taken_watch[s] |= hub->taken_watch[s];
    m->was_killed = true;
    m->life->result->repeats += m->counters.duplicates;
    if (quietly)
        dia_sim_crash(m->host);
    else
        dia_sim_kill(m->host);
    journey_forget(m);
    m->hooked = 0;
    if (m->pending)
        life_broken(m->life, "one outcome", "%u requests of %s have no outcome though their node has ended",
                    (unsigned)m->pending, m->plan->name);
}

void member_begin(member *m)
{
    const int err = dia_sim_node(m->host) ? 0 : dia_sim_start(m->host);
    if (err && !is_scarce(m, err))
        life_broken(m->life, "start", "%s does not start: %s", m->plan->name, dia_strerror(err));
}

/* Each event is a moment to look at the machines, between two rows of their tables. */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    member *m = arg;
    if (!event->reason)
        life_broken(m->life, "event", "%s told an event without a reason", m->plan->name);
    if (m->life->calling && event->kind == DIA_EVENT_PEER_DOWN && !plan_redirects(m->life->plan, NULL))
        life_broken(m->life, "rest", "%s lost a peer though nothing disturbs it: %s", m->plan->name, event->reason);
    if (event->kind == DIA_EVENT_PEER_UP)
        check_names(m, event->peer);
    if (event->kind == DIA_EVENT_CONNECT_FAILED)
        check_order(m, event);
    if (event->kind == DIA_EVENT_SUSPECT)
        journey_suspects(m, event->conn);
    else if (event->kind == DIA_EVENT_UNANSWERED)
        journey_gives_up(m, event);
    if (m->host && node == dia_sim_node(m->host))
        check_states(m);
}

void *member_count(void *arg, void *p, size_t old_size, size_t new_size)
{
    life *l = arg;
    const dia_allocator *real = dia_allocator_default();
    void *moved = real->resize(real->arg, p, old_size, new_size);
    if (moved || !new_size) {
        l->taken += new_size - old_size;
        if (l->taken > l->result->peak)
            l->result->peak = l->taken;
    }
    return moved;
}

/* Of a node, and it may fail. */
static void *count_or_fail(void *arg, void *p, size_t old_size, size_t new_size)
{
    member *m = arg;
    if (m->scarce && new_size > old_size && dia_random_below(&m->dice, m->scarce) == 0)
        return NULL;
    return member_count(m->life, p, old_size, new_size);
}

int member_add(life *l, size_t i)
{
    static const char *const everybody[] = { "*", NULL };
    const host_plan *h = &l->plan->host[i];
    member *m = &l->member[i];
    uint8_t seed[32] = { 0 };
    *m = (member){ .life = l, .i = i, .plan = h, .alloc = { count_or_fail, m } };
    dia_list_init(&m->kept);
    dia_list_init(&m->transits);
    dia_store64(seed, plan_hash(l->plan->seed, 1000, i));
    dia_random_init(&m->dice, seed);
    const dia_node_config config = {
        .origin_host = h->name,
        .origin_realm = h->realm,
        .allow = h->everybody ? everybody : NULL,
        .watchdog_ms = h->watchdog_ms,
        .reconnect_ms = h->reconnect_ms,
        .reopen_dwas = h->reopen_dwas,
        .tries = h->tries,
        .try_ms = h->try_ms,
        .retry = h->retry,
        .redirects = h->redirects,
        .redirect_clear = true,
        .limits = h->limits,
        .alloc = &m->alloc,
        .on_event = on_event,
        .on_message = journey_see,
        .arg = m,
    };
    const int err = dia_sim_add(l->sim, &config, start_host, m, &m->host);
    if (!err && l->plan->secure)
        member_certify_anew(m);
    return err;
}

/* ---- Certificates ---- */

void member_certify(member *m, const char *host, uint32_t life_s)
{
    enum { WALL_CLOCK = 1700000000, WARN_S = 5 };
    const char *const names[] = { host, NULL };
    const dia_sim_certificate certificate = {
        .names = names,
        .expires = life_s ? WALL_CLOCK + dia_sim_now(m->life->sim).us / 1000000 + life_s : 0,
        .warn_s = WARN_S,
    };
    if (dia_sim_certify(m->host, &certificate))
        life_broken(m->life, "certificate", "%s gets no certificate", m->plan->name);
}

/* In time, which is before the former ends. */
void member_certify_anew(void *arg)
{
    member *m = arg;
    const uint32_t life_s = m->life->quiet ? 0 : m->plan->life_s;
    if (!m->misnamed)
        member_certify(m, m->plan->name, life_s);
    if (life_s)
        dia_sim_after(m->life->sim, NULL, life_s * 700, member_certify_anew, m);
}

void member_connect(const member *m, size_t other)
{
    dia_peer *peer = dia_sim_node(m->host) ? member_peer(m, other) : NULL;
    if (peer)
        dia_node_connect_peer(dia_sim_node(m->host), peer);
}

void member_enable(const member *m, size_t other)
{
    dia_peer *peer = dia_sim_node(m->host) ? member_peer(m, other) : NULL;
    if (peer)
        dia_node_enable_peer(dia_sim_node(m->host), peer);
}

void member_freeze(member *m, bool frozen)
{
    m->frozen = frozen && dia_sim_node(m->host);
    dia_sim_freeze(m->host, frozen);
}

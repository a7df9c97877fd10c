/* What must hold after every step, and when all has come to rest. */
#include "member.h"

#include <stdio.h>

enum {
    STEPS_AT_ONCE = 50000, /* more at one moment, and time stands still */
    ROWS_AT_ONCE = 2,      /* of the table that one step may take */
    MEMORY_OF_HOST = 700000,
    DRAINED_OF_HOST = 340000,
};

/* The table of RFC 6733, 5.6: which states a row may lead to. */
static const uint32_t next_states[DIA_PEER_STATES] = {
    [DIA_PEER_CLOSED] = 1u << DIA_PEER_WAIT_CONN_ACK | 1u << DIA_PEER_R_OPEN,
    [DIA_PEER_WAIT_CONN_ACK] = 1u << DIA_PEER_WAIT_I_CEA | 1u << DIA_PEER_CLOSED | 1u << DIA_PEER_WAIT_CONN_ACK_ELECT,
    [DIA_PEER_WAIT_I_CEA] = 1u << DIA_PEER_I_OPEN | 1u << DIA_PEER_WAIT_RETURNS | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_WAIT_CONN_ACK_ELECT] =
        1u << DIA_PEER_WAIT_RETURNS | 1u << DIA_PEER_R_OPEN | 1u << DIA_PEER_WAIT_CONN_ACK | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_WAIT_RETURNS] =
        1u << DIA_PEER_R_OPEN | 1u << DIA_PEER_I_OPEN | 1u << DIA_PEER_WAIT_I_CEA | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_R_OPEN] = 1u << DIA_PEER_CLOSING | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_I_OPEN] = 1u << DIA_PEER_CLOSING | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_CLOSING] = 1u << DIA_PEER_CLOSED,
};

void check_prepare(life *l)
{
    for (int s = 0; s < DIA_PEER_STATES; s++) {
        uint32_t now = 1u << s;
        for (int row = 0; row < ROWS_AT_ONCE; row++) {
            const uint32_t from = now;
            for (int t = 0; t < DIA_PEER_STATES; t++)
                if (from & 1u << t)
                    now |= next_states[t];
        }
        l->legal[s] = now;
    }
}

/* The entry of a peer; a new one is as a new machine is. NULL: there are too many. */
static seen *entry_of(member *m, const dia_peer *peer)
{
    seen *empty = NULL;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (m->peers[i].peer == peer)
            return &m->peers[i];
        if (!m->peers[i].peer && !empty)
            empty = &m->peers[i];
    }
    if (empty)
        *empty = (seen){ .peer = peer, .state = DIA_PEER_CLOSED };
    return empty;
}

void check_states(member *m)
{
    life *l = m->life;
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));) {
        const dia_peer_state state = dia_peer_get_state(peer);
        seen *s = entry_of(m, peer);
        if (!s || (unsigned)state >= DIA_PEER_STATES) {
            life_broken(l, "states", "%s has a peer too many", m->plan->name);
            return;
        }
        if (s->state != state && !(l->legal[s->state] & 1u << state))
            life_broken(l, "states", "%s: a peer went from %s to %s", m->plan->name, dia_peer_state_name(s->state),
                        dia_peer_state_name(state));
        s->state = state;
        s->still = true;
    }
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (!m->peers[i].still)
            m->peers[i].peer = NULL;
        m->peers[i].still = false;
    }
}

/* Who is open has the certificate for its name, and that has not ended; a second is lost where nodes round. */
static void check_security(member *m)
{
    enum { WALL_CLOCK = 1700000000 };
    const int64_t now_s = WALL_CLOCK + dia_sim_now(m->life->sim).us / 1000000;
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));) {
        const dia_conn *conn = dia_peer_connection(peer);
        const dia_security *security = conn ? dia_conn_security(conn) : NULL;
        if (security && security->expires && now_s > security->expires + 1)
            life_broken(m->life, "certificate", "%s: the connection with %s outlives its certificate", m->plan->name,
                        security->subject);
    }
}

void check_names(member *m, const dia_peer *peer)
{
    const plan *p = m->life->plan;
    const dia_conn *conn = dia_peer_connection(peer);
    const dia_security *security = conn ? dia_conn_security(conn) : NULL;
    const dia_bytes host = dia_peer_host(peer);
    if (security && !dia_bytes_equal_nocase(dia_cstr(security->subject), host))
        life_broken(m->life, "names", "%s: a certificate of %s opens %.*s", m->plan->name, security->subject,
                    (int)host.n, (const char *)host.p);
    for (size_t i = 0; i < p->n_hosts; i++) {
        const host_plan *to = conn && dia_sim_other(conn) == m->life->member[i].host ? &p->host[i] : NULL;
        dia_peer_status status;
        dia_peer_get_status(peer, &status);
        const host_plan *listener = to && status.initiator ? to : m->plan; /* who was connected to */
        if (to && !security && (listener->tls || listener->inband == DIA_INBAND_REQUIRE))
            life_broken(m->life, "security", "%s: the connection with %s is in clear", m->plan->name, to->name);
    }
}

/* RFC 6733, 2.1.1: whatever the transport does, nothing comes before the CEA. */
void check_order(member *m, const dia_event *event)
{
    if (!strcmp(event->reason, "the first message is not CEA"))
        life_broken(m->life, "order", "%s gets a message before the CEA", m->plan->name);
}

static void check_counters(member *m, const dia_node *node)
{
    const dia_counters now = dia_node_counters(node);
    uint64_t was[sizeof now / sizeof(uint64_t)], is[sizeof now / sizeof(uint64_t)];
    if (!memcmp(&now, &m->counters, sizeof now))
        return;
    memcpy(was, &m->counters, sizeof was);
    memcpy(is, &now, sizeof is);
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        if (is[i] < was[i])
            life_broken(m->life, "counters", "counter %zu of %s went from %llu to %llu", i, m->plan->name,
                        (unsigned long long)was[i], (unsigned long long)is[i]);
    m->counters = now;
}

static void check_time(life *l)
{
    const int64_t now = dia_sim_now(l->sim).us;
    if (now < l->now_us)
        life_broken(l, "clock", "the clock went back from %lld to %lld us", (long long)l->now_us, (long long)now);
    l->steps_now = now == l->now_us ? l->steps_now + 1 : 0;
    l->now_us = now;
    if (l->steps_now > STEPS_AT_ONCE)
        life_broken(l, "clock", "time stands still: %u steps at one moment", (unsigned)l->steps_now);
}

/* After every step. */
bool check_step(void *arg)
{
    life *l = arg;
    check_time(l);
    l->result->steps++;
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        member *m = &l->member[i];
        const dia_node *node = dia_sim_node(m->host);
        if (!node || m->frozen)
            continue;
        if (dia_node_now(node).us != l->now_us)
            life_broken(l, "clock", "%s believes it is %lld us, and it is %lld", m->plan->name,
                        (long long)dia_node_now(node).us, (long long)l->now_us);
        check_counters(m, node);
        check_states(m);
        if (l->plan->secure)
            check_security(m);
        if (m->stirred)
            journey_check(m);
    }
    if (l->taken > l->plan->n_hosts * MEMORY_OF_HOST)
        life_broken(l, "memory", "%zu octets are taken", l->taken);
    return l->result->broken;
}

/* What has not come to rest: a sentence, or NULL. */
const char *check_rest(const life *l, char *words, size_t size)
{
    const plan *p = l->plan;
    for (size_t i = 0; i < p->n_hosts; i++) {
        const member *m = &l->member[i];
        if (m->pending) {
            snprintf(words, size, "%u requests of %s have no outcome", (unsigned)m->pending, m->plan->name);
            return words;
        }
        if (!dia_list_empty(&m->kept)) {
            snprintf(words, size, "%s still keeps requests", m->plan->name);
            return words;
        }
        if (m->hooked) {
            snprintf(words, size, "a proxy of %s has not heard of %u answers", m->plan->name, (unsigned)m->hooked);
            return words;
        }
        if (journey_rest(m, words, size))
            return words;
        for (size_t k = 0; k < p->n_hosts; k++) {
            const dia_peer *peer = member_peer(m, k);
            const bool joined = plan_joined(p, i, k);
            /* A redirect makes peers, which are none any more, and do not come back, when they have had nothing to do. */
            if (plan_redirects(p, p->host[i].realm) || plan_redirects(p, p->host[k].realm))
                continue;
            const size_t n = dia_sim_connections(m->host, l->member[k].host), want = joined ? 1 : 0;
            if (joined && (!peer || !dia_peer_is_open(peer))) {
                snprintf(words, size, "%s has no open connection with %s: %s", m->plan->name, p->host[k].name,
                         peer ? dia_peer_state_name(dia_peer_get_state(peer)) : "there is no such peer");
                return words;
            }
            if (joined && dia_peer_get_watch(peer) != DIA_WATCH_OKAY) {
                snprintf(words, size, "%s does not send to %s: %s", m->plan->name, p->host[k].name,
                         dia_watch_state_name(dia_peer_get_watch(peer)));
                return words;
            }
            if (n != want) {
                snprintf(words, size, "%s has %zu connections with %s, not %zu", m->plan->name, n, p->host[k].name,
                         want);
                return words;
            }
        }
        for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));)
            if (!dia_peer_is_open(peer) && !plan_redirects(p, NULL)) {
                snprintf(words, size, "%s has a peer in state %s", m->plan->name,
                         dia_peer_state_name(dia_peer_get_state(peer)));
                return words;
            }
    }
    if (l->taken > p->n_hosts * DRAINED_OF_HOST) {
        snprintf(words, size, "%zu octets are still taken", l->taken);
        return words;
    }
    return NULL;
}

void check_sums(life *l)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const member *m = &l->member[i];
        const dia_counters c = dia_node_counters(dia_sim_node(m->host));
        const uint64_t again = c.failovers + c.retries + c.redirects;
        if (c.requests_out != m->begun + again + c.relayed)
            life_broken(l, "counters",
                        "%s sent %u requests, and counts %llu with %llu passed on and %llu to another peer",
                        m->plan->name, (unsigned)m->begun, (unsigned long long)c.requests_out,
                        (unsigned long long)c.relayed, (unsigned long long)again);
    }
}

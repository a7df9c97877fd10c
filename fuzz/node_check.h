/* What must hold of a node between two calls, whatever came before. It is looked up in the node's own tables: the state of
 * each peer goes with the phases of its connections, counts are what they count, nobody waits without an alarm, and what
 * has a limit keeps it. */
#ifndef FUZZ_NODE_CHECK_H
#define FUZZ_NODE_CHECK_H

#include "fuzz.h"

#include "node/node.h"

static inline size_t length_of(const dia_list *head)
{
    size_t n = 0;
    for (const dia_list *p = head->next; p != head; p = p->next)
        n++;
    return n;
}

/* ---- Peers ---- */

/* Several connections of one peer: the first leads, each is in the chain once, and there are not too many. */
static inline void check_chain(const dia_peer *peer)
{
    const dia_peer *leader = peer->leader;
    size_t n = 0, places = 0;
    must(leader->leader == leader);
    for (const dia_peer *p = leader; p; p = p->more) {
        must(p->leader == leader && ++n <= 64);
        places += p == peer;
        must(p->removed == leader->removed && p->disabled == leader->disabled);
    }
    must(places == 1 && leader->connections && n <= leader->connections);
    must(peer == leader || (peer->configured && leader->configured && !peer->host_known));
    must(peer == leader || dia_bytes_equal_nocase(peer->host, leader->host));
}

static inline void check_counts(const dia_peer *peer)
{
    const dia_counts *counts = &peer->counts;
    must(counts->n <= counts->cap && counts->n <= peer->hub->config.limits.counts);
    for (unsigned kind = 0; kind < DIA_COUNT_KINDS; kind++) {
        const dia_count *row = counts->latest[kind];
        must(!row || (row >= counts->rows && row < counts->rows + counts->n && row->n));
    }
}

/* A peer that is told good-bye behind its requests is told so when there are none. */
static inline void check_draining(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_conn(peer);
    if (!peer->draining)
        return;
    must(conn && peer->alarm.timer.at <= peer->hub->now.us + (int64_t)UINT32_MAX * 1000);
    must(conn->pending.used || conn->unanswered || conn->relayed || peer->alarm.timer.at <= peer->hub->now.us);
}

static inline bool has_phase(const dia_conn *conn, int phase)
{
    return phase < 0 ? !conn : conn && (int)conn->phase == phase;
}

/* RFC 6733, 5.6: which of the I- and the R-connection a state has, and how far they are. */
static inline void check_state(const dia_peer *peer)
{
    enum { NONE = -1 };
    static const struct {
        int i, r;
    } shapes[DIA_PEER_STATES] = {
        [DIA_PEER_CLOSED] = { NONE, NONE },
        [DIA_PEER_WAIT_CONN_ACK] = { DIA_PHASE_CONNECTING, NONE },
        [DIA_PEER_WAIT_I_CEA] = { DIA_PHASE_EXCHANGE, NONE },
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = { DIA_PHASE_CONNECTING, DIA_PHASE_EXCHANGE },
        [DIA_PEER_WAIT_RETURNS] = { DIA_PHASE_EXCHANGE, DIA_PHASE_EXCHANGE },
        [DIA_PEER_R_OPEN] = { NONE, DIA_PHASE_OPEN },
        [DIA_PEER_I_OPEN] = { DIA_PHASE_OPEN, NONE },
    };
    must(peer->state < DIA_PEER_STATES);
    if (peer->securing) /* RFC 6733, 13: TLS begins, and nothing passes before that has ended */
        must((peer->state == DIA_PEER_I_OPEN && has_phase(peer->i, DIA_PHASE_SECURING) && !peer->r) ||
             (peer->state == DIA_PEER_R_OPEN && has_phase(peer->r, DIA_PHASE_SECURING) && !peer->i));
    else if (peer->state == DIA_PEER_CLOSING)
        must(!peer->i != !peer->r && (peer->i ? peer->i : peer->r)->phase == DIA_PHASE_CLOSING);
    else
        must(has_phase(peer->i, shapes[peer->state].i) && has_phase(peer->r, shapes[peer->state].r));
    must(!peer->i || (peer->i->initiator && peer->i->peer == peer));
    must(!peer->r || (!peer->r->initiator && peer->r->peer == peer));
}

static inline void check_peer(const dia_peer *peer)
{
    const dia_hub *hub = peer->hub;
    const bool open = dia_peer_is_open(peer);
    const bool rests = peer->state == DIA_PEER_CLOSED &&
                       (!peer->target || peer->unwanted || peer->removed || peer->disabled || hub->stopping);
    check_state(peer);
    must(peer->up == (open && (peer->watch == DIA_WATCH_OKAY || peer->watch == DIA_WATCH_SUSPECT)));
    must(open == (peer->watch != DIA_WATCH_INITIAL && peer->watch != DIA_WATCH_DOWN));
    must(!peer->draining || open);
    const bool stands = open || peer->securing;
    must(dia_timer_is_set(&peer->alarm.timer) == (stands ? peer->draining : !rests)); /* Tc, or the end of a wait */
    must(!peer->host_known || dia_names_get(&hub->by_host, peer->host) == peer);
    check_chain(peer);
    check_counts(peer);
    check_draining(peer);
    must(!peer->probing || peer->probing->peer == peer);
    must(!dia_peer_is_done(peer));
}

/* ---- Connections ---- */

static inline int64_t behind(int64_t since_us, uint32_t ms)
{
    return since_us + (int64_t)ms * 1000;
}

/* An alarm rings before anything takes too long. */
static inline void check_alarm(const dia_conn *conn)
{
    const dia_limits *limits = &conn->hub->config.limits;
    const int64_t at = dia_timer_is_set(&conn->alarm.timer) ? conn->alarm.timer.at : DIA_NEVER_US;
    must(at <= conn->due_us && at <= conn->certificate_us);
    must(at <= dia_watchdog_due(conn));
    must(!conn->in.n || at <= behind(conn->partial_us, limits->partial_ms));
    must(!conn->out.n || at <= behind(conn->progress_us, limits->stall_ms));
}

/* The places of a request that was sent more than once know each other, and at most one of them has the octets. */
static inline void check_failover(const dia_waiting *waiting)
{
    dia_hub *hub = waiting->conn->hub;
    const dia_again *again = waiting->again;
    uint32_t places = 0, copies = 0;
    if (!again)
        return;
    must(!waiting->ingress == (again->known_as != 0) && again->n <= again->cap && again->n <= hub->config.tries);
    must(!again->known_as || dia_map_get(&hub->moved, again->known_as) == again);
    for (uint32_t i = 0; i < again->n; i++) {
        const dia_try *t = &again->tries[i];
        const dia_waiting *other = dia_waiting_of_handle(hub, (uint64_t)t->conn << 32 | t->hop_by_hop);
        if (!other || other->again != again)
            continue;
        must(other->end_to_end == waiting->end_to_end && other->arg == waiting->arg);
        must(dia_waiting_end_us(other) == dia_waiting_end_us(waiting) && !other->call == !waiting->call);
        places++;
        copies += other->copy != NULL;
    }
    must(copies <= 1 && places + (again->detour != NULL) == again->places);
}

/* What was sent more than once is still on its way, and knows under which name. */
static inline void check_moved(const dia_hub *hub)
{
    size_t at = 0;
    uint64_t known_as = 0;
    for (const dia_again *again; (again = dia_map_next(&hub->moved, &at, &known_as));)
        must(again->places && again->known_as == known_as);
}

static inline void check_requests(const dia_conn *conn)
{
    const dia_limits *limits = &conn->hub->config.limits;
    size_t held = 0, used = 0, copies = 0;
    for (dia_list *p = conn->kept.next; p != &conn->kept; p = p->next) {
        const dia_request *request = DIA_OF(p, dia_request, link);
        must(request->conn == conn && request->kept);
        held += request->held;
    }
    must(held == conn->kept_octets);
    must(length_of(&conn->kept) == conn->unanswered && conn->unanswered <= limits->unanswered);
    for (uint32_t i = 0; i < conn->pending.size; i++) {
        const dia_waiting *waiting = dia_waiting_at(conn, i);
        if (!waiting)
            continue;
        check_failover(waiting);
        must(waiting->conn == conn && (waiting->hop_by_hop & (conn->pending.size - 1)) == i);
        must(!dia_list_empty(&waiting->deadline));
        must(!waiting->copied == !waiting->copy && dia_tries_of(waiting) <= conn->hub->config.tries);
        copies += waiting->copied;
        used++;
    }
    must(copies == conn->pending.copies);
    must(used == conn->pending.used && used <= limits->pending);
}

static inline void check_conn(const dia_conn *conn)
{
    const dia_limits *limits = &conn->hub->config.limits;
    const dia_peer *peer = conn->peer;
    const bool of_peer = peer && (peer->i == conn || peer->r == conn);
    must(!conn->wishes == dia_list_empty(&conn->todo));
    const bool listed = !dia_list_empty(&conn->nameless);
    const bool has_to_prove = conn->phase == DIA_PHASE_SECURING && conn->answered;
    const bool is_nameless = conn->phase == DIA_PHASE_CER || has_to_prove;
    must(conn->phase == DIA_PHASE_ENDED ? !listed || (!conn->resets && !conn->initiator) : listed == is_nameless);
    must(conn->phase == DIA_PHASE_ENDED || !conn->resets);
    check_requests(conn);
    /* One message's answers beyond the limit, and the stack's own few. */
    must(conn->out.n <= limits->output_hard + limits->output_soft + 2 * limits->message);
    if (conn->phase == DIA_PHASE_ENDED) {
        must(!of_peer && !conn->pending.used && !conn->in.n);
        return;
    }
    check_alarm(conn);
    must(!conn->awaits_security || (conn->phase == DIA_PHASE_CER && !conn->secured && !conn->out.n));
    const bool waits = conn->answered && conn->phase != DIA_PHASE_OPEN && conn->phase != DIA_PHASE_CLOSING;
    must(!conn->paused || conn->out.n > limits->output_soft || !dia_list_empty(&conn->hungry) ||
         waits); /* or nobody wakes it */
    switch ((dia_phase)conn->phase) {
    case DIA_PHASE_CER: must(!peer && !conn->initiator && conn->due_us != DIA_NEVER_US); break;
    case DIA_PHASE_SECURING:
        must(peer && of_peer == !has_to_prove && (has_to_prove || peer->securing));
        must(!conn->secured && conn->due_us != DIA_NEVER_US);
        break;
    case DIA_PHASE_PROBE: must(peer && peer->probing == conn && conn->due_us != DIA_NEVER_US); break;
    default: must(of_peer); break;
    }
}

/* ---- The node ---- */

/* The application holds each at most once, connections the rest; an identity lives as long as somebody has it. */
static inline void check_listeners(const dia_hub *hub)
{
    for (dia_list *l = hub->listeners.next; l != &hub->listeners; l = l->next) {
        const dia_listener *listener = DIA_OF(l, dia_listener, link);
        unsigned refs = 0;
        for (dia_list *p = hub->conns.next; p != &hub->conns; p = p->next)
            refs += DIA_OF(p, dia_conn, link)->listener == listener;
        must(listener->refs && listener->refs - refs <= 1 && listener->self->refs);
    }
}

static inline void check_open(const dia_node *node)
{
    size_t up = 0;
    for (dia_list *p = node->hub.peers.next; p != &node->hub.peers; p = p->next) {
        const dia_peer *peer = DIA_OF(p, dia_peer, link);
        size_t places = 0;
        for (size_t i = 0; i < node->crowds.all.n; i++)
            places += node->crowds.all.v[i] == peer;
        must(places == (size_t)peer->up);
        up += peer->up;
    }
    must(up == node->crowds.all.n);
}

static inline void check_node(const dia_node *node)
{
    const dia_hub *hub = &node->hub;
    const dia_limits *limits = &hub->config.limits;
    size_t strangers = 0, nameless = 0, resets = 0;
    must(!node->depth && dia_list_empty(&hub->leaving));
    for (dia_list *p = hub->peers.next; p != &hub->peers; p = p->next) {
        const dia_peer *peer = DIA_OF(p, dia_peer, link);
        check_peer(peer);
        strangers += !peer->configured;
    }
    for (dia_list *p = hub->conns.next; p != &hub->conns; p = p->next) {
        const dia_conn *conn = DIA_OF(p, dia_conn, link);
        check_conn(conn);
        nameless += !dia_list_empty(&conn->nameless);
        resets += conn->resets;
    }
    must(length_of(&hub->conns) == hub->n_conns && resets == hub->n_resets);
    must(hub->n_conns - resets <= limits->connections);
    must(length_of(&hub->peers) == hub->n_peers);
    must(strangers == hub->n_unknown && strangers <= limits->unknown_peers);
    must(nameless == hub->n_before_cer && nameless == length_of(&hub->nameless));
    must(hub->stopped == (hub->stopping && !hub->n_conns));
    check_open(node);
    check_moved(hub);
    check_listeners(hub);
}

#endif

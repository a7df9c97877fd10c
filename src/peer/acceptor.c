/* The acceptor: an incoming connection has no peer until its CER names one (RFC 6733, 5.6.1). A CER of a peer that is
 * open waits here while the old connection is asked for a sign of life: the peer may have crashed and come back. So does one that
 * only says whose it is, where somebody else may want the name, until TLS has shown that it tells the truth. */
#include "peer/peer.h"

enum { PROBE_MS = 2000 };

/* Result-Code 0: without a word (RFC 6733, 5.3 leaves it open for unknown peers). */
static void turn_away(dia_conn *conn, uint32_t result_code, const dia_fault *fault, dia_bytes message)
{
    if (result_code)
        dia_capabilities_send_cea(conn, result_code, fault);
    dia_conn_end(conn, !result_code, "its CER was refused");
    dia_hub_event(conn->hub, DIA_EVENT_REFUSED, conn->peer, conn, fault->text, result_code, message);
}

/* Of a peer that may have several connections one that has none; else the first. */
static dia_peer *free_one(dia_peer *peer)
{
    uint32_t n = 0;
    for (dia_peer *p = peer; p; p = p->more, n++)
        if (p->state == DIA_PEER_CLOSED && !p->removed)
            return p;
    if (n < peer->connections) {
        dia_peer *more = dia_peer_new_more(peer);
        if (more)
            return more;
    }
    return peer;
}

/* A sentence when a peer that is known may not come now. */
static const char *why_not(const dia_peer *peer)
{
    if (peer->removed)
        return "this peer was removed and is not gone yet";
    if (peer->leader->disabled)
        return "this peer is out of service here";
    return peer->hub->stopping ? "the node stops" : NULL;
}

/* May whoever this CER names come in here? Who is not configured is asked for at each connection: that it was let in at one
 * listener, or from one address, says nothing of another. 0, or false with a Result-Code (0: without a word) and a sentence. */
static bool is_admitted(dia_conn *conn, dia_bytes message, const dia_capabilities *found, uint32_t *result_code,
                        const char **why)
{
    dia_hub *hub = conn->hub;
    const dia_peer *peer = dia_names_get(&hub->by_host, found->host);
    *result_code = DIA_RESULT_CODE_UNKNOWN_PEER;
    if (dia_bytes_equal_nocase(found->host, hub->self->host) || dia_bytes_equal_nocase(found->host, conn->self->host)) {
        *why = "Origin-Host is our own";
        return false;
    }
    if (peer && (*why = why_not(peer))) {
        if (!peer->removed)
            *result_code = DIA_RESULT_CODE_UNABLE_TO_COMPLY;
        return false;
    }
    if (peer && peer->configured)
        return true;
    const dia_stranger who = { found->host, found->realm, conn, conn->listener, found->apps, found->n_apps, message };
    *why = "this peer is not known here";
    *result_code = dia_admit(hub, &who);
    return *result_code / 1000 == 2;
}

/* The peer that takes the connection, a new one for a stranger; NULL: there is no room for another. */
static dia_peer *find_peer(dia_hub *hub, const dia_capabilities *found)
{
    dia_peer *peer = dia_names_get(&hub->by_host, found->host);
    if (peer)
        return peer->connections > 1 ? free_one(peer) : peer;
    if (hub->n_unknown >= hub->config.limits.unknown_peers || !(peer = dia_peer_new(hub, found->host)))
        return NULL;
    hub->n_unknown++;
    return peer;
}

static int keep_cer(dia_conn *conn, dia_bytes message)
{
    if (message.p == conn->cer_octets.p)
        return 0;
    uint8_t *copy = dia_alloc(conn->hub->alloc, message.n);
    if (!copy)
        return DIA_ENOMEM;
    memcpy(copy, message.p, message.n);
    conn->cer_octets = (dia_bytes){ copy, message.n };
    return 0;
}

/* Until the old connection has spoken or been silent too long. */
static int begin_probe(dia_peer *peer, dia_conn *conn, dia_bytes message)
{
    const dia_hub *hub = conn->hub;
    if (keep_cer(conn, message))
        return DIA_ENOMEM;
    conn->phase = DIA_PHASE_PROBE;
    conn->due_us = hub->now.us + PROBE_MS * 1000;
    dia_conn_due(conn, conn->due_us);
    peer->probing = conn;
    return dia_watchdog_send_dwr(dia_peer_conn(peer));
}

/* TLS is to come behind CER and CEA, and what came in clear may be said by anybody: it must neither take the place of another one
 * who says the same, nor end a connection of ours that is being made. It gets its CEA, and is nobody's candidate before it has
 * shown its name; the first who does has it. Where nobody else wants the name TLS begins in the open state, and where an election
 * would be lost it waits for what becomes of our connection, both as RFC 6733 has it. */
static bool proves_first(const dia_peer *peer, const dia_conn *conn)
{
    if (!conn->upgrades || dia_peer_conn(peer))
        return false;
    switch (peer->state) {
    case DIA_PEER_CLOSED: return peer->target;
    case DIA_PEER_WAIT_CONN_ACK:
    case DIA_PEER_WAIT_I_CEA: return dia_peer_wins(peer, conn);
    case DIA_PEER_CLOSING: return false; /* nobody is expected: it is refused before a CEA says otherwise */
    default: return true;
    }
}

static void begin_proof(dia_conn *conn, dia_bytes message)
{
    const int err =
        keep_cer(conn, message) ? DIA_ENOMEM : dia_capabilities_send_cea(conn, DIA_RESULT_CODE_SUCCESS, NULL);
    if (err) {
        dia_conn_end(conn, true, err == DIA_ESPACE ? "CEA is longer than limits.message" : "no memory for CEA");
        return;
    }
    conn->answered = true;
    dia_conn_nameless(conn);
    dia_secure_begin(conn);
}

static void hand_over(dia_peer *peer, dia_conn *conn, const dia_header *header, dia_bytes message,
                      const dia_capabilities *found)
{
    const dia_peer_input input = { conn, header, message, found, "a new connection of the peer", 0 };
    if (!dia_peer_step(peer, DIA_ON_R_CONN_CER, &input))
        dia_conn_end(conn, true, "no connection is expected now");
}

/* Of a peer whose connections are all taken one on which TLS has only begun; NULL: there is none. */
static const dia_peer *begun_one(const dia_peer *peer)
{
    const dia_peer *begun = NULL;
    uint32_t n = 0;
    for (const dia_peer *p = peer; p; p = p->more, n++) {
        if (p->state == DIA_PEER_CLOSED && !p->removed)
            return NULL;
        begun = !begun && p->securing ? p : begun;
    }
    return n < peer->connections ? NULL : begun;
}

/* A peer that has said good-bye (DPR) may be back before its old connection is gone, which is only waited for. So may one that
 * has proven its name while another connection has only begun to. */
static void end_farewell(dia_conn *conn, dia_bytes host)
{
    const dia_hub *hub = conn->hub;
    const dia_peer *peer = dia_names_get(&hub->by_host, host);
    if (!peer || peer->removed || peer->disabled || hub->stopping)
        return;
    const dia_peer *old = NULL;
    if (peer->connections == 1 && peer->state == DIA_PEER_CLOSING)
        old = peer;
    else if (conn->secured)
        old = begun_one(peer);
    if (old)
        dia_conn_end(old->i ? old->i : old->r, false, "the peer connected anew");
}

/* Requests end with an old connection: the application, which hears of it, may have stopped or freed the node. */
static bool is_wanted(const dia_conn *conn)
{
    return conn->phase == DIA_PHASE_EXCHANGE && !conn->hub->over;
}

static void accept_cer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    uint8_t block[2048];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, hub->config.limits.decoded, hub->alloc);
    dia_capabilities found;
    dia_fault fault = { 0 };
    uint32_t result_code = dia_capabilities_judge_cer(conn, header, message, &arena, &found, &fault);
    dia_peer *peer = conn->peer; /* of a CER that has waited for a probe */
    const char *why = "";
    bool refused = result_code;
    if (!refused && (refused = !peer && !is_admitted(conn, message, &found, &result_code, &why)))
        memcpy(fault.text, why, strlen(why) + 1);
    if (!refused)
        end_farewell(conn, found.host);
    if (!is_wanted(conn))
        goto done;
    if (!refused && !peer && !(peer = find_peer(hub, &found))) {
        result_code = DIA_RESULT_CODE_TOO_BUSY;
        memcpy(fault.text, "too many peers", sizeof "too many peers");
    } else if (!refused && (why = why_not(peer))) { /* since the probe began, or the old connection was ended */
        refused = true;
        result_code = DIA_RESULT_CODE_UNABLE_TO_COMPLY;
        memcpy(fault.text, why, strlen(why) + 1);
    }
    if (refused)
        peer = NULL;
    if (!peer) {
        turn_away(conn, result_code, &fault, message);
    } else {
        if (!conn->peer)
            dia_peer_adopt(peer, conn);
        if (!conn->answered)
            dia_count_base(conn, hub->cer, false, 0);
        if (peer->leader->self) {
            dia_self_unref(hub, conn->self);
            conn->self = dia_self_ref(peer->leader->self);
        }
        if (proves_first(peer, conn))
            begin_proof(conn, message);
        else if (!dia_peer_conn(peer) || peer->probing)
            hand_over(peer, conn, header, message, &found);
        else if (begin_probe(peer, conn, message))
            dia_conn_end(conn, true, "no memory for a probe");
    }
done:
    dia_arena_done(&arena);
}

void dia_acceptor_receive(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const bool is_cer =
        header->command == DIA_CODE_CAPABILITIES_EXCHANGE && header->flags & DIA_FLAG_REQUEST && !header->application;
    if (!is_cer) {
        dia_conn_end(conn, false, "the first message is not CER");
        return;
    }
    dia_conn_named(conn);
    conn->phase = DIA_PHASE_EXCHANGE;
    conn->due_us = DIA_NEVER_US;
    conn->cer = *header;
    accept_cer(conn, header, message);
}

/* From here on it is one that began with TLS, but for its CEA. */
void dia_acceptor_proven(dia_conn *conn)
{
    dia_conn_named(conn);
    conn->phase = DIA_PHASE_EXCHANGE;
    conn->due_us = DIA_NEVER_US;
    dia_peer_release(conn->peer, conn);
    accept_cer(conn, &conn->cer, conn->cer_octets);
}

void dia_acceptor_leave(const dia_peer *peer, const char *reason)
{
    DIA_LIST_EACH (p, &peer->hub->nameless)
        if (DIA_OF(p, dia_conn, nameless)->peer == peer && DIA_OF(p, dia_conn, nameless)->phase == DIA_PHASE_SECURING)
            dia_conn_end(DIA_OF(p, dia_conn, nameless), true, reason);
}

/* A peer that we do not read proves alive by taking what waits for it. */
static bool is_taking(const dia_peer *peer)
{
    const dia_conn *old = dia_peer_conn(peer);
    return old && old->paused && old->progress_us + PROBE_MS * 1000 > peer->hub->now.us;
}

/* A certificate has proven whose the old connection is, and nothing whose the new one is: whoever comes in clear, and waits until
 * the peer is slow for a moment, must not cut it off. If it is dead its watchdog ends it. */
static bool is_better_proven(const dia_conn *old, const dia_conn *conn)
{
    return old && old->secured && !conn->secured;
}

void dia_acceptor_probed(dia_peer *peer, bool alive)
{
    dia_conn *conn = peer->probing;
    alive = alive || is_taking(peer);
    peer->probing = NULL;
    if (!conn || conn->phase != DIA_PHASE_PROBE)
        return;
    conn->phase = DIA_PHASE_EXCHANGE;
    conn->due_us = DIA_NEVER_US;
    if (alive) {
        static const dia_fault fault = { .text = "there is a connection with this peer, and it is alive" };
        turn_away(conn, DIA_RESULT_CODE_UNABLE_TO_COMPLY, &fault, conn->cer_octets);
        return;
    }
    dia_conn *old = dia_peer_conn(peer);
    if (is_better_proven(old, conn)) {
        static const dia_fault fault = { .text =
                                             "there is a protected connection with this peer, and this one is not" };
        turn_away(conn, DIA_RESULT_CODE_UNABLE_TO_COMPLY, &fault, conn->cer_octets);
        return;
    }
    if (old)
        dia_conn_end(old, true, "silent while the peer connected anew");
    accept_cer(conn, &conn->cer, conn->cer_octets);
}

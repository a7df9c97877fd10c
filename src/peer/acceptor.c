/* The acceptor: an incoming connection has no peer until its CER names one (RFC 6733, 5.6.1). A CER of a peer that is
 * open waits here while the old connection is asked for a sign of life: the peer may have crashed and come back. */
#include "peer/peer.h"

enum { PROBE_MS = 2000 };

static void turn_away(dia_conn *conn, uint32_t result_code, const dia_fault *fault, dia_bytes message)
{
    dia_capabilities_send_cea(conn, result_code, fault);
    dia_conn_end(conn, false, "its CER was refused");
    dia_hub_event(conn->hub, DIA_EVENT_REFUSED, conn->peer, conn, fault->text, result_code, message);
}

static bool matches(const char *pattern, dia_bytes host)
{
    const dia_bytes p = dia_cstr(pattern);
    if (p.n && p.p[0] != '*')
        return dia_bytes_equal_nocase(p, host);
    const dia_bytes tail = { p.p + 1, p.n - 1 };
    return host.n >= tail.n && dia_bytes_equal_nocase(tail, (dia_bytes){ host.p + host.n - tail.n, tail.n });
}

static bool is_allowed(const dia_hub *hub, dia_bytes host)
{
    for (const char *const *pattern = hub->config.allow; pattern && *pattern; pattern++)
        if (matches(*pattern, host))
            return true;
    return false;
}

/* The peer that a CER names; NULL with a Result-Code and a sentence. */
static dia_peer *find_peer(dia_hub *hub, dia_bytes host, uint32_t *result_code, const char **why)
{
    dia_peer *peer = dia_names_get(&hub->by_host, host);
    *result_code = DIA_RESULT_CODE_UNKNOWN_PEER;
    *why = "this peer is not known here";
    if (peer && !peer->removed)
        return peer;
    if (peer)
        *why = "this peer was removed and is not gone yet";
    if (dia_bytes_equal_nocase(host, hub->origin_host))
        *why = "Origin-Host is our own";
    else if (!peer && is_allowed(hub, host)) {
        *result_code = DIA_RESULT_CODE_TOO_BUSY;
        *why = "too many peers";
        if (hub->n_unknown < hub->config.limits.unknown_peers && (peer = dia_peer_new(hub, host))) {
            hub->n_unknown++;
            return peer;
        }
    }
    return NULL;
}

/* Keeps the CER until the old connection has spoken or been silent too long. */
static int begin_probe(dia_peer *peer, dia_conn *conn, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    uint8_t *copy = dia_alloc(hub->alloc, message.n);
    if (!copy)
        return DIA_ENOMEM;
    memcpy(copy, message.p, message.n);
    conn->cer_octets = (dia_bytes){ copy, message.n };
    conn->phase = DIA_PHASE_PROBE;
    conn->due_us = hub->now.us + PROBE_MS * 1000;
    dia_conn_due(conn, conn->due_us);
    peer->probing = conn;
    return dia_watchdog_send_dwr(dia_peer_conn(peer));
}

static void hand_over(dia_peer *peer, dia_conn *conn, const dia_header *header, dia_bytes message,
                      const dia_capabilities *found)
{
    const dia_peer_input input = { conn, header, message, found, "a new connection of the peer", 0 };
    if (!dia_peer_step(peer, DIA_ON_R_CONN_CER, &input))
        dia_conn_end(conn, true, "no connection is expected now");
}

/* A peer that has said good-bye (DPR) may be back before its old connection is gone, which is only waited for. */
static void end_farewell(dia_peer *peer)
{
    dia_conn *old = peer->i ? peer->i : peer->r;
    if (peer->state == DIA_PEER_CLOSING && old && !peer->removed && !peer->hub->stopping)
        dia_conn_end(old, false, "the peer connected anew");
}

static void accept_cer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    uint8_t block[2048];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, hub->config.limits.decoded, hub->alloc);
    dia_capabilities found;
    dia_fault fault = { 0 };
    uint32_t result_code = dia_capabilities_judge_cer(hub, header, message, &arena, &found, &fault);
    dia_peer *peer = NULL;
    if (!result_code) {
        const char *why;
        peer = find_peer(hub, found.host, &result_code, &why);
        if (peer)
            result_code = 0;
        else
            memcpy(fault.text, why, strlen(why) + 1);
    }
    if (result_code) {
        turn_away(conn, result_code, &fault, message);
    } else {
        if (!conn->peer)
            dia_peer_adopt(peer, conn);
        end_farewell(peer);
        if (!dia_peer_conn(peer) || peer->probing)
            hand_over(peer, conn, header, message, &found);
        else if (begin_probe(peer, conn, message))
            dia_conn_end(conn, true, "no memory for a probe");
    }
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

void dia_acceptor_probed(dia_peer *peer, bool alive)
{
    dia_conn *conn = peer->probing;
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
    if (old)
        dia_conn_end(old, true, "silent while the peer connected anew");
    accept_cer(conn, &conn->cer, conn->cer_octets);
}

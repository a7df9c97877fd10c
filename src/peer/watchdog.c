/* The watchdog of RFC 3539, 3.4.1 on one connection: Tw of silence brings a DWR, another Tw suspicion, another the end.
 * Any octet from the peer is a sign of life; the timer is set anew only when it rings (conn.c). */
#include "peer/peer.h"

enum { JITTER_US = 2000000 };

/* Tw, plus or minus up to two seconds, drawn anew for each round. */
static void start_round(dia_conn *conn)
{
    const int64_t jitter = (int64_t)dia_random_below(&conn->hub->random, 2 * JITTER_US + 1) - JITTER_US;
    conn->tw_us = (int64_t)conn->peer->watchdog_ms * 1000 + jitter;
    conn->watch_us = conn->hub->now.us;
}

int64_t dia_watchdog_due(const dia_conn *conn)
{
    if (conn->phase != DIA_PHASE_OPEN)
        return DIA_NEVER_US;
    const int64_t since = conn->heard_us > conn->watch_us ? conn->heard_us : conn->watch_us;
    return since + conn->tw_us;
}

void dia_watchdog_start(dia_conn *conn)
{
    start_round(conn);
    dia_conn_due(conn, dia_watchdog_due(conn));
}

int dia_watchdog_send_dwr(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    const dia_header ids = { .hop_by_hop = conn->pending.next++, .end_to_end = dia_hub_end_to_end(hub) };
    const dia_dwr dwr = { .origin_host = hub->origin_host,
                          .origin_realm = hub->origin_realm,
                          .origin_state_id = DIA_U32(hub->origin_state_id) };
    const int64_t n = dia_conn_encode(conn, hub->dwr, &dwr, DIA_LEVEL_STRICT, &ids, NULL, NULL);
    if (n < 0)
        return (int)n;
    conn->dwr_out = true;
    DIA_COUNT(conn, watchdogs_out);
    return 0;
}

void dia_watchdog_ring(dia_conn *conn)
{
    start_round(conn);
    if (conn->watch == DIA_WATCH_SUSPECT) {
        dia_conn_end(conn, true, "no sign of life for three watchdog times");
    } else if (!conn->dwr_out) {
        dia_watchdog_send_dwr(conn); /* without memory: the next round tries again */
    } else {
        conn->watch = DIA_WATCH_SUSPECT;
        dia_hub_event(conn->hub, DIA_EVENT_SUSPECT, conn->peer, conn, "no answer to DWR", 0, (dia_bytes){ NULL, 0 });
    }
}

/* Called for the first octets under suspicion, and while a new connection of the peer waits for the old one to speak. */
void dia_watchdog_heard(dia_conn *conn)
{
    if (conn->watch == DIA_WATCH_SUSPECT) {
        conn->watch = DIA_WATCH_OKAY;
        dia_hub_event(conn->hub, DIA_EVENT_ALIVE, conn->peer, conn, "heard again", 0, (dia_bytes){ NULL, 0 });
    }
    if (conn->peer->probing && conn->peer->probing != conn)
        dia_acceptor_probed(conn->peer, true);
}

/* A DWR that breaks its grammar is answered so (5005 with Failed-AVP, ...), and is a sign of life all the same. */
void dia_watchdog_answer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, hub->config.limits.decoded, hub->alloc);
    const void *dwr = NULL;
    dia_fault fault = { 0 };
    const int err = dia_decode(hub->dwr, message, DIA_LEVEL_LENIENT, &arena, &dwr, &fault);
    const uint32_t result_code = !err               ? DIA_RESULT_CODE_SUCCESS
                                 : err == DIA_ERULE ? fault.result_code
                                                    : DIA_RESULT_CODE_UNABLE_TO_COMPLY;
    const dia_avp failed_octets = { .octets = fault.failed_avp };
    const dia_failed_avp failed = { .others = { &failed_octets, 1 } };
    const dia_dwa dwa = {
        .result_code = result_code,
        .origin_host = hub->origin_host,
        .origin_realm = hub->origin_realm,
        .error_message = fault.text[0] ? dia_cstr(fault.text) : (dia_bytes){ NULL, 0 },
        .failed_avp = fault.failed_avp.p ? &failed : NULL,
        .origin_state_id = DIA_U32(hub->origin_state_id),
    };
    const dia_header ids = { .hop_by_hop = header->hop_by_hop, .end_to_end = header->end_to_end };
    dia_conn_encode(conn, hub->dwa, &dwa, DIA_LEVEL_LENIENT, &ids, NULL, NULL);
    dia_arena_done(&arena);
}

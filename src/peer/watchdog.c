/* The watchdog: the table of RFC 3539, appendix A, row by row. While a connection stands it watches over that; while there
 * is none it says when to try again. Rows whose condition is part of the table are events of their own here.
 *
 * Any octet from the peer is a sign of life; the timer is set anew only when it rings (conn.c). */
#include "peer/peer.h"

enum { JITTER_US = 2000000 };

/* ---- The timer of a connection ---- */

/* Tw, plus or minus up to two seconds, drawn anew for each round. */
static void start_round(dia_conn *conn)
{
    const int64_t jitter = (int64_t)dia_random_below(&conn->hub->random, 2 * JITTER_US + 1) - JITTER_US;
    conn->tw_us = (int64_t)conn->peer->watchdog_ms * 1000 + jitter;
    conn->watch_us = conn->hub->now.us;
}

/* In REOPEN nothing sets the timer back: DWAs are counted at the pace of Tw. Silence is no sign of death while it is we who do
 * not read; then limits.stall_ms and partial_ms watch over the connection. */
int64_t dia_watchdog_due(const dia_conn *conn)
{
    if (conn->phase != DIA_PHASE_OPEN || conn->paused)
        return DIA_NEVER_US;
    const bool back = conn->heard_us > conn->watch_us && conn->peer->watch != DIA_WATCH_REOPEN;
    return (back ? conn->heard_us : conn->watch_us) + conn->tw_us;
}

int dia_watchdog_send_dwr(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    const dia_header ids = { .hop_by_hop = conn->pending.next++, .end_to_end = dia_hub_end_to_end(hub) };
    const dia_dwr dwr = { .origin_host = conn->self->host,
                          .origin_realm = conn->self->realm,
                          .origin_state_id = DIA_U32(hub->origin_state_id) };
    const int64_t n = dia_conn_say(conn, hub->dwr, &dwr, DIA_LEVEL_STRICT, &ids);
    if (n < 0)
        return (int)n;
    conn->dwr_out = true;
    conn->dwrs++;
    DIA_COUNT(conn, watchdogs_out);
    return 0;
}

/* ---- Actions (RFC 3539, appendix A) ---- */

typedef void action(dia_peer *peer, dia_conn *conn);

static void set_watchdog(dia_peer *peer, dia_conn *conn)
{
    (void)peer;
    start_round(conn);
    dia_conn_due(conn, dia_watchdog_due(conn));
}

static void send_watchdog(dia_peer *peer, dia_conn *conn)
{
    (void)peer;
    dia_watchdog_send_dwr(conn); /* without memory nothing is pending, and the next round tries again */
}

static void forget_pending(dia_peer *peer, dia_conn *conn)
{
    (void)peer;
    conn->dwr_out = false;
}

static void failover(dia_peer *peer, dia_conn *conn)
{
    dia_hub *hub = peer->hub;
    dia_hub_event(hub, DIA_EVENT_SUSPECT, peer, conn, "no answer to DWR", 0, (dia_bytes){ NULL, 0 });
    if (peer->watch == DIA_WATCH_SUSPECT)
        hub->hooks.suspect(hub->above, conn);
}

static void failback(dia_peer *peer, dia_conn *conn)
{
    if (peer->up)
        dia_hub_event(peer->hub, DIA_EVENT_ALIVE, peer, conn, "heard again", 0, (dia_bytes){ NULL, 0 });
    else
        dia_peer_tell_up(peer);
}

static void close_connection(dia_peer *peer, dia_conn *conn)
{
    (void)peer;
    dia_conn_end(conn, true, "no sign of life for three watchdog times");
}

static void close_reopened(dia_peer *peer, dia_conn *conn)
{
    (void)peer;
    dia_conn_end(conn, true, "no answer to DWR on a connection that was made anew");
}

static void attempt_open(dia_peer *peer, dia_conn *conn)
{
    (void)conn;
    dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
}

static void count_from_zero(dia_peer *peer, dia_conn *conn)
{
    (void)conn;
    peer->num_dwa = 0;
}

static void count_dwa(dia_peer *peer, dia_conn *conn)
{
    (void)conn;
    peer->num_dwa++;
}

static void count_anew(dia_peer *peer, dia_conn *conn)
{
    (void)conn;
    peer->num_dwa = -1;
}

static void wait_for_three(dia_peer *peer, dia_conn *conn)
{
    dia_hub_event(peer->hub, DIA_EVENT_REOPEN, peer, conn, "connected anew; requests go there when DWRs were answered",
                  0, (dia_bytes){ NULL, 0 });
}

/* ---- The table ---- */

typedef struct row {
    action *actions[4];
    dia_watch_state next;
    bool known;
} row;

#define ROW(next, ...)                                                                                                 \
    {                                                                                                                  \
        { __VA_ARGS__ }, (next), true                                                                                  \
    }

/* What is thrown away in INITIAL and DOWN never comes here: conn.c and receive.c let nothing pass before the connection is
 * open. What REOPEN throws away is dropped in receive.c. */
/* clang-format off */
static const row table[DIA_WATCH_STATES][DIA_WATCH_EVENTS] = {
    [DIA_WATCH_INITIAL] = {
        [DIA_WATCH_ON_DWA]           = ROW(DIA_WATCH_INITIAL, NULL),
        [DIA_WATCH_ON_OTHER]         = ROW(DIA_WATCH_INITIAL, NULL),
        [DIA_WATCH_ON_TIMER]         = ROW(DIA_WATCH_INITIAL, attempt_open),
        [DIA_WATCH_ON_UP]            = ROW(DIA_WATCH_OKAY, set_watchdog, failback),
    },
    [DIA_WATCH_OKAY] = {
        [DIA_WATCH_ON_DWA]           = ROW(DIA_WATCH_OKAY, forget_pending),
        [DIA_WATCH_ON_OTHER]         = ROW(DIA_WATCH_OKAY, NULL),
        [DIA_WATCH_ON_TIMER]         = ROW(DIA_WATCH_OKAY, send_watchdog, set_watchdog),
        [DIA_WATCH_ON_TIMER_PENDING] = ROW(DIA_WATCH_SUSPECT, set_watchdog, failover),
        [DIA_WATCH_ON_DOWN]          = ROW(DIA_WATCH_DOWN, NULL),
    },
    [DIA_WATCH_SUSPECT] = {
        [DIA_WATCH_ON_DWA]           = ROW(DIA_WATCH_OKAY, forget_pending, failback),
        [DIA_WATCH_ON_OTHER]         = ROW(DIA_WATCH_OKAY, forget_pending, failback), /* ours: else no DWR would ever go again */
        [DIA_WATCH_ON_TIMER]         = ROW(DIA_WATCH_DOWN, close_connection),
        [DIA_WATCH_ON_TIMER_PENDING] = ROW(DIA_WATCH_DOWN, close_connection),
        [DIA_WATCH_ON_DOWN]          = ROW(DIA_WATCH_DOWN, NULL),
    },
    [DIA_WATCH_DOWN] = {
        [DIA_WATCH_ON_DWA]           = ROW(DIA_WATCH_DOWN, NULL),
        [DIA_WATCH_ON_OTHER]         = ROW(DIA_WATCH_DOWN, NULL),
        [DIA_WATCH_ON_TIMER]         = ROW(DIA_WATCH_DOWN, attempt_open),
        [DIA_WATCH_ON_UP]            = ROW(DIA_WATCH_REOPEN, count_from_zero, send_watchdog, set_watchdog, wait_for_three),
    },
    [DIA_WATCH_REOPEN] = {
        [DIA_WATCH_ON_DWA]           = ROW(DIA_WATCH_REOPEN, forget_pending, count_dwa),
        [DIA_WATCH_ON_LAST_DWA]      = ROW(DIA_WATCH_OKAY, forget_pending, count_dwa, failback),
        [DIA_WATCH_ON_OTHER]         = ROW(DIA_WATCH_REOPEN, NULL),
        [DIA_WATCH_ON_TIMER]         = ROW(DIA_WATCH_REOPEN, send_watchdog, set_watchdog),
        [DIA_WATCH_ON_TIMER_PENDING] = ROW(DIA_WATCH_REOPEN, count_anew, set_watchdog),
        [DIA_WATCH_ON_TIMER_MISSED]  = ROW(DIA_WATCH_DOWN, close_reopened),
        [DIA_WATCH_ON_DOWN]          = ROW(DIA_WATCH_DOWN, NULL),
    },
};
/* clang-format on */

bool dia_watchdog_has_row(dia_watch_state state, dia_watch_event event)
{
    return table[state][event].known;
}

void dia_watchdog_step(dia_peer *peer, dia_watch_event event, dia_conn *conn)
{
    const dia_watch_state was = peer->watch;
    const row *r = &table[was][event];
    if (!r->known)
        return;
    peer->hub->taken_watch[was] |= UINT32_C(1) << event;
    peer->watch = r->next;
    if (was != r->next && peer->hub->config.state_events)
        dia_hub_event(peer->hub, DIA_EVENT_WATCHDOG, peer, conn, dia_watch_state_name(r->next), 0,
                      (dia_bytes){ NULL, 0 });
    for (size_t i = 0; i < sizeof r->actions / sizeof *r->actions && r->actions[i]; i++)
        if (peer->watch == r->next) /* else a callback was an event itself */
            r->actions[i](peer, conn);
}

/* ---- What happens ---- */

/* A first connection is used at once; so is one after an orderly end, and one that the peer makes: a listener that made its
 * clients wait would lose their requests. */
void dia_watchdog_up(dia_conn *conn)
{
    dia_peer *peer = conn->peer;
    const bool at_once = peer->orderly || !conn->initiator || peer->hub->config.reopen_dwas == DIA_REOPEN_AT_ONCE;
    if (at_once)
        peer->watch = DIA_WATCH_INITIAL;
    peer->orderly = false;
    dia_watchdog_step(peer, DIA_WATCH_ON_UP, conn);
}

void dia_watchdog_ring(dia_conn *conn)
{
    dia_peer *peer = conn->peer;
    dia_watch_event event = DIA_WATCH_ON_TIMER;
    if (conn->dwr_out)
        event = peer->watch == DIA_WATCH_REOPEN && peer->num_dwa < 0 ? DIA_WATCH_ON_TIMER_MISSED
                                                                     : DIA_WATCH_ON_TIMER_PENDING;
    dia_waiting_rest(conn);
    dia_hub_rest(peer->hub);
    dia_watchdog_step(peer, event, conn);
}

/* Called for the first octets under suspicion, and while a new connection of the peer waits for the old one to speak. */
void dia_watchdog_heard(dia_conn *conn)
{
    dia_peer *peer = conn->peer;
    if (peer->watch == DIA_WATCH_SUSPECT && conn == dia_peer_conn(peer))
        dia_watchdog_step(peer, DIA_WATCH_ON_OTHER, conn);
    if (peer->probing && peer->probing != conn)
        dia_acceptor_probed(peer, true);
}

/* Any DWA counts, whatever its ids: a peer that gets them wrong would flap. */
void dia_watchdog_take_dwa(dia_conn *conn, dia_bytes message)
{
    dia_peer *peer = conn->peer;
    const bool last = peer->watch == DIA_WATCH_REOPEN && peer->num_dwa + 1 >= (int64_t)peer->hub->config.reopen_dwas;
    dia_peer_restarted(peer, message);
    dia_watchdog_step(peer, last ? DIA_WATCH_ON_LAST_DWA : DIA_WATCH_ON_DWA, conn);
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
    dia_dwa dwa = {
        .result_code = result_code,
        .origin_host = conn->self->host,
        .origin_realm = conn->self->realm,
        .error_message = fault.text[0] ? dia_cstr(fault.text) : (dia_bytes){ NULL, 0 },
        .failed_avp = fault.failed_avp.p ? &failed : NULL,
        .origin_state_id = DIA_U32(hub->origin_state_id),
    };
    const dia_header ids = { .flags = header->flags & DIA_FLAG_PROXIABLE,
                             .hop_by_hop = header->hop_by_hop,
                             .end_to_end = header->end_to_end };
    if (dia_conn_say(conn, hub->dwa, &dwa, DIA_LEVEL_LENIENT, &ids) == DIA_ESPACE) {
        dwa.failed_avp = NULL; /* longer than limits.message with it */
        dia_conn_say(conn, hub->dwa, &dwa, DIA_LEVEL_LENIENT, &ids);
    }
    dia_arena_done(&arena);
    if (!err)
        dia_peer_restarted(conn->peer, message);
}

const char *dia_watch_state_name(dia_watch_state state)
{
    static const char *const names[DIA_WATCH_STATES] = {
        [DIA_WATCH_INITIAL] = "INITIAL", [DIA_WATCH_OKAY] = "OKAY",     [DIA_WATCH_SUSPECT] = "SUSPECT",
        [DIA_WATCH_DOWN] = "DOWN",       [DIA_WATCH_REOPEN] = "REOPEN",
    };
    return (unsigned)state < DIA_WATCH_STATES ? names[state] : "?";
}

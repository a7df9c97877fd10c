/* The peer state machine: the table of RFC 6733, 5.6, row by row. Rows of ours, for what the table leaves open, are
 * marked; tests/peer/fsm.c takes every row. */
#include "peer/peer.h"

typedef void action(dia_peer *peer, const dia_peer_input *input);

/* ---- Actions (RFC 6733, 5.6.3) ---- */

static void disconnect(dia_conn **side, bool reset, const char *reason)
{
    dia_conn *conn = *side;
    *side = NULL; /* so that its end is no event of this machine */
    if (conn)
        dia_conn_end(conn, reset, reason ? reason : "disconnected");
}

static void i_snd_conn_req(dia_peer *peer, const dia_peer_input *input)
{
    (void)input;
    peer->i = dia_conn_want(peer->hub, peer);
    if (!peer->i)
        dia_peer_step(peer, DIA_ON_I_RCV_CONN_NACK, &(dia_peer_input){ .reason = "no room for a connection" });
}

static void cleanup(dia_peer *peer, const dia_peer_input *input)
{
    (void)input;
    peer->i = NULL;
}

static void i_snd_cer(dia_peer *peer, const dia_peer_input *input)
{
    (void)input;
    const int err = dia_capabilities_send_cer(peer->i);
    if (err)
        dia_conn_end(peer->i, true, err == DIA_ESPACE ? "CER is longer than limits.message" : "no memory for CER");
}

static void r_accept(dia_peer *peer, const dia_peer_input *input)
{
    peer->r = input->conn;
    peer->r->phase = DIA_PHASE_EXCHANGE;
}

static void r_reject(dia_peer *peer, const dia_peer_input *input)
{
    (void)peer;
    static const dia_fault fault = { .text = "there is a connection with this peer already" };
    dia_capabilities_send_cea(input->conn, DIA_RESULT_CODE_UNABLE_TO_COMPLY, &fault);
    dia_conn_end(input->conn, false, "a second connection of the same peer");
}

static void process_cer(dia_peer *peer, const dia_peer_input *input)
{
    if (dia_peer_learn(peer, input->found))
        dia_conn_end(input->conn, true, "no memory for the peer's capabilities");
}

static void r_snd_cea(dia_peer *peer, const dia_peer_input *input)
{
    (void)input;
    if (!peer->r)
        return;
    peer->r->phase = DIA_PHASE_OPEN;
    const int err = dia_capabilities_send_cea(peer->r, DIA_RESULT_CODE_SUCCESS, NULL);
    if (err)
        dia_conn_end(peer->r, true, err == DIA_ESPACE ? "CEA is longer than limits.message" : "no memory for CEA");
    else if (peer->r->upgrades)
        dia_secure_begin(peer->r);
    else if (peer->r->paused) /* what it has said since it had its CEA */
        dia_conn_read_again(peer->r);
}

static void process_cea(dia_peer *peer, const dia_peer_input *input)
{
    peer->i->phase = DIA_PHASE_OPEN;
    if (dia_peer_learn(peer, input->found))
        dia_conn_end(peer->i, true, "no memory for the peer's capabilities");
    else if (peer->i->upgrades)
        dia_secure_begin(peer->i);
}

/* RFC 6733, 5.6.4: the responder's connection survives when our Origin-Host is the greater one, octet by octet. Case does
 * not count, or two nodes that write one name differently would disagree. */
bool dia_peer_wins(const dia_peer *peer, const dia_conn *r)
{
    const dia_bytes ours = r->self->host, theirs = peer->host;
    for (size_t i = 0; i < ours.n && i < theirs.n; i++) {
        const uint8_t a = dia_lower(ours.p[i]), b = dia_lower(theirs.p[i]);
        if (a != b)
            return a > b;
    }
    return ours.n > theirs.n;
}

static void elect(dia_peer *peer, const dia_peer_input *input)
{
    if (dia_peer_wins(peer, peer->r))
        dia_peer_step(peer, DIA_ON_WIN_ELECTION, input);
}

static void i_disc(dia_peer *peer, const dia_peer_input *input)
{
    disconnect(&peer->i, false, input->reason);
}

static void r_disc(dia_peer *peer, const dia_peer_input *input)
{
    disconnect(&peer->r, false, input->reason);
}

static void error(dia_peer *peer, const dia_peer_input *input)
{
    disconnect(&peer->i, true, input->reason);
    disconnect(&peer->r, true, input->reason);
}

static void process_dwa(dia_peer *peer, const dia_peer_input *input)
{
    (void)peer;
    dia_watchdog_take_dwa(input->conn, input->message);
}

static void snd_dwa(dia_peer *peer, const dia_peer_input *input)
{
    (void)peer;
    dia_watchdog_answer(input->conn, input->header, input->message);
}

/* Where TLS has only begun nothing can be said. */
static void snd_dpr(dia_peer *peer, dia_conn *conn, const dia_peer_input *input)
{
    if (peer->securing)
        dia_conn_end(conn, true, input->reason ? input->reason : "disconnected");
    else
        dia_disconnect_send_dpr(conn, peer->cause);
}

static void i_snd_dpr(dia_peer *peer, const dia_peer_input *input)
{
    snd_dpr(peer, peer->i, input);
}

static void r_snd_dpr(dia_peer *peer, const dia_peer_input *input)
{
    snd_dpr(peer, peer->r, input);
}

static void snd_dpa(dia_peer *peer, const dia_peer_input *input)
{
    (void)peer;
    dia_disconnect_answer(input->conn, input->header, input->message);
}

/* ---- The table ---- */

typedef struct row {
    action *actions[3];
    dia_peer_state next;
    bool known;
} row;

#define ROW(next, ...)                                                                                                 \
    {                                                                                                                  \
        { __VA_ARGS__ }, (next), true                                                                                  \
    }

/* clang-format off */
static const row table[DIA_PEER_STATES][DIA_PEER_EVENTS] = {
    [DIA_PEER_CLOSED] = {
        [DIA_ON_START]             = ROW(DIA_PEER_WAIT_CONN_ACK, i_snd_conn_req),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_R_OPEN, r_accept, process_cer, r_snd_cea),
    },
    [DIA_PEER_WAIT_CONN_ACK] = {
        [DIA_ON_I_RCV_CONN_ACK]    = ROW(DIA_PEER_WAIT_I_CEA, i_snd_cer),
        [DIA_ON_I_RCV_CONN_NACK]   = ROW(DIA_PEER_CLOSED, cleanup),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_WAIT_CONN_ACK_ELECT, r_accept, process_cer),
        [DIA_ON_TIMEOUT]           = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSED, error), /* ours */
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_CLOSED, i_disc), /* ours: the connection was ended by its own limits */
    },
    [DIA_PEER_WAIT_I_CEA] = {
        [DIA_ON_I_RCV_CEA]         = ROW(DIA_PEER_I_OPEN, process_cea),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_WAIT_RETURNS, r_accept, process_cer, elect),
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_CLOSED, i_disc),
        [DIA_ON_I_RCV_NON_CEA]     = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_TIMEOUT]           = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSED, error), /* ours */
    },
    [DIA_PEER_WAIT_CONN_ACK_ELECT] = {
        [DIA_ON_I_RCV_CONN_ACK]    = ROW(DIA_PEER_WAIT_RETURNS, i_snd_cer, elect),
        [DIA_ON_I_RCV_CONN_NACK]   = ROW(DIA_PEER_R_OPEN, cleanup, r_snd_cea),
        [DIA_ON_R_PEER_DISC]       = ROW(DIA_PEER_WAIT_CONN_ACK, r_disc),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_WAIT_CONN_ACK_ELECT, r_reject),
        [DIA_ON_TIMEOUT]           = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSED, error), /* ours */
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_R_OPEN, i_disc, r_snd_cea), /* ours: as I-Rcv-Conn-Nack */
    },
    [DIA_PEER_WAIT_RETURNS] = {
        [DIA_ON_WIN_ELECTION]      = ROW(DIA_PEER_R_OPEN, i_disc, r_snd_cea),
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_R_OPEN, i_disc, r_snd_cea),
        [DIA_ON_I_RCV_CEA]         = ROW(DIA_PEER_I_OPEN, r_disc, process_cea),
        [DIA_ON_R_PEER_DISC]       = ROW(DIA_PEER_WAIT_I_CEA, r_disc),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_WAIT_RETURNS, r_reject),
        [DIA_ON_TIMEOUT]           = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_I_RCV_NON_CEA]     = ROW(DIA_PEER_R_OPEN, i_disc, r_snd_cea), /* ours: as I-Peer-Disc */
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSED, error), /* ours */
    },
    /* Send-Message, R-Snd-Message and R-Rcv-Message, Process happen for every message of an open connection and change
     * nothing: conn.c and receive.c take these rows without a look here. */
    [DIA_PEER_R_OPEN] = {
        [DIA_ON_SEND_MESSAGE]      = ROW(DIA_PEER_R_OPEN, NULL),
        [DIA_ON_R_RCV_MESSAGE]     = ROW(DIA_PEER_R_OPEN, NULL),
        [DIA_ON_R_RCV_DWR]         = ROW(DIA_PEER_R_OPEN, snd_dwa),
        [DIA_ON_R_RCV_DWA]         = ROW(DIA_PEER_R_OPEN, process_dwa),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_R_OPEN, r_reject),
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSING, r_snd_dpr),
        [DIA_ON_R_RCV_DPR]         = ROW(DIA_PEER_CLOSING, snd_dpa),
        [DIA_ON_R_PEER_DISC]       = ROW(DIA_PEER_CLOSED, r_disc),
    },
    [DIA_PEER_I_OPEN] = {
        [DIA_ON_SEND_MESSAGE]      = ROW(DIA_PEER_I_OPEN, NULL),
        [DIA_ON_I_RCV_MESSAGE]     = ROW(DIA_PEER_I_OPEN, NULL),
        [DIA_ON_I_RCV_DWR]         = ROW(DIA_PEER_I_OPEN, snd_dwa),
        [DIA_ON_I_RCV_DWA]         = ROW(DIA_PEER_I_OPEN, process_dwa),
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_I_OPEN, r_reject),
        [DIA_ON_STOP]              = ROW(DIA_PEER_CLOSING, i_snd_dpr),
        [DIA_ON_I_RCV_DPR]         = ROW(DIA_PEER_CLOSING, snd_dpa),
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_CLOSED, i_disc),
    },
    [DIA_PEER_CLOSING] = {
        [DIA_ON_I_RCV_DPA]         = ROW(DIA_PEER_CLOSED, i_disc),
        [DIA_ON_R_RCV_DPA]         = ROW(DIA_PEER_CLOSED, r_disc),
        [DIA_ON_TIMEOUT]           = ROW(DIA_PEER_CLOSED, error),
        [DIA_ON_I_PEER_DISC]       = ROW(DIA_PEER_CLOSED, i_disc),
        [DIA_ON_R_PEER_DISC]       = ROW(DIA_PEER_CLOSED, r_disc),
        [DIA_ON_I_RCV_DPR]         = ROW(DIA_PEER_CLOSING, snd_dpa), /* ours: both sides disconnect at once */
        [DIA_ON_R_RCV_DPR]         = ROW(DIA_PEER_CLOSING, snd_dpa), /* ours */
        [DIA_ON_R_CONN_CER]        = ROW(DIA_PEER_CLOSING, r_reject), /* ours */
    },
};
/* clang-format on */

static bool is_open(dia_peer_state state)
{
    return state == DIA_PEER_R_OPEN || state == DIA_PEER_I_OPEN;
}

/* Is what was waited for still what is waited for? A connection of the peer that comes and goes meanwhile gives it no new
 * time, or one that never stands would be waited for as long as the peer tries. */
static bool waits_on(dia_peer_state was, dia_peer_state is)
{
    static const uint8_t what[DIA_PEER_STATES] = {
        [DIA_PEER_WAIT_CONN_ACK] = 1,
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = 1,
        [DIA_PEER_WAIT_I_CEA] = 2,
        [DIA_PEER_WAIT_RETURNS] = 2,
    };
    return what[was] && what[was] == what[is];
}

static bool has_declined(const dia_peer *peer, size_t at)
{
    return at < 64 && peer->declined >> at & 1;
}

/* One of the addresses has led to a connection that is used: the next time begins with the first again. */
static void end_round(dia_peer *peer)
{
    peer->failures = 0;
    peer->at = 0;
    peer->onward = false;
}

/* The next address; behind the last one the first again, and Tc. */
static void go_on(dia_peer *peer)
{
    const size_t n = peer->target->n_uris;
    peer->onward = true;
    for (size_t i = 0; i < n; i++) {
        peer->at = (peer->at + 1) % n;
        peer->onward = peer->onward && peer->at;
        if (!has_declined(peer, peer->at))
            break;
    }
    peer->failures += !peer->onward;
}

/* Which address comes next, and how often in a row none of them led to anything. */
static void note_attempt(dia_peer *peer, dia_peer_state was)
{
    const bool stood = was == DIA_PEER_CLOSING || was == DIA_PEER_R_OPEN || (is_open(was) && !peer->securing);
    if (is_open(peer->state) && !peer->securing) {
        end_round(peer);
    } else if (peer->state == DIA_PEER_CLOSED && peer->target && (!stood || has_declined(peer, peer->at))) {
        go_on(peer);
    }
}

/* What a change of state means for the peer, before anybody hears of it. Was it up? */
static bool settle(dia_peer *peer, dia_peer_state was)
{
    dia_hub *hub = peer->hub;
    const bool opens = is_open(peer->state) && !is_open(was), shuts = !is_open(peer->state) && is_open(was);
    const bool was_up = peer->up;
    peer->since_us = hub->now.us;
    note_attempt(peer, was);
    if (!is_open(peer->state))
        peer->securing = false;
    if (!waits_on(was, peer->state))
        dia_peer_set_alarm(peer);
    if (opens)
        peer->unwanted = peer->draining = false;
    if (shuts) {
        peer->up = peer->draining = false;
        peer->orderly = peer->state == DIA_PEER_CLOSING;
        if (was_up)
            hub->hooks.open(hub->above, peer, false);
    }
    return was_up;
}

/* Did it end because we wanted it to? */
static bool is_left(const dia_peer *peer)
{
    return peer->removed || peer->disabled || peer->hub->stopping;
}

/* An attempt came to nothing: one of ours, or one of the peer's on which TLS was to begin. */
static void tell_failed(dia_peer *peer, size_t tried, const dia_peer_input *input)
{
    const dia_conn *conn = input->conn;
    const bool theirs = conn && !conn->initiator;
    const char *uri = peer->target ? peer->target->uris[tried] : NULL;
    if (conn)
        uri = theirs ? NULL : conn->target->uris[conn->uri];
    dia_hub_tell(peer->hub, &(dia_event){ theirs ? DIA_EVENT_REFUSED : DIA_EVENT_CONNECT_FAILED, peer, conn,
                                          input->reason ? input->reason : "disconnected", input->result_code,
                                          input->message, uri, 0 });
}

static void bring_up(dia_peer *peer, dia_conn *conn)
{
    /* First: who comes up with other sessions must not be taken for what it was. */
    dia_peer_restarted(peer, (dia_bytes){ NULL, 0 });
    if (dia_peer_conn(peer) == conn)
        dia_watchdog_up(conn);
}

void dia_peer_opened(dia_peer *peer, dia_conn *conn)
{
    peer->securing = false;
    end_round(peer);
    bring_up(peer, conn);
}

/* The application hears once of each opening and of its end, and of each attempt of ours that led to neither. */
static void tell(dia_peer *peer, dia_peer_state was, bool was_up, size_t tried, const dia_peer_input *input)
{
    dia_hub *hub = peer->hub;
    dia_conn *conn = dia_peer_conn(peer);
    const char *reason = input->reason ? input->reason : "disconnected";
    const dia_bytes none = { NULL, 0 };
    const dia_peer_state now = peer->state;
    const bool shuts = !is_open(now) && is_open(was);
    if (hub->config.state_events)
        dia_hub_event(hub, DIA_EVENT_STATE, peer, conn, input->reason ? input->reason : dia_peer_state_name(now), 0,
                      none);
    if (shuts) {
        if (now != DIA_PEER_CLOSING)
            dia_peer_failed(peer, reason, 0);
        dia_watchdog_step(peer, DIA_WATCH_ON_DOWN, NULL);
        if (was_up)
            dia_hub_event(hub, DIA_EVENT_PEER_DOWN, peer, NULL, reason, 0, none);
        else if (!is_left(peer)) /* else nobody waits for it: it was being tried with DWRs, or TLS had begun */
            tell_failed(peer, tried, input);
    } else if (now == DIA_PEER_CLOSED && was != DIA_PEER_CLOSING && !is_open(was)) {
        dia_peer_failed(peer, reason, input->result_code);
        tell_failed(peer, tried, input);
    } else if (conn && !is_open(was) && peer->state == now && dia_peer_conn(peer) == conn) {
        bring_up(peer, conn);
    }
}

bool dia_peer_has_row(dia_peer_state state, dia_peer_event event)
{
    return table[state][event].known;
}

bool dia_peer_step(dia_peer *peer, dia_peer_event event, const dia_peer_input *input)
{
    const row *r = &table[peer->state][event];
    if (!r->known)
        return false;
    const dia_peer_state was = peer->state;
    peer->hub->taken[was] |= UINT32_C(1) << event;
    peer->state = r->next;
    for (size_t i = 0; i < sizeof r->actions / sizeof *r->actions && r->actions[i]; i++) {
        r->actions[i](peer, input);
        if (peer->state != r->next) /* the action was an event itself, which has done all that follows */
            return true;
    }
    if (was != peer->state) {
        const size_t tried = peer->at; /* settling goes on to the next address */
        tell(peer, was, settle(peer, was), tried, input);
    }
    return true;
}

const char *dia_peer_state_name(dia_peer_state state)
{
    static const char *const names[DIA_PEER_STATES] = {
        [DIA_PEER_CLOSED] = "Closed",
        [DIA_PEER_WAIT_CONN_ACK] = "Wait-Conn-Ack",
        [DIA_PEER_WAIT_I_CEA] = "Wait-I-CEA",
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = "Wait-Conn-Ack/Elect",
        [DIA_PEER_WAIT_RETURNS] = "Wait-Returns",
        [DIA_PEER_R_OPEN] = "R-Open",
        [DIA_PEER_I_OPEN] = "I-Open",
        [DIA_PEER_CLOSING] = "Closing",
    };
    return (unsigned)state < DIA_PEER_STATES ? names[state] : "?";
}

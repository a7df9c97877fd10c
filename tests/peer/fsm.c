/* The peer's table (RFC 6733, 5.6): every row is taken, from outside where that is possible, and there is no
 * other row. */
#include "rig.h"

static const char connect_to[] = "aaa://far.example.net";
static const char *const host =
    "z.example.net"; /* above ours, so that an election is lost unless it is won on purpose */

/* What one row does: what goes out and how the connections end, on the I- and on the R-side. */
struct row {
    const char *name;
    dia_peer_state state;
    dia_peer_event event;
    dia_peer_state next;
    uint32_t i_says, r_says; /* Command Code of what goes out; 0: nothing */
    enum rig_ending i_ends, r_ends;
};

/* A peer in one of its states. */
struct scene {
    struct rig rig;
    dia_peer *peer;
    struct rig_link *i, *r, *more; /* `more`: one connection too many */
};

/* ---- Reaching a state ---- */

static void i_begins(struct scene *s)
{
    dia_peer_step(s->peer, DIA_ON_START, &(dia_peer_input){ NULL });
    rig_pump(&s->rig);
    s->i = rig_wanted(&s->rig);
}

static void i_sends_cer(struct scene *s)
{
    i_begins(s);
    rig_stand(&s->rig, s->i);
    if (s->i)
        rig_read(&s->rig, s->i, DIA_COMMAND_CER);
}

static void r_sends_cer(struct scene *s)
{
    s->r = rig_accept(&s->rig);
    rig_send_cer(&s->rig, s->r, host);
}

static void stop(struct scene *s)
{
    dia_peer_step(s->peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "stop" });
    rig_pump(&s->rig);
}

static bool reach(struct scene *s, dia_peer_state state, bool r_side)
{
    memset(s, 0, sizeof *s);
    if (!rig_begin(&s->rig, NULL))
        return false;
    s->peer = rig_peer(&s->rig, host, NULL);
    if (!s->peer || !rig_aim(s->peer, connect_to))
        return false;
    switch (state) {
    case DIA_PEER_CLOSED: break;
    case DIA_PEER_WAIT_CONN_ACK: i_begins(s); break;
    case DIA_PEER_WAIT_I_CEA: i_sends_cer(s); break;
    case DIA_PEER_WAIT_CONN_ACK_ELECT:
        i_begins(s);
        r_sends_cer(s);
        break;
    case DIA_PEER_WAIT_RETURNS:
        i_sends_cer(s);
        r_sends_cer(s);
        break;
    case DIA_PEER_R_OPEN: r_sends_cer(s); break;
    case DIA_PEER_I_OPEN:
        i_sends_cer(s);
        if (s->i)
            rig_send_cea(&s->rig, s->i, host, 2001, s->i->header.hop_by_hop);
        break;
    case DIA_PEER_CLOSING:
        if (r_side) {
            r_sends_cer(s);
        } else {
            i_sends_cer(s);
            if (s->i)
                rig_send_cea(&s->rig, s->i, host, 2001, s->i->header.hop_by_hop);
        }
        stop(s);
        break;
    default: break;
    }
    for (size_t i = 0; i < s->rig.n_links; i++) /* what went out on the way here is not looked at */
        while (rig_read_octets(&s->rig.links[i]).p)
            ;
    return s->peer->state == state;
}

/* ---- Causing an event, by octets, time and changes of connections wherever possible ---- */

static const dia_header request = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };

static void step(struct scene *s, dia_peer_event event)
{
    struct rig_link *link = s->i ? s->i : s->r;
    const dia_peer_input input = { .conn = link ? link->conn : NULL, .reason = "a step of the test" };
    dia_peer_step(s->peer, event, &input);
    rig_pump(&s->rig);
}

/* The connection ends before it stands or while it does: its own limits, or the far end. */
static void disconnect(struct scene *s, struct rig_link *link)
{
    if (link->conn->phase == DIA_PHASE_CONNECTING) {
        dia_conn_end(link->conn, true, "ended by its limits");
        rig_pump(&s->rig);
    } else {
        rig_drop(&s->rig, link);
    }
}

static void cer_again(struct scene *s)
{
    s->more = rig_accept(&s->rig);
    rig_send_cer(&s->rig, s->more, host);
    if (dia_peer_conn(s->peer)) { /* the first of them waits for a sign of life of the old connection */
        s->more = rig_accept(&s->rig);
        rig_send_cer(&s->rig, s->more, host);
    }
}

/* From outside this row cannot be reached: the acceptor ends the old connection first, or refuses the new one. */
static void cer_while_closing(struct scene *s)
{
    s->more = rig_accept(&s->rig);
    if (!s->more)
        return;
    dia_conn *conn = s->more->conn;
    dia_conn_named(conn);
    conn->phase = DIA_PHASE_EXCHANGE;
    conn->due_us = DIA_NEVER_US;
    dia_peer_adopt(s->peer, conn);
    dia_peer_step(s->peer, DIA_ON_R_CONN_CER, &(dia_peer_input){ .conn = conn });
    rig_pump(&s->rig);
}

static void cause(struct scene *s, dia_peer_event event)
{
    struct rig *rig = &s->rig;
    switch (event) {
    case DIA_ON_START:
        dia_peer_set_alarm(s->peer);
        rig_pass(rig, rig->hub.config.reconnect_ms / 10 * 11);
        s->i = rig_wanted(rig);
        break;
    case DIA_ON_R_CONN_CER:
        if (s->peer->state == DIA_PEER_CLOSING)
            cer_while_closing(s);
        else if (s->r || dia_peer_conn(s->peer))
            cer_again(s);
        else
            r_sends_cer(s);
        break;
    case DIA_ON_I_RCV_CONN_ACK: rig_stand(rig, s->i); break;
    case DIA_ON_I_RCV_CONN_NACK: rig_drop(rig, s->i); break;
    case DIA_ON_TIMEOUT: rig_pass(rig, rig->hub.config.limits.cer_ms); break;
    case DIA_ON_I_RCV_CEA: rig_send_cea(rig, s->i, host, 2001, s->i->conn->asked); break;
    case DIA_ON_I_RCV_NON_CEA: rig_send_dwr(rig, s->i); break;
    case DIA_ON_I_PEER_DISC: disconnect(s, s->i); break;
    case DIA_ON_R_PEER_DISC: disconnect(s, s->r); break;
    case DIA_ON_I_RCV_MESSAGE: rig_send_header(rig, s->i, &request); break;
    case DIA_ON_R_RCV_MESSAGE: rig_send_header(rig, s->r, &request); break;
    case DIA_ON_I_RCV_DWR: rig_send_dwr(rig, s->i); break;
    case DIA_ON_R_RCV_DWR: rig_send_dwr(rig, s->r); break;
    case DIA_ON_I_RCV_DWA: rig_send_dwa(rig, s->i); break;
    case DIA_ON_R_RCV_DWA: rig_send_dwa(rig, s->r); break;
    case DIA_ON_I_RCV_DPR: rig_send_dpr(rig, s->i, DIA_CAUSE_REBOOTING); break;
    case DIA_ON_R_RCV_DPR: rig_send_dpr(rig, s->r, DIA_CAUSE_REBOOTING); break;
    case DIA_ON_I_RCV_DPA: rig_send_dpa(rig, s->i, s->i->conn->asked); break;
    case DIA_ON_R_RCV_DPA: rig_send_dpa(rig, s->r, s->r->conn->asked); break;
    case DIA_ON_STOP: stop(s); break;
    default: step(s, event); break; /* Win-Election, Send-Message */
    }
}

/* ---- The rows ---- */

enum { CER = 257, CEA = 257, DWA = 280, DPR = 282, DPA = 282 };

static const struct row rows[] = {
    { "Closed, Start", /* B5.6-07 */
      DIA_PEER_CLOSED, DIA_ON_START, DIA_PEER_WAIT_CONN_ACK, 0, 0, 0, 0 },
    { "Closed, R-Conn-CER", /* B5.6-08 */
      DIA_PEER_CLOSED, DIA_ON_R_CONN_CER, DIA_PEER_R_OPEN, 0, CEA, 0, 0 },

    { "Wait-Conn-Ack, I-Rcv-Conn-Ack", /* B5.6-09, B5.6-02 */
      DIA_PEER_WAIT_CONN_ACK, DIA_ON_I_RCV_CONN_ACK, DIA_PEER_WAIT_I_CEA, CER, 0, 0, 0 },
    { "Wait-Conn-Ack, I-Rcv-Conn-Nack", /* B5.6-10 */
      DIA_PEER_WAIT_CONN_ACK, DIA_ON_I_RCV_CONN_NACK, DIA_PEER_CLOSED, 0, 0, 0, 0 },
    { "Wait-Conn-Ack, R-Conn-CER", /* B5.6-11 */
      DIA_PEER_WAIT_CONN_ACK, DIA_ON_R_CONN_CER, DIA_PEER_WAIT_CONN_ACK_ELECT, 0, 0, 0, 0 },
    { "Wait-Conn-Ack, Timeout", /* B5.6-12 */
      DIA_PEER_WAIT_CONN_ACK, DIA_ON_TIMEOUT, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },
    { "Wait-Conn-Ack, Stop", DIA_PEER_WAIT_CONN_ACK, DIA_ON_STOP, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },
    { "Wait-Conn-Ack, I-Peer-Disc", DIA_PEER_WAIT_CONN_ACK, DIA_ON_I_PEER_DISC, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },

    { "Wait-I-CEA, I-Rcv-CEA", /* B5.6-13 */
      DIA_PEER_WAIT_I_CEA, DIA_ON_I_RCV_CEA, DIA_PEER_I_OPEN, 0, 0, 0, 0 },
    { "Wait-I-CEA, R-Conn-CER", /* B5.6-14 */
      DIA_PEER_WAIT_I_CEA, DIA_ON_R_CONN_CER, DIA_PEER_WAIT_RETURNS, 0, 0, 0, 0 },
    { "Wait-I-CEA, I-Peer-Disc", /* B5.6-15 */
      DIA_PEER_WAIT_I_CEA, DIA_ON_I_PEER_DISC, DIA_PEER_CLOSED, 0, 0, 0, 0 },
    { "Wait-I-CEA, I-Rcv-Non-CEA", /* B5.6-16 */
      DIA_PEER_WAIT_I_CEA, DIA_ON_I_RCV_NON_CEA, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },
    { "Wait-I-CEA, Timeout", /* B5.6-17 */
      DIA_PEER_WAIT_I_CEA, DIA_ON_TIMEOUT, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },
    { "Wait-I-CEA, Stop", DIA_PEER_WAIT_I_CEA, DIA_ON_STOP, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },

    { "Wait-Conn-Ack/Elect, I-Rcv-Conn-Ack", /* B5.6-19 */
      DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_I_RCV_CONN_ACK, DIA_PEER_WAIT_RETURNS, CER, 0, 0, 0 },
    { "Wait-Conn-Ack/Elect, I-Rcv-Conn-Nack", /* B5.6-20 */
      DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_I_RCV_CONN_NACK, DIA_PEER_R_OPEN, 0, CEA, 0, 0 },
    { "Wait-Conn-Ack/Elect, R-Peer-Disc", /* B5.6-21 */
      DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_R_PEER_DISC, DIA_PEER_WAIT_CONN_ACK, 0, 0, 0, 0 },
    { "Wait-Conn-Ack/Elect, R-Conn-CER", /* B5.6-22 */
      DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_R_CONN_CER, DIA_PEER_WAIT_CONN_ACK_ELECT, 0, 0, 0, 0 },
    { "Wait-Conn-Ack/Elect, Timeout", /* B5.6-23 */
      DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_TIMEOUT, DIA_PEER_CLOSED, 0, 0, RIG_RESET, RIG_RESET },
    { "Wait-Conn-Ack/Elect, Stop", DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_STOP, DIA_PEER_CLOSED, 0, 0, RIG_RESET,
      RIG_RESET },
    { "Wait-Conn-Ack/Elect, I-Peer-Disc", DIA_PEER_WAIT_CONN_ACK_ELECT, DIA_ON_I_PEER_DISC, DIA_PEER_R_OPEN, 0, CEA,
      RIG_RESET, 0 },

    { "Wait-Returns, Win-Election", /* B5.6-24, B5.6.4-03 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_WIN_ELECTION, DIA_PEER_R_OPEN, 0, CEA, RIG_CLOSED, 0 },
    { "Wait-Returns, I-Peer-Disc", /* B5.6-25 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_I_PEER_DISC, DIA_PEER_R_OPEN, 0, CEA, 0, 0 },
    { "Wait-Returns, I-Rcv-CEA", /* B5.6-26 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_I_RCV_CEA, DIA_PEER_I_OPEN, 0, 0, 0, RIG_CLOSED },
    { "Wait-Returns, R-Peer-Disc", /* B5.6-27 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_R_PEER_DISC, DIA_PEER_WAIT_I_CEA, 0, 0, 0, 0 },
    { "Wait-Returns, R-Conn-CER", /* B5.6-28 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_R_CONN_CER, DIA_PEER_WAIT_RETURNS, 0, 0, 0, 0 },
    { "Wait-Returns, Timeout", /* B5.6-29 */
      DIA_PEER_WAIT_RETURNS, DIA_ON_TIMEOUT, DIA_PEER_CLOSED, 0, 0, RIG_RESET, RIG_RESET },
    { "Wait-Returns, I-Rcv-Non-CEA", DIA_PEER_WAIT_RETURNS, DIA_ON_I_RCV_NON_CEA, DIA_PEER_R_OPEN, 0, CEA, RIG_CLOSED,
      0 },
    { "Wait-Returns, Stop", DIA_PEER_WAIT_RETURNS, DIA_ON_STOP, DIA_PEER_CLOSED, 0, 0, RIG_RESET, RIG_RESET },

    { "R-Open, Send-Message", DIA_PEER_R_OPEN, DIA_ON_SEND_MESSAGE, DIA_PEER_R_OPEN, 0, 0, 0, 0 },
    { "R-Open, R-Rcv-Message", /* B5.6-31 */
      DIA_PEER_R_OPEN, DIA_ON_R_RCV_MESSAGE, DIA_PEER_R_OPEN, 0, 0, 0, 0 },
    { "R-Open, R-Rcv-DWR", /* B5.6-32 */
      DIA_PEER_R_OPEN, DIA_ON_R_RCV_DWR, DIA_PEER_R_OPEN, 0, DWA, 0, 0 },
    { "R-Open, R-Rcv-DWA", /* B5.6-33 */
      DIA_PEER_R_OPEN, DIA_ON_R_RCV_DWA, DIA_PEER_R_OPEN, 0, 0, 0, 0 },
    { "R-Open, R-Conn-CER", /* B5.6-34 */
      DIA_PEER_R_OPEN, DIA_ON_R_CONN_CER, DIA_PEER_R_OPEN, 0, DWA, 0, 0 },
    { "R-Open, Stop", /* B5.6-35, B5.4-01 */
      DIA_PEER_R_OPEN, DIA_ON_STOP, DIA_PEER_CLOSING, 0, DPR, 0, 0 },
    { "R-Open, R-Rcv-DPR", /* B5.6-36 */
      DIA_PEER_R_OPEN, DIA_ON_R_RCV_DPR, DIA_PEER_CLOSING, 0, DPA, 0, 0 },
    { "R-Open, R-Peer-Disc", /* B5.6-37 */
      DIA_PEER_R_OPEN, DIA_ON_R_PEER_DISC, DIA_PEER_CLOSED, 0, 0, 0, 0 },

    { "I-Open, Send-Message", DIA_PEER_I_OPEN, DIA_ON_SEND_MESSAGE, DIA_PEER_I_OPEN, 0, 0, 0, 0 },
    { "I-Open, I-Rcv-Message", /* B5.6-39 */
      DIA_PEER_I_OPEN, DIA_ON_I_RCV_MESSAGE, DIA_PEER_I_OPEN, 0, 0, 0, 0 },
    { "I-Open, I-Rcv-DWR", /* B5.6-40 */
      DIA_PEER_I_OPEN, DIA_ON_I_RCV_DWR, DIA_PEER_I_OPEN, DWA, 0, 0, 0 },
    { "I-Open, I-Rcv-DWA", /* B5.6-41 */
      DIA_PEER_I_OPEN, DIA_ON_I_RCV_DWA, DIA_PEER_I_OPEN, 0, 0, 0, 0 },
    { "I-Open, R-Conn-CER", /* B5.6-42 */
      DIA_PEER_I_OPEN, DIA_ON_R_CONN_CER, DIA_PEER_I_OPEN, DWA, 0, 0, 0 },
    { "I-Open, Stop", /* B5.6-43 */
      DIA_PEER_I_OPEN, DIA_ON_STOP, DIA_PEER_CLOSING, DPR, 0, 0, 0 },
    { "I-Open, I-Rcv-DPR", /* B5.6-44 */
      DIA_PEER_I_OPEN, DIA_ON_I_RCV_DPR, DIA_PEER_CLOSING, DPA, 0, 0, 0 },
    { "I-Open, I-Peer-Disc", /* B5.6-45 */
      DIA_PEER_I_OPEN, DIA_ON_I_PEER_DISC, DIA_PEER_CLOSED, 0, 0, 0, 0 },

    { "Closing, I-Rcv-DPA", /* B5.6-47, B5.4-03 */
      DIA_PEER_CLOSING, DIA_ON_I_RCV_DPA, DIA_PEER_CLOSED, 0, 0, RIG_CLOSED, 0 },
    { "Closing, R-Rcv-DPA", /* B5.6-48 */
      DIA_PEER_CLOSING, DIA_ON_R_RCV_DPA, DIA_PEER_CLOSED, 0, 0, 0, RIG_CLOSED },
    { "Closing, Timeout", /* B5.6-49 */
      DIA_PEER_CLOSING, DIA_ON_TIMEOUT, DIA_PEER_CLOSED, 0, 0, RIG_RESET, 0 },
    { "Closing, I-Peer-Disc", /* B5.6-50 */
      DIA_PEER_CLOSING, DIA_ON_I_PEER_DISC, DIA_PEER_CLOSED, 0, 0, 0, 0 },
    { "Closing, R-Peer-Disc", /* B5.6-51 */
      DIA_PEER_CLOSING, DIA_ON_R_PEER_DISC, DIA_PEER_CLOSED, 0, 0, 0, 0 },
    { "Closing, I-Rcv-DPR", DIA_PEER_CLOSING, DIA_ON_I_RCV_DPR, DIA_PEER_CLOSING, DPA, 0, 0, 0 },
    { "Closing, R-Rcv-DPR", DIA_PEER_CLOSING, DIA_ON_R_RCV_DPR, DIA_PEER_CLOSING, 0, DPA, 0, 0 },
    { "Closing, R-Conn-CER", DIA_PEER_CLOSING, DIA_ON_R_CONN_CER, DIA_PEER_CLOSING, 0, 0, 0, 0 },
};

enum { ROWS = sizeof rows / sizeof *rows };

static bool is_of_r(dia_peer_event event)
{
    return event == DIA_ON_R_PEER_DISC || event == DIA_ON_R_RCV_DPA || event == DIA_ON_R_RCV_DPR;
}

static uint32_t said(struct rig_link *link)
{
    return link && rig_read_octets(link).p ? link->header.command : 0;
}

static void take_row(const struct row *row)
{
    struct scene s;
    harness_row(row->name);
    need(reach(&s, row->state, is_of_r(row->event)));
    const unsigned requests = s.rig.requests;
    cause(&s, row->event);
    need_str(dia_peer_state_name(s.peer->state), dia_peer_state_name(row->next));
    need_int(said(s.i), row->i_says);
    need_int(said(s.r), row->r_says);
    need_int(s.i ? s.i->ending : RIG_STAYS, row->i_ends);
    need_int(s.r ? s.r->ending : RIG_STAYS, row->r_ends);
    if (row->event == DIA_ON_I_RCV_MESSAGE || row->event == DIA_ON_R_RCV_MESSAGE)
        need_int(s.rig.requests, requests + 1);
    need(!s.more == !(row->event == DIA_ON_R_CONN_CER && row->next == row->state));
    if (s.more) { /* R-Reject: CEA 5012 and the end */
        const dia_cea *cea = rig_read(&s.rig, s.more, DIA_COMMAND_CEA);
        need(cea);
        need_int(cea->result_code, 5012);
        need_int(s.more->ending, RIG_CLOSED);
    }
done:
    rig_end(&s.rig);
}

static void take_rows_of(dia_peer_state state)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].state == state)
            take_row(&rows[i]);
}

static void rows_of_closed_are_taken(void)
{
    take_rows_of(DIA_PEER_CLOSED);
}

static void rows_of_wait_conn_ack_are_taken(void)
{
    take_rows_of(DIA_PEER_WAIT_CONN_ACK);
}

static void rows_of_wait_i_cea_are_taken(void)
{
    take_rows_of(DIA_PEER_WAIT_I_CEA);
}

static void rows_of_wait_conn_ack_elect_are_taken(void)
{
    take_rows_of(DIA_PEER_WAIT_CONN_ACK_ELECT);
}

static void rows_of_wait_returns_are_taken(void)
{
    take_rows_of(DIA_PEER_WAIT_RETURNS);
}

static void rows_of_r_open_are_taken(void)
{
    take_rows_of(DIA_PEER_R_OPEN);
}

static void rows_of_i_open_are_taken(void)
{
    take_rows_of(DIA_PEER_I_OPEN);
}

static void rows_of_closing_are_taken(void)
{
    take_rows_of(DIA_PEER_CLOSING);
}

/* ---- And there is no other ---- */

static const struct row *row_of(dia_peer_state state, dia_peer_event event)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].state == state && rows[i].event == event)
            return &rows[i];
    return NULL;
}

/* Every pair that stands in no row above is refused: so a row that is added to the machine has to be added here, where
 * it will be taken. */
static void events_without_a_row_are_refused(void) /* B5.6-01 */
{
    for (int state = 0; state < DIA_PEER_STATES; state++) {
        struct scene s;
        need(reach(&s, (dia_peer_state)state, false));
        harness_row(dia_peer_state_name((dia_peer_state)state));
        for (int event = 0; event < DIA_PEER_EVENTS; event++) {
            if (row_of((dia_peer_state)state, (dia_peer_event)event))
                continue;
            const dia_peer_input input = { .reason = "none" };
            need(!dia_peer_step(s.peer, (dia_peer_event)event, &input));
            need_int(s.peer->state, state);
        }
    done:
        rig_end(&s.rig);
        if (harness_injected())
            return;
    }
}

/* ---- What the rows do not show ---- */

/* RFC 6733, 5.6.4 */
static void election_goes_to_the_greater_host(void) /* B5.6.4-01, B5.6.4-02, B5.6.4-03 */
{
    static const struct {
        const char *name, *ours, *theirs;
        bool we_win;
    } table[] = {
        { "ours is greater", "m.example.net", "a.example.net", true },
        { "theirs is greater", "m.example.net", "z.example.net", false },
        { "case does not count", "M.example.net", "a.example.net", true },
        { "case does not count for them", "m.example.net", "A.EXAMPLE.NET", true },
        { "nor here", "m.example.net", "Z.example.net", false },
        { "the longer one wins", "m.example.net.xx", "m.example.net", true },
        { "the longer one wins, theirs", "m.example.net", "m.example.net.xx", false },
        { "later octets count", "m.example.neu", "m.example.net", true },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct rig rig;
        harness_row(table[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .origin_host = table[i].ours }));
        const dia_peer *peer = rig_peer(&rig, table[i].theirs, connect_to);
        need(peer);
        struct rig_link *ours = rig_reach(&rig);
        need(ours);
        struct rig_link *theirs = rig_accept(&rig);
        need(theirs);
        rig_send_cer(&rig, theirs, table[i].theirs);
        need_int(peer->state, table[i].we_win ? DIA_PEER_R_OPEN : DIA_PEER_WAIT_RETURNS);
        need_int(ours->ending, table[i].we_win ? RIG_CLOSED : RIG_STAYS);
        need_int(rig_is_silent(theirs), !table[i].we_win);
        rig_send_cea(&rig, ours, table[i].theirs, 2001, ours->header.hop_by_hop);
        need_int(peer->state, table[i].we_win ? DIA_PEER_R_OPEN : DIA_PEER_I_OPEN);
        need_int(theirs->ending, table[i].we_win ? RIG_STAYS : RIG_CLOSED);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void application_hears_of_each_opening_and_closing_once(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    need_int(rig.opened, 1);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
    rig_drop(&rig, link);
    need_int(rig.shut, 1);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
    need_int(rig.gone, 1);
done:
    /* Also when memory was short, for which check() would be blind. */
    assert(rig.shut <= rig.opened);
    assert(rig_saw(&rig, DIA_EVENT_PEER_UP) <= 1);
    assert(rig_saw(&rig, DIA_EVENT_PEER_DOWN) <= rig_saw(&rig, DIA_EVENT_PEER_UP));
    rig_end(&rig);
}

/* RFC 6733, 2.1: tried again after Tc. */
static void connection_that_fails_is_tried_again_after_tc(void) /* B5.6-10, B5.5.4-05, W3.4.1-14, B2.1-08 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .reconnect_ms = 20000 }));
    const dia_peer *peer = rig_peer(&rig, "a.example.net", connect_to);
    need(peer);
    for (int i = 1; i <= 5; i++) {
        struct rig_link *link = rig_wanted(&rig);
        need(link);
        rig_drop(&rig, link);
        need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), i);
        need(rig.events[DIA_EVENT_CONNECT_FAILED].reason[0]);
        const uint32_t tc =
            20000u << (i < 3 ? i - 1 : 2); /* doubled with each failure up to four times, 10 % more or less */
        rig_pass(&rig, tc / 10 * 9 - 1);
        need(!rig_wanted(&rig));
        rig_pass(&rig, tc / 10 * 2 + 1);
    }
done:
    rig_end(&rig);
}

/* However a connection of ours fails before it is open, the application hears of it exactly once. */
static void every_failure_to_connect_is_an_event(void) /* B2.1-11 */
{
    static const struct {
        const char *name;
        int way;
    } ways[] = { { "refused", 0 }, { "closed before CEA", 1 },  { "not a CEA", 2 }, { "CEA of failure", 3 },
                 { "silence", 4 }, { "silence behind CER", 5 }, { "garbage", 6 } };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        static const uint8_t garbage[20] = { 1, 0, 0, 3 };
        struct rig rig;
        const int way = ways[i].way;
        harness_row(ways[i].name);
        need(rig_begin(&rig, NULL));
        dia_peer *peer = rig_peer(&rig, "a.example.net", connect_to);
        need(peer);
        struct rig_link *link = rig_wanted(&rig);
        need(link);
        if (way && way != 4) {
            rig_stand(&rig, link);
            need(rig_read(&rig, link, DIA_COMMAND_CER));
        }
        if (way < 2)
            rig_drop(&rig, link);
        else if (way == 2)
            rig_send_dwr(&rig, link);
        else if (way == 3)
            rig_send_cea(&rig, link, "a.example.net", 5010, link->header.hop_by_hop); /* B5.6-18 */
        else if (way < 6)
            rig_pass(&rig, 10000);
        else
            rig_feed(&rig, link, (dia_bytes){ garbage, sizeof garbage });
        need_int(peer->state, DIA_PEER_CLOSED);
        need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
        need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
        need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static dia_peer *victim; /* of the next test */

static void remove_victim(struct rig *rig, const dia_event *event)
{
    if (event->kind != DIA_EVENT_CONNECT_FAILED && event->kind != DIA_EVENT_PEER_DOWN)
        return;
    (void)rig;
    dia_peer *peer = victim;
    victim = NULL;
    if (!peer)
        return;
    peer->removed = true;
    dia_peer_set_alarm(peer);
    dia_peer_forget_if_done(peer);
}

/* Its own event may remove a peer: the step that caused it goes on with the peer as it is. */
static void peer_may_be_removed_by_its_own_event(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct rig rig;
    victim = NULL;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .connections = 1 } }));
    need(rig_open_r(&rig, "b.example.net"));
    rig.on_event = remove_victim;
    dia_peer *peer = dia_peer_new(&rig.hub, dia_cstr("a.example.net"));
    need(peer);
    peer->configured = true;
    need(rig_aim(peer, connect_to));
    dia_peer_set_alarm(peer);
    victim = peer;
    rig_pass(&rig, 33000); /* the attempt finds no room */
    need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
    need_int(rig.hub.n_peers, 1); /* who took the room */
done:
    rig_end(&rig);
}

/* A connection of ours that never stands, or whose CEA never comes, ends in time, although the peer comes and goes
 * meanwhile. */
static void waiting_is_not_begun_anew_by_a_peer_that_comes_and_goes(void)
{
    static const struct {
        const char *name;
        dia_peer_state state, other;
    } waits[] = {
        { "for a connection", DIA_PEER_WAIT_CONN_ACK, DIA_PEER_WAIT_CONN_ACK_ELECT },
        { "for CEA", DIA_PEER_WAIT_I_CEA, DIA_PEER_WAIT_RETURNS },
    };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct rig rig;
        harness_row(waits[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .reconnect_ms = 60000, .limits = { .cer_ms = 10000 } }));
        const dia_peer *peer = rig_peer(&rig, "z.example.net", connect_to); /* wins each election */
        need(peer);
        if (waits[i].state == DIA_PEER_WAIT_I_CEA)
            rig_stand(&rig, rig_wanted(&rig));
        for (int k = 0; k < 3; k++) {
            rig_pass(&rig, 3000);
            struct rig_link *r = rig_accept(&rig);
            need(r);
            rig_send_cer(&rig, r, "z.example.net");
            need_int(peer->state, waits[i].other);
            rig_drop(&rig, r);
            need_int(peer->state, waits[i].state);
        }
        rig_pass(&rig, 1000);
        need_int(peer->state, DIA_PEER_CLOSED);
        need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
    done:
        rig_end(&rig);
    }
}

static void states_have_the_names_of_the_rfc(void) /* B2.6-01 */
{
    check_str(dia_peer_state_name(DIA_PEER_CLOSED), "Closed");
    check_str(dia_peer_state_name(DIA_PEER_WAIT_CONN_ACK), "Wait-Conn-Ack");
    check_str(dia_peer_state_name(DIA_PEER_WAIT_I_CEA), "Wait-I-CEA");
    check_str(dia_peer_state_name(DIA_PEER_WAIT_CONN_ACK_ELECT), "Wait-Conn-Ack/Elect");
    check_str(dia_peer_state_name(DIA_PEER_WAIT_RETURNS), "Wait-Returns");
    check_str(dia_peer_state_name(DIA_PEER_R_OPEN), "R-Open");
    check_str(dia_peer_state_name(DIA_PEER_I_OPEN), "I-Open");
    check_str(dia_peer_state_name(DIA_PEER_CLOSING), "Closing");
    check_str(dia_peer_state_name((dia_peer_state)99), "?");
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "rows_of_closed_are_taken", rows_of_closed_are_taken },
        { "rows_of_wait_conn_ack_are_taken", rows_of_wait_conn_ack_are_taken },
        { "rows_of_wait_i_cea_are_taken", rows_of_wait_i_cea_are_taken },
        { "rows_of_wait_conn_ack_elect_are_taken", rows_of_wait_conn_ack_elect_are_taken },
        { "rows_of_wait_returns_are_taken", rows_of_wait_returns_are_taken },
        { "rows_of_r_open_are_taken", rows_of_r_open_are_taken },
        { "rows_of_i_open_are_taken", rows_of_i_open_are_taken },
        { "rows_of_closing_are_taken", rows_of_closing_are_taken },
        { "events_without_a_row_are_refused", events_without_a_row_are_refused },
        { "election_goes_to_the_greater_host", election_goes_to_the_greater_host },
        { "application_hears_of_each_opening_and_closing_once", application_hears_of_each_opening_and_closing_once },
        { "connection_that_fails_is_tried_again_after_tc", connection_that_fails_is_tried_again_after_tc },
        { "every_failure_to_connect_is_an_event", every_failure_to_connect_is_an_event },
        { "peer_may_be_removed_by_its_own_event", peer_may_be_removed_by_its_own_event },
        { "waiting_is_not_begun_anew_by_a_peer_that_comes_and_goes",
          waiting_is_not_begun_anew_by_a_peer_that_comes_and_goes },
        { "states_have_the_names_of_the_rfc", states_have_the_names_of_the_rfc },
    };
    return HARNESS_RUN("peer/fsm", tests);
}

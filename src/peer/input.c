/* What a connection hears: cut into messages, one turn at a time; only a partial one is kept. */
#include "peer/peer.h"

/* The head of a record (RFC 8446, 5.1): a hello at a port in clear text, the alert of a port for TLS that we spoke to in clear
 * text. Read as the head of a message it announces 196,608 octets or more. */
static bool is_tls(const dia_conn *conn, dia_bytes octets)
{
    enum { ALERT = 21, HANDSHAKE = 22, MAJOR_VERSION = 3 };
    return conn->phase <= DIA_PHASE_EXCHANGE && octets.n > 1 && octets.p[1] == MAJOR_VERSION &&
           (octets.p[0] == ALERT || octets.p[0] == HANDSHAKE);
}

/* Strangers may send a CER, and who was connected to a CEA: those are never long. */
static inline size_t longest(const dia_conn *conn)
{
    enum { CAPABILITIES_MAX = 65536 };
    const size_t limit = dia_conn_longest(conn);
    const bool is_stranger = conn->phase == DIA_PHASE_CER || (conn->phase == DIA_PHASE_EXCHANGE && conn->initiator);
    return is_stranger && limit > CAPABILITIES_MAX ? CAPABILITIES_MAX : limit;
}

/* Which limit a message of version 1 is above: only one of them can be raised. */
static const char *too_long(const dia_conn *conn)
{
    const size_t most = longest(conn);
    return most == conn->hub->config.limits.message ? "a message is announced longer than limits.message"
           : most == dia_conn_longest(conn)         ? "a message is announced longer than this transport carries"
                                                    : "a message is announced longer than any CER or CEA";
}

/* Where the first octet is no version, what follows it is no length: nothing is said of one, nor is a header shown. */
static void bad_stream(dia_conn *conn, int64_t err, dia_bytes octets)
{
    enum { VERSION = 1 };
    const bool has_version = octets.n && octets.p[0] == VERSION;
    const dia_bytes head = { has_version ? octets.p : NULL, !has_version                 ? 0
                                                            : octets.n < DIA_HEADER_SIZE ? octets.n
                                                                                         : DIA_HEADER_SIZE };
    char reason[120];
    if (is_tls(conn, octets))
        dia_sentence(reason, sizeof reason, "what came is TLS, not Diameter in clear text");
    else if (!has_version)
        dia_sentence(reason, sizeof reason, "the octets are no Diameter: they begin with '%s'",
                     dia_show_octets(octets).text);
    else
        dia_sentence(reason, sizeof reason, "%s",
                     err == DIA_ESPACE   ? too_long(conn)
                     : err == DIA_ETRUNC ? "a message is shorter than its header says"
                                         : "the octets are no Diameter (length below 20 or not a multiple of 4)");
    dia_hub_event(conn->hub, DIA_EVENT_BAD_STREAM, conn->peer, conn, reason, 0, head);
    dia_conn_end(conn, true, reason);
}

/* May the next message be handled, or is it the turn of others, has output piled up so high that its answer would have no
 * place, or has memory become scarce? */
static bool may_go_on(dia_conn *conn)
{
    if (conn->phase == DIA_PHASE_ENDED || conn->phase == DIA_PHASE_SECURING || conn->hub->over || !conn->turn)
        return false;
    const bool hungry = dia_conn_is_above_part(conn, dia_conn_buffered(conn));
    if (hungry && dia_list_empty(&conn->hungry))
        dia_list_push_back(&conn->hub->hungry, &conn->hungry);
    if (hungry || dia_conn_is_full(conn))
        conn->paused = true;
    else if (conn->paused)
        dia_conn_unpause(conn);
    return !conn->paused;
}

/* One alone needs to share with nobody. */
static void begin_turn(dia_conn *conn)
{
    conn->turn = conn->hub->n_conns > 1 ? conn->hub->config.limits.turn : UINT32_MAX;
}

/* The rest of the input is left to the driver, which comes back with it when others had their turn. */
static bool turn_is_over(dia_conn *conn, size_t rest)
{
    if (conn->turn || !rest)
        return false;
    dia_conn_wish_read(conn);
    return true;
}

static void handle(dia_conn *conn, dia_bytes message)
{
    conn->turn--;
    dia_conn_receive(conn, message);
}

/* Handles the whole messages at the start of `octets`; the octets consumed. */
static size_t take_messages(dia_conn *conn, dia_bytes octets)
{
    size_t at = 0;
    while (may_go_on(conn)) {
        const dia_bytes rest = { octets.p + at, octets.n - at };
        const int64_t length = dia_frame_cut(rest, longest(conn));
        if (length < 0)
            bad_stream(conn, length, rest);
        if (length <= 0)
            break;
        handle(conn, (dia_bytes){ rest.p, (size_t)length });
        at += (size_t)length;
    }
    return at;
}

/* How many octets the partial message still wants: first those of a header, then those of the rest. */
static size_t wanted(const dia_conn *conn)
{
    if (conn->in.n < DIA_HEADER_SIZE)
        return DIA_HEADER_SIZE - conn->in.n;
    return dia_load24(conn->in.p + DIA_AT_LENGTH) - conn->in.n;
}

static int keep(dia_conn *conn, dia_bytes octets)
{
    if (!conn->in.n) {
        conn->partial_us = conn->hub->now.us;
        dia_conn_due(conn, dia_after(conn->partial_us, conn->hub->config.limits.partial_ms));
    }
    return dia_buf_append(&conn->in, octets);
}

/* Completes the partial message with the first octets; those consumed. Storage grows with what came, never with what was
 * announced. */
static size_t complete(dia_conn *conn, dia_bytes octets)
{
    size_t at = 0;
    while (conn->in.n && at < octets.n && may_go_on(conn)) {
        size_t n = wanted(conn);
        n = n < octets.n - at ? n : octets.n - at;
        if (keep(conn, (dia_bytes){ octets.p + at, n })) {
            dia_conn_end(conn, true, "no memory for a message");
            break;
        }
        at += n;
        /* The message leaves `in` before it is handled, so that handling sees a connection between two messages. */
        const dia_bytes all = dia_buf_bytes(&conn->in);
        const int64_t length = dia_frame_cut(all, longest(conn));
        if (length < 0)
            bad_stream(conn, length, all);
        if (length <= 0)
            continue;
        dia_buf whole = conn->in;
        dia_buf_init(&conn->in, 0, conn->hub->alloc);
        handle(conn, (dia_bytes){ whole.p, (size_t)length });
        dia_buf_done(&whole);
    }
    return at;
}

/* A transport that keeps boundaries brings exactly one message. */
static int64_t why_not_whole(const dia_conn *conn, dia_bytes octets)
{
    const int64_t n = dia_frame_cut(octets, longest(conn));
    return n < 0 ? n : !n ? DIA_ETRUNC : (size_t)n < octets.n ? DIA_EFORMAT : 0;
}

/* Who is to speak TLS next says nothing in clear: somebody on the way may have, to be taken for what TLS brings. */
static void bad_order(dia_conn *conn)
{
    dia_conn_end(conn, true, "octets in clear where TLS is to begin");
}

static size_t take(dia_conn *conn, dia_bytes octets)
{
    conn->heard_us = conn->hub->now.us;
    const dia_peer *peer = conn->peer;
    if (peer && (peer->watch == DIA_WATCH_SUSPECT || (peer->probing && peer->probing != conn)))
        dia_watchdog_heard(conn);
    const int64_t err = conn->kind == DIA_CONN_MESSAGE ? why_not_whole(conn, octets) : 0;
    if (err) {
        bad_stream(conn, err, octets);
        return octets.n;
    }
    begin_turn(conn);
    size_t at = complete(conn, octets);
    if (!conn->in.n && !conn->paused)
        at += take_messages(conn, (dia_bytes){ octets.p + at, octets.n - at });
    if (conn->phase == DIA_PHASE_SECURING && at < octets.n)
        bad_order(conn);
    if (conn->phase == DIA_PHASE_ENDED || conn->hub->over)
        return octets.n;
    if (turn_is_over(conn, octets.n - at))
        return at;
    if (!conn->paused && at < octets.n) {
        if (conn->kind == DIA_CONN_MESSAGE)
            bad_stream(conn, DIA_ETRUNC, (dia_bytes){ octets.p + at, octets.n - at });
        else if (keep(conn, (dia_bytes){ octets.p + at, octets.n - at }))
            dia_conn_end(conn, true, "no memory for a message");
        at = octets.n;
    }
    return at;
}

size_t dia_conn_input_max(const dia_conn *conn)
{
    return longest(conn);
}

/* Is it read before it is open, and behind its end? Else *n octets are done with. */
static bool is_read(dia_conn *conn, size_t *n)
{
    if (conn->phase == DIA_PHASE_ENDED || conn->phase == DIA_PHASE_CONNECTING)
        return false;
    if (conn->phase == DIA_PHASE_SECURING || conn->awaits_security) {
        bad_order(conn);
        return false;
    }
    if (!conn->answered)
        return true;
    conn->paused = true; /* it has its CEA, and may speak, before it is settled whether the connection stays */
    *n = 0;
    return false;
}

size_t dia_conn_take(dia_conn *conn, dia_bytes octets)
{
    size_t n = octets.n;
    if (conn->phase != DIA_PHASE_OPEN && conn->phase != DIA_PHASE_CLOSING && !is_read(conn, &n))
        return n;
    n = take(conn, octets); /* the rest is offered again, and counts then */
    DIA_COUNT_MORE(conn, octets_in, n);
    return n;
}

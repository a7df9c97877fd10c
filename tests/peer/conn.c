/* A connection: octets in pieces of any size, what may take how long, how much may pile up, who may come in. */
#include "rig.h"

#include <stdlib.h>

static const char *const anybody[] = { "*", NULL };
static const dia_header request = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };

/* ---- Input ---- */

/* CER, DWR, a request, an answer that nobody waits for, a request: in this order on one stream. */
static dia_bytes talk(uint8_t *buf, size_t size)
{
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    const dia_cer cer = rig_cer("a.example.net");
    const dia_header ids = { .hop_by_hop = RIG_HOP, .end_to_end = RIG_END };
    size_t n = (size_t)dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_OFF, &ids, NULL, buf, size, NULL, NULL);
    n += (size_t)dia_encode(DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &ids, NULL, buf + n, size - n, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        dia_header header = request;
        header.version = 1;
        header.length = DIA_HEADER_SIZE;
        header.flags = i == 1 ? 0 : DIA_FLAG_REQUEST;
        dia_header_write(&header, buf + n);
        n += DIA_HEADER_SIZE;
    }
    return (dia_bytes){ buf, n };
}

static bool talk_was_understood(struct rig *rig, struct rig_link *link)
{
    return rig_read(rig, link, DIA_COMMAND_CEA) && rig_read(rig, link, DIA_COMMAND_DWA) && rig->requests == 2 &&
           rig_saw(rig, DIA_EVENT_UNEXPECTED) == 1 && rig_is_silent(link) && !link->conn->in.n;
}

static void stream_may_be_split_at_every_octet(void)
{
    uint8_t buf[1024];
    const dia_bytes all = talk(buf, sizeof buf);
    for (size_t at = 0; at <= all.n; at++) {
        struct rig rig;
        need(rig_begin(&rig,
                       &(dia_node_config){ .allow = anybody, .alloc = at % 100 ? dia_allocator_default() : NULL }));
        struct rig_link *link = rig_accept(&rig);
        need(link);
        need_int(rig_feed(&rig, link, (dia_bytes){ all.p, at }), at);
        need_int(rig_feed(&rig, link, (dia_bytes){ all.p + at, all.n - at }), all.n - at);
        need(talk_was_understood(&rig, link));
        need_int(rig.hub.counters.octets_in, all.n);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void stream_may_come_in_pieces_of_any_size(void)
{
    uint8_t buf[1024];
    const dia_bytes all = talk(buf, sizeof buf);
    for (size_t size = 1; size < 64; size++) {
        struct rig rig;
        need(rig_begin(&rig,
                       &(dia_node_config){ .allow = anybody, .alloc = size % 20 ? dia_allocator_default() : NULL }));
        struct rig_link *link = rig_accept(&rig);
        need(link);
        for (size_t at = 0; at < all.n; at += size) {
            const size_t n = all.n - at < size ? all.n - at : size;
            need_int(rig_feed(&rig, link, (dia_bytes){ all.p + at, n }), n);
        }
        need(talk_was_understood(&rig, link));
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void octets_that_are_no_diameter_reset_the_connection(void) /* B3-03, B2.1-12, B7.1.5-21 */
{
    static const struct {
        const char *name, *hex;
        size_t whole; /* header octets given; the rest is zero */
    } rows[] = {
        { "length 0", "01 000000", 20 },
        { "length 12", "01 00000c", 20 },
        { "length 16", "01 000010", 20 },
        { "length 19", "01 000013", 20 },
        { "length 21", "01 000015", 40 },
        { "length 22", "01 000016", 40 },
        { "length 0, cut short", "01 000000", 4 },
        { "text", "47 455420 2f", 20 },
        { "longer than limits.message", "01 002004", 20 },
        { "as long as 24 bits can say", "01 fffffc", 20 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int open = 0; open < 2; open++) {
            for (size_t first = 0; first <= 4; first += 2) { /* in one piece and in two */
                uint8_t buf[64] = { 0 };
                struct rig rig;
                if (!harness_row_runs(rows[i].name))
                    continue;
                harness_hex(rows[i].hex, buf, sizeof buf);
                need(rig_begin(&rig, &(dia_node_config){ .limits = { .message = 8192 },
                                                         .alloc = i ? dia_allocator_default() : NULL }));
                struct rig_link *link = open ? rig_open_r(&rig, "a.example.net") : rig_accept(&rig);
                need(link);
                rig_feed(&rig, link, (dia_bytes){ buf, first });
                rig_feed(&rig, link, (dia_bytes){ buf + first, rows[i].whole - first });
                need_int(link->ending, RIG_RESET);
                need_int(rig_saw(&rig, DIA_EVENT_BAD_STREAM), 1);
                need(rig_is_silent(link));
                need_int(rig_feed(&rig, link, (dia_bytes){ buf, 20 }), 20); /* what still comes is swallowed */
                need_int(rig_saw(&rig, DIA_EVENT_BAD_STREAM), 1);
            done:
                rig_end(&rig);
                if (harness_injected())
                    return;
            }
        }
    }
}

/* The commonest mistake of all: aaa:// on one side, aaas:// on the other. */
static void tls_in_clear_text_is_called_by_its_name(void)
{
    static const char *const tls = "what came is TLS, not Diameter in clear text";
    static const struct {
        const char *name, *hex, *reason;
        enum { INCOMING, OURS, OPEN } how;
    } rows[] = {
        { "a hello", "16 0301 00fa 01 0000f6 0303", tls, INCOMING },
        { "a longer one", "16 0301 0202 01 0001fe 0303", tls, INCOMING },
        { "an alert of a port for TLS", "15 0303 0002 0246", tls, OURS },
        { "gibberish, later", "16 03ff fe 01 0000f6 0303",
          "the octets are no Diameter (length below 20 or not a multiple of 4)", OPEN },
        { "the same octets, later", "16 0301 00fa 01 0000f6 0303", NULL, OPEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[32];
        struct rig rig;
        struct rig_link *link = NULL;
        if (!harness_row_runs(rows[i].name))
            continue;
        const dia_bytes what = harness_hex(rows[i].hex, octets, sizeof octets);
        need(rig_begin(&rig, NULL));
        if (rows[i].how == OURS) {
            need(rig_peer(&rig, "z.example.net", "aaa://127.0.0.1"));
            need(link = rig_wanted(&rig));
            rig_stand(&rig, link);
        } else {
            need(link = rows[i].how == OPEN ? rig_open_r(&rig, "a.example.net") : rig_accept(&rig));
        }
        rig_feed(&rig, link, what);
        need_int(link->ending, rows[i].reason ? RIG_RESET : RIG_STAYS);
        if (rows[i].reason)
            need_str(rig.events[DIA_EVENT_BAD_STREAM].reason, rows[i].reason);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void message_at_the_limit_is_taken(void)
{
    static uint8_t buf[8192];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .message = sizeof buf } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    dia_header header = request;
    header.version = 1;
    header.length = sizeof buf;
    dia_header_write(&header, buf);
    need_int(rig_feed(&rig, link, (dia_bytes){ buf, sizeof buf }), sizeof buf);
    need_int(rig.requests, 1);
done:
    rig_end(&rig);
}

/* A header alone, announcing much, must not make us reserve much. */
static void storage_grows_with_what_came_not_with_what_is_announced(void)
{
    uint8_t buf[1000] = { 1, 0x0f, 0x42, 0x40, 0x80, 0, 1, 0x10, [11] = 4 }; /* 1,000,000 octets */
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    rig_feed(&rig, link, (dia_bytes){ buf, 20 });
    need(link->conn->in.cap <= 512);
    rig_feed(&rig, link, (dia_bytes){ buf, sizeof buf });
    need(link->conn->in.cap <= 4096);
done:
    rig_end(&rig);
}

static void idle_connection_owns_no_buffers(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    rig_send_dwr(&rig, link);
    need(!link->conn->in.store);
    need(!link->conn->out.store);
    rig_feed(&rig, link, (dia_bytes){ (const uint8_t *)"\1", 1 });
    need(link->conn->in.store);
done:
    rig_end(&rig);
}

static void partial_message_may_not_take_for_ever(void)
{
    struct rig rig;
    uint8_t buf[DIA_HEADER_SIZE];
    dia_header header = request;
    header.version = 1;
    header.length = sizeof buf;
    dia_header_write(&header, buf);
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .partial_ms = 3000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    for (size_t i = 0; i < 3; i++) { /* an octet a second does not put it off */
        rig_feed(&rig, link, (dia_bytes){ buf + i, 1 });
        rig_pass(&rig, 999);
    }
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 3);
    need_int(link->ending, RIG_RESET);
done:
    rig_end(&rig);
}

static void each_message_has_its_own_time(void)
{
    struct rig rig;
    uint8_t buf[DIA_HEADER_SIZE];
    dia_header header = request;
    header.version = 1;
    header.length = sizeof buf;
    dia_header_write(&header, buf);
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .partial_ms = 3000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    rig_feed(&rig, link, (dia_bytes){ buf, 5 });
    for (int i = 0; i < 10; i++) { /* the end of one and the beginning of the next, again and again */
        rig_pass(&rig, 2000);
        rig_feed(&rig, link, (dia_bytes){ buf + 5, 15 });
        rig_feed(&rig, link, (dia_bytes){ buf, 5 });
    }
    need_int(link->ending, RIG_STAYS);
    need_int(rig.requests, 10);
done:
    rig_end(&rig);
}

/* ---- Output ---- */

static void peer_that_does_not_read_is_reset(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .watchdog_ms = 60000, .limits = { .stall_ms = 4000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    link->stuck = true;
    rig_send_dwr(&rig, link);
    rig_pass(&rig, 3000);
    dia_conn_sent(link->conn, 1, rig.hub.now); /* one octet is progress */
    rig_pass(&rig, 3999);
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 1);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
done:
    rig_end(&rig);
}

static void reader_is_never_reset_for_stalling(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .watchdog_ms = 60000, .limits = { .stall_ms = 4000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    for (int i = 0; i < 20; i++) {
        rig_send_dwr(&rig, link);
        rig_pass(&rig, 3000);
    }
    need_int(link->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

/* Above output_hard nothing is read; when output has drained to output_soft, READ is wished for. */
static void output_above_the_hard_limit_stops_reading(void)
{
    enum { N = 300 };
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    static uint8_t buf[N * 80];
    size_t n = 0;
    for (int i = 0; i < N; i++)
        n += (size_t)dia_encode(DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, buf + n, sizeof buf - n,
                                NULL, NULL);
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .output_soft = 1000, .output_hard = 4000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    link->stuck = true;
    size_t at = rig_feed(&rig, link, (dia_bytes){ buf, n });
    need(at < n);
    need(link->conn->out.n > 4000 && link->conn->out.n < 4200);
    need(dia_conn_is_busy(link->conn));
    need_int(rig_feed(&rig, link, (dia_bytes){ buf + at, n - at }), 0); /* a driver that goes on all the same */
    size_t out = link->conn->out.n;
    dia_conn_sent(link->conn, out - 1001, rig.hub.now);
    rig_pump(&rig);
    need(!link->read_wished);
    need(dia_conn_is_busy(link->conn));
    dia_conn_sent(link->conn, 1, rig.hub.now);
    rig_pump(&rig);
    need(link->read_wished);
    need(!dia_conn_is_busy(link->conn));
    link->stuck = false;
    while (at < n) {
        const size_t more = rig_feed(&rig, link, (dia_bytes){ buf + at, n - at });
        link->read_wished = false;
        at += more;
        if (at < n) { /* the driver writes, then reads again */
            dia_output piece;
            while (dia_conn_output(link->conn, &piece, 1))
                dia_conn_sent(link->conn, piece.octets.n, rig.hub.now);
            rig_pump(&rig);
            need(link->read_wished || more);
        }
    }
    need_int(link->conn->peer->counters.watchdogs_in, N);
done:
    rig_end(&rig);
}

/* So many DWRs that their answers go beyond output_hard of 4000; nothing is read then. */
static bool pause_it(struct rig *rig, struct rig_link *link)
{
    link->stuck = true;
    for (int i = 0; i < 100 && !link->conn->paused; i++)
        rig_send_dwr(rig, link);
    return link->conn->paused;
}

static const dia_node_config little_output = {
    .watchdog_ms = 6000,
    .limits = { .output_soft = 1000, .output_hard = 4000, .stall_ms = 10000 },
};

/* Silence is no sign of death while it is we who do not read; and whoever takes what waits for it is alive. */
static void watchdog_rests_while_we_do_not_read(void)
{
    struct rig rig;
    need(rig_begin(&rig, &little_output));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    need(pause_it(&rig, link));
    for (int i = 0; i < 10; i++) {
        rig_pass(&rig, 9000);
        dia_conn_sent(link->conn, 32, rig.hub.now);
        need_int(link->ending, RIG_STAYS);
    }
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 0);
    need_int(rig.hub.counters.watchdogs_out, 0);
    dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now);
    need(!link->conn->paused); /* a round begins now */
    link->stuck = false;
    rig_pass(&rig, 3999);
    need_int(rig.hub.counters.watchdogs_out, 0);
    rig_pass(&rig, 4002);
    need_int(rig.hub.counters.watchdogs_out, 1);
    rig_pass(&rig, 16000);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "no sign of life for three watchdog times");
done:
    rig_end(&rig);
}

/* That is no way to stay for ever: who is not read has to take more than an octet now and then. */
static void who_is_not_read_has_to_take_its_output(void)
{
    struct rig rig;
    need(rig_begin(&rig, &little_output));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    need(pause_it(&rig, link));
    for (int i = 0; i < 4; i++) {
        rig_pass(&rig, 2400);
        dia_conn_sent(link->conn, 7, rig.hub.now); /* a 128th of 4000 would be 31 */
    }
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 400);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
done:
    rig_end(&rig);
}

static void answers_are_read_above_the_soft_limit(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .output_soft = 100, .output_hard = 100000 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    link->stuck = true;
    uint32_t hop[20], end[20];
    for (int i = 0; i < 20; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 10000);
        need(waiting);
        hop[i] = waiting->hop_by_hop;
        end[i] = waiting->end_to_end;
    }
    need(dia_conn_is_busy(link->conn));
    for (int i = 0; i < 20; i++)
        rig_send_header(&rig, link,
                        &(dia_header){ .command = 272, .application = 4, .hop_by_hop = hop[i], .end_to_end = end[i] });
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 20);
done:
    rig_end(&rig);
}

static void ending_in_order_writes_what_is_left_and_resetting_does_not(void)
{
    for (int reset = 0; reset < 2; reset++) {
        struct rig rig;
        need(rig_begin(&rig, NULL));
        struct rig_link *link = rig_open_r(&rig, "a.example.net");
        need(link);
        link->stuck = true;
        rig_send_dwr(&rig, link);
        dia_conn_end(link->conn, reset, "a test");
        dia_output piece;
        need_int(dia_conn_output(link->conn, &piece, 1), !reset);
        link->stuck = false;
        rig_pump(&rig);
        need_int(link->ending, reset ? RIG_RESET : RIG_CLOSED);
        need_int(rig_is_silent(link), reset);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* ---- Connections that keep messages apart ---- */

static const uint8_t here[4] = { 192, 0, 2, 1 }, there[4] = { 192, 0, 2, 2 };
static const dia_conn_info messages = {
    .kind = DIA_CONN_MESSAGE,
    .local = { { DIA_FAMILY_IPV4, { here, 4 } }, 3868 },
    .remote = { { DIA_FAMILY_IPV4, { there, 4 } }, 5000 },
};

/* RFC 6733, 2.1.1: the responder sends in order until a message proves that the initiator has the CEA. */
static void output_of_messages_is_one_piece_each(void)
{
    dia_output pieces[8];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept_as(&rig, &messages);
    need(link);
    link->stuck = true;
    rig_send_cer(&rig, link, "a.example.net");
    need(link->conn->phase == DIA_PHASE_OPEN);
    need(rig_request(&rig, link, 10000));
    need_int(dia_conn_output(link->conn, pieces, 8), 2);
    need_int(dia_load24(pieces[0].octets.p + DIA_AT_LENGTH), pieces[0].octets.n);
    need_int(dia_load24(pieces[0].octets.p + DIA_AT_COMMAND), 257);
    need_int(dia_load24(pieces[1].octets.p + DIA_AT_COMMAND), 272);
    need(pieces[0].ordered && pieces[1].ordered);
    need_int(dia_conn_output(link->conn, pieces, 1), 1);
    need_int(dia_conn_output(link->conn, pieces, 0), 0);
    dia_conn_sent(link->conn, pieces[0].octets.n, rig.hub.now);
    rig_send_dwr(&rig, link);
    need_int(dia_conn_output(link->conn, pieces, 8), 2);
    need(!pieces[0].ordered && !pieces[1].ordered);
done:
    rig_end(&rig);
}

static void input_of_messages_must_be_whole(void)
{
    uint8_t buf[64] = { 1, 0, 0, 40, 0x80, 0, 1, 0x10, [11] = 4 };
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept_as(&rig, &messages);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    need(link->conn->phase == DIA_PHASE_OPEN);
    rig_feed(&rig, link, (dia_bytes){ buf, 24 });
    need_int(link->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_BAD_STREAM), 1);
    need_int(rig.requests, 0);
done:
    rig_end(&rig);
}

/* ---- Turns ---- */

/* The i-th of some requests, each with its number as Hop-by-Hop id. */
static void number_of(void *above, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    struct rig *rig = above;
    (void)conn;
    (void)message;
    if (header->hop_by_hop != rig->requests)
        abort();
    rig->requests++;
}

static size_t requests(uint8_t *buf, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        dia_header header = request;
        header.version = 1;
        header.length = DIA_HEADER_SIZE;
        header.hop_by_hop = first + i;
        dia_header_write(&header, buf + i * DIA_HEADER_SIZE);
    }
    return n * DIA_HEADER_SIZE;
}

static void turn_is_over_after_so_many_messages(void)
{
    struct rig rig;
    uint8_t buf[10 * DIA_HEADER_SIZE];
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .turn = 3 } }));
    rig.hub.hooks.request = number_of;
    struct rig_link *busy = rig_open_r(&rig, "a.example.net");
    struct rig_link *other = busy ? rig_open_r(&rig, "b.example.net") : NULL;
    need(other);
    const size_t n = requests(buf, 0, 10);
    need_int(rig_feed(&rig, busy, (dia_bytes){ buf, n }), 3 * DIA_HEADER_SIZE);
    need_int(rig.requests, 3);
    need(busy->read_wished);
    need(!busy->conn->paused && !busy->conn->in.n);
    busy->read_wished = false;
    /* The last of a turn may come in two parts. */
    need_int(rig_feed(&rig, busy, (dia_bytes){ buf + 60, 50 }), 50);
    need_int(rig.requests, 5);
    need(!busy->read_wished);
    need_int(rig_feed(&rig, busy, (dia_bytes){ buf + 110, n - 110 }), 50);
    need_int(rig.requests, 8);
    need(busy->read_wished);
    busy->read_wished = false;
    /* Nothing is left: no wish. */
    need_int(rig_feed(&rig, busy, (dia_bytes){ buf + 160, 40 }), 40);
    need_int(rig.requests, 10);
    need(!busy->read_wished);
done:
    rig_end(&rig);
}

/* What a driver offers again, because it was not taken, came only once. */
static void octets_count_when_they_are_taken(void)
{
    struct rig rig;
    uint8_t buf[10 * DIA_HEADER_SIZE];
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .turn = 3 } }));
    rig.hub.hooks.request = number_of;
    struct rig_link *busy = rig_open_r(&rig, "a.example.net");
    struct rig_link *other = busy ? rig_open_r(&rig, "b.example.net") : NULL;
    need(other);
    const uint64_t before = rig.hub.counters.octets_in, of_peer = busy->conn->peer->counters.octets_in;
    const size_t n = requests(buf, 0, 10);
    for (size_t at = 0, taken = 1; at < n && taken; at += taken)
        taken = rig_feed(&rig, busy, (dia_bytes){ buf + at, n - at });
    need_int(rig.requests, 10);
    need_int(rig.hub.counters.octets_in - before, n);
    need_int(busy->conn->peer->counters.octets_in - of_peer, n);
done:
    rig_end(&rig);
}

static void who_is_alone_shares_with_nobody(void)
{
    struct rig rig;
    uint8_t buf[10 * DIA_HEADER_SIZE];
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .turn = 3 } }));
    rig.hub.hooks.request = number_of;
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    need_int(rig_feed(&rig, link, (dia_bytes){ buf, requests(buf, 0, 10) }), 10 * DIA_HEADER_SIZE);
    need_int(rig.requests, 10);
    need(!link->read_wished);
done:
    rig_end(&rig);
}

/* ---- Memory of all together ---- */

enum { LONG = 200000 };

/* The far end begins a message of LONG octets and sends so many of them. */
static size_t begin_long(struct rig *rig, struct rig_link *link, size_t n)
{
    static uint8_t octets[LONG];
    dia_header header = request;
    header.version = 1;
    header.length = LONG;
    dia_header_write(&header, octets);
    return rig_feed(rig, link, (dia_bytes){ octets, n });
}

/* Three open peers, and so many octets of memory beyond what they need. */
static bool begin_scarce(struct rig *rig, struct rig_link *links[3], size_t more)
{
    static const char *const hosts[] = { "a.example.net", "b.example.net", "c.example.net" };
    if (!rig_begin(rig, NULL))
        return false;
    for (int i = 0; i < 3; i++)
        if (!(links[i] = rig_open_r(rig, hosts[i])))
            return false;
    rig->hub.config.limits.memory = rig->hub.memory + more;
    return true;
}

static void greedy_connection_waits_and_others_do_not(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[1000];
    need(begin_scarce(&rig, links, 100000));
    need_int(begin_long(&rig, links[0], 90000), 90000); /* and the storage is larger than that */
    need(dia_hub_is_full(&rig.hub));
    need(dia_conn_is_greedy(links[0]->conn));
    need(dia_conn_is_busy(links[0]->conn));
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, sizeof octets }), 0);
    need(links[0]->conn->paused);
    need(!links[0]->read_wished);
    /* Who holds little is served. */
    need(!dia_conn_is_busy(links[1]->conn));
    rig_send_dwr(&rig, links[1]);
    need(rig_read(&rig, links[1], DIA_COMMAND_DWA));
    need_int(begin_long(&rig, links[1], 1000), 1000);
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, sizeof octets }), sizeof octets);
    /* Its message is never complete, which has an end, and then all is as before. */
    rig_pass(&rig, 10000);
    need_int(links[0]->ending, RIG_RESET);
    rig_drop(&rig, links[0]);
    need(!dia_hub_is_full(&rig.hub));
    need(rig_accept(&rig));
done:
    rig_end(&rig);
}

/* What others hold keeps nobody out: a newcomer has its equal part, and is served. Only a part in which there is no room for a
 * connection is none. */
static void who_comes_when_memory_is_used_up_has_an_equal_part(void)
{
    struct rig rig;
    struct rig_link *links[3], *late;
    need(begin_scarce(&rig, links, 100000));
    need_int(begin_long(&rig, links[0], 90000), 90000);
    need(dia_hub_is_full(&rig.hub));
    need(late = rig_open_r(&rig, "late.example.net"));
    need(dia_hub_is_full(&rig.hub));
    rig_send_dwr(&rig, late);
    need(rig_read(&rig, late, DIA_COMMAND_DWA));
    need_int(begin_long(&rig, late, 1000), 1000);
    need(!dia_conn_is_greedy(late->conn));
    rig.hub.config.limits.memory = 5 * 8192 - 1; /* of the fifth */
    need(!rig_accept(&rig));
    need_str(rig.events[DIA_EVENT_REFUSED].reason, "limits.memory is used up");
    rig.hub.config.limits.memory = 5 * 8192;
    need(rig_accept(&rig));
done:
    rig_end(&rig);
}

static void who_waited_for_memory_goes_on_when_there_is_some(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[LONG];
    need(begin_scarce(&rig, links, 300000));
    need_int(begin_long(&rig, links[0], 150000), 150000);
    need_int(begin_long(&rig, links[1], 150000), 150000);
    need(dia_hub_is_full(&rig.hub));
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, 1000 }), 0);
    need(!links[1]->read_wished);
    rig_drop(&rig, links[0]);
    need(links[1]->read_wished);
    need(!links[1]->conn->paused);
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, LONG - 150000 }), LONG - 150000);
    need_int(rig.requests, 1);
done:
    rig_end(&rig);
}

/* Both reasons to wait at once: output above output_hard, and memory. Whichever goes last wakes the connection. */
static void who_waited_for_two_things_goes_on_behind_the_last(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[LONG];
    need(begin_scarce(&rig, links, 300000));
    rig.hub.config.limits.output_soft = 1000;
    rig.hub.config.limits.output_hard = 2000;
    need_int(begin_long(&rig, links[0], 150000), 150000);
    need_int(links[0]->ending, RIG_STAYS);
    links[0]->stuck = true;
    for (int i = 0; i < 120; i++)
        need(rig_request(&rig, links[0], 60000));
    need(dia_conn_is_full(links[0]->conn));
    need_int(begin_long(&rig, links[1], 150000), 150000);
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, 1000 }), 0);
    rig_drop(&rig, links[1]); /* memory, but too much output */
    need(!links[0]->read_wished);
    need_int(begin_long(&rig, links[2], 150000), 150000);
    dia_conn_sent(links[0]->conn, links[0]->conn->out.n, rig.hub.now); /* no output, but no memory */
    rig_pump(&rig);
    need(!links[0]->read_wished);
    rig_drop(&rig, links[2]);
    need(links[0]->read_wished);
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, LONG - 150000 }), LONG - 150000);
    need_int(rig.requests, 1);
done:
    rig_end(&rig);
}

/* An octet now and then is no reading: as long as memory is scarce, who holds much of it has to take more than that. */
static void who_reads_too_slowly_goes_when_memory_is_scarce(void)
{
    static const struct {
        const char *name;
        size_t takes; /* every 9 seconds */
        bool scarce;
        enum rig_ending want;
    } rows[] = {
        { "an octet, scarce", 1, true, RIG_RESET },
        { "an octet, enough for all", 1, false, RIG_STAYS },
        { "enough, scarce", 70000, true, RIG_STAYS },
        { "nothing", 0, false, RIG_RESET },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        struct rig_link *links[3];
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin_scarce(&rig, links, 400000));
        links[0]->stuck = true;
        while (!dia_hub_is_full(&rig.hub) && links[0]->ending == RIG_STAYS)
            for (int k = 0; k < 100; k++)
                rig_send_dwr(&rig, links[0]);
        need(dia_conn_is_greedy(links[0]->conn) && links[0]->conn->out.n > 200000);
        if (!rows[i].scarce)
            rig.hub.config.limits.memory *= 10;
        for (int k = 0; k < 2; k++) {
            rig_pass(&rig, 9000);
            dia_conn_sent(links[0]->conn, rows[i].takes, rig.hub.now);
        }
        need_int(links[0]->ending, rows[i].want);
        if (rows[i].want == RIG_RESET)
            need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* A ring of pending requests that has grown large is given back when it is empty, or its connection would be greedy for
 * ever. */
static void empty_ring_is_given_back_when_memory_is_scarce(void)
{
    struct rig rig;
    uint32_t ids[100][2];
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    for (int i = 0; i < 100; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 60000);
        need(waiting);
        ids[i][0] = waiting->hop_by_hop;
        ids[i][1] = waiting->end_to_end;
    }
    rig.hub.config.limits.memory = 4096;
    need(dia_conn_is_greedy(link->conn));
    for (int i = 0; i < 100; i++)
        rig_send_header(
            &rig, link,
            &(dia_header){ .command = 272, .application = 4, .hop_by_hop = ids[i][0], .end_to_end = ids[i][1] });
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 100);
    need(!link->conn->pending.ring);
    need(!dia_conn_is_greedy(link->conn));
done:
    rig_end(&rig);
}

/* ---- Who may come in ---- */

static struct rig_link *from(struct rig *rig, uint8_t last_octet)
{
    const uint8_t ip[4] = { 192, 0, 2, last_octet };
    dia_conn_info info = messages;
    info.kind = DIA_CONN_STREAM;
    info.remote.address.value.p = ip;
    return rig_accept_as(rig, &info);
}

static void connections_of_one_address_are_limited(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .per_address = 2 } }));
    struct rig_link *first = from(&rig, 7);
    need(first);
    need(from(&rig, 7));
    need(!from(&rig, 7));
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need(from(&rig, 8)); /* another address is another matter */
    rig_drop(&rig, first);
    need(from(&rig, 7));
done:
    rig_end(&rig);
}

/* Silent ones must not keep others out: the one that waited longest makes way. */
static void connections_without_cer_are_limited(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .before_cer = 2 } }));
    struct rig_link *a = rig_accept(&rig), *b = rig_accept(&rig);
    need(a && b);
    struct rig_link *c = rig_accept(&rig);
    need(c);
    need_int(a->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need_int(rig.hub.n_before_cer, 2);
    rig_send_cer(&rig, b, "b.example.net"); /* no longer without */
    struct rig_link *d = rig_accept(&rig);
    need(d);
    need_int(b->ending, RIG_STAYS);
    need_int(c->ending, RIG_STAYS);
    need(rig_accept(&rig));
    need_int(c->ending, RIG_RESET);
done:
    rig_end(&rig);
}

/* Of the newcomer's own address if there is one: who comes often pushes out itself. */
static void newcomer_pushes_out_its_own_kind_first(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .before_cer = 3 } }));
    struct rig_link *other = from(&rig, 8), *first = from(&rig, 7), *second = from(&rig, 7);
    need(other && first && second);
    need(from(&rig, 7));
    need_int(first->ending, RIG_RESET);
    need_int(other->ending, RIG_STAYS);
    need_int(second->ending, RIG_STAYS);
    need(from(&rig, 9));
    need_int(other->ending, RIG_RESET);
done:
    rig_end(&rig);
}

static void all_connections_are_limited_ours_too(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .connections = 2 } }));
    need(rig_open_r(&rig, "b.example.net"));
    struct rig_link *second = rig_open_r(&rig, "c.example.net");
    need(second);
    need(!rig_accept(&rig));
    need(rig_peer(&rig, "a.example.net", "aaa://far.example.net"));
    need(!rig_wanted(&rig));
    need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
    rig_drop(&rig, second);
    rig_pass(&rig, 33000);
    need(rig_wanted(&rig)); /* tried again after Tc */
done:
    rig_end(&rig);
}

/* Who has not become a peer makes way, also when all places are taken: the silent, and those that were refused and stay. */
static void who_is_no_peer_makes_way_when_all_places_are_taken(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .connections = 3 } }));
    struct rig_link *silent = rig_accept(&rig), *refused = rig_accept(&rig), *third = rig_accept(&rig);
    need(silent && refused && third);
    rig_send_cer(&rig, refused, "nobody.example.net");
    need_int(refused->ending, RIG_CLOSED);
    need_int(rig.hub.n_before_cer, 3);
    need(rig_accept(&rig));
    need_int(silent->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 2);
    need(rig_accept(&rig));
    need_int(third->ending, RIG_RESET);
    need(rig_accept(&rig));
    need_int(refused->ending, RIG_RESET); /* behind CLOSE, and without a word: it was told of */
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 3);
    need_int(rig.hub.n_resets, 3);
    rig_drop(&rig, refused);
    rig_drop(&rig, silent);
    rig_drop(&rig, third);
    need_int(rig.hub.n_resets, 0);
    need_int(rig.hub.n_conns, 3);
done:
    rig_end(&rig);
}

/* A driver without descriptors asks for a place. */
static void driver_may_ask_for_a_place(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    need(!dia_conn_make_way(&rig.hub, NULL));
    struct rig_link *open = rig_open_r(&rig, "a.example.net"), *silent = rig_accept(&rig);
    need(open && silent);
    need(dia_conn_make_way(&rig.hub, NULL));
    rig_pump(&rig);
    need_int(silent->ending, RIG_RESET);
    need(!dia_conn_make_way(&rig.hub, NULL));
    need_int(open->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

static void endpoints_are_copied(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = from(&rig, 9);
    need(link);
    const uint8_t want[4] = { 192, 0, 2, 9 };
    need_bytes(dia_conn_remote(link->conn).address.value, ((dia_bytes){ want, 4 }));
    need_int(dia_conn_remote(link->conn).port, 5000);
    need_bytes(dia_conn_local(link->conn).address.value, ((dia_bytes){ here, 4 }));
    need_int(dia_conn_local(link->conn).port, 3868);
done:
    rig_end(&rig);
}

/* ---- Wishes ---- */

static void each_wish_is_given_once(void)
{
    dia_todo todo;
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(!dia_conn_next_todo(&rig.hub, &todo));
    dia_peer *peer = dia_peer_new(&rig.hub, dia_cstr("a.example.net"));
    need(peer);
    peer->configured = true;
    need(rig_aim(peer, "aaa://far.example.net:3869"));
    need(dia_conn_want(&rig.hub, peer));
    need(dia_conn_next_todo(&rig.hub, &todo));
    need_int(todo.kind, DIA_TODO_CONNECT);
    need_bytes(todo.uri.fqdn, dia_cstr("far.example.net"));
    need_int(todo.uri.port, 3869);
    need(!dia_conn_next_todo(&rig.hub, &todo));
    dia_conn_end(todo.conn, false, "not wanted any more"); /* it never stood: there is nothing to flush */
    need(dia_conn_next_todo(&rig.hub, &todo));
    need_int(todo.kind, DIA_TODO_RESET);
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

/* What is wished for and then ended is not to be read, nor, when it is reset, written. */
static void nothing_is_read_behind_the_end(void)
{
    dia_todo todo;
    for (int reset = 0; reset < 2; reset++) {
        struct rig rig;
        need(rig_begin(&rig, &(dia_node_config){ .limits = { .output_soft = 1, .output_hard = 1 } }));
        struct rig_link *link = rig_open_r(&rig, "a.example.net");
        need(link);
        link->stuck = true;
        need(rig_request(&rig, link, 1000));
        rig_send_dwr(&rig, link);
        need(link->conn->paused);
        dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now); /* READ is wished for */
        dia_conn_end(link->conn, reset, "a test");
        need(dia_conn_next_todo(&rig.hub, &todo));
        if (todo.kind == DIA_TODO_WRITE && !reset)
            need(dia_conn_next_todo(&rig.hub, &todo));
        need_int(todo.kind, reset ? DIA_TODO_RESET : DIA_TODO_CLOSE);
        need(!dia_conn_next_todo(&rig.hub, &todo));
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* The same when the output goes behind CLOSE. */
static void what_is_written_behind_the_end_wakes_no_reading(void)
{
    dia_todo todo;
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .output_soft = 1, .output_hard = 1 } }));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    link->stuck = true;
    need(rig_request(&rig, link, 1000));
    rig_send_dwr(&rig, link);
    need(link->conn->paused);
    dia_conn_end(link->conn, false, "a test");
    while (dia_conn_next_todo(&rig.hub, &todo))
        need(todo.kind != DIA_TODO_READ);
    dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now);
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

static void wishes_of_a_connection_that_is_gone_are_gone(void)
{
    dia_todo todo;
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    dia_conn_end(link->conn, true, "a test");
    dia_conn_free(link->conn, NULL);
    link->conn = NULL;
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "stream_may_be_split_at_every_octet", stream_may_be_split_at_every_octet },
        { "stream_may_come_in_pieces_of_any_size", stream_may_come_in_pieces_of_any_size },
        { "octets_that_are_no_diameter_reset_the_connection", octets_that_are_no_diameter_reset_the_connection },
        { "tls_in_clear_text_is_called_by_its_name", tls_in_clear_text_is_called_by_its_name },
        { "message_at_the_limit_is_taken", message_at_the_limit_is_taken },
        { "storage_grows_with_what_came_not_with_what_is_announced",
          storage_grows_with_what_came_not_with_what_is_announced },
        { "idle_connection_owns_no_buffers", idle_connection_owns_no_buffers },
        { "partial_message_may_not_take_for_ever", partial_message_may_not_take_for_ever },
        { "each_message_has_its_own_time", each_message_has_its_own_time },
        { "peer_that_does_not_read_is_reset", peer_that_does_not_read_is_reset },
        { "reader_is_never_reset_for_stalling", reader_is_never_reset_for_stalling },
        { "output_above_the_hard_limit_stops_reading", output_above_the_hard_limit_stops_reading },
        { "answers_are_read_above_the_soft_limit", answers_are_read_above_the_soft_limit },
        { "watchdog_rests_while_we_do_not_read", watchdog_rests_while_we_do_not_read },
        { "who_is_not_read_has_to_take_its_output", who_is_not_read_has_to_take_its_output },
        { "ending_in_order_writes_what_is_left_and_resetting_does_not",
          ending_in_order_writes_what_is_left_and_resetting_does_not },
        { "output_of_messages_is_one_piece_each", output_of_messages_is_one_piece_each },
        { "input_of_messages_must_be_whole", input_of_messages_must_be_whole },
        { "turn_is_over_after_so_many_messages", turn_is_over_after_so_many_messages },
        { "octets_count_when_they_are_taken", octets_count_when_they_are_taken },
        { "who_is_alone_shares_with_nobody", who_is_alone_shares_with_nobody },
        { "greedy_connection_waits_and_others_do_not", greedy_connection_waits_and_others_do_not },
        { "who_comes_when_memory_is_used_up_has_an_equal_part", who_comes_when_memory_is_used_up_has_an_equal_part },
        { "who_waited_for_memory_goes_on_when_there_is_some", who_waited_for_memory_goes_on_when_there_is_some },
        { "who_waited_for_two_things_goes_on_behind_the_last", who_waited_for_two_things_goes_on_behind_the_last },
        { "who_reads_too_slowly_goes_when_memory_is_scarce", who_reads_too_slowly_goes_when_memory_is_scarce },
        { "empty_ring_is_given_back_when_memory_is_scarce", empty_ring_is_given_back_when_memory_is_scarce },
        { "connections_of_one_address_are_limited", connections_of_one_address_are_limited },
        { "connections_without_cer_are_limited", connections_without_cer_are_limited },
        { "newcomer_pushes_out_its_own_kind_first", newcomer_pushes_out_its_own_kind_first },
        { "all_connections_are_limited_ours_too", all_connections_are_limited_ours_too },
        { "who_is_no_peer_makes_way_when_all_places_are_taken", who_is_no_peer_makes_way_when_all_places_are_taken },
        { "driver_may_ask_for_a_place", driver_may_ask_for_a_place },
        { "endpoints_are_copied", endpoints_are_copied },
        { "each_wish_is_given_once", each_wish_is_given_once },
        { "nothing_is_read_behind_the_end", nothing_is_read_behind_the_end },
        { "what_is_written_behind_the_end_wakes_no_reading", what_is_written_behind_the_end_wakes_no_reading },
        { "wishes_of_a_connection_that_is_gone_are_gone", wishes_of_a_connection_that_is_gone_are_gone },
    };
    return HARNESS_RUN("peer/conn", tests);
}

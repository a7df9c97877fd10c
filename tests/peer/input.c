/* What a connection hears: octets in pieces of any size, what may take how long, one turn at a time. */
#include "rig.h"

#include <stdlib.h>

static const char *const anybody[] = { "*", NULL };

/* The header of a message of CCR's command, which announces this length. */
static void write_message(uint8_t *buf, uint8_t flags, uint32_t length, uint32_t hop_by_hop)
{
    const dia_header header = {
        .version = 1, .length = length, .flags = flags, .command = 272, .application = 4, .hop_by_hop = hop_by_hop
    };
    dia_header_write(&header, buf);
}

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
        write_message(buf + n, i == 1 ? 0 : DIA_FLAG_REQUEST, DIA_HEADER_SIZE, 0);
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

/* What is no Diameter is not measured as if it were: nobody shall raise a limit for HTTP. */
static void reset_says_what_came(void)
{
    static const struct {
        const char *name, *hex, *reason;
        bool open, shown;
        uint32_t message; /* limits.message */
    } rows[] = {
        { "HTTP", "48 545450 2f312e31 20343030", "the octets are no Diameter: they begin with 'HTTP/1.1'" },
        { "so much of it as came", "47 455420", "the octets are no Diameter: they begin with 'GET '" },
        { "HTTP, later", "48 545450 2f312e31 20343030", "the octets are no Diameter: they begin with 'HTTP/1.1'",
          true },
        { "octets", "00 000001 ff27", "the octets are no Diameter: they begin with '\\x00\\x00\\x00\\x01\\xff\\x27'" },
        { "a length that is none", "01 000015", "the octets are no Diameter (length below 20 or not a multiple of 4)",
          false, true },
        { "a message above the limit", "01 002004", "a message is announced longer than limits.message", true, true,
          8192 },
        { "a stranger's, above the same", "01 002004", "a message is announced longer than limits.message", false, true,
          8192 },
        { "a stranger's", "01 010004", "a message is announced longer than any CER or CEA", false, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[32];
        struct rig rig;
        if (!harness_row_runs(rows[i].name))
            continue;
        const dia_bytes what = harness_hex(rows[i].hex, octets, sizeof octets);
        need(rig_begin(&rig, &(dia_node_config){ .limits = { .message = rows[i].message } }));
        struct rig_link *link = rows[i].open ? rig_open_r(&rig, "a.example.net") : rig_accept(&rig);
        need(link);
        rig_feed(&rig, link, what);
        need_int(link->ending, RIG_RESET);
        need_str(rig.events[DIA_EVENT_BAD_STREAM].reason, rows[i].reason);
        need_int(rig.events[DIA_EVENT_BAD_STREAM].message, rows[i].shown ? (long)what.n : 0);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
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
          "the octets are no Diameter: they begin with '\\x16\\x03\\xff\\xfe\\x01\\x00\\x00\\xf6'", OPEN },
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
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .message = sizeof buf } });
    need(link);
    write_message(buf, DIA_FLAG_REQUEST, sizeof buf, 0);
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
    struct rig_link *link = rig_begin_open(&rig, NULL);
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
    struct rig_link *link = rig_begin_open(&rig, NULL);
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
    write_message(buf, DIA_FLAG_REQUEST, sizeof buf, 0);
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .partial_ms = 3000 } });
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
    write_message(buf, DIA_FLAG_REQUEST, sizeof buf, 0);
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .partial_ms = 3000 } });
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
    for (uint32_t i = 0; i < n; i++)
        write_message(buf + i * DIA_HEADER_SIZE, DIA_FLAG_REQUEST, DIA_HEADER_SIZE, first + i);
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

int main(void)
{
    static const struct harness_test tests[] = {
        { "stream_may_be_split_at_every_octet", stream_may_be_split_at_every_octet },
        { "stream_may_come_in_pieces_of_any_size", stream_may_come_in_pieces_of_any_size },
        { "octets_that_are_no_diameter_reset_the_connection", octets_that_are_no_diameter_reset_the_connection },
        { "reset_says_what_came", reset_says_what_came },
        { "tls_in_clear_text_is_called_by_its_name", tls_in_clear_text_is_called_by_its_name },
        { "message_at_the_limit_is_taken", message_at_the_limit_is_taken },
        { "storage_grows_with_what_came_not_with_what_is_announced",
          storage_grows_with_what_came_not_with_what_is_announced },
        { "idle_connection_owns_no_buffers", idle_connection_owns_no_buffers },
        { "partial_message_may_not_take_for_ever", partial_message_may_not_take_for_ever },
        { "each_message_has_its_own_time", each_message_has_its_own_time },
        { "turn_is_over_after_so_many_messages", turn_is_over_after_so_many_messages },
        { "octets_count_when_they_are_taken", octets_count_when_they_are_taken },
        { "who_is_alone_shares_with_nobody", who_is_alone_shares_with_nobody },
    };
    return HARNESS_RUN("peer/input", tests);
}

/* Messages of a transport that keeps their boundaries, from a carrier that does what the test says: pieces, payload protocol
 * identifiers, streams, order, and a send buffer that is full. */
#include "loop/carrier.h"

#include "pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

enum { SENT_MAX = 300 };

/* What a receive() of it gives; p NULL: the notification. */
struct arrival {
    dia_bytes octets;
    dia_arrival how;
};

struct below {
    const struct arrival *arrivals;
    size_t n, at;
    dia_piece sent[SENT_MAX];
    uint8_t octets[100000];
    size_t n_sent, n_octets;
    size_t room;  /* that many pieces are taken; then EAGAIN */
    int send_err; /* or this */
    int events;
    bool ended, shut, reset, closed;
};

static struct below *below_of(const dia_link *l)
{
    return l->below;
}

static void fake_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    (void)l;
    (void)remote;
    socklen_t size;
    dia_sockaddr_of(DIA_STR("192.0.2.1"), 3868, local, &size);
}

static ssize_t fake_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    struct below *b = below_of(l);
    if (b->at == b->n && b->ended)
        return 0;
    if (b->at == b->n) {
        errno = EAGAIN;
        return -1;
    }
    const struct arrival *a = &b->arrivals[b->at++];
    *how = a->how;
    if (how->note)
        return 0;
    check(a->octets.n <= max);
    memcpy(to, a->octets.p, a->octets.n);
    return (ssize_t)a->octets.n;
}

static ssize_t fake_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    struct below *b = below_of(l);
    size_t i = 0;
    if (b->send_err) {
        errno = b->send_err;
        return -1;
    }
    for (; i < n && b->room && b->n_sent < SENT_MAX; i++, b->room--) {
        dia_piece *to = &b->sent[b->n_sent++];
        *to = pieces[i];
        to->octets.p = b->octets + b->n_octets;
        check(b->n_octets + to->octets.n <= sizeof b->octets);
        memcpy(b->octets + b->n_octets, pieces[i].octets.p, pieces[i].octets.n);
        b->n_octets += to->octets.n;
    }
    if (i)
        return (ssize_t)i;
    errno = EAGAIN;
    return -1;
}

static void fake_watch(dia_link *l, int events)
{
    below_of(l)->events = events;
}

static void fake_shut(dia_link *l)
{
    below_of(l)->shut = true;
}

static void fake_reset(dia_link *l)
{
    below_of(l)->reset = true;
}

static void fake_close(dia_link *l)
{
    if (l->below)
        below_of(l)->closed = true;
    dia_link_freed(l);
}

static const dia_carrier fake = {
    .name = "SCTP",
    .kind = DIA_CONN_MESSAGE,
    .ends = fake_ends,
    .receive = fake_receive,
    .send = fake_send,
    .watch = fake_watch,
    .shut = fake_shut,
    .reset = fake_reset,
    .close = fake_close,
};

/* Somebody has connected to the server of the pair over the carrier. */
static dia_link *begin(struct pair *pair, struct below *below, const dia_node_config *config)
{
    struct sockaddr_storage remote;
    socklen_t size;
    memset(below, 0, sizeof *below);
    below->room = SENT_MAX;
    if (!pair_begin(pair, "aaa://127.0.0.1:0", config))
        return NULL;
    dia_link *l = dia_link_new(pair->server.loop, &fake);
    if (!l)
        return NULL;
    l->below = below;
    dia_sockaddr_of(DIA_STR("192.0.2.9"), 40000, &remote, &size);
    const dia_listening from = { .loop = pair->server.loop, .carrier = &fake };
    dia_link_accepted(l, &from, &remote);
    return below->closed ? NULL : l;
}

static void bring(dia_link *l, const struct arrival *arrivals, size_t n)
{
    struct below *b = below_of(l);
    b->arrivals = arrivals;
    b->n = n;
    b->at = 0;
    dia_link_ready(l, UV_READABLE);
}

#define CLEAR                                                                                                          \
    {                                                                                                                  \
        .whole = true, .ppid = DIA_PPID_CLEAR                                                                          \
    }

/* The same, and CER and CEA have passed. */
static dia_link *begin_open(struct pair *pair, struct below *below, const dia_node_config *config)
{
    uint8_t octets[400];
    dia_link *l = begin(pair, below, config);
    if (!l)
        return NULL;
    const struct arrival arrivals[] = { { pair_cer(octets, sizeof octets, "far.example.net"), CLEAR } };
    bring(l, arrivals, 1);
    pair_turn(pair, 0);
    return pair->server.events[DIA_EVENT_PEER_UP] ? l : NULL;
}

static void messages_pass_with_identifier_and_order(void) /* B2.1.1-02 B2.1.1-03 B2.1.1-04 B2.1.1-05 */
{
    static struct below below;
    struct pair pair;
    uint8_t ccr[2][400];
    dia_link *l = begin_open(&pair, &below, NULL);
    need(l);
    const struct arrival arrivals[] = {
        { pair_ccr(ccr[0], sizeof ccr[0], 1), { .whole = true, .ppid = DIA_PPID_CLEAR, .stream = 7 } },
        { { NULL, 0 }, { .note = true } },
        { pair_ccr(ccr[1], sizeof ccr[1], 2), { .whole = true, .ppid = DIA_PPID_NONE, .stream = 1 } },
    };
    need_int(below.n_sent, 1); /* CEA, and a DWR may follow it */
    need(below.sent[0].ordered);
    bring(l, arrivals, 3);
    pair_turn(&pair, 0);
    need_int(pair.served, 2);
    need_int(below.n_sent, 3);
    for (size_t i = 0; i < below.n_sent; i++) {
        need_int(below.sent[i].ppid, DIA_PPID_CLEAR);
        need_int(below.sent[i].stream, 0);
        need_int(below.sent[i].ordered, i == 0); /* the first request has proven that the CEA was seen */
        need_int(dia_load24(below.sent[i].octets.p + DIA_AT_LENGTH), below.sent[i].octets.n);
    }
done:
    pair_end(&pair);
}

static void pieces_become_one_message(void)
{
    static struct below below;
    struct pair pair;
    uint8_t octets[400];
    dia_link *l = begin_open(&pair, &below, NULL);
    need(l);
    const dia_bytes ccr = pair_ccr(octets, sizeof octets, 1);
    const dia_arrival more = { .ppid = DIA_PPID_CLEAR, .stream = 3 };
    const struct arrival arrivals[] = {
        { { ccr.p, 3 }, more },
        { { ccr.p + 3, 40 }, more },
        { { ccr.p + 43, ccr.n - 43 }, { .whole = true, .ppid = DIA_PPID_CLEAR, .stream = 3 } },
    };
    bring(l, arrivals, 2);
    need_int(pair.served, 0);
    need_int(l->rest.n, 43);
    bring(l, arrivals + 2, 1);
    need_int(pair.served, 1);
    need_int(l->rest.n, 0);
    need_int(l->rest.cap, 0);
done:
    pair_end(&pair);
}

static void what_cannot_be_diameter_is_reset(void) /* B2.1-12 */
{
    static const struct {
        const char *name;
        struct arrival arrivals[3];
        size_t n;
        dia_event_kind event;
        const char *reason;
    } rows[] = {
        { "DTLS",
          { { DIA_LIT("x"), { .whole = true, .ppid = DIA_PPID_DTLS } } },
          1,
          DIA_EVENT_PEER_DOWN,
          "the peer speaks DTLS, and this connection is clear" },
        { "another protocol",
          { { DIA_LIT("x"), { .whole = true, .ppid = 3 } } },
          1,
          DIA_EVENT_PEER_DOWN,
          "the payload protocol identifier is not Diameter's" },
        { "garbage",
          { { DIA_LIT("GET / HTTP/1.1\r\n\r\n..."), CLEAR } },
          1,
          DIA_EVENT_BAD_STREAM,
          "the octets are no Diameter: they begin with 'GET / HT'" },
        { "shorter than it says",
          { { DIA_LIT("\1\0\0\x18\x80\0\1\1\0\0\0\4\0\0\0\1\0\0\0\1"), CLEAR } },
          1,
          DIA_EVENT_BAD_STREAM,
          "a message is shorter than its header says" },
        { "two at once",
          { { DIA_LIT("\1\0\0\x14\x80\0\1\1\0\0\0\4\0\0\0\1\0\0\0\1\1\0\0\x14\x80\0\1\1\0\0\0\4\0\0\0\1\0\0\0\1"),
              CLEAR } },
          1,
          DIA_EVENT_BAD_STREAM,
          "the octets are no Diameter (length below 20 or not a multiple of 4)" },
        { "mixed pieces",
          { { DIA_LIT("\1\0\0\x14"), { .ppid = DIA_PPID_CLEAR, .stream = 1 } },
            { DIA_LIT("\1\0\0\x14"), { .ppid = DIA_PPID_CLEAR, .stream = 2 } } },
          2,
          DIA_EVENT_PEER_DOWN,
          "a message came between the pieces of another" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct below below;
        struct pair pair;
        dia_link *l = begin_open(&pair, &below, NULL);
        harness_row(rows[i].name);
        need(l);
        bring(l, rows[i].arrivals, rows[i].n);
        pair_turn(&pair, 0);
        need(below.reset && below.closed && !below.shut);
        need_int(pair.server.events[rows[i].event], 1);
        if (rows[i].event == DIA_EVENT_PEER_DOWN)
            need_str(pair.server.reason, rows[i].reason);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* In one piece, and in pieces of which the last one never comes: no more is kept than a message may have. */
static void too_long_a_message_is_reset_and_not_kept(void)
{
    static uint8_t octets[6000];
    dia_header_write(&(dia_header){ .version = 1, .length = sizeof octets, .flags = DIA_FLAG_REQUEST, .command = 272 },
                     octets);
    for (int pieces = 0; pieces < 2; pieces++) {
        static struct below below;
        struct pair pair;
        dia_link *l = begin_open(&pair, &below, &(dia_node_config){ .limits = { .message = 4096 } });
        const struct arrival arrivals[] = {
            { { octets, 3000 }, { .ppid = DIA_PPID_CLEAR } },
            { { octets + 3000, 3000 }, { .ppid = DIA_PPID_CLEAR } },
            { { octets, sizeof octets }, CLEAR },
        };
        harness_row(pieces ? "pieces" : "whole");
        need(l);
        bring(l, pieces ? arrivals : arrivals + 2, 1);
        if (pieces) {
            need_int(l->rest.n, 3000);
            bring(l, arrivals + 1, 1);
        }
        need_int(pair.server.events[DIA_EVENT_BAD_STREAM], 1);
        pair_turn(&pair, 0);
        need(below.reset && below.closed);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* Strangers may send a CER, and that is never long: nothing else is kept of them. */
static void stranger_cannot_make_us_keep_much(void)
{
    static uint8_t octets[65536];
    static struct below below;
    struct pair pair;
    dia_link *l = begin(&pair, &below, NULL);
    need(l);
    dia_header_write(&(dia_header){ .version = 1, .length = 500000, .flags = DIA_FLAG_REQUEST, .command = 257 },
                     octets);
    const struct arrival arrivals[] = { { { octets, 65536 }, { .ppid = DIA_PPID_CLEAR } },
                                        { { octets, 1000 }, { .ppid = DIA_PPID_CLEAR } } };
    bring(l, arrivals, 1);
    need_int(l->rest.n, 65536);
    bring(l, arrivals + 1, 1);
    pair_turn(&pair, 0);
    need(below.reset && below.closed);
done:
    pair_end(&pair);
}

static void full_carrier_takes_the_rest_later(void)
{
    enum { N = 10 };
    static struct below below;
    struct pair pair;
    uint8_t ccr[N][400];
    struct arrival arrivals[N];
    dia_link *l = begin_open(&pair, &below, NULL);
    need(l);
    for (uint32_t i = 0; i < N; i++)
        arrivals[i] = (struct arrival){ pair_ccr(ccr[i], sizeof ccr[i], i + 1), CLEAR };
    below.room = 4;
    bring(l, arrivals, N);
    pair_turn(&pair, 0);
    need_int(pair.served, N);
    need_int(below.n_sent, 5);
    need_int(below.events, UV_READABLE | UV_WRITABLE);
    below.room = SENT_MAX;
    dia_link_ready(l, UV_WRITABLE);
    need_int(below.n_sent, 1 + N);
    need_int(below.events, UV_READABLE);
    for (uint32_t i = 0; i < N; i++)
        need_int(dia_load32(below.sent[1 + i].octets.p + DIA_AT_HOP_BY_HOP), i + 1);
done:
    pair_end(&pair);
}

/* Each of the messages that wait is one of its own: no octet is lost when only some are taken. */
static void node_that_is_paused_takes_the_message_later(void)
{
    enum { N = 300 };
    static struct below below;
    static uint8_t ccr[N][200];
    static struct arrival arrivals[N];
    struct pair pair;
    dia_link *l =
        begin_open(&pair, &below, &(dia_node_config){ .limits = { .output_soft = 1000, .output_hard = 2000 } });
    need(l);
    for (uint32_t i = 0; i < N; i++)
        arrivals[i] = (struct arrival){ pair_ccr(ccr[i], sizeof ccr[i], i + 1), CLEAR };
    below.room = 0;
    bring(l, arrivals, N);
    for (int i = 0; i < 5 && !l->paused; i++) {
        pair_turn(&pair, 0);
        if (below.events & UV_READABLE)
            dia_link_ready(l, UV_READABLE);
    }
    need(l->paused && below.at < N);
    need_int(below.events & UV_READABLE, 0);
    below.room = SENT_MAX;
    for (int i = 0; i < 100 && below.at < N; i++) {
        if (below.events & UV_WRITABLE)
            dia_link_ready(l, UV_WRITABLE);
        pair_turn(&pair, 0);
        if (below.events & UV_READABLE)
            dia_link_ready(l, UV_READABLE);
    }
    pair_turn(&pair, 0);
    need_int(below.at, N);
    need_int(below.n_sent, SENT_MAX);
done:
    pair_end(&pair);
}

static void ends_are_told_apart(void)
{
    static const struct {
        const char *name, *reason;
        int err;
        bool of_input, full;
    } rows[] = {
        { "shut down by the peer", "closed by the peer", 0, true },
        { "shut down by the peer while output waits", "closed by the peer", 0, true, true },
        { "reset while writing", "reset by the peer", ECONNRESET, false },
        { "too long for the association", "a message is longer than the send buffer of the association", EMSGSIZE,
          false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct below below;
        struct pair pair;
        uint8_t ccr[400];
        dia_link *l = begin_open(&pair, &below, NULL);
        harness_row(rows[i].name);
        need(l);
        const struct arrival arrivals[] = { { pair_ccr(ccr, sizeof ccr, 1), CLEAR } };
        below.ended = rows[i].of_input;
        below.send_err = rows[i].err;
        below.room = rows[i].full ? 0 : SENT_MAX;
        bring(l, arrivals, 1);
        pair_turn(&pair, 0);
        if (below.events & UV_READABLE && !below.closed)
            dia_link_ready(l, UV_READABLE);
        need(below.closed && !below.reset);
        need_int(pair.server.events[DIA_EVENT_PEER_DOWN], 1);
        need_str(pair.server.reason, rows[i].reason);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* ---- Putting together, alone, also without memory ---- */

static void joining_keeps_no_more_than_it_may(void)
{
    dia_buf begun;
    dia_bytes out;
    dia_buf_init(&begun, 0, harness_allocator());
    need_int(dia_message_join(&begun, DIA_STR("whole"), true, 10, &out), 0);
    need_bytes(out, DIA_STR("whole"));
    need_int(begun.n, 0);
    need_int(dia_message_join(&begun, DIA_STR("eleven octets"), false, 10, &out), 0); /* nothing is kept to say so */
    need_bytes(out, DIA_STR("eleven octets"));
    need_int(begun.n, 0);
    need_int(dia_message_join(&begun, DIA_STR("in "), false, 10, &out), 0);
    need(!out.p);
    need_int(dia_message_join(&begun, DIA_STR("pieces"), true, 10, &out), 0);
    need_bytes(out, DIA_STR("in pieces"));
    dia_buf_consume(&begun, begun.n);
    need_int(dia_message_join(&begun, DIA_STR("in "), false, 10, &out), 0);
    need_int(dia_message_join(&begun, DIA_STR("many pieces"), false, 10, &out), 0);
    need_bytes(out, DIA_STR("in many pi"));
    need_int(dia_message_join(&begun, DIA_STR("x"), false, 5, &out), 0); /* the limit has become smaller */
    need_bytes(out, DIA_STR("in many pi"));
done:
    dia_buf_done(&begun);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "messages_pass_with_identifier_and_order", messages_pass_with_identifier_and_order },
        { "pieces_become_one_message", pieces_become_one_message },
        { "what_cannot_be_diameter_is_reset", what_cannot_be_diameter_is_reset },
        { "too_long_a_message_is_reset_and_not_kept", too_long_a_message_is_reset_and_not_kept },
        { "stranger_cannot_make_us_keep_much", stranger_cannot_make_us_keep_much },
        { "full_carrier_takes_the_rest_later", full_carrier_takes_the_rest_later },
        { "node_that_is_paused_takes_the_message_later", node_that_is_paused_takes_the_message_later },
        { "ends_are_told_apart", ends_are_told_apart },
        { "joining_keeps_no_more_than_it_may", joining_keeps_no_more_than_it_may },
    };
    return HARNESS_RUN("loop/message", tests);
}

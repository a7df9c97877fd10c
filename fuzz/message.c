/* A link over a transport that keeps boundaries, whose other end does what the input says: messages whole and in pieces, of any payload
 * protocol identifier, on any stream, notifications between them, ends and errors; and its socket takes a few messages, or none.
 *
 * What must hold: no more is kept of a message than it may have; what goes down are whole messages in clear, on stream 0; who was reset or
 * closed is asked nothing more; in the end all memory is free again (the node looks for itself). */
#define _GNU_SOURCE
#include "loop/carrier.h"

#include "diatom/app/ro_node.h"
#include "fuzz.h"

#include <errno.h>

enum { WHOLE = 1 << 3, OTHER_STREAM = 1 << 4, PPID_SHIFT = 5 };
enum { OCTETS, CER, CCR, DWR, NOTE, END, ROOM, ERROR };

static struct {
    const uint8_t *at, *stop;
    uint8_t made[600];
    size_t room;
    int events;
    bool ready, closed, reset;
} far;

static uint8_t next(void)
{
    return far.at < far.stop ? *far.at++ : 0;
}

/* ---- The carrier ---- */

static void far_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    socklen_t size;
    (void)l;
    (void)remote;
    must(!dia_sockaddr_of(DIA_STR("192.0.2.1"), 3868, local, &size));
}

static dia_bytes made(int what)
{
    static const uint32_t apps[] = { 4 };
    static const uint8_t ip[4] = { 192, 0, 2, 9 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    const dia_cer cer = { .origin_host = DIA_LIT("far.example.net"),
                          .origin_realm = DIA_LIT("example.net"),
                          .host_ip_address = { &address, 1 },
                          .product_name = DIA_LIT("fuzz"),
                          .auth_application_id = DIA_LIST(apps) };
    const dia_dwr dwr = { .origin_host = DIA_LIT("far.example.net"), .origin_realm = DIA_LIT("example.net") };
    const dia_ro_ccr ccr = { .session_id = DIA_LIT("s"),
                             .origin_host = DIA_LIT("far.example.net"),
                             .origin_realm = DIA_LIT("example.net"),
                             .destination_realm = DIA_LIT("example.net"),
                             .auth_application_id = 4,
                             .service_context_id = DIA_LIT("32251@3gpp.org"),
                             .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST };
    const dia_command *command = what == CER ? DIA_COMMAND_CER : what == DWR ? DIA_COMMAND_DWR : DIA_COMMAND_RO_CCR;
    const void *message = what == CER ? (const void *)&cer : what == DWR ? (const void *)&dwr : (const void *)&ccr;
    const dia_header ids = { .hop_by_hop = next(), .end_to_end = 1 };
    const int64_t n = dia_encode(command, message, DIA_LEVEL_STRICT, &ids, NULL, far.made, sizeof far.made, NULL, NULL);
    must(n > 0);
    return (dia_bytes){ far.made, (size_t)n };
}

/* So many octets of the input, or 256 times as many, which it has not: it is repeated. */
static size_t octets(uint8_t *to, size_t max)
{
    const size_t n = (size_t)next() << (next() & 1 ? 8 : 0);
    for (size_t i = 0; i < n && i < max; i++)
        to[i] = far.at < far.stop ? *far.at++ : (uint8_t)i;
    return n < max ? n : max;
}

static ssize_t again(int err)
{
    errno = err;
    return -1;
}

static ssize_t far_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    static const uint32_t ppids[] = { DIA_PPID_CLEAR, DIA_PPID_NONE, DIA_PPID_DTLS, 3 };
    (void)l;
    must(!far.closed && how);
    if (!far.ready || far.at >= far.stop)
        return again(EAGAIN);
    far.ready = false;
    const uint8_t op = next();
    *how =
        (dia_arrival){ .whole = op & WHOLE, .stream = op & OTHER_STREAM ? 7 : 0, .ppid = ppids[op >> PPID_SHIFT & 3] };
    switch (op & 7) {
    case OCTETS: {
        const size_t n = octets(to, max);
        how->note = !n;
        return (ssize_t)n;
    }
    case CER:
    case CCR:
    case DWR: {
        const dia_bytes message = made(op & 7);
        const size_t n = how->whole ? message.n : message.n - next() % message.n;
        memcpy(to, message.p, n);
        return (ssize_t)n;
    }
    case NOTE: how->note = true; return 0;
    case END: return 0;
    case ROOM: far.room = next(); return again(EAGAIN);
    default: return again(next() & 1 ? ECONNRESET : EINTR);
    }
}

static ssize_t far_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    size_t taken = 0;
    (void)l;
    must(!far.closed && n);
    for (; taken < n && far.room; taken++, far.room--) {
        const dia_piece *p = &pieces[taken];
        must(p->octets.n >= DIA_HEADER_SIZE && dia_load24(p->octets.p + DIA_AT_LENGTH) == p->octets.n);
        must(p->ppid == DIA_PPID_CLEAR && p->stream == 0 && !p->immediately);
    }
    return taken ? (ssize_t)taken : again(EAGAIN);
}

static void far_watch(dia_link *l, int events)
{
    (void)l;
    must(!far.closed);
    far.events = events;
}

static void far_shut(dia_link *l)
{
    (void)l;
    must(!far.closed && !far.reset);
}

static void far_reset(dia_link *l)
{
    (void)l;
    must(!far.closed);
    far.reset = true;
}

static void far_close(dia_link *l)
{
    must(!far.closed);
    far.closed = true;
    dia_link_freed(l);
}

static const dia_carrier carrier = {
    .name = "far",
    .kind = DIA_CONN_MESSAGE,
    .ends = far_ends,
    .receive = far_receive,
    .send = far_send,
    .watch = far_watch,
    .shut = far_shut,
    .reset = far_reset,
    .close = far_close,
};

/* ---- The node ---- */

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    const dia_ro_cca cca = { .result_code = 2001, .cc_request_type = ccr->cc_request_type };
    dia_answer_ro_cca(request, &cca);
}

static void drive(dia_loop *loop, dia_link *l)
{
    while (!far.closed && far.at < far.stop) {
        far.ready = true;
        if (far.events & UV_WRITABLE && next() & 1)
            dia_link_ready(l, UV_WRITABLE);
        if (!far.closed && far.events & UV_READABLE)
            dia_link_ready(l, UV_READABLE);
        must(far.closed || l->closing || l->rest.n <= dia_conn_input_max(l->conn));
        dia_loop_process(loop);
        if (!far.closed && !far.events) /* it waits for nothing that this test can give */
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "us.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody,
                                     .seed = { 1 },
                                     .wall_clock = 1,
                                     .limits = { .message = 5000, .output_soft = 2000, .output_hard = 4000 } };
    dia_loop *loop;
    struct sockaddr_storage remote;
    socklen_t size_of_remote;
    memset(&far, 0, sizeof far);
    far.at = data;
    far.stop = data + size;
    far.room = next();
    must(!dia_loop_new(&config, &loop, NULL, 0));
    must(!dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, NULL));
    must(!dia_sockaddr_of(DIA_STR("192.0.2.9"), 40000, &remote, &size_of_remote));
    dia_link *l = dia_link_new(loop, &carrier);
    const dia_listening from = { .loop = loop, .carrier = &carrier };
    dia_link_accepted(l, &from, &remote);
    drive(loop, l);
    dia_loop_free(loop);
    must(far.closed);
    return 0;
}

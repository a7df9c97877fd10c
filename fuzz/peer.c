/* A whole node under a hostile peer: octets in pieces, good messages with a wrong octet, closes, clocks, requests of
 * its own, kept answers, a driver that is slow and an allocator that fails - in any order that the input says.
 *
 * What must hold: each request sent has exactly one outcome; what goes out is sound Diameter; a connection that was
 * ended gets nothing more; memory is bounded; and when the node is freed, nothing is left. */
#include "fuzz.h"

#include "diatom/app/ro_node.h"
#include "node/node.h"

enum { CONNS = 6, SENT_MAX = 512, KEPT_MAX = 16, LIVE_MAX = 8 << 20 };

struct conn {
    dia_conn *conn;    /* NULL: none */
    bool ended;        /* CLOSE or RESET was wished for */
    bool slow;         /* takes no output */
    uint32_t hop, end; /* identifiers of the last request that went out */
    uint32_t command;
};

static struct {
    const uint8_t *at, *stop; /* the input */
    dia_node *node;
    int64_t now_us;
    struct conn conns[CONNS];
    unsigned outcomes[SENT_MAX];
    size_t sent;
    dia_request *kept[KEPT_MAX];
    size_t n_kept;
    uint8_t manner; /* of the handler */
    size_t live;
    unsigned fail_in; /* the allocation to fail; 0: none */
} world;

/* ---- Memory: counted, and failing when told ---- */

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    (void)arg;
    must(p || !old_size);
    must(world.live >= old_size);
    if (new_size && world.fail_in && !--world.fail_in)
        return NULL;
    void *moved = NULL;
    if (new_size) {
        moved = malloc(new_size);
        must(moved);
        if (p)
            memcpy(moved, p, old_size < new_size ? old_size : new_size);
    }
    free(p);
    world.live += new_size;
    world.live -= old_size;
    must(world.live <= LIVE_MAX);
    return moved;
}

static const dia_allocator counting = { resize, NULL };

/* ---- The input ---- */

static uint8_t take(void)
{
    return world.at < world.stop ? *world.at++ : 0;
}

static dia_time now(void)
{
    return (dia_time){ world.now_us };
}

/* ---- What goes out ---- */

/* Groups of our own must be sound inside too. What stands in Failed-AVP, and Proxy-Info, comes back as it came: of
 * these only the outer side is ours. */
static void check_avps(dia_avps it, bool deep)
{
    static const uint16_t groups[] = { 260, 279, 297, 443, 456 };
    while (dia_avp_next(&it))
        for (size_t i = 0; deep && i < sizeof groups / sizeof *groups; i++)
            if (it.avp.code == groups[i] && !it.avp.vendor)
                check_avps(dia_avp_enter(&it), it.avp.code != 279);
    must(!it.err);
}

static void check_message(struct conn *c, dia_bytes message)
{
    dia_header header;
    dia_avp result;
    must(dia_header_read(message, &header) == 0 && header.version == 1 && header.length == message.n);
    check_avps(dia_avps_of(message), true);
    if (header.flags & DIA_FLAG_REQUEST) {
        must(!(header.flags & DIA_FLAG_ERROR));
        c->hop = header.hop_by_hop;
        c->end = header.end_to_end;
        c->command = header.command;
    } else {
        must(!dia_avp_find(message, 268, 0, &result) && result.data.n == 4);
        must(!(header.flags & DIA_FLAG_ERROR) || dia_load32(result.data.p) / 1000 == 3 ||
             dia_load32(result.data.p) == 5011);
        must(!(header.flags & DIA_FLAG_RETRANSMITTED));
    }
}

static void write_out(struct conn *c)
{
    dia_output piece;
    while (!c->slow && c->conn && dia_conn_output(c->conn, &piece, 1)) {
        size_t at = 0;
        while (at < piece.octets.n) {
            const int64_t n = dia_frame_cut((dia_bytes){ piece.octets.p + at, piece.octets.n - at }, 0);
            must(n > 0);
            check_message(c, (dia_bytes){ piece.octets.p + at, (size_t)n });
            at += (size_t)n;
        }
        dia_conn_sent(c->conn, piece.octets.n, now());
    }
}

/* ---- The driver ---- */

static struct conn *place_of(dia_conn *conn)
{
    for (size_t i = 0; i < CONNS; i++)
        if (world.conns[i].conn == conn)
            return &world.conns[i];
    return NULL;
}

static void closed(struct conn *c)
{
    dia_conn *conn = c->conn;
    *c = (struct conn){ 0 };
    dia_conn_closed(conn, NULL, now());
}

static void pump(void)
{
    dia_todo todo;
    while (dia_node_todo(world.node, &todo)) {
        struct conn *c = place_of(todo.conn);
        if (todo.kind == DIA_TODO_CONNECT) {
            c = place_of(NULL);
            if (c)
                *c = (struct conn){ .conn = todo.conn };
            else
                dia_conn_closed(todo.conn, "no place", now());
            continue;
        }
        must(c);
        switch (todo.kind) {
        case DIA_TODO_WRITE: write_out(c); break;
        case DIA_TODO_CLOSE:
            must(!c->ended);
            c->ended = true;
            c->slow = false;
            write_out(c);
            break;
        case DIA_TODO_RESET: {
            dia_output piece;
            must(!c->ended);
            must(!dia_conn_output(c->conn, &piece, 1));
            c->ended = true;
            break;
        }
        default: break;
        }
    }
    for (size_t i = 0; i < CONNS; i++) { /* what was ended stays silent */
        dia_output piece;
        must(!world.conns[i].conn || !world.conns[i].ended || !dia_conn_output(world.conns[i].conn, &piece, 1));
    }
}

static const dia_conn_info info = {
    .kind = DIA_CONN_STREAM,
    .local = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\1") }, 3868 },
    .remote = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") }, 5000 },
};

static void feed(struct conn *c, const uint8_t *p, size_t n)
{
    if (!c->conn || !n)
        return;
    uint8_t *copy = malloc(n);
    must(copy);
    memcpy(copy, p, n);
    size_t at = 0, taken = 1;
    for (; taken && at < n && c->conn;
         at += taken) { /* turn by turn; what is not taken even so is lost: a driver's fault */
        taken = dia_conn_input(c->conn, (dia_bytes){ copy + at, n - at }, now());
        must(taken <= n - at);
    }
    free(copy);
}

/* ---- The application ---- */

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    unsigned *count = arg;
    ++*count;
    must(*count == 1);
    must(outcome->kind != DIA_OUTCOME_ANSWER || outcome->octets.p);
    must(outcome->kind == DIA_OUTCOME_ANSWER || outcome->kind == DIA_OUTCOME_BAD_ANSWER || !cca);
}

static void ask(void)
{
    if (world.sent == SENT_MAX)
        return;
    const dia_ro_ccr ccr = {
        .destination_realm = DIA_LIT("example.net"),
        .service_context_id = DIA_LIT("x"),
        .cc_request_type = 4,
        .cc_request_number = (uint32_t)world.sent,
    };
    if (!dia_send_ro_ccr(world.node, &ccr, 1000u * take(), on_cca, &world.outcomes[world.sent]))
        world.sent++;
}

static void answer(dia_request *request, const dia_ro_ccr *ccr)
{
    const dia_ro_cca cca = { .result_code = world.manner & 1 ? 2001 : 3004,
                             .cc_request_type = ccr->cc_request_type,
                             .cc_request_number = ccr->cc_request_number };
    if (dia_answer_ro_cca(request, &cca) == DIA_ENOMEM)
        dia_request_fail(request, 5012, NULL);
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    switch (world.manner >> 1 & 7) {
    case 0: break; /* left alone */
    case 1:
        if (world.n_kept < KEPT_MAX && dia_request_keep(request))
            world.kept[world.n_kept++] = request;
        break;
    case 2: dia_request_fail(request, 5030, "no"); break;
    case 3:
        ask();
        answer(request, ccr);
        break;
    case 4:
        if (dia_node_next_peer(world.node, NULL))
            dia_node_remove_peer(world.node, dia_node_next_peer(world.node, NULL));
        break;
    default: answer(request, ccr); break;
    }
}

static void settle_kept(void)
{
    if (world.n_kept && dia_request_fail(world.kept[world.n_kept - 1], 2001, NULL) != DIA_ENOMEM)
        world.n_kept--;
}

/* ---- Good messages, with one octet changed perhaps ---- */

static const char *const hosts[] = { "a.example.net", "z.example.net", "A.example.net", "m.example.net" };

static size_t make(const struct conn *c, uint8_t kind, uint8_t *buf, size_t size)
{
    static const uint32_t apps[] = { 4 };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") };
    const dia_bytes host = dia_cstr(hosts[kind >> 4 & 3]), realm = dia_cstr("example.net");
    dia_header ids = { .hop_by_hop = 7, .end_to_end = 8 };
    const dia_cer cer = { host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(apps) };
    const dia_cea cea = { 2001, host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(apps) };
    const dia_dwr dwr = { .origin_host = host, .origin_realm = realm };
    const dia_dwa dwa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_dpr dpr = { .origin_host = host, .origin_realm = realm, .disconnect_cause = kind >> 6 };
    const dia_dpa dpa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_ro_ccr ccr = { .session_id = dia_cstr("s"),
                             .origin_host = host,
                             .origin_realm = realm,
                             .destination_realm = realm,
                             .auth_application_id = 4,
                             .service_context_id = dia_cstr("x"),
                             .cc_request_type = 1 };
    const dia_ro_cca cca = { .session_id = dia_cstr("s"),
                             .result_code = kind & 0x40 ? 3002 : 2001,
                             .origin_host = host,
                             .origin_realm = realm,
                             .auth_application_id = 4,
                             .cc_request_type = 1 };
    const struct {
        const dia_command *command;
        const void *msg;
    } messages[] = {
        { DIA_COMMAND_CER, &cer },    { DIA_COMMAND_CEA, &cea },    { DIA_COMMAND_DWR, &dwr },
        { DIA_COMMAND_DWA, &dwa },    { DIA_COMMAND_DPR, &dpr },    { DIA_COMMAND_DPA, &dpa },
        { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCA, &cca },
    };
    const size_t i = kind % (sizeof messages / sizeof *messages);
    if (!(messages[i].command->flags & DIA_FLAG_REQUEST)) {
        ids.hop_by_hop = c->hop;
        ids.end_to_end = c->end;
    }
    const int64_t n =
        dia_encode(messages[i].command, messages[i].msg, DIA_LEVEL_OFF, &ids, NULL, buf, size, NULL, NULL);
    must(n > 0);
    return (size_t)n;
}

static void feed_message(struct conn *c)
{
    uint8_t buf[512];
    const uint8_t kind = take(), where = take(), what = take();
    const size_t n = make(c, kind, buf, sizeof buf);
    buf[where % n] ^= what;
    feed(c, buf, n);
}

/* ---- One step ---- */

static void step(void)
{
    const uint8_t op = take();
    struct conn *c = &world.conns[(op >> 4) % CONNS];
    switch (op & 15) {
    case 0:
    case 1: {
        size_t n = take();
        n = n < (size_t)(world.stop - world.at) ? n : (size_t)(world.stop - world.at);
        feed(c, world.at, n);
        world.at += n;
        break;
    }
    case 2:
    case 3:
    case 4: feed_message(c); break;
    case 5:
        world.now_us += 100000 * (int64_t)take();
        dia_node_tick(world.node, now());
        break;
    case 6:
        if (dia_node_deadline(world.node).us != DIA_NEVER_US && dia_node_deadline(world.node).us > world.now_us)
            world.now_us = dia_node_deadline(world.node).us;
        dia_node_tick(world.node, now());
        break;
    case 7:
        if (c->conn)
            closed(c);
        break;
    case 8: ask(); break;
    case 9:
        if (!c->conn)
            c->conn = dia_node_accept(world.node, &info, now());
        break;
    case 10:
        if (c->conn)
            dia_conn_connected(c->conn, &info, now());
        break;
    case 11:
        if (c->conn && !c->ended) {
            c->slow = !c->slow;
            write_out(c);
        }
        break;
    case 12:
        world.manner = take();
        settle_kept();
        break;
    case 13: {
        const uint8_t which = take();
        const dia_peer_config peer = { which & 4 ? NULL : hosts[which & 1], which & 2 ? "aaa://far.example.net" : NULL,
                                       0 };
        dia_node_add_peer(world.node, &peer, NULL);
        break;
    }
    case 14: {
        const uint8_t which = take();
        if (which == 0xff)
            dia_node_stop(world.node, DIA_CAUSE_REBOOTING, 1000);
        else if (dia_node_next_peer(world.node, NULL))
            dia_node_remove_peer(world.node, dia_node_next_peer(world.node, NULL));
        break;
    }
    default: world.fail_in = take(); break;
    }
    pump();
}

static void check_events(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    (void)node;
    must(event->reason);
    if (event->peer)
        must(dia_peer_get_state(event->peer) < DIA_PEER_STATES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = {
        .origin_host = "m.example.net",
        .origin_realm = "example.net",
        .allow = anybody,
        .watchdog_ms = 6000,
        .reconnect_ms = 1000,
        .limits = { .message = 65536,
                    .decoded = 65536,
                    .memory = 400000,
                    .turn = 3,
                    .connections = CONNS,
                    .pending = 100,
                    .unanswered = KEPT_MAX,
                    .output_soft = 2000,
                    .output_hard = 10000,
                    .unknown_peers = 3 },
        .alloc = &counting,
        .wall_clock = 1700000000,
        .on_event = check_events,
    };
    memset(&world, 0, sizeof world);
    world.at = data;
    world.stop = data + size;
    world.manner = 0x0f;
    world.now_us = 1000000;
    must(dia_node_new(&config, now(), &world.node, NULL, 0) == 0);
    must(dia_serve_ro_ccr(world.node, on_ccr, NULL) == 0);
    while (world.at < world.stop)
        step();
    world.fail_in = 0;
    dia_node_free(world.node);
    for (size_t i = 0; i < world.sent; i++)
        must(world.outcomes[i] == 1);
    must(world.live == 0);
    return 0;
}

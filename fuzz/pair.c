/* Two nodes back to back, each of which may connect to the other, and between them wires that deliver octet by octet,
 * change octets, lose all that follows, stall, begin TLS, break and refuse; nodes stop, crash and come back, peers of one or three
 * connections are put out of service and configured anew, requests are kept and move - in any order that the input says.
 *
 * What must hold at every step is in node_check.h. Each request has exactly one outcome, and an answer is that to its request
 * unless octets were changed. In the end the wires are mended and time passes: then both are open to each other over their
 * connection, or some of several, and a request is answered - whatever had happened. */
#include "fuzz.h"

#include "diatom/app/cu.h"
#include "diatom/app/ro_node.h"
#include "diatom/overload.h"
#include "memory.h"
#include "node_check.h"

enum { WIRES = 12, SENT_MAX = 256, KEPT_MAX = 32, LIVE_MAX = 8 << 20, HEAL_MS = 60000 };

struct side {
    dia_node *node;
    dia_listener *listener; /* where TLS may begin behind CEA; NULL: nowhere */
    fuzz_memory memory;
    uint8_t manner; /* of its handler */
    bool deaf;      /* refuses connections */
    bool connects;  /* has the other with a URI */
    dia_request *kept[KEPT_MAX];
    size_t n_kept;
};

struct end {
    dia_conn *conn; /* NULL: none, or gone */
    dia_buf to;     /* octets on their way here */
    bool fin;       /* and then the end */
    bool paused;    /* the node takes no input */
    bool stuck;     /* what this end sends is not taken */
    bool secures;   /* TLS is to begin */
};

struct wire {
    struct end end[2]; /* by the side of the node */
    bool used, lossy;  /* what is sent gets lost */
};

struct sent {
    unsigned outcomes;
    uint32_t number;
    bool answered, cancelled;
    uint64_t handle;
    dia_node *node; /* who sent it, as long as it is there */
};

static struct {
    const uint8_t *at, *stop; /* the input */
    int64_t now_us;
    struct side side[2];
    struct wire wires[WIRES];
    struct sent sent[SENT_MAX];
    size_t n_sent;
    uint8_t which; /* the configuration */
    bool tainted;  /* octets were changed */
} world;

static const char *const hosts[2] = { "a.example.net", "b.example.net" };

static const dia_allocator counting[2] = { { fuzz_resize, &world.side[0].memory },
                                           { fuzz_resize, &world.side[1].memory } };

/* ---- The input ---- */

static uint8_t take(void)
{
    return world.at < world.stop ? *world.at++ : 0;
}

static dia_time now(void)
{
    return (dia_time){ world.now_us };
}

/* ---- Wires ---- */

static const dia_conn_info info = {
    .kind = DIA_CONN_STREAM,
    .local = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\1") }, 3868 },
    .remote = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") }, 5000 },
};

static struct end *end_of(int side, const dia_conn *conn)
{
    for (size_t i = 0; i < WIRES; i++)
        if (world.wires[i].end[side].conn == conn && (conn || !world.wires[i].used))
            return &world.wires[i].end[side];
    return NULL;
}

static struct wire *wire_of(struct end *end, int side)
{
    return DIA_OF(end - side, struct wire, end);
}

static void release_if_done(struct wire *w)
{
    if (w->end[0].conn || w->end[1].conn)
        return;
    for (int side = 0; side < 2; side++)
        dia_buf_done(&w->end[side].to);
    *w = (struct wire){ 0 };
    for (int side = 0; side < 2; side++)
        dia_buf_init(&w->end[side].to, 0, NULL);
}

/* The node learns that its transport is gone; the other side does when it has read what is on its way. */
static void close_end(struct wire *w, int side)
{
    dia_conn *conn = w->end[side].conn;
    if (!conn)
        return;
    w->end[side].conn = NULL;
    w->end[!side].fin = !w->lossy;
    dia_conn_closed(conn, NULL, now());
    release_if_done(w);
}

static void cut(struct wire *w)
{
    for (int side = 0; side < 2; side++)
        close_end(w, side);
}

/* A node's connections vanish with it: the other sees the end, or nothing any more. */
static void vanish(int side, bool silently)
{
    for (size_t i = 0; i < WIRES; i++) {
        struct wire *w = &world.wires[i];
        if (!w->used || !w->end[side].conn)
            continue;
        w->end[side].conn = NULL;
        w->end[!side].fin = !silently;
        w->lossy = w->lossy || silently;
        release_if_done(w);
    }
}

static void flush(struct wire *w, int side)
{
    struct end *end = &w->end[side], *other = &w->end[!side];
    dia_output piece;
    while (!end->stuck && end->conn && dia_conn_output(end->conn, &piece, 1)) {
        if (!w->lossy && other->conn)
            must(!dia_buf_append(&other->to, piece.octets));
        dia_conn_sent(end->conn, piece.octets.n, now());
    }
}

static void carry_out(int side, const dia_todo *todo)
{
    struct end *end = end_of(side, todo->conn);
    if (todo->kind == DIA_TODO_CONNECT) {
        struct end *free_end = end_of(side, NULL);
        if (!free_end || world.side[!side].deaf) {
            dia_conn_closed(todo->conn, "connection refused", now());
            return;
        }
        struct wire *w = wire_of(free_end, side);
        w->used = true;
        free_end->conn = todo->conn;
        return;
    }
    must(end);
    struct wire *w = wire_of(end, side);
    switch (todo->kind) {
    case DIA_TODO_WRITE: flush(w, side); break;
    case DIA_TODO_READ: end->paused = false; break;
    case DIA_TODO_CLOSE:
        end->stuck = false;
        flush(w, side);
        close_end(w, side);
        break;
    case DIA_TODO_RESET: close_end(w, side); break;
    case DIA_TODO_SECURE:
        end->stuck = false;
        flush(w, side);
        end->secures = true;
        break;
    default: break;
    }
}

static void pump(void)
{
    dia_todo todo;
    for (bool more = true; more;) {
        more = false;
        for (int side = 0; side < 2; side++)
            while (dia_node_todo(world.side[side].node, &todo)) {
                carry_out(side, &todo);
                more = true;
            }
    }
}

/* The transport of a connection that is wished for comes to be, or not. */
static void stand(struct wire *w)
{
    const int side = w->end[0].conn ? 0 : 1;
    struct end *end = &w->end[side], *other = &w->end[!side];
    if (!end->conn || other->conn || end->conn->phase != DIA_PHASE_CONNECTING)
        return;
    dia_conn_info theirs = info;
    theirs.listener = world.side[!side].listener;
    other->conn = world.side[!side].deaf ? NULL : dia_node_accept(world.side[!side].node, &theirs, now());
    if (other->conn)
        dia_conn_connected(end->conn, &info, now());
    else
        close_end(w, side);
}

/* TLS has begun at both ends, and nothing in clear is on its way. */
static bool greets(const struct wire *w)
{
    return w->end[0].conn && w->end[1].conn && w->end[0].secures && w->end[1].secures && !w->end[0].to.n &&
           !w->end[1].to.n;
}

static void greet(struct wire *w)
{
    static const dia_security security = { .protocol = "TLS", .cipher = "none", .subject = "CN=far" };
    for (int side = 0; side < 2 && greets(w); side++)
        dia_conn_secured(w->end[side].conn, &security, now());
    w->end[0].secures = w->end[1].secures = false;
}

static void deliver(struct wire *w, int side, size_t n)
{
    struct end *end = &w->end[side];
    if (!end->conn || end->paused)
        return;
    if (end->to.n) {
        n = n < end->to.n ? n : end->to.n;
        uint8_t *copy = malloc(n ? n : 1);
        must(copy);
        memcpy(copy, end->to.p, n);
        const size_t taken = dia_conn_input(end->conn, (dia_bytes){ copy, n }, now());
        must(taken <= n);
        free(copy);
        dia_buf_consume(&end->to, taken);
        end->paused = taken < n;
    } else if (end->fin) {
        close_end(w, side);
    }
}

static bool anything(void)
{
    for (size_t i = 0; i < WIRES; i++) {
        if (greets(&world.wires[i]))
            return true;
        for (int side = 0; side < 2; side++) {
            const struct end *end = &world.wires[i].end[side];
            if (end->conn && !end->paused && (end->to.n || end->fin))
                return true;
            if (end->conn && end->conn->phase == DIA_PHASE_CONNECTING)
                return true;
        }
    }
    return false;
}

static void deliver_all(void)
{
    for (int i = 0; anything(); i++) {
        must(i < 10000); /* or two nodes talk for ever */
        for (size_t k = 0; k < WIRES; k++) {
            stand(&world.wires[k]);
            deliver(&world.wires[k], 0, SIZE_MAX);
            deliver(&world.wires[k], 1, SIZE_MAX);
            if (greets(&world.wires[k]))
                greet(&world.wires[k]);
        }
        pump();
    }
}

/* ---- Applications ---- */

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct sent *sent = arg;
    must(!sent->cancelled && ++sent->outcomes == 1);
    if (outcome->kind != DIA_OUTCOME_ANSWER || outcome->result_code != 2001)
        return;
    sent->answered = true;
    must(world.tainted || (cca && cca->cc_request_number == sent->number));
}

static struct sent *ask(int side, uint32_t timeout_ms)
{
    if (world.n_sent == SENT_MAX)
        return NULL;
    struct sent *sent = &world.sent[world.n_sent];
    const dia_ro_ccr ccr = {
        .destination_realm = DIA_LIT("example.net"),
        .service_context_id = DIA_LIT("x"),
        .cc_request_type = 4,
        .cc_request_number = (uint32_t)world.n_sent,
    };
    sent->number = (uint32_t)world.n_sent;
    if (dia_send_ro_ccr(world.side[side].node, &ccr, timeout_ms, on_cca, sent))
        return NULL;
    sent->node = world.side[side].node;
    sent->handle = dia_node_last_sent(sent->node);
    world.n_sent++;
    return sent;
}

/* It can be cancelled as long as it is on its way, wherever it has moved. */
static void cancel(dia_node *node, uint8_t which)
{
    struct sent *sent = world.n_sent ? &world.sent[world.n_sent - 1 - which % world.n_sent] : NULL;
    if (!sent || sent->node != node)
        return;
    const int err = dia_node_cancel(node, sent->handle);
    must((err != 0) == (sent->outcomes || sent->cancelled));
    sent->cancelled = sent->cancelled || !err;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct side *side = arg;
    const dia_ro_cca cca = { .result_code = 2001,
                             .cc_request_type = ccr->cc_request_type,
                             .cc_request_number = ccr->cc_request_number };
    if (side->manner & 1)
        ask(side == &world.side[1], 3000);
    if (side->manner & 4 && side->n_kept < KEPT_MAX && dia_request_keep(request))
        side->kept[side->n_kept++] = request;
    else if (side->manner & 2)
        dia_request_fail(request, 5030, NULL);
    else
        dia_answer_ro_cca(request, &cca);
}

/* ---- Nodes ---- */

static void settle(struct side *side)
{
    const dia_ro_cca cca = { .result_code = 5030, .cc_request_type = 4 };
    while (side->n_kept) {
        const int err = dia_answer_ro_cca(side->kept[side->n_kept - 1], &cca);
        if (err == DIA_EBUSY)
            return;
        must(!err || err == DIA_ENOENT);
        side->n_kept--;
    }
}

static dia_peer_config config_of_peer(int side)
{
    static const char *const also[] = { "aaa://near.example.net", NULL };
    const bool connects = world.side[side].connects;
    return (dia_peer_config){ .host = hosts[!side],
                              .connect = connects ? "aaa://far.example.net" : NULL,
                              .also = connects && world.which & 32 ? also : NULL,
                              .connections = world.which & 4 ? 3 : 1,
                              .inband = world.which & 128 ? DIA_INBAND_OFFER : DIA_INBAND_OFF };
}

static void add_peer(int side)
{
    const dia_peer_config config = config_of_peer(side);
    dia_node_add_peer(world.side[side].node, &config, NULL);
}

static void serve(int side)
{
    must(!dia_serve_ro_ccr(world.side[side].node, on_ccr, &world.side[side]));
}

/* All that there is of overload, load and priority, and a report: of 0, 33, 66 or 99 percent. */
static void control(dia_node *node, uint8_t arg)
{
    const dia_overload_config config = { .reacts = true, .reports = true, .loads = true, .priorities = arg & 8 };
    const dia_overload overload = { .application = 4, .reduction = (arg >> 4 & 3) * 33u, .validity_s = 2 };
    dia_node_set_overload(node, &config);
    dia_node_set_load(node, arg & 8 ? DIA_LOAD_AUTO : arg);
    dia_node_set_priority(node, arg >> 4 & 15);
    dia_node_report_overload(node, &overload);
}

static void order(int side, uint8_t arg)
{
    struct side *s = &world.side[side];
    dia_peer *peer = dia_node_next_peer(s->node, NULL);
    const dia_peer_config config = config_of_peer(side);
    switch (arg & 7) {
    case 0: add_peer(side); break;
    case 1:
        if (peer)
            dia_node_disable_peer(s->node, peer, (dia_cause)(arg >> 3 & 1));
        break;
    case 2:
        if (peer)
            dia_node_enable_peer(s->node, peer);
        break;
    case 3:
        if (peer)
            dia_node_change_peer(s->node, peer, &config);
        break;
    case 4: must(dia_node_announce(s->node) >= (world.which & 16 ? 0 : DIA_ENOTSUP)); break;
    case 5:
        if (arg & 8)
            dia_node_withdraw(s->node, 4);
        else
            serve(side);
        break;
    case 6: cancel(s->node, arg >> 3); break;
    default:
        if (arg & 64)
            control(s->node, arg);
        else
            settle(s);
        break;
    }
}

static void begin(int side)
{
    static const char *const anybody[] = { "*", NULL };
    struct side *s = &world.side[side];
    s->memory.most = LIVE_MAX;
    const dia_listener_config tls = { .inband = DIA_INBAND_OFFER };
    const dia_node_config config = {
        .origin_host = hosts[side],
        .origin_realm = "example.net",
        .allow = anybody,
        .watchdog_ms = 6000,
        .reconnect_ms = 1000,
        .reopen_dwas = world.which & 64 ? DIA_REOPEN_AT_ONCE : 0,
        .tries = world.which & 8 ? 1 : 0,
        .try_ms = world.which & 32 ? 300 : 0,
        .capabilities_update = world.which & 16,
        .state_events = true,
        .limits = { .message = 65536, .turn = 3, .connections = WIRES, .output_soft = 2000, .output_hard = 10000 },
        .alloc = &counting[side],
        .wall_clock = 1700000000 + world.now_us / 1000000,
        .seed = { (uint8_t)(1 + side) },
    };
    must(!dia_node_new(&config, now(), &s->node, NULL, 0));
    s->n_kept = 0;
    s->listener = NULL;
    must(!(world.which & 128) || !dia_node_add_listener(s->node, &tls, &s->listener));
    serve(side);
    add_peer(side);
}

static void end(int side)
{
    for (size_t i = 0; i < world.n_sent; i++)
        if (world.sent[i].node == world.side[side].node)
            world.sent[i].node = NULL;
    dia_node_free(world.side[side].node);
    must(world.side[side].memory.live == 0);
}

static void restart(int side, bool silently)
{
    vanish(side, silently);
    end(side);
    begin(side);
}

static void tick(void)
{
    for (int side = 0; side < 2; side++)
        dia_node_tick(world.side[side].node, now());
}

static int64_t deadline(void)
{
    const int64_t a = dia_node_deadline(world.side[0].node).us, b = dia_node_deadline(world.side[1].node).us;
    return a < b ? a : b;
}

/* ---- Steps ---- */

static void change(struct end *e)
{
    const uint8_t where = take(), what = take();
    if (!e->to.n)
        return;
    world.tainted = true;
    e->to.p[where % e->to.n] ^= what;
}

static void insert(struct end *e)
{
    const uint8_t n = take();
    uint8_t octets[256];
    for (size_t i = 0; i < n; i++)
        octets[i] = take();
    world.tainted = true;
    if (e->conn)
        must(!dia_buf_append(&e->to, (dia_bytes){ octets, n }));
}

static void step(void)
{
    const uint8_t op = take(), arg = take();
    const int side = op >> 4 & 1;
    struct side *s = &world.side[side];
    struct wire *w = &world.wires[(op >> 5) % WIRES];
    struct end *e = &w->end[side];
    dia_peer *peer = dia_node_next_peer(s->node, NULL);
    switch (op & 15) {
    case 0: deliver(w, side, arg); break;
    case 1: deliver_all(); break;
    case 2: change(e); break;
    case 3: cut(w); break;
    case 4: w->lossy = w->used; break;
    case 5:
        world.now_us += 100000 * (int64_t)arg;
        tick();
        break;
    case 6:
        if (deadline() != DIA_NEVER_US && deadline() > world.now_us)
            world.now_us = deadline();
        tick();
        break;
    case 7:
        for (int i = 0; i <= arg % 16; i++)
            ask(side, 100u * arg);
        break;
    case 8: dia_node_stop(s->node, (dia_cause)(arg % 3), 1000); break;
    case 9: restart(side, arg & 1); break;
    case 10:
        if (peer)
            dia_node_remove_peer(s->node, peer);
        break;
    case 11: order(side, arg); break;
    case 12: s->deaf = arg & 1; break;
    case 13:
        e->stuck = e->conn && !e->stuck;
        flush(w, side);
        break;
    case 14: insert(e); break;
    default:
        s->manner = arg;
        stand(w);
        if (greets(w))
            greet(w);
        break;
    }
    pump();
    for (int i = 0; i < 2; i++)
        check_node(world.side[i].node);
}

/* ---- The end ---- */

static void pass(int64_t ms)
{
    const int64_t until = world.now_us + ms * 1000;
    pump();
    deliver_all();
    for (int64_t at; (at = deadline()) <= until;) {
        world.now_us = at > world.now_us ? at : world.now_us;
        tick();
        pump();
        deliver_all();
        for (int side = 0; side < 2; side++)
            check_node(world.side[side].node);
    }
    world.now_us = until;
    tick();
    pump();
    deliver_all();
}

static size_t count_open(int side)
{
    size_t n = 0;
    for (dia_peer *p = NULL; (p = dia_node_next_peer(world.side[side].node, p));)
        n += dia_peer_is_open(p);
    return n;
}

/* Who stopped or was told to go away begins anew; then the wires work as they should. */
static void heal(void)
{
    for (int side = 0; side < 2; side++) {
        world.side[side].deaf = false;
        world.side[side].manner = 0;
        dia_node_set_overload(world.side[side].node, NULL); /* else the last request may be left out */
        settle(&world.side[side]);
        serve(side);
    }
    for (int side = 0; side < 2; side++)
        if (world.side[side].node->hub.stopping)
            restart(side, false);
    for (size_t i = 0; i < WIRES; i++)
        for (int side = 0; side < 2; side++) {
            world.wires[i].end[side].stuck = false;
            flush(&world.wires[i], side);
        }
    pump();
    pass(HEAL_MS); /* removed peers are gone, lossy wires and changed streams found out */
    for (int side = 0; side < 2; side++) {
        add_peer(side);
        for (dia_peer *p = NULL; (p = dia_node_next_peer(world.side[side].node, p));) {
            dia_node_enable_peer(world.side[side].node, p);
            dia_node_connect_peer(world.side[side].node, p); /* a changed DPR may have forbidden it */
        }
    }
    pump();
    pass(HEAL_MS);
    const size_t open = count_open(0), most = world.which & 4 ? 3 : 1;
    must(open && count_open(1));
    must(world.tainted || (open == count_open(1) && open <= most)); /* a changed octet may make another name */
    for (int side = 0; side < 2; side++) {
        world.n_sent -= world.n_sent == SENT_MAX; /* all have ended long ago */
        world.sent[world.n_sent] = (struct sent){ 0 };
        struct sent *sent = ask(side, 5000);
        must(sent);
        pass(6000);
        must(sent->answered || world.tainted);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&world, 0, sizeof world);
    for (size_t i = 0; i < WIRES; i++)
        for (int side = 0; side < 2; side++)
            dia_buf_init(&world.wires[i].end[side].to, 0, NULL);
    world.at = data;
    world.stop = data + size;
    world.now_us = 1000000;
    const uint8_t which = world.which = take();
    world.side[0].connects = (which & 3) != 3;
    world.side[1].connects = which & 2;
    for (int side = 0; side < 2; side++)
        begin(side);
    while (world.at < world.stop)
        step();
    heal();
    for (int side = 0; side < 2; side++) {
        vanish(side, false);
        end(side);
    }
    for (size_t i = 0; i < WIRES; i++)
        for (int side = 0; side < 2; side++)
            dia_buf_done(&world.wires[i].end[side].to);
    for (size_t i = 0; i < world.n_sent; i++)
        must(world.sent[i].outcomes + world.sent[i].cancelled == 1);
    return 0;
}

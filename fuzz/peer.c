/* A whole node among hostile peers: octets in pieces, good messages with a wrong octet, floods, streams and message
 * transports, connections that cross, certificates and TLS at any moment, clocks, requests of its own, kept answers, a driver
 * that is slow, an application that orders, stops and frees inside its callbacks, and an allocator that fails - in any order
 * that the input says.
 *
 * What must hold: each request sent has exactly one outcome; states change only by rows of the table of RFC 6733, 5.6; all
 * of node_check.h; what goes out is sound Diameter; a connection that was ended gets nothing more; work is bounded by
 * input; memory is bounded; a stop comes to its end; and when the node is freed, nothing is left.
 *
 * corpus/peer is made by seeds.py, which has names for the operations. */
#include "peer_world.h"

struct world world;

const char *const world_hosts[8] = { "a.example.net", "z.example.net", "A.EXAMPLE.net", "m.example.net",
                                     "b.example.net", "y.example.net", "q.example.org", "no host" };

static const dia_allocator counting = { fuzz_resize, &world.memory };

/* ---- Operations ---- */

static void op_raw(struct conn *c)
{
    size_t n = world_take();
    n = n < (size_t)(world.stop - world.at) ? n : (size_t)(world.stop - world.at);
    driver_feed(c, world.at, n);
    world.at += n;
}

/* A good message with an octet changed. */
static void op_message(struct conn *c)
{
    uint8_t buf[4096];
    const uint8_t kind = world_take(), detail = world_take(), where = world_take(), what = world_take();
    const size_t n = make_message(c, kind, detail, buf, sizeof buf);
    buf[where % n] ^= what;
    driver_feed(c, buf, n);
}

static void op_update(struct conn *c)
{
    uint8_t buf[4096];
    const uint8_t kind = world_take(), detail = world_take(), where = world_take(), what = world_take();
    const size_t n = make_update(c, kind, detail, buf, sizeof buf);
    buf[where % n] ^= what;
    driver_feed(c, buf, n);
}

static void op_order(struct conn *c)
{
    const uint8_t what = world_take(), how = world_take();
    if ((what & 15) == 15) /* the driver's */
        dia_node_make_way(world.node, world_now());
    else if ((what & 15) == 14 && c->conn && !c->ended)
        dia_conn_secured(c->conn, driver_security(how), world_now());
    else if ((what & 15) == 12 && how >= 0x80 && c->conn)
        dia_conn_hold(c->conn, how & 0x7f ? (size_t)(how & 0x7f) * 64 : 0);
    else if ((what & 15) == 13 && c->conn)
        dia_conn_note(c->conn, "a path has changed", world_now());
    else
        app_order(what & 15, how, app_peer(what >> 4));
}

/* Several messages in one segment, the last one cut perhaps. */
static void op_segment(struct conn *c)
{
    static uint8_t buf[16 * 4096];
    const uint8_t count = world_take() % 16, cut = world_take();
    size_t n = 0;
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t kind = world_take();
        n += make_message(c, kind, i, buf + n, 4096);
    }
    driver_feed(c, buf, n > cut ? n - cut : 0);
}

/* The same message many times. */
static void op_flood(struct conn *c)
{
    static uint8_t buf[REST_MAX];
    const uint8_t kind = world_take(), times = world_take();
    uint8_t one[4096];
    const size_t n = make_message(c, kind, 0, one, sizeof one);
    size_t at = 0;
    for (uint8_t i = 0; i < times && at + n <= sizeof buf; i++, at += n)
        memcpy(buf + at, one, n);
    driver_feed(c, buf, at);
}

/* A long message without its end, which consists of zeros; and zeros. */
static void op_long(struct conn *c)
{
    static uint8_t buf[REST_MAX];
    const size_t filler = (size_t)world_take() << 8, cut = (size_t)world_take() << 8;
    const size_t head = make_message(c, 6, 0, buf, 4096), n = head + 8 + filler;
    if (n > sizeof buf)
        return;
    memset(buf + head, 0, 8 + filler);
    dia_store32(buf + head, 9999);
    dia_store24(buf + head + 5, (uint32_t)(8 + filler));
    dia_store24(buf + 1, (uint32_t)n);
    driver_feed(c, buf, n > cut ? n - cut : 0);
}

static void op_zeros(struct conn *c)
{
    static const uint8_t zeros[REST_MAX];
    driver_feed(c, zeros, (size_t)world_take() << 8);
}

static void tick(void)
{
    dia_node_tick(world.node, world_now());
    /* Whatever is due is done: a deadline that stays would make a driver spin. */
    for (int i = 0; !world.freed && dia_node_deadline(world.node).us <= world.now_us; i++) {
        must(i < 4);
        dia_node_tick(world.node, world_now());
    }
}

static void op_time(struct conn *c)
{
    (void)c;
    world.now_us += 100000 * (int64_t)world_take();
    tick();
}

static void op_deadline(struct conn *c)
{
    (void)c;
    const int64_t at = dia_node_deadline(world.node).us;
    if (at != DIA_NEVER_US && at > world.now_us)
        world.now_us = at;
    tick();
}

static void op_drop(struct conn *c)
{
    if (c->conn)
        driver_closed(c);
}

static void op_ask(struct conn *c)
{
    (void)c;
    app_ask(world_take());
}

static void op_ask_octets(struct conn *c)
{
    const uint8_t which = world_take();
    (void)c;
    app_ask_octets(which & 8 ? NULL : app_peer(which & 7), which >> 4);
}

static void op_cancel(struct conn *c)
{
    (void)c;
    app_cancel(world_take());
}

static void op_accept(struct conn *c)
{
    const dia_conn_info info = driver_info(world_take());
    if (!c->conn)
        c->conn = dia_node_accept(world.node, &info, world_now());
    must(!world.freed || !c->conn);
}

static void op_connected(struct conn *c)
{
    const dia_conn_info info = driver_info(world_take());
    if (c->conn)
        dia_conn_connected(c->conn, &info, world_now());
}

static void op_slow(struct conn *c)
{
    if (!c->conn || c->ended)
        return;
    c->slow = !c->slow;
    if (!c->slow)
        driver_write(c, SIZE_MAX);
}

static void op_trickle(struct conn *c)
{
    const uint8_t n = world_take();
    if (c->conn && !c->ended)
        driver_write(c, n);
}

static void op_manner(struct conn *c)
{
    (void)c;
    world.manner = world_take();
}

static void op_settle(struct conn *c)
{
    (void)c;
    app_settle(world_take());
}

static void op_add_peer(struct conn *c)
{
    (void)c;
    app_add_peer(world_take());
}

static void op_remove_peer(struct conn *c)
{
    dia_peer *peer = app_peer(world_take());
    (void)c;
    if (peer)
        dia_node_remove_peer(world.node, peer);
}

static void op_connect_peer(struct conn *c)
{
    dia_peer *peer = app_peer(world_take());
    (void)c;
    if (peer)
        dia_node_connect_peer(world.node, peer);
}

static void op_stop(struct conn *c)
{
    (void)c;
    dia_node_stop(world.node, (dia_cause)(world_take() % 3), 1000);
}

static void op_react(struct conn *c)
{
    const uint8_t when = world_take() % WHENS, what = world_take();
    (void)c;
    for (size_t i = 0; i < REACTIONS; i++) {
        if (world.reactions[i].armed)
            continue;
        world.reactions[i] = (struct reaction){ when, what, true };
        return;
    }
}

static void op_fail(struct conn *c)
{
    (void)c;
    world.memory.fail_in = world_take();
}

static void op_serve_any(struct conn *c)
{
    (void)c;
    dia_node_serve_any(world.node, world_take() & 1 ? app_on_any : NULL, NULL);
}

/* ---- States: what one call may change (RFC 6733, 5.6) ---- */

enum { BY_MESSAGES = 1, BY_TIME = 2, BY_DROP = 4, BY_CONNECTED = 8, BY_ORDER = 16, BY_ACCEPT = 32 };

#define TO(state) (1u << DIA_PEER_##state)
static const struct {
    unsigned by, to[DIA_PEER_STATES]; /* what else than itself; a probe of ours may replace an open connection */
} changes[] = {
    /* One message, or octets that are none: CER, CEA, DPR, DPA, a bad stream; a redirect calls a peer. */
    { BY_MESSAGES,
      { [DIA_PEER_CLOSED] = TO(R_OPEN) | TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_CONN_ACK] = TO(WAIT_CONN_ACK_ELECT),
        [DIA_PEER_WAIT_I_CEA] = TO(I_OPEN) | TO(CLOSED) | TO(WAIT_RETURNS) | TO(R_OPEN),
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_RETURNS] = TO(I_OPEN) | TO(R_OPEN) | TO(WAIT_I_CEA),
        [DIA_PEER_R_OPEN] = TO(CLOSING) | TO(CLOSED),
        [DIA_PEER_I_OPEN] = TO(CLOSING) | TO(CLOSED) | TO(R_OPEN), /* who is proven comes before who only begins TLS */
        [DIA_PEER_CLOSING] = TO(CLOSED) | TO(R_OPEN) } },
    /* Behind its requests a peer that leaves is told good-bye. Of several addresses the next one is tried at once. */
    { BY_TIME,
      { [DIA_PEER_CLOSED] = TO(WAIT_CONN_ACK) | TO(R_OPEN) /* who waited for the old connection, which is over */,
        [DIA_PEER_WAIT_CONN_ACK] = TO(CLOSED),
        [DIA_PEER_WAIT_I_CEA] = TO(CLOSED) | TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = TO(CLOSED) | TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_RETURNS] = TO(CLOSED) | TO(R_OPEN) | TO(WAIT_I_CEA) | TO(WAIT_CONN_ACK),
        [DIA_PEER_R_OPEN] = TO(CLOSED) | TO(CLOSING),
        [DIA_PEER_I_OPEN] = TO(CLOSED) | TO(R_OPEN) | TO(CLOSING) | TO(WAIT_CONN_ACK) /* TLS did not end */,
        [DIA_PEER_CLOSING] = TO(CLOSED) } },
    { BY_DROP,
      { [DIA_PEER_CLOSED] = TO(R_OPEN) /* who waited for the old connection, which is gone at last */,
        [DIA_PEER_WAIT_CONN_ACK] = TO(CLOSED),
        [DIA_PEER_WAIT_I_CEA] = TO(CLOSED),
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = TO(R_OPEN) | TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_RETURNS] = TO(R_OPEN) | TO(WAIT_I_CEA),
        [DIA_PEER_R_OPEN] = TO(CLOSED),
        [DIA_PEER_I_OPEN] = TO(CLOSED) | TO(R_OPEN),
        [DIA_PEER_CLOSING] = TO(CLOSED) | TO(R_OPEN) } },
    { BY_CONNECTED,
      { [DIA_PEER_WAIT_CONN_ACK] = TO(WAIT_I_CEA) | TO(CLOSED) /* aaas in clear */,
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = TO(WAIT_RETURNS) | TO(R_OPEN) } },
    /* Peers added, removed, connected, the whole stopped; TLS that begins behind CEA and bears another name. */
    { BY_ORDER,
      { [DIA_PEER_CLOSED] = TO(WAIT_CONN_ACK),
        [DIA_PEER_WAIT_CONN_ACK] = TO(CLOSED),
        [DIA_PEER_WAIT_I_CEA] = TO(CLOSED),
        [DIA_PEER_WAIT_CONN_ACK_ELECT] = TO(CLOSED),
        [DIA_PEER_WAIT_RETURNS] = TO(CLOSED),
        [DIA_PEER_R_OPEN] = TO(CLOSING) | TO(CLOSED),
        [DIA_PEER_I_OPEN] = TO(CLOSING) | TO(CLOSED) } },
    { BY_ACCEPT, { 0 } },
};

static struct {
    const dia_peer *peer;
    dia_peer_state state;
} before[PEERS_MAX];
static size_t n_before;

static void look_before(void)
{
    n_before = 0;
    for (dia_peer *p = NULL; n_before < PEERS_MAX && (p = dia_node_next_peer(world.node, p)); n_before++) {
        before[n_before].peer = p;
        before[n_before].state = dia_peer_get_state(p);
    }
}

static void look_behind(unsigned by)
{
    const unsigned *to = NULL;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].by == by)
            to = changes[i].to;
    if (!to || world.freed || world.memory.failed || world.acted)
        return;
    for (dia_peer *p = NULL; (p = dia_node_next_peer(world.node, p));) {
        dia_peer_state was = DIA_PEER_CLOSED; /* of one that is new */
        for (size_t i = 0; i < n_before; i++)
            if (before[i].peer == p)
                was = before[i].state;
        const dia_peer_state is = dia_peer_get_state(p);
        must(is == was || to[was] & 1u << is);
    }
}

/* ---- One step ---- */

static void step(void)
{
    static const struct {
        void (*run)(struct conn *c);
        unsigned by; /* 0: any number of changes */
    } ops[32] = {
        /* those from 27 on are there twice, to come more often */
        { op_raw, 0 },
        { op_message, BY_MESSAGES },
        { op_segment, 0 },
        { op_flood, 0 },
        { op_time, BY_TIME },
        { op_deadline, BY_TIME },
        { op_drop, BY_DROP },
        { op_accept, BY_ACCEPT },
        { op_connected, BY_CONNECTED },
        { op_ask, BY_ACCEPT },
        { op_ask_octets, BY_ACCEPT },
        { op_cancel, BY_ACCEPT },
        { op_slow, BY_ACCEPT },
        { op_trickle, BY_ACCEPT },
        { op_manner, BY_ACCEPT },
        { op_settle, BY_ACCEPT },
        { op_add_peer, BY_ORDER },
        { op_remove_peer, BY_ORDER },
        { op_connect_peer, BY_ORDER },
        { op_stop, BY_ORDER },
        { op_react, BY_ACCEPT },
        { op_fail, BY_ACCEPT },
        { op_serve_any, BY_ACCEPT },
        { op_long, BY_MESSAGES },
        { op_zeros, 0 },
        { op_order, BY_ORDER },
        { op_update, BY_MESSAGES },
        { op_connected, BY_CONNECTED },
        { op_react, BY_ACCEPT },
        { op_ask, BY_ACCEPT },
        { op_message, BY_MESSAGES },
        { op_message, BY_MESSAGES },
    };
    const uint8_t op = world_take();
    world.memory.failed = world.acted = false;
    world.budget += 64;
    look_before();
    ops[op & 31].run(&world.conns[(op >> 5) % CONNS]);
    look_behind(ops[op & 31].by);
    driver_pump();
    if (!world.freed)
        check_node(world.node);
}

/* ---- The end ---- */

/* A stop ends, whatever was going on: peers that say nothing are waited for until its deadline and no longer. */
static void stop_in_peace(void)
{
    memset(world.reactions, 0, sizeof world.reactions);
    dia_node_stop(world.node, DIA_CAUSE_REBOOTING, 1000);
    for (int i = 0; !dia_node_stopped(world.node); i++) {
        must(i < 100);
        world.budget += 1000;
        driver_pump();
        for (size_t k = 0; k < CONNS; k++)
            if (world.conns[k].conn && world.conns[k].ended)
                driver_closed(&world.conns[k]);
        op_deadline(NULL);
    }
    for (size_t i = 0; i < world.n_sent; i++)
        must(world.sent[i].outcomes + world.sent[i].cancelled == 1);
}

static dia_time clock_of_driver(void)
{
    return (dia_time){ world.now_us + 1 };
}

static dia_node_config config_of(uint8_t which, uint8_t more)
{
    static const dia_address addresses[] = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\1") },
                                             { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\7") } };
    static const char *const anybody[] = { "*", NULL }, *const some[] = { "a.example.net", "*.example.org", NULL };
    return (dia_node_config){
        .origin_host = "m.example.net",
        .origin_realm = "example.net",
        .allow = which & 1 ? some : anybody,
        .watchdog_ms = 6000,
        .reconnect_ms = 1000,
        .limits = { .message = MESSAGE_MAX,
                    .decoded = 65536,
                    .memory = which & 2 ? MEMORY / 5 * 2 : MEMORY,
                    .turn = which & 4 ? 1 : 3,
                    .connections = CONNS - 1,
                    .per_address = CONNS - 2,
                    .before_cer = 3,
                    .pending = which & 8 ? 4 : 100,
                    .unanswered = KEPT_MAX / 2,
                    .output_soft = which & 16 ? 200 : 2000,
                    .output_hard = which & 16 ? 400 : 10000,
                    .unknown_peers = 3,
                    .counts = 12,
                    .redirects = 3,
                    .redirect_peers = 2,
                    .redirect_waiting = 3,
                    .redirect_idle_ms = 2000 },
        .try_ms = more & 32 ? 500 : 0,
        .redirects = more & 16 ? DIA_REDIRECTS_CONNECT : DIA_REDIRECTS_FOLLOW,
        .redirect_clear = true,
        .retry = more & 64 ? DIA_RETRY_ON(3002) : 0,
        .realm_of_user_name = more & 64,
        .tries = more >> 1 & 3,
        .reopen_dwas = more & 8    ? 1
                       : more & 64 ? DIA_REOPEN_AT_ONCE
                                   : 0,
        .reopen_discards = more & 32,
        .state_events = more & 16,
        .capabilities_update = more & 1,
        .admit = more & 128 ? app_on_stranger : NULL,
        .alloc = &counting,
        .wall_clock = 1700000000,
        .on_event = app_on_event,
        .on_message = which & 32 ? app_on_message : NULL,
        .clock = which & 32 ? clock_of_driver : NULL,
        .host_ip_addresses = which & 32 ? addresses : NULL,
        .n_host_ip_addresses = which & 32 ? 2 : 0,
        .firmware_revision = which & 1,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&world, 0, sizeof world);
    for (size_t i = 0; i < CONNS; i++)
        dia_buf_init(&world.conns[i].rest, 0, NULL);
    world.at = data;
    world.stop = data + size;
    world.memory.most = LIVE_MAX;
    world.manner = 5;
    world.now_us = 1000000;
    const uint8_t which = world_take();
    world.relays = which & 64;
    const dia_node_config config = config_of(which, world_take());
    must(dia_node_new(&config, world_now(), &world.node, NULL, 0) == 0);
    must(dia_serve_ro_ccr(world.node, app_on_ccr, NULL) == 0);
    if (which & 64)
        must(dia_node_advertise(world.node, 0xffffffff, 0, DIA_APP_BOTH) == 0 &&
             dia_node_advertise(world.node, 16777251, 10415, DIA_APP_AUTH) == 0 &&
             dia_node_advertise(world.node, 16777250, 10415, DIA_APP_ACCT) == 0);
    while (world.at < world.stop && !world.freed)
        step();
    world.memory.fail_in = 0;
    world.budget += 1000;
    if (which & 128 && !world.freed)
        stop_in_peace();
    if (!world.freed) {
        memset(world.reactions, 0, sizeof world.reactions);
        dia_node_free(world.node);
    }
    for (size_t i = 0; i < CONNS; i++)
        dia_buf_done(&world.conns[i].rest);
    for (size_t i = 0; i < world.n_sent; i++)
        must(world.sent[i].outcomes + world.sent[i].cancelled == 1);
    must(world.memory.live == 0);
    return 0;
}

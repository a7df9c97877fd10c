/* A whole node among hostile peers: octets in pieces, good messages with a wrong octet, floods, streams and message
 * transports, connections that cross, certificates and TLS at any moment, clocks, requests of its own, kept answers, a driver that is slow, an application that
 * orders, stops and frees inside its callbacks, and an allocator that fails - in any order that the input says.
 *
 * What must hold: each request sent has exactly one outcome; states change only by rows of the table of RFC 6733, 5.6; all
 * of node_check.h; what goes out is sound Diameter; a connection that was ended gets nothing more; work is bounded by
 * input; memory is bounded; a stop comes to its end; and when the node is freed, nothing is left.
 *
 * corpus/peer is made by seeds.py, which has names for the operations. */
#include "fuzz.h"

#include "diatom/app/cu.h"
#include "diatom/app/ro_node.h"
#include "diatom/overload.h"
#include "node_check.h"

enum {
    CONNS = 6,
    SENT_MAX = 512,
    KEPT_MAX = 16,
    REACTIONS = 4,
    LISTENERS = 2,
    PEERS_MAX = 64,
    REST_MAX = 65536,
    MESSAGE_MAX = 65536,
    MEMORY = 400000,
    LIVE_MAX = 2 * MEMORY + 4 * MESSAGE_MAX /* what holds less than its part goes on above limits.memory */
};

struct conn {
    dia_conn *conn; /* NULL: none */
    bool ended;     /* CLOSE or RESET was wished for */
    bool reset;     /* RESET was */
    bool slow;      /* takes no output */
    bool again;     /* the node takes input again */
    size_t left;    /* octets of a message of which some were taken */
    /* Identifiers of the last request that went out, of the base protocol and of applications. */
    struct {
        uint32_t hop, end;
    } asked[2];
    dia_buf rest; /* input that the node does not take yet */
};

struct sent {
    unsigned outcomes;
    bool cancelled;
    uint64_t handle;
};

/* What the application does inside a callback, once. */
struct reaction {
    uint8_t when; /* kind of the event, OUTCOME or HANDLER */
    uint8_t what;
    bool armed;
};
enum { OUTCOME = DIA_EVENT_STOPPED + 1, HANDLER, BEHIND }; /* BEHIND: the events that come behind STOPPED */
enum { WHENS = BEHIND + DIA_EVENT_KINDS - DIA_EVENT_STOPPED - 1 };

static struct {
    const uint8_t *at, *stop; /* the input */
    dia_node *node;
    bool freed; /* by a callback */
    bool quiet; /* no callback may run now */
    int64_t now_us;
    struct conn conns[CONNS];
    struct sent sent[SENT_MAX];
    size_t n_sent;
    dia_listener *listeners[LISTENERS];
    dia_request *kept[KEPT_MAX];
    size_t n_kept;
    bool relays;
    struct reaction reactions[REACTIONS];
    uint8_t manner; /* of the handler */
    size_t live;
    unsigned fail_in;    /* the allocation to fail; 0: none */
    bool failed;         /* one did in this step */
    bool acted;          /* a callback called the node in this step */
    size_t work, budget; /* callbacks and wishes; how many there may be */
} world;

/* ---- Memory: counted, and failing when told ---- */

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    (void)arg;
    must(p || !old_size);
    must(world.live >= old_size);
    if (new_size && world.fail_in && !--world.fail_in) {
        world.failed = true;
        return NULL;
    }
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

static void work(void)
{
    must(++world.work <= world.budget);
}

/* ---- The input ---- */

static uint8_t take(void)
{
    return world.at < world.stop ? *world.at++ : 0;
}

static dia_time now(void)
{
    return (dia_time){ world.now_us };
}

static dia_time clock_of_driver(void)
{
    return (dia_time){ world.now_us + 1 };
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
    if (world.relays && header.application && !(header.flags & DIA_FLAG_REQUEST))
        return; /* perhaps passed on, and then as it came */
    check_avps(dia_avps_of(message), true);
    if (header.flags & DIA_FLAG_REQUEST) {
        must(!(header.flags & DIA_FLAG_ERROR));
        c->asked[header.application != 0].hop = header.hop_by_hop;
        c->asked[header.application != 0].end = header.end_to_end;
    } else {
        const bool known = header.command == 257 || header.command == 272 || header.command == 280;
        must(!dia_avp_find(message, 268, 0, &result) && result.data.n == 4);
        must(!(header.flags & DIA_FLAG_ERROR) || !known || dia_load32(result.data.p) / 1000 == 3 ||
             dia_load32(result.data.p) == 5011);
        must(!(header.flags & DIA_FLAG_RETRANSMITTED));
    }
}

/* Up to `most` octets of one piece; those taken. */
static size_t write_piece(struct conn *c, const dia_output *piece, size_t most)
{
    const bool is_message = c->conn->kind == DIA_CONN_MESSAGE;
    size_t at = 0;
    while (at < piece->octets.n && (at < most || is_message)) {
        if (!c->left) {
            const dia_bytes rest = { piece->octets.p + at, piece->octets.n - at };
            const int64_t n = dia_frame_cut(rest, 0);
            must(n > 0 && (!is_message || (size_t)n == piece->octets.n));
            check_message(c, (dia_bytes){ rest.p, (size_t)n });
            c->left = (size_t)n;
        }
        const size_t n = is_message || c->left < most - at ? c->left : most - at;
        c->left -= n;
        at += n;
    }
    dia_conn_sent(c->conn, at, now());
    return at;
}

static void write_out(struct conn *c, size_t most)
{
    dia_output piece;
    while (most && c->conn && dia_conn_output(c->conn, &piece, 1)) {
        const size_t n = write_piece(c, &piece, most);
        most = n < most ? most - n : 0;
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

static void forget(struct conn *c)
{
    dia_buf_done(&c->rest);
    *c = (struct conn){ 0 };
    dia_buf_init(&c->rest, 0, NULL);
}

static void closed(struct conn *c)
{
    dia_conn *conn = c->conn;
    forget(c);
    dia_conn_closed(conn, NULL, now());
}

static void give(struct conn *c)
{
    c->again = false;
    while (!world.freed && c->conn && c->rest.n && !c->again) {
        const size_t n = dia_conn_input(c->conn, dia_buf_bytes(&c->rest), now());
        must(n <= c->rest.n);
        dia_buf_consume(&c->rest, n);
        if (!n)
            break;
    }
}

static void feed(struct conn *c, const uint8_t *p, size_t n)
{
    if (!c->conn || !n || world.freed)
        return;
    world.budget += n;
    if (c->rest.n) { /* a driver that was told to stop reads no more than a transport holds */
        if (c->conn->kind == DIA_CONN_STREAM && c->rest.n + n < REST_MAX)
            must(!dia_buf_append(&c->rest, (dia_bytes){ p, n }));
        return;
    }
    uint8_t *copy = malloc(n);
    must(copy);
    memcpy(copy, p, n);
    const size_t taken = dia_conn_input(c->conn, (dia_bytes){ copy, n }, now());
    must(taken <= n);
    if (!world.freed && taken < n)
        must(!dia_buf_append(&c->rest, (dia_bytes){ copy + taken, n - taken }));
    free(copy);
}

static void carry_out(const dia_todo *todo)
{
    dia_output piece;
    struct conn *c = place_of(todo->conn);
    if (todo->kind == DIA_TODO_CONNECT) {
        c = place_of(NULL);
        if (c)
            c->conn = todo->conn;
        else
            dia_conn_closed(todo->conn, "no place", now());
        return;
    }
    must(c);
    switch (todo->kind) {
    case DIA_TODO_WRITE:
        if (!c->slow)
            write_out(c, SIZE_MAX);
        break;
    case DIA_TODO_READ:
        must(!c->ended);
        c->again = true;
        break;
    case DIA_TODO_CLOSE:
        must(!c->ended);
        c->ended = true;
        c->slow = false;
        write_out(c, SIZE_MAX);
        break;
    case DIA_TODO_RESET:
        must(!c->reset); /* it may have been closed before */
        must(!dia_conn_output(c->conn, &piece, 1));
        c->ended = c->reset = true;
        break;
    case DIA_TODO_SECURE:
        must(!c->ended);
        c->slow = false;
        write_out(c, SIZE_MAX);
        break;
    default: break;
    }
}

static void pump(void)
{
    bool more = true;
    while (more && !world.freed) {
        dia_todo todo;
        more = false;
        while (!world.freed && dia_node_todo(world.node, &todo)) {
            work();
            carry_out(&todo);
        }
        for (size_t i = 0; i < CONNS && !world.freed; i++) {
            struct conn *c = &world.conns[i];
            if (!c->conn || !c->again)
                continue;
            give(c);
            more = true;
        }
    }
    for (size_t i = 0; i < CONNS && !world.freed; i++) { /* what was ended stays silent */
        dia_output piece;
        must(!world.conns[i].conn || !world.conns[i].ended || !dia_conn_output(world.conns[i].conn, &piece, 1));
    }
}

static bool is_named(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size)
{
    must(host.n && realm.p && why_size);
    why[0] = 0;
    return host.p[0] != *(const char *)arg;
}

/* Bits 0 and 1: whom its certificate does not name; 2 to 4: how long it lives, and warns before; 5: how much it carries. */
static const dia_security *security_of(uint8_t which)
{
    static const char others[] = "abz?";
    static dia_security security;
    const int64_t life_s = which >> 2 & 7;
    security = (dia_security){ .protocol = "TLS",
                               .cipher = "none",
                               .subject = which & 16 ? "CN=far" : "",
                               .expires = life_s ? 1700000000 + world.now_us / 1000000 + 3 * life_s - 3 : 0,
                               .warn_s = which & 8 ? 5 : 0,
                               .message_max = which & 32 ? 1000 : 0,
                               .names = which & 64 ? NULL : is_named,
                               .arg = &others[which & 3] };
    return &security;
}

/* With bit 5 a handshake comes first, with bit 6 it is over. */
static dia_conn_info info_of(uint8_t which)
{
    static const dia_address addresses[] = {
        { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") },
        { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\3") },
        { DIA_FAMILY_IPV6, DIA_LIT("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2") },
        { DIA_FAMILY_IPV6, DIA_LIT("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\3") },
    };
    return (dia_conn_info){
        .kind = which & 1 ? DIA_CONN_MESSAGE : DIA_CONN_STREAM,
        .local = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\1") }, 3868 },
        .remote = { addresses[which >> 1 & 3], 5000 },
        .listener = world.listeners[which >> 3 & 1],
        .transport = which & 16 ? "test" : NULL,
        .awaits_security = which & 32,
        .security = which & 64 ? security_of(which >> 1 & 4) : NULL,
    };
}

/* ---- The application ---- */

static const char *const hosts[] = { "a.example.net", "z.example.net", "A.EXAMPLE.net", "m.example.net",
                                     "b.example.net", "y.example.net", "q.example.org", "no host" };
enum { HOSTS = sizeof hosts / sizeof *hosts };

static void react(uint8_t when, const dia_peer *peer);

static void on_outcome(const dia_outcome *outcome, struct sent *sent)
{
    work();
    must(!world.quiet);
    must(!sent->cancelled && ++sent->outcomes == 1);
    must((outcome->kind == DIA_OUTCOME_ANSWER || outcome->kind == DIA_OUTCOME_BAD_ANSWER) ==
         (outcome->octets.p != NULL));
    must((outcome->kind == DIA_OUTCOME_BAD_ANSWER) == (outcome->fault != NULL));
    react(OUTCOME, outcome->peer);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    must(outcome->octets.p || !cca);
    on_outcome(outcome, arg);
}

static void on_octets(const dia_outcome *outcome, void *arg)
{
    on_outcome(outcome, arg);
}

static void count_sent(int err)
{
    world.quiet = false;
    if (err)
        return;
    world.sent[world.n_sent++].handle = dia_node_last_sent(world.node);
    world.budget += 4;
}

static void ask(uint8_t how)
{
    if (world.n_sent == SENT_MAX)
        return;
    const dia_ro_ccr ccr = {
        .destination_realm = dia_cstr(how & 1 ? "example.org" : "example.net"),
        .destination_host = how & 2 ? dia_cstr(hosts[how >> 2 & 7]) : (dia_bytes){ NULL, 0 },
        .service_context_id = DIA_LIT("x"),
        .cc_request_type = 4,
        .cc_request_number = (uint32_t)world.n_sent,
    };
    world.quiet = true;
    count_sent(dia_send_ro_ccr(world.node, &ccr, 1000u * (how >> 3), on_cca, &world.sent[world.n_sent]));
}

static size_t make(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size);
static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg);

static void ask_octets(const dia_peer *peer, uint8_t how)
{
    uint8_t buf[4096];
    if (world.n_sent == SENT_MAX)
        return;
    const size_t n = make(NULL, how & 1 ? 15 : 6, 0, buf, sizeof buf);
    world.quiet = true;
    count_sent(dia_node_send_octets(world.node, peer, (dia_bytes){ buf, n }, 1000u * (how >> 1), on_octets,
                                    &world.sent[world.n_sent]));
}

static void cancel(uint8_t which)
{
    if (!world.n_sent)
        return;
    struct sent *sent = &world.sent[which ? (world.n_sent - which % world.n_sent) % world.n_sent : world.n_sent - 1];
    const bool over = sent->outcomes || sent->cancelled;
    const int err = dia_node_cancel(world.node, sent->handle);
    must((err != 0) == over);
    sent->cancelled = sent->cancelled || !err;
}

static dia_peer *peer_number(uint8_t which)
{
    dia_peer *peer = dia_node_next_peer(world.node, NULL);
    for (dia_peer *next = peer; which && next; which--)
        if ((next = dia_node_next_peer(world.node, next)))
            peer = next;
    return peer;
}

static void add_peer(uint8_t which)
{
    const dia_peer_config peer = { which & 4 ? NULL : hosts[which & 1 ? 1 : which >> 3 & 7],
                                   which & 2 ? which & 0x80 ? "far.example.net" : "aaa://far.example.net" : NULL,
                                   which & 0x40 ? 7000 : 0, .insecure = true,
                                   .inband = which & 0x80 ? DIA_INBAND_OFFER : DIA_INBAND_OFF };
    dia_node_add_peer(world.node, &peer, NULL);
}

static void add_listener(uint8_t which)
{
    static const char *const some[] = { "b.example.net", "realm:*.net@10.0.0.2/31", NULL };
    static const uint32_t apps[] = { 4 };
    const dia_listener_config config = { .identity = { .origin_host = which & 2 ? "l.example.net" : NULL,
                                                       .origin_realm = which & 4 ? "example.org" : NULL,
                                                       .applications = which & 8 ? apps : NULL,
                                                       .n_applications = 1 },
                                         .allow = which & 16 ? some : NULL,
                                         .inband = (dia_inband)((which >> 5 & 3) % 3) };
    dia_listener **place = &world.listeners[which & 1];
    if (!*place)
        dia_node_add_listener(world.node, &config, place);
}

static void remove_listener(uint8_t which)
{
    dia_listener **place = &world.listeners[which & 1], *listener = *place;
    *place = NULL;
    if (listener)
        dia_node_remove_listener(world.node, listener);
}

/* A peer with all that may be configured: what it gets anew, or what is added. */
static dia_peer_config config_of_peer(uint8_t which)
{
    static const char *const also[] = { "aaa://near.example.net", "aaa://near.example.net:3869;transport=sctp", NULL };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\x09") };
    return (dia_peer_config){
        .host = hosts[which >> 5],
        .connect = which & 1 ? "aaa://far.example.net" : NULL,
        .also = which & 3 ? which & 2 ? also : NULL : NULL,
        .connections = which & 4 ? 3 : 1,
        .watchdog_ms = which & 8 ? 9000 : 0,
        .reconnect_ms = which & 8 ? UINT32_MAX / 2 : 0,
        .identity = { .origin_host = which & 16 ? "i.example.net" : NULL,
                      .host_ip_addresses = which & 16 ? &address : NULL,
                      .n_host_ip_addresses = which & 16 ? 1 : 0 },
        .socket = { .local = which & 8 ? "192.0.2.1" : NULL, .dscp = 46 },
        .inband = which & 8 ? DIA_INBAND_OFFER : DIA_INBAND_OFF,
    };
}

/* Overload control, load and priority. With bit 7 a report of ours, and its end; else what is on. */
static void control(uint8_t how)
{
    static const char *const some[] = { "a.example.net", "realm:example.org", NULL };
    const dia_overload_config config = {
        .reacts = how & 1,
        .reacts_for_clients = how & 2,
        .reports = how & 4,
        .loads = how & 8,
        .priorities = how & 16,
        .trusted = how & 32 ? some : NULL,
        .states = 3,
        .load_ms = 2000,
    };
    const dia_overload overload = { .application = how & 1 ? DIA_APP_RELAY : 4,
                                    .type = how & 2 ? DIA_OVERLOAD_REALM : DIA_OVERLOAD_HOST,
                                    .reduction = how & 4 ? 0 : 50,
                                    .validity_s = how >> 3 & 3 };
    if (how & 128) {
        dia_node_report_overload(world.node, &overload);
        dia_node_set_load(world.node, how & 32 ? DIA_LOAD_AUTO : how & 64 ? DIA_LOAD_NONE : how);
    } else {
        dia_node_set_overload(world.node, how & 64 ? NULL : &config);
        dia_node_set_priority(world.node, how & 64 ? how & 15 : DIA_PRIORITY_NONE);
    }
}

/* What changes peers, listeners and applications while the node runs. */
static void order(uint8_t what, uint8_t how, dia_peer *peer)
{
    const dia_peer_config config = config_of_peer(how);
    dia_peer_config nameless = config;
    nameless.host = NULL;
    switch (what % 11) {
    case 0:
        if (peer)
            dia_node_disable_peer(world.node, peer, (dia_cause)(how % 3));
        break;
    case 1:
        if (peer)
            dia_node_enable_peer(world.node, peer);
        break;
    case 2:
        if (peer)
            dia_node_change_peer(world.node, peer, how & 0x80 ? &config : &nameless);
        break;
    case 3: dia_node_add_peer(world.node, &config, NULL); break;
    case 4: dia_node_announce(world.node); break;
    case 5: dia_node_withdraw(world.node, how & 1 ? 4 : 77); break;
    case 6:
        if (how & 1)
            dia_node_advertise(world.node, 77, 0, DIA_APP_BOTH);
        else
            dia_serve_ro_ccr(world.node, on_ccr, NULL);
        break;
    case 7: add_listener(how); break;
    case 8: remove_listener(how); break;
    case 10: control(how); break;
    default:
        if ((peer = dia_node_find_peer(world.node, config.host)))
            dia_node_remove_peer(world.node, peer);
        break;
    }
}

/* How a request that was kept ends; true: it has ended. */
static bool settle(dia_request *request, uint8_t how)
{
    static const uint8_t octets[32] = { 1, 0, 0, 32,       0x40,      0,           1,         0x10,     0,
                                        0, 0, 4, [22] = 1, [23] = 12, [24] = 0x40, [27] = 12, [30] = 7, [31] = 0xd1 };
    const dia_fault fault = { .result_code = 5004, .text = "so", .failed_avp = DIA_LIT("\0\0\1\7\x40\0\0\x0as;\0\0") };
    const dia_ro_cca cca = { .result_code = how & 8 ? 0 : how & 0x80 ? 3004 : 2001, .cc_request_type = 1 };
    int err;
    switch (how & 7) {
    case 0: err = dia_request_fail(request, 2001, NULL); break;
    case 1: err = dia_request_fail(request, how & 8 ? 3002 : 5030, "no"); break;
    case 2: err = dia_request_fault(request, &fault); break;
    case 3: err = dia_request_answer_least(request, how & 8 ? 3002 : 2001); break;
    case 4: err = dia_request_answer_octets(request, (dia_bytes){ octets, how & 8 ? 16 : 32 }); break;
    default: err = dia_answer_ro_cca(request, &cca); break;
    }
    must(!err || *dia_node_last_fault(world.node));
    return !err || err == DIA_ENOENT || err == DIA_ESTATE;
}

static void settle_kept(uint8_t how)
{
    if (!world.n_kept)
        return;
    const size_t i = how >> 3 & 1 ? 0 : world.n_kept - 1;
    world.quiet = true;
    if (settle(world.kept[i], how))
        world.kept[i] = world.kept[--world.n_kept];
    world.quiet = false;
}

/* Everything that may be called from a callback. */
static void act(uint8_t what, const dia_peer *of_callback)
{
    dia_peer *peer = NULL;
    while ((peer = dia_node_next_peer(world.node, peer)) && peer != of_callback)
        ;
    if (!peer)
        peer = dia_node_next_peer(world.node, NULL);
    world.acted = true;
    world.budget += 64;
    if (what >= 240) {
        order(what & 15, take(), peer);
        return;
    }
    switch (what % 12) {
    case 0: ask(what); break;
    case 1:
        if (peer)
            dia_node_remove_peer(world.node, peer);
        break;
    case 2: dia_node_stop(world.node, DIA_CAUSE_BUSY, 1000); break;
    case 3:
        world.freed = true;
        world.n_kept = 0;
        memset(world.listeners, 0, sizeof world.listeners);
        dia_node_free(world.node);
        break;
    case 4:
        if (peer)
            dia_node_connect_peer(world.node, peer);
        break;
    case 5: add_peer(what >> 3); break;
    case 6: cancel(what >> 4); break;
    case 7: settle_kept(what >> 4); break;
    case 8: ask_octets(peer, what >> 4); break;
    case 9:
        for (int i = 0; i < 20; i++)
            ask_octets(NULL, 1);
        break;
    case 10:
        for (dia_peer *next; peer; peer = next) {
            next = dia_node_next_peer(world.node, peer);
            dia_node_remove_peer(world.node, peer);
        }
        break;
    default: dia_node_replace(world.node, &dia_dict_ro); break;
    }
}

static void react(uint8_t when, const dia_peer *peer)
{
    for (size_t i = 0; i < REACTIONS && !world.freed; i++) {
        struct reaction *r = &world.reactions[i];
        if (!r->armed || r->when != when)
            continue;
        r->armed = false;
        act(r->what, peer);
    }
}

static bool keep(dia_request *request)
{
    const bool kept = world.n_kept < KEPT_MAX && dia_request_keep(request);
    if (kept)
        world.kept[world.n_kept++] = request;
    return kept;
}

/* What it says of itself holds together. */
static void look_at_request(const dia_request *request)
{
    const dia_header header = dia_request_header(request);
    const dia_command *command = dia_request_command(request);
    must(dia_request_node(request) == world.node && dia_request_peer(request));
    must(header.length == dia_request_octets(request).n && header.flags & DIA_FLAG_REQUEST);
    must(!command || command->code == header.command);
}

static void look_at_peer(const dia_peer *peer)
{
    const dia_counters of_peer = dia_peer_counters(peer), all = dia_node_counters(world.node);
    must(of_peer.requests_in <= all.requests_in && of_peer.answers_out <= all.answers_out);
    must(of_peer.octets_in <= all.octets_in && of_peer.discarded <= all.discarded);
    must(!dia_peer_is_open(peer) || (dia_peer_host(peer).n && dia_peer_realm(peer).p));
    dia_peer_status status;
    dia_peer_get_status(peer, &status);
    must(status.state == dia_peer_get_state(peer) && status.watch == dia_peer_get_watch(peer));
    must(dia_watch_state_name(status.watch)[0] != '?' && dia_peer_state_name(status.state)[0] != '?');
    must(!status.connect || strlen(status.connect));
    must(!status.last_error || (*status.last_error && status.last_error_us <= world.now_us + 1));
    must(status.failures < 1000 && (!status.n_applications || status.applications));
    size_t n = 0;
    const dia_count *rows = dia_peer_counts(peer, &n);
    for (size_t i = 0; i < n; i++)
        must(rows[i].n && (!rows[i].request || !rows[i].result_code));
}

static void on_request(dia_request *request)
{
    work();
    must(!world.quiet && !world.freed);
    look_at_request(request);
    const uint8_t how = world.manner >> 4;
    switch (world.manner & 7) {
    case 0: break; /* left alone */
    case 1: keep(request); break;
    case 2: /* kept and answered at once */
        if (keep(request) && settle(request, how))
            world.n_kept--;
        break;
    case 3:
        ask(how);
        settle(request, how);
        break;
    case 4: /* answered twice */
        if (settle(request, how))
            must(dia_request_fail(request, 2001, NULL) == DIA_ESTATE);
        break;
    default: settle(request, how); break;
    }
    react(HANDLER, dia_request_peer(request));
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    must(ccr->session_id.p && ccr->origin_host.p);
    on_request(request);
}

static void on_any(dia_request *request, void *arg)
{
    (void)arg;
    on_request(request);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    work();
    must(node == world.node && !world.quiet);
    must(event->reason && (unsigned)event->kind < DIA_EVENT_KINDS);
    if (event->peer)
        look_at_peer(event->peer);
    must(event->kind != DIA_EVENT_PEER_UP || dia_peer_is_open(event->peer));
    must(event->kind != DIA_EVENT_PEER_DOWN || !dia_peer_is_open(event->peer));
    if (event->kind == DIA_EVENT_FAILOVER) {
        dia_header header;
        must(!dia_header_read(event->message, &header) && header.flags & DIA_FLAG_RETRANSMITTED);
    }
    must(dia_event_name(event->kind)[0] != '?');
    react((uint8_t)(event->kind > DIA_EVENT_STOPPED ? event->kind + BEHIND - DIA_EVENT_STOPPED - 1 : event->kind),
          event->peer);
}

static uint32_t on_stranger(void *arg, dia_node *node, const dia_stranger *who)
{
    static const uint32_t answers[] = { 2001, 0, 3010, 5012 };
    (void)arg;
    must(node == world.node && who->host.n && who->realm.p && who->conn && who->cer.n);
    return answers[who->host.p[0] & 3];
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    (void)arg;
    must(node == world.node && seen->conn && seen->octets.n >= DIA_HEADER_SIZE);
}

/* ---- Good messages ---- */

/* The low half of `kind` says which message, the high half whose it is. */
static size_t make(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size)
{
    static const uint32_t ro[] = { 4 }, other[] = { 77 }, relay[] = { 0xffffffff }, tls[] = { 1 }, both[] = { 0, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") };
    static const uint8_t filler[3000];
    static const dia_vendor_specific_application_id specific[] = {
        { .vendor_id = 10415, .auth_application_id = { 4, true, { 0 } } },
        { .vendor_id = 10415, .acct_application_id = { 3, true, { 0 } } },
    };
    static const dia_proxy_info proxy = { .proxy_host = DIA_LIT("p.example.net"), .proxy_state = DIA_LIT("s") };
    const dia_bytes host = dia_cstr(hosts[kind >> 4 & 7]), realm = dia_cstr("example.net");
    const bool strange = (kind & 15) == 8, relays = (kind & 15) == 9;
    dia_header ids = { .hop_by_hop = 7u + detail, .end_to_end = 8, .flags = DIA_FLAG_PROXIABLE };
    dia_cer cer = { host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(ro) };
    if (strange)
        cer.auth_application_id = (dia_u32_list)DIA_LIST(other);
    if (relays)
        cer.auth_application_id = (dia_u32_list)DIA_LIST(relay);
    if (relays && detail & 1)
        cer.inband_security_id = (dia_u32_list)DIA_LIST(tls);
    if (!(kind & 15) && detail & 1)
        cer.inband_security_id = (dia_u32_list)DIA_LIST(both);
    if (relays && detail & 2) {
        cer.auth_application_id = (dia_u32_list){ 0 };
        cer.acct_application_id = (dia_u32_list)DIA_LIST(other);
        cer.vendor_specific_application_id = (dia_vendor_specific_application_id_list)DIA_LIST(specific);
    }
    const uint32_t result_code = (kind & 15) == 10 ? 3010 : 2001;
    dia_cea cea = { result_code, host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(ro) };
    if ((kind & 15) == 1 && detail & 1)
        cea.inband_security_id = (dia_u32_list)DIA_LIST(tls);
    const dia_dwr dwr = { .origin_host = host, .origin_realm = realm };
    const dia_dwa dwa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_dpr dpr = { .origin_host = host, .origin_realm = realm, .disconnect_cause = detail & 3 };
    const dia_dpa dpa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_avp fill = { .code = 9999, .data = { filler, sizeof filler } };
    dia_ro_ccr ccr = { .session_id = dia_cstr("s"),
                       .origin_host = host,
                       .origin_realm = realm,
                       .destination_realm = realm,
                       .auth_application_id = 4,
                       .service_context_id = dia_cstr("x"),
                       .cc_request_type = 1 };
    if ((kind & 15) == 11) {
        ccr.destination_host = dia_cstr(hosts[detail & 7]);
        ccr.destination_realm = dia_cstr(detail & 8 ? "example.org" : "example.net");
    }
    if (detail & 0x80)
        ccr.proxy_info = (dia_proxy_info_list){ &proxy, 1 };
    if ((kind & 15) == 15)
        ccr.others = (dia_avp_list){ &fill, 1 };
    /* OC-Supported-Features and DRMP; with OC-OLR and Load, both about the host that speaks. */
    static const uint8_t zeros[4];
    uint8_t drmp[4] = { 0, 0, 0, detail >> 3 & 15 }, groups[400];
    dia_builder b;
    dia_build_begin_avps(&b, groups, sizeof groups);
    dia_put_u64(&b, 624, 0, 0, (uint64_t)world.now_us + detail);
    dia_put_u32(&b, 626, 0, 0, detail >> 4 & 1);
    dia_put_u32(&b, 627, 0, 0, (detail >> 5) * 17u); /* up to 119 */
    dia_put_u32(&b, 625, 0, 0, detail >> 3 & 3);
    const size_t of_report = b.n;
    dia_put_u32(&b, 651, 0, 0, detail >> 4 & 1);
    dia_put_u64(&b, 652, 0, 0, detail);
    dia_put_bytes(&b, 649, 0, 0, host);
    const dia_avp asked[] = { { .code = 621, .data = { zeros, 0 } }, { .code = 301, .data = { drmp, 4 } } };
    const dia_avp told[] = { asked[0],
                             { .code = 623, .data = { groups, of_report } },
                             { .code = 650, .data = { groups + of_report, b.n - of_report } } };
    if (detail & 4 && (kind & 15) == 6)
        ccr.others = (dia_avp_list){ asked, 2 };
    const dia_avp result = { .code = 297,
                             .data = DIA_LIT("\0\0\1\x0a\x40\0\0\x0c\0\0\x28\xaf\0\0\1\x2a\x40\0\0\x0c\0\0\x13\xa6") };
    uint8_t uri[40], usage[4] = { 0, 0, 0, detail & 7 };
    const int n_uri = snprintf((char *)uri, sizeof uri, "aaa://%s", hosts[detail >> 4 & 7]);
    const dia_avp redirect[] = { { .code = 292, .data = { uri, (size_t)n_uri } },
                                 { .code = 261, .data = { usage, 4 } },
                                 { .code = 262, .data = DIA_LIT("\0\0\0\x05") } };
    const bool redirects = detail & 8; /* bits 0 to 2 the usage, 4 to 6 the host, 7 without a time */
    const dia_ro_cca cca = { .session_id = dia_cstr("s"),
                             .others = { redirects    ? redirect
                                         : detail & 4 ? told
                                                      : &result,
                                         redirects    ? (detail & 0x80 ? 2 : 3)
                                         : detail & 4 ? 3
                                                      : (size_t)(detail >> 1 & 1) },
                             .result_code = redirects    ? 3006
                                            : detail & 2 ? 0
                                            : detail & 1 ? 3002
                                                         : 2001,
                             .origin_host = host,
                             .origin_realm = realm,
                             .auth_application_id = 4,
                             .cc_request_type = 1 };
    const struct {
        const dia_command *command;
        const void *msg;
    } messages[16] = {
        { DIA_COMMAND_CER, &cer },    { DIA_COMMAND_CEA, &cea },    { DIA_COMMAND_DWR, &dwr },
        { DIA_COMMAND_DWA, &dwa },    { DIA_COMMAND_DPR, &dpr },    { DIA_COMMAND_DPA, &dpa },
        { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCA, &cca }, { DIA_COMMAND_CER, &cer },
        { DIA_COMMAND_CER, &cer },    { DIA_COMMAND_CEA, &cea },    { DIA_COMMAND_RO_CCR, &ccr },
        { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCA, &cca },
        { DIA_COMMAND_RO_CCR, &ccr },
    };
    const dia_command *command = messages[kind & 15].command;
    if (!(command->flags & DIA_FLAG_REQUEST) && c) {
        ids.hop_by_hop = c->asked[command == DIA_COMMAND_RO_CCA].hop;
        ids.end_to_end = c->asked[command == DIA_COMMAND_RO_CCA].end;
    }
    const int64_t n = dia_encode(command, messages[kind & 15].msg, DIA_LEVEL_OFF, &ids, NULL, buf, size, NULL, NULL);
    must(n > 0);
    switch (kind & 15) {
    case 12: dia_store24(buf + 5, 900u + detail); break; /* a command that nobody knows */
    case 13: dia_store32(buf + 8, 90u + detail); break;  /* an application that nobody serves */
    case 14: buf[4] |= DIA_FLAG_ERROR; break;
    default: break;
    }
    return (size_t)n;
}

/* A Capabilities-Update, or the answer to one. The low half of `kind`: bit 0 answer, bit 1 of another's applications, bit 2
 * as a relay, bit 3 without most of it. */
static size_t make_update(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size)
{
    static const uint32_t ro[] = { 10, 4 }, other[] = { 77 }, relay[] = { 0xffffffff };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") };
    const dia_bytes host = dia_cstr(hosts[kind >> 4 & 7]), realm = dia_cstr("example.net");
    dia_header ids = { .application = 10, .hop_by_hop = 7u + detail, .end_to_end = 8 };
    dia_cu_cur cur = { .origin_host = host,
                       .origin_realm = realm,
                       .host_ip_address = { &address, kind & 8 ? 0 : 1 },
                       .product_name = dia_cstr("f"),
                       .origin_state_id = DIA_U32(detail),
                       .auth_application_id = DIA_LIST(ro) };
    if (kind & 2)
        cur.auth_application_id = (dia_u32_list)DIA_LIST(other);
    if (kind & 4)
        cur.auth_application_id = (dia_u32_list)DIA_LIST(relay);
    const dia_cu_cua cua = { .origin_host = host, .origin_realm = realm, .result_code = kind & 2 ? 5010 : 2001 };
    const bool answers = kind & 1;
    if (answers) {
        ids.hop_by_hop = c->asked[1].hop;
        ids.end_to_end = c->asked[1].end;
    }
    const void *msg = answers ? (const void *)&cua : &cur;
    const int64_t n = dia_encode(answers ? DIA_COMMAND_CU_CUA : DIA_COMMAND_CU_CUR, msg, DIA_LEVEL_OFF, &ids, NULL, buf,
                                 size, NULL, NULL);
    must(n > 0);
    return (size_t)n;
}

/* ---- Operations ---- */

static void op_raw(struct conn *c)
{
    size_t n = take();
    n = n < (size_t)(world.stop - world.at) ? n : (size_t)(world.stop - world.at);
    feed(c, world.at, n);
    world.at += n;
}

/* A good message with an octet changed. */
static void op_message(struct conn *c)
{
    uint8_t buf[4096];
    const uint8_t kind = take(), detail = take(), where = take(), what = take();
    const size_t n = make(c, kind, detail, buf, sizeof buf);
    buf[where % n] ^= what;
    feed(c, buf, n);
}

static void op_update(struct conn *c)
{
    uint8_t buf[4096];
    const uint8_t kind = take(), detail = take(), where = take(), what = take();
    const size_t n = make_update(c, kind, detail, buf, sizeof buf);
    buf[where % n] ^= what;
    feed(c, buf, n);
}

static void op_order(struct conn *c)
{
    const uint8_t what = take(), how = take();
    if ((what & 15) == 15) /* the driver's */
        dia_node_make_way(world.node, now());
    else if ((what & 15) == 14 && c->conn && !c->ended)
        dia_conn_secured(c->conn, security_of(how), now());
    else if ((what & 15) == 12 && how >= 0x80 && c->conn)
        dia_conn_hold(c->conn, how & 0x7f ? (size_t)(how & 0x7f) * 64 : 0);
    else if ((what & 15) == 13 && c->conn)
        dia_conn_note(c->conn, "a path has changed", now());
    else
        order(what & 15, how, peer_number(what >> 4));
}

/* Several messages in one segment, the last one cut perhaps. */
static void op_segment(struct conn *c)
{
    static uint8_t buf[16 * 4096];
    const uint8_t count = take() % 16, cut = take();
    size_t n = 0;
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t kind = take();
        n += make(c, kind, i, buf + n, 4096);
    }
    feed(c, buf, n > cut ? n - cut : 0);
}

/* The same message many times. */
static void op_flood(struct conn *c)
{
    static uint8_t buf[REST_MAX];
    const uint8_t kind = take(), times = take();
    uint8_t one[4096];
    const size_t n = make(c, kind, 0, one, sizeof one);
    size_t at = 0;
    for (uint8_t i = 0; i < times && at + n <= sizeof buf; i++, at += n)
        memcpy(buf + at, one, n);
    feed(c, buf, at);
}

/* A long message without its end, which consists of zeros; and zeros. */
static void op_long(struct conn *c)
{
    static uint8_t buf[REST_MAX];
    const size_t filler = (size_t)take() << 8, cut = (size_t)take() << 8;
    const size_t head = make(c, 6, 0, buf, 4096), n = head + 8 + filler;
    if (n > sizeof buf)
        return;
    memset(buf + head, 0, 8 + filler);
    dia_store32(buf + head, 9999);
    dia_store24(buf + head + 5, (uint32_t)(8 + filler));
    dia_store24(buf + 1, (uint32_t)n);
    feed(c, buf, n > cut ? n - cut : 0);
}

static void op_zeros(struct conn *c)
{
    static const uint8_t zeros[REST_MAX];
    feed(c, zeros, (size_t)take() << 8);
}

static void tick(void)
{
    dia_node_tick(world.node, now());
    /* Whatever is due is done: a deadline that stays would make a driver spin. */
    for (int i = 0; !world.freed && dia_node_deadline(world.node).us <= world.now_us; i++) {
        must(i < 4);
        dia_node_tick(world.node, now());
    }
}

static void op_time(struct conn *c)
{
    (void)c;
    world.now_us += 100000 * (int64_t)take();
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
        closed(c);
}

static void op_ask(struct conn *c)
{
    (void)c;
    ask(take());
}

static void op_ask_octets(struct conn *c)
{
    const uint8_t which = take();
    (void)c;
    ask_octets(which & 8 ? NULL : peer_number(which & 7), which >> 4);
}

static void op_cancel(struct conn *c)
{
    (void)c;
    cancel(take());
}

static void op_accept(struct conn *c)
{
    const dia_conn_info info = info_of(take());
    if (!c->conn)
        c->conn = dia_node_accept(world.node, &info, now());
    must(!world.freed || !c->conn);
}

static void op_connected(struct conn *c)
{
    const dia_conn_info info = info_of(take());
    if (c->conn)
        dia_conn_connected(c->conn, &info, now());
}

static void op_slow(struct conn *c)
{
    if (!c->conn || c->ended)
        return;
    c->slow = !c->slow;
    if (!c->slow)
        write_out(c, SIZE_MAX);
}

static void op_trickle(struct conn *c)
{
    const uint8_t n = take();
    if (c->conn && !c->ended)
        write_out(c, n);
}

static void op_manner(struct conn *c)
{
    (void)c;
    world.manner = take();
}

static void op_settle(struct conn *c)
{
    (void)c;
    settle_kept(take());
}

static void op_add_peer(struct conn *c)
{
    (void)c;
    add_peer(take());
}

static void op_remove_peer(struct conn *c)
{
    dia_peer *peer = peer_number(take());
    (void)c;
    if (peer)
        dia_node_remove_peer(world.node, peer);
}

static void op_connect_peer(struct conn *c)
{
    dia_peer *peer = peer_number(take());
    (void)c;
    if (peer)
        dia_node_connect_peer(world.node, peer);
}

static void op_stop(struct conn *c)
{
    (void)c;
    dia_node_stop(world.node, (dia_cause)(take() % 3), 1000);
}

static void op_react(struct conn *c)
{
    const uint8_t when = take() % WHENS, what = take();
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
    world.fail_in = take();
}

static void op_serve_any(struct conn *c)
{
    (void)c;
    dia_node_serve_any(world.node, take() & 1 ? on_any : NULL, NULL);
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
      { [DIA_PEER_WAIT_CONN_ACK] = TO(CLOSED),
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
    if (!to || world.freed || world.failed || world.acted)
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
    const uint8_t op = take();
    world.failed = world.acted = false;
    world.budget += 64;
    look_before();
    ops[op & 31].run(&world.conns[(op >> 5) % CONNS]);
    look_behind(ops[op & 31].by);
    pump();
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
        pump();
        for (size_t k = 0; k < CONNS; k++)
            if (world.conns[k].conn && world.conns[k].ended)
                closed(&world.conns[k]);
        op_deadline(NULL);
    }
    for (size_t i = 0; i < world.n_sent; i++)
        must(world.sent[i].outcomes + world.sent[i].cancelled == 1);
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
        .retry = more & 64 ? DIA_RETRY_ON(3002) : 0,
        .realm_of_user_name = more & 64,
        .tries = more >> 1 & 3,
        .reopen_dwas = more & 8    ? 1
                       : more & 64 ? DIA_REOPEN_AT_ONCE
                                   : 0,
        .reopen_discards = more & 32,
        .state_events = more & 16,
        .capabilities_update = more & 1,
        .admit = more & 128 ? on_stranger : NULL,
        .alloc = &counting,
        .wall_clock = 1700000000,
        .on_event = on_event,
        .on_message = which & 32 ? on_message : NULL,
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
    world.manner = 5;
    world.now_us = 1000000;
    const uint8_t which = take();
    world.relays = which & 64;
    const dia_node_config config = config_of(which, take());
    must(dia_node_new(&config, now(), &world.node, NULL, 0) == 0);
    must(dia_serve_ro_ccr(world.node, on_ccr, NULL) == 0);
    if (which & 64)
        must(dia_node_advertise(world.node, 0xffffffff, 0, DIA_APP_BOTH) == 0 &&
             dia_node_advertise(world.node, 16777251, 10415, DIA_APP_AUTH) == 0 &&
             dia_node_advertise(world.node, 16777250, 10415, DIA_APP_ACCT) == 0);
    while (world.at < world.stop && !world.freed)
        step();
    world.fail_in = 0;
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
    must(world.live == 0);
    return 0;
}

/* The network of the node room's tests. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Nodes ---- */

static void take_event(void *arg, dia_node *node, const dia_event *event)
{
    struct net_seat *seat = arg;
    (void)node;
    seat->events[event->kind]++;
    if (event->result_code)
        seat->result_code = event->result_code;
    snprintf(seat->reason, sizeof seat->reason, "%s", event->reason);
    if (seat->on_event)
        seat->on_event(seat, event);
}

void net_begin(struct net *net)
{
    const uint8_t seed[32] = { 7 };
    memset(net, 0, sizeof *net);
    net->now_us = 1000000;
    dia_random_init(&net->random, seed);
}

dia_node *net_add(struct net *net, const char *host, const dia_node_config *given)
{
    dia_node_config config = { 0 };
    if (net->n_seats == NET_SEATS)
        abort();
    struct net_seat *seat = &net->seat[net->n_seats++];
    if (given)
        config = *given;
    seat->net = net;
    snprintf(seat->host, sizeof seat->host, "%s", host);
    config.origin_host = host;
    if (!config.origin_realm)
        config.origin_realm = "example.net";
    if (!config.wall_clock)
        config.wall_clock = 1700000000;
    if (!config.alloc)
        config.alloc = harness_allocator();
    config.seed[31] = (uint8_t)net->n_seats;
    config.on_event = take_event;
    config.arg = seat;
    if (dia_node_new(&config, (dia_time){ net->now_us }, &seat->node, NULL, 0))
        seat->node = NULL;
    return seat->node;
}

dia_node *net_begin_with(struct net *net, const char *host, const dia_node_config *given)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = given ? *given : (dia_node_config){ 0 };
    config.allow = anybody;
    config.watchdog_ms = 3600000;
    net_begin(net);
    return net_add(net, host, &config);
}

struct net_seat *net_seat_of(struct net *net, const dia_node *node)
{
    for (size_t i = 0; i < net->n_seats; i++)
        if (net->seat[i].node == node)
            return &net->seat[i];
    abort();
}

void net_free(struct net *net, dia_node *node)
{
    for (size_t i = 0; i < net->n_seats; i++)
        if (net->seat[i].node == node)
            net->seat[i].node = NULL;
    dia_node_free(node);
}

void net_end(struct net *net)
{
    for (size_t i = 0; i < net->n_seats; i++) {
        dia_node *node = net->seat[i].node;
        net->seat[i].node = NULL;
        dia_node_free(node);
    }
    for (size_t i = 0; i < net->n_wires; i++)
        for (int k = 0; k < 2; k++)
            dia_buf_done(&net->wire[i].end[k].to);
    memset(net, 0, sizeof *net);
}

/* ---- Wires ---- */

static const uint8_t ips[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };

/* What the node at end k is told of its connection. */
static dia_conn_info info_of(const struct net *net, int k)
{
    return (dia_conn_info){
        .kind = DIA_CONN_STREAM,
        .local = { { DIA_FAMILY_IPV4, { ips[k], 4 } }, (uint16_t)(k ? 3868 : 50000) },
        .remote = { { DIA_FAMILY_IPV4, { ips[!k], 4 } }, (uint16_t)(k ? 50000 : 3868) },
        .transport = "TCP",
        .security = net->security,
    };
}

static struct net_wire *wire_new(struct net *net)
{
    if (net->n_wires == NET_WIRES)
        abort();
    struct net_wire *wire = &net->wire[net->n_wires++];
    for (int k = 0; k < 2; k++)
        dia_buf_init(&wire->end[k].to, 0, NULL);
    return wire;
}

static bool is_there(const struct net_end *end)
{
    return end->conn && end->seat->node;
}

/* The node at this end learns that its connection is gone. */
static void close_end(struct net *net, struct net_end *end, const char *reason)
{
    dia_conn *conn = is_there(end) ? end->conn : NULL;
    end->conn = NULL;
    dia_buf_done(&end->to);
    if (conn)
        dia_conn_closed(conn, reason, (dia_time){ net->now_us });
}

void net_cut(struct net *net, struct net_wire *wire)
{
    close_end(net, &wire->end[0], "cut");
    close_end(net, &wire->end[1], "cut");
    net_pump(net);
}

static void connect(struct net *net, struct net_seat *from, const dia_todo *todo)
{
    struct net_seat *to = NULL;
    const dia_time now = { net->now_us };
    for (size_t i = 0; i < net->n_seats; i++)
        if (net->seat[i].node && !net->seat[i].deaf &&
            dia_bytes_equal_nocase(dia_cstr(net->seat[i].host), todo->uri.fqdn))
            to = &net->seat[i];
    struct net_wire *wire = to ? wire_new(net) : NULL;
    snprintf(net->also_named, sizeof net->also_named, "%.*s", (int)todo->also_named.n,
             (const char *)todo->also_named.p);
    const dia_conn_info ours = info_of(net, 0);
    dia_conn_info theirs = info_of(net, 1);
    if (wire) {
        theirs.listener = to->listener;
        wire->end[1].seat = to;
        wire->end[1].conn = dia_node_accept(to->node, &theirs, now);
    }
    if (!wire || !wire->end[1].conn) {
        dia_conn_closed(todo->conn, "connection refused", now);
        return;
    }
    dia_conn_set_user(wire->end[1].conn, wire);
    wire->end[0].seat = from;
    wire->end[0].conn = todo->conn;
    dia_conn_set_user(todo->conn, wire);
    dia_conn_connected(todo->conn, &ours, now);
}

static void write_out(struct net *net, struct net_end *from, struct net_end *to)
{
    dia_output piece;
    while (!from->stuck && is_there(from) && dia_conn_output(from->conn, &piece, 1)) {
        if ((to->conn || !to->seat) && dia_buf_append(&to->to, piece.octets))
            abort();
        dia_conn_sent(from->conn, piece.octets.n, (dia_time){ net->now_us });
    }
}

static void carry_out(struct net *net, struct net_seat *seat, const dia_todo *todo)
{
    if (todo->kind == DIA_TODO_DISCOVER) {
        if (net->on_discover)
            net->on_discover(net, seat->node, todo);
        return;
    }
    struct net_wire *wire = dia_conn_user(todo->conn);
    if (todo->kind == DIA_TODO_CONNECT) {
        connect(net, seat, todo);
        return;
    }
    if (!wire) { /* ended before it was connected */
        if (todo->kind == DIA_TODO_RESET)
            dia_conn_closed(todo->conn, NULL, (dia_time){ net->now_us });
        return;
    }
    const int k = wire->end[1].conn == todo->conn;
    struct net_end *end = &wire->end[k], *other = &wire->end[!k];
    switch (todo->kind) {
    case DIA_TODO_WRITE: write_out(net, end, other); break;
    case DIA_TODO_READ: end->paused = false; break;
    case DIA_TODO_CLOSE:
        write_out(net, end, other);
        other->fin = true;
        break;
    case DIA_TODO_RESET:
        close_end(net, end, NULL);
        close_end(net, other, "reset by the peer");
        break;
    default: break;
    }
}

static bool deliver(struct net *net, struct net_end *end, struct net_end *other)
{
    if (!is_there(end))
        return false;
    const bool gone = other->seat && !is_there(other); /* with its node, or closed before */
    if (end->to.n && !end->paused) {
        const dia_bytes all = dia_buf_bytes(&end->to);
        const size_t most = net->piece && net->piece < all.n ? net->piece : all.n;
        const size_t n = net->piece ? 1 + (size_t)dia_random_below(&net->random, most) : most;
        uint8_t *copy = malloc(n);
        if (!copy)
            abort();
        memcpy(copy, all.p, n);
        const size_t taken = dia_conn_input(end->conn, (dia_bytes){ copy, n }, (dia_time){ net->now_us });
        free(copy);
        dia_buf_consume(&end->to, taken);
        end->paused = taken < n;
        return taken > 0;
    }
    if (!end->to.n && (end->fin || gone)) {
        close_end(net, end, NULL);
        close_end(net, other, NULL);
        return true;
    }
    return false;
}

void net_pump(struct net *net)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < net->n_seats; i++) {
            dia_todo todo;
            while (net->seat[i].node && dia_node_todo(net->seat[i].node, &todo)) {
                carry_out(net, &net->seat[i], &todo);
                moved = true;
            }
        }
        for (size_t i = 0; i < net->n_wires; i++)
            for (int k = 0; k < 2; k++)
                moved |= deliver(net, &net->wire[i].end[k], &net->wire[i].end[!k]);
    }
}

void net_pass(struct net *net, uint32_t ms)
{
    const int64_t end = net->now_us + (int64_t)ms * 1000;
    net_pump(net);
    for (;;) {
        int64_t at = end;
        for (size_t i = 0; i < net->n_seats; i++)
            if (net->seat[i].node && dia_node_deadline(net->seat[i].node).us < at)
                at = dia_node_deadline(net->seat[i].node).us;
        net->now_us = at > net->now_us ? at : net->now_us;
        for (size_t i = 0; i < net->n_seats; i++)
            if (net->seat[i].node)
                dia_node_tick(net->seat[i].node, (dia_time){ net->now_us });
        net_pump(net);
        if (at >= end)
            return;
    }
}

struct net_wire *net_wire_of(struct net *net, const dia_node *a, const dia_node *b)
{
    for (size_t i = net->n_wires; i-- > 0;) {
        struct net_end *end = net->wire[i].end;
        if (!is_there(&end[0]) || !is_there(&end[1]))
            continue;
        if ((end[0].seat->node == a && end[1].seat->node == b) || (end[0].seat->node == b && end[1].seat->node == a))
            return &net->wire[i];
    }
    return NULL;
}

/* ---- The test at one end ---- */

struct net_wire *net_hold(struct net *net, dia_node *node)
{
    struct net_wire *wire = wire_new(net);
    dia_conn_info info = info_of(net, 1);
    wire->end[1].seat = net_seat_of(net, node);
    info.listener = wire->end[1].seat->listener;
    wire->end[1].conn = dia_node_accept(node, &info, (dia_time){ net->now_us });
    if (!wire->end[1].conn)
        return NULL;
    dia_conn_set_user(wire->end[1].conn, wire);
    return wire;
}

void net_write(struct net *net, struct net_wire *wire, dia_bytes octets)
{
    if (wire->end[1].conn && dia_buf_append(&wire->end[1].to, octets))
        abort();
    net_pump(net);
}

dia_bytes net_read(struct net *net, struct net_wire *wire)
{
    const dia_bytes all = dia_buf_bytes(&wire->end[0].to);
    const int64_t n = all.n ? dia_frame_cut(all, 0) : 0;
    if (n <= 0)
        return (dia_bytes){ NULL, 0 };
    dia_header_read(all, &net->header);
    dia_buf_consume(&wire->end[0].to, (size_t)n);
    return (dia_bytes){ all.p, (size_t)n };
}

dia_bytes net_take(struct net *net, struct net_wire *wire)
{
    net_pump(net);
    return net_read(net, wire);
}

void net_write_built(struct net *net, struct net_wire *wire, dia_builder *b)
{
    const int64_t n = dia_build_end(b);
    if (n < 0 || (size_t)n > b->cap)
        abort();
    net_write(net, wire, (dia_bytes){ b->buf, (size_t)n });
}

void net_begin_ccr(dia_builder *b, uint8_t *buf, size_t size, uint32_t application, const char *host)
{
    dia_build_begin(b, buf, size,
                    &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = 272,
                                   .application = application,
                                   .hop_by_hop = 7,
                                   .end_to_end = 8 });
    dia_put_bytes(b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    dia_put_bytes(b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_bytes(b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_bytes(b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_u32(b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, application);
    dia_put_bytes(b, DIA_AVP_CC_SERVICE_CONTEXT_ID, 0, DIA_AVP_M, DIA_STR("32251@3gpp.org"));
    dia_put_u32(b, DIA_AVP_CC_REQUEST_TYPE, 0, DIA_AVP_M, 4);
    dia_put_u32(b, DIA_AVP_CC_REQUEST_NUMBER, 0, DIA_AVP_M, 0);
}

void net_begin_answer(struct net *net, dia_builder *b, uint8_t *buf, size_t size, uint32_t result_code)
{
    dia_header head = net->header;
    head.version = 1;
    head.flags &= DIA_FLAG_PROXIABLE;
    dia_build_begin(b, buf, size, &head);
    dia_put_u32(b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
}

struct net_wire *net_hold_as(struct net *net, dia_node *node, const char *host, const char *realm, uint32_t application)
{
    static const dia_address address = { DIA_FAMILY_IPV4, { ips[0], 4 } };
    const dia_cer cer = {
        .origin_host = dia_cstr(host),
        .origin_realm = dia_cstr(realm),
        .host_ip_address = { &address, 1 },
        .product_name = DIA_LIT("test"),
        .auth_application_id = { &application, 1 },
    };
    uint8_t buf[512];
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    struct net_wire *wire = net_hold(net, node);
    if (!wire || n < 0)
        return NULL;
    net_write(net, wire, (dia_bytes){ buf, (size_t)n });
    return net_result(net_read(net, wire)) == 2001 ? wire : NULL;
}

struct net_wire *net_hold_open(struct net *net, dia_node *node, const char *host)
{
    return net_hold_as(net, node, host, "example.net", 4);
}

/* ---- Pairs ---- */

bool net_join(struct net *net, dia_node *from, dia_node *to)
{
    char uri[100];
    const char *host = net_seat_of(net, to)->host;
    dia_peer *peer = NULL;
    snprintf(uri, sizeof uri, "aaa://%s", host);
    if (dia_node_add_peer(from, &(dia_peer_config){ .host = host, .connect = uri }, &peer))
        return false;
    net_pump(net);
    return peer && dia_peer_is_open(peer) && net_wire_of(net, from, to);
}

bool net_pair(struct net *net, dia_node **client, dia_node **server, const dia_node_config *of_both)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = { 0 };
    if (of_both)
        config = *of_both;
    net_begin(net);
    *client = net_add(net, "client.example.net", &config);
    config.allow = anybody;
    *server = *client ? net_add(net, "server.example.net", &config) : NULL;
    return *server && !dia_node_use(*client, &dia_dict_ro) && !dia_node_use(*server, &dia_dict_ro) &&
           net_join(net, *client, *server);
}

/* ---- Requests ---- */

dia_ro_ccr net_ccr(uint32_t number)
{
    return (dia_ro_ccr){
        .destination_realm = DIA_LIT("example.net"),
        .service_context_id = DIA_LIT("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = number,
    };
}

void net_on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct asked *asked = arg;
    asked->n++;
    asked->kind = outcome->kind;
    asked->result_code = outcome->result_code;
    asked->result_vendor = outcome->result_vendor;
    asked->error = outcome->error;
    asked->has_msg = cca != NULL;
    asked->has_peer = outcome->peer != NULL;
    asked->number = cca ? cca->cc_request_number : 0;
    asked->latency_us = outcome->latency_us;
    asked->header = outcome->header;
    snprintf(asked->fault, sizeof asked->fault, "%s", outcome->fault ? outcome->fault->text : "");
}

int net_ask(dia_node *node, uint32_t number, uint32_t timeout_ms, struct asked *asked)
{
    const dia_ro_ccr ccr = net_ccr(number);
    return dia_send_ro_ccr(node, &ccr, timeout_ms, net_on_cca, asked);
}

int net_answer(dia_request *request, const dia_ro_ccr *ccr, uint32_t result_code)
{
    const dia_ro_cca cca = {
        .result_code = result_code,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    return dia_answer_ro_cca(request, &cca);
}

void net_serve(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    unsigned *served = arg;
    *served += !net_answer(request, ccr, 2001);
}

uint32_t net_result(dia_bytes message)
{
    const dia_bytes value = net_value(message, 268);
    return value.n == 4 ? dia_load32(value.p) : 0;
}

dia_bytes net_value(dia_bytes message, uint32_t code)
{
    dia_avp avp;
    return message.p && !dia_avp_find(message, code, 0, &avp) ? avp.data : (dia_bytes){ NULL, 0 };
}

dia_bytes net_nth_value(dia_bytes message, uint32_t code, size_t n)
{
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        if (it.avp.code == code && !it.avp.vendor && !n--)
            return it.avp.data;
    return (dia_bytes){ NULL, 0 };
}

size_t net_count(dia_bytes message, uint32_t code)
{
    size_t n = 0;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it))
        n += it.avp.code == code && !it.avp.vendor;
    return it.err ? 1000 : n;
}

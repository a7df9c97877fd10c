/* The rig of the peer room's tests. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Above: hooks ---- */

static void take_request(void *above, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    struct rig *rig = above;
    rig->requests++;
    rig->last = *header;
    if (rig->on_request)
        rig->on_request(rig, conn, message);
}

static void take_outcome(void *above, dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                         const dia_header *header, dia_bytes message)
{
    struct rig *rig = above;
    (void)conn;
    (void)message;
    rig->outcomes[kind]++;
    if (header)
        rig->last = *header;
    if (rig->on_outcome)
        rig->on_outcome(rig, waiting);
}

static void take_open(void *above, dia_peer *peer, bool open)
{
    struct rig *rig = above;
    (void)peer;
    if (open)
        rig->opened++;
    else
        rig->shut++;
}

static void take_suspect(void *above, dia_conn *conn)
{
    struct rig *rig = above;
    (void)conn;
    rig->suspected++;
}

static void take_changed(void *above, dia_peer *peer)
{
    (void)above;
    (void)peer;
}

static void take_gone(void *above, dia_conn *conn)
{
    struct rig *rig = above;
    (void)conn;
    rig->gone++;
}

static void take_event(void *arg, dia_node *node, const dia_event *event)
{
    struct rig *rig = arg;
    (void)node;
    struct rig_seen *seen = &rig->events[event->kind];
    seen->n++;
    seen->result_code = event->result_code;
    snprintf(seen->reason, sizeof seen->reason, "%s", event->reason);
    seen->message = event->message.n;
    if (rig->on_event)
        rig->on_event(rig, event);
}

/* ---- Life ---- */

static const uint8_t local_ip[4] = { 192, 0, 2, 1 }, remote_ip[4] = { 192, 0, 2, 2 };
static const dia_conn_info usual_info = {
    .kind = DIA_CONN_STREAM,
    .local = { { DIA_FAMILY_IPV4, { local_ip, 4 } }, 3868 },
    .remote = { { DIA_FAMILY_IPV4, { remote_ip, 4 } }, 50000 },
};

bool rig_begin(struct rig *rig, const dia_node_config *given)
{
    static const dia_hooks hooks = { .request = take_request,
                                     .outcome = take_outcome,
                                     .suspect = take_suspect,
                                     .open = take_open,
                                     .changed = take_changed,
                                     .gone = take_gone };
    memset(rig, 0, sizeof *rig);
    dia_arena_init(&rig->arena, NULL, 0, 16 << 20, NULL);
    dia_node_config config = { 0 };
    if (given)
        config = *given;
    if (!config.origin_host)
        config.origin_host = "m.example.net";
    if (!config.origin_realm)
        config.origin_realm = "example.net";
    if (!config.alloc)
        config.alloc = harness_allocator();
    config.on_event = take_event;
    config.arg = rig;
    if (!config.wall_clock)
        config.wall_clock = 1700000000;
    if (dia_hub_init(&rig->hub, &config, (dia_time){ 1000000 }, NULL, 0))
        return false;
    rig->made = true;
    rig->hub.above = rig;
    rig->hub.hooks = hooks;
    return !dia_hub_advertise(&rig->hub, 4, 0, DIA_APP_AUTH);
}

void rig_end(struct rig *rig)
{
    rig->on_event = NULL;
    rig->on_outcome = NULL;
    if (rig->made) {
        rig->hub.stopping = rig->hub.stopped = true;
        dia_hub_alarm(&rig->hub, &rig->hub.stop_alarm, DIA_NEVER_US);
        while (!dia_list_empty(&rig->hub.conns))
            dia_conn_free(DIA_OF(rig->hub.conns.next, dia_conn, link), "the test ends");
        while (!dia_list_empty(&rig->hub.peers))
            dia_peer_free(DIA_OF(rig->hub.peers.next, dia_peer, link));
        check_int(rig->hub.n_peers, 0);
        check_int(rig->hub.n_conns, 0);
        check_int(rig->hub.n_before_cer, 0);
        check_int(dia_hub_deadline(&rig->hub), DIA_NEVER_US);
        dia_hub_done(&rig->hub);
    }
    for (size_t i = 0; i < rig->n_links; i++)
        dia_buf_done(&rig->links[i].sent);
    dia_arena_done(&rig->arena);
    memset(rig, 0, sizeof *rig);
}

bool rig_aim(dia_peer *peer, const char *connect)
{
    dia_target *target = dia_target_new(peer->hub, &(dia_peer_config){ .connect = connect });
    if (target)
        dia_peer_aim(peer, target);
    return target != NULL;
}

dia_peer *rig_peer(struct rig *rig, const char *host, const char *connect)
{
    dia_peer *peer = dia_peer_new(&rig->hub, dia_cstr(host));
    if (!peer)
        return NULL;
    peer->configured = true;
    if (!connect)
        return peer;
    if (!rig_aim(peer, connect))
        return NULL;
    dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
    rig_pump(rig);
    return peer;
}

/* ---- Below: the driver ---- */

static struct rig_link *link_of(struct rig *rig, dia_conn *conn)
{
    struct rig_link *link = dia_conn_user(conn);
    if (link)
        return link;
    if (rig->n_links == RIG_LINKS)
        abort();
    link = &rig->links[rig->n_links++];
    link->conn = conn;
    dia_buf_init(&link->sent, 0, NULL);
    dia_conn_set_user(conn, link);
    return link;
}

static void write_out(struct rig *rig, struct rig_link *link)
{
    dia_output piece;
    while (!link->stuck && dia_conn_output(link->conn, &piece, 1)) {
        if (dia_buf_append(&link->sent, piece.octets))
            abort();
        dia_conn_sent(link->conn, piece.octets.n, rig->hub.now);
    }
}

void rig_pump(struct rig *rig)
{
    dia_todo todo;
    while (dia_conn_next_todo(&rig->hub, &todo)) {
        struct rig_link *link = link_of(rig, todo.conn);
        switch (todo.kind) {
        case DIA_TODO_CONNECT: break;
        case DIA_TODO_WRITE: write_out(rig, link); break;
        case DIA_TODO_READ: link->read_wished = true; break;
        case DIA_TODO_CLOSE:
            link->ending = RIG_CLOSED;
            write_out(rig, link);
            break;
        case DIA_TODO_RESET: link->ending = RIG_RESET; break;
        case DIA_TODO_SECURE:
            write_out(rig, link);
            link->secure_wished = true;
            break;
        default: abort();
        }
    }
    dia_hub_forget(&rig->hub);
}

struct rig_link *rig_accept_as(struct rig *rig, const dia_conn_info *info)
{
    dia_conn *conn = dia_conn_accept(&rig->hub, info);
    rig_pump(rig);
    return conn ? link_of(rig, conn) : NULL;
}

dia_peer *rig_find(const struct rig *rig, const char *host)
{
    return dia_names_get(&rig->hub.by_host, dia_cstr(host));
}

struct rig_link *rig_accept(struct rig *rig)
{
    return rig_accept_as(rig, &usual_info);
}

struct rig_link *rig_accept_tls(struct rig *rig)
{
    dia_conn_info info = rig_info();
    info.transport = "TCP";
    info.awaits_security = true;
    return rig_accept_as(rig, &info);
}

struct rig_link *rig_accept_secured(struct rig *rig, const dia_security *security)
{
    struct rig_link *link = rig_accept_tls(rig);
    rig_protect(rig, link, security);
    return link;
}

struct rig_link *rig_wanted(struct rig *rig)
{
    for (size_t i = rig->n_links; i-- > 0;)
        if (rig->links[i].conn && rig->links[i].conn->initiator)
            return &rig->links[i];
    return NULL;
}

dia_conn_info rig_info(void)
{
    return usual_info;
}

void rig_stand_as(struct rig *rig, struct rig_link *link, const dia_conn_info *info)
{
    if (link && link->conn)
        dia_conn_stands(link->conn, info);
    rig_pump(rig);
}

void rig_stand(struct rig *rig, struct rig_link *link)
{
    rig_stand_as(rig, link, &usual_info);
}

void rig_protect(struct rig *rig, struct rig_link *link, const dia_security *security)
{
    if (link && link->conn)
        dia_conn_protect(link->conn, security);
    rig_pump(rig);
}

void rig_drop(struct rig *rig, struct rig_link *link)
{
    dia_conn *conn = link ? link->conn : NULL;
    if (!conn)
        return;
    link->conn = NULL;
    dia_conn_free(conn, NULL);
    rig_pump(rig);
}

size_t rig_feed(struct rig *rig, struct rig_link *link, dia_bytes octets)
{
    if (!link || !link->conn)
        return octets.n;
    uint8_t *copy = malloc(octets.n ? octets.n : 1);
    if (!copy)
        abort();
    if (octets.n)
        memcpy(copy, octets.p, octets.n);
    const size_t n = dia_conn_take(link->conn, (dia_bytes){ copy, octets.n });
    free(copy);
    rig_pump(rig);
    return n;
}

void rig_pass(struct rig *rig, uint32_t ms)
{
    const int64_t end = rig->hub.now.us + (int64_t)ms * 1000;
    for (int64_t at; (at = dia_hub_deadline(&rig->hub)) <= end;) {
        dia_hub_tick(&rig->hub, (dia_time){ at });
        rig_pump(rig);
    }
    dia_hub_tick(&rig->hub, (dia_time){ end });
    rig_pump(rig);
}

/* ---- The far end reads ---- */

dia_bytes rig_read_octets(struct rig_link *link)
{
    const dia_bytes all = dia_buf_bytes(&link->sent);
    const int64_t n = all.n ? dia_frame_cut(all, 0) : 0;
    if (n <= 0)
        return (dia_bytes){ NULL, 0 };
    dia_header_read(all, &link->header);
    dia_buf_consume(&link->sent, (size_t)n);
    return (dia_bytes){ all.p, (size_t)n };
}

const void *rig_read(struct rig *rig, struct rig_link *link, const dia_command *command)
{
    const dia_bytes message = link ? rig_read_octets(link) : (dia_bytes){ NULL, 0 };
    if (!message.p || link->header.command != command->code ||
        (link->header.flags & DIA_FLAG_REQUEST) != (command->flags & DIA_FLAG_REQUEST))
        return NULL;
    const dia_bytes kept = dia_arena_copy(&rig->arena, message);
    const void *out = NULL;
    dia_fault fault;
    if (dia_decode(command, kept, DIA_LEVEL_LENIENT, &rig->arena, &out, &fault))
        fprintf(stderr, "what came breaks its grammar: %s\n", fault.text);
    return out;
}

uint32_t rig_read_result(struct rig *rig, struct rig_link *link)
{
    const dia_cea *cea = rig_read(rig, link, DIA_COMMAND_CEA);
    return cea ? cea->result_code : 0;
}

unsigned rig_read_dwrs(struct rig_link *link)
{
    unsigned n = 0;
    while (rig_read_octets(link).p)
        n += link->header.command == 280 && link->header.flags & DIA_FLAG_REQUEST;
    return n;
}

bool rig_is_silent(const struct rig_link *link)
{
    return !link->sent.n;
}

/* ---- The far end sends ---- */

void rig_send(struct rig *rig, struct rig_link *link, const dia_command *command, const void *msg,
              const dia_header *ids)
{
    uint8_t buf[8192];
    const int64_t n = dia_encode(command, msg, DIA_LEVEL_OFF, ids, NULL, buf, sizeof buf, NULL, NULL);
    if (n < 0)
        abort();
    if (ids->version)
        buf[0] = ids->version;
    rig_feed(rig, link, (dia_bytes){ buf, (size_t)n });
}

void rig_send_request(struct rig *rig, struct rig_link *link, const dia_command *command, const void *msg)
{
    rig_send(rig, link, command, msg, &(dia_header){ .hop_by_hop = RIG_HOP, .end_to_end = RIG_END });
}

dia_cer rig_cer(const char *host)
{
    static const uint32_t apps[] = { 4 };
    static const dia_address address = { DIA_FAMILY_IPV4, { remote_ip, 4 } };
    return (dia_cer){
        .origin_host = dia_cstr(host),
        .origin_realm = DIA_LIT("example.net"),
        .host_ip_address = { &address, 1 },
        .vendor_id = 0,
        .product_name = DIA_LIT("far end"),
        .auth_application_id = DIA_LIST(apps),
    };
}

void rig_send_cer(struct rig *rig, struct rig_link *link, const char *host)
{
    const dia_cer cer = rig_cer(host);
    rig_send_request(rig, link, DIA_COMMAND_CER, &cer);
}

void rig_send_cea(struct rig *rig, struct rig_link *link, const char *host, uint32_t result_code, uint32_t hop_by_hop)
{
    const dia_cer cer = rig_cer(host);
    const dia_cea cea = {
        .result_code = result_code,
        .origin_host = cer.origin_host,
        .origin_realm = cer.origin_realm,
        .host_ip_address = cer.host_ip_address,
        .product_name = cer.product_name,
        .auth_application_id = cer.auth_application_id,
    };
    rig_send(rig, link, DIA_COMMAND_CEA, &cea, &(dia_header){ .hop_by_hop = hop_by_hop });
}

void rig_send_dwr(struct rig *rig, struct rig_link *link)
{
    const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    rig_send_request(rig, link, DIA_COMMAND_DWR, &dwr);
}

void rig_send_dwa(struct rig *rig, struct rig_link *link)
{
    const dia_dwa dwa = { .result_code = 2001,
                          .origin_host = DIA_LIT("a.example.net"),
                          .origin_realm = DIA_LIT("example.net") };
    rig_send(rig, link, DIA_COMMAND_DWA, &dwa, &(dia_header){ .hop_by_hop = link ? link->header.hop_by_hop : 0 });
}

void rig_send_dpr(struct rig *rig, struct rig_link *link, dia_cause cause)
{
    const dia_dpr dpr = { .origin_host = DIA_LIT("a.example.net"),
                          .origin_realm = DIA_LIT("example.net"),
                          .disconnect_cause = (int32_t)cause };
    rig_send_request(rig, link, DIA_COMMAND_DPR, &dpr);
}

void rig_send_dpa(struct rig *rig, struct rig_link *link, uint32_t hop_by_hop)
{
    const dia_dpa dpa = { .result_code = 2001,
                          .origin_host = DIA_LIT("a.example.net"),
                          .origin_realm = DIA_LIT("example.net") };
    rig_send(rig, link, DIA_COMMAND_DPA, &dpa, &(dia_header){ .hop_by_hop = hop_by_hop });
}

void rig_send_header(struct rig *rig, struct rig_link *link, const dia_header *header)
{
    dia_header copy = *header;
    uint8_t buf[DIA_HEADER_SIZE];
    copy.version = copy.version ? copy.version : 1;
    copy.length = sizeof buf;
    dia_header_write(&copy, buf);
    rig_feed(rig, link, (dia_bytes){ buf, sizeof buf });
}

/* ---- Open peers ---- */

struct rig_link *rig_reach(struct rig *rig)
{
    struct rig_link *link = rig_wanted(rig);
    rig_stand(rig, link);
    return rig_read(rig, link, DIA_COMMAND_CER) ? link : NULL;
}

struct rig_link *rig_open_r(struct rig *rig, const char *host)
{
    if (!rig_find(rig, host) && !rig_peer(rig, host, NULL))
        return NULL;
    struct rig_link *link = rig_accept(rig);
    rig_send_cer(rig, link, host);
    return rig_read_result(rig, link) == 2001 && link->conn->phase == DIA_PHASE_OPEN ? link : NULL;
}

struct rig_link *rig_open_i(struct rig *rig, const char *host)
{
    const dia_peer *peer = rig_peer(rig, host, "aaa://far.example.net");
    struct rig_link *link = peer ? rig_reach(rig) : NULL;
    if (!link)
        return NULL;
    rig_send_cea(rig, link, host, 2001, link->header.hop_by_hop);
    return link->conn && link->conn->phase == DIA_PHASE_OPEN ? link : NULL;
}

struct rig_link *rig_open_secured(struct rig *rig, const char *host, const dia_security *security)
{
    struct rig_link *link = rig_accept_secured(rig, security);
    rig_send_cer(rig, link, host);
    return rig_read_result(rig, link) == 2001 ? link : NULL;
}

struct rig_link *rig_begin_open(struct rig *rig, const dia_node_config *config)
{
    return rig_begin(rig, config) ? rig_open_r(rig, "a.example.net") : NULL;
}

dia_waiting *rig_request(struct rig *rig, struct rig_link *link, uint32_t timeout_ms)
{
    dia_waiting *waiting = dia_waiting_new(link->conn);
    if (!waiting)
        return NULL;
    const dia_header header = { .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                .command = 272,
                                .application = 4,
                                .hop_by_hop = waiting->hop_by_hop,
                                .end_to_end = dia_hub_end_to_end(&rig->hub) };
    uint8_t *to = dia_conn_room(link->conn, DIA_HEADER_SIZE);
    if (!to)
        return NULL;
    dia_builder b;
    dia_build_begin(&b, to, DIA_HEADER_SIZE, &header);
    dia_build_end(&b);
    dia_conn_wrote(link->conn, DIA_HEADER_SIZE);
    waiting->application = header.application;
    waiting->code = header.command;
    waiting->end_to_end = header.end_to_end;
    waiting->answer = NULL;
    waiting->call = NULL;
    dia_waiting_start(link->conn, waiting, timeout_ms);
    rig_pump(rig);
    return waiting;
}

/* The stage: one node driven through its public interface, far ends that are buffers, and a clock that jumps from one
 * deadline to the next. */
#include "script.h"

#include <diatom/app/all.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { STUCK_MAX = 1000, WALL_CLOCK = 1767225600 };

static dia_time now_of(const talk_stage *stage)
{
    return (dia_time){ stage->now_us };
}

void talk_note(talk_stage *stage, int party, bool from_node, const char *format, ...)
{
    talk_row row = { .at_us = stage->now_us, .party = party, .from_node = from_node, .times = 1 }, *last = stage->last;
    va_list args;
    va_start(args, format);
    vsnprintf(row.label, sizeof row.label, format, args);
    va_end(args);
    if (last && last->at_us == row.at_us && last->party == party && last->from_node == from_node &&
        !strcmp(last->label, row.label)) {
        last->times++;
        return;
    }
    stage->last = talk_get(stage->arena, sizeof *stage->last);
    *stage->last = row;
    if (last)
        last->next = stage->last;
    else
        stage->rows = stage->last;
}

static void put_item(talk_stage *stage, talk_end *end, talk_item_kind kind, dia_bytes octets)
{
    talk_item **at = &end->inbox;
    while (*at)
        at = &(*at)->next;
    *at = talk_get(stage->arena, sizeof **at);
    **at = (talk_item){ .kind = kind, .at_us = stage->now_us, .octets = octets };
}

static int index_of(const talk_stage *stage, const talk_end *end)
{
    return (int)(end - stage->ends);
}

/* ---- What the node tells ---- */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    talk_stage *stage = arg;
    (void)node;
    if (stage->over)
        return;
    talk_event **at = &stage->events;
    while (*at)
        at = &(*at)->next;
    *at = talk_get(stage->arena, sizeof **at);
    **at = (talk_event){ .kind = event->kind, .result_code = event->result_code, .at_us = stage->now_us };
    if (event->kind != DIA_EVENT_STATE) /* the messages show it */
        talk_note(stage, -1, false, "(%s: %s)", dia_event_name(event->kind), event->reason);
}

/* Which line of the configuration a handler is. */
typedef struct binding {
    talk_stage *stage;
    const talk_serve *serve;
} binding;

static void take_request(dia_request *request, void *arg)
{
    const binding *b = arg;
    b->stage->served++;
    if (b->serve->how == TALK_ANSWER) {
        if (dia_request_answer_least(request, b->serve->result_code))
            dia_request_fail(request, b->serve->result_code, NULL);
    } else if (b->serve->how == TALK_REDIRECT) {
        const talk_config *c = b->stage->config;
        if (dia_request_redirect(request, c->redirects.hosts, c->redirects.n, c->redirects.usage,
                                 c->redirects.max_cache_s))
            dia_request_fail(request, 5012, dia_node_last_fault(b->stage->node));
    } else if (b->serve->how == TALK_KEEP && dia_request_keep(request)) {
        talk_kept **at = &b->stage->kept;
        while (*at)
            at = &(*at)->next;
        *at = talk_get(b->stage->arena, sizeof **at);
        (*at)->request = request;
    }
}

static void take_typed(dia_untyped *fn, dia_request *request, const void *msg, void *arg)
{
    (void)fn;
    (void)msg;
    take_request(request, arg);
}

/* ---- The node ---- */

static int serve(talk_stage *stage, const talk_serve *row)
{
    binding *b = talk_get(stage->arena, sizeof *b);
    *b = (binding){ stage, row };
    if (row->command)
        return dia_node_serve(stage->node, row->command, take_typed, (dia_untyped *)take_request, b);
    dia_node_serve_any(stage->node, take_request, b);
    return 0;
}

static int begin_application(talk_stage *stage, const talk_application *a)
{
    return a->dict ? dia_node_use(stage->node, a->dict) : dia_node_advertise(stage->node, a->id, a->vendor, a->kind);
}

static int begin_overload(talk_stage *stage)
{
    const talk_config *config = stage->config;
    int err = config->overloads ? dia_node_set_overload(stage->node, &config->overload) : 0;
    if (!err && config->load != DIA_LOAD_NONE)
        err = dia_node_set_load(stage->node, config->load);
    if (!err && config->priority != DIA_PRIORITY_NONE)
        err = dia_node_set_priority(stage->node, config->priority);
    return err;
}

static bool begin_node(talk_stage *stage, char *why, size_t size)
{
    const talk_config *config = stage->config;
    dia_node_config c = config->node;
    int err;
    snprintf(why, size, "the configuration makes no sense");
    c.allow = config->n_allow ? config->allow : NULL;
    c.redirect_hosts = config->n_redirect_hosts ? config->redirect_hosts : NULL;
    c.host_ip_addresses = config->n_addresses ? config->addresses : NULL;
    c.n_host_ip_addresses = config->n_addresses;
    c.seed[0] = (uint8_t)(1 + stage->starts);
    c.wall_clock = WALL_CLOCK + (stage->now_us - stage->start_us) / 1000000 + stage->starts;
    c.on_event = on_event;
    c.state_events = true;
    c.arg = stage;
    stage->over = false;
    stage->starts++;
    if (dia_node_new(&c, now_of(stage), &stage->node, why, size))
        return false;
    for (size_t i = 0; i < config->n_applications; i++)
        if ((err = begin_application(stage, &config->applications[i]))) {
            snprintf(why, size, "application %lu: %s", (unsigned long)config->applications[i].id, dia_strerror(err));
            return false;
        }
    const dia_listener_config listener = { .inband = config->inband };
    stage->listener = NULL;
    if (config->inband && (err = dia_node_add_listener(stage->node, &listener, &stage->listener))) {
        snprintf(why, size, "inband: %s", dia_strerror(err));
        return false;
    }
    if ((err = begin_overload(stage))) {
        snprintf(why, size, "overload: %s", dia_strerror(err));
        return false;
    }
    for (size_t i = 0; i < config->n_serves; i++)
        if ((err = serve(stage, &config->serves[i]))) {
            snprintf(why, size, "serve: %s", dia_strerror(err));
            return false;
        }
    for (size_t i = 0; i < config->n_peers; i++) {
        const talk_peer *p = &config->peers[i];
        const dia_peer_config peer = { .host = p->host,
                                       .connect = p->connect,
                                       .watchdog_ms = p->watchdog_ms,
                                       .insecure = p->insecure,
                                       .inband = p->inband };
        if ((err = dia_node_add_peer(stage->node, &peer, NULL))) {
            snprintf(why, size, "peer %s: %s", p->host, dia_strerror(err));
            return false;
        }
    }
    return true;
}

static void end_node(talk_stage *stage)
{
    stage->over = true; /* what it still says has no place in the script */
    dia_node_free(stage->node);
    stage->node = NULL;
    stage->kept = NULL;
    for (size_t i = 0; i < stage->config->n_parties; i++) {
        talk_end *end = &stage->ends[i];
        end->conn = NULL;
        end->connecting = false;
        end->n_to_node = end->n_from_node = 0;
    }
    for (talk_attempt *a = stage->attempts; a; a = a->next)
        a->conn = NULL;
}

bool talk_stage_begin(talk_stage *stage, const talk_config *config, dia_arena *arena, char *why, size_t size)
{
    *stage = (talk_stage){ .config = config, .arena = arena, .start_us = 1000000, .now_us = 1000000 };
    for (size_t i = 0; i < config->n_parties; i++)
        stage->ends[i] = (talk_end){ .party = &config->parties[i], .next_id = (uint32_t)(i + 1) * 1000000 };
    return begin_node(stage, why, size);
}

bool talk_stage_restart(talk_stage *stage, char *why, size_t size)
{
    end_node(stage);
    talk_note(stage, -1, false, "(the node restarts)");
    return begin_node(stage, why, size);
}

void talk_stage_end(talk_stage *stage)
{
    if (stage->node)
        end_node(stage);
    for (size_t i = 0; i < TALK_PARTIES; i++) {
        free(stage->ends[i].to_node);
        free(stage->ends[i].from_node);
    }
}

/* ---- From the node ---- */

static void append(uint8_t **to, size_t *n, size_t *cap, dia_bytes octets)
{
    if (*n + octets.n > *cap) {
        *cap = 2 * (*n + octets.n);
        *to = realloc(*to, *cap);
        if (!*to)
            abort();
    }
    if (octets.n)
        memcpy(*to + *n, octets.p, octets.n);
    *n += octets.n;
}

static bool is_dwr(const dia_header *h)
{
    return h->command == 280 && h->flags & DIA_FLAG_REQUEST && !h->application;
}

static void answer_watchdog(talk_stage *stage, talk_end *end, const dia_header *dwr)
{
    uint8_t buf[512];
    dia_builder b;
    const dia_header h = { .command = 280, .hop_by_hop = dwr->hop_by_hop, .end_to_end = dwr->end_to_end };
    dia_build_begin(&b, buf, sizeof buf, &h);
    dia_put_u32(&b, 268, 0, DIA_AVP_M, 2001);
    dia_put_bytes(&b, 264, 0, DIA_AVP_M, end->party->host);
    dia_put_bytes(&b, 296, 0, DIA_AVP_M, dia_cstr(stage->config->node.origin_realm));
    const int64_t n = dia_build_end(&b);
    if (n < 0)
        abort();
    for (talk_open **at = &end->owed; *at; at = &(*at)->next) {
        if ((*at)->header.hop_by_hop == dwr->hop_by_hop) {
            *at = (*at)->next;
            break;
        }
    }
    talk_note(stage, index_of(stage, end), false, "DWA 2001");
    append(&end->to_node, &end->n_to_node, &end->cap_to_node, (dia_bytes){ buf, (size_t)n });
}

static void take_message(talk_stage *stage, talk_end *end, dia_bytes message)
{
    const dia_bytes copy = talk_copy(stage->arena, message);
    char label[80];
    dia_header h = { 0 };
    talk_label(copy, label, sizeof label);
    talk_note(stage, index_of(stage, end), true, "%s", label);
    const char *rule = talk_manners(stage, end, copy);
    if (rule && !stage->rule) {
        stage->rule = rule;
        stage->broken = copy;
        stage->breaker = index_of(stage, end);
    }
    dia_header_read(copy, &h);
    if (end->answers_watchdogs && is_dwr(&h))
        answer_watchdog(stage, end, &h);
    else
        put_item(stage, end, TALK_MESSAGE, copy);
}

/* What the node wrote, cut into messages. A length that is none ends the test: the rest goes as it is. */
static void take_octets(talk_stage *stage, talk_end *end, dia_bytes octets)
{
    append(&end->from_node, &end->n_from_node, &end->cap_from_node, octets);
    size_t at = 0;
    dia_header h;
    while (!dia_header_read((dia_bytes){ end->from_node + at, end->n_from_node - at }, &h)) {
        const size_t all = end->n_from_node - at, n = h.length < DIA_HEADER_SIZE ? all : h.length;
        if (n > all)
            break;
        take_message(stage, end, (dia_bytes){ end->from_node + at, n });
        at += n;
    }
    memmove(end->from_node, end->from_node + at, end->n_from_node - at);
    end->n_from_node -= at;
}

static void write_out(talk_stage *stage, talk_end *end)
{
    dia_output piece;
    while (end->conn && !end->deaf && dia_conn_output(end->conn, &piece, 1)) {
        const size_t n = piece.octets.n;
        const dia_bytes copy = talk_copy(stage->arena, piece.octets);
        dia_conn_sent(end->conn, n, now_of(stage));
        take_octets(stage, end, copy);
    }
}

/* The node learns that the connection is gone. */
static void end_conn(talk_stage *stage, talk_end *end, const char *reason)
{
    dia_conn *conn = end->conn;
    end->conn = NULL;
    end->connecting = end->closing = end->paused = false;
    end->n_to_node = 0;
    if (conn)
        dia_conn_closed(conn, reason, now_of(stage));
}

static void begin_conn(talk_end *end, dia_conn *conn, bool initiator)
{
    end->conn = conn;
    end->initiator = initiator;
    end->connecting = end->closing = end->paused = end->deaf = false;
    end->n_to_node = end->n_from_node = 0;
    end->rest = (dia_bytes){ NULL, 0 };
    end->asked = end->owed = NULL;
    dia_conn_set_user(conn, end);
}

/* ---- Certificates ---- */

/* "*" stands for one label. */
static bool is_named(dia_bytes pattern, dia_bytes host)
{
    if (pattern.n < 2 || pattern.p[0] != '*')
        return dia_bytes_equal_nocase(pattern, host);
    const uint8_t *dot = memchr(host.p, '.', host.n);
    return dot && dia_bytes_equal_nocase((dia_bytes){ pattern.p + 1, pattern.n - 1 },
                                         (dia_bytes){ dot, (size_t)(host.p + host.n - dot) });
}

static bool names(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t size)
{
    const talk_party *party = arg;
    dia_bytes rest = party->certified.p ? party->certified : party->host;
    (void)realm;
    while (rest.n) {
        const uint8_t *comma = memchr(rest.p, ',', rest.n);
        const size_t n = comma ? (size_t)(comma - rest.p) : rest.n;
        if (is_named((dia_bytes){ rest.p, n }, host))
            return true;
        rest = (dia_bytes){ rest.p + n + !!comma, rest.n - n - !!comma };
    }
    snprintf(why, size, "the certificate of %.*s does not name %.*s", TALK_TEXT(party->name), TALK_TEXT(host));
    return false;
}

static dia_security security_of(const talk_end *end)
{
    const talk_party *party = end->party;
    return (dia_security){ .protocol = end->messages ? "DTLSv1.2" : "TLSv1.3",
                           .cipher = "none",
                           .subject = (const char *)"the party",
                           .expires = party->life_us ? WALL_CLOCK + party->life_us / 1000000 : 0,
                           .warn_s = party->warn_s,
                           .names = names,
                           .arg = party };
}

void talk_show(talk_stage *stage, int party)
{
    talk_end *end = &stage->ends[party];
    const dia_security security = security_of(end);
    talk_note(stage, party, false, "certificate");
    dia_conn_secured(end->conn, &security, now_of(stage));
    talk_stage_pump(stage);
}

/* ---- Wishes ---- */

static bool is_at(const talk_stage *stage, int party, const char *host)
{
    return dia_bytes_equal_nocase(stage->config->parties[party].host, dia_cstr(host));
}

static void want_connection(talk_stage *stage, const dia_todo *todo)
{
    talk_attempt **at = &stage->attempts;
    while (*at)
        at = &(*at)->next;
    talk_attempt *a = *at = talk_get(stage->arena, sizeof *a);
    a->conn = todo->conn;
    a->at_us = stage->now_us;
    a->way = (todo->uri.secure ? TALK_BY_TLS : TALK_BY_TCP) + (todo->uri.transport == DIA_TRANSPORT_SCTP);
    snprintf(a->host, sizeof a->host, "%.*s", TALK_TEXT(todo->uri.fqdn));
    for (size_t i = 0; i < stage->config->n_parties; i++) {
        if (is_at(stage, (int)i, a->host) && !stage->ends[i].conn) {
            talk_note(stage, (int)i, true, a->way ? "connect by %s" : "connect", talk_way_name(a->way));
            return;
        }
    }
    talk_note(stage, -1, false, "(connects to %s)", a->host);
}

static bool give_up_attempt(talk_stage *stage, dia_conn *conn)
{
    for (talk_attempt *a = stage->attempts; a; a = a->next) {
        if (a->conn == conn) {
            a->conn = NULL;
            talk_note(stage, -1, false, "(gives up connecting to %s)", a->host);
            dia_conn_closed(conn, NULL, now_of(stage));
            return true;
        }
    }
    return false;
}

static void close_now(talk_stage *stage, talk_end *end)
{
    talk_note(stage, index_of(stage, end), true, "close");
    put_item(stage, end, TALK_CLOSE, (dia_bytes){ NULL, 0 });
    end_conn(stage, end, NULL);
}

static void carry_out(talk_stage *stage, const dia_todo *todo)
{
    if (todo->kind == DIA_TODO_CONNECT) {
        want_connection(stage, todo);
        return;
    }
    if (give_up_attempt(stage, todo->conn))
        return;
    talk_end *end = dia_conn_user(todo->conn);
    switch (todo->kind) {
    case DIA_TODO_WRITE: write_out(stage, end); break;
    case DIA_TODO_READ: end->paused = false; break;
    case DIA_TODO_CLOSE:
        write_out(stage, end);
        end->closing = end->deaf;
        if (!end->deaf)
            close_now(stage, end);
        break;
    case DIA_TODO_SECURE:
        write_out(stage, end);
        talk_note(stage, index_of(stage, end), true, "handshake");
        put_item(stage, end, TALK_HANDSHAKE, (dia_bytes){ NULL, 0 });
        break;
    case DIA_TODO_RESET:
        talk_note(stage, index_of(stage, end), true, end->connecting ? "gives up" : "reset");
        put_item(stage, end, TALK_RESET, (dia_bytes){ NULL, 0 });
        end_conn(stage, end, NULL);
        break;
    default: break;
    }
}

/* ---- To the node ---- */

/* From a block of exactly this size, so that the sanitizers see one octet too far. */
static size_t give(talk_stage *stage, talk_end *end, size_t n)
{
    uint8_t *copy = malloc(n);
    if (!copy)
        abort();
    memcpy(copy, end->to_node, n);
    const size_t taken = dia_conn_input(end->conn, (dia_bytes){ copy, n }, now_of(stage));
    free(copy);
    return taken;
}

static bool deliver(talk_stage *stage, talk_end *end)
{
    if (!end->conn || end->connecting || end->paused || !end->n_to_node)
        return false;
    size_t n = end->n_to_node;
    dia_header h;
    if (end->messages && !dia_header_read((dia_bytes){ end->to_node, n }, &h) && h.length >= DIA_HEADER_SIZE &&
        h.length < n)
        n = h.length;
    const size_t taken = give(stage, end, n);
    memmove(end->to_node, end->to_node + taken, end->n_to_node - taken);
    end->n_to_node -= taken;
    end->paused = taken < n;
    return true;
}

void talk_stage_pump(talk_stage *stage)
{
    for (bool moved = true; moved && stage->node;) {
        dia_todo todo;
        moved = false;
        while (dia_node_todo(stage->node, &todo)) {
            carry_out(stage, &todo);
            moved = true;
        }
        for (size_t i = 0; i < stage->config->n_parties; i++)
            moved |= deliver(stage, &stage->ends[i]);
        /* What is due now happens now, as with every driver. */
        if (!moved && dia_node_deadline(stage->node).us <= stage->now_us) {
            dia_node_tick(stage->node, now_of(stage));
            moved = dia_node_deadline(stage->node).us > stage->now_us;
        }
    }
}

void talk_stage_pass(talk_stage *stage, int64_t until_us)
{
    const int64_t deadline = dia_node_deadline(stage->node).us;
    const int64_t at = deadline < until_us ? deadline : until_us;
    stage->stuck = at > stage->now_us ? 0 : stage->stuck + 1;
    if (at > stage->now_us)
        stage->now_us = at;
    if (stage->stuck > STUCK_MAX && !stage->rule)
        stage->rule = "time goes on: the node's next deadline is over, and remains so";
    dia_node_tick(stage->node, now_of(stage));
    talk_stage_pump(stage);
}

/* ---- What parties do ---- */

static dia_conn_info info_of(const talk_stage *stage, int party, dia_address remote, int way)
{
    static const uint8_t own[] = { 192, 0, 2, 1 };
    return (dia_conn_info){
        .kind = way % 2 ? DIA_CONN_MESSAGE : DIA_CONN_STREAM,
        .transport = way % 2 ? "SCTP" : "TCP",
        .awaits_security = way >= TALK_BY_TLS,
        .listener = stage->listener,
        .local = { { DIA_FAMILY_IPV4, { own, sizeof own } }, 3868 },
        .remote = { remote.value.p ? remote : stage->config->parties[party].address, 50000 },
    };
}

void talk_connect(talk_stage *stage, int party, const talk_step *step)
{
    talk_end *end = &stage->ends[party];
    const int way = step->way < 0 ? TALK_BY_TCP : step->way;
    const dia_conn_info info = info_of(stage, party, step->address, way);
    dia_conn *conn = dia_node_accept(stage->node, &info, now_of(stage));
    talk_note(stage, party, false, way ? "connect by %s" : "connect", talk_way_name(way));
    if (conn) {
        begin_conn(end, conn, true);
        end->messages = way % 2;
        end->secure = way >= TALK_BY_TLS;
    } else {
        talk_note(stage, party, true, "refused");
        put_item(stage, end, TALK_REFUSAL, (dia_bytes){ NULL, 0 });
    }
    talk_stage_pump(stage);
}

bool talk_is_called(const talk_stage *stage, int party)
{
    const talk_end *end = &stage->ends[party];
    if (end->conn)
        return end->connecting;
    for (const talk_attempt *a = stage->attempts; a; a = a->next)
        if (a->conn && is_at(stage, party, a->host))
            return true;
    return false;
}

int talk_way(const talk_stage *stage, int party)
{
    const talk_end *end = &stage->ends[party];
    if (end->conn && end->connecting)
        return (end->secure ? TALK_BY_TLS : TALK_BY_TCP) + end->messages;
    for (const talk_attempt *a = stage->attempts; a && !end->conn; a = a->next)
        if (a->conn && is_at(stage, party, a->host))
            return a->way;
    return -1;
}

void talk_hang(talk_stage *stage, int party)
{
    talk_end *end = &stage->ends[party];
    for (talk_attempt **at = &stage->attempts; *at; at = &(*at)->next) {
        talk_attempt *a = *at;
        if (!end->conn && a->conn && is_at(stage, party, a->host)) {
            begin_conn(end, a->conn, false);
            end->connecting = true;
            end->messages = a->way % 2;
            end->secure = a->way >= TALK_BY_TLS;
            *at = a->next;
            return;
        }
    }
}

void talk_accept(talk_stage *stage, int party)
{
    talk_end *end = &stage->ends[party];
    talk_hang(stage, party);
    dia_conn_info info = info_of(stage, party, (dia_address){ 0 }, talk_way(stage, party));
    const dia_security security = security_of(end);
    if (end->secure)
        info.security = &security;
    info.listener = NULL;
    end->connecting = false;
    talk_note(stage, party, false, end->secure ? "accept, certificate" : "accept");
    dia_conn_connected(end->conn, &info, now_of(stage));
    talk_stage_pump(stage);
}

void talk_refuse(talk_stage *stage, int party)
{
    talk_end *end = &stage->ends[party];
    talk_hang(stage, party);
    talk_note(stage, party, false, "refuse");
    end_conn(stage, end, "connection refused");
    talk_stage_pump(stage);
}

/* Requests are remembered, to hold answers against; answers settle what the party owes. */
static void remember(talk_stage *stage, talk_end *end, dia_bytes octets)
{
    dia_header h;
    for (size_t at = 0; !dia_header_read((dia_bytes){ octets.p + at, octets.n - at }, &h);) {
        const bool request = h.flags & DIA_FLAG_REQUEST;
        talk_open **last = request ? &end->asked : &end->owed;
        while (*last && (request || (*last)->header.hop_by_hop != h.hop_by_hop))
            last = &(*last)->next;
        if (request) {
            *last = talk_get(stage->arena, sizeof **last);
            (*last)->header = h;
        } else if (*last) {
            *last = (*last)->next;
        }
        if (h.length < DIA_HEADER_SIZE || h.length > octets.n - at)
            return;
        at += h.length;
    }
}

void talk_send(talk_stage *stage, int party, dia_bytes octets, bool singly)
{
    talk_end *end = &stage->ends[party];
    remember(stage, end, octets);
    for (size_t i = 0; i < octets.n && singly && end->conn; i++) {
        append(&end->to_node, &end->n_to_node, &end->cap_to_node, (dia_bytes){ octets.p + i, 1 });
        talk_stage_pump(stage);
    }
    if (!singly)
        append(&end->to_node, &end->n_to_node, &end->cap_to_node, octets);
    talk_stage_pump(stage);
}

void talk_close(talk_stage *stage, int party, bool reset)
{
    talk_end *end = &stage->ends[party];
    talk_note(stage, party, false, reset ? "reset" : "close");
    end_conn(stage, end, reset ? "reset by the peer" : NULL);
    talk_stage_pump(stage);
}

void talk_listen(talk_stage *stage, int party, bool listens)
{
    talk_end *end = &stage->ends[party];
    end->deaf = !listens;
    write_out(stage, end);
    if (listens && end->closing && end->conn)
        close_now(stage, end);
    talk_stage_pump(stage);
}

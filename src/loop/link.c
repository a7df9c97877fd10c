/* A link: the life of a transport connection between a carrier and the node, from the wish to connect to the end of both sides. */
#include "loop/carrier.h"
#include "loop/protection.h"

#include <errno.h>
#include <stdio.h>

enum { LINGER_US = 5000000, LOCALS_MAX = 16 };

/* ---- Life ---- */

static const dia_layer *clear_layer_of(const dia_carrier *carrier)
{
    return carrier->kind == DIA_CONN_MESSAGE ? &dia_layer_messages : &dia_layer_clear;
}

dia_link *dia_link_new(dia_loop *loop, const dia_carrier *carrier)
{
    dia_link *l = dia_alloc0(loop->alloc, sizeof *l);
    if (!l)
        return NULL;
    l->loop = loop;
    l->carrier = carrier;
    l->layer = clear_layer_of(carrier);
    l->fd = -1;
    dia_list_init(&l->linger);
    dia_list_init(&l->again);
    dia_buf_init(&l->rest, 0, dia_node_allocator(loop->node)); /* counts as the node's: limits.memory */
    dia_list_push_back(&loop->links, &l->place);
    return l;
}

/* Whoever was about to look at it may still do so until the turn is over. */
void dia_link_freed(dia_link *l)
{
    dia_list_remove(&l->place);
    dia_list_push_back(&l->loop->freed, &l->place);
}

void dia_link_sweep(dia_loop *loop)
{
    for (dia_list *p; (p = dia_list_pop(&loop->freed));)
        dia_release(loop->alloc, DIA_OF(p, dia_link, place), sizeof(dia_link));
}

/* Ends the carrier and tells the node. */
void dia_link_close(dia_link *l, const char *reason)
{
    dia_conn *conn = l->conn;
    if (l->closing)
        return;
    l->closing = true;
    l->conn = NULL;
    dia_list_remove(&l->linger);
    dia_list_remove(&l->again);
    dia_buf_done(&l->rest);
    dia_lookup_free(l->lookup);
    l->lookup = NULL;
    dia_tls_unref(l->tls);
    void (*const done)(void *) = l->above ? l->layer->done : NULL;
    void *const above = l->above;
    l->carrier->close(l);
    if (conn)
        dia_conn_closed(conn, reason, dia_loop_clock());
    if (done)
        done(above); /* the reason may be its words, and who the other end was */
}

void dia_link_watch(dia_link *l, int events)
{
    if (l->closing || l->events == events)
        return;
    l->events = events;
    l->carrier->watch(l, events);
}

static void watch_again(dia_link *l, bool wants_write)
{
    dia_link_watch(l, (l->paused || l->no_more || l->securing ? 0 : UV_READABLE) | (wants_write ? UV_WRITABLE : 0));
}

/* What the node is told of a link; its addresses are views of the others. */
typedef struct ends {
    dia_conn_info info;
    struct sockaddr_storage local, remote;
    struct sockaddr_storage all[LOCALS_MAX];
    dia_address locals[LOCALS_MAX];
} ends;

static void look_at(const dia_link *l, const struct sockaddr_storage *remote, ends *to)
{
    const dia_carrier *carrier = l->carrier;
    dia_endpoint end;
    to->info = (dia_conn_info){ .kind = carrier->kind, .transport = carrier->name };
    to->local = (struct sockaddr_storage){ 0 };
    to->remote = remote ? *remote : to->local;
    carrier->ends(l, &to->local, remote ? NULL : &to->remote);
    dia_endpoint_of(&to->local, &to->info.local);
    dia_endpoint_of(&to->remote, &to->info.remote);
    to->info.message_max = carrier->message_max ? carrier->message_max(l) : 0;
    const size_t n = carrier->locals ? carrier->locals(l, to->all, LOCALS_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        dia_endpoint_of(&to->all[i], &end);
        to->locals[i] = end.address;
    }
    to->info.addresses = to->locals;
    to->info.n_addresses = n;
}

/* ---- Security ---- */

/* Nearly always a mistake, of which the other end alone would speak. */
static void look_at_our_name(dia_link *l)
{
    char sentence[500];
    const dia_bytes host = dia_conn_origin_host(l->conn);
    if (!dia_tls_misnames(l->tls, host))
        return;
    snprintf(sentence, sizeof sentence, "our certificate of %s does not name %.*s, as which we speak",
             dia_tls_subject(l->tls), (int)host.n, (const char *)host.p);
    dia_node_note_certificate(l->loop->node, sentence, dia_loop_clock());
}

/* The name of the configuration that was to protect it. A listener that is gone had the one without. */
static const char *protection_of(const dia_link *l)
{
    if (l->outgoing)
        return dia_conn_socket_options(l->conn)->tls;
    for (dia_list *p = l->loop->listeners.next; l->conn->listener && p != &l->loop->listeners; p = p->next)
        if (DIA_OF(p, dia_listening, place)->as == l->conn->listener)
            return DIA_OF(p, dia_listening, place)->tls;
    return NULL;
}

static void close_unprotected(dia_link *l)
{
    char why[300];
    dia_secure_missing(protection_of(l), why, sizeof why);
    dia_link_close(l, why);
}

static void begin_security(dia_link *l)
{
    const char *why;
    if (!l->tls) {
        close_unprotected(l);
        return;
    }
    look_at_our_name(l);
    if (l->carrier->kind == DIA_CONN_MESSAGE)
        why = dia_dtls_begin(l, l->tls, l->outgoing, l->name, l->also);
    else
        why = dia_tls_begin(l, l->tls, l->outgoing, l->name, l->also);
    if (why)
        dia_link_close(l, why);
}

/* A connection of ours is one. */
static void stands(dia_link *l, const dia_security *security)
{
    ends known;
    look_at(l, NULL, &known);
    known.info.security = security;
    dia_link_watch(l, UV_READABLE);
    dia_conn_connected(l->conn, &known.info, dia_loop_clock());
}

void dia_link_secured(dia_link *l, const dia_security *security)
{
    if (l->outgoing && l->secure)
        stands(l, security);
    else
        dia_conn_secured(l->conn, security, dia_loop_clock());
}

const char *dia_link_hold(dia_link *l, size_t octets)
{
    return dia_conn_hold(l->conn, octets) ? "limits.memory is used up" : NULL;
}

/* Behind CER and CEA: what is still to be written goes in clear, and nothing is read meanwhile. */
static void secure_when_written(dia_link *l)
{
    l->securing = true;
    if (l->outgoing && !l->tls)
        l->tls = dia_protection_get(l->loop, dia_conn_socket_options(l->conn)->tls);
    l->layer->write(l);
}

void dia_link_accepted(dia_link *l, const dia_listening *from, const struct sockaddr_storage *remote)
{
    ends known;
    look_at(l, remote, &known);
    known.info.listener = from->as;
    known.info.awaits_security = from->secure;
    l->tls = dia_protection_get(l->loop, from->tls);
    l->conn = dia_node_accept(l->loop->node, &known.info, dia_loop_clock());
    if (!l->conn) {
        dia_link_close(l, NULL);
        return;
    }
    dia_conn_set_user(l->conn, l);
    if (from->secure)
        begin_security(l);
    else
        dia_link_watch(l, UV_READABLE);
}

const char *dia_link_why_ended(int err)
{
    switch (err) {
    case EPIPE:
    case ECONNRESET: return "reset by the peer";
    case ETIMEDOUT: return "the connection timed out";
    default: return "the connection failed";
    }
}

void dia_link_note(dia_link *l, const char *sentence)
{
    if (l->conn)
        dia_conn_note(l->conn, sentence, dia_loop_clock());
}

/* ---- Reading ---- */

void dia_link_give(dia_link *l, dia_bytes octets)
{
    const size_t n = dia_conn_input(l->conn, octets, dia_loop_clock());
    if (n == octets.n || l->closing)
        return;
    l->paused = true;
    dia_link_watch(l, l->events & ~UV_READABLE);
    if (dia_buf_append(&l->rest, (dia_bytes){ octets.p + n, octets.n - n }))
        dia_link_close(l, "no memory for input");
}

static bool has_output(const dia_link *l)
{
    dia_output piece;
    return dia_conn_output(l->conn, &piece, 1) > 0;
}

/* The peer may have closed its side alone, where there are sides: what waits for it is written before the connection goes. */
void dia_link_end_of_input(dia_link *l)
{
    l->no_more = true;
    if (l->ending || l->carrier->kind == DIA_CONN_MESSAGE || !has_output(l))
        dia_link_close(l, NULL);
    else
        dia_link_watch(l, l->events & ~UV_READABLE);
}

void dia_link_read_failed(dia_link *l, int err)
{
    if (err != EAGAIN && err != EINTR)
        dia_link_close(l, dia_link_why_ended(err));
}

/* Behind those that have something to read now. */
void dia_link_want_again(dia_link *l)
{
    if (l->closing || !dia_list_empty(&l->again))
        return;
    dia_loop_stay_awake(l->loop);
    dia_list_push_back(&l->loop->again, &l->again);
}

/* First what was kept. */
static void resume(dia_link *l)
{
    l->paused = false;
    if (l->rest.n) {
        dia_buf_consume(&l->rest, dia_conn_input(l->conn, dia_buf_bytes(&l->rest), dia_loop_clock()));
        l->paused = l->rest.n;
    }
    if (l->paused)
        return;
    dia_buf_done(&l->rest);
    if (l->layer->resumed)
        l->layer->resumed(l);
    if (!l->closing && !l->paused)
        dia_link_watch(l, l->events | UV_READABLE);
}

void dia_link_again(dia_loop *loop)
{
    dia_list now;
    if (dia_list_empty(&loop->again))
        return;
    dia_list_init(&now);
    for (dia_list *p; (p = dia_list_pop(&loop->again));)
        dia_list_push_back(&now, p);
    for (dia_list *p; (p = dia_list_pop(&now));)
        resume(DIA_OF(p, dia_link, again));
}

/* ---- Writing ---- */

void dia_link_wrote(dia_link *l, bool full)
{
    if (!full && l->no_more) {
        dia_link_close(l, NULL);
        return;
    }
    watch_again(l, full);
    if (full)
        return;
    if (l->securing) {
        l->securing = false;
        begin_security(l);
    } else if (l->ending && !l->ended) {
        l->ended = true;
        l->carrier->shut(l);
    }
}

/* ---- Connecting ---- */

void dia_link_connected(dia_link *l)
{
    l->connecting = false;
    if (l->secure)
        begin_security(l);
    else
        stands(l, NULL);
}

const char *dia_link_why_not_connected(int err)
{
    switch (err) {
    case ECONNREFUSED: return "connection refused";
    case ETIMEDOUT: return "connection timed out";
    case ENETUNREACH:
    case EHOSTUNREACH: return "the host cannot be reached";
    case EMFILE:
    case ENFILE: return "no descriptors left";
    default: return "the connection could not be made";
    }
}

static void connect_to(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    const char *why = l->carrier->connect(l, to, n);
    if (why) {
        dia_link_not_connected(l, why);
        return;
    }
    l->connecting = true;
    dia_link_watch(l, UV_WRITABLE);
}

/* What one attempt has taken of its carrier is dropped; the next address gets a fresh link in its place. */
void dia_link_not_connected(dia_link *l, const char *why)
{
    size_t n;
    const struct sockaddr_storage *to = l->carrier->whole_host ? NULL : dia_lookup_next(l->lookup, &n);
    if (!to) {
        dia_link_close(l, why);
        return;
    }
    dia_link *fresh = dia_link_new(l->loop, l->carrier);
    if (!fresh) {
        dia_link_close(l, "no memory for a connection");
        return;
    }
    fresh->conn = l->conn;
    fresh->lookup = l->lookup;
    fresh->tls = l->tls;
    fresh->outgoing = true;
    fresh->secure = l->secure;
    fresh->name = l->name;
    fresh->also = l->also;
    l->conn = NULL;
    l->lookup = NULL;
    l->tls = NULL;
    dia_conn_set_user(fresh->conn, fresh);
    dia_link_close(l, NULL);
    connect_to(fresh, to, n);
}

static void on_looked_up(void *link, const char *why)
{
    dia_link *l = link;
    size_t n;
    const struct sockaddr_storage *to = dia_lookup_next(l->lookup, &n);
    if (why || !to)
        dia_link_close(l, why ? why : "the host name was not found");
    else
        connect_to(l, to, n);
}

static void look_up(dia_link *l, const dia_uri *uri)
{
    l->lookup = dia_lookup_new(l->loop, uri, on_looked_up, l);
    if (!l->lookup)
        dia_link_close(l, "no memory for a name look-up");
}

static void begin_connect(dia_loop *loop, const dia_todo *todo)
{
    const char *why = "no memory for a connection";
    const dia_carrier *carrier = dia_loop_carrier(loop, todo->uri.transport, &why);
    dia_link *l = carrier ? dia_link_new(loop, carrier) : NULL;
    if (!l) {
        dia_conn_closed(todo->conn, why, dia_loop_clock());
        return;
    }
    struct sockaddr_storage address;
    socklen_t size;
    const bool is_address = !dia_sockaddr_of(todo->uri.fqdn, todo->uri.port, &address, &size);
    l->conn = todo->conn;
    l->outgoing = true;
    l->secure = todo->uri.secure;
    l->name = is_address ? (dia_bytes){ NULL, 0 } : todo->uri.fqdn;
    l->also = todo->also_named;
    dia_conn_set_user(l->conn, l);
    if (l->secure && !(l->tls = dia_protection_get(loop, dia_conn_socket_options(l->conn)->tls)))
        close_unprotected(l);
    else if (is_address)
        connect_to(l, &address, 1);
    else
        look_up(l, &todo->uri);
}

/* ---- Ending ---- */

static void begin_end(dia_link *l)
{
    l->ending = true;
    l->linger_us = dia_loop_clock().us + LINGER_US;
    dia_list_push_back(&l->loop->lingering, &l->linger);
    if (l->paused) { /* what is read now is only read to see the end */
        l->paused = false;
        dia_buf_done(&l->rest);
    }
    l->layer->write(l);
}

static void reset(dia_link *l)
{
    l->carrier->reset(l);
    dia_link_close(l, NULL);
}

/* Those that end and whose peer has not: the list is in the order of its moments. */
void dia_link_linger(dia_loop *loop, int64_t now_us)
{
    DIA_LIST_EACH (p, &loop->lingering) {
        dia_link *l = DIA_OF(p, dia_link, linger);
        if (l->linger_us > now_us)
            return;
        dia_link_close(l, NULL);
    }
}

/* ---- Wishes and readiness ---- */

void dia_link_todo(dia_loop *loop, const dia_todo *todo)
{
    dia_link *l = todo->conn ? dia_conn_user(todo->conn) : NULL;
    switch (todo->kind) {
    case DIA_TODO_CONNECT: begin_connect(loop, todo); break;
    case DIA_TODO_WRITE:
        if (!l->connecting && !(l->events & UV_WRITABLE))
            l->layer->write(l);
        break;
    case DIA_TODO_READ: dia_link_want_again(l); break;
    case DIA_TODO_CLOSE: begin_end(l); break;
    case DIA_TODO_RESET:
        if (l)
            reset(l);
        else
            dia_conn_closed(todo->conn, NULL, dia_loop_clock());
        break;
    case DIA_TODO_SECURE: secure_when_written(l); break;
    case DIA_TODO_DISCOVER: break;
    }
}

bool dia_link_drain(dia_link *l)
{
    l->draining = true;
    while (!l->closing && !l->paused && !l->no_more && l->layer->read(l))
        ;
    return !l->closing;
}

void dia_link_ready(dia_link *l, int events)
{
    if (events & UV_READABLE)
        l->layer->read(l);
    if (events & UV_WRITABLE && !l->closing)
        l->layer->write(l);
}

void dia_link_dry(dia_link *l)
{
    if (!l->closing && l->layer->dry)
        l->layer->dry(l);
}

/* A connection's socket: connected or accepted, read once per wake-up, written once per turn of the loop, closed.
 *
 * Octets go straight from read() into the node and from the node's output into write(): nothing is queued here but what
 * the node did not take. */
#include "loop/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

enum { LINGER_US = 5000000 };

static void on_ready(uv_poll_t *poll, int status, int events);

/* ---- Life ---- */

static dia_link *link_new(dia_loop *loop, int fd)
{
    dia_link *l = dia_alloc0(loop->alloc, sizeof *l);
    if (!l)
        return NULL;
    l->loop = loop;
    l->fd = fd;
    dia_list_init(&l->linger);
    dia_list_init(&l->again);
    dia_buf_init(&l->rest, 0, dia_node_allocator(loop->node)); /* counts as the node's: limits.memory */
    dia_list_push_back(&loop->links, &l->place);
    return l;
}

static void link_free(dia_link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    dia_list_remove(&l->place);
    dia_release(l->loop->alloc, l, sizeof *l);
}

static void on_closed(uv_handle_t *handle)
{
    link_free(DIA_OF(handle, dia_link, poll));
}

/* Ends the socket and tells the node. */
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
    if (l->polling)
        uv_close((uv_handle_t *)&l->poll, on_closed);
    else
        link_free(l);
    if (conn)
        dia_conn_closed(conn, reason, dia_loop_clock());
}

static void watch(dia_link *l, int events)
{
    if (l->closing || !l->polling || l->events == events)
        return;
    l->events = events;
    if (events)
        uv_poll_start(&l->poll, events, on_ready);
    else
        uv_poll_stop(&l->poll);
}

static void watch_again(dia_link *l, bool wants_write)
{
    watch(l, (l->paused || l->no_more ? 0 : UV_READABLE) | (wants_write ? UV_WRITABLE : 0));
}

static int begin_polling(dia_link *l)
{
    const int err = uv_poll_init(&l->loop->uv, &l->poll, l->fd);
    if (err) {
        errno = -err;
        return DIA_ESYSTEM;
    }
    l->polling = true;
    return 0;
}

/* RFC 3539, 3.2 wants Nagle's algorithm; it would delay answers by tens of milliseconds, and output is batched anyway. */
static void set_no_delay(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* `local` is where our own address is put; both addresses are views in *info. */
static void fill_info(const dia_link *l, struct sockaddr_storage *local, const struct sockaddr_storage *remote,
                      dia_conn_info *info)
{
    socklen_t n = sizeof *local;
    memset(local, 0, sizeof *local);
    getsockname(l->fd, (struct sockaddr *)local, &n);
    *info = (dia_conn_info){ .kind = DIA_CONN_STREAM };
    dia_endpoint_of(local, &info->local);
    dia_endpoint_of(remote, &info->remote);
}

void dia_link_accept(const dia_listening *from, int fd, const struct sockaddr_storage *remote)
{
    dia_loop *loop = from->loop;
    dia_link *l = link_new(loop, fd);
    if (!l) {
        close(fd);
        return;
    }
    set_no_delay(fd);
    struct sockaddr_storage local;
    dia_conn_info info;
    fill_info(l, &local, remote, &info);
    info.listener = from->as;
    if (begin_polling(l)) {
        link_free(l);
        return;
    }
    l->conn = dia_node_accept(loop->node, &info, dia_loop_clock());
    if (!l->conn) {
        dia_link_close(l, NULL);
        return;
    }
    dia_conn_set_user(l->conn, l);
    watch(l, UV_READABLE);
}

static const char *why_ended(int err)
{
    switch (err) {
    case EPIPE:
    case ECONNRESET: return "reset by the peer";
    case ETIMEDOUT: return "the connection timed out";
    default: return "the connection failed";
    }
}

/* ---- Reading ---- */

/* Gives octets to the node and keeps those that it does not take now. */
static void give(dia_link *l, dia_bytes octets)
{
    const size_t n = dia_conn_input(l->conn, octets, dia_loop_clock());
    if (n == octets.n || l->closing)
        return;
    l->paused = true;
    watch(l, l->events & ~UV_READABLE);
    if (dia_buf_append(&l->rest, (dia_bytes){ octets.p + n, octets.n - n }))
        dia_link_close(l, "no memory for input");
}

static bool has_output(const dia_link *l)
{
    dia_output piece;
    return dia_conn_output(l->conn, &piece, 1) > 0;
}

/* The peer may have closed its side alone: what waits for it is written before the connection goes. */
static void end_of_input(dia_link *l)
{
    l->no_more = true;
    if (l->ending || !has_output(l))
        dia_link_close(l, NULL);
    else
        watch(l, l->events & ~UV_READABLE);
}

/* False: there was nothing. */
static bool read_some(dia_link *l)
{
    const size_t most = dia_node_is_full(l->loop->node) ? INPUT_SIZE_SCARCE : INPUT_SIZE;
    const ssize_t n = read(l->fd, l->loop->input, most);
    if (n > 0 && !l->ended)
        give(l, (dia_bytes){ l->loop->input, (size_t)n });
    else if (n == 0)
        end_of_input(l);
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        dia_link_close(l, why_ended(errno));
    return n > 0;
}

static void be_idle(uv_idle_t *idle)
{
    (void)idle;
}

/* The node takes input again: at the next turn, behind those that have something to read now. */
static void want_again(dia_link *l)
{
    if (l->closing || !dia_list_empty(&l->again))
        return;
    if (dia_list_empty(&l->loop->again))
        uv_idle_start(&l->loop->idle, be_idle);
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
    watch(l, l->events | UV_READABLE);
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
    if (dia_list_empty(&loop->again))
        uv_idle_stop(&loop->idle);
}

/* ---- Writing ---- */

static void shut(dia_link *l)
{
    l->ended = true;
    shutdown(l->fd, SHUT_WR);
}

static void write_some(dia_link *l)
{
    dia_output piece;
    bool full = false;
    while (!full && dia_conn_output(l->conn, &piece, 1)) {
        const ssize_t n = send(l->fd, piece.octets.p, piece.octets.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            dia_link_close(l, why_ended(errno));
            return;
        }
        full = n < 0 || (size_t)n < piece.octets.n;
        if (n > 0)
            dia_conn_sent(l->conn, (size_t)n, dia_loop_clock());
    }
    if (!full && l->no_more) {
        dia_link_close(l, NULL);
        return;
    }
    watch_again(l, full);
    if (!full && l->ending && !l->ended)
        shut(l);
}

/* ---- Connecting ---- */

static void connected(dia_link *l)
{
    l->connecting = false;
    set_no_delay(l->fd);
    struct sockaddr_storage local, remote = { 0 };
    socklen_t n = sizeof remote;
    getpeername(l->fd, (struct sockaddr *)&remote, &n);
    dia_conn_info info;
    fill_info(l, &local, &remote, &info);
    watch(l, UV_READABLE);
    dia_conn_connected(l->conn, &info, dia_loop_clock());
}

static const char *why_not_connected(int err)
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

static void connect_to(dia_link *l, const struct sockaddr *address, socklen_t size);

/* The socket of one attempt is dropped; the next address gets a fresh link in its place. */
static void attempt_failed(dia_link *l, const char *why)
{
    socklen_t size;
    const struct sockaddr *address = dia_lookup_next(l->lookup, &size);
    if (!address) {
        dia_link_close(l, why);
        return;
    }
    dia_link *fresh = link_new(l->loop, -1);
    if (!fresh) {
        dia_link_close(l, "no memory for a connection");
        return;
    }
    fresh->conn = l->conn;
    fresh->lookup = l->lookup;
    l->conn = NULL;
    l->lookup = NULL;
    dia_conn_set_user(fresh->conn, fresh);
    dia_link_close(l, NULL);
    connect_to(fresh, address, size);
}

/* NULL: the connection is under way, or stands. */
static const char *begin_attempt(dia_link *l, const struct sockaddr *address, socklen_t size)
{
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    l->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (l->fd < 0)
        return why_not_connected(errno);
    const char *why = dia_socket_set(l->fd, address->sa_family, options);
    if (!why)
        why = dia_socket_bind(l->fd, address->sa_family, options->local);
    if (!why && (begin_polling(l) || (connect(l->fd, address, size) && errno != EINPROGRESS)))
        why = why_not_connected(errno);
    return why;
}

static void connect_to(dia_link *l, const struct sockaddr *address, socklen_t size)
{
    const char *why = begin_attempt(l, address, size);
    if (why) {
        attempt_failed(l, why);
        return;
    }
    l->connecting = true;
    watch(l, UV_WRITABLE);
}

static void on_looked_up(void *link, const char *why)
{
    dia_link *l = link;
    socklen_t size;
    const struct sockaddr *address = dia_lookup_next(l->lookup, &size);
    if (why || !address)
        dia_link_close(l, why ? why : "the host name was not found");
    else
        connect_to(l, address, size);
}

static void look_up(dia_link *l, const dia_uri *uri)
{
    l->lookup = dia_lookup_new(l->loop, uri, on_looked_up, l);
    if (!l->lookup)
        dia_link_close(l, "no memory for a name look-up");
}

static void begin_connect(dia_loop *loop, const dia_todo *todo)
{
    dia_link *l = link_new(loop, -1);
    if (!l) {
        dia_conn_closed(todo->conn, "no memory for a connection", dia_loop_clock());
        return;
    }
    l->conn = todo->conn;
    dia_conn_set_user(l->conn, l);
    struct sockaddr_storage address;
    socklen_t size;
    if (todo->uri.secure)
        dia_link_close(l, "aaas is not supported by this build");
    else if (todo->uri.transport != DIA_TRANSPORT_TCP)
        dia_link_close(l, "only transport=tcp is supported by this build");
    else if (!dia_sockaddr_of(todo->uri.fqdn, todo->uri.port, &address, &size))
        connect_to(l, (const struct sockaddr *)&address, size);
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
    write_some(l);
}

static void reset(dia_link *l)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    if (l->fd >= 0)
        setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
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
    dia_link *l = dia_conn_user(todo->conn);
    switch (todo->kind) {
    case DIA_TODO_CONNECT: begin_connect(loop, todo); break;
    case DIA_TODO_WRITE:
        if (!l->connecting && !(l->events & UV_WRITABLE))
            write_some(l);
        break;
    case DIA_TODO_READ: want_again(l); break;
    case DIA_TODO_CLOSE: begin_end(l); break;
    case DIA_TODO_RESET:
        if (l)
            reset(l);
        else
            dia_conn_closed(todo->conn, NULL, dia_loop_clock());
        break;
    }
}

static int error_of(int fd)
{
    int err = 0;
    socklen_t size = sizeof err;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
    return err;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    dia_link *l = DIA_OF(poll, dia_link, poll);
    if (l->connecting) {
        const int err = error_of(l->fd);
        if (err)
            attempt_failed(l, why_not_connected(err));
        else
            connected(l);
        return;
    }
    if (status < 0) { /* an error of the socket: behind the octets that came before it */
        while (!l->closing && !l->paused && !l->no_more && read_some(l))
            ;
        if (!l->closing)
            dia_link_close(l, why_ended(error_of(l->fd)));
        return;
    }
    if (events & UV_READABLE)
        read_some(l);
    if (events & UV_WRITABLE && !l->closing)
        write_some(l);
}

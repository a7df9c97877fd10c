/* TCP: one read() a wake-up, one send() a turn. */
#include "loop/carrier.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* RFC 3539, 3.2 wants Nagle's algorithm; it would delay answers by tens of milliseconds, and output is batched anyway. */
static void set_no_delay(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static const char *tcp_connect(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    (void)n;
    l->fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (l->fd < 0)
        return dia_link_why_not_connected(errno);
    const char *why = dia_socket_set(l->fd, to->ss_family, options);
    if (!why)
        why = dia_socket_bind(l->fd, to->ss_family, options->local);
    if (why)
        return why;
    set_no_delay(l->fd);
    if (dia_polled_begin(l) ||
        (connect(l->fd, (const struct sockaddr *)to, dia_sockaddr_size(to)) && errno != EINPROGRESS))
        return dia_link_why_not_connected(errno);
    return NULL;
}

static void tcp_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    socklen_t n = sizeof *local;
    getsockname(l->fd, (struct sockaddr *)local, &n);
    n = sizeof *local;
    if (remote)
        getpeername(l->fd, (struct sockaddr *)remote, &n);
}

static ssize_t tcp_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    (void)how;
    return read(l->fd, to, max);
}

static ssize_t tcp_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    (void)n;
    return send(l->fd, pieces->octets.p, pieces->octets.n, MSG_NOSIGNAL);
}

static int tcp_listen(dia_listening *l, const struct sockaddr_storage *at, size_t n, const dia_socket_options *options)
{
    (void)n;
    l->fd = dia_listen_open(at, dia_sockaddr_size(at), options, &l->why);
    if (l->fd < 0)
        return DIA_ESYSTEM;
    set_no_delay(l->fd); /* those that are accepted have it from here */
    return dia_polled_listen(l);
}

const dia_carrier dia_carrier_tcp = {
    .name = "TCP",
    .kind = DIA_CONN_STREAM,
    .connect = tcp_connect,
    .ends = tcp_ends,
    .receive = tcp_receive,
    .send = tcp_send,
    .watch = dia_polled_watch,
    .shut = dia_polled_shut,
    .reset = dia_polled_reset,
    .close = dia_polled_close,
    .listen = tcp_listen,
    .port = dia_polled_port,
    .rest = dia_polled_rest,
    .unlisten = dia_polled_unlisten,
};

/* Carriers with a descriptor: libuv says when it is ready. */
#include "loop/carrier.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { ACCEPTS_A_WAKE_UP = 64 };

/* ---- Connections ---- */

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
            dia_link_not_connected(l, dia_link_why_not_connected(err));
        else
            dia_link_connected(l);
    } else if (status >= 0) {
        dia_link_ready(l, events);
    } else if (dia_link_drain(l)) { /* an error of the socket: behind the octets that came before it */
        dia_link_close(l, dia_link_why_ended(error_of(l->fd)));
    }
}

int dia_polled_begin(dia_link *l)
{
    const int err = uv_poll_init(&l->loop->uv, &l->poll, l->fd);
    if (err) {
        errno = -err;
        return DIA_ESYSTEM;
    }
    l->polling = true;
    return 0;
}

void dia_polled_watch(dia_link *l, int events)
{
    if (events)
        uv_poll_start(&l->poll, events, on_ready);
    else
        uv_poll_stop(&l->poll);
}

void dia_polled_shut(dia_link *l)
{
    shutdown(l->fd, SHUT_WR);
}

void dia_polled_reset(dia_link *l)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    if (l->fd >= 0)
        setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void end(dia_link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    dia_link_freed(l);
}

/* The socket closes behind the poll of it. */
static void on_closed(uv_handle_t *handle)
{
    end(DIA_OF(handle, dia_link, poll));
}

void dia_polled_close(dia_link *l)
{
    if (l->polling)
        uv_close((uv_handle_t *)&l->poll, on_closed);
    else
        end(l);
}

/* ---- Listening ---- */

/* Without descriptors accept() fails also where nobody waits. */
static bool somebody_waits(const dia_listening *l)
{
    struct pollfd fd = { l->fd, POLLIN, 0 };
    return poll(&fd, 1, 0) > 0;
}

static void accept_one(dia_listening *from, int fd, const struct sockaddr_storage *remote)
{
    dia_link *l = dia_link_new(from->loop, from->carrier);
    if (!l) {
        close(fd);
        return;
    }
    l->fd = fd;
    if (dia_polled_begin(l))
        dia_link_close(l, NULL);
    else
        dia_link_accepted(l, from, remote);
}

static void on_caller(uv_poll_t *poll, int status, int events)
{
    dia_listening *l = DIA_OF(poll, dia_listening, poll);
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_WAKE_UP && l->fd >= 0 && dia_listening_may_accept(l); i++) {
        struct sockaddr_storage remote;
        socklen_t size = sizeof remote;
        const int fd = accept4(l->fd, (struct sockaddr *)&remote, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_one(l, fd, &remote);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (somebody_waits(l)) /* the socket stays readable: this would spin */
                dia_listening_rest(l);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

int dia_polled_listen(dia_listening *l)
{
    const int err = uv_poll_init(&l->loop->uv, &l->poll, l->fd);
    if (err) {
        errno = -err;
        return DIA_ESYSTEM;
    }
    l->polling = true;
    uv_poll_start(&l->poll, UV_READABLE, on_caller);
    return 0;
}

uint16_t dia_polled_port(const dia_listening *l)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    dia_endpoint end;
    getsockname(l->fd, (struct sockaddr *)&address, &size);
    dia_endpoint_of(&address, &end);
    return end.port;
}

void dia_polled_rest(dia_listening *l, bool rests)
{
    if (rests)
        uv_poll_stop(&l->poll);
    else
        uv_poll_start(&l->poll, UV_READABLE, on_caller);
}

static void on_listening_closed(uv_handle_t *handle)
{
    dia_listening_freed(DIA_OF(handle, dia_listening, poll));
}

/* The socket closes at once: another one may want its place. */
void dia_polled_unlisten(dia_listening *l)
{
    if (l->polling)
        uv_close((uv_handle_t *)&l->poll, on_listening_closed);
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    if (!l->polling)
        dia_listening_freed(l);
}

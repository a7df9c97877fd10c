/* c-ares asks, libuv waits. Each search has a channel of its own, so that it can be dropped at any moment, and a changed
 * resolv.conf counts from the next one on. */
#include "loop/channel.h"

/* One name server that is silent costs 2 s and then 4 s: together less than limits.cer_ms, in which a connection must
 * stand. */
enum { FIRST_WAIT_MS = 2000, TRIES = 2, EDNS_OCTETS = 1232 };

struct dia_channel {
    dia_loop *loop;
    ares_channel ares; /* NULL: it is over */
    uv_timer_t timer;
    dia_list sockets;
    void (*stepped)(void *arg);
    void *arg;
    bool soon;
};

/* A socket of c-ares. */
typedef struct socket_watch {
    dia_list place; /* in channel->sockets */
    dia_channel *channel;
    uv_poll_t poll;
    ares_socket_t fd;
    const dia_allocator *alloc;
} socket_watch;

/* ---- Steps ---- */

static void on_timer(uv_timer_t *timer)
{
    dia_channel *c = DIA_OF(timer, dia_channel, timer);
    if (!c->soon)
        ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    c->soon = false;
    c->stepped(c->arg);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    const socket_watch *w = DIA_OF(poll, socket_watch, poll);
    dia_channel *c = w->channel;
    const ares_socket_t fd = w->fd; /* the watch may go meanwhile */
    ares_process_fd(c->ares, status < 0 || events & UV_READABLE ? fd : ARES_SOCKET_BAD,
                    status < 0 || events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
    c->stepped(c->arg);
}

void dia_channel_wait(dia_channel *c)
{
    struct timeval tv;
    if (c->soon || !ares_timeout(c->ares, NULL, &tv))
        return;
    uv_update_time(&c->loop->uv);
    uv_timer_start(&c->timer, on_timer, (uint64_t)tv.tv_sec * 1000 + (uint64_t)(tv.tv_usec + 999) / 1000, 0);
}

void dia_channel_soon(dia_channel *c)
{
    c->soon = true;
    uv_timer_start(&c->timer, on_timer, 0, 0);
}

/* ---- Sockets ---- */

static void on_watch_closed(uv_handle_t *handle)
{
    socket_watch *w = DIA_OF(handle, socket_watch, poll);
    dia_release(w->alloc, w, sizeof *w);
}

static socket_watch *watch_of(const dia_channel *c, ares_socket_t fd)
{
    for (dia_list *p = c->sockets.next; p != &c->sockets; p = p->next) {
        socket_watch *w = DIA_OF(p, socket_watch, place);
        if (w->fd == fd)
            return w;
    }
    return NULL;
}

static socket_watch *watch_new(dia_channel *c, ares_socket_t fd)
{
    socket_watch *w = dia_alloc0(c->loop->alloc, sizeof *w);
    if (!w)
        return NULL;
    *w = (socket_watch){ .channel = c, .fd = fd, .alloc = c->loop->alloc };
    if (uv_poll_init(&c->loop->uv, &w->poll, fd)) {
        dia_release(w->alloc, w, sizeof *w);
        return NULL;
    }
    dia_list_init(&w->place);
    dia_list_push_back(&c->sockets, &w->place);
    return w;
}

/* What c-ares wants to know of a socket; nothing: it is about to close it. Without memory the question times out. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    dia_channel *c = arg;
    socket_watch *w = watch_of(c, fd);
    if (readable || writable) {
        if (w || (w = watch_new(c, fd)))
            uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_ready);
    } else if (w) {
        dia_list_remove(&w->place);
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
    }
}

/* ---- Life ---- */

static int open_ares(const char *servers, bool edns, dia_channel *c, ares_channel *out)
{
    struct ares_options options = { .timeout = FIRST_WAIT_MS,
                                    .tries = TRIES,
                                    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS,
                                    .ednspsz = EDNS_OCTETS,
                                    .sock_state_cb = on_socket,
                                    .sock_state_cb_data = c };
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(out, &options, edns ? mask | ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ : mask) != ARES_SUCCESS)
        return DIA_ENOMEM;
    if (!servers || ares_set_servers_ports_csv(*out, servers) == ARES_SUCCESS)
        return 0;
    ares_destroy(*out);
    return DIA_EFORMAT;
}

dia_channel *dia_channel_new(dia_loop *loop, bool edns, void (*stepped)(void *arg), void *arg)
{
    dia_channel *c = dia_alloc0(loop->alloc, sizeof *c);
    if (!c)
        return NULL;
    dia_list_init(&c->sockets);
    c->loop = loop;
    c->stepped = stepped;
    c->arg = arg;
    if (open_ares(loop->name_servers, edns, c, &c->ares)) {
        dia_release(loop->alloc, c, sizeof *c);
        return NULL;
    }
    uv_timer_init(&loop->uv, &c->timer);
    return c;
}

static void on_timer_closed(uv_handle_t *handle)
{
    dia_channel *c = DIA_OF(handle, dia_channel, timer);
    dia_release(c->loop->alloc, c, sizeof *c);
}

void dia_channel_free(dia_channel *c)
{
    if (!c)
        return;
    ares_destroy(c->ares); /* on_socket() is called a last time, too */
    c->ares = NULL;
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

ares_channel dia_channel_ares(const dia_channel *c)
{
    return c->ares;
}

const char *dia_channel_why(int status)
{
    switch (status) {
    case ARES_ETIMEOUT: return "no name server answered";
    /* Also where each has answered, but with an error: c-ares asks the next one, and does not say what the last one said. */
    case ARES_ECONNREFUSED: return "no name server can be asked, or each has an error (SERVFAIL, REFUSED, NOTIMP)";
    case ARES_ENOMEM: return "no memory for a name look-up";
    case ARES_EFORMERR: return "the name server did not understand the question (FORMERR)";
    case ARES_ESERVFAIL: return "the name server failed (SERVFAIL)";
    case ARES_ENOTIMP: return "the name server does not know such questions (NOTIMP)";
    case ARES_EREFUSED: return "the name server refused (REFUSED)";
    default: return "the question could not be asked";
    }
}

/* ---- Name servers ---- */

static int refuse(dia_loop *loop, const char *servers, int err)
{
    return dia_loop_failed(loop, err, "cannot ask '%s': %s", servers,
                           err == DIA_EFORMAT ? "it is no address such as 192.0.2.1 or [2001:db8::1]:53"
                                              : dia_loop_words(err));
}

int dia_loop_name_servers(dia_loop *loop, const char *servers)
{
    char *copy = NULL;
    if (servers) {
        dia_channel probe = { 0 };
        ares_channel ares;
        const int err = open_ares(servers, false, &probe, &ares);
        if (err)
            return refuse(loop, servers, err);
        ares_destroy(ares);
        const size_t size = strlen(servers) + 1;
        if (!(copy = dia_alloc(loop->alloc, size)))
            return refuse(loop, servers, DIA_ENOMEM);
        memcpy(copy, servers, size);
    }
    dia_release(loop->alloc, loop->name_servers, loop->name_servers ? strlen(loop->name_servers) + 1 : 0);
    loop->name_servers = copy;
    dia_discoveries_forget(loop); /* others may say something else */
    return 0;
}

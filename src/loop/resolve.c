/* Looking up host names: c-ares asks, libuv waits. Each look-up has a channel of its own, so that it can be dropped at any
 * moment without waiting for anybody, and a changed resolv.conf counts from the next one on. */
#include "loop/loop.h"

#include <ares.h>
#include <netinet/in.h>
#include <stdio.h>

/* One name server that is silent costs 2 s and then 4 s: together less than limits.cer_ms, in which a connection must
 * stand. */
enum { FIRST_WAIT_MS = 2000, TRIES = 2, ADDRESSES_MAX = 16 };

struct dia_lookup {
    dia_loop *loop;
    ares_channel channel; /* NULL: it is over */
    uv_timer_t timer;
    dia_list sockets;
    void (*fn)(void *arg, const char *why);
    void *arg;
    bool done;
    const char *why; /* it failed; NULL: it did not */
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    size_t n, next;
};

/* A socket of c-ares. */
typedef struct socket_watch {
    dia_list place; /* in lookup->sockets */
    dia_lookup *lookup;
    uv_poll_t poll;
    ares_socket_t fd;
    const dia_allocator *alloc;
} socket_watch;

static void on_timer(uv_timer_t *timer);

/* ---- The end ---- */

static void end_channel(dia_lookup *lookup)
{
    ares_channel channel = lookup->channel;
    lookup->channel = NULL;
    uv_timer_stop(&lookup->timer);
    if (channel)
        ares_destroy(channel); /* on_socket() and on_found() are called a last time */
}

static void on_timer_closed(uv_handle_t *handle)
{
    dia_lookup *lookup = DIA_OF(handle, dia_lookup, timer);
    dia_release(lookup->loop->alloc, lookup, sizeof *lookup);
}

void dia_lookup_free(dia_lookup *lookup)
{
    if (!lookup)
        return;
    end_channel(lookup);
    uv_close((uv_handle_t *)&lookup->timer, on_timer_closed);
}

/* ---- Steps ---- */

/* Behind each step: is there a result, or when must c-ares be called again? Never inside of its callbacks, where its
 * channel must not end. */
static void settle(dia_lookup *lookup)
{
    if (lookup->done) {
        end_channel(lookup);
        lookup->fn(lookup->arg, lookup->why);
        return;
    }
    struct timeval tv;
    if (!ares_timeout(lookup->channel, NULL, &tv))
        return;
    uv_update_time(&lookup->loop->uv);
    uv_timer_start(&lookup->timer, on_timer, (uint64_t)tv.tv_sec * 1000 + (uint64_t)(tv.tv_usec + 999) / 1000, 0);
}

static void on_timer(uv_timer_t *timer)
{
    dia_lookup *lookup = DIA_OF(timer, dia_lookup, timer);
    if (!lookup->done)
        ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    settle(lookup);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    const socket_watch *w = DIA_OF(poll, socket_watch, poll);
    dia_lookup *lookup = w->lookup;
    const ares_socket_t fd = w->fd; /* the watch may go meanwhile */
    ares_process_fd(lookup->channel, status < 0 || events & UV_READABLE ? fd : ARES_SOCKET_BAD,
                    status < 0 || events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
    settle(lookup);
}

static void on_watch_closed(uv_handle_t *handle)
{
    socket_watch *w = DIA_OF(handle, socket_watch, poll);
    dia_release(w->alloc, w, sizeof *w);
}

static socket_watch *watch_of(const dia_lookup *lookup, ares_socket_t fd)
{
    for (dia_list *p = lookup->sockets.next; p != &lookup->sockets; p = p->next) {
        socket_watch *w = DIA_OF(p, socket_watch, place);
        if (w->fd == fd)
            return w;
    }
    return NULL;
}

static socket_watch *watch_new(dia_lookup *lookup, ares_socket_t fd)
{
    socket_watch *w = dia_alloc0(lookup->loop->alloc, sizeof *w);
    if (!w)
        return NULL;
    *w = (socket_watch){ .lookup = lookup, .fd = fd, .alloc = lookup->loop->alloc };
    if (uv_poll_init(&lookup->loop->uv, &w->poll, fd)) {
        dia_release(w->alloc, w, sizeof *w);
        return NULL;
    }
    dia_list_init(&w->place);
    dia_list_push_back(&lookup->sockets, &w->place);
    return w;
}

/* What c-ares wants to know of a socket; nothing: it is about to close it. Without memory the question times out. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    dia_lookup *lookup = arg;
    socket_watch *w = watch_of(lookup, fd);
    if (readable || writable) {
        if (w || (w = watch_new(lookup, fd)))
            uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_ready);
    } else if (w) {
        dia_list_remove(&w->place);
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
    }
}

static const char *why_not_found(int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED: return "no name server answered";
    case ARES_ENOMEM: return "no memory for a name look-up";
    default: return "the host name was not found";
    }
}

static void on_found(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
    dia_lookup *lookup = arg;
    (void)timeouts;
    lookup->done = true;
    for (const struct ares_addrinfo_node *node = found ? found->nodes : NULL; node && lookup->n < ADDRESSES_MAX;
         node = node->ai_next)
        if ((size_t)node->ai_addrlen <= sizeof *lookup->addresses)
            memcpy(&lookup->addresses[lookup->n++], node->ai_addr, (size_t)node->ai_addrlen);
    if (!lookup->n)
        lookup->why = why_not_found(status == ARES_SUCCESS ? ARES_ENODATA : status);
    ares_freeaddrinfo(found);
}

/* ---- The beginning ---- */

static int open_channel(const char *servers, dia_lookup *lookup, ares_channel *out)
{
    struct ares_options options = {
        .timeout = FIRST_WAIT_MS, .tries = TRIES, .sock_state_cb = on_socket, .sock_state_cb_data = lookup
    };
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(out, &options, mask) != ARES_SUCCESS)
        return DIA_ENOMEM;
    if (!servers || ares_set_servers_ports_csv(*out, servers) == ARES_SUCCESS)
        return 0;
    ares_destroy(*out);
    return DIA_EFORMAT;
}

dia_lookup *dia_lookup_new(dia_loop *loop, const dia_uri *uri, void (*fn)(void *arg, const char *why), void *arg)
{
    const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
                                               .ai_flags = ARES_AI_NUMERICSERV,
                                               .ai_socktype = SOCK_STREAM };
    char host[256], port[8];
    if (uri->fqdn.n >= sizeof host)
        return NULL;
    dia_lookup *lookup = dia_alloc0(loop->alloc, sizeof *lookup);
    if (!lookup)
        return NULL;
    if (open_channel(loop->name_servers, lookup, &lookup->channel)) {
        dia_release(loop->alloc, lookup, sizeof *lookup);
        return NULL;
    }
    lookup->loop = loop;
    lookup->fn = fn;
    lookup->arg = arg;
    dia_list_init(&lookup->sockets);
    uv_timer_init(&loop->uv, &lookup->timer);
    memcpy(host, uri->fqdn.p, uri->fqdn.n);
    host[uri->fqdn.n] = 0;
    snprintf(port, sizeof port, "%u", uri->port);
    ares_getaddrinfo(lookup->channel, host, port, &hints, on_found, lookup);
    if (lookup->done) /* known without asking; but the caller is not told before it has the look-up */
        uv_timer_start(&lookup->timer, on_timer, 0, 0);
    else
        settle(lookup);
    return lookup;
}

const struct sockaddr_storage *dia_lookup_next(dia_lookup *lookup, size_t *n)
{
    if (!lookup || lookup->next == lookup->n)
        return NULL;
    *n = lookup->n - lookup->next;
    return &lookup->addresses[lookup->next++];
}

int dia_loop_name_servers(dia_loop *loop, const char *servers)
{
    char *copy = NULL;
    if (servers) {
        dia_lookup probe = { 0 };
        ares_channel channel;
        const int err = open_channel(servers, &probe, &channel);
        if (err)
            return err;
        ares_destroy(channel);
        const size_t size = strlen(servers) + 1;
        if (!(copy = dia_alloc(loop->alloc, size)))
            return DIA_ENOMEM;
        memcpy(copy, servers, size);
    }
    dia_release(loop->alloc, loop->name_servers, loop->name_servers ? strlen(loop->name_servers) + 1 : 0);
    loop->name_servers = copy;
    return 0;
}

/* Listening sockets. */
#include "loop/carrier.h"
#include "loop/handshake.h"
#include "loop/protection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

enum { ADDRESSES_MAX = 32, BACKLOG = 1024, REST_US = 100000, SHORT_REST_US = 1000, DSCP_MAX = 63 };

/* Who is silent, or was refused and does not go, makes way meanwhile; then a short rest is enough. */
void dia_listening_rest(dia_listening *l)
{
    const bool has_way = dia_node_make_way(l->loop->node, dia_loop_clock());
    l->carrier->rest(l, true);
    l->resting = true;
    l->rest_us = dia_loop_clock().us + (has_way ? SHORT_REST_US : REST_US);
}

/* Handshakes under way go on first. */
bool dia_listening_may_accept(dia_listening *l)
{
    if (!l->secure || dia_handshake_has_room(l->loop))
        return true;
    l->carrier->rest(l, true);
    l->resting = true;
    l->rest_us = dia_loop_clock().us + SHORT_REST_US;
    return false;
}

void dia_listening_wake(dia_loop *loop, int64_t now_us)
{
    DIA_LIST_EACH (p, &loop->listeners) {
        dia_listening *l = DIA_OF(p, dia_listening, place);
        if (!l->resting || l->rest_us > now_us)
            continue;
        l->resting = false;
        l->carrier->rest(l, false);
    }
}

static void forget_text(const dia_listening *l, char *text)
{
    dia_release(l->loop->alloc, text, text ? strlen(text) + 1 : 0);
}

void dia_listening_freed(dia_listening *l)
{
    forget_text(l, l->bound);
    forget_text(l, l->tls);
    dia_release(l->loop->alloc, l, sizeof *l);
}

void dia_listening_close(dia_listening *l)
{
    dia_list_remove(&l->place);
    if (l->as)
        dia_node_remove_listener(l->loop->node, l->as);
    l->as = NULL;
    l->carrier->unlisten(l);
}

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

int dia_listen_resolve(dia_bytes name, uint16_t port, struct sockaddr_storage *out, size_t max)
{
    socklen_t size;
    if (!dia_sockaddr_of(name, port, out, &size))
        return 1;
    char host[256];
    if (name.n >= sizeof host)
        return DIA_EFORMAT;
    memcpy(host, name.p, name.n);
    host[name.n] = 0;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found;
    const int err = getaddrinfo(host, NULL, &hints, &found);
    if (err)
        return err == EAI_SYSTEM ? DIA_ESYSTEM : err == EAI_MEMORY ? DIA_ENOMEM : DIA_ENOENT;
    size_t n = 0;
    for (const struct addrinfo *one = found; one && n < max; one = one->ai_next) {
        memset(&out[n], 0, sizeof *out);
        memcpy(&out[n], one->ai_addr, one->ai_addrlen);
        set_port(&out[n++], port);
    }
    freeaddrinfo(found);
    return (int)n;
}

int dia_listen_open(const struct sockaddr_storage *address, socklen_t size, const dia_socket_options *options)
{
    const int on = 1;
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (dia_socket_set(fd, address->ss_family, options) || bind(fd, (const struct sockaddr *)address, size) ||
        listen(fd, BACKLOG)) {
        const int err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static int keep_text(const dia_listening *l, const char *text, char **to)
{
    const size_t n = strlen(text) + 1;
    if (!(*to = dia_alloc(l->loop->alloc, n)))
        return DIA_ENOMEM;
    memcpy(*to, text, n);
    return 0;
}

/* The URI of a socket with the port that it really has. */
static int print_bound(const dia_listening *l, const dia_uri *uri, char *to, size_t to_size)
{
    const bool is_v6 = memchr(uri->fqdn.p, ':', uri->fqdn.n) != NULL;
    const int n = snprintf(to, to_size, "aaa%s://%s%.*s%s:%u;transport=%s", uri->secure ? "s" : "", is_v6 ? "[" : "",
                           (int)uri->fqdn.n, (const char *)uri->fqdn.p, is_v6 ? "]" : "", l->carrier->port(l),
                           uri->transport == DIA_TRANSPORT_SCTP ? "sctp" : "tcp");
    return n > 0 && (size_t)n < to_size ? 0 : DIA_ESPACE;
}

/* All addresses where it listens: of the URI's host, and of SCTP those that are said beside it. How many, or an error. */
static int addresses_of(const dia_listening *l, const dia_uri *uri, const dia_socket_options *options,
                        struct sockaddr_storage *to, size_t max)
{
    const bool several = l->carrier->kind == DIA_CONN_MESSAGE;
    const int n = dia_listen_resolve(uri->fqdn, uri->port, to, several ? max : 1);
    const int more = n < 0 || !several ? 0 : dia_sockaddrs_of(options->local, uri->port, to + n, max - (size_t)n);
    return more < 0 ? DIA_EINVAL : n < 0 ? n : n + more;
}

static int begin_listening(dia_listening *l, const dia_uri *uri, const dia_listen_config *config, char *bound,
                           size_t bound_size)
{
    static const dia_socket_options plain;
    const dia_socket_options *options = config ? &config->socket : &plain;
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    const int n = addresses_of(l, uri, options, addresses, ADDRESSES_MAX);
    int err = n < 0 ? n : l->carrier->listen(l, addresses, (size_t)n, options);
    if (err)
        return err;
    if (bound && ((err = print_bound(l, uri, bound, bound_size)) || (err = keep_text(l, bound, &l->bound))))
        return err;
    if (options->tls && (err = keep_text(l, options->tls, &l->tls)))
        return err;
    return config ? dia_node_add_listener(l->loop->node, &config->as, &l->as) : 0;
}

#ifdef DIA_NO_TLS
enum { NO_TLS = DIA_ENOTSUP };
#else
enum { NO_TLS = DIA_ESTATE };
#endif

/* Has it been said by what? */
static bool is_protected(const dia_loop *loop, const dia_listen_config *config)
{
    dia_tls *tls = dia_protection_get(loop, config ? config->socket.tls : NULL);
    dia_tls_unref(tls);
    return tls;
}

int dia_loop_listen(dia_loop *loop, const char *text, char *bound, size_t bound_size)
{
    return dia_loop_listen_as(loop, text, NULL, bound, bound_size);
}

int dia_loop_listen_as(dia_loop *loop, const char *text, const dia_listen_config *config, char *bound,
                       size_t bound_size)
{
    const char *why;
    dia_uri uri;
    if (!text || dia_uri_parse(dia_cstr(text), &uri))
        return DIA_EFORMAT;
    const dia_carrier *carrier = dia_loop_carrier(loop, uri.transport, &why);
    if (!carrier)
        return DIA_ENOTSUP;
    if (uri.secure && !is_protected(loop, config))
        return NO_TLS;
    if (config && config->socket.dscp > DSCP_MAX)
        return DIA_EINVAL;
    dia_listening *l = dia_alloc0(loop->alloc, sizeof *l);
    if (!l)
        return DIA_ENOMEM;
    l->loop = loop;
    l->carrier = carrier;
    l->fd = -1;
    l->secure = uri.secure;
    dia_list_init(&l->place);
    const int err = begin_listening(l, &uri, config, bound, bound_size);
    if (!err) {
        dia_list_push_back(&loop->listeners, &l->place);
        return 0;
    }
    const int was = errno;
    dia_listening_close(l);
    errno = was;
    return err;
}

static dia_listening *listening_at(const dia_loop *loop, const char *bound)
{
    DIA_LIST_EACH (p, &loop->listeners) {
        dia_listening *l = DIA_OF(p, dia_listening, place);
        if (l->bound && strcmp(l->bound, bound) == 0)
            return l;
    }
    return NULL;
}

int dia_loop_relisten(dia_loop *loop, const char *bound, const dia_listen_config *config)
{
    dia_listening *l = listening_at(loop, bound);
    dia_listener *other;
    char *tls = NULL;
    if (!l)
        return DIA_ENOENT;
    if (l->secure && !is_protected(loop, config))
        return NO_TLS;
    int err = config->socket.tls ? keep_text(l, config->socket.tls, &tls) : 0;
    if (!err)
        err = dia_node_add_listener(loop->node, &config->as, &other);
    if (err) {
        forget_text(l, tls);
        return err;
    }
    if (l->as)
        dia_node_remove_listener(loop->node, l->as);
    l->as = other;
    forget_text(l, l->tls);
    l->tls = tls;
    return 0;
}

int dia_loop_unlisten(dia_loop *loop, const char *bound)
{
    dia_listening *l = listening_at(loop, bound);
    if (!l)
        return DIA_ENOENT;
    dia_listening_close(l);
    return 0;
}

/* Listening sockets. */
#include "loop/carrier.h"
#include "loop/handshake.h"
#include "loop/protection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

enum {
    ADDRESSES_MAX = 32,
    BACKLOG = 1024,
    REST_US = 100000,
    SHORT_REST_US = 1000,
    DSCP_MAX = 63,
    URI_MAX = 400,
    SENTENCE = 300
};

/* Who is silent, or was refused and does not go, makes way meanwhile; then a short rest is enough. */
void dia_listening_rest(dia_listening *l)
{
    const bool has_way = dia_node_make_way(l->loop->node, dia_loop_clock());
    l->carrier->rest(l, true);
    l->resting = true;
    l->rest_us = dia_loop_clock().us + (has_way ? SHORT_REST_US : REST_US);
}

/* Handshakes under way go on first. */
bool dia_listening_may_accept(dia_listening *l, bool may_wait)
{
    if (!l->secure || (may_wait ? dia_callers_have_room(l->loop) : dia_handshake_has_room(l->loop)))
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
    dia_callers_drop(l);
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

int dia_listen_open(const struct sockaddr_storage *address, socklen_t size, const dia_socket_options *options,
                    const char **why)
{
    const int on = 1;
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const char *mistake = dia_socket_set(fd, address->ss_family, options);
    if (mistake)
        *why = mistake;
    if (mistake || bind(fd, (const struct sockaddr *)address, size) || listen(fd, BACKLOG)) {
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

/* The URI of a socket with the port that it really has. DIA_ENOMEM. */
static int print_bound(dia_listening *l, const dia_uri *uri)
{
    char text[URI_MAX];
    const bool is_v6 = memchr(uri->fqdn.p, ':', uri->fqdn.n) != NULL;
    snprintf(text, sizeof text, "aaa%s://%s%.*s%s:%u;transport=%s", uri->secure ? "s" : "", is_v6 ? "[" : "",
             (int)uri->fqdn.n, (const char *)uri->fqdn.p, is_v6 ? "]" : "", l->carrier->port(l),
             uri->transport == DIA_TRANSPORT_SCTP ? "sctp" : "tcp");
    return keep_text(l, text, &l->bound);
}

/* All addresses where it listens: of the URI's host, and of SCTP those that are said beside it. How many, or an error. */
static int addresses_of(dia_listening *l, const dia_uri *uri, const dia_socket_options *options,
                        struct sockaddr_storage *to, size_t max)
{
    const bool several = l->carrier->kind == DIA_CONN_MESSAGE;
    const int n = dia_listen_resolve(uri->fqdn, uri->port, to, several ? max : 1);
    if (n < 0) {
        l->why = n == DIA_ENOENT ? "the host name was not found" : NULL;
        return n;
    }
    const int more = several ? dia_sockaddrs_of(options->local, uri->port, to + n, max - (size_t)n) : 0;
    if (more < 0)
        l->why = more == DIA_ESPACE ? "the local addresses are too many" : "the local addresses are no addresses";
    return more < 0 ? DIA_EINVAL : n + more;
}

static int begin_listening(dia_listening *l, const dia_uri *uri, const dia_listen_config *config)
{
    static const dia_socket_options plain;
    const dia_socket_options *options = config ? &config->socket : &plain;
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    const int n = addresses_of(l, uri, options, addresses, ADDRESSES_MAX);
    int err = n < 0 ? n : l->carrier->listen(l, addresses, (size_t)n, options);
    if (err || (err = print_bound(l, uri)))
        return err;
    if (options->tls && (err = keep_text(l, options->tls, &l->tls)))
        return err;
    if (config && (err = dia_node_add_listener(l->loop->node, &config->as, &l->as)))
        l->why = dia_node_last_fault(l->loop->node);
    return err;
}

/* Has it been said by what? 0, or an error with a sentence. */
static int judge_protection(const dia_loop *loop, const dia_listen_config *config, char *why, size_t size)
{
    const char *name = config ? config->socket.tls : NULL;
    dia_tls *tls = dia_protection_get(loop, name);
    if (!tls)
        return dia_secure_missing(name, why, size);
    dia_tls_unref(tls);
    return 0;
}

static int refuse(dia_loop *loop, const char *text, int err, const char *why)
{
    const bool both = why && err == DIA_ESYSTEM;
    return dia_loop_failed(loop, err, "cannot listen at '%s': %s%s%s", text, why ? why : "", both ? ": " : "",
                           both || !why ? dia_loop_words(err) : "");
}

int dia_loop_listen(dia_loop *loop, const char *text, char *bound, size_t bound_size)
{
    return dia_loop_listen_as(loop, text, NULL, bound, bound_size);
}

int dia_loop_listen_as(dia_loop *loop, const char *text, const dia_listen_config *config, char *bound,
                       size_t bound_size)
{
    const char *why = NULL;
    char unprotected[SENTENCE];
    dia_uri uri;
    int err;
    if (!text || dia_uri_parse(dia_cstr(text), &uri))
        return refuse(loop, text ? text : "", DIA_EFORMAT, "it is no DiameterURI such as aaa://127.0.0.1:3868");
    const dia_carrier *carrier = dia_loop_carrier(loop, uri.transport, &why);
    if (!carrier)
        return refuse(loop, text, DIA_ENOTSUP, why);
    if (uri.secure && (err = judge_protection(loop, config, unprotected, sizeof unprotected)))
        return refuse(loop, text, err, unprotected);
    if (config && config->socket.dscp > DSCP_MAX)
        return refuse(loop, text, DIA_EINVAL, "socket.dscp must be at most 63");
    dia_listening *l = dia_alloc0(loop->alloc, sizeof *l);
    if (!l)
        return refuse(loop, text, DIA_ENOMEM, NULL);
    l->loop = loop;
    l->carrier = carrier;
    l->fd = -1;
    l->secure = uri.secure;
    dia_list_init(&l->place);
    dia_list_init(&l->callers);
    if ((err = begin_listening(l, &uri, config))) {
        const int was = errno;
        refuse(loop, text, err, l->why);
        dia_listening_close(l);
        errno = was;
        return err;
    }
    dia_list_push_back(&loop->listeners, &l->place);
    if (bound)
        dia_sentence(bound, bound_size, "%s", l->bound);
    return 0;
}

/* ---- By the URI of a socket ---- */

static dia_listening *listening_at(const dia_loop *loop, const char *bound)
{
    DIA_LIST_EACH (p, &loop->listeners) {
        dia_listening *l = DIA_OF(p, dia_listening, place);
        if (strcmp(l->bound, bound) == 0)
            return l;
    }
    return NULL;
}

static int refuse_unknown(dia_loop *loop, const char *bound)
{
    return dia_loop_failed(loop, DIA_ENOENT, "nobody listens at '%s'", bound);
}

const char *dia_loop_next_bound(const dia_loop *loop, const char *before)
{
    const dia_listening *l = before ? listening_at(loop, before) : NULL;
    dia_list *p = l ? l->place.next : loop->listeners.next;
    return p == &loop->listeners || (before && !l) ? NULL : DIA_OF(p, dia_listening, place)->bound;
}

int dia_loop_relisten(dia_loop *loop, const char *bound, const dia_listen_config *config)
{
    dia_listening *l = listening_at(loop, bound);
    dia_listener *other;
    char *tls = NULL, why[SENTENCE];
    int err;
    if (!l)
        return refuse_unknown(loop, bound);
    if (l->secure && (err = judge_protection(loop, config, why, sizeof why)))
        return refuse(loop, bound, err, why);
    if (config->socket.tls && keep_text(l, config->socket.tls, &tls))
        return refuse(loop, bound, DIA_ENOMEM, NULL);
    if ((err = dia_node_add_listener(loop->node, &config->as, &other))) {
        forget_text(l, tls);
        return refuse(loop, bound, err, dia_node_last_fault(loop->node));
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
        return refuse_unknown(loop, bound);
    dia_listening_close(l);
    return 0;
}

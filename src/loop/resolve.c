/* Looking up the addresses of host names. */
#include "loop/channel.h"

#include <netinet/in.h>
#include <stdio.h>

enum { ADDRESSES_MAX = 16 };

struct dia_lookup {
    dia_loop *loop;
    dia_channel *channel; /* NULL: it is over */
    void (*fn)(void *arg, const char *why);
    void *arg;
    bool done;
    const char *why; /* it failed; NULL: it did not */
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    size_t n, next;
};

static void end_channel(dia_lookup *lookup)
{
    dia_channel *channel = lookup->channel;
    lookup->channel = NULL;
    dia_channel_free(channel); /* on_found() is called a last time */
}

void dia_lookup_free(dia_lookup *lookup)
{
    if (!lookup)
        return;
    end_channel(lookup);
    dia_release(lookup->loop->alloc, lookup, sizeof *lookup);
}

static void on_step(void *arg)
{
    dia_lookup *lookup = arg;
    if (!lookup->done) {
        dia_channel_wait(lookup->channel);
        return;
    }
    end_channel(lookup);
    lookup->fn(lookup->arg, lookup->why);
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
        lookup->why = status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED ? dia_channel_why(ARES_ETIMEOUT)
                      : status == ARES_ENOMEM                                ? dia_channel_why(status)
                                                                             : "the host name was not found";
    ares_freeaddrinfo(found);
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
    if (!(lookup->channel = dia_channel_new(loop, false, on_step, lookup))) {
        dia_release(loop->alloc, lookup, sizeof *lookup);
        return NULL;
    }
    lookup->loop = loop;
    lookup->fn = fn;
    lookup->arg = arg;
    memcpy(host, uri->fqdn.p, uri->fqdn.n);
    host[uri->fqdn.n] = 0;
    snprintf(port, sizeof port, "%u", uri->port);
    ares_getaddrinfo(dia_channel_ares(lookup->channel), host, port, &hints, on_found, lookup);
    if (lookup->done) /* known without asking; but the caller is not told before it has the look-up */
        dia_channel_soon(lookup->channel);
    else
        dia_channel_wait(lookup->channel);
    return lookup;
}

const struct sockaddr_storage *dia_lookup_next(dia_lookup *lookup, size_t *n)
{
    if (!lookup || lookup->next == lookup->n)
        return NULL;
    *n = lookup->n - lookup->next;
    return &lookup->addresses[lookup->next++];
}

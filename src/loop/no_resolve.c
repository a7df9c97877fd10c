/* A build without c-ares looks up no host names and discovers no peers, and says so. */
#include "loop/loop.h"

struct dia_lookup {
    dia_loop *loop;
    uv_timer_t timer;
    void (*fn)(void *arg, const char *why);
    void *arg;
};

static void on_timer(uv_timer_t *timer)
{
    dia_lookup *lookup = DIA_OF(timer, dia_lookup, timer);
    lookup->fn(lookup->arg, "host names cannot be looked up by this build (c-ares)");
}

static void on_closed(uv_handle_t *handle)
{
    dia_lookup *lookup = DIA_OF(handle, dia_lookup, timer);
    dia_release(lookup->loop->alloc, lookup, sizeof *lookup);
}

dia_lookup *dia_lookup_new(dia_loop *loop, const dia_uri *uri, void (*fn)(void *arg, const char *why), void *arg)
{
    (void)uri;
    dia_lookup *lookup = dia_alloc0(loop->alloc, sizeof *lookup);
    if (!lookup)
        return NULL;
    lookup->loop = loop;
    lookup->fn = fn;
    lookup->arg = arg;
    uv_timer_init(&loop->uv, &lookup->timer);
    uv_timer_start(&lookup->timer, on_timer, 0, 0);
    return lookup;
}

void dia_lookup_free(dia_lookup *lookup)
{
    if (lookup)
        uv_close((uv_handle_t *)&lookup->timer, on_closed);
}

const struct sockaddr_storage *dia_lookup_next(dia_lookup *lookup, size_t *n)
{
    (void)lookup;
    (void)n;
    return NULL;
}

static int refuse(dia_loop *loop)
{
    return dia_loop_failed(loop, DIA_ENOTSUP, "asking the DNS was left out of this build (c-ares)");
}

int dia_loop_name_servers(dia_loop *loop, const char *servers)
{
    return servers ? refuse(loop) : 0;
}

int dia_loop_discover(dia_loop *loop, const char *realm, uint32_t application, dia_findings_fn *fn, void *arg)
{
    (void)realm;
    (void)application;
    (void)fn;
    (void)arg;
    return refuse(loop);
}

size_t dia_loop_discover_cancel(dia_loop *loop, dia_findings_fn *fn, const void *arg)
{
    (void)loop;
    (void)fn;
    (void)arg;
    return 0;
}

void dia_discoveries_close(dia_loop *loop)
{
    (void)loop;
}

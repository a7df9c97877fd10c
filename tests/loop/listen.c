/* Listening: which URIs are taken, which port the kernel chose, what is refused. */
#include "pair.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

static dia_loop *new_loop(void)
{
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator() };
    dia_loop *loop = NULL;
    return dia_loop_new(&config, &loop, NULL, 0) ? NULL : loop;
}

static void uris_are_judged(void)
{
    static const struct {
        const char *uri;
        int want;
    } rows[] = {
        { "", DIA_EFORMAT },
        { "127.0.0.1", DIA_EFORMAT },
        { "tcp://127.0.0.1", DIA_EFORMAT },
        { "aaa://127.0.0.1:port", DIA_EFORMAT },
        { "aaa://127.0.0.1:65536", DIA_EFORMAT },
        { "aaa://127.0.0.1:0;transport=udp", DIA_EFORMAT },
        { "aaas://127.0.0.1:0", DIA_ENOTSUP },
        { "aaa://127.0.0.1:0;transport=sctp", DIA_ENOTSUP },
        { "aaa://192.0.2.77:0", DIA_ESYSTEM }, /* not an address of this machine */
        { "aaa://127.0.0.1:0", 0 },
        { "aaa://127.0.0.1:0;transport=tcp", 0 },
        { "aaa://0.0.0.0:0", 0 },
        { "aaa://localhost:0", 0 },
    };
    dia_loop *loop = new_loop();
    need(loop);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].uri);
        errno = 0;
        need_int(dia_loop_listen(loop, rows[i].uri, NULL, 0), rows[i].want);
        need(rows[i].want != DIA_ESYSTEM || errno == EADDRNOTAVAIL);
    }
    need_int(dia_loop_listen(loop, NULL, NULL, 0), DIA_EFORMAT);
done:
    dia_loop_free(loop);
}

static void bound_uri_has_the_port_that_the_kernel_chose(void)
{
    char first[100], second[100];
    dia_uri uri;
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", first, sizeof first), 0);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", second, sizeof second), 0);
    need(strcmp(first, second) != 0);
    need_int(dia_uri_parse(dia_cstr(first), &uri), 0);
    need_bytes(uri.fqdn, dia_cstr("127.0.0.1"));
    need(uri.port && uri.port_given);
done:
    dia_loop_free(loop);
}

static void buffer_that_is_too_small_leaves_nothing_open(void)
{
    char small[10];
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", small, sizeof small), DIA_ESPACE);
    need(dia_list_empty(&loop->listeners));
done:
    dia_loop_free(loop);
}

static void port_that_is_taken_is_refused(void)
{
    char bound[100];
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", bound, sizeof bound), 0);
    errno = 0;
    need_int(dia_loop_listen(loop, bound, NULL, 0), DIA_ESYSTEM);
    need_int(errno, EADDRINUSE);
done:
    dia_loop_free(loop);
}

/* 127.0.0.1 is 127.0.0.1, not all interfaces. */
static void only_the_given_address_is_listened_at(void)
{
    char bound[100];
    dia_uri uri;
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    dia_endpoint end;
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", bound, sizeof bound), 0);
    const dia_listening *listener = DIA_OF(loop->listeners.next, dia_listening, place);
    need_int(getsockname(listener->fd, (struct sockaddr *)&address, &size), 0);
    dia_endpoint_of(&address, &end);
    need_bytes(end.address.value, ((dia_bytes)DIA_LIT("\x7f\0\0\1")));
    need_int(dia_uri_parse(dia_cstr(bound), &uri), 0);
    need_int(end.port, uri.port);
done:
    dia_loop_free(loop);
}

/* Without descriptors a listener rests for a moment, or it would spin; then it accepts who has waited. */
static void listener_rests_when_descriptors_are_used_up(void)
{
    struct pair pair;
    struct rlimit limit, low;
    int fd = -1;
    need(!getrlimit(RLIMIT_NOFILE, &limit));
    low = limit;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need((fd = pair_dial(&pair)) >= 0);
    const int next = dup(fd);
    close(next);
    low.rlim_cur = (rlim_t)next; /* the next descriptor would be this one */
    need(!setrlimit(RLIMIT_NOFILE, &low));
    for (int i = 0; i < 5; i++)
        pair_turn(&pair, 1);
    const dia_listening *listener = DIA_OF(pair.server.loop->listeners.next, dia_listening, place);
    const bool rested = listener->resting;
    setrlimit(RLIMIT_NOFILE, &limit);
    need(rested);
    need(dia_loop_timeout(pair.server.loop) >= 0);
    PAIR_UNTIL(&pair, !dia_list_empty(&pair.server.loop->links));
    need_int(pair_exchange(&pair, fd, "raw.example.net"), 2001);
done:
    setrlimit(RLIMIT_NOFILE, &limit);
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "uris_are_judged", uris_are_judged },
        { "bound_uri_has_the_port_that_the_kernel_chose", bound_uri_has_the_port_that_the_kernel_chose },
        { "buffer_that_is_too_small_leaves_nothing_open", buffer_that_is_too_small_leaves_nothing_open },
        { "port_that_is_taken_is_refused", port_that_is_taken_is_refused },
        { "only_the_given_address_is_listened_at", only_the_given_address_is_listened_at },
        { "listener_rests_when_descriptors_are_used_up", listener_rests_when_descriptors_are_used_up },
    };
    return HARNESS_RUN("loop/listen", tests);
}

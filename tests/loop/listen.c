/* Listening: which URIs are taken, which port the kernel chose, what is refused. */
#include "pair.h"

#include <errno.h>
#include <stdio.h>
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

/* No name server need be asked: a label of 64 letters fits into no question. */
#define NOWHERE "aaa://a234567890123456789012345678901234567890123456789012345678901234.example"

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
        { "aaa://192.0.2.77:0", DIA_ESYSTEM }, /* not an address of this machine */
        { NOWHERE ":0", DIA_ENOENT },
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
static void address_is_free_when_nobody_listens_any_more(void)
{
    char bound[100], again[100];
    dia_loop *loop = new_loop();
    need(loop);
    need_int(dia_loop_listen(loop, "aaa://127.0.0.1:0", bound, sizeof bound), 0);
    need_int(dia_loop_unlisten(loop, bound), 0);
    need_int(dia_loop_listen(loop, bound, again, sizeof again), 0); /* at once, before the loop has turned */
    need_str(again, bound);
done:
    dia_loop_free(loop);
}

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

/* A silent connection must not keep others out for want of descriptors. */
static void silent_connection_gives_its_descriptor(void)
{
    struct pair pair;
    struct rlimit limit, low;
    int silent = -1, fd = -1;
    need(!getrlimit(RLIMIT_NOFILE, &limit));
    low = limit;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need((silent = pair_dial(&pair)) >= 0);
    PAIR_UNTIL(&pair, !dia_list_empty(&pair.server.loop->links));
    need((fd = pair_dial(&pair)) >= 0);
    const int next = dup(fd);
    close(next);
    low.rlim_cur = (rlim_t)next;
    need(!setrlimit(RLIMIT_NOFILE, &low));
    need_int(pair_exchange(&pair, fd, "raw.example.net"), 2001);
    need_int(pair.server.events[DIA_EVENT_REFUSED], 1);
done:
    setrlimit(RLIMIT_NOFILE, &limit);
    if (silent >= 0)
        close(silent);
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* ---- Identities ---- */

static void identity_that_makes_no_sense_is_refused(void)
{
    static const char *const wrong[] = { "*.*", NULL };
    static const dia_listen_config rows[] = {
        { .as = { .identity = { .origin_host = "two words" } } },
        { .as = { .identity = { .origin_realm = "" } } },
        { .as = { .allow = wrong } },
        { .socket = { .dscp = 64 } },
    };
    dia_loop *loop = new_loop();
    need(loop);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need_int(dia_loop_listen_as(loop, "aaa://127.0.0.1:0", &rows[i], NULL, 0), DIA_EINVAL);
        need(dia_list_empty(&loop->listeners));
    }
    need_int(dia_loop_listen_as(loop, "aaa://127.0.0.1:0", &(dia_listen_config){ .as = { .allow = NULL } }, NULL, 0),
             0);
    need_int(dia_loop_listen_as(loop, "aaa://127.0.0.1:0", NULL, NULL, 0), 0);
done:
    dia_loop_free(loop);
}

/* The node serves Ro; one of its doors says so, the other does not. */
static void listener_offers_the_applications_of_its_identity(void)
{
    static const uint32_t apps[] = { 4, 9999 };
    for (uint32_t from = 0; from < 2; from++) {
        struct pair pair;
        int fd = -1;
        const dia_listen_config door = { .as = { .identity = { .applications = apps + from, .n_applications = 1 } } };
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &door, pair.uri, sizeof pair.uri), 0);
        need((fd = pair_dial(&pair)) >= 0);
        need_int(pair_exchange(&pair, fd, "raw.example.net"), from ? 5010 : 2001);
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
}

/* One node, three doors, each with a name. */
static void peers_see_the_identity_of_their_listener(void)
{
    static const struct {
        const char *host, *realm; /* NULL: the node's */
    } rows[] = { { NULL, NULL }, { "one.example.org", "example.org" }, { "two.example.net", NULL } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        for (size_t k = 1; k < sizeof rows / sizeof *rows; k++) {
            const dia_listen_config door = { .as = { .identity = { .origin_host = rows[k].host,
                                                                   .origin_realm = rows[k].realm } } };
            char bound[100];
            need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &door, bound, sizeof bound), 0);
            if (k == i)
                snprintf(pair.uri, sizeof pair.uri, "%s", bound);
        }
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        const dia_peer *peer = dia_node_next_peer(dia_loop_node(pair.client.loop), NULL);
        need_bytes(dia_peer_host(peer), dia_cstr(rows[i].host ? rows[i].host : "server.example.net"));
        need_bytes(dia_peer_realm(peer), dia_cstr(rows[i].realm ? rows[i].realm : "example.net"));
        need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 1);
    done:
        pair_end(&pair);
    }
}

/* The patterns of a listener count instead of the node's, which let everybody in. */
static void each_listener_lets_in_whom_it_allows(void)
{
    static const char *const by_name[] = { "*.good.example", "one.example", NULL };
    static const char *const by_realm[] = { "realm:example.net", NULL };
    static const char *const by_other_realm[] = { "realm:*.example.net", NULL };
    static const char *const from_here[] = { "*@127.0.0.0/8", NULL };
    static const char *const from_there[] = { "*@192.0.2.0/24", "*@2001:db8::/32", NULL };
    static const char *const nobody[] = { NULL };
    static const struct {
        const char *const *allow;
        const char *host;
        uint32_t want;
    } rows[] = {
        { NULL, "raw.example.net", 2001 },           { by_name, "raw.example.net", 3010 },
        { by_name, "a.good.example", 2001 },         { by_name, "ONE.example", 2001 },
        { by_name, "good.example", 3010 },           { by_realm, "raw.example.net", 2001 },
        { by_other_realm, "raw.example.net", 3010 }, { from_here, "raw.example.net", 2001 },
        { from_there, "raw.example.net", 3010 },     { nobody, "raw.example.net", 3010 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        int fd = -1;
        harness_row(rows[i].allow && rows[i].allow[0] ? rows[i].allow[0] : "none");
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        const dia_listen_config door = { .as = { .allow = rows[i].allow } };
        need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &door, pair.uri, sizeof pair.uri), 0);
        need((fd = pair_dial(&pair)) >= 0);
        need_int(pair_exchange(&pair, fd, rows[i].host), rows[i].want);
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* A listener goes with the stop or with the loop, while connections that came through it are still there. */
static void listeners_go_before_their_connections(void)
{
    for (int how = 0; how < 3; how++) {
        struct pair pair;
        const dia_listen_config door = { .as = { .identity = { .origin_host = "one.example.org" } } };
        need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .alloc = harness_allocator() }));
        need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &door, pair.uri, sizeof pair.uri), 0);
        need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &door, NULL, 0), 0);
        need_int(pair_connect(&pair), 0);
        for (int i = 0; i < 100 && !pair.server.events[DIA_EVENT_PEER_UP]; i++)
            pair_turn(&pair, harness_injected() ? 0 : 100);
        need(pair.server.events[DIA_EVENT_PEER_UP]);
        if (how == 1) {
            dia_loop_free(pair.server.loop);
            pair.server.loop = NULL;
        } else if (how == 2) {
            dia_loop_stop(pair.server.loop);
            for (int i = 0; i < 100 && !pair.server.over; i++)
                pair_turn(&pair, harness_injected() ? 0 : 100);
            need(pair.server.over);
        }
    done:
        pair_end(&pair);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "uris_are_judged", uris_are_judged },
        { "bound_uri_has_the_port_that_the_kernel_chose", bound_uri_has_the_port_that_the_kernel_chose },
        { "buffer_that_is_too_small_leaves_nothing_open", buffer_that_is_too_small_leaves_nothing_open },
        { "port_that_is_taken_is_refused", port_that_is_taken_is_refused },
        { "address_is_free_when_nobody_listens_any_more", address_is_free_when_nobody_listens_any_more },
        { "only_the_given_address_is_listened_at", only_the_given_address_is_listened_at },
        { "identity_that_makes_no_sense_is_refused", identity_that_makes_no_sense_is_refused },
        { "listener_offers_the_applications_of_its_identity", listener_offers_the_applications_of_its_identity },
        { "peers_see_the_identity_of_their_listener", peers_see_the_identity_of_their_listener },
        { "each_listener_lets_in_whom_it_allows", each_listener_lets_in_whom_it_allows },
        { "listeners_go_before_their_connections", listeners_go_before_their_connections },
        { "listener_rests_when_descriptors_are_used_up", listener_rests_when_descriptors_are_used_up },
        { "silent_connection_gives_its_descriptor", silent_connection_gives_its_descriptor },
    };
    return HARNESS_RUN("loop/listen", tests);
}

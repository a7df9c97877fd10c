/* Options of sockets: each one of a configuration is what the kernel then has, and one that cannot be set is named. */
#include "pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

static const dia_socket_options all = {
    .dscp = 46,
    .user_timeout_ms = 12345,
    .keepalive_s = 77,
    .send_buffer = 40000,
    .receive_buffer = 50000,
};

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(fd, level, name, &value, &size);
    return value;
}

/* Linux gives buffers of twice the size that was asked for. */
static bool has_all(int fd, int family)
{
    const int dscp = family == AF_INET6 ? option(fd, IPPROTO_IPV6, IPV6_TCLASS) : option(fd, IPPROTO_IP, IP_TOS);
    return dscp >> 2 == 46 && option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 12345 &&
           option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1 && option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 77 &&
           option(fd, SOL_SOCKET, SO_SNDBUF) == 80000 && option(fd, SOL_SOCKET, SO_RCVBUF) == 100000;
}

static const dia_link *first_link(const dia_loop *loop)
{
    return DIA_OF(loop->links.next, dia_link, place);
}

/* Of the connecting socket, and of those that a listener accepts. */
static void options_reach_the_sockets(void)
{
    static const char *const uris[] = { "aaa://127.0.0.1:0", "aaa://[::1]:0" };
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        harness_row(uris[i]);
        if (i && !pair_has_ipv6()) {
            fprintf(stderr, "IPv6 is left out: this machine has no ::1\n");
            continue;
        }
        need(pair_begin(&pair, uris[i], NULL));
        const dia_listen_config listen = { .socket = all };
        need_int(dia_loop_listen_as(pair.server.loop, uris[i], &listen, pair.uri, sizeof pair.uri), 0);
        const dia_peer_config peer = { .connect = pair.uri, .socket = all };
        need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need(has_all(first_link(pair.client.loop)->fd, i ? AF_INET6 : AF_INET));
        need(has_all(first_link(pair.server.loop)->fd, i ? AF_INET6 : AF_INET));
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* What is not configured is the system's: as on a socket that nobody touched. */
static void options_that_are_not_given_stay(void)
{
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need((fd = pair_dial(&pair)) >= 0);
    const int ours = first_link(pair.client.loop)->fd;
    need_int(option(ours, IPPROTO_IP, IP_TOS), option(fd, IPPROTO_IP, IP_TOS));
    need_int(option(ours, IPPROTO_TCP, TCP_USER_TIMEOUT), option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT));
    need_int(option(ours, SOL_SOCKET, SO_KEEPALIVE), option(fd, SOL_SOCKET, SO_KEEPALIVE));
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* All of 127/8 is this machine. */
static void connection_comes_from_the_local_address(void)
{
    static const uint8_t want[] = { 127, 0, 0, 2 };
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    const dia_peer_config peer = { .connect = pair.uri, .socket = { .local = "127.0.0.2" } };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    const dia_endpoint local = dia_conn_local(first_link(pair.client.loop)->conn);
    const dia_endpoint remote = dia_conn_remote(first_link(pair.server.loop)->conn);
    need_bytes(local.address.value, ((dia_bytes){ want, 4 }));
    need_bytes(remote.address.value, ((dia_bytes){ want, 4 }));
    need_int(local.port, remote.port);
    need(local.port);
done:
    pair_end(&pair);
}

static void option_that_cannot_be_set_is_named(void)
{
    static const struct {
        dia_socket_options socket;
        const char *reason;
    } rows[] = {
        { { .local = "192.0.2.77" }, "the local address cannot be used" },
        { { .local = "::1" }, "the local address is of another family than the peer's" },
        { { .local = "::1,192.0.2.77" }, "the local address cannot be used" },
        { { .keepalive_s = 40000 }, "keepalive of the socket cannot be set" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].reason);
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        const dia_peer_config peer = { .connect = pair.uri, .socket = rows[i].socket };
        need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
        need_str(pair.client.reason, rows[i].reason);
        need(dia_list_empty(&pair.client.loop->links));
        const dia_listen_config listen = { .socket = rows[i].socket };
        const int want = rows[i].socket.local ? 0 : DIA_ESYSTEM; /* where it listens says the URI */
        need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &listen, NULL, 0), want);
        need(!want || errno == EINVAL);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* The kernel may refuse any of them; on a descriptor that is no socket it refuses all. */
static void every_option_has_its_sentence(void)
{
    static const struct {
        dia_socket_options socket;
        const char *word;
    } rows[] = {
        { { .dscp = 1 }, "DSCP" },
        { { .user_timeout_ms = 1 }, "TCP_USER_TIMEOUT" },
        { { .keepalive_s = 1 }, "keepalive" },
        { { .send_buffer = 1 }, "send buffer" },
        { { .receive_buffer = 1 }, "receive buffer" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].word);
        const char *why = dia_socket_set(-1, AF_INET, &rows[i].socket);
        need(why && strstr(why, rows[i].word));
    }
    need(!dia_socket_set(-1, AF_INET, &(dia_socket_options){ NULL }));
    need(!dia_socket_bind(-1, AF_INET, NULL));
done:
    harness_row(NULL);
}

/* ---- Several addresses ---- */

/* Behind the first URI, where nobody listens, the second is tried at once and not behind Tc. */
static void addresses_of_a_peer_are_tried_in_order(void)
{
    struct pair pair;
    char closed[2][100];
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    for (int i = 0; i < 2; i++)
        snprintf(closed[i], sizeof closed[i], "aaa://127.0.0.1:%u", pair_free_port());
    const char *also[] = { closed[1], pair.uri, NULL };
    const dia_peer_config config = { .connect = closed[0], .also = also };
    dia_peer *peer;
    dia_peer_status status;
    const int64_t since = dia_loop_clock().us;
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &config, &peer), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need(dia_loop_clock().us - since < 5000000);
    need_int(pair.client.events[DIA_EVENT_CONNECT_FAILED], 2);
    dia_peer_get_status(peer, &status);
    need_str(status.connect, pair.uri);
done:
    pair_end(&pair);
}

/* All are closed: one round of them, then the wait of Tc. */
static void round_of_closed_addresses_ends(void)
{
    struct pair pair;
    char closed[2][100];
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    for (int i = 0; i < 2; i++)
        snprintf(closed[i], sizeof closed[i], "aaa://127.0.0.1:%u", pair_free_port());
    const char *also[] = { closed[1], NULL };
    dia_peer *peer;
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop),
                               &(dia_peer_config){ .connect = closed[0], .also = also }, &peer),
             0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED] == 2);
    for (int i = 0; i < 10; i++)
        pair_turn(&pair, 1);
    need_int(pair.client.events[DIA_EVENT_CONNECT_FAILED], 2);
    dia_peer_status status;
    dia_peer_get_status(peer, &status);
    need_str(status.connect, closed[0]);
    need(status.next_attempt_us - dia_loop_clock().us > 20000000);
    need_int(dia_node_connect_peer(dia_loop_node(pair.client.loop), peer), 0); /* but whoever asks gets a round now */
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED] == 4);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "options_reach_the_sockets", options_reach_the_sockets },
        { "options_that_are_not_given_stay", options_that_are_not_given_stay },
        { "connection_comes_from_the_local_address", connection_comes_from_the_local_address },
        { "option_that_cannot_be_set_is_named", option_that_cannot_be_set_is_named },
        { "every_option_has_its_sentence", every_option_has_its_sentence },
        { "addresses_of_a_peer_are_tried_in_order", addresses_of_a_peer_are_tried_in_order },
        { "round_of_closed_addresses_ends", round_of_closed_addresses_ends },
    };
    return HARNESS_RUN("loop/socket", tests);
}

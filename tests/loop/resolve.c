/* Host names: found, not found, and a name server that never answers, for which nobody waits. */
#include "pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

enum { A = 1, AAAA = 28, NOT_FOUND = 3 };

/* A name server of the test's own: it answers when the test says so. */
struct name_server {
    int fd;
    char at[40];
    unsigned asked;
};

static bool begin_name_server(struct name_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    server->asked = 0;
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (const struct sockaddr *)&address, size) ||
        getsockname(server->fd, (struct sockaddr *)&address, &size))
        return false;
    snprintf(server->at, sizeof server->at, "127.0.0.1:%u", ntohs(address.sin_port));
    return true;
}

/* The question comes back with an answer: 127.0.0.1 for A, nothing for AAAA, or an error. False: nobody asks. */
static bool answer(struct name_server *server, uint8_t error)
{
    uint8_t buf[600];
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    const ssize_t n = recvfrom(server->fd, buf, 512, 0, (struct sockaddr *)&from, &size);
    if (n < 17)
        return false;
    server->asked++;
    size_t end = 12;
    while (end < (size_t)n && buf[end])
        end += 1u + buf[end];
    const uint16_t type = dia_load16(buf + end + 1);
    end += 5;
    const bool found = !error && type == A;
    dia_store16(buf + 2, (uint16_t)(0x8180 | error));
    dia_store16(buf + 6, found);
    dia_store32(buf + 8, 0);
    if (found) {
        static const uint8_t record[] = { 0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1 };
        memcpy(buf + end, record, sizeof record);
        end += sizeof record;
    }
    return sendto(server->fd, buf, end, 0, (const struct sockaddr *)&from, size) == (ssize_t)end;
}

/* A pair whose client asks this name server, and connects to a name at the port where the server listens. */
static bool begin(struct pair *pair, struct name_server *server, const dia_node_config *config)
{
    char uri[100];
    memset(pair, 0, sizeof *pair);
    if (!begin_name_server(server) || !pair_begin(pair, "aaa://127.0.0.1:0", config) ||
        dia_loop_name_servers(pair->client.loop, server->at))
        return false;
    snprintf(uri, sizeof uri, "aaa://ocs.example.net:%s", strrchr(pair->uri, ':') + 1);
    return !dia_node_add_peer(dia_loop_node(pair->client.loop), &(dia_peer_config){ .connect = uri }, NULL);
}

static void end(struct pair *pair, struct name_server *server)
{
    pair_end(pair);
    if (server->fd >= 0)
        close(server->fd);
}

static bool is_asked(struct pair *pair, const struct name_server *server)
{
    uint8_t octet;
    pair_turn(pair, 20);
    return recv(server->fd, &octet, 1, MSG_PEEK) > 0;
}

static void name_is_looked_up_and_connected_to(void)
{
    struct pair pair;
    struct name_server server;
    need(begin(&pair, &server, NULL));
    PAIR_UNTIL(&pair, (answer(&server, 0), pair.client.events[DIA_EVENT_PEER_UP]));
    need(server.asked >= 2);
done:
    end(&pair, &server);
}

static void name_that_nobody_knows_is_said_so(void)
{
    struct pair pair;
    struct name_server server;
    need(begin(&pair, &server, NULL));
    PAIR_UNTIL(&pair, (answer(&server, NOT_FOUND), pair.client.events[DIA_EVENT_CONNECT_FAILED]));
    need_str(pair.client.reason, "the host name was not found");
done:
    end(&pair, &server);
}

static void names_of_the_hosts_file_ask_nobody(void)
{
    struct pair pair;
    struct name_server server;
    char uri[100];
    memset(&pair, 0, sizeof pair);
    need(begin_name_server(&server));
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_name_servers(pair.client.loop, server.at), 0);
    snprintf(uri, sizeof uri, "aaa://localhost:%s", strrchr(pair.uri, ':') + 1);
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &(dia_peer_config){ .connect = uri }, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need(!is_asked(&pair, &server));
done:
    end(&pair, &server);
}

/* A name has addresses of both families, the local address has one: those of the other are passed over. */
static void addresses_of_another_family_than_ours_are_passed_over(void)
{
    struct pair pair;
    char uri[100];
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    snprintf(uri, sizeof uri, "aaa://localhost:%s", strrchr(pair.uri, ':') + 1);
    const dia_peer_config config = { .connect = uri, .socket = { .local = "127.0.0.1" } };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &config, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair.client.events[DIA_EVENT_CONNECT_FAILED], 0);
done:
    pair_end(&pair);
}

/* c-ares would go on asking for seconds: freeing, stopping and giving up do not wait for that. */
static void nobody_waits_for_a_name_server_that_is_silent(void)
{
    enum { FREE, STOP, TIMEOUT };
    for (int how = FREE; how <= TIMEOUT; how++) {
        struct pair pair;
        struct name_server server;
        harness_row(how == FREE ? "freed" : how == STOP ? "stopped" : "connection given up");
        need(begin(&pair, &server, &(dia_node_config){ .limits = { .cer_ms = how == TIMEOUT ? 50 : 0 } }));
        PAIR_UNTIL(&pair, is_asked(&pair, &server));
        const int64_t since = dia_loop_clock().us;
        if (how == FREE) {
            dia_loop_free(pair.client.loop);
            pair.client.loop = NULL;
        } else if (how == STOP) {
            dia_loop_stop(pair.client.loop);
            PAIR_UNTIL(&pair, pair.client.over);
        } else {
            PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
            need(dia_list_empty(&pair.client.loop->links));
        }
        need(dia_loop_clock().us - since < 1500000); /* its first wait is 2 s */
    done:
        end(&pair, &server);
    }
    harness_row(NULL);
}

static void name_servers_are_judged(void)
{
    static const struct {
        const char *servers;
        int want;
    } rows[] = {
        { "192.0.2.1", 0 },          { "192.0.2.1:5353,192.0.2.2", 0 }, { "[2001:db8::1]:53", 0 },
        { "nonsense", DIA_EFORMAT }, { "192.0.2.x", DIA_EFORMAT },      { NULL, 0 },
    };
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator() };
    dia_loop *loop = NULL;
    need_int(dia_loop_new(&config, &loop, NULL, 0), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].servers);
        need_int(dia_loop_name_servers(loop, rows[i].servers), rows[i].want);
    }
done:
    harness_row(NULL);
    dia_loop_free(loop);
}

/* A look-up that dies for want of memory, wherever: an event, no leak, no wait. */
static void look_up_survives_any_failing_allocation(void)
{
    struct pair pair;
    struct name_server server;
    need(begin(&pair, &server, &(dia_node_config){ .alloc = harness_allocator() }));
    for (int i = 0; i < 100 && !pair.client.events[DIA_EVENT_PEER_UP]; i++) {
        answer(&server, 0);
        pair_turn(&pair, harness_injected() ? 0 : 100);
    }
    need(pair.client.events[DIA_EVENT_PEER_UP]);
done:
    end(&pair, &server);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "name_is_looked_up_and_connected_to", name_is_looked_up_and_connected_to },
        { "name_that_nobody_knows_is_said_so", name_that_nobody_knows_is_said_so },
        { "names_of_the_hosts_file_ask_nobody", names_of_the_hosts_file_ask_nobody },
        { "addresses_of_another_family_than_ours_are_passed_over",
          addresses_of_another_family_than_ours_are_passed_over },
        { "nobody_waits_for_a_name_server_that_is_silent", nobody_waits_for_a_name_server_that_is_silent },
        { "name_servers_are_judged", name_servers_are_judged },
        { "look_up_survives_any_failing_allocation", look_up_survives_any_failing_allocation },
    };
    return HARNESS_RUN("loop/resolve", tests);
}

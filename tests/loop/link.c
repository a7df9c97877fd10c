/* Connections over real sockets: both families, refusals, ends of all kinds, and more output than fits. */
#include "pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

static void requests_pass_over_both_families(void)
{
    static const char *const uris[] = { "aaa://127.0.0.1:0", "aaa://[::1]:0", "aaa://localhost:0" };
    for (int i = 0; i < 3; i++) {
        struct pair pair;
        harness_row(uris[i]);
        if (i == 1 && !pair_has_ipv6()) {
            fprintf(stderr, "IPv6 is left out: this machine has no ::1\n");
            continue;
        }
        need(pair_begin(&pair, uris[i], NULL));
        if (i == 2 && dia_loop_name_servers(pair.client.loop, "192.0.2.1") == DIA_ENOTSUP) {
            fprintf(stderr, "the name is left out: this build looks up none\n");
            goto done;
        }
        need_int(dia_loop_name_servers(pair.client.loop, NULL), 0);
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 1);
        const dia_peer *peer = dia_node_next_peer(dia_loop_node(pair.client.loop), NULL);
        const dia_endpoint local = dia_conn_local(peer->i), remote = dia_conn_remote(peer->i);
        need_int(local.address.family, i == 1 ? DIA_FAMILY_IPV6 : local.address.family);
        need_int(local.address.value.n, local.address.family == DIA_FAMILY_IPV6 ? 16 : 4);
        need(local.port && remote.port && local.port != remote.port);
    done:
        pair_end(&pair);
    }
}

static void connection_that_cannot_be_made_says_why(void) /* B2.1-11 */
{
    static const struct {
        const char *uri, *reason;
    } rows[] = {
        { "", "connection refused" },
        { "aaas://127.0.0.1", "there is no TLS configuration without a name: dia_loop_tls(loop, NULL, ...) makes it" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        if (rows[i].uri[0])
            snprintf(pair.uri, sizeof pair.uri, "%s", rows[i].uri);
        else
            snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1:%u", pair_free_port());
        harness_row(pair.uri);
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
        const dia_tls_config nothing = { 0 };
        const bool left_out = dia_loop_tls(pair.client.loop, NULL, &nothing, NULL, 0) == DIA_ENOTSUP;
        need_str(pair.client.reason, left_out && strncmp(rows[i].uri, "aaas", 4) == 0
                                         ? "TLS was left out of this build (OpenSSL)"
                                         : rows[i].reason);
        need(dia_list_empty(&pair.client.loop->links) || !dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)->i);
    done:
        pair_end(&pair);
    }
}

static void nagle_is_off(void) /* W3.2-01: a deliberate deviation */
{
    struct pair pair;
    int on = 0;
    socklen_t size = sizeof on;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    const dia_link *link = DIA_OF(pair.client.loop->links.next, dia_link, place);
    need_int(getsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    need(on);
done:
    pair_end(&pair);
}

/* ---- Ends ---- */

static void far_end_that_closes_or_resets_is_told_apart(void) /* B5.6-37 */
{
    for (int reset = 0; reset < 2; reset++) {
        struct pair pair;
        int fd = -1;
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        need((fd = pair_dial(&pair)) >= 0);
        need_int(pair_exchange(&pair, fd, "raw.example.net"), 2001);
        need(pair.server.events[DIA_EVENT_PEER_UP]);
        if (reset)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
        close(fd);
        fd = -1;
        PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN]);
        need_str(pair.server.reason, reset ? "reset by the peer" : "closed by the peer");
        PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
}

static void refused_peer_gets_its_cea_and_then_the_end(void) /* B5.3-12 */
{
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need((fd = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, fd, "server.example.net"), 3010); /* its own name */
    need_int(pair_read_end(&pair, fd), 0);
    close(fd);
    fd = -1;
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

static void garbage_is_reset(void) /* B2.1-12 */
{
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need((fd = pair_dial(&pair)) >= 0);
    need(pair_write(&pair, fd, dia_cstr("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    need_int(pair_read_end(&pair, fd), ECONNRESET);
    need_int(pair.server.events[DIA_EVENT_BAD_STREAM], 1);
    need(dia_list_empty(&pair.server.loop->links) || pair.server.loop->links.next);
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* Our end is shut; the far end neither closes nor reads on: it has five seconds. */
static void far_end_that_does_not_close_is_not_waited_for_for_ever(void)
{
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need((fd = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, fd, "server.example.net"), 3010);
    need(!dia_list_empty(&pair.server.loop->links));
    dia_link_linger(pair.server.loop, dia_loop_clock().us + 4000000);
    need(!dia_list_empty(&pair.server.loop->lingering));
    dia_link_linger(pair.server.loop, dia_loop_clock().us + 6000000);
    need(dia_list_empty(&pair.server.loop->lingering));
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

static void server_goes_on_when_a_client_comes_and_goes(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    for (int i = 0; i < 50; i++) {
        const int fd = pair_dial(&pair);
        need(fd >= 0);
        const uint32_t result = i % 3 ? pair_exchange(&pair, fd, "raw.example.net") : 2001;
        close(fd);
        need_int(result, 2001);
        PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    }
    need_int(dia_loop_node(pair.server.loop)->hub.n_conns, 0);
    need_int(dia_loop_node(pair.server.loop)->hub.n_peers, 0);
done:
    pair_end(&pair);
}

/* ---- The clock ---- */

static void clock_of_the_loop_drives_the_node(void)
{
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .limits = { .cer_ms = 60 } }));
    const int64_t start = dia_loop_clock().us;
    need((fd = pair_dial(&pair)) >= 0);
    need_int(pair_read_end(&pair, fd), ECONNRESET); /* no CER came */
    need(dia_loop_clock().us - start >= 59000);
    need_int(pair.server.events[DIA_EVENT_REFUSED], 1);
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* ---- Much ---- */

/* The far end writes all its requests before it reads one answer: output piles up, input is paused and resumed, and in
 * the end every request is answered once, in order. */
static void far_end_that_reads_late_gets_all_its_answers(void)
{
    enum { N = 3000 };
    static uint8_t requests[N * 200], answer[3000];
    struct pair pair;
    size_t n = 0, at = 0;
    int fd = -1;
    const int small = 100000;
    need(pair_begin(&pair, "aaa://127.0.0.1:0",
                    &(dia_node_config){ .limits = { .output_soft = 100000, .output_hard = 110000 } }));
    pair.answer_size = 1000;
    need((fd = pair_dial(&pair)) >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    need_int(pair_exchange(&pair, fd, "raw.example.net"), 2001);
    for (uint32_t i = 0; i < N; i++)
        n += pair_ccr(requests + n, sizeof requests - n, i).n;
    for (int64_t end = dia_loop_clock().us + 200000; at < n && dia_loop_clock().us < end; pair_turn(&pair, 1)) {
        const ssize_t sent = send(fd, requests + at, n - at, MSG_NOSIGNAL);
        need(sent > 0 || errno == EAGAIN);
        at += sent > 0 ? (size_t)sent : 0;
    }
    uint32_t served = 0, busy = 0;
    for (uint32_t i = 0; i < N; i++) {
        need(pair_read(&pair, fd, answer, DIA_HEADER_SIZE));
        const size_t length = dia_load24(answer + DIA_AT_LENGTH);
        need(length <= sizeof answer);
        need(pair_read(&pair, fd, answer + DIA_HEADER_SIZE, length - DIA_HEADER_SIZE));
        need_int(dia_load32(answer + DIA_AT_HOP_BY_HOP), i);
        dia_avp result;
        need_int(dia_avp_find((dia_bytes){ answer, length }, 268, 0, &result), 0);
        served += dia_load32(result.data.p) == 2001;
        busy += dia_load32(result.data.p) == 3004;
        if (at < n) {
            const ssize_t sent = send(fd, requests + at, n - at, MSG_NOSIGNAL);
            need(sent > 0 || errno == EAGAIN);
            at += sent > 0 ? (size_t)sent : 0;
        }
    }
    need_int(served, pair.served);
    need_int(served + busy, N);
    need(busy > 0); /* above the soft limit new requests are refused */
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* The far end asks, closes its side, and reads on: what it asked before is answered before the end. */
static void far_end_that_closes_its_side_alone_gets_its_answers(void)
{
    enum { N = 50 };
    static uint8_t requests[N * 200], answer[70000];
    struct pair pair;
    size_t n = 0;
    int fd = -1;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    pair.answer_size = 60000; /* more than a socket takes at once */
    need((fd = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, fd, "raw.example.net"), 2001);
    for (uint32_t i = 0; i < N; i++)
        n += pair_ccr(requests + n, sizeof requests - n, i).n;
    need(send(fd, requests, n, MSG_NOSIGNAL) == (ssize_t)n);
    need_int(shutdown(fd, SHUT_WR), 0);
    unsigned answers = 0;
    for (; answers < N && pair_read(&pair, fd, answer, DIA_HEADER_SIZE); answers++) {
        const size_t length = dia_load24(answer + DIA_AT_LENGTH);
        need(length <= sizeof answer);
        need(pair_read(&pair, fd, answer + DIA_HEADER_SIZE, length - DIA_HEADER_SIZE));
    }
    need_int(answers, N); /* above the soft limit with 3004 */
    need(pair.served > 0);
    need_int(pair_read_end(&pair, fd), 0);
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* A connection that has far more to say than one turn allows, and one with a single request: that is answered before the
 * third turn of the first (it may begin one turn late), and of the first nothing is lost. */
static void flooding_connection_leaves_others_their_turn(void)
{
    enum { N = 300, TURN = 10 };
    static uint8_t requests[N * 200], answer[1000];
    struct pair pair;
    int flood = -1, polite = -1;
    size_t n = 0;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .limits = { .turn = TURN } }));
    need((flood = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, flood, "flood.example.net"), 2001);
    need((polite = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, polite, "polite.example.net"), 2001);
    for (uint32_t i = 0; i < N; i++)
        n += pair_ccr(requests + n, sizeof requests - n, i).n;
    need(send(flood, requests, n, MSG_NOSIGNAL) == (ssize_t)n);
    need(send(polite, requests, n / N, MSG_NOSIGNAL) == (ssize_t)(n / N));
    unsigned turns = 0;
    for (ssize_t got = -1; got < 0 && turns < 100; turns++) {
        pair_turn(&pair, 0);
        got = recv(polite, answer, sizeof answer, 0);
    }
    need(turns <= 2);
    need(!dia_list_empty(&pair.server.loop->again));
    need_int(dia_loop_timeout(pair.server.loop), 0); /* nobody may sleep now */
    need(pair.served <= 2 * TURN + 1);
    for (uint32_t i = 0; i < N; i++) {
        need(pair_read(&pair, flood, answer, DIA_HEADER_SIZE));
        const size_t length = dia_load24(answer + DIA_AT_LENGTH);
        need(length <= sizeof answer);
        need(pair_read(&pair, flood, answer + DIA_HEADER_SIZE, length - DIA_HEADER_SIZE));
        need_int(dia_load32(answer + DIA_AT_HOP_BY_HOP), i);
    }
    need_int(pair.served, N + 1);
    need(dia_list_empty(&pair.server.loop->again)); /* and the loop may sleep again */
    pair_turn(&pair, 0);
    need(dia_loop_timeout(pair.server.loop) != 0);
done:
    if (flood >= 0)
        close(flood);
    if (polite >= 0)
        close(polite);
    pair_end(&pair);
}

/* One that hoards what memory there is is not read, while another is served, until its time for a message is up. */
static void hoarding_connection_is_not_read_and_others_are(void)
{
    enum { LONG = 262144, MEMORY = 300000 };
    static uint8_t octets[LONG], answer[1000];
    struct pair pair;
    int hoard = -1, polite = -1, late = -1;
    size_t at = 0;
    uint8_t ccr[400];
    const dia_limits limits = { .memory = MEMORY, .message = LONG, .partial_ms = 500 };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .limits = limits }));
    const dia_hub *hub = &dia_loop_node(pair.server.loop)->hub;
    need((hoard = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, hoard, "hoard.example.net"), 2001);
    need((polite = pair_dial(&pair)) >= 0);
    need_int(pair_exchange(&pair, polite, "polite.example.net"), 2001);
    dia_header_write(&(dia_header){ .version = 1, .length = LONG, .flags = DIA_FLAG_REQUEST, .command = 272 }, octets);
    const uint64_t before = hub->counters.octets_in;
    for (int64_t end = dia_loop_clock().us + 200000; dia_loop_clock().us < end; pair_turn(&pair, 1)) {
        const ssize_t n = at < LONG - 4 ? send(hoard, octets + at, LONG - 4 - at, MSG_NOSIGNAL) : 0;
        at += n > 0 ? (size_t)n : 0;
    }
    need(dia_hub_is_full(hub));
    need(hub->counters.octets_in - before < LONG - 4); /* the kernel has the rest */
    for (dia_list *l = pair.server.loop->links.next; l != &pair.server.loop->links; l = l->next)
        need(DIA_OF(l, dia_link, place)->rest.n <= INPUT_SIZE_SCARCE);
    need(pair_write(&pair, polite, pair_ccr(ccr, sizeof ccr, 7)));
    need(pair_read(&pair, polite, answer, DIA_HEADER_SIZE));
    need_int(dia_load32(answer + DIA_AT_HOP_BY_HOP), 7);
    need((late = pair_dial(&pair)) >= 0); /* who comes has a part of its own */
    need_int(pair_exchange(&pair, late, "late.example.net"), 2001);
    need(dia_hub_is_full(hub));
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN]);
    PAIR_UNTIL(&pair, !dia_hub_is_full(hub));
done:
    if (hoard >= 0)
        close(hoard);
    if (polite >= 0)
        close(polite);
    if (late >= 0)
        close(late);
    pair_end(&pair);
}

/* A connection may go while its input waits for the next turn. */
static void connection_may_end_while_its_turn_is_to_come(void)
{
    enum { N = 300 };
    static uint8_t requests[N * 200];
    for (int how = 0; how < 2; how++) {
        struct pair pair;
        int flood = -1, other = -1;
        size_t n = 0;
        harness_row(how ? "freed" : "reset by the peer");
        need(pair_begin(&pair, "aaa://127.0.0.1:0", &(dia_node_config){ .limits = { .turn = 1 } }));
        need((flood = pair_dial(&pair)) >= 0);
        need_int(pair_exchange(&pair, flood, "flood.example.net"), 2001);
        need((other = pair_dial(&pair)) >= 0);
        need_int(pair_exchange(&pair, other, "other.example.net"), 2001);
        for (uint32_t i = 0; i < N; i++)
            n += pair_ccr(requests + n, sizeof requests - n, i).n;
        need(send(flood, requests, n, MSG_NOSIGNAL) == (ssize_t)n);
        PAIR_UNTIL(&pair, pair.served > 2);
        need(pair.served < N);
        if (!how) {
            const struct linger now = { .l_onoff = 1, .l_linger = 0 };
            setsockopt(flood, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            close(flood);
            flood = -1;
            PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN]);
        }
    done:
        if (flood >= 0)
            close(flood);
        if (other >= 0)
            close(other);
        pair_end(&pair);
    }
    harness_row(NULL);
}

static void large_messages_pass(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    pair.answer_size = 100000;
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    for (int i = 0; i < 5; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 5);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_pass_over_both_families", requests_pass_over_both_families },
        { "connection_that_cannot_be_made_says_why", connection_that_cannot_be_made_says_why },
        { "nagle_is_off", nagle_is_off },
        { "far_end_that_closes_or_resets_is_told_apart", far_end_that_closes_or_resets_is_told_apart },
        { "refused_peer_gets_its_cea_and_then_the_end", refused_peer_gets_its_cea_and_then_the_end },
        { "garbage_is_reset", garbage_is_reset },
        { "far_end_that_does_not_close_is_not_waited_for_for_ever",
          far_end_that_does_not_close_is_not_waited_for_for_ever },
        { "server_goes_on_when_a_client_comes_and_goes", server_goes_on_when_a_client_comes_and_goes },
        { "clock_of_the_loop_drives_the_node", clock_of_the_loop_drives_the_node },
        { "far_end_that_reads_late_gets_all_its_answers", far_end_that_reads_late_gets_all_its_answers },
        { "far_end_that_closes_its_side_alone_gets_its_answers", far_end_that_closes_its_side_alone_gets_its_answers },
        { "flooding_connection_leaves_others_their_turn", flooding_connection_leaves_others_their_turn },
        { "hoarding_connection_is_not_read_and_others_are", hoarding_connection_is_not_read_and_others_are },
        { "connection_may_end_while_its_turn_is_to_come", connection_may_end_while_its_turn_is_to_come },
        { "large_messages_pass", large_messages_pass },
    };
    return HARNESS_RUN("loop/link", tests);
}

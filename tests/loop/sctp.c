/* The kernel's SCTP, from a loop to a loop and to bare sockets. Where the kernel has none, that it is said by name; tests/guest runs
 * this in one that has. */
#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

static const char uri[] = "aaa://127.0.0.1:0;transport=sctp";

static bool has_sctp(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* ---- Bare sockets ---- */

static int dial(struct pair *pair)
{
    const int on = 1;
    dia_uri to;
    struct sockaddr_storage address;
    socklen_t size;
    if (dia_uri_parse(dia_cstr(pair->uri), &to) || dia_sockaddr_of(to.fqdn, to.port, &address, &size))
        return -1;
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
    const struct sctp_initmsg init = { .sinit_num_ostreams = 10 };
    if (fd < 0 || setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) ||
        setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) ||
        connect(fd, (const struct sockaddr *)&address, size)) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static bool say(int fd, dia_bytes message, uint32_t ppid, uint16_t stream)
{
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct sctp_sndinfo))] = { 0 };
    const struct sctp_sndinfo info = { .snd_sid = stream, .snd_ppid = htonl(ppid) };
    struct iovec octets = { (void *)(uintptr_t)message.p, message.n };
    struct msghdr m = { .msg_iov = &octets, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = SCTP_SNDINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)message.n;
}

/* Turns until a message is there: its octets, 0 at the end of the association, or -1 with errno. */
static ssize_t hear(struct pair *pair, int fd, uint8_t *to, size_t size, struct sctp_rcvinfo *info)
{
    for (const int64_t end = dia_loop_clock().us + PATIENCE_MS * 1000; dia_loop_clock().us < end; pair_turn(pair, 1)) {
        _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof *info)];
        struct iovec octets = { to, size };
        struct msghdr m = {
            .msg_iov = &octets, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
        };
        const ssize_t n = recvmsg(fd, &m, 0);
        if (n < 0 && errno == EAGAIN)
            continue;
        if (n > 0 && info && CMSG_FIRSTHDR(&m))
            memcpy(info, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof *info);
        return n;
    }
    errno = ETIMEDOUT;
    return -1;
}

/* A bare socket that has become an open peer; -1: not. */
static int dial_open(struct pair *pair)
{
    uint8_t octets[1000];
    const int fd = dial(pair);
    if (fd >= 0 && say(fd, pair_cer(octets, sizeof octets, "far.example.net"), 46, 0) &&
        hear(pair, fd, octets, sizeof octets, NULL) > 20 && pair->server.events[DIA_EVENT_PEER_UP])
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- Tests ---- */

static void kernel_without_it_says_so(void)
{
    struct pair pair;
    if (has_sctp())
        return;
    fprintf(stderr, "SCTP is left out: this kernel has none\n");
    char why[100];
    const dia_sctp_config kernel = { .stack = DIA_SCTP_KERNEL };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_sctp(pair.server.loop, &kernel, why, sizeof why), DIA_ENOTSUP);
    need_str(why, "this kernel has no SCTP");
    pair.server.loop->sctp = pair.client.loop->sctp = kernel;
    need_int(dia_loop_listen(pair.server.loop, uri, NULL, 0), DIA_ENOTSUP);
    snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1;transport=sctp");
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, "this kernel has no SCTP");
done:
    pair_end(&pair);
}

static void requests_pass(void) /* B2.1-04 B2.2-01 W3.1-01 W3.1-02 */
{
    static const char *const uris[] = { "aaa://127.0.0.1:0;transport=sctp", "aaa://[::1]:0;transport=sctp" };
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        harness_row(uris[i]);
        need(pair_begin(&pair, uris[i], NULL));
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        for (int n = 0; n < 200; n++)
            need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 200);
        need(pair.client.events[DIA_EVENT_TRANSPORT] && pair.server.events[DIA_EVENT_TRANSPORT]);
        dia_loop_stop(pair.client.loop);
        PAIR_UNTIL(&pair, pair.client.over && pair.server.events[DIA_EVENT_PEER_DOWN]);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* And not only when patience with a silent end is over, after 5 s. */
static void association_that_we_end_is_over_at_once(void)
{
    struct pair pair;
    need(pair_begin(&pair, uri, NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    const int64_t began_us = dia_loop_clock().us;
    dia_loop_stop(pair.client.loop);
    PAIR_UNTIL(&pair, pair.client.over);
    need(dia_loop_clock().us - began_us < 4000000);
done:
    pair_end(&pair);
}

static void uri_without_a_port_has_that_of_iana(void) /* B2.1-01 */
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_listen(pair.server.loop, "aaa://127.0.0.1;transport=sctp", pair.uri, sizeof pair.uri), 0);
    need(strstr(pair.uri, ":3868;"));
    snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1;transport=sctp");
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
done:
    pair_end(&pair);
}

static void identifier_order_and_streams_are_those_of_the_rfc(void) /* B2.1.1-02 B2.1.1-03 B2.1.1-04 B2.1.1-05 */
{
    struct pair pair;
    struct sctp_rcvinfo info;
    uint8_t octets[1000];
    int fd = -1;
    need(pair_begin(&pair, uri, NULL));
    need((fd = dial(&pair)) >= 0);
    need(say(fd, pair_cer(octets, sizeof octets, "far.example.net"), 46, 5));
    need(hear(&pair, fd, octets, sizeof octets, &info) > 20);
    need_int(dia_load24(octets + 5), 257);
    need_int(info.rcv_flags & SCTP_UNORDERED, 0); /* nothing has proven yet that the far end is open */
    need_int(ntohl(info.rcv_ppid), 46);
    need_int(info.rcv_sid, 0);
    for (uint16_t stream = 0; stream < 10; stream += 3) {
        need(say(fd, pair_ccr(octets, sizeof octets, stream), stream == 3 ? 0 : 46, stream));
        for (;;) {
            const ssize_t n = hear(&pair, fd, octets, sizeof octets, &info);
            need(n > 20);
            if (dia_load24(octets + 5) == 272) /* it may ask a DWR, to learn that CEA was seen */
                break;
        }
        need_int(dia_load32(octets + DIA_AT_HOP_BY_HOP), stream);
        need(info.rcv_flags & SCTP_UNORDERED);
        need_int(ntohl(info.rcv_ppid), 46);
        need_int(info.rcv_sid, 0);
    }
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

static void large_messages_pass_and_larger_ones_are_refused(void)
{
    static uint8_t octets[120000];
    struct pair pair;
    int fd = -1;
    need(pair_begin(&pair, uri, NULL));
    pair.answer_size = 100000;
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    for (int i = 0; i < 5; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 5);
    const dia_conn *conn = dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)->i;
    need(conn->message_max >= 200000);
    pair_end(&pair);

    need(pair_begin(&pair, uri, &(dia_node_config){ .limits = { .message = 100000 } }));
    need((fd = dial_open(&pair)) >= 0);
    dia_header_write(&(dia_header){ .version = 1, .length = sizeof octets, .flags = DIA_FLAG_REQUEST, .command = 272 },
                     octets);
    need(say(fd, (dia_bytes){ octets, sizeof octets }, 46, 0));
    ssize_t n;
    while ((n = hear(&pair, fd, octets, sizeof octets, NULL)) > 0)
        ;
    need(n < 0 && errno == ECONNRESET);
    need_int(pair.server.events[DIA_EVENT_BAD_STREAM], 1);
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

static void what_cannot_be_diameter_is_aborted(void) /* B2.1-12 */
{
    for (int dtls = 0; dtls < 2; dtls++) {
        struct pair pair;
        uint8_t octets[1000];
        int fd = -1;
        ssize_t n;
        harness_row(dtls ? "DTLS" : "garbage");
        need(pair_begin(&pair, uri, NULL));
        need((fd = dial_open(&pair)) >= 0);
        need(say(fd, dia_cstr("GET / HTTP/1.1\r\n\r\n......"), dtls ? 47 : 46, 1));
        while ((n = hear(&pair, fd, octets, sizeof octets, NULL)) > 0)
            ;
        need(n < 0 && errno == ECONNRESET);
        need_int(pair.server.events[DIA_EVENT_BAD_STREAM], !dtls);
        PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN]);
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
    harness_row(NULL);
}

static void far_end_that_closes_or_aborts_is_told_apart(void)
{
    for (int abort = 0; abort < 2; abort++) {
        struct pair pair;
        int fd = -1;
        harness_row(abort ? "abort" : "close");
        need(pair_begin(&pair, uri, NULL));
        need((fd = dial_open(&pair)) >= 0);
        if (abort)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
        close(fd);
        fd = -1;
        PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN]);
        need_str(pair.server.reason, abort ? "the association was lost" : "closed by the peer");
        PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
    harness_row(NULL);
}

static void nobody_who_listens_is_said(void) /* B2.1-11 */
{
    struct pair pair;
    need(pair_begin(&pair, uri, NULL));
    snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1:%u;transport=sctp", pair_free_port());
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, "connection refused");
done:
    pair_end(&pair);
}

/* ---- Several addresses ---- */

static unsigned addresses_of(int fd, int name)
{
    _Alignas(struct sctp_getaddrs) uint8_t room[1000] = { 0 };
    struct sctp_getaddrs *get = (struct sctp_getaddrs *)(void *)room;
    socklen_t size = sizeof room;
    return getsockopt(fd, IPPROTO_SCTP, name, get, &size) ? 0 : get->addr_num;
}

static void association_has_all_addresses_of_both_ends(void)
{
    struct pair pair;
    const dia_listen_config config = { .socket = { .local = "127.0.0.2,127.0.0.3" } };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_listen_as(pair.server.loop, uri, &config, pair.uri, sizeof pair.uri), 0);
    const dia_peer_config peer = { .connect = pair.uri, .socket = { .local = "127.0.0.1,127.0.0.4" } };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    const dia_link *link = DIA_OF(pair.client.loop->links.next, dia_link, place);
    need_int(addresses_of(link->fd, SCTP_GET_PEER_ADDRS), 3);
    need_int(addresses_of(link->fd, SCTP_GET_LOCAL_ADDRS), 2);
    const dia_conn *ours = dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)->i;
    need_int(ours->n_addresses, 2); /* what CER says */
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 1);
done:
    pair_end(&pair);
}

static void address_that_cannot_be_used_is_said(void)
{
    struct pair pair;
    const dia_listen_config config = { .socket = { .local = "192.0.2.1" } };
    need(pair_begin(&pair, uri, NULL));
    need_int(dia_loop_listen_as(pair.server.loop, uri, &config, NULL, 0), DIA_ESYSTEM);
    need_int(errno, EADDRNOTAVAIL);
    const dia_peer_config peer = { .connect = pair.uri, .socket = { .local = "127.0.0.1,192.0.2.1" } };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, "the local addresses cannot be used");
    const dia_peer_config other = { .connect = pair.uri, .socket = { .local = "::1" } };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &other, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED] == 2);
    need_str(pair.client.reason, "the local addresses are of another family than the peer's");
done:
    pair_end(&pair);
}

static void options_reach_the_association(void) /* W3.6-01 */
{
    struct pair pair;
    need(pair_begin(&pair, uri, NULL));
    /* The kernel counts ticks of four milliseconds. */
    const dia_socket_options options = {
        .streams = 3, .rto_min_ms = 52, .rto_max_ms = 700, .heartbeat_ms = 1236, .path_retries = 2
    };
    const dia_peer_config peer = { .connect = pair.uri, .socket = options };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    const dia_link *link = DIA_OF(pair.client.loop->links.next, dia_link, place);
    struct sctp_status status = { 0 };
    struct sctp_rtoinfo rto = { 0 };
    struct sctp_assocparams association = { 0 };
    struct sctp_paddrparams path = { 0 };
    socklen_t n = sizeof status;
    need_int(getsockopt(link->fd, IPPROTO_SCTP, SCTP_STATUS, &status, &n), 0);
    need_int(status.sstat_outstrms, 3);
    n = sizeof rto;
    need_int(getsockopt(link->fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, &n), 0);
    need_int(rto.srto_min, 52);
    need_int(rto.srto_max, 700);
    n = sizeof association;
    need_int(getsockopt(link->fd, IPPROTO_SCTP, SCTP_ASSOCINFO, &association, &n), 0);
    need_int(association.sasoc_asocmaxrxt, 4);
    n = sizeof path;
    need_int(getsockopt(link->fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, &n), 0);
    need(path.spp_flags & SPP_HB_ENABLE);
    need_int(path.spp_hbinterval, 1236);
    need_int(path.spp_pathmaxrxt, 2);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test missing[] = {
        { "kernel_without_it_says_so", kernel_without_it_says_so },
    };
    static const struct harness_test tests[] = {
        { "requests_pass", requests_pass },
        { "association_that_we_end_is_over_at_once", association_that_we_end_is_over_at_once },
        { "uri_without_a_port_has_that_of_iana", uri_without_a_port_has_that_of_iana },
        { "identifier_order_and_streams_are_those_of_the_rfc", identifier_order_and_streams_are_those_of_the_rfc },
        { "large_messages_pass_and_larger_ones_are_refused", large_messages_pass_and_larger_ones_are_refused },
        { "what_cannot_be_diameter_is_aborted", what_cannot_be_diameter_is_aborted },
        { "far_end_that_closes_or_aborts_is_told_apart", far_end_that_closes_or_aborts_is_told_apart },
        { "nobody_who_listens_is_said", nobody_who_listens_is_said },
        { "association_has_all_addresses_of_both_ends", association_has_all_addresses_of_both_ends },
        { "address_that_cannot_be_used_is_said", address_that_cannot_be_used_is_said },
        { "options_reach_the_association", options_reach_the_association },
    };
    return has_sctp() ? HARNESS_RUN("loop/sctp", tests) : HARNESS_RUN("loop/sctp", missing);
}

/* SCTP by usrsctp, in UDP and over raw IP: a server in a process of its own and the client here. */
#include "far.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char uri[] = "aaa://127.0.0.1:0;transport=sctp";

static dia_sctp_config at(uint16_t udp_port)
{
    return (dia_sctp_config){ .stack = DIA_SCTP_USER, .udp_port = udp_port };
}

static bool begin(struct pair *pair, struct far *far)
{
    const dia_sctp_config ours = at(far_free_udp_port());
    memset(pair, 0, sizeof *pair);
    far->uri = uri;
    far->sctp = at(far_free_udp_port());
    return far_begin(far) && far_client(pair, far, &ours, NULL);
}

/* Raw IP wants rights, and a kernel without SCTP of its own: where somebody says so. */
static bool may_be_raw(void)
{
    return getenv("DIATOM_TEST_RAW") != NULL;
}

static void requests_pass(void) /* B2.1-01, B2.1-04, W3.1-01, W3.1-02 */
{
    static const struct {
        const char *name, *uri, *connect;
        bool raw;
    } rows[] = {
        { "IPv4 in UDP", uri, NULL, false },
        { "IPv6 in UDP", "aaa://[::1]:0;transport=sctp", NULL, false },
        { "any address, the usual port", "aaa://0.0.0.0;transport=sctp", "aaa://127.0.0.1:3868;transport=sctp", false },
        { "raw IPv4", uri, NULL, true },
        { "raw IPv6", "aaa://[::1]:0;transport=sctp", NULL, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_sctp_config ours = at(rows[i].raw ? 0 : far_free_udp_port());
        struct far far = { .uri = rows[i].uri, .sctp = at(rows[i].raw ? 0 : far_free_udp_port()) };
        struct far_report report = { 0 };
        struct pair pair = { 0 };
        harness_row(rows[i].name);
        if (rows[i].raw && !may_be_raw()) {
            fprintf(stderr, "%s is left out: DIATOM_TEST_RAW does not allow it\n", rows[i].name);
            continue;
        }
        need(far_begin(&far));
        need(far_client(&pair, &far, &ours, NULL));
        if (rows[i].connect)
            snprintf(pair.uri, sizeof pair.uri, "%s", rows[i].connect);
        need_int(far_connect(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need(pair.client.events[DIA_EVENT_TRANSPORT]);
        for (unsigned n = 0; n < 100; n++)
            need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 100);
        dia_loop_stop(pair.client.loop);
        PAIR_UNTIL(&pair, pair.client.over);
    done:
        pair_end(&pair);
        check(far_end(&far, &report));
        check_int(report.served, 100);
        check_int(report.events[DIA_EVENT_PEER_DOWN], 1);
    }
    harness_row(NULL);
}

/* Many packets each, and several of them wait at once. */
static void large_messages_pass(void)
{
    struct far far = { .answer_size = 100000 };
    struct pair pair = { 0 };
    need(begin(&pair, &far));
    need_int(far_connect(&pair, &far, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    for (int i = 0; i < 9; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 9);
done:
    pair_end(&pair);
    check(far_end(&far, NULL));
}

/* 2.1: what cannot be a message of Diameter - here, for its length - ends the association with ABORT, not SHUTDOWN. */
static void message_that_is_too_long_is_aborted(void) /* B2.1-12 */
{
    struct far far = { .answer_size = 90000 };
    struct pair pair = { 0 };
    struct far_report report = { 0 };
    const dia_limits limits = { .message = 65536 };
    need(begin(&pair, &far));
    need_int(dia_node_set_limits(dia_loop_node(pair.client.loop), &limits), 0);
    need_int(far_connect(&pair, &far, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_BAD_STREAM]);
    PAIR_UNTIL(&pair, dia_list_empty(&pair.client.loop->links));
done:
    pair_end(&pair);
    check(far_end(&far, &report));
    check_str(report.reason, "the association was lost");
}

static void connection_that_cannot_be_made_says_why(void) /* B2.1-11 */
{
    static const struct {
        const char *name, *uri, *reason;
        dia_socket_options options;
    } rows[] = {
        { "nobody listens", "aaa://127.0.0.1:1;transport=sctp", "connection refused", { 0 } },
        { "another address",
          "aaa://127.0.0.2;transport=sctp",
          "connection timed out",
          { .udp_port = 1, .rto_max_ms = 20, .rto_min_ms = 10 } },
        { "two addresses",
          NULL,
          "usrsctp has no multihoming: one local address, please, or the kernel's SCTP",
          { .local = "127.0.0.1,127.0.0.2" } },
        { "another family", NULL, "the local address is of another family than the peer's", { .local = "::1" } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct far far = { 0 };
        struct pair pair = { 0 };
        harness_row(rows[i].name);
        need(begin(&pair, &far));
        if (rows[i].uri)
            snprintf(pair.uri, sizeof pair.uri, "%s", rows[i].uri);
        need_int(far_connect(&pair, &far, &rows[i].options), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
        need_str(pair.client.reason, rows[i].reason);
    done:
        pair_end(&pair);
        check(far_end(&far, NULL));
    }
    harness_row(NULL);
}

/* The socket of usrsctp takes packets for every address; the listener does not. */
static void listener_of_one_address_hears_nobody_at_another(void)
{
    struct far far = { 0 };
    struct pair pair = { 0 };
    need(begin(&pair, &far));
    memcpy(strstr(pair.uri, "127.0.0.1"), "127.0.0.2", 9);
    need_int(far_connect(&pair, &far, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, "connection refused");
done:
    pair_end(&pair);
    check(far_end(&far, NULL));
}

static void one_loop_of_a_process_has_it(void)
{
    const dia_sctp_config sctp = at(far_free_udp_port()), other = at(far_free_udp_port());
    struct pair pair = { 0 }, second = { 0 };
    char why[200] = "";
    need(pair_begin_client(&pair, NULL) && pair_begin_client(&second, NULL));
    need_int(dia_loop_sctp(pair.client.loop, &sctp, why, sizeof why), 0);
    need_int(dia_loop_sctp(pair.client.loop, &sctp, why, sizeof why), DIA_ESTATE);
    need_int(dia_loop_sctp(second.client.loop, &other, why, sizeof why), DIA_EEXIST);
    need_str(why, "usrsctp serves one loop of a process: somebody else in this one has it");
    pair_end(&pair);
    need_int(dia_loop_sctp(second.client.loop, &other, NULL, 0), 0);
done:
    pair_end(&pair);
    pair_end(&second);
}

/* Whoever asked for any stack is told of the kernel's first. The kernel of a test may have it. */
static void any_stack_that_is_not_there_says_why_neither_is(void)
{
    const dia_sctp_config sctp = at(far_free_udp_port());
    struct pair pair = { 0 }, second = { 0 };
    char why[200] = "", bound[100];
    need_int(dia_loop_try_sctp(DIA_SCTP_USER, why, sizeof why), 0);
    need_int(dia_loop_try_sctp(DIA_SCTP_ANY, why, sizeof why), 0);
    need_str(why, "");
    if (!dia_loop_try_sctp(DIA_SCTP_KERNEL, why, sizeof why))
        return;
    need_str(why, "this kernel has no SCTP");
    need(pair_begin_client(&pair, NULL) && pair_begin_client(&second, NULL));
    need_int(dia_loop_sctp(pair.client.loop, &sctp, why, sizeof why), 0);
    need(dia_loop_listen(second.client.loop, uri, bound, sizeof bound) == DIA_ENOTSUP);
    need_str(
        dia_loop_last_fault(second.client.loop),
        "cannot listen at 'aaa://127.0.0.1:0;transport=sctp': this kernel has no SCTP, and usrsctp serves one loop of "
        "a process: somebody else in this one has it");
    need_int(dia_loop_sctp(second.client.loop, &(dia_sctp_config){ 0 }, why, sizeof why), DIA_ESTATE);
    need_int(dia_loop_sctp(second.client.loop, &(dia_sctp_config){ DIA_SCTP_KERNEL, 1, NULL }, why, sizeof why),
             DIA_ESTATE);
done:
    pair_end(&pair);
    pair_end(&second);
}

static void our_port_of_udp_is_not_the_kernels(void)
{
    struct pair pair = { 0 };
    char why[200] = "";
    need(pair_begin_client(&pair, NULL));
    need_int(dia_loop_sctp(pair.client.loop, &(dia_sctp_config){ DIA_SCTP_KERNEL, 1, NULL }, why, sizeof why),
             DIA_EINVAL);
    need_str(why, "our port of UDP is usrsctp's: the kernel's is a matter of sysctl net.sctp.udp_port");
done:
    pair_end(&pair);
}

/* One socket of usrsctp stands for all listeners of a port. */
static void what_a_listener_cannot_have_is_said(void)
{
    static const struct {
        const char *name, *uri, *why; /* its end */
        dia_socket_options options;
        int err;
    } rows[] = {
        { "another address of the port", "aaa://127.0.0.2:5000;transport=sctp", "", { .heartbeat_ms = 700 }, 0 },
        { "other streams",
          "aaa://127.0.0.3:5000;transport=sctp",
          ": with usrsctp a port has one number of streams, and another listener has it: Address already in use",
          { .streams = 3 },
          DIA_ESYSTEM },
        { "the same address again",
          "aaa://127.0.0.2:5000;transport=sctp",
          ": Address already in use",
          { 0 },
          DIA_ESYSTEM },
        { "any address beside it", "aaa://0.0.0.0:5000;transport=sctp", "", { 0 }, 0 },
        { "as many streams", "aaa://127.0.0.4:5000;transport=sctp", "", { .streams = 16 }, 0 },
        { "other streams at another port", "aaa://127.0.0.3:5001;transport=sctp", "", { .streams = 3 }, 0 },
        { "a second address",
          "aaa://127.0.0.1:5002;transport=sctp",
          ": usrsctp has one local address, and a listener's is that of its uri",
          { .local = "127.0.0.2" },
          DIA_ENOTSUP },
    };
    const dia_sctp_config sctp = at(far_free_udp_port());
    struct pair pair = { 0 };
    char bound[100];
    need(pair_begin_client(&pair, NULL));
    need_int(dia_loop_sctp(pair.client.loop, &sctp, NULL, 0), 0);
    need_int(dia_loop_listen(pair.client.loop, "aaa://127.0.0.1:5000;transport=sctp", bound, sizeof bound), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_listen_config config = { .socket = rows[i].options };
        harness_row(rows[i].name);
        need_int(dia_loop_listen_as(pair.client.loop, rows[i].uri, &config, bound, sizeof bound), rows[i].err);
        const char *said = rows[i].err ? dia_loop_last_fault(pair.client.loop) : "";
        need(strlen(said) >= strlen(rows[i].why));
        need_str(said + strlen(said) - strlen(rows[i].why), rows[i].why);
    }
done:
    harness_row(NULL);
    pair_end(&pair);
}

static void socket_that_cannot_be_had_is_said(void)
{
    const dia_sctp_config taken = at(far_free_udp_port());
    const dia_sctp_config rows[] = {
        taken,
        { .stack = DIA_SCTP_USER, .udp_port = 9, .udp_address = "nowhere" },
        { .stack = DIA_SCTP_USER, .udp_port = 9, .udp_address = "192.0.2.1" },
    };
    static const struct {
        int err;
        const char *why; /* its end */
    } wants[] = {
        { DIA_ESYSTEM, "Address already in use" },
        { DIA_EINVAL, "nowhere is no address" },
        { DIA_ESYSTEM, "Cannot assign requested address" },
    };
    struct far far = { .uri = uri, .sctp = taken };
    struct pair pair = { 0 };
    need(far_begin(&far));
    need(pair_begin_client(&pair, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[200] = "";
        need_int(dia_loop_sctp(pair.client.loop, &rows[i], why, sizeof why), wants[i].err);
        need(strstr(why, wants[i].why));
    }
done:
    pair_end(&pair);
    check(far_end(&far, NULL));
}

/* Whoever begins anew knows nothing of associations of before, and says so when one comes. */
static void association_with_one_who_began_anew_ends(void)
{
    const dia_socket_options quick = { .heartbeat_ms = 50, .rto_max_ms = 100, .rto_min_ms = 50 };
    const dia_sctp_config ours = at(far_free_udp_port()), theirs = at(far_free_udp_port());
    struct far far = { .uri = uri, .sctp = theirs }, again = { .sctp = theirs };
    struct pair pair = { 0 };
    need(far_fork(&again));
    need(far_begin(&far));
    need(far_client(&pair, &far, &ours, NULL));
    need_int(far_connect(&pair, &far, &quick), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    far_kill(&far);
    again.uri = pair.uri;
    need(far_go(&again));
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_str(pair.client.reason, "the association was lost");
done:
    pair_end(&pair);
    check(far_end(&again, NULL));
}

static void path_that_dies_is_told(void)
{
    const dia_socket_options quick = { .heartbeat_ms = 20, .rto_max_ms = 40, .rto_min_ms = 20, .path_retries = 1 };
    struct far far = { 0 };
    struct pair pair = { 0 };
    need(begin(&pair, &far));
    need_int(far_connect(&pair, &far, &quick), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    far_kill(&far);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    need(strstr(pair.client.last, "cannot be reached") || strstr(pair.client.reason, "lost") ||
         strstr(pair.client.reason, "timed out"));
done:
    pair_end(&pair);
}

static void loops_come_and_go(void)
{
    for (int i = 0; i < 20; i++) {
        struct far far = { 0 };
        struct pair pair = { 0 };
        need(begin(&pair, &far));
        need_int(far_connect(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need_int(pair_ask(&pair), 0);
        if (i % 2)
            PAIR_UNTIL(&pair, pair.answered == 1);
    done:
        pair_end(&pair);
        check(far_end(&far, NULL));
    }
}

static const struct harness_test tests[] = {
    { "requests_pass", requests_pass },
    { "large_messages_pass", large_messages_pass },
    { "message_that_is_too_long_is_aborted", message_that_is_too_long_is_aborted },
    { "connection_that_cannot_be_made_says_why", connection_that_cannot_be_made_says_why },
    { "listener_of_one_address_hears_nobody_at_another", listener_of_one_address_hears_nobody_at_another },
    { "one_loop_of_a_process_has_it", one_loop_of_a_process_has_it },
    { "any_stack_that_is_not_there_says_why_neither_is", any_stack_that_is_not_there_says_why_neither_is },
    { "our_port_of_udp_is_not_the_kernels", our_port_of_udp_is_not_the_kernels },
    { "what_a_listener_cannot_have_is_said", what_a_listener_cannot_have_is_said },
    { "socket_that_cannot_be_had_is_said", socket_that_cannot_be_had_is_said },
    { "association_with_one_who_began_anew_ends", association_with_one_who_began_anew_ends },
    { "path_that_dies_is_told", path_that_dies_is_told },
    { "loops_come_and_go", loops_come_and_go },
};

int main(void)
{
    return HARNESS_RUN("loop/usrsctp", tests);
}

/* DTLS over SCTP, of the kernel where it has it and of usrsctp where the build has it: requests, refusals, ends, and what is too long. */
#include "far.h"
#include "keyed.h"

#include "loop/carrier.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

static const char uri[] = "aaas://127.0.0.1:0;transport=sctp", clear_uri[] = "aaa://127.0.0.1:0;transport=sctp";

static bool has[3]; /* by dia_sctp_stack */

static dia_sctp_config sctp_of(dia_sctp_stack stack)
{
    return (dia_sctp_config){ .stack = stack, .udp_port = stack == DIA_SCTP_USER ? far_free_udp_port() : 0 };
}

/* A server that shows `theirs`, and a client that shows `ours`. */
static bool begin(struct pair *pair, struct far *far, dia_sctp_stack stack, const char *ours, const char *theirs)
{
    const dia_tls_config their_tls = keyed(theirs), our_tls = keyed(ours);
    const dia_sctp_config sctp = sctp_of(stack);
    memset(pair, 0, sizeof *pair);
    far->uri = far->uri ? far->uri : uri;
    far->sctp = sctp_of(stack);
    far->tls = &their_tls;
    harness_row(stack == DIA_SCTP_USER ? "usrsctp" : "the kernel's");
    const bool begun = far_begin(far) && far_client(pair, far, &sctp, &our_tls);
    far->tls = NULL;
    return begun;
}

#define EACH_STACK(stack)                                                                                              \
    for (dia_sctp_stack stack = DIA_SCTP_KERNEL; stack <= DIA_SCTP_USER; stack++)                                      \
        if (has[stack])

static void requests_pass(void) /* B2.2-01, B13-02 */
{
    EACH_STACK(stack)
    {
        struct far far = { .answer_size = 16000 };
        struct far_report report = { 0 };
        struct pair pair = { 0 };
        need(begin(&pair, &far, stack, "client", "server"));
        need(strncmp(pair.uri, "aaas://127.0.0.1:", 17) == 0);
        need_int(far_connect(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need_int(pair.client.events[DIA_EVENT_SECURED], 1);
        for (int i = 0; i < 50; i++)
            need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 50);
        const dia_security *security = dia_conn_security(dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)->i);
        need(security);
        need_str(security->protocol, "DTLSv1.2");
        need_int(security->message_max, 16384);
        need(strstr(security->subject, "CN=server"));
        dia_loop_stop(pair.client.loop);
        PAIR_UNTIL(&pair, pair.client.over);
    done:
        pair_end(&pair);
        check(far_end(&far, &report));
        check_int(report.events[DIA_EVENT_SECURED], 1);
        check_int(report.served, 50);
    }
    harness_row(NULL);
}

/* RFC 6083, 1.1: 16,384 octets. The answer that cannot be made is 5012, and the connection stays. */
static void what_is_too_long_for_a_record_is_refused(void)
{
    EACH_STACK(stack)
    {
        struct far far = { .answer_size = 16384 };
        struct pair pair = { 0 };
        need(begin(&pair, &far, stack, "client", "server"));
        need_int(far_connect(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        for (int i = 0; i < 2; i++) {
            pair.result_code = 0;
            need_int(pair_ask(&pair), 0);
            PAIR_UNTIL(&pair, pair.result_code);
            need_int(pair.result_code, 5012);
        }
        need_int(pair.client.events[DIA_EVENT_PEER_DOWN], 0);
    done:
        pair_end(&pair);
        check(far_end(&far, NULL));
    }
    harness_row(NULL);
}

static void refusals_say_why(void) /* B13.1-04 */
{
    static const struct {
        const char *ours, *theirs;
        dia_event_kind at_server;
        const char *client_why, *server_why; /* parts */
    } rows[] = {
        { "client", "stranger", DIA_EVENT_REFUSED, "stranger", "" },
        { "stranger", "server", DIA_EVENT_REFUSED, "", "stranger" },
        { "client", "expired", DIA_EVENT_REFUSED, "expired", "" },
        { "client", "wrong", DIA_EVENT_KINDS, "does not name server.example.net", "" },
        { "wrong", "server", DIA_EVENT_REFUSED, "", "does not name client.example.net" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EACH_STACK(stack)
        {
            struct far far = { 0 };
            struct far_report report = { 0 };
            struct pair pair = { 0 };
            need(begin(&pair, &far, stack, rows[i].ours, rows[i].theirs));
            need_int(far_connect(&pair, &far, NULL), 0);
            PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
            need(strstr(pair.client.reason, rows[i].client_why));
            need_int(pair.client.events[DIA_EVENT_PEER_UP], 0);
            PAIR_UNTIL(&pair, dia_list_empty(&pair.client.loop->links));
        done:
            pair_end(&pair);
            check(far_end(&far, &report));
            check(rows[i].at_server == DIA_EVENT_KINDS || report.events[rows[i].at_server] == 1);
            check(rows[i].at_server == DIA_EVENT_KINDS || strstr(report.last, rows[i].server_why));
        }
    harness_row(NULL);
}

/* RFC 6083, 4.5: whoever does not authenticate DATA has no DTLS. */
static void clear_and_protected_do_not_meet(void)
{
    static const struct {
        const char *theirs, *ours, *why;
    } rows[] = {
        { clear_uri, "aaas", "the other end does not authenticate its messages (SCTP-AUTH), which DTLS wants" },
        { uri, "aaa", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EACH_STACK(stack)
        {
            struct far far = { .uri = rows[i].theirs };
            struct pair pair = { 0 };
            need(begin(&pair, &far, stack, "client", "server"));
            snprintf(pair.uri, sizeof pair.uri, "%s%s", rows[i].ours, strchr(far.bound, ':'));
            need_int(far_connect(&pair, &far, NULL), 0);
            PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
            if (rows[i].why)
                need_str(pair.client.reason, rows[i].why);
            need_int(pair.client.events[DIA_EVENT_PEER_UP], 0);
        done:
            pair_end(&pair);
            check(far_end(&far, NULL));
        }
    harness_row(NULL);
}

/* RFC 6083, 4.9: what was sent before close_notify is read before it. */
static void farewell_follows_the_last_message(void)
{
    EACH_STACK(stack)
    {
        struct far far = { 0 };
        struct far_report report = { 0 };
        struct pair pair = { 0 };
        need(begin(&pair, &far, stack, "client", "server"));
        need_int(far_connect(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        for (int i = 0; i < 100; i++)
            need_int(pair_ask(&pair), 0);
        dia_loop_stop(pair.client.loop);
        PAIR_UNTIL(&pair, pair.client.over);
        need_int(pair.answered, 100);
    done:
        pair_end(&pair);
        check(far_end(&far, &report));
        check_int(report.served, 100);
        check_int(report.events[DIA_EVENT_PEER_DOWN], 1);
    }
    harness_row(NULL);
}

/* Whoever begins anew has neither the association nor its keys: what comes of them ends it, and the next one is agreed from the beginning. */
static void association_with_one_who_began_anew_ends(void)
{
    const dia_socket_options quick = { .heartbeat_ms = 50, .rto_max_ms = 100, .rto_min_ms = 50 };
    if (!has[DIA_SCTP_USER])
        return;
    const dia_tls_config their_tls = keyed("server"), our_tls = keyed("client");
    const dia_sctp_config ours = sctp_of(DIA_SCTP_USER), theirs = sctp_of(DIA_SCTP_USER);
    struct far far = { .uri = uri, .sctp = theirs, .tls = &their_tls }, again = { .sctp = theirs, .tls = &their_tls };
    struct far_report report = { 0 };
    struct pair pair = { 0 };
    need(far_fork(&again));
    need(far_begin(&far));
    need(far_client(&pair, &far, &ours, &our_tls));
    need_int(far_connect(&pair, &far, &quick), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    far_kill(&far);
    again.uri = pair.uri;
    need(far_go(&again));
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_str(pair.client.reason, "the association was lost");
    need_int(dia_node_connect_peer(dia_loop_node(pair.client.loop),
                                   dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)),
             0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_SECURED] == 2);
done:
    pair_end(&pair);
    check(far_end(&again, &report));
    check_int(report.events[DIA_EVENT_SECURED], 1);
}

/* ---- Associations that do as they are told ---- */

enum { ENDLESS = 200000, A_STEP = 64, FAKES = 21 };

/* What somebody sends who has no keys: a ChangeCipherSpec, before which everything is to be read (RFC 6083, 4.7), an alert, and
 * records of the epoch to come. */
struct fake {
    dia_link *link;    /* NULL: it has ended */
    int events;        /* watched */
    size_t given, all; /* records, and how many there will be */
    bool repeats;      /* one record of the epoch for all */
    int64_t us;        /* that each takes */
    bool put_off;      /* SCTP gets nothing more for it */
};

static struct fake fakes[FAKES], *const fake = fakes;
static dia_listening listening;
static size_t order[FAKES], n_order; /* who has given records, one after the other */

static ssize_t fake_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    static const uint8_t records[][15] = {
        { 20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1 },
        { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40 }, /* fatal, handshake_failure */
        { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1 },
    };
    struct fake *f = l->below;
    if (f->given == f->all || max < sizeof *records) {
        errno = EAGAIN;
        return -1;
    }
    for (const int64_t end = dia_loop_clock().us + f->us; dia_loop_clock().us < end;)
        ;
    if (!f->given && n_order < FAKES)
        order[n_order++] = (size_t)(f - fakes);
    memcpy(to, records[f->given < 2 ? f->given : 2], sizeof *records);
    if (f->given > 2 && !f->repeats)
        dia_store32(to + 7, (uint32_t)f->given);
    *how = (dia_arrival){ .whole = true, .ordered = true, .ppid = DIA_PPID_DTLS };
    return f->given++ ? 15 : 14;
}

static void fake_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    const struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    (void)l;
    memcpy(local, &here, sizeof here);
    if (remote)
        memcpy(remote, &here, sizeof here);
}

static ssize_t fake_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    (void)l;
    (void)pieces;
    return (ssize_t)n;
}

static void fake_watch(dia_link *l, int events)
{
    ((struct fake *)l->below)->events = events;
}

static void fake_nothing(dia_link *l)
{
    (void)l;
}

static void fake_close(dia_link *l)
{
    ((struct fake *)l->below)->link = NULL;
    dia_link_freed(l);
}

static bool fake_authenticates(const dia_link *l)
{
    (void)l;
    return true;
}

static bool fake_is_dry(dia_link *l)
{
    (void)l;
    return true;
}

static void fake_put_off(dia_link *l, bool on)
{
    ((struct fake *)l->below)->put_off = on;
}

static const dia_carrier carrier = {
    .name = "SCTP",
    .kind = DIA_CONN_MESSAGE,
    .ends = fake_ends,
    .receive = fake_receive,
    .send = fake_send,
    .watch = fake_watch,
    .shut = fake_nothing,
    .reset = fake_nothing,
    .close = fake_close,
    .authenticates = fake_authenticates,
    .is_dry = fake_is_dry,
    .put_off = fake_put_off,
};

/* `n` of them: all of one address, but the last. */
static bool begin_fakes(struct pair *pair, size_t n)
{
    const dia_tls_config tls = keyed("server");
    memset(pair, 0, sizeof *pair);
    memset(fakes, 0, sizeof fakes);
    n_order = 0;
    if (!pair_begin_server(pair, NULL) || dia_loop_tls(pair->server.loop, NULL, &tls, NULL, 0))
        return false;
    listening = (dia_listening){ .loop = pair->server.loop, .carrier = &carrier, .secure = true };
    for (size_t i = 0; i < n; i++) {
        struct sockaddr_storage remote = { 0 };
        fakes[i].link = dia_link_new(pair->server.loop, &carrier);
        fakes[i].link->below = &fakes[i];
        fake_ends(fakes[i].link, &remote, NULL);
        ((struct sockaddr_in *)&remote)->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (i == n - 1));
        dia_link_accepted(fakes[i].link, &listening, &remote);
        if (!fakes[i].link)
            return false;
    }
    return true;
}

/* One turn; who has something is ready, as sockets of the kernel's are. */
static void turn_fakes(struct pair *pair)
{
    for (struct fake *f = fakes; f < fakes + FAKES; f++)
        if (f->link && f->given < f->all && f->events & UV_READABLE)
            dia_link_ready(f->link, UV_READABLE);
    dia_loop_process(pair->server.loop);
}

/* Others have their turn between, and such a handshake ends. */
static void flood_in_a_handshake_has_no_turn_for_itself(void)
{
    struct pair pair = { 0 };
    need(begin_fakes(&pair, 1));
    fake->all = ENDLESS;
    fake->repeats = true;
    fake->us = 20;
    for (size_t before = 0; fake->link && fake->given < fake->all; before = fake->given) {
        turn_fakes(&pair);
        need(fake->given - before <= A_STEP);
    }
    need(!fake->link);
    need_str(pair.server.reason, "the other end sends more than a handshake has");
    need(fake->given < 2000);
done:
    pair_end(&pair);
}

/* RFC 6083, 4.7: everything is read before the ChangeCipherSpec and what follows it count, however many turns that takes, and also when
 * nothing is left to be ready for. */
static void all_is_read_before_the_cipher_changes(void)
{
    static const size_t rows[] = { 2, 3, 63, 64, 65, 128, 1000 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair = { 0 };
        need(begin_fakes(&pair, 1));
        fake->all = rows[i];
        for (int n = 0; n < 100 && fake->link; n++) {
            turn_fakes(&pair);
            need(fake->link || fake->given == fake->all);
        }
        need(!fake->link);
        need(strstr(pair.server.reason, "handshake failure"));
    done:
        pair_end(&pair);
    }
}

/* As with TLS: a few a turn, so that those who are connected have theirs, and a crowd makes another address wait for one of its own. */
static void crowd_of_handshakes_goes_on_a_few_a_turn(void)
{
    struct pair pair = { 0 };
    need(begin_fakes(&pair, FAKES));
    for (size_t i = 0; i < FAKES; i++) {
        fakes[i].all = 1;
        fakes[i].us = 600;
    }
    turn_fakes(&pair);
    need(n_order >= 1 && n_order <= 4);
    need_int(dia_loop_timeout(pair.server.loop), 0); /* nobody may sleep now */
    for (size_t i = 0; i < FAKES; i++)
        need(fakes[i].put_off ==
             !fakes[i].given); /* RFC 6083, 4.8: what comes next may want a key that is not there yet */
    for (int i = 0; i < FAKES && n_order < FAKES; i++)
        turn_fakes(&pair);
    need_int(n_order, FAKES);
    need_int(order[0], 0);
    need_int(order[1], FAKES - 1);
    for (size_t i = 2; i < FAKES; i++)
        need_int(order[i], i - 1);
    for (size_t i = 0; i < FAKES; i++)
        need(!fakes[i].put_off);
    need_int(pair.server.loop->n_ready, 0);
done:
    pair_end(&pair);
}

static bool has_stack(dia_sctp_stack stack)
{
    struct pair pair = { 0 };
    const dia_sctp_config sctp = sctp_of(stack);
    const bool found = pair_begin_client(&pair, NULL) && !dia_loop_sctp(pair.client.loop, &sctp, NULL, 0);
    if (!found)
        fprintf(stderr, "%s SCTP is left out: there is none\n", stack == DIA_SCTP_USER ? "usrsctp's" : "the kernel's");
    pair_end(&pair);
    return found;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_pass", requests_pass },
        { "what_is_too_long_for_a_record_is_refused", what_is_too_long_for_a_record_is_refused },
        { "refusals_say_why", refusals_say_why },
        { "clear_and_protected_do_not_meet", clear_and_protected_do_not_meet },
        { "farewell_follows_the_last_message", farewell_follows_the_last_message },
        { "association_with_one_who_began_anew_ends", association_with_one_who_began_anew_ends },
        { "flood_in_a_handshake_has_no_turn_for_itself", flood_in_a_handshake_has_no_turn_for_itself },
        { "all_is_read_before_the_cipher_changes", all_is_read_before_the_cipher_changes },
        { "crowd_of_handshakes_goes_on_a_few_a_turn", crowd_of_handshakes_goes_on_a_few_a_turn },
    };
    if (!keyed_begin())
        return 1;
    has[DIA_SCTP_KERNEL] = has_stack(DIA_SCTP_KERNEL);
    has[DIA_SCTP_USER] = has_stack(DIA_SCTP_USER);
    const int failed = HARNESS_RUN("loop/dtls", tests);
    keyed_end();
    return failed;
}

/* TLS over real sockets: from the first octet and behind CER, refusals, ends, reloading, and handshakes that never end. */
#include "loop/carrier.h"
#include "loop/handshake.h"
#include "tls/tls.h"

#include "keyed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* ---- Time, as who looks at the wall sees it ---- */

static time_t ahead;

time_t time(time_t *to)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const time_t seconds = now.tv_sec + ahead;
    if (to)
        *to = seconds;
    return seconds;
}

/* ---- Pairs ---- */

static int protect(dia_loop *loop, const char *name, const char *certificate)
{
    char why[300];
    const dia_tls_config config = keyed(certificate);
    const int err = dia_loop_tls(loop, name, &config, why, sizeof why);
    if (err)
        fprintf(stderr, "%s\n", why);
    return err;
}

/* A pair whose server listens for TLS with `theirs`, and whose client has `ours`. */
static bool begin(struct pair *pair, const char *ours, const char *theirs, const dia_node_config *config)
{
    return pair_begin(pair, "aaa://127.0.0.1:0", config) && !protect(pair->client.loop, NULL, ours) &&
           !protect(pair->server.loop, NULL, theirs) &&
           !dia_loop_listen(pair->server.loop, "aaas://127.0.0.1:0", pair->uri, sizeof pair->uri);
}

static void requests_pass(void) /* B2.1-02 B2.2-01 B13.1-01 */
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    need(strncmp(pair.uri, "aaas://127.0.0.1:", 17) == 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    need(pair.client.events[DIA_EVENT_SECURED] == 1 && pair.server.events[DIA_EVENT_SECURED] == 1);
    for (int i = 0; i < 500; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 500);
    const dia_security *security = dia_conn_security(dia_node_next_peer(dia_loop_node(pair.client.loop), NULL)->i);
    need(security);
    need_str(security->protocol, "TLSv1.3");
    need(strstr(security->subject, "CN=server"));
    need_int(dia_loop_tls_counts(pair.client.loop)->done, 1);
    need_int(dia_loop_tls_counts(pair.server.loop)->done, 1);
    need_int(dia_loop_tls_counts(pair.server.loop)->failed, 0);
    dia_loop_stop(pair.client.loop);
    PAIR_UNTIL(&pair, pair.client.over && pair.server.events[DIA_EVENT_PEER_DOWN]);
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
done:
    pair_end(&pair);
}

/* B2.1-01, B2.1-02, B2.1-05: where nobody else listens, since nobody else has this address of the loopback interface. */
static void uri_without_a_port_has_that_of_iana(void)
{
    static const char *const schemes[] = { "aaa", "aaas" };
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        char uri[100];
        const unsigned number = (unsigned)getpid();
        harness_row(schemes[i]);
        need(begin(&pair, "client", "server", NULL));
        snprintf(uri, sizeof uri, "%s://127.%u.%u.%u", schemes[i], 1 + number / 62500 % 250, 1 + number / 250 % 250,
                 1 + number % 250);
        need_int(dia_loop_listen(pair.server.loop, uri, pair.uri, sizeof pair.uri), 0);
        need(strstr(pair.uri, i ? ":5868;" : ":3868;"));
        snprintf(pair.uri, sizeof pair.uri, "%s", uri);
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need_int(pair.client.events[DIA_EVENT_SECURED], i);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* Many records, more than sockets take at once, both directions. */
static void large_messages_pass(void)
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    pair.answer_size = 100000;
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    for (int i = 0; i < 9; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 9);
done:
    pair_end(&pair);
}

/* It names somebody else, or has ended: that needs no other end to be seen. */
static bool is_bad(const char *certificate)
{
    return strcmp(certificate, "wrong") == 0 || strcmp(certificate, "expired") == 0;
}

static void refusals_say_why(void) /* B13.1-04 */
{
    static const struct {
        const char *ours, *theirs;
        dia_event_kind at_client, at_server;
        const char *client_why, *server_why; /* parts */
    } rows[] = {
        { "client", "stranger", DIA_EVENT_CONNECT_FAILED, DIA_EVENT_REFUSED, "stranger", "" },
        { "stranger", "server", DIA_EVENT_CONNECT_FAILED, DIA_EVENT_REFUSED,
          "does not accept our certificate (alert: ", "stranger" },
        { "client", "expired", DIA_EVENT_CONNECT_FAILED, DIA_EVENT_REFUSED, "expired", "" },
        { "client", "wrong", DIA_EVENT_CONNECT_FAILED, DIA_EVENT_KINDS, "does not name server.example.net", "" },
        { "wrong", "server", DIA_EVENT_CONNECT_FAILED, DIA_EVENT_REFUSED, "", "does not name client.example.net" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].ours[0] == 'c' ? rows[i].theirs : rows[i].ours);
        need(begin(&pair, rows[i].ours, rows[i].theirs, NULL));
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[rows[i].at_client]);
        need(strstr(pair.client.reason, rows[i].client_why));
        if (rows[i].at_server != DIA_EVENT_KINDS) {
            PAIR_UNTIL(&pair, pair.server.events[rows[i].at_server]);
            need(strstr(pair.server.reason, rows[i].server_why));
        }
        need_int(pair.client.events[DIA_EVENT_PEER_UP], 0);
        /* Whose own certificate is wrong hears so, too. */
        need_int(pair.client.events[DIA_EVENT_CERTIFICATE], is_bad(rows[i].ours));
        need_int(pair.server.events[DIA_EVENT_CERTIFICATE], is_bad(rows[i].theirs));
        PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
        need_int(pair.server.loop->n_shaking + pair.client.loop->n_shaking, 0);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

static void name_that_was_connected_to_counts(void) /* B13.2-01 */
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    if (dia_loop_name_servers(pair.client.loop, "192.0.2.1") == DIA_ENOTSUP)
        goto done;
    need_int(dia_loop_name_servers(pair.client.loop, NULL), 0);
    dia_uri uri;
    need_int(dia_uri_parse(dia_cstr(pair.uri), &uri), 0);
    char named[100];
    snprintf(named, sizeof named, "aaas://localhost:%u", uri.port);
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &(dia_peer_config){ .connect = named }, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need(strstr(pair.client.reason, "does not name localhost"));
done:
    pair_end(&pair);
}

static size_t memory_of(const dia_loop *loop)
{
    return loop->node->hub.memory;
}

/* OpenSSL's memory is in limits.memory: more in a handshake, less behind it, nothing when all is over. */
static void what_protects_counts_as_memory(void)
{
    enum { SHAKING = 90000, LEAST = 24000, OPEN = 60000 };
    struct pair pair;
    int fd = -1;
    need(begin(&pair, "client", "server", NULL));
    const size_t before = memory_of(pair.server.loop);
    need((fd = pair_dial(&pair)) >= 0);
    PAIR_UNTIL(&pair, pair.server.loop->n_shaking == 1);
    need(memory_of(pair.server.loop) >= before + SHAKING);
    close(fd);
    fd = -1;
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    need(memory_of(pair.server.loop) < before + LEAST);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    const size_t open = memory_of(pair.server.loop);
    need(open >= before + LEAST && open < before + OPEN + LEAST);
    need(memory_of(pair.client.loop) >= before + LEAST);
    dia_loop_stop(pair.client.loop);
    PAIR_UNTIL(&pair, pair.client.over && dia_list_empty(&pair.server.loop->links));
    need(memory_of(pair.server.loop) < open - LEAST);
done:
    if (fd >= 0)
        close(fd);
    pair_end(&pair);
}

/* Room for one handshake: the next one is refused by name, and who is connected is served. */
static void limits_of_memory_bound_handshakes(void)
{
    enum { ONE = 100 << 10 };
    struct pair pair;
    int fds[3] = { -1, -1, -1 };
    need(begin(&pair, "client", "server", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    pair.server.loop->node->hub.config.limits.memory = memory_of(pair.server.loop) + ONE;
    for (int i = 0; i < 3; i++)
        need((fds[i] = pair_dial(&pair)) >= 0);
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_REFUSED] == 2);
    need_str(pair.server.reason, "limits.memory is used up");
    need_int(pair.server.loop->n_shaking, 1);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 1);
done:
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pair_end(&pair);
}

static int dial_from(struct pair *pair, const char *address)
{
    struct sockaddr_storage from, to;
    socklen_t size;
    dia_uri uri;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || dia_uri_parse(dia_cstr(pair->uri), &uri) || dia_sockaddr_of(dia_cstr(address), 0, &from, &size) ||
        dia_sockaddr_of(uri.fqdn, uri.port, &to, &size) || bind(fd, (struct sockaddr *)&from, size) ||
        connect(fd, (struct sockaddr *)&to, size)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Does one from that address stand at the server? */
static bool is_admitted(const struct pair *pair, uint8_t last_octet)
{
    DIA_LIST_EACH (p, &pair->server.loop->links) {
        const dia_link *l = DIA_OF(p, dia_link, place);
        if (l->conn && dia_conn_remote(l->conn).address.value.p[3] == last_octet)
            return true;
    }
    return false;
}

enum { ROOM = 6, CALLERS = 60 };

/* So many of one address, who say nothing, that most have to wait. */
static bool begin_crowd(struct pair *pair, int fds[CALLERS])
{
    for (int i = 0; i < CALLERS; i++)
        fds[i] = -1;
    if (!begin(pair, "client", "server", &(dia_node_config){ .limits = { .before_cer = 8 } }))
        return false;
    for (int i = 0; i < CALLERS; i++)
        if ((fds[i] = dial_from(pair, "127.0.0.2")) < 0)
            return false;
    const dia_loop *loop = pair->server.loop;
    PAIR_UNTIL(pair, loop->n_callers == CALLERS - ROOM);
    need_int(loop->n_shaking, ROOM);
    return true;
done:
    return false;
}

static void end_crowd(struct pair *pair, int fds[CALLERS])
{
    for (int i = 0; i < CALLERS; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pair_end(pair);
}

/* Who comes last from elsewhere is the next but one. */
static void crowd_of_one_address_keeps_no_other_waiting(void)
{
    struct pair pair;
    int fds[CALLERS], fd = -1;
    need(begin_crowd(&pair, fds));
    dia_loop *loop = pair.server.loop;
    need((fd = dial_from(&pair, "127.0.0.3")) >= 0);
    PAIR_UNTIL(&pair, loop->n_callers == CALLERS - ROOM + 1);
    need(!is_admitted(&pair, 3));
    /* Two of those who say nothing are waited for no longer. */
    for (int i = 0; i < 2; i++) {
        dia_handshake *oldest = DIA_OF(loop->shaking.next, dia_handshake, place);
        dia_handshake_end(loop, oldest, false);
    }
    PAIR_UNTIL(&pair, is_admitted(&pair, 3));
    need(loop->n_callers > CALLERS / 2);
done:
    if (fd >= 0)
        close(fd);
    end_crowd(&pair, fds);
}

/* The listener rests when too many wait; they go with it. */
static void callers_are_bounded_and_go_with_their_listener(void)
{
    struct pair pair;
    int fds[CALLERS], fd = -1;
    need(begin_crowd(&pair, fds));
    dia_loop *loop = pair.server.loop;
    const dia_listening *listening = DIA_OF(loop->listeners.prev, dia_listening, place);
    struct rlimit limit, low;
    need_int(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = 4 * loop->n_callers; /* descriptors are for others, too */
    need_int(setrlimit(RLIMIT_NOFILE, &low), 0);
    const bool is_tight = !dia_callers_have_room(loop);
    setrlimit(RLIMIT_NOFILE, &limit);
    need(is_tight && dia_callers_have_room(loop));
    loop->n_callers += CALLERS_MAX;
    fd = dial_from(&pair, "127.0.0.3");
    for (int i = 0; i < 100 && !listening->resting; i++)
        pair_turn(&pair, 1);
    const bool rested = listening->resting;
    loop->n_callers -= CALLERS_MAX;
    need(fd >= 0 && rested);
    PAIR_UNTIL(&pair, loop->n_callers == CALLERS - ROOM + 1);
    dia_listening_close(DIA_OF(loop->listeners.prev, dia_listening, place));
    need_int(loop->n_callers, 0);
    need(dia_list_empty(&loop->callers));
    need_int(pair_read_end(&pair, fd), 0);
done:
    if (fd >= 0)
        close(fd);
    end_crowd(&pair, fds);
}

static void what_is_not_configured_is_said(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_listen(pair.server.loop, "aaas://127.0.0.1:0", NULL, 0), DIA_ESTATE);
    need_str(dia_loop_last_fault(pair.server.loop),
             "cannot listen at 'aaas://127.0.0.1:0': there is no TLS configuration "
             "without a name: dia_loop_tls(loop, NULL, ...) makes it");
    need_int(protect(pair.server.loop, "a", "server"), 0);
    need_int(dia_loop_listen(pair.server.loop, "aaas://127.0.0.1:0", NULL, 0), DIA_ESTATE);
    const dia_listen_config config = { .socket.tls = "a" };
    need_int(dia_loop_listen_as(pair.server.loop, "aaas://127.0.0.1:0", &config, pair.uri, sizeof pair.uri), 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason,
             "there is no TLS configuration without a name: dia_loop_tls(loop, NULL, ...) makes it");
    need_int(dia_loop_tls_end(pair.server.loop, "b"), DIA_ENOENT);
    need_str(dia_loop_last_fault(pair.server.loop), "there is no TLS configuration 'b'");
    need_int(dia_loop_tls_end(pair.server.loop, NULL), DIA_ENOENT);
    need_int(dia_loop_tls_end(pair.server.loop, "a"), 0);
    const int fd = pair_dial(&pair);
    need(fd >= 0);
    const int end = pair_read_end(&pair, fd);
    close(fd);
    need(end == 0 || end == ECONNRESET);
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_REFUSED]);
    need_str(pair.server.reason, "there is no TLS configuration 'a': dia_loop_tls(loop, \"a\", ...) makes it");
    char why[300];
    const dia_tls_config none = { .certificate = "/nowhere.pem", .trust = keyed("server").trust };
    need_int(dia_loop_tls(pair.server.loop, NULL, &none, why, sizeof why), DIA_EINVAL);
    need(strstr(why, "/nowhere.pem"));
    need_str(dia_loop_last_fault(pair.server.loop), why);
done:
    pair_end(&pair);
}

/* ---- What others try ---- */

static void clear_text_and_garbage_lose_only_their_connection(void) /* B2.1-02 */
{
    static const struct {
        const char *name;
        dia_bytes octets;
        const char *why;
    } rows[] = {
        { "Diameter in clear", DIA_LIT("\1\0\0\x14\x80\0\1\1\0\0\0\0\0\0\0\1\0\0\0\1"),
          "what came is Diameter in clear text, not TLS" },
        { "HTTP", DIA_LIT("GET / HTTP/1.1\r\n\r\n"), "" },
        { "a record of absurd size", DIA_LIT("\x16\3\1\xff\xff\1\0\0\0"), "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        int fd = -1;
        harness_row(rows[i].name);
        need(begin(&pair, "client", "server", NULL));
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need((fd = pair_dial(&pair)) >= 0);
        need(pair_write(&pair, fd, rows[i].octets));
        const int end = pair_read_end(&pair, fd);
        need(end == 0 || end == ECONNRESET);
        need_int(pair.server.events[DIA_EVENT_REFUSED], 1);
        need(strstr(pair.server.reason, rows[i].why));
        need_int(dia_loop_tls_counts(pair.server.loop)->failed, 1);
        need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 1);
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* The commonest mistake of all, from both sides: whoever of them is asked says so. */
static void each_side_says_that_the_other_speaks_otherwise(void)
{
    static const char clear[] = "what came is Diameter in clear text, not TLS",
                      tls[] = "what came is TLS, not Diameter in clear "
                              "text";
    for (int tls_is_ours = 0; tls_is_ours < 2; tls_is_ours++) {
        struct pair pair;
        dia_uri uri;
        harness_row(tls_is_ours ? "a client with TLS" : "a client in clear text");
        need(tls_is_ours ? pair_begin(&pair, "aaa://127.0.0.1:0", NULL) : begin(&pair, "client", "server", NULL));
        if (tls_is_ours)
            need_int(protect(pair.client.loop, NULL, "client"), 0);
        need_int(dia_uri_parse(dia_cstr(pair.uri), &uri), 0);
        snprintf(pair.uri, sizeof pair.uri, "aaa%s://127.0.0.1:%u", tls_is_ours ? "s" : "", uri.port);
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED] && pair.server.events[DIA_EVENT_REFUSED]);
        need_str(pair.server.reason, tls_is_ours ? tls : clear);
        if (tls_is_ours)
            need(strstr(pair.client.reason,
                        "by the peer in the TLS handshake without a word: is it a port in clear text, "
                        "or has it no version or cipher of ours?"));
        else
            need_str(pair.client.reason, tls);
    done:
        pair_end(&pair);
    }
    harness_row(NULL);
}

static void half_a_handshake_ends_in_time(void)
{
    static const char *const rows[] = { "nothing", "half a ClientHello" };
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        int fd = -1;
        harness_row(rows[i]);
        need(begin(&pair, "client", "server", &(dia_node_config){ .limits = { .cer_ms = 60 } }));
        need((fd = pair_dial(&pair)) >= 0);
        if (i)
            need(pair_write(&pair, fd, DIA_STR("\x16\3\1\2\0\1\0\1\xfc\3\3")));
        need_int(pair_read_end(&pair, fd), ECONNRESET);
        need_int(pair.server.events[DIA_EVENT_REFUSED], 1);
        need_str(pair.server.reason, "the TLS handshake was not over in time");
        need_int(dia_loop_tls_counts(pair.server.loop)->failed, 1);
        PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
        need_int(pair.server.loop->n_shaking, 0);
    done:
        if (fd >= 0)
            close(fd);
        pair_end(&pair);
    }
    harness_row(NULL);
}

/* Nobody is accepted in the place of a handshake that goes on, but those who say nothing make way. */
static void silent_ones_do_not_keep_others_out(void)
{
    enum { N = 40, MOST = 16 };
    struct pair pair;
    int fds[N];
    for (int i = 0; i < N; i++)
        fds[i] = -1;
    need(begin(&pair, "client", "server", &(dia_node_config){ .limits = { .before_cer = MOST } }));
    for (int i = 0; i < N; i++)
        need((fds[i] = pair_dial(&pair)) >= 0);
    for (int i = 0; i < 20; i++)
        pair_turn(&pair, 1);
    need_int(pair.server.loop->n_shaking, MOST - MOST / 4);
    need_int(pair.server.events[DIA_EVENT_REFUSED], 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need(pair.server.events[DIA_EVENT_REFUSED] >= N - MOST);
done:
    for (int i = 0; i < N; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pair_end(&pair);
}

/* ---- Reloading ---- */

static void files_that_are_read_anew_count_from_then_on(void)
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(protect(pair.server.loop, NULL, "renewed"), 0);
    need_int(protect(pair.client.loop, NULL, "client"), 0);
    need_int(pair_ask(&pair), 0); /* what stands goes on */
    PAIR_UNTIL(&pair, pair.answered == 1);
    dia_peer *peer = dia_node_next_peer(dia_loop_node(pair.client.loop), NULL);
    need(strstr(dia_conn_security(peer->i)->subject, "CN=server"));
    need_int(dia_node_disconnect_peer(dia_loop_node(pair.client.loop), peer, DIA_CAUSE_REBOOTING), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_DOWN]);
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    need_int(dia_node_connect_peer(dia_loop_node(pair.client.loop), peer), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] == 2);
    need(strstr(dia_conn_security(peer->i)->subject, "CN=renewed"));
    dia_tls_status status[2];
    need_int(dia_loop_tls_list(pair.server.loop, status, 2), 1);
    need(!status[0].name && strstr(status[0].subject, "CN=renewed") && status[0].expires > time(NULL));
done:
    pair_end(&pair);
}

static void certificate_of_ours_that_ends_is_told_once(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    dia_tls_config config = keyed("soon");
    need_int(dia_loop_tls(pair.server.loop, NULL, &config, NULL, 0), 0);
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_CERTIFICATE]);
    need(strstr(pair.server.reason, "our certificate of ") && strstr(pair.server.reason, "ends in 9 days"));
    config.expires_s = 5 * 86400;
    need_int(dia_loop_tls(pair.client.loop, NULL, &config, NULL, 0), 0);
    for (int i = 0; i < 10; i++)
        pair_turn(&pair, 1);
    need_int(pair.server.events[DIA_EVENT_CERTIFICATE], 1);
    need_int(pair.client.events[DIA_EVENT_CERTIFICATE], 0);
    config.expires_s = 0;
    need_int(dia_loop_tls(pair.server.loop, NULL, &config, NULL, 0), 0); /* read anew, it still ends soon */
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_CERTIFICATE] == 2);
done:
    pair_end(&pair);
}

/* B13.1-06: a connection stands no longer than the certificates, also when somebody sets the clock meanwhile. */
static void clock_that_is_set_ends_what_has_ended_by_it(void)
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    ahead = (time_t)100 * 365 * 86400;
    PAIR_UNTIL(&pair, pair.server.events[DIA_EVENT_PEER_DOWN] && pair.client.events[DIA_EVENT_PEER_DOWN]);
    check(pair.server.events[DIA_EVENT_CERTIFICATE] > 0);
done:
    ahead = 0;
    pair_end(&pair);
}

/* ---- Behind CER and CEA ---- */

static void inband_security_protects_what_follows(void) /* B13-04 B6.10-01 */
{
    struct pair pair;
    const dia_listen_config offers = { .as = { .inband = DIA_INBAND_OFFER } };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(protect(pair.client.loop, NULL, "client"), 0);
    need_int(protect(pair.server.loop, NULL, "server"), 0);
    need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &offers, pair.uri, sizeof pair.uri), 0);
    const dia_peer_config peer = { .connect = pair.uri, .inband = DIA_INBAND_REQUIRE };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP] && pair.server.events[DIA_EVENT_PEER_UP]);
    need(pair.client.events[DIA_EVENT_SECURED] && pair.server.events[DIA_EVENT_SECURED]);
    need_int(dia_loop_tls_counts(pair.server.loop)->done, 1);
    for (int i = 0; i < 50; i++)
        need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered == 50);
done:
    pair_end(&pair);
}

/* B13-06: closed at both ends. */
static void inband_handshake_that_fails_is_the_end(void)
{
    struct pair pair;
    const dia_listen_config offers = { .as = { .inband = DIA_INBAND_OFFER } };
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(protect(pair.client.loop, NULL, "client"), 0);
    need_int(protect(pair.server.loop, NULL, "stranger"), 0);
    need_int(dia_loop_listen_as(pair.server.loop, "aaa://127.0.0.1:0", &offers, pair.uri, sizeof pair.uri), 0);
    const dia_peer_config peer = { .connect = pair.uri, .inband = DIA_INBAND_OFFER };
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &peer, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need(strstr(pair.client.reason, "stranger"));
    PAIR_UNTIL(&pair, dia_list_empty(&pair.server.loop->links));
    need_int(pair.client.events[DIA_EVENT_PEER_UP] + pair.server.events[DIA_EVENT_PEER_UP], 0);
done:
    pair_end(&pair);
}

/* ---- Memory: without sockets, so that each allocation may fail ---- */

/* The carrier's other end: TLS of a client's. */
struct far {
    dia_tls *tls;
    dia_tls_stream *stream;
    dia_buf in; /* on its way to it */
    uint8_t heard[2000];
    size_t n;
    bool closed;
};

static struct far *far_of(const dia_link *l)
{
    return l->below;
}

static void far_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    socklen_t size;
    (void)l;
    (void)remote;
    dia_sockaddr_of(DIA_STR("192.0.2.1"), 5868, local, &size);
}

static ssize_t far_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    (void)how;
    const dia_bytes out = dia_tls_stream_output(far_of(l)->stream);
    const size_t n = out.n < max ? out.n : max;
    if (!n) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(to, out.p, n);
    dia_tls_stream_sent(far_of(l)->stream, n);
    return (ssize_t)n;
}

static ssize_t far_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    (void)n;
    return dia_buf_append(&far_of(l)->in, pieces->octets) ? -1 : (ssize_t)pieces->octets.n;
}

static void far_watch(dia_link *l, int events)
{
    (void)l;
    (void)events;
}

static void far_nothing(dia_link *l)
{
    (void)l;
}

static void far_close(dia_link *l)
{
    if (l->below)
        far_of(l)->closed = true;
    dia_link_freed(l);
}

static const dia_carrier far_carrier = {
    .name = "far",
    .kind = DIA_CONN_STREAM,
    .ends = far_ends,
    .receive = far_receive,
    .send = far_send,
    .watch = far_watch,
    .shut = far_nothing,
    .reset = far_nothing,
    .close = far_close,
};

/* What has come to the far end is read by it. */
static bool far_reads(struct far *far)
{
    int64_t n;
    const dia_bytes in = dia_buf_bytes(&far->in);
    if (dia_tls_stream_input(far->stream, in))
        return false;
    while ((n = dia_tls_stream_read(far->stream, far->heard + far->n, sizeof far->heard - far->n)) > 0)
        far->n += (size_t)n;
    dia_buf_done(&far->in);
    return n == 0;
}

static bool pump(dia_loop *loop, dia_link *l, struct far *far)
{
    for (int i = 0; i < 4 && !far->closed; i++) {
        dia_link_ready(l, UV_READABLE);
        dia_loop_process(loop);
        if (!far_reads(far))
            return false;
    }
    return !far->closed;
}

static bool far_says_cer(struct far *far, const char *host)
{
    static const uint32_t apps[] = { 4 };
    static const uint8_t ip[4] = { 192, 0, 2, 9 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    const dia_cer cer = { .origin_host = dia_cstr(host),
                          .origin_realm = DIA_LIT("example.net"),
                          .host_ip_address = { &address, 1 },
                          .product_name = DIA_LIT("far"),
                          .auth_application_id = DIA_LIST(apps) };
    uint8_t octets[400];
    const int64_t n = dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, octets,
                                 sizeof octets, NULL, NULL);
    return n > 0 && dia_tls_stream_write(far->stream, (dia_bytes){ octets, (size_t)n }) == n;
}

static dia_link *far_connects(dia_loop *loop, struct far *far)
{
    struct sockaddr_storage remote;
    socklen_t size;
    dia_link *l = dia_link_new(loop, &far_carrier);
    if (!l)
        return NULL;
    l->below = far;
    dia_sockaddr_of(DIA_STR("192.0.2.9"), 40000, &remote, &size);
    const dia_listening from = { .loop = loop, .carrier = &far_carrier, .secure = true };
    dia_link_accepted(l, &from, &remote);
    return l;
}

/* What is refused gets its CEA, then close_notify, then the end of the stream. */
static void farewell_precedes_the_end_of_the_stream(void)
{
    struct pair pair;
    struct far far = { 0 };
    const dia_tls_config theirs = keyed("client");
    dia_link *l = NULL;
    dia_buf_init(&far.in, 0, NULL);
    need(begin(&pair, "client", "server", NULL));
    need_int(dia_tls_new(&theirs, NULL, &far.tls, NULL, 0), 0);
    need_int(dia_tls_stream_new(far.tls, true, (dia_bytes){ NULL, 0 }, (dia_bytes){ NULL, 0 }, NULL, &far.stream), 0);
    need(l = far_connects(pair.server.loop, &far));
    need(pump(pair.server.loop, l, &far));
    need(far_says_cer(&far, "somebody.example.net")); /* which its certificate does not name */
    need(pump(pair.server.loop, l, &far));
    need(far.n > DIA_HEADER_SIZE);
    need_int(dia_tls_stream_state(far.stream), DIA_TLS_ENDED);
    need(l->ended && !far.closed);
done:
    pair_end(&pair);
    dia_tls_stream_free(far.stream);
    dia_tls_unref(far.tls);
    dia_buf_done(&far.in);
}

static void without_memory_only_the_connection_is_lost(void)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config node = { .origin_host = "server.example.net",
                                   .origin_realm = "example.net",
                                   .allow = anybody,
                                   .alloc = harness_allocator() };
    const dia_tls_config ours = keyed("server"), theirs = keyed("client");
    const dia_tls_config soon = keyed("soon");
    struct far far = { 0 };
    dia_loop *loop = NULL;
    dia_link *l = NULL;
    dia_buf_init(&far.in, 0, NULL);
    need_int(dia_tls_new(&theirs, NULL, &far.tls, NULL, 0), 0);
    need_int(dia_tls_stream_new(far.tls, true, (dia_bytes){ NULL, 0 }, (dia_bytes){ NULL, 0 }, NULL, &far.stream), 0);
    need_int(dia_loop_new(&node, &loop, NULL, 0), 0);
    need_int(dia_node_use(dia_loop_node(loop), &dia_dict_ro), 0);
    need_int(dia_loop_tls(loop, "other", &soon, NULL, 0), 0);
    need_int(dia_loop_tls(loop, NULL, &ours, NULL, 0), 0);
    need_int(dia_loop_tls(loop, NULL, &ours, NULL, 0), 0);
    need(l = far_connects(loop, &far));
    need(pump(loop, l, &far));
    need(far_says_cer(&far, "client.example.net"));
    need(pump(loop, l, &far));
    need(far.n > DIA_HEADER_SIZE);
    need_int(dia_load24(far.heard + DIA_AT_LENGTH), far.n); /* CEA */
    need_int(dia_loop_tls_end(loop, "other"), 0);
done:
    dia_loop_free(loop);
    dia_tls_stream_free(far.stream);
    dia_tls_unref(far.tls);
    dia_buf_done(&far.in);
}

/* ---- Ends ---- */

/* A far end that is stopped reads what was sent before it went. */
static void farewell_follows_the_last_message(void)
{
    struct pair pair;
    need(begin(&pair, "client", "server", NULL));
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    pair.keeps = true;
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.kept);
    dia_loop_stop(pair.server.loop);
    need_int(pair_answer(&pair), 0);
    PAIR_UNTIL(&pair, pair.server.over && pair.client.events[DIA_EVENT_PEER_DOWN]);
    need_int(pair.answered, 1);
done:
    pair_end(&pair);
}

static void far_end_that_reads_late_gets_all(void)
{
    struct pair pair;
    need(begin(&pair, "client", "server", &(dia_node_config){ .limits = { .output_hard = 3000000 } }));
    pair.answer_size = 60000;
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    dia_loop *client = pair.client.loop;
    for (int i = 0; i < 40; i++)
        need_int(pair_ask(&pair), 0);
    dia_loop_process(client);
    pair.client.loop = NULL; /* it does not turn */
    for (int i = 0; i < 50; i++)
        pair_turn(&pair, 1);
    pair.client.loop = client;
    need(pair.served > 0);
    PAIR_UNTIL(&pair, pair.answered == pair.served);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_pass", requests_pass },
        { "uri_without_a_port_has_that_of_iana", uri_without_a_port_has_that_of_iana },
        { "large_messages_pass", large_messages_pass },
        { "refusals_say_why", refusals_say_why },
        { "name_that_was_connected_to_counts", name_that_was_connected_to_counts },
        { "what_protects_counts_as_memory", what_protects_counts_as_memory },
        { "limits_of_memory_bound_handshakes", limits_of_memory_bound_handshakes },
        { "crowd_of_one_address_keeps_no_other_waiting", crowd_of_one_address_keeps_no_other_waiting },
        { "callers_are_bounded_and_go_with_their_listener", callers_are_bounded_and_go_with_their_listener },
        { "what_is_not_configured_is_said", what_is_not_configured_is_said },
        { "each_side_says_that_the_other_speaks_otherwise", each_side_says_that_the_other_speaks_otherwise },
        { "clear_text_and_garbage_lose_only_their_connection", clear_text_and_garbage_lose_only_their_connection },
        { "half_a_handshake_ends_in_time", half_a_handshake_ends_in_time },
        { "silent_ones_do_not_keep_others_out", silent_ones_do_not_keep_others_out },
        { "files_that_are_read_anew_count_from_then_on", files_that_are_read_anew_count_from_then_on },
        { "certificate_of_ours_that_ends_is_told_once", certificate_of_ours_that_ends_is_told_once },
        { "clock_that_is_set_ends_what_has_ended_by_it", clock_that_is_set_ends_what_has_ended_by_it },
        { "inband_security_protects_what_follows", inband_security_protects_what_follows },
        { "inband_handshake_that_fails_is_the_end", inband_handshake_that_fails_is_the_end },
        { "farewell_precedes_the_end_of_the_stream", farewell_precedes_the_end_of_the_stream },
        { "without_memory_only_the_connection_is_lost", without_memory_only_the_connection_is_lost },
        { "farewell_follows_the_last_message", farewell_follows_the_last_message },
        { "far_end_that_reads_late_gets_all", far_end_that_reads_late_gets_all },
    };
    if (!keyed_begin())
        return 1;
    const int failed = HARNESS_RUN("loop/secure", tests);
    keyed_end();
    return failed;
}

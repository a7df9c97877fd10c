/* Realms: asked of a name server of the test's own, once for all who want to know, and kept. */
#include "pair.h"

#include "../discover/zone.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PACKET = 1500, TYPE_OPT = 41, RECORDS = 12 };

/* A name server that answers from a zone when the test says so. */
struct server {
    int fd;
    char at[40];
    const zone_record *zone;
    size_t n;
    zone_lie lie;
    unsigned asked, with_edns;
};

/* What came of a question. */
struct told {
    unsigned n;
    size_t found;
    uint32_t ttl_s;
    bool denied;
    char first[100], why[200];
    dia_loop *loop; /* asks once more inside of the callback */
    struct told *again;
};

static bool begin_server(struct server *s, const zone_record *zone, size_t n)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    *s = (struct server){ .zone = zone, .n = n };
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)&address, size) ||
        getsockname(s->fd, (struct sockaddr *)&address, &size))
        return false;
    snprintf(s->at, sizeof s->at, "127.0.0.1:%u", ntohs(address.sin_port));
    return true;
}

/* Answers one question; false: nobody asks. */
static bool answer(struct server *s)
{
    static uint8_t message[ZONE_MESSAGE];
    uint8_t question[PACKET];
    char name[DIA_DNS_NAME_ROOM];
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    size_t at = 12;
    const ssize_t n = recvfrom(s->fd, question, sizeof question, 0, (struct sockaddr *)&from, &size);
    if (n < 17 || !dia_dns_name((dia_bytes){ question, (size_t)n }, &at, name))
        return false;
    s->asked++;
    s->with_edns += dia_load16(question + 10) == 1 && dia_load16(question + at + 5) == TYPE_OPT &&
                    dia_load16(question + at + 7) == 1232;
    const size_t length = zone_answer(s->zone, s->n, &s->lie, name, dia_load16(question + at), message);
    if (!length)
        return true;
    memcpy(message, question, 2);
    return sendto(s->fd, message, length, 0, (const struct sockaddr *)&from, size) == (ssize_t)length;
}

static void on_findings(void *arg, const dia_findings *f)
{
    struct told *told = arg;
    told->n++;
    told->found = f->n;
    told->ttl_s = f->ttl_s;
    told->denied = f->denied;
    snprintf(told->first, sizeof told->first, "%s", f->n ? f->found[0].text : "");
    snprintf(told->why, sizeof told->why, "%s", f->why ? f->why : "");
    if (told->again && told->n == 1)
        dia_loop_discover(told->loop, "example.net", 4, on_findings, told->again);
}

/* A pair whose client asks this server. */
static bool begin(struct pair *pair, struct server *s, const zone_record *zone, size_t n)
{
    memset(pair, 0, sizeof *pair);
    return begin_server(s, zone, n) && pair_begin(pair, "aaa://127.0.0.1:0", NULL) &&
           !dia_loop_name_servers(pair->client.loop, s->at);
}

static void end(struct pair *pair, const struct server *s)
{
    pair_end(pair);
    if (s->fd >= 0)
        close(s->fd);
}

#define ANSWER_UNTIL(pair, server, cond) PAIR_UNTIL(pair, ((void)answer(server), (cond)))

static const zone_record usual[] = {
    { "example.net", "NAPTR", 600, "10 10 s aaa+ap4:diameter.tls.tcp - _d.example.net" },
    { "_d.example.net", "SRV", 500, "0 0 5868 a.example.net" },
    { "a.example.net", "A", 400, "127.0.0.1" },
};

static void realm_is_asked_for_once(void)
{
    struct pair pair;
    struct server s;
    struct told first = { 0 }, second = { 0 }, later = { 0 }, other = { 0 };
    need(begin(&pair, &s, usual, 3));
    dia_loop *loop = pair.client.loop;
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, &first), 0);
    need_int(dia_loop_discover(loop, "EXAMPLE.net", 4, on_findings, &second), 0);
    need_int(first.n, 0);
    ANSWER_UNTIL(&pair, &s, first.n && second.n);
    need_int(first.found, 1);
    need_str(first.first, "aaas://a.example.net:5868");
    need_int(first.ttl_s, 400);
    need_int(s.asked, 4); /* NAPTR, SRV, A, AAAA */
    need_int(s.with_edns, 4);
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, &later), 0);
    need_int(later.n, 0); /* not before it has returned */
    PAIR_UNTIL(&pair, later.n);
    need(later.found == 1 && later.ttl_s <= 400 && later.ttl_s > 390);
    need_int(s.asked, 4);
    need_int(dia_loop_discover(loop, "example.net", 5, on_findings, &other), 0); /* is another question */
    ANSWER_UNTIL(&pair, &s, other.n);
    need_int(other.found, 0);
    need(other.denied);
    need_int(first.n, 1);
done:
    end(&pair, &s);
}

static void denial_is_kept_too(void)
{
    static const zone_record zone[] = { { "example.org", "A", 1, "127.0.0.1" } };
    struct pair pair;
    struct server s;
    struct told first = { 0 }, later = { 0 }, after = { 0 };
    need(begin(&pair, &s, zone, 1));
    need_int(dia_loop_discover(pair.client.loop, "example.net", 0, on_findings, &first), 0);
    ANSWER_UNTIL(&pair, &s, first.n);
    need(first.denied);
    need_int(first.ttl_s, 77);
    need_str(first.why, "there is no domain example.net");
    need_int(s.asked, 1);
    need_int(dia_loop_discover(pair.client.loop, "example.net", 0, on_findings, &later), 0);
    PAIR_UNTIL(&pair, later.n);
    need_str(later.why, "there is no domain example.net");
    need_int(s.asked, 1);
    need_int(dia_loop_name_servers(pair.client.loop, s.at), 0); /* others may know more */
    need_int(dia_loop_discover(pair.client.loop, "example.net", 0, on_findings, &after), 0);
    ANSWER_UNTIL(&pair, &s, after.n);
    need_int(s.asked, 2);
done:
    end(&pair, &s);
}

static void answers_that_live_for_no_time_live_for_a_moment(void)
{
    static const zone_record zone[] = { { "example.net", "NAPTR", 0, "10 10 a aaa:diameter.tcp - a.example.net" },
                                        { "a.example.net", "A", 0, "127.0.0.1" } };
    struct pair pair;
    struct server s;
    struct told first = { 0 }, later = { 0 };
    need(begin(&pair, &s, zone, 2));
    need_int(dia_loop_discover(pair.client.loop, "example.net", 0, on_findings, &first), 0);
    ANSWER_UNTIL(&pair, &s, first.n);
    need_int(first.ttl_s, 5);
    need_int(dia_loop_discover(pair.client.loop, "example.net", 0, on_findings, &later), 0);
    PAIR_UNTIL(&pair, later.n);
    need_int(s.asked, 3);
done:
    end(&pair, &s);
}

static void who_is_told_may_ask_again(void)
{
    struct pair pair;
    struct server s;
    struct told again = { 0 }, first = { .again = &again };
    need(begin(&pair, &s, usual, 3));
    first.loop = pair.client.loop;
    need_int(dia_loop_discover(pair.client.loop, "example.net", 4, on_findings, &first), 0);
    ANSWER_UNTIL(&pair, &s, again.n);
    need_int(s.asked, 4);
    need_int(first.n, 1);
done:
    end(&pair, &s);
}

static void who_cancels_is_not_told(void)
{
    struct pair pair;
    struct server s;
    struct told first = { 0 }, second = { 0 };
    need(begin(&pair, &s, usual, 3));
    dia_loop *loop = pair.client.loop;
    need_int(dia_loop_discover_cancel(loop, on_findings, &first), 0);
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, &first), 0);
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, &second), 0);
    pair_turn(&pair, 20);
    need_int(dia_loop_discover_cancel(loop, on_findings, &first), 1);
    ANSWER_UNTIL(&pair, &s, second.n);
    need_int(first.n, 0);
    /* Of what is known already, too. */
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, &first), 0);
    need_int(dia_loop_discover_cancel(loop, on_findings, &first), 1);
    pair_turn(&pair, 20);
    pair_turn(&pair, 20);
    need_int(first.n, 0);
    /* The rest ends with the loop, in whatever state it is. */
    need_int(dia_loop_discover(loop, "example.org", 4, on_findings, &first), 0);
    pair_turn(&pair, 20);
    need_int(dia_loop_discover(loop, "example.com", 4, on_findings, &first), 0);
done:
    end(&pair, &s);
    check_int(first.n, 0);
}

static void many_wait_for_their_turn(void)
{
    enum { MANY = 60 };
    struct pair pair;
    struct server s;
    struct told told = { 0 };
    char realm[40];
    need(begin(&pair, &s, usual, 3));
    for (int i = 0; i < MANY; i++) {
        snprintf(realm, sizeof realm, "r%d.example.net", i);
        need_int(dia_loop_discover(pair.client.loop, realm, 0, on_findings, &told), 0);
    }
    ANSWER_UNTIL(&pair, &s, told.n == MANY);
    need(told.denied);
    need_int(s.asked, MANY);
done:
    end(&pair, &s);
}

/* Reads all questions and answers none; is there one about this name? */
static bool hears_of(const struct server *s, const char *wanted)
{
    uint8_t question[PACKET];
    char name[DIA_DNS_NAME_ROOM];
    ssize_t n;
    bool found = false;
    while ((n = recv(s->fd, question, sizeof question, 0)) > 0) {
        size_t at = 12;
        found = found || (dia_dns_name((dia_bytes){ question, (size_t)n }, &at, name) && dia_dns_same(name, wanted));
    }
    return found;
}

/* The second row fills all places for the slow as well: the oldest of these is given up. */
static void the_silent_keep_nobody_waiting(void)
{
    static const struct {
        const char *name;
        int silent;
        unsigned given_up;
    } rows[] = { { "all that run", 16, 0 }, { "and all that are slow", 64, 1 } };
    struct pair pair;
    struct server s;
    char realm[40];
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct told told = { 0 };
        harness_row(rows[i].name);
        need(begin(&pair, &s, usual, 3));
        for (int j = 0; j < rows[i].silent; j++) {
            snprintf(realm, sizeof realm, "r%d.example.com", j);
            need_int(dia_loop_discover(pair.client.loop, realm, 4, on_findings, &told), 0);
        }
        need_int(dia_loop_discover(pair.client.loop, "example.net", 4, on_findings, &told), 0);
        bool heard = false;
        PAIR_UNTIL(&pair, heard = heard || hears_of(&s, "example.net"));
        check_int(told.n >= rows[i].given_up, 1);
        check_int(told.found, 0);
        end(&pair, &s);
    }
    return;
done:
    end(&pair, &s);
}

static void nonsense_is_refused(void)
{
    static const char *const realms[] = { NULL, "", "a b", "example.net.", "..", "e\xc3\xa4.com" };
    struct pair pair;
    struct server s;
    struct told told = { 0 };
    need(begin(&pair, &s, usual, 3));
    for (size_t i = 0; i < sizeof realms / sizeof *realms; i++)
        check_int(dia_loop_discover(pair.client.loop, realms[i], 0, on_findings, &told), DIA_EINVAL);
    pair_turn(&pair, 20);
    check_int(told.n, 0);
    check_int(s.asked, 0);
done:
    end(&pair, &s);
}

/* The whole way: NAPTR, SRV with a port of its own (B2.1-06), address, CER and CEA. */
static void peer_by_realm_is_connected_to(void) /* B5.2-01, B2.1-06 */
{
    static char data[80];
    static zone_record zone[] = { { "example.net", "NAPTR", 600, "10 10 s aaa:diameter.tcp - _x.example.net" },
                                  { "_x.example.net", "SRV", 500, data },
                                  { "ocs.example.net", "A", 400, "127.0.0.1" } };
    const dia_peer_config config = { .realm = "example.net", .realm_application = 4, .insecure = true };
    struct pair pair;
    struct server s;
    need(begin(&pair, &s, zone, 3));
    snprintf(data, sizeof data, "0 0 %d ocs.example.net", atoi(strrchr(pair.uri, ':') + 1));
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &config, NULL), 0);
    ANSWER_UNTIL(&pair, &s, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair.client.events[DIA_EVENT_DISCOVERED], 1);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered);
done:
    end(&pair, &s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "realm_is_asked_for_once", realm_is_asked_for_once },
        { "denial_is_kept_too", denial_is_kept_too },
        { "answers_that_live_for_no_time_live_for_a_moment", answers_that_live_for_no_time_live_for_a_moment },
        { "who_is_told_may_ask_again", who_is_told_may_ask_again },
        { "who_cancels_is_not_told", who_cancels_is_not_told },
        { "many_wait_for_their_turn", many_wait_for_their_turn },
        { "the_silent_keep_nobody_waiting", the_silent_keep_nobody_waiting },
        { "nonsense_is_refused", nonsense_is_refused },
        { "peer_by_realm_is_connected_to", peer_by_realm_is_connected_to },
    };
    return HARNESS_RUN("loop/discover", tests);
}

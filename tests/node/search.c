/* Peers by realm: what a node does with what the DNS has, as it comes, changes and ends. */
#include "dns.h"

enum { WALL_CLOCK = 1700000000 };

static const dia_peer_config usual = { .realm = "example.net", .realm_application = 4 };

static dia_node *add_server(struct dns *s, const char *host)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node *node = net_add(&s->net, host, &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000 });
    return node && !dia_serve_ro_ccr(node, net_serve, &s->served) ? node : NULL;
}

/* A client, and three servers that the DNS may lead to. */
static bool begin(struct dns *s, const struct dns_says *says, size_t n)
{
    const dia_node_config config = {
        .watchdog_ms = 3600000, .reconnect_ms = 20000, .reconnect_max_ms = 80000, .wall_clock = WALL_CLOCK
    };
    return dns_begin(s, says, n, "client.example.net", &config) && !dia_node_use(s->client, &dia_dict_ro) &&
           (s->a = add_server(s, "a.example.net")) && (s->b = add_server(s, "b.example.net")) &&
           (s->c = add_server(s, "c.example.net"));
}

#define BEGIN(s, rows) begin(s, rows, sizeof(rows) / sizeof *(rows))

/* The client gets a peer, and what can be done at once is done. */
static bool add(struct dns *s, const dia_peer_config *config, dia_peer **peer)
{
    const int err = dia_node_add_peer(s->client, config, peer);
    net_pass(&s->net, 10);
    return !err;
}

static unsigned events(const struct dns *s, dia_event_kind kind)
{
    return s->net.seat[0].events[kind];
}

static void realm_alone_is_connected_to(void) /* B5.2-01 */
{
    static const struct dns_says says[] = { { "aaas://a.example.net aaas://b.example.net:5", 100 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need_str(s.realm, "example.net");
    need_int(s.application, 4);
    need_int(s.asked, 1);
    need(dns_is_open_to(&s, "a.example.net"));
    need_str(s.sentence, "found for example.net: aaas://a.example.net and 1 more");
    need_int(s.found, 2);
    need_str(s.net.also_named, "");
    need_int(net_ask(s.client, 1, 5000, &s.out), 0);
    net_pump(&s.net);
    need_int(s.out.result_code, 2001);
    need_int(s.served, 1);
done:
    net_end(&s.net);
}

static void it_is_asked_again_before_it_expires(void) /* B5.2-07 */
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 },
                                            { "aaas://a.example.net", 100 },
                                            { "aaas://b.example.net", 100 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    net_pass(&s.net, 89000);
    need_int(s.asked, 1);
    net_pass(&s.net, 2000);
    need_int(s.asked, 2);
    need(dns_is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 1);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 1); /* nothing new */
    net_pass(&s.net, 90000);
    need_int(s.asked, 3); /* another one: this one is left */
    need(dns_is_open_to(&s, "b.example.net"));
    need(!dia_node_find_peer(s.client, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 2);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 2);
done:
    net_end(&s.net);
}

static void what_is_not_said_again_ends_with_its_route(void) /* B5.2-07, B5.2-08 */
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 }, { NULL, 0 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    net_pass(&s.net, 98000);
    need(s.asked > 1);
    need(dns_is_open_to(&s, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 1);
    net_pass(&s.net, 3000);
    need(!dia_node_find_peer(s.client, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 0);
    need_int(net_ask(s.client, 1, 5000, &s.out), DIA_ENOROUTE);
    need(s.expired);
done:
    net_end(&s.net);
}

static void lies_about_time_have_bounds(void)
{
    static const struct dns_says none[] = { { "aaas://a.example.net", 0 } },
                                 ever[] = { { "aaas://a.example.net", UINT32_MAX } };
    struct dns s;
    need(BEGIN(&s, none) && add(&s, &usual, NULL));
    net_pass(&s.net, 46000);
    need_int(s.asked, 11);
    need(dns_is_open_to(&s, "a.example.net"));
    net_end(&s.net);
    need(BEGIN(&s, ever) && add(&s, &usual, NULL));
    net_pass(&s.net, 86400000);
    need_int(s.asked, 2);
done:
    net_end(&s.net);
}

static void nothing_is_asked_for_again_later_and_later(void)
{
    static const struct dns_says says[] = {
        { "", 60 }, { NULL, 0 }, { "", 60 }, { "", 60 }, { "aaas://a.example.net", 60 }
    };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need_str(s.sentence, "nothing found for example.net: there is nothing");
    need_int(s.found, 0);
    static const uint32_t waits[] = { 20000, 40000, 80000, 80000 };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        net_pass(&s.net, waits[i] - 1000);
        need_int(s.asked, i + 1);
        net_pass(&s.net, 1000);
        need_int(s.asked, i + 2);
    }
    net_pass(&s.net, 10);
    need(dns_is_open_to(&s, "a.example.net"));
done:
    net_end(&s.net);
}

static void denial_ends_what_was_found_silence_does_not(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 1000 }, { NULL, 0 }, { "", 60 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    net_pass(&s.net, 901000);
    need_int(s.asked, 2);
    need(dns_is_open_to(&s, "a.example.net"));
    net_pass(&s.net, 21000);
    need_int(s.asked, 3);
    need(!dns_is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
done:
    net_end(&s.net);
}

/* RFC 6733, 2.1: protected ones first, whatever the DNS prefers. */
static void clear_ways_are_taken_where_they_are_allowed(void)
{
    static const struct dns_says says[] = { { "aaa://a.example.net !aaa://c.example.net aaas://b.example.net", 100 } };
    dia_peer_config insecure = usual;
    struct dns s;
    need(BEGIN(&s, says));
    net_seat_of(&s.net, s.b)->deaf = true;
    need(add(&s, &usual, NULL));
    need_int(events(&s, DIA_EVENT_PEER_UP), 0);
    need_str(s.sentence, "found for example.net: aaas://b.example.net; 2 without TLS are not taken");
    need_int(s.found, 1);
    net_end(&s.net);
    need(BEGIN(&s, says));
    net_seat_of(&s.net, s.b)->deaf = true;
    insecure.insecure = true;
    need(add(&s, &insecure, NULL));
    need(dns_is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_CONNECT_FAILED), 1);
done:
    net_end(&s.net);
}

static void clear_ways_alone_are_none(void)
{
    static const struct dns_says says[] = { { "aaa://a.example.net", 100 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need_str(s.sentence, "found for example.net: only ways that cannot be taken without TLS");
    need_int(s.found, 0);
    need_int(events(&s, DIA_EVENT_CONNECT_FAILED), 0);
done:
    net_end(&s.net);
}

static void foreign_ways_must_be_named_twice(void) /* B5.2-03, B5.2-05 */
{
    static const struct dns_says says[] = { { "!aaas://a.example.net", 100 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need(dns_is_open_to(&s, "a.example.net"));
    need_str(s.net.also_named, "example.net");
done:
    net_end(&s.net);
}

static void being_found_is_no_permission(void) /* B5.2-06 */
{
    static const char *const b_alone[] = { "b.example.net", NULL }, *const of_realm[] = { "realm:example.net", NULL };
    static const struct dns_says says[] = { { "aaas://a.example.net aaas://b.example.net", 100 } };
    static const struct {
        const char *name, *realm, *host, *open;
        const char *const *found;
        uint32_t application;
    } rows[] = {
        { "its own realm", "example.net", NULL, "a.example.net", NULL, 4 },
        { "another realm", "example.org", NULL, NULL, NULL, 4 },
        { "another realm, that is allowed", "example.org", NULL, "a.example.net", of_realm, 4 },
        { "one host is allowed", "example.net", NULL, "b.example.net", b_alone, 4 },
        { "one host is meant", "example.net", "b.example.net", "b.example.net", NULL, 4 },
        { "another application", "example.net", NULL, NULL, NULL, 16777238 },
        { "any application", "example.net", NULL, "a.example.net", NULL, 0 },
    };
    struct dns s = { 0 };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need(BEGIN(&s, says));
        const dia_peer_config config = { .realm = rows[i].realm,
                                         .host = rows[i].host,
                                         .found = rows[i].found,
                                         .realm_application = rows[i].application };
        need(add(&s, &config, NULL));
        check_int(events(&s, DIA_EVENT_PEER_UP), rows[i].open != NULL);
        if (rows[i].open) {
            check(dns_is_open_to(&s, rows[i].open));
            check_int(dia_node_reachable(s.client, 4, rows[i].realm), 1);
        }
        net_end(&s.net);
    }
    return;
done:
    net_end(&s.net);
}

static void agent_of_another_realm_serves_the_one_it_was_found_for(void) /* B5.2-08 */
{
    static const char *const anybody[] = { "*", NULL };
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 }, { "", 100 } };
    const dia_peer_config config = { .realm = "example.org", .found = anybody };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &config, NULL));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = DIA_STR("example.org");
    need(net_join(&s.net, s.client, s.b));
    for (int i = 0; i < 4; i++)
        need_int(dia_send_ro_ccr(s.client, &ccr, 5000, net_on_cca, &s.out), 0);
    net_pump(&s.net);
    const dia_peer *agent = dia_node_find_peer(s.client, "a.example.net");
    need(agent);
    need_int(dia_peer_counters(agent).requests_out, 4);
    need_int(dia_node_reachable(s.client, 4, "example.org"), 1);
    net_pass(&s.net, 95000);
    need_int(dia_node_reachable(s.client, 4, "example.org"), 0);
done:
    net_end(&s.net);
}

/* Two realms lead to one host: the second one goes on to another. */
static void host_that_is_known_already_is_left(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net aaas://b.example.net", 100 } };
    static const char *const anybody[] = { "*", NULL };
    const dia_peer_config second = { .realm = "example.org", .found = anybody };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need(add(&s, &second, NULL));
    need(dns_is_open_to(&s, "a.example.net"));
    need(dns_is_open_to(&s, "b.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 2);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 0);
done:
    net_end(&s.net);
}

static void next_one_is_taken_when_one_is_gone(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net aaas://b.example.net", 1000 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need(dns_is_open_to(&s, "a.example.net"));
    net_seat_of(&s.net, s.a)->deaf = true;
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a));
    net_pass(&s.net, 23000);
    need(dns_is_open_to(&s, "b.example.net"));
    need(!dia_node_find_peer(s.client, "a.example.net"));
    need_int(s.asked, 1);
done:
    net_end(&s.net);
}

/* RFC 6733, 5.4.3, is about the one who says it. */
static void who_does_not_want_us_is_left_for_the_others(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net aaas://a.example.net:7 aaas://b.example.net",
                                              1000 } };
    struct dns s;
    need(BEGIN(&s, says) && add(&s, &usual, NULL));
    need(dns_is_open_to(&s, "a.example.net"));
    dia_peer *there = dia_node_find_peer(s.a, "client.example.net");
    need(there);
    need_int(dia_node_disconnect_peer(s.a, there, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU), 0);
    net_pass(&s.net, 10);
    need(dns_is_open_to(&s, "b.example.net"));
    there = dia_node_find_peer(s.b, "client.example.net");
    need(there);
    need_int(dia_node_disconnect_peer(s.b, there, DIA_CAUSE_BUSY), 0);
    net_pass(&s.net, 200000);
    need_int(dia_node_reachable(s.client, 4, NULL), 0); /* none is left */
    dia_peer *peer = dia_node_next_peer(s.client, NULL);
    need(peer);
    need_int(dia_node_connect_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    need_int(dia_node_reachable(s.client, 4, NULL), 1);
done:
    net_end(&s.net);
}

static void peers_are_changed_and_removed(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 }, { "aaas://b.example.net", 100 } };
    const dia_peer_config other = { .realm = "example.net", .realm_application = 0 };
    const dia_peer_config fixed = { .connect = "aaas://c.example.net" };
    struct dns s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says) && add(&s, &usual, &peer));
    need(dns_is_open_to(&s, "a.example.net"));
    need_int(dia_node_change_peer(s.client, peer, &other), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need_int(s.application, 0);
    need(dns_is_open_to(&s, "b.example.net"));
    net_pass(&s.net, 80000);
    need_int(dia_node_change_peer(s.client, peer, &fixed), 0);
    net_pass(&s.net, 500000);
    need_int(s.asked, 2); /* nobody wants to know any more */
    need(dns_is_open_to(&s, "b.example.net"));
    need_int(dia_node_remove_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    need(!dia_node_next_peer(s.client, NULL));
done:
    net_end(&s.net);
}

static void answer_that_comes_late_is_fine(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 } };
    struct dns s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says));
    s.silent = true;
    need(add(&s, &usual, &peer));
    need_int(s.asked, 1);
    need_int(dia_node_remove_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    dns_answer(&s, s.ticket, &says[0]);
    dns_answer(&s, 0, &says[0]);
    net_pass(&s.net, 10);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 0);
    need(!dia_node_next_peer(s.client, NULL));
done:
    net_end(&s.net);
}

static void out_of_service_asks_nobody(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 } };
    struct dns s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says) && add(&s, &usual, &peer));
    need_int(dia_node_disable_peer(s.client, peer, DIA_CAUSE_REBOOTING), 0);
    net_pass(&s.net, 500000);
    need_int(s.asked, 1);
    need_int(dia_node_enable_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need(dns_is_open_to(&s, "a.example.net"));
done:
    net_end(&s.net);
}

static void nonsense_is_refused(void)
{
    static const char *const bad[] = { "a b", NULL };
    static const dia_peer_config rows[] = {
        { .realm = "example.net", .connect = "aaas://a.example.net" },
        { .realm = "a b" },
        { .realm = "" },
        { .realm = "example.net", .found = bad },
        { .connect = "aaas://a.example.net", .found = bad },
        { .realm = "example.net", .connections = 2 },
    };
    static const struct dns_says says[] = { { "", 0 } };
    struct dns s;
    need(BEGIN(&s, says));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_int(dia_node_add_peer(s.client, &rows[i], NULL), DIA_EINVAL);
    net_pass(&s.net, 10);
    check_int(s.asked, 0);
done:
    net_end(&s.net);
}

static void several_connections_share_what_is_found(void)
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 100 }, { "", 60 } };
    const dia_peer_config config = { .realm = "example.net", .host = "a.example.net", .connections = 3 };
    struct dns s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.a, &(dia_peer_config){ .host = "client.example.net", .connections = 3 }, NULL), 0);
    need(add(&s, &config, NULL));
    need_int(s.asked, 1);
    need_int(events(&s, DIA_EVENT_PEER_UP), 3);
    net_pass(&s.net, 95000);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 3);
done:
    net_end(&s.net);
}

/* The DNS says a day, the certificate half a minute. */
static void certificate_ends_it_before_the_dns_does(void) /* B2.6-02 */
{
    static const struct dns_says says[] = { { "aaas://a.example.net", 86400 } };
    struct dns s;
    need(BEGIN(&s, says));
    dia_security ending = *s.net.security;
    ending.expires = WALL_CLOCK + 30;
    s.net.security = &ending;
    need(add(&s, &usual, NULL));
    net_pass(&s.net, 24000);
    need(dns_is_open_to(&s, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 1);
    net_seat_of(&s.net, s.a)->deaf = true; /* nobody takes it again */
    net_pass(&s.net, 7000);
    need(!dns_is_open_to(&s, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 0);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "realm_alone_is_connected_to", realm_alone_is_connected_to },
        { "it_is_asked_again_before_it_expires", it_is_asked_again_before_it_expires },
        { "what_is_not_said_again_ends_with_its_route", what_is_not_said_again_ends_with_its_route },
        { "lies_about_time_have_bounds", lies_about_time_have_bounds },
        { "nothing_is_asked_for_again_later_and_later", nothing_is_asked_for_again_later_and_later },
        { "denial_ends_what_was_found_silence_does_not", denial_ends_what_was_found_silence_does_not },
        { "clear_ways_are_taken_where_they_are_allowed", clear_ways_are_taken_where_they_are_allowed },
        { "clear_ways_alone_are_none", clear_ways_alone_are_none },
        { "foreign_ways_must_be_named_twice", foreign_ways_must_be_named_twice },
        { "being_found_is_no_permission", being_found_is_no_permission },
        { "agent_of_another_realm_serves_the_one_it_was_found_for",
          agent_of_another_realm_serves_the_one_it_was_found_for },
        { "host_that_is_known_already_is_left", host_that_is_known_already_is_left },
        { "next_one_is_taken_when_one_is_gone", next_one_is_taken_when_one_is_gone },
        { "who_does_not_want_us_is_left_for_the_others", who_does_not_want_us_is_left_for_the_others },
        { "peers_are_changed_and_removed", peers_are_changed_and_removed },
        { "answer_that_comes_late_is_fine", answer_that_comes_late_is_fine },
        { "out_of_service_asks_nobody", out_of_service_asks_nobody },
        { "nonsense_is_refused", nonsense_is_refused },
        { "certificate_ends_it_before_the_dns_does", certificate_ends_it_before_the_dns_does },
        { "several_connections_share_what_is_found", several_connections_share_what_is_found },
    };
    return HARNESS_RUN("node/search", tests);
}

/* Peers by realm: what a node does with what the DNS has, as it comes, changes and ends. */
#include "net.h"

#include "diatom/proxy.h"

#include <stdio.h>

enum { WALL_CLOCK = 1700000000 };

/* What the DNS says next: URIs with blanks between them, '!' before those out of the domain. */
struct says {
    const char *found; /* NULL: nobody answers, "": there is nothing */
    uint32_t ttl_s;
};

struct scene {
    struct net net;
    dia_node *client, *a, *b, *c;
    const struct says *says; /* the last row goes on */
    size_t n_says, asked;
    uint32_t application;
    char realm[64];
    bool silent; /* the driver has no answer yet: `ticket`; but of what is `known` */
    const char *known;
    uint32_t ticket;
    bool expired;
    size_t found; /* as the last event says */
    char sentence[200];
    struct asked out;
    unsigned served;
    /* What hooks have seen. */
    unsigned passed, told, unheard;
    uint32_t result;
    char state[20];
};

static const dia_security protected = { .protocol = "TLSv1.3", .cipher = "test", .subject = "test" };

static void tell_findings(struct scene *s, dia_node *node, uint32_t ticket, const struct says *says)
{
    dia_found found[80];
    char text[4096];
    size_t n = 0;
    snprintf(text, sizeof text, "%s", says->found ? says->found : "");
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        found[n] = (dia_found){ .foreign = *at == '!', .text = at + (*at == '!'), .how = "test" };
        if (dia_uri_parse(dia_cstr(found[n].text), &found[n].uri))
            continue;
        n++;
    }
    const dia_findings findings = { .found = found,
                                    .n = n,
                                    .ttl_s = says->ttl_s,
                                    .why = n             ? NULL
                                           : says->found ? "there is nothing"
                                                         : "no name server answered",
                                    .denied = !n && says->found };
    dia_node_discovered(node, ticket, &findings, (dia_time){ s->net.now_us });
    memset(text, 'x', sizeof text); /* it was copied */
}

static void on_discover(struct net *net, dia_node *node, const dia_todo *todo)
{
    struct scene *s = net->user;
    const size_t row = s->asked < s->n_says ? s->asked : s->n_says - 1;
    s->asked++;
    s->application = todo->application;
    s->ticket = todo->ticket;
    snprintf(s->realm, sizeof s->realm, "%.*s", (int)todo->realm.n, (const char *)todo->realm.p);
    if (!s->silent || (s->known && !strcmp(s->realm, s->known)))
        tell_findings(s, node, todo->ticket, &s->says[row]);
}

static void on_event(struct net_seat *seat, const dia_event *event)
{
    struct scene *s = seat->user;
    if (event->kind != DIA_EVENT_DISCOVERED)
        return;
    s->expired = s->expired || strstr(event->reason, "example.net has expired");
    s->found = event->found;
    snprintf(s->sentence, sizeof s->sentence, "%s", event->reason);
}

static dia_node *add_server(struct scene *s, const char *host)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node *node = net_add(&s->net, host, &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000 });
    return node && !dia_serve_ro_ccr(node, net_serve, &s->served) ? node : NULL;
}

static bool begin(struct scene *s, const struct says *says, size_t n)
{
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->net.on_discover = on_discover;
    s->net.user = s;
    s->net.security = &protected;
    s->says = says;
    s->n_says = n;
    s->client = net_add(
        &s->net, "client.example.net",
        &(dia_node_config){
            .watchdog_ms = 3600000, .reconnect_ms = 20000, .reconnect_max_ms = 80000, .wall_clock = WALL_CLOCK });
    if (!s->client || dia_node_use(s->client, &dia_dict_ro) || !(s->a = add_server(s, "a.example.net")) ||
        !(s->b = add_server(s, "b.example.net")) || !(s->c = add_server(s, "c.example.net")))
        return false;
    struct net_seat *seat = net_seat_of(&s->net, s->client);
    seat->user = s;
    seat->on_event = on_event;
    return true;
}

#define BEGIN(s, rows) begin(s, rows, sizeof(rows) / sizeof *(rows))

static const dia_peer_config usual = { .realm = "example.net", .realm_application = 4 };

static bool is_open_to(const struct scene *s, const char *host)
{
    const dia_peer *peer = dia_node_find_peer(s->client, host);
    return peer && dia_peer_is_open(peer);
}

static unsigned events(const struct scene *s, dia_event_kind kind)
{
    return s->net.seat[0].events[kind];
}

static void realm_alone_is_connected_to(void) /* B5.2-01 */
{
    static const struct says says[] = { { "aaas://a.example.net aaas://b.example.net:5", 100 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need_str(s.realm, "example.net");
    need_int(s.application, 4);
    need_int(s.asked, 1);
    need(is_open_to(&s, "a.example.net"));
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
    static const struct says says[] = { { "aaas://a.example.net", 100 },
                                        { "aaas://a.example.net", 100 },
                                        { "aaas://b.example.net", 100 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 89000);
    need_int(s.asked, 1);
    net_pass(&s.net, 2000);
    need_int(s.asked, 2);
    need(is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 1);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 1); /* nothing new */
    net_pass(&s.net, 90000);
    need_int(s.asked, 3); /* another one: this one is left */
    need(is_open_to(&s, "b.example.net"));
    need(!dia_node_find_peer(s.client, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 2);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 2);
done:
    net_end(&s.net);
}

static void what_is_not_said_again_ends_with_its_route(void) /* B5.2-07, B5.2-08 */
{
    static const struct says says[] = { { "aaas://a.example.net", 100 }, { NULL, 0 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 98000);
    need(s.asked > 1);
    need(is_open_to(&s, "a.example.net"));
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
    static const struct says none[] = { { "aaas://a.example.net", 0 } },
                             ever[] = { { "aaas://a.example.net", UINT32_MAX } };
    struct scene s;
    need(BEGIN(&s, none));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 46000);
    need_int(s.asked, 11);
    need(is_open_to(&s, "a.example.net"));
    net_end(&s.net);
    need(BEGIN(&s, ever));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 86400000);
    need_int(s.asked, 2);
done:
    net_end(&s.net);
}

static void nothing_is_asked_for_again_later_and_later(void)
{
    static const struct says says[] = {
        { "", 60 }, { NULL, 0 }, { "", 60 }, { "", 60 }, { "aaas://a.example.net", 60 }
    };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
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
    need(is_open_to(&s, "a.example.net"));
done:
    net_end(&s.net);
}

static void denial_ends_what_was_found_silence_does_not(void)
{
    static const struct says says[] = { { "aaas://a.example.net", 1000 }, { NULL, 0 }, { "", 60 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 901000);
    need_int(s.asked, 2);
    need(is_open_to(&s, "a.example.net"));
    net_pass(&s.net, 21000);
    need_int(s.asked, 3);
    need(!is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
done:
    net_end(&s.net);
}

/* RFC 6733, 2.1: protected ones first, whatever the DNS prefers. */
static void clear_ways_are_taken_where_they_are_allowed(void)
{
    static const struct says says[] = { { "aaa://a.example.net !aaa://c.example.net aaas://b.example.net", 100 } };
    dia_peer_config insecure = usual;
    struct scene s;
    need(BEGIN(&s, says));
    net_seat_of(&s.net, s.b)->deaf = true;
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need_int(events(&s, DIA_EVENT_PEER_UP), 0);
    need_str(s.sentence, "found for example.net: aaas://b.example.net; 2 without TLS are not taken");
    need_int(s.found, 1);
    net_end(&s.net);
    need(BEGIN(&s, says));
    net_seat_of(&s.net, s.b)->deaf = true;
    insecure.insecure = true;
    need_int(dia_node_add_peer(s.client, &insecure, NULL), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    need_int(events(&s, DIA_EVENT_CONNECT_FAILED), 1);
done:
    net_end(&s.net);
}

static void clear_ways_alone_are_none(void)
{
    static const struct says says[] = { { "aaa://a.example.net", 100 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need_str(s.sentence, "found for example.net: only ways that cannot be taken without TLS");
    need_int(s.found, 0);
    need_int(events(&s, DIA_EVENT_CONNECT_FAILED), 0);
done:
    net_end(&s.net);
}

static void foreign_ways_must_be_named_twice(void) /* B5.2-03, B5.2-05 */
{
    static const struct says says[] = { { "!aaas://a.example.net", 100 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    need_str(s.net.also_named, "example.net");
done:
    net_end(&s.net);
}

static void being_found_is_no_permission(void) /* B5.2-06 */
{
    static const char *const b_alone[] = { "b.example.net", NULL }, *const of_realm[] = { "realm:example.net", NULL };
    static const struct says says[] = { { "aaas://a.example.net aaas://b.example.net", 100 } };
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
    struct scene s = { 0 };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need(BEGIN(&s, says));
        const dia_peer_config config = { .realm = rows[i].realm,
                                         .host = rows[i].host,
                                         .found = rows[i].found,
                                         .realm_application = rows[i].application };
        need_int(dia_node_add_peer(s.client, &config, NULL), 0);
        net_pass(&s.net, 10);
        check_int(events(&s, DIA_EVENT_PEER_UP), rows[i].open != NULL);
        if (rows[i].open) {
            check(is_open_to(&s, rows[i].open));
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
    static const struct says says[] = { { "aaas://a.example.net", 100 }, { "", 100 } };
    const dia_peer_config config = { .realm = "example.org", .found = anybody };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &config, NULL), 0);
    net_pass(&s.net, 10);
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
    static const struct says says[] = { { "aaas://a.example.net aaas://b.example.net", 100 } };
    static const char *const anybody[] = { "*", NULL };
    const dia_peer_config second = { .realm = "example.org", .found = anybody };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need_int(dia_node_add_peer(s.client, &second, NULL), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    need(is_open_to(&s, "b.example.net"));
    need_int(events(&s, DIA_EVENT_PEER_UP), 2);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 0);
done:
    net_end(&s.net);
}

static void next_one_is_taken_when_one_is_gone(void)
{
    static const struct says says[] = { { "aaas://a.example.net aaas://b.example.net", 1000 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    net_seat_of(&s.net, s.a)->deaf = true;
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a));
    net_pass(&s.net, 23000);
    need(is_open_to(&s, "b.example.net"));
    need(!dia_node_find_peer(s.client, "a.example.net"));
    need_int(s.asked, 1);
done:
    net_end(&s.net);
}

/* RFC 6733, 5.4.3, is about the one who says it. */
static void who_does_not_want_us_is_left_for_the_others(void)
{
    static const struct says says[] = { { "aaas://a.example.net aaas://a.example.net:7 aaas://b.example.net", 1000 } };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    dia_peer *there = dia_node_find_peer(s.a, "client.example.net");
    need(there);
    need_int(dia_node_disconnect_peer(s.a, there, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "b.example.net"));
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
    static const struct says says[] = { { "aaas://a.example.net", 100 }, { "aaas://b.example.net", 100 } };
    const dia_peer_config other = { .realm = "example.net", .realm_application = 0 };
    const dia_peer_config fixed = { .connect = "aaas://c.example.net" };
    struct scene s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, &peer), 0);
    net_pass(&s.net, 10);
    need(is_open_to(&s, "a.example.net"));
    need_int(dia_node_change_peer(s.client, peer, &other), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need_int(s.application, 0);
    need(is_open_to(&s, "b.example.net"));
    net_pass(&s.net, 80000);
    need_int(dia_node_change_peer(s.client, peer, &fixed), 0);
    net_pass(&s.net, 500000);
    need_int(s.asked, 2); /* nobody wants to know any more */
    need(is_open_to(&s, "b.example.net"));
    need_int(dia_node_remove_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    need(!dia_node_next_peer(s.client, NULL));
done:
    net_end(&s.net);
}

static void answer_that_comes_late_is_fine(void)
{
    static const struct says says[] = { { "aaas://a.example.net", 100 } };
    struct scene s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says));
    s.silent = true;
    need_int(dia_node_add_peer(s.client, &usual, &peer), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 1);
    need_int(dia_node_remove_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    tell_findings(&s, s.client, s.ticket, &says[0]);
    tell_findings(&s, s.client, 0, &says[0]);
    net_pass(&s.net, 10);
    need_int(events(&s, DIA_EVENT_DISCOVERED), 0);
    need(!dia_node_next_peer(s.client, NULL));
done:
    net_end(&s.net);
}

static void out_of_service_asks_nobody(void)
{
    static const struct says says[] = { { "aaas://a.example.net", 100 } };
    struct scene s;
    dia_peer *peer = NULL;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.client, &usual, &peer), 0);
    net_pass(&s.net, 10);
    need_int(dia_node_disable_peer(s.client, peer, DIA_CAUSE_REBOOTING), 0);
    net_pass(&s.net, 500000);
    need_int(s.asked, 1);
    need_int(dia_node_enable_peer(s.client, peer), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need(is_open_to(&s, "a.example.net"));
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
    static const struct says says[] = { { "", 0 } };
    struct scene s;
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
    static const struct says says[] = { { "aaas://a.example.net", 100 }, { "", 60 } };
    const dia_peer_config config = { .realm = "example.net", .host = "a.example.net", .connections = 3 };
    struct scene s;
    need(BEGIN(&s, says));
    need_int(dia_node_add_peer(s.a, &(dia_peer_config){ .host = "client.example.net", .connections = 3 }, NULL), 0);
    need_int(dia_node_add_peer(s.client, &config, NULL), 0);
    net_pass(&s.net, 10);
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
    static const struct says says[] = { { "aaas://a.example.net", 86400 } };
    dia_security ending = protected;
    struct scene s;
    need(BEGIN(&s, says));
    ending.expires = WALL_CLOCK + 30;
    s.net.security = &ending;
    need_int(dia_node_add_peer(s.client, &usual, NULL), 0);
    net_pass(&s.net, 24000);
    need(is_open_to(&s, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 1);
    net_seat_of(&s.net, s.a)->deaf = true; /* nobody takes it again */
    net_pass(&s.net, 7000);
    need(!is_open_to(&s, "a.example.net"));
    need_int(dia_node_reachable(s.client, 4, "example.net"), 0);
    need_int(events(&s, DIA_EVENT_PEER_DOWN), 1);
done:
    net_end(&s.net);
}

/* ---- Realms that requests want to go to ---- */

/* The client of the scene is a relay; a and b are servers of far.example. */
static bool begin_relay(struct scene *s, const struct says *says, size_t n, const char *const *discover)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config far = { .origin_realm = "far.example", .allow = anybody, .watchdog_ms = 3600000 };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->net.on_discover = on_discover;
    s->net.user = s;
    s->net.security = &protected;
    s->says = says;
    s->n_says = n;
    s->client = net_add(
        &s->net, "relay.example.net",
        &(dia_node_config){ .watchdog_ms = 3600000, .allow = anybody, .discover = discover, .reconnect_ms = 20000 });
    s->a = net_add(&s->net, "a.far.example", &far);
    s->b = net_add(&s->net, "asks.example.net", &(dia_node_config){ .watchdog_ms = 3600000 });
    if (!s->client || dia_node_advertise(s->client, DIA_APP_RELAY, 0, DIA_APP_AUTH) || !s->a ||
        dia_serve_ro_ccr(s->a, net_serve, &s->served) || !s->b || dia_node_use(s->b, &dia_dict_ro))
        return false;
    struct net_seat *seat = net_seat_of(&s->net, s->client);
    seat->user = s;
    seat->on_event = on_event;
    return net_join(&s->net, s->b, s->client);
}

#define BEGIN_RELAY(s, rows, discover) begin_relay(s, rows, sizeof(rows) / sizeof *(rows), discover)

static int ask_as(dia_node *node, const char *realm, struct asked *out)
{
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = dia_cstr(realm);
    return dia_send_ro_ccr(node, &ccr, 60000, net_on_cca, out);
}

static int ask_far(struct scene *s, const char *realm)
{
    return ask_as(s->b, realm, &s->out);
}

static const char *const far_alone[] = { "*.other.example", "far.example", NULL };

static void request_waits_for_its_realm(void) /* B5.2-08 */
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct scene s;
    need(BEGIN_RELAY(&s, says, far_alone));
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 100);
    need_int(s.asked, 1);
    need_str(s.realm, "far.example");
    need_int(s.application, 4);
    need_int(s.out.n, 0);
    need_int(s.client->seeking.n_parked, 3);
    s.silent = false;
    tell_findings(&s, s.client, s.ticket, &says[0]);
    net_pass(&s.net, 10);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 2001);
    need_int(s.served, 3);
    need_int(s.client->seeking.n_parked, 0);
    need_int(ask_far(&s, "far.example"), 0); /* the next one goes at once */
    net_pump(&s.net);
    need_int(s.served, 4);
    net_pass(&s.net, 30000);
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 45000);
    need(is_open_to(&s, "a.far.example")); /* not idle for long enough */
    net_pass(&s.net, 50000);
    need(!dia_node_find_peer(s.client, "a.far.example"));
    need_int(s.client->seeking.n_sought, 0);
    need_int(dia_node_reachable(s.client, 4, "far.example"), 0);
done:
    net_end(&s.net);
}

static void realms_that_nobody_allowed_are_not_looked_for(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    static const char *const names[] = { "far.example.org", "example", "other.example" };
    struct scene s;
    need(BEGIN_RELAY(&s, says, far_alone));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        need_int(ask_far(&s, names[i]), 0);
        net_pass(&s.net, 10);
        need_int(s.out.n, i + 1);
        need_int(s.out.result_code, 3003);
    }
    need_int(s.asked, 0);
    net_end(&s.net);
    need(BEGIN_RELAY(&s, says, NULL));
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.out.result_code, 3003);
    need_int(s.asked, 0);
done:
    net_end(&s.net);
}

static void what_is_not_found_is_answered_and_remembered(void)
{
    static const struct says nothing[] = { { "", 100 } }, clear[] = { { "aaa://a.far.example", 100 } },
                             gone[] = { { "aaas://nobody.far.example", 100 } };
    static const struct {
        const struct says *says;
        uint32_t result_code;
    } rows[] = { { nothing, 3003 }, { clear, 3003 }, { gone, 3002 } };
    struct scene s = { 0 };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need(begin_relay(&s, rows[i].says, 1, far_alone));
        need_int(ask_far(&s, "far.example"), 0);
        net_pass(&s.net, 10);
        need_int(s.out.n, 1);
        need_int(s.out.result_code, rows[i].result_code);
        need_int(ask_far(&s, "far.example"), 0);
        net_pass(&s.net, 10);
        need_int(s.out.n, 2);
        need_int(s.asked, 1);
        net_end(&s.net);
    }
    return;
done:
    net_end(&s.net);
}

static void waiting_is_bounded(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    static const char *const any[] = { "*", NULL };
    char realm[40];
    struct scene s;
    need(BEGIN_RELAY(&s, says, any));
    need_int(
        dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 2, .redirect_waiting = 10, .relay_ms = 9000 }),
        0);
    s.silent = true;
    for (int i = 0; i < 4; i++) {
        snprintf(realm, sizeof realm, "r%d.example", i);
        need_int(ask_far(&s, realm), 0);
    }
    for (int i = 0; i < 6; i++)
        need_int(ask_far(&s, "r0.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need_int(s.client->seeking.n_parked, 5);
    need_int(s.out.n, 5);
    net_pass(&s.net, 10000); /* relay_ms is over */
    need_int(s.out.n, 10);
    need_int(s.client->seeking.n_parked, 0);
done:
    net_end(&s.net);
}

/* Else who asks for one realm after the other has all that waits read again each time. */
static void news_of_one_realm_are_none_for_the_others(void)
{
    static const struct says nothing[] = { { "", 100 } }, far[] = { { "aaas://a.far.example", 100 } };
    static const char *const any[] = { "*", NULL };
    const dia_bytes records[] = { DIA_STR("asks.example.net") };
    struct scene s;
    need(BEGIN_RELAY(&s, nothing, any));
    s.silent = true;
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = DIA_STR("far.example");
    ccr.route_record = (dia_bytes_list){ records, 1 };
    need_int(dia_send_ro_ccr(s.b, &ccr, 60000, net_on_cca, &s.out), 0);
    net_pass(&s.net, 10);
    const uint32_t ticket = s.ticket;
    const uint64_t visits = s.client->visits; /* counts on when its Route-Record is read */
    need(visits);
    for (int i = 1; i <= 3; i++) {
        need_int(ask_far(&s, i == 1 ? "r1.example" : i == 2 ? "r2.example" : "r3.example"), 0);
        net_pass(&s.net, 10);
        tell_findings(&s, s.client, s.ticket, &nothing[0]);
        net_pass(&s.net, 10);
        need_int(s.out.n, i);
        need_int(s.out.result_code, 3003);
    }
    need_int(s.client->visits, visits);
    need_int(s.client->seeking.n_parked, 1);
    tell_findings(&s, s.client, ticket, &far[0]);
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 2001);
    need(s.client->visits > visits);
done:
    net_end(&s.net);
}

static void realms_that_are_not_there_keep_nobody_out(void)
{
    static const struct says says[] = { { "", 100 }, { "", 100 }, { "aaas://a.far.example", 100 } };
    static const char *const any[] = { "*", NULL };
    struct scene s;
    need(BEGIN_RELAY(&s, says, any));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 2 }), 0);
    need_int(ask_far(&s, "r0.example"), 0);
    need_int(ask_far(&s, "r1.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need_int(s.out.result_code, 3003);
    need_int(ask_far(&s, "far.example"), 0); /* too soon: the DNS is spared */
    net_pass(&s.net, 10);
    need_int(s.asked, 2);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 3004);
    net_pass(&s.net, 1000);
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.asked, 3);
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 2001);
    need_int(s.client->seeking.n_sought, 2);
    need_int(ask_far(&s, "r1.example"), 0); /* the oldest has made way */
    net_pass(&s.net, 10);
    need_int(s.asked, 3);
    net_pass(&s.net, 1000);
    need_int(ask_far(&s, "r2.example"), 0); /* who serves stays */
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.out.n, 7);
    need_int(s.served, 2);
done:
    net_end(&s.net);
}

/* With one more who asks; but for far.example nobody answers. */
static bool begin_crowded_relay(struct scene *s, const struct says *says, uint32_t most)
{
    static const char *const any[] = { "*", NULL };
    if (!begin_relay(s, says, 1, any))
        return false;
    s->silent = true;
    s->known = "far.example";
    s->c = net_add(&s->net, "other.example.net", &(dia_node_config){ .watchdog_ms = 3600000 });
    return !dia_node_set_limits(s->client, &(dia_limits){ .redirect_peers = most }) && s->c &&
           !dia_node_use(s->c, &dia_dict_ro) && net_join(&s->net, s->c, s->client);
}

static void nobody_fills_the_table_for_others(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct asked theirs = { 0 };
    char realm[40];
    struct scene s;
    need(begin_crowded_relay(&s, says, 4));
    for (int i = 0; i < 6; i++) {
        snprintf(realm, sizeof realm, "r%d.example", i);
        need_int(ask_far(&s, realm), 0);
        net_pass(&s.net, 10);
    }
    need_int(s.client->seeking.n_sought, 4);
    need_int(s.out.n, 2);
    need_int(s.out.result_code, 3004);
    need_int(ask_as(s.c, "far.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(theirs.n, 1);
    need_int(theirs.result_code, 2001);
    need_int(s.out.n, 3); /* the oldest one of whoever has most */
    need_int(s.out.result_code, 3004);
    need_int(ask_far(&s, "r9.example"), 0); /* and does not come back */
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(ask_as(s.c, "s0.example", &theirs), 0);
    need_int(ask_as(s.c, "s1.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_sought, 4); /* two for the one, one for the other, and far.example */
    need_int(s.client->seeking.n_parked, 3);
    need_int(theirs.n, 2);
    need_int(theirs.result_code, 3004);
    need_int(s.out.n, 5);
    need_int(ask_far(&s, "far.example"), 0);
    net_pump(&s.net);
    need_int(s.served, 2);
done:
    net_end(&s.net);
}

/* There is always room for one more who asks. */
static void nobody_waits_in_the_place_of_all_others(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct asked theirs = { 0 };
    struct scene s;
    need(begin_crowded_relay(&s, says, 4));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 4, .redirect_waiting = 6 }), 0);
    for (int i = 0; i < 8; i++)
        need_int(ask_far(&s, "r0.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 3);
    need_int(s.out.n, 5);
    need_int(s.out.result_code, 3004);
    need_int(ask_as(s.c, "far.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(ask_as(s.c, "r1.example", &theirs), 0);
    need_int(ask_as(s.c, "r1.example", &theirs), 0);
    need_int(ask_as(s.c, "r1.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(theirs.n, 2); /* the one is served, and the other would be the last */
    need_int(theirs.result_code, 3004);
    need_int(s.served, 1);
    need_int(s.client->seeking.n_parked, 5);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    net_pass(&s.net, 30000);
    need_int(theirs.n, 4);
    need_int(s.client->seeking.n_parked, 0);
    need_int(ask_as(s.c, "r2.example", &theirs), 0); /* what is over does not count */
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 1);
done:
    net_end(&s.net);
}

static void realms_that_lead_nowhere_for_long_make_way(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct scene s;
    need(begin_crowded_relay(&s, says, 2));
    need_int(ask_far(&s, "r0.example"), 0);
    net_pass(&s.net, 1000);
    need_int(ask_far(&s, "r1.example"), 0);
    net_pass(&s.net, 3900);
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.out.n, 1);
    need_int(s.out.result_code, 3004);
    net_pass(&s.net, 200);
    need_int(ask_far(&s, "far.example"), 0); /* five seconds of silence */
    net_pass(&s.net, 10);
    need_int(s.served, 1);
    need_int(s.out.n, 3);
    need_int(s.client->seeking.n_parked, 1);
    need_int(ask_far(&s, "r2.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 3004);
done:
    net_end(&s.net);
}

/* Nobody has a share any more of what somebody asked for who is gone. */
static void realms_of_who_is_gone_make_way(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct asked theirs = { 0 };
    struct scene s;
    need(begin_crowded_relay(&s, says, 1));
    need_int(ask_far(&s, "r0.example"), 0);
    net_pass(&s.net, 10);
    need_int(ask_as(s.c, "far.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(theirs.result_code, 3004);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_sought, 1);
    need_int(ask_as(s.c, "far.example", &theirs), 0);
    net_pass(&s.net, 10);
    need_int(theirs.n, 2);
    need_int(theirs.result_code, 2001);
    need_int(s.client->seeking.n_parked, 0);
done:
    net_end(&s.net);
}

/* Who asked is gone, the node stops or ends: nothing is left. */
static void nothing_is_left_of_those_that_wait(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct scene s;
    need(BEGIN_RELAY(&s, says, far_alone));
    s.silent = true;
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 1);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    tell_findings(&s, s.client, s.ticket, &says[0]);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 0);
    need_int(s.served, 0);
    net_end(&s.net);
    need(BEGIN_RELAY(&s, says, far_alone));
    s.silent = true;
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 1000);
    net_pass(&s.net, 10);
    need_int(s.out.n, 1);
    need_int(s.out.result_code, 3002);
    net_end(&s.net);
    need(BEGIN_RELAY(&s, says, far_alone));
    s.silent = true;
    need_int(ask_far(&s, "far.example"), 0);
    net_pass(&s.net, 10);
    net_free(&s.net, s.client);
done:
    net_end(&s.net);
}

/* ---- Behind hooks ---- */

static void on_request(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->passed++;
    dia_transit_set_text(t, "Destination-Realm", "far.example");
    dia_transit_put_state(t, DIA_STR("gold"));
}

static void on_answer(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    const dia_bytes state = dia_transit_state(t);
    s->told++;
    s->unheard += !dia_transit_octets(t).p;
    s->result = dia_transit_result(t, NULL);
    snprintf(s->state, sizeof s->state, "%.*s", (int)state.n, state.n ? (const char *)state.p : "");
}

static bool use_hooks(struct scene *s)
{
    return !dia_node_use(s->client, &dia_dict_ro) &&
           !dia_node_proxy(
               s->client, &(dia_proxy){ .application = 4, .on_request = on_request, .on_answer = on_answer, .arg = s });
}

static void proxied_request_waits_for_the_realm_that_its_hook_gave_it(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    struct scene s;
    need(BEGIN_RELAY(&s, says, far_alone));
    need(use_hooks(&s));
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need_int(ask_far(&s, "alias.example"), 0);
    net_pass(&s.net, 100);
    need_int(s.asked, 1);
    need_str(s.realm, "far.example");
    need_int(s.client->seeking.n_parked, 3);
    need_int(s.passed, 3);
    need_int(s.told, 0);
    need_int(s.out.n, 0);
    s.silent = false;
    tell_findings(&s, s.client, s.ticket, &says[0]);
    net_pass(&s.net, 10);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 2001);
    need_int(s.served, 3);
    need_int(s.passed, 3); /* each hook once */
    need_int(s.told, 3);
    need_str(s.state, "gold");
    need_int(s.client->seeking.n_parked, 0);
    const dia_peer *from = dia_node_find_peer(s.client, "asks.example.net");
    need(from);
    need_int(dia_peer_counters(from).proxied, 3);
done:
    net_end(&s.net);
}

static void proxied_request_waits_within_the_same_bounds(void)
{
    static const struct says nothing[] = { { "", 100 } };
    struct scene s;
    need(BEGIN_RELAY(&s, nothing, far_alone));
    need(use_hooks(&s));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_waiting = 4, .relay_ms = 9000 }), 0);
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need_int(ask_far(&s, "alias.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 2);
    need_int(s.out.n, 1);
    need_int(s.result, 3004);
    net_pass(&s.net, 8900);
    need_int(s.out.n, 1);
    net_pass(&s.net, 100); /* relay_ms is over */
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 3003);
    need_int(s.told, 3);
    need_int(ask_far(&s, "alias.example"), 0);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 1);
    tell_findings(&s, s.client, s.ticket, &nothing[0]);
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(s.told, 4);
    need_int(s.client->seeking.n_parked, 0);
done:
    net_end(&s.net);
}

/* Whoever goes first: on_answer is called once for what on_request let go on. */
static void hooks_hear_of_each_request_that_waited(void)
{
    static const struct says says[] = { { "aaas://a.far.example", 100 } };
    static const struct {
        const char *name;
        unsigned unheard;
        uint32_t result;
    } rows[] = { { "who asked is gone", 1, 0 }, { "the node stops", 0, 3002 }, { "the node is freed", 1, 0 } };
    struct scene s = { 0 };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need(BEGIN_RELAY(&s, says, far_alone));
        need(use_hooks(&s));
        s.silent = true;
        need_int(ask_far(&s, "alias.example"), 0);
        net_pass(&s.net, 10);
        need_int(s.client->seeking.n_parked, 1);
        switch (i) {
        case 0:
            net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
            tell_findings(&s, s.client, s.ticket, &says[0]);
            break;
        case 1: dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 1000); break;
        default: net_free(&s.net, s.client); break;
        }
        net_pass(&s.net, 10);
        check_int(s.told, 1);
        check_int(s.unheard, rows[i].unheard);
        check_int(s.result, rows[i].result);
        check_int(s.served, 0);
        if (i == 1)
            check_int(s.out.result_code, 3002);
        net_end(&s.net);
    }
    return;
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
        { "request_waits_for_its_realm", request_waits_for_its_realm },
        { "realms_that_nobody_allowed_are_not_looked_for", realms_that_nobody_allowed_are_not_looked_for },
        { "what_is_not_found_is_answered_and_remembered", what_is_not_found_is_answered_and_remembered },
        { "waiting_is_bounded", waiting_is_bounded },
        { "news_of_one_realm_are_none_for_the_others", news_of_one_realm_are_none_for_the_others },
        { "realms_that_are_not_there_keep_nobody_out", realms_that_are_not_there_keep_nobody_out },
        { "nobody_fills_the_table_for_others", nobody_fills_the_table_for_others },
        { "nobody_waits_in_the_place_of_all_others", nobody_waits_in_the_place_of_all_others },
        { "realms_that_lead_nowhere_for_long_make_way", realms_that_lead_nowhere_for_long_make_way },
        { "realms_of_who_is_gone_make_way", realms_of_who_is_gone_make_way },
        { "nothing_is_left_of_those_that_wait", nothing_is_left_of_those_that_wait },
        { "proxied_request_waits_for_the_realm_that_its_hook_gave_it",
          proxied_request_waits_for_the_realm_that_its_hook_gave_it },
        { "proxied_request_waits_within_the_same_bounds", proxied_request_waits_within_the_same_bounds },
        { "hooks_hear_of_each_request_that_waited", hooks_hear_of_each_request_that_waited },
        { "certificate_ends_it_before_the_dns_does", certificate_ends_it_before_the_dns_does },
        { "several_connections_share_what_is_found", several_connections_share_what_is_found },
    };
    return HARNESS_RUN("node/search", tests);
}

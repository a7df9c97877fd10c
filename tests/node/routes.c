/* A node that goes by a table of routes: where requests of peers and its own go, and what answers instead. */
#include "net.h"

#include "diatom/app/all.h"

#include <stdio.h>
#include <stdlib.h>

enum { GY = 4, CCR = 272, GX = 16777238, SERVERS = 4, NOBODY = -1 };

static const char *const anybody[] = { "*", NULL };

struct scene {
    struct net net;
    dia_node *relay;
    dia_routes *routes; /* of the relay, while it has them */
    struct net_wire *client, *server[SERVERS];
    unsigned served; /* by the relay's own handler */
    uint32_t result_code;
    uint8_t answer[600]; /* what the client got last */
    size_t n_answer;
    dia_explanation said; /* by the relay, about the last request before it came */
    char said_hop[64];    /* "": nobody */
};

static void serve(dia_request *request, void *arg)
{
    ++*(unsigned *)arg;
    dia_request_fail(request, 5012, "served here");
}

static const struct {
    const char *host, *realm;
    uint32_t app;
} servers[SERVERS] = { { "s0.one.example", "one.example", GY },
                       { "s1.one.example", "one.example", GY },
                       { "s2.two.example", "two.example", GX },
                       { "s3.three.example", "three.example", DIA_APP_RELAY } };

/* A relay with a client and servers s0 and s1 of one.example, s2 of two.example and s3, a relay. */
static bool begin(struct scene *s)
{
    const dia_node_config config = {
        .allow = anybody, .watchdog_ms = 3600000, .origin_realm = "relay.example", .limits = { .relay_ms = 5000 }
    };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->relay = net_add(&s->net, "relay.relay.example", &config);
    if (!s->relay || dia_node_advertise(s->relay, DIA_APP_RELAY, 0, DIA_APP_AUTH) ||
        dia_routes_new(&dia_dicts_all, harness_allocator(), &s->routes))
        return false;
    dia_node_set_routes(s->relay, s->routes);
    dia_node_serve_any(s->relay, serve, &s->served);
    s->client = net_hold_as(&s->net, s->relay, "client.visited.example", "visited.example", DIA_APP_RELAY);
    for (int i = 0; i < SERVERS; i++)
        s->server[i] = net_hold_as(&s->net, s->relay, servers[i].host, servers[i].realm, servers[i].app);
    return s->client && s->server[0] && s->server[1] && s->server[2] && s->server[3];
}

static bool add(struct scene *s, dia_route route)
{
    char why[200] = "";
    const int err = dia_routes_add(s->routes, &route, NULL, why, sizeof why);
    if (err && !harness_injected())
        fprintf(stderr, "%s\n", why);
    return !err;
}

#define HOPS(...)                                                                                                      \
    .hops = (const dia_hop[]){ __VA_ARGS__ }, .n_hops = sizeof((const dia_hop[]){ __VA_ARGS__ }) / sizeof(dia_hop)
#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* What a request says; 0 and NULL: as in most. */
struct wish {
    uint32_t app;
    const char *realm, *host, *record, *session, *imsi;
    bool no_p, no_realm;
};

static void explain(struct scene *s, dia_bytes message)
{
    const dia_question question = { .message = message, .from = DIA_STR("client.visited.example") };
    if (dia_node_explain(s->relay, &question, &s->said))
        abort();
    const dia_bytes host = s->said.peer ? dia_peer_host(s->said.peer) : DIA_STR("");
    snprintf(s->said_hop, sizeof s->said_hop, "%.*s", (int)host.n, (const char *)host.p);
}

static void send(struct scene *s, const struct wish *w)
{
    static uint32_t ids = 1000;
    uint8_t buf[900];
    dia_builder b;
    ids++;
    dia_build_begin(&b, buf, sizeof buf,
                    &(dia_header){ .version = 1,
                                   .flags = (uint8_t)(DIA_FLAG_REQUEST | (w->no_p ? 0 : DIA_FLAG_PROXIABLE)),
                                   .command = CCR,
                                   .application = w->app ? w->app : GY,
                                   .hop_by_hop = ids,
                                   .end_to_end = ids });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, dia_cstr(w->session ? w->session : "c;1;2"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("client.visited.example"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("visited.example"));
    if (!w->no_realm)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(w->realm ? w->realm : "one.example"));
    if (w->host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(w->host));
    if (w->imsi)
        dia_put_bytes(&b, DIA_AVP_USER_NAME, 0, DIA_AVP_M, dia_cstr(w->imsi));
    if (w->record)
        dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(w->record));
    const int64_t n = dia_build_end(&b);
    if (n < 0)
        abort();
    explain(s, (dia_bytes){ buf, (size_t)n });
    net_write(&s->net, s->client, (dia_bytes){ buf, (size_t)n });
}

/* Which server has it; NOBODY, and s->result_code is what the client was answered. It answers 2001. */
static int taken_by(struct scene *s)
{
    for (int i = 0; i < SERVERS; i++) {
        uint8_t buf[200];
        dia_builder b;
        if (!s->server[i] || !net_read(&s->net, s->server[i]).p)
            continue;
        net_begin_answer(&s->net, &b, buf, sizeof buf, 2001);
        net_write_built(&s->net, s->server[i], &b);
        net_read(&s->net, s->client);
        return i;
    }
    const dia_bytes answer = net_read(&s->net, s->client);
    s->n_answer = answer.n < sizeof s->answer ? answer.n : 0;
    memcpy(s->answer, answer.p ? answer.p : (const uint8_t *)"", s->n_answer);
    s->result_code = net_result(answer);
    return NOBODY;
}

/* What was said of it before is what came of it. */
static bool was_said(const struct scene *s, int who, bool served)
{
    const dia_explanation *said = &s->said;
    if (who != NOBODY)
        return said->fate == DIA_FATE_RELAYED && strcmp(s->said_hop, servers[who].host) == 0;
    if (served)
        return said->fate == DIA_FATE_SERVED;
    return (said->fate == DIA_FATE_REFUSED || said->fate == DIA_FATE_REDIRECTED) && said->result_code == s->result_code;
}

static int ask(struct scene *s, const struct wish *w)
{
    const unsigned served = s->served;
    send(s, w);
    const int who = taken_by(s);
    check(was_said(s, who, s->served > served));
    return who;
}

static void realm_and_application_lead_to_a_route(void) /* B2.7-01, B2.7-02, B2.7-10, B6.1.6-02 */
{
    static const uint32_t gy[] = { GY }, gx[] = { GX };
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("*.Home.example"),
                              .applications = gy,
                              .n_applications = 1,
                              HOPS({ "S1.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("*.home.example"),
                              .applications = gx,
                              .n_applications = 1,
                              HOPS({ "s2.two.example" }) }));
    need_int(ask(&s, &(struct wish){ .realm = "epc.home.EXAMPLE" }), 1);
    need_int(ask(&s, &(struct wish){ .realm = "epc.home.example", .app = GX }), 2);
    /* Nothing else matches. */
    need_int(ask(&s, &(struct wish){ .realm = "home.example" }), NOBODY);
    need_int(s.result_code, 3003); /* B6.1.6-04 */
    need(s.net.header.flags & DIA_FLAG_ERROR);
    need(add(&s, (dia_route){ HOPS({ "s3.three.example" }) }));
    need_int(ask(&s, &(struct wish){ .realm = "home.example" }), 3);
    need_int(ask(&s, &(struct wish){ .realm = "epc.home.example", .app = 16777999 }), 3);
    need_int(dia_routes_taken(s.routes, 1), 1);
    need_int(dia_routes_taken(s.routes, 3), 2);
done:
    net_end(&s.net);
}

/* Nobody is called so: not even the default route has it, and who is named by Destination-Host is not asked either. */
static void a_realm_longer_than_names_is_served_by_nobody(void)
{
    char realm[DIA_IDENTITY_MAX + 2];
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ HOPS({ "s3.three.example" }) }));
    memset(realm, 'x', sizeof realm);
    realm[DIA_IDENTITY_MAX + 1] = 0;
    need_int(ask(&s, &(struct wish){ .realm = realm }), NOBODY);
    need_int(s.result_code, 3003);
    need(s.net.header.flags & DIA_FLAG_ERROR);
    need_int(ask(&s, &(struct wish){ .realm = realm, .host = "s0.one.example" }), NOBODY);
    need_int(s.result_code, 3003);
    realm[DIA_IDENTITY_MAX] = 0;
    need_int(ask(&s, &(struct wish){ .realm = realm }), 3);
done:
    net_end(&s.net);
}

/* Local, forwarding, routing, else 3002 with E: in this order. */
static void each_step_of_processing_comes_in_its_order(void) /* B6.1-07, B6.1.5-01 */
{
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ HOPS({ "s3.three.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("one.example"), HOPS({ "s0.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("gone.example"), HOPS({ "nobody.example" }) }));
    need_int(dia_node_advertise(s.relay, GY, 0, DIA_APP_AUTH), 0);
    /* 6.1.4: our host, whatever its realm, and our realm. */
    need_int(ask(&s, &(struct wish){ .host = "relay.relay.example", .realm = "one.example" }), NOBODY);
    need(s.result_code == 5012 && s.served == 1);
    need_int(ask(&s, &(struct wish){ .realm = "relay.example" }), NOBODY);
    need(s.result_code == 5012 && s.served == 2);
    /* 6.1.5: a host that is our peer, whatever the routes say. */
    need_int(ask(&s, &(struct wish){ .host = "S1.one.example" }), 1);
    /* 6.1.6: a host that is none; a realm. */
    need_int(ask(&s, &(struct wish){ .host = "far.one.example" }), 0);
    need_int(ask(&s, &(struct wish){ .realm = "else.example" }), 3);
    need(dia_routes_remove(s.routes, 1) == 0);
    need_int(ask(&s, &(struct wish){ .realm = "gone.example" }), NOBODY);
    need_int(s.result_code, 3002);
    need(s.net.header.flags & DIA_FLAG_ERROR);
done:
    net_end(&s.net);
}

static void hops_that_cannot_take_it_are_passed_over(void)
{
    static const struct {
        const char *name;
        struct wish wish;
        int want;
        uint32_t result_code;
    } rows[] = {
        { "the first one", { .realm = "a.example" }, 0, 0 },
        { "not connected", { .realm = "b.example" }, 1, 0 },
        { "not of this application", { .realm = "c.example" }, 1, 0 },
        { "nor any other", { .realm = "d.example" }, NOBODY, 3002 },                         /* B2.7-11 */
        { "it has been there", { .realm = "a.example", .record = "S0.One.example" }, 1, 0 }, /* B6.1.7-02 */
        { "and nowhere else to go", { .realm = "b.example", .record = "s1.one.example" }, NOBODY, 3002 },
        { "where it comes from", { .realm = "e.example" }, NOBODY, 3002 },
        { "the next route", { .realm = "f.example" }, 3, 0 },
    };
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("a.example"),
                              .choice = DIA_CHOICE_ORDER,
                              HOPS({ "s0.one.example" }, { "s1.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("b.example"), HOPS({ "nobody.example" }, { "s1.one.example", 9, 1 }) }));
    need(add(&s, (dia_route){ .realms = LIST("c.example"),
                              .choice = DIA_CHOICE_ORDER,
                              HOPS({ "s2.two.example" }, { "s1.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("d.example"), HOPS({ "s2.two.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("e.example"), HOPS({ "client.visited.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("f.example"), HOPS({ "s2.two.example" }, { "nobody.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("*.example"), .order = 7 }));
    need_int(dia_routes_remove(s.routes, 7), 0);
    need(add(&s, (dia_route){ .realms = LIST("f.example"), HOPS({ "s3.three.example" }) }));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need_int(ask(&s, &rows[i].wish), rows[i].want);
        if (rows[i].want == NOBODY)
            need_int(s.result_code, rows[i].result_code);
    }
done:
    harness_row(NULL);
    net_end(&s.net);
}

/* A route without hops is any peer of the realm, else any relay. */
static void routes_without_hops_go_to_the_realm_or_a_relay(void)
{
    struct scene s;
    unsigned counts[SERVERS] = { 0 };
    need(begin(&s));
    need(add(&s, (dia_route){ .name = "all" }));
    for (int i = 0; i < 10; i++) {
        const int who = ask(&s, &(struct wish){ .realm = "ONE.example" });
        need(who >= 0);
        counts[who]++;
    }
    need(counts[0] == 5 && counts[1] == 5);
    need_int(ask(&s, &(struct wish){ .realm = "far.example" }), 3);
    need_int(ask(&s, &(struct wish){ .realm = "two.example" }), 3); /* its peer has another application */
    need_int(ask(&s, &(struct wish){ .realm = "two.example", .app = GX }), 2);
    net_cut(&s.net, s.server[3]);
    s.server[3] = NULL;
    need_int(ask(&s, &(struct wish){ .realm = "far.example" }), NOBODY);
    need_int(s.result_code, 3002);
done:
    net_end(&s.net);
}

static void a_route_chooses_among_its_hops(void)
{
    struct scene s;
    unsigned counts[2] = { 0 };
    char session[40];
    int homes[20];
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("w.example"),
                              .choice = DIA_CHOICE_WEIGHTS,
                              HOPS({ "s0.one.example", 0, 3 }, { "s1.one.example", 0, 1 }) }));
    need(add(&s,
             (dia_route){ .realms = LIST("p.example"), HOPS({ "s0.one.example", 2, 1 }, { "s1.one.example", 1, 1 }) }));
    need(add(&s, (dia_route){ .realms = LIST("s.example"),
                              .choice = DIA_CHOICE_STICKY,
                              HOPS({ "s0.one.example" }, { "s1.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("l.example"),
                              .choice = DIA_CHOICE_LEAST,
                              HOPS({ "s0.one.example" }, { "s1.one.example" }) }));
    for (int i = 0; i < 40; i++) {
        const int who = ask(&s, &(struct wish){ .realm = "w.example" });
        need(who == 0 || who == 1);
        counts[who]++;
    }
    need(counts[0] >= 29 && counts[0] <= 31);
    for (int i = 0; i < 5; i++)
        need_int(ask(&s, &(struct wish){ .realm = "p.example" }), 1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            snprintf(session, sizeof session, "c;%d;7", i);
            const int who = ask(&s, &(struct wish){ .realm = "s.example", .session = session });
            need(who == 0 || who == 1);
            need(!round || who == homes[i]);
            homes[i] = who;
        }
    }
    /* Two that are not answered yet lie on both. */
    send(&s, &(struct wish){ .realm = "l.example" });
    send(&s, &(struct wish){ .realm = "l.example" });
    need(net_read(&s.net, s.server[0]).p && net_read(&s.net, s.server[1]).p);
    /* The one of the lower number is back when its priority can be had again. */
    net_cut(&s.net, s.server[1]);
    s.server[1] = NULL;
    net_pump(&s.net);
    need(net_read(&s.net, s.server[0]).p); /* what the other one had not answered */
    need_int(ask(&s, &(struct wish){ .realm = "p.example" }), 0);
    s.server[1] = net_hold_as(&s.net, s.relay, "s1.one.example", "one.example", GY);
    need(s.server[1]);
    need_int(ask(&s, &(struct wish){ .realm = "p.example" }), 1);
done:
    net_end(&s.net);
}

static void criteria_of_the_message_and_of_where_it_comes_from_count(void)
{
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .name = "all", HOPS({ "s3.three.example" }), .order = 9 }));
    need(add(&s, (dia_route){ .imsi = { .begin = LIST("26201") },
                              .from = LIST("*.visited.example"),
                              HOPS({ "s0.one.example" }) }));
    need(add(&s, (dia_route){
                     .imsi = { .begin = LIST("26202") }, .from = LIST("other.example"), HOPS({ "s1.one.example" }) }));
    need_int(ask(&s, &(struct wish){ .imsi = "262011234567890" }), 0);
    need_int(ask(&s, &(struct wish){ .imsi = "262021234567890" }), 3);
    need_int(ask(&s, &(struct wish){ .imsi = NULL }), 3);
done:
    net_end(&s.net);
}

static void redirecting_routes_answer_with_their_hops(void) /* B2.7-05, B2.7-08, B6.1.8-01, B6.1.8-02 */
{
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("moved.example"),
                              .action = DIA_ROUTE_REDIRECT,
                              HOPS({ "a.moved.example" }, { "aaas://b.moved.example:5000" }),
                              .redirect_usage = DIA_REDIRECT_ALL_REALM,
                              .redirect_cache_s = 60 }));
    need_int(ask(&s, &(struct wish){ .realm = "moved.example" }), NOBODY);
    need_int(s.result_code, 3006);
    const dia_bytes answer = { s.answer, s.n_answer };
    need(s.net.header.flags & DIA_FLAG_ERROR);
    need_int(net_count(answer, DIA_AVP_REDIRECT_HOST), 2);
    need_bytes(net_value(answer, DIA_AVP_REDIRECT_HOST), dia_cstr("aaa://a.moved.example"));
    need_bytes(net_value(answer, DIA_AVP_REDIRECT_HOST_USAGE), ((dia_bytes)DIA_LIT("\0\0\0\2")));
    need_bytes(net_value(answer, DIA_AVP_REDIRECT_MAX_CACHE_TIME), ((dia_bytes)DIA_LIT("\0\0\0\74")));
    need_int(dia_routes_taken(s.routes, 1), 1);
    /* A peer that is named gets it all the same (6.1.5). */
    need_int(ask(&s, &(struct wish){ .realm = "moved.example", .host = "s0.one.example" }), 0);
    need_int(ask(&s, &(struct wish){ .realm = "moved.example", .no_p = true }), NOBODY);
    need_int(s.result_code, 3001);
    /* What was said of one request says nothing of the next. */
    need_int(ask(&s, &(struct wish){ .realm = "moved.example" }), NOBODY);
    need_int(s.result_code, 3006);
    need_int(ask(&s, &(struct wish){ .host = "far.example", .no_realm = true }), NOBODY);
    need_int(s.result_code, 3002);
done:
    net_end(&s.net);
}

static void local_routes_lead_to_our_handlers(void) /* B2.7-08 */
{
    struct scene s;
    need(begin(&s));
    need_int(dia_node_advertise(s.relay, GY, 0, DIA_APP_AUTH), 0);
    need(add(&s, (dia_route){ .realms = LIST("hosted.example"), .action = DIA_ROUTE_LOCAL }));
    need(add(&s, (dia_route){ .realms = LIST("spare.example"), HOPS({ "s0.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("spare.example"), .action = DIA_ROUTE_LOCAL }));
    need_int(ask(&s, &(struct wish){ .realm = "hosted.example" }), NOBODY);
    need(s.result_code == 5012 && s.served == 1);
    need_int(ask(&s, &(struct wish){ .realm = "hosted.example", .no_p = true }), NOBODY);
    need(s.result_code == 5012 && s.served == 2);
    need_int(ask(&s, &(struct wish){ .realm = "hosted.example", .host = "virtual.hosted.example" }), NOBODY);
    need(s.result_code == 5012 && s.served == 3);
    need_int(ask(&s, &(struct wish){ .realm = "hosted.example", .host = "s1.one.example" }), 1);
    need_int(ask(&s, &(struct wish){ .realm = "spare.example" }), 0);
    net_cut(&s.net, s.server[0]);
    s.server[0] = NULL;
    need_int(ask(&s, &(struct wish){ .realm = "spare.example" }), NOBODY);
    need(s.result_code == 5012 && s.served == 4);
    need_int(dia_routes_taken(s.routes, 1), 3);
    /* A request that is not for us by a route is judged as ever. */
    need_int(ask(&s, &(struct wish){ .realm = "strange.example" }), NOBODY);
    need_int(s.result_code, 3003);
done:
    net_end(&s.net);
}

static void routes_come_and_go_while_requests_pass(void) /* B2.7-07 */
{
    struct scene s;
    uint32_t id = 0;
    dia_routes *others = NULL;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("one.example"), HOPS({ "s0.one.example" }) }));
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 0);
    dia_route dynamic = { .realms = LIST("one.example"),
                          HOPS({ "s1.one.example" }),
                          .order = -1,
                          .expires_us = dia_node_now(s.relay).us + 5000000 };
    need_int(dia_routes_add(s.routes, &dynamic, &id, NULL, 0), 0);
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 1);
    net_pass(&s.net, 4900);
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 1);
    net_pass(&s.net, 200);
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 0);
    /* Another table takes the place of all. */
    need_int(dia_routes_new(NULL, harness_allocator(), &others), 0);
    if (dia_routes_add(others, &(dia_route){ HOPS({ "s3.three.example" }) }, NULL, NULL, 0)) {
        dia_routes_free(others);
        need(false);
    }
    dia_node_set_routes(s.relay, others);
    need(dia_node_routes(s.relay) == others);
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 3);
    dia_node_set_routes(s.relay, others);
    need_int(ask(&s, &(struct wish){ .realm = "one.example" }), 3);
    dia_node_set_routes(s.relay, NULL);
    need(ask(&s, &(struct wish){ .realm = "two.example", .app = GX }) == 2);
done:
    net_end(&s.net);
}

static void a_hop_that_is_lost_hands_its_requests_to_the_next(void)
{
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("far.example"),
                              .choice = DIA_CHOICE_ORDER,
                              .from = LIST("client.visited.example"),
                              .commands = (const uint32_t[]){ CCR },
                              .n_commands = 1,
                              HOPS({ "s1.one.example" }, { "s3.three.example" }, { "s0.one.example" }) }));
    send(&s, &(struct wish){ .realm = "far.example" });
    need(net_read(&s.net, s.server[1]).p);
    net_cut(&s.net, s.server[1]);
    s.server[1] = NULL;
    net_pump(&s.net);
    const dia_bytes again = net_read(&s.net, s.server[3]);
    need(again.p && s.net.header.flags & DIA_FLAG_RETRANSMITTED);
    need_int(dia_routes_taken(s.routes, 1), 2);
done:
    net_end(&s.net);
}

/* A redirecting or local route is no way for what was sent already: who sent it hears 3002. */
static void what_was_sent_once_is_not_answered_by_a_route(void)
{
    struct scene s;
    need(begin(&s));
    need(add(&s, (dia_route){ .realms = LIST("far.example"), HOPS({ "s1.one.example" }) }));
    need(add(&s,
             (dia_route){ .realms = LIST("far.example"), .action = DIA_ROUTE_REDIRECT, HOPS({ "s0.one.example" }) }));
    need(add(&s, (dia_route){ .realms = LIST("far.example"), .action = DIA_ROUTE_LOCAL }));
    send(&s, &(struct wish){ .realm = "far.example" });
    need(net_read(&s.net, s.server[1]).p);
    net_cut(&s.net, s.server[1]);
    s.server[1] = NULL;
    net_pump(&s.net);
    need_int(taken_by(&s), NOBODY);
    need_int(s.result_code, 3002);
    need_int(s.served, 0);
done:
    net_end(&s.net);
}

/* Unknown to the peer table, or a stranger that was let in. */
static void a_hop_that_is_no_configured_peer_is_named(void) /* B2.7-06, B2.8.3-01 */
{
    struct scene s;
    char why[200] = "";
    need(begin(&s));
    need(add(&s, (dia_route){ .name = "moved", .action = DIA_ROUTE_REDIRECT, HOPS({ "far.example" }) }));
    need(add(&s, (dia_route){ .name = "here" }));
    need_int(dia_node_check_routes(s.relay, s.routes, why, sizeof why), 0);
    need(add(&s, (dia_route){ .name = "first", HOPS({ "S0.one.example" }) }));
    need_int(dia_node_check_routes(s.relay, s.routes, why, sizeof why), DIA_ENOENT);
    need_str(why, "the route first has the hop S0.one.example, which is no configured peer");
    need_int(dia_node_add_peer(s.relay, &(dia_peer_config){ .host = "s0.one.example" }, NULL), 0);
    need_int(dia_node_check_routes(s.relay, s.routes, why, sizeof why), 0);
    need(add(&s, (dia_route){ .action = DIA_ROUTE_PROXY, HOPS({ "s0.one.example" }, { "nobody.example" }) }));
    need_int(dia_node_check_routes(s.relay, s.routes, NULL, 0), DIA_ENOENT);
    dia_node_check_routes(s.relay, s.routes, why, sizeof why);
    need_str(why, "the route without name has the hop nobody.example, which is no configured peer");
    need_int(dia_node_withdraw(s.relay, DIA_APP_RELAY), 0);
    need_int(dia_node_check_routes(s.relay, s.routes, why, sizeof why), DIA_EINVAL);
    need_str(why, "the route moved redirects, and DIA_APP_RELAY is not advertised");
done:
    net_end(&s.net);
}

/* ---- Requests of our own ---- */

struct place {
    struct net net;
    dia_node *client, *server[2];
    dia_routes *routes;
    unsigned served[2];
};

static bool begin_client(struct place *p)
{
    memset(p, 0, sizeof *p);
    net_begin(&p->net);
    p->client = net_add(&p->net, "client.example.net", NULL);
    if (!p->client || dia_node_use(p->client, &dia_dict_ro) ||
        dia_routes_new(&dia_dicts_all, harness_allocator(), &p->routes))
        return false;
    dia_node_set_routes(p->client, p->routes);
    for (int i = 0; i < 2; i++) {
        static const char *const hosts[] = { "s0.example.net", "s1.example.net" };
        p->server[i] = net_add(&p->net, hosts[i], &(dia_node_config){ .allow = anybody });
        if (!p->server[i] || dia_serve_ro_ccr(p->server[i], net_serve, &p->served[i]) ||
            !net_join(&p->net, p->client, p->server[i]))
            return false;
    }
    return true;
}

static void our_own_requests_go_by_the_table_too(void)
{
    static const uint32_t gy[] = { GY }, ccr[] = { CCR };
    struct place p;
    struct asked asked = { 0 };
    const dia_cc_subscription_id id = { .subscription_id_type = 1, .subscription_id_data = DIA_LIT("262011234567890") };
    need(begin_client(&p));
    dia_route by_number = { .applications = gy,
                            .n_applications = 1,
                            .commands = ccr,
                            .n_commands = 1,
                            .imsi = { .begin = LIST("26201") },
                            .origin_hosts = LIST("client.example.net"),
                            HOPS({ "s1.example.net" }) };
    dia_route rest = { HOPS({ "s0.example.net" }) },
              local = { .realms = LIST("example.net"), .action = DIA_ROUTE_LOCAL };
    need_int(dia_routes_add(p.routes, &by_number, NULL, NULL, 0), 0);
    need_int(dia_routes_add(p.routes, &rest, NULL, NULL, 0), 0);
    need_int(dia_routes_add(p.routes, &local, NULL, NULL, 0), 0);
    need_int(net_ask(p.client, 1, 0, &asked), 0);
    net_pump(&p.net);
    need(p.served[0] == 1 && asked.n == 1);
    dia_ro_ccr request = net_ccr(2);
    request.subscription_id = (dia_cc_subscription_id_list){ &id, 1 };
    need_int(dia_send_ro_ccr(p.client, &request, 0, net_on_cca, &asked), 0);
    net_pump(&p.net);
    need(p.served[1] == 1 && asked.n == 2);
    /* Nothing leads on. */
    need_int(dia_routes_remove(p.routes, 2), 0);
    need_int(net_ask(p.client, 3, 0, &asked), DIA_ENOROUTE);
    request.destination_host = dia_cstr("s0.example.net");
    need_int(dia_send_ro_ccr(p.client, &request, 0, net_on_cca, &asked), 0);
    net_pump(&p.net);
    need(p.served[0] == 2 && asked.n == 3);
done:
    net_end(&p.net);
}

/* A Session-Id that the node makes counts from the first request on. */
static void sessions_of_our_own_are_sticky_from_the_start(void)
{
    struct place p;
    struct asked asked = { 0 };
    need(begin_client(&p));
    dia_route sticky = { .choice = DIA_CHOICE_STICKY, HOPS({ "s0.example.net" }, { "s1.example.net" }) };
    need_int(dia_routes_add(p.routes, &sticky, NULL, NULL, 0), 0);
    for (uint32_t i = 0; i < 16; i++) {
        char session[200];
        const dia_bytes none = { NULL, 0 };
        need_int(net_ask(p.client, i, 0, &asked), 0);
        net_pump(&p.net);
        const int first = p.served[0] ? 0 : 1;
        need(dia_node_session_id(p.client, none, session, sizeof session) > 0);
        /* It counts on: the one before is one less. */
        char *last = strrchr(session, ';');
        need(last);
        const unsigned low = (unsigned)strtoul(last + 1, NULL, 10) - 1;
        sprintf(last + 1, "%u", low);
        dia_ro_ccr second = net_ccr(i);
        second.session_id = dia_cstr(session);
        p.served[0] = p.served[1] = 0;
        need_int(dia_send_ro_ccr(p.client, &second, 0, net_on_cca, &asked), 0);
        net_pump(&p.net);
        need_int(p.served[first], 1);
        p.served[0] = p.served[1] = 0;
    }
done:
    net_end(&p.net);
}

/* ---- Crowds ---- */

enum { MANY = 300 };

static void open_peers_are_found_by_their_realm(void)
{
    static dia_peer peers[MANY];
    static const char *const realms[] = { "a.example", "B.example", "c.example" };
    struct net net;
    net_begin(&net);
    memset(peers, 0, sizeof peers);
    dia_node *node = net_add(&net, "n.example.net", NULL);
    need(node);
    size_t joined = 0;
    for (; joined < MANY; joined++) {
        peers[joined].realm = dia_cstr(realms[joined % 3]);
        peers[joined].relay = joined % 10 == 0;
        if (dia_crowds_join(node, &peers[joined])) {
            need(harness_injected());
            need(!peers[joined].crowds[DIA_CROWD_ALL].crowd && !peers[joined].crowds[DIA_CROWD_REALM].crowd);
            break;
        }
    }
    for (size_t i = 0; i < joined; i += 2)
        dia_crowds_leave(node, &peers[i]);
    size_t relays = 0;
    for (size_t k = 0; k < 3; k++) {
        const dia_crowd *crowd = dia_crowd_of_realm(node, dia_cstr(k == 1 ? "b.EXAMPLE" : realms[k]));
        size_t want = 0;
        for (size_t i = 1; i < joined; i += 2)
            want += i % 3 == k;
        check_int(crowd ? crowd->n : 0, want);
        for (size_t i = 0; crowd && i < crowd->n; i++)
            check((size_t)(crowd->v[i] - peers) % 2 == 1 && (size_t)(crowd->v[i] - peers) % 3 == k);
    }
    for (size_t i = 1; i < joined; i += 2)
        relays += peers[i].relay;
    check_int(node->crowds.relays.n, relays);
    check_int(node->crowds.all.n, joined / 2);
    for (size_t i = 1; i < joined; i += 2)
        dia_crowds_leave(node, &peers[i]);
    check(!dia_crowd_of_realm(node, dia_cstr("a.example")));
    check_int(node->crowds.all.n + node->crowds.relays.n, 0);
done:
    net_end(&net);
}

enum { CROWD = 150 };

/* A peer without a wire: only where requests go is looked at. */
static dia_conn *open_peer(dia_node *node, const char *host, const char *realm)
{
    static const uint8_t ip[4] = { 192, 0, 2, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    static const uint32_t apps[] = { GY };
    const dia_cer cer = { .origin_host = dia_cstr(host),
                          .origin_realm = dia_cstr(realm),
                          .host_ip_address = { &address, 1 },
                          .product_name = DIA_LIT("test"),
                          .auth_application_id = DIA_LIST(apps) };
    const dia_conn_info info = { .kind = DIA_CONN_STREAM,
                                 .local = { { DIA_FAMILY_IPV4, { ip, 4 } }, 3868 },
                                 .remote = { { DIA_FAMILY_IPV4, { ip, 4 } }, 3868 } };
    uint8_t buf[512];
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    dia_conn *conn = dia_node_accept(node, &info, dia_node_now(node));
    if (!conn || n < 0)
        return NULL;
    dia_conn_input(conn, (dia_bytes){ buf, (size_t)n }, dia_node_now(node));
    return conn->peer && dia_peer_is_open(conn->peer) ? conn : NULL;
}

/* More peers than are looked at for one request. */
static void a_realm_of_many_peers_is_shared_out(void)
{
    static const struct {
        dia_choice choice;
        bool table;
        size_t least; /* peers that get one of ten requests a peer */
    } rows[] = { { DIA_CHOICE_TURNS, false, CROWD - 5 },  { DIA_CHOICE_TURNS, true, CROWD - 5 },
                 { DIA_CHOICE_WEIGHTS, true, CROWD - 5 }, { DIA_CHOICE_STICKY, true, CROWD - 5 },
                 { DIA_CHOICE_LEAST, true, CROWD / 2 },   { DIA_CHOICE_LOAD, true, CROWD - 5 } };
    struct net net;
    net_begin(&net);
    dia_node *node =
        net_add(&net, "n.example.net", &(dia_node_config){ .allow = anybody, .alloc = dia_allocator_default() });
    need(node);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    dia_conn *other = open_peer(node, "x.example.net", "example.net"), *conns[CROWD];
    need(other);
    for (unsigned i = 0; i < CROWD; i++) {
        char host[40];
        snprintf(host, sizeof host, "p%u.big.example", i);
        need(conns[i] = open_peer(node, host, "big.example"));
    }
    conns[7]->peer->draining = true; /* takes nothing now */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_routes *routes = NULL;
        unsigned counts[CROWD] = { 0 };
        size_t reached = 0;
        harness_row(dia_choice_name(rows[i].choice));
        if (rows[i].table) {
            need_int(dia_routes_new(NULL, NULL, &routes), 0);
            need_int(dia_routes_add(routes, &(dia_route){ .choice = rows[i].choice }, NULL, NULL, 0), 0);
        }
        dia_node_set_routes(node, routes);
        for (unsigned k = 0; k < 10 * CROWD; k++) {
            char session[40];
            dia_decision way, again;
            snprintf(session, sizeof session, "s;%u;1", k);
            const dia_errand errand = { .application = GY,
                                        .realm = dia_cstr("BIG.example"),
                                        .session = dia_cstr(session) };
            need_int(dia_decision_by_route(node, &errand, &way), 0);
            if (rows[i].choice == DIA_CHOICE_STICKY) {
                need_int(dia_decision_by_route(node, &errand, &again), 0);
                need(again.to == way.to);
            }
            unsigned who = 0;
            while (who < CROWD && conns[who] != way.to)
                who++;
            need(who < CROWD && who != 7);
            counts[who]++;
        }
        for (unsigned k = 0; k < CROWD; k++)
            reached += counts[k] > 0;
        need(reached >= rows[i].least);
    }
    const dia_errand nowhere = { .application = GX, .realm = dia_cstr("big.example") };
    dia_decision way;
    need_int(dia_decision_by_route(node, &nowhere, &way), DIA_ENOROUTE);
done:
    harness_row(NULL);
    net_end(&net);
}

/* Of a mebibyte of Route-Records, and of a realm of thousands of peers, each would else be held against each. */
static void route_records_are_read_once_not_for_each_peer(void)
{
    static const dia_choice choices[] = { DIA_CHOICE_TURNS, DIA_CHOICE_STICKY, DIA_CHOICE_LEAST };
    enum { RECORD = 28, ALONE = 77 };
    struct net net;
    uint8_t *octets = malloc(CROWD * RECORD);
    dia_builder b;
    net_begin(&net);
    dia_node *node =
        net_add(&net, "n.example.net", &(dia_node_config){ .allow = anybody, .alloc = dia_allocator_default() });
    need(octets && node);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    dia_build_begin_avps(&b, octets, CROWD * RECORD);
    for (unsigned i = 0; i < CROWD; i++) {
        char host[40];
        snprintf(host, sizeof host, "p%u.big.example", i);
        need(open_peer(node, host, "big.example"));
        if (i != ALONE)
            dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(host));
    }
    const int64_t n = dia_build_end(&b);
    need(n > 0);
    const dia_bytes records = { octets, (size_t)n };
    dia_errand errand = { .application = GY, .realm = DIA_STR("big.example"), .visited = records };
    errand.visits = dia_note_visits(node, dia_avps_in(records));
    need(errand.visits);
    memset(octets, 0, (size_t)n); /* nobody looks there any more */
    for (size_t i = 0; i <= sizeof choices / sizeof *choices; i++) {
        dia_routes *routes = NULL;
        dia_decision way;
        if (i) {
            need_int(dia_routes_new(NULL, NULL, &routes), 0);
            need_int(dia_routes_add(routes, &(dia_route){ .choice = choices[i - 1] }, NULL, NULL, 0), 0);
            dia_node_set_routes(node, routes);
        }
        need_int(dia_decision_by_route(node, &errand, &way), 0);
        need_bytes(way.to->peer->host, dia_cstr("p77.big.example"));
    }
    /* The next request has been nowhere, or to nobody who is here. */
    uint8_t buf[40];
    dia_decision way;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, DIA_STR("far.big.example"));
    const int64_t other = dia_build_end(&b);
    errand.visits = dia_note_visits(node, dia_avps_in((dia_bytes){ buf, (size_t)other }));
    need_int(errand.visits, 0);
    errand.host = DIA_STR("p1.big.example");
    need_int(dia_decision_by_route(node, &errand, &way), 0);
    need_bytes(way.to->peer->host, dia_cstr("p1.big.example"));
done:
    free(octets);
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "realm_and_application_lead_to_a_route", realm_and_application_lead_to_a_route },
        { "a_realm_longer_than_names_is_served_by_nobody", a_realm_longer_than_names_is_served_by_nobody },
        { "each_step_of_processing_comes_in_its_order", each_step_of_processing_comes_in_its_order },
        { "hops_that_cannot_take_it_are_passed_over", hops_that_cannot_take_it_are_passed_over },
        { "routes_without_hops_go_to_the_realm_or_a_relay", routes_without_hops_go_to_the_realm_or_a_relay },
        { "a_route_chooses_among_its_hops", a_route_chooses_among_its_hops },
        { "criteria_of_the_message_and_of_where_it_comes_from_count",
          criteria_of_the_message_and_of_where_it_comes_from_count },
        { "redirecting_routes_answer_with_their_hops", redirecting_routes_answer_with_their_hops },
        { "local_routes_lead_to_our_handlers", local_routes_lead_to_our_handlers },
        { "routes_come_and_go_while_requests_pass", routes_come_and_go_while_requests_pass },
        { "a_hop_that_is_lost_hands_its_requests_to_the_next", a_hop_that_is_lost_hands_its_requests_to_the_next },
        { "what_was_sent_once_is_not_answered_by_a_route", what_was_sent_once_is_not_answered_by_a_route },
        { "a_hop_that_is_no_configured_peer_is_named", a_hop_that_is_no_configured_peer_is_named },
        { "our_own_requests_go_by_the_table_too", our_own_requests_go_by_the_table_too },
        { "sessions_of_our_own_are_sticky_from_the_start", sessions_of_our_own_are_sticky_from_the_start },
        { "open_peers_are_found_by_their_realm", open_peers_are_found_by_their_realm },
        { "a_realm_of_many_peers_is_shared_out", a_realm_of_many_peers_is_shared_out },
        { "route_records_are_read_once_not_for_each_peer", route_records_are_read_once_not_for_each_peer },
    };
    return HARNESS_RUN("node/routes", tests);
}

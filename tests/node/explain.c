/* What would become of a request is what becomes of it: a node is asked, then the request comes. */
#include "net.h"

#include "diatom/app/all.h"
#include "diatom/proxy.h"

#include <stdio.h>
#include <stdlib.h>

enum { GY = 4, GX = 16777238, CCR = 272 };

static const char host[] = "dra.example.net", server[] = "s.one.example", client[] = "c.client.example";
static const char *const anybody[] = { "*", NULL };

struct scene {
    struct net net;
    dia_node *node, *idle; /* the same, and nobody ever connects to the latter */
    struct net_wire *client, *server;
    uint8_t buf[800];
    size_t n;
};

#define HOPS(...)                                                                                                      \
    .hops = (const dia_hop[]){ __VA_ARGS__ }, .n_hops = sizeof((const dia_hop[]){ __VA_ARGS__ }) / sizeof(dia_hop)
#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool add_route(dia_node *node, dia_route route)
{
    return !dia_routes_add(dia_node_routes(node), &route, NULL, NULL, 0);
}

/* An agent for Gy alone: a route of its own, a default route to a server that may send for its realm, and no more. */
static dia_node *agent(struct net *net, bool routes)
{
    const dia_node_config config = { .allow = anybody, .watchdog_ms = 3600000, .origin_realm = "example.net" };
    const dia_peer_config peer = { .host = server, .path = { .origin_realms = LIST("one.example") } };
    dia_routes *table = NULL;
    dia_node *node = net_add(net, host, &config);
    if (!node || dia_node_advertise(node, GY, 0, DIA_APP_AUTH) || dia_node_add_peer(node, &peer, NULL))
        return NULL;
    if (!routes)
        return node;
    if (dia_routes_new(&dia_dicts_all, harness_allocator(), &table))
        return NULL;
    dia_node_set_routes(node, table);
    return add_route(node, (dia_route){ .realms = LIST("local.example"), .action = DIA_ROUTE_LOCAL }) &&
                   add_route(node, (dia_route){ .realms = LIST("old.example"),
                                                .action = DIA_ROUTE_REDIRECT,
                                                HOPS({ "new.example" }) }) &&
                   add_route(node, (dia_route){ HOPS({ server }) })
               ? node
               : NULL;
}

static bool begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    return (s->node = agent(&s->net, true)) && (s->idle = agent(&s->net, true)) &&
           (s->client = net_hold_as(&s->net, s->node, client, "client.example", DIA_APP_RELAY)) &&
           (s->server = net_hold_as(&s->net, s->node, server, "one.example", GY));
}

/* What a request says; 0 and NULL: as in most. */
struct wish {
    const char *realm, *host, *record, *origin_realm;
    uint32_t app, command;
    uint8_t more, less; /* flags */
    bool from_server;
};

static dia_bytes request(struct scene *s, const struct wish *w)
{
    const uint8_t usual = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE;
    dia_builder b;
    dia_build_begin(&b, s->buf, sizeof s->buf,
                    &(dia_header){ .version = 1,
                                   .flags = (uint8_t)((usual | w->more) & ~w->less),
                                   .command = w->command ? w->command : CCR,
                                   .application = w->app == UINT32_MAX ? 0
                                                  : w->app             ? w->app
                                                                       : GY,
                                   .hop_by_hop = 7,
                                   .end_to_end = 8 });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("c;1;2"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(w->from_server ? server : client));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M,
                  dia_cstr(w->origin_realm  ? w->origin_realm
                           : w->from_server ? "one.example"
                                            : "client.example"));
    if (w->realm)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(w->realm));
    if (w->host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(w->host));
    if (w->record)
        dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(w->record));
    const int64_t n = dia_build_end(&b);
    if (n < 0)
        abort();
    s->n = (size_t)n;
    return (dia_bytes){ s->buf, s->n };
}

static dia_question question_of(struct scene *s, const struct wish *w)
{
    return (dia_question){ .message = request(s, w), .from = dia_cstr(w->from_server ? server : client) };
}

static void what_is_said_is_what_is_done(
    void) /* B6.1-07, B6.1.3-01, B6.1.4-01, B6.1.4-03, B6.1.6-03, B6.1.6-04, B6.1.7-01, B2.9-05 */
{
    static const struct {
        const char *name;
        struct wish wish;
        uint32_t result_code; /* 0: it goes to the server */
        const char *why;
    } rows[] = {
        { "the default route", { .realm = "one.example" }, 0, "a route leads to that peer" },
        { "for nobody in particular", { 0 }, 3001, "this command is not supported" },
        { "of our realm", { .realm = "example.net" }, 0, "a route leads to that peer" },
        { "of our host", { .realm = "one.example", .host = host }, 3001, "this command is not supported" },
        { "a host without a realm", { .host = server }, 3002, "Destination-Realm is missing" },
        { "a host that is a peer",
          { .realm = "x", .host = server },
          0,
          "Destination-Host is that peer, which counts before all routes" },
        { "it was here",
          { .realm = "one.example", .record = "DRA.example.net" },
          3005,
          "the request has been here before" },
        { "the only hop had it",
          { .realm = "one.example", .record = server },
          3002,
          "no peer can take the request now" },
        { "from the only hop",
          { .realm = "one.example", .from_server = true },
          3002,
          "no peer can take the request now" },
        { "of an origin that is not that peer's",
          { .realm = "one.example", .from_server = true, .origin_realm = "evil.example" },
          5003,
          "the peer must not send requests of this Origin-Realm" },
        { "of an application that is not ours",
          { .realm = "one.example", .app = GX },
          3007,
          "this application is not supported" },
        { "of the base protocol",
          { .realm = "one.example", .app = UINT32_MAX },
          3001,
          "this command is not supported" },
        { "a route has it for us", { .realm = "local.example" }, 3001, "this command is not supported" },
        { "a route redirects", { .realm = "old.example" }, 3006, "a route redirects it" },
        { "P is not set",
          { .realm = "one.example", .less = DIA_FLAG_PROXIABLE },
          3001,
          "not for this node, and not to be passed on (P is not set)" },
        { "E is set", { .realm = "one.example", .more = DIA_FLAG_ERROR }, 3008, "a request has the E bit" },
    };
    struct scene s;
    need(begin(&s));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct wish *w = &rows[i].wish;
        dia_explanation said, supposed;
        harness_row(rows[i].name);
        dia_question question = question_of(&s, w);
        need_int(dia_node_explain(s.node, &question, &said), 0);
        question.open = true;
        need_int(dia_node_explain(s.idle, &question, &supposed), 0);
        net_write(&s.net, w->from_server ? s.server : s.client, question.message);
        const dia_bytes passed = net_read(&s.net, w->from_server ? s.client : s.server);
        const dia_bytes answer = net_read(&s.net, w->from_server ? s.server : s.client);
        need(!passed.p == !!rows[i].result_code);
        need_int(net_result(answer), rows[i].result_code);
        need_int(said.fate, passed.p                     ? DIA_FATE_RELAYED
                            : net_result(answer) == 3006 ? DIA_FATE_REDIRECTED
                                                         : DIA_FATE_REFUSED);
        need_int(said.result_code, rows[i].result_code);
        need_str(said.why, rows[i].why);
        if (said.fate == DIA_FATE_REFUSED)
            need_bytes(net_value(answer, DIA_AVP_ERROR_MESSAGE), dia_cstr(said.why));
        need(said.peer == (passed.p ? dia_node_find_peer(s.node, server) : NULL));
        need(supposed.peer == (passed.p ? dia_node_find_peer(s.idle, server) : NULL));
        need(supposed.fate == said.fate && supposed.result_code == said.result_code && supposed.leader == said.leader &&
             supposed.route == said.route && supposed.for_us == said.for_us);
        need_str(supposed.why, said.why);
        if (passed.p) {
            uint8_t buf[200];
            dia_builder b;
            net_begin_answer(&s.net, &b, buf, sizeof buf, 2001);
            net_write_built(&s.net, s.server, &b);
            net_read(&s.net, s.client);
        }
    }
done:
    harness_row(NULL);
    net_end(&s.net);
}

/* Peers, crowds, routes and their turns are behind it as they were before, also where memory ends. */
static void asking_changes_nothing(void)
{
    struct scene s;
    dia_explanation said = { .fate = DIA_FATES };
    need(begin(&s));
    dia_question question = question_of(&s, &(struct wish){ .realm = "one.example" });
    question.open = true;
    for (int i = 0; i < 3; i++) {
        const int err = dia_node_explain(s.idle, &question, &said);
        need_int(dia_node_reachable(s.idle, GY, NULL), 0);
        need(!dia_peer_is_open(dia_node_find_peer(s.idle, server)));
        need(!err || said.fate == DIA_FATES);
        need_int(err, 0);
        need_int(said.fate, DIA_FATE_RELAYED);
    }
    need_int(dia_routes_taken(dia_node_routes(s.idle), 3), 0);
    question.open = false;
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need_int(said.result_code, 3002);
    /* An open one that is down for the question takes requests as before. */
    question.down = LIST("S.one.example");
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need_int(said.result_code, 3002);
    need_int(dia_node_reachable(s.node, GY, "one.example"), 1);
    need_int(dia_node_counters(s.node).requests_out, 0);
    question = question_of(&s, &(struct wish){ .realm = "local.example" });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need_int(dia_routes_taken(dia_node_routes(s.node), 1), 0);
    need_int(said.route, 1);
    need(said.for_us && said.leader == DIA_LED_BY_ROUTE);
done:
    net_end(&s.net);
}

/* It is that of the turn which comes next; another time it may be another one, if another one could have it now. */
static void hops_in_turn_are_others(void)
{
    struct scene s;
    dia_explanation said;
    need(begin(&s));
    need(!dia_node_add_peer(s.idle, &(dia_peer_config){ .host = "t.one.example" }, NULL));
    need(add_route(s.idle, (dia_route){ .realms = LIST("two.example"), HOPS({ server }, { "t.one.example" }) }));
    need(add_route(s.idle, (dia_route){ .realms = LIST("first.example"),
                                        .choice = DIA_CHOICE_ORDER,
                                        HOPS({ server }, { "t.one.example" }) }));
    need(add_route(s.idle, (dia_route){ .realms = LIST("low.example"), HOPS({ server, 2 }, { "t.one.example", 1 }) }));
    dia_question question = question_of(&s, &(struct wish){ .realm = "two.example" });
    question.open = true;
    for (int i = 0; i < 2; i++) {
        need_int(dia_node_explain(s.idle, &question, &said), 0);
        need(said.others && said.peer == dia_node_find_peer(s.idle, server));
    }
    question.down = LIST("t.one.example");
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(!said.others && said.peer == dia_node_find_peer(s.idle, server));
    question.down = NULL;
    question.message = request(&s, &(struct wish){ .realm = "first.example" });
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(!said.others && said.peer == dia_node_find_peer(s.idle, server));
    question.message = request(&s, &(struct wish){ .realm = "low.example" });
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(!said.others && said.peer == dia_node_find_peer(s.idle, "t.one.example"));
done:
    net_end(&s.net);
}

/* Who is of a realm, and who is a relay, is known when they are open: as if they were, somebody is. */
static void peers_of_a_realm_are_supposed(void)
{
    struct scene s;
    dia_explanation said;
    dia_node *relay = NULL;
    need(begin(&s));
    need(relay = agent(&s.net, false));
    need_int(dia_node_advertise(relay, DIA_APP_RELAY, 0, DIA_APP_AUTH), 0);
    dia_question question = question_of(&s, &(struct wish){ .realm = "far.example" });
    need_int(dia_node_explain(relay, &question, &said), 0);
    need_int(said.result_code, 3003);
    question.open = true;
    need_int(dia_node_explain(relay, &question, &said), 0);
    need(said.fate == DIA_FATE_RELAYED && said.leader == DIA_LED_BY_REALM && !said.peer);
    need(add_route(s.idle, (dia_route){ .realms = LIST("far.example") }));
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(said.fate == DIA_FATE_RELAYED && said.leader == DIA_LED_BY_ROUTE && said.route == 4 && !said.peer);
    /* Those that are there are named. */
    question = question_of(&s, &(struct wish){ .realm = "one.example" });
    need(net_hold_as(&s.net, relay, server, "one.example", GY));
    need_int(dia_node_explain(relay, &question, &said), 0);
    need(said.leader == DIA_LED_BY_REALM && said.peer == dia_node_find_peer(relay, server));
done:
    net_end(&s.net);
}

/* What a listener says counts for those who come in there, and who are nobody that is configured otherwise. */
static void where_it_comes_in_counts(void)
{
    static const uint32_t gx[] = { GX };
    const dia_listener_config strict = { .path = { .origin_realms = LIST("client.example") } };
    const dia_listener_config other = { .identity = { .applications = gx, .n_applications = 1 } };
    dia_listener *listener, *elsewhere;
    struct scene s;
    dia_explanation said;
    need(begin(&s));
    need_int(dia_node_advertise(s.idle, GX, 0, DIA_APP_AUTH), 0);
    need_int(dia_node_add_listener(s.idle, &strict, &listener), 0);
    need_int(dia_node_add_listener(s.idle, &other, &elsewhere), 0);
    dia_question question = question_of(&s, &(struct wish){ .realm = "x", .origin_realm = "evil.example" });
    question.open = true;
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need_int(said.fate, DIA_FATE_RELAYED);
    question.listener = listener;
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need_int(said.result_code, 5003);
    question.listener = elsewhere;
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need_int(said.result_code, 3007);
done:
    net_end(&s.net);
}

static void look(dia_transit *transit, void *arg)
{
    (void)transit;
    ++*(unsigned *)arg;
}

static void hooks_are_told_and_not_called(void)
{
    struct scene s;
    dia_explanation said;
    unsigned called = 0;
    need(begin(&s));
    need_int(dia_node_advertise(s.node, DIA_APP_RELAY, 0, DIA_APP_AUTH), 0);
    need_int(dia_node_proxy(s.node, &(dia_proxy){ .relayed = true, .on_request = look, .arg = &called }), 0);
    dia_question question = question_of(&s, &(struct wish){ .realm = "x" });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need_int(said.fate, DIA_FATE_PROXIED);
    need(said.hooked && said.changes && said.peer == dia_node_find_peer(s.node, server));
    need(add_route(s.node, (dia_route){ .realms = LIST("r.example"), .action = DIA_ROUTE_RELAY, HOPS({ server }) }));
    question.message = request(&s, &(struct wish){ .realm = "r.example" });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need_int(said.fate, DIA_FATE_RELAYED);
    need(said.hooked && !said.changes && said.peer == dia_node_find_peer(s.node, server));
    question.message = request(&s, &(struct wish){ .realm = "x", .host = host });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need(said.result_code == 3001 && said.hooked && said.for_us);
    question.message = request(&s, &(struct wish){ .realm = "old.example" });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need(said.fate == DIA_FATE_REDIRECTED && !said.hooked);
    /* Nor where the hooks are those of what is relayed, and no route is LOCAL. */
    need_int(dia_routes_remove(dia_node_routes(s.node), 1), 0);
    question.message = request(&s, &(struct wish){ .realm = "old.example", .app = GX });
    need_int(dia_node_explain(s.node, &question, &said), 0);
    need(said.fate == DIA_FATE_REDIRECTED && !said.hooked);
    net_write(&s.net, s.client, question.message);
    need_int(net_result(net_read(&s.net, s.client)), 3006);
    need_int(called, 0);
done:
    net_end(&s.net);
}

static void handlers_serve_what_is_ours(void)
{
    struct scene s;
    dia_explanation said;
    unsigned served = 0;
    need(begin(&s));
    need_int(dia_serve_ro_ccr(s.idle, net_serve, &served), 0);
    dia_question question = question_of(&s, &(struct wish){ .realm = "example.net" });
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(said.fate == DIA_FATE_SERVED && said.for_us && !said.result_code && !served);
    question.message = request(&s, &(struct wish){ .realm = "local.example" });
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need(said.fate == DIA_FATE_SERVED && said.for_us && said.route == 1);
    question.message = request(&s, &(struct wish){ .app = UINT32_MAX, .command = 280 });
    need_int(dia_node_explain(s.idle, &question, &said), 0);
    need_str(said.why, "the connection itself serves it");
    need_str(dia_fate_name(said.fate), "served");
    need_str(dia_fate_name(DIA_FATES), "unknown");
done:
    net_end(&s.net);
}

static void a_realm_that_would_be_looked_for_is_told(void)
{
    struct scene s;
    dia_explanation said;
    const dia_node_config config = { .allow = anybody, .discover = LIST("*.example") };
    need(begin(&s));
    dia_node *seeker = net_add(&s.net, host, &config);
    need(seeker && !dia_node_advertise(seeker, DIA_APP_RELAY, 0, DIA_APP_AUTH));
    dia_question question = question_of(&s, &(struct wish){ .realm = "far.example" });
    need_int(dia_node_explain(seeker, &question, &said), 0);
    need(said.result_code == 3003 && said.sought);
    question.message = request(&s, &(struct wish){ .realm = "example.org" });
    need_int(dia_node_explain(seeker, &question, &said), 0);
    need(said.result_code == 3003 && !said.sought);
done:
    net_end(&s.net);
}

static void what_is_no_request_is_refused(void)
{
    struct scene s;
    dia_explanation said;
    need(begin(&s));
    dia_question question = question_of(&s, &(struct wish){ .realm = "x", .less = DIA_FLAG_REQUEST });
    need_int(dia_node_explain(s.idle, &question, &said), DIA_EFORMAT);
    question = question_of(&s, &(struct wish){ .realm = "x" });
    question.message.n -= 4;
    need_int(dia_node_explain(s.idle, &question, &said), DIA_EFORMAT);
    question.message.n = 10;
    need_int(dia_node_explain(s.idle, &question, &said), DIA_EFORMAT);
    /* Rules of AVPs are judged as ever. */
    question = question_of(&s, &(struct wish){ .realm = "x" });
    dia_store24(s.buf + 20 + 5, 4000);
    need_int(dia_node_explain(s.node, &question, &said), 0);
    net_write(&s.net, s.client, question.message);
    need_int(net_result(net_read(&s.net, s.client)), said.result_code);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_is_said_is_what_is_done", what_is_said_is_what_is_done },
        { "asking_changes_nothing", asking_changes_nothing },
        { "hops_in_turn_are_others", hops_in_turn_are_others },
        { "peers_of_a_realm_are_supposed", peers_of_a_realm_are_supposed },
        { "where_it_comes_in_counts", where_it_comes_in_counts },
        { "hooks_are_told_and_not_called", hooks_are_told_and_not_called },
        { "handlers_serve_what_is_ours", handlers_serve_what_is_ours },
        { "a_realm_that_would_be_looked_for_is_told", a_realm_that_would_be_looked_for_is_told },
        { "what_is_no_request_is_refused", what_is_no_request_is_refused },
    };
    return HARNESS_RUN("node/explain", tests);
}

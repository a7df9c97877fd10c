/* Proxies: which requests meet hooks, where they go from there, how long they may wait. What hooks do with them is in
 * transit.c. */
#include "hooks.h"

/* ---- Who proxies what ---- */

static void proxy_advertises_what_it_proxies_alone(void) /* B2-04, B2.8.2-01 */
{
    struct hooks s;
    uint32_t apps[8];
    need(hooks_begin(&s, NULL));
    need_int(dia_peer_common(dia_node_find_peer(s.proxy, "client.example.org"), apps, 8), 1);
    need_int(apps[0], RO);
    net_write(&s.net, s.client, hooks_request(&s, 16777251, 316, DIA_FLAG_PROXIABLE, "example.com", NULL));
    need_int(net_result(net_read(&s.net, s.client)), 3007);
    need(!net_read(&s.net, s.server).p);
    need_int(s.asked, 0);
done:
    net_end(&s.net);
}

static void wrong_proxies_are_refused(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    need_int(dia_node_proxy(s.proxy, &(dia_proxy){ .application = DIA_APP_RELAY }), DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.proxy), "relay application"));
    need_int(dia_node_proxy(s.proxy, &(dia_proxy){ .application = 3 }), DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.proxy), "advertised"));
    need_int(dia_node_unproxy(s.proxy, RO, CCR), DIA_ENOENT);
done:
    net_end(&s.net);
}

static void counting_hook(dia_transit *t, void *arg)
{
    (void)t;
    ++*(unsigned *)arg;
}

static void nearest_proxy_counts(void)
{
    struct hooks s;
    unsigned any = 0, of_command = 0;
    need(hooks_begin(&s, NULL));
    need(!dia_node_proxy(s.proxy, &(dia_proxy){ .on_request = counting_hook, .arg = &any }));
    need(!dia_node_proxy(
        s.proxy, &(dia_proxy){ .application = RO, .command = CCR, .on_request = counting_hook, .arg = &of_command }));
    hooks_send(&s);
    need_int(of_command, 1);
    need(!dia_node_unproxy(s.proxy, RO, CCR));
    need_int(dia_node_unproxy(s.proxy, RO, CCR), DIA_ENOENT);
    hooks_send(&s);
    need_int(s.asked, 1);
    need(!dia_node_unproxy(s.proxy, RO, 0));
    hooks_send(&s);
    need_int(any, 1);
    need(!dia_node_unproxy(s.proxy, 0, 0));
    hooks_send(&s); /* nobody proxies any more, and it is no relay */
    need_int(net_result(net_read(&s.net, s.client)), 3001);
    need_int(of_command, 1);
    need_int(s.asked, 1);
    need_int(any, 1);
    need_int(dia_node_counters(s.proxy).proxied, 3);
    /* The answers of the three that passed: their hooks are gone, the answers are not. */
    for (int i = 0; i < 3; i++) {
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer(&s, s.server, came, 2001);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
    }
    need_int(s.told, 0);
done:
    net_end(&s.net);
}

/* A relay that also proxies: only its applications meet the hooks. */
static void relay_may_be_a_proxy_too(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    need(!dia_node_advertise(s.proxy, DIA_APP_RELAY, 0, DIA_APP_AUTH));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", 16777251);
    need(other);
    net_write(&s.net, s.client, hooks_request(&s, 16777251, 316, DIA_FLAG_PROXIABLE, "example.edu", NULL));
    need(net_read(&s.net, other).p);
    need_int(s.asked, 0);
    hooks_send(&s);
    need(net_read(&s.net, s.server).p);
    need_int(s.asked, 1);
done:
    net_end(&s.net);
}

static void what_is_for_us_is_served_or_passes(void) /* B6.1.4-01, B6.1.4-02 */
{
    static const struct {
        const char *name, *realm, *host;
        bool serves;
        unsigned asked, served;
        uint32_t want; /* 0: it passes */
    } rows[] = {
        { "another realm", "example.com", NULL, true, 1, 0, 0 },
        { "our realm, served", "example.net", NULL, true, 0, 1, 2001 },
        { "our realm, not served", "example.net", NULL, false, 1, 0, 3002 },
        { "our realm, a host there", "example.net", "server.example.com", true, 1, 0, 0 },
        { "ourselves, served", "example.net", "proxy.example.net", true, 0, 1, 2001 },
        { "ourselves, not served", "example.net", "PROXY.example.net", false, 1, 0, 3001 },
        { "nobody", NULL, NULL, false, 0, 0, 3001 },
        { "no realm", NULL, "server.example.com", false, 1, 0, 3002 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        unsigned served = 0;
        harness_row(rows[i].name);
        need(hooks_begin(&s, NULL));
        need(!rows[i].serves || !dia_serve_ro_ccr(s.proxy, net_serve, &served));
        hooks_send_to(&s, rows[i].realm, rows[i].host);
        need_int(s.asked, rows[i].asked);
        need_int(served, rows[i].served);
        need_int(net_read(&s.net, s.server).p != NULL, !rows[i].want);
        need_int(net_result(net_read(&s.net, s.client)), rows[i].want);
        need_int(s.told, rows[i].asked && rows[i].want); /* with our own answer */
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void some_requests_do_not_pass(void) /* B6.1.9-04 */
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    net_write(&s.net, s.client, hooks_request(&s, RO, CCR, 0, "example.com", NULL));
    need_int(net_result(net_read(&s.net, s.client)), 3001);
    const dia_bytes octets = hooks_request(&s, RO, CCR, DIA_FLAG_PROXIABLE, "example.com", NULL);
    dia_store24(s.buf + 20 + 5, 4000);
    net_write(&s.net, s.client, octets);
    need_int(net_result(net_read(&s.net, s.client)), 5014);
    need_int(s.asked, 0);
    need(!net_read(&s.net, s.server).p);
done:
    net_end(&s.net);
}

/* ---- Turning aside ---- */

static void turn_to_edu(dia_transit *t, void *arg)
{
    (void)arg;
    dia_transit_set_text(t, "Destination-Realm", "example.edu");
}

static void route_follows_what_hooks_write(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", RO);
    need(other);
    s.ask = turn_to_edu;
    hooks_send(&s);
    need(net_read(&s.net, other).p);
    net_cut(&s.net, other);
    hooks_send(&s);
    need_int(net_result(net_read(&s.net, s.client)), 3002); /* of the request that was lost */
    need_int(net_result(net_read(&s.net, s.client)), 3003);
    need(!net_read(&s.net, s.server).p);
    need_int(s.told, 2);
    need(!s.has_to);
done:
    net_end(&s.net);
}

static void choose(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    if (dia_transit_is_answer(t))
        s->err = dia_transit_choose(t, s->peer) != DIA_ESTATE || dia_transit_route(t) != DIA_ESTATE;
    else
        s->err = dia_transit_choose(t, s->peer);
}

static void hooks_choose_the_peer(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", RO);
    struct net_wire *deaf = net_hold_as(&s.net, s.proxy, "deaf.example.com", "example.com", 16777251);
    need(other && !deaf); /* no common application */
    s.ask = s.tell = choose;
    s.peer = dia_node_find_peer(s.proxy, "other.example.edu");
    hooks_send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, other);
    need(came.p);
    need(!net_read(&s.net, s.server).p);
    hooks_answer(&s, other, came, 2001);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
    s.tell = NULL;
    s.peer = dia_node_find_peer(s.proxy, "client.example.org"); /* where it came from */
    hooks_send(&s);
    need_int(s.err, DIA_ENOROUTE);
    need(net_read(&s.net, s.server).p); /* the route decides */
    net_cut(&s.net, other);
    need(!dia_node_add_peer(s.proxy, &(dia_peer_config){ .host = "absent.example.edu" }, NULL));
    s.peer = dia_node_find_peer(s.proxy, "absent.example.edu");
    hooks_send(&s);
    need_int(s.err, DIA_ENOROUTE);
    s.peer = NULL;
    hooks_send(&s);
    need_int(s.err, 0);
done:
    net_end(&s.net);
}

static void look_ahead(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err = dia_transit_route(t);
    s->peer = dia_transit_to(t);
    s->err = s->err || dia_transit_set_record(t, DIA_STR("no name!")) != DIA_EINVAL ||
             dia_transit_set_record(t, DIA_STR("hidden.example.org"));
}

static void hooks_look_ahead_and_hide(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = look_ahead;
    hooks_send(&s);
    need_int(s.err, 0);
    need(s.peer && s.peer == dia_node_find_peer(s.proxy, "server.example.com"));
    const dia_bytes came = net_read(&s.net, s.server);
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("hidden.example.org"));
    need_int(net_count(came, DIA_AVP_ROUTE_RECORD), 1);
done:
    net_end(&s.net);
}

/* ---- Tables of routes ---- */

/* What a route relays hooks may see, when they say so, and refuse; they change nothing of it. */
static void route_may_leave_hooks_out(void)
{
    static const char *const com[] = { "example.com", NULL };
    for (size_t i = 0; i < 4; i++) {
        const bool relays = i / 2, looks = i % 2;
        struct hooks s;
        uint32_t id;
        dia_routes *routes = NULL;
        need(hooks_begin(&s, NULL));
        need(!dia_routes_new(NULL, harness_allocator(), &routes));
        dia_route route = { .realms =
                                com }; /* what says nothing goes by the hooks, so that none is left out unawares */
        if (relays)
            route.action = DIA_ROUTE_RELAY;
        need(!dia_routes_add(routes, &route, &id, NULL, 0));
        dia_node_set_routes(s.proxy, routes);
        routes = NULL;
        need(!looks || !hooks_use(&s, true));
        s.ask = turn_to_edu;
        hooks_send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need_int(s.asked, !relays || looks);
        need_int(came.p != NULL, relays && !looks); /* else it was turned aside, or refused */
        need_int(net_result(net_read(&s.net, s.client)), !relays ? 3003 : looks ? 5012 : 0);
        s.ask = NULL;
        hooks_send(&s);
        need(net_read(&s.net, s.server).p);
    done:
        dia_routes_free(routes);
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static dia_routes *other; /* a table to be asked from now on */
static uint32_t gone;

static void remove_the_route(dia_transit *t, void *arg)
{
    const struct hooks *s = arg;
    (void)t;
    check_int(dia_routes_remove((dia_routes *)(uintptr_t)dia_node_routes(s->proxy), gone), 0);
}

static void put_another_table(dia_transit *t, void *arg)
{
    const struct hooks *s = arg;
    (void)t;
    dia_node_set_routes(s->proxy, other);
    other = NULL;
}

static void look_only(dia_transit *t, void *arg)
{
    (void)arg;
    check(dia_transit_octets(t).p);
}

/* The table was asked before the hook, and is not asked again behind one that has changed nothing. */
static void table_may_change_in_a_hook(void)
{
    static const struct {
        const char *name;
        dia_transit_fn *hook;
        bool comes; /* to the server */
    } rows[] = {
        { "as it was", look_only, true },
        { "without the route", remove_the_route, false },
        { "another table", put_another_table, false },
    };
    static const char *const com[] = { "example.com", NULL };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        dia_routes *routes = NULL;
        other = NULL;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(hooks_begin(&s, NULL));
        s.ask = rows[i].hook;
        need(!dia_routes_new(NULL, harness_allocator(), &routes));
        dia_node_set_routes(s.proxy, routes);
        need(!dia_routes_add(routes, &(dia_route){ .realms = com, .action = DIA_ROUTE_PROXY }, &gone, NULL, 0));
        need(!dia_routes_new(NULL, harness_allocator(), &other));
        need(!dia_routes_add(other, &(dia_route){ .realms = com, .action = DIA_ROUTE_LOCAL }, NULL, NULL, 0));
        hooks_send(&s);
        net_pump(&s.net);
        need_int(s.asked, 1);
        need_int(net_read(&s.net, s.server).p != NULL, rows[i].comes);
        need(rows[i].comes || net_result(net_read(&s.net, s.client)) > 3000);
    done:
        dia_routes_free(other);
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- Later ---- */

static void keep(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err = dia_transit_keep(t);
    if (!s->err)
        s->kept = t;
    dia_transit_set_user(t, s);
}

static void request_may_wait(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = keep;
    hooks_send(&s);
    need_int(s.err, 0);
    need(s.kept && dia_transit_user(s.kept) == &s);
    need(!net_read(&s.net, s.server).p);
    net_pass(&s.net, 500);
    dia_transit_set_text(s.kept, "User-Name", "gold");
    need(!dia_transit_put_state(s.kept, DIA_STR("state")));
    need_bytes(dia_transit_request(s.kept), ((dia_bytes){ s.buf, s.n }));
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    const dia_bytes came = net_read(&s.net, s.server);
    need_bytes(net_value(came, DIA_AVP_USER_NAME), DIA_STR("gold"));
    s.tell = keep;
    s.kept = NULL;
    hooks_answer(&s, s.server, came, 2001);
    need(s.kept && dia_transit_is_answer(s.kept));
    need(!net_read(&s.net, s.client).p);
    need_bytes(dia_transit_state(s.kept), DIA_STR("state"));
    need_int(dia_transit_result(s.kept, NULL), 2001);
    need(dia_transit_request(s.kept).p);
    need_int(dia_transit_fail(s.kept, 4010, "no"), 0);
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 4010);
    need_int(s.net.header.hop_by_hop, HOP);
done:
    net_end(&s.net);
}

static void kept_request_may_be_answered(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = keep;
    hooks_send(&s);
    need(s.kept);
    need_int(dia_transit_reject(s.kept, 5003, NULL), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    s.ask = NULL;
    s.tell = keep;
    s.kept = NULL;
    hooks_send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    hooks_answer(&s, s.server, came, 2001);
    need(s.kept);
    need_int(dia_transit_reject(s.kept, 5003, NULL), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    need(!net_read(&s.net, s.client).p);
done:
    net_end(&s.net);
}

static void keep_and_reject(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err = dia_transit_keep(t) || dia_transit_keep(t) || dia_transit_pass(t) != DIA_ESTATE ||
             dia_transit_reject(t, 5003, NULL);
}

static void kept_and_answered_in_one_hook(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = keep_and_reject;
    hooks_send(&s);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
done:
    net_end(&s.net);
}

static void who_waits_may_go(void)
{
    static const char *const rows[] = { "request passes", "request is answered", "answer passes",
                                        "answer is answered" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        harness_row(rows[i]);
        need(hooks_begin(&s, NULL));
        *(i < 2 ? &s.ask : &s.tell) = keep;
        hooks_send(&s);
        if (i >= 2) {
            const dia_bytes came = net_read(&s.net, s.server);
            need(came.p);
            hooks_answer(&s, s.server, came, 2001);
        }
        need(s.kept);
        net_cut(&s.net, s.client);
        need(!dia_transit_from(s.kept));
        need_int(i % 2 ? dia_transit_reject(s.kept, 5003, NULL) : dia_transit_pass(s.kept), DIA_ENOENT);
        need(!net_read(&s.net, s.server).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* A request without a way turns round where it waited. */
static void request_and_its_answer_may_both_wait(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = s.tell = keep;
    hooks_send_to(&s, "nowhere.example", NULL);
    need(s.kept && !dia_transit_is_answer(s.kept));
    need_int(dia_transit_pass(s.kept), 0);
    need(dia_transit_is_answer(s.kept));
    need_int(s.err, 0);
    need(!net_read(&s.net, s.client).p);
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 3003);
    need_int(s.asked, 1);
    need_int(s.told, 1);
done:
    net_end(&s.net);
}

static void kept_ones_are_limited_and_end_with_the_node(void)
{
    struct hooks s;
    need(hooks_begin(&s, &(dia_node_config){ .limits = { .unanswered = 2 } }));
    s.ask = keep;
    hooks_send(&s);
    need_int(s.err, 0);
    hooks_send(&s);
    need_int(s.err, 0);
    hooks_send(&s);
    need_int(s.err, DIA_EBUSY);
    need(net_read(&s.net, s.server).p); /* the hook let it go on */
done:
    net_end(&s.net);
}

static void kept_requests_hold_up_an_orderly_end(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = keep;
    hooks_send(&s);
    need(s.kept);
    dia_node_stop(s.proxy, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 1000);
    need(!net_read(&s.net, s.client).p); /* no DPR yet */
    need_int(dia_transit_reject(s.kept, 3004, NULL), 0);
    net_pass(&s.net, 1);
    need_int(net_result(net_read(&s.net, s.client)), 3004);
    need(net_read(&s.net, s.client).p);
    need_int(s.net.header.command, 282);
done:
    net_end(&s.net);
}

/* ---- The end ---- */

/* Whatever happens, a request that went on comes back to its hook once. */
static void node_may_end_in_between(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    hooks_send(&s);
    need(net_read(&s.net, s.server).p);
    s.tell = keep;
    net_free(&s.net, s.proxy);
    need_int(s.told, 1);
    need(!s.has_octets && !s.has_to);
    need_int(s.err, DIA_ESTATE);
done:
    net_end(&s.net);
}

static void free_node(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    (void)t;
    net_free(&s->net, s->proxy);
}

static void node_may_end_in_a_hook(void)
{
    for (int i = 0; i < 2; i++) {
        struct hooks s;
        need(hooks_begin(&s, NULL));
        *(i ? &s.tell : &s.ask) = free_node;
        hooks_send(&s);
        if (i) {
            const dia_bytes came = net_read(&s.net, s.server);
            need(came.p);
            hooks_answer(&s, s.server, came, 2001);
        }
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "proxy_advertises_what_it_proxies_alone", proxy_advertises_what_it_proxies_alone },
        { "wrong_proxies_are_refused", wrong_proxies_are_refused },
        { "nearest_proxy_counts", nearest_proxy_counts },
        { "relay_may_be_a_proxy_too", relay_may_be_a_proxy_too },
        { "what_is_for_us_is_served_or_passes", what_is_for_us_is_served_or_passes },
        { "some_requests_do_not_pass", some_requests_do_not_pass },
        { "route_follows_what_hooks_write", route_follows_what_hooks_write },
        { "hooks_choose_the_peer", hooks_choose_the_peer },
        { "hooks_look_ahead_and_hide", hooks_look_ahead_and_hide },
        { "request_may_wait", request_may_wait },
        { "request_and_its_answer_may_both_wait", request_and_its_answer_may_both_wait },
        { "kept_request_may_be_answered", kept_request_may_be_answered },
        { "kept_and_answered_in_one_hook", kept_and_answered_in_one_hook },
        { "who_waits_may_go", who_waits_may_go },
        { "kept_ones_are_limited_and_end_with_the_node", kept_ones_are_limited_and_end_with_the_node },
        { "kept_requests_hold_up_an_orderly_end", kept_requests_hold_up_an_orderly_end },
        { "route_may_leave_hooks_out", route_may_leave_hooks_out },
        { "table_may_change_in_a_hook", table_may_change_in_a_hook },
        { "node_may_end_in_between", node_may_end_in_between },
        { "node_may_end_in_a_hook", node_may_end_in_a_hook },
    };
    return HARNESS_RUN("node/proxy", tests);
}

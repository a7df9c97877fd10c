/* Realms that requests want to go to: how a relay looks for them in the DNS, and who waits meanwhile, for how long. */
#include "dns.h"

#include "diatom/proxy.h"

#include <stdio.h>

static const char *const any[] = { "*", NULL }, *const far_alone[] = { "*.other.example", "far.example", NULL };

static const struct dns_says here[] = { { "aaas://a.far.example", 100 } }, nothing[] = { { "", 100 } };

/* The client of the DNS is a relay, a serves far.example, and b asks. What the DNS says is one row. */
static bool begin(struct dns *s, const struct dns_says *says, const char *const *discover)
{
    const dia_node_config relay = { .watchdog_ms = 3600000, .allow = any, .discover = discover, .reconnect_ms = 20000 };
    const dia_node_config far = { .origin_realm = "far.example", .allow = any, .watchdog_ms = 3600000 };
    return dns_begin(s, says, 1, "relay.example.net", &relay) &&
           !dia_node_advertise(s->client, DIA_APP_RELAY, 0, DIA_APP_AUTH) &&
           (s->a = net_add(&s->net, "a.far.example", &far)) && !dia_serve_ro_ccr(s->a, net_serve, &s->served) &&
           (s->b = net_add(&s->net, "asks.example.net", &(dia_node_config){ .watchdog_ms = 3600000 })) &&
           !dia_node_use(s->b, &dia_dict_ro) && net_join(&s->net, s->b, s->client);
}

/* The node asks for this realm. */
static int send_as(dia_node *node, const char *realm, struct asked *out)
{
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = dia_cstr(realm);
    return dia_send_ro_ccr(node, &ccr, 60000, net_on_cca, out);
}

static int send_far(struct dns *s, const char *realm)
{
    return send_as(s->b, realm, &s->out);
}

/* The same, and what can be done at once is done. */
static bool ask_as(struct dns *s, dia_node *node, const char *realm, struct asked *out)
{
    const int err = send_as(node, realm, out);
    net_pass(&s->net, 10);
    return !err;
}

static bool ask_far(struct dns *s, const char *realm)
{
    return ask_as(s, s->b, realm, &s->out);
}

static void request_waits_for_its_realm(void) /* B5.2-08 */
{
    struct dns s;
    need(begin(&s, here, far_alone));
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need_int(send_far(&s, "far.example"), 0);
    net_pass(&s.net, 100);
    need_int(s.asked, 1);
    need_str(s.realm, "far.example");
    need_int(s.application, 4);
    need_int(s.out.n, 0);
    need_int(s.client->seeking.n_parked, 3);
    s.silent = false;
    dns_answer(&s, s.ticket, here);
    net_pass(&s.net, 10);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 2001);
    need_int(s.served, 3);
    need_int(s.client->seeking.n_parked, 0);
    need_int(send_far(&s, "far.example"), 0); /* the next one goes at once */
    net_pump(&s.net);
    need_int(s.served, 4);
    net_pass(&s.net, 30000);
    need_int(send_far(&s, "far.example"), 0);
    net_pass(&s.net, 45000);
    need(dns_is_open_to(&s, "a.far.example")); /* not idle for long enough */
    net_pass(&s.net, 50000);
    need(!dia_node_find_peer(s.client, "a.far.example"));
    need_int(s.client->seeking.n_sought, 0);
    need_int(dia_node_reachable(s.client, 4, "far.example"), 0);
done:
    net_end(&s.net);
}

static void realms_that_nobody_allowed_are_not_looked_for(void)
{
    static const char *const names[] = { "far.example.org", "example", "other.example" };
    struct dns s;
    need(begin(&s, here, far_alone));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        need(ask_far(&s, names[i]));
        need_int(s.out.n, i + 1);
        need_int(s.out.result_code, 3003);
    }
    need_int(s.asked, 0);
    net_end(&s.net);
    need(begin(&s, here, NULL));
    need(ask_far(&s, "far.example"));
    need_int(s.out.result_code, 3003);
    need_int(s.asked, 0);
done:
    net_end(&s.net);
}

static void what_is_not_found_is_answered_and_remembered(void)
{
    static const struct dns_says clear[] = { { "aaa://a.far.example", 100 } },
                                 gone[] = { { "aaas://nobody.far.example", 100 } };
    static const struct {
        const struct dns_says *says;
        uint32_t result_code;
    } rows[] = { { nothing, 3003 }, { clear, 3003 }, { gone, 3002 } };
    struct dns s = { 0 };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need(begin(&s, rows[i].says, far_alone));
        need(ask_far(&s, "far.example"));
        need_int(s.out.n, 1);
        need_int(s.out.result_code, rows[i].result_code);
        need(ask_far(&s, "far.example"));
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
    char realm[40];
    struct dns s;
    need(begin(&s, here, any));
    need_int(
        dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 2, .redirect_waiting = 10, .relay_ms = 9000 }),
        0);
    s.silent = true;
    for (int i = 0; i < 4; i++) {
        snprintf(realm, sizeof realm, "r%d.example", i);
        need_int(send_far(&s, realm), 0);
    }
    for (int i = 0; i < 6; i++)
        need(ask_far(&s, "r0.example"));
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
    const dia_bytes records[] = { DIA_STR("asks.example.net") };
    struct dns s;
    need(begin(&s, nothing, any));
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
        need(ask_far(&s, i == 1 ? "r1.example" : i == 2 ? "r2.example" : "r3.example"));
        dns_answer(&s, s.ticket, nothing);
        net_pass(&s.net, 10);
        need_int(s.out.n, i);
        need_int(s.out.result_code, 3003);
    }
    need_int(s.client->visits, visits);
    need_int(s.client->seeking.n_parked, 1);
    dns_answer(&s, ticket, here);
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 2001);
    need(s.client->visits > visits);
done:
    net_end(&s.net);
}

static void realms_that_are_not_there_keep_nobody_out(void)
{
    struct dns s;
    need(begin(&s, nothing, any));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 2 }), 0);
    need_int(send_far(&s, "r0.example"), 0);
    need(ask_far(&s, "r1.example"));
    need_int(s.asked, 2);
    need_int(s.out.result_code, 3003);
    s.says = here;
    need(ask_far(&s, "far.example")); /* too soon: the DNS is spared */
    need_int(s.asked, 2);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 3004);
    net_pass(&s.net, 1000);
    need(ask_far(&s, "far.example"));
    need_int(s.asked, 3);
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 2001);
    need_int(s.client->seeking.n_sought, 2);
    need(ask_far(&s, "r1.example")); /* the oldest has made way */
    need_int(s.asked, 3);
    net_pass(&s.net, 1000);
    need_int(send_far(&s, "r2.example"), 0); /* who serves stays */
    need(ask_far(&s, "far.example"));
    need_int(s.out.n, 7);
    need_int(s.served, 2);
done:
    net_end(&s.net);
}

/* With one more who asks; but for far.example nobody answers. */
static bool begin_crowded(struct dns *s, uint32_t most)
{
    if (!begin(s, here, any))
        return false;
    s->silent = true;
    s->known = "far.example";
    s->c = net_add(&s->net, "other.example.net", &(dia_node_config){ .watchdog_ms = 3600000 });
    return !dia_node_set_limits(s->client, &(dia_limits){ .redirect_peers = most }) && s->c &&
           !dia_node_use(s->c, &dia_dict_ro) && net_join(&s->net, s->c, s->client);
}

static void nobody_fills_the_table_for_others(void)
{
    struct asked theirs = { 0 };
    char realm[40];
    struct dns s;
    need(begin_crowded(&s, 4));
    for (int i = 0; i < 6; i++) {
        snprintf(realm, sizeof realm, "r%d.example", i);
        need(ask_far(&s, realm));
    }
    need_int(s.client->seeking.n_sought, 4);
    need_int(s.out.n, 2);
    need_int(s.out.result_code, 3004);
    need(ask_as(&s, s.c, "far.example", &theirs));
    need_int(theirs.n, 1);
    need_int(theirs.result_code, 2001);
    need_int(s.out.n, 3); /* the oldest one of whoever has most */
    need_int(s.out.result_code, 3004);
    need(ask_far(&s, "r9.example")); /* and does not come back */
    need_int(s.out.n, 4);
    need_int(send_as(s.c, "s0.example", &theirs), 0);
    need(ask_as(&s, s.c, "s1.example", &theirs));
    need_int(s.client->seeking.n_sought, 4); /* two for the one, one for the other, and far.example */
    need_int(s.client->seeking.n_parked, 3);
    need_int(theirs.n, 2);
    need_int(theirs.result_code, 3004);
    need_int(s.out.n, 5);
    need_int(send_far(&s, "far.example"), 0);
    net_pump(&s.net);
    need_int(s.served, 2);
done:
    net_end(&s.net);
}

/* There is always room for one more who asks. */
static void nobody_waits_in_the_place_of_all_others(void)
{
    struct asked theirs = { 0 };
    struct dns s;
    need(begin_crowded(&s, 4));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_peers = 4, .redirect_waiting = 6 }), 0);
    for (int i = 0; i < 8; i++)
        need(ask_far(&s, "r0.example"));
    need_int(s.client->seeking.n_parked, 3);
    need_int(s.out.n, 5);
    need_int(s.out.result_code, 3004);
    need(ask_as(&s, s.c, "far.example", &theirs));
    need_int(send_as(s.c, "r1.example", &theirs), 0);
    need_int(send_as(s.c, "r1.example", &theirs), 0);
    need(ask_as(&s, s.c, "r1.example", &theirs));
    need_int(theirs.n, 2); /* the one is served, and the other would be the last */
    need_int(theirs.result_code, 3004);
    need_int(s.served, 1);
    need_int(s.client->seeking.n_parked, 5);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    net_pass(&s.net, 30000);
    need_int(theirs.n, 4);
    need_int(s.client->seeking.n_parked, 0);
    need(ask_as(&s, s.c, "r2.example", &theirs)); /* what is over does not count */
    need_int(s.client->seeking.n_parked, 1);
done:
    net_end(&s.net);
}

static void realms_that_lead_nowhere_for_long_make_way(void)
{
    struct dns s;
    need(begin_crowded(&s, 2));
    need_int(send_far(&s, "r0.example"), 0);
    net_pass(&s.net, 1000);
    need_int(send_far(&s, "r1.example"), 0);
    net_pass(&s.net, 3900);
    need(ask_far(&s, "far.example"));
    need_int(s.out.n, 1);
    need_int(s.out.result_code, 3004);
    net_pass(&s.net, 200);
    need(ask_far(&s, "far.example")); /* five seconds of silence */
    need_int(s.served, 1);
    need_int(s.out.n, 3);
    need_int(s.client->seeking.n_parked, 1);
    need(ask_far(&s, "r2.example"));
    need_int(s.out.n, 4);
    need_int(s.out.result_code, 3004);
done:
    net_end(&s.net);
}

/* Nobody has a share any more of what somebody asked for who is gone. */
static void realms_of_who_is_gone_make_way(void)
{
    struct asked theirs = { 0 };
    struct dns s;
    need(begin_crowded(&s, 1));
    need(ask_far(&s, "r0.example"));
    need(ask_as(&s, s.c, "far.example", &theirs));
    need_int(theirs.result_code, 3004);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_sought, 1);
    need(ask_as(&s, s.c, "far.example", &theirs));
    need_int(theirs.n, 2);
    need_int(theirs.result_code, 2001);
    need_int(s.client->seeking.n_parked, 0);
done:
    net_end(&s.net);
}

/* Who asked is gone, the node stops or ends: nothing is left. */
static void nothing_is_left_of_those_that_wait(void)
{
    struct dns s;
    need(begin(&s, here, far_alone));
    s.silent = true;
    need(ask_far(&s, "far.example"));
    need_int(s.client->seeking.n_parked, 1);
    net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
    dns_answer(&s, s.ticket, here);
    net_pass(&s.net, 10);
    need_int(s.client->seeking.n_parked, 0);
    need_int(s.served, 0);
    net_end(&s.net);
    need(begin(&s, here, far_alone));
    s.silent = true;
    need(ask_far(&s, "far.example"));
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 1000);
    net_pass(&s.net, 10);
    need_int(s.out.n, 1);
    need_int(s.out.result_code, 3002);
    net_end(&s.net);
    need(begin(&s, here, far_alone));
    s.silent = true;
    need(ask_far(&s, "far.example"));
    net_free(&s.net, s.client);
done:
    net_end(&s.net);
}

/* ---- Behind hooks ---- */

/* What hooks have seen. */
struct heard {
    unsigned passed, told, unheard;
    uint32_t result;
    char state[20];
};

static void on_request(dia_transit *t, void *arg)
{
    struct heard *h = arg;
    h->passed++;
    dia_transit_set_text(t, "Destination-Realm", "far.example");
    dia_transit_put_state(t, DIA_STR("gold"));
}

static void on_answer(dia_transit *t, void *arg)
{
    struct heard *h = arg;
    const dia_bytes state = dia_transit_state(t);
    h->told++;
    h->unheard += !dia_transit_octets(t).p;
    h->result = dia_transit_result(t, NULL);
    snprintf(h->state, sizeof h->state, "%.*s", (int)state.n, state.n ? (const char *)state.p : "");
}

/* The relay proxies what it would relay. */
static bool begin_proxy(struct dns *s, const struct dns_says *says, struct heard *h)
{
    const dia_proxy proxy = { .application = 4, .on_request = on_request, .on_answer = on_answer, .arg = h };
    *h = (struct heard){ 0 };
    return begin(s, says, far_alone) && !dia_node_use(s->client, &dia_dict_ro) && !dia_node_proxy(s->client, &proxy);
}

static void proxied_request_waits_for_the_realm_that_its_hook_gave_it(void)
{
    struct dns s;
    struct heard h;
    need(begin_proxy(&s, here, &h));
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need_int(send_far(&s, "alias.example"), 0);
    net_pass(&s.net, 100);
    need_int(s.asked, 1);
    need_str(s.realm, "far.example");
    need_int(s.client->seeking.n_parked, 3);
    need_int(h.passed, 3);
    need_int(h.told, 0);
    need_int(s.out.n, 0);
    s.silent = false;
    dns_answer(&s, s.ticket, here);
    net_pass(&s.net, 10);
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 2001);
    need_int(s.served, 3);
    need_int(h.passed, 3); /* each hook once */
    need_int(h.told, 3);
    need_str(h.state, "gold");
    need_int(s.client->seeking.n_parked, 0);
    const dia_peer *from = dia_node_find_peer(s.client, "asks.example.net");
    need(from);
    need_int(dia_peer_counters(from).proxied, 3);
done:
    net_end(&s.net);
}

static void proxied_request_waits_within_the_same_bounds(void)
{
    struct dns s;
    struct heard h;
    need(begin_proxy(&s, nothing, &h));
    need_int(dia_node_set_limits(s.client, &(dia_limits){ .redirect_waiting = 4, .relay_ms = 9000 }), 0);
    s.silent = true;
    for (int i = 0; i < 3; i++)
        need(ask_far(&s, "alias.example"));
    need_int(s.client->seeking.n_parked, 2);
    need_int(s.out.n, 1);
    need_int(h.result, 3004);
    net_pass(&s.net, 8900);
    need_int(s.out.n, 1);
    net_pass(&s.net, 100); /* relay_ms is over */
    need_int(s.out.n, 3);
    need_int(s.out.result_code, 3003);
    need_int(h.told, 3);
    need(ask_far(&s, "alias.example"));
    need_int(s.client->seeking.n_parked, 1);
    dns_answer(&s, s.ticket, nothing);
    net_pass(&s.net, 10);
    need_int(s.out.n, 4);
    need_int(h.told, 4);
    need_int(s.client->seeking.n_parked, 0);
done:
    net_end(&s.net);
}

/* Whoever goes first: on_answer is called once for what on_request let go on. */
static void hooks_hear_of_each_request_that_waited(void)
{
    static const struct {
        const char *name;
        unsigned unheard;
        uint32_t result;
    } rows[] = { { "who asked is gone", 1, 0 }, { "the node stops", 0, 3002 }, { "the node is freed", 1, 0 } };
    struct dns s = { 0 };
    struct heard h;
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need(begin_proxy(&s, here, &h));
        s.silent = true;
        need(ask_far(&s, "alias.example"));
        need_int(s.client->seeking.n_parked, 1);
        switch (i) {
        case 0:
            net_cut(&s.net, net_wire_of(&s.net, s.b, s.client));
            dns_answer(&s, s.ticket, here);
            break;
        case 1: dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 1000); break;
        default: net_free(&s.net, s.client); break;
        }
        net_pass(&s.net, 10);
        check_int(h.told, 1);
        check_int(h.unheard, rows[i].unheard);
        check_int(h.result, rows[i].result);
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
    };
    return HARNESS_RUN("node/sought", tests);
}

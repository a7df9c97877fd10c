/* Which peer a request goes to. */
#include "net.h"

struct place {
    struct net net;
    dia_node *client, *server[3];
    unsigned served[3];
};

static const char *const anybody[] = { "*", NULL };

/* A client with three servers; `realms` may be NULL. */
static bool begin(struct place *p, const char *const realms[3], const dia_node_config *of_client)
{
    static const char *const hosts[] = { "s0.example.net", "s1.example.net", "s2.example.net" };
    memset(p->served, 0, sizeof p->served);
    net_begin(&p->net);
    p->client = net_add(&p->net, "client.example.net", of_client);
    if (!p->client || dia_node_use(p->client, &dia_dict_ro))
        return false;
    for (int i = 0; i < 3; i++) {
        dia_node_config config = { .allow = anybody,
                                   .origin_realm = realms ? realms[i] : NULL,
                                   .limits = { .stall_ms = 60000 } };
        p->server[i] = net_add(&p->net, hosts[i], &config);
        if (!p->server[i] || dia_serve_ro_ccr(p->server[i], net_serve, &p->served[i]) ||
            !net_join(&p->net, p->client, p->server[i]))
            return false;
    }
    return true;
}

static int ask(struct place *p, const char *host, const char *realm, struct asked *asked)
{
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_host = dia_cstr(host);
    ccr.destination_realm = dia_cstr(realm);
    const int err = dia_send_ro_ccr(p->client, &ccr, 3000, net_on_cca, asked);
    net_pump(&p->net);
    return err;
}

static void requests_go_round(void) /* W3.4.3-01 */
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, NULL));
    for (int i = 0; i < 30; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(asked.n, 30);
    for (int i = 0; i < 3; i++)
        need_int(p.served[i], 10);
done:
    net_end(&p.net);
}

/* Peers that cannot take it do not give their turns to a neighbour. */
static void turns_are_those_of_peers_that_can_take_it(void)
{
    struct net net;
    struct asked asked = { 0 };
    unsigned served[2] = { 0, 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_advertise(client, 16777238, 10415, DIA_APP_AUTH), 0);
    for (int i = 0; i < 3; i++) {
        const char *const hosts[] = { "gx.example.net", "ro1.example.net", "ro2.example.net" };
        dia_node *server = net_add(&net, hosts[i], &(dia_node_config){ .allow = anybody });
        need(server);
        if (i)
            need_int(dia_serve_ro_ccr(server, net_serve, &served[i - 1]), 0);
        else
            need_int(dia_node_advertise(server, 16777238, 10415, DIA_APP_AUTH), 0);
        need(net_join(&net, client, server));
    }
    for (uint32_t i = 0; i < 30; i++)
        need_int(net_ask(client, i, 0, &asked), 0);
    net_pump(&net);
    need_int(asked.n, 30);
    need_int(served[0], 15);
    need_int(served[1], 15);
done:
    net_end(&net);
}

static void destination_host_is_preferred(void) /* B6.1-04 */
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, NULL));
    for (int i = 0; i < 5; i++)
        need_int(ask(&p, "s1.example.net", "example.net", &asked), 0);
    need_int(ask(&p, "S1.Example.NET", "example.net", &asked), 0);
    need_int(p.served[1], 6);
    need_int(asked.n, 6);
    need_int(asked.result_code, 2001);
done:
    net_end(&p.net);
}

/* A host that is no peer may be known to one. */
static void unknown_destination_host_goes_to_a_peer_of_the_realm(void)
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, NULL));
    need_int(ask(&p, "far.example.net", "example.net", &asked), 0);
    need_int(asked.n, 1);
    need_int(asked.result_code, 3002);
done:
    net_end(&p.net);
}

static void realm_chooses_among_peers(void) /* B2.7-01 */
{
    static const char *const realms[3] = { "one.example", "two.example", "two.example" };
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, realms, NULL));
    for (int i = 0; i < 20; i++)
        need_int(ask(&p, NULL, "TWO.example", &asked), 0);
    need_int(p.served[0], 0);
    need_int(p.served[1] + p.served[2], 20);
    need(p.served[1] && p.served[2]);
    need_int(ask(&p, NULL, "one.example", &asked), 0);
    need_int(p.served[0], 1);
    need_int(ask(&p, NULL, "three.example", &asked), 0); /* somebody may know the way */
    need_int(asked.result_code, 3003);
done:
    net_end(&p.net);
}

static void only_peers_of_the_application_are_asked(void) /* B5.3-02, B5.3-16, B2.7-02 */
{
    struct net net;
    struct asked asked = { 0 };
    unsigned served = 0;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_advertise(client, 5, 0, DIA_APP_AUTH), 0);
    dia_node *other = net_add(&net, "other.example.net", &(dia_node_config){ .allow = anybody });
    need(other);
    need_int(dia_node_advertise(other, 5, 0, DIA_APP_AUTH), 0);
    need(net_join(&net, client, other));
    need_int(net_ask(client, 1, 3000, &asked), DIA_ENOROUTE);
    dia_node *right = net_add(&net, "right.example.net", &(dia_node_config){ .allow = anybody });
    need(right);
    need_int(dia_serve_ro_ccr(right, net_serve, &served), 0);
    need(net_join(&net, client, right));
    for (int i = 0; i < 10; i++)
        need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(served, 10);
done:
    net_end(&net);
}

static void relay_is_asked_for_everything(void) /* B2.4-03 */
{
    struct net net;
    struct asked asked = { 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    dia_node *relay = net_add(&net, "relay.example.net", &(dia_node_config){ .allow = anybody });
    need(relay);
    need_int(dia_node_advertise(relay, UINT32_C(0xffffffff), 0, DIA_APP_AUTH), 0);
    need(net_join(&net, client, relay));
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(asked.n, 1);
done:
    net_end(&net);
}

static void busy_peer_is_passed_over(void)
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, &(dia_node_config){ .limits = { .output_soft = 600, .output_hard = 10000 } }));
    for (int i = 0; i < 2; i++)
        net_wire_of(&p.net, p.client, p.server[i])->end[0].stuck = true;
    for (int i = 0; i < 30; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need(p.served[2] > 15);
    need_int(ask(&p, "s0.example.net", "example.net", &asked), 0); /* the one that is named too */
    net_wire_of(&p.net, p.client, p.server[2])->end[0].stuck = true;
    int err = 0;
    for (int i = 0; i < 30 && !err; i++)
        err = ask(&p, NULL, "example.net", &asked);
    need_int(err, DIA_EBUSY);
    need_int(ask(&p, "s0.example.net", "example.net", &asked), DIA_EBUSY);
done:
    net_end(&p.net);
}

static void peer_of_too_many_pending_requests_is_busy(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, &(dia_node_config){ .limits = { .pending = 3 } }));
    for (uint32_t i = 0; i < 3; i++)
        need_int(net_ask(client, i, 3000, &asked), 0);
    need_int(net_ask(client, 4, 3000, &asked), DIA_EBUSY);
done:
    net_end(&net);
}

static void peer_of_too_many_pending_requests_is_passed_over(void)
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, &(dia_node_config){ .limits = { .pending = 3 } }));
    net_wire_of(&p.net, p.client, p.server[0])->end[0].stuck = true;
    for (int i = 0; i < 30; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(asked.n, 27);
    net_wire_of(&p.net, p.client, p.server[1])->end[0].stuck = true;
    net_wire_of(&p.net, p.client, p.server[2])->end[0].stuck = true;
    for (int i = 0; i < 6; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(ask(&p, NULL, "example.net", &asked), DIA_EBUSY);
done:
    net_end(&p.net);
}

/* A server of another realm has nothing to say where an agent may know the way. */
static void agent_is_asked_before_servers_of_other_realms(void)
{
    static const char *const realms[3] = { "one.example", "one.example", "two.example" };
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, realms, NULL));
    dia_node *relay =
        net_add(&p.net, "relay.hub.example", &(dia_node_config){ .allow = anybody, .origin_realm = "hub.example" });
    need(relay);
    need_int(dia_node_advertise(relay, DIA_APP_RELAY, 0, DIA_APP_AUTH), 0);
    need(net_join(&p.net, p.client, relay));
    for (int i = 0; i < 10; i++)
        need_int(ask(&p, NULL, "three.example", &asked), 0);
    need_int(dia_node_counters(relay).requests_in, 10);
    for (int i = 0; i < 10; i++)
        need_int(ask(&p, NULL, "two.example", &asked), 0); /* nor the agent where the realm is near */
    need_int(p.served[2], 10);
    need_int(dia_node_counters(relay).requests_in, 10);
done:
    net_end(&p.net);
}

static void suspected_peer_gets_no_requests(void) /* B5.1-06, W3.4.3-01 */
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, &(dia_node_config){ .watchdog_ms = 10000 }));
    net_wire_of(&p.net, p.client, p.server[0])->end[1].stuck = true;
    net_pass(&p.net, 25000);
    need(net_seat_of(&p.net, p.client)->events[DIA_EVENT_SUSPECT] >= 1);
    for (int i = 0; i < 10; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(ask(&p, "s0.example.net", "example.net", &asked), 0);
    need_int(p.served[0], 0);
    need_int(asked.n, 11);
done:
    net_end(&p.net);
}

static void peer_that_goes_is_asked_no_more_and_again_when_it_is_back(void) /* B5.5.4-05 */
{
    struct place p;
    struct asked asked = { 0 };
    need(begin(&p, NULL, NULL));
    net_cut(&p.net, net_wire_of(&p.net, p.client, p.server[1]));
    for (int i = 0; i < 10; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(p.served[1], 0);
    need_int(asked.n, 10);
    net_pass(&p.net, 33000); /* Tc; then three DWAs (RFC 3539, REOPEN) */
    need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(p.served[1], 0);
    net_pass(&p.net, 100000);
    for (int i = 0; i < 9; i++)
        need_int(ask(&p, NULL, "example.net", &asked), 0);
    need_int(p.served[1], 3);
done:
    net_end(&p.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_go_round", requests_go_round },
        { "turns_are_those_of_peers_that_can_take_it", turns_are_those_of_peers_that_can_take_it },
        { "destination_host_is_preferred", destination_host_is_preferred },
        { "unknown_destination_host_goes_to_a_peer_of_the_realm",
          unknown_destination_host_goes_to_a_peer_of_the_realm },
        { "realm_chooses_among_peers", realm_chooses_among_peers },
        { "only_peers_of_the_application_are_asked", only_peers_of_the_application_are_asked },
        { "relay_is_asked_for_everything", relay_is_asked_for_everything },
        { "busy_peer_is_passed_over", busy_peer_is_passed_over },
        { "peer_of_too_many_pending_requests_is_busy", peer_of_too_many_pending_requests_is_busy },
        { "peer_of_too_many_pending_requests_is_passed_over", peer_of_too_many_pending_requests_is_passed_over },
        { "agent_is_asked_before_servers_of_other_realms", agent_is_asked_before_servers_of_other_realms },
        { "suspected_peer_gets_no_requests", suspected_peer_gets_no_requests },
        { "peer_that_goes_is_asked_no_more_and_again_when_it_is_back",
          peer_that_goes_is_asked_no_more_and_again_when_it_is_back },
    };
    return HARNESS_RUN("node/route", tests);
}

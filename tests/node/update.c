/* Capabilities-Update (RFC 6737): what a node advertises changes while it is connected. */
#include "net.h"

struct scene {
    struct net net;
    dia_node *client, *server;
    const dia_peer *to_server, *to_client;
    unsigned served;
    struct asked asked;
};

static bool begin(struct scene *s, bool client_speaks)
{
    static const char *const anybody[] = { "*", NULL };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->client = net_add(&s->net, "client.example.net",
                        &(dia_node_config){ .capabilities_update = client_speaks, .destination_realm = "example.net" });
    s->server =
        net_add(&s->net, "server.example.net", &(dia_node_config){ .allow = anybody, .capabilities_update = true });
    if (!s->client || !s->server || dia_node_use(s->client, &dia_dict_ro) ||
        dia_node_advertise(s->client, 16777238, 10415, DIA_APP_AUTH) ||
        dia_node_advertise(s->server, 16777238, 10415, DIA_APP_AUTH) || !net_join(&s->net, s->client, s->server))
        return false;
    s->to_server = dia_node_next_peer(s->client, NULL);
    s->to_client = dia_node_next_peer(s->server, NULL);
    return true;
}

static void new_application_is_announced(void)
{
    struct scene s;
    need(begin(&s, true));
    need_int(net_ask(s.client, 1, 0, &s.asked), DIA_ENOROUTE); /* the server does not offer it */
    need_int(dia_serve_ro_ccr(s.server, net_serve, &s.served), 0);
    need_int(net_ask(s.client, 1, 0, &s.asked), DIA_ENOROUTE);
    need_int(dia_node_announce(s.server), 1);
    net_pump(&s.net);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_CAPABILITIES], 1);
    need_int(net_seat_of(&s.net, s.server)->events[DIA_EVENT_FAULT], 0);
    need_int(net_ask(s.client, 1, 0, &s.asked), 0);
    net_pump(&s.net);
    need_int(s.asked.result_code, 2001);
    size_t n;
    const dia_count *rows = dia_peer_counts(s.to_server, &n);
    unsigned updates = 0;
    for (size_t i = 0; i < n; i++)
        updates += rows[i].application == 10 && rows[i].command == 328;
    need_int(updates, 2); /* CUR received, CUA sent */
done:
    net_end(&s.net);
}

static void application_that_is_withdrawn_is_not_served(void)
{
    struct scene s;
    need(begin(&s, true));
    need_int(dia_node_withdraw(s.server, 4), DIA_ENOENT);
    need_int(dia_serve_ro_ccr(s.server, net_serve, &s.served), 0);
    need_int(dia_node_announce(s.server), 1);
    net_pump(&s.net);
    need_int(dia_node_withdraw(s.server, 4), 0);
    need_int(net_ask(s.client, 1, 0, &s.asked), 0); /* it does not know yet */
    net_pump(&s.net);
    need_int(s.asked.result_code, 3007);
    need_int(dia_node_announce(s.server), 1);
    net_pump(&s.net);
    need_int(net_ask(s.client, 1, 0, &s.asked), DIA_ENOROUTE);
    need_int(s.served, 0);
    need_int(dia_serve_ro_ccr(s.server, net_serve, &s.served), 0); /* and back */
    need_int(dia_node_announce(s.server), 1);
    net_pump(&s.net);
    need_int(net_ask(s.client, 1, 0, &s.asked), 0);
    net_pump(&s.net);
    need_int(s.served, 1);
done:
    net_end(&s.net);
}

static void without_a_common_application_the_connection_ends(void)
{
    struct scene s;
    need(begin(&s, true));
    need_int(dia_node_withdraw(s.server, 16777238), 0);
    need_int(dia_node_announce(s.server), 1);
    net_pass(&s.net, 1);
    need_int(net_seat_of(&s.net, s.server)->result_code, 5010);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSED);
    need(!dia_node_next_peer(s.server, NULL));
done:
    net_end(&s.net);
}

static void who_does_not_speak_it_is_not_told(void)
{
    struct scene s;
    need(begin(&s, false));
    need_int(dia_node_announce(s.server), 0);
    need_int(dia_node_announce(s.client), DIA_ENOTSUP);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "new_application_is_announced", new_application_is_announced },
        { "application_that_is_withdrawn_is_not_served", application_that_is_withdrawn_is_not_served },
        { "without_a_common_application_the_connection_ends", without_a_common_application_the_connection_ends },
        { "who_does_not_speak_it_is_not_told", who_does_not_speak_it_is_not_told },
    };
    return HARNESS_RUN("node/update", tests);
}

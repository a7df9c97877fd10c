/* Peers taken out of service and put back, changed and removed; a node that stops: requests under way end first. */
#include "net.h"

#include <stdio.h>

/* A handler that keeps its requests, for the test to answer. */
struct held {
    dia_request *request[8];
    unsigned n;
};

static void hold(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct held *held = arg;
    (void)ccr;
    if (held->n < 8 && dia_request_keep(request))
        held->request[held->n++] = request;
}

static int answer(struct held *held)
{
    dia_ro_ccr none = { .cc_request_type = 4 };
    return held->n ? net_answer(held->request[--held->n], &none, 2001) : DIA_ENOENT;
}

struct scene {
    struct net net;
    dia_node *client, *server;
    dia_peer *to_server, *to_client;
    struct held held;
    struct asked asked;
};

static bool begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    if (!net_pair(&s->net, &s->client, &s->server, NULL))
        return false;
    s->to_server = dia_node_next_peer(s->client, NULL);
    s->to_client = dia_node_next_peer(s->server, NULL);
    return !dia_serve_ro_ccr(s->server, hold, &s->held);
}

/* A request is in the hands of the server's handler. */
static bool ask_held(struct scene *s)
{
    const unsigned before = s->held.n;
    if (net_ask(s->client, 1, 60000, &s->asked))
        return false;
    net_pump(&s->net);
    return s->held.n == before + 1;
}

static unsigned seen(struct scene *s, dia_node *node, dia_event_kind kind)
{
    return net_seat_of(&s->net, node)->events[kind];
}

static void requests_under_way_end_before_the_good_bye(void) /* B5.6-52 */
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 3000);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN); /* no DPR yet */
    need_int(net_ask(s.client, 2, 0, &s.asked), DIA_ESTATE);
    need_int(answer(&s.held), 0);
    net_pass(&s.net, 0);
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need(dia_node_stopped(s.client));
    need_int(seen(&s, s.server, DIA_EVENT_PEER_DOWN), 1);
done:
    net_end(&s.net);
}

static void good_bye_comes_at_the_end_of_the_draining(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 4999);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    net_pass(&s.net, 1);
    need(dia_node_stopped(s.client));
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_STOPPED);
    need_int(answer(&s.held), DIA_ENOENT); /* the connection is gone */
done:
    net_end(&s.net);
}

static void server_that_drains_answers_3004_and_then_goes(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    dia_node_stop(s.server, DIA_CAUSE_BUSY, 20000);
    struct asked second = { 0 };
    need_int(net_ask(s.client, 2, 60000, &second), 0);
    net_pump(&s.net);
    need_int(second.n, 1);
    need_int(second.result_code, 3004);
    need(second.error);
    need_int(seen(&s, s.server, DIA_EVENT_STOPPED), 0);
    need_int(answer(&s.held), 0);
    net_pass(&s.net, 0);
    need_int(s.asked.result_code, 2001);
    need(dia_node_stopped(s.server));
done:
    net_end(&s.net);
}

static void short_stop_halves_its_time(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    net_wire_of(&s.net, s.client, s.server)->end[1].stuck = true; /* no DPA */
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 1000);
    net_pass(&s.net, 499);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    net_pass(&s.net, 1);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSING);
    net_pass(&s.net, 499);
    need(!dia_node_stopped(s.client));
    net_pass(&s.net, 1);
    need(dia_node_stopped(s.client));
done:
    net_end(&s.net);
}

static void peer_is_taken_out_of_service_and_put_back(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    need_int(dia_node_disable_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    dia_peer_status status;
    dia_peer_get_status(s.to_server, &status);
    need(status.out_of_service && status.draining);
    need_int(net_ask(s.client, 2, 0, &s.asked), DIA_ENOROUTE);
    need_int(answer(&s.held), 0);
    net_pass(&s.net, 0);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSED);
    net_pass(&s.net, 600000); /* no reconnecting */
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSED);
    need_int(dia_node_connect_peer(s.client, s.to_server), DIA_ESTATE);
    struct net_wire *wire = net_hold_open(&s.net, s.client, net_seat_of(&s.net, s.server)->host);
    need(!wire); /* it is refused */
    need_int(net_seat_of(&s.net, s.client)->result_code, 5012);
    need_int(dia_node_enable_peer(s.client, s.to_server), 0);
    net_pump(&s.net);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    need_int(dia_peer_get_watch(s.to_server), DIA_WATCH_OKAY); /* it had left in order */
    need_int(net_ask(s.client, 3, 0, &s.asked), 0);
done:
    net_end(&s.net);
}

static void peer_may_be_put_back_before_it_has_left(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    need_int(dia_node_disable_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    need_int(dia_node_enable_peer(s.client, s.to_server), 0);
    net_pass(&s.net, 10000);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    need(ask_held(&s));
done:
    net_end(&s.net);
}

static void peer_is_disconnected_and_stays_in_service(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    need_int(dia_node_disconnect_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN); /* a request is under way */
    need_int(answer(&s.held), 0);
    net_pass(&s.net, 0);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    net_pass(&s.net, 600000);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSED); /* no reconnecting by itself */
    need_int(dia_node_connect_peer(s.client, s.to_server), 0);
    net_pump(&s.net);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    need_int(dia_node_disconnect_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    net_pump(&s.net);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_CLOSED);
    need(net_hold_open(&s.net, s.client, net_seat_of(&s.net, s.server)->host)); /* it may come */
    need_int(dia_node_disable_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    need_int(dia_node_disconnect_peer(s.client, s.to_server, DIA_CAUSE_BUSY), DIA_ESTATE);
done:
    net_end(&s.net);
}

static void disconnecting_is_taken_back_while_requests_are_under_way(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    need_int(dia_node_disconnect_peer(s.client, s.to_server, DIA_CAUSE_BUSY), 0);
    need_int(dia_node_connect_peer(s.client, s.to_server), 0);
    net_pass(&s.net, 10000);
    need_int(dia_peer_get_state(s.to_server), DIA_PEER_I_OPEN);
    need(ask_held(&s));
done:
    net_end(&s.net);
}

static void removed_peer_has_its_requests_answered(void)
{
    struct scene s;
    need(begin(&s));
    need(ask_held(&s));
    need_int(dia_node_remove_peer(s.client, s.to_server), 0);
    net_pass(&s.net, 1000);
    need(dia_node_next_peer(s.client, NULL) == s.to_server);
    need_int(answer(&s.held), 0);
    net_pass(&s.net, 0);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need(!dia_node_next_peer(s.client, NULL));
done:
    net_end(&s.net);
}

/* ---- Changing ---- */

static void changed_peer_is_tried_at_its_new_address_at_once(void)
{
    struct net net;
    net_begin(&net);
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config open_to_all = { .allow = anybody };
    dia_node *client = net_add(&net, "client.example.net", NULL);
    dia_node *server = net_add(&net, "server.example.net", &open_to_all);
    dia_peer *peer;
    need(client && server);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    need_int(
        dia_node_add_peer(
            client, &(dia_peer_config){ .host = "server.example.net", .connect = "aaa://nowhere.example.net" }, &peer),
        0);
    net_pump(&net);
    need_int(dia_peer_get_state(peer), DIA_PEER_CLOSED);
    need(dia_node_find_peer(client, "SERVER.example.net") == peer);
    need(!dia_node_find_peer(client, "other.example.net"));
    const dia_peer_config wrong[] = {
        { .host = "other.example.net", .connect = "aaa://server.example.net" },
        { .connect = "no uri" },
        { .connect = "aaa://server.example.net", .watchdog_ms = 5999 },
        { .connect = "aaa://server.example.net", .socket = { .dscp = 64 } },
        { .connect = "aaa://server.example.net", .socket = { .local = "not an address" } },
        { .connect = "aaa://server.example.net", .reconnect_ms = 2000, .reconnect_max_ms = 1999 },
        { .connect = "aaa://server.example.net", .identity = { .origin_host = "two words" } },
    };
    static const char *const words[] = { "another peer", "connect",          "watchdog_ms",         "dscp",
                                         "local",        "reconnect_max_ms", "identity.origin_host" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        need_int(dia_node_change_peer(client, peer, &wrong[i]), DIA_EINVAL);
        need(strstr(dia_node_last_fault(client), words[i]));
    }
    need_int(dia_node_change_peer(client, peer, &(dia_peer_config){ .connect = "aaa://server.example.net" }), 0);
    net_pump(&net);
    need_int(dia_peer_get_state(peer), DIA_PEER_I_OPEN);
done:
    net_end(&net);
}

/* A stranger whose configuration comes is none any more, and makes room for another. */
static void stranger_may_be_configured(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    net_begin(&net);
    dia_node *server =
        net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody, .limits = { .unknown_peers = 1 } });
    need(server);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    struct net_wire *one = net_hold_open(&net, server, "one.example.net");
    need(one);
    need_int(server->hub.n_unknown, 1);
    dia_peer *peer = dia_node_find_peer(server, "one.example.net");
    for (int i = 0; i < 2; i++) {
        need_int(dia_node_change_peer(server, peer, &(dia_peer_config){ .watchdog_ms = 7000 }), 0);
        need_int(server->hub.n_unknown, 0);
    }
    need(net_hold_open(&net, server, "two.example.net"));
    need_int(dia_node_remove_peer(server, peer), 0);
    net_cut(&net, one);
    need(!dia_node_find_peer(server, "one.example.net"));
    need_int(server->hub.n_unknown, 1);
done:
    net_end(&net);
}

/* All connections of a peer get the new configuration, or none does. */
static void change_is_whole_or_not_at_all(void)
{
    struct net net;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    const dia_peer_config old = { .host = "s.example.net", .connect = "aaa://old.example.net", .connections = 3 },
                          new = { .connect = "aaa://new.example.net", .identity = { .origin_host = "me.example.net" } };
    dia_peer *peer;
    need(client);
    need_int(dia_node_add_peer(client, &old, &peer), 0);
    net_pump(&net);
    const int err = dia_node_change_peer(client, peer, &new);
    need(!err || (err == DIA_ENOMEM && harness_injected()));
    for (const dia_peer *p = peer; p; p = p->more) {
        check_str(p->target->uris[0], err ? "aaa://old.example.net" : "aaa://new.example.net");
        check_int(p->self != NULL, !err);
    }
done:
    net_end(&net);
}

/* Whatever Tc is, it does not shrink when attempts fail. */
static void time_between_attempts_only_grows(void)
{
    static const uint32_t times[] = { 0x3fffffff, 0x40000000, 0x40000001, UINT32_MAX };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct net net;
        dia_peer *peer;
        dia_peer_status status;
        net_begin(&net);
        dia_node *client = net_add(&net, "client.example.net", NULL);
        need(client);
        const dia_peer_config config = { .connect = "aaa://nowhere.example.net", .reconnect_ms = times[i] };
        need_int(dia_node_add_peer(client, &config, &peer), 0);
        for (int round = 0; round < 4; round++) {
            net_pump(&net);
            dia_peer_get_status(peer, &status);
            need_int(status.state, DIA_PEER_CLOSED);
            need(status.next_attempt_us - net.now_us >= (int64_t)times[i] * 900);
            need_int(dia_node_connect_peer(client, peer), 0);
        }
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* One after the other, each at once; behind the last comes Tc. */
static char tried[4][64];
static unsigned n_tried;

static void note_tried(struct net_seat *seat, const dia_event *event)
{
    (void)seat;
    if (event->kind == DIA_EVENT_CONNECT_FAILED && n_tried < 4)
        snprintf(tried[n_tried++], sizeof *tried, "%s", event->uri);
}

static void several_addresses_are_tried_in_order(void)
{
    static const char *const anybody[] = { "*", NULL };
    static const char *const also[] = { "aaa://b.example.net;transport=sctp", "aaa://server.example.net:4000", NULL };
    const dia_node_config open_to_all = { .allow = anybody };
    struct net net;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    dia_node *server = net_add(&net, "server.example.net", &open_to_all);
    dia_peer *peer;
    dia_peer_status status;
    need(client && server);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    net_seat_of(&net, server)->deaf = true;
    net_seat_of(&net, client)->on_event = note_tried;
    n_tried = 0;
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://a.example.net", .also = also }, &peer), 0);
    net_pass(&net, 1);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 3);
    dia_peer_get_status(peer, &status);
    need_int(status.failures, 1);
    need_int(n_tried, 3);
    need_str(tried[0], "aaa://a.example.net");
    need_str(tried[1], also[0]);
    need_str(tried[2], also[1]);
    need_str(status.connect, "aaa://a.example.net");
    need_str(status.last_error, "connection refused");
    need(status.next_attempt_us >= net.now_us + 26999000 && status.next_attempt_us <= net.now_us + 33000000);
    net_seat_of(&net, server)->deaf = false;
    net_pass(&net, 33000);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 5);
    need_int(dia_peer_get_state(peer), DIA_PEER_I_OPEN);
    dia_peer_get_status(peer, &status);
    need_int(status.failures, 0);
done:
    net_end(&net);
}

/* ---- Several connections of one peer ---- */

static void peer_of_several_connections(void) /* B2.1-07: a peer of several processes may have as many */
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config open_to_all = { .allow = anybody };
    struct net net;
    struct asked asked = { 0 };
    unsigned served = 0;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    dia_node *server = net_add(&net, "server.example.net", &open_to_all);
    dia_peer *peer;
    need(client && server);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(dia_node_add_peer(server, &(dia_peer_config){ .host = "client.example.net", .connections = 2 }, NULL), 0);
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://x", .connections = 2 }, NULL), DIA_EINVAL);
    need_int(
        dia_node_add_peer(
            client,
            &(dia_peer_config){ .host = "server.example.net", .connect = "aaa://server.example.net", .connections = 3 },
            &peer),
        0);
    net_pump(&net);
    need_int(dia_node_reachable(client, 4, NULL), 2); /* the third was refused */
    need_int(dia_node_reachable(server, 4, "example.net"), 2);
    for (uint32_t i = 0; i < 10; i++)
        need_int(net_ask(client, i, 0, &asked), 0);
    dia_ro_ccr ccr = net_ccr(7); /* by its name: over one of them */
    ccr.destination_host = dia_cstr("server.example.net");
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    net_pump(&net);
    need_int(asked.n, 11);
    need_int(served, 11);
    need_int(dia_node_remove_peer(client, peer), 0);
    net_pass(&net, 0);
    need(!dia_node_next_peer(client, NULL));
    need_int(dia_node_reachable(server, 4, NULL), 0);
done:
    net_end(&net);
}

/* ---- Who is there ---- */

static void reachable_counts_those_that_could_get_a_request(void)
{
    struct scene s;
    need(begin(&s));
    need_int(dia_node_reachable(s.client, 4, NULL), 1);
    need_int(dia_node_reachable(s.client, 4, "EXAMPLE.net"), 1);
    need_int(dia_node_reachable(s.client, 4, "example.org"), 0);
    need_int(dia_node_reachable(s.client, 16777251, NULL), 0);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.server));
    need_int(dia_node_reachable(s.client, 4, NULL), 0);
done:
    net_end(&s.net);
}

static bool told_of_restart, came_up_behind;

static void watch_order(struct net_seat *seat, const dia_event *event)
{
    (void)seat;
    if (event->kind == DIA_EVENT_RESTARTED)
        told_of_restart = true;
    else if (event->kind == DIA_EVENT_PEER_UP)
        came_up_behind = told_of_restart;
}

static void restart_of_a_peer_is_told(void)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = { .allow = anybody, .reopen_dwas = DIA_REOPEN_AT_ONCE };
    struct net net;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", &config);
    dia_node *server = net_add(&net, "server.example.net", &config), *again;
    need(client && server);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    need(net_join(&net, client, server));
    struct net_seat *seat = net_seat_of(&net, client);
    net_cut(&net, net_wire_of(&net, client, server));
    net_pass(&net, 33000);
    need_int(seat->events[DIA_EVENT_PEER_UP], 2);
    need_int(seat->events[DIA_EVENT_RESTARTED], 0); /* the same process */
    net_free(&net, server);
    told_of_restart = came_up_behind = false;
    seat->on_event = watch_order;
    config.wall_clock = 1700000100;
    need(again = net_add(&net, "server.example.net", &config));
    need_int(dia_node_use(again, &dia_dict_ro), 0);
    net_pass(&net, 33000);
    need_int(seat->events[DIA_EVENT_PEER_UP], 3);
    need_int(seat->events[DIA_EVENT_RESTARTED], 1);
    need(came_up_behind); /* who takes up its sessions when a peer is up knows by then that they are gone */
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_under_way_end_before_the_good_bye", requests_under_way_end_before_the_good_bye },
        { "good_bye_comes_at_the_end_of_the_draining", good_bye_comes_at_the_end_of_the_draining },
        { "server_that_drains_answers_3004_and_then_goes", server_that_drains_answers_3004_and_then_goes },
        { "short_stop_halves_its_time", short_stop_halves_its_time },
        { "peer_is_taken_out_of_service_and_put_back", peer_is_taken_out_of_service_and_put_back },
        { "peer_may_be_put_back_before_it_has_left", peer_may_be_put_back_before_it_has_left },
        { "peer_is_disconnected_and_stays_in_service", peer_is_disconnected_and_stays_in_service },
        { "disconnecting_is_taken_back_while_requests_are_under_way",
          disconnecting_is_taken_back_while_requests_are_under_way },
        { "removed_peer_has_its_requests_answered", removed_peer_has_its_requests_answered },
        { "changed_peer_is_tried_at_its_new_address_at_once", changed_peer_is_tried_at_its_new_address_at_once },
        { "stranger_may_be_configured", stranger_may_be_configured },
        { "change_is_whole_or_not_at_all", change_is_whole_or_not_at_all },
        { "time_between_attempts_only_grows", time_between_attempts_only_grows },
        { "several_addresses_are_tried_in_order", several_addresses_are_tried_in_order },
        { "peer_of_several_connections", peer_of_several_connections },
        { "reachable_counts_those_that_could_get_a_request", reachable_counts_those_that_could_get_a_request },
        { "restart_of_a_peer_is_told", restart_of_a_peer_is_told },
    };
    return HARNESS_RUN("node/leave", tests);
}

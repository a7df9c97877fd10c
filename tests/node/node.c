/* The node's life: peers come and go, callbacks do as they like, stopping, freeing, counters, Session-Ids. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Making ---- */

static void configuration_is_judged(void)
{
    char why[100] = "";
    dia_node *node = NULL;
    const dia_node_config bad = { .origin_host = "a.example.net", .alloc = harness_allocator() };
    const int err = dia_node_new(&bad, (dia_time){ 0 }, &node, why, sizeof why);
    need(!harness_injected());
    need_int(err, DIA_EINVAL);
    need(strstr(why, "origin_realm"));
    need(!node);
done:
    dia_node_free(node);
}

static void patterns_that_allow_nobody_or_too_many_are_refused(void)
{
    static const struct {
        const char *pattern;
        int want;
    } rows[] = {
        { "*example.net", DIA_EINVAL },    { "", DIA_EINVAL }, { "*.", DIA_EINVAL }, { "a b", DIA_EINVAL },
        { "a.*.example.net", DIA_EINVAL }, { "*", 0 },         { "a.net", 0 },       { "*.example.net", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const allow[] = { "good.example.net", rows[i].pattern, NULL };
        const dia_node_config config = {
            .origin_host = "m.example.net", .origin_realm = "example.net", .allow = allow, .alloc = harness_allocator()
        };
        char why[100] = "";
        dia_node *node = NULL;
        harness_row(rows[i].pattern);
        const int err = dia_node_new(&config, (dia_time){ 0 }, &node, why, sizeof why);
        need_int(err, rows[i].want);
        need(!node == !!err);
        need(!strstr(why, "allow") == !err);
    done:
        dia_node_free(node);
        if (harness_injected())
            return;
    }
}

static void nothing_is_freed_without_harm(void)
{
    dia_node_free(NULL);
}

/* ---- Peers ---- */

static void peer_configurations_are_judged(void)
{
    static char long_uri[400];
    memset(long_uri, 'a', sizeof long_uri - 1);
    memcpy(long_uri, "aaa://", 6);
    static const struct {
        const char *name;
        dia_peer_config config;
        int want;
    } rows[] = {
        { "nothing", { NULL, NULL, 0 }, DIA_EINVAL },
        { "a host that is none", { "a b", NULL, 0 }, DIA_EINVAL },
        { "our own host", { "M.example.net", NULL, 0 }, DIA_EINVAL },
        { "a URI that is none", { "a.example.net", "tcp://a", 0 }, DIA_EINVAL },
        { "a URI too long", { "a.example.net", long_uri, 0 }, DIA_EINVAL },
        { "a watchdog too fast", { "a.example.net", NULL, 5999 }, DIA_EINVAL },
        { "a good one", { "a.example.net", NULL, 6000 }, 0 },
        { "the same again", { "a.example.net", NULL, 0 }, DIA_EEXIST },
        { "the same in another case", { "A.Example.Net", NULL, 0 }, DIA_EEXIST },
        { "a nameless one", { NULL, "aaa://b.example.net", 0 }, 0 },
        { "another nameless one", { NULL, "aaa://b.example.net", 0 }, 0 },
    };
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need_int(dia_node_add_peer(node, &rows[i].config, NULL), rows[i].want);
    }
    unsigned n = 0;
    for (const dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        n++;
    need_int(n, 3);
    dia_node_stop(node, DIA_CAUSE_REBOOTING, 0);
    need_int(dia_node_add_peer(node, &rows[6].config, NULL), DIA_ESTATE);
done:
    net_end(&net);
}

static void peers_open_and_say_so(void) /* B2.6-01 */
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    const dia_peer *there = dia_node_next_peer(client, NULL), *here = dia_node_next_peer(server, NULL);
    need(there && here);
    need_int(dia_peer_get_state(there), DIA_PEER_I_OPEN);
    need_int(dia_peer_get_state(here), DIA_PEER_R_OPEN);
    need(dia_peer_is_open(there) && dia_peer_is_open(here));
    need_bytes(dia_peer_host(there), dia_cstr("server.example.net"));
    need_bytes(dia_peer_host(here), dia_cstr("client.example.net"));
    need_bytes(dia_peer_realm(here), dia_cstr("example.net"));
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_PEER_UP], 1);
    need_int(net_seat_of(&net, server)->events[DIA_EVENT_PEER_UP], 1);
    need(!dia_node_next_peer(client, there));
done:
    net_end(&net);
}

static void node_has_one_name_on_all_connections(void) /* B4.3.1-10 */
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", &(dia_node_config){ .allow = anybody });
    need(node);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    for (int i = 0; i < 3; i++) { /* two connections of its own making, one of the other's */
        static const char *const hosts[] = { "a.example.net", "b.example.net", "z.example.net" };
        dia_node *other = net_add(&net, hosts[i], &(dia_node_config){ .allow = anybody });
        need(other);
        need_int(dia_node_use(other, &dia_dict_ro), 0);
        need(i < 2 ? net_join(&net, node, other) : net_join(&net, other, node));
        need_bytes(dia_peer_host(dia_node_next_peer(other, NULL)), dia_cstr("m.example.net"));
        need_bytes(dia_peer_realm(dia_node_next_peer(other, NULL)), dia_cstr("example.net"));
    }
done:
    net_end(&net);
}

static void unknown_peer_is_refused_unless_it_is_allowed(void) /* B5.3-12 */
{
    struct net net;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL), *server = NULL;
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need(server = net_add(&net, "server.example.net", NULL));
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    need(!net_join(&net, client, server));
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 1);
    need_int(net_seat_of(&net, client)->result_code, 3010);
    need_int(net_seat_of(&net, server)->events[DIA_EVENT_REFUSED], 1);
    need_int(dia_node_add_peer(server, &(dia_peer_config){ .host = "CLIENT.example.net" }, NULL), 0);
    net_pass(&net, 33000); /* it tries again, and is the peer of another case */
    need(dia_peer_is_open(dia_node_next_peer(client, NULL)));
    need(dia_peer_is_open(dia_node_next_peer(server, NULL)));
done:
    net_end(&net);
}

static void unknown_peer_may_become_a_configured_one(void)
{
    struct net net;
    dia_node *client, *server;
    dia_peer *peer = NULL;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_node_add_peer(server, &(dia_peer_config){ .host = "client.example.net" }, &peer), 0);
    need(peer == dia_node_next_peer(server, NULL));
    need_int(server->hub.n_unknown, 0);
    net_free(&net, client);
    net_pump(&net);
    need(dia_node_next_peer(server, NULL) == peer); /* it stays */
done:
    net_end(&net);
}

static void unknown_peer_goes_with_its_connection(void) /* B5.3-13 */
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    need(dia_node_next_peer(server, NULL));
    net_free(&net, client);
    net_pump(&net);
    need(!dia_node_next_peer(server, NULL));
    need_int(server->hub.n_unknown, 0);
done:
    net_end(&net);
}

static void both_may_connect_at_once(void) /* B5.6.4-01, B2.1-07, W3.3-01 */
{
    static const char *const hosts[2][2] = { { "a.example.net", "b.example.net" },
                                             { "b.example.net", "a.example.net" } };
    for (int i = 0; i < 2; i++) {
        struct net net;
        unsigned served = 0;
        struct asked asked = { 0 };
        net_begin(&net);
        dia_node *a = net_add(&net, hosts[i][0], NULL), *b = a ? net_add(&net, hosts[i][1], NULL) : NULL;
        need(b);
        need_int(dia_node_use(a, &dia_dict_ro), 0);
        need_int(dia_serve_ro_ccr(b, net_serve, &served), 0);
        char uri[2][60];
        snprintf(uri[0], sizeof uri[0], "aaa://%s", hosts[i][1]);
        snprintf(uri[1], sizeof uri[1], "aaa://%s", hosts[i][0]);
        need_int(dia_node_add_peer(a, &(dia_peer_config){ .host = hosts[i][1], .connect = uri[0] }, NULL), 0);
        need_int(dia_node_add_peer(b, &(dia_peer_config){ .host = hosts[i][0], .connect = uri[1] }, NULL), 0);
        net_pump(&net);
        need(dia_peer_is_open(dia_node_next_peer(a, NULL)));
        need(dia_peer_is_open(dia_node_next_peer(b, NULL)));
        need_int(a->hub.n_conns, 1); /* one connection survives */
        need_int(b->hub.n_conns, 1);
        need_int(net_ask(a, 1, 3000, &asked), 0);
        net_pump(&net);
        need_int(served, 1);
        need_int(asked.n, 1);
        need_int(net_seat_of(&net, a)->events[DIA_EVENT_PEER_UP], 1);
        need_int(net_seat_of(&net, b)->events[DIA_EVENT_PEER_UP], 1);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

static void removed_peer_is_disconnected_and_forgotten(void) /* B5.4-01 */
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_node_remove_peer(client, dia_node_next_peer(client, NULL)), 0);
    need(dia_node_next_peer(client, NULL)); /* until it is closed */
    net_pump(&net);
    need(!dia_node_next_peer(client, NULL));
    need(!dia_node_next_peer(server, NULL));
    need(strstr(net_seat_of(&net, server)->reason, "(DPR)"));
    need_int(client->hub.n_conns, 0);
    net_pass(&net, 100000);
    need_int(client->hub.n_conns, 0); /* and not connected again */
done:
    net_end(&net);
}

static void closed_peer_is_removed_at_once(void)
{
    struct net net;
    dia_peer *peer = NULL, *waiting = NULL;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .host = "a.example.net" }, &peer), 0);
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .connect = "aaa://nobody" }, &waiting), 0);
    need_int(dia_node_remove_peer(node, peer), 0);
    need(dia_node_next_peer(node, NULL) == waiting);
    net_pump(&net); /* refused; tried again after Tc */
    need_int(dia_node_remove_peer(node, waiting), 0);
    need(!dia_node_next_peer(node, NULL));
    need_int(dia_node_deadline(node).us, DIA_NEVER_US);
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .host = "a.example.net" }, NULL), 0); /* and may come back */
done:
    net_end(&net);
}

static void peer_that_connects_may_be_removed_in_any_state(void)
{
    for (int when = 0; when < 3; when++) {
        struct net net;
        dia_peer *peer = NULL;
        net_begin(&net);
        dia_node *node = net_add(&net, "m.example.net", NULL),
                 *other = node ? net_add(&net, "o.example.net", NULL) : NULL;
        need(other);
        need_int(dia_node_use(node, &dia_dict_ro), 0);
        need_int(dia_node_add_peer(node, &(dia_peer_config){ .connect = "aaa://o.example.net" }, &peer), 0);
        dia_todo todo;
        if (when > 0)
            need(dia_node_todo(node, &todo) && todo.kind == DIA_TODO_CONNECT);
        if (when > 1)
            dia_conn_connected(todo.conn, &(dia_conn_info){ .kind = DIA_CONN_STREAM }, (dia_time){ net.now_us });
        need_int(dia_node_remove_peer(node, peer), 0);
        if (when > 0) {
            while (dia_node_todo(node, &todo) && todo.kind != DIA_TODO_RESET)
                ;
            need_int(todo.kind, DIA_TODO_RESET);
            dia_conn_closed(todo.conn, NULL, (dia_time){ net.now_us });
        }
        net_pump(&net);
        need(!dia_node_next_peer(node, NULL));
        need_int(node->hub.n_conns, 0);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* We have reached ourselves, or somebody who says so. */
static void cea_of_our_own_origin_host_is_refused(void)
{
    static const char *const hosts[] = { "m.example.net", "M.Example.Net" };
    for (int i = 0; i < 2; i++) {
        static const uint32_t apps[] = { 4 };
        static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\xc0\0\2\1") };
        const dia_cea cea = {
            .result_code = 2001,
            .origin_host = dia_cstr(hosts[i]),
            .origin_realm = DIA_LIT("example.net"),
            .host_ip_address = { &address, 1 },
            .product_name = DIA_LIT("test"),
            .auth_application_id = DIA_LIST(apps),
        };
        struct net net;
        uint8_t buf[512];
        dia_todo todo;
        dia_output piece;
        dia_header cer;
        net_begin(&net);
        dia_node *node = net_add(&net, "m.example.net", NULL);
        need(node);
        need_int(dia_node_use(node, &dia_dict_ro), 0);
        need_int(dia_node_add_peer(node, &(dia_peer_config){ .connect = "aaa://o.example.net" }, NULL), 0);
        need(dia_node_todo(node, &todo) && todo.kind == DIA_TODO_CONNECT);
        dia_conn_connected(todo.conn, &(dia_conn_info){ .kind = DIA_CONN_STREAM }, (dia_time){ net.now_us });
        need_int(dia_conn_output(todo.conn, &piece, 1), 1);
        need_int(dia_header_read(piece.octets, &cer), 0);
        dia_conn_sent(todo.conn, piece.octets.n, (dia_time){ net.now_us });
        const dia_header ids = { .hop_by_hop = cer.hop_by_hop, .end_to_end = cer.end_to_end };
        const int64_t n = dia_encode(DIA_COMMAND_CEA, &cea, DIA_LEVEL_STRICT, &ids, NULL, buf, sizeof buf, NULL, NULL);
        need(n > 0);
        dia_conn_input(todo.conn, (dia_bytes){ buf, (size_t)n }, (dia_time){ net.now_us });
        need(!dia_peer_is_open(dia_node_next_peer(node, NULL)));
        bool ended = false;
        while (!ended && dia_node_todo(node, &todo))
            ended = todo.kind == DIA_TODO_RESET || todo.kind == DIA_TODO_CLOSE;
        need(ended);
        dia_conn_closed(todo.conn, NULL, (dia_time){ net.now_us });
        need_int(net_seat_of(&net, node)->events[DIA_EVENT_CONNECT_FAILED], 1);
        need_int(net_seat_of(&net, node)->events[DIA_EVENT_PEER_UP], 0);
        need_int(node->hub.n_conns, 0);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* ---- What callbacks may do ---- */

static void remove_in_event(struct net_seat *seat, const dia_event *event)
{
    if (event->kind == DIA_EVENT_CONNECT_FAILED || event->kind == DIA_EVENT_PEER_DOWN ||
        event->kind == DIA_EVENT_PEER_UP)
        for (dia_peer *peer = NULL; (peer = dia_node_next_peer(seat->node, peer));)
            dia_node_remove_peer(seat->node, peer);
}

/* B5.4.3-03, B2.1-09: no reconnecting behind BUSY until somebody says so. */
static void peer_that_is_busy_is_connected_when_asked_for(void)
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    dia_peer *peer = dia_node_next_peer(client, NULL);
    need_int(dia_node_connect_peer(client, peer), 0); /* open already */
    need_int(dia_node_connect_peer(server, dia_node_next_peer(server, NULL)), DIA_EINVAL);
    dia_node_stop(server, DIA_CAUSE_BUSY, 0);
    net_pump(&net);
    need_str(net_seat_of(&net, client)->reason, "the peer is busy (DPR): no attempt to reconnect");
    net_seat_of(&net, server)->deaf = true;
    net_pass(&net, 600000);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 0);
    need_int(dia_node_connect_peer(client, peer), 0);
    net_pump(&net);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 1);
    net_pass(&net, 33000); /* and from then on as usual */
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 2);
    dia_node_stop(client, DIA_CAUSE_REBOOTING, 0);
    need_int(dia_node_connect_peer(client, peer), DIA_ESTATE);
done:
    net_end(&net);
}

static void event_may_remove_all_peers(void)
{
    for (int how = 0; how < 4; how++) {
        struct net net;
        dia_node *client = NULL, *server = NULL;
        need(net_pair(&net, &client, &server, NULL));
        need_int(dia_node_add_peer(client, &(dia_peer_config){ .host = "x.example.net" }, NULL), 0);
        net_seat_of(&net, client)->on_event = remove_in_event;
        if (how == 0)
            net_cut(&net, net_wire_of(&net, client, server));
        else if (how == 1)
            dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://nobody" }, NULL);
        else if (how == 2)
            dia_node_stop(server, DIA_CAUSE_REBOOTING, 0);
        else
            dia_node_stop(client, DIA_CAUSE_REBOOTING, 0);
        net_pump(&net);
        net_pass(&net, 40000);
        need(!dia_node_next_peer(client, NULL));
        need_int(client->hub.n_conns, 0);
    done:
        if (client && net.n_seats)
            net.seat[0].on_event = NULL;
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* No room for another connection: the event comes inside of adding, and may do away with the node. */
static void free_in_event(struct net_seat *seat, const dia_event *event)
{
    if (event->kind == DIA_EVENT_CONNECT_FAILED && seat->node)
        net_free(seat->net, seat->node);
}

static void event_may_free_the_node_that_adds_a_peer(void)
{
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", &(dia_node_config){ .limits = { .connections = 1 } });
    need(node);
    need(net_hold(&net, node));
    net_seat_of(&net, node)->on_event = free_in_event;
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .connect = "aaa://nobody" }, NULL), 0);
    need(!net.seat[0].node);
done:
    net_end(&net);
}

enum deed { ADD, REMOVE, STOP, FREE, SEND, DEEDS };
static const char *const deed_names[DEEDS] = { "add a peer", "remove the peer", "stop", "free", "send" };

struct doer {
    struct net *net;
    dia_node *node;
    int deed;
    bool answer_before, answer_after;
    unsigned n;
    struct asked asked;
};

static void act(struct doer *doer)
{
    switch (doer->deed) {
    case ADD: dia_node_add_peer(doer->node, &(dia_peer_config){ .connect = "aaa://nobody" }, NULL); break;
    case REMOVE: dia_node_remove_peer(doer->node, dia_node_next_peer(doer->node, NULL)); break;
    case STOP: dia_node_stop(doer->node, DIA_CAUSE_REBOOTING, 1000); break;
    case FREE: net_free(doer->net, doer->node); break;
    default: net_ask(doer->node, 1, 3000, &doer->asked); break;
    }
}

static void handle_and_act(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct doer *doer = arg;
    if (doer->answer_before)
        net_answer(request, ccr, 2001);
    if (!doer->n++)
        act(doer);
    if (doer->answer_after)
        net_answer(request, ccr, 2001);
}

static void handler_may_do_anything(void)
{
    for (int deed = 0; deed < DEEDS; deed++) {
        for (int answers = 0; answers < 3; answers++) {
            struct net net;
            dia_node *client, *server;
            struct asked asked = { 0 };
            struct doer doer = { &net, NULL, deed, answers == 1, answers == 2, 0, { 0 } };
            if (!harness_row_runs(deed_names[deed]))
                continue;
            need(net_pair(&net, &client, &server, NULL));
            doer.node = server;
            need_int(dia_serve_ro_ccr(server, handle_and_act, &doer), 0);
            need_int(net_ask(client, 1, 3000, &asked), 0);
            need_int(net_ask(client, 2, 3000, &asked), 0); /* both in one segment */
            net_pass(&net, 5000);
            need_int(asked.n, 2);
            need_int(doer.n, deed == ADD || deed == SEND ? 2 : 1);
            if (deed == FREE)
                need(!net.seat[1].node);
        done:
            net_end(&net);
            if (harness_injected())
                return;
        }
    }
}

static void outcome_and_act(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct doer *doer = arg;
    (void)outcome;
    (void)cca;
    if (!doer->n++)
        act(doer);
}

static void outcome_may_do_anything(void)
{
    for (int deed = 0; deed < DEEDS; deed++) {
        for (int way = 0; way < 3; way++) { /* answer, timeout, lost */
            struct net net;
            dia_node *client, *server;
            unsigned served = 0;
            struct doer doer = { &net, NULL, deed, false, false, 0, { 0 } };
            if (!harness_row_runs(deed_names[deed]))
                continue;
            need(net_pair(&net, &client, &server, NULL));
            doer.node = client;
            need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
            struct net_wire *wire = net_wire_of(&net, client, server);
            wire->end[1].stuck = way > 0;
            for (uint32_t i = 0; i < 3; i++) {
                const dia_ro_ccr ccr = net_ccr(i);
                need_int(dia_send_ro_ccr(client, &ccr, 3000, outcome_and_act, &doer), 0);
            }
            if (way == 2)
                net_cut(&net, wire);
            net_pass(&net, 5000);
            need_int(doer.n, 3);
            if (deed == FREE)
                need(!net.seat[0].node);
        done:
            net_end(&net);
            if (harness_injected())
                return;
        }
    }
}

/* The last outcomes come from freeing itself, and may free once more. */
static void freeing_inside_of_freeing_is_fine(void)
{
    struct net net;
    dia_node *client, *server;
    struct doer doer = { &net, NULL, SEND, false, false, 0, { 0 } };
    need(net_pair(&net, &client, &server, NULL));
    doer.node = client;
    for (int i = 0; i < DEEDS; i++) {
        const dia_ro_ccr ccr = net_ccr(1);
        need_int(dia_send_ro_ccr(client, &ccr, 3000, outcome_and_act, &doer), 0);
    }
    doer.deed = STOP;
    net_seat_of(&net, client)->node = NULL;
    dia_node_free(client);
    need_int(doer.n, DEEDS);
done:
    net_end(&net);
}

static unsigned freed_again;

static void free_again(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    (void)cca;
    (void)arg;
    freed_again++;
    dia_node_free(outcome->node);
}

static void outcome_of_freeing_may_free_again(void)
{
    struct net net;
    dia_node *client, *server;
    freed_again = 0;
    need(net_pair(&net, &client, &server, NULL));
    for (uint32_t i = 0; i < 3; i++) {
        const dia_ro_ccr ccr = net_ccr(i);
        need_int(dia_send_ro_ccr(client, &ccr, 3000, free_again, NULL), 0);
    }
    net_free(&net, client);
    need_int(freed_again, 3);
done:
    net_end(&net);
}

/* ---- Stopping ---- */

static void node_stops_in_order(void) /* B5.4-01 */
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    dia_node_stop(client, DIA_CAUSE_REBOOTING, 0);
    need(!dia_node_stopped(client));
    need_int(net_ask(client, 1, 3000, &asked), DIA_ESTATE);
    net_pass(&net, 0);
    need_int(asked.n, 1);
    need_int(asked.kind, DIA_OUTCOME_ANSWER); /* what was asked before is still answered */
    need(dia_node_stopped(client));
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_STOPPED], 1);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_PEER_DOWN], 1);
    need_int(net_seat_of(&net, server)->events[DIA_EVENT_PEER_DOWN], 1);
    need(!strcmp(net_seat_of(&net, server)->reason, "the peer disconnected (DPR)"));
done:
    net_end(&net);
}

static void stopping_node_accepts_nobody(void)
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    struct net_wire *wire = net_wire_of(&net, client, server);
    wire->end[0].stuck = true; /* the client does not answer the DPR */
    dia_node_stop(server, DIA_CAUSE_BUSY, 2000);
    need(!net_hold(&net, server));
    net_pass(&net, 1999);
    need(!dia_node_stopped(server));
    net_pass(&net, 1);
    need(dia_node_stopped(server));
done:
    net_end(&net);
}

/* ---- Numbers ---- */

static dia_node_config crowded(void (*on_event)(void *arg, dia_node *node, const dia_event *event))
{
    return (dia_node_config){ .origin_host = "m.example.net",
                              .origin_realm = "example.net",
                              .limits = { .before_cer = 1 },
                              .on_event = on_event,
                              .alloc = harness_allocator() };
}

static void free_when_refused(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    if (event->kind == DIA_EVENT_REFUSED)
        dia_node_free(node);
}

static void stop_when_refused(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    if (event->kind == DIA_EVENT_REFUSED)
        dia_node_stop(node, DIA_CAUSE_REBOOTING, 0);
}

/* A connection makes way for another, and the application ends the node because of that: nobody is accepted. */
static void event_may_end_the_node_that_accepts(void)
{
    static const dia_conn_info info = { .remote = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") }, 5000 } };
    const dia_node_config freeing = crowded(free_when_refused), stopping = crowded(stop_when_refused);
    dia_node *node = NULL;
    need_int(dia_node_new(&freeing, (dia_time){ 1 }, &node, NULL, 0), 0);
    if (dia_node_accept(node, &info, (dia_time){ 2 })) /* otherwise it is freed already */
        check(!dia_node_accept(node, &info, (dia_time){ 3 }));
    node = NULL;
    need_int(dia_node_new(&stopping, (dia_time){ 1 }, &node, NULL, 0), 0);
    dia_conn *first = dia_node_accept(node, &info, (dia_time){ 2 });
    need(first);
    need(!dia_node_accept(node, &info, (dia_time){ 3 }));
    need(!dia_node_stopped(node));
    dia_conn_closed(first, NULL, (dia_time){ 4 });
    need(dia_node_stopped(node));
done:
    dia_node_free(node);
}

static void counters_count(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, &(dia_node_config){ .watchdog_ms = 10000 }));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    for (uint32_t i = 0; i < 10; i++)
        need_int(net_ask(client, i, 3000, &asked), 0);
    net_pump(&net);
    const dia_ro_ccr ccr = { .destination_realm = DIA_LIT("nowhere.example"),
                             .service_context_id = DIA_LIT("x"),
                             .cc_request_type = 4 };
    need_int(dia_send_ro_ccr(client, &ccr, 3000, net_on_cca, &asked), 0);
    net_pass(&net, 13000);
    const dia_counters c = dia_node_counters(client), s = dia_node_counters(server);
    const dia_counters p = dia_peer_counters(dia_node_next_peer(client, NULL));
    need_int(c.requests_out, 11);
    need_int(c.answers_in, 11);
    need_int(s.requests_in, 11);
    need_int(s.answers_out, 11);
    need_int(s.faults, 1);
    need_int(c.octets_out, s.octets_in);
    need_int(s.octets_out, c.octets_in);
    need_int(p.requests_out, 11);
    need_int(p.octets_out, c.octets_out);
    need(c.watchdogs_out + s.watchdogs_out >= 1);
    need_int(c.watchdogs_out, s.watchdogs_in);
    need_int(c.unexpected_answers + c.discarded + s.discarded, 0);
done:
    net_end(&net);
}

static void session_ids_are_unique(void) /* B8.8-03, B8.8-04 */
{
    enum { N = 1000 };
    static char text[N][64];
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    for (int i = 0; i < N; i++) {
        const int n = dia_node_session_id(node, (dia_bytes){ NULL, 0 }, text[i], sizeof text[i]);
        need_int(n, strlen(text[i]));
        need(!i || strcmp(text[i], text[i - 1]) != 0);
    }
    for (int i = 0; i < N; i += 37)
        for (int k = 0; k < i; k++)
            need(strcmp(text[i], text[k]) != 0);
    need(!strncmp(text[0], "m.example.net;", 14));
    const int n = dia_node_session_id(node, dia_cstr("imsi;1"), text[0], sizeof text[0]);
    need_int(n, strlen(text[0]));
    need(strstr(text[0], ";imsi;1"));
    need_int(dia_node_session_id(node, (dia_bytes){ NULL, 0 }, text[1], 10), DIA_ESPACE);
done:
    net_end(&net);
}

/* Every message, as it goes and comes, whole. */
struct tap_log {
    unsigned sent, came;
    size_t octets;
};

static void look(void *arg, dia_node *node, const dia_message_seen *seen)
{
    struct tap_log *log = arg;
    (void)node;
    log->sent += seen->sent;
    log->came += !seen->sent;
    log->octets += seen->octets.n;
    if (dia_load24(seen->octets.p + DIA_AT_LENGTH) != seen->octets.n || !seen->conn || !seen->at.us)
        abort();
}

static void tap_sees_every_message(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct asked asked = { 0 };
    struct tap_log log = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    dia_node_set_tap(server, look, &log);
    const dia_counters before = dia_node_counters(server);
    net.piece = 7;
    for (uint32_t i = 0; i < 5; i++)
        need_int(net_ask(client, i, 3000, &asked), 0);
    net_pump(&net);
    need_int(log.came, 5);
    need_int(log.sent, 5);
    const dia_counters after = dia_node_counters(server);
    need_int(log.octets, after.octets_in - before.octets_in + after.octets_out - before.octets_out);
    dia_node_set_tap(server, NULL, NULL);
    need_int(net_ask(client, 9, 3000, &asked), 0);
    net_pump(&net);
    need_int(log.came, 5);
done:
    net_end(&net);
}

static void kinds_have_names(void)
{
    check_str(dia_event_name(DIA_EVENT_PEER_UP), "peer up");
    check_str(dia_event_name(DIA_EVENT_STOPPED), "stopped");
    check_str(dia_event_name((dia_event_kind)99), "?");
    check_str(dia_outcome_name(DIA_OUTCOME_ANSWER), "answer");
    check_str(dia_outcome_name(DIA_OUTCOME_STOPPED), "stopped");
    check_str(dia_outcome_name((dia_outcome_kind)-1), "?");
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "configuration_is_judged", configuration_is_judged },
        { "patterns_that_allow_nobody_or_too_many_are_refused", patterns_that_allow_nobody_or_too_many_are_refused },
        { "nothing_is_freed_without_harm", nothing_is_freed_without_harm },
        { "peer_configurations_are_judged", peer_configurations_are_judged },
        { "peers_open_and_say_so", peers_open_and_say_so },
        { "node_has_one_name_on_all_connections", node_has_one_name_on_all_connections },
        { "unknown_peer_is_refused_unless_it_is_allowed", unknown_peer_is_refused_unless_it_is_allowed },
        { "unknown_peer_may_become_a_configured_one", unknown_peer_may_become_a_configured_one },
        { "unknown_peer_goes_with_its_connection", unknown_peer_goes_with_its_connection },
        { "both_may_connect_at_once", both_may_connect_at_once },
        { "removed_peer_is_disconnected_and_forgotten", removed_peer_is_disconnected_and_forgotten },
        { "closed_peer_is_removed_at_once", closed_peer_is_removed_at_once },
        { "peer_that_connects_may_be_removed_in_any_state", peer_that_connects_may_be_removed_in_any_state },
        { "cea_of_our_own_origin_host_is_refused", cea_of_our_own_origin_host_is_refused },
        { "peer_that_is_busy_is_connected_when_asked_for", peer_that_is_busy_is_connected_when_asked_for },
        { "event_may_remove_all_peers", event_may_remove_all_peers },
        { "event_may_free_the_node_that_adds_a_peer", event_may_free_the_node_that_adds_a_peer },
        { "handler_may_do_anything", handler_may_do_anything },
        { "outcome_may_do_anything", outcome_may_do_anything },
        { "freeing_inside_of_freeing_is_fine", freeing_inside_of_freeing_is_fine },
        { "outcome_of_freeing_may_free_again", outcome_of_freeing_may_free_again },
        { "node_stops_in_order", node_stops_in_order },
        { "stopping_node_accepts_nobody", stopping_node_accepts_nobody },
        { "event_may_end_the_node_that_accepts", event_may_end_the_node_that_accepts },
        { "counters_count", counters_count },
        { "session_ids_are_unique", session_ids_are_unique },
        { "tap_sees_every_message", tap_sees_every_message },
        { "kinds_have_names", kinds_have_names },
    };
    return HARNESS_RUN("node/node", tests);
}

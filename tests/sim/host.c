/* Hosts: their names, and how they end and come back. */
#include "pair.h"

static void host_that_does_not_start_is_not_there(void)
{
    static const dia_node_config bad = { .origin_host = "no host" };
    dia_sim *sim = NULL;
    dia_sim_host *host = NULL;
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &sim), 0);
    const int err = dia_sim_add(sim, &bad, NULL, NULL, &host);
    need_int(err, DIA_EINVAL);
    need(!host);
done:
    dia_sim_free(sim);
}

static int refuse(dia_sim_host *host, dia_node *node, void *arg)
{
    const dia_sim_host *const *seen = arg;
    check(*seen == host && dia_sim_node(host) == node);
    return DIA_ERANGE;
}

static void start_function_may_refuse(void)
{
    static const dia_node_config config = { .origin_host = "a.example.net", .origin_realm = "example.net" };
    dia_sim *sim = NULL;
    dia_sim_host *host = NULL;
    need_int(dia_sim_new(&(dia_sim_config){ .alloc = harness_allocator() }, &sim), 0);
    need_int(dia_sim_add(sim, &config, refuse, &host, &host), DIA_ERANGE);
    need(!host);
    need(!dia_sim_step(sim));
done:
    dia_sim_free(sim);
}

static void doors_are_opened_once(void)
{
    struct pair pair;
    static const struct {
        const char *uri;
        int err;
    } rows[] = {
        { "server.example.net", DIA_EFORMAT },
        { "aaa://server.example.net:3868;transport=udp;protocol=radius", DIA_ENOTSUP },
        { "aaa://server.example.net", DIA_EEXIST },
        { "aaa://SERVER.example.net:3868", DIA_EEXIST },
        { NULL, 0 },
        { "aaa://server.example.net:3869", 0 },
        { "aaas://server.example.net", 0 },
        { "aaas://server.example.net:5868", DIA_EEXIST },
        { "aaa://192.0.2.1;transport=sctp", 0 },
    };
    need(pair_begin(&pair, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].uri);
        need_int(dia_sim_listen(pair.client, rows[i].uri), rows[i].err);
    }
    need_str(dia_sim_name(pair.client), "client.example.net");
done:
    pair_end(&pair);
}

static bool has_failed(void *arg)
{
    const struct pair *pair = arg;
    return pair->events[DIA_EVENT_CONNECT_FAILED] > 0;
}

static void connection_goes_to_a_name_and_a_port_that_listen(void)
{
    static const struct {
        const char *uri, *reason;
    } rows[] = {
        { "aaa://nobody.example.net", "the host name was not found" },
        { "aaa://server.example.net:3869", "connection refused" },
        { "aaa://server.example.net;transport=sctp", "connection refused" },
        { "aaas://server.example.net", "connection refused" },
    };
    struct pair pair;
    need(pair_begin(&pair, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].uri);
        pair.events[DIA_EVENT_CONNECT_FAILED] = 0;
        const dia_peer_config config = { .host = "other.example.net", .connect = rows[i].uri };
        dia_peer *peer = NULL;
        need_int(dia_node_add_peer(dia_sim_node(pair.client), &config, &peer), 0);
        need(dia_sim_run_until(pair.sim, 900, has_failed, &pair));
        need_str(pair.reason, rows[i].reason);
        need_int(dia_node_remove_peer(dia_sim_node(pair.client), peer), 0);
    }
done:
    pair_end(&pair);
}

static void nobody_is_found_in_the_dns(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    const dia_peer_config config = { .realm = "example.org" };
    need_int(dia_node_add_peer(dia_sim_node(pair.client), &config, NULL), 0);
    dia_sim_run(pair.sim, 100);
    check_int(pair.events[DIA_EVENT_DISCOVERED], 1);
    check(strstr(pair.reason, "the simulation has no DNS"));
done:
    pair_end(&pair);
}

/* The peer sees who is behind the door, also when the host was started again. */
static int listen_as_another(dia_sim_host *host, dia_node *node, void *arg)
{
    static const dia_listener_config config = { .identity = { .origin_host = "other.example.net" } };
    dia_listener *listener;
    (void)arg;
    const int err = dia_node_advertise(node, 4, 0, DIA_APP_AUTH);
    return err || dia_node_add_listener(node, &config, &listener) ? DIA_ENOMEM
                                                                  : dia_sim_listen_as(host, NULL, listener);
}

static bool other_is_open(void *arg)
{
    const dia_peer *peer = dia_node_find_peer(arg, "other.example.net");
    return peer && dia_peer_is_open(peer);
}

static void door_may_have_an_identity(void)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "one.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody };
    struct pair pair;
    dia_sim_host *host = NULL;
    need(pair_begin(&pair, NULL));
    dia_node *client = dia_sim_node(pair.client);
    need_int(dia_sim_add(pair.sim, &config, listen_as_another, NULL, &host), 0);
    const dia_peer_config peer = { .host = "other.example.net", .connect = "aaa://one.example.net" };
    need_int(dia_node_add_peer(client, &peer, NULL), 0);
    need(dia_sim_run_until(pair.sim, 1000, other_is_open, client));
    dia_sim_kill(host);
    dia_sim_run(pair.sim, 1);
    need(!other_is_open(client));
    need_int(dia_sim_start(host), 0);
    need(dia_sim_run_until(pair.sim, 20000, other_is_open, client));
    need_int(dia_sim_listen_as(pair.client, "aaa://one.example.net", NULL), DIA_EEXIST);
done:
    pair_end(&pair);
}

/* Strangers are let in or not by the configuration's callback, which gets its own argument. */
static uint32_t admit(void *arg, dia_node *node, const dia_stranger *who)
{
    unsigned *asked = arg;
    (void)node;
    ++*asked;
    return dia_bytes_equal(who->host, DIA_STR("client.example.net")) ? 2001 : 3010;
}

static int use_ro(dia_sim_host *host, dia_node *node, void *arg)
{
    (void)arg;
    const int err = dia_node_use(node, &dia_dict_ro);
    return err ? err : dia_sim_listen_as(host, "aaa://door.example.net", NULL) == DIA_ENOMEM ? DIA_ENOMEM : 0;
}

static void callback_admits_strangers(void)
{
    unsigned asked = 0;
    const dia_node_config config = {
        .origin_host = "other.example.net", .origin_realm = "example.net", .admit = admit, .arg = &asked
    };
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_add(pair.sim, &config, use_ro, NULL, NULL), 0);
    const dia_peer_config peer = { .host = "other.example.net", .connect = "aaa://door.example.net" };
    need_int(dia_node_add_peer(dia_sim_node(pair.client), &peer, NULL), 0);
    need(dia_sim_run_until(pair.sim, 1000, other_is_open, dia_sim_node(pair.client)));
    need_int(asked, 1);
done:
    pair_end(&pair);
}

/* ---- Ends ---- */

static void killed_host_resets_its_connections(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_kill(pair.server);
    need(!dia_sim_node(pair.server));
    dia_sim_kill(pair.server); /* twice is once */
    dia_sim_run(pair.sim, 1);
    need_int(pair.lost, 1);
    need_str(pair.reason, "reset by the peer");
    dia_sim_run(pair.sim, 2000);
    need_str(pair.reason, "connection refused");
    need_int(dia_sim_start(pair.server), 0);
    need_int(dia_sim_start(pair.server), DIA_ESTATE);
    need(dia_sim_run_until(pair.sim, 10000, pair_is_open, &pair));
    need_int(pair_ask(&pair, 2), 0);
    dia_sim_run(pair.sim, 5000);
    need_int(pair.answered, 1);
    need_int(dia_sim_connections(pair.client, pair.server), 1);
done:
    pair_end(&pair);
}

static void requests_of_a_killed_host_have_their_outcome(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_kill(pair.client);
    need_int(pair.stopped, 1);
done:
    pair_end(&pair);
}

static void crashed_host_says_nothing(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_crash(pair.server);
    const unsigned events = pair.events[DIA_EVENT_PEER_DOWN];
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 4900);
    need(dia_peer_is_open(pair_peer(pair.client)));
    dia_sim_run(pair.sim, 200);
    need_int(pair.timeouts, 1);
    need_int(pair.events[DIA_EVENT_PEER_DOWN], events);
    dia_sim_run(pair.sim, 30000); /* until the watchdog has found out */
    need(!dia_peer_is_open(pair_peer(pair.client)));
    need_int(pair.events[DIA_EVENT_PEER_DOWN], events + 1);
done:
    pair_end(&pair);
}

static void crashed_host_that_is_back_resets_what_it_does_not_know(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_crash(pair.server);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 2000);
    need_int(pair.lost, 0);
    need_int(dia_sim_start(pair.server), 0);
    dia_sim_run(pair.sim, 1);
    need_int(pair.lost, 1);
    need(dia_sim_run_until(pair.sim, 60000, pair_is_open, &pair));
done:
    pair_end(&pair);
}

static void connect_to_a_crashed_host_hangs_until_it_is_back(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_crash(pair.server);
    dia_sim_cut(pair.client, NULL);
    dia_sim_run(pair.sim, 3000);
    need_int(dia_peer_get_state(pair_peer(pair.client)), DIA_PEER_WAIT_CONN_ACK);
    need_int(dia_sim_start(pair.server), 0);
    need(dia_sim_run_until(pair.sim, 10, pair_is_open, &pair));
done:
    pair_end(&pair);
}

static void kill_the_server(struct pair *pair)
{
    dia_sim_kill(pair->server);
}

static void kill_the_client(struct pair *pair)
{
    dia_sim_kill(pair->client);
}

static void restart_the_server(struct pair *pair)
{
    dia_sim_kill(pair->server);
    dia_sim_start(pair->server);
}

static void host_may_be_ended_by_a_callback_of_its_own(void)
{
    static const struct {
        const char *name;
        void (*act)(struct pair *pair);
        bool server, client;
    } rows[] = {
        { "its own", kill_the_server, false, true },
        { "of another", kill_the_client, true, false },
        { "and started", restart_the_server, true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].name);
        need(pair_begin(&pair, NULL));
        pair.on_served = rows[i].act;
        need_int(pair_ask(&pair, 1), 0);
        dia_sim_run(pair.sim, 100);
        need_int(!dia_sim_node(pair.server), !rows[i].server);
        need_int(!dia_sim_node(pair.client), !rows[i].client);
        need_int(pair.answered, 0);
        need_int(pair.lost + pair.stopped, 1);
    done:
        pair_end(&pair);
        if (harness_injected())
            return;
    }
}

/* ---- Standing still ---- */

static void count(void *arg)
{
    ++*(unsigned *)arg;
}

static void frozen_host_does_nothing_and_loses_nothing(void)
{
    struct pair pair;
    unsigned fired = 0;
    need(pair_begin(&pair, NULL));
    need_int(dia_sim_after(pair.sim, pair.server, 100, count, &fired), 0);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_freeze(pair.server, true);
    dia_sim_run(pair.sim, 2000);
    need_int(pair.served, 0);
    need_int(fired, 0);
    dia_sim_freeze(pair.server, false);
    dia_sim_run(pair.sim, 1);
    need_int(pair.served, 1);
    need_int(pair.answered, 1);
    need_int(fired, 1);
    need_int(dia_node_now(dia_sim_node(pair.server)).us, dia_sim_now(pair.sim).us);
done:
    pair_end(&pair);
}

static void frozen_host_that_is_killed_is_not_frozen_when_it_is_back(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_freeze(pair.server, true);
    dia_sim_cut(pair.client, pair.server);
    dia_sim_run(pair.sim, 1);
    need_int(pair.events[DIA_EVENT_PEER_DOWN], 1); /* the client's alone */
    dia_sim_kill(pair.server);
    dia_sim_run(pair.sim, 1200);
    need_str(pair.reason, "connection refused");
    need_int(dia_sim_start(pair.server), 0);
    need(dia_sim_run_until(pair.sim, 20000, pair_is_open, &pair));
done:
    pair_end(&pair);
}

static void frozen_host_learns_late_of_a_cut(void)
{
    struct pair pair;
    need(pair_begin(&pair, NULL));
    dia_sim_freeze(pair.client, true);
    dia_sim_cut(pair.client, pair.server);
    dia_sim_run(pair.sim, 1000);
    need(dia_peer_is_open(pair_peer(pair.client)));
    dia_sim_freeze(pair.client, false);
    dia_sim_run(pair.sim, 1);
    need(!dia_peer_is_open(pair_peer(pair.client)));
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "host_that_does_not_start_is_not_there", host_that_does_not_start_is_not_there },
        { "start_function_may_refuse", start_function_may_refuse },
        { "doors_are_opened_once", doors_are_opened_once },
        { "connection_goes_to_a_name_and_a_port_that_listen", connection_goes_to_a_name_and_a_port_that_listen },
        { "nobody_is_found_in_the_dns", nobody_is_found_in_the_dns },
        { "door_may_have_an_identity", door_may_have_an_identity },
        { "callback_admits_strangers", callback_admits_strangers },
        { "killed_host_resets_its_connections", killed_host_resets_its_connections },
        { "requests_of_a_killed_host_have_their_outcome", requests_of_a_killed_host_have_their_outcome },
        { "crashed_host_says_nothing", crashed_host_says_nothing },
        { "crashed_host_that_is_back_resets_what_it_does_not_know",
          crashed_host_that_is_back_resets_what_it_does_not_know },
        { "connect_to_a_crashed_host_hangs_until_it_is_back", connect_to_a_crashed_host_hangs_until_it_is_back },
        { "host_may_be_ended_by_a_callback_of_its_own", host_may_be_ended_by_a_callback_of_its_own },
        { "frozen_host_does_nothing_and_loses_nothing", frozen_host_does_nothing_and_loses_nothing },
        { "frozen_host_that_is_killed_is_not_frozen_when_it_is_back",
          frozen_host_that_is_killed_is_not_frozen_when_it_is_back },
        { "frozen_host_learns_late_of_a_cut", frozen_host_learns_late_of_a_cut },
    };
    return HARNESS_RUN("sim/host", tests);
}

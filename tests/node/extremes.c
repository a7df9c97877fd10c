/* Configurations at the ends of their ranges: what can work does, what cannot is refused with a sentence; nothing overflows,
 * nobody spins. */
#include "net.h"

enum { ALL = 18 };

/* Each limit of 32 bits, by its place. */
static uint32_t *limit_number(dia_limits *limits, size_t i)
{
    uint32_t *const all[] = {
        &limits->turn,          &limits->connections, &limits->per_address, &limits->before_cer, &limits->unknown_peers,
        &limits->pending,       &limits->unanswered,  &limits->cer_ms,      &limits->partial_ms, &limits->stall_ms,
        &limits->disconnect_ms, &limits->drain_ms,    &limits->counts,
    };
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

static bool joined_and_served(struct net *net, const dia_node_config *config)
{
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    if (!net_pair(net, &client, &server, config) || dia_serve_ro_ccr(server, net_serve, &served) ||
        net_ask(client, 1, UINT32_MAX, &asked))
        return false;
    net_pump(net);
    const bool answered = asked.result_code == 2001 && served == 1;
    dia_node_stop(client, DIA_CAUSE_REBOOTING, UINT32_MAX);
    dia_node_stop(server, DIA_CAUSE_REBOOTING, 0);
    net_pass(net, 20000);
    return answered && dia_node_stopped(client) && dia_node_stopped(server);
}

static void each_limit_may_be_least_or_greatest(void)
{
    for (size_t i = 0; i < ALL; i++) {
        for (int greatest = 0; greatest < 2; greatest++) {
            struct net net;
            dia_node_config config = { .alloc = dia_allocator_default() };
            uint32_t *limit = limit_number(&config.limits, i);
            if (!limit)
                return;
            *limit = greatest                          ? UINT32_MAX
                     : limit == &config.limits.counts  ? DIA_COUNT_KINDS
                     : limit == &config.limits.pending ? 2
                                                       : 1;
            net_begin(&net);
            need(joined_and_served(&net, &config));
        done:
            net_end(&net);
            if (harness_injected())
                return;
        }
    }
}

static void sizes_may_be_endless(void)
{
    struct net net;
    net_begin(&net);
    const dia_node_config config = {
        .watchdog_ms = UINT32_MAX,
        .reopen_dwas = UINT32_MAX - 1,
        .reconnect_ms = UINT32_MAX,
        .reconnect_max_ms = UINT32_MAX,
        .tries = UINT32_MAX,
        .limits = { .decoded = SIZE_MAX, .memory = SIZE_MAX, .output_soft = SIZE_MAX, .output_hard = SIZE_MAX },
    };
    need(joined_and_served(&net, &config));
done:
    net_end(&net);
}

/* Less memory than an empty node has would mean that nobody ever comes in. */
static void memory_for_nothing_is_refused(void)
{
    char why[200] = "";
    dia_node *node = NULL;
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator(),
                                     .limits = { .memory = 4096, .message = 4096 } };
    const int err = dia_node_new(&config, (dia_time){ 0 }, &node, why, sizeof why);
    need(!node);
    need(err == DIA_EINVAL || (err == DIA_ENOMEM && harness_injected()));
    need(harness_injected() || strstr(why, "limits.memory"));
    need(dia_node_new(&config, (dia_time){ 0 }, &node, NULL, 0));
done:
    dia_node_free(node);
}

/* A Tc of a millisecond is a thousand attempts a second at most, over however many addresses. */
static void shortest_times_do_not_spin(void)
{
    static const char *const also[] = { "aaa://b.example.net", "aaa://c.example.net", NULL };
    struct net net;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", &(dia_node_config){ .reconnect_ms = 1 });
    dia_peer *peer;
    need(client);
    const dia_peer_config config = { .connect = "aaa://a.example.net", .also = also };
    need_int(dia_node_add_peer(client, &config, &peer), 0);
    net_pass(&net, 1000);
    const unsigned failed = net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED];
    need(failed > 100 && failed <= 3000);
done:
    net_end(&net);
}

/* More DWRs than seven bits count. */
static void many_dwas_may_be_wanted(void)
{
    enum { WANTED = 300, TW_MS = 6000 };
    struct net net;
    dia_node *client, *server;
    net_begin(&net);
    need(net_pair(&net, &client, &server,
                  &(dia_node_config){ .alloc = dia_allocator_default(), .watchdog_ms = TW_MS, .reopen_dwas = WANTED }));
    const dia_peer *peer = dia_node_next_peer(client, NULL);
    net_cut(&net, net_wire_of(&net, client, server));
    net_pass(&net, 33000);
    need_int(dia_peer_get_watch(peer), DIA_WATCH_REOPEN);
    net_pass(&net, 200 * TW_MS);
    need_int(dia_peer_get_watch(peer), DIA_WATCH_REOPEN);
    net_pass(&net, 200 * TW_MS);
    need_int(dia_peer_get_watch(peer), DIA_WATCH_OKAY);
done:
    net_end(&net);
}

static void peers_and_listeners_that_make_no_sense_are_refused(void)
{
    static const uint32_t apps[] = { 4 };
    static const dia_address wrong = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0") };
    static char host[400], uri[5000];
    memset(host, 'a', sizeof host - 1);
    memcpy(uri, "aaa://", 6);
    memset(uri + 6, 'a', sizeof uri - 7);
    const char *const also[] = { "aaa://near.example.net", uri, NULL };
    const struct {
        const char *name;
        dia_peer_config config;
    } rows[] = {
        { "nothing", { 0 } },
        { "a long host", { .host = host } },
        { "a long URI", { .connect = uri } },
        { "a long URI among others", { .connect = "aaa://far.example.net", .also = also } },
        { "addresses without a first one", { .host = "a.example.net", .also = also } },
        { "65 connections", { .host = "a.example.net", .connections = 65 } },
        { "endless connections", { .host = "a.example.net", .connections = UINT32_MAX } },
        { "several connections of nobody", { .connect = "aaa://far.example.net", .connections = 2 } },
        { "ourselves", { .host = "CLIENT.example.net" } },
        { "ourselves in another dress", { .host = "a.example.net", .identity = { .origin_host = "A.example.net" } } },
        { "a watchdog of a millisecond", { .host = "a.example.net", .watchdog_ms = 1 } },
        { "a Tc above its end", { .host = "a.example.net", .reconnect_ms = UINT32_MAX, .reconnect_max_ms = 1 } },
        { "applications that are not there", { .host = "a.example.net", .identity = { .n_applications = 1 } } },
        { "endless applications",
          { .host = "a.example.net", .identity = { .applications = apps, .n_applications = SIZE_MAX / 2 } } },
        { "endless addresses",
          { .host = "a.example.net", .identity = { .host_ip_addresses = &wrong, .n_host_ip_addresses = SIZE_MAX } } },
        { "an address that is too short",
          { .host = "a.example.net", .identity = { .host_ip_addresses = &wrong, .n_host_ip_addresses = 1 } } },
        { "a DSCP of 64", { .host = "a.example.net", .connect = "aaa://a.example.net", .socket = { .dscp = 64 } } },
    };
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "client.example.net", NULL);
    need(node);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_listener *listener = NULL;
        const dia_listener_config behind = { .identity = rows[i].config.identity };
        harness_row(rows[i].name);
        need_int(dia_node_add_peer(node, &rows[i].config, NULL), DIA_EINVAL);
        if (behind.identity.n_applications || behind.identity.n_host_ip_addresses)
            need_int(dia_node_add_listener(node, &behind, &listener), DIA_EINVAL);
    }
    need(!dia_node_next_peer(node, NULL));
done:
    net_end(&net);
}

/* A CER that has no room in a message is said to be too long. */
static void cer_that_is_too_long_is_named(void)
{
    static uint32_t apps[1000];
    struct net net;
    net_begin(&net);
    const dia_node_config small = { .alloc = dia_allocator_default(), .limits = { .message = 4096 } };
    dia_node *client = net_add(&net, "client.example.net", &small);
    dia_node *server = net_add(&net, "server.example.net", NULL);
    need(client && server);
    for (uint32_t i = 0; i < 1000; i++) {
        apps[i] = 1000 + i;
        need_int(dia_node_advertise(client, apps[i], 0, DIA_APP_AUTH), 0);
    }
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://server.example.net" }, NULL), 0);
    net_pump(&net);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_CONNECT_FAILED], 1);
    need_str(net_seat_of(&net, client)->reason, "CER is longer than limits.message");
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_limit_may_be_least_or_greatest", each_limit_may_be_least_or_greatest },
        { "sizes_may_be_endless", sizes_may_be_endless },
        { "memory_for_nothing_is_refused", memory_for_nothing_is_refused },
        { "shortest_times_do_not_spin", shortest_times_do_not_spin },
        { "many_dwas_may_be_wanted", many_dwas_may_be_wanted },
        { "peers_and_listeners_that_make_no_sense_are_refused", peers_and_listeners_that_make_no_sense_are_refused },
        { "cer_that_is_too_long_is_named", cer_that_is_too_long_is_named },
    };
    return HARNESS_RUN("node/extremes", tests);
}

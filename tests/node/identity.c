/* Who we are, and who may come: identities of listeners and peers, patterns, the application's word. */
#include "net.h"

#include <stdio.h>

static const uint32_t gy_only[] = { 4 };
static const uint32_t none_of_them[] = { 16777251 };

static const dia_listener_config inside = {
    .identity = { .origin_host = "inside.example.org", .origin_realm = "example.org" },
};

/* What a client of Ro hears from a server of Ro and Gx, which has a door of its own (NULL: none); 2001: it is open. */
static uint32_t knock(const dia_node_config *config, const dia_listener_config *door)
{
    struct net net;
    uint32_t heard = 0;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", config);
    need(server);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    need_int(dia_node_advertise(server, 16777238, 10415, DIA_APP_AUTH), 0);
    need(!door || !dia_node_add_listener(server, door, &net_seat_of(&net, server)->listener));
    const bool open = net_hold_open(&net, server, "client.example.net") != NULL;
    heard = net_seat_of(&net, server)->result_code;
    need_int(open, heard == 2001);
done:
    net_end(&net);
    return heard;
}

/* ---- Listeners ---- */

static void listener_has_an_identity_of_its_own(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    struct asked asked = { 0 };
    unsigned served = 0;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    dia_node *client = net_add(&net, "client.example.net", &(dia_node_config){ .destination_realm = "example.org" });
    dia_peer *peer;
    need(server && client);
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    need_int(dia_node_add_listener(server, &inside, &net_seat_of(&net, server)->listener), 0);
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://server.example.net" }, &peer), 0);
    net_pump(&net);
    need(dia_peer_is_open(peer));
    need_bytes(dia_peer_host(peer), dia_cstr("inside.example.org"));
    need_bytes(dia_peer_realm(peer), dia_cstr("example.org"));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = dia_cstr("example.org");
    ccr.destination_host = dia_cstr("inside.example.org");
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    net_pump(&net);
    need_int(asked.result_code, 2001);
    ccr.destination_realm = dia_cstr("example.net"); /* who it is elsewhere is no other node */
    ccr.destination_host = dia_cstr("SERVER.example.net");
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    net_pump(&net);
    need_int(asked.result_code, 2001);
    ccr.destination_host.p = NULL;
    ccr.destination_realm = dia_cstr("example.com");
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    net_pump(&net);
    need_int(asked.result_code, 3003);
    dia_node_remove_listener(server, net_seat_of(&net, server)->listener); /* the connection stays */
    net_seat_of(&net, server)->listener = NULL;
    dia_node_stop(server, DIA_CAUSE_REBOOTING, 0);
    net_pump(&net);
    need(dia_node_stopped(server));
done:
    net_end(&net);
}

static void remove_its_listener(struct net_seat *seat, const dia_event *event)
{
    if (event->kind != DIA_EVENT_REFUSED || !seat->listener)
        return;
    dia_node_remove_listener(seat->node, seat->listener);
    seat->listener = NULL;
}

/* One makes way for another, and the application, which hears of it, removes the listener to which that one came. */
static void listener_may_be_removed_while_somebody_comes(void)
{
    struct net net;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .limits = { .before_cer = 1 } });
    need(server);
    struct net_seat *seat = net_seat_of(&net, server);
    need_int(dia_node_add_listener(server, &inside, &seat->listener), 0);
    const dia_conn_info info = { .listener = seat->listener };
    const dia_time now = { net.now_us };
    seat->on_event = remove_its_listener;
    dia_conn *first = dia_node_accept(server, &(dia_conn_info){ 0 }, now);
    dia_conn *second = first ? dia_node_accept(server, &info, now) : NULL;
    need(second);
    need(!seat->listener);
    need_bytes(second->self->host, dia_cstr("inside.example.org"));
    dia_conn_closed(second, NULL, now);
    need(dia_list_empty(&server->hub.listeners));
    dia_conn_closed(first, NULL, now);
done:
    net_end(&net);
}

/* It offers a part of the node's applications, and answers others as unknown. */
static void listener_offers_some_applications(void)
{
    static const char *const anybody[] = { "*", NULL };
    static const struct {
        const char *name;
        dia_identity identity;
        bool open;
    } rows[] = {
        { "all", { NULL }, true },
        { "the one", { .applications = gy_only, .n_applications = 1 }, true },
        { "another", { .applications = none_of_them, .n_applications = 1 }, false },
        { "none", { .applications = gy_only }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        check_int(knock(&(dia_node_config){ .allow = anybody }, &(dia_listener_config){ .identity = rows[i].identity }),
                  rows[i].open ? 2001 : 5010);
        if (harness_injected())
            return;
    }
}

static void wrong_listeners_and_identities_are_refused(void)
{
    static const char *const bad[] = { "*example.net", NULL };
    static const dia_address no_address = { DIA_FAMILY_IPV4, { NULL, 0 } };
    static const dia_listener_config wrong[] = {
        { .allow = bad },
        { .identity = { .origin_host = "" } },
        { .identity = { .origin_host = "192.0.2.1" } }, /* B4.3.1-08 */
        { .identity = { .origin_realm = "a/b" } },
        { .identity = { .n_applications = 1 } },
        { .identity = { .host_ip_addresses = &no_address, .n_host_ip_addresses = 1 } },
    };
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "a.example.net", NULL);
    dia_listener *listener = NULL;
    need(node);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        need_int(dia_node_add_listener(node, &wrong[i], &listener), DIA_EINVAL);
    need(!listener);
done:
    net_end(&net);
}

/* ---- Peers ---- */

static void peer_sees_the_identity_of_its_configuration(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    struct asked asked = { 0 };
    unsigned served = 0;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    dia_node *client = net_add(&net, "client.example.net", &(dia_node_config){ .destination_realm = "example.net" });
    need(server && client);
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    const dia_peer_config config = {
        .host = "server.example.net",
        .connect = "aaa://server.example.net",
        .identity = { .origin_host = "edge.example.com", .origin_realm = "example.com" },
    };
    need_int(dia_node_add_peer(client, &config, NULL), 0);
    net_pump(&net);
    need(dia_node_find_peer(server, "edge.example.com"));
    need(!dia_node_find_peer(server, "client.example.net"));
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pump(&net);
    need_int(asked.result_code, 2001);
    dia_peer_status status;
    dia_peer_get_status(dia_node_find_peer(server, "edge.example.com"), &status);
    need_bytes(status.realm, dia_cstr("example.com"));
    need_bytes(status.product_name, dia_cstr("Diatom"));
    need_int(status.host_ip_address.family, DIA_FAMILY_IPV4);
    need_int(status.n_applications, 1);
    need_int(status.applications[0], 4);
    need(!status.configured && !status.initiator);
done:
    net_end(&net);
}

/* Auth, acct, those of vendors and relay (RFC 6733, 5.3). */
static void common_applications_are_told(void) /* B5.3-05, B5.3-06 */
{
    static const char *const anybody[] = { "*", NULL };
    static const struct {
        const char *name;
        uint32_t theirs[3];
        size_t n, common;
    } rows[] = {
        { "all", { 4, 3, 16777238 }, 3, 3 },
        { "one", { 3, 99 }, 2, 1 },
        { "a relay", { 0xffffffff }, 1, 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net net;
        uint32_t common[2] = { 0 };
        net_begin(&net);
        harness_row(rows[i].name);
        dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
        dia_node *client = net_add(&net, "client.example.net", NULL);
        need(server && client);
        need_int(dia_node_use(server, &dia_dict_ro), 0);
        need_int(dia_node_advertise(server, 3, 0, DIA_APP_ACCT), 0);
        need_int(dia_node_advertise(server, 16777238, 10415, DIA_APP_AUTH), 0);
        for (size_t k = 0; k < rows[i].n; k++)
            need_int(dia_node_advertise(client, rows[i].theirs[k], rows[i].theirs[k] > 1000000 ? 10415 : 0,
                                        rows[i].theirs[k] == 3 ? DIA_APP_ACCT : DIA_APP_AUTH),
                     0);
        need_int(dia_node_add_peer(server, &(dia_peer_config){ .host = "client.example.net" }, NULL), 0);
        const dia_peer *peer = dia_node_find_peer(server, "client.example.net");
        need_int(dia_peer_common(peer, NULL, 0), 0);
        need(net_join(&net, client, server));
        need_int(dia_peer_common(peer, common, 2), rows[i].common);
        need_int(common[0], rows[i].common == 1 ? 3 : 4);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* ---- Strangers ---- */

static void patterns_let_strangers_in(void)
{
    static const struct {
        const char *pattern;
        bool in;
    } rows[] = {
        { "client.example.net", true },
        { "CLIENT.Example.NET", true },
        { "other.example.net", false },
        { "*.example.net", true },
        { "*.example.org", false },
        { "realm:example.net", true },
        { "realm:EXAMPLE.net", true },
        { "realm:*.net", true },
        { "realm:*.example.net", false },
        { "realm:example.org", false },
        { "*@192.0.2.1", true },
        { "*@192.0.2.2", false },
        { "*@192.0.2.0/24", true },
        { "*@192.0.3.0/24", false },
        { "*@192.0.3.0/23", true },
        { "*@0.0.0.0/0", true },
        { "*@::/0", false },
        { "*.example.net@192.0.2.0/30", true },
        { "*.example.org@192.0.2.0/30", false },
        { "realm:example.net@192.0.2.128/25", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const allow[] = { rows[i].pattern, NULL };
        for (int of_listener = 0; of_listener < 2; of_listener++) {
            const dia_node_config config = { .allow = of_listener ? NULL : allow, .alloc = dia_allocator_default() };
            harness_row(rows[i].pattern);
            check_int(knock(&config, of_listener ? &(dia_listener_config){ .allow = allow } : NULL),
                      rows[i].in ? 2001 : 3010);
            if (harness_injected())
                return;
        }
    }
}

/* That a stranger is here already, through another door, lets nobody else in under its name. */
static void known_stranger_is_asked_for_at_each_connection(void)
{
    static const char *const anybody[] = { "*", NULL }, *const nobody[] = { "none.example.net", NULL };
    struct net net;
    dia_listener *wide = NULL, *narrow = NULL;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", NULL);
    need(server);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    need_int(dia_node_add_listener(server, &(dia_listener_config){ .allow = anybody }, &wide), 0);
    need_int(dia_node_add_listener(server, &(dia_listener_config){ .allow = nobody }, &narrow), 0);
    net_seat_of(&net, server)->listener = wide;
    struct net_wire *first = net_hold_open(&net, server, "client.example.net");
    need(first);
    net_seat_of(&net, server)->listener = narrow;
    need(!net_hold_open(&net, server, "client.example.net"));
    need_int(net_seat_of(&net, server)->result_code, 3010);
    net_pass(&net, 5000); /* the first is silent: no probe was begun */
    need(dia_peer_is_open(dia_node_next_peer(server, NULL)));
    need(!net_read(&net, first).p);
done:
    net_end(&net);
}

static void wrong_patterns_are_refused(void)
{
    static const char *const wrong[] = { "",
                                         "*.",
                                         "*x",
                                         "a b",
                                         "realm:",
                                         "realm:*.",
                                         "*@",
                                         "*@192.0.2",
                                         "*@192.0.2.0/33",
                                         "*@192.0.2.0/",
                                         "*@::/129",
                                         "*@192.0.2.0/1a",
                                         "@192.0.2.0",
                                         "**" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *const allow[] = { wrong[i], NULL };
        char why[200] = "";
        dia_node *node = NULL;
        harness_row(wrong[i]);
        check(dia_node_new(&(dia_node_config){ .origin_host = "a.example.net",
                                               .origin_realm = "example.net",
                                               .allow = allow,
                                               .alloc = dia_allocator_default() },
                           (dia_time){ 1 }, &node, why, sizeof why) == DIA_EINVAL);
        check(strstr(why, "allow"));
    }
}

struct doorman {
    uint32_t says;
    unsigned asked;
    char host[64], realm[64];
    uint8_t address[4];
    uint32_t application;
};

static struct doorman doorman;

static uint32_t admit(void *arg, dia_node *node, const dia_stranger *who)
{
    (void)arg;
    (void)node;
    doorman.asked++;
    snprintf(doorman.host, sizeof doorman.host, "%.*s", (int)who->host.n, (const char *)who->host.p);
    snprintf(doorman.realm, sizeof doorman.realm, "%.*s", (int)who->realm.n, (const char *)who->realm.p);
    memcpy(doorman.address, dia_conn_remote(who->conn).address.value.p, 4);
    doorman.application = who->n_applications ? who->applications[0] : 0;
    return doorman.says;
}

static void application_decides_about_strangers(void) /* B5.3-12, B5.3-13 */
{
    static const struct {
        const char *name;
        uint32_t says, heard;
    } rows[] = {
        { "welcome", 2001, 2001 },
        { "not known", 3010, 3010 },
        { "busy", 3004, 3004 },
        { "without a word", 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net net;
        net_begin(&net);
        harness_row(rows[i].name);
        doorman = (struct doorman){ .says = rows[i].says };
        dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .admit = admit });
        need(server);
        need_int(dia_node_use(server, &dia_dict_ro), 0);
        struct net_wire *wire = net_hold_open(&net, server, "client.example.net");
        need_int(wire != NULL, rows[i].heard == 2001);
        need_int(doorman.asked, 1);
        need_str(doorman.host, "client.example.net");
        need_str(doorman.realm, "example.net");
        need_int(doorman.address[3], 1);
        need_int(doorman.application, 4);
        need_int(net_seat_of(&net, server)->result_code, rows[i].heard);
        need_int(net_seat_of(&net, server)->events[DIA_EVENT_REFUSED], rows[i].heard != 2001);
        if (wire) {
            net_cut(&net, wire);
            need(!dia_node_next_peer(server, NULL)); /* it lives as long as its connection */
        }
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "listener_has_an_identity_of_its_own", listener_has_an_identity_of_its_own },
        { "listener_may_be_removed_while_somebody_comes", listener_may_be_removed_while_somebody_comes },
        { "listener_offers_some_applications", listener_offers_some_applications },
        { "wrong_listeners_and_identities_are_refused", wrong_listeners_and_identities_are_refused },
        { "peer_sees_the_identity_of_its_configuration", peer_sees_the_identity_of_its_configuration },
        { "common_applications_are_told", common_applications_are_told },
        { "patterns_let_strangers_in", patterns_let_strangers_in },
        { "known_stranger_is_asked_for_at_each_connection", known_stranger_is_asked_for_at_each_connection },
        { "wrong_patterns_are_refused", wrong_patterns_are_refused },
        { "application_decides_about_strangers", application_decides_about_strangers },
    };
    return HARNESS_RUN("node/identity", tests);
}

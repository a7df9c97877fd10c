/* Path authorization: which origins and Route-Records the requests of a peer may carry. Far ends are the test's own. */
#include "net.h"

enum { RO = 4, CCR = 272 };

struct scene {
    struct net net;
    dia_node *node;
    unsigned served;
};

static bool begin(struct scene *s, const dia_node_config *given)
{
    memset(s, 0, sizeof *s);
    s->node = net_begin_with(&s->net, "server.example.net", given);
    return s->node && !dia_serve_ro_ccr(s->node, net_serve, &s->served);
}

/* What a request of this origin gets that says it came over these nodes. */
static uint32_t ask(struct scene *s, struct net_wire *wire, const char *host, const char *realm,
                    const char *const *records, uint32_t command)
{
    uint8_t buf[8192];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf,
                    &(dia_header){ .version = 1,
                                   .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = command,
                                   .application = RO,
                                   .hop_by_hop = 7,
                                   .end_to_end = 8 });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    if (host)
        dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(host));
    if (realm)
        dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, dia_cstr(realm));
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, RO);
    dia_put_bytes(&b, 461, 0, DIA_AVP_M, DIA_STR("test@example.net")); /* Service-Context-Id */
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 4);                             /* CC-Request-Type */
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);                             /* CC-Request-Number */
    for (; records && *records; records++)
        dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(*records));
    net_write_built(&s->net, wire, &b);
    return net_result(net_read(&s->net, wire));
}

static const char *const our_realms[] = { "example.org", "*.roaming.example", NULL };
static const char *const our_hosts[] = { "a.example.org", "*.b.example", NULL };
static const char *const our_ways[] = { "*.example.org", "hub.example.com", NULL };

static void requests_are_held_against_the_path_of_their_peer(void) /* B2.9-05, B7.1.5-04 */
{
    static const struct {
        const char *name;
        dia_peer_path path;
        const char *host, *realm;
        const char *const records[3]; /* up to NULL */
        uint32_t want;
    } rows[] = {
        { "nothing is said", { 0 }, "x.example.com", "example.com", { "y.example.com" }, 2001 },
        { "its realm", { .origin_realms = our_realms }, "x", "EXAMPLE.org", { 0 }, 2001 },
        { "below another one", { .origin_realms = our_realms }, "x", "de.roaming.example", { 0 }, 2001 },
        { "that one itself is not below", { .origin_realms = our_realms }, "x", "roaming.example", { 0 }, 5003 },
        { "a name that only ends so", { .origin_realms = our_realms }, "x", "evilexample.org", { 0 }, 5003 },
        { "another realm", { .origin_realms = our_realms }, "x", "example.com", { 0 }, 5003 },
        { "its host", { .origin_hosts = our_hosts }, "A.example.org", "example.org", { 0 }, 2001 },
        { "another host", { .origin_hosts = our_hosts }, "c.example.org", "example.org", { 0 }, 5003 },
        { "a way that is listed",
          { .route_records = our_ways },
          "x",
          "y",
          { "hub.example.com", "z.example.org" },
          2001 },
        { "the first is not", { .route_records = our_ways }, "x", "y", { "hub.example.edu", "z.example.org" }, 5003 },
        { "the second is not", { .route_records = our_ways }, "x", "y", { "z.example.org", "hub.example.edu" }, 5003 },
        { "no way at all", { .route_records = our_ways }, "x", "y", { 0 }, 2001 },
        { "direct", { .direct = true }, "peer.example.org", "y", { 0 }, 2001 },
        { "direct, of another", { .direct = true }, "other.example.org", "y", { 0 }, 5003 },
        { "direct, with a way", { .direct = true }, "peer.example.org", "y", { "z.example.org" }, 5003 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i].name);
        need(begin(&s, NULL));
        need(!dia_node_add_peer(s.node, &(dia_peer_config){ .host = "peer.example.org", .path = rows[i].path }, NULL));
        struct net_wire *peer = net_hold_as(&s.net, s.node, "peer.example.org", "example.org", RO);
        need(peer);
        need_int(ask(&s, peer, rows[i].host, rows[i].realm, rows[i].records, CCR), rows[i].want);
        need_int(s.served, rows[i].want == 2001);
        need_int(s.net.header.flags & DIA_FLAG_ERROR, 0); /* its grammar is known */
        need_int(dia_node_counters(s.node).unauthorized, rows[i].want == 5003);
        need_int(net_seat_of(&s.net, s.node)->events[DIA_EVENT_FAULT], rows[i].want == 5003);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Each is looked for in the list: a message has room for 87,000. */
static void a_way_has_at_most_256_nodes(void)
{
    const char *way[258] = { NULL };
    struct scene s;
    need(begin(&s, &(dia_node_config){ .path = { .route_records = our_ways } }));
    struct net_wire *peer = net_hold_as(&s.net, s.node, "peer.example.org", "example.org", RO);
    need(peer);
    for (int i = 0; i < 256; i++)
        way[i] = "hub.example.com";
    need_int(ask(&s, peer, "x", "y", way, CCR), 2001);
    way[256] = "hub.example.com";
    need_int(ask(&s, peer, "x", "y", way, CCR), 5003);
done:
    net_end(&s.net);
}

static void what_is_missing_breaks_no_list(void)
{
    struct scene s;
    need(begin(
        &s, &(dia_node_config){ .path = { .origin_hosts = our_hosts, .origin_realms = our_realms, .direct = true } }));
    struct net_wire *peer = net_hold_as(&s.net, s.node, "peer.example.org", "example.org", RO);
    need(peer);
    need_int(ask(&s, peer, NULL, NULL, NULL, CCR), 5005);
done:
    net_end(&s.net);
}

static void nearest_path_counts(void)
{
    struct scene s;
    static const char *const any[] = { "*", NULL };
    need(begin(&s, &(dia_node_config){ .path = { .origin_realms = our_realms } }));
    struct net_wire *stranger = net_hold_as(&s.net, s.node, "stranger.example.org", "example.org", RO);
    need(stranger);
    need_int(ask(&s, stranger, "x", "example.com", NULL, CCR), 5003);
    need_int(ask(&s, stranger, "x", "example.org", NULL, CCR), 2001);
    struct net_seat *seat = net_seat_of(&s.net, s.node);
    need(!dia_node_add_listener(s.node, &(dia_listener_config){ .path = { .direct = true } }, &seat->listener));
    struct net_wire *guest = net_hold_as(&s.net, s.node, "guest.example.org", "example.org", RO);
    need(guest);
    need_int(ask(&s, guest, "x", "example.com", NULL, CCR), 5003);
    need_int(ask(&s, guest, "guest.example.org", "example.com", NULL, CCR), 2001);
    dia_peer *peer = dia_node_find_peer(s.node, "guest.example.org");
    need(peer);
    need(!dia_node_change_peer(s.node, peer, &(dia_peer_config){ .path = { .origin_hosts = any } }));
    need_int(ask(&s, guest, "x", "example.com", NULL, CCR), 2001); /* at once, on the same connection */
    need(!dia_node_change_peer(s.node, peer, &(dia_peer_config){ 0 }));
    need_int(ask(&s, guest, "x", "example.com", NULL, CCR), 5003);
    need_int(dia_peer_counters(peer).unauthorized, 2);
done:
    net_end(&s.net);
}

/* A connection of several: each has the path. */
static void all_connections_of_a_peer_share_it(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(!dia_node_add_peer(s.node,
                            &(dia_peer_config){ .host = "peer.example.org",
                                                .connect = "aaa://peer.example.org",
                                                .connections = 3,
                                                .path = { .origin_realms = our_realms } },
                            NULL));
    for (const dia_peer *p = dia_node_find_peer(s.node, "peer.example.org"); p; p = p->more)
        need(p->path);
    need(!dia_node_remove_peer(s.node, dia_node_find_peer(s.node, "peer.example.org")));
done:
    net_end(&s.net);
}

/* A command that no dictionary knows: the answer has the form of answer-message. */
static void unknown_command_gets_the_general_form(void) /* B7.2-02 */
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .path = { .direct = true } }));
    struct net_wire *peer = net_hold_as(&s.net, s.node, "peer.example.org", "example.org", RO);
    need(peer);
    need_int(ask(&s, peer, "x", "y", NULL, 8388000), 5003);
    need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR);
done:
    net_end(&s.net);
}

struct judge {
    unsigned asked;
    uint32_t says;
    char host[32];
};

static uint32_t authorize(void *arg, dia_node *node, const dia_way *way)
{
    struct judge *judge = ((struct net_seat *)arg)->user;
    judge->asked++;
    if (node == ((struct net_seat *)arg)->node && way->peer && way->conn && way->header.command == CCR &&
        way->message.p && way->origin_host.n < sizeof judge->host)
        memcpy(judge->host, way->origin_host.p, way->origin_host.n);
    return judge->says;
}

static void application_may_judge(void)
{
    static const struct {
        uint32_t says, want, error;
    } rows[] = { { 0, 2001, 0 }, { 2001, 2001, 0 }, { 5003, 5003, 0 }, { 3002, 3002, DIA_FLAG_ERROR } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        struct judge judge = { .says = rows[i].says };
        need(begin(&s, &(dia_node_config){ .authorize = authorize, .path = { .origin_hosts = our_hosts } }));
        net_seat_of(&s.net, s.node)->user = &judge;
        struct net_wire *peer = net_hold_as(&s.net, s.node, "peer.example.org", "example.org", RO);
        need(peer);
        need_int(ask(&s, peer, "x.example.org", "y", NULL, CCR), 5003); /* the rules come first */
        need_int(judge.asked, 0);
        need_int(ask(&s, peer, "a.example.org", "y", NULL, CCR), rows[i].want);
        need_int(judge.asked, 1);
        need_str(judge.host, "a.example.org");
        need_int(s.net.header.flags & DIA_FLAG_ERROR, rows[i].error);
        need_int(s.served, rows[i].want == 2001);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void wrong_paths_are_refused(void)
{
    static const char *const odd[] = { "ok.example.net", "*x.example.net", NULL };
    struct scene s;
    char why[200] = "";
    dia_node *node = NULL;
    dia_listener *listener = NULL;
    need(begin(&s, NULL));
    need_int(dia_node_add_peer(s.node, &(dia_peer_config){ .host = "a", .path = { .origin_hosts = odd } }, NULL),
             DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.node), "path.origin_hosts"));
    need_int(dia_node_add_peer(s.node, &(dia_peer_config){ .host = "a", .path = { .route_records = odd } }, NULL),
             DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.node), "path.route_records"));
    need_int(dia_node_add_listener(s.node, &(dia_listener_config){ .path = { .origin_realms = odd } }, &listener),
             DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.node), "path.origin_realms"));
    const int err = dia_node_new(
        &(dia_node_config){
            .origin_host = "a", .origin_realm = "b", .path = { .origin_hosts = odd }, .alloc = harness_allocator() },
        (dia_time){ 1 }, &node, why, sizeof why);
    need_int(err, DIA_EINVAL);
    need(strstr(why, "path.origin_hosts"));
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_are_held_against_the_path_of_their_peer", requests_are_held_against_the_path_of_their_peer },
        { "a_way_has_at_most_256_nodes", a_way_has_at_most_256_nodes },
        { "what_is_missing_breaks_no_list", what_is_missing_breaks_no_list },
        { "nearest_path_counts", nearest_path_counts },
        { "all_connections_of_a_peer_share_it", all_connections_of_a_peer_share_it },
        { "unknown_command_gets_the_general_form", unknown_command_gets_the_general_form },
        { "application_may_judge", application_may_judge },
        { "wrong_paths_are_refused", wrong_paths_are_refused },
    };
    return HARNESS_RUN("node/path", tests);
}

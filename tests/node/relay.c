/* The relay agent: what is not for the node passes on and its answer comes back. Far ends are the test's own. */
#include "net.h"

enum { HOP = 0x01020304, END = 0x0a0b0c0d, CODE = 8388000, APP = 16777999 }; /* of no dictionary */

struct scene {
    struct net net;
    dia_node *relay;
    struct net_wire *client, *server;
    uint8_t buf[2048];
    size_t n;
    unsigned session;
};

static struct net_wire *far_end(struct scene *s, const char *host, const char *realm)
{
    return net_hold_as(&s->net, s->relay, host, realm, APP);
}

/* A relay; or with passes_on who offers the application alone. */
static bool begin(struct scene *s, const dia_node_config *given)
{
    dia_node_config config = given ? *given : (dia_node_config){ 0 };
    memset(s, 0, sizeof *s);
    config.origin_realm = "relay.example.net";
    s->relay = net_begin_with(&s->net, "relay.example.net", &config);
    return s->relay && !dia_node_advertise(s->relay, config.passes_on ? APP : DIA_APP_RELAY, 0, DIA_APP_AUTH) &&
           (s->client = far_end(s, "client.example.org", "example.org")) != NULL &&
           (s->server = far_end(s, "server.example.com", "example.com")) != NULL;
}

/* A request of a command that nobody knows, with AVPs in an odd order. */
static dia_bytes request(struct scene *s, uint8_t flags, const char *realm, const char *host, const char *record)
{
    dia_builder b;
    dia_build_begin(&b, s->buf, sizeof s->buf,
                    &(dia_header){ .version = 1,
                                   .flags = (uint8_t)(DIA_FLAG_REQUEST | flags),
                                   .command = CODE,
                                   .application = APP,
                                   .hop_by_hop = HOP,
                                   .end_to_end = END });
    dia_put_u32(&b, 9999, 4242, DIA_AVP_V | DIA_AVP_M, 77); /* that nobody here knows */
    if (realm)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(realm));
    const char session[] = { 'a', ';', '1', ';', (char)('2' + s->session++ % 70), 0 };
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, dia_cstr(session));
    if (record)
        dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(record));
    dia_put_bytes(&b, DIA_AVP_PROXY_STATE, 0, DIA_AVP_M, DIA_STR("odd"));
    if (host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("client.example.org"));
    const int64_t n = dia_build_end(&b);
    s->n = n > 0 ? (size_t)n : 0;
    return (dia_bytes){ s->buf, s->n };
}

static void send(struct scene *s, uint8_t flags, const char *realm, const char *host, const char *record)
{
    net_write(&s->net, s->client, request(s, flags, realm, host, record));
}

/* The far end answers the request that net_read() gave last. */
static void answer(struct scene *s, struct net_wire *wire, uint32_t result_code)
{
    uint8_t buf[200];
    dia_builder b;
    net_begin_answer(&s->net, &b, buf, sizeof buf, result_code);
    net_write_built(&s->net, wire, &b);
}

static void request_passes_octet_by_octet(
    void) /* B2-03, B4.1-09, B2.7-03, B2.7-09, B2.8.1-03, B6.1.9-01, B6.1.9-02, B6.2.2-01, B3-23, WB-01 */
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s, DIA_FLAG_PROXIABLE | DIA_FLAG_RETRANSMITTED, "EXAMPLE.com", NULL, "first.example.org");
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE | DIA_FLAG_RETRANSMITTED); /* B3-11 */
    need_int(s.net.header.end_to_end, END);
    need(s.net.header.hop_by_hop != HOP);
    need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
    need(!net_read(&s.net, s.client).p); /* WB-01: nothing is answered before the server did */
    uint8_t want[40];
    need_bytes(((dia_bytes){ came.p + s.n, came.n - s.n }),
               harness_hex("0000011a 4000001a 636c69656e742e6578616d706c652e6f7267 0000", want, sizeof want));
    answer(&s, s.server, 5012);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 5012); /* B6.2.2-03 */
    need_int(s.net.header.hop_by_hop, HOP);
    need_int(s.net.header.end_to_end, END);
    need_int(s.net.header.flags, DIA_FLAG_PROXIABLE);
    need_int(dia_node_counters(s.relay).relayed, 1);
done:
    net_end(&s.net);
}

static void some_requests_do_not_pass(void)
{
    static const struct {
        const char *name;
        uint8_t flags;
        const char *realm, *host, *record;
        uint32_t want;
    } rows[] = {
        { "P is not set", 0, "example.com", NULL, NULL, 3001 }, /* B3-06 */
        { "it was here", DIA_FLAG_PROXIABLE, "example.com", NULL, "relay.example.net",
          3005 }, /* B6.1.3-01, B7.1.3-07 */
        { "in another case", DIA_FLAG_PROXIABLE, "example.com", NULL, "RELAY.Example.NET", 3005 }, /* B6.1.3-02 */
        { "a realm without a route", DIA_FLAG_PROXIABLE, "example.edu", NULL, NULL, 3003 },        /* B6.1.6-04 */
        { "a host without a realm", DIA_FLAG_PROXIABLE, NULL, "server.example.com", NULL, 3002 },  /* B6.1.6-03 */
        { "the next hop had it", DIA_FLAG_PROXIABLE, "example.com", NULL, "Server.example.com",
          3002 }, /* B6.1.7-01, -03 */
        { "for whom it came from", DIA_FLAG_PROXIABLE, "example.org", NULL, NULL, 3002 },
        { "for us, whose application is not here", DIA_FLAG_PROXIABLE, "x", "relay.example.net", NULL,
          3007 },                                                                   /* B6.1.4-01 */
        { "for nobody in particular", DIA_FLAG_PROXIABLE, NULL, NULL, NULL, 3007 }, /* B6.1.4-03 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i].name);
        need(begin(&s, NULL));
        send(&s, rows[i].flags, rows[i].realm, rows[i].host, rows[i].record);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), rows[i].want);
        need_int(s.net.header.flags & DIA_FLAG_ERROR, DIA_FLAG_ERROR);
        need_int(s.net.header.hop_by_hop, HOP);
        need_bytes(net_value(back, DIA_AVP_SESSION_ID), dia_cstr("a;1;2"));
        need(!net_read(&s.net, s.server).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void what_is_offered_and_not_served_passes_where_it_is_wished(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .passes_on = true }));
    struct net_wire *ours = far_end(&s, "server.example.net", "relay.example.net");
    need(ours);
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    send(&s, DIA_FLAG_PROXIABLE, "relay.example.net", NULL, NULL); /* nobody here serves it */
    need(net_read(&s.net, ours).p);
    send(&s, DIA_FLAG_PROXIABLE, "relay.example.net", "relay.example.net", NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3001);
    send(&s, DIA_FLAG_PROXIABLE, "example.edu", NULL, NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3003);
done:
    net_end(&s.net);
}

/* Who has not offered the application does not get its requests. */
static void peer_without_the_application_is_no_way(void) /* B5.3-15, B2.7-11, B2.9-03 */
{
    struct scene s;
    need(begin(&s, NULL));
    net_cut(&s.net, s.server);
    struct net_wire *other = net_hold_open(&s.net, s.relay, "other.example.com"); /* of application 4, in example.net */
    need(other);
    send(&s, DIA_FLAG_PROXIABLE, "example.net", NULL, NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3002);
    need(!net_read(&s.net, other).p);
done:
    net_end(&s.net);
}

/* Nobody can take it now, which is not the same as that nobody serves the realm. */
static void realm_of_a_peer_that_is_away_is_served(void)
{
    struct scene s;
    need(begin(&s, NULL));
    dia_peer *server = dia_node_find_peer(s.relay, "server.example.com");
    need(server);
    server->configured = true; /* it stays */
    net_cut(&s.net, s.server);
    need(!dia_peer_is_open(server));
    send(&s, DIA_FLAG_PROXIABLE, "Example.COM", NULL, NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3002);
    send(&s, DIA_FLAG_PROXIABLE, "example.edu", NULL, NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3003);
done:
    net_end(&s.net);
}

static void broken_request_does_not_pass(void) /* B6.1.9-04 */
{
    struct scene s;
    need(begin(&s, NULL));
    const dia_bytes octets = request(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    dia_store24(s.buf + 20 + 5, 4000); /* the first AVP ends behind the message */
    net_write(&s.net, s.client, octets);
    need_int(net_result(net_read(&s.net, s.client)), 5014);
    need(!net_read(&s.net, s.server).p);
done:
    net_end(&s.net);
}

static void destination_host_is_served_first(void) /* B6.1.5-01 */
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *other = far_end(&s, "other.example.com", "example.com");
    need(other);
    for (int i = 0; i < 4; i++) {
        send(&s, DIA_FLAG_PROXIABLE, "example.com", "OTHER.example.com", NULL);
        need(net_read(&s.net, other).p);
        need(!net_read(&s.net, s.server).p);
    }
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, "other.example.com"); /* B6.1.7-02 */
    need(net_read(&s.net, s.server).p);
done:
    net_end(&s.net);
}

static void each_gets_its_own_answer(void) /* B2.8.1-01, B6.2.2-07 */
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *second = far_end(&s, "second.example.org", "example.org");
    need(second);
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    net_write(&s.net, second, request(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL));
    need(net_read(&s.net, s.server).p);
    const dia_header first = s.net.header;
    need(net_read(&s.net, s.server).p);
    need(first.hop_by_hop != s.net.header.hop_by_hop);
    answer(&s, s.server, 2002);
    s.net.header = first;
    answer(&s, s.server, 2001);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
    need_int(net_result(net_read(&s.net, second)), 2002);
done:
    net_end(&s.net);
}

static void answer_of_another_command_or_application_does_not_pass(void)
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    const dia_header asked = s.net.header;
    for (int i = 0; i < 2; i++) {
        s.net.header = asked;
        s.net.header.command += i == 0;
        s.net.header.application -= i == 1;
        answer(&s, s.server, 2001);
        need(!net_read(&s.net, s.client).p);
        need_int(dia_node_counters(s.relay).unexpected_answers, i + 1);
    }
    s.net.header = asked;
    answer(&s, s.server, 2001);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
done:
    net_end(&s.net);
}

static void lost_next_hop_is_replaced(void) /* B5.5.4-02, B7.1.3-03 */
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    struct net_wire *other = far_end(&s, "other.example.com", "example.com");
    need(other);
    net_cut(&s.net, s.server);
    need(net_read(&s.net, other).p);
    need_int(s.net.header.flags & DIA_FLAG_RETRANSMITTED, DIA_FLAG_RETRANSMITTED);
    need_int(s.net.header.end_to_end, END);
    net_cut(&s.net, other);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 3002);
    need_int(s.net.header.hop_by_hop, HOP);
done:
    net_end(&s.net);
}

static void silence_of_the_next_hop_is_told(void) /* B6.2.1-03 */
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .relay_ms = 3000 } }));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    const dia_header late = s.net.header;
    net_pass(&s.net, 3100);
    need_int(net_result(net_read(&s.net, s.client)), 3002);
    s.net.header = late;
    answer(&s, s.server, 2001);
    need(!net_read(&s.net, s.client).p);
    need_int(dia_node_counters(s.relay).late_answers, 1);
    need_int(dia_node_counters(s.relay).timeouts, 1);
done:
    net_end(&s.net);
}

static void answer_for_somebody_who_is_gone_is_dropped(void)
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    net_cut(&s.net, s.client);
    answer(&s, s.server, 2001);
    need_int(dia_node_counters(s.relay).late_answers, 1);
    net_cut(&s.net, s.server);
done:
    net_end(&s.net);
}

static void requests_in_passing_are_limited(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .unanswered = 3 } }));
    for (int i = 0; i < 3; i++)
        send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(!net_read(&s.net, s.client).p);
    dia_peer_status status;
    dia_peer_get_status(dia_node_find_peer(s.relay, "client.example.org"), &status);
    need_int(status.unanswered, 3);
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need_int(net_result(net_read(&s.net, s.client)), 3004);
    need(net_read(&s.net, s.server).p);
    answer(&s, s.server, 2001);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(!net_read(&s.net, s.client).p);
done:
    net_end(&s.net);
}

/* Small requests may have large answers: limits.output_hard stops the former alone. */
static void answers_for_who_does_not_read_are_limited(void)
{
    enum { N = 300 };
    struct scene s;
    dia_header asked[N];
    int passed = 0;
    need(begin(&s, &(dia_node_config){ .limits = { .output_soft = 600 } }));
    for (int i = 0; i < N; i++) {
        send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
        need(net_read(&s.net, s.server).p);
        asked[i] = s.net.header;
    }
    for (int i = 0; i < N; i++) {
        s.client->end[0].stuck = s.client->end[1].stuck = i < N - 1;
        if (i == N / 2)
            s.relay->hub.config.limits.memory = 8000;
        s.net.header = asked[i];
        answer(&s, s.server, 2001);
    }
    for (int i = 0; i < N; i++) {
        const uint32_t result = net_result(net_read(&s.net, s.client));
        need(result == 2001 || (result == 3004 && i >= N / 2));
        passed += result == 2001;
    }
    need_int(passed, N / 2);
done:
    net_end(&s.net);
}

/* An allocator that has no block of this size. */
static size_t missing;

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    const dia_allocator *given = arg;
    return missing && new_size == missing ? NULL : given->resize(given->arg, p, old_size, new_size);
}

/* Nobody could answer its timeout. */
static void request_without_memory_for_its_copy_is_refused(void)
{
    const dia_allocator *given = harness_allocator();
    const dia_allocator scarce = { resize, (void *)(uintptr_t)given };
    struct scene s;
    need(begin(&s, &(dia_node_config){ .alloc = &scarce }));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    missing = dia_pool_size(s.n + 28); /* with its Route-Record */
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    missing = 0;
    need(!net_read(&s.net, s.server).p);
    need_int(net_result(net_read(&s.net, s.client)), 3004);
    net_pass(&s.net, 31000);
    need_int(net_result(net_read(&s.net, s.client)), 3002); /* the first one */
    need(!net_read(&s.net, s.client).p);
done:
    missing = 0;
    net_end(&s.net);
}

/* RFC 6733, 7.1.3: by hops. */
static void busy_next_hop_is_replaced(void) /* B7.1.3-01, B7.1.3-05, B3-12 */
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *other = far_end(&s, "other.example.com", "example.com");
    need(other);
    for (int i = 0; i < 2; i++) { /* whose turn it is */
        send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
        const bool at_server = net_read(&s.net, s.server).p != NULL;
        struct net_wire *first = at_server ? s.server : other, *second = at_server ? other : s.server;
        if (!at_server)
            need(net_read(&s.net, other).p);
        answer(&s, first, i ? 3004 : 3002);
        const dia_bytes came = net_read(&s.net, second);
        need(came.p);
        need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
        need_int(s.net.header.end_to_end, END);
        need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
        need(!net_read(&s.net, s.client).p);
        answer(&s, second, i ? 2001 : 3002);
        need_int(net_result(net_read(&s.net, s.client)), i ? 2001 : 3002);
        need_int(s.net.header.hop_by_hop, HOP);
    }
    need_int(dia_node_counters(s.relay).retries, 2);
    need_int(s.relay->hub.moved.n, 0); /* nobody has a handle of them */
done:
    net_end(&s.net);
}

static void relay_that_stops_waits_for_what_it_passed_on(void)
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
    need(net_read(&s.net, s.server).p);
    const dia_header ours = s.net.header;
    dia_node_stop(s.relay, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 1000);
    need(!net_read(&s.net, s.client).p); /* no DPR yet */
    s.net.header = ours;
    answer(&s, s.server, 2001);
    net_pass(&s.net, 1);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
    need(net_read(&s.net, s.client).p);
    need_int(s.net.header.command, 282);
done:
    net_end(&s.net);
}

/* ---- Memory ---- */

static void *count_calls(void *arg, void *p, size_t old_size, size_t new_size)
{
    const dia_allocator *alloc = harness_allocator();
    ++*(size_t *)arg;
    return alloc->resize(alloc->arg, p, old_size, new_size);
}

enum { AT_A_TIME = 40 };

/* That many requests from each of two clients pass, and then their answers. */
static bool pass_some(struct scene *s, struct net_wire *other)
{
    dia_header headers[2 * AT_A_TIME];
    for (int i = 0; i < AT_A_TIME; i++) {
        send(s, DIA_FLAG_PROXIABLE, "example.com", NULL, NULL);
        net_write(&s->net, other, (dia_bytes){ s->buf, s->n });
    }
    for (int i = 0; i < 2 * AT_A_TIME; i++) {
        if (!net_read(&s->net, s->server).p)
            return false;
        headers[i] = s->net.header;
    }
    for (int i = 0; i < 2 * AT_A_TIME; i++) {
        s->net.header = headers[i];
        answer(s, s->server, 2001);
    }
    for (int i = 0; i < AT_A_TIME; i++)
        if (!net_read(&s->net, s->client).p || !net_read(&s->net, other).p)
            return false;
    return true;
}

/* Another session each time, of which nothing stays. */
static void steady_passing_allocates_nothing(void) /* B2.8.1-02 */
{
    struct scene s;
    size_t calls = 0;
    const dia_allocator counting = { count_calls, &calls };
    need(begin(&s, &(dia_node_config){ .alloc = &counting }));
    struct net_wire *other = far_end(&s, "other.example.org", "example.org");
    need(other);
    for (int i = 0; i < 3; i++)
        need(pass_some(&s, other));
    const size_t before = calls;
    for (int i = 0; i < 5; i++)
        need(pass_some(&s, other));
    need_int(calls, before);
done:
    net_end(&s.net);
}

static void what_was_used_in_passing_is_given_back(void)
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *other = far_end(&s, "other.example.org", "example.org");
    const dia_hub *hub = &s.relay->hub;
    need(other && pass_some(&s, other));
    need(hub->pool.spare > 0);
    const size_t busy = hub->memory;
    net_pass(&s.net, 3605000); /* Tw */
    need_int(hub->pool.spare, 0);
    need(hub->n_spare_out <= 1);
    need(hub->memory < busy);
    for (struct net_wire **w = (struct net_wire *[]){ s.client, s.server, other, NULL }; *w; w++)
        need(net_read(&s.net, *w).p && s.net.header.command == 280);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "request_passes_octet_by_octet", request_passes_octet_by_octet },
        { "some_requests_do_not_pass", some_requests_do_not_pass },
        { "what_is_offered_and_not_served_passes_where_it_is_wished",
          what_is_offered_and_not_served_passes_where_it_is_wished },
        { "peer_without_the_application_is_no_way", peer_without_the_application_is_no_way },
        { "realm_of_a_peer_that_is_away_is_served", realm_of_a_peer_that_is_away_is_served },
        { "broken_request_does_not_pass", broken_request_does_not_pass },
        { "destination_host_is_served_first", destination_host_is_served_first },
        { "each_gets_its_own_answer", each_gets_its_own_answer },
        { "answer_of_another_command_or_application_does_not_pass",
          answer_of_another_command_or_application_does_not_pass },
        { "lost_next_hop_is_replaced", lost_next_hop_is_replaced },
        { "silence_of_the_next_hop_is_told", silence_of_the_next_hop_is_told },
        { "answer_for_somebody_who_is_gone_is_dropped", answer_for_somebody_who_is_gone_is_dropped },
        { "requests_in_passing_are_limited", requests_in_passing_are_limited },
        { "answers_for_who_does_not_read_are_limited", answers_for_who_does_not_read_are_limited },
        { "request_without_memory_for_its_copy_is_refused", request_without_memory_for_its_copy_is_refused },
        { "busy_next_hop_is_replaced", busy_next_hop_is_replaced },
        { "relay_that_stops_waits_for_what_it_passed_on", relay_that_stops_waits_for_what_it_passed_on },
        { "steady_passing_allocates_nothing", steady_passing_allocates_nothing },
        { "what_was_used_in_passing_is_given_back", what_was_used_in_passing_is_given_back },
    };
    return HARNESS_RUN("node/relay", tests);
}

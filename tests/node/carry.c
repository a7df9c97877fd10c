/* Messages that are longer than a connection carries: DTLS ends at 16,384 octets (dia_security.message_max). */
#include "net.h"

enum { APP = 16777999, CODE = 8388000, MOST = 2000 };

static const dia_security narrow = { .protocol = "DTLSv1.2", .cipher = "test", .subject = "test", .message_max = MOST };

/* So many octets of text, and the NUL. */
static const char *text_of(size_t n)
{
    static char text[8 * MOST];
    memset(text, 'x', n);
    text[n] = 0;
    return text;
}

static int ask(dia_node *node, size_t n, struct asked *asked)
{
    dia_ro_ccr ccr = net_ccr(1);
    ccr.service_context_id = dia_cstr(text_of(n));
    return dia_send_ro_ccr(node, &ccr, 1000, net_on_cca, asked);
}

static int send_octets(dia_node *node, const dia_peer *peer, size_t n, struct asked *asked);

static void on_octets(const dia_outcome *outcome, void *arg)
{
    struct asked *asked = arg;
    asked->n++;
    asked->result_code = outcome->result_code;
}

static dia_bytes request_of(size_t n, const char *realm, uint8_t *buf, size_t size)
{
    dia_builder b;
    dia_build_begin(&b, buf, size,
                    &(dia_header){ .version = 1,
                                   .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = CODE,
                                   .application = APP,
                                   .hop_by_hop = 7,
                                   .end_to_end = 8 });
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(realm));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("client.example.org"));
    dia_put_bytes(&b, 9999, 4242, DIA_AVP_V, dia_cstr(text_of(n)));
    const int64_t length = dia_build_end(&b);
    return (dia_bytes){ buf, length > 0 ? (size_t)length : 0 };
}

static int send_octets(dia_node *node, const dia_peer *peer, size_t n, struct asked *asked)
{
    uint8_t buf[4 * MOST];
    return dia_node_send_octets(node, peer, request_of(n, "example.net", buf, sizeof buf), 1000, on_octets, asked);
}

/* ---- Our own ---- */

static bool pair(struct net *net, dia_node **client, dia_node **server)
{
    static const char *const anybody[] = { "*", NULL };
    net_begin(net);
    net->security = &narrow;
    *client = net_add(net, "client.example.net", NULL);
    *server = *client ? net_add(net, "server.example.net", &(dia_node_config){ .allow = anybody }) : NULL;
    return *server && !dia_node_use(*client, &dia_dict_ro) && !dia_node_use(*server, &dia_dict_ro) &&
           net_join(net, *client, *server);
}

static void a_request_that_nobody_carries_is_refused_here(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct asked asked = { 0 };
    need(pair(&net, &client, &server));
    need(!dia_serve_ro_ccr(server, net_serve, &served));
    need_int(ask(client, MOST, &asked), DIA_ESPACE);
    check_str(dia_node_last_fault(client),
              "the message is longer than the connections of those who could take it carry");
    const dia_peer *peer = dia_node_next_peer(client, NULL);
    need_int(send_octets(client, peer, MOST, &asked), DIA_ESPACE);
    check_str(dia_node_last_fault(client),
              "the message is longer than the 2000 octets that the connection carries (DTLSv1.2)");
    need_int(send_octets(client, NULL, MOST, &asked), DIA_ENOROUTE); /* nobody has the application */
    net_pass(&net, 2000);
    need_int(asked.n, 0);
    need_int(ask(client, 500, &asked), 0); /* nothing is broken by it */
    net_pump(&net);
    check_int(asked.result_code, 2001);
    check_int(served, 1);
done:
    net_end(&net);
}

static void a_request_goes_to_who_can_carry_it(void)
{
    struct net net;
    dia_node *client, *server, *other;
    unsigned by_narrow = 0, by_wide = 0;
    struct asked asked = { 0 };
    static const char *const anybody[] = { "*", NULL };
    need(pair(&net, &client, &server));
    net.security = NULL;
    need(other = net_add(&net, "other.example.net", &(dia_node_config){ .allow = anybody }));
    need(!dia_serve_ro_ccr(server, net_serve, &by_narrow));
    need(!dia_serve_ro_ccr(other, net_serve, &by_wide));
    need(net_join(&net, client, other));
    for (int i = 0; i < 6; i++)
        need_int(ask(client, MOST, &asked), 0);
    net_pump(&net);
    check_int(asked.n, 6);
    check_int(by_narrow, 0);
    check_int(by_wide, 6);
    for (int i = 0; i < 6; i++)
        need_int(ask(client, 100, &asked), 0);
    net_pump(&net);
    check_int(by_narrow, 3);
done:
    net_end(&net);
}

static void answer_at_length(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    int *err = arg;
    const dia_avp more = { .code = 9999, .vendor = 4242, .flags = DIA_AVP_V, .data = dia_cstr(text_of(MOST)) };
    const dia_ro_cca cca = { .result_code = 2001,
                             .cc_request_type = ccr->cc_request_type,
                             .cc_request_number = ccr->cc_request_number,
                             .others = { &more, 1 } };
    *err = dia_answer_ro_cca(request, &cca);
    if (*err == DIA_ESPACE)
        dia_request_fail(request, 5012, "too much to say");
}

static void an_answer_that_is_too_long_can_be_given_otherwise(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    int err = 0;
    need(pair(&net, &client, &server));
    need(!dia_serve_ro_ccr(server, answer_at_length, &err));
    need_int(ask(client, 100, &asked), 0);
    net_pump(&net);
    check_int(err, DIA_ESPACE);
    check_int(asked.result_code, 5012);
done:
    net_end(&net);
}

/* ---- A relay's ---- */

struct scene {
    struct net net;
    dia_node *relay;
    struct net_wire *client, *server, *other;
};

/* Each far end over a narrow connection or not. */
static bool begin(struct scene *s, bool client, bool server, bool other)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .allow = anybody, .watchdog_ms = 3600000, .origin_realm = "relay.example.net" };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->relay = net_add(&s->net, "relay.example.net", &config);
    if (!s->relay || dia_node_advertise(s->relay, DIA_APP_RELAY, 0, DIA_APP_AUTH))
        return false;
    s->net.security = client ? &narrow : NULL;
    s->client = net_hold_as(&s->net, s->relay, "client.example.org", "example.org", APP);
    s->net.security = server ? &narrow : NULL;
    s->server = net_hold_as(&s->net, s->relay, "server.example.com", "example.com", APP);
    s->net.security = other ? &narrow : NULL;
    s->other = net_hold_as(&s->net, s->relay, "other.example.com", "example.com", APP);
    return s->client && s->server && s->other;
}

static void a_relay_finds_who_can_carry_it(void)
{
    struct scene s;
    uint8_t buf[4 * MOST];
    need(begin(&s, false, true, false));
    for (int i = 0; i < 4; i++) {
        net_write(&s.net, s.client, request_of(MOST, "example.com", buf, sizeof buf));
        need(net_read(&s.net, s.other).p);
        need(!net_read(&s.net, s.server).p);
    }
done:
    net_end(&s.net);
}

/* 3002: another agent may have another way. */
static void a_relay_without_a_way_says_so(void)
{
    struct scene s;
    uint8_t buf[4 * MOST];
    need(begin(&s, false, true, true));
    net_write(&s.net, s.client, request_of(MOST, "example.com", buf, sizeof buf));
    const dia_bytes answer = net_read(&s.net, s.client);
    need_int(net_result(answer), 3002);
    check_bytes(net_value(answer, DIA_AVP_ERROR_MESSAGE),
                dia_cstr("the request is longer than the connections to the next hops carry"));
    need(!net_read(&s.net, s.server).p && !net_read(&s.net, s.other).p);
done:
    net_end(&s.net);
}

/* Its Route-Record makes it too long: the same. */
static void a_route_record_counts(void)
{
    struct scene s;
    uint8_t buf[4 * MOST];
    need(begin(&s, false, true, true));
    size_t n = MOST - 200;
    while (request_of(n, "example.com", buf, sizeof buf).n < MOST)
        n++;
    net_write(&s.net, s.client, request_of(n, "example.com", buf, sizeof buf));
    check_int(net_result(net_read(&s.net, s.client)), 3002);
done:
    net_end(&s.net);
}

/* 5012: it was served, and nobody is to do that again. */
static void an_answer_that_cannot_pass_back_is_a_failure(void)
{
    struct scene s;
    uint8_t buf[4 * MOST];
    need(begin(&s, true, false, false));
    net_write(&s.net, s.client, request_of(10, "example.com", buf, sizeof buf));
    struct net_wire *to = net_read(&s.net, s.server).p ? s.server : s.other;
    if (to == s.other)
        need(net_read(&s.net, s.other).p);
    dia_builder b;
    net_begin_answer(&s.net, &b, buf, sizeof buf, 2001);
    dia_put_bytes(&b, 9999, 4242, DIA_AVP_V, dia_cstr(text_of(MOST)));
    const int64_t n = dia_build_end(&b);
    need(n > 0);
    net_write(&s.net, to, (dia_bytes){ buf, (size_t)n });
    check_int(net_result(net_read(&s.net, s.client)), 5012);
    check(s.net.header.flags & DIA_FLAG_ERROR);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_request_that_nobody_carries_is_refused_here", a_request_that_nobody_carries_is_refused_here },
        { "a_request_goes_to_who_can_carry_it", a_request_goes_to_who_can_carry_it },
        { "an_answer_that_is_too_long_can_be_given_otherwise", an_answer_that_is_too_long_can_be_given_otherwise },
        { "a_relay_finds_who_can_carry_it", a_relay_finds_who_can_carry_it },
        { "a_relay_without_a_way_says_so", a_relay_without_a_way_says_so },
        { "a_route_record_counts", a_route_record_counts },
        { "an_answer_that_cannot_pass_back_is_a_failure", an_answer_that_cannot_pass_back_is_a_failure },
    };
    return HARNESS_RUN("node/carry", tests);
}

/* Proxies: hooks on requests and answers that pass. Far ends are the test's own. */
#include "net.h"

#include "diatom/proxy.h"

enum { RO = 4, CCR = 272, HOP = 0x01020304, END = 0x0a0b0c0d };

struct scene {
    struct net net;
    dia_node *proxy;
    struct net_wire *client, *server;
    uint8_t buf[2048];
    size_t n;
    /* What hooks do, and have seen. */
    dia_transit_fn *ask, *tell;
    unsigned asked, told;
    dia_transit *kept;
    int err;
    uint32_t result, result_vendor;
    bool has_from, has_to, has_octets, has_request;
    dia_bytes state;
    uint8_t state_octets[64];
    const char *text;
    const dia_peer *peer;
};

static void on_request(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->asked++;
    if (s->ask)
        s->ask(t, s);
}

static void on_answer(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->told++;
    s->result = dia_transit_result(t, &s->result_vendor);
    s->has_from = dia_transit_from(t) != NULL;
    s->has_to = dia_transit_to(t) != NULL;
    s->has_octets = dia_transit_octets(t).p != NULL;
    s->has_request = dia_transit_request(t).p != NULL;
    s->state = dia_transit_state(t);
    if (s->state.n <= sizeof s->state_octets && s->state.p) {
        memcpy(s->state_octets, s->state.p, s->state.n);
        s->state.p = s->state_octets;
    }
    if (s->tell)
        s->tell(t, s);
}

static int use_hooks(struct scene *s)
{
    return dia_node_proxy(
        s->proxy,
        &(dia_proxy){ .name = "p", .application = RO, .on_request = on_request, .on_answer = on_answer, .arg = s });
}

static bool begin(struct scene *s, const dia_node_config *given)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = given ? *given : (dia_node_config){ 0 };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    config.allow = anybody;
    config.watchdog_ms = 3600000;
    s->proxy = net_add(&s->net, "proxy.example.net", &config);
    return s->proxy && !dia_node_use(s->proxy, &dia_dict_ro) && !use_hooks(s) &&
           (s->client = net_hold_as(&s->net, s->proxy, "client.example.org", "example.org", RO)) != NULL &&
           (s->server = net_hold_as(&s->net, s->proxy, "server.example.com", "example.com", RO)) != NULL;
}

/* A CCR with something odd in front, a Proxy-Info of another proxy, and an AVP that nobody knows. */
static dia_bytes request_of(struct scene *s, uint32_t application, uint32_t command, uint8_t flags, const char *realm,
                            const char *host)
{
    dia_builder b;
    dia_build_begin(&b, s->buf, sizeof s->buf,
                    &(dia_header){ .version = 1,
                                   .flags = (uint8_t)(DIA_FLAG_REQUEST | flags),
                                   .command = command,
                                   .application = application,
                                   .hop_by_hop = HOP,
                                   .end_to_end = END });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    dia_put_u32(&b, 9999, 4242, DIA_AVP_V, 77);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("client.example.org"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.org"));
    if (realm)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(realm));
    if (host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, RO);
    dia_put_bytes(&b, 461, 0, DIA_AVP_M, DIA_STR("test@example.net")); /* Service-Context-Id */
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 4);                             /* CC-Request-Type */
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);                             /* CC-Request-Number */
    dia_put_group(&b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M);
    dia_put_bytes(&b, DIA_AVP_PROXY_HOST, 0, DIA_AVP_M, DIA_STR("first.example.org"));
    dia_put_bytes(&b, DIA_AVP_PROXY_STATE, 0, DIA_AVP_M, DIA_STR("of another"));
    dia_put_group_end(&b);
    const int64_t n = dia_build_end(&b);
    s->n = n > 0 ? (size_t)n : 0;
    return (dia_bytes){ s->buf, s->n };
}

static void send_to(struct scene *s, const char *realm, const char *host)
{
    net_write(&s->net, s->client, request_of(s, RO, CCR, DIA_FLAG_PROXIABLE, realm, host));
}

static void send(struct scene *s)
{
    send_to(s, "example.com", NULL);
}

struct saying {
    uint32_t result_code, experimental; /* of 10415 */
    uint8_t flags;
    bool no_proxy_info;
    uint8_t flip;        /* changed in the last octet of the last Proxy-Info */
    dia_bytes instead;   /* of the last Proxy-Info; absent: as it came */
    bool short_of_class; /* no Class */
    const char *redirect_host;
};

/* The far end answers the request `came`, with all of its Proxy-Infos. */
static void answer_as(struct scene *s, struct net_wire *wire, dia_bytes came, const struct saying *says)
{
    uint8_t buf[1500], infos[512];
    size_t n_infos = 0, last = 0;
    dia_builder b;
    dia_header head;
    dia_header_read(came, &head);
    head.flags = (uint8_t)((head.flags & DIA_FLAG_PROXIABLE) | says->flags);
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it);) {
        if (!dia_is_proxy_info(&it.avp) || n_infos + it.avp.octets.n > sizeof infos)
            continue;
        memcpy(infos + n_infos, it.avp.octets.p, it.avp.octets.n);
        last = n_infos;
        n_infos += it.avp.octets.n;
    }
    if (says->no_proxy_info)
        n_infos = last;
    if (says->flip)
        infos[n_infos - 1] ^= says->flip;
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    if (says->result_code)
        dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, says->result_code);
    if (says->experimental) {
        dia_put_group(&b, DIA_AVP_EXPERIMENTAL_RESULT, 0, DIA_AVP_M);
        dia_put_u32(&b, DIA_AVP_VENDOR_ID, 0, DIA_AVP_M, 10415);
        dia_put_u32(&b, DIA_AVP_EXPERIMENTAL_RESULT_CODE, 0, DIA_AVP_M, says->experimental);
        dia_put_group_end(&b);
    }
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("server.example.com"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.com"));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, RO);
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 4);
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);
    if (says->redirect_host)
        dia_put_bytes(&b, DIA_AVP_REDIRECT_HOST, 0, DIA_AVP_M, dia_cstr(says->redirect_host));
    if (!says->short_of_class)
        dia_put_bytes(&b, DIA_AVP_CLASS, 0, DIA_AVP_M, DIA_STR("first class"));
    dia_put_octets(&b, (dia_bytes){ infos, says->instead.p ? last : n_infos });
    if (says->instead.p)
        dia_put_octets(&b, says->instead);
    const int64_t n = dia_build_end(&b);
    net_write(&s->net, wire, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
}

static void answer(struct scene *s, struct net_wire *wire, dia_bytes came, uint32_t result_code)
{
    answer_as(s, wire, came, &(struct saying){ .result_code = result_code });
}

/* The AVP of this code for the n-th time; absent: there are fewer. */
static dia_bytes nth_value(dia_bytes message, uint32_t code, size_t n)
{
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        if (it.avp.code == code && !it.avp.vendor && !n--)
            return it.avp.data;
    return (dia_bytes){ NULL, 0 };
}

static size_t count_of(dia_bytes message, uint32_t code)
{
    size_t n = 0;
    while (nth_value(message, code, n).p)
        n++;
    return n;
}

static unsigned events(struct scene *s, dia_event_kind kind)
{
    return net_seat_of(&s->net, s->proxy)->events[kind];
}

/* ---- Who proxies what ---- */

static void proxy_advertises_what_it_proxies_alone(void) /* B2-04, B2.8.2-01 */
{
    struct scene s;
    uint32_t apps[8];
    need(begin(&s, NULL));
    need_int(dia_peer_common(dia_node_find_peer(s.proxy, "client.example.org"), apps, 8), 1);
    need_int(apps[0], RO);
    net_write(&s.net, s.client, request_of(&s, 16777251, 316, DIA_FLAG_PROXIABLE, "example.com", NULL));
    need_int(net_result(net_read(&s.net, s.client)), 3007);
    need(!net_read(&s.net, s.server).p);
    need_int(s.asked, 0);
done:
    net_end(&s.net);
}

static void wrong_proxies_are_refused(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need_int(dia_node_proxy(s.proxy, &(dia_proxy){ .application = DIA_APP_RELAY }), DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.proxy), "relay application"));
    need_int(dia_node_proxy(s.proxy, &(dia_proxy){ .application = 3 }), DIA_EINVAL);
    need(strstr(dia_node_last_fault(s.proxy), "advertised"));
    need_int(dia_node_unproxy(s.proxy, RO, CCR), DIA_ENOENT);
done:
    net_end(&s.net);
}

static void counting_hook(dia_transit *t, void *arg)
{
    (void)t;
    ++*(unsigned *)arg;
}

static void nearest_proxy_counts(void)
{
    struct scene s;
    unsigned any = 0, of_command = 0;
    need(begin(&s, NULL));
    need(!dia_node_proxy(s.proxy, &(dia_proxy){ .on_request = counting_hook, .arg = &any }));
    need(!dia_node_proxy(
        s.proxy, &(dia_proxy){ .application = RO, .command = CCR, .on_request = counting_hook, .arg = &of_command }));
    send(&s);
    need_int(of_command, 1);
    need(!dia_node_unproxy(s.proxy, RO, CCR));
    need_int(dia_node_unproxy(s.proxy, RO, CCR), DIA_ENOENT);
    send(&s);
    need_int(s.asked, 1);
    need(!dia_node_unproxy(s.proxy, RO, 0));
    send(&s);
    need_int(any, 1);
    need(!dia_node_unproxy(s.proxy, 0, 0));
    send(&s); /* nobody proxies any more, and it is no relay */
    need_int(net_result(net_read(&s.net, s.client)), 3001);
    need_int(of_command, 1);
    need_int(s.asked, 1);
    need_int(any, 1);
    need_int(dia_node_counters(s.proxy).proxied, 3);
    /* The answers of the three that passed: their hooks are gone, the answers are not. */
    for (int i = 0; i < 3; i++) {
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        answer(&s, s.server, came, 2001);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
    }
    need_int(s.told, 0);
done:
    net_end(&s.net);
}

/* A relay that also proxies: only its applications meet the hooks. */
static void relay_may_be_a_proxy_too(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(!dia_node_advertise(s.proxy, DIA_APP_RELAY, 0, DIA_APP_AUTH));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", 16777251);
    need(other);
    net_write(&s.net, s.client, request_of(&s, 16777251, 316, DIA_FLAG_PROXIABLE, "example.edu", NULL));
    need(net_read(&s.net, other).p);
    need_int(s.asked, 0);
    send(&s);
    need(net_read(&s.net, s.server).p);
    need_int(s.asked, 1);
done:
    net_end(&s.net);
}

static void what_is_for_us_is_served_or_passes(void) /* B6.1.4-01, B6.1.4-02 */
{
    static const struct {
        const char *name, *realm, *host;
        bool serves;
        unsigned asked, served;
        uint32_t want; /* 0: it passes */
    } rows[] = {
        { "another realm", "example.com", NULL, true, 1, 0, 0 },
        { "our realm, served", "example.net", NULL, true, 0, 1, 2001 },
        { "our realm, not served", "example.net", NULL, false, 1, 0, 3002 },
        { "our realm, a host there", "example.net", "server.example.com", true, 1, 0, 0 },
        { "ourselves, served", "example.net", "proxy.example.net", true, 0, 1, 2001 },
        { "ourselves, not served", "example.net", "PROXY.example.net", false, 1, 0, 3001 },
        { "nobody", NULL, NULL, false, 0, 0, 3001 },
        { "no realm", NULL, "server.example.com", false, 1, 0, 3002 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        unsigned served = 0;
        harness_row(rows[i].name);
        need(begin(&s, NULL));
        need(!rows[i].serves || !dia_serve_ro_ccr(s.proxy, net_serve, &served));
        send_to(&s, rows[i].realm, rows[i].host);
        need_int(s.asked, rows[i].asked);
        need_int(served, rows[i].served);
        need_int(net_read(&s.net, s.server).p != NULL, !rows[i].want);
        need_int(net_result(net_read(&s.net, s.client)), rows[i].want);
        need_int(s.told, rows[i].asked && rows[i].want); /* with our own answer */
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void some_requests_do_not_pass(void) /* B6.1.9-04 */
{
    struct scene s;
    need(begin(&s, NULL));
    net_write(&s.net, s.client, request_of(&s, RO, CCR, 0, "example.com", NULL));
    need_int(net_result(net_read(&s.net, s.client)), 3001);
    const dia_bytes octets = request_of(&s, RO, CCR, DIA_FLAG_PROXIABLE, "example.com", NULL);
    dia_store24(s.buf + 20 + 5, 4000);
    net_write(&s.net, s.client, octets);
    need_int(net_result(net_read(&s.net, s.client)), 5014);
    need_int(s.asked, 0);
    need(!net_read(&s.net, s.server).p);
done:
    net_end(&s.net);
}

/* ---- Changing ---- */

static void change_request(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    dia_avp avp = { 0 };
    dia_transit_set_text(t, "CC-Request-Type", "INITIAL_REQUEST");
    dia_transit_add_text(t, "User-Name", "gold");
    dia_transit_set(t, "Service-Context-Id", DIA_STR("a text that is longer than the one before"));
    s->err = dia_transit_remove(t, "4242:9999") && !dia_transit_remove(t, "4242:9999") &&
                     dia_transit_find(t, "User-Name", &avp) && avp.data.n == 4 &&
                     dia_transit_command(t) == DIA_COMMAND_RO_CCR && !dia_transit_is_answer(t) &&
                     dia_transit_header(t).hop_by_hop == HOP && dia_transit_request(t).n == s->n &&
                     dia_transit_conn(t) && dia_transit_from(t) && !dia_transit_to(t)
                 ? 0
                 : 1;
}

static void change_answer(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    dia_transit_set_text(t, "CC-Request-Type", "INITIAL_REQUEST");
    dia_transit_remove(t, "Class");
    s->err = s->err || !dia_transit_is_answer(t) || dia_transit_command(t) != DIA_COMMAND_RO_CCA;
}

static void hooks_change_what_passes(void) /* B2.7-04, B2.7-09, B2.9-04, B6.1.9-01 */
{
    static const uint32_t order[] = { DIA_AVP_SESSION_ID,
                                      DIA_AVP_ORIGIN_HOST,
                                      DIA_AVP_ORIGIN_REALM,
                                      DIA_AVP_DESTINATION_REALM,
                                      DIA_AVP_AUTH_APPLICATION_ID,
                                      461,
                                      416,
                                      415,
                                      DIA_AVP_PROXY_INFO,
                                      DIA_AVP_USER_NAME,
                                      DIA_AVP_ROUTE_RECORD };
    struct scene s;
    need(begin(&s, NULL));
    s.ask = change_request;
    s.tell = change_answer;
    send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p && !s.err);
    need_int(s.net.header.length, came.n);
    need_int(s.net.header.end_to_end, END);
    size_t n = 0;
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it); n++)
        need(n < sizeof order / sizeof *order && it.avp.code == order[n]);
    need_int(n, sizeof order / sizeof *order);
    need_int(dia_load32(net_value(came, 416).p), 1);
    need_bytes(net_value(came, 461), DIA_STR("a text that is longer than the one before"));
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("client.example.org"));
    answer(&s, s.server, came, 2001);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(s.net.header.hop_by_hop, HOP);
    need_int(s.net.header.length, back.n);
    need(!net_value(back, DIA_AVP_CLASS).p && !s.err);
    need_int(dia_load32(net_value(back, 416).p), 1);
    need_int(s.told, 1);
    need(s.has_from && s.has_to && s.has_request);
done:
    net_end(&s.net);
}

/* Without a change, nothing changes. */
static void hooks_that_only_look_leave_octets_alone(void) /* B2.7-09, B7.2-04 */
{
    static const struct saying rows[] = { { .result_code = 2001 },
                                          { .result_code = 3002, .flags = DIA_FLAG_ERROR },
                                          { .experimental = 5030 } };
    struct scene s;
    uint8_t first[1500];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need(begin(&s, NULL));
        send(&s);
        dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
        answer_as(&s, s.server, came, &rows[i]);
        dia_bytes back = net_read(&s.net, s.client);
        need(back.p && back.n <= sizeof first);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | rows[i].flags);
        need_int(s.result, rows[i].result_code ? rows[i].result_code : rows[i].experimental);
        need_int(s.result_vendor, rows[i].result_code ? 0 : 10415);
        memcpy(first, back.p, back.n);
        const size_t n = back.n;
        /* The same without any hook. */
        need(!dia_node_proxy(s.proxy, &(dia_proxy){ .application = RO }));
        send(&s);
        came = net_read(&s.net, s.server);
        need(came.p);
        answer_as(&s, s.server, came, &rows[i]);
        back = net_read(&s.net, s.client);
        need_bytes(back, ((dia_bytes){ first, n }));
        need_int(s.told, 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void use_structs(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    const void *msg = NULL;
    const bool is_answer = dia_transit_is_answer(t);
    const dia_command *command = is_answer ? DIA_COMMAND_RO_CCA : DIA_COMMAND_RO_CCR;
    dia_fault fault;
    s->err = dia_transit_decode(t, is_answer ? DIA_COMMAND_RO_CCR : DIA_COMMAND_RO_CCA, &msg, NULL) != DIA_EINVAL;
    if (s->err || (s->err = dia_transit_decode(t, command, &msg, &fault)))
        return;
    if (is_answer) {
        dia_ro_cca cca = *(const dia_ro_cca *)msg;
        cca.cc_request_number = 8;
        s->err = dia_transit_encode(t, command, &cca);
    } else {
        dia_ro_ccr ccr = *(const dia_ro_ccr *)msg;
        ccr.cc_request_number = 7;
        s->err = dia_transit_encode(t, command, &ccr);
    }
}

static void hooks_use_structs(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = s.tell = use_structs;
    send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(dia_load32(net_value(came, 415).p), 7);
    need_int(count_of(came, DIA_AVP_PROXY_INFO), 1);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
    need_int(s.net.header.end_to_end, END);
    answer(&s, s.server, came, 2001);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(dia_load32(net_value(back, 415).p), 8);
    need_int(s.net.header.hop_by_hop, HOP);
    need_bytes(net_value(nth_value(back, DIA_AVP_PROXY_INFO, 0), 0), ((dia_bytes){ NULL, 0 }));
    need_int(count_of(back, DIA_AVP_PROXY_INFO), 1);
    need_int(s.err, 0);
done:
    net_end(&s.net);
}

static void break_structs(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    const dia_ro_ccr ccr = { .cc_request_type = 1 }; /* requires more */
    s->err = dia_transit_encode(t, DIA_COMMAND_RO_CCR, &ccr) != DIA_ERULE ||
             dia_transit_encode(t, DIA_COMMAND_RO_CCA, &ccr) != DIA_EINVAL;
}

static void broken_struct_changes_nothing(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = break_structs;
    send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
done:
    net_end(&s.net);
}

/* Replaces by itself, with another Origin-Host behind it; wrong ones first. */
static void replace(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    uint8_t buf[2048];
    const dia_bytes now = dia_transit_octets(t);
    memcpy(buf, now.p, now.n);
    s->err = dia_transit_replace(t, (dia_bytes){ buf, now.n - 4 }) != DIA_EFORMAT ||
             dia_transit_replace(t, (dia_bytes){ buf, 8 }) != DIA_EFORMAT;
    buf[7] ^= 1; /* the command */
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n }) != DIA_EINVAL;
    buf[7] ^= 1;
    buf[4] ^= DIA_FLAG_REQUEST;
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n }) != DIA_EINVAL;
    buf[4] ^= DIA_FLAG_REQUEST | DIA_FLAG_ERROR | DIA_FLAG_PROXIABLE;
    memset(buf + 12, 0xee, 8); /* ids */
    buf[30] ^= 1;              /* a letter of the Session-Id */
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n });
}

static void hooks_replace_octets(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = replace;
    send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE); /* of a request E and P are not the hook's */
    need_int(s.net.header.end_to_end, END);
    need_bytes(net_value(came, DIA_AVP_SESSION_ID), DIA_STR("a;0;2"));
done:
    net_end(&s.net);
}

/* A value that is a view of the message itself. */
static void copy_within(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    dia_avp avp;
    dia_transit_set_text(t, "User-Name", "x");
    s->err = !dia_transit_find(t, "Service-Context-Id", &avp);
    if (!s->err)
        dia_transit_set(t, "Origin-Realm", avp.data);
    s->err = dia_transit_error(t);
}

static void value_may_be_a_view_of_the_message(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = copy_within;
    send(&s);
    need_int(s.err, 0);
    need_bytes(net_value(net_read(&s.net, s.server), DIA_AVP_ORIGIN_REALM), DIA_STR("test@example.net"));
done:
    net_end(&s.net);
}

static void break_it(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    dia_transit_set_text(t, s->text, "1");
    dia_transit_set_text(t, "CC-Request-Number", "99"); /* nothing changes any more */
    s->err = dia_transit_error(t);
}

static void break_and_forgive(dia_transit *t, void *arg)
{
    break_it(t, arg);
    dia_transit_clear_error(t);
}

static void message_that_could_not_be_changed_does_not_pass(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = break_it;
    s.text = "No-Such-AVP";
    send(&s);
    need_int(s.err, DIA_EINVAL);
    need_int(net_result(net_read(&s.net, s.client)), 5012);
    need(!net_read(&s.net, s.server).p);
    need_int(events(&s, DIA_EVENT_PROXY), 1);
    need_int(s.told, 1);
    s.ask = break_and_forgive;
    send(&s);
    dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(dia_load32(net_value(came, 415).p), 0);
    s.ask = NULL;
    s.tell = break_it;
    answer(&s, s.server, came, 2001);
    dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 5012);
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
    need_bytes(net_value(back, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
    need_int(count_of(back, DIA_AVP_PROXY_INFO), 1);
    send(&s);
    came = net_read(&s.net, s.server);
    need(came.p);
    answer(&s, s.server, came, 4010);
    back = net_read(&s.net, s.client);
    need_int(net_result(back), 4010); /* a failure stays what it is */
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
    need_int(events(&s, DIA_EVENT_PROXY), 3);
done:
    net_end(&s.net);
}

/* ---- Turning aside ---- */

static void turn_to_edu(dia_transit *t, void *arg)
{
    (void)arg;
    dia_transit_set_text(t, "Destination-Realm", "example.edu");
}

static void route_follows_what_hooks_write(void)
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", RO);
    need(other);
    s.ask = turn_to_edu;
    send(&s);
    need(net_read(&s.net, other).p);
    net_cut(&s.net, other);
    send(&s);
    need_int(net_result(net_read(&s.net, s.client)), 3002); /* of the request that was lost */
    need_int(net_result(net_read(&s.net, s.client)), 3003);
    need(!net_read(&s.net, s.server).p);
    need_int(s.told, 2);
    need(!s.has_to);
done:
    net_end(&s.net);
}

static void choose(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    if (dia_transit_is_answer(t))
        s->err = dia_transit_choose(t, s->peer) != DIA_ESTATE || dia_transit_route(t) != DIA_ESTATE;
    else
        s->err = dia_transit_choose(t, s->peer);
}

static void hooks_choose_the_peer(void)
{
    struct scene s;
    need(begin(&s, NULL));
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.edu", "example.edu", RO);
    struct net_wire *deaf = net_hold_as(&s.net, s.proxy, "deaf.example.com", "example.com", 16777251);
    need(other && !deaf); /* no common application */
    s.ask = s.tell = choose;
    s.peer = dia_node_find_peer(s.proxy, "other.example.edu");
    send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, other);
    need(came.p);
    need(!net_read(&s.net, s.server).p);
    answer(&s, other, came, 2001);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
    s.tell = NULL;
    s.peer = dia_node_find_peer(s.proxy, "client.example.org"); /* where it came from */
    send(&s);
    need_int(s.err, DIA_ENOROUTE);
    need(net_read(&s.net, s.server).p); /* the route decides */
    net_cut(&s.net, other);
    need(!dia_node_add_peer(s.proxy, &(dia_peer_config){ .host = "absent.example.edu" }, NULL));
    s.peer = dia_node_find_peer(s.proxy, "absent.example.edu");
    send(&s);
    need_int(s.err, DIA_ENOROUTE);
    s.peer = NULL;
    send(&s);
    need_int(s.err, 0);
done:
    net_end(&s.net);
}

static void look_ahead(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err = dia_transit_route(t);
    s->peer = dia_transit_to(t);
    s->err = s->err || dia_transit_set_record(t, DIA_STR("no name!")) != DIA_EINVAL ||
             dia_transit_set_record(t, DIA_STR("hidden.example.org"));
}

static void hooks_look_ahead_and_hide(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = look_ahead;
    send(&s);
    need_int(s.err, 0);
    need(s.peer && s.peer == dia_node_find_peer(s.proxy, "server.example.com"));
    const dia_bytes came = net_read(&s.net, s.server);
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("hidden.example.org"));
    need_int(count_of(came, DIA_AVP_ROUTE_RECORD), 1);
done:
    net_end(&s.net);
}

/* ---- Answering oneself ---- */

static void reject(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err =
        dia_transit_reject(t, 5003, "not today") || dia_transit_reject(t, 5003, "not today") != DIA_ESTATE; /* once */
}

static void answer_struct(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    const dia_ro_cca cca = { .result_code = 4010, .cc_request_type = 4 };
    const dia_ro_cca broken = { .cc_request_type = 4 };
    s->err = dia_transit_answer(t, DIA_COMMAND_RO_CCA, &broken) != DIA_ERULE ||
             dia_transit_answer(t, DIA_COMMAND_RO_CCA, &cca);
}

static void answer_octets(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    uint8_t buf[100];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .version = 1, .command = CCR, .application = RO });
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 5031);
    const int64_t n = dia_build_end(&b);
    s->err = dia_transit_answer_octets(t, (dia_bytes){ buf, 30 }) != DIA_EINVAL ||
             dia_transit_answer_octets(t, (dia_bytes){ buf, (size_t)n });
}

static void hooks_answer_themselves(void)
{
    static const struct {
        const char *name;
        dia_transit_fn *hook;
        uint32_t want;
        size_t infos;
    } rows[] = { { "Result-Code", reject, 5003, 1 },
                 { "struct", answer_struct, 4010, 1 },
                 { "octets", answer_octets, 5031, 0 } };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const bool late = i % 2;
        struct scene s;
        harness_row(rows[i / 2].name);
        need(begin(&s, NULL));
        s.ask = late ? NULL : rows[i / 2].hook;
        s.tell = late ? rows[i / 2].hook : NULL;
        send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need_int(came.p != NULL, late);
        if (late)
            answer(&s, s.server, came, 2001);
        need_int(s.err, 0);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), rows[i / 2].want);
        need_int(s.net.header.hop_by_hop, HOP);
        need_int(s.net.header.end_to_end, END);
        need_int(count_of(back, DIA_AVP_PROXY_INFO), rows[i / 2].infos); /* B6.2-07 */
        need(!net_read(&s.net, s.client).p);
        need_int(s.told, late);
        need_int(dia_node_counters(s.proxy).proxied, late);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- State ---- */

static void put_state(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    static const uint8_t much[5000];
    s->err = dia_transit_put_state(t, (dia_bytes){ much, sizeof much }) != DIA_ESPACE ||
             dia_transit_put_state(t, DIA_STR("first")) || dia_transit_put_state(t, dia_cstr(s->text));
}

/* The octets of the last Proxy-Info. */
static dia_bytes last_info(dia_bytes message, uint8_t to[200])
{
    dia_bytes last = { NULL, 0 };
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        if (dia_is_proxy_info(&it.avp) && it.avp.octets.n <= 200)
            last = it.avp.octets;
    if (last.p)
        memcpy(to, last.p, last.n);
    return (dia_bytes){ to, last.n };
}

static void state_comes_back_with_the_answer(void) /* B6.2.2-02, B6.7.2-01, B6.7.4-01 */
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = put_state;
    s.text = "gold";
    send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need_int(count_of(came, DIA_AVP_PROXY_INFO), 2);
    const dia_bytes ours = nth_value(came, DIA_AVP_PROXY_INFO, 1);
    dia_avps in = dia_avps_in(ours);
    need(dia_avp_next(&in) && in.avp.code == DIA_AVP_PROXY_HOST && in.avp.flags == DIA_AVP_M);
    need_bytes(in.avp.data, DIA_STR("proxy.example.net"));
    need(dia_avp_next(&in) && in.avp.code == DIA_AVP_PROXY_STATE && in.avp.flags == DIA_AVP_M);
    need_int(in.avp.data.n, 17 + 4);
    need(!dia_avp_next(&in) && !in.err);
    answer(&s, s.server, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(s.net.header.length, back.n);
    need_int(count_of(back, DIA_AVP_PROXY_INFO), 1);
    const dia_bytes left = nth_value(back, DIA_AVP_PROXY_INFO, 0);
    need_bytes(((dia_bytes){ left.p + left.n - 12, 10 }), DIA_STR("of another"));
    need_int(dia_node_counters(s.proxy).forged, 0);
    s.ask = NULL; /* and none is none */
    send(&s);
    answer(&s, s.server, net_read(&s.net, s.server), 2001);
    need(!s.state.p);
    need_int(dia_node_counters(s.proxy).forged, 0);
done:
    net_end(&s.net);
}

static void changed_state_reaches_no_hook(void) /* B6.1.9-03 */
{
    static const struct {
        const char *name;
        struct saying says;
        size_t infos; /* that reach the requester */
    } rows[] = {
        { "a bit", { .result_code = 2001, .flip = 1 }, 1 },
        { "the highest bit", { .result_code = 2001, .flip = 0x80 }, 1 },
        { "nothing came back", { .result_code = 2001, .no_proxy_info = true }, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i].name);
        need(begin(&s, NULL));
        s.ask = put_state;
        s.text = "golden!";
        send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        answer_as(&s, s.server, came, &rows[i].says);
        need_int(s.told, 1);
        need(!s.state.p);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), 2001);
        need_int(count_of(back, DIA_AVP_PROXY_INFO), rows[i].infos);
        need_int(dia_node_counters(s.proxy).forged, 1);
        need_int(dia_peer_counters(dia_node_find_peer(s.proxy, "server.example.com")).forged, 1);
        need_int(events(&s, DIA_EVENT_PROXY), 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void alter(struct scene *s, const char *what)
{
    if (!strcmp(what, "End-to-End id"))
        s->buf[19] ^= 1;
    else if (!strcmp(what, "session"))
        s->buf[30] ^= 1;
    else if (!strcmp(what, "command"))
        s->buf[7] ^= 1;
}

/* What was true for one request says nothing of another. */
static void state_of_another_transaction_is_none(void) /* B6.1.9-03 */
{
    static const char *const rows[] = { "the same", "End-to-End id", "session", "command", "peer", "key" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        uint8_t info[200];
        harness_row(rows[i]);
        need(begin(&s, NULL));
        struct net_wire *second = net_hold_as(&s.net, s.proxy, "second.example.org", "example.org", RO);
        need(second);
        s.ask = put_state;
        s.text = "gold";
        send(&s);
        dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        const dia_bytes stolen = last_info(came, info);
        need(stolen.n);
        const dia_bytes octets = request_of(&s, RO, CCR, DIA_FLAG_PROXIABLE, "example.com", NULL);
        alter(&s, rows[i]);
        if (!strcmp(rows[i], "key"))
            dia_node_set_proxy_key(s.proxy, (const uint8_t *)"0123456789abcdef");
        s.text = "iron";
        net_write(&s.net, !strcmp(rows[i], "peer") ? second : s.client, octets);
        came = net_read(&s.net, s.server);
        need(came.p);
        answer_as(&s, s.server, came, &(struct saying){ .result_code = 2001, .instead = stolen });
        need_int(s.told, 1);
        if (i)
            need(!s.state.p);
        else
            need_bytes(s.state, DIA_STR("gold")); /* the same request, from before it came again */
        need_int(dia_node_counters(s.proxy).forged, i != 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Another node of this name, which has the same key, reads it. */
static void key_makes_states_known_elsewhere(void)
{
    struct scene a, b = { 0 };
    uint8_t info[200];
    const uint8_t key[16] = { 1, 2, 3 };
    need(begin(&a, NULL));
    dia_node_set_proxy_key(a.proxy, key);
    a.ask = put_state;
    a.text = "gold";
    send(&a);
    const dia_bytes ours = last_info(net_read(&a.net, a.server), info);
    need(ours.n);
    net_end(&a.net);
    need(begin(&b, NULL));
    dia_node_set_proxy_key(b.proxy, key);
    b.ask = put_state;
    b.text = "iron";
    send(&b);
    const dia_bytes came = net_read(&b.net, b.server);
    need(came.p);
    answer_as(&b, b.server, came, &(struct saying){ .result_code = 2001, .instead = ours });
    need_bytes(b.state, DIA_STR("gold"));
done:
    net_end(&a.net);
    net_end(&b.net);
}

static void state_goes_along_to_another_peer(void) /* B5.5.4-02 */
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = put_state;
    s.text = "gold";
    send(&s);
    need(net_read(&s.net, s.server).p);
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO);
    need(other);
    net_cut(&s.net, s.server);
    const dia_bytes came = net_read(&s.net, other);
    need(came.p);
    need_int(s.net.header.flags & DIA_FLAG_RETRANSMITTED, DIA_FLAG_RETRANSMITTED);
    need_int(s.asked, 1); /* hooks have seen it */
    answer(&s, other, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    need_int(s.told, 1);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
done:
    net_end(&s.net);
}

/* Of a request that went to two peers either answer is enough. */
static void state_comes_back_from_whoever_answers_first(void) /* B5.5.4-02 */
{
    for (int first = 0; first < 2; first++) {
        struct scene s;
        uint8_t buf[2][1500];
        dia_bytes came[2];
        need(begin(&s, &(dia_node_config){ .try_ms = 1000 }));
        s.ask = put_state;
        s.text = "gold";
        send(&s);
        struct net_wire *wires[2] = { s.server, net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO) };
        need(wires[1]);
        net_pass(&s.net, 1500);
        for (int i = 0; i < 2; i++) {
            came[i] = net_read(&s.net, wires[i]);
            need(came[i].p && came[i].n <= sizeof buf[i]);
            came[i].p = memcpy(buf[i], came[i].p, came[i].n);
        }
        answer(&s, wires[first], came[first], 2001);
        need_bytes(s.state, DIA_STR("gold"));
        need_int(s.told, 1);
        need_int(dia_node_counters(s.proxy).forged, 0);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
        answer(&s, wires[!first], came[!first], 2001); /* nobody waits for it any more */
        need(!net_read(&s.net, s.client).p);
        need_int(s.told, 1);
    done:
        net_end(&s.net);
    }
}

/* While a request waits for a host to which one peer has redirected it, another one answers. */
static void state_comes_back_behind_a_redirect_elsewhere(void)
{
    struct scene s;
    uint8_t buf[1500];
    need(begin(&s, &(dia_node_config){ .try_ms = 1000, .redirects = DIA_REDIRECTS_CONNECT }));
    s.ask = put_state;
    s.text = "gold";
    send(&s);
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO);
    need(other);
    const dia_bytes first = net_read(&s.net, s.server);
    need(first.p && first.n <= sizeof buf);
    const dia_bytes came = { memcpy(buf, first.p, first.n), first.n };
    net_pass(&s.net, 1500);
    const dia_bytes second = net_read(&s.net, other);
    need(second.p);
    answer_as(&s, other, second,
              &(struct saying){
                  .result_code = 3006, .flags = DIA_FLAG_ERROR, .redirect_host = "aaa://new.example.com:3868" });
    need(!net_read(&s.net, s.client).p);
    answer(&s, s.server, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    need(s.has_request);
    need_int(dia_node_counters(s.proxy).forged, 0);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
done:
    net_end(&s.net);
}

/* ---- Answers ---- */

static void fail(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err = dia_transit_fail(t, s->text ? 3004 : 4001, s->text);
}

static void success_becomes_failure(void) /* B6.2.2-05, B7.1-02, B7.4-01, B7-04 */
{
    static const struct {
        const char *name;
        struct saying says;
        const char *text;
        int err;
        uint32_t want;
        uint8_t flags;
    } rows[] = {
        { "success", { .result_code = 2001 }, NULL, 0, 4001, 0 },
        { "limited success", { .result_code = 2002 }, NULL, 0, 4001, 0 },
        { "a success of 3GPP", { .experimental = 2021 }, NULL, 0, 4001, 0 },
        { "a protocol error", { .result_code = 2001 }, "later", 0, 3004, DIA_FLAG_ERROR },
        { "a failure", { .result_code = 5030 }, NULL, DIA_ESTATE, 5030, 0 }, /* B6.2.2-03, B6.2.2-04 */
        { "a failure of 3GPP", { .experimental = 5030 }, "x", DIA_ESTATE, 0, 0 },
        { "a failure that nobody knows", { .result_code = 9001 }, NULL, DIA_ESTATE, 9001, 0 }, /* B7.1-03 */
        { "an error", { .result_code = 3002, .flags = DIA_FLAG_ERROR }, NULL, DIA_ESTATE, 3002, DIA_FLAG_ERROR },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i].name);
        need(begin(&s, NULL));
        s.tell = fail;
        s.text = rows[i].text;
        send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        answer_as(&s, s.server, came, &rows[i].says);
        need_int(s.err, rows[i].err);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), rows[i].want);
        need_int(s.net.header.length, back.n);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | rows[i].flags);
        need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("server.example.com"));
        const bool changed = !rows[i].err;
        const dia_bytes none = { NULL, 0 }, us = DIA_LIT("proxy.example.net"), text = dia_cstr(rows[i].text);
        need_bytes(net_value(back, DIA_AVP_ERROR_REPORTING_HOST), changed ? us : none);
        need_bytes(net_value(back, DIA_AVP_ERROR_MESSAGE), changed ? text : none);
        need_int(net_value(back, DIA_AVP_EXPERIMENTAL_RESULT).p != NULL, !changed && rows[i].says.experimental);
        need_int(count_of(back, DIA_AVP_PROXY_INFO), 1);
        need_int(events(&s, DIA_EVENT_PROXY), !changed); /* told, not shown */
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void refuse_session(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err = dia_transit_fail(t, 5003, "no") || dia_transit_end_session(t, 0);
}

static void session_that_is_refused_is_ended(void) /* B6.2.2-06 */
{
    struct scene s;
    need(begin(&s, NULL));
    s.tell = refuse_session;
    send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    answer(&s, s.server, came, 2001);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    const dia_bytes str = net_read(&s.net, s.server);
    need(str.p);
    need_int(s.net.header.command, 275);
    need_int(s.net.header.application, RO);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
    need(s.net.header.end_to_end && s.net.header.end_to_end != END);
    need_bytes(net_value(str, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
    need_bytes(net_value(str, DIA_AVP_ORIGIN_HOST), DIA_STR("client.example.org"));
    need_bytes(net_value(str, DIA_AVP_ORIGIN_REALM), DIA_STR("example.org"));
    need_bytes(net_value(str, DIA_AVP_DESTINATION_HOST), DIA_STR("server.example.com"));
    need_bytes(net_value(str, DIA_AVP_DESTINATION_REALM), DIA_STR("example.com"));
    need_bytes(net_value(str, DIA_AVP_CLASS), DIA_STR("first class"));
    need_bytes(net_value(str, DIA_AVP_ROUTE_RECORD), DIA_STR("client.example.org"));
    need_int(dia_load32(net_value(str, DIA_AVP_TERMINATION_CAUSE).p), 4);
    const void *msg;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, 0, NULL);
    const int err = dia_decode(DIA_COMMAND_STR, str, DIA_LEVEL_LENIENT, &arena, &msg, NULL);
    dia_arena_done(&arena);
    need_int(err, 0);
    answer_as(&s, s.server, str, &(struct saying){ .result_code = 5002 });
    need_int(events(&s, DIA_EVENT_PROXY), 1); /* it had no such session */
    need(!net_read(&s.net, s.client).p);
done:
    net_end(&s.net);
}

static void requester_may_be_gone(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = put_state;
    s.text = "gold";
    send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    net_cut(&s.net, s.client);
    answer(&s, s.server, came, 2001);
    need_int(s.told, 1);
    need(!s.has_from && s.has_to && s.has_octets);
    need_bytes(s.state, DIA_STR("gold"));
    need_int(s.result, 2001);
    need_int(dia_node_counters(s.proxy).late_answers, 1);
    need_int(dia_node_counters(s.proxy).forged, 0);
done:
    net_end(&s.net);
}

static void answer_of_our_own_passes_the_hook(void) /* B5.3-15 */
{
    static const char *const rows[] = { "silence", "lost", "no way", "too long" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i]);
        need(begin(&s, &(dia_node_config){ .limits = { .relay_ms = 3000, .message = 4096 } }));
        s.ask = put_state;
        s.text = "gold";
        s.tell = i % 2 ? fail : NULL; /* it is a failure already */
        if (!strcmp(rows[i], "no way"))
            net_cut(&s.net, s.server);
        char much[4000];
        memset(much, 'x', sizeof much);
        much[3800] = 0;
        if (!strcmp(rows[i], "too long"))
            s.text = much;
        send(&s);
        if (!strcmp(rows[i], "silence"))
            net_pass(&s.net, 3100);
        if (!strcmp(rows[i], "lost"))
            net_cut(&s.net, s.server);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), strcmp(rows[i], "no way") ? 3002 : 3003);
        need_int(s.net.header.hop_by_hop, HOP);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR);
        need_int(count_of(back, DIA_AVP_PROXY_INFO), 1);
        need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
        need(!net_value(back, DIA_AVP_ROUTE_RECORD).p);
        need_bytes(net_value(back, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
        need_int(s.told, 1);
        need(s.has_from && !s.has_to && s.has_request);
        need_int(dia_node_counters(s.proxy).forged, 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- Later ---- */

static void keep(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err = dia_transit_keep(t);
    if (!s->err)
        s->kept = t;
    dia_transit_set_user(t, s);
}

static void request_may_wait(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = keep;
    send(&s);
    need_int(s.err, 0);
    need(s.kept && dia_transit_user(s.kept) == &s);
    need(!net_read(&s.net, s.server).p);
    net_pass(&s.net, 500);
    dia_transit_set_text(s.kept, "User-Name", "gold");
    need(!dia_transit_put_state(s.kept, DIA_STR("state")));
    need_bytes(dia_transit_request(s.kept), ((dia_bytes){ s.buf, s.n }));
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    const dia_bytes came = net_read(&s.net, s.server);
    need_bytes(net_value(came, DIA_AVP_USER_NAME), DIA_STR("gold"));
    s.tell = keep;
    s.kept = NULL;
    answer(&s, s.server, came, 2001);
    need(s.kept && dia_transit_is_answer(s.kept));
    need(!net_read(&s.net, s.client).p);
    need_bytes(dia_transit_state(s.kept), DIA_STR("state"));
    need_int(dia_transit_result(s.kept, NULL), 2001);
    need(dia_transit_request(s.kept).p);
    need_int(dia_transit_fail(s.kept, 4010, "no"), 0);
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 4010);
    need_int(s.net.header.hop_by_hop, HOP);
done:
    net_end(&s.net);
}

static void kept_request_may_be_answered(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = keep;
    send(&s);
    need(s.kept);
    need_int(dia_transit_reject(s.kept, 5003, NULL), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    s.ask = NULL;
    s.tell = keep;
    s.kept = NULL;
    send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    answer(&s, s.server, came, 2001);
    need(s.kept);
    need_int(dia_transit_reject(s.kept, 5003, NULL), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    need(!net_read(&s.net, s.client).p);
done:
    net_end(&s.net);
}

static void keep_and_reject(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    s->err = dia_transit_keep(t) || dia_transit_keep(t) || dia_transit_pass(t) != DIA_ESTATE ||
             dia_transit_reject(t, 5003, NULL);
}

static void kept_and_answered_in_one_hook(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = keep_and_reject;
    send(&s);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
done:
    net_end(&s.net);
}

static void who_waits_may_go(void)
{
    static const char *const rows[] = { "request passes", "request is answered", "answer passes",
                                        "answer is answered" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i]);
        need(begin(&s, NULL));
        *(i < 2 ? &s.ask : &s.tell) = keep;
        send(&s);
        if (i >= 2) {
            const dia_bytes came = net_read(&s.net, s.server);
            need(came.p);
            answer(&s, s.server, came, 2001);
        }
        need(s.kept);
        net_cut(&s.net, s.client);
        need(!dia_transit_from(s.kept));
        need_int(i % 2 ? dia_transit_reject(s.kept, 5003, NULL) : dia_transit_pass(s.kept), DIA_ENOENT);
        need(!net_read(&s.net, s.server).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* A request without a way turns round where it waited. */
static void request_and_its_answer_may_both_wait(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = s.tell = keep;
    send_to(&s, "nowhere.example", NULL);
    need(s.kept && !dia_transit_is_answer(s.kept));
    need_int(dia_transit_pass(s.kept), 0);
    need(dia_transit_is_answer(s.kept));
    need_int(s.err, 0);
    need(!net_read(&s.net, s.client).p);
    need_int(dia_transit_pass(s.kept), 0);
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, s.client)), 3003);
    need_int(s.asked, 1);
    need_int(s.told, 1);
done:
    net_end(&s.net);
}

static void kept_ones_are_limited_and_end_with_the_node(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .unanswered = 2 } }));
    s.ask = keep;
    send(&s);
    need_int(s.err, 0);
    send(&s);
    need_int(s.err, 0);
    send(&s);
    need_int(s.err, DIA_EBUSY);
    need(net_read(&s.net, s.server).p); /* the hook let it go on */
done:
    net_end(&s.net);
}

static void kept_requests_hold_up_an_orderly_end(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = keep;
    send(&s);
    need(s.kept);
    dia_node_stop(s.proxy, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 1000);
    need(!net_read(&s.net, s.client).p); /* no DPR yet */
    need_int(dia_transit_reject(s.kept, 3004, NULL), 0);
    net_pass(&s.net, 1);
    need_int(net_result(net_read(&s.net, s.client)), 3004);
    need(net_read(&s.net, s.client).p);
    need_int(s.net.header.command, 282);
done:
    net_end(&s.net);
}

/* What a route relays hooks may see, when they say so, and refuse; they change nothing of it. */
static void route_may_leave_hooks_out(void)
{
    static const char *const com[] = { "example.com", NULL };
    static const dia_route_action actions[] = { DIA_ROUTE_PROXY, DIA_ROUTE_RELAY };
    for (size_t i = 0; i < 4; i++) {
        const bool relays = i / 2, looks = i % 2;
        struct scene s;
        uint32_t id;
        dia_routes *routes = NULL;
        need(begin(&s, NULL));
        need(!dia_routes_new(NULL, harness_allocator(), &routes));
        need(!dia_routes_add(routes, &(dia_route){ .realms = com, .action = actions[relays] }, &id, NULL, 0));
        dia_node_set_routes(s.proxy, routes);
        routes = NULL;
        need(
            !looks ||
            !dia_node_proxy(
                s.proxy, &(dia_proxy){ .relayed = true, .on_request = on_request, .on_answer = on_answer, .arg = &s }));
        s.ask = turn_to_edu;
        send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need_int(s.asked, !relays || looks);
        need_int(came.p != NULL, relays && !looks); /* else it was turned aside, or refused */
        need_int(net_result(net_read(&s.net, s.client)), !relays ? 3003 : looks ? 5012 : 0);
        s.ask = NULL;
        send(&s);
        need(net_read(&s.net, s.server).p);
    done:
        dia_routes_free(routes);
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Whatever happens, a request that went on comes back to its hook once. */
static dia_routes *other; /* a table to be asked from now on */
static uint32_t gone;

static void remove_the_route(dia_transit *t, void *arg)
{
    const struct scene *s = arg;
    (void)t;
    check_int(dia_routes_remove((dia_routes *)(uintptr_t)dia_node_routes(s->proxy), gone), 0);
}

static void put_another_table(dia_transit *t, void *arg)
{
    const struct scene *s = arg;
    (void)t;
    dia_node_set_routes(s->proxy, other);
    other = NULL;
}

static void look_only(dia_transit *t, void *arg)
{
    (void)arg;
    check(dia_transit_octets(t).p);
}

/* The table was asked before the hook, and is not asked again behind one that has changed nothing. */
static void table_may_change_in_a_hook(void)
{
    static const struct {
        const char *name;
        dia_transit_fn *hook;
        bool comes; /* to the server */
    } rows[] = {
        { "as it was", look_only, true },
        { "without the route", remove_the_route, false },
        { "another table", put_another_table, false },
    };
    static const char *const com[] = { "example.com", NULL };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        dia_routes *routes = NULL;
        other = NULL;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, NULL));
        s.ask = rows[i].hook;
        need(!dia_routes_new(NULL, harness_allocator(), &routes));
        dia_node_set_routes(s.proxy, routes);
        need(!dia_routes_add(routes, &(dia_route){ .realms = com, .action = DIA_ROUTE_PROXY }, &gone, NULL, 0));
        need(!dia_routes_new(NULL, harness_allocator(), &other));
        need(!dia_routes_add(other, &(dia_route){ .realms = com, .action = DIA_ROUTE_LOCAL }, NULL, NULL, 0));
        send(&s);
        net_pump(&s.net);
        need_int(s.asked, 1);
        need_int(net_read(&s.net, s.server).p != NULL, rows[i].comes);
        need(rows[i].comes || net_result(net_read(&s.net, s.client)) > 3000);
    done:
        dia_routes_free(other);
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void node_may_end_in_between(void)
{
    struct scene s;
    need(begin(&s, NULL));
    send(&s);
    need(net_read(&s.net, s.server).p);
    s.tell = keep;
    net_free(&s.net, s.proxy);
    need_int(s.told, 1);
    need(!s.has_octets && !s.has_to);
    need_int(s.err, DIA_ESTATE);
done:
    net_end(&s.net);
}

static void free_node(dia_transit *t, void *arg)
{
    struct scene *s = arg;
    (void)t;
    net_free(&s->net, s->proxy);
}

static void node_may_end_in_a_hook(void)
{
    for (int i = 0; i < 2; i++) {
        struct scene s;
        need(begin(&s, NULL));
        *(i ? &s.tell : &s.ask) = free_node;
        send(&s);
        if (i) {
            const dia_bytes came = net_read(&s.net, s.server);
            need(came.p);
            answer(&s, s.server, came, 2001);
        }
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void hooks_of_many_use_the_same_places_again(void)
{
    struct scene s;
    need(begin(&s, NULL));
    s.ask = change_request;
    s.tell = change_answer;
    for (int i = 0; i < 100; i++) {
        send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        answer(&s, s.server, came, 2001);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
    }
    need_int(s.told, 100);
    size_t n;
    const dia_count *rows = dia_peer_counts(dia_node_find_peer(s.proxy, "server.example.com"), &n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].command == CCR && rows[i].application == RO) /* under its own name, for the proxy knows it */
            need_int(rows[i].n, 100);
    need(n >= 4);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "proxy_advertises_what_it_proxies_alone", proxy_advertises_what_it_proxies_alone },
        { "wrong_proxies_are_refused", wrong_proxies_are_refused },
        { "nearest_proxy_counts", nearest_proxy_counts },
        { "relay_may_be_a_proxy_too", relay_may_be_a_proxy_too },
        { "what_is_for_us_is_served_or_passes", what_is_for_us_is_served_or_passes },
        { "some_requests_do_not_pass", some_requests_do_not_pass },
        { "hooks_change_what_passes", hooks_change_what_passes },
        { "hooks_that_only_look_leave_octets_alone", hooks_that_only_look_leave_octets_alone },
        { "hooks_use_structs", hooks_use_structs },
        { "broken_struct_changes_nothing", broken_struct_changes_nothing },
        { "hooks_replace_octets", hooks_replace_octets },
        { "value_may_be_a_view_of_the_message", value_may_be_a_view_of_the_message },
        { "message_that_could_not_be_changed_does_not_pass", message_that_could_not_be_changed_does_not_pass },
        { "route_follows_what_hooks_write", route_follows_what_hooks_write },
        { "hooks_choose_the_peer", hooks_choose_the_peer },
        { "hooks_look_ahead_and_hide", hooks_look_ahead_and_hide },
        { "hooks_answer_themselves", hooks_answer_themselves },
        { "state_comes_back_with_the_answer", state_comes_back_with_the_answer },
        { "changed_state_reaches_no_hook", changed_state_reaches_no_hook },
        { "state_of_another_transaction_is_none", state_of_another_transaction_is_none },
        { "key_makes_states_known_elsewhere", key_makes_states_known_elsewhere },
        { "state_comes_back_from_whoever_answers_first", state_comes_back_from_whoever_answers_first },
        { "state_comes_back_behind_a_redirect_elsewhere", state_comes_back_behind_a_redirect_elsewhere },
        { "state_goes_along_to_another_peer", state_goes_along_to_another_peer },
        { "success_becomes_failure", success_becomes_failure },
        { "session_that_is_refused_is_ended", session_that_is_refused_is_ended },
        { "requester_may_be_gone", requester_may_be_gone },
        { "answer_of_our_own_passes_the_hook", answer_of_our_own_passes_the_hook },
        { "request_may_wait", request_may_wait },
        { "request_and_its_answer_may_both_wait", request_and_its_answer_may_both_wait },
        { "kept_request_may_be_answered", kept_request_may_be_answered },
        { "kept_and_answered_in_one_hook", kept_and_answered_in_one_hook },
        { "who_waits_may_go", who_waits_may_go },
        { "kept_ones_are_limited_and_end_with_the_node", kept_ones_are_limited_and_end_with_the_node },
        { "kept_requests_hold_up_an_orderly_end", kept_requests_hold_up_an_orderly_end },
        { "route_may_leave_hooks_out", route_may_leave_hooks_out },
        { "table_may_change_in_a_hook", table_may_change_in_a_hook },
        { "node_may_end_in_between", node_may_end_in_between },
        { "node_may_end_in_a_hook", node_may_end_in_a_hook },
        { "hooks_of_many_use_the_same_places_again", hooks_of_many_use_the_same_places_again },
    };
    return HARNESS_RUN("node/proxy", tests);
}

/* Load (RFC 8583): what neighbours and hosts tell of themselves, and what we tell. */
#include "net.h"

#include "node/overload.h"

#include <stdio.h>

enum { APP = 4 }; /* Ro */

struct scene {
    struct net net;
    dia_node *node;
    struct net_wire *a; /* a.example.net, of the test's own */
    struct asked asked;
    unsigned served;
};

static bool begin(struct scene *s, const dia_overload_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->node =
        net_add(&s->net, "node.example.net",
                &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000, .destination_realm = "example.net" });
    return s->node && !dia_serve_ro_ccr(s->node, net_serve, &s->served) && !dia_node_set_overload(s->node, config) &&
           (s->a = net_hold_open(&s->net, s->node, "a.example.net")) != NULL;
}

/* ---- Theirs ---- */

struct load {
    uint32_t type;
    uint64_t value;
    const char *source; /* NULL: none */
    bool no_value, no_type;
};

static void put_load(dia_builder *b, const struct load *load)
{
    dia_put_group(b, DIA_AVP_LOAD, 0, 0);
    if (!load->no_type)
        dia_put_u32(b, DIA_AVP_LOAD_TYPE, 0, 0, load->type);
    if (!load->no_value)
        dia_put_u64(b, DIA_AVP_LOAD_VALUE, 0, 0, load->value);
    if (load->source)
        dia_put_bytes(b, DIA_AVP_SOURCE_ID, 0, 0, dia_cstr(load->source));
    dia_put_group_end(b);
}

/* Answers the request that was read last, as this host, with these loads. */
static void answer(struct scene *s, struct net_wire *wire, const char *host, const struct load *loads, size_t n)
{
    uint8_t buf[1000];
    dia_builder b;
    net_begin_answer(&s->net, &b, buf, sizeof buf, 2001);
    for (size_t i = 0; i < n; i++)
        put_load(&b, &loads[i]);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    net_write_built(&s->net, wire, &b);
}

static bool learn(struct scene *s, const char *host, const struct load *loads, size_t n)
{
    if (net_ask(s->node, 1, 60000, &s->asked) || !net_take(&s->net, s->a).p)
        return false;
    answer(s, s->a, host, loads, n);
    return true;
}

static const dia_overload_config reads = { .loads = true };

static void loads_are_read_from_answers(void)
{
    static const struct {
        const char *name, *host; /* of the answer */
        struct load load;
        uint32_t peer, far; /* the loads of a.example.net as a neighbour, and of far.example.net as a host */
    } rows[] = {
        { "the neighbour's", "far.example.net", { 1, 100, "a.example.net", 0, 0 }, 100, DIA_LOAD_NONE },
        { "in another case", "far.example.net", { 1, 100, "A.Example.net", 0, 0 }, 100, DIA_LOAD_NONE },
        { "of a neighbour that is no agent", "a.example.net", { 0, 100, "a.example.net", 0, 0 }, 100, DIA_LOAD_NONE },
        { "of another one's neighbour",
          "far.example.net",
          { 1, 100, "b.example.net", 0, 0 },
          DIA_LOAD_NONE,
          DIA_LOAD_NONE },
        { "of a host", "far.example.net", { 0, 100, "far.example.net", 0, 0 }, DIA_LOAD_NONE, 100 },
        { "of another host", "x.example.net", { 0, 100, "far.example.net", 0, 0 }, DIA_LOAD_NONE, DIA_LOAD_NONE },
        { "idle", "far.example.net", { 0, 65535, "far.example.net", 0, 0 }, DIA_LOAD_NONE, 65535 },
        { "full", "far.example.net", { 0, 0, "far.example.net", 0, 0 }, DIA_LOAD_NONE, 0 },
        { "beyond its range", "far.example.net", { 0, 65536, "far.example.net", 0, 0 }, DIA_LOAD_NONE, DIA_LOAD_NONE },
        { "of no type", "far.example.net", { 0, 1, "far.example.net", 0, true }, DIA_LOAD_NONE, DIA_LOAD_NONE },
        { "of an unknown type", "far.example.net", { 2, 1, "far.example.net", 0, 0 }, DIA_LOAD_NONE, DIA_LOAD_NONE },
        { "without value", "far.example.net", { 0, 1, "far.example.net", true, 0 }, DIA_LOAD_NONE, DIA_LOAD_NONE },
        { "of nobody", "far.example.net", { 0, 1, NULL, 0, 0 }, DIA_LOAD_NONE, DIA_LOAD_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, &reads));
        need(learn(&s, rows[i].host, &rows[i].load, 1));
        need_int(dia_peer_load(dia_node_find_peer(s.node, "a.example.net")), rows[i].peer);
        need_int(dia_node_host_load(s.node, "far.example.net"), rows[i].far);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void both_types_in_one_answer_count(void)
{
    static const struct load loads[] = { { 1, 11, "a.example.net", 0, 0 },
                                         { 0, 22, "far.example.net", 0, 0 },
                                         { 1, 33, "b.example.net", 0, 0 } };
    struct scene s;
    need(begin(&s, &reads));
    need(learn(&s, "far.example.net", loads, 3));
    need_int(dia_peer_load(dia_node_find_peer(s.node, "a.example.net")), 11);
    need_int(dia_node_host_load(s.node, "FAR.example.net"), 22);
    need_int(dia_node_host_load(s.node, "b.example.net"), DIA_LOAD_NONE);
done:
    net_end(&s.net);
}

static void loads_age(void)
{
    static const struct load loads[] = { { 1, 11, "a.example.net", 0, 0 }, { 0, 22, "far.example.net", 0, 0 } };
    struct scene s;
    need(begin(&s, &(dia_overload_config){ .loads = true, .load_ms = 5000 }));
    const dia_peer *a = dia_node_find_peer(s.node, "a.example.net");
    need(learn(&s, "far.example.net", loads, 2));
    net_pass(&s.net, 4999);
    need_int(dia_peer_load(a), 11);
    need_int(dia_node_host_load(s.node, "far.example.net"), 22);
    net_pass(&s.net, 1);
    dia_node_tick(s.node, (dia_time){ s.net.now_us });
    need_int(dia_peer_load(a), DIA_LOAD_NONE);
    need_int(dia_node_host_load(s.node, "far.example.net"), DIA_LOAD_NONE);
    net_pass(&s.net, 1000);
    dia_node_tick(s.node, (dia_time){ s.net.now_us });
    need_int(s.node->relief->loads.n, 0);
done:
    net_end(&s.net);
}

static void hosts_remembered_are_limited(void)
{
    struct scene s;
    need(begin(&s, &(dia_overload_config){ .loads = true, .states = 3 }));
    for (unsigned i = 0; i < 10; i++) {
        char host[32];
        snprintf(host, sizeof host, "h%u.example.net", i);
        const struct load load = { 0, i, host, 0, 0 };
        need(learn(&s, host, &load, 1));
    }
    need_int(s.node->relief->loads.n, 3);
    need_int(dia_node_host_load(s.node, "h9.example.net"), 9);
    need_int(dia_node_host_load(s.node, "h6.example.net"), DIA_LOAD_NONE);
done:
    net_end(&s.net);
}

static void loads_are_not_read_unless_asked_for(void)
{
    static const char *const others[] = { "*.example.org", NULL };
    const struct load load = { 1, 11, "a.example.net", 0, 0 };
    struct scene s;
    need(begin(&s, NULL));
    const dia_peer *a = dia_node_find_peer(s.node, "a.example.net");
    need(learn(&s, "a.example.net", &load, 1));
    need_int(dia_peer_load(a), DIA_LOAD_NONE);
    need(!dia_node_set_overload(s.node, &(dia_overload_config){ .loads = true, .trusted = others }));
    need(learn(&s, "a.example.net", &load, 1));
    need_int(dia_peer_load(a), DIA_LOAD_NONE);
    need(!dia_node_set_overload(s.node, &reads));
    need(learn(&s, "a.example.net", &load, 1));
    need_int(dia_peer_load(a), 11);
done:
    net_end(&s.net);
}

/* A route that chooses by load gives each what it can still do. */
static void route_goes_by_the_loads_that_were_told(void)
{
    static const dia_hop hops[] = { { .host = "a.example.net" }, { .host = "b.example.net" } };
    const dia_route route = { .hops = hops, .n_hops = 2, .choice = DIA_CHOICE_LOAD };
    static const struct load of_a = { 1, 60000, "a.example.net", 0, 0 }, of_b = { 1, 6000, "b.example.net", 0, 0 };
    struct scene s;
    dia_routes *routes;
    unsigned a = 0, b = 0;
    need(begin(&s, &reads));
    need(!dia_routes_new(NULL, harness_allocator(), &routes));
    dia_node_set_routes(s.node, routes);
    need(!dia_routes_add(routes, &route, NULL, NULL, 0));
    need(learn(&s, "far.example.net", &of_a, 1));
    struct net_wire *other = net_hold_open(&s.net, s.node, "b.example.net");
    need(other);
    for (int i = 0; i < 20 && dia_peer_load(dia_node_find_peer(s.node, "b.example.net")) == DIA_LOAD_NONE; i++) {
        need(!net_ask(s.node, 1, 1000, &s.asked));
        net_take(&s.net, s.a);
        if (net_take(&s.net, other).p)
            answer(&s, other, "far.example.net", &of_b, 1);
    }
    harness_spare();
    for (int i = 0; i < 1100; i++) {
        need(!net_ask(s.node, 1, 1000, &s.asked));
        a += net_take(&s.net, s.a).p != NULL;
        b += net_take(&s.net, other).p != NULL;
    }
    need(a > 960 && a < 1040 && a + b == 1100);
done:
    net_end(&s.net);
}

/* ---- Ours ---- */

static dia_bytes ask(struct scene *s)
{
    uint8_t buf[400];
    dia_builder b;
    net_begin_ccr(&b, buf, sizeof buf, APP, "a.example.net");
    net_write_built(&s->net, s->a, &b);
    return net_read(&s->net, s->a);
}

/* The Load AVPs of a message: the type and value of the first, and how many there are. */
static unsigned loads_in(dia_bytes message, struct load *out, char source[64])
{
    unsigned n = 0;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (it.avp.code != DIA_AVP_LOAD || n++)
            continue;
        dia_avps in = dia_avp_enter(&it);
        while (dia_avp_next(&in)) {
            switch (in.avp.code) {
            case DIA_AVP_LOAD_TYPE: out->type = dia_avp_u32(&in); break;
            case DIA_AVP_LOAD_VALUE: out->value = dia_avp_u64(&in); break;
            case DIA_AVP_SOURCE_ID:
                snprintf(source, 64, "%.*s", (int)in.avp.data.n, (const char *)in.avp.data.p);
                break;
            default: break;
            }
        }
    }
    return n;
}

static void answers_tell_the_load(void)
{
    struct scene s;
    struct load load = { .value = 1 };
    char source[64];
    need(begin(&s, NULL));
    need_int(loads_in(ask(&s), &load, source), 0);
    need(!dia_node_set_load(s.node, 4711));
    const dia_bytes answer = ask(&s);
    need_int(net_result(answer), 2001);
    need_int(loads_in(answer, &load, source), 1);
    need(load.type == 0 && load.value == 4711);
    need_str(source, "node.example.net");
    need(!dia_node_set_load(s.node, 0));
    need_int(loads_in(ask(&s), &load, source), 1);
    need_int(load.value, 0);
    need(!dia_node_set_load(s.node, DIA_LOAD_NONE));
    need_int(loads_in(ask(&s), &load, source), 0);
    need_int(dia_node_set_load(s.node, 65536), DIA_EINVAL);
done:
    net_end(&s.net);
}

static void keep(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    dia_request **kept = arg;
    (void)ccr;
    if (dia_request_keep(request))
        *kept = request;
}

/* Half of what the peer may have unanswered is half of the load. */
static void load_follows_the_limits(void)
{
    struct scene s;
    struct load load = { .value = 1 };
    char source[64];
    dia_request *kept = NULL;
    need(begin(&s, NULL));
    need(!dia_node_set_load(s.node, DIA_LOAD_AUTO));
    need_int(loads_in(ask(&s), &load, source), 1);
    need(load.value > 65000 && load.value <= 65535);
    s.node->hub.config.limits.unanswered = 4;
    need(!dia_serve_ro_ccr(s.node, keep, &kept));
    need(!ask(&s).p);
    need(!ask(&s).p);
    need(kept);
    need(!net_answer(kept, &(dia_ro_ccr){ .cc_request_type = 4 }, 2001));
    need_int(loads_in(net_take(&s.net, s.a), &load, source), 1);
    need_int(load.value, 65535 - 65535 / 2);
done:
    net_end(&s.net);
}

/* ---- An agent's ---- */

static bool begin_agent(struct scene *s, struct net_wire **requester, const dia_overload_config *config)
{
    return begin(s, config) && !dia_node_advertise(s->node, DIA_APP_RELAY, 0, DIA_APP_AUTH) &&
           (*requester = net_hold_open(&s->net, s->node, "client.example.net")) != NULL;
}

static void pass(struct scene *s, struct net_wire *requester)
{
    uint8_t buf[200];
    dia_builder b;
    dia_build_begin(
        &b, buf, sizeof buf,
        &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .command = 272, .application = APP });
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, DIA_STR("a.example.net"));
    net_write_built(&s->net, requester, &b);
}

static void agent_tells_its_own_load_and_keeps_its_neighbours(void)
{
    static const struct {
        const char *name;
        dia_overload_config config;
        uint32_t ours;
        unsigned want; /* Load AVPs that come back */
        uint32_t type, value;
    } rows[] = {
        { "who does not speak of it passes all", { .loads = false }, DIA_LOAD_NONE, 3, 1, 11 },
        { "who reads it keeps those of peers", { .loads = true }, DIA_LOAD_NONE, 1, 0, 22 },
        { "who tells it adds its own", { .loads = false }, 77, 2, 0, 22 },
        { "who does both, too", { .loads = true }, 77, 2, 0, 22 },
    };
    static const struct load loads[] = { { 1, 11, "a.example.net", 0, 0 },
                                         { 0, 22, "a.example.net", 0, 0 },
                                         { 1, 33, "b.example.net", 0, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        struct net_wire *requester;
        struct load load = { .value = 1 };
        char source[64];
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin_agent(&s, &requester, &rows[i].config));
        need(!dia_node_set_load(s.node, rows[i].ours));
        pass(&s, requester);
        need(net_take(&s.net, s.a).p);
        answer(&s, s.a, "a.example.net", loads, 3);
        const dia_bytes back = net_take(&s.net, requester);
        need_int(net_result(back), 2001);
        need_int(dia_load24(back.p + DIA_AT_LENGTH), back.n);
        need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), dia_cstr("a.example.net"));
        need_int(loads_in(back, &load, source), rows[i].want);
        need(load.type == rows[i].type && load.value == rows[i].value);
        if (rows[i].ours == 77) {
            uint8_t want[68];
            need_bytes(((dia_bytes){ back.p + back.n - 60, 60 }),
                       harness_hex("0000028a 0000003c 0000028b 0000000c 00000001 0000028c 00000010 000000000000004d"
                                   "00000289 00000018 6e6f64652e6578616d706c652e6e6574",
                                   want, sizeof want));
        }
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* What cannot be read as AVPs passes as it came. */
static void broken_answer_passes_as_it_is(void)
{
    struct scene s;
    struct net_wire *requester;
    const struct load load = { 1, 11, "a.example.net", 0, 0 };
    uint8_t buf[200];
    dia_builder b;
    need(begin_agent(&s, &requester, &reads));
    pass(&s, requester);
    need(net_take(&s.net, s.a).p);
    dia_header head = s.net.header;
    head.version = 1;
    head.flags &= DIA_FLAG_PROXIABLE;
    dia_build_begin(&b, buf, sizeof buf, &head);
    put_load(&b, &load);
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 2001);
    const int64_t n = dia_build_end(&b);
    need(n > 0);
    dia_store24(buf + n - 7, 40); /* the last AVP ends behind the message */
    net_write(&s.net, s.a, (dia_bytes){ buf, (size_t)n });
    const dia_bytes back = net_take(&s.net, requester);
    need_int(back.n, n);
    need_bytes(((dia_bytes){ back.p + 20, back.n - 20 }), ((dia_bytes){ buf + 20, (size_t)n - 20 }));
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "loads_are_read_from_answers", loads_are_read_from_answers },
        { "both_types_in_one_answer_count", both_types_in_one_answer_count },
        { "loads_age", loads_age },
        { "hosts_remembered_are_limited", hosts_remembered_are_limited },
        { "loads_are_not_read_unless_asked_for", loads_are_not_read_unless_asked_for },
        { "route_goes_by_the_loads_that_were_told", route_goes_by_the_loads_that_were_told },
        { "answers_tell_the_load", answers_tell_the_load },
        { "load_follows_the_limits", load_follows_the_limits },
        { "agent_tells_its_own_load_and_keeps_its_neighbours", agent_tells_its_own_load_and_keeps_its_neighbours },
        { "broken_answer_passes_as_it_is", broken_answer_passes_as_it_is },
    };
    return HARNESS_RUN("node/load", tests);
}

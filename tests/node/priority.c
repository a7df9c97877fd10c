/* Priority (RFC 7944): DRMP of requests, and who is refused first when limits are near. */
#include "net.h"

#include "node/overload.h"

#include "diatom/app/s6a_node.h"

enum { APP = 4 }; /* Ro */

struct scene {
    struct net net;
    dia_node *node;
    struct net_wire *a; /* a.example.net, of the test's own */
    struct asked asked;
    uint32_t priority; /* of the last request that was handled */
    dia_request *kept[16];
    unsigned n_kept;
};

static void keep(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct scene *s = arg;
    (void)ccr;
    s->priority = dia_request_priority(request);
    if (s->n_kept < 16 && dia_request_keep(request))
        s->kept[s->n_kept++] = request;
}

static bool begin(struct scene *s, const dia_node_config *given, const dia_overload_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config of_node = given ? *given : (dia_node_config){ 0 };
    of_node.allow = anybody;
    of_node.watchdog_ms = 3600000;
    of_node.destination_realm = "example.net";
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->node = net_add(&s->net, "node.example.net", &of_node);
    return s->node && !dia_serve_ro_ccr(s->node, keep, s) && !dia_node_set_overload(s->node, config) &&
           (s->a = net_hold_open(&s->net, s->node, "a.example.net")) != NULL;
}

static const dia_overload_config speaks = { .priorities = true };

static const uint32_t none = DIA_PRIORITY_NONE;

/* A CCR with this DRMP; the Result-Code that comes at once, 0: nothing does. */
static uint32_t request_of(struct scene *s, uint32_t drmp)
{
    uint8_t buf[400];
    dia_builder b;
    net_begin_ccr(&b, buf, sizeof buf, APP, "a.example.net");
    if (drmp != none)
        dia_put_u32(&b, DIA_AVP_DRMP, 0, 0, drmp);
    net_write_built(&s->net, s->a, &b);
    return net_result(net_read(&s->net, s->a));
}

static void what_matters_more_has_the_larger_share(void)
{
    for (uint32_t p = 0; p < DIA_PRIORITY_LOWEST; p++)
        check(dia_priority_share(p) >= dia_priority_share(p + 1));
    check_int(dia_priority_share(0), 100);
    check(dia_priority_share(3) > dia_priority_share(10) && dia_priority_share(10) > dia_priority_share(15));
    check(dia_priority_share(15) > 0);
    check_int(dia_priority_share(16), 0);
}

static void priority_of_a_request_is_its_drmp(void)
{
    static const char *const others[] = { "*.example.org", NULL };
    static const struct {
        const char *name;
        dia_overload_config config;
        uint32_t drmp, want;
    } rows[] = {
        { "none: the default", { .priorities = true }, DIA_PRIORITY_NONE, 10 },
        { "none: the configured one", { .priorities = true, .default_priority = 12 }, DIA_PRIORITY_NONE, 12 },
        { "the highest", { .priorities = true }, 0, 0 },
        { "the lowest", { .priorities = true }, 15, 15 },
        { "there is none such", { .priorities = true }, 16, 10 },
        { "of whom we do not trust", { .priorities = true, .trusted = others }, 0, 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        harness_row(rows[i].name);
        need(begin(&s, NULL, &rows[i].config));
        need_int(request_of(&s, rows[i].drmp), 0);
        need_int(s.n_kept, 1);
        need_int(s.priority, rows[i].want);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Of ten requests that may wait for their answers the last ones are for what matters more. */
static void unanswered_requests_are_refused_by_priority(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .unanswered = 10 } }, &speaks));
    for (unsigned i = 0; i < 5; i++)
        need_int(request_of(&s, 15), 0);
    need_int(request_of(&s, 15), 3004); /* 50 % */
    need_int(request_of(&s, 14), 0);
    need_int(request_of(&s, none), 0);
    need_int(request_of(&s, none), 0);
    need_int(request_of(&s, none), 3004); /* 80 % */
    need_int(request_of(&s, 7), 0);
    need_int(request_of(&s, 7), 3004); /* 90 % */
    need_int(request_of(&s, 0), 0);
    need_int(dia_node_counters(s.node).refused_by_priority, 3);
    need_int(dia_peer_counters(dia_node_find_peer(s.node, "a.example.net")).refused_by_priority, 3);
    need_int(s.n_kept, 10);
    need(!net_answer(s.kept[0], &(dia_ro_ccr){ .cc_request_type = 4 }, 2001));
    net_pump(&s.net);
    need(net_read(&s.net, s.a).p);
    need_int(request_of(&s, none), 3004);
    need_int(request_of(&s, 2), 0);
done:
    net_end(&s.net);
}

static void without_it_all_are_equal(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .unanswered = 10 } }, NULL));
    for (unsigned i = 0; i < 10; i++)
        need_int(request_of(&s, 15), 0);
    need_int(s.n_kept, 10);
done:
    net_end(&s.net);
}

static void output_is_kept_free_for_what_matters_more(void)
{
    struct scene s;
    need(begin(&s, NULL, &speaks));
    dia_conn *conn = dia_peer_conn(dia_node_find_peer(s.node, "a.example.net"));
    need(!net_ask(s.node, 1, 60000, &s.asked));
    static const struct {
        uint32_t soft_percent, drmp; /* how much of output_soft is taken */
        bool refused;
    } rows[] = {
        { 45, 15, false }, { 55, 15, true }, { 55, 14, false }, { 75, 10, false },
        { 85, 10, true },  { 84, 9, false }, { 99, 2, false },  { 101, 0, true },
    };
    const size_t waits = conn->out.n;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        s.node->hub.config.limits.output_soft = waits * 100 / rows[i].soft_percent;
        const dia_errand errand = { .application = APP, .priority = (uint8_t)rows[i].drmp };
        dia_decision way;
        need_int(dia_decision_by_route(s.node, &errand, &way), rows[i].refused ? DIA_EBUSY : 0);
    }
done:
    net_end(&s.net);
}

static void pending_requests_are_limited_by_priority(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .pending = 10 } }, &speaks));
    for (unsigned i = 0; i < 8; i++)
        need(!net_ask(s.node, i, 60000, &s.asked));
    need_int(net_ask(s.node, 8, 60000, &s.asked), DIA_EBUSY);
    need(!dia_node_set_priority(s.node, 2));
    need(!net_ask(s.node, 9, 60000, &s.asked));
    need(!dia_node_set_priority(s.node, 15));
    need_int(net_ask(s.node, 8, 60000, &s.asked), DIA_EBUSY);
    need(!dia_node_set_priority(s.node, 0));
    need(!net_ask(s.node, 10, 60000, &s.asked));
    need_int(net_ask(s.node, 8, 60000, &s.asked), DIA_EBUSY);
done:
    net_end(&s.net);
}

static void memory_is_kept_for_what_matters_more(void)
{
    struct scene s;
    dia_decision way;
    need(begin(&s, &(dia_node_config){ .limits = { .output_soft = 8 << 20 } }, &speaks));
    harness_spare();
    for (unsigned i = 0; i < 4000; i++)
        need(!net_ask(s.node, i, 60000, &s.asked));
    s.node->hub.config.limits.memory = s.node->hub.memory / 90 * 100; /* nine tenths, nearly all by this connection */
    need_int(dia_decision_by_route(s.node, &(dia_errand){ .application = APP, .priority = 10 }, &way), DIA_EBUSY);
    need_int(dia_decision_by_route(s.node, &(dia_errand){ .application = APP, .priority = 3 }, &way), 0);
    need(net_hold_open(&s.net, s.node, "b.example.net")); /* one that holds less than its part is served as ever */
    need_int(dia_decision_by_route(s.node, &(dia_errand){ .application = APP, .priority = 15 }, &way), 0);
    need(dia_bytes_equal(way.to->peer->host, dia_cstr("b.example.net")));
done:
    net_end(&s.net);
}

/* ---- Requests of ours ---- */

static dia_bytes sent_drmp(struct scene *s)
{
    net_pump(&s->net);
    return net_value(net_read(&s->net, s->a), DIA_AVP_DRMP);
}

static void requests_carry_the_priority_that_is_set(void)
{
    struct scene s;
    need(begin(&s, NULL, NULL));
    need(!net_ask(s.node, 1, 1000, &s.asked));
    need(!sent_drmp(&s).p);
    need(!dia_node_set_priority(s.node, 2));
    need(!net_ask(s.node, 1, 1000, &s.asked));
    const dia_bytes drmp = sent_drmp(&s);
    need(drmp.n == 4 && dia_load32(drmp.p) == 2);
    need(!dia_node_set_priority(s.node, DIA_PRIORITY_NONE));
    need(!net_ask(s.node, 1, 1000, &s.asked));
    need(!sent_drmp(&s).p);
    need_int(dia_node_set_priority(s.node, 16), DIA_EINVAL);
done:
    net_end(&s.net);
}

static void priority_of_a_struct_comes_before(void)
{
    static const uint8_t five[] = { 0, 0, 0, 5 };
    const dia_avp others[] = { { .code = DIA_AVP_DRMP, .data = { five, 4 } } };
    struct scene s;
    need(begin(&s, NULL, &speaks));
    need(!dia_node_set_priority(s.node, 2));
    const struct dia_relief *relief = s.node->relief;
    const dia_s6a_ulr ulr = { .drmp = DIA_I32(7) }, plain = { 0 };
    need_int(dia_priority_of_struct(relief, DIA_COMMAND_S6A_ULR, &ulr), 7);
    need_int(dia_priority_of_struct(relief, DIA_COMMAND_S6A_ULR, &plain), 2);
    dia_ro_ccr ccr = net_ccr(1);
    need_int(dia_priority_of_struct(relief, DIA_COMMAND_RO_CCR, &ccr), 2);
    ccr.others = (dia_avp_list){ others, 1 };
    need_int(dia_priority_of_struct(relief, DIA_COMMAND_RO_CCR, &ccr), 5);
    need(!dia_node_set_priority(s.node, DIA_PRIORITY_NONE));
    need_int(dia_priority_of_struct(relief, DIA_COMMAND_S6A_ULR, &plain), 10);
done:
    net_end(&s.net);
}

/* ---- An agent ---- */

static void agent_goes_by_it_and_leaves_it_as_it_is(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .pending = 10 } }, &speaks));
    need(!dia_node_advertise(s.node, DIA_APP_RELAY, 0, DIA_APP_AUTH));
    struct net_wire *client = net_hold_open(&s.net, s.node, "client.example.net");
    need(client);
    for (unsigned i = 0; i < 12; i++) {
        const uint32_t drmp = i < 8 ? none : i < 9 ? 10 : i < 10 ? 1 : i < 11 ? 9 : 0;
        uint8_t buf[200];
        dia_builder b;
        dia_build_begin(
            &b, buf, sizeof buf,
            &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .command = 272, .application = APP });
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, DIA_STR("a.example.net"));
        if (drmp != none)
            dia_put_u32(&b, DIA_AVP_DRMP, 0, 0, drmp);
        net_write_built(&s.net, client, &b);
        const uint32_t want[] = { 0, 0, 0, 0, 0, 0, 0, 0, 3004, 0, 3004, 0 };
        need_int(net_result(net_read(&s.net, client)), want[i]);
        if (want[i])
            continue;
        const dia_bytes passed = net_read(&s.net, s.a), value = net_value(passed, DIA_AVP_DRMP);
        need(passed.p);
        need((drmp == none) == !value.p);
        need(drmp == none || dia_load32(value.p) == drmp);
    }
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_matters_more_has_the_larger_share", what_matters_more_has_the_larger_share },
        { "priority_of_a_request_is_its_drmp", priority_of_a_request_is_its_drmp },
        { "unanswered_requests_are_refused_by_priority", unanswered_requests_are_refused_by_priority },
        { "without_it_all_are_equal", without_it_all_are_equal },
        { "output_is_kept_free_for_what_matters_more", output_is_kept_free_for_what_matters_more },
        { "pending_requests_are_limited_by_priority", pending_requests_are_limited_by_priority },
        { "memory_is_kept_for_what_matters_more", memory_is_kept_for_what_matters_more },
        { "requests_carry_the_priority_that_is_set", requests_carry_the_priority_that_is_set },
        { "priority_of_a_struct_comes_before", priority_of_a_struct_comes_before },
        { "agent_goes_by_it_and_leaves_it_as_it_is", agent_goes_by_it_and_leaves_it_as_it_is },
    };
    return HARNESS_RUN("node/priority", tests);
}

/* Overload control (RFC 7683): what is left out for reports that answers bring, by a client and by an agent. */
#include "net.h"

#include "diatom/proxy.h"
#include "node/overload.h"

#include <stdio.h>

enum { APP = 4 }; /* Ro */

/* A client whose servers are far ends of the test's own. */
struct scene {
    struct net net;
    dia_node *client;
    struct net_wire *a, *b; /* a.example.net and, when asked for, b.example.net */
    struct asked asked;
    unsigned sent, refused;
};

static bool begin(struct scene *s, const dia_overload_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    static const dia_overload_config reacts = { .reacts = true };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->client =
        net_add(&s->net, "client.example.net",
                &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000, .destination_realm = "example.net" });
    return s->client && !dia_node_use(s->client, &dia_dict_ro) &&
           !dia_node_set_overload(s->client, config ? config : &reacts) &&
           (s->a = net_hold_open(&s->net, s->client, "a.example.net")) != NULL;
}

/* ---- What answers say ---- */

struct report {
    uint64_t sequence;
    uint32_t type, percent, validity_s;
    bool no_percent, no_validity, no_sequence;
    uint64_t vector;   /* of OC-Supported-Features; 0: it has none */
    const char *host;  /* Origin-Host; NULL: a.example.net */
    const char *realm; /* Origin-Realm; NULL: example.net */
};

static void put_report(dia_builder *b, const struct report *r)
{
    dia_put_group(b, DIA_AVP_OC_SUPPORTED_FEATURES, 0, 0);
    if (r->vector)
        dia_put_u64(b, DIA_AVP_OC_FEATURE_VECTOR, 0, 0, r->vector);
    dia_put_group_end(b);
    dia_put_group(b, DIA_AVP_OC_OLR, 0, 0);
    if (!r->no_sequence)
        dia_put_u64(b, DIA_AVP_OC_SEQUENCE_NUMBER, 0, 0, r->sequence);
    dia_put_u32(b, DIA_AVP_OC_REPORT_TYPE, 0, 0, r->type);
    if (!r->no_percent)
        dia_put_u32(b, DIA_AVP_OC_REDUCTION_PERCENTAGE, 0, 0, r->percent);
    if (!r->no_validity)
        dia_put_u32(b, DIA_AVP_OC_VALIDITY_DURATION, 0, 0, r->validity_s);
    dia_put_group_end(b);
}

/* The far end answers the request that net_read() gave last; `r` NULL: without a report. */
static void answer(struct scene *s, struct net_wire *wire, const struct report *r)
{
    uint8_t buf[600];
    dia_builder b;
    net_begin_answer(&s->net, &b, buf, sizeof buf, 2001);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(r && r->host ? r->host : "a.example.net"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, dia_cstr(r && r->realm ? r->realm : "example.net"));
    if (r)
        put_report(&b, r);
    net_write_built(&s->net, wire, &b);
}

/* One request, which the far end answers with this report. */
static bool learn(struct scene *s, const struct report *r)
{
    const uint8_t *there = NULL;
    for (int i = 0; i < 2000 && !there; i++) { /* some may be left out */
        const int err = net_ask(s->client, 0, 60000, &s->asked);
        if (err && err != DIA_EBUSY)
            return false;
        there = net_take(&s->net, s->a).p;
    }
    if (there)
        answer(s, s->a, r);
    return there != NULL;
}

/* ---- Requests ---- */

/* n of them, with or without Destination-Host; those that came to `wire` are dropped. */
static bool ask(struct scene *s, unsigned n, const char *host)
{
    s->sent = s->refused = 0;
    for (unsigned i = 0; i < n; i++) {
        dia_ro_ccr ccr = net_ccr(i);
        ccr.destination_host = host ? dia_cstr(host) : (dia_bytes){ NULL, 0 };
        const int err = dia_send_ro_ccr(s->client, &ccr, 1000, net_on_cca, &s->asked);
        if (err && err != DIA_EBUSY)
            return false;
        s->sent += !err;
        s->refused += err == DIA_EBUSY;
    }
    return true;
}

/* How many came to a far end since the last time. */
static unsigned came(struct scene *s, struct net_wire *wire)
{
    unsigned n = 0;
    while (net_take(&s->net, wire).p)
        n++;
    return n;
}

static dia_overload_state state(const dia_node *node)
{
    dia_overload_state out = { .reduction = 1000 };
    size_t at = 0;
    dia_node_next_overload(node, &at, &out);
    return out;
}

/* ---- The reacting node ---- */

static void requests_say_that_reports_are_obeyed(void)
{
    struct scene s;
    uint8_t want[24];
    need(begin(&s, NULL));
    need(!net_ask(s.client, 1, 1000, &s.asked));
    dia_bytes request = net_take(&s.net, s.a);
    need(request.p);
    need_int(dia_load24(request.p + DIA_AT_LENGTH), request.n);
    need_bytes(net_value(request, DIA_AVP_OC_SUPPORTED_FEATURES),
               harness_hex("0000026e 00000010 0000000000000001", want, sizeof want));
    need(request.p[request.n - 24 + 4] == 0); /* no M bit */
    need(!dia_node_set_overload(s.client, NULL));
    need(!net_ask(s.client, 1, 1000, &s.asked));
    request = net_take(&s.net, s.a);
    need(request.p);
    need(!net_value(request, DIA_AVP_OC_SUPPORTED_FEATURES).p);
done:
    net_end(&s.net);
}

static void ignore(const dia_outcome *outcome, void *arg)
{
    (void)outcome;
    (void)arg;
}

static void what_a_request_says_itself_is_not_said_again(void)
{
    struct scene s;
    uint8_t buf[500];
    dia_builder b;
    need(begin(&s, NULL));
    need(!dia_node_set_priority(s.client, 3));
    for (int has = 0; has < 2; has++) {
        dia_build_begin(&b, buf, sizeof buf,
                        &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = APP });
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
        if (has) {
            dia_put_u32(&b, DIA_AVP_DRMP, 0, 0, 7);
            dia_put_group(&b, DIA_AVP_OC_SUPPORTED_FEATURES, 0, 0);
            dia_put_group_end(&b);
        }
        const int64_t n = dia_build_end(&b);
        need(n > 0);
        need(!dia_node_send_octets(s.client, NULL, (dia_bytes){ buf, (size_t)n }, 1000, ignore, NULL));
        const dia_bytes request = net_take(&s.net, s.a);
        need_int(net_count(request, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
        need_int(net_count(request, DIA_AVP_DRMP), 1);
        need_int(dia_load32(net_value(request, DIA_AVP_DRMP).p), has ? 7 : 3);
    }
done:
    net_end(&s.net);
}

/* RFC 7683, 6.3: the requested percentage of the requests, no matter how many these are. */
static void so_many_percent_are_left_out(void)
{
    static const uint32_t rows[] = { 1, 10, 33, 50, 90, 99, 0, 100 };
    enum { N = 5000 };
    struct scene s;
    need(begin(&s, NULL));
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[20];
        snprintf(name, sizeof name, "%u %%", (unsigned)rows[i]);
        harness_row(name);
        need(learn(&s, &(struct report){ .sequence = i, .percent = rows[i], .validity_s = 600 }));
        const dia_overload_state before = state(s.client), *was = &before;
        const uint64_t throttled = dia_node_counters(s.client).throttled;
        unsigned refused = 0;
        for (unsigned k = 0; k < N / 100; k++) {
            need(ask(&s, 100, "A.example.net"));
            need_int(came(&s, s.a), s.sent);
            need_int(s.sent + s.refused, 100);
            refused += s.refused;
        }
        const double off = 100.0 * refused / N - rows[i];
        need(off > -2.1 && off < 2.1); /* three standard deviations at 50 % */
        need(rows[i] % 100 || off == 0);
        need_int(dia_node_counters(s.client).throttled - throttled, refused);
        need_int(state(s.client).requests - was->requests, N);
        need_int(state(s.client).out - was->out, refused);
        net_pass(&s.net, 1000); /* they time out */
    }
done:
    harness_row(NULL);
    net_end(&s.net);
}

static void what_matters_less_is_left_out_first(void)
{
    static const struct {
        uint32_t percent;
        double want[3]; /* percent that is left out of priorities 3, 10 (none said) and 15, which come 3 : 4 : 3 */
    } rows[] = {
        { 15, { 0, 0, 50 } },     { 30, { 0, 0, 100 } },      { 50, { 0, 50, 100 } },
        { 85, { 50, 100, 100 } }, { 100, { 100, 100, 100 } },
    };
    static const uint8_t order[] = { 0, 1, 2, 1, 0, 2, 1, 0, 1, 2 };
    static const uint32_t priority[] = { 3, DIA_PRIORITY_NONE, 15 };
    struct scene s;
    need(begin(&s, &(dia_overload_config){ .reacts = true, .priorities = true }));
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned sent[3] = { 0 }, out[3] = { 0 };
        need(!dia_node_set_priority(s.client, 0)); /* it gets through, and is seen no more in the end */
        need(learn(&s, &(struct report){ .sequence = i + 1, .percent = rows[i].percent, .validity_s = 600 }));
        for (unsigned k = 0; k < 6000; k++) {
            const uint8_t who = order[k % sizeof order];
            need(!dia_node_set_priority(s.client, priority[who]));
            need(ask(&s, 1, "a.example.net"));
            if (k >= 1000) { /* they are to be seen first */
                sent[who] += s.sent;
                out[who] += s.refused;
            }
            if (k % 100 == 0)
                came(&s, s.a);
        }
        for (int who = 0; who < 3; who++) {
            const double got = 100.0 * out[who] / (out[who] + sent[who]), off = got - rows[i].want[who];
            need(off > -4 && off < 4);
        }
        net_pass(&s.net, 1000);
    }
done:
    net_end(&s.net);
}

/* What is left out follows what is sent now. */
static void requests_of_long_ago_count_no_more(void)
{
    struct scene s;
    unsigned refused = 0;
    need(begin(&s, &(dia_overload_config){ .reacts = true, .priorities = true }));
    harness_spare();
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 50, .validity_s = 600 }));
    for (unsigned k = 0; k < 12000; k++) {
        need(!dia_node_set_priority(s.client, k < 4000 ? 15 : DIA_PRIORITY_NONE));
        need(ask(&s, 1, "a.example.net"));
        refused += k >= 8000 ? s.refused : 0;
        if (k % 100 == 0)
            came(&s, s.a);
    }
    need(refused > 1900 && refused < 2100); /* half of the last 4,000 */
done:
    net_end(&s.net);
}

static void only_newer_reports_count(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 5, .percent = 10, .validity_s = 60 }));
    need_int(state(s.client).reduction, 10);
    need(learn(&s, &(struct report){ .sequence = 5, .percent = 20, .validity_s = 60 }));
    need(learn(&s, &(struct report){ .sequence = 4, .percent = 30, .validity_s = 60 }));
    need_int(state(s.client).reduction, 10);
    need_int(dia_node_counters(s.client).overload_reports_in, 1);
    need(learn(&s, &(struct report){ .sequence = UINT64_MAX - 7, .percent = 40, .validity_s = 60 }));
    need_int(state(s.client).reduction, 40);
    need(learn(&s, &(struct report){ .sequence = 2, .percent = 50, .validity_s = 60 })); /* it rolled over */
    need_int(state(s.client).reduction, 50);
    need_int(state(s.client).sequence, 2);
    need(learn(&s, NULL)); /* no report: no change */
    need_int(state(s.client).reduction, 50);
    need_int(dia_node_counters(s.client).overload_reports_in, 3);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_OVERLOAD], 3);
done:
    net_end(&s.net);
}

static void report_expires_and_traffic_comes_back_slowly(void)
{
    static const struct {
        const char *name;
        uint32_t validity_s;
        bool none;
        int64_t want_s;
    } rows[] = {
        { "as it says", 100, false, 100 },
        { "the default", 0, true, 30 },
        { "the longest", 86400, false, 86400 },
        { "too long: the default", 86401, false, 30 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, NULL));
        need(learn(&s,
                   &(struct report){
                       .sequence = 1, .percent = 80, .validity_s = rows[i].validity_s, .no_validity = rows[i].none }));
        const int64_t now_us = dia_node_now(s.client).us;
        need_int(state(s.client).until_us - now_us, rows[i].want_s * 1000000);
        if (rows[i].want_s > 100)
            goto done;
        net_pass(&s.net, (uint32_t)rows[i].want_s * 1000 - 1);
        need(state(s.client).now > 79.9);
        net_pass(&s.net, 5001); /* half of recovery_ms behind it */
        need(state(s.client).now > 39 && state(s.client).now < 41);
        net_pass(&s.net, 5000);
        harness_spare();
        need(ask(&s, 200, "a.example.net"));
        need_int(s.refused, 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void end_of_overload_is_the_end_of_its_report(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 80, .validity_s = 600 }));
    need(learn(&s, &(struct report){ .sequence = 2, .no_percent = true }));
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_OVERLOAD], 2);
    net_pass(&s.net, 5000);
    need(state(s.client).now > 39 && state(s.client).now < 41);
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 80, .validity_s = 600 })); /* it was late */
    need(state(s.client).now < 41);
    net_pass(&s.net, 5000);
    harness_spare();
    need(ask(&s, 200, "a.example.net"));
    need_int(s.refused, 0);
    need(learn(&s, &(struct report){ .sequence = 3, .percent = 80, .validity_s = 600 }));
    need(state(s.client).now > 79);
    need(learn(&s, &(struct report){ .sequence = 4, .percent = 0, .validity_s = 600 })); /* no need to be careful */
    need(ask(&s, 200, "a.example.net"));
    need_int(s.refused, 0);
done:
    net_end(&s.net);
}

/* It has ended already: what comes back goes on coming back. */
static void end_of_an_expired_report_changes_nothing(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 80, .validity_s = 10 }));
    net_pass(&s.net, 15000);
    need(state(s.client).now > 39 && state(s.client).now < 41);
    need(learn(&s, &(struct report){ .sequence = 2, .no_percent = true }));
    need(state(s.client).now > 39 && state(s.client).now < 41);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_OVERLOAD], 1);
done:
    net_end(&s.net);
}

/* Behind its end numbers may begin anew (5.2.1.4). */
static void report_behind_an_expired_one_may_have_any_number(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 100, .percent = 80, .validity_s = 10 }));
    net_pass(&s.net, 11000);
    need(learn(&s, &(struct report){ .sequence = 0, .percent = 20, .validity_s = 10 }));
    need_int(state(s.client).reduction, 20);
    net_pass(&s.net, 60000);
    need_int(s.client->relief->obeyed.n, 0); /* nothing is kept for ever */
done:
    net_end(&s.net);
}

static void reports_that_make_no_sense_are_not_obeyed(void)
{
    static const struct {
        const char *name;
        struct report report;
        bool obeyed;
    } rows[] = {
        { "this one does", { .percent = 50, .validity_s = 60, .vector = 1 }, true },
        { "and this", { .percent = 50, .validity_s = 60, .vector = 3 }, true },
        { "and one of a host that we do not know",
          { .percent = 50, .validity_s = 60, .host = "far.example.net" },
          true },
        { "more than all", { .percent = 101, .validity_s = 60 }, false },
        { "no percentage", { .no_percent = true, .validity_s = 60 }, false },
        { "no sequence number", { .percent = 50, .validity_s = 60, .no_sequence = true }, false },
        { "an unknown type", { .type = 2, .percent = 50, .validity_s = 60 }, false },
        { "another algorithm", { .percent = 50, .validity_s = 60, .vector = 2 }, false },
        { "of a host that is there itself", { .percent = 50, .validity_s = 60, .host = "b.example.net" }, false },
        { "of no host", { .percent = 50, .validity_s = 60, .host = "" }, false },
        { "of a realm", { .type = 1, .percent = 50, .validity_s = 60 }, true },
        { "of a realm that was not asked", { .type = 1, .percent = 50, .validity_s = 60, .realm = "x.org" }, false },
        { "its end alone", { .no_percent = true }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, NULL));
        need((s.b = net_hold_open(&s.net, s.client, "b.example.net")) != NULL);
        need(learn(&s, &rows[i].report));
        need_int(s.client->relief->obeyed.n, rows[i].obeyed);
        need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_OVERLOAD], rows[i].obeyed);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void realm_spares_what_names_no_host(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .type = 1, .sequence = 1, .percent = 100, .validity_s = 60 }));
    need(ask(&s, 10, NULL));
    need_int(s.refused, 10);
    need(strstr(dia_node_last_fault(s.client), "overload"));
    need(ask(&s, 10, "a.example.net"));
    need_int(s.refused, 0);
    need_int(came(&s, s.a), 10);
done:
    net_end(&s.net);
}

static void requests_go_to_another_server_before_they_are_left_out(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 }));
    need((s.b = net_hold_open(&s.net, s.client, "b.example.net")) != NULL);
    need(ask(&s, 100, NULL));
    need_int(s.sent, 100);
    need_int(came(&s, s.a), 0);
    need_int(came(&s, s.b), 100);
    need_int(dia_node_counters(s.client).diverted, 100);
    need_int(dia_node_counters(s.client).throttled, 0);
    need(ask(&s, 10, "a.example.net")); /* these can go nowhere else */
    need_int(s.refused, 10);
    net_cut(&s.net, s.b);
    need(ask(&s, 10, NULL));
    need_int(s.refused, 10);
    need(strstr(dia_node_last_fault(s.client), "overload"));
    need_int(dia_node_counters(s.client).throttled, 20);
done:
    net_end(&s.net);
}

/* Nobody knows which host an agent will ask. */
static void agent_that_is_overloaded_itself_is_asked_all_the_same(void)
{
    struct scene s;
    need(begin(&s, NULL));
    net_cut(&s.net, s.a);
    need((s.a = net_hold_as(&s.net, s.client, "agent.example.org", "example.org", DIA_APP_RELAY)) != NULL);
    need(learn(&s, &(struct report){ .percent = 100, .validity_s = 60, .host = "agent.example.org" }));
    need_int(state(s.client).reduction, 100);
    need(ask(&s, 10, NULL));
    need_int(s.refused, 0);
done:
    net_end(&s.net);
}

static void half_of_what_is_the_turn_of_one_goes_to_another(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 50, .validity_s = 60 }));
    need((s.b = net_hold_open(&s.net, s.client, "b.example.net")) != NULL);
    need(ask(&s, 300, NULL));
    const unsigned a = came(&s, s.a), b = came(&s, s.b);
    need_int(a + b, 300);
    need(a > 50 && a < 100); /* half of its half */
done:
    net_end(&s.net);
}

/* A route's next hop comes before nobody; and its next route. */
static void routes_go_round_whom_they_are_to_spare(void)
{
    static const dia_hop two[] = { { .host = "a.example.net" }, { .host = "b.example.net", .priority = 1 } },
                         one[] = { { .host = "a.example.net" } };
    static const struct {
        const char *name;
        dia_route route, next;
    } rows[] = {
        { "the next hop", { .hops = two, .n_hops = 2 }, { .hops = one, .n_hops = 1 } },
        { "the next route", { .hops = one, .n_hops = 1 }, { .hops = two, .n_hops = 2 } },
        { "any peer of the realm", { .hops = one, .n_hops = 1 }, { .n_hops = 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        dia_routes *routes;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, NULL));
        need(!dia_routes_new(NULL, harness_allocator(), &routes));
        dia_node_set_routes(s.client, routes);
        need(!dia_routes_add(routes, &rows[i].route, NULL, NULL, 0));
        need(!dia_routes_add(routes, &rows[i].next, NULL, NULL, 0));
        need((s.b = net_hold_open(&s.net, s.client, "b.example.net")) != NULL);
        need(learn(&s, &(struct report){ .sequence = 1, .percent = 50, .validity_s = 60 }));
        came(&s, s.b);
        need(ask(&s, 120, NULL));
        const unsigned a = came(&s, s.a), b = came(&s, s.b);
        need_int(a + b, 120);
        need(i == 2 || (a > 40 && a < 80));
        net_cut(&s.net, s.b);
        need(ask(&s, 120, NULL));
        need(s.refused > 40 && s.refused < 80);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* What one peer is too busy for does not go to one that asked for nothing at all. */
static void repeats_spare_the_overloaded_too(void)
{
    for (int spared = 0; spared < 2; spared++) {
        struct scene s;
        uint8_t buf[200];
        dia_builder b;
        need(begin(&s, NULL));
        if (spared)
            need(learn(&s, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 }));
        need((s.b = net_hold_open(&s.net, s.client, "b.example.net")) != NULL);
        dia_header head = { .command = 0 };
        for (int i = 0; i < 2 && !head.command; i++) { /* the first may be a's */
            s.asked = (struct asked){ 0 };
            need(!net_ask(s.client, 7, 60000, &s.asked));
            if (net_take(&s.net, s.b).p)
                head = s.net.header;
        }
        need(head.command);
        came(&s, s.a);
        head.version = 1;
        head.flags = DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR;
        dia_build_begin(&b, buf, sizeof buf, &head);
        dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 3004);
        dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("b.example.net"));
        net_write_built(&s.net, s.b, &b);
        need_int(came(&s, s.a), !spared);
        need_int(s.asked.n, spared);
        need(!spared || s.asked.result_code == 3004);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void reports_remembered_are_limited(void)
{
    struct scene s;
    need(begin(&s, &(dia_overload_config){ .reacts = true, .states = 3 }));
    for (unsigned i = 0; i < 10; i++) {
        char host[32];
        snprintf(host, sizeof host, "h%u.example.org", i);
        need(learn(&s, &(struct report){ .percent = 50, .validity_s = 86400, .host = host }));
        need(learn(&s, &(struct report){ .sequence = i, .percent = 50, .validity_s = 600 })); /* is used */
    }
    need_int(s.client->relief->obeyed.n, 3);
    need(dia_known_look(&s.client->relief->obeyed, APP << 1, dia_cstr("a.example.net")));
    need(dia_known_look(&s.client->relief->obeyed, APP << 1, dia_cstr("H9.example.org")));
    need(!dia_known_look(&s.client->relief->obeyed, APP << 1, dia_cstr("h7.example.org")));
    need(!dia_node_set_overload(s.client, &(dia_overload_config){ .reacts = true, .states = 1 }));
    need_int(s.client->relief->obeyed.n, 1);
done:
    net_end(&s.net);
}

static void who_is_not_trusted_is_not_obeyed(void)
{
    static const char *const others[] = { "*.example.org", "realm:example.com", NULL };
    static const char *const realm[] = { "realm:example.net", NULL };
    const struct report report = { .sequence = 1, .percent = 50, .validity_s = 60 };
    struct scene s;
    need(begin(&s, &(dia_overload_config){ .reacts = true, .trusted = others }));
    need(learn(&s, &report));
    need_int(s.client->relief->obeyed.n, 0);
    need(!dia_node_set_overload(s.client, &(dia_overload_config){ .reacts = true, .trusted = realm }));
    need(learn(&s, &report));
    need_int(s.client->relief->obeyed.n, 1);
done:
    net_end(&s.net);
}

static void stop_obeying(struct net_seat *seat, const dia_event *event)
{
    if (event->kind == DIA_EVENT_OVERLOAD)
        dia_node_set_overload(seat->node, NULL);
}

static void whoever_hears_of_a_report_may_end_all_of_it(void)
{
    struct scene s;
    need(begin(&s, NULL));
    net_seat_of(&s.net, s.client)->on_event = stop_obeying;
    need(learn(&s, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 }));
    need(!s.client->relief);
    need(!strcmp(net_seat_of(&s.net, s.client)->reason,
                 "host a.example.net wants 100 % less of application 4 for 60 s"));
    need(ask(&s, 10, "a.example.net"));
    need_int(s.refused, 0);
done:
    net_end(&s.net);
}

static void configurations_that_make_no_sense_are_refused(void)
{
    static const char *const bad[] = { "*example.net", NULL };
    static const struct {
        dia_overload_config config;
        const char *why;
    } rows[] = {
        { { .trusted = bad }, "trusted" },
        { { .default_priority = 16 }, "default_priority" },
        { { .throttled_result = 2001 }, "throttled_result" },
    };
    struct scene s;
    need(begin(&s, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need_int(dia_node_set_overload(s.client, &rows[i].config), DIA_EINVAL);
        need(strstr(dia_node_last_fault(s.client), rows[i].why));
        need(s.client->relief->config.reacts);
    }
done:
    net_end(&s.net);
}

/* ---- The agent ---- */

struct agents {
    struct scene s; /* `client` is the agent, a and b are the servers */
    struct net_wire *requester;
};

static bool begin_agent(struct agents *w, const dia_overload_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    struct scene *s = &w->s;
    memset(w, 0, sizeof *w);
    net_begin(&s->net);
    s->client = net_add(&s->net, "relay.example.com",
                        &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000, .origin_realm = "example.com" });
    return s->client && !dia_node_advertise(s->client, DIA_APP_RELAY, 0, DIA_APP_AUTH) &&
           !dia_node_set_overload(s->client, config) &&
           (w->requester = net_hold_as(&s->net, s->client, "client.example.org", "example.org", APP)) != NULL &&
           (s->a = net_hold_as(&s->net, s->client, "a.example.net", "example.net", APP)) != NULL;
}

/* A request for the servers' realm; `supports`: with OC-Supported-Features. */
static void pass(struct agents *w, const char *host, bool supports)
{
    uint8_t buf[400];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf,
                    &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = 272,
                                   .application = APP,
                                   .hop_by_hop = 7,
                                   .end_to_end = 8 });
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    if (host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(host));
    if (supports) {
        dia_put_group(&b, DIA_AVP_OC_SUPPORTED_FEATURES, 0, 0);
        dia_put_group_end(&b);
    }
    net_write_built(&w->s.net, w->requester, &b);
}

static const dia_overload_config agent = { .reacts_for_clients = true };

static void agent_reacts_for_clients_that_do_not(void)
{
    struct agents w;
    const struct report all = { .sequence = 1, .percent = 100, .validity_s = 60 };
    need(begin_agent(&w, &agent));
    pass(&w, NULL, false);
    dia_bytes came_over = net_read(&w.s.net, w.s.a);
    need_int(net_count(came_over, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    need_int(dia_load24(came_over.p + DIA_AT_LENGTH), came_over.n);
    answer(&w.s, w.s.a, &all);
    dia_bytes back = net_read(&w.s.net, w.requester);
    need_int(net_result(back), 2001);
    need_int(dia_load24(back.p + DIA_AT_LENGTH), back.n);
    need_int(net_count(back, DIA_AVP_OC_SUPPORTED_FEATURES), 0);
    need_int(net_count(back, DIA_AVP_OC_OLR), 0);
    need_int(net_count(back, DIA_AVP_ORIGIN_HOST), 1);
    pass(&w, NULL, false);
    back = net_read(&w.s.net, w.requester);
    need_int(net_result(back), 5012); /* RFC 7683, 8 */
    need_int(w.s.net.header.flags & DIA_FLAG_ERROR, DIA_FLAG_ERROR);
    need_int(came(&w.s, w.s.a), 0);
    need_int(dia_node_counters(w.s.client).throttled, 1);
    need_int(dia_peer_counters(dia_node_find_peer(w.s.client, "client.example.org")).throttled, 1);
    need((w.s.b = net_hold_as(&w.s.net, w.s.client, "b.example.net", "example.net", APP)) != NULL);
    pass(&w, NULL, false); /* now there is another server */
    need_int(came(&w.s, w.s.b), 1);
    pass(&w, "a.example.net", false);
    need_int(net_result(net_read(&w.s.net, w.requester)), 5012);
done:
    net_end(&w.s.net);
}

static void agent_leaves_reports_to_clients_that_react(void)
{
    struct agents w;
    const struct report all = { .sequence = 1, .percent = 100, .validity_s = 60 };
    need(begin_agent(&w, &agent));
    pass(&w, NULL, true);
    need_int(net_count(net_read(&w.s.net, w.s.a), DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    answer(&w.s, w.s.a, &all);
    const dia_bytes back = net_read(&w.s.net, w.requester);
    need_int(net_count(back, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    need_int(net_count(back, DIA_AVP_OC_OLR), 1);
    pass(&w, NULL, true); /* that it still sends is what it may */
    pass(&w, "a.example.net", true);
    need_int(came(&w.s, w.s.a), 2);
    need((w.s.b = net_hold_as(&w.s.net, w.s.client, "b.example.net", "example.net", APP)) != NULL);
    pass(&w, NULL, true); /* but it goes where there is room */
    need_int(came(&w.s, w.s.b), 1);
    need_int(dia_node_counters(w.s.client).throttled, 0);
done:
    net_end(&w.s.net);
}

static void relay_that_knows_nothing_of_it_passes_all(void)
{
    struct agents w;
    need(begin_agent(&w, NULL));
    pass(&w, NULL, false);
    need_int(net_count(net_read(&w.s.net, w.s.a), DIA_AVP_OC_SUPPORTED_FEATURES), 0);
    answer(&w.s, w.s.a, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 });
    need_int(net_count(net_read(&w.s.net, w.requester), DIA_AVP_OC_OLR), 1);
    pass(&w, NULL, false);
    need_int(came(&w.s, w.s.a), 1);
done:
    net_end(&w.s.net);
}

/* RFC 7683, 10.2: reports neither from nor to whom we do not trust. */
static void agent_passes_no_reports_to_strangers(void)
{
    static const char *const servers[] = { "realm:example.net", NULL }, *const both[] = { "*", NULL };
    static const struct {
        const char *const *trusted;
        unsigned want;
    } rows[] = { { servers, 0 }, { both, 1 } };
    for (size_t i = 0; i < 2; i++) {
        struct agents w;
        need(begin_agent(&w, &(dia_overload_config){ .reacts_for_clients = true, .trusted = rows[i].trusted }));
        pass(&w, NULL, true);
        need(net_read(&w.s.net, w.s.a).p);
        answer(&w.s, w.s.a, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 });
        need_int(net_count(net_read(&w.s.net, w.requester), DIA_AVP_OC_OLR), rows[i].want);
    done:
        net_end(&w.s.net);
        if (harness_injected())
            return;
    }
}

static void put_state(dia_transit *t, void *arg)
{
    (void)arg;
    dia_transit_put_state(t, DIA_STR("gold"));
}

static void look_at_state(dia_transit *t, void *arg)
{
    unsigned *seen = arg;
    *seen += dia_bytes_equal(dia_transit_state(t), DIA_STR("gold"));
}

/* What a proxy puts on a request is found again, whatever stands behind it. */
static void proxy_reacts_for_clients_too(void)
{
    struct agents w;
    unsigned seen = 0;
    need(begin_agent(&w, &agent));
    need(!dia_node_use(w.s.client, &dia_dict_ro));
    need(
        !dia_node_proxy(w.s.client, &(dia_proxy){ .on_request = put_state, .on_answer = look_at_state, .arg = &seen }));
    pass(&w, NULL, false);
    const dia_bytes request = net_read(&w.s.net, w.s.a), info = net_value(request, DIA_AVP_PROXY_INFO);
    need_int(net_count(request, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    need(info.p);
    uint8_t buf[600];
    dia_builder b;
    net_begin_answer(&w.s.net, &b, buf, sizeof buf, 2001);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("a.example.net"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    put_report(&b, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60 });
    dia_put_bytes(&b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M, info);
    net_write_built(&w.s.net, w.s.a, &b);
    const dia_bytes back = net_read(&w.s.net, w.requester);
    need_int(net_result(back), 2001);
    need_int(seen, 1);
    need_int(net_count(back, DIA_AVP_OC_SUPPORTED_FEATURES) + net_count(back, DIA_AVP_OC_OLR), 0);
    pass(&w, NULL, false);
    need_int(net_result(net_read(&w.s.net, w.requester)), 5012);
done:
    net_end(&w.s.net);
}

/* The message that fails over is the same one. */
static void agent_reacts_behind_a_failover_too(void)
{
    struct agents w;
    need(begin_agent(&w, &agent));
    pass(&w, NULL, false);
    need(net_read(&w.s.net, w.s.a).p);
    need((w.s.b = net_hold_as(&w.s.net, w.s.client, "b.example.net", "example.net", APP)) != NULL);
    net_cut(&w.s.net, w.s.a);
    need_int(net_count(net_read(&w.s.net, w.s.b), DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    answer(&w.s, w.s.b, &(struct report){ .sequence = 1, .percent = 100, .validity_s = 60, .host = "b.example.net" });
    need_int(net_count(net_read(&w.s.net, w.requester), DIA_AVP_OC_OLR), 0);
    need_int(w.s.client->relief->obeyed.n, 1);
done:
    net_end(&w.s.net);
}

static void features_that_do_not_fit_are_left_out(void)
{
    struct agents w;
    unsigned with = 0, without = 0;
    need(begin_agent(&w, &agent));
    for (size_t longest = 92; longest < 200; longest += 4) {
        w.s.client->hub.config.limits.message = longest;
        pass(&w, "a.example.net", false);
        const dia_bytes request = net_read(&w.s.net, w.s.a);
        if (!request.p) /* not even its Route-Record has room */
            continue;
        need(request.n <= longest);
        with += net_count(request, DIA_AVP_OC_SUPPORTED_FEATURES);
        without += !net_count(request, DIA_AVP_OC_SUPPORTED_FEATURES);
        answer(&w.s, w.s.a, NULL);
        need(net_read(&w.s.net, w.requester).p);
    }
    need(with > 5);
    need_int(without, 24 / 4);
done:
    net_end(&w.s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_say_that_reports_are_obeyed", requests_say_that_reports_are_obeyed },
        { "what_a_request_says_itself_is_not_said_again", what_a_request_says_itself_is_not_said_again },
        { "so_many_percent_are_left_out", so_many_percent_are_left_out },
        { "what_matters_less_is_left_out_first", what_matters_less_is_left_out_first },
        { "requests_of_long_ago_count_no_more", requests_of_long_ago_count_no_more },
        { "only_newer_reports_count", only_newer_reports_count },
        { "report_expires_and_traffic_comes_back_slowly", report_expires_and_traffic_comes_back_slowly },
        { "end_of_overload_is_the_end_of_its_report", end_of_overload_is_the_end_of_its_report },
        { "end_of_an_expired_report_changes_nothing", end_of_an_expired_report_changes_nothing },
        { "report_behind_an_expired_one_may_have_any_number", report_behind_an_expired_one_may_have_any_number },
        { "reports_that_make_no_sense_are_not_obeyed", reports_that_make_no_sense_are_not_obeyed },
        { "realm_spares_what_names_no_host", realm_spares_what_names_no_host },
        { "requests_go_to_another_server_before_they_are_left_out",
          requests_go_to_another_server_before_they_are_left_out },
        { "agent_that_is_overloaded_itself_is_asked_all_the_same",
          agent_that_is_overloaded_itself_is_asked_all_the_same },
        { "half_of_what_is_the_turn_of_one_goes_to_another", half_of_what_is_the_turn_of_one_goes_to_another },
        { "routes_go_round_whom_they_are_to_spare", routes_go_round_whom_they_are_to_spare },
        { "repeats_spare_the_overloaded_too", repeats_spare_the_overloaded_too },
        { "reports_remembered_are_limited", reports_remembered_are_limited },
        { "who_is_not_trusted_is_not_obeyed", who_is_not_trusted_is_not_obeyed },
        { "whoever_hears_of_a_report_may_end_all_of_it", whoever_hears_of_a_report_may_end_all_of_it },
        { "configurations_that_make_no_sense_are_refused", configurations_that_make_no_sense_are_refused },
        { "agent_reacts_for_clients_that_do_not", agent_reacts_for_clients_that_do_not },
        { "agent_leaves_reports_to_clients_that_react", agent_leaves_reports_to_clients_that_react },
        { "relay_that_knows_nothing_of_it_passes_all", relay_that_knows_nothing_of_it_passes_all },
        { "agent_passes_no_reports_to_strangers", agent_passes_no_reports_to_strangers },
        { "proxy_reacts_for_clients_too", proxy_reacts_for_clients_too },
        { "agent_reacts_behind_a_failover_too", agent_reacts_behind_a_failover_too },
        { "features_that_do_not_fit_are_left_out", features_that_do_not_fit_are_left_out },
    };
    return HARNESS_RUN("node/overload", tests);
}

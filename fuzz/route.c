/* A request of anybody asked about: its numbers are digits, each route is told about once, and those that match are those that a
 * walk gives, in the same order. */
#include "fuzz.h"

#include "route/route.h"

#include "diatom/app/all.h"

#include <string.h>

enum { ROUTES = 16 };

typedef struct heard {
    uint32_t matching[ROUTES];
    size_t n, all;
} heard;

static void hear(void *arg, const dia_route_verdict *v)
{
    heard *h = arg;
    must(h->all++ < ROUTES && v->route && v->text && *v->text);
    must(v->matches == !v->criterion);
    if (v->matches)
        h->matching[h->n++] = v->id;
}

static void check_digits(dia_bytes number)
{
    must(!number.p || (number.n > 0 && number.n <= DIA_DIGITS_MAX));
    for (size_t i = 0; i < number.n; i++)
        must(number.p[i] >= '0' && number.p[i] <= '9');
}

static void add(dia_routes *routes, const dia_route *route)
{
    must(dia_routes_add(routes, route, NULL, NULL, 0) == 0);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define AVP(...)  .avps = (const dia_route_avp[]){ { __VA_ARGS__ } }, .n_avps = 1

static dia_routes *make_table(void)
{
    static const uint32_t gy[] = { 4 }, ccr[] = { 272 };
    static const dia_hop hops[] = { { "a.example", 1, 3 }, { "b.example", 1, 1 }, { "c.example", 2, 1 } };
    dia_routes *routes = NULL;
    dia_prefixes *p = NULL;
    must(dia_routes_new(&dia_dicts_all, NULL, &routes) == 0 && dia_prefixes_new(NULL, &p) == 0);
    must(dia_prefixes_add(p, dia_cstr("2-4"), 1) == 0 && dia_prefixes_add(p, dia_cstr("26201"), 2) == 0);
    add(routes, &(dia_route){ .name = "default", .hops = hops, .n_hops = 3, .choice = DIA_CHOICE_STICKY });
    add(routes, &(dia_route){ .realms = LIST("*", "example.net", "*.net"), .order = -1 });
    add(routes, &(dia_route){ .realms = LIST("*.example", "*.b.example"), .applications = gy, .n_applications = 1 });
    add(routes, &(dia_route){ .commands = ccr, .n_commands = 1, .origin_hosts = LIST("*.example.net") });
    add(routes, &(dia_route){ .origin_realms = LIST("example.net"), .users = LIST("*@*", "2*0*") });
    add(routes, &(dia_route){ .imsi = { .table = p, .value = 1 } });
    add(routes, &(dia_route){ .msisdn = { .begin = LIST("49"), .table = p, .value = 2 } });
    add(routes, &(dia_route){ AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "INITIAL_REQUEST") });
    add(routes,
        &(dia_route){ AVP(.path = "Subscription-Id/Subscription-Id-Data", .test = DIA_TEST_RANGE, .most = 1000) });
    add(routes, &(dia_route){ AVP(.path = "Subscription-Id[1]", .test = DIA_TEST_ABSENT) });
    add(routes, &(dia_route){ AVP(.path = "Origin-Host", .test = DIA_TEST_BEGINS, .value = "a") });
    dia_prefixes_unref(p);
    return routes;
}

static void check_choice(const dia_route *route, dia_route_query *q)
{
    dia_live_hop hops[3];
    for (size_t i = 0; i < route->n_hops; i++) {
        const dia_bytes host = dia_cstr(route->hops[i].host);
        hops[i] = (dia_live_hop){ host, route->hops[i].priority, route->hops[i].weight, 0, 0, dia_hop_key(host) };
    }
    const int one = dia_route_choose(route, q, 7, hops, route->n_hops);
    must(one == (route->n_hops ? dia_route_choose(route, q, 7, hops, route->n_hops) : -1));
    must(!route->n_hops || (one >= 0 && one < 2)); /* of the lowest priority */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_routes *routes = make_table();
    dia_route_query q = { .message = { data, size } }, again = { .message = { data, size } };
    heard h = { .n = 0 };
    const size_t n = dia_routes_explain(routes, &q, hear, &h);
    must(h.all == dia_routes_count(routes) && n == h.n);
    check_digits(dia_route_query_imsi(&q));
    check_digits(dia_route_query_msisdn(&q));
    dia_route_walk walk;
    dia_routes_match(&walk, routes, &again);
    for (size_t i = 0; i < h.n; i++) {
        must(dia_route_walk_next(&walk) && walk.id == h.matching[i]);
        check_choice(walk.route, &again);
    }
    must(!dia_route_walk_next(&walk));
    must(dia_bytes_equal(dia_route_query_imsi(&q), dia_route_query_imsi(&again)));
    dia_imsi_of_user((dia_bytes){ data, size });
    dia_routes_free(routes);
    return 0;
}

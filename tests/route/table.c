/* Tests of the table: what it refuses, how routes come, are replaced, expire and go. */
#include "harness.h"
#include "requests.h"

#include <stdio.h>

static int choose_first(void *arg, const dia_route_query *query, const dia_live_hop *hops, size_t n)
{
    (void)arg;
    (void)query;
    (void)hops;
    (void)n;
    return 0;
}

#define HOPS(...)                                                                                                      \
    .hops = (const dia_hop[]){ __VA_ARGS__ }, .n_hops = sizeof((const dia_hop[]){ __VA_ARGS__ }) / sizeof(dia_hop)
#define AVP(...) .avps = (const dia_route_avp[]){ { __VA_ARGS__ } }, .n_avps = 1

static void a_route_that_makes_no_sense_is_refused_with_a_sentence(void)
{
    static const uint32_t gy[] = { 4 }, large[] = { 1 << 24 };
    const struct {
        const char *want;
        dia_route route;
    } rows[] = {
        { NULL, { .name = "default" } },
        { NULL, { .action = DIA_ROUTE_LOCAL, .realms = (const char *const[]){ "x", NULL } } },
        { NULL,
          { .action = DIA_ROUTE_REDIRECT,
            HOPS({ "aaa://a.example:3869" }, { "b.example" }),
            .redirect_usage = 6,
            .redirect_cache_s = 1 } },
        { NULL, { HOPS({ "a.example", 1, 65535 }, { "b.example", 1, 0 }) } },
        { NULL, { .choice = DIA_CHOICE_CALLBACK, .choose = choose_first } },
        { "no such action", { .action = (dia_route_action)4 } },
        { "no such choice", { .choice = (dia_choice)7 } },
        { "a local route has no hops", { .action = DIA_ROUTE_LOCAL, HOPS({ "a" }) } },
        { "a redirecting route wants hops", { .action = DIA_ROUTE_REDIRECT } },
        { "choose is wanted", { .choice = DIA_CHOICE_CALLBACK } },
        { "choose is wanted", { .choose = choose_first } },
        { "usage and cache time", { .redirect_usage = 1 } },
        { "usage and cache time", { .redirect_cache_s = 1 } },
        { "above 6", { .action = DIA_ROUTE_REDIRECT, HOPS({ "a" }), .redirect_usage = 7, .redirect_cache_s = 1 } },
        { "a usage wants", { .action = DIA_ROUTE_REDIRECT, HOPS({ "a" }), .redirect_usage = 1 } },
        { "a cache time wants", { .action = DIA_ROUTE_REDIRECT, HOPS({ "a" }), .redirect_cache_s = 1 } },
        { "expires_us", { .expires_us = -1 } },
        { "realm  is an empty list", { .realms = (const char *const[]){ NULL } } },
        { "realm exa mple must be", { .realms = (const char *const[]){ "a", "exa mple", NULL } } },
        { "realm *a.example must be", { .realms = (const char *const[]){ "*a.example", NULL } } },
        { "realm a.*.example must be", { .realms = (const char *const[]){ "a.*.example", NULL } } },
        { "origin host ? must be", { .origin_hosts = (const char *const[]){ "?", NULL } } },
        { "origin realm  must be", { .origin_realms = (const char *const[]){ "", NULL } } },
        { "from .. must be", { .from = (const char *const[]){ "..", NULL } } },
        { "users is an empty list", { .users = (const char *const[]){ NULL } } },
        { "24 bits", { .commands = large, .n_commands = 1 } },
        { "imsi  is an empty list", { .imsi = { .begin = (const char *const[]){ NULL } } } },
        { "the number 12x must be", { .imsi = { .begin = (const char *const[]){ "12", "12x", NULL } } } },
        { "the number 9-8 must be", { .msisdn = { .begin = (const char *const[]){ "9-8", NULL } } } },
        { "a hop wants a host", { HOPS({ NULL }) } },
        { "the hop a b must be a DiameterIdentity", { HOPS({ "a b" }) } },
        { "the hop aaa://a.example must be", { HOPS({ "aaa://a.example" }) } },
        { "the weight of a", { HOPS({ "a", 0, 65536 }) } },
        { "the hop A stands there twice", { HOPS({ "a" }, { "A" }) } },
        { "an AVP wants a path", { AVP(.test = DIA_TEST_PRESENT) } },
        { "an AVP wants a path", { AVP(.path = "User-Name", .test = (dia_test)5) } },
        { "the path No-Such", { AVP(.path = "No-Such", .test = DIA_TEST_PRESENT) } },
        { "ends before it begins",
          { AVP(.path = "CC-Request-Number", .test = DIA_TEST_RANGE, .least = 2, .most = 1) } },
        { "has no range", { AVP(.path = "Service-Information", .test = DIA_TEST_RANGE, .most = 1) } },
        { "the value of CC-Request-Type wants",
          { AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "SOME") } },
        { "the value of CC-Request-Type wants", { AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL) } },
        { "the value of 9:9 wants", { AVP(.path = "9:9", .test = DIA_TEST_EQUAL, .value = "x") } },
    };
    dia_routes *routes = NULL;
    need_int(dia_routes_new(&dia_dicts_all, harness_allocator(), &routes), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[200] = "", label[300];
        dia_route route = rows[i].route;
        uint32_t id = 0;
        route.applications = gy;
        route.n_applications = 1;
        snprintf(label, sizeof label, "%zu: %s", i, rows[i].want ? rows[i].want : "good");
        harness_row(label);
        const int err = dia_routes_add(routes, &route, &id, why, sizeof why);
        if (err == DIA_ENOMEM) {
            need(harness_injected());
            continue;
        }
        if (!rows[i].want) {
            need_str(why, "");
            need(!err && id);
            need_int(dia_routes_remove(routes, id), 0);
            continue;
        }
        need_int(err, DIA_EINVAL);
        if (!strstr(why, rows[i].want))
            need_str(why, rows[i].want);
        need(!id);
        need_int(dia_routes_add(routes, &route, NULL, NULL, 0), DIA_EINVAL);
    }
    need_int(dia_routes_count(routes), 0);
done:
    harness_row(NULL);
    dia_routes_free(routes);
}

static const dia_route *first_match(const dia_routes *routes, const char *realm, int64_t now_us)
{
    dia_route_walk walk;
    dia_route_query q = { .realm = dia_cstr(realm), .now_us = now_us };
    dia_routes_match(&walk, routes, &q);
    return dia_route_walk_next(&walk) ? walk.route : NULL;
}

static void what_is_given_is_copied(void)
{
    dia_routes *routes = NULL;
    char realm[] = "a.example", host[] = "h.example", name[] = "copy", imsi[] = "262", user[] = "u*",
         path[] = "User-Name";
    uint32_t app[] = { 4 };
    const char *realms[] = { realm, NULL }, *begin[] = { imsi, NULL }, *users[] = { user, NULL };
    dia_hop hops[] = { { host, 3, 0 } };
    dia_route_avp avps[] = { { .path = path, .test = DIA_TEST_PRESENT } };
    dia_route route = { .name = name,
                        .realms = realms,
                        .applications = app,
                        .n_applications = 1,
                        .users = users,
                        .imsi = { .begin = begin },
                        .avps = avps,
                        .n_avps = 1,
                        .hops = hops,
                        .n_hops = 1 };
    need_int(dia_routes_new(&dia_dicts_all, harness_allocator(), &routes), 0);
    uint32_t id = 0;
    need_int(dia_routes_add(routes, &route, &id, NULL, 0), 0);
    memset(realm, 'x', 3);
    memset(host, 'x', 3);
    memset(name, 'x', 3);
    memset(imsi, 'x', 3);
    memset(user, 'x', 1);
    memset(path, 'x', 3);
    app[0] = 9;
    const dia_route *own = dia_routes_get(routes, id);
    need(own);
    need_str(own->name, "copy");
    need_str(own->realms[0], "a.example");
    need_str(own->hops[0].host, "h.example");
    need_int(own->hops[0].weight, 1);
    need_str(own->imsi.begin[0], "262");
    need_str(own->users[0], "u*");
    need_str(own->avps[0].path, "User-Name");
    need_int(own->applications[0], 4);
done:
    dia_routes_free(routes);
}

static void numbers_are_never_used_again(void)
{
    dia_routes *routes = NULL;
    uint32_t a = 0, b = 0, c = 0, at = 0;
    need_int(dia_routes_new(NULL, harness_allocator(), &routes), 0);
    need_int(dia_routes_add(routes, &(dia_route){ .name = "a" }, &a, NULL, 0), 0);
    need_int(dia_routes_add(routes, &(dia_route){ .name = "b" }, &b, NULL, 0), 0);
    need_int(dia_routes_remove(routes, b), 0);
    need_int(dia_routes_remove(routes, b), DIA_ENOENT);
    need_int(dia_routes_replace(routes, b, &(dia_route){ .name = "b" }, NULL, 0), DIA_ENOENT);
    need_int(dia_routes_add(routes, &(dia_route){ .name = "c" }, &c, NULL, 0), 0);
    need(a && a < b && b < c);
    need_str(dia_routes_next(routes, &at)->name, "a");
    need_str(dia_routes_next(routes, &at)->name, "c");
    need(at == c && !dia_routes_next(routes, &at) && !dia_routes_get(routes, b));
    need_int(dia_routes_count(routes), 2);
    need_int(dia_routes_taken(routes, a), 0);
done:
    dia_routes_free(routes);
}

/* A route that cannot take the place of another leaves it there. */
static void replacing_is_all_or_nothing(void)
{
    dia_routes *routes = NULL;
    char why[100] = "";
    uint32_t id = 0;
    need_int(dia_routes_new(NULL, harness_allocator(), &routes), 0);
    need_int(dia_routes_add(routes, &(dia_route){ .name = "old", .realms = LIST("a", "b", "*") }, &id, NULL, 0), 0);
    const int err = dia_routes_replace(routes, id, &(dia_route){ .name = "new", .realms = LIST("b", "c", "*.d", "e") },
                                       why, sizeof why);
    need(!err || harness_injected());
    need(first_match(routes, "b", 0));
    need_str(first_match(routes, "b", 0)->name, err ? "old" : "new");
    need_int(first_match(routes, "a", 0) != NULL, err != 0);
    need_int(first_match(routes, "x.d", 0) && !strcmp(first_match(routes, "x.d", 0)->name, "new"), !err);
    need_int(dia_routes_replace(routes, id, &(dia_route){ .action = DIA_ROUTE_REDIRECT }, why, sizeof why), DIA_EINVAL);
    need(*why && first_match(routes, "b", 0));
done:
    dia_routes_free(routes);
}

static void dynamic_routes_expire(void)
{
    dia_routes *routes = NULL;
    need_int(dia_routes_new(NULL, harness_allocator(), &routes), 0);
    need_int(dia_routes_deadline(routes), DIA_NEVER_US);
    need_int(dia_routes_add(routes, &(dia_route){ .name = "static", .order = 1 }, NULL, NULL, 0), 0);
    need_int(
        dia_routes_add(routes, &(dia_route){ .name = "late", .realms = LIST("b"), .expires_us = 3000 }, NULL, NULL, 0),
        0);
    need_int(
        dia_routes_add(routes, &(dia_route){ .name = "soon", .realms = LIST("a"), .expires_us = 2000 }, NULL, NULL, 0),
        0);
    need_int(dia_routes_deadline(routes), 2000);
    need_str(first_match(routes, "a", 1999)->name, "soon");
    need_str(first_match(routes, "a", 2000)->name, "static");
    need_int(dia_routes_expire(routes, 1999), 0);
    need_int(dia_routes_expire(routes, 2000), 1);
    need_int(dia_routes_deadline(routes), 3000);
    need_int(dia_routes_count(routes), 2);
    need_int(dia_routes_expire(routes, 5000), 1);
    need_int(dia_routes_deadline(routes), DIA_NEVER_US);
    need_str(first_match(routes, "b", 0)->name, "static");
done:
    dia_routes_free(routes);
}

static void count_drop(void *arg, void *above)
{
    (void)above;
    ++*(int *)arg;
}

static void what_is_kept_with_a_route_is_let_go_with_it(void)
{
    dia_routes *routes = NULL;
    int drops = 0;
    uint32_t id[4];
    dia_route_walk walk;
    dia_route_query q = { .application = 1 };
    need_int(dia_routes_new(NULL, harness_allocator(), &routes), 0);
    dia_routes_set_drop(routes, count_drop, &drops);
    for (size_t i = 0; i < 4; i++)
        need_int(dia_routes_add(routes, &(dia_route){ .expires_us = i == 2 ? 5 : 0 }, &id[i], NULL, 0), 0);
    dia_routes_match(&walk, routes, &q);
    while (dia_route_walk_next(&walk))
        dia_route_walk_entry(&walk)->above = &drops;
    need_int(dia_routes_remove(routes, id[0]), 0);
    need_int(drops, 1);
    if (dia_routes_replace(routes, id[1], &(dia_route){ .name = "x" }, NULL, 0))
        goto done;
    need_int(drops, 2);
    need_int(dia_routes_expire(routes, 5), 1);
    need_int(drops, 3);
    dia_routes_free(routes);
    routes = NULL;
    need_int(drops, 4);
done:
    dia_routes_free(routes);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_route_that_makes_no_sense_is_refused_with_a_sentence",
          a_route_that_makes_no_sense_is_refused_with_a_sentence },
        { "what_is_given_is_copied", what_is_given_is_copied },
        { "numbers_are_never_used_again", numbers_are_never_used_again },
        { "replacing_is_all_or_nothing", replacing_is_all_or_nothing },
        { "dynamic_routes_expire", dynamic_routes_expire },
        { "what_is_kept_with_a_route_is_let_go_with_it", what_is_kept_with_a_route_is_let_go_with_it },
    };
    return HARNESS_RUN("route/table", tests);
}

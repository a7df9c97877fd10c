/* Tests of which routes match a request, in which order, and of what is said about the others. */
#include "harness.h"
#include "requests.h"

#include <stdio.h>
#include <stdlib.h>

static dia_routes *table(void)
{
    dia_routes *routes = NULL;
    dia_routes_new(&dia_dicts_all, harness_allocator(), &routes);
    return routes;
}

static bool add(dia_routes *routes, const dia_route *route)
{
    char why[200] = "";
    const int err = dia_routes_add(routes, route, NULL, why, sizeof why);
    if (err && !harness_injected())
        fprintf(stderr, "%s: %s\n", route->name ? route->name : "?", why);
    return !err;
}

/* The names of all that match, in their order: "a b c". */
static const char *matches(const dia_routes *routes, dia_route_query *q, char *to, size_t size)
{
    dia_route_walk walk;
    size_t n = 0;
    *to = 0;
    dia_routes_match(&walk, routes, q);
    while (dia_route_walk_next(&walk))
        n += (size_t)snprintf(to + n, size - n, "%s%s", n ? " " : "", walk.route->name);
    return to;
}

/* B2.7-01, B2.7-10, B6.1.6-02: by realm, whatever its case; the default route for what nothing else matches. */
static void the_nearest_realm_comes_first_in_any_case(void)
{
    static const struct {
        const char *realm, *want;
    } rows[] = {
        { "example.net", "exact star none" },
        { "EXAMPLE.Net", "exact star none" },
        { "a.example.net", "wild star none" },
        { "b.a.EXAMPLE.net", "deep wild star none" },
        { "c.b.a.example.net", "deep wild star none" },
        { "a.example.net.", "star none" },
        { "evilexample.net", "star none" },
        { "other.example", "other star none" },
        { "x", "star none" },
        { ".", "star none" },
        { "", "star none" },
        { NULL, "none" },
    };
    dia_routes *routes = table();
    char got[100];
    need(routes);
    need(add(routes, &(dia_route){ .name = "none" }));
    need(add(routes, &(dia_route){ .name = "star", .realms = LIST("*"), .order = -1 }));
    need(add(routes, &(dia_route){ .name = "deep", .realms = LIST("*.A.example.net") }));
    need(add(routes, &(dia_route){ .name = "wild", .realms = LIST("*.example.net"), .order = -5 }));
    need(add(routes, &(dia_route){ .name = "exact", .realms = LIST("Example.net") }));
    need(add(routes, &(dia_route){ .name = "other", .realms = LIST("other.EXAMPLE") }));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_route_query q = { .realm = dia_cstr(rows[i].realm) };
        harness_row(rows[i].realm);
        need_str(matches(routes, &q, got, sizeof got), rows[i].want);
    }
done:
    harness_row(NULL);
    dia_routes_free(routes);
}

static void hear_realm(void *arg, const dia_route_verdict *v)
{
    char *to = arg;
    const size_t n = strlen(to);
    snprintf(to + n, 200 - n, "%c%s %s\n", v->matches ? '+' : '-', v->route->name, v->criterion ? v->criterion : "");
}

/* A realm of a mebibyte of dots would else be looked up a million times, each time as a whole. */
static void what_is_longer_than_names_is_below_no_wildcard(void)
{
    static const char end[] = "x.example.net";
    static const struct {
        const char *name;
        size_t n;
        const char *want;
    } rows[] = {
        { "the longest name", 255, "wild both star" },
        { "one more octet", 256, "star both" },
        { "many more", 1 << 16, "star both" },
    };
    dia_routes *routes = table();
    char *realm = malloc(1 << 16), got[200];
    need(routes && realm);
    memset(realm, '.', 1 << 16);
    memcpy(realm + (1 << 16) - strlen(end), end, strlen(end));
    need(add(routes, &(dia_route){ .name = "wild", .realms = LIST("*.example.net") }));
    need(add(routes, &(dia_route){ .name = "star", .realms = LIST("*") }));
    need(add(routes, &(dia_route){ .name = "both", .realms = LIST("*.net", "*") }));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_route_query q = { .realm = { (const uint8_t *)realm + (1 << 16) - rows[i].n, rows[i].n } };
        harness_row(rows[i].name);
        need_str(matches(routes, &q, got, sizeof got), rows[i].want);
    }
    harness_row("why");
    dia_route_query q = { .realm = { (const uint8_t *)realm + (1 << 16) - 256, 256 } };
    got[0] = 0;
    need_int(dia_routes_explain(routes, &q, hear_realm, got), 2);
    need_str(got, "+star \n+both \n-wild realm\n");
done:
    harness_row(NULL);
    free(realm);
    dia_routes_free(routes);
}

static void order_and_then_age_decide_among_equals(void)
{
    dia_routes *routes = table();
    char got[100];
    uint32_t third = 0;
    need(routes);
    need(add(routes, &(dia_route){ .name = "a", .realms = LIST("r.example") }));
    need(add(routes, &(dia_route){ .name = "b", .realms = LIST("r.example"), .order = -1 }));
    need_int(dia_routes_add(routes, &(dia_route){ .name = "c", .realms = LIST("r.example") }, &third, NULL, 0), 0);
    need(add(routes, &(dia_route){ .name = "d", .realms = LIST("r.example"), .order = 1 }));
    need(add(routes, &(dia_route){ .name = "e", .realms = LIST("r.example") }));
    dia_route_query q = { .realm = dia_cstr("r.example") };
    need_str(matches(routes, &q, got, sizeof got), "b a c e d");
    /* A route that is replaced keeps its place. */
    need_int(dia_routes_replace(routes, third, &(dia_route){ .name = "C", .realms = LIST("r.example", "x") }, NULL, 0),
             0);
    need_str(matches(routes, &q, got, sizeof got), "b a C e d");
    need_int(dia_routes_replace(routes, third, &(dia_route){ .name = "z", .realms = LIST("x") }, NULL, 0), 0);
    need_str(matches(routes, &q, got, sizeof got), "b a e d");
done:
    dia_routes_free(routes);
}

static void a_route_of_several_realms_matches_once(void)
{
    dia_routes *routes = table();
    char got[100];
    need(routes);
    need(add(routes, &(dia_route){ .name = "all", .realms = LIST("*", "*.net", "a.net", "*.a.net", "A.net") }));
    need(add(routes, &(dia_route){ .name = "net", .realms = LIST("*.net") }));
    need_str(matches(routes, &(dia_route_query){ .realm = dia_cstr("a.net") }, got, sizeof got), "all net");
    need_str(matches(routes, &(dia_route_query){ .realm = dia_cstr("b.a.net") }, got, sizeof got), "all net");
    need_str(matches(routes, &(dia_route_query){ .realm = dia_cstr("b.net") }, got, sizeof got), "all net");
    need_str(matches(routes, &(dia_route_query){ .realm = dia_cstr("org") }, got, sizeof got), "all");
done:
    dia_routes_free(routes);
}

/* ---- Criteria ---- */

static dia_bytes credit_control(writing *w)
{
    dia_builder *b = write_request(w, 4, 272);
    put_text(b, 263, 0, "pgw1.example.net;1;2");
    put_text(b, 264, 0, "PGW1.example.net");
    put_text(b, 296, 0, "home.example.net");
    put_text(b, 283, 0, "ocs.example");
    put_text(b, 1, 0, "Alice@example.net");
    dia_put_u32(b, 416, 0, DIA_AVP_M, 2);
    dia_put_u32(b, 415, 0, DIA_AVP_M, 7);
    dia_put_group(b, 443, 0, DIA_AVP_M);
    dia_put_u32(b, 450, 0, DIA_AVP_M, 1);
    put_text(b, 444, 0, "262011234567890");
    dia_put_group_end(b);
    for (uint32_t i = 0; i < 2; i++) {
        dia_put_group(b, 456, 0, DIA_AVP_M);
        dia_put_u32(b, 432, 0, DIA_AVP_M, 100 + i);
        dia_put_group_end(b);
    }
    put_text(b, 461, 0, "32251@3gpp.org");
    put_text(b, 701, 10415, "\x94\x51");
    put_text(b, 65000, 99999, "12x");
    put_text(b, 65001, 99999, "120");
    return written(w);
}

#define AVP(...)   .avps = (const dia_route_avp[]){ { __VA_ARGS__ } }, .n_avps = 1
#define CODES(...) (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

/* B2.7-02 */
static void every_criterion_must_be_met(void)
{
    static const uint32_t gy_rf[] = { 3, 4 }, rf[] = { 3 }, ccr[] = { 1, 272 }, other[] = { 271 };
    const struct {
        const char *name;
        bool want;
        dia_route route;
    } rows[] = {
        { "application", true, { .applications = gy_rf, .n_applications = 2 } },
        { "another application", false, { .applications = rf, .n_applications = 1 } },
        { "command", true, { .commands = ccr, .n_commands = 2 } },
        { "another command", false, { .commands = other, .n_commands = 1 } },
        { "both", false, { .applications = gy_rf, .n_applications = 2, .commands = other, .n_commands = 1 } },
        { "from", true, { .from = (const char *const[]){ "x.example", "relay1.example.net", NULL } } },
        { "from below", true, { .from = (const char *const[]){ "*.Example.net", NULL } } },
        { "from elsewhere", false, { .from = (const char *const[]){ "*.relay1.example.net", NULL } } },
        { "origin host", true, { .origin_hosts = (const char *const[]){ "pgw1.example.net", NULL } } },
        { "another origin host", false, { .origin_hosts = (const char *const[]){ "pgw2.example.net", NULL } } },
        { "origin realm", true, { .origin_realms = (const char *const[]){ "*.example.net", NULL } } },
        { "another origin realm", false, { .origin_realms = (const char *const[]){ "example.net", NULL } } },
        { "user", true, { .users = (const char *const[]){ "bob", "alice@*", NULL } } },
        { "user within", true, { .users = (const char *const[]){ "*e@ex*le.*", NULL } } },
        { "user exactly", true, { .users = (const char *const[]){ "alice@example.net", NULL } } },
        { "another user", false, { .users = (const char *const[]){ "alice", "*@example.net*x", "", NULL } } },
        { "imsi", true, { .imsi = { .begin = (const char *const[]){ "999", "26201", NULL } } } },
        { "imsi range", true, { .imsi = { .begin = (const char *const[]){ "262010-262019", NULL } } } },
        { "another imsi", false, { .imsi = { .begin = (const char *const[]){ "26202", NULL } } } },
        { "msisdn", true, { .msisdn = { .begin = (const char *const[]){ "4915", NULL } } } },
        { "another msisdn", false, { .msisdn = { .begin = (const char *const[]){ "4916", NULL } } } },
        { "enumerated by name",
          true,
          { AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "UPDATE_REQUEST") } },
        { "enumerated by number", true, { AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "2") } },
        { "another value",
          false,
          { AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "INITIAL_REQUEST") } },
        { "range of an enumeration",
          true,
          { AVP(.path = "CC-Request-Type", .test = DIA_TEST_RANGE, .least = -1, .most = 2) } },
        { "text", true, { AVP(.path = "Service-Context-Id", .test = DIA_TEST_EQUAL, .value = "32251@3gpp.org") } },
        { "text has case",
          false,
          { AVP(.path = "Service-Context-Id", .test = DIA_TEST_EQUAL, .value = "32251@3GPP.org") } },
        { "an identity has none",
          true,
          { AVP(.path = "Origin-Host", .test = DIA_TEST_EQUAL, .value = "pgw1.EXAMPLE.net") } },
        { "begins", true, { AVP(.path = "Service-Context-Id", .test = DIA_TEST_BEGINS, .value = "3225") } },
        { "begins otherwise", false, { AVP(.path = "Service-Context-Id", .test = DIA_TEST_BEGINS, .value = "3226") } },
        { "begins with more than is there",
          false,
          { AVP(.path = "Service-Context-Id", .test = DIA_TEST_BEGINS, .value = "32251@3gpp.orgs") } },
        { "octets of a number",
          true,
          { AVP(.path = "CC-Request-Number", .test = DIA_TEST_BEGINS, .value = "0x0000") } },
        { "one of several",
          true,
          { AVP(.path = "Multiple-Services-Credit-Control/Rating-Group", .test = DIA_TEST_EQUAL, .value = "101") } },
        { "none of several",
          false,
          { AVP(.path = "Multiple-Services-Credit-Control/Rating-Group", .test = DIA_TEST_EQUAL, .value = "102") } },
        { "the second one",
          false,
          { AVP(.path = "Multiple-Services-Credit-Control[0]/Rating-Group", .test = DIA_TEST_EQUAL, .value = "101") } },
        { "range",
          true,
          { AVP(.path = "Multiple-Services-Credit-Control/Rating-Group", .test = DIA_TEST_RANGE, .least = 101,
                .most = 101) } },
        { "outside",
          false,
          { AVP(.path = "Multiple-Services-Credit-Control/Rating-Group", .test = DIA_TEST_RANGE, .least = 102,
                .most = 200) } },
        { "present", true, { AVP(.path = "Multiple-Services-Credit-Control", .test = DIA_TEST_PRESENT) } },
        { "not present", false, { AVP(.path = "Service-Information", .test = DIA_TEST_PRESENT) } },
        { "absent", true, { AVP(.path = "Service-Information", .test = DIA_TEST_ABSENT) } },
        { "not absent", false, { AVP(.path = "Subscription-Id", .test = DIA_TEST_ABSENT) } },
        { "by code", true, { AVP(.path = "99999:65000", .test = DIA_TEST_EQUAL, .value = "\"12x\"") } },
        { "digits as a number", true, { AVP(.path = "MSISDN", .test = DIA_TEST_PRESENT) } },
    };
    writing w;
    const dia_bytes message = credit_control(&w);
    char got[40];
    need(message.n);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_routes *routes = table();
        dia_route route = rows[i].route;
        route.name = "it";
        if (!route.n_applications && route.n_avps) {
            route.applications = gy_rf + 1;
            route.n_applications = 1;
        }
        harness_row(rows[i].name);
        if (!routes || !add(routes, &route)) {
            need(harness_injected());
            dia_routes_free(routes);
            continue;
        }
        dia_route_query q = { .message = message,
                              .from = dia_cstr("Relay1.example.net"),
                              .msisdn = dia_cstr("4915112") };
        check_str(matches(routes, &q, got, sizeof got), rows[i].want ? "it" : "");
        dia_routes_free(routes);
    }
done:
    harness_row(NULL);
}

/* As one would say it. */
static bool fits(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return fits(pattern + 1, text) || (*text && fits(pattern, text + 1));
    return *pattern ? *pattern == *text && fits(pattern + 1, text + 1) : !*text;
}

/* All texts of so many letters 'a' and another one, shorter ones too; how many. */
static size_t spell(char (*to)[8], size_t letters, char other)
{
    size_t n = 0;
    for (size_t length = 1; length <= letters; length++)
        for (size_t bits = 0; bits < (size_t)1 << length; bits++, n++) {
            for (size_t i = 0; i < length; i++)
                to[n][i] = bits >> i & 1 ? other : 'a';
            to[n][length] = 0;
        }
    return n;
}

static void users_fit_wherever_the_runs_are(void)
{
    char patterns[62][8], texts[62][8], want[600], got[600];
    const size_t n = spell(patterns, 5, '*'), n_texts = spell(texts, 5, 'b');
    dia_routes *routes = table();
    need(routes);
    for (size_t i = 0; i < n; i++)
        need(add(routes, &(dia_route){ .name = patterns[i], .users = LIST(patterns[i]) }));
    need(add(routes, &(dia_route){ .name = "x", .users = LIST("*b*ab*") }));
    for (size_t k = 0; k < n_texts; k++) {
        size_t at = 0;
        dia_route_query q = { .user = dia_cstr(texts[k]) };
        harness_row(texts[k]);
        want[0] = 0;
        for (size_t i = 0; i < n; i++)
            if (fits(patterns[i], texts[k]))
                at += (size_t)snprintf(want + at, sizeof want - at, "%s%s", at ? " " : "", patterns[i]);
        if (fits("*b*ab*", texts[k]))
            snprintf(want + at, sizeof want - at, " x");
        need_str(matches(routes, &q, got, sizeof got), want);
    }
done:
    harness_row(NULL);
    dia_routes_free(routes);
}

static void requests_of_our_own_come_from_nobody(void)
{
    dia_routes *routes = table();
    char got[40];
    need(routes && add(routes, &(dia_route){ .name = "any", .from = LIST("*") }));
    need_str(matches(routes, &(dia_route_query){ .application = 4 }, got, sizeof got), "");
    need_str(matches(routes, &(dia_route_query){ .from = dia_cstr("x") }, got, sizeof got), "any");
done:
    dia_routes_free(routes);
}

static void routes_share_a_table_of_prefixes(void)
{
    dia_routes *routes = table();
    dia_prefixes *p = NULL;
    char got[40];
    uint32_t gold = 0, iron = 0;
    need(routes);
    need_int(dia_prefixes_new(harness_allocator(), &p), 0);
    need_int(dia_prefixes_name(p, dia_cstr("gold"), &gold), 0);
    need_int(dia_prefixes_name(p, dia_cstr("iron"), &iron), 0);
    need_int(dia_prefixes_add(p, dia_cstr("26201"), iron), 0);
    need_int(dia_prefixes_add(p, dia_cstr("262011234"), gold), 0);
    need(add(routes, &(dia_route){ .name = "gold", .imsi = { .table = p, .value = gold } }));
    need(add(routes, &(dia_route){ .name = "iron", .imsi = { .table = p, .value = iron } }));
    need(add(routes, &(dia_route){ .name = "iron or 3", .imsi = { .begin = LIST("3"), .table = p, .value = iron } }));
    need(add(routes, &(dia_route){ .name = "msisdn", .msisdn = { .table = p, .value = iron } }));
    dia_prefixes_unref(p);
    p = NULL;
    need_str(matches(routes, &(dia_route_query){ .imsi = dia_cstr("262011234567890") }, got, sizeof got), "gold");
    need_str(matches(routes, &(dia_route_query){ .imsi = dia_cstr("262011334567890") }, got, sizeof got),
             "iron iron or 3");
    need_str(matches(routes, &(dia_route_query){ .imsi = dia_cstr("311") }, got, sizeof got), "iron or 3");
    need_str(
        matches(routes, &(dia_route_query){ .imsi = dia_cstr("99"), .msisdn = dia_cstr("262019") }, got, sizeof got),
        "msisdn");
done:
    dia_prefixes_unref(p);
    dia_routes_free(routes);
}

static dia_bytes give(void *arg)
{
    writing *w = arg;
    const dia_bytes none = { NULL, 0 };
    return w ? credit_control(w) : none;
}

/* A request of our own has no octets before it is known where it goes. */
static void a_message_is_made_when_a_route_asks_for_it(void)
{
    writing w;
    char got[40];
    dia_routes *routes = table();
    need(routes && add(routes, &(dia_route){ .name = "realm", .realms = LIST("ocs.example") }));
    dia_route_query q = { .realm = dia_cstr("ocs.example"), .encode = give, .encode_arg = &w };
    need_str(matches(routes, &q, got, sizeof got), "realm");
    need(!q.message.p);
    need(add(routes, &(dia_route){ .name = "imsi", .imsi = { .begin = LIST("262") } }));
    need_str(matches(routes, &q, got, sizeof got), "realm imsi");
    need(q.message.p);
    dia_route_query none = { .encode = give };
    need_str(matches(routes, &none, got, sizeof got), "");
done:
    dia_routes_free(routes);
}

/* ---- The reference: all routes, looked at one by one ---- */

static bool is_below(const char *realm, const char *suffix)
{
    const size_t n = strlen(realm), k = strlen(suffix);
    return n >= k && !strcmp(realm + n - k, suffix);
}

/* How near: larger is nearer; -1: not at all. */
static int rank(const char *pattern, const char *realm)
{
    if (!strcmp(pattern, "*"))
        return 0;
    if (pattern[0] == '*')
        return is_below(realm, pattern + 1) ? (int)strlen(pattern) : -1;
    return strcmp(pattern, realm) ? -1 : 1000;
}

static void draw_realm(dia_random *random, char *to)
{
    static const char *const labels[] = { "a", "b", "cc", "a", "longer-label-123" };
    const unsigned n = 1 + (unsigned)dia_random_below(random, 4);
    *to = 0;
    for (unsigned i = 0; i < n; i++)
        sprintf(to + strlen(to), "%s%s", i ? "." : "", labels[dia_random_below(random, 5)]);
}

static void the_table_finds_what_a_list_finds(void)
{
    enum { ROUTES = 60 };
    static struct {
        char pattern[80], name[8];
        int32_t order;
        uint32_t id;
        bool there;
    } list[ROUTES];
    for (uint8_t seed = 1; seed <= 40; seed++) {
        dia_random random;
        dia_routes *routes = NULL;
        dia_random_init(&random, (const uint8_t[32]){ seed, 7 });
        need_int(dia_routes_new(NULL, NULL, &routes), 0);
        for (size_t i = 0; i < ROUTES; i++) {
            const uint64_t kind = dia_random_below(&random, 5);
            char *pattern = list[i].pattern;
            strcpy(pattern, kind == 0 ? "*" : kind < 3 ? "*." : "");
            if (kind)
                draw_realm(&random, pattern + strlen(pattern));
            sprintf(list[i].name, "%u", (unsigned)i);
            list[i].order = (int32_t)dia_random_below(&random, 3);
            list[i].there = true;
            need_int(dia_routes_add(
                         routes, &(dia_route){ .name = list[i].name, .realms = LIST(pattern), .order = list[i].order },
                         &list[i].id, NULL, 0),
                     0);
            const size_t victim = (size_t)dia_random_below(&random, 2 * ROUTES);
            if (victim < i && list[victim].there) {
                list[victim].there = false;
                need_int(dia_routes_remove(routes, list[victim].id), 0);
            }
        }
        for (int k = 0; k < 100; k++) {
            char realm[80];
            draw_realm(&random, realm);
            dia_route_query q = { .realm = dia_cstr(realm) };
            dia_route_walk walk;
            bool taken[ROUTES] = { false };
            dia_routes_match(&walk, routes, &q);
            for (;;) {
                size_t best = ROUTES;
                for (size_t i = 0; i < ROUTES; i++) {
                    const int r = rank(list[i].pattern, realm);
                    if (!list[i].there || taken[i] || r < 0)
                        continue;
                    const int b = best < ROUTES ? rank(list[best].pattern, realm) : -1;
                    if (r > b || (r == b && list[i].order < list[best].order))
                        best = i;
                }
                need_int(dia_route_walk_next(&walk), best < ROUTES);
                if (best == ROUTES)
                    break;
                need_str(walk.route->name, list[best].name);
                taken[best] = true;
            }
        }
        dia_routes_free(routes);
    }
done:;
}

/* ---- Why ---- */

typedef struct said {
    char text[2000];
} said;

static void hear(void *arg, const dia_route_verdict *v)
{
    said *s = arg;
    const size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%s %s %s: %s\n", v->matches ? "+" : "-", v->route->name,
             v->criterion ? v->criterion : "", v->text);
}

static void each_route_says_why_or_why_not(void)
{
    writing w;
    said s = { "" };
    dia_routes *routes = table();
    need(routes);
    need(add(routes, &(dia_route){ .name = "elsewhere", .realms = LIST("other.example", "*.ocs.example") }));
    need(add(routes, &(dia_route){ .name = "rest" }));
    need(add(routes, &(dia_route){ .name = "app", .realms = LIST("*"), .applications = CODES(3) }));
    need(add(routes, &(dia_route){ .name = "number",
                                   .realms = LIST("ocs.example"),
                                   .applications = CODES(4),
                                   .imsi = { .begin = LIST("26202") } }));
    need(add(routes,
             &(dia_route){ .name = "kind",
                           .realms = LIST("OCS.example"),
                           .applications = CODES(4),
                           AVP(.path = "CC-Request-Type", .test = DIA_TEST_EQUAL, .value = "INITIAL_REQUEST") }));
    need(add(routes, &(dia_route){ .name = "late", .realms = LIST("ocs.example"), .expires_us = 1000 }));
    need(add(routes, &(dia_route){ .name = "context",
                                   .realms = LIST("*.example"),
                                   .applications = CODES(4),
                                   .users = LIST("alice@*"),
                                   AVP(.path = "Service-Information", .test = DIA_TEST_ABSENT) }));
    dia_route_query q = { .message = credit_control(&w), .now_us = 1000 };
    need_int(dia_routes_explain(routes, &q, hear, &s), 2);
    need_str(s.text,
             "- number imsi: not its imsi: 262011234567890\n"
             "- kind avp: not its avp: CC-Request-Type UPDATE_REQUEST (2)\n"
             "- late expires: it has expired\n"
             "+ context : the realm is below example, application 4 (Diameter Credit-Control), user Alice@example.net, "
             "avp Service-Information not there\n"
             "+ rest : it is a default route\n"
             "- app application: not its application: 4 (Diameter Credit-Control)\n"
             "- elsewhere realm: the realm is another\n");
done:
    dia_routes_free(routes);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "the_nearest_realm_comes_first_in_any_case", the_nearest_realm_comes_first_in_any_case },
        { "what_is_longer_than_names_is_below_no_wildcard", what_is_longer_than_names_is_below_no_wildcard },
        { "order_and_then_age_decide_among_equals", order_and_then_age_decide_among_equals },
        { "a_route_of_several_realms_matches_once", a_route_of_several_realms_matches_once },
        { "every_criterion_must_be_met", every_criterion_must_be_met },
        { "users_fit_wherever_the_runs_are", users_fit_wherever_the_runs_are },
        { "requests_of_our_own_come_from_nobody", requests_of_our_own_come_from_nobody },
        { "routes_share_a_table_of_prefixes", routes_share_a_table_of_prefixes },
        { "a_message_is_made_when_a_route_asks_for_it", a_message_is_made_when_a_route_asks_for_it },
        { "the_table_finds_what_a_list_finds", the_table_finds_what_a_list_finds },
        { "each_route_says_why_or_why_not", each_route_says_why_or_why_not },
    };
    return HARNESS_RUN("route/match", tests);
}

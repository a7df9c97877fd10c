/* What routes cost: prefixes of numbers, a table of routes, and a decision of a node with open peers.
 *
 *     route                       octets and nanoseconds
 *     route --op OP --count N     OP N times and nothing else, for a profiler: prefix, match, decide, relay,
 *                                 plain, proxy, none
 *
 * prefix searches a table of a million prefixes at random; match finds the first of a few routes for a request; decide
 * chooses a connection for it; relay passes a whole request on and its answer back, by such a table, plain without one, and proxy
 * with hooks that look at both. */
#include "diatom/proxy.h"
#include "node/node.h"

#include "diatom/app/all.h"
#include "diatom/app/ro.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MILLION = 1000000, NUMBERS = 1 << 16, HOPS = 4, MESSAGE_MAX = 2048 };

typedef struct bench {
    dia_random random;
    dia_prefixes *prefixes;
    char (*numbers)[16];
    dia_node *node;
    dia_routes *routes;
    dia_conn *client, *hop[HOPS];
    uint8_t request[MESSAGE_MAX];
    size_t n;
    uint64_t sum; /* of all results, so that none is optimized away */
} bench;

static void die(const char *what)
{
    fprintf(stderr, "route: %s\n", what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- Prefixes ---- */

static void draw(bench *b, char *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)('0' + dia_random_below(&b->random, 10));
    to[n] = 0;
}

/* Random digits: the hardest case, as nothing lies side by side. */
static void fill_random(bench *b, size_t digits)
{
    while (dia_prefixes_count(b->prefixes) < MILLION) {
        char text[16];
        draw(b, text, digits);
        const int err = dia_prefixes_add(b->prefixes, dia_cstr(text), dia_random_u32(&b->random) % 50);
        if (err && err != DIA_EEXIST)
            die("out of memory");
    }
}

/* As operators have them: blocks of numbers, each split among a few values. */
static void fill_blocks(bench *b)
{
    while (dia_prefixes_count(b->prefixes) < MILLION) {
        char block[16];
        draw(b, block, 6);
        for (unsigned i = 0; i < 1000; i++) {
            char text[16];
            snprintf(text, sizeof text, "%.6s%03u", block, i);
            dia_prefixes_add(b->prefixes, dia_cstr(text), dia_random_u32(&b->random) % 50);
        }
    }
}

static void draw_numbers(bench *b)
{
    for (size_t i = 0; i < NUMBERS; i++)
        draw(b, b->numbers[i], 15);
}

static void begin_prefixes(bench *b)
{
    dia_prefixes_unref(b->prefixes);
    if (dia_prefixes_new(NULL, &b->prefixes))
        die("out of memory");
}

/* ---- A table ---- */

static const char *const hosts[HOPS] = { "ocs1.example.net", "ocs2.example.net", "ocs3.example.net",
                                         "ocs4.example.net" };

static void add(bench *b, const dia_route *route)
{
    char why[200];
    if (dia_routes_add(b->routes, route, NULL, why, sizeof why))
        die(why);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A few, as most agents have them. */
static void make_routes(bench *b)
{
    static const uint32_t gy[] = { 4 }, s6a[] = { 16777251 };
    const dia_hop hops[HOPS] = { { hosts[0], 1, 10 }, { hosts[1], 1, 10 }, { hosts[2], 2, 10 }, { hosts[3], 2, 10 } };
    if (dia_routes_new(&dia_dicts_all, NULL, &b->routes))
        die("out of memory");
    add(b, &(dia_route){ .name = "roaming", .realms = LIST("*.3gppnetwork.org"), .hops = hops, .n_hops = 1 });
    add(b, &(dia_route){ .name = "mobility",
                         .realms = LIST("example.net"),
                         .applications = s6a,
                         .n_applications = 1,
                         .hops = hops,
                         .n_hops = 1 });
    add(b, &(dia_route){ .name = "charging",
                         .realms = LIST("example.net"),
                         .applications = gy,
                         .n_applications = 1,
                         .hops = hops,
                         .n_hops = HOPS });
    add(b, &(dia_route){ .name = "rest", .hops = hops, .n_hops = 2 });
}

/* ---- A node with open peers ---- */

static dia_conn *open_peer(bench *b, const char *host)
{
    static const uint8_t ip[4] = { 192, 0, 2, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    static const uint32_t apps[] = { DIA_APP_RELAY };
    const dia_cer cer = { .origin_host = dia_cstr(host),
                          .origin_realm = DIA_STR("example.net"),
                          .host_ip_address = { &address, 1 },
                          .product_name = DIA_LIT("bench"),
                          .auth_application_id = DIA_LIST(apps) };
    const dia_conn_info info = { .kind = DIA_CONN_STREAM,
                                 .local = { { DIA_FAMILY_IPV4, { ip, 4 } }, 3868 },
                                 .remote = { { DIA_FAMILY_IPV4, { ip, 4 } }, 3868 } };
    uint8_t buf[512];
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    dia_conn *conn = dia_node_accept(b->node, &info, (dia_time){ 1000000 });
    if (!conn || n < 0 || dia_conn_input(conn, (dia_bytes){ buf, (size_t)n }, (dia_time){ 1000000 }) != (size_t)n)
        die("a peer does not open");
    dia_conn_sent(conn, dia_buf_bytes(&conn->out).n, (dia_time){ 1000000 });
    return conn;
}

/* A CCR as a gateway sends it: no Route-Record yet. */
static void write_request(bench *b)
{
    dia_builder w;
    const dia_header header = { .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .command = 272, .application = 4 };
    dia_build_begin(&w, b->request, sizeof b->request, &header);
    dia_put_bytes(&w, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("pgw1.example.net;1700000000;42"));
    dia_put_bytes(&w, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("pgw1.example.net"));
    dia_put_bytes(&w, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_bytes(&w, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_u32(&w, 258, 0, DIA_AVP_M, 4);
    dia_put_bytes(&w, 461, 0, DIA_AVP_M, DIA_STR("32251@3gpp.org"));
    dia_put_u32(&w, 416, 0, DIA_AVP_M, 1);
    dia_put_u32(&w, 415, 0, DIA_AVP_M, 0);
    for (uint32_t i = 0; i < 16; i++)
        dia_put_u32(&w, 900 + i, 10415, DIA_AVP_M, i);
    b->n = (size_t)dia_build_end(&w);
}

static void look_at(dia_transit *transit, void *arg)
{
    *(uint64_t *)arg += dia_transit_octets(transit).n;
}

static void begin_node(bench *b, bool table, bool proxies)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "relay.example.net",
                                     .origin_realm = "relay.example.net",
                                     .allow = anybody,
                                     .dicts = &dia_dicts_all }; /* as an agent gives them */
    char why[200];
    if (dia_node_new(&config, (dia_time){ 1000000 }, &b->node, why, sizeof why))
        die(why);
    dia_node_advertise(b->node, DIA_APP_RELAY, 0, DIA_APP_AUTH);
    const dia_proxy proxy = { .application = 4, .on_request = look_at, .on_answer = look_at, .arg = &b->sum };
    if (proxies && (dia_node_use(b->node, &dia_dict_ro) || dia_node_proxy(b->node, &proxy)))
        die("no proxy");
    uint32_t id = 0;
    for (const dia_route *r; proxies && (r = dia_routes_next(b->routes, &id));) {
        dia_route route = *r;
        route.action = DIA_ROUTE_PROXY;
        if (dia_routes_replace(b->routes, id, &route, NULL, 0))
            die("no route");
    }
    b->client = open_peer(b, "pgw1.example.net");
    for (size_t i = 0; i < HOPS; i++)
        b->hop[i] = open_peer(b, hosts[i]);
    if (table)
        dia_node_set_routes(b->node, b->routes);
    else
        dia_routes_free(b->routes);
    write_request(b);
}

/* ---- What is measured ---- */

static void prefix(bench *b, uint64_t i)
{
    uint32_t value = 0;
    b->sum += dia_prefixes_find(b->prefixes, dia_cstr(b->numbers[i % NUMBERS]), &value, NULL) + value;
}

static void match(bench *b, uint64_t i)
{
    dia_route_query q = { .header_known = true, .application = 4, .command = 272, .realm = DIA_STR("example.net") };
    dia_route_walk walk;
    dia_routes_match(&walk, b->routes, &q);
    b->sum += dia_route_walk_next(&walk) ? walk.id : i;
}

static void decide(bench *b, uint64_t i)
{
    const dia_errand errand = { .application = 4,
                                .command = 272,
                                .realm = DIA_STR("example.net"),
                                .from = b->client,
                                .visited = { b->request, b->n },
                                .ingress = b->client->number,
                                .asks = true };
    dia_decision way;
    if (dia_decision_by_route(b->node, &errand, &way))
        die("no way");
    b->sum += way.to->number + i;
}

/* There and back. */
static void relay(bench *b, uint64_t i)
{
    uint8_t answer[32] = { 1, 0, 0, 32, 0x40, 0, 1, 16, 0, 0, 0, 4 };
    const dia_time now = { 1000000 };
    dia_store32(b->request + DIA_AT_END_TO_END, (uint32_t)i);
    dia_conn_input(b->client, (dia_bytes){ b->request, b->n }, now);
    for (size_t k = 0; k < HOPS; k++) {
        const dia_bytes out = dia_buf_bytes(&b->hop[k]->out);
        if (!out.n)
            continue;
        memcpy(answer + DIA_AT_HOP_BY_HOP, out.p + DIA_AT_HOP_BY_HOP, 8);
        dia_store32(answer + 20, DIA_AVP_RESULT_CODE);
        dia_store32(answer + 24, (uint32_t)DIA_AVP_M << 24 | 12);
        dia_store32(answer + 28, 2001);
        dia_conn_sent(b->hop[k], out.n, now);
        dia_conn_input(b->hop[k], (dia_bytes){ answer, sizeof answer }, now);
    }
    const dia_bytes back = dia_buf_bytes(&b->client->out);
    if (back.n != sizeof answer)
        die("no answer");
    b->sum += back.n;
    dia_conn_sent(b->client, back.n, now);
}

static void none(bench *b, uint64_t i)
{
    b->sum += i;
}

static double ns_of(bench *b, void (*op)(bench *b, uint64_t i), uint64_t n)
{
    double best = 1e18;
    for (int round = 0; round < 5; round++) {
        const double start = now_ns();
        for (uint64_t i = 0; i < n; i++)
            op(b, i);
        const double ns = (now_ns() - start) / (double)n;
        best = ns < best ? ns : best;
    }
    return best;
}

static void show_prefixes(bench *b, const char *what)
{
    const double grown = (double)dia_prefixes_octets(b->prefixes) / MILLION;
    if (dia_prefixes_pack(b->prefixes))
        die("out of memory");
    printf("prefixes, a million %-16s %5.1f octets each (%.1f before packing), %6.1f ns a look-up\n", what,
           (double)dia_prefixes_octets(b->prefixes) / MILLION, grown, ns_of(b, prefix, 4000000));
}

static void show(bench *b, const char *what, void (*op)(bench *b, uint64_t i))
{
    printf("%-33s %6.1f ns\n", what, ns_of(b, op, 1000000));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*op)(bench *b, uint64_t i);
    } ops[] = { { "prefix", prefix }, { "match", match }, { "decide", decide }, { "relay", relay },
                { "plain", relay },   { "proxy", relay }, { "none", none } };
    enum { PROXY = 5 };
    bench *b = calloc(1, sizeof *b);
    if (!b || !(b->numbers = malloc(NUMBERS * sizeof *b->numbers)))
        die("out of memory");
    dia_random_init(&b->random, (const uint8_t[32]){ 42 });
    begin_prefixes(b);
    draw_numbers(b);
    make_routes(b);
    if (argc == 5 && !strcmp(argv[1], "--op") && !strcmp(argv[3], "--count")) {
        size_t k = 0;
        while (k < sizeof ops / sizeof *ops && strcmp(ops[k].name, argv[2]))
            k++;
        if (k == sizeof ops / sizeof *ops)
            die("no such op");
        begin_node(b, strcmp(argv[2], "plain") != 0, ops[k].name == ops[PROXY].name);
        if (ops[k].op == prefix)
            fill_random(b, 9);
        const uint64_t count = strtoull(argv[4], NULL, 10);
        for (uint64_t i = 0; i < count; i++)
            ops[k].op(b, i);
    } else if (argc == 1) {
        fill_random(b, 9);
        show_prefixes(b, "of 9 digits");
        begin_prefixes(b);
        fill_random(b, 12);
        show_prefixes(b, "of 12 digits");
        begin_prefixes(b);
        fill_blocks(b);
        show_prefixes(b, "in blocks");
        begin_node(b, true, false);
        show(b, "the first of a few routes", match);
        show(b, "and a hop of four", decide);
        show(b, "a request relayed by them", relay);
        make_routes(b);
        begin_node(b, false, false);
        show(b, "the same without a table", relay);
        make_routes(b);
        begin_node(b, true, true);
        show(b, "with one, and past hooks", relay);
    } else {
        die("wrong arguments; see the head of bench/route.c");
    }
    return b->sum == 1;
}

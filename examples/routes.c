/* A table of routes, as a node goes by it, and asked where requests would go.
 *
 *     routes
 *
 * Nothing is connected: a table knows no peers. With dia_node_set_routes() a node passes requests on by it, as in routed.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <diatom/app/all.h>
#include <diatom/diatom.h>

enum { GY = 4, S6A = 16777251 };

static void on_wrong_line(void *arg, const dia_prefixes_wrong *wrong)
{
    (void)arg;
    fprintf(stderr, "subscribers:%zu:%zu: %s\n", wrong->line, wrong->column, wrong->text);
}

/* [guide: a table of numbers] */
/* Which subscribers are whose; a file may have a million such lines. */
static int read_subscribers(dia_prefixes **out)
{
    static const char text[] = "26201,home          # what is not said otherwise below\n"
                               "2620130-2620134,iot\n"
                               "26201305,home\n";
    int err = dia_prefixes_new(NULL, out);
    return err ? err : dia_prefixes_read(*out, dia_cstr(text), on_wrong_line, NULL);
}
/* [end] */

/* [guide: routes] */
static int add_routes(dia_routes *routes, const dia_prefixes *subscribers)
{
    static const uint32_t gy[] = { GY }, s6a[] = { S6A };
    static const char *const ours[] = { "*.mnc001.mcc262.3gppnetwork.org", "example.net", NULL };
    static const char *const moved[] = { "old.example", NULL };
    const dia_hop ocs[] = { { "ocs1.example.net", 1, 10 }, { "ocs2.example.net", 1, 5 }, { "ocs3.example.net", 2, 1 } };
    const dia_hop hss[] = { { "hss1.example.net", 1, 1 } }, iot[] = { { "hss-iot.example.net", 1, 1 } };
    const dia_hop dra[] = { { "dra1.example.org", 1, 1 }, { "dra2.example.org", 1, 1 } };
    const dia_hop there[] = { { "aaa://server.new.example:3868", 1, 1 } };
    uint32_t of_iot = 0;
    dia_prefixes_named(subscribers, dia_cstr("iot"), &of_iot);
    const dia_route list[] = {
        { .name = "charging",
          .realms = ours,
          .applications = gy,
          .n_applications = 1,
          .hops = ocs,
          .n_hops = 3,
          .choice = DIA_CHOICE_STICKY },
        { .name = "things",
          .realms = ours,
          .applications = s6a,
          .n_applications = 1,
          .order = -1,
          .imsi = { .table = subscribers, .value = of_iot },
          .hops = iot,
          .n_hops = 1 },
        { .name = "subscribers", .realms = ours, .applications = s6a, .n_applications = 1, .hops = hss, .n_hops = 1 },
        { .name = "moved",
          .realms = moved,
          .action = DIA_ROUTE_REDIRECT,
          .hops = there,
          .n_hops = 1,
          .redirect_usage = 2,
          .redirect_cache_s = 3600 },
        { .name = "default", .hops = dra, .n_hops = 2 },
    };
    char why[200] = "";
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const int err = dia_routes_add(routes, &list[i], NULL, why, sizeof why);
        if (err) {
            fprintf(stderr, "route %s: %s\n", list[i].name, *why ? why : dia_strerror(err));
            return err;
        }
    }
    return 0;
}
/* [end] */

/* [guide: asking a table] */
/* The first route that matches, and of its hops, as if all of them were open, the one that would be chosen. */
static void ask(const dia_routes *routes, const char *realm, uint32_t application, const char *imsi,
                const char *session)
{
    dia_route_query query = { .header_known = true,
                              .application = application,
                              .realm = dia_cstr(realm),
                              .imsi = dia_cstr(imsi),
                              .session_id = dia_cstr(session) };
    dia_route_walk walk;
    dia_routes_match(&walk, routes, &query);
    if (!dia_route_walk_next(&walk)) {
        printf("%s: nowhere\n", realm);
        return;
    }
    dia_live_hop hops[DIA_HOPS_MAX];
    for (size_t i = 0; i < walk.route->n_hops; i++) {
        const dia_hop *hop = &walk.route->hops[i];
        const dia_bytes host = dia_cstr(hop->host);
        hops[i] = (dia_live_hop){ host, hop->priority, hop->weight, 0, DIA_LOAD_UNKNOWN, dia_hop_key(host) };
    }
    const int i = dia_route_choose(walk.route, &query, 0, hops, walk.route->n_hops);
    printf("%s, application %" PRIu32 ", %s: %s by route %s to %s\n", realm, application, imsi ? imsi : "anybody",
           dia_route_action_name(walk.route->action), walk.route->name, walk.route->hops[i].host);
}
/* [end] */

static void print_verdict(void *arg, const dia_route_verdict *verdict)
{
    (void)arg;
    printf("  %s %s: %s\n", verdict->matches ? "+" : "-", verdict->route->name, verdict->text);
}

int main(void)
{
    static const char epc[] = "epc.mnc001.mcc262.3gppnetwork.org";
    dia_prefixes *subscribers = NULL;
    dia_routes *routes = NULL;
    int err = read_subscribers(&subscribers);
    if (!err)
        err = dia_routes_new(&dia_dicts_all, NULL, &routes);
    if (!err)
        err = add_routes(routes, subscribers);
    if (!err) {
        ask(routes, epc, S6A, "262011234567890", NULL);
        ask(routes, epc, S6A, "262013123456789", NULL);
        ask(routes, epc, S6A, "262013051234567", NULL);
        ask(routes, "EXAMPLE.net", GY, NULL, "pgw1.example.net;1;2");
        ask(routes, "Old.example", GY, NULL, NULL);
        ask(routes, "elsewhere.example", S6A, NULL, NULL);
        printf("why not another way?\n");
        dia_route_query query = {
            .header_known = true, .application = S6A, .realm = dia_cstr(epc), .imsi = dia_cstr("262011234567890")
        };
        dia_routes_explain(routes, &query, print_verdict, NULL);
    }
    dia_prefixes_unref(subscribers);
    dia_routes_free(routes);
    return err ? 1 : 0;
}

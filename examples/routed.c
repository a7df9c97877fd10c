/* An agent that goes by a table of routes: charging goes to one server, all else to another.
 *
 *     routed LISTEN CHARGING=URI REST=URI
 *
 * Whoever comes from loopback may connect. SIGTERM and SIGINT end it in order. */
#include <diatom/diatom.h>

#include <stdio.h>
#include <string.h>

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg, (void)node;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
    printf("%s %.*s: %s\n", dia_event_name(event->kind), (int)host.n, (const char *)host.p, event->reason);
}

/* [guide: a node with routes] */
/* The table is the node's from here on; its hops are peers by their names. */
static int route(dia_node *node, const char *charging, const char *rest)
{
    static const uint32_t gy[] = { 4 };
    dia_routes *routes;
    int err = dia_routes_new(NULL, NULL, &routes);
    if (err)
        return err;
    const dia_hop to_charging = { .host = charging }, to_rest = { .host = rest };
    const dia_route first = {
        .name = "charging", .applications = gy, .n_applications = 1, .hops = &to_charging, .n_hops = 1
    };
    const dia_route last = { .name = "rest", .order = 1, .hops = &to_rest, .n_hops = 1 };
    if (!(err = dia_routes_add(routes, &first, NULL, NULL, 0)))
        err = dia_routes_add(routes, &last, NULL, NULL, 0);
    if (err)
        dia_routes_free(routes);
    else
        dia_node_set_routes(node, routes);
    return err;
}
/* [end] */

/* "HOST=URI" is cut into its halves. */
static int add(dia_node *node, char *peer)
{
    char *uri = strchr(peer, '=');
    if (!uri)
        return DIA_EINVAL;
    *uri++ = 0;
    return dia_node_add_peer(node, &(dia_peer_config){ .host = peer, .connect = uri, .reconnect_ms = 1000 }, NULL);
}

static int start(dia_loop *loop, char **argv)
{
    dia_node *node = dia_loop_node(loop);
    char bound[300];
    int err = dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH);
    for (int i = 2; i < 4 && !err; i++)
        err = add(node, argv[i]);
    if (!err)
        err = route(node, argv[2], argv[3]);
    if (!err)
        err = dia_loop_listen(loop, argv[1], bound, sizeof bound);
    if (!err)
        printf("listening %s\n", bound);
    return err;
}

int main(int argc, char **argv)
{
    static const char *const neighbours[] = { "*@127.0.0.0/8", "*@::1/128", NULL };
    const dia_node_config config = {
        .origin_host = "agent.example.org", .origin_realm = "example.org", .allow = neighbours, .on_event = on_event
    };
    char why[200] = "";
    dia_loop *loop = NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 4) {
        fputs("usage: routed LISTEN CHARGING=URI REST=URI\n", stderr);
        return 2;
    }
    int err = dia_loop_new(&config, &loop, why, sizeof why);
    if (!err && !(err = dia_loop_stop_on_signals(loop)) && !(err = start(loop, argv)))
        err = dia_loop_run(loop);
    if (err)
        fprintf(stderr, "routed: %s %s\n", dia_strerror(err), why);
    dia_loop_free(loop);
    return err != 0;
}

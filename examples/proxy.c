/* A proxy of Ro between charging clients and their server: it stamps requests, remembers what it has seen of them, and lets no
 * answer grant more than an hour.
 *
 *     proxy NAME LISTEN [NEXT...]
 *
 * NAME is its DiameterIdentity, LISTEN where clients connect to, NEXT... the addresses of servers. Whoever calls himself by a name
 * of the same realm, or comes from loopback, may connect. */
#include <diatom/app/ro.h>
#include <diatom/diatom.h>

#include <stdio.h>
#include <string.h>

enum { LONGEST_S = 3600 };

/* [guide: hooks of a proxy] */
static void on_request(dia_transit *t, void *arg)
{
    dia_avp context;
    (void)arg;
    if (!dia_transit_find(t, "Service-Context-Id", &context)) {
        dia_transit_reject(t, 5005, "Service-Context-Id is missing");
        return;
    }
    dia_transit_set_text(t, "Destination-Realm", "example.net"); /* whatever the client says */
    dia_transit_remove(t, "Service-Information/IMS-Information");
    dia_transit_put_state(t, context.data); /* comes back with the answer */
}

static void on_answer(dia_transit *t, void *arg)
{
    dia_avp granted;
    (void)arg;
    const dia_bytes context = dia_transit_state(t);
    printf("%u for %.*s\n", dia_transit_result(t, NULL), (int)context.n, context.p ? (const char *)context.p : "");
    if (dia_transit_find(t, "Granted-Service-Unit/CC-Time", &granted) && granted.data.n == 4 &&
        (granted.data.p[0] || granted.data.p[1] || (granted.data.p[2] << 8 | granted.data.p[3]) > LONGEST_S))
        dia_transit_set_text(t, "Granted-Service-Unit/CC-Time", "3600");
}
/* [end] */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg, (void)node;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
    printf("%s %.*s: %s\n", dia_event_name(event->kind), (int)host.n, (const char *)host.p, event->reason);
}

/* [guide: a proxy] */
static int be_a_proxy(dia_loop *loop, const char *listen, char **next)
{
    static const dia_proxy proxy = {
        .name = "charging", .application = 4, .on_request = on_request, .on_answer = on_answer
    };
    dia_node *node = dia_loop_node(loop);
    char bound[300];
    int err = dia_node_use(node, &dia_dict_ro); /* a proxy knows, and advertises, what it proxies */
    if (!err)
        err = dia_node_proxy(node, &proxy);
    for (; *next && !err; next++)
        err = dia_node_add_peer(node, &(dia_peer_config){ .connect = *next, .reconnect_ms = 1000 }, NULL);
    if (!err && (err = dia_loop_listen(loop, listen, bound, sizeof bound)))
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    if (!err)
        printf("listening %s\n", bound);
    return err;
}
/* [end] */

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *const dot = argc > 2 ? strchr(argv[1], '.') : NULL;
    if (!dot) {
        fputs("usage: proxy NAME LISTEN [NEXT...]\n", stderr);
        return 2;
    }
    char realm[300];
    snprintf(realm, sizeof realm, "realm:%s", dot + 1);
    const char *const neighbours[] = { realm, "*@127.0.0.0/8", "*@::1/128", NULL };
    const dia_node_config config = {
        .origin_host = argv[1],
        .origin_realm = dot + 1,
        .allow = neighbours,
        .on_event = on_event,
    };
    char why[200] = "";
    dia_loop *loop = NULL;
    int err = dia_loop_new(&config, &loop, why, sizeof why);
    if (!err && !(err = dia_loop_stop_on_signals(loop)) && !(err = be_a_proxy(loop, argv[2], argv + 3)))
        err = dia_loop_run(loop);
    if (err)
        fprintf(stderr, "proxy: %s %s\n", dia_strerror(err), why);
    dia_loop_free(loop);
    return err != 0;
}

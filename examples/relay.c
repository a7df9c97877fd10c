/* A relay agent: passes on what is not for it, octet by octet, and brings the answers back.
 *
 *     relay NAME LISTEN [NEXT...]
 *
 * NAME is its DiameterIdentity, LISTEN where it is connected to, NEXT... the addresses of servers and other agents that it connects
 * to. Whoever calls himself by a name of the same realm, or comes from loopback, may connect. SIGUSR1 prints what has passed;
 * SIGTERM and SIGINT end it in order, a second one at once. */
#include <diatom/diatom.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void print_counts(void *arg)
{
    const dia_node *node = dia_loop_node(arg);
    const dia_counters c = dia_node_counters(node);
    printf("%llu requests relayed, %llu failovers, %llu refused, %llu without an answer\n",
           (unsigned long long)c.relayed, (unsigned long long)c.failovers, (unsigned long long)c.faults,
           (unsigned long long)(c.timeouts + c.lost));
    for (dia_peer *p = NULL; (p = dia_node_next_peer(node, p));) {
        const dia_bytes host = dia_peer_host(p);
        const dia_counters of = dia_peer_counters(p);
        printf("  %.*s: %llu from it, %llu to it, %s\n", (int)host.n, (const char *)host.p,
               (unsigned long long)of.relayed, (unsigned long long)of.requests_out,
               dia_peer_takes_requests(p) ? "open" : "not open");
    }
}

/* The peers that come and go, and what went wrong; not each request that was refused. */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg, (void)node;
    if (event->kind == DIA_EVENT_FAULT || event->kind == DIA_EVENT_FAILOVER)
        return;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
    printf("%s %.*s: %s\n", dia_event_name(event->kind), (int)host.n, (const char *)host.p, event->reason);
}

/* [guide: a relay] */
static int be_a_relay(dia_loop *loop, const char *listen, char **next)
{
    dia_node *node = dia_loop_node(loop);
    char bound[300];
    int err = dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH);
    for (; *next && !err; next++) /* the name of each is learned from its CEA */
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
        fputs("usage: relay NAME LISTEN [NEXT...]\n", stderr);
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
    if (!err && !(err = dia_loop_stop_on_signals(loop)) &&
        !(err = dia_loop_on_signal(loop, SIGUSR1, print_counts, loop)) && !(err = be_a_relay(loop, argv[2], argv + 3)))
        err = dia_loop_run(loop);
    if (err)
        fprintf(stderr, "relay: %s %s\n", dia_strerror(err), why);
    dia_loop_free(loop);
    return err != 0;
}

/* A credit-control server between two networks, with all that a node can say about its peers.
 *
 *     peers INSIDE OUTSIDE RELAY...
 *
 * INSIDE and OUTSIDE are where it listens, RELAY... the addresses of a peer that it connects to. SIGUSR1 prints the status,
 * SIGHUP offers accounting as well, or no more; SIGTERM and SIGINT end it in order, a second one at once. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <signal.h>
#include <stdio.h>

enum { ACCOUNTING = 3 };

struct server {
    dia_loop *loop;
    bool accounts; /* accounting is offered */
};

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg, (void)ccr;
    dia_request_answer_least(request, DIA_RESULT_CODE_SUCCESS);
}

/* [guide: a peer] */
static int add_relay(dia_node *node, char **addresses)
{
    const dia_peer_config relay = {
        .host = "relay.example.net",
        .connect = addresses[0],
        .also = (const char *const *)addresses + 1, /* tried in this order; NULL ends them */
        .watchdog_ms = 10000,
        .reconnect_ms = 5000,
        .socket = { .dscp = 46, .user_timeout_ms = 20000 },
    };
    return dia_node_add_peer(node, &relay, NULL);
}
/* [end] */

/* [guide: listeners] */
static int listen_at(dia_loop *loop, const char *inside, const char *outside)
{
    static const char *const partners[] = { "realm:*.partner.example@127.0.0.0/8", "*.roaming.example", NULL };
    const dia_listen_config door = {
        .as = { .identity = { .origin_host = "ocs.example.com", .origin_realm = "example.com" }, .allow = partners },
        .socket = { .keepalive_s = 60 },
    };
    char bound[2][300];
    int err = dia_loop_listen(loop, inside, bound[0], sizeof bound[0]);
    if (!err)
        err = dia_loop_listen_as(loop, outside, &door, bound[1], sizeof bound[1]);
    if (err)
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    else
        printf("listening %s\nlistening %s\n", bound[0], bound[1]);
    return err;
}
/* [end] */

/* [guide: strangers] */
static uint32_t admit(void *arg, dia_node *node, const dia_stranger *who)
{
    static const struct {
        const char *host;
        uint32_t answer;
    } book[] = { { "pgw1.example.net", DIA_RESULT_CODE_SUCCESS }, { "pgw2.example.net", DIA_RESULT_CODE_TOO_BUSY } };
    (void)arg, (void)node;
    for (size_t i = 0; i < sizeof book / sizeof *book; i++)
        if (dia_bytes_equal_nocase(who->host, dia_cstr(book[i].host)))
            return book[i].answer;
    return DIA_RESULT_CODE_UNKNOWN_PEER;
}
/* [end] */

/* [guide: events] */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg, (void)node;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
    printf("%s %.*s: %s\n", dia_event_name(event->kind), (int)host.n, (const char *)host.p, event->reason);
}
/* [end] */

/* [guide: status] */
static void print_status(void *arg)
{
    const struct server *s = arg;
    for (dia_peer *p = NULL; (p = dia_node_next_peer(dia_loop_node(s->loop), p));) {
        dia_peer_status status;
        size_t n;
        dia_peer_get_status(p, &status);
        printf("%.*s is %s, watchdog %s; last error: %s\n", (int)status.host.n, (const char *)status.host.p,
               dia_peer_state_name(status.state), dia_watch_state_name(status.watch),
               status.last_error ? status.last_error : "none");
        const dia_count *counts = dia_peer_counts(p, &n);
        for (const dia_count *c = counts; c < counts + n; c++)
            printf("  command %u: %llu %s %s, result %u\n", c->command, (unsigned long long)c->n,
                   c->request ? "requests" : "answers", c->sent ? "sent" : "received", c->result_code);
    }
}
/* [end] */

/* [guide: update] */
static void begin_or_end_accounting(void *arg)
{
    struct server *s = arg;
    dia_node *node = dia_loop_node(s->loop);
    s->accounts = !s->accounts;
    if (s->accounts)
        dia_node_advertise(node, ACCOUNTING, 0, DIA_APP_ACCT);
    else
        dia_node_withdraw(node, ACCOUNTING); /* its requests get 3007 from now on */
    printf("%d peers were told\n", dia_node_announce(node));
}
/* [end] */

/* [guide: stopping] */
static int run(struct server *s)
{
    dia_loop_stop_on_signals(s->loop); /* SIGTERM, SIGINT: dia_loop_stop() */
    dia_loop_on_signal(s->loop, SIGUSR1, print_status, s);
    dia_loop_on_signal(s->loop, SIGHUP, begin_or_end_accounting, s);
    return dia_loop_run(s->loop); /* until all peers have said good-bye */
}
/* [end] */

int main(int argc, char **argv)
{
    struct server s = { NULL, false };
    const dia_node_config config = {
        .origin_host = "ocs.example.net",
        .origin_realm = "example.net",
        .capabilities_update = true,
        .admit = admit,
        .on_event = on_event,
        .arg = &s,
    };
    char why[200] = "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    int err = argc > 3 ? dia_loop_new(&config, &s.loop, why, sizeof why) : DIA_EINVAL;
    if (!err && !(err = dia_serve_ro_ccr(dia_loop_node(s.loop), on_ccr, NULL)) &&
        !(err = listen_at(s.loop, argv[1], argv[2])) && !(err = add_relay(dia_loop_node(s.loop), argv + 3)))
        err = run(&s);
    if (err)
        fprintf(stderr, "peers INSIDE OUTSIDE RELAY...: %s %s\n", dia_strerror(err), why);
    dia_loop_free(s.loop);
    return err != 0;
}

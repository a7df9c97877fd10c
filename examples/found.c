/* A credit-control client that knows no server, only its realm: who serves it there is found in the DNS.
 *
 *     found REALM [NAME-SERVER]
 *
 * NAME-SERVER, such as 192.0.2.53, is asked instead of the system's. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

struct client {
    dia_loop *loop;
    int failures;
};

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct client *c = arg;
    const dia_bytes host = cca ? cca->origin_host : (dia_bytes){ NULL, 0 };
    printf("%s: %u of %.*s\n", dia_outcome_name(outcome->kind), outcome->result_code, (int)host.n,
           (const char *)host.p);
    c->failures += outcome->result_code != DIA_RESULT_CODE_SUCCESS;
    dia_loop_stop(c->loop);
}

/* What was found, or why nothing, is told before anybody is connected to. */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct client *c = arg;
    printf("%s: %s\n", dia_event_name(event->kind), event->reason);
    if (event->kind == DIA_EVENT_PEER_UP) {
        const dia_ro_ccr ccr = {
            .service_context_id = DIA_LIT("32251@3gpp.org"),
            .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST,
        };
        const int err = dia_send_ro_ccr(node, &ccr, 5000, on_cca, c);
        if (err)
            fprintf(stderr, "not sent: %s\n", dia_strerror(err));
        c->failures += err != 0;
    } else if (event->kind == DIA_EVENT_CONNECT_FAILED || (event->kind == DIA_EVENT_DISCOVERED && !event->found)) {
        c->failures++;
    }
    if (c->failures)
        dia_loop_stop(c->loop);
}

/* [guide: a peer by its realm] */
static int find(dia_loop *loop, const char *realm)
{
    const dia_peer_config peer = {
        .realm = realm,
        .realm_application = 4,
        .insecure = true, /* ways without TLS, too, behind all others: without it only TLS is a way */
    };
    const int err = dia_node_use(dia_loop_node(loop), &dia_dict_ro);
    return err ? err : dia_node_add_peer(dia_loop_node(loop), &peer, NULL);
}
/* [end] */

int main(int argc, char **argv)
{
    struct client c = { 0 };
    const dia_node_config config = {
        .origin_host = "pgw.example.org",
        .origin_realm = "example.org",
        .destination_realm = argc > 1 ? argv[1] : NULL,
        .on_event = on_event,
        .arg = &c,
    };
    char why[200] = "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || argc > 3) {
        fputs("usage: found REALM [NAME-SERVER]\n", stderr);
        return 2;
    }
    int err = dia_loop_new(&config, &c.loop, why, sizeof why);
    if (!err && argc > 2)
        err = dia_loop_name_servers(c.loop, argv[2]);
    if (!err && !(err = find(c.loop, argv[1])))
        err = dia_loop_run(c.loop);
    if (err)
        fprintf(stderr, "found: %s %s\n", dia_strerror(err), why);
    dia_loop_free(c.loop);
    return err || c.failures;
}

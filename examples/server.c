/* A credit-control server: grants one megabyte to whoever asks. Listens where its argument says, or on a port that the
 * kernel chooses; SIGTERM and SIGINT end it. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { MEGABYTE = 1000000, SERVICES_MAX = 16 };

/* [guide: answer a request] */
static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    const dia_cc_granted_service_unit granted = { .cc_total_octets = DIA_U64(MEGABYTE) };
    dia_ro_multiple_services_credit_control services[SERVICES_MAX];
    size_t n = 0;
    for (; n < ccr->multiple_services_credit_control.n && n < SERVICES_MAX; n++) {
        const dia_ro_multiple_services_credit_control *asked = &ccr->multiple_services_credit_control.v[n];
        services[n] = (dia_ro_multiple_services_credit_control){
            .rating_group = asked->rating_group,
            .granted_service_unit = asked->requested_service_unit ? &granted : NULL,
            .result_code = DIA_U32(DIA_RESULT_CODE_SUCCESS),
        };
    }
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
        .multiple_services_credit_control = { services, n },
    };
    if (dia_answer_ro_cca(request, &cca))
        fprintf(stderr, "not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
}
/* [end] */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    (void)node;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : dia_cstr("-");
    fprintf(stderr, "%s %.*s: %s\n", dia_event_name(event->kind), (int)host.n, (const char *)host.p, event->reason);
}

/* [guide: main] */
int main(int argc, char **argv)
{
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = {
        .origin_host = "ocs.example.net",
        .origin_realm = "example.net",
        .allow = anybody,
        .on_event = on_event,
    };
    char text[300] = "";
    dia_loop *loop;
    int err = dia_loop_new(&config, &loop, text, sizeof text);
    if (err) {
        fprintf(stderr, "%s: %s\n", dia_strerror(err), text);
        return 1;
    }
    dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, NULL);
    dia_loop_stop_on_signals(loop);
    err = dia_loop_listen(loop, argc > 1 ? argv[1] : "aaa://127.0.0.1:0", text, sizeof text);
    if (!err) {
        printf("listening %s\n", text);
        fflush(stdout);
        dia_loop_run(loop);
    } else {
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    }
    dia_loop_free(loop);
    return err != 0;
}
/* [end] */

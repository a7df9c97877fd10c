/* A home subscriber server (S6a of TS 29.272) that knows one subscriber, at an address of our choice or the argument's. */
#include <diatom/app/s6a_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { VENDOR_3GPP = 10415 };

static void answer(dia_request *request, const dia_s6a_ula *ula)
{
    if (dia_answer_s6a_ula(request, ula))
        fprintf(stderr, "not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
}

/* [guide: locate a subscriber] */
static void on_ulr(dia_request *request, const dia_s6a_ulr *ulr, void *imsi)
{
    const dia_ts29272_ambr rates = { .max_requested_bandwidth_ul = 50000000, .max_requested_bandwidth_dl = 100000000 };
    const dia_ts29272_subscription_data data = {
        .network_access_mode = DIA_I32(DIA_TS29272_NETWORK_ACCESS_MODE_ONLY_PACKET),
        .ambr = &rates,
    };
    const dia_experimental_result unknown = {
        .vendor_id = VENDOR_3GPP,
        .experimental_result_code = DIA_TS29229_EXPERIMENTAL_RESULT_CODE_ERROR_USER_UNKNOWN,
    };
    dia_s6a_ula ula = { .auth_session_state = DIA_AUTH_SESSION_STATE_NO_STATE_MAINTAINED };
    if (dia_bytes_equal(ulr->user_name, dia_cstr(imsi))) {
        ula.result_code = DIA_U32(DIA_RESULT_CODE_SUCCESS);
        ula.subscription_data = &data;
    } else {
        ula.experimental_result = &unknown;
    }
    answer(request, &ula);
}
/* [end] */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    (void)node;
    fprintf(stderr, "%s: %s\n", dia_event_name(event->kind), event->reason);
}

int main(int argc, char **argv)
{
    static char imsi[] = "001010000000001";
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = {
        .origin_host = "hss.example.net",
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
    dia_serve_s6a_ulr(dia_loop_node(loop), on_ulr, imsi);
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

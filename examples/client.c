/* A credit-control client: one session of three requests against the server that its argument names. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

struct session {
    dia_loop *loop;
    dia_session_id id;
    uint32_t number;
    int failures;
};

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg);

/* [guide: send a request] */
static void charge(struct session *s)
{
    const int32_t types[] = { DIA_CC_REQUEST_TYPE_INITIAL_REQUEST, DIA_CC_REQUEST_TYPE_UPDATE_REQUEST,
                              DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST };
    const dia_cc_subscription_id subscriber = {
        .subscription_id_type = DIA_CC_SUBSCRIPTION_ID_TYPE_END_USER_E164,
        .subscription_id_data = DIA_LIT("491700000001"),
    };
    const dia_cc_requested_service_unit anything = { .cc_total_octets = { 0 } };
    const dia_ro_multiple_services_credit_control service = {
        .rating_group = DIA_U32(10),
        .requested_service_unit = s->number < 2 ? &anything : NULL,
    };
    const dia_ro_ccr ccr = {
        .session_id = dia_session_id_bytes(&s->id),
        .service_context_id = DIA_LIT("32251@3gpp.org"),
        .cc_request_type = types[s->number],
        .cc_request_number = s->number,
        .subscription_id = { &subscriber, 1 },
        .multiple_services_credit_control = { &service, 1 },
    };
    const int err = dia_send_ro_ccr(dia_loop_node(s->loop), &ccr, 5000, on_cca, s);
    if (err) {
        fprintf(stderr, "not sent: %s\n", dia_strerror(err));
        s->failures++;
        dia_loop_stop(s->loop);
    }
}
/* [end] */

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct session *s = arg;
    if (outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == DIA_RESULT_CODE_SUCCESS) {
        printf("CCA %u: %u\n", cca->cc_request_number, outcome->result_code);
    } else {
        fprintf(stderr, "CCR %u: %s, Result-Code %u\n", s->number, dia_outcome_name(outcome->kind),
                outcome->result_code);
        s->failures++;
    }
    if (++s->number < 3 && !s->failures)
        charge(s);
    else
        dia_loop_stop(s->loop);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct session *s = arg;
    if (event->kind == DIA_EVENT_PEER_UP && !dia_session_id_next(node, NULL, &s->id)) {
        charge(s);
    } else if (event->kind == DIA_EVENT_CONNECT_FAILED) {
        fprintf(stderr, "not connected to %s: %s\n", event->uri ? event->uri : "the server", event->reason);
        s->failures++;
        dia_loop_stop(s->loop);
    }
}

int main(int argc, char **argv)
{
    struct session s = { 0 };
    const dia_node_config config = {
        .origin_host = "pgw.example.net",
        .origin_realm = "example.net",
        .destination_realm = "example.net",
        .on_event = on_event,
        .arg = &s,
    };
    char why[200] = "";
    const int err = argc == 2 ? dia_loop_new(&config, &s.loop, why, sizeof why) : DIA_EINVAL;
    if (err) {
        fprintf(stderr, "usage: client aaa://HOST:PORT (%s %s)\n", dia_strerror(err), why);
        return 2;
    }
    dia_node_use(dia_loop_node(s.loop), &dia_dict_ro);
    if (dia_node_add_peer(dia_loop_node(s.loop), &(dia_peer_config){ .connect = argv[1] }, NULL))
        s.failures++;
    else
        dia_loop_run(s.loop);
    dia_loop_free(s.loop);
    return s.failures != 0;
}

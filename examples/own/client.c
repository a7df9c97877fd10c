/* A client of our own application: asks the server of its first argument whether the badge of its second opens the main
 * entrance. Ends with 0 when it does. */
#include <diatom/app/door_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

struct visit {
    dia_loop *loop;
    const char *badge;
    int status;
};

/* [guide: outcome] */
static void on_doa(const dia_outcome *outcome, const dia_door_doa *doa, void *arg)
{
    struct visit *visit = arg;
    if (outcome->kind == DIA_OUTCOME_ANSWER && doa->door_state.value == DIA_DOOR_STATE_OPEN) {
        printf("open for %u seconds\n", doa->open_seconds.value);
        visit->status = 0;
    } else if (outcome->kind == DIA_OUTCOME_ANSWER) {
        printf("shut: Result-Code %u\n", outcome->result_code);
    } else {
        fprintf(stderr, "%s\n", dia_outcome_name(outcome->kind));
    }
    dia_loop_stop(visit->loop);
}
/* [end] */

/* [guide: ask] */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct visit *visit = arg;
    const dia_door_door entrance = { .door_name = DIA_LIT("main entrance"), .floor = DIA_I32(0) };
    const dia_door_dor dor = { .badge = dia_cstr(visit->badge), .door = { &entrance, 1 } };
    if (event->kind == DIA_EVENT_PEER_UP && dia_send_door_dor(node, &dor, 5000, on_doa, visit) == 0)
        return;
    if (event->kind == DIA_EVENT_PEER_UP)
        fprintf(stderr, "not sent: %s\n", dia_node_last_fault(node));
    else if (event->kind == DIA_EVENT_CONNECT_FAILED)
        fprintf(stderr, "not connected to %s: %s\n", event->uri ? event->uri : "the door", event->reason);
    else
        return;
    dia_loop_stop(visit->loop);
}
/* [end] */

int main(int argc, char **argv)
{
    struct visit visit = { .badge = argc > 2 ? argv[2] : "", .status = 1 };
    const dia_node_config config = {
        .origin_host = "gate.example.net",
        .origin_realm = "example.net",
        .destination_realm = "example.net",
        .on_event = on_event,
        .arg = &visit,
    };
    const dia_peer_config peer = { .connect = argc > 1 ? argv[1] : NULL };
    char why[200] = "";
    if (argc != 3) {
        fprintf(stderr, "usage: client aaa://HOST:PORT BADGE\n");
        return 2;
    }
    int err = dia_loop_new(&config, &visit.loop, why, sizeof why);
    if (!err)
        err = dia_node_use(dia_loop_node(visit.loop), &dia_dict_door);
    if (!err)
        err = dia_node_add_peer(dia_loop_node(visit.loop), &peer, NULL);
    if (!err)
        err = dia_loop_run(visit.loop);
    if (err)
        fprintf(stderr, "%s %s\n", dia_strerror(err), why);
    dia_loop_free(visit.loop);
    return err ? 1 : visit.status;
}

/* A server of our own application: every badge that begins with "staff" opens doors for five seconds, others open none. */
#include <diatom/app/door_node.h>
#include <diatom/diatom.h>

#include <stdio.h>
#include <string.h>

/* [guide: answer] */
static void on_dor(dia_request *request, const dia_door_dor *dor, void *arg)
{
    (void)arg;
    const bool known = dor->badge.n >= 5 && memcmp(dor->badge.p, "staff", 5) == 0;
    const dia_door_doa doa = {
        .result_code = known ? DIA_RESULT_CODE_SUCCESS : DIA_RESULT_CODE_AUTHORIZATION_REJECTED,
        .door_state = DIA_I32(known ? DIA_DOOR_STATE_OPEN : DIA_DOOR_STATE_SHUT),
        .open_seconds = { .value = 5, .set = known },
    };
    for (size_t i = 0; i < dor->door.n; i++)
        printf("%.*s asks for %.*s\n", (int)dor->badge.n, (const char *)dor->badge.p, (int)dor->door.v[i].door_name.n,
               (const char *)dor->door.v[i].door_name.p);
    fflush(stdout);
    if (dia_answer_door_doa(request, &doa))
        fprintf(stderr, "not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
}
/* [end] */

int main(int argc, char **argv)
{
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "doors.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody };
    char text[300] = "";
    dia_loop *loop;
    int err = dia_loop_new(&config, &loop, text, sizeof text);
    if (err) {
        fprintf(stderr, "%s: %s\n", dia_strerror(err), text);
        return 1;
    }
    dia_serve_door_dor(dia_loop_node(loop), on_dor, NULL);
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

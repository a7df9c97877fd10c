/* The server of server.c inside an event loop that is not ours: plain poll(2) over our own pipe and Diatom's one
 * descriptor. Ends when standard input ends. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    unsigned *served = arg;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    *served += !dia_answer_ro_cca(request, &cca);
}

/* [guide: a loop of your own] */
static void run(dia_loop *loop)
{
    struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { dia_loop_fd(loop), POLLIN, 0 } };
    while (dia_loop_process(loop)) {
        if (poll(fds, 2, dia_loop_timeout(loop)) < 0)
            continue;
        char line[256];
        if (fds[0].revents && read(STDIN_FILENO, line, sizeof line) <= 0) {
            fds[0].fd = -1;
            dia_loop_stop(loop);
        }
    }
}
/* [end] */

int main(void)
{
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "ocs.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody };
    unsigned served = 0;
    char text[300] = "";
    dia_loop *loop;
    if (dia_loop_new(&config, &loop, text, sizeof text)) {
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, &served);
    const int err = dia_loop_listen(loop, "aaa://127.0.0.1:0", text, sizeof text);
    if (err) {
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    } else {
        printf("listening %s\n", text);
        fflush(stdout);
        run(loop);
        printf("served %u\n", served);
    }
    dia_loop_free(loop);
    return err != 0;
}

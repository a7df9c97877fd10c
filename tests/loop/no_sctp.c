/* A build without the kernel's SCTP: who wants that stack is told so, whatever the kernel has. */
#include "pair.h"

#include <stdio.h>

static const char left_out[] = "the kernel's SCTP was left out of this build (linux/sctp.h)";

static void the_stack_is_refused(void)
{
    const dia_sctp_config kernel = { .stack = DIA_SCTP_KERNEL };
    char why[100] = "";
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_sctp(loop, &kernel, why, sizeof why), DIA_ENOTSUP);
    need_str(why, left_out);
    need_str(dia_loop_last_fault(loop), left_out);
done:
    dia_loop_free(loop);
}

static void neither_listens_nor_connects(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    pair.server.loop->sctp.stack = pair.client.loop->sctp.stack = DIA_SCTP_KERNEL;
    need_int(dia_loop_listen(pair.server.loop, "aaa://127.0.0.1:0;transport=sctp", NULL, 0), DIA_ENOTSUP);
    need(strstr(dia_loop_last_fault(pair.server.loop), left_out));
    snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1;transport=sctp");
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, left_out);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "the_stack_is_refused", the_stack_is_refused },
        { "neither_listens_nor_connects", neither_listens_nor_connects },
    };
    return HARNESS_RUN("loop/no_sctp", tests);
}

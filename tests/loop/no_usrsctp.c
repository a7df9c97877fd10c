/* A build without usrsctp: who wants that stack is told so, and where either stack would do, what both lack. */
#include "pair.h"

#include "loop/sctp.h"

#include <stdio.h>

static const char left_out[] = "usrsctp was left out of this build";

static void the_stack_is_refused(void)
{
    const dia_sctp_config user = { .stack = DIA_SCTP_USER, .udp_port = 9899 };
    char why[100] = "";
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_sctp(loop, &user, why, sizeof why), DIA_ENOTSUP);
    need_str(why, left_out);
    need_str(dia_loop_last_fault(loop), left_out);
done:
    dia_loop_free(loop);
}

/* Where the kernel has none, or its own was left out, too. */
static void either_stack_is_none(void)
{
    static const dia_sctp_config either = { .udp_port = 9899 };
    struct pair pair = { 0 };
    const char *no_kernel = NULL;
    char both[200];
    if (dia_sctp_kernel(&no_kernel))
        return;
    snprintf(both, sizeof both, "%s, and %s", no_kernel, left_out);
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_sctp(pair.server.loop, &either, NULL, 0), DIA_ENOTSUP);
    need_str(dia_loop_last_fault(pair.server.loop), both);
    need_int(dia_loop_listen(pair.server.loop, "aaa://127.0.0.1:0;transport=sctp", NULL, 0), DIA_ENOTSUP);
    need(strstr(dia_loop_last_fault(pair.server.loop), both));
    snprintf(pair.uri, sizeof pair.uri, "aaa://127.0.0.1;transport=sctp");
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, both);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "the_stack_is_refused", the_stack_is_refused },
        { "either_stack_is_none", either_stack_is_none },
    };
    return HARNESS_RUN("loop/no_usrsctp", tests);
}

/* A build without libmicrohttpd: metrics over HTTP are refused by name. */
#include "pair.h"

static void nothing_is_served(void)
{
    char bound[64] = "as it was";
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_serve_metrics(loop, "127.0.0.1:0", NULL, bound, sizeof bound), DIA_ENOTSUP);
    need_str(dia_loop_last_fault(loop),
             "cannot serve metrics at '127.0.0.1:0': HTTP was left out of this build (libmicrohttpd)");
    need_str(bound, "as it was");
    need_int(dia_loop_serve_metrics_end(loop, "127.0.0.1:9090"), DIA_ENOENT);
    need_str(dia_loop_last_fault(loop), "no metrics are served at '127.0.0.1:9090'");
done:
    dia_loop_free(loop);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "nothing_is_served", nothing_is_served },
    };
    return HARNESS_RUN("loop/no_metrics", tests);
}

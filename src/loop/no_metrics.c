/* Metrics over HTTP, where libmicrohttpd was left out of the build. */
#include "loop/loop.h"

int dia_loop_serve_metrics(dia_loop *loop, const char *address, const dia_metrics_config *config, char *bound,
                           size_t bound_size)
{
    (void)config, (void)bound, (void)bound_size;
    return dia_loop_failed(loop, DIA_ENOTSUP,
                           "cannot serve metrics at '%s': HTTP was left out of this build (libmicrohttpd)",
                           address ? address : "");
}

int dia_loop_serve_metrics_end(dia_loop *loop, const char *bound)
{
    return dia_loop_failed(loop, DIA_ENOENT, "no metrics are served at '%s'", bound);
}

void dia_metrics_close_all(dia_loop *loop)
{
    (void)loop;
}

/* Metrics over HTTP, where libmicrohttpd was left out of the build. */
#include "loop/loop.h"

int dia_loop_serve_metrics(dia_loop *loop, const char *address, const dia_metrics_config *config, char *bound,
                           size_t bound_size)
{
    (void)loop, (void)address, (void)config, (void)bound, (void)bound_size;
    return DIA_ENOTSUP;
}

int dia_loop_serve_metrics_end(dia_loop *loop, const char *bound)
{
    (void)loop, (void)bound;
    return DIA_ENOENT;
}

void dia_metrics_close_all(dia_loop *loop)
{
    (void)loop;
}

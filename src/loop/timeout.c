/* Timers of the application. */
#include "loop/loop.h"

typedef struct timeout {
    dia_list place; /* in loop->timeouts, until it has fired or was cancelled */
    uv_timer_t timer;
    const dia_allocator *alloc;
    void (*fn)(void *arg);
    void *arg;
} timeout;

static void on_closed(uv_handle_t *handle)
{
    timeout *t = DIA_OF(handle, timeout, timer);
    dia_release(t->alloc, t, sizeof *t);
}

static void end(timeout *t)
{
    dia_list_remove(&t->place);
    uv_close((uv_handle_t *)&t->timer, on_closed);
}

static void on_timer(uv_timer_t *timer)
{
    timeout *t = DIA_OF(timer, timeout, timer);
    end(t);
    t->fn(t->arg);
}

int dia_loop_after(dia_loop *loop, uint32_t ms, void (*fn)(void *arg), void *arg)
{
    timeout *t = dia_alloc0(loop->alloc, sizeof *t);
    if (!t)
        return dia_loop_failed(loop, DIA_ENOMEM, "no memory for a timer");
    t->alloc = loop->alloc;
    t->fn = fn;
    t->arg = arg;
    uv_timer_init(&loop->uv, &t->timer);
    uv_update_time(&loop->uv);
    uv_timer_start(&t->timer, on_timer, ms, 0);
    dia_list_push_back(&loop->timeouts, &t->place);
    return 0;
}

size_t dia_loop_after_cancel(dia_loop *loop, void (*fn)(void *arg), const void *arg)
{
    size_t n = 0;
    DIA_LIST_EACH (p, &loop->timeouts) {
        timeout *t = DIA_OF(p, timeout, place);
        if (t->fn != fn || t->arg != arg)
            continue;
        end(t);
        n++;
    }
    return n;
}

void dia_timeout_close_all(dia_loop *loop)
{
    DIA_LIST_EACH (p, &loop->timeouts)
        end(DIA_OF(p, timeout, place));
}

/* Signals, which arrive in the loop like everything else. */
#include "loop/loop.h"

#include <errno.h>
#include <signal.h>

typedef struct signal_watch {
    dia_list place; /* in loop->signals */
    uv_signal_t signal;
    const dia_allocator *alloc;
    void (*fn)(void *arg);
    void *arg;
} signal_watch;

static void on_closed(uv_handle_t *handle)
{
    signal_watch *w = DIA_OF(handle, signal_watch, signal);
    dia_release(w->alloc, w, sizeof *w);
}

static void end(signal_watch *w)
{
    dia_list_remove(&w->place);
    uv_close((uv_handle_t *)&w->signal, on_closed);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    const signal_watch *w = DIA_OF(handle, signal_watch, signal);
    (void)signum;
    w->fn(w->arg);
}

static signal_watch *find(const dia_loop *loop, int signum)
{
    for (dia_list *p = loop->signals.next; p != &loop->signals; p = p->next) {
        signal_watch *w = DIA_OF(p, signal_watch, place);
        if (w->signal.signum == signum)
            return w;
    }
    return NULL;
}

static int begin(dia_loop *loop, int signum, void (*fn)(void *arg), void *arg)
{
    signal_watch *w = dia_alloc0(loop->alloc, sizeof *w);
    if (!w)
        return DIA_ENOMEM;
    *w = (signal_watch){ .alloc = loop->alloc, .fn = fn, .arg = arg };
    int err = uv_signal_init(&loop->uv, &w->signal);
    if (err) {
        dia_release(loop->alloc, w, sizeof *w);
        errno = -err;
        return DIA_ESYSTEM;
    }
    dia_list_push_back(&loop->signals, &w->place);
    err = uv_signal_start(&w->signal, on_signal, signum);
    if (!err)
        return 0;
    end(w);
    errno = -err;
    return err == UV_EINVAL ? DIA_EINVAL : DIA_ESYSTEM;
}

int dia_loop_on_signal(dia_loop *loop, int signum, void (*fn)(void *arg), void *arg)
{
    signal_watch *w = find(loop, signum);
    if (!fn && w)
        end(w);
    if (!fn)
        return 0;
    if (!w) {
        const int err = begin(loop, signum, fn, arg);
        return err ? dia_loop_failed(loop, err, "cannot hear signal %d: %s", signum, dia_loop_words(err)) : 0;
    }
    w->fn = fn;
    w->arg = arg;
    return 0;
}

static void stop(void *loop)
{
    dia_loop_stop(loop);
}

int dia_loop_stop_on_signals(dia_loop *loop)
{
    const int err = dia_loop_on_signal(loop, SIGTERM, stop, loop);
    return err ? err : dia_loop_on_signal(loop, SIGINT, stop, loop);
}

void dia_signal_close_all(dia_loop *loop)
{
    DIA_LIST_EACH (p, &loop->signals)
        end(DIA_OF(p, signal_watch, place));
}

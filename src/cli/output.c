/* Standard output of a program that serves: written in pieces that never wait. */
#include "output.h"

#include "memory.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A pipe that poll() calls writable takes PIECE octets (POSIX: PIPE_BUF) without waiting. */
enum { WAITING_MAX = 1 << 20, PIECE = 512, AGAIN_MS = 20, REFUSED_MS = 1000, LINE_MAX_ = 1024 };

static bool has_room(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    return poll(&out, 1, 0) > 0;
}

static void on_again(void *arg);

/* All that waited is written: what was dropped meanwhile is said. */
static void tell_lost(cli_output *o)
{
    const uint64_t n = o->dropped - o->told;
    if (!n || !o->on_lost)
        return;
    o->told = o->dropped;
    o->on_lost(o->arg, n);
}

/* Nobody reads any more: it is tried once more at the end, through stdio. A disk that is full may have room again. */
static bool is_final(int why)
{
    return why == EPIPE || why == EBADF;
}

static void write_some(cli_output *o)
{
    size_t at = 0;
    bool refused = false;
    if (!o->loop || !o->n || o->waits || o->failed)
        return;
    while (at < o->n && !refused && has_room()) {
        const size_t n = o->n - at < PIECE ? o->n - at : PIECE;
        const ssize_t done = write(STDOUT_FILENO, o->text + at, n);
        if (done > 0)
            at += (size_t)done;
        else
            refused = errno != EINTR && errno != EAGAIN;
    }
    o->failed = refused && is_final(errno);
    if (at) {
        memmove(o->text, o->text + at, o->n - at);
        o->n -= at;
    }
    if (o->n && !o->failed) /* and until then nothing is tried */
        o->waits = dia_loop_after(o->loop, refused ? REFUSED_MS : AGAIN_MS, on_again, o) == 0;
    else if (!o->n)
        tell_lost(o);
}

static void on_again(void *arg)
{
    cli_output *o = arg;
    o->waits = false;
    write_some(o);
}

void cli_output_begin(cli_output *o, dia_loop *loop)
{
    o->loop = loop;
    o->waits = false;
    if (loop)
        write_some(o);
    else
        tell_lost(o); /* behind what waits */
}

void cli_output_put(cli_output *o, const char *text, size_t n)
{
    char *grown = o->loop && o->n >= WAITING_MAX ? NULL : cli_try_grow(o->text, &o->cap, o->n + n + 1, 1);
    if (!grown) {
        o->dropped++;
        return;
    }
    o->text = grown;
    memcpy(o->text + o->n, text, n);
    o->n += n;
    write_some(o);
}

void cli_output_print(cli_output *o, const char *format, ...)
{
    char line[LINE_MAX_];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0)
        cli_output_put(o, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void cli_output_end(cli_output *o)
{
    if (o->n)
        fwrite(o->text, 1, o->n, stdout);
    fflush(stdout);
    free(o->text);
    *o = (cli_output){ 0 };
}

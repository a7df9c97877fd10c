/* How a program that serves is watched and controlled. */
#include "watch.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const cli_option cli_watch_rows[2] = {
    { "control", 0, CLI_TEXT, offsetof(cli_watch_options, control), "PATH",
      "take the commands of 'diatom ctl' at this local socket" },
    { "metrics", 0, CLI_TEXT, offsetof(cli_watch_options, metrics), "ADDRESS:PORT",
      "serve /metrics for Prometheus and /healthz over HTTP, such as\n127.0.0.1:9090 (port 0: any)" },
};

int64_t cli_wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static dia_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (dia_time){ (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 };
}

bool cli_is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat file;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && !fstat(fd, &file) &&
           (unsigned long long)file.st_dev == device && (unsigned long long)file.st_ino == inode;
}

/* ---- The log ---- */

static void write_line(void *arg, const char *line, size_t n)
{
    cli_watch *w = arg;
    if (w->output)
        cli_output_put(w->output, line, n);
}

static void on_lost(void *arg, uint64_t n)
{
    cli_watch_say(arg, DIA_LOG_ERROR, "log", "%" PRIu64 " lines were not written", n);
}

int cli_watch_log(const cli_command *command, cli_watch *w, const dia_log_config *given, cli_output *output)
{
    dia_log_config config = *given;
    config.journald = config.journald || cli_is_journal(STDOUT_FILENO);
    config.write = write_line;
    config.arg = w;
    w->output = output;
    if (output) {
        output->on_lost = on_lost;
        output->arg = w;
    }
    const int err = dia_log_new(&config, &w->log);
    return err ? cli_failed(command, "%s", dia_strerror(err)) : 0;
}

static void on_time(void *arg);

static void arm(cli_watch *w)
{
    const int64_t at = dia_log_deadline(w->log).us;
    if (w->armed || at == DIA_NEVER_US || !w->loop)
        return;
    const int64_t us = at - now().us;
    w->armed = dia_loop_after(w->loop, us > 0 ? (uint32_t)(us / 1000 + 1) : 1, on_time, w) == 0;
}

static void on_time(void *arg)
{
    cli_watch *w = arg;
    w->armed = false;
    dia_log_tick(w->log, now(), cli_wall_us());
    arm(w);
}

void cli_watch_event(cli_watch *w, const dia_node *node, const dia_event *event)
{
    (void)node;
    dia_log_event(w->log, event, now(), cli_wall_us());
    arm(w);
}

void cli_watch_flush(cli_watch *w)
{
    dia_log_flush(w->log, now(), cli_wall_us());
}

/* ---- Commands ---- */

static int run_trace(void *arg, const char *host, const char *path, dia_page *answer)
{
    const cli_watch *w = arg;
    const int err = path ? dia_loop_capture_peer(w->loop, host, path) : dia_loop_capture_peer_end(w->loop, host);
    if (err == DIA_ENOENT) {
        dia_page_print(answer, "%s is not traced\n", host);
        return DIA_CONTROL_REFUSED;
    }
    if (err) {
        dia_page_print(answer, "%s\n", dia_loop_last_fault(w->loop));
        return DIA_CONTROL_FAILED;
    }
    if (!path) {
        dia_page_print(answer, "%s is traced no more\n", host);
        return DIA_CONTROL_DONE;
    }
    const bool here = dia_node_find_peer(dia_loop_node(w->loop), host);
    dia_page_print(answer, "%s is traced to %s%s\n", host, path,
                   here ? "" : "; there is no such peer, it may come yet");
    return DIA_CONTROL_DONE;
}

static int run_stop(void *arg, dia_page *answer)
{
    const cli_watch *w = arg;
    dia_loop_stop(w->loop);
    dia_page_put(answer, "the node ends\n");
    return DIA_CONTROL_DONE;
}

static int on_line(void *arg, dia_bytes line, dia_page *answer)
{
    enum { CERTIFICATES_MAX = 256 };
    cli_watch *w = arg;
    dia_report_certificate certificates[CERTIFICATES_MAX];
    const dia_report_driver driver = dia_loop_driver(w->loop, certificates, CERTIFICATES_MAX);
    w->control.report.wall_us = cli_wall_us();
    w->control.report.driver = &driver;
    const int status = dia_control_run(&w->control, line, answer);
    w->control.report.driver = NULL;
    return status;
}

/* ---- Windows ---- */

void cli_watch_begin(cli_watch *w, dia_loop *loop, const dia_dicts *dicts)
{
    w->loop = loop;
    w->control.report.node = dia_loop_node(loop);
    w->control.report.dicts = dicts;
    w->control.report.events = dia_log_counts(w->log);
    w->control.log = w->log;
    w->control.trace = run_trace;
    w->control.stop = run_stop;
    w->control.arg = w;
    arm(w);
}

int cli_watch_control(cli_watch *w, const char *path, uint32_t mode, char why[CLI_WATCH_WHY])
{
    char was[sizeof w->socket];
    const bool same = path && strcmp(path, w->socket) == 0;
    if (same ? mode == w->mode : !path && !w->socket[0])
        return 0;
    memcpy(was, w->socket, sizeof was);
    if (same) { /* the same file: the old one goes first */
        dia_loop_control_end(w->loop, was);
        w->socket[0] = was[0] = 0;
    }
    const int err = path ? dia_loop_control(w->loop, path, mode, on_line, w) : 0;
    if (err) {
        snprintf(why, CLI_WATCH_WHY, "%s", dia_loop_last_fault(w->loop));
        return err == DIA_EINVAL ? CLI_USAGE : CLI_FAILED;
    }
    if (was[0])
        dia_loop_control_end(w->loop, was);
    snprintf(w->socket, sizeof w->socket, "%s", path ? path : "");
    w->mode = mode;
    return 0;
}

static int serve_metrics(cli_watch *w, const char *address, char bound[sizeof w->metrics])
{
    const dia_metrics_config config = { .report = w->control.report };
    return dia_loop_serve_metrics(w->loop, address, &config, bound, sizeof w->metrics);
}

/* Of addresses with the same port that overlap only one can be served at. */
static bool is_in_the_way(const cli_watch *w, const char *address)
{
    const char *ours = strrchr(w->metrics, ':'), *port = strrchr(address, ':');
    return errno == EADDRINUSE && ours && port && strcmp(ours, port) == 0;
}

/* The old one goes first, and comes back where the new one still cannot be. */
static int replace_metrics(cli_watch *w, const char *address, char bound[sizeof w->metrics], char why[CLI_WATCH_WHY])
{
    dia_loop_serve_metrics_end(w->loop, w->metrics);
    const int err = serve_metrics(w, address, bound);
    snprintf(why, CLI_WATCH_WHY, "%s", dia_loop_last_fault(w->loop));
    if (!err || serve_metrics(w, w->metrics, bound)) {
        w->metrics[0] = 0;
        free(w->address);
        w->address = NULL;
    }
    return err;
}

int cli_watch_metrics(cli_watch *w, const char *address, char why[CLI_WATCH_WHY])
{
    char bound[sizeof w->metrics] = "";
    if (address && w->address ? strcmp(address, w->address) == 0 : !address && !w->address)
        return 0;
    char *copy = address ? cli_try_copy(address) : NULL;
    int err = !address ? 0 : copy ? serve_metrics(w, address, bound) : DIA_ENOMEM;
    if (err == DIA_ESYSTEM && is_in_the_way(w, address))
        err = replace_metrics(w, address, bound, why);
    else if (err)
        snprintf(why, CLI_WATCH_WHY, "%s", copy ? dia_loop_last_fault(w->loop) : "no memory");
    if (err) {
        free(copy);
        return err == DIA_ENOTSUP || err == DIA_EFORMAT ? CLI_USAGE : CLI_FAILED;
    }
    if (w->metrics[0])
        dia_loop_serve_metrics_end(w->loop, w->metrics);
    memcpy(w->metrics, bound, sizeof bound);
    free(w->address);
    w->address = copy;
    return 0;
}

void cli_watch_say(cli_watch *w, dia_log_level level, const char *what, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    dia_log_say(w->log, level, now(), cli_wall_us(), what, "%s", text);
}

void cli_watch_end(cli_watch *w)
{
    if (w->loop)
        dia_loop_after_cancel(w->loop, on_time, w);
    w->loop = NULL;
}

void cli_watch_done(cli_watch *w)
{
    dia_log_free(w->log);
    w->log = NULL;
    free(w->address);
    w->address = NULL;
}

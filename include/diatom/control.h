/* Control of a running node: commands as text, answers as text.
 *
 *     dia_control control = { .report = { .node = node, .dicts = &dia_dicts_all }, .log = log };
 *     dia_loop_control(loop, "/run/diatom/ctl", 0, on_line, &control);           loop.h: a local socket
 *     static int on_line(void *arg, dia_bytes line, dia_page *answer) { return dia_control_run(arg, line, answer); }
 *
 * `diatom ctl` is at the other end. docs/cli.md has all commands, "help" lists them. */
#ifndef DIATOM_CONTROL_H
#define DIATOM_CONTROL_H

#include "diatom/log.h"
#include "diatom/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a command. */
enum {
    DIA_CONTROL_DONE = 0,
    DIA_CONTROL_REFUSED = 1, /* it cannot be done: no such peer, it is open already, a configuration with mistakes */
    DIA_CONTROL_UNKNOWN = 2, /* there is no such command, or it has other words */
    DIA_CONTROL_FAILED = 3   /* no memory, or the system does not let us */
};

/* What commands are about. Only report.node must be there; what is NULL makes its commands say so. */
typedef struct dia_control {
    dia_report report;
    dia_log *log; /* for "log" */
    /* What the program does for them. Each appends what there is to say, and gives one of the numbers above. */
    int (*trace)(void *arg, const char *host, const char *path, dia_page *answer); /* path NULL: ends it */
    int (*routes)(void *arg, bool json, dia_page *answer);
    int (*policies)(void *arg, bool json, dia_page *answer);
    int (*reload)(void *arg, dia_page *answer);
    int (*stop)(void *arg, dia_page *answer);
    void *arg;
} dia_control;

/* Carries out one line, without its line end: words between blanks, "in quotes" where they have blanks, with \" and \\ in them.
 * The answer is appended; behind anything but DIA_CONTROL_DONE it is a sentence that says what is wrong. */
int dia_control_run(const dia_control *control, dia_bytes line, dia_page *answer);

#ifdef __cplusplus
}
#endif
#endif

/* How a program that serves is watched and controlled: its log, the local socket of `diatom ctl`, metrics over HTTP. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "options.h"
#include "output.h"

#include <diatom/control.h>
#include <diatom/loop.h>

typedef struct cli_watch_options {
    const char *control, *metrics;
} cli_watch_options;
extern const cli_option cli_watch_rows[2];

typedef struct cli_watch {
    dia_loop *loop;
    cli_output *output; /* of the log's lines; NULL: they are counted and not written */
    dia_log *log;
    dia_control control; /* what is the program's it fills in before */
    bool armed;          /* a timer for the log is set */
    char socket[108];    /* where commands are taken; "": nowhere */
    uint32_t mode;       /* its permissions, as they were asked for */
    char metrics[100];   /* where metrics are served, with the port that it got; "": nowhere */
    char *address;       /* the same as it was asked for */
} cli_watch;

/* Microseconds since 1970. */
int64_t cli_wall_us(void);

/* Does this descriptor go to journald? (JOURNAL_STREAM of systemd.exec(5)) */
bool cli_is_journal(int fd);

/* Makes the log, before there is a loop; what `config` lacks is filled in. 0 or an exit status after a message. */
int cli_watch_log(const cli_command *command, cli_watch *watch, const dia_log_config *config, cli_output *output);

/* From now on there is a loop. No window is open yet. */
void cli_watch_begin(cli_watch *watch, dia_loop *loop, const dia_dicts *dicts);

/* Opens a window, moves it, or with NULL closes it; one that is as it is wanted stays untouched. 0, or an exit status and
 * in `why` what is wrong with which window; then the old one stays (but not where only `mode` is another: a file of that
 * name is there once). Metrics whose new address overlaps the old one end there first, and come back when they cannot move.
 * `mode` 0: 0600. From a command, too: it is answered first. */
enum { CLI_WATCH_WHY = 500 };
int cli_watch_control(cli_watch *watch, const char *path, uint32_t mode, char why[CLI_WATCH_WHY]);
int cli_watch_metrics(cli_watch *watch, const char *address, char why[CLI_WATCH_WHY]);

/* A line of the program's own in the log. */
__attribute__((format(printf, 4, 5))) void cli_watch_say(cli_watch *watch, dia_log_level level, const char *what,
                                                         const char *format, ...);

/* An event of the node; config.on_event calls it. */
void cli_watch_event(cli_watch *watch, const dia_node *node, const dia_event *event);

/* Before something else is printed: what the log has left out. */
void cli_watch_flush(cli_watch *watch);

/* Before the loop ends, and at the end. */
void cli_watch_end(cli_watch *watch);
void cli_watch_done(cli_watch *watch);

#endif

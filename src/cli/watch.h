/* How a program that serves is watched and controlled: its log, the local socket of `diatom ctl`, metrics over HTTP. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "options.h"
#include "output.h"

#include <diatom/control.h>
#include <diatom/loop.h>

typedef struct cli_watch_options {
    const char *control, *metrics;
    uint32_t control_mode; /* permissions of the socket; 0: 0600 */
} cli_watch_options;
extern const cli_option cli_watch_rows[2];

typedef struct cli_watch {
    dia_loop *loop;
    cli_output *output; /* of the log's lines; NULL: they are counted and not written */
    dia_log *log;
    dia_control control; /* what is the program's it fills in before */
    bool armed;          /* a timer for the log is set */
    char socket[108];    /* where commands are taken; "": nowhere */
    char metrics[100];   /* where metrics are served, with the port that it got; "": nowhere */
} cli_watch;

/* Microseconds since 1970. */
int64_t cli_wall_us(void);

/* Does this descriptor go to journald? (JOURNAL_STREAM of systemd.exec(5)) */
bool cli_is_journal(int fd);

/* Makes the log, before there is a loop; what `config` lacks is filled in. 0 or an exit status after a message. */
int cli_watch_log(const cli_command *command, cli_watch *watch, const dia_log_config *config, cli_output *output);

/* From now on there is a loop. Opens the windows that the options name; the metrics' address is said as "metrics
 * http://ADDRESS/metrics". 0 or an exit status after a message. */
int cli_watch_begin(const cli_command *command, cli_watch *watch, const cli_watch_options *options, dia_loop *loop,
                    const dia_dicts *dicts);

/* Other windows than before; `was` are those that are open. What cannot be opened is said, and what it would have replaced
 * stays. Not from a command. */
void cli_watch_move(const cli_command *command, cli_watch *watch, const cli_watch_options *was,
                    const cli_watch_options *options);

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

/* What happens at a node as lines for people or programs: levels, a bound for each kind, no secrets.
 *
 * A line has what the event says, with control characters escaped. Of the message that caused it there is a summary, without
 * what names a subscriber. Nobody can fill a disk by it: of each kind of event `burst` lines are written at once and `rate` a
 * second, how many were left out is told; a line that comes again within a second is only counted. */
#ifndef DIATOM_LOG_H
#define DIATOM_LOG_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dia_log_level {
    DIA_LOG_DEFAULT, /* info */
    DIA_LOG_ERROR,   /* something is wrong here: a handler that does not answer */
    DIA_LOG_WARNING, /* a peer is lost, suspect, refused; a certificate ends */
    DIA_LOG_INFO,    /* peers that come and how they are protected, paths, requests that were answered with an error */
    DIA_LOG_DEBUG,   /* each change of a state (dia_node_config.state_events) */
    DIA_LOG_LEVELS
} dia_log_level;
const char *dia_log_level_name(dia_log_level level); /* "warning" */
dia_log_level dia_log_level_named(const char *name); /* DIA_LOG_DEFAULT: there is none of this name */
dia_log_level dia_log_level_of(dia_event_kind kind);

typedef enum dia_log_format { DIA_LOG_TEXT, DIA_LOG_JSON } dia_log_format;

typedef struct dia_log_config {
    dia_log_format format;
    dia_log_level level;
    bool bare;      /* text without time, level, address and message: "event peer up HOST REASON" */
    bool journald;  /* "<6>" in front, as journald and systemd read it, and no time: they know it */
    uint32_t burst; /* lines of one kind and peer at once [50]; UINT32_MAX: without a bound, and repeats are written */
    uint32_t rate;  /* and from then on a second [1] */
    const dia_dicts *dicts;                               /* for summaries of messages; NULL: there are none */
    void (*write)(void *arg, const char *line, size_t n); /* with its line end; must not call the log */
    void *arg;
    const dia_allocator *alloc;
} dia_log_config;

typedef struct dia_log dia_log;

/* DIA_EINVAL: no `write`; DIA_ENOMEM. dia_log_free() tells first what was left out. */
int dia_log_new(const dia_log_config *config, dia_log **out);
void dia_log_free(dia_log *log);

/* An event of a node. `now` is the clock of the node, wall_us microseconds since 1970. Where two of them say the same one is
 * written: a stranger who speaks no Diameter is refused. */
void dia_log_event(dia_log *log, const dia_event *event, dia_time now, int64_t wall_us);

/* A line of the program's own, never left out; `what` is one or two words, "reload". At most 1,000 octets of text. */
#ifdef __GNUC__
__attribute__((format(printf, 6, 7)))
#endif
void dia_log_say(dia_log *log, dia_log_level level, dia_time now, int64_t wall_us, const char *what,
                 const char *format, ...);

/* When something that was left out is to be told (us == DIA_NEVER_US: nothing was), and telling what is due. */
dia_time dia_log_deadline(const dia_log *log);
void dia_log_tick(dia_log *log, dia_time now, int64_t wall_us);

/* Tells all that was left out at once: before something else is written to the same place, and at the end. */
void dia_log_flush(dia_log *log, dia_time now, int64_t wall_us);

dia_log_level dia_log_get_level(const dia_log *log);
void dia_log_set_level(dia_log *log, dia_log_level level);

/* How many events there were of each kind, whatever was written: DIA_EVENT_KINDS numbers, as dia_report.events wants them.
 * Valid as long as the log. */
const uint64_t *dia_log_counts(const dia_log *log);

#ifdef __cplusplus
}
#endif
#endif

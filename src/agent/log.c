/* Events of a node as lines, as many of them as somebody can want to read. */
#include "diatom/log.h"

#include "report/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Peers share SLOTS bounds of a kind: who is loud leaves the others theirs. */
enum { SLOTS = 8, BURST = 50, RATE = 1, LINE_MAX_ = 4096, TEXT_ROOM = 1001, SUMMARY_ROOM = 600 };
enum { SECOND_US = 1000000, TELL_US = 10 * SECOND_US };

typedef struct bucket {
    bool used;
    uint32_t tokens;
    int64_t at_us; /* when tokens were given last */
} bucket;

struct dia_log {
    dia_log_config config;
    dia_page line, text, last; /* the one in hand, its text without time and level; the text of the last one */
    int64_t last_us;
    uint64_t repeats;  /* of it since then */
    int64_t repeat_us; /* when the first of them came */
    uint64_t counts[DIA_EVENT_KINDS];
    bucket buckets[DIA_EVENT_KINDS][SLOTS];
    uint64_t left_out[DIA_EVENT_KINDS]; /* and not told yet */
    int64_t left_out_us;                /* when the first of them was left out */
    int64_t now_us, wall_us;            /* of the last call */
};

/* ---- Levels ---- */

static const char *const level_names[DIA_LOG_LEVELS] = { "info", "error", "warning", "info", "debug" };

const char *dia_log_level_name(dia_log_level level)
{
    return (unsigned)level < DIA_LOG_LEVELS ? level_names[level] : "?";
}

dia_log_level dia_log_level_named(const char *name)
{
    for (unsigned level = DIA_LOG_ERROR; level < DIA_LOG_LEVELS; level++)
        if (strcmp(level_names[level], name) == 0)
            return (dia_log_level)level;
    return DIA_LOG_DEFAULT;
}

dia_log_level dia_log_level_of(dia_event_kind kind)
{
    switch (kind) {
    case DIA_EVENT_UNANSWERED: return DIA_LOG_ERROR;
    case DIA_EVENT_PEER_DOWN:
    case DIA_EVENT_CONNECT_FAILED:
    case DIA_EVENT_REFUSED:
    case DIA_EVENT_BAD_STREAM:
    case DIA_EVENT_SUSPECT:
    case DIA_EVENT_RESTARTED:
    case DIA_EVENT_CERTIFICATE:
    case DIA_EVENT_CAPTURE: return DIA_LOG_WARNING;
    case DIA_EVENT_STATE:
    case DIA_EVENT_WATCHDOG: return DIA_LOG_DEBUG;
    default: return DIA_LOG_INFO;
    }
}

/* ---- Lines ---- */

/* syslog(3): err, warning, info, debug. */
static unsigned priority_of(dia_log_level level)
{
    static const unsigned priorities[DIA_LOG_LEVELS] = { 6, 3, 4, 6, 7 };
    return priorities[level];
}

static void put_head(dia_log *log, dia_page *to, dia_log_level level)
{
    char when[DIA_WALL_ROOM];
    if (log->config.journald)
        dia_page_print(to, "<%u>", priority_of(level));
    if (log->config.format == DIA_LOG_JSON) {
        dia_page_put(to, "{");
        if (!log->config.journald)
            dia_page_print(to, "\"time\": \"%s\", ", dia_report_utc(log->wall_us, true, when));
        dia_page_print(to, "\"level\": \"%s\", ", dia_log_level_name(level));
    } else if (!log->config.journald && !log->config.bare) {
        dia_page_print(to, "%s %s ", dia_report_utc(log->wall_us, true, when), dia_log_level_name(level));
    }
}

/* The text of a line behind its head is done: out with it. */
static void write_line(dia_log *log, dia_log_level level, const dia_page *text)
{
    dia_page *line = &log->line;
    dia_page_clear(line);
    put_head(log, line, level);
    dia_page_octets(line, (dia_bytes){ (const uint8_t *)text->p, text->n });
    dia_page_put(line, "\n");
    if (!line->err && !text->err)
        log->config.write(log->config.arg, line->p, line->n);
}

/* `kind` NULL: the line before. */
static void write_count(dia_log *log, const char *what, const char *kind, uint64_t n)
{
    dia_page text;
    dia_page_init(&text, LINE_MAX_, log->config.alloc);
    if (log->config.format == DIA_LOG_JSON) {
        dia_page_print(&text, "\"event\": \"%s\", \"kind\": ", what);
        dia_page_quoted(&text, dia_cstr(kind));
        dia_page_print(&text, ", \"count\": %" PRIu64 "}", n);
    } else {
        dia_page_print(&text, "event %s%s%s %" PRIu64 " time%s", kind ? kind : "", kind ? " " : "", what, n,
                       n == 1 ? "" : "s");
    }
    write_line(log, DIA_LOG_INFO, &text);
    dia_page_done(&text);
}

/* ---- What is left out ---- */

static void tell_repeats(dia_log *log)
{
    const uint64_t n = log->repeats;
    log->repeats = 0;
    log->repeat_us = DIA_NEVER_US;
    if (n)
        write_count(log, "repeated", NULL, n);
}

static void tell_left_out(dia_log *log)
{
    log->left_out_us = DIA_NEVER_US;
    for (unsigned kind = 0; kind < DIA_EVENT_KINDS; kind++) {
        const uint64_t n = log->left_out[kind];
        log->left_out[kind] = 0;
        if (n)
            write_count(log, "left out", dia_event_name((dia_event_kind)kind), n);
    }
}

static bool has_bound(const dia_log *log)
{
    return log->config.burst != UINT32_MAX;
}

static size_t slot_of(const dia_event *event)
{
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ 0 };
    const dia_bytes from = host.p || !event->conn ? host : dia_conn_remote(event->conn).address.value;
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < from.n; i++)
        hash = (hash ^ dia_lower(from.p[i])) * 16777619;
    return (hash ^ hash >> 16) % SLOTS;
}

/* May one more of this kind be written? */
static bool has_token(dia_log *log, const dia_event *event)
{
    bucket *b = &log->buckets[event->kind][slot_of(event)];
    if (!b->used)
        *b = (bucket){ true, log->config.burst, log->now_us };
    const int64_t seconds = (log->now_us - b->at_us) / SECOND_US;
    if (seconds > 0) {
        const uint64_t more = (uint64_t)seconds * log->config.rate;
        b->tokens = more > log->config.burst - b->tokens ? log->config.burst : b->tokens + (uint32_t)more;
        b->at_us += seconds * SECOND_US;
    }
    if (!b->tokens)
        return false;
    b->tokens--;
    return true;
}

static bool same(const dia_page *a, const dia_page *b)
{
    return a->n == b->n && a->n && memcmp(a->p, b->p, a->n) == 0;
}

static void leave_out(dia_log *log, dia_event_kind kind)
{
    if (log->left_out_us == DIA_NEVER_US)
        log->left_out_us = log->now_us;
    log->left_out[kind]++;
}

/* A peer can cause thousands in a second that say the same: they are counted. */
static void write_event(dia_log *log, const dia_event *event)
{
    if (has_bound(log)) {
        if (same(&log->text, &log->last) && log->now_us - log->last_us < SECOND_US) {
            if (!log->repeats++)
                log->repeat_us = log->now_us;
            return;
        }
        if (log->text.err || !has_token(log, event)) {
            leave_out(log, event->kind); /* and what repeats is still the line before */
            return;
        }
        tell_repeats(log);
    }
    write_line(log, dia_log_level_of(event->kind), &log->text);
    const dia_page old = log->last; /* gives its storage to what comes next */
    log->last = log->text;
    log->text = old;
    log->last_us = log->now_us;
}

/* ---- Events ---- */

/* The summary of the message; empty: there is none. */
static const char *summary_of(const dia_log *log, const dia_event *event, char to[SUMMARY_ROOM])
{
    static const dia_text_options options = { .redact = true };
    to[0] = 0;
    if (log->config.dicts && event->message.p && !log->config.bare &&
        dia_text_summary(log->config.dicts, event->message, &options, to, SUMMARY_ROOM, NULL) < 0)
        snprintf(to, SUMMARY_ROOM, "%zu octets", event->message.n);
    return to;
}

static const char *remote_of(const dia_log *log, const dia_event *event, char to[DIA_ADDRESS_ROOM])
{
    const dia_endpoint remote = event->conn ? dia_conn_remote(event->conn) : (dia_endpoint){ 0 };
    to[0] = 0;
    return log->config.bare || !remote.address.value.p ? to : dia_report_endpoint(&remote, to);
}

static const char *state_of(const dia_event *event)
{
    return event->kind == DIA_EVENT_STATE && event->peer ? dia_peer_state_name(dia_peer_get_state(event->peer)) : NULL;
}

static void put_text(const dia_log *log, const dia_event *event, dia_page *to)
{
    char remote[DIA_ADDRESS_ROOM], summary[SUMMARY_ROOM];
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ 0 };
    const char *state = state_of(event); /* the reason is why */
    dia_page_print(to, "event %s ", dia_event_name(event->kind));
    dia_page_safely(to, host.p ? host : dia_cstr("-"));
    if (state)
        dia_page_print(to, " %s", state);
    if (event->result_code)
        dia_page_print(to, " %" PRIu32, event->result_code);
    dia_page_put(to, " ");
    if (event->uri) {
        dia_page_safely(to, dia_cstr(event->uri));
        dia_page_put(to, ": ");
    }
    dia_page_safely(to, dia_cstr(event->reason));
    if (remote_of(log, event, remote)[0])
        dia_page_print(to, "; %s", remote);
    if (summary_of(log, event, summary)[0]) {
        dia_page_put(to, "; ");
        dia_page_safely(to, dia_cstr(summary));
    }
}

static void put_member(dia_page *to, const char *name, const char *text)
{
    dia_page_print(to, ", \"%s\": ", name);
    dia_page_quoted(to, text && text[0] ? dia_cstr(text) : (dia_bytes){ 0 });
}

static void put_json(const dia_log *log, const dia_event *event, dia_page *to)
{
    char remote[DIA_ADDRESS_ROOM], summary[SUMMARY_ROOM];
    dia_page_print(to, "\"event\": \"%s\", \"peer\": ", dia_event_name(event->kind));
    dia_page_quoted(to, event->peer ? dia_peer_host(event->peer) : (dia_bytes){ 0 });
    put_member(to, "remote", remote_of(log, event, remote));
    put_member(to, "state", state_of(event));
    dia_page_put(to, ", \"result_code\": ");
    if (event->result_code)
        dia_page_u64(to, event->result_code);
    else
        dia_page_put(to, "null");
    put_member(to, "uri", event->uri);
    put_member(to, "reason", event->reason);
    put_member(to, "message", summary_of(log, event, summary));
    dia_page_put(to, "}");
}

static void set_time(dia_log *log, dia_time now, int64_t wall_us)
{
    log->now_us = now.us;
    log->wall_us = wall_us;
}

/* Of a connection that is nobody's yet DIA_EVENT_REFUSED says the same, right behind it. */
static bool is_said_again(const dia_event *event)
{
    return event->kind == DIA_EVENT_BAD_STREAM && !event->peer;
}

void dia_log_event(dia_log *log, const dia_event *event, dia_time now, int64_t wall_us)
{
    set_time(log, now, wall_us);
    log->counts[event->kind]++;
    if (dia_log_level_of(event->kind) > log->config.level || is_said_again(event))
        return;
    dia_page_clear(&log->text);
    (log->config.format == DIA_LOG_JSON ? put_json : put_text)(log, event, &log->text);
    write_event(log, event);
}

/* ---- The program's own ---- */

void dia_log_say(dia_log *log, dia_log_level level, dia_time now, int64_t wall_us, const char *what, const char *format,
                 ...)
{
    char said[TEXT_ROOM];
    dia_page text;
    va_list args;
    set_time(log, now, wall_us);
    if (level > log->config.level)
        return;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    tell_repeats(log);
    dia_page_clear(&log->last);
    dia_page_init(&text, 0, log->config.alloc);
    if (log->config.format == DIA_LOG_JSON) {
        dia_page_print(&text, "\"event\": \"%s\"", what);
        put_member(&text, "reason", said);
        dia_page_put(&text, "}");
    } else {
        dia_page_print(&text, "%s ", what);
        dia_page_safely(&text, dia_cstr(said));
    }
    write_line(log, level, &text);
    dia_page_done(&text);
}

/* ---- Time ---- */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

dia_time dia_log_deadline(const dia_log *log)
{
    const int64_t repeats = log->repeats ? log->repeat_us + SECOND_US : DIA_NEVER_US;
    const int64_t left_out = log->left_out_us == DIA_NEVER_US ? DIA_NEVER_US : log->left_out_us + TELL_US;
    return (dia_time){ sooner(repeats, left_out) };
}

void dia_log_tick(dia_log *log, dia_time now, int64_t wall_us)
{
    set_time(log, now, wall_us);
    if (log->repeats && now.us >= log->repeat_us + SECOND_US)
        tell_repeats(log);
    if (log->left_out_us != DIA_NEVER_US && now.us >= log->left_out_us + TELL_US)
        tell_left_out(log);
}

void dia_log_flush(dia_log *log, dia_time now, int64_t wall_us)
{
    set_time(log, now, wall_us);
    tell_repeats(log);
    tell_left_out(log);
    dia_page_clear(&log->last); /* something else stands between */
}

/* ---- Life ---- */

int dia_log_new(const dia_log_config *config, dia_log **out)
{
    if (!config->write || (unsigned)config->level >= DIA_LOG_LEVELS)
        return DIA_EINVAL;
    dia_log *log = dia_alloc0(config->alloc, sizeof *log);
    if (!log)
        return DIA_ENOMEM;
    log->config = *config;
    log->config.level = config->level ? config->level : DIA_LOG_INFO;
    log->config.burst = config->burst ? config->burst : BURST;
    log->config.rate = config->rate ? config->rate : RATE;
    log->repeat_us = log->left_out_us = DIA_NEVER_US;
    dia_page_init(&log->line, 0, config->alloc);
    dia_page_init(&log->text, LINE_MAX_, config->alloc);
    dia_page_init(&log->last, LINE_MAX_, config->alloc);
    *out = log;
    return 0;
}

void dia_log_free(dia_log *log)
{
    if (!log)
        return;
    tell_repeats(log);
    tell_left_out(log);
    dia_page_done(&log->line);
    dia_page_done(&log->text);
    dia_page_done(&log->last);
    dia_release(log->config.alloc, log, sizeof *log);
}

dia_log_level dia_log_get_level(const dia_log *log)
{
    return log->config.level;
}

void dia_log_set_level(dia_log *log, dia_log_level level)
{
    log->config.level = level ? level : DIA_LOG_INFO;
}

const uint64_t *dia_log_counts(const dia_log *log)
{
    return log->counts;
}

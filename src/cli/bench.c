/* `diatom bench`: credit-control sessions or single requests as load; requests per second, latency, Result-Codes. */
#include "cli.h"

#include "charge.h"
#include "connection.h"
#include "json_text.h"
#include "memory.h"
#include "message.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <diatom/app/all.h>
#include <diatom/diatom.h>

enum { SIZE_SMALL = 1, SIZE_GY };
enum { STEP_EVENT = 1, STEP_UPDATE };
enum { UPDATES = 3, WINDOW = 64 };
#define NOT_GIVEN UINT64_MAX
enum { CODES_MAX = 32, TICK_MS = 1, PROGRESS_MS = 200 };

typedef struct settings {
    cli_connection_options connection;
    uint64_t sessions, updates, requests, connections, window, rate, duration;
    const char *destination_realm;
    int size, step;
    bool json, show, quiet;
} settings;

static const cli_option rows[] = {
    { "sessions", 0, CLI_NUMBER, offsetof(settings, sessions), "N",
      "sessions: initial, updates, termination [1000; with --duration:\nas many as there is time for]", 1, 1000000000,
      0 },
    { "updates", 0, CLI_NUMBER, offsetof(settings, updates), "N", "updates in each session [3]", 0, 1000000,
      NOT_GIVEN },
    { "requests", 0, CLI_NUMBER, offsetof(settings, requests), "N", "instead of sessions: single requests", 1,
      1000000000, 0 },
    { "step", 0, CLI_CHOICE, offsetof(settings, step), "event|update",
      "what a single request is: EVENT_REQUEST, or the UPDATE_REQUEST of\na session [event]" },
    { "connections", 0, CLI_NUMBER, offsetof(settings, connections), "N",
      "connections, each with an Origin-Host of its own [1]", 1, 1000, 1 },
    { "window", 0, CLI_NUMBER, offsetof(settings, window), "N", "unanswered requests on each connection [64]", 1, 60000,
      NOT_GIVEN },
    { "rate", 0, CLI_NUMBER, offsetof(settings, rate), "N",
      "start N sessions (or single requests) a second, answered or not,\ninstead of keeping a window full", 1, 10000000,
      0 },
    { "duration", 0, CLI_NUMBER, offsetof(settings, duration), "SECONDS", "start nothing new after this time", 1, 86400,
      0 },
    { "size", 0, CLI_CHOICE, offsetof(settings, size), "small|gy",
      "requests of about 200 octets, or of the shape that Gy has,\nabout 700 [gy]" },
    { "destination-realm", 0, CLI_TEXT, offsetof(settings, destination_realm), "NAME",
      "Destination-Realm [that of the peer]" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "print the results as one JSON object" },
    { "show", 0, CLI_FLAG, offsetof(settings, show), NULL, "print the first request and its answer, too" },
    { "quiet", 'q', CLI_FLAG, offsetof(settings, quiet), NULL, "no progress bar on the terminal" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Connections", CLI_ROWS(cli_connection_rows), offsetof(settings, connection) },
    { "Security and transports", CLI_ROWS(cli_secure_rows), offsetof(settings, connection.secure) },
    { 0 },
};

struct bench;

/* One session under way; a single request is a session of one. */
typedef struct session {
    struct session *next; /* in a list of free or waiting ones */
    struct client *client;
    dia_session_id id;
    uint32_t number; /* CC-Request-Number */
    int64_t sent_ns; /* when its request was sent; in the open loop, when the first should have been */
} session;

/* One connection with a node of its own. */
typedef struct client {
    struct bench *bench;
    dia_loop *loop;
    dia_node *node;
    char host[300];
    char realm[260]; /* of the peer */
    bool up, running;
    uint64_t under_way;
    session *unused;
    session *waiting; /* whose next request found the output full */
} client;

typedef struct bench {
    const cli_command *command;
    const settings *settings;
    client *clients;
    size_t n, up;
    charge charge;
    bool started, ended, failed;
    int64_t start_ns, end_ns;
    uint64_t wanted;               /* sessions to start; UINT64_MAX: until the time is over */
    uint64_t begun, done, aborted; /* sessions */
    uint64_t sent, answered;       /* requests */
    uint64_t timeouts, lost, bad, unsent;
    struct {
        uint32_t code;
        uint64_t n;
    } codes[CODES_MAX];
    size_t n_codes;
    dia_histogram latency; /* ns */
    uint8_t *shown[2];     /* the first request, the first answer */
    size_t shown_size[2];
    bool bar;
} bench;

/* A node's time stands still between two calls of its driver; what is measured here needs more. */
static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- Sessions ---- */

static session *get_session(client *l)
{
    session *s = l->unused;
    if (s)
        l->unused = s->next;
    else
        s = cli_new(sizeof *s);
    s->client = l;
    s->number = 0;
    l->under_way++;
    return s;
}

static void put_session(session *s, bool complete)
{
    client *l = s->client;
    bench *b = l->bench;
    s->next = l->unused;
    l->unused = s;
    l->under_way--;
    *(complete ? &b->done : &b->aborted) += 1;
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg);

static charge_step step_of(const bench *b, const session *s)
{
    if (b->settings->requests)
        return b->settings->step == STEP_UPDATE ? CHARGE_UPDATE : CHARGE_EVENT;
    if (s->number == 0)
        return CHARGE_INITIAL;
    return s->number > b->settings->updates ? CHARGE_TERMINATION : CHARGE_UPDATE;
}

/* An update by itself is the first one of its session. */
static uint32_t number_of(const bench *b, const session *s)
{
    return b->settings->requests && step_of(b, s) == CHARGE_UPDATE ? 1 : s->number;
}

static void stop(bench *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->clients[i].running)
            dia_loop_stop(b->clients[i].loop);
}

/* Why was said. */
static void give_up(bench *b)
{
    b->failed = true;
    b->end_ns = now_ns();
    stop(b);
}

/* Sends the session's next request. False: nothing more goes now. The output is full, and the session waits; or there is no way, as
 * where the peer has sent DPR: what is under way will tell, and a rate is tried again. */
static bool send_next(session *s)
{
    client *l = s->client;
    bench *b = l->bench;
    if (b->failed) { /* nothing is sent any more */
        put_session(s, false);
        return true;
    }
    if (s->number || !b->settings->rate)
        s->sent_ns = now_ns();
    const int err = charge_send(&b->charge, l->node, step_of(b, s), dia_session_id_bytes(&s->id), number_of(b, s),
                                b->settings->destination_realm ? b->settings->destination_realm : l->realm,
                                (uint32_t)b->settings->connection.secure.timeout_ms, on_cca, s);
    if (err == DIA_EBUSY && l->under_way > 1) {
        s->next = l->waiting;
        l->waiting = s;
        return false;
    }
    if (err) {
        if (b->unsent++ == 0)
            cli_failed(b->command, "a request was not sent: %s", dia_node_last_fault(l->node));
        put_session(s, false);
        if (!l->under_way && !b->settings->rate)
            give_up(b);
        return false;
    }
    b->sent++;
    return true;
}

static bool may_begin(const bench *b)
{
    return b->started && !b->ended && !b->failed && b->begun < b->wanted;
}

/* All of one length, so that all messages of a kind are. */
static int make_id(client *l, dia_session_id *id)
{
    dia_session_id_parts parts;
    const int err = dia_session_id_next(l->node, NULL, id);
    if (err || dia_session_id_parse(dia_session_id_bytes(id), &parts))
        return err;
    char numbers[32]; /* behind Origin-Host, which stays where it is */
    id->n =
        parts.host.n + (size_t)snprintf(numbers, sizeof numbers, ";%010" PRIu32 ";%010" PRIu32, parts.high, parts.low);
    memcpy(id->text + parts.host.n, numbers, id->n - parts.host.n + 1);
    return 0;
}

static bool begin_session(client *l, int64_t due_ns)
{
    session *s = get_session(l);
    if (make_id(l, &s->id)) {
        put_session(s, false);
        return false;
    }
    s->sent_ns = due_ns;
    l->bench->begun++;
    return send_next(s);
}

static bool is_complete(const bench *b)
{
    if (!b->started || may_begin(b))
        return false;
    for (size_t i = 0; i < b->n; i++)
        if (b->clients[i].under_way)
            return false;
    return true;
}

/* Keeps the window of a connection full: sessions that wait first, then new ones. */
static void fill(client *l)
{
    bench *b = l->bench;
    while (l->up && l->waiting) {
        session *s = l->waiting;
        l->waiting = s->next;
        if (!send_next(s))
            return;
    }
    while (!b->settings->rate && l->up && l->under_way < b->settings->window && may_begin(b))
        if (!begin_session(l, 0))
            return;
    if (is_complete(b) && !b->ended) {
        b->ended = true;
        b->end_ns = now_ns();
        stop(b);
    }
}

static void count_code(bench *b, uint32_t code)
{
    for (size_t i = 0; i < b->n_codes; i++)
        if (b->codes[i].code == code) {
            b->codes[i].n++;
            return;
        }
    if (b->n_codes < CODES_MAX) {
        b->codes[b->n_codes].code = code;
        b->codes[b->n_codes++].n = 1;
    }
}

static void count(bench *b, const session *s, const dia_outcome *outcome)
{
    const int64_t took = now_ns() - s->sent_ns;
    switch (outcome->kind) {
    case DIA_OUTCOME_ANSWER:
    case DIA_OUTCOME_BAD_ANSWER:
        b->answered++;
        b->bad += outcome->kind == DIA_OUTCOME_BAD_ANSWER;
        count_code(b, outcome->result_code);
        dia_histogram_add(&b->latency, took > 0 ? (uint64_t)took : 0);
        return;
    case DIA_OUTCOME_TIMEOUT: b->timeouts++; return;
    case DIA_OUTCOME_LOST:
    case DIA_OUTCOME_STOPPED: b->lost++; return;
    }
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    session *s = arg;
    client *l = s->client;
    bench *b = l->bench;
    const bool was_last = b->settings->requests || step_of(b, s) == CHARGE_TERMINATION;
    const bool good = outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code / 1000 == 2;
    (void)cca;
    count(b, s, outcome);
    if (was_last || !good) {
        put_session(s, good);
        fill(l);
        return;
    }
    s->number++;
    if (send_next(s))
        fill(l);
}

/* ---- Time ---- */

/* The open loop: as many as are due, one connection after the other. */
static void begin_due(bench *b)
{
    const double per_ns = (double)b->settings->rate / 1e9;
    const uint64_t due = (uint64_t)((double)(now_ns() - b->start_ns) * per_ns) + 1;
    while (may_begin(b) && b->begun < due) {
        client *l = &b->clients[b->begun % b->n];
        if (!l->up || !begin_session(l, b->start_ns + (int64_t)((double)b->begun / per_ns)))
            return;
    }
}

static void on_tick(void *arg)
{
    bench *b = arg;
    if (b->ended || b->failed)
        return;
    if (b->settings->duration && now_ns() - b->start_ns >= (int64_t)b->settings->duration * 1000000000)
        b->wanted = b->begun;
    if (b->settings->rate)
        begin_due(b);
    for (size_t i = 0; i < b->n; i++)
        if (b->clients[i].up)
            fill(&b->clients[i]);
    if (!b->ended)
        dia_loop_after(b->clients[0].loop, TICK_MS, on_tick, b);
}

static double share_done(const bench *b)
{
    double share = 0;
    if (b->wanted != UINT64_MAX && b->wanted)
        share = (double)(b->done + b->aborted) / (double)b->wanted;
    if (b->settings->duration && !b->settings->sessions && !b->settings->requests)
        share = (double)(now_ns() - b->start_ns) / 1e9 / (double)b->settings->duration;
    return share > 1 ? 1 : share;
}

static void draw(const bench *b)
{
    enum { WIDTH = 40 };
    const double seconds = (double)(now_ns() - b->start_ns) / 1e9, share = share_done(b);
    const int full = (int)(share * WIDTH);
    fprintf(stderr, "\r[%.*s%*s] %3d %%  %" PRIu64 " answers, %.0f/s ", full,
            "########################################", WIDTH - full, "", (int)(share * 100), b->answered,
            seconds > 0 ? (double)b->answered / seconds : 0.0);
    fflush(stderr);
}

static void on_progress(void *arg)
{
    bench *b = arg;
    if (b->ended || b->failed)
        return;
    if (b->started)
        draw(b);
    dia_loop_after(b->clients[0].loop, PROGRESS_MS, on_progress, b);
}

static void on_late(void *arg)
{
    bench *b = arg;
    if (b->started || b->failed)
        return;
    cli_failed(b->command, "%zu of %zu connections stand after %" PRIu64 " ms", b->up, b->n,
               b->settings->connection.secure.timeout_ms);
    b->failed = true;
    stop(b);
}

/* ---- Connections ---- */

static void start(bench *b)
{
    b->started = true;
    b->start_ns = b->end_ns = now_ns();
    for (size_t i = 0; i < b->n && !b->settings->rate; i++)
        fill(&b->clients[i]);
    if (b->settings->rate || b->settings->duration)
        dia_loop_after(b->clients[0].loop, TICK_MS, on_tick, b);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    client *l = arg;
    bench *b = l->bench;
    switch (event->kind) {
    case DIA_EVENT_PEER_UP: {
        const dia_bytes realm = dia_peer_realm(event->peer);
        snprintf(l->realm, sizeof l->realm, "%.*s", (int)realm.n, (const char *)realm.p);
        l->up = true;
        if (++b->up == b->n && !b->started && !b->failed)
            start(b);
        return;
    }
    case DIA_EVENT_PEER_DOWN:
        l->up = false;
        b->up--;
        if (!b->ended && !b->failed) {
            cli_failed(b->command, "connection lost: %s", event->reason);
            give_up(b);
        }
        return;
    case DIA_EVENT_DISCOVERED:
    case DIA_EVENT_CONNECT_FAILED:
        if (b->ended || b->failed || !cli_connection_is_failure(event))
            return;
        cli_connection_failed(b->command, event);
        if (cli_connection_may_stand(&b->settings->connection, node))
            return;
        b->failed = true;
        stop(b);
        return;
    default: return;
    }
}

static void keep_first(bench *b, int which, dia_bytes octets)
{
    if (b->shown[which])
        return;
    b->shown[which] = cli_new(octets.n);
    memcpy(b->shown[which], octets.p, octets.n);
    b->shown_size[which] = octets.n;
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    const client *l = arg;
    dia_header h;
    (void)node;
    if (dia_header_read(seen->octets, &h) == 0 && h.command == DIA_COMMAND_RO_CCR->code)
        keep_first(l->bench, h.flags & DIA_FLAG_REQUEST ? 0 : 1, seen->octets);
}

static int open_client(bench *b, size_t i, dia_node_config config)
{
    client *l = &b->clients[i];
    const settings *s = b->settings;
    if (b->n > 1) {
        /* "bench-2.example.net": the number goes behind the first label. */
        const size_t label = strcspn(config.origin_host, ".");
        snprintf(l->host, sizeof l->host, "%.*s-%zu%s", (int)label, config.origin_host, i + 1,
                 config.origin_host + label);
        config.origin_host = l->host;
    }
    l->bench = b;
    config.on_event = on_event;
    config.on_message = s->show && i == 0 ? on_message : NULL;
    config.arg = l;
    int status = cli_connection_new(b->command, &s->connection, &config, &l->loop);
    if (status)
        return status;
    l->node = dia_loop_node(l->loop);
    l->running = true;
    int err = dia_node_use(l->node, DIA_COMMAND_RO_CCR->dict);
    if (err)
        return cli_failed(b->command, "%s", dia_strerror(err));
    return cli_connection_start(b->command, &s->connection, l->loop, i ? b->clients[0].loop : NULL);
}

/* One turn for each loop that still runs. */
static bool process(bench *b)
{
    bool any = false;
    for (size_t i = 0; i < b->n; i++)
        if (b->clients[i].running) {
            b->clients[i].running = dia_loop_process(b->clients[i].loop);
            any |= b->clients[i].running;
        }
    return any;
}

/* One loop runs by itself; several take turns under one poll(). */
static int drive(bench *b)
{
    if (b->n == 1)
        return dia_loop_run(b->clients[0].loop) ? CLI_FAILED : 0;
    struct pollfd *fds = cli_new(b->n * sizeof *fds);
    int result = 0;
    while (process(b)) {
        int timeout = -1;
        nfds_t n = 0;
        for (size_t i = 0; i < b->n; i++) {
            if (!b->clients[i].running)
                continue;
            const int one = dia_loop_timeout(b->clients[i].loop);
            if (one >= 0 && (timeout < 0 || one < timeout))
                timeout = one;
            fds[n++] = (struct pollfd){ .fd = dia_loop_fd(b->clients[i].loop), .events = POLLIN };
        }
        if (poll(fds, n, timeout) < 0 && errno != EINTR) {
            result = cli_failed(b->command, "%s", strerror(errno));
            break;
        }
    }
    free(fds);
    return result;
}

/* ---- Results ---- */

/* "1,234,567" */
static const char *grouped(uint64_t value, char to[32])
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *at = to;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = 0;
    return to;
}

static const char *name_of_code(uint32_t code)
{
    const dia_avp_def *def = dia_dicts_avp_named(&dia_dicts_all, 0, dia_cstr("Result-Code"));
    const char *name = def ? dia_avp_def_value_name(def, code) : NULL;
    return name ? name : "";
}

static double seconds_of(const bench *b)
{
    const int64_t ns = b->end_ns - b->start_ns;
    return ns > 0 ? (double)ns / 1e9 : 0;
}

static double per_second(const bench *b)
{
    const double seconds = seconds_of(b);
    return seconds > 0 ? (double)b->answered / seconds : 0;
}

static uint64_t errors_of(const bench *b)
{
    return b->timeouts + b->lost + b->bad + b->unsent;
}

static void print_table(const bench *b)
{
    char a[32], c[32];
    const dia_histogram *h = &b->latency;
    if (!b->settings->requests)
        printf("%-14s%12s complete, %s not\n", "sessions", grouped(b->done, a), grouped(b->aborted, c));
    printf("%-14s%12s\n", "requests", grouped(b->sent, a));
    printf("%-14s%12.3f s\n", "time", seconds_of(b));
    printf("%-14s%12s\n", "requests/s", grouped((uint64_t)(per_second(b) + 0.5), a));
    printf("%-14s   p50 %.3f ms   p90 %.3f ms   p99 %.3f ms   max %.3f ms\n", "latency",
           (double)dia_histogram_at(h, 0.5) / 1e6, (double)dia_histogram_at(h, 0.9) / 1e6,
           (double)dia_histogram_at(h, 0.99) / 1e6, (double)h->most / 1e6);
    for (size_t i = 0; i < b->n_codes; i++)
        printf("%-14s%12s %" PRIu32 " %s\n", i ? "" : "Result-Codes", grouped(b->codes[i].n, a), b->codes[i].code,
               name_of_code(b->codes[i].code));
    printf("%-14s%12s", "errors", grouped(errors_of(b), a));
    if (errors_of(b))
        printf(" %" PRIu64 " timeouts, %" PRIu64 " lost, %" PRIu64 " bad answers, %" PRIu64 " not sent", b->timeouts,
               b->lost, b->bad, b->unsent);
    putchar('\n');
}

static void print_json(const bench *b)
{
    const dia_histogram *h = &b->latency;
    printf("{\"sessions\": %" PRIu64 ", \"incomplete\": %" PRIu64 ", \"requests\": %" PRIu64 ", \"answers\": %" PRIu64
           ", \"seconds\": %.6f, \"requests_per_second\": %.1f, ",
           b->settings->requests ? 0 : b->done, b->aborted, b->sent, b->answered, seconds_of(b), per_second(b));
    printf("\"latency_us\": {\"min\": %.3f, \"mean\": %.3f, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": "
           "%.3f}, \"result_codes\": {",
           (double)h->least / 1e3, h->n ? (double)h->sum / (double)h->n / 1e3 : 0,
           (double)dia_histogram_at(h, 0.5) / 1e3, (double)dia_histogram_at(h, 0.9) / 1e3,
           (double)dia_histogram_at(h, 0.99) / 1e3, (double)h->most / 1e3);
    for (size_t i = 0; i < b->n_codes; i++)
        printf("%s\"%" PRIu32 "\": %" PRIu64, i ? ", " : "", b->codes[i].code, b->codes[i].n);
    printf("}, \"errors\": {\"timeout\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"bad_answer\": %" PRIu64
           ", \"not_sent\": %" PRIu64 "}}\n",
           b->timeouts, b->lost, b->bad, b->unsent);
}

static void print_shown(const bench *b)
{
    for (int i = 0; i < 2; i++) {
        if (!b->shown[i])
            continue;
        cli_message_print(&dia_dicts_all, (dia_bytes){ b->shown[i], b->shown_size[i] }, b->settings->json);
        if (!b->settings->json)
            putchar('\n');
    }
}

static int result_of(const bench *b)
{
    if (b->failed)
        return CLI_FAILED;
    if (errors_of(b))
        return CLI_BAD;
    for (size_t i = 0; i < b->n_codes; i++)
        if (b->codes[i].code / 1000 != 2)
            return CLI_BAD;
    return CLI_OK;
}

/* ---- Running ---- */

static int check(const cli_command *command, const settings *s)
{
    const size_t ways = cli_connection_ways(&s->connection);
    if (!ways)
        return cli_usage(command, "nowhere to send: give --connect URI, such as --connect aaa://127.0.0.1:3868");
    if (ways > 1)
        return cli_usage(command, "one --connect, --discover, --peer or --listen, please; --connections multiplies it");
    if (s->connection.listen.n && s->connections > 1)
        return cli_usage(command, "--connections goes with --connect and --peer: with --listen there is one");
    if (s->sessions && s->requests)
        return cli_usage(command, "--sessions and --requests exclude each other");
    if (s->step && !s->requests)
        return cli_usage(command, "--step goes with --requests");
    if (s->updates != NOT_GIVEN && s->requests)
        return cli_usage(command, "--updates goes with sessions, not with --requests");
    if (s->window != NOT_GIVEN && s->rate)
        return cli_usage(command, "--window and --rate exclude each other: --rate waits for no answer");
    return 0;
}

static int measure(bench *b)
{
    dia_loop_after(b->clients[0].loop, (uint32_t)b->settings->connection.secure.timeout_ms, on_late, b);
    if (b->bar)
        dia_loop_after(b->clients[0].loop, PROGRESS_MS, on_progress, b);
    const int status = drive(b);
    if (b->bar && b->started) {
        draw(b);
        fputc('\n', stderr);
    }
    if (status || !b->started)
        return status ? status : CLI_FAILED;
    if (!b->ended && !b->failed) { /* a signal */
        b->end_ns = now_ns();
        b->failed = true;
    }
    if (b->settings->show)
        print_shown(b);
    if (b->settings->json)
        print_json(b);
    else
        print_table(b);
    return result_of(b);
}

static int done(bench *b, int status)
{
    for (size_t i = b->n; i-- > 0;) { /* the first one has opened the captures */
        client *l = &b->clients[i];
        if (i)
            dia_loop_free(l->loop);
        else
            status = cli_connection_end(b->command, &b->settings->connection, l->loop, status);
        while (l->waiting) {
            session *s = l->waiting;
            l->waiting = s->next;
            free(s);
        }
        while (l->unused) {
            session *s = l->unused;
            l->unused = s->next;
            free(s);
        }
    }
    free(b->clients);
    free(b->shown[0]);
    free(b->shown[1]);
    return status;
}

static int run(const cli_command *command, void *settings_, const cli_texts *operands)
{
    enum { SESSIONS = 1000 };
    settings *s = settings_;
    dia_node_config config;
    (void)operands;
    int status = check(command, s);
    if (!status)
        status = cli_json_check(command, s->json && s->show);
    s->connection.application = DIA_COMMAND_RO_CCR->dict->application;
    if (!status)
        status = cli_connection_config(command, &s->connection, "bench." CLI_REALM, &config);
    if (status)
        return status;
    s->updates = s->updates == NOT_GIVEN ? UPDATES : s->updates;
    s->window = s->window == NOT_GIVEN ? WINDOW : s->window;
    bench *b = cli_new(sizeof *b);
    b->command = command;
    b->settings = s;
    b->n = (size_t)s->connections;
    b->clients = cli_new(b->n * sizeof *b->clients);
    b->wanted = s->requests ? s->requests : s->sessions ? s->sessions : s->duration ? UINT64_MAX : SESSIONS;
    b->bar = !s->quiet && isatty(STDERR_FILENO);
    charge_init(&b->charge, s->size == SIZE_SMALL);
    for (size_t i = 0; i < b->n && !status; i++)
        status = open_client(b, i, config);
    b->failed = status != 0; /* why was said: what ends with it says nothing */
    if (!status)
        status = measure(b);
    status = done(b, status);
    free(b);
    return status;
}

const cli_command cli_bench = {
    .name = "bench",
    .operands = "",
    .summary = "drive credit-control sessions through a server and measure it",
    .about = "Sends Credit-Control-Requests to a server, as sessions (initial, updates, termination)\n"
             "or as single events, and prints how many it answered a second, how long that took, and\n"
             "its Result-Codes. By default a window of requests is kept unanswered on each connection\n"
             "(closed loop); --rate starts them by the clock (open loop).\n"
             "\n"
             "The exit status is 0 when all were answered with 2xxx, 1 when not, 3 when a connection\n"
             "failed.",
    .examples = "  diatom bench --connect aaa://127.0.0.1:3868\n"
                "  diatom bench --connect aaa://127.0.0.1:3868 --connections 4 --duration 10 --size small\n"
                "  diatom bench --connect aaa://127.0.0.1:3868 --requests 10000 --rate 2000 --json",
    .groups = groups,
    .settings = sizeof(settings),
    .run = run,
};

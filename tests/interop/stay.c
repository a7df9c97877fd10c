/* A client that stays: it sends a request again and again, whatever happens to its peer, and tells what became of each.
 *
 *     stay URI [--host NAME] [--realm NAME] [--tw MS] [--tc MS] [--every MS] [--timeout MS] [--cause N]
 *
 * prints, each line behind seconds since its start:
 *     event NAME HOST REASON     what the node tells
 *     serving behind N DWAs      the first answer (2001) of a connection, or behind a failure; DWAs since the CEA
 *     steady                     the tenth in a row
 *     request N OUTCOME          one that was not answered 2001
 *     not sent REASON            the first that could not be sent
 * SIGUSR1 connects now (dia_node_connect_peer). SIGTERM leaves with DPR and the cause; then it prints
 *     N sent: N answered, N timeout, N lost, N stopped, N bad; N not sent
 * and its exit status says whether each request sent had exactly one outcome. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REQUESTS_MAX = 100000, STEADY = 10 };

typedef struct stayer {
    dia_loop *loop;
    double start;
    uint32_t every_ms, timeout_ms;
    dia_cause cause;
    unsigned in_a_row; /* answers, since the last other outcome or connection */
    unsigned dwas;     /* since the last CEA */
    bool unsendable;   /* the last request could not be sent */
    bool leaving;
    unsigned sent, not_sent;
    unsigned outcomes[DIA_OUTCOME_STOPPED + 1];
    unsigned bad_codes;         /* answers with another Result-Code than 2001 */
    uint8_t ends[REQUESTS_MAX]; /* outcomes of each request */
} stayer;

static volatile sig_atomic_t connect_now, leave_now;

static void on_signal(int kind)
{
    if (kind == SIGUSR1)
        connect_now = 1;
    else
        leave_now = 1;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define SAY(s, ...) (printf("%.3f ", now() - (s)->start), printf(__VA_ARGS__), putchar('\n'), fflush(stdout))

static stayer *the_one; /* an outcome's argument is the number of its request */

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    stayer *s = the_one;
    const unsigned number = (unsigned)(uintptr_t)arg;
    const bool good = outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == DIA_RESULT_CODE_SUCCESS;
    (void)cca;
    s->ends[number]++;
    s->outcomes[outcome->kind]++;
    s->in_a_row = good ? s->in_a_row + 1 : 0;
    if (s->in_a_row == 1)
        SAY(s, "serving behind %u DWAs", s->dwas);
    else if (s->in_a_row == STEADY)
        SAY(s, "steady");
    else if (outcome->kind == DIA_OUTCOME_ANSWER && !good)
        SAY(s, "request %u answer %" PRIu32, number, outcome->result_code);
    else if (!good)
        SAY(s, "request %u %s", number, dia_outcome_name(outcome->kind));
    s->bad_codes += outcome->kind == DIA_OUTCOME_ANSWER && !good;
}

static void send_one(stayer *s)
{
    const unsigned number = s->sent;
    const dia_ro_ccr ccr = {
        .service_context_id = DIA_LIT("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST,
    };
    if (number == REQUESTS_MAX)
        return;
    const int err = dia_send_ro_ccr(dia_loop_node(s->loop), &ccr, s->timeout_ms, on_cca, (void *)(uintptr_t)number);
    if (err && !s->unsendable)
        SAY(s, "not sent %s", dia_strerror(err));
    s->unsendable = err;
    s->not_sent += err != 0;
    s->sent += !err;
}

static void on_turn(void *arg)
{
    stayer *s = arg;
    dia_node *node = dia_loop_node(s->loop);
    if (leave_now) {
        SAY(s, "leaving");
        dia_node_stop(node, s->cause, 0);
        dia_loop_stop(s->loop);
        return;
    }
    if (connect_now) {
        connect_now = 0;
        SAY(s, "connecting");
        const int err = dia_node_connect_peer(node, dia_node_next_peer(node, NULL));
        if (err)
            SAY(s, "not connecting: %s", dia_strerror(err));
    }
    send_one(s);
    dia_loop_after(s->loop, s->every_ms, on_turn, s);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    stayer *s = arg;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ 0 };
    (void)node;
    SAY(s, "event %s %.*s %s", dia_event_name(event->kind), host.p ? (int)host.n : 1,
        host.p ? (const char *)host.p : "-", event->reason);
    if (event->kind == DIA_EVENT_PEER_UP)
        s->in_a_row = 0;
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    enum { CER = 257, DWR = 280 };
    stayer *s = arg;
    dia_header header;
    (void)node;
    if (seen->sent || dia_header_read(seen->octets, &header) || header.flags & DIA_FLAG_REQUEST)
        return;
    if (header.command == CER)
        s->dwas = 0;
    else if (header.command == DWR)
        s->dwas++;
}

static unsigned long number_of(const char *text)
{
    return strtoul(text, NULL, 10);
}

static bool read_options(int argc, char **argv, stayer *s, dia_node_config *config)
{
    for (int i = 2; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!value)
            return false;
        if (!strcmp(name, "--host"))
            config->origin_host = value;
        else if (!strcmp(name, "--realm"))
            config->destination_realm = value;
        else if (!strcmp(name, "--tw"))
            config->watchdog_ms = (uint32_t)number_of(value);
        else if (!strcmp(name, "--tc"))
            config->reconnect_ms = (uint32_t)number_of(value);
        else if (!strcmp(name, "--every"))
            s->every_ms = (uint32_t)number_of(value);
        else if (!strcmp(name, "--timeout"))
            s->timeout_ms = (uint32_t)number_of(value);
        else if (!strcmp(name, "--cause"))
            s->cause = (dia_cause)number_of(value);
        else
            return false;
    }
    return argc > 1;
}

static bool each_ended_once(const stayer *s)
{
    for (unsigned i = 0; i < s->sent; i++)
        if (s->ends[i] != 1) {
            printf("request %u had %u outcomes\n", i, s->ends[i]);
            return false;
        }
    return true;
}

static bool report(const stayer *s)
{
    const unsigned *o = s->outcomes;
    printf("%u sent: %u answered, %u timeout, %u lost, %u stopped, %u bad; %u not sent\n", s->sent,
           o[DIA_OUTCOME_ANSWER] - s->bad_codes, o[DIA_OUTCOME_TIMEOUT], o[DIA_OUTCOME_LOST], o[DIA_OUTCOME_STOPPED],
           o[DIA_OUTCOME_BAD_ANSWER] + s->bad_codes, s->not_sent);
    return each_ended_once(s);
}

int main(int argc, char **argv)
{
    static stayer s = { .every_ms = 50, .timeout_ms = 2000 };
    dia_node_config config = {
        .origin_host = "stay.client.test",
        .origin_realm = "client.test",
        .destination_realm = "server.test",
        .watchdog_ms = 6000,
        .reconnect_ms = 1000,
        .on_event = on_event,
        .state_events = true,
        .on_message = on_message,
        .arg = &s,
    };
    char why[200] = "";
    the_one = &s;
    s.start = now();
    int err = read_options(argc, argv, &s, &config) ? 0 : DIA_EINVAL;
    if (!err)
        err = dia_loop_new(&config, &s.loop, why, sizeof why);
    if (!err)
        err = dia_node_use(dia_loop_node(s.loop), &dia_dict_ro);
    if (!err)
        err = dia_node_add_peer(dia_loop_node(s.loop), &(dia_peer_config){ .connect = argv[1] }, NULL);
    if (err) {
        fprintf(stderr, "stay: %s %s\n", dia_strerror(err), why);
        return 2;
    }
    signal(SIGUSR1, on_signal);
    signal(SIGTERM, on_signal);
    on_turn(&s);
    dia_loop_run(s.loop);
    dia_loop_free(s.loop);
    return !report(&s);
}

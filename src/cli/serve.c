/* `diatom serve`: the credit-control server of credit.c, and a stand-in for the applications of other dictionaries, which
 * gives the least answer that the grammar takes. */
#include "cli.h"

#include "connection.h"
#include "credit.h"
#include "dicts.h"
#include "output.h"
#include "watch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <diatom/app/base.h>
#include <diatom/diatom.h>

typedef struct settings {
    cli_connection_options connection;
    cli_dict_options dict;
    cli_watch_options watch;
    uint64_t grant, validity, result_code;
    bool status, json, verbose, quiet;
} settings;

static const cli_option rows[] = {
    { "grant", 0, CLI_NUMBER, offsetof(settings, grant), "OCTETS", "the most octets granted at once [10485760]", 1,
      INT64_MAX, 10485760 },
    { "validity", 0, CLI_NUMBER, offsetof(settings, validity), "SECONDS",
      "Validity-Time of what is granted; 0: none [0]", 0, UINT32_MAX, 0 },
    { "result-code", 0, CLI_NUMBER, offsetof(settings, result_code), "N",
      "answer everything with this Result-Code [2001]", 1001, 5999, DIA_RESULT_CODE_SUCCESS },
    { "status", 0, CLI_FLAG, offsetof(settings, status), NULL,
      "print the status of all peers when told to end; SIGUSR1 prints it\nat any time" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "the status as one JSON object on a line" },
    { "verbose", 'v', CLI_FLAG, offsetof(settings, verbose), NULL,
      "print each change of a state or watchdog, too, and a line for\neach message" },
    { "quiet", 'q', CLI_FLAG, offsetof(settings, quiet), NULL,
      "print nothing but the 'listening' lines, and the status" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Connections", CLI_ROWS(cli_connection_rows), offsetof(settings, connection) },
    { "Security and transports", CLI_ROWS(cli_secure_rows), offsetof(settings, connection.secure) },
    { "Watching and control", CLI_ROWS(cli_watch_rows), offsetof(settings, watch) },
    { "Dictionaries, whose applications are served as well", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef struct server {
    const settings *settings;
    cli_dicts dicts;
    dia_arena arena; /* of the answer in hand */
    cli_credit credit;
    bool charges;     /* credit control is served by it, not by a dictionary of application 4 */
    uint64_t others;  /* requests of other applications, answered */
    uint64_t refused; /* and refused, beside those of credit */
    dia_loop *loop;
    cli_output output;
    cli_watch watch;
    bool ending;
} server;

/* ---- Other applications ---- */

/* Any command of a dictionary: what breaks its grammar is refused, all else gets the least answer. */
static void on_other(dia_request *request, void *arg)
{
    server *s = arg;
    const bool ours = !s->charges || dia_request_header(request).application != CLI_CREDIT_CONTROL;
    const dia_command *command = ours ? dia_request_command(request) : NULL; /* of credit control CCR alone */
    const uint32_t result_code = (uint32_t)s->settings->result_code;
    dia_fault fault;
    if (!command) {
        dia_request_fail(request, DIA_RESULT_CODE_COMMAND_UNSUPPORTED, NULL);
        s->refused++;
        return;
    }
    int err = dia_decode(command, dia_request_octets(request), DIA_LEVEL_DEFAULT, &s->arena, NULL, &fault);
    const bool good = err == 0 && result_code / 1000 == 2;
    if (err == DIA_ERULE)
        err = dia_request_fault(request, &fault);
    else if (!err)
        err = dia_request_answer_least(request, result_code);
    if (err)
        fprintf(stderr, "diatom serve: not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
    else
        ++*(good ? &s->others : &s->refused);
    dia_arena_reset(&s->arena);
}

/* The applications of --app and --dict; credit control of --app is served anyhow. A second dictionary of one application
 * waits behind the first. */
static int use_dicts(const cli_command *command, server *s, dia_node *node)
{
    const size_t n_apps = s->dicts.n_apps;
    bool any = false;
    s->charges = cli_credit_dict != NULL;
    for (size_t i = 0; i < n_apps + s->settings->dict.files.n; i++) {
        const dia_dict *dict = s->dicts.all.v[i];
        if (!dict->has_application || !dict->application)
            continue;
        if (i < n_apps && s->charges && dict->application == CLI_CREDIT_CONTROL)
            continue;
        const int err = dia_node_use(node, dict);
        if (err && err != DIA_EEXIST)
            return cli_failed(command, "the application of '%s' cannot be served: %s", dict->name, dia_strerror(err));
        s->charges &= dict->application != CLI_CREDIT_CONTROL;
        any = true;
    }
    if (!s->charges && !any)
        return cli_usage(command,
                         "this build has no credit control: the dictionary 'ro' was left out; --app and --dict "
                         "name other applications to serve");
    dia_node_serve_any(node, on_other, s);
    return 0;
}

/* ---- What is printed ---- */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    server *s = arg;
    cli_watch_event(&s->watch, node, event);
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    server *s = arg;
    char line[600];
    (void)node;
    if (dia_text_summary(&s->dicts.all, seen->octets, NULL, line, sizeof line, NULL) < 0)
        snprintf(line, sizeof line, "%zu octets", seen->octets.n);
    cli_output_print(&s->output, "%s %s\n", seen->sent ? "sent    " : "received", line);
}

static void print_status(void *arg)
{
    server *s = arg;
    const dia_report report = { .node = dia_loop_node(s->loop), .dicts = &s->dicts.all, .wall_us = cli_wall_us() };
    dia_page page = { 0 };
    cli_watch_flush(&s->watch);
    if (!(s->settings->json ? dia_report_json : dia_report_text)(&report, DIA_REPORT_STATUS, &page))
        cli_output_put(&s->output, page.p, page.n);
    dia_page_done(&page);
}

static void print_summary(server *s, const dia_node *node)
{
    const dia_counters c = dia_node_counters(node);
    cli_output *o = &s->output;
    cli_watch_flush(&s->watch);
    if (o->dropped > o->told)
        cli_output_print(o, "%" PRIu64 " lines were not written\n", o->dropped - o->told);
    if (s->others)
        cli_output_print(o, "%" PRIu64 " requests of other applications got the least answer\n", s->others);
    cli_output_print(o,
                     "served %" PRIu64 " requests, sent %" PRIu64 " answers: %" PRIu64 " initial, %" PRIu64
                     " update, %" PRIu64 " termination, %" PRIu64 " event; %" PRIu64 " refused, %" PRIu64
                     " faults, %" PRIu64 " octets in, %" PRIu64 " out\n",
                     c.requests_in, c.answers_out, s->credit.answered[1], s->credit.answered[2], s->credit.answered[3],
                     s->credit.answered[4], s->credit.refused + s->refused, c.faults, c.octets_in, c.octets_out);
}

/* ---- Running ---- */

/* The status is that of the moment when the end begins: peers are still there. */
static void on_end(void *arg)
{
    server *s = arg;
    if (s->settings->status && !s->ending)
        print_status(s);
    s->ending = true;
    dia_loop_stop(s->loop);
}

static int open_windows(const cli_command *command, server *s)
{
    const cli_watch_options *wanted = &s->settings->watch;
    char why[CLI_WATCH_WHY];
    cli_watch_begin(&s->watch, s->loop, &s->dicts.all);
    int status = cli_watch_control(&s->watch, wanted->control, 0, why);
    if (!status)
        status = cli_watch_metrics(&s->watch, wanted->metrics, why);
    if (status == CLI_USAGE)
        return cli_usage(command, "%s", why);
    if (status)
        return cli_failed(command, "%s", why);
    if (!wanted->metrics)
        return 0;
    printf("metrics http://%s/metrics\n", s->watch.metrics);
    return fflush(stdout) ? CLI_FAILED : 0; /* said when the program ends */
}

static int serve(const cli_command *command, server *s)
{
    dia_node *node = dia_loop_node(s->loop);
    int status = use_dicts(command, s, node);
    if (status)
        return status;
    int err = s->charges ? cli_credit_serve(&s->credit, node) : 0;
    if (!err) /* before "listening" is said: who reads that may send one */
        err = dia_loop_on_signal(s->loop, SIGUSR1, print_status, s);
    if (err)
        return cli_failed(command, "%s", dia_strerror(err));
    status = cli_connection_start(command, &s->settings->connection, s->loop, NULL);
    if (!status)
        status = open_windows(command, s);
    if (status)
        return status;
    cli_connection_on_end(s->loop, on_end, s);
    cli_output_begin(&s->output, s->loop);
    dia_loop_run(s->loop);
    cli_output_begin(&s->output, NULL);
    if (!s->settings->quiet)
        print_summary(s, node);
    return CLI_OK;
}

static int run(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    server s = { .settings = st };
    dia_node_config config;
    (void)operands;
    if (!cli_connection_ways(&st->connection))
        return cli_usage(command,
                         "nothing to serve: give --listen or --connect, such as --listen aaa://127.0.0.1:3868");
    if (st->verbose && st->quiet)
        return cli_usage(command, "--verbose and --quiet exclude each other");
    int status = cli_connection_config(command, &st->connection, "serve." CLI_REALM, &config);
    if (!status)
        status = cli_dicts_load(command, &st->dict, &s.dicts);
    config.on_event = on_event;
    config.state_events = true; /* the log's level says which are told */
    config.on_message = st->verbose ? on_message : NULL;
    config.arg = &s;
    dia_arena_init(&s.arena, NULL, 0, 0, NULL);
    s.credit = (cli_credit){ st->grant, st->validity, (uint32_t)st->result_code, &s.arena, { 0 }, 0 };
    const dia_log_config log = { .bare = true,
                                 .level = st->verbose ? DIA_LOG_DEBUG : DIA_LOG_INFO,
                                 .burst = st->verbose ? UINT32_MAX : 0 };
    if (!status)
        status = cli_watch_log(command, &s.watch, &log, st->quiet ? NULL : &s.output);
    if (!status)
        status = cli_connection_new(command, &st->connection, &config, &s.loop);
    if (!status)
        status = serve(command, &s);
    cli_watch_end(&s.watch);
    status = cli_connection_end(command, &st->connection, s.loop, status);
    cli_watch_done(&s.watch);
    cli_output_end(&s.output);
    dia_arena_done(&s.arena);
    cli_dicts_done(&s.dicts);
    return status;
}

const cli_command cli_serve = {
    .name = "serve",
    .operands = "",
    .summary = "run a credit-control server (Ro, Gy, RFC 8506), or a stand-in for others",
    .about = "Runs a credit-control server: every Credit-Control-Request is granted the units that it\n"
             "asks for, up to --grant; Multiple-Services-Credit-Control is answered service by service;\n"
             "one-time events (debit, refund, balance, price) are answered as well. It keeps no\n"
             "account and no session.\n"
             "\n"
             "Applications of --dict and of --app are advertised and served as well: a request\n"
             "that keeps its command's grammar gets the least answer that the grammar takes, with the\n"
             "request's values where the same AVP is required; one that breaks it, the right error.\n"
             "A dictionary of application 4 takes the place of credit control.\n"
             "\n"
             "The first line of output is 'listening aaa://HOST:PORT;transport=tcp', one for each\n"
             "--listen; behind them comes 'metrics http://ADDRESS:PORT/metrics' with --metrics. With\n"
             "--control 'diatom ctl' asks the server, and tells it what to do. SIGUSR1 prints the status of\n"
             "all peers: states, addresses, messages by command and Result-Code, latency, the last error.\n"
             "SIGTERM, SIGINT and SIGHUP end it in order: requests under way are answered, peers are\n"
             "disconnected, a line of counters is printed, and the exit status is 0; a second signal ends\n"
             "it at once.",
    .examples =
        "  diatom serve --listen aaa://127.0.0.1:3868\n"
        "  diatom serve --listen aaa://127.0.0.1:3868 --dict my_app.dia\n"
        "  diatom serve --listen aaa://127.0.0.1:3868 --app s6a --app gx\n"
        "  diatom serve --listen aaa://0.0.0.0 --peer pgw.example.net --peer relay.example.net=aaa://192.0.2.1 \\\n"
        "      --status\n"
        "  diatom serve --listen aaa://0.0.0.0 --control /run/diatom/ctl --metrics 127.0.0.1:9090\n"
        "  diatom serve --listen aaa://0.0.0.0 --origin-host ocs.example.net --origin-realm example.net \\\n"
        "      --allow '*.example.net' --grant 1000000 --validity 600 --pcap serve.pcapng",
    .groups = groups,
    .settings = sizeof(settings),
    .run = run,
};

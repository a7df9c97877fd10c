/* `diatom serve`: a credit-control server (RFC 8506; Ro and Gy of TS 32.299) that grants what it is asked for, and a
 * stand-in for the applications of other dictionaries, which gets the least answer that its grammar takes. */
#include "cli.h"

#include "connection.h"
#include "dicts.h"
#include "memory.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

typedef struct settings {
    cli_connection_options connection;
    cli_dict_options dict;
    cli_texts allow;
    uint64_t grant, validity, result_code;
    bool verbose, quiet;
} settings;

static const cli_option rows[] = {
    { "allow", 0, CLI_TEXTS, offsetof(settings, allow), "PATTERN",
      "who may connect: an identity or '*.example.net'; several times [*]" },
    { "grant", 0, CLI_NUMBER, offsetof(settings, grant), "OCTETS", "the most octets granted at once [10485760]", 1,
      INT64_MAX, 10485760 },
    { "validity", 0, CLI_NUMBER, offsetof(settings, validity), "SECONDS",
      "Validity-Time of what is granted; 0: none [0]", 0, UINT32_MAX, 0 },
    { "result-code", 0, CLI_NUMBER, offsetof(settings, result_code), "N",
      "answer everything with this Result-Code [2001]", 1001, 5999, DIA_RESULT_CODE_SUCCESS },
    { "verbose", 'v', CLI_FLAG, offsetof(settings, verbose), NULL, "print all events, and a line for each message" },
    { "quiet", 'q', CLI_FLAG, offsetof(settings, quiet), NULL, "print nothing but the 'listening' lines" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Connections", CLI_ROWS(cli_connection_rows), offsetof(settings, connection) },
    { "Dictionaries, whose applications are served as well", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef struct server {
    const settings *settings;
    cli_dicts dicts;
    dia_arena arena;      /* of the answer in hand */
    uint64_t answered[5]; /* CCR by CC-Request-Type; 0: any other */
    bool charges;         /* credit control is served here, not by a dictionary of application 4 */
    uint64_t others;      /* requests of other applications, answered */
    uint64_t refused;
    uint64_t unprinted; /* lines that standard output had no room for */
} server;

/* ---- Credit control ---- */

static dia_opt_u64 at_most(dia_opt_u64 asked, uint64_t most)
{
    if (asked.set && (asked.value == 0 || asked.value > most))
        asked.value = most;
    return asked;
}

/* The kinds of units that were asked for; total octets when the server shall choose (RFC 8506, 8.18). NULL: no memory. */
static const dia_cc_granted_service_unit *grant(server *s, const dia_cc_requested_service_unit *asked)
{
    enum { SECONDS = 3600 };
    const uint64_t octets = s->settings->grant;
    dia_cc_granted_service_unit *g = dia_arena_get0(&s->arena, sizeof *g);
    if (!g)
        return NULL;
    g->cc_time = asked->cc_time;
    if (g->cc_time.set && g->cc_time.value == 0)
        g->cc_time.value = SECONDS;
    g->cc_money = asked->cc_money;
    g->cc_total_octets = at_most(asked->cc_total_octets, octets);
    g->cc_input_octets = at_most(asked->cc_input_octets, octets);
    g->cc_output_octets = at_most(asked->cc_output_octets, octets);
    g->cc_service_specific_units = asked->cc_service_specific_units;
    if (!g->cc_time.set && !g->cc_money && !g->cc_total_octets.set && !g->cc_input_octets.set &&
        !g->cc_output_octets.set && !g->cc_service_specific_units.set)
        g->cc_total_octets = DIA_U64(octets);
    return g;
}

/* Each service of the request is answered, with units where it asked for some (RFC 8506, 5.1.2). */
static void answer_services(server *s, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    const size_t n = ccr->multiple_services_credit_control.n;
    if (n == 0)
        return;
    dia_ro_multiple_services_credit_control *to = dia_arena_get0(&s->arena, n * sizeof *to);
    for (size_t i = 0; to && i < n; i++) {
        const dia_ro_multiple_services_credit_control *from = &ccr->multiple_services_credit_control.v[i];
        to[i].rating_group = from->rating_group;
        to[i].service_identifier = from->service_identifier;
        to[i].result_code = DIA_U32(DIA_RESULT_CODE_SUCCESS);
        if (!from->requested_service_unit || ccr->cc_request_type == DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST)
            continue;
        to[i].granted_service_unit = grant(s, from->requested_service_unit);
        if (s->settings->validity)
            to[i].validity_time = DIA_U32((uint32_t)s->settings->validity);
    }
    if (to) {
        cca->multiple_services_credit_control.v = to;
        cca->multiple_services_credit_control.n = n;
    }
}

/* One-time events (RFC 8506, 6). */
static void answer_event(server *s, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    enum { EURO = 978 };
    static const dia_cc_unit_value nothing = { .value_digits = 0 };
    static const dia_cc_cost_information free_of_charge = { .unit_value = &nothing, .currency_code = EURO };
    switch (ccr->requested_action.value) {
    case DIA_CC_REQUESTED_ACTION_DIRECT_DEBITING:
        if (ccr->requested_service_unit)
            cca->granted_service_unit = grant(s, ccr->requested_service_unit);
        break;
    case DIA_CC_REQUESTED_ACTION_CHECK_BALANCE:
        cca->check_balance_result = DIA_I32(DIA_CC_CHECK_BALANCE_RESULT_ENOUGH_CREDIT);
        break;
    case DIA_CC_REQUESTED_ACTION_PRICE_ENQUIRY: cca->cost_information = &free_of_charge; break;
    }
}

static void answer_session(server *s, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    answer_services(s, ccr, cca);
    if (!ccr->requested_service_unit || ccr->cc_request_type == DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST)
        return;
    cca->granted_service_unit = grant(s, ccr->requested_service_unit);
    if (s->settings->validity)
        cca->validity_time = DIA_U32((uint32_t)s->settings->validity);
}

/* 5005 with an example of what is missing, 5004 with the AVP that is wrong (RFC 6733, 7.5). */
static void refuse(server *s, dia_request *request, uint32_t result_code, const dia_avp_def *avp, const char *text)
{
    uint8_t octets[64];
    dia_builder b;
    dia_avp wrong;
    dia_fault fault = { .result_code = result_code };
    dia_build_begin_avps(&b, octets, sizeof octets);
    if (dia_avp_find(dia_request_octets(request), avp->code, avp->vendor, &wrong))
        dia_put_minimum(&b, avp);
    else
        dia_put_octets(&b, wrong.octets);
    const int64_t n = dia_build_end(&b);
    if (n > 0)
        fault.failed_avp = (dia_bytes){ octets, (size_t)n };
    snprintf(fault.text, sizeof fault.text, "%s", text);
    dia_request_fault(request, &fault);
    s->refused++;
}

static bool is_known_type(int32_t type)
{
    return type >= DIA_CC_REQUEST_TYPE_INITIAL_REQUEST && type <= DIA_CC_REQUEST_TYPE_EVENT_REQUEST;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    server *s = arg;
    const uint32_t result_code = (uint32_t)s->settings->result_code;
    const bool is_event = ccr->cc_request_type == DIA_CC_REQUEST_TYPE_EVENT_REQUEST;
    if (!is_known_type(ccr->cc_request_type)) {
        refuse(s, request, DIA_RESULT_CODE_INVALID_AVP_VALUE, &dia_def_rfc8506_cc_request_type,
               "no such CC-Request-Type");
        return;
    }
    if (is_event && !ccr->requested_action.set) {
        refuse(s, request, DIA_RESULT_CODE_MISSING_AVP, &dia_def_rfc8506_requested_action,
               "an EVENT_REQUEST needs Requested-Action (RFC 8506, 6)");
        return;
    }
    if (result_code / 1000 == 3) {
        dia_request_fail(request, result_code, NULL);
        s->refused++;
        return;
    }
    dia_ro_cca cca = {
        .result_code = result_code,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
        .cc_sub_session_id = ccr->cc_sub_session_id,
        .acct_multi_session_id = ccr->acct_multi_session_id,
    };
    if (result_code / 1000 != 2)
        s->refused++;
    else if (is_event)
        answer_event(s, ccr, &cca);
    else
        answer_session(s, ccr, &cca);
    if (dia_answer_ro_cca(request, &cca) == 0)
        s->answered[ccr->cc_request_type]++;
    else
        fprintf(stderr, "diatom serve: not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
    dia_arena_reset(&s->arena);
}

/* ---- Other applications ---- */

/* Any command of a dictionary: what breaks its grammar is refused, all else gets the least answer. */
static void on_other(dia_request *request, void *arg)
{
    server *s = arg;
    const bool ours = !s->charges || dia_request_header(request).application != dia_dict_ro.application;
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
    s->charges = true;
    for (size_t i = 0; i < n_apps + s->settings->dict.files.n; i++) {
        const dia_dict *dict = s->dicts.all.v[i];
        if (!dict->has_application || !dict->application)
            continue;
        if (i < n_apps && dict->application == dia_dict_ro.application)
            continue;
        const int err = dia_node_use(node, dict);
        if (err && err != DIA_EEXIST)
            return cli_failed(command, "the application of '%s' cannot be served: %s", dict->name, dia_strerror(err));
        s->charges &= dict->application != dia_dict_ro.application;
    }
    dia_node_serve_any(node, on_other, s);
    return 0;
}

/* ---- What is printed ---- */

static const char *host_of(const dia_peer *peer, char *to, size_t size)
{
    const dia_bytes host = peer ? dia_peer_host(peer) : (dia_bytes){ 0 };
    snprintf(to, size, "%.*s", host.p ? (int)host.n : 1, host.p ? (const char *)host.p : "-");
    return to;
}

/* Nobody may stop the service by not reading what it prints: a line without room is counted instead. */
static bool has_room(server *s)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    const bool room = poll(&out, 1, 0) != 0;
    s->unprinted += !room;
    return room;
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    server *s = arg;
    const bool always = event->kind == DIA_EVENT_PEER_UP || event->kind == DIA_EVENT_PEER_DOWN;
    char host[256];
    (void)node;
    if (s->settings->quiet || (!s->settings->verbose && !always) || !has_room(s))
        return;
    printf("event %s %s", dia_event_name(event->kind), host_of(event->peer, host, sizeof host));
    if (event->result_code)
        printf(" %" PRIu32, event->result_code);
    printf(" %s\n", event->reason);
    fflush(stdout);
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    server *s = arg;
    char line[600];
    (void)node;
    if (!has_room(s))
        return;
    if (dia_text_summary(&s->dicts.all, seen->octets, NULL, line, sizeof line, NULL) < 0)
        snprintf(line, sizeof line, "%zu octets", seen->octets.n);
    printf("%s %s\n", seen->sent ? "sent    " : "received", line);
    fflush(stdout);
}

static void print_summary(const server *s, const dia_node *node)
{
    const dia_counters c = dia_node_counters(node);
    printf("served %" PRIu64 " requests, sent %" PRIu64 " answers: %" PRIu64 " initial, %" PRIu64 " update, %" PRIu64
           " termination, %" PRIu64 " event; %" PRIu64 " refused, %" PRIu64 " faults, %" PRIu64 " octets in, %" PRIu64
           " out\n",
           c.requests_in, c.answers_out, s->answered[DIA_CC_REQUEST_TYPE_INITIAL_REQUEST],
           s->answered[DIA_CC_REQUEST_TYPE_UPDATE_REQUEST], s->answered[DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST],
           s->answered[DIA_CC_REQUEST_TYPE_EVENT_REQUEST], s->refused, c.faults, c.octets_in, c.octets_out);
    if (s->others)
        printf("%" PRIu64 " requests of other applications got the least answer\n", s->others);
    if (s->unprinted)
        printf("%" PRIu64 " lines were not printed: standard output was not read\n", s->unprinted);
}

/* ---- Running ---- */

static int serve(const cli_command *command, server *s, dia_loop *loop)
{
    int status = use_dicts(command, s, dia_loop_node(loop));
    if (status)
        return status;
    int err = s->charges ? dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, s) : 0;
    if (err)
        return cli_failed(command, "%s", dia_strerror(err));
    status = cli_connection_start(command, &s->settings->connection, loop);
    if (status)
        return status;
    err = dia_loop_run(loop);
    if (!s->settings->quiet)
        print_summary(s, dia_loop_node(loop));
    return err ? cli_failed(command, "%s", dia_strerror(err)) : CLI_OK;
}

/* Is it an identity, "*", or "*." and an identity? */
static bool is_pattern(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    return dia_identity_valid(dia_cstr(strncmp(text, "*.", 2) == 0 ? text + 2 : text));
}

static int check_allow(const cli_command *command, const cli_texts *allow)
{
    for (size_t i = 0; i < allow->n; i++)
        if (!is_pattern(allow->v[i]))
            return cli_usage(command, "--allow: '%s' is no identity and no pattern like '*.example.net'", allow->v[i]);
    return 0;
}

static int run(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    server s = { .settings = st };
    dia_node_config config;
    dia_loop *loop = NULL;
    (void)operands;
    if (st->connection.listen.n + st->connection.connect.n == 0)
        return cli_usage(command,
                         "nothing to serve: give --listen or --connect, such as --listen aaa://127.0.0.1:3868");
    if (st->verbose && st->quiet)
        return cli_usage(command, "--verbose and --quiet exclude each other");
    int status = cli_connection_config(command, &st->connection, "serve." CLI_REALM, &config);
    if (!status)
        status = check_allow(command, &st->allow);
    if (!status)
        status = cli_dicts_load(command, &st->dict, &s.dicts);
    if (st->allow.n)
        config.allow = st->allow.v; /* ends with NULL */
    config.on_event = on_event;
    config.on_message = st->verbose ? on_message : NULL;
    config.arg = &s;
    dia_arena_init(&s.arena, NULL, 0, 0, NULL);
    if (!status)
        status = cli_connection_new(command, &st->connection, &config, &loop);
    if (!status)
        status = serve(command, &s, loop);
    status = cli_connection_end(command, &st->connection, loop, status);
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
             "--listen. SIGTERM and SIGINT end it orderly: peers are disconnected, a line of counters\n"
             "is printed, and the exit status is 0.",
    .examples = "  diatom serve --listen aaa://127.0.0.1:3868\n"
                "  diatom serve --listen aaa://127.0.0.1:3868 --dict my_app.dia\n"
                "  diatom serve --listen aaa://127.0.0.1:3868 --app s6a --app gx\n"
                "  diatom serve --listen aaa://0.0.0.0 --origin-host ocs.example.net --origin-realm example.net \\\n"
                "      --allow '*.example.net' --grant 1000000 --validity 600 --pcap serve.pcapng",
    .groups = groups,
    .settings = sizeof(settings),
    .run = run,
};

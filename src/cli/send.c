/* `diatom send`: one request out, its answer printed. */
#include "cli.h"

#include "connection.h"
#include "dicts.h"
#include "files.h"
#include "json_text.h"
#include "memory.h"
#include "message.h"
#include "text_split.h"
#include "tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <diatom/diatom.h>

/* Commands of the connection (RFC 6733, 5). */
enum { CER = 257, DWR = 280, DPR = 282 };

/* AVPs that are filled in (RFC 6733, 6 and 8). */
enum {
    AUTH_APPLICATION_ID = 258,
    ACCT_APPLICATION_ID = 259,
    VENDOR_SPECIFIC_APPLICATION_ID = 260,
    SESSION_ID = 263,
    ORIGIN_HOST = 264,
    VENDOR_ID = 266,
    DESTINATION_REALM = 283,
    DESTINATION_HOST = 293,
    ORIGIN_REALM = 296,
};

typedef struct settings {
    cli_connection_options connection;
    cli_dict_options dict;
    cli_texts avps;
    const char *session_id, *destination_realm, *destination_host;
    bool as_is, json, show;
} settings;

static const cli_option rows[] = {
    { "avp", 0, CLI_TEXTS, offsetof(settings, avps), "NAME=VALUE",
      "an AVP of the request, also GROUP/NAME=VALUE; several times.\nGROUP[1] is the second of its name; octets are "
      "0x..." },
    { "session-id", 0, CLI_TEXT, offsetof(settings, session_id), "TEXT", "Session-Id [a new one]" },
    { "destination-realm", 0, CLI_TEXT, offsetof(settings, destination_realm), "NAME",
      "Destination-Realm [that of the peer]" },
    { "destination-host", 0, CLI_TEXT, offsetof(settings, destination_host), "NAME", "Destination-Host [none]" },
    { "as-is", 0, CLI_FLAG, offsetof(settings, as_is), NULL,
      "add nothing: neither Session-Id nor Origin-Host, Origin-Realm,\nDestination-Realm, application ids" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "print the answer as one JSON object" },
    { "show", 0, CLI_FLAG, offsetof(settings, show), NULL, "print the request as well" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Connections", CLI_ROWS(cli_connection_rows), offsetof(settings, connection) },
    { "Security and transports", CLI_ROWS(cli_secure_rows), offsetof(settings, connection.secure) },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef struct job {
    const cli_command *command;
    const settings *settings;
    cli_dicts dicts;
    dia_loop *loop;
    uint8_t *message;
    size_t n, cap;
    size_t objects; /* messages in the file */
    bool sent, ended;
    int status; /* of what has ended */
} job;

static dia_bytes message_of(const job *j)
{
    return (dia_bytes){ j->message, j->n };
}

/* ---- The request from a file ---- */

static bool on_object(void *arg, size_t line, dia_bytes text)
{
    job *j = arg;
    dia_json_error error = { 0 };
    size_t needed = 0;
    int64_t n;
    if (j->objects++ > 0)
        return true;
    while ((n = dia_json_read(&j->dicts.all, text, j->message, j->cap, &needed, &error)) == DIA_ESPACE &&
           needed > j->cap)
        j->message = cli_grow(j->message, &j->cap, needed, 1);
    if (n < 0)
        j->status =
            cli_usage(j->command, "line %zu of the message: %s%s%s", line + (error.line ? error.line - 1 : 0),
                      error.path, error.path[0] ? ": " : "",
                      (n == DIA_EFORMAT || n == DIA_ENOTSUP) && error.text[0] ? error.text : dia_strerror((int)n));
    else
        j->n = (size_t)n;
    return true;
}

typedef struct finding {
    job *job;
    size_t first_line;
} finding;

static void on_finding(void *arg, size_t line, size_t column, const char *reason)
{
    const finding *f = arg;
    f->job->status =
        cli_usage(f->job->command, "line %zu, column %zu of the message: %s", f->first_line + line - 1, column, reason);
}

static bool on_text(void *arg, size_t line, dia_bytes text)
{
    job *j = arg;
    finding f = { j, line };
    size_t needed = 0;
    int64_t n;
    if (j->objects++ > 0)
        return true;
    while ((n = dia_text_read(&j->dicts.all, text, on_finding, &f, j->message, j->cap, &needed)) == DIA_ESPACE &&
           needed > j->cap)
        j->message = cli_grow(j->message, &j->cap, needed, 1);
    if (n >= 0)
        j->n = (size_t)n;
    else if (!j->status)
        j->status = cli_usage(j->command, "line %zu of the message: %s", line, dia_strerror((int)n));
    return true;
}

static void on_wrong(void *arg, size_t line, const char *why)
{
    job *j = arg;
    if (!j->status)
        j->status = cli_usage(j->command, "line %zu of the message: %s", line, why);
}

/* JSON begins with a brace or bracket, and all else is text, as for `encode`. */
static void read_messages(job *j, FILE *file)
{
    size_t line = 1;
    int c;
    while ((c = getc(file)) == '\n' || c == '\r' || c == ' ' || c == '\t')
        line += c == '\n';
    if (c != EOF)
        ungetc(c, file);
    if (c == '{' || c == '[' || c == ']')
        cli_json_split(file, line, on_object, on_wrong, j);
    else
        cli_text_split(file, line, on_text, on_wrong, j);
}

static int read_file(job *j, const char *name)
{
    const cli_texts files = { &name, 1 };
    const int status = cli_files_check(j->command, &files);
    if (status)
        return status;
    FILE *file = cli_is_stdin(name) ? stdin : fopen(name, "rb");
    if (!file)
        return cli_usage(j->command, "cannot read '%s': %s", name, strerror(errno));
    read_messages(j, file);
    if (!j->status && ferror(file))
        j->status = cli_usage(j->command, "cannot read '%s': %s", name, strerror(errno));
    if (file != stdin)
        fclose(file);
    if (!j->status && j->objects != 1)
        return cli_usage(j->command, "'%s' has %zu messages; send takes one", name, j->objects);
    return j->status;
}

/* ---- The request from options ---- */

static const dia_command *request_named(const dia_dict *d, const char *name)
{
    for (uint32_t i = 0; i < d->n_commands; i++) {
        const dia_command *c = &d->commands[i];
        if ((c->flags & DIA_FLAG_REQUEST) && (strcasecmp(c->name, name) == 0 || strcasecmp(c->long_name, name) == 0))
            return c;
    }
    return NULL;
}

static const dia_command *find_request(const job *j, const char *name)
{
    const size_t n_apps = j->dicts.n_apps;
    for (size_t i = 0; i < (n_apps ? n_apps : j->dicts.all.n); i++) {
        const dia_command *c = request_named(j->dicts.all.v[i], name);
        if (c && n_apps)
            return c;
        if (c && c->dict->has_application) /* the dictionary that decode would take, too */
            return dia_dicts_command(&j->dicts.all, c->dict->application, c->code, true);
    }
    return NULL;
}

static int build(job *j, const char *name)
{
    const dia_command *c = find_request(j, name);
    if (!c)
        return cli_usage(j->command, "no request is called '%s'%s%s; nor is there a file of that name", name,
                         j->dicts.n_apps ? " in " : "", j->dicts.n_apps ? j->dicts.all.v[0]->name : "");
    const dia_header header = {
        .version = 1,
        .flags = c->flags & (DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE),
        .command = c->code,
        .application = c->dict->application,
    };
    char why[200];
    dia_builder b;
    cli_tree *tree = cli_tree_new();
    int status = 0;
    for (size_t i = 0; i < j->settings->avps.n && !status; i++)
        if (!cli_tree_add(tree, &j->dicts.all, header.application, j->settings->avps.v[i], why, sizeof why))
            status = cli_usage(j->command, "--avp '%s': %s", j->settings->avps.v[i], why);
    for (int64_t n = DIA_ESPACE; !status && n == DIA_ESPACE;) {
        dia_build_begin(&b, j->message, j->cap, &header);
        cli_tree_put(tree, &b);
        n = dia_build_end(&b);
        if (n == DIA_ESPACE)
            j->message = cli_grow(j->message, &j->cap, b.n, 1);
        else if (n < 0)
            status = cli_usage(j->command, "the request cannot be built: %s", dia_strerror((int)n));
        else
            j->n = (size_t)n;
    }
    cli_tree_free(tree);
    return status;
}

static bool is_file(const char *name)
{
    const size_t n = strlen(name);
    return cli_is_stdin(name) || strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".json") == 0) ||
           (n > 4 && strcmp(name + n - 4, ".txt") == 0) || access(name, R_OK) == 0;
}

static int make_request(job *j, const char *operand)
{
    dia_header h;
    if (is_file(operand)) {
        if (j->settings->avps.n)
            return cli_usage(j->command, "--avp goes with the name of a command, not with the file '%s'", operand);
        const int status = read_file(j, operand);
        if (status)
            return status;
    } else {
        const int status = build(j, operand);
        if (status)
            return status;
    }
    if (dia_header_read(message_of(j), &h) || !(h.flags & DIA_FLAG_REQUEST))
        return cli_usage(j->command, "the message is no request: only requests can be sent");
    if (h.application == 0 && (h.command == CER || h.command == DWR || h.command == DPR))
        return cli_usage(j->command, "CER, DWR and DPR belong to the connection, which exchanges them by itself");
    return 0;
}

/* ---- What is filled in ---- */

static bool lacks(const job *j, const dia_grammar *g, uint32_t code)
{
    const dia_field *field = g ? dia_grammar_field(g, code, 0) : NULL;
    dia_avp avp;
    return field && field->min && dia_avp_find(message_of(j), code, 0, &avp) == DIA_ENOENT;
}

/* Asked for by an option: also where the grammar does not require it. */
static bool is_asked(const job *j, const char *option, uint32_t code)
{
    dia_avp avp;
    return option && dia_avp_find(message_of(j), code, 0, &avp) == DIA_ENOENT;
}

static void put_text(dia_builder *b, uint32_t code, dia_bytes text)
{
    dia_put_bytes(b, code, 0, DIA_AVP_M, text);
}

static void put_application(const job *j, const dia_command *c, const dia_grammar *g, dia_builder *b)
{
    const uint32_t id = c->dict->application;
    if (lacks(j, g, AUTH_APPLICATION_ID))
        dia_put_u32(b, AUTH_APPLICATION_ID, 0, DIA_AVP_M, id);
    if (lacks(j, g, ACCT_APPLICATION_ID))
        dia_put_u32(b, ACCT_APPLICATION_ID, 0, DIA_AVP_M, id);
    if (!lacks(j, g, VENDOR_SPECIFIC_APPLICATION_ID))
        return;
    dia_put_group(b, VENDOR_SPECIFIC_APPLICATION_ID, 0, DIA_AVP_M);
    dia_put_u32(b, VENDOR_ID, 0, DIA_AVP_M, c->dict->app_vendor);
    dia_put_u32(b, c->dict->app_kind == DIA_APP_ACCT ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID, 0, DIA_AVP_M, id);
    dia_put_group_end(b);
}

/* What the grammar requires and the message lacks goes behind Session-Id. */
static void put_filled(const job *j, const dia_node_config *config, const dia_peer *peer, dia_builder *b)
{
    const settings *s = j->settings;
    dia_header h;
    dia_header_read(message_of(j), &h);
    const dia_command *c = dia_dicts_command(&j->dicts.all, h.application, h.command, true);
    const dia_grammar *g = c && !s->as_is ? c->grammar : NULL;
    char session[DIA_SESSION_ID_MAX];
    if (s->session_id && is_asked(j, s->session_id, SESSION_ID)) {
        put_text(b, SESSION_ID, dia_cstr(s->session_id));
    } else if (lacks(j, g, SESSION_ID)) {
        const int n = dia_node_session_id(dia_loop_node(j->loop), (dia_bytes){ 0 }, session, sizeof session);
        if (n > 0)
            put_text(b, SESSION_ID, (dia_bytes){ (const uint8_t *)session, (size_t)n });
    }
    dia_avps it = dia_avps_of(message_of(j));
    bool more = dia_avp_next(&it);
    if (more && it.avp.code == SESSION_ID && it.avp.vendor == 0) {
        dia_put_octets(b, it.avp.octets);
        more = dia_avp_next(&it);
    }
    if (lacks(j, g, ORIGIN_HOST))
        put_text(b, ORIGIN_HOST, dia_cstr(config->origin_host));
    if (lacks(j, g, ORIGIN_REALM))
        put_text(b, ORIGIN_REALM, dia_cstr(config->origin_realm));
    if (is_asked(j, s->destination_realm, DESTINATION_REALM))
        put_text(b, DESTINATION_REALM, dia_cstr(s->destination_realm));
    else if (lacks(j, g, DESTINATION_REALM))
        put_text(b, DESTINATION_REALM, dia_peer_realm(peer));
    if (is_asked(j, s->destination_host, DESTINATION_HOST))
        put_text(b, DESTINATION_HOST, dia_cstr(s->destination_host));
    else if (lacks(j, g, DESTINATION_HOST))
        put_text(b, DESTINATION_HOST, dia_peer_host(peer));
    if (g)
        put_application(j, c, g, b);
    for (; more; more = dia_avp_next(&it))
        dia_put_octets(b, it.avp.octets);
    if (it.err) /* as it is */
        dia_put_octets(b, (dia_bytes){ it.where, (size_t)(it.end - it.where) });
}

static int64_t fill(const job *j, const dia_peer *peer, const dia_node_config *config, uint8_t **out)
{
    dia_header h;
    size_t cap = 0;
    dia_builder b;
    int64_t n = DIA_ESPACE;
    *out = NULL;
    dia_header_read(message_of(j), &h);
    while (n == DIA_ESPACE) {
        dia_build_begin(&b, *out, cap, &h);
        put_filled(j, config, peer, &b);
        n = dia_build_end(&b);
        if (n == DIA_ESPACE)
            *out = cli_grow(*out, &cap, b.n, 1);
    }
    return n;
}

/* ---- Talking ---- */

static void finish(job *j, int status)
{
    j->status = status;
    j->ended = true;
    dia_loop_stop(j->loop);
}

static void on_outcome(const dia_outcome *outcome, void *arg)
{
    job *j = arg;
    if (outcome->octets.p)
        cli_message_print(&j->dicts.all, outcome->octets, j->settings->json);
    switch (outcome->kind) {
    case DIA_OUTCOME_ANSWER: finish(j, outcome->result_code / 1000 == 2 ? CLI_OK : CLI_BAD); return;
    case DIA_OUTCOME_BAD_ANSWER:
        finish(j, CLI_BAD);
        cli_failed(j->command, "the answer is bad: %s", outcome->fault ? outcome->fault->text : "?");
        return;
    case DIA_OUTCOME_TIMEOUT:
        finish(j, cli_failed(j->command, "no answer within %" PRIu64 " ms", j->settings->connection.secure.timeout_ms));
        return;
    case DIA_OUTCOME_LOST: finish(j, cli_failed(j->command, "the connection was lost before the answer came")); return;
    case DIA_OUTCOME_STOPPED: return; /* a signal: talk() says it */
    }
}

/* The node gives its peers as const. */
static dia_peer *same_peer(const dia_node *node, const dia_peer *peer)
{
    dia_peer *p = dia_node_next_peer(node, NULL);
    while (p && p != peer)
        p = dia_node_next_peer(node, p);
    return p;
}

static void send_to(job *j, dia_node *node, const dia_peer *peer)
{
    const dia_node_config identity = {
        .origin_host = j->settings->connection.origin_host ? j->settings->connection.origin_host : "send." CLI_REALM,
        .origin_realm = j->settings->connection.origin_realm ? j->settings->connection.origin_realm : CLI_REALM,
    };
    uint8_t *octets;
    const int64_t n = fill(j, peer, &identity, &octets);
    const dia_bytes message = { octets, n > 0 ? (size_t)n : 0 };
    j->sent = true;
    if (j->settings->show && n > 0) {
        cli_message_print(&j->dicts.all, message, j->settings->json);
        if (!j->settings->json)
            putchar('\n');
    }
    const int err = n < 0 ? 0
                          : dia_node_send_octets(node, same_peer(node, peer), message,
                                                 (uint32_t)j->settings->connection.secure.timeout_ms, on_outcome, j);
    if (n < 0 || err)
        finish(j, cli_failed(j->command, "not sent: %s", err ? dia_node_last_fault(node) : dia_strerror((int)n)));
    free(octets);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    job *j = arg;
    if (j->sent || j->ended)
        return;
    if (event->kind == DIA_EVENT_PEER_UP)
        send_to(j, node, event->peer);
    else if (event->kind == DIA_EVENT_REFUSED)
        cli_failed(j->command, "a peer was refused: %s", event->reason);
    else if (cli_connection_is_failure(event)) {
        const int status = cli_connection_failed(j->command, event);
        if (!cli_connection_may_stand(&j->settings->connection, node))
            finish(j, status);
    }
}

static void on_late(void *arg)
{
    job *j = arg;
    if (!j->sent && !j->ended)
        finish(j, cli_failed(j->command, "no connection within %" PRIu64 " ms",
                             j->settings->connection.secure.timeout_ms));
}

static uint32_t application_of(const job *j)
{
    dia_header h;
    dia_header_read(message_of(j), &h);
    return h.application;
}

/* Which application the capabilities exchange names: that of the request; for commands of the base protocol any. */
static int advertise(const job *j, dia_node *node)
{
    const uint32_t id = application_of(j);
    if (id == 0)
        return dia_node_advertise(node, UINT32_MAX, 0, DIA_APP_BOTH);
    const dia_dict *dict = dia_dicts_application(&j->dicts.all, id);
    if (!dict)
        return dia_node_advertise(node, id, 0, DIA_APP_AUTH);
    return dia_node_advertise(node, id, dict->app_vendor, dict->app_kind);
}

static int talk(job *j)
{
    const settings *s = j->settings;
    int err = advertise(j, dia_loop_node(j->loop));
    if (err)
        return cli_failed(j->command, "%s", dia_strerror(err));
    const int status = cli_connection_start(j->command, &s->connection, j->loop, NULL);
    if (status)
        return status;
    err = dia_loop_after(j->loop, (uint32_t)s->connection.secure.timeout_ms, on_late, j);
    if (!err)
        err = dia_loop_run(j->loop);
    if (err)
        return cli_failed(j->command, "%s", dia_strerror(err));
    if (!j->ended)
        return cli_failed(j->command, "stopped before %s", j->sent ? "the answer came" : "a connection stood");
    return j->status;
}

static int run(const cli_command *command, void *settings_, const cli_texts *operands)
{
    settings *s = settings_;
    job j = { .command = command, .settings = s };
    dia_node_config config;
    if (!cli_connection_ways(&s->connection))
        return cli_usage(
            command,
            "nowhere to send: give --connect URI, such as --connect aaa://127.0.0.1:3868, or --discover REALM");
    int status = cli_json_check(command, s->json);
    if (!status)
        status = cli_connection_config(command, &s->connection, "send." CLI_REALM, &config);
    config.on_event = on_event;
    config.arg = &j;
    if (!status)
        status = cli_dicts_load(command, &s->dict, &j.dicts);
    if (!status)
        status = make_request(&j, operands->v[0]);
    if (!status)
        s->connection.application = application_of(&j);
    if (!status)
        status = cli_connection_new(command, &s->connection, &config, &j.loop);
    if (!status)
        status = talk(&j);
    status = cli_connection_end(command, &s->connection, j.loop, status);
    free(j.message);
    cli_dicts_done(&j.dicts);
    return status;
}

const cli_command cli_send = {
    .name = "send",
    .operands = "COMMAND|FILE|-",
    .summary = "send one request and print its answer",
    .about = "Sends one request and prints its answer. The request is a message as JSON or text (a\n"
             "file, or standard input for '-'), or a command by name with AVPs from --avp. What the\n"
             "command's grammar requires and can be known is filled in: Session-Id, Origin-Host,\n"
             "Origin-Realm, Destination-Realm, Destination-Host, application ids.\n"
             "\n"
             "The exit status is 0 when the Result-Code is 2xxx, 1 for any other, 3 without an answer.",
    .examples = "  diatom send ccr --app ro --connect aaa://127.0.0.1:3868 \\\n"
                "      --avp Service-Context-Id=32251@3gpp.org --avp CC-Request-Type=INITIAL_REQUEST \\\n"
                "      --avp CC-Request-Number=0 --avp Multiple-Services-Credit-Control/Rating-Group=10 \\\n"
                "      --avp Multiple-Services-Credit-Control/Requested-Service-Unit=\n"
                "  diatom send request.json --connect aaa://127.0.0.1:3868 --json",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};

/* `diatom route`: what an agent of this configuration would do with a message, and why: the node says so, and each of its routes. */
#include "cli.h"

#include "config.h"
#include "dicts.h"
#include "files.h"
#include "hex.h"
#include "memory.h"
#include "tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <diatom/diatom.h>

/* AVP codes of RFC 6733. */
enum {
    USER_NAME = 1,
    SESSION_ID = 263,
    ORIGIN_HOST = 264,
    DESTINATION_REALM = 283,
    DESTINATION_HOST = 293,
    ORIGIN_REALM = 296,
    RESULT_CODE = 268,
    SUBSCRIPTION_ID = 443, /* of RFC 8506 */
    SUBSCRIPTION_ID_DATA = 444,
    SUBSCRIPTION_ID_TYPE = 450
};
enum { END_USER_E164, END_USER_IMSI };

typedef struct settings {
    const char *realm, *host, *app, *command, *imsi, *msisdn, *user, *session, *origin_host, *origin_realm, *from, *at;
    cli_texts avps, down;
    bool json;
    cli_dict_options dict;
} settings;

static const cli_option rows[] = {
    { "realm", 0, CLI_TEXT, offsetof(settings, realm), "REALM", "Destination-Realm" },
    { "host", 0, CLI_TEXT, offsetof(settings, host), "HOST", "Destination-Host" },
    { "app", 0, CLI_TEXT, offsetof(settings, app), "NAME|ID", "the application, such as gy or 16777251" },
    { "command", 0, CLI_TEXT, offsetof(settings, command), "NAME|CODE", "the command, such as CCR or 272" },
    { "imsi", 0, CLI_TEXT, offsetof(settings, imsi), "DIGITS", "the subscriber's IMSI" },
    { "msisdn", 0, CLI_TEXT, offsetof(settings, msisdn), "DIGITS", "the subscriber's MSISDN" },
    { "user", 0, CLI_TEXT, offsetof(settings, user), "TEXT", "User-Name" },
    { "session", 0, CLI_TEXT, offsetof(settings, session), "TEXT", "Session-Id" },
    { "origin-host", 0, CLI_TEXT, offsetof(settings, origin_host), "HOST", "Origin-Host" },
    { "origin-realm", 0, CLI_TEXT, offsetof(settings, origin_realm), "REALM", "Origin-Realm" },
    { "avp", 0, CLI_TEXTS, offsetof(settings, avps), "PATH=VALUE", "an AVP, as `diatom send` takes it; several times" },
    { "from", 0, CLI_TEXT, offsetof(settings, from), "HOST", "the peer that it comes from" },
    { "at", 0, CLI_TEXT, offsetof(settings, at), "URI", "the listener that it comes in at [the first]" },
    { "down", 0, CLI_TEXTS, offsetof(settings, down), "HOST", "a peer that is not connected; several times" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "one JSON object a message" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries, whose names can be used", cli_dict_rows, 2, offsetof(settings, dict) },
    { 0 },
};

typedef struct job {
    const cli_command *command;
    const settings *st;
    const char *file; /* the configuration */
    cli_dicts dicts;
    dia_agent *agent;
    dia_node *node;               /* that nothing connects to: it has what the configuration says */
    const dia_listener *listener; /* of --at, else the first; NULL: none */
    bool found;                   /* that of --at is there */
    dia_page page;
    int status;
    size_t messages;
} job;

/* ---- The configuration ---- */

static int open_table(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    const job *j = arg;
    return cli_config_open(j->file, name, true, text, why, why_size);
}

static void close_table(void *arg, dia_bytes text)
{
    (void)arg;
    cli_config_release(text);
}

/* Nobody connects to it: it says what is let in there, and who we are. */
static int add_listener(void *arg, const dia_agent_listener *listener, char *bound, size_t bound_size, char *why,
                        size_t why_size)
{
    job *j = arg;
    dia_listener *added;
    const int err = dia_node_add_listener(j->node, &listener->as, &added);
    snprintf(bound, bound_size, "%s", listener->uri);
    if (err) {
        snprintf(why, why_size, "%s", dia_node_last_fault(j->node));
        return err;
    }
    const bool named = j->st->at && strcasecmp(j->st->at, listener->uri) == 0;
    j->listener = named || !j->listener ? added : j->listener;
    j->found = j->found || named;
    return 0;
}

static int start(job *j, dia_agent_mistakes *mistakes)
{
    const dia_agent_options options = {
        .windows = { .open = open_table, .close = close_table, .listen = add_listener, .arg = j },
        .dicts = &j->dicts.all,
        .left_out = CLI_LEFT_OUT
    };
    char why[300] = "";
    dia_bytes text;
    if (!cli_config_read(j->file, true, &text))
        return cli_usage(j->command, "cannot read '%s': %s", j->file, strerror(errno));
    int err = dia_agent_new(&options, text, &j->agent, mistakes);
    cli_config_release(text);
    if (!err)
        err = dia_node_new(dia_agent_node_config(j->agent), (dia_time){ 0 }, &j->node, why, sizeof why);
    if (!err)
        err = dia_agent_start(j->agent, j->node, mistakes);
    cli_config_mistakes(j->file, mistakes);
    if (err && mistakes->n)
        return CLI_USAGE;
    if (err)
        return cli_failed(j->command, "%s", why[0] ? why : dia_strerror(err));
    return 0;
}

static int load(job *j)
{
    dia_agent_mistakes *mistakes = cli_new(sizeof *mistakes);
    const int status = start(j, mistakes);
    free(mistakes);
    return status;
}

/* ---- The request ---- */

static bool number_of(const char *text, uint32_t max, uint32_t *out)
{
    char *end;
    const unsigned long long n = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end || n > max)
        return false;
    *out = (uint32_t)n;
    return true;
}

static int find_application(const job *j, uint32_t *out)
{
    const dia_dict *dict = cli_dicts_named(&j->dicts.all, j->st->app);
    if (dict && dict->has_application)
        *out = dict->application;
    else if (!number_of(j->st->app, UINT32_MAX, out))
        return cli_usage(j->command, "no application is called '%s'", j->st->app);
    return 0;
}

static int find_command(const job *j, uint32_t application, uint32_t *out)
{
    if (number_of(j->st->command, 0xffffff, out))
        return 0;
    const dia_command *c = dia_dicts_command_named(&j->dicts.all, dia_dicts_application(&j->dicts.all, application),
                                                   dia_cstr(j->st->command));
    if (!c)
        return cli_usage(j->command, "no command is called '%s'", j->st->command);
    *out = c->code;
    return 0;
}

/* What the options say goes before what the message has. */
static const struct {
    uint32_t code;
    size_t offset;
} texts[] = {
    { SESSION_ID, offsetof(settings, session) },        { ORIGIN_HOST, offsetof(settings, origin_host) },
    { ORIGIN_REALM, offsetof(settings, origin_realm) }, { DESTINATION_REALM, offsetof(settings, realm) },
    { DESTINATION_HOST, offsetof(settings, host) },     { USER_NAME, offsetof(settings, user) },
};
enum { TEXTS = sizeof texts / sizeof *texts };

static const char *text_of(const settings *st, size_t i)
{
    return *(const char *const *)(const void *)((const char *)st + texts[i].offset);
}

static bool is_replaced(const settings *st, const dia_avp *avp)
{
    for (size_t i = 0; i < TEXTS; i++)
        if (!avp->vendor && avp->code == texts[i].code && text_of(st, i))
            return true;
    return false;
}

/* In front of all others: of several the first one counts. */
static void put_number(dia_builder *b, uint32_t type, const char *digits)
{
    if (!digits)
        return;
    dia_put_group(b, SUBSCRIPTION_ID, 0, DIA_AVP_M);
    dia_put_u32(b, SUBSCRIPTION_ID_TYPE, 0, DIA_AVP_M, type);
    dia_put_bytes(b, SUBSCRIPTION_ID_DATA, 0, DIA_AVP_M, dia_cstr(digits));
    dia_put_group_end(b);
}

static void put_request(const job *j, dia_builder *b, const cli_tree *tree, dia_bytes message)
{
    dia_avps it = dia_avps_of(message);
    for (size_t i = 0; i < TEXTS; i++)
        if (text_of(j->st, i))
            dia_put_bytes(b, texts[i].code, 0, DIA_AVP_M, dia_cstr(text_of(j->st, i)));
    put_number(b, END_USER_IMSI, j->st->imsi);
    put_number(b, END_USER_E164, j->st->msisdn);
    while (dia_avp_next(&it))
        if (!is_replaced(j->st, &it.avp))
            dia_put_octets(b, it.avp.octets);
    cli_tree_put(tree, b);
}

/* The message with what the options add to it. `message` may be absent. Gives *out. */
static int make_request(const job *j, dia_bytes message, dia_header *header, uint8_t **out, size_t *n)
{
    const settings *st = j->st;
    cli_tree *tree = cli_tree_new();
    char why[200];
    size_t cap = 0;
    int status = 0;
    *header = (dia_header){ .version = 1, .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE };
    dia_header_read(message, header);
    if (st->app)
        status = find_application(j, &header->application);
    if (!status && st->command)
        status = find_command(j, header->application, &header->command);
    for (size_t i = 0; i < st->avps.n && !status; i++)
        if (!cli_tree_add(tree, &j->dicts.all, header->application, st->avps.v[i], why, sizeof why))
            status = cli_usage(j->command, "--avp '%s': %s", st->avps.v[i], why);
    *out = NULL;
    for (int64_t done = DIA_ESPACE; !status && done == DIA_ESPACE;) {
        dia_builder b;
        dia_build_begin(&b, *out, cap, header);
        put_request(j, &b, tree, message);
        done = dia_build_end(&b);
        *n = done > 0 ? (size_t)done : 0;
        if (done == DIA_ESPACE)
            *out = cli_grow(*out, &cap, b.n, 1);
        else if (done < 0)
            status = cli_usage(j->command, "the request cannot be built: %s", dia_strerror((int)done));
    }
    cli_tree_free(tree);
    return status;
}

/* ---- The decision ---- */

static bool is_down(const job *j, const char *host)
{
    dia_peer_status status;
    const dia_peer *peer = dia_node_find_peer(j->node, host);
    for (size_t i = 0; i < j->st->down.n; i++)
        if (strcasecmp(j->st->down.v[i], host) == 0)
            return true;
    if (peer)
        dia_peer_get_status(peer, &status);
    return peer && status.out_of_service;
}

/* What was asked, and what the node said. */
typedef struct decision {
    dia_explanation is;
    const dia_route *route; /* that says so; NULL: none */
    char hop[256];          /* whom it goes to; "": nobody in particular */
} decision;

static int ask(const job *j, dia_bytes message, decision *d)
{
    const char **down = cli_new((j->st->down.n + 1) * sizeof *down);
    for (size_t i = 0; i < j->st->down.n; i++)
        down[i] = j->st->down.v[i];
    const dia_question question = {
        .message = message, .from = dia_cstr(j->st->from), .listener = j->listener, .open = true, .down = down
    };
    const int err = dia_node_explain(j->node, &question, &d->is);
    free(down);
    if (err)
        return err;
    const dia_routes *routes = dia_node_routes(j->node);
    d->route = routes && d->is.leader == DIA_LED_BY_ROUTE ? dia_routes_get(routes, d->is.route) : NULL;
    const dia_bytes host = d->is.peer ? dia_peer_host(d->is.peer) : dia_cstr("");
    snprintf(d->hop, sizeof d->hop, "%.*s", (int)host.n, (const char *)host.p);
    return 0;
}

/* ---- In words ---- */

static void print_hops(const job *j, const dia_route *route, dia_page *p)
{
    for (size_t i = 0; i < route->n_hops; i++) {
        const dia_hop *hop = &route->hops[i];
        dia_page_print(p, "%s%s, priority %" PRIu32 ", weight %" PRIu32 "%s\n",
                       i ? "           " : "  hops:    ", hop->host, hop->priority, hop->weight,
                       is_down(j, hop->host) ? ", down" : "");
    }
    if (route->n_hops > 1)
        dia_page_print(p, "  choice:  %s\n", dia_choice_name(route->choice));
}

static const char any_of_realm[] = "any peer of its realm that offers the application, else to any relay";

static const char *result_name(const job *j, uint32_t code)
{
    const dia_avp_def *def = dia_dicts_avp(&j->dicts.all, 0, RESULT_CODE, 0);
    const char *name = def ? dia_dicts_value_name(&j->dicts.all, 0, def, code, 0) : NULL;
    return name ? name : "";
}

static void print_going_on(const decision *d, dia_page *p)
{
    const char *through = d->is.fate == DIA_FATE_PROXIED ? ", through the policies," : "";
    if (d->is.leader == DIA_LED_BY_HOST)
        dia_page_print(p, "it goes%s to %s: %s\n", through, d->hop, d->is.why);
    else if (!d->hop[0])
        dia_page_print(p, "it goes on%s to %s%s\n", through, any_of_realm, d->route ? "" : ": there are no routes");
    else
        dia_page_print(p, "it goes on%s to %s%s\n", through, d->hop,
                       d->is.others ? " or, as the choice has it, another hop" : "");
}

static void print_refusal(const job *j, const decision *d, dia_page *p)
{
    dia_page_print(p, "it %s, and is answered %" PRIu32 " %s: %s\n",
                   d->is.for_us ? "is for the agent itself" : "goes nowhere", d->is.result_code,
                   result_name(j, d->is.result_code), d->is.why);
    if (d->is.sought)
        dia_page_put(p, "  discover: before that its realm is looked for in the DNS\n");
}

static void print_decision(const job *j, const decision *d, dia_page *p)
{
    switch (d->is.fate) {
    case DIA_FATE_SERVED: dia_page_print(p, "it is for the agent itself: %s\n", d->is.why); break;
    case DIA_FATE_REFUSED: print_refusal(j, d, p); break;
    case DIA_FATE_REDIRECTED:
        dia_page_print(p, "it is answered %" PRIu32 " %s, with", d->is.result_code, result_name(j, d->is.result_code));
        for (size_t i = 0; d->route && i < d->route->n_hops; i++)
            dia_page_print(p, "%s %s", i ? "," : "", d->route->hops[i].host);
        dia_page_put(p, "\n");
        break;
    default: print_going_on(d, p); break;
    }
    if (!d->route)
        return;
    dia_page_print(p, "  route:   %s\n", d->route->name);
    print_hops(j, d->route, p);
}

static void print_verdict(void *arg, const dia_route_verdict *v)
{
    dia_page *p = arg;
    dia_page_print(p, "  %s ", v->matches ? "+" : "-");
    dia_page_safely(p, dia_cstr(v->route->name));
    dia_page_put(p, ": ");
    dia_page_safely(p, dia_cstr(v->text));
    dia_page_put(p, "\n");
}

typedef struct listing {
    dia_page *p;
    size_t n;
} listing;

static void print_policy(void *arg, const dia_agent_policy_seen *seen)
{
    listing *l = arg;
    dia_page_put(l->p, l->n++ ? ", " : "  policies: ");
    dia_page_safely(l->p, dia_cstr(seen->name[0] ? seen->name : "one without a name"));
    dia_page_put(l->p, " (");
    dia_page_put(l->p, seen->does[0] ? seen->does : "does nothing to it");
    dia_page_put(l->p, ")");
}

/* ---- In JSON ---- */

static const char *outcome_of(const decision *d)
{
    static const char *const names[DIA_FATES] = { "served", "relay", "proxy", "redirect", "refused" };
    return names[d->is.fate];
}

static const char *leader_of(const decision *d)
{
    return d->is.leader == DIA_LED_BY_HOST    ? "destination-host"
           : d->is.leader == DIA_LED_BY_ROUTE ? "route"
           : d->is.leader == DIA_LED_BY_REALM ? "realm"
                                              : NULL;
}

static void put_member(dia_page *p, const char *key, const char *value)
{
    dia_page_print(p, ",\"%s\":", key);
    dia_page_quoted(p, dia_cstr(value));
}

static void json_decision(const job *j, const decision *d, dia_page *p)
{
    dia_page_put(p, "{\"outcome\":");
    dia_page_quoted(p, dia_cstr(outcome_of(d)));
    if (leader_of(d))
        put_member(p, "by", leader_of(d));
    if (d->is.result_code) {
        dia_page_print(p, ",\"result_code\":%" PRIu32, d->is.result_code);
        put_member(p, "result", result_name(j, d->is.result_code));
    }
    put_member(p, "why", d->is.why);
    if (d->is.for_us)
        dia_page_put(p, ",\"for_us\":true");
    if (d->is.sought)
        dia_page_put(p, ",\"sought\":true");
    if (d->hop[0])
        put_member(p, "hop", d->hop);
    if (!d->route)
        return;
    put_member(p, "route", d->route->name);
    put_member(p, "choice", dia_choice_name(d->route->choice));
    dia_page_put(p, ",\"hops\":[");
    for (size_t i = 0; i < d->route->n_hops; i++) {
        const dia_hop *hop = &d->route->hops[i];
        dia_page_print(p, "%s{\"host\":", i ? "," : "");
        dia_page_quoted(p, dia_cstr(hop->host));
        dia_page_print(p, ",\"priority\":%" PRIu32 ",\"weight\":%" PRIu32 ",\"down\":%s}", hop->priority, hop->weight,
                       is_down(j, hop->host) ? "true" : "false");
    }
    dia_page_put(p, "]");
}

static void json_policy(void *arg, const dia_agent_policy_seen *seen)
{
    listing *l = arg;
    dia_page_put(l->p, l->n++ ? ",{\"name\":" : "{\"name\":");
    dia_page_quoted(l->p, dia_cstr(seen->name));
    put_member(l->p, "does", seen->does);
    dia_page_put(l->p, "}");
}

static void json_verdict(void *arg, const dia_route_verdict *v)
{
    listing *l = arg;
    dia_page_print(l->p, "%s{\"matches\":%s", l->n++ ? "," : "", v->matches ? "true" : "false");
    put_member(l->p, "route", v->route->name);
    if (v->criterion)
        put_member(l->p, "criterion", v->criterion);
    put_member(l->p, "text", v->text);
    dia_page_put(l->p, "}");
}

/* ---- One message ---- */

/* Those that it meets. */
static void list_policies(job *j, const decision *d, dia_bytes message, dia_agent_policy_fn *fn, listing *l)
{
    if (!d->is.hooked)
        return;
    const int err = dia_agent_explain_policies(j->agent, message, dia_cstr(j->st->from), !d->is.changes, fn, l);
    if (err && !j->page.err)
        j->page.err = err;
}

static void answer(job *j, dia_bytes message)
{
    uint8_t *octets;
    size_t n;
    dia_header header;
    const int status = make_request(j, message, &header, &octets, &n);
    if (status) {
        j->status = status;
        free(octets);
        return;
    }
    dia_route_query query = { .message = { octets, n },
                              .header_known = true,
                              .application = header.application,
                              .command = header.command,
                              .from = dia_cstr(j->st->from) };
    decision d;
    const int err = ask(j, query.message, &d);
    if (err) {
        j->status = cli_failed(j->command, "%s", dia_strerror(err));
        free(octets);
        return;
    }
    const dia_routes *routes = dia_node_routes(j->node);
    if (j->st->json) {
        json_decision(j, &d, &j->page);
        dia_page_put(&j->page, ",\"routes\":[");
        if (routes)
            dia_routes_explain(routes, &query, json_verdict, &(listing){ &j->page, 0 });
        dia_page_put(&j->page, "],\"policies\":[");
        list_policies(j, &d, query.message, json_policy, &(listing){ &j->page, 0 });
        dia_page_put(&j->page, "]}\n");
    } else {
        listing policies = { &j->page, 0 };
        dia_page_put(&j->page, j->messages ? "\n" : "");
        print_decision(j, &d, &j->page);
        list_policies(j, &d, query.message, print_policy, &policies);
        dia_page_put(&j->page, !policies.n ? "" : routes ? "; routes are asked again behind them\n" : "\n");
        dia_page_put(&j->page, routes ? "  looked at:\n" : "");
        if (routes)
            dia_routes_explain(routes, &query, print_verdict, &j->page);
    }
    j->messages++;
    if (d.is.fate == DIA_FATE_REFUSED && !j->status)
        j->status = CLI_BAD;
    free(octets);
}

static void on_message(void *arg, const cli_place *place, dia_bytes octets)
{
    job *j = arg;
    dia_header header;
    (void)place;
    if (j->status > CLI_BAD)
        return;
    if (!dia_header_read(octets, &header) && header.flags & DIA_FLAG_REQUEST)
        answer(j, octets);
}

static void on_bad(void *arg, const cli_place *place, const char *reason)
{
    job *j = arg;
    if (place->line)
        fprintf(stderr, "%s:%" PRIu64 ": %s\n", place->file, place->line, reason);
    else
        fprintf(stderr, "%s: octet %" PRIu64 ": %s\n", place->file, place->offset, reason);
    j->status = j->status ? j->status : CLI_BAD;
}

static void on_note(void *arg, const cli_place *place, const char *reason)
{
    (void)arg;
    (void)place;
    (void)reason;
}

static void read_raw(FILE *in, const char *name, const cli_sink *sink)
{
    cli_place place = { .file = name };
    cli_stream stream;
    uint8_t buf[4096];
    cli_stream_init(&stream, sink);
    for (size_t n; (n = fread(buf, 1, sizeof buf, in)) > 0; place.offset += n)
        cli_stream_input(&stream, (dia_bytes){ buf, n }, &place);
    cli_stream_end(&stream, &place);
    cli_stream_done(&stream);
}

/* Octets begin with the version, 1; anything else is hexadecimal text. */
static int answer_file(job *j, const char *name)
{
    const cli_sink sink = { on_message, on_bad, on_note, j };
    FILE *in = cli_is_stdin(name) ? stdin : fopen(name, "rb");
    if (!in)
        return cli_usage(j->command, "cannot read '%s': %s", name, strerror(errno));
    const int first = getc(in);
    if (first != EOF)
        ungetc(first, in);
    if (first == 1)
        read_raw(in, name, &sink);
    else
        cli_hex_read(in, name, &sink);
    if (ferror(in))
        j->status = cli_failed(j->command, "cannot read '%s': %s", name, strerror(errno));
    if (in != stdin)
        fclose(in);
    if (!j->status && !j->messages)
        j->status = cli_usage(j->command, "'%s' has no request", name);
    return j->status;
}

/* A name that is none would be down without a word. */
static int check_down(const job *j)
{
    for (size_t i = 0; i < j->st->down.n; i++)
        if (!dia_node_find_peer(j->node, j->st->down.v[i]))
            return cli_usage(j->command, "--down: there is no peer '%s'", j->st->down.v[i]);
    return 0;
}

static int route(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    job j = { .command = command, .st = st, .file = operands->v[0] };
    dia_page_init(&j.page, 0, NULL);
    if (operands->n < 2 && !st->app)
        return cli_usage(command, "--app is missing: a request of no application is never passed on");
    int status = cli_dicts_load(command, &st->dict, &j.dicts);
    if (!status)
        status = load(&j);
    if (!status)
        status = check_down(&j);
    if (!status && st->at && !j.found)
        status = cli_usage(command, "--at: there is no listener '%s'", st->at);
    if (!status && operands->n > 1) {
        status = answer_file(&j, operands->v[1]);
    } else if (!status) {
        answer(&j, (dia_bytes){ NULL, 0 });
        status = j.status;
    }
    if (j.page.err)
        status = cli_failed(command, "%s", dia_strerror(j.page.err));
    if (j.page.n)
        fwrite(j.page.p, 1, j.page.n, stdout);
    dia_page_done(&j.page);
    dia_node_free(j.node);
    dia_agent_free(j.agent);
    cli_dicts_done(&j.dicts);
    return status;
}

const cli_command cli_route = {
    .name = "route",
    .operands = "FILE [MESSAGES]",
    .summary = "say where a message would go at an agent, and why",
    .about = "Asks an agent's configuration (see 'diatom agent') what would become of a request of a peer, by\n"
             "the agent's own decision. The request is what the options say, or a message of a file - octets,\n"
             "or hexadecimal text as `decode` takes it, '-' is standard input - with what the options add.\n"
             "Nothing is connected: all peers count as open, and as offering each application, but those that\n"
             "are disabled and those of --down. Policies that match the request as it came are named, and\n"
             "change nothing; routes are asked again behind them.\n"
             "\n"
             "Behind the decision each route is listed in the order in which it is looked at, with + where it\n"
             "matches, and what matched or did not. The exit status is 1 when a request is answered with an\n"
             "error.",
    .examples = "  diatom route agent.yaml --realm example.net --app gy --imsi 262011234567890\n"
                "  diatom route agent.yaml --realm example.net --app s6a --command ULR --down hss1.example.net\n"
                "  diatom route agent.yaml --realm example.net --app gy --avp CC-Request-Type=INITIAL_REQUEST\n"
                "  diatom encode request.json | diatom route agent.yaml - --from dra.partner.example",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 2,
    .run = route,
};

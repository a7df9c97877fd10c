/* `diatom route`: where a message would go by the routes of an agent's configuration, and why. */
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
    ORIGIN_REALM = 296
};

typedef struct settings {
    const char *realm, *host, *app, *command, *imsi, *msisdn, *user, *session, *origin_host, *origin_realm, *from;
    cli_texts avps, down;
    bool json;
    cli_dict_options dict;
} settings;

static const cli_option rows[] = {
    { "realm", 0, CLI_TEXT, offsetof(settings, realm), "REALM", "Destination-Realm" },
    { "host", 0, CLI_TEXT, offsetof(settings, host), "HOST", "Destination-Host" },
    { "app", 0, CLI_TEXT, offsetof(settings, app), "NAME|ID", "the application, such as gy or 16777251" },
    { "command", 0, CLI_TEXT, offsetof(settings, command), "NAME|CODE", "the command, such as CCR or 272" },
    { "imsi", 0, CLI_TEXT, offsetof(settings, imsi), "DIGITS", "the subscriber's IMSI, wherever it stands" },
    { "msisdn", 0, CLI_TEXT, offsetof(settings, msisdn), "DIGITS", "the subscriber's MSISDN, wherever it stands" },
    { "user", 0, CLI_TEXT, offsetof(settings, user), "TEXT", "User-Name" },
    { "session", 0, CLI_TEXT, offsetof(settings, session), "TEXT", "Session-Id" },
    { "origin-host", 0, CLI_TEXT, offsetof(settings, origin_host), "HOST", "Origin-Host" },
    { "origin-realm", 0, CLI_TEXT, offsetof(settings, origin_realm), "REALM", "Origin-Realm" },
    { "avp", 0, CLI_TEXTS, offsetof(settings, avps), "PATH=VALUE", "an AVP, as `diatom send` takes it; several times" },
    { "from", 0, CLI_TEXT, offsetof(settings, from), "HOST", "the peer that it comes from" },
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
    dia_node *node; /* that nothing connects to: it has the configuration's peers and routes */
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

static int start(job *j, dia_agent_mistakes *mistakes)
{
    const dia_agent_options options = { .windows = { .open = open_table, .close = close_table, .arg = j },
                                        .dicts = &j->dicts.all,
                                        .left_out = CLI_LEFT_OUT };
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

static void put_request(const job *j, dia_builder *b, const cli_tree *tree, dia_bytes message)
{
    dia_avps it = dia_avps_of(message);
    for (size_t i = 0; i < TEXTS; i++)
        if (text_of(j->st, i))
            dia_put_bytes(b, texts[i].code, 0, DIA_AVP_M, dia_cstr(text_of(j->st, i)));
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
    *header = (dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE };
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

typedef struct decision {
    const dia_route *route; /* NULL: none */
    uint32_t id;
    const char *hop; /* that is chosen, as long as its turn is the first; NULL: none in particular */
    bool always;     /* it is that one each time */
    char host[256];  /* Destination-Host; "": none */
    bool peer;       /* that is a peer */
    bool ours;       /* that is the agent itself */
    bool matched;    /* a route did, but none of its hops is there */
    bool by_realm;   /* there are no routes */
} decision;

/* The same hop each time: there is but one, or the choice does not look at turns and loads. */
static bool is_steady(const dia_route *route, dia_route_query *query, size_t n)
{
    dia_avp avp;
    return n == 1 || route->choice == DIA_CHOICE_ORDER ||
           (route->choice == DIA_CHOICE_STICKY && !dia_avp_find(query->message, SESSION_ID, 0, &avp));
}

/* As if all hops but those that are down could take it. False: there are none. */
static bool take_hop(const job *j, const dia_route *route, dia_route_query *query, decision *d)
{
    dia_live_hop hops[DIA_HOPS_MAX];
    const char *names[DIA_HOPS_MAX];
    size_t n = 0, lowest = 0;
    uint32_t priority = UINT32_MAX;
    for (size_t i = 0; i < route->n_hops; i++) {
        const dia_hop *hop = &route->hops[i];
        const dia_bytes host = dia_cstr(hop->host);
        if (is_down(j, hop->host))
            continue;
        lowest = hop->priority < priority ? 1 : lowest + (hop->priority == priority);
        priority = hop->priority < priority ? hop->priority : priority;
        names[n] = hop->host;
        hops[n++] = (dia_live_hop){ host, hop->priority, hop->weight, 0, DIA_LOAD_UNKNOWN, dia_hop_key(host) };
    }
    const int i = dia_route_choose(route, query, 0, hops, n);
    if (i < 0)
        return false;
    d->hop = names[i];
    d->always = is_steady(route, query, lowest);
    return true;
}

static decision decide(const job *j, dia_route_query *query)
{
    decision d = { 0 };
    dia_route_walk walk;
    dia_avp host;
    if (!dia_avp_find(query->message, DESTINATION_HOST, 0, &host) && host.data.n < sizeof d.host) {
        memcpy(d.host, host.data.p ? (const char *)host.data.p : "", host.data.n);
        d.ours = strcasecmp(d.host, dia_agent_node_config(j->agent)->origin_host) == 0;
        d.peer = dia_node_find_peer(j->node, d.host) && !is_down(j, d.host);
    }
    d.by_realm = !dia_node_routes(j->node);
    if (d.ours || d.peer || d.by_realm)
        return d;
    dia_routes_match(&walk, dia_node_routes(j->node), query);
    while (dia_route_walk_next(&walk)) {
        const bool leads = walk.route->action == DIA_ROUTE_RELAY || walk.route->action == DIA_ROUTE_PROXY;
        d.matched = true;
        if (leads && walk.route->n_hops && !take_hop(j, walk.route, query, &d))
            continue;
        d.route = walk.route;
        d.id = walk.id;
        break;
    }
    return d;
}

/* ---- In words ---- */

static const char *action_words(const dia_route *route)
{
    switch (route->action) {
    case DIA_ROUTE_LOCAL: return "is for the agent itself";
    case DIA_ROUTE_REDIRECT: return "is answered 3006 DIAMETER_REDIRECT_INDICATION, with";
    case DIA_ROUTE_PROXY: return "goes on, through the policies, to";
    default: return "goes on to";
    }
}

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

static const char any_of_realm[] = " any peer of its realm that offers the application, else to any relay";

static void print_decision(const job *j, const decision *d, dia_page *p)
{
    const dia_route *route = d->route;
    if (d->ours) {
        dia_page_put(p, "it is for the agent itself: Destination-Host is its own\n");
    } else if (d->peer) {
        dia_page_print(p, "it goes to %s: Destination-Host is that peer, which counts before all routes\n", d->host);
    } else if (d->by_realm) {
        dia_page_print(p, "it goes on to%s: there are no routes\n", any_of_realm);
    } else if (!route) {
        dia_page_put(p, d->matched
                            ? "it goes nowhere, and is answered 3002 DIAMETER_UNABLE_TO_DELIVER: no hop is there\n"
                            : "it goes nowhere, and is answered 3003 DIAMETER_REALM_NOT_SERVED: no route matches\n");
    } else {
        dia_page_print(p, "it %s", action_words(route));
        if (route->action == DIA_ROUTE_REDIRECT)
            for (size_t i = 0; i < route->n_hops; i++)
                dia_page_print(p, "%s %s", i ? "," : "", route->hops[i].host);
        else if (route->action != DIA_ROUTE_LOCAL && !route->n_hops)
            dia_page_put(p, any_of_realm);
        else if (route->action != DIA_ROUTE_LOCAL)
            dia_page_print(p, " %s%s", d->hop, d->always ? "" : " or, as the choice has it, another hop");
        dia_page_print(p, "\n  route:   %s\n", route->name);
        print_hops(j, route, p);
    }
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
    if (d->ours)
        return "ours";
    if (d->peer)
        return "destination-host";
    if (d->route)
        return dia_route_action_name(d->route->action);
    if (d->by_realm)
        return "realm";
    return d->matched ? "unable-to-deliver" : "realm-not-served";
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
    if (d->peer)
        put_member(p, "hop", d->host);
    if (!d->route)
        return;
    put_member(p, "route", d->route->name);
    if (d->hop)
        put_member(p, "hop", d->hop);
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

/* Those that it meets: what is redirected or for us meets none. */
static void list_policies(job *j, const decision *d, const dia_route_query *query, dia_agent_policy_fn *fn, listing *l)
{
    const dia_route_action action = d->route ? d->route->action : DIA_ROUTE_PROXY;
    if (d->ours || action == DIA_ROUTE_LOCAL || action == DIA_ROUTE_REDIRECT)
        return;
    const int err = dia_agent_explain_policies(j->agent, query->message, query->from, action == DIA_ROUTE_RELAY, fn, l);
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
                              .from = dia_cstr(j->st->from),
                              .imsi = dia_cstr(j->st->imsi),
                              .msisdn = dia_cstr(j->st->msisdn) };
    const decision d = decide(j, &query);
    const dia_routes *routes = dia_node_routes(j->node);
    if (j->st->json) {
        json_decision(j, &d, &j->page);
        dia_page_put(&j->page, ",\"routes\":[");
        if (routes)
            dia_routes_explain(routes, &query, json_verdict, &(listing){ &j->page, 0 });
        dia_page_put(&j->page, "],\"policies\":[");
        list_policies(j, &d, &query, json_policy, &(listing){ &j->page, 0 });
        dia_page_put(&j->page, "]}\n");
    } else {
        listing policies = { &j->page, 0 };
        dia_page_put(&j->page, j->messages ? "\n" : "");
        print_decision(j, &d, &j->page);
        list_policies(j, &d, &query, print_policy, &policies);
        dia_page_put(&j->page, !policies.n ? "" : routes ? "; routes are asked again behind them\n" : "\n");
        dia_page_put(&j->page, routes ? "  looked at:\n" : "");
        if (routes)
            dia_routes_explain(routes, &query, print_verdict, &j->page);
    }
    j->messages++;
    if (!d.route && !d.peer && !d.ours && !d.by_realm && !j->status)
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
    int status = cli_dicts_load(command, &st->dict, &j.dicts);
    if (!status)
        status = load(&j);
    if (!status)
        status = check_down(&j);
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
    .summary = "say where a message would go by the routes of an agent, and why",
    .about = "Asks the routes of an agent's configuration (see 'diatom agent') where a request would go. The\n"
             "request is what the options say, or a message of a file - octets, or hexadecimal text as\n"
             "`decode` takes it, '-' is standard input - with what the options add. Nothing is connected: all\n"
             "peers count as open, but those that are disabled and those of --down. Policies that match the\n"
             "request as it came are named, and change nothing; routes are asked again behind them.\n"
             "\n"
             "Behind the decision each route is listed in the order in which it is looked at, with + where it\n"
             "matches, and what matched or did not. The exit status is 1 when a request goes nowhere.",
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

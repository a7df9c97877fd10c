/* Commands to a running node. */
#include "diatom/control.h"

#include "node/node.h"

#include <inttypes.h>

enum { LINE_MAX_ = 4096, WORDS_MAX = 8 };

/* A line taken apart. */
typedef struct command {
    const dia_control *control;
    dia_page *answer;
    char text[LINE_MAX_ + 1]; /* where the words are */
    const char *words[WORDS_MAX];
    size_t n;
    bool json;
    const char *cause; /* of --cause; NULL */
} command;

/* ---- Words ---- */

/* The next word, from `*from` on, to `*to`, which goes on behind its NUL. NULL: all is well. */
static const char *take_word(dia_bytes line, size_t *from, char **to)
{
    bool quoted = false;
    for (; *from < line.n; ++*from) {
        const char c = (char)line.p[*from];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            break;
        } else if (c == '\\' && quoted) {
            if (++*from == line.n)
                break;
            *(*to)++ = (char)line.p[*from];
        } else {
            *(*to)++ = c;
        }
    }
    *(*to)++ = 0;
    return quoted ? "a quote is not closed" : NULL;
}

static const char *take_option(command *c, const char *word)
{
    static const char cause[] = "--cause=";
    if (strcmp(word, "--json") == 0)
        c->json = true;
    else if (strncmp(word, cause, sizeof cause - 1) == 0)
        c->cause = word + sizeof cause - 1;
    else
        return "there is no such option";
    return NULL;
}

/* What is wrong with the line; NULL: nothing. */
static const char *split(command *c, dia_bytes line)
{
    char *to = c->text;
    if (line.n >= LINE_MAX_)
        return "the line is too long";
    if (!dia_utf8_valid(line))
        return "the line is no text";
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < 0x20 || line.p[i] == 0x7f)
            return "there are control characters in it";
    for (size_t at = 0; at < line.n;) {
        if (line.p[at] == ' ') {
            at++;
            continue;
        }
        const char *word = to;
        const bool is_option = line.p[at] == '-';
        const char *why = take_word(line, &at, &to);
        if (!why && is_option) {
            why = take_option(c, word);
        } else if (!why) {
            why = c->n < WORDS_MAX ? NULL : "there are too many words";
            if (!why)
                c->words[c->n++] = word;
        }
        if (why)
            return why;
    }
    return c->n ? NULL : "there is no command";
}

static int refuse(command *c, int how, const char *sentence)
{
    dia_page_print(c->answer, "%s\n", sentence);
    return how;
}

static int refuse_peer(command *c, const char *sentence)
{
    dia_page_safely(c->answer, dia_cstr(c->words[1]));
    dia_page_print(c->answer, "%s\n", sentence);
    return DIA_CONTROL_REFUSED;
}

static int done(command *c, const char *what)
{
    refuse_peer(c, what);
    return DIA_CONTROL_DONE;
}

/* ---- Reports ---- */

static int put_report(command *c, dia_report_kind kind)
{
    dia_report report = c->control->report;
    report.peer = c->n > 1 ? c->words[1] : NULL;
    const int err = (c->json ? dia_report_json : dia_report_text)(&report, kind, c->answer);
    if (err == DIA_ENOENT)
        return refuse_peer(c, " is no peer of this node");
    return err ? refuse(c, DIA_CONTROL_FAILED, dia_strerror(err)) : DIA_CONTROL_DONE;
}

static int run_status(command *c)
{
    return put_report(c, DIA_REPORT_STATUS);
}

static int run_peers(command *c)
{
    return put_report(c, DIA_REPORT_PEERS);
}

static int run_counters(command *c)
{
    return put_report(c, DIA_REPORT_COUNTERS);
}

static int run_latencies(command *c)
{
    return put_report(c, DIA_REPORT_LATENCIES);
}

static int run_metrics(command *c)
{
    const int err = dia_report_metrics(&c->control->report, DIA_METRICS_OPENMETRICS, c->answer);
    return err ? refuse(c, DIA_CONTROL_FAILED, dia_strerror(err)) : DIA_CONTROL_DONE;
}

static int run_routes(command *c)
{
    return c->control->routes ? c->control->routes(c->control->arg, c->json, c->answer)
                              : refuse(c, DIA_CONTROL_REFUSED, "this program has no routes");
}

static int run_policies(command *c)
{
    return c->control->policies ? c->control->policies(c->control->arg, c->json, c->answer)
                                : refuse(c, DIA_CONTROL_REFUSED, "this program has no policies");
}

/* ---- Peers ---- */

/* By its host, or, as long as that is not known, by its URI. */
static const dia_peer *find_peer(const command *c, const char *name)
{
    const dia_node *node = c->control->report.node;
    const dia_peer *found = dia_node_find_peer(node, name);
    for (const dia_peer *p = NULL; !found && (p = dia_node_next_peer(node, p));)
        if (!p->host.p && p->target && strcmp(p->target->connect, name) == 0)
            found = p;
    return found;
}

static bool get_cause(const command *c, dia_cause *cause)
{
    static const char *const names[] = { "rebooting", "busy", "do-not-want-to-talk-to-you" };
    *cause = DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU;
    for (size_t i = 0; c->cause && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], c->cause) == 0) {
            *cause = (dia_cause)i;
            return true;
        }
    return !c->cause;
}

/* Something is done with a peer: `did` is what is said then. */
static int change_peer(command *c, int (*change)(dia_node *node, const dia_peer *peer, dia_cause cause),
                       const char *did)
{
    dia_cause cause;
    const dia_peer *peer = find_peer(c, c->words[1]);
    if (!get_cause(c, &cause))
        return refuse(c, DIA_CONTROL_UNKNOWN, "--cause is rebooting, busy or do-not-want-to-talk-to-you");
    if (!peer)
        return refuse_peer(c, " is no peer of this node");
    const int err = change(c->control->report.node, peer, cause);
    if (err == DIA_ESTATE)
        return refuse_peer(c, c->control->report.node->hub.stopping ? ": the node is about to end"
                                                                    : ": it is out of service, or being removed");
    if (err == DIA_EINVAL)
        return refuse_peer(c, ": it connects to us; there is no address to connect to");
    if (err)
        return refuse(c, DIA_CONTROL_FAILED, dia_strerror(err));
    return done(c, did);
}

static int enable(dia_node *node, const dia_peer *peer, dia_cause cause)
{
    (void)cause;
    return dia_node_enable_peer(node, peer);
}

static int connect(dia_node *node, const dia_peer *peer, dia_cause cause)
{
    (void)cause;
    return dia_node_connect_peer(node, peer);
}

static int run_disable(command *c)
{
    return change_peer(c, dia_node_disable_peer, " is taken out of service");
}

static int run_enable(command *c)
{
    return change_peer(c, enable, " is in service");
}

static int run_connect(command *c)
{
    return change_peer(c, connect, " is being connected to");
}

static int run_disconnect(command *c)
{
    return change_peer(c, dia_node_disconnect_peer, " is being disconnected");
}

/* ---- The program ---- */

/* A file is the program's: only a whole path says which. */
static int run_trace(command *c)
{
    const dia_control *control = c->control;
    if (!control->trace)
        return refuse(c, DIA_CONTROL_REFUSED, "this program writes no traces");
    if (!dia_identity_valid(dia_cstr(c->words[1])))
        return refuse_peer(c, " is no DiameterIdentity");
    if (c->words[2][0] != '/')
        return refuse(c, DIA_CONTROL_UNKNOWN, "the file must have its whole path, /var/tmp/peer.pcapng");
    return control->trace(control->arg, c->words[1], c->words[2], c->answer);
}

static int run_untrace(command *c)
{
    const dia_control *control = c->control;
    return control->trace ? control->trace(control->arg, c->words[1], NULL, c->answer)
                          : refuse(c, DIA_CONTROL_REFUSED, "this program writes no traces");
}

static int run_reload(command *c)
{
    return c->control->reload ? c->control->reload(c->control->arg, c->answer)
                              : refuse(c, DIA_CONTROL_REFUSED, "this program has no configuration to be read again");
}

static int run_stop(command *c)
{
    return c->control->stop ? c->control->stop(c->control->arg, c->answer)
                            : refuse(c, DIA_CONTROL_REFUSED, "this program is not stopped this way");
}

static int run_log(command *c)
{
    if (!c->control->log)
        return refuse(c, DIA_CONTROL_REFUSED, "this program writes no log");
    const dia_log_level level = c->n > 1 ? dia_log_level_named(c->words[1]) : dia_log_get_level(c->control->log);
    if (!level)
        return refuse(c, DIA_CONTROL_UNKNOWN, "a level is error, warning, info or debug");
    dia_log_set_level(c->control->log, level);
    dia_page_print(c->answer, "log level %s\n", dia_log_level_name(level));
    return DIA_CONTROL_DONE;
}

static int run_version(command *c)
{
    dia_page_print(c->answer, c->json ? "{\"version\": \"%s\"}\n" : "diatom %s\n", dia_version());
    return DIA_CONTROL_DONE;
}

static int run_help(command *c);

/* ---- All commands ---- */

typedef struct command_row {
    const char *name, *words, *help;
    size_t least, most; /* words behind the name */
    int (*run)(command *c);
} command_row;

static const command_row rows[] = {
    { "status", "[HOST]", "the node and all that is known of each peer", 0, 1, run_status },
    { "peers", "[HOST]", "a line a peer", 0, 1, run_peers },
    { "counters", "[HOST]", "messages by command, direction and result", 0, 1, run_counters },
    { "latencies", "[HOST]", "how long requests took, by peer and command", 0, 1, run_latencies },
    { "metrics", "", "what Prometheus is told (OpenMetrics)", 0, 0, run_metrics },
    { "routes", "", "where requests go", 0, 0, run_routes },
    { "policies", "", "what was done to messages that pass", 0, 0, run_policies },
    { "disable", "HOST [--cause=CAUSE]", "takes a peer out of service: rebooting, busy or do-not-want-to-talk-to-you",
      1, 1, run_disable },
    { "enable", "HOST", "puts it back, and connects to it", 1, 1, run_enable },
    { "disconnect", "HOST [--cause=CAUSE]", "ends its connection; it may come again by itself", 1, 1, run_disconnect },
    { "connect", "HOST", "connects to it now", 1, 1, run_connect },
    { "trace", "HOST FILE", "writes its messages to a capture (pcapng)", 2, 2, run_trace },
    { "untrace", "HOST", "ends that", 1, 1, run_untrace },
    { "reload", "", "reads the configuration again", 0, 0, run_reload },
    { "log", "[LEVEL]", "what is logged: error, warning, info or debug", 0, 1, run_log },
    { "stop", "", "ends in order, as SIGTERM does", 0, 0, run_stop },
    { "version", "", "of the program that answers", 0, 0, run_version },
    { "help", "", "this", 0, 0, run_help },
};
enum { ROWS = sizeof rows / sizeof *rows };

static int run_help(command *c)
{
    for (size_t i = 0; i < ROWS; i++)
        dia_page_print(c->answer, "%-10s %-22s %s\n", rows[i].name, rows[i].words, rows[i].help);
    dia_page_put(c->answer, "Reports, routes, policies and the version take --json.\n");
    return DIA_CONTROL_DONE;
}

static int refuse_command(command *c)
{
    dia_page_put(c->answer, "there is no command '");
    dia_page_safely(c->answer, dia_cstr(c->words[0]));
    dia_page_put(c->answer, "'; there are:");
    for (size_t i = 0; i < ROWS; i++)
        dia_page_print(c->answer, " %s", rows[i].name);
    dia_page_put(c->answer, "\n");
    return DIA_CONTROL_UNKNOWN;
}

static int refuse_words(command *c, const command_row *row)
{
    dia_page_print(c->answer, "it is: %s%s%s\n", row->name, row->words[0] ? " " : "", row->words);
    return DIA_CONTROL_UNKNOWN;
}

static int run(command *c, dia_bytes line)
{
    const char *why = split(c, line);
    if (why)
        return refuse(c, DIA_CONTROL_UNKNOWN, why);
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, c->words[0]) != 0)
            continue;
        if (c->n - 1 < rows[i].least || c->n - 1 > rows[i].most)
            return refuse_words(c, &rows[i]);
        return rows[i].run(c);
    }
    return refuse_command(c);
}

/* A report that memory or the page's bound has cut is none. */
int dia_control_run(const dia_control *control, dia_bytes line, dia_page *answer)
{
    command c = { .control = control, .answer = answer };
    const int status = run(&c, line);
    if (!answer->err)
        return status;
    const int err = answer->err;
    dia_page_clear(answer);
    return refuse(&c, DIA_CONTROL_FAILED,
                  err == DIA_ESPACE ? "the answer is too long; a report may be of one peer alone" : dia_strerror(err));
}

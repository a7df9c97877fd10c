/* `diatom agent`: a node that runs from a configuration file; SIGHUP reads the file again. */
#include "cli.h"

#include "config.h"
#include "connection.h"
#include "dicts.h"
#include "files.h"
#include "memory.h"
#include "output.h"
#include "secure.h"
#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <diatom/diatom.h>

typedef struct settings {
    cli_dict_options dict;
    cli_secure_options secure;
    bool check, schema;
} settings;

static const cli_option rows[] = {
    { "check", 0, CLI_FLAG, offsetof(settings, check), NULL, "say what is wrong with the file, and run nothing" },
    { "schema", 0, CLI_FLAG, offsetof(settings, schema), NULL,
      "print the reference of the file's language, as Markdown" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Security and transports, where the file does not say it", CLI_ROWS(cli_secure_rows),
      offsetof(settings, secure) },
    { "Dictionaries, whose applications can be named", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef struct running {
    const cli_command *command;
    const char *file;
    cli_dicts dicts;
    dia_agent *agent;
    dia_loop *loop;
    cli_output output;
    cli_watch watch;
    bool as_json;  /* what is said is JSON, line by line */
    char *capture; /* that is written, by its name; NULL: none */
    dev_t capture_device;
    ino_t capture_inode;
    bool lacks;         /* a window that the configuration wants is not open */
    dia_tls_config tls; /* of the command line, without the passphrase */
    const cli_secure_options *secure;
} running;

/* ---- Windows ---- */

static int open_table(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    const running *run = arg;
    return cli_config_open(run->file, name, !run->loop, text, why, why_size);
}

static void close_table(void *arg, dia_bytes text)
{
    (void)arg;
    cli_config_release(text);
}

/* Lines that scripts wait for, or JSON among JSON. */
static void tell_listening(running *run, const char *what, const char *bound)
{
    if (run->as_json)
        cli_watch_say(&run->watch, DIA_LOG_INFO, what, "%s", bound);
    else
        cli_output_print(&run->output, "%s %s\n", what, bound);
}

static int listen_at(void *arg, const dia_agent_listener *listener, char *bound, size_t bound_size, char *why,
                     size_t why_size)
{
    running *run = arg;
    const dia_listen_config config = { listener->as, listener->socket };
    const int err = dia_loop_listen_as(run->loop, listener->uri, &config, bound, bound_size);
    if (err)
        snprintf(why, why_size, "%s", dia_loop_last_fault(run->loop));
    else
        tell_listening(run, "listening", bound);
    return err;
}

static void unlisten(void *arg, const char *bound)
{
    running *run = arg;
    if (!dia_loop_unlisten(run->loop, bound))
        tell_listening(run, "unlistened", bound);
}

static int relisten(void *arg, const char *bound, const dia_agent_listener *listener)
{
    const running *run = arg;
    const dia_listen_config config = { listener->as, listener->socket };
    return dia_loop_relisten(run->loop, bound, &config);
}

/* ---- Security and transports ---- */

/* A profile with its files where they are, and the passphrase of the command line, which is read each time, as those of the
 * configuration are. */
typedef struct placed_tls {
    dia_tls_config config;
    char passphrase[CLI_PASSPHRASE_ROOM];
} placed_tls;

/* Files of the configuration begin where it is, those of the command line where we are. DIA_ENOMEM, or DIA_EINVAL and why. */
static int place_tls(const running *run, const dia_tls_config *profile, placed_tls *out, char *why, size_t why_size)
{
    const bool ours = profile->certificate == run->tls.certificate;
    const int err = cli_config_tls(ours ? "" : run->file, profile, &out->config);
    if (err || !ours)
        return err;
    return cli_secure_unlock(run->secure, out->passphrase, &out->config, why, why_size) ? 0 : DIA_EINVAL;
}

static void placed_tls_done(placed_tls *placed)
{
    cli_secure_lock(placed->passphrase, &placed->config);
    cli_config_tls_done(&placed->config);
}

/* On a loop that nobody hears of. */
static int try_tls(void *arg, const dia_tls_config *profile, char *why, size_t why_size)
{
    static const dia_node_config nobody = { .origin_host = "try." CLI_REALM, .origin_realm = CLI_REALM };
    dia_loop *loop;
    int err = dia_loop_new(&nobody, &loop, why, why_size);
    if (err)
        return err;
    placed_tls placed;
    err = place_tls(arg, profile, &placed, why, why_size);
    if (!err)
        err = dia_loop_tls(loop, NULL, &placed.config, why, why_size);
    placed_tls_done(&placed);
    dia_loop_free(loop);
    return err;
}

static int use_tls(void *arg, const char *name, const dia_tls_config *profile, char *why, size_t why_size)
{
    running *run = arg;
    placed_tls placed;
    int err = place_tls(run, profile, &placed, why, why_size);
    if (!err)
        err = dia_loop_tls(run->loop, name, &placed.config, why, why_size);
    if (!err && placed.config.key_log)
        cli_watch_say(&run->watch, DIA_LOG_WARNING, "tls", "the secrets of %s are written to %s",
                      name ? name : "connections", placed.config.key_log);
    placed_tls_done(&placed);
    return err;
}

static void end_tls(void *arg, const char *name)
{
    const running *run = arg;
    dia_loop_tls_end(run->loop, name);
}

static int try_sctp(void *arg, dia_sctp_stack stack, char *why, size_t why_size)
{
    (void)arg;
    return dia_loop_try_sctp(stack, why, why_size);
}

static int speak_sctp(void *arg, const dia_sctp_config *config, char *why, size_t why_size)
{
    const running *run = arg;
    return dia_loop_sctp(run->loop, config, why, why_size);
}

/* ---- What is said ---- */

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    running *run = arg;
    cli_watch_event(&run->watch, node, event);
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    running *run = arg;
    char line[600];
    (void)node;
    if (!dia_agent_get_settings(run->agent)->log_messages)
        return;
    if (dia_text_summary(&run->dicts.all, seen->octets, &(dia_text_options){ .redact = true }, line, sizeof line,
                         NULL) < 0)
        snprintf(line, sizeof line, "%zu octets", seen->octets.n);
    cli_watch_say(&run->watch, DIA_LOG_INFO, seen->sent ? "sent" : "received", "%s", line);
}

/* ---- Windows of the configuration ---- */

/* Is the capture written to this file? By another name it may be the same one, and by the same name another one when somebody has
 * moved it away. */
static bool is_captured(const running *run, const char *path)
{
    struct stat is;
    return run->capture && !stat(path, &is) && is.st_dev == run->capture_device && is.st_ino == run->capture_inode;
}

static void note_capture(running *run, char *path)
{
    struct stat is = { 0 };
    stat(path, &is);
    free(run->capture);
    run->capture = path;
    run->capture_device = is.st_dev;
    run->capture_inode = is.st_ino;
}

static void end_capture(running *run)
{
    if (run->capture)
        dia_loop_capture_end(run->loop);
    free(run->capture);
    run->capture = NULL;
}

/* As cli_watch_control(), for the capture that the configuration wants. */
static int move_capture(running *run, const char *wanted, char why[CLI_WATCH_WHY])
{
    const bool stays = wanted && is_captured(run, wanted);
    if (stays && strcmp(wanted, run->capture) == 0)
        return 0;
    if (!wanted || stays) /* else the old one ends when the new one stands */
        end_capture(run);
    if (!wanted)
        return 0;
    char *copy = cli_try_copy(wanted);
    if (!copy || dia_loop_capture(run->loop, wanted)) {
        snprintf(why, CLI_WATCH_WHY, "capture: %s", copy ? dia_loop_last_fault(run->loop) : "no memory");
        free(copy);
        return CLI_FAILED;
    }
    note_capture(run, copy);
    return 0;
}

static int take_name_servers(const running *run, const char *wanted, char why[CLI_WATCH_WHY])
{
    const int err = dia_loop_name_servers(run->loop, wanted);
    if (err)
        snprintf(why, CLI_WATCH_WHY, "name-servers: %s", dia_loop_last_fault(run->loop));
    return err ? CLI_USAGE : 0;
}

typedef struct complaints {
    int status; /* of the first; 0: there are none */
    char text[CLI_MISTAKE_ROOM];
} complaints;

static void complain(complaints *c, int status, const char *why)
{
    const size_t n = strlen(c->text);
    if (status)
        snprintf(c->text + n, sizeof c->text - n, "%s%s", n ? "; " : "", why);
    c->status = c->status ? c->status : status;
}

/* Each is tried, whatever became of the others. */
static complaints open_windows(running *run)
{
    const dia_agent_settings *s = dia_agent_get_settings(run->agent);
    complaints c = { 0 };
    char why[CLI_WATCH_WHY];
    complain(&c, take_name_servers(run, s->name_servers, why), why);
    complain(&c, cli_watch_control(&run->watch, s->control, s->control_mode, why), why);
    complain(&c, cli_watch_metrics(&run->watch, s->metrics, why), why);
    complain(&c, move_capture(run, s->capture, why), why);
    return c;
}

static void tell_metrics(running *run)
{
    char url[sizeof run->watch.metrics + 20];
    if (!run->watch.metrics[0])
        return;
    snprintf(url, sizeof url, "http://%s/metrics", run->watch.metrics);
    tell_listening(run, "metrics", url);
}

/* ---- Reloading ---- */

/* A line for who has asked (`answer` may be NULL), and one for the log. */
__attribute__((format(printf, 5, 6))) static void tell(running *run, dia_page *answer, dia_log_level level,
                                                       const char *what, const char *format, ...)
{
    char text[CLI_MISTAKE_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cli_watch_say(&run->watch, level, what, "%s", text);
    if (answer)
        dia_page_print(answer, "%s\n", text);
}

/* What the configuration says to the program. What cannot be opened is tried again by the next reload, and counts as a
 * change when it can be, as does a capture whose file was moved away. */
static int take_settings(running *run, dia_page *answer, dia_agent_changes *changes)
{
    char words[CLI_MISTAKE_ROOM], metrics[sizeof run->watch.metrics];
    memcpy(metrics, run->watch.metrics, sizeof metrics);
    const ino_t capture = run->capture_inode;
    if (changes->settings) /* the log's level may be another one by `diatom ctl log` */
        dia_log_set_level(run->watch.log, dia_agent_get_settings(run->agent)->log_level);
    const complaints c = open_windows(run);
    changes->settings |= (run->lacks && !c.status) || capture != run->capture_inode;
    run->lacks = c.status != 0;
    dia_agent_changes_print(changes, words, sizeof words);
    if (c.status)
        tell(run, answer, DIA_LOG_WARNING, "reload", "reloaded, but: %s (done: %s)", c.text, words);
    else
        tell(run, answer, DIA_LOG_INFO, "reload", "done: %s", words);
    if (strcmp(metrics, run->watch.metrics) != 0)
        tell_metrics(run);
    return c.status ? DIA_CONTROL_REFUSED : DIA_CONTROL_DONE;
}

static int tell_no_memory(running *run, dia_page *answer)
{
    tell(run, answer, DIA_LOG_ERROR, "reload", "refused: %s; nothing has changed", dia_strerror(DIA_ENOMEM));
    return DIA_CONTROL_FAILED;
}

/* A file that is wrong changes nothing, and its mistakes are told. */
static int take_file(running *run, dia_page *answer, dia_agent_mistakes *mistakes)
{
    dia_agent_changes changes;
    dia_bytes text;
    char words[CLI_MISTAKE_ROOM];
    if (!cli_config_read(run->file, false, &text)) {
        if (errno == ENOMEM)
            return tell_no_memory(run, answer);
        tell(run, answer, DIA_LOG_ERROR, "reload", "refused: cannot read '%s': %s; nothing has changed", run->file,
             strerror(errno));
        return DIA_CONTROL_FAILED;
    }
    const int err = dia_agent_reload(run->agent, text, &changes, mistakes);
    cli_config_release(text);
    for (size_t i = 0; i < mistakes->n; i++)
        tell(run, answer, DIA_LOG_ERROR, "configuration", "%s", cli_config_mistake(run->file, &mistakes->v[i], words));
    if (mistakes->more)
        tell(run, answer, DIA_LOG_ERROR, "configuration", "%s: and %zu more", run->file, mistakes->more);
    if (err) {
        tell(run, answer, DIA_LOG_ERROR, "reload", "refused: %s; nothing has changed",
             mistakes->n ? "the configuration has mistakes" : dia_strerror(err));
        return err == DIA_EFORMAT ? DIA_CONTROL_REFUSED : DIA_CONTROL_FAILED;
    }
    return take_settings(run, answer, &changes);
}

static int reload(running *run, dia_page *answer)
{
    dia_agent_mistakes *mistakes = cli_try_new(sizeof *mistakes);
    const int status = mistakes ? take_file(run, answer, mistakes) : tell_no_memory(run, answer);
    free(mistakes);
    return status;
}

static int on_reload_command(void *arg, dia_page *answer)
{
    /* The control's argument is the watch. */
    return reload((running *)(void *)((char *)arg - offsetof(running, watch)), answer);
}

static int on_routes_command(void *arg, bool json, dia_page *answer)
{
    const running *run = (const running *)(const void *)((const char *)arg - offsetof(running, watch));
    return dia_agent_show_routes(run->agent, json, answer) ? DIA_CONTROL_FAILED : DIA_CONTROL_DONE;
}

static int on_policies_command(void *arg, bool json, dia_page *answer)
{
    const running *run = (const running *)(const void *)((const char *)arg - offsetof(running, watch));
    return dia_agent_show_policies(run->agent, json, answer) ? DIA_CONTROL_FAILED : DIA_CONTROL_DONE;
}

static void on_hangup(void *arg)
{
    reload(arg, NULL);
}

/* ---- Running ---- */

static void stop(void *arg)
{
    const running *run = arg;
    dia_loop_stop(run->loop);
}

static int catch_signals(running *run)
{
    int err = dia_loop_on_signal(run->loop, SIGTERM, stop, run);
    if (!err)
        err = dia_loop_on_signal(run->loop, SIGINT, stop, run);
    if (!err)
        err = dia_loop_on_signal(run->loop, SIGHUP, on_hangup, run);
    return err;
}

static int make_loop(running *run)
{
    char why[300] = "";
    dia_node_config config = *dia_agent_node_config(run->agent);
    config.on_event = on_event;
    config.state_events = true; /* the log's level says which are told */
    config.on_message = on_message;
    config.arg = run;
    int err = dia_loop_new(&config, &run->loop, why, sizeof why);
    if (err)
        return cli_failed(run->command, "%s", why[0] ? why : dia_strerror(err));
    if ((err = catch_signals(run)))
        return cli_failed(run->command, "%s", dia_loop_last_fault(run->loop));
    return 0;
}

/* Before listeners and peers: where one of them cannot be, nobody has heard of us. */
static int begin_watch(running *run)
{
    cli_watch_begin(&run->watch, run->loop, &run->dicts.all);
    run->watch.control.reload = on_reload_command;
    run->watch.control.routes = on_routes_command;
    run->watch.control.policies = on_policies_command;
    run->watch.control.report.more = dia_agent_add_metrics;
    run->watch.control.report.more_arg = run->agent;
    const complaints c = open_windows(run);
    return c.status == CLI_USAGE ? cli_usage(run->command, "%s", c.text)
           : c.status            ? cli_failed(run->command, "%s", c.text)
                                 : 0;
}

static int start(running *run, dia_agent_mistakes *mistakes)
{
    const dia_agent_settings *wanted = dia_agent_get_settings(run->agent);
    const dia_log_config log = { .format = wanted->log_format, .level = wanted->log_level, .dicts = &run->dicts.all };
    run->as_json = wanted->log_format == DIA_LOG_JSON;
    int status = cli_watch_log(run->command, &run->watch, &log, &run->output);
    if (!status)
        status = make_loop(run);
    if (!status)
        status = begin_watch(run);
    if (status)
        return status;
    const int err = dia_agent_start(run->agent, dia_loop_node(run->loop), mistakes);
    cli_config_mistakes(run->file, mistakes);
    if (err)
        return mistakes->n ? CLI_FAILED : cli_failed(run->command, "%s", dia_strerror(err));
    tell_metrics(run);
    cli_output_begin(&run->output, run->loop);
    return 0;
}

static int run_agent(running *run, dia_agent_mistakes *mistakes)
{
    const int status = start(run, mistakes);
    if (!status)
        dia_loop_run(run->loop);
    cli_output_begin(&run->output, NULL);
    cli_watch_end(&run->watch);
    dia_loop_free(run->loop); /* and the node, before what its configuration has made */
    cli_watch_done(&run->watch);
    free(run->capture);
    return status;
}

static int read_agent(running *run, dia_agent_mistakes *mistakes)
{
    dia_agent_options options = {
        .windows = { .open = open_table,
                     .close = close_table,
                     .listen = listen_at,
                     .unlisten = unlisten,
                     .relisten = relisten,
                     .try_tls = try_tls,
                     .tls = use_tls,
                     .tls_end = end_tls,
                     .try_sctp = try_sctp,
                     .sctp = speak_sctp,
                     .arg = run },
        .dicts = &run->dicts.all,
        .left_out = CLI_LEFT_OUT,
        .tls = cli_secure_has_tls(run->secure) ? &run->tls : NULL,
        .transport = run->secure->transport == 2 ? DIA_TRANSPORT_SCTP : DIA_TRANSPORT_TCP,
        .inband = cli_secure_inband(run->secure),
        .sctp_stack = cli_secure_sctp(run->secure).stack,
        .udp_port = cli_secure_sctp(run->secure).udp_port,
        .udp_peer = (uint16_t)run->secure->sctp_udp_peer,
        .cer_ms = (uint32_t)run->secure->timeout_ms,
    };
    dia_bytes text;
    if (getrandom(options.key, sizeof options.key, 0) != (ssize_t)sizeof options.key)
        return cli_failed(run->command, "%s", strerror(errno));
    if (!cli_config_read(run->file, true, &text))
        return cli_usage(run->command, "cannot read '%s': %s", run->file, strerror(errno));
    const int err = dia_agent_new(&options, text, &run->agent, mistakes);
    cli_config_release(text);
    if (!err)
        return 0;
    cli_config_mistakes(run->file, mistakes);
    return mistakes->n ? CLI_BAD : cli_failed(run->command, "%s", dia_strerror(err));
}

static int agent(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    running run = { .command = command, .secure = &st->secure };
    if (st->schema)
        return dia_agent_schema(cli_write, stdout) ? CLI_FAILED : CLI_OK;
    if (!operands->n)
        return cli_usage(command, "FILE is missing; see 'diatom agent --help'");
    run.file = operands->v[0];
    dia_agent_mistakes *mistakes = cli_new(sizeof *mistakes);
    cli_secure_options options = st->secure;
    options.inband = 0; /* goes with a profile of the file as well */
    int status = cli_secure_check(command, &options);
    run.tls = cli_secure_tls(&st->secure);
    if (!status)
        status = cli_dicts_load(command, &st->dict, &run.dicts);
    if (!status)
        status = read_agent(&run, mistakes);
    if (!status && st->check)
        printf("%s: no mistakes\n", run.file);
    else if (!status)
        status = run_agent(&run, mistakes);
    else if (status == CLI_BAD && !st->check)
        status = CLI_USAGE; /* a file that makes no sense, and nothing was started */
    dia_agent_free(run.agent);
    cli_output_end(&run.output);
    cli_dicts_done(&run.dicts);
    free(mistakes);
    return status;
}

const cli_command cli_agent = {
    .name = "agent",
    .operands = "FILE",
    .summary = "run a relay, proxy or redirect agent from a configuration file",
    .about = "Runs a Diameter agent from a configuration, one file of YAML: identity, listeners, peers,\n"
             "routes, policies, limits. docs/agent.md has its keys, which --schema prints.\n"
             "\n"
             "--check reads the file and what it names, tables, certificates and keys, and says all that is\n"
             "wrong, each with line, column, and what is allowed; the exit status is 1 then.\n"
             "\n"
             "The first lines of output are 'listening aaa://HOST:PORT;transport=tcp', one for each listener.\n"
             "SIGHUP reads the file again, and certificates in any case: what changed is carried out, and\n"
             "connections that it does not touch stay; a file with mistakes changes nothing. SIGTERM and\n"
             "SIGINT end the agent in order: requests under way are answered, peers are disconnected, and\n"
             "the exit status is 0; a second signal ends it at once.",
    .examples = "  diatom agent --check /etc/diatom/agent.yaml\n"
                "  diatom agent /etc/diatom/agent.yaml\n"
                "  diatom agent --dict my_app.dia relay.yaml",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_max = 1,
    .run = agent,
};

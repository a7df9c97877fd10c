/* `diatom agent`: a node that runs from a configuration file; SIGHUP reads the file again. */
#include "cli.h"

#include "connection.h"
#include "dicts.h"
#include "files.h"
#include "memory.h"
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <diatom/diatom.h>

typedef struct settings {
    cli_dict_options dict;
    bool check, schema;
} settings;

static const cli_option rows[] = {
    { "check", 0, CLI_FLAG, offsetof(settings, check), NULL, "say what is wrong with the file, and run nothing" },
    { "schema", 0, CLI_FLAG, offsetof(settings, schema), NULL,
      "print the reference of the file's language, as Markdown" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
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
    bool ending;
} running;

/* ---- Files ---- */

/* The whole of a file; gives *text, to be freed. False: errno. */
static bool read_file(const char *path, dia_bytes *text)
{
    FILE *in = cli_is_stdin(path) ? stdin : fopen(path, "rb");
    char *p = NULL;
    size_t n = 0, cap = 0, got = 0;
    if (!in)
        return false;
    errno = 0;
    do {
        p = cli_grow(p, &cap, n + 65536, 1);
        got = fread(p + n, 1, cap - n, in);
        n += got;
    } while (got);
    const int err = ferror(in) ? (errno ? errno : EIO) : 0;
    if (in != stdin)
        fclose(in);
    if (err) {
        free(p);
        errno = err;
        return false;
    }
    *text = (dia_bytes){ (const uint8_t *)p, n };
    return true;
}

static void release(dia_bytes text)
{
    free((void *)(uintptr_t)text.p);
}

/* ---- Windows ---- */

/* A file that the configuration names: where its path begins with no slash it begins where the configuration is. */
static int open_table(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    const running *run = arg;
    const char *slash = name[0] == '/' ? NULL : strrchr(run->file, '/');
    const size_t folder = slash ? (size_t)(slash - run->file) + 1 : 0, size = folder + strlen(name) + 1;
    char *path = cli_new(size);
    snprintf(path, size, "%.*s%s", (int)folder, run->file, name);
    const bool done = !cli_is_stdin(name) && read_file(path, text);
    if (!done)
        snprintf(why, why_size, "%s", cli_is_stdin(name) ? "a table is a file" : strerror(errno));
    free(path);
    return done ? 0 : DIA_ESYSTEM;
}

static void close_table(void *arg, dia_bytes text)
{
    (void)arg;
    release(text);
}

static int listen_at(void *arg, const dia_agent_listener *listener, char *bound, size_t bound_size, char *why,
                     size_t why_size)
{
    running *run = arg;
    const dia_listen_config config = { listener->as, listener->socket };
    errno = 0;
    const int err = dia_loop_listen_as(run->loop, listener->uri, &config, bound, bound_size);
    if (err == DIA_ENOENT)
        snprintf(why, why_size, "the host name was not found");
    else if (err == DIA_ESYSTEM)
        snprintf(why, why_size, "%s", strerror(errno));
    if (!err)
        cli_output_print(&run->output, "listening %s\n", bound);
    return err;
}

static void unlisten(void *arg, const char *bound)
{
    running *run = arg;
    if (!dia_loop_unlisten(run->loop, bound))
        cli_output_print(&run->output, "listening no more %s\n", bound);
}

static int relisten(void *arg, const char *bound, const dia_agent_listener *listener)
{
    const running *run = arg;
    return dia_loop_relisten(run->loop, bound, &listener->as);
}

/* ---- What is said ---- */

static void print_mistakes(const char *file, const dia_agent_mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->n; i++) {
        const dia_agent_mistake *m = &mistakes->v[i];
        fprintf(stderr, "%s:%" PRIu32 ":%" PRIu32 ": %s%s%s\n", m->file[0] ? m->file : file, m->line, m->column,
                m->path, m->path[0] ? ": " : "", m->text);
    }
    if (mistakes->more)
        fprintf(stderr, "%s: and %zu more\n", file, mistakes->more);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    running *run = arg;
    const dia_bytes host = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
    char code[16] = "";
    (void)node;
    if (event->result_code)
        snprintf(code, sizeof code, " %" PRIu32, event->result_code);
    cli_output_print(&run->output, "event %s %.*s%s %s%s%s\n", dia_event_name(event->kind), host.p ? (int)host.n : 1,
                     host.p ? (const char *)host.p : "-", code, event->uri ? event->uri : "", event->uri ? ": " : "",
                     event->reason);
}

/* ---- Running ---- */

/* SIGHUP. A file that is wrong changes nothing, and its mistakes are told. */
static void reload(void *arg)
{
    running *run = arg;
    dia_agent_mistakes *mistakes = cli_new(sizeof *mistakes);
    dia_agent_changes changes;
    dia_bytes text;
    char words[300];
    if (!read_file(run->file, &text)) {
        cli_output_print(&run->output, "reload refused: cannot read '%s': %s\n", run->file, strerror(errno));
        free(mistakes);
        return;
    }
    const int err = dia_agent_reload(run->agent, text, &changes, mistakes);
    release(text);
    if (err) {
        print_mistakes(run->file, mistakes);
        cli_output_print(&run->output, "reload refused: %s; nothing has changed\n",
                         mistakes->n ? "the configuration has mistakes" : dia_strerror(err));
    } else {
        dia_agent_changes_print(&changes, words, sizeof words);
        cli_output_print(&run->output, "reload done: %s\n", words);
    }
    free(mistakes);
}

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
        err = dia_loop_on_signal(run->loop, SIGHUP, reload, run);
    return err;
}

static int start(running *run, dia_agent_mistakes *mistakes)
{
    char why[300] = "";
    dia_node_config config = *dia_agent_node_config(run->agent);
    const dia_agent_settings *wanted = dia_agent_get_settings(run->agent);
    config.on_event = on_event;
    config.state_events = wanted->log_level == DIA_AGENT_LOG_DEBUG;
    config.arg = run;
    int err = dia_loop_new(&config, &run->loop, why, sizeof why);
    if (err)
        return cli_failed(run->command, "%s", why[0] ? why : dia_strerror(err));
    if ((err = dia_loop_name_servers(run->loop, wanted->name_servers)))
        return cli_usage(run->command, "name-servers: %s", dia_strerror(err));
    if ((err = catch_signals(run)))
        return cli_failed(run->command, "%s", err == DIA_ESYSTEM ? strerror(errno) : dia_strerror(err));
    err = dia_agent_start(run->agent, dia_loop_node(run->loop), mistakes);
    if (err && !mistakes->n)
        return cli_failed(run->command, "%s", dia_strerror(err));
    print_mistakes(run->file, mistakes);
    return err ? CLI_FAILED : 0;
}

static int run_agent(running *run, dia_agent_mistakes *mistakes)
{
    const int status = start(run, mistakes);
    if (!status) {
        cli_output_begin(&run->output, run->loop);
        dia_loop_run(run->loop);
        cli_output_begin(&run->output, NULL);
    }
    /* The node ends before what its configuration has made. */
    dia_loop_free(run->loop);
    return status;
}

static int read_agent(running *run, dia_agent_mistakes *mistakes)
{
    dia_agent_options options = {
        .windows = { open_table, close_table, listen_at, unlisten, relisten, run },
        .dicts = &run->dicts.all,
    };
    dia_bytes text;
    if (getrandom(options.key, sizeof options.key, 0) != (ssize_t)sizeof options.key)
        return cli_failed(run->command, "%s", strerror(errno));
    if (!read_file(run->file, &text))
        return cli_usage(run->command, "cannot read '%s': %s", run->file, strerror(errno));
    const int err = dia_agent_new(&options, text, &run->agent, mistakes);
    release(text);
    if (!err)
        return 0;
    print_mistakes(run->file, mistakes);
    return mistakes->n ? CLI_BAD : cli_failed(run->command, "%s", dia_strerror(err));
}

static int agent(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    running run = { .command = command };
    if (st->schema)
        return dia_agent_schema(cli_write, stdout) ? CLI_FAILED : CLI_OK;
    if (!operands->n)
        return cli_usage(command, "FILE is missing; see 'diatom agent --help'");
    run.file = operands->v[0];
    dia_agent_mistakes *mistakes = cli_new(sizeof *mistakes);
    int status = cli_dicts_load(command, &st->dict, &run.dicts);
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
             "--check reads the file and the tables that it names, and says all that is wrong, each with\n"
             "line, column, and what is allowed; the exit status is 1 then.\n"
             "\n"
             "The first lines of output are 'listening aaa://HOST:PORT;transport=tcp', one for each listener.\n"
             "SIGHUP reads the file again: what changed is carried out, and connections that it does not touch stay;\n"
             "a file with mistakes changes nothing. SIGTERM and SIGINT end the agent in order: requests\n"
             "under way are answered, peers are disconnected, and the exit status is 0; a second signal ends it at\n"
             "once.",
    .examples = "  diatom agent --check /etc/diatom/agent.yaml\n"
                "  diatom agent /etc/diatom/agent.yaml\n"
                "  diatom agent --dict my_app.dia relay.yaml",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_max = 1,
    .run = agent,
};

/* The reader of the agent's configuration. Whatever the text is: it is taken, and then says the same when it is read again, and a
 * running agent can take it and go back; or there are mistakes, each a sentence at a place, and a running agent stays as it
 * is. */
#include "agent/agent.h"
#include "diatom/app/all.h"

#include "fuzz.h"

#include <string.h>

enum { TEXT_MAX = 1 << 14 };

static const char plain[] =
    "identity: {host: agent.example.net, realm: example.net}\n"
    "listen: {uri: \"aaa://127.0.0.1\", clear: yes}\n"
    "peers: [{host: a.example.net}, {host: b.example.net, connect: \"aaa://b.example.net\", clear: yes}]\n";

static int open_table(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    const dia_bytes *given = arg;
    (void)why, (void)why_size;
    if (!name[0] || name[0] == 'x')
        return DIA_ENOENT;
    *text = *given; /* a table that is a configuration */
    return 0;
}

static int listen_at(void *arg, const dia_agent_listener *listener, char *bound, size_t bound_size, char *why,
                     size_t why_size)
{
    (void)arg, (void)why, (void)why_size;
    snprintf(bound, bound_size, "%.60s", listener->uri);
    return 0;
}

static void unlisten(void *arg, const char *bound)
{
    (void)arg;
    must(bound != NULL);
}

static int relisten(void *arg, const char *bound, const dia_agent_listener *listener)
{
    (void)arg;
    must(bound && listener->uri);
    return 0;
}

static bool is_text(const char *text, size_t size)
{
    const char *end = memchr(text, 0, size);
    for (; end && text < end; text++)
        if ((unsigned char)*text < 0x20)
            return false;
    return end != NULL;
}

static void check_mistakes(const dia_agent_mistakes *mistakes, int err)
{
    must(mistakes->n <= DIA_AGENT_MISTAKES);
    must((err == 0) == (mistakes->n == 0));
    for (size_t i = 0; i < mistakes->n; i++) {
        const dia_agent_mistake *m = &mistakes->v[i];
        must(m->line > 0 && m->column > 0 && m->text[0]);
        must(is_text(m->text, sizeof m->text) && is_text(m->path, sizeof m->path) && is_text(m->file, sizeof m->file));
    }
}

static void check_reload(const dia_agent_options *options, dia_bytes text, int expected)
{
    static dia_agent_mistakes mistakes;
    dia_agent *agent;
    dia_node *node;
    dia_agent_changes changes;
    mistakes.n = mistakes.more = 0;
    must(!dia_agent_new(options, dia_cstr(plain), &agent, &mistakes));
    dia_node_config config = *dia_agent_node_config(agent);
    must(!dia_node_new(&config, (dia_time){ 1 }, &node, NULL, 0));
    must(!dia_agent_start(agent, node, &mistakes));
    const int err = dia_agent_reload(agent, text, &changes, &mistakes);
    must(err || !expected);
    check_mistakes(&mistakes, err);
    mistakes.n = mistakes.more = 0;
    const int back = dia_agent_reload(agent, dia_cstr(plain), &changes, &mistakes);
    must(!back || (!err && mistakes.n)); /* a peer that leaves cannot come back at once */
    dia_node_free(node);
    dia_agent_free(agent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dia_agent_mistakes mistakes;
    dia_bytes text = { data, size };
    const dia_agent_options options = { .windows = { .open = open_table,
                                                     .listen = listen_at,
                                                     .unlisten = unlisten,
                                                     .relisten = relisten,
                                                     .arg = &text },
                                        .dicts = &dia_dicts_all };
    dia_agent_made *made = NULL, *again = NULL;
    if (size > TEXT_MAX)
        return 0;
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_make(&options, text, &made, &mistakes);
    check_mistakes(&mistakes, err);
    if (!err) {
        must(!dia_agent_make(&options, text, &again, &mistakes));
        must(dia_schema_same(&dia_agent_schema_config, made->config, again->config));
    }
    dia_agent_made_free(made);
    dia_agent_made_free(again);
    check_reload(&options, text, err);
    return 0;
}

/* The agent: a configuration in force, and its node. */
#include "agent/agent.h"

#include <stdio.h>

int dia_agent_new(const dia_agent_options *options, dia_bytes text, dia_agent **out, dia_agent_mistakes *mistakes)
{
    const dia_allocator *alloc = options->alloc ? options->alloc : dia_allocator_default();
    dia_agent *agent = dia_alloc0(alloc, sizeof *agent);
    if (!agent)
        return DIA_ENOMEM;
    agent->options = *options;
    agent->alloc = alloc;
    const int err = dia_agent_make(options, text, &agent->made, mistakes);
    if (err) {
        dia_release(alloc, agent, sizeof *agent);
        return err;
    }
    *out = agent;
    return 0;
}

void dia_agent_free(dia_agent *agent)
{
    if (!agent)
        return;
    dia_agent_made_free(agent->made);
    dia_release(agent->alloc, agent, sizeof *agent);
}

const dia_node_config *dia_agent_node_config(const dia_agent *agent)
{
    return &agent->made->node;
}

const dia_agent_settings *dia_agent_get_settings(const dia_agent *agent)
{
    return &agent->made->settings;
}

dia_node *dia_agent_node(const dia_agent *agent)
{
    return agent->node;
}

int dia_agent_start(dia_agent *agent, dia_node *node, dia_agent_mistakes *mistakes)
{
    dia_agent_made *made = agent->made;
    const dia_agent_config *c = made->config;
    const dia_agent_windows *w = &agent->options.windows;
    dia_reading r = { .arena = &made->arena, .mistakes = mistakes, .alloc = agent->alloc };
    int err = 0;
    if (agent->node)
        return DIA_ESTATE;
    for (size_t i = 0; i < c->applications.n && !err; i++)
        err = dia_agent_use(node, &c->applications.v[i]);
    if (!err && made->policies)
        err = dia_policies_apply(made->policies, node);
    if (!err)
        err = dia_agent_set_overload(node, made);
    if (err)
        return err;
    agent->node = node;
    dia_node_set_routes(node, made->routes);
    made->routes = NULL;
    err = dia_agent_speak_sctp(&r, w, c);
    for (size_t i = 0; i < made->n_profiles && !err; i++)
        err = dia_agent_use_profile(&r, w, &made->profiles[i]);
    for (size_t i = 0; i < c->listen.n && !err && w->listen; i++)
        err = dia_agent_open_listener(&r, w, made, i);
    for (size_t i = 0; i < c->peers.n && !err; i++) {
        err = dia_agent_add_peer(node, &c->peers.v[i], &made->peers[i], &made->added[i]);
        if (err && err != DIA_ENOMEM)
            dia_mistake(&r, c->peers.v[i].at, "%s", dia_node_last_fault(node));
    }
    return err;
}

/* ---- What has changed, in words ---- */

static void add_word(char *to, size_t size, const char *word, uint32_t n, const char *what, bool *same)
{
    const size_t used = strlen(to);
    if (!n)
        return;
    if (what && !*same)
        snprintf(to + used, size - used, "%s%u %s%s %s", used ? "; " : "", (unsigned)n, what, n > 1 ? "s" : "", word);
    else if (what)
        snprintf(to + used, size - used, ", %u %s", (unsigned)n, word);
    else
        snprintf(to + used, size - used, "%s%s", used ? "; " : "", word);
    *same = true;
}

void dia_agent_changes_print(const dia_agent_changes *c, char *to, size_t size)
{
    if (!size)
        return;
    to[0] = 0;
    const struct {
        const char *what;
        uint32_t added, changed, removed;
    } things[] = {
        { "peer", c->peers_added, c->peers_changed, c->peers_removed },
        { "listener", c->listeners_added, c->listeners_changed, c->listeners_removed },
        { "application", c->applications_added, 0, c->applications_removed },
        { "tls profile", c->tls_added, c->tls_changed, c->tls_removed },
    };
    const struct {
        const char *what;
        bool changed;
    } wholes[] = {
        { "routes", c->routes }, { "policies", c->policies }, { "limits", c->limits }, { "settings", c->settings }
    };
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        bool same = false;
        add_word(to, size, "added", things[i].added, things[i].what, &same);
        add_word(to, size, "changed", things[i].changed, things[i].what, &same);
        add_word(to, size, "removed", things[i].removed, things[i].what, &same);
        if (i + 1 == sizeof things / sizeof *things)
            add_word(to, size, "read anew", c->tls_read, things[i].what, &same);
    }
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        bool same = false;
        add_word(to, size, wholes[i].what, wholes[i].changed, NULL, &same);
    }
    if (!to[0])
        snprintf(to, size, "nothing has changed");
}

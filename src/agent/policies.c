/* The configuration's policies, and the limits of its peers, as rows of policy.h. */
#include "agent/agent.h"

#include <stdio.h>

static const dia_policy_condition *make_conditions(dia_reading *r, const dia_agent_conditions *from)
{
    dia_policy_condition *v = dia_keep(r, (from->n + 1) * sizeof *v);
    for (size_t i = 0; v && i < from->n; i++) {
        const dia_agent_condition *w = &from->v[i];
        const bool least = dia_tree_get(w->at, "least"), most = dia_tree_get(w->at, "most");
        const bool absent = dia_tree_get(w->at, "present") && !w->present;
        v[i].path = w->avp;
        v[i].test = w->is           ? DIA_POLICY_IS
                    : w->begins     ? DIA_POLICY_BEGINS
                    : w->matches    ? DIA_POLICY_MATCHES
                    : least || most ? DIA_POLICY_BETWEEN
                                    : DIA_POLICY_PRESENT;
        v[i].negated = w->not_ != absent;
        v[i].value = w->is ? w->is : w->begins ? w->begins : w->matches;
        v[i].least = least ? w->least : INT64_MIN;
        v[i].most = most ? w->most : INT64_MAX;
    }
    return v;
}

static dia_policy_act make_act(dia_reading *r, const dia_agent_act *a)
{
    const char *to = a->to ? a->to : a->value;
    dia_policy_act out = { .conditions = make_conditions(r, &a->when), .n_conditions = a->when.n };
    if (a->set)
        out.verb = DIA_POLICY_SET, out.path = a->set, out.value = to;
    else if (a->add)
        out.verb = DIA_POLICY_ADD, out.path = a->add, out.value = to;
    else if (a->default_)
        out.verb = DIA_POLICY_DEFAULT, out.path = a->default_, out.value = to;
    else if (a->remove)
        out.verb = DIA_POLICY_REMOVE, out.path = a->remove;
    else if (a->copy)
        out.verb = DIA_POLICY_COPY, out.path = to, out.value = a->copy;
    else if (a->rewrite)
        out.verb = DIA_POLICY_REWRITE, out.path = a->rewrite, out.pattern = a->from, out.value = to;
    else if (a->reject)
        out.verb = DIA_POLICY_REJECT, out.result_code = a->reject, out.text = a->text;
    else if (a->send_to)
        out.verb = DIA_POLICY_SEND_TO, out.value = a->send_to;
    else
        out.verb = DIA_POLICY_END_SESSION;
    return out;
}

static const dia_policy_act *make_acts(dia_reading *r, const dia_agent_acts *from)
{
    dia_policy_act *v = dia_keep(r, (from->n + 1) * sizeof *v);
    for (size_t i = 0; v && i < from->n; i++)
        v[i] = make_act(r, &from->v[i]);
    return v;
}

static dia_policy_match make_match(dia_reading *r, const dia_agent_match *m)
{
    uint32_t *applications = dia_keep(r, (m->application.n + 1) * sizeof *applications);
    uint32_t *commands = dia_keep(r, (m->command.n + 1) * sizeof *commands);
    for (size_t i = 0; applications && i < m->application.n; i++)
        applications[i] = m->application.v[i].id;
    for (size_t i = 0; commands && i < m->command.n; i++)
        commands[i] = m->command.v[i].code;
    return (dia_policy_match){
        .from = m->from.v,
        .applications = applications,
        .n_applications = m->application.n,
        .commands = commands,
        .n_commands = m->command.n,
        .origin_hosts = m->origin_host.v,
        .origin_realms = m->origin_realm.v,
        .destination_hosts = m->destination_host.v,
        .destination_realms = m->destination_realm.v,
        .conditions = make_conditions(r, &m->when),
        .n_conditions = m->when.n,
    };
}

static dia_policy_hide make_hide(const dia_agent_hide *h)
{
    if (!h->at)
        return (dia_policy_hide){ 0 };
    return (dia_policy_hide){ h->outside.v, h->hosts.v, h->as, h->realm, h->realm_as, h->sessions, h->remember };
}

static dia_policy_limit make_rate(const dia_agent_rate *rate)
{
    if (!rate->at)
        return (dia_policy_limit){ 0 };
    return (dia_policy_limit){ rate->rate, rate->burst, rate->answer, rate->buckets };
}

static dia_policy make_policy(dia_reading *r, const dia_agent_policy *p, size_t i)
{
    return (dia_policy){
        .name = dia_keep_name(r, "policies", p->name, i),
        .match = make_match(r, &p->match),
        .request = make_acts(r, &p->request),
        .n_request = p->request.n,
        .answer = make_acts(r, &p->answer),
        .n_answer = p->answer.n,
        .hide = make_hide(&p->hide),
        .limit = make_rate(&p->limit),
        .last = p->last,
    };
}

/* A peer's limit comes before all that would be done to its requests. */
static dia_policy make_limit(dia_reading *r, const dia_agent_peer *p)
{
    const char **from = dia_keep(r, 2 * sizeof *from);
    if (from)
        from[0] = p->host;
    return (dia_policy){ .name = p->host, .match = { .from = from }, .limit = { .rate = p->limit } };
}

/* "request[0].path" of a policy: where that stands in the configuration, as far as it can be found. */
static const dia_tree *place_of(const dia_tree *at, const char *where)
{
    while (*where) {
        const size_t n = strcspn(where, ".[");
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)n, where);
        const dia_tree *next = n ? dia_tree_get(at, strcmp(key, "conditions") == 0 ? "when" : key) : at;
        if (!next)
            return at;
        at = next;
        where += n;
        if (*where == '[') {
            size_t index = 0;
            for (where++; dia_is_digit((uint8_t)*where); where++)
                index = index * 10 + (size_t)(*where - '0');
            where += *where == ']';
            for (const dia_tree *child = at->kind == DIA_TREE_LIST ? at->first : NULL; child; child = child->next)
                if (child->index == index)
                    at = child;
        }
        where += *where == '.';
    }
    return at;
}

dia_policies *dia_agent_make_policies(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config)
{
    dia_policies *out = NULL;
    dia_policy_fault fault = { 0 };
    dia_policy *v = dia_keep(r, (config->peers.n + config->policies.n + 1) * sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < config->peers.n && !r->err; i++)
        if (config->peers.v[i].limit)
            v[n++] = make_limit(r, &config->peers.v[i]);
    const size_t first = n;
    for (size_t i = 0; i < config->policies.n && !r->err; i++)
        v[n++] = make_policy(r, &config->policies.v[i], i);
    if (r->err || !n)
        return NULL;
    const int err = dia_policies_new(v, n, options->dicts, options->key, r->alloc, &out, &fault);
    if (err == DIA_EINVAL && fault.policy >= first)
        dia_mistake(r, place_of(config->policies.v[fault.policy - first].at, fault.where), "%s", fault.text);
    else if (err == DIA_EINVAL)
        dia_mistake(r, config->at, "%s", fault.text);
    else if (err)
        r->err = err;
    return out;
}

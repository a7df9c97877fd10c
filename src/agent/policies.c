/* The configuration's policies, and the limits of its peers, as rows of policy.h. */
#include "agent/agent.h"

#include <stdio.h>

static dia_policy_condition make_condition(const dia_agent_condition *w)
{
    const bool least = dia_tree_get(w->at, "least"), most = dia_tree_get(w->at, "most");
    const bool absent = dia_tree_get(w->at, "present") && !w->present;
    return (dia_policy_condition){
        .path = w->avp,
        .test = w->is           ? DIA_POLICY_IS
                : w->begins     ? DIA_POLICY_BEGINS
                : w->matches    ? DIA_POLICY_MATCHES
                : least || most ? DIA_POLICY_BETWEEN
                                : DIA_POLICY_PRESENT,
        .negated = w->not_ != absent,
        .value = w->is       ? w->is
                 : w->begins ? w->begins
                             : w->matches,
        .least = least ? w->least : INT64_MIN,
        .most = most ? w->most : INT64_MAX,
    };
}

static const dia_policy_condition *make_conditions(dia_reading *r, const dia_agent_conditions *from)
{
    dia_policy_condition *v = dia_keep(r, (from->n + 1) * sizeof *v);
    for (size_t i = 0; v && i < from->n; i++)
        v[i] = make_condition(&from->v[i]);
    return v;
}

/* Without its conditions. */
static dia_policy_act make_act(const dia_agent_act *a)
{
    const char *to = a->to ? a->to : a->value;
    dia_policy_act out = { 0 };
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
    for (size_t i = 0; v && i < from->n; i++) {
        v[i] = make_act(&from->v[i]);
        v[i].conditions = make_conditions(r, &from->v[i].when);
        v[i].n_conditions = from->v[i].when.n;
    }
    return v;
}

static const uint32_t *make_applications(dia_reading *r, const dia_agent_match *m)
{
    uint32_t *v = dia_keep(r, (m->application.n + 1) * sizeof *v);
    for (size_t i = 0; v && i < m->application.n; i++)
        v[i] = m->application.v[i].id;
    return v;
}

static dia_policy_match make_match(dia_reading *r, const dia_agent_match *m)
{
    uint32_t *commands = dia_keep(r, (m->command.n + 1) * sizeof *commands);
    for (size_t i = 0; commands && i < m->command.n; i++)
        commands[i] = m->command.v[i].code;
    return (dia_policy_match){
        .from = m->from.v,
        .applications = make_applications(r, m),
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

/* ---- What is wrong with them ---- */

/* The rows are compiled up to the first mistake. So that all are told, each part of a policy is tried alone: it is a policy of
 * its own then, with the applications of the whole. */
typedef struct judging {
    dia_reading *r;
    const dia_agent_options *options;
    dia_policy_match match; /* applications alone */
} judging;

/* Was nothing said yet of a map and its values? What is said of the conditions in it is theirs. */
static bool is_sound(const dia_reading *r, const dia_tree *map)
{
    if (!map || dia_is_mistaken_itself(r, map))
        return false;
    for (const dia_tree *child = map->first; child; child = child->next)
        if (strcmp(child->key, "when") != 0 && dia_is_mistaken(r, child))
            return false;
    return true;
}

/* False: it is wrong, and *fault says why. Where there is no memory nothing more is told. */
static bool try_part(judging *j, const dia_policy *part, dia_policy_fault *fault)
{
    dia_policies *out = NULL;
    if (j->r->err)
        return true;
    const int err = dia_policies_new(part, 1, j->options->dicts, j->options->key, j->r->alloc, &out, fault);
    dia_policies_free(out);
    if (err && err != DIA_EINVAL)
        j->r->err = err;
    return err != DIA_EINVAL;
}

/* "value" of "request[0].value". */
static const char *member_of(const dia_policy_fault *fault)
{
    const char *dot = strrchr(fault->where, '.');
    return dot ? dot + 1 : "";
}

static void judge_conditions(judging *j, const dia_agent_conditions *when)
{
    for (size_t i = 0; i < when->n; i++) {
        const dia_agent_condition *w = &when->v[i];
        if (!is_sound(j->r, w->at))
            continue;
        const dia_policy_condition condition = make_condition(w);
        dia_policy part = { .match = j->match };
        dia_policy_fault fault;
        part.match.conditions = &condition;
        part.match.n_conditions = 1;
        if (try_part(j, &part, &fault))
            continue;
        const char *value = w->is ? "is" : w->begins ? "begins" : "matches";
        dia_mistake(j->r, dia_tree_of(w->at, strcmp(member_of(&fault), "value") == 0 ? value : "avp"), "%s",
                    fault.text);
    }
}

/* Which key of an act a fault is about. */
static const char *key_of_act(const dia_agent_act *a, const char *member)
{
    const char *to = a->to ? "to" : "value";
    if (strcmp(member, "path") == 0)
        return a->set        ? "set"
               : a->add      ? "add"
               : a->default_ ? "default"
               : a->remove   ? "remove"
               : a->rewrite  ? "rewrite"
                             : to;
    if (strcmp(member, "value") == 0)
        return a->copy ? "copy" : a->send_to ? "send-to" : to;
    return strcmp(member, "pattern") == 0 ? "from" : "reject";
}

static void judge_acts(judging *j, const dia_agent_acts *acts, bool of_answer)
{
    for (size_t i = 0; i < acts->n; i++) {
        const dia_agent_act *a = &acts->v[i];
        judge_conditions(j, &a->when);
        if (!is_sound(j->r, a->at))
            continue;
        const dia_policy_act act = make_act(a);
        const dia_policy part = { .match = j->match,
                                  .request = of_answer ? NULL : &act,
                                  .n_request = !of_answer,
                                  .answer = of_answer ? &act : NULL,
                                  .n_answer = of_answer };
        dia_policy_fault fault;
        if (!try_part(j, &part, &fault))
            dia_mistake(j->r, dia_tree_of(a->at, key_of_act(a, member_of(&fault))), "%s", fault.text);
    }
}

static void judge_hiding(judging *j, const dia_agent_hide *hide)
{
    const dia_policy part = { .hide = make_hide(hide) };
    dia_policy_fault fault;
    if (!is_sound(j->r, hide->at) || try_part(j, &part, &fault))
        return;
    const char *member = member_of(&fault);
    dia_mistake(j->r, dia_tree_of(hide->at, strcmp(member, "realm_as") == 0 ? "realm-as" : member), "%s", fault.text);
}

static void judge_policy(judging *j, const dia_agent_policy *p)
{
    const dia_tree *applications = dia_tree_get(p->match.at, "application");
    j->match = (dia_policy_match){ 0 };
    if (!applications || !dia_is_mistaken(j->r, applications)) {
        j->match.applications = make_applications(j->r, &p->match);
        j->match.n_applications = p->match.application.n;
    }
    judge_conditions(j, &p->match.when);
    judge_acts(j, &p->request, false);
    judge_acts(j, &p->answer, true);
    judge_hiding(j, &p->hide);
}

void dia_agent_judge_policies(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config)
{
    judging j = { .r = r, .options = options };
    for (size_t i = 0; i < config->policies.n && !r->err; i++)
        if (config->policies.v[i].at)
            judge_policy(&j, &config->policies.v[i]);
}

dia_policies *dia_agent_make_policies(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config)
{
    dia_policies *out = NULL;
    dia_policy_fault fault = { 0 };
    dia_policy *v = dia_keep(r, (config->peers.n + config->policies.n + 1) * sizeof *v);
    const size_t before = r->mistakes->n + r->mistakes->more;
    size_t n = 0;
    for (size_t i = 0; i < config->peers.n && !r->err; i++)
        if (config->peers.v[i].limit)
            v[n++] = make_limit(r, &config->peers.v[i]);
    for (size_t i = 0; i < config->policies.n && !r->err; i++)
        v[n++] = make_policy(r, &config->policies.v[i], i);
    if (r->err || !n)
        return NULL;
    const int err = dia_policies_new(v, n, options->dicts, options->key, r->alloc, &out, &fault);
    if (err == DIA_EINVAL)
        dia_agent_judge_policies(r, options, config);
    else if (err)
        r->err = err;
    if (err == DIA_EINVAL && !r->err && r->mistakes->n + r->mistakes->more == before)
        dia_mistake(r, config->at, "%s", fault.text);
    return out;
}

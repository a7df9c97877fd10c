/* The configuration's routes and tables as those of diatom/route.h. */
#include "agent/agent.h"

#include <stdio.h>

/* The tables while routes are made of them. */
typedef struct tables {
    dia_prefixes **v;
    size_t n;
    dia_siphash files; /* of what theirs hold */
} tables;

/* Where a wrong line of a table is told. */
typedef struct table_report {
    dia_reading *r;
    const dia_agent_table *table;
    const char *file; /* NULL: the lines of the configuration */
    size_t index;
    size_t n; /* how many were told: one table must not hide the others */
} table_report;

static void on_wrong(void *arg, const dia_prefixes_wrong *wrong)
{
    enum { TOLD_MAX = 10 };
    table_report *report = arg;
    if (++report->n > TOLD_MAX) {
        report->r->mistakes->more++;
        return;
    }
    if (!report->file) {
        dia_mistake(report->r, dia_tree_of(report->table->at, "lines"), "line %zu: %s", report->index + 1, wrong->text);
        return;
    }
    const size_t before = report->r->mistakes->n;
    dia_mistake(report->r, dia_tree_of(report->table->at, "file"), "%s", wrong->text);
    if (report->r->mistakes->n == before)
        return;
    dia_agent_mistake *m = &report->r->mistakes->v[before];
    m->line = (uint32_t)wrong->line;
    m->column = (uint32_t)wrong->column;
    snprintf(m->file, sizeof m->file, "%s", report->file);
}

static void take(dia_reading *r, dia_prefixes *prefixes, dia_bytes text, table_report *report)
{
    const int err = dia_prefixes_read(prefixes, text, on_wrong, report);
    if (err && err != DIA_EFORMAT)
        r->err = err;
}

static void read_file(dia_reading *r, const dia_agent_windows *w, const dia_agent_table *t, dia_prefixes *prefixes,
                      dia_siphash *files)
{
    char why[200] = "";
    dia_bytes text = { NULL, 0 };
    const dia_tree *at = dia_tree_of(t->at, "file");
    const int err = w->open ? w->open(w->arg, t->file, &text, why, sizeof why) : DIA_ENOTSUP;
    if (err == DIA_ENOMEM) {
        r->err = err;
        return;
    }
    if (err) {
        dia_mistake(r, at, "'%s' cannot be read: %s", dia_show(t->file).text, why[0] ? why : dia_strerror(err));
        return;
    }
    take(r, prefixes, text, &(table_report){ r, t, t->file, 0, 0 });
    dia_siphash_add(files, (dia_bytes){ (const uint8_t *)&text.n, sizeof text.n });
    dia_siphash_add(files, text);
    if (w->close)
        w->close(w->arg, text);
}

/* NULL: it has mistakes, or r->err. */
static dia_prefixes *make_table(dia_reading *r, const dia_agent_options *options, const dia_agent_table *t,
                                dia_siphash *files)
{
    const size_t before = r->mistakes->n + r->mistakes->more;
    dia_prefixes *prefixes;
    r->err = dia_prefixes_new(r->alloc, &prefixes);
    if (r->err)
        return NULL;
    for (size_t i = 0; i < t->lines.n && !r->err; i++)
        take(r, prefixes, dia_cstr(t->lines.v[i]), &(table_report){ r, t, NULL, i, 0 });
    if (t->file && !r->err)
        read_file(r, &options->windows, t, prefixes, files);
    if (!r->err && r->mistakes->n + r->mistakes->more == before)
        return prefixes;
    dia_prefixes_unref(prefixes);
    return NULL;
}

/* ---- Routes ---- */

static const dia_prefixes *table_named(const dia_agent_config *config, const tables *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (config->tables.v[i].name && strcmp(config->tables.v[i].name, name) == 0)
            return all->v[i];
    return NULL;
}

static dia_route_numbers make_numbers(dia_reading *r, const dia_agent_config *config, const tables *all,
                                      const dia_agent_digits *d)
{
    dia_route_numbers out = { .begin = d->begin.v };
    if (!d->table || !d->value)
        return out;
    out.table = table_named(config, all, d->table);
    if (out.table && dia_prefixes_named(out.table, dia_cstr(d->value), &out.value))
        dia_mistake(r, dia_tree_of(d->at, "value"), "no line of the table '%s' has the word '%s'",
                    dia_show(d->table).text, dia_show(d->value).text);
    return out;
}

static dia_route_avp make_condition(const dia_agent_condition *w)
{
    dia_route_avp out = { .path = w->avp };
    const bool ranged = dia_tree_get(w->at, "least") || dia_tree_get(w->at, "most");
    out.test = w->is                                           ? DIA_TEST_EQUAL
               : w->begins                                     ? DIA_TEST_BEGINS
               : ranged                                        ? DIA_TEST_RANGE
               : !w->present && dia_tree_get(w->at, "present") ? DIA_TEST_ABSENT
                                                               : DIA_TEST_PRESENT;
    out.value = w->is ? w->is : w->begins;
    out.least = dia_tree_get(w->at, "least") ? w->least : INT64_MIN;
    out.most = dia_tree_get(w->at, "most") ? w->most : INT64_MAX;
    return out;
}

/* What the text leaves open: policies and limits of peers want to see the request. */
static dia_route_action action_of(const dia_agent_config *config, const dia_agent_route *route)
{
    bool proxies = config->policies.n > 0;
    for (size_t i = 0; i < config->peers.n; i++)
        proxies |= config->peers.v[i].limit > 0;
    if (dia_tree_get(route->at, "action"))
        return (dia_route_action)route->action;
    return proxies ? DIA_ROUTE_PROXY : DIA_ROUTE_RELAY;
}

/* Each condition as a route of its own, in a table that nobody gets: a route is judged up to its first mistake. */
static void judge_conditions(dia_reading *r, dia_routes *routes, const dia_agent_route *from,
                             const uint32_t *applications)
{
    for (size_t i = 0; i < from->when.n && !r->err; i++) {
        const dia_agent_condition *w = &from->when.v[i];
        if (!w->at || dia_is_mistaken(r, w->at))
            continue;
        const dia_route_avp avp = make_condition(w);
        const dia_route route = {
            .applications = applications, .n_applications = from->application.n, .avps = &avp, .n_avps = 1
        };
        char why[200] = "";
        uint32_t id;
        const int err = dia_routes_add(routes, &route, &id, why, sizeof why);
        if (err == DIA_ENOMEM)
            r->err = err;
        else if (err)
            dia_mistake(r,
                        dia_tree_of(w->at, w->is       ? "is"
                                           : w->begins ? "begins"
                                                       : "avp"),
                        "%s", why[0] ? why : dia_strerror(err));
    }
}

/* What was said of it already is not said again: only of one that is right so far the whole is judged. */
static void add_route(dia_reading *r, dia_routes *routes, const dia_agent_config *config, const tables *all, size_t i)
{
    const dia_agent_route *from = &config->routes.v[i];
    const size_t before = r->mistakes->n + r->mistakes->more;
    const bool wrong = !from->at || dia_is_mistaken(r, from->at);
    char why[200] = "";
    uint32_t id;
    uint32_t *applications = dia_keep(r, (from->application.n + 1) * sizeof *applications);
    uint32_t *commands = dia_keep(r, (from->command.n + 1) * sizeof *commands);
    dia_route_avp *avps = dia_keep(r, (from->when.n + 1) * sizeof *avps);
    dia_hop *hops = dia_keep(r, (from->to.n + 1) * sizeof *hops);
    if (r->err)
        return;
    for (size_t n = 0; n < from->application.n; n++)
        applications[n] = from->application.v[n].id;
    for (size_t n = 0; n < from->command.n; n++)
        commands[n] = from->command.v[n].code;
    for (size_t n = 0; n < from->when.n; n++)
        avps[n] = make_condition(&from->when.v[n]);
    for (size_t n = 0; n < from->to.n; n++)
        hops[n] = (dia_hop){ from->to.v[n].peer, from->to.v[n].priority, from->to.v[n].weight };
    const dia_route route = {
        .name = dia_keep_name(r, "routes", from->name, i),
        .realms = from->realm.v,
        .applications = applications,
        .n_applications = from->application.n,
        .commands = commands,
        .n_commands = from->command.n,
        .origin_hosts = from->origin_host.v,
        .origin_realms = from->origin_realm.v,
        .from = from->from.v,
        .users = from->user.v,
        .imsi = make_numbers(r, config, all, &from->imsi),
        .msisdn = make_numbers(r, config, all, &from->msisdn),
        .avps = avps,
        .n_avps = from->when.n,
        .action = action_of(config, from),
        .hops = hops,
        .n_hops = from->to.n,
        .choice = (dia_choice)from->choose,
        .redirect_usage = (uint32_t)from->usage,
        .redirect_cache_s = from->cache_s,
        .order = (int32_t)from->order,
    };
    if (r->err)
        return;
    const int err = wrong ? DIA_EINVAL : dia_routes_add(routes, &route, &id, why, sizeof why);
    if (err == DIA_ENOMEM)
        r->err = err;
    else if (err)
        judge_conditions(r, routes, from, applications);
    if (err && !r->err && !wrong && r->mistakes->n + r->mistakes->more == before)
        dia_mistake(r, from->at, "%s", why[0] ? why : dia_strerror(err));
}

dia_routes *dia_agent_make_routes(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config,
                                  uint8_t files[16])
{
    static const uint8_t key[16] = { 0 };
    dia_routes *routes = NULL;
    tables all = { .v = dia_keep(r, (config->tables.n + 1) * sizeof *all.v) };
    dia_siphash_init(&all.files, key);
    if (r->err || (r->err = dia_routes_new(options->dicts, r->alloc, &routes)))
        return NULL;
    for (size_t i = 0; i < config->tables.n && !r->err; i++) {
        const dia_agent_table *t = &config->tables.v[i];
        all.v[all.n++] = t->at && !dia_is_mistaken(r, t->at) ? make_table(r, options, t, &all.files) : NULL;
    }
    for (size_t i = 0; i < config->routes.n && !r->err; i++)
        add_route(r, routes, config, &all, i);
    for (size_t i = 0; i < all.n; i++)
        dia_prefixes_unref(all.v[i]);
    dia_siphash_end(&all.files, files);
    return routes;
}

void dia_agent_judge_routes(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config)
{
    uint8_t files[16];
    dia_routes_free(dia_agent_make_routes(r, options, config, files));
}

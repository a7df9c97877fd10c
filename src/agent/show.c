/* The routes and policies in force, for people and programs. */
#include "agent/agent.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>

/* The tables that a route asks, as the configuration calls them; NULL: none. */
typedef struct table_names {
    const char *imsi, *msisdn;
} table_names;

/* Routes are numbered from 1 in the order of the configuration; what comes behind is not of it. */
static table_names tables_of(const dia_agent *agent, uint32_t id)
{
    const dia_agent_config *c = agent->made->config;
    if (id > c->routes.n)
        return (table_names){ NULL, NULL };
    return (table_names){ c->routes.v[id - 1].imsi.table, c->routes.v[id - 1].msisdn.table };
}

/* ---- As a table ---- */

static void put_names(dia_page *page, const char *what, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++) {
        dia_page_put(page, i ? "," : what);
        dia_page_safely(page, dia_cstr(names[i]));
    }
}

/* Several may have this id: the one that the configuration means, or the first. */
static const dia_dict *dict_of(const dia_agent *agent, uint32_t id, const dia_route *r, size_t i)
{
    const dia_agent_config *c = agent->made->config;
    if (id <= c->routes.n && i < c->routes.v[id - 1].application.n)
        return c->routes.v[id - 1].application.v[i].dict;
    return agent->options.dicts ? dia_dicts_application(agent->options.dicts, r->applications[i]) : NULL;
}

static void put_applications(dia_page *page, const dia_agent *agent, uint32_t id, const dia_route *r)
{
    for (size_t i = 0; i < r->n_applications; i++) {
        const dia_dict *dict = dict_of(agent, id, r, i);
        dia_page_put(page, i ? "," : "");
        if (dict)
            dia_page_put(page, dict->prefix ? dict->prefix : dict->stem);
        else
            dia_page_print(page, "%" PRIu32, r->applications[i]);
    }
    if (!r->n_applications)
        dia_page_put(page, "any");
}

/* What a number of a subscriber must be: its first digits, or what a table has for it. */
static void put_numbers(dia_page *page, const char *what, const dia_route_numbers *numbers, const char *table)
{
    put_names(page, what, numbers->begin);
    if (!numbers->table)
        return;
    dia_page_put(page, what);
    dia_page_safely(page, dia_cstr(table ? table : ""));
    dia_page_put(page, table ? ":" : "");
    dia_page_safely(page, dia_prefixes_name_of(numbers->table, numbers->value));
}

static void put_range(dia_page *page, const dia_route_avp *avp)
{
    if (avp->least != INT64_MIN)
        dia_page_print(page, " from %" PRId64, avp->least);
    if (avp->most != INT64_MAX)
        dia_page_print(page, " to %" PRId64, avp->most);
}

static void put_condition(dia_page *page, const dia_route_avp *avp)
{
    static const char *const words[] = { [DIA_TEST_PRESENT] = " present",
                                         [DIA_TEST_ABSENT] = " absent",
                                         [DIA_TEST_EQUAL] = "=",
                                         [DIA_TEST_BEGINS] = " begins ",
                                         [DIA_TEST_RANGE] = "" };
    dia_page_put(page, " when=");
    dia_page_safely(page, dia_cstr(avp->path));
    dia_page_put(page, words[avp->test]);
    if (avp->test == DIA_TEST_EQUAL || avp->test == DIA_TEST_BEGINS)
        dia_page_safely(page, dia_cstr(avp->value));
    if (avp->test == DIA_TEST_RANGE)
        put_range(page, avp);
}

static void put_criteria(dia_page *page, const dia_route *r, const table_names *tables)
{
    const size_t before = page->n;
    for (size_t i = 0; i < r->n_commands; i++)
        dia_page_print(page, i ? ",%" PRIu32 : " command=%" PRIu32, r->commands[i]);
    put_names(page, " origin-host=", r->origin_hosts);
    put_names(page, " origin-realm=", r->origin_realms);
    put_names(page, " from=", r->from);
    put_names(page, " user=", r->users);
    put_numbers(page, " imsi=", &r->imsi, tables->imsi);
    put_numbers(page, " msisdn=", &r->msisdn, tables->msisdn);
    for (size_t i = 0; i < r->n_avps; i++)
        put_condition(page, &r->avps[i]);
    if (page->n == before)
        dia_page_put(page, " -");
}

/* What is not as it is where nothing is said. */
static void put_share(dia_page *page, const dia_hop *hop)
{
    if (hop->priority)
        dia_page_print(page, "(priority=%" PRIu32, hop->priority);
    if (hop->weight > 1)
        dia_page_print(page, "%sweight=%" PRIu32, hop->priority ? "," : "(", hop->weight);
    dia_page_put(page, hop->priority || hop->weight > 1 ? ")" : "");
}

static void put_hops(dia_page *page, const dia_route *r)
{
    for (size_t i = 0; i < r->n_hops; i++) {
        dia_page_put(page, i ? "," : "");
        dia_page_safely(page, dia_cstr(r->hops[i].host));
        put_share(page, &r->hops[i]);
    }
    if (!r->n_hops)
        dia_page_put(page, r->action == DIA_ROUTE_LOCAL ? "us" : "any");
}

static void put_line(dia_page *cells, const dia_agent *agent, const dia_routes *routes, uint32_t id, const dia_route *r)
{
    const table_names tables = tables_of(agent, id);
    dia_page_safely(cells, dia_cstr(r->name));
    dia_page_put(cells, "\t");
    put_names(cells, "", r->realms);
    dia_page_put(cells, r->realms ? "\t" : "default\t");
    put_applications(cells, agent, id, r);
    dia_page_put(cells, "\t");
    dia_page criteria = { .alloc = cells->alloc };
    put_criteria(&criteria, r, &tables);
    if (criteria.n > 1)
        dia_page_octets(cells, (dia_bytes){ (const uint8_t *)criteria.p + 1, criteria.n - 1 });
    if (criteria.err && !cells->err)
        cells->err = criteria.err;
    dia_page_done(&criteria);
    dia_page_print(cells, "\t%s\t", dia_route_action_name(r->action));
    put_hops(cells, r);
    dia_page_print(cells, "\t%s\t%" PRIu64 "\t\n", dia_choice_name(r->choice), dia_routes_taken(routes, id));
}

static void show_table(const dia_agent *agent, const dia_routes *routes, dia_page *to)
{
    dia_page cells = { .alloc = to->alloc };
    uint32_t id = 0;
    dia_page_put(&cells, "ROUTE\tREALM\tAPPLICATION\tCRITERIA\tACTION\tTO\tCHOICE\tTAKEN\t\n");
    for (const dia_route *r; (r = dia_routes_next(routes, &id));)
        put_line(&cells, agent, routes, id, r);
    dia_page_table(to, "lllllllr", &cells);
    dia_page_done(&cells);
}

/* ---- As JSON ---- */

static void put_list(dia_page *to, const char *name, const char *const *names)
{
    if (!names)
        return;
    dia_page_print(to, ", \"%s\": [", name);
    for (size_t i = 0; names[i]; i++) {
        dia_page_put(to, i ? ", " : "");
        dia_page_quoted(to, dia_cstr(names[i]));
    }
    dia_page_put(to, "]");
}

static void put_ids(dia_page *to, const char *name, const uint32_t *ids, size_t n)
{
    if (!n)
        return;
    dia_page_print(to, ", \"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        dia_page_print(to, i ? ", %" PRIu32 : "%" PRIu32, ids[i]);
    dia_page_put(to, "]");
}

static void put_digits(dia_page *to, const char *name, const dia_route_numbers *numbers, const char *table)
{
    put_list(to, name, numbers->begin);
    if (!numbers->table)
        return;
    dia_page_print(to, ", \"%s_table\": ", name);
    dia_page_quoted(to, dia_cstr(table));
    dia_page_print(to, ", \"%s_value\": ", name);
    dia_page_quoted(to, dia_prefixes_name_of(numbers->table, numbers->value));
}

/* The members are called as in the configuration. */
static void put_test(dia_page *to, const dia_route_avp *avp)
{
    if (avp->test == DIA_TEST_PRESENT || avp->test == DIA_TEST_ABSENT) {
        dia_page_print(to, ", \"present\": %s", avp->test == DIA_TEST_PRESENT ? "true" : "false");
        return;
    }
    if (avp->test == DIA_TEST_EQUAL || avp->test == DIA_TEST_BEGINS) {
        dia_page_put(to, avp->test == DIA_TEST_EQUAL ? ", \"is\": " : ", \"begins\": ");
        dia_page_quoted(to, dia_cstr(avp->value));
        return;
    }
    if (avp->least != INT64_MIN)
        dia_page_print(to, ", \"least\": %" PRId64, avp->least);
    if (avp->most != INT64_MAX)
        dia_page_print(to, ", \"most\": %" PRId64, avp->most);
}

static void put_conditions(dia_page *to, const dia_route *r)
{
    for (size_t i = 0; i < r->n_avps; i++) {
        dia_page_put(to, i ? ", {\"avp\": " : ", \"when\": [{\"avp\": ");
        dia_page_quoted(to, dia_cstr(r->avps[i].path));
        put_test(to, &r->avps[i]);
        dia_page_put(to, "}");
    }
    dia_page_put(to, r->n_avps ? "]" : "");
}

static void put_object(dia_page *to, const dia_agent *agent, const dia_routes *routes, uint32_t id, const dia_route *r)
{
    const table_names tables = tables_of(agent, id);
    dia_page_print(to, "{\"id\": %" PRIu32 ", \"name\": ", id);
    dia_page_quoted(to, dia_cstr(r->name));
    put_list(to, "realm", r->realms);
    put_ids(to, "application", r->applications, r->n_applications);
    put_ids(to, "command", r->commands, r->n_commands);
    put_list(to, "origin_host", r->origin_hosts);
    put_list(to, "origin_realm", r->origin_realms);
    put_list(to, "from", r->from);
    put_list(to, "user", r->users);
    put_digits(to, "imsi", &r->imsi, tables.imsi);
    put_digits(to, "msisdn", &r->msisdn, tables.msisdn);
    put_conditions(to, r);
    dia_page_print(to, ", \"action\": \"%s\", \"choose\": \"%s\", \"order\": %" PRId32 ", \"to\": [",
                   dia_route_action_name(r->action), dia_choice_name(r->choice), r->order);
    for (size_t i = 0; i < r->n_hops; i++) {
        dia_page_print(to, "%s{\"peer\": ", i ? ", " : "");
        dia_page_quoted(to, dia_cstr(r->hops[i].host));
        dia_page_print(to, ", \"priority\": %" PRIu32 ", \"weight\": %" PRIu32 "}", r->hops[i].priority,
                       r->hops[i].weight);
    }
    dia_page_print(to, "], \"taken\": %" PRIu64 "}", dia_routes_taken(routes, id));
}

static void show_json(const dia_agent *agent, const dia_routes *routes, dia_page *to)
{
    uint32_t id = 0;
    bool first = true;
    dia_page_put(to, "{\"routes\": [");
    for (const dia_route *r; (r = dia_routes_next(routes, &id)); first = false) {
        dia_page_put(to, first ? "" : ", ");
        put_object(to, agent, routes, id, r);
    }
    dia_page_put(to, "]}\n");
}

int dia_agent_show_routes(const dia_agent *agent, bool json, dia_page *to)
{
    const dia_routes *routes = agent->node ? dia_node_routes(agent->node) : NULL;
    if (!routes)
        dia_page_put(to, json ? "{\"routes\": []}\n" : "no routes: to the peers of a realm in turn, then to relays\n");
    else if (json)
        show_json(agent, routes, to);
    else
        show_table(agent, routes, to);
    return to->err;
}

/* ---- Policies ---- */

static void put_policy_line(dia_page *cells, const dia_policy_counts *c)
{
    dia_page_safely(cells, dia_cstr(c->name));
    dia_page_print(cells, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t\n", c->matched, c->rejected,
                   c->limited, c->hidden);
}

static void show_policy_table(const dia_policy_counts *counts, size_t n, dia_page *to)
{
    dia_page cells = { .alloc = to->alloc };
    dia_page_put(&cells, "POLICY\tMATCHED\tREJECTED\tLIMITED\tHIDDEN\t\n");
    for (size_t i = 0; i < n; i++)
        put_policy_line(&cells, &counts[i]);
    dia_page_table(to, "lrrrr", &cells);
    dia_page_done(&cells);
}

static void show_policy_json(const dia_policy_counts *counts, size_t n, dia_page *to)
{
    dia_page_put(to, "{\"policies\": [");
    for (size_t i = 0; i < n; i++) {
        dia_page_put(to, i ? ", {\"name\": " : "{\"name\": ");
        dia_page_quoted(to, dia_cstr(counts[i].name));
        dia_page_print(to,
                       ", \"matched\": %" PRIu64 ", \"rejected\": %" PRIu64 ", \"limited\": %" PRIu64
                       ", \"hidden\": %" PRIu64 "}",
                       counts[i].matched, counts[i].rejected, counts[i].limited, counts[i].hidden);
    }
    dia_page_put(to, "]}\n");
}

int dia_agent_show_policies(const dia_agent *agent, bool json, dia_page *to)
{
    const dia_policies *policies = agent->made->policies;
    const size_t n = policies ? dia_policies_counts(policies, NULL, 0) : 0;
    dia_policy_counts *counts = n ? dia_alloc0(agent->alloc, n * sizeof *counts) : NULL;
    if (n && !counts)
        return to->err = DIA_ENOMEM;
    if (n)
        dia_policies_counts(policies, counts, n);
    if (json)
        show_policy_json(counts, n, to);
    else if (n)
        show_policy_table(counts, n, to);
    else
        dia_page_put(to, "no policies: what passes stays as it is\n");
    dia_release(agent->alloc, counts, n * sizeof *counts);
    return to->err;
}

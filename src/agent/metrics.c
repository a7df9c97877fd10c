/* What routes and policies did, as counters of Prometheus: as many series as the configuration has names. */
#include "agent/agent.h"
#include "diatom/report.h"

#include <stdlib.h>

enum { COUNTS = 3 };

typedef struct tally {
    const char *name;
    uint64_t n[COUNTS];
} tally;

typedef struct family {
    const char *name, *help;
} family;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const tally *)a)->name, ((const tally *)b)->name);
}

/* Two of one name would be a series twice, which nobody reads. How many are left. */
static size_t join(tally *v, size_t n)
{
    size_t kept = 0;
    qsort(v, n, sizeof *v, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!kept || strcmp(v[kept - 1].name, v[i].name) != 0) {
            v[kept++] = v[i];
            continue;
        }
        for (size_t k = 0; k < COUNTS; k++)
            v[kept - 1].n[k] += v[i].n[k];
    }
    return kept;
}

static void put_families(dia_metrics *to, const family *families, size_t n_families, const char *label, tally *v,
                         size_t n)
{
    const size_t kept = join(v, n);
    for (size_t k = 0; k < n_families; k++) {
        dia_metrics_counter(to, families[k].name, families[k].help);
        for (size_t i = 0; i < kept; i++)
            dia_metrics_count(to, label, dia_cstr(v[i].name), v[i].n[k]);
    }
}

/* Routes are numbered from 1 in the order of the configuration; what comes behind is not of it. */
static int put_routes(const dia_agent *agent, dia_metrics *to)
{
    static const family families[] = { { "diatom_route_requests", "Requests that were sent by a route." } };
    const dia_routes *routes = agent->node ? dia_node_routes(agent->node) : NULL;
    const size_t max = routes ? agent->made->config->routes.n : 0;
    tally *v = max ? dia_alloc0(agent->alloc, max * sizeof *v) : NULL;
    uint32_t id = 0;
    size_t n = 0;
    if (!max)
        return 0;
    if (!v)
        return DIA_ENOMEM;
    for (const dia_route *r; n < max && (r = dia_routes_next(routes, &id)) && id <= max;)
        v[n++] = (tally){ r->name, { dia_routes_taken(routes, id) } };
    put_families(to, families, 1, "route", v, n);
    dia_release(agent->alloc, v, max * sizeof *v);
    return 0;
}

static void put_counts(dia_metrics *to, const dia_policy_counts *counts, tally *v, size_t n)
{
    static const family families[COUNTS] = {
        { "diatom_policy_matches", "Requests that a policy matched." },
        { "diatom_policy_rejects", "Requests and answers that a policy rejected." },
        { "diatom_policy_limited", "Requests that a policy refused for its limit." },
    };
    for (size_t i = 0; i < n; i++)
        v[i] = (tally){ counts[i].name, { counts[i].matched, counts[i].rejected, counts[i].limited } };
    put_families(to, families, COUNTS, "policy", v, n);
}

static int put_policies(const dia_agent *agent, dia_metrics *to)
{
    const dia_policies *policies = agent->made->policies;
    const size_t n = policies ? dia_policies_counts(policies, NULL, 0) : 0;
    if (!n)
        return 0;
    dia_policy_counts *counts = dia_alloc0(agent->alloc, n * sizeof *counts);
    tally *v = dia_alloc0(agent->alloc, n * sizeof *v);
    const int err = counts && v ? 0 : DIA_ENOMEM;
    if (!err) {
        dia_policies_counts(policies, counts, n);
        put_counts(to, counts, v, n);
    }
    dia_release(agent->alloc, counts, n * sizeof *counts);
    dia_release(agent->alloc, v, n * sizeof *v);
    return err;
}

int dia_agent_add_metrics(void *agent, dia_metrics *to)
{
    const int err = put_routes(agent, to);
    return err ? err : put_policies(agent, to);
}

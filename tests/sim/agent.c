/* The agents of a network: relays, with or without tables and proxies, redirect agents, and one that is none. */
#include "member.h"

#include "diatom/proxy.h"

#include <stdlib.h>

enum { TIMEOUT_MS = 8000 };

/* ---- An agent as somebody might write it who has not read RFC 6733, 6.1: a server of its realm that sends each request on, to
 * whoever the node finds, without a Route-Record. Where it stands between relays, requests go in circles ---- */

typedef struct errand {
    member *member;
    dia_request *request;
} errand;

static void refuse(void *arg)
{
    errand *e = arg;
    member *m = e->member;
    const int err = dia_request_fail(e->request, DIA_RESULT_CODE_UNABLE_TO_DELIVER, "it does not get there");
    if ((err == DIA_EBUSY || is_scarce(m, err)) && !dia_sim_after(m->life->sim, m->host, 1000, refuse, e))
        return;
    free(e);
}

static void pass_back(const dia_outcome *outcome, void *arg)
{
    errand *e = arg;
    member *m = e->member;
    m->pending--;
    int err = outcome->kind == DIA_OUTCOME_STOPPED ? DIA_ENOENT : DIA_ERULE;
    if (outcome->kind == DIA_OUTCOME_ANSWER)
        err = dia_request_answer_octets(e->request, outcome->octets);
    if (err && err != DIA_ENOENT)
        refuse(e);
    else
        free(e);
}

static void send_on(dia_request *request, void *arg)
{
    member *m = arg;
    errand *e = malloc(sizeof *e);
    if (!e)
        abort();
    *e = (errand){ m, request };
    dia_node *node = dia_sim_node(m->host);
    if (dia_request_keep(request) &&
        !dia_node_send_octets(node, NULL, dia_request_octets(request), TIMEOUT_MS, pass_back, e)) {
        m->begun++;
        m->pending++;
        return;
    }
    refuse(e);
}

/* ---- Agents that keep the rules ---- */

/* A table that says what a node does without one. */
static int add_routes(const member *m, dia_routes *routes)
{
    static const char *const one[] = { "one.example", NULL }, *const others[] = { "*.example", NULL };
    const dia_route near = { .name = "near", .realms = one, .choice = m->plan->choice };
    const dia_route far = { .name = "far", .realms = others, .choice = m->plan->choice };
    const int err = dia_routes_add(routes, &near, NULL, NULL, 0);
    return err ? err : dia_routes_add(routes, &far, NULL, NULL, 0);
}

static int add_redirects(const member *m, dia_routes *routes)
{
    const plan *p = m->life->plan;
    const char *const realms[] = { m->plan->realm, NULL };
    dia_hop hops[HOSTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < p->n_hosts; i++)
        if (plan_is(p, i, SERVES) && plan_of_realm(p, i, m->plan->realm))
            hops[n++] = (dia_hop){ .host = p->host[i].uri };
    const dia_route route = { .name = "redirect",
                              .realms = realms,
                              .action = DIA_ROUTE_REDIRECT,
                              .hops = hops,
                              .n_hops = n,
                              .redirect_usage = m->plan->usage,
                              .redirect_cache_s = m->plan->cache_s };
    return n ? dia_routes_add(routes, &route, NULL, NULL, 0) : 0;
}

static int set_routes(const member *m, dia_node *node, int (*add)(const member *m, dia_routes *routes))
{
    dia_routes *routes;
    int err = dia_routes_new(NULL, &m->alloc, &routes);
    if (err)
        return err;
    if ((err = add(m, routes)))
        dia_routes_free(routes);
    else
        dia_node_set_routes(node, routes);
    return err;
}

/* Every other request gets a state, which has to come back. */
static void on_request(dia_transit *transit, void *arg)
{
    member *m = arg;
    const dia_header header = dia_transit_header(transit);
    uint8_t state[4];
    m->hooked++;
    dia_store32(state, header.end_to_end);
    if (header.end_to_end % 2)
        dia_transit_put_state(transit, (dia_bytes){ state, 4 });
}

static void on_answer(dia_transit *transit, void *arg)
{
    member *m = arg;
    const dia_bytes state = dia_transit_state(transit);
    m->hooked--;
    if (state.p && (state.n != 4 || dia_load32(state.p) != dia_transit_header(transit).end_to_end))
        life_broken(m->life, "proxy", "%s gets the state of another request", m->plan->name);
    if (!state.p && dia_transit_to(transit) && dia_transit_header(transit).end_to_end % 2 && !m->forgets &&
        dia_transit_result(transit, NULL) == DIA_RESULT_CODE_SUCCESS)
        life_broken(m->life, "proxy", "%s does not get its state again", m->plan->name);
}

static int relay_begin(member *m, dia_node *node)
{
    const dia_proxy proxy = { .application = 4, .on_request = on_request, .on_answer = on_answer, .arg = m };
    int err = dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH);
    if (!err && m->plan->roles & REDIRECTS)
        return set_routes(m, node, add_redirects);
    if (!err && m->plan->table)
        err = set_routes(m, node, add_routes);
    if (!err && m->plan->proxies)
        err = dia_node_use(node, &dia_dict_ro);
    if (!err && m->plan->proxies)
        err = dia_node_proxy(node, &proxy);
    return err;
}

int agent_begin(member *m, dia_node *node)
{
    if (m->plan->roles & RELAYS)
        return relay_begin(m, node);
    const int err = dia_node_advertise(node, 4, 0, DIA_APP_AUTH);
    dia_node_serve_any(node, send_on, m);
    return err;
}

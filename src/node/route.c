/* Where a request goes: to the peer that Destination-Host names; else, where there is a table of routes, to a hop of the first
 * route that has one which can take it; else to one of the Destination-Realm, to a relay, for requests of ours to any. */
#include "node/node.h"

#include <stdio.h>

enum { FEW = DIA_HOPS_MAX };

/* RFC 6733, 6.1.7: who has had the request already would send it round. */
static bool has_visited(const dia_errand *errand, dia_bytes host)
{
    dia_avps it = errand->records.p ? dia_avps_in(errand->records) : dia_avps_of(errand->visited);
    while (dia_avp_step(&it))
        if (it.avp.code == DIA_AVP_ROUTE_RECORD && !it.avp.vendor && dia_bytes_equal_nocase(it.avp.data, host))
            return true;
    return false;
}

/* 0: it can take the request now. */
static int usable(const dia_node *node, const dia_peer *peer, const dia_errand *errand, dia_conn **out)
{
    dia_conn *conn = dia_peer_candidate(peer);
    if (!conn || conn == errand->from || !dia_peer_supports(peer, errand->application))
        return DIA_ENOROUTE;
    if (errand->tried && dia_has_tried(node, errand->tried, peer, conn))
        return DIA_ENOROUTE;
    if (errand->visited.p && has_visited(errand, peer->host))
        return DIA_ENOROUTE;
    if (dia_conn_is_busy(conn) || conn->pending.used >= conn->hub->config.limits.pending)
        return DIA_EBUSY;
    *out = conn;
    return 0;
}

int dia_node_route_host(const dia_node *node, const dia_errand *errand, dia_conn **out)
{
    const dia_peer *only = node->crowds.all.n == 1 ? node->crowds.all.v[0] : NULL;
    if (only && dia_bytes_equal(only->host, errand->host)) /* the usual client: spares the hash */
        return usable(node, only, errand, out);
    int best = DIA_ENOROUTE;
    for (const dia_peer *peer = dia_names_get(&node->hub.by_host, errand->host); peer; peer = peer->more) {
        dia_conn *conn = NULL;
        const int err = usable(node, peer, errand, &conn);
        if (err == DIA_EBUSY && best)
            best = err;
        /* Of several connections the one with the least to do. */
        if (!err && (best || conn->pending.used < (*out)->pending.used)) {
            *out = conn;
            best = 0;
        }
    }
    return best;
}

/* ---- One of a crowd ---- */

/* Of many the first one that can, from one on that is drawn. */
static int any_of(dia_node *node, const dia_crowd *crowd, const dia_errand *errand, dia_conn **out)
{
    int best = DIA_ENOROUTE;
    size_t at = (size_t)dia_random_below(&node->hub.random, crowd->n);
    for (size_t i = 0; i < crowd->n; i++, at = at + 1 < crowd->n ? at + 1 : 0) {
        const int err = usable(node, crowd->v[at], errand, out);
        if (!err)
            return 0;
        best = err == DIA_EBUSY ? err : best;
    }
    return best;
}

/* Of those that can take it the one whose turn it is. *best becomes 0, or DIA_EBUSY. */
static void in_turn(dia_node *node, const dia_crowd *crowd, const dia_errand *errand, int *best, dia_conn **out)
{
    dia_conn *conns[FEW];
    size_t n = 0;
    if (!crowd || !crowd->n)
        return;
    if (crowd->n > FEW) {
        const int err = any_of(node, crowd, errand, out);
        *best = err == DIA_ENOROUTE ? *best : err;
        return;
    }
    for (size_t i = 0; i < crowd->n; i++) {
        const int err = usable(node, crowd->v[i], errand, &conns[n]);
        n += !err;
        *best = err == DIA_EBUSY ? err : *best;
    }
    if (!n)
        return;
    *out = conns[n > 1 ? node->turn++ % n : 0];
    *best = 0;
}

/* ---- Without a table ---- */

/* To what is not ours only one that says so is an agent. */
static int by_realm(dia_node *node, const dia_errand *errand, dia_conn **out)
{
    const dia_crowds *crowds = &node->crowds;
    int best = DIA_ENOROUTE;
    if (errand->realm.p && (crowds->all.n > 1 || errand->visited.p)) {
        in_turn(node, dia_crowd_of_realm(node, errand->realm), errand, &best, out);
        if (best)
            in_turn(node, &crowds->relays, errand, &best, out);
        if (!best || errand->visited.p)
            return best;
    }
    in_turn(node, &crowds->all, errand, &best, out);
    return best;
}

/* ---- With a table ---- */

/* The open connections of a route's hops, found anew when a peer has come or gone since. */
typedef struct hop_conns {
    uint64_t version;
    size_t n, size;
    struct {
        const dia_peer *peer;
        uint32_t hop;
    } v[];
} hop_conns;

static void drop(void *arg, void *above)
{
    const dia_node *node = arg;
    dia_release(node->hub.alloc, above, ((hop_conns *)above)->size);
}

static size_t find_conns(const dia_node *node, const dia_route *route, hop_conns *to)
{
    size_t n = 0;
    for (size_t i = 0; i < route->n_hops; i++) {
        for (const dia_peer *p = dia_names_get(&node->hub.by_host, dia_cstr(route->hops[i].host)); p; p = p->more) {
            if (!p->crowds[DIA_CROWD_ALL].crowd)
                continue;
            if (to) {
                to->v[n].peer = p;
                to->v[n].hop = (uint32_t)i;
            }
            n++;
        }
    }
    return n;
}

/* NULL: no memory. */
static const hop_conns *conns_of(dia_node *node, dia_entry *entry)
{
    hop_conns *conns = entry->above;
    if (conns && conns->version == node->crowds.version)
        return conns;
    const size_t n = find_conns(node, &entry->route, NULL);
    const size_t size = sizeof *conns + n * sizeof conns->v[0];
    if (!conns || conns->size != size) {
        const dia_allocator *alloc = node->hub.alloc;
        conns = alloc->resize(alloc->arg, entry->above, conns ? conns->size : 0, size);
        if (!conns)
            return NULL;
        entry->above = conns;
        conns->size = size;
    }
    conns->n = find_conns(node, &entry->route, conns);
    conns->version = node->crowds.version;
    return conns;
}

/* The hops that can take a request, each with the connection that has the least to do. */
typedef struct living {
    dia_live_hop hops[DIA_HOPS_MAX];
    dia_conn *conns[DIA_HOPS_MAX];
    size_t n;
    int best; /* DIA_EBUSY: one has too much to do */
} living;

static void take_hop(living *l, const dia_entry *entry, size_t i, const dia_peer *peer, dia_conn *conn)
{
    dia_live_hop *hop = &l->hops[l->n];
    l->conns[l->n++] = conn;
    hop->host = peer->host;
    hop->priority = entry ? entry->route.hops[i].priority : 0;
    hop->weight = entry ? entry->route.hops[i].weight : 1;
    hop->key = entry ? entry->keys[i] : dia_hop_key(peer->host);
    hop->outstanding = conn->pending.used;
    hop->load = DIA_LOAD_UNKNOWN;
}

static void take_hops(dia_node *node, dia_entry *entry, const dia_errand *errand, living *l)
{
    const hop_conns *conns = conns_of(node, entry);
    uint32_t last = UINT32_MAX;
    for (size_t k = 0; conns && k < conns->n; k++) {
        dia_conn *conn;
        const uint32_t hop = conns->v[k].hop;
        const int err = usable(node, conns->v[k].peer, errand, &conn);
        if (err == DIA_EBUSY)
            l->best = err;
        if (err)
            continue;
        if (hop != last) {
            take_hop(l, entry, hop, conns->v[k].peer, conn);
            last = hop;
            continue;
        }
        l->hops[l->n - 1].outstanding += conn->pending.used;
        if (conn->pending.used < l->conns[l->n - 1]->pending.used)
            l->conns[l->n - 1] = conn;
    }
}

static void take_crowd(const dia_node *node, const dia_crowd *crowd, const dia_errand *errand, uint64_t turn, living *l)
{
    const size_t n = crowd ? crowd->n : 0;
    for (size_t i = 0; i < n && l->n < DIA_HOPS_MAX; i++) {
        const dia_peer *peer = crowd->v[n > DIA_HOPS_MAX ? (size_t)((turn + i) % n) : i];
        dia_conn *conn;
        const int err = usable(node, peer, errand, &conn);
        if (err == DIA_EBUSY)
            l->best = err;
        if (!err)
            take_hop(l, NULL, 0, peer, conn);
    }
}

static int choose(const dia_entry *entry, dia_route_query *query, const living *l, dia_conn **out)
{
    const int i = dia_route_choose(&entry->route, query, entry->turn, l->hops, l->n);
    if (i < 0)
        return l->best;
    *out = l->conns[i];
    return 0;
}

/* A route without hops: any peer of the realm, else any relay. */
static int by_crowds(dia_node *node, const dia_entry *entry, dia_route_query *query, const dia_errand *errand,
                     dia_conn **out)
{
    const dia_crowd *const crowds[] = { dia_crowd_of_realm(node, errand->realm), &node->crowds.relays };
    living l = { .best = DIA_ENOROUTE };
    for (size_t i = 0; i < 2; i++) {
        l.n = 0;
        take_crowd(node, crowds[i], errand, entry->turn, &l);
        if (!choose(entry, query, &l, out))
            return 0;
    }
    return l.best;
}

static int by_route(dia_node *node, dia_entry *entry, dia_route_query *query, const dia_errand *errand, dia_conn **out)
{
    int err;
    if (entry->route.n_hops) {
        living l;
        l.n = 0;
        l.best = DIA_ENOROUTE;
        take_hops(node, entry, errand, &l);
        err = choose(entry, query, &l, out);
    } else {
        err = by_crowds(node, entry, query, errand, out);
    }
    if (!err) {
        entry->turn++;
        entry->taken++;
    }
    return err;
}

static dia_bytes host_of_conn(const dia_node *node, uint32_t number)
{
    const dia_conn *conn = number ? dia_map_get(&node->hub.by_number, number) : NULL;
    return conn && conn->peer ? conn->peer->host : (dia_bytes){ NULL, 0 };
}

static void ask(const dia_node *node, const dia_errand *errand, dia_route_query *query)
{
    *query = (dia_route_query){ .message = errand->message.p ? errand->message : errand->visited,
                                .encode = errand->encode,
                                .encode_arg = errand->encode_arg,
                                .header_known = true,
                                .application = errand->application,
                                .command = errand->command,
                                .realm = errand->realm,
                                .session_id = errand->session,
                                .user = errand->user,
                                .from = host_of_conn(node, errand->ingress),
                                .now_us = node->hub.now.us };
}

/* LOCAL and REDIRECT are for requests that come; nothing that was sent once becomes one of them. */
static int by_table(dia_node *node, const dia_errand *errand, dia_conn **out)
{
    dia_route_query query;
    dia_route_walk walk;
    int best = DIA_ENOROUTE;
    ask(node, errand, &query);
    dia_routes_match(&walk, node->routes, &query);
    while (dia_route_walk_next(&walk)) {
        const dia_route_action action = walk.route->action;
        node->decided = (dia_decision){ action, walk.id };
        if (errand->asks && (action == DIA_ROUTE_LOCAL || action == DIA_ROUTE_REDIRECT)) {
            dia_route_walk_entry(&walk)->taken++;
            return DIA_ENOROUTE;
        }
        if (action == DIA_ROUTE_LOCAL || (action == DIA_ROUTE_REDIRECT && errand->visited.p))
            continue;
        const int err = by_route(node, dia_route_walk_entry(&walk), &query, errand, out);
        if (!err)
            return 0;
        best = err == DIA_EBUSY ? err : best;
    }
    node->decided.action = DIA_ROUTE_RELAY;
    return best;
}

int dia_node_route(dia_node *node, const dia_errand *errand, dia_conn **out)
{
    node->decided = (dia_decision){ DIA_ROUTE_RELAY, 0 };
    if (errand->host.p && !dia_node_route_host(node, errand, out))
        return 0;
    return node->routes ? by_table(node, errand, out) : by_realm(node, errand, out);
}

bool dia_node_is_local_route(dia_node *node, const dia_errand *errand)
{
    dia_route_query query;
    dia_route_walk walk;
    if (errand->host.p && dia_names_get(&node->hub.by_host, errand->host))
        return false;
    ask(node, errand, &query);
    dia_routes_match(&walk, node->routes, &query);
    if (!dia_route_walk_next(&walk) || walk.route->action != DIA_ROUTE_LOCAL)
        return false;
    dia_route_walk_entry(&walk)->taken++;
    return true;
}

/* ---- The table ---- */

void dia_node_set_routes(dia_node *node, dia_routes *routes)
{
    if (routes == node->routes)
        return;
    dia_routes_free(node->routes);
    node->routes = routes;
    if (routes)
        dia_routes_set_drop(routes, drop, node);
}

dia_routes *dia_node_routes(const dia_node *node)
{
    return node->routes;
}

static bool is_configured(const dia_node *node, const char *host)
{
    const dia_peer *peer = dia_names_get(&node->hub.by_host, dia_cstr(host));
    return peer && peer->configured && !peer->removed;
}

int dia_node_check_routes(const dia_node *node, const dia_routes *routes, char *why, size_t why_size)
{
    uint32_t id = 0;
    for (const dia_route *route; (route = dia_routes_next(routes, &id));) {
        if (route->action == DIA_ROUTE_REDIRECT)
            continue;
        for (size_t i = 0; i < route->n_hops; i++) {
            if (is_configured(node, route->hops[i].host))
                continue;
            if (why && why_size)
                snprintf(why, why_size, "the hop %s of the route %s is no configured peer", route->hops[i].host,
                         *route->name ? route->name : "without name");
            return DIA_ENOENT;
        }
    }
    return 0;
}

/* ---- What is known of realms ---- */

bool dia_node_knows_realm(const dia_node *node, dia_bytes realm)
{
    if (node->routes)
        return node->decided.route != 0; /* one matched */
    if (dia_crowd_of_realm(node, realm))
        return true;
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        if (dia_bytes_equal_nocase(dia_peer_realm(peer), realm))
            return true;
    return false;
}

static bool could_take(const dia_peer *peer, uint32_t application)
{
    return dia_peer_candidate(peer) && dia_peer_supports(peer, application);
}

size_t dia_node_reachable(const dia_node *node, uint32_t application, const char *realm)
{
    const dia_crowd *crowd = realm ? dia_crowd_of_realm(node, dia_cstr(realm)) : &node->crowds.all;
    size_t n = 0;
    for (size_t i = 0; crowd && i < crowd->n; i++)
        n += could_take(crowd->v[i], application);
    return n;
}

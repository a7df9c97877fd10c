/* Which of several peers a request goes to: of those with the name that it wants, of the hops of the first route that has one
 * for it, of a realm; and the table of routes. */
#include "diatom/overload.h"
#include "node/node.h"

#include <stdio.h>

enum { FEW = DIA_HOPS_MAX };

/* Those that it names are marked, and asked for by their mark: the records are read once, not for each peer of a realm. */
uint64_t dia_note_visits(dia_node *node, dia_avps records)
{
    const uint64_t mark = node->visits + 1;
    while (dia_avp_step(&records)) {
        if (records.avp.code != DIA_AVP_ROUTE_RECORD || records.avp.vendor)
            continue;
        dia_peer *peer = dia_names_get(&node->hub.by_host, records.avp.data);
        if (peer)
            peer->visit = node->visits = mark;
    }
    return node->visits == mark ? mark : 0;
}

/* RFC 6733, 6.1.7: who has had the request already would send it round. */
static bool has_visited(const dia_errand *errand, const dia_peer *peer)
{
    return errand->visits && peer->leader->visit == errand->visits;
}

/* It has room, but not for this one: for those that matter more, or none since it is overloaded. */
static bool is_reserved(const dia_peer *peer, const dia_conn *conn, const dia_errand *errand)
{
    dia_node *node = peer->hub->node;
    return node->relief && (dia_priority_waits(node, conn, errand) || dia_overload_spares(node, peer, errand));
}

/* 0: it can take the request now. */
static inline int usable(const dia_node *node, const dia_peer *peer, const dia_errand *errand, dia_conn **out)
{
    dia_conn *conn = dia_peer_candidate(peer);
    if (!conn || conn == errand->from || !dia_peer_supports(peer, errand->application))
        return DIA_ENOROUTE;
    if (errand->tried && dia_has_tried(node, errand->tried, peer, conn))
        return DIA_ENOROUTE;
    if (has_visited(errand, peer))
        return DIA_ENOROUTE;
    if (errand->size > dia_conn_longest(conn))
        return DIA_ESPACE;
    if (dia_conn_is_busy(conn) || conn->pending.used >= conn->hub->config.limits.pending ||
        is_reserved(peer, conn, errand))
        return DIA_EBUSY;
    *out = conn;
    return 0;
}

/* Why nobody takes it, of two reasons the one that says more. */
static int reason(int a, int b)
{
    if (a == DIA_EBUSY || b == DIA_EBUSY)
        return DIA_EBUSY;
    return a == DIA_ESPACE || b == DIA_ESPACE ? DIA_ESPACE : DIA_ENOROUTE;
}

/* The best connection so far. */
typedef struct pick {
    int err; /* DIA_ENOROUTE; DIA_EBUSY: one has too much to do; DIA_ESPACE: one does not carry it */
    dia_conn *conn;
} pick;

/* Of several connections that can take it the one with the least to do. */
static void consider(const dia_node *node, const dia_peer *peer, const dia_errand *errand, pick *best)
{
    dia_conn *conn;
    const int err = usable(node, peer, errand, &conn);
    if (err && best->err)
        best->err = reason(best->err, err);
    if (!err && (best->err || conn->pending.used < best->conn->pending.used))
        *best = (pick){ 0, conn };
}

int dia_hop_named(const dia_node *node, const dia_errand *errand, dia_conn **out)
{
    const dia_peer *only = node->crowds.all.n == 1 ? node->crowds.all.v[0] : NULL;
    if (only && dia_bytes_equal(only->host, errand->host)) /* the usual client: spares the hash */
        return usable(node, only, errand, out);
    pick best = { DIA_ENOROUTE, NULL };
    for (const dia_peer *peer = dia_names_get(&node->hub.by_host, errand->host); peer; peer = peer->more)
        consider(node, peer, errand, &best);
    if (!best.err)
        *out = best.conn;
    return best.err;
}

/* 0: to way->to. */
static int decide(dia_decision *way, int err)
{
    way->kind = err ? DIA_DECIDED_NONE : DIA_DECIDED_HOP;
    return way->err = err;
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
        best = reason(best, err);
    }
    return best;
}

/* Of those that can take it the one whose turn it is. *best becomes 0, or says more. */
static void in_turn(dia_node *node, const dia_crowd *crowd, const dia_errand *errand, int *best, dia_conn **out)
{
    dia_conn *conns[FEW];
    size_t n = 0;
    if (!crowd || !crowd->n)
        return;
    if (crowd->n > FEW) {
        const int err = any_of(node, crowd, errand, out);
        *best = err ? reason(*best, err) : 0;
        return;
    }
    for (size_t i = 0; i < crowd->n; i++) {
        const int err = usable(node, crowd->v[i], errand, &conns[n]);
        n += !err;
        *best = err ? reason(*best, err) : *best;
    }
    if (!n)
        return;
    *out = conns[n > 1 ? node->turn++ % n : 0];
    *best = 0;
}

/* ---- Without a table ---- */

/* To what is not ours only one that says so is an agent. */
static int by_realm(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    const dia_crowds *crowds = &node->crowds;
    int best = DIA_ENOROUTE;
    if (errand->realm.p && (crowds->all.n > 1 || errand->visited.p)) {
        in_turn(node, dia_crowd_of_realm(node, errand->realm), errand, &best, &way->to);
        if (best)
            in_turn(node, &crowds->relays, errand, &best, &way->to);
        if (!best || errand->visited.p)
            return decide(way, best);
    }
    in_turn(node, &crowds->all, errand, &best, &way->to);
    return decide(way, best);
}

/* ---- With a table ---- */

/* The hops of a route that are open, and their connections; made anew when a peer has come or gone since. */
typedef struct opened {
    uint64_t version;
    size_t size; /* of the block */
    size_t n;    /* hops */
    const dia_peer **peers;
    size_t *end; /* of each hop: behind the last of its peers */
    dia_live_hop hops[];
} opened;

static void drop(void *arg, void *above)
{
    const dia_node *node = arg;
    dia_release(node->hub.alloc, above, ((opened *)above)->size);
}

static bool is_open(const dia_peer *peer)
{
    return peer->crowds[DIA_CROWD_ALL].crowd;
}

static const dia_peer *named(const dia_node *node, const dia_hop *hop)
{
    return dia_names_get(&node->hub.by_host, dia_cstr(hop->host));
}

static dia_live_hop live_hop(const dia_peer *peer, const dia_hop *hop, uint64_t key)
{
    return (dia_live_hop){ .host = peer->host,
                           .priority = hop ? hop->priority : 0,
                           .weight = hop ? hop->weight : 1,
                           .load = dia_peer_load(peer),
                           .key = key };
}

static void fill(const dia_node *node, const dia_entry *entry, opened *o)
{
    size_t n_peers = 0;
    o->n = 0;
    for (size_t i = 0; i < entry->route.n_hops; i++) {
        const dia_hop *hop = &entry->route.hops[i];
        const size_t before = n_peers;
        for (const dia_peer *p = named(node, hop); p; p = p->more)
            if (is_open(p))
                o->peers[n_peers++] = p;
        if (n_peers == before)
            continue;
        o->hops[o->n] = live_hop(o->peers[before], hop, entry->keys[i]);
        o->end[o->n++] = n_peers;
    }
    o->version = node->crowds.version;
}

/* NULL: no memory. */
static opened *make_opened(dia_node *node, dia_entry *entry)
{
    const dia_allocator *alloc = node->hub.alloc;
    const size_t n = entry->route.n_hops;
    opened *old = entry->above;
    size_t n_peers = 0;
    for (size_t i = 0; i < n; i++)
        for (const dia_peer *p = named(node, &entry->route.hops[i]); p; p = p->more)
            n_peers += is_open(p);
    const size_t size = sizeof *old + n * (sizeof old->hops[0] + sizeof *old->end) + n_peers * sizeof *old->peers;
    opened *o = alloc->resize(alloc->arg, old, old ? old->size : 0, size);
    if (!o)
        return NULL;
    entry->above = o;
    o->size = size;
    o->end = (size_t *)(void *)&o->hops[n];
    o->peers = (const dia_peer **)(void *)(o->end + n);
    fill(node, entry, o);
    return o;
}

static opened *opened_of(dia_node *node, dia_entry *entry)
{
    opened *o = entry->above;
    return o && o->version == node->crowds.version ? o : make_opened(node, entry);
}

/* What changes from request to request, where the choice looks at it. */
static void weigh(const opened *o, dia_live_hop *hop, size_t i)
{
    hop->outstanding = 0;
    hop->load = dia_peer_load(o->peers[i ? o->end[i - 1] : 0]);
    for (size_t k = i ? o->end[i - 1] : 0; k < o->end[i]; k++)
        hop->outstanding += dia_peer_conn(o->peers[k])->pending.used;
}

static int conn_of(const dia_node *node, const opened *o, size_t i, const dia_errand *errand, dia_conn **out)
{
    const size_t first = i ? o->end[i - 1] : 0;
    if (o->end[i] == first + 1)
        return usable(node, o->peers[first], errand, out);
    pick best = { DIA_ENOROUTE, NULL };
    for (size_t k = first; k < o->end[i]; k++)
        consider(node, o->peers[k], errand, &best);
    if (!best.err)
        *out = best.conn;
    return best.err;
}

/* The hops that can take a request, each with its connection. */
typedef struct living {
    dia_live_hop hops[DIA_HOPS_MAX];
    dia_conn *conns[DIA_HOPS_MAX];
    size_t n;
    int best; /* why none does, where none does */
} living;

static int choose(const dia_entry *entry, dia_route_query *query, const living *l, dia_conn **out)
{
    const int i = dia_route_choose(&entry->route, query, entry->turn, l->hops, l->n);
    if (i < 0)
        return l->best;
    *out = l->conns[i];
    return 0;
}

static int by_living_hops(dia_node *node, const dia_entry *entry, const opened *o, dia_route_query *query,
                          const dia_errand *errand, dia_conn **out)
{
    living l;
    l.n = 0;
    l.best = DIA_ENOROUTE;
    for (size_t i = 0; i < o->n; i++) {
        const int err = conn_of(node, o, i, errand, &l.conns[l.n]);
        if (err)
            l.best = reason(l.best, err);
        else
            l.hops[l.n++] = o->hops[i];
    }
    return choose(entry, query, &l, out);
}

/* Nearly always the hop can take it that would be chosen if all could: then the others need not be asked. */
static int by_hops(dia_node *node, dia_entry *entry, dia_route_query *query, const dia_errand *errand, dia_conn **out)
{
    const dia_choice choice = entry->route.choice;
    opened *o = opened_of(node, entry);
    if (!o)
        return DIA_ENOROUTE;
    for (size_t i = 0; i < o->n && choice >= DIA_CHOICE_LEAST && choice != DIA_CHOICE_STICKY; i++)
        weigh(o, &o->hops[i], i);
    const int first =
        choice == DIA_CHOICE_CALLBACK ? -1 : dia_route_choose(&entry->route, query, entry->turn, o->hops, o->n);
    if (first >= 0 && !conn_of(node, o, (size_t)first, errand, out))
        return 0;
    return by_living_hops(node, entry, o, query, errand, out);
}

/* Those of a crowd that can take it, from the i-th on, as long as there is room. Where it stopped. */
static size_t take_crowd(const dia_node *node, const dia_crowd *crowd, const dia_errand *errand, size_t i, size_t end,
                         living *l)
{
    for (; i < end && l->n < DIA_HOPS_MAX; i++) {
        const dia_peer *peer = crowd->v[i];
        dia_conn *conn;
        const int err = usable(node, peer, errand, &conn);
        if (err) {
            l->best = reason(l->best, err);
            continue;
        }
        l->hops[l->n] = live_hop(peer, NULL, dia_hop_key(peer->host));
        l->hops[l->n].outstanding = conn->pending.used;
        l->conns[l->n++] = conn;
    }
    return i;
}

/* All of a large crowd, a part after the other: who wins in one takes part in the next. */
static int best_of(const dia_node *node, const dia_crowd *crowd, const dia_entry *entry, dia_route_query *query,
                   const dia_errand *errand, dia_conn **out)
{
    living l;
    l.n = 0;
    l.best = DIA_ENOROUTE;
    for (size_t at = 0; at < crowd->n;) {
        at = take_crowd(node, crowd, errand, at, crowd->n, &l);
        const int i = dia_route_choose(&entry->route, query, entry->turn, l.hops, l.n);
        if (i < 0)
            continue;
        l.hops[0] = l.hops[i];
        l.conns[0] = l.conns[i];
        l.n = 1;
    }
    if (!l.n)
        return l.best;
    *out = l.conns[0];
    return 0;
}

static int by_crowd(dia_node *node, const dia_crowd *crowd, const dia_entry *entry, dia_route_query *query,
                    const dia_errand *errand, dia_conn **out)
{
    living l;
    if (!crowd || !crowd->n)
        return DIA_ENOROUTE;
    if (crowd->n > DIA_HOPS_MAX && entry->route.choice == DIA_CHOICE_STICKY)
        return best_of(node, crowd, entry, query, errand, out);
    if (crowd->n > DIA_HOPS_MAX && entry->route.choice < DIA_CHOICE_LEAST)
        return any_of(node, crowd, errand, out);
    l.n = 0;
    l.best = DIA_ENOROUTE;
    /* Of many some are looked at, others each time. */
    const size_t from = crowd->n > DIA_HOPS_MAX ? (size_t)dia_random_below(&node->hub.random, crowd->n) : 0;
    take_crowd(node, crowd, errand, from, crowd->n, &l);
    take_crowd(node, crowd, errand, 0, from, &l);
    return choose(entry, query, &l, out);
}

/* A route without hops: any peer of the realm, else any relay. */
static int by_crowds(dia_node *node, const dia_entry *entry, dia_route_query *query, const dia_errand *errand,
                     dia_conn **out)
{
    const int err = by_crowd(node, dia_crowd_of_realm(node, errand->realm), entry, query, errand, out);
    if (!err)
        return 0;
    const int other = by_crowd(node, &node->crowds.relays, entry, query, errand, out);
    return other ? reason(err, other) : 0;
}

static int by_route(dia_node *node, dia_entry *entry, dia_route_query *query, const dia_errand *errand, dia_conn **out)
{
    const int err =
        entry->route.n_hops ? by_hops(node, entry, query, errand, out) : by_crowds(node, entry, query, errand, out);
    if (!err && !errand->only_asked) {
        entry->turn++;
        entry->taken++;
    }
    return err;
}

/* ---- The table is asked ---- */

/* The peer that it came from. */
static dia_bytes host_of(const dia_node *node, const dia_errand *errand)
{
    const dia_conn *conn = errand->from;
    if (!errand->ingress)
        return (dia_bytes){ NULL, 0 };
    if (!conn || conn->number != errand->ingress)
        conn = dia_map_get(&node->hub.by_number, errand->ingress);
    return conn && conn->peer ? conn->peer->host : (dia_bytes){ NULL, 0 };
}

/* Member by member: the whole is large, and this is done for every request. */
static void ask(const dia_node *node, const dia_errand *errand, dia_route_query *q)
{
    const dia_bytes none = { NULL, 0 };
    q->message = errand->message.p ? errand->message : errand->visited;
    q->encode = errand->encode;
    q->encode_arg = errand->encode_arg;
    q->header_known = true;
    q->application = errand->application;
    q->command = errand->command;
    q->realm = errand->realm;
    q->origin_host = q->origin_realm = q->imsi = q->msisdn = none;
    q->user = errand->user;
    q->session_id = errand->session;
    q->from = host_of(node, errand);
    q->now_us = node->hub.now.us;
    q->looked_up = 0;
    q->last[0].table = q->last[1].table = NULL;
}

static bool leads_on(dia_route_action action)
{
    return action != DIA_ROUTE_LOCAL && action != DIA_ROUTE_REDIRECT;
}

static inline dia_look *look_up(const dia_node *node, const dia_errand *errand, dia_look *look)
{
    ask(node, errand, &look->query);
    dia_routes_match(&look->walk, node->routes, &look->query);
    look->found = dia_route_walk_next(&look->walk);
    return look;
}

static bool is_current(const dia_node *node, const dia_look *look)
{
    return look->tables == node->tables && look->version == node->routes->version;
}

/* LOCAL and REDIRECT are for requests that come; nothing that was sent once becomes one of them. */
static int by_table(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    dia_look here, *look = errand->look;
    if (!look || !is_current(node, look))
        look = look_up(node, errand, &here);
    dia_route_walk *walk = &look->walk;
    int best = DIA_ENOROUTE;
    for (bool found = look->found; found; found = dia_route_walk_next(walk)) {
        const dia_route_action action = walk->route->action;
        way->route = walk->id;
        if (errand->asks && !leads_on(action)) {
            dia_route_walk_entry(walk)->taken += !errand->only_asked;
            way->kind = action == DIA_ROUTE_LOCAL ? DIA_DECIDED_LOCAL : DIA_DECIDED_REDIRECT;
            return way->err = DIA_ENOROUTE;
        }
        if (action == DIA_ROUTE_LOCAL || (action == DIA_ROUTE_REDIRECT && errand->visited.p))
            continue;
        const int err = by_route(node, dia_route_walk_entry(walk), &look->query, errand, &way->to);
        if (!err)
            return decide(way, 0);
        best = reason(best, err);
    }
    return decide(way, best);
}

dia_route_action dia_decision_action(dia_node *node, dia_errand *errand, dia_look *look, dia_route_action otherwise)
{
    const bool named = errand->host.p && dia_names_get(&node->hub.by_host, errand->host);
    look_up(node, errand, look);
    look->tables = node->tables;
    look->version = node->routes->version;
    errand->look = look;
    for (bool found = look->found; found; found = dia_route_walk_next(&look->walk)) {
        const dia_route_action action = look->walk.route->action;
        if (named && !leads_on(action)) {
            errand->look = NULL; /* if its host cannot take it now, this one may count */
            continue;
        }
        if (action == DIA_ROUTE_LOCAL)
            dia_route_walk_entry(&look->walk)->taken += !errand->only_asked;
        return action;
    }
    return otherwise;
}

/* ---- A decision ---- */

int dia_decision_to_host(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    *way = (dia_decision){ .kind = DIA_DECIDED_NONE };
    return decide(way, dia_hop_named(node, errand, &way->to));
}

int dia_decision_by_route(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    *way = (dia_decision){ .kind = DIA_DECIDED_NONE };
    if (errand->host.p && !dia_hop_named(node, errand, &way->to))
        return decide(way, 0);
    if (!node->routes)
        return by_realm(node, errand, way);
    int err = by_table(node, errand, way);
    if (err && !way->route && node->seeking.n_sought) { /* a realm that no route names, and the DNS knows */
        in_turn(node, dia_crowd_of_realm(node, errand->realm), errand, &err, &way->to);
        decide(way, err);
    }
    return err;
}

/* ---- The table ---- */

void dia_node_set_routes(dia_node *node, dia_routes *routes)
{
    if (routes == node->routes)
        return;
    dia_routes_free(node->routes);
    node->routes = routes;
    node->tables++;
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

/* A hop that is no configured peer; NULL: all are. */
static const char *unknown_hop(const dia_node *node, const dia_route *route)
{
    for (size_t i = 0; i < route->n_hops; i++)
        if (!is_configured(node, route->hops[i].host))
            return route->hops[i].host;
    return NULL;
}

int dia_node_check_routes(const dia_node *node, const dia_routes *routes, char *why, size_t why_size)
{
    uint32_t id = 0;
    size_t size = why ? why_size : 0;
    for (const dia_route *route; (route = dia_routes_next(routes, &id));) {
        const char *name = *route->name ? route->name : "without name";
        const bool redirects = route->action == DIA_ROUTE_REDIRECT;
        const char *hop = redirects ? NULL : unknown_hop(node, route);
        if (redirects && !node->relays) {
            snprintf(why, size, "the route %s redirects, and DIA_APP_RELAY is not advertised", name);
            return DIA_EINVAL;
        }
        if (hop) {
            snprintf(why, size, "the route %s has the hop %s, which is no configured peer", name, hop);
            return DIA_ENOENT;
        }
    }
    return 0;
}

/* ---- How many could take one ---- */

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

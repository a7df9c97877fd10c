/* Where a request of ours goes: to the peer that Destination-Host names, else to one that serves the application, of
 * the Destination-Realm if there is one, in turn. */
#include "node/node.h"

int dia_node_open_add(dia_node *node, dia_peer *peer)
{
    if (node->n_open == node->cap_open) {
        const dia_allocator *alloc = node->hub.alloc;
        const size_t cap = node->cap_open ? 2 * node->cap_open : 8;
        dia_peer **open = alloc->resize(alloc->arg, node->open, node->cap_open * sizeof *open, cap * sizeof *open);
        if (!open)
            return DIA_ENOMEM;
        node->open = open;
        node->cap_open = cap;
    }
    node->open[node->n_open++] = peer;
    return 0;
}

void dia_node_open_remove(dia_node *node, const dia_peer *peer)
{
    for (size_t i = 0; i < node->n_open; i++) {
        if (node->open[i] == peer) {
            node->open[i] = node->open[--node->n_open];
            return;
        }
    }
}

/* RFC 6733, 6.1.7: who has had the request already would send it round. */
static bool has_visited(dia_bytes request, dia_bytes host)
{
    dia_avps it = dia_avps_of(request);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_ROUTE_RECORD && !it.avp.vendor && dia_bytes_equal_nocase(it.avp.data, host))
            return true;
    return false;
}

/* It has room, but not for this one: for those that matter more, or none since it is overloaded. */
static bool is_reserved(const dia_peer *peer, const dia_conn *conn, const dia_errand *errand)
{
    dia_node *node = peer->hub->node;
    return node->control && (dia_priority_waits(node, conn, errand) || dia_overload_spares(node, peer, errand));
}

/* 0: it can take the request now. */
static int usable(const dia_peer *peer, const dia_errand *errand, dia_conn **out)
{
    dia_conn *conn = dia_peer_candidate(peer);
    if (!conn || conn == errand->from || !dia_peer_supports(peer, errand->application))
        return DIA_ENOROUTE;
    if (errand->visited.p && has_visited(errand->visited, peer->host))
        return DIA_ENOROUTE;
    if (dia_conn_is_busy(conn) || is_reserved(peer, conn, errand))
        return DIA_EBUSY;
    *out = conn;
    return 0;
}

static int by_host(const dia_node *node, const dia_errand *errand, dia_conn **out)
{
    const dia_peer *only = node->n_open == 1 ? node->open[0] : NULL;
    if (only && dia_bytes_equal(only->host, errand->host)) /* the usual client: spares the hash */
        return usable(only, errand, out);
    int best = DIA_ENOROUTE;
    for (const dia_peer *peer = dia_names_get(&node->hub.by_host, errand->host); peer; peer = peer->more) {
        dia_conn *conn = NULL;
        const int err = usable(peer, errand, &conn);
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

static bool is_of_realm(const dia_peer *peer, dia_bytes realm)
{
    return !realm.p || dia_bytes_equal_nocase(peer->realm, realm);
}

/* A peer of another realm may be an agent that knows the way. To what is not ours only one that says so is an agent. */
static bool may_know(const dia_peer *peer, const dia_errand *errand)
{
    return peer->relay || !errand->visited.p;
}

/* 1: of the realm; 0: of another; 2: none that this request may go to. */
static unsigned nearness(const dia_node *node, const dia_peer *peer, const dia_errand *errand)
{
    if (is_of_realm(peer, errand->realm) || (node->n_open == 1 && !errand->visited.p))
        return 1;
    return may_know(peer, errand) ? 0 : 2;
}

/* Of those that can take it the one whose turn it is. */
static dia_conn *nth(const dia_node *node, const dia_errand *errand, unsigned near, size_t turn)
{
    dia_conn *conn = NULL;
    for (size_t i = 0; i < node->n_open; i++) {
        const dia_peer *peer = node->open[i];
        if (!usable(peer, errand, &conn) && nearness(node, peer, errand) == near && !turn--)
            break;
    }
    return conn;
}

int dia_node_route(dia_node *node, const dia_errand *errand, dia_conn **out)
{
    if (errand->host.p && !by_host(node, errand, out))
        return 0;
    /* Those of the realm take their turns; when there is none, others that may know the way. */
    int best = DIA_ENOROUTE;
    size_t n[3] = { 0, 0, 0 };
    dia_conn *first[3] = { NULL, NULL, NULL };
    for (size_t i = 0; i < node->n_open; i++) {
        dia_conn *conn = NULL;
        const int err = usable(node->open[i], errand, &conn);
        if (err == DIA_EBUSY)
            best = DIA_EBUSY;
        if (err)
            continue;
        const unsigned near = nearness(node, node->open[i], errand);
        if (!n[near]++)
            first[near] = conn;
    }
    const unsigned near = n[1] ? 1 : 0;
    if (!n[near])
        return best;
    *out = n[near] > 1 ? nth(node, errand, near, node->turn++ % n[near]) : first[near];
    return 0;
}

bool dia_node_knows_realm(const dia_node *node, dia_bytes realm)
{
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        if (dia_bytes_equal_nocase(dia_peer_realm(peer), realm))
            return true;
    return false;
}

size_t dia_node_reachable(const dia_node *node, uint32_t application, const char *realm)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_open; i++) {
        const dia_peer *peer = node->open[i];
        n += dia_peer_candidate(peer) && dia_peer_supports(peer, application) &&
             (!realm || dia_bytes_equal_nocase(peer->realm, dia_cstr(realm)));
    }
    return n;
}

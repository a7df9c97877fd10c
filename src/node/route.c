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

/* 0: it can take the request now. */
static int usable(const dia_peer *peer, uint32_t application, dia_conn **out)
{
    dia_conn *conn = dia_peer_candidate(peer);
    if (!conn || !dia_peer_supports(peer, application))
        return DIA_ENOROUTE;
    if (dia_conn_is_busy(conn))
        return DIA_EBUSY;
    *out = conn;
    return 0;
}

static int by_host(const dia_node *node, uint32_t application, dia_bytes host, dia_conn **out)
{
    const dia_peer *only = node->n_open == 1 ? node->open[0] : NULL;
    if (only && dia_bytes_equal(only->host, host)) /* the usual client: spares the hash */
        return usable(only, application, out);
    int best = DIA_ENOROUTE;
    for (const dia_peer *peer = dia_names_get(&node->hub.by_host, host); peer; peer = peer->more) {
        dia_conn *conn = NULL;
        const int err = usable(peer, application, &conn);
        if (err == DIA_EBUSY)
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

/* Of those that can take it the one whose turn it is. */
static dia_conn *nth(const dia_node *node, uint32_t application, dia_bytes realm, bool near, size_t turn)
{
    dia_conn *conn = NULL;
    for (size_t i = 0; i < node->n_open; i++) {
        const dia_peer *peer = node->open[i];
        if (!usable(peer, application, &conn) && is_of_realm(peer, realm) == near && !turn--)
            break;
    }
    return conn;
}

int dia_node_route(dia_node *node, uint32_t application, dia_bytes host, dia_bytes realm, dia_conn **out)
{
    if (host.p && !by_host(node, application, host, out))
        return 0;
    /* Those of the realm take their turns; when there is none, all others: one of them may be an agent that knows the way. */
    int best = DIA_ENOROUTE;
    size_t n[2] = { 0, 0 };
    dia_conn *first[2] = { NULL, NULL };
    for (size_t i = 0; i < node->n_open; i++) {
        dia_conn *conn = NULL;
        const int err = usable(node->open[i], application, &conn);
        if (err == DIA_EBUSY)
            best = DIA_EBUSY;
        if (err)
            continue;
        const bool near = node->n_open == 1 || is_of_realm(node->open[i], realm);
        if (!n[near]++)
            first[near] = conn;
    }
    const bool near = n[1];
    if (!n[near])
        return best;
    *out = n[near] > 1 ? nth(node, application, realm, near, node->turn++ % n[near]) : first[near];
    return 0;
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

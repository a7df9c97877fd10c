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

int dia_node_route(dia_node *node, uint32_t application, dia_bytes host, dia_bytes realm, dia_conn **out)
{
    if (host.p && !by_host(node, application, host, out))
        return 0;
    int best = DIA_ENOROUTE;
    dia_conn *other = NULL;
    const size_t first = node->turn++;
    for (size_t i = 0; i < node->n_open; i++) {
        const dia_peer *peer = node->open[(first + i) % node->n_open];
        dia_conn *conn = NULL;
        const int err = usable(peer, application, &conn);
        if (err == DIA_EBUSY)
            best = DIA_EBUSY;
        if (err)
            continue;
        if (!realm.p || node->n_open == 1 || dia_bytes_equal_nocase(peer->realm, realm)) {
            *out = conn;
            return 0;
        }
        if (!other)
            other = conn; /* another realm: it may be an agent that knows the way */
    }
    if (!other)
        return best;
    *out = other;
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

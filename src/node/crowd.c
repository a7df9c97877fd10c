/* The open peers of a node, in crowds: all, those of each realm, those that are relays. A request looks at a crowd, not at ten
 * thousand peers. */
#include "node/node.h"

enum { FIRST = 4 };

static int grow(const dia_allocator *alloc, dia_crowd *c)
{
    if (c->n < c->cap)
        return 0;
    const size_t cap = c->cap ? 2 * c->cap : FIRST;
    dia_peer **v = alloc->resize(alloc->arg, c->v, c->cap * sizeof(dia_peer *), cap * sizeof(dia_peer *));
    if (!v)
        return DIA_ENOMEM;
    c->v = v;
    c->cap = cap;
    return 0;
}

static int join(const dia_allocator *alloc, dia_crowd *c, dia_peer *peer, unsigned kind)
{
    const int err = grow(alloc, c);
    if (err)
        return err;
    peer->crowds[kind].crowd = c;
    peer->crowds[kind].at = c->n;
    c->v[c->n++] = peer;
    return 0;
}

/* The last one takes the place. */
static void leave(dia_peer *peer, unsigned kind)
{
    dia_crowd *c = peer->crowds[kind].crowd;
    const size_t at = peer->crowds[kind].at;
    if (!c)
        return;
    c->v[at] = c->v[--c->n];
    c->v[at]->crowds[kind].at = at;
    peer->crowds[kind].crowd = NULL;
}

static void free_crowd(const dia_allocator *alloc, dia_crowd *c)
{
    dia_release(alloc, c->v, c->cap * sizeof(dia_peer *));
    dia_release(alloc, c, sizeof *c + c->realm.n);
}

static dia_crowd *crowd_of(dia_node *node, dia_bytes realm)
{
    const dia_allocator *alloc = node->hub.alloc;
    dia_crowd *c = dia_names_get(&node->crowds.by_realm, realm);
    if (c)
        return c;
    c = dia_alloc0(alloc, sizeof *c + realm.n);
    if (!c)
        return NULL;
    memcpy(c + 1, realm.p, realm.n);
    c->realm = (dia_bytes){ (const uint8_t *)(c + 1), realm.n };
    if (dia_names_put(&node->crowds.by_realm, c->realm, c)) {
        free_crowd(alloc, c);
        return NULL;
    }
    return c;
}

static void leave_realm(dia_node *node, dia_peer *peer)
{
    dia_crowd *c = peer->crowds[DIA_CROWD_REALM].crowd;
    leave(peer, DIA_CROWD_REALM);
    if (!c || c->n)
        return;
    dia_names_remove(&node->crowds.by_realm, c->realm);
    free_crowd(node->hub.alloc, c);
}

/* Who was found for a realm serves that, also an agent that is of another one (RFC 6733, 5.2): the route ends with it. */
static dia_bytes realm_of(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_conn(peer);
    return conn && conn->target && conn->target->realm ? dia_cstr(conn->target->realm) : peer->realm;
}

static int join_realm(dia_node *node, dia_peer *peer)
{
    const dia_bytes realm = realm_of(peer);
    dia_crowd *c = realm.n ? crowd_of(node, realm) : NULL;
    if (!c)
        return realm.n ? DIA_ENOMEM : 0;
    const int err = join(node->hub.alloc, c, peer, DIA_CROWD_REALM);
    if (err && !c->n) {
        dia_names_remove(&node->crowds.by_realm, c->realm);
        free_crowd(node->hub.alloc, c);
    }
    return err;
}

void dia_crowds_init(dia_node *node)
{
    dia_names_init(&node->crowds.by_realm, dia_random_u64(&node->hub.random), node->hub.alloc);
}

void dia_crowds_done(dia_node *node)
{
    const dia_allocator *alloc = node->hub.alloc;
    size_t at = 0;
    for (dia_crowd *c; (c = dia_names_next(&node->crowds.by_realm, &at, NULL));)
        free_crowd(alloc, c);
    dia_names_done(&node->crowds.by_realm);
    dia_release(alloc, node->crowds.all.v, node->crowds.all.cap * sizeof(dia_peer *));
    dia_release(alloc, node->crowds.relays.v, node->crowds.relays.cap * sizeof(dia_peer *));
}

int dia_crowds_join(dia_node *node, dia_peer *peer)
{
    const dia_allocator *alloc = node->hub.alloc;
    dia_crowds *crowds = &node->crowds;
    crowds->version++;
    if (join(alloc, &crowds->all, peer, DIA_CROWD_ALL) || join_realm(node, peer) ||
        (peer->relay && join(alloc, &crowds->relays, peer, DIA_CROWD_RELAYS))) {
        dia_crowds_leave(node, peer);
        return DIA_ENOMEM;
    }
    return 0;
}

void dia_crowds_leave(dia_node *node, dia_peer *peer)
{
    node->crowds.version++;
    leave(peer, DIA_CROWD_ALL);
    leave(peer, DIA_CROWD_RELAYS);
    leave_realm(node, peer);
}

const dia_crowd *dia_crowd_of_realm(const dia_node *node, dia_bytes realm)
{
    return realm.p ? dia_names_get(&node->crowds.by_realm, realm) : NULL;
}

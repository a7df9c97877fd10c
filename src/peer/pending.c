/* Requests that we sent: a ring per connection, indexed by the Hop-by-Hop id, which is a counter (RFC 6733, 3). The ring has
 * pointers alone: it is a quarter to three quarters full, and what stands in it is used again at once. */
#include "peer/peer.h"

enum { FIRST_SIZE = 64 };

/* A block of the pool goes back to it, and all of the pool to the allocator, where memory is scarce. */
static void give(dia_hub *hub, void *p, size_t n)
{
    dia_pool_give(&hub->pool, p, n);
    if (dia_hub_is_full(hub))
        dia_pool_trim(&hub->pool);
}

/* Nobody waits any more. */
static void release_ring(dia_conn *conn)
{
    dia_pending *pending = &conn->pending;
    for (uint32_t i = 0; i < pending->size; i++)
        give(conn->hub, pending->ring[i], sizeof **pending->ring);
    dia_release(conn->hub->alloc, pending->ring, pending->size * sizeof *pending->ring);
    pending->ring = NULL;
    pending->size = 0;
}

/* A larger ring, every request at its new place. */
static int grow(dia_conn *conn)
{
    dia_pending *pending = &conn->pending;
    const dia_allocator *alloc = conn->hub->alloc;
    const uint32_t size = pending->size ? pending->size * 2 : FIRST_SIZE;
    dia_waiting **ring = dia_alloc0(alloc, size * sizeof *ring);
    if (!ring)
        return DIA_ENOMEM;
    for (uint32_t i = 0; i < pending->size; i++)
        if (pending->ring[i])
            ring[pending->ring[i]->hop_by_hop & (size - 1)] = pending->ring[i];
    dia_release(alloc, pending->ring, pending->size * sizeof *ring);
    pending->ring = ring;
    pending->size = size;
    return 0;
}

/* The slot of the next id; ids whose slot is still taken by a slow request are passed over. */
dia_waiting *dia_waiting_new(dia_conn *conn)
{
    dia_pending *pending = &conn->pending;
    if (pending->used >= conn->hub->config.limits.pending)
        return NULL;
    if (pending->used >= pending->size / 4 * 3 && grow(conn) && pending->used >= pending->size)
        return NULL;
    while (dia_waiting_at(conn, pending->next & (pending->size - 1)))
        pending->next++;
    dia_waiting **slot = &pending->ring[pending->next & (pending->size - 1)];
    if (!*slot && (*slot = dia_pool_take(&conn->hub->pool, sizeof **slot)))
        (*slot)->conn = NULL;
    if (*slot)
        (*slot)->hop_by_hop = pending->next;
    return *slot;
}

void dia_waiting_start(dia_conn *conn, dia_waiting *waiting, uint32_t timeout_ms)
{
    dia_waiting_start_until(conn, waiting, conn->hub->now.us + (int64_t)timeout_ms * 1000);
}

/* Whole milliseconds lie between the two times, so that the end is where it was. */
static void set_due(dia_waiting *waiting, int64_t end_us)
{
    const dia_hub *hub = waiting->conn->hub;
    const int64_t try_ms = hub->config.try_ms;
    waiting->due_us = end_us;
    waiting->more_ms = 0;
    if (!try_ms)
        return;
    const int64_t all_ms = (end_us - hub->now.us) / 1000;
    waiting->more_ms = all_ms > try_ms ? (uint32_t)(all_ms - try_ms) : 0;
    waiting->due_us -= (int64_t)waiting->more_ms * 1000;
}

void dia_waiting_start_until(dia_conn *conn, dia_waiting *waiting, int64_t end_us)
{
    dia_hub *hub = conn->hub;
    waiting->conn = conn;
    waiting->sent_us = hub->now.us;
    set_due(waiting, end_us);
    waiting->copy = NULL;
    waiting->copied = 0;
    waiting->stands_in = false;
    waiting->again = NULL;
    waiting->ingress = waiting->ingress_hop = 0;
    conn->pending.next++;
    conn->pending.used++;
    dia_wheel_put(hub->wheel, waiting);
}

void dia_waiting_until(dia_waiting *waiting, int64_t end_us)
{
    struct dia_wheel *wheel = waiting->conn->hub->wheel;
    dia_wheel_remove(wheel, waiting);
    set_due(waiting, end_us);
    dia_wheel_put(wheel, waiting);
}

dia_waiting *dia_waiting_find(const dia_conn *conn, uint32_t hop_by_hop)
{
    const dia_pending *pending = &conn->pending;
    if (!pending->size)
        return NULL;
    dia_waiting *waiting = dia_waiting_at(conn, hop_by_hop & (pending->size - 1));
    return waiting && waiting->hop_by_hop == hop_by_hop ? waiting : NULL;
}

dia_waiting dia_waiting_take(dia_waiting *waiting)
{
    dia_conn *conn = waiting->conn;
    const dia_waiting copy = *waiting;
    if (!dia_list_empty(&waiting->deadline))
        dia_wheel_remove(conn->hub->wheel, waiting);
    conn->pending.ring[copy.hop_by_hop & (conn->pending.size - 1)] = NULL;
    give(conn->hub, waiting, sizeof *waiting);
    conn->pending.copies -= copy.copied;
    if (!--conn->pending.used) {
        if (dia_hub_is_full(conn->hub))
            release_ring(conn);
        if (conn->peer->draining)
            dia_peer_drained_yet(conn->peer);
    }
    return copy;
}

dia_waiting dia_waiting_give_up(dia_waiting *waiting)
{
    waiting->conn->pending.owed++;
    return dia_waiting_take(waiting);
}

bool dia_waiting_was_given_up(dia_conn *conn, uint32_t hop_by_hop)
{
    dia_pending *pending = &conn->pending;
    if (!pending->owed || hop_by_hop - pending->first >= pending->next - pending->first)
        return false;
    pending->owed--;
    return true;
}

void dia_waiting_rest(dia_conn *conn)
{
    if (!conn->pending.used)
        release_ring(conn);
}

uint64_t dia_waiting_handle(const dia_waiting *waiting)
{
    return dia_handle_of(waiting->conn, waiting->hop_by_hop);
}

dia_waiting *dia_waiting_of_handle(dia_hub *hub, uint64_t handle)
{
    const dia_conn *conn = dia_map_get(&hub->by_number, handle >> 32);
    return conn ? dia_waiting_find(conn, (uint32_t)handle) : NULL;
}

void dia_waiting_copy(dia_waiting *waiting, dia_bytes octets)
{
    dia_conn *conn = waiting->conn;
    if (!(waiting->copy = dia_pool_take(&conn->hub->pool, octets.n)))
        return;
    memcpy(waiting->copy, octets.p, octets.n);
    waiting->copied = (uint32_t)octets.n;
    conn->pending.copies += octets.n;
}

void dia_waiting_drop_copy(dia_hub *hub, const dia_waiting *waiting)
{
    give(hub, waiting->copy, waiting->copied);
}

size_t dia_waiting_octets(const dia_conn *conn)
{
    const dia_pending *pending = &conn->pending;
    return pending->copies + pending->used * dia_pool_size(sizeof(dia_waiting)) + pending->size * sizeof *pending->ring;
}

void dia_waiting_end_all(dia_conn *conn, dia_outcome_kind kind)
{
    /* A callback may send again, but not on this connection, which has ended. */
    for (uint32_t i = 0; i < conn->pending.size; i++) {
        dia_waiting *waiting = dia_waiting_at(conn, i);
        if (!waiting)
            continue;
        dia_waiting copy = dia_waiting_take(waiting);
        conn->hub->hooks.outcome(conn->hub->above, &copy, conn, kind, NULL, (dia_bytes){ NULL, 0 });
    }
    release_ring(conn);
}

/* Requests that we sent: a ring per connection, indexed by the Hop-by-Hop id, which is a counter (RFC 6733, 3). */
#include "peer/peer.h"

enum { FIRST_SIZE = 64 };

static void release_ring(dia_conn *conn)
{
    dia_release(conn->hub->alloc, conn->pending.ring, conn->pending.size * sizeof *conn->pending.ring);
    conn->pending.ring = NULL;
    conn->pending.size = 0;
}

/* A larger ring, every request at its new place. */
static int grow(dia_conn *conn)
{
    dia_pending *pending = &conn->pending;
    dia_hub *hub = conn->hub;
    const uint32_t size = pending->size ? pending->size * 2 : FIRST_SIZE;
    dia_waiting *ring = dia_alloc0(hub->alloc, size * sizeof *ring);
    if (!ring)
        return DIA_ENOMEM;
    for (uint32_t i = 0; i < pending->size; i++) {
        const dia_waiting *old = &pending->ring[i];
        if (!old->conn)
            continue;
        dia_waiting *new = &ring[old->hop_by_hop & (size - 1)];
        *new = *old;
        new->deadline.prev->next = &new->deadline;
        new->deadline.next->prev = &new->deadline;
    }
    release_ring(conn);
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
    dia_waiting *waiting = &pending->ring[pending->next & (pending->size - 1)];
    while (waiting->conn)
        waiting = &pending->ring[++pending->next & (pending->size - 1)];
    waiting->hop_by_hop = pending->next;
    return waiting;
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
    dia_waiting *waiting = &pending->ring[hop_by_hop & (pending->size - 1)];
    return waiting->conn && waiting->hop_by_hop == hop_by_hop ? waiting : NULL;
}

dia_waiting dia_waiting_take(dia_waiting *waiting)
{
    dia_conn *conn = waiting->conn;
    const dia_waiting copy = *waiting;
    if (!dia_list_empty(&waiting->deadline))
        dia_wheel_remove(conn->hub->wheel, waiting);
    waiting->conn = NULL;
    conn->pending.copies -= waiting->copied;
    if (!--conn->pending.used) {
        if (dia_hub_is_full(conn->hub))
            release_ring(conn);
        if (conn->peer->draining)
            dia_peer_drained_yet(conn->peer);
    }
    return copy;
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
    if (!(waiting->copy = dia_alloc(conn->hub->alloc, octets.n)))
        return;
    memcpy(waiting->copy, octets.p, octets.n);
    waiting->copied = (uint32_t)octets.n;
    conn->pending.copies += octets.n;
}

void dia_waiting_end_all(dia_conn *conn, dia_outcome_kind kind)
{
    /* A callback may send again, but not on this connection, which has ended. */
    for (uint32_t i = 0; i < conn->pending.size; i++) {
        dia_waiting *waiting = &conn->pending.ring[i];
        if (!waiting->conn)
            continue;
        dia_waiting copy = dia_waiting_take(waiting);
        conn->hub->hooks.outcome(conn->hub->above, &copy, conn, kind, NULL, (dia_bytes){ NULL, 0 });
    }
    release_ring(conn);
}

/* A request whose peer failed goes to another one, as the same request: same End-to-End id, T set (RFC 6733, 5.5.4). Behind
 * a lost connection it moves; under suspicion it is sent a second time and the first answer wins. */
#include "node/node.h"

/* ---- Handles: the application knows a request by the one of its first connection ---- */

dia_waiting *dia_node_moved(const dia_node *node, uint64_t handle)
{
    const uint64_t *now = dia_map_get(&node->hub.moved, handle);
    return now ? dia_waiting_of_handle((dia_hub *)(uintptr_t)&node->hub, *now) : NULL;
}

static void forget_move(dia_hub *hub, uint64_t known_as)
{
    uint64_t *now = known_as ? dia_map_remove(&hub->moved, known_as) : NULL;
    if (now)
        dia_release(hub->alloc, now, sizeof *now);
}

static int note_move(dia_hub *hub, uint64_t known_as, uint64_t handle)
{
    uint64_t *now = dia_map_get(&hub->moved, known_as);
    if (!now) {
        if (!(now = dia_alloc(hub->alloc, sizeof *now)))
            return DIA_ENOMEM;
        if (dia_map_put(&hub->moved, known_as, now)) {
            dia_release(hub->alloc, now, sizeof *now);
            return DIA_ENOMEM;
        }
    }
    *now = handle;
    return 0;
}

static void release_copy(dia_hub *hub, const dia_waiting *waiting)
{
    dia_release(hub->alloc, waiting->copy, waiting->copied);
}

void dia_node_forget(dia_node *node, const dia_waiting *waiting)
{
    dia_hub *hub = &node->hub;
    forget_move(hub, waiting->known_as);
    release_copy(hub, waiting);
    if (waiting->answer)
        dia_dict_unref(waiting->answer->dict);
}

/* ---- The other one ---- */

static dia_waiting *twin_of(dia_node *node, const dia_waiting *waiting)
{
    dia_waiting *twin = waiting->twin ? dia_waiting_of_handle(&node->hub, waiting->twin) : NULL;
    return twin && twin->end_to_end == waiting->end_to_end && twin->arg == waiting->arg ? twin : NULL;
}

/* The one that is left: the application's handle leads there, or is its own. */
static void note_twin(dia_hub *hub, dia_waiting *left)
{
    const uint64_t handle = dia_waiting_handle(left);
    uint64_t *now = dia_map_get(&hub->moved, left->known_as);
    if (now && left->known_as != handle) {
        *now = handle;
        return;
    }
    forget_move(hub, left->known_as);
    left->known_as = 0;
}

bool dia_node_has_twin(dia_node *node, dia_waiting *waiting, bool answered)
{
    dia_hub *hub = &node->hub;
    dia_waiting *twin = twin_of(node, waiting);
    if (!twin)
        return false;
    twin->twin = waiting->twin = 0;
    if (!answered) {
        if (waiting->copy) { /* should that one fail, too, it has octets for another try */
            twin->copy = waiting->copy;
            twin->copied = waiting->copied;
            twin->tries = waiting->tries;
            twin->conn->pending.copies += twin->copied;
            waiting->copy = NULL;
            waiting->copied = 0;
        }
        note_twin(hub, twin);
        waiting->known_as = 0; /* is the other one's from now on */
        return true;
    }
    const dia_waiting over = dia_waiting_take(twin);
    dia_node_forget(node, &over);
    return false;
}

/* ---- Sending it again ---- */

/* Another connection that can take it; NULL: there is none. What names the peer that failed goes nowhere else. */
static dia_conn *elsewhere(dia_node *node, const dia_waiting *waiting, const dia_conn *from)
{
    const dia_bytes octets = { waiting->copy, waiting->copied };
    dia_conn *to = NULL;
    if (!waiting->copy || !waiting->call || waiting->tries >= node->hub.config.tries || node->hub.stopping ||
        waiting->due_us <= node->hub.now.us)
        return NULL;
    if (waiting->ingress && !dia_map_get(&node->hub.by_number, waiting->ingress)) /* nobody would hear of it */
        return NULL;
    const dia_errand errand = { .application = waiting->application,
                                .host = dia_value_of(octets, DIA_AVP_DESTINATION_HOST),
                                .realm = dia_value_of(octets, DIA_AVP_DESTINATION_REALM),
                                .from = from,
                                .visited = waiting->ingress ? octets : (dia_bytes){ NULL, 0 } };
    if (errand.host.p && from->peer && dia_bytes_equal_nocase(errand.host, from->peer->host))
        return NULL;
    if (dia_node_route(node, &errand, &to))
        return NULL;
    return to;
}

/* The copy goes along with the new place; so does, when the old one `ends`, the reference of its tables. */
static dia_waiting *send_again(dia_node *node, const dia_waiting *old, dia_conn *from, dia_conn *to, uint64_t known_as,
                               bool ends)
{
    dia_hub *hub = &node->hub;
    dia_waiting *new = dia_waiting_new(to);
    uint8_t *octets = new ? dia_conn_put(to, (dia_bytes){ old->copy, old->copied }) : NULL;
    if (!octets || note_move(hub, known_as, dia_handle_of(to, new->hop_by_hop)))
        return NULL;
    dia_store32(octets + DIA_AT_HOP_BY_HOP, new->hop_by_hop);
    octets[DIA_AT_FLAGS] |= DIA_FLAG_RETRANSMITTED;
    new->end_to_end = old->end_to_end;
    new->application = old->application;
    new->code = old->code;
    new->answer = old->answer;
    new->call = old->call;
    new->fn = old->fn;
    new->arg = old->arg;
    if (new->answer && !ends)
        dia_dict_ref(new->answer->dict);
    dia_waiting_start_until(to, new, old->due_us);
    new->first_us = old->first_us;
    new->tries = (uint16_t)(old->tries + 1);
    new->known_as = known_as;
    new->ingress = old->ingress;
    new->ingress_hop = old->ingress_hop;
    new->stands_in = old->stands_in;
    new->copy = old->copy;
    new->copied = old->copied;
    to->pending.copies += old->copied;
    memcpy(new->copy, octets, DIA_HEADER_SIZE); /* events show what went */
    dia_conn_wrote(to, old->copied);
    DIA_COUNT(to, requests_out);
    dia_count_message(to, new->application, new->code, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
    if (from->peer)
        from->peer->counters.failovers++;
    hub->counters.failovers++;
    return new;
}

static void tell(dia_hub *hub, const dia_conn *to, const dia_waiting *new, const char *reason)
{
    dia_hub_event(hub, DIA_EVENT_FAILOVER, to->peer, to, reason, 0, (dia_bytes){ new->copy, new->copied });
}

bool dia_node_fail_over(dia_node *node, const dia_waiting *waiting, dia_conn *conn)
{
    dia_waiting *twin = twin_of(node, waiting);
    dia_conn *to = twin ? NULL : elsewhere(node, waiting, conn);
    const uint64_t handle = dia_handle_of(conn, waiting->hop_by_hop);
    if (!to)
        return false;
    const dia_waiting *new = send_again(node, waiting, conn, to, waiting->known_as ? waiting->known_as : handle, true);
    if (new)
        tell(&node->hub, to, new, "the connection to another peer is lost");
    return new != NULL;
}

/* What has a twin already is on its way twice: that is enough. */
void dia_node_suspect(void *above, dia_conn *conn)
{
    dia_node *node = above;
    for (uint32_t i = 0; i < conn->pending.size && conn->phase == DIA_PHASE_OPEN && !node->hub.over; i++) {
        dia_waiting *old = &conn->pending.ring[i];
        if (!old->conn || twin_of(node, old))
            continue;
        dia_conn *to = elsewhere(node, old, conn);
        const uint64_t handle = dia_waiting_handle(old), known_as = old->known_as ? old->known_as : handle;
        dia_waiting *new = to ? send_again(node, old, conn, to, known_as, false) : NULL;
        if (!new)
            continue;
        conn->pending.copies -= old->copied;
        old->copy = NULL;
        old->copied = 0;
        old->known_as = known_as;
        old->twin = dia_waiting_handle(new);
        new->twin = handle;
        tell(&node->hub, to, new, "another peer shows no sign of life");
    }
}

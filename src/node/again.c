/* A request that is sent more than once: it has several places, of which one may still bring the answer, and one outcome.
 * When that is done stands in failover.c and redirect.c. */
#include "node/node.h"

enum { FIRST_TRIES = 4 };

/* ---- What its places have in common ---- */

static void again_free(dia_hub *hub, dia_again *again)
{
    if (again->known_as)
        dia_map_remove(&hub->moved, again->known_as);
    dia_release(hub->alloc, again->tries, again->cap * sizeof *again->tries);
    dia_release(hub->alloc, again, sizeof *again);
}

/* Room for one more try. */
static int make_room(dia_hub *hub, dia_again *again)
{
    if (again->n < again->cap)
        return 0;
    const uint32_t cap = again->cap ? 2 * again->cap : FIRST_TRIES;
    dia_try *tries = hub->alloc->resize(hub->alloc->arg, again->tries, again->cap * sizeof *tries, cap * sizeof *tries);
    if (!tries)
        return DIA_ENOMEM;
    again->tries = tries;
    again->cap = cap;
    return 0;
}

dia_again *dia_again_of(dia_node *node, dia_waiting *waiting, uint32_t conn)
{
    dia_hub *hub = &node->hub;
    if (waiting->again)
        return waiting->again;
    dia_again *again = dia_alloc0(hub->alloc, sizeof *again);
    if (!again)
        return NULL;
    again->first_us = waiting->sent_us;
    const uint64_t handle = (uint64_t)conn << 32 | waiting->hop_by_hop;
    if (make_room(hub, again) || (!waiting->ingress && dia_map_put(&hub->moved, handle, again))) {
        again_free(hub, again);
        return NULL;
    }
    again->known_as = waiting->ingress ? 0 : handle;
    again->tries[again->n++] = (dia_try){ .conn = conn, .hop_by_hop = waiting->hop_by_hop };
    again->places = 1;
    waiting->again = again;
    return again;
}

/* Where the i-th try waits for its answer; NULL: not any more. */
static dia_waiting *place_of(dia_hub *hub, const dia_again *again, uint32_t i)
{
    const dia_try *t = &again->tries[i];
    dia_waiting *waiting = dia_waiting_of_handle(hub, (uint64_t)t->conn << 32 | t->hop_by_hop);
    return waiting && waiting->again == again ? waiting : NULL;
}

void dia_node_forget(dia_node *node, const dia_waiting *waiting)
{
    dia_hub *hub = &node->hub;
    dia_waiting_drop_copy(hub, waiting);
    if (waiting->answer)
        dia_dict_unref(waiting->answer->dict);
    if (waiting->again && !--waiting->again->places)
        again_free(hub, waiting->again);
}

/* ---- Its end ---- */

void dia_again_end_place(dia_node *node, dia_waiting *over, dia_waiting *answered)
{
    if (!answered->copy) {
        answered->copy = over->copy;
        answered->copied = over->copied;
        over->copy = NULL;
        over->copied = 0;
    }
    dia_node_forget(node, over);
}

static void end_the_others(dia_node *node, dia_waiting *waiting)
{
    dia_again *again = waiting->again;
    dia_redirect_drop(node, waiting);
    for (uint32_t i = 0; i < again->n; i++) {
        dia_waiting *other = place_of(&node->hub, again, i);
        if (!other)
            continue;
        dia_waiting over = dia_waiting_give_up(other);
        dia_again_end_place(node, &over, waiting);
    }
}

/* Should that one fail, too, it has octets for another try. */
static void hand_copy(dia_hub *hub, dia_waiting *from, const dia_again *again)
{
    for (uint32_t i = 0; from->copy && i < again->n; i++) {
        dia_waiting *other = place_of(hub, again, i);
        if (!other)
            continue;
        other->copy = from->copy;
        other->copied = from->copied;
        other->conn->pending.copies += other->copied;
        from->copy = NULL;
        from->copied = 0;
        dia_waiting_until(other, dia_waiting_end_us(other));
    }
}

bool dia_again_goes_on(dia_node *node, dia_waiting *waiting, bool answered)
{
    dia_again *again = waiting->again;
    if (!again || again->places == 1)
        return false;
    if (answered)
        end_the_others(node, waiting);
    else
        hand_copy(&node->hub, waiting, again);
    return !answered;
}

int dia_again_cancel(dia_node *node, dia_again *again)
{
    bool found = dia_redirect_cancel(node, again);
    for (uint32_t i = 0; i < again->n; i++) {
        dia_waiting *waiting = place_of(&node->hub, again, i);
        if (!waiting || !waiting->call)
            continue;
        waiting->call = NULL;
        found = true;
    }
    return found ? 0 : DIA_ENOENT;
}

/* ---- Who is asked next ---- */

static uint32_t hash_of(const dia_node *node, dia_bytes host)
{
    return (uint32_t)dia_hash_nocase(host, node->hub.by_host.seed) | 1;
}

bool dia_has_tried(const dia_node *node, const dia_tried *tried, const dia_peer *peer, const dia_conn *conn)
{
    const dia_again *again = tried->again;
    if (tried->peer && dia_bytes_equal_nocase(tried->peer->host, peer->leader->host))
        return true;
    const uint32_t who = again ? hash_of(node, peer->leader->host) : 0;
    for (uint32_t i = 0; again && i < again->n; i++)
        if (again->tries[i].conn == conn->number || again->tries[i].who == who)
            return true;
    return false;
}

bool dia_may_go_again(const dia_node *node, const dia_waiting *waiting)
{
    const dia_hub *hub = &node->hub;
    if (!waiting->copy || !waiting->call || hub->stopping || dia_tries_of(waiting) >= hub->config.tries ||
        dia_waiting_end_us(waiting) <= hub->now.us)
        return false;
    return !waiting->ingress || dia_map_get(&hub->by_number, waiting->ingress); /* else nobody would hear of it */
}

dia_errand dia_errand_again(dia_node *node, const dia_waiting *waiting)
{
    const dia_bytes octets = { waiting->copy, waiting->copied };
    dia_errand errand = { .application = waiting->application,
                          .host = dia_value_of(octets, DIA_AVP_DESTINATION_HOST),
                          .realm = dia_value_of(octets, DIA_AVP_DESTINATION_REALM),
                          .visited = waiting->ingress ? octets : (dia_bytes){ NULL, 0 },
                          .visits = waiting->ingress ? dia_note_visits(node, dia_avps_of(octets)) : 0,
                          .session = dia_value_of(octets, DIA_AVP_SESSION_ID),
                          .user = dia_value_of(octets, DIA_AVP_USER_NAME),
                          .size = octets.n,
                          .command = waiting->code,
                          .ingress = waiting->ingress,
                          .message = octets };
    if (node->relief)
        dia_relief_ask_again(node, &errand, octets);
    return errand;
}

/* ---- Sending it again ---- */

/* The new place is as the old one was, and has the octets now. */
static void inherit(dia_conn *to, dia_waiting *new, dia_waiting *old)
{
    new->end_to_end = old->end_to_end;
    new->application = old->application;
    new->code = old->code;
    new->answer = old->answer;
    new->call = old->call;
    new->fn = old->fn;
    new->arg = old->arg;
    dia_waiting_start_until(to, new, dia_waiting_end_us(old));
    new->again = old->again;
    new->ingress = old->ingress;
    new->ingress_hop = old->ingress_hop;
    new->stands_in = old->stands_in;
    new->copy = old->copy;
    new->copied = old->copied;
    to->pending.copies += old->copied;
    old->copy = NULL;
    old->copied = 0;
    new->again->places++;
}

/* The one that was tried is tried no more; here is the next. */
static void note_try(const dia_node *node, dia_again *again, uint32_t from, const dia_peer *peer,
                     const dia_waiting *new)
{
    for (uint32_t i = 0; peer && i < again->n; i++)
        if (again->tries[i].conn == from)
            again->tries[i].who = hash_of(node, peer->leader->host);
    again->tries[again->n++] = (dia_try){ .conn = new->conn->number, .hop_by_hop = new->hop_by_hop };
}

dia_waiting *dia_again_send(dia_node *node, dia_waiting *old, uint32_t from, dia_conn *to, const dia_repeat *how)
{
    dia_again *again = dia_again_of(node, old, from);
    dia_waiting *new = again && !make_room(&node->hub, again) ? dia_waiting_new(to) : NULL;
    uint8_t *octets = new ? dia_conn_put(to, (dia_bytes){ old->copy, old->copied }) : NULL;
    if (!octets)
        return NULL;
    dia_store32(octets + DIA_AT_HOP_BY_HOP, new->hop_by_hop);
    if (how->unanswered)
        octets[DIA_AT_FLAGS] |= DIA_FLAG_RETRANSMITTED;
    memcpy(old->copy, octets, DIA_HEADER_SIZE); /* events show what went; and T stays: that try was never answered */
    if (!how->ends)
        old->conn->pending.copies -= old->copied;
    inherit(to, new, old);
    note_try(node, again, from, how->peer, new);
    dia_conn_wrote(to, new->copied);
    DIA_COUNT(to, requests_out);
    if (new->ingress)
        dia_node_count(node, to, new->application, new->code, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
    else
        dia_count_message(to, new->application, new->code, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
    if (how->ends) {
        old->answer = NULL;
        dia_node_forget(node, old);
    } else if (new->answer) {
        dia_dict_ref(new->answer->dict);
    }
    return new;
}

/* Requests that come again (RFC 6733, 3 and 5.5.4; RFC 3539, 2.5 and 3.5): Origin-Host and End-to-End id say that it is the same
 * request, whatever connection it comes on. No handler sees it a second time: it gets the answer of the first, or waits with
 * it while that is kept.
 *
 * Who sends again sets T, so a request without T is not looked up - but for a while after one with T that was new here: its
 * original may still come, and appendix C wants that found as well. */
#include "node/node.h"

/* A sender that has begun to count anew since may give an id to another session: that is another request. */
static bool is_of_session(dia_bytes message, dia_bytes request)
{
    const dia_bytes id = dia_value_of(message, DIA_AVP_SESSION_ID);
    return !id.p || dia_bytes_equal(id, dia_value_of(request, DIA_AVP_SESSION_ID));
}

/* ---- The answer once more ---- */

static uint8_t *copy_avps(uint8_t *to, dia_bytes message, bool proxy_infos)
{
    for (dia_avps it = dia_avps_of(message); dia_avp_step(&it);) {
        if (dia_is_proxy_info(&it.avp) != proxy_infos)
            continue;
        memcpy(to, it.avp.octets.p, it.avp.octets.n);
        to += it.avp.octets.n;
    }
    return to;
}

/* The same but for the Hop-by-Hop id and Proxy-Info, which belong to the way that this request came (RFC 6733, 3 and 6.2).
 * There is room for both behind the output. */
int dia_duplicates_send(dia_conn *conn, const dia_header *header, dia_bytes request, dia_bytes answer)
{
    uint8_t *to = dia_conn_room(conn, answer.n + request.n);
    if (!to)
        return DIA_ENOMEM;
    memcpy(to, answer.p, DIA_HEADER_SIZE);
    to[DIA_AT_FLAGS] = (uint8_t)((to[DIA_AT_FLAGS] & ~DIA_FLAG_PROXIABLE) | (header->flags & DIA_FLAG_PROXIABLE));
    uint8_t *end = copy_avps(to + DIA_HEADER_SIZE, answer, false);
    end = copy_avps(end, request, true);
    const size_t n = (size_t)(end - to);
    if (n > dia_conn_longest(conn))
        return DIA_ESPACE;
    dia_store24(to + DIA_AT_LENGTH, (uint32_t)n);
    dia_store32(to + DIA_AT_HOP_BY_HOP, header->hop_by_hop);
    dia_store32(to + DIA_AT_END_TO_END, header->end_to_end);
    const dia_result result = dia_result_of((dia_bytes){ to, n });
    dia_conn_wrote(conn, n);
    DIA_COUNT(conn, answers_out);
    dia_count_answer(conn, header->application, header->command, result);
    return 0;
}

/* ---- A request comes ---- */

/* It waits with the first one. NULL: it cannot. */
static dia_request *join(dia_request *first, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_node *node = first->node;
    if (conn->unanswered >= node->hub.config.limits.unanswered)
        return NULL;
    dia_request *repeat = dia_request_new(node, conn, header, message);
    if (!repeat)
        return NULL;
    const dia_bytes copy = dia_arena_copy(&repeat->arena, message);
    if (!copy.p) {
        dia_request_release(repeat);
        return NULL;
    }
    repeat->octets = copy;
    repeat->owned = repeat->repeat = true;
    dia_request_hold(repeat);
    dia_list_push_back(&first->repeats, &repeat->same);
    return repeat;
}

/* The kept request that this one repeats; NULL: there is none. */
static dia_request *find_kept(const dia_duplicates *d, uint64_t hash, dia_bytes host, const dia_header *header,
                              dia_bytes message)
{
    dia_request *first = dia_map_get(&d->kept, hash);
    if (!first || !((header->flags | first->header.flags) & DIA_FLAG_RETRANSMITTED))
        return NULL;
    const dia_header *known = &first->header;
    return known->end_to_end == header->end_to_end && known->command == header->command &&
                   known->application == header->application &&
                   dia_bytes_equal_nocase(dia_request_origin_host(first), host) && is_of_session(first->octets, message)
               ? first
               : NULL;
}

bool dia_duplicates_take(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_duplicates *d = &node->duplicates;
    const dia_bytes host = dia_value_of(message, DIA_AVP_ORIGIN_HOST);
    if (!host.p)
        return false;
    const uint64_t hash = dia_given_hash(&d->given, host, header->end_to_end);
    dia_request *first = find_kept(d, hash, host, header, message);
    const dia_bytes answer = first ? (dia_bytes){ NULL, 0 } : dia_given_find(&d->given, hash, host, header);
    const bool known = answer.p && is_of_session(answer, message);
    if (!first && !known) {
        if (header->flags & DIA_FLAG_RETRANSMITTED)
            d->awaited_until_us = node->hub.now.us + (int64_t)node->hub.config.limits.duplicates_ms * 1000;
        return false;
    }
    DIA_COUNT(conn, duplicates);
    if (first ? !join(first, conn, header, message) : dia_duplicates_send(conn, header, message, answer) != 0)
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY,
                                 "no room for a request that came again");
    return true;
}

/* ---- A request is kept, answered, over ---- */

void dia_duplicates_keep(dia_request *request)
{
    dia_duplicates *d = &request->node->duplicates;
    const dia_bytes host = dia_request_origin_host(request);
    if (request->node->hub.config.handle_duplicates || !host.p)
        return;
    request->hash = dia_given_hash(&d->given, host, request->header.end_to_end);
    request->known = !dia_map_put(&d->kept, request->hash, request);
}

/* A connection that takes no more output gets no answers that nobody waits with: its peer may ask once more. */
static void answer_repeat(dia_request *repeat, dia_conn *from, size_t at, size_t n)
{
    dia_conn *conn = repeat->conn;
    repeat->done = true;
    if (conn->phase != DIA_PHASE_OPEN && conn->phase != DIA_PHASE_CLOSING)
        return;
    int err = dia_conn_is_full(conn) ? DIA_EBUSY : 0;
    if (!err && !dia_conn_room(conn, n + repeat->octets.n)) /* first, for the answer may stand in the same output */
        err = DIA_ENOMEM;
    if (!err)
        err = dia_duplicates_send(conn, &repeat->header, repeat->octets, (dia_bytes){ from->out.p + at, n });
    if (err)
        dia_hub_event(conn->hub, DIA_EVENT_UNANSWERED, conn->peer, conn, "no room for an answer that was given before",
                      0, repeat->octets);
    else
        dia_count_latency(conn->peer, repeat->header.application, repeat->header.command, false,
                          conn->hub->now.us - repeat->received_us);
}

void dia_duplicates_answer(dia_request *request, dia_conn *conn, size_t n)
{
    const size_t at = conn->out.n - n;
    DIA_LIST_EACH (p, &request->repeats) {
        dia_request *repeat = DIA_OF(p, dia_request, same);
        if (!repeat->done)
            answer_repeat(repeat, conn, at, n);
    }
}

void dia_duplicates_end(dia_request *request)
{
    dia_list_remove(&request->same);
    if (request->known)
        dia_map_remove(&request->node->duplicates.kept, request->hash);
    request->known = false;
    for (dia_list *p; (p = dia_list_pop(&request->repeats));)
        dia_request_release(DIA_OF(p, dia_request, same));
}

void dia_duplicates_init(dia_node *node)
{
    dia_hub *hub = &node->hub;
    node->duplicates.awaited_until_us = INT64_MIN;
    dia_map_init(&node->duplicates.kept, dia_random_u64(&hub->random), hub->alloc);
    dia_given_init(&node->duplicates.given, hub);
}

void dia_duplicates_done(dia_node *node)
{
    dia_map_done(&node->duplicates.kept);
    dia_given_done(&node->duplicates.given);
}

/* Disconnect-Peer (RFC 6733, 5.4): behind DPR no requests pass - those that crossed it are answered 3004, so that they go elsewhere
 * and nobody waits for them - and answers still do. */
#include "peer/peer.h"

int dia_disconnect_send_dpr(dia_conn *conn, dia_cause cause)
{
    dia_hub *hub = conn->hub;
    conn->phase = DIA_PHASE_CLOSING;
    dia_conn_ask(conn);
    const dia_header ids = { .hop_by_hop = conn->asked, .end_to_end = dia_hub_end_to_end(hub) };
    const dia_dpr dpr = { .origin_host = conn->self->host,
                          .origin_realm = conn->self->realm,
                          .disconnect_cause = (int32_t)cause };
    const int64_t n = dia_conn_say(conn, hub->dpr, &dpr, DIA_LEVEL_STRICT, &ids);
    return n < 0 ? (int)n : 0;
}

/* RFC 6733, 5.4.3: behind BUSY and DO_NOT_WANT_TO_TALK_TO_YOU there is no reconnecting. What is not said, or not known,
 * forbids nothing. */
static int64_t cause_of(dia_bytes dpr)
{
    dia_avp cause;
    if (dia_avp_find(dpr, DIA_AVP_DISCONNECT_CAUSE, 0, &cause) || cause.data.n != 4)
        return DIA_CAUSE_REBOOTING;
    return dia_load32(cause.data.p);
}

const char *dia_disconnect_reason(dia_bytes dpr)
{
    switch (cause_of(dpr)) {
    case DIA_CAUSE_BUSY: return "the peer is busy (DPR): no attempt to reconnect";
    case DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU:
        return "the peer does not want to talk to us (DPR): no attempt to reconnect";
    default: return "the peer disconnected (DPR)";
    }
}

static bool is_same_host(const char *a, const char *b)
{
    dia_uri x, y;
    return !dia_uri_parse(dia_cstr(a), &x) && !dia_uri_parse(dia_cstr(b), &y) && dia_bytes_equal_nocase(x.fqdn, y.fqdn);
}

/* Of several hosts that were found one alone does not want us: the others may. Are there none? */
static bool nobody_is_left(dia_peer *peer, const dia_conn *conn)
{
    const dia_target *target = peer->target;
    bool left = false;
    if (!peer->renames || !target || !conn->target)
        return true;
    for (size_t i = 0; i < target->n_uris && i < 64; i++) {
        if (is_same_host(target->uris[i], conn->target->uris[conn->uri]))
            peer->declined |= UINT64_C(1) << i;
        left = left || !(peer->declined >> i & 1);
    }
    return !left;
}

/* Always 2001, whatever is wrong with the DPR: refusing it would help nobody. */
void dia_disconnect_answer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    const int64_t cause = cause_of(message);
    conn->peer->unwanted =
        (cause == DIA_CAUSE_BUSY || cause == DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU) && nobody_is_left(conn->peer, conn);
    conn->phase = DIA_PHASE_CLOSING;
    const dia_header ids = { .flags = header->flags & DIA_FLAG_PROXIABLE,
                             .hop_by_hop = header->hop_by_hop,
                             .end_to_end = header->end_to_end };
    const dia_dpa dpa = { .result_code = DIA_RESULT_CODE_SUCCESS,
                          .origin_host = conn->self->host,
                          .origin_realm = conn->self->realm };
    dia_conn_say(conn, hub->dpa, &dpa, DIA_LEVEL_STRICT, &ids);
}

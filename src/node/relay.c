/* The relay agent (RFC 6733, 2.8.1 and 6.1): what is not for us goes to the next hop as it came, but for its Hop-by-Hop id and
 * one Route-Record more; its answer goes back the way that the pending entry remembers. */
#include "node/node.h"

enum { ROUTE_RECORD_HEAD = 8 };

/* ---- Whose is it? ---- */

/* What a relay wants to know of a request: of its routing AVPs alone. */
typedef struct reading {
    dia_bytes host, realm;
    bool looped; /* a Route-Record names us */
    int err;
} reading;

static bool is_us(const dia_conn *conn, dia_bytes name)
{
    return dia_bytes_equal_nocase(name, conn->self->host) || dia_bytes_equal_nocase(name, conn->hub->self->host);
}

/* All Route-Records count, wherever they stand. */
static reading read_routing(const dia_conn *conn, dia_bytes message)
{
    reading r = { .looped = false };
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_DESTINATION_HOST: r.host = r.host.p ? r.host : it.avp.data; break;
        case DIA_AVP_DESTINATION_REALM: r.realm = r.realm.p ? r.realm : it.avp.data; break;
        case DIA_AVP_ROUTE_RECORD: r.looped = r.looped || is_us(conn, it.avp.data); break;
        default: break;
        }
    }
    r.err = it.err;
    return r;
}

static bool is_our_realm(const dia_conn *conn, dia_bytes realm)
{
    return dia_bytes_equal_nocase(realm, conn->self->realm) || dia_bytes_equal_nocase(realm, conn->hub->self->realm);
}

/* RFC 6733, 6.1.4. */
static bool is_for_us(const dia_node *node, const dia_conn *conn, const reading *r, uint32_t application)
{
    if (r->host.p)
        return is_us(conn, r->host);
    if (!r->realm.p)
        return true;
    return is_our_realm(conn, r->realm) && dia_self_offers(&node->hub, conn->self, application);
}

/* ---- The way there ---- */

/* Behind the octets of the request: the identity of the peer that it came from (6.1.9). */
static dia_bytes write_out(dia_conn *to, dia_bytes message, dia_bytes from, uint32_t hop_by_hop)
{
    const size_t n = ROUTE_RECORD_HEAD + from.n, size = message.n + ((n + 3) & ~(size_t)3);
    uint8_t *p = size <= to->hub->config.limits.message ? dia_conn_room(to, size) : NULL;
    if (!p)
        return (dia_bytes){ NULL, size };
    memcpy(p, message.p, message.n);
    dia_store24(p + DIA_AT_LENGTH, (uint32_t)size);
    dia_store32(p + DIA_AT_HOP_BY_HOP, hop_by_hop);
    uint8_t *record = p + message.n;
    memset(record, 0, size - message.n);
    dia_store32(record, DIA_AVP_ROUTE_RECORD);
    dia_store32(record + 4, (uint32_t)DIA_AVP_M << 24 | (uint32_t)n);
    memcpy(record + ROUTE_RECORD_HEAD, from.p, from.n);
    return (dia_bytes){ p, size };
}

/* Never called: dia_node_relay_outcome() ends what has an ingress. It marks the entry as wanted. */
static void is_relayed(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    (void)fn;
    (void)outcome;
    (void)msg;
    (void)arg;
}

uint32_t dia_relay_pass(dia_conn *conn, dia_conn *to, const dia_passing *passing, const char **why)
{
    const dia_limits *limits = &conn->hub->config.limits;
    const dia_header *header = passing->header;
    dia_waiting *waiting = conn->relayed < limits->unanswered ? dia_waiting_new(to) : NULL;
    const dia_bytes octets =
        waiting ? write_out(to, passing->message, passing->record, waiting->hop_by_hop) : (dia_bytes){ NULL, 0 };
    if (!octets.p && octets.n > limits->message) {
        *why = "with its Route-Record the request would be longer than limits.message";
        return DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    }
    if (!octets.p) {
        *why = "too many requests wait for answers";
        return DIA_RESULT_CODE_TOO_BUSY;
    }
    waiting->application = header->application;
    waiting->code = header->command;
    waiting->end_to_end = header->end_to_end;
    waiting->answer = NULL;
    waiting->call = is_relayed;
    waiting->fn = NULL;
    waiting->arg = passing->mark;
    dia_waiting_start(to, waiting, limits->relay_ms);
    dia_waiting_copy(waiting, octets); /* for another peer, or for an error answer */
    waiting->ingress = conn->number;
    waiting->ingress_hop = header->hop_by_hop;
    dia_conn_wrote(to, octets.n);
    conn->relayed++;
    DIA_COUNT(conn, relayed);
    DIA_COUNT(to, requests_out);
    dia_count_message(to, passing->counted ? header->application : DIA_COUNT_OTHER,
                      passing->counted ? header->command : DIA_COUNT_OTHER, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
    return 0;
}

/* Why it is not even looked for a way; 0: it is. */
static uint32_t judge(const dia_header *header, const reading *r, const char **why)
{
    *why = "the AVPs do not fit into the message";
    if (r->err)
        return DIA_RESULT_CODE_INVALID_AVP_LENGTH;
    *why = "not for this node, and not to be passed on (P is not set)";
    if (!(header->flags & DIA_FLAG_PROXIABLE))
        return DIA_RESULT_CODE_COMMAND_UNSUPPORTED;
    *why = "the request has been here before";
    return r->looped ? DIA_RESULT_CODE_LOOP_DETECTED : 0;
}

/* Why there is no way. */
static uint32_t why_not(const dia_node *node, const dia_conn *conn, int err, const reading *r, const char **why)
{
    *why = "too much waits for the next hop";
    if (err == DIA_EBUSY)
        return DIA_RESULT_CODE_TOO_BUSY;
    *why = "no peer can take the request now";
    if (is_our_realm(conn, r->realm) || dia_node_knows_realm(node, r->realm))
        return DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    *why = "no route to this realm";
    return DIA_RESULT_CODE_REALM_NOT_SERVED;
}

static uint32_t find_way(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, const reading *r,
                         dia_conn **to, const char **why)
{
    *why = "Destination-Realm is missing"; /* 6.1.6 */
    if (!r->realm.p)
        return DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    const dia_errand errand = { header->application, r->host, r->realm, conn, message };
    const int err = *to ? 0 : dia_node_route(node, &errand, to);
    return err ? why_not(node, conn, err, r, why) : 0;
}

uint32_t dia_relay_way(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, dia_conn **to,
                       const char **why)
{
    const reading r = read_routing(conn, message);
    *why = "the AVPs do not fit into the message";
    if (r.err)
        return DIA_RESULT_CODE_INVALID_AVP_LENGTH;
    *why = "for this node itself, where nobody serves it";
    if (r.host.p && is_us(conn, r.host))
        return DIA_RESULT_CODE_COMMAND_UNSUPPORTED;
    return find_way(node, conn, header, message, &r, to, why);
}

/* Is there anybody here who answers it? */
static bool is_served(dia_node *node, const dia_header *header)
{
    const dia_binding *binding = dia_node_binding(node, header->application, header->command);
    return (binding && !binding->off) || node->any;
}

bool dia_node_relay(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const reading r = read_routing(conn, message);
    dia_conn *to = NULL;
    const char *why;
    /* What is broken is judged by who knows its grammar. */
    bool is_local = r.err ? dia_self_offers(&node->hub, conn->self, header->application)
                          : is_for_us(node, conn, &r, header->application);
    struct dia_proxied *proxied = node->proxies ? dia_proxied_for(node, conn, header) : NULL;
    if (proxied && is_local && !is_served(node, header) && dia_self_offers(&node->hub, conn->self, header->application))
        is_local = !r.err && !r.host.p && !r.realm.p;
    if (!header->application || is_local || !(proxied || node->relays))
        return false;
    uint32_t result_code = judge(header, &r, &why);
    if (!result_code && proxied) {
        dia_proxy_request(node, proxied, conn, header, message);
        return true;
    }
    if (!result_code)
        result_code = find_way(node, conn, header, message, &r, &to, &why);
    if (!result_code)
        result_code = dia_relay_pass(
            conn, to, &(dia_passing){ .header = header, .message = message, .record = conn->peer->host }, &why);
    if (result_code)
        dia_conn_reject_protocol(conn, header, message, result_code, why);
    return true;
}

/* ---- The way back ---- */

static void pass_back(dia_conn *to, const dia_waiting *waiting, dia_bytes message)
{
    uint8_t *p = dia_conn_put(to, message);
    if (!p)
        return; /* its sender has a deadline of its own */
    dia_store32(p + DIA_AT_HOP_BY_HOP, waiting->ingress_hop);
    dia_conn_wrote(to, message.n);
    DIA_COUNT(to, answers_out);
    dia_count_message(to, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_SENT, dia_result_of(message));
}

/* Nobody answered: the sender hears 3002, so that it may try another way (7.1.3). */
static void give_up(dia_conn *to, const dia_waiting *waiting, dia_outcome_kind kind)
{
    const dia_bytes request = { waiting->copy, waiting->copied };
    dia_header header;
    if (!request.p || dia_header_read(request, &header))
        return;
    header.hop_by_hop = waiting->ingress_hop;
    dia_conn_reject_protocol(to, &header, request, DIA_RESULT_CODE_UNABLE_TO_DELIVER,
                             kind == DIA_OUTCOME_TIMEOUT ? "the next hop did not answer"
                                                         : "the connection to the next hop is lost");
}

void dia_node_relay_outcome(dia_node *node, const dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                            dia_bytes message)
{
    dia_conn *to = dia_map_get(&node->hub.by_number, waiting->ingress);
    if (waiting->arg && dia_proxy_outcome(node, waiting, conn, to, kind, message))
        return;
    if (kind == DIA_OUTCOME_ANSWER)
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_RECEIVED, dia_result_of(message));
    if (to)
        to->relayed--;
    if (!to || (to->phase != DIA_PHASE_OPEN && to->phase != DIA_PHASE_CLOSING)) {
        if (kind == DIA_OUTCOME_ANSWER)
            DIA_COUNT(conn, late_answers);
        return;
    }
    if (kind == DIA_OUTCOME_ANSWER)
        pass_back(to, waiting, message);
    else if (kind != DIA_OUTCOME_STOPPED)
        give_up(to, waiting, kind);
    if (to->peer->draining)
        dia_peer_drained_yet(to->peer);
}

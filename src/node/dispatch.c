/* A request of an open peer: is it for us, whose is it, does it keep its grammar? Then its handler is called. */
#include "node/node.h"

/* A request in its place; NULL: there is none, and it is answered so. */
static dia_request *take_in(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_request *request = dia_request_new(node, conn, header, message);
    if (!request)
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY, "no memory for another request");
    return request;
}

/* ---- Is it for us? (RFC 6733, 6.1.4) ---- */

static dia_refusal judge_destination(const dia_conn *conn, dia_bytes host, dia_bytes realm)
{
    if (host.p && dia_is_our_host(conn, host))
        return (dia_refusal){ 0 };
    if (realm.p && !dia_is_our_realm(conn, realm))
        return (dia_refusal){ .result_code = DIA_RESULT_CODE_REALM_NOT_SERVED,
                              .error = true,
                              .text = "this realm is not served here" };
    if (host.p)
        return (dia_refusal){ .result_code = DIA_RESULT_CODE_UNABLE_TO_DELIVER,
                              .error = true,
                              .text = "Destination-Host cannot be reached from here" };
    return (dia_refusal){ 0 };
}

static dia_bytes member(const dia_field *field, const void *msg)
{
    dia_bytes value = { NULL, 0 };
    if (field)
        memcpy(&value, (const uint8_t *)msg + field->offset, sizeof value);
    return value;
}

/* Does it name its application as its header does? At level off nobody asks. */
static int judge_claim(const dia_node *node, const dia_binding *binding, dia_request *request, dia_fault *fault)
{
    const dia_level level = node->hub.config.receive_level;
    const uint32_t application = request->header.application;
    if (level == DIA_LEVEL_OFF)
        return 0;
    if (level != DIA_LEVEL_STRICT && (!binding || dia_claim_holds(&binding->claim, request->msg, application)))
        return 0;
    return dia_claim_judge(request->octets, application, level, &request->arena, fault);
}

/* A handler has returned: what it left undone is done here. */
static void settle(dia_node *node, dia_request *request, dia_conn *conn, dia_bytes message)
{
    if (!request->kept && !request->done) {
        dia_hub_event(&node->hub, DIA_EVENT_UNANSWERED, conn->peer, conn,
                      "a handler neither answered nor kept a request", DIA_RESULT_CODE_UNABLE_TO_COMPLY, message);
        request->given_up = true;
        dia_request_fail(request, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "the application did not answer");
    }
    request->handling = false;
    if (request->done || !request->kept)
        dia_request_release(request);
}

/* ---- A command that is served ---- */

/* `ours`: a route says that it is for us, whatever its destination. */
static void handle(dia_node *node, dia_binding *binding, dia_conn *conn, const dia_header *header, dia_bytes message,
                   bool ours)
{
    dia_request *request = take_in(node, conn, header, message);
    if (!request)
        return;
    request->binding = binding;
    dia_request_bind(request, binding->command);
    if (binding->keeps) {
        const dia_bytes copy = dia_arena_copy(&request->arena, message);
        if (copy.p) {
            request->octets = message = copy;
            request->owned = true;
        } else {
            dia_arena_reset(&request->arena);
        }
    }
    dia_fault fault;
    const dia_level level = node->hub.config.receive_level;
    int err = dia_decode(binding->command, message, level, &request->arena, &request->msg, &fault);
    if (!err)
        err = judge_claim(node, binding, request, &fault);
    dia_refusal refusal = { 0 };
    if (err == DIA_ENOMEM)
        refusal = (dia_refusal){ .result_code = DIA_RESULT_CODE_TOO_BUSY,
                                 .error = true,
                                 .text = "no memory to read this request" };
    else if (err && err != DIA_ERULE)
        refusal = (dia_refusal){ .result_code = DIA_RESULT_CODE_UNABLE_TO_COMPLY,
                                 .text = "the request is too large to be understood" };
    else if (!ours)
        refusal = judge_destination(conn, member(binding->destination_host, request->msg),
                                    member(binding->destination_realm, request->msg));
    if (err == DIA_ERULE && !refusal.result_code)
        refusal = (dia_refusal){ .result_code = fault.result_code,
                                 .text = fault.text,
                                 .failed_avp = fault.failed_avp,
                                 .error = dia_result_sets_error(fault.result_code) };
    if (refusal.result_code) {
        refusal.grammar = binding->command->other ? binding->command->other->grammar : NULL;
        dia_conn_reject(conn, header, message, &refusal);
        request->done = true;
    } else {
        request->handling = true;
        binding->call(binding->fn, request, request->msg, binding->arg);
        binding->keeps = request->kept;
    }
    settle(node, request, conn, message);
}

/* ---- All others ---- */

const dia_command *dia_node_command(const dia_node *node, uint32_t application, uint32_t command)
{
    for (size_t i = 0; i < node->n_dicts; i++)
        if (node->dicts[i]->application == application)
            return dia_dict_command(node->dicts[i], command, true);
    return NULL;
}

static dia_refusal judge_octets(const dia_conn *conn, dia_bytes message)
{
    return judge_destination(conn, dia_value_of(message, DIA_AVP_DESTINATION_HOST),
                             dia_value_of(message, DIA_AVP_DESTINATION_REALM));
}

static void handle_any(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, bool ours)
{
    const dia_refusal refusal = ours ? (dia_refusal){ 0 } : judge_octets(conn, message);
    if (refusal.result_code) {
        dia_conn_reject(conn, header, message, &refusal);
        return;
    }
    dia_request *request = take_in(node, conn, header, message);
    if (!request)
        return;
    const dia_command *command = dia_node_command(node, header->application, header->command);
    dia_fault fault;
    if (command)
        dia_request_bind(request, command);
    if (judge_claim(node, NULL, request, &fault)) {
        DIA_COUNT(conn, faults);
        dia_hub_event(&node->hub, DIA_EVENT_FAULT, conn->peer, conn, fault.text, fault.result_code, message);
        dia_request_fault(request, &fault);
    } else {
        request->handling = true;
        node->any(request, node->any_arg);
    }
    settle(node, request, conn, message);
}

/* The handler of this command, for requests of this connection; NULL: it has none of its own. */
static inline dia_binding *binding_of(dia_node *node, const dia_conn *conn, const dia_header *header)
{
    dia_binding *binding = dia_node_binding(node, header->application, header->command);
    const bool off = binding && (binding->off ||
                                 (conn->self->apps && !dia_self_offers(&node->hub, conn->self, header->application)));
    return off ? NULL : binding;
}

/* How a command without handler is answered; result_code 0: the generic handler has it. */
static dia_refusal judge_unserved(const dia_node *node, const dia_conn *conn, const dia_header *header)
{
    if (header->application && !dia_self_offers(&node->hub, conn->self, header->application))
        return (dia_refusal){ .result_code = DIA_RESULT_CODE_APPLICATION_UNSUPPORTED,
                              .error = true,
                              .text = "this application is not supported" };
    if (!header->application || !node->any)
        return (dia_refusal){ .result_code = DIA_RESULT_CODE_COMMAND_UNSUPPORTED,
                              .error = true,
                              .text = "this command is not supported" };
    return (dia_refusal){ 0 };
}

dia_refusal dia_dispatch_explain(dia_node *node, const dia_conn *conn, const dia_header *header, dia_bytes message,
                                 bool by_route)
{
    const dia_refusal unserved =
        binding_of(node, conn, header) ? (dia_refusal){ 0 } : judge_unserved(node, conn, header);
    return unserved.result_code || by_route ? unserved : judge_octets(conn, message);
}

void dia_node_take_request(void *above, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_node *node = above;
    DIA_COUNT(conn, requests_in);
    dia_binding *binding = binding_of(node, conn, header);
    dia_node_count(node, conn, header->application, header->command, DIA_REQUEST_RECEIVED, (dia_result){ 0, 0 });
    if (conn->peer->draining || conn->phase != DIA_PHASE_OPEN) { /* also what crossed our DPR */
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY,
                                 "no new requests: the connection ends");
        return;
    }
    if (dia_conn_is_busy(conn)) {
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY, "too much waits for this peer");
        return;
    }
    if (node->authorizes && !dia_path_allows(node, conn, header, message))
        return;
    if (node->relief && !dia_priority_admits(node, conn, message)) {
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY,
                                 "what is left of a limit is for requests of a higher priority");
        return;
    }
    const dia_business business = node->relays || node->proxies || dia_node_has_ways(node)
                                      ? dia_node_relay(node, conn, header, message)
                                      : DIA_BUSINESS_OURS;
    if (business == DIA_BUSINESS_DONE)
        return;
    const bool ours = business == DIA_BUSINESS_OURS_BY_ROUTE;
    if (dia_duplicates_expects(node, header) && dia_duplicates_take(node, conn, header, message))
        return;
    if (binding) {
        handle(node, binding, conn, header, message, ours);
        return;
    }
    const dia_refusal unserved = judge_unserved(node, conn, header);
    if (unserved.result_code)
        dia_conn_reject(conn, header, message, &unserved);
    else
        handle_any(node, conn, header, message, ours);
}

/* A request that was received: what the application reads of it, answers it with, or keeps for later. */
#include "node/node.h"

/* Requests waiting to be used again may hold a sixteenth of limits.memory: it would be full for ever of what nobody uses. */
enum { SPARE_MAX = 64, SPARE_PART = 16 };

/* ---- Life ---- */

static size_t spare_size(const dia_request *request)
{
    return sizeof *request + request->arena.used;
}

dia_request *dia_request_new(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = &node->hub;
    dia_list *spare = dia_list_pop(&node->spare);
    dia_request *request = spare ? DIA_OF(spare, dia_request, link) : dia_alloc0(hub->alloc, sizeof *request);
    if (!request)
        return NULL;
    if (spare) {
        node->n_spare--;
        node->spare_octets -= spare_size(request);
    } else {
        dia_list_init(&request->link);
        dia_list_init(&request->repeats);
        dia_list_init(&request->same);
        dia_arena_init(&request->arena, NULL, 0, hub->config.limits.decoded, hub->alloc);
    }
    request->node = node;
    request->conn = conn;
    request->origin = NULL;
    request->header = *header;
    request->octets = message;
    request->binding = NULL;
    request->command = NULL;
    request->dict = NULL;
    request->msg = NULL;
    request->received_us = hub->now.us;
    request->kept = request->done = request->owned = request->repeat = request->given_up = false;
    return request;
}

/* Its tables stay until it ends, whatever becomes of the node's dictionary. */
void dia_request_bind(dia_request *request, const dia_command *command)
{
    request->command = command;
    request->dict = dia_dict_ref(command->dict);
}

static void unbind(dia_request *request)
{
    dia_dict_unref(request->dict);
    request->dict = NULL;
}

static void end_orphan(dia_request *request)
{
    dia_origin_bury(&request->node->hub, request->origin, request->held);
    request->origin = NULL;
}

void dia_request_free(dia_request *request)
{
    end_orphan(request);
    unbind(request);
    dia_arena_done(&request->arena);
    dia_release(request->node->hub.alloc, request, sizeof *request);
}

void dia_request_release(dia_request *request)
{
    dia_node *node = request->node;
    if (request->kept)
        dia_duplicates_end(request);
    if (request->kept && request->conn) {
        request->conn->unanswered--;
        request->conn->kept_octets -= request->held;
        if (request->conn->peer->draining)
            dia_peer_drained_yet(request->conn->peer);
    }
    end_orphan(request);
    dia_list_remove(&request->link);
    unbind(request);
    dia_arena_reset(&request->arena);
    const size_t octets = node->spare_octets + spare_size(request);
    if (node->n_spare >= SPARE_MAX || octets > node->hub.config.limits.memory / SPARE_PART) {
        dia_request_free(request);
        return;
    }
    node->spare_octets = octets;
    dia_list_push_front(&node->spare, &request->link);
    node->n_spare++;
}

/* An answer has gone out. */
static void count(const dia_request *to, dia_result result)
{
    dia_conn *conn = to->conn;
    DIA_COUNT(conn, answers_out);
    dia_count_answer(conn, to->header.application, to->header.command, result);
    if (to->kept)
        dia_count_latency(conn->peer, to->header.application, to->header.command, false,
                          conn->hub->now.us - to->received_us);
}

/* Answered, or never to be: released now, or by dispatch when the handler returns. */
static void finish(dia_request *request)
{
    request->done = true;
    if (!request->handling)
        dia_request_release(request);
}

/* With those of its address whose connections are gone: a peer that comes and goes could have any number kept. */
static bool is_too_many(const dia_conn *conn)
{
    size_t octets;
    const uint64_t orphans = dia_origin_orphans(conn->origin, &octets);
    return conn->unanswered + orphans >= conn->hub->config.limits.unanswered;
}

void dia_request_hold(dia_request *request)
{
    dia_conn *conn = request->conn;
    request->kept = true;
    request->held = request->arena.used;
    conn->unanswered++;
    conn->kept_octets += request->held;
    dia_list_push_back(&conn->kept, &request->link);
}

int dia_request_keep_octets(dia_request *request)
{
    if (request->kept)
        return 0;
    if (!request->conn)
        return DIA_ENOENT;
    if (is_too_many(request->conn))
        return DIA_EBUSY;
    const dia_bytes copy = dia_arena_copy(&request->arena, request->octets);
    if (!copy.p)
        return request->arena.err;
    request->octets = copy;
    request->owned = true;
    dia_request_hold(request);
    return 0;
}

const void *dia_request_keep(dia_request *request)
{
    if (request->kept)
        return request->msg ? request->msg : request->octets.p;
    dia_conn *conn = request->conn;
    if (request->done || !conn || is_too_many(conn))
        return NULL;
    const dia_bytes copy = request->owned ? request->octets : dia_arena_copy(&request->arena, request->octets);
    if (!copy.p)
        return NULL;
    const void *msg = request->owned ? request->msg : NULL;
    if (request->binding && !msg) {
        dia_fault fault;
        const dia_level level = request->node->hub.config.receive_level;
        if (dia_decode(request->command, copy, level, &request->arena, &msg, &fault))
            return NULL;
    }
    request->octets = copy;
    request->msg = msg;
    dia_request_hold(request);
    dia_duplicates_keep(request);
    return msg ? msg : copy.p;
}

/* ---- Answers ---- */

static bool is_reachable(const dia_request *request)
{
    const dia_conn *conn = request->conn;
    return conn && (conn->phase == DIA_PHASE_OPEN || conn->phase == DIA_PHASE_CLOSING);
}

/* Whom the answer goes to: when its own connection is gone, to one that repeats it. */
static dia_request *addressee(dia_request *request)
{
    if (is_reachable(request))
        return request;
    DIA_LIST_EACH (p, &request->repeats)
        if (is_reachable(DIA_OF(p, dia_request, same)))
            return DIA_OF(p, dia_request, same);
    return NULL;
}

/* May it be answered? DIA_ENOENT ends a request whose connection is gone. While a handler runs there is room: above
 * output_hard no request would have been read. */
static int answerable(dia_request *request, dia_request **to)
{
    dia_node *node = request->node;
    *to = addressee(request);
    if (request->done)
        return dia_node_failed(node, DIA_ESTATE, NULL);
    if (*to)
        return request->handling || !dia_conn_is_full((*to)->conn) ? 0 : dia_node_failed(node, DIA_EBUSY, NULL);
    finish(request);
    return dia_node_failed(node, DIA_ENOENT, NULL);
}

/* The answer is what the output ends with. E says that the request was not served (RFC 6733, 7.1.3), mostly that it should be
 * tried again: that is nothing to repeat. */
static void conclude(dia_request *request, dia_request *to, size_t n)
{
    dia_node *node = request->node;
    const dia_buf *out = &to->conn->out;
    const dia_bytes answer = { out->p + out->n - n, n };
    to->done = true;
    if (!node->hub.config.handle_duplicates && !request->given_up && !(answer.p[DIA_AT_FLAGS] & DIA_FLAG_ERROR))
        dia_given_put(&node->duplicates.given, request, answer);
    if (!dia_list_empty(&request->repeats))
        dia_duplicates_answer(request, to->conn, n);
    finish(request);
}

static bool has_proxy_info(const dia_request *request)
{
    const dia_field *field = request->binding ? request->binding->proxy_info : NULL;
    if (!field || field->store != DIA_STORE_GROUPS)
        return true; /* not known without looking */
    dia_bytes list;
    memcpy(&list, (const uint8_t *)request->msg + field->offset, sizeof list);
    return list.p != NULL;
}

/* RFC 6733, 6.2: all Proxy-Info of the request, in their order. Without room for them there is no answer. */
static int proxy_infos(dia_request *request, dia_bytes *out)
{
    size_t size = 0;
    *out = (dia_bytes){ NULL, 0 };
    if (!has_proxy_info(request))
        return 0;
    for (dia_avps it = dia_avps_of(request->octets); dia_avp_step(&it);)
        size += dia_is_proxy_info(&it.avp) ? it.avp.octets.n : 0;
    if (!size)
        return 0;
    uint8_t *to = dia_arena_get(&request->arena, size);
    if (!to)
        return request->arena.err;
    *out = (dia_bytes){ to, size };
    for (dia_avps it = dia_avps_of(request->octets); dia_avp_step(&it);) {
        if (!dia_is_proxy_info(&it.avp))
            continue;
        memcpy(to, it.avp.octets.p, it.avp.octets.n);
        to += it.avp.octets.n;
    }
    return 0;
}

static dia_bytes session_id(const dia_request *request)
{
    dia_bytes id = { NULL, 0 };
    dia_avp avp;
    if (request->binding && request->binding->session_id)
        memcpy(&id, (const uint8_t *)request->msg + request->binding->session_id->offset, sizeof id);
    else if (!dia_avp_find(request->octets, DIA_AVP_SESSION_ID, 0, &avp))
        id = avp.data;
    return id;
}

static dia_defaults defaults_of(const dia_request *request, const dia_request *to, const dia_command *answer)
{
    const dia_self *self = to->conn->self;
    return (dia_defaults){
        .origin_host = self->host,
        .origin_realm = self->realm,
        .destination_realm = dia_cstr(request->node->hub.config.destination_realm),
        .session_id = session_id(request),
        .application = request->header.application,
        .app_vendor = answer->dict->app_vendor,
        .app_kind = answer->dict->app_kind,
        .fill_application = true,
    };
}

static bool has_experimental_result(const dia_grammar *grammar, const uint8_t *msg)
{
    const dia_field *field = dia_grammar_field(grammar, DIA_AVP_EXPERIMENTAL_RESULT, 0);
    const void *group = NULL;
    dia_avp_list others;
    if (field) /* a pointer, or a list, which begins with one */
        memcpy(&group, msg + field->offset, sizeof group);
    memcpy(&others, msg + grammar->others, sizeof others);
    for (size_t i = 0; !group && i < others.n; i++)
        if (others.v[i].code == DIA_AVP_EXPERIMENTAL_RESULT && !others.v[i].vendor)
            return true;
    return group != NULL;
}

/* What is missing; NULL: nothing. 0 is no Result-Code, and what a struct holds in which nobody set it. Where the grammar
 * leaves it open, RFC 6733, 7.6 still wants one of both. */
static const char *missing_result(const dia_command *answer, const void *msg, uint32_t result_code)
{
    if (result_code || answer->result_code < 0)
        return NULL;
    if (answer->grammar->fields[answer->result_code].min)
        return "Result-Code is not set";
    return has_experimental_result(answer->grammar, msg) ? NULL : "neither Result-Code nor Experimental-Result is set";
}

int dia_request_answer(dia_request *request, const dia_command *answer, const void *msg)
{
    dia_request *to;
    int err = answerable(request, &to);
    if (err)
        return err;
    dia_node *node = request->node;
    dia_defaults defaults = defaults_of(request, to, answer);
    if ((err = proxy_infos(to, &defaults.proxy_info)))
        return dia_node_failed(node, err, NULL);
    const uint32_t result_code = dia_struct_result_code(answer, msg);
    const char *missing = missing_result(answer, msg, result_code);
    if (missing && node->hub.config.send_level != DIA_LEVEL_OFF)
        return dia_node_failed(node, DIA_ERULE, missing);
    const bool error = dia_result_sets_error(result_code);
    const dia_header ids = {
        .flags = (uint8_t)((request->header.flags & DIA_FLAG_PROXIABLE) | (error ? DIA_FLAG_ERROR : 0)),
        .application = request->header.application,
        .hop_by_hop = to->header.hop_by_hop,
        .end_to_end = request->header.end_to_end,
    };
    dia_fault fault;
    const int64_t encoded = dia_conn_form(to->conn, answer, msg, node->hub.config.send_level, &ids, &defaults, &fault);
    if (encoded == DIA_ESPACE)
        return dia_node_failed_to_fit(node, to->conn);
    if (encoded < 0)
        return dia_node_failed(node, (int)encoded, fault.text);
    const size_t n = dia_conn_complete(to->conn, to->octets, (size_t)encoded);
    dia_conn_wrote(to->conn, n);
    const dia_bytes sent = { to->conn->out.p + to->conn->out.n - n, n };
    count(to, result_code ? (dia_result){ result_code, 0 } : dia_result_of(sent));
    conclude(request, to, n);
    return 0;
}

static int put_octets(const dia_request *to, dia_bytes message)
{
    uint8_t *octets = dia_conn_put(to->conn, message);
    if (!octets)
        return DIA_ENOMEM;
    dia_store32(octets + DIA_AT_HOP_BY_HOP, to->header.hop_by_hop);
    dia_store32(octets + DIA_AT_END_TO_END, to->header.end_to_end);
    dia_conn_wrote(to->conn, dia_conn_complete(to->conn, to->octets, message.n));
    count(to, dia_result_of(message));
    return 0;
}

int dia_request_answer_octets(dia_request *request, dia_bytes message)
{
    dia_request *to;
    int err = answerable(request, &to);
    if (err)
        return err;
    dia_header header;
    if (dia_header_read(message, &header) || header.length != message.n || message.n % 4 ||
        header.flags & DIA_FLAG_REQUEST)
        return dia_node_failed(request->node, DIA_EINVAL, NULL);
    if (message.n > dia_conn_longest(to->conn))
        return dia_node_failed_to_fit(request->node, to->conn);
    const size_t before = to->conn->out.n;
    if (to == request)
        err = put_octets(to, message);
    else /* its Proxy-Info is that of the way which is no more */
        err = dia_duplicates_send(to->conn, &to->header, to->octets, message);
    if (err)
        return dia_node_failed(request->node, err, NULL);
    conclude(request, to, to->conn->out.n - before);
    return 0;
}

int dia_request_refuse(dia_request *request, const dia_refusal *refusal)
{
    dia_request *to;
    int err = answerable(request, &to);
    if (err)
        return err;
    const size_t before = to->conn->out.n;
    if ((err = dia_conn_refuse(to->conn, &to->header, to->octets, refusal)))
        return dia_node_failed(request->node, err, NULL);
    conclude(request, to, to->conn->out.n - before);
    return 0;
}

static dia_refusal refusal_of(const dia_request *request, uint32_t result_code)
{
    const dia_command *answer = request->command ? request->command->other : NULL;
    return (dia_refusal){
        .result_code = result_code,
        .error = !answer || dia_result_sets_error(result_code),
        .grammar = answer ? answer->grammar : NULL,
    };
}

int dia_request_fail(dia_request *request, uint32_t result_code, const char *error_message)
{
    dia_refusal refusal = refusal_of(request, result_code);
    refusal.text = error_message;
    return dia_request_refuse(request, &refusal);
}

int dia_request_fault(dia_request *request, const dia_fault *fault)
{
    dia_refusal refusal = refusal_of(request, fault->result_code);
    refusal.text = fault->text[0] ? fault->text : NULL;
    refusal.failed_avp = fault->failed_avp;
    return dia_request_refuse(request, &refusal);
}

static int64_t build_least(const dia_request *request, uint32_t hop_by_hop, const dia_defaults *defaults,
                           uint32_t result_code, uint8_t *to, size_t size, size_t *needed)
{
    const dia_header head = {
        .version = 1,
        .flags = request->header.flags & DIA_FLAG_PROXIABLE,
        .command = request->header.command,
        .application = request->header.application,
        .hop_by_hop = hop_by_hop,
        .end_to_end = request->header.end_to_end,
    };
    dia_builder b;
    dia_build_begin(&b, to, size, &head);
    dia_put_least(&b, request->command->other->grammar, defaults, result_code, request->octets);
    const int64_t n = dia_build_end(&b);
    *needed = b.n;
    return n;
}

int dia_request_answer_least(dia_request *request, uint32_t result_code)
{
    dia_node *node = request->node;
    if (!request->command || !request->command->other)
        return dia_node_failed(node, DIA_EINVAL, NULL);
    if (dia_result_sets_error(result_code))
        return dia_request_fail(request, result_code, NULL);
    dia_request *to;
    int err = answerable(request, &to);
    if (err)
        return err;
    dia_defaults defaults = defaults_of(request, to, request->command->other);
    if ((err = proxy_infos(to, &defaults.proxy_info)))
        return dia_node_failed(node, err, NULL);
    const size_t before = to->conn->out.n;
    size_t needed = 512;
    for (int64_t n = DIA_ESPACE; n == DIA_ESPACE;) {
        const size_t size = needed;
        if (size > dia_conn_longest(to->conn))
            return dia_node_failed_to_fit(node, to->conn);
        uint8_t *room = dia_conn_room(to->conn, size);
        if (!room)
            return dia_node_failed(node, DIA_ENOMEM, NULL);
        n = build_least(request, to->header.hop_by_hop, &defaults, result_code, room, size, &needed);
        if (n > 0)
            dia_conn_wrote(to->conn, dia_conn_complete(to->conn, to->octets, (size_t)n));
        else if (n != DIA_ESPACE || needed <= size)
            return dia_node_failed(node, (int)n, NULL);
    }
    count(to, (dia_result){ result_code, 0 });
    conclude(request, to, to->conn->out.n - before);
    return 0;
}

/* ---- What it is ---- */

dia_node *dia_request_node(const dia_request *request)
{
    return request->node;
}

const dia_peer *dia_request_peer(const dia_request *request)
{
    return request->conn ? request->conn->peer : NULL;
}

const dia_conn *dia_request_conn(const dia_request *request)
{
    return request->conn;
}

dia_sender dia_request_sender(const dia_request *request)
{
    return (dia_sender){ dia_value_of(request->octets, DIA_AVP_ORIGIN_HOST),
                         dia_value_of(request->octets, DIA_AVP_ORIGIN_REALM) };
}

dia_header dia_request_header(const dia_request *request)
{
    return request->header;
}

dia_bytes dia_request_octets(const dia_request *request)
{
    return request->octets;
}

const dia_command *dia_request_command(const dia_request *request)
{
    return request->command;
}

/* A request of ours: encoded straight into the output of the peer that is chosen, remembered until its one outcome. */
#include "node/node.h"

enum { TIMEOUT_MS = 10000 };

static int begin(dia_conn *conn, uint32_t application, uint32_t code, uint32_t end_to_end, dia_waiting **out)
{
    dia_waiting *waiting = dia_waiting_new(conn);
    if (!waiting)
        return conn->pending.used >= conn->hub->config.limits.pending ? DIA_EBUSY : DIA_ENOMEM;
    waiting->application = application;
    waiting->code = code;
    waiting->end_to_end = end_to_end;
    *out = waiting;
    return 0;
}

/* Is there another peer, or may one come? */
static bool has_others(const dia_node_config *config, size_t n_peers)
{
    return n_peers > 1 || config->allow || config->admit || config->redirects == DIA_REDIRECTS_CONNECT;
}

/* The octets are the last of the output. Where there is no other peer nobody copies them. */
static void start(dia_node *node, dia_conn *conn, dia_waiting *waiting, uint32_t timeout_ms, size_t n, bool anywhere)
{
    const dia_node_config *config = &node->hub.config;
    dia_waiting_start(conn, waiting, timeout_ms ? timeout_ms : TIMEOUT_MS);
    if (anywhere && config->tries > 1 && has_others(config, node->hub.n_peers))
        dia_waiting_copy(waiting, (dia_bytes){ conn->out.p + conn->out.n - n, n });
    node->last_sent = dia_waiting_handle(waiting);
    DIA_COUNT(conn, requests_out);
    dia_count_message(conn, waiting->application, waiting->code, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
}

/* With what the node adds to requests of its own. */
static size_t complete(const dia_node *node, dia_conn *conn, size_t n)
{
    return node->relief ? dia_relief_complete_request(node, conn, n) : n;
}

static dia_bytes either(dia_bytes a, dia_bytes b)
{
    return a.p ? a : b;
}

/* RFC 6733, 6.6: what stands behind the "@" of a NAI, with decorations before it (RFC 7542, 2.2) as well; absent: no realm. */
static dia_bytes realm_of(dia_bytes user)
{
    size_t at = user.n;
    while (at && user.p[at - 1] != '@')
        at--;
    const dia_bytes none = { NULL, 0 };
    const dia_bytes realm = at ? (dia_bytes){ user.p + at, user.n - at } : none;
    return dia_identity_valid(realm) ? realm : none;
}

/* For a request that does not name one. */
static dia_bytes default_realm(const dia_node *node, const dia_command *request, const void *msg)
{
    const dia_node_config *config = &node->hub.config;
    const dia_bytes none = { NULL, 0 };
    return either(config->realm_of_user_name ? realm_of(dia_struct_bytes(request, msg, DIA_AVP_USER_NAME, 0)) : none,
                  dia_cstr(config->destination_realm));
}

/* A request that has no octets yet. */
typedef struct unsent {
    dia_node *node;
    const dia_command *request;
    const void *msg;
    const dia_defaults *defaults;
} unsent;

/* For routes that ask for what the struct does not say by itself. Where it breaks the grammar sending says so. */
static dia_bytes form(void *arg)
{
    const unsent *u = arg;
    const dia_hub *hub = &u->node->hub;
    dia_buf *buf = &u->node->scratch;
    const dia_header ids = { .application = u->request->dict->application };
    dia_defaults defaults = *u->defaults;
    defaults.origin_host = hub->self->host;
    defaults.origin_realm = hub->self->realm;
    for (size_t size = 1024, needed = 0; !dia_buf_reserve(buf, size); size = needed) {
        dia_fault fault;
        const int64_t n = dia_encode(u->request, u->msg, DIA_LEVEL_OFF, &ids, &defaults, buf->p, size, &needed, &fault);
        if (n > 0)
            return (dia_bytes){ buf->p, (size_t)n };
        if (n != DIA_ESPACE || needed <= size)
            break;
    }
    return (dia_bytes){ NULL, 0 };
}

static void tell_routes(dia_errand *errand, unsent *u)
{
    errand->command = u->request->code;
    errand->session = either(dia_struct_bytes(u->request, u->msg, DIA_AVP_SESSION_ID, 0), u->defaults->session_id);
    errand->user = dia_struct_bytes(u->request, u->msg, DIA_AVP_USER_NAME, 0);
    errand->encode = form;
    errand->encode_arg = u;
}

/* Behind the output of the connection that is chosen, n octets of it. DIA_ESPACE: not there; where errand->size is set it may be
 * elsewhere. The reason is told. */
static int write_request(const unsent *u, dia_errand *errand, dia_decision *way, dia_waiting **waiting, size_t *n)
{
    dia_node *node = u->node;
    const dia_dict *dict = u->request->dict;
    const size_t wanted = errand->size;
    int err = dia_decision_sparing(node, errand, way);
    errand->size = 0;
    if (err == DIA_ESPACE)
        return dia_node_failed_to_fit(node, NULL);
    if (err == DIA_ENOROUTE)
        return dia_decision_failed(node, errand, way);
    if (err)
        return dia_node_failed(node, err, way->why);
    dia_conn *conn = way->to;
    if ((err = begin(conn, dict->application, u->request->code, dia_hub_end_to_end(&node->hub), waiting)))
        return dia_node_failed(node, err, NULL);
    dia_defaults defaults = *u->defaults;
    defaults.origin_host = conn->self->host;
    defaults.origin_realm = conn->self->realm;
    if (!defaults.destination_realm.p && !conn->peer->relay) /* who goes through a relay has to say where to */
        defaults.destination_realm = conn->peer->realm;
    defaults.application = dict->application;
    defaults.app_vendor = dict->app_vendor;
    defaults.app_kind = dict->app_kind;
    defaults.fill_application = true;
    const dia_header ids = { .flags = DIA_FLAG_PROXIABLE,
                             .application = dict->application,
                             .hop_by_hop = (*waiting)->hop_by_hop,
                             .end_to_end = (*waiting)->end_to_end };
    dia_fault fault;
    const int64_t encoded =
        dia_conn_form(conn, u->request, u->msg, node->hub.config.send_level, &ids, &defaults, &fault);
    if (encoded == DIA_ESPACE) {
        const size_t longest = dia_conn_longest(conn);
        errand->size = longest >= wanted && longest < node->hub.config.limits.message ? longest + 1 : 0;
        return dia_node_failed_to_fit(node, conn);
    }
    if (encoded < 0)
        return dia_node_failed(node, (int)encoded, fault.text);
    *n = complete(node, conn, (size_t)encoded);
    return 0;
}

int dia_node_send(dia_node *node, const dia_command *request, const void *msg, uint32_t timeout_ms,
                  dia_outcome_call *call, dia_untyped *fn, void *arg)
{
    const dia_dict *dict = request->dict;
    if (!(request->flags & DIA_FLAG_REQUEST))
        return dia_node_failed(node, DIA_EINVAL, "what is sent so must be a request");
    if (!call || !fn)
        return dia_node_failed(node, DIA_EINVAL, "a request needs a function that its outcome goes to");
    if (node->hub.stopping)
        return dia_node_failed(node, DIA_ESTATE, "the node ends: nothing new begins");
    dia_node_refresh(node);
    dia_defaults defaults = { .destination_realm = default_realm(node, request, msg) };
    const dia_bytes realm =
        either(dia_struct_bytes(request, msg, DIA_AVP_DESTINATION_REALM, 0), defaults.destination_realm);
    dia_decision way;
    dia_waiting *waiting = NULL;
    dia_errand errand = { .application = dict->application,
                          .host = dia_struct_bytes(request, msg, DIA_AVP_DESTINATION_HOST, 0),
                          .realm = realm };
    char session[DIA_SESSION_TEXT];
    if (!dia_struct_bytes(request, msg, DIA_AVP_SESSION_ID, 0).p) {
        const int n = dia_node_session_id(node, (dia_bytes){ NULL, 0 }, session, sizeof session);
        if (n > 0)
            defaults.session_id = (dia_bytes){ (const uint8_t *)session, (size_t)n };
    }
    unsent u = { node, request, msg, &defaults };
    if (node->redirecting.shortcuts.n || node->routes)
        tell_routes(&errand, &u);
    if (node->relief)
        dia_relief_ask(node, &errand, request, msg);
    size_t n = 0;
    int err;
    do
        err = write_request(&u, &errand, &way, &waiting, &n);
    while (err == DIA_ESPACE && errand.size); /* to who carries more */
    if (err)
        return err;
    dia_conn *conn = way.to;
    dia_conn_wrote(conn, n);
    waiting->answer = request->other;
    dia_dict_ref(dict);
    waiting->call = call;
    waiting->fn = fn;
    waiting->arg = arg;
    start(node, conn, waiting, timeout_ms, n, true);
    return 0;
}

static void call_octets(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    (void)msg;
    ((dia_outcome_fn *)fn)(outcome, arg);
}

dia_bytes dia_value_of(dia_bytes message, uint32_t code)
{
    dia_avp avp;
    return dia_avp_find(message, code, 0, &avp) ? (dia_bytes){ NULL, 0 } : avp.data;
}

/* Reads the header of octets that are to be sent; NULL: they can be. */
static const char *why_not_sent(const dia_node *node, dia_bytes message, dia_header *header)
{
    if (dia_header_read(message, header) || header->length != message.n || message.n % 4)
        return "the octets are not one whole message";
    if (!(header->flags & DIA_FLAG_REQUEST))
        return "what is sent so must be a request";
    if (message.n > node->hub.config.limits.message)
        return "the message is longer than limits.message";
    return dia_is_of_the_connection(header) ? "CER, DWR, DPR and CUR are the stack's own" : NULL;
}

int dia_node_send_octets(dia_node *node, const dia_peer *peer, dia_bytes message, uint32_t timeout_ms,
                         dia_outcome_fn *fn, void *arg)
{
    dia_header header;
    const char *wrong = why_not_sent(node, message, &header);
    if (wrong)
        return dia_node_failed(node, DIA_EINVAL, wrong);
    if (!fn)
        return dia_node_failed(node, DIA_EINVAL, "a request needs a function that its outcome goes to");
    if (node->hub.stopping)
        return dia_node_failed(node, DIA_ESTATE, "the node ends: nothing new begins");
    dia_node_refresh(node);
    dia_decision way = { .to = peer ? dia_peer_candidate(peer) : NULL };
    dia_waiting *waiting;
    dia_errand errand = { .application = header.application,
                          .command = header.command,
                          .message = message,
                          .host = dia_value_of(message, DIA_AVP_DESTINATION_HOST),
                          .realm = dia_value_of(message, DIA_AVP_DESTINATION_REALM),
                          .session = dia_value_of(message, DIA_AVP_SESSION_ID),
                          .user = dia_value_of(message, DIA_AVP_USER_NAME),
                          .size = message.n };
    if (node->relief)
        dia_relief_ask_octets(node, &errand, message);
    int err = peer ? (way.to ? 0 : DIA_ENOROUTE) : dia_decision_sparing(node, &errand, &way);
    if (err == DIA_ENOROUTE && peer)
        return dia_node_failed(node, err, "this peer is not open");
    if (err == DIA_ENOROUTE)
        return dia_decision_failed(node, &errand, &way);
    if (err == DIA_EBUSY)
        return dia_node_failed(node, err, way.why);
    if (err == DIA_ESPACE)
        return dia_node_failed_to_fit(node, NULL);
    dia_conn *conn = way.to;
    if (peer && conn && message.n > dia_conn_longest(conn))
        return dia_node_failed_to_fit(node, conn);
    if (!err && dia_conn_is_busy(conn))
        err = DIA_EBUSY;
    const uint32_t end_to_end = header.end_to_end ? header.end_to_end : dia_hub_end_to_end(&node->hub);
    if (err || (err = begin(conn, header.application, header.command, end_to_end, &waiting)))
        return dia_node_failed(node, err, NULL);
    uint8_t *to = dia_conn_put(conn, message);
    if (!to)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    dia_store32(to + DIA_AT_HOP_BY_HOP, waiting->hop_by_hop);
    dia_store32(to + DIA_AT_END_TO_END, end_to_end);
    const size_t n = complete(node, conn, message.n);
    dia_conn_wrote(conn, n);
    waiting->answer = NULL;
    waiting->call = call_octets;
    waiting->fn = (dia_untyped *)fn;
    waiting->arg = arg;
    start(node, conn, waiting, timeout_ms, n, !peer);
    return 0;
}

uint64_t dia_node_last_sent(const dia_node *node)
{
    return node->last_sent;
}

/* The slot stays taken until the answer or the deadline, so that a late answer is not taken for an unexpected one. */
int dia_node_cancel(dia_node *node, uint64_t sent)
{
    dia_hub *hub = &node->hub;
    dia_again *again = dia_map_get(&hub->moved, sent);
    if (again)
        return dia_again_cancel(node, again);
    dia_waiting *waiting = dia_waiting_of_handle(hub, sent);
    if (!waiting || !waiting->call || waiting->ingress)
        return DIA_ENOENT;
    waiting->call = NULL;
    return 0;
}

/* ---- The outcome ---- */

/* An answer with E has the grammar of answer-message (RFC 6733, 7.2): its struct is filled as far as it goes. */
static const void *read_answer(dia_node *node, const dia_waiting *waiting, dia_bytes message, dia_outcome *outcome,
                               dia_fault *fault)
{
    const void *msg = NULL;
    int err = 0;
    if (outcome->header.command != waiting->code || outcome->header.application != waiting->application) {
        err = DIA_ERULE;
        *fault = (dia_fault){ .result_code = DIA_RESULT_CODE_COMMAND_UNSUPPORTED,
                              .text = "the answer is that of another command or application" };
    } else if (waiting->answer) {
        const dia_level level = outcome->error ? DIA_LEVEL_OFF : node->hub.config.receive_level;
        err = dia_decode(waiting->answer, message, level, &node->answers, &msg, fault);
        if (!err && level == DIA_LEVEL_STRICT)
            err = dia_claim_judge(message, waiting->application, level, &node->answers, fault);
        if (err && err != DIA_ERULE) {
            *fault = (dia_fault){ .result_code = DIA_RESULT_CODE_UNABLE_TO_COMPLY };
            dia_sentence(fault->text, sizeof fault->text, "%s",
                         err == DIA_ENOMEM ? "no memory to read the answer"
                                           : "the answer is too large to be understood");
        }
    }
    if (err) {
        outcome->kind = DIA_OUTCOME_BAD_ANSWER;
        outcome->fault = fault;
    }
    if (msg)
        outcome->result_code = dia_struct_result_code(waiting->answer, msg);
    if (!outcome->result_code) {
        const dia_result result = dia_result_of(message);
        outcome->result_code = result.code;
        outcome->result_vendor = result.vendor;
    }
    return msg;
}

static void count_answer(dia_conn *conn, const dia_waiting *waiting, dia_result result)
{
    dia_count_message(conn, waiting->application, waiting->code, DIA_ANSWER_RECEIVED, result);
    dia_count_latency(conn->peer, waiting->application, waiting->code, true, conn->hub->now.us - waiting->sent_us);
}

/* Its struct, and what else there is to say of it. */
static const void *begin_outcome(dia_node *node, const dia_waiting *waiting, const dia_peer *peer,
                                 dia_outcome_kind kind, const dia_header *header, dia_bytes message,
                                 dia_outcome *outcome, dia_fault *fault)
{
    const dia_again *again = waiting->again;
    *outcome = (dia_outcome){
        .kind = kind,
        .octets = message,
        .peer = peer,
        .latency_us = node->hub.now.us - (again ? again->first_us : waiting->sent_us),
        .tries = dia_tries_of(waiting),
        .command = waiting->answer,
        .node = node,
    };
    if (kind != DIA_OUTCOME_ANSWER)
        return NULL;
    outcome->header = *header;
    outcome->error = header->flags & DIA_FLAG_ERROR;
    return read_answer(node, waiting, message, outcome, fault);
}

static void count_failure(dia_conn *conn, const dia_waiting *waiting, dia_outcome_kind kind)
{
    if (kind == DIA_OUTCOME_LOST && waiting->call)
        DIA_COUNT(conn, lost);
    if (kind == DIA_OUTCOME_TIMEOUT && waiting->call)
        DIA_COUNT(conn, timeouts);
}

static void end_relayed(dia_node *node, dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind, dia_bytes message)
{
    if (kind == DIA_OUTCOME_ANSWER) {
        const dia_result result = dia_result_of(message);
        dia_node_count_answer(node, conn, waiting, result);
        if (dia_is_protocol_error(result) && dia_node_refused(node, waiting, conn, result.code, message))
            return;
    }
    if (!dia_again_goes_on(node, waiting, kind == DIA_OUTCOME_ANSWER)) {
        count_failure(conn, waiting, kind);
        dia_node_relay_outcome(node, waiting, conn, kind, message);
    }
    dia_node_forget(node, waiting);
}

/* `conn` NULL: it waited in none, and its answer has been counted. */
static void end_ours(dia_node *node, dia_waiting *waiting, dia_conn *conn, const dia_peer *peer, dia_outcome_kind kind,
                     const dia_header *header, dia_bytes message)
{
    dia_outcome outcome; /* of somebody who wants to hear of it */
    dia_fault fault;
    const void *msg = NULL;
    const bool answered = kind == DIA_OUTCOME_ANSWER;
    if (waiting->call)
        msg = begin_outcome(node, waiting, peer, kind, header, message, &outcome, &fault);
    if (answered && conn) {
        const dia_result result =
            waiting->call ? (dia_result){ outcome.result_code, outcome.result_vendor } : dia_result_of(message);
        count_answer(conn, waiting, result);
        if (dia_is_protocol_error(result) && dia_node_refused(node, waiting, conn, result.code, message)) {
            dia_arena_reset(&node->answers);
            return;
        }
    }
    const bool goes_on = dia_again_goes_on(node, waiting, answered);
    if (!goes_on && conn)
        count_failure(conn, waiting, kind);
    if (waiting->call && !goes_on)
        waiting->call(waiting->fn, &outcome, msg, waiting->arg);
    if (answered)
        dia_arena_reset(&node->answers);
    dia_node_forget(node, waiting);
}

void dia_node_give_back(dia_node *node, dia_waiting *waiting, const dia_peer *peer, dia_outcome_kind kind,
                        const dia_header *header, dia_bytes message)
{
    if (!waiting->ingress) {
        end_ours(node, waiting, NULL, peer, kind, header, message);
        return;
    }
    dia_node_relay_outcome(node, waiting, NULL, kind, message);
    dia_node_forget(node, waiting);
}

void dia_node_take_outcome(void *above, dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                           const dia_header *header, dia_bytes message)
{
    dia_node *node = above;
    if (kind == DIA_OUTCOME_LOST && dia_node_fail_over(node, waiting, conn))
        return;
    if (kind == DIA_OUTCOME_ANSWER && node->relief)
        dia_relief_read_answer(node, waiting, conn, header, message);
    if (waiting->ingress)
        end_relayed(node, waiting, conn, kind, message);
    else
        end_ours(node, waiting, conn, conn->peer, kind, header, message);
}

/* What hooks do with a request or an answer on its way through: read it, change it, choose, say what comes back. */
#include "node/transit.h"

/* Commands and AVPs of the base protocol that are spoken here. */
enum { SESSION_TERMINATION = 275, ADMINISTRATIVE = 4 };

/* ---- What it is ---- */

dia_node *dia_transit_node(const dia_transit *t)
{
    return t->node;
}

bool dia_transit_is_answer(const dia_transit *t)
{
    return t->is_answer;
}

dia_bytes dia_transit_octets(const dia_transit *t)
{
    return t->message;
}

dia_header dia_transit_header(const dia_transit *t)
{
    dia_header header = t->asked;
    dia_header_read(t->message, &header);
    return header;
}

dia_bytes dia_transit_request(const dia_transit *t)
{
    return t->is_answer ? t->sent : t->request->octets;
}

static const dia_peer *peer_of(const dia_transit *t, uint32_t number)
{
    const dia_conn *conn = number ? dia_map_get(&t->node->hub.by_number, number) : NULL;
    return conn ? conn->peer : NULL;
}

const dia_peer *dia_transit_from(const dia_transit *t)
{
    return peer_of(t, t->ingress);
}

const dia_peer *dia_transit_to(const dia_transit *t)
{
    return peer_of(t, t->egress);
}

const dia_conn *dia_transit_conn(const dia_transit *t)
{
    return dia_map_get(&t->node->hub.by_number, t->ingress);
}

const dia_command *dia_transit_command(const dia_transit *t)
{
    const dia_command *request = dia_node_command(t->node, t->asked.application, t->asked.command);
    return request && t->is_answer ? request->other : request;
}

const dia_dicts *dia_transit_dicts(dia_transit *t)
{
    t->dicts = (dia_dicts){ t->node->dicts, t->node->n_dicts, NULL };
    return &t->dicts;
}

bool dia_transit_is_relayed(const dia_transit *t)
{
    return t->relayed;
}

bool dia_transit_find(dia_transit *t, const char *path, dia_avp *out)
{
    return !dia_dicts_find(dia_transit_dicts(t), t->message, path, out);
}

uint32_t dia_transit_result(const dia_transit *t, uint32_t *vendor)
{
    const dia_result result = t->is_answer ? dia_result_of(t->message) : (dia_result){ 0, 0 };
    if (vendor)
        *vendor = result.vendor;
    return result.code;
}

static bool is_of(const dia_transit *t, const dia_command *command)
{
    return command->code == t->asked.command && command->dict->application == t->asked.application &&
           !(command->flags & DIA_FLAG_REQUEST) == t->is_answer;
}

int dia_transit_decode(dia_transit *t, const dia_command *command, const void **out, dia_fault *fault)
{
    if (!is_of(t, command))
        return DIA_EINVAL;
    dia_arena_reset(&t->structs);
    const dia_header header = dia_transit_header(t);
    const dia_level level = header.flags & DIA_FLAG_ERROR ? DIA_LEVEL_OFF : t->node->hub.config.receive_level;
    return dia_decode(command, t->message, level, &t->structs, out, fault);
}

void dia_transit_set_user(dia_transit *t, void *user)
{
    t->user = user;
}

void *dia_transit_user(const dia_transit *t)
{
    return t->user;
}

/* ---- Changing it ---- */

typedef enum step { SET, SET_TEXT, ADD, ADD_TEXT, INSERT, APPEND, REMOVE } step;

static void do_step(dia_edit *e, step what, const char *path, dia_bytes value, const char *text, bool *removed)
{
    switch (what) {
    case SET: dia_edit_set(e, path, value); break;
    case SET_TEXT: dia_edit_set_text(e, path, text); break;
    case ADD: dia_edit_add(e, path, value); break;
    case ADD_TEXT: dia_edit_add_text(e, path, text); break;
    case INSERT: dia_edit_insert(e, path, value); break;
    case APPEND: dia_edit_append(e, path, value); break;
    case REMOVE: *removed = dia_edit_remove(e, path); break;
    }
}

/* A value that lies in the message is moved by the change itself. */
static int save_value(dia_transit *t, dia_bytes *value)
{
    const uintptr_t at = (uintptr_t)value->p, from = (uintptr_t)t->buf;
    if (!value->p || at < from || at >= from + t->cap)
        return 0;
    dia_arena_reset(&t->structs);
    *value = dia_arena_copy(&t->structs, *value);
    return value->p ? 0 : t->structs.err;
}

/* True: something was removed. */
static bool change(dia_transit *t, step what, const char *path, dia_bytes value, const char *text)
{
    bool removed = false;
    if (t->err)
        return false;
    if (!t->message.p || t->relayed) {
        t->err = t->relayed ? DIA_EINVAL : DIA_ESTATE;
        return false;
    }
    int err = save_value(t, &value);
    for (size_t more = 256; !err;) {
        if ((err = dia_transit_own(t, more)))
            break;
        dia_edit e;
        dia_edit_begin(&e, dia_transit_dicts(t), t->message, t->buf, t->cap);
        do_step(&e, what, path, value, text, &removed);
        const int64_t n = dia_edit_end(&e);
        if (n >= 0) {
            t->message.n = (size_t)n;
            break;
        }
        if (n == DIA_ESPACE && e.needed > t->cap)
            more = e.needed - t->message.n;
        else
            err = (int)n;
    }
    t->err = err;
    return removed;
}

void dia_transit_set(dia_transit *t, const char *path, dia_bytes value)
{
    change(t, SET, path, value, NULL);
}

void dia_transit_set_text(dia_transit *t, const char *path, const char *value)
{
    change(t, SET_TEXT, path, (dia_bytes){ NULL, 0 }, value);
}

void dia_transit_add(dia_transit *t, const char *path, dia_bytes value)
{
    change(t, ADD, path, value, NULL);
}

void dia_transit_add_text(dia_transit *t, const char *path, const char *value)
{
    change(t, ADD_TEXT, path, (dia_bytes){ NULL, 0 }, value);
}

void dia_transit_insert(dia_transit *t, const char *path, dia_bytes avps)
{
    change(t, INSERT, path, avps, NULL);
}

void dia_transit_append(dia_transit *t, const char *path, dia_bytes avps)
{
    change(t, APPEND, path, avps, NULL);
}

bool dia_transit_remove(dia_transit *t, const char *path)
{
    return change(t, REMOVE, path, (dia_bytes){ NULL, 0 }, NULL);
}

int dia_transit_error(const dia_transit *t)
{
    return t->err;
}

void dia_transit_clear_error(dia_transit *t)
{
    t->err = 0;
}

/* ---- Replacing it ---- */

/* The fields of the header that are not the hook's to choose. */
static void keep_head(const dia_header *now, uint8_t *to, bool is_answer)
{
    uint8_t flags = now->flags & (DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE | DIA_FLAG_RETRANSMITTED);
    if (is_answer)
        flags |= to[DIA_AT_FLAGS] & DIA_FLAG_ERROR;
    to[DIA_AT_FLAGS] = flags;
    dia_store32(to + DIA_AT_HOP_BY_HOP, now->hop_by_hop);
    dia_store32(to + DIA_AT_END_TO_END, now->end_to_end);
}

static int check_replacement(const dia_transit *t, dia_bytes message, const dia_header *now)
{
    dia_header header;
    if (!t->message.p || t->relayed)
        return t->relayed ? DIA_EINVAL : DIA_ESTATE;
    if (dia_header_read(message, &header) || header.length != message.n || message.n % 4 || header.version != 1)
        return DIA_EFORMAT;
    if (header.command != now->command || header.application != now->application ||
        (header.flags ^ now->flags) & DIA_FLAG_REQUEST)
        return DIA_EINVAL;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it))
        ;
    return it.err ? DIA_EFORMAT : 0;
}

int dia_transit_replace(dia_transit *t, dia_bytes message)
{
    const dia_header now = dia_transit_header(t);
    int err = check_replacement(t, message, &now);
    const bool inside = t->buf && message.p >= t->buf && message.p < t->buf + t->cap;
    if (!err && !inside) /* what is inside has room */
        err = dia_transit_grow(t, message.n);
    if (err)
        return err;
    memmove(t->buf, message.p, message.n);
    t->message = (dia_bytes){ t->buf, message.n };
    keep_head(&now, t->buf, t->is_answer);
    return 0;
}

/* Into a block of its own, for the struct may have views of the old one. */
int dia_transit_encode(dia_transit *t, const dia_command *command, const void *msg)
{
    dia_node *node = t->node;
    const dia_allocator *alloc = node->hub.alloc;
    if (t->relayed)
        return dia_node_failed(node, DIA_EINVAL, "a relay changes nothing in applications that it does not know");
    if (!t->message.p || !is_of(t, command))
        return dia_node_failed(node, t->message.p ? DIA_EINVAL : DIA_ESTATE, NULL);
    const dia_header now = dia_transit_header(t);
    dia_header ids = now;
    if (t->is_answer)
        ids.flags = (uint8_t)((now.flags & DIA_FLAG_PROXIABLE) |
                              (dia_result_sets_error(dia_struct_result_code(command, msg)) ? DIA_FLAG_ERROR : 0));
    for (size_t size = t->message.n + 256;;) {
        dia_fault fault = { 0 };
        size_t needed = 0;
        uint8_t *buf = size <= node->hub.config.limits.message ? dia_alloc(alloc, size) : NULL;
        if (!buf)
            return dia_node_failed(node, size <= node->hub.config.limits.message ? DIA_ENOMEM : DIA_ESPACE, NULL);
        const int64_t n = dia_encode(command, msg, node->hub.config.send_level, &ids, NULL, buf, size, &needed, &fault);
        if (n >= 0) {
            dia_release(alloc, t->buf, t->cap);
            t->buf = buf;
            t->cap = size;
            t->message = (dia_bytes){ buf, (size_t)n };
            keep_head(&now, buf, t->is_answer);
            return 0;
        }
        dia_release(alloc, buf, size);
        if (n != DIA_ESPACE || needed <= size)
            return dia_node_failed(node, (int)n, fault.text);
        size = needed;
    }
}

/* ---- A request ---- */

static int go_to(dia_transit *t, const dia_peer *peer)
{
    dia_conn *from = dia_transit_ingress(t);
    dia_decision way;
    if (t->is_answer || t->done || !from)
        return DIA_ESTATE;
    dia_errand errand = dia_relay_errand(t->node, from, &t->asked, t->message);
    errand.host = peer ? peer->host : errand.host;
    const int err = !peer           ? dia_decision_sparing(t->node, &errand, &way)
                    : errand.host.p ? dia_decision_to_host(t->node, &errand, &way)
                                    : DIA_ENOROUTE;
    if (!err)
        t->egress = way.to->number;
    return err;
}

int dia_transit_choose(dia_transit *t, const dia_peer *peer)
{
    if (peer || t->is_answer)
        return go_to(t, peer);
    t->egress = 0;
    return 0;
}

int dia_transit_route(dia_transit *t)
{
    return go_to(t, NULL);
}

int dia_transit_set_record(dia_transit *t, dia_bytes host)
{
    if (t->is_answer)
        return DIA_ESTATE;
    if (host.p && !dia_identity_valid(host))
        return DIA_EINVAL;
    const dia_bytes copy = dia_arena_copy(&t->arena, host);
    if (host.p && !copy.p)
        return DIA_ENOMEM;
    t->record = copy;
    return 0;
}

int dia_transit_put_state(dia_transit *t, dia_bytes state)
{
    if (t->is_answer)
        return DIA_ESTATE;
    if (state.n > DIA_STATE_MAX)
        return DIA_ESPACE;
    const dia_bytes copy = dia_arena_copy(&t->arena, state);
    if (state.p && !copy.p)
        return t->arena.err;
    t->state = copy;
    return 0;
}

/* ---- An answer ---- */

dia_bytes dia_transit_state(const dia_transit *t)
{
    return t->state;
}

static bool is_failure(const dia_transit *t)
{
    const uint32_t class = dia_transit_result(t, NULL) / 1000;
    return dia_transit_header(t).flags & DIA_FLAG_ERROR || (class && class != 1 && class != 2);
}

/* All of the answer but what says how it went, with the new result in its place (RFC 6733, 6.2.2). */
static int64_t build_failure(const dia_transit *t, uint32_t result_code, const char *text, uint8_t *buf, size_t size,
                             size_t *needed)
{
    dia_builder b;
    dia_header header = dia_transit_header(t);
    bool said = false;
    header.flags =
        (uint8_t)((header.flags & DIA_FLAG_PROXIABLE) | (dia_result_sets_error(result_code) ? DIA_FLAG_ERROR : 0));
    dia_build_begin(&b, buf, size, &header);
    for (dia_avps it = dia_avps_of(t->message); dia_avp_step(&it);) {
        const uint32_t code = it.avp.vendor ? 0 : it.avp.code;
        const bool is_result = code == DIA_AVP_RESULT_CODE || code == DIA_AVP_EXPERIMENTAL_RESULT;
        if (is_result && !said)
            dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
        said = said || is_result;
        if (!is_result && code != DIA_AVP_ERROR_MESSAGE && code != DIA_AVP_ERROR_REPORTING_HOST)
            dia_put_octets(&b, it.avp.octets);
    }
    if (!said)
        dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
    if (text)
        dia_put_bytes(&b, DIA_AVP_ERROR_MESSAGE, 0, 0, dia_cstr(text));
    dia_put_bytes(&b, DIA_AVP_ERROR_REPORTING_HOST, 0, 0, t->node->hub.self->host);
    const int64_t n = dia_build_end(&b);
    *needed = b.n;
    return n;
}

int dia_transit_fail(dia_transit *t, uint32_t result_code, const char *text)
{
    const dia_allocator *alloc = t->node->hub.alloc;
    if (!t->is_answer || !t->message.p)
        return DIA_ESTATE;
    if (is_failure(t)) {
        dia_transit_tell(t, text ? text : "the answer tells a failure already", result_code, t->message);
        return DIA_ESTATE;
    }
    size_t size = 0;
    build_failure(t, result_code, text, NULL, 0, &size);
    if (size > t->node->hub.config.limits.message)
        return DIA_ESPACE;
    uint8_t *buf = dia_alloc(alloc, size);
    if (!buf)
        return DIA_ENOMEM;
    const int64_t n = build_failure(t, result_code, text, buf, size, &size);
    if (n < 0) {
        dia_release(alloc, buf, size);
        return (int)n;
    }
    dia_release(alloc, t->buf, t->cap);
    t->buf = buf;
    t->cap = size;
    t->message = (dia_bytes){ buf, (size_t)n };
    return 0;
}

/* ---- The end of its session ---- */

/* In the name of who sent the request, and by the same way. */
static int64_t build_str(const dia_transit *t, uint32_t cause, uint8_t *buf, size_t size, size_t *needed)
{
    static const uint16_t of_request[] = { DIA_AVP_SESSION_ID, DIA_AVP_ORIGIN_HOST, DIA_AVP_ORIGIN_REALM };
    dia_builder b;
    dia_avp avp;
    dia_build_begin(&b, buf, size,
                    &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = SESSION_TERMINATION,
                                   .application = t->asked.application });
    for (size_t i = 0; i < sizeof of_request / sizeof *of_request; i++)
        if (!dia_avp_find(t->sent, of_request[i], 0, &avp))
            dia_put_bytes(&b, of_request[i], 0, DIA_AVP_M, avp.data);
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_value_of(t->came, DIA_AVP_ORIGIN_REALM));
    dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_value_of(t->came, DIA_AVP_ORIGIN_HOST));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, t->asked.application);
    dia_put_u32(&b, DIA_AVP_TERMINATION_CAUSE, 0, DIA_AVP_M, cause);
    if (!dia_avp_find(t->sent, DIA_AVP_USER_NAME, 0, &avp))
        dia_put_bytes(&b, DIA_AVP_USER_NAME, 0, DIA_AVP_M, avp.data);
    for (dia_avps it = dia_avps_of(t->came); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_CLASS && !it.avp.vendor)
            dia_put_octets(&b, it.avp.octets);
    for (dia_avps it = dia_avps_of(t->sent); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_ROUTE_RECORD && !it.avp.vendor)
            dia_put_octets(&b, it.avp.octets);
    const int64_t n = dia_build_end(&b);
    *needed = b.n;
    return n;
}

static void str_has_ended(const dia_outcome *outcome, void *arg)
{
    (void)arg;
    if (outcome->kind == DIA_OUTCOME_STOPPED || (outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == 2001))
        return;
    dia_hub_event(&outcome->node->hub, DIA_EVENT_PROXY, outcome->peer, NULL,
                  "the server did not accept the STR for a session that was refused", outcome->result_code,
                  outcome->octets);
}

int dia_transit_end_session(dia_transit *t, uint32_t termination_cause)
{
    const dia_allocator *alloc = t->node->hub.alloc;
    const dia_peer *peer = dia_transit_to(t);
    const uint32_t cause = termination_cause ? termination_cause : ADMINISTRATIVE;
    if (!t->is_answer || !peer || !t->came.p || !t->sent.p)
        return DIA_ESTATE;
    size_t size = 0;
    build_str(t, cause, NULL, 0, &size);
    uint8_t *buf = dia_alloc(alloc, size);
    if (!buf)
        return DIA_ENOMEM;
    const int64_t n = build_str(t, cause, buf, size, &size);
    const int err =
        n < 0 ? (int)n : dia_node_send_octets(t->node, peer, (dia_bytes){ buf, (size_t)n }, 0, str_has_ended, NULL);
    dia_release(alloc, buf, size);
    return err;
}

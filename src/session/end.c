/* The end of a session whose answer was wrong in itself (RFC 6733, 7): STR or ASR, of AVPs that every application's grammar has. */
#include "session/session.h"

enum { ASR = 274, STR = 275 };
enum { HEADS = 12 }; /* more than there are AVPs besides Class */

/* An identity that the answer names; absent: none that is one. */
static dia_bytes name_in(dia_bytes answer, uint32_t code)
{
    const dia_bytes name = dia_value_of(answer, code);
    return name.p && dia_identity_valid(name) ? name : (dia_bytes){ NULL, 0 };
}

static void put_classes(dia_builder *b, dia_bytes answer)
{
    for (dia_avps it = dia_avps_of(answer); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_CLASS && !it.avp.vendor)
            dia_put_bytes(b, DIA_AVP_CLASS, 0, DIA_AVP_M, it.avp.data);
}

static void put_name(dia_builder *b, uint32_t code, dia_bytes name)
{
    if (name.p)
        dia_put_bytes(b, code, 0, DIA_AVP_M, name);
}

static void ignore(const dia_outcome *outcome, void *arg)
{
    (void)outcome;
    (void)arg;
}

/* As whom the peer knows us. */
static const dia_self *self_of(const dia_outcome *outcome)
{
    const dia_conn *conn = outcome->peer ? dia_peer_conn(outcome->peer) : NULL;
    return conn ? conn->self : outcome->node->hub.self;
}

static int64_t build(const dia_outcome *outcome, dia_bytes session_id, dia_session_ending ending, dia_bytes host,
                     dia_bytes realm, uint8_t *buf, size_t size)
{
    const bool aborts = ending == DIA_SESSION_ABORT;
    const dia_command *command = outcome->command;
    const uint32_t application = command ? command->dict->application : outcome->header.application;
    const dia_self *self = self_of(outcome);
    dia_builder b;
    dia_build_begin(&b, buf, size,
                    &(dia_header){ .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = aborts ? ASR : STR,
                                   .application = application });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, session_id);
    put_name(&b, DIA_AVP_ORIGIN_HOST, self->host);
    put_name(&b, DIA_AVP_ORIGIN_REALM, self->realm);
    put_name(&b, DIA_AVP_DESTINATION_REALM, realm);
    put_name(&b, DIA_AVP_DESTINATION_HOST, host);
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, application);
    if (!aborts) {
        dia_put_u32(&b, DIA_AVP_TERMINATION_CAUSE, 0, DIA_AVP_M, DIA_TERMINATION_CAUSE_DIAMETER_BAD_ANSWER);
        put_classes(&b, outcome->octets);
    }
    return dia_build_end(&b);
}

int dia_session_end_bad(const dia_outcome *outcome, dia_bytes session_id, dia_session_ending ending,
                        uint32_t timeout_ms, dia_outcome_fn *fn, void *arg)
{
    dia_node *node = outcome->node;
    const dia_allocator *alloc = node->hub.alloc;
    const dia_bytes host = name_in(outcome->octets, DIA_AVP_ORIGIN_HOST);
    dia_bytes realm = name_in(outcome->octets, DIA_AVP_ORIGIN_REALM);
    if (!realm.p)
        realm = dia_cstr(node->hub.config.destination_realm);
    if (outcome->kind != DIA_OUTCOME_BAD_ANSWER || !session_id.n || !realm.p ||
        (ending == DIA_SESSION_ABORT && !host.p))
        return dia_node_failed(node, DIA_EINVAL,
                               "an STR or ASR wants a bad answer, a Session-Id, a realm, an ASR also a host");
    const dia_self *self = self_of(outcome);
    const size_t names = session_id.n + host.n + realm.n + self->host.n + self->realm.n;
    const size_t size = DIA_HEADER_SIZE + HEADS * 16 + names + outcome->octets.n;
    uint8_t *buf = dia_alloc(alloc, size);
    if (!buf)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    const int64_t n = build(outcome, session_id, ending, host, realm, buf, size);
    const int err =
        n < 0 ? dia_node_failed(node, (int)n, NULL)
              : dia_node_send_octets(node, NULL, (dia_bytes){ buf, (size_t)n }, timeout_ms, fn ? fn : ignore, arg);
    dia_release(alloc, buf, size);
    return err;
}

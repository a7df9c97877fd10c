/* Error answers of the stack's own (RFC 6733, 7.2): Session-Id, who we are, Result-Code, Failed-AVP, and all Proxy-Info
 * of the request. Without the E bit an answer has the grammar of its command, and what that requires beyond these is
 * copied from the request. */
#include "peer/peer.h"

/* RFC 6733, 7.1.3 and 7.2: E goes with protocol errors; a permanent failure has it only where the command cannot be
 * answered in its own grammar, which the caller knows. */
bool dia_result_sets_error(uint32_t result_code)
{
    return result_code / 1000 == 3;
}

/* What every error answer says itself, and what must not be copied twice. */
static bool is_said(uint32_t code)
{
    static const uint16_t said[] = { DIA_AVP_SESSION_ID,           DIA_AVP_ORIGIN_HOST,   DIA_AVP_RESULT_CODE,
                                     DIA_AVP_FAILED_AVP,           DIA_AVP_ERROR_MESSAGE, DIA_AVP_PROXY_INFO,
                                     DIA_AVP_ERROR_REPORTING_HOST, DIA_AVP_ORIGIN_REALM };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (said[i] == code)
            return true;
    return false;
}

/* A copy of a broken value would break our answer. */
static bool is_sound(const dia_field *field, dia_bytes value)
{
    switch ((dia_type)field->type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED:
    case DIA_TYPE_TIME: return value.n == 4;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: return value.n == 8;
    case DIA_TYPE_ADDRESS: return value.n >= 2;
    case DIA_TYPE_GROUPED: {
        dia_avps it = dia_avps_in(value);
        while (dia_avp_next(&it))
            ;
        return !it.err;
    }
    default: return true;
    }
}

static void copy_required(dia_builder *b, const dia_grammar *grammar, dia_bytes request)
{
    for (size_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *field = &grammar->fields[i];
        dia_avp avp;
        if (!field->min || (!field->vendor && is_said(field->code)))
            continue;
        if (!dia_avp_find(request, field->code, field->vendor, &avp) && is_sound(field, avp.data))
            dia_put_bytes(b, avp.code, avp.vendor, field->avp->flags, avp.data);
    }
}

static void copy_proxy_infos(dia_builder *b, dia_bytes request)
{
    dia_avps it = dia_avps_of(request);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_PROXY_INFO && !it.avp.vendor)
            dia_put_bytes(b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M, it.avp.data);
}

static int64_t build(const dia_self *self, const dia_header *header, dia_bytes request, const dia_refusal *refusal,
                     void *to, size_t size, size_t *needed)
{
    const dia_header head = {
        .version = 1,
        .flags = (uint8_t)((header->flags & DIA_FLAG_PROXIABLE) | (refusal->error ? DIA_FLAG_ERROR : 0)),
        .command = header->command,
        .application = header->application,
        .hop_by_hop = header->hop_by_hop,
        .end_to_end = header->end_to_end,
    };
    dia_builder b;
    dia_build_begin(&b, to, size, &head);
    dia_avp session;
    if (!dia_avp_find(request, DIA_AVP_SESSION_ID, 0, &session))
        dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, session.data);
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, refusal->result_code);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, self->host);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, self->realm);
    if (refusal->grammar && !refusal->error)
        copy_required(&b, refusal->grammar, request);
    if (refusal->text)
        dia_put_bytes(&b, DIA_AVP_ERROR_MESSAGE, 0, 0, dia_cstr(refusal->text));
    if (refusal->failed_avp.p) {
        dia_put_group(&b, DIA_AVP_FAILED_AVP, 0, DIA_AVP_M);
        dia_put_octets(&b, refusal->failed_avp);
        dia_put_group_end(&b);
    }
    if (refusal->more)
        refusal->more(&b, refusal->more_arg);
    copy_proxy_infos(&b, request);
    const int64_t n = dia_build_end(&b);
    *needed = b.n;
    return n;
}

int dia_conn_refuse(dia_conn *conn, const dia_header *header, dia_bytes request, const dia_refusal *refusal)
{
    const size_t longest = dia_conn_longest(conn);
    const dia_refusal least = { .result_code = refusal->result_code, .error = refusal->error };
    size_t size = 512;
    for (;;) {
        uint8_t *to = dia_conn_room(conn, size);
        if (!to)
            return DIA_ENOMEM;
        size_t needed = 0;
        const int64_t n = build(conn->self, header, request, refusal, to, size, &needed);
        if (n == DIA_ESPACE && needed > longest && refusal != &least && !refusal->more) {
            refusal = &least;
            continue;
        }
        if (n == DIA_ESPACE && needed > size && needed <= longest) {
            size = needed;
            continue;
        }
        if (n < 0)
            return (int)n;
        dia_conn_wrote(conn, dia_conn_complete(conn, request, (size_t)n));
        DIA_COUNT(conn, answers_out);
        dia_count_answer(conn, header->application, header->command, (dia_result){ refusal->result_code, 0 });
        return 0;
    }
}

void dia_conn_reject(dia_conn *conn, const dia_header *header, dia_bytes request, const dia_refusal *refusal)
{
    dia_hub *hub = conn->hub;
    DIA_COUNT(conn, faults);
    dia_hub_event(hub, DIA_EVENT_FAULT, conn->peer, conn, refusal->text, refusal->result_code, request);
    const int err = dia_conn_refuse(conn, header, request, refusal);
    if (err)
        dia_hub_event(hub, DIA_EVENT_UNANSWERED, conn->peer, conn,
                      err == DIA_ESPACE ? "the error answer would be longer than limits.message"
                                        : "no memory for an error answer",
                      refusal->result_code, request);
}

void dia_conn_reject_protocol(dia_conn *conn, const dia_header *header, dia_bytes request, uint32_t result_code,
                              const char *text)
{
    dia_conn_reject(conn, header, request, &(dia_refusal){ .result_code = result_code, .error = true, .text = text });
}

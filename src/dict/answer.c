/* The head of an answer to any request, known or not (RFC 6733, 6.2): what every handler would copy. */
#include "dict/dict.h"
#include "wire/wire.h"

enum {
    PROXY_INFO = 284,
    SESSION_ID = 263,
    AUTH_APPLICATION_ID = 258,
    ACCT_APPLICATION_ID = 259,
    VENDOR_SPECIFIC_APPLICATION_ID = 260,
    ORIGIN_HOST = 264,
    VENDOR_ID = 266,
    RESULT_CODE = 268,
    ERROR_MESSAGE = 281,
    ORIGIN_REALM = 296,
    EXPERIMENTAL_RESULT = 297,
    EXPERIMENTAL_RESULT_CODE = 298
};

static void put_result(dia_builder *b, const dia_answer_head *head)
{
    if (!head->experimental_vendor) {
        dia_put_u32(b, RESULT_CODE, 0, DIA_AVP_M, head->result_code);
        return;
    }
    dia_put_group(b, EXPERIMENTAL_RESULT, 0, DIA_AVP_M);
    dia_put_u32(b, VENDOR_ID, 0, DIA_AVP_M, head->experimental_vendor);
    dia_put_u32(b, EXPERIMENTAL_RESULT_CODE, 0, DIA_AVP_M, head->result_code);
    dia_put_group_end(b);
}

/* A copy of a broken one would break the answer. */
static bool says_application(const dia_avp *avp)
{
    switch (avp->code) {
    case AUTH_APPLICATION_ID:
    case ACCT_APPLICATION_ID: return avp->data.n == 4;
    case VENDOR_SPECIFIC_APPLICATION_ID: return dia_is_avps(avp->data);
    default: return false;
    }
}

static bool is_proxy_info(const dia_avp *avp)
{
    return avp->code == PROXY_INFO;
}

/* All of these that the request has, in their order. */
static void copy(dia_builder *b, dia_bytes request, bool (*wanted)(const dia_avp *avp))
{
    for (dia_avps it = dia_avps_of(request); dia_avp_next(&it);)
        if (!it.avp.vendor && wanted(&it.avp))
            dia_put_bytes(b, it.avp.code, 0, DIA_AVP_M, it.avp.data);
}

int dia_answer_begin(dia_builder *b, void *buf, size_t cap, dia_bytes request, const dia_answer_head *head)
{
    dia_header h;
    dia_avp session;
    if (dia_header_read(request, &h) != 0)
        return DIA_EFORMAT;
    if (!(h.flags & DIA_FLAG_REQUEST))
        return DIA_EINVAL;
    /* RFC 6733, 7.1.3: E goes with protocol errors, which are Result-Codes of the base protocol. */
    const bool error = head->error || (!head->experimental_vendor && head->result_code / 1000 == 3);
    h.version = 1;
    h.flags = (uint8_t)((h.flags & DIA_FLAG_PROXIABLE) | (error ? DIA_FLAG_ERROR : 0));
    dia_build_begin(b, buf, cap, &h);
    if (dia_avp_find(request, SESSION_ID, 0, &session) == 0)
        dia_put_bytes(b, SESSION_ID, 0, DIA_AVP_M, session.data);
    put_result(b, head);
    dia_put_bytes(b, ORIGIN_HOST, 0, DIA_AVP_M, head->origin_host);
    dia_put_bytes(b, ORIGIN_REALM, 0, DIA_AVP_M, head->origin_realm);
    if (!error) /* RFC 6733, 7.2: an error answer has a grammar of its own */
        copy(b, request, says_application);
    if (head->error_message.p)
        dia_put_bytes(b, ERROR_MESSAGE, 0, 0, head->error_message);
    copy(b, request, is_proxy_info);
    return b->err;
}

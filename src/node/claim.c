/* The application that a message names in AVPs is that of its header (RFC 6733, 3, 6.8, 6.9 and 6.11). Where rules are
 * lenient one AVP that does is enough: some networks name two, as in accounting that belongs to an authorization. */
#include "node/node.h"

/* ---- In its struct: nearly always it is all right, and this is all ---- */

void dia_claim_init(dia_claim *claim, const dia_grammar *grammar)
{
    const dia_field *specific = dia_grammar_field(grammar, DIA_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0);
    *claim = (dia_claim){ { dia_grammar_field(grammar, DIA_AVP_AUTH_APPLICATION_ID, 0),
                            dia_grammar_field(grammar, DIA_AVP_ACCT_APPLICATION_ID, 0) },
                          specific,
                          { NULL, NULL } };
    if (!specific || specific->store != DIA_STORE_GROUP || !specific->avp->group)
        return;
    claim->inner[0] = dia_grammar_field(specific->avp->group, DIA_AVP_AUTH_APPLICATION_ID, 0);
    claim->inner[1] = dia_grammar_field(specific->avp->group, DIA_AVP_ACCT_APPLICATION_ID, 0);
}

/* 1: one of the two is this application; 0: they are not there; -1: another. */
static int says(const dia_field *const fields[2], const uint8_t *of, uint32_t application)
{
    int result = 0;
    for (int i = 0; i < 2; i++) {
        dia_opt_u32 value = { 0 };
        if (!fields[i])
            continue;
        if (fields[i]->store == DIA_STORE_U32) {
            memcpy(&value.value, of + fields[i]->offset, sizeof value.value);
            value.set = true;
        } else if (fields[i]->store == DIA_STORE_OPT_U32) {
            memcpy(&value, of + fields[i]->offset, sizeof value);
        }
        if (value.set && value.value == application)
            return 1;
        result = value.set ? -1 : result;
    }
    return result;
}

bool dia_claim_holds(const dia_claim *claim, const void *msg, uint32_t application)
{
    const int direct = says(claim->direct, msg, application);
    const uint8_t *group = NULL;
    if (direct > 0)
        return true;
    if (claim->specific) /* a pointer, or a list, which begins with one */
        memcpy(&group, (const uint8_t *)msg + claim->specific->offset, sizeof group);
    if (!group)
        return !direct;
    return says(claim->inner, group, application) > 0;
}

/* ---- In its octets ---- */

typedef struct reading {
    uint32_t application;
    dia_arena *arena;
    dia_fault *fault;
    bool agrees; /* one AVP names the application of the header */
} reading;

static bool is_number(const dia_avp *avp, uint32_t code)
{
    return avp->code == code && !avp->vendor && avp->data.n == 4;
}

/* The first fault counts. Without memory it has no Failed-AVP. */
static uint8_t *blame(reading *r, uint32_t result_code, size_t n, const char *text)
{
    if (r->fault->result_code)
        return NULL;
    uint8_t *octets = dia_arena_get(r->arena, n);
    *r->fault = (dia_fault){ .result_code = result_code, .failed_avp = { octets, octets ? n : 0 } };
    dia_sentence(r->fault->text, sizeof r->fault->text, "%s", text);
    return octets;
}

static uint8_t *put_head(uint8_t *to, uint32_t code, uint32_t n)
{
    dia_store32(to, code);
    dia_store32(to + 4, (uint32_t)DIA_AVP_M << 24 | n);
    return to + 8;
}

enum { ID_SIZE = 12, HEAD_SIZE = 8 };

/* One that names another application, alone or in the group in which it stands. */
static void judge_id(reading *r, const dia_avp *avp, bool inside)
{
    if (dia_load32(avp->data.p) == r->application) {
        r->agrees = true;
        return;
    }
    uint8_t *to = blame(r, DIA_RESULT_CODE_INVALID_AVP_VALUE, inside ? HEAD_SIZE + ID_SIZE : ID_SIZE,
                        "another application is named than that of the header");
    if (to && inside)
        to = put_head(to, DIA_AVP_VENDOR_SPECIFIC_APPLICATION_ID, HEAD_SIZE + ID_SIZE);
    if (to)
        dia_store32(put_head(to, avp->code, ID_SIZE), dia_load32(avp->data.p));
}

static void put_both(uint8_t *to, uint32_t auth, uint32_t acct)
{
    if (!to)
        return;
    dia_store32(put_head(to, DIA_AVP_AUTH_APPLICATION_ID, ID_SIZE), auth);
    dia_store32(put_head(to + ID_SIZE, DIA_AVP_ACCT_APPLICATION_ID, ID_SIZE), acct);
}

/* RFC 6733, 6.11: exactly one of both. */
static void judge_specific(reading *r, const dia_avp *avp)
{
    dia_avp auth = { 0 }, acct = { 0 };
    dia_avps it = dia_avps_in(avp->data);
    while (dia_avp_next(&it)) {
        if (is_number(&it.avp, DIA_AVP_AUTH_APPLICATION_ID))
            auth = it.avp;
        else if (is_number(&it.avp, DIA_AVP_ACCT_APPLICATION_ID))
            acct = it.avp;
    }
    if (!auth.code && !acct.code)
        put_both(blame(r, DIA_RESULT_CODE_MISSING_AVP, 2 * ID_SIZE,
                       "Vendor-Specific-Application-Id has neither Auth- nor Acct-Application-Id"),
                 0, 0);
    else if (auth.code && acct.code)
        put_both(blame(r, DIA_RESULT_CODE_AVP_OCCURS_TOO_MANY_TIMES, 2 * ID_SIZE,
                       "Vendor-Specific-Application-Id has both Auth- and Acct-Application-Id"),
                 dia_load32(auth.data.p), dia_load32(acct.data.p));
    if (auth.code)
        judge_id(r, &auth, true);
    if (acct.code)
        judge_id(r, &acct, true);
}

int dia_claim_judge(dia_bytes message, uint32_t application, dia_level level, dia_arena *arena, dia_fault *fault)
{
    reading r = { application, arena, fault, false };
    fault->result_code = 0;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (is_number(&it.avp, DIA_AVP_AUTH_APPLICATION_ID) || is_number(&it.avp, DIA_AVP_ACCT_APPLICATION_ID))
            judge_id(&r, &it.avp, false);
        else if (it.avp.code == DIA_AVP_VENDOR_SPECIFIC_APPLICATION_ID && !it.avp.vendor)
            judge_specific(&r, &it.avp);
    }
    if (!fault->result_code || (r.agrees && level != DIA_LEVEL_STRICT))
        return 0;
    return DIA_ERULE;
}

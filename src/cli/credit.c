/* The credit-control server of `diatom serve` (RFC 8506; Ro and Gy of TS 32.299): grants what it is asked for. */
#include "credit.h"

#include <inttypes.h>
#include <stdio.h>

#include <diatom/app/ro_node.h>

static dia_opt_u64 at_most(dia_opt_u64 asked, uint64_t most)
{
    if (asked.set && (asked.value == 0 || asked.value > most))
        asked.value = most;
    return asked;
}

/* The kinds of units that were asked for; total octets when the server shall choose (RFC 8506, 8.18). NULL: no memory. */
static const dia_cc_granted_service_unit *grant(cli_credit *c, const dia_cc_requested_service_unit *asked)
{
    enum { SECONDS = 3600 };
    const uint64_t octets = c->grant;
    dia_cc_granted_service_unit *g = dia_arena_get0(c->arena, sizeof *g);
    if (!g)
        return NULL;
    g->cc_time = asked->cc_time;
    if (g->cc_time.set && g->cc_time.value == 0)
        g->cc_time.value = SECONDS;
    g->cc_money = asked->cc_money;
    g->cc_total_octets = at_most(asked->cc_total_octets, octets);
    g->cc_input_octets = at_most(asked->cc_input_octets, octets);
    g->cc_output_octets = at_most(asked->cc_output_octets, octets);
    g->cc_service_specific_units = asked->cc_service_specific_units;
    if (!g->cc_time.set && !g->cc_money && !g->cc_total_octets.set && !g->cc_input_octets.set &&
        !g->cc_output_octets.set && !g->cc_service_specific_units.set)
        g->cc_total_octets = DIA_U64(octets);
    return g;
}

/* Each service of the request is answered, with units where it asked for some (RFC 8506, 5.1.2). */
static void answer_services(cli_credit *c, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    const size_t n = ccr->multiple_services_credit_control.n;
    if (n == 0)
        return;
    dia_ro_multiple_services_credit_control *to = dia_arena_get0(c->arena, n * sizeof *to);
    for (size_t i = 0; to && i < n; i++) {
        const dia_ro_multiple_services_credit_control *from = &ccr->multiple_services_credit_control.v[i];
        to[i].rating_group = from->rating_group;
        to[i].service_identifier = from->service_identifier;
        to[i].result_code = DIA_U32(DIA_RESULT_CODE_SUCCESS);
        if (!from->requested_service_unit || ccr->cc_request_type == DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST)
            continue;
        to[i].granted_service_unit = grant(c, from->requested_service_unit);
        if (c->validity)
            to[i].validity_time = DIA_U32((uint32_t)c->validity);
    }
    if (to) {
        cca->multiple_services_credit_control.v = to;
        cca->multiple_services_credit_control.n = n;
    }
}

/* One-time events (RFC 8506, 6). */
static void answer_event(cli_credit *c, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    enum { EURO = 978 };
    static const dia_cc_unit_value nothing = { .value_digits = 0 };
    static const dia_cc_cost_information free_of_charge = { .unit_value = &nothing, .currency_code = EURO };
    switch (ccr->requested_action.value) {
    case DIA_CC_REQUESTED_ACTION_DIRECT_DEBITING:
        if (ccr->requested_service_unit)
            cca->granted_service_unit = grant(c, ccr->requested_service_unit);
        break;
    case DIA_CC_REQUESTED_ACTION_CHECK_BALANCE:
        cca->check_balance_result = DIA_I32(DIA_CC_CHECK_BALANCE_RESULT_ENOUGH_CREDIT);
        break;
    case DIA_CC_REQUESTED_ACTION_PRICE_ENQUIRY: cca->cost_information = &free_of_charge; break;
    }
}

static void answer_session(cli_credit *c, const dia_ro_ccr *ccr, dia_ro_cca *cca)
{
    answer_services(c, ccr, cca);
    if (!ccr->requested_service_unit || ccr->cc_request_type == DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST)
        return;
    cca->granted_service_unit = grant(c, ccr->requested_service_unit);
    if (c->validity)
        cca->validity_time = DIA_U32((uint32_t)c->validity);
}

/* 5005 with an example of what is missing, 5004 with the AVP that is wrong (RFC 6733, 7.5). */
static void refuse(cli_credit *c, dia_request *request, uint32_t result_code, const dia_avp_def *avp, const char *text)
{
    uint8_t octets[64];
    dia_builder b;
    dia_avp wrong;
    dia_fault fault = { .result_code = result_code };
    dia_build_begin_avps(&b, octets, sizeof octets);
    if (dia_avp_find(dia_request_octets(request), avp->code, avp->vendor, &wrong))
        dia_put_minimum(&b, avp);
    else
        dia_put_octets(&b, wrong.octets);
    const int64_t n = dia_build_end(&b);
    if (n > 0)
        fault.failed_avp = (dia_bytes){ octets, (size_t)n };
    snprintf(fault.text, sizeof fault.text, "%s", text);
    dia_request_fault(request, &fault);
    c->refused++;
}

static bool is_known_type(int32_t type)
{
    return type >= DIA_CC_REQUEST_TYPE_INITIAL_REQUEST && type <= DIA_CC_REQUEST_TYPE_EVENT_REQUEST;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    cli_credit *c = arg;
    const uint32_t result_code = c->result_code;
    const bool is_event = ccr->cc_request_type == DIA_CC_REQUEST_TYPE_EVENT_REQUEST;
    if (!is_known_type(ccr->cc_request_type)) {
        refuse(c, request, DIA_RESULT_CODE_INVALID_AVP_VALUE, &dia_def_rfc8506_cc_request_type,
               "no such CC-Request-Type");
        return;
    }
    if (is_event && !ccr->requested_action.set) {
        refuse(c, request, DIA_RESULT_CODE_MISSING_AVP, &dia_def_rfc8506_requested_action,
               "an EVENT_REQUEST needs Requested-Action (RFC 8506, 6)");
        return;
    }
    if (result_code / 1000 == 3) {
        dia_request_fail(request, result_code, NULL);
        c->refused++;
        return;
    }
    dia_ro_cca cca = {
        .result_code = result_code,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
        .cc_sub_session_id = ccr->cc_sub_session_id,
        .acct_multi_session_id = ccr->acct_multi_session_id,
    };
    if (result_code / 1000 != 2)
        c->refused++;
    else if (is_event)
        answer_event(c, ccr, &cca);
    else
        answer_session(c, ccr, &cca);
    if (dia_answer_ro_cca(request, &cca) == 0)
        c->answered[ccr->cc_request_type]++;
    else
        fprintf(stderr, "diatom serve: not answered: %s\n", dia_node_last_fault(dia_request_node(request)));
    dia_arena_reset(c->arena);
}

/* ---- For serve.c ---- */

const dia_dict *const cli_credit_dict = &dia_dict_ro;

int cli_credit_serve(cli_credit *c, dia_node *node)
{
    return dia_serve_ro_ccr(node, on_ccr, c);
}

/* The Credit-Control-Requests that bench sends. */
#include "charge.h"

enum { OCTETS = 1048576, TERMINATION_LOGOUT = 1 };

#define VIEW(text) ((dia_bytes)DIA_LIT(text))

static void init_ps(charge *c)
{
    c->addresses[0] = (dia_address){ DIA_FAMILY_IPV4, VIEW("\x0a\x2d\x00\x07") };
    c->addresses[1] = (dia_address){ DIA_FAMILY_IPV4, VIEW("\xc0\x00\x02\x15") };
    c->addresses[2] = (dia_address){ DIA_FAMILY_IPV4, VIEW("\xc0\x00\x02\x16") };
    c->ps = (dia_ro_ps_information){
        ._3gpp_charging_id = VIEW("\x01\x23\x45\x67"),
        ._3gpp_pdp_type = DIA_I32(0),
        .pdp_address = { &c->addresses[0], 1 },
        .sgsn_address = { &c->addresses[1], 1 },
        .ggsn_address = { &c->addresses[2], 1 },
        ._3gpp_imsi_mcc_mnc = VIEW("26201"),
        ._3gpp_ggsn_mcc_mnc = VIEW("26201"),
        ._3gpp_nsapi = VIEW("5"),
        .called_station_id = VIEW("internet.example"),
        ._3gpp_sgsn_mcc_mnc = VIEW("26201"),
        ._3gpp_ms_timezone = VIEW("\x40\x00"),
        ._3gpp_user_location_info = VIEW("\x82\x62\xf2\x10\x12\x34\x62\xf2\x10\x01\x23\x45\x67"),
        ._3gpp_rat_type = VIEW("\x06"),
    };
}

void charge_init(charge *c, bool small)
{
    *c = (charge){ .small = small };
    c->subscriptions[0] = (dia_cc_subscription_id){
        .subscription_id_type = DIA_CC_SUBSCRIPTION_ID_TYPE_END_USER_E164,
        .subscription_id_data = VIEW("491710000007"),
    };
    c->subscriptions[1] = (dia_cc_subscription_id){
        .subscription_id_type = DIA_CC_SUBSCRIPTION_ID_TYPE_END_USER_IMSI,
        .subscription_id_data = VIEW("262010000000007"),
    };
    c->equipment = (dia_cc_user_equipment_info){
        .user_equipment_info_type = DIA_CC_USER_EQUIPMENT_INFO_TYPE_IMEISV,
        .user_equipment_info_value = VIEW("3520990017614823"),
    };
    init_ps(c);
    c->service.ps_information = &c->ps;
    c->used = (dia_ro_used_service_unit){
        .cc_time = DIA_U32(60),
        .cc_total_octets = DIA_U64(OCTETS),
    };
}

static const int32_t types[] = {
    [CHARGE_INITIAL] = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST,
    [CHARGE_UPDATE] = DIA_CC_REQUEST_TYPE_UPDATE_REQUEST,
    [CHARGE_TERMINATION] = DIA_CC_REQUEST_TYPE_TERMINATION_REQUEST,
    [CHARGE_EVENT] = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
};

int charge_send(const charge *c, dia_node *node, charge_step step, dia_bytes session_id, uint32_t number,
                const char *destination_realm, uint32_t timeout_ms, dia_ro_cca_fn *fn, void *arg)
{
    const dia_ro_multiple_services_credit_control service = {
        .rating_group = DIA_U32(10),
        .requested_service_unit = step == CHARGE_TERMINATION ? NULL : &c->asked,
        .used_service_unit = { &c->used, step == CHARGE_UPDATE || step == CHARGE_TERMINATION },
    };
    dia_ro_ccr ccr = {
        .session_id = session_id,
        .destination_realm = dia_cstr(destination_realm),
        .service_context_id = VIEW("32251@3gpp.org"),
        .cc_request_type = types[step],
        .cc_request_number = number,
    };
    if (step == CHARGE_TERMINATION)
        ccr.termination_cause = DIA_I32(TERMINATION_LOGOUT);
    if (step == CHARGE_EVENT) {
        ccr.requested_action = DIA_I32(DIA_CC_REQUESTED_ACTION_DIRECT_DEBITING);
        ccr.requested_service_unit = &c->asked;
    }
    if (!c->small) {
        ccr.subscription_id.v = c->subscriptions;
        ccr.subscription_id.n = 2;
        ccr.user_equipment_info = &c->equipment;
        ccr.service_information = &c->service;
        if (step == CHARGE_INITIAL)
            ccr.multiple_services_indicator = DIA_I32(DIA_CC_MULTIPLE_SERVICES_INDICATOR_MULTIPLE_SERVICES_SUPPORTED);
        if (step != CHARGE_EVENT) {
            ccr.multiple_services_credit_control.v = &service;
            ccr.multiple_services_credit_control.n = 1;
        }
    }
    return dia_send_ro_ccr(node, &ccr, timeout_ms, fn, arg);
}

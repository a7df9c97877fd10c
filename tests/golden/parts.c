/* The tables of dictionary parts. Made by the dictionary compiler; do not edit. */
#include "diatom/app/parts.h"

const dia_avp_def dia_def_parts_lamp_name = {
    .name = "Lamp-Name", .code = 1, .type = DIA_TYPE_UTF8_STRING, .flags = DIA_AVP_M, .m_rule = DIA_M_MUST,
    .section = "2.1",
};

static const dia_value values_lamp_state[] = {
    { -1, "BROKEN" },
    { 0, "OFF" },
    { 1, "ON" },
};

const dia_avp_def dia_def_parts_lamp_state = {
    .name = "Lamp-State", .code = 2, .vendor = 99, .type = DIA_TYPE_ENUMERATED, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MAY, .n_values = 3, .values = values_lamp_state, .section = "2.2",
};

const dia_avp_def dia_def_parts_lamp_watts = {
    .name = "Lamp-Watts", .code = 3, .vendor = 99, .type = DIA_TYPE_FLOAT32, .flags = DIA_AVP_V, .section = "2.3",
};

static const dia_field group_fields_lamp_bulb[] = {
    {
        .avp = &dia_def_parts_lamp_watts, .code = 3, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_parts_lamp_bulb, lamp_watts), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_FLOAT32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_FIXED, .always = 1,
    },
    {
        .avp = &dia_def_parts_lamp_seen_at, .code = 5, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_parts_lamp_bulb, lamp_seen_at), .store = DIA_STORE_OPT_TIME,
        .handling = DIA_STORE_OPT_TIME, .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_lamp_bulb[] = {
    offsetof(dia_parts_lamp_bulb, lamp_watts),
    offsetof(dia_parts_lamp_bulb, lamp_seen_at.set),
};

static const uint16_t group_slots_lamp_bulb[] = {
    1, 0, 2, 0,
};

_Static_assert(sizeof(dia_parts_lamp_bulb) <= UINT16_MAX, "dia_parts_lamp_bulb is too large");
const dia_grammar dia_group_parts_lamp_bulb = {
    .name = "Lamp-Bulb", .fields = group_fields_lamp_bulb, .probes = group_probes_lamp_bulb, .n_fields = 2,
    .n_fixed = 1, .n_front = 1, .size = sizeof(dia_parts_lamp_bulb),
    .others = offsetof(dia_parts_lamp_bulb, others), .any_max = DIA_MANY, .multiplier = 0xcf1765b5, .shift = 30,
    .slots = group_slots_lamp_bulb,
};

const dia_avp_def dia_def_parts_lamp_bulb = {
    .name = "Lamp-Bulb", .code = 4, .vendor = 99, .type = DIA_TYPE_GROUPED, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MUST, .group = &dia_group_parts_lamp_bulb, .document = "Example 7", .section = "2.4",
};

const dia_avp_def dia_def_parts_lamp_seen_at = {
    .name = "Lamp-Seen-At", .code = 5, .vendor = 99, .type = DIA_TYPE_TIME, .flags = DIA_AVP_V,
};

static const dia_avp_def *const avps[] = {
    &dia_def_parts_lamp_name,
    &dia_def_parts_lamp_state,
    &dia_def_parts_lamp_watts,
    &dia_def_parts_lamp_bulb,
    &dia_def_parts_lamp_seen_at,
};

static const uint16_t by_name[] = {
    3, 0, 4, 1, 2,
};

static const uint16_t slots[] = {
    3, 0, 2, 0, 0, 5, 1, 4,
};

const dia_dict dia_dict_parts = {
    .table_format = 2, .app_kind = DIA_APP_AUTH, .vendor = 99, .name = "parts", .stem = "parts",
    .vendor_name = "Example", .n_own = 5, .n_local = 5, .avps = avps, .n_avps = 5, .by_name = by_name,
    .multiplier = 0xcf1765b5, .shift = 29, .slots = slots,
};

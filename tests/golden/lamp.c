/* The tables of dictionary example_lamp. Made by the dictionary compiler; do not edit. */
#include "diatom/app/lamp.h"

const dia_avp_def dia_def_lamp_host = {
    .name = "Host", .code = 10, .type = DIA_TYPE_IDENTITY, .flags = DIA_AVP_M, .m_rule = DIA_M_MUST,
    .document = "Example 8", .section = "3.1",
};

const dia_avp_def dia_def_lamp_lamp_id = {
    .name = "Lamp-Id", .code = 11, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MUST, .document = "Example 8", .section = "3.2",
};

const dia_avp_def dia_def_lamp_lamp_total = {
    .name = "Lamp-Total", .code = 12, .vendor = 99, .type = DIA_TYPE_UNSIGNED64, .flags = DIA_AVP_V,
    .m_rule = DIA_M_MAY, .document = "Example 8", .section = "3.3",
};

const dia_avp_def dia_def_lamp_delta = {
    .name = "Delta", .code = 13, .vendor = 99, .type = DIA_TYPE_INTEGER32, .flags = DIA_AVP_V,
    .document = "Example 8",
};

const dia_avp_def dia_def_lamp_energy = {
    .name = "Energy", .code = 14, .vendor = 99, .type = DIA_TYPE_INTEGER64, .flags = DIA_AVP_V,
    .document = "Example 8",
};

const dia_avp_def dia_def_lamp_ratio = {
    .name = "Ratio", .code = 15, .vendor = 99, .type = DIA_TYPE_FLOAT64, .flags = DIA_AVP_V,
    .document = "Example 8",
};

const dia_avp_def dia_def_lamp_where = {
    .name = "Where", .code = 16, .vendor = 99, .type = DIA_TYPE_ADDRESS, .flags = DIA_AVP_V,
    .document = "Example 8",
};

const dia_avp_def dia_def_lamp_label = {
    .name = "Label", .code = 17, .type = DIA_TYPE_OCTET_STRING, .document = "Example 8",
};

const dia_avp_def dia_def_lamp_page = {
    .name = "Page", .code = 18, .type = DIA_TYPE_URI, .document = "Example 8",
};

static const dia_field group_fields_lamp_group[] = {
    {
        .avp = &dia_def_lamp_lamp_id, .code = 11, .vendor = 99, .min = 1, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_id), .store = DIA_STORE_U32S, .handling = DIA_STORE_U32S,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_parts_lamp_bulb, .code = 4, .vendor = 99, .min = 2, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_bulb), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_lamp_lamp_total, .code = 12, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_total), .store = DIA_STORE_U64S, .handling = DIA_STORE_U64S,
        .type = DIA_TYPE_UNSIGNED64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_delta, .code = 13, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, delta), .store = DIA_STORE_U32S, .handling = DIA_STORE_U32S,
        .type = DIA_TYPE_INTEGER32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_energy, .code = 14, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, energy), .store = DIA_STORE_U64S, .handling = DIA_STORE_U64S,
        .type = DIA_TYPE_INTEGER64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_ratio, .code = 15, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, ratio), .store = DIA_STORE_U64S, .handling = DIA_STORE_U64S,
        .type = DIA_TYPE_FLOAT64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_parts_lamp_watts, .code = 3, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_watts), .store = DIA_STORE_U32S, .handling = DIA_STORE_U32S,
        .type = DIA_TYPE_FLOAT32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_parts_lamp_seen_at, .code = 5, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_seen_at), .store = DIA_STORE_TIMES, .handling = DIA_STORE_TIMES,
        .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_where, .code = 16, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, where), .store = DIA_STORE_ADDRESSES, .handling = DIA_STORE_ADDRESSES,
        .type = DIA_TYPE_ADDRESS, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_lamp_group, .code = 19, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_group, lamp_group), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_lamp_group[] = {
    offsetof(dia_lamp_group, lamp_id.v),
    offsetof(dia_lamp_group, lamp_bulb.v),
    offsetof(dia_lamp_group, lamp_total.v),
    offsetof(dia_lamp_group, delta.v),
    offsetof(dia_lamp_group, energy.v),
    offsetof(dia_lamp_group, ratio.v),
    offsetof(dia_lamp_group, lamp_watts.v),
    offsetof(dia_lamp_group, lamp_seen_at.v),
    offsetof(dia_lamp_group, where.v),
    offsetof(dia_lamp_group, lamp_group.v),
};

static const uint16_t group_slots_lamp_group[] = {
    10, 7, 4, 0, 0, 3, 0, 0, 1, 9, 0, 8, 6, 0, 2, 5,
};

_Static_assert(sizeof(dia_lamp_group) <= UINT16_MAX, "dia_lamp_group is too large");
const dia_grammar dia_group_lamp_lamp_group = {
    .name = "Lamp-Group", .fields = group_fields_lamp_group, .probes = group_probes_lamp_group, .n_fields = 10,
    .n_front = 2, .size = sizeof(dia_lamp_group), .others = offsetof(dia_lamp_group, others), .any_max = 4,
    .multiplier = 0xcf1765b5, .shift = 28, .slots = group_slots_lamp_group,
};

const dia_avp_def dia_def_lamp_lamp_group = {
    .name = "Lamp-Group", .code = 19, .vendor = 99, .type = DIA_TYPE_GROUPED, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MUST, .group = &dia_group_lamp_lamp_group, .document = "Example 8", .section = "3.4",
};

static const dia_value values_cause[] = {
    { 2001, "LAMP_OK" },
    { 4294967295, "LAMP_FAR_TOO_HOT" },
};

const dia_avp_def dia_def_lamp_cause = {
    .name = "Cause", .code = 20, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MUST, .n_values = 2, .values = values_cause, .document = "Example 8",
};

const dia_avp_def dia_def_lamp_forbidden = {
    .name = "Forbidden", .code = 21, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
    .document = "Example 8",
};

static const dia_value values_lamp_state[] = {
    { -1, "BROKEN" },
    { 0, "OFF" },
    { 1, "ON" },
    { 2, "DIMMED" },
};

const dia_avp_def dia_def_lamp_lamp_state = {
    .name = "Lamp-State", .code = 2, .vendor = 99, .type = DIA_TYPE_ENUMERATED, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MAY, .n_values = 4, .values = values_lamp_state, .section = "2.2",
};

static const dia_field command_fields_dia_lamp_lsr[] = {
    {
        .avp = &dia_def_parts_lamp_name, .code = 1, .min = 1, .max = 1, .offset = offsetof(dia_lamp_lsr, lamp_name),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_UTF8_STRING,
        .lead = DIA_LEAD(DIA_AVP_M), .place = DIA_FIXED,
    },
    {
        .avp = &dia_def_lamp_host, .code = 10, .min = 1, .max = 1, .offset = offsetof(dia_lamp_lsr, host),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_IDENTITY,
        .lead = DIA_LEAD(DIA_AVP_M), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_lamp_lamp_id, .code = 11, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_id), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_lamp_state, .code = 2, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_state), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_lamp_total, .code = 12, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_total), .store = DIA_STORE_U64, .handling = DIA_STORE_U64,
        .type = DIA_TYPE_UNSIGNED64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_delta, .code = 13, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, delta), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_INTEGER32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_energy, .code = 14, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, energy), .store = DIA_STORE_U64, .handling = DIA_STORE_U64,
        .type = DIA_TYPE_INTEGER64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_ratio, .code = 15, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, ratio), .store = DIA_STORE_U64, .handling = DIA_STORE_U64,
        .type = DIA_TYPE_FLOAT64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_parts_lamp_watts, .code = 3, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_watts), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_FLOAT32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_parts_lamp_seen_at, .code = 5, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_seen_at), .store = DIA_STORE_TIME, .handling = DIA_STORE_TIME,
        .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_where, .code = 16, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, where), .store = DIA_STORE_ADDRESS, .handling = DIA_STORE_ADDRESS,
        .type = DIA_TYPE_ADDRESS, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_parts_lamp_bulb, .code = 4, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_bulb), .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_lamp_label, .code = 17, .min = 0, .max = DIA_MANY, .offset = offsetof(dia_lamp_lsr, label),
        .store = DIA_STORE_BYTESS, .handling = DIA_STORE_BYTESS, .type = DIA_TYPE_OCTET_STRING, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_lamp_group, .code = 19, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsr, lamp_group), .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_forbidden, .code = 21, .vendor = 99, .min = 0, .max = 0, .store = DIA_STORE_NONE,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_lamp_lsr[] = {
    offsetof(dia_lamp_lsr, lamp_name.p),
    offsetof(dia_lamp_lsr, host.p),
    offsetof(dia_lamp_lsr, lamp_id),
    offsetof(dia_lamp_lsr, lamp_state),
    offsetof(dia_lamp_lsr, lamp_total),
    offsetof(dia_lamp_lsr, delta),
    offsetof(dia_lamp_lsr, energy),
    offsetof(dia_lamp_lsr, ratio),
    offsetof(dia_lamp_lsr, lamp_watts),
    offsetof(dia_lamp_lsr, lamp_seen_at),
    offsetof(dia_lamp_lsr, where.value.p),
    offsetof(dia_lamp_lsr, lamp_bulb),
    offsetof(dia_lamp_lsr, label.v),
    offsetof(dia_lamp_lsr, lamp_group),
    0,
};

static const uint16_t command_slots_dia_lamp_lsr[] = {
    13, 5, 4, 14, 7, 12, 15, 11, 3, 1, 6, 0, 9, 8, 2, 10,
};

_Static_assert(sizeof(dia_lamp_lsr) <= UINT16_MAX, "dia_lamp_lsr is too large");
static const dia_grammar grammar_dia_lamp_lsr = {
    .name = "LSR", .fields = command_fields_dia_lamp_lsr, .probes = command_probes_dia_lamp_lsr, .n_fields = 15,
    .n_fixed = 1, .n_front = 12, .size = sizeof(dia_lamp_lsr), .others = offsetof(dia_lamp_lsr, others),
    .any_max = DIA_MANY, .multiplier = 0x9760734d, .shift = 28, .slots = command_slots_dia_lamp_lsr,
};

static const dia_field command_fields_dia_lamp_lsa[] = {
    {
        .avp = &dia_def_parts_lamp_name, .code = 1, .min = 1, .max = 1, .offset = offsetof(dia_lamp_lsa, lamp_name),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_UTF8_STRING,
        .lead = DIA_LEAD(DIA_AVP_M), .place = DIA_FIXED,
    },
    {
        .avp = &dia_def_lamp_cause, .code = 20, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_lamp_lsa, cause), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_lamp_host, .code = 10, .min = 0, .max = 1, .offset = offsetof(dia_lamp_lsa, host),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_IDENTITY,
        .lead = DIA_LEAD(DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_lamp_id, .code = 11, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, lamp_id), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_lamp_state, .code = 2, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, lamp_state), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32,
        .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_lamp_total, .code = 12, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, lamp_total), .store = DIA_STORE_OPT_U64, .handling = DIA_STORE_OPT_U64,
        .type = DIA_TYPE_UNSIGNED64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_delta, .code = 13, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, delta), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32,
        .type = DIA_TYPE_INTEGER32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_energy, .code = 14, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, energy), .store = DIA_STORE_OPT_U64, .handling = DIA_STORE_OPT_U64,
        .type = DIA_TYPE_INTEGER64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_ratio, .code = 15, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, ratio), .store = DIA_STORE_OPT_U64, .handling = DIA_STORE_OPT_U64,
        .type = DIA_TYPE_FLOAT64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_parts_lamp_watts, .code = 3, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, lamp_watts), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32,
        .type = DIA_TYPE_FLOAT32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_parts_lamp_seen_at, .code = 5, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, lamp_seen_at), .store = DIA_STORE_OPT_TIME, .handling = DIA_STORE_OPT_TIME,
        .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_where, .code = 16, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_lamp_lsa, where), .store = DIA_STORE_ADDRESS, .handling = DIA_STORE_ADDRESS,
        .type = DIA_TYPE_ADDRESS, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_lamp_page, .code = 18, .min = 0, .max = 3, .offset = offsetof(dia_lamp_lsa, page),
        .store = DIA_STORE_BYTESS, .handling = DIA_STORE_BYTESS, .type = DIA_TYPE_URI, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_parts_lamp_bulb, .code = 4, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_lamp_lsa, lamp_bulb), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_lamp_lsa[] = {
    offsetof(dia_lamp_lsa, lamp_name.p),
    offsetof(dia_lamp_lsa, cause),
    offsetof(dia_lamp_lsa, host.p),
    offsetof(dia_lamp_lsa, lamp_id),
    offsetof(dia_lamp_lsa, lamp_state),
    offsetof(dia_lamp_lsa, lamp_total.set),
    offsetof(dia_lamp_lsa, delta),
    offsetof(dia_lamp_lsa, energy.set),
    offsetof(dia_lamp_lsa, ratio.set),
    offsetof(dia_lamp_lsa, lamp_watts),
    offsetof(dia_lamp_lsa, lamp_seen_at.set),
    offsetof(dia_lamp_lsa, where.value.p),
    offsetof(dia_lamp_lsa, page.v),
    offsetof(dia_lamp_lsa, lamp_bulb.v),
};

static const uint16_t command_slots_dia_lamp_lsa[] = {
    2, 0, 6, 13, 14, 3, 0, 0, 0, 8, 0, 0, 0, 0, 4, 0, 10, 12, 0, 1, 0, 0, 7, 11, 0, 0, 0, 0, 5, 9, 0, 0,
};

_Static_assert(sizeof(dia_lamp_lsa) <= UINT16_MAX, "dia_lamp_lsa is too large");
static const dia_grammar grammar_dia_lamp_lsa = {
    .name = "LSA", .fields = command_fields_dia_lamp_lsa, .probes = command_probes_dia_lamp_lsa, .n_fields = 14,
    .n_fixed = 1, .n_front = 2, .size = sizeof(dia_lamp_lsa), .others = offsetof(dia_lamp_lsa, others),
    .multiplier = 0x9e3779b1, .shift = 27, .slots = command_slots_dia_lamp_lsa,
};

static const uint16_t command_slots_dia_lamp_lpr[] = {
    0, 0, 0, 0,
};

_Static_assert(sizeof(dia_lamp_lpr) <= UINT16_MAX, "dia_lamp_lpr is too large");
static const dia_grammar grammar_dia_lamp_lpr = {
    .name = "LPR", .size = sizeof(dia_lamp_lpr), .others = offsetof(dia_lamp_lpr, others), .multiplier = 0x9e3779b1,
    .shift = 30, .slots = command_slots_dia_lamp_lpr,
};

static const uint16_t command_slots_dia_lamp_lpa[] = {
    0, 0, 0, 0,
};

_Static_assert(sizeof(dia_lamp_lpa) <= UINT16_MAX, "dia_lamp_lpa is too large");
static const dia_grammar grammar_dia_lamp_lpa = {
    .name = "LPA", .size = sizeof(dia_lamp_lpa), .others = offsetof(dia_lamp_lpa, others), .multiplier = 0x9e3779b1,
    .shift = 30, .slots = command_slots_dia_lamp_lpa,
};

const dia_command dia_commands_lamp[] = {
    {
        .name = "LSR", .long_name = "Lamp-Switch-Request", .code = 8388700,
        .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .result_code = -1, .grammar = &grammar_dia_lamp_lsr,
        .dict = &dia_dict_lamp, .other = &dia_commands_lamp[1], .document = "Example 8", .section = "4.1",
    },
    {
        .name = "LSA", .long_name = "Lamp-Switch-Answer", .code = 8388700, .flags = DIA_FLAG_PROXIABLE,
        .result_code = -1, .grammar = &grammar_dia_lamp_lsa, .dict = &dia_dict_lamp, .other = &dia_commands_lamp[0],
        .document = "Example 8", .section = "4.2",
    },
    {
        .name = "LPR", .long_name = "LPR", .code = 8388701, .flags = DIA_FLAG_REQUEST, .result_code = -1,
        .grammar = &grammar_dia_lamp_lpr, .dict = &dia_dict_lamp, .other = &dia_commands_lamp[3],
        .document = "Example 8",
    },
    {
        .name = "LPA", .long_name = "LPA", .code = 8388701, .result_code = -1, .grammar = &grammar_dia_lamp_lpa,
        .dict = &dia_dict_lamp, .other = &dia_commands_lamp[2], .document = "Example 8",
    },
};

static const dia_avp_def *const avps[] = {
    &dia_def_lamp_host,
    &dia_def_lamp_lamp_id,
    &dia_def_lamp_lamp_total,
    &dia_def_lamp_delta,
    &dia_def_lamp_energy,
    &dia_def_lamp_ratio,
    &dia_def_lamp_where,
    &dia_def_lamp_label,
    &dia_def_lamp_page,
    &dia_def_lamp_lamp_group,
    &dia_def_lamp_cause,
    &dia_def_lamp_forbidden,
    &dia_def_lamp_lamp_state,
    &dia_def_parts_lamp_name,
    &dia_def_parts_lamp_watts,
    &dia_def_parts_lamp_bulb,
    &dia_def_parts_lamp_seen_at,
};

static const uint16_t by_name[] = {
    10, 3, 4, 11, 0, 7, 15, 9, 1, 13, 16, 12, 2, 14, 8, 5, 6,
};

static const uint16_t slots[] = {
    16, 0, 3, 7, 11, 0, 0, 0, 15, 0, 2, 6, 10, 0, 0, 0, 13, 0, 1, 5, 9, 0, 0, 0, 14, 17, 0, 4, 8, 12, 0, 0,
};

static const char *const aliases[] = {
    "lights",
    "lanterns",
    NULL,
};

const dia_dict dia_dict_lamp = {
    .table_format = 2, .application = 16777999, .has_application = true, .app_kind = DIA_APP_AUTH, .app_vendor = 99,
    .vendor = 99, .name = "example_lamp", .stem = "lamp", .prefix = "lamp", .app_name = "Lamps",
    .vendor_name = "Example", .aliases = aliases, .commands = dia_commands_lamp, .n_commands = 4,
    .n_own = 12, .n_local = 13, .avps = avps, .n_avps = 17, .by_name = by_name,
    .multiplier = 0xc1f3b7b5, .shift = 27, .slots = slots,
};

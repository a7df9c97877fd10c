/* The tables of dictionary odd. Made by the dictionary compiler; do not edit. */
#include "diatom/app/odd.h"

static const dia_field group_fields_class_1[] = {
    {
        .avp = &dia_def_odd_class_2, .code = 2, .min = 0, .max = 1, .offset = offsetof(dia_class_1, class_),
        .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_class_1[] = {
    offsetof(dia_class_1, class_),
};

static const uint16_t group_slots_class_1[] = {
    1, 0, 0, 0,
};

_Static_assert(sizeof(dia_class_1) <= UINT16_MAX, "dia_class_1 is too large");
const dia_grammar dia_group_odd_class_1 = {
    .name = "Class", .fields = group_fields_class_1, .probes = group_probes_class_1, .n_fields = 1,
    .size = sizeof(dia_class_1), .others = offsetof(dia_class_1, others), .multiplier = 0x9e3779b1, .shift = 30,
    .slots = group_slots_class_1,
};

const dia_avp_def dia_def_odd_class_1 = {
    .name = "Class", .code = 1, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_class_1,
};

static const dia_field group_fields_class_2[] = {
    {
        .avp = &dia_def_odd_empty, .code = 14, .min = 0, .max = DIA_MANY, .offset = offsetof(dia_class_2, empty),
        .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_class_2[] = {
    offsetof(dia_class_2, empty.v),
};

static const uint16_t group_slots_class_2[] = {
    0, 0, 1, 0,
};

_Static_assert(sizeof(dia_class_2) <= UINT16_MAX, "dia_class_2 is too large");
const dia_grammar dia_group_odd_class_2 = {
    .name = "class", .fields = group_fields_class_2, .probes = group_probes_class_2, .n_fields = 1,
    .size = sizeof(dia_class_2), .others = offsetof(dia_class_2, others), .multiplier = 0x9e3779b1, .shift = 30,
    .slots = group_slots_class_2,
};

const dia_avp_def dia_def_odd_class_2 = {
    .name = "class", .code = 2, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_class_2,
};

const dia_avp_def dia_def_odd_3rd_rail = {
    .name = "3rd-Rail", .code = 3, .type = DIA_TYPE_UNSIGNED32,
};

static const dia_value values_operator[] = {
    { -2, "A_B" },
    { 0, "PLUS" },
    { 1, "plus" },
    { 2, "A-B" },
};

const dia_avp_def dia_def_odd_operator = {
    .name = "Operator", .code = 4, .type = DIA_TYPE_ENUMERATED, .n_values = 4, .values = values_operator,
};

const dia_avp_def dia_def_odd_others = {
    .name = "Others", .code = 5, .type = DIA_TYPE_OCTET_STRING,
};

const dia_avp_def dia_def_odd_a_b_6 = {
    .name = "A-B", .code = 6, .type = DIA_TYPE_UNSIGNED32,
};

const dia_avp_def dia_def_odd_a_b_7 = {
    .name = "A_B", .code = 7, .type = DIA_TYPE_UNSIGNED32,
};

static const dia_field group_fields_mutual_a[] = {
    {
        .avp = &dia_def_odd_mutual_b, .code = 9, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_mutual_a, mutual_b), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0), .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_mutual_a[] = {
    offsetof(dia_mutual_a, mutual_b.v),
};

static const uint16_t group_slots_mutual_a[] = {
    0, 0, 1, 0,
};

_Static_assert(sizeof(dia_mutual_a) <= UINT16_MAX, "dia_mutual_a is too large");
const dia_grammar dia_group_odd_mutual_a = {
    .name = "Mutual-A", .fields = group_fields_mutual_a, .probes = group_probes_mutual_a, .n_fields = 1,
    .size = sizeof(dia_mutual_a), .others = offsetof(dia_mutual_a, others), .multiplier = 0x9e3779b1, .shift = 30,
    .slots = group_slots_mutual_a,
};

const dia_avp_def dia_def_odd_mutual_a = {
    .name = "Mutual-A", .code = 8, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_mutual_a,
};

static const dia_field group_fields_mutual_b[] = {
    {
        .avp = &dia_def_odd_mutual_a, .code = 8, .min = 0, .max = 1, .offset = offsetof(dia_mutual_b, mutual_a),
        .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_mutual_b, .code = 9, .min = 0, .max = 1, .offset = offsetof(dia_mutual_b, mutual_b),
        .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_empty, .code = 14, .min = 0, .max = 1, .offset = offsetof(dia_mutual_b, empty),
        .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_mutual_b[] = {
    offsetof(dia_mutual_b, mutual_a),
    offsetof(dia_mutual_b, mutual_b),
    offsetof(dia_mutual_b, empty),
};

static const uint16_t group_slots_mutual_b[] = {
    1, 0, 3, 2,
};

_Static_assert(sizeof(dia_mutual_b) <= UINT16_MAX, "dia_mutual_b is too large");
const dia_grammar dia_group_odd_mutual_b = {
    .name = "Mutual-B", .fields = group_fields_mutual_b, .probes = group_probes_mutual_b, .n_fields = 3,
    .size = sizeof(dia_mutual_b), .others = offsetof(dia_mutual_b, others), .multiplier = 0xc1f3b7b5, .shift = 30,
    .slots = group_slots_mutual_b,
};

const dia_avp_def dia_def_odd_mutual_b = {
    .name = "Mutual-B", .code = 9, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_mutual_b,
};

const dia_avp_def dia_def_odd_quoted = {
    .name = "Quoted */ \"", .code = 10, .type = DIA_TYPE_UTF8_STRING,
};

const dia_avp_def dia_def_odd_high = {
    .name = "High", .code = 3000000000, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
};

static const dia_value values_signed[] = {
    { -2147483648, "LOWEST" },
};

const dia_avp_def dia_def_odd_signed = {
    .name = "Signed", .code = 12, .type = DIA_TYPE_INTEGER32, .n_values = 1, .values = values_signed,
};

static const dia_value values_flags[] = {
    { 4294967295, "TOP" },
};

const dia_avp_def dia_def_odd_flags = {
    .name = "Flags", .code = 13, .type = DIA_TYPE_UNSIGNED64, .n_values = 1, .values = values_flags,
};

static const uint16_t group_slots_empty[] = {
    0, 0, 0, 0,
};

_Static_assert(sizeof(dia_empty_14) <= UINT16_MAX, "dia_empty_14 is too large");
const dia_grammar dia_group_odd_empty = {
    .name = "Empty", .size = sizeof(dia_empty_14), .others = offsetof(dia_empty_14, others),
    .multiplier = 0x9e3779b1, .shift = 30, .slots = group_slots_empty,
};

const dia_avp_def dia_def_odd_empty = {
    .name = "Empty", .code = 14, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_empty,
};

const dia_avp_def dia_def_odd_v = {
    .name = "V", .code = 15, .type = DIA_TYPE_UNSIGNED32,
};

static const uint16_t group_slots_empty_list[] = {
    0, 0, 0, 0,
};

_Static_assert(sizeof(dia_empty_list_16) <= UINT16_MAX, "dia_empty_list_16 is too large");
const dia_grammar dia_group_odd_empty_list = {
    .name = "Empty-List", .size = sizeof(dia_empty_list_16), .others = offsetof(dia_empty_list_16, others),
    .any_min = 1, .any_max = DIA_MANY, .multiplier = 0x9e3779b1, .shift = 30, .slots = group_slots_empty_list,
};

const dia_avp_def dia_def_odd_empty_list = {
    .name = "Empty-List", .code = 16, .type = DIA_TYPE_GROUPED, .group = &dia_group_odd_empty_list,
};

static const dia_value values_result_code[] = {
    { 2001, "SUCCESS" },
    { 2001, "DIAMETER_SUCCESS" },
};

const dia_avp_def dia_def_odd_result_code = {
    .name = "Result-Code", .code = 268, .type = DIA_TYPE_UNSIGNED32, .n_values = 2, .values = values_result_code,
};

const dia_avp_def dia_def_odd_twin_17 = {
    .name = "Twin", .code = 17, .type = DIA_TYPE_UNSIGNED32,
};

const dia_avp_def dia_def_odd_twin_17_2 = {
    .name = "twin", .code = 17, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
};

static const dia_field command_fields_dia_uri_275[] = {
    {
        .avp = &dia_def_odd_3rd_rail, .code = 3, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, _3rd_rail),
        .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32, .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_operator, .code = 4, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, operator_),
        .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32, .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_others, .code = 5, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, others_),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_OCTET_STRING, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_a_b_6, .code = 6, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, a_b_6),
        .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32, .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_a_b_7, .code = 7, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, a_b_7),
        .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_OPT_U32, .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_class_1, .code = 1, .min = 0, .max = 1, .offset = offsetof(dia_uri_275, class_),
        .store = DIA_STORE_GROUP, .handling = DIA_STORE_GROUP, .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_odd_mutual_a, .code = 8, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_uri_275, mutual_a), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_GROUPS,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(0), .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_uri_275[] = {
    offsetof(dia_uri_275, _3rd_rail),
    offsetof(dia_uri_275, operator_),
    offsetof(dia_uri_275, others_.p),
    offsetof(dia_uri_275, a_b_6),
    offsetof(dia_uri_275, a_b_7),
    offsetof(dia_uri_275, class_),
    offsetof(dia_uri_275, mutual_a.v),
};

static const uint16_t command_slots_dia_uri_275[] = {
    3, 0, 5, 2, 6, 4, 1, 7,
};

_Static_assert(sizeof(dia_uri_275) <= UINT16_MAX, "dia_uri_275 is too large");
static const dia_grammar grammar_dia_uri_275 = {
    .name = "URI", .fields = command_fields_dia_uri_275, .probes = command_probes_dia_uri_275, .n_fields = 7,
    .size = sizeof(dia_uri_275), .others = offsetof(dia_uri_275, others), .multiplier = 0x9e3779b1, .shift = 29,
    .slots = command_slots_dia_uri_275,
};

static const dia_field command_fields_dia_ura[] = {
    {
        .avp = &dia_def_odd_quoted, .code = 10, .min = 0, .max = 1, .offset = offsetof(dia_ura, quoted),
        .store = DIA_STORE_BYTES, .handling = DIA_STORE_BYTES, .type = DIA_TYPE_UTF8_STRING, .lead = DIA_LEAD(0),
        .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_ura[] = {
    offsetof(dia_ura, quoted.p),
};

static const uint16_t command_slots_dia_ura[] = {
    1, 0, 0, 0,
};

_Static_assert(sizeof(dia_ura) <= UINT16_MAX, "dia_ura is too large");
static const dia_grammar grammar_dia_ura = {
    .name = "URA", .fields = command_fields_dia_ura, .probes = command_probes_dia_ura, .n_fields = 1,
    .size = sizeof(dia_ura), .others = offsetof(dia_ura, others), .multiplier = 0x9e3779b1, .shift = 30,
    .slots = command_slots_dia_ura,
};

static const dia_field command_fields_dia_answer_message[] = {
    {
        .avp = &dia_def_odd_3rd_rail, .code = 3, .min = 1, .max = 1,
        .offset = offsetof(dia_answer_message, _3rd_rail), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(0), .place = DIA_REQUIRED, .always = 1,
    },
};

static const uint16_t command_probes_dia_answer_message[] = {
    offsetof(dia_answer_message, _3rd_rail),
};

static const uint16_t command_slots_dia_answer_message[] = {
    0, 0, 0, 1,
};

_Static_assert(sizeof(dia_answer_message) <= UINT16_MAX, "dia_answer_message is too large");
static const dia_grammar grammar_dia_answer_message = {
    .name = "answer-message", .fields = command_fields_dia_answer_message,
    .probes = command_probes_dia_answer_message, .n_fields = 1, .n_front = 1, .size = sizeof(dia_answer_message),
    .others = offsetof(dia_answer_message, others), .any_max = DIA_MANY, .multiplier = 0x9e3779b1, .shift = 30,
    .slots = command_slots_dia_answer_message,
};

const dia_command dia_commands_odd[] = {
    {
        .name = "URI", .long_name = "URI", .code = 275, .flags = DIA_FLAG_REQUEST, .result_code = -1,
        .grammar = &grammar_dia_uri_275, .dict = &dia_dict_odd, .other = &dia_commands_odd[1],
    },
    {
        .name = "URA", .long_name = "URA", .code = 275, .result_code = -1, .grammar = &grammar_dia_ura,
        .dict = &dia_dict_odd, .other = &dia_commands_odd[0],
    },
};

const dia_command dia_answer_message_odd = {
    .name = "answer-message", .long_name = "answer-message", .code = 0, .flags = DIA_FLAG_ERROR, .result_code = -1,
    .grammar = &grammar_dia_answer_message, .dict = &dia_dict_odd,
};

static const dia_avp_def *const avps[] = {
    &dia_def_odd_class_1,
    &dia_def_odd_class_2,
    &dia_def_odd_3rd_rail,
    &dia_def_odd_operator,
    &dia_def_odd_others,
    &dia_def_odd_a_b_6,
    &dia_def_odd_a_b_7,
    &dia_def_odd_mutual_a,
    &dia_def_odd_mutual_b,
    &dia_def_odd_quoted,
    &dia_def_odd_high,
    &dia_def_odd_signed,
    &dia_def_odd_flags,
    &dia_def_odd_empty,
    &dia_def_odd_v,
    &dia_def_odd_empty_list,
    &dia_def_odd_result_code,
    &dia_def_odd_twin_17,
    &dia_def_odd_twin_17_2,
};

static const uint16_t by_name[] = {
    2, 5, 6, 0, 13, 15, 12, 10, 7, 8, 3, 4, 9, 16, 11, 17, 14, 1, 18,
};

static const uint16_t slots[] = {
    17, 0, 0, 19, 9, 0, 7, 0, 0, 5, 16, 0, 3, 14, 1, 0, 12, 0, 10, 0, 0, 8, 0, 11, 6, 18, 4, 0, 15, 2, 13, 0,
};

const dia_dict dia_dict_odd = {
    .table_format = 2, .application = 0, .has_application = true, .app_kind = DIA_APP_AUTH, .vendor = 99,
    .name = "odd", .stem = "odd", .vendor_name = "Example", .commands = dia_commands_odd, .n_commands = 2,
    .n_own = 19, .n_local = 19, .avps = avps, .n_avps = 19, .by_name = by_name,
    .answer_message = &dia_answer_message_odd, .multiplier = 0x757f4f35, .shift = 27, .slots = slots,
};

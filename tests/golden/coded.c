/* The tables of dictionary coded. Made by the dictionary compiler; do not edit. */
#include "diatom/app/coded.h"

/* Codecs. A program that has such a variable has its functions called; one that does not, does without. */
#ifdef DIA_WEAK_
extern const dia_codec dia_codec_bcd DIA_WEAK_;
extern const dia_codec dia_codec_flip DIA_WEAK_;
extern const dia_codec dia_codec_rogue DIA_WEAK_;
extern const dia_codec dia_codec_not_there DIA_WEAK_;
#define CODEC(name) &name
#else
#define CODEC(name) NULL
#endif

static const dia_hook hook_digits = {
    .module = "bcd", .function = "UTF8String", .codec = CODEC(dia_codec_bcd),
};

static const char *const aliases_digits[] = {
    "Nummer",
    "Numero",
    NULL,
};

const dia_avp_def dia_def_coded_digits = {
    .name = "Digits", .code = 40, .vendor = 99, .type = DIA_TYPE_UTF8_STRING, .flags = DIA_AVP_V | DIA_AVP_M,
    .m_rule = DIA_M_MUST, .hook = &hook_digits, .aliases = aliases_digits,
};

static const dia_hook hook_flip_u32 = {
    .module = "flip", .function = "Flip-U32", .codec = CODEC(dia_codec_flip), .custom = true,
};

static const char *const aliases_flip_u32[] = {
    "One alias",
    NULL,
};

const dia_avp_def dia_def_coded_flip_u32 = {
    .name = "Flip-U32", .code = 41, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
    .hook = &hook_flip_u32, .aliases = aliases_flip_u32,
};

static const dia_hook hook_flip_u64 = {
    .module = "flip", .function = "Flip-U64", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_u64 = {
    .name = "Flip-U64", .code = 42, .vendor = 99, .type = DIA_TYPE_UNSIGNED64, .flags = DIA_AVP_V,
    .hook = &hook_flip_u64,
};

static const dia_hook hook_flip_time = {
    .module = "flip", .function = "Flip-Time", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_time = {
    .name = "Flip-Time", .code = 43, .vendor = 99, .type = DIA_TYPE_TIME, .flags = DIA_AVP_V,
    .hook = &hook_flip_time,
};

static const dia_hook hook_flip_octets = {
    .module = "flip", .function = "Flip-Octets", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_octets = {
    .name = "Flip-Octets", .code = 44, .vendor = 99, .type = DIA_TYPE_OCTET_STRING, .flags = DIA_AVP_V,
    .hook = &hook_flip_octets,
};

static const dia_hook hook_flip_address = {
    .module = "flip", .function = "Flip-Address", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_address = {
    .name = "Flip-Address", .code = 45, .vendor = 99, .type = DIA_TYPE_ADDRESS, .flags = DIA_AVP_V,
    .hook = &hook_flip_address,
};

static const dia_hook hook_flip_group = {
    .module = "flip", .function = "Flip-Group", .codec = CODEC(dia_codec_flip), .custom = true,
};

static const dia_field group_fields_flip_group[] = {
    {
        .avp = &dia_def_coded_plain, .code = 50, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_coded_flip_group, plain), .store = DIA_STORE_U32, .handling = DIA_STORE_U32,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_coded_digits, .code = 40, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_flip_group, digits), .store = DIA_STORE_BYTES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UTF8_STRING, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_group, .code = 46, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_flip_group, flip_group), .store = DIA_STORE_GROUP, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
};

static const uint16_t group_probes_flip_group[] = {
    offsetof(dia_coded_flip_group, plain),
    offsetof(dia_coded_flip_group, digits.p),
    offsetof(dia_coded_flip_group, flip_group),
};

static const uint16_t group_slots_flip_group[] = {
    3, 2, 1, 0,
};

_Static_assert(sizeof(dia_coded_flip_group) <= UINT16_MAX, "dia_coded_flip_group is too large");
const dia_grammar dia_group_coded_flip_group = {
    .name = "Flip-Group", .fields = group_fields_flip_group, .probes = group_probes_flip_group, .n_fields = 3,
    .n_front = 1, .size = sizeof(dia_coded_flip_group), .others = offsetof(dia_coded_flip_group, others),
    .multiplier = 0x9e3779b1, .shift = 30, .slots = group_slots_flip_group,
};

const dia_avp_def dia_def_coded_flip_group = {
    .name = "Flip-Group", .code = 46, .vendor = 99, .type = DIA_TYPE_GROUPED, .flags = DIA_AVP_V,
    .group = &dia_group_coded_flip_group, .hook = &hook_flip_group,
};

static const dia_value values_flip_kind[] = {
    { 0, "SMALL" },
    { 1, "LARGE" },
};

static const dia_hook hook_flip_kind = {
    .module = "flip", .function = "Flip-Kind", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_kind = {
    .name = "Flip-Kind", .code = 47, .vendor = 99, .type = DIA_TYPE_ENUMERATED, .flags = DIA_AVP_V, .n_values = 2,
    .values = values_flip_kind, .hook = &hook_flip_kind,
};

static const dia_hook hook_rogue = {
    .module = "Rogue", .function = "Rogue", .codec = CODEC(dia_codec_rogue), .custom = true,
};

const dia_avp_def dia_def_coded_rogue = {
    .name = "Rogue", .code = 48, .vendor = 99, .type = DIA_TYPE_UTF8_STRING, .flags = DIA_AVP_V,
    .hook = &hook_rogue,
};

static const dia_hook hook_missing = {
    .module = "not-there", .function = "Unsigned32", .codec = CODEC(dia_codec_not_there),
};

const dia_avp_def dia_def_coded_missing = {
    .name = "Missing", .code = 49, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
    .hook = &hook_missing,
};

const dia_avp_def dia_def_coded_plain = {
    .name = "Plain", .code = 50, .vendor = 99, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_V,
};

static const dia_value values_flip_kinds[] = {
    { 0, "FEW" },
    { 1, "MANY" },
};

static const dia_hook hook_flip_kinds = {
    .module = "flip", .function = "Flip-Kinds", .codec = CODEC(dia_codec_flip), .custom = true,
};

const dia_avp_def dia_def_coded_flip_kinds = {
    .name = "Flip-Kinds", .code = 51, .vendor = 99, .type = DIA_TYPE_ENUMERATED, .flags = DIA_AVP_V, .n_values = 2,
    .values = values_flip_kinds, .hook = &hook_flip_kinds,
};

static const char *const command_aliases_dia_coded_cdr[] = {
    "CodeRequest",
    "CR",
    NULL,
};

static const dia_field command_fields_dia_coded_cdr[] = {
    {
        .avp = &dia_def_coded_digits, .code = 40, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_coded_cdr, digits), .store = DIA_STORE_BYTES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UTF8_STRING, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_REQUIRED,
    },
    {
        .avp = &dia_def_coded_flip_u32, .code = 41, .vendor = 99, .min = 1, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_u32), .store = DIA_STORE_U32, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_REQUIRED, .always = 1,
    },
    {
        .avp = &dia_def_coded_flip_u64, .code = 42, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_u64), .store = DIA_STORE_OPT_U64, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_time, .code = 43, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_time), .store = DIA_STORE_OPT_TIME, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_octets, .code = 44, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_octets), .store = DIA_STORE_BYTES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_OCTET_STRING, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_address, .code = 45, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_address), .store = DIA_STORE_ADDRESS, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_ADDRESS, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_group, .code = 46, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_group), .store = DIA_STORE_GROUP, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_kind, .code = 47, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, flip_kind), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_rogue, .code = 48, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, rogue), .store = DIA_STORE_BYTES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UTF8_STRING, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_missing, .code = 49, .vendor = 99, .min = 0, .max = 1,
        .offset = offsetof(dia_coded_cdr, missing), .store = DIA_STORE_OPT_U32, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_coded_cdr[] = {
    offsetof(dia_coded_cdr, digits.p),
    offsetof(dia_coded_cdr, flip_u32),
    offsetof(dia_coded_cdr, flip_u64.set),
    offsetof(dia_coded_cdr, flip_time.set),
    offsetof(dia_coded_cdr, flip_octets.p),
    offsetof(dia_coded_cdr, flip_address.value.p),
    offsetof(dia_coded_cdr, flip_group),
    offsetof(dia_coded_cdr, flip_kind),
    offsetof(dia_coded_cdr, rogue.p),
    offsetof(dia_coded_cdr, missing),
};

static const uint16_t command_slots_dia_coded_cdr[] = {
    4, 2, 0, 0, 0, 9, 7, 5, 0, 3, 1, 0, 10, 0, 8, 6,
};

_Static_assert(sizeof(dia_coded_cdr) <= UINT16_MAX, "dia_coded_cdr is too large");
static const dia_grammar grammar_dia_coded_cdr = {
    .name = "CDR", .fields = command_fields_dia_coded_cdr, .probes = command_probes_dia_coded_cdr, .n_fields = 10,
    .n_front = 2, .size = sizeof(dia_coded_cdr), .others = offsetof(dia_coded_cdr, others), .any_max = DIA_MANY,
    .multiplier = 0x757f4f35, .shift = 28, .slots = command_slots_dia_coded_cdr,
};

static const dia_field command_fields_dia_coded_cda[] = {
    {
        .avp = &dia_def_coded_digits, .code = 40, .vendor = 99, .min = 0, .max = 2,
        .offset = offsetof(dia_coded_cda, digits), .store = DIA_STORE_BYTESS, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UTF8_STRING, .lead = DIA_LEAD(DIA_AVP_V | DIA_AVP_M), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_u32, .code = 41, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_u32), .store = DIA_STORE_U32S, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_u64, .code = 42, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_u64), .store = DIA_STORE_U64S, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED64, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_time, .code = 43, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_time), .store = DIA_STORE_TIMES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_TIME, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_octets, .code = 44, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_octets), .store = DIA_STORE_BYTESS, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_OCTET_STRING, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_address, .code = 45, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_address), .store = DIA_STORE_ADDRESSES, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_ADDRESS, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_group, .code = 46, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_group), .store = DIA_STORE_GROUPS, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_GROUPED, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_flip_kinds, .code = 51, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, flip_kinds), .store = DIA_STORE_U32S, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
    {
        .avp = &dia_def_coded_missing, .code = 49, .vendor = 99, .min = 0, .max = DIA_MANY,
        .offset = offsetof(dia_coded_cda, missing), .store = DIA_STORE_U32S, .handling = DIA_STORE_CODED,
        .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_V), .place = DIA_OPTIONAL,
    },
};

static const uint16_t command_probes_dia_coded_cda[] = {
    offsetof(dia_coded_cda, digits.v),
    offsetof(dia_coded_cda, flip_u32.v),
    offsetof(dia_coded_cda, flip_u64.v),
    offsetof(dia_coded_cda, flip_time.v),
    offsetof(dia_coded_cda, flip_octets.v),
    offsetof(dia_coded_cda, flip_address.v),
    offsetof(dia_coded_cda, flip_group.v),
    offsetof(dia_coded_cda, flip_kinds.v),
    offsetof(dia_coded_cda, missing.v),
};

static const uint16_t command_slots_dia_coded_cda[] = {
    4, 2, 0, 0, 0, 0, 7, 5, 0, 3, 1, 8, 9, 0, 0, 6,
};

_Static_assert(sizeof(dia_coded_cda) <= UINT16_MAX, "dia_coded_cda is too large");
static const dia_grammar grammar_dia_coded_cda = {
    .name = "CDA", .fields = command_fields_dia_coded_cda, .probes = command_probes_dia_coded_cda, .n_fields = 9,
    .size = sizeof(dia_coded_cda), .others = offsetof(dia_coded_cda, others), .multiplier = 0x757f4f35, .shift = 28,
    .slots = command_slots_dia_coded_cda,
};

const dia_command dia_commands_coded[] = {
    {
        .name = "CDR", .long_name = "Code-Request", .code = 8388710, .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
        .result_code = -1, .grammar = &grammar_dia_coded_cdr, .dict = &dia_dict_coded,
        .other = &dia_commands_coded[1], .aliases = command_aliases_dia_coded_cdr,
    },
    {
        .name = "CDA", .long_name = "Code-Answer", .code = 8388710, .flags = DIA_FLAG_PROXIABLE, .result_code = -1,
        .grammar = &grammar_dia_coded_cda, .dict = &dia_dict_coded, .other = &dia_commands_coded[0],
    },
};

static const dia_avp_def *const avps[] = {
    &dia_def_coded_digits,
    &dia_def_coded_flip_u32,
    &dia_def_coded_flip_u64,
    &dia_def_coded_flip_time,
    &dia_def_coded_flip_octets,
    &dia_def_coded_flip_address,
    &dia_def_coded_flip_group,
    &dia_def_coded_flip_kind,
    &dia_def_coded_rogue,
    &dia_def_coded_missing,
    &dia_def_coded_plain,
    &dia_def_coded_flip_kinds,
};

static const uint16_t by_name[] = {
    0, 5, 6, 7, 11, 4, 3, 1, 2, 9, 10, 8,
};

static const uint16_t slots[] = {
    4, 2, 0, 0, 11, 9, 7, 5, 0, 3, 1, 12, 10, 0, 8, 6,
};

static const dia_avp_alias avp_aliases[] = {
    { "Numero", &dia_def_coded_digits },
    { "Nummer", &dia_def_coded_digits },
    { "One alias", &dia_def_coded_flip_u32 },
};

const dia_dict dia_dict_coded = {
    .table_format = 2, .application = 16777998, .has_application = true, .app_kind = DIA_APP_AUTH, .vendor = 99,
    .name = "coded", .stem = "coded", .app_name = "Codes", .vendor_name = "Example",
    .commands = dia_commands_coded, .n_commands = 2, .n_own = 12, .n_local = 12,
    .avps = avps, .n_avps = 12, .by_name = by_name, .multiplier = 0x757f4f35, .shift = 28, .slots = slots,
    .alias = avp_aliases, .n_alias = 3,
};

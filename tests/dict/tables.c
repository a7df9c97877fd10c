/* The tables behind tables.h: rows as a .dia file would have them, put in shape by layout and slots. */
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>

#define IS(condition)                                                                                                  \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "tables.c:%d: %s\n", __LINE__, #condition);                                                \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { VM = DIA_AVP_V | DIA_AVP_M, M = DIA_AVP_M, V = DIA_AVP_V };

static dia_grammar box, bag, proxy_info, failed_avp, vsai, pair, ttr, tta, answer_message;

static const dia_value kinds[] = { { -1, "UNKNOWN" }, { 1, "INITIAL" }, { 2, "UPDATE" }, { 3, "FINAL" } };
static const dia_value results[] = { { 2001, "SUCCESS" }, { 5012, "UNABLE_TO_COMPLY" } };

#define AVP(name, code, vendor, type, flags)                                                                           \
    {                                                                                                                  \
        name, code, vendor, DIA_TYPE_##type, flags, 0, 0, 0, NULL, NULL, NULL, NULL                                    \
    }
#define RULED(name, code, vendor, type, flags, rule)                                                                   \
    {                                                                                                                  \
        name, code, vendor, DIA_TYPE_##type, flags, rule, 0, 0, NULL, NULL, NULL, NULL                                 \
    }
#define GROUP(name, code, vendor, flags, group)                                                                        \
    {                                                                                                                  \
        name, code, vendor, DIA_TYPE_GROUPED, flags, 0, 0, 0, NULL, &group, NULL, NULL                                 \
    }
#define VALUED(name, code, type, values)                                                                               \
    {                                                                                                                  \
        name, code, 0, DIA_TYPE_##type, M, 0, 0, sizeof values / sizeof values[0], values, NULL, NULL, NULL            \
    }

/* By name (strcmp). */
static const dia_avp_def avps[] = {
    AVP("Acct-Application-Id", ACCT_APPLICATION_ID, 0, UNSIGNED32, M),
    AVP("Address", ADDRESS, LAB, ADDRESS, VM),
    AVP("Auth-Application-Id", AUTH_APPLICATION_ID, 0, UNSIGNED32, M),
    GROUP("Bag", BAG, LAB, V, bag),
    AVP("Big", BIG, LAB, UNSIGNED64, VM),
    GROUP("Box", BOX, LAB, VM, box),
    AVP("Destination-Realm", DESTINATION_REALM, 0, IDENTITY, M),
    AVP("Error-Message", ERROR_MESSAGE, 0, UTF8_STRING, 0),
    AVP("F32", F32, LAB, FLOAT32, V),
    AVP("F64", F64, LAB, FLOAT64, V),
    GROUP("Failed-AVP", FAILED_AVP, 0, M, failed_avp),
    AVP("I32", I32, LAB, INTEGER32, VM),
    AVP("I64", I64, LAB, INTEGER64, VM),
    VALUED("Kind", KIND, ENUMERATED, kinds),
    AVP("Moment", MOMENT, LAB, TIME, VM),
    AVP("Never", NEVER, LAB, UNSIGNED32, V),
    RULED("Number", NUMBER, 0, UNSIGNED32, M, DIA_M_MUST),
    AVP("Octets", OCTETS, LAB, OCTET_STRING, VM),
    AVP("Origin-Host", ORIGIN_HOST, 0, IDENTITY, M),
    AVP("Origin-Realm", ORIGIN_REALM, 0, IDENTITY, M),
    GROUP("Pair", PAIR, LAB, VM, pair),
    AVP("Proxy-Host", PROXY_HOST, 0, IDENTITY, M),
    GROUP("Proxy-Info", PROXY_INFO, 0, M, proxy_info),
    AVP("Proxy-State", PROXY_STATE, 0, OCTET_STRING, M),
    AVP("Qos", QOS, LAB, QOS_FILTER_RULE, VM),
    AVP("Ratio", RATIO, LAB, FLOAT64, VM),
    VALUED("Result-Code", RESULT_CODE, UNSIGNED32, results),
    AVP("Rule", RULE, LAB, IP_FILTER_RULE, VM),
    AVP("Session-Id", SESSION_ID, 0, UTF8_STRING, M),
    RULED("Tail", TAIL, LAB, OCTET_STRING, V, DIA_M_MUST_NOT),
    AVP("Text", TEXT, LAB, UTF8_STRING, VM),
    AVP("U32", U32, LAB, UNSIGNED32, VM),
    RULED("U64", U64, LAB, UNSIGNED64, VM, DIA_M_MUST),
    AVP("Uri", URI, LAB, URI, VM),
    AVP("Vendor-Id", VENDOR_ID, 0, UNSIGNED32, M),
    GROUP("Vendor-Specific-Application-Id", VENDOR_SPECIFIC_APPLICATION_ID, 0, M, vsai),
    AVP("When", WHEN, LAB, TIME, V),
};
enum { N_AVPS = sizeof avps / sizeof avps[0] };

typedef struct row {
    const char *name;
    unsigned min, max;
    dia_place place;
    size_t offset; /* of the member in the struct above */
} row;

enum { MANY = DIA_MANY };
#define ROW(type, member, name, min, max, place)                                                                       \
    {                                                                                                                  \
        name, min, max, DIA_##place, offsetof(type, member)                                                            \
    }

static const row box_rows[] = {
    ROW(tt_box, number, "Number", 1, 1, FIXED),
    ROW(tt_box, box, "Box", 0, 1, OPTIONAL),
    ROW(tt_box, text, "Text", 0, MANY, OPTIONAL),
    ROW(tt_box, bag, "Bag", 0, MANY, OPTIONAL),
};
static const row bag_rows[] = {
    ROW(tt_bag, i64, "I64", 1, 1, REQUIRED),
    ROW(tt_bag, u64, "U64", 0, 1, OPTIONAL),
    ROW(tt_bag, box, "Box", 0, MANY, OPTIONAL),
};
static const row proxy_info_rows[] = {
    ROW(tt_proxy_info, proxy_host, "Proxy-Host", 1, 1, REQUIRED),
    ROW(tt_proxy_info, proxy_state, "Proxy-State", 1, 1, REQUIRED),
};
static const row vsai_rows[] = {
    ROW(tt_vsai, vendor_id, "Vendor-Id", 1, 1, REQUIRED),
    ROW(tt_vsai, auth_application_id, "Auth-Application-Id", 0, 1, OPTIONAL),
    ROW(tt_vsai, acct_application_id, "Acct-Application-Id", 0, 1, OPTIONAL),
};
static const row pair_rows[] = { ROW(tt_pair, i32, "I32", 2, 3, REQUIRED) };
static const row ttr_rows[] = {
    ROW(tt_ttr, session_id, "Session-Id", 1, 1, FIXED),
    ROW(tt_ttr, origin_host, "Origin-Host", 1, 1, REQUIRED),
    ROW(tt_ttr, origin_realm, "Origin-Realm", 1, 1, REQUIRED),
    ROW(tt_ttr, destination_realm, "Destination-Realm", 1, 1, REQUIRED),
    ROW(tt_ttr, auth_application_id, "Auth-Application-Id", 1, 1, REQUIRED),
    ROW(tt_ttr, kind, "Kind", 1, 1, REQUIRED),
    ROW(tt_ttr, number, "Number", 1, 1, REQUIRED),
    ROW(tt_ttr, big, "Big", 1, 1, REQUIRED),
    ROW(tt_ttr, moment, "Moment", 1, 1, REQUIRED),
    ROW(tt_ttr, ratio, "Ratio", 1, 1, REQUIRED),
    ROW(tt_ttr, i32, "I32", 0, 1, OPTIONAL),
    ROW(tt_ttr, i64, "I64", 0, 1, OPTIONAL),
    ROW(tt_ttr, u32, "U32", 0, 1, OPTIONAL),
    ROW(tt_ttr, u64, "U64", 0, 1, OPTIONAL),
    ROW(tt_ttr, f32, "F32", 0, 1, OPTIONAL),
    ROW(tt_ttr, f64, "F64", 0, 1, OPTIONAL),
    ROW(tt_ttr, when, "When", 0, 1, OPTIONAL),
    ROW(tt_ttr, address, "Address", 0, 1, OPTIONAL),
    ROW(tt_ttr, uri, "Uri", 0, 1, OPTIONAL),
    ROW(tt_ttr, rule, "Rule", 0, 1, OPTIONAL),
    ROW(tt_ttr, qos, "Qos", 0, 1, OPTIONAL),
    ROW(tt_ttr, octets, "Octets", 0, 1, OPTIONAL),
    ROW(tt_ttr, box, "Box", 0, 1, OPTIONAL),
    ROW(tt_ttr, pair, "Pair", 0, 1, OPTIONAL),
    ROW(tt_ttr, bag, "Bag", 0, 2, OPTIONAL),
    { "Never", 0, 0, DIA_OPTIONAL, 0 },
    ROW(tt_ttr, failed_avp, "Failed-AVP", 0, MANY, OPTIONAL),
    ROW(tt_ttr, proxy_info, "Proxy-Info", 0, MANY, OPTIONAL),
    ROW(tt_ttr, tail, "Tail", 0, 1, TRAILING),
};
static const row tta_rows[] = {
    ROW(tt_tta, session_id, "Session-Id", 0, 1, FIXED),
    ROW(tt_tta, vendor_specific_application_id, "Vendor-Specific-Application-Id", 1, 1, REQUIRED),
    ROW(tt_tta, result_code, "Result-Code", 0, 1, OPTIONAL),
    ROW(tt_tta, origin_host, "Origin-Host", 0, 1, OPTIONAL),
    ROW(tt_tta, origin_realm, "Origin-Realm", 0, 1, OPTIONAL),
    ROW(tt_tta, error_message, "Error-Message", 0, 1, OPTIONAL),
    ROW(tt_tta, i32, "I32", 0, MANY, OPTIONAL),
    ROW(tt_tta, i64, "I64", 0, MANY, OPTIONAL),
    ROW(tt_tta, u64, "U64", 0, MANY, OPTIONAL),
    ROW(tt_tta, f32, "F32", 0, MANY, OPTIONAL),
    ROW(tt_tta, f64, "F64", 0, MANY, OPTIONAL),
    ROW(tt_tta, when, "When", 0, MANY, OPTIONAL),
    ROW(tt_tta, address, "Address", 0, MANY, OPTIONAL),
    ROW(tt_tta, uri, "Uri", 0, MANY, OPTIONAL),
    ROW(tt_tta, proxy_info, "Proxy-Info", 0, MANY, OPTIONAL),
};

static uint8_t memory[1 << 18];
static dia_arena arena;

const dia_avp_def *tables_avp(const char *name)
{
    for (size_t i = 0; i < N_AVPS; i++)
        if (strcmp(avps[i].name, name) == 0)
            return &avps[i];
    return NULL;
}

static uint8_t fill_of(const char *name)
{
    static const char *const names[] = {
        [DIA_FILL_SESSION_ID] = "Session-Id",
        [DIA_FILL_ORIGIN_HOST] = "Origin-Host",
        [DIA_FILL_ORIGIN_REALM] = "Origin-Realm",
        [DIA_FILL_DESTINATION_REALM] = "Destination-Realm",
        [DIA_FILL_AUTH_APPLICATION_ID] = "Auth-Application-Id",
        [DIA_FILL_ACCT_APPLICATION_ID] = "Acct-Application-Id",
        [DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID] = "Vendor-Specific-Application-Id",
        [DIA_FILL_PROXY_INFO] = "Proxy-Info",
    };
    for (uint8_t i = DIA_FILL_SESSION_ID; i <= DIA_FILL_PROXY_INFO; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return DIA_FILL_NONE;
}

static void shape(dia_grammar *g, const char *name, const row *rows, size_t n, size_t size, unsigned any_min,
                  unsigned any_max)
{
    dia_field *fields = dia_arena_get0(&arena, (n + 1) * sizeof *fields);
    uint16_t *probes = dia_arena_get0(&arena, (n + 1) * sizeof *probes);
    dict_key *keys = dia_arena_get0(&arena, (n + 1) * sizeof *keys);
    IS(fields && probes && keys);
    *g = (dia_grammar){ .name = name, .fields = fields, .probes = probes, .n_fields = (uint16_t)n };
    for (size_t i = 0; i < n; i++) {
        const dia_avp_def *avp = tables_avp(rows[i].name);
        IS(avp);
        fields[i] = (dia_field){ .avp = avp,
                                 .code = avp->code,
                                 .vendor = avp->vendor,
                                 .min = (uint16_t)rows[i].min,
                                 .max = (uint16_t)rows[i].max,
                                 .type = avp->type,
                                 .lead = DIA_LEAD(avp->flags),
                                 .place = (uint8_t)rows[i].place,
                                 .fill = fill_of(avp->name) };
        keys[i] = (dict_key){ avp->code, avp->vendor };
        g->n_fixed = (uint16_t)(g->n_fixed + (rows[i].place == DIA_FIXED));
        g->n_front = (uint16_t)(g->n_front + (rows[i].place < DIA_OPTIONAL));
        g->n_trailing = (uint16_t)(g->n_trailing + (rows[i].place == DIA_TRAILING));
    }
    IS(dia_layout(fields, probes, n, &g->size, &g->others) == 0);
    IS(g->size == size && g->others == size - sizeof(dia_avp_list));
    for (size_t i = 0; i < n; i++)
        IS(fields[i].offset == rows[i].offset);
    dict_slots slots;
    IS(dict_slots_build(keys, n, &arena, &slots) == 0);
    g->multiplier = slots.multiplier;
    g->shift = slots.shift;
    g->slots = slots.v;
    g->any_min = (uint16_t)any_min;
    g->any_max = (uint16_t)any_max;
}

static const dia_avp_def *pointers[N_AVPS];
static uint16_t by_name[N_AVPS];
static dia_dict dict;

static dia_command commands[] = {
    { "TTR", "Test-Request", 9000, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, 0, -1, &ttr, &dict, &commands[1], NULL },
    { "TTA", "Test-Answer", 9000, DIA_FLAG_PROXIABLE, 0, 2, &tta, &dict, &commands[0], NULL },
};
static dia_command error_answer = {
    "answer-message", "answer-message", 0, DIA_FLAG_ERROR, 0, 2, &answer_message, &dict, NULL, NULL
};

static dia_dict dict = {
    .table_format = DIA_TABLE_FORMAT,
    .application = 77,
    .has_application = true,
    .app_kind = DIA_APP_AUTH,
    .vendor = LAB,
    .name = "test",
    .stem = "test",
    .app_name = "Test",
    .commands = commands,
    .n_commands = 2,
    .n_own = N_AVPS,
    .n_local = N_AVPS,
    .avps = pointers,
    .n_avps = N_AVPS,
    .answer_message = &error_answer,
    .by_name = by_name,
};

const dia_dict *const tt_dict = &dict;
const dia_command *const tt_ttr_command = &commands[0], *const tt_tta_command = &commands[1];
const dia_command *const tt_answer_message = &error_answer;

#define SHAPE(grammar, name, type, any_min, any_max)                                                                   \
    shape(&grammar, name, grammar##_rows, sizeof grammar##_rows / sizeof grammar##_rows[0], sizeof(type), any_min,     \
          any_max)

void tables_open(void)
{
    if (dict.slots)
        return;
    dia_arena_init(&arena, memory, sizeof memory, 1, NULL);
    SHAPE(box, "Box", tt_box, 0, 0);
    SHAPE(bag, "Bag", tt_bag, 0, MANY);
    SHAPE(proxy_info, "Proxy-Info", tt_proxy_info, 0, MANY);
    SHAPE(vsai, "Vendor-Specific-Application-Id", tt_vsai, 0, 0);
    SHAPE(pair, "Pair", tt_pair, 1, 2);
    SHAPE(ttr, "TTR", tt_ttr, 0, MANY);
    SHAPE(tta, "TTA", tt_tta, 0, 0);
    shape(&failed_avp, "Failed-AVP", NULL, 0, sizeof(tt_failed_avp), 1, MANY);
    shape(&answer_message, "answer-message", tta_rows, sizeof tta_rows / sizeof tta_rows[0], sizeof(tt_tta), 0, MANY);
    /* An answer-message does not demand application ids. */
    ((dia_field *)(uintptr_t)answer_message.fields)[1].min = 0;
    dict_key keys[N_AVPS];
    for (size_t i = 0; i < N_AVPS; i++) {
        pointers[i] = &avps[i];
        by_name[i] = (uint16_t)i;
        keys[i] = (dict_key){ avps[i].code, avps[i].vendor };
        IS(i == 0 || strcmp(avps[i - 1].name, avps[i].name) < 0);
    }
    dict_slots slots;
    IS(dict_slots_build(keys, N_AVPS, &arena, &slots) == 0);
    dict.multiplier = slots.multiplier;
    dict.shift = slots.shift;
    dict.slots = slots.v;
}

const dia_dicts *tables_dicts(void)
{
    static const dia_dict *v[1];
    static dia_dicts all = { v, 1 };
    tables_open();
    v[0] = tt_dict;
    return &all;
}

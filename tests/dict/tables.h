/* A small dictionary for the tests of the engine, with every store, nested groups, fixed AVPs, lists, bodies with and
 * without [AVP]; and the C structs that go with it, in the order of the grammar. tables_open() makes the tables. */
#ifndef TESTS_DICT_TABLES_H
#define TESTS_DICT_TABLES_H

#include "dict/dict.h"
#include "dict/slots.h"

enum {
    SESSION_ID = 263,
    ORIGIN_HOST = 264,
    ORIGIN_REALM = 296,
    DESTINATION_REALM = 283,
    AUTH_APPLICATION_ID = 258,
    ACCT_APPLICATION_ID = 259,
    VENDOR_SPECIFIC_APPLICATION_ID = 260,
    VENDOR_ID = 266,
    RESULT_CODE = 268,
    FAILED_AVP = 279,
    ERROR_MESSAGE = 281,
    PROXY_HOST = 280,
    PROXY_INFO = 284,
    PROXY_STATE = 33,
    KIND = 416,
    NUMBER = 415,
    LAB = 99, /* the vendor of the AVPs below */
    I32 = 1,
    I64,
    U64,
    F32,
    F64,
    WHEN,
    ADDRESS,
    URI,
    RULE,
    OCTETS,
    BOX,
    BAG,
    TEXT,
    NEVER,
    BIG,
    MOMENT,
    RATIO,
    U32,
    PAIR,
    QOS,
    TAIL
};

/* < Number > [ Box ] *[ Text ] *[ Bag ], nothing else */
typedef struct tt_box tt_box;
typedef struct tt_bag tt_bag;
typedef struct tt_box_list {
    const tt_box *v;
    size_t n;
} tt_box_list;
typedef struct tt_bag_list {
    const tt_bag *v;
    size_t n;
} tt_bag_list;
struct tt_box {
    uint32_t number;
    const tt_box *box;
    dia_bytes_list text;
    tt_bag_list bag;
    dia_avp_list others;
};
/* { I64 } [ U64 ] *[ Box ] *[ AVP ] */
struct tt_bag {
    int64_t i64;
    dia_opt_u64 u64;
    tt_box_list box;
    dia_avp_list others;
};
/* { Proxy-Host } { Proxy-State } *[ AVP ] */
typedef struct tt_proxy_info {
    dia_bytes proxy_host, proxy_state;
    dia_avp_list others;
} tt_proxy_info;
typedef struct tt_proxy_info_list {
    const tt_proxy_info *v;
    size_t n;
} tt_proxy_info_list;
/* 1*{ AVP } */
typedef struct tt_failed_avp {
    dia_avp_list others;
} tt_failed_avp;
typedef struct tt_failed_avp_list {
    const tt_failed_avp *v;
    size_t n;
} tt_failed_avp_list;
/* { Vendor-Id } [ Auth-Application-Id ] [ Acct-Application-Id ] */
typedef struct tt_vsai {
    uint32_t vendor_id;
    dia_opt_u32 auth_application_id, acct_application_id;
    dia_avp_list others;
} tt_vsai;
/* 2*3[ I32 ] as a group: { I32 } twice or three times, and one or two strangers */
typedef struct tt_pair {
    dia_i32_list i32;
    dia_avp_list others;
} tt_pair;

/* The request. */
typedef struct tt_ttr {
    dia_bytes session_id;
    dia_bytes origin_host, origin_realm, destination_realm;
    uint32_t auth_application_id;
    int32_t kind;
    uint32_t number;
    uint64_t big;
    int64_t moment;
    double ratio;
    dia_opt_i32 i32;
    dia_opt_i64 i64;
    dia_opt_u32 u32;
    dia_opt_u64 u64;
    dia_opt_f32 f32;
    dia_opt_f64 f64;
    dia_opt_i64 when;
    dia_address address;
    dia_bytes uri, rule, qos, octets;
    const tt_box *box;
    const tt_pair *pair;
    tt_bag_list bag;
    tt_failed_avp_list failed_avp;
    tt_proxy_info_list proxy_info;
    dia_bytes tail;
    dia_avp_list others;
} tt_ttr;

/* The answer, with lists of everything. */
typedef struct tt_tta {
    dia_bytes session_id;
    const tt_vsai *vendor_specific_application_id;
    dia_opt_u32 result_code;
    dia_bytes origin_host, origin_realm, error_message;
    dia_i32_list i32;
    dia_i64_list i64;
    dia_u64_list u64;
    dia_f32_list f32;
    dia_f64_list f64;
    dia_i64_list when;
    dia_address_list address;
    dia_bytes_list uri;
    tt_proxy_info_list proxy_info;
    dia_avp_list others;
} tt_tta;

extern const dia_dict *const tt_dict;
extern const dia_command *const tt_ttr_command, *const tt_tta_command, *const tt_answer_message;

/* Makes the tables ready; a second call does nothing. */
void tables_open(void);
/* Opens them; the dictionary alone. */
const dia_dicts *tables_dicts(void);

const dia_avp_def *tables_avp(const char *name);

#endif

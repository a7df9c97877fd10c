/* Dictionary odd. Made by the dictionary compiler; do not edit. */
#ifndef DIATOM_APP_ODD_H
#define DIATOM_APP_ODD_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const dia_dict dia_dict_odd;
extern const dia_command dia_commands_odd[2];
extern const dia_command dia_answer_message_odd;

#define DIA_COMMAND_URI_275 (&dia_commands_odd[0])           /* URI, 275 */
#define DIA_COMMAND_URA (&dia_commands_odd[1])               /* URA, 275 */
#define DIA_COMMAND_ANSWER_MESSAGE (&dia_answer_message_odd) /* answer-message */

/* ---- AVPs ---- */

/* Codes. */
enum {
    DIA_AVP_CLASS_1 = 1,       /* Grouped */
    DIA_AVP_CLASS_2 = 2,       /* Grouped */
    DIA_AVP_3RD_RAIL = 3,      /* Unsigned32 */
    DIA_AVP_OPERATOR = 4,      /* Enumerated */
    DIA_AVP_OTHERS = 5,        /* OctetString */
    DIA_AVP_A_B_6 = 6,         /* Unsigned32 */
    DIA_AVP_A_B_7 = 7,         /* Unsigned32 */
    DIA_AVP_MUTUAL_A = 8,      /* Grouped */
    DIA_AVP_MUTUAL_B = 9,      /* Grouped */
    DIA_AVP_QUOTED = 10,       /* UTF8String */
    DIA_AVP_SIGNED = 12,       /* Integer32 */
    DIA_AVP_FLAGS = 13,        /* Unsigned64 */
    DIA_AVP_EMPTY = 14,        /* Grouped */
    DIA_AVP_V_15 = 15,         /* Unsigned32 */
    DIA_AVP_EMPTY_LIST = 16,   /* Grouped */
    DIA_AVP_RESULT_CODE = 268, /* Unsigned32 */
    DIA_AVP_TWIN_17 = 17,      /* Unsigned32 */
    DIA_AVP_TWIN_17_2 = 17,    /* Unsigned32, vendor 99 */
};
#define DIA_AVP_HIGH 3000000000u /* Unsigned32, vendor 99 */

extern const dia_avp_def dia_def_odd_class_1;     /* Class */
extern const dia_grammar dia_group_odd_class_1;
extern const dia_avp_def dia_def_odd_class_2;     /* class */
extern const dia_grammar dia_group_odd_class_2;
extern const dia_avp_def dia_def_odd_3rd_rail;    /* 3rd-Rail */
extern const dia_avp_def dia_def_odd_operator;    /* Operator */
extern const dia_avp_def dia_def_odd_others;      /* Others */
extern const dia_avp_def dia_def_odd_a_b_6;       /* A-B */
extern const dia_avp_def dia_def_odd_a_b_7;       /* A_B */
extern const dia_avp_def dia_def_odd_mutual_a;    /* Mutual-A */
extern const dia_grammar dia_group_odd_mutual_a;
extern const dia_avp_def dia_def_odd_mutual_b;    /* Mutual-B */
extern const dia_grammar dia_group_odd_mutual_b;
extern const dia_avp_def dia_def_odd_quoted;      /* Quoted * / " */
extern const dia_avp_def dia_def_odd_high;        /* High */
extern const dia_avp_def dia_def_odd_signed;      /* Signed */
extern const dia_avp_def dia_def_odd_flags;       /* Flags */
extern const dia_avp_def dia_def_odd_empty;       /* Empty */
extern const dia_grammar dia_group_odd_empty;
extern const dia_avp_def dia_def_odd_v;           /* V */
extern const dia_avp_def dia_def_odd_empty_list;  /* Empty-List */
extern const dia_grammar dia_group_odd_empty_list;
extern const dia_avp_def dia_def_odd_result_code; /* Result-Code */
extern const dia_avp_def dia_def_odd_twin_17;     /* Twin */
extern const dia_avp_def dia_def_odd_twin_17_2;   /* twin */

/* ---- Named values ---- */

/* Operator, 4. */
enum {
    DIA_OPERATOR_A_B_MINUS_2 = -2,
    DIA_OPERATOR_PLUS_0 = 0,
    DIA_OPERATOR_PLUS_1 = 1,
    DIA_OPERATOR_A_B_2 = 2,
};

/* Signed, 12. */
enum {
    DIA_SIGNED_LOWEST = -2147483648,
};

/* Flags, 13. */
#define DIA_FLAGS_TOP 4294967295u

/* Result-Code, 268. */
enum {
    DIA_RESULT_CODE_SUCCESS = 2001,
};

/* ---- Grouped AVPs ---- */

/* Empty, 14, Grouped. */
typedef struct dia_empty_14 {
    dia_avp_list others; /* the grammar has no [ AVP ] */
} dia_empty_14;
DIA_LIST_OF_(dia_empty_14_list, dia_empty_14);

/* class, 2, Grouped. */
typedef struct dia_class_2 {
    dia_empty_14_list empty; /* *[ Empty ] */
    dia_avp_list others;     /* the grammar has no [ AVP ] */
} dia_class_2;
DIA_LIST_OF_(dia_class_2_list, dia_class_2);

/* Class, 1, Grouped. */
typedef struct dia_class_1 {
    const dia_class_2 *class_; /* [ class ] */
    dia_avp_list others;       /* the grammar has no [ AVP ] */
} dia_class_1;
DIA_LIST_OF_(dia_class_1_list, dia_class_1);

/* Mutual-B and Mutual-A contain each other. */
typedef struct dia_mutual_a dia_mutual_a;
DIA_LIST_OF_(dia_mutual_a_list, dia_mutual_a);

/* Mutual-B, 9, Grouped. */
typedef struct dia_mutual_b dia_mutual_b;
DIA_LIST_OF_(dia_mutual_b_list, dia_mutual_b);
struct dia_mutual_b {
    const dia_mutual_a *mutual_a; /* [ Mutual-A ] */
    const dia_mutual_b *mutual_b; /* [ Mutual-B ] */
    const dia_empty_14 *empty;    /* [ Empty ] */
    dia_avp_list others;          /* the grammar has no [ AVP ] */
};

/* Mutual-A, 8, Grouped. */
struct dia_mutual_a {
    dia_mutual_b_list mutual_b; /* *[ Mutual-B ] */
    dia_avp_list others;        /* the grammar has no [ AVP ] */
};

/* Empty-List, 16, Grouped. */
typedef struct dia_empty_list_16 {
    dia_avp_list others; /* 1*{ AVP } */
} dia_empty_list_16;
DIA_LIST_OF_(dia_empty_list_16_list, dia_empty_list_16);

/* ---- Commands ---- */

/* URI, 275 */
typedef struct dia_uri_275 {
    dia_opt_u32 _3rd_rail;      /* [ 3rd-Rail ] */
    dia_opt_i32 operator_;      /* [ Operator ] DIA_OPERATOR_... */
    dia_bytes others_;          /* [ Others ] */
    dia_opt_u32 a_b_6;          /* [ A-B ] */
    dia_opt_u32 a_b_7;          /* [ A_B ] */
    const dia_class_1 *class_;  /* [ Class ] */
    dia_mutual_a_list mutual_a; /* *[ Mutual-A ] */
    dia_avp_list others;        /* the grammar has no [ AVP ] */
} dia_uri_275;

/* URA, 275 */
typedef struct dia_ura {
    dia_bytes quoted;    /* [ Quoted * / " ] */
    dia_avp_list others; /* the grammar has no [ AVP ] */
} dia_ura;

/* answer-message */
typedef struct dia_answer_message {
    uint32_t _3rd_rail;  /* { 3rd-Rail } */
    dia_avp_list others; /* *[ AVP ] */
} dia_answer_message;

#ifdef __cplusplus
}
#endif
#endif

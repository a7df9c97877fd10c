/* Lamps: dictionary example_lamp, application 16777999. Made by the dictionary compiler; do not edit. */
#ifndef DIATOM_APP_LAMP_H
#define DIATOM_APP_LAMP_H

#include "diatom/dict.h"
#include "diatom/app/parts.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const dia_dict dia_dict_lamp;
extern const dia_command dia_commands_lamp[4];

#define DIA_COMMAND_LAMP_LSR (&dia_commands_lamp[0]) /* Lamp-Switch-Request, 8388700, Example 8, 4.1 */
#define DIA_COMMAND_LAMP_LSA (&dia_commands_lamp[1]) /* Lamp-Switch-Answer, 8388700, Example 8, 4.2 */
#define DIA_COMMAND_LAMP_LPR (&dia_commands_lamp[2]) /* LPR, 8388701, Example 8 */
#define DIA_COMMAND_LAMP_LPA (&dia_commands_lamp[3]) /* LPA, 8388701, Example 8 */

/* ---- AVPs ---- */

/* Codes. */
enum {
    DIA_AVP_LAMP_HOST = 10,      /* DiameterIdentity, Example 8, 3.1 */
    DIA_AVP_LAMP_ID = 11,        /* Unsigned32, vendor 99, Example 8, 3.2 */
    DIA_AVP_LAMP_TOTAL = 12,     /* Unsigned64, vendor 99, Example 8, 3.3 */
    DIA_AVP_LAMP_DELTA = 13,     /* Integer32, vendor 99, Example 8 */
    DIA_AVP_LAMP_ENERGY = 14,    /* Integer64, vendor 99, Example 8 */
    DIA_AVP_LAMP_RATIO = 15,     /* Float64, vendor 99, Example 8 */
    DIA_AVP_LAMP_WHERE = 16,     /* Address, vendor 99, Example 8 */
    DIA_AVP_LAMP_LABEL = 17,     /* OctetString, Example 8 */
    DIA_AVP_LAMP_PAGE = 18,      /* DiameterURI, Example 8 */
    DIA_AVP_LAMP_GROUP = 19,     /* Grouped, vendor 99, Example 8, 3.4 */
    DIA_AVP_LAMP_CAUSE = 20,     /* Unsigned32, vendor 99, Example 8 */
    DIA_AVP_LAMP_FORBIDDEN = 21, /* Unsigned32, vendor 99, Example 8 */
};

extern const dia_avp_def dia_def_lamp_host;       /* Host */
extern const dia_avp_def dia_def_lamp_lamp_id;    /* Lamp-Id */
extern const dia_avp_def dia_def_lamp_lamp_total; /* Lamp-Total */
extern const dia_avp_def dia_def_lamp_delta;      /* Delta */
extern const dia_avp_def dia_def_lamp_energy;     /* Energy */
extern const dia_avp_def dia_def_lamp_ratio;      /* Ratio */
extern const dia_avp_def dia_def_lamp_where;      /* Where */
extern const dia_avp_def dia_def_lamp_label;      /* Label */
extern const dia_avp_def dia_def_lamp_page;       /* Page */
extern const dia_avp_def dia_def_lamp_lamp_group; /* Lamp-Group */
extern const dia_grammar dia_group_lamp_lamp_group;
extern const dia_avp_def dia_def_lamp_cause;      /* Cause */
extern const dia_avp_def dia_def_lamp_forbidden;  /* Forbidden */
extern const dia_avp_def dia_def_lamp_lamp_state; /* Lamp-State, inherited, with additions */

/* ---- Named values ---- */

/* Cause, 20. */
enum {
    DIA_LAMP_CAUSE_LAMP_OK = 2001,
};
#define DIA_LAMP_CAUSE_LAMP_FAR_TOO_HOT 4294967295u

/* Lamp-State, 2: values beyond the inherited ones. */
enum {
    DIA_LAMP_STATE_DIMMED = 2,
};

/* ---- Grouped AVPs ---- */

/* Lamp-Group, 19, Grouped, vendor 99, Example 8, 3.4. */
typedef struct dia_lamp_group dia_lamp_group;
DIA_LIST_OF_(dia_lamp_group_list, dia_lamp_group);
struct dia_lamp_group {
    dia_u32_list lamp_id;               /* 1*{ Lamp-Id } */
    dia_parts_lamp_bulb_list lamp_bulb; /* 2*{ Lamp-Bulb } */
    dia_u64_list lamp_total;            /* *[ Lamp-Total ] */
    dia_i32_list delta;                 /* *[ Delta ] */
    dia_i64_list energy;                /* *[ Energy ] */
    dia_f64_list ratio;                 /* *[ Ratio ] */
    dia_f32_list lamp_watts;            /* *[ Lamp-Watts ] */
    dia_i64_list lamp_seen_at;          /* *[ Lamp-Seen-At ] seconds since 1970 */
    dia_address_list where;             /* *[ Where ] */
    dia_lamp_group_list lamp_group;     /* *[ Lamp-Group ] */
    dia_avp_list others;                /* *4[ AVP ] */
};

/* ---- Commands ---- */

/* Lamp-Switch-Request, 8388700, Example 8, 4.1 */
typedef struct dia_lamp_lsr {
    dia_bytes lamp_name;                  /* < Lamp-Name > */
    dia_bytes host;                       /* { Host } */
    uint32_t lamp_id;                     /* { Lamp-Id } */
    int32_t lamp_state;                   /* { Lamp-State } DIA_LAMP_STATE_... */
    uint64_t lamp_total;                  /* { Lamp-Total } */
    int32_t delta;                        /* { Delta } */
    int64_t energy;                       /* { Energy } */
    double ratio;                         /* { Ratio } */
    float lamp_watts;                     /* { Lamp-Watts } */
    int64_t lamp_seen_at;                 /* { Lamp-Seen-At } seconds since 1970 */
    dia_address where;                    /* { Where } */
    const dia_parts_lamp_bulb *lamp_bulb; /* { Lamp-Bulb } */
    dia_bytes_list label;                 /* *[ Label ] */
    const dia_lamp_group *lamp_group;     /* [ Lamp-Group ] */
    dia_avp_list others;                  /* *[ AVP ] */
    /* must not occur: *0[ Forbidden ] */
} dia_lamp_lsr;

/* Lamp-Switch-Answer, 8388700, Example 8, 4.2 */
typedef struct dia_lamp_lsa {
    dia_bytes lamp_name;                /* < Lamp-Name > */
    uint32_t cause;                     /* { Cause } DIA_LAMP_CAUSE_... */
    dia_bytes host;                     /* [ Host ] */
    dia_opt_u32 lamp_id;                /* [ Lamp-Id ] */
    dia_opt_i32 lamp_state;             /* [ Lamp-State ] DIA_LAMP_STATE_... */
    dia_opt_u64 lamp_total;             /* [ Lamp-Total ] */
    dia_opt_i32 delta;                  /* [ Delta ] */
    dia_opt_i64 energy;                 /* [ Energy ] */
    dia_opt_f64 ratio;                  /* [ Ratio ] */
    dia_opt_f32 lamp_watts;             /* [ Lamp-Watts ] */
    dia_opt_i64 lamp_seen_at;           /* [ Lamp-Seen-At ] seconds since 1970 */
    dia_address where;                  /* [ Where ] */
    dia_bytes_list page;                /* *3[ Page ] */
    dia_parts_lamp_bulb_list lamp_bulb; /* *[ Lamp-Bulb ] */
    dia_avp_list others;                /* the grammar has no [ AVP ] */
} dia_lamp_lsa;

/* LPR, 8388701, Example 8 */
typedef struct dia_lamp_lpr {
    dia_avp_list others; /* the grammar has no [ AVP ] */
} dia_lamp_lpr;

/* LPA, 8388701, Example 8 */
typedef struct dia_lamp_lpa {
    dia_avp_list others; /* the grammar has no [ AVP ] */
} dia_lamp_lpa;

#ifdef __cplusplus
}
#endif
#endif

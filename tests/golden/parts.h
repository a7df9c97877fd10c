/* Dictionary parts. Made by the dictionary compiler; do not edit. */
#ifndef DIATOM_APP_PARTS_H
#define DIATOM_APP_PARTS_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const dia_dict dia_dict_parts;

/* ---- AVPs ---- */

/* Codes. */
enum {
    DIA_AVP_PARTS_LAMP_NAME = 1,    /* UTF8String, 2.1 */
    DIA_AVP_PARTS_LAMP_STATE = 2,   /* Enumerated, vendor 99, 2.2 */
    DIA_AVP_PARTS_LAMP_WATTS = 3,   /* Float32, vendor 99, 2.3 */
    DIA_AVP_PARTS_LAMP_BULB = 4,    /* Grouped, vendor 99, Example 7, 2.4 */
    DIA_AVP_PARTS_LAMP_SEEN_AT = 5, /* Time, vendor 99 */
};

extern const dia_avp_def dia_def_parts_lamp_name;    /* Lamp-Name */
extern const dia_avp_def dia_def_parts_lamp_state;   /* Lamp-State */
extern const dia_avp_def dia_def_parts_lamp_watts;   /* Lamp-Watts */
extern const dia_avp_def dia_def_parts_lamp_bulb;    /* Lamp-Bulb */
extern const dia_grammar dia_group_parts_lamp_bulb;
extern const dia_avp_def dia_def_parts_lamp_seen_at; /* Lamp-Seen-At */

/* ---- Named values ---- */

/* Lamp-State, 2. */
enum {
    DIA_PARTS_LAMP_STATE_BROKEN = -1,
    DIA_PARTS_LAMP_STATE_OFF = 0,
    DIA_PARTS_LAMP_STATE_ON = 1,
};

/* ---- Grouped AVPs ---- */

/* Lamp-Bulb, 4, Grouped, vendor 99, Example 7, 2.4. */
typedef struct dia_parts_lamp_bulb {
    float lamp_watts;         /* < Lamp-Watts > */
    dia_opt_i64 lamp_seen_at; /* [ Lamp-Seen-At ] seconds since 1970 */
    dia_avp_list others;      /* *[ AVP ] */
} dia_parts_lamp_bulb;
DIA_LIST_OF_(dia_parts_lamp_bulb_list, dia_parts_lamp_bulb);

#ifdef __cplusplus
}
#endif
#endif

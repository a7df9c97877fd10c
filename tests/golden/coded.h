/* Codes: dictionary coded, application 16777998. Made by the dictionary compiler; do not edit. */
#ifndef DIATOM_APP_CODED_H
#define DIATOM_APP_CODED_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const dia_dict dia_dict_coded;
extern const dia_command dia_commands_coded[2];

#define DIA_COMMAND_CODED_CDR (&dia_commands_coded[0]) /* Code-Request, 8388710 */
#define DIA_COMMAND_CODED_CDA (&dia_commands_coded[1]) /* Code-Answer, 8388710 */

/* ---- AVPs ---- */

/* Codes. */
enum {
    DIA_AVP_CODED_DIGITS = 40,       /* UTF8String, vendor 99 */
    DIA_AVP_CODED_FLIP_U32 = 41,     /* Unsigned32, vendor 99 */
    DIA_AVP_CODED_FLIP_U64 = 42,     /* Unsigned64, vendor 99 */
    DIA_AVP_CODED_FLIP_TIME = 43,    /* Time, vendor 99 */
    DIA_AVP_CODED_FLIP_OCTETS = 44,  /* OctetString, vendor 99 */
    DIA_AVP_CODED_FLIP_ADDRESS = 45, /* Address, vendor 99 */
    DIA_AVP_CODED_FLIP_GROUP = 46,   /* Grouped, vendor 99 */
    DIA_AVP_CODED_FLIP_KIND = 47,    /* Enumerated, vendor 99 */
    DIA_AVP_CODED_ROGUE = 48,        /* UTF8String, vendor 99 */
    DIA_AVP_CODED_MISSING = 49,      /* Unsigned32, vendor 99 */
    DIA_AVP_CODED_PLAIN = 50,        /* Unsigned32, vendor 99 */
    DIA_AVP_CODED_FLIP_KINDS = 51,   /* Enumerated, vendor 99 */
};

extern const dia_avp_def dia_def_coded_digits;       /* Digits */
extern const dia_avp_def dia_def_coded_flip_u32;     /* Flip-U32 */
extern const dia_avp_def dia_def_coded_flip_u64;     /* Flip-U64 */
extern const dia_avp_def dia_def_coded_flip_time;    /* Flip-Time */
extern const dia_avp_def dia_def_coded_flip_octets;  /* Flip-Octets */
extern const dia_avp_def dia_def_coded_flip_address; /* Flip-Address */
extern const dia_avp_def dia_def_coded_flip_group;   /* Flip-Group */
extern const dia_grammar dia_group_coded_flip_group;
extern const dia_avp_def dia_def_coded_flip_kind;    /* Flip-Kind */
extern const dia_avp_def dia_def_coded_rogue;        /* Rogue */
extern const dia_avp_def dia_def_coded_missing;      /* Missing */
extern const dia_avp_def dia_def_coded_plain;        /* Plain */
extern const dia_avp_def dia_def_coded_flip_kinds;   /* Flip-Kinds */

/* ---- Named values ---- */

/* Flip-Kind, 47. */
enum {
    DIA_CODED_FLIP_KIND_SMALL = 0,
    DIA_CODED_FLIP_KIND_LARGE = 1,
};

/* Flip-Kinds, 51. */
enum {
    DIA_CODED_FLIP_KINDS_FEW = 0,
    DIA_CODED_FLIP_KINDS_MANY = 1,
};

/* ---- Grouped AVPs ---- */

/* Flip-Group, 46, Grouped, vendor 99. */
typedef struct dia_coded_flip_group dia_coded_flip_group;
DIA_LIST_OF_(dia_coded_flip_group_list, dia_coded_flip_group);
struct dia_coded_flip_group {
    uint32_t plain;                         /* { Plain } */
    dia_bytes digits;                       /* [ Digits ] */
    const dia_coded_flip_group *flip_group; /* [ Flip-Group ] */
    dia_avp_list others;                    /* the grammar has no [ AVP ] */
};

/* ---- Commands ---- */

/* Code-Request, 8388710 */
typedef struct dia_coded_cdr {
    dia_bytes digits;                       /* { Digits } */
    uint32_t flip_u32;                      /* { Flip-U32 } */
    dia_opt_u64 flip_u64;                   /* [ Flip-U64 ] */
    dia_opt_i64 flip_time;                  /* [ Flip-Time ] seconds since 1970 */
    dia_bytes flip_octets;                  /* [ Flip-Octets ] */
    dia_address flip_address;               /* [ Flip-Address ] */
    const dia_coded_flip_group *flip_group; /* [ Flip-Group ] */
    dia_opt_i32 flip_kind;                  /* [ Flip-Kind ] DIA_CODED_FLIP_KIND_... */
    dia_bytes rogue;                        /* [ Rogue ] */
    dia_opt_u32 missing;                    /* [ Missing ] */
    dia_avp_list others;                    /* *[ AVP ] */
} dia_coded_cdr;

/* Code-Answer, 8388710 */
typedef struct dia_coded_cda {
    dia_bytes_list digits;                /* *2[ Digits ] */
    dia_u32_list flip_u32;                /* *[ Flip-U32 ] */
    dia_u64_list flip_u64;                /* *[ Flip-U64 ] */
    dia_i64_list flip_time;               /* *[ Flip-Time ] seconds since 1970 */
    dia_bytes_list flip_octets;           /* *[ Flip-Octets ] */
    dia_address_list flip_address;        /* *[ Flip-Address ] */
    dia_coded_flip_group_list flip_group; /* *[ Flip-Group ] */
    dia_i32_list flip_kinds;              /* *[ Flip-Kinds ] DIA_CODED_FLIP_KINDS_... */
    dia_u32_list missing;                 /* *[ Missing ] */
    dia_avp_list others;                  /* the grammar has no [ AVP ] */
} dia_coded_cda;

#ifdef __cplusplus
}
#endif
#endif

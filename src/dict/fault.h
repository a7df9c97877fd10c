/* Faults in the making: what the engine's files share about the peer's mistakes. Stays in this folder. */
#ifndef DICT_FAULT_H
#define DICT_FAULT_H

#include "diatom/dict.h"
#include "wire/wire.h"

/* RFC 6733, 7.1.3 and 7.1.5: the codes that the engine finds. */
enum {
    INVALID_AVP_BITS = 3009,
    AVP_UNSUPPORTED = 5001,
    INVALID_AVP_VALUE = 5004,
    MISSING_AVP = 5005,
    AVP_NOT_ALLOWED = 5008,
    AVP_OCCURS_TOO_MANY_TIMES = 5009,
    INVALID_AVP_LENGTH = 5014
};

/* Where the engine is: a message's body, or that of a group inside it. The chain leads out to the message. */
typedef struct dia_trail {
    const struct dia_trail *out; /* NULL: the message itself */
    const uint8_t *header;       /* the group's AVP as received; NULL: the message itself */
    const dia_grammar *grammar;
    int depth;     /* 0: the message itself */
    uint8_t level; /* dia_level, never DEFAULT */
    bool heed_m;   /* every group around has its M bit, so the M bits in here count (RFC 6733, 4.4) */
} dia_trail;

/* Does a fault with this code go in front of the one that is there? The first wins, but for 5005, which comes last. */
static inline bool dia_fault_yields(const dia_fault *fault, uint32_t code)
{
    return fault->result_code == 0 || (fault->result_code == MISSING_AVP && code != MISSING_AVP);
}

/* All of these do nothing when an earlier fault goes in front. The octets go to the arena, wrapped into the groups of
 * the trail; text is a printf format. */

/* The whole AVP as it came. */
void dia_fault_avp(dia_fault *fault, dia_arena *arena, const dia_trail *at, uint32_t code, dia_bytes avp,
                   const char *text, ...) DIA_PRINTF_(6, 7);

/* Its header with corrected length and `least` zeros. `octets` may end inside the header: then it is padded. */
void dia_fault_length(dia_fault *fault, dia_arena *arena, const dia_trail *at, dia_bytes octets, size_t least,
                      const char *text, ...) DIA_PRINTF_(6, 7);

/* 5005 with the field's AVP of minimum length. NULL: something that has no name, {AVP}. */
void dia_fault_missing(dia_fault *fault, dia_arena *arena, const dia_trail *at, const dia_avp_def *avp);

/* Nested too deep: 5014 with the outermost group, empty, so that the answer does not nest as deep itself. */
void dia_fault_depth(dia_fault *fault, dia_arena *arena, const dia_trail *at, dia_bytes avp);

/* The octets that a value of this type has at least; exactly so many when it is a number or Time. */
size_t dia_type_least(uint8_t type);

#endif

/* Whole messages edited in place: AVPs taken out and put in at any depth, with all lengths around them set right. */
#ifndef PROOF_EDIT_H
#define PROOF_EDIT_H

#include "diatom/dict.h"

enum { EDIT_DEPTH_MAX = 2, EDIT_OCTETS_MAX = 1 << 17 };

typedef struct edit {
    uint8_t octets[EDIT_OCTETS_MAX];
    size_t n;
    size_t groups[EDIT_DEPTH_MAX]; /* where the AVPs begin whose inside is edited, from outside in */
    size_t depth;                  /* 0: the message itself */
} edit;

/* Starts with a copy of the message; of another edit, at the place where that one is. */
void edit_begin(edit *e, dia_bytes message);
void edit_copy(edit *to, const edit *from);

/* Goes into the first AVP of this kind; false when there is none. */
bool edit_enter(edit *e, uint32_t code, uint32_t vendor);

/* The AVPs of where one is. A view into the octets, until the next change. */
dia_bytes edit_body(const edit *e);

/* The k-th AVP of this kind there; absent when there are fewer. */
dia_bytes edit_avp(const edit *e, uint32_t code, uint32_t vendor, size_t k);

/* Puts octets at the end, or in the place of `old`, a view into the body; octets may be absent. Nothing is padded. */
void edit_append(edit *e, dia_bytes octets);
void edit_replace(edit *e, dia_bytes old, dia_bytes octets);

dia_bytes edit_message(const edit *e);

/* Do all groups on the way have the M bit? */
bool edit_heeds_m(const edit *e);

/* An AVP inside the headers of all groups on the way, their lengths as if it were alone in them: what belongs into
 * Failed-AVP. The octets written. */
size_t edit_wrap(const edit *e, dia_bytes avp, uint8_t *to);

#endif

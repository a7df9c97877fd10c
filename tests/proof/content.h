/* What stands inside OctetStrings and texts that have a format of their own, and numbers that say which format another AVP
 * has: for decoders that look into them. */
#ifndef PROOF_CONTENT_H
#define PROOF_CONTENT_H

#include "diatom/dict.h"

/* The format of an AVP's value as its specification has it: one example. Absent: none is known. */
dia_bytes content_of(const dia_avp_def *avp);

#endif

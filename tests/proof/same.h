/* Structs of any command compared, with each other and with octets, over their tables. */
#ifndef PROOF_SAME_H
#define PROOF_SAME_H

#include "diatom/dict.h"

/* Where two of them part: names of AVPs from outside in, "Subscription-Id/Subscription-Id-Type". */
typedef struct same_path {
    char text[160];
} same_path;

/* Do both structs of the grammar say the same? Floats by their bits, views by their octets. False with *path. */
bool same_structs(const dia_grammar *grammar, const void *a, const void *b, same_path *path);

/* Do the AVPs, read one by one, say what the struct says: each with the flags of its definition, those in fixed position
 * in order and in front, none more and none less? False with *path. */
bool same_as_avps(const dia_grammar *grammar, const void *of, dia_bytes avps, same_path *path);

/* How many AVPs the struct holds, those inside its groups included, but not inside others. */
size_t same_count(const dia_grammar *grammar, const void *of);

#endif

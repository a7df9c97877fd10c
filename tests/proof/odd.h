/* The dictionaries of the proofs: all that are built in, and behind them one with shapes that no specification has. */
#ifndef PROOF_ODD_H
#define PROOF_ODD_H

#include "diatom/dict.h"

/* Kept until odd_done(). */
const dia_dicts *odd_dicts(void);
void odd_done(void);

#endif

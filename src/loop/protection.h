/* Configurations of TLS by their names. */
#ifndef LOOP_PROTECTION_H
#define LOOP_PROTECTION_H

#include "loop/loop.h"
#include "tls/tls.h"

/* What is told of the end of our certificate. */
typedef enum dia_told { DIA_TOLD_NOTHING, DIA_TOLD_SOON, DIA_TOLD_ENDED } dia_told;

typedef struct dia_protection {
    dia_list place; /* in loop->protections */
    char *name;     /* NULL: for whoever names none */
    dia_tls *tls;
    dia_told told;
} dia_protection;

/* What this name stands for now, with a reference; NULL: nothing. */
dia_tls *dia_protection_get(const dia_loop *loop, const char *name);

/* Tells of certificates of ours that end, and says in loop->look_us when to look again. */
void dia_protection_look(dia_loop *loop, int64_t now_us);
void dia_protection_end_all(dia_loop *loop);

#endif

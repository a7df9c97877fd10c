/* One component of a path to an AVP. Stays in this folder. */
#ifndef DICT_PATH_H
#define DICT_PATH_H

#include "diatom/dict.h"

typedef struct dia_step {
    const dia_avp_def *def; /* NULL: a code that no dictionary knows */
    uint32_t code, vendor;
    bool has_index;
    uint32_t index;   /* which of that name, from 0 */
    const char *rest; /* the next component; NULL: this was the last */
} dia_step;

/* "Name", "Name[2]", "CODE", "VENDOR:CODE[2]". DIA_EINVAL: it is none of these, or no dictionary knows the name. */
int dia_step_cut(const dia_dicts *dicts, uint32_t application, const char *path, dia_step *out);

static inline bool dia_step_is(const dia_step *s, const dia_avp *avp)
{
    return s->code == avp->code && s->vendor == avp->vendor;
}

#endif

/* The dictionary compiler: a dictionary printed as C. */
#ifndef DIATOM_GEN_H
#define DIATOM_GEN_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dia_gen_part {
    DIA_GEN_HEADER,      /* diatom/app/<stem>.h: structs, constants, the table's name */
    DIA_GEN_NODE_HEADER, /* diatom/app/<stem>_node.h: dia_serve_, dia_send_, dia_answer_, dia_keep_ wrappers */
    DIA_GEN_SOURCE       /* const tables only */
} dia_gen_part;

/* Writes one part. `dicts` are the dictionaries from which `dict` inherits, directly or not. 0, or the first error of
 * `write`; DIA_ENOENT when an inherited AVP is in none of `dicts`. */
int dia_gen(const dia_dict *dict, const dia_dicts *dicts, dia_gen_part part, dia_write_fn *write, void *arg);

#ifdef __cplusplus
}
#endif
#endif

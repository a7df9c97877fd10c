/* The generator room's door: dictionaries printed as C.
 *
 * takes      a dia_dict and those it inherits from
 * gives      the text of headers and const tables (dia_gen of diatom/gen.h, dia_gen_all)
 * owns       an arena for names, as long as a call lasts
 * may use    base, dict
 * never sees files: main.c, the program of the build around it, does
 * tests      tests/gen, tests/golden */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "diatom/gen.h"

/* Writes diatom/app/all.h (DIA_GEN_HEADER) or its source (DIA_GEN_SOURCE): `dia_dicts_all`, these
 * dictionaries in their order, with an index over them. The first error of `write`; DIA_ENOENT when one inherits from a
 * dictionary that is not among them, or when they have no AVPs; DIA_EINVAL for DIA_GEN_NODE_HEADER, or when there are none. */
int dia_gen_all(const dia_dicts *dicts, dia_gen_part part, dia_write_fn *write, void *arg);

#endif

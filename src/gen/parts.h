/* The parts that the generator writes, each from a unit that has its names. */
#ifndef GEN_PARTS_H
#define GEN_PARTS_H

#include "gen/unit.h"

/* Each returns the first error of the unit's text. Every definition is at home in a dictionary that is known. */
int gen_say_header(gen_unit *u);
int gen_say_wrappers(gen_unit *u);
int gen_say_source(gen_unit *u);

/* "Credit-Control-Request, 272, RFC 8506, 3.1": what is known about a command, an AVP. */
const char *gen_command_remark(gen_unit *u, const dia_command *command);
const char *gen_avp_remark(gen_unit *u, const dia_avp_def *avp);

#endif

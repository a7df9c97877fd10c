/* The credit-control server of `diatom serve`. */
#ifndef CLI_CREDIT_H
#define CLI_CREDIT_H

#include <diatom/diatom.h>

enum { CLI_CREDIT_CONTROL = 4 }; /* its Application-Id (RFC 8506) */

/* What it speaks: Ro. NULL where that dictionary was left out of the build; then there is no cli_credit_serve(). */
extern const dia_dict *const cli_credit_dict;

typedef struct cli_credit {
    uint64_t grant, validity; /* octets at most, seconds */
    uint32_t result_code;     /* of every answer */
    dia_arena *arena;         /* of the answer in hand; empty again after it */
    uint64_t answered[5];     /* CCR by CC-Request-Type: 1 initial, 2 update, 3 termination, 4 event */
    uint64_t refused;
} cli_credit;

/* Serves CCR, keeping `c`. 0, or what dia_node_serve() says. */
int cli_credit_serve(cli_credit *c, dia_node *node);

#endif

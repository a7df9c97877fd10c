/* Certificates for the tests of one program, made in a folder that ends with it: those of "client" and "server", and of who is
 * "renewed", "wrong", a "stranger", "expired" or will be "soon". */
#ifndef TESTS_LOOP_KEYED_H
#define TESTS_LOOP_KEYED_H

#include "pair.h"

/* False: there is no folder for them. */
bool keyed_begin(void);
void keyed_end(void);

/* The configuration of who shows this certificate. Its paths are valid for a few calls more. */
dia_tls_config keyed(const char *name);

#endif

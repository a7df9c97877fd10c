/* Two ends of a protected connection in memory, for the tests of this folder. */
#ifndef TESTS_TLS_ENDS_H
#define TESTS_TLS_ENDS_H

#include "harness.h"
#include "pki.h"
#include "tls/tls.h"

#include <stdio.h>

/* Makes the standard set in a new folder below /tmp, with what `prepare` adds (NULL: nothing), runs the tests, and removes it. */
int ends_run(const char *suite, const struct harness_test *tests, size_t n, void (*prepare)(void));
#define ENDS_RUN(suite, tests, prepare) ends_run(suite, tests, sizeof(tests) / sizeof *(tests), prepare)

/* The set that is in that folder; FOLDER/NAME of a file. */
pki *ends_pki(void);
const char *ends_path(const char *file);

/* A configuration with NAME.pem and NAME.key that believes ca.pem. */
dia_tls_config ends_config(const char *name);

/* dia_tls_new() that must not fail but for memory; NULL then. */
dia_tls *ends_tls(const dia_tls_config *config);

struct ends {
    dia_tls_stream *client, *server;
    uint8_t to_client[200000], to_server[200000]; /* what they read */
    size_t n_to_client, n_to_server;
};

/* Both keep a reference. 0, or an error of dia_tls_stream_new(). */
int ends_new(struct ends *e, dia_tls *client, dia_tls *server, const char *name, const char *also);
void ends_free(struct ends *e);

/* Carries octets both ways, in pieces of at most `piece` (0: all there is), until nobody has any. */
void ends_pump(struct ends *e, size_t piece);

/* One way alone. Were there any? */
bool ends_carry(dia_tls_stream *from, dia_tls_stream *to, uint8_t *text, size_t *n, size_t size, size_t piece);

/* Does `text` contain `part`? Both are printed where it does not. */
bool ends_says(const char *text, const char *part);

#endif

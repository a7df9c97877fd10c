/* Reading dictionaries in tests: texts that inherit from other texts, and a list of what the reader found. */
#ifndef TESTS_DICT_READS_H
#define TESTS_DICT_READS_H

#include "dict/dict.h"

#include <stdio.h>

enum { READS_FINDINGS_MAX = 64, READS_TEXT_MAX = 1 << 18 };

typedef struct reads_source {
    const char *name, *text;
} reads_source;

typedef struct reads_finding {
    char file[64], name[64];
    unsigned line, column;
    bool warning;
} reads_finding;

typedef struct reads {
    dia_dict_reader reader;      /* made by reads_begin(); options may be set */
    const reads_source *sources; /* what @inherits finds; ends with a NULL name */
    unsigned n, errors;
    reads_finding found[READS_FINDINGS_MAX];
} reads;

/* `sources` may be NULL. Memory comes from the harness. */
void reads_begin(reads *r, const reads_source *sources);

/* Reads the text as "test.dia"; *out is NULL on error. */
int reads_text(reads *r, const char *text, dia_dict **out);

/* The whole file, NUL-terminated, to be freed with free(). NULL when it cannot be read. */
char *reads_file(const char *path);

/* Texts that are written, collected. */
typedef struct reads_output {
    size_t n;
    char text[READS_TEXT_MAX];
} reads_output;

int reads_write(void *arg, const char *text, size_t n);

/* Do both hold the same AVPs and commands? What differs is printed. */
bool reads_same(const dia_dict *a, const dia_dict *b);

#endif

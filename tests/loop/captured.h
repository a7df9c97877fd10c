/* Capture files, read back: which messages are in them. */
#ifndef TESTS_LOOP_CAPTURED_H
#define TESTS_LOOP_CAPTURED_H

#include "pair.h"

enum { CAPTURED_MAX = 100, CAPTURED_PATH = 40 };

struct captured_message {
    uint32_t command, flags;
    uint16_t from, to; /* ports */
};

struct captured {
    struct captured_message messages[CAPTURED_MAX];
    size_t n, octets; /* messages; of the file */
    char words[CAPTURED_MAX * 4 + 1];
};

/* A file of its own, empty. */
void captured_path(char *path, size_t size);

/* False: it is no sound capture of whole messages between ends at 127.0.0.1. */
bool captured_read(struct captured *c, const char *path);

/* "CER CEA CCR CCA" */
const char *captured_words(struct captured *c);

#endif

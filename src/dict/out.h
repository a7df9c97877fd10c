/* Text of the .dia language on its way out, in pieces that the caller's function takes. Private to the room. */
#ifndef DICT_OUT_H
#define DICT_OUT_H

#include "dict/issue.h"

typedef struct dict_out {
    dia_write_fn *write;
    void *arg;
    size_t n;
    int err; /* the first error of `write` */
    char buf[2048];
} dict_out;

void dict_out_init(dict_out *out, dia_write_fn *write, void *arg);

void dict_out_put(dict_out *out, dia_bytes text);
void dict_out_print(dict_out *out, const char *format, ...) DICT_PRINTF(2, 3);
void dict_out_blanks(dict_out *out, size_t n);

/* A word, quoted when it would be something else without. */
void dict_out_word(dict_out *out, dia_bytes word);

/* Octets that dict_out_word() writes. */
size_t dict_word_width(dia_bytes word);

enum { DICT_BODY_INDENT = 8 };

/* "1*    { Name }". max UINT64_MAX: no bound. */
void dict_out_ref(dict_out *out, char bracket, uint64_t min, uint64_t max, dia_bytes name);

/* Hands over what is left. 0, or the first error. */
int dict_out_end(dict_out *out);

#endif

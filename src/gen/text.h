/* A cursor that prints C. It remembers the first error of whoever takes the text. */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include "diatom/dict.h"

#include <stdarg.h>

enum { GEN_WIDTH = 120 };

typedef struct gen_text {
    dia_write_fn *write;
    void *arg;
    dia_arena *arena; /* for whatever is too long for the stack */
    int err;          /* the first error: of `write`, of the arena */
} gen_text;

/* Prints as printf does. */
__attribute__((format(printf, 2, 3))) void gen_say(gen_text *t, const char *format, ...);

/* A string in the arena; "" when the arena is used up (its err says so). */
__attribute__((format(printf, 2, 3))) const char *gen_make(dia_arena *arena, const char *format, ...);
__attribute__((format(printf, 2, 0))) const char *gen_make_list(dia_arena *arena, const char *format, va_list args);

/* The string as a C literal with quotes; NULL as NULL. */
const char *gen_literal(dia_arena *arena, const char *s);

/* The string as it can stand in a comment. */
const char *gen_comment(dia_arena *arena, const char *s);

/* Rows of code with comments behind them, which are printed one below the other. */
typedef struct gen_rows {
    struct gen_row *v;
    size_t n, cap;
} gen_rows;

void gen_rows_add(gen_rows *rows, dia_arena *arena, const char *code, const char *comment);
void gen_rows_say(gen_text *t, const gen_rows *rows);

/* Numbers, as many in a line as fit. */
void gen_numbers(gen_text *t, const uint16_t *v, size_t n);

#endif

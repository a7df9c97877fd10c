/* Printing C: strings, comments, aligned rows. */
#include "gen/text.h"

#include "base/base.h"

#include <stdio.h>

struct gen_row {
    const char *code, *comment;
};

/* Comments stand below each other up to this column; longer code has its comment just behind it. */
enum { CODE_WIDTH = 72 };

const char *gen_make_list(dia_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *const to = n < 0 ? NULL : dia_arena_get(arena, (size_t)n + 1);
    if (!to)
        return "";
    vsnprintf(to, (size_t)n + 1, format, args);
    return to;
}

const char *gen_make(dia_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *const s = gen_make_list(arena, format, args);
    va_end(args);
    return s;
}

void gen_say(gen_text *t, const char *format, ...)
{
    if (t->err)
        return;
    char near[512];
    const char *s = near;
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    if (vsnprintf(near, sizeof near, format, again) >= (int)sizeof near)
        s = gen_make_list(t->arena, format, args);
    va_end(again);
    va_end(args);
    t->err = t->arena->err ? t->arena->err : t->write(t->arg, s, strlen(s));
}

/* How an octet is written in a literal. '?' is escaped because of trigraphs. */
static int escape(uint8_t c, char to[5])
{
    if (c == '"' || c == '\\' || c == '?')
        return snprintf(to, 5, "\\%c", c);
    if (c < ' ' || c > '~')
        return snprintf(to, 5, "\\%03o", c);
    return snprintf(to, 5, "%c", c);
}

const char *gen_literal(dia_arena *arena, const char *s)
{
    if (!s)
        return "NULL";
    char *const out = dia_arena_get(arena, 4 * strlen(s) + 3);
    if (!out)
        return "";
    char *to = out;
    *to++ = '"';
    for (; *s; s++) {
        char octet[5];
        const int n = escape((uint8_t)*s, octet);
        memcpy(to, octet, (size_t)n);
        to += n;
    }
    memcpy(to, "\"", 2);
    return out;
}

const char *gen_comment(dia_arena *arena, const char *s)
{
    char *const out = dia_arena_get(arena, 2 * strlen(s) + 1);
    if (!out)
        return "";
    char *to = out, last = 0;
    for (; *s; s++) {
        if ((last == '*' && *s == '/') || (last == '/' && *s == '*') || (last == '?' && *s == '?'))
            *to++ = ' ';
        last = *to++ = (uint8_t)*s < ' ' ? ' ' : *s;
    }
    *to = 0;
    return out;
}

void gen_rows_add(gen_rows *rows, dia_arena *arena, const char *code, const char *comment)
{
    if (rows->n == rows->cap) {
        const size_t cap = rows->cap ? 2 * rows->cap : 16;
        struct gen_row *const v = dia_arena_get(arena, cap * sizeof *v);
        if (!v)
            return;
        if (rows->n)
            memcpy(v, rows->v, rows->n * sizeof *v);
        rows->v = v;
        rows->cap = cap;
    }
    rows->v[rows->n++] = (struct gen_row){ code, comment };
}

void gen_rows_say(gen_text *t, const gen_rows *rows)
{
    size_t width = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const size_t n = strlen(rows->v[i].code);
        if (rows->v[i].comment && n <= CODE_WIDTH && n > width)
            width = n;
    }
    for (size_t i = 0; i < rows->n; i++) {
        const struct gen_row *const row = &rows->v[i];
        if (row->comment)
            gen_say(t, "%-*s /* %s */\n", (int)width, row->code, gen_comment(t->arena, row->comment));
        else
            gen_say(t, "%s\n", row->code);
    }
}

void gen_numbers(gen_text *t, const uint16_t *v, size_t n)
{
    size_t column = 0;
    for (size_t i = 0; i < n; i++) {
        char number[8];
        const size_t length = (size_t)snprintf(number, sizeof number, "%u,", v[i]);
        const bool next = column == 0 || column + 1 + length > GEN_WIDTH;
        gen_say(t, next ? "%s    %s" : "%s %s", next && column ? "\n" : "", number);
        column = next ? 4 + length : column + 1 + length;
    }
    gen_say(t, "\n");
}

/* Texts that grow, and memory that lasts as long as a script. */
#include "script.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void reserve(talk_string *s, size_t more)
{
    if (s->n + more + 1 <= s->cap)
        return;
    s->cap = 2 * (s->n + more + 1);
    s->p = realloc(s->p, s->cap);
    if (!s->p)
        abort();
}

void talk_put(talk_string *s, dia_bytes text)
{
    reserve(s, text.n);
    if (text.n)
        memcpy(s->p + s->n, text.p, text.n);
    s->n += text.n;
    s->p[s->n] = '\0';
}

void talk_say(talk_string *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    reserve(s, (size_t)n);
    va_start(args, format);
    vsnprintf(s->p + s->n, (size_t)n + 1, format, args);
    va_end(args);
    s->n += (size_t)n;
}

void talk_string_done(talk_string *s)
{
    free(s->p);
    *s = (talk_string){ 0 };
}

bool talk_is(dia_bytes word, const char *text)
{
    return dia_bytes_equal(word, dia_cstr(text));
}

bool talk_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

void *talk_get(dia_arena *arena, size_t n)
{
    void *p = dia_arena_get0(arena, n);
    if (!p)
        abort();
    return p;
}

dia_bytes talk_copy(dia_arena *arena, dia_bytes text)
{
    uint8_t *p = talk_get(arena, text.n + 1);
    if (text.n)
        memcpy(p, text.p, text.n);
    return (dia_bytes){ p, text.n };
}

char *talk_cstring(dia_arena *arena, dia_bytes text)
{
    return (char *)(uintptr_t)talk_copy(arena, text).p;
}

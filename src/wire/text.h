/* Writing and reading the text forms of derived types. Does not leave this folder. */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include "base/base.h"

/* Text on its way into the caller's buffer. Counts on when it does not fit, so a print function runs its writer once to
 * measure and once to write: an error then leaves the buffer untouched. */
struct text {
    char *to; /* NULL: only measure */
    size_t n;
};

static inline void text_char(struct text *t, char c)
{
    if (t->to)
        t->to[t->n] = c;
    t->n++;
}

static inline void text_put(struct text *t, const char *s)
{
    while (*s)
        text_char(t, *s++);
}

static inline void text_bytes(struct text *t, dia_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        text_char(t, (char)b.p[i]);
}

static inline void text_number(struct text *t, uint32_t v)
{
    char digits[10];
    int n = 0;
    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n > 0)
        text_char(t, digits[--n]);
}

/* The measured text has n octets: does it fit with its NUL, and in the int that says so? */
static inline bool text_fits(const struct text *t, size_t size)
{
    return t->n < size && t->n < INT32_MAX;
}

/* Text that is being read. */
struct scan {
    const uint8_t *at, *end;
};

static inline struct scan scan_of(dia_bytes text)
{
    return (struct scan){ text.p, text.n ? text.p + text.n : text.p };
}

static inline bool scan_is_done(const struct scan *s)
{
    return s->at == s->end;
}

static inline bool scan_sees(const struct scan *s, char c)
{
    return s->at < s->end && *s->at == (uint8_t)c;
}

static inline bool scan_char(struct scan *s, char c)
{
    if (!scan_sees(s, c))
        return false;
    s->at++;
    return true;
}

/* The literal comes next, in any case of letters: then it is passed. */
static inline bool scan_literal(struct scan *s, const char *literal)
{
    const size_t n = strlen(literal);
    if ((size_t)(s->end - s->at) < n || !dia_bytes_equal_nocase((dia_bytes){ s->at, n }, dia_cstr(literal)))
        return false;
    s->at += n;
    return true;
}

/* A decimal number up to `max` comes next: then it is passed. Leading zeros are fine. */
static inline bool scan_number(struct scan *s, uint32_t max, uint32_t *out)
{
    const uint8_t *p = s->at;
    uint64_t v = 0;
    for (; p < s->end && dia_is_digit(*p); p++) {
        v = 10 * v + (uint64_t)(*p - '0');
        if (v > max)
            return false;
    }
    if (p == s->at)
        return false;
    s->at = p;
    *out = (uint32_t)v;
    return true;
}

static inline bool scan_blanks(struct scan *s)
{
    const uint8_t *start = s->at;
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
        s->at++;
    return s->at != start;
}

/* The octets up to the next blank or the end; s stays. */
static inline dia_bytes scan_peek_word(const struct scan *s)
{
    const uint8_t *p = s->at;
    while (p < s->end && *p != ' ' && *p != '\t')
        p++;
    return (dia_bytes){ s->at, (size_t)(p - s->at) };
}

/* The next word is this one, in any case of letters: then it is passed with the blanks behind it. */
static inline bool scan_word(struct scan *s, const char *word)
{
    const dia_bytes next = scan_peek_word(s);
    if (!next.p || !dia_bytes_equal_nocase(next, dia_cstr(word)))
        return false;
    s->at += next.n;
    scan_blanks(s);
    return true;
}

#endif

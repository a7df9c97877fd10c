/* The reader's cursor: octets into the caller's buffer, and the first error with its path. */
#include "json/reader.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- Errors ---- */

/* Whatever names stood in the text: one line of ASCII comes out. */
static void tidy(char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

/* "avps[3].value", from its end to its beginning; "..." stands for outer places that do not fit. */
static void write_path(const dia_json_place *at, char *to, size_t size)
{
    char part[80];
    size_t start = size - 1; /* what is written ends with the last octet of `to` */
    to[start] = '\0';
    for (; at; at = at->out) {
        const int n = at->key ? snprintf(part, sizeof part, "%s%.60s", at->out ? "." : "", at->key)
                              : snprintf(part, sizeof part, "[%zu]", at->index);
        const size_t room = at->out ? start - 3 : start;
        if (n < 0 || (size_t)n > room) {
            start -= 3;
            memcpy(to + start, "...", 3);
            break;
        }
        start -= (size_t)n;
        memcpy(to + start, part, (size_t)n);
    }
    memmove(to, to + start, size - start);
    tidy(to);
}

void dia_json_fail(dia_json_reader *r, const dia_json_place *at, const char *format, ...)
{
    if (r->err)
        return;
    r->err = DIA_EFORMAT;
    if (!r->error)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, args);
    va_end(args);
    tidy(r->error->text);
    write_path(at, r->error->path, sizeof r->error->path);
}

/* ---- Octets ---- */

uint8_t *dia_json_room(dia_json_reader *r, size_t n)
{
    const size_t at = r->n;
    r->n += n;
    return at <= r->cap && n <= r->cap - at ? r->buf + at : NULL;
}

void dia_json_put(dia_json_reader *r, dia_bytes octets)
{
    uint8_t *to = dia_json_room(r, octets.n);
    if (to && octets.n)
        memcpy(to, octets.p, octets.n);
}

void dia_json_put_u32(dia_json_reader *r, uint32_t value)
{
    uint8_t *to = dia_json_room(r, 4);
    if (to)
        dia_store32(to, value);
}

void dia_json_put_hex(dia_json_reader *r, const dia_json_place *at, const json_t *v)
{
    const dia_bytes hex = dia_json_text(v);
    if (!hex.p || hex.n % 2) {
        dia_json_fail(r, at, "wants a string with an even number of hex digits");
        return;
    }
    for (size_t i = 0; i < hex.n; i++) {
        if (dia_hex_digit(hex.p[i]) < 0) {
            dia_json_fail(r, at, "has something else than hex digits");
            return;
        }
    }
    uint8_t *to = dia_json_room(r, hex.n / 2);
    for (size_t i = 0; to && i < hex.n; i += 2)
        to[i / 2] = (uint8_t)(dia_hex_digit(hex.p[i]) << 4 | dia_hex_digit(hex.p[i + 1]));
}

dia_bytes dia_json_text(const json_t *v)
{
    return (dia_bytes){ (const uint8_t *)json_string_value(v), json_string_length(v) };
}

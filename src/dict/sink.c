/* Text into the caller's buffer; counted where it does not fit. */
#include "dict/dict.h"

#include <stdio.h>

void dia_sink_init(dia_sink *sink, char *to, size_t size)
{
    *sink = (dia_sink){ to, size, 0 };
}

static void put(dia_sink *sink, const void *text, size_t n)
{
    if (n && sink->n < sink->size && n <= sink->size - sink->n)
        memcpy(sink->to + sink->n, text, n);
    sink->n += n;
}

void dia_sink_put(dia_sink *sink, const char *text)
{
    put(sink, text, strlen(text));
}

void dia_sink_octets(dia_sink *sink, dia_bytes octets)
{
    put(sink, octets.p, octets.n);
}

void dia_sink_blanks(dia_sink *sink, size_t n)
{
    for (; n; n--)
        put(sink, " ", 1);
}

void dia_sink_hex(dia_sink *sink, dia_bytes octets)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < octets.n; i++)
        put(sink, (const char[2]){ digits[octets.p[i] >> 4], digits[octets.p[i] & 15] }, 2);
}

void dia_sink_u64(dia_sink *sink, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(sink, digits + at, sizeof digits - at);
}

void dia_sink_i64(dia_sink *sink, int64_t value)
{
    if (value < 0)
        put(sink, "-", 1);
    dia_sink_u64(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static bool stands_for_itself(uint8_t c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static void put_escaped(dia_sink *sink, uint8_t c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *l = letters; *l; l += 2) {
        if ((uint8_t)*l == c) {
            put(sink, (const char[2]){ '\\', l[1] }, 2);
            return;
        }
    }
    put(sink, "\\u00", 4);
    dia_sink_hex(sink, (dia_bytes){ &c, 1 });
}

void dia_sink_quoted(dia_sink *sink, dia_bytes text)
{
    put(sink, "\"", 1);
    for (size_t i = 0; i < text.n;) {
        const size_t from = i;
        while (i < text.n && stands_for_itself(text.p[i]))
            i++;
        put(sink, text.p + from, i - from);
        if (i < text.n)
            put_escaped(sink, text.p[i++]);
    }
    put(sink, "\"", 1);
}

int64_t dia_sink_end(dia_sink *sink, size_t *needed)
{
    if (sink->n >= sink->size) {
        if (needed)
            *needed = sink->n + 1;
        return DIA_ESPACE;
    }
    sink->to[sink->n] = '\0';
    return (int64_t)sink->n;
}

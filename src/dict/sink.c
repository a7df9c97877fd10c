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

/* Octets that may pass as they are. Behind 0xc2, 0x80 to 0x9f are control characters too, and terminals obey them. */
static bool stands_for_itself(const uint8_t *p, size_t rest)
{
    return *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f && !(*p == 0xc2 && rest > 1 && p[1] < 0xa0);
}

/* How many octets it took. */
static size_t put_escaped(dia_sink *sink, const uint8_t *p)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *l = letters; *l; l += 2) {
        if ((uint8_t)*l == *p) {
            put(sink, (const char[2]){ '\\', l[1] }, 2);
            return 1;
        }
    }
    const size_t n = *p == 0xc2 ? 2 : 1;
    put(sink, "\\u00", 4);
    dia_sink_hex(sink, (dia_bytes){ p + n - 1, 1 });
    return n;
}

void dia_sink_escaped(dia_sink *sink, dia_bytes text)
{
    for (size_t i = 0; i < text.n;) {
        const size_t from = i;
        while (i < text.n && stands_for_itself(text.p + i, text.n - i))
            i++;
        put(sink, text.p + from, i - from);
        if (i < text.n)
            i += put_escaped(sink, text.p + i);
    }
}

void dia_sink_quoted(dia_sink *sink, dia_bytes text)
{
    put(sink, "\"", 1);
    dia_sink_escaped(sink, text);
    put(sink, "\"", 1);
}

void dia_sink_flags(dia_sink *sink, uint8_t flags, const char *letters, uint8_t reserved)
{
    const uint8_t rest = flags & reserved;
    uint8_t bit = 0x80;
    bool any = false;
    for (; *letters; letters++, bit >>= 1) {
        if (!(flags & bit))
            continue;
        dia_sink_octets(sink, (dia_bytes){ (const uint8_t *)letters, 1 });
        any = true;
    }
    if (rest) {
        dia_sink_put(sink, any ? "+0x" : "0x");
        dia_sink_hex(sink, (dia_bytes){ &rest, 1 });
    } else if (!any) {
        dia_sink_put(sink, "-");
    }
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

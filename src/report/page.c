/* A text that grows as it is written. */
#include "report/report.h"

#include <stdarg.h>
#include <stdio.h>

enum { CAP_MIN = 1024, LINE_ROOM = 1001 };

void dia_page_init(dia_page *page, size_t max, const dia_allocator *alloc)
{
    *page = (dia_page){ .max = max, .alloc = alloc };
}

static const dia_allocator *allocator_of(const dia_page *page)
{
    return page->alloc ? page->alloc : dia_allocator_default();
}

static bool grow(dia_page *page, size_t needed)
{
    const dia_allocator *alloc = allocator_of(page);
    size_t cap = page->cap ? page->cap : CAP_MIN;
    while (cap < needed)
        cap = cap > SIZE_MAX / 2 ? needed : 2 * cap;
    char *p = alloc->resize(alloc->arg, page->p, page->cap, cap);
    if (!p) {
        page->err = DIA_ENOMEM;
        return false;
    }
    page->p = p;
    page->cap = cap;
    return true;
}

/* Room for n more octets at page->p + page->n. */
static bool reserve(dia_page *page, size_t n)
{
    const size_t max = page->max ? page->max : SIZE_MAX;
    if (page->err)
        return false;
    if (n > max - page->n) {
        page->err = DIA_ESPACE;
        return false;
    }
    return page->n + n <= page->cap || grow(page, page->n + n);
}

static void put(dia_page *page, const void *octets, size_t n)
{
    if (!n || !reserve(page, n))
        return;
    memcpy(page->p + page->n, octets, n);
    page->n += n;
}

void dia_page_put(dia_page *page, const char *text)
{
    put(page, text, strlen(text));
}

void dia_page_octets(dia_page *page, dia_bytes octets)
{
    put(page, octets.p, octets.n);
}

void dia_page_print(dia_page *page, const char *format, ...)
{
    char line[LINE_ROOM];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put(page, line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void dia_page_u64(dia_page *page, uint64_t value)
{
    char digits[20];
    dia_sink sink;
    dia_sink_init(&sink, digits, sizeof digits);
    dia_sink_u64(&sink, value);
    put(page, digits, sink.n);
}

void dia_page_fixed(dia_page *page, int64_t us, unsigned digits)
{
    char part[8] = ".";
    const uint64_t whole = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    uint64_t rest = whole % 1000000;
    if (us < 0)
        put(page, "-", 1);
    dia_page_u64(page, whole / 1000000);
    for (unsigned i = 0, unit = 100000; i < digits && i < 6; i++, unit /= 10) {
        part[i + 1] = (char)('0' + rest / unit);
        rest %= unit;
    }
    put(page, part, digits ? digits + 1 : 0);
}

/* ---- Text of others ---- */

/* Behind 0xc2, 0x80 to 0x9f are control characters too, and terminals obey them. */
static bool is_second_control(dia_bytes text, size_t at)
{
    return text.p[at] == 0xc2 && at + 1 < text.n && text.p[at + 1] < 0xa0;
}

void dia_page_safely(dia_page *page, dia_bytes text)
{
    const bool is_text = dia_utf8_valid(text);
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        const bool bad = c < 0x20 || c == 0x7f || (c >= 0x80 && !is_text) || is_second_control(text, i);
        put(page, bad ? (const uint8_t *)"?" : &c, 1);
        i += is_second_control(text, i);
    }
}

/* Each octet of UTF-8 needs six at most. */
static void put_json(dia_page *page, dia_bytes text)
{
    dia_sink sink;
    if (text.n > SIZE_MAX / 8 || !reserve(page, 6 * text.n + 2))
        return;
    dia_sink_init(&sink, page->p + page->n, page->cap - page->n);
    dia_sink_escaped(&sink, text);
    page->n += sink.n;
}

void dia_page_quoted(dia_page *page, dia_bytes text)
{
    const bool is_text = dia_utf8_valid(text);
    if (!text.p) {
        dia_page_put(page, "null");
        return;
    }
    dia_page_put(page, "\"");
    for (size_t i = 0, n; i < text.n; i += n) {
        n = is_text ? text.n : 1;
        if (is_text || text.p[i] < 0x80)
            put_json(page, (dia_bytes){ text.p + i, n });
        else
            dia_page_put(page, "\\ufffd");
    }
    dia_page_put(page, "\"");
}

void dia_page_label(dia_page *page, dia_bytes text)
{
    const bool is_text = dia_utf8_valid(text);
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '"' || c == '\\')
            put(page, (const uint8_t[2]){ '\\', c }, 2);
        else if (c == '\n')
            put(page, "\\n", 2);
        else if (c < 0x20 || (c >= 0x80 && !is_text))
            put(page, "?", 1);
        else
            put(page, &c, 1);
    }
}

void dia_page_clear(dia_page *page)
{
    page->n = 0;
    page->err = 0;
}

void dia_page_done(dia_page *page)
{
    if (page->p)
        dia_release(allocator_of(page), page->p, page->cap);
    dia_page_init(page, page->max, page->alloc);
}

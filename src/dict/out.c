/* Text of the .dia language on its way out. */
#include "dict/out.h"

#include "dict/ast.h"

#include <stdarg.h>
#include <stdio.h>

void dict_out_init(dict_out *out, dia_write_fn *write, void *arg)
{
    out->write = write;
    out->arg = arg;
    out->n = 0;
    out->err = 0;
}

static void flush(dict_out *out)
{
    if (!out->err && out->n) {
        const int err = out->write(out->arg, out->buf, out->n);
        out->err = err < 0 ? err : 0;
    }
    out->n = 0;
}

void dict_out_put(dict_out *out, dia_bytes text)
{
    while (text.n && !out->err) {
        const size_t room = sizeof out->buf - out->n, part = text.n < room ? text.n : room;
        memcpy(out->buf + out->n, text.p, part);
        out->n += part;
        text.p += part;
        text.n -= part;
        if (out->n == sizeof out->buf)
            flush(out);
    }
}

void dict_out_print(dict_out *out, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        dict_out_put(out, (dia_bytes){ (const uint8_t *)text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1 });
}

void dict_out_blanks(dict_out *out, size_t n)
{
    while (n--)
        dict_out_put(out, dia_cstr(" "));
}

static bool is_plain(dia_bytes word)
{
    dict_scan scan;
    dict_scan_init(&scan, word, NULL);
    const dict_token token = dict_scan_next(&scan);
    return token.kind == TOKEN_WORD && token.text.n == word.n;
}

size_t dict_word_width(dia_bytes word)
{
    return word.n + (is_plain(word) ? 0 : 2);
}

void dict_out_word(dict_out *out, dia_bytes word)
{
    const bool plain = is_plain(word);
    if (!plain)
        dict_out_put(out, dia_cstr("'"));
    dict_out_put(out, word);
    if (!plain)
        dict_out_put(out, dia_cstr("'"));
}

/* As short as it can be said: "" where it is what the bracket means alone, "*" where nothing is bounded. */
static void print_qualifier(char *to, size_t size, char bracket, uint64_t min, uint64_t max)
{
    if (max == 1 && min == (bracket == '[' ? 0 : 1))
        snprintf(to, size, "%s", "");
    else if (max != UINT64_MAX)
        snprintf(to, size, "%llu*%llu", (unsigned long long)min, (unsigned long long)max);
    else if (min == 0 && bracket != '{')
        snprintf(to, size, "*");
    else
        snprintf(to, size, "%llu*", (unsigned long long)min);
}

void dict_out_ref(dict_out *out, char bracket, uint64_t min, uint64_t max, dia_bytes name)
{
    char qualifier[48];
    print_qualifier(qualifier, sizeof qualifier, bracket, min, max);
    dict_out_print(out, "%-5s %c ", qualifier, bracket);
    if (dia_bytes_equal(name, dia_cstr("AVP")) && bracket != '<')
        dict_out_put(out, name);
    else
        dict_out_word(out, name);
    dict_out_print(out, " %c", bracket == '<' ? '>' : bracket == '{' ? '}' : ']');
}

int dict_out_end(dict_out *out)
{
    flush(out);
    return out->err;
}

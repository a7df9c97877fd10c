/* The text form, both ways. The first octet selects what the others are.
 *
 * Even ('t'): a text for the reader. What it accepts can be printed, and leads to the same octets again; what it refuses
 * has an error in one of its lines.
 * Odd ('o'): a message. Whatever it is, its text leads back to it, and so does the text of each of its values. */
#include "odd.h"

#include "wire/wire.h"

#include <string.h>

enum { INPUT_MAX = 1 << 14, TEXT_MAX = 1 << 21 };

static char text[TEXT_MAX];
static uint8_t octets[TEXT_MAX], back[TEXT_MAX];

typedef struct findings {
    size_t n, line, lines;
} findings;

static void on_finding(void *arg, size_t line, size_t column, const char *reason)
{
    findings *f = arg;
    must(line >= 1 && line <= f->lines && column >= 1 && reason[0]);
    f->line = line;
    f->n++;
}

static size_t lines_of(dia_bytes input)
{
    size_t n = 1;
    for (size_t i = 0; i < input.n; i++)
        n += input.p[i] == '\n';
    return n;
}

static int64_t read_back(const dia_dicts *dicts, dia_bytes printed, void *to, size_t size, size_t *needed)
{
    findings f = { .lines = lines_of(printed) };
    const int64_t n = dia_text_read(dicts, printed, on_finding, &f, to, size, needed);
    must((n == DIA_EFORMAT) == (f.n > 0));
    must(n >= 0 || n == DIA_EFORMAT || n == DIA_ESPACE);
    return n;
}

static void check_values(const dia_dicts *dicts, uint32_t application, dia_avps it, int depth)
{
    while (dia_avp_next(&it)) {
        const dia_avp_def *def = dia_dicts_avp(dicts, application, it.avp.code, it.avp.vendor);
        const int64_t n = dia_text_value(def, it.avp.data, text, sizeof text, NULL);
        must(n > 0 && (size_t)n == strlen(text));
        const int64_t m = dia_text_value_read(def, dia_cstr(text), back, sizeof back, NULL, NULL);
        must(m >= 0 && (size_t)m == it.avp.data.n && (m == 0 || memcmp(back, it.avp.data.p, (size_t)m) == 0));
        if (def && def->type == DIA_TYPE_GROUPED && depth < DIA_NESTING_MAX)
            check_values(dicts, application, dia_avp_enter(&it), depth + 1);
    }
}

static void check_octets(const dia_dicts *dicts, dia_bytes message)
{
    size_t needed = 0;
    dia_header h;
    const dia_text_options options = { .indent = (int)(message.n % 9) };
    const int64_t n = dia_text_print(dicts, message, &options, text, sizeof text, NULL);
    must(n > 0 && (size_t)n == strlen(text));
    const dia_bytes printed = { (const uint8_t *)text, (size_t)n };
    must(dia_text_cut(printed) == printed.n);
    const int64_t m = read_back(dicts, printed, back, sizeof back, NULL);
    if (m < 0 ||
        !dia_bytes_equal((dia_bytes){ back, (size_t)m }, (dia_bytes){ message.p ? message.p : back, message.n }))
        fprintf(stderr, "%s\n", text);
    must(m >= 0 && (size_t)m == message.n && (m == 0 || memcmp(back, message.p, (size_t)m) == 0));
    if (m > 0)
        must(read_back(dicts, printed, back, (size_t)m - 1, &needed) == DIA_ESPACE && needed == (size_t)m);
    if (dia_header_read(message, &h) == 0)
        check_values(dicts, h.application, dia_avps_of(message), 0);
}

static void check_reader(const dia_dicts *dicts, dia_bytes input)
{
    const dia_bytes one = { input.p, dia_text_cut(input) };
    must(one.n <= input.n && (one.n > 0 || input.n == 0));
    const int64_t n = read_back(dicts, one, octets, sizeof octets, NULL);
    if (n >= 0)
        check_octets(dicts, (dia_bytes){ octets, (size_t)n });
    read_back(dicts, input, octets, sizeof octets, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dia_dicts dicts = fuzz_dictionaries();
    if (size == 0 || size > INPUT_MAX)
        return 0;
    const dia_bytes input = { data + 1, size - 1 };
    if (data[0] % 2)
        check_octets(&dicts, input);
    else
        check_reader(&dicts, input);
    return 0;
}

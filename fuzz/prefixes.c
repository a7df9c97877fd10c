/* A text of prefixes: what is wrong has a place in the text, what is right is found, and all of it can be taken out again. */
#include "fuzz.h"

#include "route/route.h"

typedef struct heard {
    size_t n, line, lines;
} heard;

static void hear(void *arg, const dia_prefixes_wrong *wrong)
{
    heard *h = arg;
    must(wrong->line > h->line && wrong->line <= h->lines && wrong->column > 0 && wrong->text && *wrong->text);
    h->line = wrong->line;
    h->n++;
}

static size_t count_lines(const uint8_t *p, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

static size_t digits_of(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] >= '0' && p[i] <= '9')
        i++;
    return i;
}

/* Lines of nothing but a prefix, a comma and a letter are right. */
static void look_up(const dia_prefixes *p, const uint8_t *line, size_t n)
{
    const size_t digits = digits_of(line, n);
    if (!digits || digits > DIA_DIGITS_MAX || n != digits + 2 || line[digits] != ',' || line[digits + 1] < 'a' ||
        line[digits + 1] > 'z')
        return;
    uint32_t value = UINT32_MAX;
    size_t length = 0;
    must(dia_prefixes_find(p, (dia_bytes){ line, digits }, &value, &length));
    must(length == digits && dia_prefixes_name_of(p, value).p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_prefixes *p = NULL;
    heard h = { .lines = count_lines(data, size) };
    must(dia_prefixes_new(NULL, &p) == 0);
    const int err = dia_prefixes_read(p, (dia_bytes){ data, size }, hear, &h);
    must(err == (h.n ? DIA_EFORMAT : 0));
    const size_t count = dia_prefixes_count(p);
    for (size_t at = 0, end; at < size; at = end + 1) {
        for (end = at; end < size && data[end] != '\n'; end++) {}
        look_up(p, data + at, end - at);
    }
    /* Once more, and nothing is new. */
    h.line = 0;
    must(dia_prefixes_read(p, (dia_bytes){ data, size }, hear, &h) == err);
    must(dia_prefixes_count(p) == count);
    for (size_t at = 0, end; at < size; at = end + 1) {
        for (end = at; end < size && data[end] != '\n'; end++) {}
        size_t n = digits_of(data + at, end - at);
        if (at + n < end && data[at + n] == '-')
            n += 1 + digits_of(data + at + n + 1, end - at - n - 1);
        dia_prefixes_remove(p, (dia_bytes){ data + at, n });
    }
    must(dia_prefixes_count(p) <= count && dia_prefixes_pack(p) == 0);
    dia_prefixes_unref(p);
    return 0;
}

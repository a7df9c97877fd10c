/* Tests of a text of prefixes: what its lines mean, and what is said of wrong ones. */
#include "harness.h"
#include "route/route.h"

#include <stdio.h>

typedef struct said {
    char text[512];
} said;

static void hear(void *arg, const dia_prefixes_wrong *wrong)
{
    said *s = arg;
    const size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%zu:%zu %s\n", wrong->line, wrong->column, wrong->text);
}

static void each_line_is_a_prefix_and_a_value(void)
{
    static const char text[] = "\xef\xbb\xbf# subscribers\n"
                               "26201,hss1\r\n"
                               "\n"
                               "  262030-262049 ,\thss two # a range\n"
                               ",x\n"
                               "262017,hss1\n"
                               "262017,hss1";
    dia_prefixes *p = NULL;
    said s = { "" };
    uint32_t value = 0;
    need_int(dia_prefixes_new(harness_allocator(), &p), 0);
    const int err = dia_prefixes_read(p, (dia_bytes){ (const uint8_t *)text, sizeof text - 1 }, hear, &s);
    need(err != DIA_ENOMEM || harness_injected());
    if (err == DIA_ENOMEM)
        goto done;
    need_int(err, DIA_EFORMAT);
    need_str(s.text, "5:1 the prefix before the comma is missing\n");
    need_int(dia_prefixes_count(p), 4);
    need(dia_prefixes_find(p, dia_cstr("262045123"), &value, NULL));
    need_bytes(dia_prefixes_name_of(p, value), dia_cstr("hss two"));
    need(dia_prefixes_find(p, dia_cstr("262019"), &value, NULL));
    need_bytes(dia_prefixes_name_of(p, value), dia_cstr("hss1"));
done:
    dia_prefixes_unref(p);
}

static void wrong_lines_are_named_and_the_others_count(void)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "1,a\n2,b", "" },
        { "1", "1:1 wanted a prefix or a range, a comma, and a value\n" },
        { "1,a\n\n  2\n", "3:3 wanted a prefix or a range, a comma, and a value\n" },
        { "1,", "1:3 the value behind the comma is missing\n" },
        { "1,#a", "1:3 the value behind the comma is missing\n" },
        { "1,a,b", "1:3 one comma a line\n" },
        { "x1,a", "1:1 wanted a prefix of digits, or a range whose ends have as many digits: 262030-262039\n" },
        { "12-1,a", "1:1 wanted a prefix of digits, or a range whose ends have as many digits: 262030-262039\n" },
        { "7,a\n7,b", "2:1 this prefix, or one of this range, has another value already\n" },
        { "123456789012345678901234567890123,a", "1:1 a prefix has at most 32 digits\n" },
        { "1,a\n,b\nz,c\n",
          "2:1 the prefix before the comma is missing\n"
          "3:1 wanted a prefix of digits, or a range whose ends have as many digits: 262030-262039\n" },
    };
    dia_prefixes *p = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        said s = { "" };
        harness_row(rows[i].text);
        need_int(dia_prefixes_new(NULL, &p), 0);
        need_int(dia_prefixes_read(p, dia_cstr(rows[i].text), hear, &s), *rows[i].want ? DIA_EFORMAT : 0);
        need_str(s.text, rows[i].want);
        need_int(dia_prefixes_read(p, dia_cstr("9,ok"), NULL, NULL), 0);
        dia_prefixes_unref(p);
        p = NULL;
    }
done:
    dia_prefixes_unref(p);
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_line_is_a_prefix_and_a_value", each_line_is_a_prefix_and_a_value },
        { "wrong_lines_are_named_and_the_others_count", wrong_lines_are_named_and_the_others_count },
    };
    return HARNESS_RUN("route/read", tests);
}

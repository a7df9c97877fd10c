/* Tests of single values as text, both ways. */
#include "harness.h"
#include "messages.h"

static const dia_avp_def *named(const char *name)
{
    tables_open();
    return dia_dict_avp_named(tt_dict, dia_cstr(name));
}

static void values_are_printed_and_read(void)
{
    static const struct {
        const char *avp, *octets, *text;
    } cases[] = {
        { "Kind", "00 00 00 02", "UPDATE (2)" },
        { "Kind", "00 00 00 07", "7" },
        { "Kind", "00 00 07", "0x000007 (no Enumerated)" },
        { "I32", "80 00 00 00", "-2147483648" },
        { "U64", "ff ff ff ff ff ff ff ff", "18446744073709551615" },
        { "I64", "80 00 00 00 00 00 00 00", "-9223372036854775808" },
        { "F32", "3d cc cc cd", "0.1" },
        { "F64", "3f b9 99 99 99 99 99 9a", "0.1" },
        { "F64", "7f f8 00 00 00 00 00 00", "0x7ff8000000000000" },
        { "When", "e9 3c 7f 00", "2024-01-01T00:00:00Z" },
        { "Address", "00 01 0a 00 00 01", "10.0.0.1" },
        { "Octets", "", "0x" },
        { "Octets", "61 0a", "0x610a" },
        { "Text", "61 0a", "\"a\\n\"" },
        { "Text", "c2 9b", "\"\\u009b\"" },
        { "Box", "61", "0x61" },
        { NULL, "61", "0x61" },
    };
    uint8_t want[16], back[16];
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t needed = 0;
        harness_row(cases[i].text);
        const dia_avp_def *def = cases[i].avp ? named(cases[i].avp) : NULL;
        const dia_bytes data = harness_hex(cases[i].octets, want, sizeof want);
        const int64_t n = dia_text_value(def, data, text, sizeof text, NULL);
        need(n > 0);
        need_str(text, cases[i].text);
        need_int(dia_text_value(def, data, text, (size_t)n, &needed), DIA_ESPACE);
        need_int(needed, n + 1);
        const dia_bytes input = dia_cstr(cases[i].text);
        need_int(dia_text_value_read(def, input, back, sizeof back, NULL, NULL), data.n);
        if (data.n) {
            need_bytes(((dia_bytes){ back, data.n }), data);
            need_int(dia_text_value_read(def, input, NULL, 0, &needed, NULL), DIA_ESPACE);
            need_int(needed, data.n);
        }
    }
done:
    harness_row(NULL);
}

static void what_is_no_value_is_refused_with_what_is_wanted(void)
{
    static const struct {
        const char *avp, *text, *want;
    } cases[] = {
        { "Kind", "NONE", "a whole number, or the name of a value" },
        { "Kind", "UPDATE (1)", "a name and a number that mean the same value" },
        { "Kind", "2147483648", "a whole number from -2147483648 to 2147483647" },
        { "U32", "-1", "a whole number from 0 to 4294967295" },
        { "U32", "", "a whole number from 0 to 4294967295" },
        { "U32", "1 2", "a whole number from 0 to 4294967295" },
        { "U32", "0x0", "an even number of hexadecimal digits behind 0x" },
        { "U32", "0x00 x", "an even number of hexadecimal digits behind 0x" },
        { "U32", "0x00", "four octets behind 0x, or a number in decimal digits" },
        { "U64", "0x00", "eight octets behind 0x, or a number in decimal digits" },
        { "U64", "18446744073709551616", "a whole number from 0 to 18446744073709551615" },
        { "F32", "1e39", "a number within the range of its type" },
        { "F64", "1e309", "a number within the range of its type" },
        { "F64", "nan", "a number like -1.5e3, or the octets of one, 0x7fc00000" },
        { "F64", "1..2", "a number like -1.5e3, or the octets of one, 0x7fc00000" },
        { "When", "2024-01-01", "a time like 2026-01-31T12:00:00Z" },
        { "When", "1900-01-01T00:00:00Z", "a time from 1968-01-20T03:14:08Z to 2104-02-26T09:42:23Z" },
        { "Address", "300.1.1.1", "an address like 192.0.2.1, 2001:db8::1, e164:4912345 or family:9:0102" },
        { "Text", "\"a", "a quote at the end of the text" },
        { "Text", "\"a\\\"", "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
        { "Text", "\"a\"b\"", "a backslash before a quote inside of the text" },
        { "Text", "\"\\x00\"", "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
        { "Text", "\"\\ud800\"", "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
        { "Text", "\"\\ud800\\u0041\"", "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
        { "Text", "\xff", "UTF-8" },
        { "Text", "\"\xff\"", "UTF-8" },
        { "Text", "...", "the value, which was left out when this was printed" },
        { "Box", "1", "AVPs inside, or octets as 0x..." },
        { NULL, "1", "octets as 0x..., or a text in quotes, as no dictionary knows its type" },
    };
    uint8_t to[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "";
        const dia_avp_def *def = cases[i].avp ? named(cases[i].avp) : NULL;
        harness_row(cases[i].text);
        need_int(dia_text_value_read(def, dia_cstr(cases[i].text), to, sizeof to, NULL, &why), DIA_EFORMAT);
        need_str(why, cases[i].want);
    }
done:
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "values_are_printed_and_read", values_are_printed_and_read },
        { "what_is_no_value_is_refused_with_what_is_wanted", what_is_no_value_is_refused_with_what_is_wanted },
    };
    return HARNESS_RUN("dict/text_value", tests);
}

/* Views of octets, byte order, and the floats' bits. */
#include "base/base.h"

#include "harness.h"

static void absent_and_empty_are_not_equal(void)
{
    const dia_bytes absent = { NULL, 0 }, empty = DIA_LIT("");
    check(dia_bytes_equal(absent, absent));
    check(dia_bytes_equal(empty, empty));
    check(!dia_bytes_equal(absent, empty));
    check(!dia_bytes_equal_nocase(empty, absent));
    check(dia_bytes_equal_nocase(absent, absent));
}

static void view_of_null_string_is_absent(void)
{
    check(dia_cstr(NULL).p == NULL);
    check_int(dia_cstr(NULL).n, 0);
    check(dia_cstr("").p != NULL);
    check_int(dia_cstr("abc").n, 3);
}

static void names_compare_without_case_of_ascii_letters(void)
{
    static const struct {
        const char *a, *b;
        bool equal, equal_nocase;
    } rows[] = {
        { "example.net", "example.net", true, true },
        { "Example.NET", "example.net", false, true },
        { "example.net", "example.org", false, false },
        { "a", "ab", false, false },
        { "[", "{", false, false }, /* differ in the same bit as letters do */
        { "@", "`", false, false },
        { "\xc3\x84", "\xc3\xa4", false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].a);
        check(dia_bytes_equal(dia_cstr(rows[i].a), dia_cstr(rows[i].b)) == rows[i].equal);
        check(dia_bytes_equal_nocase(dia_cstr(rows[i].a), dia_cstr(rows[i].b)) == rows[i].equal_nocase);
    }
}

static void numbers_are_stored_in_network_order(void)
{
    uint8_t buf[9] = { 0 };
    uint8_t want[8];
    dia_store16(buf + 1, 0x0102); /* odd addresses are fine */
    check_bytes(((dia_bytes){ buf + 1, 2 }), harness_hex("01 02", want, sizeof want));
    check_int(dia_load16(buf + 1), 0x0102);
    dia_store24(buf + 1, 0xff010203);
    check_bytes(((dia_bytes){ buf + 1, 3 }), harness_hex("01 02 03", want, sizeof want));
    check_int(dia_load24(buf + 1), 0x010203);
    dia_store32(buf + 1, 0xfedcba98);
    check_bytes(((dia_bytes){ buf + 1, 4 }), harness_hex("fe dc ba 98", want, sizeof want));
    check_int(dia_load32(buf + 1), 0xfedcba98);
    dia_store64(buf + 1, UINT64_C(0xfedcba9876543210));
    check_bytes(((dia_bytes){ buf + 1, 8 }), harness_hex("fedcba98 76543210", want, sizeof want));
    check(dia_load64(buf + 1) == UINT64_C(0xfedcba9876543210));
}

static void floats_keep_every_bit(void)
{
    static const uint32_t f32[] = { 0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 1 };
    static const uint64_t f64[] = { 0,
                                    UINT64_C(0x8000000000000000),
                                    UINT64_C(0x7ff0000000000000),
                                    UINT64_C(0x7ff8000000000000),
                                    UINT64_C(0xfff8123456789abc),
                                    UINT64_C(0x7ff0000000000001),
                                    1 };
    for (size_t i = 0; i < sizeof f32 / sizeof *f32; i++)
        check_int(dia_bits_of_f32(dia_f32_of_bits(f32[i])), f32[i]);
    for (size_t i = 0; i < sizeof f64 / sizeof *f64; i++)
        check(dia_bits_of_f64(dia_f64_of_bits(f64[i])) == f64[i]);
}

static void hex_digits_have_both_cases(void)
{
    check_int(dia_hex_digit('0'), 0);
    check_int(dia_hex_digit('9'), 9);
    check_int(dia_hex_digit('a'), 10);
    check_int(dia_hex_digit('F'), 15);
    check_int(dia_hex_digit('g'), -1);
    check_int(dia_hex_digit('/'), -1);
    check_int(dia_hex_digit(':'), -1);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "absent_and_empty_are_not_equal", absent_and_empty_are_not_equal },
        { "view_of_null_string_is_absent", view_of_null_string_is_absent },
        { "names_compare_without_case_of_ascii_letters", names_compare_without_case_of_ascii_letters },
        { "numbers_are_stored_in_network_order", numbers_are_stored_in_network_order },
        { "floats_keep_every_bit", floats_keep_every_bit },
        { "hex_digits_have_both_cases", hex_digits_have_both_cases },
    };
    return HARNESS_RUN("base/bytes", tests);
}

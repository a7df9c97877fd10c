/* UTF-8, by the table of RFC 3629 and against a plain decoder. */
#include "wire/wire.h"

#include "harness.h"

static void texts_are_judged(void) /* B4.3.1-04 B4.3.1-05 */
{
    static const struct {
        const char *name, *hex;
        bool valid;
    } rows[] = {
        { "empty", "", true },
        { "ASCII", "61 7f 09 0d 0a", true },
        { "NUL is a character to RFC 3629", "00", true },
        { "first of two octets", "c2 80", true },
        { "last of two octets", "df bf", true },
        { "first of three", "e0 a0 80", true },
        { "before the surrogates", "ed 9f bf", true },
        { "behind the surrogates", "ee 80 80", true },
        { "last of three", "ef bf bf", true },
        { "first of four", "f0 90 80 80", true },
        { "plane 16, the last", "f4 8f bf bf", true },
        { "lone continuation", "80", false },
        { "lone continuation bf", "bf", false },
        { "overlong NUL", "c0 80", false },
        { "overlong slash", "c0 af", false },
        { "overlong 7f", "c1 bf", false },
        { "overlong, three octets", "e0 9f bf", false },
        { "overlong, four octets", "f0 8f bf bf", false },
        { "first surrogate", "ed a0 80", false },
        { "last surrogate", "ed bf bf", false },
        { "one above U+10FFFF", "f4 90 80 80", false },
        { "lead f5", "f5 80 80 80", false },
        { "five octets", "f8 88 80 80 80", false },
        { "six octets", "fc 84 80 80 80 80", false },
        { "fe", "fe", false },
        { "ff", "ff", false },
        { "two octets cut off", "c3", false },
        { "three octets cut off", "e2 82", false },
        { "four octets cut off", "f0 9f 98", false },
        { "cut off by ASCII", "e2 82 41", false },
        { "second octet no continuation", "e2 28 a1", false },
        { "last octet no continuation", "f0 9f 98 41", false },
        { "bad one behind eight good ones", "6162636465666768 ff", false },
        { "bad one among the eight", "61626364ff666768", false },
        { "character across the eight", "61626364656667 c3a4 61626364656667", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[32];
        harness_row(rows[i].name);
        check_int(dia_utf8_valid(harness_hex(rows[i].hex, buf, sizeof buf)), rows[i].valid);
    }
    check(dia_utf8_valid((dia_bytes){ NULL, 0 }));
}

static size_t encode(uint32_t c, uint8_t *to)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (uint8_t)(0x80 | (c & 0x3f));
    to[0] = (uint8_t)((0xf00 >> n & 0xff) | c);
    return n;
}

static void every_code_point_is_judged(void) /* B4.3.1-05 */
{
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t text[4];
        const size_t n = encode(c, text);
        const bool want = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        if (dia_utf8_valid((dia_bytes){ text, n }) != want)
            check_int(c, -1);
    }
}

static void nothing_behind_the_end_is_looked_at(void)
{
    uint8_t text[16];
    memset(text, 0xff, sizeof text);
    for (size_t n = 0; n < sizeof text; n++) {
        memset(text, 'a', n);
        check(dia_utf8_valid((dia_bytes){ text, n }));
        check(!dia_utf8_valid((dia_bytes){ text, n + 1 }));
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "texts_are_judged", texts_are_judged },
        { "every_code_point_is_judged", every_code_point_is_judged },
        { "nothing_behind_the_end_is_looked_at", nothing_behind_the_end_is_looked_at },
    };
    return HARNESS_RUN("wire/utf8", tests);
}

/* DiameterIdentity. */
#include "wire/wire.h"

#include "harness.h"

static void names_are_judged(void) /* BD-01 */
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "server.example.net", true },
        { "SERVER.Example.NET", true },
        { "epc.mnc001.mcc262.3gppnetwork.org", true },
        { "xn--bcher-kva.example", true }, /* an A-label */
        { "host_1.example", true },
        { "localhost", true },
        { "a", true },
        { "1", true },
        { "example.net.", true },
        { "", false },
        { ".", false },
        { ".example.net", false },
        { "example..net", false },
        { "example.net..", false },
        { "two words", false },
        { "example.net ", false },
        { "example.net\n", false },
        { "user@example.net", false },
        { "example.net:3868", false },
        { "aaa://example.net", false },
        { "::1", false },
        { "b\xc3\xbc"
          "cher.example",
          false },
        { "a*b", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].text);
        check_int(dia_identity_valid(dia_cstr(rows[i].text)), rows[i].valid);
    }
    check(!dia_identity_valid((dia_bytes){ NULL, 0 }));
    check(!dia_identity_valid((dia_bytes)DIA_LIT("a\0b")));
}

static void only_these_octets_are_taken(void)
{
    for (int c = 0; c < 256; c++) {
        const uint8_t text[] = { 'a', (uint8_t)c, 'b' };
        const bool want = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                          c == '.' || c == '_';
        check_int(dia_identity_valid((dia_bytes){ text, sizeof text }), want);
    }
}

static void longest_name_has_255_octets(void)
{
    uint8_t text[256];
    memset(text, 'a', sizeof text);
    check(dia_identity_valid((dia_bytes){ text, 255 }));
    check(!dia_identity_valid((dia_bytes){ text, 256 }));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "names_are_judged", names_are_judged },
        { "only_these_octets_are_taken", only_these_octets_are_taken },
        { "longest_name_has_255_octets", longest_name_has_255_octets },
    };
    return HARNESS_RUN("wire/identity", tests);
}

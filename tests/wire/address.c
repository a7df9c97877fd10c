/* The Address type and the text of IP addresses. */
#include "wire/wire.h"

#include "harness.h"

static void addresses_are_read_from_avps(void) /* B4.3.1-01 */
{
    static const struct {
        const char *name, *hex;
        int err;
        uint16_t family;
        size_t n;
    } rows[] = {
        { "IPv4", "0001 7f000001", 0, 1, 4 },
        { "IPv6", "0002 00000000 00000000 00000000 00000001", 0, 2, 16 },
        { "E.164", "0008 3439313531", 0, 8, 5 },
        { "E.164 of no digits is kept as it is", "0008 ff", 0, 8, 1 },
        { "unknown family", "4005 010203040506", 0, 16389, 6 },
        { "unknown family, empty", "0010", 0, 16, 0 },
        { "nothing", "", DIA_EFORMAT, 0, 0 },
        { "half a family", "00", DIA_EFORMAT, 0, 0 },
        { "IPv4 without octets", "0001", DIA_EFORMAT, 0, 0 },
        { "IPv4 of 3 octets", "0001 7f0000", DIA_EFORMAT, 0, 0 },
        { "IPv4 of 16 octets", "0001 00000000 00000000 00000000 00000001", DIA_EFORMAT, 0, 0 },
        { "IPv6 of 4 octets", "0002 7f000001", DIA_EFORMAT, 0, 0 },
        { "IPv6 of 17 octets", "0002 00000000 00000000 00000000 00000001 00", DIA_EFORMAT, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[32];
        dia_address address = { .family = 99 };
        harness_row(rows[i].name);
        const dia_bytes data = harness_hex(rows[i].hex, buf, sizeof buf);
        check_int(dia_address_read(data, &address), rows[i].err);
        check_int(address.family, rows[i].err ? 99 : rows[i].family);
        if (!rows[i].err)
            check_bytes(address.value, ((dia_bytes){ data.p + 2, rows[i].n }));
    }
    check_int(dia_address_read((dia_bytes){ NULL, 0 }, &(dia_address){ 0 }), DIA_EFORMAT);
}

static void text_is_parsed_and_printed_in_its_best_form(void)
{
    static const struct {
        const char *text, *hex, *best; /* best NULL: as it is */
        uint16_t family;
    } rows[] = {
        { "192.0.2.1", "c0000201", NULL, 1 },
        { "0.0.0.0", "00000000", NULL, 1 },
        { "255.255.255.255", "ffffffff", NULL, 1 },
        { "::", "00000000 00000000 00000000 00000000", NULL, 2 },
        { "::1", "00000000 00000000 00000000 00000001", NULL, 2 },
        { "1::", "00010000 00000000 00000000 00000000", NULL, 2 },
        { "2001:db8::1", "20010db8 00000000 00000000 00000001", NULL, 2 },
        { "2001:DB8:0:0:0:0:0:1", "20010db8 00000000 00000000 00000001", "2001:db8::1", 2 },
        { "2001:0db8::0001", "20010db8 00000000 00000000 00000001", "2001:db8::1", 2 },
        { "2001:db8:0:1:1:1:1:1", "20010db8 00000001 00010001 00010001", NULL, 2 }, /* RFC 5952, 4.2.2 */
        { "2001:db8::1:1:1:1:1", "20010db8 00000001 00010001 00010001", "2001:db8:0:1:1:1:1:1", 2 },
        { "2001:0:0:1::1", "20010000 00000001 00000000 00000001", NULL, 2 },                    /* the longer gap */
        { "2001:db8:0:0:1::1", "20010db8 00000000 00010000 00000001", "2001:db8::1:0:0:1", 2 }, /* the first */
        { "1:2:3:4:5:6:7:8", "00010002 00030004 00050006 00070008", NULL, 2 },
        { "1:2:3:4:5:6::", "00010002 00030004 00050006 00000000", NULL, 2 },
        { "1:2:3:4:5:6:7::", "00010002 00030004 00050006 00070000", "1:2:3:4:5:6:7:0", 2 },
        { "::3:4:5:6:7:8", "00000000 00030004 00050006 00070008", NULL, 2 },
        { "::2:3:4:5:6:7:8", "00000002 00030004 00050006 00070008", "0:2:3:4:5:6:7:8", 2 },
        { "::ffff:192.0.2.1", "00000000 00000000 0000ffff c0000201", NULL, 2 },
        { "::FFFF:c000:0201", "00000000 00000000 0000ffff c0000201", "::ffff:192.0.2.1", 2 },
        { "64:ff9b::192.0.2.33", "0064ff9b 00000000 00000000 c0000221", "64:ff9b::c000:221", 2 },
        { "1:2:3:4:5:6:1.2.3.4", "00010002 00030004 00050006 01020304", "1:2:3:4:5:6:102:304", 2 },
        { "::1.2.3.4", "00000000 00000000 00000000 01020304", "::102:304", 2 },
        { "abcd:ef01:2345:6789:abcd:ef01:2345:6789", "abcdef01 23456789 abcdef01 23456789", NULL, 2 },
        { "e164:4915112345678", "34393135313132333435363738", NULL, 8 },
        { "E164:1", "31", "e164:1", 8 },
        { "family:8:31", "31", "e164:1", 8 },
        { "family:8:41", "41", NULL, 8 },
        { "family:8:", "", NULL, 8 },
        { "family:1:c0000201", "c0000201", "192.0.2.1", 1 },
        { "family:16389:0102", "0102", NULL, 16389 },
        { "family:016:AbCd", "abcd", "family:16:abcd", 16 },
        { "family:65535:00", "00", NULL, 65535 },
        { "family:0:", "", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t store[16], want[16];
        char text[64];
        dia_address address;
        harness_row(rows[i].text);
        check_int(dia_address_parse(dia_cstr(rows[i].text), store, sizeof store, &address), 0);
        check_int(address.family, rows[i].family);
        check_bytes(address.value, harness_hex(rows[i].hex, want, sizeof want));
        const char *best = rows[i].best ? rows[i].best : rows[i].text;
        check_int(dia_address_print(&address, text, sizeof text), strlen(best));
        check_str(text, best);
        check_int(dia_address_print(&address, text, strlen(best) + 1), strlen(best));
        memset(text, '#', sizeof text);
        check_int(dia_address_print(&address, text, strlen(best)), DIA_ESPACE);
        check_int(text[0], '#');
    }
}

static void other_text_is_no_address(void)
{
    static const char *const rows[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.",
        ".1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.00",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1..3.4",
        "+1.2.3.4",
        "1.2.3.99999999999999999999",
        ":",
        ":::",
        ":1",
        "1:",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "::1.2.3",
        "::1.2.3.456",
        "12345::",
        "g::",
        "::1%eth0",
        "[::1]",
        "::1/128",
        "e164:",
        "e164:+49",
        "e164:12a",
        "family:",
        "family:1",
        "family:1:",
        "family:1:01",
        "family:2:01020304",
        "family:65536:00",
        "family:x:00",
        "family:16:0",
        "family:16:0g",
        "family:-1:00",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t store[32];
        dia_address address = { .family = 99 };
        harness_row(rows[i]);
        check_int(dia_address_parse(dia_cstr(rows[i]), store, sizeof store, &address), DIA_EFORMAT);
        check_int(address.family, 99);
    }
    check_int(dia_address_parse((dia_bytes){ NULL, 0 }, NULL, 0, &(dia_address){ 0 }), DIA_EFORMAT);
}

static void store_too_small_is_told(void)
{
    static const char *const rows[] = { "1.2.3.4", "::1", "e164:123456789", "family:9:0102030405" };
    static const size_t sizes[] = { 4, 16, 9, 5 };
    for (size_t i = 0; i < 4; i++) {
        uint8_t store[16];
        dia_address address;
        harness_row(rows[i]);
        memset(store, 0xee, sizeof store);
        check_int(dia_address_parse(dia_cstr(rows[i]), store, sizes[i] - 1, &address), DIA_ESPACE);
        check_int(store[0], 0xee);
        check_int(dia_address_parse(dia_cstr(rows[i]), store, sizes[i], &address), 0);
    }
}

static void absent_address_cannot_be_printed(void)
{
    char text[8];
    check_int(dia_address_print(&(dia_address){ .family = 1 }, text, sizeof text), DIA_EINVAL);
}

static void every_address_survives_its_text(void)
{
    static const uint8_t seed[32] = { 4 };
    dia_random random;
    dia_random_init(&random, seed);
    for (int i = 0; i < 20000; i++) {
        uint8_t octets[16], back[16];
        char text[DIA_IP_TEXT_MAX];
        const size_t n = i % 2 ? 16 : 4;
        dia_random_fill(&random, octets, n);
        for (size_t k = 0; k + 1 < n; k += 2) /* gaps of all shapes */
            if (dia_random_below(&random, 2))
                octets[k] = octets[k + 1] = 0;
        const int length = dia_ip_print(octets, n, text);
        check_int(length, strlen(text));
        check_int(dia_ip_parse(dia_cstr(text), back), n);
        check(memcmp(octets, back, n) == 0);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "addresses_are_read_from_avps", addresses_are_read_from_avps },
        { "text_is_parsed_and_printed_in_its_best_form", text_is_parsed_and_printed_in_its_best_form },
        { "other_text_is_no_address", other_text_is_no_address },
        { "store_too_small_is_told", store_too_small_is_told },
        { "absent_address_cannot_be_printed", absent_address_cannot_be_printed },
        { "every_address_survives_its_text", every_address_survives_its_text },
    };
    return HARNESS_RUN("wire/address", tests);
}

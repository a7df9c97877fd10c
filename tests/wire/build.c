/* Writing: octets, groups, limits, and what happens in a buffer that is too small. */
#include "wire/wire.h"

#include "harness.h"

static const dia_header header = { .version = 1, .flags = DIA_FLAG_REQUEST, .command = 280, .end_to_end = 9 };

static void octets_are_those_of_the_rfc(void) /* B4.1-01, B4.1-03, B4.1.1-01, B4.1.1-02 */
{
    uint8_t buf[256], want[256];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &header);
    dia_put_bytes(&b, 264, 0, DIA_AVP_M, dia_cstr("abcde"));
    dia_put_u32(&b, 1, 10415, DIA_AVP_M, 0x01020304);
    dia_put_u64(&b, 2, 0, 0, UINT64_C(0x0102030405060708));
    dia_put_i32(&b, 3, 0, 0, -2);
    dia_put_i64(&b, 4, 0, 0, -3);
    dia_put_f32(&b, 5, 0, 0, 1.0f);
    dia_put_f64(&b, 6, 0, 0, -2.0);
    dia_put_bytes(&b, 7, 9, 0xff, (dia_bytes){ NULL, 0 });
    dia_put_bytes(&b, 8, 0, 0xff, (dia_bytes){ NULL, 0 }); /* no V without a vendor */
    const int64_t n = dia_build_end(&b);
    const dia_bytes expected = harness_hex("01000090 80000118 00000000 00000000 00000009"
                                           "00000108 4000000d 61626364 65000000"
                                           "00000001 c0000010 000028af 01020304"
                                           "00000002 00000010 01020304 05060708"
                                           "00000003 0000000c fffffffe"
                                           "00000004 00000010 ffffffff fffffffd"
                                           "00000005 0000000c 3f800000"
                                           "00000006 00000010 c0000000 00000000"
                                           "00000007 e000000c 00000009"
                                           "00000008 60000008",
                                           want, sizeof want);
    check_int(n, expected.n);
    check_bytes(((dia_bytes){ buf, (size_t)n }), expected);
}

static void padding_is_zero_and_not_counted(void) /* B4-02 */
{
    for (size_t n = 0; n <= 9; n++) {
        uint8_t buf[32];
        memset(buf, 0xee, sizeof buf);
        dia_builder b;
        dia_build_begin_avps(&b, buf, sizeof buf);
        dia_put_bytes(&b, 1, 0, 0, (dia_bytes){ (const uint8_t *)"123456789", n });
        const size_t padded = (8 + n + 3) / 4 * 4;
        check_int(dia_build_end(&b), padded);
        check_int(dia_load24(buf + 5), 8 + n);
        check(memcmp(buf + 8, "123456789", n) == 0);
        for (size_t i = 8 + n; i < padded; i++)
            check_int(buf[i], 0);
        check_int(buf[padded], 0xee);
    }
}

static void header_is_completed(void) /* B3-01 B3-14 */
{
    const dia_header odd = { .flags = DIA_FLAG_REQUEST | DIA_FLAG_RESERVED, .length = 12345, .command = 257 };
    uint8_t buf[20], want[20];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &odd);
    check_int(dia_build_end(&b), 20);
    check_bytes(((dia_bytes){ buf, 20 }), harness_hex("01000014 80000101 00000000 00000000 00000000", want, 20));
}

static void groups_nest(void) /* B4.2-08 B4.4-01 */
{
    uint8_t buf[512];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &header);
    for (uint32_t depth = 0; depth < DIA_NESTING_MAX; depth++)
        dia_put_group(&b, depth, depth % 2, DIA_AVP_M);
    dia_put_bytes(&b, 77, 0, 0, dia_cstr("x"));
    for (uint32_t depth = 0; depth < DIA_NESTING_MAX; depth++)
        dia_put_group_end(&b);
    dia_put_u32(&b, 78, 0, 0, 1);
    const int64_t n = dia_build_end(&b);
    check(n > 0);
    dia_avps it = dia_avps_of((dia_bytes){ buf, (size_t)n });
    check(dia_avp_next(&it));
    dia_avps outer = it;
    for (uint32_t depth = 0; depth < DIA_NESTING_MAX; depth++) {
        check_int(it.avp.code, depth);
        check_int(it.avp.vendor, depth % 2);
        dia_avps inner = dia_avp_enter(&it);
        check(dia_avp_next(&inner));
        it = inner;
    }
    check_int(it.avp.code, 77);
    check_bytes(it.avp.data, dia_cstr("x"));
    check(dia_avp_next(&outer));
    check_int(outer.avp.code, 78);
}

static void empty_group_is_a_header(void)
{
    uint8_t buf[16], want[16];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_put_group(&b, 279, 0, DIA_AVP_M);
    dia_put_group_end(&b);
    check_int(dia_build_end(&b), 8);
    check_bytes(((dia_bytes){ buf, 8 }), harness_hex("00000117 40000008", want, sizeof want));
}

static void one_group_too_deep_is_an_error(void)
{
    uint8_t buf[512];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    for (int depth = 0; depth <= DIA_NESTING_MAX; depth++)
        dia_put_group(&b, 1, 0, 0);
    for (int depth = 0; depth <= DIA_NESTING_MAX; depth++)
        dia_put_group_end(&b);
    check_int(dia_build_end(&b), DIA_EDEPTH);
}

static void groups_must_be_closed_and_opened(void)
{
    uint8_t buf[64];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_put_group(&b, 1, 0, 0);
    check_int(dia_build_end(&b), DIA_ESTATE);
    dia_put_group_end(&b);
    check_int(dia_build_end(&b), 8);
    dia_put_group_end(&b);
    check_int(dia_build_end(&b), DIA_ESTATE);
    dia_put_u32(&b, 1, 0, 0, 0);
    check_int(b.n, 8); /* nothing more after an error */
    check_int(dia_build_end(&b), DIA_ESTATE);
}

static int64_t build_sample(dia_builder *b, void *buf, size_t cap)
{
    dia_build_begin(b, buf, cap, &header);
    dia_put_bytes(b, 263, 0, DIA_AVP_M, dia_cstr("session;1;2"));
    dia_put_group(b, 260, 0, DIA_AVP_M);
    dia_put_u32(b, 266, 0, DIA_AVP_M, 10415);
    dia_put_group(b, 5, 9, 0);
    dia_put_u64(b, 6, 9, 0, 1);
    dia_put_group_end(b);
    dia_put_group_end(b);
    dia_put_octets(b, (dia_bytes)DIA_LIT("\0\0\0\1\0\0\0\x08"));
    dia_put_bytes(b, 1, 0, 0, dia_cstr("u"));
    return dia_build_end(b);
}

static void small_buffer_is_counted_through_and_not_overrun(void)
{
    uint8_t whole[256], buf[256];
    dia_builder b;
    const int64_t size = build_sample(&b, whole, sizeof whole);
    check(size > 100);
    for (size_t cap = 0; cap < sizeof buf; cap++) {
        memset(buf, 0xee, sizeof buf);
        const int64_t n = build_sample(&b, buf, cap);
        check_int(n, cap < (size_t)size ? DIA_ESPACE : size);
        check_int(b.n, size);
        for (size_t i = cap; i < sizeof buf; i++)
            check_int(buf[i], 0xee);
        if (n > 0)
            check(memcmp(buf, whole, (size_t)n) == 0);
    }
    check_int(build_sample(&b, NULL, 0), DIA_ESPACE);
    check_int(b.n, size);
}

static void nothing_longer_than_24_bits_is_built(void)
{
    static const uint8_t big[(1 << 24) - 1];
    static const struct {
        const char *name;
        size_t first, second;
        uint32_t vendor;
        int64_t want; /* what end gives without a buffer: DIA_ESPACE when it could be */
    } rows[] = {
        { "longest AVP that a message can hold", 0xfffffc - 20 - 8, SIZE_MAX, 0, DIA_ESPACE },
        { "one octet more", 0xfffffc - 20 - 8 + 1, SIZE_MAX, 0, DIA_ERANGE },
        { "the same with a vendor", 0xfffffc - 20 - 8, SIZE_MAX, 1, DIA_ERANGE },
        { "AVP of 24 bits", 0xffffff - 8, SIZE_MAX, 0, DIA_ERANGE },
        { "AVP above 24 bits", 0xffffff, SIZE_MAX, 0, DIA_ERANGE },
        { "two halves", 0x7fffe0, 0x7fffe0, 0, DIA_ESPACE },
        { "two halves too much", 0x7ffff8, 0x7ffff8, 0, DIA_ERANGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        dia_builder b;
        dia_build_begin(&b, NULL, 0, &header);
        dia_put_bytes(&b, 1, rows[i].vendor, 0, (dia_bytes){ big, rows[i].first });
        if (rows[i].second != SIZE_MAX)
            dia_put_bytes(&b, 1, rows[i].vendor, 0, (dia_bytes){ big, rows[i].second });
        check_int(dia_build_end(&b), rows[i].want);
    }
    dia_builder b;
    dia_build_begin_avps(&b, NULL, 0);
    dia_put_bytes(&b, 1, 0, 0, (dia_bytes){ big, SIZE_MAX });
    check_int(dia_build_end(&b), DIA_ERANGE);
    dia_build_begin_avps(&b, NULL, 0);
    dia_put_octets(&b, (dia_bytes){ big, SIZE_MAX });
    check_int(dia_build_end(&b), DIA_ERANGE);
}

static void copied_avps_stay_as_they_are(void)
{
    /* Reserved flags, nonzero padding and all; but the padding that is missing at the end is added. */
    uint8_t buf[64], in[64], want[64];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_put_octets(&b, harness_hex("00000001 3f000009 61fffefd 00000002 00000009 62", in, sizeof in));
    dia_put_octets(&b, (dia_bytes){ NULL, 0 });
    const int64_t n = dia_build_end(&b);
    check_int(n, 24);
    check_bytes(((dia_bytes){ buf, (size_t)n }),
                harness_hex("00000001 3f000009 61fffefd 00000002 00000009 62000000", want, sizeof want));
}

static void room_is_given_for_a_value_to_be_written(void)
{
    uint8_t buf[16], want[16];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    uint8_t *p = dia_put_room(&b, 257, 0, DIA_AVP_M, 6);
    check(p == buf + 8);
    memcpy(p, "\0\1\x7f\0\0\1", 6);
    check(dia_put_room(&b, 257, 0, DIA_AVP_M, 6) == NULL);
    check_int(b.n, 32);
    check_int(b.err, 0);
    check_bytes(((dia_bytes){ buf, 16 }), harness_hex("00000101 4000000e 00017f00 00010000", want, sizeof want));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "octets_are_those_of_the_rfc", octets_are_those_of_the_rfc },
        { "padding_is_zero_and_not_counted", padding_is_zero_and_not_counted },
        { "header_is_completed", header_is_completed },
        { "groups_nest", groups_nest },
        { "empty_group_is_a_header", empty_group_is_a_header },
        { "one_group_too_deep_is_an_error", one_group_too_deep_is_an_error },
        { "groups_must_be_closed_and_opened", groups_must_be_closed_and_opened },
        { "small_buffer_is_counted_through_and_not_overrun", small_buffer_is_counted_through_and_not_overrun },
        { "nothing_longer_than_24_bits_is_built", nothing_longer_than_24_bits_is_built },
        { "copied_avps_stay_as_they_are", copied_avps_stay_as_they_are },
        { "room_is_given_for_a_value_to_be_written", room_is_given_for_a_value_to_be_written },
    };
    return HARNESS_RUN("wire/build", tests);
}

/* Reading AVPs: headers, ends, errors, values, and that the inline step and the plain one agree. */
#include "wire/wire.h"

#include "harness.h"

/* The octets at the end of a page of their own would be better still; a block of exact size lets ASan see one too far. */
static dia_bytes exactly(dia_bytes b, uint8_t **block)
{
    *block = dia_alloc(harness_allocator(), b.n ? b.n : 1);
    if (*block && b.n)
        memcpy(*block, b.p, b.n);
    return (dia_bytes){ *block, b.n };
}

static void forget(uint8_t *block, size_t n)
{
    dia_release(harness_allocator(), block, n ? n : 1);
}

static void headers_are_read(void)
{
    static const struct {
        const char *name, *hex;
        uint32_t code, vendor;
        uint8_t flags;
        size_t n, octets;
    } rows[] = {
        { "plain", "00000108 4000000c 61626364", 264, 0, 0x40, 4, 12 },
        { "with vendor", "00000001 c0000010 000028af 61626364", 1, 10415, 0xc0, 4, 16 }, /* B4.1.1-01 */
        { "vendor 0 with V", "00000001 80000010 00000000 61626364", 1, 0, 0x80, 4, 16 }, /* B4.1.1-02 */
        { "empty", "00000001 00000008", 1, 0, 0, 0, 8 },                                 /* B4.2-01 */
        { "empty with vendor", "00000001 8000000c 00000009", 1, 9, 0x80, 0, 12 },        /* B4.2-01 */
        { "one octet", "00000001 00000009 61000000", 1, 0, 0, 1, 12 },                   /* B4-02 */
        { "two octets", "00000001 0000000a 61620000", 1, 0, 0, 2, 12 },                  /* B4-02 */
        { "three octets", "00000001 0000000b 61626300", 1, 0, 0, 3, 12 },                /* B4-02 */
        { "padding not zero", "00000001 0000000b 616263ff", 1, 0, 0, 3, 12 },            /* B4-03 */
        { "no padding at the end", "00000001 00000009 61", 1, 0, 0, 1, 9 },
        { "some padding at the end", "00000001 00000009 6100", 1, 0, 0, 1, 10 },
        { "no padding, more data", "00000001 0000000e 616263646566", 1, 0, 0, 6, 14 },
        { "vendor, no padding", "00000001 8000000d 00000009 61", 1, 9, 0x80, 1, 13 },
        { "reserved flags and P", "00000001 3f00000c 61626364", 1, 0, 0x3f, 4, 12 }, /* B4.1-04 B4.1-06 */
        { "highest code", "ffffffff 80000010 ffffffff 61626364", UINT32_MAX, UINT32_MAX, 0x80, 4, 16 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[32], *block = NULL;
        harness_row(rows[i].name);
        const dia_bytes avps = exactly(harness_hex(rows[i].hex, buf, sizeof buf), &block);
        need(block != NULL);
        dia_avps it = dia_avps_in(avps);
        need(dia_avp_next(&it));
        need_int(it.avp.code, rows[i].code);
        need_int(it.avp.vendor, rows[i].vendor);
        need_int(it.avp.flags, rows[i].flags);
        need_int(it.avp.data.n, rows[i].n);
        need(it.avp.data.p == block + (rows[i].flags & 0x80 ? 12 : 8));
        need_int(it.avp.octets.n, rows[i].octets);
        need(it.avp.octets.p == block);
        need(!dia_avp_next(&it));
        need_int(it.err, 0);
        need(!dia_avp_next(&it));
    done:
        forget(block, avps.n);
    }
}

static void bad_headers_end_the_walk_and_are_kept(void) /* B4.1-12 */
{
    static const struct {
        const char *name, *hex;
        int err;
        uint32_t code, vendor;
        uint8_t flags;
        size_t octets, data; /* sizes */
    } rows[] = {
        { "one octet", "00", DIA_ETRUNC, 0, 0, 0, 1, 0 },
        { "code alone", "00000108", DIA_ETRUNC, 264, 0, 0, 4, 0 },
        { "seven octets", "00000108 400000", DIA_ETRUNC, 264, 0, 0, 7, 0 },
        { "length 0", "00000108 40000000", DIA_EFORMAT, 264, 0, 0x40, 8, 0 },
        { "length 4", "00000108 40000004 61626364", DIA_EFORMAT, 264, 0, 0x40, 8, 0 },
        { "length 7", "00000108 40000007 61626364", DIA_EFORMAT, 264, 0, 0x40, 8, 0 },
        { "V with length 8", "00000108 c0000008 000028af", DIA_EFORMAT, 264, 10415, 0xc0, 12, 0 }, /* B4.1.1-01 */
        { "V with length 9", "00000108 c0000009 000028af 61", DIA_EFORMAT, 264, 10415, 0xc0, 12, 0 },
        { "V with length 11", "00000108 c000000b 000028af 61626364", DIA_EFORMAT, 264, 10415, 0xc0, 12, 0 },
        { "V with length 8, no vendor", "00000108 c0000008", DIA_EFORMAT, 264, 0, 0xc0, 8, 0 },
        { "V with length 12, no vendor", "00000108 c000000c", DIA_ETRUNC, 264, 0, 0xc0, 8, 0 },
        { "V, half a vendor", "00000108 c000000c 0000", DIA_ETRUNC, 264, 0, 0xc0, 10, 0 },
        { "one too long", "00000108 4000000d 61626364", DIA_ETRUNC, 264, 0, 0x40, 12, 4 },
        { "value cut off", "00000108 4000000c 616263", DIA_ETRUNC, 264, 0, 0x40, 11, 3 },
        { "no value", "00000108 4000000c", DIA_ETRUNC, 264, 0, 0x40, 8, 0 },
        { "vendor, value cut off", "00000108 c0000014 000028af 61626364", DIA_ETRUNC, 264, 10415, 0xc0, 16, 4 },
        { "longest length", "00000108 40ffffff 61626364", DIA_ETRUNC, 264, 0, 0x40, 12, 4 },
    };
    static const char good[] = "00000001 00000009 61000000";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t before = 0; before < 2; before++) {
            uint8_t buf[64], *block = NULL;
            harness_row(rows[i].name);
            const dia_bytes first = harness_hex(before ? good : "", buf, sizeof buf);
            const dia_bytes bad = harness_hex(rows[i].hex, buf + first.n, sizeof buf - first.n);
            const dia_bytes avps = exactly((dia_bytes){ buf, first.n + bad.n }, &block);
            need(block != NULL);
            dia_avps it = dia_avps_in(avps);
            need(!before || dia_avp_next(&it));
            need_int(it.err, 0);
            need(!dia_avp_next(&it));
            need_int(it.err, rows[i].err);
            need(it.where == block + first.n);
            need_int(it.avp.code, rows[i].code);
            need_int(it.avp.vendor, rows[i].vendor);
            need_int(it.avp.flags, rows[i].flags);
            need(it.avp.octets.p == block + first.n);
            need_int(it.avp.octets.n, rows[i].octets);
            need_int(it.avp.data.n, rows[i].data);
            need(it.avp.data.p + it.avp.data.n == it.avp.octets.p + it.avp.octets.n);
            need(!dia_avp_next(&it));
            need_int(it.err, rows[i].err);
        done:
            forget(block, avps.n);
        }
    }
}

static void walk_goes_from_avp_to_avp(void)
{
    uint8_t buf[64];
    dia_avps it = dia_avps_in(harness_hex(
        "00000001 00000009 61ffffff 00000002 80000010 00000007 61626364 00000003 00000008", buf, sizeof buf));
    uint32_t codes = 0, vendors = 0;
    while (dia_avp_next(&it)) {
        codes = codes * 10 + it.avp.code;
        vendors = vendors * 10 + it.avp.vendor;
    }
    check_int(it.err, 0);
    check_int(codes, 123);
    check_int(vendors, 70);
}

static void no_avps_are_fine(void)
{
    dia_avps it = dia_avps_in((dia_bytes){ NULL, 0 });
    check(!dia_avp_next(&it));
    check_int(it.err, 0);
    uint8_t header[20] = { 1, 0, 0, 20 };
    it = dia_avps_of((dia_bytes){ header, sizeof header });
    check(!dia_avp_next(&it));
    check_int(it.err, 0);
}

static void message_without_a_header_is_truncated(void)
{
    uint8_t header[20] = { 1, 0, 0, 20 };
    for (size_t n = 0; n < 20; n++) {
        dia_avps it = dia_avps_of((dia_bytes){ header, n });
        check_int(it.err, DIA_ETRUNC);
        check(it.where == header);
        check(!dia_avp_next(&it));
        check_int(it.err, DIA_ETRUNC);
    }
}

static void integers_have_their_full_range(void) /* B4.2-02 B4.2-03 B4.2-04 B4.2-05 */
{
    static const struct {
        const char *hex;
        uint64_t u;
        int64_t i;
    } rows[] = {
        { "00000001 0000000c 00000000", 0, 0 },
        { "00000001 0000000c 00000001", 1, 1 },
        { "00000001 0000000c 7fffffff", INT32_MAX, INT32_MAX },
        { "00000001 0000000c 80000000", 0x80000000, INT32_MIN },
        { "00000001 0000000c ffffffff", UINT32_MAX, -1 },
        { "00000001 80000010 00000007 fffffffe", 0xfffffffe, -2 },
        { "00000001 00000010 00000000 00000000", 0, 0 },
        { "00000001 00000010 00000000 ffffffff", UINT32_MAX, UINT32_MAX },
        { "00000001 00000010 7fffffff ffffffff", INT64_MAX, INT64_MAX },
        { "00000001 00000010 80000000 00000000", UINT64_C(1) << 63, INT64_MIN },
        { "00000001 00000010 ffffffff ffffffff", UINT64_MAX, -1 },
        { "00000001 80000014 00000007 ffffffff fffffffe", UINT64_MAX - 1, -2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[32];
        harness_row(rows[i].hex);
        dia_avps it = dia_avps_in(harness_hex(rows[i].hex, buf, sizeof buf));
        check(dia_avp_next(&it));
        if (it.avp.data.n == 4) {
            check_int(dia_avp_u32(&it), rows[i].u);
            check_int(dia_avp_i32(&it), rows[i].i);
        } else {
            check(dia_avp_u64(&it) == rows[i].u);
            check(dia_avp_i64(&it) == rows[i].i);
        }
        check_int(it.err, 0);
    }
}

static void floats_keep_their_bits(void) /* B4.2-06 B4.2-07 */
{
    static const uint32_t f32[] = { 0,          0x80000000, 0x3f800000, 0x7f800000, 0xff800000, /* 0 -0 1 inf -inf */
                                    0x7fc00000, 0xffc00001, 0x7f800001, 0x00000001, 0x7f7fffff };
    static const uint64_t f64[] = { 0,
                                    UINT64_C(0x8000000000000000),
                                    UINT64_C(0x3ff0000000000000),
                                    UINT64_C(0x7ff0000000000000),
                                    UINT64_C(0xfff0000000000000),
                                    UINT64_C(0x7ff8000000000000),
                                    UINT64_C(0xfff8000000000001),
                                    UINT64_C(0x7ff0000000000001),
                                    1,
                                    UINT64_C(0x7fefffffffffffff) };
    for (size_t i = 0; i < sizeof f32 / sizeof *f32; i++) {
        uint8_t buf[64];
        dia_builder b;
        dia_build_begin_avps(&b, buf, sizeof buf);
        dia_put_u32(&b, 1, 0, 0, f32[i]);
        dia_put_u64(&b, 2, 0, 0, f64[i]);
        dia_avps it = dia_avps_in((dia_bytes){ buf, (size_t)dia_build_end(&b) });
        check(dia_avp_next(&it));
        check_int(dia_bits_of_f32(dia_avp_f32(&it)), f32[i]);
        check(dia_avp_next(&it));
        check(dia_bits_of_f64(dia_avp_f64(&it)) == f64[i]);
        check_int(it.err, 0);
    }
}

static void wrong_size_of_a_number_is_the_cursors_error(void) /* B4.1-12, B4.2-02, -03, -04, -05, -06, -07 */
{
    for (size_t n = 0; n < 12; n++) {
        for (int getter = 0; getter < 6; getter++) {
            static const uint8_t data[12] = { 0xff };
            const size_t right = getter < 3 ? 4 : 8;
            uint8_t buf[64];
            dia_builder b;
            dia_build_begin_avps(&b, buf, sizeof buf);
            dia_put_bytes(&b, 1, 0, 0, dia_cstr("first"));
            dia_put_bytes(&b, 2, 0, 0, (dia_bytes){ data, n });
            dia_put_bytes(&b, 3, 0, 0, dia_cstr("last"));
            dia_avps it = dia_avps_in((dia_bytes){ buf, (size_t)dia_build_end(&b) });
            check(dia_avp_next(&it));
            check(dia_avp_next(&it));
            const uint8_t *where = it.avp.octets.p;
            const bool is_zero = getter == 0   ? dia_avp_u32(&it) == 0
                                 : getter == 1 ? dia_avp_i32(&it) == 0
                                 : getter == 2 ? dia_bits_of_f32(dia_avp_f32(&it)) == 0
                                 : getter == 3 ? dia_avp_u64(&it) == 0
                                 : getter == 4 ? dia_avp_i64(&it) == 0
                                               : dia_bits_of_f64(dia_avp_f64(&it)) == 0;
            check_int(is_zero, n != right);
            check_int(it.err, n == right ? 0 : DIA_EFORMAT);
            check(n == right || it.where == where);
            check_int(it.avp.code, 2);
            check_int(dia_avp_next(&it), n == right);
        }
    }
}

static void first_error_is_remembered(void)
{
    uint8_t buf[64];
    dia_avps it = dia_avps_in(harness_hex("00000001 0000000c 00000001 00000002 000000ff", buf, sizeof buf));
    check(dia_avp_next(&it));
    check_int(dia_avp_u64(&it), 0);
    check_int(it.err, DIA_EFORMAT);
    check(!dia_avp_next(&it)); /* what follows is not looked at any more */
    check_int(it.err, DIA_EFORMAT);
    check(it.where == buf);
}

static void groups_have_cursors_of_their_own(void) /* B4.2-08 B4.4-01 */
{
    uint8_t buf[64];
    dia_avps it = dia_avps_in(harness_hex("00000104 4000001c"
                                          "0000010a 4000000c 000028af"
                                          "00000102 40000004"
                                          "00000001 00000008",
                                          buf, sizeof buf));
    check(dia_avp_next(&it));
    dia_avps inner = dia_avp_enter(&it);
    check(dia_avp_next(&inner));
    check_int(dia_avp_u32(&inner), 10415);
    check(!dia_avp_next(&inner));
    check_int(inner.err, DIA_EFORMAT);
    check_int(it.err, 0);
    check(dia_avp_next(&it));
    check_int(it.avp.code, 1);
    check(!dia_avp_next(&it));
}

static void find_takes_the_first_with_code_and_vendor(void) /* B4.1-02 */
{
    static const dia_header header = { .version = 1, .command = 272 };
    uint8_t buf[128];
    dia_avp avp;
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &header);
    dia_put_u32(&b, 5, 10415, 0, 1);
    dia_put_u32(&b, 5, 0, 0, 2);
    dia_put_u32(&b, 5, 0, 0, 3);
    const dia_bytes message = { buf, (size_t)dia_build_end(&b) };
    check_int(dia_avp_find(message, 5, 0, &avp), 0);
    check_int(dia_load32(avp.data.p), 2);
    check_int(dia_avp_find(message, 5, 10415, &avp), 0);
    check_int(dia_load32(avp.data.p), 1);
    check_int(dia_avp_find(message, 5, 1, &avp), DIA_ENOENT);
    check_int(dia_avp_find(message, 6, 0, &avp), DIA_ENOENT);
    check_int(dia_load32(avp.data.p), 1);
    check_int(dia_avp_find((dia_bytes){ buf, message.n - 1 }, 6, 0, &avp), DIA_ETRUNC);
    check_int(dia_avp_find((dia_bytes){ buf, 3 }, 6, 0, &avp), DIA_ETRUNC);
}

static void example_of_the_rfc_has_its_lengths(void) /* RFC 6733, 4.4.1 */
{
    static const uint8_t recovery[215], futuristic[129];
    uint8_t buf[600];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_put_group(&b, 999999, 0, 0);
    dia_put_bytes(&b, 264, 0, 0, dia_cstr("example.com"));
    dia_put_bytes(&b, 263, 0, 0, dia_cstr("grump.example.com:33041;23432;893;0AF3B81"));
    dia_put_bytes(&b, 263, 0, 0, dia_cstr("grump.example.com:33054;23561;2358;0AF3B82"));
    dia_put_bytes(&b, 8341, 0, 0, (dia_bytes){ recovery, sizeof recovery });
    dia_put_bytes(&b, 15930, 0, 0, (dia_bytes){ futuristic, sizeof futuristic });
    dia_put_group_end(&b);
    check_int(dia_build_end(&b), 496);
    static const uint32_t codes[] = { 264, 263, 263, 8341, 15930 };
    static const size_t lengths[] = { 19, 49, 50, 223, 137 };
    dia_avps it = dia_avps_in((dia_bytes){ buf, 496 });
    check(dia_avp_next(&it));
    check_int(it.avp.data.n, 496 - 8);
    dia_avps inner = dia_avp_enter(&it);
    for (size_t i = 0; i < 5; i++) {
        check(dia_avp_next(&inner));
        check_int(inner.avp.code, codes[i]);
        check_int(inner.avp.data.n + 8, lengths[i]);
    }
    check(!dia_avp_next(&inner));
    check_int(inner.err, 0);
    check(!dia_avp_next(&it));
}

static bool same(const dia_avps *a, const dia_avps *b)
{
    return a->err == b->err && a->at == b->at && a->where == b->where && a->avp.code == b->avp.code &&
           a->avp.vendor == b->avp.vendor && a->avp.flags == b->avp.flags && a->avp.data.p == b->avp.data.p &&
           a->avp.data.n == b->avp.data.n && a->avp.octets.p == b->avp.octets.p && a->avp.octets.n == b->avp.octets.n;
}

static void inline_step_and_plain_step_agree(void)
{
    static const uint8_t seed[32] = { 11 };
    dia_random random;
    dia_random_init(&random, seed);
    for (int i = 0; i < 20000; i++) {
        uint8_t buf[48];
        dia_random_fill(&random, buf, sizeof buf);
        const size_t n = dia_random_below(&random, sizeof buf + 1);
        /* Lengths near the edges. */
        dia_store24(buf + 5, (uint32_t)dia_random_below(&random, n + 4));
        dia_store24(buf + 17, (uint32_t)dia_random_below(&random, 24));
        dia_avps a = dia_avps_in((dia_bytes){ buf, n }), b = a, c = a;
        for (;;) {
            const bool more = dia_avp_next(&a);
            check_int(dia_avp_step(&b), more);
            check_int(dia_avp_edge(&c), more); /* reads every AVP, only slower */
            check(same(&a, &b));
            check(same(&a, &c));
            if (!more)
                break;
        }
    }
}

/* The last lengths of 24 bits: padded, they have 25. */
static void the_longest_avp_is_read_whole(void)
{
    const size_t size = (size_t)1 << 24;
    uint8_t *block = dia_alloc0(harness_allocator(), size + 8);
    need(block != NULL);
    for (uint32_t length = 0xfffff8; length <= 0xffffff; length++) {
        dia_store24(block + 5, length);
        const size_t padded = (length + 3) & ~(size_t)3;
        dia_avps it = dia_avps_in((dia_bytes){ block, padded + 8 });
        dia_store24(block + padded + 5, 8);
        need(dia_avp_step(&it));
        need_int(it.avp.data.n, length - 8);
        need_int(it.avp.octets.n, padded);
        need(dia_avp_step(&it));
        need(it.avp.octets.p == block + padded);
        need(!dia_avp_step(&it) && !it.err);
        memset(block + padded, 0, 8);
    }
done:
    dia_release(harness_allocator(), block, size + 8);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "headers_are_read", headers_are_read },
        { "bad_headers_end_the_walk_and_are_kept", bad_headers_end_the_walk_and_are_kept },
        { "walk_goes_from_avp_to_avp", walk_goes_from_avp_to_avp },
        { "no_avps_are_fine", no_avps_are_fine },
        { "message_without_a_header_is_truncated", message_without_a_header_is_truncated },
        { "integers_have_their_full_range", integers_have_their_full_range },
        { "floats_keep_their_bits", floats_keep_their_bits },
        { "wrong_size_of_a_number_is_the_cursors_error", wrong_size_of_a_number_is_the_cursors_error },
        { "first_error_is_remembered", first_error_is_remembered },
        { "groups_have_cursors_of_their_own", groups_have_cursors_of_their_own },
        { "find_takes_the_first_with_code_and_vendor", find_takes_the_first_with_code_and_vendor },
        { "example_of_the_rfc_has_its_lengths", example_of_the_rfc_has_its_lengths },
        { "the_longest_avp_is_read_whole", the_longest_avp_is_read_whole },
        { "inline_step_and_plain_step_agree", inline_step_and_plain_step_agree },
    };
    return HARNESS_RUN("wire/avp", tests);
}

/* Tests of struct -> octets, and of the way there and back. */
#include "harness.h"
#include "messages.h"

static const dia_header ids = {
    .version = 1, .hop_by_hop = 0x01020304, .end_to_end = 0x05060708, .application = 5, .command = 6
};

static tt_ttr request(void)
{
    tables_open();
    return (tt_ttr){
        .session_id = DIA_LIT("s;1;2"),
        .origin_host = DIA_LIT("a.example"),
        .origin_realm = DIA_LIT("example"),
        .destination_realm = DIA_LIT("example.org"),
        .auth_application_id = 77,
        .kind = 2,
        .number = 0,
        .big = UINT64_MAX,
        .moment = INT64_C(2085978496),
        .ratio = -0.0,
    };
}

static int64_t encode_ttr(const tt_ttr *r, dia_level level, uint8_t *buf, size_t cap, dia_fault *fault)
{
    size_t needed;
    return dia_encode(tt_ttr_command, r, level, &ids, NULL, buf, cap, &needed, fault);
}

static void a_request_stands_in_the_order_of_its_grammar(void) /* B3.2-01, B4.1-01, B4.1-05, B4.1-10, B8.8-02 */
{
    static const char want[] =
        "010000b8 c0002328 0000004d 01020304 05060708"
        "00000107 4000000d 733b313b32 000000 00000108 40000011 612e6578616d706c65 000000 00000128 4000000f "
        "6578616d706c65 00"
        "0000011b 40000013 6578616d706c652e6f7267 00 00000102 4000000c 0000004d 000001a0 4000000c 00000002"
        "0000019f 4000000c 00000000 0000000f c0000014 00000063 ffffffffffffffff 00000010 c0000010 00000063 00000000"
        "00000011 c0000014 00000063 8000000000000000";
    uint8_t buf[512], hex[512];
    dia_fault fault;
    const tt_ttr r = request();
    const int64_t n = encode_ttr(&r, DIA_LEVEL_DEFAULT, buf, sizeof buf, &fault);
    need_int(n, 0xb8);
    need_bytes(((dia_bytes){ buf, (size_t)n }), harness_hex(want, hex, sizeof hex));
done:;
}

static void size_needed_is_counted_and_nothing_beyond_cap_is_touched(void)
{
    uint8_t whole[1024], buf[1024];
    size_t needed = 0;
    tt_ttr r = request();
    tt_box inner = { .number = 2 }, outer = { .number = 1, .box = &inner };
    r.box = &outer;
    r.octets = text_of("12345");
    const int64_t n = encode_ttr(&r, DIA_LEVEL_DEFAULT, whole, sizeof whole, NULL);
    need(n > 0);
    for (size_t cap = 0; cap < (size_t)n; cap++) {
        memset(buf, 0xee, sizeof buf);
        needed = 0;
        need_int(dia_encode(tt_ttr_command, &r, DIA_LEVEL_DEFAULT, &ids, NULL, cap ? buf : NULL, cap, &needed, NULL),
                 DIA_ESPACE);
        need_int(needed, n);
        for (size_t i = cap; i < sizeof buf; i++)
            need_int(buf[i], 0xee);
    }
    need_int(encode_ttr(&r, DIA_LEVEL_DEFAULT, buf, (size_t)n, NULL), n);
    need_bytes(((dia_bytes){ buf, (size_t)n }), ((dia_bytes){ whole, (size_t)n }));
done:;
}

/* Everything that a struct can hold, there and back and there again. */
static void every_value_survives_the_way_there_and_back(void) /* B4.1-03 */
{
    static const uint8_t odd[] = { 1, 2, 3 };
    const tt_box boxes[] = { { .number = 8 }, { .number = 9 } };
    const dia_bytes texts[] = { DIA_LIT(""), DIA_LIT("\xf0\x9f\x90\xa5"), DIA_LIT("three") };
    const tt_bag bags[] = { { .i64 = INT64_MIN, .box = DIA_LIST(boxes) }, { .i64 = -1, .u64 = DIA_U64(0) } };
    const tt_box box = { .number = UINT32_MAX, .box = &boxes[1], .text = DIA_LIST(texts), .bag = DIA_LIST(bags) };
    const dia_avp others[] = {
        { .code = 70000, .vendor = 10415, .flags = DIA_AVP_M | DIA_AVP_RESERVED, .data = { odd, 3 } },
        { .code = 70001, .data = { odd, 0 } }
    };
    const tt_failed_avp failed[] = { { .others = { others, 1 } } };
    const tt_proxy_info proxies[] = { { .proxy_host = DIA_LIT("p"), .proxy_state = DIA_LIT("\0\1") } };
    uint8_t buf[2048], again[2048];
    dia_fault fault;
    const void *out;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    tt_ttr r = request();
    r.i32 = DIA_I32(INT32_MIN);
    r.i64 = DIA_I64(INT64_MIN);
    r.u32 = DIA_U32(0);
    r.u64 = DIA_U64(0);
    r.f32.set = r.f64.set = true;
    r.f32.value = dia_f32_of_bits(0x7fa00001);
    r.f64.value = dia_f64_of_bits(UINT64_C(0xfff0000000000000));
    r.when = DIA_I64(-61505152);
    r.address = (dia_address){ 0xfffe, { odd, 3 } };
    r.uri = text_of("aaas://a.example:1;transport=sctp");
    r.octets = (dia_bytes){ odd, 0 };
    r.box = &box;
    r.bag = (tt_bag_list)DIA_LIST(bags);
    r.failed_avp = (tt_failed_avp_list)DIA_LIST(failed);
    r.proxy_info = (tt_proxy_info_list)DIA_LIST(proxies);
    r.tail = text_of("end");
    r.others = (dia_avp_list)DIA_LIST(others);
    const int64_t n = encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, &fault);
    need(n > 0);
    const dia_bytes octets = { buf, (size_t)n };
    need_int(dia_decode(tt_ttr_command, octets, DIA_LEVEL_OFF, &arena, &out, &fault), 0);
    const tt_ttr *got = out;
    need(got->i32.value == INT32_MIN && got->i64.value == INT64_MIN && got->u32.set && got->u64.set);
    need_int(dia_bits_of_f32(got->f32.value), 0x7fa00001);
    need(dia_bits_of_f64(got->f64.value) == UINT64_C(0xfff0000000000000));
    need_int(got->when.value, -61505152);
    need_int(got->address.family, 0xfffe);
    need_bytes(got->address.value, ((dia_bytes){ odd, 3 }));
    need(got->octets.p && !got->octets.n);
    need_int(got->box->number, UINT32_MAX);
    need_int(got->box->box->number, 9);
    need_int(got->box->text.n, 3);
    need_bytes(got->box->text.v[1], texts[1]);
    need_int(got->box->bag.v[0].box.v[1].number, 9);
    need(got->bag.n == 2 && got->bag.v[1].u64.set && !got->bag.v[0].u64.set);
    need_int(got->failed_avp.v[0].others.v[0].code, 70000);
    need_bytes(got->proxy_info.v[0].proxy_state, ((dia_bytes)DIA_LIT("\0\1")));
    need_bytes(got->tail, text_of("end"));
    need_int(got->others.n, 2);
    need_int(got->others.v[0].flags, DIA_AVP_V | DIA_AVP_M);
    const int64_t m = encode_ttr(got, DIA_LEVEL_STRICT, again, sizeof again, &fault);
    need_bytes(((dia_bytes){ again, m > 0 ? (size_t)m : 0 }), octets);
done:
    dia_arena_done(&arena);
}

static void strangers_stand_before_what_trails(void)
{
    uint8_t buf[512];
    const dia_avp others[] = { { .code = 70001, .octets = DIA_LIT("\0\1\x11\x71\0\0\0\x09x") } };
    tt_ttr r = request();
    r.tail = text_of("end!");
    r.others = (dia_avp_list)DIA_LIST(others);
    const int64_t n = encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, NULL);
    need_int(n, 0xb8 + 12 + 16);
    need_int(dia_load32(buf + 0xb8), 70001);
    need_int(dia_load32(buf + 0xb8 + 8), 'x' << 24); /* padded although the view was not */
    need_int(dia_load32(buf + 0xb8 + 12), TAIL);
done:;
}

/* ---- What is refused ---- */

static void change_nothing(tt_ttr *r)
{
    (void)r;
}

static void drop_session_id(tt_ttr *r)
{
    r->session_id.p = NULL;
}

static void put_bad_text(tt_ttr *r)
{
    r->session_id = text_of("\x80");
}

static void put_bad_identity(tt_ttr *r)
{
    r->origin_host = text_of("a b");
}

static void put_odd_identity(tt_ttr *r)
{
    r->origin_host = text_of("a@b");
}

static void put_bad_address(tt_ttr *r)
{
    r->address = (dia_address){ DIA_FAMILY_IPV6, DIA_LIT("1234") };
}

static void put_early_moment(tt_ttr *r)
{
    r->moment = -61505153;
}

static void put_late_moment(tt_ttr *r)
{
    r->moment = INT64_C(4233462144);
}

static void put_three_bags(tt_ttr *r)
{
    static const tt_bag bags[3];
    r->bag = (tt_bag_list)DIA_LIST(bags);
}

static void put_lonely_pair(tt_ttr *r)
{
    static const int32_t one[1];
    static const tt_pair pair = { .i32 = DIA_LIST(one) };
    r->pair = &pair;
}

static void put_pair_without_stranger(tt_ttr *r)
{
    static const int32_t two[2];
    static const tt_pair pair = { .i32 = DIA_LIST(two) };
    r->pair = &pair;
}

static void put_stranger_in_box(tt_ttr *r)
{
    static const dia_avp others[] = { { .code = 70000, .data = DIA_LIT("") } };
    static const tt_box box = { .others = DIA_LIST(others) };
    r->box = &box;
}

static void put_unlisted_kind(tt_ttr *r)
{
    r->kind = 1234;
}

static void put_endless_boxes(tt_ttr *r)
{
    static tt_box box;
    box = (tt_box){ .number = 1, .box = &box };
    r->box = &box;
}

static void a_struct_that_breaks_its_grammar_is_refused(void) /* B3.2-02, B3.2-03 */
{
    static const struct {
        const char *name;
        void (*change)(tt_ttr *r);
        int want;         /* at level strict */
        uint32_t code;    /* of the fault */
        bool lenient_too; /* and at level lenient */
        const char *text;
    } cases[] = {
        { "nothing", change_nothing, 0, 0, false, NULL },
        { "missing", drop_session_id, DIA_ERULE, 5005, true, "missing Session-Id" },
        { "text", put_bad_text, DIA_ERULE, 5004, true, "Session-Id is no sound UTF8String" },
        { "identity", put_bad_identity, DIA_ERULE, 5004, true, NULL },
        { "odd identity", put_odd_identity, DIA_ERULE, 5004, false, NULL },
        { "address", put_bad_address, DIA_ERULE, 5004, true, NULL },
        { "early", put_early_moment, DIA_ERULE, 5004, true, NULL },
        { "late", put_late_moment, DIA_ERULE, 5004, true, NULL },
        { "too many", put_three_bags, DIA_ERULE, 5009, true, "Bag occurs more than 2 times" },
        { "too few", put_lonely_pair, DIA_ERULE, 5005, true, "I32 occurs 1 times, 2 are wanted" },
        { "no stranger", put_pair_without_stranger, DIA_ERULE, 5005, true, "missing any other AVP in Pair" },
        { "stranger", put_stranger_in_box, DIA_ERULE, 5008, true, "AVP 70000 of vendor 0 is not allowed in Box" },
        { "unlisted value", put_unlisted_kind, 0, 0, false, NULL },
        { "endless", put_endless_boxes, DIA_EDEPTH, 0, true, NULL },
    };
    uint8_t buf[2048];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_row(cases[i].name);
        dia_fault fault = { 0 };
        tt_ttr r = request();
        cases[i].change(&r);
        const int64_t n = encode_ttr(&r, DIA_LEVEL_DEFAULT, buf, sizeof buf, &fault);
        need_int(n < 0 ? n : 0, cases[i].want);
        need_int(fault.result_code, cases[i].code);
        if (cases[i].text)
            need_str(fault.text, cases[i].text);
        need_int(encode_ttr(&r, DIA_LEVEL_DEFAULT, buf, sizeof buf, NULL) < 0, cases[i].want != 0);
        need_int(encode_ttr(&r, DIA_LEVEL_LENIENT, buf, sizeof buf, NULL) < 0, cases[i].lenient_too);
        const int64_t off = encode_ttr(&r, DIA_LEVEL_OFF, buf, sizeof buf, NULL);
        need(off != DIA_ERULE);
    }
done:;
}

static void nothing_longer_than_24_bits_is_written(void)
{
    static const uint8_t some[16];
    size_t needed = 1;
    tt_ttr r = request();
    r.octets = (dia_bytes){ some, (size_t)1 << 24 };
    need_int(dia_encode(tt_ttr_command, &r, DIA_LEVEL_STRICT, &ids, NULL, NULL, 0, &needed, NULL), DIA_ERANGE);
    r.octets.n = SIZE_MAX;
    need_int(dia_encode(tt_ttr_command, &r, DIA_LEVEL_STRICT, &ids, NULL, NULL, 0, &needed, NULL), DIA_ERANGE);
    r.octets.p = NULL;
    r.octets.n = 0;
    r.address = (dia_address){ 9, { some, SIZE_MAX } };
    need_int(dia_encode(tt_ttr_command, &r, DIA_LEVEL_STRICT, &ids, NULL, NULL, 0, &needed, NULL), DIA_ERANGE);
    r.address.value.n = DIA_LENGTH_MAX - 12;
    need_int(dia_encode(tt_ttr_command, &r, DIA_LEVEL_STRICT, &ids, NULL, NULL, 0, &needed, NULL), DIA_ERANGE);
    need_int(needed, 1);
done:;
}

/* The octets of the first AVP with this code, header and padding with them. */
static dia_avp first_avp(const uint8_t *buf, int64_t n, uint32_t code)
{
    dia_avp avp = { 0 };
    if (n > 0)
        dia_avp_find((dia_bytes){ buf, (size_t)n }, code, 0, &avp);
    return avp;
}

/* Lengths differ in how they are copied; what they have in common is said by the builder. */
static void values_of_every_length_stand_as_the_builder_writes_them(void) /* B4-02 */
{
    uint8_t value[80], buf[512], want[128];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)('A' + i % 26);
    for (size_t n = 1; n <= sizeof value; n++) {
        tt_ttr r = request();
        r.session_id = r.origin_host = (dia_bytes){ value, n };
        r.address = (dia_address){ 99, { value, n } };
        memset(buf, 0xee, sizeof buf);
        const int64_t size = encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, NULL);
        need(size > 0);
        dia_builder b = { .buf = want, .cap = sizeof want };
        dia_put_bytes(&b, SESSION_ID, 0, DIA_AVP_M, r.session_id);
        need_bytes(first_avp(buf, size, SESSION_ID).octets, ((dia_bytes){ want, b.n }));
        b.n = 0;
        dia_put_bytes(&b, ORIGIN_HOST, 0, DIA_AVP_M, r.origin_host);
        need_bytes(first_avp(buf, size, ORIGIN_HOST).octets, ((dia_bytes){ want, b.n }));
        dia_avp address;
        need_int(dia_avp_find((dia_bytes){ buf, (size_t)size }, ADDRESS, LAB, &address), 0);
        need_int(dia_load16(address.data.p), 99);
        need_bytes(((dia_bytes){ address.data.p + 2, address.data.n - 2 }), r.address.value);
        for (const uint8_t *p = address.data.p + address.data.n; p < address.octets.p + address.octets.n; p++)
            need_int(*p, 0);
    }
done:;
}

/* Octets, not characters. */
static void length_of_a_text_counts_its_octets(void) /* B4.3.1-07 */
{
    static const struct {
        const char *text;
        uint32_t length;
    } cases[] = { { "a", 9 }, { "\xc3\xa4", 10 }, { "\xe2\x82\xac", 11 }, { "\xf0\x9f\x90\xa5", 12 } };
    uint8_t buf[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_row(cases[i].text);
        tt_ttr r = request();
        r.session_id = text_of(cases[i].text);
        need(encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, NULL) > 0);
        need_int(dia_load32(buf + DIA_HEADER_SIZE), SESSION_ID);
        need_int(dia_load24(buf + DIA_HEADER_SIZE + 5), cases[i].length);
    }
done:
    harness_row(NULL);
}

/* Texts and names are looked at by eights: whatever the place of an octet, the verdict is that of the plain functions. */
static void an_unsound_octet_is_found_wherever_it_stands(void)
{
    uint8_t value[40], buf[512];
    for (size_t n = 1; n <= sizeof value; n++)
        for (size_t at = 0; at < n; at++)
            for (unsigned c = 0; c < 256; c++) {
                tt_ttr r = request();
                memset(value, n % 2 ? 'x' : 'Z', n);
                value[n / 2] = '.';
                value[at] = (uint8_t)c;
                r.origin_host = (dia_bytes){ value, n };
                need_int(encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, NULL) > 0,
                         dia_identity_valid(r.origin_host));
                r.origin_host = text_of("a.example");
                r.session_id = (dia_bytes){ value, n };
                need_int(encode_ttr(&r, DIA_LEVEL_STRICT, buf, sizeof buf, NULL) > 0, dia_utf8_valid(r.session_id));
            }
done:;
}

/* ---- What the node fills in ---- */

static const dia_defaults defaults = {
    .session_id = DIA_LIT("d;1"),
    .origin_host = DIA_LIT("d.example"),
    .origin_realm = DIA_LIT("d"),
    .destination_realm = DIA_LIT("to"),
    .application = 4,
    .app_vendor = 10415,
    .app_kind = DIA_APP_ACCT,
    .fill_application = true,
};

static void empty_fields_are_filled_in(void)
{
    uint8_t buf[512];
    dia_fault fault;
    const void *out;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    tt_ttr r = { .origin_realm = DIA_LIT("own") };
    tables_open();
    const int64_t n = dia_encode(tt_ttr_command, &r, DIA_LEVEL_DEFAULT, &ids, &defaults, buf, sizeof buf, NULL, &fault);
    need(n > 0);
    need_int(dia_decode(tt_ttr_command, (dia_bytes){ buf, (size_t)n }, DIA_LEVEL_STRICT, &arena, &out, &fault),
             DIA_ERULE);
    need_str(fault.text, "Kind has a value that is not listed: 0");
    const tt_ttr *got = out;
    need_bytes(got->session_id, defaults.session_id);
    need_bytes(got->origin_host, defaults.origin_host);
    need_bytes(got->origin_realm, text_of("own"));
    need_bytes(got->destination_realm, defaults.destination_realm);
    need_int(got->auth_application_id, 4);
done:
    dia_arena_done(&arena);
}

static void an_answer_carries_the_proxy_info_of_its_request(void) /* B6.2-07, B6.2-08 */
{
    uint8_t buf[512], hex[64], want[512];
    dia_defaults d = defaults;
    const tt_tta a = { .result_code = DIA_U32(2001) };
    tables_open();
    d.proxy_info =
        harness_hex("0000011c 40000020 00000118 40000009 70000000 00000021 4000000a 00010000", hex, sizeof hex);
    dia_header request_ids = ids; /* B6.2: P is the request's */
    request_ids.flags = DIA_FLAG_PROXIABLE;
    const int64_t n = dia_encode(tt_tta_command, &a, DIA_LEVEL_DEFAULT, &request_ids, &d, buf, sizeof buf, NULL, NULL);
    need(n > 0);
    need_bytes(
        ((dia_bytes){ buf, (size_t)n }),
        harness_hex("0100006c 40002328 0000004d 01020304 05060708"
                    "00000107 4000000b 643b3100 00000104 40000020 0000010a 4000000c 000028af 00000103 4000000c 00000004"
                    "0000010c 4000000c 000007d1"
                    "0000011c 40000020 00000118 40000009 70000000 00000021 4000000a 00010000",
                    want, sizeof want));
    /* An answer that has its own keeps that. */
    const tt_proxy_info own[] = { { .proxy_host = DIA_LIT("own"), .proxy_state = DIA_LIT("") } };
    const tt_tta b = { .result_code = DIA_U32(2001), .proxy_info = DIA_LIST(own) };
    const int64_t m = dia_encode(tt_tta_command, &b, DIA_LEVEL_DEFAULT, &ids, &d, buf, sizeof buf, NULL, NULL);
    need_int(m, n - 32 + 28);
done:;
}

static void an_answer_message_borrows_code_application_and_p(void) /* B7.2-02 */
{
    uint8_t buf[512];
    dia_header h;
    dia_header request_ids = ids;
    request_ids.flags = DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR;
    const tt_tta a = { .result_code = DIA_U32(3002) };
    tables_open();
    const int64_t n =
        dia_encode(tt_answer_message, &a, DIA_LEVEL_DEFAULT, &request_ids, NULL, buf, sizeof buf, NULL, NULL);
    need_int(n, 32);
    need_int(dia_header_read((dia_bytes){ buf, (size_t)n }, &h), 0);
    need_int(h.command, 6);
    need_int(h.application, 5);
    need_int(h.flags, DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR);
done:;
}

static void members_are_found_by_code(void)
{
    const tt_ttr r = request();
    const tt_tta a = { .result_code = DIA_U32(5012) }, none = { .result_code = { 5012, false, { 0 } } };
    need_bytes(dia_struct_bytes(tt_ttr_command, &r, ORIGIN_HOST, 0), r.origin_host);
    need(!dia_struct_bytes(tt_ttr_command, &r, NUMBER, 0).p);
    need(!dia_struct_bytes(tt_ttr_command, &r, 70000, 0).p);
    need_int(dia_struct_result_code(tt_tta_command, &a), 5012);
    need_int(dia_struct_result_code(tt_tta_command, &none), 0);
    need_int(dia_struct_result_code(tt_ttr_command, &r), 0);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_request_stands_in_the_order_of_its_grammar", a_request_stands_in_the_order_of_its_grammar },
        { "size_needed_is_counted_and_nothing_beyond_cap_is_touched",
          size_needed_is_counted_and_nothing_beyond_cap_is_touched },
        { "every_value_survives_the_way_there_and_back", every_value_survives_the_way_there_and_back },
        { "strangers_stand_before_what_trails", strangers_stand_before_what_trails },
        { "a_struct_that_breaks_its_grammar_is_refused", a_struct_that_breaks_its_grammar_is_refused },
        { "nothing_longer_than_24_bits_is_written", nothing_longer_than_24_bits_is_written },
        { "values_of_every_length_stand_as_the_builder_writes_them",
          values_of_every_length_stand_as_the_builder_writes_them },
        { "length_of_a_text_counts_its_octets", length_of_a_text_counts_its_octets },
        { "an_unsound_octet_is_found_wherever_it_stands", an_unsound_octet_is_found_wherever_it_stands },
        { "empty_fields_are_filled_in", empty_fields_are_filled_in },
        { "an_answer_carries_the_proxy_info_of_its_request", an_answer_carries_the_proxy_info_of_its_request },
        { "an_answer_message_borrows_code_application_and_p", an_answer_message_borrows_code_application_and_p },
        { "members_are_found_by_code", members_are_found_by_code },
    };
    return HARNESS_RUN("dict/encode", tests);
}

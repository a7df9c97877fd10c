/* Tests of what is refused, with which Result-Code, and which octets go into Failed-AVP (RFC 6733, 7.1.5 and 7.5). */
#include "harness.h"
#include "messages.h"

typedef struct row {
    const char *name;
    uint32_t without; /* a required AVP that is left out */
    const char *avps; /* appended, in hex */
    dia_level level;
    uint32_t code;      /* 0: nothing is wrong */
    const char *failed; /* in hex; NULL: absent */
    const char *text;   /* NULL: any */
} row;

#define ALL     DIA_LEVEL_DEFAULT
#define STRICT  DIA_LEVEL_STRICT
#define BOX_1   "0000000b c00000"
#define NUMBER1 "0000019f 4000000c 00000001"

static const row rows[] = {
    { "B4.1-07, B7.1.5-02, B7.5-02 unknown AVP with M", 0, "000f423f 4000000c 01020304", ALL, 5001,
      "000f423f 4000000c 01020304", "AVP 999999 of vendor 0 has the M bit and is not supported in TTR" },
    { "B4.1-08, B3.2-05 unknown AVP without M", 0, "000f423f 0000000c 01020304", STRICT, 0, NULL, NULL },
    { "B3.2-05 known AVP with M that the grammar does not name", 0, "00000021 4000000c 01020304", STRICT, 0, NULL,
      NULL },
    { "B4.4-03 unknown AVP with M in a known group", 0, BOX_1 "24 00000063" NUMBER1 "000f423f 4000000c 01020304", ALL,
      5001, BOX_1 "18 00000063 000f423f 4000000c 01020304", NULL },
    { "B7.5-04 unknown AVP with M three levels deep", 0,
      BOX_1 "48 00000063" NUMBER1 BOX_1 "30 00000063" NUMBER1 BOX_1 "18 00000063 000f423f 4000000c 01020304", ALL, 5001,
      BOX_1 "30 00000063" BOX_1 "24 00000063" BOX_1 "18 00000063 000f423f 4000000c 01020304", NULL },
    { "B4.4-02 M of components in a group without M is ignored", 0,
      "0000000c 80000028 00000063 00000002 c0000014 00000063 0000000000000001 000f423f 40000008", ALL, 0, NULL, NULL },
    { "a fault in a group without M is one all the same", 0,
      "0000000c 8000003c 00000063 00000002 c0000014 00000063 0000000000000001" BOX_1
      "1c 00000063 0000019f 4000000c 00000001"
      "00000001",
      ALL, 5014, "0000000c 80000020 00000063" BOX_1 "14 00000063 00000001 00000008", NULL },
    { "B7.1.5-11 AVP that fits nowhere", 0, BOX_1 "20 00000063" NUMBER1 "000f423f 00000008", ALL, 5008,
      BOX_1 "14 00000063 000f423f 00000008", "AVP 999999 of vendor 0 is not allowed in Box" },
    { "B7.1.5-11 AVP with maximum 0", 0, "0000000e 80000010 00000063 00000001", ALL, 5008,
      "0000000e 80000010 00000063 00000001", "Never is not allowed in TTR" },
    { "B7.1.5-12, B3.2-03 the second of one", 0, "0000019f 4000000c 00000008 0000019f 4000000c 00000009", ALL, 5009,
      "0000019f 4000000c 00000008", "Number occurs more than once" },
    { "B7.1.5-12 the third of two", 0,
      "0000000c 80000020 00000063 00000002 c0000014 00000063 0000000000000001"
      "0000000c 80000020 00000063 00000002 c0000014 00000063 0000000000000002"
      "0000000c 80000020 00000063 00000002 c0000014 00000063 0000000000000003",
      ALL, 5009, "0000000c 80000020 00000063 00000002 c0000014 00000063 0000000000000003",
      "Bag occurs more than 2 times" },
    { "as many strangers as allowed", 0,
      "00000013 c000003c 00000063 00000001 c0000010 00000063 00000001 00000001 c0000010 00000063 00000002"
      "0000ffff 00000008 0000fffe 00000008",
      ALL, 0, NULL, NULL },
    { "one stranger too many", 0,
      "00000013 c0000044 00000063 00000001 c0000010 00000063 00000001 00000001 c0000010 00000063 00000002"
      "0000ffff 00000008 0000fffe 00000008 0000fffd 00000008",
      ALL, 5009, "00000013 c0000014 00000063 0000fffd 00000008", "more than 2 other AVPs in Pair" },
    { "B7.1.5-06 missing text", SESSION_ID, "", ALL, 5005, "00000107 40000008", "missing Session-Id" },
    { "B7.1.5-08 missing number", NUMBER, "", ALL, 5005, "0000019f 4000000c 00000000", "missing Number" },
    { "B7.1.5-07 missing AVP of a vendor", BIG, "", ALL, 5005, "0000000f c0000014 00000063 0000000000000000", NULL },
    { "B4.4-04 missing in a group", 0, BOX_1 "0c 00000063", ALL, 5005, BOX_1 "18 00000063 0000019f 4000000c 00000000",
      "missing Number in Box" },
    { "one of at least two", 0, "00000013 c0000024 00000063 00000001 c0000010 00000063 00000001 0000ffff 00000008", ALL,
      5005, "00000013 c000001c 00000063 00000001 c0000010 00000063 00000000", "missing I32 in Pair" },
    { "missing stranger", 0,
      "00000013 c000002c 00000063 00000001 c0000010 00000063 00000001 00000001 c0000010 00000063 00000002", ALL, 5005,
      NULL, "missing any other AVP in Pair" },
    { "arity comes last", SESSION_ID, "000f423f 40000008", ALL, 5001, "000f423f 40000008", NULL },
    { "B7-05 the first fault wins", 0, "000f423f 40000008 0000019f 4000000c 00000008", ALL, 5001, "000f423f 40000008",
      NULL },
    { "B7.1.5-17, B4.1-12 what failed to decode is not missing", NUMBER, "0000019f 4000000b 00000700", ALL, 5014,
      "0000019f 4000000c 00000000", "Number has 3 octets, wants 4" },
    { "B4.3.1-05, B7.1.5-05 lone 0x80 in UTF8String", SESSION_ID, "00000107 40000009 80000000", ALL, 5004,
      "00000107 40000009 80000000", "Session-Id is no sound UTF8String" },
    { "B4.3.1-04 six-octet form", SESSION_ID, "00000107 4000000e fd8080808080 0000", ALL, 5004,
      "00000107 4000000e fd8080808080 0000", NULL },
    { "B4.3.1-04, B4.3.1-07 plane 16", SESSION_ID, "00000107 4000000c f48fbfbf", ALL, 0, NULL, NULL },
    { "empty DiameterIdentity", ORIGIN_HOST, "00000108 40000008", ALL, 5004, "00000108 40000008", NULL },
    { "blank in a DiameterIdentity", ORIGIN_HOST, "00000108 4000000b 61 20 62 00", ALL, 5004,
      "00000108 4000000b 61206200", "Origin-Host is no sound DiameterIdentity" },
    { "odd but possible DiameterIdentity", ORIGIN_HOST, "00000108 4000000b 61 40 62 00", ALL, 0, NULL, NULL },
    { "odd DiameterIdentity, strictly", ORIGIN_HOST, "00000108 4000000b 61 40 62 00", STRICT, 5004,
      "00000108 4000000b 61406200", NULL },
    { "B4.3.1-11 bad URI", 0, "00000008 c000000d 00000063 61000000", ALL, 5004, "00000008 c000000d 00000063 61000000",
      NULL },
    { "B4.3.1-01 IPv4 of 16 octets", 0, "00000007 c000001e 00000063 0001 000102030405060708090a0b0c0d0e0f 0000", ALL,
      5004, "00000007 c000001e 00000063 0001 000102030405060708090a0b0c0d0e0f 0000", NULL },
    { "address without a family", 0, "00000007 c000000d 00000063 00000000", ALL, 5014,
      "00000007 c000000e 00000063 00000000", NULL },
    { "address of a family nobody knows", 0, "00000007 c000000e 00000063 ffff0000", STRICT, 0, NULL, NULL },
    { "rule with liberties", 0, "00000009 c000000d 00000063 78000000", ALL, 0, NULL, NULL },
    { "rule with liberties, strictly", 0, "00000009 c000000d 00000063 78000000", STRICT, 5004,
      "00000009 c000000d 00000063 78000000", NULL },
    { "value not listed", KIND, "000001a0 4000000c 00000063", ALL, 0, NULL, NULL },
    { "B4.3.1-14 value not listed, strictly", KIND, "000001a0 4000000c 00000063", STRICT, 5004,
      "000001a0 4000000c 00000063", "Kind has a value that is not listed: 99" },
    { "negative value", KIND, "000001a0 4000000c ffffffff", STRICT, 0, NULL, NULL },
    { "B4.2-02 Integer32 of 8 octets", 0, "00000001 c0000014 00000063 0000000000000001", ALL, 5014,
      "00000001 c0000010 00000063 00000000", "I32 has 8 octets, wants 4" },
    { "B4.2-04 Unsigned32 of 3 octets", 0, "00000012 c000000f 00000063 00000100", ALL, 5014,
      "00000012 c0000010 00000063 00000000", NULL },
    { "B4.2-05 Unsigned64 of 7 octets", 0, "00000003 c0000013 00000063 0000000000000100", ALL, 5014,
      "00000003 c0000014 00000063 0000000000000000", NULL },
    { "B4.2-06 Float32 of 0 octets", 0, "00000004 8000000c 00000063", ALL, 5014, "00000004 80000010 00000063 00000000",
      NULL },
    { "B4.2-03 Integer64 of 4 octets", 0, "00000002 c0000010 00000063 00000001", ALL, 5014,
      "00000002 c0000014 00000063 0000000000000000", "I64 has 4 octets, wants 8" },
    { "B4.2-07 Float64 of 9 octets", RATIO, "00000011 c0000015 00000063 000000000000000000 000000", ALL, 5014,
      "00000011 c0000014 00000063 0000000000000000", NULL },
    { "B7.1.5-18 AVP Length 0", 0, "0000019f 40000000 00000001", ALL, 5014, "0000019f 4000000c 00000000", NULL },
    { "B7.1.5-18, B4.2-01 AVP Length 7", 0, "00000107 40000007 00000001", ALL, 5014, "00000107 40000008", NULL },
    { "B7.1.5-18, B7.1.5-19 AVP Length ffffff", 0, "0000000b c0ffffff 00000063 00000001", ALL, 5014,
      BOX_1 "0c 00000063", NULL },
    { "B4.1.1-01 V with length 8", 0, "00000002 c0000008 00000063 00000001", ALL, 5014,
      "00000002 c0000014 00000063 0000000000000000", NULL },
    { "length beyond the end of an unknown AVP", 0, "000f423f 00000010 00000063", ALL, 5014, "000f423f 00000008",
      NULL },
    { "length beyond the end of its group", 0, BOX_1 "24 00000063" NUMBER1 "0000000d c0000040 00000063 00000000", ALL,
      5014, BOX_1 "18 00000063 0000000d c000000c 00000063", NULL },
    { "B7.1.5-20 header cut off", 0, "0000019f", ALL, 5014, "0000019f 00000008", "the last AVP of TTR is cut off" },
    { "B7.1.5-20 header cut off after five octets", 0, "0000019f 40", ALL, 5014, "0000019f 40000008", NULL },
    { "B7.1.5-20 header with V cut off", 0, "0000000b c0000008", ALL, 5014, BOX_1 "0c 00000000", NULL },
    { "Failed-AVP is never wrong", 0, "00000117 40000014 0000019f 40000009 00000000 00000117 40000008", ALL, 0, NULL,
      NULL },
    { "Failed-AVP that is no AVPs is never wrong", 0, "00000117 4000000c ffffffff", STRICT, 0, NULL, NULL },
    { "B3.2-01 fixed AVP behind others, strictly", SESSION_ID, "00000107 40000009 61000000", STRICT, 5004,
      "00000107 40000009 61000000", "Session-Id is not at its fixed position" },
    { "B3.2-01 fixed AVP behind others", SESSION_ID, "00000107 40000009 61000000", ALL, 0, NULL, NULL },
    { "M is missing", NUMBER, "0000019f 0000000c 00000007", ALL, 0, NULL, NULL },
    { "B4.1-11, B7.1.3-11, B7.1.5-22 M is missing, strictly", NUMBER, "0000019f 0000000c 00000007", STRICT, 3009,
      "0000019f 0000000c 00000007", "Number has flags -; should be M" },
    { "M is missing in a group, strictly", 0, BOX_1 "18 00000063 0000019f 0000000c 00000001", STRICT, 3009,
      BOX_1 "18 00000063 0000019f 0000000c 00000001", NULL },
    { "M is missing in a group without M, strictly", 0,
      "0000000c 80000038 00000063 00000002 c0000014 00000063 0000000000000001" BOX_1
      "18 00000063 0000019f 0000000c 00000001",
      STRICT, 0, NULL, NULL },
    { "a vendor's AVP without the M that must be, strictly", 0, "00000003 80000014 00000063 0000000000000000", STRICT,
      0, NULL, NULL },
    { "a vendor's AVP with the M that must not be, strictly", 0, "00000015 c000000d 00000063 61000000", STRICT, 0, NULL,
      NULL },
    { "B4.1-11 Session-Id of a vendor", SESSION_ID, "00000107 c000000d 000028af 61000000", ALL, 5001,
      "00000107 c000000d 000028af 61000000", NULL },
    { "B4.1-11, B7.1.3-11 reserved bit, strictly", NUMBER, "0000019f 4100000c 00000007", STRICT, 3009,
      "0000019f 4100000c 00000007", "Number has flags M+0x01; should be M" },
    { "reserved bit and P, strictly", NUMBER, "0000019f 2100000c 00000007", STRICT, 3009, "0000019f 2100000c 00000007",
      "Number has flags P+0x01; should be MP" },
    { "B4.1-06 P, strictly", NUMBER, "0000019f 6000000c 00000007", STRICT, 0, NULL, NULL },
    { "B4.1.1-02 V with vendor 0, strictly", NUMBER, "0000019f c0000010 00000000 00000007", STRICT, 3009,
      "0000019f c0000010 00000000 00000007", "Number has flags VM; should be M" },
    { "B7.5-04 bad text two groups deep", 0,
      BOX_1 "40 00000063" NUMBER1 BOX_1 "28 00000063" NUMBER1 "0000000d c000000d 00000063 80000000", ALL, 5004,
      BOX_1 "28 00000063" BOX_1 "1c 00000063 0000000d c000000d 00000063 80000000", NULL },
    { "fixed AVP of a group in place", 0, BOX_1 "28 00000063" NUMBER1 "0000000d c000000d 00000063 61000000", STRICT, 0,
      NULL, NULL },
};

static dia_bytes make(message *m, const row *r)
{
    uint8_t buf[512];
    begin(m, true);
    put_required(m, r->without);
    const dia_bytes more = harness_hex(r->avps, buf, sizeof buf);
    int64_t n = dia_build_end(&m->b);
    if (more.n)
        memcpy(m->buf + n, more.p, more.n); /* as it is: octets may be missing at the end */
    n += (int64_t)more.n;
    return (dia_bytes){ m->buf, (size_t)n };
}

static void each_mistake_gets_its_code_and_failed_avp(void)
{
    message m;
    uint8_t buf[512];
    dia_fault fault;
    const void *out;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        harness_row(r->name);
        const dia_bytes octets = make(&m, r);
        const int err = dia_decode(tt_ttr_command, octets, r->level, &arena, &out, &fault);
        need_int(err, r->code ? DIA_ERULE : 0);
        need(out);
        if (r->code) {
            need_int(fault.result_code, r->code);
            need_bytes(fault.failed_avp,
                       r->failed ? harness_hex(r->failed, buf, sizeof buf) : ((dia_bytes){ NULL, 0 }));
            need(fault.text[0]);
            if (r->text)
                need_str(fault.text, r->text);
        }
        dia_arena_reset(&arena);
    }
done:
    dia_arena_done(&arena);
}

static void nothing_is_refused_at_level_off(void)
{
    message m;
    dia_fault fault = { 0 };
    const void *out;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need_int(dia_decode(tt_ttr_command, make(&m, &rows[i]), DIA_LEVEL_OFF, &arena, &out, &fault), 0);
        need_int(fault.result_code, 0);
        dia_arena_reset(&arena);
    }
done:
    dia_arena_done(&arena);
}

static void the_struct_holds_what_was_understood(void)
{
    message m;
    dia_fault fault;
    const void *out = NULL;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin(&m, true);
    put_required(&m, NUMBER);
    dia_put_bytes(&m.b, U32, LAB, DIA_AVP_M, text_of("abc"));
    dia_put_u32(&m.b, KIND, 0, DIA_AVP_M, 3);
    need_int(dia_decode(tt_ttr_command, end(&m), DIA_LEVEL_LENIENT, &arena, &out, &fault), DIA_ERULE);
    const tt_ttr *r = out;
    need_bytes(r->session_id, text_of("s;1;2"));
    need(!r->u32.set);
    need_int(r->kind, 2);
    /* The second Kind is not lost. */
    need_int(r->others.n, 1);
    need_int(r->others.v[0].code, KIND);
    need_int(dia_decode(tt_ttr_command, end(&m), DIA_LEVEL_LENIENT, &arena, &out, NULL), DIA_ERULE);
done:
    dia_arena_done(&arena);
}

static void groups_nested_too_deep_are_refused(void)
{
    enum { DEPTH = 2 * DIA_NESTING_MAX };
    message m;
    uint8_t buf[64];
    dia_fault fault;
    const void *out;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin_request(&m);
    for (uint32_t i = 0; i < DEPTH; i++) {
        const uint32_t length = (DEPTH - i) * 24;
        uint8_t group[24];
        harness_hex("0000000b c0000000 00000063 0000019f 4000000c 00000001", group, sizeof group);
        dia_store24(group + 5, length);
        dia_put_octets(&m.b, (dia_bytes){ group, sizeof group });
    }
    need_int(dia_decode(tt_ttr_command, end(&m), DIA_LEVEL_DEFAULT, &arena, &out, &fault), DIA_ERULE);
    need_int(fault.result_code, 5014);
    need_bytes(fault.failed_avp, harness_hex("0000000b c000000c 00000063", buf, sizeof buf));
    need_int(dia_decode(tt_ttr_command, end(&m), DIA_LEVEL_OFF, &arena, &out, &fault), 0);
done:
    dia_arena_done(&arena);
}

static void minimum_of_a_group_has_its_required_components(void) /* B7.1.5-08 */
{
    uint8_t octets[64], buf[64];
    dia_builder b;
    tables_open();
    dia_build_begin_avps(&b, octets, sizeof octets);
    dia_put_minimum(&b, tables_avp("Pair"));
    int64_t n = dia_build_end(&b);
    need_int(n, 44);
    need_bytes(((dia_bytes){ octets, (size_t)n }),
               harness_hex(
                   "00000013 c000002c 00000063 00000001 c0000010 00000063 00000000 00000001 c0000010 00000063 00000000",
                   buf, sizeof buf));
    dia_build_begin_avps(&b, octets, sizeof octets);
    dia_put_minimum(&b, tables_avp("Address"));
    n = dia_build_end(&b);
    need_bytes(((dia_bytes){ octets, (size_t)n }), harness_hex("00000007 c000000e 00000063 00000000", buf, sizeof buf));
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_mistake_gets_its_code_and_failed_avp", each_mistake_gets_its_code_and_failed_avp },
        { "nothing_is_refused_at_level_off", nothing_is_refused_at_level_off },
        { "the_struct_holds_what_was_understood", the_struct_holds_what_was_understood },
        { "groups_nested_too_deep_are_refused", groups_nested_too_deep_are_refused },
        { "minimum_of_a_group_has_its_required_components", minimum_of_a_group_has_its_required_components },
    };
    return HARNESS_RUN("dict/rules", tests);
}

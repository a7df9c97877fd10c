/* Tests of octets -> struct: values, lists, groups, strangers. What is refused stands in rules.c. */
#include "harness.h"
#include "messages.h"

#include <math.h>

static int decode_ttr(dia_bytes octets, dia_level level, dia_arena *arena, const tt_ttr **out, dia_fault *fault)
{
    const void *any = NULL;
    const int err = dia_decode(tt_ttr_command, octets, level, arena, &any, fault);
    *out = any;
    return err;
}

static void required_avps_of_every_kind_arrive(void) /* B4.2-04, -05, -07 */
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin_request(&m);
    need_int(decode_ttr(end(&m), DIA_LEVEL_STRICT, &arena, &r, &fault), 0);
    need_bytes(r->session_id, text_of("s;1;2"));
    need_bytes(r->origin_host, text_of("a.example"));
    need_bytes(r->destination_realm, text_of("example.org"));
    need_int(r->auth_application_id, 77);
    need_int(r->kind, 2);
    need_int(r->number, 7);
    need(r->big == UINT64_MAX);
    need(r->moment == INT64_C(2085978496)); /* B4.3.1-03: 0 is 2036-02-07T06:28:16Z */
    need(r->ratio == 0 && signbit(r->ratio));
    need(!r->i32.set && !r->i64.set && !r->when.set && !r->uri.p && !r->address.value.p && !r->box && !r->bag.n);
    need_int(r->others.n, 0);
done:
    dia_arena_done(&arena);
}

static void optional_avps_of_every_kind_arrive(void) /* B4.2-01, -02, -03, -06, B4.3.1-01 */
{
    static const uint8_t ip[] = { 0, 1, 192, 0, 2, 1 };
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin_request(&m);
    dia_put_i32(&m.b, I32, LAB, DIA_AVP_M, INT32_MIN);
    dia_put_i64(&m.b, I64, LAB, DIA_AVP_M, INT64_MIN);
    dia_put_u32(&m.b, U32, LAB, DIA_AVP_M, 0);
    dia_put_u64(&m.b, U64, LAB, DIA_AVP_M, 0);
    dia_put_u32(&m.b, F32, LAB, 0, 0x7fa00001); /* a signalling NaN */
    dia_put_u64(&m.b, F64, LAB, 0, UINT64_C(0xfff8000000000123));
    dia_put_u32(&m.b, WHEN, LAB, 0, 0x80000000);
    dia_put_bytes(&m.b, ADDRESS, LAB, DIA_AVP_M, (dia_bytes){ ip, sizeof ip });
    dia_put_bytes(&m.b, URI, LAB, DIA_AVP_M, text_of("aaa://a.example"));
    dia_put_bytes(&m.b, RULE, LAB, DIA_AVP_M, text_of("permit in ip from any to any"));
    dia_put_bytes(&m.b, OCTETS, LAB, DIA_AVP_M, text_of(""));
    need_int(decode_ttr(end(&m), DIA_LEVEL_STRICT, &arena, &r, &fault), 0);
    need(r->i32.set && r->i32.value == INT32_MIN);
    need(r->i64.set && r->i64.value == INT64_MIN);
    need(r->u32.set && r->u32.value == 0 && r->u64.set && r->u64.value == 0);
    need(r->f32.set && dia_bits_of_f32(r->f32.value) == 0x7fa00001);
    need(r->f64.set && dia_bits_of_f64(r->f64.value) == UINT64_C(0xfff8000000000123));
    need(r->when.set && r->when.value == -61505152); /* 1968-01-20T03:14:08Z */
    need_int(r->address.family, DIA_FAMILY_IPV4);
    need_bytes(r->address.value, ((dia_bytes){ ip + 2, 4 }));
    need_bytes(r->uri, text_of("aaa://a.example"));
    need(r->octets.p && r->octets.n == 0);
done:
    dia_arena_done(&arena);
}

static void lists_keep_every_value_in_order(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const void *any = NULL;
    uint8_t address[6] = { 0, 8, '1', '2', '3', '4' };
    enum { N = 33 };
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin(&m, false);
    dia_put_group(&m.b, VENDOR_SPECIFIC_APPLICATION_ID, 0, DIA_AVP_M);
    dia_put_u32(&m.b, VENDOR_ID, 0, DIA_AVP_M, LAB);
    dia_put_u32(&m.b, ACCT_APPLICATION_ID, 0, DIA_AVP_M, 77);
    dia_put_group_end(&m.b);
    for (int i = 0; i < N; i++) {
        address[5] = (uint8_t)i;
        dia_put_i32(&m.b, I32, LAB, DIA_AVP_M, -i);
        dia_put_i64(&m.b, I64, LAB, DIA_AVP_M, -i);
        dia_put_f32(&m.b, F32, LAB, 0, (float)i);
        dia_put_f64(&m.b, F64, LAB, 0, i / 2.0);
        dia_put_u32(&m.b, WHEN, LAB, 0, 0x80000000 + (uint32_t)i);
        dia_put_bytes(&m.b, ADDRESS, LAB, DIA_AVP_M, (dia_bytes){ address, sizeof address });
        dia_put_bytes(&m.b, URI, LAB, DIA_AVP_M, text_of("aaa://a.example"));
    }
    const int err = dia_decode(tt_tta_command, end(&m), DIA_LEVEL_DEFAULT, &arena, &any, &fault);
    need_int(err, 0);
    const tt_tta *a = any;
    need(a->vendor_specific_application_id->acct_application_id.set);
    need(!a->vendor_specific_application_id->auth_application_id.set);
    need_int(a->i32.n, N);
    need(a->i64.n == N && a->f32.n == N && a->f64.n == N && a->when.n == N && a->address.n == N && a->uri.n == N);
    for (int i = 0; i < N; i++) {
        need_int(a->i32.v[i], -i);
        need_int(a->i64.v[i], -i);
        need(a->f32.v[i] == (float)i && a->f64.v[i] == i / 2.0);
        need_int(a->when.v[i], -61505152 + i);
        need(a->address.v[i].family == DIA_FAMILY_E164 && a->address.v[i].value.p[3] == i);
        need_bytes(a->uri.v[i], text_of("aaa://a.example"));
    }
done:
    dia_arena_done(&arena);
}

static void groups_nest(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin_request(&m);
    for (uint32_t i = 0; i < DIA_NESTING_MAX; i++) {
        dia_put_group(&m.b, BOX, LAB, DIA_AVP_M);
        dia_put_u32(&m.b, NUMBER, 0, DIA_AVP_M, i);
        dia_put_bytes(&m.b, TEXT, LAB, DIA_AVP_M, text_of("x"));
    }
    for (uint32_t i = 0; i < DIA_NESTING_MAX; i++)
        dia_put_group_end(&m.b);
    for (uint32_t i = 0; i < 2; i++) {
        dia_put_group(&m.b, BAG, LAB, 0);
        dia_put_i64(&m.b, I64, LAB, DIA_AVP_M, 5 + i);
        for (uint32_t k = 0; k < 3; k++) {
            dia_put_group(&m.b, BOX, LAB, DIA_AVP_M);
            dia_put_u32(&m.b, NUMBER, 0, DIA_AVP_M, k);
            dia_put_group_end(&m.b);
        }
        dia_put_group_end(&m.b);
    }
    need_int(decode_ttr(end(&m), DIA_LEVEL_STRICT, &arena, &r, &fault), 0); /* B4.2-08 */
    uint32_t depth = 0;
    for (const tt_box *box = r->box; box; box = box->box) {
        need_int(box->number, depth++);
        need_int(box->text.n, 1);
    }
    need_int(depth, DIA_NESTING_MAX);
    need_int(r->bag.n, 2);
    need_int(r->bag.v[1].i64, 6);
    need_int(r->bag.v[1].box.n, 3);
    need_int(r->bag.v[1].box.v[2].number, 2);
done:
    dia_arena_done(&arena);
}

/* B4.1-02, B4.1-08, B4.4-02 */
static void strangers_are_kept_as_they_came(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin_request(&m);
    dia_put_bytes(&m.b, SESSION_ID, 10415, DIA_AVP_P, text_of("not the Session-Id"));
    dia_put_group(&m.b, 70000, 0, 0);
    dia_put_u32(&m.b, 70001, 0, DIA_AVP_M, 1);
    dia_put_group_end(&m.b);
    dia_put_u32(&m.b, PROXY_STATE, 0, DIA_AVP_M, 1); /* known, but named by no grammar of the command */
    const dia_bytes octets = end(&m);
    need_int(decode_ttr(octets, DIA_LEVEL_STRICT, &arena, &r, &fault), 0);
    need_bytes(r->session_id, text_of("s;1;2"));
    need_int(r->others.n, 3);
    need_int(r->others.v[0].code, SESSION_ID);
    need_int(r->others.v[0].vendor, 10415);
    need_int(r->others.v[0].flags, DIA_AVP_V | DIA_AVP_P);
    need_bytes(r->others.v[0].data, text_of("not the Session-Id"));
    need_int(r->others.v[0].octets.n, 12 + 20);
    need_int(r->others.v[2].code, PROXY_STATE);
done:
    dia_arena_done(&arena);
}

/* B4.1-04, B4.1-06, B4.1.1-02 */
static void flags_that_mean_nothing_are_ignored(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    begin(&m, true);
    put_required(&m, NUMBER);
    /* V with vendor 0 is as without V; P and the reserved bits are set. */
    uint8_t buf[16];
    dia_put_octets(&m.b, harness_hex("0000019f ff000010 00000000 00000007", buf, sizeof buf));
    need_int(decode_ttr(end(&m), DIA_LEVEL_LENIENT, &arena, &r, &fault), 0);
    need_int(r->number, 7);
    need_int(r->others.n, 0);
done:
    dia_arena_done(&arena);
}

static void the_first_block_suffices_for_a_small_message(void)
{
    message m;
    uint64_t first[512];
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r;
    dia_arena_init(&arena, first, sizeof first, 0, harness_allocator());
    begin_request(&m);
    need_int(decode_ttr(end(&m), DIA_LEVEL_DEFAULT, &arena, &r, &fault), 0);
    need_int(arena.used, 0);
done:
    dia_arena_done(&arena);
}

static void what_a_peer_can_make_us_allocate_ends_at_the_limit(void)
{
    static message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r = NULL;
    dia_arena_init(&arena, NULL, 0, 16384, NULL);
    begin_request(&m);
    while (m.b.n + 8 <= sizeof m.buf)
        dia_put_bytes(&m.b, 70000, 0, 0, text_of(""));
    need_int(decode_ttr(end(&m), DIA_LEVEL_OFF, &arena, &r, &fault), DIA_ESPACE);
    need(!r);
    need(arena.used <= 16384);
done:
    dia_arena_done(&arena);
}

static void octets_below_a_header_are_no_message(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const tt_ttr *r = NULL;
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    begin_request(&m);
    dia_bytes octets = end(&m);
    octets.n = 19;
    need_int(decode_ttr(octets, DIA_LEVEL_OFF, &arena, &r, &fault), DIA_ETRUNC);
done:
    dia_arena_done(&arena);
}

static void tables_of_another_format_are_refused(void)
{
    message m;
    dia_arena arena;
    dia_fault fault;
    const void *any;
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    begin_request(&m);
    dia_dict dict = *tt_dict;
    dict.table_format++;
    dia_command command = *tt_ttr_command;
    command.dict = &dict;
    need_int(dia_decode(&command, end(&m), DIA_LEVEL_OFF, &arena, &any, &fault), DIA_EVERSION);
    need_int(dia_encode(&command, NULL, DIA_LEVEL_OFF, NULL, NULL, NULL, 0, NULL, &fault), DIA_EVERSION);
done:
    dia_arena_done(&arena);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "required_avps_of_every_kind_arrive", required_avps_of_every_kind_arrive },
        { "optional_avps_of_every_kind_arrive", optional_avps_of_every_kind_arrive },
        { "lists_keep_every_value_in_order", lists_keep_every_value_in_order },
        { "groups_nest", groups_nest },
        { "strangers_are_kept_as_they_came", strangers_are_kept_as_they_came },
        { "flags_that_mean_nothing_are_ignored", flags_that_mean_nothing_are_ignored },
        { "the_first_block_suffices_for_a_small_message", the_first_block_suffices_for_a_small_message },
        { "what_a_peer_can_make_us_allocate_ends_at_the_limit", what_a_peer_can_make_us_allocate_ends_at_the_limit },
        { "octets_below_a_header_are_no_message", octets_below_a_header_are_no_message },
        { "tables_of_another_format_are_refused", tables_of_another_format_are_refused },
    };
    return HARNESS_RUN("dict/decode", tests);
}

/* Codecs at work: values on the wire in a form of their own, in structs as their declared type. Every test runs on the
 * tables of tests/golden/coded.dia as they are compiled, and as they are read at run time. */
#include "diatom/app/coded.h"
#include "dict/dict.h"
#include "harness.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>

enum { VENDOR = 99 };

/* ---- Codecs ---- */

static int n_calls;
static char last_function[64];

static void called(const dia_codec_call *call)
{
    n_calls++;
    snprintf(last_function, sizeof last_function, "%s", call->function);
}

/* Decimal digits, two an octet, the first one in the lower half, 0xf behind an odd number of them. */
static int bcd_decode(void *arg, const dia_codec_call *call, dia_bytes wire, dia_arena *arena, dia_bytes *data)
{
    (void)arg;
    called(call);
    uint8_t *to = dia_arena_get(arena, 2 * wire.n);
    size_t n = 0;
    for (size_t i = 0; to && i < wire.n; i++) {
        const uint8_t halves[] = { wire.p[i] & 0xf, wire.p[i] >> 4 };
        for (int k = 0; k < 2; k++) {
            if (k && i + 1 == wire.n && halves[k] == 0xf)
                break;
            if (halves[k] > 9)
                return DIA_EFORMAT;
            to[n++] = '0' + halves[k];
        }
    }
    *data = (dia_bytes){ to, n };
    return 0;
}

static int64_t bcd_encode(void *arg, const dia_codec_call *call, dia_bytes data, void *to, size_t cap)
{
    (void)arg;
    called(call);
    const size_t n = (data.n + 1) / 2;
    for (size_t i = 0; i < data.n; i++)
        if (data.p[i] < '0' || data.p[i] > '9')
            return DIA_EINVAL;
    for (size_t i = 0; i < n && n <= cap; i++) {
        const uint8_t low = data.p[2 * i] - '0', high = 2 * i + 1 < data.n ? data.p[2 * i + 1] - '0' : 0xf;
        ((uint8_t *)to)[i] = (uint8_t)(high << 4 | low);
    }
    return (int64_t)n;
}

const dia_codec dia_codec_bcd = { bcd_decode, bcd_encode, NULL };

/* All bits inverted, behind an octet 0x5a. */
static int flip_decode(void *arg, const dia_codec_call *call, dia_bytes wire, dia_arena *arena, dia_bytes *data)
{
    (void)arg;
    called(call);
    if (wire.n == 0 || wire.p[0] != 0x5a)
        return DIA_EFORMAT;
    uint8_t *to = dia_arena_get(arena, wire.n);
    for (size_t i = 1; to && i < wire.n; i++)
        to[i - 1] = (uint8_t)~wire.p[i];
    *data = (dia_bytes){ to, wire.n - 1 };
    return 0;
}

static int64_t flip_encode(void *arg, const dia_codec_call *call, dia_bytes data, void *to, size_t cap)
{
    (void)arg;
    called(call);
    if (data.n < cap) {
        ((uint8_t *)to)[0] = 0x5a;
        for (size_t i = 0; i < data.n; i++)
            ((uint8_t *)to)[1 + i] = (uint8_t)~data.p[i];
    }
    return (int64_t)data.n + 1;
}

const dia_codec dia_codec_flip = { flip_decode, flip_encode, NULL };

/* Answers as it is told to. */
static struct rogue {
    int err;
    dia_bytes data;
    int64_t length;
    bool greedy;
} rogue;

static int rogue_decode(void *arg, const dia_codec_call *call, dia_bytes wire, dia_arena *arena, dia_bytes *data)
{
    (void)arg, (void)call, (void)wire;
    if (rogue.greedy)
        dia_arena_get(arena, (size_t)1 << 40);
    *data = rogue.data;
    return rogue.err;
}

static int64_t rogue_encode(void *arg, const dia_codec_call *call, dia_bytes data, void *to, size_t cap)
{
    (void)arg, (void)call, (void)data;
    if (rogue.length > 0 && (uint64_t)rogue.length <= cap)
        memset(to, 'r', (size_t)rogue.length);
    return rogue.length;
}

const dia_codec dia_codec_rogue = { rogue_decode, rogue_encode, NULL };

/* ---- Tables ---- */

static const dia_codec_named codecs[] = {
    { "bcd", { bcd_decode, bcd_encode, NULL } },
    { "flip", { flip_decode, flip_encode, NULL } },
    { "Rogue", { rogue_decode, rogue_encode, NULL } },
};

static unsigned n_warnings;

static void on_finding(void *arg, const dia_dict_error *error)
{
    (void)arg;
    check(error->warning);
    check_str(error->name, "codec_ignored");
    n_warnings++;
}

static dia_dict *read_coded(size_t n_codecs)
{
    static char text[1 << 14];
    FILE *in = fopen(GOLDEN "/coded.dia", "rb");
    const size_t n = in ? fread(text, 1, sizeof text, in) : 0;
    if (in)
        fclose(in);
    const dia_dict_reader reader = { .report = on_finding, .codecs = codecs, .n_codecs = n_codecs };
    dia_dict *dict = NULL;
    n_warnings = 0;
    check_int(dia_dict_read(&reader, (dia_bytes){ (const uint8_t *)text, n }, "coded.dia", &dict), 0);
    return dict;
}

/* Both kinds of tables, one after the other. */
static const dia_dict *dict;
static const dia_command *cdr, *cda;
static dia_dict *read;

static bool next_tables(void)
{
    if (!dict) {
        dict = &dia_dict_coded;
        harness_row("compiled");
    } else if (!read) {
        dict = read = read_coded(3);
        harness_row("read");
    } else {
        dia_dict_unref(read);
        dict = read = NULL;
        harness_row(NULL);
        return false;
    }
    cdr = dia_dict_command_named(dict, dia_cstr("CDR"));
    cda = dia_dict_command_named(dict, dia_cstr("CDA"));
    return true;
}

static dia_bytes encode(const dia_command *command, const void *message, uint8_t *buf, size_t cap)
{
    dia_fault fault = { 0 };
    const int64_t n = dia_encode(command, message, DIA_LEVEL_DEFAULT, NULL, NULL, buf, cap, NULL, &fault);
    check(n > 0 || harness_injected());
    if (n == DIA_ERULE)
        fprintf(stderr, "%s\n", fault.text);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

/* A message with these AVPs. */
static dia_bytes message_of(const char *avps, uint8_t *buf, size_t size)
{
    const dia_header h = { .version = 1, .flags = DIA_FLAG_REQUEST, .command = 8388710, .application = 16777998 };
    dia_builder b;
    dia_build_begin(&b, buf, size, &h);
    const dia_bytes octets = harness_hex(avps, buf + DIA_HEADER_SIZE, size - DIA_HEADER_SIZE);
    dia_store24(buf + 1, (uint32_t)(DIA_HEADER_SIZE + octets.n));
    return (dia_bytes){ buf, DIA_HEADER_SIZE + octets.n };
}

#define DIGITS   "00000028 c000000e 00000063 2143 0000 "
#define FLIP_U32 "00000029 80000011 00000063 5a ffffff00 000000 "

/* ---- Both ways ---- */

static void values_are_translated_in_both_directions(void)
{
    static const char want[] = "00000028 c000000f 00000063 2143f5 00"                  /* "12345" */
                               "00000029 80000011 00000063 5a fffffef8 000000"         /* 263 */
                               "0000002a 80000015 00000063 5a ffffffffffffffff 000000" /* 0 */
                               "0000002b 80000011 00000063 5a 7c55817f 000000"         /* 1970-01-01 */
                               "0000002c 8000000f 00000063 5a fefd 00"                 /* 01 02 */
                               "0000002d 80000013 00000063 5a fffe f5f5f5f5 00"        /* 10.10.10.10 */
                               "0000002e 8000002d 00000063 5a"                         /* all of it inverted: */
                               "ffffffcd 7fffffef ffffff9c fffffff8"                   /* Plain 7 */
                               "ffffffd7 3ffffff2 ffffff9c 06 ffffff"                  /* Digits "9": 0xf9 */
                               "000000"
                               "0000002f 80000011 00000063 5a fffffffe 000000"; /* LARGE */
    while (next_tables()) {
        uint8_t buf[512], hex[512], octets[] = { 1, 2 }, v4[] = { 10, 10, 10, 10 };
        const dia_coded_flip_group group = { .plain = 7, .digits = DIA_LIT("9") };
        const dia_coded_cdr m = {
            .digits = DIA_LIT("12345"),
            .flip_u32 = 263,
            .flip_u64 = DIA_U64(0),
            .flip_time = DIA_I64(0),
            .flip_octets = { octets, 2 },
            .flip_address = { DIA_FAMILY_IPV4, { v4, 4 } },
            .flip_group = &group,
            .flip_kind = DIA_I32(1),
        };
        dia_arena arena;
        dia_fault fault = { 0 };
        const void *out = NULL;
        dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
        const dia_bytes got = encode(cdr, &m, buf, sizeof buf);
        need(got.n > DIA_HEADER_SIZE);
        need_bytes(((dia_bytes){ buf + DIA_HEADER_SIZE, got.n - DIA_HEADER_SIZE }), harness_hex(want, hex, sizeof hex));
        need_int(dia_decode(cdr, got, DIA_LEVEL_STRICT, &arena, &out, &fault), 0);
        const dia_coded_cdr *r = out;
        need_bytes(r->digits, dia_cstr("12345"));
        need_int(r->flip_u32, 263);
        need(r->flip_u64.set && r->flip_u64.value == 0);
        need(r->flip_time.set && r->flip_time.value == 0);
        need_bytes(r->flip_octets, m.flip_octets);
        need_int(r->flip_address.family, DIA_FAMILY_IPV4);
        need_bytes(r->flip_address.value, m.flip_address.value);
        need(r->flip_group && r->flip_group->plain == 7 && !r->flip_group->flip_group);
        need_bytes(r->flip_group->digits, dia_cstr("9"));
        need(r->flip_kind.set && r->flip_kind.value == 1);
    done:
        dia_arena_done(&arena);
    }
}

static void lists_are_translated_one_by_one(void)
{
    while (next_tables()) {
        uint8_t buf[2048], again[2048], v4[] = { 10, 10, 10, 10 };
        const dia_bytes digits[] = { DIA_LIT("1"), DIA_LIT("") };
        const uint32_t u32[] = { 0, 1, UINT32_MAX };
        const uint64_t u64[] = { 2, 3 };
        const int64_t times[] = { 0, -1 };
        const dia_address addresses[] = { { DIA_FAMILY_IPV4, { v4, 4 } }, { DIA_FAMILY_IPV4, { v4, 4 } } };
        const int32_t kinds[] = { 1, 0 };
        const dia_coded_flip_group inner = { .plain = 9 }, groups[] = { { .plain = 7, .flip_group = &inner }, { 8 } };
        const dia_coded_cda m = {
            .digits = DIA_LIST(digits),
            .flip_u32 = DIA_LIST(u32),
            .flip_u64 = DIA_LIST(u64),
            .flip_time = DIA_LIST(times),
            .flip_octets = DIA_LIST(digits),
            .flip_address = DIA_LIST(addresses),
            .flip_group = DIA_LIST(groups),
            .flip_kinds = DIA_LIST(kinds),
            .missing = DIA_LIST(u32),
        };
        dia_arena arena;
        dia_fault fault = { 0 };
        const void *out = NULL;
        dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
        const dia_bytes got = encode(cda, &m, buf, sizeof buf);
        need_int(dia_decode(cda, got, DIA_LEVEL_STRICT, &arena, &out, &fault), 0);
        const dia_coded_cda *a = out;
        need(a->digits.n == 2 && a->digits.v[1].p && a->digits.v[1].n == 0);
        need_bytes(a->digits.v[0], digits[0]);
        need(a->flip_u32.n == 3 && a->flip_u32.v[2] == UINT32_MAX && a->missing.n == 3);
        need(a->flip_u64.n == 2 && a->flip_u64.v[1] == 3 && a->flip_time.n == 2 && a->flip_time.v[1] == -1);
        need(a->flip_address.n == 2 && a->flip_kinds.n == 2 && a->flip_kinds.v[0] == 1);
        need(a->flip_group.n == 2 && a->flip_group.v[0].flip_group->plain == 9 && a->flip_group.v[1].plain == 8);
        need_bytes(encode(cda, a, again, sizeof again), got);
    done:
        dia_arena_done(&arena);
    }
}

static void size_needed_is_exact_whatever_the_room(void)
{
    while (next_tables()) {
        uint8_t whole[1024], buf[1024];
        char text[600];
        memset(text, '5', sizeof text);
        const dia_coded_flip_group inner = { .plain = 1, .digits = { (const uint8_t *)text, sizeof text } };
        const dia_coded_flip_group group = { .plain = 7, .flip_group = &inner };
        const dia_coded_cdr m = { .digits = DIA_LIT("123"), .flip_group = &group };
        const dia_bytes want = encode(cdr, &m, whole, sizeof whole);
        size_t needed;
        for (size_t cap = 0; cap < want.n; cap++) {
            memset(buf, 0xee, sizeof buf);
            needed = 0;
            need_int(dia_encode(cdr, &m, DIA_LEVEL_DEFAULT, NULL, NULL, cap ? buf : NULL, cap, &needed, NULL),
                     DIA_ESPACE);
            need_int(needed, want.n);
            for (size_t i = cap; i < sizeof buf; i++)
                need_int(buf[i], 0xee);
        }
        need_bytes(encode(cdr, &m, buf, want.n), want);
    done:;
    }
}

static void function_is_the_type_or_the_name(void)
{
    while (next_tables()) {
        uint8_t buf[256];
        const dia_coded_cdr m = { .digits = DIA_LIT("1") };
        n_calls = 0;
        encode(cdr, &m, buf, sizeof buf);
        check_int(n_calls, 2);
        check_str(last_function, "Flip-U32");
        const dia_avp_def *digits = dia_dict_avp_named(dict, dia_cstr("Digits"));
        check_str(digits->hook->function, "UTF8String");
        check_str(digits->hook->module, "bcd");
        check(!digits->hook->custom);
        check(dia_dict_avp_named(dict, dia_cstr("Plain"))->hook == NULL);
    }
}

static void text_shows_the_octets_and_the_value(void)
{
    while (next_tables()) {
        uint8_t buf[512];
        char text[4096];
        const dia_dicts all = { &dict, 1, NULL };
        const dia_coded_flip_group group = { .plain = 7, .digits = DIA_LIT("9") };
        const dia_coded_cdr m = { .digits = DIA_LIT("12345"),
                                  .flip_u32 = 263,
                                  .flip_group = &group,
                                  .flip_kind = DIA_I32(1),
                                  .missing = DIA_U32(3) };
        dia_text_print(&all, encode(cdr, &m, buf, sizeof buf), NULL, text, sizeof text, NULL);
        check(strstr(text, "Digits: 0x2143f5 (\"12345\")\n"));
        check(strstr(text, "Flip-U32: 0x5afffffef8 (263)\n"));
        check(strstr(text, "Flip-Group: 0x5affffffcd"));
        check(strstr(text, "Flip-Kind: 0x5afffffffe (LARGE)\n"));
        check(strstr(text, "Missing: 3\n"));
        /* What the codec cannot read, and what it would write in another way: the octets are there. */
        dia_text_print(&all, message_of("00000028 c000000e 00000063 2aff 0000", buf, sizeof buf), NULL, text,
                       sizeof text, NULL);
        check(strstr(text, "Digits: 0x2aff (the codec cannot read it)\n"));
        rogue = (struct rogue){ .data = DIA_LIT("no"), .length = 2 };
        dia_text_print(&all, message_of("00000030 8000000e 00000063 4142 0000", buf, sizeof buf), NULL, text,
                       sizeof text, NULL);
        check(strstr(text, "Rogue: 0x4142 (\"no\")\n"));
    }
}

/* ---- What goes wrong ---- */

static void octets_that_are_no_value_are_5004(void)
{
    static const struct {
        const char *name, *avps, *failed, *text;
        dia_level level;
        uint32_t code;
    } rows[] = {
        { "the codec refuses", "00000028 c000000e 00000063 2aff 0000" FLIP_U32, "00000028 c000000e 00000063 2aff 0000",
          "Digits", DIA_LEVEL_LENIENT, 5004 },
        { "too short for its type", DIGITS "00000029 8000000f 00000063 5a ffff 00",
          "00000029 8000000f 00000063 5a ffff 00", "Flip-U32", DIA_LEVEL_LENIENT, 5004 },
        { "nothing there", DIGITS "00000029 8000000c 00000063", "00000029 8000000c 00000063", "Flip-U32",
          DIA_LEVEL_LENIENT, 5004 },
        { "an address that cannot be", DIGITS FLIP_U32 "0000002d 80000010 00000063 5a fffe f5",
          "0000002d 80000010 00000063 5a fffe f5", "Flip-Address", DIA_LEVEL_LENIENT, 5004 },
        { "not listed", DIGITS FLIP_U32 "0000002f 80000011 00000063 5a fffffff0 000000",
          "0000002f 80000011 00000063 5a fffffff0 000000", "15", DIA_LEVEL_STRICT, 5004 },
        { "missing in a group", DIGITS FLIP_U32 "0000002e 8000000d 00000063 5a 000000",
          "0000002e 8000000d 00000063 5a 000000", "missing Plain", DIA_LEVEL_LENIENT, 5005 },
        { "twice", DIGITS DIGITS FLIP_U32, DIGITS, "Digits", DIA_LEVEL_LENIENT, 5009 },
        { "without codec", DIGITS FLIP_U32 "00000031 8000000e 00000063 0001 0000",
          "00000031 80000010 00000063 00000000", "Missing", DIA_LEVEL_LENIENT, 5014 },
        { "missing", FLIP_U32, "00000028 c000000c 00000063", "Digits", DIA_LEVEL_LENIENT, 5005 },
    };
    while (next_tables()) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            uint8_t buf[512], hex[512];
            dia_arena arena;
            dia_fault fault = { 0 };
            const void *out = NULL;
            harness_row(rows[i].name);
            dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
            const dia_bytes message = message_of(rows[i].avps, buf, sizeof buf);
            need_int(dia_decode(cdr, message, rows[i].level, &arena, &out, &fault), DIA_ERULE);
            need_int(fault.result_code, rows[i].code);
            need_bytes(fault.failed_avp, harness_hex(rows[i].failed, hex, sizeof hex));
            need(strstr(fault.text, rows[i].text));
            need_int(dia_decode(cdr, message, DIA_LEVEL_OFF, &arena, &out, &fault), 0);
        done:
            dia_arena_done(&arena);
        }
    }
}

static void fault_inside_a_translated_group_stands_in_the_groups_around(void)
{
    /* A group in a group, both inverted. */
    while (next_tables()) {
        uint8_t buf[512];
        dia_arena arena;
        dia_fault fault = { 0 };
        const void *out = NULL;
        const dia_coded_flip_group inner = { .plain = 1, .digits = DIA_LIT("1") }, group = { 2, .flip_group = &inner };
        const dia_coded_cdr m = { .digits = DIA_LIT("1"), .flip_group = &group };
        dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
        const dia_bytes octets = encode(cdr, &m, buf, sizeof buf);
        need(octets.n > 0);
        /* The digit of the innermost: 0xf1 inverted twice is 0xf1. */
        uint8_t *at = NULL;
        static const uint8_t pattern[] = { 0x00, 0x00, 0x00, 0x28, 0xc0, 0x00, 0x00, 0x0d };
        for (size_t i = 60; i + sizeof pattern < octets.n; i++)
            if (memcmp(buf + i, pattern, sizeof pattern) == 0)
                at = buf + i + 12;
        need(at && *at == 0xf1);
        *at = 0xfa;
        need_int(dia_decode(cdr, octets, DIA_LEVEL_DEFAULT, &arena, &out, &fault), DIA_ERULE);
        need_int(fault.result_code, 5004);
        dia_avp avp;
        need_int(dia_avp_find(octets, 46, VENDOR, &avp), 0);
        need_bytes(fault.failed_avp, avp.octets);
    done:
        dia_arena_done(&arena);
    }
}

static void hostile_codecs_are_survived(void)
{
    static const uint8_t some[] = "some octets";
    static const struct {
        const char *name;
        struct rogue rogue;
        int want, fault;
    } rows[] = {
        { "nothing, said to be fine", { 0 }, 0, 0 },
        { "a positive error", { .err = 7, .data = DIA_LIT("x") }, DIA_ERULE, 5004 },
        { "an error that nobody has", { .err = INT32_MIN }, DIA_ERULE, 5004 },
        { "octets at NULL", { .data = { NULL, 5 } }, DIA_ERULE, 5004 },
        { "more octets than any AVP has", { .data = { some, SIZE_MAX } }, DIA_ERULE, 5004 },
        { "as many as an AVP cannot have", { .data = { some, 0xffffff } }, DIA_ERULE, 5004 },
        { "no UTF-8", { .data = DIA_LIT("\xff") }, DIA_ERULE, 5004 },
        { "out of memory", { .err = DIA_ENOMEM }, DIA_ENOMEM, 0 },
        { "more than the arena has", { .greedy = true, .data = DIA_LIT("x") }, DIA_ESPACE, 0 },
    };
    while (next_tables()) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            uint8_t buf[512];
            dia_arena arena;
            dia_fault fault = { 0 };
            const void *out = NULL;
            harness_row(rows[i].name);
            rogue = rows[i].rogue;
            dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
            const dia_bytes message =
                message_of(DIGITS FLIP_U32 "00000030 8000000e 00000063 4142 0000", buf, sizeof buf);
            need_int(dia_decode(cdr, message, DIA_LEVEL_DEFAULT, &arena, &out, &fault), rows[i].want);
            need_int(fault.result_code, rows[i].fault);
            if (!rows[i].want)
                need(((const dia_coded_cdr *)out)->rogue.p && ((const dia_coded_cdr *)out)->rogue.n == 0);
        done:
            dia_arena_done(&arena);
        }
    }
}

static void codec_that_refuses_ends_encoding(void)
{
    static const struct {
        const char *name;
        int64_t length;
        int strict, off;
    } rows[] = {
        { "refused", DIA_EINVAL, DIA_ERULE, DIA_EINVAL },
        { "an error that nobody has", INT64_MIN, DIA_ERULE, DIA_EINVAL },
        { "the error of a small buffer", DIA_ESPACE, DIA_ERULE, DIA_EINVAL },
        { "out of memory", DIA_ENOMEM, DIA_ENOMEM, DIA_ENOMEM },
        { "longer than any AVP", INT64_MAX, DIA_ERANGE, DIA_ERANGE },
        { "longer than any AVP with its header", 0xffffff, DIA_ERANGE, DIA_ERANGE },
        { "longer than the buffer", 4000, DIA_ESPACE, DIA_ESPACE },
    };
    while (next_tables()) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            uint8_t buf[512];
            dia_fault fault = { 0 };
            size_t needed = 0;
            const dia_coded_cdr m = { .digits = DIA_LIT("1"), .rogue = DIA_LIT("x") };
            harness_row(rows[i].name);
            rogue = (struct rogue){ .length = rows[i].length };
            check_int(dia_encode(cdr, &m, DIA_LEVEL_DEFAULT, NULL, NULL, buf, sizeof buf, &needed, &fault),
                      rows[i].strict);
            check_int(fault.result_code, rows[i].strict == DIA_ERULE ? 5004 : 0);
            check(rows[i].strict != DIA_ERULE || strstr(fault.text, "Rogue"));
            check(rows[i].strict != DIA_ESPACE || needed == 20 + 16 + 20 + 12 + 4000);
            check_int(dia_encode(cdr, &m, DIA_LEVEL_OFF, NULL, NULL, buf, sizeof buf, &needed, NULL), rows[i].off);
        }
        uint8_t buf[512];
        dia_fault fault = { 0 };
        const dia_bytes texts[] = { DIA_LIT("1"), DIA_LIT("2"), DIA_LIT("3") };
        const dia_coded_cdr letters = { .digits = DIA_LIT("12a") };
        const dia_coded_cda many = { .digits = DIA_LIST(texts) };
        check_int(dia_encode(cdr, &letters, DIA_LEVEL_DEFAULT, NULL, NULL, buf, sizeof buf, NULL, &fault), DIA_ERULE);
        check(strstr(fault.text, "bcd"));
        check_int(dia_encode(cda, &many, DIA_LEVEL_DEFAULT, NULL, NULL, buf, sizeof buf, NULL, &fault), DIA_ERULE);
        check_int(fault.result_code, 5009);
    }
}

static void without_codecs_values_have_their_declared_types(void)
{
    uint8_t buf[256], hex[256];
    dia_dict *plain = read_coded(0);
    check_int(n_warnings, 4);
    if (!plain)
        return;
    const dia_command *command = dia_dict_command_named(plain, dia_cstr("CDR"));
    const dia_coded_cdr m = { .digits = DIA_LIT("1"), .flip_u32 = 1, .missing = DIA_U32(2) };
    check_bytes(((dia_bytes){ buf + 20, encode(command, &m, buf, sizeof buf).n - 20 }),
                harness_hex("00000028 c000000d 00000063 31000000 00000029 80000010 00000063 00000001"
                            "00000031 80000010 00000063 00000002",
                            hex, sizeof hex));
    dia_dict_unref(plain);
    dia_dict_unref(read_coded(3));
    check_int(n_warnings, 1);
}

/* A file that inherits from it. */
static int open_coded(void *arg, const char *name, dia_bytes *text, const char **file)
{
    static char coded[1 << 14];
    (void)arg;
    FILE *in = fopen(GOLDEN "/coded.dia", "rb");
    const size_t n = in ? fread(coded, 1, sizeof coded, in) : 0;
    if (in)
        fclose(in);
    *text = (dia_bytes){ (const uint8_t *)coded, n };
    *file = name;
    return n ? 0 : DIA_ENOENT;
}

static void codecs_are_inherited(void)
{
    const dia_dict_reader reader = {
        .alloc = harness_allocator(), .open = open_coded, .codecs = codecs, .n_codecs = 3
    };
    dia_dict *heir = NULL;
    need_int(dia_dict_read(&reader,
                           dia_cstr("@id 5 @name heir @inherits coded @codecs bcd Plain @grouped\n"
                                    "@messages XR ::= < Diameter Header: 7, REQ > { Digits } { Plain }\n"
                                    "XA ::= < Diameter Header: 7 >"),
                           "heir.dia", &heir),
             0);
    const dia_avp_def *digits = dia_dict_avp_named(heir, dia_cstr("Numero"));
    need(digits && digits->hook && digits->hook->codec);
    need_str(digits->hook->module, "bcd");
    const dia_avp_def *plain = dia_dict_avp_named(heir, dia_cstr("Plain"));
    need(plain->hook);
    need_str(plain->hook->function, "Unsigned32");
    const dia_grammar *body = dia_dict_command_named(heir, dia_cstr("XR"))->grammar;
    need_int(body->fields[0].handling, DIA_STORE_CODED);
    need_int(body->fields[1].handling, DIA_STORE_CODED);
done:
    dia_dict_unref(heir);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "values_are_translated_in_both_directions", values_are_translated_in_both_directions },
        { "lists_are_translated_one_by_one", lists_are_translated_one_by_one },
        { "size_needed_is_exact_whatever_the_room", size_needed_is_exact_whatever_the_room },
        { "function_is_the_type_or_the_name", function_is_the_type_or_the_name },
        { "text_shows_the_octets_and_the_value", text_shows_the_octets_and_the_value },
        { "octets_that_are_no_value_are_5004", octets_that_are_no_value_are_5004 },
        { "fault_inside_a_translated_group_stands_in_the_groups_around",
          fault_inside_a_translated_group_stands_in_the_groups_around },
        { "hostile_codecs_are_survived", hostile_codecs_are_survived },
        { "codec_that_refuses_ends_encoding", codec_that_refuses_ends_encoding },
        { "without_codecs_values_have_their_declared_types", without_codecs_values_have_their_declared_types },
        { "codecs_are_inherited", codecs_are_inherited },
    };
    return HARNESS_RUN("gen/coded", tests);
}

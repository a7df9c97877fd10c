/* Tests of struct layout against what the compiler does with the struct that the generator would write. */
#include "harness.h"

#include "dict/dict.h"

/* A field of each kind, in an order that needs gaps. */
typedef struct everything {
    uint32_t u32;
    uint64_t u64;
    int32_t enumerated;
    int64_t time;
    float f32;
    dia_opt_u32 opt_u32;
    double f64;
    dia_opt_u64 opt_u64;
    dia_opt_i32 opt_enumerated;
    dia_opt_i64 opt_time;
    dia_opt_f32 opt_f32;
    dia_opt_f64 opt_f64;
    dia_bytes bytes;
    dia_address address;
    int32_t i32;
    const struct everything *group;
    dia_u32_list u32s;
    dia_u64_list u64s;
    dia_i64_list times;
    dia_bytes_list texts;
    dia_address_list addresses;
    struct {
        const struct everything *v;
        size_t n;
    } groups;
    uint32_t last;
    dia_avp_list others;
} everything;

#define ONE(t)  .type = DIA_TYPE_##t, .min = 1, .max = 1
#define OPT(t)  .type = DIA_TYPE_##t, .min = 0, .max = 1
#define MANY(t) .type = DIA_TYPE_##t, .min = 0, .max = DIA_MANY

static const struct {
    const char *name;
    dia_field field;
    dia_store store;
    size_t offset, probe;
    bool always;
} rows[] = {
#define ROW(member, kind, store_, probe_, always_)                                                                     \
    {                                                                                                                  \
#member, { kind }, DIA_STORE_##store_, offsetof(everything, member), offsetof(everything, probe_), always_     \
    }
    ROW(u32, ONE(UNSIGNED32), U32, u32, true),
    ROW(u64, ONE(UNSIGNED64), U64, u64, true),
    ROW(enumerated, ONE(ENUMERATED), U32, enumerated, true),
    ROW(time, ONE(TIME), TIME, time, true),
    ROW(f32, ONE(FLOAT32), U32, f32, true),
    ROW(opt_u32, OPT(UNSIGNED32), OPT_U32, opt_u32, false),
    ROW(f64, ONE(FLOAT64), U64, f64, true),
    ROW(opt_u64, OPT(UNSIGNED64), OPT_U64, opt_u64.set, false),
    ROW(opt_enumerated, OPT(ENUMERATED), OPT_U32, opt_enumerated, false),
    ROW(opt_time, OPT(TIME), OPT_TIME, opt_time.set, false),
    ROW(opt_f32, OPT(FLOAT32), OPT_U32, opt_f32, false),
    ROW(opt_f64, OPT(FLOAT64), OPT_U64, opt_f64.set, false),
    ROW(bytes, OPT(UTF8_STRING), BYTES, bytes.p, false),
    ROW(address, ONE(ADDRESS), ADDRESS, address.value.p, false),
    ROW(i32, ONE(INTEGER32), U32, i32, true),
    ROW(group, ONE(GROUPED), GROUP, group, false),
    ROW(u32s, MANY(UNSIGNED32), U32S, u32s.v, false),
    ROW(u64s, MANY(INTEGER64), U64S, u64s.v, false),
    ROW(times, MANY(TIME), TIMES, times.v, false),
    ROW(texts, MANY(IDENTITY), BYTESS, texts.v, false),
    ROW(addresses, MANY(ADDRESS), ADDRESSES, addresses.v, false),
    ROW(groups, MANY(GROUPED), GROUPS, groups.v, false),
    ROW(last, ONE(UNSIGNED32), U32, last, true),
};

enum { ROWS = sizeof rows / sizeof *rows };

static void fields_stand_where_the_compiler_puts_them(void)
{
    dia_field fields[ROWS];
    uint16_t probes[ROWS], size, others;
    for (size_t i = 0; i < ROWS; i++)
        fields[i] = rows[i].field;
    need_int(dia_layout(fields, probes, ROWS, &size, &others), 0);
    for (size_t i = 0; i < ROWS; i++) {
        harness_row(rows[i].name);
        check_int(fields[i].store, rows[i].store);
        check_int(fields[i].offset, rows[i].offset);
        check_int(probes[i], rows[i].probe);
        check_int(fields[i].always, rows[i].always);
        check(probes[i] + 8U <= size);
    }
    check_int(size, sizeof(everything));
    check_int(others, offsetof(everything, others));
done:;
}

static void bodies_of_any_avp_hold_a_list(void)
{
    uint16_t size, others;
    need_int(dia_layout(NULL, NULL, 0, &size, &others), 0);
    check_int(size, sizeof(dia_avp_list));
    check_int(others, 0);
done:;
}

static void what_must_not_occur_has_no_member(void)
{
    dia_field fields[] = { { ONE(UNSIGNED32) }, { .type = DIA_TYPE_UNSIGNED64 }, { ONE(UNSIGNED32) } };
    uint16_t probes[3], size, others;
    need_int(dia_layout(fields, probes, 3, &size, &others), 0);
    check_int(fields[1].store, DIA_STORE_NONE);
    check_int(fields[2].offset, 4);
    check_int(others, 8);
done:;
}

static void arity_decides_the_store(void)
{
    static const struct {
        const char *name;
        dia_type type;
        uint32_t min, max;
        dia_store store;
        const char *c;
    } arities[] = {
        { "none", DIA_TYPE_UNSIGNED32, 0, 0, DIA_STORE_NONE, NULL },
        { "one", DIA_TYPE_UNSIGNED32, 1, 1, DIA_STORE_U32, "uint32_t" },
        { "at most one", DIA_TYPE_INTEGER32, 0, 1, DIA_STORE_OPT_U32, "dia_opt_i32" },
        { "at most two", DIA_TYPE_FLOAT32, 0, 2, DIA_STORE_U32S, "dia_f32_list" },
        { "one or more", DIA_TYPE_FLOAT64, 1, DIA_MANY, DIA_STORE_U64S, "dia_f64_list" },
        { "exactly three", DIA_TYPE_TIME, 3, 3, DIA_STORE_TIMES, "dia_i64_list" },
        { "one text", DIA_TYPE_URI, 1, 1, DIA_STORE_BYTES, "dia_bytes" },
        { "at most one text", DIA_TYPE_IP_FILTER_RULE, 0, 1, DIA_STORE_BYTES, "dia_bytes" },
        { "one address", DIA_TYPE_ADDRESS, 1, 1, DIA_STORE_ADDRESS, "dia_address" },
        { "groups", DIA_TYPE_GROUPED, 0, DIA_MANY, DIA_STORE_GROUPS, NULL },
    };
    for (size_t i = 0; i < sizeof arities / sizeof *arities; i++) {
        harness_row(arities[i].name);
        const dia_store store = dia_store_of(arities[i].type, arities[i].min, arities[i].max);
        check_int(store, arities[i].store);
        check_str(dia_store_type_name(store, arities[i].type), arities[i].c);
    }
}

static void sizes_on_64_bits_are_as_written_down(void)
{
    if (sizeof(void *) != 8)
        return;
    check_int(sizeof(dia_opt_u32), 8);
    check_int(sizeof(dia_opt_u64), 16);
    check_int(sizeof(dia_bytes), 16);
    check_int(sizeof(dia_address), 24);
    check_int(sizeof(dia_u32_list), 16);
}

static void two_thousand_of_the_largest_fit(void)
{
    static dia_field fields[3000];
    static uint16_t probes[3000];
    uint16_t size, others;
    for (size_t i = 0; i < 3000; i++)
        fields[i] = (dia_field){ OPT(ADDRESS) };
    check_int(dia_layout(fields, probes, 2000, &size, &others), 0);
    check_int(dia_layout(fields, probes, 3000, &size, &others), DIA_ESPACE);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "fields_stand_where_the_compiler_puts_them", fields_stand_where_the_compiler_puts_them },
        { "bodies_of_any_avp_hold_a_list", bodies_of_any_avp_hold_a_list },
        { "what_must_not_occur_has_no_member", what_must_not_occur_has_no_member },
        { "arity_decides_the_store", arity_decides_the_store },
        { "sizes_on_64_bits_are_as_written_down", sizes_on_64_bits_are_as_written_down },
        { "two_thousand_of_the_largest_fit", two_thousand_of_the_largest_fit },
    };
    return HARNESS_RUN("dict/layout", tests);
}

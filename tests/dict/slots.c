/* Tests of the hashes from (code, vendor) to index: any set of distinct keys must be found, and nothing else. */
#include "harness.h"

#include "dict/slots.h"

#include <stdlib.h>

enum { KEYS_MAX = 60000 };

static dict_key keys[KEYS_MAX];

/* As look-up does it. */
static size_t index_of(const dict_slots *slots, dict_key key)
{
    const uint32_t mask = ((uint32_t)1 << (32 - slots->shift)) - 1;
    uint32_t at = dia_slot(key.code, key.vendor, slots->multiplier, slots->shift);
    for (; slots->v[at]; at = (at + 1) & mask)
        if (keys[slots->v[at] - 1].code == key.code && keys[slots->v[at] - 1].vendor == key.vendor)
            return slots->v[at] - 1U;
    return SIZE_MAX;
}

/* How many keys do not stand in their own slot? */
static size_t displaced(const dict_slots *slots, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = dia_slot(keys[i].code, keys[i].vendor, slots->multiplier, slots->shift);
        count += slots->v[at] != i + 1;
    }
    return count;
}

static void check_all(size_t n, size_t displaced_max, dict_key absent)
{
    dia_arena arena;
    dict_slots slots;
    dia_arena_init(&arena, NULL, 0, 1 << 22, harness_allocator());
    need_int(dict_slots_build(keys, n, &arena, &slots), 0);
    for (size_t i = 0; i < n; i++)
        need_int(index_of(&slots, keys[i]), i);
    check(index_of(&slots, absent) == SIZE_MAX);
    check(displaced(&slots, n) <= displaced_max);
done:
    dia_arena_done(&arena);
}

static void no_keys_make_an_empty_table(void)
{
    check_all(0, 0, (dict_key){ 1, 0 });
}

static void small_sets_are_perfect(void)
{
    dia_random random;
    dia_random_init(&random, (const uint8_t[32]){ 7 });
    for (size_t n = 1; n <= 40; n++) {
        for (size_t i = 0; i < n; i++)
            keys[i] = (dict_key){ 256 + (uint32_t)i, dia_random_below(&random, 2) ? 10415 : 0 };
        check_all(n, 0, (dict_key){ 255, 0 });
    }
}

static void an_application_of_600_avps_is_perfect(void)
{
    for (uint32_t i = 0; i < 600; i++)
        keys[i] = i < 200 ? (dict_key){ 1 + i * 2, 0 } : (dict_key){ 800 + i, 10415 };
    check_all(600, 0, (dict_key){ 2, 0 });
}

static void thousands_of_random_keys_are_found(void)
{
    static const size_t sizes[] = { 3000, 10000, KEYS_MAX };
    dia_random random;
    dia_random_init(&random, (const uint8_t[32]){ 1 });
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        /* The upper half of the code is a counter: keys are distinct. */
        for (size_t i = 0; i < sizes[k]; i++)
            keys[i] = (dict_key){ (uint32_t)i << 16 | (dia_random_u32(&random) & 0xffff), dia_random_u32(&random) };
        check_all(sizes[k], sizes[k], (dict_key){ 0xffffffff, 0 });
    }
}

static void keys_that_mix_to_the_same_number_are_found(void)
{
    for (uint32_t i = 0; i < 100; i++)
        keys[i] = (dict_key){ 5 ^ (i << 7) ^ (i << 21), i };
    check_all(100, 99, (dict_key){ 5 ^ (100 << 7) ^ (100U << 21), 100 });
}

static void of_equal_keys_the_first_counts(void)
{
    dia_arena arena;
    dict_slots slots;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    keys[0] = (dict_key){ 1, 0 };
    keys[1] = keys[2] = (dict_key){ 2, 0 };
    need_int(dict_slots_build(keys, 3, &arena, &slots), 0);
    check_int(index_of(&slots, keys[2]), 1);
done:
    dia_arena_done(&arena);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "no_keys_make_an_empty_table", no_keys_make_an_empty_table },
        { "small_sets_are_perfect", small_sets_are_perfect },
        { "an_application_of_600_avps_is_perfect", an_application_of_600_avps_is_perfect },
        { "thousands_of_random_keys_are_found", thousands_of_random_keys_are_found },
        { "keys_that_mix_to_the_same_number_are_found", keys_that_mix_to_the_same_number_are_found },
        { "of_equal_keys_the_first_counts", of_equal_keys_the_first_counts },
    };
    return HARNESS_RUN("dict/slots", tests);
}

/* Tests of prefixes of numbers: the tree against a naive reference, ranges, removal, packing, failing allocations. */
#include "harness.h"
#include "route/route.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- The reference: a list that is searched from end to end ---- */

typedef struct entry {
    char digits[DIA_DIGITS_MAX + 1];
    uint32_t value;
} entry;

typedef struct naive {
    entry v[4096];
    size_t n;
} naive;

static entry *naive_get(naive *t, const char *digits)
{
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->v[i].digits, digits))
            return &t->v[i];
    return NULL;
}

static const entry *naive_find(const naive *t, const char *number)
{
    const entry *best = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const size_t n = strlen(t->v[i].digits);
        if (!strncmp(t->v[i].digits, number, n) && (!best || n > strlen(best->digits)))
            best = &t->v[i];
    }
    return best;
}

static bool agree(const dia_prefixes *p, const naive *t, const char *number)
{
    uint32_t value = 0;
    size_t n = 0;
    const entry *want = naive_find(t, number);
    const bool found = dia_prefixes_find(p, dia_cstr(number), &value, &n);
    return want ? found && value == want->value && n == strlen(want->digits) : !found;
}

/* Few digits branch often, many digits are skipped. */
static void draw(dia_random *random, char *to, size_t least, size_t most, unsigned base)
{
    const size_t n = least + (size_t)dia_random_below(random, most - least + 1);
    for (size_t i = 0; i < n; i++)
        to[i] = (char)('0' + dia_random_below(random, base));
    to[n] = 0;
}

static void the_tree_finds_what_a_list_finds(void)
{
    static naive t;
    for (uint8_t seed = 1; seed <= 60; seed++) {
        dia_random random;
        dia_prefixes *p = NULL;
        dia_random_init(&random, (const uint8_t[32]){ seed, 33 });
        t.n = 0;
        const unsigned base = 1 + seed % 10;
        const size_t most = seed % 3 ? 9 : DIA_DIGITS_MAX, steps = seed % 7 ? 300 : 2000;
        need_int(dia_prefixes_new(NULL, &p), 0);
        for (size_t i = 0; i < steps; i++) {
            char digits[DIA_DIGITS_MAX + 9];
            draw(&random, digits, 0, most, base);
            entry *there = naive_get(&t, digits);
            const uint32_t value = dia_random_u32(&random) % 3;
            if (dia_random_below(&random, 4) == 0) {
                need_int(dia_prefixes_remove(p, dia_cstr(digits)), there ? 0 : DIA_ENOENT);
                if (there)
                    *there = t.v[--t.n];
            } else if (there) {
                need_int(dia_prefixes_add(p, dia_cstr(digits), value), value == there->value ? 0 : DIA_EEXIST);
            } else {
                need_int(dia_prefixes_add(p, dia_cstr(digits), value), 0);
                memcpy(t.v[t.n].digits, digits, strlen(digits) + 1);
                t.v[t.n++].value = value;
            }
            if (i == steps / 2 || dia_random_below(&random, 100) == 0)
                need_int(dia_prefixes_pack(p), 0);
            need_int(dia_prefixes_count(p), t.n);
            draw(&random, digits, 0, most, base);
            need(agree(p, &t, digits));
        }
        for (size_t i = 0; i < t.n; i++) {
            char number[DIA_DIGITS_MAX + 2];
            snprintf(number, sizeof number, "%s%c", t.v[i].digits, (char)('0' + i % 10));
            need(agree(p, &t, number) && agree(p, &t, t.v[i].digits));
        }
        while (t.n)
            need_int(dia_prefixes_remove(p, dia_cstr(t.v[--t.n].digits)), 0);
        need_int(dia_prefixes_count(p), 0);
        need_int(dia_prefixes_pack(p), 0);
        need(dia_prefixes_octets(p) < 400); /* the root alone */
        dia_prefixes_unref(p);
    }
done:;
}

/* A number belongs to a range when its first digits lie between the ends. */
static void a_range_is_all_that_lies_between_its_ends(void)
{
    dia_random random;
    dia_random_init(&random, (const uint8_t[32]){ 5 });
    for (int round = 0; round < 200; round++) {
        dia_prefixes *p = NULL;
        char a[8], b[8], text[20];
        const size_t n = 1 + (size_t)round % 4;
        draw(&random, a, n, n, 10);
        draw(&random, b, n, n, 10);
        const int from = atoi(a) < atoi(b) ? atoi(a) : atoi(b), to = atoi(a) < atoi(b) ? atoi(b) : atoi(a);
        snprintf(text, sizeof text, "%0*d-%0*d", (int)n, from, (int)n, to);
        harness_row(text);
        need_int(dia_prefixes_new(NULL, &p), 0);
        need_int(dia_prefixes_add(p, dia_cstr(text), 7), 0);
        const int all = n == 1 ? 10 : n == 2 ? 100 : n == 3 ? 1000 : 10000;
        for (int i = 0; i < all; i++) {
            char number[16];
            uint32_t value = 0;
            snprintf(number, sizeof number, "%0*d55", (int)n, i);
            need_int(dia_prefixes_find(p, dia_cstr(number), &value, NULL), i >= from && i <= to);
        }
        need(dia_prefixes_count(p) <= 18 * n);
        need_int(dia_prefixes_remove(p, dia_cstr(text)), 0);
        need_int(dia_prefixes_count(p), 0);
        dia_prefixes_unref(p);
    }
done:
    harness_row(NULL);
}

static void text_that_is_no_prefix_is_refused(void)
{
    static const struct {
        const char *text;
        int want;
        size_t count;
    } rows[] = {
        { "262", 0, 1 },
        { "", 0, 1 },
        { "262030-262039", 0, 1 },
        { "262030-262049", 0, 2 },
        { "0-9", 0, 1 },
        { "5-5", 0, 1 },
        { "26203a", DIA_EFORMAT, 0 },
        { "+49151", DIA_EFORMAT, 0 },
        { " 49", DIA_EFORMAT, 0 },
        { "262039-262030", DIA_EFORMAT, 0 },
        { "26203-262039", DIA_EFORMAT, 0 },
        { "-", DIA_EFORMAT, 0 },
        { "1-", DIA_EFORMAT, 0 },
        { "-1", DIA_EFORMAT, 0 },
        { "1-2-3", DIA_EFORMAT, 0 },
        { "12345678901234567890123456789012", 0, 1 },
        { "123456789012345678901234567890123", DIA_ESPACE, 0 },
        { "00000000000000000000000000000001-99999999999999999999999999999998", 0, 566 },
    };
    dia_prefixes *p = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].text);
        need_int(dia_prefixes_new(harness_allocator(), &p), 0);
        const int err = dia_prefixes_add(p, dia_cstr(rows[i].text), 1);
        if (err == DIA_ENOMEM) {
            need(harness_injected());
            need_int(dia_prefixes_count(p), 0);
        } else {
            need_int(err, rows[i].want);
            need_int(dia_prefixes_count(p), rows[i].count);
            if (rows[i].want)
                need_int(dia_prefixes_remove(p, dia_cstr(rows[i].text)), rows[i].want);
        }
        dia_prefixes_unref(p);
        p = NULL;
    }
done:
    dia_prefixes_unref(p);
    harness_row(NULL);
}

static void a_range_of_which_a_part_has_another_value_changes_nothing(void)
{
    dia_prefixes *p = NULL;
    uint32_t value;
    need_int(dia_prefixes_new(harness_allocator(), &p), 0);
    need_int(dia_prefixes_add(p, dia_cstr("2627"), 1), 0);
    need_int(dia_prefixes_add(p, dia_cstr("2625-2628"), 2), DIA_EEXIST);
    need_int(dia_prefixes_count(p), 1);
    need(!dia_prefixes_find(p, dia_cstr("26261"), &value, NULL));
    need_int(dia_prefixes_add(p, dia_cstr("2625-2628"), 1), 0);
    need_int(dia_prefixes_count(p), 4);
done:
    dia_prefixes_unref(p);
}

static void what_is_no_digit_ends_a_number(void)
{
    dia_prefixes *p = NULL;
    uint32_t value = 0;
    size_t n = 0;
    need_int(dia_prefixes_new(harness_allocator(), &p), 0);
    need_int(dia_prefixes_add(p, dia_cstr("262"), 1), 0);
    need_int(dia_prefixes_add(p, dia_cstr("26201"), 2), 0);
    need(dia_prefixes_find(p, dia_cstr("262:01"), &value, &n) && value == 1 && n == 3);
    need(dia_prefixes_find(p, dia_cstr("26201@ims"), &value, &n) && value == 2 && n == 5);
    need(!dia_prefixes_find(p, dia_cstr("26"), &value, &n));
    need(!dia_prefixes_find(p, dia_cstr("/62"), &value, &n));
    need(!dia_prefixes_find(p, (dia_bytes){ NULL, 0 }, &value, &n));
    need(value == 2 && n == 5);
done:
    dia_prefixes_unref(p);
}

static void values_have_names(void)
{
    dia_prefixes *p = NULL;
    uint32_t a = 9, b = 9, c = 9;
    need_int(dia_prefixes_new(harness_allocator(), &p), 0);
    need_int(dia_prefixes_named(p, dia_cstr("hss1"), &a), DIA_ENOENT);
    need_int(dia_prefixes_name(p, dia_cstr("hss1"), &a), 0);
    need_int(dia_prefixes_name(p, dia_cstr("hss2"), &b), 0);
    need_int(dia_prefixes_name(p, dia_cstr("HSS1"), &c), 0);
    need(a == c && a != b);
    need_int(dia_prefixes_named(p, dia_cstr("hss2"), &c), 0);
    need_int(b, c);
    need_bytes(dia_prefixes_name_of(p, b), dia_cstr("hss2"));
    need(!dia_prefixes_name_of(p, 2).p);
done:
    dia_prefixes_unref(p);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "the_tree_finds_what_a_list_finds", the_tree_finds_what_a_list_finds },
        { "a_range_is_all_that_lies_between_its_ends", a_range_is_all_that_lies_between_its_ends },
        { "text_that_is_no_prefix_is_refused", text_that_is_no_prefix_is_refused },
        { "a_range_of_which_a_part_has_another_value_changes_nothing",
          a_range_of_which_a_part_has_another_value_changes_nothing },
        { "what_is_no_digit_ends_a_number", what_is_no_digit_ends_a_number },
        { "values_have_names", values_have_names },
    };
    return HARNESS_RUN("route/prefixes", tests);
}

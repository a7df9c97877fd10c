/* Histograms: every value is right to 3 %, shares are found, two become one. */
#include "base/base.h"

#include "harness.h"

static dia_histogram h, other;

static void value_is_right_to_three_percent(void)
{
    static const uint64_t values[] = { 0, 1, 31, 63, 64, 65, 127, 128, 1000, 4095, 4096, 123456, 1000000, 60000000 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        memset(&h, 0, sizeof h);
        dia_histogram_add(&h, values[i]);
        dia_histogram_add(&h, UINT64_MAX); /* so that the largest value does not hide the bucket's top */
        const uint64_t at = dia_histogram_at(&h, 0.5);
        check(at >= values[i]);
        check(at - values[i] <= values[i] / 32);
        check(values[i] >= 64 || at == values[i]);
    }
}

static void shares_are_found(void)
{
    memset(&h, 0, sizeof h);
    check(dia_histogram_at(&h, 0.5) == 0);
    for (uint64_t i = 1; i <= 50; i++)
        dia_histogram_add(&h, i);
    check(h.n == 50 && h.least == 1 && h.most == 50 && h.sum == 1275);
    check(dia_histogram_at(&h, 0.0) == 1);
    check(dia_histogram_at(&h, 0.5) == 25);
    check(dia_histogram_at(&h, 0.98) == 49);
    check(dia_histogram_at(&h, 1.0) == 50);
}

static void two_become_one(void)
{
    memset(&h, 0, sizeof h);
    memset(&other, 0, sizeof other);
    dia_histogram_join(&h, &other);
    check(h.n == 0 && h.least == 0);
    dia_histogram_add(&other, 7);
    dia_histogram_add(&other, 70000);
    dia_histogram_join(&h, &other);
    check(h.n == 2 && h.least == 7 && h.most == 70000);
    dia_histogram_add(&h, 3);
    dia_histogram_join(&h, &other);
    check(h.n == 5 && h.least == 3 && h.most == 70000 && h.sum == 140017);
    check(dia_histogram_at(&h, 0.5) == 7);
}

/* What is above a bound is never counted; values up to 64 are told exactly, and a bound above all has all. */
static void values_are_counted_up_to_bounds(void)
{
    static const uint64_t bounds[] = { 0, 10, 63, 1000, 1007, UINT64_MAX };
    uint64_t counts[6];
    memset(&h, 0, sizeof h);
    dia_histogram_cumulate(&h, bounds, 6, counts);
    for (int i = 0; i < 6; i++)
        check(counts[i] == 0);
    dia_histogram_add(&h, 0);
    dia_histogram_add(&h, 10);
    dia_histogram_add(&h, 11);
    dia_histogram_add(&h, 1000);              /* shares its step with all from 992 to 1,007 */
    dia_histogram_add(&h, UINT64_C(1) << 50); /* beyond the last step */
    dia_histogram_cumulate(&h, bounds, 6, counts);
    check(counts[0] == 1 && counts[1] == 2 && counts[2] == 3 && counts[3] == 3 && counts[4] == 4 && counts[5] == 5);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "value_is_right_to_three_percent", value_is_right_to_three_percent },
        { "shares_are_found", shares_are_found },
        { "two_become_one", two_become_one },
        { "values_are_counted_up_to_bounds", values_are_counted_up_to_bounds },
    };
    return HARNESS_RUN("base/histogram", tests);
}

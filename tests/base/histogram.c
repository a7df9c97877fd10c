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

int main(void)
{
    static const struct harness_test tests[] = {
        { "value_is_right_to_three_percent", value_is_right_to_three_percent },
        { "shares_are_found", shares_are_found },
        { "two_become_one", two_become_one },
    };
    return HARNESS_RUN("base/histogram", tests);
}

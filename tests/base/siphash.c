/* SipHash-2-4 with 128 bits: the authors' vectors, in one part and in many. */
#include "base/base.h"

#include "harness.h"

static const uint8_t key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void vectors_of_the_authors_come_out(void)
{
    static const struct {
        size_t n; /* octets 0, 1, 2, ... */
        const char *code;
    } rows[] = { { 0, "a3817f04ba25a8e66df67214c7550293" }, { 1, "da87c1d86b99af44347659119b22fc45" },
                 { 7, "a1f1ebbed8dbc153c0b84aa61ff08239" }, { 8, "3b62a9ba6258f5610f83e264f31497b4" },
                 { 9, "264499060ad9baabc47f8b02bb6d71ed" }, { 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
                 { 63, "5150d1772f50834a503e069a973fbd7c" } };
    uint8_t in[64], code[16], want[16];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_siphash h;
        dia_siphash_init(&h, key);
        dia_siphash_add(&h, (dia_bytes){ in, rows[i].n });
        dia_siphash_end(&h, code);
        check_bytes(((dia_bytes){ code, 16 }), harness_hex(rows[i].code, want, sizeof want));
        for (size_t part = 1; part < 12; part++) {
            dia_siphash_init(&h, key);
            for (size_t at = 0; at < rows[i].n; at += part)
                dia_siphash_add(&h, (dia_bytes){ in + at, rows[i].n - at < part ? rows[i].n - at : part });
            dia_siphash_end(&h, code);
            check(dia_codes_equal(code, want));
        }
    }
}

static void codes_that_differ_in_a_bit_differ(void)
{
    uint8_t a[16] = { 0 }, b[16] = { 0 };
    check(dia_codes_equal(a, b));
    for (int bit = 0; bit < 128; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        check(!dia_codes_equal(a, b));
        b[bit / 8] = 0;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "vectors_of_the_authors_come_out", vectors_of_the_authors_come_out },
        { "codes_that_differ_in_a_bit_differ", codes_that_differ_in_a_bit_differ },
    };
    return HARNESS_RUN("base/siphash", tests);
}

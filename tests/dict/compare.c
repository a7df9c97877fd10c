/* Tests of comparing messages: what differs first, and what does not count. */
#include "harness.h"
#include "messages.h"

static const dia_compare_options strict, loose = { true, true, true };

static void the_first_difference_is_told(void)
{
    static const struct {
        const char *a, *b;
        const dia_compare_options *options;
        const char *path, *value_a, *value_b; /* path NULL: they say the same */
    } cases[] = {
        { "TTR\n Number: 1\n", "TTR\n Number: 1\n", &strict, NULL, NULL, NULL },
        { "TTR", "TTR version=2", &strict, "version", "1", "2" },
        { "TTR", "TTR flags=RPT", &strict, "flags", "RP", "RPT" },
        { "TTR", "TTR flags=RP+0x01", &strict, NULL, NULL, NULL },
        { "code=1 flags=R", "code=2 flags=R", &strict, "code", "1", "2" },
        { "TTR", "TTR app=5", &strict, "application", "77", "5" },
        { "TTR hbh=1", "TTR hbh=2", &strict, "hop-by-hop", "1", "2" },
        { "TTR hbh=1 e2e=1", "TTR hbh=2 e2e=2", &loose, NULL, NULL, NULL },
        { "TTR e2e=4294967295", "TTR", &strict, "end-to-end", "4294967295", "0" },
        { "TTR\n Kind: 1\n", "TTR\n Kind: 2\n", &strict, "Kind", "INITIAL (1)", "UPDATE (2)" },
        { "TTR\n Number: 1\n Number: 2\n", "TTR\n Number: 1\n Number: 3\n", &loose, "Number[1]", "2", "3" },
        { "TTR\n Bag:\n  Box:\n   Text: a\n", "TTR\n Bag:\n  Box:\n   Text: b\n", &strict, "Bag/Box/Text", "\"a\"",
          "\"b\"" },
        { "TTR\n Number [flags MP]: 1\n", "TTR\n Number: 1\n", &strict, "Number", "flags MP", "flags M" },
        { "TTR\n Number [flags M+0x01]: 1\n", "TTR\n Number: 1\n", &strict, NULL, NULL, NULL },
        { "TTR\n Text [padding 0x010101]: a\n", "TTR\n Text: a\n", &strict, NULL, NULL, NULL },
        { "TTR\n Box:\n  Text [padding 0x010101]: a\n", "TTR\n Box:\n  Text: a\n", &strict, NULL, NULL, NULL },
        { "TTR\n Number: 1\n", "TTR\n", &strict, "Number", "1", "" },
        { "TTR\n", "TTR\n Text: a\n", &loose, "Text", "", "\"a\"" },
        { "TTR\n Box:\n", "TTR\n", &strict, "Box", "a group of 0 octets", "" },
        { "TTR\n AVP 7/5: 0x01\n", "TTR\n AVP 7/5: 0x02\n", &strict, "5:7", "0x01", "0x02" },
        { "TTR\n AVP 7: 0x01\n", "TTR\n AVP 7: 0x02\n", &strict, "7", "0x01", "0x02" },
        { "TTR\n Number: 1\n Kind: 1\n", "TTR\n Kind: 1\n Number: 1\n", &strict, "Number", "AVP 1", "AVP 2" },
        { "TTR\n Number: 1\n Kind: 1\n", "TTR\n Kind: 1\n Number: 1\n", &loose, NULL, NULL, NULL },
        { "TTR\n Number: 1\n Kind: 1\n", "TTR\n Kind: 1\n Number: 2\n", &loose, "Number", "1", "2" },
        { "TTR\n Number: 1\n Kind: 1\n", "TTR\n Kind: 1\n Number: 1\n Number: 2\n", &loose, "Number[1]", "", "2" },
        { "TTR\n Number: 1\n Kind: 1\n Number: 2\n", "TTR\n Kind: 1\n Number: 1\n", &loose, "Number[1]", "2", "" },
        { "TTR\n Session-Id: a\n Kind: 1\n", "TTR\n Kind: 1\n Session-Id: a\n", &loose, "Session-Id", "AVP 1",
          "AVP 2" },
        { "TTR\n Box:\n  Number: 1\n  Text: a\n", "TTR\n Box:\n  Text: a\n  Number: 1\n", &loose, "Box/Number", "AVP 1",
          "AVP 2" },
        { "TTR\n Box:\n  Number: 1\n  Text: a\n  Box:\n", "TTR\n Box:\n  Number: 1\n  Box:\n  Text: a\n", &loose, NULL,
          NULL, NULL },
        { "TTR\n rest: 0x01\n", "TTR\n rest: 0x01\n", &strict, NULL, NULL, NULL },
        { "TTR\n rest: 0x01\n", "TTR\n rest: 0x0203\n", &strict, "rest", "1 octets", "2 octets" },
        { "TTR\n", "TTR\n rest: 0x0203\n", &loose, "rest", "", "2 octets" },
        { "TTR\n Box: 0x01\n", "TTR\n Box: 0x02\n", &loose, "Box", "a group of 1 octets", "a group of 1 octets" },
    };
    uint8_t a[512], b[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dia_difference d;
        harness_row(cases[i].b);
        const int64_t na = dia_text_read(tables_dicts(), dia_cstr(cases[i].a), NULL, NULL, a, sizeof a, NULL);
        const int64_t nb = dia_text_read(tables_dicts(), dia_cstr(cases[i].b), NULL, NULL, b, sizeof b, NULL);
        need(na > 0 && nb > 0);
        const dia_bytes x = { a, (size_t)na }, y = { b, (size_t)nb };
        need_int(dia_dicts_compare(tables_dicts(), x, y, cases[i].options, &d), cases[i].path != NULL);
        need_int(dia_dicts_compare(tables_dicts(), y, x, cases[i].options, NULL), cases[i].path != NULL);
        need_str(d.path, cases[i].path ? cases[i].path : "");
        need_str(d.a, cases[i].path ? cases[i].value_a : "");
        need_str(d.b, cases[i].path ? cases[i].value_b : "");
    }
    need_int(dia_dicts_compare(tables_dicts(), text_of("short"), text_of("short"), NULL, NULL), DIA_EFORMAT);
done:
    harness_row(NULL);
}

static void long_texts_are_cut(void)
{
    char text[2048] = "TTR\n Text: ";
    uint8_t a[2048], b[64];
    dia_difference d;
    memset(text + strlen(text), 'x', 1000);
    const int64_t na = dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, a, sizeof a, NULL);
    const int64_t nb = dia_text_read(tables_dicts(), dia_cstr("TTR\n Text: y"), NULL, NULL, b, sizeof b, NULL);
    need(na > 0 && nb > 0);
    need_int(dia_dicts_compare(tables_dicts(), (dia_bytes){ a, (size_t)na }, (dia_bytes){ b, (size_t)nb }, NULL, &d),
             1);
    need_int(strlen(d.a), sizeof d.a - 1);
    need_str(d.a + sizeof d.a - 4, "...");
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "the_first_difference_is_told", the_first_difference_is_told },
        { "long_texts_are_cut", long_texts_are_cut },
    };
    return HARNESS_RUN("dict/compare", tests);
}

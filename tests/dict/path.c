/* Tests of paths to AVPs: one, all, by name and by code. */
#include "harness.h"
#include "messages.h"

static void put_box(dia_builder *b, const char *first, const char *second)
{
    dia_put_group(b, BOX, LAB, DIA_AVP_M);
    dia_put_bytes(b, TEXT, LAB, DIA_AVP_M, text_of(first));
    if (second)
        dia_put_bytes(b, TEXT, LAB, DIA_AVP_M, text_of(second));
    dia_put_group_end(b);
}

/* Bag { Box { a b } Box { c } } Bag { } Bag { Box { d e } }, and a stranger. */
static dia_bytes sample(message *m)
{
    begin(m, true);
    dia_put_group(&m->b, BAG, LAB, 0);
    put_box(&m->b, "a", "b");
    put_box(&m->b, "c", NULL);
    dia_put_group_end(&m->b);
    dia_put_group(&m->b, BAG, LAB, 0);
    dia_put_group_end(&m->b);
    dia_put_u32(&m->b, 70000, 5, 0, 1);
    dia_put_group(&m->b, BAG, LAB, 0);
    put_box(&m->b, "d", "e");
    dia_put_group_end(&m->b);
    return end(m);
}

static void all_avps_of_a_path_come_in_their_order(void)
{
    static const struct {
        const char *path, *want;
        int err;
    } cases[] = {
        { "Bag/Box/Text", "abcde", 0 },
        { "Bag/Box/Text[0]", "acd", 0 },
        { "Bag/Box/Text[1]", "be", 0 },
        { "Bag[0]/Box/Text", "abc", 0 },
        { "Bag/Box[1]/Text", "c", 0 },
        { "Bag[2]/Box[0]/Text[1]", "e", 0 },
        { "Bag[1]/Box/Text", "", 0 },
        { "Bag[3]/Box/Text", "", 0 },
        { "99:12/99:11/99:13", "abcde", 0 },
        { "Box/Text", "", 0 },
        { "None", "", DIA_EINVAL },
        { "Bag/", "", DIA_EINVAL },
        { "Bag/Box/Text/Text", "", DIA_EFORMAT },
        { "1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1", "", DIA_EDEPTH },
    };
    message m;
    const dia_bytes octets = sample(&m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[16] = "";
        size_t n = 0;
        dia_finder f;
        harness_row(cases[i].path);
        dia_finder_begin(&f, tables_dicts(), octets, cases[i].path);
        while (dia_finder_next(&f) && n < sizeof found - 1)
            found[n++] = (char)f.avp.data.p[0];
        need_str(found, cases[i].want);
        need_int(f.err, cases[i].err);
        need(!dia_finder_next(&f));
    }
done:
    harness_row(NULL);
}

static void strangers_are_found_by_their_codes(void)
{
    static const struct {
        const char *path;
        int want;
    } cases[] = {
        { "5:70000", 0 },
        { "5:70000[0]", 0 },
        { "5:70000[1]", DIA_ENOENT },
        { "70000", DIA_ENOENT },
        { "5:", DIA_EINVAL },
        { ":5", DIA_EINVAL },
        { "5:5:5", DIA_EINVAL },
        { "5x", DIA_EINVAL },
        { "4294967296", DIA_EINVAL },
        { "5:4294967296", DIA_EINVAL },
    };
    message m;
    dia_avp avp;
    const dia_bytes octets = sample(&m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_row(cases[i].path);
        need_int(dia_dicts_find(tables_dicts(), octets, cases[i].path, &avp), cases[i].want);
    }
done:
    harness_row(NULL);
}

static void octets_that_are_no_message_have_no_avps(void)
{
    dia_finder f;
    dia_finder_begin(&f, tables_dicts(), text_of("short"), "Bag");
    need(!dia_finder_next(&f));
    need_int(f.err, DIA_EFORMAT);
done:;
}

static void a_compiled_path_finds_the_same_in_every_message(void)
{
    message m;
    const dia_bytes octets = sample(&m);
    dia_path path = { .n = 7 };
    dia_finder f;
    need_int(dia_path_compile(tables_dicts(), 0, "None", &path), DIA_EINVAL);
    need_int(dia_path_compile(tables_dicts(), 0, NULL, &path), DIA_EINVAL);
    need_int(dia_path_compile(tables_dicts(), 0, "1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1", &path), DIA_EDEPTH);
    need_int(path.n, 7);
    need_int(dia_path_compile(tables_dicts(), 0, "Bag/Box[1]/Text", &path), 0);
    need(path.n == 3 && path.def && path.def->code == TEXT);
    for (int i = 0; i < 2; i++) {
        dia_finder_start(&f, &path, octets);
        need(dia_finder_next(&f));
        need_bytes(f.avp.data, text_of("c"));
        need(!dia_finder_next(&f) && !f.err);
    }
    dia_finder_start(&f, &path, text_of("short"));
    need(!dia_finder_next(&f));
    need_int(f.err, DIA_EFORMAT);
    need_int(dia_path_compile(tables_dicts(), 0, "5:70000", &path), 0);
    need(!path.def);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "all_avps_of_a_path_come_in_their_order", all_avps_of_a_path_come_in_their_order },
        { "strangers_are_found_by_their_codes", strangers_are_found_by_their_codes },
        { "octets_that_are_no_message_have_no_avps", octets_that_are_no_message_have_no_avps },
        { "a_compiled_path_finds_the_same_in_every_message", a_compiled_path_finds_the_same_in_every_message },
    };
    return HARNESS_RUN("dict/path", tests);
}

/* Pages: they grow, end at their bound, remember their first error, and let nothing through that would do harm. */
#include "report/report.h"

#include "harness.h"
#include "shown.h"

static void page_grows_as_it_is_written(void)
{
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    for (unsigned i = 0; i < 5000; i++)
        dia_page_print(&page, "%u,", i % 10);
    need_int(page.err, 0);
    need_int(page.n, 10000);
    need(memcmp(page.p + 9996, "8,9,", 4) == 0);
    dia_page_clear(&page);
    need_int(page.n, 0);
    dia_page_put(&page, "again");
    need_str(shown(&page), "again");
done:
    dia_page_done(&page);
}

static void what_is_behind_the_bound_is_lost_and_said(void)
{
    dia_page page;
    dia_page_init(&page, 5, harness_allocator());
    dia_page_put(&page, "12345");
    need_int(page.err, 0);
    dia_page_put(&page, "6");
    need_int(page.err, DIA_ESPACE);
    dia_page_clear(&page);
    need_int(page.err, 0);
    dia_page_put(&page, "123456");
    dia_page_put(&page, "1"); /* there would be room, but it is no more what was written */
    need_int(page.err, DIA_ESPACE);
    need_int(page.n, 0);
done:
    dia_page_done(&page);
}

static void printing_cuts_off_what_is_too_long(void)
{
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    dia_page_print(&page, "%2000d", 7);
    need_int(page.err, 0);
    need_int(page.n, 1000);
done:
    dia_page_done(&page);
}

static void numbers_are_whole_in_any_locale(void)
{
    static const struct {
        int64_t us;
        unsigned digits;
        const char *want;
    } rows[] = {
        { 0, 3, "0.000" },
        { 1, 6, "0.000001" },
        { 1234567, 1, "1.2" },
        { -1500000, 2, "-1.50" },
        { 59999999, 0, "59" },
        { 123456789012345, 6, "123456789.012345" },
        { INT64_MIN, 0, "-9223372036854" },
    };
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].want);
        dia_page_clear(&page);
        dia_page_fixed(&page, rows[i].us, rows[i].digits);
        need_str(shown(&page), rows[i].want);
    }
done:
    dia_page_done(&page);
}

static void text_of_others_is_harmless(void)
{
    static const struct {
        dia_bytes in;
        const char *safely, *quoted, *label;
    } rows[] = {
        { DIA_LIT("pgw.example.net"), "pgw.example.net", "\"pgw.example.net\"", "pgw.example.net" },
        { DIA_LIT("a\"b\\c"), "a\"b\\c", "\"a\\\"b\\\\c\"", "a\\\"b\\\\c" },
        { DIA_LIT("a\nb\033[31m"), "a?b?[31m", "\"a\\nb\\u001b[31m\"", "a\\nb?[31m" },
        { DIA_LIT("\xc3\xbc"), "\xc3\xbc", "\"\xc3\xbc\"", "\xc3\xbc" },
        { DIA_LIT("\xc2\x9b"), "?", "\"\\u009b\"", "\xc2\x9b" }, /* a control character of two octets */
        { DIA_LIT("x\xff"), "x?", "\"x\\ufffd\"", "x?" },
        { DIA_LIT("\xff\""), "?\"", "\"\\ufffd\\\"\"", "?\\\"" },
        { DIA_LIT(""), "", "\"\"", "" },
        { { NULL, 0 }, "", "null", "" },
    };
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].quoted);
        dia_page_clear(&page);
        dia_page_safely(&page, rows[i].in);
        need_str(shown(&page), rows[i].safely);
        dia_page_clear(&page);
        dia_page_quoted(&page, rows[i].in);
        need_str(shown(&page), rows[i].quoted);
        dia_page_clear(&page);
        dia_page_label(&page, rows[i].in);
        need_str(shown(&page), rows[i].label);
    }
done:
    dia_page_done(&page);
}

static void dates_are_those_of_the_calendar(void)
{
    static const struct {
        int64_t us;
        const char *want;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 951782399999000, "2000-02-28T23:59:59.999Z" },
        { 951782400000000, "2000-02-29T00:00:00.000Z" },
        { 1078012800123456, "2004-02-29T00:00:00.123Z" },
        { 1769860800000000, "2026-01-31T12:00:00.000Z" },
        { 4107542400000000, "2100-03-01T00:00:00.000Z" }, /* no leap year */
        { -5, "1970-01-01T00:00:00.000Z" },
    };
    char text[DIA_WALL_ROOM];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].want);
        check_str(dia_report_utc(rows[i].us, true, text), rows[i].want);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "page_grows_as_it_is_written", page_grows_as_it_is_written },
        { "what_is_behind_the_bound_is_lost_and_said", what_is_behind_the_bound_is_lost_and_said },
        { "printing_cuts_off_what_is_too_long", printing_cuts_off_what_is_too_long },
        { "numbers_are_whole_in_any_locale", numbers_are_whole_in_any_locale },
        { "text_of_others_is_harmless", text_of_others_is_harmless },
        { "dates_are_those_of_the_calendar", dates_are_those_of_the_calendar },
    };
    return HARNESS_RUN("report/page", tests);
}

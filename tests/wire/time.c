/* The Time type: both eras, the calendar, the text. */
#include "wire/wire.h"

#include "harness.h"

static const struct {
    uint32_t ntp;
    int64_t unix_seconds;
    const char *text;
} known[] = {
    { 0x80000000, -61505152, "1968-01-20T03:14:08Z" }, /* the first moment that there is */
    { 2208988799, -1, "1969-12-31T23:59:59Z" },         { 2208988800, 0, "1970-01-01T00:00:00Z" },
    { 3155673599, 946684799, "1999-12-31T23:59:59Z" },  { 3160771200, 951782400, "2000-02-29T00:00:00Z" },
    { 3976214400, 1767225600, "2026-01-01T00:00:00Z" }, { UINT32_MAX, 2085978495, "2036-02-07T06:28:15Z" },
    { 0, 2085978496, "2036-02-07T06:28:16Z" },          { 1, 2085978497, "2036-02-07T06:28:17Z" },
    { 0x7fffffff, 4233462143, "2104-02-26T09:42:23Z" }, /* the last one */
};

static void seconds_of_both_eras_are_known(void) /* B4.3.1-02 B4.3.1-03 */
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t ntp = 0xdead;
        harness_row(known[i].text);
        check_int(dia_time_to_unix(known[i].ntp), known[i].unix_seconds);
        check_int(dia_time_from_unix(known[i].unix_seconds, &ntp), 0);
        check_int(ntp, known[i].ntp);
    }
}

static void time_of_second_era_is_after_2036(void) /* B4.3.1-03 */
{
    char text[32];
    check_int(dia_time_print(dia_time_to_unix(0), text, sizeof text), 20);
    check_str(text, "2036-02-07T06:28:16Z");
    for (uint32_t ntp = 0; ntp < 0x7ff00000; ntp += 0x00054321) {
        check(dia_time_to_unix(ntp) >= 2085978496);
        check(dia_time_to_unix(ntp | 0x80000000) < 2085978496);
    }
}

static void moments_outside_of_both_eras_are_out_of_range(void)
{
    static const int64_t rows[] = { -61505153, 4233462144,           INT64_MIN,
                                    INT64_MAX, -INT64_C(2208988800), 1 - (INT64_C(1) << 32) };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t ntp = 77;
        check_int(dia_time_from_unix(rows[i], &ntp), DIA_ERANGE);
        check_int(ntp, 77);
    }
}

static void dates_are_printed_and_parsed(void)
{
    static const struct {
        int64_t unix_seconds;
        const char *text;
    } rows[] = {
        { 951868799, "2000-02-29T23:59:59Z" },    { 951868800, "2000-03-01T00:00:00Z" },
        { 4107542399, "2100-02-28T23:59:59Z" },   { 4107542400, "2100-03-01T00:00:00Z" }, /* 2100 is no leap year */
        { -2208988800, "1900-01-01T00:00:00Z" },  { -2203891201, "1900-02-28T23:59:59Z" },
        { -2203891200, "1900-03-01T00:00:00Z" },  { 1769860800, "2026-01-31T12:00:00Z" },
        { -62167219200, "0000-01-01T00:00:00Z" }, { 253402300799, "9999-12-31T23:59:59Z" },
        { -62135596800, "0001-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[21];
        int64_t seconds;
        harness_row(rows[i].text);
        check_int(dia_time_print(rows[i].unix_seconds, text, sizeof text), 20);
        check_str(text, rows[i].text);
        check_int(dia_time_parse(dia_cstr(rows[i].text), &seconds), 0);
        check_int(seconds, rows[i].unix_seconds);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[21];
        check_int(dia_time_print(known[i].unix_seconds, text, sizeof text), 20);
        check_str(text, known[i].text);
    }
}

static void every_day_of_two_cycles_survives(void)
{
    char last[21] = "";
    for (int64_t day = -150000; day < 150000; day++) {
        char text[21];
        int64_t seconds;
        const int64_t moment = day * 86400 + (day & 0xffff);
        check_int(dia_time_print(moment, text, sizeof text), 20);
        check_int(dia_time_parse(dia_cstr(text), &seconds), 0);
        check_int(seconds, moment);
        check(strncmp(last, text, 10) < 0); /* days only go up */
        memcpy(last, text, sizeof text);
    }
}

static void offsets_are_taken_away(void)
{
    static const struct {
        const char *text;
        int64_t unix_seconds;
    } rows[] = {
        { "1970-01-01T01:00:00+01:00", 0 },    { "1969-12-31T19:00:00-05:00", 0 },
        { "1970-01-01T05:30:00+05:30", 0 },    { "1970-01-01T00:00:00+00:00", 0 },
        { "1970-01-01T00:00:00-00:00", 0 },    { "1970-01-02T23:59:00+23:59", 86400 },
        { "1998-12-31T23:59:60Z", 915148800 }, /* a leap second */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds;
        harness_row(rows[i].text);
        check_int(dia_time_parse(dia_cstr(rows[i].text), &seconds), 0);
        check_int(seconds, rows[i].unix_seconds);
    }
}

static void other_text_is_no_time(void)
{
    static const struct {
        const char *text;
        int err;
    } rows[] = {
        { "", DIA_EFORMAT },
        { "2026", DIA_EFORMAT },
        { "2026-01-31", DIA_EFORMAT },
        { "2026-01-31T12:00:00", DIA_EFORMAT },
        { "2026-01-31 12:00:00Z", DIA_EFORMAT },
        { "2026-01-31T12:00:00Zx", DIA_EFORMAT },
        { "2026-01-31T12:00:00.5Z", DIA_EFORMAT },
        { "2026-1-31T12:00:00Z", DIA_EFORMAT },
        { "+026-01-31T12:00:00Z", DIA_EFORMAT },
        { "2026-01-31T12:00:00+1:00", DIA_EFORMAT },
        { "2026-01-31T12:00:00+0100", DIA_EFORMAT },
        { "2026-01-31T12:00:00+01:00Z", DIA_EFORMAT },
        { "2026-00-31T12:00:00Z", DIA_ERANGE },
        { "2026-13-31T12:00:00Z", DIA_ERANGE },
        { "2026-01-00T12:00:00Z", DIA_ERANGE },
        { "2026-01-32T12:00:00Z", DIA_ERANGE },
        { "2026-02-29T12:00:00Z", DIA_ERANGE },
        { "2100-02-29T12:00:00Z", DIA_ERANGE },
        { "2026-04-31T12:00:00Z", DIA_ERANGE },
        { "2026-01-31T24:00:00Z", DIA_ERANGE },
        { "2026-01-31T12:60:00Z", DIA_ERANGE },
        { "2026-01-31T12:00:61Z", DIA_ERANGE },
        { "2026-01-31T12:00:00+24:00", DIA_ERANGE },
        { "2026-01-31T12:00:00+00:60", DIA_ERANGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds = 77;
        harness_row(rows[i].text);
        check_int(dia_time_parse(dia_cstr(rows[i].text), &seconds), rows[i].err);
        check_int(seconds, 77);
    }
    check_int(dia_time_parse((dia_bytes){ NULL, 0 }, &(int64_t){ 0 }), DIA_EFORMAT);
}

static void what_cannot_be_printed_leaves_the_buffer_alone(void)
{
    static const int64_t rows[] = { -62167219201, 253402300800, INT64_MIN, INT64_MAX };
    char text[21] = "#";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_int(dia_time_print(rows[i], text, sizeof text), DIA_ERANGE);
    check_int(dia_time_print(0, text, 20), DIA_ESPACE);
    check_int(dia_time_print(0, NULL, 0), DIA_ESPACE);
    check_str(text, "#");
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "seconds_of_both_eras_are_known", seconds_of_both_eras_are_known },
        { "time_of_second_era_is_after_2036", time_of_second_era_is_after_2036 },
        { "moments_outside_of_both_eras_are_out_of_range", moments_outside_of_both_eras_are_out_of_range },
        { "dates_are_printed_and_parsed", dates_are_printed_and_parsed },
        { "every_day_of_two_cycles_survives", every_day_of_two_cycles_survives },
        { "offsets_are_taken_away", offsets_are_taken_away },
        { "other_text_is_no_time", other_text_is_no_time },
        { "what_cannot_be_printed_leaves_the_buffer_alone", what_cannot_be_printed_leaves_the_buffer_alone },
    };
    return HARNESS_RUN("wire/time", tests);
}

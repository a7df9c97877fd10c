/* The Time type: seconds of two NTP eras, and calendar dates both ways (RFC 6733, 4.3.1; RFC 3339). */
#include "wire/text.h"
#include "wire/wire.h"

static const int64_t unix_minus_ntp = INT64_C(2208988800); /* 1900-01-01 to 1970-01-01 */
static const int64_t era = INT64_C(1) << 32;
static const int64_t day = 86400;

int64_t dia_time_to_unix(uint32_t ntp)
{
    /* A clear top bit means the era that begins in 2036 (RFC 5905; RFC 4330, 3). */
    return (int64_t)ntp - unix_minus_ntp + (ntp & 0x80000000u ? 0 : era);
}

int dia_time_from_unix(int64_t unix_seconds, uint32_t *ntp)
{
    if (unix_seconds < dia_time_to_unix(0x80000000u) || unix_seconds > dia_time_to_unix(0x7fffffffu))
        return DIA_ERANGE;
    *ntp = (uint32_t)(unix_seconds + unix_minus_ntp);
    return 0;
}

/* ---- The proleptic Gregorian calendar. Years begin in March here: the leap day is then the last one ---- */

struct date {
    int year, month, day; /* 1..12, 1..31 */
};

static const int days_of_era = 146097; /* 400 years */

/* From 0000-03-01 to 1970-01-01. */
static const int days_to_1970 = 719468;

static int64_t days_from_date(struct date d)
{
    const int year = d.month <= 2 ? d.year - 1 : d.year;
    const int cycle = (year >= 0 ? year : year - 399) / 400;
    const int year_of_cycle = year - 400 * cycle;
    const int month = d.month > 2 ? d.month - 3 : d.month + 9;
    const int day_of_year = (153 * month + 2) / 5 + d.day - 1;
    const int day_of_cycle = 365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return (int64_t)cycle * days_of_era + day_of_cycle - days_to_1970;
}

static struct date date_from_days(int64_t days)
{
    days += days_to_1970;
    const int cycle = (int)((days >= 0 ? days : days - (days_of_era - 1)) / days_of_era);
    const int day_of_cycle = (int)(days - (int64_t)cycle * days_of_era);
    const int year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / (days_of_era - 1)) / 365;
    const int day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    const int month = (5 * day_of_year + 2) / 153;
    struct date d = {
        .year = year_of_cycle + 400 * cycle,
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
    if (d.month <= 2)
        d.year++;
    return d;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* ---- Text ---- */

static void write_digits(char *to, int digits, int v)
{
    while (digits > 0) {
        to[--digits] = (char)('0' + v % 10);
        v /= 10;
    }
}

int dia_time_print(int64_t unix_seconds, char *to, size_t size)
{
    char text[] = "YYYY-MM-DDThh:mm:ssZ";
    if (unix_seconds < days_from_date((struct date){ 0, 1, 1 }) * day ||
        unix_seconds >= days_from_date((struct date){ 10000, 1, 1 }) * day)
        return DIA_ERANGE;
    if (size < sizeof text)
        return DIA_ESPACE;
    int seconds = (int)(unix_seconds % day);
    if (seconds < 0)
        seconds += (int)day;
    const struct date d = date_from_days((unix_seconds - seconds) / day);
    write_digits(text, 4, d.year);
    write_digits(text + 5, 2, d.month);
    write_digits(text + 8, 2, d.day);
    write_digits(text + 11, 2, seconds / 3600);
    write_digits(text + 14, 2, seconds / 60 % 60);
    write_digits(text + 17, 2, seconds % 60);
    memcpy(to, text, sizeof text);
    return (int)sizeof text - 1;
}

static bool scan_digits(struct scan *s, int digits, int *out)
{
    int v = 0;
    for (int i = 0; i < digits; i++, s->at++) {
        if (scan_is_done(s) || !dia_is_digit(*s->at))
            return false;
        v = 10 * v + (*s->at - '0');
    }
    *out = v;
    return true;
}

int dia_time_parse(dia_bytes text, int64_t *unix_seconds)
{
    struct scan s = scan_of(text);
    struct date d;
    int hour, minute, second, offset_hour = 0, offset_minute = 0;
    if (!scan_digits(&s, 4, &d.year) || !scan_char(&s, '-') || !scan_digits(&s, 2, &d.month) || !scan_char(&s, '-') ||
        !scan_digits(&s, 2, &d.day) || !scan_char(&s, 'T') || !scan_digits(&s, 2, &hour) || !scan_char(&s, ':') ||
        !scan_digits(&s, 2, &minute) || !scan_char(&s, ':') || !scan_digits(&s, 2, &second))
        return DIA_EFORMAT;
    const bool is_west = scan_sees(&s, '-');
    if (scan_char(&s, '+') || scan_char(&s, '-')) {
        if (!scan_digits(&s, 2, &offset_hour) || !scan_char(&s, ':') || !scan_digits(&s, 2, &offset_minute))
            return DIA_EFORMAT;
    } else if (!scan_char(&s, 'Z')) {
        return DIA_EFORMAT;
    }
    if (!scan_is_done(&s))
        return DIA_EFORMAT;

    /* 60 is a leap second; it counts as the first second of the next minute. */
    if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_of_month(d.year, d.month) || hour > 23 ||
        minute > 59 || second > 60 || offset_hour > 23 || offset_minute > 59)
        return DIA_ERANGE;
    const int offset = 3600 * offset_hour + 60 * offset_minute;
    *unix_seconds = days_from_date(d) * day + 3600 * hour + 60 * minute + second + (is_west ? offset : -offset);
    return 0;
}

/* Values as text that leads back to the same octets: what text.c and the JSON room have in common. */
#include "dict/dict.h"
#include "dict/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool dia_is_avps(dia_bytes octets)
{
    dia_avps it = dia_avps_in(octets);
    while (dia_avp_next(&it))
        continue;
    return !it.err;
}

bool dia_is_readable(dia_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7f || (text.p[i] == 0xc2 && i + 1 < text.n && text.p[i + 1] < 0xa0))
            return false;
    return dia_is_utf8(text);
}

bool dia_is_plain(const char *name)
{
    const dia_bytes text = dia_cstr(name);
    const bool is_hex = name[0] == '0' && (name[1] == 'x' || name[1] == 'X');
    return text.n && !is_hex && name[0] != ' ' && name[text.n - 1] != ' ' && !strpbrk(name, "()[]:#=,\"") &&
           dia_is_readable(text);
}

size_t dia_show_address(dia_bytes data, char to[DIA_SHOWN_MAX])
{
    dia_address address, back;
    uint8_t store[DIA_SHOWN_MAX];
    if (dia_address_read(data, &address) != 0)
        return 0;
    const int n = dia_address_print(&address, to, DIA_SHOWN_MAX);
    if (n <= 0 || dia_address_parse((dia_bytes){ (const uint8_t *)to, (size_t)n }, store, sizeof store, &back) != 0)
        return 0;
    return back.family == address.family && dia_bytes_equal(back.value, address.value) ? (size_t)n : 0;
}

size_t dia_show_time(dia_bytes data, char to[DIA_SHOWN_MAX])
{
    if (data.n != 4)
        return 0;
    const int n = dia_time_print(dia_time_of_wire(dia_load32(data.p)), to, DIA_SHOWN_MAX);
    int64_t back;
    if (n <= 0 || dia_time_parse((dia_bytes){ (const uint8_t *)to, (size_t)n }, &back) != 0)
        return 0;
    return back == dia_time_of_wire(dia_load32(data.p)) ? (size_t)n : 0;
}

const char *dia_show_value(const dia_avp_def *avp, int64_t value)
{
    int64_t back;
    const char *name = dia_avp_def_value_name(avp, value);
    return name && dia_avp_def_value(avp, dia_cstr(name), &back) == 0 && back == value ? name : NULL;
}

/* ---- Whole numbers ---- */

static bool is_signed(dia_type type)
{
    return type == DIA_TYPE_INTEGER32 || type == DIA_TYPE_INTEGER64 || type == DIA_TYPE_ENUMERATED;
}

bool dia_is_long(dia_type type)
{
    return type == DIA_TYPE_INTEGER64 || type == DIA_TYPE_UNSIGNED64;
}

dia_integer dia_integer_of(int64_t value)
{
    return (dia_integer){ value < 0, (uint64_t)value };
}

bool dia_integer_fits(dia_integer i, dia_type type)
{
    if (i.negative)
        return is_signed(type) && (dia_is_long(type) || (int64_t)i.bits >= INT32_MIN);
    const uint64_t max = dia_is_long(type) ? UINT64_MAX : UINT32_MAX;
    return i.bits <= (is_signed(type) ? max >> 1 : max);
}

bool dia_integer_parse(dia_bytes text, dia_integer *out)
{
    const bool minus = text.n && text.p[0] == '-';
    uint64_t value = 0;
    if (text.n == minus)
        return false;
    for (size_t i = minus; i < text.n; i++) {
        const uint64_t digit = (uint64_t)text.p[i] - '0';
        if (!dia_is_digit(text.p[i]) || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (minus && value > (uint64_t)INT64_MAX + 1)
        return false;
    *out = (dia_integer){ minus && value, minus ? 0 - value : value };
    return true;
}

const char *dia_integer_range(dia_type type)
{
    static const char *const ranges[DIA_TYPES] = {
        [DIA_TYPE_INTEGER32] = "a whole number from -2147483648 to 2147483647",
        [DIA_TYPE_ENUMERATED] = "a whole number from -2147483648 to 2147483647",
        [DIA_TYPE_UNSIGNED32] = "a whole number from 0 to 4294967295",
        [DIA_TYPE_INTEGER64] = "a whole number from -9223372036854775808 to 9223372036854775807",
        [DIA_TYPE_UNSIGNED64] = "a whole number from 0 to 18446744073709551615",
    };
    return ranges[type];
}

/* ---- Numbers with a point. The C library writes and reads that of the locale, whatever it looks like ---- */

static const char real_letters[] = "+-0123456789e";

/* The fewest digits that lead back to the same bits. False: there are none. */
static bool print_real(double value, bool single, char to[DIA_REAL_MAX])
{
    const int most = single ? 9 : 17;
    for (int digits = single ? 6 : 15; digits <= most; digits++) {
        snprintf(to, DIA_REAL_MAX, "%.*g", digits, value);
        const double back = strtod(to, NULL);
        if (single ? (float)back == (float)value : back == value)
            return true;
    }
    return false;
}

size_t dia_show_real(double value, bool single, char to[DIA_REAL_MAX])
{
    char text[DIA_REAL_MAX];
    size_t n = 0;
    if (!isfinite(value) || !print_real(value, single, text))
        return 0;
    for (const char *at = text; *at;) {
        const size_t same = strspn(at, real_letters);
        memcpy(to + n, at, same);
        n += same;
        at += same;
        if (!*at)
            break;
        to[n++] = '.';
        at += strcspn(at, real_letters);
    }
    to[n] = '\0';
    return n;
}

bool dia_real_parse(dia_bytes text, double *out)
{
    char half[16], own[2 * DIA_REAL_MAX], *end;
    size_t n = 0;
    snprintf(half, sizeof half, "%.1f", 0.5); /* "0", the point, "5" */
    const size_t point = strlen(half) - 2;
    if (text.n == 0 || text.n >= DIA_REAL_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = (char)dia_lower(text.p[i]);
        if (c == '.' && n + point < sizeof own - 1) {
            memcpy(own + n, half + 1, point);
            n += point;
        } else if (c && strchr(real_letters, c)) {
            own[n++] = c;
        } else {
            return false;
        }
        if (n >= sizeof own - 1)
            return false;
    }
    own[n] = '\0';
    *out = strtod(own, &end);
    return end == own + n;
}

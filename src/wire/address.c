/* Addresses: the Address type of RFC 6733, 4.3.1, and the text forms of IPv4 and IPv6. */
#include "wire/text.h"
#include "wire/wire.h"

/* ---- Text of IP addresses ---- */

/* Four decimal numbers without leading zeros, which some would read as octal. */
static bool scan_ipv4(struct scan *s, uint8_t *to)
{
    for (int i = 0; i < 4; i++) {
        uint32_t v;
        if (i > 0 && !scan_char(s, '.'))
            return false;
        const uint8_t *start = s->at;
        if (!scan_number(s, 255, &v) || (*start == '0' && s->at - start > 1))
            return false;
        to[i] = (uint8_t)v;
    }
    return true;
}

static bool scan_group(struct scan *s, uint16_t *out)
{
    uint32_t v = 0;
    int n = 0;
    for (; n < 4 && s->at < s->end && dia_hex_digit(*s->at) >= 0; n++)
        v = v << 4 | (uint32_t)dia_hex_digit(*s->at++);
    *out = (uint16_t)v;
    return n > 0;
}

static bool parse_ipv4(dia_bytes text, uint8_t *to)
{
    struct scan s = scan_of(text);
    return scan_ipv4(&s, to) && scan_is_done(&s);
}

static bool parse_ipv6(dia_bytes text, uint8_t to[16])
{
    struct scan s = scan_of(text);
    uint8_t octets[16] = { 0 };
    int n = 0, gap = -1; /* octets read; where "::" stood */
    if (scan_literal(&s, "::"))
        gap = 0;
    while (!scan_is_done(&s)) {
        struct scan v4 = s;
        uint16_t group;
        if (n == 16)
            return false;
        if (n <= 12 && scan_ipv4(&v4, octets + n) && scan_is_done(&v4)) {
            n += 4;
            break;
        }
        if (!scan_group(&s, &group))
            return false;
        dia_store16(octets + n, group);
        n += 2;
        if (scan_is_done(&s))
            break;
        if (!scan_char(&s, ':'))
            return false;
        if (scan_char(&s, ':')) {
            if (gap >= 0)
                return false;
            gap = n;
        } else if (scan_is_done(&s)) {
            return false;
        }
    }
    if (gap < 0 ? n != 16 : n > 14)
        return false;
    memset(to, 0, 16);
    if (gap < 0)
        gap = n;
    memcpy(to, octets, (size_t)gap);
    memcpy(to + 16 - (n - gap), octets + gap, (size_t)(n - gap));
    return true;
}

int dia_ip_parse(dia_bytes text, uint8_t to[16])
{
    uint8_t octets[16];
    const int n = parse_ipv4(text, octets) ? 4 : parse_ipv6(text, octets) ? 16 : DIA_EFORMAT;
    if (n > 0)
        memcpy(to, octets, (size_t)n);
    return n;
}

static void write_ipv4(struct text *t, const uint8_t *octets)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            text_char(t, '.');
        text_number(t, octets[i]);
    }
}

static void write_hex(struct text *t, uint32_t v, int digits)
{
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        text_char(t, "0123456789abcdef"[v >> shift & 15]);
}

static void write_group(struct text *t, uint16_t v)
{
    write_hex(t, v, v > 0xfff ? 4 : v > 0xff ? 3 : v > 0xf ? 2 : 1);
}

/* RFC 5952, 4.2: "::" stands for the longest run of at least two zero groups, the first of equals. */
static void find_gap(const uint8_t *octets, int *gap, int *gap_end)
{
    *gap = *gap_end = -1;
    for (int i = 0; i < 8; i++) {
        int end = i;
        while (end < 8 && dia_load16(octets + 2 * end) == 0)
            end++;
        if (end - i >= 2 && end - i > *gap_end - *gap) {
            *gap = i;
            *gap_end = end;
        }
        if (end > i)
            i = end;
    }
}

static void write_ipv6(struct text *t, const uint8_t *octets)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (memcmp(octets, mapped, sizeof mapped) == 0) { /* RFC 5952, 5 */
        text_put(t, "::ffff:");
        write_ipv4(t, octets + 12);
        return;
    }
    int gap, gap_end;
    find_gap(octets, &gap, &gap_end);
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            text_put(t, "::");
            i = gap_end - 1;
            continue;
        }
        if (i > 0 && i != gap_end)
            text_char(t, ':');
        write_group(t, dia_load16(octets + 2 * i));
    }
}

int dia_ip_print(const uint8_t *octets, size_t n, char to[DIA_IP_TEXT_MAX])
{
    struct text t = { to, 0 };
    if (n == 4)
        write_ipv4(&t, octets);
    else
        write_ipv6(&t, octets);
    to[t.n] = '\0';
    return (int)t.n;
}

/* ---- The Address type ---- */

static bool has_right_size(uint16_t family, size_t n)
{
    return family == DIA_FAMILY_IPV4 ? n == 4 : family == DIA_FAMILY_IPV6 ? n == 16 : true;
}

static bool is_digits(dia_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (!dia_is_digit(b.p[i]))
            return false;
    return b.n > 0;
}

int dia_address_read(dia_bytes data, dia_address *out)
{
    if (data.n < 2)
        return DIA_EFORMAT;
    const uint16_t family = dia_load16(data.p);
    if (!has_right_size(family, data.n - 2))
        return DIA_EFORMAT;
    *out = (dia_address){ family, { data.p + 2, data.n - 2 } };
    return 0;
}

static int keep(dia_address *out, uint16_t family, uint8_t *store, size_t n)
{
    *out = (dia_address){ family, { store, n } };
    return 0;
}

static int parse_e164(dia_bytes digits, uint8_t *store, size_t store_size, dia_address *out)
{
    if (!is_digits(digits))
        return DIA_EFORMAT;
    if (digits.n > store_size)
        return DIA_ESPACE;
    memcpy(store, digits.p, digits.n);
    return keep(out, DIA_FAMILY_E164, store, digits.n);
}

/* N:HEX */
static int parse_family(struct scan *s, uint8_t *store, size_t store_size, dia_address *out)
{
    uint32_t family;
    if (!scan_number(s, UINT16_MAX, &family) || !scan_char(s, ':'))
        return DIA_EFORMAT;
    const size_t digits = (size_t)(s->end - s->at);
    for (size_t i = 0; i < digits; i++)
        if (dia_hex_digit(s->at[i]) < 0)
            return DIA_EFORMAT;
    if (digits % 2 || !has_right_size((uint16_t)family, digits / 2))
        return DIA_EFORMAT;
    if (digits / 2 > store_size)
        return DIA_ESPACE;
    for (size_t i = 0; i < digits / 2; i++)
        store[i] = (uint8_t)(dia_hex_digit(s->at[2 * i]) << 4 | dia_hex_digit(s->at[2 * i + 1]));
    return keep(out, (uint16_t)family, store, digits / 2);
}

int dia_address_parse(dia_bytes text, uint8_t *store, size_t store_size, dia_address *out)
{
    struct scan s = scan_of(text);
    if (scan_literal(&s, "e164:"))
        return parse_e164((dia_bytes){ s.at, (size_t)(s.end - s.at) }, store, store_size, out);
    if (scan_literal(&s, "family:"))
        return parse_family(&s, store, store_size, out);
    uint8_t octets[16];
    const int n = dia_ip_parse(text, octets);
    if (n < 0)
        return n;
    if ((size_t)n > store_size)
        return DIA_ESPACE;
    memcpy(store, octets, (size_t)n);
    return keep(out, n == 4 ? DIA_FAMILY_IPV4 : DIA_FAMILY_IPV6, store, (size_t)n);
}

static void write_address(struct text *t, const dia_address *address)
{
    const dia_bytes value = address->value;
    if (address->family == DIA_FAMILY_IPV4 && value.n == 4) {
        write_ipv4(t, value.p);
    } else if (address->family == DIA_FAMILY_IPV6 && value.n == 16) {
        write_ipv6(t, value.p);
    } else if (address->family == DIA_FAMILY_E164 && is_digits(value)) {
        text_put(t, "e164:");
        text_bytes(t, value);
    } else {
        text_put(t, "family:");
        text_number(t, address->family);
        text_char(t, ':');
        for (size_t i = 0; i < value.n; i++)
            write_hex(t, value.p[i], 2);
    }
}

int dia_address_print(const dia_address *address, char *to, size_t size)
{
    if (!address->value.p)
        return DIA_EINVAL;
    struct text t = { NULL, 0 };
    write_address(&t, address);
    if (!text_fits(&t, size))
        return DIA_ESPACE;
    t = (struct text){ to, 0 };
    write_address(&t, address);
    to[t.n] = '\0';
    return (int)t.n;
}

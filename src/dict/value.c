/* The soundness of values that are not looked at on the fast way. */
#include "dict/value.h"

/* Highest bits where an octet is at least c; all of them must be ASCII. */
static uint64_t at_least(uint64_t v, uint8_t c)
{
    return v + DIA_EACH_OCTET_(0x80 - c);
}

/* Highest bits where eight octets are not letters, digits, '-' and '.', or where a dot follows a dot. Exact as a whole; the
 * other bits mean nothing. */
static uint64_t not_host(uint64_t v)
{
    /* Each bound that an octet has reached turns the bit over: '-' in, '/' out, '0' in, behind '9' out, and so on. */
    const uint64_t slash = at_least(v, '/');
    const uint64_t fine = at_least(v, '-') ^ slash ^ at_least(v, '0') ^ at_least(v, '9' + 1) ^ at_least(v, 'A') ^
                          at_least(v, 'Z' + 1) ^ at_least(v, 'a') ^ at_least(v, 'z' + 1);
    const uint64_t dots = at_least(v, '.') ^ slash;
    return v | ~fine | (dots & dots << 8);
}

bool dia_is_host(dia_bytes text)
{
    if (text.n < 8 || text.n > 255 || text.p[0] == '.')
        return false;
    /* Steps of seven, so that two dots meet in one word. */
    uint64_t bad = not_host(dia_eight(text.p)) | not_host(dia_eight(text.p + text.n - 8));
    for (size_t i = 7; i + 8 < text.n; i += 7)
        bad |= not_host(dia_eight(text.p + i));
    return !(bad & DIA_EACH_OCTET_(0x80));
}

bool dia_value_is_sound(uint8_t type, dia_bytes value, dia_level level)
{
    const bool strict = level == DIA_LEVEL_STRICT;
    dia_uri uri;
    dia_filter_rule filter;
    dia_qos_rule qos;
    switch (type) {
    case DIA_TYPE_UTF8_STRING: return dia_utf8_valid(value);
    case DIA_TYPE_IDENTITY: return strict ? dia_is_host(value) || dia_identity_valid(value) : dia_is_identity(value);
    case DIA_TYPE_URI: return dia_uri_parse(value, &uri) == 0;
    /* The rules that 3GPP interfaces send take liberties with the syntax of RFC 6733, 4.3.1. */
    case DIA_TYPE_IP_FILTER_RULE: return !strict || dia_filter_rule_parse(value, &filter, NULL) == 0;
    case DIA_TYPE_QOS_FILTER_RULE: return !strict || dia_qos_rule_parse(value, &qos, NULL) == 0;
    default: return true;
    }
}

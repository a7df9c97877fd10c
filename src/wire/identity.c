/* Is it a DiameterIdentity (RFC 6733, 4.3.1)? Does a name fit a pattern of names? */
#include "wire/wire.h"

static bool is_of_label(uint8_t c)
{
    const uint8_t l = dia_lower(c);
    return (l >= 'a' && l <= 'z') || dia_is_digit(c) || c == '-' || c == '_';
}

bool dia_identity_valid(dia_bytes text)
{
    if (text.n == 0 || text.n > DIA_IDENTITY_MAX)
        return false;
    bool in_label = false;
    for (size_t i = 0; i < text.n; i++) {
        const bool is_dot = text.p[i] == '.';
        if (is_dot ? !in_label : !is_of_label(text.p[i]))
            return false;
        in_label = !is_dot;
    }
    return true;
}

bool dia_name_pattern_valid(dia_bytes pattern)
{
    if (pattern.n == 1 && pattern.p[0] == '*')
        return true;
    if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.')
        pattern = (dia_bytes){ pattern.p + 2, pattern.n - 2 };
    return dia_identity_valid(pattern);
}

bool dia_name_pattern_matches(dia_bytes pattern, dia_bytes name)
{
    if (!pattern.n || pattern.p[0] != '*')
        return dia_bytes_equal_nocase(pattern, name);
    const dia_bytes tail = { pattern.p + 1, pattern.n - 1 };
    return name.p && name.n >= tail.n && dia_bytes_equal_nocase(tail, (dia_bytes){ name.p + name.n - tail.n, tail.n });
}

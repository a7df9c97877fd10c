/* Is it a DiameterIdentity? (RFC 6733, 4.3.1) */
#include "wire/wire.h"

enum { IDENTITY_MAX = 255 };

static bool is_of_label(uint8_t c)
{
    const uint8_t l = dia_lower(c);
    return (l >= 'a' && l <= 'z') || dia_is_digit(c) || c == '-' || c == '_';
}

bool dia_identity_valid(dia_bytes text)
{
    if (text.n == 0 || text.n > IDENTITY_MAX)
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

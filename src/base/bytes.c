/* Views of octets: making and comparing them. */
#include "base/base.h"

dia_bytes dia_cstr(const char *s)
{
    return (dia_bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

bool dia_bytes_equal(dia_bytes a, dia_bytes b)
{
    if (a.n != b.n || !a.p != !b.p)
        return false;
    return a.n == 0 || memcmp(a.p, b.p, a.n) == 0;
}

bool dia_bytes_equal_nocase(dia_bytes a, dia_bytes b)
{
    if (a.n != b.n || !a.p != !b.p)
        return false;
    if (a.n && !memcmp(a.p, b.p, a.n)) /* mostly names are written as they always are */
        return true;
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] != b.p[i] && dia_lower(a.p[i]) != dia_lower(b.p[i]))
            return false;
    return true;
}

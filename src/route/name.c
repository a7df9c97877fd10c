/* Names of realms and hosts: patterns of them, and their hash. */
#include "route/route.h"

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

uint64_t dia_route_hash(dia_bytes name)
{
    uint64_t h = name.n * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = 0;
    for (; name.n - at >= 8; at += 8)
        h = mix(h ^ dia_lower8(dia_load64(name.p + at)));
    if (at == name.n)
        return h;
    /* The last eight octets, some of them once more; of a short name all that there are. */
    uint64_t last = 0;
    if (name.n >= 8)
        last = dia_load64(name.p + name.n - 8);
    else
        for (; at < name.n; at++)
            last = last << 8 | name.p[at];
    return mix(h ^ dia_lower8(last));
}

uint64_t dia_hop_key(dia_bytes host)
{
    return dia_route_hash(host);
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

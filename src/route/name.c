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

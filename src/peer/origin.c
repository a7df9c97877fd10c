/* Where incoming connections come from: how many stand from each address, known without a look at all of them, and what the
 * application keeps of those that are gone. */
#include "peer/peer.h"

struct dia_origin {
    dia_origin *next; /* another address with the same key */
    uint64_t key;     /* in hub->origins */
    uint32_t n;
    uint32_t orphans; /* requests kept, whose connections are gone */
    size_t orphan_octets;
    uint8_t size;
    uint8_t address[16];
};

/* What counts of an address: whoever has one of IPv6 has all of its /64. One that stands for an IPv4 address (RFC 4291,
 * 2.5.5.2) is that one. */
static dia_bytes part_of(const dia_address *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
    const dia_bytes octets = address->value;
    if (!octets.p)
        return (dia_bytes)DIA_LIT("");
    if (octets.n < 16)
        return octets;
    if (!memcmp(octets.p, mapped, sizeof mapped))
        return (dia_bytes){ octets.p + 12, 4 };
    return (dia_bytes){ octets.p, 8 };
}

/* Two addresses with one key are possible and do no harm; who does not know the seed cannot look for them. */
uint64_t dia_origin_key(const dia_hub *hub, const dia_address *address)
{
    uint8_t octets[16] = { 0 };
    const dia_bytes part = part_of(address);
    if (part.n)
        memcpy(octets, part.p, part.n);
    return dia_hash_u64(dia_load64(octets), hub->origins.seed) ^ dia_load64(octets + 8);
}

static dia_origin *find(const dia_hub *hub, uint64_t key, const dia_address *address)
{
    const dia_bytes part = part_of(address);
    dia_origin *origin = dia_map_get(&hub->origins, key);
    while (origin && !dia_bytes_equal(part, (dia_bytes){ origin->address, origin->size }))
        origin = origin->next;
    return origin;
}

/* Instead of what stands under this key, without which a table has room. */
static int put(dia_hub *hub, uint64_t key, dia_origin *first)
{
    dia_map_remove(&hub->origins, key);
    return first ? dia_map_put(&hub->origins, key, first) : 0;
}

uint32_t dia_origin_count(const dia_hub *hub, const dia_address *address)
{
    const dia_origin *origin = find(hub, dia_origin_key(hub, address), address);
    return origin ? origin->n : 0;
}

dia_origin *dia_origin_enter(dia_hub *hub, const dia_address *address)
{
    const uint64_t key = dia_origin_key(hub, address);
    dia_origin *origin = find(hub, key, address);
    if (!origin) {
        if (!(origin = dia_alloc0(hub->alloc, sizeof *origin)))
            return NULL;
        origin->key = key;
        const dia_bytes part = part_of(address);
        origin->size = (uint8_t)part.n;
        if (part.n)
            memcpy(origin->address, part.p, part.n);
        origin->next = dia_map_get(&hub->origins, key);
        if (put(hub, key, origin)) {
            dia_release(hub->alloc, origin, sizeof *origin);
            return NULL;
        }
    }
    hub->n_deserted -= !origin->n && origin->orphans;
    origin->n++;
    return origin;
}

bool dia_origin_is_same(const dia_address *a, const dia_address *b)
{
    return dia_bytes_equal(part_of(a), part_of(b));
}

static void release(dia_hub *hub, dia_origin *origin)
{
    dia_origin *first = dia_map_get(&hub->origins, origin->key);
    if (first == origin) {
        put(hub, origin->key, origin->next);
    } else {
        while (first->next != origin)
            first = first->next;
        first->next = origin->next;
    }
    dia_release(hub->alloc, origin, sizeof *origin);
}

void dia_origin_leave(dia_hub *hub, dia_origin *origin)
{
    if (!origin || --origin->n)
        return;
    if (origin->orphans)
        hub->n_deserted++;
    else
        release(hub, origin);
}

/* ---- Requests whose connection is gone ---- */

void dia_origin_orphan(dia_origin *origin, size_t octets)
{
    if (!origin)
        return;
    origin->orphans++;
    origin->orphan_octets += octets;
}

void dia_origin_bury(dia_hub *hub, dia_origin *origin, size_t octets)
{
    if (!origin)
        return;
    origin->orphans--;
    origin->orphan_octets -= octets;
    if (origin->orphans || origin->n)
        return;
    hub->n_deserted--;
    release(hub, origin);
}

uint32_t dia_origin_orphans(const dia_origin *origin, size_t *octets)
{
    *octets = origin ? origin->orphan_octets : 0;
    return origin ? origin->orphans : 0;
}

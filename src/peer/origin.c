/* Where incoming connections come from: how many stand from each address, known without a look at all of them. */
#include "peer/peer.h"

struct dia_origin {
    dia_origin *next; /* another address with the same key */
    uint64_t key;     /* in hub->origins */
    uint32_t n;
    uint8_t size;
    uint8_t address[16];
};

static size_t size_of(const dia_address *address)
{
    return address->value.n < 16 ? address->value.n : 16;
}

/* Two addresses with one key are possible and do no harm; who does not know the seed cannot look for them. */
static uint64_t key_of(const dia_hub *hub, const dia_address *address)
{
    uint8_t octets[16] = { 0 };
    if (address->value.p)
        memcpy(octets, address->value.p, size_of(address));
    return dia_hash_u64(dia_load64(octets), hub->origins.seed) ^ dia_load64(octets + 8);
}

static dia_origin *find(const dia_hub *hub, uint64_t key, const dia_address *address)
{
    const size_t n = size_of(address);
    dia_origin *origin = dia_map_get(&hub->origins, key);
    while (origin && (origin->size != n || (n && memcmp(origin->address, address->value.p, n))))
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
    const dia_origin *origin = find(hub, key_of(hub, address), address);
    return origin ? origin->n : 0;
}

dia_origin *dia_origin_enter(dia_hub *hub, const dia_address *address)
{
    const uint64_t key = key_of(hub, address);
    dia_origin *origin = find(hub, key, address);
    if (!origin) {
        if (!(origin = dia_alloc0(hub->alloc, sizeof *origin)))
            return NULL;
        origin->key = key;
        origin->size = (uint8_t)size_of(address);
        if (origin->size)
            memcpy(origin->address, address->value.p, origin->size);
        origin->next = dia_map_get(&hub->origins, key);
        if (put(hub, key, origin)) {
            dia_release(hub->alloc, origin, sizeof *origin);
            return NULL;
        }
    }
    origin->n++;
    return origin;
}

void dia_origin_leave(dia_hub *hub, dia_origin *origin)
{
    if (!origin || --origin->n)
        return;
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

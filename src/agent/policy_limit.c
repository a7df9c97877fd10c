/* Rates: a token bucket for each peer and application. */
#include "agent/policy_rows.h"

#include <stdio.h>

#define TOKEN UINT64_C(1000000)

enum { NAME_ROOM = 300 };

static void drop(dia_policies *all, dia_policy_meter *meter, dia_policy_bucket *bucket)
{
    dia_names_remove(&meter->buckets, bucket->name);
    dia_list_remove(&bucket->link);
    dia_release(all->alloc, bucket, bucket->size);
    meter->n--;
}

/* A full one, in place of the one that was used longest ago where there are too many. NULL: no memory. */
static dia_policy_bucket *add(dia_policies *all, dia_policy_meter *meter, dia_bytes name, int64_t now_us)
{
    if (meter->n >= meter->max)
        drop(all, meter, DIA_OF(meter->used.next, dia_policy_bucket, link));
    const size_t size = sizeof(dia_policy_bucket) + name.n;
    dia_policy_bucket *bucket = dia_alloc(all->alloc, size);
    if (!bucket)
        return NULL;
    *bucket = (dia_policy_bucket){ .microtokens = meter->burst * TOKEN, .at_us = now_us, .size = size };
    bucket->name = (dia_bytes){ memcpy(bucket + 1, name.p, name.n), name.n };
    dia_list_init(&bucket->link);
    if (dia_names_put(&meter->buckets, bucket->name, bucket)) {
        dia_release(all->alloc, bucket, size);
        return NULL;
    }
    meter->n++;
    return bucket;
}

static void refill(const dia_policy_meter *meter, dia_policy_bucket *bucket, int64_t now_us)
{
    const uint64_t full = meter->burst * TOKEN;
    const uint64_t us = now_us > bucket->at_us ? (uint64_t)(now_us - bucket->at_us) : 0;
    bucket->at_us = now_us;
    /* So long that it is full in any case: no product gets too large. */
    if (us >= full / meter->rate + 1 || us * meter->rate >= full - bucket->microtokens)
        bucket->microtokens = full;
    else
        bucket->microtokens += us * meter->rate;
}

/* Without memory there is no limit: who has none is refused by the node. */
bool dia_policy_admits(dia_policies *all, dia_policy_meter *meter, dia_bytes peer, uint32_t application, int64_t now_us)
{
    char text[NAME_ROOM];
    if (!meter->rate)
        return true;
    const int n = snprintf(text, sizeof text, "%08x %.*s", (unsigned)application, (int)(peer.n < 256 ? peer.n : 256),
                           peer.p ? (const char *)peer.p : "");
    const dia_bytes name = { (const uint8_t *)text, (size_t)n };
    dia_policy_bucket *bucket = dia_names_get(&meter->buckets, name);
    if (!bucket && !(bucket = add(all, meter, name, now_us)))
        return true;
    dia_list_remove(&bucket->link);
    dia_list_push_back(&meter->used, &bucket->link);
    refill(meter, bucket, now_us);
    if (bucket->microtokens < TOKEN)
        return false;
    bucket->microtokens -= TOKEN;
    return true;
}

void dia_policy_meter_done(dia_policies *all, dia_policy_meter *meter)
{
    if (!meter->rate)
        return;
    while (!dia_list_empty(&meter->used))
        drop(all, meter, DIA_OF(meter->used.next, dia_policy_bucket, link));
    dia_names_done(&meter->buckets);
}

/* A histogram of durations: 32 steps in each power of two, so that every value is right to 3 %. */
#include "base/base.h"

/* Values below 64 have a bucket each; from there on a bucket covers 1/32 of its power of two. */
static unsigned bucket_of(uint64_t value)
{
    if (value < 2 * DIA_HISTOGRAM_STEPS)
        return (unsigned)value;
    const unsigned shift = 63 - (unsigned)__builtin_clzll(value) - 5; /* 5: log2 of the steps */
    const unsigned bucket = shift * DIA_HISTOGRAM_STEPS + (unsigned)(value >> shift);
    return bucket < DIA_HISTOGRAM_BUCKETS ? bucket : DIA_HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t top_of(unsigned bucket)
{
    if (bucket < 2 * DIA_HISTOGRAM_STEPS)
        return bucket;
    const unsigned shift = bucket / DIA_HISTOGRAM_STEPS - 1;
    const uint64_t step = bucket - shift * DIA_HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void dia_histogram_add(dia_histogram *h, uint64_t value)
{
    h->counts[bucket_of(value)]++;
    h->sum += value;
    if (h->n++ == 0 || value < h->least)
        h->least = value;
    if (value > h->most)
        h->most = value;
}

uint64_t dia_histogram_at(const dia_histogram *h, double share)
{
    const double wanted = share * (double)h->n;
    uint64_t seen = 0;
    for (unsigned i = 0; i < DIA_HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen && (double)seen >= wanted)
            return top_of(i) < h->most ? top_of(i) : h->most;
    }
    return h->most;
}

void dia_histogram_cumulate(const dia_histogram *h, const uint64_t *bounds, size_t n, uint64_t *counts)
{
    uint64_t seen = 0;
    unsigned bucket = 0;
    for (size_t i = 0; i < n; i++) {
        for (; bucket < DIA_HISTOGRAM_BUCKETS && top_of(bucket) <= bounds[i]; bucket++)
            seen += h->counts[bucket];
        counts[i] = h->most <= bounds[i] ? h->n : seen; /* also what the last step holds, which has no top */
    }
}

void dia_histogram_join(dia_histogram *to, const dia_histogram *from)
{
    if (!from->n)
        return;
    if (!to->n || from->least < to->least)
        to->least = from->least;
    if (from->most > to->most)
        to->most = from->most;
    to->n += from->n;
    to->sum += from->sum;
    for (unsigned i = 0; i < DIA_HISTOGRAM_BUCKETS; i++)
        to->counts[i] += from->counts[i];
}

/* A histogram of durations: 128 steps in each power of two. */
#include "histogram.h"

/* Values below 256 have a bucket each; from there on a bucket covers 1/128 of its power of two. */
static unsigned bucket_of(uint64_t value)
{
    unsigned shift = 0;
    while (value >> shift >= 2 * CLI_HISTOGRAM_STEPS)
        shift++;
    const uint64_t bucket = (uint64_t)shift * CLI_HISTOGRAM_STEPS + (value >> shift);
    return bucket < CLI_HISTOGRAM_BUCKETS ? (unsigned)bucket : CLI_HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t top_of(unsigned bucket)
{
    if (bucket < 2 * CLI_HISTOGRAM_STEPS)
        return bucket;
    const unsigned shift = bucket / CLI_HISTOGRAM_STEPS - 1;
    const uint64_t step = bucket - shift * CLI_HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void cli_histogram_add(cli_histogram *h, uint64_t value)
{
    h->counts[bucket_of(value)]++;
    h->sum += value;
    if (h->n++ == 0 || value < h->least)
        h->least = value;
    if (value > h->most)
        h->most = value;
}

uint64_t cli_histogram_at(const cli_histogram *h, double share)
{
    const double wanted = share * (double)h->n;
    uint64_t seen = 0;
    for (unsigned i = 0; i < CLI_HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen && (double)seen >= wanted)
            return top_of(i) < h->most ? top_of(i) : h->most;
    }
    return h->most;
}

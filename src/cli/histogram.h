/* A histogram of durations: 128 steps in each power of two, so that every value is right to 1 %. */
#ifndef CLI_HISTOGRAM_H
#define CLI_HISTOGRAM_H

#include <stdint.h>

enum { CLI_HISTOGRAM_STEPS = 128, CLI_HISTOGRAM_BUCKETS = CLI_HISTOGRAM_STEPS * 40 };

typedef struct cli_histogram {
    uint64_t counts[CLI_HISTOGRAM_BUCKETS];
    uint64_t n, sum, least, most;
} cli_histogram;

void cli_histogram_add(cli_histogram *h, uint64_t value);

/* The value that this share (0 to 1) of all values does not exceed. 0 when there are none. */
uint64_t cli_histogram_at(const cli_histogram *h, double share);

#endif

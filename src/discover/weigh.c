/* The order of SRV records (RFC 2782): the lowest priority first, and among equals by lot, the heavier the likelier. */
#include "discover/discover.h"

/* Stable; answers have few records. */
static void sort(dia_weighed *records, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const dia_weighed one = records[i];
        size_t at = i;
        /* Those without weight stand first among equals, so that they have a chance at all. */
        for (; at && (records[at - 1].priority > one.priority ||
                      (records[at - 1].priority == one.priority && records[at - 1].weight && !one.weight));
             at--)
            records[at] = records[at - 1];
        records[at] = one;
    }
}

static void draw_one(dia_weighed *records, size_t n, uint64_t (*draw)(void *arg, uint64_t below), void *arg)
{
    uint64_t sum = 0, running = 0;
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        sum += records[i].weight;
    const uint64_t chosen = draw ? draw(arg, sum + 1) : 0;
    while (at < n - 1 && (running += records[at].weight) < chosen)
        at++;
    const dia_weighed one = records[at];
    for (; at; at--)
        records[at] = records[at - 1];
    records[0] = one;
}

void dia_weigh(dia_weighed *records, size_t n, uint64_t (*draw)(void *arg, uint64_t below), void *arg)
{
    sort(records, n);
    for (size_t at = 0; at < n; at++) {
        size_t equals = 1;
        while (at + equals < n && records[at + equals].priority == records[at].priority)
            equals++;
        if (equals > 1)
            draw_one(records + at, equals, draw, arg);
    }
}

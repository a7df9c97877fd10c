/* Delta debugging (Zeller and Hildebrandt): take away halves, then quarters, then single ones, as long as it stays broken. */
#include "shrink.h"

static bool still_broken(const plan *p, const life_options *given, chosen set, const char *rule, unsigned *runs)
{
    const life_options options = { .chosen = set, .breakage = given->breakage };
    life_result result;
    life_run(p, &options, &result);
    ++*runs;
    return result.broken && !strcmp(result.rule, rule);
}

static size_t members(chosen set, uint8_t at[64])
{
    size_t n = 0;
    for (uint8_t i = 0; i < 64; i++)
        if (set >> i & 1)
            at[n++] = i;
    return n;
}

/* The set without its part-th of `parts` equal parts. */
static chosen without(chosen set, size_t part, size_t parts)
{
    uint8_t at[64];
    const size_t n = members(set, at);
    for (size_t i = part * n / parts; i < (part + 1) * n / parts; i++)
        set &= ~((chosen)1 << at[i]);
    return set;
}

chosen shrink(const plan *p, const life_options *options, const life_result *result, unsigned *runs)
{
    uint8_t at[64];
    chosen set = options->chosen;
    *runs = 0;
    for (size_t parts = 2; set;) {
        const size_t n = members(set, at);
        parts = parts < n ? parts : n;
        bool less = false;
        for (size_t i = 0; i < parts && !less; i++) {
            const chosen rest = without(set, i, parts);
            if (rest != set && still_broken(p, options, rest, result->rule, runs)) {
                set = rest;
                less = true;
            }
        }
        if (less)
            parts = parts > 2 ? parts - 1 : 2;
        else if (parts >= n)
            break;
        else
            parts *= 2;
    }
    return set;
}

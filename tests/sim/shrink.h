/* Fewer disturbances that break the same rule. */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "life.h"

/* From those of `options`, with which `result` was broken: a set from which none can be taken. *runs: how many lives that
 * took. */
chosen shrink(const plan *plan, const life_options *options, const life_result *result, unsigned *runs);

#endif

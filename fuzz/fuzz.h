/* What all fuzz targets share: the entry point of libFuzzer, and a check that stays in every build. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(cond) ((cond) ? (void)0 : fuzz_broken(#cond, __FILE__, __LINE__))

_Noreturn static inline void fuzz_broken(const char *cond, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, cond);
    abort();
}

#endif

/* An allocator that counts, has an end, and fails when it is told. */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include "fuzz.h"

#include "diatom/base.h"

#include <string.h>

typedef struct fuzz_memory {
    size_t live, most;
    unsigned fail_in; /* the allocation to fail; 0: none */
    bool failed;      /* one did */
} fuzz_memory;

/* The function of a dia_allocator whose `arg` is a fuzz_memory. Every block moves. */
static inline void *fuzz_resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    fuzz_memory *m = arg;
    void *moved = NULL;
    must((p || !old_size) && m->live >= old_size);
    if (new_size && m->fail_in && !--m->fail_in) {
        m->failed = true;
        return NULL;
    }
    if (new_size) {
        moved = malloc(new_size);
        must(moved);
        if (p)
            memcpy(moved, p, old_size < new_size ? old_size : new_size);
    }
    free(p);
    m->live += new_size;
    m->live -= old_size;
    must(m->live <= m->most);
    return moved;
}

#endif

/* Memory of a program: there is enough, or it ends saying so. Who serves others goes on without. */
#include "memory.h"

#include "cli.h"

#include <stdio.h>
#include <string.h>

_Noreturn void cli_out_of_memory(void)
{
    fputs("diatom: out of memory\n", stderr);
    exit(CLI_FAILED);
}

void *cli_try_grow(void *p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return p;
    size_t more = *cap ? *cap : 16;
    while (more < need)
        more = more > SIZE_MAX / 2 ? need : more * 2;
    void *moved = more > SIZE_MAX / size ? NULL : realloc(p, more * size);
    if (moved)
        *cap = more;
    return moved;
}

void *cli_try_new(size_t size)
{
    return calloc(1, size);
}

char *cli_try_copy(const char *text)
{
    const size_t n = strlen(text) + 1;
    char *p = malloc(n);
    return p ? memcpy(p, text, n) : NULL;
}

static void *have(void *p)
{
    if (!p)
        cli_out_of_memory();
    return p;
}

void *cli_grow(void *p, size_t *cap, size_t need, size_t size)
{
    return need ? have(cli_try_grow(p, cap, need, size)) : p;
}

void *cli_new(size_t size)
{
    return have(cli_try_new(size));
}

char *cli_copy(const char *text)
{
    return have(cli_try_copy(text));
}

void *cli_get(dia_arena *arena, size_t n)
{
    return have(dia_arena_get0(arena, n));
}

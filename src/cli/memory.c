/* Memory of a program: there is enough, or it ends saying so. */
#include "memory.h"

#include "cli.h"

#include <stdio.h>
#include <string.h>

_Noreturn void cli_out_of_memory(void)
{
    fputs("diatom: out of memory\n", stderr);
    exit(CLI_FAILED);
}

void *cli_grow(void *p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return p;
    size_t more = *cap ? *cap : 16;
    while (more < need)
        more = more > SIZE_MAX / 2 ? need : more * 2;
    if (more > SIZE_MAX / size)
        cli_out_of_memory();
    void *moved = realloc(p, more * size);
    if (!moved)
        cli_out_of_memory();
    *cap = more;
    return moved;
}

void *cli_new(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        cli_out_of_memory();
    return p;
}

char *cli_copy(const char *text)
{
    const size_t n = strlen(text) + 1;
    return memcpy(cli_new(n), text, n);
}

void *cli_get(dia_arena *arena, size_t n)
{
    void *p = dia_arena_get0(arena, n);
    if (!p)
        cli_out_of_memory();
    return p;
}

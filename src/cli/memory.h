/* Memory of a program: there is enough, or it ends saying so. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#include <diatom/base.h>

/* Makes room for `need` elements of `size` octets at p, whose room is *cap. Never NULL. */
void *cli_grow(void *p, size_t *cap, size_t need, size_t size);

/* One cleared object. Never NULL. */
void *cli_new(size_t size);

/* A copy of a text. Never NULL. */
char *cli_copy(const char *text);

/* The same for a program that serves, and goes on without: NULL when there is no memory. What p was stays then. */
void *cli_try_grow(void *p, size_t *cap, size_t need, size_t size);
void *cli_try_new(size_t size);
char *cli_try_copy(const char *text);

/* n cleared octets of an arena. Never NULL. */
void *cli_get(dia_arena *arena, size_t n);

/* The end of a program that has no memory. */
_Noreturn void cli_out_of_memory(void);

#endif

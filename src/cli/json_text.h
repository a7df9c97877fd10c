/* A stream of JSON cut into objects. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <stdio.h>

#include <diatom/base.h>

#include "options.h"

/* Calls `object` for each outermost object, alone or in an array, with the line where it starts, until it returns false;
 * `wrong` for what is none. `line` is that of the stream's next octet. */
void cli_json_split(FILE *file, size_t line, bool (*object)(void *arg, size_t line, dia_bytes text),
                    void (*wrong)(void *arg, size_t line, const char *why), void *arg);

/* Can --json be had, where it is wanted? Asked before anything is started. 0 or CLI_USAGE. */
int cli_json_check(const cli_command *command, bool wanted);

#endif

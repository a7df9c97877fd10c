/* A stream of messages in their text form, cut into messages. */
#ifndef CLI_TEXT_SPLIT_H
#define CLI_TEXT_SPLIT_H

#include <stdio.h>

#include <diatom/base.h>

/* Calls `message` for each message, with the line at which its text begins, until it returns false. `line` is that of the
 * stream's next octet. `wrong` hears why reading ended early. */
void cli_text_split(FILE *file, size_t line, bool (*message)(void *arg, size_t line, dia_bytes text),
                    void (*wrong)(void *arg, size_t line, const char *why), void *arg);

#endif

/* Standard output of a program that serves: nobody may stop it by not reading what it prints. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <diatom/loop.h>

/* All zero is an empty one. Whoever prints through it prints by nothing else meanwhile. */
typedef struct cli_output {
    dia_loop *loop; /* NULL: everything waits */
    char *text;     /* what waits */
    size_t n, cap;
    bool waits;                             /* a timer of the loop is set */
    bool failed;                            /* nobody reads: cli_output_end() fails in the same way, and that is said */
    uint64_t dropped;                       /* texts for which there was no room, or no memory */
    uint64_t told;                          /* those of them that were told */
    void (*on_lost)(void *arg, uint64_t n); /* were dropped, and there is room again; may print. NULL: nobody is told */
    void *arg;
} cli_output;

/* Writes from now on what waits and what comes, as the loop turns; with NULL, before the loop ends, no more. */
void cli_output_begin(cli_output *output, dia_loop *loop);

/* Prints a text (copied), whole or not at all, without waiting: what standard output does not take now goes out later, also when
 * its disk was full meanwhile, and when a mebibyte waits already, or without memory, the text is dropped and counted. */
void cli_output_put(cli_output *output, const char *text, size_t n);
__attribute__((format(printf, 2, 3))) void cli_output_print(cli_output *output, const char *format, ...);

/* Hands the rest to stdio, which waits for its reader, and releases everything. */
void cli_output_end(cli_output *output);

#endif

/* Command lines: a subcommand declares its options as rows of a table, from which parsing and `--help` follow. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cli_command cli_command;

/* Several texts, views into the command line. */
typedef struct cli_texts {
    const char **v;
    size_t n;
} cli_texts;

typedef enum cli_kind {
    CLI_FLAG,   /* bool */
    CLI_TEXT,   /* const char * */
    CLI_TEXTS,  /* cli_texts: may be given several times */
    CLI_NUMBER, /* uint64_t, from min to max */
    CLI_CHOICE  /* int: which word of `argument` ("hex|raw|pcap"), counted from 1; 0: none was given */
} cli_kind;

typedef struct cli_option {
    const char *name; /* "json" for --json; NULL: the letter alone */
    char letter;      /* 'I' for -I; 0: none */
    cli_kind kind;
    size_t offset;        /* in the struct of settings */
    const char *argument; /* "FILE"; NULL for flags */
    const char *help;
    uint64_t min, max; /* of numbers */
    uint64_t standard; /* of numbers: when the option is not given */
} cli_option;

/* Options that several subcommands share are groups of their own; `offset` is where their settings stand in the
 * subcommand's. The last group has no rows. */
typedef struct cli_group {
    const char *title; /* "Options" */
    const cli_option *rows;
    size_t n;
    size_t offset;
} cli_group;
#define CLI_ROWS(rows) (rows), sizeof(rows) / sizeof((rows)[0])

/* Fills the settings and collects the operands; gives the lists: cli_options_done() releases them. 0; CLI_USAGE after one
 * sentence on standard error; -1: --help was asked for. */
int cli_options_parse(const cli_command *command, int argc, char **argv, void *settings, cli_texts *operands);
void cli_options_done(const cli_command *command, void *settings, cli_texts *operands);

/* Prints what --help prints. */
void cli_options_help(const cli_command *command);

/* One sentence on standard error: "diatom decode: <sentence>". Returns CLI_USAGE or CLI_FAILED. */
__attribute__((format(printf, 2, 3))) int cli_usage(const cli_command *command, const char *format, ...);
__attribute__((format(printf, 2, 3))) int cli_failed(const cli_command *command, const char *format, ...);

/* How many single changes turn one word into the other: for "did you mean". */
unsigned cli_distance(const char *a, const char *b);

#endif

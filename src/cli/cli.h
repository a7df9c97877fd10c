/* The room cli: the program `diatom`, one file per subcommand, over the public headers alone.
 *
 * Takes       a command line, files, and whatever the network brings
 * Gives       text, JSON, octets, generated C; an exit status
 * Owns        standard output and standard error
 * May use     include/diatom, the C library, libpcap, libexpat
 * Never sees  another room's door
 * Tests       tests/cli */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "options.h"

/* Exit statuses, the same for every subcommand. */
enum {
    CLI_OK = 0,     /* done, and everything was as it should be */
    CLI_BAD = 1,    /* a message or dictionary in the input is bad; the answer's Result-Code is no success */
    CLI_USAGE = 2,  /* the command line or a file that it names makes no sense; nothing was started */
    CLI_FAILED = 3, /* the system, or the network: no connection, no answer, output that cannot be written */
};

/* A subcommand. */
struct cli_command {
    const char *name;               /* "decode", "dict show" */
    const char *operands;           /* "[FILE...]" */
    const char *summary;            /* one line for the list of commands */
    const char *about;              /* paragraphs for --help */
    const char *examples;           /* lines for --help */
    const cli_group *groups;        /* ended by one without rows */
    size_t settings;                /* size of the struct that the rows fill, zero by default */
    int operands_min, operands_max; /* max -1: any number */
    int (*run)(const cli_command *command, void *settings, const cli_texts *operands);
    const char
        *left_out; /* what the build went without that it needs: "libuv"; then there is nothing else but the name */
};

extern const cli_command cli_agent, cli_decode, cli_encode, cli_serve, cli_send, cli_bench, cli_ctl, cli_route,
    cli_resolve;
extern const cli_command cli_dict_compile, cli_dict_check, cli_dict_format, cli_dict_flatten, cli_dict_import,
    cli_dict_show, cli_dict_search;

#endif

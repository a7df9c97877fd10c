/* What is known of a node and its peers at a moment, as text for people or JSON for programs. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <diatom/node.h>
#include <stdio.h>

/* What the node itself does not tell. */
typedef struct cli_status {
    const char *origin_host, *origin_realm;
    int64_t began_us;       /* of cli_status_clock() */
    const dia_dicts *dicts; /* for the names of commands and results */
    bool json;              /* one object on one line; docs/cli.md has its members */
} cli_status;

/* The clock of the loop, in microseconds. */
int64_t cli_status_clock(void);

void cli_status_print(FILE *to, const cli_status *status, const dia_node *node);

#endif

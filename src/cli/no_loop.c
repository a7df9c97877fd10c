/* The subcommands that talk, where the driver (libuv) was left out of the build. */
#include "cli.h"

static const cli_group groups[] = { { 0 } };

static int run(const cli_command *command, void *settings, const cli_texts *operands)
{
    (void)settings, (void)operands;
    return cli_usage(command, "this build cannot talk: libuv was left out");
}

const cli_command cli_serve = {
    .name = "serve",
    .operands = "",
    .summary = "not in this build: libuv was left out",
    .about = "Not in this build: libuv was left out.",
    .groups = groups,
    .settings = 1,
    .operands_max = -1,
    .run = run,
};

const cli_command cli_send = {
    .name = "send",
    .operands = "",
    .summary = "not in this build: libuv was left out",
    .about = "Not in this build: libuv was left out.",
    .groups = groups,
    .settings = 1,
    .operands_max = -1,
    .run = run,
};

const cli_command cli_bench = {
    .name = "bench",
    .operands = "",
    .summary = "not in this build: libuv was left out",
    .about = "Not in this build: libuv was left out.",
    .groups = groups,
    .settings = 1,
    .operands_max = -1,
    .run = run,
};

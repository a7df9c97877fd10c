/* The subcommands that talk, where the driver was left out of the build. */
#include "cli.h"

const cli_command cli_agent = { .name = "agent", .left_out = "libuv" };
const cli_command cli_route = { .name = "route", .left_out = "libuv" };
const cli_command cli_resolve = { .name = "resolve", .left_out = "libuv" };
const cli_command cli_serve = { .name = "serve", .left_out = "libuv" };
const cli_command cli_send = { .name = "send", .left_out = "libuv" };
const cli_command cli_bench = { .name = "bench", .left_out = "libuv" };

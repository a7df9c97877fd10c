/* The agent, where the reader of its configuration was left out of the build. */
#include "cli.h"

const cli_command cli_agent = { .name = "agent", .left_out = "libyaml" };
const cli_command cli_route = { .name = "route", .left_out = "libyaml" };

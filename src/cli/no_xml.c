/* `diatom dict import`, where the XML reader (libexpat) was left out. */
#include "cli.h"

static const cli_group groups[] = { { 0 } };

static int run(const cli_command *command, void *settings, const cli_texts *operands)
{
    (void)settings, (void)operands;
    return cli_usage(command, "this build cannot read XML: libexpat was left out");
}

const cli_command cli_dict_import = {
    .name = "dict import",
    .operands = "",
    .summary = "not in this build: libexpat was left out",
    .about = "Not in this build: libexpat was left out.",
    .groups = groups,
    .settings = 1,
    .operands_max = -1,
    .run = run,
};

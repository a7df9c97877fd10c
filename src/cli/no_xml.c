/* `diatom dict import`, where the XML reader was left out of the build. */
#include "cli.h"

const cli_command cli_dict_import = { .name = "dict import", .left_out = "libexpat" };

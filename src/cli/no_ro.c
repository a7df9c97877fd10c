/* Credit control, where its dictionary was left out of the build (-Ddictionaries): no server, and nothing for bench to send. */
#include "cli.h"
#include "credit.h"

const dia_dict *const cli_credit_dict = NULL;

int cli_credit_serve(cli_credit *c, dia_node *node)
{
    (void)c, (void)node;
    return DIA_ENOENT;
}

const cli_command cli_bench = { .name = "bench", .left_out = "the dictionary 'ro'" };

/* AVPs from the command line: "Name=value", "Group/Name=value". */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include <diatom/dict.h>

typedef struct cli_tree cli_tree;

cli_tree *cli_tree_new(void);
void cli_tree_free(cli_tree *tree);

/* Adds "PATH=VALUE". A component of the path is a name, CODE or VENDOR:CODE, and may end in "[2]": the third of that
 * name; without it a group is the last one of its name. A value is written as text prints it, the name of an enumerated
 * value, or octets as 0x.... False with a sentence in `why`. */
bool cli_tree_add(cli_tree *tree, const dia_dicts *dicts, uint32_t application, const char *text, char *why,
                  size_t why_size);

/* Writes all of them; Session-Id comes first. */
void cli_tree_put(const cli_tree *tree, dia_builder *b);

#endif

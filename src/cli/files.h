/* Files that the command line names. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdio.h>

#include <diatom/dict.h>

#include "options.h"

bool cli_is_stdin(const char *name);

/* Can all of them be opened? Asked before anything is started. 0 or CLI_USAGE. */
int cli_files_check(const cli_command *command, const cli_texts *files);

/* Is there a folder for what -o makes? Asked before anything is started. 0 or CLI_USAGE. */
int cli_folder_check(const cli_command *command, const char *folder);

/* Writes a file that appears when it is whole: `say` writes its text through dia_write_fn. 0; CLI_FAILED after a message.
 * The first negative error of `say` comes back as it is, without a message. */
int cli_file_write(const cli_command *command, const char *path, int (*say)(void *job, dia_write_fn *write, void *arg),
                   void *job);

/* A dia_write_fn whose argument is a FILE. */
int cli_write(void *file, const char *text, size_t n);

#endif

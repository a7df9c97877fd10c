/* Dictionaries of a run: those of the command line, then those that are built in. */
#ifndef CLI_DICTS_H
#define CLI_DICTS_H

#include "options.h"

#include <diatom/dict.h>

/* Settings of --dict, -I and --app. */
typedef struct cli_dict_options {
    cli_texts files, folders, apps;
} cli_dict_options;
extern const cli_option cli_dict_rows[3];

typedef struct cli_shelf cli_shelf;

typedef struct cli_dicts {
    dia_dicts all;      /* those of --app, those of --dict, each in their order, the built-in ones with their index */
    size_t n_apps;      /* the first so many of them are those of --app */
    const dia_dict **v; /* behind all.v */
    cli_shelf *shelf;
} cli_dicts;

/* Reads them. 0, or an exit status after a message; in any case end with cli_dicts_done(). */
int cli_dicts_load(const cli_command *command, const cli_dict_options *options, cli_dicts *out);
void cli_dicts_done(cli_dicts *dicts);

/* The dictionary that a word of the command line means: an Application-Id, or a name, file name or prefix. NULL: none. */
const dia_dict *cli_dicts_named(const dia_dicts *dicts, const char *word);

/* ---- Files ---- */

/* All .dia files of some folders, read when they are inherited from, and the built-in dictionaries. */
struct cli_shelf {
    const cli_command *command;
    dia_shelf *shelf;
    char **texts; /* of the files */
    size_t n_texts, texts_cap;
    size_t errors, warnings;
    bool compiles; /* what it reads becomes C */
    bool unread;   /* a file could not be read; that was said */
};

/* 0, or an exit status after a message: a folder cannot be read. The shelf must stay where it is. */
int cli_shelf_open(const cli_command *command, const cli_texts *folders, cli_shelf *out);
void cli_shelf_close(cli_shelf *shelf);

/* Reads a dictionary behind all that it inherits from; the shelf keeps it. 0; CLI_USAGE: the file cannot be read; CLI_BAD:
 * it has errors, all said on standard error. */
int cli_shelf_read(cli_shelf *shelf, const char *path, const dia_shelf_how *how, const dia_dict **out);

/* The whole text of a file, which the shelf keeps. 0 or CLI_USAGE. */
int cli_shelf_text(cli_shelf *shelf, const char *path, dia_bytes *text);

#endif

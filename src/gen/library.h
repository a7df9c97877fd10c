/* The .dia files that a run of diatom-gen can reach, and the dictionaries made of them. Part of the program, not of the
 * room: it opens files. */
#ifndef GEN_LIBRARY_H
#define GEN_LIBRARY_H

#include "diatom/dict.h"

typedef struct library {
    struct volume *volumes; /* the files */
    size_t n, cap;
    const dia_dict **dicts; /* those that were read, each behind those it inherits from */
    size_t n_dicts;
    const char *name, *prefix;   /* of the file asked for: NULL, or over what it says */
    const char *const *inherits; /* of the file asked for, as in dia_dict_reader */
    const char *const *replaced; /* the same, of all others */
} library;

/* All *.dia of a folder. 0, or a negative error after a message. */
int library_add_folder(library *lib, const char *folder);

/* Reads a file after all that it inherits from, which *parents are (kept until library_done). Findings go to stderr as
 * file:line:column: message. */
int library_read(library *lib, const char *path, const dia_dict **out, dia_dicts *parents);

/* Calls `say` with the path of each file that was read. */
void library_read_files(const library *lib, void (*say)(void *arg, const char *path), void *arg);

void library_done(library *lib);

#endif

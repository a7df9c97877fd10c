/* A YAML document as a tree that knows where each of its nodes stands. Stays in this folder. */
#ifndef AGENT_TREE_H
#define AGENT_TREE_H

#include "base/base.h"
#include "diatom/agent.h"

#if defined(__GNUC__)
#define AGENT_PRINTF(text, args) __attribute__((format(printf, text, args)))
#else
#define AGENT_PRINTF(text, args)
#endif

typedef enum dia_tree_kind { DIA_TREE_SCALAR, DIA_TREE_LIST, DIA_TREE_MAP } dia_tree_kind;

/* All of a document lies in one arena. */
typedef struct dia_tree {
    dia_tree_kind kind;
    bool plain;            /* a scalar without quotes: one that may be nothing */
    bool implied;          /* the key was not written: its value stands for the map */
    uint32_t line, column; /* from 1 */
    uint32_t n;            /* children */
    uint32_t index;        /* of a list's child, from 0 */
    const char *text;      /* of a scalar; never NULL there, and without NUL inside */
    struct dia_tree *up;   /* NULL: the document */
    const char *key;       /* of a map's child */
    struct dia_tree *first, *last, *next;
    uint32_t key_line, key_column;
} dia_tree;

/* ---- Mistakes (mistake.c) ---- */

/* What reads: where mistakes go, and where what was read lives. */
typedef struct dia_reading {
    dia_arena *arena;
    dia_agent_mistakes *mistakes;
    const dia_dicts *dicts;
    const char *left_out; /* as in dia_agent_options */
    const dia_allocator *alloc;
    int err; /* DIA_ENOMEM, DIA_ESPACE: what was read is not all */
} dia_reading;

/* Says what is wrong with a node: what was found, and behind "; " what is allowed. */
void dia_mistake(dia_reading *r, const dia_tree *at, const char *format, ...) AGENT_PRINTF(3, 4);

/* The same of the key of a map's child, which is the name of an unknown one. */
void dia_mistake_key(dia_reading *r, const dia_tree *at, const char *format, ...) AGENT_PRINTF(3, 4);

/* The same where there is no tree. */
void dia_mistake_at(dia_reading *r, uint32_t line, uint32_t column, const char *path, const char *format, ...)
    AGENT_PRINTF(5, 6);

/* Has anything been said of this, or of what is in it? True also where no more could be said. */
bool dia_is_mistaken(const dia_reading *r, const dia_tree *at);
/* The same of this alone, and not of what is in it. */
bool dia_is_mistaken_itself(const dia_reading *r, const dia_tree *at);

/* The text as a mistake shows it: short, and nothing that a terminal would obey. */
typedef struct dia_shown {
    char text[64];
} dia_shown;
dia_shown dia_show(const char *text);

/* The word of a list that is meant, when it is near enough. */
typedef struct dia_near {
    const char *word, *best; /* NULL: none */
    unsigned least;
} dia_near;
dia_near dia_near_begin(const char *word);
void dia_near_to(dia_near *near, const char *candidate);

/* ---- The tree (tree.c, yaml.c) ---- */

/* The value of a key in a map; NULL: it is not there, or `map` is none. */
const dia_tree *dia_tree_get(const dia_tree *map, const char *key);

/* Where a mistake about this key of a map is shown: its value, or the map. */
const dia_tree *dia_tree_of(const dia_tree *map, const char *key);

/* "routes[2].to[0].peer". Cut off where there is no room. */
void dia_tree_path(const dia_tree *at, char *to, size_t size);

/* Reads a document. NULL: it is none, and that was said; or r->err. */
const dia_tree *dia_tree_read(dia_reading *r, dia_bytes text);

/* A copy of the text in the arena; NULL with r->err. */
const char *dia_keep_text(dia_reading *r, const char *text, size_t n);
void *dia_keep(dia_reading *r, size_t n);

/* The name, or of what has none, its place: "routes[2]". NULL with r->err. */
const char *dia_keep_name(dia_reading *r, const char *what, const char *name, size_t i);

#endif

/* What one run of the generator works on: a dictionary, those it inherits from, and the C names of everything in them.
 *
 * A name is the dictionary's prefix (its @prefix; none for the base protocol; else the stem) and the specification's
 * word in lower case, every character that is no letter or digit as '_'. A word that begins with the prefix does not get
 * it twice: CC-Money is dia_cc_money. Names that are equal within a dictionary, or one of the library's, all get their
 * code or value appended: dia_x_user_data_702. */
#ifndef GEN_UNIT_H
#define GEN_UNIT_H

#include "base/base.h"
#include "dict/dict.h"
#include "gen/text.h"

/* The C names of one dictionary. Types and constants are whole names. */
typedef struct gen_names {
    const dia_dict *dict;
    const char *stem;
    const char *prefix;          /* "cc_", or "" */
    const char **avps;           /* of own and local ones: what follows dia_def_<stem>_ and dia_group_<stem>_ */
    const char **groups;         /* of own ones: the struct, "dia_cc_money"; NULL when it has none */
    const char **codes;          /* of own ones: "DIA_AVP_CC_MONEY" */
    const char ***values;        /* of own and local ones, each value: its constant; NULL: an inherited value */
    const char **commands;       /* the struct, "dia_ro_ccr" */
    const char **command_macros; /* "DIA_COMMAND_RO_CCR" */
} gen_names;

/* Where a definition or a group is at home. */
typedef struct gen_place {
    const gen_names *in;
    uint32_t index; /* of the AVP */
} gen_place;

typedef struct gen_unit {
    gen_text text;
    dia_arena arena;
    const dia_dict *dict;
    gen_names *names; /* dict's first, then those of the dictionaries it inherits from */
    size_t n_names;   /* dict's included */
    dia_map places;   /* addresses of definitions and groups to their places */
} gen_unit;

/* Gives names to everything. 0, or DIA_ENOMEM. In any case end with gen_done(). */
int gen_init(gen_unit *u, const dia_dict *dict, const dia_dicts *dicts, dia_write_fn *write, void *arg);
void gen_done(gen_unit *u);

/* The place of a definition, of a group's grammar. NULL: in no dictionary that is known. */
const gen_place *gen_avp(const gen_unit *u, const dia_avp_def *avp);
const gen_place *gen_group(const gen_unit *u, const dia_grammar *group);

/* What the constants of an AVP's values begin with: "DIA_CC_REQUEST_TYPE_". */
const char *gen_constants_of(gen_unit *u, const gen_place *at);

/* Does the text of `dict` need the header of this other dictionary? */
bool gen_needs(const gen_unit *u, const gen_names *other);

/* The members of a grammar's struct, by field. NULL: the field has none. */
const char **gen_members(gen_unit *u, const dia_grammar *grammar);

/* A word as a C identifier that can stand alone, such as a parameter: not a keyword and not one of `taken` (blanks
 * around each). */
const char *gen_word(dia_arena *arena, const char *word, const char *taken);

/* As an identifier, in upper and in lower case. */
const char *gen_upper(dia_arena *arena, const char *s);
const char *gen_lower(dia_arena *arena, const char *s);

/* All commands: those of the array, then the answer-message when it stands outside. */
uint32_t gen_commands(const dia_dict *dict);
const dia_command *gen_command(const dia_dict *dict, uint32_t i);

#endif

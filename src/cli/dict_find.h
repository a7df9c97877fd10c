/* What a word means in dictionaries: applications, commands, AVPs and values that have it as a name, a part of one, an
 * alias or a code. */
#ifndef CLI_DICT_FIND_H
#define CLI_DICT_FIND_H

#include "dicts.h"

#include <stdio.h>

/* A word of the command line: "rating", "443", "0x1bb", "10415:873", "10415:Service-Information". */
typedef struct cli_word {
    const char *text;
    char name[64]; /* in lower case, without separators; empty: it is a number alone */
    bool is_code, has_vendor;
    uint32_t code, vendor;
} cli_word;

/* False: there is nothing in it to look for. */
bool cli_word_parse(const char *text, cli_word *out);

typedef enum cli_thing { CLI_APPLICATION, CLI_COMMAND, CLI_AVP, CLI_VALUE } cli_thing;

/* How well it fits: the whole name, alias or code; the start of a name; of a word in it; some part. */
typedef enum cli_rank { CLI_WHOLE, CLI_START, CLI_WORD, CLI_PART, CLI_NOTHING } cli_rank;

typedef struct cli_hit {
    cli_rank rank;
    cli_thing thing;
    const char *name;
    const char *alias; /* by which it was found; NULL: by name or code */
    const dia_dict *dict;
    const dia_command *command;
    const dia_avp_def *avp; /* also of a value */
    const dia_value *value;
    size_t order; /* of finding */
} cli_hit;

typedef struct cli_hits {
    cli_hit *v;
    size_t n, cap;
} cli_hits;

/* All hits, the best first; with --app in that dictionary and what it inherits, else in all. `whole`: only whole names and
 * codes. What several dictionaries say alike counts once. */
void cli_find(const cli_dicts *dicts, const cli_word *word, bool whole, cli_hits *out);

/* Prints the first n, a line each, in columns. */
void cli_hits_print(const cli_hits *hits, size_t n);

/* An object a line. */
void cli_hits_print_json(const cli_hits *hits, size_t n);

/* "VM", "-". */
const char *cli_avp_flags(const dia_avp_def *avp, char to[4]);

/* "873", "10415:873". */
const char *cli_avp_code(const dia_avp_def *avp, char to[24]);

/* The vendor whose Experimental-Result a value of this AVP belongs to, as `dict` defines it: Experimental-Result-Codes are
 * counted by each vendor (RFC 6733, 7.6). 0: values of this AVP have no vendor. */
uint32_t cli_value_vendor(const dia_avp_def *avp, const dia_dict *dict);

/* "RFC 8506, 8.2", "RFC 8506", "section 8.2", "". */
const char *cli_source(const char *document, const char *section, char *to, size_t size);

#endif

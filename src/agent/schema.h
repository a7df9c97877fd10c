/* The language of the configuration as tables: a map of YAML is a schema, a key of it a row. From one table come reading, the
 * sentences about mistakes, comparison and the reference. Stays in this folder. */
#ifndef AGENT_SCHEMA_H
#define AGENT_SCHEMA_H

#include "agent/tree.h"

typedef struct dia_schema dia_schema;

/* What a field is, and the C type that it is read into. With DIA_KEY_LIST it is DIA_AGENT_LIST of that. */
typedef enum dia_key_kind {
    DIA_KEY_TEXT,        /* const char *, min to max octets */
    DIA_KEY_IDENTITY,    /* const char *: a DiameterIdentity */
    DIA_KEY_HOST,        /* const char *: one that is no address */
    DIA_KEY_NAMES,       /* const char *: an identity, "*." and an identity, or "*" */
    DIA_KEY_PATTERN,     /* const char *: of dia_node_config.allow */
    DIA_KEY_URI,         /* const char *: a DiameterURI */
    DIA_KEY_PLACE,       /* const char *: a DiameterURI, or a host with a port or without */
    DIA_KEY_ADDRESS,     /* const char *: IPv4 or IPv6 */
    DIA_KEY_ENDPOINT,    /* const char *: address and port */
    DIA_KEY_SERVER,      /* const char *: address, with or without a port */
    DIA_KEY_DIGITS,      /* const char *: a prefix of digits, or two with "-" between them */
    DIA_KEY_AVP,         /* const char *: a path to an AVP */
    DIA_KEY_BOOL,        /* bool */
    DIA_KEY_NUMBER,      /* uint32_t, min to max */
    DIA_KEY_OCTAL,       /* uint32_t: permissions of a file */
    DIA_KEY_DURATION,    /* uint32_t: milliseconds, min to max */
    DIA_KEY_SECONDS,     /* uint32_t: seconds, min to max; written as a duration */
    DIA_KEY_SIZE,        /* size_t: octets, min to max */
    DIA_KEY_SIZE32,      /* uint32_t: octets */
    DIA_KEY_INTEGER,     /* int64_t */
    DIA_KEY_RATE,        /* uint32_t: a second */
    DIA_KEY_WORD,        /* int: the value of one of `words` */
    DIA_KEY_RESULT,      /* uint32_t: a Result-Code, by number or name, min to max */
    DIA_KEY_APPLICATION, /* dia_agent_application */
    DIA_KEY_COMMAND,     /* dia_agent_command */
    DIA_KEY_MAP,         /* a struct, as `sub` has it; its first member is const dia_tree *at, NULL: it is not there */
    DIA_KEY_NAMED,       /* a list of structs from a map with names for keys; their second member is const char *name */
} dia_key_kind;

enum { DIA_KEY_REQUIRED = 1, DIA_KEY_LIST = 2 };

typedef struct dia_key_word {
    const char *word; /* NULL: the end */
    int value;
    const char *help;
} dia_key_word;

typedef struct dia_key {
    const char *key;
    dia_key_kind kind;
    unsigned flags;
    size_t offset; /* in the schema's struct */
    const char *help;
    const char *standard;  /* what it is when it is not there, as the text would say it; NULL: zero */
    const char *otherwise; /* for the reference, where no text can say it */
    uint64_t min, max;     /* max 0: no bounds but the type's */
    const dia_key_word *words;
    const dia_schema *sub;
} dia_key;

struct dia_schema {
    const char *name;   /* in the reference: "request, answer" */
    const char *anchor; /* of that as a heading: "request-answer" */
    const char *about;  /* sentences */
    const dia_key *keys;
    size_t n;
    size_t size;           /* of the struct */
    const char *shorthand; /* a single value stands for a map with this key alone; NULL: none */
    bool is_whole;         /* its lists of maps may be long */
};
#define DIA_KEYS(rows) (rows), sizeof(rows) / sizeof((rows)[0])

/* Of any kind: all lists look alike. */
#define DIA_AGENT_LIST(type)                                                                                           \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n;                                                                                                      \
    }
typedef DIA_AGENT_LIST(const char *) dia_agent_texts;
typedef DIA_AGENT_LIST(uint32_t) dia_agent_numbers;

typedef struct dia_agent_application {
    uint32_t id;
    const dia_dict *dict; /* NULL: the relay application, or one that no dictionary knows */
    const dia_tree *at;
} dia_agent_application;

typedef struct dia_agent_command {
    uint32_t code;
    const dia_tree *at;
} dia_agent_command;

/* Fills the struct of a schema from a map; what is wrong was said. */
void dia_schema_read(dia_reading *r, const dia_schema *schema, const dia_tree *map, void *to);

/* Do two structs say the same? Where they were read does not count. */
bool dia_schema_same(const dia_schema *schema, const void *a, const void *b);

/* One value of a list or a list of one: the size of its type. */
size_t dia_key_size(const dia_key *field);

/* ---- Single values (scalar.c) ---- */

/* Reads one; false: it was said what is wrong. `to` is of the field's type. */
bool dia_scalar_read(dia_reading *r, const dia_key *field, const dia_tree *at, void *to);

/* "a duration from 6s to 1h, such as 30s": what is allowed. */
void dia_key_allowed(const dia_key *field, char *to, size_t size);

#endif

/* The syntax tree of one .dia file, with its comments, and the scanner and parser that make it. Private to the room.
 *
 * Everything lives in one arena; texts are views into the file. */
#ifndef DICT_AST_H
#define DICT_AST_H

#include "dict/dict.h"
#include "dict/issue.h"

/* Bounds of what is read; beyond them the reader gives DIA_ESPACE. */
enum {
    DICT_TEXT_MAX = 16 << 20,
    DICT_NAME_MAX = 255,
    DICT_FIELDS_MAX = 2000,   /* references in one body */
    DICT_ITEMS_MAX = 1000000, /* definitions, values and references in one file */
    DICT_COMMANDS_MAX = 10000,
    DICT_AVPS_MAX = 65000,    /* inherited ones included: tables index them with 16 bits */
    DICT_INHERITS_MAX = 1000, /* sections of one file */
    DICT_INHERIT_DEPTH_MAX = 32,
};

typedef enum dict_section {
    SECTION_ID,
    SECTION_NAME,
    SECTION_PREFIX,
    SECTION_VENDOR,
    SECTION_INHERITS,
    SECTION_CODECS,
    SECTION_CUSTOM_TYPES,
    SECTION_AVP_TYPES,
    SECTION_AVP_VENDOR_ID,
    SECTION_MESSAGES,
    SECTION_GROUPED,
    SECTION_ENUM,
    SECTION_DEFINE,
    SECTIONS,
    SECTION_UNKNOWN = SECTIONS
} dict_section;

/* The word behind the "@". */
const char *dict_section_name(dict_section section);

/* ---- Tokens ---- */

typedef enum dict_token_kind {
    TOKEN_END, /* of the file, or @end */
    TOKEN_SECTION,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_PUNCTUATION, /* text is the character */
    TOKEN_BECOMES,     /* ::= */
    TOKEN_ANSWER_MESSAGE,
    TOKEN_CODE,
    TOKEN_AVP,
    TOKEN_AVP_HEADER,
    TOKEN_DIAMETER,
    TOKEN_DIAMETER_HEADER,
    TOKEN_HEADER,
    TOKEN_REQ,
    TOKEN_PXY,
    TOKEN_ERR
} dict_token_kind;

typedef struct dict_token {
    dict_token_kind kind;
    dict_section section;
    dict_spot at;
    dia_bytes text;  /* of a quoted word without its quotes */
    uint64_t number; /* UINT64_MAX: that or more */
    bool first;      /* on its line */
    bool blank;      /* an empty line stands before it */
} dict_token;

/* A comment, from its ";" to the last octet that is not blank. */
typedef struct ast_comment {
    struct ast_comment *next;
    dia_bytes text;
    dict_spot at;
    bool alone; /* on its line */
    bool blank; /* an empty line stands before it */
} ast_comment;

typedef struct ast_comments {
    ast_comment *first, *last;
} ast_comments;

typedef struct dict_scan {
    const uint8_t *at, *end, *line_start;
    uint32_t line;
    bool in_line;          /* a token stands on this line already */
    uint32_t newlines;     /* since the last token or comment */
    dict_issues *issues;   /* NULL: findings are dropped */
    ast_comments comments; /* collected when `issues` gives an arena */
    uint32_t n_comments;
    bool broken; /* something was found that is no token */
} dict_scan;

void dict_scan_init(dict_scan *scan, dia_bytes text, dict_issues *issues);

/* The next token. What starts no token is reported and skipped. */
dict_token dict_scan_next(dict_scan *scan);

/* ---- The tree ---- */

typedef struct dict_word {
    dia_bytes text; /* absent: not written */
    dict_spot at;
} dict_word;

typedef struct dict_number {
    uint64_t value; /* UINT64_MAX: that or more */
    dict_spot at;
    bool given;
    bool negative;
} dict_number;

typedef enum ast_kind { AST_SECTION, AST_AVP, AST_NAME, AST_VALUE, AST_BODY, AST_REF } ast_kind;

/* What all nodes begin with. */
typedef struct ast_item {
    ast_kind kind;
    dict_spot at;
    struct ast_item *next;  /* of the same list */
    struct ast_item *later; /* in the order of the file, whatever the nesting */
    ast_comments lead;      /* comments on lines of their own before it */
    ast_comment *trail;     /* the comment behind it, on one of its lines */
    bool blank;             /* an empty line stands before it */
} ast_item;

typedef struct ast_list {
    ast_item *first, *last;
    uint32_t n;
} ast_list;

/* for (AST_EACH(ast_avp, avp, section->list)) */
#define AST_EACH(type, it, list)                                                                                       \
    const type *it = (const type *)(list).first;                                                                       \
    it;                                                                                                                \
    it = (const type *)it->item.next

typedef struct ast_section {
    ast_item item;
    dict_section section;
    dict_number number; /* @id, @vendor, @avp_vendor_id */
    dict_word word;     /* @name, @prefix, @vendor; the module, or the AVP of @enum and @define */
    ast_list list;      /* ast_avp, ast_name, ast_value or ast_body */
} ast_section;

typedef struct ast_avp {
    ast_item item;
    dict_word name, type, flags; /* flags "-" are empty */
    dict_number code;
} ast_avp;

/* A name in @inherits, @avp_vendor_id, @custom_types or @codecs; or a bit of a command's header. */
typedef struct ast_name {
    ast_item item;
    dict_word name;
} ast_name;

typedef struct ast_value {
    ast_item item;
    dict_word name;
    dict_number value;
} ast_value;

/* A command or a group. */
typedef struct ast_body {
    ast_item item;
    dict_word name;
    bool answer_message;
    dict_number code;
    dict_number extra; /* the Application-Id of a command, the Vendor-Id of a group */
    ast_list bits;     /* ast_name: REQ, PXY, ERR */
    ast_list refs;     /* ast_ref */
} ast_body;

typedef struct ast_ref {
    ast_item item;
    dict_word name;
    bool any;     /* AVP */
    char bracket; /* '<', '{' or '[' */
    bool star;
    dict_number min, max;
} ast_ref;

typedef struct ast_file {
    ast_list sections;
    ast_item *first, *last; /* all items in the order of the file */
    ast_comments tail;      /* comments behind the last item */
    bool ended;             /* by @end */
    dia_bytes rest;         /* what stands behind @end */
    bool broken;            /* errors of scanner or parser: parts are missing */
} ast_file;

/* Reads the file; errors are reported, and what can be understood is in *out. Memory comes from the arena of
 * `issues`; its err says when it gave none. */
void dict_parse(dia_bytes text, dict_issues *issues, ast_file *out);

/* The arity of a reference, as section 4 of the language says. max DIA_MANY: no bound. */
void ast_arity(const ast_ref *ref, uint16_t *min, uint16_t *max);

/* ---- Annotations: ";! key=value key="two words"" behind a definition; single quotes do as well ---- */

typedef struct ast_note {
    const uint8_t *at, *end;
    dict_spot spot; /* of `key` */
    dict_spot from; /* of `at` */
    dia_bytes key, value;
} ast_note;

/* A cursor over the annotation behind the item; nothing when there is none. */
ast_note ast_note_of(const ast_item *item);

/* Steps to the next pair. A word without "=" has an absent value. */
bool ast_note_next(ast_note *note);

/* Is it an annotation (";!")? */
bool ast_comment_is_note(const ast_comment *comment);

#endif

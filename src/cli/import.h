/* Dictionaries in XML on their way to .dia files: what was read, and where it will stand.
 *
 * Two forms are read: that of go-diameter and diameter-rs (<diameter>), and that of Wireshark (<dictionary>). Both become
 * the same model; it is settled (names, references, who stands in which file), and written. Everything lives in one arena. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "xml.h"

#include <diatom/dict.h>

/* Bounds of a model; the language's reader has some of its own. */
enum {
    IMPORT_AVPS_MAX = 20000,
    IMPORT_COMMANDS_MAX = 5000,
    IMPORT_FILES_MAX = 400,
    IMPORT_RULES_MAX = 1500,
    IMPORT_TYPES_MAX = 200
};

#define IMPORT_MANY UINT32_MAX

/* A comment of the file to come. */
typedef struct import_note {
    const char *text;
    struct import_note *next;
} import_note;

typedef struct import_notes {
    import_note *first, *last;
} import_notes;

typedef struct import_value {
    const char *name; /* a word of the language */
    uint32_t value;
    struct import_value *next;
} import_value;

struct import_avp;

/* An AVP in a command or a group. */
typedef struct import_rule {
    const xml_element *at;
    const char *name;        /* as the source has it; NULL: any AVP */
    struct import_avp *avp;  /* what that is; NULL: any, or not known */
    struct import_avp *user; /* the group it stands in; NULL: a command */
    uint32_t min, max;
    bool fixed, required;
    bool left_out; /* a note says why */
    struct import_rule *next, *next_use;
} import_rule;

typedef struct import_body {
    import_rule *first, *last;
    uint32_t n;
    import_notes notes;
} import_body;

typedef struct import_avp {
    const xml_element *at;
    const char *source; /* its name there */
    const char *name;   /* a word of the language */
    uint32_t code, vendor;
    const char *type; /* of the language */
    bool m, p;
    const char *m_rule; /* "must", ...; NULL: unknown */
    import_value *values, *last_value;
    import_body body; /* of a Grouped one */
    import_notes notes;
    uint32_t application; /* where it was defined, in go-diameter's form */
    struct import_file *file;
    struct import_avp *same;  /* not NULL: another definition stands for it */
    const dia_dict *built_in; /* not NULL: it is inherited from there */
    import_rule *uses;        /* where it is named */
    bool marked;
    uint32_t waiting; /* groups that it requires */
    struct import_avp *next, *next_name, *next_code;
} import_avp;

typedef struct import_command {
    const xml_element *at;
    const char *request, *answer; /* their names */
    const char *long_request, *long_answer;
    uint32_t code;
    import_body bodies[2]; /* request, answer */
    import_notes notes;
    struct import_command *next;
} import_command;

typedef struct import_application {
    const xml_element *at;
    uint32_t id;
    const char *name; /* NULL: none */
    const char *kind; /* "auth", "acct"; NULL: unknown */
    uint32_t vendor;
    const char *vendor_name;
    import_command *commands, *last_command;
    uint32_t n_commands;
    bool has_avps;
    struct import_file *file;
    struct import_application *next;
} import_application;

/* A file to come. */
typedef struct import_file {
    const char *name;
    const char *about; /* a sentence */
    uint32_t vendor;
    const char *vendor_name;               /* a word; NULL: no @vendor */
    const import_application *application; /* NULL: AVPs alone */
    import_avp **avps;
    size_t n, cap;
    import_avp **inherited; /* in the order in which they are needed */
    size_t n_inherited, cap_inherited;
    import_avp **names; /* both, by their names: a hash */
    size_t n_names, cap_names;
    import_notes notes;
    bool *whole; /* by rank: of these files it inherits everything; NULL: of none */
    uint32_t rank;
    struct import_file *next;
} import_file;

/* A vendor of Wireshark's form. */
typedef struct import_vendor {
    const char *id, *name;
    uint32_t code;
    struct import_vendor *next;
} import_vendor;

enum { IMPORT_BUCKETS = 16384 };

typedef struct import {
    dia_arena *arena;
    const dia_dicts *built_in;
    void (*report)(void *arg, const char *file, unsigned long line, const char *kind,
                   const char *text); /* as xml_reader */
    void *arg;
    const char *origin; /* the name of the first XML file */
    bool wireshark;     /* the form; the other is go-diameter's */
    bool new_only;
    bool bad; /* nothing can be written; said */
    import_avp *avps, *last_avp;
    size_t n_avps, n_commands;
    import_application *applications, *last_application;
    import_vendor *vendors, *last_vendor;
    size_t n_vendors;
    const xml_element *typedefs[IMPORT_TYPES_MAX];
    size_t n_typedefs, n_applications;
    import_file *files, *last_file;
    size_t n_files;
    import_avp *by_name[IMPORT_BUCKETS], *by_code[IMPORT_BUCKETS];
} import;

/* ---- Reading: one call for each XML file, all of one form ---- */

void import_go(import *im, const xml_element *root);
void import_wireshark(import *im, const xml_element *root);

/* ---- Settling and writing ---- */

/* After the last file: names become unique, references point somewhere, everything finds its file. */
void import_settle(import *im);

/* Part of it (import_place.c): makes the files, and says of each AVP where it stands. */
void import_place_go(import *im);
void import_place_wireshark(import *im);

/* The text of a file. */
int import_write(const import *im, const import_file *file, dia_write_fn *write, void *arg);

/* Does anything stand in it? */
bool import_is_empty(const import_file *file);

/* ---- What reading and settling share (import.c) ---- */

/* A note for the output; with a warning on standard error as well. */
__attribute__((format(printf, 3, 4))) void import_note_to(import *im, import_notes *to, const char *format, ...);
__attribute__((format(printf, 4, 5))) void import_warn(import *im, import_notes *to, const xml_element *at,
                                                       const char *format, ...);
/* A mistake with which nothing is written. */
__attribute__((format(printf, 3, 4))) void import_fail(import *im, const xml_element *at, const char *format, ...);

/* A text in the arena. */
__attribute__((format(printf, 2, 3))) const char *import_text(import *im, const char *format, ...);

/* What the language can have as a name: other characters become `joiner`. */
const char *import_word(import *im, const char *text, char joiner);

/* The attribute as a number of 32 bits; negative ones wrap. False: there is none, or it is no number. */
bool import_number(const xml_element *element, const char *attribute, uint32_t *out);

import_application *import_application_of(import *im, const xml_element *at, uint32_t id);
import_avp *import_add_avp(import *im, const xml_element *at, const char *name, uint32_t code, uint32_t vendor);
void import_add_value(import *im, import_avp *avp, const xml_element *at, const char *name, uint32_t value);
import_rule *import_add_rule(import *im, import_body *body, const xml_element *at, const char *name);
import_command *import_add_command(import *im, import_application *application, const xml_element *at, uint32_t code);

/* An element that has no meaning where it stands. */
void import_stranger(import *im, const xml_element *element);

/* The data types of the language. */
bool import_is_type(const char *name);

/* Definitions by the name of the source, by their code: a bucket's first, more by next_name and next_code; compare. */
import_avp *import_first_named(const import *im, const char *source);
import_avp *import_first_coded(const import *im, uint32_t code, uint32_t vendor);

/* The definition that stands for this one. */
import_avp *import_root(import_avp *avp);

/* The built-in AVP of this code, and in *dict (may be NULL) the dictionary whose own it is. NULL: none. */
const dia_avp_def *import_built_in(const import *im, uint32_t code, uint32_t vendor, const dia_dict **dict);

#endif

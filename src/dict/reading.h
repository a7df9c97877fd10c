/* One file on its way from syntax tree to dictionary: its names, its imports, its findings. Private to the room.
 *
 * The steps, in their order (read.c): dict_parse, dict_check_file, dict_import, dict_check_names, dict_build. Each
 * reports what it finds; the next ones go on with what is sound, so that one run shows all errors. */
#ifndef DICT_READING_H
#define DICT_READING_H

#include "dict/ast.h"
#include "dict/table.h"

/* A definition that was imported, one of several equal ones that came by different routes. */
typedef struct dict_route {
    const struct dict_route *next;
    const dia_avp_def *avp;
} dict_route;

/* A section @enum or @define of an AVP. */
typedef struct dict_values {
    struct dict_values *next;
    const ast_section *section;
} dict_values;

/* What a name of an AVP means in the file. Definitions are the first ones; second ones are errors. */
typedef struct dict_symbol {
    dia_bytes name;
    const ast_avp *own;                 /* @avp_types */
    const ast_body *group;              /* @grouped */
    const ast_section *vendor;          /* @avp_vendor_id that names it */
    const ast_name *vendor_name;        /* and where */
    const ast_name *codec;              /* @custom_types or @codecs */
    const ast_section *codecs;          /* the section where that stands */
    const ast_name *requested;          /* @inherits by name */
    const ast_section *define;          /* the first @define */
    dict_values *values, **last_values; /* all of @enum and @define, in the order of the file */
    const dia_avp_def *imported;        /* NULL: not imported */
    const dict_route *routes;           /* the other definitions that are the same */
    dict_spot imported_at;
    bool imported_direct;             /* stands in the @avp_types of the file that is inherited */
    struct dict_symbol *next_import;  /* in the order of import */
    const ast_body *seen;             /* the body in which it was referenced last */
    struct dict_symbol *next_on_path; /* while looking for recursion */
    const ast_item *path_ref;
    uint8_t path_state;
    dia_avp_def *made;      /* the definition that this file's tables hold: own, or a copy of an inherited one */
    const dia_avp_def *def; /* made, or imported */
} dict_symbol;

/* One @inherits that counts, after the reader's options. */
typedef struct dict_inherit {
    struct dict_inherit *next;
    dia_bytes module;
    dict_spot at;
    const ast_name *names; /* NULL: everything */
} dict_inherit;

typedef struct dict_reading {
    const dia_dict_reader *reader;
    struct dict_reads *reads; /* what the files of one run share */
    dia_arena *arena;         /* for what is gone when the file is read */
    const ast_file *ast;
    const struct dict_reading *up; /* the file that inherits this one */
    dia_bytes module;              /* what it is called there; absent in the first file */
    dia_bytes name_text;           /* of @name, or of the file */
    bool incomplete; /* parts of the file or of what it inherits could not be read: absence proves nothing */
    dict_issues issues;
    dict_table symbols;                             /* name -> dict_symbol */
    dict_table commands;                            /* name -> ast_body */
    dict_table command_codes;                       /* code and R -> ast_body */
    dict_table values;                              /* AVP and value name -> ast_value */
    dict_table codes;                               /* code and vendor -> dict_symbol, of the file's own AVPs */
    const ast_section *id, *name, *prefix, *vendor; /* the first of each */
    dict_inherit *inherits;
    dict_symbol *imports, *last_import;
    uint32_t n_own, n_imports;
    struct dia_dict_loaded *loaded; /* what becomes of it */
} dict_reading;

/* A dictionary that was read at run time: the tables, and what they stand on. */
typedef struct dia_dict_loaded dia_dict_loaded;

dict_symbol *dict_symbol_get(const dict_reading *r, dia_bytes name);

/* The same, made when there is none. NULL when out of memory. */
dict_symbol *dict_symbol_put(dict_reading *r, dia_bytes name);

/* The type of this name; DIA_TYPES when there is none. */
dia_type dict_type_of(dia_bytes name);

bool dict_has_flag(const ast_avp *avp, char flag);

/* The Vendor-Id of one of the file's own AVPs: of @avp_vendor_id, of its group's header, of @vendor. 0: none. Above 32 bits
 * only where that was reported. */
uint64_t dict_own_vendor(const dict_reading *r, const dict_symbol *symbol);

/* Fills in the symbols and reports all that can be seen without what is inherited. */
void dict_check_file(dict_reading *r);

/* Reports what is missing or clashes after dict_import(). */
void dict_check_names(dict_reading *r);

/* Applies the reader's options to the file's @inherits. */
void dict_inherits(dict_reading *r);

/* Fills in what is inherited. DIA_ENOMEM or the like; findings are reported. */
int dict_import(dict_reading *r);

/* Makes the tables in the arena of r->loaded. */
int dict_build(dict_reading *r);

/* annotate.c: a C string in the tables' arena; NULL for an absent view, and when there is no memory. */
const char *dict_string(dict_reading *r, dia_bytes text);

/* codec.c: the codec of this name among those of the reader; NULL: none. */
const dia_codec_named *dict_codec_named(const dia_dict_reader *reader, dia_bytes name);

/* What the annotation behind `item` says. `document` is that of all AVPs which say nothing else. */
void dict_annotate_id(dict_reading *r, const ast_item *item, dia_dict *dict);
void dict_annotate_name(dict_reading *r, const ast_item *item, dia_dict *dict, const char **document);
void dict_annotate_avp(dict_reading *r, const ast_item *item, dia_avp_def *avp);
void dict_annotate_command(dict_reading *r, const ast_item *item, dia_command *command);
void dict_annotate_group(dict_reading *r, const ast_item *item);

/* read.c: the dictionary that @inherits calls `name`, read when it was not yet; NULL after a finding. It stays
 * referenced by r->loaded. */
const dia_dict *dict_load(dict_reading *r, dia_bytes name, dict_spot at);

struct dia_dict_loaded {
    dia_dict dict;
    dia_arena arena;
    const dia_allocator *alloc;
    struct dict_parent *parents; /* in the arena */
    _Atomic uint32_t references;
};

#endif

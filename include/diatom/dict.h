/* Dictionaries: what codes mean, and the one engine that they drive.
 *
 * A dictionary is const tables, made by the compiler (`diatom dict compile`, headers diatom/app/<name>.h) or read at run
 * time from a .dia file. Both look alike to everything below: look-up, struct <-> octets, rules, text.
 * Tables are plain data and may be shared by any number of threads. */
#ifndef DIATOM_DICT_H
#define DIATOM_DICT_H

#include "diatom/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values in structs ---- */

/* An optional number. Written `.x = DIA_U32(5)`; left out it is absent. */
typedef struct dia_opt_u32 {
    uint32_t value;
    bool set;
    uint8_t reserved[3];
} dia_opt_u32;
typedef struct dia_opt_i32 {
    int32_t value;
    bool set;
    uint8_t reserved[3];
} dia_opt_i32;
typedef struct dia_opt_f32 {
    float value;
    bool set;
    uint8_t reserved[3];
} dia_opt_f32;
typedef struct dia_opt_u64 {
    uint64_t value;
    bool set;
    uint8_t reserved[7];
} dia_opt_u64;
typedef struct dia_opt_i64 {
    int64_t value;
    bool set;
    uint8_t reserved[7];
} dia_opt_i64;
typedef struct dia_opt_f64 {
    double value;
    bool set;
    uint8_t reserved[7];
} dia_opt_f64;

#ifdef __cplusplus
#define DIA_OPT_(type, v) (type{ (v), true, {} })
#else
#define DIA_OPT_(type, v) ((type){ .value = (v), .set = true })
#endif
#define DIA_U32(v) DIA_OPT_(dia_opt_u32, v)
#define DIA_I32(v) DIA_OPT_(dia_opt_i32, v) /* also Enumerated */
#define DIA_F32(v) DIA_OPT_(dia_opt_f32, v)
#define DIA_U64(v) DIA_OPT_(dia_opt_u64, v)
#define DIA_I64(v) DIA_OPT_(dia_opt_i64, v) /* also Time, in seconds since 1970 */
#define DIA_F64(v) DIA_OPT_(dia_opt_f64, v)

/* A repeated AVP: `n` values at `v`, kept. Written `.x = DIA_LIST(array)`. Grouped AVPs have lists of their own with the
 * same two members (dia_ro_ps_information_list). */
#define DIA_LIST_OF_(name, type)                                                                                       \
    typedef struct name {                                                                                              \
        const type *v;                                                                                                 \
        size_t n;                                                                                                      \
    } name
DIA_LIST_OF_(dia_u32_list, uint32_t);
DIA_LIST_OF_(dia_i32_list, int32_t);
DIA_LIST_OF_(dia_f32_list, float);
DIA_LIST_OF_(dia_u64_list, uint64_t);
DIA_LIST_OF_(dia_i64_list, int64_t);
DIA_LIST_OF_(dia_f64_list, double);
DIA_LIST_OF_(dia_bytes_list, dia_bytes);
DIA_LIST_OF_(dia_address_list, dia_address);
DIA_LIST_OF_(dia_avp_list, dia_avp);
#define DIA_LIST(array)                                                                                                \
    {                                                                                                                  \
        (array), sizeof(array) / sizeof((array)[0])                                                                    \
    }

/* ---- Tables ---- */

/* The layout of everything in this section. The engine refuses tables of another format (DIA_EVERSION). */
enum { DIA_TABLE_FORMAT = 2 };

/* Data types (RFC 6733, 4.2 to 4.4). */
typedef enum dia_type {
    DIA_TYPE_OCTET_STRING,
    DIA_TYPE_INTEGER32,
    DIA_TYPE_INTEGER64,
    DIA_TYPE_UNSIGNED32,
    DIA_TYPE_UNSIGNED64,
    DIA_TYPE_FLOAT32,
    DIA_TYPE_FLOAT64,
    DIA_TYPE_GROUPED,
    DIA_TYPE_ENUMERATED,
    DIA_TYPE_ADDRESS,
    DIA_TYPE_TIME,
    DIA_TYPE_UTF8_STRING,
    DIA_TYPE_IDENTITY,
    DIA_TYPE_URI,
    DIA_TYPE_IP_FILTER_RULE,
    DIA_TYPE_QOS_FILTER_RULE,
    DIA_TYPES
} dia_type;

/* The name in a dictionary ("DiameterIdentity"). */
const char *dia_type_name(dia_type type);

/* A named value. */
typedef struct dia_value {
    int64_t value; /* signed 32 bits for Enumerated */
    const char *name;
} dia_value;

/* The flag rule of an AVP's M bit (RFC 6733, 4.5). */
typedef enum dia_m_rule { DIA_M_UNKNOWN, DIA_M_MUST, DIA_M_MAY, DIA_M_MUST_NOT } dia_m_rule;

struct dia_grammar;
struct dia_codec;

/* Who translates the values of an AVP: what @codecs and @custom_types say (dia_codec). */
typedef struct dia_hook {
    const char *module;            /* the name of the codec */
    const char *function;          /* @custom_types: the name of the AVP; @codecs: that of its type */
    const struct dia_codec *codec; /* NULL: nobody has it, values have their declared type */
    bool custom;                   /* @custom_types, not @codecs */
} dia_hook;

/* What one AVP is. */
typedef struct dia_avp_def {
    const char *name; /* "Session-Id" */
    uint32_t code;
    uint32_t vendor; /* 0: none */
    uint8_t type;    /* dia_type */
    uint8_t flags;   /* DIA_AVP_V | M | P: set when we send it */
    uint8_t m_rule;  /* dia_m_rule */
    uint8_t reserved;
    uint32_t n_values;
    const dia_value *values;         /* by value, smallest first; NULL: none */
    const struct dia_grammar *group; /* components of a Grouped AVP; NULL when not known */
    const char *document;            /* "RFC 8506"; NULL: unknown */
    const char *section;             /* "8.2"; NULL: unknown */
    const dia_hook *hook;            /* NULL: values are on the wire as RFC 6733 has them */
    const char *const *aliases;      /* other names by which people know it; NULL-terminated, or NULL */
} dia_avp_def;

/* Another name of an AVP. */
typedef struct dia_avp_alias {
    const char *name;
    const dia_avp_def *avp;
} dia_avp_alias;

/* Where an AVP stands in a grammar. */
typedef enum dia_place { DIA_FIXED, DIA_REQUIRED, DIA_OPTIONAL, DIA_TRAILING } dia_place;

enum { DIA_MANY = 0xffff }; /* max: any number */

/* How a field stands in its struct. Follows from type and arity (dia_store_of). */
typedef enum dia_store {
    DIA_STORE_NONE, /* must not occur: no member */
    DIA_STORE_U32,  /* one, required: uint32_t, int32_t or float */
    DIA_STORE_U64,  /* one, required: uint64_t, int64_t or double */
    DIA_STORE_TIME, /* one, required: int64_t, seconds since 1970 */
    DIA_STORE_OPT_U32,
    DIA_STORE_OPT_U64,
    DIA_STORE_OPT_TIME,
    DIA_STORE_BYTES,   /* one, required or optional: dia_bytes; absent is NULL */
    DIA_STORE_ADDRESS, /* one, required or optional: dia_address; absent is value.p == NULL */
    DIA_STORE_GROUP,   /* one, required or optional: const struct *; absent is NULL */
    DIA_STORE_U32S,    /* lists */
    DIA_STORE_U64S,
    DIA_STORE_TIMES,
    DIA_STORE_BYTESS,
    DIA_STORE_ADDRESSES,
    DIA_STORE_GROUPS,
    DIA_STORE_CODED, /* no store: in `handling` of a field, where a codec comes first */
    DIA_STORES
} dia_store;

/* What the node fills in where a struct leaves a field empty (dia_defaults). */
typedef enum dia_fill {
    DIA_FILL_NONE,
    DIA_FILL_SESSION_ID,
    DIA_FILL_ORIGIN_HOST,
    DIA_FILL_ORIGIN_REALM,
    DIA_FILL_DESTINATION_REALM,
    DIA_FILL_AUTH_APPLICATION_ID,
    DIA_FILL_ACCT_APPLICATION_ID,
    DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID,
    DIA_FILL_PROXY_INFO
} dia_fill;

/* What stands behind an AVP's code, but for the length of its value: flags, and the length of the header alone. */
#define DIA_LEAD(flags) ((uint32_t)(flags) << 24 | ((flags)&DIA_AVP_V ? 12U : 8U))

typedef struct dia_field {
    const dia_avp_def *avp;
    uint32_t lead;         /* DIA_LEAD(flags of avp) */
    uint32_t code, vendor; /* of avp, here to be near */
    uint16_t min, max;     /* max DIA_MANY: no bound */
    uint16_t offset;       /* of the member in its struct */
    uint8_t store;         /* dia_store */
    uint8_t type;          /* dia_type of avp */
    uint8_t place;         /* dia_place */
    uint8_t fill;          /* dia_fill */
    uint8_t always;        /* a required number: encoded even when all zero */
    uint8_t handling;      /* DIA_STORE_CODED where avp has a hook, else as store */
} dia_field;

/* A command's or a group's body. */
typedef struct dia_grammar {
    const char *name;        /* "CCR", "Subscription-Id" */
    const dia_field *fields; /* by place: fixed, required, optional, trailing */
    /* For each field the offset of 8 octets that are all zero only when its member is absent. Most are, so encoding looks
     * at this list and at little else. */
    const uint16_t *probes;
    uint16_t n_fields;
    uint16_t n_fixed; /* leading < > */
    uint16_t n_front; /* fixed and required */
    uint16_t n_trailing;
    uint16_t size;             /* of the struct */
    uint16_t others;           /* offset of its dia_avp_list `others`: what the grammar does not name */
    uint16_t any_min, any_max; /* arity of [ AVP ]; any_max 0: none allowed */
    /* A hash from (code, vendor) to field: slots[dia_slot(code, vendor, multiplier, shift)] is its index + 1. It is perfect
     * where one could be found; else a key whose slot is taken stands in the next free one, so look-up goes on (and
     * around) while the key differs, until an empty slot. There is always one. */
    uint32_t multiplier;
    uint8_t shift;
    uint8_t reserved[3];
    const uint16_t *slots;
} dia_grammar;

/* The slot of a key in a table of 2^(32 - shift) entries. */
static inline uint32_t dia_slot(uint32_t code, uint32_t vendor, uint32_t multiplier, uint8_t shift)
{
    return ((code ^ (vendor << 7) ^ (vendor << 21)) * multiplier) >> shift;
}

struct dia_dict;

/* One direction of a command: a request or an answer. */
typedef struct dia_command {
    const char *name;      /* "CCR" */
    const char *long_name; /* "Credit-Control-Request"; equals name when not known */
    uint32_t code;
    uint8_t flags; /* DIA_FLAG_REQUEST, DIA_FLAG_PROXIABLE, DIA_FLAG_ERROR */
    uint8_t reserved;
    int16_t result_code; /* index of the field Result-Code, or -1 */
    const dia_grammar *grammar;
    const struct dia_dict *dict;
    const struct dia_command *other; /* the answer of a request, the request of an answer */
    const char *document;            /* "RFC 8506"; NULL: unknown */
    const char *section;             /* NULL: unknown */
    const char *const *aliases;      /* other names by which people know it; NULL-terminated, or NULL */
} dia_command;

typedef enum dia_app_kind { DIA_APP_AUTH = 1, DIA_APP_ACCT = 2, DIA_APP_BOTH = 3 } dia_app_kind;

/* A dictionary. */
typedef struct dia_dict {
    uint32_t table_format; /* DIA_TABLE_FORMAT */
    uint32_t application;  /* Application-Id, when has_application */
    bool has_application;
    uint8_t app_kind;           /* dia_app_kind: which Application-Id AVP advertises it */
    uint32_t app_vendor;        /* != 0: advertised inside Vendor-Specific-Application-Id */
    uint32_t vendor;            /* of @vendor; 0: none */
    const char *name;           /* of @name: what @inherits refers to */
    const char *stem;           /* its header is diatom/app/<stem>.h, its table dia_dict_<stem> */
    const char *prefix;         /* of @prefix; NULL: none */
    const char *app_name;       /* "Diameter Credit Control"; NULL: unknown */
    const char *vendor_name;    /* of @vendor */
    const char *const *aliases; /* other names that @inherits may use; NULL-terminated, or NULL */
    const dia_command *commands;
    uint32_t n_commands;
    uint32_t n_own;   /* the first so many of avps stand in this file's @avp_types, in that order */
    uint32_t n_local; /* behind them, up to here: inherited ones to which this file adds values or a vendor */
    const dia_avp_def *const *avps; /* own, local, then inherited ones as they are */
    uint32_t n_avps;
    const dia_command *answer_message; /* RFC 6733, 7.2; NULL: not defined here */
    /* A hash over avps, as in dia_grammar. */
    uint32_t multiplier;
    uint8_t shift;
    const uint16_t *slots;
    const uint16_t *by_name;    /* indices of avps in the order of their names (strcmp) */
    const dia_avp_alias *alias; /* other names of avps, in their order (strcmp); NULL: none */
    uint32_t n_alias;
    struct dia_dict_loaded *loaded; /* NULL for compiled tables */
} dia_dict;

/* A hash from a key (code, vendor) to an index, as in dia_grammar. */
typedef struct dia_hash {
    const uint16_t *slots;
    uint32_t multiplier;
    uint8_t shift;
} dia_hash;

/* What many dictionaries contain, so that none of them need be asked. Made by dia_dicts_index(), or compiled. */
typedef struct dia_index {
    uint32_t table_format; /* DIA_TABLE_FORMAT */
    uint32_t n_dicts;      /* it covers so many dictionaries: the last ones of a list */
    /* The definitions that are the same in all dictionaries that have one of their code and vendor. They start at avps[1];
     * avps[0] is one of them as well, so that an empty slot leads somewhere. */
    const dia_avp_def *const *avps;
    const dia_avp_def *const *others;           /* the first definition of each other code and vendor */
    const dia_avp_alias *names;                 /* the first definition of each name, else of each alias */
    const struct dia_dict *const *applications; /* the first dictionary of each application */
    const dia_command *const *commands;         /* the first command of each code, requests and answers */
    uint32_t n_avps, n_others, n_names, n_applications, n_commands;
    uint32_t n_same_names; /* so many of names, in front, are the same in all dictionaries that have them */
    /* Keys may be shared: then all that have one stand in it, one after the other. */
    dia_hash by_code;            /* to avps, by (code + vendor * 0x9e3779b1, 0) */
    dia_hash by_other;           /* to others, by the same */
    dia_hash by_name;            /* to names, by (FNV-1a of the name, 0) */
    dia_hash by_application;     /* to applications, by (application, 0) */
    dia_hash by_command;         /* to commands, by (code, 1 for a request) */
    struct dia_index_made *made; /* NULL for compiled ones */
} dia_index;

/* Several dictionaries. Order matters: an earlier one wins. The array is kept. */
typedef struct dia_dicts {
    const dia_dict *const *v;
    size_t n;
    const dia_index *index; /* over the last index->n_dicts of them; NULL: each is asked in turn. Kept */
} dia_dicts;

/* ---- Look-up ---- */

/* All of these give NULL when there is no such thing. */
const dia_avp_def *dia_dict_avp(const dia_dict *dict, uint32_t code, uint32_t vendor);
/* By name, else by alias. */
const dia_avp_def *dia_dict_avp_named(const dia_dict *dict, dia_bytes name);
const dia_command *dia_dict_command(const dia_dict *dict, uint32_t code, bool request);
/* By short or long name, else by alias. */
const dia_command *dia_dict_command_named(const dia_dict *dict, dia_bytes name);
const dia_field *dia_grammar_field(const dia_grammar *grammar, uint32_t code, uint32_t vendor);
/* The name of a value, the value of a name (DIA_ENOENT). */
const char *dia_avp_def_value_name(const dia_avp_def *avp, int64_t value);
int dia_avp_def_value(const dia_avp_def *avp, dia_bytes name, int64_t *value);

/* The name of a value, also of one that another dictionary adds: Result-Codes, Experimental-Result-Codes and names of
 * applications are spread over documents. The dictionary of `application` counts first, then all others in their order; with
 * `vendor` (of Experimental-Result) only those of this vendor. NULL: none has one. */
const char *dia_dicts_value_name(const dia_dicts *dicts, uint32_t application, const dia_avp_def *avp, int64_t value,
                                 uint32_t vendor);

/* The first dictionary with this application. */
const dia_dict *dia_dicts_application(const dia_dicts *dicts, uint32_t application);
/* In the dictionary of `application` first, then in all others in their order. A name counts before an alias. */
const dia_avp_def *dia_dicts_avp(const dia_dicts *dicts, uint32_t application, uint32_t code, uint32_t vendor);
const dia_avp_def *dia_dicts_avp_named(const dia_dicts *dicts, uint32_t application, dia_bytes name);
const dia_command *dia_dicts_command(const dia_dicts *dicts, uint32_t application, uint32_t code, bool request);

/* Makes an index over all of them, for lists that are long and asked often: what is found stays the same, and the time that
 * it takes no longer grows with their number. Set it as dicts->index. The built-in list dia_dicts_all has one. The
 * dictionaries are kept, the list is not. DIA_ENOMEM; DIA_ESPACE above 65,534 AVPs or names: then it goes without. */
int dia_dicts_index(const dia_allocator *alloc, const dia_dicts *dicts, const dia_index **out);
/* Releases an index that dia_dicts_index() made; does nothing for compiled ones. */
void dia_index_free(const dia_index *index);

/* The first dictionary with an application that its header, its @name, its application, one of its aliases or else its prefix is
 * called like this: "ro", "Diameter Credit Control"; "gy" is Ro where the list has none of its own. The case of letters does
 * not count. */
const dia_dict *dia_dicts_application_named(const dia_dicts *dicts, dia_bytes name);

/* A command by its short or long name, in `first` (may be NULL), then in all others. */
const dia_command *dia_dicts_command_named(const dia_dicts *dicts, const dia_dict *first, dia_bytes name);

/* ---- Any message, known or not ---- */

/* A path leads to an AVP by the names of the groups around it: "Service-Information/PS-Information/3GPP-RAT-Type". A
 * component is a name, CODE or VENDOR:CODE, and may end in "[2]": the third of that name. */

/* The first AVP with this path. DIA_ENOENT; DIA_EINVAL for an unknown name; DIA_EFORMAT for octets that are no AVPs. */
int dia_dicts_find(const dia_dicts *dicts, dia_bytes message, const char *path, dia_avp *out);

/* All AVPs with a path, in their order; here a component without an index means all of its name:
 *
 *     dia_finder_begin(&f, dicts, message, "Multiple-Services-Credit-Control/Rating-Group");
 *     while (dia_finder_next(&f))
 *         use(f.avp.data);
 *     if (f.err) ...
 */
typedef struct dia_finder_level {
    uint32_t code, vendor;
    uint32_t index, seen;
    bool one, passed;
    dia_avps it;
} dia_finder_level;
typedef struct dia_finder {
    dia_avp avp; /* the current one, after dia_finder_next() returned true; a view of the message */
    int err;     /* DIA_EINVAL, DIA_EFORMAT as above; DIA_EDEPTH: too many components */
    int n, depth;
    dia_finder_level level[DIA_NESTING_MAX];
} dia_finder;

/* The message is kept; the path is not. */
void dia_finder_begin(dia_finder *finder, const dia_dicts *dicts, dia_bytes message, const char *path);
bool dia_finder_next(dia_finder *finder);

/* A path whose names were looked up once, for many messages: finding it then asks no dictionary. */
typedef struct dia_path_step {
    uint32_t code, vendor;
    uint32_t index;
    bool one; /* it had an index */
} dia_path_step;
typedef struct dia_path {
    const dia_avp_def *def; /* of the last component; NULL: a code that no dictionary knows */
    size_t n;
    dia_path_step step[DIA_NESTING_MAX];
} dia_path;

/* Names are those of this application. DIA_EINVAL, DIA_EDEPTH. */
int dia_path_compile(const dia_dicts *dicts, uint32_t application, const char *path, dia_path *out);

/* As dia_finder_begin(). Message and path are kept. */
void dia_finder_start(dia_finder *finder, const dia_path *path, dia_bytes message);

/* A message that is changed in its buffer; the lengths of message and groups are mended, everything else stays as it is,
 * octet by octet. The first error is remembered, and nothing changes any more.
 *
 *     dia_edit_begin(&e, dicts, message, buf, sizeof buf);
 *     dia_edit_set_text(&e, "CC-Request-Type", "UPDATE_REQUEST");
 *     dia_edit_add_text(&e, "Route-Record", "relay.example.net");
 *     n = dia_edit_end(&e);
 */
typedef struct dia_edit {
    const dia_dicts *dicts;
    uint8_t *buf;
    size_t cap;
    size_t n;      /* octets of the message as it is now */
    size_t needed; /* with DIA_ESPACE: the size of buffer that this step wanted */
    uint32_t application;
    int err; /* DIA_ESPACE; DIA_EINVAL: unknown name; DIA_ENOENT: no such AVP; DIA_EFORMAT: octets that are no AVPs, a text
              * that is no value; DIA_EDEPTH, DIA_ERANGE */
} dia_edit;

/* Copies the message into `buf` (kept), where it may stand already. DIA_EFORMAT, DIA_ESPACE as above. */
int dia_edit_begin(dia_edit *edit, const dia_dicts *dicts, dia_bytes message, void *buf, size_t cap);

/* Gives the AVP at this path another value; its flags M and P stay. Where there is none it is put at the end of its group,
 * with the flags of the dictionary; groups that are missing are put around it. `value` is what follows the AVP's header,
 * of a group its AVPs; it must not lie in `buf`. A text is what dia_text_value_read() reads. */
void dia_edit_set(dia_edit *edit, const char *path, dia_bytes value);
void dia_edit_set_text(dia_edit *edit, const char *path, const char *value);

/* Puts one more AVP of this name behind the others of its name, or where _set would. */
void dia_edit_add(dia_edit *edit, const char *path, dia_bytes value);
void dia_edit_add_text(dia_edit *edit, const char *path, const char *value);

/* Puts whole AVPs (as dia_build_begin_avps() makes them) before the AVP at this path, or at the end of the group at this
 * path; NULL: of the message. */
void dia_edit_insert(dia_edit *edit, const char *path, dia_bytes avps);
void dia_edit_append(dia_edit *edit, const char *path, dia_bytes avps);

/* Takes the AVP at this path out. False when there is none, which is no error. */
bool dia_edit_remove(dia_edit *edit, const char *path);

/* The length of the message, or the first error. */
int64_t dia_edit_end(dia_edit *edit);

/* Do two messages say the same? Padding, reserved flags and Message Length do not count. */
typedef struct dia_compare_options {
    bool ignore_hop_by_hop;
    bool ignore_end_to_end;
    /* AVPs that no grammar puts in front may stand in any order; those of one name keep theirs. Takes time by the square of
     * their number where the order differs. */
    bool any_order;
} dia_compare_options;

/* The first difference. Texts that are too long end in "...". */
typedef struct dia_difference {
    char path[200]; /* as above; "hop-by-hop" and so on for fields of the header; "rest": octets that are no AVPs */
    char a[120], b[120]; /* the values as dia_text_value() prints them, flags, or places; "": there is none */
} dia_difference;

/* 0: they do; 1: they differ, *out (may be NULL) says where. DIA_EFORMAT: one is shorter than a header. `options` may be
 * NULL. Names are those of a's application. */
int dia_dicts_compare(const dia_dicts *dicts, dia_bytes a, dia_bytes b, const dia_compare_options *options,
                      dia_difference *out);

/* What an answer says of itself. */
typedef struct dia_answer_head {
    dia_bytes origin_host, origin_realm;
    uint32_t result_code;
    uint32_t experimental_vendor; /* not 0: result_code is an Experimental-Result-Code of this vendor */
    bool error;                   /* sets E with other than 3xxx: the command cannot be answered in its own grammar */
    dia_bytes error_message;      /* absent: none */
} dia_answer_head;

/* Begins the answer to any request (RFC 6733, 6.2), known to a dictionary or not: the header with the request's ids, P and
 * command, E with 3xxx; Session-Id, Result-Code or Experimental-Result, Origin-Host, Origin-Realm, the application ids that
 * the request has (not with E), and its Proxy-Info in their order. The answer's own AVPs follow by dia_put_...(), then
 * dia_build_end(). 0, also when `buf` is too small, which the end tells; DIA_EFORMAT, DIA_EINVAL: that is no request. */
int dia_answer_begin(dia_builder *b, void *buf, size_t cap, dia_bytes request, const dia_answer_head *head);

/* ---- Faults ---- */

/* A mistake of the peer (or, on sending, of the caller) as RFC 6733, 7 wants it reported. */
typedef struct dia_fault {
    uint32_t result_code; /* 5001, 5005, ...; 0: no fault */
    dia_bytes failed_avp; /* whole AVPs that go inside Failed-AVP, in the arena; absent: none */
    char text[256];       /* for Error-Message and people; NUL-terminated, and ends with "..." where it is cut */
} dia_fault;

/* How strictly rules are checked. */
typedef enum dia_level {
    DIA_LEVEL_DEFAULT, /* lenient on receipt, strict on sending */
    DIA_LEVEL_OFF,     /* whatever can be read is taken; lengths that do not fit are left out */
    DIA_LEVEL_LENIENT, /* presence, multiplicity, lengths, values; AVPs that no dictionary knows pass where the grammar has
                        * [ AVP ], unless they have the M bit */
    DIA_LEVEL_STRICT /* also: names and filter rules to the letter; on receipt enumerated values that are not listed,
                        * position of the fixed AVPs in front, flags against the definition (3009): reserved bits, V with
                        * vendor 0, M of AVPs without a vendor (that of a vendor's AVP is not judged once the AVP is
                        * understood: TS 29.272, 7.3.1) */
} dia_level;

/* ---- Codecs ---- */

/* What a codec is asked about. */
typedef struct dia_codec_call {
    const dia_avp_def *avp;
    const char *function; /* of avp->hook */
} dia_codec_call;

/* A translator between the payload of AVPs on the wire and the payload that their declared type has: digits in BCD for
 * instance, declared as UTF8String. Structs and text hold the declared type; on the wire is what the codec makes of it.
 * A dictionary names codecs in @codecs and @custom_types. Compiled tables find the one called "bcd" as the variable
 * `const dia_codec dia_codec_bcd` of the program, if there is one (in lower case, '_' for what is no letter or digit); the
 * reader finds it in dia_dict_reader.codecs. AVPs whose codec nobody has are on the wire as their type is.
 * Both functions may be called by several threads at once, and must not keep what they are given. */
typedef struct dia_codec {
    /* Wire -> declared type: for Unsigned32 four octets in network order, for a group whole AVPs. *data may lie in `wire` or
     * in the arena. 0; DIA_ENOMEM; any other error says that the octets are no value: the sender's fault 5004, as it is
     * when the type does not allow *data. */
    int (*decode)(void *arg, const dia_codec_call *call, dia_bytes wire, dia_arena *arena, dia_bytes *data);
    /* Declared type -> wire. The number of octets; they are written to `to`, as far as all of them fit into `cap`. A negative
     * error: there are none for this value. */
    int64_t (*encode)(void *arg, const dia_codec_call *call, dia_bytes data, void *to, size_t cap);
    void *arg;
} dia_codec;

/* A codec by its name in dictionaries. */
typedef struct dia_codec_named {
    const char *name;
    dia_codec codec;
} dia_codec_named;

/* For generated code: a variable that the program may have or not. Without such variables there are no codecs. */
#ifdef __GNUC__
#define DIA_WEAK_ __attribute__((weak))
#endif

/* ---- Struct <-> octets ---- */

/* Decodes a whole message into a struct of the command (dia_ro_ccr for "CCR" of diatom/app/ro.h) in the arena. Views in it
 * point into `message`, which must outlive it.
 *
 * 0: *out is the struct. DIA_ERULE: *fault says what the sender did wrong; *out is the struct as far as it was understood.
 * DIA_ENOMEM, DIA_ESPACE: the arena is used up. DIA_ETRUNC: below the 20 octets of a header. DIA_EVERSION.
 * DIA_EDEPTH never: too deep nesting is the fault 5014. `fault` may be NULL.
 * The header is not judged: that is the business of whoever received it. `out` may be NULL: then the message is only held
 * against its grammar; the arena is used all the same, for what the Failed-AVP of a fault is made of. */
int dia_decode(const dia_command *command, dia_bytes message, dia_level level, dia_arena *arena, const void **out,
               dia_fault *fault);

/* What is written where the struct leaves a field empty. All may be absent. */
typedef struct dia_defaults {
    dia_bytes session_id, origin_host, origin_realm, destination_realm;
    uint32_t application; /* for Auth- and Acct-Application-Id and Vendor-Specific-Application-Id */
    uint32_t app_vendor;
    uint8_t app_kind;
    bool fill_application;
    dia_bytes proxy_info; /* whole Proxy-Info AVPs of the request that is being answered */
} dia_defaults;

/* Encodes a struct into `buf`. `ids` gives flags T and E, hop_by_hop, end_to_end and, when the dictionary has none or 0,
 * the application; an answer has P where `ids`, its request, has it. Otherwise R and P come from the command. The
 * answer-message of a dictionary takes its code and application from `ids` as well. `ids`, `defaults` and `fault` may be
 * NULL.
 *
 * The length; DIA_ESPACE with *needed (may be NULL) = size needed; DIA_ERULE with *fault, its text only, when the struct
 * breaks the grammar (level strict, the default) or a codec refuses a value; DIA_EDEPTH, DIA_ERANGE: nested too deep, too
 * long; DIA_EVERSION. DIA_EINVAL: a codec refuses at level off. DIA_ENOMEM: a codec needs memory for a group. */
int64_t dia_encode(const dia_command *command, const void *message, dia_level level, const dia_header *ids,
                   const dia_defaults *defaults, void *buf, size_t cap, size_t *needed, dia_fault *fault);

/* The member of a struct for this AVP when it is a single dia_bytes; absent otherwise. */
dia_bytes dia_struct_bytes(const dia_command *command, const void *message, uint32_t code, uint32_t vendor);

/* The value of Result-Code in an answer's struct, 0 when it has none. */
uint32_t dia_struct_result_code(const dia_command *command, const void *message);

/* How many Enumerated values a struct has that its dictionary does not list; *first (may be NULL) is the definition of the
 * first one, NULL when there is none. Such values pass at level lenient: who must know of them asks. */
size_t dia_struct_unlisted(const dia_command *command, const void *message, const dia_avp_def **first);

/* Writes the AVP with a zero-filled value of minimum length (groups: of their required components), as 5005 and 5014
 * want it. Octets written to `b`. */
void dia_put_minimum(dia_builder *b, const dia_avp_def *avp);

/* Writes the AVPs of the least message that keeps a grammar: those that it requires and, where it allows them, what
 * `defaults` has of Session-Id, Origin-Host, Origin-Realm and Proxy-Info, and a Result-Code unless 0. The values of AVPs
 * that `defaults` does not give are those of the same AVPs in `like`, a whole message (may be absent), as far as they
 * can be read; else they are the first that the type allows: 0, empty, the smallest named value, 0.0.0.0, our own host,
 * and in groups what these require. An AVP without a name that must be there, { AVP }, is not invented.
 * `defaults` may be NULL. */
void dia_put_least(dia_builder *b, const dia_grammar *grammar, const dia_defaults *defaults, uint32_t result_code,
                   dia_bytes like);

/* ---- Text ---- */

/* The form is documented in docs/text.md. */
typedef struct dia_text_options {
    bool color; /* ANSI colours for a terminal */
    int indent; /* blanks a level; 0 means 4 */
    /* Values that identify or authenticate a subscriber or say where one is are replaced by "...", and so is what cannot
     * be looked into: AVPs that no dictionary knows, values that are none of their type, octets that are no AVPs. */
    bool redact;
} dia_text_options;

/* Prints a whole message for people: one AVP a line, names where a dictionary has them, groups indented. Octets that are
 * no AVPs are printed as hex with the reason. Without colour and redaction dia_text_read() leads back to the same octets.
 * NUL-terminated; the length without NUL, or DIA_ESPACE with *needed. `options` and `needed` may be NULL. */
int64_t dia_text_print(const dia_dicts *dicts, dia_bytes message, const dia_text_options *options, char *to,
                       size_t size, size_t *needed);

/* One line: "CCR app 4 e2e 0x... hbh 0x... 300 octets Session-Id ...". Of the options, redact counts. */
int64_t dia_text_summary(const dia_dicts *dicts, dia_bytes message, const dia_text_options *options, char *to,
                         size_t size, size_t *needed);

/* Where the finding of a reader goes: line and column (in octets) count from 1; `reason` is a sentence without a name in
 * front, valid during the call. */
typedef void dia_text_report(void *arg, size_t line, size_t column, const char *reason);

/* How much of the text belongs to its first message: up to the next line that is neither indented nor blank nor a comment,
 * or to the end. */
size_t dia_text_cut(dia_bytes text);

/* Reads one message in the form of dia_text_print(), or written by hand: "CCR app=ro" and its AVPs suffice. The text may
 * be whatever anybody wrote.
 *
 * The length; DIA_EFORMAT: errors, all reported; DIA_ESPACE with *needed. `report` may be NULL. A text whose octets do not
 * fit is judged all the same, so measuring first (cap 0) tells all errors once. */
int64_t dia_text_read(const dia_dicts *dicts, dia_bytes text, dia_text_report *report, void *arg, void *buf, size_t cap,
                      size_t *needed);

/* One value as it stands in that form: UPDATE_REQUEST (2), "text", 2026-01-31T12:00:00Z, 192.0.2.1. Octets that have no
 * better form, groups, and values of AVPs that no dictionary knows (avp NULL) are 0x.... NUL-terminated; the length without
 * NUL, or DIA_ESPACE with *needed (may be NULL). */
int64_t dia_text_value(const dia_avp_def *avp, dia_bytes data, char *to, size_t size, size_t *needed);

/* The data of an AVP from what dia_text_value() prints, or from what people write: a name or a number alone, texts without
 * quotes. The length; DIA_ESPACE with *needed; DIA_EFORMAT with *why (may be NULL), static words that say what is
 * wanted: "a time like 2026-01-31T12:00:00Z". */
int64_t dia_text_value_read(const dia_avp_def *avp, dia_bytes text, void *buf, size_t cap, size_t *needed,
                            const char **why);

/* ---- Dictionaries at run time ---- */

/* One finding of the reader. Lines and columns count from 1. */
typedef struct dia_dict_error {
    const char *file;
    uint32_t line, column;
    const char *name;    /* "avp_not_defined": the names of the language's error table */
    const char *message; /* a sentence */
    bool warning;
} dia_dict_error;

typedef struct dia_dict_reader {
    const dia_allocator *alloc; /* NULL: the default */
    /* Gives the text of the dictionary that @inherits calls `name`. 0 with *text (kept until the reader returns) and
     * *file (its name for messages, kept as well); DIA_ENOENT; DIA_EEXIST: it is being read already, so it inherits itself.
     * May be NULL: then only `known` can be inherited. */
    int (*open)(void *arg, const char *name, dia_bytes *text, const char **file);
    /* Called for every finding, in the order of the file. May be NULL. */
    void (*report)(void *arg, const dia_dict_error *error);
    void *arg;
    dia_dicts known;               /* dictionaries that can be inherited by name or alias; kept as long as the result */
    const dia_codec_named *codecs; /* for @codecs and @custom_types; copied, their `arg` is kept */
    size_t n_codecs;
    const char *name;   /* NULL, or replaces @name */
    const char *prefix; /* NULL, or replaces @prefix */
    /* NULL, or a NULL-terminated list, applied in its order: "Old/New" replaces (in files that are inherited as well),
     * "New" adds, "-" removes all. */
    const char *const *inherits;
} dia_dict_reader;

/* Reads a dictionary. `file` names it in messages. Gives *out with one reference.
 * DIA_EFORMAT: the text has errors, all reported. DIA_ENOMEM. DIA_ESPACE: beyond a limit of the reader (reported). */
int dia_dict_read(const dia_dict_reader *reader, dia_bytes text, const char *file, dia_dict **out);

/* The name that the text gives itself with @name, without reading more of it than needed. DIA_ENOENT: it gives none; then
 * the name of its file counts. */
int dia_dict_peek_name(dia_bytes text, dia_bytes *name);

/* References of dictionaries read at run time; atomic. Both do nothing for compiled tables. */
const dia_dict *dia_dict_ref(const dia_dict *dict);
void dia_dict_unref(const dia_dict *dict);

/* A shelf: files that inherit from each other, read in the right order and each once. @inherits finds a file by its @name,
 * by an alias or the stem in its annotation, or by its file name; what is in no file may be known from the start. It opens
 * no file itself. */
typedef struct dia_shelf dia_shelf;

typedef struct dia_shelf_config {
    const dia_allocator *alloc; /* NULL: the default */
    /* Gives the text of a file, which is kept until the shelf is freed. 0 or any negative error, which comes back; it is
     * asked once for each file. */
    int (*load)(void *arg, const char *path, dia_bytes *text);
    void (*report)(void *arg, const dia_dict_error *error); /* as in dia_dict_reader */
    void *arg;
    dia_dicts known; /* kept, as are the codecs; the array is copied */
    const dia_codec_named *codecs;
    size_t n_codecs;
} dia_shelf_config;

/* How a file is read: as in dia_dict_reader. */
typedef struct dia_shelf_how {
    const char *name, *prefix;
    const char *const *inherits;
} dia_shelf_how;

int dia_shelf_new(const dia_shelf_config *config, dia_shelf **out);
void dia_shelf_free(dia_shelf *shelf);

/* Files that can be inherited from; the path is copied. */
int dia_shelf_add(dia_shelf *shelf, const char *path);

/* Reads a file and all that it inherits from; the shelf keeps the dictionary. `how` may be NULL. Errors of `load` and of
 * dia_dict_read(); a file that was read before is not read again. */
int dia_shelf_read(dia_shelf *shelf, const char *path, const dia_shelf_how *how, const dia_dict **out);

/* The text of a file. */
int dia_shelf_text(dia_shelf *shelf, const char *path, dia_bytes *text);

/* The dictionaries: those read, each behind those from which it inherits, then those known from the start. Until the next
 * one is read. */
dia_dicts dia_shelf_dicts(const dia_shelf *shelf);

/* The i-th file that was read; NULL behind the last. */
const char *dia_shelf_file(const dia_shelf *shelf, size_t i);

/* Writes a dictionary's text anew, formatted; comments that document and annotate are kept. With `flat`, everything
 * inherited is written as the file's own. Needs only the text, or a dictionary's tables. */
typedef int dia_write_fn(void *arg, const char *text, size_t n); /* 0, or a negative error that ends the writing */
int dia_dict_format(const dia_dict_reader *reader, dia_bytes text, const char *file, dia_write_fn *write, void *arg);
int dia_dict_flatten(const dia_dict *dict, dia_write_fn *write, void *arg);

#ifdef __cplusplus
}
#endif
#endif

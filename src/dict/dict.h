/* The dictionary room's door: what codes mean, read from .dia files, and the engine that these tables drive.
 *
 * takes      the text of .dia files, messages as octets, structs of commands, an allocator or an arena
 * gives      dictionaries as tables, look-up, structs from octets and back, faults, text both ways, changed, compared and
 *            answered messages: all of diatom/dict.h
 * owns       dictionaries read at run time, by reference count; everything else is the caller's
 * may use    base, wire
 * never sees files, peers, connections, clocks
 * tests      tests/dict; fuzz/bind.c dia.c edit.c text_read.c */
#ifndef DICT_DICT_H
#define DICT_DICT_H

#include "base/base.h"
#include "diatom/dict.h"

/* ---- Layout: how a field stands in its struct (layout.c) ---- */

/* The store of a field with this type and arity. Only an arity of exactly one makes a number a required one. */
dia_store dia_store_of(dia_type type, uint32_t min, uint32_t max);

/* The C type of a field's member, as a struct declares it: "uint32_t", "dia_opt_u32", "dia_u32_list". NULL for groups,
 * whose types have names of their own, and for DIA_STORE_NONE. */
const char *dia_store_type_name(dia_store store, dia_type type);

/* Fills in store, handling, offset and always of each field (type, min and max must be set; without avp there is no codec),
 * its probe, and the grammar's size and others. DIA_ESPACE when the struct would be 64 KiB or larger. */
int dia_layout(dia_field *fields, uint16_t *probes, size_t n, uint16_t *size, uint16_t *others);

/* Can anything in `dict` come from `other`? Compiled tables do not say what they inherit from: then it can. */
bool dia_dict_inherits(const dia_dict *dict, const dia_dict *other);

/* ---- Text on its way into a buffer that may be too small (sink.c) ---- */

typedef struct dia_sink {
    char *to;
    size_t size;
    size_t n; /* octets written, or only counted where they are beyond size; no NUL among them yet */
} dia_sink;

void dia_sink_init(dia_sink *sink, char *to, size_t size);
void dia_sink_put(dia_sink *sink, const char *text);
void dia_sink_octets(dia_sink *sink, dia_bytes octets);
void dia_sink_blanks(dia_sink *sink, size_t n);
void dia_sink_hex(dia_sink *sink, dia_bytes octets);
void dia_sink_u64(dia_sink *sink, uint64_t value);
void dia_sink_i64(dia_sink *sink, int64_t value);

/* Flags as people write them: the letters of the first bits that are set, those of `reserved` behind them in hex, "-" for
 * none: "VM", "RP+0x01". */
void dia_sink_flags(dia_sink *sink, uint8_t flags, const char *letters, uint8_t reserved);

/* A text in quotes as JSON has it: '"', '\\' and control characters escaped. It must be UTF-8. */
void dia_sink_quoted(dia_sink *sink, dia_bytes text);
void dia_sink_escaped(dia_sink *sink, dia_bytes text); /* without the quotes */

/* Ends it with NUL. The length without NUL; DIA_ESPACE with *needed (may be NULL), NUL included. */
int64_t dia_sink_end(dia_sink *sink, size_t *needed);

/* ---- Values that text and JSON have in common (show.c) ---- */

/* Does the AVP identify or authenticate a subscriber, or say where one is? def NULL: no dictionary knows it. (redact.c) */
bool dia_is_private(uint32_t code, uint32_t vendor, const dia_avp_def *def);

/* A Session-Id in quotes without what may name a subscriber: "pgw.example;1;2;...". (redact.c) */
void dia_sink_session_id(dia_sink *sink, dia_bytes id);

/* Do the octets consist of AVPs to the end? */
bool dia_is_avps(dia_bytes octets);

/* UTF-8 without control characters: fit for people's eyes as it is. */
bool dia_is_readable(dia_bytes text);

/* A name that can stand in a line without quotes: no blanks at its ends, no control characters, none of "()[]:#=,", no 0x
 * in front. */
bool dia_is_plain(const char *name);

/* An Address or a Time as text, if that text leads back to the same octets. The length without NUL, 0 if not. */
enum { DIA_SHOWN_MAX = 600 };
size_t dia_show_address(dia_bytes data, char to[DIA_SHOWN_MAX]);
size_t dia_show_time(dia_bytes data, char to[DIA_SHOWN_MAX]);

/* The name of an integer's value, if that name leads back to it; NULL if not. */
const char *dia_show_value(const dia_avp_def *avp, int64_t value);

/* A whole number of either kind, in two's complement. */
typedef struct dia_integer {
    bool negative;
    uint64_t bits;
} dia_integer;

/* Has the type 64 bits? */
bool dia_is_long(dia_type type);
dia_integer dia_integer_of(int64_t value);
bool dia_integer_fits(dia_integer i, dia_type type);

/* Decimal digits with an optional '-', within 64 bits. */
bool dia_integer_parse(dia_bytes text, dia_integer *out);

/* "a whole number from 0 to 4294967295"; for integers alone. */
const char *dia_integer_range(dia_type type);

/* Floats with a '.' in any locale. Show: the fewest digits that lead back; 0 for NaN and infinities. Parse: HUGE_VAL
 * beyond the range. */
enum { DIA_REAL_MAX = 64 };
size_t dia_show_real(double value, bool single, char to[DIA_REAL_MAX]);
bool dia_real_parse(dia_bytes text, double *out);

/* ---- One value as text (text_value.c) ---- */

/* False, and nothing is written: the octets are no value of this type, or have no other form than hex. avp may be NULL. */
bool dia_sink_value(dia_sink *sink, const dia_avp_def *avp, dia_bytes data);

/* 0 or DIA_EFORMAT with what is wanted in *why; then octets may have been written in part. */
struct dia_octets;
int dia_value_parse(const dia_avp_def *avp, dia_bytes text, struct dia_octets *to, const char **why);

#endif

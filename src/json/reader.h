/* The reader between the files of this room: where it is, what it has written, its first error. Stays in this folder. */
#ifndef JSON_READER_H
#define JSON_READER_H

#include "json/json.h"

#include <jansson.h>

#if defined(__GNUC__)
#define JSON_PRINTF(text, args) __attribute__((format(printf, text, args)))
#else
#define JSON_PRINTF(text, args)
#endif

/* Where the reader is, for error messages: a chain from the innermost place outwards, on the stack. */
typedef struct dia_json_place {
    const struct dia_json_place *out;
    const char *key; /* of an object's member; NULL: an element of an array */
    size_t index;
} dia_json_place;

typedef struct dia_json_reader {
    const dia_dicts *dicts;
    uint32_t application;
    uint8_t *buf;
    size_t cap;
    size_t n; /* octets written, or only counted where they are beyond cap */
    dia_json_error *error;
    int err; /* the first error: DIA_EFORMAT */
} dia_json_reader;

/* Remembers the first error. The text follows the path: "avps[3].value: wants ...". */
void dia_json_fail(dia_json_reader *r, const dia_json_place *at, const char *format, ...) JSON_PRINTF(3, 4);

/* Room for the next n octets; NULL when they are beyond cap. They count in either case. */
uint8_t *dia_json_room(dia_json_reader *r, size_t n);

void dia_json_put(dia_json_reader *r, dia_bytes octets);
void dia_json_put_u32(dia_json_reader *r, uint32_t value);

/* Octets from a string of hex digits. */
void dia_json_put_hex(dia_json_reader *r, const dia_json_place *at, const json_t *v);

/* The octets of a string; absent when it is none. */
dia_bytes dia_json_text(const json_t *v);

/* A value of any type but Grouped; avp NULL: nobody knows its type. */
void dia_json_put_value(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *v);

#endif

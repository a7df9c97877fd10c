/* Messages as JSON, both ways. The form is documented in docs/json.md.
 *
 * { "version": 1, "command": "CCR", "code": 272, "flags": ["R", "P"], "application": 4, "hop_by_hop": 1, "end_to_end": 2,
 *   "avps": [ { "name": "Session-Id", "code": 263, "value": "..." }, ... ] }
 *
 * 64-bit integers are strings, NaN and infinities are {"bits": "7ff8..."}, octets that are no text are {"hex": "..."}.
 * What is printed goes back to the same octets. On input the short form { "Session-Id": "...", ... } is accepted for
 * `avps` and for groups, and codes, flags and vendors may be left out where a dictionary has them.
 *
 * Printing needs no memory. Reading takes it through jansson, whose allocation functions belong to the whole program
 * (malloc and free unless json_set_alloc_funcs() was called); all of it is released when the function returns. */
#ifndef DIATOM_JSON_H
#define DIATOM_JSON_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_json_options {
    int indent;  /* blanks a level, at most 16; 0: one line */
    bool redact; /* as in dia_text_options. Does not lead back */
} dia_json_options;

/* Prints a whole message as one JSON object, without a line end. NUL-terminated; the length without NUL, or DIA_ESPACE
 * with *needed (may be NULL). DIA_EFORMAT when the header is not there; everything behind it that is no AVP is kept as
 * "rest". options NULL means all defaults. */
int64_t dia_json_print(const dia_dicts *dicts, dia_bytes message, const dia_json_options *options, char *to,
                       size_t size, size_t *needed);

/* Where and why reading failed, in ASCII. */
typedef struct dia_json_error {
    size_t line, column; /* of what is no JSON, from 1; else 0 */
    char path[96];       /* "avps[3].value"; "" for the whole; begins with "..." where it would be longer */
    char text[160];
} dia_json_error;

/* Reads one JSON object into octets. The length; DIA_EFORMAT with *error; DIA_ESPACE with *needed; DIA_ENOMEM. `needed`
 * and `error` may be NULL. */
int64_t dia_json_read(const dia_dicts *dicts, dia_bytes text, void *buf, size_t cap, size_t *needed,
                      dia_json_error *error);

#ifdef __cplusplus
}
#endif
#endif

/* Findings of the reader: collected while a file is read, reported in the order of the file. Private to the room. */
#ifndef DICT_ISSUE_H
#define DICT_ISSUE_H

#include "dict/dict.h"

typedef struct dict_spot {
    uint32_t line, column; /* from 1 */
} dict_spot;

enum { DICT_ISSUES_MAX = 10000 }; /* further ones are counted, not kept */

typedef struct dict_issues {
    dia_arena *arena; /* where the findings live */
    const char *file;
    struct dict_issue *first, *last;
    uint32_t n, errors;
    bool limit; /* one of the errors was a limit of the reader */
} dict_issues;

#if defined(__GNUC__)
#define DICT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define DICT_PRINTF(f, a)
#endif

/* Arguments for "%.*s". */
#define DICT_TEXT(b) (int)((b).n < 255 ? (b).n : 255), (const char *)((b).p ? (b).p : (const uint8_t *)"")

/* An error, a warning, an error that is a limit of the reader. `name` is static. */
void dict_error(dict_issues *issues, dict_spot at, const char *name, const char *format, ...) DICT_PRINTF(4, 5);
void dict_warning(dict_issues *issues, dict_spot at, const char *name, const char *format, ...) DICT_PRINTF(4, 5);
void dict_limit(dict_issues *issues, dict_spot at, const char *format, ...) DICT_PRINTF(3, 4);

/* Hands all findings to the reader's `report`, in the order of the file, and forgets them. */
void dict_issues_report(dict_issues *issues, const dia_dict_reader *reader);

/* 0, or what the reader returns: DIA_ENOMEM before DIA_ESPACE before DIA_EFORMAT. */
int dict_issues_result(const dict_issues *issues);

#endif

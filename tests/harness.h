/* The harness of all unit tests: each test runs once as it is, and once more for every allocation that could fail.
 *
 *     static void copy_of_absent_is_absent(void)
 *     {
 *         dia_arena arena;
 *         dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
 *         need(dia_arena_copy(&arena, (dia_bytes){ NULL, 0 }).p == NULL);
 *     done:
 *         dia_arena_done(&arena);
 *     }
 *
 * A test that took memory from harness_allocator() runs again with its first allocation failing, then its second, until
 * a run meets no failure. After every run all memory must be free again. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "diatom/base.h"

#include <string.h>

struct harness_test {
    const char *name; /* a sentence: answer_after_timeout_is_dropped */
    void (*function)(void);
};

/* Runs all tests of a file and reports as cmocka does. The number of failed tests, to be returned from main(). */
int harness_run(const char *suite, const struct harness_test *tests, size_t n);

#define HARNESS_RUN(suite, tests) harness_run(suite, tests, sizeof(tests) / sizeof *(tests))

/* Counts, fails the allocation whose turn it is, moves every block on resize, and knows all blocks and their sizes. */
const dia_allocator *harness_allocator(void);

/* What this run allocates from here on does not fail: for what is done a thousand times, when another test does it once. */
void harness_spare(void);

/* Did an allocation of this run fail on purpose? */
bool harness_injected(void);

/* Names the row of a table that is being looked at; it is printed when a check fails. NULL: none. Kept. */
void harness_row(const char *name);

/* The same where each row stands for itself, with all that it builds and releases. False: it is another row's allocation that
 * fails in this run, and this one is passed over. Without that a table takes as long as the square of its length. */
bool harness_row_runs(const char *name);

/* Octets from "01 02 ff"; blanks do not matter. Anything else fails the test, as does a buffer that is too small. */
dia_bytes harness_hex(const char *hex, uint8_t *buf, size_t size);

/* A check. False in a run without a failed allocation: the test fails, with the values. False after one: the rest of the
 * test makes no sense, so need...() goes to the label `done`, where everything is released; check...() goes on. */
#define need(cond)                                                                                                     \
    do {                                                                                                               \
        if (!harness_check((cond), #cond, __FILE__, __LINE__))                                                         \
            goto done;                                                                                                 \
    } while (0)
#define need_int(a, b)                                                                                                 \
    do {                                                                                                               \
        if (!harness_check_int((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__))                            \
            goto done;                                                                                                 \
    } while (0)
#define need_bytes(a, b)                                                                                               \
    do {                                                                                                               \
        if (!harness_check_bytes((a), (b), #a, #b, __FILE__, __LINE__))                                                \
            goto done;                                                                                                 \
    } while (0)
#define need_str(a, b)                                                                                                 \
    do {                                                                                                               \
        if (!harness_check_str((a), (b), #a, #b, __FILE__, __LINE__))                                                  \
            goto done;                                                                                                 \
    } while (0)

#define check(cond)       ((void)harness_check((cond), #cond, __FILE__, __LINE__))
#define check_int(a, b)   ((void)harness_check_int((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__))
#define check_bytes(a, b) ((void)harness_check_bytes((a), (b), #a, #b, __FILE__, __LINE__))
#define check_str(a, b)   ((void)harness_check_str((a), (b), #a, #b, __FILE__, __LINE__))

/* Behind the macros: true when the check holds; they do not return when it does not and nothing was injected. */
bool harness_check(bool ok, const char *text, const char *file, int line);
bool harness_check_int(long long a, long long b, const char *a_text, const char *b_text, const char *file, int line);
bool harness_check_bytes(dia_bytes a, dia_bytes b, const char *a_text, const char *b_text, const char *file, int line);
bool harness_check_str(const char *a, const char *b, const char *a_text, const char *b_text, const char *file,
                       int line);

#endif

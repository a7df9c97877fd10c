/* The ground that every other header stands on: octets, errors, time, memory.
 *
 * Knows neither Diameter nor the operating system. */
#ifndef DIATOM_BASE_H
#define DIATOM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library, "0.1.0". */
const char *dia_version(void);

/* ---- Octets ---- */

/* A view of octets that somebody else owns. p == NULL means "absent"; n == 0 with p != NULL means "present and empty". */
typedef struct dia_bytes {
    const uint8_t *p;
    size_t n;
} dia_bytes;

/* A view of a C string, without its NUL. NULL gives an absent view. The string is kept. */
dia_bytes dia_cstr(const char *s);

/* A constant view of a string literal, also usable in static initializers. */
#define DIA_LIT(s)                                                                                                     \
    {                                                                                                                  \
        (const uint8_t *)(s), sizeof(s) - 1                                                                            \
    }

/* The same as an expression: id = DIA_STR("x"). */
#ifdef __cplusplus
#define DIA_STR(s) (dia_bytes DIA_LIT(s))
#else
#define DIA_STR(s) ((dia_bytes)DIA_LIT(s))
#endif

/* The same octets? Two absent views are equal; an absent and an empty one are not. */
bool dia_bytes_equal(dia_bytes a, dia_bytes b);

/* The same without regard to ASCII case, as realms and identities compare (RFC 6733, 4.3.1). */
bool dia_bytes_equal_nocase(dia_bytes a, dia_bytes b);

/* ---- Errors ---- */

/* Local errors: what *we* could not do. All are negative; outputs are untouched when one is returned. A mistake of the
 * peer is never one of these but a dia_fault (dict.h). */
enum {
    DIA_ENOMEM = -1,    /* the allocator gave nothing */
    DIA_ESPACE = -2,    /* the caller's buffer, or a limit, is too small */
    DIA_EINVAL = -3,    /* an argument or a configuration value makes no sense */
    DIA_EFORMAT = -4,   /* octets or text are not what they should be */
    DIA_ETRUNC = -5,    /* more octets are announced than are there */
    DIA_EDEPTH = -6,    /* nested deeper than allowed */
    DIA_ENOENT = -7,    /* no such thing */
    DIA_EEXIST = -8,    /* is there already */
    DIA_ENOROUTE = -9,  /* no open peer can take this request */
    DIA_EBUSY = -10,    /* the peer's output is above a limit; try again or elsewhere */
    DIA_ESTATE = -11,   /* not now: wrong order of calls */
    DIA_ERULE = -12,    /* the message breaks the grammar of its command */
    DIA_EVERSION = -13, /* tables of another format version */
    DIA_ESYSTEM = -14,  /* the operating system refused; errno says why */
    DIA_ENOTSUP = -15,  /* left out of this build */
    DIA_ERANGE = -16    /* a number does not fit */
};

/* The name ("DIA_ENOMEM") and a sentence ("out of memory") of an error. Never NULL; static strings. */
const char *dia_strerrorname(int err);
const char *dia_strerror(int err);

/* ---- Time ---- */

/* A moment on a monotonic clock of the caller's, in microseconds since any fixed point. The library never reads a clock:
 * whoever drives it says what time it is. */
typedef struct dia_time {
    int64_t us;
} dia_time;

/* "Never", as a deadline. */
#define DIA_NEVER_US INT64_MAX

/* ---- Histograms ---- */

/* How often values (mostly microseconds) were how large: 32 steps in each power of two, so that a value is right to 3 %. All
 * zero is an empty one. */
enum { DIA_HISTOGRAM_STEPS = 32, DIA_HISTOGRAM_BUCKETS = DIA_HISTOGRAM_STEPS * 36 };
typedef struct dia_histogram {
    uint64_t n, sum, least, most;
    uint32_t counts[DIA_HISTOGRAM_BUCKETS];
} dia_histogram;

void dia_histogram_add(dia_histogram *h, uint64_t value);

/* Adds all values of another one. */
void dia_histogram_join(dia_histogram *to, const dia_histogram *from);

/* The value that this share (0 to 1) of all values does not exceed. 0 when there are none. */
uint64_t dia_histogram_at(const dia_histogram *h, double share);

/* How many values are not above each of `n` bounds, which rise. A value of the bound's own step may be missing: what is above is
 * never counted. */
void dia_histogram_cumulate(const dia_histogram *h, const uint64_t *bounds, size_t n, uint64_t *counts);

/* ---- Memory ---- */

/* Where memory comes from. resize(arg, NULL, 0, n) allocates, resize(arg, p, old, 0) frees and returns NULL,
 * resize(arg, p, old, n) moves; NULL on failure leaves p as it was. Alignment as malloc's. */
typedef struct dia_allocator {
    void *(*resize)(void *arg, void *p, size_t old_size, size_t new_size);
    void *arg;
} dia_allocator;

/* The C library's allocator; what a NULL allocator means everywhere. */
const dia_allocator *dia_allocator_default(void);

/* An arena: memory that is handed out in order and released at once. One message decodes into one arena.
 *
 * A caller who gives the first block (say 4 KiB of stack) sees no allocation until it is used up. `limit` bounds the
 * sum of all blocks: what a peer can make us allocate ends there (DIA_ESPACE). */
typedef struct dia_arena {
    uint8_t *next, *end;            /* free octets of the current block */
    struct dia_arena_block *blocks; /* blocks from the allocator, newest first */
    uint8_t *first;                 /* the caller's block */
    size_t first_size;
    size_t used;  /* octets of all blocks from the allocator */
    size_t limit; /* upper bound of `used` */
    const dia_allocator *alloc;
    int err; /* 0, DIA_ENOMEM or DIA_ESPACE: the first failure */
} dia_arena;

/* Starts an arena on `first` (kept, may be NULL with size 0). limit 0 means 1 MiB. alloc NULL means the default. */
void dia_arena_init(dia_arena *arena, void *first, size_t first_size, size_t limit, const dia_allocator *alloc);

/* n octets, aligned to 8, not cleared. NULL on failure (arena->err says which). n == 0 gives a valid pointer. */
void *dia_arena_get(dia_arena *arena, size_t n);

/* The same, cleared. */
void *dia_arena_get0(dia_arena *arena, size_t n);

/* A copy of the octets in the arena; absent stays absent; absent also on failure (arena->err). */
dia_bytes dia_arena_copy(dia_arena *arena, dia_bytes b);

/* Forgets all contents, keeps the caller's block and the newest other one for the next use. */
void dia_arena_reset(dia_arena *arena);

/* Releases everything that came from the allocator. */
void dia_arena_done(dia_arena *arena);

#ifdef __cplusplus
}
#endif
#endif

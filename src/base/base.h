/* The ground room's door: octets, lists, timers, maps, growing buffers, pools, random numbers and sentences for the rooms
 * above.
 *
 * takes      octets, keys, an allocator
 * gives      byte-order loads and stores, dia_histogram, dia_buf, dia_pool, dia_list, dia_heap, dia_map, dia_names, dia_random,
 *            dia_sentence
 * owns       nothing: all state is in the caller's structs
 * may use    the C library
 * never sees Diameter, the operating system, a clock
 * tests      tests/base */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "diatom/base.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

/* ---- Octets: the only place that shifts or casts them; wire order is big endian ---- */

#if defined __GNUC__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define DIA_SWAP(bits, v) __builtin_bswap##bits(v)
#elif defined __GNUC__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define DIA_SWAP(bits, v) (v)
#endif

#ifdef DIA_SWAP
/* Whole words: not all compilers see through the shifts below. */
#define DIA_WORD(bits)                                                                                                 \
    static inline uint##bits##_t dia_load##bits(const uint8_t *p)                                                      \
    {                                                                                                                  \
        uint##bits##_t v;                                                                                              \
        memcpy(&v, p, sizeof v);                                                                                       \
        return DIA_SWAP(bits, v);                                                                                      \
    }                                                                                                                  \
    static inline void dia_store##bits(uint8_t *p, uint##bits##_t v)                                                   \
    {                                                                                                                  \
        v = DIA_SWAP(bits, v);                                                                                         \
        memcpy(p, &v, sizeof v);                                                                                       \
    }
#else
#define DIA_WORD(bits)                                                                                                 \
    static inline uint##bits##_t dia_load##bits(const uint8_t *p)                                                      \
    {                                                                                                                  \
        uint##bits##_t v = 0;                                                                                          \
        for (int i = 0; i < bits / 8; i++)                                                                             \
            v = (uint##bits##_t)(v << 8 | p[i]);                                                                       \
        return v;                                                                                                      \
    }                                                                                                                  \
    static inline void dia_store##bits(uint8_t *p, uint##bits##_t v)                                                   \
    {                                                                                                                  \
        for (int i = bits / 8 - 1; i >= 0; i--, v = (uint##bits##_t)(v >> 8))                                          \
            p[i] = (uint8_t)v;                                                                                         \
    }
#endif

/* uint16_t dia_load16(const uint8_t *p), void dia_store16(uint8_t *p, uint16_t v), and so on; no alignment needed. */
DIA_WORD(16)
DIA_WORD(32)
DIA_WORD(64)

static inline uint32_t dia_load24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* The lower 24 bits of v. */
static inline void dia_store24(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

/* The numbers between floating point and its bits; every bit is kept, those of NaNs too. */
static inline uint32_t dia_bits_of_f32(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline uint64_t dia_bits_of_f64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline float dia_f32_of_bits(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double dia_f64_of_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* The ASCII letter in lower case, any other octet as it is. */
static inline uint8_t dia_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* The same of eight octets at once: one gets its bit 0x20 where it lies between 'A' and 'Z'. */
static inline uint64_t dia_lower8(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t low7 = w & 0x7f * ones;
    const uint64_t capital = (low7 + (0x80 - 'A') * ones) & ~(low7 + (0x80 - 'Z' - 1) * ones) & ~w & 0x80 * ones;
    return w | capital >> 2;
}

static inline bool dia_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* 0 to 15, or -1. */
static inline int dia_hex_digit(uint8_t c)
{
    if (dia_is_digit(c))
        return c - '0';
    c = dia_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- Memory ---- */

/* Memory from the allocator; NULL alloc means the default. dia_release(NULL) is fine. */
void *dia_alloc(const dia_allocator *alloc, size_t n);
void *dia_alloc0(const dia_allocator *alloc, size_t n);
void dia_release(const dia_allocator *alloc, void *p, size_t n);

/* The struct of which `ptr` is the member: DIA_OF(node, struct peer, timer). */
#define DIA_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* ---- A growing buffer of octets: appended at the end, consumed at the front ---- */

typedef struct dia_buf {
    uint8_t *p; /* the first live octet; NULL as long as nothing was reserved */
    size_t n;   /* live octets */
    size_t cap; /* octets of the storage */
    size_t max; /* upper bound of n */
    uint8_t *store;
    const dia_allocator *alloc;
} dia_buf;

/* Allocates nothing yet. max 0 means no bound. */
void dia_buf_init(dia_buf *buf, size_t max, const dia_allocator *alloc);

/* Makes room for `extra` octets at buf->p + buf->n. DIA_ESPACE above max, DIA_ENOMEM; the contents stay in any case. */
int dia_buf_reserve(dia_buf *buf, size_t extra);

/* Appends a copy. The octets must not lie in the buffer itself. Errors as above. */
int dia_buf_append(dia_buf *buf, dia_bytes octets);

/* The octets that were written into the reserved room belong to the contents now. */
void dia_buf_commit(dia_buf *buf, size_t n);

/* Drops n octets at the front. Nothing moves. */
void dia_buf_consume(dia_buf *buf, size_t n);

/* A view of the contents, valid until the next reserve or append. */
dia_bytes dia_buf_bytes(const dia_buf *buf);

/* Releases the storage; the buffer is as after init. */
void dia_buf_done(dia_buf *buf);

/* ---- A pool: blocks of up to some 4 KiB that are used again, for what comes and goes all the time ---- */

enum { DIA_POOL_CLASSES = 128 };

typedef struct dia_pool {
    void *free[DIA_POOL_CLASSES];
    size_t spare; /* octets of the blocks that nobody has */
    size_t most;  /* upper bound of it: what comes back above goes to the allocator */
    const dia_allocator *alloc;
} dia_pool;

/* Allocates nothing. What was taken must be given back; dia_pool_trim() then leaves nothing behind. */
void dia_pool_init(dia_pool *pool, size_t most, const dia_allocator *alloc);

/* A block of n octets, n > 0, with the contents of whoever had it; NULL without memory. Larger ones come from the allocator. */
void *dia_pool_take(dia_pool *pool, size_t n);

/* Gives it back, with the n that it was taken with. NULL is fine. */
void dia_pool_give(dia_pool *pool, void *p, size_t n);

/* What a block of n octets takes of the allocator. */
size_t dia_pool_size(size_t n);

/* Gives all blocks that nobody has to the allocator. */
void dia_pool_trim(dia_pool *pool);

/* ---- A doubly linked list inside the caller's structs; the head is a node too ---- */

typedef struct dia_list {
    struct dia_list *prev, *next;
} dia_list;

static inline void dia_list_init(dia_list *head)
{
    head->prev = head->next = head;
}

static inline bool dia_list_empty(const dia_list *head)
{
    return head->next == head;
}

static inline void dia_list_insert(dia_list *before, dia_list *node)
{
    node->prev = before->prev;
    node->next = before;
    before->prev->next = node;
    before->prev = node;
}

static inline void dia_list_push_back(dia_list *head, dia_list *node)
{
    dia_list_insert(head, node);
}

static inline void dia_list_push_front(dia_list *head, dia_list *node)
{
    dia_list_insert(head->next, node);
}

/* Takes a node out and leaves it alone in a list of its own, so that removing twice does no harm. */
static inline void dia_list_remove(dia_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    dia_list_init(node);
}

/* Takes the first node out; NULL when the list is empty. */
static inline dia_list *dia_list_pop(dia_list *head)
{
    dia_list *node = head->next;
    if (node == head)
        return NULL;
    dia_list_remove(node);
    return node;
}

/* for (dia_list *p = head.next; p != &head; p = p->next), with the current node free to leave the list. */
#define DIA_LIST_EACH(p, head)                                                                                         \
    for (dia_list *p = (head)->next, *p##_next = p->next; p != (head); p = p##_next, p##_next = p->next)

/* ---- Timers: a binary heap of nodes inside the caller's structs, the earliest first ---- */

typedef struct dia_timer {
    int64_t at;   /* microseconds, as in dia_time */
    size_t place; /* 1 + index in the heap; 0: not set. Zero-initialized nodes are ready for use. */
} dia_timer;

typedef struct dia_heap {
    struct dia_heap_item *items;
    size_t n, cap;
    const dia_allocator *alloc;
} dia_heap;

void dia_heap_init(dia_heap *heap, const dia_allocator *alloc);
void dia_heap_done(dia_heap *heap);

/* Room for n timers in all, so that setting them cannot fail. DIA_ENOMEM. */
int dia_heap_reserve(dia_heap *heap, size_t n);

/* Sets a timer, or moves one that is set. DIA_ENOMEM only for one that is not set yet. */
int dia_heap_set(dia_heap *heap, dia_timer *timer, int64_t at);

/* Takes a timer out; fine when it is not set. */
void dia_heap_remove(dia_heap *heap, dia_timer *timer);

/* The earliest timer, NULL when there is none. */
dia_timer *dia_heap_first(const dia_heap *heap);

/* Its moment, DIA_NEVER_US when there is none. */
int64_t dia_heap_deadline(const dia_heap *heap);

static inline bool dia_timer_is_set(const dia_timer *timer)
{
    return timer->place != 0;
}

/* ---- Hash tables. The seed keeps a peer from choosing keys that collide ---- */

/* 64-bit numbers to pointers (not NULL). */
typedef struct dia_map {
    struct dia_map_slot *slots;
    size_t n, cap; /* cap is 0 or a power of 2 */
    uint64_t seed;
    const dia_allocator *alloc;
} dia_map;

void dia_map_init(dia_map *map, uint64_t seed, const dia_allocator *alloc);
void dia_map_done(dia_map *map);
void *dia_map_get(const dia_map *map, uint64_t key);

/* DIA_EEXIST when the key is there (it keeps its value), DIA_ENOMEM. */
int dia_map_put(dia_map *map, uint64_t key, void *value);

/* Takes the key out and returns its value, or NULL. */
void *dia_map_remove(dia_map *map, uint64_t key);

/* All entries in no order: size_t at = 0; while ((value = dia_map_next(&map, &at, &key))). The map must not change
 * meanwhile. `key` may be NULL. */
void *dia_map_next(const dia_map *map, size_t *at, uint64_t *key);

/* Names to pointers (not NULL); case of ASCII letters does not count, as with realms and identities. */
typedef struct dia_names {
    struct dia_names_slot *slots;
    size_t n, cap;
    uint64_t seed;
    const dia_allocator *alloc;
} dia_names;

/* All as with dia_map. The octets of a name are kept: they live as long as the entry, usually inside the value. */
void dia_names_init(dia_names *names, uint64_t seed, const dia_allocator *alloc);
void dia_names_done(dia_names *names);
void *dia_names_get(const dia_names *names, dia_bytes name);
int dia_names_put(dia_names *names, dia_bytes name, void *value);
void *dia_names_remove(dia_names *names, dia_bytes name);
void *dia_names_next(const dia_names *names, size_t *at, dia_bytes *name);

/* The hashes behind them, for tables of other shapes: that of names is SipHash-1-3, without case. */
uint64_t dia_hash_u64(uint64_t key, uint64_t seed);
uint64_t dia_hash_nocase(dia_bytes name, uint64_t seed);

/* ---- Codes of authentication: SipHash-2-4 with 128 bits ---- */

typedef struct dia_siphash {
    uint64_t v[4];
    uint8_t rest[8]; /* what does not fill a word yet */
    size_t n;        /* octets so far */
} dia_siphash;

void dia_siphash_init(dia_siphash *h, const uint8_t key[16]);
void dia_siphash_add(dia_siphash *h, dia_bytes octets);
void dia_siphash_end(dia_siphash *h, uint8_t to[16]);

/* The same? It takes as long whether they are or not, so that nobody finds a code by the clock. */
bool dia_codes_equal(const uint8_t a[16], const uint8_t b[16]);

/* ---- Random numbers: the same seed gives the same sequence. Not for keys or secrets ---- */

typedef struct dia_random {
    uint64_t s[4];
} dia_random;

void dia_random_init(dia_random *random, const uint8_t seed[32]);
uint64_t dia_random_u64(dia_random *random);
uint32_t dia_random_u32(dia_random *random);

/* Even over 0 .. n - 1; n > 0. */
uint64_t dia_random_below(dia_random *random, uint64_t n);

void dia_random_fill(dia_random *random, void *to, size_t n);

/* ---- Sentences for people ---- */

#ifdef __GNUC__
#define DIA_PRINTF_(text, first) __attribute__((format(printf, text, first)))
#else
#define DIA_PRINTF_(text, first)
#endif

/* As snprintf(), but what has no room ends with "...". */
void dia_sentence(char *to, size_t size, const char *format, ...) DIA_PRINTF_(3, 4);
void dia_sentence_list(char *to, size_t size, const char *format, va_list args) DIA_PRINTF_(3, 0);

/* The first of some octets, for a place between single quotes: those that are printable as they are, others as \xNN. */
enum { DIA_SHOWN_OCTETS = 8 };
typedef struct dia_shown_octets {
    char text[4 * DIA_SHOWN_OCTETS + 1];
} dia_shown_octets;
dia_shown_octets dia_show_octets(dia_bytes octets);

#endif

/* Memory: the default allocator, and arenas whose contents are released at once. */
#include "base/base.h"

#include <stdlib.h>

enum { ALIGN = 8, BLOCK_MIN = 4096, BLOCK_MAX = 65536, LIMIT_DEFAULT = 1 << 20 };

struct dia_arena_block {
    struct dia_arena_block *older;
    size_t size; /* octets from the allocator, this header included */
};

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    (void)arg;
    (void)old_size;
    if (new_size)
        return realloc(p, new_size);
    free(p);
    return NULL;
}

const dia_allocator *dia_allocator_default(void)
{
    static const dia_allocator allocator = { resize, NULL };
    return &allocator;
}

static const dia_allocator *or_default(const dia_allocator *alloc)
{
    return alloc ? alloc : dia_allocator_default();
}

void *dia_alloc(const dia_allocator *alloc, size_t n)
{
    alloc = or_default(alloc);
    return alloc->resize(alloc->arg, NULL, 0, n);
}

void *dia_alloc0(const dia_allocator *alloc, size_t n)
{
    void *p = dia_alloc(alloc, n);
    return p ? memset(p, 0, n) : NULL;
}

void dia_release(const dia_allocator *alloc, void *p, size_t n)
{
    alloc = or_default(alloc);
    if (p)
        alloc->resize(alloc->arg, p, n, 0);
}

static void enter_first(dia_arena *arena)
{
    const size_t skip = (ALIGN - ((uintptr_t)arena->first & (ALIGN - 1))) & (ALIGN - 1);
    arena->next = arena->end = arena->first;
    if (arena->first_size <= skip)
        return;
    arena->next += skip;
    arena->end += arena->first_size;
}

static void enter_block(dia_arena *arena)
{
    arena->next = (uint8_t *)(arena->blocks + 1);
    arena->end = (uint8_t *)arena->blocks + arena->blocks->size;
}

static size_t free_octets(const dia_arena *arena)
{
    return (size_t)(arena->end - arena->next);
}

static bool is_in_first(const dia_arena *arena)
{
    return arena->first_size && arena->end == arena->first + arena->first_size;
}

static int add_block(dia_arena *arena, size_t n)
{
    const size_t left = arena->limit - arena->used;
    if (n > left || left - n < sizeof(struct dia_arena_block))
        return DIA_ESPACE;
    size_t size = arena->blocks ? 2 * arena->blocks->size : BLOCK_MIN;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < n + sizeof(struct dia_arena_block))
        size = n + sizeof(struct dia_arena_block);
    if (size > left)
        size = left;
    struct dia_arena_block *block = dia_alloc(arena->alloc, size);
    if (!block)
        return DIA_ENOMEM;
    *block = (struct dia_arena_block){ arena->blocks, size };
    arena->blocks = block;
    arena->used += size;
    enter_block(arena);
    return 0;
}

static int make_room(dia_arena *arena, size_t n)
{
    /* After a reset the caller's block is used first; then the block that was kept. */
    if (is_in_first(arena) && arena->blocks) {
        enter_block(arena);
        if (n <= free_octets(arena))
            return 0;
    }
    return add_block(arena, n);
}

void dia_arena_init(dia_arena *arena, void *first, size_t first_size, size_t limit, const dia_allocator *alloc)
{
    *arena = (dia_arena){
        .first = first,
        .first_size = first ? first_size : 0,
        .limit = limit ? limit : LIMIT_DEFAULT,
        .alloc = or_default(alloc),
    };
    enter_first(arena);
}

void *dia_arena_get(dia_arena *arena, size_t n)
{
    const size_t rounded = n ? (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1) : ALIGN;
    int err = rounded < n ? DIA_ESPACE : 0;
    if (!err && rounded > free_octets(arena))
        err = make_room(arena, rounded);
    if (err) {
        if (!arena->err)
            arena->err = err;
        return NULL;
    }
    void *p = arena->next;
    arena->next += rounded;
    return p;
}

void *dia_arena_get0(dia_arena *arena, size_t n)
{
    void *p = dia_arena_get(arena, n);
    return p ? memset(p, 0, n) : NULL;
}

dia_bytes dia_arena_copy(dia_arena *arena, dia_bytes b)
{
    if (!b.p)
        return b;
    uint8_t *p = dia_arena_get(arena, b.n);
    if (!p)
        return (dia_bytes){ NULL, 0 };
    memcpy(p, b.p, b.n);
    return (dia_bytes){ p, b.n };
}

static void release_blocks(dia_arena *arena, struct dia_arena_block **from)
{
    while (*from) {
        struct dia_arena_block *block = *from;
        *from = block->older;
        arena->used -= block->size;
        dia_release(arena->alloc, block, block->size);
    }
}

void dia_arena_reset(dia_arena *arena)
{
    arena->err = 0;
    if (arena->blocks)
        release_blocks(arena, &arena->blocks->older);
    enter_first(arena);
    if (!is_in_first(arena) && arena->blocks)
        enter_block(arena);
}

void dia_arena_done(dia_arena *arena)
{
    release_blocks(arena, &arena->blocks);
    arena->err = 0;
    enter_first(arena);
}

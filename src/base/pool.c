/* Blocks of many sizes, used again: lists of free ones, one for each size. */
#include "base/base.h"

/* Eight octets below a multiple of 32, which is where allocators put words of their own. */
enum { STEP = 32, HEAD = 8 };

typedef struct block {
    struct block *next;
} block;

static size_t class_of(size_t n)
{
    return (n + HEAD + STEP - 1) / STEP - 1;
}

static size_t size_of(size_t class)
{
    return (class + 1) * STEP - HEAD;
}

void dia_pool_init(dia_pool *pool, size_t most, const dia_allocator *alloc)
{
    *pool = (dia_pool){ .most = most, .alloc = alloc ? alloc : dia_allocator_default() };
}

void *dia_pool_take(dia_pool *pool, size_t n)
{
    const size_t class = class_of(n);
    if (class >= DIA_POOL_CLASSES)
        return dia_alloc(pool->alloc, n);
    block *b = pool->free[class];
    if (!b)
        return dia_alloc(pool->alloc, size_of(class));
    pool->free[class] = b->next;
    pool->spare -= size_of(class);
    return b;
}

void dia_pool_give(dia_pool *pool, void *p, size_t n)
{
    const size_t class = class_of(n);
    if (!p)
        return;
    if (class >= DIA_POOL_CLASSES) {
        dia_release(pool->alloc, p, n);
        return;
    }
    const size_t size = size_of(class);
    if (pool->spare + size > pool->most) {
        dia_release(pool->alloc, p, size);
        return;
    }
    block *b = p;
    b->next = pool->free[class];
    pool->free[class] = b;
    pool->spare += size;
}

size_t dia_pool_size(size_t n)
{
    const size_t class = class_of(n);
    return class < DIA_POOL_CLASSES ? size_of(class) : n;
}

void dia_pool_trim(dia_pool *pool)
{
    for (size_t class = 0; pool->spare && class < DIA_POOL_CLASSES; class ++) {
        for (block *b; (b = pool->free[class]);) {
            pool->free[class] = b->next;
            pool->spare -= size_of(class);
            dia_release(pool->alloc, b, size_of(class));
        }
    }
}

/* Pools: blocks are used again, up to a bound, and nothing is lost. */
#include "base/base.h"

#include "harness.h"

/* Counts what was taken of it and not given back. */
typedef struct counter {
    size_t octets, calls;
} counter;

static void *count(void *arg, void *p, size_t old_size, size_t new_size)
{
    counter *c = arg;
    const dia_allocator *alloc = harness_allocator();
    void *new = alloc->resize(alloc->arg, p, old_size, new_size);
    if (new || !new_size)
        c->octets += new_size - old_size;
    c->calls++;
    return new;
}

static void block_is_used_again(void)
{
    counter c = { 0, 0 };
    const dia_allocator alloc = { count, &c };
    dia_pool pool;
    dia_pool_init(&pool, 10000, &alloc);
    uint8_t *first = dia_pool_take(&pool, 100);
    need(first);
    memset(first, 1, 100);
    dia_pool_give(&pool, first, 100);
    const size_t calls = c.calls;
    for (size_t n = 89; n <= 120; n++) { /* all of one size */
        uint8_t *again = dia_pool_take(&pool, n);
        need(again == first);
        memset(again, 2, n);
        need_int(pool.spare, 0);
        dia_pool_give(&pool, again, n);
        need_int(pool.spare, dia_pool_size(n));
    }
    need_int(c.calls, calls);
    need_int(c.octets, dia_pool_size(100));
done:
    dia_pool_trim(&pool);
    check(!c.octets && !pool.spare);
}

static void other_sizes_have_blocks_of_their_own(void)
{
    counter c = { 0, 0 };
    const dia_allocator alloc = { count, &c };
    dia_pool pool;
    dia_pool_init(&pool, 10000, &alloc);
    uint8_t *small = dia_pool_take(&pool, 20), *large = NULL;
    need(small);
    dia_pool_give(&pool, small, 20);
    large = dia_pool_take(&pool, 25);
    need(large && large != small);
    memset(large, 3, 25);
    dia_pool_give(&pool, large, 25);
    need_int(pool.spare, dia_pool_size(20) + dia_pool_size(25));
done:
    dia_pool_trim(&pool);
    check(!c.octets);
}

static void what_waits_is_bounded(void)
{
    enum { N = 100, SIZE = 200 };
    counter c = { 0, 0 };
    const dia_allocator alloc = { count, &c };
    void *blocks[N] = { NULL };
    dia_pool pool;
    dia_pool_init(&pool, 10 * dia_pool_size(SIZE), &alloc);
    for (int i = 0; i < N; i++)
        need(blocks[i] = dia_pool_take(&pool, SIZE));
    for (int i = 0; i < N; i++) {
        dia_pool_give(&pool, blocks[i], SIZE);
        blocks[i] = NULL;
    }
    need_int(pool.spare, 10 * dia_pool_size(SIZE));
    need_int(c.octets, pool.spare);
done:
    for (int i = 0; i < N; i++)
        dia_pool_give(&pool, blocks[i], SIZE);
    dia_pool_trim(&pool);
    check(!c.octets);
}

static void pool_without_room_passes_all_on(void)
{
    counter c = { 0, 0 };
    const dia_allocator alloc = { count, &c };
    dia_pool pool;
    dia_pool_init(&pool, 0, &alloc);
    void *p = dia_pool_take(&pool, 50);
    need(p);
    dia_pool_give(&pool, p, 50);
done:
    check(!c.octets && !pool.spare);
}

static void long_blocks_come_and_go(void)
{
    enum { LONG = 1 << 20, LAST = DIA_POOL_CLASSES * 32 - 8 };
    counter c = { 0, 0 };
    const dia_allocator alloc = { count, &c };
    dia_pool pool;
    dia_pool_init(&pool, SIZE_MAX / 2, &alloc);
    check_int(dia_pool_size(LONG), LONG);
    check_int(dia_pool_size(LAST), LAST);
    void *p = dia_pool_take(&pool, LONG), *last = dia_pool_take(&pool, LAST), *next = dia_pool_take(&pool, LAST + 1);
    dia_pool_give(&pool, p, LONG);
    dia_pool_give(&pool, last, LAST);
    dia_pool_give(&pool, next, LAST + 1);
    dia_pool_give(&pool, NULL, 7);
    check(pool.spare == (last ? LAST : 0) && c.octets == pool.spare);
    dia_pool_trim(&pool);
    check(!c.octets);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "block_is_used_again", block_is_used_again },
        { "other_sizes_have_blocks_of_their_own", other_sizes_have_blocks_of_their_own },
        { "what_waits_is_bounded", what_waits_is_bounded },
        { "pool_without_room_passes_all_on", pool_without_room_passes_all_on },
        { "long_blocks_come_and_go", long_blocks_come_and_go },
    };
    return HARNESS_RUN("base/pool", tests);
}

/* Arenas: alignment, the caller's block, the limit, reset. */
#include "base/base.h"

#include "harness.h"

static bool is_aligned(const void *p)
{
    return ((uintptr_t)p & 7) == 0;
}

static void callers_block_is_used_first(void)
{
    uint64_t first[16];
    dia_arena arena;
    dia_arena_init(&arena, first, sizeof first, 0, harness_allocator());
    need(dia_arena_get(&arena, 1) == (void *)first);
    need(dia_arena_get(&arena, 120) == (void *)(first + 1));
    need_int(arena.used, 0);
    uint8_t *p = dia_arena_get(&arena, 1);
    need(p != NULL);
    need(arena.used > 0);
done:
    dia_arena_done(&arena);
    check_int(arena.used, 0);
}

static void memory_is_aligned_to_8_in_an_unaligned_block(void)
{
    for (size_t skip = 0; skip < 8; skip++) {
        uint64_t store[8];
        dia_arena arena;
        dia_arena_init(&arena, (uint8_t *)store + skip, sizeof store - skip, 0, harness_allocator());
        for (size_t n = 0; n < 20; n++) {
            uint8_t *p = dia_arena_get(&arena, n);
            need(p != NULL);
            need(is_aligned(p));
            memset(p, 0xee, n);
        }
    done:
        dia_arena_done(&arena);
    }
}

static void block_too_small_to_align_is_not_used(void)
{
    uint64_t store[2];
    dia_arena arena;
    dia_arena_init(&arena, (uint8_t *)store + 1, 7, 0, harness_allocator());
    uint8_t *p = dia_arena_get(&arena, 0);
    need(p != NULL);
    need(arena.used > 0);
    dia_arena_reset(&arena);
    need(dia_arena_get(&arena, 8) == (void *)p);
done:
    dia_arena_done(&arena);
}

static void contents_survive_growth(void)
{
    enum { COUNT = 300 };
    uint32_t *numbers[COUNT];
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    for (uint32_t i = 0; i < COUNT; i++) {
        numbers[i] = dia_arena_get0(&arena, 100 + i % 7);
        need(numbers[i] != NULL);
        need_int(*numbers[i], 0);
        *numbers[i] = i;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        need_int(*numbers[i], i);
done:
    dia_arena_done(&arena);
}

static void limit_bounds_all_blocks(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 10000, harness_allocator());
    size_t got = 0;
    while (dia_arena_get(&arena, 100))
        got += 100;
    need_int(arena.err, DIA_ESPACE);
    need(arena.used <= 10000);
    need(got > 9000);
done:
    dia_arena_done(&arena);
}

static void one_request_may_fill_the_limit(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 1 << 16, harness_allocator());
    need(dia_arena_get(&arena, (1 << 16) - 16) != NULL);
    need_int(arena.used, 1 << 16);
    need(dia_arena_get(&arena, 1) == NULL);
    need_int(arena.err, DIA_ESPACE);
done:
    dia_arena_done(&arena);
}

static void huge_requests_do_not_wrap(void)
{
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 8, SIZE_MAX / 2, (size_t)1 << 21 };
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        arena.err = 0;
        check(dia_arena_get(&arena, sizes[i]) == NULL);
        check_int(arena.err, DIA_ESPACE);
    }
    dia_arena_done(&arena);
}

static void first_error_is_kept(void)
{
    uint64_t first[1];
    dia_arena arena;
    dia_arena_init(&arena, first, sizeof first, 1 << 16, harness_allocator());
    check(dia_arena_get(&arena, 1 << 17) == NULL);
    check_int(arena.err, DIA_ESPACE);
    check(dia_arena_get(&arena, 8) == (void *)first); /* small ones still go */
    check_int(arena.err, DIA_ESPACE);
    check(dia_arena_get(&arena, 1000) != NULL);
    check_int(arena.err, DIA_ESPACE);
    dia_arena_done(&arena);
}

static void failed_allocation_is_told(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    const void *p = dia_arena_get(&arena, 8);
    check(harness_injected() ? !p && arena.err == DIA_ENOMEM : p && !arena.err);
    dia_arena_done(&arena);
}

static void reset_keeps_the_newest_block(void)
{
    uint64_t first[4];
    dia_arena arena;
    dia_arena_init(&arena, first, sizeof first, 0, harness_allocator());
    for (int i = 0; i < 50; i++)
        need(dia_arena_get(&arena, 1000) != NULL);
    const size_t used = arena.used;
    dia_arena_reset(&arena);
    need(arena.used > 0 && arena.used < used);
    const size_t kept = arena.used;
    need(dia_arena_get(&arena, 32) == (void *)first);
    need(dia_arena_get(&arena, kept - 16) != NULL); /* the whole kept block */
    need_int(arena.used, kept);
    need(dia_arena_get(&arena, 8) != NULL);
    need(arena.used > kept);
done:
    dia_arena_done(&arena);
}

static void steady_use_allocates_nothing(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    need(dia_arena_get(&arena, 3000) != NULL);
    for (int i = 0; i < 10; i++) {
        dia_arena_reset(&arena);
        const size_t used = arena.used;
        need(dia_arena_get(&arena, 3000) != NULL);
        need_int(arena.used, used);
    }
done:
    dia_arena_done(&arena);
}

static void copies_keep_absent_and_empty_apart(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    need(dia_arena_copy(&arena, (dia_bytes){ NULL, 0 }).p == NULL);
    const dia_bytes empty = dia_arena_copy(&arena, dia_cstr(""));
    need(empty.p != NULL);
    need_int(empty.n, 0);
    const dia_bytes text = dia_arena_copy(&arena, dia_cstr("realm"));
    need_bytes(text, dia_cstr("realm"));
done:
    dia_arena_done(&arena);
}

static void done_arena_can_be_used_again(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, NULL); /* the default allocator, too */
    check(dia_arena_get(&arena, 10) != NULL);
    dia_arena_done(&arena);
    check(dia_arena_get(&arena, 10) != NULL);
    dia_arena_done(&arena);
    dia_arena_done(&arena);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "callers_block_is_used_first", callers_block_is_used_first },
        { "memory_is_aligned_to_8_in_an_unaligned_block", memory_is_aligned_to_8_in_an_unaligned_block },
        { "block_too_small_to_align_is_not_used", block_too_small_to_align_is_not_used },
        { "contents_survive_growth", contents_survive_growth },
        { "limit_bounds_all_blocks", limit_bounds_all_blocks },
        { "one_request_may_fill_the_limit", one_request_may_fill_the_limit },
        { "huge_requests_do_not_wrap", huge_requests_do_not_wrap },
        { "first_error_is_kept", first_error_is_kept },
        { "failed_allocation_is_told", failed_allocation_is_told },
        { "reset_keeps_the_newest_block", reset_keeps_the_newest_block },
        { "steady_use_allocates_nothing", steady_use_allocates_nothing },
        { "copies_keep_absent_and_empty_apart", copies_keep_absent_and_empty_apart },
        { "done_arena_can_be_used_again", done_arena_can_be_used_again },
    };
    return HARNESS_RUN("base/arena", tests);
}

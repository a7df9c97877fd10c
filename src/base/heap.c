/* Timers in a binary heap: the earliest is found at once, any can be moved or taken out in O(log n). */
#include "base/base.h"

/* The moment stands beside the pointer, so that sifting stays inside one array. */
struct dia_heap_item {
    int64_t at;
    dia_timer *timer;
};

static void place(dia_heap *heap, size_t i, struct dia_heap_item item)
{
    heap->items[i] = item;
    item.timer->place = i + 1;
}

static void sift_up(dia_heap *heap, size_t i, struct dia_heap_item item)
{
    while (i > 0) {
        const size_t parent = (i - 1) / 2;
        if (heap->items[parent].at <= item.at)
            break;
        place(heap, i, heap->items[parent]);
        i = parent;
    }
    place(heap, i, item);
}

static void sift_down(dia_heap *heap, size_t i, struct dia_heap_item item)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && heap->items[child + 1].at < heap->items[child].at)
            child++;
        if (item.at <= heap->items[child].at)
            break;
        place(heap, i, heap->items[child]);
        i = child;
    }
    place(heap, i, item);
}

static void settle(dia_heap *heap, size_t i, struct dia_heap_item item)
{
    if (i > 0 && item.at < heap->items[(i - 1) / 2].at)
        sift_up(heap, i, item);
    else
        sift_down(heap, i, item);
}

void dia_heap_init(dia_heap *heap, const dia_allocator *alloc)
{
    *heap = (dia_heap){ .alloc = alloc ? alloc : dia_allocator_default() };
}

void dia_heap_done(dia_heap *heap)
{
    for (size_t i = 0; i < heap->n; i++)
        heap->items[i].timer->place = 0;
    dia_release(heap->alloc, heap->items, heap->cap * sizeof *heap->items);
    heap->items = NULL;
    heap->n = heap->cap = 0;
}

int dia_heap_reserve(dia_heap *heap, size_t n)
{
    if (n <= heap->cap)
        return 0;
    size_t cap = heap->cap ? heap->cap : 16;
    while (cap < n && cap <= SIZE_MAX / 2 / sizeof *heap->items)
        cap *= 2;
    if (cap < n)
        return DIA_ENOMEM;
    struct dia_heap_item *items =
        heap->alloc->resize(heap->alloc->arg, heap->items, heap->cap * sizeof *items, cap * sizeof *items);
    if (!items)
        return DIA_ENOMEM;
    heap->items = items;
    heap->cap = cap;
    return 0;
}

int dia_heap_set(dia_heap *heap, dia_timer *timer, int64_t at)
{
    const struct dia_heap_item item = { at, timer };
    if (!timer->place) {
        const int err = dia_heap_reserve(heap, heap->n + 1);
        if (err)
            return err;
        timer->at = at;
        sift_up(heap, heap->n++, item);
        return 0;
    }
    timer->at = at;
    settle(heap, timer->place - 1, item);
    return 0;
}

void dia_heap_remove(dia_heap *heap, dia_timer *timer)
{
    if (!timer->place)
        return;
    const size_t i = timer->place - 1;
    assert(i < heap->n && heap->items[i].timer == timer);
    timer->place = 0;
    heap->n--;
    if (i < heap->n)
        settle(heap, i, heap->items[heap->n]);
}

dia_timer *dia_heap_first(const dia_heap *heap)
{
    return heap->n ? heap->items[0].timer : NULL;
}

int64_t dia_heap_deadline(const dia_heap *heap)
{
    return heap->n ? heap->items[0].at : DIA_NEVER_US;
}

/* Heapsort: n log n for every input, no memory. */
#include "dict/sort.h"

#include <assert.h>
#include <string.h>

enum { ELEMENT_MAX = 64 };

static void swap(char *a, char *b, size_t size)
{
    char t[ELEMENT_MAX];
    memcpy(t, a, size);
    memcpy(a, b, size);
    memcpy(b, t, size);
}

static void sink(char *v, size_t at, size_t n, size_t size, dict_compare_fn *compare, const void *context)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && compare(v + child * size, v + (child + 1) * size, context) < 0)
            child++;
        if (compare(v + at * size, v + child * size, context) >= 0)
            return;
        swap(v + at * size, v + child * size, size);
        at = child;
    }
}

void dict_sort(void *v, size_t n, size_t size, dict_compare_fn *compare, const void *context)
{
    assert(size <= ELEMENT_MAX);
    char *p = v;
    for (size_t i = n / 2; i-- > 0;)
        sink(p, i, n, size, compare, context);
    for (size_t end = n; end-- > 1;) {
        swap(p, p + end * size, size);
        sink(p, 0, end, size, compare, context);
    }
}

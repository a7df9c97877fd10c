/* Sorting in place without memory of its own, unlike some qsort(). Private to the room. */
#ifndef DICT_SORT_H
#define DICT_SORT_H

#include <stddef.h>

/* Negative, 0 or positive. Equal elements end up in any order, so let none be equal where it matters. */
typedef int dict_compare_fn(const void *a, const void *b, const void *context);

/* Elements of up to 64 octets. */
void dict_sort(void *v, size_t n, size_t size, dict_compare_fn *compare, const void *context);

#endif

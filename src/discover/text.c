/* Sentences and names that a search keeps. */
#include "discover/tree.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE = 400 };

const char *dia_quest_print(dia_discovery *d, const char *format, ...)
{
    char text[SENTENCE];
    va_list list;
    va_start(list, format);
    const int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    const size_t size = (n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) + 1;
    char *copy = dia_arena_get(&d->arena, size);
    if (!copy)
        return "out of memory";
    memcpy(copy, text, size - 1);
    copy[size - 1] = 0;
    return copy;
}

const char *dia_quest_copy(dia_discovery *d, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *to = dia_arena_get(&d->arena, size);
    return to ? memcpy(to, text, size) : ".";
}

void dia_quest_note(dia_discovery *d, const char *sentence)
{
    if (d->n_notes < DIA_FOUND_NOTES)
        d->notes[d->n_notes++] = sentence;
}

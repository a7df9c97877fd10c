/* The tree of a document: asked for what stands where. */
#include "agent/tree.h"

#include <stdio.h>

const dia_tree *dia_tree_get(const dia_tree *map, const char *key)
{
    if (!map || map->kind != DIA_TREE_MAP)
        return NULL;
    for (const dia_tree *child = map->first; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

const dia_tree *dia_tree_of(const dia_tree *map, const char *key)
{
    const dia_tree *value = dia_tree_get(map, key);
    return value ? value : map;
}

void dia_tree_path(const dia_tree *at, char *to, size_t size)
{
    enum { DEPTH_MAX = 32 };
    const dia_tree *way[DEPTH_MAX];
    size_t depth = 0, used = 0;
    to[0] = 0;
    for (; at && at->up && depth < DEPTH_MAX; at = at->up)
        if (!at->implied)
            way[depth++] = at;
    while (depth-- && used < size) {
        int n;
        if (way[depth]->key)
            n = snprintf(to + used, size - used, "%s%s", used ? "." : "", dia_show(way[depth]->key).text);
        else
            n = snprintf(to + used, size - used, "[%u]", (unsigned)way[depth]->index);
        used += n > 0 ? (size_t)n : 0;
    }
}

void *dia_keep(dia_reading *r, size_t n)
{
    void *p = dia_arena_get0(r->arena, n);
    if (!p && !r->err)
        r->err = r->arena->err;
    return p;
}

const char *dia_keep_text(dia_reading *r, const char *text, size_t n)
{
    char *copy = dia_keep(r, n + 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

const char *dia_keep_name(dia_reading *r, const char *what, const char *name, size_t i)
{
    char text[32];
    if (name)
        return name;
    const int n = snprintf(text, sizeof text, "%s[%zu]", what, i);
    return dia_keep_text(r, text, (size_t)n);
}

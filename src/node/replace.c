/* A dictionary takes the place of another while the node runs. Handlers that are bound to the layout of a struct go on only
 * where the new one has the same. */
#include "node/node.h"

#include <stdio.h>

/* ---- Layouts ---- */

/* Pairs of grammars that must be alike: those seen, and of these the ones that still have to be looked into. Groups may
 * contain each other in circles and be in many places. */
typedef struct pairs {
    dia_map seen; /* old grammar -> new grammar */
    const dia_grammar **todo;
    size_t n, cap;
    const dia_allocator *alloc;
} pairs;

static int add_pair(pairs *p, const dia_grammar *old, const dia_grammar *new)
{
    const dia_grammar *known = dia_map_get(&p->seen, (uint64_t)(uintptr_t)old);
    if (known)
        return known == new ? 0 : DIA_ERULE;
    if (p->n == p->cap) {
        const size_t size = p->cap * sizeof *p->todo, cap = p->cap ? 2 * p->cap : 16;
        const dia_grammar **todo = p->alloc->resize(p->alloc->arg, p->todo, size, cap * sizeof *todo);
        if (!todo)
            return DIA_ENOMEM;
        p->todo = todo;
        p->cap = cap;
    }
    dia_grammar *const value = (dia_grammar *)(uintptr_t) new; /* a map gives back what it got */
    if (dia_map_put(&p->seen, (uint64_t)(uintptr_t)old, value))
        return DIA_ENOMEM;
    p->todo[p->n++] = old;
    return 0;
}

static int compare_fields(pairs *p, const dia_field *old, const dia_field *new)
{
    if (old->code != new->code || old->vendor != new->vendor || old->store != new->store || old->type != new->type ||
        old->offset != new->offset)
        return DIA_ERULE;
    if (old->type != DIA_TYPE_GROUPED || old->store == DIA_STORE_NONE)
        return 0;
    if (!old->avp->group || !new->avp->group)
        return old->avp->group == new->avp->group ? 0 : DIA_ERULE;
    return add_pair(p, old->avp->group, new->avp->group);
}

static int compare(pairs *p, const dia_grammar *old, const dia_grammar *new)
{
    if (old->n_fields != new->n_fields || old->size != new->size || old->others != new->others)
        return DIA_ERULE;
    int err = 0;
    for (size_t i = 0; i < old->n_fields && !err; i++)
        err = compare_fields(p, &old->fields[i], &new->fields[i]);
    return err;
}

/* 0: a struct of the one is a struct of the other. DIA_ERULE: it is not. DIA_ENOMEM. */
static int same_layout(dia_hub *hub, const dia_grammar *old, const dia_grammar *new)
{
    pairs p = { .alloc = hub->alloc };
    dia_map_init(&p.seen, dia_random_u64(&hub->random), hub->alloc);
    int err = add_pair(&p, old, new);
    while (!err && p.n) {
        const dia_grammar *next = p.todo[--p.n];
        err = compare(&p, next, dia_map_get(&p.seen, (uint64_t)(uintptr_t)next));
    }
    dia_release(hub->alloc, p.todo, p.cap * sizeof *p.todo);
    dia_map_done(&p.seen);
    return err;
}

/* ---- Replacing ---- */

static const dia_dict **place_of(const dia_node *node, uint32_t application)
{
    for (size_t i = 0; i < node->n_dicts; i++)
        if (node->dicts[i]->application == application)
            return &node->dicts[i];
    return NULL;
}

static int check_binding(dia_node *node, const dia_binding *binding, const dia_dict *dict)
{
    char text[120];
    const dia_command *old = binding->command, *new = dia_dict_command(dict, old->code, true);
    const int err = new ? same_layout(&node->hub, old->grammar, new->grammar) : DIA_ERULE;
    if (err == DIA_ERULE)
        snprintf(text, sizeof text,
                 new ? "%.60s has a handler and another layout there" : "%.60s has a handler and is not there",
                 old->name);
    return err ? dia_node_failed(node, err, text) : 0;
}

int dia_node_replace(dia_node *node, const dia_dict *dict)
{
    if (dict->table_format != DIA_TABLE_FORMAT)
        return dia_node_failed(node, DIA_EVERSION, NULL);
    if (!dict->has_application)
        return dia_node_failed(node, DIA_EINVAL, NULL);
    const dia_dict **place = place_of(node, dict->application);
    if (!place)
        return dia_node_failed(node, DIA_ENOENT, NULL);
    const dia_dict *old = *place;
    if (dict->app_vendor != old->app_vendor || dict->app_kind != old->app_kind)
        return dia_node_failed(node, DIA_EINVAL, NULL);
    size_t at = 0;
    for (dia_binding *b; (b = dia_map_next(&node->bindings, &at, NULL));) {
        const int err = b->command->dict->application == dict->application ? check_binding(node, b, dict) : 0;
        if (err)
            return err;
    }
    at = 0;
    for (dia_binding *b; (b = dia_map_next(&node->bindings, &at, NULL));)
        if (b->command->dict->application == dict->application)
            dia_binding_set(b, dia_dict_command(dict, b->command->code, true));
    *place = dia_dict_ref(dict);
    memset(node->nameless, 0, sizeof node->nameless);
    dia_dict_unref(old);
    return 0;
}

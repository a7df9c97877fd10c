/* Acts that change a message. It is changed in a buffer of the policies', and goes back to its transit at the end. */
#include "agent/policy_rows.h"

/* The buffers change their parts: what was written into the other one is the message now. */
static void swap(dia_policies *all)
{
    uint8_t *buf = all->buf;
    const size_t cap = all->cap;
    all->buf = all->other;
    all->cap = all->other_cap;
    all->other = buf;
    all->other_cap = cap;
}

static int grow(const dia_policies *all, uint8_t **buf, size_t *cap, size_t n)
{
    size_t size = *cap ? *cap : 1024;
    if (n > DIA_MESSAGE_MAX)
        return DIA_ESPACE;
    while (size < n)
        size *= 2;
    if (size == *cap)
        return 0;
    uint8_t *new = all->alloc->resize(all->alloc->arg, *buf, *cap, size);
    if (!new)
        return DIA_ENOMEM;
    *buf = new;
    *cap = size;
    return 0;
}

/* The message lies in `buf`, with room for so many octets more. */
static bool own(dia_policy_work *w, size_t more)
{
    dia_policies *all = w->all;
    const bool here = w->changed;
    const int err = grow(all, &all->buf, &all->cap, w->message.n + more);
    if (err) {
        w->err = err;
        return false;
    }
    if (!here)
        memcpy(all->buf, w->message.p, w->message.n);
    w->message.p = all->buf;
    w->changed = true;
    w->known = false;
    return true;
}

void dia_policy_commit(dia_policy_work *w)
{
    if (w->err || !w->changed)
        return;
    dia_store24(w->all->buf + DIA_AT_LENGTH, (uint32_t)w->message.n);
    w->err = dia_transit_replace(w->transit, w->message);
    w->message = dia_transit_octets(w->transit);
    w->changed = w->known = false;
}

/* ---- All AVPs at a path ---- */

typedef struct going {
    dia_policy_visit *visit;
    void *arg;
    const dia_path *path;
    bool changes;
} going;

static bool is_whole(dia_bytes avps)
{
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_step(&it))
        ;
    return !it.err;
}

bool dia_policy_enters(const dia_avp *avp, size_t depth)
{
    return depth < DIA_NESTING_MAX && is_whole(avp->data);
}

static void go(going *g, dia_builder *b, dia_bytes avps, size_t depth);

static void enter(going *g, dia_builder *b, const dia_avp *avp, size_t depth)
{
    dia_put_group(b, avp->code, avp->vendor, avp->flags);
    go(g, b, avp->data, depth + 1);
    dia_put_group_end(b);
}

static void go(going *g, dia_builder *b, dia_bytes avps, size_t depth)
{
    const dia_path_step *step = g->path && depth < g->path->n ? &g->path->step[depth] : NULL;
    uint32_t seen = 0;
    for (dia_avps it = dia_avps_in(avps); dia_avp_step(&it);) {
        const dia_avp *avp = &it.avp;
        bool meant = !step || (avp->code == step->code && avp->vendor == step->vendor);
        if (step && meant && step->one)
            meant = seen++ == step->index;
        if (!meant) {
            dia_put_octets(b, avp->octets);
            continue;
        }
        if (step && depth + 1 < g->path->n) {
            if (dia_policy_enters(avp, depth))
                enter(g, b, avp, depth);
            else
                dia_put_octets(b, avp->octets);
            continue;
        }
        dia_bytes value = { NULL, 0 };
        const dia_policy_fate fate = g->visit(g->arg, avp, depth, &value);
        g->changes = g->changes || fate == DIA_POLICY_GOES || fate == DIA_POLICY_BECOMES;
        if (fate == DIA_POLICY_ENTERED)
            enter(g, b, avp, depth);
        else if (fate == DIA_POLICY_STAYS)
            dia_put_octets(b, avp->octets);
        else if (fate == DIA_POLICY_BECOMES)
            dia_put_bytes(b, avp->code, avp->vendor, avp->flags, value);
    }
}

/* Into the other buffer, twice where it was too small. */
void dia_policy_transform(dia_policy_work *w, const dia_path *path, dia_policy_visit *visit, void *arg)
{
    dia_policies *all = w->all;
    for (size_t size = w->message.n + 256; !w->err;) {
        going g = { .visit = visit, .arg = arg, .path = path };
        dia_builder b;
        dia_header header;
        if ((w->err = grow(all, &all->other, &all->other_cap, size)) || (w->err = dia_header_read(w->message, &header)))
            return;
        dia_build_begin(&b, all->other, all->other_cap, &header);
        go(&g, &b, (dia_bytes){ w->message.p + DIA_HEADER_SIZE, w->message.n - DIA_HEADER_SIZE }, 0);
        const int64_t n = dia_build_end(&b);
        if (!g.changes)
            return;
        if (n >= 0) {
            swap(all);
            w->message = (dia_bytes){ all->buf, (size_t)n };
            w->changed = true;
            w->known = false;
            return;
        }
        if (n != DIA_ESPACE || b.n <= size)
            w->err = (int)n;
        size = b.n;
    }
}

/* ---- Acts ---- */

static bool find(dia_bytes message, const dia_policy_place *place, dia_avp *out)
{
    dia_finder f;
    dia_finder_start(&f, &place->path, message);
    if (!dia_finder_next(&f))
        return false;
    *out = f.avp;
    return true;
}

/* The value lies outside of the message. */
static void edit(dia_policy_work *w, const dia_policy_place *place, dia_bytes value, bool add)
{
    for (size_t more = value.n + 256; !w->err;) {
        if (!own(w, more))
            return;
        dia_edit e;
        dia_edit_begin(&e, w->all->dicts, w->message, w->all->buf, w->all->cap);
        if (add)
            dia_edit_add(&e, place->text, value);
        else
            dia_edit_set(&e, place->text, value);
        const int64_t n = dia_edit_end(&e);
        if (n >= 0) {
            w->message.n = (size_t)n;
            return;
        }
        if (n == DIA_ESPACE && e.needed > w->all->cap)
            more = e.needed - w->message.n;
        else
            w->err = (int)n;
    }
}

static void copy(dia_policy_work *w, const dia_policy_do *act, size_t variant)
{
    dia_avp avp;
    dia_arena arena;
    uint8_t block[512];
    if (!find(w->message, &act->from[variant], &avp))
        return;
    dia_arena_init(&arena, block, sizeof block, DIA_MESSAGE_MAX, w->all->alloc);
    const dia_bytes value = dia_arena_copy(&arena, avp.data);
    if (value.p)
        edit(w, &act->places[variant], value, false);
    else
        w->err = arena.err;
    dia_arena_done(&arena);
}

static dia_policy_fate go_away(void *arg, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    (void)arg, (void)avp, (void)depth, (void)value;
    return DIA_POLICY_GOES;
}

typedef struct rewriting {
    const dia_policy_do *act;
    uint8_t name[512];
} rewriting;

/* "*.a.example" to "*.b.example": what "*" stands for goes along. */
static dia_policy_fate rewrite(void *arg, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    (void)depth;
    rewriting *r = arg;
    const dia_bytes pattern = r->act->pattern, to = r->act->text, name = avp->data;
    if (!name.n || !dia_name_pattern_matches(pattern, name))
        return DIA_POLICY_STAYS;
    *value = to;
    if (to.p[0] != '*')
        return DIA_POLICY_BECOMES;
    const size_t kept = pattern.p[0] == '*' ? name.n - (pattern.n - 1) : 0;
    if (kept + to.n > sizeof r->name)
        return DIA_POLICY_STAYS;
    memcpy(r->name, name.p, kept);
    memcpy(r->name + kept, to.p + 1, to.n - 1);
    *value = (dia_bytes){ r->name, kept + to.n - 1 };
    return DIA_POLICY_BECOMES;
}

void dia_policy_change(dia_policy_work *w, const dia_policy_do *act, size_t variant)
{
    const dia_policy_place *place = act->places ? &act->places[variant] : NULL;
    rewriting r;
    dia_avp avp;
    switch (act->verb) {
    case DIA_POLICY_SET: edit(w, place, place->value, false); break;
    case DIA_POLICY_ADD: edit(w, place, place->value, true); break;
    case DIA_POLICY_DEFAULT:
        if (!find(w->message, place, &avp))
            edit(w, place, place->value, false);
        break;
    case DIA_POLICY_REMOVE: dia_policy_transform(w, &place->path, go_away, NULL); break;
    case DIA_POLICY_COPY: copy(w, act, variant); break;
    case DIA_POLICY_REWRITE:
        r.act = act;
        dia_policy_transform(w, &place->path, rewrite, &r);
        break;
    default: break;
    }
}

/* Changes to a message in its buffer: a hole is opened where something new goes, or closed, and the lengths around it are
 * mended. */
#include "dict/dict.h"
#include "dict/octets.h"
#include "dict/path.h"
#include "wire/wire.h"

/* Where a path leads. All places are offsets in the message. */
typedef struct place {
    size_t groups[DIA_NESTING_MAX]; /* the groups around it, outermost first */
    int depth;
    bool found;
    bool gap;        /* not found, and there are fewer of that name than its index says */
    size_t from, to; /* found: the AVP and its padding. Else both are where it would be put */
    dia_avp avp;     /* found */
    dia_step step;   /* the last component; or the first one that is not there */
} place;

/* What an AVP gets: octets, or a text for its type. */
typedef struct content {
    dia_bytes octets;
    bool is_text;
} content;

static void fail(dia_edit *e, int err)
{
    if (!e->err)
        e->err = err;
}

static size_t aligned(const dia_edit *e, size_t at)
{
    const size_t up = (at + 3) & ~(size_t)3;
    return up < e->n ? up : e->n;
}

static size_t offset_of(const dia_edit *e, const uint8_t *p)
{
    return (size_t)(p - e->buf);
}

/* ---- Places ---- */

/* One component: 0 found, DIA_ENOENT with `to` behind the last of that name, or at the end of the group. */
static int find_step(dia_edit *e, dia_bytes avps, place *p)
{
    dia_avps it = dia_avps_in(avps);
    uint32_t seen = 0;
    const uint8_t *end = avps.p + avps.n;
    while (dia_avp_next(&it)) {
        if (!dia_step_is(&p->step, &it.avp))
            continue;
        if (seen++ == p->step.index) {
            p->avp = it.avp;
            p->from = offset_of(e, it.avp.octets.p);
            p->to = p->from + it.avp.octets.n;
            return 0;
        }
        end = it.avp.octets.p + it.avp.octets.n;
    }
    if (it.err)
        return DIA_EFORMAT;
    p->from = p->to = aligned(e, offset_of(e, end));
    p->gap = p->step.index > seen;
    return DIA_ENOENT;
}

/* False after an error. Not found is none. */
static bool locate(dia_edit *e, const char *path, place *p)
{
    dia_bytes avps = { e->buf + DIA_HEADER_SIZE, e->n - DIA_HEADER_SIZE };
    *p = (place){ 0 };
    for (;;) {
        int err = dia_step_cut(e->dicts, e->application, path, &p->step);
        if (!err)
            err = find_step(e, avps, p);
        p->found = !err;
        if (err && err != DIA_ENOENT)
            fail(e, err);
        if (err || !p->step.rest)
            return !e->err;
        if (p->depth == DIA_NESTING_MAX) {
            fail(e, DIA_EDEPTH);
            return false;
        }
        p->groups[p->depth++] = p->from;
        avps = p->avp.data;
        path = p->step.rest;
    }
}

/* ---- Holes ---- */

/* Replaces from..to by n octets, which the caller writes where it points to. NULL after an error: nothing has changed. */
static uint8_t *open_hole(dia_edit *e, const place *p, size_t from, size_t to, size_t n)
{
    /* Padding behind `to` belongs to something that ends there; what comes in is padded itself. At the end of the message
     * it may be missing. */
    to = aligned(e, to);
    const size_t lacking = from == e->n ? -from & 3 : 0;
    const size_t end = from + lacking + n, size = e->n - (to - from) + lacking + n;
    if (size > DIA_MESSAGE_MAX) {
        fail(e, DIA_ERANGE);
        return NULL;
    }
    if (size > e->cap) {
        fail(e, DIA_ESPACE);
        e->needed = size;
        return NULL;
    }
    memmove(e->buf + end, e->buf + to, e->n - to);
    memset(e->buf + from, 0, lacking);
    for (int i = 0; i < p->depth; i++) {
        const size_t group = p->groups[i], group_end = group + dia_load24(e->buf + group + 5);
        const size_t length = (group_end <= to ? end : group_end - to + end) - group;
        dia_store24(e->buf + group + 5, (uint32_t)length);
    }
    e->n = size;
    return e->buf + from + lacking;
}

/* ---- AVPs ---- */

static void put_content(dia_edit *e, dia_builder *b, const dia_step *s, uint8_t flags, const content *c)
{
    const char *why;
    dia_octets to = { NULL, 0, 0 };
    if (!c->is_text) {
        dia_put_bytes(b, s->code, s->vendor, flags, c->octets);
        return;
    }
    if (dia_value_parse(s->def, c->octets, &to, &why) != 0) {
        fail(e, DIA_EFORMAT);
        return;
    }
    uint8_t *room = dia_put_room(b, s->code, s->vendor, flags, to.n);
    dia_octets real = { room, to.n, 0 };
    if (room)
        dia_value_parse(s->def, c->octets, &real, &why);
}

/* The AVP with the groups that are missing around it. */
static void put_avp(dia_edit *e, dia_builder *b, const place *p, const content *c)
{
    dia_step s = p->step;
    if (p->found) {
        put_content(e, b, &s, p->avp.flags, c);
        return;
    }
    int open = 0;
    for (; s.rest && !e->err; open++) {
        dia_put_group(b, s.code, s.vendor, s.def ? s.def->flags : 0);
        const int err = dia_step_cut(e->dicts, e->application, s.rest, &s);
        if (err || s.index > 0)
            fail(e, err ? err : DIA_EINVAL);
    }
    if (!e->err)
        put_content(e, b, &s, s.def ? s.def->flags : 0, c);
    for (; open > 0; open--)
        dia_put_group_end(b);
}

static void put(dia_edit *e, const place *p, const content *c)
{
    dia_builder b;
    if (!p->found && p->gap) {
        fail(e, DIA_ENOENT);
        return;
    }
    dia_build_begin_avps(&b, NULL, 0);
    put_avp(e, &b, p, c);
    if (b.err)
        fail(e, b.err);
    if (e->err)
        return;
    const size_t n = b.n;
    uint8_t *to = open_hole(e, p, p->from, p->to, n);
    if (!to)
        return;
    dia_build_begin_avps(&b, to, n);
    put_avp(e, &b, p, c);
}

static void set(dia_edit *e, const char *path, const content *c)
{
    place p;
    if (!e->err && locate(e, path, &p))
        put(e, &p, c);
}

/* Moves the place behind the last AVP of its name. */
static void pass_others(dia_edit *e, place *p)
{
    while (p->found && !e->err) {
        const dia_bytes rest = { e->buf + p->to, e->n - p->to };
        const int group = p->depth - 1;
        dia_bytes avps = rest;
        if (group >= 0) {
            const size_t end = p->groups[group] + dia_load24(e->buf + p->groups[group] + 5);
            avps.n = end > p->to ? end - p->to : 0;
        }
        p->step.index = 0;
        const size_t behind = p->to;
        const int err = find_step(e, avps, p);
        p->found = !err;
        if (err == DIA_ENOENT)
            p->from = p->to = aligned(e, behind);
        else if (err)
            fail(e, err);
    }
}

static void add(dia_edit *e, const char *path, const content *c)
{
    place p;
    if (e->err || !locate(e, path, &p))
        return;
    if (!p.step.rest)
        pass_others(e, &p);
    if (!e->err)
        put(e, &p, c);
}

/* ---- What users call ---- */

int dia_edit_begin(dia_edit *e, const dia_dicts *dicts, dia_bytes message, void *buf, size_t cap)
{
    dia_header h;
    *e = (dia_edit){ .dicts = dicts, .buf = buf, .cap = buf ? cap : 0, .n = message.n };
    if (dia_header_read(message, &h) != 0) {
        fail(e, DIA_EFORMAT);
    } else if (message.n > e->cap) {
        fail(e, DIA_ESPACE);
        e->needed = message.n;
    } else {
        e->application = h.application;
        memmove(e->buf, message.p, message.n);
    }
    return e->err;
}

void dia_edit_set(dia_edit *e, const char *path, dia_bytes value)
{
    set(e, path, &(content){ value, false });
}

void dia_edit_set_text(dia_edit *e, const char *path, const char *value)
{
    set(e, path, &(content){ dia_cstr(value), true });
}

void dia_edit_add(dia_edit *e, const char *path, dia_bytes value)
{
    add(e, path, &(content){ value, false });
}

void dia_edit_add_text(dia_edit *e, const char *path, const char *value)
{
    add(e, path, &(content){ dia_cstr(value), true });
}

/* Whole AVPs into a hole. */
static void put_avps(dia_edit *e, const place *p, size_t at, dia_bytes avps)
{
    const size_t n = (avps.n + 3) & ~(size_t)3;
    if (!dia_is_avps(avps)) {
        fail(e, DIA_EFORMAT);
        return;
    }
    uint8_t *to = avps.n <= DIA_MESSAGE_MAX ? open_hole(e, p, at, at, n) : NULL;
    if (!to) {
        fail(e, DIA_ERANGE);
        return;
    }
    if (avps.n)
        memcpy(to, avps.p, avps.n);
    memset(to + avps.n, 0, n - avps.n);
}

void dia_edit_insert(dia_edit *e, const char *path, dia_bytes avps)
{
    place p;
    if (e->err || !locate(e, path, &p))
        return;
    if (p.found)
        put_avps(e, &p, p.from, avps);
    else
        fail(e, DIA_ENOENT);
}

void dia_edit_append(dia_edit *e, const char *path, dia_bytes avps)
{
    place p = { 0 };
    if (e->err)
        return;
    if (!path || !*path) {
        put_avps(e, &p, e->n, avps);
    } else if (locate(e, path, &p)) {
        if (!p.found || p.depth == DIA_NESTING_MAX) {
            fail(e, p.found ? DIA_EDEPTH : DIA_ENOENT);
            return;
        }
        p.groups[p.depth++] = p.from;
        put_avps(e, &p, aligned(e, p.from + dia_load24(e->buf + p.from + 5)), avps);
    }
}

bool dia_edit_remove(dia_edit *e, const char *path)
{
    place p;
    return !e->err && locate(e, path, &p) && p.found && open_hole(e, &p, p.from, p.to, 0);
}

int64_t dia_edit_end(dia_edit *e)
{
    if (e->err)
        return e->err;
    if (e->n > DIA_LENGTH_MAX)
        return DIA_ERANGE;
    dia_store24(e->buf + DIA_AT_LENGTH, (uint32_t)e->n);
    return (int64_t)e->n;
}

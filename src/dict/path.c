/* AVPs by the names of the groups around them. */
#include "dict/path.h"
#include "dict/dict.h"

/* Digits up to `max`, behind which *p stands then. */
static bool take_number(const char **p, uint64_t max, uint32_t *out)
{
    uint64_t value = 0;
    if (!dia_is_digit((uint8_t) * *p))
        return false;
    for (; dia_is_digit((uint8_t) * *p); ++*p) {
        value = value * 10 + (uint64_t)(**p - '0');
        if (value > max)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* "CODE" or "VENDOR:CODE", to its end. */
static bool read_code(const char *p, const char *end, dia_step *out)
{
    uint32_t first, second = 0;
    if (!take_number(&p, UINT32_MAX, &first))
        return false;
    const bool two = *p == ':';
    if (two) {
        p++;
        if (!take_number(&p, UINT32_MAX, &second))
            return false;
    }
    out->vendor = two ? first : 0;
    out->code = two ? second : first;
    return p == end;
}

int dia_step_cut(const dia_dicts *dicts, uint32_t application, const char *path, dia_step *out)
{
    const char *end = path + strcspn(path, "/");
    const size_t n = strcspn(path, "/[");
    dia_step s = { .rest = *end ? end + 1 : NULL };
    if (n == 0)
        return DIA_EINVAL;
    if (path + n < end) {
        const char *p = path + n + 1;
        if (!take_number(&p, 0xffffff, &s.index) || p[0] != ']' || p + 1 != end)
            return DIA_EINVAL;
        s.has_index = true;
    }
    s.def = dia_dicts_avp_named(dicts, application, (dia_bytes){ (const uint8_t *)path, n });
    if (s.def) {
        s.code = s.def->code;
        s.vendor = s.def->vendor;
    } else if (read_code(path, path + n, &s)) {
        s.def = dia_dicts_avp(dicts, application, s.code, s.vendor);
    } else {
        return DIA_EINVAL;
    }
    *out = s;
    return 0;
}

static int find_in(dia_bytes avps, const dia_step *s, dia_avp *out)
{
    dia_avps it = dia_avps_in(avps);
    uint32_t index = s->index;
    while (dia_avp_next(&it)) {
        if (!dia_step_is(s, &it.avp) || index-- > 0)
            continue;
        *out = it.avp;
        return 0;
    }
    return it.err ? DIA_EFORMAT : DIA_ENOENT;
}

int dia_dicts_find(const dia_dicts *dicts, dia_bytes message, const char *path, dia_avp *out)
{
    dia_header header;
    if (dia_header_read(message, &header) != 0)
        return DIA_EFORMAT;
    dia_avp found = { .data = { message.p + DIA_HEADER_SIZE, message.n - DIA_HEADER_SIZE } };
    while (path) {
        dia_step s;
        int err = dia_step_cut(dicts, header.application, path, &s);
        if (!err)
            err = find_in(found.data, &s, &found);
        if (err)
            return err;
        path = s.rest;
    }
    *out = found;
    return 0;
}

/* ---- All of them ---- */

void dia_finder_begin(dia_finder *f, const dia_dicts *dicts, dia_bytes message, const char *path)
{
    dia_header header;
    *f = (dia_finder){ .depth = -1 };
    if (dia_header_read(message, &header) != 0) {
        f->err = DIA_EFORMAT;
        return;
    }
    while (path && !f->err) {
        dia_step s;
        if (f->n == DIA_NESTING_MAX)
            f->err = DIA_EDEPTH;
        else
            f->err = dia_step_cut(dicts, header.application, path, &s);
        if (f->err)
            return;
        f->level[f->n++] =
            (dia_finder_level){ .code = s.code, .vendor = s.vendor, .one = s.has_index, .index = s.index };
        path = s.rest;
    }
    f->level[0].it = dia_avps_of(message);
    f->depth = 0;
}

/* Steps to the next AVP of this component. */
static bool step(dia_finder_level *l)
{
    while (!l->passed && dia_avp_next(&l->it)) {
        if (l->it.avp.code != l->code || l->it.avp.vendor != l->vendor)
            continue;
        if (!l->one)
            return true;
        l->passed = l->seen == l->index;
        if (l->seen++ == l->index)
            return true;
    }
    return false;
}

bool dia_finder_next(dia_finder *f)
{
    while (f->depth >= 0 && !f->err) {
        dia_finder_level *l = &f->level[f->depth];
        if (!step(l)) {
            if (l->it.err)
                f->err = DIA_EFORMAT;
            f->depth--;
        } else if (f->depth + 1 == f->n) {
            f->avp = l->it.avp;
            return true;
        } else {
            dia_finder_level *inner = &f->level[++f->depth];
            inner->it = dia_avp_enter(&l->it);
            inner->seen = 0;
            inner->passed = false;
        }
    }
    return false;
}

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

int dia_path_compile(const dia_dicts *dicts, uint32_t application, const char *text, dia_path *out)
{
    dia_path path = { .n = 0 };
    for (dia_step s; text; text = s.rest) {
        if (path.n == DIA_NESTING_MAX)
            return DIA_EDEPTH;
        const int err = dia_step_cut(dicts, application, text, &s);
        if (err)
            return err;
        path.def = s.def;
        path.step[path.n++] =
            (dia_path_step){ .code = s.code, .vendor = s.vendor, .index = s.index, .one = s.has_index };
    }
    if (!path.n)
        return DIA_EINVAL;
    *out = path;
    return 0;
}

/* Only the levels that the path has are touched: the whole is large. */
void dia_finder_start(dia_finder *f, const dia_path *path, dia_bytes message)
{
    f->avp = (dia_avp){ 0 };
    f->depth = -1;
    f->n = (int)path->n;
    f->err = message.n < DIA_HEADER_SIZE ? DIA_EFORMAT : 0;
    if (f->err || !path->n)
        return;
    for (size_t i = 0; i < path->n; i++)
        f->level[i] = (dia_finder_level){ .code = path->step[i].code,
                                          .vendor = path->step[i].vendor,
                                          .one = path->step[i].one,
                                          .index = path->step[i].index };
    f->level[0].it = dia_avps_of(message);
    f->depth = 0;
}

void dia_finder_begin(dia_finder *f, const dia_dicts *dicts, dia_bytes message, const char *text)
{
    dia_header header;
    dia_path path = { .n = 0 };
    int err = dia_header_read(message, &header) ? DIA_EFORMAT : 0;
    if (!err)
        err = dia_path_compile(dicts, header.application, text, &path);
    dia_finder_start(f, &path, message);
    if (err) {
        f->err = err;
        f->depth = -1;
    }
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

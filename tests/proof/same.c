/* Structs compared: every field as a number of elements of one of a few kinds, whatever its member looks like. */
#include "same.h"

#include <string.h>

/* One name more in front. Where there is no room for it, the inner ones say enough. */
static bool part(same_path *path, const char *name)
{
    const size_t n = strlen(name), inner = strlen(path->text), slash = inner > 0;
    if (n + slash + inner >= sizeof path->text)
        return false;
    memmove(path->text + n + slash, path->text, inner + 1);
    memcpy(path->text, name, n);
    if (slash)
        path->text[n] = '/';
    return false;
}

/* ---- Fields ---- */

/* The elements of a field: `n` of them, each `size` octets behind the other. */
typedef struct elements {
    const uint8_t *v;
    size_t n, size;
} elements;

static elements alone(const uint8_t *at, bool there, size_t size)
{
    return (elements){ at, there, size };
}

static elements listed(const uint8_t *at, size_t size)
{
    dia_avp_list list; /* all lists have its two members */
    memcpy(&list, at, sizeof list);
    return (elements){ (const uint8_t *)list.v, list.n, size };
}

static elements elements_of(const dia_field *f, const void *of)
{
    const uint8_t *at = (const uint8_t *)of + f->offset;
    dia_bytes bytes;
    dia_address address;
    const uint8_t *group;
    switch ((dia_store)f->store) {
    case DIA_STORE_U32: return alone(at, true, 4);
    case DIA_STORE_U64:
    case DIA_STORE_TIME: return alone(at, true, 8);
    case DIA_STORE_OPT_U32: return alone(at, at[offsetof(dia_opt_u32, set)], 4);
    case DIA_STORE_OPT_U64:
    case DIA_STORE_OPT_TIME: return alone(at, at[offsetof(dia_opt_u64, set)], 8);
    case DIA_STORE_BYTES: memcpy(&bytes, at, sizeof bytes); return alone(at, bytes.p, sizeof bytes);
    case DIA_STORE_ADDRESS: memcpy(&address, at, sizeof address); return alone(at, address.value.p, sizeof address);
    case DIA_STORE_GROUP: memcpy(&group, at, sizeof group); return alone(group, group, f->avp->group->size);
    case DIA_STORE_U32S: return listed(at, 4);
    case DIA_STORE_U64S:
    case DIA_STORE_TIMES: return listed(at, 8);
    case DIA_STORE_BYTESS: return listed(at, sizeof bytes);
    case DIA_STORE_ADDRESSES: return listed(at, sizeof address);
    case DIA_STORE_GROUPS: return listed(at, f->avp->group->size);
    default: return (elements){ NULL, 0, 0 };
    }
}

static dia_avp_list others_of(const dia_grammar *grammar, const void *of)
{
    dia_avp_list list;
    memcpy(&list, (const uint8_t *)of + grammar->others, sizeof list);
    return list;
}

/* ---- Struct and struct ---- */

static bool same_element(const dia_field *f, const uint8_t *a, const uint8_t *b, same_path *path)
{
    dia_bytes x, y;
    dia_address s, t;
    switch ((dia_type)f->type) {
    case DIA_TYPE_GROUPED: return same_structs(f->avp->group, a, b, path);
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED: return memcmp(a, b, 4) == 0;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64:
    case DIA_TYPE_TIME: return memcmp(a, b, 8) == 0;
    case DIA_TYPE_ADDRESS:
        memcpy(&s, a, sizeof s);
        memcpy(&t, b, sizeof t);
        return s.family == t.family && dia_bytes_equal(s.value, t.value);
    default:
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return dia_bytes_equal(x, y);
    }
}

static bool same_others(dia_avp_list a, dia_avp_list b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (a.v[i].code != b.v[i].code || a.v[i].vendor != b.v[i].vendor || a.v[i].flags != b.v[i].flags ||
            !dia_bytes_equal(a.v[i].data, b.v[i].data))
            return false;
    return true;
}

bool same_structs(const dia_grammar *grammar, const void *a, const void *b, same_path *path)
{
    path->text[0] = 0;
    for (size_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *f = &grammar->fields[i];
        const elements x = elements_of(f, a), y = elements_of(f, b);
        if (x.n != y.n)
            return part(path, f->avp->name);
        for (size_t k = 0; k < x.n; k++)
            if (!same_element(f, x.v + k * x.size, y.v + k * y.size, path))
                return part(path, f->avp->name);
    }
    return same_others(others_of(grammar, a), others_of(grammar, b)) || part(path, "others");
}

/* ---- Struct and octets ---- */

static bool same_as_value(const dia_field *f, const uint8_t *element, dia_avps *it, same_path *path)
{
    uint32_t u32;
    uint64_t u64;
    int64_t seconds;
    dia_bytes bytes;
    dia_address address, there;
    switch ((dia_type)f->type) {
    case DIA_TYPE_GROUPED: return same_as_avps(f->avp->group, element, it->avp.data, path);
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED: memcpy(&u32, element, sizeof u32); return dia_avp_u32(it) == u32 && !it->err;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: memcpy(&u64, element, sizeof u64); return dia_avp_u64(it) == u64 && !it->err;
    case DIA_TYPE_TIME:
        memcpy(&seconds, element, sizeof seconds);
        return dia_time_to_unix(dia_avp_u32(it)) == seconds && !it->err;
    case DIA_TYPE_ADDRESS:
        memcpy(&address, element, sizeof address);
        return !dia_address_read(it->avp.data, &there) && address.family == there.family &&
               dia_bytes_equal(address.value, there.value);
    default: memcpy(&bytes, element, sizeof bytes); return dia_bytes_equal(bytes, it->avp.data);
    }
}

static bool same_as_other(dia_avp_list list, size_t i, const dia_avp *avp)
{
    return i < list.n && list.v[i].code == avp->code && list.v[i].vendor == avp->vendor &&
           list.v[i].flags == avp->flags && dia_bytes_equal(list.v[i].data, avp->data);
}

/* How many AVPs stand in the body itself. */
static size_t count_here(const dia_grammar *grammar, const void *of)
{
    size_t n = others_of(grammar, of).n;
    for (size_t i = 0; i < grammar->n_fields; i++)
        n += elements_of(&grammar->fields[i], of).n;
    return n;
}

/* The grammar's order of fields is that of their octets: no AVP stands in front of one with a smaller index. */
bool same_as_avps(const dia_grammar *grammar, const void *of, dia_bytes avps, same_path *path)
{
    path->text[0] = 0;
    const dia_avp_list others = others_of(grammar, of);
    size_t at = 0, seen = 0, n = 0, n_others = 0;
    dia_avps it = dia_avps_in(avps);
    for (; dia_avp_next(&it); n++) {
        const dia_field *f = dia_grammar_field(grammar, it.avp.code, it.avp.vendor);
        if (!f) {
            if (!same_as_other(others, n_others++, &it.avp))
                return part(path, "others");
            continue;
        }
        const size_t i = (size_t)(f - grammar->fields);
        const elements have = elements_of(f, of);
        seen = i == at ? seen : 0;
        if (i < at || it.avp.flags != f->avp->flags || seen == have.n)
            return part(path, f->avp->name);
        if (!same_as_value(f, have.v + seen * have.size, &it, path))
            return part(path, f->avp->name);
        at = i;
        seen++;
    }
    return (!it.err && n == count_here(grammar, of)) || part(path, "the number of AVPs");
}

size_t same_count(const dia_grammar *grammar, const void *of)
{
    size_t n = others_of(grammar, of).n;
    for (size_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *f = &grammar->fields[i];
        const elements have = elements_of(f, of);
        n += have.n;
        for (size_t k = 0; f->type == DIA_TYPE_GROUPED && k < have.n; k++)
            n += same_count(f->avp->group, have.v + k * have.size);
    }
    return n;
}

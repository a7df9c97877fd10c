/* An AVP by the names of the groups around it. */
#include "dict/dict.h"

/* One component of a path. */
typedef struct step {
    const char *name;
    size_t n;
    uint32_t index;   /* which of that name, from 0 */
    const char *rest; /* the next component; NULL: this was the last */
} step;

/* DIA_EINVAL when it is neither "Name" nor "Name[2]". */
static int cut(const char *path, step *out)
{
    const char *end = path + strcspn(path, "/");
    const size_t n = strcspn(path, "/[");
    uint32_t index = 0;
    if (n == 0)
        return DIA_EINVAL;
    if (path + n < end) {
        const char *p = path + n + 1;
        if (!dia_is_digit((uint8_t)*p))
            return DIA_EINVAL;
        for (; dia_is_digit((uint8_t)*p); p++) {
            index = index * 10 + (uint32_t)(*p - '0');
            if (index > 0xffffff)
                return DIA_EINVAL;
        }
        if (p[0] != ']' || p + 1 != end)
            return DIA_EINVAL;
    }
    *out = (step){ path, n, index, *end ? end + 1 : NULL };
    return 0;
}

static int find_in(dia_bytes avps, const dia_avp_def *avp, uint32_t index, dia_avp *out)
{
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_next(&it)) {
        if (it.avp.code != avp->code || it.avp.vendor != avp->vendor || index-- > 0)
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
        step s;
        int err = cut(path, &s);
        if (err)
            return err;
        const dia_avp_def *avp =
            dia_dicts_avp_named(dicts, header.application, (dia_bytes){ (const uint8_t *)s.name, s.n });
        if (!avp)
            return DIA_EINVAL;
        err = find_in(found.data, avp, s.index, &found);
        if (err)
            return err;
        path = s.rest;
    }
    *out = found;
    return 0;
}

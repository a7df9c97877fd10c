/* Reading AVPs: a cursor that remembers its first error (RFC 6733, 4.1 and 4.2). */
#include "wire/wire.h"

static bool fail(dia_avps *it, int err, const uint8_t *where)
{
    if (!it->err) {
        it->err = err;
        it->where = where;
    }
    it->at = it->end;
    return false;
}

dia_avps dia_avps_of(dia_bytes message)
{
    if (message.n < DIA_HEADER_SIZE) {
        dia_avps it = { .at = message.p, .end = message.p };
        fail(&it, DIA_ETRUNC, message.p);
        return it;
    }
    return dia_avps_in((dia_bytes){ message.p + DIA_HEADER_SIZE, message.n - DIA_HEADER_SIZE });
}

dia_avps dia_avps_in(dia_bytes avps)
{
    return (dia_avps){ .at = avps.p, .end = avps.n ? avps.p + avps.n : avps.p };
}

bool dia_avp_edge(dia_avps *it)
{
    const uint8_t *p = it->at;
    const size_t rest = (size_t)(it->end - p);
    if (rest == 0)
        return false;
    it->avp = (dia_avp){ .data = { p + rest, 0 }, .octets = { p, rest } };
    if (rest >= 4)
        it->avp.code = dia_load32(p);
    if (rest < 8)
        return fail(it, DIA_ETRUNC, p);

    it->avp.flags = p[4];
    const size_t length = dia_load24(p + 5);
    const size_t head = it->avp.flags & DIA_AVP_V ? 12 : 8;
    if (head == 12 && rest >= 12)
        it->avp.vendor = dia_load32(p + 8);
    const size_t start = head < rest ? head : rest;
    if (length < head) {
        it->avp.data = (dia_bytes){ p + start, 0 };
        it->avp.octets.n = start;
        return fail(it, DIA_EFORMAT, p);
    }
    if (length > rest) {
        it->avp.data = (dia_bytes){ p + start, rest - start };
        return fail(it, DIA_ETRUNC, p);
    }
    /* A sound AVP: an empty one, or the last one, whose padding may be missing. */
    const size_t padded = (length + 3) & ~(size_t)3;
    it->avp.data = (dia_bytes){ p + head, length - head };
    it->avp.octets.n = padded < rest ? padded : rest;
    it->at = p + it->avp.octets.n;
    return true;
}

bool dia_avp_next(dia_avps *it)
{
    return dia_avp_cut(it) || dia_avp_edge(it);
}

dia_avps dia_avp_enter(const dia_avps *it)
{
    return dia_avps_in(it->avp.data);
}

static bool has_size(dia_avps *it, size_t n)
{
    return it->avp.data.n == n || fail(it, DIA_EFORMAT, it->avp.octets.p);
}

uint32_t dia_avp_u32(dia_avps *it)
{
    return has_size(it, 4) ? dia_load32(it->avp.data.p) : 0;
}

uint64_t dia_avp_u64(dia_avps *it)
{
    return has_size(it, 8) ? dia_load64(it->avp.data.p) : 0;
}

int32_t dia_avp_i32(dia_avps *it)
{
    return (int32_t)dia_avp_u32(it);
}

int64_t dia_avp_i64(dia_avps *it)
{
    return (int64_t)dia_avp_u64(it);
}

float dia_avp_f32(dia_avps *it)
{
    return dia_f32_of_bits(dia_avp_u32(it));
}

double dia_avp_f64(dia_avps *it)
{
    return dia_f64_of_bits(dia_avp_u64(it));
}

int dia_avp_find(dia_bytes message, uint32_t code, uint32_t vendor, dia_avp *out)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it)) {
        if (it.avp.code == code && it.avp.vendor == vendor) {
            *out = it.avp;
            return 0;
        }
    }
    return it.err ? it.err : DIA_ENOENT;
}

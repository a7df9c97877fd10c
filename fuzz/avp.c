/* AVPs: a walk into everything that looks like a group stays inside, and what was read can be built again. */
#include "fuzz.h"

#include "wire/wire.h"

static bool is_inside(dia_bytes inner, dia_bytes outer)
{
    return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

static void check_values(const dia_avps *it)
{
    dia_avps u32 = *it, u64 = *it, f32 = *it, f64 = *it;
    dia_avp_u32(&u32);
    dia_avp_u64(&u64);
    must(u32.err == (it->avp.data.n == 4 ? 0 : DIA_EFORMAT));
    must(u64.err == (it->avp.data.n == 8 ? 0 : DIA_EFORMAT));
    must(dia_bits_of_f32(dia_avp_f32(&f32)) == dia_avp_u32(&u32));
    must(dia_bits_of_f64(dia_avp_f64(&f64)) == dia_avp_u64(&u64));
    must(u32.err == 0 || !dia_avp_next(&u32));
}

static void check_error(const dia_avps *it, dia_bytes avps, size_t read)
{
    must(it->err == DIA_ETRUNC || it->err == DIA_EFORMAT);
    must(it->where == avps.p + read && it->where < avps.p + avps.n);
    must(it->avp.octets.p == it->where);
    must(is_inside(it->avp.octets, avps) && is_inside(it->avp.data, it->avp.octets));
    dia_avps again = *it;
    must(!dia_avp_next(&again) && again.err == it->err && again.where == it->where);
}

/* Do these octets consist of AVPs, so that they can be taken for a group? */
static bool is_group(dia_bytes avps)
{
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_step(&it))
        ;
    return avps.n > 0 && !it.err;
}

static void walk(dia_bytes avps, int depth)
{
    dia_avps it = dia_avps_in(avps), plain = it;
    size_t read = 0;
    while (dia_avp_step(&it)) {
        must(dia_avp_next(&plain) && plain.at == it.at);
        must(it.avp.octets.p == avps.p + read);
        must(is_inside(it.avp.octets, avps) && is_inside(it.avp.data, it.avp.octets));
        must(it.avp.octets.n >= 8 && it.avp.octets.n >= it.avp.data.n + (it.avp.flags & DIA_AVP_V ? 12 : 8));
        must(it.avp.flags & DIA_AVP_V || it.avp.vendor == 0);
        read += it.avp.octets.n;
        must(read == avps.n || read % 4 == 0);
        check_values(&it);
        if (depth < DIA_NESTING_MAX)
            walk(it.avp.data, depth + 1);
    }
    must(!dia_avp_next(&plain) && plain.err == it.err && plain.where == it.where);
    if (it.err)
        check_error(&it, avps, read);
    else
        must(read == avps.n);
}

/* Puts AVP by AVP what was read, groups as groups. */
static void build(dia_builder *b, dia_bytes avps, int depth)
{
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_step(&it)) {
        if (depth < DIA_NESTING_MAX && is_group(it.avp.data)) {
            dia_put_group(b, it.avp.code, it.avp.vendor, it.avp.flags);
            build(b, it.avp.data, depth + 1);
            dia_put_group_end(b);
        } else {
            dia_put_bytes(b, it.avp.code, it.avp.vendor, it.avp.flags, it.avp.data);
        }
    }
}

/* The same AVPs but for what a sender must not send: reserved flags, vendor 0, padding that is not zero or missing. */
static void check_same(dia_bytes a, dia_bytes b, int depth)
{
    dia_avps ia = dia_avps_in(a), ib = dia_avps_in(b);
    while (dia_avp_next(&ia)) {
        must(dia_avp_next(&ib));
        must(ia.avp.code == ib.avp.code && ia.avp.vendor == ib.avp.vendor);
        must((ia.avp.flags & (DIA_AVP_M | DIA_AVP_P)) == (ib.avp.flags & (DIA_AVP_M | DIA_AVP_P)));
        must(!(ib.avp.flags & DIA_AVP_RESERVED));
        must(!!(ib.avp.flags & DIA_AVP_V) == !!ib.avp.vendor);
        if (depth < DIA_NESTING_MAX && is_group(ia.avp.data))
            check_same(ia.avp.data, ib.avp.data, depth + 1);
        else
            must(dia_bytes_equal(ia.avp.data, ib.avp.data));
    }
    must(!dia_avp_next(&ib) && !ib.err);
}

static void check_building(dia_bytes avps)
{
    dia_builder b;
    dia_build_begin_avps(&b, NULL, 0);
    build(&b, avps, 0);
    must(b.err == 0);
    const size_t needed = b.n;
    uint8_t *copy = malloc(needed ? needed : 1);
    if (!copy)
        return;
    dia_build_begin_avps(&b, copy, needed);
    build(&b, avps, 0);
    must(dia_build_end(&b) == (int64_t)needed);
    check_same(avps, (dia_bytes){ copy, needed }, 0);
    free(copy);
}

static void check_copying(dia_bytes avps)
{
    const size_t needed = (avps.n + 3) / 4 * 4;
    uint8_t *copy = malloc(needed ? needed : 1);
    if (!copy)
        return;
    dia_builder b;
    dia_build_begin_avps(&b, copy, needed);
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_next(&it))
        dia_put_octets(&b, it.avp.octets);
    must(dia_build_end(&b) == (int64_t)needed);
    must(memcmp(copy, avps.p, avps.n) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dia_bytes avps = { data, size };
    if (size > 1 << 16)
        return 0;
    walk(avps, 0);
    if (is_group(avps)) {
        check_building(avps);
        check_copying(avps);
    }
    dia_avp found;
    const int err = dia_avp_find(avps, 264, 0, &found);
    must(err || (found.code == 264 && found.vendor == 0 && is_inside(found.octets, avps)));
    return 0;
}

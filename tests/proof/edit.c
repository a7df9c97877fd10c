/* Edits of whole messages. */
#include "edit.h"

#include "wire/wire.h"

#include <assert.h>
#include <string.h>

static size_t header_size(const uint8_t *avp)
{
    return avp[4] & DIA_AVP_V ? 12 : 8;
}

/* The octets from the beginning of a body to its end; lengths count them without padding. */
static size_t begin_of(const edit *e)
{
    return e->depth ? e->groups[e->depth - 1] + header_size(e->octets + e->groups[e->depth - 1]) : DIA_HEADER_SIZE;
}

static size_t end_of(const edit *e)
{
    const uint8_t *group = e->depth ? e->octets + e->groups[e->depth - 1] : e->octets;
    return (size_t)(group - e->octets) + (e->depth ? dia_load24(group + 5) : e->n);
}

void edit_begin(edit *e, dia_bytes message)
{
    assert(message.n <= sizeof e->octets);
    memcpy(e->octets, message.p, message.n);
    e->n = message.n;
    e->depth = 0;
}

void edit_copy(edit *to, const edit *from)
{
    memcpy(to->octets, from->octets, from->n);
    to->n = from->n;
    memcpy(to->groups, from->groups, sizeof to->groups);
    to->depth = from->depth;
}

dia_bytes edit_body(const edit *e)
{
    return (dia_bytes){ e->octets + begin_of(e), end_of(e) - begin_of(e) };
}

dia_bytes edit_avp(const edit *e, uint32_t code, uint32_t vendor, size_t k)
{
    dia_avps it = dia_avps_in(edit_body(e));
    while (dia_avp_next(&it))
        if (it.avp.code == code && it.avp.vendor == vendor && k-- == 0)
            return it.avp.octets;
    return (dia_bytes){ NULL, 0 };
}

bool edit_enter(edit *e, uint32_t code, uint32_t vendor)
{
    const dia_bytes group = edit_avp(e, code, vendor, 0);
    if (!group.p)
        return false;
    assert(e->depth < EDIT_DEPTH_MAX);
    e->groups[e->depth++] = (size_t)(group.p - e->octets);
    return true;
}

static void change(edit *e, size_t at, size_t old, dia_bytes octets)
{
    assert(e->n - old + octets.n <= sizeof e->octets);
    memmove(e->octets + at + octets.n, e->octets + at + old, e->n - at - old);
    if (octets.n)
        memcpy(e->octets + at, octets.p, octets.n);
    e->n = e->n - old + octets.n;
    for (size_t i = 0; i < e->depth; i++) {
        uint8_t *length = e->octets + e->groups[i] + 5;
        dia_store24(length, (uint32_t)(dia_load24(length) - old + octets.n));
    }
    dia_store24(e->octets + DIA_AT_LENGTH, (uint32_t)e->n);
}

void edit_append(edit *e, dia_bytes octets)
{
    change(e, end_of(e), 0, octets);
}

void edit_replace(edit *e, dia_bytes old, dia_bytes octets)
{
    change(e, (size_t)(old.p - e->octets), old.n, octets);
}

dia_bytes edit_message(const edit *e)
{
    return (dia_bytes){ e->octets, e->n };
}

bool edit_heeds_m(const edit *e)
{
    bool all = true;
    for (size_t i = 0; i < e->depth; i++)
        all = all && e->octets[e->groups[i] + 4] & DIA_AVP_M;
    return all;
}

size_t edit_wrap(const edit *e, dia_bytes avp, uint8_t *to)
{
    size_t heads = 0, n = 0;
    for (size_t i = 0; i < e->depth; i++)
        heads += header_size(e->octets + e->groups[i]);
    const size_t whole = heads + ((avp.n + 3) & ~(size_t)3);
    for (size_t i = 0; i < e->depth; i++) {
        const uint8_t *group = e->octets + e->groups[i];
        memcpy(to + n, group, header_size(group));
        dia_store24(to + n + 5, (uint32_t)(whole - n));
        n += header_size(group);
    }
    memset(to + n, 0, whole - n);
    memcpy(to + n, avp.p, avp.n);
    return whole;
}

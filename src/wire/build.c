/* Writing messages and AVPs into the caller's buffer; a builder that goes on counting when it is full. */
#include "wire/wire.h"

static void fail(dia_builder *b, int err)
{
    if (!b->err)
        b->err = err;
}

/* Counts n more octets. Where they go, or NULL when they do not fit. Nothing larger than a message can be is counted,
 * bare AVPs neither: they travel in a message. */
static uint8_t *take(dia_builder *b, size_t n)
{
    if (b->err)
        return NULL;
    if (n > DIA_MESSAGE_MAX - b->n) {
        fail(b, DIA_ERANGE);
        return NULL;
    }
    const size_t at = b->n;
    b->n += n;
    return b->n <= b->cap ? b->buf + at : NULL;
}

void dia_build_begin(dia_builder *b, void *buf, size_t cap, const dia_header *header)
{
    dia_build_begin_avps(b, buf, cap);
    b->bare = false;
    uint8_t *p = take(b, DIA_HEADER_SIZE);
    if (!p)
        return;
    dia_header h = *header;
    if (!h.version)
        h.version = 1;
    h.flags &= (uint8_t)~DIA_FLAG_RESERVED;
    h.length = 0;
    dia_header_write(&h, p);
}

void dia_build_begin_avps(dia_builder *b, void *buf, size_t cap)
{
    b->buf = buf;
    b->cap = buf ? cap : 0;
    b->n = 0;
    b->depth = 0;
    b->bare = true;
    b->err = 0;
}

uint8_t *dia_put_room(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, size_t n)
{
    const size_t head = vendor ? 12 : 8;
    if (n > DIA_LENGTH_MAX - head) {
        fail(b, DIA_ERANGE);
        return NULL;
    }
    const size_t length = head + n;
    const size_t padded = (length + 3) & ~(size_t)3;
    uint8_t *p = take(b, padded);
    if (!p)
        return NULL;
    flags &= DIA_AVP_M | DIA_AVP_P;
    if (padded != length)
        dia_store32(p + padded - 4, 0);
    dia_store32(p, code);
    dia_store32(p + 4, (uint32_t)(vendor ? flags | DIA_AVP_V : flags) << 24 | (uint32_t)length);
    if (vendor)
        dia_store32(p + 8, vendor);
    return p + head;
}

void dia_put_bytes(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, dia_bytes value)
{
    uint8_t *p = dia_put_room(b, code, vendor, flags, value.n);
    if (p && value.n)
        memcpy(p, value.p, value.n);
}

void dia_put_u32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, uint32_t value)
{
    uint8_t *p = dia_put_room(b, code, vendor, flags, 4);
    if (p)
        dia_store32(p, value);
}

void dia_put_u64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, uint64_t value)
{
    uint8_t *p = dia_put_room(b, code, vendor, flags, 8);
    if (p)
        dia_store64(p, value);
}

void dia_put_i32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, int32_t value)
{
    dia_put_u32(b, code, vendor, flags, (uint32_t)value);
}

void dia_put_i64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, int64_t value)
{
    dia_put_u64(b, code, vendor, flags, (uint64_t)value);
}

void dia_put_f32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, float value)
{
    dia_put_u32(b, code, vendor, flags, dia_bits_of_f32(value));
}

void dia_put_f64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, double value)
{
    dia_put_u64(b, code, vendor, flags, dia_bits_of_f64(value));
}

void dia_put_group(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags)
{
    if (b->depth == DIA_NESTING_MAX) {
        fail(b, DIA_EDEPTH);
        return;
    }
    const size_t at = b->n;
    dia_put_room(b, code, vendor, flags, 0);
    if (!b->err)
        b->group[b->depth++] = (uint32_t)at;
}

void dia_put_group_end(dia_builder *b)
{
    if (b->err)
        return;
    if (b->depth == 0) {
        fail(b, DIA_ESTATE);
        return;
    }
    const size_t at = b->group[--b->depth];
    if (at + 8 <= b->cap)
        dia_store24(b->buf + at + 5, (uint32_t)(b->n - at));
}

void dia_put_octets(dia_builder *b, dia_bytes avps)
{
    if (avps.n > DIA_MESSAGE_MAX) {
        fail(b, DIA_ERANGE);
        return;
    }
    /* The padding of the last AVP may have been missing where it was read. */
    const size_t padded = (avps.n + 3) & ~(size_t)3;
    uint8_t *p = take(b, padded);
    if (!p || !avps.n)
        return;
    memcpy(p, avps.p, avps.n);
    memset(p + avps.n, 0, padded - avps.n);
}

int64_t dia_build_end(dia_builder *b)
{
    if (b->err)
        return b->err;
    if (b->depth)
        return DIA_ESTATE;
    if (b->n > b->cap)
        return DIA_ESPACE;
    if (!b->bare)
        dia_store24(b->buf + DIA_AT_LENGTH, (uint32_t)b->n);
    return (int64_t)b->n;
}

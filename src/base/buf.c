/* A growing buffer of octets: appended at the end, consumed at the front. */
#include "base/base.h"

enum { CAP_MIN = 256 };

void dia_buf_init(dia_buf *buf, size_t max, const dia_allocator *alloc)
{
    *buf = (dia_buf){ .max = max ? max : SIZE_MAX, .alloc = alloc ? alloc : dia_allocator_default() };
}

/* At least twice as large, even when only the place at the front is missing: the next move is then far away. */
static size_t grown(const dia_buf *buf, size_t needed)
{
    size_t cap = buf->cap < CAP_MIN / 2 ? CAP_MIN : buf->cap > SIZE_MAX / 2 ? needed : 2 * buf->cap;
    while (cap < needed)
        cap = cap > SIZE_MAX / 2 ? needed : 2 * cap;
    return cap;
}

int dia_buf_reserve(dia_buf *buf, size_t extra)
{
    if (buf->n > buf->max || extra > buf->max - buf->n)
        return DIA_ESPACE;
    const size_t needed = buf->n + extra;
    const size_t skipped = (size_t)(buf->p - buf->store);
    if (!extra || (buf->store && needed <= buf->cap - skipped))
        return 0;
    /* Moving down costs n; it is only done when at least as much was consumed since, so octets move once on average. */
    if (needed <= buf->cap && skipped >= buf->n) {
        memmove(buf->store, buf->p, buf->n);
        buf->p = buf->store;
        return 0;
    }
    const size_t cap = grown(buf, needed);
    uint8_t *store = dia_alloc(buf->alloc, cap);
    if (!store)
        return DIA_ENOMEM;
    if (buf->n)
        memcpy(store, buf->p, buf->n);
    dia_release(buf->alloc, buf->store, buf->cap);
    buf->store = buf->p = store;
    buf->cap = cap;
    return 0;
}

int dia_buf_append(dia_buf *buf, dia_bytes octets)
{
    const int err = dia_buf_reserve(buf, octets.n);
    if (err)
        return err;
    if (octets.n)
        memcpy(buf->p + buf->n, octets.p, octets.n);
    buf->n += octets.n;
    return 0;
}

void dia_buf_commit(dia_buf *buf, size_t n)
{
    assert(n <= buf->cap - (size_t)(buf->p - buf->store) - buf->n);
    buf->n += n;
}

void dia_buf_consume(dia_buf *buf, size_t n)
{
    assert(n <= buf->n);
    if (!n)
        return;
    buf->n -= n;
    buf->p = buf->n ? buf->p + n : buf->store;
}

dia_bytes dia_buf_bytes(const dia_buf *buf)
{
    return (dia_bytes){ buf->p, buf->n };
}

void dia_buf_done(dia_buf *buf)
{
    dia_release(buf->alloc, buf->store, buf->cap);
    buf->store = buf->p = NULL;
    buf->n = buf->cap = 0;
}

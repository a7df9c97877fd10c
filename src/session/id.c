/* Session-Id: made anew, read, taken apart (RFC 6733, 8.8). */
#include "session/session.h"

int dia_session_id_next(dia_node *node, const char *optional, dia_session_id *out)
{
    const int n = dia_node_session_id(node, dia_cstr(optional), out->text, sizeof out->text);
    if (n < 0)
        return n;
    out->n = (size_t)n;
    return 0;
}

dia_bytes dia_session_id_bytes(const dia_session_id *id)
{
    return (dia_bytes){ (const uint8_t *)id->text, id->n };
}

/* The next part up to ';' or the end. */
static dia_bytes cut(dia_bytes *rest)
{
    const uint8_t *end = memchr(rest->p, ';', rest->n);
    const dia_bytes part = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
    *rest = end ? (dia_bytes){ end + 1, rest->n - part.n - 1 } : (dia_bytes){ NULL, 0 };
    return part;
}

static bool read_number(dia_bytes text, uint32_t *out)
{
    uint64_t value = 0;
    if (!text.n || text.n > 10)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!dia_is_digit(text.p[i]))
            return false;
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

int dia_session_id_parse(dia_bytes text, dia_session_id_parts *out)
{
    dia_session_id_parts parts = { 0 };
    dia_bytes rest = text;
    if (!text.p)
        return DIA_EFORMAT;
    parts.host = cut(&rest);
    const dia_bytes high = rest.p ? cut(&rest) : rest;
    const dia_bytes low = rest.p ? cut(&rest) : rest;
    parts.optional = rest;
    if (!dia_identity_valid(parts.host) || !read_number(high, &parts.high) || !read_number(low, &parts.low))
        return DIA_EFORMAT;
    *out = parts;
    return 0;
}

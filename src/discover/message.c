/* Reads messages of the DNS (RFC 1035, 4). A name server may send anything: each length is checked against what is there, and a
 * compressed name only ever leads backwards, so that it has an end. */
#include "discover/discover.h"

enum { HEADER = 12, CLASS_IN = 1, WIRE_NAME_MAX = 255, LABEL_MAX = 63, TTL_MAX = INT32_MAX };
enum { FLAG_RESPONSE = 0x8000, OPCODE = 0x7800, FLAG_TRUNCATED = 0x0200 };

/* ---- Names ---- */

/* What is neither a letter nor a digit, '-' nor '_' belongs to no name that is of use here; and a '.' inside of a label must not
 * make two of it. */
static char printable(uint8_t c)
{
    const bool plain = (dia_lower(c) >= 'a' && dia_lower(c) <= 'z') || dia_is_digit(c) || c == '-' || c == '_';
    return plain ? (char)c : '?';
}

bool dia_dns_name(dia_bytes message, size_t *at, char to[DIA_DNS_NAME_ROOM])
{
    size_t from = *at, before = from, n = 0, wire = 0;
    bool jumped = false;
    for (;;) {
        if (from >= message.n)
            return false;
        const uint8_t length = message.p[from];
        if (length >= 0xc0) {
            if (message.n - from < 2)
                return false;
            const size_t target = dia_load16(message.p + from) & 0x3fff;
            if (!jumped)
                *at = from + 2;
            jumped = true;
            if (target >= before)
                return false;
            from = before = target;
            continue;
        }
        if (length > LABEL_MAX || message.n - from <= length || (wire += (size_t)length + 1) > WIRE_NAME_MAX)
            return false;
        from++;
        if (!length)
            break;
        if (n)
            to[n++] = '.';
        for (size_t i = 0; i < length; i++)
            to[n++] = printable(message.p[from + i]);
        from += length;
    }
    if (!jumped)
        *at = from;
    if (!n)
        to[n++] = '.';
    to[n] = 0;
    return true;
}

bool dia_dns_same(const char *a, const char *b)
{
    return dia_bytes_equal_nocase(dia_cstr(a), dia_cstr(b));
}

bool dia_dns_is_inside(const char *name, const char *domain)
{
    const size_t n = strlen(name), of = strlen(domain);
    return n >= of && dia_dns_same(name + n - of, domain) && (n == of || name[n - of - 1] == '.');
}

/* ---- Records ---- */

static const char *why_code(unsigned code)
{
    switch (code) {
    case 1: return "the name server did not understand the question (FORMERR)";
    case 2: return "the name server failed (SERVFAIL)";
    case 4: return "the name server does not know such questions (NOTIMP)";
    case 5: return "the name server refused (REFUSED)";
    default: return "the name server answered with an error";
    }
}

static bool is_question(dia_dns_reader *reader, const char *name, dia_dns_type type)
{
    char asked[DIA_DNS_NAME_ROOM];
    if (!dia_dns_name(reader->message, &reader->at, asked) || reader->message.n - reader->at < 4)
        return false;
    const uint8_t *p = reader->message.p + reader->at;
    reader->at += 4;
    return dia_dns_same(asked, name) && dia_load16(p) == (unsigned)type && dia_load16(p + 2) == CLASS_IN;
}

const char *dia_dns_open(dia_dns_reader *reader, dia_bytes message, const char *name, dia_dns_type type)
{
    *reader = (dia_dns_reader){ .message = message, .at = HEADER };
    if (message.n < HEADER)
        return "the answer is shorter than its header";
    reader->flags = dia_load16(message.p + 2);
    for (size_t i = 0; i < 3; i++)
        reader->left[i] = dia_load16(message.p + 6 + 2 * i);
    if (!(reader->flags & FLAG_RESPONSE) || reader->flags & OPCODE)
        return "what came is no answer";
    const unsigned code = reader->flags & 0xf;
    if (code && code != 3)
        return why_code(code);
    if (dia_load16(message.p + 4) != 1 || !is_question(reader, name, type))
        return "the answer is one to another question";
    if (reader->flags & FLAG_TRUNCATED)
        return "the answer is cut short (TC), also over TCP";
    return NULL;
}

bool dia_dns_next(dia_dns_reader *reader, dia_dns_record *out)
{
    unsigned section = 0;
    while (section < 3 && !reader->left[section])
        section++;
    if (reader->broken || section == 3)
        return false;
    reader->left[section]--;
    reader->broken = true;
    const dia_bytes message = reader->message;
    if (!dia_dns_name(message, &reader->at, out->name) || message.n - reader->at < 10)
        return false;
    const uint8_t *p = message.p + reader->at;
    out->section = (dia_dns_section)section;
    out->type = dia_load16(p);
    out->class_ = dia_load16(p + 2);
    out->ttl_s = dia_load32(p + 4);
    if (out->ttl_s > TTL_MAX) /* RFC 2181, 8 */
        out->ttl_s = 0;
    out->n = dia_load16(p + 8);
    out->at = reader->at + 10;
    if (message.n - out->at < out->n)
        return false;
    reader->at = out->at + out->n;
    reader->broken = false;
    return true;
}

/* ---- Data ---- */

/* The name that ends the data; names elsewhere in the message may be part of it. */
static bool last_name(dia_bytes message, const dia_dns_record *record, size_t at, char to[DIA_DNS_NAME_ROOM])
{
    return at < record->at + record->n && dia_dns_name(message, &at, to) && at == record->at + record->n;
}

bool dia_dns_read_name(dia_bytes message, const dia_dns_record *record, char to[DIA_DNS_NAME_ROOM])
{
    return last_name(message, record, record->at, to);
}

bool dia_dns_read_srv(dia_bytes message, const dia_dns_record *record, dia_dns_srv *out)
{
    if (record->n < 7)
        return false;
    const uint8_t *p = message.p + record->at;
    out->priority = dia_load16(p);
    out->weight = dia_load16(p + 2);
    out->port = dia_load16(p + 4);
    return last_name(message, record, record->at + 6, out->target);
}

/* A <character-string>; an octet that cannot be printed is '?'. */
static bool read_string(dia_bytes data, size_t *at, char to[DIA_DNS_STRING_ROOM])
{
    if (*at >= data.n)
        return false;
    const size_t n = data.p[*at];
    if (data.n - *at - 1 < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = data.p[*at + 1 + i];
        to[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    to[n] = 0;
    *at += n + 1;
    return true;
}

bool dia_dns_read_naptr(dia_bytes message, const dia_dns_record *record, dia_dns_naptr *out)
{
    const dia_bytes data = { message.p, record->at + record->n };
    size_t at = record->at + 4;
    if (record->n < 4)
        return false;
    out->order = dia_load16(message.p + record->at);
    out->preference = dia_load16(message.p + record->at + 2);
    return read_string(data, &at, out->flags) && read_string(data, &at, out->service) &&
           read_string(data, &at, out->regexp) && last_name(message, record, at, out->replacement);
}

bool dia_dns_read_soa(dia_bytes message, const dia_dns_record *record, uint32_t *ttl_s)
{
    char name[DIA_DNS_NAME_ROOM];
    size_t at = record->at;
    const size_t end = record->at + record->n;
    if (!dia_dns_name(message, &at, name) || !dia_dns_name(message, &at, name) || at > end || end - at != 20)
        return false;
    const uint32_t minimum = dia_load32(message.p + at + 16);
    *ttl_s = minimum < record->ttl_s ? minimum : record->ttl_s;
    return true;
}

/* Struct -> octets: one walk over the fields of the grammar, straight into the caller's buffer. */
#include "dict/fault.h"
#include "dict/value.h"

#include <stdarg.h>
#include <stdio.h>

enum { AUTH_APPLICATION_ID = 258, ACCT_APPLICATION_ID = 259, VENDOR_ID = 266, PROXY_INFO = 284 };

typedef struct encoder {
    uint8_t *buf;
    size_t cap;
    const dia_command *command;
    const dia_defaults *defaults;
    dia_fault *fault;
    int err; /* the first error but "too small" */
    int depth;
    dia_level level;
} encoder;

/* Everything that puts something takes how many octets there are before it, and gives how many there are behind it. Where
 * they are more than `cap` they are only counted. */
static size_t put_body(encoder *e, const dia_grammar *grammar, const uint8_t *from, size_t n);

/* ---- Octets ---- */

static void fail(encoder *e, int err)
{
    if (!e->err)
        e->err = err;
}

/* 12 with flag V, 8 without. */
static inline size_t header_size(const dia_field *f)
{
    return 8 + (f->flags >> 5 & 4);
}

/* Writes twelve octets: without flag V the last four belong to the value, which is written afterwards. */
static inline void write_header(uint8_t *p, const dia_field *f, size_t length)
{
    dia_store32(p, f->code);
    dia_store32(p + 4, (uint32_t)f->flags << 24 | (uint32_t)length);
    dia_store32(p + 8, f->vendor);
}

static inline size_t put_u32(const encoder *e, const dia_field *f, uint32_t value, size_t n)
{
    const size_t size = header_size(f) + 4;
    if (n + size <= e->cap) {
        uint8_t *p = e->buf + n;
        write_header(p, f, size);
        dia_store32(p + size - 4, value);
    }
    return n + size;
}

static inline size_t put_u64(const encoder *e, const dia_field *f, uint64_t value, size_t n)
{
    const size_t size = header_size(f) + 8;
    if (n + size <= e->cap) {
        uint8_t *p = e->buf + n;
        write_header(p, f, size);
        dia_store64(p + size - 8, value);
    }
    return n + size;
}

/* The header of something whose value may be empty: nothing behind it is touched. */
static inline void write_bare_header(uint8_t *p, const dia_field *f, size_t length)
{
    dia_store32(p, f->code);
    dia_store32(p + 4, (uint32_t)f->flags << 24 | (uint32_t)length);
    if (f->flags & DIA_AVP_V)
        dia_store32(p + 8, f->vendor);
}

/* Counts what did not fit, as far as a message can reach. */
__attribute__((cold, noinline)) static size_t count(encoder *e, size_t n, size_t size)
{
    if (size > DIA_MESSAGE_MAX || n > DIA_MESSAGE_MAX - size) {
        fail(e, DIA_ERANGE);
        return n;
    }
    return n + size;
}

/* ---- Complaints ---- */

DIA_PRINTF_(3, 4)
__attribute__((cold, noinline)) static void refuse(encoder *e, uint32_t code, const char *text, ...)
{
    if (e->err || e->level == DIA_LEVEL_OFF)
        return;
    e->err = DIA_ERULE;
    if (!e->fault)
        return;
    e->fault->result_code = code;
    e->fault->failed_avp = (dia_bytes){ NULL, 0 };
    va_list args;
    va_start(args, text);
    vsnprintf(e->fault->text, sizeof e->fault->text, text, args);
    va_end(args);
}

static void refuse_missing(encoder *e, const dia_field *f)
{
    refuse(e, MISSING_AVP, "missing %s", f->avp->name);
}

static void refuse_value(encoder *e, const dia_field *f)
{
    refuse(e, INVALID_AVP_VALUE, "%s is no sound %s", f->avp->name, dia_type_name((dia_type)f->type));
}

/* ---- Values ---- */

/* Copies, and fills up to a multiple of four with zeros. All octets ORed together, by eights. */
static inline uint64_t copy(uint8_t *to, dia_bytes value)
{
    const uint8_t *p = value.p;
    size_t n = value.n;
    uint64_t all = 0;
    for (; n >= 8; p += 8, to += 8, n -= 8) {
        const uint64_t v = dia_eight(p);
        memcpy(to, &v, sizeof v);
        all |= v;
    }
    if (n >= 4) {
        const uint32_t v = dia_four(p);
        memcpy(to, &v, sizeof v);
        all |= v;
        p += 4;
        to += 4;
        n -= 4;
    }
    if (n) {
        const uint8_t last[4] = { p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0 };
        memcpy(to, last, sizeof last);
        all |= dia_four(last);
    }
    return all;
}

/* What is not plainly a value of its type. n is handed through. */
__attribute__((noinline)) static size_t judge(encoder *e, const dia_field *f, dia_bytes value, size_t n)
{
    if (!dia_value_is_sound(f->type, value, DIA_LEVEL_STRICT))
        refuse_value(e, f);
    return n;
}

__attribute__((cold, noinline)) static size_t count_bytes(encoder *e, const dia_field *f, dia_bytes value, size_t n)
{
    const size_t length = header_size(f) + value.n;
    n = count(e, n, value.n > DIA_LENGTH_MAX ? value.n : (length + 3) & ~(size_t)3);
    return e->level == DIA_LEVEL_STRICT && !e->err ? judge(e, f, value, n) : n;
}

static size_t put_bytes(encoder *e, const dia_field *f, dia_bytes value, size_t n)
{
    const size_t head = header_size(f), length = head + value.n, size = (length + 3) & ~(size_t)3;
    if (value.n > e->cap || n + size > e->cap)
        return count_bytes(e, f, value, n);
    uint8_t *p = e->buf + n;
    write_bare_header(p, f, length);
    const uint64_t all = copy(p + head, value);
    const bool plain = f->type == DIA_TYPE_OCTET_STRING || (f->type == DIA_TYPE_UTF8_STRING && !dia_not_ascii(all));
    return plain || e->level != DIA_LEVEL_STRICT ? n + size : judge(e, f, value, n + size);
}

static size_t put_time(encoder *e, const dia_field *f, int64_t value, size_t n)
{
    if (dia_time_fits_wire(value))
        return put_u32(e, f, dia_time_to_wire(value), n);
    refuse_value(e, f);
    fail(e, DIA_ERANGE);
    return n;
}

static size_t put_address(encoder *e, const dia_field *f, const dia_address *address, size_t n)
{
    const dia_bytes value = address->value;
    if (e->level == DIA_LEVEL_STRICT && !dia_address_fits(address->family, value.n))
        refuse_value(e, f);
    const size_t head = header_size(f) + 2, length = head + value.n, size = (length + 3) & ~(size_t)3;
    if (value.n > e->cap || n + size > e->cap)
        return count(e, n, value.n > DIA_LENGTH_MAX - head ? value.n : size);
    uint8_t *p = e->buf + n;
    dia_store32(p + size - 4, 0);
    write_bare_header(p, f, length);
    dia_store16(p + head - 2, address->family);
    if (value.n)
        memcpy(p + head, value.p, value.n);
    return n + size;
}

/* A group's header; its length is known when all of it has been written. */
static inline size_t begin_group(const encoder *e, const dia_field *f, size_t n)
{
    const size_t size = header_size(f);
    if (n + size <= e->cap)
        write_bare_header(e->buf + n, f, size);
    return n + size;
}

static inline void end_group(const encoder *e, size_t begin, size_t n)
{
    if (n <= e->cap)
        dia_store24(e->buf + begin + 5, (uint32_t)(n - begin));
}

static size_t put_group(encoder *e, const dia_field *f, const void *group, size_t begin)
{
    if (e->depth == DIA_NESTING_MAX)
        fail(e, DIA_EDEPTH);
    if (e->err)
        return begin;
    e->depth++;
    const size_t n = put_body(e, f->avp->group, group, begin_group(e, f, begin));
    e->depth--;
    end_group(e, begin, n);
    return n;
}

static size_t put_octets(encoder *e, dia_bytes avps, size_t n)
{
    /* The padding of the last AVP may have been missing where it was read. */
    const size_t size = (avps.n + 3) & ~(size_t)3;
    if (avps.n > e->cap || n + size > e->cap)
        return count(e, n, avps.n > DIA_LENGTH_MAX ? avps.n : size);
    if (avps.n)
        memcpy(e->buf + n, avps.p, avps.n);
    memset(e->buf + n + avps.n, 0, size - avps.n);
    return n + size;
}

/* ---- What the caller left out ---- */

static size_t put_default_text(encoder *e, const dia_field *f, dia_bytes value, size_t n)
{
    if (value.p)
        return put_bytes(e, f, value, n);
    if (f->min)
        refuse_missing(e, f);
    return n;
}

static uint32_t default_u32(const encoder *e, const dia_field *f)
{
    const bool application = f->fill == DIA_FILL_AUTH_APPLICATION_ID || f->fill == DIA_FILL_ACCT_APPLICATION_ID;
    return application && e->defaults && e->defaults->fill_application ? e->defaults->application : 0;
}

/* RFC 6733, 6.11: the vendor, and one of both application ids. */
static size_t put_vendor_specific_application(encoder *e, const dia_field *f, size_t begin)
{
    const dia_defaults *d = e->defaults;
    const dia_field vendor = { .code = VENDOR_ID, .flags = DIA_AVP_M };
    const dia_field application = { .code = d->app_kind == DIA_APP_ACCT ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID,
                                    .flags = DIA_AVP_M };
    size_t n = begin_group(e, f, begin);
    n = put_u32(e, &vendor, d->app_vendor, n);
    n = put_u32(e, &application, d->application, n);
    end_group(e, begin, n);
    return n;
}

/* A required or fixed AVP that the struct does not have. */
__attribute__((noinline)) static size_t put_absent(encoder *e, const dia_field *f, size_t n)
{
    const dia_defaults *d = e->defaults;
    switch (d ? (dia_fill)f->fill : DIA_FILL_NONE) {
    case DIA_FILL_SESSION_ID: return put_default_text(e, f, d->session_id, n);
    case DIA_FILL_ORIGIN_HOST: return put_default_text(e, f, d->origin_host, n);
    case DIA_FILL_ORIGIN_REALM: return put_default_text(e, f, d->origin_realm, n);
    case DIA_FILL_DESTINATION_REALM: return put_default_text(e, f, d->destination_realm, n);
    case DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID:
        if (f->min && d->fill_application)
            return put_vendor_specific_application(e, f, n);
        break;
    default: break;
    }
    if (f->min)
        refuse_missing(e, f);
    return n;
}

/* RFC 6733, 6.2: an answer carries the request's Proxy-Info AVPs, unless the struct has its own. */
static size_t put_proxy_info(encoder *e, const dia_grammar *grammar, const uint8_t *from, size_t n)
{
    if (!e->defaults || !e->defaults->proxy_info.p)
        return n;
    const dia_field *f = dia_grammar_field(grammar, PROXY_INFO, 0);
    if (!f ? !grammar->any_max : dia_eight(from + f->probe) != 0)
        return n;
    return put_octets(e, e->defaults->proxy_info, n);
}

/* ---- Fields ---- */

__attribute__((noinline)) static size_t put_list(encoder *e, const dia_field *f, const uint8_t *at, size_t n)
{
    struct {
        const void *v;
        size_t n;
    } list;
    memcpy(&list, at, sizeof list);
    if (list.n < f->min)
        refuse(e, MISSING_AVP, "%s occurs %zu times, %u are wanted", f->avp->name, list.n, f->min);
    if (list.n > f->max && f->max != DIA_MANY)
        refuse(e, AVP_OCCURS_TOO_MANY_TIMES, "%s occurs more than %u times", f->avp->name, f->max);
    for (size_t i = 0; i < list.n && !e->err; i++) {
        switch ((dia_store)f->store) {
        case DIA_STORE_U32S: n = put_u32(e, f, ((const uint32_t *)list.v)[i], n); break;
        case DIA_STORE_U64S: n = put_u64(e, f, ((const uint64_t *)list.v)[i], n); break;
        case DIA_STORE_TIMES: n = put_time(e, f, ((const int64_t *)list.v)[i], n); break;
        case DIA_STORE_BYTESS: n = put_bytes(e, f, ((const dia_bytes *)list.v)[i], n); break;
        case DIA_STORE_ADDRESSES: n = put_address(e, f, &((const dia_address *)list.v)[i], n); break;
        case DIA_STORE_GROUPS: n = put_group(e, f, (const uint8_t *)list.v + i * f->avp->group->size, n); break;
        default: break;
        }
        if (n > DIA_MESSAGE_MAX)
            fail(e, DIA_ERANGE);
    }
    return n;
}

static size_t put_field(encoder *e, const dia_field *f, const uint8_t *from, size_t n)
{
    const uint8_t *at = from + f->offset;
    uint32_t u32;
    uint64_t u64;
    int64_t seconds;
    dia_bytes bytes;
    const void *group;
    switch ((dia_store)f->store) {
    case DIA_STORE_NONE: return n;
    case DIA_STORE_U32:
        memcpy(&u32, at, sizeof u32);
        return put_u32(e, f, u32 || !f->fill ? u32 : default_u32(e, f), n);
    case DIA_STORE_OPT_U32:
        memcpy(&u32, at, sizeof u32);
        return at[offsetof(dia_opt_u32, set)] ? put_u32(e, f, u32, n) : n;
    case DIA_STORE_U64: memcpy(&u64, at, sizeof u64); return put_u64(e, f, u64, n);
    case DIA_STORE_OPT_U64:
        memcpy(&u64, at, sizeof u64);
        return at[offsetof(dia_opt_u64, set)] ? put_u64(e, f, u64, n) : n;
    case DIA_STORE_TIME: memcpy(&seconds, at, sizeof seconds); return put_time(e, f, seconds, n);
    case DIA_STORE_OPT_TIME:
        memcpy(&seconds, at, sizeof seconds);
        return at[offsetof(dia_opt_i64, set)] ? put_time(e, f, seconds, n) : n;
    case DIA_STORE_BYTES: memcpy(&bytes, at, sizeof bytes); return put_bytes(e, f, bytes, n);
    case DIA_STORE_ADDRESS: return put_address(e, f, (const dia_address *)(const void *)at, n);
    case DIA_STORE_GROUP: memcpy(&group, at, sizeof group); return put_group(e, f, group, n);
    default: return put_list(e, f, at, n);
    }
}

/* A field that may not be skipped: fixed, required, trailing. */
static inline size_t put_demanded(encoder *e, const dia_field *f, const uint8_t *from, size_t n)
{
    return f->always || dia_eight(from + f->probe) ? put_field(e, f, from, n) : put_absent(e, f, n);
}

static size_t put_other(encoder *e, const dia_avp *avp, size_t n)
{
    if (avp->octets.p)
        return put_octets(e, avp->octets, n);
    const uint8_t v = avp->vendor ? DIA_AVP_V : 0;
    const dia_field f = { .code = avp->code,
                          .vendor = avp->vendor,
                          .flags = (uint8_t)((avp->flags & (DIA_AVP_M | DIA_AVP_P)) | v),
                          .type = DIA_TYPE_OCTET_STRING };
    return put_bytes(e, &f, avp->data, n);
}

__attribute__((noinline)) static size_t put_others(encoder *e, const dia_grammar *grammar, const uint8_t *from,
                                                   size_t n)
{
    dia_avp_list others;
    memcpy(&others, from + grammar->others, sizeof others);
    if (others.n < grammar->any_min)
        refuse(e, MISSING_AVP, "missing any other AVP in %s", grammar->name);
    if (others.n > grammar->any_max && grammar->any_max != DIA_MANY) {
        if (!grammar->any_max)
            refuse(e, AVP_NOT_ALLOWED, "AVP %u of vendor %u is not allowed in %s", others.v[0].code, others.v[0].vendor,
                   grammar->name);
        else
            refuse(e, AVP_OCCURS_TOO_MANY_TIMES, "more than %u other AVPs in %s", grammar->any_max, grammar->name);
    }
    for (size_t i = 0; i < others.n && !e->err; i++) {
        n = put_other(e, &others.v[i], n);
        if (n > DIA_MESSAGE_MAX)
            fail(e, DIA_ERANGE);
    }
    return n;
}

static size_t put_body(encoder *e, const dia_grammar *grammar, const uint8_t *from, size_t n)
{
    const dia_field *f = grammar->fields, *end = grammar->n_fields ? f + grammar->n_fields : f, *trailing = end;
    for (; f < end && f->place < DIA_OPTIONAL; f++)
        n = put_demanded(e, f, from, n);
    while (trailing > f && trailing[-1].place == DIA_TRAILING)
        trailing--;
    /* Most optional AVPs are absent: this loop, four at a time, is the pace of encoding. */
    for (; trailing - f >= 4; f += 4) {
        if (dia_eight(from + f[0].probe))
            n = put_field(e, &f[0], from, n);
        if (dia_eight(from + f[1].probe))
            n = put_field(e, &f[1], from, n);
        if (dia_eight(from + f[2].probe))
            n = put_field(e, &f[2], from, n);
        if (dia_eight(from + f[3].probe))
            n = put_field(e, &f[3], from, n);
    }
    for (; f < trailing; f++)
        if (dia_eight(from + f->probe))
            n = put_field(e, f, from, n);
    if (e->depth == 0)
        n = put_proxy_info(e, grammar, from, n);
    if (grammar->any_min || dia_eight(from + grammar->others))
        n = put_others(e, grammar, from, n);
    for (f = trailing; f < end; f++)
        n = put_demanded(e, f, from, n);
    return n;
}

/* ---- Messages ---- */

static const dia_header no_ids;

static size_t put_message_header(const encoder *e, const dia_header *ids)
{
    const dia_command *command = e->command;
    const dia_dict *dict = command->dict;
    dia_header h = *ids;
    h.version = 1;
    h.flags = (uint8_t)(command->flags | (ids->flags & (DIA_FLAG_RETRANSMITTED | DIA_FLAG_ERROR)));
    /* RFC 6733, 6.2: the P bit of an answer is that of its request. */
    if (ids != &no_ids && !(command->flags & DIA_FLAG_REQUEST) && !(ids->flags & DIA_FLAG_PROXIABLE))
        h.flags &= (uint8_t)~DIA_FLAG_PROXIABLE;
    /* RFC 6733, 7.2: the answer-message borrows code, application and P from the request. */
    if (command == dict->answer_message) {
        h.flags |= ids->flags & DIA_FLAG_PROXIABLE;
    } else {
        h.command = command->code;
        if (dict->has_application && dict->application)
            h.application = dict->application;
    }
    if (DIA_HEADER_SIZE <= e->cap)
        dia_header_write(&h, e->buf);
    return DIA_HEADER_SIZE;
}

int64_t dia_encode(const dia_command *command, const void *message, dia_level level, const dia_header *ids,
                   const dia_defaults *defaults, void *buf, size_t cap, size_t *needed, dia_fault *fault)
{
    if (command->dict->table_format != DIA_TABLE_FORMAT)
        return DIA_EVERSION;
    encoder e = {
        .buf = buf,
        .cap = cap < DIA_MESSAGE_MAX ? cap : DIA_MESSAGE_MAX,
        .command = command,
        .defaults = defaults,
        .fault = fault,
        .level = level == DIA_LEVEL_DEFAULT ? DIA_LEVEL_STRICT : level,
    };
    size_t n = put_message_header(&e, ids ? ids : &no_ids);
    n = put_body(&e, command->grammar, message, n);
    if (n > DIA_MESSAGE_MAX)
        fail(&e, DIA_ERANGE);
    if (e.err)
        return e.err;
    if (n > e.cap) {
        if (needed)
            *needed = n;
        return DIA_ESPACE;
    }
    dia_store24(e.buf + DIA_AT_LENGTH, (uint32_t)n);
    return (int64_t)n;
}

dia_bytes dia_struct_bytes(const dia_command *command, const void *message, uint32_t code, uint32_t vendor)
{
    dia_bytes value = { NULL, 0 };
    const dia_field *f = dia_grammar_field(command->grammar, code, vendor);
    if (f && f->store == DIA_STORE_BYTES)
        memcpy(&value, (const uint8_t *)message + f->offset, sizeof value);
    return value;
}

uint32_t dia_struct_result_code(const dia_command *command, const void *message)
{
    if (command->result_code < 0)
        return 0;
    const dia_field *f = &command->grammar->fields[command->result_code];
    const uint8_t *at = (const uint8_t *)message + f->offset;
    dia_opt_u32 value = { 0 };
    if (f->store == DIA_STORE_U32)
        memcpy(&value.value, at, sizeof value.value);
    else if (f->store == DIA_STORE_OPT_U32)
        memcpy(&value, at, sizeof value);
    return f->store == DIA_STORE_U32 || value.set ? value.value : 0;
}

/* Struct -> octets: one walk over the fields of the grammar, straight into the caller's buffer. */
#include "dict/codec.h"
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
static size_t put_coded(encoder *e, const dia_field *f, const void *at, size_t n);

/* ---- Octets ---- */

static void fail(encoder *e, int err)
{
    if (!e->err)
        e->err = err;
}

/* 12 with flag V, 8 without. */
static inline size_t header_size(const dia_field *f)
{
    return f->lead & 0xff;
}

/* The header of an AVP whose value has n octets; gives where the value goes. Without flag V the vendor's place is the
 * second word, which is written last. */
static inline uint8_t *write_header(uint8_t *p, const dia_field *f, size_t n)
{
    const size_t head = header_size(f);
    const uint64_t front = ((uint64_t)f->code << 32 | f->lead) + n;
    dia_store32(p + head - 4, f->vendor);
    dia_store64(p, front);
    return p + head;
}

static inline size_t put_u32(const encoder *e, const dia_field *f, uint32_t value, size_t n)
{
    const size_t end = n + header_size(f) + 4;
    if (end <= e->cap)
        dia_store32(write_header(e->buf + n, f, 4), value);
    return end;
}

static inline size_t put_u64(const encoder *e, const dia_field *f, uint64_t value, size_t n)
{
    const size_t end = n + header_size(f) + 8;
    if (end <= e->cap)
        dia_store64(write_header(e->buf + n, f, 8), value);
    return end;
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
    dia_sentence_list(e->fault->text, sizeof e->fault->text, text, args);
    va_end(args);
}

static void refuse_missing(encoder *e, const dia_field *f)
{
    refuse(e, MISSING_AVP, "missing %s", f->avp->name);
}

/* n is handed through, so that the usual way need not keep it. */
__attribute__((cold, noinline)) static size_t refuse_value(encoder *e, const dia_field *f, size_t n)
{
    refuse(e, INVALID_AVP_VALUE, "%s is no sound %s", f->avp->name, dia_type_name((dia_type)f->type));
    return n;
}

/* ---- Values ---- */

enum { SHORT = 16 };

/* Copies 1 to SHORT octets, by words that may overlap. All of them ORed together, by eights. */
static inline uint64_t copy(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n >= 8) {
        const uint64_t first = dia_eight(from), last = dia_eight(from + n - 8);
        memcpy(to, &first, 8);
        memcpy(to + n - 8, &last, 8);
        return first | last;
    }
    if (n >= 4) {
        const uint32_t first = dia_four(from), last = dia_four(from + n - 4);
        memcpy(to, &first, 4);
        memcpy(to + n - 4, &last, 4);
        return first | last;
    }
    const uint8_t first = from[0], middle = from[n / 2], last = from[n - 1];
    to[0] = first;
    to[n / 2] = middle;
    to[n - 1] = last;
    return first | middle | last;
}

/* Where an AVP ends, whose value has n octets and which begins at `begin`. */
static inline size_t end_of(const dia_field *f, size_t begin, size_t n)
{
    return begin + ((header_size(f) + n + 3) & ~(size_t)3);
}

/* Is there room for an AVP of this end, whose value has n octets? Then they are few enough for `end` to be right. */
static inline bool fits(const encoder *e, size_t n, size_t end)
{
    return n <= e->cap && end <= e->cap;
}

/* The header, and zeros where the padding may be; gives where the value goes, which has at least one octet. */
static inline uint8_t *begin_value(const encoder *e, const dia_field *f, size_t begin, size_t n, size_t end)
{
    uint8_t *buf = e->buf;
    dia_store32(buf + end - 4, 0);
    return write_header(buf + begin, f, n);
}

/* What is not plainly a value of its type. n is handed through. */
__attribute__((noinline)) static size_t judge(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const dia_bytes *value = at;
    if (f->type == DIA_TYPE_IDENTITY && dia_is_host(*value))
        return n;
    return e->level == DIA_LEVEL_OFF || dia_value_is_sound(f->type, *value, e->level) ? n : refuse_value(e, f, n);
}

/* A value that is long, empty, or does not fit. */
__attribute__((noinline)) static size_t put_odd_bytes(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const dia_bytes value = *(const dia_bytes *)at;
    size_t end = end_of(f, n, value.n);
    if (!fits(e, value.n, end))
        end = count(e, n, value.n > DIA_LENGTH_MAX ? value.n : end - n);
    else if (value.n)
        memcpy(begin_value(e, f, n, value.n, end), value.p, value.n);
    else
        write_header(e->buf + n, f, 0);
    if (e->err || (f->type == DIA_TYPE_UTF8_STRING && dia_is_utf8(value)))
        return end;
    return judge(e, f, at, end);
}

static size_t put_bytes(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const dia_bytes *value = at;
    const size_t size = value->n, end = end_of(f, n, size);
    if (size - 1 >= SHORT || end > e->cap)
        return put_odd_bytes(e, f, at, n);
    const uint64_t all = copy(begin_value(e, f, n, size, end), value->p, size);
    if (f->type == DIA_TYPE_OCTET_STRING || (f->type == DIA_TYPE_UTF8_STRING && !dia_not_ascii(all)))
        return end;
    return judge(e, f, at, end);
}

__attribute__((cold, noinline)) static size_t refuse_time(encoder *e, const dia_field *f, size_t n)
{
    refuse_value(e, f, n);
    fail(e, DIA_ERANGE);
    return n;
}

static size_t put_time(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const int64_t value = *(const int64_t *)at;
    return dia_time_fits_wire(value) ? put_u32(e, f, dia_time_to_wire(value), n) : refuse_time(e, f, n);
}

/* An address of an uncommon family, or one that does not fit. */
__attribute__((noinline)) static size_t put_odd_address(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const dia_address *address = at;
    const dia_bytes value = address->value;
    const size_t end = end_of(f, n, value.n + 2);
    if (!fits(e, value.n, end))
        return count(e, n, value.n > DIA_LENGTH_MAX ? value.n : end - n);
    uint8_t *p = begin_value(e, f, n, value.n + 2, end);
    dia_store16(p, address->family);
    if (value.n)
        memcpy(p + 2, value.p, value.n);
    return end;
}

static size_t put_address(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const dia_address *address = at;
    const dia_bytes value = address->value;
    const size_t end = end_of(f, n, value.n + 2);
    if (!dia_address_fits(address->family, value.n) && e->level != DIA_LEVEL_OFF)
        return refuse_value(e, f, n);
    if (value.n - 1 >= SHORT || end > e->cap)
        return put_odd_address(e, f, at, n);
    uint8_t *p = begin_value(e, f, n, value.n + 2, end);
    dia_store16(p, address->family);
    copy(p + 2, value.p, value.n);
    return end;
}

/* A group's header is written when its length is known. */
static inline void end_group(const encoder *e, const dia_field *f, size_t begin, size_t n)
{
    if (n <= e->cap)
        write_header(e->buf + begin, f, n - begin - header_size(f));
}

static size_t put_group(encoder *e, const dia_field *f, const void *at, size_t begin)
{
    if (e->depth == DIA_NESTING_MAX)
        fail(e, DIA_EDEPTH);
    if (e->err)
        return begin;
    e->depth++;
    const size_t n = put_body(e, f->avp->group, at, begin + header_size(f));
    e->depth--;
    end_group(e, f, begin, n);
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
        return f->handling == DIA_STORE_CODED ? put_coded(e, f, &value, n) : put_bytes(e, f, &value, n);
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
    const dia_field vendor = { .code = VENDOR_ID, .lead = DIA_LEAD(DIA_AVP_M) };
    const dia_field application = { .code = d->app_kind == DIA_APP_ACCT ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID,
                                    .lead = DIA_LEAD(DIA_AVP_M) };
    size_t n = put_u32(e, &vendor, d->app_vendor, begin + header_size(f));
    n = put_u32(e, &application, d->application, n);
    end_group(e, f, begin, n);
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
    if (!f ? !grammar->any_max : dia_eight(from + grammar->probes[f - grammar->fields]) != 0)
        return n;
    return put_octets(e, e->defaults->proxy_info, n);
}

/* ---- Fields: one function for each store. Numbers have several types of one size: their octets are copied ---- */

static size_t put_nothing(encoder *e, const dia_field *f, const void *at, size_t n)
{
    (void)e, (void)f, (void)at;
    return n;
}

static size_t put_u32_at(encoder *e, const dia_field *f, const void *at, size_t n)
{
    return put_u32(e, f, dia_four(at), n);
}

static size_t put_u64_at(encoder *e, const dia_field *f, const void *at, size_t n)
{
    return put_u64(e, f, dia_eight(at), n);
}

static size_t put_required_u32(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const uint32_t value = dia_four(at);
    return put_u32(e, f, value || !f->fill ? value : default_u32(e, f), n);
}

static size_t put_optional_u32(encoder *e, const dia_field *f, const void *at, size_t n)
{
    return ((const uint8_t *)at)[offsetof(dia_opt_u32, set)] ? put_u32(e, f, dia_four(at), n) : n;
}

static size_t put_optional_u64(encoder *e, const dia_field *f, const void *at, size_t n)
{
    return ((const uint8_t *)at)[offsetof(dia_opt_u64, set)] ? put_u64(e, f, dia_eight(at), n) : n;
}

static size_t put_optional_time(encoder *e, const dia_field *f, const void *at, size_t n)
{
    return ((const dia_opt_i64 *)at)->set ? put_time(e, f, at, n) : n;
}

static size_t put_single_group(encoder *e, const dia_field *f, const void *at, size_t n)
{
    const void *group;
    memcpy(&group, at, sizeof group);
    return put_group(e, f, group, n);
}

/* Everything is put from where it stands in memory: a member of a struct, an element of a list. */
typedef size_t put_fn(encoder *e, const dia_field *f, const void *at, size_t n);

/* What a list consists of; a group's size is in its grammar. */
static const struct element {
    put_fn *put;
    size_t size;
} elements[DIA_STORES] = {
    [DIA_STORE_U32S] = { put_u32_at, sizeof(uint32_t) },
    [DIA_STORE_U64S] = { put_u64_at, sizeof(uint64_t) },
    [DIA_STORE_TIMES] = { put_time, sizeof(int64_t) },
    [DIA_STORE_BYTESS] = { put_bytes, sizeof(dia_bytes) },
    [DIA_STORE_ADDRESSES] = { put_address, sizeof(dia_address) },
    [DIA_STORE_GROUPS] = { put_group, 0 },
};

typedef struct list {
    const void *v;
    size_t n;
} list;

__attribute__((cold, noinline)) static void judge_arity(encoder *e, const dia_field *f, size_t n)
{
    if (n < f->min)
        refuse(e, MISSING_AVP, "%s occurs %zu times, %u are wanted", f->avp->name, n, f->min);
    else if (f->max != DIA_MANY)
        refuse(e, AVP_OCCURS_TOO_MANY_TIMES, "%s occurs more than %u times", f->avp->name, f->max);
}

static inline void check_arity(encoder *e, const dia_field *f, size_t n)
{
    if (n - f->min > (size_t)f->max - f->min)
        judge_arity(e, f, n);
}

__attribute__((noinline)) static size_t put_many(encoder *e, const dia_field *f, list l, size_t n)
{
    check_arity(e, f, l.n);
    const struct element *element = &elements[f->store];
    const size_t size = element->size ? element->size : f->avp->group->size;
    const uint8_t *at = l.v;
    for (size_t left = l.n; left && !e->err; left--, at += size) {
        n = element->put(e, f, at, n);
        if (n > DIA_MESSAGE_MAX)
            fail(e, DIA_ERANGE);
    }
    return n;
}

/* Most lists have one element. */
static size_t put_list(encoder *e, const dia_field *f, const void *at, size_t n)
{
    list l;
    memcpy(&l, at, sizeof l);
    return l.n == 1 && f->min <= 1 ? elements[f->store].put(e, f, l.v, n) : put_many(e, f, l, n);
}

static put_fn *const fields[DIA_STORES] = {
    [DIA_STORE_NONE] = put_nothing,
    [DIA_STORE_U32] = put_required_u32,
    [DIA_STORE_U64] = put_u64_at,
    [DIA_STORE_TIME] = put_time,
    [DIA_STORE_OPT_U32] = put_optional_u32,
    [DIA_STORE_OPT_U64] = put_optional_u64,
    [DIA_STORE_OPT_TIME] = put_optional_time,
    [DIA_STORE_BYTES] = put_bytes,
    [DIA_STORE_ADDRESS] = put_address,
    [DIA_STORE_GROUP] = put_single_group,
    [DIA_STORE_U32S] = put_list,
    [DIA_STORE_U64S] = put_list,
    [DIA_STORE_TIMES] = put_list,
    [DIA_STORE_BYTESS] = put_list,
    [DIA_STORE_ADDRESSES] = put_list,
    [DIA_STORE_GROUPS] = put_list,
    [DIA_STORE_CODED] = put_coded,
};

static inline size_t put_field(encoder *e, const dia_field *f, const uint8_t *from, size_t n)
{
    return fields[f->handling](e, f, from + f->offset, n);
}

/* ---- Codecs: the rare way ---- */

/* An AVP whose payload the codec makes of that of the declared type. */
static size_t put_translated(encoder *e, const dia_field *f, dia_bytes data, size_t n)
{
    const size_t head = header_size(f), room = n + head < e->cap ? e->cap - n - head : 0;
    const int64_t length = dia_codec_encode(f->avp, data, room ? e->buf + n + head : NULL, room);
    if (length == DIA_EFORMAT)
        refuse(e, INVALID_AVP_VALUE, "the codec %.40s has no octets for this %.40s", f->avp->hook->module,
               f->avp->name);
    if (length < 0 || (size_t)length > DIA_LENGTH_MAX - head) {
        fail(e, length == DIA_EFORMAT ? DIA_EINVAL : length == DIA_ENOMEM ? DIA_ENOMEM : DIA_ERANGE);
        return n;
    }
    const size_t all = head + (size_t)length, size = (all + 3) & ~(size_t)3;
    if (size > e->cap || n > e->cap - size)
        return count(e, n, size);
    write_header(e->buf + n, f, (size_t)length);
    memset(e->buf + n + all, 0, size - all);
    return n + size;
}

/* One value. Its payload is that of an AVP without codec, put somewhere else; of octets it is their view. */
static size_t put_coded_value(encoder *e, const dia_field *plain, const void *at, size_t n)
{
    dia_bytes data;
    if (plain->store == DIA_STORE_BYTES) {
        memcpy(&data, at, sizeof data);
        judge(e, plain, &data, n);
        return e->err ? n : put_translated(e, plain, data, n);
    }
    const dia_allocator *alloc = dia_dict_alloc(e->command->dict);
    uint8_t small[256], *large = NULL;
    encoder aside = *e;
    aside.buf = small;
    aside.cap = sizeof small;
    const size_t size = put_field(&aside, plain, at, 0);
    if (size > sizeof small && !aside.err) {
        large = size <= DIA_MESSAGE_MAX ? dia_alloc(alloc, size) : NULL;
        if (!large)
            fail(e, size <= DIA_MESSAGE_MAX ? DIA_ENOMEM : DIA_ERANGE);
        aside.buf = large;
        aside.cap = size;
        if (large)
            put_field(&aside, plain, at, 0);
    }
    if (aside.err)
        fail(e, aside.err);
    if (size && !e->err) {
        const size_t head = header_size(plain);
        n = put_translated(e, plain, (dia_bytes){ aside.buf + head, dia_load24(aside.buf + 5) - head }, n);
    }
    dia_release(alloc, large, size);
    return n;
}

/* put_field() for an AVP with a codec. */
__attribute__((cold, noinline)) static size_t put_coded(encoder *e, const dia_field *f, const void *at, size_t n)
{
    static const struct {
        uint8_t store, size; /* of an element; a group's size is its own */
    } singles[DIA_STORES] = {
        [DIA_STORE_U32S] = { DIA_STORE_U32, sizeof(uint32_t) },
        [DIA_STORE_U64S] = { DIA_STORE_U64, sizeof(uint64_t) },
        [DIA_STORE_TIMES] = { DIA_STORE_TIME, sizeof(int64_t) },
        [DIA_STORE_BYTESS] = { DIA_STORE_BYTES, sizeof(dia_bytes) },
        [DIA_STORE_ADDRESSES] = { DIA_STORE_ADDRESS, sizeof(dia_address) },
        [DIA_STORE_GROUPS] = { DIA_STORE_GROUP, 0 },
    };
    const dia_codec *codec = dia_codec_of(f->avp);
    dia_field plain = *f;
    plain.offset = 0;
    plain.handling = f->store;
    if (e->err)
        return n;
    if (!codec || !codec->encode)
        return put_field(e, &plain, at, n);
    if (!singles[f->store].store)
        return put_coded_value(e, &plain, at, n);
    struct {
        const uint8_t *v;
        size_t n;
    } all;
    memcpy(&all, at, sizeof all);
    check_arity(e, f, all.n);
    const size_t size = f->store == DIA_STORE_GROUPS ? f->avp->group->size : singles[f->store].size;
    plain.store = plain.handling = singles[f->store].store;
    for (size_t i = 0; i < all.n && !e->err; i++) {
        const void *element = all.v + i * size;
        n = put_coded_value(e, &plain, f->store == DIA_STORE_GROUPS ? (const void *)&element : element, n);
        if (n > DIA_MESSAGE_MAX)
            fail(e, DIA_ERANGE);
    }
    return n;
}

/* A field that may not be skipped: fixed, required, trailing. */
static inline size_t put_demanded(encoder *e, const dia_field *f, const uint8_t *from, uint16_t probe, size_t n)
{
    return f->always || dia_eight(from + probe) ? put_field(e, f, from, n) : put_absent(e, f, n);
}

static size_t put_other(encoder *e, const dia_avp *avp, size_t n)
{
    if (avp->octets.p)
        return put_octets(e, avp->octets, n);
    const uint32_t v = avp->vendor ? DIA_AVP_V : 0;
    const dia_field f = { .code = avp->code,
                          .vendor = avp->vendor,
                          .lead = DIA_LEAD((avp->flags & (DIA_AVP_M | DIA_AVP_P)) | v),
                          .type = DIA_TYPE_OCTET_STRING };
    return put_bytes(e, &f, &avp->data, n);
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

/* What stands behind the optional AVPs: nothing, nearly always. */
__attribute__((noinline)) static size_t put_end(encoder *e, const dia_grammar *grammar, const uint8_t *from, size_t n)
{
    if (e->depth == 0)
        n = put_proxy_info(e, grammar, from, n);
    if (grammar->any_min || dia_eight(from + grammar->others))
        n = put_others(e, grammar, from, n);
    for (size_t i = (size_t)grammar->n_fields - grammar->n_trailing; i < grammar->n_fields; i++)
        n = put_demanded(e, &grammar->fields[i], from, grammar->probes[i], n);
    return n;
}

static size_t put_body(encoder *e, const dia_grammar *grammar, const uint8_t *from, size_t n)
{
    const dia_field *f = grammar->fields;
    const uint16_t *probe = grammar->probes;
    const size_t front = grammar->n_front, end = (size_t)grammar->n_fields - grammar->n_trailing;
    const size_t odd = front + (end - front) % 4;
    size_t i = 0;
    for (; i != front; i++)
        n = put_demanded(e, &f[i], from, probe[i], n);
    for (; i != odd; i++)
        if (dia_eight(from + probe[i]))
            n = put_field(e, &f[i], from, n);
    /* Most optional AVPs are absent: this loop, four at a time, is the pace of encoding. */
    for (; i != end; i += 4) {
        if (dia_eight(from + probe[i]))
            n = put_field(e, &f[i], from, n);
        if (dia_eight(from + probe[i + 1]))
            n = put_field(e, &f[i + 1], from, n);
        if (dia_eight(from + probe[i + 2]))
            n = put_field(e, &f[i + 2], from, n);
        if (dia_eight(from + probe[i + 3]))
            n = put_field(e, &f[i + 3], from, n);
    }
    if (e->depth == 0 || grammar->n_trailing || grammar->any_min || dia_eight(from + grammar->others))
        n = put_end(e, grammar, from, n);
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
    if (ids != &no_ids && !(command->flags & DIA_FLAG_REQUEST))
        h.flags = (uint8_t)((h.flags & ~DIA_FLAG_PROXIABLE) | (ids->flags & DIA_FLAG_PROXIABLE));
    /* RFC 6733, 7.2: the answer-message borrows code and application from the request. */
    if (command != dict->answer_message) {
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

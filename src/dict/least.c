/* The least message that keeps a grammar: what it requires, with values that were given, that another message has, or
 * that are the first of their type. */
#include "dict/dict.h"
#include "dict/fault.h"

enum {
    AUTH_APPLICATION_ID = 258,
    ACCT_APPLICATION_ID = 259,
    SESSION_ID = 263,
    ORIGIN_HOST = 264,
    VENDOR_ID = 266,
    RESULT_CODE = 268,
    PROXY_INFO = 284,
    ORIGIN_REALM = 296,
};

/* What it is made of. */
typedef struct least {
    dia_builder *b;
    const dia_defaults *defaults;
    uint32_t result_code;
    dia_bytes like;
} least;

static void put(least *l, const dia_avp_def *avp, dia_bytes value)
{
    dia_put_bytes(l->b, avp->code, avp->vendor, avp->flags, value);
}

/* ---- Values of a type ---- */

/* 0 if it has a name or none has one, else the smallest that is not negative, else the smallest. */
static int64_t first_value(const dia_avp_def *avp)
{
    int64_t found = 0;
    for (uint32_t i = avp->n_values; i-- > 0;)
        if (avp->values[i].value >= 0 || i + 1 == avp->n_values || found < 0)
            found = avp->values[i].value;
    return found;
}

static dia_bytes identity(const least *l)
{
    return l->defaults->origin_host.p ? l->defaults->origin_host : DIA_STR("localhost");
}

static void put_uri(least *l, const dia_avp_def *avp)
{
    char text[300] = "aaa://";
    const size_t scheme = strlen(text);
    const dia_bytes host = identity(l);
    const size_t n = host.n < sizeof text - scheme ? host.n : sizeof text - scheme;
    memcpy(text + scheme, host.p, n);
    put(l, avp, (dia_bytes){ (const uint8_t *)text, scheme + n });
}

static void put_required(least *l, const dia_grammar *grammar);

static void put_first(least *l, const dia_avp_def *avp)
{
    static const uint8_t nowhere[] = { 0, DIA_FAMILY_IPV4, 0, 0, 0, 0 };
    switch ((dia_type)avp->type) {
    case DIA_TYPE_ENUMERATED: dia_put_i32(l->b, avp->code, avp->vendor, avp->flags, (int32_t)first_value(avp)); return;
    case DIA_TYPE_ADDRESS: put(l, avp, (dia_bytes){ nowhere, sizeof nowhere }); return;
    case DIA_TYPE_IDENTITY: put(l, avp, identity(l)); return;
    case DIA_TYPE_URI: put_uri(l, avp); return;
    case DIA_TYPE_IP_FILTER_RULE: put(l, avp, DIA_STR("deny in ip from any to any")); return;
    case DIA_TYPE_QOS_FILTER_RULE: put(l, avp, DIA_STR("meter in ip from any to any")); return;
    case DIA_TYPE_GROUPED:
        dia_put_group(l->b, avp->code, avp->vendor, avp->flags);
        if (avp->group && !l->b->err)
            put_required(l, avp->group);
        dia_put_group_end(l->b);
        return;
    default: dia_put_minimum(l->b, avp);
    }
}

static void put_required(least *l, const dia_grammar *grammar)
{
    for (size_t i = 0; i < grammar->n_fields; i++)
        for (unsigned times = grammar->fields[i].min; times && !l->b->err; times--)
            put_first(l, grammar->fields[i].avp);
}

/* ---- Values that are known ---- */

/* A value that cannot be read is not taken over. */
static bool is_sound(const dia_avp_def *avp, dia_bytes value)
{
    const size_t n = dia_type_least(avp->type);
    switch ((dia_type)avp->type) {
    case DIA_TYPE_GROUPED: return dia_is_avps(value);
    case DIA_TYPE_OCTET_STRING:
    case DIA_TYPE_UTF8_STRING:
    case DIA_TYPE_ADDRESS:
    case DIA_TYPE_IDENTITY:
    case DIA_TYPE_URI:
    case DIA_TYPE_IP_FILTER_RULE:
    case DIA_TYPE_QOS_FILTER_RULE: return value.n >= n;
    default: return value.n == n;
    }
}

static void put_application(least *l, const dia_avp_def *avp)
{
    const dia_defaults *d = l->defaults;
    dia_put_group(l->b, avp->code, avp->vendor, avp->flags);
    dia_put_u32(l->b, VENDOR_ID, 0, DIA_AVP_M, d->app_vendor);
    dia_put_u32(l->b, d->app_kind == DIA_APP_ACCT ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID, 0, DIA_AVP_M,
                d->application);
    dia_put_group_end(l->b);
}

/* True when it was written. */
static bool put_default(least *l, const dia_field *f)
{
    const dia_defaults *d = l->defaults;
    dia_bytes text = { NULL, 0 };
    if (!f->vendor && f->code == RESULT_CODE && l->result_code) {
        dia_put_u32(l->b, f->code, 0, f->avp->flags, l->result_code);
        return true;
    }
    switch ((dia_fill)f->fill) {
    case DIA_FILL_SESSION_ID: text = d->session_id; break;
    case DIA_FILL_ORIGIN_HOST: text = d->origin_host; break;
    case DIA_FILL_ORIGIN_REALM: text = d->origin_realm; break;
    case DIA_FILL_DESTINATION_REALM: text = d->destination_realm; break;
    case DIA_FILL_AUTH_APPLICATION_ID:
    case DIA_FILL_ACCT_APPLICATION_ID:
        if (d->fill_application)
            dia_put_u32(l->b, f->code, 0, f->avp->flags, d->application);
        return d->fill_application;
    case DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID:
        if (d->fill_application)
            put_application(l, f->avp);
        return d->fill_application;
    default: return false;
    }
    if (text.p)
        put(l, f->avp, text);
    return text.p != NULL;
}

/* ---- The message ---- */

/* What every answer has, where its grammar lets it (RFC 6733, 6.2). */
static bool is_wanted(const least *l, const dia_field *f)
{
    if (f->min || !f->max || f->vendor)
        return f->min;
    switch (f->code) {
    case SESSION_ID: return l->defaults->session_id.p != NULL;
    case ORIGIN_HOST: return l->defaults->origin_host.p != NULL;
    case ORIGIN_REALM: return l->defaults->origin_realm.p != NULL;
    case RESULT_CODE: return l->result_code != 0;
    default: return false;
    }
}

static void put_field(least *l, const dia_field *f)
{
    unsigned times = f->min ? f->min : 1;
    if (put_default(l, f))
        times--;
    if (times && l->like.p)
        for (dia_avps it = dia_avps_of(l->like); times && dia_avp_next(&it);)
            if (it.avp.code == f->code && it.avp.vendor == f->vendor && is_sound(f->avp, it.avp.data)) {
                put(l, f->avp, it.avp.data);
                times--;
            }
    for (; times && !l->b->err; times--)
        put_first(l, f->avp);
}

/* An AVP that the grammar takes among others. */
static void put_unnamed(least *l, const dia_grammar *g, uint32_t code, dia_bytes value)
{
    if (value.p && g->any_max && !dia_grammar_field(g, code, 0))
        dia_put_bytes(l->b, code, 0, DIA_AVP_M, value);
}

void dia_put_least(dia_builder *b, const dia_grammar *grammar, const dia_defaults *defaults, uint32_t result_code,
                   dia_bytes like)
{
    static const dia_defaults none = { 0 };
    least l = { b, defaults ? defaults : &none, result_code, like };
    put_unnamed(&l, grammar, SESSION_ID, l.defaults->session_id);
    for (size_t i = 0; i < grammar->n_fields; i++)
        if (is_wanted(&l, &grammar->fields[i]))
            put_field(&l, &grammar->fields[i]);
    uint8_t code[4];
    dia_store32(code, result_code);
    put_unnamed(&l, grammar, RESULT_CODE, (dia_bytes){ result_code ? code : NULL, sizeof code });
    put_unnamed(&l, grammar, ORIGIN_HOST, l.defaults->origin_host);
    put_unnamed(&l, grammar, ORIGIN_REALM, l.defaults->origin_realm);
    if (l.defaults->proxy_info.p && (dia_grammar_field(grammar, PROXY_INFO, 0) || grammar->any_max))
        dia_put_octets(b, l.defaults->proxy_info);
}

/* Topology hiding: inner hosts have other names outside, made from their own with a key, and remembered for the way back.
 *
 * Names are where the base protocol and the documents of overload have them: in AVPs of their own, in Failed-AVP, which may hold
 * any of these (RFC 6733, 7.5), and in the groups that say whose load or overload it is (RFC 8583, 7; RFC 8581, 7). Proxy-Info is its
 * maker's, who wants it back as it was. */
#include "agent/policy_rows.h"

enum { LABEL = 13 }; /* 64 bits, five each */
enum { OC_SUPPORTED_FEATURES = 621, OC_OLR = 623, SOURCE_ID = 649, LOAD = 650 };

/* ---- Names ---- */

static void drop(dia_policies *all, dia_policy_veil *veil, dia_policy_name *name)
{
    dia_names_remove(&veil->by_outer, name->outer);
    dia_names_remove(&veil->by_inner, name->inner);
    dia_list_remove(&name->link);
    dia_release(all->alloc, name, name->size);
}

static void make_label(const dia_policy_veil *veil, dia_bytes inner, char to[LABEL])
{
    uint8_t code[16];
    dia_siphash h;
    dia_siphash_init(&h, veil->key);
    for (size_t i = 0; i < inner.n; i++) {
        const uint8_t c = dia_lower(inner.p[i]);
        dia_siphash_add(&h, (dia_bytes){ &c, 1 });
    }
    dia_siphash_end(&h, code);
    uint64_t bits = dia_load64(code);
    for (int i = 0; i < LABEL; i++, bits <<= 5)
        to[i] = "abcdefghijklmnopqrstuvwxyz234567"[bits >> 59];
}

int dia_policy_veil_name(dia_policies *all, dia_policy_veil *veil, dia_bytes inner, bool stays)
{
    const size_t outer_n = veil->before.n + LABEL + veil->behind.n, size = sizeof(dia_policy_name) + inner.n + outer_n;
    dia_policy_name *name = dia_alloc(all->alloc, size);
    if (!name)
        return DIA_ENOMEM;
    char *at = (char *)(name + 1);
    *name = (dia_policy_name){ .size = size,
                               .inner = { (uint8_t *)at, inner.n },
                               .outer = { (uint8_t *)at + inner.n, outer_n } };
    dia_list_init(&name->link);
    memcpy(at, inner.p, inner.n);
    at += inner.n;
    if (veil->before.n)
        memcpy(at, veil->before.p, veil->before.n);
    make_label(veil, inner, at + veil->before.n);
    if (veil->behind.n)
        memcpy(at + veil->before.n + LABEL, veil->behind.p, veil->behind.n);
    if (!stays && veil->n >= veil->max) {
        drop(all, veil, DIA_OF(veil->used.next, dia_policy_name, link));
        veil->n--;
    }
    int err = dia_names_put(&veil->by_inner, name->inner, name);
    if (!err && (err = dia_names_put(&veil->by_outer, name->outer, name)))
        dia_names_remove(&veil->by_inner, name->inner);
    if (err) { /* also where two hosts have one label, which nobody lives to see */
        dia_release(all->alloc, name, size);
        return err;
    }
    if (!stays) {
        dia_list_push_back(&veil->used, &name->link);
        veil->n++;
    }
    return 0;
}

static void use(dia_policy_veil *veil, dia_policy_name *name)
{
    if (dia_list_empty(&name->link))
        return;
    dia_list_remove(&name->link);
    dia_list_push_back(&veil->used, &name->link);
}

void dia_policy_veil_done(dia_policies *all, dia_policy_veil *veil)
{
    size_t at = 0;
    if (!veil->hosts)
        return;
    while (!dia_list_empty(&veil->used))
        drop(all, veil, DIA_OF(veil->used.next, dia_policy_name, link));
    for (dia_policy_name *name; (name = dia_names_next(&veil->by_inner, &at, NULL));)
        dia_release(all->alloc, name, name->size);
    dia_names_done(&veil->by_outer);
    dia_names_done(&veil->by_inner);
}

/* ---- One name ---- */

typedef struct veiling {
    dia_policy_work *work;
    dia_policy_veil *veil;
    dia_policy_row *row;
    bool inwards;
    bool nobody; /* Destination-Host is a name of ours that nobody has */
    bool again;  /* a Route-Record has become the one name of all already */
    bool failed; /* what is gone through is in a Failed-AVP */
    char text[512];
} veiling;

static bool is_hidden(const dia_policy_veil *veil, dia_bytes host)
{
    return host.p && dia_policy_is_listed(veil->hosts, host);
}

/* The one name of all. */
static dia_bytes common_name(const veiling *v)
{
    const dia_conn *conn = dia_transit_conn(v->work->transit);
    if (!v->veil->own)
        return v->veil->before;
    return conn ? dia_conn_origin_host(conn) : dia_cstr(dia_transit_node(v->work->transit)->hub.config.origin_host);
}

/* Absent: no memory; or nobody can be called so, which is not worth remembering, however long it is. */
static dia_bytes outer_of(veiling *v, dia_bytes inner)
{
    dia_policy_veil *veil = v->veil;
    if (!veil->each)
        return common_name(v);
    if (!dia_identity_valid(inner)) {
        v->work->err = DIA_EINVAL;
        return (dia_bytes){ NULL, 0 };
    }
    dia_policy_name *name = dia_names_get(&veil->by_inner, inner);
    if (!name && !dia_policy_veil_name(v->work->all, veil, inner, false))
        name = dia_names_get(&veil->by_inner, inner);
    if (!name) {
        v->work->err = DIA_ENOMEM;
        return (dia_bytes){ NULL, 0 };
    }
    use(veil, name);
    return name->outer;
}

/* Does it look like a name of ours? */
static bool is_outer(const dia_policy_veil *veil, dia_bytes name)
{
    const size_t around = veil->before.n + veil->behind.n;
    return name.n == around + LABEL && dia_bytes_equal_nocase((dia_bytes){ name.p, veil->before.n }, veil->before) &&
           dia_bytes_equal_nocase((dia_bytes){ name.p + name.n - veil->behind.n, veil->behind.n }, veil->behind);
}

/* Absent: it is none of ours, or forgotten. */
static dia_bytes inner_of(const veiling *v, dia_bytes outer)
{
    dia_policy_name *name = v->veil->each ? dia_names_get(&v->veil->by_outer, outer) : NULL;
    if (!name)
        return (dia_bytes){ NULL, 0 };
    use(v->veil, name);
    return name->inner;
}

/* What stands around a host stays: "host;1;2" and "aaa://host:3868". */
static dia_policy_fate in_text(veiling *v, dia_bytes text, size_t from, size_t to, dia_bytes host, dia_bytes *value)
{
    const size_t n = text.n - (to - from) + host.n;
    if (!host.p)
        return DIA_POLICY_STAYS;
    if (n > sizeof v->text) {
        v->work->err = DIA_ESPACE;
        return DIA_POLICY_STAYS;
    }
    memcpy(v->text, text.p, from);
    memcpy(v->text + from, host.p, host.n);
    memcpy(v->text + from + host.n, text.p + to, text.n - to);
    *value = (dia_bytes){ (const uint8_t *)v->text, n };
    return DIA_POLICY_BECOMES;
}

static dia_policy_fate veil_session(veiling *v, dia_bytes id, dia_bytes *value)
{
    const uint8_t *end = id.n ? memchr(id.p, ';', id.n) : NULL;
    const dia_bytes host = { id.p, end ? (size_t)(end - id.p) : 0 };
    if (!v->veil->sessions || !dia_identity_valid(host))
        return DIA_POLICY_STAYS;
    if (v->inwards)
        return in_text(v, id, 0, host.n, inner_of(v, host), value);
    return is_hidden(v->veil, host) ? in_text(v, id, 0, host.n, outer_of(v, host), value) : DIA_POLICY_STAYS;
}

static dia_policy_fate veil_uri(veiling *v, dia_bytes text, dia_bytes *value)
{
    dia_uri uri;
    if (dia_uri_parse(text, &uri) || !is_hidden(v->veil, uri.fqdn))
        return DIA_POLICY_STAYS;
    const size_t from = (size_t)(uri.fqdn.p - text.p);
    return in_text(v, text, from, from + uri.fqdn.n, outer_of(v, uri.fqdn), value);
}

static dia_policy_fate veil_host(veiling *v, dia_bytes host, dia_bytes *value)
{
    if (!is_hidden(v->veil, host))
        return DIA_POLICY_STAYS;
    *value = outer_of(v, host);
    return value->p ? DIA_POLICY_BECOMES : DIA_POLICY_STAYS;
}

static dia_policy_fate veil_realm(dia_bytes realm, dia_bytes from, dia_bytes to, dia_bytes *value)
{
    if (!from.p || !dia_bytes_equal_nocase(realm, from))
        return DIA_POLICY_STAYS;
    *value = to;
    return DIA_POLICY_BECOMES;
}

static dia_policy_fate unveil_destination(veiling *v, dia_bytes host, dia_bytes *value)
{
    if (!v->veil->each) /* who of them serves it is the route's business */
        return dia_bytes_equal_nocase(host, common_name(v)) ? DIA_POLICY_GOES : DIA_POLICY_STAYS;
    *value = inner_of(v, host);
    v->nobody = v->nobody || (!value->p && is_outer(v->veil, host));
    return value->p ? DIA_POLICY_BECOMES : DIA_POLICY_STAYS;
}

/* ---- Words ---- */

static bool is_of_name(uint8_t c)
{
    return dia_is_digit(c) || (dia_lower(c) >= 'a' && dia_lower(c) <= 'z') || c == '-';
}

static bool contains(dia_bytes text, dia_bytes word)
{
    for (size_t i = 0; word.n && i + word.n <= text.n; i++)
        if (dia_bytes_equal_nocase((dia_bytes){ text.p + i, word.n }, word))
            return true;
    return false;
}

/* What "*" may mean: a dot with something of a name at both sides. */
static bool has_name(dia_bytes text)
{
    for (size_t i = 1; i + 1 < text.n; i++)
        if (text.p[i] == '.' && is_of_name(text.p[i - 1]) && is_of_name(text.p[i + 1]))
            return true;
    return false;
}

/* Is a hidden name somewhere in it? Rather one too many than one too few: "as1.example" has "s1.example". */
static bool tells(const dia_policy_veil *veil, dia_bytes text)
{
    for (const dia_bytes *p = veil->hosts; p->p; p++) {
        const size_t star = p->p[0] == '*';
        if (star && p->n == 1 ? has_name(text) : contains(text, (dia_bytes){ p->p + star, p->n - star }))
            return true;
    }
    return veil->realm.p && contains(text, veil->realm);
}

/* ---- A message ---- */

/* What has no name of its own to be given another one, a text or octets that are no AVPs, tells it or does not. */
static dia_policy_fate silence(const veiling *v, dia_bytes text)
{
    return !v->inwards && tells(v->veil, text) ? DIA_POLICY_GOES : DIA_POLICY_STAYS;
}

static bool is_group(const veiling *v, const dia_avp *avp)
{
    const dia_avp_def *def = dia_dicts_avp(v->work->all->dicts, 0, avp->code, avp->vendor);
    return def && def->type == DIA_TYPE_GROUPED;
}

static dia_policy_fate go_into(const veiling *v, const dia_avp *avp, size_t depth)
{
    return dia_policy_enters(avp, depth) ? DIA_POLICY_ENTERED : silence(v, avp->data);
}

static dia_policy_fate back(veiling *v, dia_bytes host, dia_bytes *value)
{
    *value = inner_of(v, host);
    return value->p ? DIA_POLICY_BECOMES : DIA_POLICY_STAYS;
}

/* Of a Failed-AVP from outside: what was wrong has there the names that who sent it gave it. */
static dia_policy_fate inwards_failed(veiling *v, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    switch (avp->vendor ? 0 : avp->code) {
    case DIA_AVP_ORIGIN_HOST:
    case DIA_AVP_DESTINATION_HOST:
    case DIA_AVP_ROUTE_RECORD: return back(v, avp->data, value);
    case DIA_AVP_ORIGIN_REALM:
    case DIA_AVP_DESTINATION_REALM: return veil_realm(avp->data, v->veil->realm_as, v->veil->realm, value);
    case DIA_AVP_ACCT_MULTI_SESSION_ID:
    case DIA_AVP_SESSION_ID: return veil_session(v, avp->data, value);
    default: return is_group(v, avp) ? go_into(v, avp, depth) : DIA_POLICY_STAYS;
    }
}

static dia_policy_fate inwards(void *arg, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    veiling *v = arg;
    if (depth)
        return inwards_failed(v, avp, depth, value);
    switch (avp->vendor ? 0 : avp->code) {
    case DIA_AVP_DESTINATION_HOST: return unveil_destination(v, avp->data, value);
    case DIA_AVP_DESTINATION_REALM: return veil_realm(avp->data, v->veil->realm_as, v->veil->realm, value);
    case DIA_AVP_ACCT_MULTI_SESSION_ID:
    case DIA_AVP_SESSION_ID: return veil_session(v, avp->data, value);
    case DIA_AVP_FAILED_AVP: return go_into(v, avp, depth);
    default: return DIA_POLICY_STAYS;
    }
}

static dia_policy_fate veil_record(veiling *v, dia_bytes host, dia_bytes *value)
{
    const dia_policy_fate fate = veil_host(v, host, value);
    if (fate != DIA_POLICY_BECOMES || v->veil->each)
        return fate;
    if (v->again) /* how many they are is theirs to know */
        return DIA_POLICY_GOES;
    v->again = true;
    return fate;
}

/* What is told of a request from outside may name whom it was for inside. */
static dia_policy_fate outwards_failed(veiling *v, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    switch (avp->vendor ? 0 : avp->code) {
    case DIA_AVP_DESTINATION_HOST:
    case DIA_AVP_ROUTE_RECORD:
    case DIA_AVP_PROXY_HOST: return veil_host(v, avp->data, value);
    case DIA_AVP_DESTINATION_REALM: return veil_realm(avp->data, v->veil->realm, v->veil->realm_as, value);
    default: return is_group(v, avp) ? go_into(v, avp, depth) : DIA_POLICY_STAYS;
    }
}

static dia_policy_fate outwards(void *arg, const dia_avp *avp, size_t depth, dia_bytes *value)
{
    veiling *v = arg;
    const uint32_t code = avp->vendor ? 0 : avp->code;
    if (!depth)
        v->failed = code == DIA_AVP_FAILED_AVP;
    switch (code) {
    case SOURCE_ID:
    case DIA_AVP_ORIGIN_HOST:
    case DIA_AVP_ERROR_REPORTING_HOST: return veil_host(v, avp->data, value);
    case DIA_AVP_ORIGIN_REALM: return veil_realm(avp->data, v->veil->realm, v->veil->realm_as, value);
    case DIA_AVP_REDIRECT_HOST: return veil_uri(v, avp->data, value);
    case DIA_AVP_ACCT_MULTI_SESSION_ID:
    case DIA_AVP_SESSION_ID: return veil_session(v, avp->data, value);
    case DIA_AVP_ERROR_MESSAGE: return silence(v, avp->data);
    case DIA_AVP_FAILED_AVP:
    case OC_SUPPORTED_FEATURES:
    case OC_OLR:
    case LOAD: return go_into(v, avp, depth);
    default: break;
    }
    if (v->failed)
        return outwards_failed(v, avp, depth, value);
    return code == DIA_AVP_ROUTE_RECORD ? veil_record(v, avp->data, value) : DIA_POLICY_STAYS;
}

bool dia_policy_unveil(dia_policy_work *w, dia_policy_row *row)
{
    veiling v = { .work = w, .veil = &row->veil, .row = row, .inwards = true };
    dia_policy_transform(w, NULL, inwards, &v);
    return !v.nobody;
}

void dia_policy_hide_names(dia_policy_work *w, dia_policy_row *row)
{
    const uint8_t *before = w->message.p;
    veiling v = { .work = w, .veil = &row->veil, .row = row };
    dia_policy_transform(w, NULL, outwards, &v);
    row->counts.hidden += w->message.p != before;
}

dia_bytes dia_policy_veiled(dia_policy_work *w, dia_policy_row *row, dia_bytes inner, char to[256])
{
    veiling v = { .work = w, .veil = &row->veil, .row = row };
    dia_bytes outer = { NULL, 0 };
    if (!is_hidden(&row->veil, inner) || !(outer = outer_of(&v, inner)).p || outer.n > 256)
        return (dia_bytes){ NULL, 0 };
    memcpy(to, outer.p, outer.n);
    return (dia_bytes){ (const uint8_t *)to, outer.n };
}

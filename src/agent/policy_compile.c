/* From a configuration to rows: names are looked up, values become octets, mistakes are said. */
#include "agent/policy_rows.h"
#include "agent/tree.h"

#include <stdio.h>

typedef struct compiling {
    dia_policies *all;
    dia_policy_fault *fault; /* may be NULL */
    size_t policy;
    const dia_policy *from; /* that one */
    dia_siphash hash;       /* of all that was said */
    int err;                /* the first one */
} compiling;

/* ---- Mistakes ---- */

/* `what` is the sentence; with a word it is what is allowed instead of that. */
static void wrong(compiling *c, const char *where, const char *what, const char *word)
{
    if (c->err)
        return;
    c->err = DIA_EINVAL;
    if (!c->fault)
        return;
    c->fault->policy = c->policy;
    snprintf(c->fault->where, sizeof c->fault->where, "%s", where);
    if (word)
        snprintf(c->fault->text, sizeof c->fault->text, "'%s' stands here; allowed: %s", dia_show(word).text, what);
    else
        snprintf(c->fault->text, sizeof c->fault->text, "%s", what);
}

#define A_PATTERN   "a name, such as example.net, \"*.example.net\" or \"*\""
#define AN_IDENTITY "a DiameterIdentity, such as host.example.net"

static void *get(compiling *c, size_t n)
{
    void *p = dia_arena_get0(&c->all->arena, n);
    if (!p && !c->err)
        c->err = DIA_ENOMEM;
    return p;
}

/* ---- Texts and patterns ---- */

static void note(compiling *c, const void *octets, size_t n)
{
    const uint64_t size = n;
    dia_siphash_add(&c->hash, (dia_bytes){ (const uint8_t *)&size, sizeof size });
    dia_siphash_add(&c->hash, (dia_bytes){ octets, n });
}

static dia_bytes keep(compiling *c, const char *text)
{
    if (!text)
        return (dia_bytes){ NULL, 0 };
    const size_t n = strlen(text);
    char *copy = get(c, n + 1);
    note(c, text, n);
    if (copy)
        memcpy(copy, text, n + 1);
    return (dia_bytes){ (uint8_t *)copy, copy ? n : 0 };
}

static const char *keep_text(compiling *c, const char *text)
{
    return (const char *)keep(c, text).p;
}

static const dia_bytes *keep_patterns(compiling *c, const char *const *names, const char *where)
{
    size_t n = 0;
    while (names && names[n])
        n++;
    dia_bytes *list = names ? get(c, (n + 1) * sizeof *list) : NULL;
    for (size_t i = 0; list && i < n; i++) {
        if (!dia_name_pattern_valid(dia_cstr(names[i])))
            wrong(c, where, A_PATTERN, names[i]);
        list[i] = keep(c, names[i]);
    }
    return list;
}

static const uint32_t *keep_numbers(compiling *c, const uint32_t *v, size_t n)
{
    uint32_t *copy = n ? get(c, n * sizeof *copy) : NULL;
    if (copy)
        memcpy(copy, v, n * sizeof *copy);
    note(c, v, n * sizeof *v);
    return copy;
}

/* ---- Paths and values ---- */

static size_t variants(const compiling *c)
{
    return c->from->match.n_applications ? c->from->match.n_applications : 1;
}

static uint32_t variant(const compiling *c, size_t i)
{
    return c->from->match.n_applications ? c->from->match.applications[i] : 0;
}

/* The path in numbers, so that no name is looked up again. */
static const char *spell(compiling *c, const dia_path *path)
{
    enum { STEP = 3 * 12 };
    const size_t size = path->n * STEP + 1;
    char *text = get(c, size);
    size_t at = 0;
    for (size_t i = 0; text && i < path->n; i++) {
        const dia_path_step *s = &path->step[i];
        if (i)
            text[at++] = '/';
        if (s->vendor)
            at += (size_t)snprintf(text + at, size - at, "%u:", (unsigned)s->vendor);
        at += (size_t)snprintf(text + at, size - at, "%u", (unsigned)s->code);
        if (s->one)
            at += (size_t)snprintf(text + at, size - at, "[%u]", (unsigned)s->index);
    }
    return text;
}

static void read_value(compiling *c, dia_policy_place *place, const char *value, const char *where)
{
    const char *why = "a value of this AVP";
    size_t needed = 0;
    const dia_bytes text = dia_cstr(value);
    int64_t n = dia_text_value_read(place->path.def, text, NULL, 0, &needed, &why);
    if (n == DIA_ESPACE) {
        uint8_t *octets = get(c, needed);
        if (!octets)
            return;
        n = dia_text_value_read(place->path.def, text, octets, needed, NULL, &why);
        place->value = (dia_bytes){ octets, needed };
    } else if (!n) {
        place->value = (dia_bytes)DIA_LIT("");
    }
    if (n < 0)
        wrong(c, where, why, value);
}

/* A place for each application. `value` NULL: none. */
static const dia_policy_place *read_places(compiling *c, const char *path, const char *value, const char *where,
                                           const char *value_where)
{
    const size_t n = variants(c);
    dia_policy_place *places = get(c, n * sizeof *places);
    if (!path || !*path)
        wrong(c, where, "a path to an AVP is missing", NULL);
    for (size_t i = 0; places && !c->err && i < n; i++) {
        const int err = dia_path_compile(c->all->dicts, variant(c, i), path, &places[i].path);
        if (err) {
            wrong(c, where, err == DIA_EDEPTH ? "at most 16 names" : "AVPs that a dictionary knows", path);
            break;
        }
        places[i].text = spell(c, &places[i].path);
        if (value)
            read_value(c, &places[i], value, value_where);
    }
    keep(c, path);
    keep(c, value);
    return places;
}

static const char *join(char to[64], const char *list, size_t i, const char *member)
{
    snprintf(to, 64, "%s[%zu]%s%s", list, i, *member ? "." : "", member);
    return to;
}

static const dia_policy_check *read_checks(compiling *c, const dia_policy_condition *v, size_t n, const char *list)
{
    dia_policy_check *checks = n ? get(c, n * sizeof *checks) : NULL;
    for (size_t i = 0; checks && !c->err && i < n; i++) {
        char path[64], value[64], most[64];
        join(path, list, i, "path");
        join(value, list, i, "value");
        join(most, list, i, "most");
        const bool is = v[i].test == DIA_POLICY_IS;
        const bool wants = is || v[i].test == DIA_POLICY_BEGINS || v[i].test == DIA_POLICY_MATCHES;
        if ((unsigned)v[i].test >= DIA_POLICY_TESTS)
            wrong(c, path, "no test that there is", NULL);
        if (wants && !v[i].value)
            wrong(c, value, "a value is missing", NULL);
        if (v[i].test == DIA_POLICY_MATCHES && !c->err && !dia_name_pattern_valid(dia_cstr(v[i].value)))
            wrong(c, value, A_PATTERN, v[i].value);
        if (v[i].test == DIA_POLICY_BETWEEN && v[i].least > v[i].most)
            wrong(c, most, "the most is below the least", NULL);
        if (c->err)
            break;
        checks[i] = (dia_policy_check){ .test = v[i].test,
                                        .negated = v[i].negated,
                                        .text = wants && !is ? keep(c, v[i].value) : (dia_bytes){ NULL, 0 },
                                        .least = v[i].least,
                                        .most = v[i].most };
        checks[i].places = read_places(c, v[i].path, is ? v[i].value : NULL, path, value);
        note(c, &v[i].test, sizeof v[i].test);
        note(c, &v[i].negated, sizeof v[i].negated);
        note(c, &v[i].least, sizeof v[i].least);
        note(c, &v[i].most, sizeof v[i].most);
    }
    return checks;
}

/* ---- Acts ---- */

/* Octets in which names can stand. */
static bool is_text(const dia_avp_def *def)
{
    switch (def ? (dia_type)def->type : DIA_TYPE_OCTET_STRING) {
    case DIA_TYPE_OCTET_STRING:
    case DIA_TYPE_UTF8_STRING:
    case DIA_TYPE_IDENTITY:
    case DIA_TYPE_URI: return true;
    default: return false;
    }
}

/* The AVP of the base protocol that a path leads to; 0: it is another one, or in a group. */
static uint32_t base_code(const dia_path *path)
{
    return path->n == 1 && !path->step[0].vendor ? path->step[0].code : 0;
}

/* What is put there is sent as it is, so that it has to be what the next node takes. */
static void check_put(compiling *c, const dia_policy_place *place, const char *value, const char *where)
{
    const dia_avp_def *def = place->path.def;
    dia_uri uri;
    if (def && def->type == DIA_TYPE_IDENTITY && !dia_identity_valid(place->value))
        wrong(c, where, AN_IDENTITY, value);
    else if (def && def->type == DIA_TYPE_URI && dia_uri_parse(place->value, &uri))
        wrong(c, where, "a DiameterURI, such as aaas://host.example.net:5868", value);
    else if (base_code(&place->path) == DIA_AVP_SESSION_ID && !place->value.n)
        wrong(c, where, "nothing stands here; allowed: a Session-Id, such as host.example.net;1;2", NULL);
}

/* The next node knows the session, the origin and a loop by these (RFC 6733, 6.1.3, 6.3 and 8.8). */
static void check_removal(compiling *c, const dia_policy_place *place, const char *path, const char *where)
{
    switch (base_code(&place->path)) {
    case DIA_AVP_SESSION_ID:
    case DIA_AVP_ORIGIN_HOST:
    case DIA_AVP_ORIGIN_REALM:
    case DIA_AVP_ROUTE_RECORD:
        wrong(c, where, "other AVPs, for sessions, origins and loops are known by it; hide changes names", path);
        break;
    default: break;
    }
}

static void check_places(compiling *c, const dia_policy_act *act, const dia_policy_place *places, const char *path,
                         const char *value)
{
    for (size_t i = 0; i < variants(c) && !c->err; i++) {
        if (act->verb == DIA_POLICY_REWRITE && !is_text(places[i].path.def))
            wrong(c, path, "an AVP that holds a name or another text", act->path);
        else if (act->verb == DIA_POLICY_REMOVE)
            check_removal(c, &places[i], act->path, path);
        else if (act->verb == DIA_POLICY_SET || act->verb == DIA_POLICY_ADD || act->verb == DIA_POLICY_DEFAULT)
            check_put(c, &places[i], act->value, value);
    }
}

/* What an act has to say. */
enum { PATH = 1, VALUE = 2, OCTETS = 4, FROM = 8, CODE = 16, PEER = 32, OF_REQUEST = 64, OF_ANSWER = 128 };
static const uint8_t wants[DIA_POLICY_VERBS] = {
    [DIA_POLICY_SET] = PATH | VALUE | OCTETS,
    [DIA_POLICY_ADD] = PATH | VALUE | OCTETS,
    [DIA_POLICY_DEFAULT] = PATH | VALUE | OCTETS,
    [DIA_POLICY_REMOVE] = PATH,
    [DIA_POLICY_COPY] = PATH | VALUE | FROM,
    [DIA_POLICY_REWRITE] = PATH | VALUE,
    [DIA_POLICY_REJECT] = CODE,
    [DIA_POLICY_END_SESSION] = OF_ANSWER,
    [DIA_POLICY_SEND_TO] = VALUE | PEER | OF_REQUEST,
};

static void check_rewriting(compiling *c, const dia_policy_act *act, const char *pattern, const char *value)
{
    if (!act->pattern || !dia_name_pattern_valid(dia_cstr(act->pattern)))
        wrong(c, pattern, A_PATTERN, act->pattern ? act->pattern : "");
    else if (!dia_name_pattern_valid(dia_cstr(act->value)))
        wrong(c, value, A_PATTERN, act->value);
    else if (act->value[0] == '*' && act->pattern[0] != '*')
        wrong(c, value, "a name; with \"*\" in front what it is rewritten from has to have one, too", act->value);
}

static void read_act(compiling *c, const dia_policy_act *act, bool is_answer, const char *list, size_t i,
                     dia_policy_do *out)
{
    char path[64], value[64], other[64];
    join(path, list, i, "path");
    join(value, list, i, "value");
    if ((unsigned)act->verb >= DIA_POLICY_VERBS) {
        wrong(c, join(other, list, i, ""), "no act that there is", NULL);
        return;
    }
    const unsigned want = wants[act->verb];
    if (want & (is_answer ? OF_REQUEST : OF_ANSWER))
        wrong(c, join(other, list, i, ""), is_answer ? "that is for requests alone" : "that is for answers alone",
              NULL);
    if (want & VALUE && !act->value)
        wrong(c, value, "a value is missing", NULL);
    if (want & CODE && (act->result_code < 1000 || act->result_code / 1000 == 2))
        wrong(c, join(other, list, i, "result_code"), "a Result-Code that tells a failure is wanted", NULL);
    if (want & PEER && !c->err && !dia_identity_valid(dia_cstr(act->value)))
        wrong(c, value, AN_IDENTITY, act->value);
    if (act->verb == DIA_POLICY_REWRITE && !c->err)
        check_rewriting(c, act, join(other, list, i, "pattern"), value);
    if (c->err)
        return;
    *out = (dia_policy_do){ .verb = act->verb, .result_code = act->result_code, .n_checks = act->n_conditions };
    if (want & PATH)
        out->places = read_places(c, act->path, want & OCTETS ? act->value : NULL, path, value);
    if (want & PATH && !c->err)
        check_places(c, act, out->places, path, value);
    if (want & FROM)
        out->from = read_places(c, act->value, NULL, value, value);
    else if (want & VALUE && !(want & OCTETS))
        out->text = keep(c, act->value);
    out->pattern = keep(c, act->pattern);
    out->message = keep_text(c, act->text);
    note(c, &act->verb, sizeof act->verb);
    note(c, &act->result_code, sizeof act->result_code);
    out->checks = read_checks(c, act->conditions, act->n_conditions, join(other, list, i, "conditions"));
}

static const dia_policy_do *read_acts(compiling *c, const dia_policy_act *v, size_t n, bool is_answer)
{
    dia_policy_do *acts = n ? get(c, n * sizeof *acts) : NULL;
    for (size_t i = 0; acts && !c->err && i < n; i++)
        read_act(c, &v[i], is_answer, is_answer ? "answer" : "request", i, &acts[i]);
    return acts;
}

/* ---- Hiding ---- */

static void read_outer(compiling *c, const char *as, dia_policy_veil *veil)
{
    char name[512];
    const dia_bytes text = keep(c, as);
    const uint8_t *star = text.p ? memchr(text.p, '*', text.n) : NULL;
    veil->own = !as;
    veil->each = star != NULL;
    veil->before = (dia_bytes){ text.p, star ? (size_t)(star - text.p) : text.n };
    veil->behind = star ? (dia_bytes){ star + 1, (size_t)(text.p + text.n - star) - 1 } : (dia_bytes){ NULL, 0 };
    if (!text.p)
        return;
    /* A name of the length that comes out. */
    snprintf(name, sizeof name, "%.*s%s%.*s", (int)(veil->before.n % 300), (const char *)veil->before.p,
             star ? "abcdefghijklm" : "", (int)(veil->behind.n % 300), star ? (const char *)veil->behind.p : "");
    if (!dia_identity_valid(dia_cstr(name)))
        wrong(c, "hide.as", "a name, or a name with one \"*\"", as);
}

static void read_realms(compiling *c, const dia_policy_hide *hide, dia_policy_veil *veil)
{
    if (!hide->realm != !hide->realm_as)
        wrong(c, hide->realm ? "hide.realm_as" : "hide.realm", "an inner realm and its other name belong together",
              NULL);
    veil->realm = keep(c, hide->realm);
    veil->realm_as = keep(c, hide->realm_as);
    if (veil->realm.p && !dia_identity_valid(veil->realm))
        wrong(c, "hide.realm", AN_IDENTITY, hide->realm);
    if (veil->realm_as.p && !dia_identity_valid(veil->realm_as))
        wrong(c, "hide.realm_as", AN_IDENTITY, hide->realm_as);
}

static void read_veil(compiling *c, const dia_policy_hide *hide, const uint8_t key[16], dia_policy_veil *veil)
{
    enum { MAX_HOSTS = 10000 };
    if (!hide->outside && !hide->hosts && !hide->as && !hide->realm && !hide->realm_as && !hide->sessions)
        return;
    if (!hide->outside || !*hide->outside)
        wrong(c, "hide.outside", "the peers from whom names are hidden are missing", NULL);
    if (!hide->hosts || !*hide->hosts)
        wrong(c, "hide.hosts", "the hosts that are hidden are missing", NULL);
    if (c->err)
        return;
    veil->outside = keep_patterns(c, hide->outside, "hide.outside");
    read_outer(c, hide->as, veil);
    read_realms(c, hide, veil);
    if (hide->sessions && !veil->each)
        wrong(c, "hide.sessions", "Session-Ids lead back only where each host has a name of its own (\"*\" in `as`)",
              NULL);
    veil->sessions = hide->sessions;
    veil->max = hide->max_hosts ? hide->max_hosts : MAX_HOSTS;
    memcpy(veil->key, key, sizeof veil->key);
    const dia_bytes *hosts = keep_patterns(c, hide->hosts, "hide.hosts");
    if (c->err)
        return;
    dia_names_init(&veil->by_outer, dia_load64(key), c->all->alloc);
    dia_names_init(&veil->by_inner, dia_load64(key), c->all->alloc);
    dia_list_init(&veil->used);
    veil->hosts = hosts;
    for (; veil->each && hosts->p && !c->err; hosts++)
        if (hosts->p[0] != '*' && !dia_names_get(&veil->by_inner, *hosts))
            c->err = dia_policy_veil_name(c->all, veil, *hosts, true);
}

static void read_meter(compiling *c, const dia_policy_limit *limit, dia_policy_meter *meter)
{
    enum { MAX_BUCKETS = 4096 };
    if (!limit->rate) {
        if (limit->burst || limit->result_code || limit->max_buckets)
            wrong(c, "limit.rate", "a limit wants a rate", NULL);
        return;
    }
    if (limit->result_code && (limit->result_code < 1000 || limit->result_code / 1000 == 2))
        wrong(c, "limit.result_code", "a Result-Code that tells a failure is wanted", NULL);
    if (c->err)
        return;
    *meter = (dia_policy_meter){ .rate = limit->rate,
                                 .burst = limit->burst ? limit->burst : limit->rate,
                                 .result_code = limit->result_code ? limit->result_code : DIA_RESULT_CODE_TOO_BUSY,
                                 .max = limit->max_buckets ? limit->max_buckets : MAX_BUCKETS };
    dia_names_init(&meter->buckets, c->all->mark, c->all->alloc);
    dia_list_init(&meter->used);
}

/* ---- A policy ---- */

static void read_row(compiling *c, const uint8_t key[16], dia_policy_row *row)
{
    const dia_policy *p = c->from;
    const dia_policy_match *m = &p->match;
    row->name = keep_text(c, p->name);
    row->from = keep_patterns(c, m->from, "match.from");
    row->origin_hosts = keep_patterns(c, m->origin_hosts, "match.origin_hosts");
    row->origin_realms = keep_patterns(c, m->origin_realms, "match.origin_realms");
    row->destination_hosts = keep_patterns(c, m->destination_hosts, "match.destination_hosts");
    row->destination_realms = keep_patterns(c, m->destination_realms, "match.destination_realms");
    row->applications = keep_numbers(c, m->applications, row->n_applications = m->n_applications);
    row->commands = keep_numbers(c, m->commands, row->n_commands = m->n_commands);
    row->checks = read_checks(c, m->conditions, row->n_checks = m->n_conditions, "match.conditions");
    row->request = read_acts(c, p->request, row->n_request = p->n_request, false);
    row->answer = read_acts(c, p->answer, row->n_answer = p->n_answer, true);
    row->last = p->last;
    read_veil(c, &p->hide, key, &row->veil);
    read_meter(c, &p->limit, &row->meter);
}

/* ---- Rows by host ---- */

static bool names_host(const dia_policy_row *row, dia_bytes host)
{
    return !row->from || dia_policy_is_listed(row->from, host);
}

/* Rows that only patterns lead to are in question for every host. */
static bool is_for_any(const dia_policy_row *row)
{
    if (!row->from)
        return true;
    for (const dia_bytes *p = row->from; p->p; p++)
        if (p->p[0] == '*')
            return true;
    return false;
}

static void list_rows(compiling *c, dia_bytes host, dia_policy_of *out)
{
    dia_policies *all = c->all;
    uint32_t *v = get(c, (all->n + 1) * sizeof *v);
    *out = (dia_policy_of){ .host = host, .v = v };
    for (size_t i = 0; v && i < all->n; i++)
        if (host.p ? names_host(&all->rows[i], host) : is_for_any(&all->rows[i]))
            v[out->n++] = (uint32_t)i;
}

static void index_rows(compiling *c)
{
    dia_policies *all = c->all;
    list_rows(c, (dia_bytes){ NULL, 0 }, &all->any);
    for (size_t i = 0; i < all->n && !c->err; i++) {
        for (const dia_bytes *p = all->rows[i].from; p && p->p && !c->err; p++) {
            if (p->p[0] == '*' || dia_names_get(&all->by_host, *p))
                continue;
            dia_policy_of *of = get(c, sizeof *of);
            if (!of)
                return;
            list_rows(c, *p, of);
            if (!c->err)
                c->err = dia_names_put(&all->by_host, of->host, of);
        }
    }
}

int dia_policy_compile(dia_policies *all, const dia_policy *policies, size_t n, const uint8_t key[16],
                       dia_policy_fault *fault)
{
    compiling c = { .all = all, .fault = fault };
    uint8_t code[16];
    dia_siphash_init(&c.hash, key);
    if (n > UINT16_MAX) {
        wrong(&c, "", "there are more than 65,535 policies", NULL);
        return c.err;
    }
    all->rows = get(&c, (n + 1) * sizeof *all->rows);
    for (size_t i = 0; i < n && !c.err; i++) {
        c.policy = i;
        c.from = &policies[i];
        all->n = i + 1;
        read_row(&c, key, &all->rows[i]);
    }
    if (!c.err)
        index_rows(&c);
    dia_siphash_end(&c.hash, code);
    all->mark = dia_load32(code);
    return c.err;
}

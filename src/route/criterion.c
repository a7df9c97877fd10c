/* One thing that a request must be for a route to match: a row for each kind, in the order in which they are asked, the cheap
 * ones first. */
#include "route/route.h"

struct dia_criterion_kind {
    const char *name;
    bool (*met)(const dia_criterion *c, dia_route_query *q);
    void (*show)(const dia_criterion *c, dia_route_query *q, dia_sink *sink);
};

/* ---- Codes ---- */

static bool has_code(const dia_criterion *c, uint32_t code)
{
    const uint32_t *v = c->what;
    for (size_t i = 0; i < c->n; i++)
        if (v[i] == code)
            return true;
    return false;
}

static bool application_met(const dia_criterion *c, dia_route_query *q)
{
    dia_query_read_header(q);
    return has_code(c, q->application);
}

static bool command_met(const dia_criterion *c, dia_route_query *q)
{
    dia_query_read_header(q);
    return has_code(c, q->command);
}

static void show_application(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    (void)c;
    dia_sink_u64(sink, q->application);
}

static void show_command(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    (void)c;
    dia_sink_u64(sink, q->command);
}

/* ---- Names ---- */

static void show_text(dia_bytes text, dia_sink *sink)
{
    if (!text.p)
        dia_sink_put(sink, "not there");
    else if (dia_is_readable(text))
        dia_sink_octets(sink, text);
    else
        dia_sink_hex(sink, text);
}

static bool name_met(const dia_criterion *c, dia_bytes name)
{
    const dia_bytes *v = c->what;
    for (size_t i = 0; name.p && i < c->n; i++)
        if (dia_name_pattern_matches(v[i], name))
            return true;
    return false;
}

/* A function and its twin that shows, for each member that is a name. */
#define NAME(kind, get)                                                                                                \
    static bool kind##_met(const dia_criterion *c, dia_route_query *q)                                                 \
    {                                                                                                                  \
        return name_met(c, get);                                                                                       \
    }                                                                                                                  \
    static void show_##kind(const dia_criterion *c, dia_route_query *q, dia_sink *sink)                                \
    {                                                                                                                  \
        (void)c;                                                                                                       \
        show_text(get, sink);                                                                                          \
    }
NAME(from, q->from)
NAME(origin_host, dia_query_origin_host(q))
NAME(origin_realm, dia_query_origin_realm(q))
NAME(realm, dia_route_query_realm(q))

static dia_bytes part(dia_bytes text, size_t from, size_t n)
{
    return (dia_bytes){ text.p + from, n };
}

/* Both ends of the pattern are '*'. It is enough to go back to the last one that was passed. */
static bool is_within(dia_bytes pattern, dia_bytes text)
{
    size_t p = 0, t = 0, star = 0, resume = 0;
    while (p < pattern.n) {
        if (pattern.p[p] == '*') {
            star = p++;
            resume = t;
        } else if (t == text.n) {
            return false;
        } else if (dia_lower(pattern.p[p]) == dia_lower(text.p[t])) {
            p++;
            t++;
        } else {
            p = star + 1;
            t = ++resume;
        }
    }
    return true;
}

/* '*' is any run of characters. What stands before the first one and behind the last is all of most patterns, and however long
 * the text is, it is known where that would be. */
static bool glob(dia_bytes pattern, dia_bytes text)
{
    const uint8_t *first = pattern.n ? memchr(pattern.p, '*', pattern.n) : NULL;
    if (!first)
        return dia_bytes_equal_nocase(pattern, text);
    const size_t head = (size_t)(first - pattern.p);
    size_t tail = 0;
    while (pattern.p[pattern.n - 1 - tail] != '*')
        tail++;
    return text.n >= head + tail && dia_bytes_equal_nocase(part(pattern, 0, head), part(text, 0, head)) &&
           dia_bytes_equal_nocase(part(pattern, pattern.n - tail, tail), part(text, text.n - tail, tail)) &&
           is_within(part(pattern, head, pattern.n - head - tail), part(text, head, text.n - head - tail));
}

static bool user_met(const dia_criterion *c, dia_route_query *q)
{
    const dia_bytes *v = c->what, user = dia_query_user(q);
    for (size_t i = 0; user.p && i < c->n; i++)
        if (glob(v[i], user))
            return true;
    return false;
}

static void show_user(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    (void)c;
    show_text(dia_query_user(q), sink);
}

/* ---- Numbers ---- */

/* What a criterion about numbers compares with. */
typedef struct numbers {
    const dia_prefixes *own, *table; /* NULL: none */
    uint32_t value;
} numbers;

/* Several routes ask the same table: it is searched once for a request. */
static bool in_table(const numbers *with, unsigned which, dia_route_query *q, dia_bytes number)
{
    if (q->last[which].table != with->table) {
        q->last[which].table = with->table;
        q->last[which].found = dia_prefixes_find(with->table, number, &q->last[which].value, NULL);
    }
    return q->last[which].found && q->last[which].value == with->value;
}

static bool number_met(const dia_criterion *c, unsigned which, dia_route_query *q, dia_bytes number)
{
    const numbers *with = c->what;
    uint32_t value;
    if (!number.p)
        return false;
    if (with->own && dia_prefixes_find(with->own, number, &value, NULL))
        return true;
    return with->table && in_table(with, which, q, number);
}

static bool imsi_met(const dia_criterion *c, dia_route_query *q)
{
    return number_met(c, 0, q, dia_route_query_imsi(q));
}

static bool msisdn_met(const dia_criterion *c, dia_route_query *q)
{
    return number_met(c, 1, q, dia_route_query_msisdn(q));
}

/* With what its table says of it. */
static void show_number(const dia_criterion *c, dia_bytes number, dia_sink *sink)
{
    const numbers *with = c->what;
    uint32_t value;
    show_text(number, sink);
    if (!number.p || !with->table || !dia_prefixes_find(with->table, number, &value, NULL))
        return;
    const dia_bytes name = dia_prefixes_name_of(with->table, value);
    dia_sink_put(sink, " (");
    if (name.p)
        dia_sink_octets(sink, name);
    else
        dia_sink_u64(sink, value);
    dia_sink_put(sink, ")");
}

static void show_imsi(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    show_number(c, dia_route_query_imsi(q), sink);
}

static void show_msisdn(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    show_number(c, dia_route_query_msisdn(q), sink);
}

/* ---- AVPs ---- */

typedef struct avp_test {
    dia_path path;
    const char *text; /* of the path */
    dia_test test;
    dia_bytes value;
    int64_t least, most;
} avp_test;

int64_t dia_test_value(const dia_avp_def *def, dia_test test, const char *text, void *to, size_t size, size_t *needed,
                       const char **why)
{
    static const dia_avp_def octets = { .type = DIA_TYPE_OCTET_STRING };
    const bool is_text = def && (def->type == DIA_TYPE_UTF8_STRING || def->type == DIA_TYPE_OCTET_STRING ||
                                 def->type == DIA_TYPE_IDENTITY || def->type == DIA_TYPE_URI);
    /* What an AVP begins with need not be a value of its type. */
    return dia_text_value_read(test == DIA_TEST_BEGINS && !is_text ? &octets : def, dia_cstr(text), to, size, needed,
                               why);
}

static bool digits_value(dia_bytes text, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!dia_is_digit(text.p[i]) || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (text.p[i] - '0');
    }
    *out = value;
    return text.n > 0;
}

/* False: it is none, or beyond what 63 bits hold. */
static bool number_of(const dia_avp_def *def, dia_bytes data, int64_t *out)
{
    const dia_type type = def ? (dia_type)def->type : data.n == 8 ? DIA_TYPE_UNSIGNED64 : DIA_TYPE_UNSIGNED32;
    switch (type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_ENUMERATED: *out = data.n == 4 ? (int32_t)dia_load32(data.p) : 0; return data.n == 4;
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_TIME: *out = data.n == 4 ? (int64_t)dia_load32(data.p) : 0; return data.n == 4;
    case DIA_TYPE_INTEGER64: *out = data.n == 8 ? (int64_t)dia_load64(data.p) : 0; return data.n == 8;
    case DIA_TYPE_UNSIGNED64: *out = data.n == 8 ? (int64_t)dia_load64(data.p) : 0; return data.n == 8 && *out >= 0;
    case DIA_TYPE_UTF8_STRING:
    case DIA_TYPE_OCTET_STRING: return digits_value(data, out);
    default: return false;
    }
}

static bool value_met(const avp_test *t, dia_bytes data)
{
    int64_t number;
    switch (t->test) {
    case DIA_TEST_PRESENT: return true;
    case DIA_TEST_EQUAL:
        return t->path.def && t->path.def->type == DIA_TYPE_IDENTITY ? dia_bytes_equal_nocase(data, t->value)
                                                                     : dia_bytes_equal(data, t->value);
    case DIA_TEST_BEGINS: return data.n >= t->value.n && !memcmp(data.p, t->value.p, t->value.n);
    case DIA_TEST_RANGE: return number_of(t->path.def, data, &number) && number >= t->least && number <= t->most;
    default: return false;
    }
}

static bool avp_met(const dia_criterion *c, dia_route_query *q)
{
    const avp_test *t = c->what;
    dia_finder f;
    dia_finder_start(&f, &t->path, dia_query_message(q));
    while (dia_finder_next(&f)) {
        if (t->test == DIA_TEST_ABSENT)
            return false;
        if (value_met(t, f.avp.data))
            return true;
    }
    return t->test == DIA_TEST_ABSENT;
}

static void show_avp(const dia_criterion *c, dia_route_query *q, dia_sink *sink)
{
    const avp_test *t = c->what;
    dia_finder f;
    dia_sink_put(sink, t->text);
    dia_sink_put(sink, " ");
    dia_finder_start(&f, &t->path, dia_query_message(q));
    if (!dia_finder_next(&f))
        dia_sink_put(sink, "not there");
    else if (!dia_sink_value(sink, t->path.def, f.avp.data))
        dia_sink_hex(sink, f.avp.data);
}

/* ---- The kinds ---- */

enum { REALM, APPLICATION, COMMAND, FROM, ORIGIN_HOST, ORIGIN_REALM, USER, IMSI, MSISDN, AVP };

static const struct dia_criterion_kind kinds[] = {
    [REALM] = { "realm", realm_met, show_realm },
    [APPLICATION] = { "application", application_met, show_application },
    [COMMAND] = { "command", command_met, show_command },
    [FROM] = { "from", from_met, show_from },
    [ORIGIN_HOST] = { "origin-host", origin_host_met, show_origin_host },
    [ORIGIN_REALM] = { "origin-realm", origin_realm_met, show_origin_realm },
    [USER] = { "user", user_met, show_user },
    [IMSI] = { "imsi", imsi_met, show_imsi },
    [MSISDN] = { "msisdn", msisdn_met, show_msisdn },
    [AVP] = { "avp", avp_met, show_avp },
};

bool dia_criterion_met(const dia_criterion *c, dia_route_query *q)
{
    return c->kind->met(c, q);
}

const char *dia_criterion_name(const dia_criterion *c)
{
    return c->kind->name;
}

/* Behind an id, for people. */
static void show_name(const char *name, dia_sink *sink)
{
    if (!name)
        return;
    dia_sink_put(sink, " (");
    dia_sink_put(sink, name);
    dia_sink_put(sink, ")");
}

void dia_criterion_show(const dia_criterion *c, const dia_dicts *dicts, dia_route_query *q, dia_sink *sink)
{
    c->kind->show(c, q, sink);
    if (c->kind == &kinds[APPLICATION]) {
        const dia_dict *dict = dia_dicts_application(dicts, q->application);
        show_name(dict ? dict->app_name : NULL, sink);
    } else if (c->kind == &kinds[COMMAND]) {
        const dia_command *command = dia_dicts_command(dicts, q->application, q->command, true);
        show_name(command ? command->name : NULL, sink);
    }
}

/* ---- Making them ---- */

typedef struct making {
    dia_packing *packing;
    dia_criterion *to; /* NULL: only counted */
    size_t n;
} making;

static void add(making *m, int kind, const void *what, size_t n)
{
    if (m->to)
        m->to[m->n] = (dia_criterion){ &kinds[kind], what, n };
    m->n++;
}

static void add_codes(making *m, int kind, const uint32_t *v, size_t n)
{
    if (n)
        add(m, kind, dia_pack(m->packing, v, n * sizeof *v), n);
}

static void add_names(making *m, int kind, const char *const *names)
{
    size_t n = 0;
    while (names && names[n])
        n++;
    if (!n)
        return;
    dia_bytes *v = dia_pack(m->packing, NULL, n * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        const char *copy = dia_pack_string(m->packing, names[i]);
        if (v)
            v[i] = dia_cstr(copy);
    }
    add(m, kind, v, n);
}

static void add_numbers(making *m, int kind, const dia_route_numbers *with, const dia_prefixes *own)
{
    if (!with->begin && !with->table)
        return;
    add(m, kind, dia_pack(m->packing, &(numbers){ own, with->table, with->value }, sizeof(numbers)), 1);
}

static void add_avp(making *m, const dia_dicts *dicts, uint32_t application, const dia_route_avp *avp)
{
    avp_test t = { .test = avp->test, .least = avp->least, .most = avp->most };
    t.text = dia_pack_string(m->packing, avp->path);
    dia_path_compile(dicts, application, avp->path, &t.path);
    if (avp->test == DIA_TEST_EQUAL || avp->test == DIA_TEST_BEGINS) {
        size_t needed = 0;
        dia_test_value(t.path.def, t.test, avp->value, NULL, 0, &needed, NULL);
        uint8_t *room = dia_pack(m->packing, NULL, needed + 1);
        t.value = (dia_bytes){ room, needed };
        if (room)
            dia_test_value(t.path.def, t.test, avp->value, room, needed, NULL, NULL);
    }
    add(m, AVP, dia_pack(m->packing, &t, sizeof t), 1);
}

/* "*" wants a Destination-Realm, whichever. */
static bool wants_some_realm(const dia_route *route)
{
    for (const char *const *realm = route->realms; realm && *realm; realm++)
        if (!strcmp(*realm, "*"))
            return true;
    return false;
}

size_t dia_criteria_pack(dia_packing *packing, const dia_dicts *dicts, const dia_route *route,
                         dia_prefixes *const own[2], dia_criterion *to)
{
    making m = { .packing = packing, .to = to };
    const uint32_t application = route->n_applications ? route->applications[0] : 0;
    if (wants_some_realm(route))
        add_names(&m, REALM, (const char *const[]){ "*", NULL });
    add_codes(&m, APPLICATION, route->applications, route->n_applications);
    add_codes(&m, COMMAND, route->commands, route->n_commands);
    add_names(&m, FROM, route->from);
    add_names(&m, ORIGIN_HOST, route->origin_hosts);
    add_names(&m, ORIGIN_REALM, route->origin_realms);
    add_names(&m, USER, route->users);
    add_numbers(&m, IMSI, &route->imsi, own[0]);
    add_numbers(&m, MSISDN, &route->msisdn, own[1]);
    for (size_t i = 0; i < route->n_avps; i++)
        add_avp(&m, dicts, application, &route->avps[i]);
    return m.n;
}

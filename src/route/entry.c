/* A route in its table: judged, then copied with all that belongs to it into one block. */
#include "route/route.h"

#include <stdio.h>

enum { WEIGHT_MAX = 65535, USAGE_MAX = 6, COMMAND_MAX = 0xffffff };

/* ---- Does it make sense? ---- */

/* Where a sentence with a name in it is put together. */
typedef struct judge {
    char *text;
    size_t size;
} judge;

static const char *about(const judge *j, const char *what, const char *name, const char *rest)
{
    snprintf(j->text, j->size, "%s %.60s %s", what, name, rest);
    return j->text;
}

static const char *wrong_names(const judge *j, const char *what, const char *const *names)
{
    if (names && !*names)
        return about(j, what, "", "is an empty list: leave it out for any");
    for (; names && *names; names++)
        if (!dia_name_pattern_valid(dia_cstr(*names)))
            return about(j, what, *names, "must be a name, \"*.\" and a name for all below it, or \"*\"");
    return NULL;
}

static const char *wrong_numbers(const judge *j, const char *what, const dia_route_numbers *numbers)
{
    if (numbers->begin && !*numbers->begin)
        return about(j, what, "", "is an empty list: leave it out for any");
    return NULL;
}

static bool has_range(const dia_avp_def *def)
{
    switch (def ? (dia_type)def->type : DIA_TYPE_UNSIGNED32) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_ENUMERATED:
    case DIA_TYPE_TIME:
    case DIA_TYPE_UTF8_STRING:
    case DIA_TYPE_OCTET_STRING: return true;
    default: return false;
    }
}

static const char *wrong_avp(const judge *j, const dia_dicts *dicts, uint32_t application, const dia_route_avp *avp)
{
    dia_path path;
    const char *why = "a value";
    if (!avp->path || (unsigned)avp->test > DIA_TEST_RANGE)
        return "an AVP wants a path and a test";
    if (dia_path_compile(dicts, application, avp->path, &path))
        return about(j, "the path", avp->path, "leads to no AVP of a dictionary, and is no CODE or VENDOR:CODE");
    if (avp->test == DIA_TEST_RANGE) {
        if (avp->least > avp->most)
            return about(j, "the range of", avp->path, "ends before it begins");
        return has_range(path.def) ? NULL : about(j, "the AVP", avp->path, "has no range: it is no number");
    }
    if (avp->test != DIA_TEST_EQUAL && avp->test != DIA_TEST_BEGINS)
        return NULL;
    size_t needed;
    const int64_t n =
        avp->value ? dia_test_value(path.def, avp->test, avp->value, NULL, 0, &needed, &why) : DIA_EFORMAT;
    if (n < 0 && n != DIA_ESPACE) {
        snprintf(j->text, j->size, "the value of %.60s wants %s", avp->path, why);
        return j->text;
    }
    return NULL;
}

static bool is_host(const dia_route *route, const char *host)
{
    dia_uri uri;
    return dia_identity_valid(dia_cstr(host)) ||
           (route->action == DIA_ROUTE_REDIRECT && !dia_uri_parse(dia_cstr(host), &uri));
}

static const char *wrong_hops(const judge *j, const dia_route *route)
{
    if (route->n_hops > DIA_HOPS_MAX)
        return "a route has at most 64 hops";
    for (size_t i = 0; i < route->n_hops; i++) {
        const dia_hop *hop = &route->hops[i];
        if (!hop->host)
            return "a hop wants a host";
        if (!is_host(route, hop->host))
            return about(j, "the hop", hop->host,
                         route->action == DIA_ROUTE_REDIRECT ? "must be a DiameterIdentity or a DiameterURI"
                                                             : "must be a DiameterIdentity (RFC 6733, 4.3.1)");
        if (hop->weight > WEIGHT_MAX)
            return about(j, "the weight of", hop->host, "is above 65535");
        for (size_t k = 0; k < i; k++)
            if (dia_bytes_equal_nocase(dia_cstr(hop->host), dia_cstr(route->hops[k].host)))
                return about(j, "the hop", hop->host, "stands there twice");
    }
    return NULL;
}

static const char *wrong_action(const dia_route *route)
{
    if ((unsigned)route->action > DIA_ROUTE_LOCAL)
        return "no such action";
    if ((unsigned)route->choice > DIA_CHOICE_CALLBACK)
        return "no such choice";
    if (route->action == DIA_ROUTE_LOCAL && route->n_hops)
        return "a local route has no hops";
    if (route->action == DIA_ROUTE_REDIRECT && !route->n_hops)
        return "a redirecting route wants hops: where to";
    if ((route->choice == DIA_CHOICE_CALLBACK) != (route->choose != NULL))
        return "choose is wanted with DIA_CHOICE_CALLBACK, and only there";
    if (route->action != DIA_ROUTE_REDIRECT && (route->redirect_usage || route->redirect_cache_s))
        return "usage and cache time are for redirecting routes";
    if (route->redirect_usage > USAGE_MAX)
        return "Redirect-Host-Usage is above 6";
    if (route->redirect_usage && !route->redirect_cache_s)
        return "a usage wants a cache time (RFC 6733, 6.14)";
    if (!route->redirect_usage && route->redirect_cache_s)
        return "a cache time wants a usage";
    return route->expires_us < 0 ? "expires_us is negative" : NULL;
}

const char *dia_route_wrong(const dia_dicts *dicts, const dia_route *route, char *text, size_t size)
{
    const judge j = { text, size };
    const uint32_t application = route->n_applications ? route->applications[0] : 0;
    const char *why = wrong_action(route);
    if (!why)
        why = wrong_names(&j, "realm", route->realms);
    if (!why)
        why = wrong_names(&j, "origin host", route->origin_hosts);
    if (!why)
        why = wrong_names(&j, "origin realm", route->origin_realms);
    if (!why)
        why = wrong_names(&j, "from", route->from);
    if (!why && route->users && !*route->users)
        why = "users is an empty list: leave it out for any";
    for (size_t i = 0; !why && i < route->n_commands; i++)
        if (route->commands[i] > COMMAND_MAX)
            why = "a Command Code has 24 bits";
    if (!why)
        why = wrong_numbers(&j, "imsi", &route->imsi);
    if (!why)
        why = wrong_numbers(&j, "msisdn", &route->msisdn);
    for (size_t i = 0; !why && i < route->n_avps; i++)
        why = wrong_avp(&j, dicts, application, &route->avps[i]);
    return why ? why : wrong_hops(&j, route);
}

/* ---- The block ---- */

void *dia_pack(dia_packing *packing, const void *from, size_t n)
{
    packing->n = (packing->n + 7) & ~(size_t)7;
    uint8_t *at = packing->to ? packing->to + packing->n : NULL;
    packing->n += n;
    if (at && from && n)
        memcpy(at, from, n);
    else if (at)
        memset(at, 0, n);
    return at;
}

const char *dia_pack_string(dia_packing *packing, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *at = packing->to ? (char *)packing->to + packing->n : NULL;
    packing->n += n;
    return at ? memcpy(at, text, n) : NULL;
}

static size_t length(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static const char *const *pack_strings(dia_packing *p, const char *const *list)
{
    if (!list)
        return NULL;
    const size_t n = length(list);
    const char **copy = dia_pack(p, NULL, (n + 1) * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        const char *text = dia_pack_string(p, list[i]);
        if (copy)
            copy[i] = text;
    }
    return copy;
}

static const dia_route_avp *pack_avps(dia_packing *p, const dia_route *route)
{
    if (!route->n_avps)
        return NULL;
    dia_route_avp *copy = dia_pack(p, route->avps, route->n_avps * sizeof *copy);
    for (size_t i = 0; i < route->n_avps; i++) {
        const char *path = dia_pack_string(p, route->avps[i].path);
        const char *value = route->avps[i].value ? dia_pack_string(p, route->avps[i].value) : NULL;
        if (copy) {
            copy[i].path = path;
            copy[i].value = value;
        }
    }
    return copy;
}

static const dia_hop *pack_hops(dia_packing *p, const dia_route *route, const uint64_t **keys)
{
    if (!route->n_hops)
        return NULL;
    dia_hop *copy = dia_pack(p, route->hops, route->n_hops * sizeof *copy);
    uint64_t *key = dia_pack(p, NULL, route->n_hops * sizeof *key);
    for (size_t i = 0; i < route->n_hops; i++) {
        const char *host = dia_pack_string(p, route->hops[i].host);
        if (!copy)
            continue;
        copy[i].host = host;
        copy[i].weight = route->hops[i].weight ? route->hops[i].weight : 1;
        key[i] = dia_hop_key(dia_cstr(host));
    }
    *keys = key;
    return copy;
}

/* Twice: first to count, then into the block. */
static void pack_all(dia_packing *p, const dia_dicts *dicts, const dia_route *route, dia_entry *entry)
{
    dia_entry *e = dia_pack(p, entry, sizeof *entry);
    const size_t n = dia_criteria_pack(&(dia_packing){ NULL, 0 }, dicts, route, entry->numbers, NULL);
    dia_criterion *criteria = dia_pack(p, NULL, n * sizeof *criteria);
    dia_criteria_pack(p, dicts, route, entry->numbers, criteria);
    dia_route copy = *route;
    copy.name = dia_pack_string(p, route->name ? route->name : "");
    copy.realms = pack_strings(p, route->realms);
    copy.applications = route->n_applications
                            ? dia_pack(p, route->applications, route->n_applications * sizeof *route->applications)
                            : NULL;
    copy.commands =
        route->n_commands ? dia_pack(p, route->commands, route->n_commands * sizeof *route->commands) : NULL;
    copy.origin_hosts = pack_strings(p, route->origin_hosts);
    copy.origin_realms = pack_strings(p, route->origin_realms);
    copy.from = pack_strings(p, route->from);
    copy.users = pack_strings(p, route->users);
    copy.imsi.begin = pack_strings(p, route->imsi.begin);
    copy.msisdn.begin = pack_strings(p, route->msisdn.begin);
    copy.avps = pack_avps(p, route);
    const uint64_t *keys = NULL;
    copy.hops = pack_hops(p, route, &keys);
    if (!e)
        return;
    e->route = copy;
    e->criteria = criteria;
    e->n_criteria = n;
    e->n_realms = length(route->realms);
    e->keys = keys;
}

/* A table of the prefixes that the route lists itself. DIA_EFORMAT and the like: *text is wrong. */
static int own_numbers(const dia_allocator *alloc, const char *const *begin, dia_prefixes **out, const char **text)
{
    *out = NULL;
    if (!begin)
        return 0;
    int err = dia_prefixes_new(alloc, out);
    for (; !err && *begin; begin++) {
        *text = *begin;
        err = dia_prefixes_add(*out, dia_cstr(*begin), 0);
    }
    return err ? err : dia_prefixes_pack(*out);
}

static void ref_table(const dia_route_numbers *numbers)
{
    if (numbers->table)
        dia_prefixes_ref((dia_prefixes *)(uintptr_t)numbers->table);
}

static void unref_table(const dia_route_numbers *numbers)
{
    dia_prefixes_unref((dia_prefixes *)(uintptr_t)numbers->table);
}

int dia_entry_new(const dia_allocator *alloc, const dia_dicts *dicts, const dia_route *route, uint32_t id,
                  dia_entry **out, char *text, size_t size)
{
    dia_entry entry = { .id = id };
    const char *number = "";
    dia_packing packing = { NULL, 0 };
    int err = own_numbers(alloc, route->imsi.begin, &entry.numbers[0], &number);
    if (!err)
        err = own_numbers(alloc, route->msisdn.begin, &entry.numbers[1], &number);
    if (err && err != DIA_ENOMEM) {
        about(&(judge){ text, size }, "the number", number,
              "must be the first digits, or a range whose ends have as many: 262030-262039");
        err = DIA_EINVAL;
    }
    if (!err) {
        pack_all(&packing, dicts, route, &entry);
        packing.to = dia_alloc(alloc, packing.n);
        err = packing.to ? 0 : DIA_ENOMEM;
    }
    if (err) {
        dia_prefixes_unref(entry.numbers[0]);
        dia_prefixes_unref(entry.numbers[1]);
        return err;
    }
    entry.size = packing.n;
    packing.n = 0;
    pack_all(&packing, dicts, route, &entry);
    assert(packing.n == entry.size);
    ref_table(&route->imsi);
    ref_table(&route->msisdn);
    *out = (dia_entry *)(void *)packing.to;
    return 0;
}

void dia_entry_free(const dia_allocator *alloc, dia_entry *entry)
{
    dia_prefixes_unref(entry->numbers[0]);
    dia_prefixes_unref(entry->numbers[1]);
    unref_table(&entry->route.imsi);
    unref_table(&entry->route.msisdn);
    dia_release(alloc, entry, entry->size);
}

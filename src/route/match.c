/* A walk over the routes that match a request, and why others do not. */
#include "route/route.h"

/* ---- Buckets, the nearest first ---- */

/* What is longer than names are is in no bucket, and is not looked for: each of its dots would cost all that stands behind it. */
static bool may_be_listed(dia_bytes realm)
{
    return realm.p && realm.n <= DIA_IDENTITY_MAX;
}

static bool has_length(const dia_routes *routes, size_t n)
{
    return routes->wild_lengths[n / 64] >> n % 64 & 1;
}

/* The next wildcard that the realm lies below, the longest first; walk->labels is how much of the realm has been looked at. */
static const dia_bucket *next_wild(dia_route_walk *walk)
{
    const dia_bytes realm = walk->query->realm;
    while (walk->labels < realm.n) {
        const uint8_t *at = realm.p + walk->labels;
        const uint8_t *dot = memchr(at, '.', realm.n - walk->labels);
        if (!dot)
            break;
        walk->labels = (size_t)(dot - realm.p) + 1;
        const dia_bytes suffix = { dot + 1, realm.n - walk->labels };
        if (!has_length(walk->routes, suffix.n))
            continue;
        const dia_bucket *b = dia_routes_bucket(walk->routes, suffix, true);
        if (b)
            return b;
    }
    walk->labels = realm.n;
    return NULL;
}

static bool next_bucket(dia_route_walk *walk)
{
    walk->at = 0;
    if (walk->nearness == DIA_NEAR_DEFAULT)
        return false;
    const dia_bucket *b = walk->routes->has_wild && may_be_listed(walk->query->realm) ? next_wild(walk) : NULL;
    walk->nearness = b ? DIA_NEAR_WILDCARD : DIA_NEAR_DEFAULT;
    walk->bucket = b ? b : &walk->routes->defaults;
    return true;
}

void dia_routes_match(dia_route_walk *walk, const dia_routes *routes, dia_route_query *query)
{
    const dia_bytes realm = dia_route_query_realm(query);
    *walk = (dia_route_walk){ .routes = routes, .query = query, .nearness = DIA_NEAR_EXACT };
    if (may_be_listed(realm))
        walk->bucket = dia_routes_bucket(routes, realm, false);
}

/* ---- Routes ---- */

static bool is_over(const dia_entry *e, const dia_route_query *q)
{
    return e->route.expires_us && e->route.expires_us <= q->now_us;
}

/* The first criterion that is not met; NULL: all are. */
static const dia_criterion *unmet(const dia_entry *e, dia_route_query *q)
{
    for (size_t i = 0; i < e->n_criteria; i++)
        if (!dia_criterion_met(&e->criteria[i], q))
            return &e->criteria[i];
    return NULL;
}

/* Has it stood in a nearer bucket, under another of its realms? */
static bool stood_nearer(const dia_route_walk *walk, const dia_entry *e)
{
    const dia_bucket *here = walk->bucket;
    if (e->n_realms < 2 || walk->nearness == DIA_NEAR_EXACT || !may_be_listed(walk->query->realm))
        return false;
    for (const char *const *realm = e->route.realms; *realm; realm++) {
        const dia_bytes pattern = dia_cstr(*realm);
        const bool longer = **realm != '*' || (pattern.n > 1 && (!here->name.p || pattern.n - 2 > here->name.n));
        if (longer && dia_name_pattern_matches(pattern, walk->query->realm))
            return true;
    }
    return false;
}

/* The next one, matching or not. */
static const dia_entry *step(dia_route_walk *walk)
{
    for (;;) {
        const dia_bucket *b = walk->bucket;
        while (b && walk->at < b->n) {
            const dia_entry *e = b->v[walk->at++];
            if (!stood_nearer(walk, e))
                return e;
        }
        if (!next_bucket(walk))
            return NULL;
    }
}

bool dia_route_walk_next(dia_route_walk *walk)
{
    for (const dia_entry *e; (e = step(walk));) {
        if (is_over(e, walk->query) || unmet(e, walk->query))
            continue;
        walk->entry = e;
        walk->route = &e->route;
        walk->id = e->id;
        return true;
    }
    return false;
}

/* ---- Why ---- */

enum { TEXT_MAX = 400 };

/* "*.example.net" of its bucket. */
static void put_place(const dia_route_walk *walk, dia_sink *sink)
{
    const dia_bucket *b = walk->bucket;
    if (walk->nearness == DIA_NEAR_DEFAULT) {
        dia_sink_put(sink, "it is a default route");
        return;
    }
    dia_sink_put(sink, walk->nearness == DIA_NEAR_EXACT ? "the realm is " : "the realm is below ");
    dia_sink_octets(sink, b->name);
}

static void put_reason(const dia_route_walk *walk, const dia_entry *e, const dia_criterion *c, dia_sink *sink)
{
    if (is_over(e, walk->query)) {
        dia_sink_put(sink, "it has expired");
    } else if (c) {
        dia_sink_put(sink, "not its ");
        dia_sink_put(sink, dia_criterion_name(c));
        dia_sink_put(sink, ": ");
        dia_criterion_show(c, &walk->routes->dicts, walk->query, sink);
    } else {
        put_place(walk, sink);
        for (size_t i = 0; i < e->n_criteria; i++) {
            dia_sink_put(sink, ", ");
            dia_sink_put(sink, dia_criterion_name(&e->criteria[i]));
            dia_sink_put(sink, " ");
            dia_criterion_show(&e->criteria[i], &walk->routes->dicts, walk->query, sink);
        }
    }
}

static bool tell(const dia_route_walk *walk, const dia_entry *e, dia_route_explain_fn *fn, void *arg)
{
    char text[TEXT_MAX] = "";
    dia_sink sink;
    const dia_criterion *c = is_over(e, walk->query) ? NULL : unmet(e, walk->query);
    const bool over = is_over(e, walk->query);
    dia_sink_init(&sink, text, sizeof text);
    put_reason(walk, e, c, &sink);
    dia_sink_end(&sink, NULL);
    text[sizeof text - 1] = 0;
    const dia_route_verdict verdict = { .route = &e->route,
                                        .id = e->id,
                                        .matches = !c && !over,
                                        .nearness = walk->nearness,
                                        .criterion = over ? "expires"
                                                     : c  ? dia_criterion_name(c)
                                                          : NULL,
                                        .text = text };
    fn(arg, &verdict);
    return verdict.matches;
}

/* Is it in none of the buckets that the walk comes to? */
static bool is_elsewhere(const dia_entry *e, dia_bytes realm)
{
    for (const char *const *pattern = e->route.realms; pattern && *pattern; pattern++)
        if (!strcmp(*pattern, "*") || (may_be_listed(realm) && dia_name_pattern_matches(dia_cstr(*pattern), realm)))
            return false;
    return e->route.realms != NULL;
}

size_t dia_routes_explain(const dia_routes *routes, dia_route_query *query, dia_route_explain_fn *fn, void *arg)
{
    dia_route_walk walk;
    size_t n = 0;
    dia_routes_match(&walk, routes, query);
    for (const dia_entry *e; (e = step(&walk));)
        n += tell(&walk, e, fn, arg);
    for (size_t i = 0; i < routes->n; i++) {
        const dia_entry *e = routes->all[i];
        if (!is_elsewhere(e, query->realm))
            continue;
        const dia_route_verdict verdict = { .route = &e->route,
                                            .id = e->id,
                                            .nearness = DIA_NEAR_DEFAULT,
                                            .criterion = "realm",
                                            .text = query->realm.p ? "the realm is another"
                                                                   : "there is no Destination-Realm" };
        fn(arg, &verdict);
    }
    return n;
}

/* The route room's door: where a request goes, decided from octets and time alone.
 *
 * takes      routes, prefixes of numbers, what is known of a request
 * gives      routes that match, in order; one of the hops that can take it; why: all of diatom/route.h
 * owns       tables of routes and of prefixes
 * may use    base, wire, dict
 * never sees peers, connections, clocks
 * tests      tests/route; fuzz/prefixes.c */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "diatom/route.h"
#include "dict/dict.h"
#include "wire/wire.h"

/* A route in its table. */
typedef struct dia_entry {
    dia_route route; /* lists and strings in the entry's block */
    uint32_t id;
    uint64_t turn;        /* of choosing; counts on */
    uint64_t taken;       /* requests that went this way */
    const uint64_t *keys; /* dia_hop_key() of each hop */
    void *above;          /* what the room above keeps with it; NULL: nothing */
    /* the room's own */
    const struct dia_criterion *criteria;
    size_t n_criteria, n_realms, size;
    dia_prefixes *numbers[2]; /* of imsi.begin and msisdn.begin; NULL: none */
} dia_entry;

/* The entry of a match. Its turn, what it has taken and what is kept with it are the node's to change. */
static inline dia_entry *dia_route_walk_entry(const dia_route_walk *walk)
{
    return (dia_entry *)(uintptr_t)walk->entry;
}

/* Is there a route with action LOCAL? Not without a table. */
bool dia_routes_have_local(const dia_routes *routes);

/* `drop` is told what was kept above an entry that goes; NULL: nobody is. */
typedef void dia_routes_drop(void *arg, void *above);
void dia_routes_set_drop(dia_routes *routes, dia_routes_drop *drop, void *arg);

/* ---- Inside the room ---- */

/* query.c: looked up once each; absent: the request has none. */
enum { /* bits of dia_route_query.looked_up */
       DIA_LOOKED_REALM = 1,
       DIA_LOOKED_ORIGIN_HOST = 2,
       DIA_LOOKED_ORIGIN_REALM = 4,
       DIA_LOOKED_USER = 8,
       DIA_LOOKED_SESSION = 16,
       DIA_LOOKED_NUMBERS = 32
};
dia_bytes dia_query_message(dia_route_query *query);
void dia_query_read_header(dia_route_query *query);
dia_bytes dia_route_query_session(dia_route_query *query);
dia_bytes dia_route_query_realm(dia_route_query *query);
dia_bytes dia_query_origin_host(dia_route_query *query);
dia_bytes dia_query_origin_realm(dia_route_query *query);
dia_bytes dia_query_user(dia_route_query *query);

/* Names whose case does not count, to 64 bits: the same on every machine. */
uint64_t dia_route_hash(dia_bytes name);

/* criterion.c: one thing that a request must be. */
typedef struct dia_criterion {
    const struct dia_criterion_kind *kind;
    const void *what;
    size_t n;
} dia_criterion;
bool dia_criterion_met(const dia_criterion *criterion, dia_route_query *query);
const char *dia_criterion_name(const dia_criterion *criterion);
/* What the request has of it, as text. */
void dia_criterion_show(const dia_criterion *criterion, const dia_dicts *dicts, dia_route_query *query, dia_sink *sink);

/* Octets put behind one another, aligned; without `to` they are only counted. */
typedef struct dia_packing {
    uint8_t *to;
    size_t n;
} dia_packing;
void *dia_pack(dia_packing *packing, const void *from, size_t n); /* NULL while counting; from NULL: zeroes */
const char *dia_pack_string(dia_packing *packing, const char *text);

/* The criteria of a route, whose `numbers` are made; how many. `to` NULL: only counted. What is parsed was judged. */
size_t dia_criteria_pack(dia_packing *packing, const dia_dicts *dicts, const dia_route *route,
                         dia_prefixes *const numbers[2], dia_criterion *to);

/* entry.c: a sentence about what makes no sense in this route; NULL: all does. */
const char *dia_route_wrong(const dia_dicts *dicts, const dia_route *route, char *text, size_t size);
/* DIA_EINVAL with a sentence in `text`: its numbers make no sense; DIA_ENOMEM. */
int dia_entry_new(const dia_allocator *alloc, const dia_dicts *dicts, const dia_route *route, uint32_t id,
                  dia_entry **out, char *text, size_t size);
void dia_entry_free(const dia_allocator *alloc, dia_entry *entry);

/* An AVP's value to compare with: the definition of the path's last AVP may be NULL. As dia_text_value_read(). */
int64_t dia_test_value(const dia_avp_def *def, dia_test test, const char *text, void *to, size_t size, size_t *needed,
                       const char **why);

/* table.c: routes of one realm, of what is below one, or of all, in the order in which they are looked at. */
typedef struct dia_bucket {
    dia_bytes name; /* in lower case, as it was given first; absent: of all */
    bool wild;
    uint64_t hash;
    dia_entry **v;
    size_t n, cap;
} dia_bucket;

enum { DIA_LENGTH_WORDS = (DIA_IDENTITY_MAX + 64) / 64 };

struct dia_routes {
    const dia_allocator *alloc;
    dia_dicts dicts;
    dia_entry **all; /* by number */
    size_t n, cap;
    uint32_t last_id;
    dia_bucket **slots; /* by hash, open addressing; cap_slots is 0 or a power of 2 */
    size_t n_buckets, cap_slots;
    dia_bucket defaults;
    size_t n_local;                          /* routes with action LOCAL */
    uint64_t version;                        /* another one when it has changed: walks of before are over */
    uint64_t wild_lengths[DIA_LENGTH_WORDS]; /* bit n: a wildcard has n octets behind its "*." */
    bool has_wild;                           /* one of them is set */
    int64_t deadline_us;                     /* not later than the first expiry */
    dia_routes_drop *drop;
    void *drop_arg;
};
const dia_bucket *dia_routes_bucket(const dia_routes *routes, dia_bytes name, bool wild); /* NULL: there is none */

#endif

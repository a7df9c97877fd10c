/* Routes: where a request goes, decided from its octets and the time alone (RFC 6733, 2.7 and 6.1).
 *
 * A table of routes knows no peers and no clock: it takes what is known of a request and gives the routes that match it, in
 * order, with the hops that they name; of hops that can take the request it chooses one. dia_node_set_routes() (node.h)
 * makes a node go by a table; what a node then does with a request, whose decision has more to it, dia_node_explain() says.
 *
 *     dia_route route = { .name = "charging", .realms = (const char *[]){ "*.example.net", NULL }, .hops = hops, .n_hops = 2 };
 *     err = dia_routes_add(routes, &route, &id, why, sizeof why);
 *
 * A table and its prefixes belong to one thread at a time. Strings and lists are copied. */
#ifndef DIATOM_ROUTE_H
#define DIATOM_ROUTE_H

#include "diatom/dict.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Prefixes of numbers ---- */

/* Prefixes of decimal digits to values: IMSIs, MSISDNs. A million of them take about 22 octets each at random, 18 in blocks
 * (`bench/route`). */
typedef struct dia_prefixes dia_prefixes;

enum { DIA_DIGITS_MAX = 32 }; /* of a prefix, and of a number */

/* With one reference, the caller's. DIA_ENOMEM. alloc (kept) NULL: the C library's. */
int dia_prefixes_new(const dia_allocator *alloc, dia_prefixes **out);
dia_prefixes *dia_prefixes_ref(dia_prefixes *prefixes);
void dia_prefixes_unref(dia_prefixes *prefixes); /* the last one releases it; NULL is fine */

/* Digits "26201", "" for all numbers; or all that begin with what lies between two ends of as many digits:
 * "262030-262049", which is the prefixes 26203 and 26204. DIA_EFORMAT: it is neither; DIA_EEXIST: this prefix, or one of the
 * range, has another value already (the table is as before); DIA_ESPACE: too many digits; DIA_ENOMEM. */
int dia_prefixes_add(dia_prefixes *prefixes, dia_bytes digits, uint32_t value);

/* Takes a prefix, or the prefixes of a range, out. DIA_EFORMAT; DIA_ENOENT: one of them is not there (the others are
 * out). */
int dia_prefixes_remove(dia_prefixes *prefixes, dia_bytes digits);

/* The value of the longest prefix of this number, and how many digits it has (`length` may be NULL). False: none. Anything
 * that is no digit ends the number. */
bool dia_prefixes_find(const dia_prefixes *prefixes, dia_bytes number, uint32_t *value, size_t *length);

size_t dia_prefixes_count(const dia_prefixes *prefixes);  /* prefixes, those of ranges too */
size_t dia_prefixes_octets(const dia_prefixes *prefixes); /* of memory */

/* Values may have names: the number for a name, the same one each time. DIA_ENOMEM; DIA_ESPACE: above 65,536. */
int dia_prefixes_name(dia_prefixes *prefixes, dia_bytes name, uint32_t *value);
/* The same for a name that is there already; DIA_ENOENT. And back; absent: it has none. */
int dia_prefixes_named(const dia_prefixes *prefixes, dia_bytes name, uint32_t *value);
dia_bytes dia_prefixes_name_of(const dia_prefixes *prefixes, uint32_t value);

/* What is wrong with a line, counted from 1; `column` in octets, from 1. */
typedef struct dia_prefixes_wrong {
    size_t line, column;
    const char *text; /* a sentence */
} dia_prefixes_wrong;
typedef void dia_prefixes_report(void *arg, const dia_prefixes_wrong *wrong);

/* Adds all lines of a text "prefix-or-range,name of a value"; blanks around both, empty lines and what follows a '#' do not
 * count. Then packs it (below). DIA_EFORMAT: some lines were wrong, each was reported (`report` may be NULL), the others are
 * in; DIA_ENOMEM, at once. */
int dia_prefixes_read(dia_prefixes *prefixes, dia_bytes text, dia_prefixes_report *report, void *arg);

/* Gives back what growing has left unused, and brings together what is looked up together. DIA_ENOMEM: as before. */
int dia_prefixes_pack(dia_prefixes *prefixes);

/* ---- A route ---- */

typedef enum dia_route_action {
    DIA_ROUTE_PROXY, /* to a hop, through the hooks of proxies (proxy.h) where its application has some, else as it is */
    DIA_ROUTE_RELAY,    /* to a hop, as it is, past the hooks */
    DIA_ROUTE_REDIRECT, /* answered 3006 with the hops as Redirect-Host */
    DIA_ROUTE_LOCAL     /* to our own handlers */
} dia_route_action;

/* Which of the hops that can take the request, within those of the lowest priority number. */
typedef enum dia_choice {
    DIA_CHOICE_TURNS,   /* one after the other */
    DIA_CHOICE_ORDER,   /* the first one of the list */
    DIA_CHOICE_WEIGHTS, /* each as often as its weight says, evenly mixed */
    DIA_CHOICE_LEAST,   /* the fewest requests unanswered for its weight */
    DIA_CHOICE_STICKY, /* by Session-Id, weighted: the same one for all of a session, and when a hop goes only its sessions
                           move; without Session-Id in turns */
    DIA_CHOICE_LOAD, /* by weight and by what the hop says that it has to spare (RFC 8583); who says nothing counts as
                           the average of the others */
    DIA_CHOICE_CALLBACK /* `choose`, asked about all hops whatever their priority */
} dia_choice;

enum { DIA_HOPS_MAX = 64 }; /* of a route */

/* A next hop. */
typedef struct dia_hop {
    const char *host;  /* DiameterIdentity of the peer; of REDIRECT also a DiameterURI */
    uint32_t priority; /* those of the lowest number first, the next ones when none of them can */
    uint32_t weight;   /* 0: 1; at most 65,535 */
} dia_hop;

/* A hop that can take the request now. */
typedef struct dia_live_hop {
    dia_bytes host;
    uint32_t priority, weight;
    uint32_t outstanding; /* requests that it has not answered */
    uint32_t load;        /* RFC 8583: 0 has nothing to spare, 65,535 is idle; DIA_LOAD_UNKNOWN */
    uint64_t key;         /* dia_hop_key() of the host */
} dia_live_hop;
#define DIA_LOAD_UNKNOWN UINT32_MAX

/* Numbers that a subscriber has, by what they begin with. Either or both; the criterion is met when one is. */
typedef struct dia_route_numbers {
    const char *const *begin;  /* "26201", "262030-262039", NULL-terminated; NULL: none */
    const dia_prefixes *table; /* whose longest prefix has `value`; gets a reference; NULL: none */
    uint32_t value;
} dia_route_numbers;

/* What an AVP must be; of several with this path one must be so. */
typedef enum dia_test {
    DIA_TEST_PRESENT,
    DIA_TEST_ABSENT, /* none is there */
    DIA_TEST_EQUAL,  /* `value`, in the text form of the AVP's type: "UPDATE_REQUEST", "192.0.2.1", "0x00ff"; text
                        without regard to case where the type is an identity */
    DIA_TEST_BEGINS, /* with the octets of `value` */
    DIA_TEST_RANGE   /* a number, or a text of digits, from `least` to `most` */
} dia_test;

typedef struct dia_route_avp {
    const char *path; /* as in dia_dicts_find(); names are those of the route's first application */
    dia_test test;
    const char *value;
    int64_t least, most;
} dia_route_avp;

struct dia_route_query;

/* What is left out, NULL or 0, is no criterion; all others must be met. Lists of strings are NULL-terminated. */
typedef struct dia_route {
    const char *name; /* for people; NULL: "" */

    /* ---- which requests ---- */
    const char *const *realms;    /* Destination-Realm: "example.net"; "*.example.net", all below it; "*", all.
                                  NULL: a default route, for any and for none. A node has none only of its own: of a peer
                                  a request without Destination-Realm gets to no route (RFC 6733, 6.1.4 and 6.1.6) */
    const uint32_t *applications; /* Application-Id of the header */
    size_t n_applications;
    const uint32_t *commands; /* Command Code */
    size_t n_commands;
    const char *const *origin_hosts, *const *origin_realms; /* "a.example.net", "*.example.net", "*" */
    const char *const *from;  /* the peer that it comes from; not met by requests of our own */
    const char *const *users; /* User-Name, with '*' for any run of characters; case does not count */
    dia_route_numbers imsi, msisdn;
    const dia_route_avp *avps; /* all of them */
    size_t n_avps;

    /* ---- where to ---- */
    dia_route_action action;
    const dia_hop
        *hops; /* none: of RELAY and PROXY any peer of the realm that offers the application; else any relay */
    size_t n_hops;
    dia_choice choice;
    /* An index into `hops`, negative: none of them. It must not change the table. */
    int (*choose)(void *arg, const struct dia_route_query *query, const dia_live_hop *hops, size_t n);
    void *choose_arg;
    uint32_t redirect_usage;   /* Redirect-Host-Usage of RFC 6733, 6.13: 0 to 6 */
    uint32_t redirect_cache_s; /* Redirect-Max-Cache-Time; wanted where the usage is not 0 */

    int32_t order;      /* among routes whose realm fits equally well, lower ones first; then those that came first */
    int64_t expires_us; /* a dynamic route: as in dia_time, when it ends; 0: never */
} dia_route;

/* ---- A request to be routed ---- */

/* What a route may ask of a request. What is set counts; what is absent is looked up in the message when a route asks for it,
 * once. All zero but `message` is enough. */
typedef struct dia_route_query {
    dia_bytes message;              /* a request; absent: what is not set below is not there */
    dia_bytes (*encode)(void *arg); /* gives the message, when a route asks and it is absent; NULL */
    void *encode_arg;
    bool header_known; /* application and command are set; else from the message */
    uint32_t application, command;
    dia_bytes realm; /* Destination-Realm */
    dia_bytes origin_host, origin_realm, user, session_id;
    dia_bytes from;         /* host of the peer that it comes from; absent: ours */
    dia_bytes imsi, msisdn; /* digits: of Subscription-Id, User-Name (digits, or an NAI of TS 23.003), User-Identity,
                               User-Identifier, MSISDN, 3GPP-IMSI, Public-Identity, Calling-Station-Id */
    int64_t now_us;

    /* the library's own */
    uint32_t looked_up;
    char imsi_text[DIA_DIGITS_MAX], msisdn_text[DIA_DIGITS_MAX];
    struct {
        const dia_prefixes *table;
        uint32_t value;
        bool found;
    } last[2];
} dia_route_query;

/* The subscriber's numbers as digits; absent: it has none. */
dia_bytes dia_route_query_imsi(dia_route_query *query);
dia_bytes dia_route_query_msisdn(dia_route_query *query);

/* The IMSI of a User-Name: digits, or an NAI of TS 23.003 (19.3), with the digit in front that names the method, and decorated.
 * A view; absent: it has none, as with pseudonyms. */
dia_bytes dia_imsi_of_user(dia_bytes user_name);

/* ---- The table ---- */

typedef struct dia_routes dia_routes;

/* `dicts` for the names of paths and values; kept until the table is freed; NULL: none. DIA_ENOMEM. */
int dia_routes_new(const dia_dicts *dicts, const dia_allocator *alloc, dia_routes **out);
void dia_routes_free(dia_routes *routes);

/* Adds a route under a number of its own, never used again. DIA_EINVAL with a sentence in `why` (may be NULL): it makes no
 * sense. DIA_ENOMEM. */
int dia_routes_add(dia_routes *routes, const dia_route *route, uint32_t *id, char *why, size_t why_size);

/* The same in the place, and under the number, of one that is there. DIA_ENOENT; on any error the old one stays. */
int dia_routes_replace(dia_routes *routes, uint32_t id, const dia_route *route, char *why, size_t why_size);

int dia_routes_remove(dia_routes *routes, uint32_t id); /* DIA_ENOENT */

/* Removes what has expired. How many; expired routes match nothing also before. */
size_t dia_routes_expire(dia_routes *routes, int64_t now_us);
int64_t dia_routes_deadline(const dia_routes *routes); /* of the next one; DIA_NEVER_US */

/* All routes by number: *id 0 gives the first; NULL at the end. Views until the table changes. */
const dia_route *dia_routes_next(const dia_routes *routes, uint32_t *id);
const dia_route *dia_routes_get(const dia_routes *routes, uint32_t id); /* NULL: there is none */
size_t dia_routes_count(const dia_routes *routes);
uint64_t dia_routes_taken(const dia_routes *routes, uint32_t id); /* requests that a node sent this way */

/* ---- A decision ---- */

/* How near a route's realm is. */
typedef enum dia_nearness { DIA_NEAR_EXACT, DIA_NEAR_WILDCARD, DIA_NEAR_DEFAULT } dia_nearness;

/* A walk over the routes that match, the best one first: of the realm itself, of wildcards the longest, default ones; among those
 * by `order`, then by age. Another one is wanted where no hop of the first can take the request.
 *
 *     dia_route_walk walk;
 *     dia_routes_match(&walk, routes, &query);
 *     while (dia_route_walk_next(&walk)) ... walk.route ...
 */
typedef struct dia_route_walk {
    const dia_route *route; /* after dia_route_walk_next() returned true; a view until the table changes */
    uint32_t id;
    dia_nearness nearness;

    /* the library's own */
    const dia_routes *routes;
    dia_route_query *query;
    const void *entry, *bucket;
    size_t at, labels;
} dia_route_walk;

/* The query is kept, and remembers what was looked up. */
void dia_routes_match(dia_route_walk *walk, const dia_routes *routes, dia_route_query *query);
bool dia_route_walk_next(dia_route_walk *walk);

/* Which of n hops: an index, or -1: none (n is 0, or the callback wants none). `turn` counts decisions of this route; the
 * same arguments give the same hop. */
int dia_route_choose(const dia_route *route, dia_route_query *query, uint64_t turn, const dia_live_hop *hops, size_t n);

/* What tells hops apart for DIA_CHOICE_STICKY, whatever the case of their names: the same on every machine. */
uint64_t dia_hop_key(dia_bytes host);

/* ---- Why ---- */

/* One route that was looked at, in order; those whose realm does not fit come last. */
typedef struct dia_route_verdict {
    const dia_route *route;
    uint32_t id;
    bool matches;
    dia_nearness nearness;
    const char *criterion; /* the first one that is not met: "realm", "application", "imsi"; NULL */
    const char *text;      /* a sentence: what met it, or what did not fit */
} dia_route_verdict;
typedef void dia_route_explain_fn(void *arg, const dia_route_verdict *verdict);

/* Tells about every route of the table. How many match. */
size_t dia_routes_explain(const dia_routes *routes, dia_route_query *query, dia_route_explain_fn *fn, void *arg);

const char *dia_route_action_name(dia_route_action action); /* "relay", "proxy", "redirect", "local" */
const char *dia_choice_name(dia_choice choice); /* "turns", "order", "weights", "least", "sticky", "load", "callback" */

#ifdef __cplusplus
}
#endif
#endif

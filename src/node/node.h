/* The node room's door: many peers under one identity - applications, handlers, requests both ways.
 *
 * takes      orders of the application; messages of open peers from the peer room
 * gives      calls of handlers and outcomes; public diatom/node.h
 * owns       the hub, bindings of commands to handlers, requests received and kept
 * may use    base, wire, dict, peer, route
 * never sees sockets, clocks, sessions
 * tests      tests/node */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/decision.h"
#include "node/shortcuts.h"
#include "peer/peer.h"
#include "route/route.h"

/* Is there a wish? For a driver that wants to know before it sleeps. */
bool dia_node_has_todo(const dia_node *node);

/* Where a driver takes what it keeps for this node's connections from, so that limits.memory counts it; nothing of it may
 * outlive the node. Is that limit exceeded? */
const dia_allocator *dia_node_allocator(const dia_node *node);
bool dia_node_is_full(const dia_node *node);

/* The first half of dia_node_free(): the connections end. What a driver keeps for them may go then, and nothing but the second half may
 * follow. */
void dia_node_end_conns(dia_node *node);

/* One more tap, beside that of the configuration. */
typedef void dia_tap_fn(void *arg, dia_node *node, const dia_message_seen *seen);
void dia_node_set_tap(dia_node *node, dia_tap_fn *fn, void *arg);

/* The driver has no descriptors left: the incoming connection that has been silent longest, or was refused and does not go, is
 * reset. False: there is none. */
bool dia_node_make_way(dia_node *node, dia_time now);

/* The clock may have moved on since the driver's last call. */
void dia_node_refresh(dia_node *node);

/* ---- Inside the room ---- */

/* Where a struct names its application: Auth- and Acct-Application-Id, also inside of Vendor-Specific-Application-Id. NULL: not
 * in its grammar. */
typedef struct dia_claim {
    const dia_field *direct[2];
    const dia_field *specific, *inner[2];
} dia_claim;

/* A command that is served, with what dispatch wants to know of its struct. */
typedef struct dia_binding {
    const dia_command *command; /* with a reference to its dictionary, also when that was taken back */
    dia_request_call *call;
    dia_untyped *fn;
    void *arg;
    const dia_field *session_id, *origin_host; /* NULL: not in its grammar */
    const dia_field *destination_host, *destination_realm;
    const dia_field *proxy_info;
    dia_claim claim;
    bool off;   /* its application was taken back */
    bool keeps; /* its handler kept the last request: the next is copied before it is bound */
} dia_binding;

struct dia_request {
    dia_node *node;
    dia_conn *conn;     /* NULL: gone */
    dia_origin *origin; /* where it came from, when that is gone; NULL: not known */
    dia_list link;      /* in conn->kept, or in node->spare */
    dia_list repeats;   /* requests that repeat this one and wait with it */
    dia_list same;      /* place in the first one's repeats */
    dia_arena arena;
    dia_header header;
    dia_bytes octets;
    const dia_binding *binding; /* NULL: generic */
    const dia_command *command;
    const dia_dict *dict; /* of the command, with a reference; NULL: none */
    const void *msg;
    int64_t received_us;
    bool handling; /* its handler runs */
    bool kept;
    bool done;     /* answered */
    bool owned;    /* octets are in the arena */
    bool known;    /* under `hash` in duplicates.kept */
    bool repeat;   /* waits with the first one: no application knows of it */
    bool given_up; /* the node answers, for the handler did not */
    size_t held;   /* octets of the arena when it was kept */
    uint64_t hash; /* of Origin-Host and End-to-End id */
};

/* ---- Requests that come again (duplicates.c, given.c) ---- */

/* Answers that were given, as long as limits.duplicates and duplicates_ms want them. */
typedef struct dia_given {
    dia_hub *hub;
    struct dia_chunk **chunks; /* a ring */
    size_t cap_chunks;         /* power of two, or 0 */
    uint64_t first, end;       /* numbers of the oldest chunk, and behind the newest */
    struct dia_chunk *newest;  /* NULL: none */
    uint64_t *chains;          /* of each bucket: the place of the newest answer */
    size_t buckets;            /* power of two, or 0 */
    size_t n, held;            /* answers; octets of all this */
    uint64_t seed;             /* of hashes */
    uint64_t host_hash;        /* of the Origin-Host that came last */
    size_t host_n;
    uint8_t host[256];
} dia_given;

typedef struct dia_duplicates {
    dia_given given;
    dia_map kept;             /* hash -> dia_request: the first one of those that the application keeps */
    int64_t awaited_until_us; /* the original of a request with T may still come */
} dia_duplicates;

/* What redirects have led to (redirect.c). */
typedef struct dia_redirecting {
    dia_shortcuts shortcuts;
    dia_list detours; /* requests that wait for a connection */
    dia_list dynamic; /* peers that redirects made us connect to */
    uint32_t n_detours, n_dynamic;
    dia_alarm alarm;
} dia_redirecting;

/* Peers whose ways come from the DNS (search.c). */
typedef struct dia_search dia_search;
typedef struct dia_discovering {
    dia_list searches;
    size_t wishes;   /* of which the driver has not been told */
    uint32_t ticket; /* the last one */
    dia_alarm alarm;
} dia_discovering;

/* Realms that an agent looks for since a request wants to go there (sought.c). */
typedef struct dia_seeking {
    dia_list sought, parked;
    uint32_t n_sought, n_parked;
    dia_alarm alarm;
} dia_seeking;
void dia_seeking_init(dia_node *node);
void dia_seeking_stop(dia_node *node);
void dia_seeking_done(dia_node *node);
/* A request that has no way, for this reason: false, it does not wait for one either, which may be another reason. */
bool dia_sought_park(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, dia_bytes realm,
                     dia_decision *way);
/* Would one begin to wait that has no way, for this reason? */
bool dia_sought_would(const dia_node *node, dia_bytes realm, const dia_decision *way);
void dia_sought_look(dia_node *node, const dia_peer *peer); /* something has become of this peer (may be NULL) */
void dia_sought_gone(dia_node *node, const dia_peer *peer); /* it is about to be freed */

void dia_discovering_init(dia_node *node);
const char *dia_search_wrong(const dia_peer_config *config);                         /* a sentence; NULL: nothing */
int dia_search_new(dia_node *node, const dia_peer_config *config, dia_search **out); /* DIA_ENOMEM */
void dia_search_end(dia_node *node, dia_search *search);                             /* NULL is fine */
/* Takes the place of the one that the peer had; NULL: of none any more. */
void dia_search_begin(dia_node *node, dia_peer *peer, dia_search *search);
/* The peer is wanted now: where nothing is known it is asked for at once. */
void dia_search_wanted(dia_peer *peer);
bool dia_search_is_under_way(const dia_peer *peer);         /* what the DNS has is not known yet */
void dia_search_look(dia_node *node, const dia_peer *peer); /* a connection of this peer (may be NULL) is about to go */
bool dia_search_todo(dia_node *node, dia_todo *out);
/* May who says this in CEA be what was looked for? NULL, or a sentence. */
const char *dia_search_judge(const dia_conn *conn, const dia_capabilities *found);

/* ---- Peers that take requests (crowd.c) ---- */

/* Those of one kind, in no order. */
typedef struct dia_crowd {
    dia_peer **v;
    size_t n, cap;
    dia_bytes realm; /* absent: of any */
} dia_crowd;

typedef struct dia_crowds {
    dia_crowd all, relays;
    dia_names by_realm; /* realm -> dia_crowd, none of them empty */
    uint64_t version;   /* another one when a peer has come or gone */
} dia_crowds;

void dia_crowds_init(dia_node *node);
void dia_crowds_done(dia_node *node);
int dia_crowds_join(dia_node *node, dia_peer *peer); /* DIA_ENOMEM */
void dia_crowds_leave(dia_node *node, dia_peer *peer);
const dia_crowd *dia_crowd_of_realm(const dia_node *node, dia_bytes realm); /* NULL: there is none */

struct dia_node {
    dia_hub hub;
    dia_map bindings;    /* application << 32 | command -> dia_binding */
    dia_binding *latest; /* the one that was looked up last: usually the next one too */
    const dia_dict **dicts;
    size_t n_dicts, cap_dicts;
    uint32_t nameless[2]; /* the application and command that no dictionary knew when it was asked last */
    dia_request_fn *any;
    void *any_arg;
    dia_crowds crowds;           /* peers that take requests */
    dia_routes *routes;          /* NULL: none */
    uint64_t tables;             /* that it has had */
    size_t turn;                 /* round robin over a crowd */
    uint64_t visits;             /* requests whose Route-Records name peers: the mark of the last one */
    bool relays;                 /* what is not for us is passed on */
    bool authorizes;             /* there are rules for the ways of requests, or there were */
    dia_path_rules *path;        /* for peers that have none; NULL: any way */
    struct dia_proxies *proxies; /* NULL: there has never been one */
    uint8_t proxy_key[16];
    dia_list spare; /* requests waiting to be used */
    size_t n_spare, spare_octets;
    dia_list orphans;  /* kept requests whose connection is gone */
    dia_arena answers; /* for answers that are being handled */
    dia_buf scratch;   /* for a request that is looked at before it is sent */
    dia_duplicates duplicates;
    dia_redirecting redirecting;
    dia_discovering discovering;
    dia_seeking seeking;
    struct dia_relief *relief; /* overload, load and priority; NULL: nothing of these is wanted */
    uint64_t sessions;         /* high and low part of the next Session-Id */
    uint64_t last_sent;
    int depth; /* of calls into the node that may call back */
    char last_fault[sizeof((dia_fault *)NULL)->text];
};

enum { DIA_SESSION_TEXT = 320 }; /* octets of a Session-Id of ours without optional part */

/* dispatch.c */
void dia_node_take_request(void *node, dia_conn *conn, const dia_header *header, dia_bytes message);
dia_binding *dia_node_binding(dia_node *node, uint32_t application, uint32_t command);
/* What a request of ours is answered with before a handler sees it, but for what its grammar says; result_code 0: nothing. */
dia_refusal dia_dispatch_explain(dia_node *node, const dia_conn *conn, const dia_header *header, dia_bytes message,
                                 bool by_route);
/* The request of this command in the dictionary of its application; NULL: unknown. */
const dia_command *dia_node_command(const dia_node *node, uint32_t application, uint32_t command);

/* count.c: one more message; of a command that no dictionary knows it is only counted that there was one. What was counted
 * before has its row: no dictionary is asked. */
void dia_node_count_slowly(dia_node *node, dia_conn *conn, uint32_t application, uint32_t command, unsigned kind,
                           dia_result result);
static inline bool dia_node_is_nameless(const dia_node *node, uint32_t application, uint32_t command)
{
    return node->nameless[1] == command && node->nameless[0] == application;
}
static inline void dia_node_count(dia_node *node, dia_conn *conn, uint32_t application, uint32_t command, unsigned kind,
                                  dia_result result)
{
    if (dia_node_is_nameless(node, application, command))
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, kind, result);
    else if (!dia_count_again(&conn->peer->counts, application, command, kind, result))
        dia_node_count_slowly(node, conn, application, command, kind, result);
}

/* The same for the answer to a request that was passed on: as it comes, with how long it took, and as it goes back. */
void dia_node_count_answer(dia_node *node, dia_conn *conn, const dia_waiting *to, dia_result result);
void dia_node_count_passed_back(const dia_node *node, dia_conn *conn, const dia_waiting *to, dia_result result);

/* application.c: what dispatch wants to know of the command; the reference to the one before is given back. */
void dia_binding_set(dia_binding *binding, const dia_command *request);

/* claim.c: does it name no other application than that of its header? False: perhaps not. */
void dia_claim_init(dia_claim *claim, const dia_grammar *grammar);
bool dia_claim_holds(const dia_claim *claim, const void *msg, uint32_t application);
/* DIA_ERULE with what is wrong: 5004, 5005, 5009. */
int dia_claim_judge(dia_bytes message, uint32_t application, dia_level level, dia_arena *arena, dia_fault *fault);

/* node.c: callbacks may run between these two; a node that was freed by one of them ends in the second. */
void dia_node_enter(dia_node *node, dia_time now);
void dia_node_leave(dia_node *node);

/* node.c: remembers why, for dia_node_last_fault(), and gives the error back. `text` (may be NULL) counts with DIA_ERULE,
 * DIA_EINVAL and DIA_EBUSY alone. */
int dia_node_failed(dia_node *node, int err, const char *text);
/* DIA_ESPACE, with a sentence; `conn` NULL: several. */
int dia_node_failed_to_fit(dia_node *node, const dia_conn *conn);

/* request.c */
static inline bool dia_is_proxy_info(const dia_avp *avp)
{
    return avp->code == DIA_AVP_PROXY_INFO && !avp->vendor && avp->octets.n % 4 == 0;
}
int dia_request_refuse(dia_request *request, const dia_refusal *refusal); /* as dia_request_answer() */
void dia_request_bind(dia_request *request, const dia_command *command);
dia_request *dia_request_new(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message);
void dia_request_hold(dia_request *request); /* it is kept from here on, as its connection counts it */
/* Keeps it without a struct, and unknown to requests that come again. DIA_EBUSY: too many; DIA_ENOMEM, DIA_ESPACE, DIA_ENOENT. */
int dia_request_keep_octets(dia_request *request);
void dia_request_release(dia_request *request);
void dia_request_free(dia_request *request);

/* duplicates.c: a request that may have come before. True: it was answered, or will be together with the first. */
bool dia_duplicates_take(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message);
/* The application keeps this request; it is over. */
void dia_duplicates_keep(dia_request *request);
void dia_duplicates_end(dia_request *request);
/* The last n octets of the connection's output are its answer: it goes to all that wait with it. */
void dia_duplicates_answer(dia_request *request, dia_conn *conn, size_t n);
/* Answers a request with what was, or would have been, said to the same request of another way. DIA_ENOMEM, DIA_ESPACE. */
int dia_duplicates_send(dia_conn *conn, const dia_header *header, dia_bytes request, dia_bytes answer);
void dia_duplicates_init(dia_node *node);
void dia_duplicates_done(dia_node *node);

/* Is it worth looking whether this request came before? */
static inline bool dia_duplicates_expects(const dia_node *node, const dia_header *header)
{
    return !node->hub.config.handle_duplicates &&
           (header->flags & DIA_FLAG_RETRANSMITTED || node->hub.now.us < node->duplicates.awaited_until_us);
}

/* Origin-Host; absent: it has none. */
static inline dia_bytes dia_request_origin_host(const dia_request *request)
{
    dia_bytes host = { NULL, 0 };
    dia_avp avp;
    if (request->binding && request->binding->origin_host)
        memcpy(&host, (const uint8_t *)request->msg + request->binding->origin_host->offset, sizeof host);
    else if (!dia_avp_find(request->octets, DIA_AVP_ORIGIN_HOST, 0, &avp))
        host = avp.data;
    return host;
}

/* given.c */
void dia_given_init(dia_given *given, dia_hub *hub);
void dia_given_done(dia_given *given);
uint64_t dia_given_hash(dia_given *given, dia_bytes origin_host, uint32_t end_to_end);
void dia_given_put(dia_given *given, const dia_request *request, dia_bytes answer);
/* A view until the next put; absent: it is not there. One of request and original must have T. */
dia_bytes dia_given_find(const dia_given *given, uint64_t hash, dia_bytes origin_host, const dia_header *request);
/* Gives back what is too old. */
void dia_given_expire(dia_given *given);

/* ---- Requests that are sent more than once (again.c, failover.c) ---- */

/* One sending of a request. */
typedef struct dia_try {
    uint32_t conn, hop_by_hop; /* its place: a connection's number, and the id there */
    uint32_t who; /* hash of the peer's host, of which no connection is tried again; 0: only this connection is not */
} dia_try;

/* What its places have in common: entries of connections, at most one of them with the octets, and a detour. It goes with the
 * last of them. */
typedef struct dia_again {
    uint64_t known_as; /* the handle that the application has; 0: the request is not ours */
    int64_t first_us;  /* when it was sent for the first time */
    dia_try *tries;
    uint32_t n, cap;
    uint32_t places;           /* where it waits now, and the one that is just being ended */
    struct dia_detour *detour; /* it waits for a connection; NULL */
} dia_again;

static inline uint32_t dia_tries_of(const dia_waiting *waiting)
{
    return waiting->again ? waiting->again->n : 1;
}

/* Made when it is not there yet; `conn` is the number of the connection of this place. NULL: no memory. */
dia_again *dia_again_of(dia_node *node, dia_waiting *waiting, uint32_t conn);

/* This place has ended. Does the request go on at another one? When it was answered it does not: the others end, too. */
bool dia_again_goes_on(dia_node *node, dia_waiting *waiting, bool answered);
/* Another place ends, since this one was answered: the octets go to it, for the hook of a proxy. */
void dia_again_end_place(dia_node *node, dia_waiting *over, dia_waiting *answered);
int dia_again_cancel(dia_node *node, dia_again *again); /* DIA_ENOENT: it was already */

/* Is it allowed another try: octets, time, number? */
bool dia_may_go_again(const dia_node *node, const dia_waiting *waiting);

/* How it goes on. */
typedef struct dia_repeat {
    bool ends;            /* the old place has: `old` is a copy of it, and forgotten. Else it waits on */
    bool unanswered;      /* the old place did not answer: T */
    const dia_peer *peer; /* is not tried again; NULL: only its connection is not */
} dia_repeat;

/* The new place; NULL: it could not be sent, and all is as it was. `from` is the number of the old place's connection. */
dia_waiting *dia_again_send(dia_node *node, dia_waiting *old, uint32_t from, dia_conn *to, const dia_repeat *how);

/* What was kept for a place that has ended. */
void dia_node_forget(dia_node *node, const dia_waiting *waiting);

/* Who is out of the question. */
typedef struct dia_tried {
    const dia_again *again; /* NULL: nobody yet */
    const dia_peer *peer;   /* with all its connections; NULL */
} dia_tried;
bool dia_has_tried(const dia_node *node, const dia_tried *tried, const dia_peer *peer, const dia_conn *conn);

/* failover.c: hooks of the peer room */
void dia_node_suspect(void *node, dia_conn *conn);
void dia_node_silent(void *node, dia_waiting *waiting);
/* The connection is lost; the peer answered with this protocol error. True: the request goes on elsewhere, and is neither to be
 * told nor forgotten. */
bool dia_node_fail_over(dia_node *node, dia_waiting *waiting, dia_conn *conn);
bool dia_node_refused(dia_node *node, dia_waiting *waiting, dia_conn *conn, uint32_t result_code, dia_bytes answer);

static inline bool dia_is_protocol_error(dia_result result)
{
    return result.code / 1000 == 3 && !result.vendor;
}

/* ---- Redirects (redirect.c) ---- */

void dia_redirecting_init(dia_node *node);
void dia_redirecting_done(dia_node *node);
/* The node stops: what waits ends. */
void dia_redirecting_stop(dia_node *node);
/* A peer (NULL: one without name) has opened, it has closed, or a connection of it has come to nothing. */
void dia_redirecting_look(dia_node *node, const dia_peer *peer, bool closed);

/* Has this host a connection? */
bool dia_redirect_reaches(const dia_node *node, dia_bytes host);

/* An answer 3006 came. True: the request goes, or waits to go, where it says; as dia_node_refused(). */
bool dia_redirect_follow(dia_node *node, dia_waiting *waiting, dia_conn *conn, dia_bytes answer);
/* The request that waits is answered elsewhere, or cancelled (false: there was none). */
void dia_redirect_drop(dia_node *node, dia_waiting *answered);
bool dia_redirect_cancel(dia_node *node, dia_again *again);

/* What a redirect agent says. */
typedef struct dia_redirection {
    const char *const *hosts; /* DiameterURIs or DiameterIdentities */
    size_t n;
    dia_redirect_usage usage;
    uint32_t max_cache_s;
} dia_redirection;

/* A sentence about what is wrong with it; NULL: nothing. */
const char *dia_redirection_wrong(const dia_redirection *redirection);

/* Answers a request, of which nobody knows yet, with 3006; without memory with 3004. */
void dia_node_redirect(dia_conn *conn, const dia_header *header, dia_bytes message, const dia_redirection *redirection);

/* send.c */
dia_bytes dia_value_of(dia_bytes message,
                       uint32_t code); /* of the first AVP of the IETF with this code; absent: none */
void dia_node_take_outcome(void *node, dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                           const dia_header *header, dia_bytes message);
/* The outcome of a request that waited in no connection; it is forgotten. An answer has been counted. `peer` may be NULL. */
void dia_node_give_back(dia_node *node, dia_waiting *waiting, const dia_peer *peer, dia_outcome_kind kind,
                        const dia_header *header, dia_bytes message);

/* again.c: of a request that is to be sent again. */
dia_errand dia_errand_again(dia_node *node, const dia_waiting *waiting);

/* path.c */
/* A sentence about what is wrong with it; NULL: nothing. */
const char *dia_path_wrong(const dia_peer_path *path);
/* *out is NULL where it says nothing. DIA_ENOMEM. */
int dia_path_new(dia_node *node, const dia_peer_path *path, dia_path_rules **out);
/* May the request have come this way, as far as rules say? 0, or what it is answered with and why. `way` has no origin yet. */
uint32_t dia_path_judge(const dia_node *node, dia_way *way, const char **why);
/* The same, and config.authorize is asked. False: it is answered. */
bool dia_path_allows(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message);

/* Is this our name, that of the connection's window or of the node as a whole? */
static inline bool dia_is_either(dia_bytes name, dia_bytes here, dia_bytes everywhere)
{
    return dia_bytes_equal_nocase(name, here) || (here.p != everywhere.p && dia_bytes_equal_nocase(name, everywhere));
}
static inline bool dia_is_our_host(const dia_conn *conn, dia_bytes host)
{
    return dia_is_either(host, conn->self->host, conn->hub->self->host);
}
static inline bool dia_is_our_realm(const dia_conn *conn, dia_bytes realm)
{
    return dia_is_either(realm, conn->self->realm, conn->hub->self->realm);
}

/* Is what it offers, and no handler serves, for its peers? */
static inline bool dia_node_has_ways(const dia_node *node)
{
    return node->routes || node->hub.config.passes_on;
}

/* relay.c: whose is a request? */
typedef enum dia_business {
    DIA_BUSINESS_OURS,
    DIA_BUSINESS_OURS_BY_ROUTE, /* whatever its destination says */
    DIA_BUSINESS_DONE,          /* another node's: it was passed on, or answered */
} dia_business;

dia_business dia_node_relay(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message);

/* What it would do. What redirects have left and reports of overload are not looked at. */
typedef struct dia_relay_course {
    dia_business business;
    bool for_us;       /* by its destination (RFC 6733, 6.1.4) */
    bool hooked;       /* it goes through hooks */
    bool changes;      /* which may change it */
    dia_decision way;  /* DONE: where it goes, or what it is answered with; route counts in any case */
    dia_errand errand; /* of a way that was looked for */
} dia_relay_course;
void dia_relay_explain(dia_node *node, const dia_conn *conn, const dia_header *header, dia_bytes message,
                       dia_relay_course *out);

/* A request that goes on. */
typedef struct dia_passing {
    const dia_header *header;  /* as it came */
    dia_bytes message, record; /* record: the name for its Route-Record */
    void *mark;                /* of a proxy, for the way back; NULL: of a relay */
    bool stands_in;            /* with OC-Supported-Features of ours */
} dia_passing;

/* What is known of a request while it is handled. */
struct dia_seen;

/* What a request wants of its next hop; `message` is what it is now. */
dia_errand dia_relay_errand(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message);

/* Where a request goes that was judged before; `seen` is NULL when it has changed. way->to is kept where it is not NULL. */
void dia_relay_way(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message,
                   const struct dia_seen *seen, dia_decision *way, bool *stands_in);
/* Sends it there; 0, or why not, as Result-Code and in words. */
uint32_t dia_relay_pass(dia_conn *conn, dia_conn *to, const dia_passing *passing, const char **why);

/* Its end; `conn` may be NULL, unless there is an answer whose connection is still there. */
void dia_node_relay_outcome(dia_node *node, const dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                            dia_bytes message);
/* Why nobody answered. */
const char *dia_no_answer(dia_outcome_kind kind);

/* proxies.c */
struct dia_proxied;
/* Whose hooks does a request of this connection meet, when it is `relayed`, and nothing of it changes? NULL: nobody's. */
struct dia_proxied *dia_proxied_for(const dia_node *node, const dia_header *header, bool relayed);
void dia_proxies_done(dia_node *node);

/* proxy.c */
void dia_proxy_request(dia_node *node, struct dia_proxied *proxied, dia_conn *conn, const dia_header *header,
                       dia_bytes message, const struct dia_seen *seen, bool relayed);
/* The end of a request with a mark. `from` is whom it was sent to, `to` where it came from; NULL: gone. False: it is as that of any
 * other. */
bool dia_proxy_outcome(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to, dia_outcome_kind kind,
                       dia_bytes message);

/* seal.c */
void dia_node_proxy_key_from_seed(dia_node *node, const uint8_t seed[32]);

/* ---- Overload, load and priority: those that are called with node->relief alone (overload.h has the rest) ---- */

/* AVPs that a relay looks at (RFC 7944, 9 and RFC 7683, 7). */
enum { DIA_AVP_DRMP = 301, DIA_AVP_OC_SUPPORTED_FEATURES = 621 };

/* relief.c */
enum { DIA_FEATURES_SIZE = 24 };
size_t dia_relief_features(uint8_t to[DIA_FEATURES_SIZE]); /* OC-Supported-Features */
/* A request of ours stands behind the output, n octets of it; an answer of ours (dia_hub.complete): their new number. */
size_t dia_relief_complete_request(const dia_node *node, dia_conn *conn, size_t n);
size_t dia_relief_complete_answer(void *node, dia_conn *conn, dia_bytes request, size_t n);
/* What an answer says of overload and load. Callbacks may run. */
void dia_relief_read_answer(dia_node *node, const dia_waiting *waiting, dia_conn *conn, const dia_header *header,
                            dia_bytes message);
/* Puts the answer that was read last behind the output of the connection on which it passes, without what is not for it, *n
 * octets; NULL without memory. */
uint8_t *dia_relief_put_answer(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to,
                               dia_bytes message, size_t *n);
/* This answer was read last: it is another one than came. */
void dia_relief_look(dia_node *node, dia_bytes message);
void dia_relief_tick(dia_node *node);
void dia_relief_done(dia_node *node); /* also without */

/* What the errand says of a request of ours, as a struct or as octets; and of one that passes: its DRMP, or NONE, and whether
 * it has OC-Supported-Features. */
void dia_relief_ask(const dia_node *node, dia_errand *errand, const dia_command *request, const void *msg);
void dia_relief_ask_octets(const dia_node *node, dia_errand *errand, dia_bytes message);
void dia_relief_ask_again(const dia_node *node, dia_errand *errand, dia_bytes message); /* it was sent before */
void dia_relief_ask_passing(const dia_node *node, dia_errand *errand, dia_conn *from, uint32_t drmp, bool features);

/* overload.c: a request looks for its way for the first time. Is it left out wherever it would go? Has somebody been spared who
 * could have taken it? It goes nowhere: counted, and what an agent answers. */
bool dia_overload_withholds(dia_node *node, const dia_errand *errand);
bool dia_overload_has_spared(const dia_node *node);
uint32_t dia_overload_throttle(dia_node *node, const dia_errand *errand);
/* Is it one that this peer is to be spared? */
bool dia_overload_spares(dia_node *node, const dia_peer *peer, const dia_errand *errand);

/* priority.c: may a request of this peer come in, is that connection near a limit for a request of this priority? */
bool dia_priority_admits(const dia_node *node, dia_conn *conn, dia_bytes request);
bool dia_priority_waits(const dia_node *node, const dia_conn *conn, const dia_errand *errand);

/* ---- Decisions (decision.h) ---- */

static inline int dia_decision_by_shortcut(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    return node->redirecting.shortcuts.n ? dia_decision_with_shortcuts(node, errand, way)
                                         : dia_decision_by_route(node, errand, way);
}

static inline int dia_decision_sparing(dia_node *node, dia_errand *errand, dia_decision *way)
{
    return node->relief ? dia_decision_with_reports(node, errand, way) : dia_decision_by_shortcut(node, errand, way);
}

#endif

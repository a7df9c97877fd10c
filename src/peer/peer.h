/* The peer room's door: one neighbour as pure machines, and the ground that all neighbours of a node share.
 *
 * takes      octets, time, changes of connections; orders from the node
 * gives      wishes (dia_todo), output, requests and answers of applications through the hub's hooks
 * owns       connections, peers, pending requests
 * may use    base, wire, dict, the generated diatom/app/base.h and cu.h
 * never sees sockets, clocks, applications' handlers, routes
 * tests      tests/peer; fuzz/peer.c */
#ifndef PEER_PEER_H
#define PEER_PEER_H

#include "diatom/app/base.h"
#include "diatom/app/cu.h"
#include "diatom/node.h"
#include "dict/dict.h"
#include "wire/wire.h"

/* Command Codes that end in this room (RFC 6733, 3.1). */
enum { DIA_CODE_CAPABILITIES_EXCHANGE = 257, DIA_CODE_DEVICE_WATCHDOG = 280, DIA_CODE_DISCONNECT_PEER = 282 };

/* The application and the command of RFC 6737, which end here too. */
enum { DIA_APP_CAPABILITIES_UPDATE = 10, DIA_CODE_CAPABILITIES_UPDATE = 328 };

/* Alarms of a node beside those of its connections and peers: its stop, redirects, discovery, realms sought. Room for all is reserved, so that setting
 * one cannot fail. */
enum { DIA_HUB_ALARMS = 4 };

/* A timer that knows what to do. */
typedef struct dia_alarm {
    dia_timer timer;
    void (*ring)(struct dia_alarm *alarm);
} dia_alarm;

/* ---- Pending requests: a ring per connection, indexed by Hop-by-Hop id, of blocks of the hub's pool (pending.c) ---- */

/* A request that we sent and whose answer has not come. */
typedef struct dia_waiting {
    dia_list deadline;     /* place in the hub's wheel */
    struct dia_conn *conn; /* NULL: it was not started yet */
    uint32_t hop_by_hop, end_to_end;
    uint32_t application, code; /* of the request */
    int64_t due_us, sent_us;
    const dia_command *answer; /* grammar of the answer; NULL: octets */
    dia_outcome_call *call;    /* NULL: cancelled */
    dia_untyped *fn;
    void *arg;
    /* For another peer, when this one fails; whoever ends the request gives it back (dia_waiting_drop_copy). */
    uint8_t *copy; /* the octets; NULL: it is not sent again */
    uint32_t copied : 31;
    uint32_t stands_in : 1; /* we said in it, for whoever sent it, that overload reports are obeyed (RFC 7683) */
    uint32_t more_ms; /* behind due_us: what is due then is another try, and this the time to the end; 0: the end */
    struct dia_again *again; /* sent more than once: what its places have in common (node/again.c); NULL */
    /* Of a request that is another node's. */
    uint32_t ingress;     /* number of the connection that it came on; 0: it is ours */
    uint32_t ingress_hop; /* its Hop-by-Hop id there */
} dia_waiting;

typedef struct dia_pending {
    dia_waiting **ring; /* NULL before the first request; of a free slot NULL, or one that was not started */
    uint32_t size;      /* power of two */
    uint32_t used;
    uint32_t next, first; /* the next Hop-by-Hop id, and that of the first request */
    uint32_t owed;        /* answers that may still come, though their requests have had their outcome */
    size_t copies;        /* octets of all copies */
} dia_pending;

/* ---- Who we are on a connection (self.c) ---- */

/* An identity of the configuration, of a listener or of a peer. One block; connections and their makers share it. */
typedef struct dia_self {
    unsigned refs;
    size_t size; /* of the block */
    dia_bytes host, realm;
    const dia_address *addresses; /* NULL: the local address of each connection */
    size_t n_addresses;
    const uint32_t *apps; /* NULL: all of the node */
    size_t n_apps;
} dia_self;

/* ---- Which way requests may have come (node/path.c) ---- */

enum { DIA_PATH_ORIGIN_HOSTS, DIA_PATH_ORIGIN_REALMS, DIA_PATH_ROUTE_RECORDS, DIA_PATH_LISTS };

/* A dia_peer_path. One block; the connections of a peer share it. */
typedef struct dia_path_rules {
    unsigned refs;
    size_t size; /* of the block */
    bool direct;
    const dia_bytes *lists[DIA_PATH_LISTS]; /* patterns up to an absent one; NULL: anything */
} dia_path_rules;

/* ---- What was counted (count.c) ---- */

enum { DIA_ANSWER_RECEIVED, DIA_ANSWER_SENT, DIA_REQUEST_RECEIVED, DIA_REQUEST_SENT, DIA_COUNT_KINDS };

typedef struct dia_counts {
    dia_count *rows;
    uint32_t n, cap;
    dia_count *latest[DIA_COUNT_KINDS]; /* the row that was counted last: mostly the next one, too; NULL: none */
} dia_counts;

/* ---- The hub: what all connections of one node share (hub.c) ---- */

typedef struct dia_app {
    uint32_t id, vendor;
    dia_app_kind kind;
} dia_app;

struct dia_capabilities;

/* What the room above does with what passes. All are set. */
typedef struct dia_hooks {
    /* A request of an open peer that is no business of the connection. */
    void (*request)(void *above, struct dia_conn *conn, const dia_header *header, dia_bytes message);
    /* The end of a request that we sent; `message` is absent unless kind says that an answer came. `waiting` is a copy. */
    void (*outcome)(void *above, dia_waiting *waiting, struct dia_conn *conn, dia_outcome_kind kind,
                    const dia_header *header, dia_bytes message);
    /* No sign of life of the peer: what it has not answered may go elsewhere. */
    void (*suspect)(void *above, struct dia_conn *conn);
    /* No answer for config.try_ms: the request may go elsewhere, too. It waits on until its end. */
    void (*silent)(void *above, dia_waiting *waiting);
    /* The peer begins or ceases to take requests. A connection that is ended inside the former has no latter. */
    void (*open)(void *above, struct dia_peer *peer, bool open);
    /* An open peer says something else of itself than before (RFC 6737). */
    void (*changed)(void *above, struct dia_peer *peer);
    /* The connection is about to be freed. */
    void (*gone)(void *above, struct dia_conn *conn);
    /* May who says this in CEA be the peer that was found in the DNS? A sentence why not; NULL: it may. The hook may be NULL. */
    const char *(*judge)(void *above, const struct dia_conn *conn, const struct dia_capabilities *found);
    /* The peer is about to be freed. The hook may be NULL. */
    void (*forgotten)(void *above, struct dia_peer *peer);
} dia_hooks;

enum { DIA_WHEEL_SLOTS = 4096, DIA_WHEEL_SHIFT = 12 }; /* 4.1 ms a slot, 16.8 s around */

enum { DIA_SPARE_OUT = 16 };

typedef struct dia_origin dia_origin;
typedef struct dia_realm dia_realm;

typedef struct dia_hub {
    dia_node_config config; /* strings and lists copied, defaults filled in */
    char *strings;          /* where they are */
    size_t strings_size;
    dia_node *node;
    void *above;
    dia_hooks hooks;
    const dia_allocator *given; /* of the configuration */
    dia_allocator counting;     /* the same, counted in `memory` */
    const dia_allocator *alloc; /* &counting: everything of the hub and above comes from here */
    size_t memory;              /* octets taken and not given back, and those that the driver holds for connections */
    dia_self *self;             /* of the configuration */
    void (*tap)(void *arg, dia_node *node, const dia_message_seen *seen); /* beside config.on_message; may be NULL */
    void *tap_arg;
    bool tapped; /* somebody looks at every message */
    /* The room above adds AVPs to n octets of an answer to this request, which are behind the output: their new number. NULL:
     * it adds nothing. */
    size_t (*complete)(void *above, struct dia_conn *conn, dia_bytes request, size_t n);
    dia_app *apps;
    size_t n_apps, cap_apps;
    dia_time began, now;
    int64_t wall_s;   /* seconds since 1970, as the wall clock was read ... */
    dia_time wall_at; /* then; by config.wall_clock it counts from the beginning on */
    dia_heap timers;
    dia_list todo;   /* connections with wishes */
    dia_list conns;  /* all connections */
    dia_list hungry; /* those that are not read for want of memory */
    dia_list
        nameless;     /* those that make way for others: they wait for their CER, or it was refused; the oldest first */
    dia_list peers;   /* all peers, in order of arrival */
    dia_list leaving; /* those that dia_hub_forget() looks at */
    dia_list listeners;
    uint32_t n_conns, n_peers, n_before_cer, n_unknown;
    uint32_t n_resets;   /* connections that the driver is about to reset */
    uint32_t n_deserted; /* addresses without connections, of whose requests some are still kept */
    dia_names by_host;
    dia_names realms; /* of all peers: realm -> dia_realm */
    dia_random random;
    dia_buf spare_out[DIA_SPARE_OUT]; /* storage of idle connections, waiting for busy ones */
    unsigned n_spare_out;
    dia_pool pool; /* requests sent, and their copies */
    uint32_t end_to_end;
    uint32_t number; /* of the newest connection */
    dia_map by_number;
    dia_map moved;   /* handle of a request of ours that was sent more than once -> its dia_again */
    dia_map origins; /* of incoming connections */
    uint32_t origin_state_id;
    bool stopping, stopped;
    bool over; /* the node was freed by a callback: nothing else is handled before it ends */
    dia_alarm stop_alarm;
    dia_counters counters;
    dia_counts gone; /* of peers that are no more */
    dia_counts sum;  /* of all, when it was asked for last */
    struct dia_wheel *wheel;
    /* Which rows of the tables were taken: a bit per event. */
    uint32_t taken[DIA_PEER_STATES], taken_watch[DIA_WATCH_STATES];
    /* The commands of the base protocol, and of RFC 6737. */
    const dia_command *cer, *cea, *dwr, *dwa, *dpr, *dpa, *cur, *cua;
} dia_hub;

/* Copies what the configuration points to. DIA_EINVAL with a sentence in `why`. */
int dia_hub_init(dia_hub *hub, const dia_node_config *config, dia_time now, char *why, size_t why_size);
void dia_hub_done(dia_hub *hub);

/* The members tries, try_ms and retry of this configuration from now on. DIA_EINVAL with a sentence in `why`. */
int dia_hub_set_retry(dia_hub *hub, const dia_node_config *tries, char *why, size_t why_size);

/* Other limits from now on. DIA_EINVAL with a sentence in `why`: the old ones stay. */
int dia_hub_set_limits(dia_hub *hub, const dia_limits *limits, char *why, size_t why_size);

/* Up to where Tc doubles when nothing else is said. */
uint32_t dia_reconnect_max(uint32_t reconnect_ms);

/* Advertises an application; DIA_EINVAL when it is there with another vendor or kind. */
int dia_hub_advertise(dia_hub *hub, uint32_t id, uint32_t vendor, dia_app_kind kind);
const dia_app *dia_hub_app(const dia_hub *hub, uint32_t id);
int dia_hub_withdraw(dia_hub *hub, uint32_t id); /* DIA_ENOENT */

/* Rings the alarms that are due, ends the requests whose time is up. */
void dia_hub_tick(dia_hub *hub, dia_time now);
int64_t dia_hub_deadline(const dia_hub *hub);

/* Sets an alarm; without memory it rings at the next tick instead of being lost. */
void dia_hub_alarm(dia_hub *hub, dia_alarm *alarm, int64_t at_us);

/* Begins to disconnect every peer; dia_hub_stopped_yet() looks whether that is complete. */
void dia_hub_stop(dia_hub *hub, dia_cause cause, uint32_t timeout_ms);
void dia_hub_stopped_yet(dia_hub *hub);

/* Tells the application. `reason` is a sentence. */
void dia_hub_event(dia_hub *hub, dia_event_kind kind, const dia_peer *peer, const dia_conn *conn, const char *reason,
                   uint32_t result_code, dia_bytes message);

void dia_hub_tell(dia_hub *hub, const dia_event *event); /* the same, with all that there is to say */

/* Frees the peers that nobody wants any more. Called when no callback and no step of a machine is under way, for both
 * may hold them. */
void dia_hub_forget(dia_hub *hub);

/* A connection is idle. Where nothing is on its way, what waits to be used again is given back, but for one output. */
void dia_hub_rest(dia_hub *hub);

/* Is limits.memory used up? */
static inline bool dia_hub_is_full(const dia_hub *hub)
{
    return hub->memory > hub->config.limits.memory;
}

/* The equal part of limits.memory that a connection has where so many more come. */
static inline size_t dia_hub_part(const dia_hub *hub, size_t more)
{
    return hub->config.limits.memory / (hub->n_conns + more + hub->n_deserted);
}

/* Shows a message to the taps. */
void dia_hub_show(const dia_hub *hub, const dia_conn *conn, bool sent, dia_bytes message);

uint32_t dia_hub_end_to_end(dia_hub *hub);

/* ---- Connections (conn.c; input.c, output.c) ---- */

/* Where a connection is in its life. */
typedef enum dia_phase {
    DIA_PHASE_CONNECTING, /* ours, not standing yet */
    DIA_PHASE_CER,        /* incoming, waits for CER */
    DIA_PHASE_PROBE,      /* incoming, its CER waits for the old connection to prove alive */
    DIA_PHASE_EXCHANGE,   /* capabilities under way: I-conn waits for CEA, R-conn for the election */
    DIA_PHASE_SECURING,   /* they are exchanged, and TLS begins (Inband-Security-Id): nothing passes */
    DIA_PHASE_OPEN,
    DIA_PHASE_CLOSING, /* DPR went or came: requests get 3004, answers pass */
    DIA_PHASE_ENDED    /* the driver was asked to close or reset it; nothing passes */
} dia_phase;

enum { DIA_URI_ROOM = 300 }; /* for a URI with its NUL */

/* Where a peer is connected to, and how: what its configuration says. One block, which a connection holds as long as it
 * stands (target.c). */
typedef struct dia_target {
    unsigned refs;
    size_t size;
    const char **uris; /* in the order of trying */
    size_t n_uris;
    const char *connect; /* as it was configured: a URI or a host */
    dia_inband inband;   /* on those of them without TLS */
    const char *realm;   /* they were found in the DNS for it; NULL: they were configured */
    uint64_t foreign;    /* a bit for each that led out of this realm */
    dia_socket_options socket;
} dia_target;

struct dia_conn {
    dia_hub *hub;
    dia_peer *peer;         /* NULL until CER names it */
    dia_list link;          /* in hub->conns */
    dia_list todo;          /* in hub->todo */
    dia_list nameless;      /* in hub->nameless */
    dia_list hungry;        /* in hub->hungry */
    dia_origin *origin;     /* NULL: the connection is ours */
    dia_self *self;         /* who we are here; with a reference, never NULL */
    dia_listener *listener; /* NULL: none in particular */
    void *user;
    uint32_t number; /* in hub->by_number */
    dia_conn_kind kind;
    uint8_t phase; /* dia_phase */
    bool initiator;
    bool dwr_out;         /* a DWR of ours is not answered */
    bool asks;            /* nor is that with the id `asked` */
    bool paused;          /* reading is stopped by output_hard or limits.memory */
    bool resets;          /* RESET was wished for */
    bool proven;          /* a message came while it was open: the initiator has our CEA */
    bool secured;         /* `security` says by what */
    bool awaits_security; /* it will be, before any input */
    bool upgrades;        /* it will be, behind CEA (Inband-Security-Id) */
    bool answered; /* with the CEA in front of that: it is no candidate of the peer's before TLS has shown its name */
    uint8_t certificate_step; /* what becomes of it at certificate_us (secure.c) */
    uint8_t trust;            /* in what it says of overload; the node's */
    uint16_t wishes;          /* bit per dia_todo_kind */
    size_t beside;            /* octets that the driver holds for it, counted in hub->memory */
    dia_pending pending;
    dia_list kept;       /* requests kept by the application: dia_request's link */
    uint32_t unanswered; /* how many */
    size_t kept_octets;  /* their arenas */
    uint32_t relayed;    /* requests of this connection that wait for another peer's answer */
    uint32_t parked;     /* and for a realm that is being looked for (node/sought.c) */
    uint32_t turn;       /* messages that may still be handled before others have their turn */
    dia_buf in;          /* a partial message */
    dia_buf out;
    dia_alarm alarm;
    int64_t due_us;         /* end of the current phase, or DIA_NEVER_US */
    int64_t heard_us;       /* the last octet from the peer */
    int64_t watch_us;       /* the last step of the watchdog */
    int64_t partial_us;     /* since when `in` holds a partial message */
    int64_t progress_us;    /* the transport's last taking of output that counts */
    size_t taken;           /* octets of output taken since then */
    int64_t tw_us;          /* Tw with its jitter of this time */
    uint32_t asked;         /* Hop-by-Hop id of our last CER, DPR or CUR */
    uint32_t dwrs;          /* our DWRs without a DWA */
    int64_t certificate_us; /* when something is due for its certificate, or DIA_NEVER_US */
    dia_security security;
    const char *transport; /* NULL: nobody said */
    dia_header cer;        /* the header of the peer's CER until it is answered */
    dia_bytes cer_octets;  /* a CER that is judged again, allocated */
    dia_endpoint local, remote;
    uint8_t local_ip[16], remote_ip[16];
    dia_address *addresses; /* all of ours, where there are several, in one block of `addresses_size`; NULL */
    size_t n_addresses, addresses_size;
    size_t message_max; /* octets of the longest message that the transport takes; 0: any */
    dia_target *target; /* of a connection of ours, with a reference; NULL */
    size_t uri;         /* which of its URIs CONNECT goes to */
};

/* Counts for the node and, as soon as it is known, for the peer. */
#define DIA_COUNT_MORE(conn, counter, amount)                                                                          \
    do {                                                                                                               \
        (conn)->hub->counters.counter += (amount);                                                                     \
        if ((conn)->peer)                                                                                              \
            (conn)->peer->counters.counter += (amount);                                                                \
    } while (0)
#define DIA_COUNT(conn, counter) DIA_COUNT_MORE(conn, counter, 1)

/* A connection that we want; the wish goes out at once. NULL: no memory or too many. */
dia_conn *dia_conn_want(dia_hub *hub, dia_peer *peer);

/* An incoming one; NULL: refused, with an event. */
dia_conn *dia_conn_accept(dia_hub *hub, const dia_conn_info *info);

/* It waits for its CER, or for what shows that this told the truth, and may have to make way for others; no longer. */
void dia_conn_nameless(dia_conn *conn);
void dia_conn_named(dia_conn *conn);

/* The oldest of those that have not become a peer's is reset, one from `address` (may be NULL) first; false: there is none. */
bool dia_conn_make_way(dia_hub *hub, const dia_address *address);

/* "ends in 3 days", of a certificate that has so many seconds. */
void dia_secure_ends_in(int64_t s, char *to, size_t size);

/* It is protected from here on (secure.c). */
void dia_conn_protect(dia_conn *conn, const dia_security *security);

/* Octets of the longest message that it carries. */
static inline size_t dia_conn_longest(const dia_conn *conn)
{
    const size_t own = conn->secured && conn->security.message_max ? conn->security.message_max : conn->message_max;
    const size_t all = conn->hub->config.limits.message;
    return own && own < all ? own : all;
}

/* The transport of a wanted one stands. */
void dia_conn_stands(dia_conn *conn, const dia_conn_info *info);

/* Octets came; those consumed, as dia_conn_input() returns them. */
size_t dia_conn_take(dia_conn *conn, dia_bytes octets);

/* The transport is gone. */
void dia_conn_free(dia_conn *conn, const char *reason);

/* The next wish of any connection. */
bool dia_conn_next_todo(dia_hub *hub, dia_todo *out);

/* Ends it: CLOSE writes what is left, RESET does not. Nothing passes any more. `reason` is a sentence for events. */
void dia_conn_end(dia_conn *conn, bool reset, const char *reason);

/* Encodes a struct behind the output, which it becomes part of with dia_conn_wrote(). `ids` as in dia_encode(). The length,
 * or its errors. */
int64_t dia_conn_form(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                      const dia_header *ids, const dia_defaults *defaults, dia_fault *fault);

/* An answer to this request stands there, n octets of it: with what the room above adds to it. */
static inline size_t dia_conn_complete(dia_conn *conn, dia_bytes request, size_t n)
{
    return conn->hub->complete ? conn->hub->complete(conn->hub->above, conn, request, n) : n;
}

/* The same, and part of the output at once. */
int64_t dia_conn_encode(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                        const dia_header *ids, const dia_defaults *defaults, dia_fault *fault);

/* The same for a message of the base protocol, counted. The length, or its errors. */
int64_t dia_conn_say(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                     const dia_header *ids);

/* Copies a whole message behind the output and returns where it stands, NULL without memory; dia_conn_wrote() makes it
 * part of the output. */
uint8_t *dia_conn_put(dia_conn *conn, dia_bytes message);

/* What the header of a request is answered with, and why; 0: nothing. */
static inline uint32_t dia_request_header_judge(const dia_header *header, const char **why)
{
    *why = "only version 1 is spoken here";
    if (header->version != 1)
        return DIA_RESULT_CODE_UNSUPPORTED_VERSION;
    *why = "a request has the E bit";
    return header->flags & DIA_FLAG_ERROR ? DIA_RESULT_CODE_INVALID_HDR_BITS : 0;
}

/* Is it CER, DWR, DPR or an answer to one, which are the connection's own business? */
bool dia_is_of_the_connection(const dia_header *header);

/* Above the soft limit, or above its part of limits.memory: no new requests to this peer, and 3004 for its own. */
bool dia_conn_is_busy(const dia_conn *conn);

/* Above the soft limit, and above its part of limits.memory: answers of others do not gather for this peer either. */
bool dia_conn_is_clogged(const dia_conn *conn);

/* Above the hard limit: nothing is read from this peer, and answers wait with those who have them. */
bool dia_conn_is_full(const dia_conn *conn);

/* More than its part of limits.memory, while that is used up. */
bool dia_conn_is_greedy(const dia_conn *conn);
bool dia_conn_is_greedy_at(const dia_conn *conn, uint32_t percent); /* as if limits.memory were so much of it */

/* Room for n octets behind the output, NULL without memory; then what was written there goes out. */
uint8_t *dia_conn_room(dia_conn *conn, size_t n);
void dia_conn_wrote(dia_conn *conn, size_t n);

/* Looks again at the alarm after a due time moved nearer. */
void dia_conn_due(dia_conn *conn, int64_t at_us);

/* Draws the Hop-by-Hop id of a CER, DPR or CUR, to which one answer is asked for. */
static inline void dia_conn_ask(dia_conn *conn)
{
    conn->asked = conn->pending.next++;
    conn->asks = true;
}

/* ---- Where incoming connections come from (origin.c) ---- */

/* One more from this address, NULL without memory; one less (NULL is fine); how many there are. All of an IPv6 /64 are one. */
dia_origin *dia_origin_enter(dia_hub *hub, const dia_address *address);
void dia_origin_leave(dia_hub *hub, dia_origin *origin);
uint32_t dia_origin_count(const dia_hub *hub, const dia_address *address);
uint64_t dia_origin_key(const dia_hub *hub, const dia_address *address); /* a number for each that counts as one */
bool dia_origin_is_same(const dia_address *a, const dia_address *b);

/* A request from there is kept though its connection is gone; it has ended; how many there are, with how many octets. NULL
 * is fine: nobody counts. */
void dia_origin_orphan(dia_origin *origin, size_t octets);
void dia_origin_bury(dia_hub *hub, dia_origin *origin, size_t octets);
uint32_t dia_origin_orphans(const dia_origin *origin, size_t *octets);

/* ---- Realms (realm.c) ---- */

/* One more peer of this realm: DIA_ENOMEM; *out is NULL where that is no name. One less; NULL is fine. Is there any, whatever its
 * state? */
int dia_realm_enter(dia_hub *hub, dia_bytes name, dia_realm **out);
void dia_realm_leave(dia_hub *hub, dia_realm *realm);
bool dia_realm_is_known(const dia_hub *hub, dia_bytes name);

/* ---- Requests that we sent (pending.c) ---- */

/* A slot for the next request of this connection; its hop_by_hop is set. NULL: limits.pending or no memory. It counts
 * only after dia_waiting_start(). */
dia_waiting *dia_waiting_new(dia_conn *conn);
void dia_waiting_start(dia_conn *conn, dia_waiting *waiting, uint32_t timeout_ms);
void dia_waiting_start_until(dia_conn *conn, dia_waiting *waiting, int64_t end_us);

/* Its answer may come until then; where there is config.try_ms, another try is due before. */
void dia_waiting_until(dia_waiting *waiting, int64_t end_us);
static inline int64_t dia_waiting_end_us(const dia_waiting *waiting)
{
    return waiting->due_us + (int64_t)waiting->more_ms * 1000;
}

/* By Hop-by-Hop id; NULL: nobody waits. */
dia_waiting *dia_waiting_find(const dia_conn *conn, uint32_t hop_by_hop);

/* Frees the slot and gives a copy. */
dia_waiting dia_waiting_take(dia_waiting *waiting);
/* The same where the answer may still come. */
dia_waiting dia_waiting_give_up(dia_waiting *waiting);
/* Is this the id of such an answer? They are counted: ids alone are not kept. */
bool dia_waiting_was_given_up(dia_conn *conn, uint32_t hop_by_hop);

/* The handle for cancelling, and back (NULL: over). */
static inline uint64_t dia_handle_of(const dia_conn *conn, uint32_t hop_by_hop)
{
    return (uint64_t)conn->number << 32 | hop_by_hop;
}
uint64_t dia_waiting_handle(const dia_waiting *waiting);
dia_waiting *dia_waiting_of_handle(dia_hub *hub, uint64_t handle);

/* Octets to be sent again elsewhere; without memory there are none. */
void dia_waiting_copy(dia_waiting *waiting, dia_bytes octets);
void dia_waiting_drop_copy(dia_hub *hub, const dia_waiting *waiting); /* of one that has ended */

/* The request in this slot of the ring; NULL: none. For i from 0 to pending.size - 1. */
static inline dia_waiting *dia_waiting_at(const dia_conn *conn, uint32_t i)
{
    dia_waiting *waiting = conn->pending.ring[i];
    return waiting && waiting->conn ? waiting : NULL;
}

/* Octets of all of them, with the ring. */
size_t dia_waiting_octets(const dia_conn *conn);

/* The connection is idle: without requests it needs no ring until the next one. */
void dia_waiting_rest(dia_conn *conn);

/* Ends all requests of a connection with this outcome. */
void dia_waiting_end_all(dia_conn *conn, dia_outcome_kind kind);

/* ---- Answers of the stack's own (answer.c) ---- */

/* Is E set with this Result-Code, when the command is known and could be parsed? (RFC 6733, 7.1 and 7.2) */
bool dia_result_sets_error(uint32_t result_code);

/* What an error answer says. */
typedef struct dia_refusal {
    uint32_t result_code;
    bool error;                 /* E, in the form of answer-message */
    const char *text;           /* Error-Message; NULL: none */
    dia_bytes failed_avp;       /* contents of Failed-AVP; absent: none */
    const dia_grammar *grammar; /* of the regular answer: what it requires is copied from the request; NULL: unknown */
    void (*more)(dia_builder *b, const void *arg); /* puts more AVPs, without which it is not sent; NULL: none */
    const void *more_arg;
} dia_refusal;

/* Answers a request with an error, without Failed-AVP and copies where it would be longer than limits.message. DIA_ENOMEM,
 * DIA_ESPACE (too long all the same), or the answer is in the output. */
int dia_conn_refuse(dia_conn *conn, const dia_header *header, dia_bytes request, const dia_refusal *refusal);

/* The same for a request of an open peer that is its mistake or cannot be served: counted, and told as an event. */
void dia_conn_reject(dia_conn *conn, const dia_header *header, dia_bytes request, const dia_refusal *refusal);

/* The same for a protocol error: in the form of answer-message, without Failed-AVP. */
void dia_conn_reject_protocol(dia_conn *conn, const dia_header *header, dia_bytes request, uint32_t result_code,
                              const char *text);

/* ---- Peers (peer.c) ---- */

/* Where the room above has put an open peer, by kind of crowd. */
enum { DIA_CROWD_ALL, DIA_CROWD_REALM, DIA_CROWD_RELAYS, DIA_CROWD_KINDS };
typedef struct dia_crowded {
    struct dia_crowd *crowd; /* NULL: not there */
    size_t at;
} dia_crowded;

struct dia_peer {
    dia_hub *hub;
    dia_list link;    /* in hub->peers */
    dia_list leaving; /* in hub->leaving */
    dia_peer *leader; /* of several connections of one peer the first; itself when it is that */
    dia_peer *more;   /* the next one of them; NULL: the last */
    dia_peer_state state;
    uint8_t watch;         /* dia_watch_state */
    int32_t num_dwa;       /* NumDWA of RFC 3539 */
    dia_conn *i, *r;       /* the I- and the R-connection of RFC 6733, 5.6 */
    uint32_t n_conns;      /* connections that point here: it lives as long as they do */
    dia_conn *probing;     /* a new connection that waits for the old one to prove alive */
    dia_alarm alarm;       /* Tc while closed, else the end of a wait */
    dia_bytes host, realm; /* in `names` */
    dia_bytes product;     /* in `names` */
    dia_realm *of;         /* its realm, among those of all; NULL: it has none */
    uint32_t vendor_id, firmware_revision;
    dia_address address; /* the first Host-IP-Address */
    uint8_t address_octets[16];
    char *names;
    size_t names_size;
    dia_self *self;            /* NULL: as the listener or the node has it */
    dia_path_rules *path;      /* NULL: the listener's, or the node's */
    dia_target *target;        /* NULL: it connects to us, or nothing was found yet */
    struct dia_search *search; /* where its target comes from, the node's; NULL: from the configuration */
    bool renames;              /* its host is what the last CEA said: several may be found, one after the other */
    bool onward;               /* there is another address to be tried at once */
    uint64_t declined;         /* a bit for each URI of what was found where somebody does not want to talk to us */
    size_t at;                 /* the URI that is in use, or comes next */
    uint32_t failures;         /* rounds over all URIs in a row that failed */
    uint32_t watchdog_ms, reconnect_ms, reconnect_max_ms;
    uint32_t connections; /* that it may have */
    int64_t since_us;     /* when it came into its state */
    bool configured;      /* by dia_node_add_peer(): stays when it is closed */
    bool host_known;      /* its host is in hub->by_host */
    bool removed;         /* goes when it is closed */
    bool disabled;        /* out of service */
    bool draining;        /* no new requests; DPR when those under way have ended */
    bool orderly;         /* the last connection ended with DPR */
    bool up;              /* open, and the application was told so */
    bool securing;        /* open by the table, but TLS only begins on its connection: not open for anybody else */
    bool unwanted;        /* no reconnecting: it said BUSY or DO_NOT_WANT_TO_TALK_TO_YOU, or we are told so */
    bool relay;           /* it advertised the relay application */
    bool sought;          /* a request that wanted to go to its realm has called it (node/sought.c) */
    uint32_t seeks;       /* realms that are looked for since it asked, as they were counted last */
    bool called;          /* a redirect has called it: what becomes of its connections is looked at (node/redirect.c) */
    bool restarted;       /* its Origin-State-Id has grown, and the application was not told */
    uint8_t told;         /* how metrics tell it: the report room's */
    uint32_t *apps;       /* the applications it advertised */
    size_t n_apps;
    dia_crowded crowds[DIA_CROWD_KINDS];
    uint64_t
        visit; /* the request whose Route-Records named it last: the node's mark; of several connections the first has it */
    uint32_t origin_state_id;
    dia_cause cause; /* for the DPR to come */
    uint32_t load;   /* that it told last (RFC 8583); of several connections the first has it */
    int64_t load_until_us;
    dia_counters counters;
    dia_counts counts;
    struct {
        char text[256];
        uint32_t result_code;
        int64_t at_us;
    } last_error;
};

/* Events of RFC 6733, 5.6.2. */
typedef enum dia_peer_event {
    DIA_ON_START,
    DIA_ON_R_CONN_CER,
    DIA_ON_I_RCV_CONN_ACK,
    DIA_ON_I_RCV_CONN_NACK,
    DIA_ON_TIMEOUT,
    DIA_ON_I_RCV_CEA,
    DIA_ON_I_RCV_NON_CEA,
    DIA_ON_I_PEER_DISC,
    DIA_ON_R_PEER_DISC,
    DIA_ON_WIN_ELECTION,
    DIA_ON_SEND_MESSAGE,
    DIA_ON_I_RCV_MESSAGE,
    DIA_ON_R_RCV_MESSAGE,
    DIA_ON_I_RCV_DWR,
    DIA_ON_R_RCV_DWR,
    DIA_ON_I_RCV_DWA,
    DIA_ON_R_RCV_DWA,
    DIA_ON_I_RCV_DPR,
    DIA_ON_R_RCV_DPR,
    DIA_ON_I_RCV_DPA,
    DIA_ON_R_RCV_DPA,
    DIA_ON_STOP,
    DIA_PEER_EVENTS
} dia_peer_event;

/* What an event carries along. */
typedef struct dia_peer_input {
    dia_conn *conn;
    const dia_header *header;
    dia_bytes message;
    const struct dia_capabilities *found; /* of R-Conn-CER and I-Rcv-CEA */
    const char *reason;                   /* a sentence for the application */
    uint32_t result_code;                 /* that goes with it; 0: none */
} dia_peer_input;

/* A new peer in state Closed. `host` may be absent. NULL without memory. */
dia_peer *dia_peer_new(dia_hub *hub, dia_bytes host);
void dia_peer_free(dia_peer *peer);

/* Names it, when it was not known before; DIA_EEXIST when another peer has that name. */
int dia_peer_name(dia_peer *peer, dia_bytes host);

/* One more connection of the same peer; NULL without memory. */
dia_peer *dia_peer_new_more(dia_peer *leader);

/* Its name is one of those that were found, and it is found no more. */
void dia_peer_unname(dia_peer *peer);

/* Where it is connected to from now on; the old place is released. `target` NULL: nowhere. */
void dia_peer_aim(dia_peer *peer, dia_target *target);
dia_target *dia_target_new(const dia_hub *hub, const dia_peer_config *config); /* NULL: no memory */
bool dia_place_makes_sense(const char *text); /* as dia_peer_config.connect and `also` */
dia_target *dia_target_ref(dia_target *target);
void dia_target_unref(const dia_hub *hub, dia_target *target); /* NULL is fine */

/* Takes over realm, applications and Origin-State-Id from CER or CEA. DIA_ENOMEM. */
int dia_peer_learn(dia_peer *peer, const struct dia_capabilities *found);

/* The connection belongs to this peer from now on; the reverse, when it is freed. A peer that nobody configured, or that
 * was removed, goes with its last connection. */
void dia_peer_adopt(dia_peer *peer, dia_conn *conn);
void dia_peer_release(dia_peer *peer, dia_conn *conn);

/* Its requests under way may end, until `until_us`; then it is told good-bye. Where it is not open: what is begun ends now. */
void dia_peer_leave(dia_peer *peer, dia_cause cause, int64_t until_us, const char *reason);

/* Something under way has ended: is it the last that a draining peer waits for? */
void dia_peer_drained_yet(dia_peer *peer);

/* It may get requests: tells the room above and the application. */
void dia_peer_tell_up(dia_peer *peer);

/* Looks at the Origin-State-Id of a message of the peer (RFC 6733, 8.16), and tells when it has grown. */
void dia_peer_restarted(dia_peer *peer, dia_bytes message);

/* The last thing that went wrong. */
void dia_peer_failed(dia_peer *peer, const char *text, uint32_t result_code);

/* Is it closed, without connections and without anybody who wants it? Then dia_hub_forget() frees it. */
bool dia_peer_is_done(const dia_peer *peer);
void dia_peer_forget_if_done(dia_peer *peer);

/* One step of the table (fsm.c). An event that the table does not have in this state is dropped: false. */
bool dia_peer_step(dia_peer *peer, dia_peer_event event, const dia_peer_input *input);
bool dia_peer_has_row(dia_peer_state state, dia_peer_event event);

/* RFC 6733, 5.6.4: does this connection of the peer's survive one of ours? */
bool dia_peer_wins(const dia_peer *peer, const dia_conn *r);

/* Its connection is open, and protected where it was to be: messages may pass. */
void dia_peer_opened(dia_peer *peer, dia_conn *conn);

/* Requests that came on it and have no answer yet, whoever is to give it. */
static inline uint32_t dia_conn_owes(const dia_conn *conn)
{
    return conn->unanswered + conn->relayed + conn->parked;
}

/* The open connection; NULL when it is not open, or to be protected first. */
static inline dia_conn *dia_peer_conn(const dia_peer *peer)
{
    if (peer->securing)
        return NULL;
    return peer->state == DIA_PEER_R_OPEN ? peer->r : peer->state == DIA_PEER_I_OPEN ? peer->i : NULL;
}

/* The same, NULL also under suspicion (RFC 3539) and on the way out: may it get new requests? */
static inline dia_conn *dia_peer_candidate(const dia_peer *peer)
{
    dia_conn *conn = dia_peer_conn(peer);
    return conn && peer->watch == DIA_WATCH_OKAY && !peer->draining ? conn : NULL;
}

bool dia_peer_supports(const dia_peer *peer, uint32_t application);
bool dia_peer_advertised(const dia_peer *peer, uint32_t application); /* itself: not as a relay */

/* The alarm that goes with the state it is in now: Tc, the end of a wait, or none. */
void dia_peer_set_alarm(dia_peer *peer);

/* Tells an open peer what is advertised now (capabilities.c). DIA_ENOMEM, DIA_ESPACE. */
int dia_capabilities_send_cur(dia_conn *conn);

/* ---- Listeners and identities (self.c) ---- */

struct dia_listener {
    dia_list link; /* in hub->listeners */
    unsigned refs; /* the application's, and those of connections */
    dia_hub *hub;
    dia_self *self;
    dia_path_rules *path; /* NULL: the node's */
    const char **allow;   /* NULL: the node's; NULL-terminated, in one block */
    size_t allow_size;
    char *name;
    dia_inband inband; /* on connections without TLS */
};

/* A sentence about what is wrong with it; NULL: nothing. What it leaves out is the node's. */
const char *dia_identity_wrong(const dia_identity *identity);
/* Is it the name of a host? Nodes are named by FQDNs; peers that are named by their address are borne all the same. */
bool dia_origin_host_makes_sense(const char *host);
bool dia_addresses_make_sense(const dia_address *addresses, size_t n);
bool dia_identity_is_empty(const dia_identity *identity);
dia_self *dia_self_new(dia_hub *hub, const dia_identity *identity);
dia_self *dia_self_ref(dia_self *self);
void dia_self_unref(dia_hub *hub, dia_self *self); /* NULL is fine */

static inline void dia_path_unref(dia_hub *hub, dia_path_rules *rules)
{
    if (rules && !--rules->refs)
        dia_release(hub->alloc, rules, rules->size);
}

/* Is this application of the node advertised here? */
bool dia_self_offers(const dia_hub *hub, const dia_self *self, uint32_t application);

dia_listener *dia_listener_ref(dia_listener *listener);
void dia_listener_unref(dia_listener *listener); /* NULL is fine */

/* ---- Who may come (admit.c) ---- */

/* Is there a pattern for this neighbour? NULL: none. And a copy of the list, in one block of *size octets; NULL: no memory. */
bool dia_patterns_match(const char *const *patterns, const dia_stranger *who);
const char **dia_patterns_copy(const dia_hub *hub, const char *const *patterns, size_t *size);

/* May this stranger come? 2001, or the Result-Code to refuse with; 0: without a word. */
uint32_t dia_admit(dia_hub *hub, const dia_stranger *who);

/* ---- Counting (count.c) ---- */

typedef struct dia_result {
    uint32_t code, vendor; /* 0: none */
} dia_result;

/* One more message; `result` is none for requests. `kind` is one of DIA_COUNT_KINDS. */
void dia_count_slowly(dia_conn *conn, uint32_t application, uint32_t command, unsigned kind, dia_result result);

/* The same: mostly it is counted where the last one of its kind was. */
static inline bool dia_count_again(dia_counts *counts, uint32_t application, uint32_t command, unsigned kind,
                                   dia_result result)
{
    dia_count *row = counts->latest[kind];
    if (!row || row->command != command || row->application != application || row->result_code != result.code ||
        row->result_vendor != result.vendor)
        return false;
    row->n++;
    return true;
}

static inline void dia_count_message(dia_conn *conn, uint32_t application, uint32_t command, unsigned kind,
                                     dia_result result)
{
    if (!dia_count_again(&conn->peer->counts, application, command, kind, result))
        dia_count_slowly(conn, application, command, kind, result);
}

/* Counts it where this has its row already; false: it has none. */
bool dia_count_found(dia_conn *conn, uint32_t application, uint32_t command, unsigned kind, dia_result result);

/* The same for a message of the base protocol, once it is known whose it is. */
void dia_count_base(dia_conn *conn, const dia_command *command, bool sent, uint32_t result_code);

/* The same for an answer to a request of this peer: where its request had no row of its own, neither has this. */
void dia_count_answer(dia_conn *conn, uint32_t application, uint32_t command, dia_result result);

/* A request of this row, or of the one that stands for it, took so long to be answered. */
void dia_count_latency(dia_peer *peer, uint32_t application, uint32_t command, bool sent, int64_t us);

/* The result that an answer says. */
dia_result dia_result_of(dia_bytes answer);

/* Adds what stands in `from`; without memory some of it is lost. */
void dia_counts_join(dia_hub *hub, dia_counts *to, const dia_counts *from);
void dia_counts_done(dia_hub *hub, dia_counts *counts);

/* ---- Inside the room ---- */

/* conn.c: what the driver is asked for; reading ends to be paused, and goes on. */
void dia_conn_wish(dia_conn *conn, dia_todo_kind kind);
void dia_conn_wish_read(dia_conn *conn);
void dia_conn_unpause(dia_conn *conn);
void dia_conn_read_again(dia_conn *conn);

static inline int64_t dia_after(int64_t since_us, uint32_t ms)
{
    return since_us + (int64_t)ms * 1000;
}

/* output.c: is that more than an equal part of limits.memory, while that is used up? And what its buffers hold. */
bool dia_conn_is_above_part(const dia_conn *conn, size_t held);
size_t dia_conn_buffered(const dia_conn *conn);

/* receive.c: a whole message came. */
void dia_conn_receive(dia_conn *conn, dia_bytes message);

/* acceptor.c: the first message of an incoming connection; silence or a sign of life of an old connection; TLS behind CER and CEA
 * has shown who it is; the peer is left, and so are those that only say to be it. */
void dia_acceptor_receive(dia_conn *conn, const dia_header *header, dia_bytes message);
void dia_acceptor_probed(dia_peer *peer, bool alive);
void dia_acceptor_proven(dia_conn *conn);
void dia_acceptor_leave(const dia_peer *peer, const char *reason);

/* capabilities.c */
int dia_capabilities_send_cer(dia_conn *conn);
int dia_capabilities_send_cea(dia_conn *conn, uint32_t result_code, const dia_fault *fault);
void dia_capabilities_answer_cur(dia_conn *conn, const dia_header *header, dia_bytes message);
void dia_capabilities_take_cua(dia_conn *conn, dia_bytes message);
/* Judges a CER or CEA. 0: `found` is filled in (views of the message); otherwise the Result-Code, with a fault. */
typedef struct dia_capabilities {
    dia_bytes host, realm, product;
    uint32_t vendor_id, firmware_revision;
    dia_address address;
    uint32_t *apps; /* in the arena */
    size_t n_apps;
    bool relay;
    uint32_t origin_state_id;
} dia_capabilities;
uint32_t dia_capabilities_judge_cer(dia_conn *conn, const dia_header *header, dia_bytes message, dia_arena *arena,
                                    dia_capabilities *found, dia_fault *fault);
uint32_t dia_capabilities_judge_cea(dia_conn *conn, const dia_header *header, dia_bytes message, dia_arena *arena,
                                    dia_capabilities *found, dia_fault *fault);

/* secure.c: what protects a connection. False: it was ended by who heard of it. */
bool dia_secure_take(dia_conn *conn, const dia_security *security);
/* May the other end call itself so? Else a sentence in `why`. */
bool dia_secure_names(const dia_conn *conn, dia_bytes host, dia_bytes realm, char *why, size_t size);
/* Inband-Security-Id of CER and CEA; `chosen`: of a CEA that accepts. Where theirs is in agreement with ours, NULL, and conn->upgrades says
 * whether TLS follows; else a sentence. */
dia_u32_list dia_secure_offer(const dia_conn *conn, bool chosen);
const char *dia_secure_disagree(dia_conn *conn, dia_u32_list theirs);
/* A sentence when there can be no agreement whatever they say; `secured`: it is protected. */
const char *dia_secure_impossible(const dia_conn *conn, bool secured);
/* It follows now; something is due for the certificate. */
void dia_secure_begin(dia_conn *conn);
void dia_secure_ring(dia_conn *conn);

/* The wall clock was set: certificates end at another moment. */
void dia_secure_set_clock(dia_hub *hub, int64_t wall_s);

/* watchdog.c */
typedef enum dia_watch_event {
    DIA_WATCH_ON_DWA,
    DIA_WATCH_ON_LAST_DWA, /* the one that ends REOPEN */
    DIA_WATCH_ON_OTHER,
    DIA_WATCH_ON_TIMER,
    DIA_WATCH_ON_TIMER_PENDING, /* while a DWR is not answered */
    DIA_WATCH_ON_TIMER_MISSED,  /* the same in REOPEN, where one was missed before */
    DIA_WATCH_ON_UP,
    DIA_WATCH_ON_DOWN,
    DIA_WATCH_EVENTS
} dia_watch_event;
void dia_watchdog_step(dia_peer *peer, dia_watch_event event, dia_conn *conn);
bool dia_watchdog_has_row(dia_watch_state state, dia_watch_event event);
void dia_watchdog_up(dia_conn *conn);
int64_t dia_watchdog_due(const dia_conn *conn);
void dia_watchdog_ring(dia_conn *conn);
void dia_watchdog_heard(dia_conn *conn);
int dia_watchdog_send_dwr(dia_conn *conn);
void dia_watchdog_take_dwa(dia_conn *conn, dia_bytes message);
void dia_watchdog_answer(dia_conn *conn, const dia_header *header, dia_bytes message);

/* disconnect.c */
int dia_disconnect_send_dpr(dia_conn *conn, dia_cause cause);
void dia_disconnect_answer(dia_conn *conn, const dia_header *header, dia_bytes message);
/* A sentence for the application about what this DPR means. */
const char *dia_disconnect_reason(dia_bytes dpr);

/* wheel.c */
struct dia_wheel *dia_wheel_new(const dia_allocator *alloc, int64_t now_us);
void dia_wheel_free(struct dia_wheel *wheel, const dia_allocator *alloc);
void dia_wheel_put(struct dia_wheel *wheel, dia_waiting *waiting);
void dia_wheel_remove(struct dia_wheel *wheel, dia_waiting *waiting);
int64_t dia_wheel_deadline(const struct dia_wheel *wheel);
/* The next waiting whose time is up, taken out; NULL: none. */
dia_waiting *dia_wheel_expired(struct dia_wheel *wheel, int64_t now_us);

#endif

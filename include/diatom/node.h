/* The node: one Diameter identity with its connections, peers, applications, requests and answers.
 *
 * Sans-I/O: octets, time and changes of connections are arguments, wishes come back as values. A ready-made driver over
 * sockets is diatom/loop.h; this header's last section is all that a driver of one's own needs.
 *
 * One node, one thread. Callbacks run inside dia_node_accept(), dia_conn_connected(), dia_conn_input(),
 * dia_conn_closed() and dia_node_tick(), and inside dia_node_add_peer(), dia_node_change_peer(), dia_node_connect_peer(),
 * dia_node_disable_peer(), dia_node_enable_peer(), dia_node_disconnect_peer(), dia_node_remove_peer(), dia_node_stop() and dia_node_free() for what these
 * begin or end; never inside dia_node_send()
 * and its typed forms, and dia_request_answer(). Everything may be called from a callback except those first five; freeing
 * the node there takes effect when the callback returns. Views that a callback gets die when it returns. Durations are
 * milliseconds, counted from the driver's call in which they begin, or from config.clock. */
#ifndef DIATOM_NODE_H
#define DIATOM_NODE_H

#include "diatom/dict.h"
#include "diatom/discover.h"
#include "diatom/route.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_node dia_node;
typedef struct dia_peer dia_peer;       /* a neighbour; owned by the node */
typedef struct dia_conn dia_conn;       /* a transport connection; owned by the node */
typedef struct dia_request dia_request; /* a request that was received and is not yet answered */

/* Any function, until it is cast back to what it is. */
typedef void dia_untyped(void);

/* ---- Configuration ---- */

/* What a peer can make grow, and how long it may take. 0 means the default in brackets. */
typedef struct dia_limits {
    size_t message; /* octets of the longest message accepted or sent [1 MiB] */
    size_t decoded; /* octets of one decoded message's arena, at least 4,096 [1 MiB] */
    size_t memory;  /* octets of all that the node holds: partial messages, output, requests sent and kept, peers, and
                               what the driver holds for connections beside (dia_conn_hold(); of loop.h 44 KiB and
                               more under TLS: tls.h). Above it a connection that holds more than its part (memory /
                               connections) is not read; its requests get 3004, ours to it DIA_EBUSY. Who comes then is
                               accepted and has its part, also for TLS, unless that would be less than 8 KiB: what all
                               hold passes the limit by no more than such parts. Who does not take what was passed back
                               to him gets 3004 in the place of more. Requests that the application keeps though their
                               connection is gone count for the next ones of that address [256 MiB] */
    uint32_t turn;  /* messages of one connection handled at once, before others have their turn [128] */
    uint32_t connections; /* all connections [20,000] */
    uint32_t per_address; /* incoming connections from one address, of IPv6 from one /64 [1,000] */
    uint32_t before_cer;  /* incoming connections without CER yet, or refused and not gone; above it, and when there are
                             too many connections, the oldest goes [256] */
    uint32_t unknown_peers; /* peers that were not configured but accepted [20,000] */
    uint32_t pending;       /* unanswered requests that we sent, per connection [65,536] */
    uint32_t unanswered;    /* kept requests of one connection, not yet answered by us; with those of its address whose
                               connections are gone [65,536] */
    size_t output_soft;     /* octets waiting for one connection: above it new requests get DIA_EBUSY [1 MiB] */
    size_t output_hard; /* above it nothing is read from that connection, and kept requests of it are not answered: also
                               DIA_EBUSY [8 MiB] */
    uint32_t cer_ms;    /* for CER to come, or CEA [10,000] */
    uint32_t partial_ms; /* for the rest of a message that has begun to come [10,000] */
    uint32_t stall_ms;   /* without a single octet taken while output waits: reset; when memory is used up, a connection
                               that holds more than its part has to take 64 KiB in this time, and one that is not read,
                               since more than output_hard waits for it, a 128th of that [10,000] */
    uint32_t disconnect_ms;  /* for DPA, and for the close behind it [5,000] */
    uint32_t drain_ms;       /* for requests under way before the DPR of an orderly end [5,000] */
    uint32_t counts;         /* rows of dia_peer_counts() a peer, at least 4; what is beyond them shares those [256] */
    size_t duplicates;       /* octets of answers remembered for requests that come again; one above a quarter of it is
                               not remembered. Part of `memory` [64 MiB, at most a quarter of `memory`] */
    uint32_t duplicates_ms;  /* how long: then an End-to-End id may be used again (RFC 6733, 3) [240,000] */
    uint32_t relay_ms;       /* for the answer to a request that is relayed; then it is answered 3002 [30,000] */
    uint32_t redirects;      /* redirects that are remembered, as Redirect-Host-Usage says [10,000] */
    size_t redirect_octets;  /* that they hold [4 MiB] */
    uint32_t redirect_peers; /* peers that redirects made us connect to; unknown_peers counts them, too [16] */
    uint32_t redirect_waiting; /* requests that wait for such connections [1,000] */
    uint32_t redirect_idle_ms; /* without requests, until such a peer is disconnected and forgotten [60,000] */
} dia_limits;

/* What becomes of a request that is answered 3006 (DIAMETER_REDIRECT_INDICATION): it goes to the first of the Redirect-Hosts
 * that can take it (RFC 6733, 6.1.8 and 6.12). */
typedef enum dia_redirects {
    DIA_REDIRECTS_FOLLOW,  /* of those that are peers already */
    DIA_REDIRECTS_CONNECT, /* where none is, one of them is connected to: config.redirect_hosts */
    DIA_REDIRECTS_IGNORE   /* the answer is an answer as any */
} dia_redirects;

/* For dia_node_config.retry: a protocol error from 3001 to 3031. */
#define DIA_RETRY_ON(result_code) (UINT32_C(1) << ((result_code)-3000))
#define DIA_RETRY_NEVER           UINT32_C(1)

/* Which way a peer's requests may have come (RFC 6733, 2.9): what they say of their origin, and of the nodes that passed them on.
 * Lists are NULL-terminated, copied, and hold names like "a.example.net", "*.example.net" and "*"; NULL: anything. A request that
 * says something else is answered 5003. An AVP that is not there breaks no list. */
typedef struct dia_peer_path {
    const char *const *origin_hosts, *const *origin_realms;
    const char *const *route_records; /* each Route-Record must be one of these, and there are at most 256 */
    bool direct; /* the peer is no agent: its requests have its own Origin-Host, and no Route-Record */
} dia_peer_path;

struct dia_event;
struct dia_message_seen;
struct dia_stranger;
struct dia_way;

/* dia_node_config.reopen_dwas: requests go to a peer that failed as soon as it is connected again. */
#define DIA_REOPEN_AT_ONCE UINT32_MAX

typedef struct dia_node_config {
    const char *origin_host;  /* DiameterIdentity, no IP address; required; copied, like every string here */
    const char *origin_realm; /* required */
    const char *product_name; /* at most 255 octets; NULL: "Diatom" */
    uint32_t vendor_id;       /* of the implementation; 0 is allowed (RFC 6733, 5.3.3) */
    uint32_t firmware_revision;
    const char *destination_realm; /* for requests that name none; NULL: the peer's, unless it relays: then they must */
    const dia_address *host_ip_addresses; /* NULL: the local address of each connection */
    size_t n_host_ip_addresses;
    /* NULL-terminated patterns of peers that may connect without being configured; NULL: none. A host ("a.example.net",
     * "*.example.net", "*") or a realm ("realm:example.net", "realm:*.example.net"), each with or without a range of
     * addresses behind it ("*@192.0.2.0/24", "*.example.net@2001:db8::/32"). */
    const char *const *allow;
    /* Asked about peers that are not configured and that no pattern lets in: 2001 lets it in, 0 closes without a word,
     * another Result-Code refuses with it. NULL: all are refused (3010). It must not call the node. */
    uint32_t (*admit)(void *arg, dia_node *node, const struct dia_stranger *who);
    dia_peer_path path; /* of peers that have none of their own, and no listener with one */
    /* Asked about each request of a peer that its path allows, whoever it is for: 0 or 2001 lets it pass, another Result-Code
     * answers it. NULL: nobody is asked. It must not call the node. */
    uint32_t (*authorize)(void *arg, dia_node *node, const struct dia_way *way);
    uint32_t watchdog_ms; /* Tw of RFC 3539 [30,000], at least 6,000; plus or minus up to 2 s, drawn each time */
    /* RFC 3539, 3.4.1: DWRs that must be answered on a connection of ours that was made anew after a failure, before requests
     * go there [3]; or DIA_REOPEN_AT_ONCE. */
    uint32_t reopen_dwas;
    /* Meanwhile requests of the peer are thrown away, as the table of RFC 3539 has it; otherwise they are served, for a peer
     * that knows nothing of our doubts would lose them. */
    bool reopen_discards;
    uint32_t reconnect_ms;     /* Tc of RFC 6733, 2.1 [30,000]; plus or minus up to a tenth */
    uint32_t reconnect_max_ms; /* Tc doubles with every failure in a row up to this [4 x Tc] */
    /* How often a request is sent at most [3]. When the connection to a peer is lost or suspect, what the peer has not
     * answered goes to another one that can take it, with T set and the same End-to-End id, if there is one (RFC 6733,
     * 5.5.4). 1: never. Suspicion takes two watchdog_ms of silence: a request saved by it needs a longer timeout_ms. Whatever it
     * is repeated for, it has one deadline, and never more than 100 tries. Each hop counts its own: where agents are meshed and
     * all ways are dead ends, tries multiply. */
    uint32_t tries;
    /* After so long without an answer it also goes to another peer, with T set; the first answer counts. 0: not before the
     * connection is lost or suspect. */
    uint32_t try_ms;
    /* The protocol errors after which it goes to another peer, without T [DIA_RETRY_ON(3002) | DIA_RETRY_ON(3004)]; or
     * DIA_RETRY_NEVER. A peer that answered so is not asked again, unless it is the Destination-Host and has another connection.
     * When nobody is left to ask, the answer is the outcome. */
    uint32_t retry;
    dia_redirects redirects; /* whether it goes where a 3006 says, to one of its first 64 hosts; that, too, is a try */
    /* Hosts that DIA_REDIRECTS_CONNECT may connect to: NULL-terminated patterns ("a.example.net", "*.example.net", "*"); NULL:
     * any. */
    const char *const *redirect_hosts;
    bool redirect_clear; /* it may connect to them without TLS (aaa://); else such a Redirect-Host is passed over */
    /* Realms that may be looked for in the DNS (RFC 6733, 2.7 and 5.2) when a request passes for which there is no way: NULL-terminated
     * patterns ("example.net", "*.example.net", "*"); NULL: none. The request waits, as long as for its answer, until a peer of the
     * realm is connected; that is one over TLS, of that realm, which offers the application. One that meets the hooks of a proxy
     * waits behind the first of them. Bounds are limits.redirect_peers, redirect_waiting and redirect_idle_ms. Where there is no room
     * for one more realm, the oldest makes way that led nowhere for a second, or has led nowhere for five; or the oldest that is
     * not connected of the peer that has asked for most of these. Else the request gets 3004, and so do those that waited for
     * what has made way, and those of a connection that leaves no more of redirect_waiting than it has. */
    const char *const *discover;
    bool passes_on; /* what the node offers and no handler serves goes to its peers, as with a table of routes */
    bool realm_of_user_name;  /* Destination-Realm is that of User-Name, a NAI, where a request does not say it (6.6) */
    bool handle_duplicates;   /* requests that come again go to the handlers; see "A request received" */
    bool capabilities_update; /* speak RFC 6737: dia_node_announce(), and updates of peers */
    dia_level receive_level;  /* rules for what comes [lenient] */
    dia_level send_level;     /* rules for what goes [strict] */
    dia_limits limits;
    /* Commands that these know are counted one by one also where the node only passes them on (dia_peer_counts()); kept, and
     * longer than the node. NULL: those of its own applications alone. */
    const dia_dicts *dicts;
    const dia_allocator *alloc; /* kept; NULL: the C library's */
    uint8_t seed[32];           /* all randomness of the node comes from here; loop.h fills it when all zero */
    int64_t wall_clock;         /* seconds since 1970 at the start; 0: loop.h fills it */
    dia_time (*clock)(void);    /* the driver's clock, asked when the application calls between two calls of the driver;
                                   NULL: the time of the driver's last call. loop.h fills it */
    bool state_events;          /* on_event also hears each step: DIA_EVENT_STATE, DIA_EVENT_WATCHDOG */
    void (*on_event)(void *arg, dia_node *node, const struct dia_event *event);         /* may be NULL */
    void (*on_message)(void *arg, dia_node *node, const struct dia_message_seen *seen); /* the tap; may be NULL */
    void *arg;                                                                          /* of all of them */
} dia_node_config;

/* DIA_EINVAL with a sentence in `why` (may be NULL) when the configuration makes no sense. */
int dia_node_new(const dia_node_config *config, dia_time now, dia_node **out, char *why, size_t why_size);

/* Is it a pattern for `allow`, of this config or of a listener's? NULL is none. */
bool dia_allow_pattern_valid(const char *pattern);

/* Ends at once, without DPR. Every request sent and not answered gets its outcome DIA_OUTCOME_STOPPED; requests kept and
 * not answered are released. */
void dia_node_free(dia_node *node);

/* The members `tries`, `try_ms` and `retry` of the configuration from now on, 0 being their defaults again; requests under way
 * count their tries on. DIA_EINVAL (dia_node_last_fault() says why): the old ones stay. */
int dia_node_set_retry(dia_node *node, uint32_t tries, uint32_t try_ms, uint32_t retry);

/* Other limits from now on; 0 is the default again. What has begun is measured by the new ones where it goes on: a connection
 * more than there may be stays, and no new one is accepted. DIA_EINVAL (dia_node_last_fault() says why): the old ones stay. */
int dia_node_set_limits(dia_node *node, const dia_limits *limits);

/* ---- Applications and handlers ---- */

/* Advertises the application of this dictionary in CER and CEA and binds its commands. A node that only sends says this
 * before it connects; a node that serves need not: dia_node_serve() does it. A second dictionary for one application is
 * DIA_EEXIST, the same one again is fine. `dict` is kept. */
int dia_node_use(dia_node *node, const dia_dict *dict);

/* Replaces the dictionary of an application while the node runs. From here on requests are read and sent with `dict`.
 * Requests in hand keep the tables with which they came until they are answered, requests sent keep theirs until their
 * outcome; then the old dictionary is released. What was advertised to peers stays. `dict` is kept.
 *
 * Handlers of dia_node_serve() and its typed forms are bound to the layout of a struct. They go on with `dict` when it has
 * their command with a struct of the same layout, groups included (values, flags and documentation may differ);
 * otherwise it is DIA_ERULE, dia_node_last_fault() names the command, and nothing changes. The generic handler takes any
 * dictionary. DIA_ENOENT: the node has no dictionary of this application; DIA_EINVAL: `dict` would advertise it
 * otherwise, or has none; DIA_EVERSION; DIA_ENOMEM. */
int dia_node_replace(dia_node *node, const dia_dict *dict);

/* The relay application (RFC 6733, 2.4 and 2.8.1). A node that advertises it passes on, octet by octet, what is not for it: to
 * the peer that Destination-Host names, else to one of Destination-Realm that offers the application, else to another
 * relay. */
#define DIA_APP_RELAY UINT32_C(0xffffffff)

/* Advertises an application without a dictionary: its messages go to the generic handler. Also DIA_APP_RELAY. */
int dia_node_advertise(dia_node *node, uint32_t application, uint32_t vendor, dia_app_kind kind);

/* Takes an application back: it is advertised no more, and its requests are answered 3007. Open peers learn of it by
 * dia_node_announce(). DIA_ENOENT: it was not advertised. */
int dia_node_withdraw(dia_node *node, uint32_t application);

/* Tells all open peers that speak RFC 6737 what is advertised now (Capabilities-Update); others learn of it when they connect
 * anew. The number of peers that were told; DIA_ENOTSUP without config.capabilities_update. */
int dia_node_announce(dia_node *node);

/* Calls `call(fn, request, msg, arg)` for each such request; msg is its struct. Serving again replaces. The typed forms
 * dia_serve_... of diatom/app/<name>_node.h are what programs use. */
typedef void dia_request_call(dia_untyped *fn, dia_request *request, const void *msg, void *arg);
int dia_node_serve(dia_node *node, const dia_command *request, dia_request_call *call, dia_untyped *fn, void *arg);

/* Handles every request that nothing else serves, of applications advertised. */
typedef void dia_request_fn(dia_request *request, void *arg);
void dia_node_serve_any(dia_node *node, dia_request_fn *fn, void *arg);

/* ---- A request received ---- */

/* A handler sees a request once. Whoever got no answer sends it again, often on another connection, with T set and the
 * same Origin-Host and End-to-End id (RFC 6733, 3, 5.5.4 and appendix C; RFC 3539, 2.5 and 3.5): such a repeat gets the first
 * answer again, with its own Hop-by-Hop id and Proxy-Info, or waits for it while the first one is kept - and has it although
 * the first one's connection is gone meanwhile. Where the original comes behind its repeat, it is taken for the repeat.
 * The handler does see it again where there is no answer to repeat: there was none in limits.duplicates and duplicates_ms, or
 * it had E (too busy and other protocol errors: they say that nothing was done), or nobody got it (DIA_ENOENT), or
 * the handler neither answered nor kept it. A request without T is a new one, also with an id that was there before; so is
 * one of another command, or of another Session-Id than that of the answer. config.handle_duplicates turns all this off. */

dia_node *dia_request_node(const dia_request *request);
const dia_peer *dia_request_peer(const dia_request *request);
const dia_conn *dia_request_conn(const dia_request *request); /* NULL: it is gone */
dia_header dia_request_header(const dia_request *request);
dia_bytes dia_request_octets(const dia_request *request);
const dia_command *dia_request_command(const dia_request *request); /* NULL: unknown here */

/* Answers with a struct. Session-Id, Origin-Host, Origin-Realm, application ids and Proxy-Info are filled in where the
 * struct leaves them empty, P is the request's, E follows from the Result-Code. 0 ends the request. DIA_ERULE (the
 * struct breaks the grammar, or has neither Result-Code nor Experimental-Result; dia_node_last_fault() says what),
 * DIA_ENOMEM, DIA_ESPACE (longer than limits.message) and DIA_EBUSY (more than limits.output_hard waits for this peer;
 * only of requests that were kept) leave it to be answered again; DIA_ENOENT: the connection is gone, and with it the
 * request; not while a repeat of it waits on another connection, which is answered then. So do the other three. */
int dia_request_answer(dia_request *request, const dia_command *answer, const void *msg);

/* Answers with octets: a whole message whose Hop-by-Hop and End-to-End ids are replaced by the request's. */
int dia_request_answer_octets(dia_request *request, dia_bytes message);

/* Answers with a Result-Code and, unless NULL, an Error-Message, in the form of RFC 6733, 7.2 when E is set. */
int dia_request_fail(dia_request *request, uint32_t result_code, const char *error_message);

/* The same with the Failed-AVP of a fault. */
int dia_request_fault(dia_request *request, const dia_fault *fault);

/* Answers with the least that the grammar of its command's answer takes (dia_put_least): what it requires is filled with
 * the request's values where the same AVP stands in it, else with the first that its type allows. For stand-ins, tests
 * and commands whose answers say nothing. A Result-Code of 3xxx has the form of dia_request_fail(). DIA_EINVAL: no
 * dictionary of this node has the command; DIA_ENOENT: the connection is gone, and with it the request. */
int dia_request_answer_least(dia_request *request, uint32_t result_code);

/* Keeps a request beyond the handler, to be answered later: copies its octets and binds anew. The struct that is
 * returned replaces the handler's, until the request is answered, also when its connection is gone meanwhile (answering
 * it is DIA_ENOENT then, and releases it). NULL: no memory, or too many kept; the handler should then answer at once. A request that a handler neither answers nor keeps is answered 5012. */
const void *dia_request_keep(dia_request *request);

/* Redirect-Host-Usage (RFC 6733, 6.13): the messages for which the receiver of a redirect may remember it. */
typedef enum dia_redirect_usage {
    DIA_REDIRECT_DONT_CACHE,
    DIA_REDIRECT_ALL_SESSION,
    DIA_REDIRECT_ALL_REALM,
    DIA_REDIRECT_REALM_AND_APPLICATION,
    DIA_REDIRECT_ALL_APPLICATION,
    DIA_REDIRECT_ALL_HOST,
    DIA_REDIRECT_ALL_USER
} dia_redirect_usage;

/* Answers 3006: the request is to be sent to one of these `n` hosts, DiameterURIs ("aaa://a.example.net:3868") or
 * DiameterIdentities, in this order. How long the receiver may remember it, in seconds, is said with every usage but
 * DIA_REDIRECT_DONT_CACHE, and with that must be 0 (6.14). A redirect agent advertises DIA_APP_RELAY (2.8.3). DIA_EINVAL: none of
 * that, or no host; the others as dia_request_answer(). */
int dia_request_redirect(dia_request *request, const char *const *hosts, size_t n, dia_redirect_usage usage,
                         uint32_t max_cache_s);

/* Origin-Host and Origin-Realm of the request, views of it; absent: not there. A request that goes back to its sender (RAR, ASR)
 * has them as Destination-Host and Destination-Realm (RFC 6733, 6.5 and 6.6). */
typedef struct dia_sender {
    dia_bytes host, realm;
} dia_sender;
dia_sender dia_request_sender(const dia_request *request);

/* Why the last of our own calls that failed did so - dia_request_answer(), dia_node_send(), dia_node_add_peer() and the like:
 * a sentence for people, at most 255 octets. Never NULL. Of a request that nobody can take it names the application, the host or realm,
 * and what is missing. */
const char *dia_node_last_fault(const dia_node *node);

/* ---- A request sent ---- */

typedef enum dia_outcome_kind {
    DIA_OUTCOME_ANSWER,     /* it came; `msg` is its struct */
    DIA_OUTCOME_BAD_ANSWER, /* it came and broke its grammar: `fault`; `msg` is what was understood, or NULL */
    DIA_OUTCOME_TIMEOUT,    /* nothing came in time */
    DIA_OUTCOME_LOST,       /* the connection went, and no other peer could take the request */
    DIA_OUTCOME_STOPPED     /* the node ended */
} dia_outcome_kind;

typedef struct dia_outcome {
    dia_outcome_kind kind;
    uint32_t result_code;       /* of Result-Code or Experimental-Result-Code; 0: none */
    uint32_t result_vendor;     /* of Experimental-Result; 0: Result-Code */
    bool error;                 /* the E bit */
    dia_header header;          /* of the answer */
    dia_bytes octets;           /* the answer; absent when there is none */
    const dia_peer *peer;       /* who answered, or should have; NULL when it is gone */
    int64_t latency_us;         /* since it was sent for the first time */
    uint32_t tries;             /* how often it was sent */
    const dia_fault *fault;     /* of DIA_OUTCOME_BAD_ANSWER */
    const dia_command *command; /* of the answer; NULL for octets of unknown commands */
    dia_node *node;
} dia_outcome;

const char *dia_outcome_name(dia_outcome_kind kind);

/* Sends a request to the peer that Destination-Host names if it can take one now, else to one that serves the application, of
 * the Destination-Realm if there is one, else an agent, in turn. Session-Id, Origin-Host, Origin-Realm, Destination-Realm and application ids are
 * filled in where the struct leaves them empty. timeout_ms 0 means 10,000.
 *
 * 0: `call(fn, outcome, msg, arg)` will run exactly once, unless cancelled. A negative number: it never runs.
 * DIA_ENOROUTE no open peer, DIA_ESTATE the node stops, DIA_EBUSY, DIA_ERULE (dia_node_last_fault says why), DIA_ENOMEM,
 * DIA_ESPACE. */
typedef void dia_outcome_call(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg);
int dia_node_send(dia_node *node, const dia_command *request, const void *msg, uint32_t timeout_ms,
                  dia_outcome_call *call, dia_untyped *fn, void *arg);

/* Sends octets, a whole request, as they are but for the Hop-by-Hop id, and the End-to-End id when it is 0. `peer` may be
 * NULL: then as above. */
typedef void dia_outcome_fn(const dia_outcome *outcome, void *arg);
int dia_node_send_octets(dia_node *node, const dia_peer *peer, dia_bytes message, uint32_t timeout_ms,
                         dia_outcome_fn *fn, void *arg);

/* The handle of the request that was sent last; 0 before the first. */
uint64_t dia_node_last_sent(const dia_node *node);

/* The callback of this request will not run. DIA_ENOENT: it has run already, or there is no such request. */
int dia_node_cancel(dia_node *node, uint64_t sent);

/* ---- Identities and listeners ---- */

/* Who we are towards a peer or behind a listener, where that differs from the node's configuration. Copied. A neighbour is one
 * peer of the node whichever identity it knows: under one Origin-Host it has one connection (dia_peer_config.connections),
 * not one with each identity. */
typedef struct dia_identity {
    const char *origin_host, *origin_realm; /* NULL: the node's */
    const uint32_t *applications;           /* of those of the node, the ones that are advertised here; NULL: all */
    size_t n_applications;
    const dia_address *host_ip_addresses; /* NULL: the node's */
    size_t n_host_ip_addresses;
} dia_identity;

/* TLS in a connection that stands, behind CER and CEA, by Inband-Security-Id: for peers of RFC 3588, which know no other way
 * (RFC 6733, 13.1 and 6.10). What passed before it can have been changed on the way. Of TCP alone: an association of SCTP is not
 * offered it, and is given up where it is demanded. */
typedef enum dia_inband {
    DIA_INBAND_OFF,    /* NO_INBAND_SECURITY; whoever wants TLS alone gets 5017 */
    DIA_INBAND_OFFER,  /* both are offered, TLS is taken when the peer has it */
    DIA_INBAND_REQUIRE /* TLS alone: else 5017 */
} dia_inband;

/* Where peers connect to us: what all connections accepted there have in common. A driver names it in dia_conn_info. */
typedef struct dia_listener dia_listener;
typedef struct dia_listener_config {
    dia_identity identity;    /* towards peers that have none of their own */
    const char *const *allow; /* as in dia_node_config, instead of those; NULL: those */
    const char *name;         /* for dia_listener_name(); copied; NULL: "" */
    dia_peer_path path;       /* of peers that have none of their own; nothing in it: the node's */
    dia_inband inband;        /* on connections without TLS */
} dia_listener_config;

/* How the application called it. Never NULL; "" for none. */
const char *dia_listener_name(const dia_listener *listener);

/* DIA_EINVAL, DIA_ENOMEM. It lives until dia_node_remove_listener() or as long as the node; connections accepted there
 * stay. */
int dia_node_add_listener(dia_node *node, const dia_listener_config *config, dia_listener **out);
void dia_node_remove_listener(dia_node *node, dia_listener *listener);

/* ---- Peers ---- */

/* RFC 6733, 5.6, with the names of its table. */
typedef enum dia_peer_state {
    DIA_PEER_CLOSED,
    DIA_PEER_WAIT_CONN_ACK,
    DIA_PEER_WAIT_I_CEA,
    DIA_PEER_WAIT_CONN_ACK_ELECT,
    DIA_PEER_WAIT_RETURNS,
    DIA_PEER_R_OPEN,
    DIA_PEER_I_OPEN,
    DIA_PEER_CLOSING,
    DIA_PEER_STATES
} dia_peer_state;
const char *dia_peer_state_name(dia_peer_state state);

/* RFC 3539, appendix A. Requests go to a peer that is OKAY. */
typedef enum dia_watch_state {
    DIA_WATCH_INITIAL, /* never connected */
    DIA_WATCH_OKAY,
    DIA_WATCH_SUSPECT, /* a DWR was not answered in time: it gets nothing new */
    DIA_WATCH_DOWN,    /* not connected any more */
    DIA_WATCH_REOPEN,  /* connected again after a failure, being tried with DWRs: it gets nothing new */
    DIA_WATCH_STATES
} dia_watch_state;
const char *dia_watch_state_name(dia_watch_state state);

/* How the driver is to make sockets. 0 and NULL: as the system has it. loop.h does all of this. */
typedef struct dia_socket_options {
    /* Address to connect from, or several: "192.0.2.1", "2001:db8::1,2001:db8:1::1". SCTP uses all, TCP the first of the peer's
     * family. */
    const char *local;
    const char *tls;          /* name of the dia_loop_tls() that protects `aaas`; NULL: the one without a name */
    uint32_t dscp;            /* 0 to 63 */
    uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT */
    uint32_t keepalive_s;     /* silence before the first probe */
    uint32_t send_buffer, receive_buffer; /* octets */
    /* SCTP (RFC 9260). The defaults let another path take over within a second; those of the RFC take a minute. */
    uint32_t streams;                /* out, and in at most, to 65,535 [16] */
    uint32_t rto_min_ms, rto_max_ms; /* of retransmission [100, 1,000] */
    uint32_t heartbeat_ms;           /* on idle paths [5,000] */
    uint32_t path_retries;           /* before a path counts as broken [3]; the association ends after twice as many */
    uint32_t udp_port; /* of the other end, where SCTP goes in UDP (RFC 6951). 0: 9899 where usrsctp goes in UDP
                        * (dia_sctp_config.udp_port), and the kernel's does not */
} dia_socket_options;

/* Disconnect-Cause (RFC 6733, 5.4.3). */
typedef enum dia_cause { DIA_CAUSE_REBOOTING, DIA_CAUSE_BUSY, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU } dia_cause;

typedef struct dia_peer_config {
    const char *host; /* its DiameterIdentity; NULL: learned from CEA (only together with `connect` or
                         `realm`) */
    /* DiameterURI to connect to ("aaas://hss1.example.net"), or a host, with a port or without: then TLS over TCP is tried
     * first, DTLS over SCTP next, and where `insecure` says so TCP and SCTP, each at once when the one before has failed (RFC
     * 6733, 2.1); of "hss1.example.net;transport=sctp" only those of SCTP. NULL: it connects to us */
    const char *connect;
    uint32_t watchdog_ms; /* 0: the node's */
    /* More of them, NULL-terminated, tried in this order, each at once when the one before has failed; behind the last
     * one comes Tc. NULL: none. */
    const char *const *also;
    uint32_t reconnect_ms, reconnect_max_ms; /* 0: the node's */
    /* That it may have at a time, for a peer of several processes (RFC 6733, 2.1); as many are made when we connect. Wants
     * `host` [1], at most 64. */
    uint32_t connections;
    dia_identity identity; /* who we are for it */
    dia_socket_options socket;
    dia_peer_path path; /* nothing in it: the listener's, or the node's. A change counts at once */
    /* Found in the DNS (RFC 6733, 5.2) instead of `connect`: what to ask for is this realm, and for peers of this application
     * [any]. The ways that are found are tried as those of `also`, those with TLS first; they are asked for again before they
     * expire. A connection whose way is named no more ends, and where nothing is left, it is asked again after Tc. A host that
     * says by DPR that it does not want to talk to us is left for the others that were found.
     *
     * Being found is no permission (5.2): with `host` it is that host; else it is one that `found` lets in, patterns as those of
     * dia_node_config.allow, and without them one whose Origin-Realm is this realm; it may be another one each time. It has to
     * offer the application. What the DNS has outside of the realm's domain must show a certificate for both names. Requests
     * to the realm go to it as long as it is there, which is not longer than the DNS says. */
    const char *realm;
    uint32_t realm_application;
    const char *const *found; /* NULL-terminated; copied */
    bool insecure;     /* ways without TLS to a host, or that were found, may be gone, too, behind all others (2.1) */
    dia_inband inband; /* on `aaa` connections of ours */
} dia_peer_config;

/* DIA_EINVAL, DIA_EEXIST (same host), DIA_ESTATE (the node stops). The connection is wished for at once; of a `realm`, what
 * the DNS has (DIA_EVENT_DISCOVERED tells). *out may be NULL. A peer of several connections is a dia_peer for each, with the same host; *out is the first. */
int dia_node_add_peer(dia_node *node, const dia_peer_config *config, dia_peer **out);

/* Gives it another configuration: `host` must be its host, or NULL; `connections` stays. An open connection stays, the
 * configuration counts from the next one on; without one, new addresses are tried at once. DIA_EINVAL, DIA_ENOMEM: nothing
 * has changed. */
int dia_node_change_peer(dia_node *node, const dia_peer *peer, const dia_peer_config *config);

/* Disconnects (DPR, cause DO_NOT_WANT_TO_TALK_TO_YOU, behind requests under way: limits.drain_ms) and forgets the peer, with
 * all its connections. */
int dia_node_remove_peer(dia_node *node, const dia_peer *peer);

/* Connects now instead of after Tc, also to a peer whose DPR forbade it (BUSY, DO_NOT_WANT_TO_TALK_TO_YOU; RFC 6733,
 * 5.4.3): without this call nothing connects to such a peer again until it has come by itself. 0 also when it is open or a
 * connection is under way; DIA_EINVAL: it has no `connect`; DIA_ESTATE: it is being removed or out of service, or the node
 * stops. */
int dia_node_connect_peer(dia_node *node, const dia_peer *peer);

/* Takes it out of service: requests under way may end (limits.drain_ms), then DPR with this cause; it is not connected to, and
 * refused when it connects. And puts it back: it is connected to at once. */
int dia_node_disable_peer(dia_node *node, const dia_peer *peer, dia_cause cause);
int dia_node_enable_peer(dia_node *node, const dia_peer *peer);

/* Ends its connection: requests under way may end (limits.drain_ms), then DPR with this cause. It stays in service: it may
 * come again by itself, and is connected to again by dia_node_connect_peer(), which also takes this back as long as DPR was not
 * sent. DIA_ESTATE: it is being removed or out of service, or the node stops. */
int dia_node_disconnect_peer(dia_node *node, const dia_peer *peer, dia_cause cause);

/* All peers in order of arrival: NULL gives the first; NULL at the end. */
dia_peer *dia_node_next_peer(const dia_node *node, const dia_peer *peer);

/* By its DiameterIdentity, in any case; NULL: there is none. */
dia_peer *dia_node_find_peer(const dia_node *node, const char *host);

/* How many peers could get a request of this application now; `realm` NULL: of any realm. Peers that advertise the relay
 * application count. */
size_t dia_node_reachable(const dia_node *node, uint32_t application, const char *realm);

dia_peer_state dia_peer_get_state(const dia_peer *peer);
dia_watch_state dia_peer_get_watch(const dia_peer *peer);
bool dia_peer_is_open(const dia_peer *peer); /* connected; not always with requests to follow: see REOPEN, SUSPECT */
bool dia_peer_takes_requests(const dia_peer *peer);        /* would it get one now? */
dia_bytes dia_peer_host(const dia_peer *peer);             /* absent while it is not known */
dia_bytes dia_peer_realm(const dia_peer *peer);            /* of its CER or CEA */
const dia_conn *dia_peer_connection(const dia_peer *peer); /* that is open; NULL: none */

/* What is known of a peer at this moment. Views die with the next call that takes the node. */
typedef struct dia_peer_status {
    dia_peer_state state;
    dia_watch_state watch;
    int64_t since_us; /* when it came into `state` */
    bool configured;  /* not a stranger that was let in */
    bool out_of_service;
    bool draining;       /* DPR will go when its requests have ended */
    bool unwanted;       /* nothing reconnects to it by itself: its DPR, or dia_node_disconnect_peer(), forbids it */
    bool initiator;      /* the open connection is ours */
    uint32_t dwas_to_go; /* in DIA_WATCH_REOPEN: DWRs that it has to answer before requests go there; else 0 */
    uint32_t failures;   /* rounds over all its addresses in a row that failed */
    const char *connect; /* DiameterURI that is in use, or comes next; NULL: it connects to us */
    int64_t next_attempt_us; /* when it is connected to again; DIA_NEVER_US */
    /* of CER, CEA or Capabilities-Update; absent and 0 before */
    dia_bytes host, realm, product_name; /* of the product the first 255 octets */
    uint32_t vendor_id, firmware_revision, origin_state_id;
    dia_address host_ip_address;  /* the first one */
    const uint32_t *applications; /* that it advertised, in order; of more than 1,024 those that we have, too */
    size_t n_applications;
    bool relay; /* it advertised the relay application */
    /* now */
    uint32_t pending;    /* requests of ours that it has not answered */
    uint32_t unanswered; /* its requests without an answer: that the application keeps, or that were passed on */
    size_t output;       /* octets that wait to be written */
    /* of the open connection */
    const char *transport; /* "TCP", "SCTP"; NULL: the driver did not say */
    const struct dia_security
        *security; /* who it has proven to be, by what, until when; NULL: it is in clear, or there is none */
    /* the last thing that went wrong; no text: nothing has */
    const char *last_error;
    uint32_t last_error_code; /* Result-Code; 0: none */
    int64_t last_error_us;
} dia_peer_status;
void dia_peer_get_status(const dia_peer *peer, dia_peer_status *out);

/* The applications that we and this peer have in common (RFC 6733, 5.3), of what is advertised to it: the first `max` of them
 * go to `to`. All of ours where either side advertises the relay application. How many there are; 0 before the capabilities
 * exchange. */
size_t dia_peer_common(const dia_peer *peer, uint32_t *to, size_t max);

typedef struct dia_counters {
    uint64_t requests_in, requests_out, answers_in, answers_out;
    uint64_t octets_in, octets_out;
    uint64_t timeouts, lost;
    uint64_t failovers;          /* requests that went to another peer since this one failed, or was silent */
    uint64_t retries;            /* requests that went to another peer behind a protocol error of this one */
    uint64_t redirects;          /* requests that went where a 3006 of this peer says */
    uint64_t relayed;            /* requests passed on from this peer */
    uint64_t late_answers;       /* their requests had their outcome, or came by a connection that is gone */
    uint64_t unexpected_answers; /* nobody waited for them */
    uint64_t discarded;          /* behind DPR, before CER, ... */
    uint64_t faults;             /* requests answered by the stack with an error */
    uint64_t watchdogs_in, watchdogs_out;
    uint64_t duplicates;   /* requests that came again, and no handler saw again */
    uint64_t proxied;      /* of those relayed, the ones that met a proxy (proxy.h) */
    uint64_t forged;       /* answers without the state that a proxy had put on their requests, or with another one */
    uint64_t unauthorized; /* requests of this peer whose path was refused */
    /* See diatom/overload.h. */
    uint64_t throttled; /* requests of ours, or passing, that were left out since somebody has too much to do */
    uint64_t diverted;  /* for which an overloaded peer was passed over, and another one found */
    uint64_t refused_by_priority;  /* requests of peers refused near a limit, where those that matter more are not */
    uint64_t overload_reports_in;  /* that were new */
    uint64_t overload_reports_out; /* answers with one */
} dia_counters;
dia_counters dia_peer_counters(const dia_peer *peer);
dia_counters dia_node_counters(const dia_node *node);

/* One row of what was counted: messages of one command in one direction, answers by their result. Commands that neither a
 * dictionary of the node nor one of its configuration's `dicts` knows share one row (command DIA_COUNT_OTHER), and so do rows
 * beyond limits.counts: no peer can make the node count without end. */
#define DIA_COUNT_OTHER UINT32_MAX
typedef struct dia_count {
    uint32_t application, command;
    uint32_t result_code; /* of an answer: Result-Code, or Experimental-Result-Code with its vendor; 0: none */
    uint32_t result_vendor;
    bool request, sent;
    uint64_t n;
    const dia_histogram *latency; /* of requests: microseconds until the answer came, or went; NULL: none yet. Requests
                                     received that are answered at once take no time of the node's and are not in it */
} dia_count;

/* The rows of a peer in the order of their first message; `n` of them. Valid until the next call that takes the node. */
const dia_count *dia_peer_counts(const dia_peer *peer, size_t *n);

/* The same of all peers together, those included that are no more. Costs a look at all of them. */
const dia_count *dia_node_counts(dia_node *node, size_t *n);

/* Ends orderly. New requests of ours are refused (DIA_ESTATE), those of peers get 3004, so that they go elsewhere. A peer
 * without requests under way, of either side, gets its DPR at once, the others when they have ended; its connection is closed
 * with the DPA. Finished when dia_node_stopped(), at the latest after timeout_ms (0: limits.drain_ms + disconnect_ms), of
 * which the last disconnect_ms, but not more than half, are for DPR and DPA. */
void dia_node_stop(dia_node *node, dia_cause cause, uint32_t timeout_ms);
bool dia_node_stopped(const dia_node *node);

/* A new Session-Id (RFC 6733, 8.8) with an optional last part. session.h has the friendlier form. */
int dia_node_session_id(dia_node *node, dia_bytes optional, char *to, size_t size);

/* ---- Routes ---- */

/* From here on requests go by this table: those of peers that are not for us, and our own that name no peer as
 * Destination-Host; the one before is freed. A request that no route matches has no way (3003; DIA_ENOROUTE), as has one whose
 * routes' hops cannot take it (3002). LOCAL and REDIRECT are for requests of peers: our own go past the former, and to the hops
 * of the latter. The table is taken and lives as long as the node; its dictionaries must, too. NULL: without table, to the
 * peers of the realm in turn, then to relays. */
void dia_node_set_routes(dia_node *node, dia_routes *routes);

/* For single changes, which count from the next request on. NULL: there is none. */
dia_routes *dia_node_routes(const dia_node *node);

/* RFC 6733, 2.7: does every hop of RELAY and PROXY name a configured peer? DIA_ENOENT with a sentence in `why` (may be NULL)
 * that names the first route and hop which do not; such a hop is passed over until there is a peer of that name. DIA_EINVAL: a
 * route redirects, and the node does not advertise DIA_APP_RELAY (2.8.3). */
int dia_node_check_routes(const dia_node *node, const dia_routes *routes, char *why, size_t why_size);

/* ---- Where a request would go ---- */

/* What becomes of a request. */
typedef enum dia_fate {
    DIA_FATE_SERVED,     /* this node itself: a handler gets it, or, of CER, DWR and DPR, the connection */
    DIA_FATE_RELAYED,    /* it goes on as it is */
    DIA_FATE_PROXIED,    /* it goes on, through hooks that may change it (diatom/proxy.h) */
    DIA_FATE_REDIRECTED, /* it is answered 3006, with the hops of its route */
    DIA_FATE_REFUSED,    /* it is answered with an error */
    DIA_FATES
} dia_fate;
const char *dia_fate_name(dia_fate fate); /* "served", "relayed", "proxied", "redirected", "refused" */

/* What says where it goes. */
typedef enum dia_leader {
    DIA_LED_BY_NOTHING, /* it does not go on */
    DIA_LED_BY_HOST,    /* Destination-Host is that peer, which counts before all routes */
    DIA_LED_BY_ROUTE,
    DIA_LED_BY_REALM /* there are no routes, or the realm was found in the DNS */
} dia_leader;

/* A request of a peer. All zero but `message` is enough. */
typedef struct dia_question {
    dia_bytes message; /* a whole request */
    /* Host of the peer that it comes from. One that is configured is judged by its own path and identity; another is anybody
     * whom the node lets in. Absent: nobody in particular, and no route with `from` matches. */
    dia_bytes from;
    const dia_listener *listener; /* where that one connected to us, if it does; NULL: nowhere in particular */
    /* As if all configured peers were open, but those out of service, and offered each application; and as if each realm had a
     * peer, for those who do not go by their host. */
    bool open;
    const char *const *down; /* hosts that are not open, NULL-terminated; NULL: none */
} dia_question;

typedef struct dia_explanation {
    dia_fate fate;
    uint32_t result_code; /* of REDIRECTED and REFUSED; else 0 */
    const char *why;      /* a sentence; of REFUSED the Error-Message. Never NULL */
    bool for_us;          /* by its destination (RFC 6733, 6.1.4), or since a route is LOCAL */
    bool hooked;          /* it meets the hooks of a proxy */
    bool changes;         /* which may change it: not where it is only relayed */
    dia_leader leader;
    const dia_peer
        *peer; /* to whom it goes; NULL: to none, or, with `open`, to any of its realm that offers the application, else
                             to any relay */
    bool others;    /* another time another hop of its route may be chosen, by turns or by load */
    uint32_t route; /* number of the route that says so, or matched last; 0: none */
    bool sought;    /* REFUSED, but not before the realm was looked for in the DNS (config.discover) */
} dia_explanation;

/* What would become of this request now: decided by what decides when it comes, with nothing done, sent or counted. Not looked at
 * are: what hooks and handlers make of it, and with these its grammar; config.authorize; whether it came before (T bit); limits,
 * priorities and reports of overload; what redirects have left. DIA_EFORMAT: `message` is not one whole request; DIA_ENOMEM. */
int dia_node_explain(dia_node *node, const dia_question *question, dia_explanation *out);

/* ---- Events ---- */

typedef enum dia_event_kind {
    DIA_EVENT_PEER_UP,        /* capabilities exchanged: it may get requests */
    DIA_EVENT_PEER_DOWN,      /* an open peer is no longer: reason */
    DIA_EVENT_CONNECT_FAILED, /* a connection of ours did not come to be: reason, uri; tried again: the next
                                 address at once, behind the last one after Tc */
    DIA_EVENT_REFUSED,      /* an incoming connection was turned away: reason, result_code; `message` is its CER, which
                                 may name a host that is no peer */
    DIA_EVENT_BAD_STREAM,   /* octets that cannot be Diameter; reset: reason */
    DIA_EVENT_SUSPECT,      /* no sign of life for two Tw, no answer to DWR (RFC 3539) */
    DIA_EVENT_ALIVE,        /* out of suspicion again */
    DIA_EVENT_FAULT,        /* a request was answered with an error by the stack: reason, result_code, message */
    DIA_EVENT_UNANSWERED,   /* a handler neither answered nor kept a request */
    DIA_EVENT_UNEXPECTED,   /* a message that does not belong here was dropped: reason, message */
    DIA_EVENT_STOPPED,      /* dia_node_stop() is complete */
    DIA_EVENT_REOPEN,       /* connected again after a failure; DIA_EVENT_PEER_UP follows when DWRs were answered */
    DIA_EVENT_RESTARTED,    /* its Origin-State-Id has grown: it has lost its sessions (RFC 6733, 8.16) */
    DIA_EVENT_CAPABILITIES, /* an open peer advertises something else (RFC 6737) */
    DIA_EVENT_STATE,    /* its machine came into the state that dia_peer_get_state() gives: reason, mostly its name */
    DIA_EVENT_WATCHDOG, /* its watchdog came into the state that `reason` names */
    DIA_EVENT_FAILOVER, /* a request goes to this peer, since another did not answer: message, with T set */
    DIA_EVENT_RETRY,    /* ... since another answered with a protocol error, or redirected it here: reason, result_code,
                           message */
    DIA_EVENT_PROXY,    /* something went wrong where a proxy changed a message: reason, message */
    DIA_EVENT_SECURED,  /* a connection is protected from here on: reason names version, cipher and certificate */
    DIA_EVENT_CERTIFICATE, /* of the peer's or ours: it ends soon, has ended, or does not name us: reason */
    DIA_EVENT_TRANSPORT,   /* something changed below a connection that goes on, as a path of SCTP: reason */
    DIA_EVENT_DISCOVERED,  /* the ways of a peer were asked for in the DNS: reason says what was found, or why not */
    DIA_EVENT_OVERLOAD,    /* a host or realm wants fewer requests, or no longer: reason, message (diatom/overload.h) */
    DIA_EVENT_CAPTURE,     /* a capture ends since its file takes no more: reason (diatom/loop.h) */
    DIA_EVENT_KINDS
} dia_event_kind;
const char *dia_event_name(dia_event_kind kind);

typedef struct dia_event {
    dia_event_kind kind;
    const dia_peer *peer; /* NULL: not known */
    const dia_conn *conn; /* NULL: none */
    const char *reason;   /* a sentence; never NULL */
    uint32_t result_code; /* 0: none */
    dia_bytes message;    /* that caused it; absent: none */
    const char *uri;      /* of DIA_EVENT_CONNECT_FAILED: the DiameterURI that was tried; NULL */
    size_t found;         /* of DIA_EVENT_DISCOVERED: the ways that there are now; 0: no connection will come */
} dia_event;

/* A peer that is not configured and wants to connect (dia_node_config.admit). */
typedef struct dia_stranger {
    dia_bytes host, realm;        /* of its CER */
    const dia_conn *conn;         /* where it comes from: dia_conn_remote() */
    const dia_listener *listener; /* where it came to; NULL: none in particular */
    const uint32_t *applications; /* that it advertises */
    size_t n_applications;
    dia_bytes cer;
} dia_stranger;

/* A request whose way is judged (dia_node_config.authorize). Its Route-Records are to be read from the message. */
typedef struct dia_way {
    const dia_peer *peer;
    const dia_conn *conn;
    dia_header header;
    dia_bytes origin_host, origin_realm; /* absent: it has none */
    dia_bytes message;
} dia_way;

/* What the tap sees: every message, as it goes and comes, also inside dia_node_send(). It must not call the node. */
typedef struct dia_message_seen {
    bool sent;
    dia_time at;
    const dia_conn *conn;
    dia_bytes octets;
} dia_message_seen;

/* ---- For drivers ---- */

/* STREAM: TCP, TLS. MESSAGE: SCTP, DTLS, where each input is one whole message. */
typedef enum dia_conn_kind { DIA_CONN_STREAM, DIA_CONN_MESSAGE } dia_conn_kind;

typedef struct dia_endpoint {
    dia_address address;
    uint16_t port;
} dia_endpoint;

/* What protects a connection, and who the other end has proven to be. Texts and `arg` are the driver's and must live until
 * dia_conn_closed(). */
typedef struct dia_security {
    const char *protocol; /* "TLSv1.3", "DTLSv1.2" */
    const char *cipher;
    const char *subject; /* of the other end's certificate, for people; "" where it showed none */
    int64_t expires;     /* seconds since 1970: the first of its certificates to end; 0: it showed none */
    uint32_t warn_s;     /* before that, when an event says so */
    size_t message_max;  /* octets of the longest message that passes; 0: any. DTLS has 16,384 */
    /* May whoever has that certificate call itself so? Else a sentence in `why`. `realm` absent: only the name counts. */
    bool (*names)(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size);
    const void *arg;
} dia_security;

typedef struct dia_conn_info {
    dia_conn_kind kind;
    dia_endpoint local, remote; /* copied */
    /* All addresses of ours, where an association of SCTP has several: CER and CEA tell them (5.3.5). Copied, at most 64; NULL:
     * that of `local` */
    const dia_address *addresses;
    size_t n_addresses;
    size_t message_max;           /* octets of the longest message that the transport takes; 0: any */
    dia_listener *listener;       /* that accepted it; NULL: none in particular */
    const char *transport;        /* "TCP", "SCTP"; a literal; NULL: nobody needs to know */
    const dia_security *security; /* it has been protected since before the first message; copied; NULL: it is not, or
                                     dia_conn_secured() says so later */
    bool awaits_security;         /* of an incoming one: it does, before any input */
} dia_conn_info;

/* Somebody connected. NULL: refused (limits, stopping); close it. From here, or from a CONNECT wish, until
 * dia_conn_closed() the driver may use the connection. */
dia_conn *dia_node_accept(dia_node *node, const dia_conn_info *info, dia_time now);

/* A wished-for connection stands. */
void dia_conn_connected(dia_conn *conn, const dia_conn_info *info, dia_time now);

/* The connection is protected from here on: behind dia_node_accept(), where TLS comes first - dia_conn_input() must not be
 * called before - or behind DIA_TODO_SECURE. A handshake that fails is dia_conn_closed(). */
void dia_conn_secured(dia_conn *conn, const dia_security *security, dia_time now);
const dia_security *dia_conn_security(const dia_conn *conn); /* NULL: none */

/* What the driver holds for this connection that does not come from the node, as long as it does: keys and certificates of TLS, records
 * half come. It is part of limits.memory until this is said anew, or the connection is closed. DIA_ENOMEM: limits.memory leaves less
 * than that, it is more than the connection's equal part, and others have made the connection; nothing has changed, and the driver should
 * end it. What one of ours holds is counted in any case. */
int dia_conn_hold(dia_conn *conn, size_t octets);

/* Something for DIA_EVENT_TRANSPORT. */
void dia_conn_note(dia_conn *conn, const char *reason, dia_time now);

/* The wall clock was set: what it is now, in seconds since 1970. Connections end with their certificates by this one; all else
 * counts by the driver's clock, and times that are shown by that of the start. loop.h does it. */
void dia_node_set_wall_clock(dia_node *node, int64_t wall_clock, dia_time now);

/* For DIA_EVENT_CERTIFICATE: something about one of ours, which belongs to no connection. */
void dia_node_note_certificate(dia_node *node, const char *reason, dia_time now);

/* For DIA_EVENT_CAPTURE, of a driver that writes captures. */
void dia_node_note_capture(dia_node *node, const char *reason, dia_time now);

/* Octets came. Returns how many were consumed: whole messages, and a partial one that is kept. Fewer than given means:
 * stop reading until a DIA_TODO_READ, and give the rest again then - but first let all other connections that have input
 * have their turn: the wish may come at once (limits.turn). */
size_t dia_conn_input(dia_conn *conn, dia_bytes octets, dia_time now);

/* Octets of the longest message that would be taken now (limits.message, and less before CER and CEA): a driver that puts messages
 * together keeps no more. */
size_t dia_conn_input_max(const dia_conn *conn);

/* What is to be written: up to `max` pieces, valid until the next call that takes this node. The number of pieces.
 * STREAM: any pieces. MESSAGE: one message each. */
typedef struct dia_output {
    dia_bytes octets;
    bool ordered; /* MESSAGE: must not be sent unordered */
} dia_output;
size_t dia_conn_output(dia_conn *conn, dia_output *pieces, size_t max);

/* The first n octets of it were taken by the transport. */
void dia_conn_sent(dia_conn *conn, size_t n, dia_time now);

/* The transport is gone: end of stream, error, failed connect, or after a CLOSE or RESET wish. Called exactly once; `conn`
 * is invalid afterwards. `reason` is a sentence, NULL: "closed by the peer". */
void dia_conn_closed(dia_conn *conn, const char *reason, dia_time now);

/* A pointer of the driver's. */
void dia_conn_set_user(dia_conn *conn, void *user);
void *dia_conn_user(const dia_conn *conn);
/* Of its peer's configuration; never NULL; valid until the next call that takes the node. */
const dia_socket_options *dia_conn_socket_options(const dia_conn *conn);
const dia_listener *dia_conn_listener(const dia_conn *conn); /* that accepted it; NULL: none in particular */
dia_bytes dia_conn_origin_host(const dia_conn *conn);        /* who we are on it */
dia_endpoint dia_conn_local(const dia_conn *conn);
dia_endpoint dia_conn_remote(const dia_conn *conn);

/* Lets time pass: call it at or after the deadline. */
void dia_node_tick(dia_node *node, dia_time now);
dia_time dia_node_deadline(const dia_node *node); /* us == DIA_NEVER_US: none */
dia_time dia_node_now(const dia_node *node);

typedef enum dia_todo_kind {
    DIA_TODO_CONNECT, /* to `uri`, then dia_conn_connected() or dia_conn_closed() */
    DIA_TODO_WRITE,   /* there is output */
    DIA_TODO_READ,    /* reading may go on */
    DIA_TODO_CLOSE,   /* write what is left, then end the stream; then dia_conn_closed() */
    DIA_TODO_RESET,   /* at once, RST; then dia_conn_closed(). It may come behind CLOSE: others want the place */
    DIA_TODO_SECURE,  /* write what is left, then begin TLS, as client where the connection is ours; then
                         dia_conn_secured() or dia_conn_closed(). Meanwhile there is no output, and no input */
    DIA_TODO_DISCOVER /* what the DNS has for `realm`; then dia_node_discovered() with this ticket */
} dia_todo_kind;
typedef struct dia_todo {
    dia_todo_kind kind;
    dia_conn *conn; /* NULL: of DISCOVER */
    dia_uri uri;    /* of CONNECT; a view, valid as long as the connection */
    /* of CONNECT: the name besides that of `uri` that the certificate must bear, for what the DNS has led out of the domain that
     * was asked (5.2); absent: none */
    dia_bytes also_named;
    uint32_t ticket;      /* of DISCOVER */
    dia_bytes realm;      /* of DISCOVER; valid until dia_node_discovered() */
    uint32_t application; /* of DISCOVER; 0: any */
} dia_todo;

/* What came of DIA_TODO_DISCOVER. Copied. A ticket that nobody waits for any more is fine. */
void dia_node_discovered(dia_node *node, uint32_t ticket, const dia_findings *findings, dia_time now);

/* The next wish, each given once; false: none. To be asked after every call into the node. */
bool dia_node_todo(dia_node *node, dia_todo *out);

#ifdef __cplusplus
}
#endif
#endif

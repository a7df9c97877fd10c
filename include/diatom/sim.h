/* A network in memory on a virtual clock: the driver for tests. Hosts, each with a node; connections that are slow, stall,
 * are cut or die without a word; hosts that crash and come back. Minutes pass in microseconds, and the same seed gives the
 * same run, octet for octet.
 *
 *     dia_sim *sim;
 *     dia_sim_host *ocs, *pgw;
 *     if (dia_sim_new(NULL, &sim)) ...
 *     dia_sim_add(sim, &ocs_config, start_ocs, NULL, &ocs);    start_ocs() says what the node serves
 *     dia_sim_add(sim, &pgw_config, start_pgw, NULL, &pgw);    start_pgw() adds the peer "aaa://ocs.example.net"
 *     dia_sim_listen(ocs, NULL);
 *     dia_sim_run(sim, 1000);                                  a second passes
 *     dia_ro_ccr ccr = ...; dia_send_ro_ccr(dia_sim_node(pgw), &ccr, ...);
 *     dia_sim_crash(ocs);
 *     dia_sim_run(sim, 60000);                                 what does the application do?
 *     dia_sim_free(sim);
 *
 * There are no sockets, no clock and no threads here, and nothing but the C library is needed. One simulation, one thread.
 *
 * Callbacks of nodes, hosts, timers and taps run inside dia_sim_step(), dia_sim_run() and dia_sim_run_until(), and inside
 * dia_sim_add(), dia_sim_start(), dia_sim_kill(), dia_sim_crash() and dia_sim_free() for the node that these begin or end.
 * Everything may be called from a callback of a node or a timer except dia_sim_free() and those first three; from a tap
 * nothing may be called. */
#ifndef DIATOM_SIM_H
#define DIATOM_SIM_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_sim dia_sim;
typedef struct dia_sim_host dia_sim_host; /* owned by the simulation, as long as that lives */

typedef struct dia_sim_config {
    uint64_t seed;              /* all that is left to chance comes from here, the nodes' seeds too */
    int64_t wall_clock;         /* seconds since 1970 when it begins [1,700,000,000] */
    const dia_allocator *alloc; /* kept; also of nodes whose configuration names none. NULL: the C library's */
} dia_sim_config;

/* `config` may be NULL. DIA_ENOMEM. */
int dia_sim_new(const dia_sim_config *config, dia_sim **out);

/* Ends all nodes (dia_node_free(), with the outcomes that this brings) and frees all hosts. Taps see nothing of it. */
void dia_sim_free(dia_sim *sim);

/* ---- Hosts ---- */

/* Gives a new node what its application is: dictionaries, handlers, peers. Runs when the host is added and each time it is
 * started again, for a node keeps nothing over a restart. Nonzero: the node is freed and the host stays down. */
typedef int dia_sim_start_fn(dia_sim_host *host, dia_node *node, void *arg);

/* Adds a host and starts its node. *config is copied, what it points to is kept, since each restart reads it again. A seed
 * that is all zero is drawn anew for each start, a wall_clock of 0 goes with the virtual clock. `start` may be NULL.
 * *out may be NULL, and is set before `start` runs. Errors are those of dia_node_new() and of `start`; then there is no
 * such host. */
int dia_sim_add(dia_sim *sim, const dia_node_config *config, dia_sim_start_fn *start, void *arg, dia_sim_host **out);

/* Lets others connect to this host under a DiameterURI ("aaa://ocs.example.net:3868;transport=sctp"); NULL means "aaa://"
 * and its origin_host. A host may have several; they last over restarts. With transport=sctp connections keep the
 * boundaries of messages, and unordered ones may overtake each other; with aaas both ends show their certificates first.
 * DIA_EFORMAT, DIA_ENOTSUP (udp), DIA_EEXIST (another host, or this one, has it), DIA_ENOMEM. */
int dia_sim_listen(dia_sim_host *host, const char *uri);

/* The same, and what connections accepted there have in common. A listener ends with its node, so that this is for the start
 * function: it opens the door, or gives a door of this host its new listener. */
int dia_sim_listen_as(dia_sim_host *host, const char *uri, dia_listener *listener);

/* What a host shows on protected connections - aaas, and Inband-Security-Id behind CER and CEA. Nothing is encrypted: what was
 * shown decides. */
typedef struct dia_sim_certificate {
    const char *const *names; /* NULL-terminated: "ocs.example.net", "*.example.net" (one label); copied */
    const char *subject;      /* for people; copied; NULL: the first name */
    int64_t expires;          /* seconds since 1970; 0: it never ends. Then nobody takes it any more */
    uint32_t warn_s;          /* before that, when an event says so */
    bool untrusted;           /* nobody takes it at all */
} dia_sim_certificate;

/* From the next handshake on; it lasts over restarts. NULL: nothing, as in the beginning, and handshakes fail. DIA_ENOMEM. */
int dia_sim_certify(dia_sim_host *host, const dia_sim_certificate *certificate);

/* Its node, which changes with each start; NULL while the host is down. Never dia_node_free() it. */
dia_node *dia_sim_node(const dia_sim_host *host);

/* Its origin_host. */
const char *dia_sim_name(const dia_sim_host *host);

/* The host on the other end of a connection; NULL: not known. */
dia_sim_host *dia_sim_other(const dia_conn *conn);

/* The process dies, the machine lives: all state of the node is lost, its connections are reset, new ones are refused until
 * dia_sim_start(). Does nothing when the host is down. */
void dia_sim_kill(dia_sim_host *host);

/* The machine dies: all state is lost, and nobody is told. What others send and their attempts to connect are repeated to
 * no avail until the host is up again; then what is for its former connections is answered with a reset. */
void dia_sim_crash(dia_sim_host *host);

/* The process stands still (SIGSTOP), or goes on: its timers do not fire, it reads and writes nothing, and nothing is lost
 * but time. Its node can be called all the same. A host that ends or starts is not frozen. */
void dia_sim_freeze(dia_sim_host *host, bool frozen);

/* Starts the host's node anew. DIA_ESTATE: it is up; else as dia_sim_add(), and the host stays down. */
int dia_sim_start(dia_sim_host *host);

/* ---- Time ---- */

/* Microseconds since the simulation began. */
dia_time dia_sim_now(const dia_sim *sim);

/* Goes to the next moment at which something is due and lets it happen: the timers of nodes, one arrival, or one timer of
 * the application. False: nothing will ever happen again. */
bool dia_sim_step(dia_sim *sim);

/* Lets this time pass. */
void dia_sim_run(dia_sim *sim, uint32_t ms);

/* Lets time pass until done(arg) is true, which is asked first and after each step, at most this long. Was it? */
bool dia_sim_run_until(dia_sim *sim, uint32_t ms, bool (*done)(void *arg), void *arg);

/* Calls fn once after `ms`. With a host, which may be NULL, the timer belongs to its node and dies with it. For several
 * timers at a time call it several times. DIA_ENOMEM, DIA_ESTATE (the host is down). */
int dia_sim_after(dia_sim *sim, dia_sim_host *host, uint32_t ms, void (*fn)(void *arg), void *arg);

/* Those timers with this fn and arg will not fire. How many there were. */
size_t dia_sim_after_cancel(dia_sim *sim, void (*fn)(void *arg), const void *arg);

/* ---- Links: how octets go from one host to another ---- */

/* What becomes of an attempt to connect. */
typedef enum dia_sim_connects {
    DIA_SIM_ACCEPT, /* if somebody listens there */
    DIA_SIM_REFUSE,
    DIA_SIM_IGNORE /* it hangs until the node gives up */
} dia_sim_connects;

/* One direction. 0 means the default in brackets. Within a connection octets stay in order (transport=sctp: messages that
 * must); jitter makes connections overtake each other. Acknowledgements take no time. */
typedef struct dia_sim_link {
    uint32_t delay_us;     /* [100] */
    uint32_t jitter_us;    /* up to so much more, drawn for each piece [0] */
    uint32_t octets_per_s; /* of each connection [no bound] */
    uint32_t chunk;        /* octets arrive in pieces of 1 to so many; 1: one by one [as they were sent] */
    uint32_t window;       /* octets of a connection that the sender is rid of and the receiver has not taken: above it
                                dia_conn_sent() lags, and the node sees a peer that does not read [65,536] */
    bool stalled;          /* nothing arrives until this is false again; nothing is lost */
    dia_sim_connects connects;
    dia_sim_connects handshakes; /* those that begin on this way */
} dia_sim_link;

/* Sets the link from one host to another, from now on: what is under way keeps its moment of arrival. DIA_ENOMEM. */
int dia_sim_set_link(dia_sim_host *from, dia_sim_host *to, const dia_sim_link *link);

/* The link of all pairs that have none of their own; the simulation begins with one of zeros. */
void dia_sim_set_links(dia_sim *sim, const dia_sim_link *link);

/* As it was set. */
dia_sim_link dia_sim_get_link(const dia_sim_host *from, const dia_sim_host *to);

/* ---- Connections; `b` NULL means those with anybody. All return how many there were. Nodes are told as the next thing
 * that happens, at this same moment ---- */

/* How many stand at both ends, or at one while the other is not told yet. */
size_t dia_sim_connections(const dia_sim_host *a, const dia_sim_host *b);

/* Both ends are reset at once. */
size_t dia_sim_cut(dia_sim_host *a, dia_sim_host *b);

/* Whatever either end sends goes nowhere from now on, and nobody is told: a firewall has forgotten the connection. */
size_t dia_sim_lose(dia_sim_host *a, dia_sim_host *b);

/* `a` is told that the connection is gone, `b` is not: half-open. What `b` sends goes nowhere. */
size_t dia_sim_vanish(dia_sim_host *a, dia_sim_host *b);

/* ---- What happens ---- */

typedef enum dia_sim_seen_kind {
    DIA_SIM_MESSAGE,   /* arrived, whole */
    DIA_SIM_LOST,      /* a message that will not arrive */
    DIA_SIM_CONNECTED, /* `to` has accepted */
    DIA_SIM_REFUSED,   /* `to` has refused a connection */
    DIA_SIM_FIN,       /* the end of the stream arrived */
    DIA_SIM_RST,       /* a reset arrived */
    DIA_SIM_UP,        /* `from` was started */
    DIA_SIM_DOWN,      /* `from` was killed or has crashed */
    DIA_SIM_EVENT,     /* the node of `from` told an event, other than DIA_EVENT_STATE and DIA_EVENT_WATCHDOG */
    DIA_SIM_NOTE       /* dia_sim_note() */
} dia_sim_seen_kind;

typedef struct dia_sim_seen {
    dia_sim_seen_kind kind;
    dia_time sent; /* of a message: when the node wrote it; otherwise `at` */
    dia_time at;
    const dia_sim_host *from; /* NULL: a note of nobody */
    const dia_sim_host *to;   /* NULL: nobody */
    uint32_t connection;      /* its number in the simulation; 0: none */
    dia_bytes octets;         /* of a message */
    const char *text;         /* of EVENT and NOTE; else "" */
} dia_sim_seen;

/* Shows all of that; NULL ends it. There is one tap beside the chart's. Messages that went before it was set are shown
 * when they arrive, with `sent` not known and set to `at`; without memory for it a message may be missing. */
void dia_sim_tap(dia_sim *sim, void (*fn)(void *arg, const dia_sim_seen *seen), void *arg);

/* Words of the test, for the tap and the chart. `host` may be NULL; `text` is copied by nobody. */
void dia_sim_note(dia_sim *sim, const dia_sim_host *host, const char *text);

/* Draws a message sequence chart, line by line, without newlines, from now on: time, a column for each host, an arrow, what
 * it was - command by its name in `dicts` (kept; NULL: the base protocol's alone), ids, Result-Code, how long it took.
 * `line` NULL ends it. */
void dia_sim_chart(dia_sim *sim, const dia_dicts *dicts, void (*line)(void *arg, const char *text), void *arg);

#ifdef __cplusplus
}
#endif
#endif

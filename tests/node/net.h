/* A network in memory: some nodes, wires between them, one clock.
 *
 * Octets go from a node's output into its wire and from there, in pieces of chosen sizes, into the other node. Each
 * node has a seat on which its events are counted. A wire may end in the hands of the test instead (net_hold()).
 *
 *     struct net net;
 *     net_begin(&net);
 *     dia_node *a = net_add(&net, "a.example.net", NULL), *b = net_add(&net, "b.example.net", &allow_all);
 *     need(a && b && net_join(&net, a, b));
 *     ...
 * done:
 *     net_end(&net); */
#ifndef TESTS_NODE_NET_H
#define TESTS_NODE_NET_H

#include "node/node.h"

#include "diatom/app/ro_node.h"
#include "harness.h"

enum { NET_SEATS = 5, NET_WIRES = 24, NET_EVENTS = DIA_EVENT_KINDS };

struct net;

struct net_seat {
    struct net *net;
    dia_node *node; /* NULL: freed, or never there */
    char host[64];
    bool deaf;              /* refuses connections */
    dia_listener *listener; /* where connections to it come in; NULL: nowhere in particular */
    unsigned events[NET_EVENTS];
    uint32_t result_code;                                            /* of the last event that had one */
    char reason[300];                                                /* of the last event */
    void (*on_event)(struct net_seat *seat, const dia_event *event); /* NULL, or called for each event */
    void *user;                                                      /* the test's */
};

struct net_end {
    struct net_seat *seat; /* NULL: the test holds this end */
    dia_conn *conn;        /* NULL: gone, or the test holds it */
    dia_buf to;            /* octets on their way here */
    bool fin;              /* and then the end */
    bool paused;           /* the node takes no input */
    bool stuck;            /* its output is not taken */
};

struct net_wire {
    struct net_end end[2]; /* 0: who connected */
};

struct net {
    int64_t now_us;
    struct net_seat seat[NET_SEATS];
    struct net_wire wire[NET_WIRES];
    size_t n_seats, n_wires;
    size_t piece;      /* longest piece in which octets are delivered; 0: all at once */
    dia_random random; /* chooses the pieces */
    /* A node wishes to know what the DNS has; NULL: nobody answers. And what the last connection had to be named, too. */
    void (*on_discover)(struct net *net, dia_node *node, const dia_todo *todo);
    void *user;
    char also_named[64];
    const dia_security *security; /* of both ends of wires that are made from here on; NULL: none */
    dia_header header;            /* of what net_read() gave last */
};

void net_begin(struct net *net);
void net_end(struct net *net);

/* A node of this host in example.net; empty fields of `config` (may be NULL) are filled in. NULL without memory. */
dia_node *net_add(struct net *net, const char *host, const dia_node_config *config);
struct net_seat *net_seat_of(struct net *net, const dia_node *node);

/* Begins with a node that lets everybody in and has no reason to send a DWR; else it is as `given`, which may be NULL. */
dia_node *net_begin_with(struct net *net, const char *host, const dia_node_config *given);

/* The node is freed, also inside its own callbacks; its wires break. */
void net_free(struct net *net, dia_node *node);

/* `from` gets `to` as a peer that it connects to; true when both are open. */
bool net_join(struct net *net, dia_node *from, dia_node *to);

/* Two nodes for the usual test: a client that uses Ro and a server that allows everybody; true when they are joined. */
bool net_pair(struct net *net, dia_node **client, dia_node **server, const dia_node_config *of_both);

/* Wishes are carried out and octets delivered until nothing moves. */
void net_pump(struct net *net);

/* Time passes, with a tick at each deadline of each node. */
void net_pass(struct net *net, uint32_t ms);

/* The wire of the connection that was made last between these two; NULL: none stands. */
struct net_wire *net_wire_of(struct net *net, const dia_node *a, const dia_node *b);

/* Both ends learn that it is gone; what was on its way is lost. */
void net_cut(struct net *net, struct net_wire *wire);

/* The test itself connects to the node; it writes and reads octets. NULL: refused. */
struct net_wire *net_hold(struct net *net, dia_node *node);
void net_write(struct net *net, struct net_wire *wire, dia_bytes octets);
dia_bytes net_read(struct net *net, struct net_wire *wire); /* one message, valid until the next call; absent: none */
dia_bytes net_take(struct net *net, struct net_wire *wire); /* the same, once nothing moves any more */
/* The same, with CER and CEA behind it. */
struct net_wire *net_hold_open(struct net *net, dia_node *node, const char *host);
/* The same as a far end of this realm that offers this application, not 4. */
struct net_wire *net_hold_as(struct net *net, dia_node *node, const char *host, const char *realm,
                             uint32_t application);

/* Begins a CCR of this host, whole but for what the test adds. */
void net_begin_ccr(dia_builder *b, uint8_t *buf, size_t size, uint32_t application, const char *host);
/* Begins the answer to the request that net_read() gave last. */
void net_begin_answer(struct net *net, dia_builder *b, uint8_t *buf, size_t size, uint32_t result_code);
/* Ends the message that is being built and writes it. */
void net_write_built(struct net *net, struct net_wire *wire, dia_builder *b);

/* ---- Requests of the tests ---- */

/* What became of a request. */
struct asked {
    unsigned n; /* outcomes: one, at the end */
    dia_outcome_kind kind;
    uint32_t result_code, result_vendor, number;
    bool error, has_msg, has_peer;
    char fault[256];
    int64_t latency_us;
    dia_header header;
};

/* A CCR of the event kind with this number; the node fills in the rest. */
dia_ro_ccr net_ccr(uint32_t number);
int net_ask(dia_node *node, uint32_t number, uint32_t timeout_ms, struct asked *asked);
void net_on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *asked);

/* Answers 2001 and counts in *arg, an unsigned. */
void net_serve(dia_request *request, const dia_ro_ccr *ccr, void *arg);
int net_answer(dia_request *request, const dia_ro_ccr *ccr, uint32_t result_code);

/* The Result-Code of a message; 0: none. The value of an AVP; absent: none. */
uint32_t net_result(dia_bytes message);
dia_bytes net_value(dia_bytes message, uint32_t code);

/* The n-th AVP of this code, from 0 (absent: there are fewer), and how many there are (1000: the message is none). */
dia_bytes net_nth_value(dia_bytes message, uint32_t code, size_t n);
size_t net_count(dia_bytes message, uint32_t code);

#endif

/* A hub between two walls: below it a driver with a clock of its own, whose connections end in buffers; above it hooks
 * that write down what passes.
 *
 *     struct rig rig;
 *     need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
 *     struct rig_link *link = rig_accept(&rig);
 *     rig_send_cer(&rig, link, "a.example.net");
 *     need_int(rig_read_result(&rig, link), 2001);
 * done:
 *     rig_end(&rig);
 *
 * The hub's host is "m.example.net", its peers are usually called a (lower) or z (higher). It advertises application
 * 4. */
#ifndef TESTS_PEER_RIG_H
#define TESTS_PEER_RIG_H

#include "peer/peer.h"

#include "harness.h"

enum { RIG_LINKS = 16, RIG_EVENTS = DIA_EVENT_KINDS, RIG_OUTCOMES = DIA_OUTCOME_STOPPED + 1 };

enum { RIG_HOP = 0x11, RIG_END = 0x22 }; /* identifiers of the requests that the far end sends */

/* How the hub wished a connection to end. */
enum rig_ending { RIG_STAYS, RIG_CLOSED, RIG_RESET };

/* A connection, from the driver's side. */
struct rig_link {
    dia_conn *conn; /* NULL: the hub knows it no more */
    enum rig_ending ending;
    bool stuck;         /* the far end takes no octets */
    bool read_wished;   /* DIA_TODO_READ came */
    bool secure_wished; /* DIA_TODO_SECURE came */
    dia_buf sent;       /* octets that the far end has not looked at */
    dia_header header;  /* of the message that rig_read() gave last */
};

struct rig_seen {
    unsigned n;
    uint32_t result_code; /* of the last one */
    char reason[300];
    size_t message; /* its octets */
};

struct rig {
    dia_hub hub;
    bool made;
    struct rig_link links[RIG_LINKS];
    size_t n_links;
    struct rig_seen events[RIG_EVENTS];
    unsigned requests, opened, shut, gone, suspected;
    unsigned outcomes[RIG_OUTCOMES];
    dia_header last; /* header of the last request or answer that was passed up */
    dia_arena arena; /* what rig_read() gave */
    void (*on_event)(struct rig *rig, const dia_event *event);       /* NULL, or called for each event */
    void (*on_outcome)(struct rig *rig, const dia_waiting *waiting); /* the same */
    void (*on_request)(struct rig *rig, dia_conn *conn, dia_bytes message);
};

/* Host, realm and allocator are filled in where `config` (may be NULL) leaves them empty. False without memory.
 *
 * A test of many rigs gives the C library's allocator to all but some of them: failing each allocation of each rig
 * would take for ever. */
bool rig_begin(struct rig *rig, const dia_node_config *config);
void rig_end(struct rig *rig);

/* A configured peer; with `connect` the hub begins to connect. NULL without memory. */
bool rig_aim(dia_peer *peer, const char *connect); /* where it is connected to; false without memory */
dia_peer *rig_peer(struct rig *rig, const char *host, const char *connect);

dia_peer *rig_find(const struct rig *rig, const char *host); /* NULL: there is none */

/* The far end connects; NULL: refused. */
struct rig_link *rig_accept(struct rig *rig);
struct rig_link *rig_accept_as(struct rig *rig, const dia_conn_info *info);

/* The same, and TLS comes first; or has come already, with this. */
struct rig_link *rig_accept_tls(struct rig *rig);
struct rig_link *rig_accept_secured(struct rig *rig, const dia_security *security);

/* The newest connection that the hub wished for; NULL: none. */
struct rig_link *rig_wanted(struct rig *rig);

/* What it is like, to be changed before it is used. */
dia_conn_info rig_info(void);

/* The wished-for connection stands. */
void rig_stand(struct rig *rig, struct rig_link *link);
void rig_stand_as(struct rig *rig, struct rig_link *link, const dia_conn_info *info);

/* The connection that was wished for stands, and its CER was looked at. NULL: something failed. */
struct rig_link *rig_reach(struct rig *rig);

/* It is protected from here on. */
void rig_protect(struct rig *rig, struct rig_link *link, const dia_security *security);

/* The transport is gone. */
void rig_drop(struct rig *rig, struct rig_link *link);

/* Octets from the far end, from a block of exactly their size; those that were taken. */
size_t rig_feed(struct rig *rig, struct rig_link *link, dia_bytes octets);

/* Carries out the hub's wishes. All functions above and below do it too. */
void rig_pump(struct rig *rig);

/* Time passes, with a tick at each deadline. */
void rig_pass(struct rig *rig, uint32_t ms);

/* The next message at the far end as a struct of this command, valid until rig_end(); NULL: nothing came, or another
 * one. */
const void *rig_read(struct rig *rig, struct rig_link *link, const dia_command *command);

/* The next message is a CEA: its Result-Code; 0: nothing came, or another message. */
uint32_t rig_read_result(struct rig *rig, struct rig_link *link);

/* The next message as octets, valid until the next call that takes this link; absent: none. */
dia_bytes rig_read_octets(struct rig_link *link);

/* Reads all that waits there: how many DWRs. The last one's header stays in link->header. */
unsigned rig_read_dwrs(struct rig_link *link);

/* Was everything looked at? */
bool rig_is_silent(const struct rig_link *link);

/* The far end sends a message. Requests carry RIG_HOP and RIG_END. False without memory. */
void rig_send(struct rig *rig, struct rig_link *link, const dia_command *command, const void *msg,
              const dia_header *ids);
void rig_send_request(struct rig *rig, struct rig_link *link, const dia_command *command, const void *msg);
void rig_send_cer(struct rig *rig, struct rig_link *link, const char *host);
void rig_send_cea(struct rig *rig, struct rig_link *link, const char *host, uint32_t result_code, uint32_t hop_by_hop);
void rig_send_dwr(struct rig *rig, struct rig_link *link);
void rig_send_dwa(struct rig *rig, struct rig_link *link);
void rig_send_dpr(struct rig *rig, struct rig_link *link, dia_cause cause);
void rig_send_dpa(struct rig *rig, struct rig_link *link, uint32_t hop_by_hop);
void rig_send_header(struct rig *rig, struct rig_link *link, const dia_header *header); /* no AVPs */

/* A good CER, to be changed before it is sent. */
dia_cer rig_cer(const char *host);

/* An open peer of this name, over a connection of its own making; and over one of ours. Both directions have been
 * looked at. NULL: something failed. */
struct rig_link *rig_open_r(struct rig *rig, const char *host);
struct rig_link *rig_open_i(struct rig *rig, const char *host);
/* The same over one that came with this security; the peer is configured already, or a stranger that is allowed. */
struct rig_link *rig_open_secured(struct rig *rig, const char *host, const dia_security *security);

/* Begins with an open peer, "a.example.net", over a connection of its own making. NULL: something failed. */
struct rig_link *rig_begin_open(struct rig *rig, const dia_node_config *config);

/* The hub sends a request over this connection; its place, or NULL. */
dia_waiting *rig_request(struct rig *rig, struct rig_link *link, uint32_t timeout_ms);

static inline unsigned rig_saw(const struct rig *rig, dia_event_kind kind)
{
    return rig->events[kind].n;
}

#endif

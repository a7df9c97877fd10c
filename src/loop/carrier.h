/* What carries the octets of a link: TCP, the kernel's SCTP, usrsctp. The link (link.c) above it knows connections and wishes; a
 * carrier knows sockets. Between them there may be TLS (over streams) or DTLS (over messages): a dia_layer. */
#ifndef LOOP_CARRIER_H
#define LOOP_CARRIER_H

#include "loop/loop.h"

/* Payload protocol identifiers of DATA chunks (RFC 6733, 2.1.1). */
enum { DIA_PPID_NONE = 0, DIA_PPID_CLEAR = 46, DIA_PPID_DTLS = 47 };

/* Something to be sent. STREAM: any octets; only `octets` counts. */
typedef struct dia_piece {
    dia_bytes octets;
    bool ordered;
    bool immediately; /* acknowledge it at once (SCTP_SACK_IMMEDIATELY) */
    uint32_t ppid;
    uint16_t stream;
} dia_piece;

/* How something came. */
typedef struct dia_arrival {
    bool whole; /* MESSAGE: it ends a message (MSG_EOR) */
    bool note;  /* it was a notification, already handled: no octets, read on */
    bool ordered;
    uint32_t ppid;
    uint16_t stream;
} dia_arrival;

struct dia_carrier {
    const char *name; /* "TCP", "SCTP" */
    dia_conn_kind kind;
    bool whole_host; /* connect() takes all addresses of a host at once */

    /* ---- Connections. Their socket is in link->fd, or what else it is in link->below ---- */

    /* Begins to connect to a host: TCP to the first address, SCTP to all of them. NULL: under way, dia_link_connected() or
     * dia_link_not_connected() follows, not before this has returned; else a sentence. */
    const char *(*connect)(dia_link *link, const struct sockaddr_storage *to, size_t n);
    /* Where the two ends are, of SCTP the first address each; `remote` NULL: nobody wants to know. */
    void (*ends)(const dia_link *link, struct sockaddr_storage *local, struct sockaddr_storage *remote);
    /* All addresses of our end, at most `max`: how many. NULL: there is one. */
    size_t (*locals)(const dia_link *link, struct sockaddr_storage *to, size_t max);
    size_t (*message_max)(const dia_link *link); /* octets of the longest message that it takes; NULL: any */
    /* At most `max` octets: how many; 0: the other end has ended (or `how` says that it was a notification); -1 with errno
     * (EAGAIN: nothing now). STREAM: `how` may be NULL. */
    ssize_t (*receive)(dia_link *link, uint8_t *to, size_t max, dia_arrival *how);
    /* Takes octets (STREAM) or whole pieces (MESSAGE): how many octets, or pieces; -1 with errno (EAGAIN: none now). */
    ssize_t (*send)(dia_link *link, const dia_piece *pieces, size_t n);
    /* UV_READABLE and UV_WRITABLE: dia_link_ready() is called when. */
    void (*watch)(dia_link *link, int events);
    void (*shut)(dia_link *link);  /* nothing more comes from us */
    void (*reset)(dia_link *link); /* closing will be RST, ABORT */
    void (*close)(
        dia_link
            *link); /* gives back what it has; then, now or later, dia_link_freed(), behind which it asks nothing */

    /* ---- Listening. The socket is in listening->fd, or what else it is in listening->below ---- */

    /* TCP at the first address, SCTP at all of them. 0, or DIA_ESYSTEM with errno. Who connects is given to dia_link_new() and
     * dia_link_accepted(), not before this has returned. */
    int (*listen)(dia_listening *listening, const struct sockaddr_storage *at, size_t n,
                  const dia_socket_options *options);
    uint16_t (*port)(const dia_listening *listening);
    void (*rest)(dia_listening *listening, bool rests); /* accepts nobody, for a while */
    void (*unlisten)(dia_listening *listening);         /* then, now or later, dia_listening_freed() */

    /* ---- MESSAGE, for DTLS (RFC 6083); NULL: no DTLS here ---- */

    bool (*authenticates)(const dia_link *link); /* does the other end authenticate DATA? */
    int (*set_key)(dia_link *link, uint16_t id, const uint8_t *key, size_t n); /* errno, or 0 */
    int (*use_key)(dia_link *link, uint16_t id);
    int (*drop_key)(dia_link *link, uint16_t id);
    bool (*is_dry)(dia_link *link); /* all that was sent is acknowledged; else dia_link_dry() follows once */
    /* What was received waits for its turn: as long as it does SCTP gets nothing more for this association, whose keys are about to change.
     * NULL: SCTP is not in our hands. */
    void (*put_off)(dia_link *link, bool on);
};

/* What lies between a link's carrier and the node: nothing (clear.c), the boundaries of messages (message.c), TLS (secure.c). */
struct dia_layer {
    /* Reads once and gives what came to the node. False: there was nothing. */
    bool (*read)(dia_link *link);
    /* Writes what the node has, as far as the carrier takes it, and its own; then dia_link_wrote(). */
    void (*write)(dia_link *link);
    /* The node takes input again, and has taken link->rest, or dia_link_want_again() was called; NULL: the layer holds none. */
    void (*resumed)(dia_link *link);
    /* The carrier has nothing left to acknowledge. NULL: nobody waits for that. */
    void (*dry)(dia_link *link);
    /* Gives back link->above, behind the end of the connection; NULL: nothing to do. */
    void (*done)(void *above);
};

extern const dia_layer dia_layer_clear, dia_layer_messages;

/* link.c, for carriers. A fresh link has neither socket nor connection; NULL: no memory. */
dia_link *dia_link_new(dia_loop *loop, const dia_carrier *carrier);
void dia_link_accepted(dia_link *link, const dia_listening *from, const struct sockaddr_storage *remote);
void dia_link_connected(dia_link *link);
void dia_link_not_connected(dia_link *link, const char *why);
void dia_link_ready(dia_link *link, int events);
bool dia_link_drain(dia_link *link); /* reads all that has come, before an error is told. False: it has ended by that */
void dia_link_freed(dia_link *link); /* the carrier has given back all: the link ends */
void dia_link_dry(dia_link *link);
void dia_link_note(dia_link *link, const char *sentence); /* for DIA_EVENT_TRANSPORT */

/* secure.c: TLS begins on a stream; dtls.c: DTLS on messages. Then link->layer is another. NULL, or a sentence. Without OpenSSL
 * no_secure.c stands in for both. */
const char *dia_tls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also);
const char *dia_dtls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also);
/* Why nothing protects what the configuration of this name (NULL: that without one) is to protect: DIA_ESTATE, nobody has configured
 * it; DIA_ENOTSUP, this build cannot. */
int dia_secure_missing(const char *name, char *why, size_t size);

/* link.c, for layers. The handshake is over: the connection is secured, or, where it was wished for, stands. */
void dia_link_secured(dia_link *link, const dia_security *security);
/* Octets that the layer holds beside the node's memory: they are counted there. NULL, or a sentence: the link is to be closed. */
const char *dia_link_hold(dia_link *link, size_t octets);
/* Gives octets to the node and keeps those that it does not take now. */
void dia_link_give(dia_link *link, dia_bytes octets);
void dia_link_watch(dia_link *link, int events);
/* The node takes input again, or the layer has not read all that it must: resumed() is called in the next turn. */
void dia_link_want_again(dia_link *link);
void dia_link_end_of_input(dia_link *link);
void dia_link_read_failed(dia_link *link, int err);
/* Everything was written (else the carrier is full): what comes behind it - waiting for room, the end - begins. */
void dia_link_wrote(dia_link *link, bool full);
const char *dia_link_why_ended(int err);
const char *dia_link_why_not_connected(int err);

/* message.c: puts a message together. `most` octets are kept in `begun` at most. *out is absent while more is wanted; else the
 * message, or the beginning of one that is too long, for the node to say so: a view of `piece` or of `begun`, which is to be emptied
 * behind it. DIA_ENOMEM. */
int dia_message_join(dia_buf *begun, dia_bytes piece, bool whole, size_t most, dia_bytes *out);

/* polled.c: what carriers with a descriptor have in common; they put these into their table. */
int dia_polled_begin(dia_link *link); /* link->fd is polled from here on. DIA_ESYSTEM with errno */
void dia_polled_watch(dia_link *link, int events);
void dia_polled_shut(dia_link *link);
void dia_polled_reset(dia_link *link);
void dia_polled_close(dia_link *link);
void dia_polled_accepted(dia_listening *listening, int fd, const struct sockaddr_storage *remote); /* takes fd */
int dia_polled_listen(dia_listening *listening); /* listening->fd. DIA_ESYSTEM with errno */
uint16_t dia_polled_port(const dia_listening *listening);
void dia_polled_rest(dia_listening *listening, bool rests);
void dia_polled_unlisten(dia_listening *listening);

/* tcp.c */
extern const dia_carrier dia_carrier_tcp;

#endif

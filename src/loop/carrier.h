/* What carries the octets of a link: TCP, the kernel's SCTP, usrsctp. The link (link.c) above it knows connections and wishes; a
 * carrier knows sockets. Between them there may be TLS (over streams) or DTLS (over messages). */
#ifndef LOOP_CARRIER_H
#define LOOP_CARRIER_H

#include "loop/loop.h"

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

typedef struct dia_carrier {
    const char *name; /* "TCP", "SCTP" */
    dia_conn_kind kind;
    /* Begins to connect to a host: TCP to the first address, SCTP to all of them. NULL: under way, dia_link_connected() or
     * dia_link_not_connected() follows; else a sentence. */
    const char *(*connect)(dia_link *link, const struct sockaddr_storage *to, size_t n);
    /* At most `max` octets: how many; 0: the other end has ended; -1 with errno (EAGAIN: nothing now). */
    ssize_t (*receive)(dia_link *link, uint8_t *to, size_t max, dia_arrival *how);
    /* Takes octets (STREAM) or whole pieces (MESSAGE): how many octets, or pieces; -1 with errno (EAGAIN: none now). */
    ssize_t (*send)(dia_link *link, const dia_piece *pieces, size_t n);
    /* UV_READABLE and UV_WRITABLE: dia_link_ready() is called when. */
    void (*watch)(dia_link *link, int events);
    void (*shut)(dia_link *link);  /* nothing more comes from us */
    void (*reset)(dia_link *link); /* RST, ABORT */
    void (*close)(dia_link *link); /* gives back what it has; then dia_link_freed() */
    /* MESSAGE, for DTLS (RFC 6083); NULL: no DTLS here. */
    bool (*authenticates)(const dia_link *link); /* does the other end authenticate DATA? */
    int (*set_key)(dia_link *link, uint16_t id, const uint8_t *key, size_t n); /* errno, or 0 */
    int (*use_key)(dia_link *link, uint16_t id);
    int (*drop_key)(dia_link *link, uint16_t id);
    bool (*is_dry)(dia_link *link); /* all that was sent is acknowledged; else dia_link_dry() follows once */
} dia_carrier;

#endif

/* What the files of usrsctp have in common: the stack of this process (usrsctp.c), its sockets (usr_socket.c), the ends of
 * associations (usr_end.c) and the ports where others connect (usr_port.c). */
#ifndef LOOP_USR_H
#define LOOP_USR_H

#include "loop/carrier.h"
#include "loop/packets.h"
#include "loop/sctp.h"

#include <usrsctp.h>

enum { DIA_USR_DATA = 0, DIA_USR_LISTENER_MAX = 8 }; /* the chunk type; addresses of one name */

typedef struct dia_usr {
    dia_loop *loop;
    dia_packets *packets;
    dia_sctp_paths paths;
    uv_timer_t timer;
    uv_idle_t idle; /* active while somebody is ready, so that nothing waits */
    dia_list ends, dying, ports;
    dia_list ready_ends, ready_ports;
    dia_list put_off;           /* ends */
    dia_list closed;            /* links, by their `linger`, which nobody uses then */
    int64_t ticked_us, busy_us; /* when the timers were turned, and when there was an association for the last time */
    size_t open_handles;
    bool ticking, idling, serving, closing;
} dia_usr;

/* Of an association, or what is to become one. */
typedef struct dia_usr_end {
    dia_list place; /* in usr->ends, or usr->dying */
    dia_list ready;
    dia_list put_off; /* in usr->put_off, while packets for it wait */
    dia_buf packets;  /* ... here, each behind its length */
    dia_usr *usr;
    dia_link *link; /* NULL: it ends without one */
    struct socket *so;
    dia_sctp_path *path;
    uint16_t port, own_port; /* of the other end, and ours */
    int wanted;
    bool no_delay, is_reset, over; /* over: the association is no more */
    int64_t dies_us;
    bool *gone; /* told when it is freed */
} dia_usr_end;

/* One socket of usrsctp listens for all addresses of a port: they have the number of streams in common, and whether DATA is
 * authenticated. */
typedef struct dia_usr_port {
    dia_list place, ready;
    dia_list listeners;
    dia_list callers; /* associations that wait until handshakes of others leave room (turns.h) */
    uint32_t n_callers;
    dia_usr *usr;
    struct socket *so;
    uint32_t streams;
    uint16_t number;
    bool secure;
} dia_usr_port;

typedef struct dia_usr_listener {
    dia_list place;
    dia_usr_port *port;
    dia_listening *listening;
    struct sockaddr_storage at[DIA_USR_LISTENER_MAX]; /* those of one name: any of them */
    size_t n_at;
    dia_socket_options options; /* of those that it accepts; without its texts */
    bool rests;
} dia_usr_listener;

extern const dia_carrier dia_usr_carrier;

static inline uint32_t dia_usr_or(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

/* usrsctp.c. Timers are turned as long as there is anybody; who is ready has its turn behind all that is under way. */
void dia_usr_tick(dia_usr *u);
void dia_usr_be_ready(dia_usr *u, dia_list *all, dia_list *ready);
void dia_usr_serve(dia_usr *u);

/* usr_socket.c */
int dia_usr_set(struct socket *so, int name, const void *value, size_t n);
void dia_usr_set_int(struct socket *so, int level, int name, int value);
void dia_usr_want_event(struct socket *so, uint16_t type, bool on);
void dia_usr_set_beginning(struct socket *so, const dia_socket_options *o, size_t longest, bool secure);
void dia_usr_set_accepted(struct socket *so, const dia_socket_options *o, size_t longest);
void dia_usr_set_rest(struct socket *so, const dia_socket_options *o);
struct socket *dia_usr_open(void);
struct sockaddr_conn dia_usr_address(dia_sctp_path *path, uint16_t number);
int dia_usr_bind(struct socket *so, uint16_t *number);
int dia_usr_error(struct socket *so);
void dia_usr_abort(struct socket *so);
void dia_usr_know(dia_sctp_path *path);

/* usr_end.c. NULL: no memory. Serving one may free it. */
dia_usr_end *dia_usr_end_new(dia_usr *u, dia_link *link, struct socket *so, dia_sctp_path *path, uint16_t number,
                             uint16_t own);
void dia_usr_end_free(dia_usr_end *e);
void dia_usr_end_serve(dia_usr *u, dia_usr_end *e);
/* Does a packet that came over this path wait? It is kept then, or lost where too many wait. */
bool dia_usr_end_keeps(const dia_usr *u, const dia_sctp_path *path, dia_bytes packet);

/* usr_port.c */
dia_usr_port *dia_usr_port_of(const dia_usr *u, uint16_t number); /* NULL: nobody listens there */
dia_usr_listener *dia_usr_listener_for(const dia_usr_port *p, const dia_ends *ends);
void dia_usr_port_serve(dia_usr *u, dia_usr_port *p);
int dia_usr_listen(dia_listening *listening, const struct sockaddr_storage *at, size_t n,
                   const dia_socket_options *options);
uint16_t dia_usr_listening_port(const dia_listening *listening);
void dia_usr_rest(dia_listening *listening, bool rests);
void dia_usr_unlisten(dia_listening *listening);

#endif

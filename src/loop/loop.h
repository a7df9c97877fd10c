/* The loop room's door: the only room with windows - sockets, clock, signals - and the driver of one node over them.
 *
 * takes      a node's configuration, DiameterURIs
 * gives      public diatom/loop.h
 * owns       the node, sockets, timers, signals, the capture files, the windows of those who watch
 * may use    base, wire, dict, discover, peer, node, report; libuv, c-ares, libmicrohttpd and the system
 * never sees grammars, sessions
 * tests      tests/loop, tests/interop */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "diatom/loop.h"
#include "node/node.h"
#include "report/report.h"

#include <sys/socket.h>
#include <uv.h>

typedef struct dia_lookup dia_lookup;

/* carrier.h: what carries a link, and what lies between that and the node. */
typedef struct dia_carrier dia_carrier;
typedef struct dia_layer dia_layer;

/* A transport connection. */
typedef struct dia_link {
    dia_loop *loop;
    dia_conn *conn; /* NULL: the node knows it no more */
    const dia_carrier *carrier;
    const dia_layer *layer;
    dia_list place;       /* in loop->links */
    dia_list linger;      /* in loop->lingering, while it waits for the peer's end */
    dia_list again;       /* in loop->again, while `rest` waits for its turn */
    uv_poll_t poll;       /* of carriers with a descriptor */
    void *above;          /* of layers that have something of their own */
    struct dia_tls *tls;  /* with a reference: what protects it, or will when it is wished; NULL: nothing */
    dia_bytes name, also; /* that the certificate of the other end must bear, where we connect; views of the node's */
    void *below;          /* of those with something else */
    dia_lookup *lookup;   /* of its host name, and the addresses still to be tried; NULL: none */
    int fd;               /* -1: none yet */
    int events;           /* what is watched now */
    bool polling;         /* `poll` is initialized */
    bool closing;         /* the carrier's close() was called */
    bool outgoing;
    bool secure;   /* TLS or DTLS comes before the first message */
    bool securing; /* ... or now, as soon as all is written */
    bool draining; /* what came before an error is read */
    bool connecting;
    bool ending;     /* flush, then end the stream */
    bool ended;      /* our end is shut */
    bool paused;     /* the node does not take input */
    bool no_more;    /* the peer has ended its side */
    uint16_t stream; /* where the message in `rest` began */
    int64_t linger_us;
    dia_buf rest; /* input that the node did not take yet; of messages also the beginning of one */
} dia_link;

typedef struct dia_listening {
    dia_list place;
    dia_loop *loop;
    const dia_carrier *carrier;
    uv_poll_t poll;   /* of carriers with a descriptor */
    void *below;      /* of those with something else */
    dia_listener *as; /* NULL: the node itself */
    char *bound;      /* the URI of its socket */
    const char *why;  /* what a carrier could not do, where it is not the socket itself; NULL: nothing is known */
    int fd;
    bool polling;     /* `poll` is initialized */
    bool secure;      /* TLS or DTLS comes first */
    char *tls;        /* the name of what protects it; NULL: that without a name */
    dia_list callers; /* that wait for handshakes of others */
    bool resting;     /* no descriptors left; accepts again at rest_us */
    int64_t rest_us;
} dia_listening;

struct dia_capture;
struct dia_usr;

struct dia_loop {
    uv_loop_t uv;
    dia_node *node;
    const dia_allocator *alloc;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer;
    uv_idle_t idle; /* active while there are links in `again`, so that nothing waits */
    dia_list links, listeners, lingering;
    dia_list freed;                      /* links that are no more, until the turn is over */
    dia_list again;                      /* links whose input goes on at the next turn */
    dia_list timeouts;                   /* timers of the application */
    dia_list signals;                    /* that somebody waits for */
    dia_list captures;                   /* of all messages, and of single peers */
    dia_list metrics;                    /* where they are served */
    dia_list controls;                   /* local sockets */
    dia_list seekers;                    /* who of the node waits for the DNS */
    struct dia_discoveries *discoveries; /* NULL: nothing was asked of the DNS yet */
    struct {
        uint64_t found, none, failed; /* ways; that there are none; no answer that is one */
    } searches;                       /* that are over */
    char *name_servers;               /* NULL: those of the system */
    dia_sctp_config sctp;             /* how it is spoken */
    bool sctp_used;                   /* a carrier of SCTP was asked for */
    struct dia_usr *usr;              /* usrsctp; NULL: it is not spoken here */
    char no_sctp[300];                /* why none of its stacks has it */
    dia_list protections;             /* configurations of TLS by their names */
    int64_t look_us;                  /* when to look at the ends of our certificates */
    dia_list shaking,
        ready; /* handshakes under way, and of these those that have something to do, one of each address */
    uint32_t n_shaking, n_ready;
    dia_list callers; /* who has connected and waits for them (turns.h) */
    uint32_t n_callers;
    dia_tls_counts handshakes; /* that are over */
    char last_fault[400];
    bool stopping, done;
    int64_t timer_us; /* what the timer is set to; DIA_NEVER_US: not set */
    uint8_t *input;   /* shared by all connections: what one read() gave */
    uint8_t *clear;   /* and what TLS made of it; NULL: nobody has TLS yet */
};

/* Wakes up again at once, as long as links or handshakes wait for their turn. */
void dia_loop_stay_awake(dia_loop *loop);

/* One read(); and one when memory is scarce (limits.memory), for what the node does not take is kept here. */
enum { INPUT_SIZE = 65536, INPUT_SIZE_SCARCE = 4096 };
/* What one read() may become: also one record of TLS that had begun before it. */
enum { CLEAR_SIZE = INPUT_SIZE + 16384 };

dia_time dia_loop_clock(void);

/* fault.c: remembers why, for dia_loop_last_fault(), and gives the error back; errno stays. */
int dia_loop_failed(dia_loop *loop, int err, const char *format, ...) DIA_PRINTF_(3, 4);
/* What an error says of itself, with DIA_ESYSTEM errno. */
const char *dia_loop_words(int err);

/* link.c */
void dia_link_todo(dia_loop *loop, const dia_todo *todo);
void dia_link_close(dia_link *link, const char *reason);
void dia_link_linger(dia_loop *loop, int64_t now_us);
void dia_link_sweep(dia_loop *loop); /* those that are no more */
void dia_link_again(dia_loop *loop); /* one turn for each link whose input waits */

/* transport.c: the carrier of a transport; NULL with a sentence: there is none. */
const dia_carrier *dia_loop_carrier(dia_loop *loop, dia_transport transport, const char **why);

/* usrsctp.c, or no_usrsctp.c: DIA_ENOTSUP. Behind each turn what it has to say is flushed; it closes behind all links. */
int dia_usrsctp_open(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size);
const dia_carrier *dia_usrsctp_carrier(const dia_loop *loop); /* NULL: it was not opened */
void dia_usrsctp_flush(dia_loop *loop);
void dia_usrsctp_close(dia_loop *loop);

/* listen.c */
void dia_listening_close(dia_listening *listener);
void dia_listening_freed(dia_listening *listener); /* the carrier has given back all */
void dia_listening_rest(dia_listening *listener);  /* nobody can be accepted now */
/* False: it rests a moment, for others are to be served first. Where callers can wait they are accepted sooner. */
bool dia_listening_may_accept(dia_listening *listener, bool may_wait);
void dia_listening_wake(dia_loop *loop, int64_t now_us);
/* An address, or a name that resolves now: listening is configuration, so waiting for it is fine. */
/* How many addresses, at most `max`. DIA_ENOENT, DIA_ENOMEM, DIA_EFORMAT, DIA_ESYSTEM with errno. */
int dia_listen_resolve(dia_bytes host, uint16_t port, struct sockaddr_storage *out, size_t max);
/* A socket that listens; -1 with errno, and in *why what that was about (it stays where there is nothing to say). */
int dia_listen_open(const struct sockaddr_storage *address, socklen_t size, const dia_socket_options *options,
                    const char **why);

/* callers.c: they have connected to a secure listener, and wait until handshakes under way leave room. */
enum { CALLERS_MAX = 1024 };
bool dia_callers_have_room(const dia_loop *loop);
void dia_caller_wait(dia_listening *listener, int fd, const struct sockaddr_storage *remote); /* takes fd */
void dia_callers_admit(dia_loop *loop);                                                       /* some of them */
void dia_callers_drop(dia_listening *listener);

/* resolve.c: looks up the host of a URI and calls fn, not before it has returned: `why` is a sentence, or NULL when there are
 * addresses. NULL: no memory, or no name. Free before that is fine, and waits for nobody. */
dia_lookup *dia_lookup_new(dia_loop *loop, const dia_uri *uri, void (*fn)(void *arg, const char *why), void *arg);
void dia_lookup_free(dia_lookup *lookup);
/* The next address and all behind it, n; NULL: no more. */
const struct sockaddr_storage *dia_lookup_next(dia_lookup *lookup, size_t *n);

/* discover.c, or no_resolve.c: what is known is forgotten; all of it ends, and nobody is told. */
void dia_discoveries_forget(dia_loop *loop);
void dia_discoveries_close(dia_loop *loop);

/* seek.c: DIA_TODO_DISCOVER. */
void dia_seek(dia_loop *loop, const dia_todo *todo);
void dia_seek_close_all(dia_loop *loop);

/* timeout.c */
void dia_timeout_close_all(dia_loop *loop);

/* socket.c: what the configuration says of sockets, before they are connected or listen. NULL, or a sentence with errno. */
const char *dia_socket_set(int fd, int family, const dia_socket_options *options);
/* To the first of its addresses of that family; `local` NULL: nothing to do. */
const char *dia_socket_bind(int fd, int family, const char *local);

/* address.c */
int dia_sockaddr_of(dia_bytes host, uint16_t port, struct sockaddr_storage *out, socklen_t *size);
/* Those of "192.0.2.1,2001:db8::1": how many; 0: the list is NULL; DIA_EFORMAT, or DIA_ESPACE: more than `max`. */
int dia_sockaddrs_of(const char *list, uint16_t port, struct sockaddr_storage *out, size_t max);
socklen_t dia_sockaddr_size(const struct sockaddr_storage *address);
void dia_endpoint_of(const struct sockaddr_storage *address, dia_endpoint *out);

/* signal.c */
void dia_signal_close_all(dia_loop *loop);

/* metrics.c, or no_metrics.c */
void dia_metrics_close_all(dia_loop *loop);

/* process.c: what the system says of this process; what it does not say is 0. */
void dia_process_look(dia_report_process *out);

/* control.c */
void dia_control_close_all(dia_loop *loop);

/* capture.c */
void dia_loop_flush_captures(dia_loop *loop);
void dia_loop_end_captures(dia_loop *loop);

/* pcapng.c: one file. DIA_ENOMEM, or DIA_ESYSTEM with errno. Whoever shares it closes it, too. */
int dia_capture_open(const char *path, int64_t wall_offset_us, const dia_allocator *alloc, struct dia_capture **out);
struct dia_capture *dia_capture_share(struct dia_capture *capture);
int dia_capture_close(struct dia_capture *capture); /* 0, or DIA_ESYSTEM with errno when something was not written */
void dia_capture_message(struct dia_capture *capture, const dia_message_seen *seen);
void dia_capture_flush(struct dia_capture *capture);
/* Once, when a write has failed: a sentence that says so. */
bool dia_capture_complain(struct dia_capture *capture, char *sentence, size_t size);

#endif

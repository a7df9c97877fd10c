/* A pair whose server is a process of its own, for what is one per process (usrsctp) - and to see one die. */
#ifndef TESTS_LOOP_FAR_H
#define TESTS_LOOP_FAR_H

#include "pair.h"

#include <sys/types.h>

/* What became of the server. */
struct far_report {
    unsigned events[PAIR_EVENTS], served;
    char reason[300]; /* of the last event */
    char last[128];   /* of the last event but PEER_DOWN, STATE and WATCHDOG */
};

struct far {
    /* given */
    const char *uri;
    dia_sctp_config sctp;
    const dia_tls_config *tls; /* NULL: none */
    dia_node_config node;
    dia_socket_options socket; /* of the listener */
    size_t answer_size;
    /* found */
    char bound[100];
    pid_t pid;
    int pipe;
};

/* Starts the process; true: it listens. */
bool far_begin(struct far *far);
/* The same in two steps: the process, which must not be a child of one that has usrsctp, and then its work, at far->uri. */
bool far_fork(struct far *far);
bool far_go(struct far *far);
/* Ends it in order, true: it has ended well. `report` may be NULL. */
bool far_end(struct far *far, struct far_report *report);
void far_kill(struct far *far); /* at once, without a word; far_end() is false then */

/* The client of this process alone, with this SCTP and, unless NULL, this TLS; it uses far->bound. */
bool far_client(struct pair *pair, const struct far *far, const dia_sctp_config *sctp, const dia_tls_config *tls);
/* The client connects with these options; its peer's UDP port is filled in. */
int far_connect(struct pair *pair, const struct far *far, const dia_socket_options *options);

uint16_t far_free_udp_port(void);

#endif

/* SCTP's two stacks, and what both take for a socket option that was not given. */
#ifndef LOOP_SCTP_H
#define LOOP_SCTP_H

#include "loop/loop.h"

/* The defaults of dia_socket_options: another path takes over within a second. */
enum {
    DIA_SCTP_STREAMS = 16,
    DIA_SCTP_RTO_MIN_MS = 100,
    DIA_SCTP_RTO_MAX_MS = 1000,
    DIA_SCTP_HEARTBEAT_MS = 5000,
    DIA_SCTP_PATH_RETRIES = 3
};

/* sctp.c, or no_sctp.c: the kernel's stack; NULL with a sentence: there is none. */
const dia_carrier *dia_sctp_kernel(const char **why);
extern const dia_carrier dia_carrier_sctp;
bool dia_sctp_is_missing(int err); /* is that errno what a kernel without SCTP says? */

#endif

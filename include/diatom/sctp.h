/* SCTP (RFC 9260): whose it is, and how it gets through networks that know TCP and UDP alone. What single sockets want is in
 * dia_socket_options.
 *
 * usrsctp is a matter of the build (Meson option `usrsctp`). An association of it has one address at each end; dia_socket_options.local
 * names at most one, and of a listener none but that of its URI. Listeners of one port are all `aaa` or all `aaas`, and have the same
 * dia_socket_options.streams. In UDP it is reached at `udp_port`, and reaches peers at dia_socket_options.udp_port [9899, RFC 6951].
 * Over raw IP the kernel must have no SCTP of its own: it would end what it does not know. DTLS authenticates by HMAC-SHA-1 there
 * (RFC 4895: mandatory); the kernel's has SHA-256, and prefers it. */
#ifndef DIATOM_SCTP_H
#define DIATOM_SCTP_H

#include "diatom/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dia_sctp_stack {
    DIA_SCTP_ANY, /* the kernel's, or usrsctp where it has none */
    DIA_SCTP_KERNEL,
    DIA_SCTP_USER /* usrsctp: in this process, one loop of it, without multihoming */
} dia_sctp_stack;

/* How SCTP is spoken. All zero is what a loop does of which nothing was said. */
typedef struct dia_sctp_config {
    dia_sctp_stack stack;
    uint16_t
        udp_port; /* of ours, for SCTP in UDP (RFC 6951) by usrsctp; 0: raw IP, which needs CAP_NET_RAW. The kernel's
                          is a matter of sysctl net.sctp.udp_port, and with DIA_SCTP_KERNEL this is DIA_EINVAL */
    const char *udp_address; /* where usrsctp's socket is bound; NULL: any */
} dia_sctp_config;

#ifdef __cplusplus
}
#endif
#endif

/* Paths: between which two addresses the packets of SCTP pass, for usrsctp, which knows an address only as a pointer.
 *
 * An association needs its path as long as it lives; who only asks for one (INIT) costs nothing: its path is a place in a table of
 * fixed size that the next one may overwrite, and what it was told - a cookie - counts only when it comes back over the same path. */
#ifndef LOOP_PATHS_H
#define LOOP_PATHS_H

#include "base/base.h"

/* All octets count, padding included: make it from { 0 }. */
typedef struct dia_ends {
    uint8_t remote[16], local[16]; /* of IPv4 the first four */
    uint32_t scope;                /* of a link-local IPv6 address */
    uint16_t port;                 /* the other end's of UDP; 0: raw IP */
    uint16_t family;               /* AF_INET, AF_INET6 */
} dia_ends;

typedef struct dia_sctp_path {
    struct dia_sctp_paths *paths;
    dia_ends ends;
    uint32_t users;  /* associations; 0: another one may have the place */
    bool registered; /* usrsctp knows it */
} dia_sctp_path;

typedef struct dia_sctp_paths {
    dia_sctp_path *table;
    uint64_t *told;      /* codes of path and tag, for cookies that come back */
    dia_sctp_path guest; /* over which somebody is answered who gets no place */
    uint8_t key[16];
    const dia_allocator *alloc;
} dia_sctp_paths;

/* `key` is secret: it keeps others from choosing addresses that share a place. DIA_ENOMEM. */
int dia_sctp_paths_init(dia_sctp_paths *paths, const uint8_t key[16], const dia_allocator *alloc);
void dia_sctp_paths_done(dia_sctp_paths *paths);

/* The path that associations over these ends have; NULL: there are none. */
dia_sctp_path *dia_sctp_paths_find(const dia_sctp_paths *paths, const dia_ends *ends);

/* That path, else a place that nobody uses, with these ends; NULL: all are taken. */
dia_sctp_path *dia_sctp_paths_take(dia_sctp_paths *paths, const dia_ends *ends);

/* It is an association's from here on, or no longer. */
void dia_sctp_path_hold(dia_sctp_path *path);
void dia_sctp_path_drop(dia_sctp_path *path);

/* Over which path may a packet of ends without associations go on? Where somebody `listens` at its port, whoever asks (INIT) gets a
 * place, and has it again when the cookie comes back that was told over this path. What belongs to an association that is no more
 * goes over paths->guest, so that it is answered with ABORT. NULL: it is dropped. */
dia_sctp_path *dia_sctp_paths_admit(dia_sctp_paths *paths, const dia_ends *ends, dia_bytes packet, bool listens);

/* A packet of ours leaves over a path. */
void dia_sctp_paths_answered(dia_sctp_paths *paths, const dia_sctp_path *path, dia_bytes packet);

/* A header and a chunk's head; and the port that a packet of at least so many octets goes to. */
enum { DIA_PACKET_MIN = 16 };
uint16_t dia_packet_port(dia_bytes packet);

/* The answer to an INIT for a port where nobody listens: ABORT; absent: it is none. A view of `to`. */
dia_bytes dia_packet_refuse(dia_bytes packet, uint8_t to[DIA_PACKET_MIN]);

#endif

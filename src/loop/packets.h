/* Packets of SCTP through sockets of ours: in UDP (RFC 6951) or bare in IP, many at a time. */
#ifndef LOOP_PACKETS_H
#define LOOP_PACKETS_H

#include "loop/loop.h"
#include "loop/paths.h"

#include <netinet/in.h>

typedef struct dia_packets dia_packets;

/* One packet came; it is only valid until fn returns. */
typedef void dia_packet_fn(void *arg, const dia_ends *ends, dia_bytes packet);

/* Sockets at a UDP port, or raw ones (0), of one address or any (NULL), both families. DIA_EINVAL: no address; DIA_ENOMEM,
 * DIA_ESYSTEM with errno. `done` is called behind each batch of packets. */
int dia_packets_open(dia_loop *loop, uint16_t udp_port, const char *address, dia_packet_fn *fn, void (*done)(void *arg),
                     void *arg, dia_packets **out);
void dia_packets_close(dia_packets *packets);

/* Puts a packet behind those that wait; what the sockets do not take is lost, as packets are. */
void dia_packets_send(dia_packets *packets, const dia_ends *ends, dia_bytes packet);
void dia_packets_flush(dia_packets *packets);

uint16_t dia_packets_port(const dia_packets *packets); /* of UDP; 0: raw */
bool dia_packets_has_family(const dia_packets *packets, int family);

/* Our address towards another one; false: there is no way to it. */
bool dia_packets_source(const struct sockaddr_storage *to, struct sockaddr_storage *local);

/* One of the two addresses, with a port. */
void dia_ends_address(const dia_ends *ends, const uint8_t *octets, uint16_t port, struct sockaddr_storage *to);

#endif

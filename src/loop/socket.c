/* What a configuration says of a socket: local address, DSCP, time-outs, keepalive, buffers. */
#include "loop/loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

static int set(int fd, int level, int name, uint32_t value)
{
    const int v = value > INT32_MAX ? INT32_MAX : (int)value;
    return setsockopt(fd, level, name, &v, sizeof v);
}

/* DSCP is the upper six bits of the octet (RFC 2474, 3). */
static int set_dscp(int fd, int family, uint32_t dscp)
{
    return family == AF_INET6 ? set(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2) : set(fd, IPPROTO_IP, IP_TOS, dscp << 2);
}

/* The options in the order of the struct; those that are 0 stay as the system has them. */
const char *dia_socket_set(int fd, int family, const dia_socket_options *o)
{
    if (o->dscp && set_dscp(fd, family, o->dscp))
        return "the DSCP of the socket cannot be set";
    if (o->user_timeout_ms && set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, o->user_timeout_ms))
        return "TCP_USER_TIMEOUT cannot be set";
    if (o->keepalive_s && (set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) || set(fd, IPPROTO_TCP, TCP_KEEPIDLE, o->keepalive_s)))
        return "keepalive of the socket cannot be set";
    if (o->send_buffer && set(fd, SOL_SOCKET, SO_SNDBUF, o->send_buffer))
        return "the send buffer of the socket cannot be set";
    if (o->receive_buffer && set(fd, SOL_SOCKET, SO_RCVBUF, o->receive_buffer))
        return "the receive buffer of the socket cannot be set";
    return NULL;
}

const char *dia_socket_bind(int fd, int family, const char *local)
{
    enum { MOST = 32 };
    struct sockaddr_storage addresses[MOST];
    const int on = 1, n = dia_sockaddrs_of(local, 0, addresses, MOST);
    int i = 0;
    if (!local)
        return NULL;
    while (i < n && addresses[i].ss_family != family)
        i++;
    if (i >= n)
        return "the local address is of another family than the peer's";
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on); /* the port is chosen when it connects */
    return bind(fd, (const struct sockaddr *)&addresses[i], dia_sockaddr_size(&addresses[i]))
               ? "the local address cannot be used"
               : NULL;
}

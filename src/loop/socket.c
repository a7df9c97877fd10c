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

int dia_socket_set(int fd, int family, const dia_socket_options *options)
{
    const bool failed =
        (options->dscp && set_dscp(fd, family, options->dscp)) ||
        (options->user_timeout_ms && set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options->user_timeout_ms)) ||
        (options->keepalive_s &&
         (set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) || set(fd, IPPROTO_TCP, TCP_KEEPIDLE, options->keepalive_s))) ||
        (options->send_buffer && set(fd, SOL_SOCKET, SO_SNDBUF, options->send_buffer)) ||
        (options->receive_buffer && set(fd, SOL_SOCKET, SO_RCVBUF, options->receive_buffer));
    return failed ? DIA_ESYSTEM : 0;
}

int dia_socket_bind(int fd, const char *local)
{
    struct sockaddr_storage address;
    socklen_t size;
    const int on = 1;
    if (!local)
        return 0;
    if (dia_sockaddr_of(dia_cstr(local), 0, &address, &size))
        return DIA_ESYSTEM;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on); /* the port is chosen when it connects */
    return bind(fd, (const struct sockaddr *)&address, size) ? DIA_ESYSTEM : 0;
}

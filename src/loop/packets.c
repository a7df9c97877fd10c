/* Packets of SCTP through our sockets: read by recvmmsg(), written by sendmmsg(), with the address of ours that each came to or is to
 * come from. */
#include "loop/packets.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What comes may be as long as IP has it; what goes is cut by usrsctp to the MTU that it is told. */
enum { BATCH_IN = 16, IN_SIZE = 65536, BATCHES = 4, BATCH_OUT = 64, OUT_SIZE = 1500, CONTROL = 64, BUFFER = 4 << 20 };
enum { SCTP = 132, AT_CHECKSUM = 8 };

typedef union control {
    size_t align;
    uint8_t octets[CONTROL];
} control;

typedef struct packet_out {
    dia_ends ends;
    struct sockaddr_storage to;
    control control;
    struct iovec part;
    uint8_t octets[OUT_SIZE];
} packet_out;

typedef struct packet_in {
    struct sockaddr_storage from;
    control control;
    struct iovec part;
    uint8_t octets[IN_SIZE];
} packet_in;

typedef struct window {
    dia_packets *packets;
    uv_poll_t poll;
    int fd, family;
    bool polled;
} window;

struct dia_packets {
    dia_loop *loop;
    const dia_allocator *alloc;
    dia_packet_fn *fn;
    void (*done)(void *arg);
    void *arg;
    window windows[2];
    size_t n_windows, n_open;
    uint16_t port;
    bool closing;
    size_t n_out;
    packet_in in[BATCH_IN];
    packet_out out[BATCH_OUT];
};

/* ---- Addresses ---- */

static void set_remote(dia_ends *ends, const struct sockaddr_storage *from, bool raw)
{
    ends->family = from->ss_family;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        memcpy(ends->remote, &in->sin_addr, 4);
        ends->port = raw ? 0 : ntohs(in->sin_port);
    } else {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        memcpy(ends->remote, &in6->sin6_addr, 16);
        ends->port = raw ? 0 : ntohs(in6->sin6_port);
        ends->scope = in6->sin6_scope_id;
    }
}

void dia_ends_address(const dia_ends *ends, const uint8_t *octets, uint16_t port, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof *to);
    to->ss_family = ends->family;
    if (ends->family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)to;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, octets, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)to;
        in6->sin6_port = htons(port);
        in6->sin6_scope_id = ends->scope;
        memcpy(&in6->sin6_addr, octets, 16);
    }
}

/* ---- Reading ---- */

static void set_local(dia_ends *ends, struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(ends->local, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(ends->local, &info.ipi6_addr, 16);
        }
    }
}

/* A raw socket of IPv4 gives the IP header, too. */
static dia_bytes without_header(dia_bytes packet)
{
    const size_t n = packet.n ? (size_t)(packet.p[0] & 15) * 4 : 0;
    return n && n <= packet.n ? (dia_bytes){ packet.p + n, packet.n - n } : (dia_bytes){ packet.p, 0 };
}

static void take(const window *w, struct mmsghdr *m, const packet_in *in)
{
    const bool raw = !w->packets->port;
    dia_ends ends = { 0 };
    if (m->msg_hdr.msg_flags & MSG_TRUNC)
        return;
    set_remote(&ends, &in->from, raw);
    set_local(&ends, &m->msg_hdr);
    dia_bytes packet = { in->octets, m->msg_len };
    if (raw && w->family == AF_INET)
        packet = without_header(packet);
    w->packets->fn(w->packets->arg, &ends, packet);
}

static int read_batch(const window *w)
{
    dia_packets *ps = w->packets;
    struct mmsghdr messages[BATCH_IN];
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i < BATCH_IN; i++) {
        packet_in *in = &ps->in[i];
        in->part = (struct iovec){ in->octets, IN_SIZE };
        messages[i].msg_hdr = (struct msghdr){ .msg_name = &in->from,
                                               .msg_namelen = sizeof in->from,
                                               .msg_iov = &in->part,
                                               .msg_iovlen = 1,
                                               .msg_control = &in->control,
                                               .msg_controllen = sizeof in->control };
    }
    const int n = recvmmsg(w->fd, messages, BATCH_IN, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n && !ps->closing; i++)
        take(w, &messages[i], &ps->in[i]);
    return n;
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Written only while something waits. */
static void watch(window *w, bool wants_write)
{
    uv_poll_start(&w->poll, UV_READABLE | (wants_write ? UV_WRITABLE : 0), on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    window *w = DIA_OF(poll, window, poll);
    dia_packets *ps = w->packets;
    (void)status;
    if (events & UV_WRITABLE) {
        watch(w, false);
        dia_packets_flush(ps);
    }
    for (int i = 0; i < BATCHES && !ps->closing && read_batch(w) == BATCH_IN; i++)
        ;
    if (!ps->closing)
        ps->done(ps->arg);
}

/* ---- Writing ---- */

static void set_source(struct msghdr *m, packet_out *out)
{
    static const uint8_t any[16] = { 0 };
    if (memcmp(out->ends.local, any, sizeof any) == 0)
        return;
    memset(&out->control, 0, sizeof out->control);
    m->msg_control = &out->control;
    m->msg_controllen = sizeof out->control;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    if (out->ends.family == AF_INET) {
        struct in_pktinfo info = { 0 };
        memcpy(&info.ipi_spec_dst, out->ends.local, 4);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        m->msg_controllen = CMSG_SPACE(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
    } else {
        struct in6_pktinfo info = { .ipi6_ifindex = out->ends.scope };
        memcpy(&info.ipi6_addr, out->ends.local, 16);
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        m->msg_controllen = CMSG_SPACE(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
    }
}

static window *window_of(dia_packets *ps, int family)
{
    for (size_t i = 0; i < ps->n_windows; i++)
        if (ps->windows[i].family == family)
            return &ps->windows[i];
    return NULL;
}

static void prepare(struct mmsghdr *m, packet_out *out)
{
    dia_ends_address(&out->ends, out->ends.remote, out->ends.port, &out->to);
    *m = (struct mmsghdr){ .msg_hdr = { .msg_name = &out->to,
                                        .msg_namelen = dia_sockaddr_size(&out->to),
                                        .msg_iov = &out->part,
                                        .msg_iovlen = 1 } };
    set_source(&m->msg_hdr, out);
}

/* Those of the batch from `first` on that share a family: how many. */
static size_t run_length(const dia_packets *ps, size_t first)
{
    size_t n = 1;
    while (first + n < ps->n_out && ps->out[first + n].ends.family == ps->out[first].ends.family)
        n++;
    return n;
}

/* A packet that the system refuses is as lost as one that the network loses; a socket that is full gets the rest later. */
void dia_packets_flush(dia_packets *ps)
{
    struct mmsghdr messages[BATCH_OUT];
    size_t at = 0;
    bool full = false;
    while (at < ps->n_out && !full) {
        window *w = window_of(ps, ps->out[at].ends.family);
        const size_t n = run_length(ps, at);
        for (size_t i = 0; w && i < n; i++)
            prepare(&messages[i], &ps->out[at + i]);
        const int sent = w ? sendmmsg(w->fd, messages, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL) : 1;
        full = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS);
        if (full)
            watch(w, true);
        else if (sent >= 0 || errno != EINTR)
            at += sent > 0 ? (size_t)sent : 1;
    }
    ps->n_out -= at;
    for (size_t i = 0; at && i < ps->n_out; i++) {
        ps->out[i].ends = ps->out[at + i].ends;
        ps->out[i].part = (struct iovec){ ps->out[i].octets, ps->out[at + i].part.iov_len };
        memcpy(ps->out[i].octets, ps->out[at + i].octets, ps->out[i].part.iov_len);
    }
}

void dia_packets_send(dia_packets *ps, const dia_ends *ends, dia_bytes packet)
{
    if (ps->n_out == BATCH_OUT)
        dia_packets_flush(ps);
    if (ps->n_out == BATCH_OUT || packet.n > OUT_SIZE || ps->closing)
        return;
    packet_out *out = &ps->out[ps->n_out++];
    out->ends = *ends;
    out->part = (struct iovec){ out->octets, packet.n };
    memcpy(out->octets, packet.p, packet.n);
}

/* ---- Life ---- */

static int open_socket(int family, uint16_t port, const struct sockaddr_storage *address, socklen_t size)
{
    const int on = 1, buffer = BUFFER, dont = IP_PMTUDISC_DONT;
    const int fd = socket(family, (port ? SOCK_DGRAM : SOCK_RAW) | SOCK_NONBLOCK | SOCK_CLOEXEC, port ? 0 : SCTP);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (family == AF_INET) {
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont, sizeof dont);
    }
    if (bind(fd, (const struct sockaddr *)address, size)) {
        const int err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static int open_window(dia_packets *ps, const char *address)
{
    struct sockaddr_storage at;
    socklen_t size;
    if (dia_sockaddr_of(dia_cstr(address), ps->port, &at, &size))
        return DIA_EINVAL;
    window *w = &ps->windows[ps->n_windows];
    *w = (window){ .packets = ps, .family = at.ss_family };
    w->fd = open_socket(w->family, ps->port, &at, size);
    if (w->fd < 0)
        return DIA_ESYSTEM;
    const int err = uv_poll_init(&ps->loop->uv, &w->poll, w->fd);
    if (err) {
        close(w->fd);
        errno = -err;
        return DIA_ESYSTEM;
    }
    ps->n_windows++;
    ps->n_open++;
    watch(w, false);
    return 0;
}

int dia_packets_open(dia_loop *loop, uint16_t udp_port, const char *address, dia_packet_fn *fn, void (*done)(void *arg),
                     void *arg, dia_packets **out)
{
    dia_packets *ps = dia_alloc(loop->alloc, sizeof *ps);
    if (!ps)
        return DIA_ENOMEM;
    memset(ps, 0, offsetof(dia_packets, in));
    ps->loop = loop;
    ps->alloc = loop->alloc;
    ps->fn = fn;
    ps->done = done;
    ps->arg = arg;
    ps->port = udp_port;
    int err = open_window(ps, address ? address : "0.0.0.0");
    const bool no_ipv6 = !err && !address && open_window(ps, "::") && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL;
    if (no_ipv6)
        err = DIA_ESYSTEM;
    if (err) {
        const int why = errno;
        if (ps->n_open)
            dia_packets_close(ps);
        else
            dia_release(loop->alloc, ps, sizeof *ps);
        errno = why;
        return err;
    }
    *out = ps;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    window *w = DIA_OF(handle, window, poll);
    dia_packets *ps = w->packets;
    close(w->fd);
    if (--ps->n_open == 0)
        dia_release(ps->alloc, ps, sizeof *ps);
}

void dia_packets_close(dia_packets *ps)
{
    dia_packets_flush(ps);
    ps->closing = true;
    for (size_t i = 0; i < ps->n_windows; i++)
        uv_close((uv_handle_t *)&ps->windows[i].poll, on_closed);
}

uint16_t dia_packets_port(const dia_packets *ps)
{
    return ps->port;
}

bool dia_packets_has_family(const dia_packets *ps, int family)
{
    for (size_t i = 0; i < ps->n_windows; i++)
        if (ps->windows[i].family == family)
            return true;
    return false;
}

/* Asked of the routes: a socket of its own that sends nothing. */
bool dia_packets_source(const struct sockaddr_storage *to, struct sockaddr_storage *local)
{
    socklen_t size = sizeof *local;
    const int fd = socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    const bool found = !connect(fd, (const struct sockaddr *)to, dia_sockaddr_size(to)) &&
                       !getsockname(fd, (struct sockaddr *)local, &size);
    close(fd);
    return found;
}

/* The kernel's SCTP (RFC 9260) by one-to-one sockets, with the options and notifications of RFC 6458; without libsctp. */
#include "loop/sctp.h"

#include "loop/carrier.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

/* A host has few addresses; SENDS is what one system call takes. */
enum { ADDRESSES_MAX = 32, SENDS = 64, BACKLOG = 1024 };

static int set(int fd, int name, const void *value, size_t size)
{
    return setsockopt(fd, IPPROTO_SCTP, name, value, (socklen_t)size);
}

static int set_int(int fd, int name, int value)
{
    return set(fd, name, &value, sizeof value);
}

/* ---- Addresses ---- */

/* Behind each other, as SCTP's calls want them: each as long as its family's. */
typedef struct packed {
    uint8_t octets[ADDRESSES_MAX * sizeof(struct sockaddr_in6)];
    size_t n;
} packed;

static void pack(packed *p, const struct sockaddr_storage *addresses, size_t n)
{
    p->n = 0;
    for (size_t i = 0; i < n && i < ADDRESSES_MAX; i++) {
        const size_t size = dia_sockaddr_size(&addresses[i]);
        memcpy(p->octets + p->n, &addresses[i], size);
        p->n += size;
    }
}

static size_t unpack(const uint8_t *octets, size_t n, size_t count, struct sockaddr_storage *to, size_t max)
{
    size_t at = 0, got = 0;
    while (got < count && got < max && n - at >= sizeof(struct sockaddr_in)) {
        struct sockaddr_storage *address = &to[got];
        memset(address, 0, sizeof *address);
        memcpy(address, octets + at, sizeof(struct sockaddr_in));
        const size_t size = dia_sockaddr_size(address);
        if (size > n - at)
            break;
        memcpy(address, octets + at, size);
        at += size;
        got++;
    }
    return got;
}

static bool has_v6(const struct sockaddr_storage *addresses, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (addresses[i].ss_family == AF_INET6)
            return true;
    return false;
}

static bool has_v4(const struct sockaddr_storage *addresses, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (addresses[i].ss_family == AF_INET)
            return true;
    return false;
}

/* The first by bind(), which chooses the port; the others get it, too. */
static int bind_all(int fd, const struct sockaddr_storage *addresses, size_t n)
{
    packed others;
    if (bind(fd, (const struct sockaddr *)addresses, dia_sockaddr_size(addresses)))
        return -1;
    pack(&others, addresses + 1, n - 1);
    return others.n ? set(fd, SCTP_SOCKOPT_BINDX_ADD, others.octets, others.n) : 0;
}

/* What SCTP_GET_LOCAL_ADDRS or SCTP_GET_PEER_ADDRS says. */
static size_t addresses_of(int fd, int name, struct sockaddr_storage *to, size_t max)
{
    _Alignas(struct sctp_getaddrs) uint8_t room[sizeof(struct sctp_getaddrs) + sizeof(packed)] = { 0 };
    struct sctp_getaddrs *get = (struct sctp_getaddrs *)(void *)room;
    socklen_t size = sizeof room;
    if (getsockopt(fd, IPPROTO_SCTP, name, get, &size))
        return 0;
    /* The length that comes back counts the octets before the addresses in the one case and not in the other. */
    return unpack(get->addrs, sizeof room - offsetof(struct sctp_getaddrs, addrs), get->addr_num, to, max);
}

/* ---- Options, before a socket is connected or listens ---- */

static uint32_t or_default(uint32_t value, uint32_t otherwise, uint32_t most)
{
    value = value ? value : otherwise;
    return value < most ? value : most;
}

static const char *set_paths(int fd, const dia_socket_options *o)
{
    const uint32_t retries = or_default(o->path_retries, DIA_SCTP_PATH_RETRIES, UINT16_MAX / 2);
    const struct sctp_rtoinfo rto = { .srto_initial = or_default(o->rto_max_ms, DIA_SCTP_RTO_MAX_MS, INT32_MAX),
                                      .srto_max = or_default(o->rto_max_ms, DIA_SCTP_RTO_MAX_MS, INT32_MAX),
                                      .srto_min = or_default(o->rto_min_ms, DIA_SCTP_RTO_MIN_MS, INT32_MAX) };
    const struct sctp_assocparams association = { .sasoc_asocmaxrxt = (uint16_t)(2 * retries) };
    const struct sctp_paddrparams path = { .spp_hbinterval =
                                               or_default(o->heartbeat_ms, DIA_SCTP_HEARTBEAT_MS, INT32_MAX),
                                           .spp_pathmaxrxt = (uint16_t)retries,
                                           .spp_flags = SPP_HB_ENABLE };
    if (set(fd, SCTP_RTOINFO, &rto, sizeof rto))
        return "the retransmission times of SCTP cannot be set";
    if (set(fd, SCTP_ASSOCINFO, &association, sizeof association) || set(fd, SCTP_PEER_ADDR_PARAMS, &path, sizeof path))
        return "the retries and heartbeats of SCTP cannot be set";
    return NULL;
}

/* Below it usrsctp, and SCTP by UDP of the other end (RFC 6951). */
static const char *set_encapsulation(int fd, int family, uint32_t port)
{
    struct sctp_udpencaps udp = { .sue_port = htons((uint16_t)port) };
    if (!port)
        return NULL;
    udp.sue_address.ss_family = (sa_family_t)family;
    return set(fd, SCTP_REMOTE_UDP_ENCAPS_PORT, &udp, sizeof udp) ? "SCTP in UDP cannot be set" : NULL;
}

/* DATA must be authenticated (RFC 6083, 4.5), by SHA-256 or else SHA-1. */
static const char *set_authentication(int fd)
{
    const struct sctp_assoc_value on = { .assoc_value = 1 };
    const struct sctp_authchunk data = { .sauth_chunk = 0 };
    _Alignas(struct sctp_hmacalgo) uint8_t room[sizeof(struct sctp_hmacalgo) + 2 * sizeof(uint16_t)];
    struct sctp_hmacalgo *hmac = (struct sctp_hmacalgo *)(void *)room;
    hmac->shmac_num_idents = 2;
    hmac->shmac_idents[0] = SCTP_AUTH_HMAC_ID_SHA256;
    hmac->shmac_idents[1] = SCTP_AUTH_HMAC_ID_SHA1;
    set(fd, SCTP_AUTH_SUPPORTED, &on, sizeof on); /* else sysctl net.sctp.auth_enable has to */
    return set(fd, SCTP_HMAC_IDENT, hmac, sizeof room) || set(fd, SCTP_AUTH_CHUNK, &data, sizeof data)
               ? "this kernel's SCTP authenticates nothing (net.sctp.auth_enable)"
               : NULL;
}

static void hear_of(int fd, bool dryness)
{
    const struct sctp_event_subscribe events = {
        .sctp_association_event = 1,
        .sctp_address_event = 1,
        .sctp_send_failure_event = 1,
        .sctp_peer_error_event = 1,
        .sctp_shutdown_event = 1,
        .sctp_partial_delivery_event = 1,
        .sctp_authentication_event = 1,
        .sctp_sender_dry_event = dryness,
    };
    set(fd, SCTP_EVENTS, &events, offsetof(struct sctp_event_subscribe, sctp_stream_reset_event));
}

/* A message that is longer than the send buffer can never be sent. */
static void set_room(int fd, const dia_socket_options *o, size_t longest)
{
    const int room = longest < INT32_MAX / 4 ? (int)longest : INT32_MAX / 4;
    if (!o->send_buffer && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

static const char *set_up(int fd, int family, const dia_socket_options *o, const dia_loop *loop, bool secure)
{
    const uint16_t streams = (uint16_t)or_default(o->streams, DIA_SCTP_STREAMS, UINT16_MAX);
    const struct sctp_initmsg init = { .sinit_num_ostreams = streams, .sinit_max_instreams = UINT16_MAX };
    const dia_socket_options ours = { .dscp = o->dscp,
                                      .send_buffer = o->send_buffer,
                                      .receive_buffer = o->receive_buffer };
    const char *why = dia_socket_set(fd, family, &ours);
    if (why)
        return why;
    set_room(fd, o, loop->node->hub.config.limits.message);
    if (set_int(fd, SCTP_NODELAY, 1) || set_int(fd, SCTP_RECVRCVINFO, 1) || set(fd, SCTP_INITMSG, &init, sizeof init))
        return "the options of SCTP cannot be set";
    if (family == AF_INET6)
        set_int(fd, SCTP_I_WANT_MAPPED_V4_ADDR, 0);
    hear_of(fd, false);
    if ((why = set_paths(fd, o)) || (why = set_encapsulation(fd, family, o->udp_port)))
        return why;
    return secure ? set_authentication(fd) : NULL;
}

/* -1 with errno. */
static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP);
}

bool dia_sctp_is_missing(int err)
{
    return err == EPROTONOSUPPORT || err == ESOCKTNOSUPPORT;
}

const dia_carrier *dia_sctp_kernel(const char **why)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
    if (fd >= 0) {
        close(fd);
        return &dia_carrier_sctp;
    }
    if (!dia_sctp_is_missing(errno))
        return &dia_carrier_sctp; /* no descriptor now: the connection will say so */
    *why = "this kernel has no SCTP";
    return NULL;
}

/* ---- Connecting and listening ---- */

/* Those of a family that our end has, too; without addresses of ours that are said, all that the kernel can speak to. */
static size_t choose(const struct sockaddr_storage *from, size_t n, bool v4, bool v6, struct sockaddr_storage *to)
{
    size_t chosen = 0;
    for (size_t i = 0; i < n && chosen < ADDRESSES_MAX; i++)
        if (from[i].ss_family == AF_INET6 ? v6 : v4)
            to[chosen++] = from[i];
    return chosen;
}

static bool has_ipv6(void)
{
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || errno != EAFNOSUPPORT;
}

static const char *sctp_connect(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    struct sockaddr_storage locals[ADDRESSES_MAX], remotes[ADDRESSES_MAX];
    const int found = dia_sockaddrs_of(options->local, 0, locals, ADDRESSES_MAX);
    if (found < 0)
        return "the local addresses are no addresses, or too many";
    const size_t n_locals = (size_t)found;
    const size_t n_remotes = n_locals ? choose(to, n, has_v4(locals, n_locals), has_v6(locals, n_locals), remotes)
                                      : choose(to, n, true, has_v6(to, n) && has_ipv6(), remotes);
    packed addresses;
    if (!n_remotes)
        return n_locals ? "the local addresses are of another family than the peer's" : "the host cannot be reached";
    const int family = has_v6(remotes, n_remotes) || has_v6(locals, n_locals) ? AF_INET6 : AF_INET;
    l->fd = open_socket(family);
    if (l->fd < 0)
        return dia_sctp_is_missing(errno) ? "this kernel has no SCTP" : dia_link_why_not_connected(errno);
    const char *why = set_up(l->fd, family, options, l->loop, l->secure);
    if (why)
        return why;
    if (n_locals && bind_all(l->fd, locals, n_locals))
        return "the local addresses cannot be used";
    pack(&addresses, remotes, n_remotes);
    if (dia_polled_begin(l) ||
        (set(l->fd, SCTP_SOCKOPT_CONNECTX, addresses.octets, addresses.n) < 0 && errno != EINPROGRESS))
        return dia_link_why_not_connected(errno);
    return NULL;
}

static int listen_at(int fd, int family, dia_listening *l, const struct sockaddr_storage *at, size_t n,
                     const dia_socket_options *options)
{
    const int on = 1, v6_alone = !has_v4(at, n);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_alone, sizeof v6_alone);
    l->why = set_up(fd, family, options, l->loop, l->secure);
    return l->why || bind_all(fd, at, n) || listen(fd, BACKLOG) ? -1 : 0;
}

static int sctp_listen(dia_listening *l, const struct sockaddr_storage *at, size_t n, const dia_socket_options *options)
{
    const int family = has_v6(at, n) ? AF_INET6 : AF_INET;
    l->fd = open_socket(family);
    if (l->fd < 0 && dia_sctp_is_missing(errno)) {
        l->why = "this kernel has no SCTP";
        return DIA_ENOTSUP;
    }
    if (l->fd < 0)
        return DIA_ESYSTEM;
    return listen_at(l->fd, family, l, at, n, options) ? DIA_ESYSTEM : dia_polled_listen(l);
}

static void sctp_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    socklen_t n = sizeof *local;
    getsockname(l->fd, (struct sockaddr *)local, &n);
    n = sizeof *local;
    if (remote)
        getpeername(l->fd, (struct sockaddr *)remote, &n);
}

static size_t sctp_locals(const dia_link *l, struct sockaddr_storage *to, size_t max)
{
    return addresses_of(l->fd, SCTP_GET_LOCAL_ADDRS, to, max);
}

/* What is longer than the send buffer is never taken (EMSGSIZE). */
static size_t sctp_message_max(const dia_link *l)
{
    int room = 0;
    socklen_t size = sizeof room;
    getsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &room, &size);
    return room > 0 ? (size_t)room : 0;
}

/* ---- Notifications ---- */

static const char *host_of(const struct sockaddr_storage *address, char *to, size_t size)
{
    const void *octets = address->ss_family == AF_INET6
                             ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
                             : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    return inet_ntop(address->ss_family, octets, to, (socklen_t)size) ? to : "?";
}

static void on_path(dia_link *l, const struct sctp_paddr_change *change)
{
    static const char *const states[] = {
        [SCTP_ADDR_AVAILABLE] = "can be reached",
        [SCTP_ADDR_UNREACHABLE] = "cannot be reached",
        [SCTP_ADDR_REMOVED] = "was removed",
        [SCTP_ADDR_ADDED] = "was added",
        [SCTP_ADDR_MADE_PRIM] = "is primary",
        [SCTP_ADDR_CONFIRMED] = "is confirmed",
        [SCTP_ADDR_POTENTIALLY_FAILED] = "may have failed",
    };
    char host[INET6_ADDRSTRLEN], text[100];
    struct sockaddr_storage address;
    memcpy(&address, &change->spc_aaddr, sizeof address);
    const unsigned state = (unsigned)change->spc_state;
    if (state >= sizeof states / sizeof *states)
        return;
    snprintf(text, sizeof text, "the address %s %s", host_of(&address, host, sizeof host), states[state]);
    dia_link_note(l, text);
}

static void on_association(dia_link *l, const struct sctp_assoc_change *change)
{
    char text[100];
    switch (change->sac_state) {
    case SCTP_COMM_UP:
        snprintf(text, sizeof text, "the association has %u streams out and %u in", change->sac_outbound_streams,
                 change->sac_inbound_streams);
        dia_link_note(l, text);
        break;
    case SCTP_COMM_LOST: dia_link_close(l, "the association was lost"); break;
    case SCTP_RESTART: /* the peer knows nothing of what was agreed in it */
        dia_polled_reset(l);
        dia_link_close(l, "the peer has begun the association anew");
        break;
    default: break;
    }
}

static void on_notification(dia_link *l, const union sctp_notification *note)
{
    char text[100];
    switch (note->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE: on_association(l, &note->sn_assoc_change); break;
    case SCTP_PEER_ADDR_CHANGE: on_path(l, &note->sn_paddr_change); break;
    case SCTP_SEND_FAILED: dia_link_note(l, "a message could not be delivered"); break;
    case SCTP_REMOTE_ERROR:
        snprintf(text, sizeof text, "the other end's SCTP reports error %u", ntohs(note->sn_remote_error.sre_error));
        dia_link_note(l, text);
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        dia_polled_reset(l);
        dia_link_close(l, "the rest of a message will not come");
        break;
    case SCTP_AUTHENTICATION_EVENT:
        if (note->sn_authkey_event.auth_indication == SCTP_AUTH_NO_AUTH && l->secure)
            dia_link_note(l, "the other end does not authenticate (SCTP-AUTH)");
        break;
    case SCTP_SENDER_DRY_EVENT:
        hear_of(l->fd, false);
        dia_link_dry(l);
        break;
    default: break; /* SHUTDOWN: the end of the stream says so */
    }
}

/* Whoever has begun the shutdown hears of its end in this way alone: for him the kernel has no end of the stream. */
static bool is_end(const union sctp_notification *note)
{
    return note->sn_header.sn_type == SCTP_ASSOC_CHANGE && note->sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP;
}

/* ---- Octets ---- */

static void how_it_came(const struct msghdr *m, dia_arrival *how)
{
    how->whole = m->msg_flags & MSG_EOR;
    for (const struct cmsghdr *c = CMSG_FIRSTHDR(m); c;
         c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)m, (struct cmsghdr *)(uintptr_t)c)) {
        struct sctp_rcvinfo info;
        if (c->cmsg_level != IPPROTO_SCTP || c->cmsg_type != SCTP_RCVINFO)
            continue;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        how->ordered = !(info.rcv_flags & SCTP_UNORDERED);
        how->ppid = ntohl(info.rcv_ppid);
        how->stream = info.rcv_sid;
    }
}

static ssize_t sctp_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct sctp_rcvinfo)) + 64];
    struct iovec octets = { to, max };
    struct msghdr m = { .msg_iov = &octets, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    const ssize_t n = recvmsg(l->fd, &m, 0);
    if (n <= 0)
        return n;
    if (!(m.msg_flags & MSG_NOTIFICATION)) {
        how_it_came(&m, how);
        return n;
    }
    union sctp_notification note = { { 0 } };
    memcpy(&note, to, (size_t)n < sizeof note ? (size_t)n : sizeof note);
    if (is_end(&note))
        return 0;
    how->note = true;
    on_notification(l, &note);
    return 0;
}

/* A piece as the kernel wants it: what it says of itself goes beside its octets. */
typedef struct letter {
    struct iovec octets;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
} letter;

static void write_letter(const dia_piece *piece, letter *to, struct msghdr *m)
{
    const struct sctp_sndinfo info = {
        .snd_sid = piece->stream,
        .snd_flags =
            (uint16_t)((piece->ordered ? 0 : SCTP_UNORDERED) | (piece->immediately ? SCTP_SACK_IMMEDIATELY : 0)),
        .snd_ppid = htonl(piece->ppid),
    };
    to->octets = (struct iovec){ (void *)(uintptr_t)piece->octets.p, piece->octets.n };
    *m = (struct msghdr){
        .msg_iov = &to->octets, .msg_iovlen = 1, .msg_control = to->control, .msg_controllen = sizeof to->control
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = SCTP_SNDINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
}

/* Packets are filled from all of them: only behind the last one nothing more is to be waited for. */
static ssize_t sctp_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    letter letters[SENDS];
    struct mmsghdr m[SENDS];
    ssize_t sent = 0;
    n = n < SENDS ? n : SENDS;
    for (size_t i = 0; i < n; i++)
        write_letter(&pieces[i], &letters[i], &m[i].msg_hdr);
    if (n > 1 && (sent = sendmmsg(l->fd, m, (unsigned)n - 1, MSG_NOSIGNAL | MSG_MORE)) < (ssize_t)n - 1)
        return sent;
    const ssize_t last = sendmsg(l->fd, &m[n - 1].msg_hdr, MSG_NOSIGNAL);
    return last >= 0 ? sent + 1 : sent ? sent : -1;
}

/* ---- Keys (RFC 4895) ---- */

static bool sctp_authenticates(const dia_link *l)
{
    _Alignas(struct sctp_authchunks) uint8_t room[sizeof(struct sctp_authchunks) + 256] = { 0 };
    struct sctp_authchunks *chunks = (struct sctp_authchunks *)(void *)room;
    socklen_t size = sizeof room;
    if (getsockopt(l->fd, IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS, chunks, &size))
        return false;
    for (uint32_t i = 0; i < chunks->gauth_number_of_chunks && i < 256; i++)
        if (chunks->gauth_chunks[i] == 0)
            return true;
    return false;
}

static int sctp_set_key(dia_link *l, uint16_t id, const uint8_t *octets, size_t n)
{
    _Alignas(struct sctp_authkey) uint8_t room[sizeof(struct sctp_authkey) + 256] = { 0 };
    struct sctp_authkey *key = (struct sctp_authkey *)(void *)room;
    if (n > 256)
        return EINVAL;
    key->sca_keynumber = id;
    key->sca_keylength = (uint16_t)n;
    memcpy(key->sca_key, octets, n);
    const int err = set(l->fd, SCTP_AUTH_KEY, key, sizeof *key + n) ? errno : 0;
    explicit_bzero(room, sizeof room);
    return err;
}

static int sctp_use_key(dia_link *l, uint16_t id)
{
    const struct sctp_authkeyid key = { .scact_keynumber = id };
    return set(l->fd, SCTP_AUTH_ACTIVE_KEY, &key, sizeof key) ? errno : 0;
}

/* What was sent with it and not acknowledged yet keeps it in the kernel. */
static int sctp_drop_key(dia_link *l, uint16_t id)
{
    const struct sctp_authkeyid key = { .scact_keynumber = id };
    set(l->fd, SCTP_AUTH_DEACTIVATE_KEY, &key, sizeof key); /* kernels before 4.20 know only the next one */
    return set(l->fd, SCTP_AUTH_DELETE_KEY, &key, sizeof key) ? errno : 0;
}

/* Whoever begins to listen for dryness while nothing is under way is told at once. */
static bool sctp_is_dry(dia_link *l)
{
    hear_of(l->fd, true);
    return false;
}

const dia_carrier dia_carrier_sctp = {
    .name = "SCTP",
    .kind = DIA_CONN_MESSAGE,
    .whole_host = true,
    .connect = sctp_connect,
    .ends = sctp_ends,
    .locals = sctp_locals,
    .message_max = sctp_message_max,
    .receive = sctp_receive,
    .send = sctp_send,
    .watch = dia_polled_watch,
    .shut = dia_polled_shut,
    .reset = dia_polled_reset,
    .close = dia_polled_close,
    .listen = sctp_listen,
    .port = dia_polled_port,
    .rest = dia_polled_rest,
    .unlisten = dia_polled_unlisten,
    .authenticates = sctp_authenticates,
    .set_key = sctp_set_key,
    .use_key = sctp_use_key,
    .drop_key = sctp_drop_key,
    .is_dry = sctp_is_dry,
};

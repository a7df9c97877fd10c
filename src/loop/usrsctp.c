/* SCTP in this process (usrsctp), for hosts whose kernel has none: in its single-threaded mode, so that packets, timers and sockets of it
 * have their turn in the loop and nowhere else.
 *
 * usrsctp is one per process and keeps its state itself. It knows our paths as addresses of a family of its own (AF_CONN), of which an
 * association has one: there is no multihoming. */
#include "loop/carrier.h"
#include "loop/packets.h"

#include <errno.h>
#include <stdio.h>
#include <usrsctp.h>

/* The wheel of usrsctp's timers turns in steps of 10 ms. Packets fit the usual Ethernet behind all headers, of IPv6 and UDP, too. Who
 * is left behind by its link may take CLOSE_US for the SHUTDOWN. RFC 6951, 8: 9899 is the port of SCTP in UDP. */
enum { TICK_MS = 10, QUIET_US = 1000000, MTU = 1400, BUFFER = 262144, BACKLOG = 1024, CLOSE_US = 5000000 };
enum { FINISH_TICKS = 100, UDP_PORT = 9899, STREAMS = 16, ATTEMPTS = 4, RTO_MIN = 100, RTO_MAX = 1000, HEARTBEAT = 5000 };
enum { PATH_RETRIES = 3, BLACKHOLE = 2, DATA = 0 };

typedef struct usr {
    dia_loop *loop;
    dia_packets *packets;
    dia_paths paths;
    uv_timer_t timer;
    uv_idle_t idle; /* active while somebody is ready, so that nothing waits */
    dia_list ends, dying, ports;
    dia_list ready_ends, ready_ports;
    int64_t ticked_us, busy_us; /* when the timers were turned, and when there was an association for the last time */
    size_t open_handles;
    bool ticking, idling, serving, closing;
} usr;

/* Of an association, or what is to become one. */
typedef struct end {
    dia_list place; /* in usr->ends, or usr->dying */
    dia_list ready;
    usr *usr;
    dia_link *link; /* NULL: it ends without one */
    struct socket *so;
    dia_path *path;
    uint16_t port; /* of the other end */
    int wanted;
    bool no_delay, is_reset, over; /* over: the association is no more */
    size_t part;                   /* octets of the next piece that are sent already */
    int64_t dies_us;
} end;

/* One socket of usrsctp listens for all addresses of a port. */
typedef struct port {
    dia_list place, ready;
    dia_list listeners;
    usr *usr;
    struct socket *so;
    uint16_t number;
} port;

typedef struct listener {
    dia_list place;
    port *port;
    dia_listening *listening;
    struct sockaddr_storage at;
    bool rests;
} listener;

static void serve(usr *u);

/* ---- Time ---- */

static void turn_timers(usr *u)
{
    const int64_t now = dia_loop_clock().us;
    const int64_t ms = (now - u->ticked_us) / 1000;
    if (ms < TICK_MS)
        return;
    u->ticked_us += ms * 1000;
    usrsctp_handle_timers((uint32_t)(ms < UINT32_MAX ? ms : UINT32_MAX));
}

static void bury(end *e);

static void on_tick(uv_timer_t *timer)
{
    usr *u = timer->data;
    const int64_t now = dia_loop_clock().us;
    turn_timers(u);
    serve(u);
    DIA_LIST_EACH (p, &u->dying) {
        end *e = DIA_OF(p, end, place);
        if (e->dies_us <= now)
            bury(e);
    }
    if (!dia_list_empty(&u->ends) || !dia_list_empty(&u->dying))
        u->busy_us = now;
    if (now - u->busy_us < QUIET_US)
        return;
    u->ticking = false;
    uv_timer_stop(timer);
}

/* There is no telling when usrsctp's next timer is due: it is asked as long as there is anybody. */
static void tick(usr *u)
{
    u->busy_us = dia_loop_clock().us;
    if (u->ticking)
        return;
    u->ticking = true;
    u->ticked_us = u->busy_us;
    uv_timer_start(&u->timer, on_tick, TICK_MS, TICK_MS);
}

/* ---- Who is ready ---- */

static void on_idle(uv_idle_t *idle)
{
    serve(idle->data);
}

static void be_ready(usr *u, dia_list *all, dia_list *ready)
{
    if (dia_list_empty(ready))
        dia_list_push_back(all, ready);
    if (u->idling || u->closing)
        return;
    u->idling = true;
    uv_idle_start(&u->idle, on_idle);
}

/* From inside of usrsctp, so nothing is called here. */
static void on_end(struct socket *so, void *arg, int flags)
{
    end *e = arg;
    (void)so;
    (void)flags;
    be_ready(e->usr, &e->usr->ready_ends, &e->ready);
}

static void on_port(struct socket *so, void *arg, int flags)
{
    port *p = arg;
    (void)so;
    (void)flags;
    be_ready(p->usr, &p->usr->ready_ports, &p->ready);
}

/* ---- Sockets of usrsctp ---- */

static int set(struct socket *so, int name, const void *value, size_t n)
{
    return usrsctp_setsockopt(so, IPPROTO_SCTP, name, value, (socklen_t)n);
}

static void set_int(struct socket *so, int level, int name, int value)
{
    usrsctp_setsockopt(so, level, name, &value, sizeof value);
}

static void want_event(struct socket *so, uint16_t type, bool on)
{
    const struct sctp_event event = { .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = type, .se_on = on };
    set(so, SCTP_EVENT, &event, sizeof event);
}

static uint32_t or(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

/* What an association is begun with. */
static void set_beginning(struct socket *so, const dia_socket_options *o, bool secure)
{
    const uint16_t streams = (uint16_t)or(o->streams, STREAMS);
    const uint32_t rto_max = or(o->rto_max_ms, RTO_MAX);
    const struct sctp_initmsg init = { streams, streams, ATTEMPTS, (uint16_t)(rto_max < UINT16_MAX ? rto_max : UINT16_MAX) };
    const struct sctp_rtoinfo rto = { .srto_initial = rto_max, .srto_max = rto_max, .srto_min = or(o->rto_min_ms, RTO_MIN) };
    const uint32_t retries = or(o->path_retries, PATH_RETRIES);
    const struct sctp_assocparams association = { .sasoc_asocmaxrxt = (uint16_t)(2 * retries) };
    const struct sctp_authchunk data = { .sauth_chunk = DATA };
    usrsctp_set_non_blocking(so, 1);
    set_int(so, SOL_SOCKET, SO_SNDBUF, (int)or(o->send_buffer, BUFFER));
    set_int(so, SOL_SOCKET, SO_RCVBUF, (int)or(o->receive_buffer, BUFFER));
    set(so, SCTP_INITMSG, &init, sizeof init);
    set(so, SCTP_RTOINFO, &rto, sizeof rto);
    set(so, SCTP_ASSOCINFO, &association, sizeof association);
    if (secure)
        set(so, SCTP_AUTH_CHUNK, &data, sizeof data);
}

/* What it goes on with. A message that does not fit the buffer goes in parts (EXPLICIT_EOR). */
static void set_rest(struct socket *so, const dia_socket_options *o)
{
    static const uint16_t events[] = { SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_REMOTE_ERROR,
                                       SCTP_SHUTDOWN_EVENT, SCTP_AUTHENTICATION_EVENT };
    struct sctp_paddrparams path = { .spp_hbinterval = or(o->heartbeat_ms, HEARTBEAT),
                                     .spp_pathmtu = MTU,
                                     .spp_flags = SPP_HB_ENABLE | SPP_PMTUD_DISABLE,
                                     .spp_pathmaxrxt = (uint16_t) or(o->path_retries, PATH_RETRIES) };
    path.spp_address.ss_family = AF_CONN;
    usrsctp_set_non_blocking(so, 1);
    set(so, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
    set_int(so, IPPROTO_SCTP, SCTP_NODELAY, 1);
    set_int(so, IPPROTO_SCTP, SCTP_EXPLICIT_EOR, 1);
    set_int(so, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        want_event(so, events[i], true);
}

static struct socket *open_so(void)
{
    return usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
}

static struct sockaddr_conn conn_of(dia_path *path, uint16_t number)
{
    return (struct sockaddr_conn){ .sconn_family = AF_CONN, .sconn_port = htons(number), .sconn_addr = path };
}

static uint16_t own_port(struct socket *so)
{
    struct sockaddr *found;
    uint16_t number = 0;
    if (usrsctp_getladdrs(so, 0, &found) <= 0)
        return 0;
    if (found->sa_family == AF_CONN)
        number = ntohs(((const struct sockaddr_conn *)(const void *)found)->sconn_port);
    usrsctp_freeladdrs(found);
    return number;
}

static int error_of(struct socket *so)
{
    int err = 0;
    socklen_t n = sizeof err;
    usrsctp_getsockopt(so, SOL_SOCKET, SO_ERROR, &err, &n);
    return err;
}

/* ---- Ends ---- */

static end *end_new(usr *u, dia_link *link, struct socket *so, dia_path *path, uint16_t number)
{
    end *e = dia_alloc0(u->loop->alloc, sizeof *e);
    if (!e)
        return NULL;
    e->usr = u;
    e->link = link;
    e->so = so;
    e->path = path;
    e->port = number;
    e->no_delay = true;
    link->below = e;
    dia_path_hold(path);
    dia_list_init(&e->ready);
    dia_list_push_back(&u->ends, &e->place);
    usrsctp_set_upcall(so, on_end, e);
    tick(u);
    return e;
}

/* An association that has not ended by itself is aborted. */
static void bury(end *e)
{
    usr *u = e->usr;
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    usrsctp_set_upcall(e->so, NULL, NULL);
    if (!e->over)
        usrsctp_setsockopt(e->so, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    usrsctp_close(e->so);
    dia_path_drop(e->path);
    dia_list_remove(&e->ready);
    dia_list_remove(&e->place);
    dia_release(u->loop->alloc, e, sizeof *e);
}

static struct sctp_rcvinfo info_of(void)
{
    return (struct sctp_rcvinfo){ 0 };
}

static ssize_t receive(end *e, uint8_t *to, size_t max, struct sctp_rcvinfo *info, int *flags)
{
    struct sockaddr_conn from;
    socklen_t from_size = sizeof from, size = sizeof *info;
    unsigned type = 0;
    *info = info_of();
    *flags = 0;
    const ssize_t n =
        usrsctp_recvv(e->so, to, max, (struct sockaddr *)&from, &from_size, info, &size, &type, flags);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        e->over = true;
    return n;
}

/* Reads on to the end, for nobody. */
static void see_end(end *e)
{
    uint8_t rest[4096];
    struct sctp_rcvinfo info;
    int flags;
    while (receive(e, rest, sizeof rest, &info, &flags) > 0)
        ;
    if (e->over)
        bury(e);
}

/* ---- Carrying ---- */

static usr *usr_of(const dia_loop *loop)
{
    return loop->usr;
}

static bool fill_ends(const usr *u, const struct sockaddr_storage *to, const dia_socket_options *o, dia_ends *ends,
                      const char **why)
{
    struct sockaddr_storage local = { 0 };
    socklen_t size;
    *ends = (dia_ends){ .family = to->ss_family };
    *why = "the local address is of another family than the peer's";
    if (o->local && strchr(o->local, ',')) {
        *why = "usrsctp has no multihoming: one local address, please, or the kernel's SCTP";
        return false;
    }
    if (o->local && (dia_sockaddr_of(dia_cstr(o->local), 0, &local, &size) || local.ss_family != to->ss_family))
        return false;
    *why = "usrsctp has no socket of the peer's family of addresses";
    if (!dia_packets_has_family(u->packets, to->ss_family))
        return false;
    *why = "the host cannot be reached";
    if (!o->local && !dia_packets_source(u->packets, to, &local))
        return false;
    dia_endpoint remote, from;
    dia_endpoint_of(to, &remote);
    dia_endpoint_of(&local, &from);
    memcpy(ends->remote, remote.address.value.p, remote.address.value.n);
    memcpy(ends->local, from.address.value.p, from.address.value.n);
    if (to->ss_family == AF_INET6)
        ends->scope = ((const struct sockaddr_in6 *)(const void *)to)->sin6_scope_id;
    if (dia_packets_port(u->packets))
        ends->port = (uint16_t) or(o->udp_port, UDP_PORT);
    return true;
}

static void be_known(dia_path *path)
{
    if (path->registered)
        return;
    usrsctp_register_address(path);
    path->registered = true;
}

static const char *usr_connect(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    usr *u = usr_of(l->loop);
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    dia_ends ends;
    dia_endpoint remote;
    const char *why;
    (void)n;
    if (!fill_ends(u, to, options, &ends, &why))
        return why;
    dia_path *path = dia_paths_take(&u->paths, &ends);
    struct socket *so = path ? open_so() : NULL;
    if (!so)
        return "no memory for an association";
    dia_endpoint_of(to, &remote);
    be_known(path);
    set_beginning(so, options, l->secure);
    set_rest(so, options);
    if (!end_new(u, l, so, path, remote.port)) {
        usrsctp_close(so);
        return "no memory for an association";
    }
    struct sockaddr_conn address = conn_of(path, remote.port);
    if (usrsctp_connect(so, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        return dia_link_why_not_connected(errno);
    return NULL;
}

static void fill_address(struct sockaddr_storage *to, const dia_ends *ends, const uint8_t *octets, uint16_t number)
{
    char text[DIA_IP_TEXT];
    socklen_t size;
    (void)text;
    (void)size;
    memset(to, 0, sizeof *to);
    to->ss_family = ends->family;
    if (ends->family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)to;
        in->sin_port = htons(number);
        memcpy(&in->sin_addr, octets, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)to;
        in6->sin6_port = htons(number);
        memcpy(&in6->sin6_addr, octets, 16);
    }
}

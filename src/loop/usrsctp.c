/* SCTP in this process (usrsctp), for hosts whose kernel has none: in its single-threaded mode, so that packets, timers and sockets of it
 * have their turn in the loop and nowhere else.
 *
 * usrsctp is one per process and keeps its state itself. It knows our paths as addresses of a family of its own (AF_CONN), of which an
 * association has one: there is no multihoming. */
#include "loop/carrier.h"
#include "loop/packets.h"
#include "loop/sctp.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <usrsctp.h>

/* The wheel of usrsctp's timers turns in steps of 10 ms. Packets fit the usual Ethernet behind all headers, of IPv6 and UDP, too. Who
 * is left behind by its link may take CLOSE_US for the SHUTDOWN. RFC 6951, 8: 9899 is the port of SCTP in UDP. */
enum {
    TICK_MS = 10,
    QUIET_US = 1000000,
    MTU = 1400,
    BUFFER = 262144,
    BACKLOG = 1024,
    CLOSE_US = 5000000,
    OVER_US = 2000000
};
enum { FINISH_TICKS = 100, UDP_PORT = 9899, ATTEMPTS = 4, BLACKHOLE = 2, DATA = 0, PORT_TRIES = 100, LISTENER_MAX = 8 };

typedef struct dia_usr {
    dia_loop *loop;
    dia_packets *packets;
    dia_sctp_paths paths;
    uv_timer_t timer;
    uv_idle_t idle; /* active while somebody is ready, so that nothing waits */
    dia_list ends, dying, ports;
    dia_list ready_ends, ready_ports;
    dia_list closed;            /* links, by their `linger`, which nobody uses then */
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
    dia_sctp_path *path;
    uint16_t port, own_port; /* of the other end, and ours */
    int wanted;
    bool no_delay, is_reset, over; /* over: the association is no more */
    int64_t dies_us;
    bool *gone; /* told when it is freed */
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
    struct sockaddr_storage at[LISTENER_MAX]; /* those of one name: any of them */
    size_t n_at;
    bool rests;
} listener;

static const dia_carrier dia_carrier_usrsctp;

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

static uint32_t or (uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

/* A message that is longer than the send buffer can never be sent: in parts (EXPLICIT_EOR) usrsctp 0.9.5 loses count of the room. */
static void set_room(struct socket *so, const dia_socket_options *o, size_t longest)
{
    const size_t room = longest < INT32_MAX / 4 ? longest : INT32_MAX / 4;
    set_int(so, SOL_SOCKET, SO_SNDBUF, o->send_buffer ? (int)o->send_buffer : room > BUFFER ? (int)room : BUFFER);
    set_int(so, SOL_SOCKET, SO_RCVBUF, (int) or (o->receive_buffer, BUFFER));
}

/* What an association is begun with. */
static void set_beginning(struct socket *so, const dia_socket_options *o, size_t longest, bool secure)
{
    const uint16_t streams = (uint16_t) or (o->streams, DIA_SCTP_STREAMS);
    const uint32_t rto_max = or (o->rto_max_ms, DIA_SCTP_RTO_MAX_MS);
    const struct sctp_initmsg init = { streams, streams, ATTEMPTS,
                                       (uint16_t)(rto_max < UINT16_MAX ? rto_max : UINT16_MAX) };
    const struct sctp_rtoinfo rto = { .srto_initial = rto_max,
                                      .srto_max = rto_max,
                                      .srto_min = or (o->rto_min_ms, DIA_SCTP_RTO_MIN_MS) };
    const uint32_t retries = or (o->path_retries, DIA_SCTP_PATH_RETRIES);
    const struct sctp_assocparams association = { .sasoc_asocmaxrxt = (uint16_t)(2 * retries) };
    const struct sctp_authchunk data = { .sauth_chunk = DATA };
    usrsctp_set_non_blocking(so, 1);
    set_room(so, o, longest);
    set(so, SCTP_INITMSG, &init, sizeof init);
    set(so, SCTP_RTOINFO, &rto, sizeof rto);
    set(so, SCTP_ASSOCINFO, &association, sizeof association);
    if (secure)
        set(so, SCTP_AUTH_CHUNK, &data, sizeof data);
}

/* What it goes on with. */
static void set_rest(struct socket *so, const dia_socket_options *o)
{
    static const uint16_t events[] = { SCTP_ASSOC_CHANGE,      SCTP_PEER_ADDR_CHANGE,       SCTP_REMOTE_ERROR,
                                       SCTP_SEND_FAILED_EVENT, SCTP_PARTIAL_DELIVERY_EVENT, SCTP_AUTHENTICATION_EVENT };
    struct sctp_paddrparams path = { .spp_hbinterval = or (o->heartbeat_ms, DIA_SCTP_HEARTBEAT_MS),
                                     .spp_pathmtu = MTU,
                                     .spp_flags = SPP_HB_ENABLE | SPP_PMTUD_DISABLE,
                                     .spp_pathmaxrxt = (uint16_t) or (o->path_retries, DIA_SCTP_PATH_RETRIES) };
    path.spp_address.ss_family = AF_CONN;
    usrsctp_set_non_blocking(so, 1);
    set(so, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
    set_int(so, IPPROTO_SCTP, SCTP_NODELAY, 1);
    set_int(so, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        want_event(so, events[i], true);
}

static struct socket *open_so(void)
{
    return usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
}

static struct sockaddr_conn conn_of(dia_sctp_path *path, uint16_t number)
{
    return (struct sockaddr_conn){ .sconn_family = AF_CONN, .sconn_port = htons(number), .sconn_addr = path };
}

/* RFC 6335, 6: ports from 49152 on are for those who want any. 0, or an errno. */
static int bind_so(struct socket *so, uint16_t *number)
{
    const bool any = !*number;
    for (int i = 0; i < (any ? PORT_TRIES : 1); i++) {
        if (any && getrandom(number, sizeof *number, 0) != (ssize_t)sizeof *number)
            return errno;
        *number |= any ? 0xc000 : 0;
        struct sockaddr_conn address = conn_of(NULL, *number);
        if (!usrsctp_bind(so, (struct sockaddr *)&address, sizeof address))
            return 0;
    }
    return errno;
}

static int error_of(struct socket *so)
{
    int err = 0;
    socklen_t n = sizeof err;
    usrsctp_getsockopt(so, SOL_SOCKET, SO_ERROR, &err, &n);
    return err;
}

/* ---- Ends ---- */

static end *end_new(usr *u, dia_link *link, struct socket *so, dia_sctp_path *path, uint16_t number, uint16_t own)
{
    end *e = dia_alloc0(u->loop->alloc, sizeof *e);
    if (!e)
        return NULL;
    e->usr = u;
    e->link = link;
    e->so = so;
    e->path = path;
    e->port = number;
    e->own_port = own;
    e->no_delay = true;
    link->below = e;
    dia_sctp_path_hold(path);
    dia_list_init(&e->ready);
    dia_list_push_back(&u->ends, &e->place);
    usrsctp_set_upcall(so, on_end, e);
    tick(u);
    return e;
}

static void abort_so(struct socket *so)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    usrsctp_close(so);
}

/* An association that has not ended by itself is aborted. */
static void close_so(end *e)
{
    if (!e->so)
        return;
    usrsctp_set_upcall(e->so, NULL, NULL);
    if (e->over && !e->is_reset)
        usrsctp_close(e->so);
    else
        abort_so(e->so);
    e->so = NULL;
    dia_list_remove(&e->ready);
}

static void bury(end *e)
{
    usr *u = e->usr;
    close_so(e);
    dia_sctp_path_drop(e->path);
    if (e->gone)
        *e->gone = true;
    dia_list_remove(&e->place);
    dia_release(u->loop->alloc, e, sizeof *e);
}

/* Without a link it goes on for a while: usrsctp may have to say SHUTDOWN COMPLETE again over this path. */
static void linger(end *e, int64_t us)
{
    e->dies_us = dia_loop_clock().us + us;
    dia_list_remove(&e->place);
    dia_list_push_back(&e->usr->dying, &e->place);
}

static ssize_t receive(end *e, uint8_t *to, size_t max, struct sctp_rcvinfo *info, int *flags)
{
    struct sockaddr_conn from;
    socklen_t from_size = sizeof from, size = sizeof *info;
    unsigned type = 0;
    *info = (struct sctp_rcvinfo){ 0 };
    *flags = 0;
    const ssize_t n = usrsctp_recvv(e->so, to, max, (struct sockaddr *)&from, &from_size, info, &size, &type, flags);
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
    if (!e->over)
        return;
    close_so(e);
    linger(e, OVER_US);
}

/* ---- Carrying ---- */

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
    if (!o->local && !dia_packets_source(to, &local))
        return false;
    dia_endpoint remote, from;
    dia_endpoint_of(to, &remote);
    dia_endpoint_of(&local, &from);
    memcpy(ends->remote, remote.address.value.p, remote.address.value.n);
    memcpy(ends->local, from.address.value.p, from.address.value.n);
    if (to->ss_family == AF_INET6)
        ends->scope = ((const struct sockaddr_in6 *)(const void *)to)->sin6_scope_id;
    if (dia_packets_port(u->packets))
        ends->port = (uint16_t) or (o->udp_port, UDP_PORT);
    return true;
}

static void be_known(dia_sctp_path *path)
{
    if (path->registered)
        return;
    usrsctp_register_address(path);
    path->registered = true;
}

static const char *usr_connect(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    usr *u = l->loop->usr;
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    dia_ends ends;
    dia_endpoint remote;
    const char *why;
    (void)n;
    if (!fill_ends(u, to, options, &ends, &why))
        return why;
    dia_sctp_path *path = dia_sctp_paths_take(&u->paths, &ends);
    struct socket *so = path ? open_so() : NULL;
    if (!so)
        return "no memory for an association";
    dia_endpoint_of(to, &remote);
    be_known(path);
    set_beginning(so, options, l->loop->node->hub.config.limits.message, l->secure);
    set_rest(so, options);
    uint16_t own = 0;
    const int err = bind_so(so, &own);
    if (err || !end_new(u, l, so, path, remote.port, own)) {
        usrsctp_close(so);
        return err ? "no port is left" : "no memory for an association";
    }
    struct sockaddr_conn address = conn_of(path, remote.port);
    if (usrsctp_connect(so, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        return dia_link_why_not_connected(errno);
    return NULL;
}

static void usr_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    const end *e = l->below;
    const dia_ends *ends = &e->path->ends;
    dia_ends_address(ends, ends->local, e->own_port, local);
    if (remote)
        dia_ends_address(ends, ends->remote, e->port, remote);
}

/* ---- Notifications ---- */

static void on_path(const end *e, const struct sctp_paddr_change *change)
{
    static const char *const states[] = {
        [SCTP_ADDR_AVAILABLE] = "can be reached",
        [SCTP_ADDR_UNREACHABLE] = "cannot be reached",
        [SCTP_ADDR_CONFIRMED] = "is confirmed",
    };
    const dia_ends *ends = &e->path->ends;
    char host[DIA_IP_TEXT_MAX], text[100];
    if (change->spc_state >= sizeof states / sizeof *states || !states[change->spc_state])
        return;
    dia_ip_print(ends->remote, ends->family == AF_INET ? 4 : 16, host);
    snprintf(text, sizeof text, "the address %s %s", host, states[change->spc_state]);
    dia_link_note(e->link, text);
}

static void on_association(end *e, const struct sctp_assoc_change *change)
{
    char text[100];
    switch (change->sac_state) {
    case SCTP_COMM_UP:
        snprintf(text, sizeof text, "the association has %u streams out and %u in", change->sac_outbound_streams,
                 change->sac_inbound_streams);
        dia_link_note(e->link, text);
        break;
    case SCTP_COMM_LOST:
        e->over = true;
        dia_link_close(e->link, "the association was lost");
        break;
    case SCTP_RESTART: /* the peer knows nothing of what was agreed in it */
        e->is_reset = true;
        dia_link_close(e->link, "the peer has begun the association anew");
        break;
    default: break;
    }
}

static void delete_key(const end *e, uint16_t number)
{
    const struct sctp_authkeyid key = { .scact_keynumber = number };
    set(e->so, SCTP_AUTH_DELETE_KEY, &key, sizeof key);
}

static void on_key(const end *e, const struct sctp_authkey_event *event)
{
    if (event->auth_indication == SCTP_AUTH_NO_AUTH && e->link->secure)
        dia_link_note(e->link, "the other end does not authenticate (SCTP-AUTH)");
    else if (event->auth_indication == SCTP_AUTH_FREE_KEY)
        delete_key(e, event->auth_keynumber);
}

/* Behind it the link, and the end with it, may be gone. */
static void on_notification(end *e, const union sctp_notification *note)
{
    char text[100];
    switch (note->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE: on_association(e, &note->sn_assoc_change); break;
    case SCTP_PEER_ADDR_CHANGE: on_path(e, &note->sn_paddr_change); break;
    case SCTP_SEND_FAILED_EVENT: dia_link_note(e->link, "a message could not be delivered"); break;
    case SCTP_REMOTE_ERROR:
        snprintf(text, sizeof text, "the other end's SCTP reports error %u", ntohs(note->sn_remote_error.sre_error));
        dia_link_note(e->link, text);
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        e->is_reset = true;
        dia_link_close(e->link, "the rest of a message will not come");
        break;
    case SCTP_AUTHENTICATION_EVENT: on_key(e, &note->sn_auth_event); break;
    case SCTP_SENDER_DRY_EVENT:
        want_event(e->so, SCTP_SENDER_DRY_EVENT, false);
        dia_link_dry(e->link);
        break;
    default: break; /* SHUTDOWN: the end of the stream says so */
    }
}

/* ---- Octets ---- */

static ssize_t usr_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    end *e = l->below;
    struct sctp_rcvinfo info;
    int flags;
    const ssize_t n = receive(e, to, max, &info, &flags);
    if (n <= 0)
        return n;
    how->whole = flags & MSG_EOR;
    how->note = flags & MSG_NOTIFICATION;
    if (how->note) {
        union sctp_notification note;
        memset(&note, 0, sizeof note);
        memcpy(&note, to, (size_t)n < sizeof note ? (size_t)n : sizeof note);
        on_notification(e, &note);
        return 0;
    }
    how->ppid = ntohl(info.rcv_ppid);
    how->stream = info.rcv_sid;
    how->ordered = !(info.rcv_flags & SCTP_UNORDERED);
    return n;
}

/* Messages wait for each other (Nagle) until the last of a batch, so that they share packets; behind it nothing waits. */
static void set_no_delay(end *e, bool on)
{
    if (e->no_delay == on)
        return;
    e->no_delay = on;
    set_int(e->so, IPPROTO_SCTP, SCTP_NODELAY, on);
}

/* False: the buffer is full, errno says so, or worse. */
static bool send_piece(const end *e, const dia_piece *piece)
{
    struct sctp_sndinfo info = { .snd_sid = piece->stream,
                                 .snd_ppid = htonl(piece->ppid),
                                 .snd_flags = (uint16_t)((piece->ordered ? 0 : SCTP_UNORDERED) |
                                                         (piece->immediately ? SCTP_SACK_IMMEDIATELY : 0)) };
    return usrsctp_sendv(e->so, piece->octets.p, piece->octets.n, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) >=
           0;
}

static ssize_t usr_send(dia_link *l, const dia_piece *pieces, size_t n)
{
    end *e = l->below;
    size_t sent = 0;
    set_no_delay(e, n == 1);
    while (sent < n) {
        if (sent + 1 == n)
            set_no_delay(e, true);
        if (!send_piece(e, &pieces[sent]))
            break;
        sent++;
    }
    return sent ? (ssize_t)sent : -1;
}

static size_t usr_message_max(const dia_link *l)
{
    const end *e = l->below;
    int room = 0;
    socklen_t n = sizeof room;
    return usrsctp_getsockopt(e->so, SOL_SOCKET, SO_SNDBUF, &room, &n) || room < 0 ? 0 : (size_t)room;
}

static void usr_watch(dia_link *l, int events)
{
    end *e = l->below;
    e->wanted = events;
    if (events)
        be_ready(e->usr, &e->usr->ready_ends, &e->ready);
}

static void usr_shut(dia_link *l)
{
    const end *e = l->below;
    usrsctp_shutdown(e->so, SHUT_WR);
}

static void usr_reset(dia_link *l)
{
    end *e = l->below;
    if (e)
        e->is_reset = true;
}

/* Whose link goes first says SHUTDOWN for itself, and has some time for it. The link itself may be in use yet: it goes when the turn
 * ends. */
static void usr_close(dia_link *l)
{
    usr *u = l->loop->usr;
    end *e = l->below;
    l->below = NULL;
    if (e) {
        e->link = NULL;
        e->wanted = 0;
        if (e->over && !e->is_reset) {
            close_so(e);
            linger(e, OVER_US);
        } else if (e->is_reset || l->connecting || l->ended) {
            bury(e);
        } else {
            usrsctp_shutdown(e->so, SHUT_WR);
            linger(e, CLOSE_US);
        }
    }
    dia_list_push_back(&u->closed, &l->linger);
}

/* ---- Listening ---- */

static bool is_any(const struct sockaddr_storage *at)
{
    static const uint8_t zero[16] = { 0 };
    dia_endpoint here;
    dia_endpoint_of(at, &here);
    return memcmp(here.address.value.p, zero, here.address.value.n) == 0;
}

/* Does it listen at our end of these? 2: exactly there; 1: everywhere; 0: no. */
static int is_for(const listener *l, const dia_ends *ends)
{
    int best = 0;
    for (size_t i = 0; i < l->n_at; i++) {
        dia_endpoint here;
        dia_endpoint_of(&l->at[i], &here);
        if (l->at[i].ss_family != ends->family)
            continue;
        if (memcmp(here.address.value.p, ends->local, here.address.value.n) == 0)
            return 2;
        best = is_any(&l->at[i]) ? 1 : best;
    }
    return best;
}

static port *port_of(const usr *u, uint16_t number)
{
    for (dia_list *p = u->ports.next; p != &u->ports; p = p->next)
        if (DIA_OF(p, port, place)->number == number)
            return DIA_OF(p, port, place);
    return NULL;
}

/* Who said exactly this address, before who said any. */
static listener *listener_for(const port *p, const dia_ends *ends)
{
    listener *found = NULL;
    int best = 0;
    for (dia_list *q = p->listeners.next; q != &p->listeners; q = q->next) {
        listener *l = DIA_OF(q, listener, place);
        const int fits = is_for(l, ends);
        if (fits > best) {
            best = fits;
            found = l;
        }
    }
    return found;
}

static void port_free(port *p)
{
    usrsctp_set_upcall(p->so, NULL, NULL);
    usrsctp_close(p->so);
    dia_list_remove(&p->place);
    dia_list_remove(&p->ready);
    dia_release(p->usr->loop->alloc, p, sizeof *p);
}

static port *port_new(usr *u, uint16_t number, const dia_socket_options *options, bool secure)
{
    struct socket *so = open_so();
    port *p = so ? dia_alloc0(u->loop->alloc, sizeof *p) : NULL;
    if (!p)
        goto failed;
    set_beginning(so, options, u->loop->node->hub.config.limits.message, secure);
    set_rest(so, options);
    const int err = bind_so(so, &number);
    if (err || usrsctp_listen(so, BACKLOG)) {
        errno = err ? err : errno;
        goto failed;
    }
    p->usr = u;
    p->so = so;
    p->number = number;
    dia_list_init(&p->ready);
    dia_list_init(&p->listeners);
    dia_list_push_back(&u->ports, &p->place);
    usrsctp_set_upcall(so, on_port, p);
    return p;
failed:;
    const int why = so ? errno : ENOMEM;
    if (so)
        usrsctp_close(so);
    dia_release(u->loop->alloc, p, sizeof *p);
    errno = why;
    return NULL;
}

static int usr_listen(dia_listening *listening, const struct sockaddr_storage *at, size_t n,
                      const dia_socket_options *options)
{
    usr *u = listening->loop->usr;
    dia_endpoint here;
    if (options->local) /* an association has one address of ours here */
        return DIA_ENOTSUP;
    if (!dia_packets_has_family(u->packets, at->ss_family)) {
        errno = EADDRNOTAVAIL;
        return DIA_ESYSTEM;
    }
    listener *l = dia_alloc0(u->loop->alloc, sizeof *l);
    if (!l)
        return DIA_ENOMEM;
    dia_endpoint_of(at, &here);
    port *p = here.port ? port_of(u, here.port) : NULL;
    if (!p)
        p = port_new(u, here.port, options, listening->secure);
    if (!p) {
        const int err = errno;
        dia_release(u->loop->alloc, l, sizeof *l);
        errno = err;
        return DIA_ESYSTEM;
    }
    l->port = p;
    l->listening = listening;
    for (size_t i = 0; i < n && i < LISTENER_MAX; i++)
        l->at[l->n_at++] = at[i];
    listening->below = l;
    dia_list_push_back(&p->listeners, &l->place);
    return 0;
}

static uint16_t usr_port(const dia_listening *listening)
{
    const listener *l = listening->below;
    return l->port->number;
}

static void usr_rest(dia_listening *listening, bool rests)
{
    listener *l = listening->below;
    l->rests = rests;
    if (!rests)
        be_ready(l->port->usr, &l->port->usr->ready_ports, &l->port->ready);
}

static void usr_unlisten(dia_listening *listening)
{
    listener *l = listening->below;
    if (l) {
        port *p = l->port;
        dia_list_remove(&l->place);
        if (dia_list_empty(&p->listeners))
            port_free(p);
        dia_release(listening->loop->alloc, l, sizeof *l);
    }
    dia_listening_freed(listening);
}

/* ---- Turns ---- */

/* Its path is the one over which its cookie has come back: dia_sctp_paths_admit(). */
static void accept_one(usr *u, const port *p, struct socket *so, dia_sctp_path *path, uint16_t number)
{
    static const dia_socket_options plain;
    struct sockaddr_storage remote;
    const listener *from = listener_for(p, &path->ends);
    dia_link *l = from ? dia_link_new(u->loop, &dia_carrier_usrsctp) : NULL;
    if (!l || !end_new(u, l, so, path, number, p->number)) {
        abort_so(so);
        if (l)
            dia_link_close(l, NULL);
        return;
    }
    set_rest(so, &plain);
    dia_ends_address(&path->ends, path->ends.remote, number, &remote);
    dia_link_accepted(l, from->listening, &remote);
}

static bool somebody_rests(const port *p)
{
    for (dia_list *q = p->listeners.next; q != &p->listeners; q = q->next)
        if (DIA_OF(q, listener, place)->rests)
            return true;
    return false;
}

static void accept_all(usr *u, port *p)
{
    while (!somebody_rests(p)) {
        struct sockaddr_conn from = { 0 };
        socklen_t size = sizeof from;
        struct socket *so = usrsctp_accept(p->so, (struct sockaddr *)&from, &size);
        if (!so)
            return;
        if (from.sconn_addr)
            accept_one(u, p, so, from.sconn_addr, ntohs(from.sconn_port));
        else
            abort_so(so);
    }
}

static int ready_events(const end *e)
{
    const int is = usrsctp_get_events(e->so);
    const int events =
        (is & (SCTP_EVENT_READ | SCTP_EVENT_ERROR) ? UV_READABLE : 0) | (is & SCTP_EVENT_WRITE ? UV_WRITABLE : 0);
    return events & e->wanted;
}

static void end_connecting(end *e)
{
    const int is = usrsctp_get_events(e->so);
    const int err = is & SCTP_EVENT_ERROR ? error_of(e->so) : 0;
    if (err)
        dia_link_not_connected(e->link, dia_link_why_not_connected(err));
    else if (is & SCTP_EVENT_WRITE)
        dia_link_connected(e->link);
}

/* An end that has more to do stays ready. */
static void serve_end(usr *u, end *e)
{
    bool gone = false;
    if (!e->link) {
        see_end(e);
        return;
    }
    if (e->link->connecting) {
        end_connecting(e);
        return;
    }
    const int events = ready_events(e);
    if (!events)
        return;
    e->gone = &gone;
    dia_link_ready(e->link, events);
    if (gone)
        return;
    e->gone = NULL;
    if (e->link && ready_events(e))
        be_ready(u, &u->ready_ends, &e->ready);
}

static void serve_ends(usr *u)
{
    dia_list now;
    dia_list_init(&now);
    for (dia_list *p; (p = dia_list_pop(&u->ready_ends));)
        dia_list_push_back(&now, p);
    for (dia_list *p; (p = dia_list_pop(&now));)
        serve_end(u, DIA_OF(p, end, ready));
}

static void serve(usr *u)
{
    if (u->serving)
        return;
    u->serving = true;
    for (dia_list *p; (p = dia_list_pop(&u->ready_ports));)
        accept_all(u, DIA_OF(p, port, ready));
    serve_ends(u);
    u->serving = false;
    if (u->idling && dia_list_empty(&u->ready_ends) && dia_list_empty(&u->ready_ports)) {
        u->idling = false;
        uv_idle_stop(&u->idle);
    }
}

/* A packet of raw IP may be somebody else's. */
static void refuse(usr *u, const dia_ends *ends, dia_bytes packet)
{
    uint8_t octets[DIA_PACKET_MIN];
    const dia_bytes answer = dia_packet_refuse(packet, octets);
    if (answer.n && dia_packets_port(u->packets))
        dia_packets_send(u->packets, ends, answer);
}

/* While somebody's keys change each packet is heeded before the next one comes, which may need the key (RFC 6083, 4.8). */
static void on_packet(void *arg, const dia_ends *ends, dia_bytes packet)
{
    usr *u = arg;
    turn_timers(u);
    dia_sctp_path *path = dia_sctp_paths_find(&u->paths, ends);
    if (!path) {
        const port *p = packet.n >= DIA_PACKET_MIN ? port_of(u, dia_packet_port(packet)) : NULL;
        const bool listens = p && listener_for(p, ends);
        path = dia_sctp_paths_admit(&u->paths, ends, packet, listens);
        if (!path && !listens)
            refuse(u, ends, packet);
    }
    if (!path)
        return;
    if (path != &u->paths.guest)
        be_known(path);
    usrsctp_conninput(path, packet.p, packet.n, 0);
    if (u->loop->n_shaking)
        serve(u);
}

static void on_packets(void *arg)
{
    serve(arg);
}

static int on_output(void *address, void *octets, size_t n, uint8_t tos, uint8_t whole)
{
    const dia_sctp_path *path = address;
    usr *u = DIA_OF(path->paths, usr, paths);
    const dia_bytes packet = { octets, n };
    (void)tos;
    (void)whole;
    if (!u->packets)
        return 0;
    dia_sctp_paths_answered(&u->paths, path, packet);
    dia_packets_send(u->packets, &path->ends, packet);
    return 0;
}

static void free_links(usr *u)
{
    for (dia_list *p; (p = dia_list_pop(&u->closed));)
        dia_link_freed(DIA_OF(p, dia_link, linger));
}

void dia_usrsctp_flush(dia_loop *loop)
{
    if (!loop->usr)
        return;
    free_links(loop->usr);
    dia_packets_flush(loop->usr->packets);
}

/* ---- DTLS ---- */

/* usrsctp puts the number of chunk types before them, of which its header knows nothing. */
static bool usr_authenticates(const dia_link *l)
{
    const end *e = l->below;
    enum { HEAD = sizeof(sctp_assoc_t) + sizeof(uint32_t) };
    uint8_t found[HEAD + 256] = { 0 };
    socklen_t n = sizeof found;
    uint32_t count = 0;
    if (usrsctp_getsockopt(e->so, IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS, found, &n) || n < HEAD || n > sizeof found)
        return false;
    memcpy(&count, found + sizeof(sctp_assoc_t), sizeof count);
    return count == n - HEAD && memchr(found + HEAD, DATA, count);
}

static int usr_set_key(dia_link *l, uint16_t id, const uint8_t *key, size_t n)
{
    const end *e = l->below;
    uint8_t octets[sizeof(struct sctp_authkey) + 256] = { 0 };
    const struct sctp_authkey head = { .sca_keynumber = id, .sca_keylength = (uint16_t)n };
    if (n > 256)
        return EINVAL;
    memcpy(octets, &head, sizeof head);
    memcpy(octets + sizeof head, key, n);
    const int err = set(e->so, SCTP_AUTH_KEY, octets, sizeof head + n) ? errno : 0;
    memset(octets, 0, sizeof octets);
    return err;
}

static int change_key(const dia_link *l, int name, uint16_t id)
{
    const end *e = l->below;
    const struct sctp_authkeyid key = { .scact_keynumber = id };
    return set(e->so, name, &key, sizeof key) ? errno : 0;
}

static int usr_use_key(dia_link *l, uint16_t id)
{
    return change_key(l, SCTP_AUTH_ACTIVE_KEY, id);
}

/* What was sent with it may have to be sent again: it goes for good when usrsctp says that it is free. */
static int usr_drop_key(dia_link *l, uint16_t id)
{
    return change_key(l, SCTP_AUTH_DEACTIVATE_KEY, id);
}

static bool usr_is_dry(dia_link *l)
{
    const end *e = l->below;
    struct sctp_status status = { 0 };
    socklen_t n = sizeof status;
    if (!usrsctp_getsockopt(e->so, IPPROTO_SCTP, SCTP_STATUS, &status, &n) && !status.sstat_unackdata &&
        !status.sstat_penddata)
        return true;
    want_event(e->so, SCTP_SENDER_DRY_EVENT, true);
    return false;
}

static const dia_carrier dia_carrier_usrsctp = {
    .name = "SCTP",
    .kind = DIA_CONN_MESSAGE,
    .connect = usr_connect,
    .ends = usr_ends,
    .message_max = usr_message_max,
    .receive = usr_receive,
    .send = usr_send,
    .watch = usr_watch,
    .shut = usr_shut,
    .reset = usr_reset,
    .close = usr_close,
    .listen = usr_listen,
    .port = usr_port,
    .rest = usr_rest,
    .unlisten = usr_unlisten,
    .authenticates = usr_authenticates,
    .set_key = usr_set_key,
    .use_key = usr_use_key,
    .drop_key = usr_drop_key,
    .is_dry = usr_is_dry,
};

const dia_carrier *dia_usrsctp_carrier(const dia_loop *loop)
{
    return loop->usr ? &dia_carrier_usrsctp : NULL;
}

/* ---- Life ---- */

/* Only usrsctp knows whether it runs: for another loop, or for somebody else in this process. */
static bool runs_already(void)
{
    struct socket *so = open_so();
    if (so)
        usrsctp_close(so);
    return so;
}

/* Nothing that RFC 6733 has no use for. Raw sockets see everybody's packets: those of others are left alone. */
static void begin(bool raw)
{
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_pr_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auto_asconf(0);
    usrsctp_sysctl_set_sctp_reconfig_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(1);
    usrsctp_sysctl_set_sctp_blackhole(raw ? BLACKHOLE : 0);
}

int dia_usrsctp_open(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    uint8_t key[16];
    if (runs_already()) {
        snprintf(why, why_size, "another loop of this process, or somebody else in it, has usrsctp");
        return DIA_EEXIST;
    }
    usr *u = dia_alloc0(loop->alloc, sizeof *u);
    if (!u)
        return DIA_ENOMEM;
    int err = getrandom(key, sizeof key, 0) == (ssize_t)sizeof key ? dia_sctp_paths_init(&u->paths, key, loop->alloc)
                                                                   : DIA_ESYSTEM;
    if (err)
        goto no_paths;
    err = dia_packets_open(loop, config->udp_port, config->udp_address, on_packet, on_packets, u, &u->packets);
    if (err)
        goto no_packets;
    u->loop = loop;
    dia_list_init(&u->ends);
    dia_list_init(&u->dying);
    dia_list_init(&u->ports);
    dia_list_init(&u->ready_ends);
    dia_list_init(&u->ready_ports);
    dia_list_init(&u->closed);
    uv_timer_init(&loop->uv, &u->timer);
    uv_idle_init(&loop->uv, &u->idle);
    u->timer.data = u->idle.data = u;
    begin(!config->udp_port);
    u->ticked_us = dia_loop_clock().us;
    loop->usr = u;
    return 0;
no_packets:
    if (err == DIA_EINVAL)
        snprintf(why, why_size, "%s is no address", config->udp_address);
    else if (err == DIA_ESYSTEM && !config->udp_port)
        snprintf(why, why_size, "SCTP over raw IP: %s (it needs CAP_NET_RAW)", strerror(errno));
    else if (err == DIA_ESYSTEM)
        snprintf(why, why_size, "UDP port %u for SCTP: %s", config->udp_port, strerror(errno));
    dia_sctp_paths_done(&u->paths);
no_paths:;
    const int was = errno;
    dia_release(loop->alloc, u, sizeof *u);
    errno = was;
    return err;
}

static void on_closed(uv_handle_t *handle)
{
    usr *u = handle->data;
    if (--u->open_handles)
        return;
    dia_sctp_paths_done(&u->paths);
    dia_release(u->loop->alloc, u, sizeof *u);
}

/* Behind all links and listeners. */
void dia_usrsctp_close(dia_loop *loop)
{
    usr *u = loop->usr;
    if (!u)
        return;
    u->closing = true;
    free_links(u);
    loop->usr = NULL;
    DIA_LIST_EACH (p, &u->dying)
        bury(DIA_OF(p, end, place));
    for (int i = 0; i < FINISH_TICKS && usrsctp_finish(); i++)
        usrsctp_handle_timers(TICK_MS);
    dia_packets_close(u->packets);
    u->packets = NULL;
    u->open_handles = 2;
    uv_close((uv_handle_t *)&u->timer, on_closed);
    uv_close((uv_handle_t *)&u->idle, on_closed);
}

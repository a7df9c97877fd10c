/* Our end of an association of usrsctp, and the carrier that links have it as. */
#include "loop/usr.h"

#include <errno.h>
#include <stdio.h>

/* Who is left behind by its link may take CLOSE_US for the SHUTDOWN. RFC 6951, 8: 9899 is the port of SCTP in UDP. */
enum { CLOSE_US = 5000000, OVER_US = 2000000, UDP_PORT = 9899 };

/* Octets of packets that wait: more than a handshake sends at once. */
enum { PACKETS_MAX = 65536, LENGTH = 4 };

/* ---- Life ---- */

/* From inside of usrsctp, so nothing is called here. */
static void on_end(struct socket *so, void *arg, int flags)
{
    dia_usr_end *e = arg;
    (void)so;
    (void)flags;
    dia_usr_be_ready(e->usr, &e->usr->ready_ends, &e->ready);
}

dia_usr_end *dia_usr_end_new(dia_usr *u, dia_link *link, struct socket *so, dia_sctp_path *path, uint16_t number,
                             uint16_t own)
{
    dia_usr_end *e = dia_alloc0(u->loop->alloc, sizeof *e);
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
    dia_list_init(&e->put_off);
    dia_buf_init(&e->packets, PACKETS_MAX, dia_node_allocator(u->loop->node)); /* counts as the node's: limits.memory */
    dia_list_push_back(&u->ends, &e->place);
    usrsctp_set_upcall(so, on_end, e);
    dia_usr_tick(u);
    return e;
}

static void drop_packets(dia_usr_end *e)
{
    dia_list_remove(&e->put_off);
    dia_buf_done(&e->packets);
}

/* An association that has not ended by itself is aborted. */
static void close_so(dia_usr_end *e)
{
    if (!e->so)
        return;
    usrsctp_set_upcall(e->so, NULL, NULL);
    if (e->over && !e->is_reset)
        usrsctp_close(e->so);
    else
        dia_usr_abort(e->so);
    e->so = NULL;
    dia_list_remove(&e->ready);
}

void dia_usr_end_free(dia_usr_end *e)
{
    dia_usr *u = e->usr;
    drop_packets(e);
    close_so(e);
    dia_sctp_path_drop(e->path);
    if (e->gone)
        *e->gone = true;
    dia_list_remove(&e->place);
    dia_release(u->loop->alloc, e, sizeof *e);
}

/* Without a link it goes on for a while: usrsctp may have to say SHUTDOWN COMPLETE again over this path. */
static void linger(dia_usr_end *e, int64_t us)
{
    e->dies_us = dia_loop_clock().us + us;
    dia_list_remove(&e->place);
    dia_list_push_back(&e->usr->dying, &e->place);
}

static ssize_t receive(dia_usr_end *e, uint8_t *to, size_t max, struct sctp_rcvinfo *info, int *flags)
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
static void see_end(dia_usr_end *e)
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

/* ---- Connecting ---- */

static bool fill_ends(const dia_usr *u, const struct sockaddr_storage *to, const dia_socket_options *o, dia_ends *ends,
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
    *why = "usrsctp goes over raw IP here: a port of UDP goes with one of ours";
    if (o->udp_port && !dia_packets_port(u->packets))
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
        ends->port = (uint16_t)dia_usr_or(o->udp_port, UDP_PORT);
    return true;
}

static const char *usr_connect(dia_link *l, const struct sockaddr_storage *to, size_t n)
{
    dia_usr *u = l->loop->usr;
    const dia_socket_options *options = dia_conn_socket_options(l->conn);
    dia_ends ends;
    dia_endpoint remote;
    const char *why;
    (void)n;
    if (!fill_ends(u, to, options, &ends, &why))
        return why;
    dia_sctp_path *path = dia_sctp_paths_take(&u->paths, &ends);
    struct socket *so = path ? dia_usr_open() : NULL;
    if (!so)
        return "no memory for an association";
    dia_endpoint_of(to, &remote);
    dia_usr_know(path);
    dia_usr_set_beginning(so, options, l->loop->node->hub.config.limits.message, l->secure);
    dia_usr_set_rest(so, options);
    uint16_t own = 0;
    const int err = dia_usr_bind(so, &own);
    if (err || !dia_usr_end_new(u, l, so, path, remote.port, own)) {
        usrsctp_close(so);
        return err ? "no port is left" : "no memory for an association";
    }
    struct sockaddr_conn address = dia_usr_address(path, remote.port);
    if (usrsctp_connect(so, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        return dia_link_why_not_connected(errno);
    return NULL;
}

static void usr_ends(const dia_link *l, struct sockaddr_storage *local, struct sockaddr_storage *remote)
{
    const dia_usr_end *e = l->below;
    const dia_ends *ends = &e->path->ends;
    dia_ends_address(ends, ends->local, e->own_port, local);
    if (remote)
        dia_ends_address(ends, ends->remote, e->port, remote);
}

/* ---- Notifications ---- */

static void on_path(const dia_usr_end *e, const struct sctp_paddr_change *change)
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

static void on_association(dia_usr_end *e, const struct sctp_assoc_change *change)
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

static void delete_key(const dia_usr_end *e, uint16_t number)
{
    const struct sctp_authkeyid key = { .scact_keynumber = number };
    dia_usr_set(e->so, SCTP_AUTH_DELETE_KEY, &key, sizeof key);
}

static void on_key(const dia_usr_end *e, const struct sctp_authkey_event *event)
{
    if (event->auth_indication == SCTP_AUTH_NO_AUTH && e->link->secure)
        dia_link_note(e->link, "the other end does not authenticate (SCTP-AUTH)");
    else if (event->auth_indication == SCTP_AUTH_FREE_KEY)
        delete_key(e, event->auth_keynumber);
}

/* Behind it the link, and the end with it, may be gone. */
static void on_notification(dia_usr_end *e, const union sctp_notification *note)
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
        dia_usr_want_event(e->so, SCTP_SENDER_DRY_EVENT, false);
        dia_link_dry(e->link);
        break;
    default: break; /* SHUTDOWN: the end of the stream says so */
    }
}

/* ---- Octets ---- */

static ssize_t usr_receive(dia_link *l, uint8_t *to, size_t max, dia_arrival *how)
{
    dia_usr_end *e = l->below;
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
static void set_no_delay(dia_usr_end *e, bool on)
{
    if (e->no_delay == on)
        return;
    e->no_delay = on;
    dia_usr_set_int(e->so, IPPROTO_SCTP, SCTP_NODELAY, on);
}

/* False: the buffer is full, errno says so, or worse. */
static bool send_piece(const dia_usr_end *e, const dia_piece *piece)
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
    dia_usr_end *e = l->below;
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
    const dia_usr_end *e = l->below;
    int room = 0;
    socklen_t n = sizeof room;
    return usrsctp_getsockopt(e->so, SOL_SOCKET, SO_SNDBUF, &room, &n) || room < 0 ? 0 : (size_t)room;
}

static void usr_watch(dia_link *l, int events)
{
    dia_usr_end *e = l->below;
    e->wanted = events;
    if (events)
        dia_usr_be_ready(e->usr, &e->usr->ready_ends, &e->ready);
}

static void usr_shut(dia_link *l)
{
    const dia_usr_end *e = l->below;
    usrsctp_shutdown(e->so, SHUT_WR);
}

static void usr_reset(dia_link *l)
{
    dia_usr_end *e = l->below;
    if (e)
        e->is_reset = true;
}

/* Whose link goes first says SHUTDOWN for itself, and has some time for it. The link itself may be in use yet: it goes when the turn
 * ends. */
static void usr_close(dia_link *l)
{
    dia_usr *u = l->loop->usr;
    dia_usr_end *e = l->below;
    l->below = NULL;
    if (e) {
        e->link = NULL;
        e->wanted = 0;
        drop_packets(e);
        if (e->over && !e->is_reset) {
            close_so(e);
            linger(e, OVER_US);
        } else if (e->is_reset || l->connecting || l->ended) {
            dia_usr_end_free(e);
        } else {
            usrsctp_shutdown(e->so, SHUT_WR);
            linger(e, CLOSE_US);
        }
    }
    dia_list_push_back(&u->closed, &l->linger);
}

/* ---- Its turn ---- */

static int ready_events(const dia_usr_end *e)
{
    const int is = usrsctp_get_events(e->so);
    const int events =
        (is & (SCTP_EVENT_READ | SCTP_EVENT_ERROR) ? UV_READABLE : 0) | (is & SCTP_EVENT_WRITE ? UV_WRITABLE : 0);
    return events & e->wanted;
}

static void end_connecting(dia_usr_end *e)
{
    const int is = usrsctp_get_events(e->so);
    const int err = is & SCTP_EVENT_ERROR ? dia_usr_error(e->so) : 0;
    if (err)
        dia_link_not_connected(e->link, dia_link_why_not_connected(err));
    else if (is & SCTP_EVENT_WRITE)
        dia_link_connected(e->link);
}

/* An end that has more to do stays ready. */
void dia_usr_end_serve(dia_usr *u, dia_usr_end *e)
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
        dia_usr_be_ready(u, &u->ready_ends, &e->ready);
}

/* ---- DTLS ---- */

/* usrsctp puts the number of chunk types before them, of which its header knows nothing. */
static bool usr_authenticates(const dia_link *l)
{
    const dia_usr_end *e = l->below;
    enum { HEAD = sizeof(sctp_assoc_t) + sizeof(uint32_t) };
    uint8_t found[HEAD + 256] = { 0 };
    socklen_t n = sizeof found;
    uint32_t count = 0;
    if (usrsctp_getsockopt(e->so, IPPROTO_SCTP, SCTP_PEER_AUTH_CHUNKS, found, &n) || n < HEAD || n > sizeof found)
        return false;
    memcpy(&count, found + sizeof(sctp_assoc_t), sizeof count);
    return count == n - HEAD && memchr(found + HEAD, DIA_USR_DATA, count);
}

static int usr_set_key(dia_link *l, uint16_t id, const uint8_t *key, size_t n)
{
    const dia_usr_end *e = l->below;
    uint8_t octets[sizeof(struct sctp_authkey) + 256] = { 0 };
    const struct sctp_authkey head = { .sca_keynumber = id, .sca_keylength = (uint16_t)n };
    if (n > 256)
        return EINVAL;
    memcpy(octets, &head, sizeof head);
    memcpy(octets + sizeof head, key, n);
    const int err = dia_usr_set(e->so, SCTP_AUTH_KEY, octets, sizeof head + n) ? errno : 0;
    memset(octets, 0, sizeof octets);
    return err;
}

static int change_key(const dia_link *l, int name, uint16_t id)
{
    const dia_usr_end *e = l->below;
    const struct sctp_authkeyid key = { .scact_keynumber = id };
    return dia_usr_set(e->so, name, &key, sizeof key) ? errno : 0;
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
    const dia_usr_end *e = l->below;
    struct sctp_status status = { 0 };
    socklen_t n = sizeof status;
    if (!usrsctp_getsockopt(e->so, IPPROTO_SCTP, SCTP_STATUS, &status, &n) && !status.sstat_unackdata &&
        !status.sstat_penddata)
        return true;
    dia_usr_want_event(e->so, SCTP_SENDER_DRY_EVENT, true);
    return false;
}

/* What waited goes in, in its order: nothing of it needs a key that the rest of it makes, for who changes his waits until all before
 * it is acknowledged (RFC 6083, 4.7). */
static void take_packets(dia_usr_end *e)
{
    dia_buf packets = e->packets;
    dia_buf_init(&e->packets, PACKETS_MAX, packets.alloc);
    dia_list_remove(&e->put_off);
    for (dia_bytes rest = dia_buf_bytes(&packets); rest.n;) {
        const size_t n = dia_load32(rest.p);
        usrsctp_conninput(e->path, rest.p + LENGTH, n, 0);
        rest = (dia_bytes){ rest.p + LENGTH + n, rest.n - LENGTH - n };
    }
    dia_buf_done(&packets);
}

static void usr_put_off(dia_link *l, bool on)
{
    dia_usr_end *e = l->below;
    if (!on)
        take_packets(e);
    else if (dia_list_empty(&e->put_off))
        dia_list_push_back(&e->usr->put_off, &e->put_off);
}

bool dia_usr_end_keeps(const dia_usr *u, const dia_sctp_path *path, dia_bytes packet)
{
    for (dia_list *p = u->put_off.next; p != &u->put_off; p = p->next) {
        dia_usr_end *e = DIA_OF(p, dia_usr_end, put_off);
        if (e->path != path || packet.n < DIA_PACKET_MIN || e->port != dia_load16(packet.p) ||
            e->own_port != dia_packet_port(packet))
            continue;
        uint8_t length[LENGTH];
        dia_store32(length, (uint32_t)packet.n);
        if (!dia_buf_reserve(&e->packets, LENGTH + packet.n)) {
            dia_buf_append(&e->packets, (dia_bytes){ length, LENGTH });
            dia_buf_append(&e->packets, packet);
        }
        return true;
    }
    return false;
}

const dia_carrier dia_usr_carrier = {
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
    .listen = dia_usr_listen,
    .port = dia_usr_listening_port,
    .rest = dia_usr_rest,
    .unlisten = dia_usr_unlisten,
    .authenticates = usr_authenticates,
    .set_key = usr_set_key,
    .use_key = usr_use_key,
    .drop_key = usr_drop_key,
    .is_dry = usr_is_dry,
    .put_off = usr_put_off,
};

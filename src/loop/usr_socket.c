/* Sockets of usrsctp: what they are made with. */
#include "loop/usr.h"

#include <errno.h>
#include <sys/random.h>

/* Packets fit the usual Ethernet behind all headers, of IPv6 and UDP, too. */
enum { MTU = 1400, BUFFER = 262144, ATTEMPTS = 4, PORT_TRIES = 100 };

int dia_usr_set(struct socket *so, int name, const void *value, size_t n)
{
    return usrsctp_setsockopt(so, IPPROTO_SCTP, name, value, (socklen_t)n);
}

void dia_usr_set_int(struct socket *so, int level, int name, int value)
{
    usrsctp_setsockopt(so, level, name, &value, sizeof value);
}

void dia_usr_want_event(struct socket *so, uint16_t type, bool on)
{
    const struct sctp_event event = { .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = type, .se_on = on };
    dia_usr_set(so, SCTP_EVENT, &event, sizeof event);
}

/* A message that is longer than the send buffer can never be sent: in parts (EXPLICIT_EOR) usrsctp 0.9.5 loses count of the room. */
static void set_room(struct socket *so, const dia_socket_options *o, size_t longest)
{
    const size_t room = longest < INT32_MAX / 4 ? longest : INT32_MAX / 4;
    dia_usr_set_int(so, SOL_SOCKET, SO_SNDBUF,
                    o->send_buffer  ? (int)o->send_buffer
                    : room > BUFFER ? (int)room
                                    : BUFFER);
    dia_usr_set_int(so, SOL_SOCKET, SO_RCVBUF, (int)dia_usr_or(o->receive_buffer, BUFFER));
}

static void set_patience(struct socket *so, const dia_socket_options *o)
{
    const uint32_t rto_max = dia_usr_or(o->rto_max_ms, DIA_SCTP_RTO_MAX_MS);
    const struct sctp_rtoinfo rto = { .srto_initial = rto_max,
                                      .srto_max = rto_max,
                                      .srto_min = dia_usr_or(o->rto_min_ms, DIA_SCTP_RTO_MIN_MS) };
    const uint32_t retries = dia_usr_or(o->path_retries, DIA_SCTP_PATH_RETRIES);
    const struct sctp_assocparams association = { .sasoc_asocmaxrxt = (uint16_t)(2 * retries) };
    dia_usr_set(so, SCTP_RTOINFO, &rto, sizeof rto);
    dia_usr_set(so, SCTP_ASSOCINFO, &association, sizeof association);
}

/* What an association is begun with. Where DATA is to be authenticated, usrsctp drops that of who does not know how, too. */
void dia_usr_set_beginning(struct socket *so, const dia_socket_options *o, size_t longest, bool secure)
{
    const uint16_t streams = (uint16_t)dia_usr_or(o->streams, DIA_SCTP_STREAMS);
    const uint32_t rto_max = dia_usr_or(o->rto_max_ms, DIA_SCTP_RTO_MAX_MS);
    const struct sctp_initmsg init = { streams, streams, ATTEMPTS,
                                       (uint16_t)(rto_max < UINT16_MAX ? rto_max : UINT16_MAX) };
    const struct sctp_authchunk data = { .sauth_chunk = DIA_USR_DATA };
    usrsctp_set_non_blocking(so, 1);
    set_room(so, o, longest);
    dia_usr_set(so, SCTP_INITMSG, &init, sizeof init);
    set_patience(so, o);
    if (secure)
        dia_usr_set(so, SCTP_AUTH_CHUNK, &data, sizeof data);
}

/* What it goes on with. */
void dia_usr_set_rest(struct socket *so, const dia_socket_options *o)
{
    static const uint16_t events[] = { SCTP_ASSOC_CHANGE,      SCTP_PEER_ADDR_CHANGE,       SCTP_REMOTE_ERROR,
                                       SCTP_SEND_FAILED_EVENT, SCTP_PARTIAL_DELIVERY_EVENT, SCTP_AUTHENTICATION_EVENT };
    struct sctp_paddrparams path = { .spp_hbinterval = dia_usr_or(o->heartbeat_ms, DIA_SCTP_HEARTBEAT_MS),
                                     .spp_pathmtu = MTU,
                                     .spp_flags = SPP_HB_ENABLE | SPP_PMTUD_DISABLE,
                                     .spp_pathmaxrxt = (uint16_t)dia_usr_or(o->path_retries, DIA_SCTP_PATH_RETRIES) };
    path.spp_address.ss_family = AF_CONN;
    usrsctp_set_non_blocking(so, 1);
    dia_usr_set(so, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
    dia_usr_set_int(so, IPPROTO_SCTP, SCTP_NODELAY, 1);
    dia_usr_set_int(so, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        dia_usr_want_event(so, events[i], true);
}

/* What it was begun with is its port's: of the listener there that came first. */
void dia_usr_set_accepted(struct socket *so, const dia_socket_options *o, size_t longest)
{
    set_room(so, o, longest);
    set_patience(so, o);
    dia_usr_set_rest(so, o);
}

struct socket *dia_usr_open(void)
{
    return usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
}

struct sockaddr_conn dia_usr_address(dia_sctp_path *path, uint16_t number)
{
    return (struct sockaddr_conn){ .sconn_family = AF_CONN, .sconn_port = htons(number), .sconn_addr = path };
}

/* RFC 6335, 6: ports from 49152 on are for those who want any. 0, or an errno. */
int dia_usr_bind(struct socket *so, uint16_t *number)
{
    const bool any = !*number;
    for (int i = 0; i < (any ? PORT_TRIES : 1); i++) {
        if (any && getrandom(number, sizeof *number, 0) != (ssize_t)sizeof *number)
            return errno;
        *number |= any ? 0xc000 : 0;
        struct sockaddr_conn address = dia_usr_address(NULL, *number);
        if (!usrsctp_bind(so, (struct sockaddr *)&address, sizeof address))
            return 0;
    }
    return errno;
}

int dia_usr_error(struct socket *so)
{
    int err = 0;
    socklen_t n = sizeof err;
    usrsctp_getsockopt(so, SOL_SOCKET, SO_ERROR, &err, &n);
    return err;
}

void dia_usr_abort(struct socket *so)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    usrsctp_close(so);
}

void dia_usr_know(dia_sctp_path *path)
{
    if (path->registered)
        return;
    usrsctp_register_address(path);
    path->registered = true;
}

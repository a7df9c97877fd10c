/* Ports of usrsctp where others connect. */
#include "loop/turns.h"
#include "loop/usr.h"

#include <errno.h>

enum { BACKLOG = 1024, CALLER_BUFFER = 16384 };

/* Who has connected and waits. It has its path: what comes over one that nobody has is answered with ABORT. */
typedef struct caller {
    dia_turn turn; /* in port->callers; one of its address */
    struct socket *so;
    dia_sctp_path *path;
    uint16_t number;
    int buffer; /* its receive buffer, which is small meanwhile */
} caller;

/* From inside of usrsctp, so nothing is called here. */
static void on_port(struct socket *so, void *arg, int flags)
{
    dia_usr_port *p = arg;
    (void)so;
    (void)flags;
    dia_usr_be_ready(p->usr, &p->usr->ready_ports, &p->ready);
}

static bool is_any(const struct sockaddr_storage *at)
{
    static const uint8_t zero[16] = { 0 };
    dia_endpoint here;
    dia_endpoint_of(at, &here);
    return memcmp(here.address.value.p, zero, here.address.value.n) == 0;
}

/* Does it listen at our end of these? 2: exactly there; 1: everywhere; 0: no. */
static int is_for(const dia_usr_listener *l, const dia_ends *ends)
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

dia_usr_port *dia_usr_port_of(const dia_usr *u, uint16_t number)
{
    for (dia_list *p = u->ports.next; p != &u->ports; p = p->next)
        if (DIA_OF(p, dia_usr_port, place)->number == number)
            return DIA_OF(p, dia_usr_port, place);
    return NULL;
}

/* Who said exactly this address, before who said any. */
dia_usr_listener *dia_usr_listener_for(const dia_usr_port *p, const dia_ends *ends)
{
    dia_usr_listener *found = NULL;
    int best = 0;
    for (dia_list *q = p->listeners.next; q != &p->listeners; q = q->next) {
        dia_usr_listener *l = DIA_OF(q, dia_usr_listener, place);
        const int fits = is_for(l, ends);
        if (fits > best) {
            best = fits;
            found = l;
        }
    }
    return found;
}

static void drop_callers(dia_usr_port *p)
{
    for (dia_turn *turn; (turn = dia_turns_pop(&p->callers));) {
        caller *c = DIA_OF(turn, caller, turn);
        dia_usr_abort(c->so);
        dia_sctp_path_drop(c->path);
        dia_release(p->usr->loop->alloc, c, sizeof *c);
    }
}

static void port_free(dia_usr_port *p)
{
    drop_callers(p);
    usrsctp_set_upcall(p->so, NULL, NULL);
    usrsctp_close(p->so);
    dia_list_remove(&p->place);
    dia_list_remove(&p->ready);
    dia_release(p->usr->loop->alloc, p, sizeof *p);
}

static dia_usr_port *port_new(dia_usr *u, uint16_t number, const dia_socket_options *options, bool secure)
{
    struct socket *so = dia_usr_open();
    dia_usr_port *p = so ? dia_alloc0(u->loop->alloc, sizeof *p) : NULL;
    if (!p)
        goto failed;
    dia_usr_set_beginning(so, options, u->loop->node->hub.config.limits.message, secure);
    dia_usr_set_rest(so, options);
    const int err = dia_usr_bind(so, &number);
    if (err || usrsctp_listen(so, BACKLOG)) {
        errno = err ? err : errno;
        goto failed;
    }
    p->usr = u;
    p->so = so;
    p->number = number;
    p->secure = secure;
    p->streams = dia_usr_or(options->streams, DIA_SCTP_STREAMS);
    dia_list_init(&p->ready);
    dia_list_init(&p->listeners);
    dia_list_init(&p->callers);
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

/* Then it is no use to listen there as well. */
static bool has_address(const dia_usr_port *p, const struct sockaddr_storage *at)
{
    dia_endpoint wanted, here;
    dia_endpoint_of(at, &wanted);
    for (dia_list *q = p->listeners.next; q != &p->listeners; q = q->next) {
        const dia_usr_listener *l = DIA_OF(q, dia_usr_listener, place);
        for (size_t i = 0; i < l->n_at; i++) {
            dia_endpoint_of(&l->at[i], &here);
            if (dia_bytes_equal(wanted.address.value, here.address.value))
                return true;
        }
    }
    return false;
}

/* The port of the address, of other listeners or new. */
static int take_port(dia_listening *listening, const struct sockaddr_storage *at, const dia_socket_options *options,
                     dia_usr_port **out)
{
    dia_usr *u = listening->loop->usr;
    dia_endpoint here;
    dia_endpoint_of(at, &here);
    const uint16_t number = here.port;
    dia_usr_port *p = number ? dia_usr_port_of(u, number) : NULL;
    if (!p) {
        *out = port_new(u, number, options, listening->secure);
        return *out ? 0 : DIA_ESYSTEM;
    }
    *out = p;
    errno = EADDRINUSE;
    if (p->secure != listening->secure)
        listening->why = "with usrsctp a port is for aaa or for aaas, and another listener has it";
    else if (p->streams != dia_usr_or(options->streams, DIA_SCTP_STREAMS))
        listening->why = "with usrsctp a port has one number of streams, and another listener has it";
    return listening->why || has_address(p, at) ? DIA_ESYSTEM : 0;
}

int dia_usr_listen(dia_listening *listening, const struct sockaddr_storage *at, size_t n,
                   const dia_socket_options *options)
{
    dia_usr *u = listening->loop->usr;
    if (options->local) { /* an association has one address of ours here */
        listening->why = "usrsctp has one local address, and a listener's is that of its uri";
        return DIA_ENOTSUP;
    }
    if (!dia_packets_has_family(u->packets, at->ss_family)) {
        errno = EADDRNOTAVAIL;
        return DIA_ESYSTEM;
    }
    dia_usr_listener *l = dia_alloc0(u->loop->alloc, sizeof *l);
    if (!l)
        return DIA_ENOMEM;
    const int err = take_port(listening, at, options, &l->port);
    if (err) {
        const int was = errno;
        dia_release(u->loop->alloc, l, sizeof *l);
        errno = was;
        return err;
    }
    l->listening = listening;
    l->options = *options;
    l->options.local = l->options.tls = NULL;
    for (size_t i = 0; i < n && i < DIA_USR_LISTENER_MAX; i++)
        l->at[l->n_at++] = at[i];
    listening->below = l;
    dia_list_push_back(&l->port->listeners, &l->place);
    return 0;
}

uint16_t dia_usr_listening_port(const dia_listening *listening)
{
    const dia_usr_listener *l = listening->below;
    return l->port->number;
}

void dia_usr_rest(dia_listening *listening, bool rests)
{
    dia_usr_listener *l = listening->below;
    l->rests = rests;
    if (!rests)
        dia_usr_be_ready(l->port->usr, &l->port->usr->ready_ports, &l->port->ready);
}

void dia_usr_unlisten(dia_listening *listening)
{
    dia_usr_listener *l = listening->below;
    if (l) {
        dia_usr_port *p = l->port;
        dia_list_remove(&l->place);
        if (dia_list_empty(&p->listeners))
            port_free(p);
        dia_release(listening->loop->alloc, l, sizeof *l);
    }
    dia_listening_freed(listening);
}

/* ---- Who connects ---- */

/* Its path is the one over which its cookie has come back: dia_sctp_paths_admit(). */
static void accept_one(dia_usr *u, const dia_usr_port *p, struct socket *so, dia_sctp_path *path, uint16_t number)
{
    struct sockaddr_storage remote;
    const dia_usr_listener *from = dia_usr_listener_for(p, &path->ends);
    dia_link *l = from ? dia_link_new(u->loop, &dia_usr_carrier) : NULL;
    if (!l || !dia_usr_end_new(u, l, so, path, number, p->number)) {
        dia_usr_abort(so);
        if (l)
            dia_link_close(l, NULL);
        return;
    }
    dia_usr_set_accepted(so, &from->options, u->loop->node->hub.config.limits.message);
    dia_ends_address(&path->ends, path->ends.remote, number, &remote);
    dia_link_accepted(l, from->listening, &remote);
}

/* One queue for all listeners of a port: when one of them rests, others wait with it. */
static bool somebody_rests(const dia_usr_port *p)
{
    for (dia_list *q = p->listeners.next; q != &p->listeners; q = q->next) {
        const dia_usr_listener *l = DIA_OF(q, dia_usr_listener, place);
        if (l->rests || !dia_listening_may_accept(l->listening, false))
            return true;
    }
    return false;
}

static void wait_for_room(dia_usr *u, dia_usr_port *p, struct socket *so, dia_sctp_path *path, uint16_t number)
{
    caller *c = dia_alloc(u->loop->alloc, sizeof *c);
    socklen_t size = sizeof c->buffer;
    struct sockaddr_storage remote;
    dia_endpoint end;
    if (!c) {
        dia_usr_abort(so);
        return;
    }
    *c = (caller){ .so = so, .path = path, .number = number };
    usrsctp_getsockopt(so, SOL_SOCKET, SO_RCVBUF, &c->buffer, &size);
    dia_usr_set_int(so, SOL_SOCKET, SO_RCVBUF, CALLER_BUFFER);
    dia_sctp_path_hold(path);
    dia_ends_address(&path->ends, path->ends.remote, number, &remote);
    dia_endpoint_of(&remote, &end);
    dia_turn_init(&c->turn, dia_origin_key(&u->loop->node->hub, &end.address));
    dia_turns_push(&p->callers, &c->turn);
    p->n_callers++;
    dia_usr_tick(u);
}

static void admit_caller(dia_usr *u, dia_usr_port *p)
{
    caller *c = DIA_OF(dia_turns_pop(&p->callers), caller, turn);
    p->n_callers--;
    dia_usr_set_int(c->so, SOL_SOCKET, SO_RCVBUF, c->buffer);
    accept_one(u, p, c->so, c->path, c->number);
    dia_sctp_path_drop(c->path);
    dia_release(u->loop->alloc, c, sizeof *c);
}

/* Who comes while others wait, waits. */
void dia_usr_port_serve(dia_usr *u, dia_usr_port *p)
{
    while (p->n_callers && !somebody_rests(p))
        admit_caller(u, p);
    while (p->n_callers < CALLERS_MAX) {
        struct sockaddr_conn from = { 0 };
        socklen_t size = sizeof from;
        struct socket *so = usrsctp_accept(p->so, (struct sockaddr *)&from, &size);
        if (!so)
            return;
        if (!from.sconn_addr)
            dia_usr_abort(so);
        else if (p->n_callers || somebody_rests(p))
            wait_for_room(u, p, so, from.sconn_addr, ntohs(from.sconn_port));
        else
            accept_one(u, p, so, from.sconn_addr, ntohs(from.sconn_port));
    }
}

/* SCTP in this process (usrsctp), for hosts whose kernel has none: in its single-threaded mode, so that packets, timers and sockets of it
 * have their turn in the loop and nowhere else.
 *
 * usrsctp is one per process and keeps its state itself. It knows our paths as addresses of a family of its own (AF_CONN), of which an
 * association has one: there is no multihoming. */
#include "loop/usr.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

/* The wheel of usrsctp's timers turns in steps of 10 ms. */
enum { TICK_MS = 10, QUIET_US = 1000000, FINISH_TICKS = 100, BLACKHOLE = 2 };

/* ---- Time ---- */

static void turn_timers(dia_usr *u)
{
    const int64_t now = dia_loop_clock().us;
    const int64_t ms = (now - u->ticked_us) / 1000;
    if (ms < TICK_MS)
        return;
    u->ticked_us += ms * 1000;
    usrsctp_handle_timers((uint32_t)(ms < UINT32_MAX ? ms : UINT32_MAX));
}

static void on_tick(uv_timer_t *timer)
{
    dia_usr *u = timer->data;
    const int64_t now = dia_loop_clock().us;
    turn_timers(u);
    dia_usr_serve(u);
    DIA_LIST_EACH (p, &u->dying) {
        dia_usr_end *e = DIA_OF(p, dia_usr_end, place);
        if (e->dies_us <= now)
            dia_usr_end_free(e);
    }
    if (!dia_list_empty(&u->ends) || !dia_list_empty(&u->dying))
        u->busy_us = now;
    if (now - u->busy_us < QUIET_US)
        return;
    u->ticking = false;
    uv_timer_stop(timer);
}

/* There is no telling when usrsctp's next timer is due: it is asked as long as there is anybody. */
void dia_usr_tick(dia_usr *u)
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
    dia_usr_serve(idle->data);
}

void dia_usr_be_ready(dia_usr *u, dia_list *all, dia_list *ready)
{
    if (dia_list_empty(ready))
        dia_list_push_back(all, ready);
    if (u->idling || u->closing)
        return;
    u->idling = true;
    uv_idle_start(&u->idle, on_idle);
}

/* ---- Turns ---- */

static void serve_ends(dia_usr *u)
{
    dia_list now;
    dia_list_init(&now);
    for (dia_list *p; (p = dia_list_pop(&u->ready_ends));)
        dia_list_push_back(&now, p);
    for (dia_list *p; (p = dia_list_pop(&now));)
        dia_usr_end_serve(u, DIA_OF(p, dia_usr_end, ready));
}

void dia_usr_serve(dia_usr *u)
{
    if (u->serving)
        return;
    u->serving = true;
    for (dia_list *p; (p = dia_list_pop(&u->ready_ports));)
        dia_usr_port_serve(u, DIA_OF(p, dia_usr_port, ready));
    serve_ends(u);
    u->serving = false;
    if (u->idling && dia_list_empty(&u->ready_ends) && dia_list_empty(&u->ready_ports)) {
        u->idling = false;
        uv_idle_stop(&u->idle);
    }
}

/* A packet of raw IP may be somebody else's. */
static void refuse(dia_usr *u, const dia_ends *ends, dia_bytes packet)
{
    uint8_t octets[DIA_PACKET_MIN];
    const dia_bytes answer = dia_packet_refuse(packet, octets);
    if (answer.n && dia_packets_port(u->packets))
        dia_packets_send(u->packets, ends, answer);
}

/* While somebody's keys change, whether the next packet for it has to wait (RFC 6083, 4.8) is known behind each one. */
static void on_packet(void *arg, const dia_ends *ends, dia_bytes packet)
{
    dia_usr *u = arg;
    turn_timers(u);
    dia_sctp_path *path = dia_sctp_paths_find(&u->paths, ends);
    if (!path) {
        const dia_usr_port *p = packet.n >= DIA_PACKET_MIN ? dia_usr_port_of(u, dia_packet_port(packet)) : NULL;
        const bool listens = p && dia_usr_listener_for(p, ends);
        path = dia_sctp_paths_admit(&u->paths, ends, packet, listens);
        if (!path && !listens)
            refuse(u, ends, packet);
    }
    if (!path)
        return;
    if (dia_usr_end_keeps(u, path, packet))
        return;
    if (path != &u->paths.guest)
        dia_usr_know(path);
    usrsctp_conninput(path, packet.p, packet.n, 0);
    if (u->loop->n_shaking)
        dia_usr_serve(u);
}

static void on_packets(void *arg)
{
    dia_usr_serve(arg);
}

static int on_output(void *address, void *octets, size_t n, uint8_t tos, uint8_t whole)
{
    const dia_sctp_path *path = address;
    dia_usr *u = DIA_OF(path->paths, dia_usr, paths);
    const dia_bytes packet = { octets, n };
    (void)tos;
    (void)whole;
    if (!u->packets)
        return 0;
    dia_sctp_paths_answered(&u->paths, path, packet);
    dia_packets_send(u->packets, &path->ends, packet);
    return 0;
}

static void free_links(dia_usr *u)
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

/* ---- Life ---- */

const dia_carrier *dia_usrsctp_carrier(const dia_loop *loop)
{
    return loop->usr ? &dia_usr_carrier : NULL;
}

/* Only usrsctp knows whether it runs: for another loop, or for somebody else in this process. */
static bool runs_already(void)
{
    struct socket *so = dia_usr_open();
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

bool dia_usrsctp_is_there(const char **why)
{
    (void)why;
    return true;
}

int dia_usrsctp_open(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    uint8_t key[16];
    if (runs_already()) {
        snprintf(why, why_size, "usrsctp serves one loop of a process: somebody else in this one has it");
        return DIA_EEXIST;
    }
    dia_usr *u = dia_alloc0(loop->alloc, sizeof *u);
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
    dia_list_init(&u->put_off);
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
        snprintf(why, why_size, "SCTP over raw IP by usrsctp: %s (it needs CAP_NET_RAW)", strerror(errno));
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
    dia_usr *u = handle->data;
    if (--u->open_handles)
        return;
    dia_sctp_paths_done(&u->paths);
    dia_release(u->loop->alloc, u, sizeof *u);
}

/* Behind all links and listeners. */
void dia_usrsctp_close(dia_loop *loop)
{
    dia_usr *u = loop->usr;
    if (!u)
        return;
    u->closing = true;
    free_links(u);
    loop->usr = NULL;
    DIA_LIST_EACH (p, &u->dying)
        dia_usr_end_free(DIA_OF(p, dia_usr_end, place));
    for (int i = 0; i < FINISH_TICKS && usrsctp_finish(); i++)
        usrsctp_handle_timers(TICK_MS);
    dia_packets_close(u->packets);
    u->packets = NULL;
    u->open_handles = 2;
    uv_close((uv_handle_t *)&u->timer, on_closed);
    uv_close((uv_handle_t *)&u->idle, on_closed);
}

/* A connection in memory: what one node writes goes in pieces, each with its moment of arrival, to the other node.
 *
 * The ends behave as those of loop/link.c over TCP do: a close flushes, ends the stream and waits for the peer's end; what
 * comes for an end that is gone is answered with a reset. */
#include "sim/sim.h"

enum { LINGER_US = 5000000, DELAY_US = 100, WINDOW = 65536 };

/* HELLO and FINISHED: the handshake of a protected connection, from who connects and back, each with a certificate. */
typedef enum flight_kind {
    FLIGHT_SYN,
    FLIGHT_SYN_ACK,
    FLIGHT_HELLO,
    FLIGHT_FINISHED,
    FLIGHT_DATA,
    FLIGHT_FIN,
    FLIGHT_RST
} flight_kind;

typedef struct flight {
    dia_list place;
    int64_t at_us;
    flight_kind kind;
    bool ordered;
    size_t n, taken; /* octets, and those of them that the receiver has */
    uint8_t octets[];
} flight;

static void write_some(dia_end *end);
static void arrive(dia_sim_due *due);

/* ---- Life ---- */

static dia_end *other(const dia_end *end)
{
    return &end->wire->end[end == &end->wire->end[0]];
}

static dia_direction *way_from(const dia_end *end)
{
    return &end->wire->way[end == &end->wire->end[1]];
}

static void linger_is_over(dia_sim_due *due);

static dia_wire *wire_new(dia_sim *sim)
{
    if (dia_sim_reserve(sim))
        return NULL;
    dia_wire *wire = dia_alloc0(sim->alloc, sizeof *wire);
    if (!wire)
        return NULL;
    wire->sim = sim;
    wire->number = ++sim->number;
    for (int i = 0; i < 2; i++) {
        wire->end[i].wire = wire;
        wire->end[i].linger.happen = linger_is_over;
        dia_direction *way = &wire->way[i];
        way->wire = wire;
        way->from = &wire->end[i];
        way->to = &wire->end[!i];
        way->due.happen = arrive;
        dia_list_init(&way->flights);
        dia_list_init(&way->shown);
    }
    sim->n_wires++;
    dia_list_push_back(&sim->wires, &wire->place);
    return wire;
}

static void flight_free(dia_sim *sim, flight *f)
{
    dia_list_remove(&f->place);
    dia_release(sim->alloc, f, sizeof *f + f->n);
}

static void drop_flights(dia_direction *way)
{
    DIA_LIST_EACH (p, &way->flights)
        flight_free(way->wire->sim, DIA_OF(p, flight, place));
    dia_sim_unset(way->wire->sim, &way->due);
}

static void wire_free(dia_wire *wire)
{
    dia_sim *sim = wire->sim;
    for (int i = 0; i < 2; i++) {
        drop_flights(&wire->way[i]);
        dia_sim_show_lost(&wire->way[i]);
        dia_sim_unset(sim, &wire->end[i].linger);
        dia_sim_shown_unref(sim, wire->end[i].shown);
    }
    dia_list_remove(&wire->place);
    sim->n_wires--;
    dia_release(sim->alloc, wire, sizeof *wire);
}

/* A wire ends when both its ends are gone, but only here: whoever ended it may still look at it. */
void dia_wire_sweep(dia_sim *sim)
{
    DIA_LIST_EACH (p, &sim->wires) {
        dia_wire *wire = DIA_OF(p, dia_wire, place);
        if (!wire->end[0].conn && !wire->end[1].conn)
            wire_free(wire);
    }
}

void dia_wire_free_all(dia_sim *sim)
{
    DIA_LIST_EACH (p, &sim->wires)
        wire_free(DIA_OF(p, dia_wire, place));
}

/* This end is gone; its node is told. */
static void close_end(dia_end *end, const char *reason)
{
    dia_conn *conn = end->conn;
    if (!conn)
        return;
    end->conn = NULL;
    dia_sim_unset(end->wire->sim, &end->linger);
    dia_conn_closed(conn, reason, dia_sim_time(end->wire->sim));
}

/* ---- Under way ---- */

static const dia_sim_link *link_of(const dia_direction *way)
{
    return dia_sim_link_of(way->from->host, way->to->host);
}

static flight *first(const dia_direction *way)
{
    return dia_list_empty(&way->flights) ? NULL : DIA_OF(way->flights.next, flight, place);
}

/* A reset is not held up by a receiver that does not read. */
static flight *reset_of(const dia_direction *way)
{
    flight *last = dia_list_empty(&way->flights) ? NULL : DIA_OF(way->flights.prev, flight, place);
    return last && last->kind == FLIGHT_RST ? last : NULL;
}

/* A machine that is down takes nothing; what was sent meanwhile is sent again until it is up. So is what comes for a
 * frozen process, whose machine holds it. */
static void schedule(dia_direction *way)
{
    const flight *next = way->to->paused ? reset_of(way) : first(way);
    const dia_sim_host *to = way->to->host;
    const bool held = way->wire->lost || link_of(way)->stalled || to->dark || to->frozen;
    if (!next || held)
        dia_sim_unset(way->wire->sim, &way->due);
    else
        dia_sim_set(way->wire->sim, &way->due, next->at_us);
}

static int64_t arrival(dia_direction *way, const dia_sim_link *link, const flight *f)
{
    dia_sim *sim = way->wire->sim;
    int64_t at = sim->now_us;
    if (link->octets_per_s) {
        at = way->free_us > at ? way->free_us : at;
        at += (int64_t)(f->n * 1000000 / link->octets_per_s);
        way->free_us = at;
    }
    at += link->delay_us ? link->delay_us : DELAY_US;
    if (link->jitter_us)
        at += (int64_t)dia_random_below(&sim->random, (uint64_t)link->jitter_us + 1);
    const int64_t not_before = f->kind != FLIGHT_DATA ? way->last_us : f->ordered ? way->order_us : 0;
    return at > not_before ? at : not_before;
}

/* DIA_ENOMEM: it is not under way, and the connection cannot go on. */
static int send(dia_direction *way, flight_kind kind, dia_bytes octets, bool ordered)
{
    dia_sim *sim = way->wire->sim;
    if (way->wire->lost)
        return 0;
    flight *f = dia_alloc(sim->alloc, sizeof *f + octets.n);
    if (!f)
        return DIA_ENOMEM;
    *f = (flight){ .kind = kind, .ordered = ordered, .n = octets.n };
    if (octets.n)
        memcpy(f->octets, octets.p, octets.n);
    f->at_us = arrival(way, link_of(way), f);
    if (ordered && f->at_us > way->order_us)
        way->order_us = f->at_us;
    if (f->at_us > way->last_us)
        way->last_us = f->at_us;
    dia_list *before = &way->flights;
    while (before->prev != &way->flights && DIA_OF(before->prev, flight, place)->at_us > f->at_us)
        before = before->prev;
    dia_list_insert(before, &f->place);
    schedule(way);
    return 0;
}

/* Closes an end as the next thing that happens: a callback of its own node may have wished for it. */
static void close_soon(dia_end *end, const char *reason)
{
    if (!end->conn)
        return;
    end->reason = reason;
    dia_sim_set(end->wire->sim, &end->linger, end->wire->sim->now_us);
}

static void fail(dia_wire *wire)
{
    close_soon(&wire->end[0], "no memory for the simulation");
    close_soon(&wire->end[1], "no memory for the simulation");
}

/* Signs without octets. What the other end does not live to see need not be sent. */
static void send_sign(const dia_end *from, flight_kind kind)
{
    if ((kind == FLIGHT_SYN || other(from)->conn) && send(way_from(from), kind, (dia_bytes){ NULL, 0 }, true))
        fail(from->wire);
}

/* Aborts: what is still under way from here may arrive before the reset. */
static void reset_end(dia_end *end)
{
    send_sign(end, FLIGHT_RST);
    close_end(end, NULL);
}

/* ---- Writing ---- */

static size_t room_in(const dia_direction *way)
{
    const size_t window = link_of(way)->window ? link_of(way)->window : WINDOW;
    return way->used < window ? window - way->used : 0;
}

/* How much of this piece goes now; 0: the window has no room. A message goes as a whole, when it must alone. */
static size_t part_of(const dia_direction *way, dia_bytes piece)
{
    const size_t room = room_in(way);
    if (way->wire->kind == DIA_CONN_MESSAGE)
        return piece.n <= room || !way->used ? piece.n : 0;
    const size_t n = piece.n < room ? piece.n : room;
    const uint32_t chunk = link_of(way)->chunk;
    if (!chunk || !n)
        return n;
    const size_t most = chunk < n ? chunk : n;
    return most == 1 ? 1 : 1 + (size_t)dia_random_below(&way->wire->sim->random, most);
}

static bool has_output(const dia_end *end)
{
    dia_output piece;
    return end->conn && dia_conn_output(end->conn, &piece, 1) > 0;
}

static void end_stream(dia_end *end)
{
    end->ended = true;
    send_sign(end, FLIGHT_FIN);
}

/* What was said in clear goes first. */
static void greet(dia_end *end)
{
    end->greets = false;
    end->waits = true;
    dia_sim_shown_unref(end->wire->sim, end->shown);
    end->shown = dia_sim_shown_ref(end->host->shows);
    send_sign(end, FLIGHT_HELLO);
}

static void write_some(dia_end *end)
{
    dia_direction *way = way_from(end);
    dia_output piece;
    if (!end->stands || end->host->frozen)
        return;
    while (end->conn && dia_conn_output(end->conn, &piece, 1)) {
        const size_t n = part_of(way, piece.octets);
        if (!n)
            return;
        if (send(way, FLIGHT_DATA, (dia_bytes){ piece.octets.p, n }, piece.ordered)) {
            fail(end->wire);
            return;
        }
        way->used += n;
        dia_conn_sent(end->conn, n, dia_sim_time(way->wire->sim));
    }
    if (!end->conn || end->ended)
        return;
    if (end->greets && !end->no_more)
        greet(end);
    if (end->no_more) { /* the peer's end waited for this */
        end_stream(end);
        close_end(end, NULL);
    } else if (end->ending) {
        end_stream(end);
    }
}

/* ---- Arriving ---- */

static const dia_endpoint *endpoint(const dia_end *end, uint16_t port, dia_endpoint *out)
{
    *out = (dia_endpoint){ { DIA_FAMILY_IPV4, { end->host->ip, sizeof end->host->ip } }, port };
    return out;
}

static dia_conn_info info_of(const dia_end *end)
{
    const dia_wire *wire = end->wire;
    enum { FIRST_PORT = 32768, PORTS = 28232 };
    const uint16_t ports[2] = { (uint16_t)(FIRST_PORT + wire->number % PORTS), wire->uri.port };
    const int k = end == &wire->end[1];
    dia_conn_info info = { .kind = wire->kind,
                           .transport = wire->kind == DIA_CONN_MESSAGE ? "SCTP" : "TCP",
                           .awaits_security = wire->uri.secure };
    endpoint(end, ports[k], &info.local);
    endpoint(other(end), ports[!k], &info.remote);
    return info;
}

/* False: it is refused. */
static bool accept(dia_end *end)
{
    dia_sim_host *host = end->host;
    dia_sim_door *door;
    if (!host->node || dia_sim_find(host->sim, &end->wire->uri, &door) != host || !door)
        return false;
    const uint32_t life = host->life;
    dia_conn_info info = info_of(end);
    info.listener = door->listener;
    dia_conn *conn = dia_node_accept(host->node, &info, dia_sim_time(host->sim));
    if (!conn || host->life != life) /* a callback may have ended the node, and the connection with it */
        return false;
    end->conn = conn;
    end->stands = true;
    dia_conn_set_user(conn, end);
    return true;
}

static void syn_came(dia_direction *way)
{
    dia_end *end = way->to;
    const dia_sim_connects how = link_of(way)->connects;
    if (how == DIA_SIM_IGNORE) {
        way->wire->lost = true;
        return;
    }
    if (how == DIA_SIM_ACCEPT && accept(end)) {
        dia_sim_show_wire(DIA_SIM_CONNECTED, way);
        send_sign(end, FLIGHT_SYN_ACK);
    } else {
        dia_sim_show_wire(DIA_SIM_REFUSED, way);
        send_sign(end, FLIGHT_RST);
    }
}

static void stands(dia_end *end)
{
    const dia_conn_info info = info_of(end);
    end->stands = true;
    if (end->conn)
        dia_conn_connected(end->conn, &info, dia_sim_time(end->wire->sim));
}

/* ---- The handshake ---- */

/* Both ends are gone, each with the reason; the other one's node hears of it when the reset arrives. */
static void distrust(dia_end *end, const char *why)
{
    end->waits = false;
    send_sign(end, FLIGHT_RST);
    close_end(end, why);
}

/* Who was connected to answers, and begins to speak. */
static void hello_came(dia_direction *way)
{
    dia_end *end = way->to;
    dia_sim *sim = way->wire->sim;
    const dia_sim_connects how = link_of(way)->handshakes;
    if (!end->conn || how == DIA_SIM_IGNORE)
        return;
    const char *why = how == DIA_SIM_REFUSE ? "TLS handshake: no version in common"
                      : !end->host->shows   ? "TLS handshake: there is no certificate to be shown"
                                            : dia_sim_distrust(sim, way->from->shown);
    if (why) {
        distrust(end, why);
        return;
    }
    const dia_security security = dia_sim_security(way->wire->kind, way->from->shown);
    dia_sim_shown_unref(sim, end->shown);
    end->shown = dia_sim_shown_ref(end->host->shows);
    send_sign(end, FLIGHT_FINISHED);
    dia_conn_secured(end->conn, &security, dia_sim_time(sim));
}

/* Who connected wants to have reached whom it meant. */
static void finished_came(dia_direction *way)
{
    dia_end *end = way->to;
    dia_sim *sim = way->wire->sim;
    if (!end->conn || !end->waits)
        return;
    const char *why = dia_sim_distrust(sim, way->from->shown);
    if (!why && !end->stands && !dia_sim_names(way->from->shown, way->wire->uri.fqdn))
        why = "TLS handshake: the certificate does not name the host that was connected to";
    if (why) {
        distrust(end, why);
        return;
    }
    const dia_security security = dia_sim_security(way->wire->kind, way->from->shown);
    end->waits = false;
    if (end->stands) {
        dia_conn_secured(end->conn, &security, dia_sim_time(sim));
        return;
    }
    dia_conn_info info = info_of(end);
    info.security = &security;
    end->stands = true;
    dia_conn_connected(end->conn, &info, dia_sim_time(sim));
}

/* The peer has ended its side: what waits for it is written before this end goes. */
static void end_of_input(dia_end *end)
{
    end->no_more = true;
    if (!end->conn || (has_output(end) && !end->ended))
        return;
    if (!end->ended)
        end_stream(end);
    close_end(end, NULL);
}

/* What the node takes leaves the window; the rest waits until it reads again. Meanwhile the flight is nobody's but ours:
 * a callback may end all that is under way. */
static void data_came(dia_direction *way, flight *f)
{
    dia_sim *sim = way->wire->sim;
    dia_end *end = way->to;
    const dia_bytes rest = { f->octets + f->taken, f->n - f->taken };
    dia_list_remove(&f->place);
    if (!end->conn) {
        send_sign(end, FLIGHT_RST);
        flight_free(sim, f);
        return;
    }
    const size_t n = end->ended ? rest.n : dia_conn_input(end->conn, rest, dia_sim_time(sim));
    f->taken += n;
    way->used -= n;
    if (n < rest.n && end->conn && !way->wire->lost) {
        end->paused = true;
        dia_list_push_front(&way->flights, &f->place);
    } else {
        flight_free(sim, f);
    }
    if (has_output(way->from))
        write_some(way->from);
}

static void rst_came(dia_direction *way)
{
    dia_end *end = way->to;
    drop_flights(way);
    if (end->stands)
        dia_sim_show_wire(DIA_SIM_RST, way);
    close_end(end, end->stands ? "reset by the peer" : "connection refused");
}

static void arrive(dia_sim_due *due)
{
    dia_direction *way = DIA_OF(due, dia_direction, due);
    flight *f = way->to->paused ? reset_of(way) : first(way);
    const flight_kind kind = f->kind;
    if (kind == FLIGHT_DATA)
        data_came(way, f);
    else
        flight_free(way->wire->sim, f);
    switch (kind) {
    case FLIGHT_SYN: syn_came(way); break;
    case FLIGHT_SYN_ACK:
        if (!way->wire->uri.secure)
            stands(way->to);
        else if (way->to->conn)
            greet(way->to);
        break;
    case FLIGHT_HELLO: hello_came(way); break;
    case FLIGHT_FINISHED: finished_came(way); break;
    case FLIGHT_DATA: break;
    case FLIGHT_FIN:
        dia_sim_show_wire(DIA_SIM_FIN, way);
        end_of_input(way->to);
        break;
    case FLIGHT_RST: rst_came(way); break;
    }
    schedule(way);
}

/* ---- Wishes ---- */

static dia_conn_kind kind_of(dia_transport transport)
{
    return transport == DIA_TRANSPORT_SCTP ? DIA_CONN_MESSAGE : DIA_CONN_STREAM;
}

static void begin_connect(dia_sim_host *host, const dia_todo *todo)
{
    dia_sim *sim = host->sim;
    dia_sim_door *door;
    dia_sim_host *to = dia_sim_find(sim, &todo->uri, &door);
    const char *why = todo->uri.transport == DIA_TRANSPORT_UDP ? "transport=udp is not simulated"
                      : !to                                    ? "the host name was not found"
                                                               : NULL;
    dia_wire *wire = why ? NULL : wire_new(sim);
    if (!wire) {
        dia_conn_closed(todo->conn, why ? why : "no memory for the simulation", dia_sim_time(sim));
        return;
    }
    wire->kind = kind_of(todo->uri.transport);
    wire->uri = todo->uri;
    wire->end[0].host = host;
    wire->end[0].conn = todo->conn;
    wire->end[1].host = to;
    dia_conn_set_user(todo->conn, &wire->end[0]);
    send_sign(&wire->end[0], FLIGHT_SYN);
}

static void linger_is_over(dia_sim_due *due)
{
    dia_end *end = DIA_OF(due, dia_end, linger);
    end->late = end->host->frozen;
    if (end->late)
        return;
    close_end(end, end->reason);
}

static void begin_end(dia_end *end)
{
    dia_sim *sim = end->wire->sim;
    end->ending = true;
    end->paused = false; /* what comes now is only read to see the end */
    dia_sim_set(sim, &end->linger, sim->now_us + LINGER_US);
    schedule(way_from(other(end)));
    write_some(end);
}

/* Who was connected to waits for the other one. */
static void begin_handshake(dia_end *end)
{
    end->greets = end == &end->wire->end[0];
    write_some(end);
}

static void resume(dia_end *end)
{
    end->paused = false;
    schedule(way_from(other(end)));
}

void dia_wire_todo(dia_sim_host *host, const dia_todo *todo)
{
    dia_end *end = todo->conn ? dia_conn_user(todo->conn) : NULL;
    if (todo->kind == DIA_TODO_DISCOVER) {
        const dia_findings nothing = { .why = "the simulation has no DNS", .ttl_s = 60, .denied = true };
        dia_node_discovered(host->node, todo->ticket, &nothing, dia_sim_time(host->sim));
        return;
    }
    if (todo->kind == DIA_TODO_CONNECT) {
        begin_connect(host, todo);
        return;
    }
    if (!end) { /* it was given up before it was begun */
        dia_conn_closed(todo->conn, NULL, dia_sim_time(host->sim));
        return;
    }
    switch (todo->kind) {
    case DIA_TODO_CONNECT:
    case DIA_TODO_DISCOVER: break;
    case DIA_TODO_SECURE: begin_handshake(end); break;
    case DIA_TODO_WRITE: write_some(end); break;
    case DIA_TODO_READ: resume(end); break;
    case DIA_TODO_CLOSE: begin_end(end); break;
    case DIA_TODO_RESET: reset_end(end); break;
    }
}

/* ---- Orders from outside ---- */

static bool is_between(const dia_wire *wire, const dia_sim_host *a, const dia_sim_host *b)
{
    const dia_sim_host *x = wire->end[0].host, *y = wire->end[1].host;
    return (x == a && (!b || y == b)) || (y == a && (!b || x == b));
}

static bool is_alive(const dia_wire *wire)
{
    return wire->end[0].conn || wire->end[1].conn;
}

/* The octets of its node die with it. */
void dia_wire_host_ends(dia_sim_host *host, bool quietly)
{
    for (dia_list *p = host->sim->wires.next; p != &host->sim->wires; p = p->next) {
        dia_wire *wire = DIA_OF(p, dia_wire, place);
        for (int i = 0; i < 2; i++) {
            dia_end *end = &wire->end[i];
            if (end->host != host || !end->conn)
                continue;
            end->conn = NULL;
            dia_sim_unset(wire->sim, &end->linger);
            end->paused = false; /* what waited here is answered like all that comes for an end that is gone */
            if (!quietly)
                send_sign(end, FLIGHT_RST);
            schedule(way_from(other(end)));
        }
    }
}

void dia_wire_look_again(dia_sim *sim)
{
    sim->changed = false;
    for (dia_list *p = sim->wires.next; p != &sim->wires; p = p->next) {
        dia_wire *wire = DIA_OF(p, dia_wire, place);
        for (int i = 0; i < 2; i++) {
            dia_end *end = &wire->end[i];
            if (end->late && !end->host->frozen)
                dia_sim_set(sim, &end->linger, sim->now_us);
            schedule(&wire->way[i]);
            write_some(end);
        }
    }
}

size_t dia_sim_connections(const dia_sim_host *a, const dia_sim_host *b)
{
    size_t n = 0;
    for (dia_list *p = a->sim->wires.next; p != &a->sim->wires; p = p->next) {
        const dia_wire *wire = DIA_OF(p, dia_wire, place);
        n += is_alive(wire) && is_between(wire, a, b);
    }
    return n;
}

static void cut(dia_wire *wire, const dia_sim_host *a)
{
    (void)a;
    drop_flights(&wire->way[0]);
    drop_flights(&wire->way[1]);
    for (int i = 0; i < 2; i++) {
        if (wire->end[i].conn && wire->end[i].stands)
            dia_sim_show_wire(DIA_SIM_RST, way_from(&wire->end[!i]));
        close_soon(&wire->end[i], wire->end[i].stands ? "reset by the peer" : "connection refused");
    }
}

static void lose(dia_wire *wire, const dia_sim_host *a)
{
    (void)a;
    wire->lost = true;
    drop_flights(&wire->way[0]);
    drop_flights(&wire->way[1]);
}

static void vanish(dia_wire *wire, const dia_sim_host *a)
{
    lose(wire, a);
    close_soon(&wire->end[wire->end[0].host != a], "the connection failed");
}

/* Callbacks may begin connections meanwhile: these are not meant. */
static size_t each(dia_sim_host *a, const dia_sim_host *b, void (*order)(dia_wire *wire, const dia_sim_host *a))
{
    const uint32_t newest = a->sim->number;
    size_t n = 0;
    for (dia_list *p = a->sim->wires.next; p != &a->sim->wires; p = p->next) {
        dia_wire *wire = DIA_OF(p, dia_wire, place);
        if (wire->number > newest || !is_alive(wire) || !is_between(wire, a, b))
            continue;
        order(wire, a);
        n++;
    }
    return n;
}

size_t dia_sim_cut(dia_sim_host *a, dia_sim_host *b)
{
    return each(a, b, cut);
}

size_t dia_sim_lose(dia_sim_host *a, dia_sim_host *b)
{
    return each(a, b, lose);
}

size_t dia_sim_vanish(dia_sim_host *a, dia_sim_host *b)
{
    return each(a, b, vanish);
}

dia_sim_host *dia_sim_other(const dia_conn *conn)
{
    const dia_end *end = dia_conn_user(conn);
    return end ? other(end)->host : NULL;
}

/* The sim room's door: a driver of many nodes over connections in memory, on a virtual clock.
 *
 * takes      configurations of nodes, properties of links, orders to break things
 * gives      public diatom/sim.h
 * owns       the nodes, connections between them, octets under way, timers of the application
 * may use    base, wire, dict, and of node what diatom/node.h says to drivers
 * never sees sockets, clocks, the insides of a node
 * tests      tests/sim */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/base.h"
#include "diatom/sim.h"

/* Something that happens at a moment. */
typedef struct dia_sim_due {
    dia_timer timer;
    void (*happen)(struct dia_sim_due *due);
} dia_sim_due;

typedef struct dia_wire dia_wire;

/* A certificate as it was when a connection began with it. */
typedef struct dia_sim_shown dia_sim_shown;

/* One end of a connection. */
typedef struct dia_end {
    dia_wire *wire;
    dia_sim_host *host;
    dia_conn *conn;       /* NULL: gone, or not accepted yet */
    dia_sim_due linger;   /* the end of waiting for the peer's end, or of this one */
    const char *reason;   /* then; NULL: closed by the peer */
    bool late;            /* that has come, and the host is frozen */
    bool stands;          /* connected, or accepted */
    bool paused;          /* the node does not take input */
    bool ending;          /* flush, then end the stream */
    bool ended;           /* our end was sent */
    bool no_more;         /* the peer has ended its side */
    bool greets;          /* the handshake begins when its output is under way */
    bool waits;           /* for the end of the handshake */
    dia_sim_shown *shown; /* what it has shown, with a reference; NULL: nothing yet */
} dia_end;

/* One direction of a connection. */
typedef struct dia_direction {
    dia_wire *wire;
    dia_end *from, *to;
    dia_sim_due due;  /* the next arrival */
    dia_list flights; /* what is under way, by arrival */
    dia_list shown;   /* messages sent and not arrived, for the taps */
    int64_t order_us; /* the last arrival of what must stay in order */
    int64_t last_us;  /* the last arrival of all */
    int64_t free_us;  /* when the next octet can go, with a bound of octets a second */
    size_t used;      /* of the window */
} dia_direction;

struct dia_wire {
    dia_list place; /* in sim->wires */
    dia_sim *sim;
    uint32_t number;
    dia_conn_kind kind;
    dia_uri uri;          /* that end[0] connects to; a view of its connection's */
    dia_end end[2];       /* 0: who connects */
    dia_direction way[2]; /* away from end[i] */
    bool lost;            /* whatever is sent goes nowhere */
};

typedef struct dia_sim_door {
    dia_list place;         /* in host->doors */
    dia_listener *listener; /* NULL: none in particular */
    uint16_t port;
    bool secure;
    dia_transport transport;
    size_t n;
    char fqdn[];
} dia_sim_door;

struct dia_sim_host {
    dia_list place; /* in sim->hosts */
    dia_sim *sim;
    uint32_t number;
    dia_node_config config; /* as it was given */
    dia_sim_start_fn *start;
    void *arg;
    dia_node *node; /* NULL: down */
    uint32_t life;  /* counts starts and ends */
    bool dark;      /* the machine is down, too */
    bool frozen;
    uint8_t ip[4];
    dia_list doors;
    dia_sim_shown *shows; /* NULL: nothing */
};

typedef struct dia_sim_watcher {
    void (*fn)(void *arg, const dia_sim_seen *seen);
    void *arg;
} dia_sim_watcher;

typedef struct dia_chart {
    const dia_dicts *dicts;
    void (*line)(void *arg, const char *text); /* NULL: none is drawn */
    void *arg;
    uint32_t columns; /* of the head that was printed last */
} dia_chart;

struct dia_sim {
    const dia_allocator *alloc;
    dia_random random;
    int64_t now_us, wall_clock;
    dia_heap timers;
    dia_list hosts, wires, timeouts;
    dia_map links; /* of pairs: from << 32 | to */
    dia_sim_link link;
    uint32_t n_hosts, n_wires, n_timeouts;
    uint32_t number;         /* of the newest connection */
    dia_sim_watcher watcher; /* of the application */
    dia_chart chart;
    bool tapped;  /* somebody looks */
    bool changed; /* dia_wire_look_again() is due */
    bool inside;  /* a step is being done */
};

static inline dia_time dia_sim_time(const dia_sim *sim)
{
    return (dia_time){ sim->now_us };
}

/* sim.c: room for so many more timers is made beforehand, so that setting one cannot fail. DIA_ENOMEM. */
int dia_sim_reserve(dia_sim *sim);
void dia_sim_set(dia_sim *sim, dia_sim_due *due, int64_t at_us);
void dia_sim_unset(dia_sim *sim, dia_sim_due *due);

/* host.c */
void dia_sim_host_free(dia_sim_host *host);
/* Who has a door of this name; *door: the one that also has this port and transport, or NULL. NULL: nobody has. */
dia_sim_host *dia_sim_find(const dia_sim *sim, const dia_uri *uri, dia_sim_door **door);

/* secure.c: with references; NULL is fine. */
dia_sim_shown *dia_sim_shown_ref(dia_sim_shown *shown);
void dia_sim_shown_unref(const dia_sim *sim, dia_sim_shown *shown);
bool dia_sim_names(const dia_sim_shown *shown, dia_bytes name);
/* Why nobody takes it; NULL: it is fine. What the node of the other end is told of it. */
const char *dia_sim_distrust(const dia_sim *sim, const dia_sim_shown *shown);
dia_security dia_sim_security(dia_conn_kind kind, const dia_sim_shown *shown);

/* link.c */
const dia_sim_link *dia_sim_link_of(const dia_sim_host *from, const dia_sim_host *to);
void dia_sim_links_free(dia_sim *sim);

/* wire.c. Nodes are called only from dia_wire_todo() and arrivals, never while a callback may be under way. */
void dia_wire_todo(dia_sim_host *host, const dia_todo *todo);
void dia_wire_host_ends(dia_sim_host *host, bool quietly); /* its node is gone, or about to go */
void dia_wire_look_again(dia_sim *sim);                    /* links or hosts have changed */
void dia_wire_sweep(dia_sim *sim);
void dia_wire_free_all(dia_sim *sim);

/* timeout.c: those of this host, or of all (NULL), will not fire; those that became due while it was frozen, will. */
void dia_sim_timeouts_end(dia_sim *sim, const dia_sim_host *host);
void dia_sim_timeouts_thaw(dia_sim *sim, const dia_sim_host *host);

/* watch.c */
void dia_sim_show(dia_sim *sim, const dia_sim_seen *seen);
void dia_sim_show_wire(dia_sim_seen_kind kind, const dia_direction *way);
void dia_sim_show_host(dia_sim_seen_kind kind, const dia_sim_host *host, const char *text);
void dia_sim_on_event(void *host, dia_node *node, const dia_event *event);
void dia_sim_on_message(void *host, dia_node *node, const dia_message_seen *seen);
void dia_sim_show_lost(dia_direction *way);

/* chart.c */
void dia_chart_draw(dia_sim *sim, const dia_sim_seen *seen);

#endif

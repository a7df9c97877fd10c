/* The way of a request: what it wants, and where it goes. Hosts and routes say so in route.c, redirects and reports of overload in
 * decision.c. */
#ifndef NODE_DECISION_H
#define NODE_DECISION_H

#include "peer/peer.h"
#include "route/route.h"

/* What is done for an overload report (RFC 7683, 5.2.2). */
typedef enum dia_abates { DIA_ABATES_NOTHING, DIA_ABATES_BY_DIVERSION, DIA_ABATES_ALL } dia_abates;

/* The table was asked which routes match a request, and this one came first. */
typedef struct dia_look {
    uint64_t tables, version; /* of node and table when it was asked: what has changed is asked again */
    dia_route_query query;
    dia_route_walk walk;
    bool found;
} dia_look;

/* What a request wants of its next hop. */
typedef struct dia_errand {
    uint32_t application;
    dia_bytes host, realm;         /* Destination-Host and -Realm; absent: none */
    const dia_conn *from;          /* where it came from, or has failed; NULL */
    dia_bytes visited;             /* the request, when it is another node's; absent */
    uint64_t visits;               /* dia_note_visits(); 0: none */
    dia_bytes session, user;       /* Session-Id and User-Name, wanted where there are shortcuts */
    size_t size;                   /* octets that the connection must carry; 0: not known */
    const struct dia_tried *tried; /* it has been sent before; NULL */
    /* These count where there is a table of routes: */
    uint32_t command;
    uint32_t ingress;               /* number of the connection that it came on; 0: it is ours */
    dia_bytes message;              /* the request; absent: as `visited` */
    dia_bytes (*encode)(void *arg); /* makes it, when a route asks; NULL */
    void *encode_arg;
    dia_look *look;  /* the table was asked before; NULL */
    bool asks;       /* what does not go on may be answered: LOCAL and REDIRECT count */
    bool only_asked; /* nothing comes of it: routes do not count it, and their turns stay */
    /* These count where there is a dia_relief: */
    uint8_t priority;
    uint8_t abates; /* dia_abates */
} dia_errand;

typedef enum dia_decision_kind {
    DIA_DECIDED_NONE,     /* nobody takes it now */
    DIA_DECIDED_HOP,      /* it goes to a connection */
    DIA_DECIDED_LOCAL,    /* a route has it for the handlers here, whatever its destination says */
    DIA_DECIDED_REDIRECT, /* a route answers it with other hosts */
} dia_decision_kind;

/* Where it goes, or why nowhere. */
typedef struct dia_decision {
    dia_decision_kind kind;
    int err;        /* DIA_ENOROUTE, DIA_EBUSY, or DIA_ESPACE (too long for those who would take it), where it goes to
                             no connection */
    dia_conn *to;   /* HOP */
    uint32_t route; /* of the route that said so, or matched last: its number; 0: none did, or none was asked */
    uint32_t result_code; /* NONE: what an agent answers, and why; 0 and NULL until dia_decision_explain() */
    const char *why;
} dia_decision;

/* Peers that Route-Records among these AVPs name: what the errand says of them, until those of another request are noted. */
uint64_t dia_note_visits(dia_node *node, dia_avps records);

/* Each of these four adds one thing to the one above it, and gives way->err:
 * the peer that Destination-Host names, or nobody; */
int dia_decision_to_host(dia_node *node, const dia_errand *errand, dia_decision *way);
/* else the first route that has a hop for it, or says what else is done; without a table a peer of its realm, or a relay; */
int dia_decision_by_route(dia_node *node, const dia_errand *errand, dia_decision *way);
/* before routes, what redirects have left (RFC 6733, 6.14): for a request that was sent before; */
static inline int dia_decision_by_shortcut(dia_node *node, const dia_errand *errand, dia_decision *way);
/* and those are spared that have reported overload (RFC 7683): for a request that goes for the first time. */
static inline int dia_decision_sparing(dia_node *node, dia_errand *errand, dia_decision *way);

/* Where there are shortcuts, and a dia_relief. */
int dia_decision_with_shortcuts(dia_node *node, const dia_errand *errand, dia_decision *way);
int dia_decision_with_reports(dia_node *node, dia_errand *errand, dia_decision *way);

/* There is none: what an agent answers. */
void dia_decision_explain(const dia_node *node, const dia_errand *errand, dia_decision *way);

/* There is none for a request of ours: dia_node_last_fault() says why, as far as peers show it. Gives DIA_ENOROUTE. */
int dia_decision_failed(dia_node *node, const dia_errand *errand, const dia_decision *way);

/* There are routes: what the first one says that matches, to which its Destination-Host is no peer or which leads on. The table is
 * asked in `look`, where the decision goes on from there. */
dia_route_action dia_decision_action(dia_node *node, dia_errand *errand, dia_look *look, dia_route_action otherwise);

/* The connection to the peer that Destination-Host names, of several the one with the least to do. DIA_ENOROUTE, DIA_EBUSY,
 * DIA_ESPACE. */
int dia_hop_named(const dia_node *node, const dia_errand *errand, dia_conn **out);

#endif

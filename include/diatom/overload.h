/* Overload control, load and priority: how nodes ask each other for less, tell how busy they are, and what matters more.
 *
 * DOIC (RFC 7683): who supports it says so in its requests (OC-Supported-Features); who is overloaded says so in its
 * answers (OC-OLR), and then gets that many percent less. Load (RFC 8583): answers tell how much more their sender could
 * do, for whoever chooses among several. Priority (RFC 7944): DRMP in a request says how much it matters, 0 most and 15
 * least, for whoever has to refuse some.
 *
 * Nothing of this is done unless it is asked for here, and then it costs others nothing: an absent AVP means nothing. */
#ifndef DIATOM_OVERLOAD_H
#define DIATOM_OVERLOAD_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Configuration ---- */

/* RFC 7944, 8: what a request without DRMP counts as, unless configured otherwise. */
enum { DIA_PRIORITY_HIGHEST = 0, DIA_PRIORITY_DEFAULT = 10, DIA_PRIORITY_LOWEST = 15 };

/* 0 means the default in brackets. */
typedef struct dia_overload_config {
    /* Reacting node for requests of our own: they carry OC-Supported-Features, and reports that answers bring are obeyed. What
     * is to be left out goes to another peer where there is one that serves it; else sending it is DIA_EBUSY. */
    bool reacts;
    /* The same as an agent, for requests that pass without OC-Supported-Features: it is put in and, with the reports, taken out
     * of the answers. What is to be left out is answered with throttled_result. Of clients that react themselves reports pass
     * as they are; their requests go round overloaded peers as far as there are others. */
    bool reacts_for_clients;
    bool reports; /* reporting node: see dia_node_report_overload() */
    bool loads;   /* the Load AVPs of answers are read; as an agent, those of type PEER do not pass */
    /* DRMP of requests decides who is refused first when limits are near: dia_limits.output_soft, pending, unanswered and
     * memory are a share smaller for what matters less (dia_priority_share()). */
    bool priorities;
    uint32_t default_priority; /* of requests without DRMP, 1 to 15 [10] */
    /* Whose reports, loads and priorities count, and who gets ours: patterns as of dia_node_config.allow, NULL-terminated, copied.
     * NULL: everybody. RFC 7683, 10.2 and RFC 7944, 12: only peers that are trusted to. Where it is set, reports of others
     * do not pass through this agent either. */
    const char *const *trusted;
    uint32_t throttled_result; /* that an agent answers with [5012: "unable to comply", RFC 7683, 8] */
    uint32_t states;           /* reports remembered, and loads of hosts; the ones longest unused go [4,096] */
    uint32_t recovery_ms;      /* in which traffic comes back when a report ends or expires [10,000] */
    uint32_t load_ms;          /* how long a load that was told counts [30,000] */
} dia_overload_config;

/* From here on. May be called again: what was learned and is reported stays; NULL ends all of it. Patterns that make no
 * sense and numbers out of range are DIA_EINVAL (dia_node_last_fault() says why); DIA_ENOMEM. Then nothing has changed. */
int dia_node_set_overload(dia_node *node, const dia_overload_config *config);

/* ---- Overload reports (RFC 7683) ---- */

typedef enum dia_overload_type {
    DIA_OVERLOAD_HOST, /* of one host: for requests that it would serve */
    DIA_OVERLOAD_REALM /* of a realm: for requests to it that name no host */
} dia_overload_type;

/* What is asked of those who send us requests. */
typedef struct dia_overload {
    uint32_t application; /* DIA_APP_RELAY: every one that is advertised now */
    dia_overload_type type;
    uint32_t reduction;  /* percent of the requests that are to be left out; 0: the overload is over */
    uint32_t validity_s; /* how long that holds for whoever hears nothing more, 1 to 86,400 [30] */
} dia_overload;

/* Asks for less from here on, until it is called with reduction 0: answers of ours to requests with
 * OC-Supported-Features carry it. It is renewed, with the next sequence number, when half of its validity has passed. The end
 * is told, too, as long as somebody may still obey the last report. Sequence numbers begin at config.wall_clock, so that
 * they grow over restarts. DIA_ENOTSUP: not configured (dia_overload_config.reports); DIA_EINVAL; DIA_ENOMEM; DIA_ENOENT:
 * there is nothing to end. */
int dia_node_report_overload(dia_node *node, const dia_overload *overload);

/* What others asked for and we obey, or still come back from. */
typedef struct dia_overload_state {
    dia_overload_type type;
    uint32_t application;
    dia_bytes name;         /* of the host or realm; a view until the next call that takes the node */
    uint32_t reduction;     /* percent that was asked for */
    double now;             /* percent that is left out at this moment */
    uint64_t sequence;      /* OC-Sequence-Number */
    int64_t until_us;       /* when it expires, or did */
    uint64_t requests, out; /* that it was about, and those that were to be left out */
} dia_overload_state;

/* One after the other, beginning with *at = 0; false: there are no more. The order says nothing. */
bool dia_node_next_overload(const dia_node *node, size_t *at, dia_overload_state *out);

/* ---- Load (RFC 8583) ---- */

/* As the RFC has it, and SRV records: how much more it could do. 65,535 is idle, 0 can take no more. */
#define DIA_LOAD_IDLE 65535u
#define DIA_LOAD_AUTO                                                                                                  \
    (UINT32_MAX - 1)             /* from what waits here: output, requests in hand, memory, against their limits */
#define DIA_LOAD_NONE UINT32_MAX /* not told */

/* Tells it in answers from here on: those of our own have a Load AVP of type HOST, those that pass us as an agent one of type
 * PEER. DIA_LOAD_NONE: no more. DIA_EINVAL; DIA_ENOMEM. */
int dia_node_set_load(dia_node *node, uint32_t load);

/* What this neighbour told last of itself, or DIA_LOAD_NONE: nothing, or longer ago than load_ms. */
uint32_t dia_peer_load(const dia_peer *peer);

/* What this host told last, however far away it is. */
uint32_t dia_node_host_load(const dia_node *node, const char *host);

/* ---- Priority (RFC 7944) ---- */

/* Requests that are sent from here on carry this DRMP, unless they have one: 0 to 15, or DIA_PRIORITY_NONE. To be set
 * around one request, or once for all. 3GPP leaves the numbers to the operator (TS 29.273, TS 29.272, TS 29.212, ...: the same
 * service should have the same one everywhere); emergency and mission-critical services have the low ones. DIA_EINVAL;
 * DIA_ENOMEM. */
#define DIA_PRIORITY_NONE UINT32_MAX
int dia_node_set_priority(dia_node *node, uint32_t priority);

/* Of a request that came: its DRMP, if its sender is trusted, else the default. Its answer has the same one without saying
 * it; an application that wants another puts DRMP into the answer. */
uint32_t dia_request_priority(const dia_request *request);

/* Up to which part of a limit, in percent, a request of this priority is taken. What has the lowest priorities is refused
 * first, so that the rest of the limit is there for what matters more. 0 above 15. */
uint32_t dia_priority_share(uint32_t priority);

#ifdef __cplusplus
}
#endif
#endif

/* What a simulation is going to do, drawn from its seed before it begins: hosts, who connects to whom, traffic, and the list
 * of disturbances. They are data, so that any of them can be left out and the others stay as they were. */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include "base/base.h"
#include "diatom/route.h"
#include "diatom/sim.h"

#define NOWHERE "nowhere.example" /* a realm without servers, which is asked now and then */

enum { HOSTS_MAX = 14, DISTURBANCES_MAX = 64 };

typedef enum disturbance_kind {
    CUT,            /* all connections between a and b are reset */
    LOSE,           /* they go on without octets arriving */
    VANISH,         /* they are gone for a, not for b */
    CRASH,          /* a's machine is down for a while */
    KILL,           /* a's process is */
    STOP,           /* a stops orderly, and comes back after a while */
    LINK,           /* the way from a to b is another for a while */
    STALL,          /* nothing arrives on it for a while */
    REFUSE,         /* connections from a to b are refused for a while */
    IGNORE,         /* attempts to connect hang for a while */
    REMOVE,         /* a removes its peer b, and adds it again after a while */
    CONNECT,        /* a wants its connection to b now */
    BURST,          /* a sends many requests at once */
    FREEZE,         /* a's process stands still for a while */
    SCARCE,         /* some of a's allocations fail for a while */
    MUTE,           /* a keeps all requests for a while, and answers them then */
    DISABLE,        /* a takes its peer b out of service for a while */
    USUAL,          /* those above; these are of protected lives alone: */
    EXPIRE = USUAL, /* a's certificate ends, and is renewed at that moment */
    MISNAME,        /* a shows a certificate of b for a while */
    FAIL_TLS,       /* handshakes of a with b fail for a while */
    HANG_TLS,       /* ... or do not end */
    DISTURBANCES
} disturbance_kind;

typedef struct disturbance {
    disturbance_kind kind;
    uint32_t at_ms, lasts_ms;
    uint8_t a, b;      /* hosts */
    uint32_t amount;   /* of requests; the cause of a stop */
    dia_sim_link link; /* of LINK */
} disturbance;

/* How two hosts come together. */
typedef enum joint { NOT_JOINED, A_CONNECTS, B_CONNECTS, BOTH_CONNECT } joint;

/* What a host is, a bit each. */
typedef enum role {
    SERVES = 1,   /* answers what is asked of its realm */
    RELAYS = 2,   /* passes the rest on */
    CARELESS = 4, /* an agent that sends on what is asked of its realm, and keeps no rules */
    REDIRECTS = 8 /* an agent that says who answers what is asked of its realm; others take it for a relay */
} role;

typedef struct host_plan {
    char name[40], realm[16], uri[64];
    unsigned roles;
    uint32_t watchdog_ms, reconnect_ms, reopen_dwas;
    uint32_t asks_ms;  /* mean time between two requests; 0: it sends none */
    bool everybody;    /* allows peers that are not configured */
    bool sctp;         /* others connect to it so */
    bool tls;          /* ... so, first of all */
    dia_inband inband; /* ... or behind CER and CEA */
    uint32_t life_s;   /* of its certificates, which are renewed in time; 0: they do not end */
    dia_limits limits; /* small ones, that are met */
    /* of hosts of networks: how they go on with a request, and what they know of the way */
    uint32_t tries, try_ms, retry;
    dia_redirects redirects;
    bool table, proxies; /* relays */
    dia_choice choice;   /* of the table's routes */
    dia_redirect_usage usage;
    uint32_t cache_s;
} host_plan;

typedef struct plan {
    uint64_t seed;
    uint32_t minutes;
    bool network; /* of clients, relays and servers; otherwise everybody asks and serves, and nothing stands between */
    bool secure;  /* many connections are protected, and many keep the bounds of messages, not their order */
    size_t n_hosts, n_disturbances;
    host_plan host[HOSTS_MAX];
    joint joint[HOSTS_MAX][HOSTS_MAX]; /* of a < b */
    dia_sim_link link;                 /* of all, when nothing disturbs */
    disturbance disturbance[DISTURBANCES_MAX];
} plan;

void plan_draw(plan *plan, uint64_t seed, uint32_t minutes, bool network, bool secure);

/* A disturbance in words. */
void plan_say(const plan *plan, const disturbance *d, char *to, size_t size);

/* Does a connect to b? Do they have anything to do with each other? */
bool plan_connects(const plan *plan, size_t a, size_t b);
bool plan_joined(const plan *plan, size_t a, size_t b);

bool plan_is(const plan *plan, size_t i, role role);
bool plan_redirects(const plan *plan, const char *realm); /* is there somebody who does, for this realm (NULL: any)? */
bool plan_of_realm(const plan *plan, size_t i, const char *realm);

/* Does a request reach who answers it, whichever way is taken, when nothing disturbs? `host` is HOSTS_MAX for any. */
bool plan_leads(const plan *plan, size_t from, const char *realm, size_t host);

/* A number that depends on these alone. */
uint64_t plan_hash(uint64_t seed, uint64_t a, uint64_t b);

#endif

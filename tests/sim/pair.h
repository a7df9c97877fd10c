/* Two hosts for the tests of the sim room: a client that connects to a server, and what became of the client's requests.
 *
 *     struct pair pair;
 *     need(pair_begin(&pair, NULL));
 *     need_int(pair_ask(&pair, 1), 0);
 *     dia_sim_run(pair.sim, 100);
 *     need_int(pair.answered, 1);
 * done:
 *     pair_end(&pair); */
#ifndef TESTS_SIM_PAIR_H
#define TESTS_SIM_PAIR_H

#include "sim/sim.h"

#include "diatom/app/ro_node.h"
#include "harness.h"

enum { PAIR_ANSWERS = 64 };

/* What the hosts show, and whether TLS may begin behind CER and CEA. */
struct pair_secure {
    const char *uri;                            /* of the server */
    const dia_sim_certificate *server, *client; /* NULL: none */
    dia_inband server_inband, client_inband;
};

struct pair {
    dia_sim *sim;
    dia_sim_host *client, *server;
    const char *uri; /* of the server */
    struct pair_secure secure;
    unsigned asked, served, answered, timeouts, lost, stopped;
    uint32_t numbers[PAIR_ANSWERS]; /* of the requests as they came to the server */
    unsigned events[32];            /* of both nodes, by kind */
    char reason[300];               /* of the last event */
    bool silent;                    /* the server keeps what comes, and forgets it */
    void (*on_served)(struct pair *pair);
};

/* Both are open. `link` may be NULL. False without memory. */
bool pair_begin(struct pair *pair, const dia_sim_link *link);

/* The same over transport=sctp. */
bool pair_begin_sctp(struct pair *pair, const dia_sim_link *link);
/* The same with security; it is not waited for that they open. */
bool pair_begin_secure(struct pair *pair, const struct pair_secure *secure);
void pair_end(struct pair *pair);

/* The client sends a request with this number and a timeout of 5 s; dia_send_ro_ccr()'s errors. */
int pair_ask(struct pair *pair, uint32_t number);

/* Are both peers open? */
bool pair_is_open(void *pair);

/* The only peer of a host; NULL: it has none, or is down. */
dia_peer *pair_peer(const dia_sim_host *host);

#endif

/* A network in memory whose first node asks the test what the DNS has.
 *
 *     static const struct dns_says says[] = { { "aaas://a.example.net", 100 } };
 *     struct dns s;
 *     need(dns_begin(&s, says, 1, "client.example.net", &config));
 *     ...
 * done:
 *     net_end(&s.net); */
#ifndef TESTS_NODE_DNS_H
#define TESTS_NODE_DNS_H

#include "net.h"

/* What the DNS says next: URIs with blanks between them, '!' before those out of the domain. */
struct dns_says {
    const char *found; /* NULL: nobody answers, "": there is nothing */
    uint32_t ttl_s;
};

struct dns {
    struct net net;
    dia_node *client; /* who asks the DNS */
    /* The test's. */
    dia_node *a, *b, *c;
    struct asked out;
    unsigned served;
    const struct dns_says *says; /* the last row goes on */
    size_t n_says;
    bool silent;       /* there is no answer before dns_answer() */
    const char *known; /* but about this realm; NULL: about none */
    /* How often something was asked, and what was last. */
    size_t asked;
    uint32_t application, ticket;
    char realm[64];
    /* As the last event says; did one say that example.net has expired? */
    size_t found;
    char sentence[200];
    bool expired;
};

/* With the node that asks; its connections are protected. False without memory. */
bool dns_begin(struct dns *s, const struct dns_says *says, size_t n, const char *host, const dia_node_config *config);

/* The answer to the question with this ticket. */
void dns_answer(struct dns *s, uint32_t ticket, const struct dns_says *says);

/* Is there an open connection to this host? */
bool dns_is_open_to(const struct dns *s, const char *host);

#endif

/* A proxy between a client and a server that the test holds: what its hooks do, and what they have seen.
 *
 *     struct hooks s;
 *     need(hooks_begin(&s, NULL));
 *     s.ask = change_it;
 *     hooks_send(&s);
 *     hooks_answer(&s, s.server, net_read(&s.net, s.server), 2001);
 *     ...
 * done:
 *     net_end(&s.net); */
#ifndef TESTS_NODE_HOOKS_H
#define TESTS_NODE_HOOKS_H

#include "net.h"

#include "diatom/proxy.h"

enum { RO = 4, CCR = 272, HOP = 0x01020304, END = 0x0a0b0c0d };

struct hooks {
    struct net net;
    dia_node *proxy;
    struct net_wire *client, *server; /* client.example.org and server.example.com */
    uint8_t buf[2048];                /* the request that was made last */
    size_t n;
    dia_transit_fn *ask, *tell; /* what is done with requests, and with answers; NULL: nothing */
    unsigned asked, told;
    const char *text;     /* for what is done */
    const dia_peer *peer; /* the same */
    dia_transit *kept;
    int err;
    /* Of the last answer. */
    uint32_t result, result_vendor;
    bool has_from, has_to, has_octets, has_request;
    dia_bytes state;
    uint8_t state_octets[64];
};

bool hooks_begin(struct hooks *s, const dia_node_config *given);
/* It proxies Ro, as it does from the beginning; `relayed`: whatever it relays, too. */
int hooks_use(struct hooks *s, bool relayed);

/* Puts s->text as state on a request; what does not fit, and an earlier state, leave nothing behind. */
void hooks_put_state(dia_transit *t, void *hooks);

/* A CCR with something odd in front, a Proxy-Info of another proxy, and an AVP that nobody knows; with HOP and END. */
dia_bytes hooks_request(struct hooks *s, uint32_t application, uint32_t command, uint8_t flags, const char *realm,
                        const char *host);
/* The client sends it, to example.com; or to this realm and host, NULL: to none. */
void hooks_send(struct hooks *s);
void hooks_send_to(struct hooks *s, const char *realm, const char *host);

struct hooks_saying {
    uint32_t result_code, experimental; /* of 10415 */
    uint8_t flags;
    bool no_proxy_info;
    uint8_t flip;        /* changed in the last octet of the last Proxy-Info */
    dia_bytes instead;   /* of the last Proxy-Info; absent: as it came */
    bool short_of_class; /* no Class */
    const char *redirect_host;
};

/* A far end answers the request `came`, with all of its Proxy-Infos. */
void hooks_answer(struct hooks *s, struct net_wire *wire, dia_bytes came, uint32_t result_code);
void hooks_answer_as(struct hooks *s, struct net_wire *wire, dia_bytes came, const struct hooks_saying *says);

/* How often the proxy told this. */
unsigned hooks_events(struct hooks *s, dia_event_kind kind);

#endif

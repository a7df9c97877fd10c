/* What the files of the proxy share: proxies that were registered, and requests on their way through. */
#ifndef NODE_TRANSIT_H
#define NODE_TRANSIT_H

#include "diatom/proxy.h"
#include "node/node.h"

/* One for an application and a command. It stays until the node ends, for requests under way point to its marks. */
typedef struct dia_proxied {
    dia_proxy proxy; /* all zero and `off`: taken back */
    bool off;
    char name[64];
    /* What the pending entry of a request points to. */
    struct dia_mark {
        struct dia_proxied *of;
        bool sealed;  /* state is on its way */
        bool relayed; /* nothing of it changes */
    } marks[4];
} dia_proxied;

/* Of a node; made with its first proxy. */
struct dia_proxies {
    dia_map proxied; /* application << 32 | command -> dia_proxied */
    bool looked_up;
    dia_proxied *latest; /* what was found last (NULL: nothing), for: */
    uint32_t latest_application, latest_command;
    dia_list kept, spare; /* dia_transit */
    size_t n_spare;
};

struct dia_transit {
    dia_list link; /* in `kept` or `spare` */
    dia_node *node;
    dia_proxied *proxied;
    dia_request *request;        /* as it came; of an answer only when it is kept, or we answer ourselves. NULL */
    uint32_t ingress;            /* number of the connection that it came on */
    uint32_t egress;             /* of the one that it goes to, or that answered; 0: none */
    const struct dia_seen *seen; /* what is known of the request as it came, while it is handled; NULL */
    bool is_answer;
    bool running; /* its hook does */
    bool kept, done;
    bool owned;           /* `sent` and `came` are in the arena */
    bool relayed;         /* its application is none of ours, or its route says so: it is not changed */
    bool stands_in;       /* its request went with OC-Supported-Features of ours */
    bool sealed;          /* its request went with a state */
    bool unsent;          /* its request did not go: `sent` is what would have */
    dia_header asked;     /* of the request as it came */
    dia_bytes sent, came; /* of an answer: its request as it went, and itself; absent */
    dia_bytes message;    /* as it is now; a view, or what `buf` begins with */
    uint8_t *buf;
    size_t cap;
    dia_bytes state, record; /* in the arena */
    dia_arena arena, structs;
    dia_dicts dicts; /* of the node, as they were when it was asked last */
    int err;
    void *user;
};

/* proxy.c */
void dia_transit_free(dia_transit *transit);
/* Room for n octets in `buf`, which keeps the first `message.n`. DIA_ENOMEM, DIA_ESPACE: above limits.message. */
int dia_transit_grow(dia_transit *transit, size_t n);
/* The message in `buf`, with room for so many octets more. */
int dia_transit_own(dia_transit *transit, size_t more);
/* The connection that the request came on, when it can take an answer; NULL: gone. */
dia_conn *dia_transit_ingress(const dia_transit *transit);
dia_conn *dia_transit_egress(const dia_transit *transit);
void dia_transit_tell(const dia_transit *transit, const char *text, uint32_t result_code, dia_bytes message);
/* The request of an answer as it came to us: without what we put behind it. */
dia_bytes dia_transit_asked(const dia_transit *transit);
/* The message becomes an error answer of ours. Error-Reporting-Host where it stands for another's. DIA_ENOMEM, DIA_ESPACE. */
int dia_transit_say(dia_transit *transit, uint32_t result_code, const char *text);
/* It stays, with its request, as dia_request_keep_octets() has it. */
int dia_transit_hold(dia_transit *transit);
/* A request that its hook let go on, and that is held: it looks for its way again. True: it has gone, and the transit with it. */
bool dia_transit_retry(dia_transit *transit, dia_decision *way);
/* It looks no more: what its hook hears, and who asked, where there is somebody who can. Callbacks run. */
void dia_transit_give_up(dia_transit *transit, uint32_t result_code, const char *why);

/* sought.c: a request that its hook let go on has no way; as dia_sought_park(). */
bool dia_sought_park_transit(dia_transit *transit, dia_decision *way);

/* seal.c */
enum { DIA_STATE_MAX = 4096 };
/* Puts Proxy-Info with our name and the state behind a request whose last Route-Record will say `record` (RFC 6733, 6.1.9).
 * DIA_ENOMEM, DIA_ESPACE. */
int dia_transit_seal(dia_transit *transit, dia_bytes record);
/* Takes our Proxy-Info out of an answer, and the state out of that; one that is not as it was is counted and told. `from` NULL:
 * gone. DIA_ENOMEM: it is still there. */
int dia_transit_unseal(dia_transit *transit, dia_conn *from);

#endif

/* Two loops on the loopback interface, turned by hand in one thread, and bare sockets of the test's own. */
#ifndef TESTS_LOOP_PAIR_H
#define TESTS_LOOP_PAIR_H

#include "loop/loop.h"

#include "diatom/app/ro_node.h"
#include "harness.h"

enum { PAIR_EVENTS = DIA_EVENT_KINDS, PATIENCE_MS = 10000 };

struct side {
    dia_loop *loop; /* NULL: none */
    unsigned events[PAIR_EVENTS];
    char reason[300]; /* of the last event */
    char last[128];   /* of the last that is neither PEER_DOWN nor STATE nor WATCHDOG */
    bool over;        /* dia_loop_process() said so */
};

struct pair {
    struct side client, server;
    char uri[100]; /* where the server listens */
    unsigned served, answered;
    size_t answer_size; /* octets of User-Name in each answer */
    bool keeps;         /* the server keeps the next request, for pair_answer() */
    dia_request *kept;
    const dia_ro_ccr *ccr;
    uint32_t result_code;     /* of the client's last outcome */
    dia_outcome_kind outcome; /* its kind */
};

/* A server that listens at `uri` ("aaa://127.0.0.1:0") and serves Ro, and a client that uses it. Fields of `config`
 * that are empty are filled in; it may be NULL. With `alloc` NULL there the C library's allocator is used: on a real
 * clock, a test with failing allocations would wait for what never comes. */
bool pair_begin(struct pair *pair, const char *uri, const dia_node_config *config);
/* One of the two alone, in a struct that is zero; the server does not listen yet. */
bool pair_begin_client(struct pair *pair, const dia_node_config *config);
bool pair_begin_server(struct pair *pair, const dia_node_config *config);
void pair_end(struct pair *pair);

/* The client connects. */
int pair_connect(struct pair *pair);

/* Waits for what is due on both loops, at most ms, and handles it. */
void pair_turn(struct pair *pair, int ms);

/* Turns until the condition holds or patience is at its end. */
#define PAIR_UNTIL(pair, cond)                                                                                         \
    do {                                                                                                               \
        for (int64_t end_ = dia_loop_clock().us + PATIENCE_MS * 1000; !(cond) && dia_loop_clock().us < end_;)          \
            pair_turn(pair, 20);                                                                                       \
        need(cond);                                                                                                    \
    } while (0)

/* One CCR of the client's; its outcome counts in pair->answered when it is a 2001. */
int pair_ask(struct pair *pair);

/* The server answers the request that it has kept. */
int pair_answer(struct pair *pair);

/* A bare socket connected to the server; -1: failed. Not blocking. */
int pair_dial(struct pair *pair);
/* Turns until all octets are written; until n octets are read; until the other end has closed: 0, or errno of a
 * reset. */
bool pair_write(struct pair *pair, int fd, dia_bytes octets);
bool pair_read(struct pair *pair, int fd, uint8_t *to, size_t n);
int pair_read_end(struct pair *pair, int fd);
/* A CER as octets. */
dia_bytes pair_cer(uint8_t *buf, size_t size, const char *host);
/* CER out, CEA in: its Result-Code, 0: none. */
uint32_t pair_exchange(struct pair *pair, int fd, const char *host);
/* A CCR as octets, the i-th. */
dia_bytes pair_ccr(uint8_t *buf, size_t size, uint32_t i);

/* A port of 127.0.0.1 at which nobody listens. */
uint16_t pair_free_port(void);

/* A loop that knows nobody, of m.example.net, with the harness's allocator; NULL without memory. */
dia_loop *pair_lone_loop(void);

/* Has this machine ::1? */
bool pair_has_ipv6(void);

#endif

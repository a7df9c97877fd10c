/* The world of the target `peer`: a node between a driver whose connections end in the input (peer_driver.c) and an application
 * that does what the input says (peer_application.c). peer.c has the operations, peer_messages.c what peers say when they are
 * in their right minds. */
#ifndef FUZZ_PEER_WORLD_H
#define FUZZ_PEER_WORLD_H

#include "diatom/app/ro_node.h"
#include "memory.h"
#include "node_check.h"

enum {
    CONNS = 6,
    SENT_MAX = 512,
    KEPT_MAX = 16,
    REACTIONS = 4,
    LISTENERS = 2,
    PEERS_MAX = 64,
    REST_MAX = 65536,
    MESSAGE_MAX = 65536,
    MEMORY = 400000,
    LIVE_MAX = 2 * MEMORY + 4 * MESSAGE_MAX /* what holds less than its part goes on above limits.memory */
};

struct conn {
    dia_conn *conn; /* NULL: none */
    bool ended;     /* CLOSE or RESET was wished for */
    bool reset;     /* RESET was */
    bool slow;      /* takes no output */
    bool again;     /* the node takes input again */
    size_t left;    /* octets of a message of which some were taken */
    /* Identifiers of the last request that went out, of the base protocol and of applications. */
    struct {
        uint32_t hop, end;
    } asked[2];
    dia_buf rest; /* input that the node does not take yet */
};

struct sent {
    unsigned outcomes;
    bool cancelled;
    uint64_t handle;
};

/* What the application does inside a callback, once. */
struct reaction {
    uint8_t when; /* kind of the event, OUTCOME or HANDLER */
    uint8_t what;
    bool armed;
};
enum { OUTCOME = DIA_EVENT_STOPPED + 1, HANDLER, BEHIND }; /* BEHIND: the events that come behind STOPPED */
enum { WHENS = BEHIND + DIA_EVENT_KINDS - DIA_EVENT_STOPPED - 1 };

struct world {
    const uint8_t *at, *stop; /* the input */
    dia_node *node;
    bool freed; /* by a callback */
    bool quiet; /* no callback may run now */
    int64_t now_us;
    struct conn conns[CONNS];
    struct sent sent[SENT_MAX];
    size_t n_sent;
    dia_listener *listeners[LISTENERS];
    dia_request *kept[KEPT_MAX];
    size_t n_kept;
    bool relays;
    struct reaction reactions[REACTIONS];
    uint8_t manner;      /* of the handler */
    fuzz_memory memory;  /* `failed`: in this step */
    bool acted;          /* a callback called the node in this step */
    size_t work, budget; /* callbacks and wishes; how many there may be */
};

extern struct world world;
extern const char *const world_hosts[8];

/* One more of what input bounds. */
static inline void world_work(void)
{
    must(++world.work <= world.budget);
}

/* The next octet of the input; 0 behind its end. */
static inline uint8_t world_take(void)
{
    return world.at < world.stop ? *world.at++ : 0;
}

static inline dia_time world_now(void)
{
    return (dia_time){ world.now_us };
}

/* ---- The driver ---- */

/* What is wished for is done, and the node takes what it has not taken yet. */
void driver_pump(void);
/* Octets come, in a block of exactly their size. */
void driver_feed(struct conn *c, const uint8_t *p, size_t n);
/* The node's output is taken, up to `most` octets. */
void driver_write(struct conn *c, size_t most);
/* The connection is gone. */
void driver_closed(struct conn *c);
/* What a connection is like, and what protects it: valid until the next call. */
dia_conn_info driver_info(uint8_t which);
const dia_security *driver_security(uint8_t which);

/* ---- The application ---- */

void app_ask(uint8_t how);
void app_ask_octets(const dia_peer *peer, uint8_t how);
void app_cancel(uint8_t which);
void app_settle(uint8_t how);
dia_peer *app_peer(uint8_t number); /* NULL: there is none at all */
void app_add_peer(uint8_t which);
/* What changes peers, listeners and applications while the node runs. */
void app_order(uint8_t what, uint8_t how, dia_peer *peer);

void app_on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg);
void app_on_any(dia_request *request, void *arg);
void app_on_event(void *arg, dia_node *node, const dia_event *event);
uint32_t app_on_stranger(void *arg, dia_node *node, const dia_stranger *who);
void app_on_message(void *arg, dia_node *node, const dia_message_seen *seen);

/* ---- Good messages: their octets ---- */

/* The low half of `kind` says which message, the high half whose it is. `c` may be NULL; else answers are for what it was asked. */
size_t make_message(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size);
/* A Capabilities-Update, or the answer to one. The low half of `kind`: bit 0 answer, bit 1 of another's applications, bit 2
 * as a relay, bit 3 without most of it. */
size_t make_update(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size);

#endif

/* What the files of a life share: its hosts, their requests, and what is known of them. */
#ifndef TESTS_SIM_MEMBER_H
#define TESTS_SIM_MEMBER_H

#include "life.h"

#include "diatom/app/ro_node.h"
#include "node/node.h"

enum {
    PEERS_MAX = 24, /* of a node, old ones that are leaving included */
    ANSWERED = 64,  /* requests that a host remembers to have answered */
};

typedef struct life life;
struct transit;

/* A request of ours. */
typedef struct ask {
    struct member *member;
    uint32_t number, timeout_ms, outcomes;
    uint32_t end_to_end;
    uint64_t handle;
    const char *host, *realm; /* NULL: any; the usual one */
    bool sent, cancelled;
    bool must;                /* a server has to answer it */
    uint32_t sendings, round; /* by who asks; by all together */
    char session[48];
} ask;

/* A request that is kept. */
typedef struct kept {
    dia_list place;
    struct member *member;
    dia_request *request;
    uint32_t number;
    bool again; /* the same was kept already, and neither said so */
} kept;

typedef struct seen {
    const dia_peer *peer;
    dia_peer_state state;
    bool still; /* met in this look */
} seen;

/* A host. */
typedef struct member {
    life *life;
    size_t i;
    const host_plan *plan;
    dia_sim_host *host;
    dia_random dice;
    uint32_t asked;   /* requests in all */
    uint32_t begun;   /* by this node */
    uint32_t pending; /* without outcome */
    uint32_t mute;    /* disturbances that make it so */
    uint32_t scarce;  /* one of so many allocations fails; 0: none */
    dia_allocator alloc;
    uint32_t removed[HOSTS_MAX], disabled[HOSTS_MAX];
    bool frozen, mending, stopping, was_killed, was_mute, burst;
    uint32_t misnamed; /* disturbances that make it so */
    dia_list kept;
    struct {
        uint32_t number;
        bool marked; /* with T */
        int64_t at_us;
    } answered[ANSWERED];
    uint32_t n_answered;
    bool forgets; /* memory was scarce */
    dia_counters counters;
    seen peers[PEERS_MAX];
    /* journey.c */
    dia_list transits;
    bool stirred;              /* a message came or went in this step */
    uint32_t suspect;          /* the connection that came under suspicion in this step; 0 */
    uint32_t hooked;           /* requests of which a proxy has not seen the answer */
    bool blurred;              /* nobody can tell any more which */
    uint64_t astray;           /* answers that nobody waited for, or that came too late to be passed back */
    struct transit *answer_to; /* the answer that came last, and may be passed back; NULL */
    size_t answer_n;
    uint8_t answer[2048];
} member;

typedef struct happening {
    life *life;
    const disturbance *d;
} happening;

struct life {
    const plan *plan;
    const life_options *options;
    life_result *result;
    dia_sim *sim;
    dia_arena asks;
    dia_map by_number; /* ask */
    dia_allocator counting;
    size_t taken; /* octets that the simulation holds */
    member member[HOSTS_MAX];
    happening happening[DISTURBANCES_MAX];
    bool quiet;   /* disturbances are over, and traffic */
    bool calling; /* every request must be answered, every connection stay */
    int64_t now_us;
    uint32_t steps_now;
    uint32_t legal[DIA_PEER_STATES]; /* states that a step may lead to */
};

/* A rule is broken; the first one counts. */
void life_broken(life *l, const char *rule, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

static inline uint32_t roll(member *m, uint32_t least, uint32_t most)
{
    return least + (uint32_t)dia_random_below(&m->dice, (uint64_t)most - least + 1);
}

/* May a call of this host have failed so? */
static inline bool is_scarce(const member *m, int err)
{
    return err == DIA_ENOMEM && m->scarce;
}

/* answer.c */
void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *member);
void answer_all_kept(member *m);
void forget_kept(member *m);

/* agent.c */
int agent_begin(member *m, dia_node *node); /* as its roles and policies have it */

/* ask.c */
/* Of this host (NULL: of whoever the node finds) in this realm (NULL: the usual one). `must`: a server has to answer. */
void ask_of(member *m, const char *host, const char *realm, uint32_t timeout_ms, bool must);
void ask_one(member *m);
void ask_now_and_then(void *member);

/* member.c */
int member_add(life *l, size_t i);
void member_begin(member *m);
void member_end(member *m, bool quietly);
void member_freeze(member *m, bool frozen);
/* It gets a certificate for this host that ends after `life_s`; 0: never. Then for its own, as the plan has it. */
void member_certify(member *m, const char *host, uint32_t life_s);
void member_certify_anew(void *member);
void member_enable(const member *m, size_t other);
dia_peer *member_peer(const member *m, size_t other); /* NULL: it has no such peer */
void member_connect(const member *m, size_t other);
void member_mend_later(member *m);
void *member_count(void *life, void *p, size_t old_size, size_t new_size); /* of a dia_allocator */

/* disturb.c */
void disturb(void *happening);

/* journey.c */
void journey_see(void *member, dia_node *node, const dia_message_seen *message); /* every message of its node */
void journey_suspects(member *m, const dia_conn *conn);
void journey_gives_up(member *m, const dia_event *event);                           /* DIA_EVENT_UNANSWERED */
void journey_refused(member *m, const ask *a, int err);                             /* it could not be sent */
void journey_ends(member *m, const ask *a, bool again, const dia_outcome *outcome); /* NULL: it was cancelled */
void journey_check(member *m);                                                      /* after a step */
void journey_forget(member *m);
const char *journey_rest(const member *m, char *words,
                         size_t size); /* what has not come to rest: a sentence, or NULL */

/* check.c */
void check_prepare(life *l);
void check_states(member *m);
bool check_step(void *life);                                     /* true ends the run */
const char *check_rest(const life *l, char *words, size_t size); /* what has not come to rest: a sentence, or NULL */
void check_sums(life *l);
void check_names(member *m, const dia_peer *peer);   /* of one that comes up */
void check_order(member *m, const dia_event *event); /* of an attempt that failed */

#endif

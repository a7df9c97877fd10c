/* A plan carried out, with invariants that are looked at after every step. */
#ifndef TESTS_SIM_LIFE_H
#define TESTS_SIM_LIFE_H

#include "plan.h"

/* Which of the plan's disturbances happen: a bit each. */
typedef uint64_t chosen;

/* Faults of the test's own application, to prove that the simulation finds and shrinks them. */
typedef enum breakage {
    BREAK_NOTHING,
    BREAK_ANSWER, /* a host that was killed before answers with the number of another request */
    BREAK_KEEP,   /* a host that was mute keeps one request for ever */
    BREAK_TWICE,  /* an outcome is counted twice, after a burst */
    BREAK_CRASH   /* the program aborts with the first answer */
} breakage;

/* What may happen to a request between who asks and who answers. */
typedef enum fate {
    FATE_PASSED,     /* a relay passes it on */
    FATE_BACK,       /* and the answer back */
    FATE_MOVED,      /* to another peer, behind a lost connection */
    FATE_TWICE,      /* also to another peer, under suspicion */
    FATE_RETRIED,    /* to another peer, behind a protocol error */
    FATE_NOBODY,     /* 3002: nobody can take it */
    FATE_GIVEN_UP,   /* 3002: its peer is lost, and there is no other one */
    FATE_TIMED_OUT,  /* 3002: its peer did not answer */
    FATE_NO_ROUTE,   /* 3003 */
    FATE_BUSY,       /* 3004 */
    FATE_LOOP,       /* 3005 */
    FATE_LATE,       /* the answer comes when nobody waits for it any more */
    FATE_REPEATED,   /* it comes once more, while the first one is under way */
    FATE_LOST,       /* the outcome of who asked */
    FATE_UNANSWERED, /* the same */
    FATES
} fate;
const char *fate_name(fate f);

typedef struct life_options {
    chosen chosen;
    breakage breakage;
    void (*line)(void *arg, const char *text); /* the chart; NULL: none */
    void *arg;
} life_options;

typedef struct life_result {
    bool broken;
    char what[240];   /* the invariant, in words */
    const char *rule; /* its name; what shrinking keeps to */
    int64_t at_us, lived_us;
    uint64_t steps, requests, answers, messages;
    uint64_t repeats; /* that no handler saw again */
    uint32_t round;   /* copies of one request, at most */
    uint64_t fates[FATES];
    size_t peak;                                                    /* octets taken at once */
    uint32_t taken[DIA_PEER_STATES], taken_watch[DIA_WATCH_STATES]; /* rows of the tables: a bit per event */
} life_result;

void life_run(const plan *plan, const life_options *options, life_result *result);

#endif

/* Records of DTLS in an order that its check against replays lets pass: that check drops what comes more than 63 numbers late, SCTP
 * brings what is unordered as late as it likes, and RFC 6083, 3.3 wants nothing dropped. So what is far ahead of a gap waits here
 * until the gap is closed, which SCTP promises. Does not leave this folder. */
#ifndef TLS_GUARD_H
#define TLS_GUARD_H

#include "base/base.h"

enum {
    DIA_GUARD_AHEAD = 62,     /* of the first number that is missing: how far a record may be */
    DIA_GUARD_RECORDS = 4096, /* that wait, at most */
    DIA_GUARD_OCTETS = 4 * 1024 * 1024
};

/* A copy of a record that waits. */
typedef struct dia_record {
    dia_list node;
    uint64_t number;
    size_t n;
    uint8_t octets[];
} dia_record;

dia_record *dia_record_new(uint64_t number, dia_bytes octets, const dia_allocator *alloc);
void dia_record_free(dia_record *record, const dia_allocator *alloc);

typedef struct dia_guard {
    uint64_t next;  /* the first number that was not given */
    uint64_t given; /* bit i: next + i was */
    dia_list held;  /* dia_record, their numbers rise */
    size_t n, octets;
    const dia_allocator *alloc;
} dia_guard;

void dia_guard_init(dia_guard *guard, const dia_allocator *alloc);
void dia_guard_done(dia_guard *guard);

typedef enum dia_guard_answer {
    DIA_GUARD_PASS, /* give it now, and say so */
    DIA_GUARD_WAIT, /* hold it */
    DIA_GUARD_AGAIN /* it was given already, or is held */
} dia_guard_answer;

dia_guard_answer dia_guard_look(const dia_guard *guard, uint64_t number);

/* A record that may pass was given. */
void dia_guard_gave(dia_guard *guard, uint64_t number);

/* Keeps a copy. DIA_ENOMEM; DIA_ESPACE: too much waits already. */
int dia_guard_hold(dia_guard *guard, uint64_t number, dia_bytes octets);

/* The next held one that may pass, which counts as given then; it is the caller's. NULL: none. */
dia_record *dia_guard_take(dia_guard *guard);

#endif

/* Policies as they are compiled, and what their files share. Stays in this folder. */
#ifndef AGENT_POLICY_ROWS_H
#define AGENT_POLICY_ROWS_H

#include "agent/policy.h"
#include "node/node.h"

/* ---- Rows ---- */

/* Names mean what they mean in an application, so there is a variant of each for each application of its policy; one, when a
 * policy is for all. */
typedef struct dia_policy_place {
    dia_path path;
    const char *text; /* the same in numbers, for dia_edit */
    dia_bytes value;  /* the value that goes with it, as octets; absent: none */
} dia_policy_place;

typedef struct dia_policy_check {
    dia_policy_test test;
    bool negated;
    const dia_policy_place *places; /* a variant each */
    dia_bytes text;                 /* of BEGINS and MATCHES */
    int64_t least, most;
} dia_policy_check;

typedef struct dia_policy_do {
    dia_policy_verb verb;
    const dia_policy_place *places; /* of `path`; NULL: it has none */
    const dia_policy_place *from;   /* of COPY */
    dia_bytes pattern, text;        /* of REWRITE; text also of SEND_TO */
    const char *message;            /* Error-Message */
    uint32_t result_code;
    const dia_policy_check *checks;
    size_t n_checks;
} dia_policy_do;

/* A token bucket. */
typedef struct dia_policy_bucket {
    dia_list link;        /* the one used longest ago comes first */
    uint64_t microtokens; /* a request costs a million */
    int64_t at_us;
    size_t size; /* of this block, with the name behind it */
    dia_bytes name;
} dia_policy_bucket;

typedef struct dia_policy_meter {
    uint32_t rate, burst, result_code, max;
    dia_names buckets;
    dia_list used;
    size_t n;
} dia_policy_meter;

/* A host that has another name outside. */
typedef struct dia_policy_name {
    dia_list link; /* the one used longest ago comes first; alone: it is configured, and stays */
    size_t size;
    dia_bytes inner, outer;
} dia_policy_name;

typedef struct dia_policy_veil {
    const dia_bytes *outside, *hosts; /* patterns, up to an absent one; NULL: nothing is hidden */
    dia_bytes before, behind;         /* of the outer name: what stands around "*" */
    bool each;                        /* there is a "*" */
    bool own;                         /* the outer name is that of the node */
    dia_bytes realm, realm_as;
    bool sessions;
    uint32_t max;
    uint8_t key[16];
    dia_names by_outer, by_inner; /* dia_policy_name */
    dia_list used;
    size_t n;
} dia_policy_veil;

typedef struct dia_policy_row {
    const char *name;
    const dia_bytes *from, *origin_hosts, *origin_realms, *destination_hosts, *destination_realms;
    const uint32_t *applications, *commands;
    size_t n_applications, n_commands;
    const dia_policy_check *checks;
    size_t n_checks;
    const dia_policy_do *request, *answer;
    size_t n_request, n_answer;
    bool last;
    bool hides; /* the request in hand */
    dia_policy_veil veil;
    dia_policy_meter meter;
    dia_policy_counts counts;
} dia_policy_row;

/* The rows that a request of this host may match, in their order. */
typedef struct dia_policy_of {
    dia_bytes host;
    const uint32_t *v;
    size_t n;
} dia_policy_of;

struct dia_policies {
    const dia_allocator *alloc;
    const dia_dicts *dicts;
    dia_arena arena; /* of all that is compiled */
    dia_policy_row *rows;
    size_t n;
    dia_policy_of any; /* of hosts that no row names */
    dia_names by_host; /* dia_policy_of of the others */
    uint32_t mark;     /* of this configuration: what another one has put on a request means nothing here */
    /* Two buffers for a message that is changed: the one that it is in, and one for the next step. */
    uint8_t *buf, *other;
    size_t cap, other_cap;
};

/* ---- A message that policies work on ---- */

typedef struct dia_policy_work {
    dia_policies *all;
    dia_transit *transit;
    dia_bytes message; /* as it is now: the transit's, or in `all->buf` */
    bool changed;      /* it is not the transit's */
    bool fixed;        /* nothing must change */
    int err;           /* the first one */
    /* What the message says of itself. */
    bool known;
    dia_bytes origin_host, origin_realm, destination_host, destination_realm;
} dia_policy_work;

/* policy_compile.c. DIA_EINVAL with the fault, DIA_ENOMEM. */
int dia_policy_compile(dia_policies *all, const dia_policy *policies, size_t n, const uint8_t key[16],
                       dia_policy_fault *fault);

/* policy_match.c */
void dia_policy_work_begin(dia_policy_work *work, dia_policies *all, dia_transit *transit);
bool dia_policy_is_listed(const dia_bytes *patterns, dia_bytes name); /* NULL: yes */
/* Is a message of this command, whose request a peer sent, any of its business? */
bool dia_policy_concerns(const dia_policy_row *row, dia_bytes from, const dia_header *header, size_t *variant);
/* Does a request of this peer match? *variant is that of its application. */
bool dia_policy_matches(dia_policy_work *work, const dia_policy_row *row, dia_bytes from, const dia_header *header,
                        size_t *variant);
bool dia_policy_checks_hold(const dia_policy_check *checks, size_t n, dia_bytes message, size_t variant);

/* policy_change.c */
typedef enum dia_policy_fate {
    DIA_POLICY_STAYS,
    DIA_POLICY_GOES,
    DIA_POLICY_BECOMES,
    DIA_POLICY_ENTERED
} dia_policy_fate;
/* What becomes of an AVP in so many groups; of DIA_POLICY_BECOMES *value, which lives until the next call. Of DIA_POLICY_ENTERED,
 * a group that dia_policy_enters() is true of, what is in it has its turn, one deeper. */
typedef dia_policy_fate dia_policy_visit(void *arg, const dia_avp *avp, size_t depth, dia_bytes *value);
/* Can a group at this depth be gone through? Its octets are AVPs, and it is not nested too deep. */
bool dia_policy_enters(const dia_avp *avp, size_t depth);
/* All AVPs at this path, in all groups; NULL: all that are in no group. */
void dia_policy_transform(dia_policy_work *work, const dia_path *path, dia_policy_visit *visit, void *arg);
void dia_policy_change(dia_policy_work *work, const dia_policy_do *act, size_t variant);
/* The transit gets what was made of its message. */
void dia_policy_commit(dia_policy_work *work);

/* policy_hide.c */
int dia_policy_veil_name(dia_policies *all, dia_policy_veil *veil, dia_bytes inner, bool stays);
/* From outside inwards; false: it is for a name that is none. From inside outwards. */
bool dia_policy_unveil(dia_policy_work *work, dia_policy_row *row);
void dia_policy_hide_names(dia_policy_work *work, dia_policy_row *row);
/* The name of a peer as its Route-Record is to have it; absent: its own. `to` has room for one. */
dia_bytes dia_policy_veiled(dia_policy_work *work, dia_policy_row *row, dia_bytes inner, char to[256]);
void dia_policy_veil_done(dia_policies *all, dia_policy_veil *veil);

/* policy_limit.c */
bool dia_policy_admits(dia_policies *all, dia_policy_meter *meter, dia_bytes peer, uint32_t application,
                       int64_t now_us);
void dia_policy_meter_done(dia_policies *all, dia_policy_meter *meter);

#endif

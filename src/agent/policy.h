/* Policies: what a proxy does to the messages that pass, in the words of a configuration. Rows of a table that is compiled once;
 * the hooks of diatom/proxy.h look messages up in it.
 *
 * All policies that match a request act on it in their order; their answer acts come when its answer does. All strings and
 * arrays of a configuration are copied. Patterns are names like "a.example.net", "*.example.net" and "*"; lists are
 * NULL-terminated, and NULL matches everything. */
#ifndef AGENT_POLICY_H
#define AGENT_POLICY_H

#include "diatom/proxy.h"

/* Of an application that the node does not know, but relays, policies look, limit, reject and choose the peer: what would
 * change a message is left out, for a relay changes nothing (RFC 6733, 2.8.1). */

/* ---- Configuration ---- */

typedef enum dia_policy_test {
    DIA_POLICY_IS,      /* an AVP at the path has this value */
    DIA_POLICY_BEGINS,  /* ... a text, octets or digits that begin so */
    DIA_POLICY_MATCHES, /* ... a name that this pattern fits */
    DIA_POLICY_BETWEEN, /* ... a number from least to most */
    DIA_POLICY_PRESENT, /* there is one */
    DIA_POLICY_TESTS
} dia_policy_test;

typedef struct dia_policy_condition {
    const char *path; /* of any of its AVPs: "Subscription-Id/Subscription-Id-Data" */
    dia_policy_test test;
    bool negated;        /* none of its AVPs passes the test */
    const char *value;   /* of IS: as dia_text_value_read() reads it; of BEGINS and MATCHES: text */
    int64_t least, most; /* of BETWEEN */
} dia_policy_condition;

typedef struct dia_policy_match {
    const char *const *from; /* hosts of peers that requests come from */
    const uint32_t *applications;
    size_t n_applications; /* 0: all */
    const uint32_t *commands;
    size_t n_commands; /* 0: all */
    const char *const *origin_hosts, *const *origin_realms, *const *destination_hosts, *const *destination_realms;
    const dia_policy_condition *conditions; /* all must hold, of the request */
    size_t n_conditions;
} dia_policy_match;

typedef enum dia_policy_verb {
    DIA_POLICY_SET,     /* path, value: gives the AVP this value, puts it there when it is missing */
    DIA_POLICY_ADD,     /* path, value: one more */
    DIA_POLICY_DEFAULT, /* path, value: when it is missing */
    DIA_POLICY_REMOVE, /* path: all of them, in all groups of that path; not Session-Id, Origin-Host, Origin-Realm, Route-Record */
    DIA_POLICY_COPY, /* path, value: the path of the AVP in the same message whose octets it gets; nothing when that is missing */
    DIA_POLICY_REWRITE, /* path, pattern, value: names that fit; "*.a.example" to "*.b.example" keeps what is in front */
    DIA_POLICY_REJECT,  /* result_code, text: the request is answered so; a successful answer becomes this failure */
    DIA_POLICY_END_SESSION, /* answers, behind REJECT: an STR for the access device */
    DIA_POLICY_SEND_TO,     /* requests; value: the host of the peer that gets it, if it can */
    DIA_POLICY_VERBS
} dia_policy_verb;

typedef struct dia_policy_act {
    dia_policy_verb verb;
    const char *path, *value, *pattern;
    uint32_t result_code;
    const char *text; /* Error-Message; NULL: none */
    const dia_policy_condition
        *conditions; /* of the message in hand, as it is when the act has its turn; all must hold */
    size_t n_conditions;
} dia_policy_act;

/* Topology hiding, for messages between a peer that is outside and one that is not: towards outside the names of inner hosts
 * become others, and back: in AVPs of the base protocol and in SourceID, also those in groups but Proxy-Info. An Error-Message with
 * such a name is left out. AVPs of applications and vendors stay. */
typedef struct dia_policy_hide {
    const char *const *outside; /* hosts of the peers that must not know; required */
    const char *const *hosts;   /* inner hosts; required */
    /* What they are called: one name for all ("hss.example.net": requests for it are routed by realm), or with a "*" a name for
     * each ("*.hidden.example.net"). NULL: the node's own host. */
    const char *as;
    const char *realm, *realm_as; /* an inner realm, and what it is called; NULL: realms are not hidden */
    bool sessions;                /* also in Session-Id and Acct-Multi-Session-Id; wants a name for each */
    uint32_t max_hosts;           /* names remembered for the way back; the one used longest ago goes [10,000] */
} dia_policy_hide;

/* A token bucket for each peer and application; what is above it is answered with result_code. */
typedef struct dia_policy_limit {
    uint32_t rate;        /* requests a second; 0: no limit */
    uint32_t burst;       /* at once [rate] */
    uint32_t result_code; /* [3004] */
    uint32_t max_buckets; /* pairs of peer and application; the one used longest ago goes [4,096] */
} dia_policy_limit;

typedef struct dia_policy {
    const char *name; /* for messages; NULL: its number */
    dia_policy_match match;
    const dia_policy_act *request;
    size_t n_request;
    const dia_policy_act *answer;
    size_t n_answer;
    dia_policy_hide hide;
    dia_policy_limit limit;
    bool last; /* no policy behind this one looks at what it matches */
} dia_policy;

/* ---- Compiled ---- */

typedef struct dia_policies dia_policies;

/* A mistake: which policy, what of it ("match.conditions[1].value", "request[0].path"), and what is wrong with it, in words. */
typedef struct dia_policy_fault {
    size_t policy;
    char where[64];
    char text[240];
} dia_policy_fault;

/* `dicts` (kept, with what it points to) say what names in paths mean. `key` of 16 octets makes the names of hidden hosts: the same
 * key, the same names. DIA_EINVAL with *fault (may be NULL); DIA_ENOMEM. `alloc` NULL: the default. */
int dia_policies_new(const dia_policy *policies, size_t n, const dia_dicts *dicts, const uint8_t key[16],
                     const dia_allocator *alloc, dia_policies **out, dia_policy_fault *fault);

/* Not while a node has them: dia_policies_apply() others, or NULL, before. */
void dia_policies_free(dia_policies *policies);

/* The node's proxy for all of its applications is this now; NULL: none. Errors of dia_node_proxy(). */
int dia_policies_apply(dia_policies *policies, dia_node *node);

/* The same from within other hooks, whose state they put when a policy acts on answers. False: the request was answered. */
bool dia_policies_request(dia_policies *policies, dia_transit *transit);
void dia_policies_answer(dia_policies *policies, dia_transit *transit);

/* What a policy has done: requests and answers that it matched, rejected, and refused for its limit. */
typedef struct dia_policy_counts {
    const char *name;
    uint64_t matched, rejected, limited, hidden;
} dia_policy_counts;
size_t dia_policies_counts(const dia_policies *policies, dia_policy_counts *to, size_t max);

#endif

/* The discover room's door: what the DNS has for a realm, as a machine.
 *
 * takes      a realm, answers of name servers as octets
 * gives      questions, and the public diatom/discover.h
 * owns       one arena a search
 * may use    base, wire
 * never sees sockets, clocks, the node
 * tests      tests/discover; fuzz/discover.c */
#ifndef DISCOVER_DISCOVER_H
#define DISCOVER_DISCOVER_H

#include "base/base.h"
#include "diatom/discover.h"
#include "wire/wire.h"

/* Octets that it holds. */
size_t dia_discovery_held(const dia_discovery *discovery);

/* ---- Messages of the DNS (message.c) ---- */

enum {
    DIA_DNS_TYPE_CNAME = 5,
    DIA_DNS_TYPE_NS = 2,
    DIA_DNS_TYPE_SOA = 6,
    DIA_DNS_NAME_ROOM = 256, /* for a name as text with its NUL: 255 octets on the wire are at most 253 of text */
    DIA_DNS_STRING_ROOM = 256
};

typedef enum dia_dns_section { DIA_DNS_ANSWER, DIA_DNS_AUTHORITY, DIA_DNS_ADDITIONAL } dia_dns_section;

/* Goes through the records of a message. Copying it is going on from the same place twice. */
typedef struct dia_dns_reader {
    dia_bytes message;
    size_t at;
    uint16_t left[3]; /* records, per section */
    uint16_t flags;
    bool broken; /* it ends before it should, or a name makes no sense */
} dia_dns_reader;

typedef struct dia_dns_record {
    dia_dns_section section;
    char name[DIA_DNS_NAME_ROOM]; /* "." is the root; octets that are no good in a name are '?' */
    uint16_t type, class_;
    uint32_t ttl_s;
    size_t at, n; /* of its data, in the message */
} dia_dns_record;

/* Opens an answer to this question. NULL, or a sentence about what is wrong with it. */
const char *dia_dns_open(dia_dns_reader *reader, dia_bytes message, const char *name, dia_dns_type type);

/* The next record; false: no more, or broken. */
bool dia_dns_next(dia_dns_reader *reader, dia_dns_record *out);

/* A name at *at, which moves behind it. False: it makes no sense. */
bool dia_dns_name(dia_bytes message, size_t *at, char to[DIA_DNS_NAME_ROOM]);

/* The data of a record: false where it is not what its type says. */
typedef struct dia_dns_srv {
    uint16_t priority, weight, port;
    char target[DIA_DNS_NAME_ROOM];
} dia_dns_srv;
bool dia_dns_read_srv(dia_bytes message, const dia_dns_record *record, dia_dns_srv *out);

typedef struct dia_dns_naptr {
    uint16_t order, preference;
    char flags[DIA_DNS_STRING_ROOM], service[DIA_DNS_STRING_ROOM], regexp[DIA_DNS_STRING_ROOM];
    char replacement[DIA_DNS_NAME_ROOM];
} dia_dns_naptr;
bool dia_dns_read_naptr(dia_bytes message, const dia_dns_record *record, dia_dns_naptr *out);

bool dia_dns_read_name(dia_bytes message, const dia_dns_record *record, char to[DIA_DNS_NAME_ROOM]);
/* How long it may be believed that there is nothing (RFC 2308, 5). */
bool dia_dns_read_soa(dia_bytes message, const dia_dns_record *record, uint32_t *ttl_s);

/* Are they the same name? Is the one below the other, or the same? Case does not count. */
bool dia_dns_same(const char *a, const char *b);
bool dia_dns_is_inside(const char *name, const char *domain);

/* ---- What an answer says (answer.c) ---- */

typedef enum dia_dns_verdict {
    DIA_DNS_FOUND,     /* records follow, at `end` */
    DIA_DNS_NONE,      /* there are none, and that is known */
    DIA_DNS_NO_DOMAIN, /* the same; nor is there anything below this name (RFC 8020) */
    DIA_DNS_ALIAS,     /* it goes on at another name, which nothing is said of */
    DIA_DNS_USELESS    /* the answer is none: why */
} dia_dns_verdict;

typedef struct dia_dns_answer {
    dia_dns_verdict verdict;
    char end[DIA_DNS_NAME_ROOM]; /* of the chain of aliases */
    uint32_t ttl_s;              /* of FOUND and ALIAS: the least; of NONE and NO_DOMAIN: how long to believe it */
    const char *why;             /* of USELESS */
} dia_dns_answer;
void dia_dns_judge(dia_bytes message, const char *name, dia_dns_type type, dia_dns_answer *out);

/* ---- The service field of S-NAPTR (service.c) ---- */

typedef enum dia_service_app {
    DIA_SERVICE_FOREIGN, /* not Diameter at all */
    DIA_SERVICE_ANY,     /* "aaa" */
    DIA_SERVICE_THIS,    /* "aaa+apN": the application that is looked for, or relays, which take any */
    DIA_SERVICE_OTHER    /* "aaa+apN": another one */
} dia_service_app;

/* What a service field offers; *via are its transports, all where it names none (RFC 6408, 5). */
dia_service_app dia_service_read(const char *text, uint32_t application, uint32_t *via);

/* ---- Weights (weigh.c) ---- */

typedef struct dia_weighed {
    uint16_t priority, weight;
    size_t item;
} dia_weighed;

/* Puts SRV records into the order of trying (RFC 2782): by priority, and drawn by weight. */
void dia_weigh(dia_weighed *records, size_t n, uint64_t (*draw)(void *arg, uint64_t below), void *arg);

#endif

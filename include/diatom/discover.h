/* Finding the peers of a realm in the DNS (RFC 6733, 5.2; RFC 6408; RFC 3958): NAPTR, then SRV, then addresses.
 *
 * The search is a machine: it says what to ask, is told what came, and gives the ways to peers in the order in which they are
 * to be tried. It knows neither sockets nor clocks, and reads the answers itself, for name servers lie and break.
 * diatom/loop.h asks name servers for it (dia_loop_discover); `diatom resolve` shows what it finds and why.
 *
 *     dia_discovery *d;
 *     if (dia_discovery_new(&(dia_discovery_config){ .realm = "example.net", .application = 4 }, &d)) ...
 *     for (dia_dns_question q; !dia_discovery_is_done(d);) {
 *         while (dia_discovery_ask(d, &q))
 *             send it, remember q.ticket;
 *         wait for any of the answers;
 *         dia_discovery_answer(d, ticket, message);
 *     }
 *     use(dia_discovery_findings(d));
 *     dia_discovery_free(d);
 *
 * One object, one thread. */
#ifndef DIATOM_DISCOVER_H
#define DIATOM_DISCOVER_H

#include "diatom/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What is found ---- */

/* One way to a peer. Views of the search, or of whoever gives them. */
typedef struct dia_found {
    dia_uri uri;      /* scheme, FQDN (of the SRV's target, or the NAPTR's replacement), port, transport */
    const char *text; /* the same as it is written: "aaas://a.example.net:5868" */
    /* The way led out of the domain that was asked for: the certificate must name both (RFC 6733, 5.2). */
    bool foreign;
    const char *how;              /* for people: "NAPTR 10 50 s aaa+ap4:diameter.tcp -> SRV 0 10" */
    uint32_t ttl_s;               /* the least of the records on this way */
    const dia_address *addresses; /* of the FQDN: IPv6 and IPv4, as they came; never none */
    size_t n_addresses;
} dia_found;

typedef struct dia_findings {
    const dia_found *found; /* in the order of trying */
    size_t n;
    /* The least of all records that led here: when it is over, they are not true any more. Where there are none and that is
     * known, how long that may be believed (RFC 2308). */
    uint32_t ttl_s;
    const char *why; /* a sentence when there are none; else NULL */
    bool denied; /* there are none, and that is known (no such domain, no records); else nobody answered, or badly */
    const char *const *notes; /* a sentence on each thing that was passed over, the first 64 of them */
    size_t n_notes;
    uint32_t questions; /* how many it took */
} dia_findings;

/* ---- The search ---- */

/* Types of DNS records (RFC 1035, 3.2.2; RFC 3596; RFC 2782; RFC 3403). */
typedef enum dia_dns_type { DIA_DNS_A = 1, DIA_DNS_AAAA = 28, DIA_DNS_SRV = 33, DIA_DNS_NAPTR = 35 } dia_dns_type;
const char *dia_dns_type_name(dia_dns_type type); /* "NAPTR" */

/* What carries Diameter: a set of bits, in the order of RFC 6733, 2.1. */
enum { DIA_VIA_TLS = 1, DIA_VIA_DTLS = 2, DIA_VIA_TCP = 4, DIA_VIA_SCTP = 8, DIA_VIA_ANY = 15 };

/* 0 means the default in brackets. */
typedef struct dia_discovery_config {
    const char *realm;    /* required; copied */
    uint32_t application; /* 0: any */
    uint32_t via;         /* DIA_VIA_..., those that are of use [DIA_VIA_ANY] */
    uint32_t depth;       /* NAPTR records, or aliases, that lead to others, in a row [5] */
    uint32_t questions;   /* of the whole search [64] */
    uint32_t records;     /* of one answer, that are looked at [256] */
    uint32_t found;       /* ways [24] */
    /* A number below `below`, for the weights of SRV records (RFC 2782). NULL: always 0, which prefers the first of the
     * lightest. */
    uint64_t (*draw)(void *arg, uint64_t below);
    void *arg;
    const dia_allocator *alloc; /* kept; NULL: the C library's */
} dia_discovery_config;

typedef struct dia_discovery dia_discovery;

/* DIA_EINVAL: the realm is no DiameterIdentity, or too long for a domain; DIA_ENOMEM. */
int dia_discovery_new(const dia_discovery_config *config, dia_discovery **out);
void dia_discovery_free(dia_discovery *discovery); /* NULL is fine */

/* The next question; false: none now. All that were given may be under way together. Class IN; names without the last dot. */
typedef struct dia_dns_question {
    uint32_t ticket;
    const char *name; /* valid as long as the search */
    dia_dns_type type;
} dia_dns_question;
bool dia_discovery_ask(dia_discovery *discovery, dia_dns_question *out);

/* What came: a whole DNS message, of which nothing is believed that does not belong to the question. */
void dia_discovery_answer(dia_discovery *discovery, uint32_t ticket, dia_bytes message);

/* Nothing came, or nothing that is an answer; `why` is a sentence without its full stop ("no name server answered"). */
void dia_discovery_failed(dia_discovery *discovery, uint32_t ticket, const char *why);

/* Nothing more is asked or waited for. */
bool dia_discovery_is_done(const dia_discovery *discovery);

/* Whatever is not answered now will not be: it is done. */
void dia_discovery_give_up(dia_discovery *discovery, const char *why);

/* What it has found; valid as long as the search. NULL: it is not done. */
const dia_findings *dia_discovery_findings(const dia_discovery *discovery);

#ifdef __cplusplus
}
#endif
#endif

/* Finding the peers of a realm in the DNS (RFC 6733, 5.2; RFC 6408; RFC 3958): NAPTR, then SRV, then addresses.
 *
 * The search is a value: it says what to ask, is told what came, and gives candidates in the order in which they are to be tried. It
 * knows neither sockets nor clocks; loop.h asks name servers for it (dia_loop_discover), and `diatom resolve` shows what
 * it finds and why. */
#ifndef DIATOM_DISCOVER_H
#define DIATOM_DISCOVER_H

#include "diatom/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One way to a peer. */
typedef struct dia_found {
    dia_uri
        uri; /* scheme, FQDN (of the SRV's target, or the NAPTR's replacement), port, transport; views into the result */
    bool foreign;    /* its FQDN is not in the domain that was asked for: the certificate must name both (5.2) */
    const char *how; /* for people: "NAPTR 10 50 aaa+ap4:diameter.tcp -> SRV 0 10" */
} dia_found;

typedef struct dia_findings {
    const dia_found *found; /* in the order of trying */
    size_t n;
    uint32_t ttl_s;  /* the least of all records that led here: when it is over, they are not true any more */
    const char *why; /* a sentence when there are none; else NULL */
    bool denied; /* there are none, and that is known (no such domain, no records); else nobody answered, or badly */
} dia_findings;

#ifdef __cplusplus
}
#endif
#endif

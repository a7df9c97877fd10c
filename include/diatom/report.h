/* What a node is and has counted, written down: for people, for programs, for Prometheus.
 *
 * Nothing here opens a socket or reads a clock. diatom/loop.h serves the metrics over HTTP, diatom/control.h gives the rest to
 * whoever asks over a local socket. */
#ifndef DIATOM_REPORT_H
#define DIATOM_REPORT_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Pages ---- */

/* A text that grows as it is written. All zero is an empty one in the C library's memory, without a bound. Errors stick: what
 * is put behind one is lost. */
typedef struct dia_page {
    char *p; /* `n` octets, not NUL-terminated; NULL while nothing was put */
    size_t n, cap;
    size_t max; /* upper bound of n; 0: none */
    const dia_allocator *alloc;
    int err; /* 0, DIA_ENOMEM or DIA_ESPACE */
} dia_page;

void dia_page_init(dia_page *page, size_t max, const dia_allocator *alloc);
void dia_page_put(dia_page *page, const char *text);
void dia_page_octets(dia_page *page, dia_bytes octets); /* as they are */

/* As printf() does; at most 1,000 octets at once, the rest is cut off. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void dia_page_print(dia_page *page, const char *format, ...);

/* Text of somebody else in a line for people: control characters and what is no UTF-8 become '?'. */
void dia_page_safely(dia_page *page, dia_bytes text);

/* The same as a string of JSON, in quotes; what is no UTF-8 becomes U+FFFD. Absent is null. */
void dia_page_quoted(dia_page *page, dia_bytes text);

/* Empty again, without the error; the storage stays. */
void dia_page_clear(dia_page *page);
void dia_page_done(dia_page *page);

/* ---- Reports ---- */

/* What the process takes from the system, as Prometheus names it. */
typedef struct dia_report_process {
    int64_t cpu_us;             /* of all its threads, in user and kernel mode */
    uint64_t resident, memory;  /* octets in memory; of its address space */
    uint64_t open_fds, max_fds; /* descriptors */
    int64_t began_us;           /* microseconds since 1970 */
} dia_report_process;

/* What the driver knows of certificates of ours, of handshakes and of searches in the DNS. */
typedef struct dia_report_certificate {
    const char *profile; /* the name of its dia_tls_config; "": those connections have it that name none */
    const char *subject; /* for people */
    int64_t expires;     /* seconds since 1970: the first of its chain to end */
} dia_report_certificate;
typedef struct dia_report_driver {
    const dia_report_certificate *certificates;
    size_t n_certificates;
    /* Of TLS and DTLS, ours and theirs, that are over; `handshakes` are those that were done, some of them resumed. */
    uint64_t handshakes, handshakes_resumed, handshakes_failed;
    uint64_t searches_found, searches_none, searches_failed; /* ways; that there are none; no answer that is one */
} dia_report_driver;

/* Metrics that are being written. What a program adds to those of its node it adds in a callback: families, behind all others.
 * 0, or DIA_ENOMEM: there are no metrics this time. */
typedef struct dia_metrics dia_metrics;
typedef int dia_metrics_fn(void *arg, dia_metrics *to);

/* Of what a report is made. Only `node` must be there. */
typedef struct dia_report {
    dia_node *node;
    const dia_dicts *dicts; /* for the names of commands, applications and results; NULL: numbers */
    int64_t wall_us;        /* microseconds since 1970; 0: config.wall_clock of the node and what has passed since */
    const char *peer;       /* texts, tables and JSON of this one alone, by its DiameterIdentity; NULL: of all */
    /* How many of dia_peer_counts() texts, tables and JSON of all peers tell together, of each peer equally many at most, and how
     * many are left out they say [65,536]. */
    uint32_t rows;
    /* Of metrics. */
    uint32_t peers;         /* that are told one by one [1,000]; configured ones always are, the rest is told as one */
    const uint64_t *events; /* how often each dia_event_kind was told; NULL: not counted */
    const dia_report_process *process; /* NULL: not told */
    const dia_report_driver *driver;   /* NULL: not told */
    dia_metrics_fn *more;              /* NULL: nothing is added */
    void *more_arg;
} dia_report;

typedef enum dia_report_kind {
    DIA_REPORT_STATUS,    /* the node and all that is known of each peer */
    DIA_REPORT_PEERS,     /* a line a peer */
    DIA_REPORT_COUNTERS,  /* of the node, and its messages by command, direction and result */
    DIA_REPORT_LATENCIES, /* of requests, by peer and command */
    DIA_REPORT_KINDS
} dia_report_kind;

/* Appends it: as text, tables with columns or paragraphs, that ends with a line end; or as one object of JSON on one line, whose
 * members docs/cli.md names. DIA_ENOENT: there is no such peer; DIA_ENOMEM, DIA_ESPACE as page->err says. */
int dia_report_text(const dia_report *report, dia_report_kind kind, dia_page *to);
int dia_report_json(const dia_report *report, dia_report_kind kind, dia_page *to);

/* ---- Metrics ---- */

typedef enum dia_metrics_format {
    DIA_METRICS_OPENMETRICS, /* OpenMetrics 1.0 */
    DIA_METRICS_TEXT         /* Prometheus' own format, version 0.0.4, which everything reads */
} dia_metrics_format;

/* Appends all metrics. Names begin with diatom_, counters end with _total, units are seconds and bytes; docs/guide.md has them
 * all. Labels: peer (DiameterIdentity; the URI while that is not known; "(other)" for all that are not told one by one and
 * those that are no more), connection (2, 3, ... of a peer of several), application (its number), command (its name, else its
 * number; "other" for what the node does not know), result (2001; with the vendor in front, 10415:5001, of an
 * Experimental-Result), direction (received, sent), state. Counters of a peer never fall while it is there, and those of
 * "(other)" never do. */
int dia_report_metrics(const dia_report *report, dia_metrics_format format, dia_page *to);

/* In a dia_metrics_fn: a counter, whose name is none of the node's and lacks its "_total", and behind it its samples. No two of
 * them have the same label; the help is a sentence on one line. */
void dia_metrics_counter(dia_metrics *to, const char *name, const char *help);
void dia_metrics_count(dia_metrics *to, const char *label, dia_bytes text, uint64_t n);

/* What HTTP calls it: "application/openmetrics-text; version=1.0.0; charset=utf-8". */
const char *dia_metrics_content_type(dia_metrics_format format);

/* The format that the value of an Accept header asks for; NULL: nothing was said. */
dia_metrics_format dia_metrics_accepted(const char *accept);

#ifdef __cplusplus
}
#endif
#endif

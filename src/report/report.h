/* The report room's door: what a node is and has counted, written down.
 *
 * takes      a node, dictionaries for names
 * gives      text, JSON, metrics: public diatom/report.h
 * owns       nothing but the pages that it grows
 * may use    base, wire, dict, peer, node
 * never sees sockets, clocks, files
 * tests      tests/report */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "diatom/report.h"
#include "node/node.h"

/* ---- Inside the room ---- */

/* page.c */
void dia_page_u64(dia_page *page, uint64_t value);
void dia_page_fixed(dia_page *page, int64_t us, unsigned digits); /* seconds: "12.345", in any locale */
/* Appends what a label or a quoted text may hold: '"', '\\' and line ends are escaped as OpenMetrics does it. */
void dia_page_label(dia_page *page, dia_bytes text);

/* names.c. A name, or NULL. */
const char *dia_report_command(const dia_report *report, const dia_count *count);
const char *dia_report_result(const dia_report *report, const dia_count *count);
const char *dia_report_application(const dia_report *report, uint32_t application);

/* "127.0.0.1:3868", "[::1]:3868" */
enum { DIA_ADDRESS_ROOM = 64, DIA_WALL_ROOM = 32 };
const char *dia_report_endpoint(const dia_endpoint *end, char to[DIA_ADDRESS_ROOM]);

/* "2026-01-31T12:00:00Z", with milliseconds in front of the Z when wanted. */
const char *dia_report_utc(int64_t wall_us, bool with_ms, char to[DIA_WALL_ROOM]);

int64_t dia_report_wall(const dia_report *report);
/* When that was, in microseconds since 1970, by the clock with which the node began: the same each time it is asked for. */
int64_t dia_report_wall_of(const dia_report *report, int64_t us);
int64_t dia_report_uptime(const dia_report *report);

/* The peers that the report is of: NULL gives the first, NULL at the end. */
const dia_peer *dia_report_next(const dia_report *report, const dia_peer *peer);

/* rows.c: how many rows of counts each peer tells: where they are too many together, those with few tell all, the others equally many. */
size_t dia_report_rows(const dia_report *report);

/* table.c: `cells` are lines of cells that end with a tab each, the first line of them the head. `columns` has a letter for
 * each: 'l' or 'r', to which side it is moved. */
void dia_page_table(dia_page *page, const char *columns, const dia_page *cells);

/* tables.c, text.c */
void dia_report_text_status(const dia_report *report, dia_page *to);
void dia_report_table_peers(const dia_report *report, dia_page *to);
void dia_report_table_counters(const dia_report *report, dia_page *to);
void dia_report_table_latencies(const dia_report *report, dia_page *to);

/* The members of dia_counters in the order in which they are told. */
typedef struct dia_counter_row {
    const char *name; /* in JSON and tables */
    size_t offset;
} dia_counter_row;
extern const dia_counter_row dia_counter_rows[];
extern const size_t dia_counter_rows_n;
static inline uint64_t dia_counter_of(const dia_counters *counters, const dia_counter_row *row)
{
    return *(const uint64_t *)(const void *)((const char *)counters + row->offset);
}

#endif

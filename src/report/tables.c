/* What is told in columns: peers, counters, latencies. */
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>

const dia_counter_row dia_counter_rows[] = {
    { "requests_in", offsetof(dia_counters, requests_in) },
    { "requests_out", offsetof(dia_counters, requests_out) },
    { "answers_in", offsetof(dia_counters, answers_in) },
    { "answers_out", offsetof(dia_counters, answers_out) },
    { "octets_in", offsetof(dia_counters, octets_in) },
    { "octets_out", offsetof(dia_counters, octets_out) },
    { "timeouts", offsetof(dia_counters, timeouts) },
    { "lost", offsetof(dia_counters, lost) },
    { "failovers", offsetof(dia_counters, failovers) },
    { "retries", offsetof(dia_counters, retries) },
    { "redirects", offsetof(dia_counters, redirects) },
    { "relayed", offsetof(dia_counters, relayed) },
    { "proxied", offsetof(dia_counters, proxied) },
    { "forged", offsetof(dia_counters, forged) },
    { "unauthorized", offsetof(dia_counters, unauthorized) },
    { "throttled", offsetof(dia_counters, throttled) },
    { "diverted", offsetof(dia_counters, diverted) },
    { "refused_by_priority", offsetof(dia_counters, refused_by_priority) },
    { "overload_reports_in", offsetof(dia_counters, overload_reports_in) },
    { "overload_reports_out", offsetof(dia_counters, overload_reports_out) },
    { "late_answers", offsetof(dia_counters, late_answers) },
    { "unexpected_answers", offsetof(dia_counters, unexpected_answers) },
    { "discarded", offsetof(dia_counters, discarded) },
    { "faults", offsetof(dia_counters, faults) },
    { "watchdogs_in", offsetof(dia_counters, watchdogs_in) },
    { "watchdogs_out", offsetof(dia_counters, watchdogs_out) },
    { "duplicates", offsetof(dia_counters, duplicates) },
};
const size_t dia_counter_rows_n = sizeof dia_counter_rows / sizeof *dia_counter_rows;

/* ---- Cells ---- */

static void cell(dia_page *cells, const char *text)
{
    dia_page_safely(cells, dia_cstr(text));
    dia_page_put(cells, "\t");
}

static void cell_octets(dia_page *cells, dia_bytes text)
{
    dia_page_safely(cells, text);
    dia_page_put(cells, "\t");
}

static void cell_number(dia_page *cells, uint64_t n)
{
    dia_page_u64(cells, n);
    dia_page_put(cells, "\t");
}

static void end_line(dia_page *cells)
{
    dia_page_put(cells, "\n");
}

static void head(dia_page *cells, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cell(cells, names[i]);
    end_line(cells);
}
#define HEAD(cells, ...)                                                                                               \
    head(cells, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* "12.3s", "5m03s", "2h05m", "3d04h" */
static void put_duration(dia_page *cells, int64_t us)
{
    const uint64_t s = us > 0 ? (uint64_t)us / 1000000 : 0;
    if (s < 60) {
        dia_page_fixed(cells, us > 0 ? us : 0, 1);
        dia_page_put(cells, "s");
    } else if (s < 3600) {
        dia_page_print(cells, "%" PRIu64 "m%02us", s / 60, (unsigned)(s % 60));
    } else if (s < 86400) {
        dia_page_print(cells, "%" PRIu64 "h%02um", s / 3600, (unsigned)(s / 60 % 60));
    } else {
        dia_page_print(cells, "%" PRIu64 "d%02uh", s / 86400, (unsigned)(s / 3600 % 24));
    }
}

static void finish(dia_page *to, const char *columns, dia_page *cells)
{
    dia_page_table(to, columns, cells);
    dia_page_done(cells);
}

/* ---- Peers ---- */

/* What an operator should know, the most telling first. */
static void put_note(dia_page *cells, const dia_report *r, const dia_peer_status *p)
{
    char to_go[60];
    const int64_t now = r->node->hub.now.us;
    const unsigned wanted = r->node->hub.config.reopen_dwas;
    snprintf(to_go, sizeof to_go, "gets nothing yet, %u of %u DWRs to go", (unsigned)p->dwas_to_go, wanted);
    const char *word = p->out_of_service                                  ? "out of service"
                       : p->draining                                      ? "is to be disconnected"
                       : p->unwanted                                      ? "not connected to by itself"
                       : p->watch == DIA_WATCH_SUSPECT                    ? "no sign of life"
                       : p->dwas_to_go                                    ? to_go
                       : !p->last_error || p->last_error_us < p->since_us ? NULL
                                                                          : p->last_error;
    const char *separator = "";
    if (word) {
        dia_page_safely(cells, dia_cstr(word));
        separator = "; ";
    }
    if (p->next_attempt_us != DIA_NEVER_US) {
        dia_page_print(cells, "%sagain in ", separator);
        put_duration(cells, p->next_attempt_us - now);
        separator = "; ";
    }
    if (!p->configured)
        dia_page_print(cells, "%snot configured", separator);
    dia_page_put(cells, "\t");
}

static void cell_address(dia_page *cells, const dia_peer *peer, const dia_peer_status *p)
{
    char text[DIA_ADDRESS_ROOM];
    const dia_conn *conn = dia_peer_connection(peer);
    if (!conn) {
        cell(cells, p->connect ? p->connect : "-");
        return;
    }
    const dia_endpoint there = dia_conn_remote(conn);
    cell(cells, dia_report_endpoint(&there, text));
}

/* "TCP", "TCP TLSv1.3" */
static void cell_transport(dia_page *cells, const dia_peer_status *p)
{
    const bool stands = p->transport || p->security;
    dia_page_put(cells, !stands ? "-" : p->transport ? p->transport : "?");
    if (p->security) {
        dia_page_put(cells, " ");
        dia_page_safely(cells, dia_cstr(p->security->protocol));
    }
    dia_page_put(cells, "\t");
}

/* How long its certificate lasts. */
static void cell_certificate(dia_page *cells, const dia_report *r, const dia_peer_status *p)
{
    if (p->security && p->security->expires)
        put_duration(cells, p->security->expires * 1000000 - dia_report_wall(r));
    else
        dia_page_put(cells, "-");
    dia_page_put(cells, "\t");
}

void dia_report_table_peers(const dia_report *r, dia_page *to)
{
    const int64_t now = r->node->hub.now.us;
    dia_page cells;
    dia_page_init(&cells, to->max, to->alloc);
    HEAD(&cells, "PEER", "STATE", "WATCHDOG", "FOR", "ADDRESS", "TRANSPORT", "EXPIRES", "IN", "OUT", "PENDING", "KEPT",
         "NOTE");
    for (const dia_peer *peer = NULL; (peer = dia_report_next(r, peer));) {
        dia_peer_status p;
        dia_peer_get_status(peer, &p);
        const dia_counters c = dia_peer_counters(peer);
        cell_octets(&cells, p.host.p ? p.host : dia_cstr("-"));
        cell(&cells, dia_peer_state_name(p.state));
        cell(&cells, dia_watch_state_name(p.watch));
        put_duration(&cells, now - p.since_us);
        dia_page_put(&cells, "\t");
        cell_address(&cells, peer, &p);
        cell_transport(&cells, &p);
        cell_certificate(&cells, r, &p);
        cell_number(&cells, c.requests_in);
        cell_number(&cells, c.requests_out);
        cell_number(&cells, p.pending);
        cell_number(&cells, p.unanswered);
        put_note(&cells, r, &p);
        end_line(&cells);
    }
    finish(to, "lllrllrrrrrl", &cells);
}

/* ---- Messages ---- */

static void cell_application(dia_page *cells, const dia_count *c)
{
    if (c->command == DIA_COUNT_OTHER)
        cell(cells, "-");
    else
        cell_number(cells, c->application);
}

static void cell_command(dia_page *cells, const dia_report *r, const dia_count *c)
{
    const char *name = dia_report_command(r, c);
    if (c->command == DIA_COUNT_OTHER)
        cell(cells, c->request ? "other requests" : "other answers");
    else if (name)
        cell(cells, name);
    else {
        dia_page_print(cells, "%s %" PRIu32 "\t", c->request ? "request" : "answer", c->command);
    }
}

static void cell_result(dia_page *cells, const dia_report *r, const dia_count *c)
{
    if (c->result_code) {
        const char *name = dia_report_result(r, c);
        if (c->result_vendor)
            dia_page_print(cells, "%" PRIu32 ":", c->result_vendor);
        dia_page_print(cells, "%" PRIu32 "%s%s", c->result_code, name ? " " : "", name ? name : "");
    }
    dia_page_put(cells, "\t");
}

static void cells_of_rows(dia_page *cells, const dia_report *r, dia_bytes peer, const dia_count *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cell_octets(cells, peer);
        cell(cells, rows[i].sent ? "sent" : "received");
        cell_application(cells, &rows[i]);
        cell_command(cells, r, &rows[i]);
        cell_result(cells, r, &rows[i]);
        cell_number(cells, rows[i].n);
        end_line(cells);
    }
}

/* Of all peers together, or of one. */
void dia_report_table_counters(const dia_report *r, dia_page *to)
{
    dia_page cells;
    size_t n;
    dia_page_init(&cells, to->max, to->alloc);
    dia_counters sum = dia_node_counters(r->node);
    for (const dia_peer *p = NULL; r->peer && (p = dia_report_next(r, p));) {
        sum = dia_peer_counters(p);
        break;
    }
    HEAD(&cells, "COUNTER", "COUNT");
    for (size_t i = 0; i < dia_counter_rows_n; i++) {
        cell(&cells, dia_counter_rows[i].name);
        cell_number(&cells, dia_counter_of(&sum, &dia_counter_rows[i]));
        end_line(&cells);
    }
    finish(to, "lr", &cells);
    dia_page_put(to, "\n");
    HEAD(&cells, "PEER", "DIRECTION", "APPLICATION", "COMMAND", "RESULT", "COUNT");
    if (r->peer) {
        for (const dia_peer *p = NULL; (p = dia_report_next(r, p));) {
            const dia_count *rows = dia_peer_counts(p, &n);
            cells_of_rows(&cells, r, p->host, rows, n);
        }
    } else {
        const dia_count *rows = dia_node_counts(r->node, &n);
        cells_of_rows(&cells, r, dia_cstr("all"), rows, n);
    }
    finish(to, "llrllr", &cells);
}

static void cell_ms(dia_page *cells, uint64_t us)
{
    dia_page_print(cells, "%" PRIu64 ".%03u\t", us / 1000, (unsigned)(us % 1000));
}

static void cells_of_latency(dia_page *cells, const dia_report *r, const dia_peer *p, const dia_count *row)
{
    static const double shares[] = { 0.5, 0.9, 0.99, 0.999 };
    const dia_histogram *h = row->latency;
    cell_octets(cells, p->host.p ? p->host : dia_cstr("-"));
    cell(cells, row->sent ? "sent" : "received");
    cell_application(cells, row);
    cell_command(cells, r, row);
    cell_number(cells, h->n);
    cell_ms(cells, h->sum / h->n);
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
        cell_ms(cells, dia_histogram_at(h, shares[k]));
    cell_ms(cells, h->most);
    end_line(cells);
}

/* How many there would be beyond `most`. */
static size_t cells_of_latencies(dia_page *cells, const dia_report *r, const dia_peer *p, size_t most)
{
    size_t n, all = 0;
    const dia_count *rows = dia_peer_counts(p, &n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].latency && rows[i].latency->n && all++ < most)
            cells_of_latency(cells, r, p, &rows[i]);
    return all > most ? all - most : 0;
}

void dia_report_table_latencies(const dia_report *r, dia_page *to)
{
    const size_t most = dia_report_rows(r);
    size_t more = 0;
    dia_page cells;
    dia_page_init(&cells, to->max, to->alloc);
    HEAD(&cells, "PEER", "DIRECTION", "APPLICATION", "COMMAND", "COUNT", "MEAN MS", "P50", "P90", "P99", "P99.9",
         "MAX");
    for (const dia_peer *p = NULL; (p = dia_report_next(r, p));)
        more += cells_of_latencies(&cells, r, p, most);
    finish(to, "llrlrrrrrrr", &cells);
    if (more)
        dia_page_print(to, "and %zu more, which the latencies of one peer alone tell\n", more);
}

/* ---- All ---- */

int dia_report_text(const dia_report *report, dia_report_kind kind, dia_page *to)
{
    static void (*const put[DIA_REPORT_KINDS])(const dia_report *, dia_page *) = {
        [DIA_REPORT_STATUS] = dia_report_text_status,
        [DIA_REPORT_PEERS] = dia_report_table_peers,
        [DIA_REPORT_COUNTERS] = dia_report_table_counters,
        [DIA_REPORT_LATENCIES] = dia_report_table_latencies,
    };
    if ((unsigned)kind >= DIA_REPORT_KINDS)
        return DIA_EINVAL;
    dia_node_refresh(report->node);
    if (report->peer && !dia_report_next(report, NULL))
        return DIA_ENOENT;
    put[kind](report, to);
    return to->err;
}

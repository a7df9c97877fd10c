/* Metrics as Prometheus reads them: OpenMetrics, or its own older format, which differ in names of families alone. */
#include "report/report.h"

enum { PEERS = 1000, ONE_BY_ONE = 1, AS_OTHER = 2, NO_OFFSET = 0xffff };

static const dia_bytes other_peers = DIA_LIT("(other)");

typedef enum family_kind { GAUGE, COUNTER, HISTOGRAM, INFO } family_kind;

typedef struct dia_metrics {
    dia_page *to;
    const dia_report *report;
    const dia_hub *hub;
    bool is_open; /* OpenMetrics */
    const char *name;
    family_kind kind;
    char separator;   /* in front of the next label */
    dia_counts other; /* rows of all peers that are not told one by one */
} writer;

static void put(writer *w, const char *text)
{
    dia_page_put(w->to, text);
}

/* ---- Families and samples ---- */

static void put_name(writer *w, bool whole)
{
    static const char *const suffixes[] = { [COUNTER] = "_total", [INFO] = "_info" };
    put(w, w->name);
    if (whole && (w->kind == COUNTER || w->kind == INFO))
        put(w, suffixes[w->kind]);
}

/* `unit` is the end of the name; NULL: none. */
static void begin_family(writer *w, const char *name, family_kind kind, const char *unit, const char *help)
{
    static const char *const types[] = { "gauge", "counter", "histogram", "info" };
    w->name = name;
    w->kind = kind;
    put(w, "# HELP ");
    put_name(w, !w->is_open);
    put(w, " ");
    put(w, help);
    put(w, "\n# TYPE ");
    put_name(w, !w->is_open);
    put(w, " ");
    put(w, kind == INFO && !w->is_open ? "gauge" : types[kind]);
    put(w, "\n");
    if (!w->is_open || !unit)
        return;
    put(w, "# UNIT ");
    put_name(w, false);
    put(w, " ");
    put(w, unit);
    put(w, "\n");
}

/* A sample: begin, labels, then its value. */
static void begin_sample(writer *w, const char *suffix)
{
    put_name(w, true);
    put(w, suffix);
    w->separator = '{';
}

static void label_octets(writer *w, const char *name, dia_bytes value)
{
    dia_page_octets(w->to, (dia_bytes){ (const uint8_t *)&w->separator, 1 });
    put(w, name);
    put(w, "=\"");
    dia_page_label(w->to, value);
    put(w, "\"");
    w->separator = ',';
}

static void label(writer *w, const char *name, const char *value)
{
    label_octets(w, name, dia_cstr(value));
}

static void end_labels(writer *w)
{
    put(w, w->separator == ',' ? "} " : " ");
}

static void value(writer *w, uint64_t n)
{
    end_labels(w);
    dia_page_u64(w->to, n);
    put(w, "\n");
}

static void value_seconds(writer *w, int64_t us)
{
    end_labels(w);
    dia_page_fixed(w->to, us, 6);
    put(w, "\n");
}

/* ---- Peers ---- */

/* Whoever is told one by one stays so, and so does who is not, or counters would fall. */
static void choose_peers(const dia_report *r)
{
    const uint32_t max = r->peers ? r->peers : PEERS;
    uint32_t n = 0;
    DIA_LIST_EACH (p, &r->node->hub.peers)
        n += DIA_OF(p, dia_peer, link)->told == ONE_BY_ONE;
    DIA_LIST_EACH (p, &r->node->hub.peers) {
        dia_peer *peer = DIA_OF(p, dia_peer, link);
        const bool is_new = peer->told == 0 || (peer->configured && peer->told != ONE_BY_ONE);
        if (!is_new)
            continue;
        peer->told = peer->configured || n < max ? ONE_BY_ONE : AS_OTHER;
        n += peer->told == ONE_BY_ONE;
    }
}

static const dia_peer *next_told(const writer *w, const dia_peer *peer)
{
    while ((peer = dia_node_next_peer(w->report->node, peer)) && peer->told != ONE_BY_ONE)
        ;
    return peer;
}

static const char *uri_of(const dia_peer *peer)
{
    return peer->target ? peer->target->connect : "(unnamed)";
}

/* The how-manieth of this name: of a peer of several connections, or of those that have no name yet. */
static unsigned ordinal_of(const writer *w, const dia_peer *peer)
{
    unsigned n = 1;
    if (peer->host.p) {
        for (const dia_peer *p = peer->leader; p && p != peer; p = p->more)
            n++;
        return n;
    }
    for (const dia_peer *p = NULL; (p = next_told(w, p)) && p != peer;)
        n += !p->host.p && strcmp(uri_of(p), uri_of(peer)) == 0;
    return n;
}

static void label_number(writer *w, const char *name, uint64_t n)
{
    char digits[24];
    dia_sink sink;
    dia_sink_init(&sink, digits, sizeof digits);
    dia_sink_u64(&sink, n);
    label_octets(w, name, (dia_bytes){ (const uint8_t *)digits, sink.n });
}

/* NULL: all that are not told one by one. */
static void label_peer(writer *w, const dia_peer *peer)
{
    label_octets(w, "peer", !peer ? other_peers : peer->host.p ? peer->host : dia_cstr(uri_of(peer)));
    const unsigned ordinal = peer ? ordinal_of(w, peer) : 1;
    if (ordinal > 1)
        label_number(w, "connection", ordinal);
}

/* ---- Counters ---- */

typedef struct counter_family {
    const char *name, *unit, *help;
    uint16_t received, sent; /* offsets; `sent` NO_OFFSET: the counter has no direction */
} counter_family;

#define AT(member) offsetof(dia_counters, member)
static const counter_family counter_families[] = {
    { "diatom_traffic_bytes", "bytes", "Octets of Diameter messages.", AT(octets_in), AT(octets_out) },
    { "diatom_watchdogs", NULL, "Device-Watchdog-Requests.", AT(watchdogs_in), AT(watchdogs_out) },
    { "diatom_timeouts", NULL, "Requests sent that nobody answered in time.", AT(timeouts), NO_OFFSET },
    { "diatom_lost_requests", NULL, "Requests sent whose connection went and that no other peer could take.", AT(lost),
      NO_OFFSET },
    { "diatom_failovers", NULL, "Requests that went to another peer since this one failed.", AT(failovers), NO_OFFSET },
    { "diatom_retries", NULL, "Requests that went to another peer behind a protocol error of this one.", AT(retries),
      NO_OFFSET },
    { "diatom_followed_redirects", NULL, "Requests that went where a 3006 of this peer says.", AT(redirects),
      NO_OFFSET },
    { "diatom_relayed_requests", NULL, "Requests of this peer that were passed on.", AT(relayed), NO_OFFSET },
    { "diatom_proxied_requests", NULL, "Of these, the ones that met a proxy.", AT(proxied), NO_OFFSET },
    { "diatom_forged_answers", NULL, "Answers without the state that a proxy had put on their requests.", AT(forged),
      NO_OFFSET },
    { "diatom_unauthorized_requests", NULL, "Requests of this peer whose path was refused.", AT(unauthorized),
      NO_OFFSET },
    { "diatom_throttled_requests", NULL, "Requests that were left out since somebody has too much to do.",
      AT(throttled), NO_OFFSET },
    { "diatom_diverted_requests", NULL, "Requests for which this peer was passed over since it is overloaded.",
      AT(diverted), NO_OFFSET },
    { "diatom_refused_by_priority", NULL, "Requests refused near a limit, where those that matter more are not.",
      AT(refused_by_priority), NO_OFFSET },
    { "diatom_overload_reports", NULL, "Overload reports (RFC 7683): new ones received, answers sent with one.",
      AT(overload_reports_in), AT(overload_reports_out) },
    { "diatom_late_answers", NULL, "Answers that came too late for anybody.", AT(late_answers), NO_OFFSET },
    { "diatom_unexpected_answers", NULL, "Answers that nobody waited for.", AT(unexpected_answers), NO_OFFSET },
    { "diatom_discarded_messages", NULL, "Messages that were not to come at this time.", AT(discarded), NO_OFFSET },
    { "diatom_faults", NULL, "Requests that the stack answered with an error.", AT(faults), NO_OFFSET },
    { "diatom_duplicate_requests", NULL, "Requests that came again and that no handler saw again.", AT(duplicates),
      NO_OFFSET },
};
#undef AT

static uint64_t at(const dia_counters *counters, uint16_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)counters + offset);
}

static void put_counter(writer *w, const dia_peer *peer, const char *direction, uint64_t n)
{
    begin_sample(w, "");
    label_peer(w, peer);
    if (direction)
        label(w, "direction", direction);
    value(w, n);
}

/* What the node counted and the peers that are told have not. */
static uint64_t rest_of(const writer *w, uint16_t offset)
{
    const dia_counters all = dia_node_counters(w->report->node);
    uint64_t told = 0;
    for (const dia_peer *p = NULL; (p = next_told(w, p));)
        told += at(&p->counters, offset);
    return at(&all, offset) > told ? at(&all, offset) - told : 0;
}

static void put_counters(writer *w, const counter_family *f)
{
    const bool directed = f->sent != NO_OFFSET;
    const char *received = directed ? "received" : NULL;
    begin_family(w, f->name, COUNTER, f->unit, f->help);
    for (const dia_peer *p = NULL; (p = next_told(w, p));) {
        put_counter(w, p, received, at(&p->counters, f->received));
        if (directed)
            put_counter(w, p, "sent", at(&p->counters, f->sent));
    }
    put_counter(w, NULL, received, rest_of(w, f->received));
    if (directed)
        put_counter(w, NULL, "sent", rest_of(w, f->sent));
}

/* ---- Rows ---- */

static void label_row(writer *w, const dia_peer *peer, const dia_count *row)
{
    const char *name = dia_report_command(w->report, row);
    label_peer(w, peer);
    label(w, "direction", row->sent ? "sent" : "received");
    if (row->command == DIA_COUNT_OTHER) {
        label(w, "application", "other");
        label(w, "command", "other");
        return;
    }
    label_number(w, "application", row->application);
    if (name)
        label(w, "command", name);
    else
        label_number(w, "command", row->command);
}

static void put_request_row(writer *w, const dia_peer *peer, const dia_count *row)
{
    if (!row->request)
        return;
    begin_sample(w, "");
    label_row(w, peer, row);
    value(w, row->n);
}

static void put_answer_row(writer *w, const dia_peer *peer, const dia_count *row)
{
    char digits[48];
    dia_sink sink;
    if (row->request)
        return;
    dia_sink_init(&sink, digits, sizeof digits);
    if (row->result_vendor) {
        dia_sink_u64(&sink, row->result_vendor);
        dia_sink_put(&sink, ":");
    }
    if (row->result_code)
        dia_sink_u64(&sink, row->result_code);
    begin_sample(w, "");
    label_row(w, peer, row);
    label_octets(w, "result", (dia_bytes){ (const uint8_t *)digits, sink.n });
    value(w, row->n);
}

typedef struct bound {
    uint64_t us;
    const char *label;
} bound;

static const bound bounds[] = {
    { 100, "0.0001" },    { 250, "0.00025" },   { 500, "0.0005" },  { 1000, "0.001" },  { 2500, "0.0025" },
    { 5000, "0.005" },    { 10000, "0.01" },    { 25000, "0.025" }, { 50000, "0.05" },  { 100000, "0.1" },
    { 250000, "0.25" },   { 500000, "0.5" },    { 1000000, "1.0" }, { 2500000, "2.5" }, { 5000000, "5.0" },
    { 10000000, "10.0" }, { 30000000, "30.0" },
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

static void put_bucket(writer *w, const dia_peer *peer, const dia_count *row, const char *le, uint64_t n)
{
    begin_sample(w, "_bucket");
    label_row(w, peer, row);
    label(w, "le", le);
    value(w, n);
}

static void put_latency_row(writer *w, const dia_peer *peer, const dia_count *row)
{
    uint64_t limits[BOUNDS], counts[BOUNDS];
    if (!row->latency || !row->latency->n)
        return;
    for (size_t i = 0; i < BOUNDS; i++)
        limits[i] = bounds[i].us;
    dia_histogram_cumulate(row->latency, limits, BOUNDS, counts);
    for (size_t i = 0; i < BOUNDS; i++)
        put_bucket(w, peer, row, bounds[i].label, counts[i]);
    put_bucket(w, peer, row, "+Inf", row->latency->n);
    begin_sample(w, "_count");
    label_row(w, peer, row);
    value(w, row->latency->n);
    begin_sample(w, "_sum");
    label_row(w, peer, row);
    value_seconds(w, row->latency->sum < INT64_MAX ? (int64_t)row->latency->sum : INT64_MAX);
}

static void put_rows(writer *w, void (*put_row)(writer *w, const dia_peer *peer, const dia_count *row))
{
    for (const dia_peer *p = NULL; (p = next_told(w, p));)
        for (uint32_t i = 0; i < p->counts.n; i++)
            put_row(w, p, &p->counts.rows[i]);
    for (uint32_t i = 0; i < w->other.n; i++)
        put_row(w, NULL, &w->other.rows[i]);
}

static void put_messages(writer *w)
{
    begin_family(w, "diatom_requests", COUNTER, NULL, "Requests by application and command.");
    put_rows(w, put_request_row);
    begin_family(w, "diatom_answers", COUNTER, NULL, "Answers by application, command and result.");
    put_rows(w, put_answer_row);
    begin_family(
        w, "diatom_request_duration_seconds", HISTOGRAM, "seconds",
        "Time from a request to its answer: sent, until it came; received and kept by the application, until it went.");
    put_rows(w, put_latency_row);
}

/* ---- What a peer is now ---- */

static uint64_t is_open(const dia_peer *peer)
{
    return dia_peer_is_open(peer);
}

static uint64_t takes_requests(const dia_peer *peer)
{
    return dia_peer_takes_requests(peer);
}

static uint64_t is_out_of_service(const dia_peer *peer)
{
    return peer->disabled;
}

static uint64_t pending(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_connection(peer);
    return conn ? conn->pending.used : 0;
}

static uint64_t unanswered(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_connection(peer);
    return conn ? dia_conn_owes(conn) : 0;
}

static uint64_t output(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_connection(peer);
    return conn ? conn->out.n : 0;
}

static uint64_t failures(const dia_peer *peer)
{
    return peer->failures;
}

typedef struct peer_gauge {
    const char *name, *unit, *help;
    uint64_t (*get)(const dia_peer *peer);
} peer_gauge;

static const peer_gauge peer_gauges[] = {
    { "diatom_peer_open", NULL, "1 when the peer is connected and capabilities were exchanged.", is_open },
    { "diatom_peer_takes_requests", NULL, "1 when the peer would get a request now.", takes_requests },
    { "diatom_peer_out_of_service", NULL, "1 when the peer was taken out of service.", is_out_of_service },
    { "diatom_peer_pending_requests", NULL, "Requests that the peer has not answered yet.", pending },
    { "diatom_peer_unanswered_requests", NULL,
      "Requests of the peer without an answer: kept by the application, or passed on.", unanswered },
    { "diatom_peer_output_bytes", "bytes", "Octets that wait to be written to the peer.", output },
    { "diatom_peer_connect_failures", NULL, "Rounds over all addresses of the peer in a row that failed.", failures },
};

static void put_peer_gauges(writer *w)
{
    for (size_t i = 0; i < sizeof peer_gauges / sizeof *peer_gauges; i++) {
        const peer_gauge *g = &peer_gauges[i];
        begin_family(w, g->name, GAUGE, g->unit, g->help);
        for (const dia_peer *p = NULL; (p = next_told(w, p));) {
            begin_sample(w, "");
            label_peer(w, p);
            value(w, g->get(p));
        }
    }
}

static void put_peer_states(writer *w)
{
    begin_family(w, "diatom_peer_state", GAUGE, NULL, "1 for the state of RFC 6733, 5.6, in which the peer is.");
    for (const dia_peer *p = NULL; (p = next_told(w, p));)
        for (unsigned s = 0; s < DIA_PEER_STATES; s++) {
            begin_sample(w, "");
            label_peer(w, p);
            label(w, "state", dia_peer_state_name((dia_peer_state)s));
            value(w, p->state == s);
        }
    begin_family(w, "diatom_peer_watchdog", GAUGE, NULL, "1 for the state of RFC 3539, appendix A, of the peer.");
    for (const dia_peer *p = NULL; (p = next_told(w, p));)
        for (unsigned s = 0; s < DIA_WATCH_STATES; s++) {
            begin_sample(w, "");
            label_peer(w, p);
            label(w, "state", dia_watch_state_name((dia_watch_state)s));
            value(w, p->watch == s);
        }
    begin_family(w, "diatom_peer_state_change_timestamp_seconds", GAUGE, "seconds",
                 "When the peer came into its state, since 1970.");
    for (const dia_peer *p = NULL; (p = next_told(w, p));) {
        begin_sample(w, "");
        label_peer(w, p);
        value_seconds(w, dia_report_wall_of(w->report, p->since_us));
    }
}

static void put_peer_transports(writer *w)
{
    dia_peer_status status;
    begin_family(w, "diatom_peer_transport", INFO, NULL,
                 "What carries the connection of the peer, and what protects it.");
    for (const dia_peer *p = NULL; (p = next_told(w, p));) {
        dia_peer_get_status(p, &status);
        if (!dia_peer_connection(p) || !(status.transport || status.security))
            continue;
        begin_sample(w, "");
        label_peer(w, p);
        label(w, "transport", status.transport ? status.transport : "");
        label(w, "security", status.security ? status.security->protocol : "none");
        label(w, "cipher", status.security ? status.security->cipher : "");
        value(w, 1);
    }
    begin_family(w, "diatom_peer_certificate_remaining_seconds", GAUGE, "seconds",
                 "Until the certificate of the peer ends, and its connection with it.");
    for (const dia_peer *p = NULL; (p = next_told(w, p));) {
        dia_peer_get_status(p, &status);
        if (!dia_peer_connection(p) || !status.security || !status.security->expires)
            continue;
        begin_sample(w, "");
        label_peer(w, p);
        value_seconds(w, status.security->expires * 1000000 - dia_report_wall(w->report));
    }
}

/* ---- What the driver knows ---- */

/* Who names no profile may have one that has a name as well. */
static bool stands_elsewhere(const dia_report_driver *d, const dia_report_certificate *c)
{
    for (size_t i = 0; i < d->n_certificates && !c->profile[0]; i++) {
        const dia_report_certificate *other = &d->certificates[i];
        if (other->profile[0] && other->expires == c->expires && strcmp(other->subject, c->subject) == 0)
            return true;
    }
    return false;
}

static void put_outcome(writer *w, const char *outcome, uint64_t n)
{
    begin_sample(w, "");
    label(w, "outcome", outcome);
    value(w, n);
}

static void put_driver(writer *w)
{
    const dia_report_driver *d = w->report->driver;
    if (!d)
        return;
    begin_family(w, "diatom_certificate_remaining_seconds", GAUGE, "seconds",
                 "Until a certificate of ours ends, or one between it and its root.");
    for (size_t i = 0; i < d->n_certificates; i++) {
        const dia_report_certificate *c = &d->certificates[i];
        if (stands_elsewhere(d, c))
            continue;
        begin_sample(w, "");
        label(w, "profile", c->profile);
        label(w, "subject", c->subject);
        value_seconds(w, c->expires * 1000000 - dia_report_wall(w->report));
    }
    begin_family(w, "diatom_tls_handshakes", COUNTER, NULL, "Handshakes of TLS and DTLS.");
    put_outcome(w, "whole", d->handshakes - d->handshakes_resumed);
    put_outcome(w, "resumed", d->handshakes_resumed);
    put_outcome(w, "failed", d->handshakes_failed);
    begin_family(w, "diatom_discoveries", COUNTER, NULL, "Searches in the DNS for the peers of a realm.");
    put_outcome(w, "found", d->searches_found);
    put_outcome(w, "none", d->searches_none);
    put_outcome(w, "failed", d->searches_failed);
}

/* ---- What the node is now ---- */

static void put_one(writer *w, const char *name, family_kind kind, const char *unit, const char *help, uint64_t n)
{
    begin_family(w, name, kind, unit, help);
    begin_sample(w, "");
    w->separator = ' ';
    value(w, n);
}

static void put_one_seconds(writer *w, const char *name, family_kind kind, const char *help, int64_t us)
{
    begin_family(w, name, kind, "seconds", help);
    begin_sample(w, "");
    w->separator = ' ';
    value_seconds(w, us);
}

static void put_numbers_of_peers(writer *w)
{
    uint64_t n[DIA_PEER_STATES] = { 0 };
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(w->report->node, p));)
        n[p->state]++;
    begin_family(w, "diatom_peers", GAUGE, NULL, "Peers by their state of RFC 6733, 5.6.");
    for (unsigned s = 0; s < DIA_PEER_STATES; s++) {
        begin_sample(w, "");
        label(w, "state", dia_peer_state_name((dia_peer_state)s));
        value(w, n[s]);
    }
}

static void put_applications(writer *w)
{
    begin_family(w, "diatom_application", INFO, NULL, "The applications that the node advertises.");
    for (size_t i = 0; i < w->hub->n_apps; i++) {
        const char *name = dia_report_application(w->report, w->hub->apps[i].id);
        begin_sample(w, "");
        label_number(w, "application", w->hub->apps[i].id);
        label(w, "name", w->hub->apps[i].id == DIA_APP_RELAY ? "relay" : name ? name : "");
        value(w, 1);
    }
}

static void put_events(writer *w)
{
    if (!w->report->events)
        return;
    begin_family(w, "diatom_events", COUNTER, NULL, "What happened to connections and messages, by kind.");
    for (unsigned kind = 0; kind < DIA_EVENT_KINDS; kind++) {
        begin_sample(w, "");
        label(w, "event", dia_event_name((dia_event_kind)kind));
        value(w, w->report->events[kind]);
    }
}

static void put_node(writer *w)
{
    const dia_hub *hub = w->hub;
    begin_family(w, "diatom_build", INFO, NULL, "The version of Diatom.");
    begin_sample(w, "");
    label(w, "version", dia_version());
    value(w, 1);
    begin_family(w, "diatom_node", INFO, NULL, "Who the node is.");
    begin_sample(w, "");
    label_octets(w, "host", hub->self->host);
    label_octets(w, "realm", hub->self->realm);
    value(w, 1);
    put_one_seconds(w, "diatom_start_time_seconds", GAUGE, "When the node began, since 1970.",
                    dia_report_wall_of(w->report, hub->began.us));
    put_one(w, "diatom_stopping", GAUGE, NULL, "1 when the node is about to end.", hub->stopping);
    put_one(w, "diatom_connections", GAUGE, NULL, "Transport connections.", hub->n_conns);
    put_one(w, "diatom_connections_limit", GAUGE, NULL, "As many connections as there may be.",
            hub->config.limits.connections);
    put_one(w, "diatom_memory_bytes", GAUGE, "bytes", "Octets of all that the node holds.", hub->memory);
    put_one(w, "diatom_memory_limit_bytes", GAUGE, "bytes", "As many octets as the node may hold.",
            hub->config.limits.memory);
    put_numbers_of_peers(w);
    put_applications(w);
    put_events(w);
}

static void put_process(writer *w)
{
    const dia_report_process *p = w->report->process;
    if (!p)
        return;
    put_one_seconds(w, "process_cpu_seconds", COUNTER, "Processor time in user and kernel mode.", p->cpu_us);
    put_one(w, "process_resident_memory_bytes", GAUGE, "bytes", "Octets in memory.", p->resident);
    put_one(w, "process_virtual_memory_bytes", GAUGE, "bytes", "Octets of the address space.", p->memory);
    put_one(w, "process_open_fds", GAUGE, NULL, "Open descriptors.", p->open_fds);
    put_one(w, "process_max_fds", GAUGE, NULL, "As many descriptors as may be open.", p->max_fds);
    put_one_seconds(w, "process_start_time_seconds", GAUGE, "When the process began, since 1970.", p->began_us);
}

/* ---- What the program adds ---- */

void dia_metrics_counter(dia_metrics *to, const char *name, const char *help)
{
    begin_family(to, name, COUNTER, NULL, help);
}

void dia_metrics_count(dia_metrics *to, const char *name, dia_bytes text, uint64_t n)
{
    begin_sample(to, "");
    label_octets(to, name, text);
    value(to, n);
}

static void put_more(writer *w)
{
    const int err = w->report->more ? w->report->more(w->report->more_arg, w) : 0;
    if (err && !w->to->err)
        w->to->err = err;
}

/* ---- All ---- */

static void join_others(writer *w)
{
    dia_hub *hub = &w->report->node->hub;
    dia_counts_join(hub, &w->other, &hub->gone);
    DIA_LIST_EACH (p, &hub->peers)
        if (DIA_OF(p, dia_peer, link)->told == AS_OTHER)
            dia_counts_join(hub, &w->other, &DIA_OF(p, dia_peer, link)->counts);
}

int dia_report_metrics(const dia_report *report, dia_metrics_format format, dia_page *to)
{
    writer w = { .to = to, .report = report, .hub = &report->node->hub, .is_open = format == DIA_METRICS_OPENMETRICS };
    dia_node_refresh(report->node);
    choose_peers(report);
    join_others(&w);
    put_node(&w);
    put_peer_gauges(&w);
    put_peer_states(&w);
    put_peer_transports(&w);
    put_driver(&w);
    for (size_t i = 0; i < sizeof counter_families / sizeof *counter_families; i++)
        put_counters(&w, &counter_families[i]);
    put_messages(&w);
    put_process(&w);
    put_more(&w);
    if (w.is_open)
        put(&w, "# EOF\n");
    dia_counts_done(&report->node->hub, &w.other);
    return to->err;
}

/* ---- HTTP ---- */

const char *dia_metrics_content_type(dia_metrics_format format)
{
    return format == DIA_METRICS_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                             : "text/plain; version=0.0.4; charset=utf-8";
}

/* Whoever names OpenMetrics can read it, and there is nothing that it could rather have. */
dia_metrics_format dia_metrics_accepted(const char *accept)
{
    static const dia_bytes wanted = DIA_LIT("application/openmetrics-text");
    const size_t n = accept ? strlen(accept) : 0;
    for (size_t i = 0; i + wanted.n <= n; i++)
        if (dia_bytes_equal_nocase((dia_bytes){ (const uint8_t *)accept + i, wanted.n }, wanted))
            return DIA_METRICS_OPENMETRICS;
    return DIA_METRICS_TEXT;
}

/* All that is known of a node and its peers, in paragraphs for people. */
#include "report/report.h"

#include <inttypes.h>

enum { LABEL_WIDTH = 14 };

/* "  state         " */
static void begin(dia_page *to, const char *label)
{
    dia_page_print(to, "  %-*s", LABEL_WIDTH, label);
}

static void put_seconds(dia_page *to, int64_t us)
{
    dia_page_fixed(to, us > 0 ? us : 0, 1);
    dia_page_put(to, " s");
}

static void put_command(dia_page *to, const dia_report *r, const dia_count *c)
{
    const char *name = dia_report_command(r, c);
    if (c->command == DIA_COUNT_OTHER)
        dia_page_put(to, c->request ? "other requests" : "other answers");
    else if (name)
        dia_page_put(to, name);
    else
        dia_page_print(to, "%s %" PRIu32, c->request ? "request" : "answer", c->command);
}

static void put_state(dia_page *to, const dia_peer_status *p, int64_t now)
{
    begin(to, "state");
    dia_page_print(to, "%s for ", dia_peer_state_name(p->state));
    put_seconds(to, now - p->since_us);
    dia_page_print(to, "; watchdog %s%s%s%s%s\n", dia_watch_state_name(p->watch),
                   p->configured ? "" : "; not configured", p->out_of_service ? "; out of service" : "",
                   p->draining ? "; is to be disconnected" : "",
                   p->unwanted ? "; not connected to by itself (DPR)" : "");
}

static void put_security(dia_page *to, const dia_peer_status *p)
{
    char until[DIA_WALL_ROOM];
    const struct dia_security *s = p->security;
    if (!p->transport && !s)
        return;
    begin(to, "transport");
    dia_page_put(to, p->transport ? p->transport : "?");
    if (s) {
        dia_page_print(to, ", %s, %s", s->protocol, s->cipher);
        dia_page_put(to, s->expires ? "; certificate of " : "; no certificate");
        if (s->expires) {
            dia_page_safely(to, dia_cstr(s->subject));
            dia_page_print(to, ", until %s", dia_report_utc(s->expires * 1000000, false, until));
        }
    } else {
        dia_page_put(to, ", in clear");
    }
    dia_page_put(to, "\n");
}

static void put_connection(dia_page *to, const dia_peer *peer, const dia_peer_status *p, int64_t now)
{
    char local[DIA_ADDRESS_ROOM], remote[DIA_ADDRESS_ROOM];
    const dia_conn *conn = dia_peer_connection(peer);
    if (conn) {
        const dia_endpoint here = dia_conn_local(conn), there = dia_conn_remote(conn);
        begin(to, "address");
        dia_page_print(to, "%s, %s %s\n", dia_report_endpoint(&there, remote),
                       p->initiator ? "connected to from" : "connected to", dia_report_endpoint(&here, local));
        put_security(to, p);
    }
    if (!p->connect || (conn && p->initiator))
        return;
    begin(to, "connecting");
    dia_page_put(to, p->connect);
    if (p->failures)
        dia_page_print(to, "; failures in a row: %" PRIu32, p->failures);
    if (p->next_attempt_us != DIA_NEVER_US) {
        dia_page_put(to, "; again in ");
        put_seconds(to, p->next_attempt_us - now);
    }
    dia_page_put(to, "\n");
}

static void put_capabilities(dia_page *to, const dia_report *r, const dia_peer_status *p)
{
    if (!p->realm.p)
        return;
    begin(to, "realm");
    dia_page_safely(to, p->realm);
    dia_page_put(to, "\n");
    begin(to, "product");
    dia_page_safely(to, p->product_name);
    dia_page_print(to, ", vendor %" PRIu32, p->vendor_id);
    if (p->firmware_revision)
        dia_page_print(to, ", firmware %" PRIu32, p->firmware_revision);
    if (p->origin_state_id)
        dia_page_print(to, ", Origin-State-Id %" PRIu32, p->origin_state_id);
    dia_page_put(to, "\n");
    begin(to, "applications");
    for (size_t i = 0; i < p->n_applications; i++) {
        const char *name = dia_report_application(r, p->applications[i]);
        dia_page_print(to, "%s%" PRIu32 "%s%s", i ? ", " : "", p->applications[i], name ? " " : "", name ? name : "");
    }
    dia_page_put(to, p->relay ? (p->n_applications ? ", relay\n" : "relay\n") : p->n_applications ? "\n" : "none\n");
}

static void put_count(dia_page *to, const dia_report *r, const dia_count *c)
{
    dia_page_print(to, "  %-10s%12" PRIu64 "  ", c->sent ? "sent" : "received", c->n);
    put_command(to, r, c);
    if (c->result_code) {
        const char *result = dia_report_result(r, c);
        dia_page_print(to, " %" PRIu32 "%s%s", c->result_code, result ? " " : "", result ? result : "");
        if (c->result_vendor)
            dia_page_print(to, " of vendor %" PRIu32, c->result_vendor);
    }
    dia_page_put(to, "\n");
}

static void put_ms(dia_page *to, const char *name, uint64_t us)
{
    dia_page_print(to, "%s %" PRIu64 ".%03u ms", name, us / 1000, (unsigned)(us % 1000));
}

static void put_latency(dia_page *to, const dia_report *r, const dia_count *c)
{
    begin(to, "latency");
    put_command(to, r, c);
    dia_page_print(to, " %s: ", c->sent ? "sent" : "received");
    put_ms(to, "p50", dia_histogram_at(c->latency, 0.5));
    put_ms(to, "   p90", dia_histogram_at(c->latency, 0.9));
    put_ms(to, "   p99", dia_histogram_at(c->latency, 0.99));
    put_ms(to, "   max", c->latency->most);
    dia_page_put(to, "\n");
}

static void put_last_error(dia_page *to, const dia_peer_status *p, int64_t now)
{
    if (!p->last_error)
        return;
    begin(to, "last error");
    put_seconds(to, now - p->last_error_us);
    dia_page_put(to, " ago: ");
    dia_page_safely(to, dia_cstr(p->last_error));
    if (p->last_error_code)
        dia_page_print(to, " (%" PRIu32 ")", p->last_error_code);
    dia_page_put(to, "\n");
}

static void put_counts(dia_page *to, const dia_report *r, const dia_peer *peer, size_t most)
{
    size_t all;
    const dia_count *counts = dia_peer_counts(peer, &all);
    const size_t n = all < most ? all : most;
    for (size_t i = 0; i < n; i++)
        put_count(to, r, &counts[i]);
    if (n < all)
        dia_page_print(to, "  and %zu more, which the status of this peer alone tells\n", all - n);
    for (size_t i = 0; i < n; i++)
        if (counts[i].latency)
            put_latency(to, r, &counts[i]);
}

static void put_peer(dia_page *to, const dia_report *r, const dia_peer *peer, size_t most)
{
    const int64_t now = r->node->hub.now.us;
    dia_peer_status p;
    dia_peer_get_status(peer, &p);
    dia_page_put(to, "peer ");
    dia_page_safely(to, p.host.p ? p.host : dia_cstr("-"));
    dia_page_put(to, "\n");
    put_state(to, &p, now);
    put_connection(to, peer, &p, now);
    put_capabilities(to, r, &p);
    if (p.pending || p.unanswered || p.output) {
        begin(to, "under way");
        dia_page_print(to, "%" PRIu32 " requests sent, %" PRIu32 " received; %zu octets wait to be written\n",
                       p.pending, p.unanswered, p.output);
    }
    put_counts(to, r, peer, most);
    put_last_error(to, &p, now);
}

void dia_report_text_status(const dia_report *r, dia_page *to)
{
    char when[DIA_WALL_ROOM];
    const dia_counters c = dia_node_counters(r->node);
    size_t n = 0, n_open = 0;
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(r->node, p)); n++)
        n_open += dia_peer_is_open(p);
    dia_page_put(to, "status of ");
    dia_page_safely(to, r->node->hub.self->host);
    dia_page_print(to, " at %s, up ", dia_report_utc(dia_report_wall(r), false, when));
    put_seconds(to, dia_report_uptime(r));
    dia_page_print(to,
                   "%s: peers %zu, open %zu; requests %" PRIu64 " in, %" PRIu64 " out; answers %" PRIu64 " in, %" PRIu64
                   " out; %" PRIu64 " timeouts, %" PRIu64 " lost, %" PRIu64 " failovers, %" PRIu64 " faults\n",
                   r->node->hub.stopping ? ", stopping" : "", n, n_open, c.requests_in, c.requests_out, c.answers_in,
                   c.answers_out, c.timeouts, c.lost, c.failovers, c.faults);
    const size_t most = dia_report_rows(r);
    for (const dia_peer *p = NULL; (p = dia_report_next(r, p));)
        put_peer(to, r, p, most);
}

/* The same as JSON: one object on one line, in which every member is always there; what is not known is null. */
#include "report/report.h"

/* ---- Members ---- */

/* Members follow each other; the first one of an object has `first` in front. */
static void key(dia_page *to, const char *name)
{
    dia_page_put(to, ", \"");
    dia_page_put(to, name);
    dia_page_put(to, "\": ");
}

static void first_key(dia_page *to, const char *name)
{
    dia_page_put(to, "{\"");
    dia_page_put(to, name);
    dia_page_put(to, "\": ");
}

static void put_octets(dia_page *to, const char *name, dia_bytes text)
{
    key(to, name);
    dia_page_quoted(to, text);
}

static void put_text(dia_page *to, const char *name, const char *text)
{
    put_octets(to, name, dia_cstr(text));
}

static void put_number(dia_page *to, const char *name, uint64_t n)
{
    key(to, name);
    dia_page_u64(to, n);
}

static void put_number_if(dia_page *to, const char *name, bool has, uint64_t n)
{
    if (has)
        put_number(to, name, n);
    else
        put_text(to, name, NULL);
}

static void put_seconds(dia_page *to, const char *name, int64_t us)
{
    key(to, name);
    dia_page_fixed(to, us, 3);
}

static void put_bool(dia_page *to, const char *name, bool is)
{
    key(to, name);
    dia_page_put(to, is ? "true" : "false");
}

static void put_list(dia_page *to, const char *name, const uint32_t *v, size_t n)
{
    key(to, name);
    dia_page_put(to, "[");
    for (size_t i = 0; i < n; i++) {
        dia_page_put(to, i ? ", " : "");
        dia_page_u64(to, v[i]);
    }
    dia_page_put(to, "]");
}

/* ---- Counts ---- */

static void put_counters(dia_page *to, const dia_counters *c)
{
    for (size_t i = 0; i < dia_counter_rows_n; i++) {
        if (i)
            key(to, dia_counter_rows[i].name);
        else
            first_key(to, dia_counter_rows[i].name);
        dia_page_u64(to, dia_counter_of(c, &dia_counter_rows[i]));
    }
    dia_page_put(to, "}");
}

static void put_latency(dia_page *to, const dia_histogram *h)
{
    key(to, "latency_us");
    if (!h || !h->n) {
        dia_page_put(to, "null");
        return;
    }
    first_key(to, "n");
    dia_page_u64(to, h->n);
    put_number(to, "min", h->least);
    key(to, "mean");
    dia_page_u64(to, h->sum / h->n);
    dia_page_print(to, ".%u", (unsigned)(h->sum % h->n * 10 / h->n));
    put_number(to, "p50", dia_histogram_at(h, 0.5));
    put_number(to, "p90", dia_histogram_at(h, 0.9));
    put_number(to, "p99", dia_histogram_at(h, 0.99));
    put_number(to, "max", h->most);
    dia_page_put(to, "}");
}

static void put_count(dia_page *to, const dia_report *r, const dia_count *c)
{
    const bool other = c->command == DIA_COUNT_OTHER;
    first_key(to, "direction");
    dia_page_put(to, c->sent ? "\"sent\"" : "\"received\"");
    put_text(to, "kind", c->request ? "request" : "answer");
    put_text(to, "name", other ? "other" : dia_report_command(r, c));
    put_number_if(to, "application", !other, c->application);
    put_number_if(to, "command", !other, c->command);
    put_number(to, "n", c->n);
    put_number_if(to, "result_code", c->result_code, c->result_code);
    put_number(to, "result_vendor", c->result_vendor);
    put_text(to, "result_name", c->result_code ? dia_report_result(r, c) : NULL);
    put_latency(to, c->latency);
    dia_page_put(to, "}");
}

static void put_counts(dia_page *to, const dia_report *r, const dia_peer *peer, bool timed, size_t most)
{
    size_t n, told = 0, more = 0;
    const dia_count *rows = dia_peer_counts(peer, &n);
    key(to, "messages");
    dia_page_put(to, "[");
    for (size_t i = 0; i < n; i++) {
        if (timed && !(rows[i].latency && rows[i].latency->n))
            continue;
        if (told == most) {
            more++;
            continue;
        }
        dia_page_put(to, told++ ? ", " : "");
        put_count(to, r, &rows[i]);
    }
    dia_page_put(to, "]");
    put_number(to, "messages_left_out", more);
}

/* ---- Peers ---- */

static void put_security(dia_page *to, const struct dia_security *s)
{
    char until[DIA_WALL_ROOM];
    if (!s) {
        put_text(to, "security", NULL);
        return;
    }
    key(to, "security");
    first_key(to, "protocol");
    dia_page_quoted(to, dia_cstr(s->protocol));
    put_text(to, "cipher", s->cipher);
    put_text(to, "subject", s->expires ? s->subject : NULL);
    put_text(to, "expires", s->expires ? dia_report_utc(s->expires * 1000000, false, until) : NULL);
    dia_page_put(to, "}");
}

static void put_connection(dia_page *to, const dia_peer *peer, const dia_peer_status *p, int64_t now)
{
    char local[DIA_ADDRESS_ROOM], remote[DIA_ADDRESS_ROOM];
    const dia_conn *conn = dia_peer_connection(peer);
    const dia_endpoint here = conn ? dia_conn_local(conn) : (dia_endpoint){ 0 };
    const dia_endpoint there = conn ? dia_conn_remote(conn) : (dia_endpoint){ 0 };
    put_bool(to, "initiator", p->initiator);
    put_text(to, "local", conn ? dia_report_endpoint(&here, local) : NULL);
    put_text(to, "remote", conn ? dia_report_endpoint(&there, remote) : NULL);
    put_text(to, "transport", conn ? p->transport : NULL);
    put_security(to, conn ? p->security : NULL);
    put_text(to, "connect", p->connect);
    put_number(to, "failures", p->failures);
    if (p->next_attempt_us == DIA_NEVER_US)
        put_text(to, "next_attempt_seconds", NULL);
    else
        put_seconds(to, "next_attempt_seconds", p->next_attempt_us > now ? p->next_attempt_us - now : 0);
}

static void put_capabilities(dia_page *to, const dia_peer_status *p)
{
    char address[DIA_ADDRESS_ROOM];
    const bool has = p->host_ip_address.value.p && dia_address_print(&p->host_ip_address, address, sizeof address) >= 0;
    put_octets(to, "product_name", p->product_name);
    put_number(to, "vendor_id", p->vendor_id);
    put_number(to, "firmware_revision", p->firmware_revision);
    put_number(to, "origin_state_id", p->origin_state_id);
    put_text(to, "host_ip_address", has ? address : NULL);
    put_bool(to, "relay", p->relay);
    put_list(to, "applications", p->applications, p->n_applications);
}

static void put_last_error(dia_page *to, const dia_peer_status *p, int64_t now)
{
    key(to, "last_error");
    if (!p->last_error) {
        dia_page_put(to, "null");
        return;
    }
    first_key(to, "seconds_ago");
    dia_page_fixed(to, now - p->last_error_us, 3);
    put_text(to, "text", p->last_error);
    put_number(to, "result_code", p->last_error_code);
    dia_page_put(to, "}");
}

static void put_state(dia_page *to, const dia_peer *peer, const dia_peer_status *p, int64_t now)
{
    const dia_counters counters = dia_peer_counters(peer);
    first_key(to, "state");
    dia_page_quoted(to, dia_cstr(dia_peer_state_name(p->state)));
    put_text(to, "watchdog", dia_watch_state_name(p->watch));
    put_seconds(to, "state_seconds", now - p->since_us);
    put_octets(to, "host", p->host);
    put_octets(to, "realm", p->realm);
    put_bool(to, "configured", p->configured);
    put_bool(to, "out_of_service", p->out_of_service);
    put_bool(to, "draining", p->draining);
    put_bool(to, "unwanted", p->unwanted);
    put_connection(to, peer, p, now);
    put_capabilities(to, p);
    put_number(to, "pending", p->pending);
    put_number(to, "unanswered", p->unanswered);
    put_number(to, "output", p->output);
    put_last_error(to, p, now);
    key(to, "counters");
    put_counters(to, &counters);
}

/* A peer as far as the report is about it. */
static void put_peer(dia_page *to, const dia_report *r, const dia_peer *peer, dia_report_kind kind, size_t most)
{
    dia_peer_status p;
    dia_peer_get_status(peer, &p);
    if (kind == DIA_REPORT_STATUS || kind == DIA_REPORT_PEERS) {
        put_state(to, peer, &p, r->node->hub.now.us);
    } else {
        first_key(to, "host");
        dia_page_quoted(to, p.host);
    }
    if (kind == DIA_REPORT_COUNTERS) {
        const dia_counters counters = dia_peer_counters(peer);
        key(to, "counters");
        put_counters(to, &counters);
    }
    if (kind != DIA_REPORT_PEERS)
        put_counts(to, r, peer, kind == DIA_REPORT_LATENCIES, most);
    dia_page_put(to, "}");
}

int dia_report_json(const dia_report *r, dia_report_kind kind, dia_page *to)
{
    char when[DIA_WALL_ROOM];
    const char *separator = "";
    if ((unsigned)kind >= DIA_REPORT_KINDS)
        return DIA_EINVAL;
    dia_node_refresh(r->node);
    if (r->peer && !dia_report_next(r, NULL))
        return DIA_ENOENT;
    const dia_counters counters = dia_node_counters(r->node);
    const size_t most = dia_report_rows(r);
    first_key(to, "time");
    dia_page_quoted(to, dia_cstr(dia_report_utc(dia_report_wall(r), false, when)));
    put_octets(to, "host", r->node->hub.self->host);
    put_octets(to, "realm", r->node->hub.self->realm);
    put_seconds(to, "uptime_seconds", dia_report_uptime(r));
    put_bool(to, "stopping", r->node->hub.stopping);
    key(to, "counters");
    put_counters(to, &counters);
    key(to, "peers");
    dia_page_put(to, "[");
    for (const dia_peer *p = NULL; (p = dia_report_next(r, p)); separator = ", ") {
        dia_page_put(to, separator);
        put_peer(to, r, p, kind, most);
    }
    dia_page_put(to, "]}\n");
    return to->err;
}

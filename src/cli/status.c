/* What is known of a node and its peers at a moment, as text for people or JSON for programs. */
#include "status.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { NAME_MAX_ = 80, ADDRESS_MAX = 64, TIME_MAX = 32 };

int64_t cli_status_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double seconds(int64_t us)
{
    return (double)us / 1e6;
}

/* "2026-01-31T12:00:00Z" */
static const char *wall_clock(char to[TIME_MAX])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(to, TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return to;
}

/* "127.0.0.1:3868", "[::1]:3868" */
static const char *endpoint(const dia_endpoint *end, char to[ADDRESS_MAX])
{
    char address[ADDRESS_MAX - 10];
    if (dia_address_print(&end->address, address, sizeof address) < 0)
        snprintf(address, sizeof address, "?");
    snprintf(to, ADDRESS_MAX, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, end->port);
    return to;
}

/* ---- Names ---- */

static const char *name_of_command(const cli_status *s, const dia_count *c)
{
    const dia_command *command =
        c->command == DIA_COUNT_OTHER ? NULL : dia_dicts_command(s->dicts, c->application, c->command, c->request);
    return command ? command->name : NULL;
}

/* "CCR", "8388640", "other" */
static const char *command_text(const cli_status *s, const dia_count *c, char to[NAME_MAX_])
{
    const char *name = name_of_command(s, c);
    if (c->command == DIA_COUNT_OTHER)
        snprintf(to, NAME_MAX_, "other %s", c->request ? "requests" : "answers");
    else if (name)
        snprintf(to, NAME_MAX_, "%s", name);
    else
        snprintf(to, NAME_MAX_, "%s %" PRIu32, c->request ? "request" : "answer", c->command);
    return to;
}

static const char *name_of_result(const cli_status *s, const dia_count *c)
{
    const char *avp = c->result_vendor ? "Experimental-Result-Code" : "Result-Code";
    const dia_avp_def *def = dia_dicts_avp_named(s->dicts, c->application, dia_cstr(avp));
    return def ? dia_dicts_value_name(s->dicts, c->application, def, c->result_code, c->result_vendor) : NULL;
}

static const char *name_of_application(const cli_status *s, uint32_t application)
{
    const dia_dict *dict = dia_dicts_application(s->dicts, application);
    return dict ? dict->app_name : NULL;
}

/* ---- Text ---- */

/* Octets of a peer: what could move a terminal's cursor does not get there. */
static void put_safely(FILE *to, dia_bytes text)
{
    const bool is_text = dia_utf8_valid(text);
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        const bool c1 = c == 0xc2 && i + 1 < text.n && text.p[i + 1] < 0xa0; /* U+0080 to U+009F control, too */
        fputc(c < 0x20 || c == 0x7f || c1 || (c >= 0x80 && !is_text) ? '?' : c, to);
        i += c1;
    }
}

static void text_state(FILE *to, const dia_peer_status *p, int64_t now)
{
    fprintf(to, "  %-14s%s for %.1f s; watchdog %s%s%s%s%s\n", "state", dia_peer_state_name(p->state),
            seconds(now - p->since_us), dia_watch_state_name(p->watch), p->configured ? "" : "; not configured",
            p->out_of_service ? "; out of service" : "", p->draining ? "; is to be disconnected" : "",
            p->unwanted ? "; wants no connection (DPR)" : "");
}

static void text_connection(FILE *to, const dia_peer *peer, const dia_peer_status *p, int64_t now)
{
    char local[ADDRESS_MAX], remote[ADDRESS_MAX];
    const dia_conn *conn = dia_peer_connection(peer);
    if (conn) {
        const dia_endpoint here = dia_conn_local(conn), there = dia_conn_remote(conn);
        fprintf(to, "  %-14s%s, %s %s\n", "address", endpoint(&there, remote),
                p->initiator ? "connected to from" : "connected to", endpoint(&here, local));
    }
    if (p->connect && !(conn && p->initiator)) {
        fprintf(to, "  %-14s%s", "connecting", p->connect);
        if (p->failures)
            fprintf(to, "; failures in a row: %" PRIu32, p->failures);
        if (p->next_attempt_us != DIA_NEVER_US)
            fprintf(to, "; again in %.1f s", seconds(p->next_attempt_us > now ? p->next_attempt_us - now : 0));
        fputc('\n', to);
    }
}

static void text_capabilities(FILE *to, const cli_status *s, const dia_peer_status *p)
{
    if (!p->realm.p)
        return;
    fprintf(to, "  %-14s%.*s\n  %-14s", "realm", (int)p->realm.n, (const char *)p->realm.p, "product");
    put_safely(to, p->product_name);
    fprintf(to, ", vendor %" PRIu32, p->vendor_id);
    if (p->firmware_revision)
        fprintf(to, ", firmware %" PRIu32, p->firmware_revision);
    if (p->origin_state_id)
        fprintf(to, ", Origin-State-Id %" PRIu32, p->origin_state_id);
    fprintf(to, "\n  %-14s", "applications");
    for (size_t i = 0; i < p->n_applications; i++) {
        const char *name = name_of_application(s, p->applications[i]);
        fprintf(to, "%s%" PRIu32 "%s%s", i ? ", " : "", p->applications[i], name ? " " : "", name ? name : "");
    }
    fputs(p->relay ? (p->n_applications ? ", relay\n" : "relay\n") : p->n_applications ? "\n" : "none\n", to);
}

static void text_count(FILE *to, const cli_status *s, const dia_count *c)
{
    char name[NAME_MAX_];
    fprintf(to, "  %-10s%12" PRIu64 "  %s", c->sent ? "sent" : "received", c->n, command_text(s, c, name));
    if (c->result_code) {
        const char *result = name_of_result(s, c);
        fprintf(to, " %" PRIu32 "%s%s", c->result_code, result ? " " : "", result ? result : "");
        if (c->result_vendor)
            fprintf(to, " of vendor %" PRIu32, c->result_vendor);
    }
    fputc('\n', to);
}

static void text_latency(FILE *to, const cli_status *s, const dia_count *c)
{
    char name[NAME_MAX_];
    const dia_histogram *h = c->latency;
    fprintf(to, "  %-14s%s %s: p50 %.3f ms   p90 %.3f ms   p99 %.3f ms   max %.3f ms\n", "latency",
            command_text(s, c, name), c->sent ? "sent" : "received", (double)dia_histogram_at(h, 0.5) / 1e3,
            (double)dia_histogram_at(h, 0.9) / 1e3, (double)dia_histogram_at(h, 0.99) / 1e3, (double)h->most / 1e3);
}

static void text_peer(FILE *to, const cli_status *s, const dia_peer *peer, int64_t now)
{
    dia_peer_status p;
    size_t n;
    dia_peer_get_status(peer, &p);
    fprintf(to, "peer %.*s\n", p.host.p ? (int)p.host.n : 1, p.host.p ? (const char *)p.host.p : "-");
    text_state(to, &p, now);
    text_connection(to, peer, &p, now);
    text_capabilities(to, s, &p);
    if (p.pending || p.unanswered || p.output)
        fprintf(to, "  %-14s%" PRIu32 " requests sent, %" PRIu32 " received; %zu octets wait to be written\n",
                "under way", p.pending, p.unanswered, p.output);
    const dia_count *counts = dia_peer_counts(peer, &n);
    for (size_t i = 0; i < n; i++)
        text_count(to, s, &counts[i]);
    for (size_t i = 0; i < n; i++)
        if (counts[i].latency)
            text_latency(to, s, &counts[i]);
    if (!p.last_error)
        return;
    fprintf(to, "  %-14s%.1f s ago: %s", "last error", seconds(now - p.last_error_us), p.last_error);
    if (p.last_error_code)
        fprintf(to, " (%" PRIu32 ")", p.last_error_code);
    fputc('\n', to);
}

static void print_text(FILE *to, const cli_status *s, const dia_node *node, int64_t now)
{
    char when[TIME_MAX];
    const dia_counters c = dia_node_counters(node);
    size_t n = 0, n_open = 0;
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(node, p)); n++)
        n_open += dia_peer_is_open(p);
    fprintf(to,
            "status of %s at %s, up %.1f s: peers %zu, open %zu; requests %" PRIu64 " in, %" PRIu64
            " out; answers %" PRIu64 " in, %" PRIu64 " out; %" PRIu64 " timeouts, %" PRIu64 " lost, %" PRIu64
            " failovers, %" PRIu64 " faults\n",
            s->origin_host, wall_clock(when), seconds(now - s->began_us), n, n_open, c.requests_in, c.requests_out,
            c.answers_in, c.answers_out, c.timeouts, c.lost, c.failovers, c.faults);
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(node, p));)
        text_peer(to, s, p, now);
}

/* ---- JSON ---- */

/* Not UTF-8: each octet that is not ASCII becomes U+FFFD. */
static void json_octets(FILE *to, dia_bytes text)
{
    const bool is_text = dia_utf8_valid(text);
    fputc('"', to);
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\u%04x", c);
        else if (c >= 0x80 && !is_text)
            fputs("\\ufffd", to);
        else
            fputc(c, to);
    }
    fputc('"', to);
}

/* Members follow each other; "name": value. NULL and what is absent is null. */
static void key(FILE *to, const char *name)
{
    fprintf(to, ", \"%s\": ", name);
}

static void json_bytes(FILE *to, const char *name, dia_bytes text)
{
    key(to, name);
    if (text.p)
        json_octets(to, text);
    else
        fputs("null", to);
}

static void json_text(FILE *to, const char *name, const char *text)
{
    json_bytes(to, name, dia_cstr(text));
}

static void json_number(FILE *to, const char *name, uint64_t n)
{
    key(to, name);
    fprintf(to, "%" PRIu64, n);
}

static void json_number_if(FILE *to, const char *name, bool has, uint64_t n)
{
    if (has)
        json_number(to, name, n);
    else
        json_text(to, name, NULL);
}

static void json_seconds(FILE *to, const char *name, int64_t us)
{
    key(to, name);
    fprintf(to, "%.3f", seconds(us));
}

static void json_bool(FILE *to, const char *name, bool is)
{
    key(to, name);
    fputs(is ? "true" : "false", to);
}

static void json_counters(FILE *to, const dia_counters *c)
{
    key(to, "counters");
    fprintf(to, "{\"requests_in\": %" PRIu64, c->requests_in);
    json_number(to, "requests_out", c->requests_out);
    json_number(to, "answers_in", c->answers_in);
    json_number(to, "answers_out", c->answers_out);
    json_number(to, "octets_in", c->octets_in);
    json_number(to, "octets_out", c->octets_out);
    json_number(to, "timeouts", c->timeouts);
    json_number(to, "lost", c->lost);
    json_number(to, "failovers", c->failovers);
    json_number(to, "unexpected_answers", c->unexpected_answers);
    json_number(to, "discarded", c->discarded);
    json_number(to, "faults", c->faults);
    json_number(to, "watchdogs_in", c->watchdogs_in);
    json_number(to, "watchdogs_out", c->watchdogs_out);
    json_number(to, "duplicates", c->duplicates);
    fputc('}', to);
}

static void json_latency(FILE *to, const dia_histogram *h)
{
    key(to, "latency_us");
    if (!h || !h->n) {
        fputs("null", to);
        return;
    }
    fprintf(to, "{\"n\": %" PRIu64, h->n);
    json_number(to, "min", h->least);
    key(to, "mean");
    fprintf(to, "%.1f", (double)h->sum / (double)h->n);
    json_number(to, "p50", dia_histogram_at(h, 0.5));
    json_number(to, "p90", dia_histogram_at(h, 0.9));
    json_number(to, "p99", dia_histogram_at(h, 0.99));
    json_number(to, "max", h->most);
    fputc('}', to);
}

static void json_count(FILE *to, const cli_status *s, const dia_count *c)
{
    const bool other = c->command == DIA_COUNT_OTHER;
    fprintf(to, "{\"direction\": \"%s\", \"kind\": \"%s\"", c->sent ? "sent" : "received",
            c->request ? "request" : "answer");
    json_text(to, "name", other ? "other" : name_of_command(s, c));
    json_number_if(to, "application", !other, c->application);
    json_number_if(to, "command", !other, c->command);
    json_number(to, "n", c->n);
    json_number_if(to, "result_code", c->result_code, c->result_code);
    json_number(to, "result_vendor", c->result_vendor);
    json_text(to, "result_name", c->result_code ? name_of_result(s, c) : NULL);
    json_latency(to, c->latency);
    fputc('}', to);
}

static void json_connection(FILE *to, const dia_peer *peer, const dia_peer_status *p, int64_t now)
{
    char local[ADDRESS_MAX], remote[ADDRESS_MAX];
    const dia_conn *conn = dia_peer_connection(peer);
    const dia_endpoint here = conn ? dia_conn_local(conn) : (dia_endpoint){ 0 };
    const dia_endpoint there = conn ? dia_conn_remote(conn) : (dia_endpoint){ 0 };
    json_bool(to, "initiator", p->initiator);
    json_text(to, "local", conn ? endpoint(&here, local) : NULL);
    json_text(to, "remote", conn ? endpoint(&there, remote) : NULL);
    json_text(to, "connect", p->connect);
    json_number(to, "failures", p->failures);
    if (p->next_attempt_us == DIA_NEVER_US) {
        json_text(to, "next_attempt_seconds", NULL);
        return;
    }
    json_seconds(to, "next_attempt_seconds", p->next_attempt_us > now ? p->next_attempt_us - now : 0);
}

static void json_capabilities(FILE *to, const dia_peer_status *p)
{
    char address[ADDRESS_MAX];
    const bool has = p->host_ip_address.value.p && dia_address_print(&p->host_ip_address, address, sizeof address) >= 0;
    json_bytes(to, "product_name", p->product_name);
    json_number(to, "vendor_id", p->vendor_id);
    json_number(to, "firmware_revision", p->firmware_revision);
    json_number(to, "origin_state_id", p->origin_state_id);
    json_text(to, "host_ip_address", has ? address : NULL);
    json_bool(to, "relay", p->relay);
    key(to, "applications");
    for (size_t i = 0; i < p->n_applications; i++)
        fprintf(to, "%s%" PRIu32, i ? ", " : "[", p->applications[i]);
    fputs(p->n_applications ? "]" : "[]", to);
}

static void json_peer(FILE *to, const cli_status *s, const dia_peer *peer, int64_t now)
{
    dia_peer_status p;
    size_t n;
    dia_peer_get_status(peer, &p);
    const dia_counters counters = dia_peer_counters(peer);
    fprintf(to, "{\"state\": \"%s\", \"watchdog\": \"%s\"", dia_peer_state_name(p.state),
            dia_watch_state_name(p.watch));
    json_seconds(to, "state_seconds", now - p.since_us);
    json_bytes(to, "host", p.host);
    json_bytes(to, "realm", p.realm);
    json_bool(to, "configured", p.configured);
    json_bool(to, "out_of_service", p.out_of_service);
    json_bool(to, "draining", p.draining);
    json_bool(to, "unwanted", p.unwanted);
    json_connection(to, peer, &p, now);
    json_capabilities(to, &p);
    json_number(to, "pending", p.pending);
    json_number(to, "unanswered", p.unanswered);
    json_number(to, "output", p.output);
    key(to, "last_error");
    if (p.last_error) {
        fprintf(to, "{\"seconds_ago\": %.3f", seconds(now - p.last_error_us));
        json_text(to, "text", p.last_error);
        json_number(to, "result_code", p.last_error_code);
        fputc('}', to);
    } else {
        fputs("null", to);
    }
    json_counters(to, &counters);
    key(to, "messages");
    const dia_count *counts = dia_peer_counts(peer, &n);
    fputc('[', to);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "", to);
        json_count(to, s, &counts[i]);
    }
    fputs("]}", to);
}

static void print_json(FILE *to, const cli_status *s, const dia_node *node, int64_t now)
{
    char when[TIME_MAX];
    const dia_counters counters = dia_node_counters(node);
    const char *separator = "";
    fprintf(to, "{\"time\": \"%s\"", wall_clock(when));
    json_text(to, "host", s->origin_host);
    json_text(to, "realm", s->origin_realm);
    json_seconds(to, "uptime_seconds", now - s->began_us);
    json_counters(to, &counters);
    key(to, "peers");
    fputc('[', to);
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(node, p)); separator = ", ") {
        fputs(separator, to);
        json_peer(to, s, p, now);
    }
    fputs("]}\n", to);
}

/* ---- Both ---- */

void cli_status_print(FILE *to, const cli_status *status, const dia_node *node)
{
    (status->json ? print_json : print_text)(to, status, node, cli_status_clock());
}

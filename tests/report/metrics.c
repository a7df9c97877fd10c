/* Metrics: both formats, series that never double, counters that never fall. */
#include "report/report.h"

#include "net.h"
#include "shown.h"

#include <diatom/app/all.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const anybody[] = { "*", NULL };

static const char *print(dia_page *page, dia_node *node, dia_metrics_format format, uint32_t peers)
{
    const dia_report report = { .node = node, .dicts = &dia_dicts_all, .peers = peers };
    dia_page_init(page, 0, harness_allocator());
    dia_report_metrics(&report, format, page);
    return shown(page);
}

/* The value of a sample, by all that stands in front of it; -1: there is none. */
static double value_of(const char *text, const char *sample)
{
    const size_t n = strlen(sample);
    for (const char *p = text; (p = strstr(p, sample)); p += n)
        if ((p == text || p[-1] == '\n') && p[n] == ' ')
            return strtod(p + n, NULL);
    return -1;
}

/* Is there a line, its value left aside, that comes twice? */
static bool doubles(const char *text)
{
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        const size_t length = strcspn(line, "\n");
        const char *end = line + length;
        while (end > line && *end != ' ')
            end--;
        const size_t n = (size_t)(end - line) + 1;
        for (const char *other = line + length + 1; *line != '#' && *other; other = strchr(other, '\n') + 1)
            if (strncmp(line, other, n) == 0)
                return true;
    }
    return false;
}

static void formats_differ_in_their_heads_alone(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    const char *text = print(&page, client, DIA_METRICS_OPENMETRICS, 0);
    need(has(text, "# TYPE diatom_requests counter\n"));
    need(has(text, "# TYPE diatom_traffic_bytes counter\n# UNIT diatom_traffic_bytes bytes\n"));
    need(has(text, "# TYPE diatom_build info\ndiatom_build_info{"));
    need(strlen(text) > 6 && strcmp(text + strlen(text) - 6, "# EOF\n") == 0);
    dia_page_done(&page);
    text = print(&page, client, DIA_METRICS_TEXT, 0);
    need(has(text, "# HELP diatom_requests_total Requests"));
    need(has(text, "# TYPE diatom_requests_total counter\n"));
    need(has(text, "# TYPE diatom_build_info gauge\n"));
    need(!strstr(text, "# UNIT") && !strstr(text, "# EOF"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void messages_are_told_by_command_and_result(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    for (uint32_t i = 0; i < 3; i++)
        need_int(net_ask(client, i, 0, &asked), 0);
    net_pass(&net, 100);
    const char *text = print(&page, client, DIA_METRICS_TEXT, 0);
    need(value_of(text, "diatom_requests_total{peer=\"server.example.net\",direction=\"sent\",application=\"4\","
                        "command=\"CCR\"}") == 3);
    need(value_of(text, "diatom_answers_total{peer=\"server.example.net\",direction=\"received\",application=\"4\","
                        "command=\"CCA\",result=\"2001\"}") == 3);
    need(value_of(text, "diatom_request_duration_seconds_bucket{peer=\"server.example.net\",direction=\"sent\","
                        "application=\"4\",command=\"CCR\",le=\"0.0001\"}") == 3);
    need(value_of(text, "diatom_request_duration_seconds_bucket{peer=\"server.example.net\",direction=\"sent\","
                        "application=\"4\",command=\"CCR\",le=\"+Inf\"}") == 3);
    need(value_of(text, "diatom_request_duration_seconds_count{peer=\"server.example.net\",direction=\"sent\","
                        "application=\"4\",command=\"CCR\"}") == 3);
    need(value_of(text, "diatom_peer_open{peer=\"server.example.net\"}") == 1);
    need(value_of(text, "diatom_peer_state{peer=\"server.example.net\",state=\"I-Open\"}") == 1);
    need(value_of(text, "diatom_peer_state{peer=\"server.example.net\",state=\"Closed\"}") == 0);
    need(value_of(text, "diatom_peers{state=\"I-Open\"}") == 1);
    need(!doubles(text));
done:
    dia_page_done(&page);
    net_end(&net);
}

/* What no dictionary knows shares a row, whatever a peer sends: it has no series of its own. */
static void unknown_commands_make_no_series(void)
{
    struct net net;
    const dia_node_config config = { .allow = anybody };
    dia_page page = { 0 };
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &config);
    need(server && !dia_node_use(server, &dia_dict_ro));
    struct net_wire *wire = net_hold_open(&net, server, "raw.example.net");
    need(wire);
    for (uint32_t i = 0; i < 20; i++) {
        uint8_t octets[DIA_HEADER_SIZE];
        dia_header_write(&(dia_header){ .version = 1,
                                        .length = sizeof octets,
                                        .flags = DIA_FLAG_REQUEST,
                                        .command = 1000 + i,
                                        .application = 7000 + i },
                         octets);
        net_write(&net, wire, (dia_bytes){ octets, sizeof octets });
        net_read(&net, wire);
    }
    const char *text = print(&page, server, DIA_METRICS_TEXT, 0);
    need(value_of(text, "diatom_requests_total{peer=\"raw.example.net\",direction=\"received\",application=\"other\","
                        "command=\"other\"}") == 20);
    need(!strstr(text, "\"7000\"") && !strstr(text, "\"1000\""));
    need(!doubles(text));
done:
    dia_page_done(&page);
    net_end(&net);
}

static double sum_of(const char *text, const char *name)
{
    double sum = 0;
    for (const char *p = text; (p = strstr(p, name)); p++) {
        if (p != text && p[-1] != '\n')
            continue;
        const char *value = strstr(p, "} ");
        sum += value ? strtod(value + 2, NULL) : 0;
    }
    return sum;
}

/* Peers come and go, and only two are told one by one: nothing falls, and everything adds up. */
static void counters_never_fall_when_peers_go(void)
{
    static const char traffic[] = "diatom_traffic_bytes_total{peer=\"(other)\",direction=\"received\"}";
    static const char watched[] = "diatom_requests_total{peer=\"(other)\",direction=\"received\",application=\"0\","
                                  "command=\"CER\"}";
    struct net net;
    const dia_node_config config = { .allow = anybody };
    struct net_wire *wires[4] = { NULL };
    dia_page page = { 0 };
    double last_traffic = 0, last_watched = 0;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &config);
    need(server && !dia_node_use(server, &dia_dict_ro));
    for (int i = 0; i < 4; i++) {
        const char name[] = { (char)('a' + i), '.', 'n', 'e', 't', 0 };
        wires[i] = net_hold_open(&net, server, name);
        need(wires[i]);
        const char *text = print(&page, server, DIA_METRICS_TEXT, 2);
        need(value_of(text, traffic) >= last_traffic);
        last_traffic = value_of(text, traffic);
        dia_page_done(&page);
    }
    for (int i = 0; i < 4; i++) {
        const char *text = print(&page, server, DIA_METRICS_TEXT, 2);
        need_int(times(text, "diatom_peer_open{"), i < 2 ? 2 - i : 0);
        need(value_of(text, watched) >= last_watched && value_of(text, traffic) >= last_traffic);
        need(sum_of(text, "diatom_traffic_bytes_total{") ==
             (double)(dia_node_counters(server).octets_in + dia_node_counters(server).octets_out));
        last_watched = value_of(text, watched);
        last_traffic = value_of(text, traffic);
        need(!doubles(text));
        dia_page_done(&page);
        net_cut(&net, wires[i]);
        net_pump(&net);
    }
    need(value_of(print(&page, server, DIA_METRICS_TEXT, 2), watched) == 4);
done:
    dia_page_done(&page);
    net_end(&net);
}

/* A peer of several connections, and peers without a name at the same address: one series each. */
static void peers_of_one_name_are_numbered(void)
{
    struct net net;
    dia_page page = { 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "c.example.net", NULL);
    need(client);
    need_int(dia_node_add_peer(
                 client,
                 &(dia_peer_config){ .host = "s.example.net", .connect = "aaa://s.example.net", .connections = 3 },
                 NULL),
             0);
    for (int i = 0; i < 2; i++)
        need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://nowhere.example.net" }, NULL), 0);
    const char *text = print(&page, client, DIA_METRICS_TEXT, 0);
    need(value_of(text, "diatom_peer_open{peer=\"s.example.net\"}") == 0);
    need(value_of(text, "diatom_peer_open{peer=\"s.example.net\",connection=\"2\"}") == 0);
    need(value_of(text, "diatom_peer_open{peer=\"s.example.net\",connection=\"3\"}") == 0);
    need(value_of(text, "diatom_peer_open{peer=\"aaa://nowhere.example.net\"}") == 0);
    need(value_of(text, "diatom_peer_open{peer=\"aaa://nowhere.example.net\",connection=\"2\"}") == 0);
    need(!doubles(text));
done:
    dia_page_done(&page);
    net_end(&net);
}

/* Whoever adds a counter to the node adds it here: requests and answers alone are told by command instead. */
static void every_counter_is_told(void)
{
    enum { N = sizeof(dia_counters) / sizeof(uint64_t) };
    struct net net;
    dia_page page = { 0 }, json = { 0 };
    uint64_t values[N];
    net_begin(&net);
    dia_node *node = net_add(&net, "c.example.net", NULL);
    need(node);
    for (size_t i = 0; i < N; i++)
        values[i] = 7000 + i;
    memcpy(&node->hub.counters, values, sizeof values);
    const char *text = print(&page, node, DIA_METRICS_TEXT, 0);
    const dia_report report = { .node = node };
    dia_page_init(&json, 0, harness_allocator());
    dia_report_json(&report, DIA_REPORT_COUNTERS, &json);
    for (size_t i = 0; i < N; i++) {
        char value[16];
        snprintf(value, sizeof value, "\": %zu", 7000 + i);
        need(has(shown(&json), value));
        snprintf(value, sizeof value, " %zu\n", 7000 + i);
        const size_t at = i * sizeof(uint64_t);
        const bool by_command = at == offsetof(dia_counters, requests_in) ||
                                at == offsetof(dia_counters, requests_out) ||
                                at == offsetof(dia_counters, answers_in) || at == offsetof(dia_counters, answers_out);
        need(by_command || has(text, value));
    }
done:
    dia_page_done(&json);
    dia_page_done(&page);
    net_end(&net);
}

static void events_and_the_process_are_told_where_they_are_known(void)
{
    struct net net;
    dia_node *client, *server;
    uint64_t events[DIA_EVENT_KINDS] = { 0 };
    const dia_report_process process = { .cpu_us = 1500000, .resident = 4096, .open_fds = 7, .max_fds = 1024 };
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    events[DIA_EVENT_REFUSED] = 3;
    need(net_pair(&net, &client, &server, NULL));
    const dia_report report = { .node = client, .events = events, .process = &process };
    need_int(dia_report_metrics(&report, DIA_METRICS_TEXT, &page), 0);
    const char *text = shown(&page);
    need(value_of(text, "diatom_events_total{event=\"refused\"}") == 3);
    need(value_of(text, "process_cpu_seconds_total") == 1.5);
    need(value_of(text, "process_open_fds") == 7);
    need(value_of(text, "diatom_stopping") == 0);
done:
    dia_page_done(&page);
    net_end(&net);
}

static void the_format_is_what_is_accepted(void)
{
    static const struct {
        const char *accept;
        dia_metrics_format want;
    } rows[] = {
        { NULL, DIA_METRICS_TEXT },
        { "", DIA_METRICS_TEXT },
        { "*/*", DIA_METRICS_TEXT },
        { "text/plain;version=0.0.4", DIA_METRICS_TEXT },
        { "application/openmetrics-text; version=1.0.0; charset=utf-8", DIA_METRICS_OPENMETRICS },
        { "text/plain;q=0.5,Application/OpenMetrics-Text;version=1.0.0;q=0.75,*/*;q=0.1", DIA_METRICS_OPENMETRICS },
        { "application/openmetrics-tex", DIA_METRICS_TEXT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].accept);
        check_int(dia_metrics_accepted(rows[i].accept), rows[i].want);
    }
    check_str(dia_metrics_content_type(DIA_METRICS_OPENMETRICS),
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
    check_str(dia_metrics_content_type(DIA_METRICS_TEXT), "text/plain; version=0.0.4; charset=utf-8");
}

static int add_fruit(void *arg, dia_metrics *to)
{
    dia_metrics_counter(to, "app_fruit", "Fruit by kind.");
    dia_metrics_count(to, "kind", dia_cstr("an \"apple\""), 2);
    dia_metrics_count(to, "kind", dia_cstr("pear"), UINT64_MAX);
    return *(const int *)arg;
}

static void a_program_adds_families_of_its_own(void)
{
    static const struct {
        dia_metrics_format format;
        const char *end;
    } rows[] = {
        { DIA_METRICS_OPENMETRICS, "\n# HELP app_fruit Fruit by kind.\n# TYPE app_fruit counter\n"
                                   "app_fruit_total{kind=\"an \\\"apple\\\"\"} 2\n"
                                   "app_fruit_total{kind=\"pear\"} 18446744073709551615\n# EOF\n" },
        { DIA_METRICS_TEXT, "\n# HELP app_fruit_total Fruit by kind.\n# TYPE app_fruit_total counter\n"
                            "app_fruit_total{kind=\"an \\\"apple\\\"\"} 2\n"
                            "app_fruit_total{kind=\"pear\"} 18446744073709551615\n" },
    };
    struct net net;
    dia_node *client, *server;
    int err = 0;
    dia_page page = { .alloc = harness_allocator() };
    need(net_pair(&net, &client, &server, NULL));
    const dia_report report = { .node = client, .more = add_fruit, .more_arg = &err };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_page_clear(&page);
        need_int(dia_report_metrics(&report, rows[i].format, &page), 0);
        const size_t n = strlen(rows[i].end);
        need(page.n > n);
        check_bytes(((dia_bytes){ (const uint8_t *)page.p + page.n - n, n }), dia_cstr(rows[i].end));
    }
    err = DIA_ENOMEM;
    dia_page_clear(&page);
    need_int(dia_report_metrics(&report, DIA_METRICS_TEXT, &page), DIA_ENOMEM);
done:
    dia_page_done(&page);
    net_end(&net);
}

static void transports_and_certificates_are_told(void)
{
    static const dia_report_certificate ours[] = { { "outside", "CN=client", 1700086400 },
                                                   { "", "CN=client", 1700086400 },
                                                   { "", "CN=other", 1699999999 } };
    static const dia_report_driver driver = { ours, 3, 11, 1, 2, 3, 4, 5 };
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(shown_protected(&net, &client, &server));
    net_pass(&net, 60000);
    const dia_report report = { .node = client, .dicts = &dia_dicts_all, .driver = &driver };
    dia_page_init(&page, 0, harness_allocator());
    dia_report_metrics(&report, DIA_METRICS_OPENMETRICS, &page);
    const char *text = shown(&page);
    need(!doubles(text));
    check(value_of(text,
                   "diatom_peer_transport_info{peer=\"server.example.net\",transport=\"TCP\",security=\"TLSv1.3\","
                   "cipher=\"TLS_AES_256_GCM_SHA384\"}") == 1);
    check(value_of(text, "diatom_peer_certificate_remaining_seconds{peer=\"server.example.net\"}") == 3540);
    check(value_of(text, "diatom_certificate_remaining_seconds{profile=\"outside\",subject=\"CN=client\"}") == 86340);
    check(value_of(text, "diatom_certificate_remaining_seconds{profile=\"\",subject=\"CN=client\"}") == -1);
    check(has(text, "\ndiatom_certificate_remaining_seconds{profile=\"\",subject=\"CN=other\"} -61.000000\n"));
    check(value_of(text, "diatom_tls_handshakes_total{outcome=\"whole\"}") == 10);
    check(value_of(text, "diatom_tls_handshakes_total{outcome=\"resumed\"}") == 1);
    check(value_of(text, "diatom_tls_handshakes_total{outcome=\"failed\"}") == 2);
    check(value_of(text, "diatom_discoveries_total{outcome=\"found\"}") == 3);
    check(value_of(text, "diatom_discoveries_total{outcome=\"none\"}") == 4);
    check(value_of(text, "diatom_discoveries_total{outcome=\"failed\"}") == 5);
done:
    dia_page_done(&page);
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "formats_differ_in_their_heads_alone", formats_differ_in_their_heads_alone },
        { "messages_are_told_by_command_and_result", messages_are_told_by_command_and_result },
        { "unknown_commands_make_no_series", unknown_commands_make_no_series },
        { "counters_never_fall_when_peers_go", counters_never_fall_when_peers_go },
        { "peers_of_one_name_are_numbered", peers_of_one_name_are_numbered },
        { "every_counter_is_told", every_counter_is_told },
        { "events_and_the_process_are_told_where_they_are_known",
          events_and_the_process_are_told_where_they_are_known },
        { "transports_and_certificates_are_told", transports_and_certificates_are_told },
        { "a_program_adds_families_of_its_own", a_program_adds_families_of_its_own },
        { "the_format_is_what_is_accepted", the_format_is_what_is_accepted },
    };
    return HARNESS_RUN("report/metrics", tests);
}

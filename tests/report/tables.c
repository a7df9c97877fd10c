/* Peers, counters and latencies in columns, and the same as JSON. */
#include "report/report.h"

#include "net.h"
#include "shown.h"

#include <diatom/app/all.h>

static const char *print(dia_page *page, dia_node *node, dia_report_kind kind, const char *peer)
{
    const dia_report report = { .node = node, .dicts = &dia_dicts_all, .peer = peer };
    dia_page_init(page, 0, harness_allocator());
    dia_report_text(&report, kind, page);
    return shown(page);
}

static void peers_are_a_line_each(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .host = "b.example.net" }, NULL), 0);
    net_pass(&net, 83000);
    const char *text = print(&page, client, DIA_REPORT_PEERS, NULL);
    need(has(text, "PEER "));
    need(has(text, "\nserver.example.net  I-Open  OKAY "));
    need(has(text, "  1m23s  "));
    need(has(text, "\nb.example.net       Closed  INITIAL "));
    need_int(times(text, "\n"), 3);
    dia_page_done(&page);
    text = print(&page, client, DIA_REPORT_PEERS, "SERVER.example.NET"); /* in any case */
    need_int(times(text, "\n"), 2);
    need(has(text, "server.example.net"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void what_protects_a_peer_is_told(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(shown_protected(&net, &client, &server));
    net_pass(&net, 60000);
    const char *text = print(&page, client, DIA_REPORT_PEERS, NULL);
    need(has(text, "  TRANSPORT    EXPIRES  "));
    need(has(text, "  TCP TLSv1.3   59m00s  "));
    dia_page_done(&page);
    text = print(&page, client, DIA_REPORT_STATUS, NULL);
    need(has(text, "\n  transport     TCP, TLSv1.3, TLS_AES_256_GCM_SHA384; certificate of CN=\"server\", until "
                   "2023-11-14T23:13:20Z\n"));
    dia_page_done(&page);
    const dia_report report = { .node = client };
    dia_page_init(&page, 0, harness_allocator());
    dia_report_json(&report, DIA_REPORT_PEERS, &page);
    need(has(shown(&page), ", \"transport\": \"TCP\", \"security\": {\"protocol\": \"TLSv1.3\", \"cipher\": "
                           "\"TLS_AES_256_GCM_SHA384\", \"subject\": \"CN=\\\"server\\\"\", \"expires\": "
                           "\"2023-11-14T23:13:20Z\"}, "));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void a_peer_in_clear_is_told_as_such(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need(has(print(&page, client, DIA_REPORT_PEERS, NULL), "  TCP              -  "));
    dia_page_done(&page);
    const dia_report report = { .node = client };
    dia_page_init(&page, 0, harness_allocator());
    dia_report_json(&report, DIA_REPORT_PEERS, &page);
    need(has(shown(&page), ", \"transport\": \"TCP\", \"security\": null, "));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void notes_say_what_an_operator_should_know(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need(has(print(&page, server, DIA_REPORT_PEERS, NULL), "not configured\n"));
    dia_page_done(&page);
    const dia_peer *peer = dia_node_next_peer(client, NULL);
    need_int(dia_node_disable_peer(client, peer, DIA_CAUSE_BUSY), 0);
    net_pump(&net);
    need(has(print(&page, client, DIA_REPORT_PEERS, NULL), "out of service\n"));
    dia_page_done(&page);
    need_int(dia_node_enable_peer(client, peer), 0);
    net_pass(&net, 1000);
    struct net_wire *wire = net_wire_of(&net, client, server);
    need(wire);
    net_cut(&net, wire);
    need(has(print(&page, client, DIA_REPORT_PEERS, NULL), "; again in "));
done:
    dia_page_done(&page);
    net_end(&net);
}

/* Connected anew, and without a request: why, and how much longer. */
static void a_peer_on_trial_is_told_as_such(void)
{
    static const dia_node_config both = { .watchdog_ms = 6000, .reconnect_ms = 500 };
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, &both));
    struct net_wire *wire = net_wire_of(&net, client, server);
    need(wire);
    net_cut(&net, wire);
    net_pass(&net, 1000);
    need(has(print(&page, client, DIA_REPORT_PEERS, NULL), "  gets nothing yet, 2 of 3 DWRs to go\n"));
    dia_page_done(&page);
    net_pass(&net, 8100); /* Tw is up to 2 s longer */
    need(has(print(&page, client, DIA_REPORT_PEERS, NULL), "  gets nothing yet, 1 of 3 DWRs to go\n"));
    dia_page_done(&page);
    net_pass(&net, 8100);
    need(!strstr(print(&page, client, DIA_REPORT_PEERS, NULL), "to go"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void counters_are_of_all_or_of_one(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pass(&net, 100);
    const char *text = print(&page, client, DIA_REPORT_COUNTERS, NULL);
    need(has(text, "\nrequests_out "));
    need(has(text, "\nall   sent                 4  CCR                                 1\n"));
    need(has(text, "\nall   received             4  CCA      2001 DIAMETER_SUCCESS      1\n"));
    dia_page_done(&page);
    text = print(&page, client, DIA_REPORT_COUNTERS, "server.example.net");
    need(has(text, "\nserver.example.net  sent                 4  CCR                                 1\n"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void latencies_are_by_peer_and_command(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    dia_page page = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(times(print(&page, client, DIA_REPORT_LATENCIES, NULL), "\n"), 1);
    dia_page_done(&page);
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pass(&net, 100);
    need(has(print(&page, client, DIA_REPORT_LATENCIES, NULL),
             "\nserver.example.net  sent                 4  CCR          1    0.000  0.000"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void unknown_peers_are_refused_in_every_form(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    need(net_pair(&net, &client, &server, NULL));
    const dia_report report = { .node = client, .peer = "nobody.example.net" };
    for (int kind = 0; kind < DIA_REPORT_KINDS; kind++) {
        need_int(dia_report_text(&report, (dia_report_kind)kind, &page), DIA_ENOENT);
        need_int(dia_report_json(&report, (dia_report_kind)kind, &page), DIA_ENOENT);
    }
    need_int(dia_report_text(&report, DIA_REPORT_KINDS, &page), DIA_EINVAL);
    need_int(dia_report_json(&report, (dia_report_kind)-1, &page), DIA_EINVAL);
    need_int(page.n, 0);
done:
    dia_page_done(&page);
    net_end(&net);
}

static void without_dictionaries_there_are_numbers(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    need(net_pair(&net, &client, &server, NULL));
    const dia_report report = { .node = client };
    for (int kind = 0; kind < DIA_REPORT_KINDS; kind++)
        need_int(dia_report_text(&report, (dia_report_kind)kind, &page), 0);
    const char *text = shown(&page);
    need(has(text, "request 257"));
    need(has(text, "  answer 257 2001\n"));
    need(!strstr(text, "CER"));
done:
    dia_page_done(&page);
    net_end(&net);
}

static void json_has_what_the_kind_asks_for(void)
{
    static const struct {
        dia_report_kind kind;
        const char *has, *lacks;
    } rows[] = {
        { DIA_REPORT_STATUS, "\"watchdog\": \"OKAY\"", "nothing" },
        { DIA_REPORT_STATUS, "\"messages\": [{", "nothing" },
        { DIA_REPORT_PEERS, "\"watchdog\": \"OKAY\"", "\"messages\"" },
        { DIA_REPORT_COUNTERS, "\"messages\": [{", "\"watchdog\"" },
        { DIA_REPORT_LATENCIES, "\"messages\": []", "\"watchdog\"" },
    };
    struct net net;
    dia_node *client, *server;
    dia_page page;
    dia_page_init(&page, 0, harness_allocator());
    need(net_pair(&net, &client, &server, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_report report = { .node = client, .dicts = &dia_dicts_all };
        dia_page_clear(&page);
        dia_report_json(&report, rows[i].kind, &page);
        const char *text = shown(&page);
        need(has(text, rows[i].has));
        need(!strstr(text, rows[i].lacks));
        need_int(times(text, "\n"), 1);
    }
done:
    dia_page_done(&page);
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "peers_are_a_line_each", peers_are_a_line_each },
        { "what_protects_a_peer_is_told", what_protects_a_peer_is_told },
        { "a_peer_in_clear_is_told_as_such", a_peer_in_clear_is_told_as_such },
        { "notes_say_what_an_operator_should_know", notes_say_what_an_operator_should_know },
        { "a_peer_on_trial_is_told_as_such", a_peer_on_trial_is_told_as_such },
        { "counters_are_of_all_or_of_one", counters_are_of_all_or_of_one },
        { "latencies_are_by_peer_and_command", latencies_are_by_peer_and_command },
        { "unknown_peers_are_refused_in_every_form", unknown_peers_are_refused_in_every_form },
        { "without_dictionaries_there_are_numbers", without_dictionaries_there_are_numbers },
        { "json_has_what_the_kind_asks_for", json_has_what_the_kind_asks_for },
    };
    return HARNESS_RUN("report/tables", tests);
}

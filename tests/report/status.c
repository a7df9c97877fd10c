/* The status of a node whose peers did what `diatom serve` does not: requests sent, latency, results of vendors, rows that
 * many commands share, peers that are out of service or leave. */
#include "report/report.h"

#include "net.h"
#include "shown.h"

#include <diatom/app/all.h>

static const char *const anybody[] = { "*", NULL };

static const char *print(dia_page *page, dia_node *node, bool json)
{
    const dia_report report = { .node = node, .dicts = &dia_dicts_all };
    dia_page_init(page, 0, harness_allocator());
    (json ? dia_report_json : dia_report_text)(&report, DIA_REPORT_STATUS, page);
    return shown(page);
}

/* Ro has no Experimental-Result: the answer breaks its grammar, and counts all the same. */
static void answer_of_a_vendor(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    unsigned *n = arg;
    uint8_t buf[100];
    dia_builder b;
    if (++*n % 2) {
        net_answer(request, ccr, 2001);
        return;
    }
    dia_header header = dia_request_header(request);
    header.flags &= DIA_FLAG_PROXIABLE;
    dia_build_begin(&b, buf, sizeof buf, &header);
    dia_put_group(&b, 297, 0, DIA_AVP_M);
    dia_put_u32(&b, 266, 0, DIA_AVP_M, 10415);
    dia_put_u32(&b, 298, 0, DIA_AVP_M, 5001);
    dia_put_group_end(&b);
    dia_request_answer_octets(request, (dia_bytes){ buf, (size_t)dia_build_end(&b) });
}

static void requests_and_their_answers_have_names_and_latency(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned n = 0;
    dia_page text = { 0 }, json = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, answer_of_a_vendor, &n), 0);
    for (uint32_t i = 0; i < 6; i++)
        need_int(net_ask(client, i, 0, &asked), 0);
    net_pass(&net, 1000);
    const char *said = print(&text, client, false);
    need(has(said, "status of client.example.net at "));
    need(has(said, "requests 0 in, 6 out; answers 6 in, 0 out;"));
    need(has(said, "  sent                 6  CCR\n"));
    need(has(said, "  received             3  CCA 2001 DIAMETER_SUCCESS\n"));
    need(has(said, "  received             3  CCA 5001 DIAMETER_ERROR_USER_UNKNOWN of vendor 10415\n"));
    need(has(said, "  latency       CCR sent: p50 0.000 ms"));
    said = print(&json, client, true);
    need(has(said,
             "{\"direction\": \"sent\", \"kind\": \"request\", \"name\": \"CCR\", \"application\": 4, \"command\": "
             "272, \"n\": 6, \"result_code\": null, \"result_vendor\": 0, \"result_name\": null, "
             "\"latency_us\": {\"n\": 6, \"min\": 0, \"mean\": 0.0, \"p50\": 0, \"p90\": 0, \"p99\": 0, "
             "\"max\": 0}}"));
    need(
        has(said, "\"result_code\": 5001, \"result_vendor\": 10415, \"result_name\": \"DIAMETER_ERROR_USER_UNKNOWN\""));
done:
    dia_page_done(&text);
    dia_page_done(&json);
    net_end(&net);
}

/* More kinds of messages than the node has rows for. */
static void messages_that_share_a_row_are_other(void)
{
    struct net net;
    const dia_node_config config = { .allow = anybody, .limits = { .counts = 6 } };
    dia_page text = { 0 }, json = { 0 };
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &config);
    need(server && !dia_node_use(server, &dia_dict_ro));
    struct net_wire *wire = net_hold_open(&net, server, "raw.example.net");
    need(wire);
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t octets[DIA_HEADER_SIZE];
        dia_header_write(&(dia_header){ .version = 1,
                                        .length = sizeof octets,
                                        .flags = DIA_FLAG_REQUEST,
                                        .command = 1000 + i,
                                        .application = 4 },
                         octets);
        net_write(&net, wire, (dia_bytes){ octets, sizeof octets });
        net_read(&net, wire);
    }
    const char *said = print(&text, server, false);
    need(has(said, "  received             4  other requests\n"));
    need(has(said, "  sent                 4  other answers"));
    said = print(&json, server, true);
    need(has(said, "\"kind\": \"request\", \"name\": \"other\", \"application\": null, \"command\": null, \"n\": 4"));
done:
    dia_page_done(&text);
    dia_page_done(&json);
    net_end(&net);
}

/* A stranger with many rows does not leave out those of others, and how many of its own are is said. */
static void rows_that_are_too_many_are_told_in_equal_parts(void)
{
    struct net net;
    const dia_node_config config = { .allow = anybody };
    dia_page text = { 0 }, json = { 0 };
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &config);
    need(server && !dia_node_use(server, &dia_dict_ro));
    struct net_wire *many = net_hold_open(&net, server, "many.example.net");
    need(many && net_hold_open(&net, server, "few.example.net")); /* CER and CEA */
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t octets[DIA_HEADER_SIZE];
        const dia_header unknown = { .version = 1,
                                     .length = sizeof octets,
                                     .flags = DIA_FLAG_REQUEST,
                                     .command = i ? 280 : 1000,
                                     .application = i ? 0 : 4 };
        dia_header_write(&unknown, octets);
        net_write(&net, many, (dia_bytes){ octets, sizeof octets });
        need(net_read(&net, many).p);
    }
    dia_report report = { .node = server, .dicts = &dia_dicts_all, .rows = 5 };
    dia_report_text(&report, DIA_REPORT_STATUS, &text);
    const char *said = shown(&text);
    need(has(said, "  and 3 more, which the status of this peer alone tells\n"));
    need_int(times(said, "more, which"), 1);
    need_int(times(said, "\n  received  ") + times(said, "\n  sent  "), 5);
    dia_report_json(&report, DIA_REPORT_STATUS, &json);
    said = shown(&json);
    need(has(said, "], \"messages_left_out\": 3}"));
    need(has(said, "], \"messages_left_out\": 0}"));
    need_int(times(said, "\"direction\""), 5);
    dia_page_clear(&json);
    report.peer = "many.example.net";
    dia_report_json(&report, DIA_REPORT_STATUS, &json);
    said = shown(&json);
    need(has(said, "], \"messages_left_out\": 0}"));
    need_int(times(said, "\"direction\""), 6);
done:
    dia_page_done(&text);
    dia_page_done(&json);
    net_end(&net);
}

static void latencies_that_are_too_many_are_told_in_parts(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned n = 0;
    dia_page text = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, answer_of_a_vendor, &n), 0);
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pass(&net, 1000);
    dia_peer *there = (dia_peer *)(uintptr_t)dia_node_next_peer(client, NULL);
    dia_count_latency(there, 0, 257, true, 5000);
    dia_report report = { .node = client, .dicts = &dia_dicts_all };
    dia_report_text(&report, DIA_REPORT_LATENCIES, &text);
    need_int(times(shown(&text), "server.example.net"), 2);
    dia_page_clear(&text);
    report.rows = 1;
    dia_report_text(&report, DIA_REPORT_LATENCIES, &text);
    need_int(times(shown(&text), "server.example.net"), 1);
    need(has(shown(&text), "\nand 1 more, which the latencies of one peer alone tell\n"));
done:
    dia_page_done(&text);
    net_end(&net);
}

static void peers_that_leave_or_are_out_of_service_are_told(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    dia_page text = { 0 }, json = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(net_ask(client, 1, 60000, &asked), 0);
    need_int(dia_node_disable_peer(client, dia_node_next_peer(client, NULL), DIA_CAUSE_BUSY), 0);
    const char *said = print(&text, client, false);
    need(has(said, "I-Open for "));
    need(has(said, "; out of service; is to be disconnected\n"));
    need(has(said, "  under way     1 requests sent, 0 received; "));
    said = print(&json, client, true);
    need(has(said, "\"out_of_service\": true, \"draining\": true, \"unwanted\": false"));
    need(has(said, "\"pending\": 1, \"unanswered\": 0"));
done:
    dia_page_done(&text);
    dia_page_done(&json);
    net_end(&net);
}

/* Before anything is known: no names, no addresses, and still all members. */
static void peer_without_a_name_is_a_dash(void)
{
    struct net net;
    dia_page text = { 0 }, json = { 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "c.example.net", NULL);
    need(client);
    need_int(dia_node_add_peer(client, &(dia_peer_config){ .connect = "aaa://nowhere.example.net" }, NULL), 0);
    const char *said = print(&text, client, false);
    need(has(said, "peer -\n  state         Wait-Conn-Ack for "));
    need(has(said, "  connecting    aaa://nowhere.example.net\n"));
    said = print(&json, client, true);
    need(has(said, "\"host\": null, \"realm\": null, \"configured\": true"));
    need(has(said, "\"applications\": [], \"pending\": 0"));
done:
    dia_page_done(&text);
    dia_page_done(&json);
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_and_their_answers_have_names_and_latency", requests_and_their_answers_have_names_and_latency },
        { "messages_that_share_a_row_are_other", messages_that_share_a_row_are_other },
        { "rows_that_are_too_many_are_told_in_equal_parts", rows_that_are_too_many_are_told_in_equal_parts },
        { "latencies_that_are_too_many_are_told_in_parts", latencies_that_are_too_many_are_told_in_parts },
        { "peers_that_leave_or_are_out_of_service_are_told", peers_that_leave_or_are_out_of_service_are_told },
        { "peer_without_a_name_is_a_dash", peer_without_a_name_is_a_dash },
    };
    return HARNESS_RUN("report/status", tests);
}

/* What passes is counted per command, direction and result, and nobody can make the table grow without end. */
#include "net.h"

static const dia_count *row_of(const dia_count *rows, size_t n, uint32_t application, uint32_t command, bool request,
                               bool sent, uint32_t result_code)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].application == application && rows[i].command == command && rows[i].request == request &&
            rows[i].sent == sent && rows[i].result_code == result_code)
            return &rows[i];
    return NULL;
}

static const dia_count *row(const dia_peer *peer, uint32_t application, uint32_t command, bool request, bool sent,
                            uint32_t result_code)
{
    size_t n;
    const dia_count *rows = dia_peer_counts(peer, &n);
    return row_of(rows, n, application, command, request, sent, result_code);
}

static uint64_t times(const dia_peer *peer, uint32_t application, uint32_t command, bool request, bool sent,
                      uint32_t result_code)
{
    const dia_count *r = row(peer, application, command, request, sent, result_code);
    return r ? r->n : 0;
}

static void fail_every_second(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    unsigned *n = arg;
    net_answer(request, ccr, ++*n % 2 ? 2001 : 5030);
}

static void messages_are_counted_by_command_and_result(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned n = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, fail_every_second, &n), 0);
    for (uint32_t i = 0; i < 6; i++)
        need_int(net_ask(client, i, 0, &asked), 0);
    net_pass(&net, 40000); /* and a watchdog or more */
    const dia_peer *there = dia_node_next_peer(client, NULL), *here = dia_node_next_peer(server, NULL);
    need_int(times(there, 4, 272, true, true, 0), 6);
    need_int(times(there, 4, 272, false, false, 2001), 3);
    need_int(times(there, 4, 272, false, false, 5030), 3);
    need_int(times(here, 4, 272, true, false, 0), 6);
    need_int(times(here, 4, 272, false, true, 2001), 3);
    need_int(times(here, 4, 272, false, true, 5030), 3);
    need_int(times(there, 0, 257, true, true, 0), 1);
    need_int(times(there, 0, 257, false, false, 2001), 1);
    need_int(times(here, 0, 257, true, false, 0), 1);
    need_int(times(here, 0, 257, false, true, 2001), 1);
    need(times(there, 0, 280, true, true, 0) + times(there, 0, 280, true, false, 0) > 0);
    need_int(times(there, 0, 280, true, true, 0), times(there, 0, 280, false, false, 2001));
    need_int(times(there, 0, 280, true, true, 0), times(here, 0, 280, true, false, 0));
    const dia_histogram *latency = row(there, 4, 272, true, true, 0)->latency;
    need(latency);
    need_int(latency->n, 6);
done:
    net_end(&net);
}

static dia_request *kept;

static void keep(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)ccr;
    (void)arg;
    kept = dia_request_keep(request) ? request : NULL;
}

static void latency_is_that_of_the_answer(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    kept = NULL;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, keep, NULL), 0);
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pump(&net);
    need(kept);
    net_pass(&net, 250);
    need_int(net_answer(kept, &(dia_ro_ccr){ .cc_request_type = 4 }, 2001), 0);
    net_pump(&net);
    need_int(asked.n, 1);
    const dia_histogram *sent = row(dia_node_next_peer(client, NULL), 4, 272, true, true, 0)->latency;
    const dia_histogram *received = row(dia_node_next_peer(server, NULL), 4, 272, true, false, 0)->latency;
    need(sent && received);
    need_int(sent->n, 1);
    need_int(sent->most, 250000);
    need_int(received->n, 1);
    need_int(received->least, 250000);
    need_int(dia_histogram_at(sent, 0.99), 250000);
done:
    net_end(&net);
}

/* Commands that nobody knows share a row (behaviours of others: 2^56 counters); many results share one, too. */
static void strangers_create_no_rows(void)
{
    struct net net;
    uint8_t buf[64];
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server =
        net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody, .limits = { .counts = 10 } });
    need(server);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    struct net_wire *wire = net_hold_open(&net, server, "client.example.net");
    need(wire);
    const dia_peer *peer = dia_node_next_peer(server, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        dia_builder b;
        dia_build_begin(
            &b, buf, sizeof buf,
            &(dia_header){ .version = 1, .flags = DIA_FLAG_REQUEST, .command = 5000 + i, .application = 4 });
        const int64_t n = dia_build_end(&b);
        need(n > 0);
        net_write(&net, wire, (dia_bytes){ buf, (size_t)n });
        dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .version = 1, .command = 280 });
        dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 4000 + i);
        const int64_t m = dia_build_end(&b);
        need(m > 0);
        net_write(&net, wire, (dia_bytes){ buf, (size_t)m });
    }
    size_t n;
    dia_peer_counts(peer, &n);
    need(n <= 10);
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, false, 0), 100);
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, true, 3001), 100);
    need(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, false, 0) >= 90);
done:
    net_end(&net);
}

/* A stranger's counts do not go with it. */
static void counts_of_all_outlive_their_peers(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    unsigned served = 0;
    size_t n;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    need(server);
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    for (int i = 0; i < 3; i++) {
        struct net_wire *wire = net_hold_open(&net, server, i < 2 ? "a.example.net" : "b.example.net");
        need(wire);
        if (i < 2)
            net_cut(&net, wire);
    }
    const dia_count *rows = dia_node_counts(server, &n);
    const dia_count *cers = row_of(rows, n, 0, 257, true, false, 0);
    need(cers);
    need_int(cers->n, 3);
    need_int(row_of(rows, n, 0, 257, false, true, 2001)->n, 3);
    rows = dia_node_counts(server, &n); /* and once more the same */
    need_int(row_of(rows, n, 0, 257, true, false, 0)->n, 3);
done:
    net_end(&net);
}

static void status_says_what_went_wrong_last(void)
{
    struct net net;
    dia_node *client, *server;
    dia_peer_status status;
    need(net_pair(&net, &client, &server, NULL));
    const dia_peer *peer = dia_node_next_peer(client, NULL);
    dia_peer_get_status(peer, &status);
    need(!status.last_error);
    need_int(status.state, DIA_PEER_I_OPEN);
    need_int(status.since_us, net.now_us);
    need(status.initiator && status.configured);
    net_pass(&net, 100);
    net_cut(&net, net_wire_of(&net, client, server));
    dia_peer_get_status(peer, &status);
    need_str(status.last_error, "cut");
    need_int(status.last_error_us, net.now_us);
    need_int(status.watch, DIA_WATCH_DOWN);
    need_int(status.since_us, net.now_us);
    need(!dia_peer_connection(peer));
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "messages_are_counted_by_command_and_result", messages_are_counted_by_command_and_result },
        { "latency_is_that_of_the_answer", latency_is_that_of_the_answer },
        { "strangers_create_no_rows", strangers_create_no_rows },
        { "counts_of_all_outlive_their_peers", counts_of_all_outlive_their_peers },
        { "status_says_what_went_wrong_last", status_says_what_went_wrong_last },
    };
    return HARNESS_RUN("node/count", tests);
}

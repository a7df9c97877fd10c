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

/* Commands that nobody knows share a row (behaviours of others: 2^56 counters), and so do answers that nobody asked for. */
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
    need_int(n, 5); /* CER and CEA beside them */
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, false, 0), 100);
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, true, 3001), 100);
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, false, 0), 100);
done:
    net_end(&net);
}

/* The base protocol's answer to one request of ours is the first: a second is one that nobody asked for. */
static void base_answers_are_counted_as_often_as_they_were_asked_for(void)
{
    struct net net;
    uint8_t buf[64];
    dia_builder b;
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    need(server);
    need_int(dia_node_use(server, &dia_dict_ro), 0);
    struct net_wire *wire = net_hold_open(&net, server, "client.example.net");
    need(wire);
    const dia_peer *peer = dia_node_next_peer(server, NULL);
    net_pass(&net, 40000);
    need_int(dia_node_disconnect_peer(server, peer, DIA_CAUSE_BUSY), 0);
    for (int i = 0; i < 2; i++) { /* a DWR, and a DPR, which ends with its answer */
        const uint32_t command = i ? 282 : 280;
        need(net_read(&net, wire).p);
        need_int(net.header.command, command);
        for (uint32_t k = 0; k < 3; k++) {
            dia_build_begin(&b, buf, sizeof buf,
                            &(dia_header){ .version = 1,
                                           .command = command,
                                           .hop_by_hop = net.header.hop_by_hop + (i && k < 2),
                                           .end_to_end = net.header.end_to_end });
            dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, i ? 2001 : 2001 + k);
            const int64_t n = dia_build_end(&b);
            need(n > 0);
            net_write(&net, wire, (dia_bytes){ buf, (size_t)n });
        }
    }
    need_int(times(peer, 0, 280, false, false, 2001), 1);
    need_int(times(peer, 0, 282, false, false, 2001), 1);
    need_int(times(peer, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, false, 0), 4);
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

/* A relay between two far ends of its own realms, and what passes. */
struct between {
    struct net net;
    dia_node *relay;
    struct net_wire *client, *server;
    const dia_peer *from, *to;
};

static bool stand_between(struct between *b, const dia_dicts *names, uint32_t counts)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .allow = anybody,
                                     .origin_realm = "relay.example.net",
                                     .watchdog_ms = 3600000,
                                     .dicts = names,
                                     .limits = { .counts = counts } };
    net_begin(&b->net);
    b->relay = net_add(&b->net, "relay.example.net", &config);
    if (!b->relay || dia_node_advertise(b->relay, DIA_APP_RELAY, 0, DIA_APP_AUTH))
        return false;
    b->client = net_hold_as(&b->net, b->relay, "client.example.org", "example.org", DIA_APP_RELAY);
    b->server = net_hold_as(&b->net, b->relay, "server.example.com", "example.com", DIA_APP_RELAY);
    b->from = dia_node_find_peer(b->relay, "client.example.org");
    b->to = dia_node_find_peer(b->relay, "server.example.com");
    return b->client && b->server && b->from && b->to;
}

/* A request passes, and 30 ms later its answer. */
static bool pass(struct between *b, uint32_t application, uint32_t command, uint32_t result_code)
{
    uint8_t buf[200];
    dia_builder w;
    dia_header header = {
        .version = 1, .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .command = command, .application = application
    };
    dia_build_begin(&w, buf, sizeof buf, &header);
    dia_put_bytes(&w, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.com"));
    int64_t n = dia_build_end(&w);
    net_write(&b->net, b->client, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
    if (!net_read(&b->net, b->server).p)
        return false;
    net_pass(&b->net, 30);
    header = b->net.header;
    header.flags = DIA_FLAG_PROXIABLE;
    dia_build_begin(&w, buf, sizeof buf, &header);
    dia_put_u32(&w, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
    n = dia_build_end(&w);
    net_write(&b->net, b->server, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
    return net_read(&b->net, b->client).p;
}

static const dia_dict *const ro_only[] = { &dia_dict_ro };
static const dia_dicts ro = { ro_only, 1, NULL };

/* Its own applications are none; what it can name it was given. */
static void relay_counts_commands_that_it_can_name(void)
{
    struct between b;
    need(stand_between(&b, &ro, 0));
    for (uint32_t i = 0; i < 6; i++)
        need(pass(&b, 4, 272, i % 2 ? 5030 : 2001));
    need_int(times(b.from, 4, 272, true, false, 0), 6);
    need_int(times(b.from, 4, 272, false, true, 2001), 3);
    need_int(times(b.from, 4, 272, false, true, 5030), 3);
    need_int(times(b.to, 4, 272, true, true, 0), 6);
    need_int(times(b.to, 4, 272, false, false, 2001), 3);
    need_int(times(b.to, 4, 272, false, false, 5030), 3);
    const dia_histogram *latency = row(b.to, 4, 272, true, true, 0)->latency;
    need(latency);
    need_int(latency->n, 6);
    need_int(latency->least, 30000);
done:
    net_end(&b.net);
}

/* Nor does it matter what it was given: how long others take is told of all together. */
static void relay_measures_what_it_cannot_name(void)
{
    struct between b;
    need(stand_between(&b, NULL, 0));
    need(pass(&b, 4, 272, 2001) && pass(&b, 16777251, 316, 2001));
    need_int(times(b.to, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, true, 0), 2);
    need_int(times(b.from, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, true, 2001), 2);
    const dia_histogram *latency = row(b.to, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, true, 0)->latency;
    need(latency);
    need_int(latency->n, 2);
    need_int(latency->most, 30000);
done:
    net_end(&b.net);
}

/* Neither codes nor applications that are made up: what comes behind them has its row yet. */
static void inventions_leave_a_relays_rows_to_others(void)
{
    struct between b;
    size_t n;
    need(stand_between(&b, &ro, 16));
    for (uint32_t i = 0; i < 40; i++)
        need(pass(&b, i % 2 ? 4 : 5000 + i, i % 2 ? 5000 + i : 272, 2001));
    need(pass(&b, 4, 272, 2001));
    need_int(times(b.to, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, true, 0), 40);
    need_int(times(b.from, DIA_COUNT_OTHER, DIA_COUNT_OTHER, true, false, 0), 40);
    need_int(times(b.to, 4, 272, true, true, 0), 1);
    need_int(times(b.from, 4, 272, false, true, 2001), 1);
    dia_peer_counts(b.to, &n);
    need(n <= 8);
done:
    net_end(&b.net);
}

/* A server may answer with what it likes: many results share a row. */
static void many_results_share_a_row(void)
{
    struct between b;
    size_t n;
    need(stand_between(&b, &ro, 16));
    for (uint32_t i = 0; i < 40; i++)
        need(pass(&b, 4, 272, 4001 + i));
    dia_peer_counts(b.to, &n);
    need(n <= 16);
    need(times(b.to, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, false, 0) >= 25);
    need(times(b.from, DIA_COUNT_OTHER, DIA_COUNT_OTHER, false, true, 0) >= 25);
done:
    net_end(&b.net);
}

/* A command that nobody knew is one of the application's from when it is used. */
static void what_was_nameless_is_asked_again(void)
{
    struct between b;
    need(stand_between(&b, NULL, 0));
    need(pass(&b, 4, 272, 2001));
    need_int(times(b.to, 4, 272, true, true, 0), 0);
    need_int(dia_node_use(b.relay, &dia_dict_ro), 0);
    need(pass(&b, 4, 272, 2001));
    need_int(times(b.to, 4, 272, true, true, 0), 1);
done:
    net_end(&b.net);
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
        { "base_answers_are_counted_as_often_as_they_were_asked_for",
          base_answers_are_counted_as_often_as_they_were_asked_for },
        { "counts_of_all_outlive_their_peers", counts_of_all_outlive_their_peers },
        { "relay_counts_commands_that_it_can_name", relay_counts_commands_that_it_can_name },
        { "relay_measures_what_it_cannot_name", relay_measures_what_it_cannot_name },
        { "inventions_leave_a_relays_rows_to_others", inventions_leave_a_relays_rows_to_others },
        { "many_results_share_a_row", many_results_share_a_row },
        { "what_was_nameless_is_asked_again", what_was_nameless_is_asked_again },
        { "status_says_what_went_wrong_last", status_says_what_went_wrong_last },
    };
    return HARNESS_RUN("node/count", tests);
}

/* Many connections at once: each has its turn, whatever the others send (counted in messages, not in time). */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUSY = 8, EACH = 1000, TURN = 128, POLITE = 77777 };

struct order {
    unsigned served;
    unsigned before_polite; /* served before the request of the polite one */
    bool polite;
};

static void serve(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct order *order = arg;
    if (ccr->cc_request_number == POLITE) {
        order->polite = true;
        order->before_polite = order->served;
    }
    order->served += !net_answer(request, ccr, 2001);
}

static size_t ccr_octets(uint8_t *buf, size_t size, const char *host, uint32_t number)
{
    const dia_ro_ccr ccr = net_ccr(number);
    const dia_defaults defaults = { .session_id = DIA_LIT("s"),
                                    .origin_host = dia_cstr(host),
                                    .origin_realm = DIA_LIT("example.net"),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    const dia_header ids = { .hop_by_hop = number, .end_to_end = number };
    const int64_t n = dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &ids, &defaults, buf, size, NULL, NULL);
    return n > 0 ? (size_t)n : 0;
}

/* So many requests wait in the wire, to be delivered at the next pump. */
static void fill(struct net_wire *wire, const char *host, uint32_t n)
{
    uint8_t buf[400];
    for (uint32_t i = 0; i < n; i++)
        if (dia_buf_append(&wire->end[1].to, (dia_bytes){ buf, ccr_octets(buf, sizeof buf, host, i) }))
            abort();
}

/* Eight connections with a thousand requests each, and one with a single request behind them all: it waits for one turn of
 * each of the eight, not for all that they have. */
static void polite_connection_waits_for_one_turn_of_each_busy_one(void)
{
    struct net net;
    struct net_wire *busy[BUSY];
    struct order order = { 0 };
    char host[40];
    uint8_t buf[400];
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server =
        net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody, .alloc = dia_allocator_default() });
    need(server);
    need_int(dia_serve_ro_ccr(server, serve, &order), 0);
    for (int i = 0; i < BUSY; i++) {
        snprintf(host, sizeof host, "busy%d.example.net", i);
        need(busy[i] = net_hold_open(&net, server, host));
    }
    struct net_wire *polite = net_hold_open(&net, server, "polite.example.net");
    need(polite);
    for (int i = 0; i < BUSY; i++)
        fill(busy[i], "busy.example.net", EACH);
    net_write(&net, polite, (dia_bytes){ buf, ccr_octets(buf, sizeof buf, "polite.example.net", POLITE) });
    need(order.polite);
    need_int(order.before_polite, BUSY * TURN);
    /* Nothing is lost, and each has its answers in the order of its requests. */
    need_int(order.served, BUSY * EACH + 1);
    need_int(net_result(net_read(&net, polite)), 2001);
    for (int i = 0; i < BUSY; i++)
        for (uint32_t k = 0; k < EACH; k++) {
            need_int(net_result(net_read(&net, busy[i])), 2001);
            need_int(net.header.hop_by_hop, k);
        }
done:
    net_end(&net);
}

/* The same with pieces of any size: partial messages end turns as well as whole ones. */
static void turns_and_pieces_go_together(void)
{
    struct net net;
    struct net_wire *busy[2];
    struct order order = { 0 };
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server =
        net_add(&net, "server.example.net",
                &(dia_node_config){ .allow = anybody, .limits = { .turn = 1 }, .alloc = dia_allocator_default() });
    need(server);
    need_int(dia_serve_ro_ccr(server, serve, &order), 0);
    need(busy[0] = net_hold_open(&net, server, "a.example.net"));
    need(busy[1] = net_hold_open(&net, server, "b.example.net"));
    net.piece = 1000;
    fill(busy[0], "a.example.net", 300);
    fill(busy[1], "b.example.net", 300);
    net_pump(&net);
    need_int(order.served, 600);
    for (int i = 0; i < 2; i++)
        for (uint32_t k = 0; k < 300; k++) {
            need_int(net_result(net_read(&net, busy[i])), 2001);
            need_int(net.header.hop_by_hop, k);
        }
done:
    net_end(&net);
}

/* ---- Memory ---- */

struct kept {
    dia_request *request[100];
    unsigned n;
};

static void keep(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct kept *kept = arg;
    if (kept->n < 100 && dia_keep_ro_ccr(request))
        kept->request[kept->n++] = request;
    else
        net_answer(request, ccr, 5012);
}

/* One peer's requests are kept until memory is used up: no more of its are, while those of another are. When they are
 * answered, all is as before. */
static void kept_requests_count_as_memory(void)
{
    struct net net;
    struct kept kept = { .n = 0 };
    uint8_t buf[400];
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    need(server);
    need_int(dia_serve_ro_ccr(server, keep, &kept), 0);
    struct net_wire *greedy = net_hold_open(&net, server, "greedy.example.net");
    struct net_wire *other = greedy ? net_hold_open(&net, server, "other.example.net") : NULL;
    need(other);
    const size_t before = server->hub.memory;
    server->hub.config.limits.memory = before + 100000;
    fill(greedy, "greedy.example.net", 100);
    net_pump(&net);
    need(kept.n > 10 && kept.n < 100);
    need(dia_hub_is_full(&server->hub));
    need(server->hub.memory < before + 120000);
    for (unsigned i = kept.n; i < 100; i++) {
        need_int(net_result(net_read(&net, greedy)), 3004);
    }
    const unsigned n = kept.n;
    net_write(&net, other, (dia_bytes){ buf, ccr_octets(buf, sizeof buf, "other.example.net", 7) });
    need_int(kept.n, n + 1);
    for (unsigned i = 0; i < kept.n; i++)
        need_int(dia_request_fail(kept.request[i], 4012, NULL), 0);
    net_pump(&net);
    need_int(greedy->end[1].conn->kept_octets, 0);
    need(!dia_conn_is_greedy(greedy->end[1].conn));
done:
    net_end(&net);
}

/* Whoever goes and comes again finds what is still kept of it, in octets and in number. */
static void requests_of_a_connection_that_is_gone_count_for_the_next(void)
{
    struct net net;
    struct kept kept = { .n = 0 };
    uint8_t buf[400];
    static const char *const anybody[] = { "*", NULL };
    net_begin(&net);
    dia_node *server =
        net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody, .limits = { .unanswered = 30 } });
    need(server);
    need_int(dia_serve_ro_ccr(server, keep, &kept), 0);
    struct net_wire *wire = net_hold_open(&net, server, "a.example.net");
    need(wire);
    fill(wire, "a.example.net", 20);
    net_pump(&net);
    need_int(kept.n, 20);
    net_cut(&net, wire);
    need_int(server->hub.n_deserted, 1);
    need(wire = net_hold_open(&net, server, "b.example.net"));
    need_int(server->hub.n_deserted, 0);
    fill(wire, "b.example.net", 20);
    net_pump(&net);
    need_int(kept.n, 30); /* of both */
    const size_t limit = server->hub.config.limits.memory;
    server->hub.config.limits.memory = server->hub.memory / 2;
    need(dia_conn_is_greedy(wire->end[1].conn));
    for (unsigned i = 0; i < 20; i++)
        need_int(dia_request_fail(kept.request[i], 4012, NULL), DIA_ENOENT);
    server->hub.config.limits.memory = limit;
    net_cut(&net, wire);
    need_int(server->hub.n_deserted, 1);
    for (unsigned i = 20; i < 30; i++)
        need_int(dia_request_fail(kept.request[i], 4012, NULL), DIA_ENOENT);
    need_int(server->hub.n_deserted, 0);
    need_int(server->hub.origins.n, 0);
    need(wire = net_hold_open(&net, server, "a.example.net"));
    net_write(&net, wire, (dia_bytes){ buf, ccr_octets(buf, sizeof buf, "a.example.net", 7) });
    need_int(kept.n, 31);
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "polite_connection_waits_for_one_turn_of_each_busy_one",
          polite_connection_waits_for_one_turn_of_each_busy_one },
        { "turns_and_pieces_go_together", turns_and_pieces_go_together },
        { "kept_requests_count_as_memory", kept_requests_count_as_memory },
        { "requests_of_a_connection_that_is_gone_count_for_the_next",
          requests_of_a_connection_that_is_gone_count_for_the_next },
    };
    return HARNESS_RUN("node/fairness", tests);
}

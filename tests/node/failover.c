/* What a peer has not answered goes to another one: behind a lost connection, and under suspicion. */
#include "net.h"

/* Two servers and a client; each server keeps what it gets, or answers at once. They see all that comes, repeats too. */
struct server {
    dia_node *node;
    bool keeps;
    dia_request *kept[120];
    unsigned n_kept, n;
    uint32_t end_to_end[120];
    unsigned repeated; /* of them with T */
};

struct scene {
    struct net net;
    struct server a, b;
    dia_node *client;
    struct asked asked;
};

static void serve(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct server *s = arg;
    const dia_header header = dia_request_header(request);
    if (s->n < 120)
        s->end_to_end[s->n++] = header.end_to_end;
    s->repeated += header.flags & DIA_FLAG_RETRANSMITTED ? 1 : 0;
    if (!s->keeps)
        net_answer(request, ccr, 2001);
    else if (s->n_kept < 120 && dia_request_keep(request))
        s->kept[s->n_kept++] = request;
}

static bool add_server(struct scene *s, struct server *server, const char *host)
{
    static const char *const anybody[] = { "*", NULL };
    server->keeps = true;
    server->node =
        net_add(&s->net, host, &(dia_node_config){ .allow = anybody, .watchdog_ms = 60000, .handle_duplicates = true });
    return server->node && !dia_serve_ro_ccr(server->node, serve, server) && net_join(&s->net, s->client, server->node);
}

static bool begin(struct scene *s, const dia_node_config *given)
{
    dia_node_config config = given ? *given : (dia_node_config){ 0 };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    config.destination_realm = "example.net";
    if (!config.watchdog_ms)
        config.watchdog_ms = 10000;
    s->client = net_add(&s->net, "client.example.net", &config);
    return s->client && !dia_node_use(s->client, &dia_dict_ro) && add_server(s, &s->a, "a.example.net") &&
           add_server(s, &s->b, "b.example.net");
}

/* n requests, of which both servers get their part. */
static bool ask(struct scene *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (net_ask(s->client, i, 60000, &s->asked))
            return false;
    net_pump(&s->net);
    return s->a.n + s->b.n == n;
}

static void answer_all(struct scene *s, struct server *server)
{
    while (server->n_kept)
        net_answer(server->kept[--server->n_kept], &(dia_ro_ccr){ .cc_request_type = 4 }, 2001);
    net_pump(&s->net);
}

static void lost_connection_moves_its_requests(void) /* B5.1-03, B5.5.4-01, B5.5.4-02, W3.4.2-02, WA-20 */
{
    struct scene s;
    need(begin(&s, NULL));
    need(ask(&s, 100));
    need_int(s.a.n, 50);
    uint32_t were[50];
    memcpy(were, s.a.end_to_end, sizeof were);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
    need_int(s.asked.n, 0); /* nobody hears of it */
    need_int(s.b.n, 100);
    need_int(s.b.repeated, 50);
    for (unsigned i = 0; i < 50; i++)
        need_int(s.b.end_to_end[50 + i], were[i]);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_FAILOVER], 50);
    need_int(dia_node_counters(s.client).failovers, 50);
    need_int(dia_node_counters(s.client).lost, 0);
    s.b.keeps = false;
    answer_all(&s, &s.b);
    need_int(s.asked.n, 100);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need_int(s.asked.result_code, 2001);
done:
    net_end(&s.net);
}

static void without_another_peer_they_are_lost(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(ask(&s, 10));
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
    need_int(s.asked.n, 0);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.b.node));
    need_int(s.asked.n, 10);
    need_int(s.asked.kind, DIA_OUTCOME_LOST);
    need_int(dia_node_counters(s.client).lost, 10);
done:
    net_end(&s.net);
}

/* The other one need not have been there when the request was sent. */
static void stranger_that_came_later_takes_them(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct scene s;
    memset(&s, 0, sizeof s);
    net_begin(&s.net);
    s.client = net_add(&s.net, "client.example.net",
                       &(dia_node_config){ .allow = anybody, .destination_realm = "example.net" });
    need(s.client);
    need_int(dia_node_use(s.client, &dia_dict_ro), 0);
    need(add_server(&s, &s.a, "a.example.net"));
    need(ask(&s, 5));
    s.b.node = net_add(&s.net, "b.example.net", &(dia_node_config){ .handle_duplicates = true });
    need(s.b.node);
    need_int(dia_serve_ro_ccr(s.b.node, serve, &s.b), 0);
    need(net_join(&s.net, s.b.node, s.client));
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
    need_int(s.b.repeated, 5);
    need_int(s.asked.n, 5);
    need_int(s.asked.result_code, 2001);
done:
    net_end(&s.net);
}

static void request_for_the_peer_itself_goes_nowhere_else(void) /* B5.5.4-03 */
{
    struct scene s;
    need(begin(&s, NULL));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_host = dia_cstr("A.example.net");
    need_int(dia_send_ro_ccr(s.client, &ccr, 60000, net_on_cca, &s.asked), 0);
    net_pump(&s.net);
    need_int(s.a.n, 1);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_LOST);
    need_int(s.b.n, 0);
done:
    net_end(&s.net);
}

static void tries_are_bounded(void)
{
    for (uint32_t tries = 1; tries <= 3; tries++) {
        struct scene s;
        need(begin(&s, &(dia_node_config){ .tries = tries, .reconnect_ms = 1000, .reopen_dwas = DIA_REOPEN_AT_ONCE }));
        need_int(net_ask(s.client, 1, 60000, &s.asked), 0);
        net_pump(&s.net);
        for (uint32_t i = 0, seen_a = 0; i < 3 && !s.asked.n; i++) {
            const bool at_a = s.a.n > seen_a;
            seen_a = s.a.n;
            net_cut(&s.net, net_wire_of(&s.net, s.client, at_a ? s.a.node : s.b.node));
            net_pass(&s.net, 10000);
        }
        need_int(s.asked.n, 1);
        need_int(s.asked.kind, DIA_OUTCOME_LOST);
        need_int(s.a.n + s.b.n, tries);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- Suspicion ---- */

/* The connection to a server stands and carries nothing to it. */
static void freeze(struct scene *s, struct server *server, bool frozen)
{
    struct net_wire *wire = net_wire_of(&s->net, s->client, server->node);
    for (int k = 0; k < 2; k++)
        wire->end[k].stuck = frozen;
}

static bool suspect_a(struct scene *s)
{
    freeze(s, &s->a, true);
    for (int i = 0; i < 30 && !net_seat_of(&s->net, s->client)->events[DIA_EVENT_SUSPECT]; i++)
        net_pass(&s->net, 1000);
    return net_seat_of(&s->net, s->client)->events[DIA_EVENT_SUSPECT] == 1;
}

static void suspect_peer_is_passed_by(void) /* W3.4.1-09, B5.1-06, WA-11 */
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 60000 } }));
    need(ask(&s, 10));
    need(suspect_a(&s));
    need_int(s.b.n, 10);
    need_int(s.b.repeated, 5);
    answer_all(&s, &s.b);
    need_int(s.asked.n, 10);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need_int(dia_node_counters(s.client).lost, 0);
    freeze(&s, &s.a, false); /* it comes back, and answers what was answered */
    answer_all(&s, &s.a);
    net_pump(&s.net);
    need_int(s.asked.n, 10);
    need_int(dia_node_counters(s.client).late_answers, 5);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_ALIVE], 1);
done:
    net_end(&s.net);
}

static void first_answer_wins(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 60000 } }));
    need(ask(&s, 10));
    need(suspect_a(&s));
    freeze(&s, &s.a, false);
    answer_all(&s, &s.a); /* the suspect one is faster */
    need_int(s.asked.n, 5);
    answer_all(&s, &s.b);
    need_int(s.asked.n, 10);
    need_int(dia_node_counters(s.client).late_answers, 5);
    need_int(s.client ? (int)dia_node_reachable(s.client, 4, NULL) : 0, 2);
done:
    net_end(&s.net);
}

static void one_of_two_may_still_fail(void)
{
    for (int which = 0; which < 2; which++) {
        struct scene s;
        need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 60000 } }));
        need(ask(&s, 10));
        need(suspect_a(&s));
        net_cut(&s.net, net_wire_of(&s.net, s.client, which ? s.a.node : s.b.node));
        need_int(s.asked.n, which ? 0 : 5); /* those of b alone; those of both are with the other still */
        if (!which)
            freeze(&s, &s.a, false);
        answer_all(&s, which ? &s.b : &s.a);
        need_int(s.asked.n, 10);
        need_int(dia_node_counters(s.client).lost, which ? 0 : 5);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* A moved request is under suspicion again and sent to a third; that one fails, and the application may still cancel it. */
static void handle_leads_to_the_one_that_is_left(void)
{
    struct scene s;
    struct server c = { 0 };
    need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 60000 } }));
    need(ask(&s, 1));
    const uint64_t handle = dia_node_last_sent(s.client);
    struct server *first = s.a.n ? &s.a : &s.b, *second = s.a.n ? &s.b : &s.a;
    net_cut(&s.net, net_wire_of(&s.net, s.client, first->node));
    net_seat_of(&s.net, first->node)->deaf = true;
    need_int(second->n, 1);
    need(add_server(&s, &c, "c.example.net"));
    freeze(&s, second, true);
    net_pass(&s.net, 12100);
    net_pass(&s.net, 12100);
    need_int(c.n, 1);
    need_int(s.client->hub.moved.n, 1);
    net_cut(&s.net, net_wire_of(&s.net, s.client, c.node));
    need_int(s.asked.n, 0);
    need_int(dia_node_cancel(s.client, handle), 0);
    need_int(dia_node_cancel(s.client, handle), DIA_ENOENT);
    net_pass(&s.net, 100000);
    need_int(s.asked.n, 0);
    need_int(s.client->hub.moved.n, 0);
done:
    net_end(&s.net);
}

static bool shown_repeated;

static void look_at_failover(struct net_seat *seat, const dia_event *event)
{
    dia_header header;
    (void)seat;
    if (event->kind == DIA_EVENT_FAILOVER)
        shown_repeated = !dia_header_read(event->message, &header) && header.flags & DIA_FLAG_RETRANSMITTED;
}

static void event_shows_the_request_as_it_goes_again(void)
{
    struct scene s;
    need(begin(&s, NULL));
    need(ask(&s, 10));
    shown_repeated = false;
    net_seat_of(&s.net, s.client)->on_event = look_at_failover;
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
    need_int(s.b.n, 10);
    need(shown_repeated);
done:
    net_end(&s.net);
}

static void time_is_up_once(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 600000 } }));
    need(ask(&s, 10));
    need(suspect_a(&s));
    net_pass(&s.net, 60000);
    need_int(s.asked.n, 10);
    need_int(s.asked.kind, DIA_OUTCOME_TIMEOUT);
    need_int(dia_node_counters(s.client).timeouts, 10);
done:
    net_end(&s.net);
}

static void moved_request_may_be_cancelled(void)
{
    for (int suspected = 0; suspected < 2; suspected++) {
        struct scene s;
        need(begin(&s, &(dia_node_config){ .limits = { .stall_ms = 60000 } }));
        need_int(net_ask(s.client, 1, 60000, &s.asked), 0);
        uint64_t handle = dia_node_last_sent(s.client);
        net_pump(&s.net);
        if (s.b.n) { /* it was b's turn */
            need_int(net_ask(s.client, 2, 60000, &s.asked), 0);
            handle = dia_node_last_sent(s.client);
            net_pump(&s.net);
            answer_all(&s, &s.b);
            memset(&s.asked, 0, sizeof s.asked);
            s.b.n = 0;
        }
        need_int(s.a.n, 1);
        if (suspected)
            need(suspect_a(&s));
        else
            net_cut(&s.net, net_wire_of(&s.net, s.client, s.a.node));
        need_int(s.b.n, 1);
        need_int(dia_node_cancel(s.client, handle), 0);
        need_int(dia_node_cancel(s.client, handle), DIA_ENOENT);
        answer_all(&s, &s.b);
        net_pass(&s.net, 100000);
        need_int(s.asked.n, 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "lost_connection_moves_its_requests", lost_connection_moves_its_requests },
        { "without_another_peer_they_are_lost", without_another_peer_they_are_lost },
        { "stranger_that_came_later_takes_them", stranger_that_came_later_takes_them },
        { "request_for_the_peer_itself_goes_nowhere_else", request_for_the_peer_itself_goes_nowhere_else },
        { "tries_are_bounded", tries_are_bounded },
        { "suspect_peer_is_passed_by", suspect_peer_is_passed_by },
        { "first_answer_wins", first_answer_wins },
        { "one_of_two_may_still_fail", one_of_two_may_still_fail },
        { "handle_leads_to_the_one_that_is_left", handle_leads_to_the_one_that_is_left },
        { "event_shows_the_request_as_it_goes_again", event_shows_the_request_as_it_goes_again },
        { "time_is_up_once", time_is_up_once },
        { "moved_request_may_be_cancelled", moved_request_may_be_cancelled },
    };
    return HARNESS_RUN("node/failover", tests);
}

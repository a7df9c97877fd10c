/* Redirects between whole nodes: a client, who redirects, and where it leads. */
#include "net.h"

struct scene;

/* A server that redirects, keeps, or answers 2001. */
struct server {
    struct scene *scene;
    dia_node *node;
    const char *to;          /* it redirects there; NULL: it answers */
    const char *const *many; /* so many of them, in place of it */
    size_t n_many;
    dia_redirect_usage usage;
    uint32_t max_cache_s;
    unsigned n, with_t;
    int err;    /* of the last redirect */
    bool fills; /* the client has no memory left when it hears of it */
};

struct scene {
    struct net net;
    dia_node *client;
    struct server r, t, u;
    struct asked asked;
};

static void serve(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct server *s = arg;
    s->n++;
    s->with_t += dia_request_header(request).flags & DIA_FLAG_RETRANSMITTED ? 1 : 0;
    if (s->fills)
        s->scene->client->hub.config.limits.memory = 1;
    if (s->n_many)
        s->err = dia_request_redirect(request, s->many, s->n_many, s->usage, s->max_cache_s);
    else if (s->to)
        s->err = dia_request_redirect(request, &s->to, 1, s->usage, s->max_cache_s);
    else
        net_answer(request, ccr, 2001);
}

static bool add_server(struct scene *s, struct server *server, const char *host)
{
    static const char *const anybody[] = { "*", NULL };
    server->scene = s;
    server->node = net_add(&s->net, host, &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000 });
    return server->node && !dia_serve_ro_ccr(server->node, serve, server);
}

/* The client knows r alone. */
static bool begin(struct scene *s, dia_node_config config)
{
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    config.watchdog_ms = 3600000;
    config.redirect_clear = true;
    s->client = net_add(&s->net, "client.example.net", &config);
    s->r.to = "aaa://t.example.net";
    return s->client && !dia_node_use(s->client, &dia_dict_ro) && add_server(s, &s->r, "r.example.net") &&
           add_server(s, &s->t, "t.example.net") && add_server(s, &s->u, "u.example.net") &&
           net_join(&s->net, s->client, s->r.node);
}

static void request_is_followed_to_a_peer(void) /* B6.1.8-03, B6.12-02, B7.1.3-08, B3-12 */
{
    struct scene s;
    need(begin(&s, (dia_node_config){ 0 }));
    need(net_join(&s.net, s.client, s.t.node));
    for (int i = 0; i < 4; i++)
        need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pump(&s.net);
    need_int(s.asked.n, 4);
    need_int(s.asked.result_code, 2001);
    need_int(s.t.n, 4);
    need_int(s.t.with_t, 0);
    need_int(s.r.n, 2);
    need_int(dia_node_counters(s.client).redirects, 2);
    need_int(s.client->hub.moved.n, 0);
done:
    net_end(&s.net);
}

static void new_host_is_connected_to(void)
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    for (int i = 0; i < 10; i++)
        need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.asked.n, 10);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need_int(s.asked.result_code, 2001);
    need_int(s.r.n, 10);
    need_int(s.t.n, 10);
    need_int(s.client->redirecting.n_detours, 0);
    need_int(s.client->redirecting.n_dynamic, 1);
    const dia_peer *peer = dia_node_find_peer(s.client, "t.example.net");
    dia_peer_status status;
    need(peer);
    dia_peer_get_status(peer, &status);
    need(!status.configured);
    net_pass(&s.net, 61000); /* nobody wants it any more */
    need(!dia_node_find_peer(s.client, "t.example.net"));
    need_int(s.client->redirecting.n_dynamic, 0);
    need_int(dia_node_counters(s.client).timeouts, 0);
done:
    net_end(&s.net);
}

static void host_that_is_gone_is_forgotten(void) /* B6.14-03 */
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    s.r.usage = DIA_REDIRECT_ALL_REALM;
    s.r.max_cache_s = 3600;
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.t.n, 1);
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.t.n, 2);
    need_int(s.r.n, 1); /* B6.13-03 */
    need_int(s.client->redirecting.shortcuts.n, 1);
    net_seat_of(&s.net, s.t.node)->deaf = true;
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.t.node));
    net_pass(&s.net, 10);
    need_int(s.client->redirecting.shortcuts.n, 0);
    need_int(s.client->redirecting.n_dynamic, 0);
    need(!dia_node_find_peer(s.client, "t.example.net"));
    s.r.to = NULL;
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.asked.n, 3);
    need_int(s.asked.result_code, 2001);
    need_int(s.r.n, 2);
done:
    net_end(&s.net);
}

static void peer_that_is_configured_meanwhile_stays(void)
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(dia_node_add_peer(s.client,
                               &(dia_peer_config){ .host = "t.example.net", .connect = "aaa://t.example.net" }, NULL),
             0);
    net_pass(&s.net, 200000);
    const dia_peer *peer = dia_node_find_peer(s.client, "t.example.net");
    need(peer && dia_peer_is_open(peer));
    need_int(s.client->redirecting.n_dynamic, 0);
done:
    net_end(&s.net);
}

static void who_is_connected_to_is_protected(void) /* B2.2-03 */
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    s.client->hub.config.redirect_clear = false;
    s.r.to = "aaas://t.example.net";
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_CONNECT_FAILED], 1); /* no wire here is protected */
    s.r.to = "aaa://u.example.net";
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(net_seat_of(&s.net, s.client)->events[DIA_EVENT_CONNECT_FAILED], 1);
    need_int(s.u.n, 0);
    need_int(s.asked.n, 2);
    need_int(s.asked.result_code, 3006);
done:
    net_end(&s.net);
}

static void what_leads_nowhere_is_the_answer(void)
{
    static const struct {
        const char *name, *to;
        dia_redirects redirects;
        bool deaf, tls_alone;
    } rows[] = {
        { "ignored", "aaa://t.example.net", DIA_REDIRECTS_IGNORE, false },
        { "in clear, and nobody said so", "aaa://t.example.net", DIA_REDIRECTS_CONNECT, false, true },
        { "no peer", "aaa://t.example.net", DIA_REDIRECTS_FOLLOW, false },
        { "who redirects", "aaa://R.example.net", DIA_REDIRECTS_CONNECT, false },
        { "ourselves", "aaa://Client.example.net", DIA_REDIRECTS_CONNECT, false },
        { "who does not listen", "aaa://t.example.net", DIA_REDIRECTS_CONNECT, true },
        { "who is not there", "aaa://nobody.example.net", DIA_REDIRECTS_CONNECT, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, (dia_node_config){ .redirects = rows[i].redirects }));
        s.r.to = rows[i].to;
        s.client->hub.config.redirect_clear = !rows[i].tls_alone;
        net_seat_of(&s.net, s.t.node)->deaf = rows[i].deaf;
        need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
        net_pass(&s.net, 10);
        need_int(s.asked.n, 1);
        need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
        need_int(s.asked.result_code, 3006);
        need(s.asked.error && s.asked.has_peer);
        need_int(s.t.n, 0);
        need_int(s.client->hub.moved.n, 0);
        need_int(s.client->redirecting.n_detours, 0);
        need_int(s.client->redirecting.n_dynamic, 0);
        net_pass(&s.net, 100000);
        need_int(s.asked.n, 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Somebody who names tens of thousands has each of them tried else, with all the octets of the request. */
static void as_many_hosts_as_a_route_has_are_looked_at(void)
{
    static const dia_redirects whether[] = { DIA_REDIRECTS_FOLLOW, DIA_REDIRECTS_CONNECT };
    const char *hosts[DIA_HOPS_MAX + 1];
    for (size_t i = 0; i < DIA_HOPS_MAX; i++)
        hosts[i] = "aaa://client.example.net";
    hosts[DIA_HOPS_MAX] = "aaa://t.example.net";
    for (size_t i = 0; i < 4; i++) {
        struct scene s;
        const bool is_one_of_them = i % 2;
        need(begin(&s, (dia_node_config){ .redirects = whether[i / 2] }));
        need(whether[i / 2] == DIA_REDIRECTS_CONNECT || net_join(&s.net, s.client, s.t.node));
        s.r.many = hosts + is_one_of_them;
        s.r.n_many = DIA_HOPS_MAX + 1 - is_one_of_them;
        need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
        net_pass(&s.net, 10);
        need_int(s.r.err, 0);
        need_int(s.r.n, 1);
        need_int(s.t.n, is_one_of_them);
        need_int(s.asked.result_code, is_one_of_them ? 2001 : 3006);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void what_waits_is_no_way_around_limits_of_memory(void)
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    s.r.fills = true;
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 3006);
    need(!dia_node_find_peer(s.client, "t.example.net"));
done:
    net_end(&s.net);
}

/* A flood of strangers who come and go makes nobody look at those that wait. */
static void strangers_do_not_concern_those_that_wait(void)
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT }));
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.t.n, 1);
    const int64_t at = s.client->redirecting.alarm.timer.at;
    struct net_wire *wire = net_hold(&s.net, s.client);
    need(wire);
    net_cut(&s.net, wire);
    need_int(s.client->redirecting.alarm.timer.at, at);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.r.node));
    need_int(s.client->redirecting.alarm.timer.at, at);
    net_cut(&s.net, net_wire_of(&s.net, s.client, s.t.node));
    need_int(s.client->redirecting.alarm.timer.at, s.net.now_us);
done:
    net_end(&s.net);
}

/* Round and round: three who redirect to each other. */
static void loops_end(void) /* B6.1.8-03 */
{
    struct scene s;
    need(begin(&s, (dia_node_config){ .tries = 100, .redirects = DIA_REDIRECTS_CONNECT }));
    s.t.to = "u.example.net";
    s.u.to = "r.example.net";
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pass(&s.net, 10);
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 3006);
    need_int(s.r.n + s.t.n + s.u.n, 3);
done:
    net_end(&s.net);
}

/* ---- What happens while a request waits ---- */

/* A wish to connect is not carried out: the request waits. */
static bool begin_waiting(struct scene *s, uint32_t timeout_ms)
{
    dia_todo todo;
    if (!begin(s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT, .limits = { .cer_ms = 60000 } }) ||
        net_ask(s->client, 1, timeout_ms, &s->asked))
        return false;
    while (dia_node_todo(s->client, &todo))
        if (todo.kind == DIA_TODO_WRITE) { /* to r, by hand */
            dia_output piece;
            while (dia_conn_output(todo.conn, &piece, 1)) {
                struct net_wire *wire = dia_conn_user(todo.conn);
                if (dia_buf_append(&wire->end[1].to, piece.octets))
                    return false;
                dia_conn_sent(todo.conn, piece.octets.n, (dia_time){ s->net.now_us });
            }
        }
    struct net_wire *wire = net_wire_of(&s->net, s->client, s->r.node);
    const dia_bytes request = dia_buf_bytes(&wire->end[1].to);
    dia_conn_input(wire->end[1].conn, request, (dia_time){ s->net.now_us });
    dia_buf_consume(&wire->end[1].to, request.n);
    dia_output piece;
    if (!dia_conn_output(wire->end[1].conn, &piece, 1))
        return false;
    dia_conn_input(wire->end[0].conn, piece.octets, (dia_time){ s->net.now_us });
    dia_conn_sent(wire->end[1].conn, piece.octets.n, (dia_time){ s->net.now_us });
    while (dia_node_todo(s->r.node, &todo))
        ;
    while (dia_node_todo(s->client, &todo))
        ;
    return s->client->redirecting.n_detours == 1 && !s->asked.n;
}

static void it_has_its_deadline(void)
{
    struct scene s;
    need(begin_waiting(&s, 3000));
    s.net.now_us += 2900000;
    dia_node_tick(s.client, (dia_time){ s.net.now_us });
    need_int(s.asked.n, 0);
    s.net.now_us += 101000;
    need(dia_node_deadline(s.client).us <= s.net.now_us);
    dia_node_tick(s.client, (dia_time){ s.net.now_us });
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 3006);
    need_int(s.client->hub.moved.n, 0);
done:
    net_end(&s.net);
}

static void it_may_be_cancelled(void)
{
    struct scene s;
    need(begin_waiting(&s, 3000));
    const uint64_t handle = dia_node_last_sent(s.client);
    need_int(dia_node_cancel(s.client, handle), 0);
    need_int(dia_node_cancel(s.client, handle), DIA_ENOENT);
    s.net.now_us += 3100000;
    dia_node_tick(s.client, (dia_time){ s.net.now_us });
    need_int(s.asked.n, 0);
    need_int(s.client->redirecting.n_detours, 0);
    need_int(s.client->hub.moved.n, 0);
done:
    net_end(&s.net);
}

static void it_ends_with_the_node(void)
{
    struct scene s;
    need(begin_waiting(&s, 3000));
    net_free(&s.net, s.client);
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_STOPPED);
done:
    net_end(&s.net);
}

static void a_stop_gives_it_back(void)
{
    struct scene s;
    need(begin_waiting(&s, 3000));
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 0);
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 3006);
    need_int(s.client->redirecting.n_detours, 0);
done:
    net_end(&s.net);
}

/* ---- Callbacks in the middle of it ---- */

static dia_event_kind wanted;
static int what;

static void on_event(struct net_seat *seat, const dia_event *event)
{
    if (event->kind != wanted || !seat->node)
        return;
    wanted = DIA_EVENT_KINDS;
    switch (what) {
    case 0: dia_node_stop(seat->node, DIA_CAUSE_REBOOTING, 0); break;
    case 1: dia_node_cancel(seat->node, dia_node_last_sent(seat->node)); break;
    case 2: dia_node_remove_peer(seat->node, event->peer); break;
    default: net_free(seat->net, seat->node); break;
    }
}

static void application_does_what_it_likes_meanwhile(void)
{
    static const dia_event_kind kinds[] = { DIA_EVENT_STATE, DIA_EVENT_RETRY, DIA_EVENT_PEER_UP,
                                            DIA_EVENT_CONNECT_FAILED };
    static const char *const names[] = { "stop", "cancel", "remove", "free" };
    for (size_t row = 0; row < 4 * (sizeof kinds / sizeof *kinds); row++) {
        struct scene s;
        if (!harness_row_runs(names[row % 4]))
            continue;
        need(begin(&s, (dia_node_config){ .redirects = DIA_REDIRECTS_CONNECT, .state_events = true }));
        for (int i = 0; i < 3; i++)
            need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
        wanted = kinds[row / 4];
        what = row % 4;
        net_seat_of(&s.net, s.client)->on_event = on_event;
        net_seat_of(&s.net, s.t.node)->deaf = wanted == DIA_EVENT_CONNECT_FAILED;
        net_pass(&s.net, 100000);
        need_int(s.asked.n, what == 1 ? 2 : 3);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- The redirect agent ---- */

static void what_makes_no_sense_is_not_sent(void) /* B6.14-01, B6.12-01 */
{
    static const char *const good[] = { "aaa://a.example.net:1;transport=sctp", "b.example.net" };
    static const char *const bad[] = { "a.example.net", "http://x" };
    static const struct {
        const char *name;
        const char *const *hosts;
        size_t n;
        dia_redirect_usage usage;
        uint32_t max_cache_s;
        bool wrong;
    } rows[] = {
        { "no host", good, 0, DIA_REDIRECT_DONT_CACHE, 0, true },
        { "what is no host", bad, 2, DIA_REDIRECT_DONT_CACHE, 0, true },
        { "two", good, 2, DIA_REDIRECT_DONT_CACHE, 0, false },
        { "usage without time", good, 1, DIA_REDIRECT_ALL_USER, 0, true },
        { "time without usage", good, 1, DIA_REDIRECT_DONT_CACHE, 5, true },
        { "both", good, 1, DIA_REDIRECT_ALL_USER, UINT32_MAX, false },
        { "no usage", good, 1, (dia_redirect_usage)7, 5, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_redirection redirection = { rows[i].hosts, rows[i].n, rows[i].usage, rows[i].max_cache_s };
        harness_row(rows[i].name);
        check_int(dia_redirection_wrong(&redirection) != NULL, rows[i].wrong);
    }
    struct scene s;
    need(begin(&s, (dia_node_config){ 0 }));
    s.r.to = "no host at all";
    need_int(net_ask(s.client, 1, 5000, &s.asked), 0);
    net_pump(&s.net);
    need_int(s.r.err, DIA_EINVAL);
    need_int(s.asked.result_code, 5012); /* what becomes of a request that nobody answers */
done:
    net_end(&s.net);
}

static void redirects_that_do_not_fit_are_refused(void)
{
    enum { HOSTS = 200 };
    static const char *hosts[HOSTS];
    struct scene s;
    for (int i = 0; i < HOSTS; i++)
        hosts[i] = "aaa://a-rather-long-name-of-a-host.example.net:3868;transport=tcp";
    need(begin(&s, (dia_node_config){ 0 }));
    struct net_wire *wire = net_hold_open(&s.net, s.r.node, "x.example.net");
    need(wire);
    s.r.node->hub.config.limits.message = 4096;
    uint8_t buf[200];
    dia_builder b;
    const dia_header head = {
        .version = 1, .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4, .hop_by_hop = 9
    };
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1"));
    const int64_t n = dia_build_end(&b);
    need(n > 0);
    dia_node_redirect(wire->end[1].conn, &head, (dia_bytes){ buf, (size_t)n },
                      &(dia_redirection){ hosts, HOSTS, DIA_REDIRECT_DONT_CACHE, 0 });
    net_pump(&s.net);
    need_int(net_result(net_read(&s.net, wire)), 3004);
    need_int(s.net.header.hop_by_hop, 9);
    dia_node_redirect(wire->end[1].conn, &head, (dia_bytes){ buf, (size_t)n },
                      &(dia_redirection){ hosts, 2, DIA_REDIRECT_ALL_USER, 60 });
    net_pump(&s.net);
    const dia_bytes answer = net_read(&s.net, wire);
    need_int(net_result(answer), 3006);
    need_int(s.net.header.flags, DIA_FLAG_ERROR);
    need_bytes(net_value(answer, DIA_AVP_SESSION_ID), DIA_STR("a;1"));
    need_int(dia_load32(net_value(answer, DIA_AVP_REDIRECT_HOST_USAGE).p), 6);
    need_int(dia_load32(net_value(answer, DIA_AVP_REDIRECT_MAX_CACHE_TIME).p), 60);
done:
    net_end(&s.net);
}

/* ---- Requests that go back to their sender ---- */

struct back {
    dia_sender sender;
    unsigned n;
    uint32_t sent;
};

static void on_raa(const dia_outcome *outcome, const dia_ro_raa *raa, void *arg)
{
    (void)outcome;
    (void)raa;
    (void)arg;
}

static void serve_and_ask_back(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct back *back = arg;
    const dia_sender sender = dia_request_sender(request);
    const dia_ro_rar rar = { .session_id = ccr->session_id,
                             .destination_host = sender.host,
                             .destination_realm = sender.realm,
                             .re_auth_request_type = DIA_RE_AUTH_REQUEST_TYPE_AUTHORIZE_ONLY };
    back->sent += !dia_send_ro_rar(dia_request_node(request), &rar, 5000, on_raa, back);
    net_answer(request, ccr, 2001);
}

static void take_rar(dia_request *request, const dia_ro_rar *rar, void *arg)
{
    struct back *back = arg;
    back->n += dia_bytes_equal(rar->destination_realm, DIA_STR("Home.example")) &&
               dia_bytes_equal(rar->destination_host, DIA_STR("client.example.net"));
    dia_request_fail(request, 5012, NULL);
}

static void request_goes_back_to_its_sender(void) /* B6.6-03, B6.5-01 */
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    struct back back = { .n = 0 };
    struct asked asked = { 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", &(dia_node_config){ .origin_realm = "Home.example" });
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    need(client && server);
    need_int(dia_serve_ro_rar(client, take_rar, &back), 0);
    need_int(dia_serve_ro_ccr(server, serve_and_ask_back, &back), 0);
    need(net_join(&net, client, server));
    need_int(net_ask(client, 1, 5000, &asked), 0);
    net_pump(&net);
    need_int(asked.result_code, 2001);
    need_int(back.sent, 1);
    need_int(back.n, 1);
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "request_is_followed_to_a_peer", request_is_followed_to_a_peer },
        { "new_host_is_connected_to", new_host_is_connected_to },
        { "host_that_is_gone_is_forgotten", host_that_is_gone_is_forgotten },
        { "peer_that_is_configured_meanwhile_stays", peer_that_is_configured_meanwhile_stays },
        { "who_is_connected_to_is_protected", who_is_connected_to_is_protected },
        { "what_leads_nowhere_is_the_answer", what_leads_nowhere_is_the_answer },
        { "as_many_hosts_as_a_route_has_are_looked_at", as_many_hosts_as_a_route_has_are_looked_at },
        { "what_waits_is_no_way_around_limits_of_memory", what_waits_is_no_way_around_limits_of_memory },
        { "strangers_do_not_concern_those_that_wait", strangers_do_not_concern_those_that_wait },
        { "loops_end", loops_end },
        { "it_has_its_deadline", it_has_its_deadline },
        { "it_may_be_cancelled", it_may_be_cancelled },
        { "it_ends_with_the_node", it_ends_with_the_node },
        { "a_stop_gives_it_back", a_stop_gives_it_back },
        { "application_does_what_it_likes_meanwhile", application_does_what_it_likes_meanwhile },
        { "what_makes_no_sense_is_not_sent", what_makes_no_sense_is_not_sent },
        { "redirects_that_do_not_fit_are_refused", redirects_that_do_not_fit_are_refused },
        { "request_goes_back_to_its_sender", request_goes_back_to_its_sender },
    };
    return HARNESS_RUN("node/redirect", tests);
}

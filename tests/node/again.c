/* A request with several places: who is asked, who is not asked again, and what the application hears. Far ends are the test's
 * own. */
#include "net.h"

enum { ENDS = 4 };

struct scene {
    struct net net;
    dia_node *node;
    struct net_wire *end[ENDS];
    dia_header came[ENDS]; /* the last request at each */
    struct asked asked;
};

static const char *const hosts[ENDS] = { "a.example.net", "b.example.net", "c.example.net", "d.example.net" };

/* A client, or a relay; with so many far ends. */
static bool begin(struct scene *s, const dia_node_config *given, int ends)
{
    memset(s, 0, sizeof *s);
    s->node = net_begin_with(&s->net, "m.example.net", given);
    if (!s->node || dia_node_use(s->node, &dia_dict_ro))
        return false;
    for (int i = 0; i < ends; i++)
        if (!(s->end[i] = net_hold_open(&s->net, s->node, hosts[i])))
            return false;
    return true;
}

/* At which far end has a request arrived? -1: at none. */
static int where(struct scene *s)
{
    int found = -1;
    net_pump(&s->net);
    for (int i = 0; i < ENDS; i++) {
        if (!s->end[i] || !net_read(&s->net, s->end[i]).p || !(s->net.header.flags & DIA_FLAG_REQUEST))
            continue;
        s->came[i] = s->net.header;
        found = i;
    }
    return found;
}

/* The far end answers what came to it last. */
static void answer(struct scene *s, int i, uint32_t result_code)
{
    uint8_t buf[300];
    dia_builder b;
    dia_header head = s->came[i];
    head.version = 1;
    head.flags = (uint8_t)((head.flags & DIA_FLAG_PROXIABLE) | (result_code / 1000 == 3 ? DIA_FLAG_ERROR : 0));
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1"));
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(hosts[i]));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    if (result_code / 1000 != 3) {
        dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, 4);
        dia_put_u32(&b, DIA_AVP_CC_REQUEST_TYPE, 0, DIA_AVP_M, 4);
        dia_put_u32(&b, DIA_AVP_CC_REQUEST_NUMBER, 0, DIA_AVP_M, 1);
    }
    net_write_built(&s->net, s->end[i], &b);
}

/* No request is anywhere any more. */
static bool is_empty(const struct scene *s)
{
    for (int i = 0; i < ENDS; i++)
        if (s->end[i] && s->end[i]->end[1].conn &&
            (s->end[i]->end[1].conn->pending.used || s->end[i]->end[1].conn->pending.copies))
            return false;
    return !s->node->hub.moved.n && !s->node->redirecting.n_detours;
}

static void an_entry_stays_small(void)
{
    check(sizeof(dia_waiting) <= 120); /* at most 8/3 of it a request: the ring grows at three quarters */
    check(sizeof(dia_again) + 4 * sizeof(dia_try) <= 100);
}

static void all_are_asked_once(void) /* B7.1.3-05, B3-12 */
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .tries = 10 }, 4));
    need_int(net_ask(s.node, 1, 60000, &s.asked), 0);
    unsigned asked = 0;
    for (int i = 0; i < ENDS; i++) {
        const int at = where(&s);
        need(at >= 0);
        need(!(asked >> at & 1));
        asked |= 1U << at;
        need_int(s.came[at].flags & DIA_FLAG_RETRANSMITTED, 0);
        need_int(s.asked.n, 0);
        answer(&s, at, 3004);
    }
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_ANSWER);
    need_int(s.asked.result_code, 3004);
    need_int(dia_node_counters(s.node).retries, 3);
    need(is_empty(&s));
done:
    net_end(&s.net);
}

static void other_connection_of_the_busy_peer_is_for_its_own_requests(void)
{
    for (int named = 0; named < 2; named++) {
        struct scene s;
        need(begin(&s, &(dia_node_config){ .tries = 10 }, 0));
        need_int(dia_node_add_peer(s.node, &(dia_peer_config){ .host = hosts[0], .connections = 2 }, NULL), 0);
        need(s.end[0] = net_hold_open(&s.net, s.node, hosts[0]));
        need(s.end[1] = net_hold_open(&s.net, s.node, hosts[0]));
        dia_ro_ccr ccr = net_ccr(1);
        ccr.destination_host = named ? dia_cstr(hosts[0]) : (dia_bytes){ NULL, 0 };
        need_int(dia_send_ro_ccr(s.node, &ccr, 60000, net_on_cca, &s.asked), 0);
        const int first = where(&s);
        need(first >= 0);
        answer(&s, first, 3004);
        need_int(where(&s), named ? !first : -1);
        need_int(s.asked.n, !named);
        if (named)
            answer(&s, !first, 3004);
        need_int(s.asked.n, 1);
        need_int(s.asked.result_code, 3004);
        need(is_empty(&s));
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* B5.5.4-02: the peer is the same, and its other connection stands. */
static void other_connection_takes_over_from_a_lost_one(void)
{
    for (int named = 0; named < 2; named++) {
        struct scene s;
        need(begin(&s, NULL, 0));
        need_int(dia_node_add_peer(s.node, &(dia_peer_config){ .host = hosts[0], .connections = 2 }, NULL), 0);
        need(s.end[0] = net_hold_open(&s.net, s.node, hosts[0]));
        need(s.end[1] = net_hold_open(&s.net, s.node, hosts[0]));
        dia_ro_ccr ccr = net_ccr(1);
        ccr.destination_host = named ? dia_cstr(hosts[0]) : (dia_bytes){ NULL, 0 };
        need_int(dia_send_ro_ccr(s.node, &ccr, 60000, net_on_cca, &s.asked), 0);
        const int first = where(&s);
        need(first >= 0);
        net_cut(&s.net, s.end[first]);
        need_int(where(&s), !first);
        need_int(s.came[!first].flags & DIA_FLAG_RETRANSMITTED, DIA_FLAG_RETRANSMITTED);
        answer(&s, !first, 2001);
        need_int(s.asked.n, 1);
        need_int(s.asked.result_code, 2001);
        need(is_empty(&s));
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void silence_leads_from_one_to_the_next(void)
{
    struct scene s;
    unsigned asked = 0;
    need(begin(&s, &(dia_node_config){ .tries = 3, .try_ms = 1000 }, 4));
    need_int(net_ask(s.node, 1, 10000, &s.asked), 0);
    for (int i = 0; i < 3; i++) {
        const int at = where(&s);
        need(at >= 0);
        asked |= 1U << at;
        need_int((s.came[at].flags & DIA_FLAG_RETRANSMITTED) != 0, i > 0);
        net_pass(&s.net, 1005);
    }
    need(asked == 7 || asked == 11 || asked == 13 || asked == 14); /* three of four */
    need_int(where(&s), -1);
    need_int(s.node->hub.moved.n, 1);
    need_int(dia_node_counters(s.node).failovers, 2);
    net_pass(&s.net, 7100);
    need_int(s.asked.n, 1);
    need_int(s.asked.kind, DIA_OUTCOME_TIMEOUT);
    need_int(dia_node_counters(s.node).timeouts, 1);
    need(is_empty(&s));
done:
    net_end(&s.net);
}

/* Whichever of three answers, and whichever are lost before. */
static void any_place_may_bring_the_answer(void)
{
    for (int row = 0; row < 9; row++) {
        struct scene s;
        int order[3];
        need(begin(&s, &(dia_node_config){ .try_ms = 1000 }, 3));
        need_int(net_ask(s.node, 1, 10000, &s.asked), 0);
        const uint64_t handle = dia_node_last_sent(s.node);
        for (int i = 0; i < 3; i++) {
            need((order[i] = where(&s)) >= 0);
            net_pass(&s.net, i < 2 ? 1005 : 0);
        }
        const int lost = row / 3, answers = row % 3;
        if (lost != answers)
            net_cut(&s.net, s.end[order[lost]]);
        need_int(s.asked.n, 0);
        if (row == 4) { /* B3-26 */
            need_int(dia_node_cancel(s.node, handle), 0);
            need_int(dia_node_cancel(s.node, handle), DIA_ENOENT);
        }
        answer(&s, order[answers], 2001);
        need_int(s.asked.n, row != 4);
        if (row != 4)
            need_int(s.asked.result_code, 2001);
        need_int(dia_node_cancel(s.node, handle), DIA_ENOENT);
        need(is_empty(&s));
        for (int i = 0; i < 3; i++)
            if (i != answers && (i != lost || lost == answers))
                answer(&s, order[i], 2001);
        need_int(s.asked.n, row != 4);
        need_int(dia_node_counters(s.node).late_answers, lost == answers ? 2 : 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void refusals_while_one_may_answer_are_no_outcome(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .try_ms = 1000 }, 2));
    need_int(net_ask(s.node, 1, 10000, &s.asked), 0);
    const int first = where(&s);
    net_pass(&s.net, 1005);
    const int second = where(&s);
    need(first >= 0 && second >= 0);
    answer(&s, second, 3004);
    need_int(s.asked.n, 0);
    answer(&s, first, 3002);
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 3002);
    need(is_empty(&s));
done:
    net_end(&s.net);
}

/* The one that was asked last is lost; the one before was silent, and is so still. */
static void lost_one_of_two_is_replaced_in_time(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .try_ms = 1000 }, 2));
    need_int(net_ask(s.node, 1, 10000, &s.asked), 0);
    const int first = where(&s);
    net_pass(&s.net, 1005);
    const int second = where(&s);
    need(first >= 0 && second >= 0);
    need(s.end[2] = net_hold_open(&s.net, s.node, hosts[2]));
    net_cut(&s.net, s.end[second]);
    s.end[second] = NULL;
    need_int(where(&s), -1); /* it is with the first one still */
    net_pass(&s.net, 1005);
    need_int(where(&s), 2);
    net_cut(&s.net, s.end[first]);
    s.end[first] = NULL;
    answer(&s, 2, 2001);
    need_int(s.asked.n, 1);
    need_int(s.asked.result_code, 2001);
    need(is_empty(&s));
done:
    net_end(&s.net);
}

/* The last one alone is asked again in time: somebody may have come. */
static void silence_is_told_to_somebody_who_comes_later(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .try_ms = 1000 }, 2));
    need_int(net_ask(s.node, 1, 10000, &s.asked), 0);
    const int first = where(&s);
    net_pass(&s.net, 1005);
    const int second = where(&s);
    need(first >= 0 && second >= 0);
    net_pass(&s.net, 2500);
    need(s.end[2] = net_hold_open(&s.net, s.node, hosts[2]));
    net_pass(&s.net, 1005);
    need_int(where(&s), 2);
    answer(&s, 2, 2001);
    need_int(s.asked.n, 1);
    need_int(s.asked.latency_us > 4000000, 1);
    need(is_empty(&s));
done:
    net_end(&s.net);
}

static void on_octets(const dia_outcome *outcome, void *arg)
{
    net_on_cca(outcome, NULL, arg);
}

static void request_to_a_chosen_peer_goes_to_nobody_else(void)
{
    struct scene s;
    uint8_t buf[300];
    dia_builder b;
    need(begin(&s, &(dia_node_config){ .try_ms = 1000 }, 2));
    dia_build_begin(&b, buf, sizeof buf,
                    &(dia_header){ .version = 1, .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    const int64_t n = dia_build_end(&b);
    const dia_peer *peer = dia_node_find_peer(s.node, hosts[0]);
    need(peer && n > 0);
    need_int(dia_node_send_octets(s.node, peer, (dia_bytes){ buf, (size_t)n }, 5000, on_octets, &s.asked), 0);
    need_int(where(&s), 0);
    net_pass(&s.net, 2000);
    need_int(where(&s), -1);
    need_int(dia_node_cancel(s.node, dia_node_last_sent(s.node)), 0);
done:
    net_end(&s.net);
}

static void configuration_is_looked_at(void)
{
    static const char *const odd[] = { "*.example.net", "*example.net", NULL };
    static const char *const good[] = { "*.example.net", "a.example.org", "*", NULL };
    const struct {
        const char *name;
        dia_node_config config;
        int want;
    } rows[] = {
        { "retry of 3006", { .retry = DIA_RETRY_ON(3006) }, DIA_EINVAL },
        { "no such way", { .redirects = (dia_redirects)3 }, DIA_EINVAL },
        { "a pattern that is none", { .redirect_hosts = odd }, DIA_EINVAL },
        { "patterns", { .redirect_hosts = good, .retry = DIA_RETRY_NEVER, .redirects = DIA_REDIRECTS_IGNORE }, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_node_config config = rows[i].config;
        dia_node *node = NULL;
        harness_row(rows[i].name);
        config.origin_host = "a.example.net";
        config.origin_realm = "example.net";
        config.alloc = harness_allocator();
        need_int(dia_node_new(&config, (dia_time){ 0 }, &node, NULL, 0), rows[i].want);
    done:
        dia_node_free(node);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "an_entry_stays_small", an_entry_stays_small },
        { "all_are_asked_once", all_are_asked_once },
        { "other_connection_of_the_busy_peer_is_for_its_own_requests",
          other_connection_of_the_busy_peer_is_for_its_own_requests },
        { "other_connection_takes_over_from_a_lost_one", other_connection_takes_over_from_a_lost_one },
        { "silence_leads_from_one_to_the_next", silence_leads_from_one_to_the_next },
        { "any_place_may_bring_the_answer", any_place_may_bring_the_answer },
        { "refusals_while_one_may_answer_are_no_outcome", refusals_while_one_may_answer_are_no_outcome },
        { "lost_one_of_two_is_replaced_in_time", lost_one_of_two_is_replaced_in_time },
        { "silence_is_told_to_somebody_who_comes_later", silence_is_told_to_somebody_who_comes_later },
        { "request_to_a_chosen_peer_goes_to_nobody_else", request_to_a_chosen_peer_goes_to_nobody_else },
        { "configuration_is_looked_at", configuration_is_looked_at },
    };
    return HARNESS_RUN("node/again", tests);
}

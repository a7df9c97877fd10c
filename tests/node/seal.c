/* State of a proxy that goes along with a request and comes back with its answer, or is none. */
#include "hooks.h"

/* The octets of the last Proxy-Info. */
static dia_bytes last_info(dia_bytes message, uint8_t to[200])
{
    dia_bytes last = { NULL, 0 };
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        if (dia_is_proxy_info(&it.avp) && it.avp.octets.n <= 200)
            last = it.avp.octets;
    if (last.p)
        memcpy(to, last.p, last.n);
    return (dia_bytes){ to, last.n };
}

static void state_comes_back_with_the_answer(void) /* B6.2.2-02, B6.7.2-01, B6.7.4-01 */
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = hooks_put_state;
    s.text = "gold";
    hooks_send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need_int(net_count(came, DIA_AVP_PROXY_INFO), 2);
    const dia_bytes ours = net_nth_value(came, DIA_AVP_PROXY_INFO, 1);
    dia_avps in = dia_avps_in(ours);
    need(dia_avp_next(&in) && in.avp.code == DIA_AVP_PROXY_HOST && in.avp.flags == DIA_AVP_M);
    need_bytes(in.avp.data, DIA_STR("proxy.example.net"));
    need(dia_avp_next(&in) && in.avp.code == DIA_AVP_PROXY_STATE && in.avp.flags == DIA_AVP_M);
    need_int(in.avp.data.n, 17 + 4);
    need(!dia_avp_next(&in) && !in.err);
    hooks_answer(&s, s.server, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(s.net.header.length, back.n);
    need_int(net_count(back, DIA_AVP_PROXY_INFO), 1);
    const dia_bytes left = net_nth_value(back, DIA_AVP_PROXY_INFO, 0);
    need_bytes(((dia_bytes){ left.p + left.n - 12, 10 }), DIA_STR("of another"));
    need_int(dia_node_counters(s.proxy).forged, 0);
    s.ask = NULL; /* and none is none */
    hooks_send(&s);
    hooks_answer(&s, s.server, net_read(&s.net, s.server), 2001);
    need(!s.state.p);
    need_int(dia_node_counters(s.proxy).forged, 0);
done:
    net_end(&s.net);
}

static void changed_state_reaches_no_hook(void) /* B6.1.9-03 */
{
    static const struct {
        const char *name;
        struct hooks_saying says;
        size_t infos; /* that reach the requester */
    } rows[] = {
        { "a bit", { .result_code = 2001, .flip = 1 }, 1 },
        { "the highest bit", { .result_code = 2001, .flip = 0x80 }, 1 },
        { "nothing came back", { .result_code = 2001, .no_proxy_info = true }, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        harness_row(rows[i].name);
        need(hooks_begin(&s, NULL));
        s.ask = hooks_put_state;
        s.text = "golden!";
        hooks_send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer_as(&s, s.server, came, &rows[i].says);
        need_int(s.told, 1);
        need(!s.state.p);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), 2001);
        need_int(net_count(back, DIA_AVP_PROXY_INFO), rows[i].infos);
        need_int(dia_node_counters(s.proxy).forged, 1);
        need_int(dia_peer_counters(dia_node_find_peer(s.proxy, "server.example.com")).forged, 1);
        need_int(hooks_events(&s, DIA_EVENT_PROXY), 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void alter(struct hooks *s, const char *what)
{
    if (!strcmp(what, "End-to-End id"))
        s->buf[19] ^= 1;
    else if (!strcmp(what, "session"))
        s->buf[30] ^= 1;
    else if (!strcmp(what, "command"))
        s->buf[7] ^= 1;
}

/* What was true for one request says nothing of another. */
static void state_of_another_transaction_is_none(void) /* B6.1.9-03 */
{
    static const char *const rows[] = { "the same", "End-to-End id", "session", "command", "peer", "key" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        uint8_t info[200];
        harness_row(rows[i]);
        need(hooks_begin(&s, NULL));
        struct net_wire *second = net_hold_as(&s.net, s.proxy, "second.example.org", "example.org", RO);
        need(second);
        s.ask = hooks_put_state;
        s.text = "gold";
        hooks_send(&s);
        dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        const dia_bytes stolen = last_info(came, info);
        need(stolen.n);
        const dia_bytes octets = hooks_request(&s, RO, CCR, DIA_FLAG_PROXIABLE, "example.com", NULL);
        alter(&s, rows[i]);
        if (!strcmp(rows[i], "key"))
            dia_node_set_proxy_key(s.proxy, (const uint8_t *)"0123456789abcdef");
        s.text = "iron";
        net_write(&s.net, !strcmp(rows[i], "peer") ? second : s.client, octets);
        came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer_as(&s, s.server, came, &(struct hooks_saying){ .result_code = 2001, .instead = stolen });
        need_int(s.told, 1);
        if (i)
            need(!s.state.p);
        else
            need_bytes(s.state, DIA_STR("gold")); /* the same request, from before it came again */
        need_int(dia_node_counters(s.proxy).forged, i != 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* Another node of this name, which has the same key, reads it. */
static void key_makes_states_known_elsewhere(void)
{
    struct hooks a, b = { 0 };
    uint8_t info[200];
    const uint8_t key[16] = { 1, 2, 3 };
    need(hooks_begin(&a, NULL));
    dia_node_set_proxy_key(a.proxy, key);
    a.ask = hooks_put_state;
    a.text = "gold";
    hooks_send(&a);
    const dia_bytes ours = last_info(net_read(&a.net, a.server), info);
    need(ours.n);
    net_end(&a.net);
    need(hooks_begin(&b, NULL));
    dia_node_set_proxy_key(b.proxy, key);
    b.ask = hooks_put_state;
    b.text = "iron";
    hooks_send(&b);
    const dia_bytes came = net_read(&b.net, b.server);
    need(came.p);
    hooks_answer_as(&b, b.server, came, &(struct hooks_saying){ .result_code = 2001, .instead = ours });
    need_bytes(b.state, DIA_STR("gold"));
done:
    net_end(&a.net);
    net_end(&b.net);
}

static void state_goes_along_to_another_peer(void) /* B5.5.4-02 */
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = hooks_put_state;
    s.text = "gold";
    hooks_send(&s);
    need(net_read(&s.net, s.server).p);
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO);
    need(other);
    net_cut(&s.net, s.server);
    const dia_bytes came = net_read(&s.net, other);
    need(came.p);
    need_int(s.net.header.flags & DIA_FLAG_RETRANSMITTED, DIA_FLAG_RETRANSMITTED);
    need_int(s.asked, 1); /* hooks have seen it */
    hooks_answer(&s, other, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    need_int(s.told, 1);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
done:
    net_end(&s.net);
}

/* Of a request that went to two peers either answer is enough. */
static void state_comes_back_from_whoever_answers_first(void) /* B5.5.4-02 */
{
    for (int first = 0; first < 2; first++) {
        struct hooks s;
        uint8_t buf[2][1500];
        dia_bytes came[2];
        need(hooks_begin(&s, &(dia_node_config){ .try_ms = 1000 }));
        s.ask = hooks_put_state;
        s.text = "gold";
        hooks_send(&s);
        struct net_wire *wires[2] = { s.server, net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO) };
        need(wires[1]);
        net_pass(&s.net, 1500);
        for (int i = 0; i < 2; i++) {
            came[i] = net_read(&s.net, wires[i]);
            need(came[i].p && came[i].n <= sizeof buf[i]);
            came[i].p = memcpy(buf[i], came[i].p, came[i].n);
        }
        hooks_answer(&s, wires[first], came[first], 2001);
        need_bytes(s.state, DIA_STR("gold"));
        need_int(s.told, 1);
        need_int(dia_node_counters(s.proxy).forged, 0);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
        hooks_answer(&s, wires[!first], came[!first], 2001); /* nobody waits for it any more */
        need(!net_read(&s.net, s.client).p);
        need_int(s.told, 1);
    done:
        net_end(&s.net);
    }
}

/* While a request waits for a host to which one peer has redirected it, another one answers. */
static void state_comes_back_behind_a_redirect_elsewhere(void)
{
    struct hooks s;
    uint8_t buf[1500];
    need(hooks_begin(&s,
                     &(dia_node_config){ .try_ms = 1000, .redirects = DIA_REDIRECTS_CONNECT, .redirect_clear = true }));
    s.ask = hooks_put_state;
    s.text = "gold";
    hooks_send(&s);
    struct net_wire *other = net_hold_as(&s.net, s.proxy, "other.example.com", "example.com", RO);
    need(other);
    const dia_bytes first = net_read(&s.net, s.server);
    need(first.p && first.n <= sizeof buf);
    const dia_bytes came = { memcpy(buf, first.p, first.n), first.n };
    net_pass(&s.net, 1500);
    const dia_bytes second = net_read(&s.net, other);
    need(second.p);
    hooks_answer_as(&s, other, second,
                    &(struct hooks_saying){
                        .result_code = 3006, .flags = DIA_FLAG_ERROR, .redirect_host = "aaa://new.example.com:3868" });
    need(!net_read(&s.net, s.client).p);
    hooks_answer(&s, s.server, came, 2001);
    need_bytes(s.state, DIA_STR("gold"));
    need(s.has_request);
    need_int(dia_node_counters(s.proxy).forged, 0);
    need_int(net_result(net_read(&s.net, s.client)), 2001);
done:
    net_end(&s.net);
}

static void requester_may_be_gone(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = hooks_put_state;
    s.text = "gold";
    hooks_send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    net_cut(&s.net, s.client);
    hooks_answer(&s, s.server, came, 2001);
    need_int(s.told, 1);
    need(!s.has_from && s.has_to && s.has_octets);
    need_bytes(s.state, DIA_STR("gold"));
    need_int(s.result, 2001);
    need_int(dia_node_counters(s.proxy).late_answers, 1);
    need_int(dia_node_counters(s.proxy).forged, 0);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "state_comes_back_with_the_answer", state_comes_back_with_the_answer },
        { "changed_state_reaches_no_hook", changed_state_reaches_no_hook },
        { "state_of_another_transaction_is_none", state_of_another_transaction_is_none },
        { "key_makes_states_known_elsewhere", key_makes_states_known_elsewhere },
        { "state_comes_back_from_whoever_answers_first", state_comes_back_from_whoever_answers_first },
        { "state_comes_back_behind_a_redirect_elsewhere", state_comes_back_behind_a_redirect_elsewhere },
        { "state_goes_along_to_another_peer", state_goes_along_to_another_peer },
        { "requester_may_be_gone", requester_may_be_gone },
    };
    return HARNESS_RUN("node/seal", tests);
}

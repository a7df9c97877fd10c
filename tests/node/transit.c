/* What hooks do with requests and answers that pass: change them, answer them, fail them. */
#include "hooks.h"

/* ---- Changing ---- */

static void change_request(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    dia_avp avp = { 0 };
    dia_transit_set_text(t, "CC-Request-Type", "INITIAL_REQUEST");
    dia_transit_add_text(t, "User-Name", "gold");
    dia_transit_set(t, "Service-Context-Id", DIA_STR("a text that is longer than the one before"));
    s->err = dia_transit_remove(t, "4242:9999") && !dia_transit_remove(t, "4242:9999") &&
                     dia_transit_find(t, "User-Name", &avp) && avp.data.n == 4 &&
                     dia_transit_command(t) == DIA_COMMAND_RO_CCR && !dia_transit_is_answer(t) &&
                     dia_transit_header(t).hop_by_hop == HOP && dia_transit_request(t).n == s->n &&
                     dia_transit_conn(t) && dia_transit_from(t) && !dia_transit_to(t)
                 ? 0
                 : 1;
}

static void change_answer(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    dia_transit_set_text(t, "CC-Request-Type", "INITIAL_REQUEST");
    dia_transit_remove(t, "Class");
    s->err = s->err || !dia_transit_is_answer(t) || dia_transit_command(t) != DIA_COMMAND_RO_CCA;
}

static void hooks_change_what_passes(void) /* B2.7-04, B2.7-09, B2.9-04, B6.1.9-01 */
{
    static const uint32_t order[] = { DIA_AVP_SESSION_ID,
                                      DIA_AVP_ORIGIN_HOST,
                                      DIA_AVP_ORIGIN_REALM,
                                      DIA_AVP_DESTINATION_REALM,
                                      DIA_AVP_AUTH_APPLICATION_ID,
                                      461,
                                      416,
                                      415,
                                      DIA_AVP_PROXY_INFO,
                                      DIA_AVP_USER_NAME,
                                      DIA_AVP_ROUTE_RECORD };
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = change_request;
    s.tell = change_answer;
    hooks_send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p && !s.err);
    need_int(s.net.header.length, came.n);
    need_int(s.net.header.end_to_end, END);
    size_t n = 0;
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it); n++)
        need(n < sizeof order / sizeof *order && it.avp.code == order[n]);
    need_int(n, sizeof order / sizeof *order);
    need_int(dia_load32(net_value(came, 416).p), 1);
    need_bytes(net_value(came, 461), DIA_STR("a text that is longer than the one before"));
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("client.example.org"));
    hooks_answer(&s, s.server, came, 2001);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(s.net.header.hop_by_hop, HOP);
    need_int(s.net.header.length, back.n);
    need(!net_value(back, DIA_AVP_CLASS).p && !s.err);
    need_int(dia_load32(net_value(back, 416).p), 1);
    need_int(s.told, 1);
    need(s.has_from && s.has_to && s.has_request);
done:
    net_end(&s.net);
}

/* Without a change, nothing changes. */
static void hooks_that_only_look_leave_octets_alone(void) /* B2.7-09, B7.2-04 */
{
    static const struct hooks_saying rows[] = { { .result_code = 2001 },
                                                { .result_code = 3002, .flags = DIA_FLAG_ERROR },
                                                { .experimental = 5030 } };
    struct hooks s;
    uint8_t first[1500];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need(hooks_begin(&s, NULL));
        hooks_send(&s);
        dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
        hooks_answer_as(&s, s.server, came, &rows[i]);
        dia_bytes back = net_read(&s.net, s.client);
        need(back.p && back.n <= sizeof first);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | rows[i].flags);
        need_int(s.result, rows[i].result_code ? rows[i].result_code : rows[i].experimental);
        need_int(s.result_vendor, rows[i].result_code ? 0 : 10415);
        memcpy(first, back.p, back.n);
        const size_t n = back.n;
        /* The same without any hook. */
        need(!dia_node_proxy(s.proxy, &(dia_proxy){ .application = RO }));
        hooks_send(&s);
        came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer_as(&s, s.server, came, &rows[i]);
        back = net_read(&s.net, s.client);
        need_bytes(back, ((dia_bytes){ first, n }));
        need_int(s.told, 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void use_structs(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    const void *msg = NULL;
    const bool is_answer = dia_transit_is_answer(t);
    const dia_command *command = is_answer ? DIA_COMMAND_RO_CCA : DIA_COMMAND_RO_CCR;
    dia_fault fault;
    s->err = dia_transit_decode(t, is_answer ? DIA_COMMAND_RO_CCR : DIA_COMMAND_RO_CCA, &msg, NULL) != DIA_EINVAL;
    if (s->err || (s->err = dia_transit_decode(t, command, &msg, &fault)))
        return;
    if (is_answer) {
        dia_ro_cca cca = *(const dia_ro_cca *)msg;
        cca.cc_request_number = 8;
        s->err = dia_transit_encode(t, command, &cca);
    } else {
        dia_ro_ccr ccr = *(const dia_ro_ccr *)msg;
        ccr.cc_request_number = 7;
        s->err = dia_transit_encode(t, command, &ccr);
    }
}

static void hooks_use_structs(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = s.tell = use_structs;
    hooks_send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(dia_load32(net_value(came, 415).p), 7);
    need_int(net_count(came, DIA_AVP_PROXY_INFO), 1);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
    need_int(s.net.header.end_to_end, END);
    hooks_answer(&s, s.server, came, 2001);
    const dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 2001);
    need_int(dia_load32(net_value(back, 415).p), 8);
    need_int(s.net.header.hop_by_hop, HOP);
    need_bytes(net_value(net_nth_value(back, DIA_AVP_PROXY_INFO, 0), 0), ((dia_bytes){ NULL, 0 }));
    need_int(net_count(back, DIA_AVP_PROXY_INFO), 1);
    need_int(s.err, 0);
done:
    net_end(&s.net);
}

static void break_structs(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    const dia_ro_ccr ccr = { .cc_request_type = 1 }; /* requires more */
    s->err = dia_transit_encode(t, DIA_COMMAND_RO_CCR, &ccr) != DIA_ERULE ||
             dia_transit_encode(t, DIA_COMMAND_RO_CCA, &ccr) != DIA_EINVAL;
}

static void broken_struct_changes_nothing(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = break_structs;
    hooks_send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_bytes(((dia_bytes){ came.p + 20, s.n - 20 }), ((dia_bytes){ s.buf + 20, s.n - 20 }));
done:
    net_end(&s.net);
}

/* Replaces by itself, with another Origin-Host behind it; wrong ones first. */
static void replace(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    uint8_t buf[2048];
    const dia_bytes now = dia_transit_octets(t);
    memcpy(buf, now.p, now.n);
    s->err = dia_transit_replace(t, (dia_bytes){ buf, now.n - 4 }) != DIA_EFORMAT ||
             dia_transit_replace(t, (dia_bytes){ buf, 8 }) != DIA_EFORMAT;
    buf[7] ^= 1; /* the command */
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n }) != DIA_EINVAL;
    buf[7] ^= 1;
    buf[4] ^= DIA_FLAG_REQUEST;
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n }) != DIA_EINVAL;
    buf[4] ^= DIA_FLAG_REQUEST | DIA_FLAG_ERROR | DIA_FLAG_PROXIABLE;
    memset(buf + 12, 0xee, 8); /* ids */
    buf[30] ^= 1;              /* a letter of the Session-Id */
    s->err = s->err || dia_transit_replace(t, (dia_bytes){ buf, now.n });
}

static void hooks_replace_octets(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = replace;
    hooks_send(&s);
    need_int(s.err, 0);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE); /* of a request E and P are not the hook's */
    need_int(s.net.header.end_to_end, END);
    need_bytes(net_value(came, DIA_AVP_SESSION_ID), DIA_STR("a;0;2"));
done:
    net_end(&s.net);
}

/* A value that is a view of the message itself. */
static void copy_within(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    dia_avp avp;
    dia_transit_set_text(t, "User-Name", "x");
    s->err = !dia_transit_find(t, "Service-Context-Id", &avp);
    if (!s->err)
        dia_transit_set(t, "Origin-Realm", avp.data);
    s->err = dia_transit_error(t);
}

static void value_may_be_a_view_of_the_message(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = copy_within;
    hooks_send(&s);
    need_int(s.err, 0);
    need_bytes(net_value(net_read(&s.net, s.server), DIA_AVP_ORIGIN_REALM), DIA_STR("test@example.net"));
done:
    net_end(&s.net);
}

static void break_it(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    dia_transit_set_text(t, s->text, "1");
    dia_transit_set_text(t, "CC-Request-Number", "99"); /* nothing changes any more */
    s->err = dia_transit_error(t);
}

static void break_and_forgive(dia_transit *t, void *arg)
{
    break_it(t, arg);
    dia_transit_clear_error(t);
}

static void message_that_could_not_be_changed_does_not_pass(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = break_it;
    s.text = "No-Such-AVP";
    hooks_send(&s);
    need_int(s.err, DIA_EINVAL);
    need_int(net_result(net_read(&s.net, s.client)), 5012);
    need(!net_read(&s.net, s.server).p);
    need_int(hooks_events(&s, DIA_EVENT_PROXY), 1);
    need_int(s.told, 1);
    s.ask = break_and_forgive;
    hooks_send(&s);
    dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    need_int(dia_load32(net_value(came, 415).p), 0);
    s.ask = NULL;
    s.tell = break_it;
    hooks_answer(&s, s.server, came, 2001);
    dia_bytes back = net_read(&s.net, s.client);
    need_int(net_result(back), 5012);
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
    need_bytes(net_value(back, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
    need_int(net_count(back, DIA_AVP_PROXY_INFO), 1);
    hooks_send(&s);
    came = net_read(&s.net, s.server);
    need(came.p);
    hooks_answer(&s, s.server, came, 4010);
    back = net_read(&s.net, s.client);
    need_int(net_result(back), 4010); /* a failure stays what it is */
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
    need_int(hooks_events(&s, DIA_EVENT_PROXY), 3);
done:
    net_end(&s.net);
}

/* ---- Answering oneself ---- */

static void reject(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err =
        dia_transit_reject(t, 5003, "not today") || dia_transit_reject(t, 5003, "not today") != DIA_ESTATE; /* once */
}

static void answer_struct(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    const dia_ro_cca cca = { .result_code = 4010, .cc_request_type = 4 };
    const dia_ro_cca broken = { .cc_request_type = 4 };
    s->err = dia_transit_answer(t, DIA_COMMAND_RO_CCA, &broken) != DIA_ERULE ||
             dia_transit_answer(t, DIA_COMMAND_RO_CCA, &cca);
}

static void answer_octets(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    uint8_t buf[100];
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .version = 1, .command = CCR, .application = RO });
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 5031);
    const int64_t n = dia_build_end(&b);
    s->err = dia_transit_answer_octets(t, (dia_bytes){ buf, 30 }) != DIA_EINVAL ||
             dia_transit_answer_octets(t, (dia_bytes){ buf, (size_t)n });
}

static void hooks_answer_themselves(void)
{
    static const struct {
        const char *name;
        dia_transit_fn *hook;
        uint32_t want;
        size_t infos;
    } rows[] = { { "Result-Code", reject, 5003, 1 },
                 { "struct", answer_struct, 4010, 1 },
                 { "octets", answer_octets, 5031, 0 } };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const bool late = i % 2;
        struct hooks s;
        harness_row(rows[i / 2].name);
        need(hooks_begin(&s, NULL));
        s.ask = late ? NULL : rows[i / 2].hook;
        s.tell = late ? rows[i / 2].hook : NULL;
        hooks_send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need_int(came.p != NULL, late);
        if (late)
            hooks_answer(&s, s.server, came, 2001);
        need_int(s.err, 0);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), rows[i / 2].want);
        need_int(s.net.header.hop_by_hop, HOP);
        need_int(s.net.header.end_to_end, END);
        need_int(net_count(back, DIA_AVP_PROXY_INFO), rows[i / 2].infos); /* B6.2-07 */
        need(!net_read(&s.net, s.client).p);
        need_int(s.told, late);
        need_int(dia_node_counters(s.proxy).proxied, late);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- Answers ---- */

static void fail(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err = dia_transit_fail(t, s->text ? 3004 : 4001, s->text);
}

static void success_becomes_failure(void) /* B6.2.2-05, B7.1-02, B7.4-01, B7-04 */
{
    static const struct {
        const char *name;
        struct hooks_saying says;
        const char *text;
        int err;
        uint32_t want;
        uint8_t flags;
    } rows[] = {
        { "success", { .result_code = 2001 }, NULL, 0, 4001, 0 },
        { "limited success", { .result_code = 2002 }, NULL, 0, 4001, 0 },
        { "a success of 3GPP", { .experimental = 2021 }, NULL, 0, 4001, 0 },
        { "a protocol error", { .result_code = 2001 }, "later", 0, 3004, DIA_FLAG_ERROR },
        { "a failure", { .result_code = 5030 }, NULL, DIA_ESTATE, 5030, 0 }, /* B6.2.2-03, B6.2.2-04 */
        { "a failure of 3GPP", { .experimental = 5030 }, "x", DIA_ESTATE, 0, 0 },
        { "a failure that nobody knows", { .result_code = 9001 }, NULL, DIA_ESTATE, 9001, 0 }, /* B7.1-03 */
        { "an error", { .result_code = 3002, .flags = DIA_FLAG_ERROR }, NULL, DIA_ESTATE, 3002, DIA_FLAG_ERROR },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        harness_row(rows[i].name);
        need(hooks_begin(&s, NULL));
        s.tell = fail;
        s.text = rows[i].text;
        hooks_send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer_as(&s, s.server, came, &rows[i].says);
        need_int(s.err, rows[i].err);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), rows[i].want);
        need_int(s.net.header.length, back.n);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | rows[i].flags);
        need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("server.example.com"));
        const bool changed = !rows[i].err;
        const dia_bytes none = { NULL, 0 }, us = DIA_LIT("proxy.example.net"), text = dia_cstr(rows[i].text);
        need_bytes(net_value(back, DIA_AVP_ERROR_REPORTING_HOST), changed ? us : none);
        need_bytes(net_value(back, DIA_AVP_ERROR_MESSAGE), changed ? text : none);
        need_int(net_value(back, DIA_AVP_EXPERIMENTAL_RESULT).p != NULL, !changed && rows[i].says.experimental);
        need_int(net_count(back, DIA_AVP_PROXY_INFO), 1);
        need_int(hooks_events(&s, DIA_EVENT_PROXY), !changed); /* told, not shown */
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void refuse_session(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->err = dia_transit_fail(t, 5003, "no") || dia_transit_end_session(t, 0);
}

static void session_that_is_refused_is_ended(void) /* B6.2.2-06 */
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.tell = refuse_session;
    hooks_send(&s);
    const dia_bytes came = net_read(&s.net, s.server);
    need(came.p);
    hooks_answer(&s, s.server, came, 2001);
    need_int(s.err, 0);
    need_int(net_result(net_read(&s.net, s.client)), 5003);
    const dia_bytes str = net_read(&s.net, s.server);
    need(str.p);
    need_int(s.net.header.command, 275);
    need_int(s.net.header.application, RO);
    need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
    need(s.net.header.end_to_end && s.net.header.end_to_end != END);
    need_bytes(net_value(str, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
    need_bytes(net_value(str, DIA_AVP_ORIGIN_HOST), DIA_STR("client.example.org"));
    need_bytes(net_value(str, DIA_AVP_ORIGIN_REALM), DIA_STR("example.org"));
    need_bytes(net_value(str, DIA_AVP_DESTINATION_HOST), DIA_STR("server.example.com"));
    need_bytes(net_value(str, DIA_AVP_DESTINATION_REALM), DIA_STR("example.com"));
    need_bytes(net_value(str, DIA_AVP_CLASS), DIA_STR("first class"));
    need_bytes(net_value(str, DIA_AVP_ROUTE_RECORD), DIA_STR("client.example.org"));
    need_int(dia_load32(net_value(str, DIA_AVP_TERMINATION_CAUSE).p), 4);
    const void *msg;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, 0, NULL);
    const int err = dia_decode(DIA_COMMAND_STR, str, DIA_LEVEL_LENIENT, &arena, &msg, NULL);
    dia_arena_done(&arena);
    need_int(err, 0);
    hooks_answer_as(&s, s.server, str, &(struct hooks_saying){ .result_code = 5002 });
    need_int(hooks_events(&s, DIA_EVENT_PROXY), 1); /* it had no such session */
    need(!net_read(&s.net, s.client).p);
done:
    net_end(&s.net);
}

static void answer_of_our_own_passes_the_hook(void) /* B5.3-15 */
{
    static const char *const rows[] = { "silence", "lost", "no way", "too long" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hooks s;
        harness_row(rows[i]);
        need(hooks_begin(&s, &(dia_node_config){ .limits = { .relay_ms = 3000, .message = 4096 } }));
        s.ask = hooks_put_state;
        s.text = "gold";
        s.tell = i % 2 ? fail : NULL; /* it is a failure already */
        if (!strcmp(rows[i], "no way"))
            net_cut(&s.net, s.server);
        char much[4000];
        memset(much, 'x', sizeof much);
        much[3800] = 0;
        if (!strcmp(rows[i], "too long"))
            s.text = much;
        hooks_send(&s);
        if (!strcmp(rows[i], "silence"))
            net_pass(&s.net, 3100);
        if (!strcmp(rows[i], "lost"))
            net_cut(&s.net, s.server);
        const dia_bytes back = net_read(&s.net, s.client);
        need_int(net_result(back), strcmp(rows[i], "no way") ? 3002 : 3003);
        need_int(s.net.header.hop_by_hop, HOP);
        need_int(s.net.header.flags, DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR);
        need_int(net_count(back, DIA_AVP_PROXY_INFO), 1);
        need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("proxy.example.net"));
        need(!net_value(back, DIA_AVP_ROUTE_RECORD).p);
        need_bytes(net_value(back, DIA_AVP_SESSION_ID), DIA_STR("a;1;2"));
        need_int(s.told, 1);
        need(s.has_from && !s.has_to && s.has_request);
        need_int(dia_node_counters(s.proxy).forged, 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void hooks_of_many_use_the_same_places_again(void)
{
    struct hooks s;
    need(hooks_begin(&s, NULL));
    s.ask = change_request;
    s.tell = change_answer;
    for (int i = 0; i < 100; i++) {
        hooks_send(&s);
        const dia_bytes came = net_read(&s.net, s.server);
        need(came.p);
        hooks_answer(&s, s.server, came, 2001);
        need_int(net_result(net_read(&s.net, s.client)), 2001);
    }
    need_int(s.told, 100);
    size_t n;
    const dia_count *rows = dia_peer_counts(dia_node_find_peer(s.proxy, "server.example.com"), &n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].command == CCR && rows[i].application == RO) /* under its own name, for the proxy knows it */
            need_int(rows[i].n, 100);
    need(n >= 4);
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "hooks_change_what_passes", hooks_change_what_passes },
        { "hooks_that_only_look_leave_octets_alone", hooks_that_only_look_leave_octets_alone },
        { "hooks_use_structs", hooks_use_structs },
        { "broken_struct_changes_nothing", broken_struct_changes_nothing },
        { "hooks_replace_octets", hooks_replace_octets },
        { "value_may_be_a_view_of_the_message", value_may_be_a_view_of_the_message },
        { "message_that_could_not_be_changed_does_not_pass", message_that_could_not_be_changed_does_not_pass },
        { "hooks_answer_themselves", hooks_answer_themselves },
        { "success_becomes_failure", success_becomes_failure },
        { "session_that_is_refused_is_ended", session_that_is_refused_is_ended },
        { "answer_of_our_own_passes_the_hook", answer_of_our_own_passes_the_hook },
        { "hooks_of_many_use_the_same_places_again", hooks_of_many_use_the_same_places_again },
    };
    return HARNESS_RUN("node/transit", tests);
}

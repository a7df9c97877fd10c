/* A request of ours and its one outcome. */
#include "net.h"

static const char *const anybody[] = { "*", NULL };

#include "diatom/app/rx.h"

static void request_is_answered(void) /* B6.2-01, B6.2-05, B6.1.1-01, B5.6-31, B5.6-38, B3-22 */
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(net_ask(client, 7, 5000, &asked), 0);
    need_int(asked.n, 0); /* never inside of sending */
    net_pump(&net);
    need_int(served, 1);
    need_int(asked.n, 1);
    need_int(asked.kind, DIA_OUTCOME_ANSWER);
    need_int(asked.result_code, 2001);
    need_int(asked.number, 7);
    need(!asked.error && asked.has_peer);
    need_int(dia_node_counters(client).requests_out, 1);
    need_int(dia_node_counters(client).answers_in, 1);
    need_int(dia_node_counters(server).requests_in, 1);
    need_int(dia_node_counters(server).answers_out, 1);
done:
    net_end(&net);
}

static dia_bytes last_request; /* what the tap of the next test saw */
static uint8_t last_octets[2000];

static dia_header tapped[2]; /* of the last message that went and of the last that came */

static void watch_any(void *arg, dia_node *node, const dia_message_seen *seen)
{
    (void)arg;
    (void)node;
    dia_header_read(seen->octets, &tapped[!seen->sent]);
}

static void watch_requests(void *arg, dia_node *node, const dia_message_seen *seen)
{
    (void)arg;
    (void)node;
    if (!seen->sent || dia_load24(seen->octets.p + DIA_AT_COMMAND) != 272 || seen->octets.n > sizeof last_octets)
        return;
    memcpy(last_octets, seen->octets.p, seen->octets.n);
    last_request = (dia_bytes){ last_octets, seen->octets.n };
}

/* B6.1.1-02, B6.1.1-03, B6.1-02, B6.1-03, B6.1-04, B6.3-01, B6.4-01, B6.8-01 */
static void what_the_struct_leaves_empty_is_filled_in(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    last_request.p = NULL;
    need(net_pair(&net, &client, &server,
                  &(dia_node_config){ .destination_realm = "example.net", .on_message = watch_requests }));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = (dia_bytes){ NULL, 0 };
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    need(last_request.p);
    need_bytes(net_value(last_request, 264), dia_cstr("client.example.net"));
    need_bytes(net_value(last_request, 296), dia_cstr("example.net"));
    need_bytes(net_value(last_request, 283), dia_cstr("example.net"));
    need_bytes(net_value(last_request, 258), ((dia_bytes)DIA_LIT("\0\0\0\4")));
    need(!net_value(last_request, 293).p);
    const dia_bytes session = net_value(last_request, 263);
    need(session.n > 18 && !memcmp(session.p, "client.example.net;", 19));
    need_int(last_request.p[DIA_AT_FLAGS], DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE); /* B3-05, B3-07, B3-09 */
    need_int(dia_load32(last_request.p + DIA_AT_APPLICATION), 4);

    ccr.session_id = dia_cstr("mine");
    ccr.origin_host = dia_cstr("other.example.net");
    ccr.destination_host = dia_cstr("server.example.net");
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    need_bytes(net_value(last_request, 263), dia_cstr("mine"));
    need_bytes(net_value(last_request, 264), dia_cstr("other.example.net"));
    need_bytes(net_value(last_request, 293), dia_cstr("server.example.net"));
    need_bytes(net_value(last_request, 283), dia_cstr("example.net"));
done:
    net_end(&net);
}

static void nothing(void) {}

static void on_session_answer(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    (void)fn;
    (void)outcome;
    (void)msg;
    ++*(unsigned *)arg;
}

/* RAR, STR and ASR go with the application of their session, not with that of the base protocol. */
static void messages_of_sessions_carry_its_application(void) /* B2.5-02 */
{
    const int32_t actions[] = { 1 };
    const dia_rx_rar rar = { .destination_realm = DIA_LIT("example.net"),
                             .destination_host = DIA_LIT("s.example.net"),
                             .specific_action = DIA_LIST(actions) };
    const dia_rx_str str = { .destination_realm = DIA_LIT("example.net"), .termination_cause = 1 };
    const dia_rx_asr asr = { .destination_realm = DIA_LIT("example.net"),
                             .destination_host = DIA_LIT("s.example.net") };
    const struct {
        const dia_command *command;
        const void *msg;
        uint32_t code;
    } rows[] = { { DIA_COMMAND_RX_RAR, &rar, 258 },
                 { DIA_COMMAND_RX_STR, &str, 275 },
                 { DIA_COMMAND_RX_ASR, &asr, 274 } };
    struct net net;
    unsigned answers = 0;
    net_begin(&net);
    dia_node *client = net_add(&net, "c.example.net", NULL);
    need(client);
    need_int(dia_node_use(client, &dia_dict_rx), 0);
    dia_node *server = net_add(&net, "s.example.net", &(dia_node_config){ .allow = (const char *[]){ "*", NULL } });
    need(server);
    need_int(dia_node_use(server, &dia_dict_rx), 0);
    need(net_join(&net, client, server));
    dia_node_set_tap(client, watch_any, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tapped[0] = tapped[1] = (dia_header){ 0 };
        need_int(dia_node_send(client, rows[i].command, rows[i].msg, 3000, on_session_answer, nothing, &answers), 0);
        net_pump(&net);
        need_int(answers, i + 1);
        for (int came = 0; came < 2; came++) {
            need_int(tapped[came].command, rows[i].code);
            need_int(tapped[came].application, 16777236);
        }
    }
done:
    net_end(&net);
}

static void struct_that_breaks_its_grammar_is_not_sent(void) /* B3.2-02, B6.1.6-01 */
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.service_context_id.p = NULL;
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), DIA_ERULE);
    need(strstr(dia_node_last_fault(client), "Service-Context-Id"));
    net_pass(&net, 20000);
    need_int(asked.n, 0);
    need_int(dia_node_counters(client).requests_out, 0);
    need_int(dia_node_last_sent(client), 0);
done:
    net_end(&net);
}

/* Neither the struct nor the configuration has one. */
static void realm_that_nobody_says_is_the_peers_unless_it_relays(void) /* B6.1.6-01 */
{
    for (int relays = 0; relays < 2; relays++) {
        struct net net;
        struct asked asked = { 0 };
        dia_ro_ccr ccr = net_ccr(1);
        ccr.destination_realm.p = NULL;
        harness_row(relays ? "a relay" : "a server");
        net_begin(&net);
        dia_node *node = net_add(&net, "client.example.net", &(dia_node_config){ .allow = anybody });
        need(node);
        need_int(dia_node_use(node, &dia_dict_ro), 0);
        struct net_wire *far = net_hold_as(&net, node, "far.example.com", "example.com", relays ? DIA_APP_RELAY : 4);
        need(far);
        const int err = dia_send_ro_ccr(node, &ccr, 0, net_on_cca, &asked);
        if (relays) {
            need_int(err, DIA_ERULE);
            need_str(dia_node_last_fault(node), "missing Destination-Realm");
        } else {
            need_int(err, 0);
            net_pump(&net);
            const dia_bytes came = net_read(&net, far);
            need(came.p);
            need_bytes(net_value(came, 283), dia_cstr("example.com"));
        }
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

static void answer_of_another_request_is_not_taken_for_it(void)
{
    static const uint32_t order[] = { 3, 1, 4, 0, 2 };
    struct net net;
    dia_node *client, *server;
    struct asked asked[5];
    memset(asked, 0, sizeof asked);
    need(net_pair(&net, &client, &server, NULL));
    for (uint32_t i = 0; i < 5; i++)
        need_int(net_ask(client, order[i], 5000, &asked[order[i]]), 0);
    unsigned served = 0;
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    net_pump(&net);
    for (uint32_t i = 0; i < 5; i++) {
        need_int(asked[i].n, 1);
        need_int(asked[i].number, i);
    }
done:
    net_end(&net);
}

static void keep_it(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    dia_request **kept = arg;
    (void)ccr;
    *kept = dia_keep_ro_ccr(request) ? request : NULL;
}

static void request_times_out_and_a_late_answer_is_dropped(void) /* B6.2.1-03 */
{
    struct net net;
    dia_node *client, *server;
    dia_request *kept = NULL;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, keep_it, &kept), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pass(&net, 2999);
    need_int(asked.n, 0);
    net_pass(&net, 11);
    need_int(asked.n, 1);
    need_int(asked.kind, DIA_OUTCOME_TIMEOUT);
    need(!asked.has_msg && asked.has_peer);
    need(asked.latency_us >= 3000000 && asked.latency_us < 3011000);
    need(kept);
    const dia_ro_ccr ccr = net_ccr(1);
    need_int(net_answer(kept, &ccr, 2001), 0);
    net_pump(&net);
    need_int(asked.n, 1);
    need_int(dia_node_counters(client).late_answers, 1);
    need_int(dia_node_counters(client).unexpected_answers, 0);
    need_int(dia_node_counters(client).timeouts, 1);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_UNEXPECTED], 0); /* it is no surprise */
done:
    net_end(&net);
}

static void timeout_of_zero_means_ten_seconds(void)
{
    struct net net;
    dia_node *client, *server;
    dia_request *kept = NULL;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, keep_it, &kept), 0);
    need_int(net_ask(client, 1, 0, &asked), 0);
    net_pass(&net, 9999);
    need_int(asked.n, 0);
    net_pass(&net, 11);
    need_int(asked.n, 1);
done:
    net_end(&net);
}

static void cancelled_request_has_no_outcome(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(dia_node_cancel(client, 0), DIA_ENOENT);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    const uint64_t sent = dia_node_last_sent(client);
    need(sent);
    need_int(dia_node_cancel(client, sent), 0);
    need_int(dia_node_cancel(client, sent), DIA_ENOENT);
    net_pass(&net, 10000);
    need_int(served, 1);
    need_int(asked.n, 0);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_UNEXPECTED], 0); /* its answer is no surprise */
    need_int(net_ask(client, 2, 3000, &asked), 0);
    net_pump(&net);
    need_int(asked.n, 1);
    need_int(dia_node_cancel(client, dia_node_last_sent(client)), DIA_ENOENT);
done:
    net_end(&net);
}

/* ---- Exactly one outcome, whatever happens and whenever ---- */

enum way { ANSWERED, CUT, STOPPED, FREED, REMOVED, TIMED_OUT, SERVER_FREED, SERVER_STOPPED, WAYS };

static const char *const way_names[WAYS] = { "answered", "cut",       "client stops", "client freed",
                                             "removed",  "timed out", "server freed", "server stops" };

/* When: before anything moved, while the server has it, with the answer on its way. */
static void every_request_has_one_outcome(void)
{
    for (int way = 0; way < WAYS; way++) {
        for (int when = 0; when < 3; when++) {
            struct net net;
            dia_node *client, *server;
            dia_request *kept = NULL;
            struct asked asked[3];
            memset(asked, 0, sizeof asked);
            if (!harness_row_runs(way_names[way]))
                continue;
            need(net_pair(&net, &client, &server, NULL));
            need_int(dia_serve_ro_ccr(server, keep_it, &kept), 0);
            struct net_wire *wire = net_wire_of(&net, client, server);
            need(wire);
            int sent = 0;
            for (uint32_t i = 0; i < 3; i++)
                sent += !net_ask(client, i, 3000, &asked[i]);
            need_int(sent, 3);
            if (when > 0)
                net_pump(&net);
            if (when > 1 && kept) {
                const dia_ro_ccr ccr = net_ccr(2);
                net_answer(kept, &ccr, 2001);
            }
            switch (way) {
            case CUT: net_cut(&net, wire); break;
            case STOPPED: dia_node_stop(client, DIA_CAUSE_REBOOTING, 1000); break;
            case FREED: net_free(&net, client); break;
            case REMOVED: dia_node_remove_peer(client, dia_node_next_peer(client, NULL)); break;
            case SERVER_FREED: net_free(&net, server); break;
            case SERVER_STOPPED: dia_node_stop(server, DIA_CAUSE_REBOOTING, 1000); break;
            default: break;
            }
            net_pass(&net, 5000);
            for (int i = 0; i < 3; i++)
                assert(asked[i].n == 1 || harness_injected());
            if (way == FREED)
                need_int(asked[0].kind, DIA_OUTCOME_STOPPED);
            if (way == CUT)
                need_int(asked[0].kind, DIA_OUTCOME_LOST);
            if (way == TIMED_OUT)
                need_int(asked[0].kind, DIA_OUTCOME_TIMEOUT);
            if (when > 1 && (way == ANSWERED || way == TIMED_OUT || way == REMOVED || way == STOPPED))
                need_int(asked[2].kind, DIA_OUTCOME_ANSWER);
        done:
            net_end(&net);
            for (int i = 0; i < 3; i++)
                assert(asked[i].n <= 1);
            if (harness_injected())
                return;
        }
    }
}

/* Without memory too: what was sent has an outcome, what was not has none. */
static void number_of_outcomes_is_the_number_sent(void) /* B2.5-03 */
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0, sent = 0;
    need(net_pair(&net, &client, &server, NULL));
    dia_serve_ro_ccr(server, net_serve, &served);
    for (uint32_t i = 0; i < 200; i++) {
        sent += !net_ask(client, i, 3000, &asked);
        if (i % 50 == 49)
            net_pump(&net);
    }
    net_pass(&net, 4000);
    assert(asked.n == sent);
    need_int(sent, 200);
    need_int(served, 200);
done:
    net_end(&net);
}

/* ---- Answers of all kinds ---- */

static void answer_with(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    net_answer(request, ccr, *(const uint32_t *)arg);
}

static void result_code_and_e_bit_reach_the_caller(void) /* B7-01, B7.1.4-02 */
{
    static const uint32_t codes[] = { 1001, 2001, 2002, 3004, 4001, 4010, 5003, 5030, 9001 };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct net net;
        dia_node *client, *server;
        struct asked asked = { 0 };
        uint32_t code = codes[i];
        need(net_pair(&net, &client, &server, NULL));
        need_int(dia_serve_ro_ccr(server, answer_with, &code), 0);
        need_int(net_ask(client, 1, 3000, &asked), 0);
        net_pump(&net);
        need_int(asked.kind, DIA_OUTCOME_ANSWER);
        need_int(asked.result_code, code);
        need_int(asked.error, code / 1000 == 3);
        need(asked.has_msg);
        need_int(dia_node_counters(client).requests_out, 1); /* what comes of it is the application's business */
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* Answers the request that came with octets of the test's own making. */
static bool reply(struct net *net, struct net_wire *wire, uint32_t command, uint8_t flags, const char *avps_hex)
{
    uint8_t buf[1024], avps[900];
    const dia_bytes request = net_read(net, wire);
    if (!request.p)
        return false;
    const dia_header header = { .flags = flags,
                                .command = command,
                                .application = net->header.application,
                                .hop_by_hop = net->header.hop_by_hop,
                                .end_to_end = net->header.end_to_end };
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &header);
    dia_put_octets(&b, harness_hex(avps_hex, avps, sizeof avps));
    net_write_built(net, wire, &b);
    return true;
}

#define SESSION "00000107 4000000b 732d31 00"
#define NAMES   "00000108 40000009 61 000000 00000128 40000009 62 000000"
#define SUCCESS "0000010c 4000000c 000007d1"
#define REST    "00000102 4000000c 00000004 000001a0 4000000c 00000004 0000019f 4000000c 00000005"

static void answers_of_all_kinds_are_understood(void) /* B7.6-01, B7.6-02, B7.2-01, B7.3-01 */
{
    static const struct {
        const char *name;
        uint8_t flags;
        const char *avps;
        dia_outcome_kind kind;
        uint32_t result_code;
        bool error;
        uint32_t result_vendor;
    } rows[] = {
        { "a regular one", 0, SESSION SUCCESS NAMES REST, DIA_OUTCOME_ANSWER, 2001, false },
        { "answer-message", DIA_FLAG_ERROR, "0000010c 4000000c 00000bba" NAMES, DIA_OUTCOME_ANSWER, 3002, true },
        { "3006 without Redirect-Host", DIA_FLAG_ERROR, "0000010c 4000000c 00000bbe" NAMES, DIA_OUTCOME_ANSWER, 3006,
          true }, /* B6.12-04 */
        { "several Failed-AVP, as RFC 3588 had them", DIA_FLAG_ERROR,
          "0000010c 4000000c 00001389" NAMES "00000117 40000008 00000117 40000008", DIA_OUTCOME_ANSWER, 5001, true },
        { "5xxx with the E bit", DIA_FLAG_ERROR, "0000010c 4000000c 00001394" NAMES, DIA_OUTCOME_ANSWER, 5012, true },
        { "a required AVP is missing", 0, SESSION SUCCESS NAMES, DIA_OUTCOME_BAD_ANSWER, 2001, false },
        { "Experimental-Result", DIA_FLAG_ERROR,
          NAMES "00000129 40000020 0000010a 4000000c 000028af 0000012a 4000000c 000013a6", DIA_OUTCOME_ANSWER, 5030,
          true, 10415 },
        { "nothing in it", 0, "", DIA_OUTCOME_BAD_ANSWER, 0, false },
        { "broken octets", 0, SESSION SUCCESS "00000108 40000003", DIA_OUTCOME_BAD_ANSWER, 2001, false },
        { "Error-Message that is no UTF-8 is nobody's business with E", DIA_FLAG_ERROR,
          "0000010c 4000000c 00000bba" NAMES "00000119 00000009 ff 000000", DIA_OUTCOME_ANSWER, 3002, true },
        { "T bit and reserved bits", 0x1f, SESSION SUCCESS NAMES REST, DIA_OUTCOME_ANSWER, 2001, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net net;
        struct asked asked = { 0 };
        if (!harness_row_runs(rows[i].name))
            continue;
        net_begin(&net);
        dia_node *client =
            net_add(&net, "client.example.net", &(dia_node_config){ .allow = (const char *[]){ "*", NULL } });
        need(client);
        need_int(dia_node_use(client, &dia_dict_ro), 0);
        struct net_wire *wire = net_hold_open(&net, client, "server.example.net");
        need(wire);
        need_int(net_ask(client, 5, 3000, &asked), 0);
        net_pump(&net);
        need(reply(&net, wire, 272, rows[i].flags, rows[i].avps));
        need_int(asked.n, 1);
        need_int(asked.kind, rows[i].kind);
        need_int(asked.result_code, rows[i].result_code);
        need_int(asked.result_vendor, rows[i].result_vendor);
        need_int(asked.error, rows[i].error);
        need(rows[i].kind != DIA_OUTCOME_BAD_ANSWER || asked.fault[0]);
        need(!net_read(&net, wire).p); /* nothing comes back */
        need(wire->end[1].conn);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* The ids fit, the command does not: nothing is read by the wrong grammar. */
static void answer_of_another_command_is_a_bad_one(void)
{
    struct net net;
    struct asked asked = { 0 };
    net_begin(&net);
    dia_node *client =
        net_add(&net, "client.example.net", &(dia_node_config){ .allow = (const char *[]){ "*", NULL } });
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    struct net_wire *wire = net_hold_open(&net, client, "server.example.net");
    need(wire);
    need_int(net_ask(client, 5, 3000, &asked), 0);
    net_pump(&net);
    need(reply(&net, wire, 258, 0, SESSION SUCCESS NAMES REST));
    need_int(asked.n, 1);
    need_int(asked.kind, DIA_OUTCOME_BAD_ANSWER);
    need(!asked.has_msg);
    need(strstr(asked.fault, "another command"));
done:
    net_end(&net);
}

static void on_octets(const dia_outcome *outcome, void *arg)
{
    net_on_cca(outcome, NULL, arg);
}

static dia_bytes ccr_octets(uint8_t *buf, size_t size, uint32_t end_to_end)
{
    const dia_ro_ccr ccr = net_ccr(3);
    const dia_defaults defaults = { .session_id = DIA_LIT("s"),
                                    .origin_host = DIA_LIT("client.example.net"),
                                    .origin_realm = DIA_LIT("example.net"),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    const dia_header ids = { .flags = DIA_FLAG_RETRANSMITTED, .hop_by_hop = 1, .end_to_end = end_to_end };
    const int64_t n = dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &ids, &defaults, buf, size, NULL, NULL);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

static void octets_are_sent_as_they_are_but_for_their_ids(void) /* BC-01 */
{
    uint8_t buf[500];
    struct net net;
    struct asked asked = { 0 };
    net_begin(&net);
    dia_node *client =
        net_add(&net, "client.example.net", &(dia_node_config){ .allow = (const char *[]){ "*", NULL } });
    need(client);
    need_int(dia_node_use(client, &dia_dict_ro), 0);
    struct net_wire *wire = net_hold_open(&net, client, "server.example.net");
    need(wire);
    dia_bytes message = ccr_octets(buf, sizeof buf, 0x01020304);
    need(message.n);
    need_int(dia_node_send_octets(client, NULL, message, 3000, on_octets, &asked), 0);
    net_pump(&net);
    dia_bytes seen = net_read(&net, wire);
    need_int(seen.n, message.n);
    need_int(net.header.end_to_end, 0x01020304);
    need_int(net.header.flags & DIA_FLAG_RETRANSMITTED, DIA_FLAG_RETRANSMITTED);
    need_bytes(((dia_bytes){ seen.p + 20, seen.n - 20 }), ((dia_bytes){ message.p + 20, message.n - 20 }));
    const uint32_t first = net.header.hop_by_hop;
    message = ccr_octets(buf, sizeof buf, 0);
    need_int(dia_node_send_octets(client, dia_node_next_peer(client, NULL), message, 3000, on_octets, &asked), 0);
    net_pump(&net);
    seen = net_read(&net, wire);
    need(seen.p);
    need(net.header.end_to_end != 0);
    need_int(net.header.hop_by_hop, first + 1);
    net_write(&net, wire, ((dia_bytes){ NULL, 0 }));
    net_pass(&net, 4000);
    need_int(asked.n, 2);
    need_int(asked.kind, DIA_OUTCOME_TIMEOUT);
done:
    net_end(&net);
}

static void octets_that_are_no_request_are_refused(void)
{
    uint8_t buf[500], copy[500];
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    const dia_bytes message = ccr_octets(buf, sizeof buf, 1);
    need(message.n);
    const struct {
        const char *name;
        size_t at, n;
        uint8_t value;
    } rows[] = {
        { "an answer", DIA_AT_FLAGS, message.n, 0x40 },
        { "cut short", DIA_AT_LENGTH, message.n - 4, 0 },
        { "a header cut short", DIA_AT_LENGTH, 19, 0 },
        { "another length", DIA_AT_LENGTH + 2, message.n, (uint8_t)(message.n + 4) },
        { "nothing", DIA_AT_LENGTH, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        memcpy(copy, message.p, message.n);
        copy[rows[i].at] = rows[i].value;
        need_int(dia_node_send_octets(client, NULL, (dia_bytes){ copy, rows[i].n }, 0, on_octets, &asked), DIA_EINVAL);
    }
    harness_row(NULL);
    const uint32_t own[] = { 257, 280, 282 }; /* the connection's own business */
    for (size_t i = 0; i < 3; i++) {
        uint8_t bare[20];
        dia_header_write(&(dia_header){ .version = 1, .flags = DIA_FLAG_REQUEST, .length = 20, .command = own[i] },
                         bare);
        dia_peer *peer = dia_node_next_peer(client, NULL);
        need_int(dia_node_send_octets(client, peer, (dia_bytes){ bare, 20 }, 0, on_octets, &asked), DIA_EINVAL);
    }
    need_int(dia_node_send_octets(client, NULL, message, 0, NULL, &asked), DIA_EINVAL);
    net_pass(&net, 20000);
    need_int(asked.n, 0);
done:
    net_end(&net);
}

static void sending_into_the_void_says_so(void)
{
    struct net net;
    struct asked asked = { 0 };
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", NULL);
    need(client);
    need_int(net_ask(client, 1, 0, &asked), DIA_ENOROUTE);
    dia_node_stop(client, DIA_CAUSE_REBOOTING, 0);
    need_int(net_ask(client, 1, 0, &asked), DIA_ESTATE);
    need_int(asked.n, 0);
    const dia_ro_cca cca = { 0 };
    need_int(dia_node_send(client, DIA_COMMAND_RO_CCA, &cca, 0, dia_call_ro_cca, NULL, NULL), DIA_EINVAL);
done:
    net_end(&net);
}

static void message_longer_than_the_limit_is_not_sent(void)
{
    static uint8_t octets[6000];
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0;
    need(net_pair(&net, &client, &server, &(dia_node_config){ .limits = { .message = 4096 } }));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    memset(octets, 'x', sizeof octets);
    dia_ro_ccr ccr = net_ccr(1);
    ccr.user_name = (dia_bytes){ octets, sizeof octets };
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), DIA_ESPACE);
    ccr.user_name.n = 3000;
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), 0);
    net_pump(&net);
    need_int(asked.n, 1);
    need_int(served, 1);
done:
    net_end(&net);
}

static struct asked chain_asked;
static unsigned chain_left;

static void ask_again(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    net_on_cca(outcome, cca, arg);
    if (chain_left && --chain_left) {
        const dia_ro_ccr ccr = net_ccr(chain_left);
        dia_send_ro_ccr(outcome->node, &ccr, 3000, ask_again, arg);
    }
}

static void outcome_may_send_the_next_request(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    memset(&chain_asked, 0, sizeof chain_asked);
    chain_left = 50;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    const dia_ro_ccr ccr = net_ccr(50);
    need_int(dia_send_ro_ccr(client, &ccr, 3000, ask_again, &chain_asked), 0);
    net_pump(&net);
    need_int(chain_asked.n, 50);
    need_int(served, 50);
done:
    net_end(&net);
}

static void request_without_handler_is_not_sent(void)
{
    struct net net;
    dia_node *client, *server;
    need(net_pair(&net, &client, &server, NULL));
    const dia_ro_ccr ccr = net_ccr(1);
    need_int(dia_send_ro_ccr(client, &ccr, 3000, NULL, NULL), DIA_EINVAL);
    net_pass(&net, 5000);
    need_int(dia_node_last_sent(client), 0);
    need_int(dia_node_counters(client).requests_out, 0);
done:
    net_end(&net);
}

/* Nobody to take it: each reason is another one for who has to do something about it. */
static void no_way_is_explained(void)
{
#define NO_WAY "no open peer can take this request of application "
    struct net net = { 0 };
    dia_node *client, *server, *lone = NULL;
    struct asked asked = { 0 };
    const dia_node_config config = { .origin_host = "lone.example.net",
                                     .origin_realm = "example.net",
                                     .destination_realm = "example.org",
                                     .alloc = harness_allocator() };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_node_new(&config, (dia_time){ 0 }, &lone, NULL, 0), 0);
    dia_ro_ccr ccr = net_ccr(1);
    ccr.destination_realm = dia_cstr(NULL);
    need_int(dia_send_ro_ccr(lone, &ccr, 0, net_on_cca, &asked), DIA_ENOROUTE);
    need_str(dia_node_last_fault(lone), NO_WAY "4 to realm example.org: the node has no peer");
    need_int(dia_node_add_peer(lone, &(dia_peer_config){ .host = "s.example.org" }, NULL), 0);
    need_int(dia_send_ro_ccr(lone, &ccr, 0, net_on_cca, &asked), DIA_ENOROUTE);
    need_str(dia_node_last_fault(lone), NO_WAY "4 to realm example.org: no peer is open");
    ccr.destination_host = dia_cstr("S.example.org");
    need_int(dia_send_ro_ccr(lone, &ccr, 0, net_on_cca, &asked), DIA_ENOROUTE);
    need_str(dia_node_last_fault(lone), NO_WAY "4 to host S.example.org: it is not open");
    need_int(dia_node_advertise(client, 5, 0, DIA_APP_AUTH), 0);
    for (uint32_t application = 5; application < 7; application++) {
        uint8_t octets[20];
        const dia_header header = {
            .version = 1, .flags = DIA_FLAG_REQUEST, .command = 268, .application = application, .length = 20
        };
        dia_header_write(&header, octets);
        need_int(dia_node_send_octets(client, NULL, (dia_bytes){ octets, 20 }, 0, on_octets, NULL), DIA_ENOROUTE);
        need_str(dia_node_last_fault(client),
                 application == 5 ? NO_WAY "5: no open peer offers this application"
                                  : NO_WAY
                     "6: the node does not use this application (dia_node_use), and no open peer offers it");
    }
done:
    dia_node_free(lone);
    net_end(&net);
}

/* Also when the failure before it had another one. */
static void every_failure_has_its_sentence(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need(dia_node_last_fault(client));
    dia_ro_ccr ccr = net_ccr(1);
    ccr.service_context_id.p = NULL;
    need_int(dia_send_ro_ccr(client, &ccr, 0, net_on_cca, &asked), DIA_ERULE);
    need(strstr(dia_node_last_fault(client), "Service-Context-Id"));
    net_cut(&net, net_wire_of(&net, client, server));
    need_int(net_ask(client, 1, 0, &asked), DIA_ENOROUTE);
    need_str(dia_node_last_fault(client),
             "no open peer can take this request of application 4 to realm example.net: no peer is open");
    need_int(dia_send_ro_ccr(client, &ccr, 0, NULL, NULL), DIA_EINVAL);
    need_str(dia_node_last_fault(client), "a request needs a function that its outcome goes to");
    need_int(dia_node_send_octets(client, NULL, DIA_STR("no message"), 0, NULL, NULL), DIA_EINVAL);
    need_str(dia_node_last_fault(client), "the octets are not one whole message");
    dia_node_stop(client, DIA_CAUSE_REBOOTING, 0);
    need_int(net_ask(client, 1, 0, &asked), DIA_ESTATE);
    need_str(dia_node_last_fault(client), "the node ends: nothing new begins");
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "request_is_answered", request_is_answered },
        { "what_the_struct_leaves_empty_is_filled_in", what_the_struct_leaves_empty_is_filled_in },
        { "messages_of_sessions_carry_its_application", messages_of_sessions_carry_its_application },
        { "struct_that_breaks_its_grammar_is_not_sent", struct_that_breaks_its_grammar_is_not_sent },
        { "realm_that_nobody_says_is_the_peers_unless_it_relays",
          realm_that_nobody_says_is_the_peers_unless_it_relays },
        { "answer_of_another_request_is_not_taken_for_it", answer_of_another_request_is_not_taken_for_it },
        { "request_times_out_and_a_late_answer_is_dropped", request_times_out_and_a_late_answer_is_dropped },
        { "timeout_of_zero_means_ten_seconds", timeout_of_zero_means_ten_seconds },
        { "cancelled_request_has_no_outcome", cancelled_request_has_no_outcome },
        { "every_request_has_one_outcome", every_request_has_one_outcome },
        { "number_of_outcomes_is_the_number_sent", number_of_outcomes_is_the_number_sent },
        { "result_code_and_e_bit_reach_the_caller", result_code_and_e_bit_reach_the_caller },
        { "answers_of_all_kinds_are_understood", answers_of_all_kinds_are_understood },
        { "answer_of_another_command_is_a_bad_one", answer_of_another_command_is_a_bad_one },
        { "octets_are_sent_as_they_are_but_for_their_ids", octets_are_sent_as_they_are_but_for_their_ids },
        { "octets_that_are_no_request_are_refused", octets_that_are_no_request_are_refused },
        { "sending_into_the_void_says_so", sending_into_the_void_says_so },
        { "message_longer_than_the_limit_is_not_sent", message_longer_than_the_limit_is_not_sent },
        { "outcome_may_send_the_next_request", outcome_may_send_the_next_request },
        { "request_without_handler_is_not_sent", request_without_handler_is_not_sent },
        { "no_way_is_explained", no_way_is_explained },
        { "every_failure_has_its_sentence", every_failure_has_its_sentence },
    };
    return HARNESS_RUN("node/send", tests);
}

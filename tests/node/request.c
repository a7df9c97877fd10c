/* A request received: answered now or later, kept, its connection gone, its node freed. */
#include "net.h"

#include "diatom/app/s6a_node.h"

#include <stdlib.h>

enum { KEPT_MAX = 100 };

struct shelf {
    dia_request *request[KEPT_MAX];
    const dia_ro_ccr *ccr[KEPT_MAX];
    unsigned n;
};

static void put_away(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct shelf *shelf = arg;
    (void)ccr;
    if (shelf->n < KEPT_MAX && (shelf->ccr[shelf->n] = dia_keep_ro_ccr(request)))
        shelf->request[shelf->n++] = request;
    else
        dia_request_fail(request, 3004, "too many");
}

/* A pair whose server keeps what comes, and n requests that it has kept. */
static bool begin(struct net *net, dia_node **client, dia_node **server, struct shelf *shelf, struct asked *asked,
                  uint32_t n, const dia_node_config *config)
{
    memset(shelf, 0, sizeof *shelf);
    memset(asked, 0, sizeof *asked);
    if (!net_pair(net, client, server, config) || dia_serve_ro_ccr(*server, put_away, shelf))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (net_ask(*client, i, 60000, asked))
            return false;
    net_pump(net);
    return shelf->n == n;
}

static void kept_request_is_answered_later(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 3, NULL));
    net_pass(&net, 5000);
    need_int(asked.n, 0);
    for (uint32_t i = 3; i-- > 0;) { /* in any order; the struct is still there */
        need_int(shelf.ccr[i]->cc_request_number, i);
        need_bytes(shelf.ccr[i]->service_context_id, dia_cstr("32251@3gpp.org"));
        need_int(net_answer(shelf.request[i], shelf.ccr[i], 2001), 0);
        net_pump(&net);
        need_int(asked.n, 3 - i);
        need_int(asked.number, i);
        need_int(asked.result_code, 2001);
    }
done:
    net_end(&net);
}

static void kept_request_lives_in_memory_of_its_own(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 1, NULL));
    const dia_bytes octets = dia_request_octets(shelf.request[0]);
    const dia_bytes session = shelf.ccr[0]->session_id;
    need(session.p > octets.p && session.p < octets.p + octets.n); /* a view of the copy */
    need_int(dia_request_header(shelf.request[0]).command, 272);
    need(dia_request_command(shelf.request[0]) == DIA_COMMAND_RO_CCR);
    need(dia_request_node(shelf.request[0]) == server);
    need_bytes(dia_peer_host(dia_request_peer(shelf.request[0])), dia_cstr("client.example.net"));
    need(dia_keep_ro_ccr(shelf.request[0]) == shelf.ccr[0]); /* keeping twice is keeping */
done:
    net_end(&net);
}

static void kept_request_whose_connection_went_is_gone_when_it_is_answered(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 4, NULL));
    net_cut(&net, net_wire_of(&net, client, server));
    need_int(asked.n, 4);
    need_int(asked.kind, DIA_OUTCOME_LOST);
    need(!dia_request_peer(shelf.request[0]));
    need_int(shelf.ccr[0]->cc_request_number, 0); /* still there to be read */
    need_int(net_answer(shelf.request[0], shelf.ccr[0], 2001), DIA_ENOENT);
    need_int(dia_request_fail(shelf.request[1], 5012, NULL), DIA_ENOENT);
    need_int(dia_request_answer_octets(shelf.request[2], dia_request_octets(shelf.request[2])), DIA_ENOENT);
    need_int(server->n_spare, 3);
    need(!dia_list_empty(&server->orphans)); /* the fourth goes with the node */
done:
    net_end(&net);
}

static void kept_requests_go_with_their_node(void)
{
    for (int way = 0; way < 3; way++) {
        struct net net;
        dia_node *client, *server;
        struct shelf shelf;
        struct asked asked;
        need(begin(&net, &client, &server, &shelf, &asked, 5, NULL));
        if (way == 1)
            net_cut(&net, net_wire_of(&net, client, server));
        if (way == 2)
            dia_node_stop(server, DIA_CAUSE_REBOOTING, 100);
        net_free(&net, server);
        net_pump(&net);
        need_int(asked.n, 5);
        need_int(asked.kind, DIA_OUTCOME_LOST);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

static void keep_any(dia_request *request, void *arg)
{
    dia_request **kept = arg;
    if (dia_request_keep(request))
        *kept = request;
}

/* No dictionary says what the least answer would be: that is no end of the request, which DIA_ENOENT is. */
static void request_of_an_unknown_command_is_still_there_without_a_least_answer(void)
{
    struct net net;
    static const char *const anybody[] = { "*", NULL };
    static const uint8_t octets[DIA_HEADER_SIZE] = { 1, 0, 0, DIA_HEADER_SIZE, 0x80, 0, 3, 0xe7, 0, 0, 0, 4 };
    dia_request *kept = NULL;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", &(dia_node_config){ .allow = anybody });
    need(node);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    dia_node_serve_any(node, keep_any, &kept);
    struct net_wire *wire = net_hold_open(&net, node, "a.example.net");
    need(wire);
    net_write(&net, wire, (dia_bytes){ octets, sizeof octets });
    need(kept);
    need(!dia_request_command(kept));
    need_int(dia_request_answer_least(kept, 2001), DIA_EINVAL);
    need_int(dia_request_answer_least(kept, 3001), DIA_EINVAL);
    need_int(dia_request_fail(kept, 3001, NULL), 0);
    net_pump(&net);
    need_int(net_result(net_read(&net, wire)), 3001);
done:
    net_end(&net);
}

/* DPR went or came: what was asked before is still answered. */
static void kept_request_is_answered_behind_dpr(void) /* B5.6-52 */
{
    for (int ours = 0; ours < 2; ours++) {
        struct net net;
        dia_node *client, *server;
        struct shelf shelf;
        struct asked asked;
        need(begin(&net, &client, &server, &shelf, &asked, 1, NULL));
        struct net_wire *wire = net_wire_of(&net, client, server);
        wire->end[ours ? 0 : 1].stuck = true; /* DPR is on its way, its answer is not */
        dia_node_stop(ours ? server : client, DIA_CAUSE_REBOOTING, 3000);
        wire->end[0].stuck = wire->end[1].stuck = false;
        need_int(net_answer(shelf.request[0], shelf.ccr[0], 2001), 0);
        net_pump(&net);
        need_int(asked.n, 1);
        need_int(asked.kind, DIA_OUTCOME_ANSWER);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

/* The memory of answered requests is used again, that of many is given back. */
static void many_kept_requests_do_not_stay(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 90, &(dia_node_config){ .alloc = dia_allocator_default() }));
    for (uint32_t i = 0; i < 90; i++)
        need_int(net_answer(shelf.request[i], shelf.ccr[i], 2001), 0);
    net_pump(&net);
    need_int(asked.n, 90);
    need(server->n_spare < 90);
done:
    net_end(&net);
}

/* What is kept for use leaves room for others: a node whose memory was full is not so for ever. */
static void spare_requests_do_not_fill_the_memory(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    const dia_node_config config = { .alloc = dia_allocator_default(),
                                     .limits = { .message = 4096, .memory = 400000 } };
    need(begin(&net, &client, &server, &shelf, &asked, 60, &config));
    need(dia_node_is_full(server) || server->hub.memory > 300000);
    for (uint32_t i = 0; i < 60; i++)
        need_int(net_answer(shelf.request[i], shelf.ccr[i], 2001), 0);
    net_pump(&net);
    need_int(asked.n, 60);
    need(server->hub.memory < 200000);
done:
    net_end(&net);
}

static void limit_of_kept_requests_holds(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 2, &(dia_node_config){ .limits = { .unanswered = 2 } }));
    need_int(net_ask(client, 9, 5000, &asked), 0);
    net_pump(&net);
    need_int(shelf.n, 2);
    need_int(asked.n, 1);
    need_int(asked.result_code, 3004);
    need(asked.error);
    need_int(net_answer(shelf.request[0], shelf.ccr[0], 2001), 0);
    need_int(net_ask(client, 9, 5000, &asked), 0);
    net_pump(&net);
    need_int(shelf.n, 3);
done:
    net_end(&net);
}

static void answered_request_is_no_longer_counted(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    need(begin(&net, &client, &server, &shelf, &asked, 1, NULL));
    struct net_wire *wire = net_wire_of(&net, client, server);
    need_int(wire->end[1].conn->unanswered, 1);
    need_int(net_answer(shelf.request[0], shelf.ccr[0], 2001), 0);
    need_int(wire->end[1].conn->unanswered, 0);
    need(dia_list_empty(&wire->end[1].conn->kept));
done:
    net_end(&net);
}

static int answer_errors[5];
static bool user_name_was_said;

static void answer_wrongly_then_rightly(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    const dia_ro_cca odd_name = { .result_code = 2001, .user_name = DIA_LIT("\xff") };
    static const uint8_t odd[24] = { 1, 0, 0, 24, 0x80 };
    (void)arg;
    answer_errors[4] = net_answer(request, ccr, 0); /* nobody set Result-Code */
    answer_errors[0] = dia_answer_ro_cca(request, &odd_name);
    user_name_was_said = strstr(dia_node_last_fault(dia_request_node(request)), "User-Name");
    answer_errors[1] = dia_request_answer_octets(request, (dia_bytes){ odd, sizeof odd }); /* a request */
    answer_errors[2] = net_answer(request, ccr, 2001);
    answer_errors[3] = net_answer(request, ccr, 2001);
}

static void answer_that_breaks_its_grammar_leaves_the_request(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, answer_wrongly_then_rightly, NULL), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(answer_errors[4], DIA_ERULE);
    need_int(answer_errors[0], DIA_ERULE);
    need(user_name_was_said);
    need_int(answer_errors[1], DIA_EINVAL);
    need_int(answer_errors[2], 0);
    need_int(answer_errors[3], DIA_ESTATE); /* once is enough */
    need_str(dia_node_last_fault(server), "the request is answered already");
    need_int(asked.n, 1);
    need_int(asked.result_code, 2001);
done:
    net_end(&net);
}

static void answer_octets(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    uint8_t buf[300];
    const dia_ro_cca cca = { .result_code = 2002, .cc_request_type = ccr->cc_request_type, .cc_request_number = 77 };
    const dia_defaults defaults = { .session_id = ccr->session_id,
                                    .origin_host = DIA_LIT("proxy.example.net"),
                                    .origin_realm = DIA_LIT("example.net"),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    const dia_header ids = { .hop_by_hop = 1, .end_to_end = 2 };
    const int64_t n =
        dia_encode(DIA_COMMAND_RO_CCA, &cca, DIA_LEVEL_STRICT, &ids, &defaults, buf, sizeof buf, NULL, NULL);
    *(int *)arg = dia_request_answer_octets(request, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
    buf[3] = (uint8_t)(buf[3] + 1); /* no length of a message; and it is too late */
    dia_request_answer_octets(request, (dia_bytes){ buf, (size_t)n + 1 });
}

static void request_may_be_answered_with_octets(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    int err = 1;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, answer_octets, &err), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(err, 0);
    need_int(asked.n, 1);
    need_int(asked.kind, DIA_OUTCOME_ANSWER);
    need_int(asked.result_code, 2002);
    need_int(asked.number, 77);
done:
    net_end(&net);
}

static void odd_octets(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    static const uint8_t odd[23] = { 1, 0, 0, 23 };
    (void)ccr;
    *(int *)arg = dia_request_answer_octets(request, (dia_bytes){ odd, sizeof odd });
    dia_request_fail(request, 5012, NULL);
}

/* Such a length would end the stream at the other side. */
static void octets_of_an_odd_length_are_refused(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    int err = 1;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, odd_octets, &err), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(err, DIA_EINVAL);
    need_int(asked.result_code, 5012);
done:
    net_end(&net);
}

static void long_octets(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    static uint8_t octets[4096 + 4] = { 1, 0, 0x10, 0x04 };
    (void)ccr;
    *(int *)arg = dia_request_answer_octets(request, (dia_bytes){ octets, sizeof octets });
    dia_request_fail(request, 5012, NULL);
}

static void octets_above_the_limit_are_refused(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    int err = 1;
    need(net_pair(&net, &client, &server, &(dia_node_config){ .limits = { .message = 4096 } }));
    need_int(dia_serve_ro_ccr(server, long_octets, &err), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(err, DIA_ESPACE);
    need_int(asked.result_code, 5012);
done:
    net_end(&net);
}

/* Whoever keeps requests and answers them all at once to a peer that does not read is told to wait. */
static void kept_requests_are_not_answered_above_the_hard_limit(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf;
    struct asked asked;
    unsigned i = 0;
    need(begin(&net, &client, &server, &shelf, &asked, 0,
               &(dia_node_config){ .limits = { .output_soft = 1000, .output_hard = 2000 } }));
    for (uint32_t k = 0; k < 30; k++) {
        need_int(net_ask(client, k, 60000, &asked), 0);
        net_pump(&net);
    }
    need_int(shelf.n, 30);
    struct net_wire *wire = net_wire_of(&net, client, server);
    struct net_end *end = &wire->end[wire->end[1].seat->node == server];
    end->stuck = true;
    while (i < 30 && !net_answer(shelf.request[i], shelf.ccr[i], 2001))
        i++;
    need(i > 5 && i < 30);
    need(end->conn->out.n < 2500);
    need_int(net_answer(shelf.request[i], shelf.ccr[i], 2001), DIA_EBUSY);
    need_int(dia_request_fail(shelf.request[i], 3004, NULL), DIA_EBUSY);
    need(strstr(dia_node_last_fault(server), "limit"));
    end->stuck = false;
    need_int(dia_request_fail(shelf.request[29], 3004, NULL), DIA_EBUSY);
    dia_output piece;
    while (dia_conn_output(end->conn, &piece, 1))
        dia_conn_sent(end->conn, piece.octets.n, (dia_time){ net.now_us }); /* lost on the way: that is not the point */
    need_int(net_answer(shelf.request[i], shelf.ccr[i], 2001), 0);
done:
    net_end(&net);
}

static void fail_with_fault(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    const dia_fault *fault = arg;
    (void)ccr;
    dia_request_fault(request, fault);
}

static void on_raw(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    dia_bytes *kept = arg;
    static uint8_t copy[1000];
    (void)cca;
    if (outcome->octets.n <= sizeof copy && outcome->octets.n) {
        memcpy(copy, outcome->octets.p, outcome->octets.n);
        *kept = (dia_bytes){ copy, outcome->octets.n };
    }
}

static void fault_of_the_application_is_reported(void) /* B7.1.5-10, B7.5-01, B7-04, B7.1.4-01 */
{
    static const dia_fault faults[] = {
        { 5007, DIA_LIT("\0\0\1\xa0\x40\0\0\x0c\0\0\0\4"), "these contradict" },
        { 3004, { NULL, 0 }, "" },
        { 4010, { NULL, 0 }, "no service" },
    };
    for (size_t i = 0; i < 3; i++) {
        struct net net;
        dia_node *client, *server;
        dia_fault fault = faults[i];
        dia_bytes answer = { NULL, 0 };
        need(net_pair(&net, &client, &server, NULL));
        need_int(dia_serve_ro_ccr(server, fail_with_fault, &fault), 0);
        const dia_ro_ccr ccr = net_ccr(3);
        need_int(dia_send_ro_ccr(client, &ccr, 3000, on_raw, &answer), 0);
        net_pump(&net);
        need_int(net_result(answer), faults[i].result_code);
        need_bytes(net_value(answer, 279), faults[i].failed_avp);
        const dia_bytes none = { NULL, 0 };
        need_bytes(net_value(answer, 281), faults[i].text[0] ? dia_cstr(faults[i].text) : none);
        need_int(answer.p[DIA_AT_FLAGS] & DIA_FLAG_ERROR, faults[i].result_code / 1000 == 3 ? DIA_FLAG_ERROR : 0);
        need_int(net_value(answer, 415).p != NULL, faults[i].result_code / 1000 != 3);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

static void answer_without_result_code(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    answer_errors[0] = net_answer(request, ccr, 0);
    answer_errors[1] = net_answer(request, ccr, 2001);
}

/* All of its ways to say a result are optional. */
static void answer_purge(dia_request *request, const dia_s6a_pur *pur, void *arg)
{
    const dia_experimental_result unknown = { .vendor_id = 10415, .experimental_result_code = 5001 };
    const dia_avp user_name = { .code = 1, .flags = DIA_AVP_M, .data = DIA_LIT("x") };
    dia_s6a_pua pua = { .auth_session_state = pur->auth_session_state, .others = { &user_name, 1 } };
    const bool *experimental = arg;
    answer_errors[0] = dia_answer_s6a_pua(request, &pua);
    answer_errors[1] = !strstr(dia_node_last_fault(dia_request_node(request)), "Experimental-Result");
    if (*experimental)
        pua.experimental_result = &unknown;
    else
        pua.result_code = DIA_U32(2001);
    answer_errors[2] = dia_answer_s6a_pua(request, &pua);
}

static void on_pua(const dia_outcome *outcome, const dia_s6a_pua *pua, void *arg)
{
    struct asked *asked = arg;
    (void)pua;
    asked->n++;
    asked->kind = outcome->kind;
    asked->result_code = outcome->result_code;
    asked->result_vendor = outcome->result_vendor;
}

/* RFC 6733, 7.6: one of both, also where the grammar requires neither. */
static void answer_needs_result_code_or_experimental_result(void) /* B7.6-01 */
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .allow = anybody };
    const dia_s6a_pur pur = { .auth_session_state = DIA_AUTH_SESSION_STATE_NO_STATE_MAINTAINED,
                              .destination_realm = DIA_LIT("example.net"),
                              .user_name = DIA_LIT("001010000000001") };
    struct net net;
    bool experimental = false;
    net_begin(&net);
    dia_node *client = net_add(&net, "client.example.net", &config), *server = NULL;
    need(client && (server = net_add(&net, "server.example.net", &config)));
    need_int(dia_node_use(client, &dia_dict_s6a), 0);
    need_int(dia_serve_s6a_pur(server, answer_purge, &experimental), 0);
    need(net_join(&net, client, server));
    for (int i = 0; i < 2; i++, experimental = true) {
        struct asked asked = { 0 };
        need_int(dia_send_s6a_pur(client, &pur, 3000, on_pua, &asked), 0);
        net_pump(&net);
        need_int(answer_errors[0], DIA_ERULE);
        need_int(answer_errors[1], 0);
        need_int(answer_errors[2], 0);
        need_int(asked.n, 1);
        need_int(asked.kind, DIA_OUTCOME_ANSWER);
        need_int(asked.result_code, experimental ? 5001 : 2001);
        need_int(asked.result_vendor, experimental ? 10415 : 0);
    }
done:
    net_end(&net);
}

/* 0 is what a struct holds that nobody has filled in. */
static void answer_without_a_result_code_leaves_the_request(void) /* B6.2-05 */
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, answer_without_result_code, NULL), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(answer_errors[0], DIA_ERULE);
    need(strstr(dia_node_last_fault(server), "Result-Code"));
    need_int(answer_errors[1], 0);
    need_int(asked.n, 1);
    need_int(asked.result_code, 2001);
done:
    net_end(&net);
}

struct every_second {
    struct shelf shelf;
    unsigned came, same; /* structs that were the handler's and the kept one */
};

static void keep_every_second(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct every_second *e = arg;
    if (e->came++ % 3 == 2) {
        net_answer(request, ccr, 2002);
        return;
    }
    put_away(request, ccr, &e->shelf);
    e->same += e->shelf.n && e->shelf.ccr[e->shelf.n - 1] == ccr;
}

/* Behind a request that was kept the next one of its command is copied before it is read: keeping it then takes no
 * second struct. Two are kept and the third is answered at once, in turn. */
static void request_behind_a_kept_one_lives_in_memory_of_its_own(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked[6];
    struct every_second e = { 0 };
    memset(asked, 0, sizeof asked);
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, keep_every_second, &e), 0);
    for (uint32_t i = 0; i < 6; i++)
        need_int(net_ask(client, i, 60000, &asked[i]), 0);
    net_pass(&net, 5000); /* the octets of the input are gone */
    need_int(e.came, 6);
    need_int(e.shelf.n, 4);
    need_int(e.same, 2);
    for (uint32_t i = 0; i < 6; i++)
        need_int(asked[i].n, i % 3 == 2);
    for (unsigned k = 0; k < 4; k++) {
        const uint32_t number = k + k / 2;
        const dia_ro_ccr *ccr = e.shelf.ccr[k];
        const dia_bytes octets = dia_request_octets(e.shelf.request[k]);
        need(ccr->session_id.p > octets.p && ccr->session_id.p < octets.p + octets.n);
        need_bytes(ccr->service_context_id, dia_cstr("32251@3gpp.org"));
        need_int(ccr->cc_request_number, number);
        need_int(net_answer(e.shelf.request[k], ccr, 2001), 0);
        net_pump(&net);
        need_int(asked[number].result_code, 2001);
    }
    for (uint32_t i = 0; i < 6; i++) {
        need_int(asked[i].n, 1);
        need_int(asked[i].number, i);
        need_int(asked[i].result_code, i % 3 == 2 ? 2002 : 2001);
    }
done:
    net_end(&net);
}

static size_t proxy_octets(dia_bytes message)
{
    size_t n = 0;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_PROXY_INFO)
            n += it.avp.octets.n;
    return it.err ? 0 : n;
}

static void put_away_or_answer(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct shelf *shelf = arg;
    if (shelf)
        put_away(request, ccr, shelf);
    else
        net_answer(request, ccr, 2001);
}

/* RFC 6733, 6.2: a proxy cannot do without its Proxy-Info. Whatever becomes of the request, all of it comes back. */
static void no_answer_goes_without_its_proxy_infos(void) /* B6.2-07, B6.7.4-01 */
{
    enum { STATES = 600000, BUF = STATES + 100000 };
    static const struct {
        const char *name;
        size_t n;
        bool keep;
    } rows[] = {
        { "one", 1, false },
        { "many", 600, false },
        { "one, kept", 1, true },
        { "many, kept", 600, true },
    };
    static dia_proxy_info infos[600];
    uint8_t *state = calloc(1, STATES), *buf = malloc(BUF);
    for (size_t i = 0; state && buf && i < sizeof rows / sizeof *rows; i++) {
        struct net net;
        dia_node *client, *server;
        struct shelf shelf;
        const dia_bytes one = { state, STATES / rows[i].n };
        if (!harness_row_runs(rows[i].name))
            continue;
        memset(&shelf, 0, sizeof shelf);
        need(net_pair(&net, &client, &server, NULL));
        need_int(dia_serve_ro_ccr(server, put_away_or_answer, rows[i].keep ? &shelf : NULL), 0);
        struct net_wire *wire = net_hold_open(&net, server, "p.example.net");
        need(wire);
        for (size_t k = 0; k < rows[i].n; k++)
            infos[k] = (dia_proxy_info){ .proxy_host = dia_cstr("p.example.net"), .proxy_state = one };
        dia_ro_ccr ccr = net_ccr(1);
        ccr.session_id = dia_cstr("s");
        ccr.origin_host = dia_cstr("p.example.net");
        ccr.origin_realm = dia_cstr("example.net");
        ccr.auth_application_id = 4;
        ccr.proxy_info.v = infos;
        ccr.proxy_info.n = rows[i].n;
        const int64_t n =
            dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, BUF, NULL, NULL);
        need(n > STATES);
        const dia_bytes request = { buf, (size_t)n };
        net_write(&net, wire, request);
        if (shelf.n && net_answer(shelf.request[0], shelf.ccr[0], 2001))
            need_int(dia_request_fail(shelf.request[0], 5012, NULL), 0);
        net_pump(&net);
        const dia_bytes answer = net_read(&net, wire);
        need(net_result(answer) == 2001 || net_result(answer) == 5012 || (rows[i].keep && net_result(answer) == 3004));
        need_int(proxy_octets(answer), proxy_octets(request));
    done:
        net_end(&net);
        if (harness_injected())
            break;
    }
    check(state && buf);
    free(state);
    free(buf);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "kept_request_is_answered_later", kept_request_is_answered_later },
        { "kept_request_lives_in_memory_of_its_own", kept_request_lives_in_memory_of_its_own },
        { "kept_request_whose_connection_went_is_gone_when_it_is_answered",
          kept_request_whose_connection_went_is_gone_when_it_is_answered },
        { "kept_requests_go_with_their_node", kept_requests_go_with_their_node },
        { "request_of_an_unknown_command_is_still_there_without_a_least_answer",
          request_of_an_unknown_command_is_still_there_without_a_least_answer },
        { "kept_request_is_answered_behind_dpr", kept_request_is_answered_behind_dpr },
        { "many_kept_requests_do_not_stay", many_kept_requests_do_not_stay },
        { "spare_requests_do_not_fill_the_memory", spare_requests_do_not_fill_the_memory },
        { "limit_of_kept_requests_holds", limit_of_kept_requests_holds },
        { "answered_request_is_no_longer_counted", answered_request_is_no_longer_counted },
        { "answer_that_breaks_its_grammar_leaves_the_request", answer_that_breaks_its_grammar_leaves_the_request },
        { "request_may_be_answered_with_octets", request_may_be_answered_with_octets },
        { "octets_of_an_odd_length_are_refused", octets_of_an_odd_length_are_refused },
        { "octets_above_the_limit_are_refused", octets_above_the_limit_are_refused },
        { "kept_requests_are_not_answered_above_the_hard_limit", kept_requests_are_not_answered_above_the_hard_limit },
        { "fault_of_the_application_is_reported", fault_of_the_application_is_reported },
        { "answer_without_a_result_code_leaves_the_request", answer_without_a_result_code_leaves_the_request },
        { "answer_needs_result_code_or_experimental_result", answer_needs_result_code_or_experimental_result },
        { "request_behind_a_kept_one_lives_in_memory_of_its_own",
          request_behind_a_kept_one_lives_in_memory_of_its_own },
        { "no_answer_goes_without_its_proxy_infos", no_answer_goes_without_its_proxy_infos },
    };
    return HARNESS_RUN("node/request", tests);
}

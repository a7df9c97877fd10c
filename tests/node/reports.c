/* Overload control (RFC 7683): what answers of ours ask of those who send us requests. */
#include "net.h"

#include "node/overload.h"

enum { APP = 4 }; /* Ro */

/* What an OC-OLR says. */
struct report {
    uint64_t sequence;
    uint32_t type, percent, validity_s;
};

struct reporter {
    struct net net;
    dia_node *server;
    struct net_wire *client;
    unsigned served;
    dia_bytes answer;
    struct report seen[2]; /* of its OC-OLRs */
    unsigned n_seen;
};

static bool begin_reporter(struct reporter *s, const dia_node_config *given)
{
    memset(s, 0, sizeof *s);
    s->server = net_begin_with(&s->net, "server.example.net", given);
    return s->server && !dia_serve_ro_ccr(s->server, net_serve, &s->served) &&
           !dia_node_set_overload(s->server, &(dia_overload_config){ .reports = true }) &&
           (s->client = net_hold_open(&s->net, s->server, "client.example.net")) != NULL;
}

static void read_reports(struct reporter *s)
{
    s->n_seen = 0;
    dia_avps it = dia_avps_of(s->answer);
    while (s->answer.p && dia_avp_next(&it)) {
        if (it.avp.code != DIA_AVP_OC_OLR || s->n_seen == 2)
            continue;
        struct report *r = &s->seen[s->n_seen++];
        *r = (struct report){ .validity_s = 30 };
        dia_avps in = dia_avp_enter(&it);
        while (dia_avp_next(&in)) {
            switch (in.avp.code) {
            case DIA_AVP_OC_SEQUENCE_NUMBER: r->sequence = dia_avp_u64(&in); break;
            case DIA_AVP_OC_REPORT_TYPE: r->type = dia_avp_u32(&in); break;
            case DIA_AVP_OC_REDUCTION_PERCENTAGE: r->percent = dia_avp_u32(&in); break;
            case DIA_AVP_OC_VALIDITY_DURATION: r->validity_s = dia_avp_u32(&in); break;
            default: break;
            }
        }
    }
}

/* A CCR, of this application, with or without OC-Supported-Features; its answer. */
static bool request_of(struct reporter *s, uint32_t application, bool supports)
{
    uint8_t buf[500];
    dia_builder b;
    net_begin_ccr(&b, buf, sizeof buf, application, "client.example.net");
    if (supports) {
        dia_put_group(&b, DIA_AVP_OC_SUPPORTED_FEATURES, 0, 0);
        dia_put_group_end(&b);
    }
    net_write_built(&s->net, s->client, &b);
    s->answer = net_read(&s->net, s->client);
    read_reports(s);
    return s->answer.p && dia_load24(s->answer.p + DIA_AT_LENGTH) == s->answer.n;
}

static void answers_say_how_much_less_is_wanted(void)
{
    struct reporter s;
    need(begin_reporter(&s, NULL));
    need(request_of(&s, APP, true)); /* no overload: we say that we would tell */
    need_int(net_count(s.answer, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    need_int(s.n_seen, 0);
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 30, 60 }));
    need(request_of(&s, APP, true));
    need_int(net_result(s.answer), 2001);
    need_int(s.n_seen, 1);
    need(s.seen[0].type == 0 && s.seen[0].percent == 30 && s.seen[0].validity_s == 60);
    const uint64_t first = s.seen[0].sequence;
    need_int(first >> 20, 1700000000); /* of the clock: it grows over restarts */
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_REALM, 40, 0 }));
    need(request_of(&s, APP, true));
    need_int(s.n_seen, 2);
    need(s.seen[0].sequence == first);
    need(s.seen[1].type == 1 && s.seen[1].percent == 40 && s.seen[1].validity_s == 30);
    need(request_of(&s, APP, false)); /* nobody is there to react: 5.1.2 */
    need_int(net_count(s.answer, DIA_AVP_OC_SUPPORTED_FEATURES), 0);
    need_int(s.n_seen, 0);
    need(request_of(&s, 99, true)); /* our error answers have it, too */
    need_int(net_result(s.answer), 3007);
    need_int(net_count(s.answer, DIA_AVP_OC_SUPPORTED_FEATURES), 1);
    need_int(s.n_seen, 0);
    need_int(dia_node_counters(s.server).overload_reports_out, 2);
done:
    net_end(&s.net);
}

static void report_is_renewed_and_its_end_is_told(void)
{
    struct reporter s;
    need(begin_reporter(&s, NULL));
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 30, 60 }));
    need(request_of(&s, APP, true));
    const uint64_t first = s.seen[0].sequence;
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 30, 60 }));
    net_pass(&s.net, 29900);
    need(request_of(&s, APP, true));
    need(s.seen[0].sequence == first); /* nothing has changed */
    net_pass(&s.net, 200);
    need(request_of(&s, APP, true));
    need(s.seen[0].sequence == first + 1);
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 50, 60 }));
    need(request_of(&s, APP, true));
    need(s.seen[0].sequence == first + 2 && s.seen[0].percent == 50);
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 0, 0 }));
    need(request_of(&s, APP, true));
    need(s.seen[0].sequence == first + 3 && s.seen[0].validity_s == 0 && s.seen[0].percent == 0);
    need_int(dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 0, 0 }), DIA_ENOENT);
    net_pass(&s.net, 59000);
    need(request_of(&s, APP, true));
    need_int(s.n_seen, 1);
    net_pass(&s.net, 2000); /* nobody can obey the old one any more */
    need(request_of(&s, APP, true));
    need_int(s.n_seen, 0);
    net_pass(&s.net, 1000);
    dia_node_tick(s.server, (dia_time){ s.net.now_us });
    need_int(s.server->relief->n_reported, 0);
    need(!dia_node_report_overload(s.server, &(dia_overload){ DIA_APP_RELAY, DIA_OVERLOAD_HOST, 10, 60 }));
    need(request_of(&s, APP, true));
    need(s.n_seen == 1 && s.seen[0].sequence == first + 4);
    net_pass(&s.net, 3000);
    need_int(s.server->relief->n_reported, 1);
done:
    net_end(&s.net);
}

static void reports_that_nobody_could_understand_are_refused(void)
{
    static const struct {
        dia_overload overload;
        int want;
    } rows[] = {
        { { APP, DIA_OVERLOAD_HOST, 101, 0 }, DIA_EINVAL },
        { { APP, DIA_OVERLOAD_HOST, 10, 86401 }, DIA_EINVAL },
        { { APP, (dia_overload_type)2, 10, 0 }, DIA_EINVAL },
        { { APP, DIA_OVERLOAD_HOST, 0, 0 }, DIA_ENOENT },
        { { DIA_APP_RELAY, DIA_OVERLOAD_HOST, 0, 0 }, DIA_ENOENT },
        { { APP, DIA_OVERLOAD_HOST, 100, 86400 }, 0 },
    };
    struct reporter s;
    need(begin_reporter(&s, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        need_int(dia_node_report_overload(s.server, &rows[i].overload), rows[i].want);
    need(!dia_node_set_overload(s.server, NULL));
    need_int(dia_node_report_overload(s.server, &rows[5].overload), DIA_ENOTSUP);
done:
    net_end(&s.net);
}

/* An answer with an AVP of *arg octets. */
static void serve_long(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    static const uint8_t zeros[4096];
    uint8_t buf[5000];
    dia_builder b;
    (void)ccr;
    dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .command = 272, .application = APP });
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, 2001);
    dia_put_bytes(&b, 25, 0, DIA_AVP_M, (dia_bytes){ zeros, *(size_t *)arg });
    const int64_t n = dia_build_end(&b);
    check(!dia_request_answer_octets(request, (dia_bytes){ buf, (size_t)n }));
}

/* What is added never makes a message too long: the answer matters more. */
static void answer_that_would_be_too_long_goes_without(void)
{
    struct reporter s;
    unsigned without = 0;
    size_t padding = 3900;
    need(begin_reporter(&s, &(dia_node_config){ .limits = { .message = 4096 } }));
    need(!dia_serve_ro_ccr(s.server, serve_long, &padding));
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 30, 60 }));
    for (; padding <= 4096 - 20 - 12 - 8; padding += 4) {
        need(request_of(&s, APP, true));
        need(s.answer.n <= 4096);
        need_int(net_result(s.answer), 2001);
        need(!s.n_seen == (20 + 12 + 8 + padding + 24 + 60 > 4096));
        without += !s.n_seen;
    }
    need_int(without, (24 + 60) / 4);
done:
    net_end(&s.net);
}

static void reports_are_told_to_whom_we_trust(void)
{
    static const char *const others[] = { "*.example.org", NULL };
    struct reporter s;
    need(begin_reporter(&s, NULL));
    need(!dia_node_set_overload(s.server, &(dia_overload_config){ .reports = true, .trusted = others }));
    need(!dia_node_report_overload(s.server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 30, 60 }));
    need(request_of(&s, APP, true));
    need_int(net_count(s.answer, DIA_AVP_OC_SUPPORTED_FEATURES), 0);
done:
    net_end(&s.net);
}

/* Both sides are ours: what one asks for is what the other leaves out. */
static void two_nodes_agree(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned served = 0, refused = 0;
    net_begin(&net);
    need(net_pair(&net, &client, &server, &(dia_node_config){ .watchdog_ms = 3600000 }));
    need(!dia_serve_ro_ccr(server, net_serve, &served));
    need(!dia_node_set_overload(client, &(dia_overload_config){ .reacts = true }));
    need(!dia_node_set_overload(server, &(dia_overload_config){ .reports = true }));
    need(!dia_node_report_overload(server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 40, 0 }));
    harness_spare();
    for (unsigned i = 0; i < 1000; i++) {
        refused += net_ask(client, i, 10000, &asked) == DIA_EBUSY;
        net_pass(&net, 100); /* far beyond the validity of one report */
    }
    need(refused > 360 && refused < 440);
    need_int(served, 1000 - refused);
    need_int(asked.n, served);
    need(dia_node_counters(client).overload_reports_in > 4);
    need_int(net_seat_of(&net, client)->events[DIA_EVENT_OVERLOAD], 1); /* renewing it is no news */
    need(!dia_node_report_overload(server, &(dia_overload){ APP, DIA_OVERLOAD_HOST, 0, 0 }));
    for (unsigned i = 0; i < 200; i++) {
        net_ask(client, i, 10000, &asked);
        net_pass(&net, 100);
    }
    for (unsigned i = 0; i < 100; i++)
        need(!net_ask(client, i, 10000, &asked));
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "answers_say_how_much_less_is_wanted", answers_say_how_much_less_is_wanted },
        { "report_is_renewed_and_its_end_is_told", report_is_renewed_and_its_end_is_told },
        { "reports_that_nobody_could_understand_are_refused", reports_that_nobody_could_understand_are_refused },
        { "answer_that_would_be_too_long_goes_without", answer_that_would_be_too_long_goes_without },
        { "reports_are_told_to_whom_we_trust", reports_are_told_to_whom_we_trust },
        { "two_nodes_agree", two_nodes_agree },
    };
    return HARNESS_RUN("node/reports", tests);
}

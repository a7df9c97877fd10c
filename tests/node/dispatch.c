/* A request that comes: is it for us, does it keep its grammar, who handles it, and what is answered if not. */
#include "net.h"

static const char *const anybody[] = { "*", NULL };

#define SESSION "00000107 4000000b 732d31 00"
#define HOST    "00000108 40000015 632e6578616d706c652e6e6574 000000" /* c.example.net */
#define REALM   "00000128 40000013 6578616d706c652e6e6574 00"         /* example.net */
#define TO      "0000011b 40000013 6578616d706c652e6e6574 00"
#define AUTH    "00000102 4000000c 00000004"
#define CONTEXT "000001cd 40000016 333232353140336770702e6f7267 0000" /* 32251@3gpp.org */
#define TYPE    "000001a0 4000000c 00000004"
#define NUMBER  "0000019f 4000000c 00000009"
#define ALL     SESSION HOST REALM TO AUTH CONTEXT TYPE NUMBER

/* A message with these AVPs, as it stands on the wire. */
static dia_bytes make(uint8_t *buf, size_t size, const dia_header *header, const char *avps_hex)
{
    uint8_t avps[1024];
    dia_builder b;
    dia_build_begin(&b, buf, size, header);
    dia_put_octets(&b, harness_hex(avps_hex, avps, sizeof avps));
    const int64_t n = dia_build_end(&b);
    if (n > 0 && header->version)
        buf[0] = header->version;
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

/* Both strings one behind the other. */
static const char *join(char *to, size_t size, const char *a, const char *b)
{
    assert(strlen(a) + strlen(b) < size);
    memcpy(to, a, strlen(a));
    memcpy(to + strlen(a), b, strlen(b) + 1);
    return to;
}

struct request_row {
    const char *name;
    const char *avps, *more; /* `more`: behind them, NULL: none */
    uint32_t want;
    bool error;         /* E in the answer */
    const char *failed; /* what is in Failed-AVP; NULL: there is none */
    uint32_t command, application;
    uint8_t version, flags;
    bool strict;
};

static const struct request_row requests[] = {
    { "a good one", ALL, NULL, 2001, .command = 272, .application = 4 },
    { "a command that nobody knows", ALL, NULL, 3001, true, .command = 9999,
      .application = 4 }, /* B3.1-02, B7.1.3-02 */
    { "a command that is not served", ALL, NULL, 3001, true, .command = 258, .application = 4 },
    { "an application that nobody knows", ALL, NULL, 3007, true, .command = 272, .application = 77 }, /* B7.1.3-09 */
    { "the relay application", ALL, NULL, 3007, true, .command = 272, .application = 0xffffffff },
    { "base protocol, but not the connection's", ALL, NULL, 3001, true, .command = 258 },
    { "CER of an application", ALL, NULL, 3007, true, .command = 257, .application = 77 },
    { "version 2", ALL, NULL, 5011, true, .command = 272, .application = 4, .version = 2 }, /* B3-02, B7.1.5-14 */
    { "version 0x11", ALL, NULL, 5011, true, .command = 272, .application = 4, .version = 0x11 },
    { "E bit", ALL, NULL, 3008, true, .command = 272, .application = 4,
      .flags = DIA_FLAG_ERROR },                                                           /* B3-07, B7.1.3-10 */
    { "reserved bits", ALL, NULL, 2001, .command = 272, .application = 4, .flags = 0x0f }, /* B3-15 */
    { "T bit", ALL, NULL, 2001, .command = 272, .application = 4, .flags = DIA_FLAG_RETRANSMITTED }, /* B3-13 */
    { "another realm", SESSION HOST REALM "0000011b 40000013 6578616d706c652e6f7267 00" AUTH CONTEXT TYPE NUMBER, NULL,
      3003, true, .command = 272, .application = 4 }, /* B7.1.3-04 */
    { "our realm in another case",
      SESSION HOST REALM "0000011b 40000013 4558616d706c652e6e6574 00" AUTH CONTEXT TYPE NUMBER, NULL, 2001,
      .command = 272, .application = 4 }, /* B6.1.4-02 */
    { "another host of our realm", ALL, "00000125 40000015 782e6578616d706c652e6e6574 000000", 3002, true,
      .command = 272, .application = 4 }, /* B7.1.3-03 */
    { "our host", ALL, "00000125 40000015 732e6578616d706c652e6e6574 000000", 2001, .command = 272, .application = 4 },
    { "our host in another case and a foreign realm",
      SESSION HOST REALM "0000011b 40000013 6578616d706c652e6f7267 00" AUTH CONTEXT TYPE NUMBER,
      "00000125 40000015 532e4578616d706c652e6e6574 000000", 2001, .command = 272, .application = 4 }, /* B6.1.4-01 */
    { "a required AVP is missing", SESSION HOST REALM TO AUTH CONTEXT TYPE, NULL, 5005, false,
      "0000019f 4000000c 00000000", .command = 272, .application = 4 }, /* B7.1.5-06, -07, -08 */
    { "the first of two missing ones", SESSION HOST REALM TO AUTH TYPE, NULL, 5005, false, "000001cd 40000008",
      .command = 272, .application = 4 }, /* B7-05 */
    { "no realm to go to", SESSION HOST REALM AUTH CONTEXT TYPE NUMBER, NULL, 5005, false, "0000011b 40000008",
      .command = 272, .application = 4 },
    { "one too many", ALL, "00000108 40000009 78 000000", 5009, false, "00000108 40000009 78 000000", .command = 272,
      .application = 4 }, /* B7.1.5-12, B3.2-03 */
    { "a number of three octets", SESSION HOST REALM TO AUTH CONTEXT TYPE "0000019f 4000000b 000001 00", NULL, 5014,
      false, "0000019f 4000000c 00000000", .command = 272, .application = 4 }, /* B7.1.5-17, B7.5-03, B4.1-12 */
    { "an AVP of length 4", ALL, "00000001 40000004", 5014, false, "00000001 40000008", .command = 272,
      .application = 4 }, /* B7.1.5-18 */
    { "an AVP that goes beyond the message", ALL, "00000001 40000ff0 61626364", 5014, false, "00000001 40000008",
      .command = 272, .application = 4 }, /* B7.1.5-18 */
    { "a group that goes beyond the message", ALL, "000001bb 40000ff0", 5014, false, "000001bb 40000008",
      .command = 272, .application = 4 }, /* B7.1.5-19 */
    { "an AVP header cut off", ALL, "00000001", 5014, false, "00000001 00000008", .command = 272,
      .application = 4 }, /* B7.1.5-20 */
    { "an unknown AVP with M", ALL, "0000270f 4000000c 00000001", 5001, false, "0000270f 4000000c 00000001",
      .command = 272, .application = 4 }, /* B4.1-07, B7.1.5-02 */
    { "an unknown AVP without M", ALL, "0000270f 0000000c 00000001", 2001, .command = 272, .application = 4 },
    { "an unknown AVP without M, strictly", ALL, "0000270f 0000000c 00000001", 2001, .command = 272, .application = 4,
      .strict = true }, /* B4.1-08 */
    { "an enumerated value that nobody knows", SESSION HOST REALM TO AUTH CONTEXT NUMBER "000001a0 4000000c 000000ff",
      NULL, 2001, .command = 272, .application = 4 },
    { "the same, strictly", SESSION HOST REALM TO AUTH CONTEXT NUMBER "000001a0 4000000c 000000ff", NULL, 5004, false,
      "000001a0 4000000c 000000ff", .command = 272, .application = 4, .strict = true }, /* B7.1.5-05, B4.3.1-14 */
    { "a text that is no UTF-8", ALL, "00000001 40000009 ff 000000", 5004, false, "00000001 40000009 ff 000000",
      .command = 272, .application = 4 }, /* B4.3.1-05, B7.1.5-05 */
    { "M is missing", SESSION HOST REALM TO AUTH CONTEXT TYPE "0000019f 0000000c 00000009", NULL, 2001, .command = 272,
      .application = 4 },
    { "M is missing, strictly", SESSION HOST REALM TO AUTH CONTEXT TYPE "0000019f 0000000c 00000009", NULL, 3009, true,
      "0000019f 0000000c 00000009", .command = 272, .application = 4, .strict = true }, /* B4.1-11, B7.1.3-11 */
    { "reserved bits, strictly", ALL, NULL, 2001, .command = 272, .application = 4, .flags = 0x0f,
      .strict = true }, /* B3-15, B7.1.5-16 */
    { "a foreign realm counts before a missing AVP", SESSION HOST REALM "0000011b 40000013 6578616d706c652e6f7267 00",
      NULL, 3003, true, .command = 272, .application = 4 },
};

/* A text as RFC 6733, 4.3.1 likes it: no control codes, no blank at its ends. */
static bool is_tidy(dia_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] == 0x7f)
            return false;
    return !text.n || (text.p[0] != ' ' && text.p[text.n - 1] != ' ');
}

static void requests_are_answered_by_the_rules(void) /* B7-02, B7-04, B7.2-02 */
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const struct request_row *row = &requests[i];
        char text[2048];
        uint8_t buf[1024], want[256];
        unsigned served = 0;
        struct net net;
        if (!harness_row_runs(row->name))
            continue;
        net_begin(&net);
        dia_node *node =
            net_add(&net, "s.example.net",
                    &(dia_node_config){ .allow = anybody,
                                        .handle_duplicates = true, /* all have the same id */
                                        .receive_level = row->strict ? DIA_LEVEL_STRICT : DIA_LEVEL_DEFAULT });
        need(node);
        need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
        struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
        need(wire);
        for (int p = 0; p < 2; p++) {
            const uint8_t proxiable = p ? DIA_FLAG_PROXIABLE : 0;
            const dia_header header = { .version = row->version,
                                        .flags = (uint8_t)(DIA_FLAG_REQUEST | row->flags | proxiable),
                                        .command = row->command,
                                        .application = row->application }; /* both identifiers are 0 */
            net_write(&net, wire,
                      make(buf, sizeof buf, &header, join(text, sizeof text, row->avps, row->more ? row->more : "")));
            const dia_bytes answer = net_read(&net, wire);
            need_int(net_result(answer), row->want);
            need_int(net.header.version, 1);
            need_int(net.header.flags,
                     (row->error ? DIA_FLAG_ERROR : 0) | proxiable); /* B6.2-08, B7-01, B3-05, B3-08 */
            need_int(net.header.command, row->command);
            need_int(net.header.application, row->application);
            need_int(net.header.hop_by_hop, 0); /* zero is a value like any other */
            need_int(net.header.end_to_end, 0);
            need_bytes(net_value(answer, 263), dia_cstr("s-1"));           /* B6.2-06, B7.2-03 */
            need_bytes(net_value(answer, 264), dia_cstr("s.example.net")); /* B6.2-02 */
            need_bytes(net_value(answer, 296), dia_cstr("example.net"));   /* B6.2-03 */
            need(!net_value(answer, 293).p && !net_value(answer, 283).p);  /* B6.2-04, B6.5-02, B6.6-01 */
            const dia_bytes failed = net_value(answer, 279);
            const dia_bytes none = { NULL, 0 };
            need_bytes(failed, row->failed ? harness_hex(row->failed, want, sizeof want) : none);
            need(is_tidy(net_value(answer, 281))); /* B4.3.1-06 */
            unsigned results = 0;
            dia_avps it = dia_avps_of(answer);
            while (dia_avp_next(&it)) { /* whatever came, what goes is sound */
                need(it.avp.code != 415 || it.avp.data.n == 4);
                results += it.avp.code == 268;
            }
            need_int(it.err, 0);
            need_int(results, 1); /* B7.1-01 */
        }
        need_int(served, row->want == 2001 ? 2 : 0);
        need_int(net_seat_of(&net, node)->events[DIA_EVENT_FAULT], row->want == 2001 ? 0 : 2);
        need_int(dia_node_counters(node).faults, row->want == 2001 ? 0 : 2);
        need(wire->end[1].conn); /* the connection stays */
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

static void proxy_infos_come_back_in_their_order(void) /* B6.2-07, B6.7.4-01 */
{
    static const char *const hosts[] = { "p1.example.net", "p2.example.net", "p3.example.net" };
    uint8_t buf[1024];
    unsigned served = 0, n = 0;
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "s.example.net", &(dia_node_config){ .allow = anybody });
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
    need(wire);
    dia_ro_ccr ccr = net_ccr(1);
    dia_proxy_info infos[3];
    for (int i = 0; i < 3; i++)
        infos[i] = (dia_proxy_info){ .proxy_host = dia_cstr(hosts[i]), .proxy_state = DIA_LIT("\0\1\2\3\xff") };
    ccr.session_id = dia_cstr("s");
    ccr.origin_host = dia_cstr("c.example.net");
    ccr.origin_realm = dia_cstr("example.net");
    ccr.auth_application_id = 4;
    ccr.proxy_info.v = infos;
    ccr.proxy_info.n = 3;
    const int64_t size =
        dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    need(size > 0);
    net_write(&net, wire, (dia_bytes){ buf, (size_t)size });
    const dia_bytes answer = net_read(&net, wire);
    need_int(net_result(answer), 2001);
    dia_avps it = dia_avps_of(answer);
    while (dia_avp_next(&it)) {
        if (it.avp.code != 284)
            continue;
        dia_avps in = dia_avp_enter(&it);
        need(n < 3);
        need(dia_avp_next(&in));
        need_bytes(in.avp.data, dia_cstr(hosts[n]));
        need(dia_avp_next(&in));
        need_bytes(in.avp.data, infos[n].proxy_state);
        n++;
    }
    need_int(n, 3);
done:
    net_end(&net);
}

static void busy_node_answers_3004(void) /* B7.1.3-06: whoever is asked for */
{
    uint8_t buf[1024];
    unsigned served = 0;
    struct net net;
    net_begin(&net);
    dia_node *node =
        net_add(&net, "s.example.net",
                &(dia_node_config){ .allow = anybody, .limits = { .output_soft = 1000, .output_hard = 50000 } });
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
    need(wire);
    wire->end[1].stuck = true;
    const dia_header header = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };
    for (int i = 0; i < 20; i++)
        net_write(&net, wire, make(buf, sizeof buf, &header, ALL));
    need(served > 0 && served < 20);
    wire->end[1].stuck = false;
    net_pump(&net);
    unsigned good = 0, busy = 0;
    dia_output piece;
    while (dia_conn_output(wire->end[1].conn, &piece, 1)) {
        dia_buf_append(&wire->end[0].to, piece.octets);
        dia_conn_sent(wire->end[1].conn, piece.octets.n, (dia_time){ net.now_us });
    }
    for (dia_bytes answer; (answer = net_read(&net, wire)).p;) {
        good += net_result(answer) == 2001;
        busy += net_result(answer) == 3004 && net.header.flags & DIA_FLAG_ERROR;
    }
    need_int(good, served);
    need_int(busy, 20 - served);
    net_write(&net, wire, make(buf, sizeof buf, &header, ALL)); /* and then it serves again */
    need_int(net_result(net_read(&net, wire)), 2001);
done:
    net_end(&net);
}

/* ---- Handlers ---- */

static void do_nothing(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)request;
    (void)ccr;
    ++*(unsigned *)arg;
}

/* Many times: what is done with the request afterwards must not be done twice. */
static void request_that_is_left_alone_is_answered_5012(void) /* B7.1.5-15 */
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned handled = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, do_nothing, &handled), 0);
    for (uint32_t i = 0; i < 200; i++) {
        need_int(net_ask(client, i, 3000, &asked), 0);
        net_pump(&net);
        need_int(asked.n, i + 1);
        need_int(asked.kind, DIA_OUTCOME_ANSWER);
        need_int(asked.result_code, 5012);
        need_int(asked.number, i); /* in the grammar of the command, with what it requires */
        need(!asked.error);
    }
    need_int(handled, 200);
    need_int(net_seat_of(&net, server)->events[DIA_EVENT_UNANSWERED], 200);
    need_int(server->n_spare, 1);
done:
    net_end(&net);
}

struct any_log {
    unsigned n;
    uint32_t command;
    bool known;
};

static void on_any(dia_request *request, void *arg)
{
    struct any_log *log = arg;
    log->n++;
    log->command = dia_request_header(request).command;
    log->known = dia_request_command(request) != NULL;
    if (log->command != 7) /* one is left alone */
        dia_request_fail(request, 2001, NULL);
}

static void generic_handler_gets_what_nothing_else_serves(void)
{
    static const struct {
        const char *name;
        uint32_t command, application, want;
        bool generic, known;
    } rows[] = {
        { "a served command", 272, 4, 2001, false, false },
        { "a command of its dictionary", 258, 4, 2001, true, true },
        { "an unknown command", 9999, 4, 2001, true, false },
        { "an application without dictionary", 301, 16777216, 2001, true, false },
        { "an application that was not advertised", 301, 16777217, 3007, false, false },
        { "the base protocol", 258, 0, 3001, false, false },
        { "left alone", 7, 16777216, 5012, true, false },
    };
    struct net net;
    uint8_t buf[1024];
    unsigned served = 0;
    struct any_log log = { 0 };
    net_begin(&net);
    dia_node *node = net_add(&net, "s.example.net", &(dia_node_config){ .allow = anybody });
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    need_int(dia_node_advertise(node, 16777216, 10415, DIA_APP_AUTH), 0);
    dia_node_serve_any(node, on_any, &log);
    struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
    need(wire);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        log.n = 0;
        const dia_header header = { .flags = DIA_FLAG_REQUEST,
                                    .command = rows[i].command,
                                    .application = rows[i].application };
        net_write(&net, wire, make(buf, sizeof buf, &header, ALL));
        need_int(net_result(net_read(&net, wire)), rows[i].want);
        need_int(log.n, rows[i].generic);
        need(!rows[i].generic || (log.command == rows[i].command && log.known == rows[i].known));
    }
    const dia_header header = { .flags = DIA_FLAG_REQUEST, .command = 301, .application = 16777216 };
    net_write(&net, wire, make(buf, sizeof buf, &header, SESSION "0000011b 40000013 6578616d706c652e6f7267 00"));
    need_int(net_result(net_read(&net, wire)), 3003);
    log.n = 0;
    net_write(&net, wire, make(buf, sizeof buf, &header, SESSION)); /* B6.1.4-03: neither Destination-Host nor -Realm */
    need_int(net_result(net_read(&net, wire)), 2001);
    need_int(log.n, 1);
    for (int i = 0; i < 100; i++) {
        const dia_header seven = { .flags = DIA_FLAG_REQUEST, .command = 7, .application = 16777216 };
        net_write(&net, wire, make(buf, sizeof buf, &seven, ALL));
        need_int(net_result(net_read(&net, wire)), 5012);
    }
done:
    net_end(&net);
}

static void handler_that_was_replaced_is_not_called(void)
{
    struct net net;
    dia_node *client, *server;
    struct asked asked = { 0 };
    unsigned first = 0, second = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &first), 0);
    need_int(net_ask(client, 1, 3000, &asked), 0);
    net_pump(&net);
    need_int(dia_serve_ro_ccr(server, net_serve, &second), 0);
    need_int(net_ask(client, 2, 3000, &asked), 0);
    net_pump(&net);
    need_int(first, 1);
    need_int(second, 1);
done:
    net_end(&net);
}

static void message_that_needs_too_much_memory_is_answered_5012(void)
{
    enum { N = 2000 };
    static dia_cc_subscription_id ids[N];
    static uint8_t room[N * 40];
    unsigned served = 0;
    struct net net;
    net_begin(&net);
    dia_node *node =
        net_add(&net, "s.example.net", &(dia_node_config){ .allow = anybody, .limits = { .decoded = 16384 } });
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
    need(wire);
    for (size_t i = 0; i < N; i++)
        ids[i] = (dia_cc_subscription_id){ .subscription_id_data = DIA_LIT("") };
    dia_ro_ccr ccr = net_ccr(9);
    ccr.session_id = dia_cstr("s");
    ccr.origin_host = dia_cstr("c.example.net");
    ccr.origin_realm = dia_cstr("example.net");
    ccr.auth_application_id = 4;
    ccr.subscription_id.v = ids;
    for (size_t n = 10; n <= N; n += N - 10) {
        ccr.subscription_id.n = n;
        const int64_t size = dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, room,
                                        sizeof room, NULL, NULL);
        need(size > 0);
        net_write(&net, wire, (dia_bytes){ room, (size_t)size });
        need_int(net_result(net_read(&net, wire)), n == N ? 5012 : 2001);
        need_int(net.header.flags & DIA_FLAG_ERROR, 0);
    }
    need_int(served, 1);
done:
    net_end(&net);
}

/* An allocator that has nothing large when it matters. */
static bool is_scarce;

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    const dia_allocator *given = arg;
    return is_scarce && new_size > 2000 ? NULL : given->resize(given->arg, p, old_size, new_size);
}

static void request_without_memory_to_read_it_is_answered_3004(void)
{
    const dia_allocator *given = harness_allocator();
    const dia_allocator scarce = { resize, (void *)(uintptr_t)given };
    static dia_cc_subscription_id ids[300];
    static uint8_t room[20000];
    unsigned served = 0;
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "s.example.net", &(dia_node_config){ .allow = anybody, .alloc = &scarce });
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    struct net_wire *wire = net_hold_open(&net, node, "c.example.net");
    need(wire);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        ids[i] = (dia_cc_subscription_id){ .subscription_id_data = DIA_LIT("") };
    dia_ro_ccr ccr = net_ccr(9);
    ccr.session_id = dia_cstr("s");
    ccr.origin_host = dia_cstr("c.example.net");
    ccr.origin_realm = dia_cstr("example.net");
    ccr.auth_application_id = 4;
    ccr.subscription_id.v = ids;
    ccr.subscription_id.n = sizeof ids / sizeof *ids;
    const int64_t size =
        dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, room, sizeof room, NULL, NULL);
    need(size > 0);
    for (int i = 0; i < 2; i++) {
        is_scarce = !i;
        net_write(&net, wire, (dia_bytes){ room, (size_t)size });
        is_scarce = false;
        need_int(net_result(net_read(&net, wire)), i ? 2001 : 3004);
        need_int(net.header.flags & DIA_FLAG_ERROR, i ? 0 : DIA_FLAG_ERROR);
    }
    need_int(served, 1);
done:
    is_scarce = false;
    net_end(&net);
}

/* ---- In the same segment as the CEA ---- */

static void eager(struct net_seat *seat, const dia_event *event)
{
    static struct asked ignored;
    if (event->kind == DIA_EVENT_PEER_UP && !harness_injected())
        net_ask(seat->node, 1, 3000, &ignored);
}

/* The server sends a request as soon as it is open: it comes in the same segment as the CEA, or in any other pieces,
 * and is served. */
static void request_behind_the_cea_is_served(void) /* B5.6-30, B5.6-39, W3.4.1-17 */
{
    for (size_t piece = 0; piece < 120; piece++) {
        unsigned served = 0;
        struct net net;
        net_begin(&net);
        net.piece = piece;
        dia_node_config config = { .allow = anybody, .alloc = piece % 40 ? dia_allocator_default() : NULL };
        dia_node *client = net_add(&net, "client.example.net", &config);
        dia_node *server = client ? net_add(&net, "server.example.net", &config) : NULL;
        need(server);
        need_int(dia_serve_ro_ccr(client, net_serve, &served), 0);
        need_int(dia_node_use(server, &dia_dict_ro), 0);
        net_seat_of(&net, server)->on_event = eager;
        need(net_join(&net, client, server));
        need_int(served, 1);
        need_int(dia_node_counters(server).answers_in, 1);
    done:
        net_end(&net);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_are_answered_by_the_rules", requests_are_answered_by_the_rules },
        { "proxy_infos_come_back_in_their_order", proxy_infos_come_back_in_their_order },
        { "busy_node_answers_3004", busy_node_answers_3004 },
        { "request_that_is_left_alone_is_answered_5012", request_that_is_left_alone_is_answered_5012 },
        { "generic_handler_gets_what_nothing_else_serves", generic_handler_gets_what_nothing_else_serves },
        { "handler_that_was_replaced_is_not_called", handler_that_was_replaced_is_not_called },
        { "message_that_needs_too_much_memory_is_answered_5012", message_that_needs_too_much_memory_is_answered_5012 },
        { "request_without_memory_to_read_it_is_answered_3004", request_without_memory_to_read_it_is_answered_3004 },
        { "request_behind_the_cea_is_served", request_behind_the_cea_is_served },
    };
    return HARNESS_RUN("node/dispatch", tests);
}

/* The end of a session behind an answer with errors in itself (RFC 6733, 7): which request goes, to whom, with what. */
#include "net.h"

#include "diatom/app/nasreq_node.h"
#include "session/session.h"

enum { NASREQ = 1, ASR = 274, STR = 275 };

struct scene {
    struct net net;
    dia_node *nas;
    struct net_wire *server;
    const char *session_id;
    dia_session_ending ending;
    bool tells; /* what becomes of the end is asked for */
    unsigned ends, told;
    int err;
    dia_outcome_kind kind;
    uint32_t result_code;
};

static void on_end(const dia_outcome *outcome, void *arg)
{
    struct scene *s = arg;
    s->told++;
    s->result_code = outcome->result_code;
}

static void on_aaa(const dia_outcome *outcome, const dia_nasreq_aaa *aaa, void *arg)
{
    struct scene *s = arg;
    (void)aaa;
    s->ends++;
    s->kind = outcome->kind;
    s->err = dia_session_end_bad(outcome, dia_cstr(s->session_id), s->ending, 5000, s->tells ? on_end : NULL, s);
}

static bool begin(struct scene *s, const char *destination_realm)
{
    static const char *const anybody[] = { "*", NULL };
    net_begin(&s->net);
    s->nas = net_add(&s->net, "nas.example.net",
                     &(dia_node_config){ .allow = anybody, .destination_realm = destination_realm });
    return s->nas && !dia_node_use(s->nas, &dia_dict_nasreq) &&
           (s->server = net_hold_as(&s->net, s->nas, "aaa.example.com", "example.com", NASREQ)) != NULL;
}

static bool ask(struct scene *s)
{
    const dia_nasreq_aar aar = { .session_id = dia_cstr("nas.example.net;1;2"),
                                 .destination_realm = dia_cstr("example.com"),
                                 .auth_request_type = 2 };
    if (dia_send_nasreq_aar(s->nas, &aar, 5000, on_aaa, s))
        return false;
    net_pump(&s->net);
    return net_read(&s->net, s->server).p != NULL;
}

/* The answer to what was read last: these AVPs. */
static void reply(struct scene *s, const char *hex)
{
    uint8_t avps[512], buf[600];
    dia_builder b;
    dia_header head = s->net.header;
    head.flags = DIA_FLAG_PROXIABLE;
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_octets(&b, harness_hex(hex, avps, sizeof avps));
    const int64_t n = dia_build_end(&b);
    net_write(&s->net, s->server, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
}

#define SESSION  "00000107 4000001b 6e61732e 6578616d 706c652e 6e65743b 313b3200 "
#define SUCCESS  "0000010c 4000000c 000007d1 "
#define HOST     "00000108 40000017 6161612e 6578616d 706c652e 636f6d00 "
#define REALM    "00000128 40000013 6578616d 706c652e 636f6d00 "
#define CLASS(x) "00000019 4000000c " x " "

static bool has(dia_bytes message, uint32_t code, const char *want)
{
    const dia_bytes value = net_value(message, code);
    return want ? value.p && dia_bytes_equal(value, dia_cstr(want)) : !value.p;
}

static unsigned count(dia_bytes message, uint32_t code)
{
    unsigned n = 0;
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        n += it.avp.code == code;
    return n;
}

static uint32_t number(dia_bytes message, uint32_t code)
{
    const dia_bytes value = net_value(message, code);
    return value.n == 4 ? dia_load32(value.p) : UINT32_MAX;
}

/* An AAA without Auth-Request-Type and Auth-Application-Id is none. */
static void answer_with_errors_in_itself_ends_its_session(void) /* B7-03 */
{
    static const struct {
        const char *name, *avps;
        dia_session_ending ending;
        const char *host, *realm; /* of the request that ends it */
        unsigned classes;
    } rows[] = {
        { "AVPs are missing", SESSION SUCCESS HOST REALM, DIA_SESSION_TERMINATE, "aaa.example.com", "example.com", 0 },
        { "with classes", SESSION CLASS("61616161") SUCCESS HOST REALM CLASS("62626262"), DIA_SESSION_TERMINATE,
          "aaa.example.com", "example.com", 2 },
        { "without names", SESSION SUCCESS, DIA_SESSION_TERMINATE, NULL, "example.org", 0 },
        { "broken octets", SESSION SUCCESS CLASS("61616161") "00000108 40000003", DIA_SESSION_TERMINATE, NULL,
          "example.org", 1 },
        { "names that are none", SESSION SUCCESS "00000108 4000000c 20202020 00000128 4000000c 00000000",
          DIA_SESSION_TERMINATE, NULL, "example.org", 0 },
        { "aborted", SESSION SUCCESS HOST REALM CLASS("61616161"), DIA_SESSION_ABORT, "aaa.example.com", "example.com",
          0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool aborts = rows[i].ending == DIA_SESSION_ABORT;
        struct scene s = { .session_id = "nas.example.net;1;2", .ending = rows[i].ending, .tells = i % 2 };
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, "example.org"));
        need(ask(&s));
        reply(&s, rows[i].avps);
        need_int(s.ends, 1);
        need_int(s.kind, DIA_OUTCOME_BAD_ANSWER);
        need_int(s.err, 0);
        const dia_bytes end = net_read(&s.net, s.server);
        need(end.p);
        need_int(s.net.header.command, aborts ? ASR : STR);
        need_int(s.net.header.application, NASREQ);
        need_int(s.net.header.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
        need(has(end, DIA_AVP_SESSION_ID, "nas.example.net;1;2"));
        need(has(end, DIA_AVP_ORIGIN_HOST, "nas.example.net") && has(end, DIA_AVP_ORIGIN_REALM, "example.net"));
        need(has(end, DIA_AVP_DESTINATION_HOST, rows[i].host));
        need(has(end, DIA_AVP_DESTINATION_REALM, rows[i].realm));
        need_int(number(end, DIA_AVP_AUTH_APPLICATION_ID), NASREQ);
        need_int(number(end, DIA_AVP_TERMINATION_CAUSE), aborts ? UINT32_MAX : 3);
        need_int(count(end, DIA_AVP_CLASS), rows[i].classes);
        reply(&s, SESSION SUCCESS HOST REALM);
        need_int(s.told, s.tells);
        need_int(s.result_code, s.tells ? 2001 : 0);
        need(!net_read(&s.net, s.server).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void session_that_cannot_be_ended_is_said(void)
{
    static const struct {
        const char *name, *avps, *session_id, *realm; /* realm: of the configuration */
        dia_session_ending ending;
    } rows[] = {
        { "a good answer", SESSION SUCCESS HOST REALM "00000102 4000000c 00000001 00000112 4000000c 00000002", "s",
          NULL, DIA_SESSION_TERMINATE },
        { "no Session-Id", SESSION SUCCESS HOST REALM, "", NULL, DIA_SESSION_TERMINATE },
        { "no realm", SESSION SUCCESS HOST, "s", NULL, DIA_SESSION_TERMINATE },
        { "an ASR to nobody", SESSION SUCCESS REALM, "s", "example.org", DIA_SESSION_ABORT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .session_id = rows[i].session_id, .ending = rows[i].ending };
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, rows[i].realm));
        need(ask(&s));
        reply(&s, rows[i].avps);
        need_int(s.ends, 1);
        need_int(s.kind, i ? DIA_OUTCOME_BAD_ANSWER : DIA_OUTCOME_ANSWER);
        need_int(s.err, DIA_EINVAL);
        need(!net_read(&s.net, s.server).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* It goes as any request does: not where nobody takes it. */
static void nobody_may_be_there_any_more(void)
{
    struct scene s = { .session_id = "s" };
    need(begin(&s, NULL));
    need(ask(&s));
    dia_node_stop(s.nas, DIA_CAUSE_REBOOTING, 5000);
    reply(&s, SESSION SUCCESS HOST REALM);
    need_int(s.kind, DIA_OUTCOME_BAD_ANSWER);
    need_int(s.err, DIA_ESTATE);
done:
    net_end(&s.net);
}

int main(void)
{
    const struct harness_test tests[] = {
        { "answer_with_errors_in_itself_ends_its_session", answer_with_errors_in_itself_ends_its_session },
        { "session_that_cannot_be_ended_is_said", session_that_cannot_be_ended_is_said },
        { "nobody_may_be_there_any_more", nobody_may_be_there_any_more },
    };
    return HARNESS_RUN("session/end", tests);
}

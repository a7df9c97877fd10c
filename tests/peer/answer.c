/* Error answers of the stack's own: E bit, Session-Id, Failed-AVP, Proxy-Info, and what a regular answer requires. */
#include "rig.h"

/* A request as it comes, and an answer as the hook below makes it. */
static dia_refusal refusal;

static void refuse(struct rig *rig, dia_conn *conn, dia_bytes message)
{
    dia_header header;
    (void)rig;
    if (!dia_header_read(message, &header))
        dia_conn_refuse(conn, &header, message, &refusal);
}

static struct rig_link *begin(struct rig *rig, const dia_refusal *with)
{
    if (!rig_begin(rig, NULL))
        return NULL;
    refusal = *with;
    rig->on_request = refuse;
    return rig_open_r(rig, "a.example.net");
}

/* Sends a request with these AVPs and gives the AVPs of the answer. */
static dia_bytes ask(struct rig *rig, struct rig_link *link, uint8_t flags, const char *avps_hex)
{
    uint8_t buf[4096], avps[2048];
    const dia_header header = {
        .flags = (uint8_t)(DIA_FLAG_REQUEST | flags), .command = 272, .application = 4, .hop_by_hop = 0, .end_to_end = 0
    }; /* values like any other */
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &header);
    dia_put_octets(&b, harness_hex(avps_hex, avps, sizeof avps));
    const int64_t n = dia_build_end(&b);
    rig_feed(rig, link, (dia_bytes){ buf, n > 0 ? (size_t)n : 0 });
    const dia_bytes answer = rig_read_octets(link);
    return answer.p ? (dia_bytes){ answer.p + DIA_HEADER_SIZE, answer.n - DIA_HEADER_SIZE } : answer;
}

#define SESSION "00000107 4000000b 732d31 00" /* Session-Id "s-1" */
#define OURS                                                                                                           \
    "00000108 40000015 6d2e6578616d706c652e6e6574 000000" /* Origin-Host */                                            \
    "00000128 40000013 6578616d706c652e6e6574 00"         /* Origin-Realm */
#define RESULT(x) "0000010c 4000000c 0000" x
#define PROXY(x)  "0000011c 40000020 00000118 4000000a 7031 0000 00000021 4000000a " x " 0000" /* Proxy-Info */
#define PROXY_ODD "0000011c 40000014 00000118 4000000c 70313233"
#define TYPE      "000001a0 4000000c 00000001" /* CC-Request-Type */
#define NUMBER    "0000019f 4000000c 00000007" /* CC-Request-Number */
#define AUTH      "00000102 4000000c 00000004"

struct answer_row {
    const char *name;
    dia_refusal refusal;
    uint8_t flags;
    const char *asked, *want;
    uint8_t want_flags;
};

/* What the regular answer of these tests requires beyond what every error answer says. */
static const dia_avp_def def_type = {
    .name = "CC-Request-Type", .code = 416, .type = DIA_TYPE_ENUMERATED, .flags = DIA_AVP_M
};
static const dia_avp_def def_number = {
    .name = "CC-Request-Number", .code = 415, .type = DIA_TYPE_UNSIGNED32, .flags = DIA_AVP_M
};
static const dia_field fields[] = {
    { .avp = &def_type, .code = 416, .min = 1, .max = 1, .type = DIA_TYPE_ENUMERATED, .lead = DIA_LEAD(DIA_AVP_M) },
    { .avp = &def_number, .code = 415, .min = 1, .max = 1, .type = DIA_TYPE_UNSIGNED32, .lead = DIA_LEAD(DIA_AVP_M) },
};
static const dia_grammar regular = { .name = "CCA", .fields = fields, .n_fields = 2 };

/* One field of each kind whose value can be broken. */
static const dia_avp_def def_any = { .name = "Any", .flags = DIA_AVP_M };
#define FIELD(n, t)                                                                                                    \
    {                                                                                                                  \
        .avp = &def_any, .code = n, .min = 1, .max = 1, .type = t, .lead = DIA_LEAD(DIA_AVP_M)                         \
    }
static const dia_field kinds[] = { FIELD(1000, DIA_TYPE_UNSIGNED64), FIELD(1001, DIA_TYPE_ADDRESS),
                                   FIELD(1002, DIA_TYPE_GROUPED), FIELD(1003, DIA_TYPE_OCTET_STRING),
                                   FIELD(1004, DIA_TYPE_TIME) };
static const dia_grammar of_all_kinds = { .name = "XXA", .fields = kinds, .n_fields = 5 };
#define KINDS                                                                                                          \
    "000003e8 40000010 0000000000000001"                                                                               \
    "000003e9 4000000e 0001 0a000001 0000"                                                                             \
    "000003ea 40000014 00000001 00000009 61 000000"                                                                    \
    "000003eb 40000009 61 000000"                                                                                      \
    "000003ec 4000000c 00000001"

static const struct answer_row rows[] = {
    { "values of all kinds",
      { .result_code = 5012, .grammar = &of_all_kinds },
      0,
      KINDS,
      RESULT("1394") OURS KINDS,
      0 },
    { "broken values of all kinds",
      { .result_code = 5014, .grammar = &of_all_kinds },
      0,
      "000003e8 4000000c 00000001 000003e9 40000009 00 000000 000003ea 40000010 00000001 00000003"
      "000003eb 40000008 000003ec 4000000a 0000 0000",
      RESULT("1396") OURS "000003eb 40000008",
      0 },
    { "protocol error with nothing in the request", /* B7.2-02, B7.2-03 */
      { .result_code = 3007, .error = true },
      0,
      "",
      RESULT("0bbf") OURS,
      DIA_FLAG_ERROR },
    { "Session-Id comes first", /* B6.2-06 */
      { .result_code = 3007, .error = true },
      0,
      TYPE SESSION,
      SESSION RESULT("0bbf") OURS,
      DIA_FLAG_ERROR },
    { "P as in the request", /* B6.2-08 */
      { .result_code = 3002, .error = true },
      DIA_FLAG_PROXIABLE,
      "",
      RESULT("0bba") OURS,
      DIA_FLAG_ERROR | DIA_FLAG_PROXIABLE },
    { "T is not repeated", /* B3-13 */
      { .result_code = 3004, .error = true },
      DIA_FLAG_RETRANSMITTED,
      "",
      RESULT("0bbc") OURS,
      DIA_FLAG_ERROR },
    { "Error-Message", /* B4.5-01 */
      { .result_code = 3001, .error = true, .text = "no" },
      0,
      "",
      RESULT("0bb9") OURS "00000119 0000000a 6e6f 0000",
      DIA_FLAG_ERROR },
    { "all Proxy-Info in their order", /* B6.2-07, B6.7.4-01 */
      { .result_code = 3002, .error = true },
      0,
      PROXY("4141") TYPE PROXY("4242") PROXY("4343"),
      RESULT("0bba") OURS PROXY("4141") PROXY("4242") PROXY("4343"),
      DIA_FLAG_ERROR },
    { "Proxy-Info bit by bit, whatever it holds",
      { .result_code = 3002, .error = true },
      0,
      PROXY_ODD,
      RESULT("0bba") OURS PROXY_ODD,
      DIA_FLAG_ERROR },
    { "Destination-Host and -Realm do not come back", /* B6.2-04, B6.5-02, B6.6-01 */
      { .result_code = 5012, .grammar = &regular },
      0,
      "00000125 4000000b 612e62 00 0000011b 4000000b 612e62 00",
      RESULT("1394") OURS,
      0 },
    { "permanent failure in the grammar of the answer",
      { .result_code = 5012, .grammar = &regular },
      0,
      SESSION TYPE NUMBER AUTH,
      SESSION RESULT("1394") OURS TYPE NUMBER,
      0 },
    { "permanent failure of which the request has half",
      { .result_code = 5005, .grammar = &regular },
      0,
      NUMBER,
      RESULT("138d") OURS NUMBER,
      0 },
    { "with E the grammar does not matter",
      { .result_code = 3004, .error = true, .grammar = &regular },
      0,
      TYPE NUMBER,
      RESULT("0bbc") OURS,
      DIA_FLAG_ERROR },
    { "a broken value is not repeated",
      { .result_code = 5014, .grammar = &regular },
      0,
      "000001a0 4000000b 000001 00" NUMBER,
      RESULT("1396") OURS NUMBER,
      0 },
    { "the first of two is repeated",
      { .result_code = 5009, .grammar = &regular },
      0,
      TYPE NUMBER NUMBER,
      RESULT("1391") OURS TYPE NUMBER,
      0 },
    { "Failed-AVP", /* B7.5-01, B7.5-02 */
      { .result_code = 5001, .failed_avp = DIA_LIT("\0\0\x27\x0f\x40\0\0\x0c\0\0\0\1") },
      0,
      "",
      RESULT("1389") OURS "00000117 40000014 0000270f 4000000c 00000001",
      0 },
    { "what follows broken octets is not found, what stands before is",
      { .result_code = 5014, .grammar = &regular },
      0,
      SESSION TYPE "0000019f 40000003" PROXY("4141"),
      SESSION RESULT("1396") OURS TYPE,
      0 },
};

static void error_answers_say_what_they_should(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t want[2048];
        struct rig rig;
        harness_row(rows[i].name);
        struct rig_link *link = begin(&rig, &rows[i].refusal);
        need(link);
        const dia_bytes answer = ask(&rig, link, rows[i].flags, rows[i].asked);
        need_bytes(answer, harness_hex(rows[i].want, want, sizeof want));
        need_int(link->header.flags, rows[i].want_flags);
        need_int(link->header.command, 272);
        need_int(link->header.application, 4);
        need_int(link->header.hop_by_hop, 0);
        need_int(link->header.end_to_end, 0);
        need_int(rig.hub.counters.answers_out, 1);
        need_int(link->conn->peer->counters.answers_out, 1);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void e_goes_with_protocol_errors_alone(void) /* B7-01, B7.1.4-01, B7.1.5-01 */
{
    for (uint32_t code = 1000; code < 10000; code += 7)
        check_int(dia_result_sets_error(code), code >= 3000 && code <= 3999);
}

/* The answer is as long as its Proxy-Infos want it. */
static void long_proxy_infos_are_copied(void)
{
    static uint8_t buf[60000], state[50000];
    struct rig rig;
    struct rig_link *link = begin(&rig, &(dia_refusal){ .result_code = 3002, .error = true });
    need(link);
    for (size_t i = 0; i < sizeof state; i++)
        state[i] = (uint8_t)(i * 7);
    dia_builder b;
    dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    dia_put_bytes(&b, 284, 0, DIA_AVP_M, (dia_bytes){ state, sizeof state });
    const int64_t n = dia_build_end(&b);
    need(n > 0);
    rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
    const dia_bytes answer = rig_read_octets(link);
    dia_avp proxy;
    need(answer.p);
    need_int(dia_avp_find(answer, 284, 0, &proxy), 0);
    need_bytes(proxy.data, ((dia_bytes){ state, sizeof state }));
done:
    rig_end(&rig);
}

static int refused;

static void refuse_and_remember(struct rig *rig, dia_conn *conn, dia_bytes message)
{
    dia_header header;
    (void)rig;
    if (!dia_header_read(message, &header))
        refused = dia_conn_refuse(conn, &header, message, &refusal);
}

/* What limits.message keeps out must not go out: first Failed-AVP is left out, and without room for the Proxy-Infos there
 * is no answer. */
static void error_answer_is_not_longer_than_the_limit(void)
{
    static const struct {
        const char *name;
        size_t state, failed;
        int want;
        bool with_failed;
    } cases[] = {
        { "all of it", 1000, 1000, 0, true },
        { "without Failed-AVP", 3000, 3000, 0, false },
        { "none", 4060, 0, DIA_ESPACE, false },
    };
    static uint8_t buf[4096], failed[4096], state[4096];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig rig;
        harness_row(cases[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .limits = { .message = 4096 } }));
        rig.on_request = refuse_and_remember;
        struct rig_link *link = rig_open_r(&rig, "a.example.net");
        need(link);
        dia_builder b;
        dia_build_begin_avps(&b, failed, sizeof failed);
        dia_put_bytes(&b, 1, 0, 0, (dia_bytes){ state, cases[i].failed });
        int64_t n = dia_build_end(&b);
        need(n > 0);
        refusal = (dia_refusal){ .result_code = 5004, .failed_avp = { failed, (size_t)n } };
        dia_build_begin(&b, buf, sizeof buf,
                        &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
        dia_put_bytes(&b, 284, 0, DIA_AVP_M, (dia_bytes){ state, cases[i].state });
        need((n = dia_build_end(&b)) > 0);
        refused = 1;
        rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
        if (cases[i].want || refused != DIA_ENOMEM) /* a failed allocation */
            need_int(refused, cases[i].want);
        const dia_bytes answer = rig_read_octets(link);
        dia_avp avp;
        need(cases[i].want ? !answer.p : answer.p != NULL);
        need(answer.n <= 4096);
        if (answer.p) {
            need_int(dia_avp_find(answer, 284, 0, &avp), 0);
            need_int(dia_avp_find(answer, 279, 0, &avp), cases[i].with_failed ? 0 : DIA_ENOENT);
            need_int(dia_avp_find(answer, 268, 0, &avp), 0);
        }
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "error_answers_say_what_they_should", error_answers_say_what_they_should },
        { "e_goes_with_protocol_errors_alone", e_goes_with_protocol_errors_alone },
        { "long_proxy_infos_are_copied", long_proxy_infos_are_copied },
        { "error_answer_is_not_longer_than_the_limit", error_answer_is_not_longer_than_the_limit },
    };
    return HARNESS_RUN("peer/answer", tests);
}

/* Tests of the head of an answer to any request, and that the typed way makes the same. */
#include "harness.h"
#include "messages.h"

static const dia_answer_head success = { .origin_host = DIA_LIT("b.example"),
                                         .origin_realm = DIA_LIT("example"),
                                         .result_code = 2001 };

static dia_bytes octets_of(const char *text, uint8_t *buf, size_t size)
{
    const int64_t n = dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, buf, size, NULL);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

#define BODY                                                                                                           \
    " Session-Id: a;1;2\n Origin-Host: a.example\n AVP 1 [flags M]: \"user\"\n"                                        \
    " Proxy-Info [flags -]:\n  Proxy-Host: p1\n  Proxy-State: 0x01\n"

static void an_answer_has_what_every_answer_has(void) /* B6.2-05, B6.2-06, B6.2-07, B6.2-08, B7-01 */
{
    static const struct {
        const char *name, *request;
        dia_answer_head head;
        const char *want;
    } cases[] = {
        { "Auth-Application-Id, two of Proxy-Info",
          "Request code=5 app=6 hbh=7 e2e=8 flags=RPT\n" BODY " Auth-Application-Id [flags -]: 77\n"
          " Proxy-Info:\n  Proxy-Host: p2\n  Proxy-State: 0x02\n",
          { .result_code = 2001 },
          "code=5 app=6 hbh=7 e2e=8 flags=P\n Session-Id: a;1;2\n Result-Code: 2001\n Origin-Host: b.example\n"
          " Origin-Realm: example\n Auth-Application-Id: 77\n Proxy-Info:\n  Proxy-Host: p1\n  Proxy-State: 0x01\n"
          " Proxy-Info:\n  Proxy-Host: p2\n  Proxy-State: 0x02\n" },
        { "Acct-Application-Id, P clear, no Session-Id",
          "code=5 app=6 flags=R\n Acct-Application-Id: 3\n",
          { .result_code = 5012 },
          "code=5 app=6 flags=-\n Result-Code: 5012\n Origin-Host: b.example\n Origin-Realm: example\n"
          " Acct-Application-Id: 3\n" },
        { "Vendor-Specific-Application-Id",
          "code=5 app=6 flags=R\n Vendor-Specific-Application-Id:\n  Vendor-Id: 10415\n  Auth-Application-Id: 6\n",
          { .result_code = 5001, .experimental_vendor = 10415 },
          "code=5 app=6 flags=-\n AVP 297 [flags M]:\n  Vendor-Id: 10415\n  AVP 298 [flags M]: 0x00001389\n"
          " Origin-Host: b.example\n Origin-Realm: example\n"
          " Vendor-Specific-Application-Id:\n  Vendor-Id: 10415\n  Auth-Application-Id: 6\n" },
        { "a protocol error",
          "code=5 app=6 flags=RP\n" BODY " Auth-Application-Id: 77\n",
          { .result_code = 3002, .error_message = DIA_LIT("no way") },
          "code=5 app=6 flags=PE\n Session-Id: a;1;2\n Result-Code: 3002\n Origin-Host: b.example\n Origin-Realm: "
          "example\n"
          " Error-Message: no way\n Proxy-Info:\n  Proxy-Host: p1\n  Proxy-State: 0x01\n" },
        { "an experimental 3xxx is no protocol error",
          "code=5 app=6 flags=R\n",
          { .result_code = 3001, .experimental_vendor = 1 },
          "code=5 app=6 flags=-\n AVP 297 [flags M]:\n  Vendor-Id: 1\n  AVP 298 [flags M]: 0x00000bb9\n"
          " Origin-Host: b.example\n Origin-Realm: example\n" },
        { "broken application ids",
          "code=5 app=6 flags=R\n Auth-Application-Id: 0x000001 (no Unsigned32)\n"
          " Vendor-Specific-Application-Id: 0x01 (no Grouped)\n",
          { .result_code = 2001 },
          "code=5 app=6 flags=-\n Result-Code: 2001\n Origin-Host: b.example\n Origin-Realm: example\n" },
        { "another error",
          "code=5 app=6 flags=R\n",
          { .result_code = 5011, .error = true },
          "code=5 app=6 flags=E\n Result-Code: 5011\n Origin-Host: b.example\n Origin-Realm: example\n" },
    };
    uint8_t request[512], want[512], buf[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dia_builder b;
        dia_difference d;
        dia_answer_head head = cases[i].head;
        head.origin_host = success.origin_host;
        head.origin_realm = success.origin_realm;
        harness_row(cases[i].name);
        const dia_bytes from = octets_of(cases[i].request, request, sizeof request);
        const dia_bytes expected = octets_of(cases[i].want, want, sizeof want);
        need(from.n && expected.n);
        need_int(dia_answer_begin(&b, buf, sizeof buf, from, &head), 0);
        const int64_t n = dia_build_end(&b);
        need(n > 0);
        if (dia_dicts_compare(tables_dicts(), (dia_bytes){ buf, (size_t)n }, expected, NULL, &d))
            need_str(d.path, "");
        need_bytes(((dia_bytes){ buf, (size_t)n }), expected);
        need_int(dia_answer_begin(&b, buf, (size_t)n - 1, from, &head), 0);
        need_int(dia_build_end(&b), DIA_ESPACE);
        need_int(b.n, n);
    }
done:
    harness_row(NULL);
}

static void only_requests_have_answers(void)
{
    uint8_t request[64], buf[64];
    dia_builder b;
    need_int(dia_answer_begin(&b, buf, sizeof buf, text_of("short"), &success), DIA_EFORMAT);
    need_int(dia_answer_begin(&b, buf, sizeof buf, octets_of("TTA", request, sizeof request), &success), DIA_EINVAL);
done:;
}

/* What the typed way fills in from dia_defaults is the same, but for the order. */
static void the_typed_way_makes_the_same(void)
{
    static const char text[] = "TTR hbh=7 e2e=8 flags=RPT\n Session-Id: a;1;2\n Vendor-Specific-Application-Id:\n"
                               "  Vendor-Id: 10415\n  Auth-Application-Id: 77\n AVP 1 [flags M]: \"user\"\n"
                               " Proxy-Info:\n  Proxy-Host: p1\n  Proxy-State: 0x01\n"
                               " Proxy-Info:\n  Proxy-Host: p2\n  Proxy-State: 0x02\n";
    static const dia_compare_options any_order = { .any_order = true };
    uint8_t request[512], generic[512], typed[512], infos[256];
    dia_builder b;
    dia_header ids;
    dia_avp avp;
    dia_difference d;
    size_t size = 0;
    const dia_bytes from = octets_of(text, request, sizeof request);
    need_int(dia_header_read(from, &ids), 0);
    dia_answer_begin(&b, generic, sizeof generic, from, &success);
    const int64_t n = dia_build_end(&b);
    need(n > 0);

    dia_finder f;
    dia_finder_begin(&f, tables_dicts(), from, "Proxy-Info");
    while (dia_finder_next(&f) && size + f.avp.octets.n <= sizeof infos) {
        memcpy(infos + size, f.avp.octets.p, f.avp.octets.n);
        size += f.avp.octets.n;
    }
    need_int(dia_avp_find(from, SESSION_ID, 0, &avp), 0);
    const dia_defaults defaults = {
        .session_id = avp.data,
        .application = 77,
        .app_vendor = 10415,
        .app_kind = DIA_APP_AUTH,
        .fill_application = true,
        .proxy_info = { infos, size },
    };
    const tt_tta answer = { .origin_host = success.origin_host,
                            .origin_realm = success.origin_realm,
                            .result_code = DIA_U32(2001) };
    ids.flags &= DIA_FLAG_PROXIABLE;
    const int64_t m =
        dia_encode(tt_tta_command, &answer, DIA_LEVEL_STRICT, &ids, &defaults, typed, sizeof typed, NULL, NULL);
    need(m > 0);
    if (dia_dicts_compare(tables_dicts(), (dia_bytes){ generic, (size_t)n }, (dia_bytes){ typed, (size_t)m },
                          &any_order, &d))
        need_str(d.path, "");
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "an_answer_has_what_every_answer_has", an_answer_has_what_every_answer_has },
        { "only_requests_have_answers", only_requests_have_answers },
        { "the_typed_way_makes_the_same", the_typed_way_makes_the_same },
    };
    return HARNESS_RUN("dict/answer", tests);
}

/* Tests of what is left out of printed messages. */
#include "harness.h"
#include "messages.h"

static void who_one_is_and_where_is_private(void)
{
    static const struct {
        uint32_t vendor, code;
        const char *name;
        dia_type type;
        bool want;
    } cases[] = {
        { 0, 1, "User-Name", DIA_TYPE_UTF8_STRING, true },
        { 0, 2, "User-Password", DIA_TYPE_OCTET_STRING, true },
        { 0, 3, "CHAP-Password", DIA_TYPE_OCTET_STRING, true },
        { 0, 8, "Framed-IP-Address", DIA_TYPE_OCTET_STRING, true },
        { 0, 380, "SIP-Authorization", DIA_TYPE_GROUPED, true },
        { 0, 444, "Subscription-Id-Data", DIA_TYPE_UTF8_STRING, true },
        { 0, 462, "EAP-Payload", DIA_TYPE_OCTET_STRING, true },
        { 0, 464, "EAP-Master-Session-Key", DIA_TYPE_OCTET_STRING, true },
        { 0, 664, "Subscription-Id-Private", DIA_TYPE_UTF8_STRING, true },
        { 193, 1330, "Served_User", DIA_TYPE_UTF8_STRING, true },
        { 10415, 1, "3GPP-IMSI", DIA_TYPE_UTF8_STRING, true },
        { 10415, 601, "Public-Identity", DIA_TYPE_UTF8_STRING, true },
        { 10415, 610, "SIP-Authorization", DIA_TYPE_OCTET_STRING, true },
        { 10415, 701, "MSISDN", DIA_TYPE_OCTET_STRING, true },
        { 10415, 1450, "KASME", DIA_TYPE_OCTET_STRING, true },
        { 10415, 3111, "External-Identifier", DIA_TYPE_UTF8_STRING, true },
        { 13019, 516, "ETSI-Digest-CNonce", DIA_TYPE_UTF8_STRING, true },
        { 4711, 1, "Acme-IMSI", DIA_TYPE_UTF8_STRING, true },
        { 4711, 2, "acme_password", DIA_TYPE_OCTET_STRING, true },
        { 4711, 3, "Password-Retry", DIA_TYPE_UNSIGNED32, false },
        { 4711, 4, "Acme-Password", DIA_TYPE_UNSIGNED32, false },
        { 4711, 5, "IMSI-Known", DIA_TYPE_OCTET_STRING, false },
        { 10415, 444, "Other", DIA_TYPE_UTF8_STRING, false },
        { 0, 263, "Session-Id", DIA_TYPE_UTF8_STRING, false },
        { 0, 264, "Origin-Host", DIA_TYPE_IDENTITY, false },
        { 0, 461, "Service-Context-Id", DIA_TYPE_UTF8_STRING, false },
        { 10415, 13, "3GPP-Charging-Characteristics", DIA_TYPE_UTF8_STRING, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const dia_avp_def def = {
            .name = cases[i].name, .code = cases[i].code, .vendor = cases[i].vendor, .type = (uint8_t)cases[i].type
        };
        harness_row(cases[i].name);
        need_int(dia_is_private(def.code, def.vendor, &def), cases[i].want);
        need(dia_is_private(def.code, def.vendor, NULL)); /* nobody knows what it is */
    }
done:
    harness_row(NULL);
}

static void a_session_id_keeps_what_names_nobody(void)
{
    static const struct {
        const char *id, *want;
    } cases[] = {
        { "pgw.example;1;2", "\"pgw.example;1;2\"" },
        { "pgw.example;1;2;262011234567890", "\"pgw.example;1;2;...\"" },
        { "pgw.example;1;2;262011234567890;x", "\"pgw.example;1;2;...\"" },
        { "pgw.example;1;2;", "\"pgw.example;1;2;\"" },
        { "262011234567890", "\"...\"" },
        { "a;262011234567890", "\"...\"" },
        { "a\"b;1;2;c", "\"a\\\"b;1;2;...\"" },
        { "\xff;1;2;c", "\"...\"" },
        { "", "\"...\"" },
    };
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dia_sink sink;
        harness_row(cases[i].id);
        dia_sink_init(&sink, text, sizeof text);
        dia_sink_session_id(&sink, dia_cstr(cases[i].id));
        need(dia_sink_end(&sink, NULL) > 0);
        need_str(text, strcmp(cases[i].id, "") == 0 ? "\"\"" : cases[i].want);
    }
done:
    harness_row(NULL);
}

static void what_cannot_be_looked_into_is_left_out(void)
{
    static const dia_dict *v[1];
    static const dia_dicts dicts = { v, 1 };
    const dia_text_options options = { .redact = true, .indent = 1 };
    message m;
    char text[1024];
    begin(&m, true);
    v[0] = tt_dict;
    dia_put_bytes(&m.b, SESSION_ID, 0, DIA_AVP_M, text_of("a;1;2;b"));
    dia_put_bytes(&m.b, 70000, 0, 0, text_of("name"));
    dia_put_bytes(&m.b, NUMBER, 0, DIA_AVP_M, text_of("name"));
    dia_put_bytes(&m.b, NUMBER, 0, DIA_AVP_M, text_of("a name"));
    dia_put_bytes(&m.b, BOX, LAB, DIA_AVP_M, text_of("name"));
    dia_put_bytes(&m.b, OCTETS, LAB, DIA_AVP_M, text_of("known"));
    need(dia_text_print(&dicts, end(&m), &options, text, sizeof text, NULL) > 0);
    need_str(strchr(text, '\n') + 1, " Session-Id: \"a;1;2;...\"\n AVP 70000: ...\n Number: 1851878757\n Number: ...\n"
                                     " Box: ...\n Octets: \"known\"\n");
    need(dia_text_summary(&dicts, end(&m), &options, text, sizeof text, NULL) > 0);
    need(strstr(text, " Session-Id \"a;1;2;...\""));
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "who_one_is_and_where_is_private", who_one_is_and_where_is_private },
        { "a_session_id_keeps_what_names_nobody", a_session_id_keeps_what_names_nobody },
        { "what_cannot_be_looked_into_is_left_out", what_cannot_be_looked_into_is_left_out },
    };
    return HARNESS_RUN("dict/redact", tests);
}

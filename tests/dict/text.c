/* Tests of messages as text for people, of summaries, and of paths to AVPs. */
#include "harness.h"
#include "messages.h"

static dia_bytes sample(message *m)
{
    static const uint8_t ip[] = { 0, 2, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    begin(m, true);
    m->buf[4] |= DIA_FLAG_PROXIABLE | 0x01;
    dia_builder *b = &m->b;
    dia_put_bytes(b, SESSION_ID, 0, DIA_AVP_M | DIA_AVP_P, text_of("s;\"1\"\n"));
    dia_put_i32(b, KIND, 0, DIA_AVP_M, 2);
    dia_put_i32(b, KIND, 0, DIA_AVP_M, 9);
    dia_put_u32(b, RESULT_CODE, 0, DIA_AVP_M, 2001);
    dia_put_u64(b, BIG, LAB, DIA_AVP_M, UINT64_MAX);
    dia_put_f64(b, RATIO, LAB, DIA_AVP_M, 0.1);
    dia_put_u32(b, F32, LAB, 0, 0x7fc00000);
    dia_put_u32(b, MOMENT, LAB, DIA_AVP_M, 0);
    dia_put_bytes(b, ADDRESS, LAB, DIA_AVP_M, (dia_bytes){ ip, sizeof ip });
    dia_put_bytes(b, OCTETS, LAB, DIA_AVP_M, text_of("text"));
    dia_put_bytes(b, OCTETS, LAB, DIA_AVP_M, text_of("\x01"));
    dia_put_bytes(b, NUMBER, 0, DIA_AVP_M, text_of("abc"));
    dia_put_bytes(b, 70000, 10415, 0, text_of("ab"));
    dia_put_group(b, BOX, LAB, DIA_AVP_M);
    dia_put_u32(b, NUMBER, 0, DIA_AVP_M, 1);
    dia_put_group(b, BOX, LAB, 0);
    dia_put_bytes(b, TEXT, LAB, DIA_AVP_M, text_of("one"));
    dia_put_bytes(b, TEXT, LAB, DIA_AVP_M, text_of("two"));
    dia_put_group_end(b);
    dia_put_group_end(b);
    dia_put_bytes(b, BOX, LAB, DIA_AVP_M, text_of("torn"));
    dia_bytes octets = end(m);
    memcpy(m->buf + octets.n, "\0\0\1\x9f\x40\0\0\xff", 8);
    octets.n += 8;
    return octets;
}

static void a_message_is_printed_line_by_line(void)
{
    static const char want[] =
        "Test-Request (TTR), code 9000, application 77 (Test), flags RP+0x01, hop-by-hop 0x00000000, "
        "end-to-end 0x00000000, length 320, 328 octets\n"
        "    Session-Id [flags MP]: \"s;\\\"1\\\"\\n\"\n"
        "    Kind: UPDATE (2)\n"
        "    Kind: 9\n"
        "    Result-Code: SUCCESS (2001)\n"
        "    Big: 18446744073709551615\n"
        "    Ratio: 0.1\n"
        "    F32: 0x7fc00000\n"
        "    Moment: 2036-02-07T06:28:16Z\n"
        "    Address: 2001:db8::1\n"
        "    Octets: \"text\"\n"
        "    Octets: 0x01\n"
        "    Number: 0x616263 (no Unsigned32)\n"
        "    AVP 70000/10415: 0x6162\n"
        "    Box:\n"
        "        Number: 1\n"
        "        Box [flags V]:\n"
        "            Text: \"one\"\n"
        "            Text: \"two\"\n"
        "    Box: 0x746f726e (no Grouped)\n"
        "    rest: 0x0000019f400000ff (AVP Length goes beyond the end)\n";
    message m;
    char text[4096];
    size_t needed = 0;
    const dia_bytes octets = sample(&m);
    const int64_t n = dia_text_print(tables_dicts(), octets, NULL, text, sizeof text, &needed);
    need(n > 0);
    need_str(text, want);
    need_int(n, strlen(text));
    need_int(dia_text_print(tables_dicts(), octets, NULL, text, (size_t)n, &needed), DIA_ESPACE);
    need_int(needed, n + 1);
    need_int(dia_text_print(tables_dicts(), octets, NULL, NULL, 0, &needed), DIA_ESPACE);
    need_int(needed, n + 1);
done:;
}

static void what_is_private_is_left_out(void)
{
    message m;
    char text[1024];
    const dia_text_options options = { .redact = true, .indent = 1 };
    begin(&m, true);
    dia_put_bytes(&m.b, 1, 0, DIA_AVP_M, text_of("user@example"));
    dia_put_bytes(&m.b, 1450, 10415, DIA_AVP_M, text_of("key"));
    dia_put_u32(&m.b, NUMBER, 0, DIA_AVP_M, 1);
    need(dia_text_print(tables_dicts(), end(&m), &options, text, sizeof text, NULL) > 0);
    need(strstr(text, "\n AVP 1 [flags M]: ...\n AVP 1450/10415 [flags VM]: ...\n Number: 1\n"));
    need(dia_text_print(tables_dicts(), text_of("user@example"), &options, text, sizeof text, NULL) > 0);
    need_str(text, "rest: ... (too short for a header)\n");
done:;
}

static void colours_are_only_there_on_demand(void)
{
    message m;
    char text[4096];
    const dia_text_options options = { .color = true };
    const dia_bytes octets = sample(&m);
    need(dia_text_print(tables_dicts(), octets, NULL, text, sizeof text, NULL) > 0);
    need(!strchr(text, '\033'));
    need(dia_text_print(tables_dicts(), octets, &options, text, sizeof text, NULL) > 0);
    need(strstr(text, "\033[36mKind\033[0m: UPDATE (2)\n"));
done:;
}

static void octets_that_are_no_message_are_shown_too(void)
{
    char text[256];
    need(dia_text_print(tables_dicts(), text_of("abc"), NULL, text, sizeof text, NULL) > 0);
    need_str(text, "rest: 0x616263 (too short for a header)\n");
    need(dia_text_summary(tables_dicts(), text_of("abc"), NULL, text, sizeof text, NULL) > 0);
    need_str(text, "3 octets, too short for a header");
done:;
}

static void a_summary_is_one_line(void)
{
    message m;
    char text[256];
    size_t needed = 0;
    begin(&m, false);
    dia_put_bytes(&m.b, SESSION_ID, 0, DIA_AVP_M, text_of("s;1"));
    dia_put_u32(&m.b, RESULT_CODE, 0, DIA_AVP_M, 5012);
    const dia_bytes octets = end(&m);
    const int64_t n = dia_text_summary(tables_dicts(), octets, NULL, text, sizeof text, &needed);
    need(n > 0);
    need_str(text,
             "TTA app 77 e2e 0x00000000 hbh 0x00000000 44 octets Result-Code UNABLE_TO_COMPLY (5012) Session-Id s;1");
    need_int(dia_text_summary(tables_dicts(), octets, NULL, text, (size_t)n, &needed), DIA_ESPACE);
    need_int(needed, n + 1);
    m.buf[7]++;
    need(dia_text_summary(tables_dicts(), octets, NULL, text, sizeof text, &needed) > 0);
    need(strncmp(text, "answer 9001 app 77 ", 19) == 0);
done:;
}

static void avps_are_found_by_path(void)
{
    static const struct {
        const char *path;
        int want;
        const char *data;
    } cases[] = {
        { "Session-Id", 0, "s;\"1\"\n" },
        { "Octets[1]", 0, "\x01" },
        { "Box/Box/Text", 0, "one" },
        { "Box/Box/Text[1]", 0, "two" },
        { "Box[0]/Box[0]/Text[0]", 0, "one" },
        { "Box/Box/Text[2]", DIA_ENOENT, NULL },
        { "Box/Big", DIA_ENOENT, NULL },
        { "Tail", DIA_EFORMAT, NULL }, /* it may stand in what cannot be read */
        { "Box[1]/Number", DIA_EFORMAT, NULL },
        { "No-Such", DIA_EINVAL, NULL },
        { "", DIA_EINVAL, NULL },
        { "Box/", DIA_EINVAL, NULL },
        { "/Box", DIA_EINVAL, NULL },
        { "Box[", DIA_EINVAL, NULL },
        { "Box[]", DIA_EINVAL, NULL },
        { "Box[1", DIA_EINVAL, NULL },
        { "Box[1]x", DIA_EINVAL, NULL },
        { "Box[99999999999]", DIA_EINVAL, NULL },
    };
    message m;
    const dia_bytes octets = sample(&m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dia_avp avp = { 0 };
        harness_row(cases[i].path);
        need_int(dia_dicts_find(tables_dicts(), octets, cases[i].path, &avp), cases[i].want);
        if (cases[i].data)
            need_bytes(avp.data, text_of(cases[i].data));
        else
            need(!avp.octets.p);
    }
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_message_is_printed_line_by_line", a_message_is_printed_line_by_line },
        { "what_is_private_is_left_out", what_is_private_is_left_out },
        { "colours_are_only_there_on_demand", colours_are_only_there_on_demand },
        { "octets_that_are_no_message_are_shown_too", octets_that_are_no_message_are_shown_too },
        { "a_summary_is_one_line", a_summary_is_one_line },
        { "avps_are_found_by_path", avps_are_found_by_path },
    };
    return HARNESS_RUN("dict/text", tests);
}

/* Messages of the DNS as they come: names, headers, records, and what is wrong with them. */
#include "zone.h"

#include "harness.h"

static const struct {
    const char *name, *hex;
    size_t at;
    const char *want; /* NULL: it makes no sense */
    size_t next;
} names[] = {
    { "plain", "01 61 02 62 63 00", 0, "a.bc", 6 },
    { "the root", "00", 0, ".", 1 },
    { "a pointer backwards", "01 61 00 01 62 c0 00 ff", 3, "b.a", 7 },
    { "pointers to pointers", "01 61 00 01 62 c0 00 c0 03", 7, "b.a", 9 },
    { "a pointer to itself", "01 61 c0 02", 2, NULL, 0 },
    { "a pointer to its own name", "01 61 c0 00", 0, NULL, 0 },
    { "two pointers in a circle", "c0 02 c0 00", 2, NULL, 0 },
    { "a pointer forwards", "c0 02 00", 0, NULL, 0 },
    { "a pointer out of the message", "01 61 ff ff", 0, NULL, 0 },
    { "half a pointer", "01 61 c0", 0, NULL, 0 },
    { "no end", "01 61", 0, NULL, 0 },
    { "a label that is cut", "05 61 62", 0, NULL, 0 },
    { "a label type that is none", "40 61 00", 0, NULL, 0 },
    { "another", "80 61 00", 0, NULL, 0 },
    { "a dot in a label", "03 61 2e 62 00", 0, "a?b", 5 },
    { "octets that are none of names", "03 00 ff 20 00", 0, "???", 5 },
    { "behind the message", "00", 1, NULL, 0 },
};

static void names_are_read(void)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t octets[64];
        char text[DIA_DNS_NAME_ROOM];
        const dia_bytes message = harness_hex(names[i].hex, octets, sizeof octets);
        size_t at = names[i].at;
        harness_row(names[i].name);
        need_int(dia_dns_name(message, &at, text), names[i].want != NULL);
        if (!names[i].want)
            continue;
        check_str(text, names[i].want);
        check_int(at, names[i].next);
    }
done:;
}

static void names_have_255_octets_at_most(void)
{
    uint8_t message[300] = { 0 };
    char text[DIA_DNS_NAME_ROOM];
    size_t at = 0;
    for (size_t i = 0; i < 127; i++)
        message[2 * i] = 1, message[2 * i + 1] = 'a';
    message[254] = 0;
    check(dia_dns_name((dia_bytes){ message, 255 }, &at, text));
    check_int(at, 255);
    check_int(strlen(text), 253);
    message[254] = 1;
    message[255] = 'a';
    message[256] = at = 0;
    check(!dia_dns_name((dia_bytes){ message, 257 }, &at, text));
}

static void domains_end_at_dots(void)
{
    check(dia_dns_is_inside("a.example.com", "example.com"));
    check(dia_dns_is_inside("A.EXAMPLE.com", "example.COM"));
    check(dia_dns_is_inside("example.com", "example.com"));
    check(!dia_dns_is_inside("badexample.com", "example.com"));
    check(!dia_dns_is_inside("com", "example.com"));
    check(!dia_dns_is_inside("example.com.net", "example.com"));
}

/* Cut anywhere, an answer is none; nothing behind its end is read (the address sanitizer looks). */
static void answers_that_are_cut_are_none(void)
{
    static const zone_record zone[] = {
        { "example.com", "NAPTR", 300, "50 50 s aaa:diameter.tls.tcp - _d.example.com" },
        { "example.com", "NAPTR", 300, "60 50 - aaa - x.example.com" },
    };
    static uint8_t message[ZONE_MESSAGE];
    dia_dns_answer answer;
    const size_t n = zone_answer(zone, 2, &(zone_lie){ NULL }, "example.com", DIA_DNS_NAPTR, message);
    dia_dns_judge((dia_bytes){ message, n }, "example.com", DIA_DNS_NAPTR, &answer);
    check_int(answer.verdict, DIA_DNS_FOUND);
    check_int(answer.ttl_s, 300);
    for (size_t i = 0; i < n; i++) {
        dia_dns_judge((dia_bytes){ message, i }, "example.com", DIA_DNS_NAPTR, &answer);
        check_int(answer.verdict, DIA_DNS_USELESS);
        check(answer.why != NULL);
    }
}

/* The name of an SRV record ends where the record does. */
static void data_must_fill_its_record(void)
{
    uint8_t octets[64];
    dia_dns_srv srv;
    const dia_bytes m = harness_hex("0001 0002 0f1c 0161 0162 00 00", octets, sizeof octets);
    dia_dns_record r = { .at = 0, .n = 11 };
    check(dia_dns_read_srv(m, &r, &srv));
    check_str(srv.target, "a.b");
    check_int(srv.port, 3868);
    for (r.n = 0; r.n < 13; r.n++)
        check_int(dia_dns_read_srv(m, &r, &srv), r.n == 11);
}

static void strings_stay_in_their_record(void)
{
    uint8_t octets[64];
    dia_dns_naptr naptr;
    const dia_bytes m = harness_hex("0001 0002 0173 03616161 00 0161 00", octets, sizeof octets);
    dia_dns_record r = { .at = 0, .n = m.n };
    check(dia_dns_read_naptr(m, &r, &naptr));
    check_str(naptr.flags, "s");
    check_str(naptr.service, "aaa");
    check_str(naptr.regexp, "");
    check_str(naptr.replacement, "a");
    for (r.n = 0; r.n < m.n; r.n++)
        check(!dia_dns_read_naptr(m, &r, &naptr));
    octets[6] = 200;
    r.n = m.n;
    check(!dia_dns_read_naptr(m, &r, &naptr));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "names_are_read", names_are_read },
        { "names_have_255_octets_at_most", names_have_255_octets_at_most },
        { "domains_end_at_dots", domains_end_at_dots },
        { "answers_that_are_cut_are_none", answers_that_are_cut_are_none },
        { "data_must_fill_its_record", data_must_fill_its_record },
        { "strings_stay_in_their_record", strings_stay_in_their_record },
    };
    return HARNESS_RUN("discover/message", tests);
}

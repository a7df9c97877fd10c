/* IPFilterRule: words and numbers, what is refused and where, and round trips. */
#include "wire/wire.h"

#include "harness.h"

static void rules_are_parsed_and_printed(void) /* B4.3.1-15 B4.3.1-18 */
{
    static const struct {
        const char *text, *want; /* want NULL: as it is */
    } rows[] = {
        { "permit in ip from any to any", NULL },
        { "deny out ip from any to assigned", NULL },
        { "permit in ip from assigned to any", NULL },
        { "deny in ip from !assigned to any", NULL }, /* the RFC's "typical first rule" */
        { "deny in ip from ! assigned to any", "deny in ip from !assigned to any" },
        { "permit out 6 from 192.0.2.10 to 198.51.100.0/24", NULL },
        { "permit out 6 from 192.0.2.10/32 to assigned", "permit out 6 from 192.0.2.10 to assigned" },
        { "permit out 17 from !192.0.2.0/24 53 to assigned", NULL },
        { "permit out ip from 0.0.0.0/0 to ::/0", NULL }, /* tests for an IP version */
        { "permit in 6 from assigned to 2001:db8::/32 80,443,8000-8080", NULL },
        { "permit in 132 from 2001:DB8:0:0::1/128 3868 to any 0-65535",
          "permit in 132 from 2001:db8::1 3868 to any 0-65535" },
        { "permit in ip from any 80 to any", NULL },
        { "permit in 6 from any 80-80 to any", "permit in 6 from any 80 to any" },
        { "permit in 255 from any to any", NULL },
        { "permit in 0 from any to any", NULL },
        { "deny in ip from any to any frag", NULL },
        { "deny in ip from any to any ipoptions ssrr,lsrr,rr,ts", NULL },
        { "deny in ip from any to any ipoptions !rr", NULL },
        { "deny in 6 from any to any tcpoptions mss,!window,sack,!ts,cc", NULL },
        { "permit in 6 from any to any established", NULL },
        { "permit in 6 from any to any setup", NULL },
        { "permit in 6 from any to any tcpflags syn,!ack", NULL },
        { "permit in 6 from any to any tcpflags !ack,syn", "permit in 6 from any to any tcpflags syn,!ack" },
        { "permit in 6 from any to any tcpflags fin,syn,rst,psh,ack,urg", NULL },
        { "permit in 6 from any to any tcpflags syn,!syn", NULL },
        { "permit in 1 from any to any icmptypes 0,8", NULL },
        { "permit in 1 from any to any icmptypes 3-5,11,0", "permit in 1 from any to any icmptypes 0,3-5,11" },
        { "permit in 1 from any to any icmptypes echo reply,echo request",
          "permit in 1 from any to any icmptypes 0,8" },
        { "permit in 1 from any to any icmptypes echo-reply,destination-unreachable,redirect",
          "permit in 1 from any to any icmptypes 0,3,5" },
        { "permit in 1 from any to any icmptypes time-to-live exceeded,IP header bad,address mask reply",
          "permit in 1 from any to any icmptypes 11-12,18" },
        { "permit in 1 from any to any icmptypes 0-255", NULL },
        { "permit in 58 from any to any icmptypes 128-129", NULL },
        { "permit in ip from any to any setup frag established",
          "permit in ip from any to any frag established setup" },
        { "  PERMIT \t In  IP From ANY To Any  ", "permit in ip from any to any" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256] = "#", again[256];
        dia_filter_rule rule, back;
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        harness_row(rows[i].text);
        check_int(dia_filter_rule_parse(dia_cstr(rows[i].text), &rule, NULL), 0);
        check_int(dia_filter_rule_print(&rule, text, strlen(want)), DIA_ESPACE);
        check_str(text, "#");
        check_int(dia_filter_rule_print(&rule, text, strlen(want) + 1), strlen(want));
        check_str(text, want);
        check_int(dia_filter_rule_parse(dia_cstr(text), &back, NULL), 0);
        check_int(dia_filter_rule_print(&back, again, sizeof again), strlen(want));
        check_str(again, want);
    }
}

static void fields_are_filled_in(void)
{
    static const char text[] = "deny out 6 from !192.0.2.128/25 1024-65535 to 2001:db8::1 80,443"
                               " ipoptions rr,!ts tcpoptions mss,!cc established tcpflags syn,!urg";
    dia_filter_rule rule;
    check_int(dia_filter_rule_parse(dia_cstr(text), &rule, NULL), 0);
    check_int(rule.action, DIA_FILTER_DENY);
    check_int(rule.dir, DIA_FILTER_OUT);
    check(!rule.any_protocol);
    check_int(rule.protocol, 6);
    check(rule.from.invert && !rule.from.any && !rule.from.assigned);
    check_int(rule.from.family, DIA_FAMILY_IPV4);
    check_int(rule.from.prefix, 25);
    check_bytes(((dia_bytes){ rule.from.address, 4 }), ((dia_bytes)DIA_LIT("\xc0\x00\x02\x80")));
    check_int(rule.from.n_ports, 1);
    check_int(rule.from.ports[0].first, 1024);
    check_int(rule.from.ports[0].last, 65535);
    check(!rule.to.invert);
    check_int(rule.to.family, DIA_FAMILY_IPV6);
    check_int(rule.to.prefix, 128);
    check_int(rule.to.n_ports, 2);
    check_int(rule.to.ports[1].first, 443);
    check_int(rule.to.ports[1].last, 443);
    check_int(rule.ip_options, DIA_IPOPT_RR);
    check_int(rule.ip_options_not, DIA_IPOPT_TS);
    check_int(rule.tcp_options, DIA_TCPOPT_MSS);
    check_int(rule.tcp_options_not, DIA_TCPOPT_CC);
    check(rule.established && !rule.setup && !rule.frag && !rule.has_icmp_types);
    check_int(rule.tcp_flags, DIA_TCPFLAG_SYN);
    check_int(rule.tcp_flags_not, DIA_TCPFLAG_URG);
}

static void what_does_not_fit_is_refused_at_its_place(void) /* B4.3.1-15 B4.3.1-16 */
{
    static const struct {
        const char *text;
        int err;
        const char *before; /* the text before the first octet that does not fit */
    } rows[] = {
        { "", DIA_EFORMAT, "" },
        { "   ", DIA_EFORMAT, "   " },
        { "allow in ip from any to any", DIA_EFORMAT, "" },
        { "permits in ip from any to any", DIA_EFORMAT, "" },
        { "permit", DIA_EFORMAT, "permit" },
        { "permit both ip from any to any", DIA_EFORMAT, "permit " },
        { "permit in tcp from any to any", DIA_EFORMAT, "permit in " },
        { "permit in 256 from any to any", DIA_EFORMAT, "permit in " },
        { "permit in 6x from any to any", DIA_EFORMAT, "permit in 6" },
        { "permit in ip! assigned", DIA_EFORMAT, "permit in " },
        { "permit in ip any to any", DIA_EFORMAT, "permit in ip " },
        { "permit in ip from any", DIA_EFORMAT, "permit in ip from any" },
        { "permit in ip from any any", DIA_EFORMAT, "permit in ip from any " },
        { "permit in ip from any to", DIA_EFORMAT, "permit in ip from any to" },
        { "permit in ip from host.example to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 192.0.2.300 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 192.0.2.10/33 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 192.0.2.10/24 to any", DIA_EFORMAT, "permit in ip from " }, /* bits beyond the mask */
        { "permit in ip from 128.0.0.0/0 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 2001:db8::1/64 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from ::/129 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 192.0.2.0/ to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from 192.0.2.0/x to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from any/0 to any", DIA_EFORMAT, "permit in ip from " },
        { "permit in ip from !!any to any", DIA_EFORMAT, "permit in ip from !" },
        { "permit in 1 from any 80 to any", DIA_EFORMAT, "permit in 1 from any " }, /* ICMP has no ports */
        { "permit in 6 from any 65536 to any", DIA_EFORMAT, "permit in 6 from any " },
        { "permit in 6 from any 80, to any", DIA_EFORMAT, "permit in 6 from any 80," },
        { "permit in 6 from any 80- to any", DIA_EFORMAT, "permit in 6 from any 80-" },
        { "permit in 6 from any 90-80 to any", DIA_EFORMAT, "permit in 6 from any 90-80" },
        { "permit in 6 from any 80;81 to any", DIA_EFORMAT, "permit in 6 from any 80" },
        { "permit in 6 from any 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17 to any", DIA_ESPACE,
          "permit in 6 from any 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16," },
        { "permit in ip from any to any log", DIA_EFORMAT, "permit in ip from any to any " },
        { "permit in ip from any to any ipoptions", DIA_EFORMAT, "permit in ip from any to any ipoptions" },
        { "permit in ip from any to any ipoptions xx", DIA_EFORMAT, "permit in ip from any to any ipoptions " },
        { "permit in ip from any to any ipoptions rr,", DIA_EFORMAT, "permit in ip from any to any ipoptions rr," },
        { "permit in ip from any to any ipoptions rrr", DIA_EFORMAT, "permit in ip from any to any ipoptions " },
        { "permit in 17 from any to any established", DIA_EFORMAT, "permit in 17 from any to any " },
        { "permit in 17 from any to any setup", DIA_EFORMAT, "permit in 17 from any to any " },
        { "permit in 17 from any to any tcpflags syn", DIA_EFORMAT, "permit in 17 from any to any " },
        { "permit in 17 from any to any tcpoptions mss", DIA_EFORMAT, "permit in 17 from any to any " },
        { "permit in 6 from any to any icmptypes 8", DIA_EFORMAT, "permit in 6 from any to any " },
        { "permit in 1 from any to any icmptypes 256", DIA_EFORMAT, "permit in 1 from any to any icmptypes " },
        { "permit in 1 from any to any icmptypes 8-3", DIA_EFORMAT, "permit in 1 from any to any icmptypes 8-3" },
        { "permit in 1 from any to any icmptypes echo", DIA_EFORMAT, "permit in 1 from any to any icmptypes " },
        { "permit in 6 from any 80 to any frag", DIA_EFORMAT, "permit in 6 from any 80 to any " },
        { "permit in 6 from any to any tcpflags syn frag", DIA_EFORMAT, "permit in 6 from any to any tcpflags syn " },
        { "permit in 6 from any to any frag tcpflags syn", DIA_EFORMAT, "permit in 6 from any to any frag " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_filter_rule rule = { .protocol = 77 };
        size_t where = SIZE_MAX;
        harness_row(rows[i].text);
        check_int(dia_filter_rule_parse(dia_cstr(rows[i].text), &rule, &where), rows[i].err);
        check_int(where, strlen(rows[i].before));
        check_int(rule.protocol, 77);
    }
    size_t where = 1;
    check_int(dia_filter_rule_parse((dia_bytes){ NULL, 0 }, &(dia_filter_rule){ 0 }, &where), DIA_EFORMAT);
    check_int(where, 0);
}

static void rule_cut_off_anywhere_is_never_overread(void)
{
    static const char text[] =
        "permit in 1 from !192.0.2.0/24 to 2001:db8::1 ipoptions rr,!ts icmptypes echo reply,3-5";
    for (size_t n = 0; n < sizeof text; n++) {
        uint8_t *cut = dia_alloc(harness_allocator(), n + 1);
        need(cut != NULL);
        memcpy(cut + 1, text, n);
        dia_filter_rule rule;
        size_t where = 0;
        dia_filter_rule_parse((dia_bytes){ cut + 1, n }, &rule, &where);
        need(where <= n);
    done:
        dia_release(harness_allocator(), cut, n + 1);
    }
}

static void struct_out_of_range_is_not_printed(void)
{
    static const char text[] = "permit in 6 from 192.0.2.1 to any";
    char to[256];
    dia_filter_rule good, rule;
    check_int(dia_filter_rule_parse(dia_cstr(text), &good, NULL), 0);
    rule = good;
    rule.from.family = 9;
    check_int(dia_filter_rule_print(&rule, to, sizeof to), DIA_EINVAL);
    rule = good;
    rule.from.prefix = 33;
    check_int(dia_filter_rule_print(&rule, to, sizeof to), DIA_EINVAL);
    rule = good;
    rule.to.n_ports = DIA_FILTER_PORTS_MAX + 1;
    check_int(dia_filter_rule_print(&rule, to, sizeof to), DIA_EINVAL);
    rule = good;
    rule.has_icmp_types = true;
    check_int(dia_filter_rule_print(&rule, to, sizeof to), DIA_EINVAL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "rules_are_parsed_and_printed", rules_are_parsed_and_printed },
        { "fields_are_filled_in", fields_are_filled_in },
        { "what_does_not_fit_is_refused_at_its_place", what_does_not_fit_is_refused_at_its_place },
        { "rule_cut_off_anywhere_is_never_overread", rule_cut_off_anywhere_is_never_overread },
        { "struct_out_of_range_is_not_printed", struct_out_of_range_is_not_printed },
    };
    return HARNESS_RUN("wire/filter", tests);
}

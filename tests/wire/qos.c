/* QoSFilterRule: both actions with their options. */
#include "wire/wire.h"

#include "harness.h"

static void rules_are_parsed_and_printed(void)
{
    static const struct {
        const char *text, *want; /* want NULL: as it is */
    } rows[] = {
        { "tag in ip from any to any DSCP AF11", NULL },
        { "tag out 6 from 192.0.2.0/24 80 to assigned DSCP EF", NULL },
        { "tag in ip from any to any dscp 46", "tag in ip from any to any DSCP EF" },
        { "tag in ip from any to any DSCP 0", "tag in ip from any to any DSCP CS0" },
        { "tag in ip from any to any DSCP 63", NULL },
        { "tag in ip from any to any DSCP cs7", "tag in ip from any to any DSCP CS7" },
        { "meter in ip from any to any metering 1000000 AF11 AF13", NULL },
        { "meter in ip from any to any metering 4294967295 EF drop", NULL },
        { "meter in ip from any to any metering 0 1 DROP", "meter in ip from any to any metering 0 1 drop" },
        { "meter in ip from any to any metering 64000 AF11 AF12 DSCP EF",
          "meter in ip from any to any DSCP EF metering 64000 AF11 AF12" },
        { "tag in ip from any to any DSCP EF metering 1 EF drop", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128] = "#";
        dia_qos_rule rule;
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        harness_row(rows[i].text);
        check_int(dia_qos_rule_parse(dia_cstr(rows[i].text), &rule, NULL), 0);
        check_int(dia_qos_rule_print(&rule, text, strlen(want)), DIA_ESPACE);
        check_str(text, "#");
        check_int(dia_qos_rule_print(&rule, text, strlen(want) + 1), strlen(want));
        check_str(text, want);
        check_int(dia_qos_rule_parse(dia_cstr(text), &rule, NULL), 0);
    }
}

static void fields_are_filled_in(void)
{
    dia_qos_rule rule;
    check_int(
        dia_qos_rule_parse(dia_cstr("meter out 17 from any 5060 to assigned metering 64000 AF11 drop"), &rule, NULL),
        0);
    check_int(rule.action, DIA_QOS_METER);
    check_int(rule.match.dir, DIA_FILTER_OUT);
    check_int(rule.match.protocol, 17);
    check_int(rule.match.from.ports[0].first, 5060);
    check(rule.match.to.assigned);
    check(!rule.has_dscp && rule.has_metering);
    check_int(rule.rate, 64000);
    check_int(rule.color_under, 10);
    check_int(rule.color_over, 255);
}

static void what_does_not_fit_is_refused_at_its_place(void)
{
    static const struct {
        const char *text, *before;
    } rows[] = {
        { "", "" },
        { "permit in ip from any to any DSCP EF", "" },
        { "tag in ip from any to any", "tag in ip from any to any" }, /* DSCP MUST be included */
        { "tag in ip from any to any metering 1 EF drop", "tag in ip from any to any metering 1 EF drop" },
        { "meter in ip from any to any DSCP EF", "meter in ip from any to any DSCP EF" }, /* metering MUST be */
        { "tag in ip from any to any DSCP", "tag in ip from any to any DSCP" },
        { "tag in ip from any to any DSCP 64", "tag in ip from any to any DSCP " },
        { "tag in ip from any to any DSCP AF14", "tag in ip from any to any DSCP " },
        { "tag in ip from any to any DSCP 1x", "tag in ip from any to any DSCP " },
        { "tag in ip from any to any DSCP drop", "tag in ip from any to any DSCP " },
        { "tag in ip from any to any DSCP EF DSCP EF", "tag in ip from any to any DSCP EF " },
        { "tag in ip from any to any frag DSCP EF", "tag in ip from any to any " },
        { "meter in ip from any to any metering", "meter in ip from any to any metering" },
        { "meter in ip from any to any metering 4294967296 EF EF", "meter in ip from any to any metering " },
        { "meter in ip from any to any metering 1", "meter in ip from any to any metering 1" },
        { "meter in ip from any to any metering 1 EF", "meter in ip from any to any metering 1 EF" },
        { "meter in ip from any to any metering 1 drop EF", "meter in ip from any to any metering 1 " },
        { "meter in ip from any to any metering 1 EF EF EF", "meter in ip from any to any metering 1 EF EF " },
        { "meter in ip from any to any metering 1 EF EF metering 1 EF EF",
          "meter in ip from any to any metering 1 EF EF " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_qos_rule rule = { .rate = 77 };
        size_t where = SIZE_MAX;
        harness_row(rows[i].text);
        check_int(dia_qos_rule_parse(dia_cstr(rows[i].text), &rule, &where), DIA_EFORMAT);
        check_int(where, strlen(rows[i].before));
        check_int(rule.rate, 77);
    }
}

static void struct_out_of_range_is_not_printed(void)
{
    char to[128];
    dia_qos_rule good, rule;
    check_int(dia_qos_rule_parse(dia_cstr("tag in ip from any to any DSCP EF metering 1 EF drop"), &good, NULL), 0);
    rule = good;
    rule.dscp = 64;
    check_int(dia_qos_rule_print(&rule, to, sizeof to), DIA_EINVAL);
    rule = good;
    rule.color_under = 255;
    check_int(dia_qos_rule_print(&rule, to, sizeof to), DIA_EINVAL);
    rule = good;
    rule.color_over = 64;
    check_int(dia_qos_rule_print(&rule, to, sizeof to), DIA_EINVAL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "rules_are_parsed_and_printed", rules_are_parsed_and_printed },
        { "fields_are_filled_in", fields_are_filled_in },
        { "what_does_not_fit_is_refused_at_its_place", what_does_not_fit_is_refused_at_its_place },
        { "struct_out_of_range_is_not_printed", struct_out_of_range_is_not_printed },
    };
    return HARNESS_RUN("wire/qos", tests);
}

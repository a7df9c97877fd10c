/* IPFilterRule and QoSFilterRule: what can be parsed is printed to something that parses to the same. */
#include "fuzz.h"

#include "wire/wire.h"

/* Both structs were cleared as a whole before they were filled in, so that their octets can be compared. */
static void check_filter(dia_bytes text)
{
    dia_filter_rule rule, back;
    char print[4096], again[4096];
    size_t where = SIZE_MAX;
    const int err = dia_filter_rule_parse(text, &rule, &where);
    must(err == 0 || err == DIA_EFORMAT || err == DIA_ESPACE);
    must(err == 0 ? where == SIZE_MAX : where <= text.n);
    if (err)
        return;
    const int n = dia_filter_rule_print(&rule, print, sizeof print);
    must(n > 0 && (size_t)n == strlen(print));
    must(dia_filter_rule_parse(dia_cstr(print), &back, NULL) == 0);
    must(memcmp(&rule, &back, sizeof rule) == 0);
    must(dia_filter_rule_print(&back, again, (size_t)n) == DIA_ESPACE);
    must(dia_filter_rule_print(&back, again, (size_t)n + 1) == n && strcmp(print, again) == 0);
}

static void check_qos(dia_bytes text)
{
    dia_qos_rule rule, back;
    char print[4096], again[4096];
    size_t where = SIZE_MAX;
    const int err = dia_qos_rule_parse(text, &rule, &where);
    must(err == 0 || err == DIA_EFORMAT || err == DIA_ESPACE);
    must(err == 0 ? where == SIZE_MAX : where <= text.n);
    if (err)
        return;
    const int n = dia_qos_rule_print(&rule, print, sizeof print);
    must(n > 0 && (size_t)n == strlen(print));
    must(dia_qos_rule_parse(dia_cstr(print), &back, NULL) == 0);
    must(memcmp(&rule, &back, sizeof rule) == 0);
    must(dia_qos_rule_print(&back, again, (size_t)n + 1) == n && strcmp(print, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_filter((dia_bytes){ data, size });
    check_qos((dia_bytes){ data, size });
    return 0;
}

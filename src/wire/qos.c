/* QoSFilterRule: action dir proto from src to dst [options] (RFC 3588, 4.3; options from RFC 7155, 4.4.9). */
#include "wire/rule.h"

enum { DSCP_MAX = 63, DROP = 255 };

/* The codepoints that have names: RFC 2474 (class selectors), RFC 2597 (assured), RFC 3246 (expedited forwarding). */
static const struct color {
    const char *name;
    uint8_t dscp;
} colors[] = {
    { "AF11", 10 }, { "AF12", 12 }, { "AF13", 14 }, { "AF21", 18 }, { "AF22", 20 }, { "AF23", 22 }, { "AF31", 26 },
    { "AF32", 28 }, { "AF33", 30 }, { "AF41", 34 }, { "AF42", 36 }, { "AF43", 38 }, { "EF", 46 },   { "CS0", 0 },
    { "CS1", 8 },   { "CS2", 16 },  { "CS3", 24 },  { "CS4", 32 },  { "CS5", 40 },  { "CS6", 48 },  { "CS7", 56 },
};

enum { COUNT_COLORS = sizeof colors / sizeof *colors };

static bool scan_color(struct scan *s, uint8_t *out)
{
    for (size_t i = 0; i < COUNT_COLORS; i++) {
        if (scan_word(s, colors[i].name)) {
            *out = colors[i].dscp;
            return true;
        }
    }
    uint32_t dscp;
    const dia_bytes word = scan_peek_word(s);
    struct scan number = scan_of(word);
    if (!scan_number(&number, DSCP_MAX, &dscp) || !scan_is_done(&number))
        return false;
    s->at += word.n;
    scan_blanks(s);
    *out = (uint8_t)dscp;
    return true;
}

static bool scan_metering(struct scan *s, dia_qos_rule *rule)
{
    rule->has_metering = true;
    if (!scan_number(s, UINT32_MAX, &rule->rate) || !scan_blanks(s) || !scan_color(s, &rule->color_under))
        return false;
    if (scan_word(s, "drop")) {
        rule->color_over = DROP;
        return true;
    }
    return scan_color(s, &rule->color_over);
}

static int scan_rule(struct scan *s, dia_qos_rule *rule)
{
    scan_blanks(s);
    if (scan_word(s, "tag"))
        rule->action = DIA_QOS_TAG;
    else if (scan_word(s, "meter"))
        rule->action = DIA_QOS_METER;
    else
        return DIA_EFORMAT;
    const int err = dia_rule_scan_match(s, &rule->match);
    if (err)
        return err;
    while (!scan_is_done(s)) {
        if (!rule->has_dscp && scan_word(s, "DSCP")) {
            rule->has_dscp = true;
            if (!scan_color(s, &rule->dscp))
                return DIA_EFORMAT;
        } else if (rule->has_metering || !scan_word(s, "metering") || !scan_metering(s, rule)) {
            return DIA_EFORMAT;
        }
    }
    /* "The DSCP option MUST be included", "The metering options MUST be included." */
    return (rule->action == DIA_QOS_TAG ? rule->has_dscp : rule->has_metering) ? 0 : DIA_EFORMAT;
}

int dia_qos_rule_parse(dia_bytes text, dia_qos_rule *out, size_t *where)
{
    struct scan s = scan_of(text);
    dia_qos_rule rule;
    memset(&rule, 0, sizeof rule);
    const int err = scan_rule(&s, &rule);
    if (err) {
        if (where)
            *where = (size_t)(s.at - text.p);
        return err;
    }
    *out = rule;
    return 0;
}

static void write_color(struct text *t, uint8_t dscp)
{
    text_char(t, ' ');
    for (size_t i = 0; i < COUNT_COLORS; i++) {
        if (colors[i].dscp == dscp) {
            text_put(t, colors[i].name);
            return;
        }
    }
    text_number(t, dscp);
}

static void write_rule(struct text *t, const dia_qos_rule *rule)
{
    text_put(t, rule->action == DIA_QOS_TAG ? "tag " : "meter ");
    dia_rule_write_match(t, &rule->match);
    if (rule->has_dscp) {
        text_put(t, " DSCP");
        write_color(t, rule->dscp);
    }
    if (!rule->has_metering)
        return;
    text_put(t, " metering ");
    text_number(t, rule->rate);
    write_color(t, rule->color_under);
    if (rule->color_over == DROP)
        text_put(t, " drop");
    else
        write_color(t, rule->color_over);
}

static bool is_sound(const dia_qos_rule *rule)
{
    if (rule->has_dscp && rule->dscp > DSCP_MAX)
        return false;
    if (rule->has_metering &&
        (rule->color_under > DSCP_MAX || (rule->color_over > DSCP_MAX && rule->color_over != DROP)))
        return false;
    return dia_rule_match_is_sound(&rule->match);
}

int dia_qos_rule_print(const dia_qos_rule *rule, char *to, size_t size)
{
    if (!is_sound(rule))
        return DIA_EINVAL;
    struct text t = { NULL, 0 };
    write_rule(&t, rule);
    if (!text_fits(&t, size))
        return DIA_ESPACE;
    t = (struct text){ to, 0 };
    write_rule(&t, rule);
    to[t.n] = '\0';
    return (int)t.n;
}

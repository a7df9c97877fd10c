/* IPFilterRule: action dir proto from src to dst [options] (RFC 6733, 4.3.1). */
#include "wire/rule.h"

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ICMPV6 = 58, SCTP = 132, UDPLITE = 136 };

/* ---- Words of options ---- */

struct word {
    const char *name;
    uint8_t value;
};

static const struct word ip_options[] = {
    { "ssrr", DIA_IPOPT_SSRR }, { "lsrr", DIA_IPOPT_LSRR }, { "rr", DIA_IPOPT_RR }, { "ts", DIA_IPOPT_TS }, { 0 }
};
static const struct word tcp_options[] = { { "mss", DIA_TCPOPT_MSS },   { "window", DIA_TCPOPT_WINDOW },
                                           { "sack", DIA_TCPOPT_SACK }, { "ts", DIA_TCPOPT_TS },
                                           { "cc", DIA_TCPOPT_CC },     { 0 } };
static const struct word tcp_flags[] = { { "fin", DIA_TCPFLAG_FIN },
                                         { "syn", DIA_TCPFLAG_SYN },
                                         { "rst", DIA_TCPFLAG_RST },
                                         { "psh", DIA_TCPFLAG_PSH },
                                         { "ack", DIA_TCPFLAG_ACK },
                                         { "urg", DIA_TCPFLAG_URG },
                                         { 0 } };
static const struct word icmp_types[] = { { "echo reply", 0 },           { "destination unreachable", 3 },
                                          { "source quench", 4 },        { "redirect", 5 },
                                          { "echo request", 8 },         { "router advertisement", 9 },
                                          { "router solicitation", 10 }, { "time-to-live exceeded", 11 },
                                          { "ip header bad", 12 },       { "timestamp request", 13 },
                                          { "timestamp reply", 14 },     { "information request", 15 },
                                          { "information reply", 16 },   { "address mask request", 17 },
                                          { "address mask reply", 18 },  { 0 } };

/* ---- Reading the match ---- */

static bool may_have_ports(const dia_filter_rule *rule)
{
    const uint8_t p = rule->protocol;
    return rule->any_protocol || p == TCP || p == UDP || p == SCTP || p == DCCP || p == UDPLITE;
}

static bool has_bits_beyond(const dia_filter_end *end, size_t octets)
{
    for (size_t bit = end->prefix; bit < 8 * octets; bit++)
        if (end->address[bit / 8] & 0x80 >> bit % 8)
            return true;
    return false;
}

static bool scan_network(struct scan *s, dia_filter_end *end)
{
    const dia_bytes word = scan_peek_word(s);
    const uint8_t *slash = word.n ? memchr(word.p, '/', word.n) : NULL;
    const size_t n = slash ? (size_t)(slash - word.p) : word.n;
    const int octets = dia_ip_parse((dia_bytes){ word.p, n }, end->address);
    if (octets < 0)
        return false;
    end->family = octets == 4 ? DIA_FAMILY_IPV4 : DIA_FAMILY_IPV6;
    end->prefix = (uint8_t)(8 * octets);
    if (slash) {
        struct scan bits = { slash + 1, word.p + word.n };
        uint32_t prefix;
        if (!scan_number(&bits, end->prefix, &prefix) || !scan_is_done(&bits))
            return false;
        end->prefix = (uint8_t)prefix;
        if (has_bits_beyond(end, (size_t)octets))
            return false;
    }
    s->at += word.n;
    scan_blanks(s);
    return true;
}

static bool scan_range(struct scan *s, uint32_t max, uint32_t *first, uint32_t *last)
{
    if (!scan_number(s, max, first))
        return false;
    *last = *first;
    return !scan_char(s, '-') || (scan_number(s, max, last) && *first <= *last);
}

static int scan_ports(struct scan *s, dia_filter_end *end)
{
    do {
        uint32_t first, last;
        const uint8_t *start = s->at;
        if (!scan_range(s, UINT16_MAX, &first, &last))
            return DIA_EFORMAT;
        if (end->n_ports == DIA_FILTER_PORTS_MAX) {
            s->at = start;
            return DIA_ESPACE;
        }
        end->ports[end->n_ports++] = (dia_port_range){ (uint16_t)first, (uint16_t)last };
    } while (scan_char(s, ','));
    return scan_blanks(s) || scan_is_done(s) ? 0 : DIA_EFORMAT;
}

static int scan_end(struct scan *s, const dia_filter_rule *rule, dia_filter_end *end)
{
    end->invert = scan_char(s, '!');
    if (end->invert)
        scan_blanks(s);
    if (scan_word(s, "any"))
        end->any = true;
    else if (scan_word(s, "assigned"))
        end->assigned = true;
    else if (!scan_network(s, end))
        return DIA_EFORMAT;
    if (scan_is_done(s) || !dia_is_digit(*s->at))
        return 0;
    return may_have_ports(rule) ? scan_ports(s, end) : DIA_EFORMAT;
}

static bool scan_protocol(struct scan *s, dia_filter_rule *rule)
{
    if (scan_word(s, "ip")) {
        rule->any_protocol = true;
        return true;
    }
    uint32_t protocol;
    if (!scan_number(s, UINT8_MAX, &protocol))
        return false;
    rule->protocol = (uint8_t)protocol;
    return scan_blanks(s);
}

int dia_rule_scan_match(struct scan *s, dia_filter_rule *rule)
{
    if (scan_word(s, "in"))
        rule->dir = DIA_FILTER_IN;
    else if (scan_word(s, "out"))
        rule->dir = DIA_FILTER_OUT;
    else
        return DIA_EFORMAT;
    if (!scan_protocol(s, rule) || !scan_word(s, "from"))
        return DIA_EFORMAT;
    const int err = scan_end(s, rule, &rule->from);
    if (err)
        return err;
    return scan_word(s, "to") ? scan_end(s, rule, &rule->to) : DIA_EFORMAT;
}

/* ---- Reading options ---- */

/* The length of the name where it stands next, 0 where it does not; a '-' may stand for each blank of the name. */
static size_t name_length(const struct scan *s, const char *name)
{
    const size_t n = strlen(name);
    if ((size_t)(s->end - s->at) < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (dia_lower(s->at[i]) != (uint8_t)name[i] && !(name[i] == ' ' && s->at[i] == '-'))
            return 0;
    return n;
}

static const struct word *scan_name(struct scan *s, const struct word *words)
{
    for (; words->name; words++) {
        const size_t n = name_length(s, words->name);
        const bool is_whole = s->at + n == s->end || s->at[n] == ',' || s->at[n] == ' ' || s->at[n] == '\t';
        if (!n || !is_whole)
            continue;
        s->at += n;
        return words;
    }
    return NULL;
}

/* Names separated by commas, each with or without "!". */
static bool scan_set(struct scan *s, const struct word *words, uint8_t *set, uint8_t *set_not)
{
    do {
        const bool is_not = scan_char(s, '!');
        const struct word *word = scan_name(s, words);
        if (!word)
            return false;
        if (is_not)
            *set_not |= word->value;
        else
            *set |= word->value;
    } while (scan_char(s, ','));
    return scan_blanks(s) || scan_is_done(s);
}

static bool scan_icmp_types(struct scan *s, dia_filter_rule *rule)
{
    rule->has_icmp_types = true;
    do {
        uint32_t first, last;
        if (!scan_range(s, UINT8_MAX, &first, &last)) {
            const struct word *word = scan_name(s, icmp_types);
            if (!word)
                return false;
            first = last = word->value;
        }
        for (uint32_t type = first; type <= last; type++)
            rule->icmp_types[type / 64] |= UINT64_C(1) << type % 64;
    } while (scan_char(s, ','));
    return scan_blanks(s) || scan_is_done(s);
}

static bool is_tcp(const dia_filter_rule *rule)
{
    return rule->any_protocol || rule->protocol == TCP;
}

static bool is_icmp(const dia_filter_rule *rule)
{
    return rule->any_protocol || rule->protocol == ICMP || rule->protocol == ICMPV6;
}

/* "frag may not be used in conjunction with either tcpflags or TCP/UDP port specifications." */
static bool may_be_frag(const dia_filter_rule *rule)
{
    return !rule->from.n_ports && !rule->to.n_ports && !rule->tcp_flags && !rule->tcp_flags_not;
}

static bool scan_option(struct scan *s, dia_filter_rule *rule)
{
    if (may_be_frag(rule) && scan_word(s, "frag"))
        return rule->frag = true;
    if (scan_word(s, "ipoptions"))
        return scan_set(s, ip_options, &rule->ip_options, &rule->ip_options_not);
    if (is_tcp(rule) && scan_word(s, "tcpoptions"))
        return scan_set(s, tcp_options, &rule->tcp_options, &rule->tcp_options_not);
    if (is_tcp(rule) && scan_word(s, "established"))
        return rule->established = true;
    if (is_tcp(rule) && scan_word(s, "setup"))
        return rule->setup = true;
    if (is_tcp(rule) && !rule->frag && scan_word(s, "tcpflags"))
        return scan_set(s, tcp_flags, &rule->tcp_flags, &rule->tcp_flags_not);
    if (is_icmp(rule) && scan_word(s, "icmptypes"))
        return scan_icmp_types(s, rule);
    return false;
}

static int scan_rule(struct scan *s, dia_filter_rule *rule)
{
    scan_blanks(s);
    if (scan_word(s, "permit"))
        rule->action = DIA_FILTER_PERMIT;
    else if (scan_word(s, "deny"))
        rule->action = DIA_FILTER_DENY;
    else
        return DIA_EFORMAT;
    const int err = dia_rule_scan_match(s, rule);
    if (err)
        return err;
    while (!scan_is_done(s))
        if (!scan_option(s, rule))
            return DIA_EFORMAT;
    return 0;
}

int dia_filter_rule_parse(dia_bytes text, dia_filter_rule *out, size_t *where)
{
    struct scan s = scan_of(text);
    dia_filter_rule rule;
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

/* ---- Writing ---- */

static void write_range(struct text *t, uint32_t first, uint32_t last)
{
    text_number(t, first);
    if (first == last)
        return;
    text_char(t, '-');
    text_number(t, last);
}

static size_t octets_of(const dia_filter_end *end)
{
    return end->family == DIA_FAMILY_IPV4 ? 4 : 16;
}

static void write_end(struct text *t, const dia_filter_end *end)
{
    if (end->invert)
        text_char(t, '!');
    if (end->any) {
        text_put(t, "any");
    } else if (end->assigned) {
        text_put(t, "assigned");
    } else {
        char ip[DIA_IP_TEXT_MAX];
        dia_ip_print(end->address, octets_of(end), ip);
        text_put(t, ip);
        if (end->prefix != 8 * octets_of(end)) {
            text_char(t, '/');
            text_number(t, end->prefix);
        }
    }
    for (int i = 0; i < end->n_ports; i++) {
        text_char(t, i ? ',' : ' ');
        write_range(t, end->ports[i].first, end->ports[i].last);
    }
}

void dia_rule_write_match(struct text *t, const dia_filter_rule *rule)
{
    text_put(t, rule->dir == DIA_FILTER_IN ? "in " : "out ");
    if (rule->any_protocol)
        text_put(t, "ip");
    else
        text_number(t, rule->protocol);
    text_put(t, " from ");
    write_end(t, &rule->from);
    text_put(t, " to ");
    write_end(t, &rule->to);
}

static void write_set(struct text *t, const char *option, const struct word *words, uint8_t set, uint8_t set_not)
{
    if (!set && !set_not)
        return;
    text_put(t, option);
    char before = ' ';
    for (; words->name; words++) {
        for (int is_not = 0; is_not < 2; is_not++) {
            if (!((is_not ? set_not : set) & words->value))
                continue;
            text_char(t, before);
            if (is_not)
                text_char(t, '!');
            text_put(t, words->name);
            before = ',';
        }
    }
}

static bool has_icmp_type(const dia_filter_rule *rule, uint32_t type)
{
    return type < 256 && rule->icmp_types[type / 64] >> type % 64 & 1;
}

static void write_icmp_types(struct text *t, const dia_filter_rule *rule)
{
    text_put(t, " icmptypes");
    char before = ' ';
    for (uint32_t type = 0; type < 256; type++) {
        if (!has_icmp_type(rule, type))
            continue;
        const uint32_t first = type;
        while (has_icmp_type(rule, type + 1))
            type++;
        text_char(t, before);
        write_range(t, first, type);
        before = ',';
    }
}

static void write_rule(struct text *t, const dia_filter_rule *rule)
{
    text_put(t, rule->action == DIA_FILTER_PERMIT ? "permit " : "deny ");
    dia_rule_write_match(t, rule);
    if (rule->frag)
        text_put(t, " frag");
    write_set(t, " ipoptions", ip_options, rule->ip_options, rule->ip_options_not);
    write_set(t, " tcpoptions", tcp_options, rule->tcp_options, rule->tcp_options_not);
    if (rule->established)
        text_put(t, " established");
    if (rule->setup)
        text_put(t, " setup");
    write_set(t, " tcpflags", tcp_flags, rule->tcp_flags, rule->tcp_flags_not);
    if (rule->has_icmp_types)
        write_icmp_types(t, rule);
}

static bool end_is_sound(const dia_filter_end *end)
{
    const bool is_ip = end->family == DIA_FAMILY_IPV4 || end->family == DIA_FAMILY_IPV6;
    if (end->n_ports > DIA_FILTER_PORTS_MAX)
        return false;
    return end->any || end->assigned || (is_ip && end->prefix <= 8 * octets_of(end));
}

bool dia_rule_match_is_sound(const dia_filter_rule *rule)
{
    return end_is_sound(&rule->from) && end_is_sound(&rule->to);
}

static bool has_any_icmp_type(const dia_filter_rule *rule)
{
    return rule->icmp_types[0] || rule->icmp_types[1] || rule->icmp_types[2] || rule->icmp_types[3];
}

int dia_filter_rule_print(const dia_filter_rule *rule, char *to, size_t size)
{
    if (!dia_rule_match_is_sound(rule) || (rule->has_icmp_types && !has_any_icmp_type(rule)))
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

/* Who may come without being configured: by patterns of host, realm and address, or by the application's word. */
#include "peer/peer.h"

/* "*.example.net" or "realm:example.net", and the range behind "@"; absent: any. */
typedef struct pattern {
    dia_bytes name;
    bool of_realm;
    bool ranged;
    uint8_t address[16];
    size_t n;      /* 4 or 16 octets */
    unsigned bits; /* of them that count */
} pattern;

static int read_range(dia_bytes text, pattern *out)
{
    const uint8_t *slash = memchr(text.p, '/', text.n);
    dia_bytes address = text;
    if (slash)
        address.n = (size_t)(slash - text.p);
    const int n = dia_ip_parse(address, out->address);
    if (n < 0)
        return n;
    out->n = (size_t)n;
    out->bits = (unsigned)n * 8;
    out->ranged = true;
    if (!slash)
        return 0;
    unsigned bits = 0;
    const uint8_t *p = slash + 1, *end = text.p + text.n;
    if (p == end || end - p > 3)
        return DIA_EFORMAT;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return DIA_EFORMAT;
        bits = bits * 10 + (unsigned)(*p - '0');
    }
    if (bits > out->bits)
        return DIA_EFORMAT;
    out->bits = bits;
    return 0;
}

/* An identity, "*", or "*." and an identity: "*example.net" would also let evilexample.net in. */

static int read_pattern(const char *text, pattern *out)
{
    static const char realm[] = "realm:";
    *out = (pattern){ .name = dia_cstr(text) };
    if (!strncmp(text, realm, sizeof realm - 1)) {
        out->of_realm = true;
        out->name = dia_cstr(text + sizeof realm - 1);
    }
    const uint8_t *at = memchr(out->name.p, '@', out->name.n);
    if (at) {
        const dia_bytes range = { at + 1, (size_t)(out->name.p + out->name.n - at) - 1 };
        out->name.n = (size_t)(at - out->name.p);
        if (read_range(range, out))
            return DIA_EFORMAT;
    }
    return dia_name_pattern_valid(out->name) ? 0 : DIA_EFORMAT;
}

bool dia_allow_pattern_valid(const char *text)
{
    pattern p;
    return text && !read_pattern(text, &p);
}

static bool range_matches(const pattern *p, dia_bytes address)
{
    if (address.n != p->n)
        return false;
    for (unsigned i = 0; i < p->bits; i++) {
        const unsigned bit = 0x80u >> (i % 8);
        if ((address.p[i / 8] ^ p->address[i / 8]) & bit)
            return false;
    }
    return true;
}

bool dia_patterns_match(const char *const *patterns, const dia_stranger *who)
{
    for (; patterns && *patterns; patterns++) {
        pattern p;
        if (read_pattern(*patterns, &p)) /* was checked when it was configured */
            continue;
        if (dia_name_pattern_matches(p.name, p.of_realm ? who->realm : who->host) &&
            (!p.ranged || range_matches(&p, dia_conn_remote(who->conn).address.value)))
            return true;
    }
    return false;
}

const char **dia_patterns_copy(const dia_hub *hub, const char *const *patterns, size_t *size)
{
    size_t n = 0;
    for (*size = sizeof *patterns; patterns[n]; n++)
        *size += sizeof *patterns + strlen(patterns[n]) + 1;
    const char **copy = dia_alloc0(hub->alloc, *size);
    if (!copy)
        return NULL;
    char *at = (char *)(copy + n + 1);
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(patterns[i]) + 1;
        copy[i] = memcpy(at, patterns[i], length);
        at += length;
    }
    return copy;
}

uint32_t dia_admit(dia_hub *hub, const dia_stranger *who)
{
    const dia_node_config *config = &hub->config;
    const bool own = who->listener && who->listener->allow;
    if (dia_patterns_match(own ? who->listener->allow : config->allow, who))
        return DIA_RESULT_CODE_SUCCESS;
    if (!config->admit)
        return DIA_RESULT_CODE_UNKNOWN_PEER;
    return config->admit(config->arg, hub->node, who);
}

/* DiameterURI: "aaa://" FQDN [port] [transport] [protocol] (RFC 6733, 4.3.1). */
#include "wire/text.h"
#include "wire/wire.h"

enum { PORT = 3868, PORT_SECURE = 5868 };

static const char *const transports[] = {
    [DIA_TRANSPORT_TCP] = "tcp", [DIA_TRANSPORT_SCTP] = "sctp", [DIA_TRANSPORT_UDP] = "udp"
};
static const char *const protocols[] = {
    [DIA_PROTOCOL_DIAMETER] = "diameter", [DIA_PROTOCOL_RADIUS] = "radius", [DIA_PROTOCOL_TACACS] = "tacacs+"
};

enum {
    COUNT_TRANSPORTS = sizeof transports / sizeof *transports,
    COUNT_PROTOCOLS = sizeof protocols / sizeof *protocols
};

static uint16_t default_port(bool secure)
{
    return secure ? PORT_SECURE : PORT;
}

static bool is_ipv6(dia_bytes text)
{
    uint8_t octets[16];
    return dia_ip_parse(text, octets) == 16;
}

static bool scan_host(struct scan *s, dia_bytes *fqdn)
{
    const bool in_brackets = scan_char(s, '[');
    const uint8_t *start = s->at;
    while (s->at < s->end && (in_brackets ? *s->at != ']' : *s->at != ':' && *s->at != ';'))
        s->at++;
    *fqdn = (dia_bytes){ start, (size_t)(s->at - start) };
    return in_brackets ? is_ipv6(*fqdn) && scan_char(s, ']') : dia_identity_valid(*fqdn);
}

/* One of the names, up to the next ';' or the end. Its index, or -1. */
static int scan_choice(struct scan *s, const char *const *names, int n)
{
    const uint8_t *start = s->at;
    while (s->at < s->end && *s->at != ';')
        s->at++;
    for (int i = 0; i < n; i++)
        if (dia_bytes_equal_nocase((dia_bytes){ start, (size_t)(s->at - start) }, dia_cstr(names[i])))
            return i;
    return -1;
}

int dia_uri_parse(dia_bytes text, dia_uri *out)
{
    struct scan s = scan_of(text);
    dia_uri uri = { .transport = DIA_TRANSPORT_TCP, .protocol = DIA_PROTOCOL_DIAMETER };
    if (scan_literal(&s, "aaas://"))
        uri.secure = true;
    else if (!scan_literal(&s, "aaa://"))
        return DIA_EFORMAT;
    if (!scan_host(&s, &uri.fqdn))
        return DIA_EFORMAT;

    uri.port = default_port(uri.secure);
    if (scan_char(&s, ':')) {
        uint32_t port;
        if (!scan_number(&s, UINT16_MAX, &port))
            return DIA_EFORMAT;
        uri.port = (uint16_t)port;
        uri.port_given = true;
    }
    if (scan_literal(&s, ";transport=")) {
        const int choice = scan_choice(&s, transports, COUNT_TRANSPORTS);
        if (choice < 0)
            return DIA_EFORMAT;
        uri.transport = (dia_transport)choice;
    }
    if (scan_literal(&s, ";protocol=")) {
        const int choice = scan_choice(&s, protocols, COUNT_PROTOCOLS);
        if (choice < 0)
            return DIA_EFORMAT;
        uri.protocol = (dia_protocol)choice;
    }
    /* "UDP MUST NOT be used when the aaa-protocol field is set to diameter." */
    if (!scan_is_done(&s) || (uri.transport == DIA_TRANSPORT_UDP && uri.protocol == DIA_PROTOCOL_DIAMETER))
        return DIA_EFORMAT;
    *out = uri;
    return 0;
}

static void write_uri(struct text *t, const dia_uri *uri)
{
    const bool in_brackets = uri->fqdn.n && memchr(uri->fqdn.p, ':', uri->fqdn.n);
    text_put(t, uri->secure ? "aaas://" : "aaa://");
    if (in_brackets)
        text_char(t, '[');
    text_bytes(t, uri->fqdn);
    if (in_brackets)
        text_char(t, ']');
    /* A struct that was not parsed may leave the port at 0. */
    if (uri->port_given || (uri->port && uri->port != default_port(uri->secure))) {
        text_char(t, ':');
        text_number(t, uri->port);
    }
    if (uri->transport != DIA_TRANSPORT_TCP) {
        text_put(t, ";transport=");
        text_put(t, transports[uri->transport]);
    }
    if (uri->protocol != DIA_PROTOCOL_DIAMETER) {
        text_put(t, ";protocol=");
        text_put(t, protocols[uri->protocol]);
    }
}

int dia_uri_print(const dia_uri *uri, char *to, size_t size)
{
    if ((unsigned)uri->transport >= COUNT_TRANSPORTS || (unsigned)uri->protocol >= COUNT_PROTOCOLS)
        return DIA_EINVAL;
    struct text t = { NULL, 0 };
    write_uri(&t, uri);
    if (!text_fits(&t, size))
        return DIA_ESPACE;
    t = (struct text){ to, 0 };
    write_uri(&t, uri);
    to[t.n] = '\0';
    return (int)t.n;
}

/* DiameterURI: the RFC's examples, the defaults, what is refused, and round trips. */
#include "wire/wire.h"

#include "harness.h"

enum {
    TCP = DIA_TRANSPORT_TCP,
    SCTP = DIA_TRANSPORT_SCTP,
    UDP = DIA_TRANSPORT_UDP,
    DIAMETER = DIA_PROTOCOL_DIAMETER,
    RADIUS = DIA_PROTOCOL_RADIUS,
    TACACS = DIA_PROTOCOL_TACACS
};

static const struct {
    const char *text, *shortest, *fqdn;
    int port, transport, protocol;
    bool secure, port_given;
} rows[] = {
    /* the examples of RFC 6733, 4.3.1: B4.3.1-11 */
    { "aaa://host.example.com;transport=tcp", "aaa://host.example.com", "host.example.com", 3868, TCP, DIAMETER, 0, 0 },
    { "aaa://host.example.com:6666;transport=tcp", "aaa://host.example.com:6666", "host.example.com", 6666, TCP,
      DIAMETER, 0, 1 },
    { "aaa://host.example.com;protocol=diameter", "aaa://host.example.com", "host.example.com", 3868, TCP, DIAMETER, 0,
      0 },
    { "aaa://host.example.com:6666;protocol=diameter", "aaa://host.example.com:6666", "host.example.com", 6666, TCP,
      DIAMETER, 0, 1 },
    { "aaa://host.example.com:6666;transport=tcp;protocol=diameter", "aaa://host.example.com:6666", "host.example.com",
      6666, TCP, DIAMETER, 0, 1 },
    { "aaa://host.example.com:1813;transport=udp;protocol=radius", NULL, "host.example.com", 1813, UDP, RADIUS, 0, 1 },
    /* the defaults: B4.3.1-12 */
    { "aaa://h", NULL, "h", 3868, TCP, DIAMETER, 0, 0 },
    { "aaas://h", NULL, "h", 5868, TCP, DIAMETER, 1, 0 },
    { "aaa://h:3868", NULL, "h", 3868, TCP, DIAMETER, 0, 1 },
    { "aaas://h:5868;transport=tcp;protocol=diameter", "aaas://h:5868", "h", 5868, TCP, DIAMETER, 1, 1 },
    { "aaas://h:3868", NULL, "h", 3868, TCP, DIAMETER, 1, 1 },
    { "aaa://h;transport=sctp", NULL, "h", 3868, SCTP, DIAMETER, 0, 0 },
    { "aaas://h:1;transport=sctp;protocol=tacacs+", NULL, "h", 1, SCTP, TACACS, 1, 1 },
    { "aaa://h;protocol=tacacs+", NULL, "h", 3868, TCP, TACACS, 0, 0 },
    { "aaa://h;transport=udp;protocol=tacacs+", NULL, "h", 3868, UDP, TACACS, 0, 0 },
    { "aaa://h:0", NULL, "h", 0, TCP, DIAMETER, 0, 1 },
    { "aaa://h:65535", NULL, "h", 65535, TCP, DIAMETER, 0, 1 },
    { "aaa://h:007", "aaa://h:7", "h", 7, TCP, DIAMETER, 0, 1 },
    { "AAAS://Host.Example;TRANSPORT=SCTP;Protocol=Diameter", "aaas://Host.Example;transport=sctp", "Host.Example",
      5868, SCTP, DIAMETER, 1, 0 },
    { "aaa://192.0.2.1", NULL, "192.0.2.1", 3868, TCP, DIAMETER, 0, 0 },
    { "aaa://[2001:db8::1]", NULL, "2001:db8::1", 3868, TCP, DIAMETER, 0, 0 },
    { "aaa://[::1]:3868;transport=sctp", NULL, "::1", 3868, SCTP, DIAMETER, 0, 1 },
};

static void uris_are_parsed_with_their_defaults(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_uri uri;
        harness_row(rows[i].text);
        check_int(dia_uri_parse(dia_cstr(rows[i].text), &uri), 0);
        check_bytes(uri.fqdn, dia_cstr(rows[i].fqdn));
        check_int(uri.port, rows[i].port);
        check_int(uri.port_given, rows[i].port_given);
        check_int(uri.transport, rows[i].transport);
        check_int(uri.protocol, rows[i].protocol);
        check_int(uri.secure, rows[i].secure);
    }
}

static void uris_are_printed_without_their_defaults(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_uri uri;
        char text[128] = "#";
        const char *want = rows[i].shortest ? rows[i].shortest : rows[i].text;
        const size_t n = strlen(want);
        harness_row(rows[i].text);
        check_int(dia_uri_parse(dia_cstr(rows[i].text), &uri), 0);
        check_int(dia_uri_print(&uri, text, n), DIA_ESPACE);
        check_str(text, "#");
        check_int(dia_uri_print(&uri, text, n + 1), n);
        check_str(text, want);
    }
}

static void struct_made_by_hand_needs_only_a_name(void)
{
    char text[64];
    dia_uri uri = { .fqdn = DIA_LIT("h") };
    check_int(dia_uri_print(&uri, text, sizeof text), 7);
    check_str(text, "aaa://h");
    uri.port = 3869;
    check_int(dia_uri_print(&uri, text, sizeof text), 12);
    check_str(text, "aaa://h:3869");
    uri.transport = (dia_transport)7;
    check_int(dia_uri_print(&uri, text, sizeof text), DIA_EINVAL);
}

static void other_text_is_no_uri(void) /* B4.3.1-11 B4.3.1-13 */
{
    static const char *const bad[] = {
        "",
        "aaa:",
        "aaa:/",
        "aaa://",
        "aaas://",
        "host.example.com",
        "http://host",
        "aaa:/host",
        "aaax://host",
        "aaa://host;transport=udp", /* UDP MUST NOT be used with diameter */
        "aaa://host;transport=udp;protocol=diameter",
        "aaa://host:1;transport=udp",
        "aaa://host:",
        "aaa://host:;transport=tcp",
        "aaa://host:65536",
        "aaa://host:99999999999999999999",
        "aaa://host:-1",
        "aaa://host:1x",
        "aaa://:3868",
        "aaa://;transport=tcp",
        "aaa://host;",
        "aaa://host;transport",
        "aaa://host;transport=",
        "aaa://host;transport=tls",
        "aaa://host;transport=tcpx",
        "aaa://host;protocol=",
        "aaa://host;protocol=tacacs",
        "aaa://host;protocol=diameter;transport=tcp", /* the order is fixed */
        "aaa://host;transport=tcp;transport=tcp",
        "aaa://host;transport=tcp:3868",
        "aaa://host;transport=tcp;",
        "aaa://host;foo=bar",
        "aaa://user@host",
        "aaa://host/path",
        "aaa://host ",
        " aaa://host",
        "aaa://ho st",
        "aaa://::1",
        "aaa://[::1",
        "aaa://[host]",
        "aaa://[]",
        "aaa://[192.0.2.1]",
        "aaa://[::1]x",
        "aaa://b\xc3\xbc",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dia_uri uri = { .port = 77 };
        harness_row(bad[i]);
        check_int(dia_uri_parse(dia_cstr(bad[i]), &uri), DIA_EFORMAT);
        check_int(uri.port, 77);
    }
    check_int(dia_uri_parse((dia_bytes){ NULL, 0 }, &(dia_uri){ 0 }), DIA_EFORMAT);
    check_int(dia_uri_parse((dia_bytes)DIA_LIT("aaa://h\0"), &(dia_uri){ 0 }), DIA_EFORMAT);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "uris_are_parsed_with_their_defaults", uris_are_parsed_with_their_defaults },
        { "uris_are_printed_without_their_defaults", uris_are_printed_without_their_defaults },
        { "struct_made_by_hand_needs_only_a_name", struct_made_by_hand_needs_only_a_name },
        { "other_text_is_no_uri", other_text_is_no_uri },
    };
    return HARNESS_RUN("wire/uri", tests);
}

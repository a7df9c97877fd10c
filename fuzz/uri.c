/* DiameterURI: what can be parsed is printed to something that parses to the same. */
#include "fuzz.h"

#include "wire/wire.h"

static void check_same(const dia_uri *a, const dia_uri *b)
{
    must(a->secure == b->secure && a->port == b->port && a->port_given == b->port_given);
    must(a->transport == b->transport && a->protocol == b->protocol);
    must(dia_bytes_equal(a->fqdn, b->fqdn));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_uri uri, back;
    char text[512], again[512];
    const int err = dia_uri_parse((dia_bytes){ data, size }, &uri);
    must(err == 0 || err == DIA_EFORMAT);
    if (err)
        return 0;
    must(uri.fqdn.p > data && uri.fqdn.p + uri.fqdn.n <= data + size && uri.fqdn.n > 0);
    must(uri.transport != DIA_TRANSPORT_UDP || uri.protocol != DIA_PROTOCOL_DIAMETER);
    const int n = dia_uri_print(&uri, text, sizeof text);
    must(n > 0 && (size_t)n <= size && (size_t)n == strlen(text));
    must(dia_uri_print(&uri, again, (size_t)n) == DIA_ESPACE);
    must(dia_uri_parse(dia_cstr(text), &back) == 0);
    check_same(&uri, &back);
    must(dia_uri_print(&back, again, (size_t)n + 1) == n && strcmp(text, again) == 0);
    return 0;
}

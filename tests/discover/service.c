/* The service field (RFC 6408, 3): tags in any case, applications as decimal numbers, transports. */
#include "discover/discover.h"

#include "harness.h"

enum { TLS = DIA_VIA_TLS, DTLS = DIA_VIA_DTLS, TCP = DIA_VIA_TCP, SCTP = DIA_VIA_SCTP, ALL = DIA_VIA_ANY };

static const struct {
    const char *text;
    uint32_t application;
    dia_service_app app;
    uint32_t via;
} rows[] = {
    { "aaa:diameter.tcp", 4, DIA_SERVICE_ANY, TCP },
    { "AAA:Diameter.TCP", 4, DIA_SERVICE_ANY, TCP },
    { "aaa", 4, DIA_SERVICE_ANY, ALL },
    { "aaa:", 4, DIA_SERVICE_ANY, ALL },
    { "aaa+ap4", 4, DIA_SERVICE_THIS, ALL },
    { "aaa+ap4", 0, DIA_SERVICE_THIS, ALL },
    { "aaa+ap4:diameter.sctp:diameter.tls.tcp", 4, DIA_SERVICE_THIS, SCTP | TLS },
    { "aaa+ap4:diameter.tcp", 5, DIA_SERVICE_OTHER, TCP },
    { "aaa+ap4:diameter.tcp", 44, DIA_SERVICE_OTHER, TCP },
    { "aaa+ap16777251:diameter.dtls", 16777251, DIA_SERVICE_THIS, DTLS },
    { "aaa+ap16777251:diameter.dtls.sctp", 16777251, DIA_SERVICE_THIS, DTLS },
    { "aaa+ap0:diameter.tcp", 4, DIA_SERVICE_OTHER, TCP },
    { "aaa+ap4294967295:diameter.tcp", 4, DIA_SERVICE_THIS, TCP },
    { "aaa+ap4294967296:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "aaa+ap04:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "aaa+ap:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "aaa+ap4x:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "aaa+4:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "aaaa:diameter.tcp", 4, DIA_SERVICE_FOREIGN, TCP },
    { "AAA+D2T", 4, DIA_SERVICE_FOREIGN, ALL },
    { "", 4, DIA_SERVICE_FOREIGN, ALL },
    { "aaa:radius.tls.tcp:x-diameter", 4, DIA_SERVICE_ANY, 0 },
    { "aaa::diameter.tcp:", 4, DIA_SERVICE_ANY, TCP },
    { "aaa:diameter.tcp.x:diameter", 4, DIA_SERVICE_ANY, 0 },
};

static void services_are_read(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t via = 99;
        harness_row(rows[i].text);
        check_int(dia_service_read(rows[i].text, rows[i].application, &via), rows[i].app);
        check_int(via, rows[i].via);
    }
}

int main(void)
{
    static const struct harness_test tests[] = { { "services_are_read", services_are_read } };
    return HARNESS_RUN("discover/service", tests);
}

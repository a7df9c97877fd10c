/* Socket addresses from texts and to endpoints. */
#include "pair.h"

#include <netinet/in.h>

static void literals_become_socket_addresses_and_endpoints(void)
{
    static const uint8_t v4[4] = { 192, 0, 2, 1 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    static const struct {
        const char *host;
        int err;
        uint16_t family;
        dia_bytes ip;
    } rows[] = {
        { "192.0.2.1", 0, DIA_FAMILY_IPV4, { v4, 4 } },
        { "2001:db8::1", 0, DIA_FAMILY_IPV6, { v6, 16 } },
        { "localhost", DIA_EFORMAT, 0, { NULL, 0 } },
        { "192.0.2", DIA_EFORMAT, 0, { NULL, 0 } },
        { "", DIA_EFORMAT, 0, { NULL, 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockaddr_storage address;
        socklen_t size = 0;
        dia_endpoint end;
        harness_row(rows[i].host);
        check_int(dia_sockaddr_of(dia_cstr(rows[i].host), 3868, &address, &size), rows[i].err);
        if (rows[i].err)
            continue;
        check(size > 0);
        dia_endpoint_of(&address, &end);
        check_int(end.address.family, rows[i].family);
        check_bytes(end.address.value, rows[i].ip);
        check_int(end.port, 3868);
    }
}

static void lists_become_socket_addresses(void)
{
    static const struct {
        const char *list;
        int n;
        uint16_t families[3];
    } rows[] = {
        { NULL, 0, { 0 } },
        { "192.0.2.1", 1, { AF_INET } },
        { "192.0.2.1,2001:db8::1,192.0.2.2", 3, { AF_INET, AF_INET6, AF_INET } },
        { "", DIA_EFORMAT, { 0 } },
        { "192.0.2.1,", DIA_EFORMAT, { 0 } },
        { "192.0.2.1, 192.0.2.2", DIA_EFORMAT, { 0 } },
        { "192.0.2.1,localhost", DIA_EFORMAT, { 0 } },
        { "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4", DIA_ESPACE, { 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockaddr_storage addresses[3];
        dia_endpoint end;
        harness_row(rows[i].list);
        need_int(dia_sockaddrs_of(rows[i].list, 3868, addresses, 3), rows[i].n);
        for (int k = 0; k < rows[i].n; k++) {
            need_int(addresses[k].ss_family, rows[i].families[k]);
            need(dia_sockaddr_size(&addresses[k]) >= sizeof(struct sockaddr_in));
            dia_endpoint_of(&addresses[k], &end);
            need_int(end.port, 3868);
        }
    }
done:
    harness_row(NULL);
}

static void other_families_have_no_endpoint(void)
{
    const struct sockaddr_storage address = { .ss_family = AF_UNIX };
    dia_endpoint end = { .port = 7 };
    dia_endpoint_of(&address, &end);
    check(!end.address.value.p);
    check_int(end.port, 0);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "literals_become_socket_addresses_and_endpoints", literals_become_socket_addresses_and_endpoints },
        { "lists_become_socket_addresses", lists_become_socket_addresses },
        { "other_families_have_no_endpoint", other_families_have_no_endpoint },
    };
    return HARNESS_RUN("loop/address", tests);
}

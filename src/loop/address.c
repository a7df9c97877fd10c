/* Socket addresses: to and from endpoints of the node. */
#include "loop/loop.h"

#include <netinet/in.h>

/* Only literals; names are looked up elsewhere. DIA_EFORMAT. */
int dia_sockaddr_of(dia_bytes host, uint16_t port, struct sockaddr_storage *out, socklen_t *size)
{
    uint8_t ip[16];
    const int n = dia_ip_parse(host, ip);
    memset(out, 0, sizeof *out);
    if (n == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, ip, 4);
        *size = sizeof *in;
        return 0;
    }
    if (n != 16)
        return DIA_EFORMAT;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    memcpy(&in6->sin6_addr, ip, 16);
    *size = sizeof *in6;
    return 0;
}

int dia_sockaddrs_of(const char *list, uint16_t port, struct sockaddr_storage *out, size_t max)
{
    size_t n = 0;
    socklen_t size;
    for (const char *p = list; p; n++) {
        const char *comma = strchr(p, ',');
        const dia_bytes host = { (const uint8_t *)p, comma ? (size_t)(comma - p) : strlen(p) };
        if (n == max)
            return DIA_ESPACE;
        if (dia_sockaddr_of(host, port, &out[n], &size))
            return DIA_EFORMAT;
        p = comma ? comma + 1 : NULL;
    }
    return (int)n;
}

socklen_t dia_sockaddr_size(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* The octets of the address stay where they are: the endpoint is a view. */
void dia_endpoint_of(const struct sockaddr_storage *address, dia_endpoint *out)
{
    *out = (dia_endpoint){ 0 };
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        out->address = (dia_address){ DIA_FAMILY_IPV4, { (const uint8_t *)&in->sin_addr, 4 } };
        out->port = ntohs(in->sin_port);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        out->address = (dia_address){ DIA_FAMILY_IPV6, { (const uint8_t *)&in6->sin6_addr, 16 } };
        out->port = ntohs(in6->sin6_port);
    }
}

/* Captures: pcap and pcapng files through libpcap, down to TCP segments, SCTP packets and exported messages. */
#include "capture.h"

#include "octets.h"
#include "sctp.h"

#include <string.h>

bool cli_capture_looks_like(const uint8_t *p, size_t n)
{
    static const uint8_t magics[][4] = {
        { 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 }, /* pcap, microseconds */
        { 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 }, /* pcap, nanoseconds */
        { 0xa1, 0xb2, 0xcd, 0x34 }, { 0x34, 0xcd, 0xb2, 0xa1 }, /* pcap, modified */
        { 0x0a, 0x0d, 0x0d, 0x0a },                             /* pcapng */
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (n >= 4 && memcmp(p, magics[i], 4) == 0)
            return true;
    return false;
}

#ifndef CLI_HAVE_PCAP

int cli_capture_read(FILE *file, const char *name, const cli_ports *ports, const cli_sink *sink, char *why,
                     size_t why_size)
{
    (void)name, (void)ports, (void)sink;
    fclose(file);
    snprintf(why, why_size, "this build reads no captures: libpcap was left out");
    return -1;
}

#else

#include <pcap/pcap.h>

enum {
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_SCTP = 132,
    PORT_SCTP_IN_UDP = 9899, /* RFC 6951 */
};

/* One packet on its way down: what is left of it, and what the network said its length is. */
typedef struct packet {
    dia_bytes rest; /* captured */
    size_t length;  /* on the wire, from rest.p on */
    cli_place place;
} packet;

typedef struct capture {
    cli_tcp *tcp;
    cli_sctp *sctp;
    const cli_sink *sink;
    uint64_t ip_fragments;
} capture;

/* Takes n octets off the front. */
static bool strip(packet *p, size_t n)
{
    if (p->rest.n < n || p->length < n)
        return false;
    p->rest.p += n;
    p->rest.n -= n;
    p->length -= n;
    return true;
}

/* What lies behind the end of the IP packet is padding of the link. */
static void clip(packet *p, size_t length)
{
    p->length = length;
    if (p->rest.n > length)
        p->rest.n = length;
}

/* ---- Transport ---- */

static void read_tcp(capture *c, packet *p)
{
    enum { FIN = 1, SYN = 2, RST = 4 };
    if (p->rest.n < 20)
        return;
    const uint8_t *h = p->rest.p;
    const size_t header = (size_t)(h[12] >> 4) * 4;
    cli_segment seg = { .sequence = cli_be32(h + 4), .syn = h[13] & SYN, .fin = h[13] & FIN, .rst = h[13] & RST };
    p->place.from.port = cli_be16(h);
    p->place.to.port = cli_be16(h + 2);
    p->place.transport = "tcp";
    if (header < 20 || p->length < header)
        return;
    const size_t data = p->length - header;
    if (strip(p, header))
        seg.data = p->rest;
    seg.missing = data - seg.data.n;
    seg.place = p->place;
    cli_tcp_input(c->tcp, &seg);
}

static void read_sctp(capture *c, packet *p)
{
    cli_sctp_input(c->sctp, p->rest, &p->place);
}

static void read_udp(capture *c, packet *p)
{
    if (p->rest.n < 8)
        return;
    const bool encapsulates = cli_be16(p->rest.p) == PORT_SCTP_IN_UDP || cli_be16(p->rest.p + 2) == PORT_SCTP_IN_UDP;
    if (encapsulates && strip(p, 8))
        read_sctp(c, p);
}

static void read_transport(capture *c, packet *p, unsigned protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP: read_tcp(c, p); return;
    case PROTOCOL_SCTP: read_sctp(c, p); return;
    case PROTOCOL_UDP: read_udp(c, p); return;
    }
}

/* ---- Network ---- */

static void set_end(cli_end *end, uint16_t family, const uint8_t *address, size_t n)
{
    end->family = family;
    memcpy(end->address, address, n);
}

static void read_ipv4(capture *c, packet *p)
{
    if (p->rest.n < 20)
        return;
    const uint8_t *h = p->rest.p;
    const size_t header = (size_t)(h[0] & 15) * 4, total = cli_be16(h + 2);
    const unsigned protocol = h[9];
    const bool fragment = cli_be16(h + 6) & 0x3fff; /* MF, or an offset */
    set_end(&p->place.from, DIA_FAMILY_IPV4, h + 12, 4);
    set_end(&p->place.to, DIA_FAMILY_IPV4, h + 16, 4);
    if (total >= header) /* 0: left to the network card */
        clip(p, total);
    if (header < 20 || !strip(p, header))
        return;
    if (fragment)
        c->ip_fragments += protocol == PROTOCOL_TCP || protocol == PROTOCOL_SCTP;
    else
        read_transport(c, p, protocol);
}

static void read_ipv6(capture *c, packet *p)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
    if (p->rest.n < 40)
        return;
    const uint8_t *h = p->rest.p;
    const size_t payload = cli_be16(h + 4);
    unsigned next = h[6];
    set_end(&p->place.from, DIA_FAMILY_IPV6, h + 8, 16);
    set_end(&p->place.to, DIA_FAMILY_IPV6, h + 24, 16);
    if (payload) /* 0: a jumbogram, or left to the network card */
        clip(p, 40 + payload);
    if (!strip(p, 40))
        return;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION || next == FRAGMENT) {
        if (p->rest.n < 8)
            return;
        if (next == FRAGMENT && (cli_be16(p->rest.p + 2) & 0xfff9)) {
            c->ip_fragments += p->rest.p[0] == PROTOCOL_TCP || p->rest.p[0] == PROTOCOL_SCTP;
            return;
        }
        const size_t n = next == FRAGMENT ? 8 : ((size_t)p->rest.p[1] + 1) * 8;
        next = p->rest.p[0];
        if (!strip(p, n))
            return;
    }
    read_transport(c, p, next);
}

static void read_ip(capture *c, packet *p)
{
    if (p->rest.n == 0)
        return;
    if (p->rest.p[0] >> 4 == 4)
        read_ipv4(c, p);
    else if (p->rest.p[0] >> 4 == 6)
        read_ipv6(c, p);
}

/* ---- Link ---- */

/* An EtherType and what follows it: IP below any number of VLAN tags and MPLS labels. */
static void read_ethertype(capture *c, packet *p, unsigned type)
{
    enum {
        IPV4 = 0x0800,
        IPV6 = 0x86dd,
        VLAN = 0x8100,
        QINQ = 0x88a8,
        OLD_QINQ = 0x9100,
        MPLS = 0x8847,
        PPPOE = 0x8864
    };
    while (type == VLAN || type == QINQ || type == OLD_QINQ) {
        if (p->rest.n < 4)
            return;
        type = cli_be16(p->rest.p + 2);
        if (!strip(p, 4))
            return;
    }
    if (type == MPLS) {
        bool bottom = false;
        while (!bottom) {
            if (p->rest.n < 4)
                return;
            bottom = p->rest.p[2] & 1;
            if (!strip(p, 4))
                return;
        }
        type = IPV4; /* or IPV6: read_ip() looks */
    }
    if (type == PPPOE && !strip(p, 8))
        return;
    if (type == IPV4 || type == IPV6 || type == PPPOE)
        read_ip(c, p);
}

static void read_ethernet(capture *c, packet *p)
{
    if (p->rest.n < 14)
        return;
    const unsigned type = cli_be16(p->rest.p + 12);
    if (strip(p, 14))
        read_ethertype(c, p, type);
}

static void read_loopback(capture *c, packet *p)
{
    if (strip(p, 4)) /* the address family, in whose order ever */
        read_ip(c, p);
}

static void read_sll(capture *c, packet *p)
{
    if (p->rest.n < 16)
        return;
    const unsigned type = cli_be16(p->rest.p + 14);
    if (strip(p, 16))
        read_ethertype(c, p, type);
}

static void read_sll2(capture *c, packet *p)
{
    if (p->rest.n < 20)
        return;
    const unsigned type = cli_be16(p->rest.p);
    if (strip(p, 20))
        read_ethertype(c, p, type);
}

/* Wireshark's exported packets: tags of 16 bits, length of 16 bits and a value; then what the dissector gets. */
static void read_exported(capture *c, packet *p)
{
    enum {
        END = 0,
        DISSECTOR = 12,
        IPV4_FROM = 20,
        IPV4_TO = 21,
        IPV6_FROM = 22,
        IPV6_TO = 23,
        PORT_FROM = 25,
        PORT_TO = 26
    };
    bool diameter = false;
    for (;;) {
        if (p->rest.n < 4)
            return;
        const unsigned tag = cli_be16(p->rest.p);
        const size_t n = cli_be16(p->rest.p + 2);
        if (!strip(p, 4))
            return;
        if (tag == END)
            break;
        const uint8_t *value = p->rest.p;
        if (!strip(p, n))
            return;
        cli_place *at = &p->place;
        if (tag == DISSECTOR)
            diameter = n >= 8 && memcmp(value, "diameter", 8) == 0;
        else if ((tag == IPV4_FROM || tag == IPV4_TO) && n == 4)
            set_end(tag == IPV4_FROM ? &at->from : &at->to, DIA_FAMILY_IPV4, value, 4);
        else if ((tag == IPV6_FROM || tag == IPV6_TO) && n == 16)
            set_end(tag == IPV6_FROM ? &at->from : &at->to, DIA_FAMILY_IPV6, value, 16);
        else if ((tag == PORT_FROM || tag == PORT_TO) && n == 4)
            *(tag == PORT_FROM ? &at->from.port : &at->to.port) = (uint16_t)cli_be32(value);
    }
    if (!diameter)
        return;
    cli_stream stream;
    cli_stream_init(&stream, c->sink);
    cli_stream_input(&stream, p->rest, &p->place);
    cli_stream_hole(&stream, p->length - p->rest.n, "the capture holds packets cut short (snap length)", &p->place);
    cli_stream_end(&stream, &p->place);
    cli_stream_done(&stream);
}

/* Link types, by the numbers that libpcap gives them when it reads a file. */
static const struct link {
    int type;
    void (*read)(capture *c, packet *p);
} links[] = {
    { DLT_EN10MB, read_ethernet }, { DLT_NULL, read_loopback },   { DLT_LOOP, read_loopback },
    { DLT_RAW, read_ip },          { DLT_IPV4, read_ip },         { DLT_IPV6, read_ip },
    { DLT_LINUX_SLL, read_sll },   { DLT_LINUX_SLL2, read_sll2 }, { DLT_WIRESHARK_UPPER_PDU, read_exported },
};

static const struct link *link_of(int type)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].type == type)
            return &links[i];
    return NULL;
}

static int read_packets(capture *c, pcap_t *pcap, const char *name, const struct link *link)
{
    struct pcap_pkthdr *header;
    const u_char *octets;
    int got;
    for (uint64_t number = 1; (got = pcap_next_ex(pcap, &header, &octets)) == 1; number++) {
        packet p = {
            .rest = { octets, header->caplen },
            .length = header->len > header->caplen ? header->len : header->caplen,
            .place = { .file = name,
                       .packet = number,
                       .seconds = header->ts.tv_sec,
                       .micros = (uint32_t)header->ts.tv_usec },
        };
        link->read(c, &p);
    }
    return got;
}

int cli_capture_read(FILE *file, const char *name, const cli_ports *ports, const cli_sink *sink, char *why,
                     size_t why_size)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_fopen_offline(file, error);
    if (!pcap) {
        fclose(file);
        snprintf(why, why_size, "%s", error);
        return -1;
    }
    int result = 0;
    const struct link *link = link_of(pcap_datalink(pcap));
    if (!link) {
        const char *what = pcap_datalink_val_to_name(pcap_datalink(pcap));
        snprintf(why, why_size, "packets of link type %d (%s) cannot be read", pcap_datalink(pcap), what ? what : "?");
        pcap_close(pcap);
        return -1;
    }
    capture c = { .tcp = cli_tcp_new(sink, ports), .sctp = cli_sctp_new(sink, ports), .sink = sink };
    if (read_packets(&c, pcap, name, link) == PCAP_ERROR) {
        snprintf(why, why_size, "%s", pcap_geterr(pcap));
        result = -1;
    }
    cli_tcp_free(c.tcp);
    cli_sctp_free(c.sctp);
    if (c.ip_fragments) {
        char text[96];
        snprintf(text, sizeof text, "%llu IP fragments were passed over", (unsigned long long)c.ip_fragments);
        sink->note(sink->arg, &(cli_place){ .file = name }, text);
    }
    pcap_close(pcap);
    return result;
}

#endif

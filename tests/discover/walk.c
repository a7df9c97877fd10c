/* The search: zones, and what is found in them, in order. */
#include "zone.h"

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 24 };

typedef struct row {
    const char *name;
    const char *realm; /* NULL: example.com */
    uint32_t application, via;
    zone_record zone[ROWS];
    zone_lie lie;
    const char *found; /* URIs in order, each with a blank behind it; '!' marks foreign ones */
    uint32_t ttl_s;
    const char *why; /* that it begins with; NULL: something was found */
    bool denied;
    const char *note; /* that is among the notes */
} row;

/* A host with one address. */
#define HOST(name, ttl)                                                                                                \
    {                                                                                                                  \
        name, "A", ttl, "192.0.2.1"                                                                                    \
    }

/* clang-format off */
static const row rows[] = {
    /* RFC 6733, appendix B: B5.2-02 */
    { "appendix B, ex1", "ex1.example.com", 0, 0,
      { { "ex1.example.com", "NAPTR", 300, "50 50 s aaa:diameter.tls.tcp - _diameter._tls.ex1.example.com" },
        { "ex1.example.com", "NAPTR", 300, "100 50 s aaa:diameter.tcp - _aaa._tcp.ex1.example.com" },
        { "ex1.example.com", "NAPTR", 300, "150 50 s aaa:diameter.sctp - _diameter._sctp.ex1.example.com" },
        { "_diameter._tls.ex1.example.com", "SRV", 200, "0 1 5060 server1.ex1.example.com" },
        { "_diameter._tls.ex1.example.com", "SRV", 200, "0 2 5060 server2.ex1.example.com" },
        { "_aaa._tcp.ex1.example.com", "SRV", 200, "0 1 3868 server1.ex1.example.com" },
        { "_diameter._sctp.ex1.example.com", "SRV", 200, "0 1 3868 server2.ex1.example.com" },
        HOST("server1.ex1.example.com", 100), HOST("server2.ex1.example.com", 150) },
      { 0 },
      /* B2.1-06: the ports of SRV */
      "aaas://server1.ex1.example.com:5060 aaas://server2.ex1.example.com:5060 aaa://server1.ex1.example.com:3868 "
      "aaa://server2.ex1.example.com:3868;transport=sctp ", 100, NULL, false, NULL },
    { "appendix B, ex2", "ex2.example.com", 0, 0,
      { { "ex2.example.com", "NAPTR", 300, "150 50 a aaa:diameter.tls.tcp - server1.ex2.example.com" },
        { "ex2.example.com", "NAPTR", 300, "150 50 a aaa:diameter.tls.tcp - server2.ex2.example.com" },
        HOST("server1.ex2.example.com", 400), { "server2.ex2.example.com", "AAAA", 500, "2001:db8::2" } },
      { 0 }, "aaas://server1.ex2.example.com aaas://server2.ex2.example.com ", 300, NULL, false, NULL },
    /* RFC 6408, 5.1 */
    { "the application that is looked for", NULL, 4, 0,
      { { "example.com", "NAPTR", 300, "50 50 s aaa:diameter.sctp - _all._sctp.example.com" },
        { "example.com", "NAPTR", 300, "50 50 s aaa+ap1:diameter.sctp - _ap1._sctp.example.com" },
        { "example.com", "NAPTR", 300, "50 40 s AAA+AP4:Diameter.SCTP - _ap4._sctp.example.com" },
        { "_all._sctp.example.com", "SRV", 200, "0 1 3868 all.example.com" },
        { "_ap1._sctp.example.com", "SRV", 200, "0 1 3868 one.example.com" },
        { "_ap4._sctp.example.com", "SRV", 200, "0 1 3868 four.example.com" },
        HOST("all.example.com", 900), HOST("one.example.com", 900), HOST("four.example.com", 900) },
      { 0 }, "aaa://four.example.com:3868;transport=sctp aaa://all.example.com:3868;transport=sctp ", 200, NULL, false,
      "NAPTR 50 50 \"s\" \"aaa+ap1:diameter.sctp\" _ap1._sctp.example.com is for another application" },
    { "another application is nothing, and what names none does not count beside it", NULL, 5, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa:diameter.tcp - a.example.com" },
        { "example.com", "NAPTR", 300, "50 50 a aaa+ap4:diameter.tcp - a.example.com" }, HOST("a.example.com", 60) },
      { 0 }, "", 300, "example.com has peers of other applications alone", true, NULL },
    { "relays take any application", NULL, 5, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa+ap4294967295:diameter.tcp - a.example.com" },
        HOST("a.example.com", 60) },
      { 0 }, "aaa://a.example.com ", 60, NULL, false, NULL },
    { "an application too large is none", NULL, 5, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa+ap4294967301:diameter.tcp - a.example.com" },
        HOST("a.example.com", 60) },
      { 0 }, "", 77, "the DNS has neither", true, "is not for Diameter" },
    /* RFC 6408, 5, steps c and e */
    { "no transport is any, in the order of RFC 6733, 2.1", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa - a.example.com" }, HOST("a.example.com", 60) },
      { 0 }, "aaas://a.example.com aaas://a.example.com;transport=sctp aaa://a.example.com "
      "aaa://a.example.com;transport=sctp ", 60, NULL, false, NULL },
    { "several transports in one record, in whatever order", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa:diameter.sctp:x-mine:diameter.tcp:diameter.tls.tcp - a.example.com" },
        HOST("a.example.com", 60) },
      { 0 }, "aaas://a.example.com aaa://a.example.com aaa://a.example.com;transport=sctp ", 60, NULL, false, NULL },
    { "both names of DTLS", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "50 50 a aaa:diameter.dtls - a.example.com" },
        { "example.com", "NAPTR", 300, "50 60 a aaa:diameter.dtls.sctp - b.example.com" },
        HOST("a.example.com", 60), HOST("b.example.com", 60) },
      { 0 }, "aaas://a.example.com;transport=sctp aaas://b.example.com;transport=sctp ", 60, NULL, false, NULL },
    { "order before preference", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "20 1 a aaa:diameter.tcp - c.example.com" },
        { "example.com", "NAPTR", 300, "10 9 a aaa:diameter.tcp - b.example.com" },
        { "example.com", "NAPTR", 300, "10 8 a aaa:diameter.tcp - a.example.com" },
        HOST("a.example.com", 60), HOST("b.example.com", 60), HOST("c.example.com", 60) },
      { 0 }, "aaa://a.example.com aaa://b.example.com aaa://c.example.com ", 60, NULL, false, NULL },
    { "one transport to all its ends before another (RFC 3958)", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "10 1 a aaa:diameter.sctp - a.example.com" },
        { "example.com", "NAPTR", 300, "20 1 a aaa:diameter.tcp - b.example.com" },
        { "example.com", "NAPTR", 300, "30 1 a aaa:diameter.sctp - c.example.com" },
        HOST("a.example.com", 60), HOST("b.example.com", 60), HOST("c.example.com", 60) },
      { 0 }, "aaa://a.example.com;transport=sctp aaa://c.example.com;transport=sctp aaa://b.example.com ", 60, NULL,
      false, NULL },
    { "only what is of use", NULL, 0, DIA_VIA_TLS | DIA_VIA_TCP,
      { { "example.com", "NAPTR", 300, "10 1 a aaa:diameter.sctp - a.example.com" },
        { "example.com", "NAPTR", 300, "20 1 a aaa - b.example.com" }, HOST("a.example.com", 60),
        HOST("b.example.com", 60) },
      { 0 }, "aaas://b.example.com aaa://b.example.com ", 60, NULL, false, "names no transport that is of use" },
    { "records lead to records", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "10 1 - aaa:diameter.tcp:diameter.tls.tcp - more.example.com" },
        { "more.example.com", "NAPTR", 250, "10 1 a aaa:diameter.sctp:diameter.tcp - a.example.com" },
        { "more.example.com", "NAPTR", 250, "10 1 a aaa:diameter.sctp - b.example.com" },
        HOST("a.example.com", 260), HOST("b.example.com", 60) },
      { 0 }, "aaa://a.example.com ", 250, NULL, false, "offers no transport of the record that led to it" },
    { "records lead in circles", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "10 1 - aaa:diameter.tcp - more.example.com" },
        { "more.example.com", "NAPTR", 250, "10 1 - aaa:diameter.tcp - example.com" } },
      { 0 }, "", 250, "none of the records of example.com leads to a peer", true, "5 times already" },
    { "a record leads to itself", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "10 1 - aaa:diameter.tcp - example.com" },
        { "example.com", "NAPTR", 300, "20 1 a aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 9) },
      { 0 }, "aaa://a.example.com ", 9, NULL, false, NULL },
    { "what is no S-NAPTR is passed over", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 u E2U+sip !^.*$!sip:x@example.com! ." },
        { "example.com", "NAPTR", 300, "1 1 s SIP+D2T - _sip._tcp.example.com" },
        { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp !a!b! a.example.com" },
        { "example.com", "NAPTR", 300, "3 1 sa aaa:diameter.tcp - a.example.com" },
        { "example.com", "NAPTR", 300, "3 1 p aaa:diameter.tcp - a.example.com" },
        { "example.com", "NAPTR", 300, "4 1 a aaa:diameter.tcp - ." },
        { "example.com", "NAPTR", 300, "5 1 A aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 9) },
      { 0 }, "aaa://a.example.com ", 9, NULL, false, "NAPTR 4 1 \"a\" \"aaa:diameter.tcp\" . leads nowhere" },
    /* B5.2-04, B5.2-02 */
    { "records of others alone: SRV", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 s SIP+D2T - _sip._tcp.example.com" },
        { "_diameter._tcp.example.com", "SRV", 200, "0 1 3868 a.example.com" }, HOST("a.example.com", 90) },
      { 0 }, "aaa://a.example.com:3868 ", 90, NULL, false, NULL },
    { "no NAPTR: SRV, in the order of RFC 6733, 2.1", NULL, 4, 0,
      { { "_diameter._tcp.example.com", "SRV", 200, "0 1 1003 a.example.com" },
        { "_diameter._sctp.example.com", "SRV", 200, "0 1 1004 a.example.com" },
        { "_diameters._sctp.example.com", "SRV", 200, "0 1 1002 a.example.com" },
        { "_diameters._tcp.example.com", "SRV", 200, "0 1 1001 a.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaas://a.example.com:1001 aaas://a.example.com:1002;transport=sctp aaa://a.example.com:1003 "
      "aaa://a.example.com:1004;transport=sctp ", 200, NULL, false, NULL },
    { "a target of '.' is a no", NULL, 0, 0,
      { { "_diameter._tcp.example.com", "SRV", 200, "0 0 0 ." },
        { "_diameters._tcp.example.com", "SRV", 200, "0 0 5868 a.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaas://a.example.com:5868 ", 200, NULL, false, "says that there is no such service" },
    { "priorities", NULL, 0, 0,
      { { "_diameter._tcp.example.com", "SRV", 200, "9 9 3 c.example.com" },
        { "_diameter._tcp.example.com", "SRV", 200, "1 9 1 a.example.com" },
        { "_diameter._tcp.example.com", "SRV", 200, "5 9 0 zero.example.com" },
        { "_diameter._tcp.example.com", "SRV", 200, "5 9 2 b.example.com" }, HOST("a.example.com", 250),
        HOST("b.example.com", 250), HOST("c.example.com", 250), HOST("zero.example.com", 3) },
      { 0 }, "aaa://a.example.com:1 aaa://b.example.com:2 aaa://c.example.com:3 ", 200, NULL, false, "has port 0" },
    { "no records at all", NULL, 0, 0, { HOST("example.com", 60) }, { 0 }, "", 77,
      "the DNS has neither NAPTR nor SRV records for peers of example.com", true, NULL },
    { "no such domain", NULL, 0, 0, { HOST("example.net", 60) }, { 0 }, "", 77, "there is no domain example.com", true,
      NULL },
    { "no SRV behind NAPTR", NULL, 0, 0,
      { { "example.com", "NAPTR", 30, "1 1 s aaa:diameter.tcp - _gone._tcp.example.com" } },
      { 0 }, "", 30, "none of the records of example.com leads to a peer", true,
      "_gone._tcp.example.com has no SRV records: there is no such domain" },
    { "a host without addresses is passed over", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 a aaa:diameter.tcp - gone.example.com" },
        { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaa://a.example.com ", 250, NULL, false, "gone.example.com has no addresses" },
    { "hosts without addresses alone", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 a aaa:diameter.tcp - gone.example.com" } },
      { 0 }, "", 77, "none of the records", true, NULL },
    /* B5.2-03 */
    { "out of the domain, by NAPTR and by SRV", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 a aaa:diameter.tcp - a.example.net" },
        { "example.com", "NAPTR", 300, "2 1 s aaa:diameter.tcp - _x.badexample.com" },
        { "example.com", "NAPTR", 300, "3 1 s aaa:diameter.tcp - _y.example.com" },
        { "_x.badexample.com", "SRV", 300, "1 1 1 b.example.com" },
        { "_y.example.com", "SRV", 300, "1 1 2 c.example.net" }, { "_y.example.com", "SRV", 300, "2 1 2 d.EXAMPLE.com" },
        HOST("a.example.net", 250), HOST("b.example.com", 250), HOST("c.example.net", 250), HOST("d.example.com", 250) },
      { 0 }, "!aaa://a.example.net !aaa://b.example.com:1 !aaa://c.example.net:2 aaa://d.EXAMPLE.com:2 ", 250, NULL,
      false, NULL },
    { "the same way twice is one", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 a aaa:diameter.tcp - a.example.com" },
        { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - A.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaa://a.example.com ", 250, NULL, false, NULL },
    { "aliases", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 s aaa:diameter.tcp - _d.example.com" },
        { "_d.example.com", "CNAME", 40, "_e.example.com" }, { "_e.example.com", "CNAME", 50, "_f.example.com" },
        { "_f.example.com", "SRV", 300, "1 1 1 a.example.com" }, { "a.example.com", "CNAME", 60, "b.example.com" },
        HOST("b.example.com", 250) },
      { 0 }, "aaa://a.example.com:1 ", 40, NULL, false, NULL },
    { "an alias that leads to another server", NULL, 0, 0,
      { { "example.com", "CNAME", 4444, "else.example.com" },
        { "else.example.com", "NAPTR", 300, "1 1 a aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaa://a.example.com ", 250, NULL, false, NULL },
    { "aliases go around", NULL, 0, 0,
      { { "example.com", "CNAME", 30, "a.example.com" }, { "a.example.com", "CNAME", 30, "example.com" } },
      { 0 }, "", 0, "NAPTR of example.com: the aliases (CNAME) in the answer go around in circles", false, NULL },
    { "aliases go around beside the name", NULL, 0, 0,
      { { "example.com", "CNAME", 30, "a.example.com" }, { "a.example.com", "CNAME", 30, "b.example.com" },
        { "b.example.com", "CNAME", 30, "a.example.com" } },
      { 0 }, "", 0, "NAPTR of example.com: the aliases (CNAME) in the answer go around in circles", false, NULL },
    { "aliases go around from server to server", NULL, 0, 0,
      { { "example.com", "CNAME", 4444, "a.example.com" }, { "a.example.com", "CNAME", 4444, "b.example.com" },
        { "b.example.com", "CNAME", 4444, "a.example.com" } },
      { 0 }, "", 0, "NAPTR of example.com: its aliases (CNAME) lead on without end", false, NULL },
    { "an alias of nothing", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 s aaa:diameter.tcp - _d.example.com" },
        { "_d.example.com", "CNAME", 40, "nothing.example.com" } },
      { 0 }, "", 0, "none of the records", true, "_d.example.com has no SRV records" },
    { "a TTL with its highest bit is 0", NULL, 0, 0,
      { { "example.com", "NAPTR", 0x80000001, "1 1 a aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 250) },
      { 0 }, "aaa://a.example.com ", 0, NULL, false, NULL },
    /* What servers do wrong. */
    { "failed", NULL, 0, 0, { HOST("example.com", 60) }, { .code = 2 }, "", 0,
      "NAPTR of example.com: the name server failed (SERVFAIL)", false, NULL },
    { "refused", NULL, 0, 0, { HOST("example.com", 60) }, { .code = 5 }, "", 0,
      "NAPTR of example.com: the name server refused (REFUSED)", false, NULL },
    { "silent", NULL, 0, 0, { HOST("example.com", 60) }, { .silent = true }, "", 0,
      "NAPTR of example.com: nobody answered", false, NULL },
    { "silent about one of two", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "1 1 s aaa:diameter.tls.tcp - _d.example.com" },
        { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" }, HOST("a.example.com", 250) },
      { .name = "_d.example.com", .silent = true }, "aaa://a.example.com ", 250, NULL, false,
      "SRV of _d.example.com: nobody answered" },
    { "silent about the addresses", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } },
      { .name = "a.example.com", .silent = true }, "", 0, "A of a.example.com: nobody answered", false,
      "a.example.com was passed over: A: nobody answered" },
    { "a question", NULL, 0, 0, { HOST("example.com", 60) }, { .flags = 0x8000 }, "", 0,
      "NAPTR of example.com: what came is no answer", false, NULL },
    { "an answer to something else", NULL, 0, 0, { HOST("example.com", 60) }, { .other_question = true }, "", 0,
      "NAPTR of example.com: the answer is one to another question", false, NULL },
    { "cut short, and said so", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } }, { .flags = 0x0200 }, "", 0,
      "NAPTR of example.com: the answer is cut short (TC), also over TCP", false, NULL },
    { "cut short", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } }, { .cut = 1 }, "", 0,
      "NAPTR of example.com: the answer ends before its records", false, NULL },
    { "counts that lie", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } }, { .counts = 3 }, "", 0,
      "NAPTR of example.com: the answer ends before its records", false, NULL },
    { "another class", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } }, { .class_ = 3 }, "", 0,
      "the DNS has neither", true, NULL },
    { "a lame delegation", NULL, 0, 0, { HOST("example.com", 60) }, { .ns = true }, "", 0,
      "NAPTR of example.com: the name server does not know, and does not ask others (a lame delegation)", false, NULL },
    { "nothing, and nothing said of how long", NULL, 0, 0, { HOST("example.com", 60) }, { .no_soa = true }, "", 0,
      "the DNS has neither", true, NULL },
    { "no such domain, with records", NULL, 0, 0,
      { { "example.com", "NAPTR", 300, "2 1 a aaa:diameter.tcp - a.example.com" } }, { .code = 3 }, "", 0,
      "there is no domain", true, NULL },
};
/* clang-format on */

/* Asks until it is done; the last question first, so that the order of answers is not that of questions. */
static void drive(dia_discovery *d, const zone_record *zone, const zone_lie *lie, uint8_t *message)
{
    dia_dns_question waiting[256], q;
    size_t n_zone = 0, n = 0;
    while (n_zone < ROWS && zone[n_zone].name)
        n_zone++;
    while (!dia_discovery_is_done(d)) {
        while (n < 256 && dia_discovery_ask(d, &q))
            waiting[n++] = q;
        if (!n)
            break;
        q = waiting[--n];
        const size_t size = zone_answer(zone, n_zone, lie, q.name, q.type, message);
        if (size)
            dia_discovery_answer(d, q.ticket, (dia_bytes){ message, size });
        else
            dia_discovery_failed(d, q.ticket, "nobody answered");
    }
}

static const char *texts(const dia_findings *f, char *to)
{
    size_t at = 0;
    to[0] = 0;
    for (size_t i = 0; i < f->n; i++)
        at += (size_t)sprintf(to + at, "%s%s ", f->found[i].foreign ? "!" : "", f->found[i].text);
    return to;
}

static void check_row(const row *r, uint8_t *message)
{
    char text[8192];
    dia_discovery *d = NULL;
    harness_row(r->name);
    need_int(dia_discovery_new(&(dia_discovery_config){ .realm = r->realm ? r->realm : "example.com",
                                                        .application = r->application,
                                                        .via = r->via,
                                                        .alloc = harness_allocator() },
                               &d),
             0);
    drive(d, r->zone, &r->lie, message);
    const dia_findings *f = dia_discovery_findings(d);
    need(f != NULL);
    check_str(texts(f, text), r->found);
    check_int(f->ttl_s, r->ttl_s);
    check_int(f->denied, r->denied);
    if (!r->why) {
        check(f->why == NULL);
    } else {
        need(f->why != NULL);
        snprintf(text, strlen(r->why) + 1, "%s", f->why);
        check_str(text, r->why);
    }
    bool noted = !r->note;
    for (size_t i = 0; i < f->n_notes; i++)
        noted = noted || strstr(f->notes[i], r->note);
    check(noted);
    for (size_t i = 0; i < f->n; i++) {
        dia_uri uri;
        check_int(dia_uri_parse(dia_cstr(f->found[i].text), &uri), 0);
        check_int(uri.port, f->found[i].uri.port);
        check(f->found[i].n_addresses > 0);
    }
done:
    dia_discovery_free(d);
}

static void zones_give_what_they_have_in_order(void)
{
    uint8_t *message = malloc(ZONE_MESSAGE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], message);
    free(message);
}

/* One row, with each of its allocations failing; the table above is too long for that. */
static void memory_that_is_missing_is_no_answer(void)
{
    static uint8_t message[ZONE_MESSAGE];
    dia_discovery *d = NULL;
    need_int(dia_discovery_new(&(dia_discovery_config){ .realm = "ex1.example.com", .alloc = harness_allocator() }, &d),
             0);
    drive(d, rows[0].zone, &rows[0].lie, message);
    const dia_findings *f = dia_discovery_findings(d);
    check(f != NULL);
    if (harness_injected()) {
        check_int(f->n, 0);
        check(!f->denied);
        check_str(f->why, "out of memory");
    } else {
        check_int(f->n, 4);
    }
done:
    dia_discovery_free(d);
}

static void what_was_found_says_how(void)
{
    static uint8_t message[ZONE_MESSAGE];
    dia_discovery *d = NULL;
    need_int(dia_discovery_new(&(dia_discovery_config){ .realm = "ex1.example.com", .alloc = harness_allocator() }, &d),
             0);
    harness_spare();
    drive(d, rows[0].zone, &rows[0].lie, message);
    const dia_findings *f = dia_discovery_findings(d);
    need_int(f->n, 4);
    check_str(f->found[0].how, "NAPTR 50 50 s aaa:diameter.tls.tcp -> SRV 0 1");
    check_str(f->found[3].how, "NAPTR 150 50 s aaa:diameter.sctp -> SRV 0 1");
    check_int(f->found[1].ttl_s, 150);
    check_int(f->questions, 8);
done:
    dia_discovery_free(d);
}

static void realms_that_are_none_are_refused(void)
{
    char long_realm[260];
    memset(long_realm, 'a', sizeof long_realm);
    long_realm[240] = 0;
    static const char *const wrong[] = { NULL, "", "a b", "a..b", ".a", "example.com.", "e\xc3\xa4.com" };
    dia_discovery *d = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_int(dia_discovery_new(&(dia_discovery_config){ .realm = wrong[i] }, &d), DIA_EINVAL);
    check_int(dia_discovery_new(&(dia_discovery_config){ .realm = long_realm }, &d), DIA_EINVAL);
    check(d == NULL);
}

/* Many records, all good: no more is asked, kept and given than config says. */
static void what_is_asked_is_bounded(void)
{
    enum { MANY = 200 };
    static zone_record zone[2 * MANY];
    static char names[MANY][32], datas[MANY][96];
    static uint8_t message[ZONE_MESSAGE];
    dia_discovery *d = NULL;
    dia_dns_question q;
    unsigned asked = 0;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "h%zu.example.com", i);
        snprintf(datas[i], sizeof datas[i], "%zu 1 %s aaa:diameter.tcp - %s", i, i % 2 ? "a" : "s", names[i]);
        zone[2 * i] = (zone_record){ "example.com", "NAPTR", 60, datas[i] };
        zone[2 * i + 1] =
            (zone_record){ names[i], i % 2 ? "A" : "SRV", 60, i % 2 ? "192.0.2.1" : "0 0 1 h1.example.com" };
    }
    need_int(dia_discovery_new(&(dia_discovery_config){ .realm = "example.com", .questions = 20, .found = 6 }, &d), 0);
    while (!dia_discovery_is_done(d)) {
        need(dia_discovery_ask(d, &q));
        asked++;
        const size_t size = zone_answer(zone, 2 * MANY, &(zone_lie){ NULL }, q.name, q.type, message);
        dia_discovery_answer(d, q.ticket, (dia_bytes){ message, size });
    }
    const dia_findings *f = dia_discovery_findings(d);
    check(asked <= 20);
    check_int(f->n, 6); /* h1 in two ways, and the other four of the five whose addresses could be asked for */
    bool said = false;
    for (size_t i = 0; i < f->n_notes; i++)
        said = said || strstr(f->notes[i], "has 200 NAPTR records of use: only 20 are followed");
    check(said);
done:
    dia_discovery_free(d);
}

static void giving_up_ends_it_with_what_there_is(void)
{
    static uint8_t message[ZONE_MESSAGE];
    dia_discovery *d = NULL;
    dia_dns_question q;
    need_int(dia_discovery_new(&(dia_discovery_config){ .realm = "example.com" }, &d), 0);
    check(dia_discovery_findings(d) == NULL);
    need(dia_discovery_ask(d, &q));
    check(!dia_discovery_ask(d, &q));
    dia_discovery_answer(d, 7, (dia_bytes){ message, 12 }); /* nobody asked that */
    check(!dia_discovery_is_done(d));
    dia_discovery_give_up(d, "nobody answered in time");
    const dia_findings *f = dia_discovery_findings(d);
    need(f != NULL);
    check(!f->denied);
    check_str(f->why, "NAPTR of example.com: nobody answered in time");
    dia_discovery_answer(d, 0, (dia_bytes){ message, 12 });
    check(!dia_discovery_ask(d, &q));
done:
    dia_discovery_free(d);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "zones_give_what_they_have_in_order", zones_give_what_they_have_in_order },
        { "memory_that_is_missing_is_no_answer", memory_that_is_missing_is_no_answer },
        { "what_was_found_says_how", what_was_found_says_how },
        { "realms_that_are_none_are_refused", realms_that_are_none_are_refused },
        { "what_is_asked_is_bounded", what_is_asked_is_bounded },
        { "giving_up_ends_it_with_what_there_is", giving_up_ends_it_with_what_there_is },
    };
    return HARNESS_RUN("discover/walk", tests);
}

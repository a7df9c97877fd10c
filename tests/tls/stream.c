/* TLS over a stream: handshakes that succeed and those that must not, octets both ways, the end, and what others try. */
#include "ends.h"

#include <stdlib.h>

#include <openssl/ssl.h>

static void both_open(const char *name, const char *also, size_t piece, dia_tls_config *ours, dia_tls_config *theirs)
{
    struct ends e = { 0 };
    dia_tls *client = ends_tls(ours), *server = ends_tls(theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, name, also), 0);
    ends_pump(&e, piece);
    check_str(dia_tls_stream_why(e.client), "");
    check_str(dia_tls_stream_why(e.server), "");
    need_int(dia_tls_stream_state(e.client), DIA_TLS_OPEN);
    need_int(dia_tls_stream_state(e.server), DIA_TLS_OPEN);
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

/* A server asks, a client shows, both look. */
static void both_ends_know_each_other(void) /* B13.1-01 B13.1-02 B13.1-03 */
{
    struct ends e = { 0 };
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, "b.example.net", NULL), 0);
    check(!dia_tls_stream_security(e.server));
    ends_pump(&e, 0);
    const dia_security *at_server = dia_tls_stream_security(e.server);
    const dia_security *at_client = dia_tls_stream_security(e.client);
    need(at_server && at_client);
    char why[256];
    check_str(at_server->protocol, "TLSv1.3");
    check_str(at_server->cipher, "TLS_AES_128_GCM_SHA256");
    check_str(at_server->subject, "O=Diatom tests,CN=a");
    check_int(at_server->message_max, 0);
    check_int(at_server->warn_s, 30 * 86400);
    check(at_server->expires > 0);
    check(at_server->names(at_server->arg, DIA_STR("a.example.net"), DIA_STR("example.net"), why, sizeof why));
    check(!at_server->names(at_server->arg, DIA_STR("c.example.net"), DIA_STR("example.net"), why, sizeof why));
    check_str(why, "certificate of O=Diatom tests,CN=a (a.example.net) does not name c.example.net");
    check(at_client->names(at_client->arg, DIA_STR("B.EXAMPLE.NET"), DIA_STR("example.net"), why, sizeof why));
    check_str(at_client->subject, "O=Diatom tests,CN=b");
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void versions_and_ciphers_in_common_are_found(void) /* B13.1-05 */
{
    static const struct {
        const char *name;
        dia_tls_version least, most;
        const char *ciphers, *suites, *certificate;
    } rows[] = {
        { "the least", DIA_TLS_DEFAULT, DIA_TLS_DEFAULT, NULL, NULL, "b" },
        { "1.2 alone", DIA_TLS_1_2, DIA_TLS_1_2, NULL, NULL, "b" },
        { "1.3 alone", DIA_TLS_1_3, DIA_TLS_1_3, NULL, NULL, "b" },
        { "1.2 with an RSA key", DIA_TLS_1_2, DIA_TLS_1_2, NULL, NULL, "rsa" },
        { "the suite of RFC 6733", DIA_TLS_1_2, DIA_TLS_1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", NULL, "rsa" },
        { "ChaCha20", DIA_TLS_1_3, DIA_TLS_1_3, NULL, "TLS_CHACHA20_POLY1305_SHA256", "b" },
        { "a key with a passphrase", DIA_TLS_DEFAULT, DIA_TLS_DEFAULT, NULL, NULL, "locked" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        dia_tls_config ours = ends_config("a"), theirs = ends_config(rows[i].certificate);
        ours.ciphers = theirs.ciphers = rows[i].ciphers;
        theirs.suites = rows[i].suites;
        theirs.least = rows[i].least;
        theirs.most = rows[i].most;
        theirs.passphrase = "open sesame";
        both_open("b.example.net", NULL, 0, &ours, &theirs);
        harness_spare();
    }
    harness_row(NULL);
}

static void octets_come_one_by_one(void)
{
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    harness_spare();
    both_open("b.example.net", NULL, 1, &ours, &theirs);
}

/* What each row changes of two ends that would understand each other; what the server and the client say at the end ("": it is open). */
struct wrong {
    const char *name;
    const char *client, *server; /* certificates */
    const char *host, *also;
    const char *client_trust, *server_trust, *client_crl, *server_crl;
    dia_tls_crl crl_of;
    dia_tls_name rule;
    dia_tls_version client_most, server_least;
    const char *client_ciphers, *server_ciphers;
    uint32_t depth;
    const char *client_pin, *server_pin; /* files of pins; then the trust "-" is none */
    const char *at_server, *at_client;
};

static const struct wrong wrongs[] = {
    { "right", "a", "b", "b.example.net", .at_server = "", .at_client = "" },
    { "an address has no name to compare", "a", "wrong", NULL, .at_server = "", .at_client = "" },
    { "name of the host", "a", "wrong", "b.example.net", .at_server = "does not accept our certificate",
      .at_client = "certificate of O=Diatom tests,CN=wrong (a.example.org) does not name b.example.net" },
    { "name of the realm, too", "a", "both", "b.example.net", "example.net",
      .at_server = "does not accept our certificate", .at_client = "does not name example.net" },
    { "both names", "a", "both", "b.example.net", "a.example.net", .at_server = "", .at_client = "" },
    { "the subject is no name", "a", "common", "a.example.net", .at_server = "does not accept our certificate",
      .at_client = "certificate of O=Diatom tests,CN=a.example.net (no dNSName) does not name a.example.net" },
    { "wildcard", "a", "wildcard", "hss1.example.net", .at_server = "", .at_client = "" },
    { "wildcard names one label", "a", "wildcard", "hss1.west.example.net",
      .at_server = "does not accept our certificate", .at_client = "does not name hss1.west.example.net" },
    { "any name", "a", "wrong", "b.example.net", .rule = DIA_TLS_NAME_ANY, .at_server = "", .at_client = "" },
    { "realm of the host", "a", "realm", "b.example.net", .rule = DIA_TLS_NAME_REALM, .at_server = "",
      .at_client = "" },
    { "expired client", "expired", "b", "b.example.net", .at_server = "CN=expired ended on 20",
      .at_client = "the other end does not accept our certificate (alert: certificate expired)" },
    { "expired server", "a", "expired", "b.example.net", .at_server = "(alert: certificate expired)",
      .at_client = "CN=expired ended on 20" },
    { "client not yet", "notyet", "b", "b.example.net", .at_server = "CN=notyet begins on 20",
      .at_client = "does not accept our certificate" },
    { "self-signed client", "selfsigned", "b", "b.example.net",
      .at_server = "certificate of O=Diatom tests,CN=selfsigned is signed by itself, and not believed",
      .at_client = "does not accept our certificate (alert: unknown ca)" },
    { "self-signed server", "a", "selfsigned", "b.example.net", .at_server = "(alert: unknown ca)",
      .at_client = "is signed by itself" },
    { "self-signed, and believed by itself", "a", "selfsigned", "b.example.net", .client_trust = "selfsigned.pem",
      .at_server = "", .at_client = "" },
    { "issuer below the root, believed by itself", "a", "b", "b.example.net", .client_trust = "issuing.pem",
      .at_server = "", .at_client = "" },
    { "client of another root", "other", "b", "b.example.net",
      .at_server = "CN=other has an issuer that is not believed: O=Diatom tests,CN=Somebody else's root",
      .at_client = "(alert: unknown ca)" },
    { "server of another root", "a", "other", "b.example.net", .at_server = "(alert: unknown ca)",
      .at_client = "has an issuer that is not believed" },
    { "without what is between it and the root", "alone", "b", "b.example.net",
      .at_server = "has an issuer that is not believed: O=Diatom tests,CN=Diatom test issuer",
      .at_client = "(alert: unknown ca)" },
    { "revoked client", "revoked", "b", "b.example.net", .server_crl = "crl.pem",
      .at_server = "certificate of O=Diatom tests,CN=revoked was withdrawn (revoked)",
      .at_client = "(alert: certificate revoked)" },
    { "revoked server", "a", "revoked", "b.example.net", .client_crl = "crl.pem",
      .at_server = "(alert: certificate revoked)", .at_client = "was withdrawn" },
    { "not revoked", "a", "b", "b.example.net", .client_crl = "crl.pem", .server_crl = "crl.pem", .at_server = "",
      .at_client = "" },
    { "revoked, and nobody looks", "revoked", "b", "b.example.net", .at_server = "", .at_client = "" },
    { "no list of the root", "a", "b", "b.example.net", .server_crl = "crl-issuing.pem",
      .at_server = "there is no list of withdrawn certificates of O=Diatom tests,CN=Diatom test root",
      .at_client = "does not accept our certificate" },
    { "no list of the root, of the leaf alone", "a", "b", "b.example.net", .server_crl = "crl-issuing.pem",
      .crl_of = DIA_TLS_CRL_LEAF, .at_server = "", .at_client = "" },
    { "no list of the root, the issuer is believed by itself", "a", "b", "b.example.net", .server_trust = "issuing.pem",
      .server_crl = "crl-issuing.pem", .at_server = "", .at_client = "" },
    { "the issuer was withdrawn", "a", "b", "b.example.net", .server_crl = "crl-issuer.pem",
      .at_server = "CN=Diatom test issuer was withdrawn", .at_client = "(alert: certificate revoked)" },
    { "old list", "a", "b", "b.example.net", .server_crl = "crl-old.pem",
      .at_server = "the list of withdrawn certificates of O=Diatom tests,CN=Diatom test issuer ended on 20",
      .at_client = "does not accept our certificate" },
    { "a server's certificate shown by a client", "serveronly", "b", "b.example.net",
      .at_server = "CN=serveronly is not for this use", .at_client = "(alert: unsupported certificate)" },
    { "no version in common", "a", "b", "b.example.net", .client_most = DIA_TLS_1_2, .server_least = DIA_TLS_1_3,
      .at_server = "no version of TLS in common", .at_client = "the other end gave up (alert: protocol version)" },
    { "no cipher in common", "a", "b", "b.example.net", .client_most = DIA_TLS_1_2,
      .client_ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256", .server_ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384",
      .at_server = "no cipher in common", .at_client = "the other end gave up (alert: handshake failure)" },
    { "longer chain than allowed", "deep", "b", "b.example.net", .depth = 2,
      .at_server = "more than 2 certificates between that of the other end and the root",
      .at_client = "does not accept our certificate" },
    { "as long a chain as allowed", "deep", "b", "b.example.net", .depth = 3, .at_server = "", .at_client = "" },
    { "longer chain than usual", "deepest", "b", "b.example.net",
      .at_server = "more than 4 certificates between that of the other end and the root",
      .at_client = "does not accept our certificate" },
    { "more certificates than anybody has", "huge", "b", "b.example.net",
      .at_server = "a message of the handshake is longer than allowed",
      .at_client = "gave up (alert: illegal parameter)" },
    { "pinned", "a", "b", "b.example.net", .server_pin = "a", .client_pin = "b", .at_server = "", .at_client = "" },
    { "another key is pinned", "both", "b", "b.example.net", .server_pin = "a",
      .at_server = "the key of O=Diatom tests,CN=both is not pinned", .at_client = "does not accept our certificate" },
    { "pinned, but not believed", "selfsigned", "b", "b.example.net", .server_pin = "selfsigned",
      .at_server = "is signed by itself, and not believed", .at_client = "does not accept our certificate" },
    { "pins say whom to believe", "selfsigned", "b", "b.example.net", .server_pin = "selfsigned", .server_trust = "-",
      .at_server = "", .at_client = "" },
    { "pins say whom to believe, and it is another one", "other", "b", "b.example.net", .server_pin = "selfsigned",
      .server_trust = "-", .at_server = "the key of O=Diatom tests,CN=other is not pinned",
      .at_client = "does not accept our certificate" },
    { "pinned, and expired", "expired", "b", "b.example.net", .server_pin = "expired", .server_trust = "-",
      .at_server = "CN=expired ended on 20", .at_client = "(alert: certificate expired)" },
    { "pinned, and not yet", "notyet", "b", "b.example.net", .server_pin = "notyet", .server_trust = "-",
      .at_server = "CN=notyet begins on 20", .at_client = "does not accept our certificate" },
    { "the old suite is not offered unless named", "a", "rsa", "b.example.net", .client_most = DIA_TLS_1_2,
      .client_ciphers = "AES128-SHA", .at_server = "no cipher in common", .at_client = "gave up" },
};

static void run_wrong(const struct wrong *w)
{
    struct ends e = { 0 };
    dia_tls_config ours = ends_config(w->client), theirs = ends_config(w->server);
    ours.name = theirs.name = w->rule;
    ours.crl_of = theirs.crl_of = w->crl_of;
    ours.depth = theirs.depth = w->depth;
    ours.most = w->client_most;
    theirs.least = w->server_least;
    ours.ciphers = w->client_ciphers;
    theirs.ciphers = w->server_ciphers;
    ours.trust = w->client_trust ? ends_path(w->client_trust) : ours.trust;
    theirs.trust = w->server_trust ? ends_path(w->server_trust) : theirs.trust;
    if (w->server_trust && strcmp(w->server_trust, "-") == 0)
        theirs.trust = NULL;
    char pins[2][65];
    const char *lists[2][2] = { { pins[0], NULL }, { pins[1], NULL } };
    if (w->client_pin)
        pki_pin(ends_pki(), w->client_pin, pins[0]);
    if (w->server_pin)
        pki_pin(ends_pki(), w->server_pin, pins[1]);
    ours.pins = w->client_pin ? lists[0] : NULL;
    theirs.pins = w->server_pin ? lists[1] : NULL;
    ours.crl = w->client_crl ? ends_path(w->client_crl) : NULL;
    theirs.crl = w->server_crl ? ends_path(w->server_crl) : NULL;
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, w->host, w->also), 0);
    ends_pump(&e, 0);
    check(ends_says(dia_tls_stream_why(e.server), w->at_server));
    check(ends_says(dia_tls_stream_why(e.client), w->at_client));
    check_int(dia_tls_stream_state(e.server), w->at_server[0] ? DIA_TLS_FAILED : DIA_TLS_OPEN);
    check_int(dia_tls_stream_state(e.client), w->at_client[0] ? DIA_TLS_FAILED : DIA_TLS_OPEN);
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void wrong_certificates_are_refused_in_words(void)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        harness_row(wrongs[i].name);
        run_wrong(&wrongs[i]);
        harness_spare(); /* one handshake meets every allocation; the others are alike */
    }
    harness_row(NULL);
}

/* 13.1 forbids it, so it wants a word; then nobody knows who it is. */
static void client_without_a_certificate_is_served_where_that_is_said(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    for (int anonymous = 0; anonymous < 2; anonymous++) {
        dia_tls_config theirs = ends_config("b");
        theirs.anonymous_clients = anonymous;
        dia_tls *server = ends_tls(&theirs);
        dia_tls_stream *stream = NULL;
        SSL *ssl = SSL_new(ctx);
        BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl, in, out);
        SSL_set_connect_state(ssl);
        if (!server || dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &stream))
            goto next;
        for (int i = 0; i < 3; i++) {
            uint8_t octets[20000];
            SSL_do_handshake(ssl);
            const int n = BIO_read(out, octets, sizeof octets);
            if (n > 0)
                dia_tls_stream_input(stream, (dia_bytes){ octets, (size_t)n });
            const dia_bytes back = dia_tls_stream_output(stream);
            BIO_write(in, back.p, (int)back.n);
            dia_tls_stream_sent(stream, back.n);
        }
        check_int(dia_tls_stream_state(stream), anonymous ? DIA_TLS_OPEN : DIA_TLS_FAILED);
        check_str(dia_tls_stream_why(stream), anonymous ? "" : "the other end shows no certificate");
        const dia_security *s = dia_tls_stream_security(stream);
        if (anonymous && s) {
            char why[256];
            check_str(s->subject, "");
            check_int(s->expires, 0);
            check(s->names(s->arg, DIA_STR("a.example.net"), DIA_STR("example.net"), why, sizeof why));
        }
    next:
        dia_tls_stream_free(stream);
        SSL_free(ssl);
        dia_tls_unref(server);
    }
    SSL_CTX_free(ctx);
}

/* Two ends that are open; false without memory. */
static bool open_ends(struct ends *e, dia_tls **client, dia_tls **server, dia_tls_version version)
{
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    ours.least = ours.most = version;
    *client = ends_tls(&ours);
    *server = ends_tls(&theirs);
    if (!*client || !*server || ends_new(e, *client, *server, "b.example.net", NULL))
        return false;
    ends_pump(e, 0);
    return dia_tls_stream_state(e->client) == DIA_TLS_OPEN && dia_tls_stream_state(e->server) == DIA_TLS_OPEN;
}

static void octets_pass_both_ways(void)
{
    static uint8_t text[150000];
    struct ends *e = calloc(1, sizeof *e);
    dia_tls *client = NULL, *server = NULL;
    need(open_ends(e, &client, &server, DIA_TLS_DEFAULT));
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7 ^ i >> 8);
    for (size_t at = 0; at < sizeof text;) {
        const int64_t n = dia_tls_stream_write(e->client, (dia_bytes){ text + at, sizeof text - at });
        need(n > 0);
        check_int(dia_tls_stream_write(e->server, (dia_bytes){ text + at, (size_t)n }), n);
        at += (size_t)n;
        ends_pump(e, 1000);
    }
    check_bytes(((dia_bytes){ e->to_server, e->n_to_server }), ((dia_bytes){ text, sizeof text }));
    check_bytes(((dia_bytes){ e->to_client, e->n_to_client }), ((dia_bytes){ text, sizeof text }));
done:
    ends_free(e);
    free(e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

/* 64 messages of 692 octets are three records, not 64. */
static void batch_fills_records(void)
{
    static uint8_t text[692 * 64];
    struct ends *e = calloc(1, sizeof *e);
    dia_tls *client = NULL, *server = NULL;
    need(open_ends(e, &client, &server, DIA_TLS_DEFAULT));
    need_int(dia_tls_stream_write(e->client, (dia_bytes){ text, sizeof text }), sizeof text);
    dia_bytes out = dia_tls_stream_output(e->client);
    size_t records = 0;
    for (; out.n >= 5; records++) {
        const size_t n = 5u + dia_load16(out.p + 3);
        need(n <= out.n);
        out = (dia_bytes){ out.p + n, out.n - n };
    }
    check_int(records, 3);
    check_int(out.n, 0);
done:
    ends_free(e);
    free(e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void output_that_nobody_takes_has_a_limit(void)
{
    static uint8_t text[500000];
    struct ends *e = calloc(1, sizeof *e);
    dia_tls *client = NULL, *server = NULL;
    need(open_ends(e, &client, &server, DIA_TLS_DEFAULT));
    const int64_t n = dia_tls_stream_write(e->client, (dia_bytes){ text, sizeof text });
    check(n > 0);
    check(n < 200000);
    check_int(dia_tls_stream_write(e->client, (dia_bytes){ text, sizeof text }), 0);
    ends_pump(e, 0);
    check(dia_tls_stream_write(e->client, (dia_bytes){ text, 100 }) == 100);
done:
    ends_free(e);
    free(e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void each_end_says_when_it_ends(void)
{
    static const dia_tls_version versions[] = { DIA_TLS_1_3, DIA_TLS_1_2 };
    for (int i = 0; i < 2; i++) {
        struct ends *e = calloc(1, sizeof *e);
        dia_tls *client = NULL, *server = NULL;
        need(open_ends(e, &client, &server, versions[i]));
        need_int(dia_tls_stream_write(e->client, DIA_STR("last words")), 10);
        need_int(dia_tls_stream_end(e->client), 0);
        check_int(dia_tls_stream_write(e->client, DIA_STR("too late")), 0);
        ends_pump(e, 0);
        check_bytes(((dia_bytes){ e->to_server, e->n_to_server }), DIA_STR("last words"));
        check_int(dia_tls_stream_state(e->server), DIA_TLS_ENDED);
        check_int(dia_tls_stream_state(e->client), DIA_TLS_OPEN);
        check_int(dia_tls_stream_input(e->server, DIA_STR("whatever comes behind")), 0);
        need_int(dia_tls_stream_end(e->server), 0);
        ends_pump(e, 0);
        check_int(dia_tls_stream_state(e->client), DIA_TLS_ENDED);
        check_str(dia_tls_stream_why(e->client), "");
    done:
        ends_free(e);
        free(e);
        dia_tls_unref(client);
        dia_tls_unref(server);
    }
}

/* A reload: who is connected stays so. */
static void connection_outlives_its_context(void)
{
    struct ends *e = calloc(1, sizeof *e);
    dia_tls *client = NULL, *server = NULL;
    need(open_ends(e, &client, &server, DIA_TLS_DEFAULT));
    dia_tls_unref(client);
    dia_tls_unref(server);
    client = server = NULL;
    need_int(dia_tls_stream_write(e->client, DIA_STR("still here")), 10);
    ends_pump(e, 0);
    check_bytes(((dia_bytes){ e->to_server, e->n_to_server }), DIA_STR("still here"));
done:
    ends_free(e);
    free(e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

/* First octets that a server may get. */
static void what_is_no_tls_is_told_what_it_is(void)
{
    static const struct {
        const char *name, *hex, *why;
    } rows[] = {
        { "Diameter", "01000014 80000101 00000000 00000001 00000002", "what came is Diameter in clear text, not TLS" },
        { "first octet of Diameter", "01", "what came is Diameter in clear text, not TLS" },
        { "HTTP", "474554202f20485454502f312e310d0a0d0a", "what came is HTTP, not TLS" },
        { "noise", "deadbeefdeadbeefdeadbeef", "what came is no TLS" },
        { "SSH", "5353482d322e302d4f70656e5353480d0a", "what came is no TLS" },
        { "record too long", "16 0301 ffff 0100", "a record is longer than allowed" },
        { "alert", "15 0303 0002 0228", "a message came that has no place there" },
        { "message before the handshake", "17 0303 0005 4142434445", "a message came that has no place there" },
        { "hello of 128 KiB", "16 0301 4000 01 01ffff", "a message of the handshake is longer than allowed" },
        { "hello in crumbs", "16 0301 0001 01 16 0301 4000 01ffff",
          "a message of the handshake is longer than allowed" },
        { "half a hello", "16 0301 0050 01 00004c", "" },
    };
    dia_tls_config theirs = ends_config("b");
    dia_tls *server = ends_tls(&theirs);
    for (size_t i = 0; server && i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[100], text[100];
        dia_tls_stream *stream = NULL;
        harness_row(rows[i].name);
        if (dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &stream) == 0) {
            const int err = dia_tls_stream_input(stream, harness_hex(rows[i].hex, octets, sizeof octets));
            check_int(err, rows[i].why[0] ? DIA_EFORMAT : 0);
            check(ends_says(dia_tls_stream_why(stream), rows[i].why));
            if (strstr(rows[i].why, "Diameter")) /* an alert, for whom to read that here is TLS */
                check_bytes(dia_tls_stream_output(stream), DIA_STR("\x15\3\3\0\2\2\12"));
            check_int(dia_tls_stream_read(stream, text, sizeof text), err);
            check_int(dia_tls_stream_write(stream, DIA_STR("x")), err);
            check_int(dia_tls_stream_input(stream, DIA_STR("more")), err);
        }
        dia_tls_stream_free(stream);
    }
    harness_row(NULL);
    dia_tls_unref(server);
}

/* RFC 8446, D.4: others wait for a ChangeCipherSpec in a handshake of 1.3. */
static void handshake_looks_like_one_of_before(void)
{
    struct ends e = { 0 };
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, "b.example.net", NULL), 0);
    ends_carry(e.client, e.server, e.to_server, &e.n_to_server, sizeof e.to_server, 0);
    const dia_bytes out = dia_tls_stream_output(e.server);
    size_t n = 0;
    for (size_t at = 0; at + 5 <= out.n; at += 5u + dia_load16(out.p + at + 3))
        n += out.p[at] == 20;
    check_int(n, 1);
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void damaged_record_ends_the_connection(void)
{
    struct ends *e = calloc(1, sizeof *e);
    dia_tls *client = NULL, *server = NULL;
    uint8_t octets[100], text[100];
    need(open_ends(e, &client, &server, DIA_TLS_DEFAULT));
    need_int(dia_tls_stream_write(e->client, DIA_STR("message")), 7);
    const dia_bytes out = dia_tls_stream_output(e->client);
    need(out.n < sizeof octets);
    memcpy(octets, out.p, out.n);
    octets[out.n - 1] ^= 1;
    need_int(dia_tls_stream_input(e->server, (dia_bytes){ octets, out.n }), 0);
    check_int(dia_tls_stream_read(e->server, text, sizeof text), DIA_EFORMAT);
    check_str(dia_tls_stream_why(e->server), "a record was damaged on its way, or forged");
    check(dia_tls_stream_output(e->server).n > 0); /* an alert */
    ends_carry(e->server, e->client, e->to_client, &e->n_to_client, sizeof e->to_client, 0);
    check_str(dia_tls_stream_why(e->client), "the other end gave up (alert: bad record mac)");
done:
    ends_free(e);
    free(e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

/* A client of OpenSSL's own, which does what ours would not. */
struct stranger {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
};

static void stranger_new(struct stranger *s, bool client, int version)
{
    s->ctx = SSL_CTX_new(TLS_method());
    SSL_CTX_set_max_proto_version(s->ctx, version);
    SSL_CTX_use_certificate_chain_file(s->ctx, ends_path("a.pem"));
    SSL_CTX_use_PrivateKey_file(s->ctx, ends_path("a.key"), SSL_FILETYPE_PEM);
    s->ssl = SSL_new(s->ctx);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    SSL_set_bio(s->ssl, s->in, s->out);
    if (client)
        SSL_set_connect_state(s->ssl);
    else
        SSL_set_accept_state(s->ssl);
}

static void stranger_free(struct stranger *s)
{
    SSL_free(s->ssl);
    SSL_CTX_free(s->ctx);
}

/* What it has to say, to the server, and back if `answers`. */
static int stranger_speak(struct stranger *s, dia_tls_stream *server, bool answers)
{
    static uint8_t octets[1 << 20], text[1 << 16];
    const int n = BIO_read(s->out, octets, sizeof octets);
    int err = n > 0 ? dia_tls_stream_input(server, (dia_bytes){ octets, (size_t)n }) : 0;
    while (!err && (err = (int)dia_tls_stream_read(server, text, sizeof text)) > 0)
        err = 0;
    const dia_bytes out = dia_tls_stream_output(server);
    if (!answers || !out.n)
        return err;
    BIO_write(s->in, out.p, (int)out.n);
    dia_tls_stream_sent(server, out.n);
    SSL_read(s->ssl, text, sizeof text);
    return err;
}

static void strangers_do_not_renegotiate(void)
{
    struct stranger s;
    dia_tls_stream *stream = NULL;
    dia_tls_config theirs = ends_config("b");
    dia_tls *server = ends_tls(&theirs);
    stranger_new(&s, true, TLS1_2_VERSION);
    need(server);
    need_int(dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &stream), 0);
    for (int i = 0; i < 3; i++) {
        SSL_do_handshake(s.ssl);
        stranger_speak(&s, stream, true);
    }
    need_int(dia_tls_stream_state(stream), DIA_TLS_OPEN);
    SSL_renegotiate(s.ssl);
    int result = 0;
    for (int i = 0; i < 4 && result != 1; i++) {
        result = SSL_do_handshake(s.ssl);
        stranger_speak(&s, stream, true);
    }
    check(result != 1);
done:
    dia_tls_stream_free(stream);
    stranger_free(&s);
    dia_tls_unref(server);
}

static void client_of_ours_does_not_renegotiate(void)
{
    struct stranger s;
    dia_tls_stream *stream = NULL;
    dia_tls_config ours = ends_config("b");
    dia_tls *client = ends_tls(&ours);
    stranger_new(&s, false, TLS1_2_VERSION);
    need(client);
    need_int(dia_tls_stream_new(client, true, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &stream), 0);
    for (int i = 0; i < 3; i++) {
        stranger_speak(&s, stream, true);
        SSL_do_handshake(s.ssl);
    }
    stranger_speak(&s, stream, true);
    need_int(dia_tls_stream_state(stream), DIA_TLS_OPEN);
    SSL_renegotiate(s.ssl);
    SSL_do_handshake(s.ssl);
    stranger_speak(&s, stream, false);
    need(dia_tls_stream_output(stream).n > 0);
    check_int(dia_tls_stream_output(stream).p[0], 21); /* an alert, no hello */
done:
    dia_tls_stream_free(stream);
    stranger_free(&s);
    dia_tls_unref(client);
}

/* Whether they ask for one of ours or not: between octets they pass, alone only so many. */
static void flood_of_key_changes_ends_the_connection(void)
{
    for (int asks = 0; asks < 2; asks++) {
        struct stranger s;
        dia_tls_stream *stream = NULL;
        dia_tls_config theirs = ends_config("b");
        dia_tls *server = ends_tls(&theirs);
        const int kind = asks ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
        harness_row(asks ? "each asks for one of ours" : "ours stay");
        stranger_new(&s, true, TLS1_3_VERSION);
        need(server);
        need_int(dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &stream), 0);
        for (int i = 0; i < 3; i++) {
            SSL_do_handshake(s.ssl);
            stranger_speak(&s, stream, true);
        }
        need_int(dia_tls_stream_state(stream), DIA_TLS_OPEN);
        harness_spare();
        for (int i = 0; i < 100; i++) {
            SSL_key_update(s.ssl, kind);
            SSL_do_handshake(s.ssl);
            need_int(SSL_write(s.ssl, "octets", 6), 6);
            need_int(stranger_speak(&s, stream, true), 0);
        }
        for (int i = 0; i < 10000; i++) {
            SSL_key_update(s.ssl, kind);
            SSL_do_handshake(s.ssl);
        }
        check_int(stranger_speak(&s, stream, false), DIA_EFORMAT);
        check(dia_tls_stream_output(stream).n <= 4000); /* few were looked at */
        check_str(dia_tls_stream_why(stream), "the other end talks of keys and tickets and of nothing else");
    done:
        dia_tls_stream_free(stream);
        stranger_free(&s);
        dia_tls_unref(server);
        if (harness_injected())
            return;
    }
}

/* Chains of many, and one that is longer than any. */
static void make_chains(void)
{
    static char sans[60000];
    static const char *const names[] = { "ca2", "ca3", "ca4", "ca5", "ca6" };
    const char *issuer = "issuing";
    size_t n = 0;
    for (size_t i = 0; i < 5; i++) {
        pki_issue(ends_pki(), &(pki_wish){ .name = names[i], .issuer = issuer, .ca = true });
        issuer = names[i];
    }
    pki_issue(ends_pki(), &(pki_wish){ .name = "deep", .issuer = "ca3", .sans = "DNS:a.example.net" });
    pki_issue(ends_pki(), &(pki_wish){ .name = "deepest", .issuer = "ca6", .sans = "DNS:a.example.net" });
    for (int i = 0; i < 1500; i++)
        n += (size_t)snprintf(sans + n, sizeof sans - n, "%sDNS:host-%04d.west.example.net", i ? "," : "", i);
    pki_issue(ends_pki(), &(pki_wish){ .name = "huge", .issuer = "issuing", .sans = sans });
}

static const struct harness_test tests[] = {
    { "both_ends_know_each_other", both_ends_know_each_other },
    { "versions_and_ciphers_in_common_are_found", versions_and_ciphers_in_common_are_found },
    { "octets_come_one_by_one", octets_come_one_by_one },
    { "wrong_certificates_are_refused_in_words", wrong_certificates_are_refused_in_words },
    { "client_without_a_certificate_is_served_where_that_is_said",
      client_without_a_certificate_is_served_where_that_is_said },
    { "octets_pass_both_ways", octets_pass_both_ways },
    { "batch_fills_records", batch_fills_records },
    { "output_that_nobody_takes_has_a_limit", output_that_nobody_takes_has_a_limit },
    { "each_end_says_when_it_ends", each_end_says_when_it_ends },
    { "connection_outlives_its_context", connection_outlives_its_context },
    { "what_is_no_tls_is_told_what_it_is", what_is_no_tls_is_told_what_it_is },
    { "handshake_looks_like_one_of_before", handshake_looks_like_one_of_before },
    { "damaged_record_ends_the_connection", damaged_record_ends_the_connection },
    { "strangers_do_not_renegotiate", strangers_do_not_renegotiate },
    { "client_of_ours_does_not_renegotiate", client_of_ours_does_not_renegotiate },
    { "flood_of_key_changes_ends_the_connection", flood_of_key_changes_ends_the_connection },
};

int main(void)
{
    return ENDS_RUN("tls/stream", tests, make_chains);
}

/* TLS over a stream: handshakes that succeed and those that must not, octets both ways, the end, and what others try. */
#include "ends.h"

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

/* B13.1-01, B13.1-02, B13.1-03: a server asks, a client shows, both look. */
static void both_ends_know_each_other(void)
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

static void versions_and_ciphers_in_common_are_found(void)
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
        { "B13.1-05: the suite of RFC 6733", DIA_TLS_1_2, DIA_TLS_1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", NULL, "rsa" },
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
    bool anonymous;
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

static const struct harness_test tests[] = {
    { "both_ends_know_each_other", both_ends_know_each_other },
    { "versions_and_ciphers_in_common_are_found", versions_and_ciphers_in_common_are_found },
    { "octets_come_one_by_one", octets_come_one_by_one },
    { "wrong_certificates_are_refused_in_words", wrong_certificates_are_refused_in_words },
};

int main(void)
{
    return ENDS_RUN("tls/stream", tests, NULL);
}

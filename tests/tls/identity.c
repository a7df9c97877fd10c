/* Whom a certificate names: hosts and realms against dNSNames, names that are none, pins. */
#include "ends.h"

#include "tls/context.h"

#include <openssl/pem.h>

static X509 *certificate(const char *file)
{
    FILE *f = fopen(ends_path(file), "r");
    X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
    if (f)
        fclose(f);
    return cert;
}

static const struct row {
    const char *name, *file;
    dia_tls_name rule;
    const char *host, *realm;
    bool names;
} rows[] = {
    { "host", "a.pem", DIA_TLS_NAME_HOST, "a.example.net", "example.net", true },
    { "case does not count", "a.pem", DIA_TLS_NAME_HOST, "A.Example.NET", "example.net", true },
    { "another host", "a.pem", DIA_TLS_NAME_HOST, "b.example.net", "example.net", false },
    { "a host below", "a.pem", DIA_TLS_NAME_HOST, "x.a.example.net", "example.net", false },
    { "the domain above", "a.pem", DIA_TLS_NAME_HOST, "example.net", "example.net", false },
    { "second name", "both.pem", DIA_TLS_NAME_HOST, "b.example.net", NULL, true },
    { "subject", "common.pem", DIA_TLS_NAME_HOST, "a.example.net", "example.net", false },
    { "wildcard", "wildcard.pem", DIA_TLS_NAME_HOST, "hss1.example.net", "example.net", true },
    { "wildcard names one label", "wildcard.pem", DIA_TLS_NAME_HOST, "hss1.west.example.net", "example.net", false },
    { "wildcard does not name its domain", "wildcard.pem", DIA_TLS_NAME_HOST, "example.net", "example.net", false },
    { "wildcard as a name", "wildcard.pem", DIA_TLS_NAME_HOST, "*.example.net", "example.net", false },
    { "part of a label is no wildcard", "partial.pem", DIA_TLS_NAME_HOST, "hss1.example.net", NULL, false },
    { "dot in front", "a.pem", DIA_TLS_NAME_HOST, ".example.net", "example.net", false },
    { "dot at the end", "a.pem", DIA_TLS_NAME_HOST, "a.example.net.", "example.net", false },
    { "two dots", "a.pem", DIA_TLS_NAME_HOST, "a..example.net", "example.net", false },
    { "no name", "a.pem", DIA_TLS_NAME_HOST, "", "example.net", false },
    { "realm does not count", "realm.pem", DIA_TLS_NAME_HOST, "a.example.net", "example.net", false },
    { "realm", "realm.pem", DIA_TLS_NAME_REALM, "a.example.net", "example.net", true },
    { "realm, and case", "realm.pem", DIA_TLS_NAME_REALM, "A.EXAMPLE.net", "Example.NET", true },
    { "host where the realm would do", "a.pem", DIA_TLS_NAME_REALM, "a.example.net", "example.net", true },
    { "no realm", "realm.pem", DIA_TLS_NAME_REALM, "a.example.net", NULL, false },
    { "host outside of the realm", "realm.pem", DIA_TLS_NAME_REALM, "hss.example.org", "example.net", false },
    { "host that ends like the realm", "realm.pem", DIA_TLS_NAME_REALM, "badexample.net", "example.net", false },
    { "host is the realm", "realm.pem", DIA_TLS_NAME_REALM, "example.net", "example.net", true },
    { "realm above the named one", "realm.pem", DIA_TLS_NAME_REALM, "a.net", "net", false },
    { "wildcard is for hosts", "wildcard.pem", DIA_TLS_NAME_REALM, "a.west.example.net", "west.example.net", false },
    { "anybody", "a.pem", DIA_TLS_NAME_ANY, "hss.example.org", "example.org", true },
    { "nobody", NULL, DIA_TLS_NAME_HOST, "a.example.net", "example.net", false },
    { "nobody may be anybody", NULL, DIA_TLS_NAME_ANY, "a.example.net", "example.net", true },
};

static void certificates_name_hosts_and_realms(void)
{
    char why[256];
    pki_issue(ends_pki(), &(pki_wish){ .name = "partial", .issuer = "issuing", .sans = "DNS:hss*.example.net" });
    dia_tls_config c = ends_config("a");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        c.name = rows[i].rule;
        dia_tls *tls = ends_tls(&c);
        X509 *cert = rows[i].file ? certificate(rows[i].file) : NULL;
        if (tls)
            check_int(dia_tls_names(tls, cert, dia_cstr(rows[i].host), dia_cstr(rows[i].realm), why, sizeof why),
                      rows[i].names);
        X509_free(cert);
        dia_tls_unref(tls);
        harness_spare();
    }
    harness_row(NULL);
}

/* Of a name that was connected to there is no realm yet: a domain that it lies in. */
static void certificates_bear_the_name_that_was_connected_to(void)
{
    static const struct {
        const char *file;
        dia_tls_name rule;
        const char *name;
        bool bears;
    } names[] = {
        { "a.pem", DIA_TLS_NAME_HOST, "a.example.net", true },
        { "a.pem", DIA_TLS_NAME_HOST, "b.example.net", false },
        { "realm.pem", DIA_TLS_NAME_HOST, "b.example.net", false },
        { "realm.pem", DIA_TLS_NAME_REALM, "b.example.net", true },
        { "realm.pem", DIA_TLS_NAME_REALM, "b.west.example.net", true },
        { "realm.pem", DIA_TLS_NAME_REALM, "b.example.org", false },
        { "realm.pem", DIA_TLS_NAME_REALM, ".example.net", false },
        { "top.pem", DIA_TLS_NAME_REALM, "b.example.net", false },
        { "a.pem", DIA_TLS_NAME_ANY, "b.example.org", true },
    };
    char why[256];
    pki_issue(ends_pki(), &(pki_wish){ .name = "top", .issuer = "issuing", .sans = "DNS:net" });
    dia_tls_config c = ends_config("a");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        harness_row(names[i].name);
        c.name = names[i].rule;
        dia_tls *tls = ends_tls(&c);
        X509 *cert = certificate(names[i].file);
        if (tls)
            check_int(dia_tls_bears(tls, cert, dia_cstr(names[i].name), why, sizeof why), names[i].bears);
        X509_free(cert);
        dia_tls_unref(tls);
        harness_spare();
    }
    harness_row(NULL);
}

static void sentences_say_who_it_is_instead(void)
{
    char why[256], small[20];
    pki_issue(ends_pki(), &(pki_wish){ .name = "odd",
                                       .issuer = "issuing",
                                       .common = "odd\n\x01name",
                                       .sans = "DNS:a\x02"
                                               "b.example.net,DNS:second.example.net,DNS:third.example.net,"
                                               "DNS:fourth.example.net,DNS:fifth.example.net,DNS:sixth.example.net" });
    dia_tls_config c = ends_config("a");
    dia_tls *tls = ends_tls(&c);
    X509 *odd = certificate("odd.pem"), *a = certificate("a.pem");
    need(tls);
    check(!dia_tls_names(tls, odd, DIA_STR("hss1\n.example.net"), DIA_STR("example.net"), why, sizeof why));
    check_str(why, "certificate of O=Diatom tests,CN=odd\\0A\\01name (a?b.example.net, second.example.net, "
                   "third.example.net, fourth.example.net, fifth.example.net, ...) does not name hss1?.example.net");
    check(!dia_tls_names(tls, NULL, DIA_STR("hss1.example.net"), DIA_STR("example.net"), why, sizeof why));
    check_str(why, "no certificate was shown that names hss1.example.net");
    check(!dia_tls_names(tls, a, DIA_STR("b.example.net"), DIA_STR("example.net"), small, sizeof small));
    check_str(small, "certificate of O...");
done:
    X509_free(odd);
    X509_free(a);
    dia_tls_unref(tls);
}

static void base64_of(const uint8_t *octets, char *to)
{
    memcpy(to, "sha256//", 8);
    EVP_EncodeBlock((uint8_t *)to + 8, octets, 32);
}

static void pins_name_keys(void)
{
    char hex[65], base64[8 + 45];
    uint8_t digest[32];
    pki_pin(ends_pki(), "a", hex);
    check_int(harness_hex(hex, digest, sizeof digest).n, 32);
    base64_of(digest, base64);
    const char *lists[][3] = { { hex, NULL }, { base64, NULL }, { "", hex, NULL } };
    char other[65];
    memset(other, '0', 64);
    other[64] = '\0';
    lists[2][0] = other;
    X509 *a = certificate("a.pem"), *b = certificate("b.pem");
    for (size_t i = 0; i < 3; i++) {
        dia_tls_config c = ends_config("a");
        c.pins = lists[i];
        dia_tls *tls = ends_tls(&c);
        if (tls) {
            check(dia_tls_is_pinned(tls, a));
            check(!dia_tls_is_pinned(tls, b));
        }
        dia_tls_unref(tls);
    }
    X509_free(a);
    X509_free(b);
}

static const struct harness_test tests[] = {
    { "certificates_name_hosts_and_realms", certificates_name_hosts_and_realms },
    { "certificates_bear_the_name_that_was_connected_to", certificates_bear_the_name_that_was_connected_to },
    { "sentences_say_who_it_is_instead", sentences_say_who_it_is_instead },
    { "pins_name_keys", pins_name_keys },
};

int main(void)
{
    return ENDS_RUN("tls/identity", tests, NULL);
}

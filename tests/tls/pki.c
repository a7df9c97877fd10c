/* A public key infrastructure for tests: see pki.h. */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { NAMES_MAX = 256, DAY = 86400, TEN_YEARS = 3650 * DAY };

struct made {
    char name[128];
    char issuer[128]; /* "": itself */
    X509 *cert;
    EVP_PKEY *key;
    bool alone;
};

struct path {
    struct path *next;
    char text[];
};

struct pki {
    char folder[1024];
    struct made made[NAMES_MAX];
    size_t n;
    long serial;
    struct path *paths;
};

/* ---- What must not fail ---- */

static void *must(const void *p, const char *what)
{
    if (p)
        return (void *)(uintptr_t)p;
    fprintf(stderr, "pki: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void must_be(bool ok, const char *what)
{
    must(ok ? what : NULL, what);
}

static struct made *find(pki *p, const char *name, size_t length)
{
    for (size_t i = 0; i < p->n; i++)
        if (strlen(p->made[i].name) == length && memcmp(p->made[i].name, name, length) == 0)
            return &p->made[i];
    fprintf(stderr, "pki: nothing is called %.*s\n", (int)length, name);
    exit(1);
}

static struct made *named(pki *p, const char *name)
{
    return find(p, name, strlen(name));
}

pki *pki_new(const char *folder)
{
    pki *p = must(calloc(1, sizeof *p), "calloc");
    must_be(snprintf(p->folder, sizeof p->folder, "%s", folder) < (int)sizeof p->folder, "a folder of that length");
    p->serial = 1000;
    return p;
}

void pki_free(pki *p)
{
    for (size_t i = 0; i < p->n; i++) {
        X509_free(p->made[i].cert);
        EVP_PKEY_free(p->made[i].key);
    }
    while (p->paths) {
        struct path *next = p->paths->next;
        free(p->paths);
        p->paths = next;
    }
    free(p);
}

const char *pki_path(pki *p, const char *file)
{
    const size_t n = strlen(p->folder) + strlen(file) + 2;
    struct path *path = must(malloc(sizeof *path + n), "malloc");
    snprintf(path->text, n, "%s/%s", p->folder, file);
    path->next = p->paths;
    p->paths = path;
    return path->text;
}

static BIO *create(pki *p, const char *name, const char *ending)
{
    char file[256];
    must_be(snprintf(file, sizeof file, "%s%s", name, ending) < (int)sizeof file, "a name of that length");
    return must(BIO_new_file(pki_path(p, file), "w"), file);
}

/* ---- Certificates ---- */

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = must(X509V3_EXT_conf_nid(NULL, &ctx, nid, value), value);
    must_be(X509_add_ext(cert, e, -1) == 1, "X509_add_ext");
    X509_EXTENSION_free(e);
}

static X509 *certify(pki *p, const pki_wish *w, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = must(X509_new(), "X509_new");
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++p->serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), (long)(w->from ? w->from : -DAY));
    X509_gmtime_adj(X509_getm_notAfter(cert), (long)(w->to ? w->to : TEN_YEARS));
    X509_NAME *name = X509_get_subject_name(cert);
    const char *common = w->common ? w->common : w->name;
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Diatom tests", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(cert, key);
    if (!issuer)
        issuer = cert;
    extend(cert, issuer, NID_subject_key_identifier, "hash");
    extend(cert, issuer, NID_authority_key_identifier, "keyid");
    extend(cert, issuer, NID_basic_constraints, w->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(cert, issuer, NID_key_usage,
           w->ca ? "critical,keyCertSign,cRLSign,digitalSignature" : "critical,digitalSignature,keyEncipherment");
    if (!w->ca)
        extend(cert, issuer, NID_ext_key_usage, w->uses ? w->uses : "serverAuth,clientAuth");
    if (w->sans)
        extend(cert, issuer, NID_subject_alt_name, w->sans);
    must_be(X509_sign(cert, issuer_key, EVP_sha256()) > 0, "X509_sign");
    return cert;
}

static void write_key(pki *p, const pki_wish *w, EVP_PKEY *key)
{
    BIO *bio = create(p, w->name, ".key");
    must_be(PEM_write_bio_PKCS8PrivateKey(bio, key, w->secret ? EVP_aes_128_cbc() : NULL, w->secret,
                                          w->secret ? (int)strlen(w->secret) : 0, NULL, NULL) == 1,
            "writing a key");
    BIO_free(bio);
}

/* The certificate, and all above it but the root. */
static void write_chain(pki *p, const struct made *m)
{
    BIO *bio = create(p, m->name, ".pem");
    must_be(PEM_write_bio_X509(bio, m->cert) == 1, "writing a certificate");
    for (const struct made *at = m; at->issuer[0] && !m->alone;) {
        at = named(p, at->issuer);
        if (at->issuer[0])
            must_be(PEM_write_bio_X509(bio, at->cert) == 1, "writing a certificate");
    }
    BIO_free(bio);
}

void pki_issue(pki *p, const pki_wish *w)
{
    must_be(p->n < NAMES_MAX, "one more certificate");
    const struct made *issuer = w->issuer ? named(p, w->issuer) : NULL;
    struct made *m = &p->made[p->n++];
    snprintf(m->name, sizeof m->name, "%s", w->name);
    snprintf(m->issuer, sizeof m->issuer, "%s", w->issuer ? w->issuer : "");
    m->alone = w->alone;
    m->key = must(w->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), "making a key");
    m->cert = certify(p, w, m->key, issuer ? issuer->cert : NULL, issuer ? issuer->key : m->key);
    write_key(p, w, m->key);
    write_chain(p, m);
}

void pki_pin(pki *p, const char *name, char *hex)
{
    unsigned char *der = NULL, hash[SHA256_DIGEST_LENGTH];
    const int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(named(p, name)->cert), &der);
    must_be(n > 0, "i2d_X509_PUBKEY");
    SHA256(der, (size_t)n, hash);
    OPENSSL_free(der);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    BIO *bio = create(p, name, ".pin");
    BIO_printf(bio, "%s\n", hex);
    BIO_free(bio);
}

/* ---- What says that they are withdrawn ---- */

/* Calls `fn` with each name of "x,y". */
static void each(pki *p, const char *names, void (*fn)(pki *p, struct made *m, void *arg), void *arg)
{
    while (names && *names) {
        const size_t n = strcspn(names, ",");
        fn(p, find(p, names, n), arg);
        names += n + (names[n] == ',');
    }
}

struct listing {
    BIO *bio;
    const char *revoked;
    int64_t to;
    X509_CRL *crl;
    const struct made *issuer;
};

static void revoke(pki *p, struct made *m, void *arg)
{
    (void)p;
    const struct listing *l = arg;
    if (strcmp(m->issuer, l->issuer->name) != 0)
        return;
    X509_REVOKED *r = must(X509_REVOKED_new(), "X509_REVOKED_new");
    X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(m->cert));
    ASN1_TIME *when = X509_gmtime_adj(NULL, -DAY / 2);
    X509_REVOKED_set_revocationDate(r, when);
    ASN1_TIME_free(when);
    X509_CRL_add0_revoked(l->crl, r);
}

static void list(pki *p, struct made *issuer, void *arg)
{
    struct listing *l = arg;
    l->crl = must(X509_CRL_new(), "X509_CRL_new");
    l->issuer = issuer;
    X509_CRL_set_version(l->crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(l->crl, X509_get_subject_name(issuer->cert));
    ASN1_TIME *when = X509_gmtime_adj(NULL, (long)(l->to && l->to < DAY ? l->to - DAY : -DAY));
    X509_CRL_set1_lastUpdate(l->crl, when);
    X509_gmtime_adj(when, (long)(l->to ? l->to : TEN_YEARS));
    X509_CRL_set1_nextUpdate(l->crl, when);
    ASN1_TIME_free(when);
    each(p, l->revoked, revoke, l);
    X509_CRL_sort(l->crl);
    must_be(X509_CRL_sign(l->crl, issuer->key, EVP_sha256()) > 0, "X509_CRL_sign");
    must_be(PEM_write_bio_X509_CRL(l->bio, l->crl) == 1, "writing a list");
    X509_CRL_free(l->crl);
}

void pki_crl(pki *p, const char *file, const char *issuers, const char *revoked, int64_t to)
{
    struct listing l = { .bio = create(p, file, ""), .revoked = revoked, .to = to };
    each(p, issuers, list, &l);
    BIO_free(l.bio);
}

void pki_ocsp(pki *p, const char *file, const char *name, pki_status status, const char *signer, int64_t to)
{
    static const int of[] = { V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN };
    const struct made *m = named(p, name), *by = named(p, signer);
    OCSP_BASICRESP *basic = must(OCSP_BASICRESP_new(), "OCSP_BASICRESP_new");
    OCSP_CERTID *id = must(OCSP_cert_to_id(EVP_sha1(), m->cert, named(p, m->issuer)->cert), "OCSP_cert_to_id");
    ASN1_TIME *from = X509_gmtime_adj(NULL, (long)(to && to < DAY ? to - DAY : -DAY));
    ASN1_TIME *until = X509_gmtime_adj(NULL, (long)(to ? to : TEN_YEARS));
    must(OCSP_basic_add1_status(basic, id, of[status], 0, status == PKI_REVOKED ? from : NULL, from, until),
         "a status");
    must_be(OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, 0) == 1, "OCSP_basic_sign");
    OCSP_RESPONSE *response =
        must(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic), "OCSP_response_create");
    BIO *bio = create(p, file, "");
    uint8_t *der = NULL;
    const int n = i2d_OCSP_RESPONSE(response, &der);
    must_be(n > 0 && BIO_write(bio, der, n) == n, "writing a response");
    OPENSSL_free(der);
    BIO_free(bio);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
}

/* ---- The set that tests share ---- */

void pki_standard(pki *p)
{
    static const pki_wish wishes[] = {
        { "ca", NULL, "Diatom test root", .ca = true },
        { "issuing", "ca", "Diatom test issuer", .ca = true },
        { "other-ca", NULL, "Somebody else's root", .ca = true },
        { "a", "issuing", "a", "DNS:a.example.net" },
        { "b", "issuing", "b", "DNS:b.example.net" },
        { "both", "issuing", "both", "DNS:a.example.net,DNS:b.example.net" },
        { "wildcard", "issuing", "wildcard", "DNS:*.example.net" },
        { "realm", "issuing", "realm", "DNS:example.net" },
        { "common", "issuing", "a.example.net" }, /* named by its subject alone, which counts no more */
        { "wrong", "issuing", "wrong", "DNS:a.example.org" },
        { "expired", "issuing", "expired", "DNS:a.example.net,DNS:b.example.net", .from = -20 * DAY, .to = -10 * DAY },
        { "notyet", "issuing", "notyet", "DNS:a.example.net,DNS:b.example.net", .from = 10 * DAY },
        { "soon", "issuing", "soon", "DNS:a.example.net,DNS:b.example.net", .to = 10 * DAY },
        { "selfsigned", NULL, "selfsigned", "DNS:a.example.net,DNS:b.example.net" },
        { "other", "other-ca", "other", "DNS:a.example.net,DNS:b.example.net" },
        { "revoked", "issuing", "revoked", "DNS:a.example.net,DNS:b.example.net" },
        { "serveronly", "issuing", "serveronly", "DNS:a.example.net,DNS:b.example.net", .uses = "serverAuth" },
        { "alone", "issuing", "alone", "DNS:a.example.net,DNS:b.example.net", .alone = true },
        { "rsa", "issuing", "rsa", "DNS:a.example.net,DNS:b.example.net", .rsa = true },
        { "locked", "issuing", "locked", "DNS:a.example.net,DNS:b.example.net", .secret = "open sesame" },
        { "responder", "issuing", "responder", .uses = "OCSPSigning" },
    };
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        pki_issue(p, &wishes[i]);
    pki_crl(p, "crl.pem", "ca,issuing", "revoked", 0);
    pki_crl(p, "crl-issuing.pem", "issuing", "revoked", 0);
    pki_crl(p, "crl-issuer.pem", "ca,issuing", "issuing", 0);
    pki_crl(p, "crl-old.pem", "ca,issuing", "revoked", -2 * DAY);
    pki_ocsp(p, "a-good.der", "a", PKI_GOOD, "issuing", 0);
    pki_ocsp(p, "a-delegated.der", "a", PKI_GOOD, "responder", 0);
    pki_ocsp(p, "a-revoked.der", "a", PKI_REVOKED, "issuing", 0);
    pki_ocsp(p, "a-unknown.der", "a", PKI_UNKNOWN, "issuing", 0);
    pki_ocsp(p, "a-old.der", "a", PKI_GOOD, "issuing", -2 * DAY);
    pki_ocsp(p, "a-forged.der", "a", PKI_GOOD, "other-ca", 0);
    pki_ocsp(p, "a-peer.der", "a", PKI_GOOD, "b", 0); /* of the right issuer, but nobody who may say so */
    pki_ocsp(p, "b-good.der", "b", PKI_GOOD, "issuing", 0);
    pki_ocsp(p, "revoked-revoked.der", "revoked", PKI_REVOKED, "issuing", 0);
    char hex[65];
    pki_pin(p, "a", hex);
    pki_pin(p, "b", hex);
    pki_pin(p, "selfsigned", hex);
}

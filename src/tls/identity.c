/* Whom a certificate names: dNSNames of subjectAltName against hosts and realms (RFC 9525), and pins. */
#include "context.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

bool dia_tls_is_pinned(const dia_tls *tls, X509 *cert)
{
    uint8_t *der = NULL, digest[DIA_TLS_PIN_SIZE];
    const int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool found = false;
    if (n > 0 && SHA256(der, (size_t)n, digest))
        for (size_t i = 0; i < tls->n_pins && !found; i++)
            found = memcmp(tls->pins[i], digest, sizeof digest) == 0;
    OPENSSL_free(der);
    return found;
}

/* Letters, digits, '-', '_' and single dots between them: what a name must be before it is compared. X509_check_host() takes a
 * dot in front for "anything below", and a '*' for itself; and the name is the other end's word. */
static bool is_host(dia_bytes name)
{
    bool dot = true;
    for (size_t i = 0; i < name.n; i++) {
        const uint8_t c = name.p[i];
        if (c == '.' && dot)
            return false;
        dot = c == '.';
        if (!dot && !dia_is_digit(c) && !(dia_lower(c) >= 'a' && dia_lower(c) <= 'z') && c != '-' && c != '_')
            return false;
    }
    return !dot;
}

static bool names_host(X509 *cert, dia_bytes name, unsigned flags)
{
    return is_host(name) &&
           X509_check_host(cert, (const char *)name.p, name.n,
                           flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                           NULL) == 1;
}

/* Is the host the realm, or below it? */
static bool lies_in(dia_bytes host, dia_bytes realm)
{
    if (!realm.n || realm.n > host.n || (realm.n < host.n && host.p[host.n - realm.n - 1] != '.'))
        return false;
    return dia_bytes_equal_nocase((dia_bytes){ host.p + host.n - realm.n, realm.n }, realm);
}

/* A domain that the host lies in, and that is not a top one? */
static bool names_domain_of(X509 *cert, dia_bytes host)
{
    for (size_t i = 0; i < host.n; i++) {
        const dia_bytes domain = { host.p + i + 1, host.n - i - 1 };
        if (host.p[i] == '.' && domain.n && memchr(domain.p, '.', domain.n) &&
            names_host(cert, domain, X509_CHECK_FLAG_NO_WILDCARDS))
            return true;
    }
    return false;
}

bool dia_tls_misnames(dia_tls *tls, dia_bytes host)
{
    X509 *ours = SSL_CTX_get0_certificate(tls->stream);
    if (tls->misnamed || tls->name == DIA_TLS_NAME_ANY || names_host(ours, host, 0))
        return false;
    return tls->misnamed = tls->name != DIA_TLS_NAME_REALM || !names_domain_of(ours, host);
}

/* ---- What is said where it does not ---- */

/* The dNSNames of a certificate, "a.example.net, b.example.net": as many as fit. */
static void print_names(X509 *cert, char *to, size_t size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    size_t n = 0;
    to[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS)
            continue;
        const size_t length = (size_t)ASN1_STRING_length(name->d.dNSName);
        if (n + length + sizeof ", ..." > size) {
            n += (size_t)snprintf(to + n, size - n, "%s", n ? ", ..." : "...");
            break;
        }
        if (n)
            n += (size_t)snprintf(to + n, size - n, ", ");
        const unsigned char *p = ASN1_STRING_get0_data(name->d.dNSName);
        for (size_t j = 0; j < length; j++)
            to[n++] = p[j] > ' ' && p[j] < 0x7f ? (char)p[j] : '?';
        to[n] = '\0';
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
}

/* "certificate of CN=ocs (a.example.net) does not name b.example.net" */
static bool refuse(X509 *cert, dia_bytes host, char *why, size_t size)
{
    char subject[80], names[100], name[DIA_TLS_TEXT_MAX];
    size_t n = 0;
    for (; n < host.n && n < sizeof name - 1; n++)
        name[n] = host.p[n] > ' ' && host.p[n] < 0x7f ? (char)host.p[n] : '?';
    name[n] = '\0';
    if (!cert) {
        dia_tls_say(why, size, "no certificate was shown that names %s", name);
        return false;
    }
    dia_tls_subject_of(X509_get_subject_name(cert), subject, sizeof subject);
    print_names(cert, names, sizeof names);
    dia_tls_say(why, size, "certificate of %s (%s) does not name %s", subject, names[0] ? names : "no dNSName", name);
    return false;
}

bool dia_tls_names(const dia_tls *tls, X509 *cert, dia_bytes host, dia_bytes realm, char *why, size_t size)
{
    if (tls->name == DIA_TLS_NAME_ANY || (cert ? names_host(cert, host, 0) : tls->anonymous_clients))
        return true;
    if (cert && tls->name == DIA_TLS_NAME_REALM && lies_in(host, realm) &&
        names_host(cert, realm, X509_CHECK_FLAG_NO_WILDCARDS))
        return true;
    return refuse(cert, host, why, size);
}

bool dia_tls_bears(const dia_tls *tls, X509 *cert, dia_bytes name, char *why, size_t size)
{
    if (tls->name == DIA_TLS_NAME_ANY || (cert && names_host(cert, name, 0)))
        return true;
    if (cert && tls->name == DIA_TLS_NAME_REALM && is_host(name) && names_domain_of(cert, name))
        return true;
    return refuse(cert, name, why, size);
}

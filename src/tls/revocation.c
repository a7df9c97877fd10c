/* Certificates that were withdrawn: the lists of their issuers (RFC 5280, 6.3), and OCSP responses that a server staples to its
 * certificate (RFC 6066, 8; RFC 6960). */
#include "end.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

/* A response that does not say when the next one is due is fresh for a day; clocks may differ by five minutes. */
enum { FRESH_S = 86400, CLOCKS_S = 300 };

/* ---- OCSP: we are the client ---- */

/* Is this about the certificate? Its name is a digest of its issuer, by whichever function the responder likes. */
static bool is_about(OCSP_SINGLERESP *single, const X509 *cert, const X509 *issuer)
{
    const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *function = NULL;
    OCSP_id_get0_info(NULL, &function, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id);
    const EVP_MD *digest = function ? EVP_get_digestbyobj(function) : NULL;
    OCSP_CERTID *ours = digest ? OCSP_cert_to_id(digest, cert, issuer) : NULL;
    const bool same = ours && OCSP_id_cmp(ours, id) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

/* Has this moment been, by our clock moved by so much? */
static bool is_before(const dia_tls *tls, const ASN1_TIME *moment, long moved)
{
    time_t now = (time_t)tls->now;
    ASN1_TIME *edge = X509_time_adj(NULL, moved, now ? &now : NULL);
    const bool before = edge && ASN1_TIME_compare(moment, edge) < 0;
    ASN1_TIME_free(edge);
    return before;
}

static bool judge_single(const dia_tls_end *end, OCSP_SINGLERESP *single, char *why, size_t size)
{
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *next = NULL;
    const int status = OCSP_single_get0_status(single, NULL, &revoked, &from, &next);
    char date[11] = "";
    if (!from || !is_before(end->tls, from, CLOCKS_S)) {
        dia_tls_say(why, size, "the OCSP response for its certificate is from the future");
        return false;
    }
    if (next ? is_before(end->tls, next, -CLOCKS_S) : is_before(end->tls, from, -FRESH_S)) {
        dia_tls_date_of(next ? next : from, date);
        dia_tls_say(why, size, "the OCSP response for its certificate %s %s", next ? "ended on" : "is of", date);
        return false;
    }
    if (status == V_OCSP_CERTSTATUS_GOOD)
        return true;
    if (revoked)
        dia_tls_date_of(revoked, date);
    if (status == V_OCSP_CERTSTATUS_REVOKED)
        dia_tls_say(why, size, "its certificate was withdrawn on %s (OCSP)", date);
    else
        dia_tls_say(why, size, "its issuer does not know its certificate (OCSP)");
    return false;
}

static bool judge_basic(const dia_tls_end *end, OCSP_BASICRESP *basic, char *why, size_t size)
{
    STACK_OF(X509) *chain = SSL_get0_verified_chain(end->ssl);
    if (sk_X509_num(chain) == 0 || OCSP_basic_verify(basic, chain, end->tls->store, 0) != 1) {
        dia_tls_say(why, size, "the OCSP response for its certificate is not signed by one who may");
        return false;
    }
    const X509 *cert = sk_X509_value(chain, 0);
    const X509 *issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
    bool found = false;
    for (int i = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        if (!is_about(single, cert, issuer))
            continue;
        found = true;
        if (!judge_single(end, single, why, size))
            return false;
    }
    if (!found)
        dia_tls_say(why, size, "the OCSP response is not about its certificate");
    return found;
}

static bool judge(const dia_tls_end *end, dia_bytes octets, char *why, size_t size)
{
    const uint8_t *p = octets.p;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)octets.n);
    OCSP_BASICRESP *basic = response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL
                                ? OCSP_response_get1_basic(response)
                                : NULL;
    if (!basic)
        dia_tls_say(why, size, "the OCSP response for its certificate says nothing");
    const bool good = basic && judge_basic(end, basic, why, size);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return good;
}

/* ---- OCSP: we are the server ---- */

static int staple(SSL *ssl, const dia_tls *tls)
{
    if (!tls->staple)
        return SSL_TLSEXT_ERR_NOACK;
    uint8_t *copy = OPENSSL_memdup(tls->staple, tls->staple_n); /* OpenSSL releases it */
    if (!copy)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)tls->staple_n);
    return SSL_TLSEXT_ERR_OK;
}

int dia_tls_on_status(SSL *ssl, void *arg)
{
    const dia_tls *tls = arg;
    dia_tls_end *end = SSL_get_app_data(ssl);
    if (SSL_is_server(ssl))
        return staple(ssl, tls);
    const unsigned char *octets = NULL;
    const long n = SSL_get_tlsext_status_ocsp_resp(ssl, &octets);
    if (octets && n > 0)
        return judge(end, (dia_bytes){ octets, (size_t)n }, end->why, sizeof end->why);
    if (tls->ocsp != DIA_TLS_OCSP_REQUIRE)
        return 1;
    dia_tls_say(end->why, sizeof end->why, "no OCSP response was stapled to its certificate");
    return 0;
}

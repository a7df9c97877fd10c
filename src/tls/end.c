/* One end of a protected connection: its handshake, whether the other end is believed, and what is known of it then. */
#include "end.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* ---- Is the other end believed? ---- */

static bool is_in_time(const dia_tls *tls, X509 *cert, int *error)
{
    if (!dia_tls_is_past(tls, X509_get0_notBefore(cert)))
        *error = X509_V_ERR_CERT_NOT_YET_VALID;
    else if (dia_tls_is_past(tls, X509_get0_notAfter(cert)))
        *error = X509_V_ERR_CERT_HAS_EXPIRED;
    else
        return true;
    return false;
}

/* The names that a connection of ours was made to. */
static bool bears_names(dia_tls_end *end, X509 *cert)
{
    return !end->client || ((!end->name.p || dia_tls_bears(end->tls, cert, end->name, end->why, sizeof end->why)) &&
                            (!end->also.p || dia_tls_bears(end->tls, cert, end->also, end->why, sizeof end->why)));
}

static dia_tls_end *end_of(X509_STORE_CTX *x)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
    return SSL_get_app_data(ssl);
}

/* What is no error for us: who issued the one that we believe by its own name need not have a list of the withdrawn. The sentence is
 * made here, since the list is forgotten behind it. */
static int on_error(int ok, X509_STORE_CTX *x)
{
    const int at = X509_STORE_CTX_get_error_depth(x);
    if (ok || (X509_STORE_CTX_get_error(x) == X509_V_ERR_UNABLE_TO_GET_CRL &&
               at == sk_X509_num(X509_STORE_CTX_get0_chain(x)) - 1))
        return 1;
    dia_tls_end *end = end_of(x);
    dia_tls_say_verify(x, end->tls->depth, end->why, sizeof end->why);
    return 0;
}

/* The chain up to what is believed; by pins alone nothing but the dates. */
static bool is_believed(dia_tls_end *end, X509_STORE_CTX *x, X509 *cert)
{
    const dia_tls *tls = end->tls;
    if (tls->store) {
        X509_STORE_CTX_set_verify_cb(x, on_error);
        if (X509_verify_cert(x) == 1)
            return true;
        if (end->why[0])
            return false;
    } else {
        int error;
        X509_STORE_CTX_set_current_cert(x, cert);
        if (is_in_time(tls, cert, &error))
            return true;
        X509_STORE_CTX_set_error(x, error);
    }
    dia_tls_say_verify(x, tls->depth, end->why, sizeof end->why);
    return false;
}

int dia_tls_verify(X509_STORE_CTX *x, void *arg)
{
    (void)arg;
    dia_tls_end *end = end_of(x);
    X509 *cert = X509_STORE_CTX_get0_cert(x);
    if (!is_believed(end, x, cert))
        return 0;
    X509_STORE_CTX_set_error(x, X509_V_OK);
    if (end->tls->n_pins && !dia_tls_is_pinned(end->tls, cert)) {
        char subject[DIA_TLS_TEXT_MAX / 2];
        dia_tls_subject_of(X509_get_subject_name(cert), subject, sizeof subject);
        dia_tls_say(end->why, sizeof end->why, "the key of %s is not pinned", subject);
        X509_STORE_CTX_set_error(x, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    if (bears_names(end, cert))
        return 1;
    X509_STORE_CTX_set_error(x, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
}

/* ---- What is known of it ---- */

int64_t dia_tls_end_expires(const dia_tls_end *end)
{
    if (SSL_session_reused(end->ssl) && end->resumed_expires)
        return end->resumed_expires;
    X509 *cert = SSL_get0_peer_certificate(end->ssl);
    if (!cert)
        return 0;
    int64_t first = dia_tls_seconds_of(X509_get0_notAfter(cert));
    STACK_OF(X509) *chain = SSL_get0_verified_chain(end->ssl);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const int64_t at = dia_tls_seconds_of(X509_get0_notAfter(sk_X509_value(chain, i)));
        first = at < first ? at : first;
    }
    return first;
}

/* What the certificates that it has shown take, at most: a key, names, and all that is looked up in them. */
static size_t shown_take(const X509 *cert)
{
    enum { LEAST = 5632, FOR_EACH_OCTET = 10 };
    const int n = i2d_X509(cert, NULL);
    return n > LEAST / FOR_EACH_OCTET ? (size_t)n * FOR_EACH_OCTET : LEAST;
}

/* Of the chain that a server keeps its client's own certificate is no part. */
static size_t all_shown_take(const dia_tls_end *end)
{
    const X509 *cert = end->client ? NULL : SSL_get0_peer_certificate(end->ssl);
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(end->ssl);
    size_t sum = cert ? shown_take(cert) : 0;
    for (int i = 0; i < sk_X509_num(chain); i++)
        sum += shown_take(sk_X509_value(chain, i));
    return sum;
}

/* What OpenSSL 3.0 was seen to hold between two calls, in KB, with chains of two certificates of 490 octets each:
 *
 *     TLS in a handshake          40 to 50, where records come octet by octet 73, with half of a long certificate 79
 *     TLS, open                   25, resumed 12 to 31; with a record half come 41
 *     DTLS in a handshake         89, with half of a long certificate 103
 *     DTLS, open                  80, first 89: buffers are not given back
 *     one certificate more        5; one of 23,000 octets, with 1,000 names, 170
 *
 * While a call works there are some tens of KB more, but of one connection at a time. */
size_t dia_tls_end_holds(const dia_tls_end *end)
{
    enum { KIB = 1024, ORDINARY = 12 * KIB /* of certificates, among the others */ };
    static const size_t open[] = { 44 * KIB, 96 * KIB }, shaking[] = { 96 * KIB, 128 * KIB };
    const bool message = SSL_is_dtls(end->ssl);
    const size_t shown = all_shown_take(end);
    return (end->state == DIA_TLS_HANDSHAKE ? shaking : open)[message] + (shown > ORDINARY ? shown - ORDINARY : 0);
}

static bool on_names(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t size)
{
    const dia_tls_end *end = arg;
    return dia_tls_names(end->tls, SSL_get0_peer_certificate(end->ssl), host, realm, why, size);
}

static int open_end(dia_tls_end *end)
{
    X509 *cert = SSL_get0_peer_certificate(end->ssl);
    if (cert)
        dia_tls_subject_of(X509_get_subject_name(cert), end->subject, sizeof end->subject);
    end->security.protocol = SSL_get_version(end->ssl);
    end->security.cipher = SSL_get_cipher_name(end->ssl);
    end->security.subject = end->subject;
    end->security.expires = dia_tls_end_expires(end);
    end->security.warn_s = end->tls->expires_s;
    end->security.names = on_names;
    end->security.arg = end;
    /* A session that goes on was verified when it began; the name may be another one now. */
    if (SSL_session_reused(end->ssl) && !bears_names(end, cert))
        return dia_tls_end_fail(end, DIA_EFORMAT, end->why);
    end->state = DIA_TLS_OPEN;
    if (SSL_session_reused(end->ssl) && end->client)
        dia_tls_resume_again(end);
    return 0;
}

/* ---- Its life ---- */

static int keep_names(dia_tls_end *end, dia_bytes name, dia_bytes also)
{
    if (!name.n && !also.n)
        return 0;
    end->texts = dia_alloc(end->alloc, name.n + also.n + 1);
    if (!end->texts)
        return DIA_ENOMEM;
    end->n_texts = name.n + also.n + 1;
    if (name.n) {
        memcpy(end->texts, name.p, name.n);
        end->name = (dia_bytes){ end->texts, name.n };
        end->texts[name.n] = '\0'; /* for SNI, until `also` is behind it */
    }
    return 0;
}

/* RFC 6066, 3: names of hosts alone, without a dot at their end. */
static void indicate_name(dia_tls_end *end)
{
    if (end->client && end->name.p && end->name.n < 256)
        SSL_set_tlsext_host_name(end->ssl, (char *)end->texts);
}

int dia_tls_end_init(dia_tls_end *end, dia_tls *tls, bool message, bool client, dia_bytes name, dia_bytes also,
                     void *arg, const dia_allocator *alloc)
{
    *end = (dia_tls_end){ .tls = dia_tls_ref(tls), .client = client, .alloc = alloc };
    int err = keep_names(end, name, also);
    if (err)
        return err;
    end->ssl = SSL_new(message ? tls->message : tls->stream);
    BIO *bio = end->ssl ? BIO_new(message ? tls->message_bio : tls->stream_bio) : NULL;
    if (!bio) {
        ERR_clear_error();
        return DIA_ENOMEM;
    }
    BIO_set_data(bio, arg);
    BIO_set_init(bio, 1);
    SSL_set_bio(end->ssl, bio, bio);
    SSL_set_app_data(end->ssl, end);
    indicate_name(end);
    if (also.n) {
        memcpy(end->texts + name.n, also.p, also.n);
        end->also = (dia_bytes){ end->texts + name.n, also.n };
    }
    if (!client) {
        SSL_set_accept_state(end->ssl);
        return 0;
    }
    SSL_set_connect_state(end->ssl);
    if (tls->ocsp)
        SSL_set_tlsext_status_type(end->ssl, TLSEXT_STATUSTYPE_ocsp);
    if (tls->resumption && !message)
        dia_tls_resume_offer(end);
    return 0;
}

void dia_tls_end_done(dia_tls_end *end)
{
    /* A connection that ends without close_notify is no reason to forget its session: a broken transport is not an attack. */
    if (end->ssl && (end->state == DIA_TLS_OPEN || end->state == DIA_TLS_ENDED))
        SSL_set_shutdown(end->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(end->ssl);
    dia_release(end->alloc, end->texts, end->n_texts);
    dia_tls_unref(end->tls);
    ERR_clear_error();
}

int dia_tls_end_fail(dia_tls_end *end, int err, const char *sentence)
{
    if (!end->why[0])
        dia_tls_say(end->why, sizeof end->why, "%s", sentence);
    ERR_clear_error();
    end->state = DIA_TLS_FAILED;
    end->err = err;
    return err;
}

int dia_tls_end_result(dia_tls_end *end, int result)
{
    switch (SSL_get_error(end->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return 0;
    case SSL_ERROR_ZERO_RETURN: end->state = DIA_TLS_ENDED; return 0;
    default: break;
    }
    if (!end->why[0])
        dia_tls_say_error(end->why, sizeof end->why);
    return dia_tls_end_fail(end, end->err ? end->err : DIA_EFORMAT, end->why);
}

int dia_tls_end_handshake(dia_tls_end *end)
{
    ERR_clear_error();
    const int result = SSL_do_handshake(end->ssl);
    return result == 1 ? open_end(end) : dia_tls_end_result(end, result);
}

int dia_tls_end_close(dia_tls_end *end)
{
    if (end->state == DIA_TLS_FAILED)
        return end->err;
    if (end->state == DIA_TLS_HANDSHAKE || end->silent)
        return 0;
    end->silent = true;
    ERR_clear_error();
    const int result = SSL_shutdown(end->ssl);
    return result >= 0 ? 0 : dia_tls_end_result(end, result);
}

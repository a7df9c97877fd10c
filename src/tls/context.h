/* What one configuration becomes: the contexts of OpenSSL and our own rules beside them. Does not leave this folder. */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include "tls/tls.h"

#include <openssl/ssl.h>

enum {
    DIA_TLS_PIN_SIZE = 32,            /* SHA-256 */
    DIA_TLS_TEXT_MAX = 256,           /* of a subject, a sentence */
    DIA_TLS_CERTIFICATES_MAX = 32768, /* octets of all that the other end shows */
    DIA_TLS_DEPTH = 4,
    DIA_TLS_EXPIRES_S = 30 * 86400,
    DIA_TLS_SESSIONS_MAX = 256 /* that a context remembers of those we connected to */
};

/* A session that can be resumed with the host of that name. */
struct dia_tls_session;

struct dia_tls {
    size_t refs;
    const dia_allocator *alloc;
    SSL_CTX *stream, *message; /* TLS, and DTLS */
    BIO_METHOD *stream_bio, *message_bio;
    X509_STORE *store; /* NULL: pins alone say whom to believe */
    uint8_t (*pins)[DIA_TLS_PIN_SIZE];
    size_t n_pins;
    dia_tls_name name;
    dia_tls_ocsp ocsp;
    uint32_t depth, expires_s;
    int64_t expires;
    int64_t now; /* for tests; 0: the wall clock */
    char subject[DIA_TLS_TEXT_MAX];
    uint8_t *staple; /* our OCSP response */
    size_t staple_n;
    int key_log; /* a file; -1: none */
    bool resumption, anonymous_clients;
    bool misnamed;                    /* dia_tls_misnames() has said so */
    uint8_t believed[32];             /* digest of whom we believe, and what of: sessions go on among equals alone */
    struct dia_tls_session *sessions; /* the newest first */
    size_t n_sessions;
};

/* A sentence to why[size]. It is cut where it does not fit; `why` may be NULL. */
void dia_tls_say(char *why, size_t size, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* ---- files.c: what the files of a configuration hold. 0, or an error with its sentence ---- */

struct dia_tls_reader {
    const dia_tls_config *config;
    dia_tls *tls;
    char *why; /* a mistake, else the first warning */
    size_t why_size;
    X509 *certificate;
    STACK_OF(X509) * chain; /* between it and the root */
    EVP_PKEY *key;
    EVP_MD_CTX *believed;
};

int dia_tls_read_identity(struct dia_tls_reader *r); /* our certificate, its chain, its key */
int dia_tls_read_trust(struct dia_tls_reader *r);    /* roots and lists of the withdrawn */
int dia_tls_read_staple(struct dia_tls_reader *r);   /* what we staple */
int dia_tls_read_pins(struct dia_tls_reader *r);
int dia_tls_open_key_log(struct dia_tls_reader *r);
void dia_tls_reader_warn(struct dia_tls_reader *r, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* ---- words.c: certificates, dates and errors for people ---- */

/* "CN=ocs,O=Example"; octets that are not printable are escaped. */
void dia_tls_subject_of(const X509_NAME *name, char *to, size_t size);
void dia_tls_date_of(const ASN1_TIME *time, char to[11]); /* "2026-03-01" */
int64_t dia_tls_seconds_of(const ASN1_TIME *time);        /* since 1970 */
/* Has it passed, by the context's clock? */
bool dia_tls_is_past(const dia_tls *tls, const ASN1_TIME *time);
bool dia_tls_has_passed(const dia_tls *tls, int64_t seconds); /* since 1970 */
/* Of the error that the chain's verification stands at. */
void dia_tls_say_verify(X509_STORE_CTX *x, uint32_t depth, char *why, size_t size);
/* Of OpenSSL's queue of errors, which is empty behind it. */
void dia_tls_say_error(char *why, size_t size);

/* ---- identity.c: whom a certificate names ---- */

bool dia_tls_is_pinned(const dia_tls *tls, X509 *cert);
/* By the rule of the context. `realm` absent: only the name counts. `cert` NULL: it is a client that showed none. */
bool dia_tls_names(const dia_tls *tls, X509 *cert, dia_bytes host, dia_bytes realm, char *why, size_t size);
/* Of a name that was connected to, or looked up. */
bool dia_tls_bears(const dia_tls *tls, X509 *cert, dia_bytes name, char *why, size_t size);

/* ---- revocation.c: lists of withdrawn certificates and OCSP ---- */

int dia_tls_on_status(SSL *ssl, void *arg); /* staples, or judges what was stapled */

/* ---- resume.c: tickets and sessions ---- */

void dia_tls_resume_setup(dia_tls *tls);
void dia_tls_sessions_drop(dia_tls *tls);

#endif

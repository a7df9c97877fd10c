/* One configuration with its files read: contexts of OpenSSL for TLS and for DTLS that are set up alike, and our rules. */
#include "end.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/err.h>

/* Forward secrecy and authenticated encryption alone; the smaller key first, since it is strong enough and the fastest. */
#define CIPHERS                                                                                                        \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"                         \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

/* Whatever a list of ciphers says: no end without a certificate, nothing in clear, and nothing that RFC 7465 and RFC 8429 forbid. */
#define NEVER ":!aNULL:!eNULL:!EXPORT:!RC4:!3DES:!DES:!MD5"

enum { CIPHERS_MAX = 4096, WORD_MAX_LENGTH = 128 };

#define MISTAKE(r, ...) (dia_tls_say((r)->why, (r)->why_size, __VA_ARGS__), DIA_EINVAL)

/* ---- Ciphers ---- */

/* One word of the list in the words of OpenSSL: the RFCs' names are translated. NULL: nobody knows it. */
static const char *translate(SSL_CTX *scratch, const char *word)
{
    if (word[0] == '!' || word[0] == '-' || word[0] == '+' || word[0] == '@')
        return word;
    if (strncmp(word, "TLS_", 4) == 0) {
        const char *name = OPENSSL_cipher_name(word);
        return strcmp(name, "(NONE)") == 0 ? NULL : name;
    }
    return SSL_CTX_set_cipher_list(scratch, word) == 1 ? word : NULL;
}

static int set_ciphers(struct dia_tls_reader *r, SSL_CTX *ctx)
{
    char list[CIPHERS_MAX];
    size_t n = 0;
    for (const char *at = r->config->ciphers ? r->config->ciphers : CIPHERS; *at;) {
        char word[WORD_MAX_LENGTH];
        const size_t length = strcspn(at, ":, ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        const char *name = length < sizeof word ? translate(ctx, word) : NULL;
        ERR_clear_error();
        if (length && !name)
            return MISTAKE(r, "ciphers: %s is none that this OpenSSL has", word);
        if (length && n + strlen(name) + sizeof NEVER + 1 > sizeof list)
            return MISTAKE(r, "ciphers: too many");
        if (length)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ":" : "", name);
        at += length + (at[length] != '\0');
    }
    snprintf(list + n, sizeof list - n, "%s", NEVER);
    if (SSL_CTX_set_cipher_list(ctx, list) != 1) {
        ERR_clear_error();
        return MISTAKE(
            r, "ciphers: nothing is left of %s: RC4, 3DES and what does not encrypt or authenticate is never used",
            r->config->ciphers);
    }
    return 0;
}

static int set_suites(struct dia_tls_reader *r, SSL_CTX *ctx)
{
    const char *suites = r->config->suites ? r->config->suites : SUITES;
    if (SSL_CTX_set_ciphersuites(ctx, suites) == 1 && *suites)
        return 0;
    ERR_clear_error();
    return MISTAKE(r, "suites: one of %s is none that this OpenSSL has", suites);
}

/* ---- A context ---- */

static int set_versions(struct dia_tls_reader *r, SSL_CTX *ctx, bool message)
{
    static const int least[] = { TLS1_2_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };
    static const int most[] = { TLS1_3_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };
    if (message)
        return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
                       SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1
                   ? 0
                   : MISTAKE(r, "this OpenSSL has no DTLS 1.2");
    return SSL_CTX_set_min_proto_version(ctx, least[r->config->least]) == 1 &&
                   SSL_CTX_set_max_proto_version(ctx, most[r->config->most]) == 1
               ? 0
               : MISTAKE(r, "this OpenSSL lacks a version of TLS that is wanted");
}

static int set_identity(struct dia_tls_reader *r, SSL_CTX *ctx)
{
    if (SSL_CTX_use_certificate(ctx, r->certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, r->key) == 1 &&
        SSL_CTX_set1_chain(ctx, r->chain) == 1)
        return 0;
    const char *words = ERR_reason_error_string(ERR_peek_error());
    dia_tls_say(r->why, r->why_size, "%s: %s", r->config->certificate, words ? words : "cannot be used");
    ERR_clear_error();
    return DIA_EINVAL;
}

static void on_secret(const SSL *ssl, const char *line)
{
    const dia_tls_end *end = SSL_get_app_data(ssl);
    char text[512];
    const int n = snprintf(text, sizeof text, "%s\n", line);
    if (n > 0 && n < (int)sizeof text && write(end->tls->key_log, text, (size_t)n) != n)
        return; /* a full disk must not end connections */
}

static void set_verification(struct dia_tls_reader *r, SSL_CTX *ctx)
{
    const dia_tls *tls = r->tls;
    int mode = SSL_VERIFY_PEER;
    if (!r->config->anonymous_clients)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(ctx, mode, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, dia_tls_verify, NULL);
    SSL_CTX_set_verify_depth(ctx, (int)tls->depth);
    SSL_CTX_set_max_cert_list(ctx, DIA_TLS_CERTIFICATES_MAX);
    if (tls->store)
        SSL_CTX_set1_cert_store(ctx, tls->store);
    SSL_CTX_set_tlsext_status_cb(ctx, dia_tls_on_status);
    SSL_CTX_set_tlsext_status_arg(ctx, r->tls);
    SSL_CTX_set_session_id_context(ctx, tls->believed, sizeof tls->believed);
}

static int new_context(struct dia_tls_reader *r, bool message, SSL_CTX **out)
{
    SSL_CTX *ctx = *out = SSL_CTX_new(message ? DTLS_method() : TLS_method());
    if (!ctx)
        return DIA_ENOMEM;
    SSL_CTX_set_security_level(ctx, 2);
    SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx)); /* what a file of the system says counts for others */
    /* RFC 8446, D.4: Erlang's ssl ends a handshake of 1.3 without the ChangeCipherSpec that it asks for. */
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_SSLv3 |
                                 SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    int err = set_versions(r, ctx, message);
    if (!err)
        err = set_ciphers(r, ctx);
    if (!err && !message)
        err = set_suites(r, ctx);
    if (!err)
        err = set_identity(r, ctx);
    if (!err)
        set_verification(r, ctx);
    if (r->tls->key_log >= 0)
        SSL_CTX_set_keylog_callback(ctx, on_secret);
    return err;
}

/* DTLS for SCTP: sessions are never resumed, and no path has an MTU (RFC 6083, 3.2 and 3.4). */
static int new_message_context(struct dia_tls_reader *r)
{
    const int err = new_context(r, true, &r->tls->message);
    if (err)
        return err;
    SSL_CTX_set_options(r->tls->message, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(r->tls->message, SSL_SESS_CACHE_OFF);
    return 0;
}

/* ---- The configuration ---- */

static int check_config(struct dia_tls_reader *r)
{
    const dia_tls_config *c = r->config;
    if ((unsigned)c->name > DIA_TLS_NAME_ANY || (unsigned)c->crl_of > DIA_TLS_CRL_LEAF ||
        (unsigned)c->ocsp > DIA_TLS_OCSP_REQUIRE || (unsigned)c->least > DIA_TLS_1_3 || (unsigned)c->most > DIA_TLS_1_3)
        return MISTAKE(r, "a word of the configuration of TLS has a value that there is not");
    if (c->least == DIA_TLS_1_3 && c->most == DIA_TLS_1_2)
        return MISTAKE(r, "the least version of TLS is above the most");
    if (c->depth > 100)
        return MISTAKE(r, "depth: above 100");
    return 0;
}

static int read_all(struct dia_tls_reader *r)
{
    int err = check_config(r);
    if (!err)
        err = dia_tls_read_identity(r);
    if (!err)
        err = dia_tls_read_trust(r);
    if (!err)
        err = dia_tls_read_pins(r);
    if (!err)
        err = dia_tls_read_staple(r);
    if (!err)
        err = dia_tls_open_key_log(r);
    if (!err)
        EVP_DigestFinal_ex(r->believed, r->tls->believed, NULL);
    return err;
}

static int build(struct dia_tls_reader *r)
{
    dia_tls *tls = r->tls;
    r->chain = sk_X509_new_null();
    r->believed = EVP_MD_CTX_new();
    tls->stream_bio = dia_tls_stream_bio();
    tls->message_bio = dia_tls_message_bio();
    if (!r->chain || !r->believed || !tls->stream_bio || !tls->message_bio ||
        EVP_DigestInit_ex(r->believed, EVP_sha256(), NULL) != 1)
        return DIA_ENOMEM;
    int err = read_all(r);
    if (!err)
        err = new_context(r, false, &tls->stream);
    if (!err)
        err = new_message_context(r);
    if (!err)
        dia_tls_resume_setup(tls);
    return err;
}

static void reader_done(struct dia_tls_reader *r)
{
    X509_free(r->certificate);
    sk_X509_pop_free(r->chain, X509_free);
    EVP_PKEY_free(r->key);
    EVP_MD_CTX_free(r->believed);
    ERR_clear_error();
}

int dia_tls_new(const dia_tls_config *config, const dia_allocator *alloc, dia_tls **out, char *why, size_t why_size)
{
    char unread[DIA_TLS_TEXT_MAX];
    if (!why || !why_size) {
        why = unread;
        why_size = sizeof unread;
    }
    why[0] = '\0';
    dia_tls *tls = dia_alloc0(alloc, sizeof *tls);
    if (!tls)
        return DIA_ENOMEM;
    tls->refs = 1;
    tls->alloc = alloc;
    tls->key_log = -1;
    tls->name = config->name;
    tls->ocsp = config->ocsp;
    tls->depth = config->depth ? config->depth : DIA_TLS_DEPTH;
    tls->expires_s = config->expires_s ? config->expires_s : DIA_TLS_EXPIRES_S;
    tls->resumption = config->resumption;
    tls->anonymous_clients = config->anonymous_clients;
    struct dia_tls_reader reader = { .config = config, .tls = tls, .why = why, .why_size = why_size };
    ERR_clear_error();
    const int err = build(&reader);
    reader_done(&reader);
    if (err) {
        dia_tls_unref(tls);
        return err;
    }
    *out = tls;
    return 0;
}

dia_tls *dia_tls_ref(dia_tls *tls)
{
    tls->refs++;
    return tls;
}

void dia_tls_unref(dia_tls *tls)
{
    if (!tls || --tls->refs)
        return;
    dia_tls_sessions_drop(tls);
    SSL_CTX_free(tls->stream);
    SSL_CTX_free(tls->message);
    BIO_meth_free(tls->stream_bio);
    BIO_meth_free(tls->message_bio);
    X509_STORE_free(tls->store);
    if (tls->key_log >= 0)
        close(tls->key_log);
    dia_release(tls->alloc, tls->pins, tls->n_pins * DIA_TLS_PIN_SIZE);
    dia_release(tls->alloc, tls->staple, tls->staple_n);
    dia_release(tls->alloc, tls, sizeof *tls);
}

void dia_tls_at(dia_tls *tls, int64_t seconds)
{
    tls->now = seconds;
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(tls->stream), (time_t)seconds);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(tls->message), (time_t)seconds);
    if (tls->store)
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(tls->store), (time_t)seconds);
    if (seconds)
        return;
    X509_VERIFY_PARAM_clear_flags(SSL_CTX_get0_param(tls->stream), X509_V_FLAG_USE_CHECK_TIME);
    X509_VERIFY_PARAM_clear_flags(SSL_CTX_get0_param(tls->message), X509_V_FLAG_USE_CHECK_TIME);
    if (tls->store)
        X509_VERIFY_PARAM_clear_flags(X509_STORE_get0_param(tls->store), X509_V_FLAG_USE_CHECK_TIME);
}

int64_t dia_tls_expires(const dia_tls *tls)
{
    return tls->expires;
}

uint32_t dia_tls_expires_s(const dia_tls *tls)
{
    return tls->expires_s;
}

const char *dia_tls_subject(const dia_tls *tls)
{
    return tls->subject;
}

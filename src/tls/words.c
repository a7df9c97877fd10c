/* Certificates, dates and the errors of OpenSSL as sentences for people. */
#include "context.h"

#include <stdarg.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

void dia_tls_say(char *why, size_t size, const char *format, ...)
{
    if (!why || !size)
        return;
    va_list args;
    va_start(args, format);
    dia_sentence_list(why, size, format, args);
    va_end(args);
}

void dia_tls_subject_of(const X509_NAME *name, char *to, size_t size)
{
    to[0] = '\0';
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio)
        return;
    /* The octets are the other end's: controls and all beyond ASCII are escaped. */
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV);
    const int n = BIO_read(bio, to, (int)size - 1);
    to[n > 0 ? n : 0] = '\0';
    if (BIO_pending(bio) > 0)
        memcpy(to + size - sizeof "...", "...", sizeof "...");
    BIO_free(bio);
    ERR_clear_error();
}

void dia_tls_date_of(const ASN1_TIME *time, char to[11])
{
    struct tm tm;
    if (!ASN1_TIME_to_tm(time, &tm)) {
        memcpy(to, "no date", sizeof "no date");
        return;
    }
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    memcpy(to, text, 10);
    to[10] = '\0';
}

int64_t dia_tls_seconds_of(const ASN1_TIME *time)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    const int ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * 86400 + seconds : 0;
}

bool dia_tls_is_past(const dia_tls *tls, const ASN1_TIME *time)
{
    time_t now = (time_t)tls->now;
    return X509_cmp_time(time, now ? &now : NULL) < 0;
}

bool dia_tls_has_passed(const dia_tls *tls, int64_t seconds)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)seconds);
    const bool passed = !time || dia_tls_is_past(tls, time);
    ASN1_TIME_free(time);
    return passed;
}

/* ---- Verification ---- */

/* What is said of a certificate, with its subject, date or issuer where the row asks for them. */
enum verify_of { OF_SUBJECT, OF_END, OF_BEGIN, OF_ISSUER, OF_LIST, OF_LIST_END };

static const struct {
    int error;
    enum verify_of of;
    const char *before, *behind;
} verify_rows[] = {
    { X509_V_ERR_CERT_HAS_EXPIRED, OF_END, "certificate of ", " ended on " },
    { X509_V_ERR_CERT_NOT_YET_VALID, OF_BEGIN, "certificate of ", " begins on " },
    { X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, OF_SUBJECT, "certificate of ", " is signed by itself, and not believed" },
    { X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, OF_SUBJECT, "the root ", " is not believed" },
    { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, OF_ISSUER, "certificate of ", " has an issuer that is not believed: " },
    { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, OF_ISSUER, "certificate of ",
      " has an issuer that is not believed: " },
    { X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, OF_ISSUER, "certificate of ",
      " has an issuer that is not believed: " },
    { X509_V_ERR_CERT_REVOKED, OF_SUBJECT, "certificate of ", " was withdrawn (revoked)" },
    { X509_V_ERR_UNABLE_TO_GET_CRL, OF_LIST, "there is no list of withdrawn certificates of ", "" },
    { X509_V_ERR_CRL_HAS_EXPIRED, OF_LIST_END, "the list of withdrawn certificates of ", " ended on " },
    { X509_V_ERR_INVALID_PURPOSE, OF_SUBJECT, "certificate of ", " is not for this use (extended key usage)" },
    { X509_V_ERR_INVALID_CA, OF_SUBJECT, "certificate of ", " may not issue others" },
    { X509_V_ERR_CERT_SIGNATURE_FAILURE, OF_SUBJECT, "certificate of ", " has a wrong signature" },
    { X509_V_ERR_EE_KEY_TOO_SMALL, OF_SUBJECT, "certificate of ", " has too short a key" },
    { X509_V_ERR_CA_KEY_TOO_SMALL, OF_SUBJECT, "certificate of ", " has too short a key" },
    { X509_V_ERR_CA_MD_TOO_WEAK, OF_SUBJECT, "certificate of ", " is signed with too weak a digest" },
};

void dia_tls_say_verify(X509_STORE_CTX *x, uint32_t depth, char *why, size_t size)
{
    const int error = X509_STORE_CTX_get_error(x);
    const X509 *cert = X509_STORE_CTX_get_current_cert(x);
    char subject[DIA_TLS_TEXT_MAX] = "nobody", issuer[DIA_TLS_TEXT_MAX] = "nobody", date[11] = "";
    if (cert) {
        dia_tls_subject_of(X509_get_subject_name(cert), subject, sizeof subject);
        dia_tls_subject_of(X509_get_issuer_name(cert), issuer, sizeof issuer);
    }
    if (error == X509_V_ERR_CERT_CHAIN_TOO_LONG) {
        dia_tls_say(why, size, "more than %u certificates between that of the other end and the root", (unsigned)depth);
        return;
    }
    for (size_t i = 0; cert && i < sizeof verify_rows / sizeof *verify_rows; i++) {
        if (verify_rows[i].error != error)
            continue;
        const enum verify_of of = verify_rows[i].of;
        const X509_CRL *list = X509_STORE_CTX_get0_current_crl(x);
        if (of == OF_LIST_END && list)
            dia_tls_date_of(X509_CRL_get0_nextUpdate(list), date);
        else if (of == OF_END || of == OF_BEGIN)
            dia_tls_date_of(of == OF_END ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert), date);
        dia_tls_say(why, size, "%s%s%s%s", verify_rows[i].before, of >= OF_LIST ? issuer : subject,
                    verify_rows[i].behind, of == OF_ISSUER ? issuer : date);
        return;
    }
    dia_tls_say(why, size, "certificate of %s: %s", subject, X509_verify_cert_error_string(error));
}

/* ---- Handshakes and records ---- */

/* What alerts mean (RFC 8446, 6.2; RFC 5246, 7.2). Those about certificates are about ours. */
static const struct {
    int alert;
    const char *words;
    bool ours;
} alert_rows[] = {
    { SSL_AD_UNEXPECTED_MESSAGE, "unexpected message", false },
    { SSL_AD_BAD_RECORD_MAC, "bad record mac", false },
    { SSL_AD_RECORD_OVERFLOW, "record overflow", false },
    { SSL_AD_HANDSHAKE_FAILURE, "handshake failure", false },
    { SSL_AD_BAD_CERTIFICATE, "bad certificate", true },
    { SSL_AD_UNSUPPORTED_CERTIFICATE, "unsupported certificate", true },
    { SSL_AD_CERTIFICATE_REVOKED, "certificate revoked", true },
    { SSL_AD_CERTIFICATE_EXPIRED, "certificate expired", true },
    { SSL_AD_CERTIFICATE_UNKNOWN, "certificate unknown", true },
    { SSL_AD_ILLEGAL_PARAMETER, "illegal parameter", false },
    { SSL_AD_UNKNOWN_CA, "unknown ca", true },
    { SSL_AD_ACCESS_DENIED, "access denied", true },
    { SSL_AD_DECODE_ERROR, "decode error", false },
    { SSL_AD_DECRYPT_ERROR, "decrypt error", false },
    { SSL_AD_PROTOCOL_VERSION, "protocol version", false },
    { SSL_AD_INSUFFICIENT_SECURITY, "insufficient security", false },
    { SSL_AD_INTERNAL_ERROR, "internal error", false },
    { SSL_AD_USER_CANCELLED, "user canceled", false },
    { SSL_AD_NO_RENEGOTIATION, "no renegotiation", false },
    { SSL_AD_MISSING_EXTENSION, "missing extension", false },
    { SSL_AD_UNSUPPORTED_EXTENSION, "unsupported extension", false },
    { SSL_AD_UNRECOGNIZED_NAME, "unrecognized name", false },
    { SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE, "bad certificate status response", true },
    { SSL_AD_UNKNOWN_PSK_IDENTITY, "unknown psk identity", false },
    { SSL_AD_CERTIFICATE_REQUIRED, "certificate required", true },
};

static void say_alert(int alert, char *why, size_t size)
{
    for (size_t i = 0; i < sizeof alert_rows / sizeof *alert_rows; i++) {
        if (alert_rows[i].alert != alert)
            continue;
        dia_tls_say(why, size, "the other end %s (alert: %s)",
                    alert_rows[i].ours ? "does not accept our certificate" : "gave up", alert_rows[i].words);
        return;
    }
    dia_tls_say(why, size, "the other end gave up (alert %d)", alert);
}

static const struct {
    int reason;
    const char *sentence;
} reason_rows[] = {
    { SSL_R_NO_SHARED_CIPHER, "no cipher in common" },
    { SSL_R_NO_CIPHERS_AVAILABLE, "no cipher is left for the versions that are allowed" },
    { SSL_R_UNSUPPORTED_PROTOCOL, "no version of TLS in common" },
    { SSL_R_NO_PROTOCOLS_AVAILABLE, "no version of TLS in common" },
    { SSL_R_VERSION_TOO_LOW, "no version of TLS in common" },
    { SSL_R_WRONG_VERSION_NUMBER, "what came is no TLS" },
    { SSL_R_WRONG_SSL_VERSION, "no version of TLS in common" },
    { SSL_R_HTTP_REQUEST, "what came is HTTP, not TLS" },
    { SSL_R_HTTPS_PROXY_REQUEST, "what came is HTTP, not TLS" },
    { SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the other end shows no certificate" },
    { SSL_R_NO_SHARED_GROUPS, "no group for the exchange of keys in common" },
    { SSL_R_NO_SUITABLE_KEY_SHARE, "no group for the exchange of keys in common" },
    { SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "no kind of signature in common" },
    { SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "no kind of signature in common" },
    { SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "a record was damaged on its way, or forged" },
    { SSL_R_EXCESSIVE_MESSAGE_SIZE, "a message of the handshake is longer than allowed" },
    { SSL_R_ENCRYPTED_LENGTH_TOO_LONG, "a record is longer than allowed" },
    { SSL_R_DATA_LENGTH_TOO_LONG, "a record is longer than allowed" },
    { SSL_R_PACKET_LENGTH_TOO_LONG, "a record is longer than allowed" },
    { SSL_R_LENGTH_TOO_LONG, "a record is longer than allowed" },
    { SSL_R_RECORD_TOO_SMALL, "a record is too short" },
    { SSL_R_UNEXPECTED_MESSAGE, "a message came that has no place there" },
    { SSL_R_UNEXPECTED_RECORD, "a record came that has no place there" },
    { SSL_R_BAD_SIGNATURE, "a signature of the other end is wrong" },
    { SSL_R_DIGEST_CHECK_FAILED, "the other end's Finished is wrong" },
    { SSL_R_TOO_MANY_WARN_ALERTS, "too many alerts" },
    { SSL_R_TOO_MANY_KEY_UPDATES, "too many changes of keys" },
    { SSL_R_NO_RENEGOTIATION, "the other end wants to renegotiate, which is not done here" },
    { SSL_R_NOT_SERVER, "the other end is a server, too" },
    { SSL_R_RECORD_LENGTH_MISMATCH, "a record is longer than allowed" },
    { SSL_R_INAPPROPRIATE_FALLBACK, "somebody between tampers with the versions" },
};

void dia_tls_say_error(char *why, size_t size)
{
    const unsigned long error = ERR_peek_error();
    const int reason = ERR_GET_REASON(error);
    bool said = false;
    if (!error)
        dia_tls_say(why, size, "the handshake failed");
    else if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
        say_alert(reason - SSL_AD_REASON_OFFSET, why, size);
    else if (reason == ERR_R_MALLOC_FAILURE)
        dia_tls_say(why, size, "out of memory");
    else {
        for (size_t i = 0; i < sizeof reason_rows / sizeof *reason_rows && !said; i++) {
            said = ERR_GET_LIB(error) == ERR_LIB_SSL && reason_rows[i].reason == reason;
            if (said)
                dia_tls_say(why, size, "%s", reason_rows[i].sentence);
        }
        const char *words = ERR_reason_error_string(error);
        if (!said)
            dia_tls_say(why, size, "%s", words ? words : "OpenSSL failed without a word");
    }
    ERR_clear_error();
}

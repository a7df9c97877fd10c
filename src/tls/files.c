/* The files of a configuration: our certificate and key, whom we believe, what was withdrawn, what we staple. Each mistake is a
 * sentence that begins with the file's name. */
#include "context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { STAPLE_MAX = 65536, PATH_LENGTH = 4096 };

#define MISTAKE(r, ...) (dia_tls_say((r)->why, (r)->why_size, __VA_ARGS__), DIA_EINVAL)

void dia_tls_reader_warn(struct dia_tls_reader *r, const char *format, ...)
{
    if (!r->why || !r->why_size || r->why[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, r->why_size, format, args);
    va_end(args);
}

/* Where to read on; NULL: the sentence is said. A pipe that nobody writes to would hold up a loop that runs and reads its files
 * anew: only files are read, and none is waited for. */
static BIO *open_file(struct dia_tls_reader *r, const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const bool known = fd >= 0 && fstat(fd, &about) == 0;
    FILE *file = known && S_ISREG(about.st_mode) ? fdopen(fd, "rb") : NULL;
    BIO *bio = file ? BIO_new_fp(file, BIO_CLOSE) : NULL;
    if (!bio && known && !S_ISREG(about.st_mode))
        dia_tls_say(r->why, r->why_size, "%s: is %s", path, S_ISDIR(about.st_mode) ? "a folder" : "no regular file");
    else if (!bio)
        dia_tls_say(r->why, r->why_size, "%s: %s", path, errno ? strerror(errno) : "cannot be read");
    if (!bio && file)
        fclose(file);
    else if (!bio && fd >= 0)
        close(fd);
    ERR_clear_error();
    return bio;
}

/* Behind the last object of a file OpenSSL says that no line begins one; anything else is damage. */
static bool is_at_end(void)
{
    const unsigned long error = ERR_peek_last_error();
    const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return end;
}

/* ---- Ours ---- */

static int read_chain(struct dia_tls_reader *r)
{
    const char *path = r->config->certificate;
    BIO *bio = open_file(r, path);
    if (!bio)
        return DIA_EINVAL;
    X509 *cert;
    int err = 0;
    while (!err && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        if (!r->certificate)
            r->certificate = cert;
        else if (!sk_X509_push(r->chain, cert)) {
            X509_free(cert);
            err = DIA_ENOMEM;
        }
    }
    BIO_free(bio);
    if (!err && !is_at_end())
        err = MISTAKE(r, "%s: a certificate in it is damaged", path);
    else if (!err && !r->certificate)
        err = MISTAKE(r, "%s: no certificate in it", path);
    return err;
}

/* Each must have been issued by the next, or the other end cannot follow. */
static int check_chain(struct dia_tls_reader *r)
{
    X509 *at = r->certificate;
    for (int i = 0; i < sk_X509_num(r->chain); i++) {
        X509 *next = sk_X509_value(r->chain, i);
        if (X509_check_issued(next, at) != X509_V_OK) {
            char subject[DIA_TLS_TEXT_MAX / 2];
            dia_tls_subject_of(X509_get_subject_name(next), subject, sizeof subject);
            return MISTAKE(r, "%s: certificate %d in it (%s) has not issued the one before it", r->config->certificate,
                           i + 2, subject);
        }
        at = next;
    }
    return 0;
}

static void look_at_date(struct dia_tls_reader *r, X509 *cert)
{
    const int64_t end = dia_tls_seconds_of(X509_get0_notAfter(cert));
    if (!r->tls->expires || end < r->tls->expires)
        r->tls->expires = end;
    char date[11];
    dia_tls_date_of(X509_get0_notAfter(cert), date);
    if (dia_tls_is_past(r->tls, X509_get0_notAfter(cert)))
        dia_tls_reader_warn(r, "%s: ended on %s", r->config->certificate, date);
    dia_tls_date_of(X509_get0_notBefore(cert), date);
    if (!dia_tls_is_past(r->tls, X509_get0_notBefore(cert)))
        dia_tls_reader_warn(r, "%s: begins on %s", r->config->certificate, date);
}

/* A certificate of ours that others will refuse is a warning: they say so, and a program that does not start helps nobody. */
static void look_at_identity(struct dia_tls_reader *r)
{
    dia_tls_subject_of(X509_get_subject_name(r->certificate), r->tls->subject, sizeof r->tls->subject);
    look_at_date(r, r->certificate);
    for (int i = 0; i < sk_X509_num(r->chain); i++)
        look_at_date(r, sk_X509_value(r->chain, i));
    if (X509_check_purpose(r->certificate, X509_PURPOSE_SSL_CLIENT, 0) != 1)
        dia_tls_reader_warn(r, "%s: may not be shown where we connect (extended key usage)", r->config->certificate);
    else if (X509_check_purpose(r->certificate, X509_PURPOSE_SSL_SERVER, 0) != 1)
        dia_tls_reader_warn(r, "%s: may not be shown to those who connect (extended key usage)",
                            r->config->certificate);
}

struct passphrase {
    const char *text;
    bool asked;
};

static int on_passphrase(char *to, int size, int writing, void *arg)
{
    (void)writing;
    struct passphrase *p = arg;
    const size_t n = p->text ? strlen(p->text) : 0;
    p->asked = true;
    if (!n || n > (size_t)size)
        return -1;
    memcpy(to, p->text, n);
    return (int)n;
}

/* Is there a key at all, of whatever kind? What is wrong with one is another sentence. */
static bool has_key(BIO *bio)
{
    char *name = NULL, *header = NULL;
    unsigned char *octets = NULL;
    long n;
    bool found = false;
    while (!found && PEM_read_bio(bio, &name, &header, &octets, &n)) {
        found = strstr(name, "PRIVATE KEY") != NULL;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(octets, (size_t)n);
    }
    ERR_clear_error();
    return found && BIO_seek(bio, 0) == 0;
}

static int read_key(struct dia_tls_reader *r)
{
    const char *path = r->config->key ? r->config->key : r->config->certificate;
    BIO *bio = open_file(r, path);
    if (!bio)
        return DIA_EINVAL;
    struct passphrase passphrase = { r->config->passphrase, false };
    const bool found = has_key(bio);
    r->key = found ? PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, &passphrase) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    if (!r->key)
        return passphrase.asked && !passphrase.text ? MISTAKE(r, "%s: its key is locked by a passphrase", path)
               : passphrase.asked                   ? MISTAKE(r, "%s: the passphrase does not open its key", path)
               : !found                             ? MISTAKE(r, "%s: no key in it", path)
                                                    : MISTAKE(r, "%s: its key is damaged, or of an unknown kind", path);
    if (X509_check_private_key(r->certificate, r->key) != 1) {
        ERR_clear_error();
        return MISTAKE(r, "%s is not the key of %s", path, r->config->certificate);
    }
    return 0;
}

int dia_tls_read_identity(struct dia_tls_reader *r)
{
    if (!r->config->certificate)
        return MISTAKE(r, "a certificate of ours is needed");
    int err = read_chain(r);
    if (!err)
        err = check_chain(r);
    if (!err)
        err = read_key(r);
    if (!err)
        look_at_identity(r);
    return err;
}

/* ---- Whom we believe ---- */

static void believe(struct dia_tls_reader *r, const void *p, size_t n)
{
    EVP_DigestUpdate(r->believed, p, n);
}

/* Adds the certificates of one file: how many, or an error. */
static int add_roots(struct dia_tls_reader *r, const char *path)
{
    BIO *bio = open_file(r, path);
    if (!bio)
        return DIA_EINVAL;
    int n = 0;
    X509 *cert;
    while (n >= 0 && (cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        X509_digest(cert, EVP_sha256(), digest, &size);
        believe(r, digest, size);
        n = X509_STORE_add_cert(r->tls->store, cert) == 1 ? n + 1 : DIA_ENOMEM;
        if (n > 0 && dia_tls_is_past(r->tls, X509_get0_notAfter(cert))) {
            char subject[DIA_TLS_TEXT_MAX / 2], date[11];
            dia_tls_subject_of(X509_get_subject_name(cert), subject, sizeof subject);
            dia_tls_date_of(X509_get0_notAfter(cert), date);
            dia_tls_reader_warn(r, "%s: %s ended on %s", path, subject, date);
        }
        X509_free(cert);
    }
    BIO_free(bio);
    if (n >= 0 && !is_at_end())
        return MISTAKE(r, "%s: a certificate in it is damaged", path);
    return n;
}

/* All files of a folder: lists and what else lies there have no certificates. */
static int add_folder(struct dia_tls_reader *r, DIR *folder, const char *path)
{
    int n = 0;
    for (const struct dirent *entry; n >= 0 && (entry = readdir(folder));) {
        char file[PATH_LENGTH];
        struct stat about;
        if (entry->d_name[0] == '.' || snprintf(file, sizeof file, "%s/%s", path, entry->d_name) >= PATH_LENGTH ||
            stat(file, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        const int more = add_roots(r, file);
        n = more < 0 ? more : n + more;
    }
    return n;
}

static int read_roots(struct dia_tls_reader *r)
{
    const char *path = r->config->trust;
    DIR *folder = opendir(path);
    const int n = folder ? add_folder(r, folder, path) : add_roots(r, path);
    if (folder)
        closedir(folder);
    if (n == 0)
        return MISTAKE(r, "%s: no certificate in it", path);
    return n < 0 ? n : 0;
}

static int read_lists(struct dia_tls_reader *r)
{
    const char *path = r->config->crl;
    BIO *bio = open_file(r, path);
    if (!bio)
        return DIA_EINVAL;
    int n = 0;
    X509_CRL *list;
    while (n >= 0 && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        X509_CRL_digest(list, EVP_sha256(), digest, &size);
        believe(r, digest, size);
        n = X509_STORE_add_crl(r->tls->store, list) == 1 ? n + 1 : DIA_ENOMEM;
        const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
        if (next && dia_tls_is_past(r->tls, next)) {
            char issuer[DIA_TLS_TEXT_MAX / 2], date[11];
            dia_tls_subject_of(X509_CRL_get_issuer(list), issuer, sizeof issuer);
            dia_tls_date_of(next, date);
            dia_tls_reader_warn(r, "%s: the list of %s ended on %s: nobody of theirs is accepted", path, issuer, date);
        }
        X509_CRL_free(list);
    }
    BIO_free(bio);
    if (n >= 0 && !is_at_end())
        return MISTAKE(r, "%s: a list in it is damaged", path);
    if (n == 0)
        return MISTAKE(r, "%s: no list of withdrawn certificates (X509 CRL) in it", path);
    if (n < 0)
        return n;
    unsigned long flags = X509_V_FLAG_CRL_CHECK;
    if (r->config->crl_of == DIA_TLS_CRL_ALL)
        flags |= X509_V_FLAG_CRL_CHECK_ALL;
    X509_STORE_set_flags(r->tls->store, flags);
    return 0;
}

int dia_tls_read_trust(struct dia_tls_reader *r)
{
    const dia_tls_config *c = r->config;
    believe(r, &c->name, sizeof c->name);
    believe(r, &c->crl_of, sizeof c->crl_of);
    believe(r, &c->ocsp, sizeof c->ocsp);
    believe(r, &c->depth, sizeof c->depth);
    believe(r, &c->anonymous_clients, sizeof c->anonymous_clients);
    if (!c->trust) {
        if (!c->pins || !c->pins[0])
            return MISTAKE(r, "whom to believe is needed: a file of roots (trust), or pins");
        if (c->crl)
            return MISTAKE(r, "%s: lists of withdrawn certificates need roots (trust)", c->crl);
        if (c->ocsp)
            return MISTAKE(r, "OCSP needs roots (trust)");
        return 0;
    }
    r->tls->store = X509_STORE_new();
    if (!r->tls->store)
        return DIA_ENOMEM;
    X509_STORE_set_flags(r->tls->store,
                         X509_V_FLAG_PARTIAL_CHAIN); /* what stands in the file is believed, root or not */
    const int err = read_roots(r);
    return err || !c->crl ? err : read_lists(r);
}

/* ---- Pins ---- */

static bool read_hex(const char *text, uint8_t to[DIA_TLS_PIN_SIZE])
{
    for (size_t i = 0; i < DIA_TLS_PIN_SIZE; i++) {
        const int high = dia_hex_digit((uint8_t)text[2 * i]);
        const int low = dia_hex_digit((uint8_t)text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* 32 octets are 44 characters of base64, the last a '='; OpenSSL counts what that stands for, too. */
static bool read_base64(const char *text, uint8_t to[DIA_TLS_PIN_SIZE])
{
    uint8_t octets[DIA_TLS_PIN_SIZE + 1];
    const bool ok = strlen(text) == 44 && text[43] == '=' && text[42] != '=' &&
                    EVP_DecodeBlock(octets, (const uint8_t *)text, 44) == (int)sizeof octets;
    if (ok)
        memcpy(to, octets, DIA_TLS_PIN_SIZE);
    return ok;
}

int dia_tls_read_pins(struct dia_tls_reader *r)
{
    static const char prefix[] = "sha256//";
    size_t n = 0;
    while (r->config->pins && r->config->pins[n])
        n++;
    if (!n)
        return 0;
    r->tls->pins = dia_alloc0(r->tls->alloc, n * DIA_TLS_PIN_SIZE);
    if (!r->tls->pins)
        return DIA_ENOMEM;
    r->tls->n_pins = n;
    for (size_t i = 0; i < n; i++) {
        const char *text = r->config->pins[i];
        const bool base64 = strncmp(text, prefix, strlen(prefix)) == 0;
        if (base64 ? !read_base64(text + strlen(prefix), r->tls->pins[i])
                   : strlen(text) != 64 || !read_hex(text, r->tls->pins[i]))
            return MISTAKE(r, "pin %s: is neither 64 hexadecimal digits nor sha256// and base64", text);
        believe(r, r->tls->pins[i], DIA_TLS_PIN_SIZE);
    }
    return 0;
}

/* ---- What we staple ---- */

static int read_octets(struct dia_tls_reader *r, const char *path, uint8_t *to, size_t *n)
{
    BIO *bio = open_file(r, path);
    if (!bio)
        return DIA_EINVAL;
    const int got = BIO_read(bio, to, STAPLE_MAX);
    const bool more = !BIO_eof(bio);
    BIO_free(bio);
    if (got <= 0 || more)
        return MISTAKE(r, "%s: no OCSP response (DER) in it", path);
    *n = (size_t)got;
    return 0;
}

/* The response must be of our certificate: else everybody who asks would refuse us. */
static int check_staple(struct dia_tls_reader *r, const char *path)
{
    const uint8_t *p = r->tls->staple;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)r->tls->staple_n);
    OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
    int err = basic ? 0 : MISTAKE(r, "%s: no OCSP response (DER) that says anything in it", path);
    bool found = false;
    for (int i = 0; basic && i < OCSP_resp_count(basic); i++) {
        const OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        ASN1_INTEGER *serial = NULL;
        OCSP_id_get0_info(NULL, NULL, NULL, &serial, (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single));
        if (!serial || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(r->certificate)) != 0)
            continue;
        found = true;
        ASN1_GENERALIZEDTIME *next = NULL;
        const int status = OCSP_single_get0_status((OCSP_SINGLERESP *)(uintptr_t)single, NULL, NULL, NULL, &next);
        char date[11];
        if (status != V_OCSP_CERTSTATUS_GOOD)
            dia_tls_reader_warn(r, "%s: says that our certificate is %s", path, OCSP_cert_status_str(status));
        else if (next && dia_tls_is_past(r->tls, next)) {
            dia_tls_date_of(next, date);
            dia_tls_reader_warn(r, "%s: ended on %s", path, date);
        }
    }
    if (!err && !found)
        err = MISTAKE(r, "%s: is not about %s", path, r->config->certificate);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return err;
}

int dia_tls_read_staple(struct dia_tls_reader *r)
{
    const char *path = r->config->ocsp_response;
    if (!path)
        return 0;
    uint8_t *octets = dia_alloc(r->tls->alloc, STAPLE_MAX);
    if (!octets)
        return DIA_ENOMEM;
    size_t n = 0;
    int err = read_octets(r, path, octets, &n);
    if (!err) {
        r->tls->staple = dia_alloc(r->tls->alloc, n);
        err = r->tls->staple ? 0 : DIA_ENOMEM;
    }
    if (!err) {
        memcpy(r->tls->staple, octets, n);
        r->tls->staple_n = n;
        err = check_staple(r, path);
    }
    dia_release(r->tls->alloc, octets, STAPLE_MAX);
    return err;
}

/* ---- The log of secrets ---- */

int dia_tls_open_key_log(struct dia_tls_reader *r)
{
    const char *path = r->config->key_log;
    if (!path)
        return 0;
    struct stat about;
    const int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600); /* a pipe is not waited for */
    if (fd < 0)
        return MISTAKE(r, "%s: %s", path, strerror(errno));
    r->tls->key_log = fd;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & 077))
        return MISTAKE(r, "%s: others may read it; a log of secrets must be its owner's alone (0600)", path);
    return 0;
}

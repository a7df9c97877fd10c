/* What a configuration is made of: each mistake is told in a sentence with the file's name, and what is dubious is a warning. */
#include "ends.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *name, const char *text, int mode)
{
    const char *path = ends_path(name);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    chmod(path, (mode_t)mode);
}

/* Appends files to a new one. */
static void join(const char *to, const char *first, const char *second)
{
    FILE *out = fopen(ends_path(to), "w");
    const char *names[] = { first, second };
    for (int i = 0; i < 2; i++) {
        FILE *in = fopen(ends_path(names[i]), "r");
        for (int c; (c = fgetc(in)) != EOF;)
            fputc(c, out);
        fclose(in);
    }
    fclose(out);
}

/* Names of files in the folder; what is NULL is as it should be. "-": none. */
static const struct row {
    const char *name;
    const char *certificate, *key, *passphrase, *trust, *pin, *crl, *ocsp_response, *key_log, *ciphers, *suites;
    dia_tls_version least, most;
    dia_tls_ocsp ocsp;
    int err;
    const char *why; /* with 0: a warning, "" is none */
} rows[] = {
    { "all is well", .why = "" },
    { "no certificate", "-", .err = DIA_EINVAL, .why = "a certificate of ours is needed" },
    { "certificate is not there", "none.pem", .err = DIA_EINVAL, .why = "none.pem: No such file" },
    { "certificate is a folder", "folder", .err = DIA_EINVAL, .why = "folder: is a folder" },
    { "certificate is a pipe", "pipe", .err = DIA_EINVAL, .why = "pipe: is no regular file" },
    { "certificate is empty", "empty", .err = DIA_EINVAL, .why = "empty: no certificate in it" },
    { "certificate is a key", "a.key", .err = DIA_EINVAL, .why = "a.key: no certificate in it" },
    { "certificate is damaged", "damaged.pem", .err = DIA_EINVAL,
      .why = "damaged.pem: a certificate in it is damaged" },
    { "chain in a wrong order", "mixed.pem", .err = DIA_EINVAL,
      .why = "mixed.pem: certificate 3 in it (O=Diatom tests,CN=b) has not issued the one before it" },
    { "key is not there", NULL, "none.key", .err = DIA_EINVAL, .why = "none.key: No such file" },
    { "key is a pipe", NULL, "pipe", .err = DIA_EINVAL, .why = "pipe: is no regular file" },
    { "key in the certificate's file", "both-in-one.pem", "-", .why = "" },
    { "no key in the certificate's file", NULL, "-", .err = DIA_EINVAL, .why = "a.pem: no key in it" },
    { "key of another one", NULL, "b.key", .err = DIA_EINVAL, .why = "b.key is not the key of " },
    { "key is damaged", NULL, "damaged.key", .err = DIA_EINVAL, .why = "damaged.key: its key is damaged" },
    { "key is locked", "locked.pem", "locked.key", .err = DIA_EINVAL,
      .why = "locked.key: its key is locked by a passphrase" },
    { "wrong passphrase", "locked.pem", "locked.key", "sesame", .err = DIA_EINVAL,
      .why = "locked.key: the passphrase does not open its key" },
    { "passphrase", "locked.pem", "locked.key", "open sesame", .why = "" },
    { "expired certificate of ours", "expired.pem", "expired.key", .why = "expired.pem: ended on 20" },
    { "certificate of ours begins later", "notyet.pem", "notyet.key", .why = "notyet.pem: begins on 20" },
    { "certificate for servers", "serveronly.pem", "serveronly.key",
      .why = "serveronly.pem: may not be shown where we connect (extended key usage)" },
    { "nobody to believe", .trust = "-", .err = DIA_EINVAL, .why = "whom to believe is needed" },
    { "trust is not there", .trust = "none.pem", .err = DIA_EINVAL, .why = "none.pem: No such file" },
    { "trust is empty", .trust = "empty", .err = DIA_EINVAL, .why = "empty: no certificate in it" },
    { "trust is damaged", .trust = "damaged.pem", .err = DIA_EINVAL, .why = "damaged.pem: a certificate in it is" },
    { "trust is a folder", .trust = "folder", .why = "" },
    { "trust is a pipe", .trust = "pipe", .err = DIA_EINVAL, .why = "pipe: is no regular file" },
    { "trust is a folder without any", .trust = "nothing", .err = DIA_EINVAL, .why = "nothing: no certificate in it" },
    { "trust has ended", .trust = "expired.pem", .why = "expired.pem: O=Diatom tests,CN=expired ended on 20" },
    { "pins alone", .trust = "-", .pin = "hex", .why = "" },
    { "pin in base64", .trust = "-", .pin = "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", .why = "" },
    { "pin is too short", .pin = "00112233", .err = DIA_EINVAL, .why = "pin 00112233: is neither 64 hexadecimal" },
    { "pin in base64 is too short", .pin = "sha256//AAECAwQF", .err = DIA_EINVAL, .why = "pin sha256//AAECAwQF: is" },
    { "list is not there", .crl = "none.pem", .err = DIA_EINVAL, .why = "none.pem: No such file" },
    { "list is none", .crl = "ca.pem", .err = DIA_EINVAL, .why = "ca.pem: no list of withdrawn certificates" },
    { "list without roots", .trust = "-", .pin = "hex", .crl = "crl.pem", .err = DIA_EINVAL, .why = "need roots" },
    { "list is old", .crl = "crl-old.pem", .why = "crl-old.pem: the list of O=Diatom tests,CN=Diatom test root ended" },
    { "OCSP without roots", .trust = "-", .pin = "hex", .ocsp = DIA_TLS_OCSP_ASK, .err = DIA_EINVAL,
      .why = "OCSP needs roots" },
    { "response", .ocsp_response = "a-good.der", .why = "" },
    { "response is not there", .ocsp_response = "none.der", .err = DIA_EINVAL, .why = "none.der: No such file" },
    { "response is none", .ocsp_response = "a.pem", .err = DIA_EINVAL, .why = "a.pem: no OCSP response (DER)" },
    { "response is empty", .ocsp_response = "empty", .err = DIA_EINVAL, .why = "empty: no OCSP response (DER)" },
    { "response of another one", .ocsp_response = "b-good.der", .err = DIA_EINVAL, .why = "b-good.der: is not about" },
    { "response is old", .ocsp_response = "a-old.der", .why = "a-old.der: ended on 20" },
    { "response says no", .ocsp_response = "a-revoked.der", .why = "a-revoked.der: says that our certificate is revo" },
    { "key log", .key_log = "keys.log", .why = "" },
    { "key log that others read", .key_log = "open.log", .err = DIA_EINVAL, .why = "open.log: others may read it" },
    { "key log is a pipe that nobody reads", .key_log = "pipe", .err = DIA_EINVAL, .why = "pipe: No such device" },
    { "key log in no folder", .key_log = "none/keys.log", .err = DIA_EINVAL, .why = "keys.log: No such file" },
    { "ciphers", .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_RSA_WITH_AES_128_CBC_SHA", .why = "" },
    { "ciphers in groups", .ciphers = "ECDHE+AESGCM, AES128-SHA @SECLEVEL=1", .why = "" },
    { "cipher that nobody knows", .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ROT13", .err = DIA_EINVAL,
      .why = "ciphers: ROT13 is none that this OpenSSL has" },
    { "suite of the RFCs that nobody knows", .ciphers = "TLS_ROT13", .err = DIA_EINVAL, .why = "ciphers: TLS_ROT13" },
    { "ciphers that are never used", .ciphers = "aNULL:eNULL", .err = DIA_EINVAL, .why = "ciphers: " },
    { "suites", .suites = "TLS_AES_256_GCM_SHA384", .why = "" },
    { "suite that nobody knows", .suites = "TLS_ROT13", .err = DIA_EINVAL, .why = "suites: one of TLS_ROT13 is none" },
    { "versions", .least = DIA_TLS_1_2, .most = DIA_TLS_1_2, .why = "" },
    { "versions upside down", .least = DIA_TLS_1_3, .most = DIA_TLS_1_2, .err = DIA_EINVAL,
      .why = "the least version of TLS is above the most" },
    { "OCSP of a kind that there is not", .ocsp = (dia_tls_ocsp)7, .err = DIA_EINVAL, .why = "has a value that there" },
};

static const char *path_of(const char *name, const char *usual)
{
    return !name ? ends_path(usual) : strcmp(name, "-") == 0 ? NULL : ends_path(name);
}

static void run_row(const struct row *r)
{
    static const char *const hex[] = { "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F", NULL };
    const char *pins[] = { r->pin, NULL };
    char why[256] = "?";
    dia_tls *tls = NULL;
    const dia_tls_config c = {
        .certificate = path_of(r->certificate, "a.pem"),
        .key = path_of(r->key, "a.key"),
        .passphrase = r->passphrase,
        .trust = path_of(r->trust, "ca.pem"),
        .pins = !r->pin                      ? NULL
                : strcmp(r->pin, "hex") == 0 ? hex
                                             : pins,
        .crl = r->crl ? ends_path(r->crl) : NULL,
        .ocsp_response = r->ocsp_response ? ends_path(r->ocsp_response) : NULL,
        .key_log = r->key_log ? ends_path(r->key_log) : NULL,
        .ocsp = r->ocsp,
        .ciphers = r->ciphers,
        .suites = r->suites,
        .least = r->least,
        .most = r->most,
    };
    const int err = dia_tls_new(&c, harness_allocator(), &tls, why, sizeof why);
    check_int(err, r->err);
    if (!harness_injected())
        check(r->why[0] ? ends_says(why, r->why) : !why[0]);
    dia_tls_unref(tls);
}

/* Everything that a configuration can have, with each allocation failing. */
static void all_of_it_is_read(void)
{
    run_row(&(struct row){ "all", .pin = "hex", .crl = "crl.pem", .ocsp_response = "a-good.der", .key_log = "keys.log",
                           .ocsp = DIA_TLS_OCSP_ASK, .why = "" });
}

static void each_mistake_has_a_sentence(void)
{
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        run_row(&rows[i]);
    }
    harness_row(NULL);
}

static void what_it_says_of_itself(void)
{
    dia_tls_config c = ends_config("soon");
    c.expires_s = 86400;
    dia_tls *soon = ends_tls(&c), *a = NULL;
    c = ends_config("a");
    a = ends_tls(&c);
    need(soon && a);
    check_str(dia_tls_subject(soon), "O=Diatom tests,CN=soon");
    check_int(dia_tls_expires_s(soon), 86400);
    check_int(dia_tls_expires_s(a), 30 * 86400);
    check(dia_tls_expires(soon) > 1000000000);
    check(dia_tls_expires(soon) < dia_tls_expires(a));
done:
    dia_tls_unref(soon);
    dia_tls_unref(a);
}

/* Wireshark reads it; nobody else does. */
static void secrets_are_logged_for_their_owner_alone(void)
{
    const char *path = ends_path("secrets.log");
    unlink(path);
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    ours.key_log = path;
    struct ends e = { 0 };
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, "b.example.net", NULL), 0);
    ends_pump(&e, 0);
    struct stat about;
    need_int(stat(path, &about), 0);
    check_int(about.st_mode & 0777, 0600);
    char text[2000] = "";
    FILE *f = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    check(ends_says(text, "CLIENT_TRAFFIC_SECRET_0 "));
    check(ends_says(text, "SERVER_TRAFFIC_SECRET_0 "));
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static const struct harness_test tests[] = {
    { "all_of_it_is_read", all_of_it_is_read },
    { "each_mistake_has_a_sentence", each_mistake_has_a_sentence },
    { "what_it_says_of_itself", what_it_says_of_itself },
    { "secrets_are_logged_for_their_owner_alone", secrets_are_logged_for_their_owner_alone },
};

/* The files that are wrong are made before the first test, in the folder of the set. */
static void make_files(void)
{
    write_file("empty", "", 0600);
    write_file("damaged.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", 0600);
    write_file("damaged.key", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", 0600);
    write_file("open.log", "", 0644);
    join("mixed.pem", "a.pem", "b.pem");
    join("both-in-one.pem", "a.pem", "a.key");
    mkfifo(ends_path("pipe"), 0600);
    mkdir(ends_path("folder"), 0700);
    mkdir(ends_path("nothing"), 0700);
    join("folder/one.pem", "ca.pem", "other-ca.pem");
    join("folder/list.pem", "crl.pem", "empty");
    join("nothing/list.pem", "crl.pem", "empty");
}

int main(void)
{
    return ENDS_RUN("tls/context", tests, make_files);
}

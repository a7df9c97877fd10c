/* A public key infrastructure for tests, made when they run: certificates, lists of withdrawn ones and OCSP responses, right
 * and wrong, as files of one folder. What it cannot do ends the program with a sentence. */
#ifndef TESTS_TLS_PKI_H
#define TESTS_TLS_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pki pki;

/* Files go to `folder`, which is there. It is copied. */
pki *pki_new(const char *folder);
void pki_free(pki *p);

typedef struct pki_wish {
    const char *name;   /* NAME.pem (the certificate, and those between it and the root) and NAME.key */
    const char *issuer; /* the name of one made before; NULL: itself */
    const char *common; /* CN [name] */
    const char *sans;   /* as OpenSSL writes them: "DNS:a.example.net,DNS:b.example.net"; NULL: none */
    bool ca;
    const char *uses;   /* extended key usage ["serverAuth,clientAuth"] */
    int64_t from, to;   /* seconds from now [a day ago, ten years] */
    bool rsa;           /* RSA of 2048 bits instead of P-256 */
    const char *secret; /* passphrase of the key's file */
    bool alone;         /* without those between it and the root */
} pki_wish;

void pki_issue(pki *p, const pki_wish *wish);

/* FILE has a list of each of these issuers ("ca,issuing"), with the certificates `revoked` ("x,y") on the list of theirs. `to` as
 * above: when the next list is due [ten years]. */
void pki_crl(pki *p, const char *file, const char *issuers, const char *revoked, int64_t to);

typedef enum pki_status { PKI_GOOD, PKI_REVOKED, PKI_UNKNOWN } pki_status;

/* FILE has what `signer` (its issuer, as a rule) says of a certificate, from a day before `to` until then [ten years]. */
void pki_ocsp(pki *p, const char *file, const char *name, pki_status status, const char *signer, int64_t to);

/* SHA-256 of its public key, as 64 hexadecimal digits; `hex` has room for 65. And FILE.pin with them. */
void pki_pin(pki *p, const char *name, char *hex);

/* FOLDER/NAME of a file, valid as long as the infrastructure. */
const char *pki_path(pki *p, const char *file);

/* The set that tests share; pki_main.c lists it. */
void pki_standard(pki *p);

#endif

/* TLS over TCP and DTLS over SCTP (RFC 6733, 2.2 and 13; RFC 6083): which certificate a node shows, whom it believes, and what it
 * demands of the other end.
 *
 *     dia_tls_config tls = { .certificate = "ocs.pem", .key = "ocs.key", .trust = "diameter-roots.pem" };
 *     if (dia_loop_tls(loop, NULL, &tls, why, sizeof why)) ...
 *     dia_loop_listen(loop, "aaas://0.0.0.0", NULL, 0);
 *
 * Both ends show a certificate, and the other one's must name its Origin-Host: that is the default, and each exception is a word
 * of the configuration. Files are read when dia_loop_tls() is called, and not again before it is called again.
 *
 * What OpenSSL holds of a connection counts in limits.memory (node.h) with 44 KiB, and with 96 KiB in its handshake; under DTLS with 96
 * and 128 KiB. Where the other end shows more than two usual certificates, each counts another 6 KiB, or ten times its octets. So the
 * default of 256 MiB is room for 5,900 peers with TLS, or for 2,700 with DTLS: more of them want more. */
#ifndef DIATOM_TLS_H
#define DIATOM_TLS_H

#include "diatom/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the certificate of the other end must say of it. What its CER or CEA says counts (RFC 6733, 5.3), and for connections of
 * ours also the name that was connected to. Only dNSNames of subjectAltName are looked at, never the subject (RFC 9525). */
typedef enum dia_tls_name {
    DIA_TLS_NAME_HOST, /* its Origin-Host; "*.example.net" names all hosts one label below */
    DIA_TLS_NAME_REALM, /* its Origin-Host, or the Origin-Realm that this lies in (for a name that was connected to: a domain
                           that it lies in), word for word: wildcards are for hosts */
    DIA_TLS_NAME_ANY /* nothing: whoever has a certificate of the trust may be anybody. With `pins` alone it makes sense */
} dia_tls_name;

/* Lists of certificates that were withdrawn (RFC 5280). */
typedef enum dia_tls_crl {
    DIA_TLS_CRL_ALL,  /* of all certificates but the root's; each issuer needs a list that is not out of date */
    DIA_TLS_CRL_LEAF, /* of the other end's own certificate */
} dia_tls_crl;

/* OCSP responses that servers staple to their certificate (RFC 6066, RFC 6961). They are judged by connections of ours. */
typedef enum dia_tls_ocsp {
    DIA_TLS_OCSP_OFF,    /* nobody is asked for one */
    DIA_TLS_OCSP_ASK,    /* one that is there must be good; none is fine */
    DIA_TLS_OCSP_REQUIRE /* there must be one */
} dia_tls_ocsp;

typedef enum dia_tls_version { DIA_TLS_DEFAULT, DIA_TLS_1_2, DIA_TLS_1_3 } dia_tls_version;

/* All zero but for the first members: the safe defaults. Texts are copied. */
typedef struct dia_tls_config {
    const char *certificate; /* PEM file: ours, and those between it and the root; required */
    const char *key;         /* PEM file; NULL: in the file of the certificate */
    const char *passphrase;  /* of the key; NULL: none */
    const char
        *trust; /* PEM file of the roots that are believed, for Diameter alone (13.2), or a folder of such files. An
                                issuer below a root, or the certificate of a peer itself, is believed as well when it stands
                                there. Required, unless `pins` say whom to believe: the system's list is never looked at */
    /* NULL-terminated: SHA-256 of the public keys (SubjectPublicKeyInfo) that the other end may have, as 64 hexadecimal digits
     * or "sha256//" and base64. With `trust` both must agree; without, the certificate may be self-signed. NULL: any. */
    const char *const *pins;
    dia_tls_name name;
    bool anonymous_clients; /* who connects to us needs no certificate, and may say it is anybody. 13.1 forbids it */
    const char *crl;        /* PEM file; NULL: none are looked at */
    dia_tls_crl crl_of;
    dia_tls_ocsp ocsp;
    const char *ocsp_response;   /* DER file that we staple when we are asked; NULL: none */
    dia_tls_version least, most; /* versions [1.2; 1.3]. DTLS is 1.2 always: RFC 6083 knows no other */
    /* Of version 1.2, in the words of OpenSSL or of the RFCs, with colons between [ECDHE with AES-GCM or ChaCha20-Poly1305].
     * TLS_RSA_WITH_AES_128_CBC_SHA (13.1) can be had when it is named. Without authentication or encryption, RC4, 3DES: never. */
    const char *ciphers;
    const char *suites; /* of version 1.3 [AES-GCM and ChaCha20-Poly1305] */
    uint32_t depth;     /* certificates between the other end's and the root's [4] */
    bool resumption;    /* tickets, for those who connect to us, and sessions of ours; a certificate that is withdrawn
                             meanwhile goes on until they end [off] */
    uint32_t
        expires_s; /* before a certificate - ours, or the other end's - ends, this long an event says so [30 days] */
    /* File to which secrets are appended, for Wireshark; NULL: none. Whoever reads it reads everything: one that is there and that
     * others may read is DIA_EINVAL. */
    const char *key_log;
} dia_tls_config;

#ifdef __cplusplus
}
#endif
#endif

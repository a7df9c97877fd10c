/* Writes a public key infrastructure for tests to a folder:
 *
 *     pki DIR [--seconds N] [--issuer NAME] [--ca NAME] [NAME[=SAN,SAN...]...]
 *
 * Always there, each X as X.pem (the certificate and what is between it and the root) and X.key:
 *
 *     ca          the root; issuing: the one below it that issues the rest
 *     a, b        for a.example.net, b.example.net; both: for both of them
 *     wildcard    for *.example.net; realm: for example.net; wrong: for a.example.org; common: a.example.net in its subject alone
 *     expired     ended ten days ago, notyet: begins in ten days, soon: ends in ten days (all for a and b.example.net, as those below)
 *     selfsigned  by itself; other: by other-ca; alone: without the one between it and the root
 *     revoked     on the list of crl.pem; crl-issuing.pem lacks the root's list, on crl-issuer.pem "issuing" itself stands,
 *                 crl-old.pem is out of date
 *     serveronly  may not be shown by clients; rsa: has an RSA key; locked: its key has the passphrase "open sesame"
 *     a-good.der  OCSP responses to staple: a-delegated (by "responder", who may), a-revoked, a-unknown, a-old, a-forged (by
 *                 other-ca), a-peer (by b, who may not), b-good, revoked-revoked
 *     a.pin       the SHA-256 of its public key in hexadecimal digits; b.pin, selfsigned.pin
 *
 * Each NAME makes one more (NAME.pem, NAME.key) for the host of that name or for these SANs. Behind --seconds they end so soon
 * (before now with a minus), behind --issuer another one signs them; --ca makes one that may. */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void issue(pki *p, char *text, const char *issuer, int64_t seconds)
{
    char sans[2048] = "";
    char *hosts = strchr(text, '=');
    if (hosts)
        *hosts++ = '\0';
    for (const char *at = hosts ? hosts : text; *at;) {
        const size_t n = strcspn(at, ","), have = strlen(sans);
        snprintf(sans + have, sizeof sans - have, "%sDNS:%.*s", have ? "," : "", (int)n, at);
        at += n + (at[n] == ',');
    }
    pki_issue(p, &(pki_wish){ .name = text, .issuer = issuer, .sans = sans, .to = seconds });
}

int main(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "pki DIR [--seconds N] [--issuer NAME] [--ca NAME] [NAME[=SAN,SAN...]...]\n");
        return 2;
    }
    pki *p = pki_new(argv[1]);
    pki_standard(p);
    const char *issuer = "issuing";
    int64_t seconds = 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtoll(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--issuer") == 0 && i + 1 < argc)
            issuer = argv[++i];
        else if (strcmp(argv[i], "--ca") == 0 && i + 1 < argc)
            pki_issue(p, &(pki_wish){ .name = argv[++i], .issuer = issuer, .ca = true });
        else
            issue(p, argv[i], issuer, seconds);
    }
    pki_free(p);
    return 0;
}

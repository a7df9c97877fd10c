/* The certificates of the loop room's tests. */
#include "keyed.h"

#include "pki.h"

#include <stdio.h>
#include <stdlib.h>

static pki *keys;
static char folder[] = "/tmp/diatom-keys-XXXXXX";

bool keyed_begin(void)
{
    static const pki_wish wishes[] = {
        { "ca", NULL, "root", .ca = true },
        { "elsewhere", NULL, "another root", .ca = true },
        { "client", "ca", "client", "DNS:client.example.net" },
        { "server", "ca", "server", "DNS:server.example.net" },
        { "renewed", "ca", "renewed", "DNS:server.example.net" },
        { "wrong", "ca", "wrong", "DNS:wrong.example.org" },
        { "stranger", "elsewhere", "stranger", "DNS:server.example.net,DNS:client.example.net" },
        { "expired", "ca", "expired", "DNS:server.example.net", .from = -200000, .to = -100000 },
        { "soon", "ca", "soon", "DNS:server.example.net", .to = 10 * 86400 },
    };
    if (!mkdtemp(folder))
        return false;
    keys = pki_new(folder);
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        pki_issue(keys, &wishes[i]);
    return true;
}

void keyed_end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    pki_free(keys);
    if (system(command))
        fprintf(stderr, "%s is left\n", folder);
}

dia_tls_config keyed(const char *name)
{
    static char files[8][200];
    static unsigned next;
    char *certificate = files[next++ % 8], *key = files[next++ % 8];
    snprintf(certificate, sizeof *files, "%s.pem", pki_path(keys, name));
    snprintf(key, sizeof *files, "%s.key", pki_path(keys, name));
    return (dia_tls_config){ .certificate = certificate, .key = key, .trust = pki_path(keys, "ca.pem") };
}

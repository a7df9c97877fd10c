/* Certificates of far ends in the peer room's tests. */
#include "certified.h"

#include <stdio.h>

const struct certificate certified_a = { .names = { "a.example.net" } }, certified_z = { .names = { "z.example.net" } };

static bool names(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size)
{
    const struct certificate *c = arg;
    for (size_t i = 0; c->names[i]; i++)
        if (dia_bytes_equal_nocase(dia_cstr(c->names[i]), host))
            return true;
    if (c->realm && realm.p && dia_bytes_equal_nocase(dia_cstr(c->realm), realm))
        return true;
    snprintf(why, why_size, "the certificate names others than %.*s", (int)host.n, (const char *)host.p);
    return false;
}

dia_security certified_by(const struct certificate *certificate)
{
    return (dia_security){ .protocol = "TLSv1.3",
                           .cipher = "TLS_AES_128_GCM_SHA256",
                           .subject = "CN=far end",
                           .names = names,
                           .arg = certificate };
}

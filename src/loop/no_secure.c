/* A build without OpenSSL protects no connection, and says so. */
#include "loop/carrier.h"

int dia_secure_missing(const char **why)
{
    *why = "TLS is not supported by this build";
    return DIA_ENOTSUP;
}

/* Nobody has a configuration of TLS, so neither is ever called. */
static const char *refuse(void)
{
    const char *why;
    dia_secure_missing(&why);
    return why;
}

const char *dia_tls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    (void)link;
    (void)tls;
    (void)client;
    (void)name;
    (void)also;
    return refuse();
}

const char *dia_dtls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    return dia_tls_begin(link, tls, client, name, also);
}

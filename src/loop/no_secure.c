/* A build without OpenSSL protects no connection, and says so. */
#include "loop/carrier.h"

static const char sentence[] = "TLS was left out of this build (OpenSSL)";

int dia_secure_missing(const char *name, char *why, size_t size)
{
    (void)name;
    dia_sentence(why, size, "%s", sentence);
    return DIA_ENOTSUP;
}

/* Nobody has a configuration of TLS, so neither is ever called. */
const char *dia_tls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    (void)link;
    (void)tls;
    (void)client;
    (void)name;
    (void)also;
    return sentence;
}

const char *dia_dtls_begin(dia_link *link, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    return dia_tls_begin(link, tls, client, name, also);
}

/* A build without OpenSSL reads no configuration of TLS, and says so. Of the door's streams and messages there is nothing: who would
 * use them (loop/secure.c, loop/dtls.c) is not built either. */
#include "tls/tls.h"

#include <stdio.h>

int dia_tls_new(const dia_tls_config *config, const dia_allocator *alloc, dia_tls **out, char *why, size_t why_size)
{
    (void)config;
    (void)alloc;
    (void)out;
    if (why && why_size)
        snprintf(why, why_size, "TLS was left out of this build (OpenSSL)");
    return DIA_ENOTSUP;
}

/* Nobody has a context, so nothing below is ever called with one; unref with NULL. */
dia_tls *dia_tls_ref(dia_tls *tls)
{
    return tls;
}

void dia_tls_unref(dia_tls *tls)
{
    (void)tls;
}

void dia_tls_inherit(dia_tls *tls, const dia_tls *old)
{
    (void)tls;
    (void)old;
}

int64_t dia_tls_expires(const dia_tls *tls)
{
    (void)tls;
    return 0;
}

uint32_t dia_tls_expires_s(const dia_tls *tls)
{
    (void)tls;
    return 0;
}

bool dia_tls_misnames(dia_tls *tls, dia_bytes host)
{
    (void)tls;
    (void)host;
    return false;
}

const char *dia_tls_subject(const dia_tls *tls)
{
    (void)tls;
    return "";
}

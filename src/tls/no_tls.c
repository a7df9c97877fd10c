/* A build without OpenSSL protects nothing, and says so. */
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

/* Nobody has a context, so nothing below is ever called with one. */
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

void dia_tls_at(dia_tls *tls, int64_t seconds)
{
    (void)tls;
    (void)seconds;
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

int dia_tls_stream_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc,
                       dia_tls_stream **out)
{
    (void)tls;
    (void)client;
    (void)name;
    (void)also;
    (void)alloc;
    (void)out;
    return DIA_ENOTSUP;
}

void dia_tls_stream_free(dia_tls_stream *stream)
{
    (void)stream;
}

int dia_tls_stream_input(dia_tls_stream *stream, dia_bytes octets)
{
    (void)stream;
    (void)octets;
    return DIA_ENOTSUP;
}

dia_tls_state dia_tls_stream_state(const dia_tls_stream *stream)
{
    (void)stream;
    return DIA_TLS_FAILED;
}

bool dia_tls_stream_resumed(const dia_tls_stream *stream)
{
    (void)stream;
    return false;
}

const char *dia_tls_stream_why(const dia_tls_stream *stream)
{
    (void)stream;
    return "";
}

int64_t dia_tls_stream_read(dia_tls_stream *stream, uint8_t *to, size_t max)
{
    (void)stream;
    (void)to;
    (void)max;
    return DIA_ENOTSUP;
}

int64_t dia_tls_stream_write(dia_tls_stream *stream, dia_bytes octets)
{
    (void)stream;
    (void)octets;
    return DIA_ENOTSUP;
}

dia_bytes dia_tls_stream_output(const dia_tls_stream *stream)
{
    (void)stream;
    return (dia_bytes){ NULL, 0 };
}

void dia_tls_stream_sent(dia_tls_stream *stream, size_t n)
{
    (void)stream;
    (void)n;
}

int dia_tls_stream_end(dia_tls_stream *stream)
{
    (void)stream;
    return DIA_ENOTSUP;
}

const dia_security *dia_tls_stream_security(const dia_tls_stream *stream)
{
    (void)stream;
    return NULL;
}

int dia_dtls_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc, dia_dtls **out)
{
    (void)tls;
    (void)client;
    (void)name;
    (void)also;
    (void)alloc;
    (void)out;
    return DIA_ENOTSUP;
}

void dia_dtls_free(dia_dtls *dtls)
{
    (void)dtls;
}

int dia_dtls_input(dia_dtls *dtls, dia_bytes record)
{
    (void)dtls;
    (void)record;
    return DIA_ENOTSUP;
}

int64_t dia_dtls_read(dia_dtls *dtls, uint8_t *to, size_t max)
{
    (void)dtls;
    (void)to;
    (void)max;
    return DIA_ENOTSUP;
}

int64_t dia_dtls_write(dia_dtls *dtls, dia_bytes message, bool ordered)
{
    (void)dtls;
    (void)message;
    (void)ordered;
    return DIA_ENOTSUP;
}

dia_dtls_todo dia_dtls_next(dia_dtls *dtls)
{
    (void)dtls;
    return (dia_dtls_todo){ .step = DIA_DTLS_NOTHING };
}

size_t dia_dtls_sends(const dia_dtls *dtls, dia_dtls_todo *to, size_t max)
{
    (void)dtls;
    (void)to;
    (void)max;
    return 0;
}

int dia_dtls_did(dia_dtls *dtls)
{
    (void)dtls;
    return DIA_ENOTSUP;
}

int dia_dtls_end(dia_dtls *dtls)
{
    (void)dtls;
    return DIA_ENOTSUP;
}

dia_tls_state dia_dtls_state(const dia_dtls *dtls)
{
    (void)dtls;
    return DIA_TLS_FAILED;
}

const char *dia_dtls_why(const dia_dtls *dtls)
{
    (void)dtls;
    return "";
}

const dia_security *dia_dtls_security(const dia_dtls *dtls)
{
    (void)dtls;
    return NULL;
}

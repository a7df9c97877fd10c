/* One end of a protected connection: what a stream and messages have in common. Does not leave this folder. */
#ifndef TLS_END_H
#define TLS_END_H

#include "context.h"

typedef struct dia_tls_end {
    dia_tls *tls;
    SSL *ssl;
    const dia_allocator *alloc;
    bool client;
    bool silent; /* our close_notify is out */
    dia_tls_state state;
    int err;                 /* of FAILED */
    int64_t resumed_expires; /* what a resumed session remembers of the chain behind it; 0: nothing */
    uint8_t *texts;          /* name, also */
    size_t n_texts;
    dia_bytes name, also;
    dia_security security;
    char subject[DIA_TLS_TEXT_MAX];
    char why[DIA_TLS_TEXT_MAX];
} dia_tls_end;

/* `bio` reads and writes for it, with `arg` as its data. Takes a reference of `tls`. */
int dia_tls_end_init(dia_tls_end *end, dia_tls *tls, bool message, bool client, dia_bytes name, dia_bytes also,
                     void *arg, const dia_allocator *alloc);
void dia_tls_end_done(dia_tls_end *end);

/* Goes on with the handshake: 0, also when more must come, or an error. */
int dia_tls_end_handshake(dia_tls_end *end);

/* A call of OpenSSL gave `result` and no octets: 0 when it only waits, or the other end has ended; else it is over. */
int dia_tls_end_result(dia_tls_end *end, int result);

/* It is over: the sentence in end->why, or `sentence` where there is none yet. */
int dia_tls_end_fail(dia_tls_end *end, int err, const char *sentence);

/* close_notify. */
int dia_tls_end_close(dia_tls_end *end);

/* Octets that OpenSSL holds of it, at most. */
size_t dia_tls_end_holds(const dia_tls_end *end);

/* The first of the other end's certificates to end, in seconds since 1970; 0: it showed none. */
int64_t dia_tls_end_expires(const dia_tls_end *end);

/* A client's session of before, if there is one (resume.c). */
void dia_tls_resume_offer(dia_tls_end *end);

/* It was resumed: OpenSSL tells of a new ticket in 1.3 alone. */
void dia_tls_resume_again(dia_tls_end *end);

/* What OpenSSL reads from and writes to; NULL without memory (stream.c, dtls.c). */
BIO_METHOD *dia_tls_stream_bio(void);
BIO_METHOD *dia_tls_message_bio(void);

/* For SSL_CTX_set_cert_verify_callback(). */
int dia_tls_verify(X509_STORE_CTX *x, void *arg);

#endif

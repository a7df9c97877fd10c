/* Tickets for those who connect to us, and sessions with those we connect to (RFC 8446, 2.2; RFC 5077), where that is wanted. Off
 * by default: connections between peers live long, and whoever resumes shows no certificate again. */
#include "end.h"

#include <openssl/err.h>

struct dia_tls_session {
    struct dia_tls_session *next;
    SSL_SESSION *session;
    int64_t expires; /* of the chain that it was made with */
    dia_bytes name;
    uint8_t octets[]; /* of the name */
};

static void drop(dia_tls *tls, struct dia_tls_session **place)
{
    struct dia_tls_session *s = *place;
    *place = s->next;
    tls->n_sessions--;
    SSL_SESSION_free(s->session);
    dia_release(tls->alloc, s, sizeof *s + s->name.n);
}

void dia_tls_sessions_drop(dia_tls *tls)
{
    while (tls->sessions)
        drop(tls, &tls->sessions);
}

/* Of the host of that name; NULL: none. */
static struct dia_tls_session **find(dia_tls *tls, dia_bytes name)
{
    struct dia_tls_session **place = &tls->sessions;
    while (*place && !dia_bytes_equal_nocase((*place)->name, name))
        place = &(*place)->next;
    return *place ? place : NULL;
}

/* Without memory nothing is remembered, and nobody misses it. `session` is kept. */
static bool remember(dia_tls *tls, dia_bytes name, SSL_SESSION *session, int64_t expires)
{
    struct dia_tls_session **old = find(tls, name);
    if (old)
        drop(tls, old);
    while (tls->n_sessions >= DIA_TLS_SESSIONS_MAX) {
        struct dia_tls_session **last = &tls->sessions;
        while ((*last)->next)
            last = &(*last)->next;
        drop(tls, last);
    }
    struct dia_tls_session *s = dia_alloc0(tls->alloc, sizeof *s + name.n);
    if (!s)
        return false;
    if (name.n)
        memcpy(s->octets, name.p, name.n);
    *s = (struct dia_tls_session){ tls->sessions, session, expires, { s->octets, name.n } };
    tls->sessions = s;
    tls->n_sessions++;
    return true;
}

/* OpenSSL: a session with a server can be resumed. 1: it is kept. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    const dia_tls_end *end = SSL_get_app_data(ssl);
    if (!end->client || !SSL_SESSION_is_resumable(session))
        return 0;
    return remember(end->tls, end->name.p ? end->name : DIA_STR(""), session, dia_tls_end_expires(end));
}

void dia_tls_resume_offer(dia_tls_end *end)
{
    struct dia_tls_session **place = find(end->tls, end->name.p ? end->name : DIA_STR(""));
    if (!place)
        return;
    if (dia_tls_has_passed(end->tls, (*place)->expires)) {
        drop(end->tls, place);
        return;
    }
    end->resumed_expires = (*place)->expires;
    SSL_set_session(end->ssl, (*place)->session);
    /* RFC 8446, C.4: a ticket is used once, or those who listen see that it is the same client. */
    if (SSL_SESSION_get_protocol_version((*place)->session) >= TLS1_3_VERSION)
        drop(end->tls, place);
}

void dia_tls_resume_again(dia_tls_end *end)
{
    SSL_SESSION *session = SSL_get1_session(end->ssl);
    if (!session)
        return;
    if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION || !on_session(end->ssl, session))
        SSL_SESSION_free(session);
}

/* A ticket carries the end of the chain: the certificate alone is in the session. */
static int on_ticket_made(SSL *ssl, void *arg)
{
    (void)arg;
    const dia_tls_end *end = SSL_get_app_data(ssl);
    uint8_t octets[8];
    dia_store64(octets, (uint64_t)dia_tls_end_expires(end));
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), octets, sizeof octets);
}

static SSL_TICKET_RETURN on_ticket_came(SSL *ssl, SSL_SESSION *session, const unsigned char *key, size_t n,
                                        SSL_TICKET_STATUS status, void *arg)
{
    (void)key;
    (void)n;
    (void)arg;
    dia_tls_end *end = SSL_get_app_data(ssl);
    void *octets = NULL;
    size_t size = 0;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
        return status == SSL_TICKET_EMPTY || status == SSL_TICKET_NO_DECRYPT ? SSL_TICKET_RETURN_IGNORE_RENEW
                                                                             : SSL_TICKET_RETURN_IGNORE;
    if (!SSL_SESSION_get0_ticket_appdata(session, &octets, &size) || size != 8)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    end->resumed_expires = (int64_t)dia_load64(octets);
    if (end->resumed_expires && dia_tls_has_passed(end->tls, end->resumed_expires))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return SSL_TICKET_RETURN_USE_RENEW;
}

void dia_tls_resume_setup(dia_tls *tls)
{
    SSL_CTX *ctx = tls->stream;
    if (!tls->resumption) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ctx, 0);
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        return;
    }
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    SSL_CTX_set_session_ticket_cb(ctx, on_ticket_made, on_ticket_came, NULL);
}

void dia_tls_inherit(dia_tls *tls, const dia_tls *old)
{
    uint8_t keys[80];
    if (!tls->resumption || !old->resumption)
        return;
    const long size = SSL_CTX_get_tlsext_ticket_keys(old->stream, NULL, 0);
    if (size > 0 && size <= (long)sizeof keys && SSL_CTX_get_tlsext_ticket_keys(old->stream, keys, size) == 1)
        SSL_CTX_set_tlsext_ticket_keys(tls->stream, keys, size);
    OPENSSL_cleanse(keys, sizeof keys);
    if (memcmp(tls->believed, old->believed, sizeof tls->believed) == 0)
        for (const struct dia_tls_session *s = old->sessions; s; s = s->next)
            if (SSL_SESSION_up_ref(s->session) && !remember(tls, s->name, s->session, s->expires))
                SSL_SESSION_free(s->session);
    ERR_clear_error();
}

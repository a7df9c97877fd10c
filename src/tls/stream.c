/* TLS over a stream: octets in and out, no socket. OpenSSL reads straight from what the caller gave, and writes to one buffer that
 * is there only while something waits in it. */
#include "end.h"

#include <openssl/err.h>

enum {
    RECORD_MAX = 16384,     /* octets that one record carries */
    RECORD_OVERHEAD = 64,   /* what it adds, at most: header, nonce, type, tag */
    OUTPUT_ENOUGH = 131072, /* nothing more is taken above */
    OUTPUT_MAX = 262144,    /* what others can make us say in reply without reading it */
    HEAD = 9,               /* of the first record, and of the message in it */
    HELLO_MAX = 16384,
    TALK_MAX =
        32 /* messages of TLS itself behind the handshake (changes of keys, tickets) without octets between them */
};

struct dia_tls_stream {
    dia_tls_end end;
    dia_bytes in; /* the caller's, until it is read */
    dia_buf out;
    uint8_t head[HEAD]; /* the first octets that came */
    uint8_t n_head;
    unsigned talk; /* messages of TLS itself since the last octets */
};

/* ---- What OpenSSL reads from and writes to ---- */

static int on_read(BIO *bio, char *to, int size)
{
    dia_tls_stream *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (s->talk > TALK_MAX) {
        s->end.err = DIA_EFORMAT;
        dia_tls_say(s->end.why, sizeof s->end.why, "the other end talks of keys and tickets and of nothing else");
        return -1;
    }
    if (!s->in.n) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const size_t n = (size_t)size < s->in.n ? (size_t)size : s->in.n;
    memcpy(to, s->in.p, n);
    s->in = (dia_bytes){ s->in.p + n, s->in.n - n };
    return (int)n;
}

static int on_write(BIO *bio, const char *octets, int n)
{
    dia_tls_stream *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    const int err = dia_buf_append(&s->out, (dia_bytes){ (const uint8_t *)octets, (size_t)n });
    if (!err)
        return n;
    s->end.err = err == DIA_ENOMEM ? err : DIA_EFORMAT;
    dia_tls_say(s->end.why, sizeof s->end.why,
                err == DIA_ENOMEM ? "out of memory" : "the other end asks for answers and does not take them");
    return -1;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

/* A change of keys costs us thousands of instructions and its sender next to none; a read may bring thousands of them, and OpenSSL goes
 * through all before it says anything. */
static void on_message(int sent, int version, int type, const void *octets, size_t n, SSL *ssl, void *arg)
{
    dia_tls_stream *s = arg;
    (void)version;
    (void)octets;
    (void)n;
    (void)ssl;
    if (!sent && type == SSL3_RT_HANDSHAKE && s->end.state == DIA_TLS_OPEN)
        s->talk++;
}

BIO_METHOD *dia_tls_stream_bio(void)
{
    BIO_METHOD *method =
        BIO_meth_new(BIO_TYPE_MEM, "octets"); /* the type says nothing; new ones are few in a process */
    if (!method)
        return NULL;
    BIO_meth_set_read(method, on_read);
    BIO_meth_set_write(method, on_write);
    BIO_meth_set_ctrl(method, on_control);
    return method;
}

/* ---- The stream ---- */

int dia_tls_stream_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc,
                       dia_tls_stream **out)
{
    dia_tls_stream *s = dia_alloc0(alloc, sizeof *s);
    if (!s)
        return DIA_ENOMEM;
    dia_buf_init(&s->out, OUTPUT_MAX, alloc);
    int err = dia_tls_end_init(&s->end, tls, false, client, name, also, s, alloc);
    if (!err) {
        SSL_set_msg_callback(s->end.ssl, on_message);
        SSL_set_msg_callback_arg(s->end.ssl, s);
    }
    if (!err && client)
        err = dia_tls_end_handshake(&s->end);
    if (err) {
        dia_tls_stream_free(s);
        return err;
    }
    *out = s;
    return 0;
}

void dia_tls_stream_free(dia_tls_stream *s)
{
    if (!s)
        return;
    const dia_allocator *alloc = s->end.alloc;
    dia_tls_end_done(&s->end);
    dia_buf_done(&s->out);
    dia_release(alloc, s, sizeof *s);
}

/* Clear Diameter on a port for TLS is the mistake of many configurations: its first octet is the version. */
static bool is_diameter(const dia_tls_stream *s)
{
    return s->head[0] == 1 && (s->n_head < 2 || s->head[1] == 0);
}

/* Whoever speaks it would hear of an end alone; an alert (RFC 8446, 6: fatal, unexpected_message) tells that here is TLS. */
static void tell_clear_client(dia_tls_stream *s)
{
    static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 10 };
    if (!s->end.client)
        dia_buf_append(&s->out, (dia_bytes){ alert, sizeof alert }); /* without memory there is none */
}

/* What is wrong with the first octets; NULL: nothing that can be seen yet.
 *
 * OpenSSL takes memory
 * for a hello of 128 KiB as soon as four octets have announced it, which nobody needs and anybody can send. */
static const char *look_at_head(const dia_tls_stream *s)
{
    if (is_diameter(s))
        return "what came is Diameter in clear text, not TLS";
    if (s->end.client || s->n_head < HEAD || s->head[0] != 22)
        return NULL;
    return dia_load16(s->head + 3) < 4 || dia_load24(s->head + 6) > HELLO_MAX
               ? "a message of the handshake is longer than allowed"
               : NULL;
}

int dia_tls_stream_input(dia_tls_stream *s, dia_bytes octets)
{
    assert(!s->in.n);
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (!octets.n || s->end.state == DIA_TLS_ENDED)
        return 0;
    s->in = octets;
    if (s->end.state != DIA_TLS_HANDSHAKE)
        return 0;
    for (size_t i = 0; s->n_head < HEAD && i < octets.n; i++)
        s->head[s->n_head++] = octets.p[i];
    const char *mistake = look_at_head(s);
    if (mistake) {
        s->in.n = 0;
        if (is_diameter(s))
            tell_clear_client(s);
        return dia_tls_end_fail(&s->end, DIA_EFORMAT, mistake);
    }
    const int err = dia_tls_end_handshake(&s->end);
    if (err)
        s->in.n = 0;
    return err;
}

int64_t dia_tls_stream_read(dia_tls_stream *s, uint8_t *to, size_t max)
{
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (s->end.state != DIA_TLS_OPEN || !max)
        return 0;
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(s->end.ssl, to, max, &n);
    if (result == 1) {
        s->talk = 0;
        return (int64_t)n;
    }
    const int err = dia_tls_end_result(&s->end, result);
    if (err || s->end.state == DIA_TLS_ENDED)
        s->in.n = 0;
    return err;
}

int64_t dia_tls_stream_write(dia_tls_stream *s, dia_bytes octets)
{
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (s->end.state == DIA_TLS_HANDSHAKE || s->end.silent || s->out.n >= OUTPUT_ENOUGH)
        return 0;
    const size_t room = OUTPUT_ENOUGH - s->out.n + RECORD_MAX - 1;
    const size_t most = room / RECORD_MAX * RECORD_MAX;
    size_t n = octets.n < most ? octets.n : most;
    if (!n)
        return 0;
    /* All of it in one piece, and without a growing buffer on the way. */
    if (dia_buf_reserve(&s->out, n + (n / RECORD_MAX + 1) * RECORD_OVERHEAD))
        return dia_tls_end_fail(&s->end, DIA_ENOMEM, "out of memory");
    ERR_clear_error();
    const int result = SSL_write_ex(s->end.ssl, octets.p, n, &n);
    if (result == 1)
        return (int64_t)n;
    const int err = dia_tls_end_result(&s->end, result);
    return err ? err : dia_tls_end_fail(&s->end, DIA_EFORMAT, "the other end stops in the middle of its keys");
}

dia_bytes dia_tls_stream_output(const dia_tls_stream *s)
{
    return dia_buf_bytes(&s->out);
}

void dia_tls_stream_sent(dia_tls_stream *s, size_t n)
{
    dia_buf_consume(&s->out, n);
    if (!s->out.n)
        dia_buf_done(&s->out);
}

int dia_tls_stream_end(dia_tls_stream *s)
{
    return dia_tls_end_close(&s->end);
}

dia_tls_state dia_tls_stream_state(const dia_tls_stream *s)
{
    return s->end.state;
}

bool dia_tls_stream_heard(const dia_tls_stream *s)
{
    return s->n_head;
}

bool dia_tls_stream_resumed(const dia_tls_stream *s)
{
    return SSL_session_reused(s->end.ssl);
}

const char *dia_tls_stream_why(const dia_tls_stream *s)
{
    return s->end.why;
}

size_t dia_tls_stream_holds(const dia_tls_stream *s)
{
    return dia_tls_end_holds(&s->end);
}

const dia_security *dia_tls_stream_security(const dia_tls_stream *s)
{
    return s->end.security.names ? &s->end.security : NULL;
}

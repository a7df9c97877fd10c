/* TLS between a stream and the node. What one wake-up has read is decrypted and given at once; what one turn has to say goes into
 * records that are as full as can be, and with one system call. */
#include "loop/carrier.h"
#include "loop/handshake.h"
#include "tls/tls.h"

#include <errno.h>

/* What a link under TLS has of its own. */
typedef struct secure {
    dia_handshake handshake;
    dia_tls_stream *stream;
    dia_loop *loop;
    bool bids_farewell; /* close_notify was said */
} secure;

static secure *secure_of(const dia_link *l)
{
    return l->above;
}

static void fail(dia_link *l)
{
    secure *s = secure_of(l);
    const dia_bytes alert = dia_tls_stream_output(s->stream);
    if (alert.n && !l->ended)
        l->carrier->send(l, &(dia_piece){ .octets = alert }, 1);
    dia_link_close(l, dia_tls_stream_why(s->stream));
}

/* A port in clear text takes a hello for octets that are no Diameter, and has no words for us. Neither has freeDiameter for one in which
 * it finds no version or cipher of its own. */
static bool was_not_answered(const dia_link *l)
{
    return l->outgoing && !dia_tls_stream_heard(secure_of(l)->stream);
}

#define WITHOUT_A_WORD " without a word: is it a port in clear text, or has it no version or cipher of ours?"

static void broke(dia_link *l, int err)
{
    const bool reset = err == ECONNRESET || err == EPIPE;
    if (!reset || dia_tls_stream_state(secure_of(l)->stream) != DIA_TLS_HANDSHAKE)
        dia_link_close(l, dia_link_why_ended(err));
    else
        dia_link_close(l, was_not_answered(l) ? "reset by the peer in the TLS handshake" WITHOUT_A_WORD
                                              : "reset by the peer in the TLS handshake");
}

/* ---- Writing ---- */

/* What is encrypted goes first. False: the carrier is full, or the link has ended. */
static bool flush(dia_link *l)
{
    secure *s = secure_of(l);
    for (dia_bytes out; (out = dia_tls_stream_output(s->stream)).n;) {
        const ssize_t n = l->carrier->send(l, &(dia_piece){ .octets = out }, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            broke(l, errno);
        if (n < 0)
            return false;
        dia_tls_stream_sent(s->stream, (size_t)n);
        if ((size_t)n < out.n)
            return false;
    }
    return true;
}

/* As much of the node's output as is to be sent at once; behind the last of it, the farewell. False: there is nothing more. */
static bool encrypt(dia_link *l)
{
    secure *s = secure_of(l);
    dia_output output;
    if (dia_tls_stream_state(s->stream) == DIA_TLS_HANDSHAKE)
        return false;
    if (dia_conn_output(l->conn, &output, 1)) {
        const int64_t n = dia_tls_stream_write(s->stream, output.octets);
        if (n < 0)
            fail(l);
        if (n > 0)
            dia_conn_sent(l->conn, (size_t)n, dia_loop_clock());
        return n > 0;
    }
    if ((!l->ending && !l->no_more) || s->bids_farewell)
        return false;
    s->bids_farewell = true;
    if (dia_tls_stream_end(s->stream) < 0)
        fail(l);
    return !l->closing;
}

static void secure_write(dia_link *l)
{
    bool full;
    do
        full = !flush(l);
    while (!full && encrypt(l));
    if (!l->closing)
        dia_link_wrote(l, full);
}

/* ---- Reading ---- */

/* Decrypts all that came. A negative number: it is over. */
static int64_t decrypt(dia_link *l, dia_bytes *clear)
{
    const secure *s = secure_of(l);
    uint8_t *to = l->loop->clear;
    int64_t n;
    *clear = (dia_bytes){ to, 0 };
    while ((n = dia_tls_stream_read(s->stream, to + clear->n, CLEAR_SIZE - clear->n)) > 0)
        clear->n += (size_t)n;
    return n;
}

static void take(dia_link *l, dia_bytes octets)
{
    secure *s = secure_of(l);
    dia_bytes clear;
    const bool began = dia_tls_stream_state(s->stream) == DIA_TLS_HANDSHAKE;
    if (dia_tls_stream_input(s->stream, octets)) {
        fail(l);
        return;
    }
    const char *why = began ? dia_link_hold(l, dia_tls_stream_holds(s->stream)) : NULL;
    if (why) {
        dia_link_close(l, why);
        return;
    }
    if (began && dia_tls_stream_state(s->stream) != DIA_TLS_HANDSHAKE) {
        l->loop->handshakes.resumed += dia_tls_stream_resumed(s->stream);
        dia_handshake_end(l->loop, &s->handshake, true);
        dia_link_secured(l, dia_tls_stream_security(s->stream));
        if (l->closing)
            return;
    }
    const int64_t err = decrypt(l, &clear);
    if (clear.n && !l->ended)
        dia_link_give(l, clear);
    if (l->closing)
        return;
    if (err) {
        fail(l);
        return;
    }
    l->no_more = dia_tls_stream_state(s->stream) == DIA_TLS_ENDED; /* what waits for it is written all the same */
    if (began || l->no_more || dia_tls_stream_output(s->stream).n)
        secure_write(l);
}

/* Without close_notify others may have cut it off; Diameter's messages say themselves whether they are whole. */
static void end_of_stream(dia_link *l)
{
    if (dia_tls_stream_state(secure_of(l)->stream) == DIA_TLS_HANDSHAKE)
        dia_link_close(l, was_not_answered(l) ? "closed by the peer in the TLS handshake" WITHOUT_A_WORD
                                              : "closed by the peer in the TLS handshake");
    else if (l->no_more || l->ended)
        dia_link_close(l, NULL);
    else
        dia_link_close(l, "closed by the peer without close_notify");
}

static bool read_now(dia_link *l)
{
    const size_t most = dia_node_is_full(l->loop->node) ? INPUT_SIZE_SCARCE : INPUT_SIZE;
    const ssize_t n = l->carrier->receive(l, l->loop->input, most, NULL);
    if (n > 0)
        take(l, (dia_bytes){ l->loop->input, (size_t)n });
    else if (n == 0)
        end_of_stream(l);
    else if (errno != EAGAIN && errno != EINTR)
        broke(l, errno);
    return n > 0;
}

static void go_on(dia_link *l)
{
    read_now(l);
    if (!l->closing && !l->paused && !l->no_more)
        dia_link_watch(l, l->events | UV_READABLE);
}

static bool secure_read(dia_link *l)
{
    secure *s = secure_of(l);
    if (dia_tls_stream_state(s->stream) != DIA_TLS_HANDSHAKE || l->draining)
        return read_now(l);
    dia_handshake_ready(&s->handshake);
    dia_link_watch(l, l->events & ~UV_READABLE);
    return false;
}

/* ---- Life ---- */

static void secure_done(void *above)
{
    secure *s = above;
    dia_handshake_end(s->loop, &s->handshake, false);
    dia_tls_stream_free(s->stream);
    dia_release(s->loop->alloc, s, sizeof *s);
}

static const dia_layer dia_layer_tls = { .read = secure_read, .write = secure_write, .done = secure_done };

const char *dia_tls_begin(dia_link *l, dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    if (!l->loop->clear && !(l->loop->clear = dia_alloc(l->loop->alloc, CLEAR_SIZE)))
        return "no memory for TLS";
    secure *s = dia_alloc0(l->loop->alloc, sizeof *s);
    if (!s)
        return "no memory for TLS";
    s->loop = l->loop;
    if (dia_tls_stream_new(tls, client, name, also, dia_node_allocator(l->loop->node), &s->stream)) {
        dia_release(l->loop->alloc, s, sizeof *s);
        return "no memory for TLS";
    }
    dia_handshake_begin(&s->handshake, l, go_on);
    l->above = s;
    l->layer = &dia_layer_tls;
    const char *why = dia_link_hold(l, dia_tls_stream_holds(s->stream));
    if (why)
        return why;
    if (l->rest.n) { /* came behind what was agreed in clear */
        dia_buf rest = l->rest;
        dia_buf_init(&l->rest, 0, rest.alloc);
        l->paused = false;
        take(l, dia_buf_bytes(&rest));
        dia_buf_done(&rest);
    }
    if (!l->closing)
        secure_write(l);
    return NULL;
}

int dia_secure_missing(const char *name, char *why, size_t size)
{
    if (name)
        dia_sentence(why, size, "there is no TLS configuration '%s': dia_loop_tls(loop, \"%s\", ...) makes it", name,
                     name);
    else
        dia_sentence(why, size, "there is no TLS configuration without a name: dia_loop_tls(loop, NULL, ...) makes it");
    return DIA_ESTATE;
}

/* Messages of a transport that keeps their boundaries: read one by one, put together where one comes in pieces, written many at a
 * time; which payload protocol identifier they bear (RFC 6733, 2.1.1). */
#include "loop/carrier.h"

#include <errno.h>

enum { MESSAGES_A_WAKE_UP = 64, MESSAGES_A_WRITE = 64 };

/* ---- Reading ---- */

/* Those who know nothing of it send 0, and some get the byte order wrong. */
static bool is_clear(uint32_t ppid)
{
    return ppid == DIA_PPID_CLEAR || ppid == DIA_PPID_NONE || ppid == (uint32_t)DIA_PPID_CLEAR << 24;
}

int dia_message_join(dia_buf *begun, dia_bytes piece, bool whole, size_t most, dia_bytes *out)
{
    *out = (dia_bytes){ NULL, 0 };
    if (!begun->n && (whole || piece.n > most)) {
        *out = piece;
        return 0;
    }
    const size_t room = most > begun->n ? most - begun->n : 0;
    const bool is_long = piece.n > room;
    if (is_long)
        piece.n = room;
    if (dia_buf_append(begun, piece))
        return DIA_ENOMEM;
    if (whole || is_long)
        *out = dia_buf_bytes(begun);
    return 0;
}

/* A stream cannot be believed any more (2.1): ABORT. */
static void refuse(dia_link *l, const char *why)
{
    l->carrier->reset(l);
    dia_link_close(l, why);
}

/* A message that the node does not take now waits in `rest`; what is too long the node refuses. */
static void give(dia_link *l, dia_bytes message)
{
    if (!l->rest.n) {
        dia_link_give(l, message);
        return;
    }
    if (dia_conn_input(l->conn, message, dia_loop_clock()) == message.n) {
        if (!l->closing)
            dia_buf_done(&l->rest);
        return;
    }
    l->paused = true;
    dia_link_watch(l, l->events & ~UV_READABLE);
}

static void take(dia_link *l, dia_bytes piece, const dia_arrival *how)
{
    dia_bytes message;
    if (!is_clear(how->ppid)) {
        refuse(l, how->ppid == DIA_PPID_DTLS ? "the peer speaks DTLS, and this connection is clear"
                                             : "the payload protocol identifier is not Diameter's");
        return;
    }
    if (l->rest.n && how->stream != l->stream) {
        refuse(l, "a message came between the pieces of another");
        return;
    }
    l->stream = how->stream;
    if (dia_message_join(&l->rest, piece, how->whole, dia_conn_input_max(l->conn), &message))
        dia_link_close(l, "no memory for a message");
    else if (message.n)
        give(l, message);
}

/* Many small ones in one wake-up, but not so many that others wait long. */
static bool messages_read(dia_link *l)
{
    bool any = false;
    for (int i = 0; i < MESSAGES_A_WAKE_UP && !l->closing && !l->paused && !l->no_more; i++) {
        dia_arrival how = { 0 };
        const ssize_t n = l->carrier->receive(l, l->loop->input, INPUT_SIZE, &how);
        if (how.note) {
            any = true;
            continue;
        }
        if (n == 0)
            dia_link_end_of_input(l);
        else if (n < 0)
            dia_link_read_failed(l, errno);
        if (n <= 0)
            break;
        any = true;
        if (!l->ended)
            take(l, (dia_bytes){ l->loop->input, (size_t)n }, &how);
    }
    return any;
}

/* ---- Writing ---- */

/* Everything on stream 0, and unordered as soon as the node says that it may be: what 2.1.1 recommends. */
static size_t gather(const dia_link *l, dia_piece *pieces)
{
    dia_output outputs[MESSAGES_A_WRITE];
    const size_t n = dia_conn_output(l->conn, outputs, MESSAGES_A_WRITE);
    for (size_t i = 0; i < n; i++)
        pieces[i] = (dia_piece){ .octets = outputs[i].octets, .ordered = outputs[i].ordered, .ppid = DIA_PPID_CLEAR };
    return n;
}

static size_t octets_of(const dia_piece *pieces, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pieces[i].octets.n;
    return sum;
}

static void messages_write(dia_link *l)
{
    dia_piece pieces[MESSAGES_A_WRITE];
    bool full = false;
    for (size_t n; !full && (n = gather(l, pieces));) {
        const ssize_t sent = l->carrier->send(l, pieces, n);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            dia_link_close(l, errno == EMSGSIZE ? "a message is longer than the send buffer of the association"
                                                : dia_link_why_ended(errno));
            return;
        }
        full = sent < (ssize_t)n;
        if (sent > 0)
            dia_conn_sent(l->conn, octets_of(pieces, (size_t)sent), dia_loop_clock());
    }
    dia_link_wrote(l, full);
}

const dia_layer dia_layer_messages = { .read = messages_read, .write = messages_write };

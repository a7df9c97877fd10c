/* DTLS between a message carrier and the node (RFC 6083): what the engine wants done is done below it, in its order - records sent, keys
 * of SCTP-AUTH changed, dryness waited for.
 *
 * Finished is authenticated with a key that SCTP knows only when the messages before it were heeded, and drops it before that. Where they
 * wait for their turn in a crowd (handshake.c), a carrier that can lets what comes meanwhile wait, too; else it has to come again. */
#include "loop/carrier.h"
#include "loop/handshake.h"
#include "tls/tls.h"

#include <errno.h>

/* A record of DTLS with its head (RFC 6083, 4.1). */
enum { RECORD_MAX = 16384 + 2048 + 13, MESSAGES_A_WAKE_UP = 64, RECORDS_A_SEND = 64 };

/* What a link under DTLS has of its own. */
typedef struct secure {
    dia_handshake handshake;
    dia_dtls *dtls;
    dia_loop *loop;
    dia_buf begun;      /* the beginning of a record that comes in pieces */
    bool awaits_dry;    /* nothing goes before all is acknowledged */
    bool reads_all;     /* what the association has buffered is read before the engine goes on */
    bool steps;         /* they are being done */
    bool bids_farewell; /* close_notify was said */
} secure;

static secure *secure_of(const dia_link *l)
{
    return l->above;
}

static void refuse(dia_link *l, const char *why)
{
    l->carrier->reset(l);
    dia_link_close(l, why);
}

/* ---- Steps ---- */

/* The records that may go now. False: the carrier is full, or the link has ended. */
static bool send_records(dia_link *l)
{
    dia_dtls_todo todos[RECORDS_A_SEND];
    dia_piece pieces[RECORDS_A_SEND];
    const size_t n = dia_dtls_sends(secure_of(l)->dtls, todos, RECORDS_A_SEND);
    for (size_t i = 0; i < n; i++)
        pieces[i] = (dia_piece){ .octets = todos[i].octets,
                                 .ordered = todos[i].ordered,
                                 .immediately = todos[i].immediately,
                                 .ppid = DIA_PPID_DTLS };
    const ssize_t sent = l->carrier->send(l, pieces, n);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        dia_link_close(l, dia_link_why_ended(errno));
    for (ssize_t i = 0; i < sent; i++)
        dia_dtls_did(secure_of(l)->dtls);
    return sent == (ssize_t)n;
}

static bool change_key(dia_link *l, const dia_dtls_todo *todo)
{
    const dia_carrier *c = l->carrier;
    const int err = todo->step == DIA_DTLS_SET_KEY   ? c->set_key(l, todo->key_id, todo->octets.p, todo->octets.n)
                    : todo->step == DIA_DTLS_USE_KEY ? c->use_key(l, todo->key_id)
                                                     : c->drop_key(l, todo->key_id);
    if (err)
        refuse(l, "SCTP does not take the key that was agreed (SCTP-AUTH)");
    return !err;
}

/* False: it cannot be done now, or the link has ended. */
static bool do_step(dia_link *l, const dia_dtls_todo *todo, bool *full)
{
    secure *s = secure_of(l);
    switch (todo->step) {
    case DIA_DTLS_SEND:
    case DIA_DTLS_SEND_DATA: *full = !send_records(l); return !*full;
    case DIA_DTLS_DRY: s->awaits_dry = !l->carrier->is_dry(l); return !s->awaits_dry;
    case DIA_DTLS_SET_KEY:
    case DIA_DTLS_USE_KEY:
    case DIA_DTLS_DROP_KEY: return change_key(l, todo);
    case DIA_DTLS_READ_ALL: s->reads_all = true; return false;
    default: return false;
    }
}

static void fail(dia_link *l);
static void give_messages(dia_link *l);
static void be_secured(dia_link *l);

/* Behind a step the engine may have come further, or have something to read. */
static bool did_step(dia_link *l, const dia_dtls_todo *todo)
{
    if (todo->step == DIA_DTLS_SEND || todo->step == DIA_DTLS_SEND_DATA)
        return true;
    if (dia_dtls_did(secure_of(l)->dtls))
        fail(l);
    if (!l->closing)
        be_secured(l);
    if (!l->closing)
        give_messages(l);
    return !l->closing;
}

/* Does all that can be done. *full: the carrier takes no more now. */
static void do_steps(dia_link *l, bool *full)
{
    secure *s = secure_of(l);
    *full = false;
    if (s->steps || s->awaits_dry || s->reads_all)
        return;
    s->steps = true;
    for (dia_dtls_todo todo; (todo = dia_dtls_next(s->dtls)).step != DIA_DTLS_NOTHING;)
        if (!do_step(l, &todo, full) || !did_step(l, &todo))
            break;
    if (!l->closing)
        s->steps = false;
}

/* An alert that waits to be sent goes, as far as it can. */
static void fail(dia_link *l)
{
    secure *s = secure_of(l);
    const dia_dtls_todo todo = dia_dtls_next(s->dtls);
    if (todo.step == DIA_DTLS_SEND && !l->ended)
        send_records(l);
    if (!l->closing)
        dia_link_close(l, dia_dtls_why(s->dtls));
}

/* ---- Writing ---- */

/* One message of the node's, or the farewell behind the last. False: there is nothing more now. */
static bool encrypt(dia_link *l)
{
    secure *s = secure_of(l);
    dia_output output;
    if (dia_dtls_state(s->dtls) == DIA_TLS_HANDSHAKE)
        return false;
    if (dia_conn_output(l->conn, &output, 1)) {
        const int64_t n = dia_dtls_write(s->dtls, output.octets, output.ordered);
        if (n == DIA_ESPACE)
            dia_link_close(l, "a message is longer than DTLS can carry (16,384 octets)");
        else if (n < 0)
            fail(l);
        else if (n > 0)
            dia_conn_sent(l->conn, (size_t)n, dia_loop_clock());
        return n > 0;
    }
    if ((!l->ending && !l->no_more) || s->bids_farewell)
        return false;
    s->bids_farewell = true;
    if (dia_dtls_end(s->dtls))
        fail(l);
    return !l->closing;
}

static bool has_steps(const secure *s)
{
    return dia_dtls_next(s->dtls).step != DIA_DTLS_NOTHING;
}

/* All that the node has is encrypted first, so that the carrier gets many records at once. */
static void dtls_write(dia_link *l)
{
    secure *s = secure_of(l);
    bool full = false, more;
    do {
        more = false;
        while (encrypt(l))
            more = true;
        if (!l->closing)
            do_steps(l, &full);
    } while (!l->closing && more && !full && !has_steps(s));
    if (l->closing)
        return;
    if (full || !has_steps(s))
        dia_link_wrote(l, full);
    else
        dia_link_watch(l, l->events & ~UV_WRITABLE);
}

static void dtls_dry(dia_link *l)
{
    secure *s = secure_of(l);
    const dia_dtls_todo todo = { .step = DIA_DTLS_DRY };
    if (!s->awaits_dry)
        return;
    s->awaits_dry = false;
    if (did_step(l, &todo))
        dtls_write(l);
}

/* ---- Reading ---- */

static void be_secured(dia_link *l)
{
    secure *s = secure_of(l);
    if (!s->handshake.link)
        return;
    const char *why = dia_link_hold(l, dia_dtls_holds(s->dtls));
    if (why)
        dia_link_close(l, why);
    if (why || dia_dtls_state(s->dtls) == DIA_TLS_HANDSHAKE)
        return;
    dia_handshake_end(l->loop, &s->handshake, true);
    dia_link_secured(l, dia_dtls_security(s->dtls));
}

/* As long as the node takes them. */
static void give_messages(dia_link *l)
{
    secure *s = secure_of(l);
    int64_t n = 0;
    while (!l->paused && (n = dia_dtls_read(s->dtls, l->loop->clear, CLEAR_SIZE)) > 0) {
        if (!l->ended)
            dia_link_give(l, (dia_bytes){ l->loop->clear, (size_t)n });
        if (l->closing)
            return;
    }
    if (n < 0)
        fail(l);
    else if (dia_dtls_state(s->dtls) == DIA_TLS_ENDED)
        l->no_more = true; /* what waits for it is written all the same */
}

static void take_record(dia_link *l, dia_bytes record)
{
    secure *s = secure_of(l);
    bool full;
    if (dia_dtls_input(s->dtls, record)) {
        fail(l);
        return;
    }
    be_secured(l);
    if (!l->closing)
        give_messages(l);
    if (l->closing || !has_steps(s))
        return;
    do_steps(l, &full);
    if (!l->closing && full)
        dia_link_watch(l, l->events | UV_WRITABLE);
}

static bool is_dtls(uint32_t ppid)
{
    return ppid == DIA_PPID_DTLS || ppid == DIA_PPID_NONE || ppid == (uint32_t)DIA_PPID_DTLS << 24;
}

static void take(dia_link *l, dia_bytes piece, const dia_arrival *how)
{
    secure *s = secure_of(l);
    dia_bytes record;
    if (!is_dtls(how->ppid)) {
        refuse(l, "the peer does not speak DTLS, which this connection wants");
        return;
    }
    if (s->begun.n && how->stream != l->stream) {
        refuse(l, "a message came between the pieces of another");
        return;
    }
    l->stream = how->stream;
    if (dia_message_join(&s->begun, piece, how->whole, RECORD_MAX, &record)) {
        dia_link_close(l, "no memory for a message");
    } else if (record.n && !how->whole) {
        refuse(l, "a message is longer than a record of DTLS");
    } else if (record.n) {
        dia_buf begun = s->begun;
        if (begun.n)
            dia_buf_init(&s->begun, 0, begun.alloc);
        take_record(l, record);
        if (begun.n)
            dia_buf_done(&begun);
    }
}

/* Without close_notify somebody may have cut off what came behind. */
static void end_of_association(dia_link *l)
{
    const dia_tls_state state = dia_dtls_state(secure_of(l)->dtls);
    if (state == DIA_TLS_HANDSHAKE)
        dia_link_close(l, "closed by the peer in the DTLS handshake");
    else if (state == DIA_TLS_ENDED || l->ended)
        dia_link_close(l, NULL);
    else
        dia_link_close(l, "closed by the peer without close_notify");
}

/* There is nothing more in the association: the engine may go on. */
static void was_read(dia_link *l)
{
    secure *s = secure_of(l);
    const dia_dtls_todo todo = { .step = DIA_DTLS_READ_ALL };
    if (!s->reads_all)
        return;
    s->reads_all = false;
    if (did_step(l, &todo))
        dtls_write(l);
}

/* False: there was nothing. */
static bool read_one(dia_link *l)
{
    dia_arrival how = { 0 };
    const ssize_t n = l->carrier->receive(l, l->loop->input, INPUT_SIZE, &how);
    const int err = errno;
    if (how.note)
        return true;
    if (n > 0) {
        take(l, (dia_bytes){ l->loop->input, (size_t)n }, &how);
        return true;
    }
    if (n == 0 || err != EINTR)
        was_read(l); /* a close_notify that waited for this may be the last */
    if (n == 0 && !l->closing)
        end_of_association(l);
    else if (n < 0)
        dia_link_read_failed(l, err);
    return false;
}

static void put_off(dia_link *l, bool on)
{
    if (l->carrier->put_off)
        l->carrier->put_off(l, on);
}

static void wait_for_turn(dia_link *l)
{
    dia_handshake_ready(&secure_of(l)->handshake);
    dia_link_watch(l, l->events & ~UV_READABLE);
    put_off(l, true);
}

/* What is to be read before the engine goes on may be more than a turn is for, and without end. The rest comes in a later one, also where
 * there is none: then the carrier would not say that it is ready. */
static bool read_some(dia_link *l)
{
    int n = 0;
    while (n < MESSAGES_A_WAKE_UP && read_one(l)) {
        n++;
        if (l->closing || l->paused || l->no_more)
            return true;
    }
    if (l->closing || !secure_of(l)->reads_all)
        return n > 0;
    if (secure_of(l)->handshake.link)
        wait_for_turn(l);
    else
        dia_link_want_again(l);
    return n > 0;
}

static void go_on(dia_link *l)
{
    read_some(l);
    if (l->closing || dia_turn_waits(&secure_of(l)->handshake.turn))
        return;
    put_off(l, false);
    if (!l->paused && !l->no_more)
        dia_link_watch(l, l->events | UV_READABLE);
}

static bool dtls_read(dia_link *l)
{
    if (!secure_of(l)->handshake.link || l->draining)
        return read_some(l);
    wait_for_turn(l);
    return false;
}

static void dtls_resumed(dia_link *l)
{
    give_messages(l);
    if (!l->closing && !l->paused && !l->no_more && secure_of(l)->reads_all)
        read_some(l);
    if (!l->closing && l->no_more)
        dtls_write(l);
}

/* ---- Life ---- */

static void dtls_done(void *above)
{
    secure *s = above;
    dia_handshake_end(s->loop, &s->handshake, false);
    dia_dtls_free(s->dtls);
    dia_buf_done(&s->begun);
    dia_release(s->loop->alloc, s, sizeof *s);
}

static const dia_layer dia_layer_dtls = {
    .read = dtls_read, .write = dtls_write, .resumed = dtls_resumed, .dry = dtls_dry, .done = dtls_done
};

const char *dia_dtls_begin(dia_link *l, struct dia_tls *tls, bool client, dia_bytes name, dia_bytes also)
{
    if (!l->carrier->authenticates(l))
        return "the other end does not authenticate its messages (SCTP-AUTH), which DTLS wants";
    if (!l->loop->clear && !(l->loop->clear = dia_alloc(l->loop->alloc, CLEAR_SIZE)))
        return "no memory for DTLS";
    secure *s = dia_alloc0(l->loop->alloc, sizeof *s);
    if (!s)
        return "no memory for DTLS";
    const dia_allocator *alloc = dia_node_allocator(l->loop->node);
    s->loop = l->loop;
    dia_buf_init(&s->begun, 0, alloc);
    if (dia_dtls_new(tls, client, name, also, alloc, &s->dtls)) {
        dia_release(l->loop->alloc, s, sizeof *s);
        return "no memory for DTLS";
    }
    dia_handshake_begin(&s->handshake, l, go_on);
    l->above = s;
    l->layer = &dia_layer_dtls;
    const char *why = dia_link_hold(l, dia_dtls_holds(s->dtls));
    if (why)
        return why;
    dtls_write(l);
    if (!l->closing)
        dia_link_watch(l, l->events | UV_READABLE);
    return NULL;
}

/* DTLS 1.2 over messages that nobody loses (RFC 6083): what OpenSSL does for datagrams is switched off - its timers, its path MTU,
 * its check against replays - and what the RFC demands of SCTP comes out as steps, in order.
 *
 * Handshakes, ChangeCipherSpec and alerts come on stream 0 in order. What must wait for everything else that was received - a
 * ChangeCipherSpec, an alert that may be close_notify, and what follows them in that order - is parked until READ_ALL is done. */
#include "end.h"

#include "guard.h"

#include <openssl/err.h>

enum {
    HEADER = 13, /* type, version, epoch, number, length */
    AT_VERSION = 1,
    AT_EPOCH = 3,
    AT_LENGTH = 11,
    MESSAGE_MAX = 16384,       /* octets that a record carries */
    RECORD_MAX = 16384 + 2048, /* and their protection (RFC 6083, 4.1) */
    QUEUE_ENOUGH = 131072,     /* no messages are taken above */
    QUEUE_MAX = 1 << 20,
    PARKED_MAX = 64, /* records: a Finished is one */
    SHAKES_MAX =
        1024, /* records of a handshake: a dozen, and some hundreds where long certificates come in small pieces */
    NEVER_US = 2000 * 1000 * 1000, /* for OpenSSL's timer, which must not run */
    MTU = 16384 + 2048 + HEADER,
    KEY_SIZE = 64
};

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23 };

/* A step in the queue: this, and its octets behind it. */
enum { STEP_AT = 0, STEP_ORDERED = 1, STEP_IMMEDIATELY = 2, STEP_LENGTH = 4, STEP_HEADER = 8 };

struct dia_dtls {
    dia_tls_end end;
    dia_bytes in;      /* the record that OpenSSL may read */
    dia_bytes waiting; /* the caller's: a message that dia_dtls_read() takes next */
    dia_guard guard;   /* of the second epoch */
    dia_list parked;   /* dia_record: until everything is read */
    size_t n_parked;
    unsigned n_shakes;       /* records that came in the handshake, but for those that wait for its end */
    dia_buf cut;             /* what OpenSSL wrote of a record so far */
    dia_buf queue;           /* steps */
    uint64_t pushed, popped; /* octets of the queue since ever */
    uint64_t last_send;      /* where in these the last SEND begins; UINT64_MAX: nowhere */
    bool ordered;            /* the message that is being written */
    bool has_key;            /* the key is made */
    bool alerted;            /* an alert was read */
    uint8_t key[KEY_SIZE];
};

/* ---- Steps ---- */

static bool is_send(dia_dtls_step step)
{
    return step == DIA_DTLS_SEND || step == DIA_DTLS_SEND_DATA;
}

static int push(dia_dtls *s, dia_dtls_step step, bool ordered, dia_bytes octets)
{
    uint8_t header[STEP_HEADER] = { (uint8_t)step, ordered };
    dia_store32(header + STEP_LENGTH, (uint32_t)octets.n);
    const int err = dia_buf_reserve(&s->queue, sizeof header + octets.n);
    if (err)
        return err;
    dia_buf_append(&s->queue, (dia_bytes){ header, sizeof header });
    dia_buf_append(&s->queue, octets);
    s->last_send = is_send(step) ? s->pushed : s->last_send;
    s->pushed += sizeof header + octets.n;
    return 0;
}

static int push_alone(dia_dtls *s, dia_dtls_step step)
{
    return push(s, step, false, (dia_bytes){ NULL, 0 });
}

/* Waits for acknowledgements: whoever has to give the last one shall not delay it (RFC 7053). */
static int push_dry(dia_dtls *s)
{
    if (s->last_send != UINT64_MAX && s->last_send >= s->popped)
        s->queue.p[s->last_send - s->popped + STEP_IMMEDIATELY] = 1;
    return push_alone(s, DIA_DTLS_DRY);
}

/* RFC 6083, 4.8: as soon as there is a master secret, for the other end may use the key at once. */
static int make_key(dia_dtls *s)
{
    static const char label[] = "EXPORTER_DTLS_OVER_SCTP";
    if (s->has_key || !SSL_get_session(s->end.ssl) || !SSL_SESSION_get_master_key(SSL_get_session(s->end.ssl), NULL, 0))
        return 0;
    if (SSL_export_keying_material(s->end.ssl, s->key, sizeof s->key, label, sizeof label - 1, NULL, 0, 0) != 1) {
        ERR_clear_error();
        return 0; /* the suite is not known yet */
    }
    s->has_key = true;
    return push_alone(s, DIA_DTLS_SET_KEY);
}

/* 4.7: nothing is on its way when the cipher changes; 4.8: the key changes before Finished. */
static int push_change(dia_dtls *s, dia_bytes record)
{
    int err = make_key(s);
    if (!err && !s->has_key)
        err = DIA_ESTATE;
    if (!err)
        err = push_dry(s);
    if (!err)
        err = push(s, DIA_DTLS_SEND, true, record);
    if (!err)
        err = push_alone(s, DIA_DTLS_USE_KEY);
    return err;
}

/* ---- What OpenSSL reads from and writes to ---- */

static int on_read(BIO *bio, char *to, int size)
{
    dia_dtls *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    const size_t n = s->in.n;
    if (!n || (size_t)size < n) {
        s->in.n = 0;
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(to, s->in.p, n);
    s->in.n = 0;
    return (int)n;
}

/* RFC 6083, 4.1: a record is a message. OpenSSL writes flights, and cuts them where its buffer ends. */
static int cut_records(dia_dtls *s)
{
    int err = 0;
    while (!err && s->cut.n >= HEADER) {
        const size_t n = HEADER + dia_load16(s->cut.p + AT_LENGTH);
        if (s->cut.n < n)
            return 0;
        const dia_bytes record = { s->cut.p, n };
        const bool data = record.p[0] == APPLICATION_DATA;
        err = record.p[0] == CHANGE_CIPHER_SPEC
                  ? push_change(s, record)
                  : push(s, data ? DIA_DTLS_SEND_DATA : DIA_DTLS_SEND, !data || s->ordered, record);
        dia_buf_consume(&s->cut, n);
    }
    if (!s->cut.n)
        dia_buf_done(&s->cut);
    return err;
}

static int on_write(BIO *bio, const char *octets, int n)
{
    dia_dtls *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    int err = dia_buf_append(&s->cut, (dia_bytes){ (const uint8_t *)octets, (size_t)n });
    if (!err)
        err = cut_records(s);
    if (!err)
        return n;
    s->end.err = err;
    dia_tls_say(s->end.why, sizeof s->end.why,
                err == DIA_ENOMEM ? "out of memory" : "more is to be sent than is taken");
    return -1;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return MTU;
    case BIO_CTRL_DGRAM_SET_MTU: return number;
    default: return 0; /* no timer has run out, nothing was too long, nothing is added below */
    }
}

BIO_METHOD *dia_tls_message_bio(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_MEM, "records");
    if (!method)
        return NULL;
    BIO_meth_set_read(method, on_read);
    BIO_meth_set_write(method, on_write);
    BIO_meth_set_ctrl(method, on_control);
    return method;
}

static unsigned on_timer(SSL *ssl, unsigned us)
{
    (void)ssl;
    (void)us;
    return NEVER_US; /* RFC 6083, 3.5: SCTP repeats what is lost */
}

static void on_info(const SSL *ssl, int what, int value)
{
    (void)value;
    dia_dtls *s = BIO_get_data(SSL_get_rbio(ssl));
    s->alerted |= what == SSL_CB_READ_ALERT;
}

/* ---- Its life ---- */

int dia_dtls_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc, dia_dtls **out)
{
    dia_dtls *s = dia_alloc0(alloc, sizeof *s);
    if (!s)
        return DIA_ENOMEM;
    dia_guard_init(&s->guard, alloc);
    dia_list_init(&s->parked);
    dia_buf_init(&s->cut, QUEUE_MAX, alloc);
    dia_buf_init(&s->queue, QUEUE_MAX, alloc);
    s->last_send = UINT64_MAX;
    int err = dia_tls_end_init(&s->end, tls, true, client, name, also, s, alloc);
    if (!err) {
        s->end.security.message_max = MESSAGE_MAX;
        SSL_set_mtu(s->end.ssl, MTU);
        DTLS_set_timer_cb(s->end.ssl, on_timer);
        SSL_set_info_callback(s->end.ssl, on_info);
        if (client)
            err = dia_tls_end_handshake(&s->end);
    }
    if (err) {
        dia_dtls_free(s);
        return err;
    }
    *out = s;
    return 0;
}

static void unpark(dia_dtls *s)
{
    for (dia_list *node; (node = dia_list_pop(&s->parked));)
        dia_record_free(DIA_OF(node, dia_record, node), s->end.alloc);
    s->n_parked = 0;
}

void dia_dtls_free(dia_dtls *s)
{
    if (!s)
        return;
    const dia_allocator *alloc = s->end.alloc;
    dia_tls_end_done(&s->end);
    dia_guard_done(&s->guard);
    unpark(s);
    dia_buf_done(&s->cut);
    dia_buf_done(&s->queue);
    OPENSSL_cleanse(s->key, sizeof s->key);
    dia_release(alloc, s, sizeof *s);
}

static int fail(dia_dtls *s, int err, const char *sentence)
{
    s->waiting.n = 0;
    return dia_tls_end_fail(&s->end, err, err == DIA_ENOMEM ? "out of memory" : sentence);
}

/* ---- Records that come ---- */

static uint64_t number_of(dia_bytes record)
{
    return dia_load64(record.p + AT_EPOCH) & UINT64_C(0xffffffffffff);
}

/* What is wrong with it; NULL: nothing. RFC 6083, 4.1: exactly one record. */
static const char *look_at(dia_bytes record)
{
    if (record.n < HEADER)
        return "a message is too short for a record";
    if (record.p[0] < CHANGE_CIPHER_SPEC || record.p[0] > APPLICATION_DATA || record.p[AT_VERSION] != 0xfe)
        return record.p[0] == 1 ? "what came is Diameter in clear text, not DTLS" : "what came is no DTLS";
    const size_t n = dia_load16(record.p + AT_LENGTH);
    if (n > RECORD_MAX)
        return "a record is longer than allowed";
    if (n != record.n - HEADER)
        return "a message is not exactly one record";
    return dia_load16(record.p + AT_EPOCH) > 1 ? "the other end wants to renegotiate, which is not done here" : NULL;
}

/* The handshake goes on with a record; behind it the key may be there, or all be done. */
static int feed_handshake(dia_dtls *s, dia_bytes record)
{
    if (dia_load16(record.p + AT_EPOCH) == 1) {
        if (dia_guard_look(&s->guard, number_of(record)) != DIA_GUARD_PASS)
            return fail(s, DIA_EFORMAT, "records of the handshake are missing");
        dia_guard_gave(&s->guard, number_of(record));
    }
    s->in = record;
    int err = dia_tls_end_handshake(&s->end);
    s->in.n = 0;
    if (!err && (err = make_key(s)))
        err = fail(s, err, "more is to be sent than is taken");
    if (!err && s->end.state == DIA_TLS_OPEN && (err = push_alone(s, DIA_DTLS_DROP_KEY)))
        err = fail(s, err, "more is to be sent than is taken");
    return err;
}

static const char forged[] = "a record was damaged on its way, or forged";

/* The end, as a rule. */
static int feed_alert(dia_dtls *s, dia_bytes record)
{
    uint8_t octet;
    if (s->end.state == DIA_TLS_HANDSHAKE)
        return feed_handshake(s, record);
    if (s->end.state != DIA_TLS_OPEN)
        return 0;
    if (dia_guard_look(&s->guard, number_of(record)) != DIA_GUARD_PASS)
        return fail(s, DIA_EFORMAT, "records are missing before the last one");
    dia_guard_gave(&s->guard, number_of(record));
    s->in = record;
    s->alerted = false;
    ERR_clear_error();
    const int result = SSL_read(s->end.ssl, &octet, 1);
    s->in.n = 0;
    if (result <= 0 && dia_tls_end_result(&s->end, result))
        return s->end.err;
    return s->alerted ? 0 : fail(s, DIA_EFORMAT, forged);
}

static int feed(dia_dtls *s, dia_bytes record)
{
    if (record.p[0] == ALERT)
        return feed_alert(s, record);
    if (s->end.state == DIA_TLS_HANDSHAKE)
        return feed_handshake(s, record);
    return s->end.state == DIA_TLS_ENDED ? 0 : fail(s, DIA_EFORMAT, "a message of a handshake came behind it");
}

static int park(dia_dtls *s, dia_bytes record)
{
    if (s->n_parked >= PARKED_MAX)
        return fail(s, DIA_ESPACE, "too much waits for the end of the handshake");
    if (!s->n_parked && push_alone(s, DIA_DTLS_READ_ALL))
        return fail(s, DIA_ENOMEM, NULL);
    dia_record *r = dia_record_new(number_of(record), record, s->end.alloc);
    if (!r)
        return fail(s, DIA_ENOMEM, NULL);
    dia_list_push_back(&s->parked, &r->node);
    s->n_parked++;
    return 0;
}

static int hold(dia_dtls *s, dia_bytes record)
{
    const int err = dia_guard_hold(&s->guard, number_of(record), record);
    return err ? fail(s, err, "too many records wait for one that is missing") : 0;
}

/* Somebody who is nobody yet costs us something with each of them, also where OpenSSL, or the guard, drops it without a word. */
static int count_shake(dia_dtls *s)
{
    if (s->end.state != DIA_TLS_HANDSHAKE || s->n_shakes++ < SHAKES_MAX)
        return 0;
    return fail(s, DIA_EFORMAT, "the other end sends more than a handshake has");
}

/* A message of Diameter: to dia_dtls_read(), when the handshake is done and nothing is missing far below. */
static int input_data(dia_dtls *s, dia_bytes record)
{
    if (dia_load16(record.p + AT_EPOCH) == 0)
        return fail(s, DIA_EFORMAT, "a message came that is not protected");
    const dia_guard_answer answer = dia_guard_look(&s->guard, number_of(record));
    if (answer == DIA_GUARD_AGAIN)
        return count_shake(s);
    if (answer == DIA_GUARD_WAIT || s->end.state == DIA_TLS_HANDSHAKE)
        return hold(s, record);
    s->waiting = record;
    return 0;
}

int dia_dtls_input(dia_dtls *s, dia_bytes record)
{
    assert(!s->waiting.n);
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (s->end.state == DIA_TLS_ENDED)
        return 0;
    const char *mistake = look_at(record);
    if (mistake)
        return fail(s, DIA_EFORMAT, mistake);
    if (record.p[0] == APPLICATION_DATA)
        return input_data(s, record);
    const int err = count_shake(s);
    if (err)
        return err;
    const bool open = s->end.state == DIA_TLS_OPEN;
    if (open && record.p[0] != ALERT)
        return fail(s, DIA_EFORMAT, "the other end wants to renegotiate, which is not done here");
    if (open && dia_load16(record.p + AT_EPOCH) == 0)
        return fail(s, DIA_EFORMAT, "an alert came that is not protected");
    return open || s->n_parked || record.p[0] == CHANGE_CIPHER_SPEC ? park(s, record) : feed(s, record);
}

/* Everything was read. */
static int feed_parked(dia_dtls *s)
{
    int err = 0;
    for (dia_list *node; !err && (node = dia_list_pop(&s->parked));) {
        dia_record *r = DIA_OF(node, dia_record, node);
        err = feed(s, (dia_bytes){ r->octets, r->n });
        dia_record_free(r, s->end.alloc);
    }
    unpark(s);
    return err;
}

/* ---- Messages of Diameter ---- */

/* One record through OpenSSL. It says nothing when it drops one, and here none may get lost. */
static int64_t decrypt(dia_dtls *s, dia_bytes record, uint8_t *to, size_t max)
{
    size_t n = 0;
    s->in = record;
    ERR_clear_error();
    const int result = SSL_read_ex(s->end.ssl, to, max, &n);
    s->in.n = 0;
    if (result == 1)
        return (int64_t)n;
    const int err = dia_tls_end_result(&s->end, result);
    return err ? err : fail(s, DIA_EFORMAT, forged);
}

int64_t dia_dtls_read(dia_dtls *s, uint8_t *to, size_t max)
{
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (s->end.state != DIA_TLS_OPEN)
        return 0;
    if (max < MESSAGE_MAX)
        return DIA_ESPACE;
    if (s->waiting.n) {
        const dia_bytes record = s->waiting;
        s->waiting.n = 0;
        dia_guard_gave(&s->guard, number_of(record));
        return decrypt(s, record, to, max);
    }
    dia_record *held = dia_guard_take(&s->guard);
    if (!held)
        return 0;
    const int64_t n = decrypt(s, (dia_bytes){ held->octets, held->n }, to, max);
    dia_record_free(held, s->end.alloc);
    return n;
}

int64_t dia_dtls_write(dia_dtls *s, dia_bytes message, bool ordered)
{
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (message.n > MESSAGE_MAX)
        return DIA_ESPACE;
    if (!message.n || s->end.state != DIA_TLS_OPEN || s->end.silent || s->queue.n >= QUEUE_ENOUGH)
        return 0;
    size_t n = 0;
    s->ordered = ordered;
    ERR_clear_error();
    const int result = SSL_write_ex(s->end.ssl, message.p, message.n, &n);
    if (result == 1)
        return (int64_t)n;
    const int err = dia_tls_end_result(&s->end, result);
    return err ? err : fail(s, DIA_EFORMAT, "a message cannot be written");
}

/* ---- What comes next ---- */

static dia_dtls_todo step_at(const uint8_t *p)
{
    return (dia_dtls_todo){ .step = (dia_dtls_step)p[STEP_AT],
                            .octets = { p + STEP_HEADER, dia_load32(p + STEP_LENGTH) },
                            .ordered = p[STEP_ORDERED],
                            .immediately = p[STEP_IMMEDIATELY] };
}

size_t dia_dtls_sends(const dia_dtls *s, dia_dtls_todo *to, size_t max)
{
    const dia_bytes queue = dia_buf_bytes(&s->queue);
    size_t n = 0;
    for (size_t at = 0; n < max && at < queue.n; n++) {
        to[n] = step_at(queue.p + at);
        if (!is_send(to[n].step))
            break;
        at += STEP_HEADER + to[n].octets.n;
    }
    return n;
}

dia_dtls_todo dia_dtls_next(dia_dtls *s)
{
    const dia_bytes queue = dia_buf_bytes(&s->queue);
    if (!queue.n)
        return (dia_dtls_todo){ .step = DIA_DTLS_NOTHING };
    dia_dtls_todo todo = step_at(queue.p);
    if (todo.step == DIA_DTLS_SET_KEY)
        todo.octets = (dia_bytes){ s->key, sizeof s->key };
    if (todo.step == DIA_DTLS_SET_KEY || todo.step == DIA_DTLS_USE_KEY)
        todo.key_id = 1;
    return todo;
}

int dia_dtls_did(dia_dtls *s)
{
    assert(s->queue.n);
    const dia_dtls_step step = (dia_dtls_step)s->queue.p[STEP_AT];
    const size_t n = STEP_HEADER + dia_load32(s->queue.p + STEP_LENGTH);
    dia_buf_consume(&s->queue, n);
    s->popped += n;
    if (!s->queue.n)
        dia_buf_done(&s->queue);
    if (step == DIA_DTLS_SET_KEY)
        OPENSSL_cleanse(s->key, sizeof s->key);
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    return step == DIA_DTLS_READ_ALL ? feed_parked(s) : 0;
}

int dia_dtls_end(dia_dtls *s)
{
    if (s->end.state == DIA_TLS_FAILED)
        return s->end.err;
    if (s->end.state == DIA_TLS_HANDSHAKE || s->end.silent)
        return 0;
    /* RFC 6083, 4.9: it overtakes nothing. */
    const int err = push_dry(s);
    return err ? fail(s, err, "more is to be sent than is taken") : dia_tls_end_close(&s->end);
}

dia_tls_state dia_dtls_state(const dia_dtls *s)
{
    return s->end.state;
}

const char *dia_dtls_why(const dia_dtls *s)
{
    return s->end.why;
}

size_t dia_dtls_holds(const dia_dtls *s)
{
    return dia_tls_end_holds(&s->end);
}

const dia_security *dia_dtls_security(const dia_dtls *s)
{
    return s->end.security.names ? &s->end.security : NULL;
}

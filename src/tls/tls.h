/* The tls room's door: TLS and DTLS as octets in and octets out (OpenSSL), and what a certificate says.
 *
 * takes      octets or messages of both sides, files' paths of dia_tls_config, the time in seconds since 1970
 * gives      octets or messages for both sides, dia_security
 * owns       contexts, sessions
 * may use    base, wire, dict, peer's words of diatom/node.h (dia_security, dia_output); OpenSSL, which reads the files
 * never sees sockets, clocks, nodes
 * tests      tests/tls; fuzz/dtls.c */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "base/base.h"
#include "diatom/node.h"
#include "diatom/tls.h"

/* ---- A context: one dia_tls_config with its files read (context.c). Those who hold it share it ---- */

typedef struct dia_tls dia_tls;

/* DIA_EINVAL with a sentence in `why` that names the file; DIA_ENOMEM; DIA_ENOTSUP: built without OpenSSL. With 0 `why` has "",
 * or a warning: what was read can be used, but others will complain (a certificate of ours that has ended). */
int dia_tls_new(const dia_tls_config *config, const dia_allocator *alloc, dia_tls **out, char *why, size_t why_size);
dia_tls *dia_tls_ref(dia_tls *tls);
void dia_tls_unref(dia_tls *tls);

/* Ticket keys and sessions of `old` go on in `tls`, which takes its place; sessions only where both believe the same: behind a new
 * list of withdrawn certificates everybody shows theirs again. */
void dia_tls_inherit(dia_tls *tls, const dia_tls *old);

/* For tests: certificates are looked at as if it were this second since 1970. 0: by the wall clock, which OpenSSL reads. */
void dia_tls_at(dia_tls *tls, int64_t seconds);

int64_t dia_tls_expires(const dia_tls *tls);    /* seconds since 1970: the first of our own certificates to end */
uint32_t dia_tls_expires_s(const dia_tls *tls); /* config.expires_s, default filled in */
/* Does our certificate not name this host, as which we speak, though by our own rule it should? True once: it is to be told. */
bool dia_tls_misnames(dia_tls *tls, dia_bytes host);
const char *dia_tls_subject(const dia_tls *tls); /* of our certificate, for people */

typedef enum dia_tls_state {
    DIA_TLS_HANDSHAKE,
    DIA_TLS_OPEN,
    DIA_TLS_ENDED, /* the other end has said so: nothing comes any more */
    DIA_TLS_FAILED /* something returned an error: it is over, ..._why() has the sentence */
} dia_tls_state;

/* ---- TLS over a stream (stream.c) ----
 *
 * Errors of the functions below are the end of the stream: DIA_EFORMAT for what the other end did, DIA_ENOMEM. An alert for it may be
 * in the output. */

typedef struct dia_tls_stream dia_tls_stream;

/* `client`: we connected; then `name` is the host that was connected to (absent: an address, nothing to compare), and `also` one that
 * the certificate must bear, too (absent: none). They are copied. A client's first words are in the output at once. */
int dia_tls_stream_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc,
                       dia_tls_stream **out);
void dia_tls_stream_free(dia_tls_stream *stream);

/* Octets of the other end came. They are kept, not copied: they must live, and no more may be given, until dia_tls_stream_read()
 * has given 0. What is read is never more octets than were given, but for one record (16 KiB) that began earlier. Behind it:
 * dia_tls_stream_output(). */
int dia_tls_stream_input(dia_tls_stream *stream, dia_bytes octets);

dia_tls_state dia_tls_stream_state(const dia_tls_stream *stream);
bool dia_tls_stream_heard(const dia_tls_stream *stream);      /* the other end has said something in the handshake */
bool dia_tls_stream_resumed(const dia_tls_stream *stream);    /* an open one: by an earlier session */
const char *dia_tls_stream_why(const dia_tls_stream *stream); /* never NULL */

/* Decrypted octets, at most `max`, to `to`: how many; 0: none now. In a handshake, and behind the end, 0. */
int64_t dia_tls_stream_read(dia_tls_stream *stream, uint8_t *to, size_t max);

/* Encrypts octets, filling records: give it all there is at once. How many were taken; less when the output below is full enough; 0
 * in a handshake. */
int64_t dia_tls_stream_write(dia_tls_stream *stream, dia_bytes octets);

/* What waits to be sent: a view, until the next call. And that n octets of it were. */
dia_bytes dia_tls_stream_output(const dia_tls_stream *stream);
void dia_tls_stream_sent(dia_tls_stream *stream, size_t n);

int dia_tls_stream_end(dia_tls_stream *stream); /* close_notify; nothing may be written behind it */

/* Octets that OpenSSL holds of it now, at most: it is not asked, but what it was seen to hold is known (end.c). What comes from `alloc`
 * is not among them. */
size_t dia_tls_stream_holds(const dia_tls_stream *stream);

/* Of an open one; valid as long as the stream. NULL: it never opened. */
const dia_security *dia_tls_stream_security(const dia_tls_stream *stream);

/* ---- DTLS over messages (dtls.c; RFC 6083) ----
 *
 * Errors as above. The driver gives each message of the association with PPID 47 to dia_dtls_input(), reads, and does what
 * dia_dtls_next() says until there is nothing to do - in a handshake behind every message, or the other end's next one meets a key
 * that is not known yet (RFC 6083, 4.8) and comes again only when SCTP's timer has run out. */

typedef struct dia_dtls dia_dtls;

/* What is to be done below, in the order of the RFC. */
typedef enum dia_dtls_step {
    DIA_DTLS_NOTHING,
    DIA_DTLS_SEND,      /* a record, as one message on stream 0, in order, PPID 47 (`immediately`: SACK at once) */
    DIA_DTLS_SEND_DATA, /* a record with a message of Diameter: unordered where `ordered` is false */
    DIA_DTLS_DRY,     /* wait until all that was sent is acknowledged, then dia_dtls_did(); reading goes on meanwhile */
    DIA_DTLS_SET_KEY, /* SCTP-AUTH: make the key in `octets`, number `key_id`, known */
    DIA_DTLS_USE_KEY, /* ... and send with it from here on */
    DIA_DTLS_DROP_KEY, /* the key before it (number `key_id`) is not used any more */
    DIA_DTLS_READ_ALL /* give everything that the association has buffered to dia_dtls_input(), read, then dia_dtls_did() */
} dia_dtls_step;

typedef struct dia_dtls_todo {
    dia_dtls_step step;
    dia_bytes octets; /* of SEND..: the record; of SET_KEY: the key, 64 octets; valid until the next call */
    bool ordered, immediately;
    uint16_t key_id;
} dia_dtls_todo;

/* `name` and `also` as with dia_tls_stream_new(). */
int dia_dtls_new(dia_tls *tls, bool client, dia_bytes name, dia_bytes also, const dia_allocator *alloc, dia_dtls **out);
void dia_dtls_free(dia_dtls *dtls);

/* One message of the association with PPID 47: kept, not copied, until dia_dtls_read() has given 0; none more before that. What
 * waits inside - messages that overtook others by more than 62 - has a limit (4,096 records, 4 MiB), and so has a handshake (1,024
 * records). */
int dia_dtls_input(dia_dtls *dtls, dia_bytes record);

/* One message of Diameter: its length; 0: none now. DIA_ESPACE, and nothing else has happened: `max` is less than 16,384. */
int64_t dia_dtls_read(dia_dtls *dtls, uint8_t *to, size_t max);

/* Its length; DIA_ESPACE: it has more than 16,384 octets, and the connection goes on without it; 0: not now (a handshake, or much
 * waits to be sent). */
int64_t dia_dtls_write(dia_dtls *dtls, dia_bytes message, bool ordered);

dia_dtls_todo dia_dtls_next(dia_dtls *dtls); /* what comes next; the same until dia_dtls_did() */
int dia_dtls_did(dia_dtls *dtls);            /* behind it there may be something to read */
/* The records that may be sent one behind the other, at most `max` SENDs and SEND_DATAs: how many; views, until the next call. Each is
 * done by dia_dtls_did(). */
size_t dia_dtls_sends(const dia_dtls *dtls, dia_dtls_todo *to, size_t max);
int dia_dtls_end(dia_dtls *dtls); /* close_notify, behind DRY; nothing may be written behind it */
dia_tls_state dia_dtls_state(const dia_dtls *dtls);
const char *dia_dtls_why(const dia_dtls *dtls);
size_t dia_dtls_holds(const dia_dtls *dtls);                 /* as dia_tls_stream_holds() */
const dia_security *dia_dtls_security(const dia_dtls *dtls); /* of an open one; NULL: it never opened */

#endif

/* User sessions. In this version: Session-Id, and the end of a session behind an answer that makes no sense. */
#ifndef DIATOM_SESSION_H
#define DIATOM_SESSION_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DIA_SESSION_ID_MAX = 512 };

/* A Session-Id in a buffer of its own, so that it can be a member of the application's session. */
typedef struct dia_session_id {
    size_t n;
    char text[DIA_SESSION_ID_MAX];
} dia_session_id;

/* The next Session-Id of this node (RFC 6733, 8.8): "<Origin-Host>;<high 32 bits>;<low 32 bits>[;<optional>]". A node
 * never gives one twice: both halves count on together, from the second of its start (config.wall_clock) and a random low
 * half, so that a restart does not repeat them either. DIA_ESPACE when `optional` is too long. */
int dia_session_id_next(dia_node *node, const char *optional, dia_session_id *out);

/* As a view. */
dia_bytes dia_session_id_bytes(const dia_session_id *id);

/* The parts of a Session-Id of the recommended form. DIA_EFORMAT for other, legal, forms. */
typedef struct dia_session_id_parts {
    dia_bytes host;
    uint32_t high, low;
    dia_bytes optional; /* absent: none */
} dia_session_id_parts;
int dia_session_id_parse(dia_bytes text, dia_session_id_parts *out);

/* Ends a session behind an answer with errors in itself (DIA_OUTCOME_BAD_ANSWER): RFC 6733, 7 wants an STR of who uses the service,
 * an ASR of who grants it. To be called in the callback of that outcome, by whoever has the session; applications without STR,
 * as credit control, end theirs with a request of their own.
 *
 * The request is of the same application, with this Session-Id, and goes to the host and the realm that the answer names, else to
 * the realm of the configuration. An STR has Termination-Cause DIAMETER_BAD_ANSWER and the Class AVPs of the answer (8.20).
 * `fn` may be NULL. DIA_EINVAL: another outcome, no Session-Id, no realm, or an ASR to nobody; else as dia_node_send_octets(). */
typedef enum dia_session_ending { DIA_SESSION_TERMINATE, DIA_SESSION_ABORT } dia_session_ending;
int dia_session_end_bad(const dia_outcome *outcome, dia_bytes session_id, dia_session_ending ending,
                        uint32_t timeout_ms, dia_outcome_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif

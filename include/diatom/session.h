/* User sessions. In this version: Session-Id. */
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

#ifdef __cplusplus
}
#endif
#endif

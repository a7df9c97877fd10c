/* Handshakes of TLS and DTLS that are under way. */
#ifndef LOOP_HANDSHAKE_H
#define LOOP_HANDSHAKE_H

#include "loop/loop.h"
#include "loop/turns.h"

/* One of them, inside what its layer has of a link. */
typedef struct dia_handshake {
    dia_list place; /* in loop->shaking, the oldest first */
    dia_turn turn;  /* in loop->ready, while there is something to do; one of its address */
    dia_link *link; /* NULL: it is over */
    int64_t began_us;
    void (*go_on)(dia_link *link);
} dia_handshake;

void dia_handshake_begin(dia_handshake *handshake, dia_link *link, void (*go_on)(dia_link *link));
void dia_handshake_end(dia_loop *loop, dia_handshake *handshake, bool done); /* again is fine */

/* Something came: go_on() is called when it is its turn. */
void dia_handshake_ready(dia_handshake *handshake);
void dia_handshake_turn(dia_loop *loop);

/* May one more begin that others have asked for? */
bool dia_handshake_has_room(const dia_loop *loop);

#endif

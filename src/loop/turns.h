/* A queue in which keys take turns, however many of one key there are: of each there is one in the queue, and the others of its key wait behind
 * that. */
#ifndef LOOP_TURNS_H
#define LOOP_TURNS_H

#include "base/base.h"

/* What waits, inside the caller's struct. */
typedef struct dia_turn {
    dia_list place;  /* in the queue, or in `others` of the first one of its key */
    dia_list others; /* of the first: those behind it */
    uint64_t key;
} dia_turn;

void dia_turn_init(dia_turn *turn, uint64_t key);
bool dia_turn_waits(const dia_turn *turn);

/* Behind all of its key; a key that nobody has yet comes behind all others. */
void dia_turns_push(dia_list *queue, dia_turn *turn);

/* Whose turn it is; the next one of its key goes behind all other keys. NULL: the queue is empty. */
dia_turn *dia_turns_pop(dia_list *queue);

/* Out of the queue; the next one of its key has its place. Again is fine. */
void dia_turns_remove(dia_turn *turn);

#endif

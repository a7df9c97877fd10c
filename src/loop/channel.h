/* A channel of c-ares in the loop: what is asked over it can be dropped at any moment together, without waiting for anybody. */
#ifndef LOOP_CHANNEL_H
#define LOOP_CHANNEL_H

#include "loop/loop.h"

#include <ares.h>

typedef struct dia_channel dia_channel;

/* `stepped` is called behind each step of c-ares, never inside of its callbacks: there the channel may be freed. `edns`: for records
 * of any size, asked with EDNS and, where that is not enough, over TCP. NULL: no memory, or `loop->name_servers` makes no
 * sense. */
dia_channel *dia_channel_new(dia_loop *loop, bool edns, void (*stepped)(void *arg), void *arg);

/* Not from a callback of c-ares; those that wait are called a last time, with ARES_EDESTRUCTION. NULL is fine. */
void dia_channel_free(dia_channel *channel);

ares_channel dia_channel_ares(const dia_channel *channel);

/* Behind questions, and each step that did not end it: c-ares is called again when it wants to be. */
void dia_channel_wait(dia_channel *channel);

/* stepped() is called at the next turn of the loop. */
void dia_channel_soon(dia_channel *channel);

/* A sentence, without its full stop, about a status that is not ARES_SUCCESS. */
const char *dia_channel_why(int status);

#endif

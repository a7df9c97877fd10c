/* Handshakes that are under way. One costs milliseconds, a message microseconds: so in each turn only a few go on, in the order in which
 * they have got something to do, and those who are connected have their turn between them. Addresses take turns. */
#include "loop/handshake.h"

enum {
    TURN_US = 1000,        /* of handshakes in one turn; one goes on at least */
    READY_MAX = 32,        /* that have something to do: nobody else is accepted above */
    PATIENCE_US = 2000000, /* so long one is waited for while others cannot be accepted */
    PARTS = 4              /* of limits.before_cer: the last one is for those who are not waited for */
};

void dia_handshake_begin(dia_handshake *h, dia_link *link, void (*go_on)(dia_link *link))
{
    const dia_origin *origin = link->conn ? link->conn->origin : NULL;
    *h = (dia_handshake){ .link = link, .go_on = go_on, .began_us = dia_loop_clock().us };
    dia_turn_init(&h->turn, origin ? (uintptr_t)origin : (uintptr_t)h); /* ours share with nobody */
    dia_list_push_back(&link->loop->shaking, &h->place);
    link->loop->n_shaking++;
}

void dia_handshake_end(dia_loop *loop, dia_handshake *h, bool done)
{
    if (!h->link)
        return;
    loop->n_ready -= dia_turn_waits(&h->turn);
    dia_turns_remove(&h->turn);
    dia_list_remove(&h->place);
    loop->n_shaking--;
    h->link = NULL;
    if (done)
        loop->handshakes.done++;
    else
        loop->handshakes.failed++;
}

void dia_handshake_ready(dia_handshake *h)
{
    dia_loop *loop = h->link->loop;
    if (dia_turn_waits(&h->turn))
        return;
    dia_turns_push(&loop->ready, &h->turn);
    loop->n_ready++;
    dia_loop_stay_awake(loop);
}

void dia_handshake_turn(dia_loop *loop)
{
    if (dia_list_empty(&loop->ready))
        return;
    const int64_t end_us = dia_loop_clock().us + TURN_US;
    do {
        dia_handshake *h = DIA_OF(dia_turns_pop(&loop->ready), dia_handshake, turn);
        loop->n_ready--;
        h->go_on(h->link);
    } while (!dia_list_empty(&loop->ready) && dia_loop_clock().us < end_us);
}

/* Those who have begun so long ago that nobody waits for them. */
static uint32_t count_silent(const dia_loop *loop)
{
    const int64_t since_us = dia_loop_clock().us - PATIENCE_US;
    uint32_t n = 0;
    for (dia_list *p = loop->shaking.next; p != &loop->shaking; p = p->next, n++)
        if (DIA_OF(p, dia_handshake, place)->began_us >= since_us)
            break;
    return n;
}

/* A crowd that connects at once must not push each other out before they are done: whoever came first is served first, and others wait
 * (callers.c). But nobody is waited for who says nothing. */
bool dia_handshake_has_room(const dia_loop *loop)
{
    const uint32_t most = loop->node->hub.config.limits.before_cer, enough = most - most / PARTS;
    return loop->n_ready < READY_MAX && (loop->n_shaking < enough || loop->n_shaking - count_silent(loop) < enough);
}

/* Handshakes that are under way. One costs milliseconds, a message microseconds: so in each turn only a few go on, in the order in which
 * they have got something to do, and those who are connected have their turn between them. Addresses take turns: of each there is one
 * handshake in the queue, and the others of its address wait behind it, however many there are. */
#include "loop/handshake.h"

enum {
    TURN_US = 1000,        /* of handshakes in one turn; one goes on at least */
    READY_MAX = 32,        /* that have something to do: nobody else is accepted above */
    PATIENCE_US = 2000000, /* so long one is waited for while others cannot be accepted */
    PARTS = 4              /* of limits.before_cer: the last one is for those who are not waited for */
};

void dia_handshake_begin(dia_handshake *h, dia_link *link, void (*go_on)(dia_link *link))
{
    const void *origin = link->conn ? link->conn->origin : NULL;
    *h = (dia_handshake){ .link = link, .from = origin ? origin : h, .go_on = go_on, .began_us = dia_loop_clock().us };
    dia_list_init(&h->ready);
    dia_list_init(&h->others);
    dia_list_push_back(&link->loop->shaking, &h->place);
    link->loop->n_shaking++;
}

/* The next one of its address, with all that wait behind it; NULL: there is none. */
static dia_handshake *second(dia_handshake *first)
{
    dia_list *place = dia_list_pop(&first->others);
    if (!place)
        return NULL;
    dia_handshake *h = DIA_OF(place, dia_handshake, ready);
    dia_list_insert(&first->others, &h->others);
    dia_list_remove(&first->others);
    return h;
}

static dia_handshake *first_of(const dia_loop *loop, const void *from)
{
    DIA_LIST_EACH (p, &loop->ready) {
        dia_handshake *h = DIA_OF(p, dia_handshake, ready);
        if (h->from == from)
            return h;
    }
    return NULL;
}

void dia_handshake_end(dia_loop *loop, dia_handshake *h, bool done)
{
    if (!h->link)
        return;
    if (!dia_list_empty(&h->ready))
        loop->n_ready--;
    dia_handshake *heir = second(h);
    if (heir)
        dia_list_insert(&h->ready, &heir->ready);
    dia_list_remove(&h->ready);
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
    if (!dia_list_empty(&h->ready))
        return;
    dia_handshake *first = first_of(loop, h->from);
    dia_list_push_back(first ? &first->others : &loop->ready, &h->ready);
    loop->n_ready++;
    dia_loop_stay_awake(loop);
}

void dia_handshake_turn(dia_loop *loop)
{
    if (dia_list_empty(&loop->ready))
        return;
    const int64_t end_us = dia_loop_clock().us + TURN_US;
    do {
        dia_handshake *h = DIA_OF(dia_list_pop(&loop->ready), dia_handshake, ready), *next = second(h);
        if (next)
            dia_list_push_back(&loop->ready, &next->ready);
        loop->n_ready--;
        h->go_on(h->link);
    } while (!dia_list_empty(&loop->ready) && dia_loop_clock().us < end_us);
}

/* A crowd that connects at once must not push each other out before they are done: whoever came first is served first, and others wait
 * in the kernel's queue. But nobody is waited for who says nothing. */
bool dia_handshake_has_room(const dia_loop *loop)
{
    const uint32_t most = loop->node->hub.config.limits.before_cer;
    if (loop->n_ready >= READY_MAX)
        return false;
    if (loop->n_shaking < most - most / PARTS)
        return true;
    const dia_handshake *oldest = DIA_OF(loop->shaking.next, dia_handshake, place);
    return oldest->began_us + PATIENCE_US < dia_loop_clock().us;
}

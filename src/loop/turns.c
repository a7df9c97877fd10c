/* A queue in which keys take turns. Keys are few where things wait, so that looking for one goes along the queue. */
#include "loop/turns.h"

void dia_turn_init(dia_turn *turn, uint64_t key)
{
    dia_list_init(&turn->place);
    dia_list_init(&turn->others);
    turn->key = key;
}

bool dia_turn_waits(const dia_turn *turn)
{
    return !dia_list_empty(&turn->place);
}

static dia_turn *first_of(const dia_list *queue, uint64_t key)
{
    for (dia_list *p = queue->next; p != queue; p = p->next) {
        dia_turn *turn = DIA_OF(p, dia_turn, place);
        if (turn->key == key)
            return turn;
    }
    return NULL;
}

/* The next one of its key, with all that wait behind it; NULL: there is none. */
static dia_turn *second(dia_turn *first)
{
    dia_list *place = dia_list_pop(&first->others);
    if (!place)
        return NULL;
    dia_turn *turn = DIA_OF(place, dia_turn, place);
    dia_list_insert(&first->others, &turn->others);
    dia_list_remove(&first->others);
    return turn;
}

void dia_turns_push(dia_list *queue, dia_turn *turn)
{
    dia_turn *first = first_of(queue, turn->key);
    dia_list_push_back(first ? &first->others : queue, &turn->place);
}

dia_turn *dia_turns_pop(dia_list *queue)
{
    dia_list *place = dia_list_pop(queue);
    if (!place)
        return NULL;
    dia_turn *turn = DIA_OF(place, dia_turn, place), *next = second(turn);
    if (next)
        dia_list_push_back(queue, &next->place);
    return turn;
}

void dia_turns_remove(dia_turn *turn)
{
    dia_turn *heir = second(turn);
    if (heir)
        dia_list_insert(&turn->place, &heir->place);
    dia_list_remove(&turn->place);
}

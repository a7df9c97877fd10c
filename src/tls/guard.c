/* Records of DTLS in an order that its check against replays lets pass: see guard.h. */
#include "guard.h"

dia_record *dia_record_new(uint64_t number, dia_bytes octets, const dia_allocator *alloc)
{
    dia_record *r = dia_alloc(alloc, sizeof *r + octets.n);
    if (!r)
        return NULL;
    dia_list_init(&r->node);
    r->number = number;
    r->n = octets.n;
    memcpy(r->octets, octets.p, octets.n);
    return r;
}

void dia_record_free(dia_record *record, const dia_allocator *alloc)
{
    if (record)
        dia_release(alloc, record, sizeof *record + record->n);
}

static dia_record *record_of(dia_list *node)
{
    return DIA_OF(node, dia_record, node);
}

void dia_guard_init(dia_guard *guard, const dia_allocator *alloc)
{
    *guard = (dia_guard){ .alloc = alloc };
    dia_list_init(&guard->held);
}

void dia_guard_done(dia_guard *guard)
{
    for (dia_list *node; (node = dia_list_pop(&guard->held));)
        dia_record_free(record_of(node), guard->alloc);
    guard->n = guard->octets = 0;
}

/* The held record with the greatest number that is not above this one; the head where there is none. Most come at the end. */
static dia_list *place_of(const dia_guard *guard, uint64_t number)
{
    dia_list *at = guard->held.prev;
    while (at != &guard->held && record_of(at)->number > number)
        at = at->prev;
    return at;
}

dia_guard_answer dia_guard_look(const dia_guard *guard, uint64_t number)
{
    if (number < guard->next)
        return DIA_GUARD_AGAIN;
    const uint64_t ahead = number - guard->next;
    if (ahead <= DIA_GUARD_AHEAD && (guard->given >> ahead & 1))
        return DIA_GUARD_AGAIN;
    const dia_list *at = place_of(guard, number);
    if (at != &guard->held && record_of((dia_list *)(uintptr_t)at)->number == number)
        return DIA_GUARD_AGAIN;
    return ahead <= DIA_GUARD_AHEAD ? DIA_GUARD_PASS : DIA_GUARD_WAIT;
}

void dia_guard_gave(dia_guard *guard, uint64_t number)
{
    assert(number >= guard->next && number - guard->next <= DIA_GUARD_AHEAD);
    guard->given |= UINT64_C(1) << (number - guard->next);
    while (guard->given & 1) {
        guard->given >>= 1;
        guard->next++;
    }
}

int dia_guard_hold(dia_guard *guard, uint64_t number, dia_bytes octets)
{
    if (guard->n >= DIA_GUARD_RECORDS || octets.n > DIA_GUARD_OCTETS - guard->octets)
        return DIA_ESPACE;
    dia_record *r = dia_record_new(number, octets, guard->alloc);
    if (!r)
        return DIA_ENOMEM;
    dia_list_insert(place_of(guard, number)->next, &r->node);
    guard->n++;
    guard->octets += octets.n;
    return 0;
}

dia_record *dia_guard_take(dia_guard *guard)
{
    if (dia_list_empty(&guard->held) || record_of(guard->held.next)->number - guard->next > DIA_GUARD_AHEAD)
        return NULL;
    dia_record *r = record_of(dia_list_pop(&guard->held));
    guard->n--;
    guard->octets -= r->n;
    dia_guard_gave(guard, r->number);
    return r;
}

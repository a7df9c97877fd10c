/* The deadlines of requests: a hashed timing wheel, so that starting and ending a request costs a list operation and no
 * search. A slot spans 4.1 ms; a request that is due in a later turn of the wheel stays in its slot until then. */
#include "peer/peer.h"

struct dia_wheel {
    dia_list slots[DIA_WHEEL_SLOTS];
    uint64_t filled[DIA_WHEEL_SLOTS / 64]; /* a bit per slot that may hold something */
    int64_t at;                            /* the slot (not wrapped) up to which all is done */
    size_t n;
};

struct dia_wheel *dia_wheel_new(const dia_allocator *alloc, int64_t now_us)
{
    struct dia_wheel *wheel = dia_alloc0(alloc, sizeof *wheel);
    if (!wheel)
        return NULL;
    for (size_t i = 0; i < DIA_WHEEL_SLOTS; i++)
        dia_list_init(&wheel->slots[i]);
    wheel->at = now_us >> DIA_WHEEL_SHIFT;
    return wheel;
}

void dia_wheel_free(struct dia_wheel *wheel, const dia_allocator *alloc)
{
    dia_release(alloc, wheel, sizeof *wheel);
}

/* A request rests in the slot behind the one in which its time runs out, so that a slot is due as a whole. */
static int64_t slot_of(int64_t due_us)
{
    return (due_us >> DIA_WHEEL_SHIFT) + 1;
}

void dia_wheel_put(struct dia_wheel *wheel, dia_waiting *waiting)
{
    int64_t slot = slot_of(waiting->due_us);
    if (slot <= wheel->at)
        slot = wheel->at + 1;
    const size_t i = (size_t)slot % DIA_WHEEL_SLOTS;
    dia_list_push_back(&wheel->slots[i], &waiting->deadline);
    wheel->filled[i / 64] |= UINT64_C(1) << (i % 64);
    wheel->n++;
}

void dia_wheel_remove(struct dia_wheel *wheel, dia_waiting *waiting)
{
    dia_list_remove(&waiting->deadline);
    wheel->n--;
}

/* The first slot behind wheel->at whose bit is set; it may turn out to be empty. */
static int64_t next_filled(const struct dia_wheel *wheel)
{
    for (int64_t step = 1; step <= DIA_WHEEL_SLOTS;) {
        const size_t i = (size_t)(wheel->at + step) % DIA_WHEEL_SLOTS;
        const uint64_t bits = wheel->filled[i / 64] >> (i % 64);
        if (bits & 1)
            return wheel->at + step;
        step += bits ? __builtin_ctzll(bits) : 64 - (int64_t)(i % 64);
    }
    return wheel->at + DIA_WHEEL_SLOTS;
}

int64_t dia_wheel_deadline(const struct dia_wheel *wheel)
{
    return wheel->n ? next_filled(wheel) << DIA_WHEEL_SHIFT : DIA_NEVER_US;
}

dia_waiting *dia_wheel_expired(struct dia_wheel *wheel, int64_t now_us)
{
    const int64_t until = now_us >> DIA_WHEEL_SHIFT;
    while (wheel->n) {
        const int64_t slot = next_filled(wheel);
        if (slot > until)
            break;
        const size_t i = (size_t)slot % DIA_WHEEL_SLOTS;
        dia_list *head = &wheel->slots[i];
        DIA_LIST_EACH (p, head) {
            dia_waiting *waiting = DIA_OF(p, dia_waiting, deadline);
            if (waiting->due_us > now_us)
                continue; /* a later turn */
            dia_wheel_remove(wheel, waiting);
            return waiting;
        }
        if (dia_list_empty(head))
            wheel->filled[i / 64] &= ~(UINT64_C(1) << (i % 64));
        wheel->at = slot;
    }
    if (until > wheel->at)
        wheel->at = until;
    return NULL;
}

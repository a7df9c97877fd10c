/* Timers of the application. */
#include "sim/sim.h"

typedef struct timeout {
    dia_list place; /* in sim->timeouts */
    dia_sim_due due;
    dia_sim *sim;
    const dia_sim_host *host; /* NULL: of nobody */
    void (*fn)(void *arg);
    void *arg;
    bool late; /* due, and its host frozen */
} timeout;

static void end(timeout *t)
{
    dia_sim *sim = t->sim;
    dia_sim_unset(sim, &t->due);
    dia_list_remove(&t->place);
    sim->n_timeouts--;
    dia_release(sim->alloc, t, sizeof *t);
}

static void happen(dia_sim_due *due)
{
    timeout *t = DIA_OF(due, timeout, due);
    void (*const fn)(void *arg) = t->fn;
    void *const arg = t->arg;
    if (t->host && t->host->frozen) {
        t->late = true;
        return;
    }
    end(t);
    fn(arg);
}

void dia_sim_timeouts_thaw(dia_sim *sim, const dia_sim_host *host)
{
    for (dia_list *p = sim->timeouts.next; p != &sim->timeouts; p = p->next) {
        timeout *t = DIA_OF(p, timeout, place);
        if (t->host == host && t->late)
            dia_sim_set(sim, &t->due, sim->now_us);
    }
}

int dia_sim_after(dia_sim *sim, dia_sim_host *host, uint32_t ms, void (*fn)(void *arg), void *arg)
{
    if (host && !host->node)
        return DIA_ESTATE;
    if (dia_sim_reserve(sim))
        return DIA_ENOMEM;
    timeout *t = dia_alloc0(sim->alloc, sizeof *t);
    if (!t)
        return DIA_ENOMEM;
    t->due.happen = happen;
    t->sim = sim;
    t->host = host;
    t->fn = fn;
    t->arg = arg;
    dia_list_push_back(&sim->timeouts, &t->place);
    sim->n_timeouts++;
    dia_sim_set(sim, &t->due, sim->now_us + (int64_t)ms * 1000);
    return 0;
}

size_t dia_sim_after_cancel(dia_sim *sim, void (*fn)(void *arg), const void *arg)
{
    size_t n = 0;
    DIA_LIST_EACH (p, &sim->timeouts) {
        timeout *t = DIA_OF(p, timeout, place);
        if (t->fn != fn || t->arg != arg)
            continue;
        end(t);
        n++;
    }
    return n;
}

void dia_sim_timeouts_end(dia_sim *sim, const dia_sim_host *host)
{
    DIA_LIST_EACH (p, &sim->timeouts) {
        timeout *t = DIA_OF(p, timeout, place);
        if (!host || t->host == host)
            end(t);
    }
}

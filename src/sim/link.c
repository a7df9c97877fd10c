/* Links: what the way from one host to another is like. */
#include "sim/sim.h"

static uint64_t key_of(const dia_sim_host *from, const dia_sim_host *to)
{
    return (uint64_t)from->number << 32 | to->number;
}

const dia_sim_link *dia_sim_link_of(const dia_sim_host *from, const dia_sim_host *to)
{
    const dia_sim *sim = from->sim;
    const dia_sim_link *own = sim->links.n ? dia_map_get(&sim->links, key_of(from, to)) : NULL;
    return own ? own : &sim->link;
}

int dia_sim_set_link(dia_sim_host *from, dia_sim_host *to, const dia_sim_link *link)
{
    dia_sim *sim = from->sim;
    dia_sim_link *own = dia_map_get(&sim->links, key_of(from, to));
    if (!own) {
        if (!(own = dia_alloc(sim->alloc, sizeof *own)))
            return DIA_ENOMEM;
        if (dia_map_put(&sim->links, key_of(from, to), own)) {
            dia_release(sim->alloc, own, sizeof *own);
            return DIA_ENOMEM;
        }
    }
    *own = *link;
    sim->changed = true;
    return 0;
}

void dia_sim_set_links(dia_sim *sim, const dia_sim_link *link)
{
    sim->link = *link;
    sim->changed = true;
}

dia_sim_link dia_sim_get_link(const dia_sim_host *from, const dia_sim_host *to)
{
    return *dia_sim_link_of(from, to);
}

void dia_sim_links_free(dia_sim *sim)
{
    size_t at = 0;
    for (void *own; (own = dia_map_next(&sim->links, &at, NULL));)
        dia_release(sim->alloc, own, sizeof(dia_sim_link));
    dia_map_done(&sim->links);
}

/* Hosts: a node, its names, and the ways in which it ends and comes back. */
#include "sim/sim.h"

/* ---- The node ---- */

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static uint32_t admit(void *arg, dia_node *node, const dia_stranger *who)
{
    const dia_sim_host *host = arg;
    return host->config.admit(host->config.arg, node, who);
}

static int make_node(dia_sim_host *host, char *why, size_t why_size)
{
    dia_sim *sim = host->sim;
    dia_node_config config = host->config;
    if (!config.alloc)
        config.alloc = sim->alloc;
    if (is_zero(config.seed, sizeof config.seed))
        dia_random_fill(&sim->random, config.seed, sizeof config.seed);
    if (!config.wall_clock)
        config.wall_clock = sim->wall_clock + sim->now_us / 1000000;
    config.clock = NULL; /* ours has no global to read: nodes are told the time */
    config.on_event = dia_sim_on_event;
    config.on_message = dia_sim_on_message;
    if (config.admit)
        config.admit = admit;
    config.arg = host;
    return dia_node_new(&config, dia_sim_time(sim), &host->node, why, why_size);
}

static int start(dia_sim_host *host)
{
    int err = make_node(host, NULL, 0);
    if (err)
        return err;
    const uint32_t life = ++host->life;
    host->dark = false;
    host->frozen = false;
    host->sim->changed = true;
    dia_sim_show_host(DIA_SIM_UP, host, "");
    if (host->start && (err = host->start(host, host->node, host->arg)) && host->life == life)
        dia_sim_kill(host);
    return err;
}

static void end(dia_sim_host *host, bool quietly)
{
    dia_node *node = host->node;
    if (!node)
        return;
    host->node = NULL;
    host->life++;
    for (dia_list *p = host->doors.next; p != &host->doors; p = p->next)
        DIA_OF(p, dia_sim_door, place)->listener = NULL;
    host->dark = quietly;
    host->frozen = false;
    host->sim->changed = true;
    dia_sim_timeouts_end(host->sim, host);
    dia_wire_host_ends(host, quietly);
    dia_sim_show_host(DIA_SIM_DOWN, host, "");
    dia_node_free(node);
}

void dia_sim_kill(dia_sim_host *host)
{
    end(host, false);
}

void dia_sim_crash(dia_sim_host *host)
{
    end(host, true);
}

void dia_sim_freeze(dia_sim_host *host, bool frozen)
{
    if (!host->node || host->frozen == frozen)
        return;
    host->frozen = frozen;
    host->sim->changed = true;
    if (!frozen)
        dia_sim_timeouts_thaw(host->sim, host);
    dia_sim_show_host(DIA_SIM_NOTE, host, frozen ? "frozen" : "goes on");
}

int dia_sim_start(dia_sim_host *host)
{
    return host->node ? DIA_ESTATE : start(host);
}

/* ---- Life ---- */

int dia_sim_add(dia_sim *sim, const dia_node_config *config, dia_sim_start_fn *fn, void *arg, dia_sim_host **out)
{
    dia_sim_host *host = dia_alloc0(sim->alloc, sizeof *host);
    if (!host)
        return DIA_ENOMEM;
    host->sim = sim;
    host->number = ++sim->n_hosts;
    host->config = *config;
    host->start = fn;
    host->arg = arg;
    host->ip[0] = 10;
    dia_store24(host->ip + 1, host->number);
    dia_list_init(&host->doors);
    dia_list_push_back(&sim->hosts, &host->place);
    dia_sim_host *const before = out ? *out : NULL;
    if (out)
        *out = host;
    const int err = start(host);
    if (!err)
        return 0;
    if (out)
        *out = before;
    dia_sim_host_free(host);
    return err;
}

void dia_sim_host_free(dia_sim_host *host)
{
    const dia_allocator *alloc = host->sim->alloc;
    DIA_LIST_EACH (p, &host->doors) {
        dia_sim_door *door = DIA_OF(p, dia_sim_door, place);
        dia_release(alloc, door, sizeof *door + door->n);
    }
    dia_list_remove(&host->place);
    dia_sim_shown_unref(host->sim, host->shows);
    dia_release(alloc, host, sizeof *host);
}

/* ---- Doors ---- */

static bool is_named(const dia_sim_door *door, const dia_uri *uri)
{
    return dia_bytes_equal_nocase((dia_bytes){ (const uint8_t *)door->fqdn, door->n }, uri->fqdn);
}

static bool is_open(const dia_sim_door *door, const dia_uri *uri)
{
    return door->port == uri->port && door->transport == uri->transport && door->secure == uri->secure;
}

dia_sim_host *dia_sim_find(const dia_sim *sim, const dia_uri *uri, dia_sim_door **out)
{
    dia_sim_host *found = NULL;
    *out = NULL;
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
        dia_sim_host *host = DIA_OF(p, dia_sim_host, place);
        for (dia_list *q = host->doors.next; q != &host->doors; q = q->next) {
            dia_sim_door *door = DIA_OF(q, dia_sim_door, place);
            if (!is_named(door, uri))
                continue;
            found = found ? found : host;
            if (!is_open(door, uri))
                continue;
            *out = door;
            return host;
        }
    }
    return found;
}

static int open_door(dia_sim_host *host, const dia_uri *uri, dia_listener *listener)
{
    dia_sim_door *door = dia_alloc(host->sim->alloc, sizeof *door + uri->fqdn.n);
    if (!door)
        return DIA_ENOMEM;
    door->listener = listener;
    door->port = uri->port;
    door->secure = uri->secure;
    door->transport = uri->transport;
    door->n = uri->fqdn.n;
    memcpy(door->fqdn, uri->fqdn.p, uri->fqdn.n);
    dia_list_push_back(&host->doors, &door->place);
    return 0;
}

int dia_sim_listen_as(dia_sim_host *host, const char *text, dia_listener *listener)
{
    dia_uri uri = { .fqdn = dia_cstr(host->config.origin_host), .port = 3868 };
    dia_sim_door *door;
    if (text && dia_uri_parse(dia_cstr(text), &uri))
        return DIA_EFORMAT;
    if (uri.transport == DIA_TRANSPORT_UDP)
        return DIA_ENOTSUP;
    const dia_sim_host *owner = dia_sim_find(host->sim, &uri, &door);
    if (!door)
        return open_door(host, &uri, listener);
    if (owner != host || !listener)
        return DIA_EEXIST;
    door->listener = listener;
    return 0;
}

int dia_sim_listen(dia_sim_host *host, const char *uri)
{
    return dia_sim_listen_as(host, uri, NULL);
}

/* ---- Small things ---- */

dia_node *dia_sim_node(const dia_sim_host *host)
{
    return host->node;
}

const char *dia_sim_name(const dia_sim_host *host)
{
    return host->config.origin_host;
}

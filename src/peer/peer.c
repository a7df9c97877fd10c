/* One neighbour: its name, what it said of itself, its connections and how long it may stay in a state. */
#include "peer/peer.h"

static void ring(dia_alarm *alarm)
{
    dia_peer *peer = DIA_OF(alarm, dia_peer, alarm);
    if (peer->state == DIA_PEER_CLOSED)
        dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
    else
        dia_peer_step(peer, DIA_ON_TIMEOUT, &(dia_peer_input){ .reason = "the peer did not answer in time" });
}

static uint32_t wait_ms(const dia_peer *peer)
{
    const dia_node_config *config = &peer->hub->config;
    switch (peer->state) {
    case DIA_PEER_CLOSED: return config->reconnect_ms;
    case DIA_PEER_CLOSING: return config->limits.disconnect_ms;
    case DIA_PEER_R_OPEN:
    case DIA_PEER_I_OPEN: return 0;
    default: return config->limits.cer_ms;
    }
}

void dia_peer_set_alarm(dia_peer *peer)
{
    const bool resting =
        peer->state == DIA_PEER_CLOSED && (!peer->connect || peer->unwanted || peer->removed || peer->hub->stopping);
    const uint32_t ms = resting ? 0 : wait_ms(peer);
    dia_hub_alarm(peer->hub, &peer->alarm, ms ? peer->hub->now.us + (int64_t)ms * 1000 : DIA_NEVER_US);
}

/* ---- Names ---- */

/* Host and realm in one block, anew; the old views die with the old block. */
static int store_names(dia_peer *peer, dia_bytes host, dia_bytes realm)
{
    const dia_allocator *alloc = peer->hub->alloc;
    char *block = dia_alloc(alloc, host.n + realm.n + 1);
    if (!block)
        return DIA_ENOMEM;
    if (host.n)
        memcpy(block, host.p, host.n);
    if (realm.n)
        memcpy(block + host.n, realm.p, realm.n);
    if (peer->host_known)
        dia_names_remove(&peer->hub->by_host, peer->host);
    dia_release(alloc, peer->names, peer->names_size);
    peer->names = block;
    peer->names_size = host.n + realm.n + 1;
    peer->host = host.p ? (dia_bytes){ (const uint8_t *)block, host.n } : (dia_bytes){ NULL, 0 };
    peer->realm = realm.p ? (dia_bytes){ (const uint8_t *)block + host.n, realm.n } : (dia_bytes){ NULL, 0 };
    peer->host_known = host.p && !dia_names_put(&peer->hub->by_host, peer->host, peer);
    return !host.p || peer->host_known ? 0 : DIA_ENOMEM;
}

int dia_peer_name(dia_peer *peer, dia_bytes host)
{
    const dia_peer *known = dia_names_get(&peer->hub->by_host, host);
    if (known)
        return known == peer ? 0 : DIA_EEXIST;
    return peer->host_known ? DIA_EEXIST : store_names(peer, host, peer->realm);
}

/* ---- What it said of itself ---- */

int dia_peer_learn(dia_peer *peer, const dia_capabilities *found)
{
    const dia_allocator *alloc = peer->hub->alloc;
    uint32_t *apps = dia_alloc(alloc, found->n_apps * sizeof *apps + 1);
    if (!apps)
        return DIA_ENOMEM;
    if (store_names(peer, found->host, found->realm)) {
        dia_release(alloc, apps, found->n_apps * sizeof *apps + 1);
        return DIA_ENOMEM;
    }
    if (found->n_apps)
        memcpy(apps, found->apps, found->n_apps * sizeof *apps);
    if (peer->apps)
        dia_release(alloc, peer->apps, peer->n_apps * sizeof *apps + 1);
    peer->apps = apps;
    peer->n_apps = found->n_apps;
    peer->relay = found->relay;
    peer->origin_state_id = found->origin_state_id;
    return 0;
}

bool dia_peer_supports(const dia_peer *peer, uint32_t application)
{
    if (peer->relay)
        return true;
    for (size_t i = 0; i < peer->n_apps; i++)
        if (peer->apps[i] == application)
            return true;
    return false;
}

/* ---- Life ---- */

dia_peer *dia_peer_new(dia_hub *hub, dia_bytes host)
{
    /* Room for one more alarm, so that setting it later cannot fail. */
    if (dia_heap_reserve(&hub->timers, (size_t)hub->n_conns + hub->n_peers + 2))
        return NULL;
    dia_peer *peer = dia_alloc0(hub->alloc, sizeof *peer);
    if (!peer)
        return NULL;
    peer->hub = hub;
    peer->alarm.ring = ring;
    peer->cause = DIA_CAUSE_REBOOTING;
    peer->watchdog_ms = hub->config.watchdog_ms;
    dia_list_init(&peer->link);
    dia_list_init(&peer->leaving);
    hub->n_peers++;
    if (host.p && store_names(peer, host, (dia_bytes){ NULL, 0 })) {
        dia_peer_free(peer);
        return NULL;
    }
    dia_list_push_back(&hub->peers, &peer->link);
    return peer;
}

void dia_peer_free(dia_peer *peer)
{
    dia_hub *hub = peer->hub;
    dia_hub_alarm(hub, &peer->alarm, DIA_NEVER_US);
    if (peer->host_known)
        dia_names_remove(&hub->by_host, peer->host);
    if (peer->apps)
        dia_release(hub->alloc, peer->apps, peer->n_apps * sizeof *peer->apps + 1);
    if (peer->connect)
        dia_release(hub->alloc, peer->connect, strlen(peer->connect) + 1);
    dia_release(hub->alloc, peer->names, peer->names_size);
    dia_list_remove(&peer->link);
    dia_list_remove(&peer->leaving);
    dia_release(hub->alloc, peer, sizeof *peer);
    hub->n_peers--;
}

void dia_peer_adopt(dia_peer *peer, dia_conn *conn)
{
    conn->peer = peer;
    peer->n_conns++;
}

void dia_peer_release(dia_peer *peer, dia_conn *conn)
{
    if (peer->probing == conn)
        peer->probing = NULL;
    conn->peer = NULL;
    peer->n_conns--;
    dia_peer_forget_if_done(peer);
}

bool dia_peer_is_done(const dia_peer *peer)
{
    return !peer->n_conns && peer->state == DIA_PEER_CLOSED && (!peer->configured || peer->removed);
}

void dia_peer_forget_if_done(dia_peer *peer)
{
    if (dia_peer_is_done(peer) && dia_list_empty(&peer->leaving))
        dia_list_push_back(&peer->hub->leaving, &peer->leaving);
}

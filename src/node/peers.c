/* The peers of a node: added, removed, looked at. */
#include "node/node.h"

static bool makes_sense(const dia_hub *hub, const dia_peer_config *config)
{
    const dia_bytes host = dia_cstr(config->host);
    dia_uri uri;
    if (!config->host && !config->connect)
        return false;
    if (config->host && (!dia_identity_valid(host) || dia_bytes_equal_nocase(host, hub->origin_host)))
        return false;
    if (config->connect && (strlen(config->connect) >= DIA_URI_ROOM || dia_uri_parse(dia_cstr(config->connect), &uri)))
        return false;
    return !config->watchdog_ms || config->watchdog_ms >= 6000;
}

int dia_node_add_peer(dia_node *node, const dia_peer_config *config, dia_peer **out)
{
    dia_hub *hub = &node->hub;
    const dia_bytes host = dia_cstr(config->host);
    if (!makes_sense(hub, config))
        return DIA_EINVAL;
    if (hub->stopping)
        return DIA_ESTATE;

    dia_peer *peer = host.p ? dia_names_get(&hub->by_host, host) : NULL;
    if (peer && (peer->configured || peer->removed || config->connect))
        return DIA_EEXIST;
    const bool is_new = !peer;
    if (is_new && !(peer = dia_peer_new(hub, host)))
        return DIA_ENOMEM;
    if (config->connect) {
        const size_t n = strlen(config->connect) + 1;
        if (!(peer->connect = dia_alloc(hub->alloc, n))) {
            dia_peer_free(peer);
            return DIA_ENOMEM;
        }
        memcpy(peer->connect, config->connect, n);
    }
    if (!is_new)
        hub->n_unknown--;
    peer->configured = true;
    if (config->watchdog_ms)
        peer->watchdog_ms = config->watchdog_ms;
    if (out)
        *out = peer;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    if (peer->connect)
        dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
    dia_node_leave(node);
    return 0;
}

int dia_node_remove_peer(dia_node *node, dia_peer *peer)
{
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    peer->removed = true;
    peer->cause = DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU;
    dia_peer_step(peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "the peer was removed" });
    dia_peer_set_alarm(peer);
    dia_peer_forget_if_done(peer);
    dia_node_leave(node);
    return 0;
}

int dia_node_connect_peer(dia_node *node, dia_peer *peer)
{
    if (!peer->connect)
        return DIA_EINVAL;
    if (peer->removed || node->hub.stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    peer->unwanted = false;
    if (peer->state == DIA_PEER_CLOSED)
        dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
    dia_node_leave(node);
    return 0;
}

dia_peer *dia_node_next_peer(const dia_node *node, const dia_peer *peer)
{
    dia_list *next = peer ? peer->link.next : node->hub.peers.next;
    return next == &node->hub.peers ? NULL : DIA_OF(next, dia_peer, link);
}

dia_peer_state dia_peer_get_state(const dia_peer *peer)
{
    return peer->state;
}

bool dia_peer_is_open(const dia_peer *peer)
{
    return dia_peer_conn(peer) != NULL;
}

dia_bytes dia_peer_host(const dia_peer *peer)
{
    return peer->host;
}

dia_bytes dia_peer_realm(const dia_peer *peer)
{
    return peer->realm;
}

dia_counters dia_peer_counters(const dia_peer *peer)
{
    return peer->counters;
}

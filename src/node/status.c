/* What the application can know of a peer. */
#include "node/node.h"

dia_peer *dia_node_next_peer(const dia_node *node, const dia_peer *peer)
{
    dia_list *next = peer ? peer->link.next : node->hub.peers.next;
    return next == &node->hub.peers ? NULL : DIA_OF(next, dia_peer, link);
}

dia_peer *dia_node_find_peer(const dia_node *node, const char *host)
{
    return dia_names_get(&node->hub.by_host, dia_cstr(host));
}

const dia_conn *dia_peer_connection(const dia_peer *peer)
{
    return dia_peer_conn(peer);
}

dia_watch_state dia_peer_get_watch(const dia_peer *peer)
{
    return (dia_watch_state)peer->watch;
}

const dia_count *dia_peer_counts(const dia_peer *peer, size_t *n)
{
    *n = peer->counts.n;
    return peer->counts.rows;
}

const dia_count *dia_node_counts(dia_node *node, size_t *n)
{
    dia_hub *hub = &node->hub;
    dia_counts_done(hub, &hub->sum);
    dia_counts_join(hub, &hub->sum, &hub->gone);
    DIA_LIST_EACH (p, &hub->peers)
        dia_counts_join(hub, &hub->sum, &DIA_OF(p, dia_peer, link)->counts);
    *n = hub->sum.n;
    return hub->sum.rows;
}

/* One that came late counts from the start, whatever it was before (RFC 3539, 3.4.1). */
static uint32_t dwas_to_go(const dia_peer *peer)
{
    const uint32_t wanted = peer->hub->config.reopen_dwas;
    const uint32_t had = peer->num_dwa > 0 ? (uint32_t)peer->num_dwa : 0;
    return peer->watch == DIA_WATCH_REOPEN && wanted > had ? wanted - had : 0;
}

void dia_peer_get_status(const dia_peer *peer, dia_peer_status *out)
{
    const dia_conn *conn = dia_peer_conn(peer);
    const bool waits = peer->state == DIA_PEER_CLOSED && dia_timer_is_set(&peer->alarm.timer);
    *out = (dia_peer_status){
        .state = peer->state,
        .watch = (dia_watch_state)peer->watch,
        .since_us = peer->since_us,
        .configured = peer->configured,
        .out_of_service = peer->disabled,
        .draining = peer->draining,
        .unwanted = peer->unwanted,
        .initiator = conn && conn->initiator,
        .dwas_to_go = dwas_to_go(peer),
        .failures = peer->failures,
        .connect = peer->i        ? peer->i->target->uris[peer->i->uri]
                   : peer->target ? peer->target->uris[peer->at]
                                  : NULL,
        .next_attempt_us = waits ? peer->alarm.timer.at : DIA_NEVER_US,
        .host = peer->host,
        .realm = peer->realm,
        .product_name = peer->product,
        .vendor_id = peer->vendor_id,
        .firmware_revision = peer->firmware_revision,
        .origin_state_id = peer->origin_state_id,
        .host_ip_address = peer->address,
        .applications = peer->apps,
        .n_applications = peer->n_apps,
        .relay = peer->relay,
        .last_error = peer->last_error.text[0] ? peer->last_error.text : NULL,
        .last_error_code = peer->last_error.result_code,
        .last_error_us = peer->last_error.at_us,
    };
    if (conn) {
        out->pending = conn->pending.used;
        out->unanswered = dia_conn_owes(conn);
        out->output = conn->out.n;
        out->transport = conn->transport;
        out->security = dia_conn_security(conn);
    }
}

size_t dia_peer_common(const dia_peer *peer, uint32_t *to, size_t max)
{
    const dia_hub *hub = peer->hub;
    const dia_conn *conn = dia_peer_conn(peer);
    const dia_self *self = conn ? conn->self : peer->self ? peer->self : hub->self;
    const bool relay = peer->apps && (peer->relay || dia_self_offers(hub, self, DIA_APP_RELAY));
    size_t n = 0;
    for (size_t i = 0; i < hub->n_apps; i++) {
        const uint32_t id = hub->apps[i].id;
        if (id == DIA_APP_RELAY || !dia_self_offers(hub, self, id) || !(relay || dia_peer_advertised(peer, id)))
            continue;
        if (n < max)
            to[n] = id;
        n++;
    }
    return n;
}

dia_peer_state dia_peer_get_state(const dia_peer *peer)
{
    return peer->state;
}

bool dia_peer_takes_requests(const dia_peer *peer)
{
    return dia_peer_candidate(peer) != NULL;
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

/* The peers of a node: added, removed, looked at. */
#include "node/node.h"

enum { CONNECTIONS_MAX = 64 };

/* ---- Configuration ---- */

static bool is_uri(const char *text)
{
    dia_uri uri;
    return strlen(text) < DIA_URI_ROOM && !dia_uri_parse(dia_cstr(text), &uri);
}

static bool places_make_sense(const dia_peer_config *config)
{
    if (config->connect ? !is_uri(config->connect) : config->also != NULL)
        return false;
    for (const char *const *uri = config->also; uri && *uri; uri++)
        if (!is_uri(*uri))
            return false;
    uint8_t local[16];
    return config->socket.dscp < 64 &&
           (!config->socket.local || dia_ip_parse(dia_cstr(config->socket.local), local) > 0);
}

static bool makes_sense(const dia_hub *hub, const dia_peer_config *config)
{
    const dia_bytes host = dia_cstr(config->host);
    const uint32_t tc = config->reconnect_ms ? config->reconnect_ms : hub->config.reconnect_ms;
    if (!config->host && (!config->connect || config->connections > 1))
        return false;
    if (config->host && (!dia_identity_valid(host) || dia_bytes_equal_nocase(host, hub->self->host)))
        return false;
    if (config->connections > CONNECTIONS_MAX || (config->watchdog_ms && config->watchdog_ms < 6000))
        return false;
    return (!config->reconnect_max_ms || config->reconnect_max_ms >= tc) && places_make_sense(config) &&
           dia_identity_makes_sense(&config->identity);
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

/* Everything that can fail first: then nothing has changed. */
static int configure(dia_peer *peer, const dia_peer_config *config)
{
    dia_hub *hub = peer->hub;
    dia_target *target = NULL;
    dia_self *self = NULL;
    if (config->connect && !(target = dia_target_new(hub, config)))
        return DIA_ENOMEM;
    if (!dia_identity_is_empty(&config->identity) && !(self = dia_self_new(hub, &config->identity))) {
        dia_target_unref(hub, target);
        return DIA_ENOMEM;
    }
    dia_peer_aim(peer, target);
    dia_self_unref(hub, peer->self);
    peer->self = self;
    peer->watchdog_ms = or_default(config->watchdog_ms, hub->config.watchdog_ms);
    peer->reconnect_ms = or_default(config->reconnect_ms, hub->config.reconnect_ms);
    peer->reconnect_max_ms = or_default(config->reconnect_max_ms,
                                        config->reconnect_ms ? 4 * config->reconnect_ms : hub->config.reconnect_max_ms);
    return 0;
}

/* ---- Orders, for all connections of a peer ---- */

static void start(dia_peer *peer)
{
    if (peer->target && peer->state == DIA_PEER_CLOSED && !peer->disabled && !peer->removed)
        dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
}

static int64_t drain_until(const dia_hub *hub)
{
    return hub->now.us + (int64_t)hub->config.limits.drain_ms * 1000;
}

/* The connections behind the first one. */
static int add_more(dia_peer *leader, const dia_peer_config *config)
{
    for (uint32_t i = 1; i < config->connections; i++) {
        dia_peer *more = dia_peer_new_more(leader);
        if (!more || configure(more, config))
            return DIA_ENOMEM;
    }
    return 0;
}

static void free_all(dia_peer *leader)
{
    while (leader->more)
        dia_peer_free(leader->more);
    dia_peer_free(leader);
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
    if (configure(peer, config) || (config->connect && add_more(peer, config))) {
        if (is_new)
            free_all(peer);
        return DIA_ENOMEM;
    }
    if (!is_new)
        hub->n_unknown--;
    peer->configured = true;
    peer->connections = or_default(config->connections, 1);
    if (out)
        *out = peer;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = peer; p; p = p->more)
        start(p);
    dia_node_leave(node);
    return 0;
}

int dia_node_change_peer(dia_node *node, dia_peer *peer, const dia_peer_config *config)
{
    dia_hub *hub = &node->hub;
    dia_peer_config named = *config;
    char host[256];
    peer = peer->leader;
    if (!config->host && peer->host.n < sizeof host) {
        memcpy(host, peer->host.p ? (const char *)peer->host.p : "", peer->host.n);
        host[peer->host.n] = 0;
        named.host = peer->host.p ? host : NULL;
    }
    named.connections = 1;
    if (!makes_sense(hub, &named) || (config->host && !dia_bytes_equal_nocase(dia_cstr(config->host), peer->host)))
        return DIA_EINVAL;
    if (peer->removed || hub->stopping)
        return DIA_ESTATE;
    for (dia_peer *p = peer; p; p = p->more)
        if (configure(p, &named))
            return DIA_ENOMEM;
    peer->configured = true;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = peer; p; p = p->more) {
        if (p->state == DIA_PEER_CLOSED && !p->unwanted)
            dia_peer_set_alarm(p);
        if (!p->unwanted)
            start(p);
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_remove_peer(dia_node *node, dia_peer *peer)
{
    dia_hub *hub = &node->hub;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = peer->leader, *next; p; p = next) {
        next = p->more;
        p->removed = true;
        dia_peer_leave(p, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU, drain_until(hub), "the peer was removed");
        dia_peer_forget_if_done(p);
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_connect_peer(dia_node *node, dia_peer *peer)
{
    peer = peer->leader;
    if (!peer->target)
        return DIA_EINVAL;
    if (peer->removed || peer->disabled || node->hub.stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    for (dia_peer *p = peer; p; p = p->more) {
        p->unwanted = false;
        start(p);
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_disable_peer(dia_node *node, dia_peer *peer, dia_cause cause)
{
    dia_hub *hub = &node->hub;
    if (peer->removed || hub->stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = peer->leader; p; p = p->more) {
        p->disabled = true;
        dia_peer_leave(p, cause, drain_until(hub), "the peer was taken out of service");
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_enable_peer(dia_node *node, dia_peer *peer)
{
    if (peer->removed || node->hub.stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    for (dia_peer *p = peer->leader; p; p = p->more) {
        p->disabled = p->draining = p->unwanted = false;
        if (dia_peer_conn(p))
            dia_peer_set_alarm(p); /* it had not said good-bye yet */
        start(p);
    }
    dia_node_leave(node);
    return 0;
}

/* ---- Listeners ---- */

static size_t allow_size(const char *const *allow, size_t *n)
{
    size_t size = sizeof *allow;
    *n = 0;
    for (; allow[*n]; ++*n)
        size += sizeof *allow + strlen(allow[*n]) + 1;
    return size;
}

static int copy_allow(dia_listener *listener, const char *const *allow)
{
    size_t n;
    listener->allow_size = allow_size(allow, &n);
    listener->allow = dia_alloc0(listener->hub->alloc, listener->allow_size);
    if (!listener->allow)
        return DIA_ENOMEM;
    char *at = (char *)(listener->allow + n + 1);
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(allow[i]) + 1;
        listener->allow[i] = memcpy(at, allow[i], length);
        at += length;
    }
    return 0;
}

int dia_node_add_listener(dia_node *node, const dia_listener_config *config, dia_listener **out)
{
    dia_hub *hub = &node->hub;
    for (const char *const *pattern = config->allow; pattern && *pattern; pattern++)
        if (!dia_pattern_makes_sense(*pattern))
            return DIA_EINVAL;
    if (!dia_identity_makes_sense(&config->identity))
        return DIA_EINVAL;
    dia_listener *listener = dia_alloc0(hub->alloc, sizeof *listener);
    if (!listener)
        return DIA_ENOMEM;
    *listener = (dia_listener){ .refs = 1, .hub = hub };
    dia_list_push_back(&hub->listeners, &listener->link);
    if (!(listener->self = dia_self_new(hub, &config->identity)) ||
        (config->allow && copy_allow(listener, config->allow))) {
        dia_listener_unref(listener);
        return DIA_ENOMEM;
    }
    *out = listener;
    return 0;
}

void dia_node_remove_listener(dia_node *node, dia_listener *listener)
{
    (void)node;
    dia_listener_unref(listener);
}

/* ---- Looking ---- */

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
        out->unanswered = conn->unanswered;
        out->output = conn->out.n;
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

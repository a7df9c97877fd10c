/* The peers of a node: added, changed, connected, taken out of service and put back, removed. */
#include "node/node.h"

enum { CONNECTIONS_MAX = 64 };

/* ---- Configuration ---- */

/* Addresses with commas between them: SCTP takes several. */
static bool are_addresses(const char *text)
{
    uint8_t octets[16];
    for (;; text++) {
        const size_t n = strcspn(text, ",");
        if (dia_ip_parse((dia_bytes){ (const uint8_t *)text, n }, octets) < 0)
            return false;
        text += n;
        if (!*text)
            return true;
    }
}

static const char *wrong_place(const dia_peer_config *config)
{
    if (config->also && !config->connect)
        return "also without connect";
    if (config->connect && !dia_place_makes_sense(config->connect))
        return "connect must be a DiameterURI, such as aaas://host.example.net:5868, or a host";
    for (const char *const *place = config->also; place && *place; place++)
        if (!dia_place_makes_sense(*place))
            return "also must be DiameterURIs or hosts";
    if (config->socket.dscp > 63)
        return "socket.dscp must be below 64";
    if (config->socket.local && !are_addresses(config->socket.local))
        return "socket.local must be an IPv4 or IPv6 address, or several for SCTP";
    if ((unsigned)config->inband > DIA_INBAND_REQUIRE)
        return "inband must be a value of dia_inband";
    return NULL;
}

/* A sentence about what makes no sense; NULL: all does. */
static const char *wrong(const dia_hub *hub, const dia_peer_config *config)
{
    const dia_bytes host = dia_cstr(config->host);
    const uint32_t tc = config->reconnect_ms ? config->reconnect_ms : hub->config.reconnect_ms;
    if (!config->host && !config->connect && !config->realm)
        return "a peer wants host, connect or realm";
    if (!config->host && config->connections > 1)
        return "several connections want host";
    if (config->host && !dia_identity_valid(host))
        return "host must be a DiameterIdentity (RFC 6733, 4.3.1)";
    if (config->host && dia_bytes_equal_nocase(host, hub->self->host))
        return "host is our own";
    if (config->host && config->identity.origin_host &&
        dia_bytes_equal_nocase(host, dia_cstr(config->identity.origin_host)))
        return "host is that of our identity for it";
    if (config->connections > CONNECTIONS_MAX)
        return "connections must not be above 64";
    if (config->watchdog_ms && config->watchdog_ms < 6000)
        return "watchdog_ms must be at least 6000 (RFC 3539, 3.4.1)";
    if (config->reconnect_max_ms && config->reconnect_max_ms < tc)
        return "reconnect_max_ms must not be below reconnect_ms";
    const char *why = wrong_place(config);
    if (!why)
        why = dia_search_wrong(config);
    if (!why)
        why = dia_path_wrong(&config->path);
    return why ? why : dia_identity_wrong(&config->identity);
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

static uint32_t reconnect_max(const dia_hub *hub, const dia_peer_config *config)
{
    if (!config->reconnect_ms)
        return or_default(config->reconnect_max_ms, hub->config.reconnect_max_ms);
    return or_default(config->reconnect_max_ms, dia_reconnect_max(config->reconnect_ms));
}

/* Everything that can fail first, for all connections: then nothing has changed. */
static int configure(dia_peer *first, const dia_peer_config *config)
{
    dia_hub *hub = first->hub;
    dia_target *target = NULL;
    dia_self *self = NULL;
    dia_path_rules *path = NULL;
    dia_search *search = NULL;
    if (dia_path_new(hub->node, &config->path, &path))
        return DIA_ENOMEM;
    if ((!dia_identity_is_empty(&config->identity) && !(self = dia_self_new(hub, &config->identity))) ||
        (config->connect && !(target = dia_target_new(hub, config))) ||
        (config->realm && first->leader == first && dia_search_new(hub->node, config, &search))) {
        dia_target_unref(hub, target);
        dia_self_unref(hub, self);
        dia_path_unref(hub, path);
        return DIA_ENOMEM;
    }
    for (dia_peer *p = first; p; p = p->more) {
        dia_peer_aim(p, target ? dia_target_ref(target) : NULL);
        p->renames = config->realm && !config->host;
        dia_self_unref(hub, p->self);
        p->self = self ? dia_self_ref(self) : NULL;
        dia_path_unref(hub, p->path);
        p->path = path;
        if (path)
            path->refs++;
        p->watchdog_ms = or_default(config->watchdog_ms, hub->config.watchdog_ms);
        p->reconnect_ms = or_default(config->reconnect_ms, hub->config.reconnect_ms);
        p->reconnect_max_ms = reconnect_max(hub, config);
    }
    dia_target_unref(hub, target);
    dia_self_unref(hub, self);
    dia_path_unref(hub, path);
    if (first->leader == first)
        dia_search_begin(hub->node, first, search);
    return 0;
}

/* ---- Orders, for all connections of a peer ---- */

static void start(dia_peer *peer)
{
    if (peer->target && peer->state == DIA_PEER_CLOSED && !peer->disabled && !peer->removed)
        dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
}

/* Where it has not said good-bye yet, it does not. */
static void stay(dia_peer *peer)
{
    peer->draining = false;
    if (dia_peer_conn(peer))
        dia_peer_set_alarm(peer);
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

/* A stranger no longer. */
static void become_configured(dia_peer *peer)
{
    peer->hub->n_unknown -= !peer->configured;
    peer->configured = true;
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
    const bool connects = config->connect || config->realm;
    const char *why = wrong(hub, config);
    if (why)
        return dia_node_failed(node, DIA_EINVAL, why);
    if (hub->stopping)
        return dia_node_failed(node, DIA_ESTATE, "the node ends: nothing new begins");

    dia_peer *peer = host.p ? dia_names_get(&hub->by_host, host) : NULL;
    if (peer && (peer->configured || peer->removed || (connects && !peer->target && !peer->search)))
        return dia_node_failed(node, DIA_EEXIST, "there is a peer of this name already");
    const bool is_new = !peer;
    if (is_new && !(peer = dia_peer_new(hub, host)))
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    if (configure(peer, config) || (connects && add_more(peer, config))) {
        if (is_new)
            free_all(peer);
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    }
    if (is_new)
        peer->configured = true;
    else
        become_configured(peer);
    if (!is_new && peer->state == DIA_PEER_CLOSED) /* a redirect had connected to it, and its Tc counts no longer */
        dia_peer_set_alarm(peer);
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

int dia_node_change_peer(dia_node *node, const dia_peer *of, const dia_peer_config *config)
{
    dia_hub *hub = &node->hub;
    dia_peer_config named = *config;
    char host[256];
    dia_peer *peer = of->leader;
    if (!config->host && !(config->realm && peer->renames) && peer->host.n < sizeof host) {
        memcpy(host, peer->host.p ? (const char *)peer->host.p : "", peer->host.n);
        host[peer->host.n] = 0;
        named.host = peer->host.p ? host : NULL;
    }
    named.connections = 1;
    const char *why = wrong(hub, &named);
    if (!why && config->host && !dia_bytes_equal_nocase(dia_cstr(config->host), peer->host))
        why = "host is that of another peer";
    if (why)
        return dia_node_failed(node, DIA_EINVAL, why);
    if (peer->removed || hub->stopping)
        return dia_node_failed(node, DIA_ESTATE, hub->stopping ? "the node ends: nothing new begins" : "it is removed");
    if (configure(peer, &named))
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    become_configured(peer);
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

int dia_node_remove_peer(dia_node *node, const dia_peer *named)
{
    dia_hub *hub = &node->hub;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = named->leader, *next; p; p = next) {
        next = p->more;
        p->removed = true;
        dia_peer_leave(p, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU, drain_until(hub), "the peer was removed");
        dia_peer_forget_if_done(p);
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_connect_peer(dia_node *node, const dia_peer *named)
{
    dia_peer *peer = named->leader;
    if (!peer->target && !peer->search)
        return DIA_EINVAL;
    if (peer->removed || peer->disabled || node->hub.stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    for (dia_peer *p = peer; p; p = p->more) {
        p->unwanted = false;
        p->declined = 0;
        stay(p);
        start(p);
    }
    dia_search_wanted(peer);
    dia_node_leave(node);
    return 0;
}

int dia_node_disable_peer(dia_node *node, const dia_peer *named, dia_cause cause)
{
    dia_hub *hub = &node->hub;
    if (named->removed || hub->stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = named->leader; p; p = p->more) {
        p->disabled = true;
        dia_peer_leave(p, cause, drain_until(hub), "the peer was taken out of service");
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_disconnect_peer(dia_node *node, const dia_peer *named, dia_cause cause)
{
    dia_hub *hub = &node->hub;
    if (named->removed || named->disabled || hub->stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, hub->now);
    for (dia_peer *p = named->leader, *next; p; p = next) {
        next = p->more;
        p->unwanted = true;
        dia_peer_leave(p, cause, drain_until(hub), "the peer was disconnected");
    }
    dia_node_leave(node);
    return 0;
}

int dia_node_enable_peer(dia_node *node, const dia_peer *named)
{
    if (named->removed || node->hub.stopping)
        return DIA_ESTATE;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    for (dia_peer *p = named->leader; p; p = p->more) {
        p->disabled = p->unwanted = false;
        p->declined = 0;
        stay(p);
        start(p);
    }
    dia_search_wanted(named->leader);
    dia_node_leave(node);
    return 0;
}

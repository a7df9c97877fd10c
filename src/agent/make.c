/* What a configuration becomes: the structs that a node takes, made once and in one arena. */
#include "agent/agent.h"
#include "wire/wire.h"

#include <stdio.h>

enum { ARENA_MAX = 1 << 30 };

/* ---- Parts ---- */

static const dia_address *addresses(dia_reading *r, const dia_agent_texts *texts)
{
    if (!texts->n)
        return NULL;
    dia_address *v = dia_keep(r, texts->n * sizeof *v);
    for (size_t i = 0; v && i < texts->n; i++) {
        uint8_t *octets = dia_keep(r, 16);
        if (!octets)
            return NULL;
        dia_address_parse(dia_cstr(texts->v[i]), octets, 16, &v[i]);
    }
    return v;
}

static dia_identity make_identity(dia_reading *r, const dia_agent_identity *i)
{
    dia_identity out = { .origin_host = i->host, .origin_realm = i->realm };
    uint32_t *ids = i->applications.n ? dia_keep(r, i->applications.n * sizeof *ids) : NULL;
    for (size_t n = 0; ids && n < i->applications.n; n++)
        ids[n] = i->applications.v[n].id;
    out.applications = ids;
    out.n_applications = ids ? i->applications.n : 0;
    out.host_ip_addresses = addresses(r, &i->addresses);
    out.n_host_ip_addresses = out.host_ip_addresses ? i->addresses.n : 0;
    return out;
}

/* "a,b", as dia_loop_name_servers() and dia_socket_options.local take several. NULL: there are none. */
static const char *join(dia_reading *r, const dia_agent_texts *texts)
{
    size_t size = 1;
    for (size_t i = 0; i < texts->n; i++)
        size += strlen(texts->v[i]) + 1;
    char *out = texts->n ? dia_keep(r, size) : NULL;
    for (size_t i = 0, at = 0; out && i < texts->n; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "," : "", texts->v[i]);
    return out;
}

static dia_socket_options make_socket(dia_reading *r, const dia_agent_socket *s, const char *tls)
{
    return (dia_socket_options){
        .local = join(r, &s->local),
        .tls = tls,
        .dscp = s->dscp,
        .user_timeout_ms = s->user_timeout_ms,
        .keepalive_s = s->keepalive_s,
        .send_buffer = s->send_buffer,
        .receive_buffer = s->receive_buffer,
        .streams = s->streams,
        .rto_min_ms = s->rto_min_ms,
        .rto_max_ms = s->rto_max_ms,
        .heartbeat_ms = s->heartbeat_ms,
        .path_retries = s->path_retries,
        .udp_port = s->udp_port,
    };
}

/* A URI that does not say its transport gets that of the options. */
static const char *make_uri(dia_reading *r, const dia_agent_options *options, const char *text)
{
    static const char said[] = ";transport=";
    if (!text || options->transport != DIA_TRANSPORT_SCTP || strstr(text, said))
        return text;
    const size_t at = strcspn(text, ";") /* before a protocol */, size = strlen(text) + sizeof said + 4;
    char *out = dia_keep(r, size);
    if (out)
        snprintf(out, size, "%.*s%ssctp%s", (int)at, text, said, text + at);
    return out;
}

/* ---- What the options say where the text is silent ---- */

/* TLS behind CER and CEA is for connections that begin without it. One of SCTP is among them, so that what cannot be is said. */
static bool may_begin_clear(const char *uri)
{
    dia_uri parsed;
    return uri && (!strstr(uri, "://") || (!dia_uri_parse(dia_cstr(uri), &parsed) && !parsed.secure));
}

static int inband_of(const dia_agent_options *options, const dia_tree *at, bool may_be_clear, int said)
{
    return may_be_clear && !dia_tree_get(at, "inband") ? (int)options->inband : said;
}

static void fill_in_peer(dia_reading *r, const dia_agent_options *options, dia_agent_peer *p)
{
    bool may_be_clear = p->realm != NULL;
    for (size_t i = 0; i < p->connect.n; i++) {
        p->connect.v[i] = make_uri(r, options, p->connect.v[i]);
        may_be_clear |= may_begin_clear(p->connect.v[i]);
    }
    p->inband = inband_of(options, p->at, may_be_clear, p->inband);
    if (!p->socket.udp_port)
        p->socket.udp_port = options->udp_peer;
}

/* Before anything is checked or compared. */
static void fill_in(dia_reading *r, const dia_agent_options *options, dia_agent_config *config)
{
    for (size_t i = 0; i < config->listen.n; i++) {
        dia_agent_listen *l = &config->listen.v[i];
        l->uri = make_uri(r, options, l->uri);
        l->inband = inband_of(options, l->at, may_begin_clear(l->uri), l->inband);
    }
    for (size_t i = 0; i < config->peers.n; i++)
        fill_in_peer(r, options, &config->peers.v[i]);
    if (!dia_tree_get(config->sctp.at, "stack"))
        config->sctp.stack = (int)options->sctp_stack;
    if (!dia_tree_get(config->sctp.at, "udp-port"))
        config->sctp.udp_port = options->udp_port;
}

/* ---- Structs of the node ---- */

static dia_peer_path make_path(const dia_agent_origins *o)
{
    return (dia_peer_path){ o->hosts.v, o->realms.v, o->through.v, o->direct };
}

static const char *const nobody[] = { NULL };

/* What a listener leaves out is said here, for that of the node stays as it was when it was made. */
static dia_agent_listener make_listener(dia_reading *r, const dia_agent_config *config, const dia_agent_listen *l)
{
    const dia_agent_texts *allow = l->allow.n ? &l->allow : &config->allow;
    dia_agent_listener out = { .uri = l->uri };
    out.as.identity = make_identity(r, &l->identity);
    out.as.allow = allow->n ? allow->v : nobody;
    out.as.path = make_path(l->origins.at ? &l->origins : &config->origins);
    out.as.name = l->name ? l->name : l->uri;
    out.as.inband = (dia_inband)l->inband;
    out.socket = make_socket(r, &l->socket, dia_agent_profile_name(config, l->tls));
    return out;
}

/* The same of a peer; what its listener says comes before the whole for one that connects to us. */
static dia_peer_config make_peer(dia_reading *r, const dia_agent_config *config, const dia_agent_peer *p)
{
    dia_peer_config out = { .host = p->host, .connections = p->connections };
    const char **connect = dia_keep(r, (p->connect.n + 1) * sizeof *connect);
    for (size_t i = 0; connect && i < p->connect.n; i++)
        connect[i] = p->connect.v[i];
    out.connect = connect ? connect[0] : NULL;
    out.also = connect && p->connect.n > 1 ? connect + 1 : NULL;
    out.realm = p->realm;
    out.realm_application = p->application.id;
    out.found = p->found.v;
    out.insecure = p->clear;
    out.inband = (dia_inband)p->inband;
    out.watchdog_ms = p->watchdog_ms ? p->watchdog_ms : config->watchdog_ms;
    out.reconnect_ms = p->reconnect_ms ? p->reconnect_ms : config->reconnect_ms;
    out.reconnect_max_ms = p->reconnect_max_ms ? p->reconnect_max_ms : p->reconnect_ms ? 0 : config->reconnect_max_ms;
    out.path = make_path(p->origins.at || !(p->connect.n || p->realm) ? &p->origins : &config->origins);
    out.identity = make_identity(r, &p->identity);
    out.socket = make_socket(r, &p->socket, dia_agent_profile_name(config, p->tls));
    return out;
}

static dia_node_config make_node(dia_reading *r, const dia_agent_options *options, const dia_agent_config *c)
{
    dia_node_config out = { .origin_host = c->identity.host, .origin_realm = c->identity.realm };
    out.product_name = c->identity.product;
    out.vendor_id = c->identity.vendor;
    out.firmware_revision = c->identity.firmware;
    out.host_ip_addresses = addresses(r, &c->identity.addresses);
    out.n_host_ip_addresses = out.host_ip_addresses ? c->identity.addresses.n : 0;
    out.watchdog_ms = c->watchdog_ms;
    out.reconnect_ms = c->reconnect_ms;
    out.reconnect_max_ms = c->reconnect_max_ms;
    out.reopen_dwas = c->reopen ? c->reopen : DIA_REOPEN_AT_ONCE;
    out.reopen_discards = c->reopen_discards;
    out.capabilities_update = c->capabilities_update;
    out.realm_of_user_name = c->realm_of_user_name;
    out.passes_on = true;
    out.tries = c->retry.tries;
    out.try_ms = c->retry.after_ms;
    out.retry = c->retry.errors ? 0 : DIA_RETRY_NEVER;
    for (size_t i = 0; i < c->retry.on.n; i++)
        out.retry |= DIA_RETRY_ON(c->retry.on.v[i]);
    out.redirects = (dia_redirects)c->redirect.follow;
    out.redirect_hosts = c->redirect.hosts.v;
    out.redirect_clear = c->redirect.clear;
    out.discover = c->discover.v;
    out.limits = c->limits.of;
    out.dicts = options->dicts;
    if (options->cer_ms && !dia_tree_get(c->limits.at, "cer"))
        out.limits.cer_ms = options->cer_ms;
    return out;
}

static dia_overload_config make_overload(const dia_agent_config *c)
{
    const dia_agent_overload *o = &c->overload;
    dia_overload_config out = { .reacts_for_clients = o->obey, .priorities = o->priorities };
    out.loads = o->loads;
    for (size_t i = 0; i < c->routes.n && !dia_tree_get(o->at, "loads"); i++)
        out.loads |= c->routes.v[i].choose == DIA_CHOICE_LOAD;
    out.default_priority = o->default_priority;
    out.trusted = o->trusted.v;
    out.throttled_result = o->throttled;
    out.states = o->states;
    out.recovery_ms = o->recovery_ms;
    out.load_ms = o->load_ms;
    return out;
}

static dia_agent_settings make_settings(dia_reading *r, const dia_agent_config *c)
{
    return (dia_agent_settings){
        .log_format = (dia_log_format)c->log.format,
        .log_level = (dia_log_level)c->log.level,
        .log_messages = c->log.messages,
        .metrics = c->metrics.listen,
        .control = c->control.path,
        .control_mode = c->control.mode,
        .capture = c->capture,
        .name_servers = join(r, &c->name_servers),
    };
}

/* ---- Trying ---- */

/* Was something said of it already? What could not be read at all has no place. */
static bool is_left_out(const dia_reading *r, const dia_tree *at)
{
    return !at || dia_is_mistaken(r, at);
}

/* Does what a node is made with stand? */
static bool has_node(const dia_reading *r, const dia_agent_config *c)
{
    static const char *const keys[] = { "identity", "applications", "allow",         "origins",
                                        "watchdog", "reconnect",    "reconnect-max", "retry",
                                        "redirect", "discover",     "overload",      "limits" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const dia_tree *at = dia_tree_get(c->at, keys[i]);
        if (at && dia_is_mistaken(r, at))
            return false;
    }
    return c->identity.host && c->identity.realm;
}

/* A node has rules of its own: what it would refuse later is refused now. That of which something was said already is left out. */
static void try_node(dia_reading *r, dia_agent_made *made)
{
    const dia_agent_config *c = made->config;
    dia_node_config config = made->node;
    dia_node *node = NULL;
    char why[200] = "";
    config.alloc = r->alloc;
    int err = dia_node_new(&config, (dia_time){ 0 }, &node, why, sizeof why);
    if (err == DIA_EINVAL) {
        dia_mistake(r, c->at, "%s", why);
        return;
    }
    for (size_t i = 0; i < c->applications.n && !err; i++) {
        err = dia_agent_use(node, &c->applications.v[i]);
        if (err && err != DIA_ENOMEM) {
            dia_mistake(r, c->applications.v[i].at ? c->applications.v[i].at : c->at, "it cannot be advertised: %s",
                        dia_strerror(err));
            err = 0;
        }
    }
    for (size_t i = 0; i < c->peers.n && !err; i++) {
        if (is_left_out(r, c->peers.v[i].at))
            continue;
        err = dia_agent_add_peer(node, &c->peers.v[i], &made->peers[i], NULL);
        if (err && err != DIA_ENOMEM) {
            dia_mistake(r, c->peers.v[i].at, "%s", dia_node_last_fault(node));
            err = 0;
        }
    }
    for (size_t i = 0; i < c->listen.n && !err; i++) {
        dia_listener *listener;
        if (is_left_out(r, c->listen.v[i].at))
            continue;
        err = dia_node_add_listener(node, &made->listeners[i].as, &listener);
        if (err && err != DIA_ENOMEM) {
            dia_mistake(r, c->listen.v[i].at, "%s", dia_node_last_fault(node));
            err = 0;
        }
    }
    if (!err) {
        err = dia_agent_set_overload(node, made);
        if (err && err != DIA_ENOMEM) {
            dia_mistake(r, dia_tree_of(c->at, "overload"), "%s", dia_node_last_fault(node));
            err = 0;
        }
    }
    dia_node_free(node);
    if (err)
        r->err = err;
}

/* ---- The whole ---- */

/* By which a peer is told from others, also where only its realm is known. */
static const char *known_as(dia_reading *r, const dia_agent_peer *p)
{
    if (p->host || !p->realm)
        return p->host;
    const size_t size = strlen(p->realm) + 20;
    char *out = dia_keep(r, size);
    if (out)
        snprintf(out, size, "realm:%s/%u", p->realm, (unsigned)p->application.id);
    return out;
}

static const dia_agent_config *read_config(dia_reading *r, const dia_agent_options *options, dia_bytes text)
{
    const dia_tree *tree = dia_tree_read(r, text);
    if (!tree || r->err)
        return NULL;
    if (tree->kind != DIA_TREE_MAP) {
        dia_mistake(r, tree, "this is no map; allowed: keys such as identity, listen, peers and routes");
        return NULL;
    }
    dia_agent_config *config = dia_keep(r, sizeof *config);
    if (!config)
        return NULL;
    dia_schema_read(r, &dia_agent_schema_config, tree, config);
    for (size_t i = 0; i < config->peers.n && !r->err; i++)
        config->peers.v[i].known_as = known_as(r, &config->peers.v[i]);
    fill_in(r, options, config);
    if (!r->err)
        dia_agent_check(r, config, options);
    return config;
}

/* What the node takes; of listeners and peers those that stand. */
static void make_parts(dia_reading *r, const dia_agent_options *options, dia_agent_made *made)
{
    const dia_agent_config *c = made->config;
    made->listeners = dia_keep(r, (c->listen.n + 1) * sizeof *made->listeners);
    made->bound = dia_keep(r, (c->listen.n + 1) * sizeof *made->bound);
    made->peers = dia_keep(r, (c->peers.n + 1) * sizeof *made->peers);
    made->added = dia_keep(r, (c->peers.n + 1) * sizeof(dia_peer *));
    dia_agent_make_profiles(r, options, made);
    for (size_t i = 0; i < c->listen.n && !r->err; i++)
        if (!is_left_out(r, c->listen.v[i].at))
            made->listeners[i] = make_listener(r, c, &c->listen.v[i]);
    for (size_t i = 0; i < c->peers.n && !r->err; i++)
        if (!is_left_out(r, c->peers.v[i].at))
            made->peers[i] = make_peer(r, c, &c->peers.v[i]);
    if (!has_node(r, c))
        return;
    made->node = make_node(r, options, c);
    made->overload = make_overload(c);
    made->controls = made->overload.reacts_for_clients || made->overload.priorities || made->overload.loads;
}

static void make(dia_reading *r, const dia_agent_options *options, dia_agent_made *made)
{
    const dia_agent_config *c = made->config;
    make_parts(r, options, made);
    made->settings = make_settings(r, c);
    if (!r->err && c->routes.n)
        made->routes = dia_agent_make_routes(r, options, c, made->files);
    else if (!r->err) /* nobody asks them yet */
        dia_agent_judge_routes(r, options, c);
    if (!r->err)
        made->policies = dia_agent_make_policies(r, options, c);
    if (!r->err)
        try_node(r, made);
    if (!r->err)
        dia_agent_try_profiles(r, options, made);
    if (!r->err)
        dia_agent_try_sctp(r, &options->windows, c);
}

/* What stands of a configuration with mistakes is judged all the same, so that the first run tells all that is wrong. */
static void make_wrong(dia_reading *r, const dia_agent_options *options, dia_agent_made *made)
{
    make_parts(r, options, made);
    if (!r->err)
        dia_agent_judge_routes(r, options, made->config);
    if (!r->err)
        dia_agent_judge_policies(r, options, made->config);
    if (!r->err && has_node(r, made->config))
        try_node(r, made);
    if (!r->err)
        dia_agent_try_profiles(r, options, made);
    if (!r->err)
        dia_agent_try_sctp(r, &options->windows, made->config);
}

static void sort_mistakes(dia_agent_mistakes *m, size_t from)
{
    for (size_t i = from + 1; i < m->n; i++) {
        const dia_agent_mistake one = m->v[i];
        size_t at = i;
        for (; at > from && !one.file[0] && !m->v[at - 1].file[0] &&
               (one.line < m->v[at - 1].line || (one.line == m->v[at - 1].line && one.column < m->v[at - 1].column));
             at--)
            m->v[at] = m->v[at - 1];
        m->v[at] = one;
    }
}

int dia_agent_make(const dia_agent_options *options, dia_bytes text, dia_agent_made **out, dia_agent_mistakes *mistakes)
{
    const dia_allocator *alloc = options->alloc ? options->alloc : dia_allocator_default();
    const size_t before = mistakes->n + mistakes->more, first = mistakes->n;
    dia_agent_made *made = dia_alloc0(alloc, sizeof *made);
    if (!made)
        return DIA_ENOMEM;
    made->alloc = alloc;
    dia_arena_init(&made->arena, NULL, 0, ARENA_MAX, alloc);
    dia_reading r = { .arena = &made->arena, .mistakes = mistakes, .dicts = options->dicts, .alloc = alloc };
    r.left_out = options->left_out;
    made->config = read_config(&r, options, text);
    if (!r.err && mistakes->n + mistakes->more == before)
        make(&r, options, made);
    else if (!r.err && made->config)
        make_wrong(&r, options, made);
    sort_mistakes(mistakes, first);
    if (r.err || mistakes->n + mistakes->more > before) {
        dia_agent_made_free(made);
        return r.err ? r.err : DIA_EFORMAT;
    }
    *out = made;
    return 0;
}

void dia_agent_made_free(dia_agent_made *made)
{
    if (!made)
        return;
    dia_routes_free(made->routes);
    dia_policies_free(made->policies);
    dia_arena_done(&made->arena);
    dia_release(made->alloc, made, sizeof *made);
}

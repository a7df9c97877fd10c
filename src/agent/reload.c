/* A changed configuration in the place of another: the difference is carried out, everything else stays as it is. What can fail
 * comes first, and is taken back when something behind it fails. */
#include "agent/agent.h"

#include <stdio.h>

typedef struct reloading {
    dia_agent *agent;
    dia_reading r;
    dia_agent_made *old, *made;
    dia_agent_changes *changes;
    dia_names before, after;             /* what peers are known as, to their dia_agent_peer */
    size_t *listens;                     /* of each new listener: 1 + which of the old ones it is; 0: none */
    bool *kept;                          /* of the old listeners: one of the new ones is it */
    bool *ended;                         /* of the others: it was in the way of a new one */
    size_t n_listening, n_used, n_peers; /* of the new ones, how many were gone through */
    size_t n_new, n_profiles;            /* of the profiles: new ones, and then those that take the place of another */
    bool policies, overload;             /* the new ones are in force */
} reloading;

/* ---- What cannot change ---- */

static const dia_key *key_of(const dia_schema *schema, const char *word)
{
    const dia_key *key = schema->keys;
    while (strcmp(key->key, word) != 0)
        key++;
    return key;
}

/* Is a part of the configuration other than it was? */
static bool differs(const reloading *l, const char *word)
{
    const dia_schema one = { .keys = key_of(&dia_agent_schema_config, word), .n = 1 };
    return !dia_schema_same(&one, l->old->config, l->made->config);
}

static void stays(reloading *l, const dia_tree *at, const char *what)
{
    dia_mistake(&l->r, at, "%s cannot change while the agent runs; allowed: what it was, or a new start", what);
}

static void check_fixed(reloading *l)
{
    static const char *const fixed[] = { "identity", "reopen",   "reopen-discards",    "capabilities-update",
                                         "redirect", "discover", "realm-of-user-name", "sctp" };
    const dia_agent_config *a = l->old->config, *b = l->made->config;
    const dia_schema *socket = key_of(&dia_agent_schema_listen, "socket")->sub;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (differs(l, fixed[i]))
            stays(l, dia_tree_of(b->at, fixed[i]), fixed[i]);
    for (size_t i = 0; i < b->peers.n; i++) {
        const dia_agent_peer *p = &b->peers.v[i], *was = dia_names_get(&l->before, dia_cstr(p->known_as));
        if (was && was->connections != p->connections)
            stays(l, dia_tree_of(p->at, "connections"), "connections");
    }
    for (size_t i = 0; i < b->listen.n; i++)
        if (l->listens[i] && !dia_schema_same(socket, &a->listen.v[l->listens[i] - 1].socket, &b->listen.v[i].socket))
            stays(l, dia_tree_of(b->listen.v[i].at, "socket"), "socket");
}

/* ---- Profiles of tls ---- */

/* New ones come first, for new listeners want them; the place of others is taken when nothing else can fail any more. */
static int add_profiles(reloading *l)
{
    int err = 0;
    for (; l->n_new < l->made->n_profiles && !err; l->n_new += !err) {
        const dia_agent_profile *p = &l->made->profiles[l->n_new];
        if (dia_agent_find_profile(l->old, p->name))
            continue;
        err = dia_agent_use_profile(&l->r, &l->agent->options.windows, p);
        l->changes->tls_added += !err && p->name;
    }
    return err;
}

/* All of them, for what their files say may be other than it was. */
static int replace_profiles(reloading *l)
{
    int err = 0;
    for (; l->n_profiles < l->made->n_profiles && !err; l->n_profiles += !err) {
        const dia_agent_profile *p = &l->made->profiles[l->n_profiles], *was = dia_agent_find_profile(l->old, p->name);
        if (!was)
            continue;
        err = dia_agent_use_profile(&l->r, &l->agent->options.windows, p);
        if (!err && (p->name || !p->of))
            ++*(dia_agent_same_profile(was, p) ? &l->changes->tls_read : &l->changes->tls_changed);
    }
    return err;
}

static void remove_profiles(reloading *l)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    for (size_t i = 0; i < l->old->n_profiles && w->tls_end; i++) {
        const dia_agent_profile *was = &l->old->profiles[i];
        if (dia_agent_find_profile(l->made, was->name))
            continue;
        w->tls_end(w->arg, was->name);
        l->changes->tls_removed += was->name != NULL;
    }
}

static void take_back_profiles(reloading *l)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    dia_reading quiet = { .arena = l->r.arena, .alloc = l->r.alloc };
    for (size_t i = 0; i < l->n_profiles; i++) {
        const dia_agent_profile *was = dia_agent_find_profile(l->old, l->made->profiles[i].name);
        if (was)
            dia_agent_use_profile(&quiet, w, was);
    }
    for (size_t i = 0; i < l->n_new && w->tls_end; i++)
        if (!dia_agent_find_profile(l->old, l->made->profiles[i].name))
            w->tls_end(w->arg, l->made->profiles[i].name);
}

/* ---- Listeners ---- */

/* It could not come back when it had ended for another one, which is tried again. */
static bool is_lost(const reloading *l, size_t j)
{
    return l->agent->options.windows.listen && !l->old->bound[j];
}

static void pair_listeners(reloading *l)
{
    const dia_agent_config *a = l->old->config, *b = l->made->config;
    for (size_t i = 0; i < b->listen.n; i++)
        for (size_t j = 0; j < a->listen.n && !l->listens[i]; j++)
            if (!l->kept[j] && !is_lost(l, j) &&
                dia_bytes_equal_nocase(dia_cstr(a->listen.v[j].uri), dia_cstr(b->listen.v[i].uri))) {
                l->listens[i] = j + 1;
                l->kept[j] = true;
                l->made->bound[i] = l->old->bound[j];
            }
}

static bool same_listen(const reloading *l, size_t i)
{
    const dia_agent_config *a = l->old->config, *b = l->made->config;
    const dia_agent_listen *x = &a->listen.v[l->listens[i] - 1], *y = &b->listen.v[i];
    const bool inherits = !y->allow.n || !x->allow.n;
    const dia_agent_listener *m = &l->old->listeners[l->listens[i] - 1], *n = &l->made->listeners[i];
    if (!dia_schema_same(&dia_agent_schema_listen, x, y))
        return false;
    for (size_t k = 0; inherits; k++) {
        if (!m->as.allow[k] || !n->as.allow[k])
            return m->as.allow[k] == n->as.allow[k];
        if (strcmp(m->as.allow[k], n->as.allow[k]) != 0)
            return false;
    }
    return true;
}

/* Those that go are in the way where transport and port are the same: of addresses that overlap only one can be listened at. */
static void clear_the_way(reloading *l, const char *text)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    dia_uri wanted, uri;
    if (dia_uri_parse(dia_cstr(text), &wanted))
        return;
    for (size_t j = 0; j < l->old->config->listen.n && w->unlisten; j++) {
        const char *bound = l->old->bound[j];
        if (l->kept[j] || l->ended[j] || !bound || dia_uri_parse(dia_cstr(bound), &uri) || uri.port != wanted.port ||
            uri.transport != wanted.transport)
            continue;
        w->unlisten(w->arg, bound);
        l->ended[j] = true;
    }
}

static int open_listener(reloading *l, size_t i)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    dia_reading quiet = { .arena = l->r.arena, .alloc = l->r.alloc };
    const int err = dia_agent_open_listener(&quiet, w, l->made, i);
    if (err == DIA_ESYSTEM)
        clear_the_way(l, l->made->listeners[i].uri);
    return err ? dia_agent_open_listener(&l->r, w, l->made, i) : 0;
}

/* At the port that it had, which the system may have chosen. */
static void open_again(reloading *l, size_t j)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    char bound[DIA_AGENT_BOUND_ROOM], why[500] = "";
    dia_agent_listener was = l->old->listeners[j];
    was.uri = l->old->bound[j];
    const int err = w->listen(w->arg, &was, bound, sizeof bound, why, sizeof why);
    if (!err)
        return;
    if (!why[0])
        dia_sentence(why, sizeof why, "cannot listen at '%s': %s", dia_show(was.uri).text, dia_strerror(err));
    dia_mistake(&l->r, dia_tree_of(l->made->config->at, "listen"),
                "what had ended for another one is not back: %s; reload once more", why);
    l->old->bound[j] = NULL;
}

static int add_listeners(reloading *l)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    const dia_agent_config *c = l->made->config;
    int err = 0;
    for (size_t i = 0; i < c->listen.n && !err && w->listen; i++) {
        if (!l->listens[i]) {
            err = open_listener(l, i);
            l->changes->listeners_added += !err;
        } else if (!same_listen(l, i)) {
            err = w->relisten ? w->relisten(w->arg, l->made->bound[i], &l->made->listeners[i]) : DIA_ENOTSUP;
            l->changes->listeners_changed += !err;
        }
        l->n_listening += !err;
    }
    return err;
}

static void remove_listeners(reloading *l)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    for (size_t j = 0; j < l->old->config->listen.n && w->unlisten; j++)
        if (!l->kept[j] && !is_lost(l, j)) {
            if (!l->ended[j])
                w->unlisten(w->arg, l->old->bound[j]);
            l->changes->listeners_removed++;
        }
}

/* ---- Applications ---- */

static const dia_agent_application *application_of(const dia_agent_config *c, uint32_t id)
{
    for (size_t i = 0; i < c->applications.n; i++)
        if (c->applications.v[i].id == id)
            return &c->applications.v[i];
    return NULL;
}

static int add_applications(reloading *l)
{
    const dia_agent_config *c = l->made->config;
    int err = 0;
    for (size_t i = 0; i < c->applications.n && !err; i++) {
        const dia_agent_application *a = &c->applications.v[i], *was = application_of(l->old->config, a->id);
        if (!was) {
            err = dia_agent_use(l->agent->node, a);
            l->changes->applications_added += !err;
        } else if (was->dict != a->dict) {
            err = dia_node_replace(l->agent->node, a->dict);
        }
        l->n_used += !err;
    }
    return err;
}

static void remove_applications(reloading *l)
{
    const dia_agent_config *c = l->old->config;
    for (size_t i = 0; i < c->applications.n; i++)
        if (!application_of(l->made->config, c->applications.v[i].id)) {
            dia_node_withdraw(l->agent->node, c->applications.v[i].id);
            l->changes->applications_removed++;
        }
    if (l->changes->applications_added || l->changes->applications_removed)
        dia_node_announce(l->agent->node);
}

/* ---- Peers ---- */

static int index_peers(dia_names *names, const dia_agent_config *c)
{
    int err = 0;
    for (size_t i = 0; i < c->peers.n && !err; i++)
        err = dia_names_put(names, dia_cstr(c->peers.v[i].known_as), (void *)(uintptr_t)&c->peers.v[i]);
    return err;
}

/* What became of a peer of the old configuration; one without a host has the name that it gave itself. */
static dia_peer *node_peer(const reloading *l, const dia_agent_peer *was)
{
    dia_node *node = l->agent->node;
    if (was->host)
        return dia_node_find_peer(node, was->host);
    const dia_peer *added = l->old->added[was - l->old->config->peers.v];
    dia_peer *p = dia_node_next_peer(node, NULL);
    while (p && p != added)
        p = dia_node_next_peer(node, p);
    return p;
}

/* With what it takes over from the whole. */
static bool same_peer(const reloading *l, const dia_agent_peer *was, const dia_agent_peer *is)
{
    const dia_peer_config *a = &l->old->peers[was - l->old->config->peers.v];
    const dia_peer_config *b = &l->made->peers[is - l->made->config->peers.v];
    return dia_schema_same(&dia_agent_schema_peer, was, is) && a->watchdog_ms == b->watchdog_ms &&
           a->reconnect_ms == b->reconnect_ms && a->reconnect_max_ms == b->reconnect_max_ms && !differs(l, "origins");
}

static int change_peer(reloading *l, dia_peer *peer, const dia_agent_peer *was, const dia_agent_peer *is,
                       const dia_peer_config *config)
{
    dia_node *node = l->agent->node;
    int err = 0;
    if (is->disabled && !was->disabled)
        err = dia_node_disable_peer(node, peer, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU);
    if (!err)
        err = dia_node_change_peer(node, peer, config);
    if (!err && was->disabled && !is->disabled)
        err = dia_node_enable_peer(node, peer);
    return err;
}

static int take_peer(reloading *l, size_t i)
{
    const dia_agent_peer *is = &l->made->config->peers.v[i], *was = dia_names_get(&l->before, dia_cstr(is->known_as));
    dia_peer *peer = l->made->added[i] = was ? node_peer(l, was) : NULL;
    if (!peer) {
        const int err = dia_agent_add_peer(l->agent->node, is, &l->made->peers[i], &l->made->added[i]);
        if (err == DIA_EEXIST)
            dia_mistake(&l->r, is->at,
                        "'%s' was removed a moment ago and still ends its requests; reload once more when "
                        "it is gone",
                        dia_show(is->known_as).text);
        else if (err && err != DIA_ENOMEM)
            dia_mistake(&l->r, is->at, "%s", dia_node_last_fault(l->agent->node));
        l->changes->peers_added += !err;
        return err;
    }
    if (same_peer(l, was, is))
        return 0;
    const int err = change_peer(l, peer, was, is, &l->made->peers[i]);
    l->changes->peers_changed += !err;
    return err;
}

static int take_peers(reloading *l)
{
    int err = 0;
    for (; l->n_peers < l->made->config->peers.n && !err; l->n_peers += !err)
        err = take_peer(l, l->n_peers);
    return err;
}

static void remove_peers(reloading *l)
{
    const dia_agent_config *c = l->old->config;
    for (size_t i = 0; i < c->peers.n; i++) {
        if (dia_names_get(&l->after, dia_cstr(c->peers.v[i].known_as)))
            continue;
        const dia_peer *peer = node_peer(l, &c->peers.v[i]);
        if (peer)
            dia_node_remove_peer(l->agent->node, peer);
        l->changes->peers_removed++;
    }
}

/* ---- Back ---- */

static void take_back(reloading *l)
{
    const dia_agent_windows *w = &l->agent->options.windows;
    dia_node *node = l->agent->node;
    take_back_profiles(l);
    for (size_t i = 0; i < l->n_peers; i++) {
        const dia_agent_peer *is = &l->made->config->peers.v[i];
        const dia_agent_peer *was = dia_names_get(&l->before, dia_cstr(is->known_as));
        dia_peer *peer = l->made->added[i];
        if (peer && !was)
            dia_node_remove_peer(node, peer);
        else if (peer && !same_peer(l, was, is))
            change_peer(l, peer, is, was, &l->old->peers[was - l->old->config->peers.v]);
    }
    if (l->overload)
        dia_agent_set_overload(node, l->old);
    if (l->policies)
        dia_policies_apply(l->old->policies, node);
    for (size_t i = 0; i < l->n_used; i++) {
        const dia_agent_application *a = &l->made->config->applications.v[i];
        const dia_agent_application *was = application_of(l->old->config, a->id);
        if (!was)
            dia_node_withdraw(node, a->id);
        else if (was->dict != a->dict)
            dia_node_replace(node, was->dict);
    }
    for (size_t i = 0; i < l->n_listening; i++) {
        if (!l->listens[i])
            w->unlisten(w->arg, l->made->bound[i]);
        else if (!same_listen(l, i))
            w->relisten(w->arg, l->made->bound[i], &l->old->listeners[l->listens[i] - 1]);
    }
    for (size_t j = 0; j < l->old->config->listen.n; j++)
        if (l->ended[j])
            open_again(l, j);
}

/* ---- The whole ---- */

/* Limits of peers are policies, too; that of one who goes ends with him. */
static bool limits_differ(const reloading *l)
{
    const dia_agent_config *a = l->old->config, *b = l->made->config;
    for (size_t i = 0; i < a->peers.n; i++)
        if (a->peers.v[i].limit && !dia_names_get(&l->after, dia_cstr(a->peers.v[i].known_as)))
            return true;
    for (size_t i = 0; i < b->peers.n; i++) {
        const dia_agent_peer *was = dia_names_get(&l->before, dia_cstr(b->peers.v[i].known_as));
        if (b->peers.v[i].limit != (was ? was->limit : 0))
            return true;
    }
    return false;
}

static void compare(reloading *l)
{
    static const char *const settings[] = { "log", "metrics", "control", "capture", "name-servers" };
    dia_agent_changes *c = l->changes;
    c->routes = differs(l, "routes") || differs(l, "tables") ||
                memcmp(l->old->files, l->made->files, sizeof l->made->files) != 0;
    c->policies = differs(l, "policies");
    c->policies |= limits_differ(l);
    c->limits = differs(l, "limits") || differs(l, "retry") || differs(l, "overload");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        c->settings |= differs(l, settings[i]);
}

/* What routes and policies have counted and remembered stays where they stay. */
static bool same_routes(const reloading *l)
{
    return !l->changes->routes && !l->made->policies == !l->old->policies;
}

static bool same_policies(const reloading *l)
{
    return !l->changes->policies && !differs(l, "applications");
}

static void keep_policies(reloading *l)
{
    dia_policies_free(l->made->policies);
    l->made->policies = l->old->policies;
    l->old->policies = NULL;
}

/* Everything that can fail; nothing is gone yet. */
static int try_all(reloading *l)
{
    dia_node *node = l->agent->node;
    int err = add_profiles(l);
    if (!err)
        err = add_listeners(l);
    if (!err)
        err = add_applications(l);
    if (!err && (l->made->policies || l->old->policies) && !same_policies(l)) {
        err = dia_policies_apply(l->made->policies, node);
        l->policies = !err;
    }
    if (!err) {
        err = dia_agent_set_overload(node, l->made);
        l->overload = true;
    }
    if (!err)
        err = take_peers(l);
    if (!err)
        err = replace_profiles(l);
    return err;
}

static void finish(reloading *l)
{
    dia_node *node = l->agent->node;
    dia_node_set_limits(node, &l->made->node.limits);
    dia_node_set_retry(node, l->made->node.tries, l->made->node.try_ms, l->made->node.retry);
    if (same_routes(l))
        dia_routes_free(l->made->routes);
    else
        dia_node_set_routes(node, l->made->routes);
    l->made->routes = NULL;
    if (same_policies(l))
        keep_policies(l);
    remove_peers(l);
    remove_listeners(l);
    remove_profiles(l);
    remove_applications(l);
    /* Both are in one arena with their configuration: where sockets listen goes over. */
    l->agent->made = l->made;
    dia_agent_made_free(l->old);
}

static int keep_bound(reloading *l)
{
    for (size_t i = 0; i < l->made->config->listen.n; i++) {
        if (!l->listens[i] || !l->made->bound[i])
            continue;
        l->made->bound[i] = (char *)(uintptr_t)dia_keep_text(&l->r, l->made->bound[i], strlen(l->made->bound[i]));
        if (!l->made->bound[i])
            return DIA_ENOMEM;
    }
    return 0;
}

static int prepare(reloading *l)
{
    l->listens = dia_keep(&l->r, (l->made->config->listen.n + 1) * sizeof *l->listens);
    l->kept = dia_keep(&l->r, (l->old->config->listen.n + 1) * sizeof *l->kept);
    l->ended = dia_keep(&l->r, (l->old->config->listen.n + 1) * sizeof *l->ended);
    if (l->r.err || index_peers(&l->before, l->old->config) || index_peers(&l->after, l->made->config))
        return DIA_ENOMEM;
    pair_listeners(l);
    return keep_bound(l);
}

int dia_agent_reload(dia_agent *agent, dia_bytes text, dia_agent_changes *changes, dia_agent_mistakes *mistakes)
{
    dia_agent_changes unseen;
    const size_t before = mistakes->n + mistakes->more;
    reloading l = { .agent = agent, .old = agent->made, .changes = changes ? changes : &unseen };
    if (!agent->node)
        return DIA_ESTATE;
    int err = dia_agent_make(&agent->options, text, &l.made, mistakes);
    if (err)
        return err;
    *l.changes = (dia_agent_changes){ 0 };
    l.r = (dia_reading){ .arena = &l.made->arena, .mistakes = mistakes, .alloc = agent->alloc };
    dia_names_init(&l.before, 0, agent->alloc);
    dia_names_init(&l.after, 0, agent->alloc);
    err = prepare(&l);
    if (!err) {
        check_fixed(&l);
        err = mistakes->n + mistakes->more > before ? DIA_EFORMAT : 0;
    }
    if (!err) {
        compare(&l);
        err = try_all(&l);
        if (err)
            take_back(&l);
    }
    if (!err)
        finish(&l);
    else
        dia_agent_made_free(l.made);
    dia_names_done(&l.before);
    dia_names_done(&l.after);
    return err;
}

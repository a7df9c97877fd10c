/* Redirects as their receiver (RFC 6733, 6.1.8 and 6.12 to 6.14): a request that is answered 3006 goes to one of the hosts that
 * the answer names, and what the answer says of others is remembered as a shortcut. Where config.redirects has it so, a host
 * that is no peer yet is connected to, and the request waits for that: it makes a detour. */
#include "node/node.h"

/* ---- What a 3006 says ---- */

/* Who answers may name tens of thousands; as many as a route of ours has hops are more than anybody means. */
enum { HOSTS_MAX = DIA_HOPS_MAX };

/* The hosts that an answer names, one after the other. */
typedef struct host_list {
    dia_avps it;
    size_t n; /* so far */
} host_list;

static host_list hosts_of(dia_bytes answer)
{
    return (host_list){ .it = dia_avps_of(answer) };
}

/* The next Redirect-Host; false: no more. Those that are no DiameterURI are passed over. */
static bool next_host(host_list *all, dia_bytes *text, dia_uri *uri)
{
    dia_avps *it = &all->it;
    while (all->n < HOSTS_MAX && dia_avp_next(it)) {
        if (it->avp.code != DIA_AVP_REDIRECT_HOST || it->avp.vendor || it->avp.data.n >= DIA_URI_ROOM ||
            dia_uri_parse(it->avp.data, uri) || !dia_identity_valid(uri->fqdn))
            continue;
        *text = it->avp.data;
        all->n++;
        return true;
    }
    return false;
}

static uint32_t number_of(dia_bytes answer, uint32_t code)
{
    const dia_bytes value = dia_value_of(answer, code);
    return value.n == 4 ? dia_load32(value.p) : 0;
}

/* Without Redirect-Max-Cache-Time nobody knows how long it is true: then it counts for this request alone. Without memory as
 * well. */
static void remember(dia_node *node, dia_bytes request, uint32_t application, dia_bytes answer, dia_bytes to)
{
    const int64_t now_us = node->hub.now.us;
    const uint32_t usage = number_of(answer, DIA_AVP_REDIRECT_HOST_USAGE);
    const dia_shortcut_keys keys = { .session = dia_value_of(request, DIA_AVP_SESSION_ID),
                                     .user = dia_value_of(request, DIA_AVP_USER_NAME),
                                     .realm = dia_value_of(request, DIA_AVP_DESTINATION_REALM),
                                     .host = dia_value_of(answer, DIA_AVP_ORIGIN_HOST),
                                     .application = application };
    if (usage >= DIA_REDIRECT_USAGES)
        return;
    dia_shortcuts_put(&node->redirecting.shortcuts, (dia_redirect_usage)usage, &keys, to,
                      now_us + (int64_t)number_of(answer, DIA_AVP_REDIRECT_MAX_CACHE_TIME) * 1000000, now_us);
}

bool dia_redirect_reaches(const dia_node *node, dia_bytes host)
{
    for (const dia_peer *peer = dia_names_get(&node->hub.by_host, host); peer; peer = peer->more)
        if (dia_peer_conn(peer))
            return true;
    return false;
}

/* ---- Detours ---- */

/* A request that waits for a connection. */
typedef struct dia_detour {
    dia_list link;       /* in dia_redirecting.detours */
    dia_waiting waiting; /* the place that it left, with the octets */
    uint32_t from;       /* the connection of that */
    size_t size;         /* of the block; the answer is behind */
    dia_bytes answer;    /* 3006 */
    dia_bytes host;      /* that it waits for; a view of the answer */
    host_list hosts;     /* behind it */
} dia_detour;

/* A peer that a redirect made us connect to. */
typedef struct dynamic {
    dia_list link;
    dia_bytes host;
    uint64_t requests; /* of both sides */
    int64_t since_us;  /* that they are so many */
} dynamic;

static bool is_on_its_way(const dia_peer *peer)
{
    for (; peer; peer = peer->more)
        if (peer->state != DIA_PEER_CLOSED && peer->state != DIA_PEER_CLOSING && !peer->draining)
            return true;
    return false;
}

static void set_alarm(dia_node *node)
{
    dia_redirecting *r = &node->redirecting;
    int64_t at_us = DIA_NEVER_US;
    DIA_LIST_EACH (p, &r->detours) {
        const int64_t end_us = dia_waiting_end_us(&DIA_OF(p, dia_detour, link)->waiting);
        at_us = end_us < at_us ? end_us : at_us;
    }
    DIA_LIST_EACH (p, &r->dynamic) {
        const int64_t end_us = dia_after(DIA_OF(p, dynamic, link)->since_us, node->hub.config.limits.redirect_idle_ms);
        at_us = end_us < at_us ? end_us : at_us;
    }
    dia_hub_alarm(&node->hub, &r->alarm, at_us);
}

/* Whoever redirects may name any host, and in any way. */
static bool is_allowed(const dia_hub *hub, const dia_uri *uri)
{
    const char *const *pattern = hub->config.redirect_hosts;
    bool allowed = !pattern;
    for (; !allowed && *pattern; pattern++)
        allowed = dia_name_pattern_matches(dia_cstr(*pattern), uri->fqdn);
    return allowed && (uri->secure || hub->config.redirect_clear);
}

/* Whether it comes to be a peer is seen when its connection opens, or is given up. */
static bool connect_to(dia_node *node, dia_bytes text, const dia_uri *to)
{
    const dia_bytes host = to->fqdn;
    dia_hub *hub = &node->hub;
    dia_redirecting *r = &node->redirecting;
    char uri[DIA_URI_ROOM], name[256];
    dia_peer *peer;
    if (r->n_dynamic >= hub->config.limits.redirect_peers || hub->n_unknown >= hub->config.limits.unknown_peers ||
        host.n >= sizeof name || !is_allowed(hub, to))
        return false;
    dynamic *d = dia_alloc0(hub->alloc, sizeof *d + host.n);
    if (!d)
        return false;
    memcpy(uri, text.p, text.n);
    uri[text.n] = 0;
    memcpy(name, host.p, host.n);
    name[host.n] = 0;
    if (dia_node_add_peer(node, &(dia_peer_config){ .host = name, .connect = uri }, &peer)) {
        dia_release(hub->alloc, d, sizeof *d + host.n);
        return false;
    }
    memcpy(d + 1, host.p, host.n);
    d->host = (dia_bytes){ (const uint8_t *)(d + 1), host.n };
    d->since_us = hub->now.us;
    dia_list_push_back(&r->dynamic, &d->link);
    r->n_dynamic++;
    peer->configured = false; /* it goes with its connection (6.14) */
    hub->n_unknown++;
    peer->called = true;
    dia_peer_forget_if_done(peer);
    return is_on_its_way(peer);
}

/* One that is connected could not take it, or has redirected it itself. We are no peer of ours, and never become one. */
static bool call_up(dia_node *node, dia_bytes text, const dia_uri *to)
{
    dia_peer *peer = dia_names_get(&node->hub.by_host, to->fqdn);
    if (dia_redirect_reaches(node, to->fqdn))
        return false;
    if (!peer)
        return connect_to(node, text, to);
    peer->called = true;
    if (!is_on_its_way(peer) && (peer->unwanted || dia_node_connect_peer(node, peer)))
        return false;
    return is_on_its_way(peer);
}

/* The next of its hosts that may open a connection; false: there is none. */
static bool wait_for_next(dia_node *node, dia_detour *d)
{
    dia_uri uri;
    dia_bytes text;
    while (next_host(&d->hosts, &text, &uri)) {
        d->host = uri.fqdn;
        if (call_up(node, text, &uri))
            return true;
    }
    return false;
}

static void detour_free(dia_node *node, dia_detour *d)
{
    dia_list_remove(&d->link);
    node->redirecting.n_detours--;
    d->waiting.again->detour = NULL;
    dia_release(node->hub.alloc, d, d->size);
}

static bool begin_detour(dia_node *node, dia_waiting *waiting, const dia_conn *conn, dia_bytes answer)
{
    dia_redirecting *r = &node->redirecting;
    const size_t size = sizeof(dia_detour) + answer.n;
    if (r->n_detours >= node->hub.config.limits.redirect_waiting || dia_hub_is_full(&node->hub) ||
        !dia_may_go_again(node, waiting))
        return false;
    dia_again *again = dia_again_of(node, waiting, conn->number);
    dia_detour *d = again && !again->detour ? dia_alloc0(node->hub.alloc, size) : NULL;
    if (!d)
        return false;
    memcpy(d + 1, answer.p, answer.n);
    d->size = size;
    d->answer = (dia_bytes){ (const uint8_t *)(d + 1), answer.n };
    d->hosts = hosts_of(d->answer);
    d->from = conn->number;
    d->waiting = *waiting;
    dia_list_init(&d->link);
    r->n_detours++;
    again->detour = d;
    if (!wait_for_next(node, d) || node->hub.stopping) { /* a callback may have stopped it */
        detour_free(node, d);
        return false;
    }
    dia_list_push_back(&r->detours, &d->link);
    set_alarm(node);
    return true;
}

/* ---- Following ---- */

/* A request on its way to one of the hosts. */
typedef struct following {
    dia_node *node;
    dia_waiting *waiting;
    dia_conn *left; /* the connection that it left; NULL: gone */
    uint32_t from;  /* the number of that */
    dia_bytes answer;
    dia_errand errand; /* asked for once: for that the request is read through several times */
    bool is_read;
} following;

/* Who redirected it is not asked again. */
static const dia_waiting *send_to(following *f, dia_bytes host)
{
    dia_node *node = f->node;
    dia_peer *peer = f->left ? f->left->peer : NULL;
    const dia_tried tried = { .again = f->waiting->again, .peer = peer };
    const dia_repeat how = { .ends = true, .peer = peer };
    dia_decision way;
    if (!dia_redirect_reaches(node, host))
        return NULL;
    if (!f->is_read)
        f->errand = dia_errand_again(node, f->waiting);
    f->is_read = true;
    f->errand.host = host;
    f->errand.tried = &tried;
    if (dia_decision_to_host(node, &f->errand, &way))
        return NULL;
    const dia_waiting *new = dia_again_send(node, f->waiting, f->from, way.to, &how);
    if (!new)
        return NULL;
    remember(node, (dia_bytes){ new->copy, new->copied }, new->application, f->answer, host);
    node->hub.counters.redirects++;
    if (peer)
        peer->counters.redirects++;
    return new;
}

static void tell(const dia_waiting *new)
{
    dia_hub_event(new->conn->hub, DIA_EVENT_RETRY, new->conn->peer, new->conn, "another peer redirected it here",
                  DIA_RESULT_CODE_REDIRECT_INDICATION, (dia_bytes){ new->copy, new->copied });
}

bool dia_redirect_follow(dia_node *node, dia_waiting *waiting, dia_conn *conn, dia_bytes answer)
{
    const dia_waiting *new = NULL;
    following f = { .node = node, .waiting = waiting, .left = conn, .from = conn->number, .answer = answer };
    host_list hosts = hosts_of(answer);
    dia_bytes text;
    dia_uri uri;
    if (!dia_may_go_again(node, waiting))
        return false;
    while (new == NULL && next_host(&hosts, &text, &uri))
        new = send_to(&f, uri.fqdn);
    if (!new && (node->hub.config.redirects != DIA_REDIRECTS_CONNECT || !begin_detour(node, waiting, conn, answer)))
        return false;
    if (new)
        tell(new);
    return true;
}

/* ---- The end of a detour ---- */

/* It leads nowhere: the 3006 is the answer, unless the request is on its way elsewhere, too. */
static void give_back(dia_node *node, dia_detour *d, dia_outcome_kind kind)
{
    dia_waiting waiting = d->waiting;
    const dia_conn *left = dia_map_get(&node->hub.by_number, d->from);
    dia_again *again = waiting.again;
    dia_header header;
    dia_list_remove(&d->link);
    node->redirecting.n_detours--;
    again->detour = NULL;
    dia_header_read(d->answer, &header);
    if (dia_again_goes_on(node, &waiting, false))
        dia_node_forget(node, &waiting);
    else
        dia_node_give_back(node, &waiting, left ? left->peer : NULL, kind, &header,
                           kind == DIA_OUTCOME_ANSWER ? d->answer : (dia_bytes){ NULL, 0 });
    dia_release(node->hub.alloc, d, d->size);
}

/* Is there nothing more to wait for? Then it has gone on, or ended. */
static bool settle(dia_node *node, dia_detour *d)
{
    const dia_peer *peer = dia_names_get(&node->hub.by_host, d->host);
    if (dia_may_go_again(node, &d->waiting)) {
        following f = { .node = node,
                        .waiting = &d->waiting,
                        .left = dia_map_get(&node->hub.by_number, d->from),
                        .from = d->from,
                        .answer = d->answer };
        const dia_waiting *new = send_to(&f, d->host);
        if (new) {
            detour_free(node, d);
            tell(new);
            return true;
        }
        const bool is_of_use =
            peer && is_on_its_way(peer) && (!dia_peer_conn(peer) || dia_peer_supports(peer, d->waiting.application));
        if (is_of_use || wait_for_next(node, d))
            return false;
    }
    give_back(node, d, DIA_OUTCOME_ANSWER);
    return true;
}

/* Callbacks run meanwhile, which may stop or free the node, or add to the list. */
static void settle_all(dia_node *node)
{
    dia_list *detours = &node->redirecting.detours, now;
    dia_list_init(&now);
    while (!dia_list_empty(detours))
        dia_list_push_back(&now, dia_list_pop(detours));
    while (!node->hub.over && !dia_list_empty(&now)) {
        dia_detour *d = DIA_OF(now.next, dia_detour, link);
        if (settle(node, d))
            continue;
        dia_list_remove(&d->link);
        dia_list_push_back(detours, &d->link);
    }
    while (!dia_list_empty(&now))
        dia_list_push_back(detours, dia_list_pop(&now));
}

void dia_redirect_drop(dia_node *node, dia_waiting *answered)
{
    dia_detour *d = answered->again->detour;
    if (!d)
        return;
    dia_waiting over = d->waiting;
    detour_free(node, d);
    dia_again_end_place(node, &over, answered);
}

bool dia_redirect_cancel(dia_node *node, dia_again *again)
{
    (void)node;
    if (!again->detour || !again->detour->waiting.call)
        return false;
    again->detour->waiting.call = NULL;
    return true;
}

/* ---- Peers that redirects made ---- */

static void dynamic_free(dia_node *node, dynamic *d)
{
    dia_list_remove(&d->link);
    node->redirecting.n_dynamic--;
    dia_release(node->hub.alloc, d, sizeof *d + d->host.n);
}

/* Who is gone, or was configured meanwhile, is none of them any more; who has nothing to do is left. */
static void tidy(dia_node *node)
{
    dia_hub *hub = &node->hub;
    DIA_LIST_EACH (p, &node->redirecting.dynamic) {
        dynamic *d = DIA_OF(p, dynamic, link);
        const dia_peer *peer = dia_names_get(&hub->by_host, d->host);
        if (!peer || peer->configured || peer->removed || peer->state == DIA_PEER_CLOSED) {
            dynamic_free(node, d);
            continue;
        }
        const uint64_t requests = peer->counters.requests_in + peer->counters.requests_out;
        const dia_conn *conn = dia_peer_conn(peer);
        if (!conn || conn->pending.used || dia_conn_owes(conn) || requests != d->requests) {
            d->requests = requests;
            d->since_us = hub->now.us;
        } else if (dia_after(d->since_us, hub->config.limits.redirect_idle_ms) <= hub->now.us) {
            dynamic_free(node, d);
            dia_node_remove_peer(node, peer);
            return; /* callbacks may have run: the rest has its turn with the next alarm */
        }
    }
}

static void ring(dia_alarm *alarm)
{
    dia_node *node = DIA_OF(DIA_OF(alarm, dia_redirecting, alarm), dia_node, redirecting);
    settle_all(node);
    if (node->hub.over)
        return;
    tidy(node);
    set_alarm(node);
}

/* ---- Life ---- */

void dia_redirecting_init(dia_node *node)
{
    dia_redirecting *r = &node->redirecting;
    const dia_limits *limits = &node->hub.config.limits;
    dia_shortcuts_init(&r->shortcuts, limits->redirects, limits->redirect_octets, node->hub.by_host.seed,
                       node->hub.alloc);
    dia_list_init(&r->detours);
    dia_list_init(&r->dynamic);
    r->alarm.ring = ring;
}

/* Only what happens to peers that were called concerns those that wait: others come and go as they like. */
void dia_redirecting_look(dia_node *node, const dia_peer *peer, bool closed)
{
    dia_redirecting *r = &node->redirecting;
    if (!peer)
        return;
    if (closed && r->shortcuts.n && !dia_redirect_reaches(node, peer->leader->host))
        dia_shortcuts_forget(&r->shortcuts, peer->leader->host);
    if (peer->leader->called)
        dia_hub_alarm(&node->hub, &r->alarm, node->hub.now.us);
}

void dia_redirecting_stop(dia_node *node)
{
    settle_all(node);
}

void dia_redirecting_done(dia_node *node)
{
    dia_redirecting *r = &node->redirecting;
    while (!dia_list_empty(&r->detours))
        give_back(node, DIA_OF(r->detours.next, dia_detour, link), DIA_OUTCOME_STOPPED);
    while (!dia_list_empty(&r->dynamic))
        dynamic_free(node, DIA_OF(r->dynamic.next, dynamic, link));
    dia_hub_alarm(&node->hub, &r->alarm, DIA_NEVER_US);
    dia_shortcuts_done(&r->shortcuts);
}

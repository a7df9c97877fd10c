/* Realms that an agent looks for in the DNS since a request wants to go there (RFC 6733, 2.7 and 5.2; config.discover): the request
 * waits, bounded as those that wait for the host of a redirect, until a peer of the realm is connected, or it is known that there
 * is none. Who has nothing to do any more is left. */
#include "node/transit.h"

/* A realm, and the peer by realm that was made for it. */
typedef struct sought {
    dia_list link;   /* in node->seeking.sought */
    dia_peer *peer;  /* NULL: it is gone */
    dia_peer *asker; /* whose request it was; NULL: gone */
    uint32_t application;
    int64_t begun_us;
    uint64_t requests; /* of both sides */
    int64_t since_us;  /* that they are so many */
    uint32_t n_parked;
    bool displaced;  /* it is in no list any more, and goes with the last request that waits for it */
    dia_bytes realm; /* behind */
} sought;

/* When a realm makes way for another one: it led nowhere, or has led nowhere yet. */
enum { HOPELESS_US = 1000000, SILENT_US = 5000000 };

typedef struct parked {
    dia_list link; /* in node->seeking.parked */
    sought *for_;
    uint32_t ingress; /* number of the connection that it came on */
    dia_request *request;
    dia_transit *transit; /* what the hooks of a proxy have made of it; NULL: it is relayed */
    int64_t due_us;
} parked;

static void set_alarm(dia_node *node)
{
    dia_seeking *all = &node->seeking;
    int64_t at = DIA_NEVER_US;
    for (dia_list *p = all->parked.next; p != &all->parked; p = p->next) {
        const int64_t due = DIA_OF(p, parked, link)->due_us;
        at = due < at ? due : at;
    }
    for (dia_list *p = all->sought.next; p != &all->sought; p = p->next) {
        const int64_t end = dia_after(DIA_OF(p, sought, link)->since_us, node->hub.config.limits.redirect_idle_ms);
        at = end < at ? end : at;
    }
    dia_hub_alarm(&node->hub, &all->alarm, at);
}

/* ---- Realms ---- */

static sought *find(const dia_node *node, dia_bytes realm, uint32_t application)
{
    for (dia_list *p = node->seeking.sought.next; p != &node->seeking.sought; p = p->next) {
        sought *s = DIA_OF(p, sought, link);
        if (s->application == application && dia_bytes_equal_nocase(s->realm, realm))
            return s;
    }
    return NULL;
}

static bool is_allowed(const dia_hub *hub, dia_bytes realm)
{
    const char *const *pattern = hub->config.discover;
    if (!dia_identity_valid(realm))
        return false;
    while (*pattern && !dia_name_pattern_matches(dia_cstr(*pattern), realm))
        pattern++;
    return *pattern;
}

static void release(dia_node *node, sought *s)
{
    dia_release(node->hub.alloc, s, sizeof *s + s->realm.n);
}

static void sought_free(dia_node *node, sought *s)
{
    dia_list_remove(&s->link);
    node->seeking.n_sought--;
    if (s->peer)
        s->peer->sought = false;
    s->peer = s->asker = NULL;
    s->displaced = true;
    if (!s->n_parked)
        release(node, s);
}

/* Nothing was found, or none of what was found can be connected to. */
static bool is_hopeless(const sought *s)
{
    const dia_peer *peer = s->peer;
    if (!peer || peer->removed || peer->disabled || peer->unwanted)
        return true;
    if (dia_peer_conn(peer))
        return !dia_peer_supports(peer, s->application);
    return peer->target ? peer->failures : !dia_search_is_under_way(peer);
}

/* ---- Who makes way ---- */

static bool is_connected(const sought *s)
{
    return s->peer && dia_peer_conn(s->peer);
}

/* How many realms that are not connected each peer has asked for. */
static void count_shares(dia_node *node)
{
    dia_list *all = &node->seeking.sought;
    for (dia_list *p = all->next; p != all; p = p->next) {
        const sought *s = DIA_OF(p, sought, link);
        if (s->asker)
            s->asker->seeks = 0;
    }
    for (dia_list *p = all->next; p != all; p = p->next) {
        const sought *s = DIA_OF(p, sought, link);
        if (s->asker && !is_connected(s))
            s->asker->seeks++;
    }
}

/* Of those that are not connected the oldest one that led nowhere; else the oldest that has led nowhere for too long; else the
 * oldest of the peer that has asked for most, and for more than this one would have then. NULL: none. */
static sought *least_promising(dia_node *node, dia_peer *asker)
{
    const int64_t now = node->hub.now.us;
    dia_list *all = &node->seeking.sought;
    sought *silent = NULL, *unfair = NULL;
    asker->seeks = 0;
    count_shares(node);
    uint32_t most = asker->seeks + 1;
    for (dia_list *p = all->next; p != all; p = p->next) {
        sought *s = DIA_OF(p, sought, link);
        const uint32_t share = s->asker ? s->asker->seeks : UINT32_MAX;
        if (is_connected(s))
            continue;
        if (!s->n_parked && is_hopeless(s) && s->begun_us + HOPELESS_US <= now)
            return s;
        if (!silent && s->begun_us + SILENT_US <= now)
            silent = s;
        if (share > most) {
            most = share;
            unfair = s;
        }
    }
    return silent ? silent : unfair;
}

/* Realms that lead nowhere must not keep others out, nor one peer the others. But whoever asks for one after the other makes us ask
 * the DNS no faster than limits.redirect_peers of them a second. Callbacks may run. */
static void make_way(dia_node *node, dia_peer *asker)
{
    sought *s = least_promising(node, asker);
    if (!s)
        return;
    dia_peer *peer = s->peer;
    for (dia_list *at = node->seeking.parked.next; s->n_parked && at != &node->seeking.parked; at = at->next)
        if (DIA_OF(at, parked, link)->for_ == s)
            DIA_OF(at, parked, link)->due_us = node->hub.now.us;
    sought_free(node, s);
    set_alarm(node);
    if (peer)
        dia_node_remove_peer(node, peer);
}

/* NULL: too many, or no memory. */
static sought *begin(dia_node *node, dia_peer *asker, dia_bytes realm, uint32_t application)
{
    dia_hub *hub = &node->hub;
    char name[256];
    if (node->seeking.n_sought >= hub->config.limits.redirect_peers)
        make_way(node, asker);
    if (hub->over || node->seeking.n_sought >= hub->config.limits.redirect_peers || realm.n >= sizeof name)
        return NULL;
    sought *s = dia_alloc0(hub->alloc, sizeof *s + realm.n);
    if (!s)
        return NULL;
    memcpy(s + 1, realm.p, realm.n);
    s->realm = (dia_bytes){ (const uint8_t *)(s + 1), realm.n };
    s->application = application;
    s->asker = asker;
    s->begun_us = s->since_us = hub->now.us;
    memcpy(name, realm.p, realm.n);
    name[realm.n] = 0;
    dia_list_push_back(&node->seeking.sought, &s->link);
    node->seeking.n_sought++;
    if (dia_node_add_peer(node, &(dia_peer_config){ .realm = name, .realm_application = application }, &s->peer)) {
        sought_free(node, s);
        return NULL;
    }
    s->peer->sought = true;
    return s;
}

/* ---- Requests that wait ---- */

static void parked_free(dia_node *node, parked *p)
{
    dia_conn *conn = dia_map_get(&node->hub.by_number, p->ingress);
    if (conn)
        conn->parked--;
    dia_list_remove(&p->link);
    node->seeking.n_parked--;
    if (!--p->for_->n_parked && p->for_->displaced)
        release(node, p->for_);
    dia_release(node->hub.alloc, p, sizeof *p);
}

static const char too_many_realms[] = "too many realms are being looked for in the DNS";
static const char too_many_waiting[] = "too many requests wait for realms that are being looked for in the DNS";

/* No more of one connection wait than it leaves free for others. */
static bool has_room(const dia_node *node, const dia_conn *conn)
{
    const uint32_t most = node->hub.config.limits.redirect_waiting;
    return node->seeking.n_parked < most && conn->parked < most - node->seeking.n_parked;
}

bool dia_sought_would(const dia_node *node, dia_bytes realm, const dia_decision *way)
{
    const dia_hub *hub = &node->hub;
    return hub->config.discover && way->err == DIA_ENOROUTE && way->result_code == DIA_RESULT_CODE_REALM_NOT_SERVED &&
           is_allowed(hub, realm);
}

/* What a request would wait for that has no way, for this reason; NULL: for nothing, which may be another reason. Callbacks may
 * run. */
static sought *worth_waiting_for(dia_node *node, const dia_conn *conn, dia_bytes realm, uint32_t application,
                                 dia_decision *way)
{
    const dia_hub *hub = &node->hub;
    if (way->err != DIA_ENOROUTE || !hub->config.discover || hub->stopping || dia_hub_is_full(hub))
        return NULL;
    sought *s = find(node, realm, application);
    if (s ? is_hopeless(s) : !dia_sought_would(node, realm, way))
        return NULL;
    const char *why = NULL;
    if (!has_room(node, conn))
        why = too_many_waiting;
    else if (!s && !(s = begin(node, conn->peer->leader, realm, application)))
        why = too_many_realms;
    if (!why)
        return is_hopeless(s) || hub->over ? NULL : s;
    way->result_code = DIA_RESULT_CODE_TOO_BUSY;
    way->why = why;
    return NULL;
}

static void park(dia_node *node, parked *p)
{
    sought *s = p->for_;
    p->due_us = dia_after(node->hub.now.us, node->hub.config.limits.relay_ms);
    dia_list_push_back(&node->seeking.parked, &p->link);
    node->seeking.n_parked++;
    s->n_parked++;
    dia_conn *conn = p->request->conn;
    p->ingress = conn->number;
    conn->parked++;
    if (!s->asker)
        s->asker = conn->peer->leader;
    if (!dia_peer_conn(s->peer) && s->peer->target)
        dia_node_connect_peer(node, s->peer);
    set_alarm(node);
}

bool dia_sought_park(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, dia_bytes realm,
                     dia_decision *way)
{
    const dia_allocator *alloc = node->hub.alloc;
    sought *s = worth_waiting_for(node, conn, realm, header->application, way);
    parked *p = s ? dia_alloc0(alloc, sizeof *p) : NULL;
    dia_request *request = p ? dia_request_new(node, conn, header, message) : NULL;
    if (!request || dia_request_keep_octets(request)) {
        if (request)
            dia_request_release(request);
        dia_release(alloc, p, sizeof *p);
        return false;
    }
    request->given_up = true; /* who sends it again waits again */
    *p = (parked){ .for_ = s, .request = request };
    park(node, p);
    return true;
}

bool dia_sought_park_transit(dia_transit *t, dia_decision *way)
{
    dia_node *node = t->node;
    const dia_allocator *alloc = node->hub.alloc;
    const dia_bytes realm = dia_value_of(t->message, DIA_AVP_DESTINATION_REALM);
    sought *s = worth_waiting_for(node, t->request->conn, realm, t->asked.application, way);
    parked *p = s ? dia_alloc0(alloc, sizeof *p) : NULL;
    if (!p || dia_transit_hold(t)) {
        dia_release(alloc, p, sizeof *p);
        return false;
    }
    *p = (parked){ .for_ = s, .request = t->request, .transit = t };
    park(node, p);
    return true;
}

/* True: it has gone. */
static bool go(dia_node *node, const parked *p, dia_decision *way)
{
    dia_request *request = p->request;
    bool stands_in = false;
    if (p->transit)
        return dia_transit_retry(p->transit, way);
    dia_relay_way(node, request->conn, &request->header, request->octets, NULL, way, &stands_in);
    if (way->kind != DIA_DECIDED_HOP)
        return false;
    const dia_passing passing = { .header = &request->header,
                                  .message = request->octets,
                                  .record = request->conn->peer->host,
                                  .stands_in = stands_in };
    way->result_code = dia_relay_pass(request->conn, way->to, &passing, &way->why);
    if (!way->result_code)
        dia_request_release(request);
    return !way->result_code;
}

static void refuse(const parked *p, uint32_t result_code, const char *why)
{
    if (p->transit) {
        dia_transit_give_up(p->transit, result_code, why);
        return;
    }
    const int err = dia_request_fail(p->request, result_code, why);
    if (err && err != DIA_ENOENT) /* which has ended it, as its connection is gone */
        dia_request_release(p->request);
}

/* Why who waits for this realm waits no more. */
static void explain(const sought *s, bool ends, dia_decision *way)
{
    const bool found = s->peer && s->peer->target;
    way->result_code = DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    if (ends) {
        way->why = "the node stops";
    } else if (s->displaced) {
        way->result_code = DIA_RESULT_CODE_TOO_BUSY;
        way->why = too_many_realms;
    } else if (found) {
        way->why = "what the DNS has for the realm cannot be connected to";
    } else {
        way->result_code = DIA_RESULT_CODE_REALM_NOT_SERVED;
        way->why = "the DNS has no peer for the realm";
    }
}

/* As long as that is so the news of other realms are no reason to read again what waits for this one. */
static bool is_under_way(const sought *s)
{
    bool connected = false;
    for (const dia_peer *peer = s->peer; peer && !connected; peer = peer->more)
        connected = dia_peer_conn(peer);
    return !connected && !s->displaced && !is_hopeless(s);
}

/* Has it gone on, or ended? */
static bool settle(dia_node *node, parked *p, bool ends)
{
    const sought *s = p->for_;
    const bool gone = !p->request->conn;
    dia_decision way = { .kind = DIA_DECIDED_NONE };
    if (!ends && !gone && is_under_way(s) && p->due_us > node->hub.now.us)
        return false;
    if (!ends && !gone && go(node, p, &way))
        return true;
    if (way.kind != DIA_DECIDED_HOP) {
        if (!ends && !gone && !is_hopeless(s) && p->due_us > node->hub.now.us)
            return false;
        explain(s, ends, &way);
    }
    refuse(p, way.result_code, way.why);
    return true;
}

/* Callbacks may run meanwhile, which add to the list, or stop the node. */
static void settle_all(dia_node *node, bool ends)
{
    dia_list now;
    dia_list_init(&now);
    for (dia_list *at; (at = dia_list_pop(&node->seeking.parked));)
        dia_list_push_back(&now, at);
    for (dia_list *at; (at = dia_list_pop(&now));) {
        parked *p = DIA_OF(at, parked, link);
        if (settle(node, p, ends || node->hub.stopping))
            parked_free(node, p);
        else
            dia_list_push_back(&node->seeking.parked, at);
    }
}

/* ---- Idle ones ---- */

static bool is_busy(const sought *s)
{
    const dia_conn *conn = s->peer ? dia_peer_conn(s->peer) : NULL;
    return s->n_parked || (conn && (conn->pending.used || dia_conn_owes(conn)));
}

/* One at a time: callbacks may run. What nothing was found for is remembered as long. */
static bool tidy(dia_node *node)
{
    const dia_hub *hub = &node->hub;
    DIA_LIST_EACH (at, &node->seeking.sought) {
        sought *s = DIA_OF(at, sought, link);
        const dia_peer *peer = s->peer;
        const uint64_t requests = peer ? peer->counters.requests_in + peer->counters.requests_out : s->requests;
        if (is_busy(s) || requests != s->requests) {
            s->requests = requests;
            s->since_us = hub->now.us;
        } else if (!peer || dia_after(s->since_us, hub->config.limits.redirect_idle_ms) <= hub->now.us) {
            sought_free(node, s);
            if (peer)
                dia_node_remove_peer(node, peer);
            return true;
        }
    }
    return false;
}

static void ring(dia_alarm *alarm)
{
    dia_node *node = DIA_OF(DIA_OF(alarm, dia_seeking, alarm), dia_node, seeking);
    settle_all(node, false);
    while (!node->hub.over && tidy(node))
        ;
    if (!node->hub.over)
        set_alarm(node);
}

/* ---- Life ---- */

void dia_sought_look(dia_node *node, const dia_peer *peer)
{
    if (peer && peer->sought && node->seeking.n_parked)
        dia_hub_alarm(&node->hub, &node->seeking.alarm, node->hub.now.us);
}

void dia_sought_gone(dia_node *node, const dia_peer *peer)
{
    for (dia_list *p = node->seeking.sought.next; p != &node->seeking.sought; p = p->next) {
        sought *s = DIA_OF(p, sought, link);
        if (s->peer == peer)
            s->peer = NULL;
        if (s->asker == peer)
            s->asker = NULL;
    }
}

void dia_seeking_init(dia_node *node)
{
    dia_list_init(&node->seeking.sought);
    dia_list_init(&node->seeking.parked);
    node->seeking.alarm.ring = ring;
}

void dia_seeking_stop(dia_node *node)
{
    settle_all(node, true);
}

void dia_seeking_done(dia_node *node)
{
    for (dia_list *at; (at = dia_list_pop(&node->seeking.parked));) {
        parked *p = DIA_OF(at, parked, link);
        if (p->transit)
            dia_transit_give_up(p->transit, 0, NULL);
        else
            dia_request_release(p->request);
        parked_free(node, p);
    }
    while (!dia_list_empty(&node->seeking.sought))
        sought_free(node, DIA_OF(node->seeking.sought.next, sought, link));
    dia_hub_alarm(&node->hub, &node->seeking.alarm, DIA_NEVER_US);
}

/* What would become of a request: the decisions of path.c, relay.c and dispatch.c, asked without one that came. */
#include "node/node.h"

/* ---- Peers as if they were open ---- */

/* A peer that is made something else of, as long as it is asked. */
typedef struct supposed {
    dia_peer *peer;
    dia_peer_state state; /* what it is: */
    uint8_t watch;
    bool securing, draining, relay;
    bool joined; /* crowds that it was not in */
    dia_conn *r;
    dia_conn conn; /* as if */
} supposed;

typedef struct scene {
    dia_node *node;
    const dia_question *question;
    supposed *v;
    size_t n, cap;
    supposed somebody; /* of a realm, or a relay: such as are not known before they are open */
    dia_peer of_somebody;
    dia_peer stranger; /* whom the request comes from, if nobody knows him */
    dia_conn from;
} scene;

/* What connects to us comes in where the question says. */
static dia_conn conn_of(const scene *s, dia_peer *peer)
{
    const bool ours = peer->leader->target || peer->leader->search;
    dia_listener *listener = ours ? NULL : (dia_listener *)(uintptr_t)s->question->listener;
    dia_self *self = peer->leader->self;
    return (dia_conn){ .hub = &s->node->hub,
                       .peer = peer,
                       .self = self       ? self
                               : listener ? listener->self
                                          : s->node->hub.self,
                       .listener = listener,
                       .number = UINT32_MAX,
                       .phase = DIA_PHASE_OPEN };
}

static supposed *remember(supposed *was, dia_peer *peer)
{
    *was = (supposed){ .peer = peer,
                       .state = peer->state,
                       .watch = peer->watch,
                       .securing = peer->securing,
                       .draining = peer->draining,
                       .relay = peer->relay,
                       .r = peer->r };
    return was;
}

/* DIA_ENOMEM. It offers everything, and leads only where its name or its realm does. */
static int open_up(const scene *s, supposed *was)
{
    dia_peer *peer = was->peer;
    was->conn = conn_of(s, peer);
    peer->r = &was->conn;
    peer->state = DIA_PEER_R_OPEN;
    peer->watch = DIA_WATCH_OKAY;
    peer->securing = peer->draining = false;
    const bool joins = !peer->crowds[DIA_CROWD_ALL].crowd;
    const int err = joins ? dia_crowds_join(s->node, peer) : 0;
    was->joined = joins && !err;
    peer->relay = true;
    return err;
}

static void put_back(const scene *s, const supposed *was)
{
    dia_peer *peer = was->peer;
    if (was->joined)
        dia_crowds_leave(s->node, peer);
    peer->r = was->r;
    peer->state = was->state;
    peer->watch = was->watch;
    peer->securing = was->securing;
    peer->draining = was->draining;
    peer->relay = was->relay;
}

static bool is_down(const dia_question *question, const dia_peer *peer)
{
    for (const char *const *host = question->down; host && *host; host++)
        if (dia_bytes_equal_nocase(dia_cstr(*host), peer->host))
            return true;
    return false;
}

static bool could_be_open(const dia_peer *peer)
{
    return peer->configured && !peer->leader->disabled && !peer->leader->removed && peer->host.n;
}

/* DIA_ENOMEM: what was done is put back by end() all the same. */
static int suppose(scene *s)
{
    dia_node *node = s->node;
    const dia_question *question = s->question;
    int err = 0;
    if (!question->open && !question->down)
        return 0;
    s->cap = node->hub.n_peers;
    if (s->cap && !(s->v = dia_alloc0(node->hub.alloc, s->cap * sizeof *s->v)))
        return DIA_ENOMEM;
    for (dia_peer *peer = NULL; !err && (peer = dia_node_next_peer(node, peer));) {
        if (is_down(question, peer))
            remember(&s->v[s->n++], peer)->peer->draining = true;
        else if (question->open && !dia_peer_candidate(peer) && could_be_open(peer))
            err = open_up(s, remember(&s->v[s->n++], peer));
    }
    if (!err && question->open) {
        s->of_somebody = (dia_peer){ .hub = &node->hub, .leader = &s->of_somebody, .relay = true };
        err = open_up(s, remember(&s->somebody, &s->of_somebody));
    }
    return err;
}

static void end(scene *s)
{
    if (s->somebody.peer)
        put_back(s, &s->somebody);
    while (s->n)
        put_back(s, &s->v[--s->n]);
    dia_release(s->node->hub.alloc, s->v, s->cap * sizeof *s->v);
}

/* The connection that the request comes on. */
static const dia_conn *ingress_of(scene *s)
{
    const dia_bytes host = s->question->from;
    dia_peer *peer = host.n ? dia_names_get(&s->node->hub.by_host, host) : NULL;
    if (peer && dia_peer_conn(peer))
        return dia_peer_conn(peer);
    s->stranger = (dia_peer){ .hub = &s->node->hub, .leader = &s->stranger, .host = host };
    s->from = conn_of(s, peer ? peer : &s->stranger);
    return &s->from;
}

/* ---- What is decided ---- */

static void refuse(dia_explanation *out, uint32_t result_code, const char *why)
{
    out->fate = DIA_FATE_REFUSED;
    out->result_code = result_code;
    out->why = why;
}

/* May another hop of its route take the same request, at another turn? */
static bool has_others(const dia_node *node, const dia_route *route, const dia_errand *errand, const dia_peer *chosen)
{
    const bool sticks =
        route->choice == DIA_CHOICE_STICKY && dia_value_of(errand->visited, DIA_AVP_SESSION_ID).p != NULL;
    const bool any = route->choice == DIA_CHOICE_CALLBACK;
    uint32_t priority = 0;
    if (sticks || route->choice == DIA_CHOICE_ORDER)
        return false;
    for (size_t i = 0; i < route->n_hops; i++)
        if (dia_bytes_equal_nocase(dia_cstr(route->hops[i].host), chosen->host))
            priority = route->hops[i].priority;
    for (size_t i = 0; i < route->n_hops; i++) {
        const dia_hop *hop = &route->hops[i];
        dia_errand other = *errand;
        dia_conn *conn;
        other.host = dia_cstr(hop->host);
        if ((any || hop->priority == priority) && !dia_bytes_equal_nocase(other.host, chosen->host) &&
            !dia_hop_named(node, &other, &conn))
            return true;
    }
    return false;
}

static void explain_hop(const scene *s, const dia_relay_course *course, dia_explanation *out)
{
    const dia_decision *way = &course->way;
    const dia_peer *to = way->to->peer;
    const dia_route *route = way->route ? dia_routes_get(s->node->routes, way->route) : NULL;
    const dia_bytes host = course->errand.host;
    const bool named = !route && host.p && dia_bytes_equal_nocase(to->host, host);
    out->fate = course->changes ? DIA_FATE_PROXIED : DIA_FATE_RELAYED;
    out->leader = route ? DIA_LED_BY_ROUTE : named ? DIA_LED_BY_HOST : DIA_LED_BY_REALM;
    if (named) {
        out->why = "Destination-Host is that peer, which counts before all routes";
    } else if (route && route->n_hops) {
        out->why = "a route leads to that peer";
        out->others = has_others(s->node, route, &course->errand, to);
    } else {
        out->why = route ? "a route leads to the peers of its realm that offer the application, else to relays"
                         : "there are no routes: peers of its realm that offer the application, else relays";
    }
    if (to != &s->of_somebody && (named || (route && route->n_hops) || !s->question->open))
        out->peer = to;
}

/* It passes, or a route says what else becomes of it. */
static void explain_course(const scene *s, const dia_relay_course *course, dia_explanation *out)
{
    const dia_decision *way = &course->way;
    if (way->kind == DIA_DECIDED_HOP) {
        explain_hop(s, course, out);
    } else if (way->kind == DIA_DECIDED_REDIRECT) {
        out->fate = DIA_FATE_REDIRECTED;
        out->result_code = DIA_RESULT_CODE_REDIRECT_INDICATION;
        out->leader = DIA_LED_BY_ROUTE;
        out->why = "a route redirects it";
    } else {
        refuse(out, way->result_code, way->why);
        out->sought = dia_sought_would(s->node, course->errand.realm, way);
    }
}

static void explain_passing(const scene *s, const dia_conn *conn, const dia_header *header, dia_explanation *out)
{
    dia_node *node = s->node;
    const dia_bytes message = s->question->message;
    dia_relay_course course = { .business = DIA_BUSINESS_OURS };
    dia_relay_explain(node, conn, header, message, &course);
    const bool by_route = course.business == DIA_BUSINESS_OURS_BY_ROUTE;
    out->for_us = course.for_us || by_route;
    out->hooked = course.hooked;
    out->changes = course.changes;
    out->route = course.way.route;
    if (course.business == DIA_BUSINESS_DONE) {
        explain_course(s, &course, out);
        return;
    }
    const dia_refusal refusal = dia_dispatch_explain(node, conn, header, message, by_route);
    out->leader = by_route ? DIA_LED_BY_ROUTE : DIA_LED_BY_NOTHING;
    if (refusal.result_code)
        refuse(out, refusal.result_code, refusal.text);
    else
        out->why = by_route ? "a route has it for the handlers of this node" : "a handler of this node serves it";
}

/* In the order in which a request that comes is judged. */
static void explain(scene *s, const dia_header *header, dia_explanation *out)
{
    const dia_conn *conn = ingress_of(s);
    dia_way way = { .peer = conn->peer, .conn = conn, .header = *header, .message = s->question->message };
    const char *why;
    uint32_t result_code = dia_request_header_judge(header, &why);
    if (!result_code && dia_is_of_the_connection(header)) {
        out->why = "the connection itself serves it";
        return;
    }
    if (!result_code && s->node->authorizes)
        result_code = dia_path_judge(s->node, &way, &why);
    if (result_code)
        refuse(out, result_code, why);
    else
        explain_passing(s, conn, header, out);
}

int dia_node_explain(dia_node *node, const dia_question *question, dia_explanation *out)
{
    const dia_bytes message = question->message;
    dia_header header;
    if (dia_header_read(message, &header) || header.length != message.n || message.n % 4 ||
        !(header.flags & DIA_FLAG_REQUEST))
        return DIA_EFORMAT;
    /* What choices among crowds leave behind. */
    const size_t turn = node->turn;
    const dia_random random = node->hub.random;
    scene s = { .node = node, .question = question };
    dia_explanation found = { .fate = DIA_FATE_SERVED };
    const int err = suppose(&s);
    if (!err)
        explain(&s, &header, &found);
    end(&s);
    node->turn = turn;
    node->hub.random = random;
    if (!err)
        *out = found;
    return err;
}

const char *dia_fate_name(dia_fate fate)
{
    static const char *const names[DIA_FATES] = { "served", "relayed", "proxied", "redirected", "refused" };
    return (unsigned)fate < DIA_FATES ? names[fate] : "unknown";
}

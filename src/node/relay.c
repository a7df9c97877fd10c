/* The relay agent (RFC 6733, 2.8.1 and 6.1): what is not for us goes to the next hop as it came, but for its Hop-by-Hop id and
 * one Route-Record more; its answer goes back the way that the pending entry remembers. */
#include "node/node.h"

enum { ROUTE_RECORD_HEAD = 8 };

/* ---- Whose is it? ---- */

/* What a relay wants to know of a request: of its routing AVPs alone. */
typedef struct reading {
    dia_bytes host, realm;
    const uint8_t *records; /* the first Route-Record; NULL: there is none */
    uint32_t drmp;          /* UINT32_MAX: none */
    bool features;          /* OC-Supported-Features is there */
    bool looped;            /* a Route-Record names us */
    int err;
} reading;

/* What has been found out about a request; it holds as long as nothing of it changes. */
struct dia_seen {
    const reading *reading;
    dia_look *look; /* NULL: the table was not asked */
};

/* All Route-Records count, wherever they stand. */
static reading read_routing(const dia_conn *conn, dia_bytes message)
{
    reading r = { .drmp = UINT32_MAX };
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it)) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_DESTINATION_HOST: r.host = r.host.p ? r.host : it.avp.data; break;
        case DIA_AVP_DESTINATION_REALM: r.realm = r.realm.p ? r.realm : it.avp.data; break;
        case DIA_AVP_DRMP: r.drmp = it.avp.data.n == 4 ? dia_load32(it.avp.data.p) : UINT32_MAX; break;
        case DIA_AVP_OC_SUPPORTED_FEATURES: r.features = true; break;
        case DIA_AVP_ROUTE_RECORD:
            r.records = r.records ? r.records : it.avp.octets.p;
            r.looped = r.looped || dia_is_our_host(conn, it.avp.data);
            break;
        default: break;
        }
    }
    r.err = it.err;
    return r;
}

/* RFC 6733, 6.1.4. */
static inline bool is_for_us(const dia_node *node, const dia_conn *conn, const reading *r, uint32_t application)
{
    if (r->host.p)
        return dia_is_our_host(conn, r->host);
    if (!r->realm.p)
        return true;
    return dia_is_our_realm(conn, r->realm) && dia_self_offers(&node->hub, conn->self, application);
}

/* ---- The way there ---- */

/* Behind the octets of the request: the identity of the peer that it came from (6.1.9), and OC-Supported-Features, where
 * we react for it and it fits. */
static dia_bytes write_out(dia_conn *to, dia_bytes message, dia_bytes from, uint32_t hop_by_hop, bool *stands_in)
{
    const size_t longest = dia_conn_longest(to);
    const size_t n = ROUTE_RECORD_HEAD + from.n, recorded = message.n + ((n + 3) & ~(size_t)3);
    *stands_in = *stands_in && recorded + DIA_FEATURES_SIZE <= longest;
    const size_t size = recorded + (*stands_in ? DIA_FEATURES_SIZE : 0);
    uint8_t *p = size <= longest ? dia_conn_room(to, size) : NULL;
    if (!p)
        return (dia_bytes){ NULL, size };
    memcpy(p, message.p, message.n);
    dia_store24(p + DIA_AT_LENGTH, (uint32_t)size);
    dia_store32(p + DIA_AT_HOP_BY_HOP, hop_by_hop);
    uint8_t *record = p + message.n;
    memset(record, 0, size - message.n);
    dia_store32(record, DIA_AVP_ROUTE_RECORD);
    dia_store32(record + 4, (uint32_t)DIA_AVP_M << 24 | (uint32_t)n);
    memcpy(record + ROUTE_RECORD_HEAD, from.p, from.n);
    if (*stands_in)
        dia_relief_features(p + recorded);
    return (dia_bytes){ p, size };
}

/* Never called: dia_node_relay_outcome() ends what has an ingress. It marks the entry as wanted. */
static void is_relayed(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    (void)fn;
    (void)outcome;
    (void)msg;
    (void)arg;
}

uint32_t dia_relay_pass(dia_conn *conn, dia_conn *to, const dia_passing *passing, const char **why)
{
    const dia_limits *limits = &conn->hub->config.limits;
    const dia_header *header = passing->header;
    bool stands_in = passing->stands_in;
    dia_waiting *waiting = conn->relayed < limits->unanswered ? dia_waiting_new(to) : NULL;
    const dia_bytes octets = waiting ? write_out(to, passing->message, passing->record, waiting->hop_by_hop, &stands_in)
                                     : (dia_bytes){ NULL, 0 };
    *why = "with its Route-Record the request would be longer than the connection to the next hop carries";
    if (!octets.p && octets.n > dia_conn_longest(to))
        return DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    *why = "too many requests wait for answers";
    if (!octets.p)
        return DIA_RESULT_CODE_TOO_BUSY;
    waiting->application = header->application;
    waiting->code = header->command;
    waiting->end_to_end = header->end_to_end;
    waiting->answer = NULL;
    waiting->call = is_relayed;
    waiting->fn = NULL;
    waiting->arg = passing->mark;
    dia_waiting_start(to, waiting, limits->relay_ms);
    dia_waiting_copy(waiting, octets); /* for another peer, or for an error answer */
    if (!waiting->copy) {
        dia_waiting_take(waiting);
        *why = "no memory for another request";
        return DIA_RESULT_CODE_TOO_BUSY;
    }
    waiting->ingress = conn->number;
    waiting->ingress_hop = header->hop_by_hop;
    waiting->stands_in = stands_in;
    dia_conn_wrote(to, octets.n);
    conn->relayed++;
    DIA_COUNT(conn, relayed);
    DIA_COUNT(to, requests_out);
    dia_node_count(conn->hub->node, to, header->application, header->command, DIA_REQUEST_SENT, (dia_result){ 0, 0 });
    return 0;
}

/* Why it is not even looked for a way; 0: it is. */
static inline uint32_t judge_passing(const dia_header *header, const reading *r, const char **why)
{
    *why = "the AVPs do not fit into the message";
    if (r->err)
        return DIA_RESULT_CODE_INVALID_AVP_LENGTH;
    *why = "not for this node, and not to be passed on (P is not set)";
    if (!(header->flags & DIA_FLAG_PROXIABLE))
        return DIA_RESULT_CODE_COMMAND_UNSUPPORTED;
    *why = "the request has been here before";
    return r->looped ? DIA_RESULT_CODE_LOOP_DETECTED : 0;
}

/* Most requests have been nowhere. */
static uint64_t visits_of(const dia_conn *conn, const reading *r, dia_bytes message)
{
    if (!r->records)
        return 0;
    return dia_note_visits(conn->hub->node,
                           dia_avps_in((dia_bytes){ r->records, (size_t)(message.p + message.n - r->records) }));
}

static dia_errand errand_of(const dia_conn *conn, const dia_header *header, dia_bytes message, const reading *r)
{
    return (dia_errand){ .application = header->application,
                         .command = header->command,
                         .host = r->host,
                         .realm = r->realm,
                         .size = message.n + ((ROUTE_RECORD_HEAD + conn->peer->host.n + 3) & ~(size_t)3),
                         .from = conn,
                         .visited = message,
                         .visits = visits_of(conn, r, message),
                         .ingress = conn->number };
}

/* True: no way is looked for, also none by default (6.1.6). */
static bool is_lost(dia_bytes realm, dia_decision *way)
{
    if (realm.p && realm.n <= DIA_IDENTITY_MAX)
        return false;
    *way = realm.p ? (dia_decision){ .result_code = DIA_RESULT_CODE_REALM_NOT_SERVED,
                                     .why = "Destination-Realm is longer than names are" }
                   : (dia_decision){ .result_code = DIA_RESULT_CODE_UNABLE_TO_DELIVER,
                                     .why = "Destination-Realm is missing" };
    return true;
}

/* A route that answers instead of leading on. */
static void redirect(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, uint32_t id)
{
    const dia_route *route = dia_routes_get(node->routes, id);
    const char *hosts[DIA_HOPS_MAX];
    for (size_t i = 0; i < route->n_hops; i++)
        hosts[i] = route->hops[i].host;
    dia_node_redirect(conn, header, message,
                      &(dia_redirection){ .hosts = hosts,
                                          .n = route->n_hops,
                                          .usage = (dia_redirect_usage)route->redirect_usage,
                                          .max_cache_s = route->redirect_cache_s });
}

/* With all else that its way may hang on. */
static void complete(dia_node *node, dia_conn *conn, dia_bytes message, const reading *r, dia_errand *errand)
{
    if (node->redirecting.shortcuts.n) {
        errand->session = dia_value_of(message, DIA_AVP_SESSION_ID);
        errand->user = dia_value_of(message, DIA_AVP_USER_NAME);
    }
    if (node->relief)
        dia_relief_ask_passing(node, errand, conn, r->drmp, r->features);
}

static inline void find_way(dia_node *node, dia_conn *conn, const reading *r, dia_errand *errand, dia_decision *way)
{
    if (is_lost(r->realm, way))
        return;
    complete(node, conn, errand->visited, r, errand);
    if (dia_decision_sparing(node, errand, way) && way->kind == DIA_DECIDED_NONE)
        dia_decision_explain(node, errand, way);
}

/* ---- Behind hooks ---- */

dia_errand dia_relay_errand(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const reading r = read_routing(conn, message);
    dia_errand errand = errand_of(conn, header, message, &r);
    complete(node, conn, message, &r, &errand);
    return errand;
}

/* True: it came through hooks, and no way is looked for. */
static inline bool ends_here(const dia_conn *conn, const reading *r, dia_decision *way)
{
    if (r->err)
        *way = (dia_decision){ .result_code = DIA_RESULT_CODE_INVALID_AVP_LENGTH,
                               .why = "the AVPs do not fit into the message" };
    else if (r->host.p && dia_is_our_host(conn, r->host))
        *way = (dia_decision){ .result_code = DIA_RESULT_CODE_COMMAND_UNSUPPORTED,
                               .why = "for this node itself, where nobody serves it" };
    else
        return false;
    return true;
}

/* What the first step asked of the table is of use also behind hooks, when they have changed nothing. */
void dia_relay_way(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message,
                   const struct dia_seen *seen, dia_decision *way, bool *stands_in)
{
    const reading r = seen ? *seen->reading : read_routing(conn, message);
    if (ends_here(conn, &r, way))
        return;
    dia_errand errand = errand_of(conn, header, message, &r);
    errand.look = seen ? seen->look : NULL;
    if (way->to && r.realm.p) {
        complete(node, conn, message, &r, &errand);
        way->kind = DIA_DECIDED_HOP;
    } else {
        find_way(node, conn, &r, &errand, way);
    }
    *stands_in = errand.abates == DIA_ABATES_ALL;
}

/* ---- A request ---- */

/* Is there anybody here who answers it? */
static bool is_served(dia_node *node, const dia_header *header)
{
    const dia_binding *binding = dia_node_binding(node, header->application, header->command);
    return (binding && !binding->off) || node->any;
}

/* What is broken is judged by who knows its grammar. What is for us and nobody here serves may be for the hooks of a proxy, or
 * for a route. */
static inline bool is_local(dia_node *node, const dia_conn *conn, const dia_header *header, const reading *r,
                            bool is_proxied)
{
    if (r->err ? !dia_self_offers(&node->hub, conn->self, header->application)
               : !is_for_us(node, conn, r, header->application))
        return false;
    if (!(is_proxied || dia_node_has_ways(node)) || is_served(node, header))
        return true;
    return is_proxied ? !r->err && !r->host.p && !r->realm.p : r->err || r->host.p || !r->realm.p;
}

/* Does a node that is no relay pass this on? */
static bool leads_on(const dia_node *node, const dia_conn *conn, const dia_header *header, bool is_proxied)
{
    return node->relays || is_proxied ||
           (dia_node_has_ways(node) && dia_self_offers(&node->hub, conn->self, header->application));
}

/* By the request as it came: hooks do not change whether it meets them. */
static dia_route_action act(dia_node *node, dia_errand *errand, dia_look *look, bool is_proxied)
{
    const dia_route_action otherwise = is_proxied ? DIA_ROUTE_PROXY : DIA_ROUTE_RELAY;
    if (!node->routes || !(node->proxies || dia_routes_have_local(node->routes)))
        return otherwise;
    return dia_decision_action(node, errand, look, otherwise);
}

static inline struct dia_proxied *proxied_of(const dia_node *node, const dia_conn *conn, const dia_header *header)
{
    return node->proxies && dia_self_offers(&node->hub, conn->self, header->application)
               ? dia_proxied_for(node, header, false)
               : NULL;
}

static inline bool stays(dia_node *node, const dia_conn *conn, const dia_header *header, const reading *r,
                         bool is_proxied)
{
    return !header->application || is_local(node, conn, header, r, is_proxied) ||
           !leads_on(node, conn, header, is_proxied);
}

/* What is decided about a request that does not stay, before its way is looked for. */
typedef struct course {
    dia_route_action action;
    uint32_t result_code; /* that it is answered with, and why; 0: it goes on, or is LOCAL */
    const char *why;
} course;

static inline course judge(dia_node *node, const dia_header *header, const reading *r, dia_errand *errand,
                           dia_look *look, bool is_proxied)
{
    course c = { .action = DIA_ROUTE_RELAY };
    errand->asks = true;
    if (!r->err)
        c.action = act(node, errand, look, is_proxied);
    if (c.action != DIA_ROUTE_LOCAL)
        c.result_code = judge_passing(header, r, &c.why);
    return c;
}

/* It goes through these; NULL: through none. Those of what is relayed look at it and change nothing. */
static struct dia_proxied *hooks_of(const dia_node *node, const dia_header *header, struct dia_proxied *proxied,
                                    dia_route_action action, bool *relayed)
{
    *relayed = !proxied || action == DIA_ROUTE_RELAY;
    if (action == DIA_ROUTE_REDIRECT)
        return NULL;
    return *relayed ? dia_proxied_for(node, header, true) : proxied;
}

static dia_business relay(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message, const reading *r,
                          dia_errand *errand)
{
    dia_decision way;
    find_way(node, conn, r, errand, &way);
    if (way.kind == DIA_DECIDED_LOCAL)
        return DIA_BUSINESS_OURS_BY_ROUTE;
    if (way.kind == DIA_DECIDED_REDIRECT) {
        redirect(node, conn, header, message, way.route);
        return DIA_BUSINESS_DONE;
    }
    const dia_passing passing = {
        .header = header, .message = message, .record = conn->peer->host, .stands_in = errand->abates == DIA_ABATES_ALL
    };
    if (way.kind == DIA_DECIDED_HOP)
        way.result_code = dia_relay_pass(conn, way.to, &passing, &way.why);
    if (way.result_code && !dia_sought_park(node, conn, header, message, r->realm, &way))
        dia_conn_reject_protocol(conn, header, message, way.result_code, way.why);
    return DIA_BUSINESS_DONE;
}

dia_business dia_node_relay(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const reading r = read_routing(conn, message);
    struct dia_proxied *proxied = proxied_of(node, conn, header), *hooks;
    dia_look look;
    bool relayed;
    if (stays(node, conn, header, &r, proxied))
        return DIA_BUSINESS_OURS;
    dia_errand errand = errand_of(conn, header, message, &r);
    const course c = judge(node, header, &r, &errand, &look, proxied);
    if (c.action == DIA_ROUTE_LOCAL)
        return DIA_BUSINESS_OURS_BY_ROUTE;
    if (c.result_code) {
        dia_conn_reject_protocol(conn, header, message, c.result_code, c.why);
        return DIA_BUSINESS_DONE;
    }
    if (node->proxies && (hooks = hooks_of(node, header, proxied, c.action, &relayed))) {
        dia_proxy_request(node, hooks, conn, header, message, &(struct dia_seen){ &r, errand.look }, relayed);
        return DIA_BUSINESS_DONE;
    }
    return relay(node, conn, header, message, &r, &errand);
}

/* ---- Where it would go ---- */

static void explain_way(dia_node *node, const dia_conn *conn, const reading *r, dia_relay_course *out)
{
    dia_decision *way = &out->way;
    if ((out->hooked && ends_here(conn, r, way)) || is_lost(r->realm, way))
        return;
    out->errand.asks = !out->hooked; /* behind hooks no route redirects, or has it for us */
    if (dia_decision_by_route(node, &out->errand, way) && way->kind == DIA_DECIDED_NONE)
        dia_decision_explain(node, &out->errand, way);
    if (way->kind == DIA_DECIDED_LOCAL)
        out->business = DIA_BUSINESS_OURS_BY_ROUTE;
}

/* In the steps of dia_node_relay(), and behind hooks that leave it as it is. */
void dia_relay_explain(dia_node *node, const dia_conn *conn, const dia_header *header, dia_bytes message,
                       dia_relay_course *out)
{
    const reading r = read_routing(conn, message);
    struct dia_proxied *proxied = proxied_of(node, conn, header);
    dia_look look;
    bool relayed = false;
    *out = (dia_relay_course){ .for_us = is_for_us(node, conn, &r, header->application) };
    if (stays(node, conn, header, &r, proxied))
        return;
    out->errand = errand_of(conn, header, message, &r);
    out->errand.only_asked = true;
    const course c = judge(node, header, &r, &out->errand, &look, proxied);
    if (c.action == DIA_ROUTE_LOCAL) {
        out->business = DIA_BUSINESS_OURS_BY_ROUTE;
        out->way.route = look.walk.id;
        return;
    }
    out->business = DIA_BUSINESS_DONE;
    out->way.result_code = c.result_code;
    out->way.why = c.why;
    if (c.result_code)
        return;
    out->hooked = node->proxies && hooks_of(node, header, proxied, c.action, &relayed);
    out->changes = out->hooked && !relayed;
    explain_way(node, conn, &r, out);
    out->errand.look = NULL; /* it ends here */
}

/* ---- The way back ---- */

static void pass_back(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to, dia_bytes message)
{
    size_t n = message.n;
    uint8_t *p = node->relief ? dia_relief_put_answer(node, waiting, from, to, message, &n) : dia_conn_put(to, message);
    if (!p)
        return; /* its sender has a deadline of its own */
    dia_store32(p + DIA_AT_HOP_BY_HOP, waiting->ingress_hop);
    dia_conn_wrote(to, n);
    DIA_COUNT(to, answers_out);
    dia_node_count_passed_back(node, to, waiting, dia_result_of(message));
}

/* An answer of ours, in the place of one that did not come, or cannot be passed back. */
static void stand_in(dia_conn *to, const dia_waiting *waiting, uint32_t result_code, const char *why)
{
    /* Without what we put in: it is the requester that is answered. */
    const dia_bytes request = { waiting->copy, waiting->copied - (waiting->stands_in ? DIA_FEATURES_SIZE : 0) };
    dia_header header;
    dia_header_read(request, &header);
    header.hop_by_hop = waiting->ingress_hop;
    dia_conn_reject_protocol(to, &header, request, result_code, why);
}

const char *dia_no_answer(dia_outcome_kind kind)
{
    return kind == DIA_OUTCOME_TIMEOUT ? "the next hop did not answer" : "the connection to the next hop is lost";
}

/* Where nobody answered the sender hears 3002, so that it may try another way (7.1.3). */
static void end(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to, dia_outcome_kind kind,
                dia_bytes message)
{
    const bool is_answer = kind == DIA_OUTCOME_ANSWER;
    if (!to || (to->phase != DIA_PHASE_OPEN && to->phase != DIA_PHASE_CLOSING)) {
        if (is_answer && from)
            DIA_COUNT(from, late_answers);
    } else if (is_answer && waiting->copy && message.n > dia_conn_longest(to)) {
        /* It was served, so nobody else is to be tried. */
        stand_in(to, waiting, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "the answer is longer than this connection carries");
    } else if (is_answer && dia_conn_is_clogged(to) && waiting->copy) {
        stand_in(to, waiting, DIA_RESULT_CODE_TOO_BUSY, "too many answers wait for who asked");
    } else if (is_answer) {
        pass_back(node, waiting, from, to, message);
    } else if (kind != DIA_OUTCOME_STOPPED) {
        stand_in(to, waiting, DIA_RESULT_CODE_UNABLE_TO_DELIVER, dia_no_answer(kind));
    }
}

void dia_node_relay_outcome(dia_node *node, const dia_waiting *waiting, dia_conn *conn, dia_outcome_kind kind,
                            dia_bytes message)
{
    dia_conn *to = dia_map_get(&node->hub.by_number, waiting->ingress);
    if (to)
        to->relayed--;
    if (!waiting->arg || !dia_proxy_outcome(node, waiting, conn, to, kind, message))
        end(node, waiting, conn, to, kind, message);
    if (to && to->peer && to->peer->draining)
        dia_peer_drained_yet(to->peer);
}

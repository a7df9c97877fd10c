/* The node's life: making and ending it, and the calls of a driver. */
#include "node/node.h"

#include <stdio.h>

/* ---- Hooks of the peer room ---- */

static void peer_opened(void *above, dia_peer *peer, bool open)
{
    dia_node *node = above;
    dia_redirecting_look(node, peer, !open);
    dia_sought_look(node, peer);
    if (!open)
        dia_crowds_leave(node, peer);
    else if (dia_crowds_join(node, peer))
        dia_conn_end(dia_peer_conn(peer), true, "no memory for another open peer");
}

/* It may be of another realm now, or a relay. */
static void peer_changed(void *above, dia_peer *peer)
{
    dia_node *node = above;
    if (!peer->crowds[DIA_CROWD_ALL].crowd)
        return;
    dia_crowds_leave(node, peer);
    if (dia_crowds_join(node, peer))
        dia_conn_end(dia_peer_conn(peer), true, "no memory for another open peer");
}

/* Kept requests of a connection that is gone stay with the application, which learns of it when it answers; until then they
 * count for the address from which they came. Of those that only wait for another one's answer nobody knows. */
static void conn_gone(void *above, dia_conn *conn)
{
    dia_redirecting_look(above, conn->peer, false);
    dia_search_look(above, conn->peer);
    dia_sought_look(above, conn->peer);
    DIA_LIST_EACH (p, &conn->kept) {
        dia_request *request = DIA_OF(p, dia_request, link);
        request->conn = NULL;
        if (request->repeat) {
            dia_request_release(request);
            continue;
        }
        request->origin = conn->origin;
        dia_origin_orphan(request->origin, request->held);
        dia_list_remove(&request->link);
        dia_list_push_back(&request->node->orphans, &request->link);
    }
}

static const char *judge_found(void *above, const dia_conn *conn, const dia_capabilities *found)
{
    (void)above;
    return dia_search_judge(conn, found);
}

static void peer_gone(void *above, dia_peer *peer)
{
    dia_search_begin(above, peer, NULL);
    dia_sought_gone(above, peer);
}

static const dia_hooks hooks = {
    .request = dia_node_take_request,
    .outcome = dia_node_take_outcome,
    .suspect = dia_node_suspect,
    .silent = dia_node_silent,
    .open = peer_opened,
    .changed = peer_changed,
    .gone = conn_gone,
    .judge = judge_found,
    .forgotten = peer_gone,
};

/* ---- Life ---- */

int dia_node_new(const dia_node_config *config, dia_time now, dia_node **out, char *why, size_t why_size)
{
    const dia_allocator *alloc = config->alloc ? config->alloc : dia_allocator_default();
    dia_node *node = dia_alloc0(alloc, sizeof *node);
    if (!node)
        return DIA_ENOMEM;
    const int err = dia_hub_init(&node->hub, config, now, why, why_size);
    if (err) {
        dia_release(alloc, node, sizeof *node);
        return err;
    }
    dia_hub *hub = &node->hub;
    const dia_allocator *counting = hub->alloc;
    hub->node = node;
    hub->above = node;
    hub->hooks = hooks;
    dia_map_init(&node->bindings, dia_random_u64(&hub->random), counting);
    dia_list_init(&node->spare);
    dia_list_init(&node->orphans);
    dia_arena_init(&node->answers, NULL, 0, hub->config.limits.decoded, counting);
    /* RFC 6733, 8.8: the high half from the time of the start; the low half at random, for a restart in the same second. */
    node->sessions = (uint64_t)hub->origin_state_id << 32 | dia_random_u32(&hub->random);
    dia_duplicates_init(node);
    dia_crowds_init(node);
    dia_buf_init(&node->scratch, hub->config.limits.message, counting);
    dia_redirecting_init(node);
    dia_discovering_init(node);
    dia_seeking_init(node);
    dia_node_proxy_key_from_seed(node, config->seed);
    node->authorizes = config->authorize;
    const char *wrong_path = dia_path_wrong(&config->path);
    if (wrong_path || dia_path_new(node, &config->path, &node->path)) {
        if (wrong_path && why && why_size)
            snprintf(why, why_size, "%s", wrong_path);
        dia_node_free(node);
        return wrong_path ? DIA_EINVAL : DIA_ENOMEM;
    }
    hub->config.path = (dia_peer_path){ NULL };
    if (dia_hub_is_full(hub)) {
        if (why && why_size)
            snprintf(why, why_size, "limits.memory is less than a node without peers takes (%zu)", hub->memory);
        dia_node_free(node);
        return DIA_EINVAL;
    }
    *out = node;
    return 0;
}

static void end_conns(dia_node *node)
{
    dia_hub *hub = &node->hub;
    hub->stopping = true; /* outcomes are DIA_OUTCOME_STOPPED, nothing new begins */
    hub->stopped = true;
    dia_redirecting_done(node);
    dia_seeking_done(node);
    dia_hub_alarm(hub, &node->discovering.alarm, DIA_NEVER_US);
    DIA_LIST_EACH (p, &hub->conns)
        dia_conn_end(DIA_OF(p, dia_conn, link), true, "the node ends");
    while (!dia_list_empty(&hub->conns))
        dia_conn_free(DIA_OF(hub->conns.next, dia_conn, link), "the node ends");
}

void dia_node_end_conns(dia_node *node)
{
    node->depth++;
    end_conns(node);
    node->depth--;
}

static void destroy(dia_node *node)
{
    dia_hub *hub = &node->hub;
    const dia_allocator *alloc = hub->alloc, *given = hub->given;
    node->depth++; /* the last callbacks may free the node once more */
    end_conns(node);
    while (!dia_list_empty(&hub->peers))
        dia_peer_free(DIA_OF(hub->peers.next, dia_peer, link));
    for (dia_list *p; (p = dia_list_pop(&node->orphans)) || (p = dia_list_pop(&node->spare));)
        dia_request_free(DIA_OF(p, dia_request, link));
    size_t at = 0;
    for (dia_binding *binding; (binding = dia_map_next(&node->bindings, &at, NULL));) {
        dia_dict_unref(binding->command->dict);
        dia_release(alloc, binding, sizeof *binding);
    }
    dia_map_done(&node->bindings);
    for (size_t i = 0; i < node->n_dicts; i++)
        dia_dict_unref(node->dicts[i]);
    dia_release(alloc, node->dicts, node->cap_dicts * sizeof *node->dicts);
    dia_routes_free(node->routes);
    dia_crowds_done(node);
    dia_arena_done(&node->answers);
    dia_buf_done(&node->scratch);
    dia_duplicates_done(node);
    dia_relief_done(node);
    dia_path_unref(hub, node->path);
    dia_proxies_done(node);
    while (!dia_list_empty(&hub->listeners))
        dia_listener_unref(DIA_OF(hub->listeners.next, dia_listener, link));
    dia_hub_done(hub);
    dia_release(given, node, sizeof *node);
}

void dia_node_free(dia_node *node)
{
    if (!node)
        return;
    if (node->depth)
        node->hub.over = true;
    else
        destroy(node);
}

/* Callbacks run between these two; a node that was freed by one of them ends here. */
void dia_node_enter(dia_node *node, dia_time now)
{
    node->depth++;
    if (now.us > node->hub.now.us)
        node->hub.now = now;
}

void dia_node_leave(dia_node *node)
{
    if (--node->depth)
        return;
    if (node->hub.over)
        destroy(node);
    else
        dia_hub_forget(&node->hub);
}

void dia_node_refresh(dia_node *node)
{
    dia_hub *hub = &node->hub;
    if (node->depth || !hub->config.clock)
        return;
    const dia_time now = hub->config.clock();
    if (now.us > hub->now.us)
        hub->now = now;
}

int dia_node_set_retry(dia_node *node, uint32_t tries, uint32_t try_ms, uint32_t retry)
{
    char why[sizeof node->last_fault];
    const dia_node_config config = { .tries = tries, .try_ms = try_ms, .retry = retry };
    const int err = dia_hub_set_retry(&node->hub, &config, why, sizeof why);
    return err ? dia_node_failed(node, err, why) : 0;
}

int dia_node_set_limits(dia_node *node, const dia_limits *limits)
{
    char why[sizeof node->last_fault];
    const int err = dia_hub_set_limits(&node->hub, limits, why, sizeof why);
    return err ? dia_node_failed(node, err, why) : 0;
}

/* ---- The driver's calls ---- */

dia_conn *dia_node_accept(dia_node *node, const dia_conn_info *info, dia_time now)
{
    dia_node_enter(node, now);
    dia_conn *conn = dia_conn_accept(&node->hub, info);
    dia_node_leave(node);
    return conn;
}

bool dia_node_make_way(dia_node *node, dia_time now)
{
    dia_node_enter(node, now);
    const bool found = dia_conn_make_way(&node->hub, NULL);
    dia_node_leave(node);
    return found;
}

void dia_conn_connected(dia_conn *conn, const dia_conn_info *info, dia_time now)
{
    dia_node *node = conn->hub->node;
    dia_node_enter(node, now);
    dia_conn_stands(conn, info);
    dia_node_leave(node);
}

void dia_conn_secured(dia_conn *conn, const dia_security *security, dia_time now)
{
    dia_node *node = conn->hub->node;
    dia_node_enter(node, now);
    dia_conn_protect(conn, security);
    dia_node_leave(node);
}

void dia_conn_note(dia_conn *conn, const char *reason, dia_time now)
{
    dia_node *node = conn->hub->node;
    dia_node_enter(node, now);
    if (conn->phase != DIA_PHASE_ENDED)
        dia_hub_event(conn->hub, DIA_EVENT_TRANSPORT, conn->peer, conn, reason, 0, (dia_bytes){ NULL, 0 });
    dia_node_leave(node);
}

void dia_node_set_wall_clock(dia_node *node, int64_t wall_clock, dia_time now)
{
    dia_node_enter(node, now);
    dia_secure_set_clock(&node->hub, wall_clock);
    dia_node_leave(node);
}

void dia_node_note_certificate(dia_node *node, const char *reason, dia_time now)
{
    dia_node_enter(node, now);
    dia_hub_event(&node->hub, DIA_EVENT_CERTIFICATE, NULL, NULL, reason, 0, (dia_bytes){ NULL, 0 });
    dia_node_leave(node);
}

void dia_node_note_capture(dia_node *node, const char *reason, dia_time now)
{
    dia_node_enter(node, now);
    dia_hub_event(&node->hub, DIA_EVENT_CAPTURE, NULL, NULL, reason, 0, (dia_bytes){ NULL, 0 });
    dia_node_leave(node);
}

size_t dia_conn_input(dia_conn *conn, dia_bytes octets, dia_time now)
{
    dia_node *node = conn->hub->node;
    dia_node_enter(node, now);
    const size_t n = dia_conn_take(conn, octets);
    dia_node_leave(node);
    return n;
}

void dia_conn_closed(dia_conn *conn, const char *reason, dia_time now)
{
    dia_node *node = conn->hub->node;
    dia_node_enter(node, now);
    dia_conn_free(conn, reason);
    dia_node_leave(node);
}

void dia_node_tick(dia_node *node, dia_time now)
{
    dia_node_enter(node, now);
    dia_hub_tick(&node->hub, now);
    dia_given_expire(&node->duplicates.given);
    if (node->relief)
        dia_relief_tick(node);
    if (node->routes)
        dia_routes_expire(node->routes, node->hub.now.us);
    dia_node_leave(node);
}

dia_time dia_node_deadline(const dia_node *node)
{
    return (dia_time){ dia_hub_deadline(&node->hub) };
}

dia_time dia_node_now(const dia_node *node)
{
    const dia_hub *hub = &node->hub;
    return node->depth || !hub->config.clock ? hub->now : hub->config.clock();
}

bool dia_node_todo(dia_node *node, dia_todo *out)
{
    return dia_conn_next_todo(&node->hub, out) || dia_search_todo(node, out);
}

bool dia_node_has_todo(const dia_node *node)
{
    return !dia_list_empty(&node->hub.todo) || node->discovering.wishes;
}

const dia_allocator *dia_node_allocator(const dia_node *node)
{
    return node->hub.alloc;
}

bool dia_node_is_full(const dia_node *node)
{
    return dia_hub_is_full(&node->hub);
}

void dia_node_set_tap(dia_node *node, dia_tap_fn *fn, void *arg)
{
    node->hub.tap = fn;
    node->hub.tap_arg = arg;
    node->hub.tapped = fn || node->hub.config.on_message;
}

void dia_node_stop(dia_node *node, dia_cause cause, uint32_t timeout_ms)
{
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    dia_hub_stop(&node->hub, cause, timeout_ms);
    dia_redirecting_stop(node);
    dia_seeking_stop(node);
    dia_node_leave(node);
}

bool dia_node_stopped(const dia_node *node)
{
    return node->hub.stopped;
}

dia_counters dia_node_counters(const dia_node *node)
{
    return node->hub.counters;
}

/* What has no text of its own whoever calls: memory, and messages that do not fit. */
static bool has_text(int err)
{
    switch (err) {
    case DIA_ERULE:
    case DIA_EINVAL:
    case DIA_EBUSY:
    case DIA_ENOROUTE:
    case DIA_ESTATE:
    case DIA_ENOTSUP:
    case DIA_ENOENT:
    case DIA_EEXIST: return true;
    default: return false;
    }
}

int dia_node_failed(dia_node *node, int err, const char *text)
{
    dia_sentence(node->last_fault, sizeof node->last_fault, "%s", text && has_text(err) ? text : dia_strerror(err));
    return err;
}

int dia_node_failed_to_fit(dia_node *node, const dia_conn *conn)
{
    const size_t all = node->hub.config.limits.message, most = conn ? dia_conn_longest(conn) : 0;
    if (!conn)
        snprintf(node->last_fault, sizeof node->last_fault,
                 "the message is longer than the connections of those who could take it carry");
    else if (most < all)
        snprintf(node->last_fault, sizeof node->last_fault,
                 "the message is longer than the %zu octets that the connection carries (%s)", most,
                 conn->secured     ? conn->security.protocol
                 : conn->transport ? conn->transport
                                   : "its transport");
    else
        snprintf(node->last_fault, sizeof node->last_fault, "the message is longer than limits.message (%zu)", all);
    return DIA_ESPACE;
}

const char *dia_node_last_fault(const dia_node *node)
{
    return node->last_fault;
}

int dia_node_session_id(dia_node *node, dia_bytes optional, char *to, size_t size)
{
    const uint64_t id = node->sessions;
    const int n = snprintf(to, size, "%s;%u;%u%s%.*s", node->hub.config.origin_host, (unsigned)(id >> 32), (unsigned)id,
                           optional.p ? ";" : "", (int)(optional.n < 4096 ? optional.n : 4096),
                           optional.p ? (const char *)optional.p : "");
    if (n < 0 || (size_t)n >= size)
        return DIA_ESPACE;
    node->sessions++;
    return n;
}

/* ---- Names ---- */

const char *dia_outcome_name(dia_outcome_kind kind)
{
    static const char *const names[] = { "answer", "bad answer", "timeout", "connection lost", "stopped" };
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

const char *dia_event_name(dia_event_kind kind)
{
    static const char *const names[DIA_EVENT_KINDS] = {
        [DIA_EVENT_PEER_UP] = "peer up",
        [DIA_EVENT_PEER_DOWN] = "peer down",
        [DIA_EVENT_CONNECT_FAILED] = "connect failed",
        [DIA_EVENT_REFUSED] = "refused",
        [DIA_EVENT_BAD_STREAM] = "bad stream",
        [DIA_EVENT_SUSPECT] = "suspect",
        [DIA_EVENT_ALIVE] = "alive",
        [DIA_EVENT_FAULT] = "fault",
        [DIA_EVENT_UNANSWERED] = "unanswered",
        [DIA_EVENT_UNEXPECTED] = "unexpected",
        [DIA_EVENT_STOPPED] = "stopped",
        [DIA_EVENT_REOPEN] = "reopen",
        [DIA_EVENT_RESTARTED] = "restarted",
        [DIA_EVENT_CAPABILITIES] = "capabilities",
        [DIA_EVENT_STATE] = "state",
        [DIA_EVENT_WATCHDOG] = "watchdog",
        [DIA_EVENT_FAILOVER] = "failover",
        [DIA_EVENT_RETRY] = "retry",
        [DIA_EVENT_OVERLOAD] = "overload",
        [DIA_EVENT_SECURED] = "secured",
        [DIA_EVENT_CERTIFICATE] = "certificate",
        [DIA_EVENT_TRANSPORT] = "transport",
        [DIA_EVENT_DISCOVERED] = "discovered",
        [DIA_EVENT_CAPTURE] = "capture",
        [DIA_EVENT_PROXY] = "proxy",
    };
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

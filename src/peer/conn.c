/* One transport connection: its life, what it wishes of the driver, and one alarm that watches over everything that may take
 * too long. */
#include "peer/peer.h"

/* ---- Wishes ---- */

void dia_conn_wish(dia_conn *conn, dia_todo_kind kind)
{
    if (!conn->wishes)
        dia_list_push_back(&conn->hub->todo, &conn->todo);
    conn->wishes |= (uint16_t)(1u << kind);
}

void dia_conn_wish_read(dia_conn *conn)
{
    if (conn->phase != DIA_PHASE_ENDED)
        dia_conn_wish(conn, DIA_TODO_READ);
}

/* Behind these two nothing is read, and behind the second nothing at all. */
static void wish_close(dia_conn *conn)
{
    dia_conn_wish(conn, DIA_TODO_CLOSE);
    conn->wishes &= (uint16_t) ~(1u << DIA_TODO_READ | 1u << DIA_TODO_SECURE);
}

static void wish_reset(dia_conn *conn)
{
    dia_conn_wish(conn, DIA_TODO_RESET);
    conn->wishes &= 1u << DIA_TODO_CONNECT | 1u << DIA_TODO_RESET;
    conn->out.n = 0;
    conn->resets = true;
    conn->hub->n_resets++;
}

/* We read again: silence counts from now, not from when we ceased to read. */
void dia_conn_unpause(dia_conn *conn)
{
    conn->paused = false;
    dia_list_remove(&conn->hungry);
    if (conn->phase == DIA_PHASE_OPEN) {
        conn->watch_us = conn->hub->now.us;
        dia_conn_due(conn, dia_watchdog_due(conn));
    }
}

void dia_conn_read_again(dia_conn *conn)
{
    dia_conn_unpause(conn);
    dia_conn_wish_read(conn);
}

/* Memory has become free: all that waited for some go on. */
static void feed_hungry(dia_hub *hub)
{
    while (!dia_list_empty(&hub->hungry) && !dia_hub_is_full(hub)) {
        dia_conn *conn = DIA_OF(dia_list_pop(&hub->hungry), dia_conn, hungry);
        if (conn->phase == DIA_PHASE_ENDED || dia_conn_is_full(conn))
            continue;
        dia_conn_read_again(conn);
    }
}

/* The URI was checked when the peer was configured. What was found out of its realm has to bear the name of that, too (RFC 6733, 5.2). */
static void fill_connect(const dia_conn *conn, dia_todo *out)
{
    const dia_target *target = conn->target;
    dia_uri_parse(dia_cstr(target->uris[conn->uri]), &out->uri);
    if (target->realm && target->foreign >> conn->uri & 1)
        out->also_named = dia_cstr(target->realm);
}

bool dia_conn_next_todo(dia_hub *hub, dia_todo *out)
{
    feed_hungry(hub);
    static const dia_todo_kind order[] = { DIA_TODO_CONNECT, DIA_TODO_RESET, DIA_TODO_WRITE,
                                           DIA_TODO_SECURE,  DIA_TODO_CLOSE, DIA_TODO_READ };
    if (dia_list_empty(&hub->todo))
        return false;
    dia_conn *conn = DIA_OF(hub->todo.next, dia_conn, todo);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const uint16_t bit = (uint16_t)(1u << order[i]);
        if (!(conn->wishes & bit))
            continue;
        conn->wishes &= (uint16_t)~bit;
        *out = (dia_todo){ .kind = order[i], .conn = conn };
        if (order[i] == DIA_TODO_CONNECT)
            fill_connect(conn, out);
        break;
    }
    if (!conn->wishes)
        dia_list_remove(&conn->todo);
    return true;
}

/* ---- The alarm ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the next thing would take too long, as it looks now. */
static int64_t next_due(const dia_conn *conn)
{
    const dia_limits *limits = &conn->hub->config.limits;
    int64_t at = conn->due_us;
    if (conn->phase == DIA_PHASE_ENDED)
        return at;
    at = earlier(at, conn->certificate_us);
    if (conn->in.n)
        at = earlier(at, dia_after(conn->partial_us, limits->partial_ms));
    if (conn->out.n)
        at = earlier(at, dia_after(conn->progress_us, limits->stall_ms));
    return earlier(at, dia_watchdog_due(conn));
}

void dia_conn_due(dia_conn *conn, int64_t at_us)
{
    if (!dia_timer_is_set(&conn->alarm.timer) || at_us < conn->alarm.timer.at)
        dia_hub_alarm(conn->hub, &conn->alarm, at_us);
}

static void phase_is_over(dia_conn *conn)
{
    conn->due_us = DIA_NEVER_US;
    if (conn->phase == DIA_PHASE_SECURING || conn->awaits_security)
        dia_conn_end(conn, true, "the TLS handshake was not over in time");
    else if (conn->phase == DIA_PHASE_CER)
        dia_conn_end(conn, true, "no CER came in time");
    else if (conn->phase == DIA_PHASE_PROBE)
        dia_acceptor_probed(conn->peer, false);
}

/* The alarm rings at the earliest possible moment; what has moved on since is looked at again later. So a busy connection
 * sets one timer in many seconds, not one a message. */
static void ring(dia_alarm *alarm)
{
    dia_conn *conn = DIA_OF(alarm, dia_conn, alarm);
    const dia_limits *limits = &conn->hub->config.limits;
    const int64_t now = conn->hub->now.us;
    if (conn->due_us <= now)
        phase_is_over(conn);
    else if (conn->certificate_us <= now && conn->phase != DIA_PHASE_ENDED)
        dia_secure_ring(conn);
    else if (conn->in.n && dia_after(conn->partial_us, limits->partial_ms) <= now)
        dia_conn_end(conn, true, "a message was begun and not completed in time");
    else if (conn->out.n && dia_after(conn->progress_us, limits->stall_ms) <= now)
        dia_conn_end(conn, true, "the peer does not read");
    else if (dia_watchdog_due(conn) <= now)
        dia_watchdog_ring(conn);
    const int64_t at = next_due(conn);
    if (at != DIA_NEVER_US)
        dia_conn_due(conn, at);
}

/* ---- Life ---- */

/* Those that are being reset are as good as gone. */
static bool is_crowded(const dia_hub *hub)
{
    return hub->n_conns - hub->n_resets >= hub->config.limits.connections;
}

static dia_conn *conn_new(dia_hub *hub, dia_self *self)
{
    if (is_crowded(hub))
        return NULL;
    /* An alarm that cannot be set would be a connection that nobody watches: room for it comes with the connection. */
    if (dia_heap_reserve(&hub->timers, (size_t)hub->n_conns + hub->n_peers + DIA_HUB_ALARMS + 1))
        return NULL;
    dia_conn *conn = dia_alloc0(hub->alloc, sizeof *conn);
    if (!conn)
        return NULL;
    conn->number = ++hub->number ? hub->number : ++hub->number;
    if (dia_map_put(&hub->by_number, conn->number, conn)) {
        dia_release(hub->alloc, conn, sizeof *conn);
        return NULL;
    }
    conn->hub = hub;
    conn->self = dia_self_ref(self);
    conn->alarm.ring = ring;
    conn->due_us = conn->certificate_us = DIA_NEVER_US;
    conn->heard_us = conn->watch_us = conn->progress_us = hub->now.us;
    conn->pending.next = conn->pending.first = dia_random_u32(&hub->random);
    dia_buf_init(&conn->in, 0, hub->alloc);
    dia_buf_init(&conn->out, 0, hub->alloc);
    dia_list_init(&conn->todo);
    dia_list_init(&conn->nameless);
    dia_list_init(&conn->hungry);
    dia_list_init(&conn->kept);
    dia_list_push_back(&hub->conns, &conn->link);
    hub->n_conns++;
    return conn;
}

/* What conn_new() and the connection's life have taken. */
static void release(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    dia_hub_alarm(hub, &conn->alarm, DIA_NEVER_US);
    if (!dia_list_empty(&conn->nameless))
        dia_conn_named(conn);
    hub->n_resets -= conn->resets;
    dia_list_remove(&conn->todo);
    dia_list_remove(&conn->hungry);
    dia_list_remove(&conn->link);
    dia_map_remove(&hub->by_number, conn->number);
    dia_origin_leave(hub, conn->origin);
    dia_self_unref(hub, conn->self);
    dia_listener_unref(conn->listener);
    dia_target_unref(hub, conn->target);
    dia_buf_done(&conn->in);
    dia_buf_done(&conn->out);
    dia_release(hub->alloc, conn->addresses, conn->addresses_size);
    dia_release(hub->alloc, (void *)(uintptr_t)conn->cer_octets.p, conn->cer_octets.n);
    hub->memory -= conn->beside;
    dia_release(hub->alloc, conn, sizeof *conn);
    hub->n_conns--;
}

void dia_conn_nameless(dia_conn *conn)
{
    conn->hub->n_before_cer++;
    dia_list_push_back(&conn->hub->nameless, &conn->nameless);
}

static void copy_endpoint(dia_endpoint *to, uint8_t store[16], const dia_endpoint *from)
{
    *to = *from;
    to->address.value.n = from->address.value.n < 16 ? from->address.value.n : 16;
    to->address.value.p = from->address.value.p ? store : NULL;
    if (from->address.value.p)
        memcpy(store, from->address.value.p, to->address.value.n);
}

/* DIA_ENOMEM: the first one counts. */
static int copy_addresses(dia_conn *conn, const dia_address *from, size_t n)
{
    enum { ADDRESSES_MAX = 64 };
    n = n < ADDRESSES_MAX ? n : ADDRESSES_MAX;
    size_t size = n * sizeof *from;
    for (size_t i = 0; i < n; i++)
        size += from[i].value.n;
    dia_address *to = n ? dia_alloc(conn->hub->alloc, size) : NULL;
    if (!to)
        return n ? DIA_ENOMEM : 0;
    uint8_t *at = (uint8_t *)(to + n);
    for (size_t i = 0; i < n; i++) {
        to[i] = (dia_address){ from[i].family, { at, from[i].value.n } };
        if (from[i].value.n)
            memcpy(at, from[i].value.p, from[i].value.n);
        at += from[i].value.n;
    }
    conn->addresses = to;
    conn->n_addresses = n;
    conn->addresses_size = size;
    return 0;
}

static int copy_info(dia_conn *conn, const dia_conn_info *info)
{
    conn->kind = info->kind;
    conn->transport = info->transport;
    conn->awaits_security = info->awaits_security && !info->security;
    copy_endpoint(&conn->local, conn->local_ip, &info->local);
    copy_endpoint(&conn->remote, conn->remote_ip, &info->remote);
    conn->message_max = info->message_max;
    return copy_addresses(conn, info->addresses, info->addresses ? info->n_addresses : 0);
}

dia_conn *dia_conn_want(dia_hub *hub, dia_peer *peer)
{
    dia_conn *conn = conn_new(hub, peer->self ? peer->self : hub->self);
    if (!conn)
        return NULL;
    conn->target = dia_target_ref(peer->target);
    conn->uri = peer->at;
    dia_peer_adopt(peer, conn);
    conn->initiator = true;
    conn->phase = DIA_PHASE_CONNECTING;
    dia_conn_wish(conn, DIA_TODO_CONNECT);
    return conn;
}

/* Silent connections, and those that were refused and do not go, must not keep others out: the one that has waited longest
 * makes way, of the newcomer's own address if there is one. */
bool dia_conn_make_way(dia_hub *hub, const dia_address *address)
{
    dia_conn *oldest = NULL;
    for (dia_list *p = hub->nameless.next; p != &hub->nameless; p = p->next) {
        dia_conn *conn = DIA_OF(p, dia_conn, nameless);
        const bool same = !address || dia_origin_is_same(&conn->remote.address, address);
        if (oldest && !same)
            continue;
        oldest = conn;
        if (same)
            break;
    }
    if (!oldest)
        return false;
    if (oldest->phase == DIA_PHASE_ENDED) {
        dia_conn_named(oldest);
        wish_reset(oldest);
    } else {
        dia_conn_end(oldest, true,
                     oldest->answered ? "others wait, and TLS has not shown who it is"
                                      : "others wait, and no CER has come");
    }
    return true;
}

/* Who comes has an equal part like those that stand, however much they hold. Only one without room for the connection itself is
 * none. */
static bool has_no_part(const dia_hub *hub)
{
    enum { LEAST = 8192 }; /* a connection and its peer take half of that before they have said anything */
    return dia_hub_is_full(hub) && dia_hub_part(hub, 1) < LEAST;
}

static const char *why_not_accept(const dia_hub *hub, const dia_conn_info *info)
{
    if (hub->stopping)
        return "the node stops";
    if (has_no_part(hub))
        return "limits.memory is used up";
    if (dia_origin_count(hub, &info->remote.address) >= hub->config.limits.per_address)
        return "too many connections from this address";
    return NULL;
}

/* With a reference to the listener, which the application may remove when it hears of others that make way. */
static dia_conn *accept_at(dia_hub *hub, const dia_conn_info *info, dia_listener *listener)
{
    const char *why = why_not_accept(hub, info);
    if (!why && (is_crowded(hub) || hub->n_before_cer >= hub->config.limits.before_cer))
        dia_conn_make_way(hub, &info->remote.address);
    if (hub->over) /* it freed the node */
        return NULL;
    if (!why)
        why = hub->stopping ? "the node stops" : is_crowded(hub) ? "too many connections" : NULL;
    dia_conn *conn = why ? NULL : conn_new(hub, listener ? listener->self : hub->self);
    if (conn && (copy_info(conn, info) || !(conn->origin = dia_origin_enter(hub, &info->remote.address)))) {
        release(conn);
        conn = NULL;
    }
    if (!conn) {
        dia_hub_event(hub, DIA_EVENT_REFUSED, NULL, NULL, why ? why : "no memory", 0, (dia_bytes){ NULL, 0 });
        return NULL;
    }
    conn->listener = dia_listener_ref(listener);
    conn->phase = DIA_PHASE_CER;
    dia_conn_nameless(conn);
    conn->due_us = dia_after(hub->now.us, hub->config.limits.cer_ms);
    dia_conn_due(conn, conn->due_us);
    if (info->security)
        dia_secure_take(conn, info->security);
    return hub->over ? NULL : conn;
}

dia_conn *dia_conn_accept(dia_hub *hub, const dia_conn_info *info)
{
    dia_listener *listener = dia_listener_ref(info->listener);
    dia_conn *conn = accept_at(hub, info, listener);
    dia_listener_unref(listener);
    return conn;
}

void dia_conn_named(dia_conn *conn)
{
    dia_list_remove(&conn->nameless);
    conn->hub->n_before_cer--;
}

/* A driver that forgets about TLS must not make clear text of it. */
static bool is_forgotten(const dia_conn *conn, const dia_conn_info *info)
{
    dia_uri uri;
    return !info->security && !dia_uri_parse(dia_cstr(conn->target->uris[conn->uri]), &uri) && uri.secure;
}

void dia_conn_stands(dia_conn *conn, const dia_conn_info *info)
{
    if (conn->phase != DIA_PHASE_CONNECTING)
        return;
    const int err = copy_info(conn, info);
    const char *why = err                        ? "no memory for the addresses of a connection"
                      : is_forgotten(conn, info) ? "the connection is not protected, and aaas demands it"
                                                 : dia_secure_impossible(conn, info->security);
    conn->awaits_security = false;
    conn->heard_us = conn->hub->now.us;
    if (why) {
        dia_conn_end(conn, true, why);
        return;
    }
    conn->phase = DIA_PHASE_EXCHANGE;
    if (!info->security || dia_secure_take(conn, info->security))
        dia_peer_step(conn->peer, DIA_ON_I_RCV_CONN_ACK, &(dia_peer_input){ .conn = conn });
}

/* It ends and was nobody's: no CER came, or TLS did not show that this told the truth, of a peer that is waited for. */
static bool is_refused(const dia_conn *conn, dia_phase was)
{
    const dia_peer *peer = conn->peer;
    if (was == DIA_PHASE_SECURING && conn->answered)
        return !peer->removed && !peer->disabled && !conn->hub->stopping;
    return was == DIA_PHASE_CER;
}

/* What the driver is asked to close can no longer be named by a peer, carry requests, or be waited for. */
void dia_conn_end(dia_conn *conn, bool reset, const char *reason)
{
    if (conn->phase == DIA_PHASE_ENDED)
        return;
    dia_hub *hub = conn->hub;
    if (!dia_list_empty(&conn->nameless))
        dia_conn_named(conn);
    const dia_phase was = conn->phase;
    conn->phase = DIA_PHASE_ENDED;
    conn->due_us = DIA_NEVER_US;
    conn->in.n = 0;
    if (reset || was == DIA_PHASE_CONNECTING) {
        wish_reset(conn);
    } else {
        wish_close(conn);
        if (was < DIA_PHASE_OPEN && !conn->initiator) /* its refusal goes out while nobody else wants the place */
            dia_conn_nameless(conn);
    }
    if (is_refused(conn, was))
        dia_hub_event(hub, DIA_EVENT_REFUSED, conn->peer, conn, reason, 0, (dia_bytes){ NULL, 0 });
    dia_peer *peer = conn->peer;
    if (peer && (conn == peer->i || conn == peer->r))
        dia_peer_step(peer, conn == peer->i ? DIA_ON_I_PEER_DISC : DIA_ON_R_PEER_DISC,
                      &(dia_peer_input){ .conn = conn, .reason = reason });
    dia_waiting_end_all(conn, hub->stopping ? DIA_OUTCOME_STOPPED : DIA_OUTCOME_LOST);
}

void dia_conn_free(dia_conn *conn, const char *reason)
{
    dia_hub *hub = conn->hub;
    dia_peer *peer = conn->peer;
    if (!reason)
        reason = "closed by the peer";
    if (conn->phase == DIA_PHASE_CONNECTING) {
        conn->phase = DIA_PHASE_ENDED;
        dia_peer_step(peer, DIA_ON_I_RCV_CONN_NACK, &(dia_peer_input){ .conn = conn, .reason = reason });
    }
    dia_conn_end(conn, true, reason);
    hub->hooks.gone(hub->above, conn);
    if (peer)
        dia_peer_release(peer, conn);
    release(conn);
    if (peer && peer->probing && peer->state == DIA_PEER_CLOSED)
        dia_acceptor_probed(peer, false);
    dia_hub_stopped_yet(hub);
}

/* ---- Small things ---- */

int dia_conn_hold(dia_conn *conn, size_t octets)
{
    dia_hub *hub = conn->hub;
    const size_t others = hub->memory - conn->beside, limit = hub->config.limits.memory;
    const bool fits = others <= limit && octets <= limit - others;
    if (!fits && !conn->initiator && octets > conn->beside && octets > dia_hub_part(hub, 0))
        return DIA_ENOMEM;
    hub->memory = others + octets;
    conn->beside = octets;
    return 0;
}

void dia_conn_set_user(dia_conn *conn, void *user)
{
    conn->user = user;
}

void *dia_conn_user(const dia_conn *conn)
{
    return conn->user;
}

const dia_socket_options *dia_conn_socket_options(const dia_conn *conn)
{
    static const dia_socket_options plain;
    return conn->target ? &conn->target->socket : &plain;
}

const dia_listener *dia_conn_listener(const dia_conn *conn)
{
    return conn->listener;
}

dia_bytes dia_conn_origin_host(const dia_conn *conn)
{
    return conn->self->host;
}

dia_endpoint dia_conn_local(const dia_conn *conn)
{
    return conn->local;
}

dia_endpoint dia_conn_remote(const dia_conn *conn)
{
    return conn->remote;
}

/* One neighbour: its name, what it said of itself, its connections and how long it may stay in a state. */
#include "peer/peer.h"

#include <stdlib.h>

enum { PRODUCT_MAX = 255, APPS_MAX = 1024 };

/* ---- Time ---- */

static void ring(dia_alarm *alarm)
{
    dia_peer *peer = DIA_OF(alarm, dia_peer, alarm);
    if (peer->state == DIA_PEER_CLOSED)
        dia_watchdog_step(peer, DIA_WATCH_ON_TIMER, NULL);
    else if (dia_peer_conn(peer))
        dia_peer_step(peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "disconnected by us" });
    else
        dia_peer_step(peer, DIA_ON_TIMEOUT, &(dia_peer_input){ .reason = "the peer did not answer in time" });
}

/* Tc, twice as long after each failure in a row, a tenth more or less: peers that lost one server at the same time do not all
 * come back to it at the same time. At once where there is another address to be tried. */
static int64_t reconnect_us(dia_peer *peer)
{
    if (peer->onward)
        return 0;
    int64_t ms = peer->reconnect_ms;
    for (uint32_t i = 1; i < peer->failures && ms < peer->reconnect_max_ms; i++)
        ms *= 2;
    if (peer->failures > 1 && ms > peer->reconnect_max_ms)
        ms = peer->reconnect_max_ms;
    const int64_t tenth = ms * 100;
    return ms * 1000 - tenth + (int64_t)dia_random_below(&peer->hub->random, (uint64_t)(2 * tenth + 1));
}

static bool is_resting(const dia_peer *peer)
{
    return !peer->target || peer->unwanted || peer->removed || peer->disabled || peer->hub->stopping;
}

static int64_t alarm_at(dia_peer *peer)
{
    const dia_limits *limits = &peer->hub->config.limits;
    const int64_t now = peer->hub->now.us;
    switch (peer->state) {
    case DIA_PEER_CLOSED: return is_resting(peer) ? DIA_NEVER_US : now + reconnect_us(peer);
    case DIA_PEER_CLOSING: return now + (int64_t)limits->disconnect_ms * 1000;
    case DIA_PEER_R_OPEN:
    case DIA_PEER_I_OPEN: return DIA_NEVER_US;
    default: return now + (int64_t)limits->cer_ms * 1000;
    }
}

void dia_peer_set_alarm(dia_peer *peer)
{
    dia_hub_alarm(peer->hub, &peer->alarm, alarm_at(peer));
}

/* ---- Leaving ---- */

static bool is_drained(const dia_conn *conn)
{
    return !conn->pending.used && !conn->unanswered && !conn->relayed;
}

void dia_peer_leave(dia_peer *peer, dia_cause cause, int64_t until_us, const char *reason)
{
    const dia_conn *conn = dia_peer_conn(peer);
    peer->cause = cause;
    dia_acceptor_leave(peer, reason);
    if (conn && !is_drained(conn) && until_us > peer->hub->now.us) {
        peer->draining = true;
        dia_hub_alarm(peer->hub, &peer->alarm, until_us);
        return;
    }
    dia_peer_step(peer, DIA_ON_STOP, &(dia_peer_input){ .reason = reason });
    if (peer->state == DIA_PEER_CLOSED)
        dia_peer_set_alarm(peer);
}

/* Called where no callback may run: the good-bye is said at the next tick. */
void dia_peer_drained_yet(dia_peer *peer)
{
    const dia_conn *conn = dia_peer_conn(peer);
    if (peer->draining && conn && is_drained(conn))
        dia_hub_alarm(peer->hub, &peer->alarm, peer->hub->now.us);
}

/* ---- Names ---- */

/* Host, realm and product in one block, anew; the old views die with the old block. */
static int store_names(dia_peer *peer, dia_bytes host, dia_bytes realm, dia_bytes product)
{
    const dia_allocator *alloc = peer->hub->alloc;
    const dia_bytes from[] = { host, realm, product };
    dia_bytes *const to[] = { &peer->host, &peer->realm, &peer->product };
    const size_t size = host.n + realm.n + product.n + 1;
    uint8_t *block = dia_alloc(alloc, size), *at = block;
    dia_realm *of = NULL;
    if (!block || dia_realm_enter(peer->hub, realm, &of)) {
        dia_release(alloc, block, size);
        return DIA_ENOMEM;
    }
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        if (from[i].n)
            memcpy(at, from[i].p, from[i].n);
        at += from[i].n;
    }
    if (peer->host_known)
        dia_names_remove(&peer->hub->by_host, peer->host);
    dia_release(alloc, peer->names, peer->names_size);
    dia_realm_leave(peer->hub, peer->of);
    peer->of = of;
    peer->names = (char *)block;
    peer->names_size = size;
    at = block;
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        *to[i] = from[i].p ? (dia_bytes){ at, from[i].n } : (dia_bytes){ NULL, 0 };
        at += from[i].n;
    }
    if (peer->leader != peer)
        return 0;
    peer->host_known = host.p && !dia_names_put(&peer->hub->by_host, peer->host, peer);
    return !host.p || peer->host_known ? 0 : DIA_ENOMEM;
}

int dia_peer_name(dia_peer *peer, dia_bytes host)
{
    const dia_peer *known = dia_names_get(&peer->hub->by_host, host);
    if (known)
        return known == peer->leader ? 0 : DIA_EEXIST;
    return peer->leader->host_known && !peer->renames ? DIA_EEXIST
                                                      : store_names(peer, host, peer->realm, peer->product);
}

void dia_peer_unname(dia_peer *peer)
{
    const dia_bytes none = { NULL, 0 };
    if (peer->host_known)
        store_names(peer, none, none, none); /* without memory it keeps its name until the next one */
}

/* ---- What it said of itself ---- */

/* It is kept as long as the peer is connected, when no limit of time ends it, and looked through for each request: so it has an
 * end of its own. */
static dia_bytes first_part(dia_bytes text)
{
    if (text.n <= PRODUCT_MAX)
        return text;
    text.n = PRODUCT_MAX;
    while (text.n && (text.p[text.n] & 0xc0) == 0x80) /* a character of UTF-8 is there as a whole */
        text.n--;
    return text;
}

/* RFC 6733, 8.16: 0 and what is not greater says nothing. */
static void learn_state_id(dia_peer *peer, uint32_t id)
{
    if (peer->origin_state_id && id > peer->origin_state_id)
        peer->restarted = true;
    if (id > peer->origin_state_id)
        peer->origin_state_id = id;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* In order, each once; of a peer that offers without end only what we have, too. How many. */
static size_t tidy(const dia_hub *hub, uint32_t *apps, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(apps, n, sizeof *apps, compare);
    for (size_t i = 0; i < n; i++)
        if (!kept || apps[kept - 1] != apps[i])
            apps[kept++] = apps[i];
    if (kept <= APPS_MAX)
        return kept;
    n = kept;
    kept = 0;
    for (size_t i = 0; i < n; i++)
        if (dia_hub_app(hub, apps[i]))
            apps[kept++] = apps[i];
    return kept;
}

int dia_peer_learn(dia_peer *peer, const dia_capabilities *found)
{
    const dia_allocator *alloc = peer->hub->alloc;
    const size_t n = tidy(peer->hub, found->apps, found->n_apps);
    uint32_t *apps = dia_alloc(alloc, n * sizeof *apps + 1);
    if (!apps)
        return DIA_ENOMEM;
    if (store_names(peer, found->host, found->realm, first_part(found->product))) {
        dia_release(alloc, apps, n * sizeof *apps + 1);
        return DIA_ENOMEM;
    }
    if (n)
        memcpy(apps, found->apps, n * sizeof *apps);
    if (peer->apps)
        dia_release(alloc, peer->apps, peer->n_apps * sizeof *apps + 1);
    peer->apps = apps;
    peer->n_apps = n;
    peer->relay = found->relay;
    peer->vendor_id = found->vendor_id;
    peer->firmware_revision = found->firmware_revision;
    peer->address = found->address;
    peer->address.value.n = found->address.value.n < 16 ? found->address.value.n : 16;
    peer->address.value.p = found->address.value.p ? peer->address_octets : NULL;
    if (peer->address.value.n)
        memcpy(peer->address_octets, found->address.value.p, peer->address.value.n);
    learn_state_id(peer, found->origin_state_id);
    return 0;
}

/* All connections of one peer count as one: the process behind them is another one when the number grows. */
void dia_peer_restarted(dia_peer *peer, dia_bytes message)
{
    dia_avp avp;
    if (message.p && !dia_avp_find(message, DIA_AVP_ORIGIN_STATE_ID, 0, &avp) && avp.data.n == 4)
        learn_state_id(peer, dia_load32(avp.data.p));
    if (!peer->restarted || !dia_peer_conn(peer))
        return;
    peer->restarted = false;
    dia_hub_event(peer->hub, DIA_EVENT_RESTARTED, peer, dia_peer_conn(peer),
                  "the peer has restarted: its sessions are gone", 0, (dia_bytes){ NULL, 0 });
}

void dia_peer_tell_up(dia_peer *peer)
{
    dia_hub *hub = peer->hub;
    const dia_conn *conn = dia_peer_conn(peer);
    hub->hooks.open(hub->above, peer, true);
    if (dia_peer_conn(peer) != conn) /* the room above had no place for it and ended it */
        return;
    peer->up = true;
    dia_hub_event(hub, DIA_EVENT_PEER_UP, peer, conn, "capabilities exchanged", DIA_RESULT_CODE_SUCCESS,
                  (dia_bytes){ NULL, 0 });
}

void dia_peer_failed(dia_peer *peer, const char *text, uint32_t result_code)
{
    dia_sentence(peer->last_error.text, sizeof peer->last_error.text, "%s", text ? text : "");
    peer->last_error.result_code = result_code;
    peer->last_error.at_us = peer->hub->now.us;
}

bool dia_peer_supports(const dia_peer *peer, uint32_t application)
{
    return peer->relay || dia_peer_advertised(peer, application);
}

bool dia_peer_advertised(const dia_peer *peer, uint32_t application)
{
    size_t from = 0, to = peer->n_apps;
    while (from < to) {
        const size_t middle = (from + to) / 2;
        if (peer->apps[middle] == application)
            return true;
        if (peer->apps[middle] < application)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

/* ---- Life ---- */

dia_peer *dia_peer_new(dia_hub *hub, dia_bytes host)
{
    /* Room for one more alarm, so that setting it later cannot fail. */
    if (dia_heap_reserve(&hub->timers, (size_t)hub->n_conns + hub->n_peers + DIA_HUB_ALARMS + 1))
        return NULL;
    dia_peer *peer = dia_alloc0(hub->alloc, sizeof *peer);
    if (!peer)
        return NULL;
    peer->hub = hub;
    peer->alarm.ring = ring;
    peer->cause = DIA_CAUSE_REBOOTING;
    peer->watchdog_ms = hub->config.watchdog_ms;
    peer->reconnect_ms = hub->config.reconnect_ms;
    peer->reconnect_max_ms = hub->config.reconnect_max_ms;
    peer->connections = 1;
    peer->since_us = hub->now.us;
    peer->leader = peer;
    dia_list_init(&peer->link);
    dia_list_init(&peer->leaving);
    hub->n_peers++;
    const dia_bytes none = { NULL, 0 };
    if (host.p && store_names(peer, host, none, none)) {
        dia_peer_free(peer);
        return NULL;
    }
    dia_list_push_back(&hub->peers, &peer->link);
    return peer;
}

dia_peer *dia_peer_new_more(dia_peer *leader)
{
    const dia_bytes none = { NULL, 0 };
    dia_peer *peer = dia_peer_new(leader->hub, none), *last = leader;
    if (!peer)
        return NULL;
    peer->leader = leader;
    if (store_names(peer, leader->host, none, none)) {
        dia_peer_free(peer);
        return NULL;
    }
    while (last->more)
        last = last->more;
    last->more = peer;
    peer->watchdog_ms = leader->watchdog_ms;
    peer->reconnect_ms = leader->reconnect_ms;
    peer->reconnect_max_ms = leader->reconnect_max_ms;
    peer->configured = true;
    return peer;
}

void dia_peer_free(dia_peer *peer)
{
    dia_hub *hub = peer->hub;
    if (hub->hooks.forgotten)
        hub->hooks.forgotten(hub->above, peer);
    dia_hub_alarm(hub, &peer->alarm, DIA_NEVER_US);
    if (peer->host_known)
        dia_names_remove(&hub->by_host, peer->host);
    if (peer->apps)
        dia_release(hub->alloc, peer->apps, peer->n_apps * sizeof *peer->apps + 1);
    dia_peer_aim(peer, NULL);
    dia_self_unref(hub, peer->self);
    dia_path_unref(hub, peer->path);
    if (!hub->stopped)
        dia_counts_join(hub, &hub->gone, &peer->counts);
    dia_counts_done(hub, &peer->counts);
    if (peer->leader == peer) {
        for (dia_peer *p = peer->more; p; p = p->more)
            p->leader = p; /* only at the node's end: else the leader goes last */
    } else {
        dia_peer *before = peer->leader;
        while (before && before->more != peer)
            before = before->more;
        if (before)
            before->more = peer->more;
    }
    dia_realm_leave(hub, peer->of);
    dia_release(hub->alloc, peer->names, peer->names_size);
    dia_list_remove(&peer->link);
    dia_list_remove(&peer->leaving);
    dia_release(hub->alloc, peer, sizeof *peer);
    hub->n_peers--;
}

void dia_peer_adopt(dia_peer *peer, dia_conn *conn)
{
    conn->peer = peer;
    peer->n_conns++;
}

void dia_peer_release(dia_peer *peer, dia_conn *conn)
{
    if (peer->probing == conn)
        peer->probing = NULL;
    conn->peer = NULL;
    peer->n_conns--;
    dia_peer_forget_if_done(peer);
}

bool dia_peer_is_done(const dia_peer *peer)
{
    return !peer->n_conns && peer->state == DIA_PEER_CLOSED && (!peer->configured || peer->removed) &&
           (peer->leader != peer || !peer->more);
}

void dia_peer_forget_if_done(dia_peer *peer)
{
    if (dia_peer_is_done(peer) && dia_list_empty(&peer->leaving))
        dia_list_push_back(&peer->hub->leaving, &peer->leaving);
}

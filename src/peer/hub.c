/* The hub: what all connections and peers of one node share - configuration, time, alarms, wishes. */
#include "peer/peer.h"

#include <stdio.h>

/* ---- Configuration ---- */

static const dia_limits limit_defaults = {
    .message = 1 << 20,
    .decoded = 1 << 20,
    .memory = (size_t)256 << 20,
    .turn = 128,
    .connections = 20000,
    .per_address = 1000,
    .before_cer = 256,
    .unknown_peers = 20000,
    .pending = 65536,
    .unanswered = 65536,
    .output_soft = 1 << 20,
    .output_hard = 8 << 20,
    .cer_ms = 10000,
    .partial_ms = 10000,
    .stall_ms = 10000,
    .disconnect_ms = 5000,
    .drain_ms = 5000,
    .counts = 256,
    .duplicates = (size_t)64 << 20,
    .duplicates_ms = 240000,
    .relay_ms = 30000,
    .redirects = 10000,
    .redirect_octets = (size_t)4 << 20,
    .redirect_peers = 16,
    .redirect_waiting = 1000,
    .redirect_idle_ms = 60000,
};

#define DEFAULT(member)                                                                                                \
    if (!limits->member)                                                                                               \
    limits->member = limit_defaults.member
static void fill_limits(dia_limits *limits)
{
    DEFAULT(message);
    DEFAULT(decoded);
    DEFAULT(memory);
    DEFAULT(turn);
    DEFAULT(connections);
    DEFAULT(per_address);
    DEFAULT(before_cer);
    DEFAULT(unknown_peers);
    DEFAULT(pending);
    DEFAULT(unanswered);
    DEFAULT(output_soft);
    DEFAULT(output_hard);
    DEFAULT(cer_ms);
    DEFAULT(partial_ms);
    DEFAULT(stall_ms);
    DEFAULT(disconnect_ms);
    DEFAULT(drain_ms);
    DEFAULT(counts);
    DEFAULT(duplicates_ms);
    if (!limits->duplicates)
        limits->duplicates =
            limits->memory / 4 < limit_defaults.duplicates ? limits->memory / 4 : limit_defaults.duplicates;
    DEFAULT(relay_ms);
    DEFAULT(redirects);
    DEFAULT(redirect_octets);
    DEFAULT(redirect_peers);
    DEFAULT(redirect_waiting);
    DEFAULT(redirect_idle_ms);
}
#undef DEFAULT

enum { DECODED_LEAST = 4096 };                /* CER and CEA have to fit */
enum { POOL_MOST = 1 << 20, POOL_PART = 64 }; /* of memory: what waits to be used again */
enum { TW_MS = 30000, TC_MS = 30000, REOPEN_DWAS = 3, TRIES = 3, TRIES_MAX = 100 };

static int refuse(char *why, size_t size, const char *sentence)
{
    if (why && size)
        snprintf(why, size, "%s", sentence);
    return DIA_EINVAL;
}

static bool is_product(dia_bytes name)
{
    return name.n <= 255 && dia_utf8_valid(name);
}

static bool is_level(dia_level level)
{
    return (unsigned)level <= DIA_LEVEL_STRICT;
}

static int check(const dia_node_config *config, char *why, size_t size)
{
    if (!config->origin_host || !dia_origin_host_makes_sense(config->origin_host))
        return refuse(why, size, "origin_host must be a DiameterIdentity, and no address (RFC 6733, 4.3.1)");
    if (!config->origin_realm || !dia_identity_valid(dia_cstr(config->origin_realm)))
        return refuse(why, size, "origin_realm must be a DiameterIdentity (RFC 6733, 4.3.1)");
    if (config->destination_realm && !dia_identity_valid(dia_cstr(config->destination_realm)))
        return refuse(why, size, "destination_realm must be a DiameterIdentity (RFC 6733, 4.3.1)");
    if (config->product_name && !is_product(dia_cstr(config->product_name)))
        return refuse(why, size, "product_name must be UTF-8, at most 255 octets");
    for (const char *const *pattern = config->allow; pattern && *pattern; pattern++)
        if (!dia_allow_pattern_valid(*pattern))
            return refuse(why, size,
                          "allow wants identities, \"*.\" and an identity, or \"*\"; \"realm:\" before or a range of "
                          "addresses (\"@192.0.2.0/24\") behind them");
    for (const char *const *pattern = config->redirect_hosts; pattern && *pattern; pattern++)
        if (!dia_name_pattern_valid(dia_cstr(*pattern)))
            return refuse(why, size, "redirect_hosts wants identities, \"*.\" and an identity, or \"*\"");
    for (const char *const *pattern = config->discover; pattern && *pattern; pattern++)
        if (!dia_name_pattern_valid(dia_cstr(*pattern)))
            return refuse(why, size, "discover wants identities, \"*.\" and an identity, or \"*\"");
    if ((unsigned)config->redirects > DIA_REDIRECTS_IGNORE)
        return refuse(why, size, "redirects must be a value of dia_redirects");
    if (config->retry & DIA_RETRY_ON(DIA_RESULT_CODE_REDIRECT_INDICATION))
        return refuse(why, size, "retry is not for 3006: redirects says what becomes of it");
    if (config->watchdog_ms && config->watchdog_ms < 6000)
        return refuse(why, size, "watchdog_ms must be at least 6000 (RFC 3539, 3.4.1)");
    if (config->reconnect_max_ms && config->reconnect_max_ms < (config->reconnect_ms ? config->reconnect_ms : TC_MS))
        return refuse(why, size, "reconnect_max_ms must not be below reconnect_ms (30000 if not given)");
    if (config->limits.message && (config->limits.message < 4096 || config->limits.message > DIA_MESSAGE_MAX))
        return refuse(why, size, "limits.message must lie between 4096 and 16777212");
    if (config->limits.decoded && config->limits.decoded < DECODED_LEAST)
        return refuse(why, size, "limits.decoded must be at least 4096");
    if (config->limits.counts && config->limits.counts < DIA_COUNT_KINDS)
        return refuse(why, size, "limits.counts must be at least 4: each kind of message has a row that all share");
    if (!is_level(config->receive_level) || !is_level(config->send_level))
        return refuse(why, size, "receive_level and send_level must be values of dia_level");
    dia_limits limits = config->limits;
    fill_limits(&limits);
    if (limits.output_soft > limits.output_hard)
        return refuse(
            why, size,
            "limits.output_soft must not be above limits.output_hard (1 MiB and 8 MiB where they are not given)");
    if (limits.memory < limits.message)
        return refuse(why, size, "limits.memory must not be below limits.message (256 MiB and 1 MiB if not given)");
    if (limits.duplicates > limits.memory)
        return refuse(why, size, "limits.duplicates must not be above limits.memory (256 MiB if not given)");
    if (config->n_host_ip_addresses && !config->host_ip_addresses)
        return refuse(why, size, "n_host_ip_addresses without host_ip_addresses");
    if (!dia_addresses_make_sense(config->host_ip_addresses, config->n_host_ip_addresses))
        return refuse(
            why, size,
            "host_ip_addresses must be at most 64, of 4 octets (IPv4), 16 (IPv6) or, of another family, up to "
            "255");
    return 0;
}

/* ---- Copies of what the configuration points to ---- */

static size_t text_size(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static const char *copy_text(char **at, const char *s)
{
    if (!s)
        return NULL;
    const size_t n = strlen(s) + 1;
    char *copy = memcpy(*at, s, n);
    *at += n;
    return copy;
}

/* The octets of a NULL-terminated list, and how many it has. */
static size_t list_size(const char *const *list, size_t *n)
{
    size_t size = 0;
    for (*n = 0; list && list[*n]; (*n)++)
        size += text_size(list[*n]);
    return size;
}

/* Into `to`, which has room for its NULL, too. NULL when there is none. */
static const char **copy_list(const char **to, char **at, const char *const *list)
{
    size_t n = 0;
    for (; list && list[n]; n++)
        to[n] = copy_text(at, list[n]);
    to[n] = NULL;
    return list ? to : NULL;
}

/* Everything in one block: pointers first, for their alignment, then octets. */
static int copy_config(dia_hub *hub, const dia_node_config *config)
{
    size_t n_allow, n_hosts, n_realms, size = list_size(config->allow, &n_allow);
    size += list_size(config->redirect_hosts, &n_hosts);
    size += list_size(config->discover, &n_realms);
    for (size_t i = 0; i < config->n_host_ip_addresses; i++)
        size += config->host_ip_addresses[i].value.n;
    const char *const product = config->product_name ? config->product_name : "Diatom";
    size += text_size(config->origin_host) + text_size(config->origin_realm) + text_size(product) +
            text_size(config->destination_realm);
    size += (n_allow + n_hosts + n_realms + 3) * sizeof(char *) + config->n_host_ip_addresses * sizeof(dia_address);

    char *block = dia_alloc(hub->alloc, size);
    if (!block)
        return DIA_ENOMEM;
    hub->strings = block;
    hub->strings_size = size;
    dia_address *addresses = (dia_address *)(void *)block;
    const char **allow = (const char **)(void *)(addresses + config->n_host_ip_addresses);
    const char **hosts = allow + n_allow + 1;
    const char **realms = hosts + n_hosts + 1;
    char *at = (char *)(void *)(realms + n_realms + 1);

    hub->config = *config;
    for (size_t i = 0; i < config->n_host_ip_addresses; i++) {
        addresses[i] = config->host_ip_addresses[i];
        addresses[i].value.p = (const uint8_t *)at;
        if (addresses[i].value.n)
            memcpy(at, config->host_ip_addresses[i].value.p, addresses[i].value.n);
        at += addresses[i].value.n;
    }
    hub->config.host_ip_addresses = addresses;
    hub->config.allow = copy_list(allow, &at, config->allow);
    hub->config.redirect_hosts = copy_list(hosts, &at, config->redirect_hosts);
    hub->config.discover = copy_list(realms, &at, config->discover);
    hub->config.origin_host = copy_text(&at, config->origin_host);
    hub->config.origin_realm = copy_text(&at, config->origin_realm);
    hub->config.product_name = copy_text(&at, product);
    hub->config.destination_realm = copy_text(&at, config->destination_realm);
    return 0;
}

/* ---- Life ---- */

static void stop_time_is_up(dia_alarm *alarm)
{
    dia_hub *hub = DIA_OF(alarm, dia_hub, stop_alarm);
    DIA_LIST_EACH (p, &hub->conns)
        dia_conn_end(DIA_OF(p, dia_conn, link), true, "the node stops");
    dia_hub_stopped_yet(hub);
}

/* The allocator of the configuration, and how much it has given. */
static void *count_and_resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    dia_hub *hub = arg;
    void *new = hub->given->resize(hub->given->arg, p, old_size, new_size);
    if (new || !new_size)
        hub->memory += new_size - old_size;
    return new;
}

static void fill_tries(dia_node_config *config)
{
    if (!config->tries)
        config->tries = TRIES;
    if (config->tries > TRIES_MAX)
        config->tries = TRIES_MAX;
    if (!config->retry)
        config->retry = DIA_RETRY_ON(DIA_RESULT_CODE_UNABLE_TO_DELIVER) | DIA_RETRY_ON(DIA_RESULT_CODE_TOO_BUSY);
}

int dia_hub_set_retry(dia_hub *hub, const dia_node_config *tries, char *why, size_t why_size)
{
    dia_node_config config = hub->config;
    config.tries = tries->tries;
    config.try_ms = tries->try_ms;
    config.retry = tries->retry;
    const int err = check(&config, why, why_size);
    if (err)
        return err;
    fill_tries(&config);
    hub->config = config;
    return 0;
}

int dia_hub_set_limits(dia_hub *hub, const dia_limits *limits, char *why, size_t why_size)
{
    dia_node_config config = hub->config;
    config.limits = *limits;
    const int err = check(&config, why, why_size);
    if (err)
        return err;
    fill_limits(&config.limits);
    hub->config.limits = config.limits;
    return 0;
}

uint32_t dia_reconnect_max(uint32_t reconnect_ms)
{
    return reconnect_ms < UINT32_MAX / 4 ? 4 * reconnect_ms : UINT32_MAX;
}

int dia_hub_init(dia_hub *hub, const dia_node_config *config, dia_time now, char *why, size_t why_size)
{
    const int err = check(config, why, why_size);
    if (err)
        return err;
    *hub = (dia_hub){ .given = config->alloc ? config->alloc : dia_allocator_default(),
                      .began = now,
                      .now = now,
                      .wall_at = now,
                      .wall_s = config->wall_clock };
    hub->counting = (dia_allocator){ count_and_resize, hub };
    hub->alloc = &hub->counting;
    dia_list_init(&hub->todo);
    dia_list_init(&hub->conns);
    dia_list_init(&hub->nameless);
    dia_list_init(&hub->hungry);
    dia_list_init(&hub->peers);
    dia_list_init(&hub->leaving);
    dia_list_init(&hub->listeners);
    dia_heap_init(&hub->timers, hub->alloc);
    dia_random_init(&hub->random, config->seed);
    dia_names_init(&hub->by_host, dia_random_u64(&hub->random), hub->alloc);
    dia_names_init(&hub->realms, hub->by_host.seed, hub->alloc);
    dia_map_init(&hub->by_number, dia_random_u64(&hub->random), hub->alloc);
    dia_map_init(&hub->moved, dia_random_u64(&hub->random), hub->alloc);
    dia_map_init(&hub->origins, dia_random_u64(&hub->random), hub->alloc);
    dia_pool_init(&hub->pool, 0, hub->alloc);
    hub->stop_alarm.ring = stop_time_is_up;
    hub->wheel = dia_wheel_new(hub->alloc, now.us);
    if (!hub->wheel || dia_heap_reserve(&hub->timers, DIA_HUB_ALARMS) || copy_config(hub, config) ||
        !(hub->self = dia_self_new(hub, &(dia_identity){ NULL })) ||
        (config->capabilities_update && dia_hub_advertise(hub, DIA_APP_CAPABILITIES_UPDATE, 0, DIA_APP_AUTH))) {
        dia_hub_done(hub);
        return DIA_ENOMEM;
    }
    hub->tapped = hub->config.on_message != NULL;
    fill_limits(&hub->config.limits);
    const size_t part = hub->config.limits.memory / POOL_PART;
    hub->pool.most = part < POOL_MOST ? part : POOL_MOST;
    if (!hub->config.watchdog_ms)
        hub->config.watchdog_ms = TW_MS;
    if (!hub->config.reopen_dwas)
        hub->config.reopen_dwas = REOPEN_DWAS;
    fill_tries(&hub->config);
    if (!hub->config.reconnect_ms)
        hub->config.reconnect_ms = TC_MS;
    if (!hub->config.reconnect_max_ms)
        hub->config.reconnect_max_ms = dia_reconnect_max(hub->config.reconnect_ms);
    hub->origin_state_id = (uint32_t)config->wall_clock;
    /* RFC 6733, 3: the high 12 bits from the time, the low 20 at random. */
    hub->end_to_end = (uint32_t)config->wall_clock << 20 | (dia_random_u32(&hub->random) & 0xfffff);
    hub->cer = dia_dict_command(&dia_dict_base, DIA_CODE_CAPABILITIES_EXCHANGE, true);
    hub->cea = hub->cer->other;
    hub->dwr = dia_dict_command(&dia_dict_base, DIA_CODE_DEVICE_WATCHDOG, true);
    hub->dwa = hub->dwr->other;
    hub->dpr = dia_dict_command(&dia_dict_base, DIA_CODE_DISCONNECT_PEER, true);
    hub->dpa = hub->dpr->other;
    hub->cur = dia_dict_command(&dia_dict_cu, DIA_CODE_CAPABILITIES_UPDATE, true);
    hub->cua = hub->cur->other;
    return 0;
}

static void give_back_outputs(dia_hub *hub, unsigned but)
{
    while (hub->n_spare_out > but)
        dia_buf_done(&hub->spare_out[--hub->n_spare_out]);
}

void dia_hub_rest(dia_hub *hub)
{
    if (dia_wheel_deadline(hub->wheel) != DIA_NEVER_US)
        return;
    dia_pool_trim(&hub->pool);
    give_back_outputs(hub, 1);
}

void dia_hub_done(dia_hub *hub)
{
    dia_heap_done(&hub->timers);
    dia_names_done(&hub->by_host);
    dia_names_done(&hub->realms);
    dia_map_done(&hub->by_number);
    dia_map_done(&hub->moved);
    dia_map_done(&hub->origins);
    give_back_outputs(hub, 0);
    dia_pool_trim(&hub->pool);
    dia_counts_done(hub, &hub->gone);
    dia_counts_done(hub, &hub->sum);
    dia_wheel_free(hub->wheel, hub->alloc);
    dia_self_unref(hub, hub->self);
    dia_release(hub->alloc, hub->apps, hub->cap_apps * sizeof *hub->apps);
    dia_release(hub->alloc, hub->strings, hub->strings_size);
    assert(!hub->memory);
}

/* ---- Applications ---- */

const dia_app *dia_hub_app(const dia_hub *hub, uint32_t id)
{
    for (size_t i = 0; i < hub->n_apps; i++)
        if (hub->apps[i].id == id)
            return &hub->apps[i];
    return NULL;
}

int dia_hub_advertise(dia_hub *hub, uint32_t id, uint32_t vendor, dia_app_kind kind)
{
    const dia_app *known = dia_hub_app(hub, id);
    if (known)
        return known->vendor == vendor && known->kind == kind ? 0 : DIA_EEXIST;
    if (kind < DIA_APP_AUTH || kind > DIA_APP_BOTH)
        return DIA_EINVAL;
    if (hub->n_apps == hub->cap_apps) {
        const size_t size = hub->cap_apps * sizeof *hub->apps;
        dia_app *apps = hub->alloc->resize(hub->alloc->arg, hub->apps, size, size + sizeof *apps);
        if (!apps)
            return DIA_ENOMEM;
        hub->apps = apps;
        hub->cap_apps++;
    }
    hub->apps[hub->n_apps++] = (dia_app){ id, vendor, kind };
    return 0;
}

int dia_hub_withdraw(dia_hub *hub, uint32_t id)
{
    for (size_t i = 0; i < hub->n_apps; i++) {
        if (hub->apps[i].id != id)
            continue;
        hub->n_apps--;
        memmove(&hub->apps[i], &hub->apps[i + 1], (hub->n_apps - i) * sizeof *hub->apps);
        return 0;
    }
    return DIA_ENOENT;
}

/* ---- Time ---- */

void dia_hub_alarm(dia_hub *hub, dia_alarm *alarm, int64_t at_us)
{
    if (at_us == DIA_NEVER_US)
        dia_heap_remove(&hub->timers, &alarm->timer);
    else if (dia_heap_set(&hub->timers, &alarm->timer, at_us))
        assert(!"room for alarms is reserved with their owners");
}

void dia_hub_tick(dia_hub *hub, dia_time now)
{
    if (now.us > hub->now.us) /* a clock of the caller's that jumps back is ignored */
        hub->now = now;
    for (dia_timer *timer; !hub->over && (timer = dia_heap_first(&hub->timers)) && timer->at <= hub->now.us;) {
        dia_alarm *alarm = DIA_OF(timer, dia_alarm, timer);
        dia_heap_remove(&hub->timers, timer);
        alarm->ring(alarm);
    }
    for (dia_waiting *waiting; !hub->over && (waiting = dia_wheel_expired(hub->wheel, hub->now.us));) {
        dia_conn *conn = waiting->conn;
        if (waiting->more_ms) {
            waiting->due_us = dia_waiting_end_us(waiting);
            waiting->more_ms = 0;
            dia_wheel_put(hub->wheel, waiting);
            hub->hooks.silent(hub->above, waiting);
            continue;
        }
        dia_waiting copy = dia_waiting_give_up(waiting);
        hub->hooks.outcome(hub->above, &copy, conn, DIA_OUTCOME_TIMEOUT, NULL, (dia_bytes){ NULL, 0 });
    }
}

int64_t dia_hub_deadline(const dia_hub *hub)
{
    const int64_t alarm = dia_heap_deadline(&hub->timers), request = dia_wheel_deadline(hub->wheel);
    return alarm < request ? alarm : request;
}

/* ---- Stopping ---- */

void dia_hub_stopped_yet(dia_hub *hub)
{
    if (!hub->stopping || hub->stopped || !dia_list_empty(&hub->conns))
        return;
    hub->stopped = true;
    dia_hub_alarm(hub, &hub->stop_alarm, DIA_NEVER_US);
    dia_hub_event(hub, DIA_EVENT_STOPPED, NULL, NULL, "the node has stopped", 0, (dia_bytes){ NULL, 0 });
}

void dia_hub_stop(dia_hub *hub, dia_cause cause, uint32_t timeout_ms)
{
    if (hub->stopping)
        return;
    const dia_limits *limits = &hub->config.limits;
    const int64_t total = timeout_ms ? timeout_ms : (int64_t)limits->drain_ms + limits->disconnect_ms;
    const int64_t farewell = limits->disconnect_ms < total / 2 ? limits->disconnect_ms : total / 2;
    hub->stopping = true;
    dia_hub_alarm(hub, &hub->stop_alarm, hub->now.us + total * 1000);
    DIA_LIST_EACH (p, &hub->peers)
        dia_peer_leave(DIA_OF(p, dia_peer, link), cause, hub->now.us + (total - farewell) * 1000, "the node stops");
    DIA_LIST_EACH (p, &hub->conns) {
        dia_conn *conn = DIA_OF(p, dia_conn, link);
        if (conn->phase < DIA_PHASE_OPEN)
            dia_conn_end(conn, true, "the node stops"); /* nothing was said that could be lost */
    }
    dia_hub_stopped_yet(hub);
}

/* ---- Small things ---- */

void dia_hub_forget(dia_hub *hub)
{
    for (dia_list *p; (p = dia_list_pop(&hub->leaving));) {
        dia_peer *peer = DIA_OF(p, dia_peer, leaving);
        if (!dia_peer_is_done(peer))
            continue;
        dia_peer *leader = peer->leader;
        if (!peer->configured)
            hub->n_unknown--;
        dia_peer_free(peer);
        if (leader != peer)
            dia_peer_forget_if_done(leader);
    }
}

void dia_hub_event(dia_hub *hub, dia_event_kind kind, const dia_peer *peer, const dia_conn *conn, const char *reason,
                   uint32_t result_code, dia_bytes message)
{
    dia_hub_tell(hub, &(dia_event){ kind, peer, conn, reason ? reason : "", result_code, message, NULL, 0 });
}

void dia_hub_tell(dia_hub *hub, const dia_event *event)
{
    if (hub->config.on_event)
        hub->config.on_event(hub->config.arg, hub->node, event);
}

void dia_hub_show(const dia_hub *hub, const dia_conn *conn, bool sent, dia_bytes message)
{
    const dia_message_seen seen = { sent, hub->now, conn, message };
    if (hub->tap)
        hub->tap(hub->tap_arg, hub->node, &seen);
    if (hub->config.on_message)
        hub->config.on_message(hub->config.arg, hub->node, &seen);
}

uint32_t dia_hub_end_to_end(dia_hub *hub)
{
    return hub->end_to_end++;
}

/* Peers whose ways come from the DNS (dia_peer_config.realm): asked for, taken, asked for again before they expire, and gone when they
 * do (RFC 6733, 5.2). What is asked, and how, is the driver's business (DIA_TODO_DISCOVER). */
#include "node/node.h"

#include <stdio.h>

enum { WAYS_MAX = 64, SENTENCE = 400 };
/* What lives for no time at all is believed for a moment all the same: else nobody would ever be connected to. */
enum { TTL_LEAST_S = 5, TTL_MOST_S = 86400, RETRY_LEAST_US = 1000000 };

struct dia_search {
    dia_list link; /* in node->discovering.searches */
    dia_peer *peer;
    uint32_t ticket;        /* of the question under way; 0: none */
    bool wished;            /* the driver is still to be told of it */
    int64_t ask_us;         /* when it is asked next; DIA_NEVER_US while it is under way */
    int64_t expires_us;     /* of what was found; DIA_NEVER_US: nothing was */
    uint32_t failures;      /* in a row */
    uint64_t told;          /* hash of the sentence that the application heard last */
    size_t size;            /* of the block */
    dia_peer_config config; /* of what counts here; in the block */
    const char **allow;     /* NULL: whoever is of that realm */
    size_t allow_size;
};

/* ---- Time ---- */

static bool is_resting(const dia_search *s)
{
    return s->peer->removed || s->peer->disabled || s->peer->hub->stopping;
}

static void set_alarm(dia_node *node)
{
    int64_t at = DIA_NEVER_US;
    for (dia_list *p = node->discovering.searches.next; p != &node->discovering.searches; p = p->next) {
        const dia_search *s = DIA_OF(p, dia_search, link);
        at = s->ask_us < at ? s->ask_us : at;
        at = s->expires_us < at ? s->expires_us : at;
    }
    dia_hub_alarm(&node->hub, &node->discovering.alarm, at);
}

/* Tc, twice as long after each failure in a row; while something is still known, at least once more before it expires. */
static int64_t retry_us(const dia_search *s)
{
    const dia_peer *peer = s->peer;
    const int64_t now = peer->hub->now.us;
    int64_t ms = peer->reconnect_ms;
    for (uint32_t i = 1; i < s->failures && ms < peer->reconnect_max_ms; i++)
        ms *= 2;
    if (s->failures > 1 && ms > peer->reconnect_max_ms)
        ms = peer->reconnect_max_ms;
    int64_t us = ms * 1000;
    if (s->expires_us != DIA_NEVER_US && s->expires_us > now && us > (s->expires_us - now) / 2)
        us = (s->expires_us - now) / 2;
    return now + (us < RETRY_LEAST_US ? RETRY_LEAST_US : us);
}

/* ---- Asking ---- */

static void ask(dia_node *node, dia_search *s)
{
    if (s->ticket || is_resting(s))
        return;
    do
        s->ticket = ++node->discovering.ticket;
    while (!s->ticket);
    s->wished = true;
    s->ask_us = DIA_NEVER_US;
    node->discovering.wishes++;
}

void dia_search_wanted(dia_peer *peer)
{
    dia_node *node = peer->hub->node;
    dia_search *s = peer->leader->search;
    if (!s || s->ticket)
        return;
    if (!peer->leader->target)
        ask(node, s);
    set_alarm(node);
}

bool dia_search_is_under_way(const dia_peer *peer)
{
    return peer->search && peer->search->ticket;
}

/* The last connection by what is no more is gone: then the name is, too. */
void dia_search_look(dia_node *node, const dia_peer *peer)
{
    if (peer && peer->renames && peer->leader->search && !peer->target)
        dia_hub_alarm(&node->hub, &node->discovering.alarm, node->hub.now.us);
}

bool dia_search_todo(dia_node *node, dia_todo *out)
{
    if (!node->discovering.wishes)
        return false;
    for (dia_list *p = node->discovering.searches.next; p != &node->discovering.searches; p = p->next) {
        dia_search *s = DIA_OF(p, dia_search, link);
        if (!s->wished)
            continue;
        s->wished = false;
        node->discovering.wishes--;
        *out = (dia_todo){ .kind = DIA_TODO_DISCOVER,
                           .ticket = s->ticket,
                           .realm = dia_cstr(s->config.realm),
                           .application = s->config.realm_application };
        return true;
    }
    return false;
}

/* ---- What the application hears ---- */

/* Not the same again each time that it is asked. */
static void tell(dia_search *s, const char *sentence, const dia_target *ways)
{
    dia_hub *hub = s->peer->hub;
    const uint64_t hash = dia_hash_nocase(dia_cstr(sentence), 1);
    if (hash == s->told)
        return;
    s->told = hash;
    dia_hub_tell(
        hub, &(dia_event){
                 .kind = DIA_EVENT_DISCOVERED, .peer = s->peer, .reason = sentence, .found = ways ? ways->n_uris : 0 });
}

static void tell_ways(dia_search *s, const dia_target *target, size_t passed)
{
    char text[SENTENCE];
    const size_t n = target->n_uris;
    char more[40] = "", left[80] = "";
    if (n > 1)
        snprintf(more, sizeof more, " and %zu more", n - 1);
    if (passed)
        snprintf(left, sizeof left, "; %zu without TLS are not taken", passed);
    snprintf(text, sizeof text, "found for %s: %s%s%s", s->config.realm, target->uris[0], more, left);
    tell(s, text, target);
}

/* ---- What was found ---- */

typedef struct ways {
    const char *uris[WAYS_MAX + 1];
    uint64_t foreign; /* a bit for each */
    size_t n, passed;
} ways;

static void take_way(ways *out, const dia_found *found)
{
    if (out->n == WAYS_MAX || strlen(found->text) >= DIA_URI_ROOM)
        return;
    out->foreign |= (uint64_t)found->foreign << out->n;
    out->uris[out->n++] = found->text;
}

/* Those with TLS, as they come; the others behind them, and only where they are allowed. Nobody vouches for one that leads out of
 * the domain and shows no certificate (RFC 6733, 5.2). */
static void choose(const dia_search *s, const dia_findings *findings, ways *out)
{
    *out = (ways){ { NULL }, 0, 0, 0 };
    for (size_t i = 0; i < findings->n; i++)
        if (findings->found[i].uri.secure)
            take_way(out, &findings->found[i]);
    for (size_t i = 0; i < findings->n; i++) {
        const dia_found *found = &findings->found[i];
        if (found->uri.secure)
            continue;
        if (s->config.insecure && !found->foreign)
            take_way(out, found);
        else
            out->passed++;
    }
    out->uris[out->n] = NULL;
}

static bool is_same(const dia_target *target, const ways *found)
{
    if (!target || target->n_uris != found->n || target->foreign != found->foreign)
        return false;
    for (size_t i = 0; i < found->n; i++)
        if (strcmp(target->uris[i], found->uris[i]) != 0)
            return false;
    return true;
}

/* NULL: no memory. */
static dia_target *target_of(const dia_search *s, const ways *found)
{
    dia_peer_config config = s->config;
    config.connect = found->uris[0];
    config.also = found->uris + 1;
    dia_target *target = dia_target_new(s->peer->hub, &config);
    if (target)
        target->foreign = found->foreign;
    return target;
}

/* The connection that stands, or is being made. */
static const dia_conn *conn_of(const dia_peer *peer)
{
    const dia_conn *conn = dia_peer_conn(peer);
    return conn ? conn : peer->i;
}

/* Was it made by one of these ways? Who has connected to us was not found. */
static bool goes_by(const dia_conn *conn, const dia_target *target)
{
    if (!conn->target)
        return true;
    for (size_t i = 0; target && i < target->n_uris; i++)
        if (!strcmp(target->uris[i], conn->target->uris[conn->uri]))
            return true;
    return false;
}

/* From here on it is connected to by these; what stands by others ends. Callbacks may run. */
static void aim(dia_search *s, dia_target *target, const char *reason)
{
    dia_peer *leader = s->peer;
    dia_hub *hub = leader->hub;
    for (dia_peer *p = leader; p; p = p->more) {
        dia_peer_aim(p, target ? dia_target_ref(target) : NULL);
        if (p->state == DIA_PEER_CLOSED)
            dia_peer_set_alarm(p);
    }
    for (dia_peer *p = leader, *next; p && !hub->over; p = next) {
        const dia_conn *conn = conn_of(p);
        next = p->more;
        if (conn && (!target || !goes_by(conn, target))) {
            p->onward = target; /* at once when this one has ended */
            dia_peer_leave(p, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU,
                           hub->now.us + (int64_t)hub->config.limits.drain_ms * 1000, reason);
        } else if (target && p->state == DIA_PEER_CLOSED && !p->unwanted && !is_resting(s)) {
            dia_peer_step(p, DIA_ON_START, &(dia_peer_input){ NULL });
        }
    }
}

/* ---- Learning and forgetting ---- */

static void forget_ways(dia_search *s, const char *reason)
{
    s->expires_us = DIA_NEVER_US;
    if (s->peer->target)
        aim(s, NULL, reason);
}

static void take_nothing(dia_search *s, const dia_findings *findings, const ways *found)
{
    char text[SENTENCE];
    const bool known = findings->denied || findings->n;
    s->failures++;
    s->ask_us = retry_us(s);
    if (found->passed)
        snprintf(text, sizeof text, "found for %s: only ways that cannot be taken without TLS", s->config.realm);
    else
        snprintf(text, sizeof text, "nothing found for %s: %s", s->config.realm,
                 findings->why ? findings->why : "no reason given");
    dia_peer_failed(s->peer, text, 0);
    if (known)
        forget_ways(s, "the DNS names this way no more");
    tell(s, text, s->peer->target);
}

static void take_ways(dia_node *node, dia_search *s, const dia_findings *findings, const ways *found)
{
    const int64_t now = node->hub.now.us;
    const uint32_t ttl_s = findings->ttl_s < TTL_LEAST_S  ? TTL_LEAST_S
                           : findings->ttl_s > TTL_MOST_S ? TTL_MOST_S
                                                          : findings->ttl_s;
    const int64_t us = (int64_t)ttl_s * 1000000;
    const bool same = is_same(s->peer->target, found);
    dia_target *target = same ? NULL : target_of(s, found);
    if (!target && !same) {
        s->failures++;
        s->ask_us = retry_us(s);
        return;
    }
    s->failures = 0;
    s->expires_us = now + us;
    s->ask_us = now + us - us / 10;
    if (!target)
        return;
    tell_ways(s, target, found->passed);
    if (!node->hub.over && !s->peer->removed)
        aim(s, target, "the DNS names this way no more");
    dia_target_unref(&node->hub, target);
}

static dia_search *find(const dia_node *node, uint32_t ticket)
{
    for (dia_list *p = node->discovering.searches.next; p != &node->discovering.searches; p = p->next)
        if (DIA_OF(p, dia_search, link)->ticket == ticket && ticket)
            return DIA_OF(p, dia_search, link);
    return NULL;
}

void dia_node_discovered(dia_node *node, uint32_t ticket, const dia_findings *findings, dia_time now)
{
    ways found;
    dia_node_enter(node, now);
    dia_search *s = find(node, ticket);
    if (s) {
        s->ticket = 0;
        choose(s, findings, &found);
        if (found.n)
            take_ways(node, s, findings, &found);
        else
            take_nothing(s, findings, &found);
        if (!node->hub.over) {
            if (node->seeking.n_parked) /* requests wait for it */
                dia_hub_alarm(&node->hub, &node->seeking.alarm, node->hub.now.us);
            set_alarm(node);
        }
    }
    dia_node_leave(node);
}

/* Callbacks may remove peers, and their searches with them: one at a time. */
static bool step(dia_node *node)
{
    const int64_t now = node->hub.now.us;
    DIA_LIST_EACH (p, &node->discovering.searches) {
        dia_search *s = DIA_OF(p, dia_search, link);
        if (s->ask_us <= now) {
            s->ask_us = DIA_NEVER_US;
            ask(node, s);
        }
        if (!s->peer->target && s->peer->renames && s->peer->state == DIA_PEER_CLOSED && !s->peer->n_conns)
            dia_peer_unname(s->peer);
        if (s->expires_us > now)
            continue;
        forget_ways(s, "what the DNS said of this way has expired");
        char text[SENTENCE];
        snprintf(text, sizeof text, "what the DNS said of %s has expired, and it says nothing more", s->config.realm);
        tell(s, text, NULL);
        return true;
    }
    return false;
}

static void ring(dia_alarm *alarm)
{
    dia_node *node = DIA_OF(DIA_OF(alarm, dia_discovering, alarm), dia_node, discovering);
    while (!node->hub.over && step(node))
        ;
    if (!node->hub.over)
        set_alarm(node);
}

/* ---- Roles ---- */

static bool offers(const dia_capabilities *found, uint32_t application)
{
    for (size_t i = 0; i < found->n_apps; i++)
        if (found->apps[i] == application)
            return true;
    return found->relay || !application;
}

const char *dia_search_judge(const dia_conn *conn, const dia_capabilities *found)
{
    const dia_search *s = conn->target && conn->target->realm ? conn->peer->leader->search : NULL;
    if (!s)
        return NULL;
    const dia_stranger who = { .host = found->host, .realm = found->realm, .conn = conn };
    if (s->allow ? !dia_patterns_match(s->allow, &who)
                 : !s->config.host && !dia_bytes_equal_nocase(found->realm, dia_cstr(s->config.realm)))
        return "found in the DNS, but nobody has allowed it to be this peer (RFC 6733, 5.2)";
    if (!offers(found, s->config.realm_application))
        return "found in the DNS, but it does not offer the application that was asked for";
    return NULL;
}

/* ---- Life ---- */

const char *dia_search_wrong(const dia_peer_config *config)
{
    if (!config->realm)
        return config->found ? "found without realm" : NULL;
    if (config->connect)
        return "realm together with connect: the one is found, the other is known";
    if (!dia_identity_valid(dia_cstr(config->realm)))
        return "realm must be a DiameterIdentity (RFC 6733, 4.3.1)";
    for (const char *const *pattern = config->found; pattern && *pattern; pattern++)
        if (!dia_allow_pattern_valid(*pattern))
            return "found wants identities, \"*.\" and an identity, or \"*\"; \"realm:\" before or a range of "
                   "addresses behind them";
    return NULL;
}

static const char *copy_text(char **at, const char *text)
{
    if (!text)
        return NULL;
    const size_t n = strlen(text) + 1;
    char *copy = memcpy(*at, text, n);
    *at += n;
    return copy;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

int dia_search_new(dia_node *node, const dia_peer_config *config, dia_search **out)
{
    const dia_allocator *alloc = node->hub.alloc;
    const size_t size = sizeof(dia_search) + size_of(config->realm) + size_of(config->host) +
                        size_of(config->socket.local) + size_of(config->socket.tls);
    dia_search *s = dia_alloc0(alloc, size);
    if (!s)
        return DIA_ENOMEM;
    s->size = size;
    if (config->found && !(s->allow = dia_patterns_copy(&node->hub, config->found, &s->allow_size))) {
        dia_release(alloc, s, size);
        return DIA_ENOMEM;
    }
    char *at = (char *)(s + 1);
    s->config = (dia_peer_config){ .realm_application = config->realm_application,
                                   .insecure = config->insecure,
                                   .inband = config->inband,
                                   .socket = config->socket };
    s->config.realm = copy_text(&at, config->realm);
    s->config.host = copy_text(&at, config->host);
    s->config.socket.local = copy_text(&at, config->socket.local);
    s->config.socket.tls = copy_text(&at, config->socket.tls);
    s->ask_us = s->expires_us = DIA_NEVER_US;
    dia_list_init(&s->link);
    *out = s;
    return 0;
}

void dia_search_end(dia_node *node, dia_search *s)
{
    if (!s)
        return;
    node->discovering.wishes -= s->wished;
    dia_list_remove(&s->link);
    dia_release(node->hub.alloc, s->allow, s->allow_size);
    dia_release(node->hub.alloc, s, s->size);
}

void dia_search_begin(dia_node *node, dia_peer *peer, dia_search *s)
{
    dia_search_end(node, peer->search);
    peer->search = s;
    if (!s)
        return;
    s->peer = peer;
    dia_list_push_back(&node->discovering.searches, &s->link);
    ask(node, s);
    set_alarm(node);
}

void dia_discovering_init(dia_node *node)
{
    dia_list_init(&node->discovering.searches);
    node->discovering.alarm.ring = ring;
}

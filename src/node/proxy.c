/* The proxy (RFC 6733, 2.8.2, 6.1.9 and 6.2.2): requests of its applications meet a hook before they are passed on, and their
 * answers another one on the way back. What hooks may do with a transit stands in transit.c. */
#include "node/transit.h"

#include <stdio.h>

enum { SPARE_MAX = 64, SPARE_BUF = 16384 };

/* ---- Who proxies what ---- */

static uint64_t key_of(uint32_t application, uint32_t command)
{
    return (uint64_t)application << 32 | command;
}

static dia_proxied *look_up(struct dia_proxies *all, uint32_t application, uint32_t command)
{
    const uint64_t keys[] = { key_of(application, command), key_of(application, 0), key_of(0, command), 0 };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        dia_proxied *proxied = dia_map_get(&all->proxied, keys[i]);
        if (proxied && !proxied->off)
            return proxied;
    }
    return NULL;
}

/* Applications that are only relayed have no proxies of their own. */
static dia_proxied *look_up_relayed(struct dia_proxies *all, uint32_t command)
{
    dia_proxied *proxied = look_up(all, DIA_APP_RELAY, command);
    return proxied && proxied->proxy.relayed ? proxied : NULL;
}

dia_proxied *dia_proxied_for(const dia_node *node, const dia_header *header, bool relayed)
{
    struct dia_proxies *all = node->proxies;
    if (relayed)
        return look_up_relayed(all, header->command);
    if (!all->looked_up || all->latest_application != header->application || all->latest_command != header->command) {
        all->latest = look_up(all, header->application, header->command);
        all->looked_up = true;
        all->latest_application = header->application;
        all->latest_command = header->command;
    }
    return all->latest;
}

static struct dia_proxies *proxies_of(dia_node *node)
{
    struct dia_proxies *all = node->proxies;
    if (all || !(all = dia_alloc0(node->hub.alloc, sizeof *all)))
        return all;
    dia_map_init(&all->proxied, dia_random_u64(&node->hub.random), node->hub.alloc);
    dia_list_init(&all->kept);
    dia_list_init(&all->spare);
    return node->proxies = all;
}

int dia_node_proxy(dia_node *node, const dia_proxy *proxy)
{
    const dia_hub *hub = &node->hub;
    if (proxy->application == DIA_APP_RELAY)
        return dia_node_failed(node, DIA_EINVAL,
                               "a proxy knows the applications that it proxies: the relay application is none of them");
    if (proxy->application && !dia_hub_app(hub, proxy->application))
        return dia_node_failed(node, DIA_EINVAL,
                               "an application has to be advertised (dia_node_use) before it is proxied");
    struct dia_proxies *all = proxies_of(node);
    const uint64_t key = key_of(proxy->application, proxy->command);
    dia_proxied *proxied = all ? dia_map_get(&all->proxied, key) : NULL;
    if (all && !proxied && (proxied = dia_alloc0(hub->alloc, sizeof *proxied)) &&
        dia_map_put(&all->proxied, key, proxied)) {
        dia_release(hub->alloc, proxied, sizeof *proxied);
        proxied = NULL;
    }
    if (!proxied)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    *proxied = (dia_proxied){ .proxy = *proxy };
    for (size_t i = 0; i < sizeof proxied->marks / sizeof *proxied->marks; i++)
        proxied->marks[i] = (struct dia_mark){ .of = proxied, .sealed = i & 1, .relayed = i & 2 };
    snprintf(proxied->name, sizeof proxied->name, "%s", proxy->name ? proxy->name : "");
    proxied->proxy.name = proxied->name;
    all->looked_up = false;
    return 0;
}

int dia_node_unproxy(dia_node *node, uint32_t application, uint32_t command)
{
    struct dia_proxies *all = node->proxies;
    dia_proxied *proxied = all ? dia_map_get(&all->proxied, key_of(application, command)) : NULL;
    if (!proxied || proxied->off)
        return DIA_ENOENT;
    proxied->proxy = (dia_proxy){ .name = proxied->name };
    proxied->off = true;
    all->looked_up = false;
    return 0;
}

/* ---- Keys ---- */

void dia_node_set_proxy_key(dia_node *node, const uint8_t key[16])
{
    memcpy(node->proxy_key, key, sizeof node->proxy_key);
}

/* Not from the node's random numbers, which others get to see. */
void dia_node_proxy_key_from_seed(dia_node *node, const uint8_t seed[32])
{
    dia_siphash h;
    dia_siphash_init(&h, seed);
    dia_siphash_add(&h, (dia_bytes){ seed + 16, 16 });
    dia_siphash_add(&h, DIA_STR("Proxy-State"));
    dia_siphash_end(&h, node->proxy_key);
}

/* ---- A transit ---- */

static dia_transit *transit_new(dia_node *node, dia_proxied *proxied)
{
    struct dia_proxies *all = node->proxies;
    dia_hub *hub = &node->hub;
    dia_list *spare = dia_list_pop(&all->spare);
    dia_transit *t = spare ? DIA_OF(spare, dia_transit, link) : dia_alloc0(hub->alloc, sizeof *t);
    if (!t)
        return NULL;
    if (spare) {
        all->n_spare--;
    } else {
        dia_list_init(&t->link);
        dia_arena_init(&t->arena, NULL, 0, hub->config.limits.decoded, hub->alloc);
        dia_arena_init(&t->structs, NULL, 0, hub->config.limits.decoded, hub->alloc);
    }
    const dia_transit old = *t;
    *t = (dia_transit){ .link = old.link,
                        .node = node,
                        .proxied = proxied,
                        .buf = old.buf,
                        .cap = old.cap,
                        .arena = old.arena,
                        .structs = old.structs };
    dia_list_init(&t->link);
    return t;
}

static void transit_free(dia_transit *t)
{
    const dia_allocator *alloc = t->node->hub.alloc;
    dia_arena_done(&t->arena);
    dia_arena_done(&t->structs);
    dia_release(alloc, t->buf, t->cap);
    dia_release(alloc, t, sizeof *t);
}

/* Its request ends with it, when it is still there. */
static void transit_release(dia_transit *t)
{
    struct dia_proxies *all = t->node->proxies;
    dia_list_remove(&t->link);
    if (t->request)
        dia_request_release(t->request);
    t->request = NULL;
    if (all->n_spare >= SPARE_MAX || t->cap > SPARE_BUF || dia_hub_is_full(&t->node->hub)) {
        transit_free(t);
        return;
    }
    dia_arena_reset(&t->arena);
    dia_arena_reset(&t->structs);
    dia_list_push_front(&all->spare, &t->link);
    all->n_spare++;
}

void dia_proxies_done(dia_node *node)
{
    struct dia_proxies *all = node->proxies;
    const dia_allocator *alloc = node->hub.alloc;
    if (!all)
        return;
    for (dia_list *p; (p = dia_list_pop(&all->kept)) || (p = dia_list_pop(&all->spare));)
        transit_free(DIA_OF(p, dia_transit, link)); /* the requests of those kept have ended with the node's others */
    size_t at = 0;
    for (dia_proxied *proxied; (proxied = dia_map_next(&all->proxied, &at, NULL));)
        dia_release(alloc, proxied, sizeof *proxied);
    dia_map_done(&all->proxied);
    dia_release(alloc, all, sizeof *all);
    node->proxies = NULL;
}

int dia_transit_grow(dia_transit *t, size_t n)
{
    const dia_hub *hub = &t->node->hub;
    if (n > hub->config.limits.message)
        return DIA_ESPACE;
    if (n <= t->cap)
        return 0;
    const bool here = t->buf && t->message.p == t->buf;
    size_t cap = t->cap > 512 ? t->cap : 512;
    while (cap < n)
        cap *= 2;
    uint8_t *buf = hub->alloc->resize(hub->alloc->arg, t->buf, t->cap, cap);
    if (!buf)
        return DIA_ENOMEM;
    t->buf = buf;
    t->cap = cap;
    if (here)
        t->message.p = buf;
    return 0;
}

int dia_transit_own(dia_transit *t, size_t more)
{
    const int err = dia_transit_grow(t, t->message.n + more);
    if (err || t->message.p == t->buf)
        return err;
    memcpy(t->buf, t->message.p, t->message.n);
    t->message.p = t->buf;
    return 0;
}

static dia_conn *conn_of(const dia_transit *t, uint32_t number)
{
    dia_conn *conn = number ? dia_map_get(&t->node->hub.by_number, number) : NULL;
    return conn && (conn->phase == DIA_PHASE_OPEN || conn->phase == DIA_PHASE_CLOSING) ? conn : NULL;
}

dia_conn *dia_transit_ingress(const dia_transit *t)
{
    return conn_of(t, t->ingress);
}

dia_conn *dia_transit_egress(const dia_transit *t)
{
    return conn_of(t, t->egress);
}

void dia_transit_tell(const dia_transit *t, const char *text, uint32_t result_code, dia_bytes message)
{
    char reason[200];
    const dia_conn *conn = t->is_answer ? dia_transit_egress(t) : dia_transit_ingress(t);
    const char *name = t->proxied->name;
    snprintf(reason, sizeof reason, "%s%s%s", name, *name ? ": " : "", text);
    dia_hub_event(&t->node->hub, DIA_EVENT_PROXY, conn ? conn->peer : NULL, conn, reason, result_code, message);
}

/* ---- State ---- */

static bool is_our_proxy_info(const dia_node *node, const dia_avp *avp)
{
    if (!dia_is_proxy_info(avp))
        return false;
    for (dia_avps it = dia_avps_in(avp->data); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_PROXY_HOST && !it.avp.vendor)
            return dia_bytes_equal_nocase(it.avp.data, node->hub.self->host);
    return false;
}

/* `of` is the request as it goes, `from` what its last Route-Record says or will say. */
static dia_seal seal_of(const dia_transit *t, dia_bytes of, dia_bytes from)
{
    return (dia_seal){ .peer = from,
                       .session_id = dia_value_of(of, DIA_AVP_SESSION_ID),
                       .end_to_end = t->asked.end_to_end,
                       .application = t->asked.application,
                       .command = t->asked.command };
}

/* Behind the request: Proxy-Info with our name and the state (RFC 6733, 6.1.9). */
static int seal(dia_transit *t, dia_bytes record)
{
    const dia_node *node = t->node;
    const dia_bytes host = node->hub.self->host;
    const size_t n = 8 + 8 + ((host.n + 3) & ~(size_t)3) + 8 + ((t->state.n + DIA_SEAL_SIZE + 3) & ~(size_t)3);
    const int err = dia_transit_own(t, n);
    if (err)
        return err;
    const dia_seal seal = seal_of(t, t->message, record);
    dia_builder b;
    dia_build_begin_avps(&b, t->buf + t->message.n, n);
    dia_put_group(&b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M);
    dia_put_bytes(&b, DIA_AVP_PROXY_HOST, 0, DIA_AVP_M, host);
    uint8_t *to = dia_put_room(&b, DIA_AVP_PROXY_STATE, 0, DIA_AVP_M, t->state.n + DIA_SEAL_SIZE);
    assert(to);
    dia_seal_write(node->proxy_key, &seal, t->state, to);
    dia_put_group_end(&b);
    assert(b.n == n && !b.err);
    t->message.n += n;
    return 0;
}

static dia_bytes open_seal(const dia_transit *t, const dia_avp *proxy_info)
{
    dia_bytes sealed = { NULL, 0 };
    for (dia_avps it = dia_avps_in(proxy_info->data); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_PROXY_STATE && !it.avp.vendor)
            sealed = it.avp.data;
    dia_bytes record = { NULL, 0 };
    for (dia_avps it = dia_avps_of(t->sent); dia_avp_step(&it);)
        record = it.avp.data;
    const dia_seal seal = seal_of(t, t->sent, record);
    return dia_seal_open(t->node->proxy_key, &seal, sealed);
}

/* Takes our Proxy-Info out of an answer, the last one that there is (RFC 6733, 6.2.2), and the state out of that. DIA_ENOMEM:
 * it is still there. */
static int unseal(dia_transit *t, dia_conn *from)
{
    dia_avp found = { .code = 0 };
    for (dia_avps it = dia_avps_of(t->message); dia_avp_step(&it);)
        if (is_our_proxy_info(t->node, &it.avp))
            found = it.avp;
    const dia_bytes state = found.code ? open_seal(t, &found) : (dia_bytes){ NULL, 0 };
    if (state.p && !(t->state = dia_arena_copy(&t->arena, state)).p)
        return DIA_ENOMEM;
    if (!state.p) {
        if (from)
            DIA_COUNT(from, forged);
        else
            t->node->hub.counters.forged++;
        dia_transit_tell(t,
                         found.code ? "an answer came with another state than its request had"
                                    : "an answer came without the state that its request had",
                         0, t->message);
    }
    if (!found.code)
        return 0;
    const size_t at = (size_t)(found.octets.p - t->message.p), n = found.octets.n;
    const int err = dia_transit_own(t, 0);
    if (err)
        return err;
    memmove(t->buf + at, t->buf + at + n, t->message.n - at - n);
    t->message.n -= n;
    dia_store24(t->buf + DIA_AT_LENGTH, (uint32_t)t->message.n);
    return 0;
}

/* ---- Answers of our own ---- */

/* We put one or two AVPs behind it. */
dia_bytes dia_transit_asked(const dia_transit *t)
{
    if (!t->is_answer)
        return t->request ? t->request->octets : t->message;
    if (t->unsent)
        return t->sent;
    const uint8_t *last[2] = { NULL, NULL };
    for (dia_avps it = dia_avps_of(t->sent); dia_avp_step(&it);) {
        last[0] = last[1];
        last[1] = it.avp.octets.p;
    }
    const uint8_t *end = last[t->sealed ? 0 : 1];
    return end ? (dia_bytes){ t->sent.p, (size_t)(end - t->sent.p) } : t->sent;
}

static int64_t build_answer(const dia_transit *t, dia_bytes request, uint32_t result_code, const char *text,
                            uint8_t *to, size_t size, size_t *needed)
{
    const dia_self *self = t->node->hub.self;
    const dia_answer_head head = { .origin_host = self->host,
                                   .origin_realm = self->realm,
                                   .result_code = result_code,
                                   .error_message = dia_cstr(text) };
    dia_builder b;
    int64_t n = dia_answer_begin(&b, to, size, request, &head);
    if (!n)
        n = dia_build_end(&b);
    *needed = b.n;
    return n;
}

int dia_transit_say(dia_transit *t, uint32_t result_code, const char *text)
{
    dia_bytes request = dia_transit_asked(t);
    const dia_allocator *alloc = t->node->hub.alloc;
    if (!request.p)
        return DIA_ENOENT;
    for (size_t size = 512;;) {
        size_t needed = 0;
        uint8_t *buf = dia_alloc(alloc, size);
        if (!buf)
            return DIA_ENOMEM;
        const int64_t n = build_answer(t, request, result_code, text, buf, size, &needed);
        if (n >= 0) {
            dia_release(alloc, t->buf, t->cap);
            t->buf = buf;
            t->cap = size;
            t->message = (dia_bytes){ buf, (size_t)n };
            return 0;
        }
        dia_release(alloc, buf, size);
        if (n != DIA_ESPACE || needed <= size || needed > t->node->hub.config.limits.message)
            return (int)n;
        size = needed;
    }
}

/* ---- The way back ---- */

static void count_answer(const dia_transit *t, dia_conn *to)
{
    DIA_COUNT(to, answers_out);
    dia_count_answer(to, t->asked.application, t->asked.command, dia_result_of(t->message));
}

/* The hook could not do what it wanted: the answer does not pass as it is. A failure stays one. */
static void replace_broken(dia_transit *t)
{
    const dia_result result = dia_result_of(t->message);
    const bool failed = !result.vendor && result.code / 1000 > 2 && result.code / 1000 < 6;
    dia_transit_tell(t, dia_strerror(t->err), 0, t->message);
    t->message = (dia_bytes){ NULL, 0 };
    dia_transit_say(t, failed ? result.code : DIA_RESULT_CODE_UNABLE_TO_COMPLY, "the answer could not be passed on");
}

static uint8_t *put_answer(const dia_transit *t, dia_conn *to, size_t *n)
{
    dia_node *node = t->node;
    const dia_waiting waiting = { .stands_in = t->stands_in };
    if (!node->relief)
        return dia_conn_put(to, t->message);
    dia_relief_look(node, t->message);
    return dia_relief_put_answer(node, &waiting, dia_transit_egress(t), to, t->message, n);
}

/* To the requester, if that is still there. What cannot be said as it should be is said shorter. */
static void answer(dia_transit *t)
{
    dia_conn *to = dia_transit_ingress(t);
    if (t->message.p && t->err)
        replace_broken(t);
    if (!to) {
        if (t->came.p)
            t->node->hub.counters.late_answers++;
        return;
    }
    size_t n = t->message.n;
    const bool fits = !t->message.p || n <= dia_conn_longest(to);
    uint8_t *p = t->message.p && fits && !dia_conn_is_clogged(to) ? put_answer(t, to, &n) : NULL;
    if (!fits) {
        dia_conn_reject_protocol(to, &t->asked, dia_transit_asked(t), DIA_RESULT_CODE_UNABLE_TO_COMPLY,
                                 "the answer is longer than this connection carries");
    } else if (p) {
        dia_store32(p + DIA_AT_HOP_BY_HOP, t->asked.hop_by_hop);
        dia_conn_wrote(to, n);
        count_answer(t, to);
    } else if (!t->node->hub.stopped) {
        dia_conn_reject_protocol(to, &t->asked, dia_transit_asked(t), DIA_RESULT_CODE_TOO_BUSY,
                                 "no memory for an answer");
    }
}

/* True: it is over, and t with it. */
static bool run(dia_transit *t, dia_transit_fn *hook)
{
    if (hook) {
        t->running = true;
        hook(t, t->proxied->proxy.arg);
        t->running = false;
    }
    if (t->done)
        transit_release(t);
    return t->done || t->kept;
}

/* A request that has no way is answered as if it had gone: its hook finds what the other one made of it. */
static void stay(dia_transit *t)
{
    const dia_bytes copy = t->message.p == t->buf ? dia_arena_copy(&t->arena, t->message) : t->message;
    t->sent = copy.p ? copy : t->request->octets;
    t->unsent = true;
}

/* `text` NULL: the answer is there. Otherwise it is ours. */
static void turn_back(dia_transit *t, uint32_t result_code, const char *text)
{
    if (text) {
        dia_conn *to = dia_transit_ingress(t);
        if (to) {
            DIA_COUNT(to, faults);
            dia_hub_event(&t->node->hub, DIA_EVENT_FAULT, to->peer, to, text, result_code, t->message);
        }
        if (!t->is_answer)
            stay(t);
        if (dia_transit_say(t, result_code, text))
            t->message = (dia_bytes){ NULL, 0 };
        t->egress = 0;
    }
    t->is_answer = true;
    if (run(t, t->proxied->proxy.on_answer))
        return;
    answer(t);
    transit_release(t);
}

bool dia_proxy_outcome(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to, dia_outcome_kind kind,
                       dia_bytes message)
{
    const struct dia_mark *mark = waiting->arg;
    dia_proxied *proxied = mark->of;
    const bool is_answer = kind == DIA_OUTCOME_ANSWER;
    if (!mark->sealed && !proxied->proxy.on_answer)
        return false;
    dia_header asked = { .version = 1,
                         .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                         .command = waiting->code,
                         .application = waiting->application,
                         .hop_by_hop = waiting->ingress_hop,
                         .end_to_end = waiting->end_to_end };
    dia_transit *t = transit_new(node, proxied);
    if (!t) {
        if (to && !node->hub.stopped)
            dia_conn_reject_protocol(to, &asked, (dia_bytes){ NULL, 0 }, DIA_RESULT_CODE_TOO_BUSY,
                                     "no memory for an answer");
    } else {
        t->ingress = waiting->ingress;
        t->egress = is_answer && from ? from->number : 0;
        t->asked = asked;
        t->relayed = mark->relayed;
        t->sealed = mark->sealed;
        t->stands_in = waiting->stands_in;
        t->is_answer = true;
        if (waiting->copy)
            t->sent = (dia_bytes){ waiting->copy, waiting->copied - (waiting->stands_in ? DIA_FEATURES_SIZE : 0) };
        t->came = t->message = message;
        if (is_answer && mark->sealed && unseal(t, from))
            t->err = DIA_ENOMEM;
        if (is_answer || kind == DIA_OUTCOME_STOPPED || !dia_transit_ingress(t))
            turn_back(t, 0, NULL);
        else
            turn_back(t, DIA_RESULT_CODE_UNABLE_TO_DELIVER, dia_no_answer(kind));
    }
    return true;
}

/* ---- The way there ---- */

/* 0, or why not. */
static uint32_t pass_on(dia_transit *t, dia_conn *conn, const char **why)
{
    dia_node *node = t->node;
    dia_decision way = { .to = dia_transit_egress(t) };
    if (way.to && (dia_peer_candidate(way.to->peer) != way.to || dia_conn_is_busy(way.to)))
        way.to = NULL; /* no longer, as it was kept for long */
    const dia_bytes record = t->record.p ? t->record : conn->peer->host;
    bool stands_in = false;
    const bool unchanged = t->request && t->message.p == t->request->octets.p;
    dia_relay_way(node, conn, &t->asked, t->message, unchanged ? t->seen : NULL, &way, &stands_in);
    uint32_t result_code = way.result_code;
    *why = way.why;
    const size_t n = t->message.n;
    const int err = !result_code && t->state.p ? seal(t, record) : 0;
    if (err) {
        *why = err == DIA_ENOMEM ? "no memory for the state of a request"
                                 : "with its state the request would be longer than limits.message";
        return err == DIA_ENOMEM ? DIA_RESULT_CODE_TOO_BUSY : DIA_RESULT_CODE_UNABLE_TO_DELIVER;
    }
    if (!result_code) {
        const dia_passing passing = {
            .header = &t->asked,
            .message = t->message,
            .record = record,
            .mark = &t->proxied->marks[(t->state.p ? 1 : 0) + (t->relayed ? 2 : 0)],
            .stands_in = stands_in,
        };
        result_code = dia_relay_pass(conn, way.to, &passing, why);
    }
    if (result_code)
        t->message.n = n;
    return result_code;
}

/* A request leaves its hook. DIA_ENOENT: nobody would hear of it. */
static int go_on(dia_transit *t)
{
    dia_conn *conn = dia_transit_ingress(t);
    const char *why = NULL;
    if (!conn || (t->request && !t->request->conn)) {
        transit_release(t);
        return DIA_ENOENT;
    }
    uint32_t result_code = 0;
    if (t->err) {
        dia_transit_tell(
            t, t->relayed ? "a relay changes nothing in applications that it does not know" : dia_strerror(t->err), 0,
            t->message);
        why = "the request could not be changed as it should be";
        result_code = t->err == DIA_ENOMEM ? DIA_RESULT_CODE_TOO_BUSY : DIA_RESULT_CODE_UNABLE_TO_COMPLY;
        t->err = 0;
    } else {
        result_code = pass_on(t, conn, &why);
    }
    if (result_code) {
        turn_back(t, result_code, why);
        return 0;
    }
    DIA_COUNT(conn, proxied);
    transit_release(t);
    return 0;
}

static dia_transit *take_in(dia_node *node, dia_proxied *proxied, dia_conn *conn, const dia_header *header,
                            dia_bytes message, bool relayed)
{
    dia_transit *t = transit_new(node, proxied);
    dia_request *request = t ? dia_request_new(node, conn, header, message) : NULL;
    if (!request) {
        if (t)
            transit_release(t);
        return NULL;
    }
    const dia_command *command = dia_node_command(node, header->application, header->command);
    if (command)
        dia_request_bind(request, command);
    request->given_up = true; /* who sends it again passes the hooks again */
    t->request = request;
    t->ingress = conn->number;
    t->asked = *header;
    t->message = message;
    t->relayed = relayed;
    return t;
}

void dia_proxy_request(dia_node *node, dia_proxied *proxied, dia_conn *conn, const dia_header *header,
                       dia_bytes message, const struct dia_seen *seen, bool relayed)
{
    dia_transit *t = take_in(node, proxied, conn, header, message, relayed);
    if (t)
        t->seen = seen;
    if (!t)
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY, "no memory for another request");
    else if (!run(t, proxied->proxy.on_request))
        go_on(t);
}

/* ---- Later ---- */

/* All that it looks at is copied; the views of an input die when the hook returns. */
static int copy_views(dia_transit *t)
{
    if (t->owned)
        return 0;
    const dia_bytes sent = dia_arena_copy(&t->arena, t->sent), came = dia_arena_copy(&t->arena, t->came);
    if ((t->sent.p && !sent.p) || (t->came.p && !came.p))
        return DIA_ENOMEM;
    const int err = t->message.p ? dia_transit_own(t, 0) : 0;
    if (err)
        return err;
    t->sent = sent;
    t->came = came;
    t->owned = true;
    return 0;
}

/* The request that an answer belongs to, for the accounts of who waits for it. */
static int remake_request(dia_transit *t)
{
    dia_conn *conn = dia_transit_ingress(t);
    const dia_bytes octets = dia_transit_asked(t);
    if (t->request)
        return 0;
    if (!conn || !octets.p)
        return DIA_ENOENT;
    if (!(t->request = dia_request_new(t->node, conn, &t->asked, octets)))
        return DIA_ENOMEM;
    const dia_command *command = dia_node_command(t->node, t->asked.application, t->asked.command);
    if (command)
        dia_request_bind(t->request, command);
    t->request->given_up = true;
    return 0;
}

int dia_transit_keep(dia_transit *t)
{
    if (t->kept)
        return 0;
    if (t->done || !t->running || t->node->hub.stopped)
        return DIA_ESTATE;
    int err = copy_views(t);
    if (!err && t->is_answer)
        err = remake_request(t);
    if (!err)
        err = dia_request_keep_octets(t->request);
    if (err)
        return err;
    const size_t more = t->cap + t->arena.used;
    t->request->held += more;
    t->request->conn->kept_octets += more;
    dia_list_push_back(&t->node->proxies->kept, &t->link);
    t->seen = NULL;
    t->kept = true;
    return 0;
}

int dia_transit_pass(dia_transit *t)
{
    dia_node *node = t->node;
    int err = 0;
    if (!t->kept || t->running)
        return DIA_ESTATE;
    t->kept = false;
    dia_node_refresh(node);
    dia_node_enter(node, node->hub.now);
    if (!t->is_answer) {
        err = go_on(t);
    } else {
        err = dia_transit_ingress(t) ? 0 : DIA_ENOENT;
        answer(t);
        transit_release(t);
    }
    dia_node_leave(node);
    return err;
}

/* ---- Answering oneself ---- */

/* What answers needs to know of the transit; an error: there is nothing to answer. */
static int begin_answer(dia_transit *t)
{
    if (t->done)
        return DIA_ESTATE;
    const int err = remake_request(t);
    if (!err)
        t->request->handling = t->running;
    return err;
}

/* Outside its hook an answered request has been released already, and so has one whose connection is gone. */
static int end_answer(dia_transit *t, int err)
{
    if (err && err != DIA_ENOENT)
        return err;
    t->done = true;
    if (!t->running) {
        t->request = NULL;
        transit_release(t);
    }
    return err;
}

int dia_transit_reject(dia_transit *t, uint32_t result_code, const char *error_message)
{
    const int err = begin_answer(t);
    return err ? err : end_answer(t, dia_request_fail(t->request, result_code, error_message));
}

int dia_transit_answer(dia_transit *t, const dia_command *command, const void *msg)
{
    const int err = begin_answer(t);
    return err ? err : end_answer(t, dia_request_answer(t->request, command, msg));
}

int dia_transit_answer_octets(dia_transit *t, dia_bytes message)
{
    const int err = begin_answer(t);
    return err ? err : end_answer(t, dia_request_answer_octets(t->request, message));
}

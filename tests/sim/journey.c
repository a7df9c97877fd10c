/* What passes through a host on its way to another one: each request that a relay takes in, and each that a host sends of its
 * own, with all copies of it that went on. A host does its duty when a request in its hands is answered, with an application,
 * or on its way to a peer that is there; when it gives up only where nobody is left who could take it; and when nothing
 * is changed on the way. If all do, no request is lost that a live route could serve. */
#include "member.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    COPIES_MAX = 8,      /* of a request that a host sends */
    TRIES = 3,           /* dia_node_config.tries, when nothing else is said */
    RELAY_US = 30000000, /* limits.relay_ms */
    SLOT_US = 10000,     /* deadlines are met so exactly */
    ROUND_MAX = 120,     /* copies of one request in the whole network: each hop repeats, up to 61 in 3,000 meshes */
};

/* One sending of it. */
typedef struct copy {
    uint32_t connection, hop_by_hop;
    size_t to;    /* the host; HOSTS_MAX: not known */
    bool over;    /* it was answered */
    bool refused; /* with a protocol error */
} copy;

typedef struct transit {
    dia_list place;
    uint32_t connection, hop_by_hop; /* that it came on; 0: it is the host's own */
    size_t from;
    bool local;   /* the host answers it itself */
    bool doubled; /* another one is alike, and nobody can tell whose the copies are */
    bool crossed; /* a DPR: it is to be refused */
    bool alone;   /* there was one peer alone, so that nobody has octets for another one */
    int64_t at_us;
    size_t n_copies;
    copy copies[COPIES_MAX];
    dia_header header;
    size_t n;
    uint8_t octets[];
} transit;

const char *fate_name(fate f)
{
    static const char *const names[FATES] = {
        [FATE_PASSED] = "passed on",
        [FATE_BACK] = "answer passed back",
        [FATE_MOVED] = "to another peer behind a lost connection",
        [FATE_TWICE] = "also to another peer under suspicion",
        [FATE_RETRIED] = "to another peer behind a protocol error",
        [FATE_NOBODY] = "3002, nobody can take it",
        [FATE_GIVEN_UP] = "3002, nobody else can take it",
        [FATE_TIMED_OUT] = "3002, no answer in time",
        [FATE_NO_ROUTE] = "3003",
        [FATE_BUSY] = "3004",
        [FATE_LOOP] = "3005",
        [FATE_LATE] = "late answer",
        [FATE_REPEATED] = "repeated while under way",
        [FATE_LOST] = "lost",
        [FATE_UNANSWERED] = "timed out",
    };
    return names[f];
}

static void note(const member *m, fate f)
{
    m->life->result->fates[f]++;
}

static dia_bytes octets_of(const transit *t)
{
    return (dia_bytes){ t->octets, t->n };
}

static dia_bytes value_of(dia_bytes message, uint32_t code)
{
    dia_avp avp;
    return dia_avp_find(message, code, 0, &avp) ? (dia_bytes){ NULL, 0 } : avp.data;
}

static uint32_t number_of(dia_bytes message)
{
    const dia_bytes number = value_of(message, DIA_AVP_CC_REQUEST_NUMBER);
    return number.n == 4 ? dia_load32(number.p) : 0;
}

static size_t host_named(const plan *p, dia_bytes name)
{
    size_t i = 0;
    while (i < p->n_hosts && !dia_bytes_equal_nocase(name, dia_cstr(p->host[i].name)))
        i++;
    return i < p->n_hosts ? i : HOSTS_MAX;
}

static size_t host_behind(const member *m, const dia_conn *conn)
{
    return conn->peer ? host_named(m->life->plan, conn->peer->host) : HOSTS_MAX;
}

static const char *name_of(const member *m, size_t i)
{
    return i < m->life->plan->n_hosts ? m->life->plan->host[i].name : "nobody";
}

/* Not that of the simulation's last step: it may be long ago. */
static int64_t now_of(const member *m)
{
    return dia_sim_now(m->life->sim).us;
}

/* Memory fails, or is rationed: then nothing can be said about what a host should have done. */
static bool is_excused(const member *m)
{
    return m->scarce || m->forgets || m->plan->limits.memory;
}

/* The connection, while messages pass on it; NULL. */
static const dia_conn *standing(const member *m, uint32_t number)
{
    const dia_node *node = dia_sim_node(m->host);
    const dia_conn *conn = node ? dia_map_get(&node->hub.by_number, number) : NULL;
    return conn && (conn->phase == DIA_PHASE_OPEN || conn->phase == DIA_PHASE_CLOSING) ? conn : NULL;
}

static bool is_under_way(const member *m, const copy *c)
{
    return !c->over && standing(m, c->connection);
}

static size_t under_way(const member *m, const transit *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_copies; i++)
        n += is_under_way(m, &t->copies[i]);
    return n;
}

static void end(member *m, transit *t)
{
    if (m->answer_to == t)
        m->answer_to = NULL;
    dia_list_remove(&t->place);
    free(t);
}

/* ---- Who could take it? ---- */

static bool has_visited(dia_bytes request, const char *host)
{
    for (dia_avps it = dia_avps_of(request); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_ROUTE_RECORD && !it.avp.vendor &&
            dia_bytes_equal_nocase(it.avp.data, dia_cstr(host)))
            return true;
    return false;
}

static bool is_free(const dia_conn *conn)
{
    return !dia_conn_is_busy(conn) && conn->pending.used < conn->hub->config.limits.pending;
}

/* What a request wants of its next hop. */
typedef struct errand {
    dia_bytes host, realm;
    dia_bytes visited;    /* a request that is passed on; absent */
    uint32_t connection;  /* that it came on; 0 */
    const transit *tried; /* what was sent of it already; NULL */
} errand;

/* Would it help to send it there? A host that is named has to be it, or to be known to an agent. */
static bool may_take(const member *m, size_t peer, const errand *e)
{
    const plan *p = m->life->plan;
    if (dia_bytes_equal_nocase(e->host, dia_cstr(p->host[peer].name)) || plan_is(p, peer, RELAYS))
        return true;
    return !e->host.p && dia_bytes_equal_nocase(e->realm, dia_cstr(p->host[peer].realm));
}

static bool is_retried(const member *m, uint32_t code)
{
    if (m->plan->retry)
        return false;
    return code == DIA_RESULT_CODE_UNABLE_TO_DELIVER || code == DIA_RESULT_CODE_TOO_BUSY;
}

/* No connection gets a request twice, nor does a peer that has refused it. The peer that the request names has other
 * connections, or nobody is left. */
static bool was_tried(const member *m, const errand *e, size_t peer, const dia_conn *conn, bool named)
{
    for (size_t i = 0; e->tried && i < e->tried->n_copies; i++) {
        const copy *c = &e->tried->copies[i];
        if (c->connection == conn->number || (c->to == peer && (c->refused || m->plan->try_ms) && !named) ||
            (named && c->to != peer))
            return true;
    }
    return false;
}

/* A peer that can take it now, `freely` one that is not too busy. HOSTS_MAX: there is none. */
static size_t find_way(const member *m, const errand *e, bool freely)
{
    const copy *last = e->tried && e->tried->n_copies ? &e->tried->copies[e->tried->n_copies - 1] : NULL;
    const bool named = last && e->host.p && host_named(m->life->plan, e->host) == last->to;
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));) {
        const size_t i = host_named(m->life->plan, dia_peer_host(peer));
        const dia_conn *conn = dia_peer_connection(peer);
        if (i == HOSTS_MAX || !conn || !dia_peer_takes_requests(peer) || (freely && !is_free(conn)))
            continue;
        if (e->connection && (conn->number == e->connection || has_visited(e->visited, name_of(m, i))))
            continue;
        if (may_take(m, i, e) && !was_tried(m, e, i, conn, named))
            return i;
    }
    return HOSTS_MAX;
}

/* The same for a request that may have been sent already. */
static size_t way_of(const member *m, const transit *t)
{
    const errand e = { value_of(octets_of(t), DIA_AVP_DESTINATION_HOST),
                       value_of(octets_of(t), DIA_AVP_DESTINATION_REALM), octets_of(t), t->connection, t };
    return t->n_copies < (m->plan->tries ? m->plan->tries : TRIES) ? find_way(m, &e, true) : HOSTS_MAX;
}

/* ---- Requests ---- */

static bool is_local(const member *m, dia_bytes message)
{
    const dia_bytes host = value_of(message, DIA_AVP_DESTINATION_HOST);
    const dia_bytes realm = value_of(message, DIA_AVP_DESTINATION_REALM);
    if (!(m->plan->roles & RELAYS))
        return true;
    if (host.p)
        return dia_bytes_equal_nocase(host, dia_cstr(m->plan->name));
    return dia_bytes_equal_nocase(realm, dia_cstr(m->plan->realm)) && m->plan->roles & SERVES;
}

static bool is_alike(const transit *a, const transit *b)
{
    return a->header.end_to_end == b->header.end_to_end && a->n == b->n &&
           !memcmp(a->octets + DIA_HEADER_SIZE, b->octets + DIA_HEADER_SIZE, a->n - DIA_HEADER_SIZE);
}

static void note_doubles(member *m, transit *t)
{
    DIA_LIST_EACH (p, &m->transits) {
        transit *other = DIA_OF(p, transit, place);
        if (other == t || !is_alike(t, other))
            continue;
        t->doubled = other->doubled = m->blurred = true;
        note(m, FATE_REPEATED);
    }
}

static transit *begin(member *m, uint32_t connection, size_t from, const dia_header *header, dia_bytes message)
{
    transit *t = calloc(1, sizeof *t + message.n);
    if (!t)
        abort();
    t->connection = connection;
    t->from = from;
    t->hop_by_hop = header->hop_by_hop;
    t->header = *header;
    t->at_us = now_of(m);
    t->n = message.n;
    memcpy(t->octets, message.p, message.n);
    t->local = connection && is_local(m, message);
    dia_list_push_back(&m->transits, &t->place);
    note_doubles(m, t);
    return t;
}

static void request_came(member *m, const dia_conn *conn, const dia_header *header, dia_bytes message)
{
    if (!standing(m, conn->number))
        return;
    transit *t = begin(m, conn->number, host_behind(m, conn), header, message);
    t->crossed = conn->phase != DIA_PHASE_OPEN;
    t->local = t->local && !t->crossed;
}

/* Behind what came stands one Route-Record, of whom it came from (RFC 6733, 6.1.9). */
static bool is_record_of(dia_bytes rest, const char *from)
{
    const size_t n = strlen(from), padded = (n + 3) & ~(size_t)3;
    static const uint8_t zeros[4] = { 0 };
    return rest.n == 8 + padded && dia_load32(rest.p) == DIA_AVP_ROUTE_RECORD &&
           dia_load32(rest.p + 4) == ((uint32_t)DIA_AVP_M << 24 | (uint32_t)(8 + n)) && !memcmp(rest.p + 8, from, n) &&
           !memcmp(rest.p + 8 + n, zeros, padded - n);
}

/* T says that an earlier copy may have arrived, and that is so unless a protocol error came for it (RFC 6733, 3). */
static bool needs_mark(const transit *t)
{
    bool needs = false;
    for (size_t i = 0; i < t->n_copies; i++)
        needs = needs || !t->copies[i].refused;
    return needs;
}

/* Is this the request of `t`, once more or for the first time? */
static bool is_copy(const member *m, const transit *t, const dia_header *header, dia_bytes message)
{
    const uint8_t was = t->header.flags, is = header->flags;
    if (is != was && (is != (was | DIA_FLAG_RETRANSMITTED) || !t->n_copies))
        return false;
    if (header->end_to_end != t->header.end_to_end || header->command != t->header.command ||
        header->application != t->header.application || header->version != t->header.version || message.n < t->n ||
        memcmp(message.p + DIA_HEADER_SIZE, t->octets + DIA_HEADER_SIZE, t->n - DIA_HEADER_SIZE) != 0)
        return false;
    const dia_bytes rest = { message.p + t->n, message.n - t->n };
    return t->connection ? is_record_of(rest, name_of(m, t->from)) : !rest.n;
}

/* Repeats of one request are alike: the one with the fewest copies under way is meant. */
static transit *original_of(member *m, const dia_header *header, dia_bytes message)
{
    transit *best = NULL;
    size_t least = COPIES_MAX + 1;
    DIA_LIST_EACH (p, &m->transits) {
        transit *t = DIA_OF(p, transit, place);
        if (t->local || !is_copy(m, t, header, message))
            continue;
        const size_t n = under_way(m, t);
        if (n < least) {
            best = t;
            least = n;
        }
    }
    return best;
}

/* A way that passes a host twice is a loop. */
static void check_way(member *m, dia_bytes message, size_t to)
{
    bool passed[HOSTS_MAX] = { false };
    life *l = m->life;
    passed[m->i] = true;
    for (dia_avps it = dia_avps_of(message); dia_avp_step(&it);) {
        const size_t i = it.avp.code == DIA_AVP_ROUTE_RECORD ? host_named(l->plan, it.avp.data) : HOSTS_MAX;
        if (i == HOSTS_MAX)
            continue;
        if (passed[i] || i == to)
            life_broken(l, "loops", "%s sends request %u to %s though it has passed %s already", m->plan->name,
                        (unsigned)number_of(message), name_of(m, to), name_of(m, i));
        passed[i] = true;
    }
}

static void count_round(member *m, dia_bytes message)
{
    life *l = m->life;
    ask *a = dia_map_get(&l->by_number, number_of(message));
    if (a && ++a->round > l->result->round)
        l->result->round = a->round;
    if (a && a->round > ROUND_MAX * a->sendings)
        life_broken(l, "loops", "request %u was sent %u times", (unsigned)a->number, (unsigned)a->round);
}

static void request_went(member *m, const dia_conn *conn, const dia_header *header, dia_bytes message)
{
    life *l = m->life;
    const size_t to = host_behind(m, conn);
    if (m->plan->roles & CARELESS) {
        count_round(m, message);
        return;
    }
    const bool is_own = dia_bytes_equal(value_of(message, DIA_AVP_ORIGIN_HOST), dia_cstr(m->plan->name));
    count_round(m, message);
    check_way(m, message, to);
    transit *t = original_of(m, header, message);
    if (!t && is_own)
        t = begin(m, 0, HOSTS_MAX, header, message);
    if (t && is_own)
        t->alone = conn->hub->n_peers == 1 && !m->plan->everybody;
    if (!t) {
        life_broken(l, "relay", "%s sends to %s what is no request that it got (%u)", m->plan->name, name_of(m, to),
                    (unsigned)number_of(message));
        return;
    }
    if (t->n_copies == COPIES_MAX) {
        life_broken(l, "relay", "%s sends request %u again and again", m->plan->name, (unsigned)number_of(message));
        return;
    }
    if (t->crossed)
        life_broken(l, "relay", "%s passes on request %u, which came behind DPR", m->plan->name,
                    (unsigned)number_of(message));
    if (needs_mark(t) && !(header->flags & DIA_FLAG_RETRANSMITTED))
        life_broken(l, "relay", "%s sends request %u once more without T", m->plan->name, (unsigned)number_of(message));
    if (t->n_copies)
        note(m, t->copies[t->n_copies - 1].refused ? FATE_RETRIED : under_way(m, t) ? FATE_TWICE : FATE_MOVED);
    else if (t->connection)
        note(m, FATE_PASSED);
    if (t->connection == conn->number)
        life_broken(l, "loops", "%s sends request %u back to %s", m->plan->name, (unsigned)number_of(message),
                    name_of(m, to));
    t->copies[t->n_copies++] = (copy){ .connection = conn->number, .hop_by_hop = header->hop_by_hop, .to = to };
}

/* ---- Answers ---- */

static copy *copy_of(member *m, uint32_t connection, uint32_t hop_by_hop, transit **of)
{
    DIA_LIST_EACH (p, &m->transits) {
        *of = DIA_OF(p, transit, place);
        for (size_t i = 0; i < (*of)->n_copies; i++) {
            copy *c = &(*of)->copies[i];
            if (c->connection == connection && c->hop_by_hop == hop_by_hop && !c->over)
                return c;
        }
    }
    return NULL;
}

static void answer_came(member *m, const dia_conn *conn, const dia_header *header, dia_bytes message)
{
    transit *t;
    copy *c = copy_of(m, conn->number, header->hop_by_hop, &t);
    m->answer_to = NULL;
    m->answer_n = message.n < sizeof m->answer ? message.n : sizeof m->answer;
    memcpy(m->answer, message.p, m->answer_n);
    const bool is_known = c && t->header.end_to_end == header->end_to_end;
    if (is_known) {
        c->over = true;
        c->refused = header->flags & DIA_FLAG_ERROR;
    }
    if (is_known && (!t->connection || standing(m, t->connection))) {
        m->answer_to = t;
        return;
    }
    /* Whoever asked is gone. Of several copies others may still bring an answer, or not: this one counts or does not. */
    if (is_known && t->n_copies > 1)
        m->blurred = true;
    m->astray++;
    if (!(m->plan->roles & CARELESS))
        note(m, FATE_LATE);
}

static bool was_passed_back(const member *m, const transit *t, dia_bytes message)
{
    return (m->answer_to == t || t->doubled) && message.n == m->answer_n &&
           dia_load32(message.p) == dia_load32(m->answer) &&
           !memcmp(message.p + 4, m->answer + 4, DIA_AT_HOP_BY_HOP - 4) &&
           !memcmp(message.p + DIA_AT_END_TO_END, m->answer + DIA_AT_END_TO_END, message.n - DIA_AT_END_TO_END);
}

/* May the host say so, in this moment? */
static const char *wrong_refusal(const member *m, const dia_conn *conn, const transit *t, uint32_t code)
{
    const bool is_late = now_of(m) - t->at_us >= RELAY_US - SLOT_US;
    if (m->plan->roles & REDIRECTS)
        return NULL;
    const size_t way = way_of(m, t);
    switch (code) {
    case 3002:
        if (way != HOSTS_MAX && !is_late)
            return "though there is a way";
        if (under_way(m, t) && !is_late)
            return "though it is under way";
        return NULL;
    case 3003: return way != HOSTS_MAX || t->n_copies ? "though there is a route" : NULL;
    case 3004:
        return way == HOSTS_MAX || conn->peer->draining || conn->hub->stopping || dia_conn_is_busy(conn) ||
                       conn->relayed >= conn->hub->config.limits.unanswered
                   ? NULL
                   : "though it is not busy";
    case 3005: return has_visited(octets_of(t), m->plan->name) ? NULL : "though there is no loop";
    default: return "and that is no agent's business";
    }
}

static void note_answer(const member *m, const transit *t, uint32_t code, bool passed_back)
{
    const bool is_late = now_of(m) - t->at_us >= RELAY_US - SLOT_US;
    if (passed_back)
        note(m, FATE_BACK);
    else if (code == 3002)
        note(m, !t->n_copies ? FATE_NOBODY : is_late ? FATE_TIMED_OUT : FATE_GIVEN_UP);
    else if (code >= 3003 && code <= 3005)
        note(m, (fate)(FATE_NO_ROUTE + (int)(code - 3003)));
}

static transit *taken_in(const member *m, const dia_conn *conn, uint32_t hop_by_hop)
{
    DIA_LIST_EACH (p, &m->transits) {
        transit *t = DIA_OF(p, transit, place);
        if (t->connection == conn->number && t->hop_by_hop == hop_by_hop)
            return t;
    }
    return NULL;
}

static void answer_went(member *m, const dia_conn *conn, const dia_header *header, dia_bytes message)
{
    life *l = m->life;
    transit *t = taken_in(m, conn, header->hop_by_hop);
    const unsigned number = (unsigned)number_of(message);
    if (!t || t->header.end_to_end != header->end_to_end) {
        life_broken(l, "requester", "%s answers %s what is not asked, or was answered (%u)", m->plan->name,
                    name_of(m, host_behind(m, conn)), number);
        return;
    }
    const uint32_t code = dia_result_of(message).code;
    const char *wrong = NULL;
    if (t->crossed)
        wrong = code == DIA_RESULT_CODE_TOO_BUSY ? NULL : "though it came behind DPR";
    else if (!t->local && !was_passed_back(m, t, message)) {
        const bool was_refused = t->doubled || (t->n_copies && t->copies[t->n_copies - 1].refused);
        if (code == DIA_RESULT_CODE_REDIRECT_INDICATION && was_refused)
            wrong = NULL; /* it led nowhere */
        else if (!dia_bytes_equal(value_of(message, DIA_AVP_ORIGIN_HOST), dia_cstr(m->plan->name)))
            wrong = "and that is not what came";
        else if (!is_excused(m) && !t->doubled)
            wrong = wrong_refusal(m, conn, t, code);
    } else if (!t->local && !is_excused(m) && !t->doubled && is_retried(m, code) && !conn->hub->stopping) {
        wrong = way_of(m, t) != HOSTS_MAX ? "though there is another way" : under_way(m, t) ? "too early" : NULL;
    }
    if (wrong)
        life_broken(l, "relay", "%s answers request %u of %s with %u %s", m->plan->name,
                    (unsigned)number_of(octets_of(t)), name_of(m, t->from), (unsigned)code, wrong);
    if (!t->local)
        note_answer(m, t, code, was_passed_back(m, t, message));
    end(m, t);
}

/* What a proxy puts on a request, and takes off its answer, is its own business. */
static bool is_own_state(const member *m, const dia_avps *at)
{
    if (at->avp.code != DIA_AVP_PROXY_INFO || at->avp.vendor)
        return false;
    for (dia_avps it = dia_avp_enter(at); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_PROXY_HOST && dia_bytes_equal(it.avp.data, dia_cstr(m->plan->name)))
            return true;
    return false;
}

static dia_bytes without_state(const member *m, dia_bytes message, uint8_t *buf, size_t size)
{
    if (!m->plan->proxies || message.n > size)
        return message;
    uint8_t *to = buf + DIA_HEADER_SIZE;
    memcpy(buf, message.p, DIA_HEADER_SIZE);
    for (dia_avps it = dia_avps_of(message); dia_avp_step(&it);) {
        if (is_own_state(m, &it))
            continue;
        memcpy(to, it.avp.octets.p, it.avp.octets.n);
        to += it.avp.octets.n;
    }
    dia_store24(buf + DIA_AT_LENGTH, (uint32_t)(to - buf));
    return (dia_bytes){ buf, (size_t)(to - buf) };
}

void journey_see(void *arg, dia_node *node, const dia_message_seen *message)
{
    member *m = arg;
    dia_header header;
    (void)node;
    if (dia_header_read(message->octets, &header) || !header.application)
        return;
    m->stirred = true;
    uint8_t buf[4096];
    const dia_bytes octets = without_state(m, message->octets, buf, sizeof buf);
    if (header.flags & DIA_FLAG_REQUEST)
        (message->sent ? request_went : request_came)(m, message->conn, &header, octets);
    else
        (message->sent ? answer_went : answer_came)(m, message->conn, &header, octets);
}

/* A repeat that waited with the first one finds a connection that takes no more: its sender may ask once more. */
void journey_gives_up(member *m, const dia_event *event)
{
    dia_header header;
    transit *t = event->conn && !event->result_code && !dia_header_read(event->message, &header)
                     ? taken_in(m, event->conn, header.hop_by_hop)
                     : NULL;
    if (t && t->local && header.flags & DIA_FLAG_RETRANSMITTED)
        end(m, t);
}

/* ---- Requests of the host's own ---- */

static transit *own_of(const member *m, uint32_t end_to_end, bool again)
{
    DIA_LIST_EACH (p, &m->transits) {
        transit *t = DIA_OF(p, transit, place);
        if (!t->connection && t->header.end_to_end == end_to_end &&
            !(t->header.flags & DIA_FLAG_RETRANSMITTED) == !again)
            return t;
    }
    return NULL;
}

void journey_ends(member *m, const ask *a, bool again, const dia_outcome *outcome)
{
    transit *t = own_of(m, a->end_to_end, again);
    if (!t)
        return;
    if (outcome && outcome->kind == DIA_OUTCOME_LOST)
        note(m, FATE_LOST);
    if (outcome && outcome->kind == DIA_OUTCOME_TIMEOUT)
        note(m, FATE_UNANSWERED);
    const bool is_refused = outcome && outcome->kind == DIA_OUTCOME_ANSWER && is_retried(m, outcome->result_code);
    const bool is_lost = outcome && (outcome->kind == DIA_OUTCOME_LOST || is_refused) && !is_excused(m) && !t->alone &&
                         !t->doubled && outcome->latency_us < (int64_t)a->timeout_ms * 1000 - SLOT_US;
    const size_t way = is_lost && dia_sim_node(m->host) ? way_of(m, t) : HOSTS_MAX;
    if (way != HOSTS_MAX && !dia_sim_node(m->host)->hub.stopping)
        life_broken(m->life, "lost", "request %u of %s is lost though %s could take it", (unsigned)a->number,
                    m->plan->name, name_of(m, way));
    end(m, t);
}

void journey_refused(member *m, const ask *a, int err)
{
    const errand e = { dia_cstr(a->host), dia_cstr(a->realm), { NULL, 0 }, 0, NULL };
    const size_t way = (err == DIA_ENOROUTE || err == DIA_EBUSY) && !is_excused(m) ? find_way(m, &e, true) : HOSTS_MAX;
    if (way != HOSTS_MAX)
        life_broken(m->life, "lost", "%s could not send (%s) though %s could take it", m->plan->name, dia_strerror(err),
                    name_of(m, way));
}

/* ---- The host's duty ---- */

void journey_suspects(member *m, const dia_conn *conn)
{
    m->suspect = conn->number;
    m->stirred = true;
}

/* Its time is up, or will be before anything is done. */
static bool is_due(const member *m, const copy *c)
{
    const dia_conn *conn = standing(m, c->connection);
    const dia_waiting *waiting = conn ? dia_waiting_find(conn, c->hop_by_hop) : NULL;
    return !waiting || waiting->due_us < now_of(m) + SLOT_US;
}

/* What the suspect peer has is with another one, too, if there is one - that had room then, which nobody knows any more. */
static void check_suspicion(member *m, const transit *t)
{
    bool is_there = false, is_elsewhere = false;
    for (size_t i = 0; i < t->n_copies; i++) {
        if (!is_under_way(m, &t->copies[i]))
            continue;
        is_there = is_there || (t->copies[i].connection == m->suspect && !is_due(m, &t->copies[i]));
        is_elsewhere = is_elsewhere || t->copies[i].connection != m->suspect;
    }
    const size_t way = is_there && !is_elsewhere && !t->alone && !t->doubled ? way_of(m, t) : HOSTS_MAX;
    if (way != HOSTS_MAX)
        life_broken(m->life, "suspicion", "%s leaves request %u with a suspect peer though %s could take it",
                    m->plan->name, (unsigned)number_of(octets_of(t)), name_of(m, way));
}

static void check_duty(member *m, transit *t)
{
    const dia_node *node = dia_sim_node(m->host);
    const bool refused = t->n_copies && t->copies[t->n_copies - 1].refused;
    if (t->connection && !standing(m, t->connection)) {
        m->blurred = m->blurred || t->n_copies > 1 || refused; /* a 3006 that came in time may be given back too late */
        end(m, t);                                             /* who sent it cares for it now */
        return;
    }
    if (t->local || t->doubled || is_excused(m) || node->hub.stopping)
        return;
    if (!under_way(m, t) && !(refused && node->redirecting.n_detours))
        life_broken(m->life, "duty", "%s has done nothing about request %u of %s", m->plan->name,
                    (unsigned)number_of(octets_of(t)), t->connection ? name_of(m, t->from) : "its own");
    if (t->connection && now_of(m) - t->at_us > RELAY_US + SLOT_US)
        life_broken(m->life, "duty", "%s has not answered request %u of %s in time", m->plan->name,
                    (unsigned)number_of(octets_of(t)), name_of(m, t->from));
    if (m->suspect && !m->plan->limits.pending && !m->plan->limits.output_soft)
        check_suspicion(m, t);
}

void journey_check(member *m)
{
    const dia_node *node = dia_sim_node(m->host);
    m->answer_to = NULL;
    m->answer_n = 0;
    DIA_LIST_EACH (p, &m->transits)
        check_duty(m, DIA_OF(p, transit, place));
    m->suspect = 0;
    m->stirred = false;
    const dia_counters *c = &node->hub.counters;
    if (m->plan->roles & RELAYS && !is_excused(m) && !m->blurred &&
        c->late_answers + c->unexpected_answers != m->astray)
        life_broken(m->life, "late answers", "%s counts %llu late and %llu unexpected answers, and %llu came",
                    m->plan->name, (unsigned long long)c->late_answers, (unsigned long long)c->unexpected_answers,
                    (unsigned long long)m->astray);
}

const char *journey_rest(const member *m, char *words, size_t size)
{
    DIA_LIST_EACH (p, &m->transits) {
        const transit *t = DIA_OF(p, transit, place);
        if (is_excused(m) || (t->connection && !standing(m, t->connection)))
            continue;
        snprintf(words, size, "%s still has request %u of %s in its hands%s", m->plan->name,
                 (unsigned)number_of(octets_of(t)), t->connection ? name_of(m, t->from) : "its own",
                 t->local ? ", and should answer it" : "");
        return words;
    }
    return NULL;
}

void journey_forget(member *m)
{
    DIA_LIST_EACH (p, &m->transits)
        end(m, DIA_OF(p, transit, place));
    m->astray = 0;
    m->blurred = false;
    m->suspect = 0;
}

/* A plan's life: hosts ask each other, disturbances come and go, quiet time follows; and what must hold, holds after every
 * step or the life is broken. */
#include "life.h"

#include "diatom/app/ro_node.h"
#include "node/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PEERS_MAX = 16,        /* of a node, old ones that are leaving included */
    STEPS_AT_ONCE = 50000, /* more at one moment, and time stands still */
    ROWS_AT_ONCE = 2,      /* of the table that one step may take */
    MEMORY_OF_HOST = 700000,
    DRAINED_OF_HOST = 340000,
    QUIET_S = 400,
    CALLS = 20,                /* requests to each neighbour in the end */
    ANSWERED = 64,             /* requests that a host remembers to have answered */
    REMEMBERED_US = 240000000, /* limits.duplicates_ms */
};

typedef struct life life;

/* A request of ours. */
typedef struct ask {
    struct member *member;
    uint32_t number, timeout_ms, outcomes;
    uint32_t end_to_end;
    uint64_t handle;
    const char *host; /* NULL: any */
    bool sent, cancelled;
    char session[48];
} ask;

/* A request that is kept. */
typedef struct kept {
    dia_list place;
    struct member *member;
    dia_request *request;
    uint32_t number;
} kept;

typedef struct seen {
    const dia_peer *peer;
    dia_peer_state state;
    bool still; /* met in this look */
} seen;

/* A host. */
typedef struct member {
    life *life;
    size_t i;
    const host_plan *plan;
    dia_sim_host *host;
    dia_random dice;
    uint32_t asked;   /* requests in all */
    uint32_t begun;   /* by this node */
    uint32_t pending; /* without outcome */
    uint32_t mute;    /* disturbances that make it so */
    uint32_t scarce;  /* one of so many allocations fails; 0: none */
    dia_allocator alloc;
    uint32_t removed[HOSTS_MAX];
    bool frozen, mending, stopping, was_killed, was_mute, burst;
    dia_list kept;
    struct {
        uint32_t number;
        int64_t at_us;
    } answered[ANSWERED];
    uint32_t n_answered;
    bool forgets; /* memory was scarce */
    dia_counters counters;
    seen peers[PEERS_MAX];
} member;

typedef struct happening {
    life *life;
    const disturbance *d;
} happening;

struct life {
    const plan *plan;
    const life_options *options;
    life_result *result;
    dia_sim *sim;
    dia_arena asks;
    dia_allocator counting;
    size_t taken; /* octets that the simulation holds */
    member member[HOSTS_MAX];
    happening happening[DISTURBANCES_MAX];
    bool quiet;   /* disturbances are over, and traffic */
    bool calling; /* every request must be answered, every connection stay */
    int64_t now_us;
    uint32_t steps_now;
    uint32_t legal[DIA_PEER_STATES]; /* states that a step may lead to */
};

static void broken(life *l, const char *rule, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* The first one counts. */
static void broken(life *l, const char *rule, const char *format, ...)
{
    life_result *r = l->result;
    if (r->broken)
        return;
    r->broken = true;
    r->rule = rule;
    r->at_us = dia_sim_now(l->sim).us;
    va_list args;
    va_start(args, format);
    vsnprintf(r->what, sizeof r->what, format, args);
    va_end(args);
    dia_sim_note(l->sim, NULL, r->what);
    dia_sim_chart(l->sim, NULL, NULL, NULL); /* what follows says nothing about it */
}

static uint32_t roll(member *m, uint32_t least, uint32_t most)
{
    return least + (uint32_t)dia_random_below(&m->dice, (uint64_t)most - least + 1);
}

static bool is_scarce(const member *m, int err)
{
    return err == DIA_ENOMEM && m->scarce;
}

/* ---- Answering ---- */

static void note_answer(member *m, uint32_t number)
{
    const uint32_t i = m->n_answered++ % ANSWERED;
    m->answered[i].number = number;
    m->answered[i].at_us = m->life->now_us;
}

/* No handler sees a request again that was answered, or is kept. */
static void check_repeat(const member *m, const dia_request *request, uint32_t number)
{
    if (!(dia_request_header(request).flags & DIA_FLAG_RETRANSMITTED) || m->forgets || m->plan->limits.memory)
        return;
    for (uint32_t i = 0; i < m->n_answered && i < ANSWERED; i++)
        if (m->answered[i].number == number && m->life->now_us - m->answered[i].at_us < REMEMBERED_US)
            broken(m->life, "duplicates", "%s handles request %u again, which it has answered", m->plan->name,
                   (unsigned)number);
    DIA_LIST_EACH (p, &m->kept)
        if (DIA_OF(p, kept, place)->number == number)
            broken(m->life, "duplicates", "%s handles request %u again, which it keeps", m->plan->name,
                   (unsigned)number);
}

static int answer(member *m, dia_request *request, uint32_t number)
{
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = number,
    };
    if (m->life->options->breakage == BREAK_CRASH)
        abort();
    m->life->result->answers++;
    return dia_answer_ro_cca(request, &cca);
}

static void forget(kept *k)
{
    dia_list_remove(&k->place);
    free(k);
}

static void answer_kept(void *arg)
{
    kept *k = arg;
    member *m = k->member;
    if (m->life->options->breakage == BREAK_KEEP && m->was_mute)
        return;
    const int err = answer(m, k->request, k->number);
    if (err == DIA_EBUSY || is_scarce(m, err)) {
        dia_sim_after(m->life->sim, m->host, 1000, answer_kept, k);
        return;
    }
    if (err && err != DIA_ENOENT)
        broken(m->life, "answer", "%s could not answer: %s", m->plan->name, dia_strerror(err));
    if (!err)
        note_answer(m, k->number);
    forget(k);
}

static void answer_all_kept(member *m)
{
    DIA_LIST_EACH (p, &m->kept) {
        kept *k = DIA_OF(p, kept, place);
        dia_sim_after_cancel(m->life->sim, answer_kept, k);
        answer_kept(k);
    }
}

/* False: it cannot be kept. */
static bool keep(member *m, dia_request *request, uint32_t number, uint32_t ms)
{
    if (!dia_request_keep(request))
        return false;
    kept *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (kept){ .member = m, .request = request, .number = number };
    dia_list_push_back(&m->kept, &k->place);
    if (ms)
        dia_sim_after(m->life->sim, m->host, ms, answer_kept, k);
    return true;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    member *m = arg;
    life *l = m->life;
    uint32_t number = ccr->cc_request_number;
    const uint64_t dice = plan_hash(l->plan->seed, number, m->i);
    const uint32_t way = dice % 100, ms = 1 + (uint32_t)(dice >> 20) % 20000;
    check_repeat(m, request, number);
    if (l->options->breakage == BREAK_ANSWER && m->was_killed)
        number ^= 1;
    if (m->mute && keep(m, request, number, 0))
        return;
    if (!l->quiet && way < 20 && keep(m, request, number, way < 15 ? ms : 6 * ms))
        return;
    if (way < 23)
        return; /* the node answers 5012 */
    int err;
    if (way < 26)
        err = dia_request_fail(request, 3004, "not now");
    else if (way < 30)
        err = dia_request_answer_least(request, 5030);
    else
        err = answer(m, request, number);
    if (err && err != DIA_ENOENT && !is_scarce(m, err))
        broken(l, "answer", "%s could not answer: %s", m->plan->name, dia_strerror(err));
    if (!err && way >= 26)
        note_answer(m, ccr->cc_request_number);
}

/* ---- Asking ---- */

static void check_answer(const ask *a, const dia_outcome *outcome, const dia_ro_cca *cca)
{
    life *l = a->member->life;
    const char *who = a->member->plan->name;
    dia_avp session;
    if (outcome->tries == 1 && outcome->header.hop_by_hop != (uint32_t)a->handle)
        broken(l, "requester", "%s got an answer with a Hop-by-Hop id of another request", who);
    if (dia_avp_find(outcome->octets, DIA_AVP_SESSION_ID, 0, &session) ||
        !dia_bytes_equal(session.data, dia_cstr(a->session)))
        broken(l, "requester", "%s got an answer of another session for %s", who, a->session);
    /* What the stack says of itself copies or makes up the number. */
    if (cca && cca->result_code == DIA_RESULT_CODE_SUCCESS && cca->cc_request_number != a->number)
        broken(l, "requester", "%s got the answer to request %u for its request %u", who,
               (unsigned)cca->cc_request_number, (unsigned)a->number);
    if (outcome->latency_us < 0 || outcome->latency_us > (int64_t)a->timeout_ms * 1000 + 10000)
        broken(l, "clock", "%s got an answer after %lld us with a timeout of %u ms", who,
               (long long)outcome->latency_us, (unsigned)a->timeout_ms);
}

static dia_ro_ccr ccr_of(const ask *a)
{
    return (dia_ro_ccr){
        .session_id = dia_cstr(a->session),
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .destination_host = dia_cstr(a->host),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = a->number,
    };
}

static void on_repeated(const dia_outcome *outcome, void *arg)
{
    const ask *a = arg;
    const dia_bytes session = dia_cstr(a->session);
    dia_avp found;
    a->member->pending--;
    if (outcome->kind == DIA_OUTCOME_ANSWER &&
        (dia_avp_find(outcome->octets, DIA_AVP_SESSION_ID, 0, &found) || !dia_bytes_equal(found.data, session)))
        broken(a->member->life, "requester", "%s got an answer of another session for the repeat of %s",
               a->member->plan->name, a->session);
}

/* As a client does that keeps what was not answered: the same request once more, with T (RFC 6733, 5.5.4). */
static void repeat(void *arg)
{
    ask *a = arg;
    member *m = a->member;
    const dia_ro_ccr ccr = ccr_of(a);
    const dia_header ids = { .application = 4, .end_to_end = a->end_to_end };
    const dia_defaults defaults = { .origin_host = dia_cstr(m->plan->name),
                                    .origin_realm = DIA_STR("example.net"),
                                    .destination_realm = DIA_STR("example.net"),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    uint8_t buf[1024];
    const int64_t n =
        dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &ids, &defaults, buf, sizeof buf, NULL, NULL);
    if (n < 0)
        abort();
    buf[DIA_AT_FLAGS] |= DIA_FLAG_RETRANSMITTED;
    if (dia_node_send_octets(dia_sim_node(m->host), NULL, (dia_bytes){ buf, (size_t)n }, 5000, on_repeated, a))
        return;
    m->begun++;
    m->pending++;
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    ask *a = arg;
    member *m = a->member;
    const bool twice = m->life->options->breakage == BREAK_TWICE && m->burst;
    a->outcomes += 1 + twice;
    if (a->outcomes != 1 || a->cancelled || !a->sent)
        broken(m->life, "one outcome", "request %u of %s: outcome %u, %s%s%s", (unsigned)a->number, m->plan->name,
               (unsigned)a->outcomes, dia_outcome_name(outcome->kind), a->cancelled ? ", after it was cancelled" : "",
               a->sent ? "" : ", before it was sent");
    m->pending--;
    if (m->life->calling && outcome->kind != DIA_OUTCOME_ANSWER)
        broken(m->life, "answer", "request %u of %s has the outcome \"%s\" though nothing disturbs it",
               (unsigned)a->number, m->plan->name, dia_outcome_name(outcome->kind));
    if (a->host && !m->life->quiet && (outcome->kind == DIA_OUTCOME_LOST || outcome->kind == DIA_OUTCOME_TIMEOUT))
        dia_sim_after(m->life->sim, m->host, 1 + a->number % 10000, repeat, a);
    if (outcome->kind == DIA_OUTCOME_ANSWER)
        check_answer(a, outcome, cca);
    else if (outcome->kind == DIA_OUTCOME_BAD_ANSWER && !m->scarce)
        broken(m->life, "answer", "%s got a bad answer: %s", m->plan->name, outcome->fault->text);
}

static void cancel(void *arg)
{
    ask *a = arg;
    member *m = a->member;
    const int err = dia_node_cancel(dia_sim_node(m->host), a->handle);
    if (!err == (a->outcomes != 0))
        broken(m->life, "one outcome", "request %u of %s could %sbe cancelled after %u outcomes", (unsigned)a->number,
               m->plan->name, err ? "not " : "", (unsigned)a->outcomes);
    a->cancelled = true;
    m->pending -= !err;
}

/* Of this neighbour (NULL: of whoever the node finds). */
static void ask_of(member *m, const char *host, uint32_t timeout_ms)
{
    life *l = m->life;
    ask *a = dia_arena_get0(&l->asks, sizeof *a);
    if (!a)
        abort();
    a->member = m;
    a->number = (uint32_t)m->i << 24 | ++m->asked;
    a->timeout_ms = timeout_ms;
    snprintf(a->session, sizeof a->session, "%s;%u", m->plan->name, (unsigned)a->number);
    a->host = host;
    const dia_ro_ccr ccr = ccr_of(a);
    dia_node *node = dia_sim_node(m->host);
    const int err = dia_send_ro_ccr(node, &ccr, a->timeout_ms, on_cca, a);
    if (err == DIA_ENOROUTE || err == DIA_EBUSY || err == DIA_ESTATE || is_scarce(m, err))
        return;
    if (err) {
        broken(l, "send", "%s could not send: %s", m->plan->name, dia_strerror(err));
        return;
    }
    a->sent = true;
    a->handle = dia_node_last_sent(node);
    a->end_to_end = node->hub.end_to_end - 1;
    m->begun++;
    m->pending++;
    l->result->requests++;
    if (!l->quiet && roll(m, 0, 30) == 0)
        dia_sim_after(l->sim, m->host, roll(m, 0, 5000), cancel, a);
}

static void ask_one(member *m)
{
    const plan *p = m->life->plan;
    const size_t whom = roll(m, 0, (uint32_t)p->n_hosts - 1);
    const bool named = roll(m, 0, 1) && plan_joined(p, m->i, whom);
    ask_of(m, named ? p->host[whom].name : NULL, roll(m, 200, 10000));
}

static void ask_now_and_then(void *arg)
{
    member *m = arg;
    if (m->life->quiet)
        return;
    ask_one(m);
    dia_sim_after(m->life->sim, m->host, roll(m, 1, 2 * m->plan->asks_ms), ask_now_and_then, m);
}

/* ---- Hosts ---- */

static dia_peer *peer_named(const member *m, size_t other)
{
    const dia_node *node = dia_sim_node(m->host);
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        if (dia_bytes_equal_nocase(dia_peer_host(peer), dia_cstr(m->life->plan->host[other].name)))
            return peer;
    return NULL;
}

static void mend(void *arg);

/* A peer that was removed can be added again only when it is gone. */
static void mend_later(member *m)
{
    if (!m->mending && dia_sim_node(m->host))
        m->mending = !dia_sim_after(m->life->sim, m->host, 1000, mend, m);
}

/* Adds the peers that should be there. */
static void add_peers(member *m)
{
    const plan *p = m->life->plan;
    for (size_t i = 0; i < p->n_hosts; i++) {
        const bool connects = plan_connects(p, m->i, i);
        if (!plan_joined(p, m->i, i) || m->removed[i] || (!connects && m->plan->everybody))
            continue;
        const dia_peer_config config = { .host = p->host[i].name, .connect = connects ? p->host[i].uri : NULL };
        const dia_peer *there = peer_named(m, i);
        const int err = there ? 0 : dia_node_add_peer(dia_sim_node(m->host), &config, NULL);
        if (there || err == DIA_EEXIST || is_scarce(m, err))
            mend_later(m); /* it may be one that is leaving */
        else if (err && err != DIA_ESTATE)
            broken(m->life, "peers", "%s could not add a peer: %s", m->plan->name, dia_strerror(err));
    }
}

static void mend(void *arg)
{
    member *m = arg;
    m->mending = false;
    add_peers(m);
}

static int start_host(dia_sim_host *host, dia_node *node, void *arg)
{
    member *m = arg;
    m->host = host;
    m->frozen = m->mending = m->stopping = false;
    m->begun = 0;
    m->counters = (dia_counters){ 0 };
    m->n_answered = 0;
    m->forgets = m->scarce;
    memset(m->peers, 0, sizeof m->peers);
    const int err = dia_serve_ro_ccr(node, on_ccr, m);
    if (err)
        return err;
    add_peers(m);
    if (m->plan->asks_ms && !m->life->quiet)
        dia_sim_after(m->life->sim, host, roll(m, 1, m->plan->asks_ms), ask_now_and_then, m);
    return 0;
}

static void end_host(member *m, bool quietly)
{
    if (!dia_sim_node(m->host))
        return;
    DIA_LIST_EACH (p, &m->kept)
        forget(DIA_OF(p, kept, place));
    const dia_hub *hub = &dia_sim_node(m->host)->hub;
    for (int s = 0; s < DIA_PEER_STATES; s++)
        m->life->result->taken[s] |= hub->taken[s];
    for (int s = 0; s < DIA_WATCH_STATES; s++)
        m->life->result->taken_watch[s] |= hub->taken_watch[s];
    m->was_killed = true;
    m->life->result->repeats += m->counters.duplicates;
    if (quietly)
        dia_sim_crash(m->host);
    else
        dia_sim_kill(m->host);
    if (m->pending)
        broken(m->life, "one outcome", "%u requests of %s have no outcome though their node has ended",
               (unsigned)m->pending, m->plan->name);
}

static void begin_host(member *m)
{
    const int err = dia_sim_node(m->host) ? 0 : dia_sim_start(m->host);
    if (err && !is_scarce(m, err))
        broken(m->life, "start", "%s does not start: %s", m->plan->name, dia_strerror(err));
}

static void check_states(member *m);

/* Each event is a moment to look at the machines, between two rows of their tables. */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    member *m = arg;
    if (!event->reason)
        broken(m->life, "event", "%s told an event without a reason", m->plan->name);
    if (m->life->calling && event->kind == DIA_EVENT_PEER_DOWN)
        broken(m->life, "rest", "%s lost a peer though nothing disturbs it: %s", m->plan->name, event->reason);
    if (m->host && node == dia_sim_node(m->host))
        check_states(m);
}

static void *count(void *arg, void *p, size_t old_size, size_t new_size)
{
    life *l = arg;
    const dia_allocator *real = dia_allocator_default();
    void *moved = real->resize(real->arg, p, old_size, new_size);
    if (moved || !new_size) {
        l->taken += new_size - old_size;
        if (l->taken > l->result->peak)
            l->result->peak = l->taken;
    }
    return moved;
}

/* Of a node, and it may fail. */
static void *count_or_fail(void *arg, void *p, size_t old_size, size_t new_size)
{
    member *m = arg;
    if (m->scarce && new_size > old_size && dia_random_below(&m->dice, m->scarce) == 0)
        return NULL;
    return count(m->life, p, old_size, new_size);
}

static int add_host(life *l, size_t i)
{
    static const char *const everybody[] = { "*", NULL };
    const host_plan *h = &l->plan->host[i];
    member *m = &l->member[i];
    uint8_t seed[32] = { 0 };
    *m = (member){ .life = l, .i = i, .plan = h, .alloc = { count_or_fail, m } };
    dia_list_init(&m->kept);
    dia_store64(seed, plan_hash(l->plan->seed, 1000, i));
    dia_random_init(&m->dice, seed);
    const dia_node_config config = {
        .origin_host = h->name,
        .origin_realm = "example.net",
        .destination_realm = "example.net",
        .allow = h->everybody ? everybody : NULL,
        .watchdog_ms = h->watchdog_ms,
        .reconnect_ms = h->reconnect_ms,
        .reopen_dwas = h->reopen_dwas,
        .limits = h->limits,
        .alloc = &m->alloc,
        .on_event = on_event,
        .arg = m,
    };
    const int err = dia_sim_add(l->sim, &config, start_host, m, &m->host);
    return err ? err : dia_sim_listen(m->host, h->uri);
}

/* ---- Disturbances ---- */

static void burst(member *m, uint32_t n)
{
    m->burst = true;
    for (uint32_t i = 0; i < n && dia_sim_node(m->host); i++)
        ask_one(m);
}

static void stop(member *m, dia_cause cause)
{
    if (!dia_sim_node(m->host))
        return;
    m->stopping = true;
    dia_node_stop(dia_sim_node(m->host), cause, 0);
}

static void remove_peer(member *m, size_t other)
{
    m->removed[other]++;
    dia_peer *peer = dia_sim_node(m->host) ? peer_named(m, other) : NULL;
    if (peer)
        dia_node_remove_peer(dia_sim_node(m->host), peer);
}

static void connect_peer(const member *m, size_t other)
{
    dia_peer *peer = dia_sim_node(m->host) ? peer_named(m, other) : NULL;
    if (peer)
        dia_node_connect_peer(dia_sim_node(m->host), peer);
}

static void freeze(member *m, bool frozen)
{
    m->frozen = frozen && dia_sim_node(m->host);
    dia_sim_freeze(m->host, frozen);
}

static void set_link(const happening *h, bool begins)
{
    member *a = &h->life->member[h->d->a], *b = &h->life->member[h->d->b];
    dia_sim_link link = dia_sim_get_link(a->host, b->host);
    const dia_sim_link usual = h->life->plan->link;
    switch (h->d->kind) {
    case STALL: link.stalled = begins; break;
    case REFUSE: link.connects = begins ? DIA_SIM_REFUSE : DIA_SIM_ACCEPT; break;
    case IGNORE: link.connects = begins ? DIA_SIM_IGNORE : DIA_SIM_ACCEPT; break;
    default: link = begins ? h->d->link : usual; break;
    }
    dia_sim_set_link(a->host, b->host, &link);
}

/* Operators know that a host is back that had said good-bye for good. */
static void call_me(void *arg)
{
    member *m = arg;
    for (size_t i = 0; i < m->life->plan->n_hosts; i++)
        if (plan_connects(m->life->plan, i, m->i) && i != m->i)
            connect_peer(&m->life->member[i], m->i);
}

static void ends(void *arg)
{
    const happening *h = arg;
    member *a = &h->life->member[h->d->a];
    if (h->life->quiet) /* which has ended it */
        return;
    switch (h->d->kind) {
    case STOP:
        end_host(a, false);
        begin_host(a);
        if (h->d->amount % 3)
            dia_sim_after(a->life->sim, a->host, 2000, call_me, a);
        break;
    case CRASH:
    case KILL: begin_host(a); break;
    case LINK:
    case STALL:
    case REFUSE:
    case IGNORE: set_link(h, false); break;
    case REMOVE:
        if (a->removed[h->d->b])
            a->removed[h->d->b]--;
        mend_later(a);
        if (h->d->amount % 3)
            dia_sim_after(a->life->sim, NULL, 5000, call_me, a);
        break;
    case FREEZE: freeze(a, false); break;
    case SCARCE:
        a->scarce = 0;
        begin_host(a); /* it may not have come back for want of memory */
        mend_later(a);
        break;
    case MUTE:
        if (a->mute && !--a->mute)
            answer_all_kept(a);
        break;
    default: return;
    }
    dia_sim_note(a->life->sim, a->host, "(a disturbance is over)");
}

static void begins(void *arg)
{
    happening *h = arg;
    const disturbance *d = h->d;
    member *a = &h->life->member[d->a], *b = &h->life->member[d->b];
    char words[200];
    plan_say(h->life->plan, d, words, sizeof words);
    dia_sim_note(h->life->sim, NULL, words);
    switch (d->kind) {
    case CUT: dia_sim_cut(a->host, b->host); return;
    case LOSE: dia_sim_lose(a->host, b->host); return;
    case VANISH: dia_sim_vanish(a->host, b->host); return;
    case CONNECT: connect_peer(a, d->b); return;
    case BURST: burst(a, d->amount); return;
    case CRASH: end_host(a, true); break;
    case KILL: end_host(a, false); break;
    case STOP: stop(a, d->amount % 8 < 2 ? (dia_cause)(1 + d->amount % 8) : DIA_CAUSE_REBOOTING); break;
    case REMOVE: remove_peer(a, d->b); break;
    case FREEZE: freeze(a, true); break;
    case SCARCE:
        a->scarce = 1 + d->amount;
        a->forgets = true;
        break;
    case MUTE:
        a->mute++;
        a->was_mute = true;
        break;
    default: set_link(h, true); break;
    }
    dia_sim_after(h->life->sim, NULL, d->lasts_ms, ends, h);
}

/* ---- Invariants ---- */

/* The table of RFC 6733, 5.6: which states a row may lead to. */
static const uint32_t next_states[DIA_PEER_STATES] = {
    [DIA_PEER_CLOSED] = 1u << DIA_PEER_WAIT_CONN_ACK | 1u << DIA_PEER_R_OPEN,
    [DIA_PEER_WAIT_CONN_ACK] = 1u << DIA_PEER_WAIT_I_CEA | 1u << DIA_PEER_CLOSED | 1u << DIA_PEER_WAIT_CONN_ACK_ELECT,
    [DIA_PEER_WAIT_I_CEA] = 1u << DIA_PEER_I_OPEN | 1u << DIA_PEER_WAIT_RETURNS | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_WAIT_CONN_ACK_ELECT] =
        1u << DIA_PEER_WAIT_RETURNS | 1u << DIA_PEER_R_OPEN | 1u << DIA_PEER_WAIT_CONN_ACK | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_WAIT_RETURNS] =
        1u << DIA_PEER_R_OPEN | 1u << DIA_PEER_I_OPEN | 1u << DIA_PEER_WAIT_I_CEA | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_R_OPEN] = 1u << DIA_PEER_CLOSING | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_I_OPEN] = 1u << DIA_PEER_CLOSING | 1u << DIA_PEER_CLOSED,
    [DIA_PEER_CLOSING] = 1u << DIA_PEER_CLOSED,
};

static void fill_legal(life *l)
{
    for (int s = 0; s < DIA_PEER_STATES; s++) {
        uint32_t now = 1u << s;
        for (int row = 0; row < ROWS_AT_ONCE; row++) {
            const uint32_t from = now;
            for (int t = 0; t < DIA_PEER_STATES; t++)
                if (from & 1u << t)
                    now |= next_states[t];
        }
        l->legal[s] = now;
    }
}

/* The entry of a peer; a new one is as a new machine is. NULL: there are too many. */
static seen *entry_of(member *m, const dia_peer *peer)
{
    seen *empty = NULL;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (m->peers[i].peer == peer)
            return &m->peers[i];
        if (!m->peers[i].peer && !empty)
            empty = &m->peers[i];
    }
    if (empty)
        *empty = (seen){ .peer = peer, .state = DIA_PEER_CLOSED };
    return empty;
}

static void check_states(member *m)
{
    life *l = m->life;
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));) {
        const dia_peer_state state = dia_peer_get_state(peer);
        seen *s = entry_of(m, peer);
        if (!s || (unsigned)state >= DIA_PEER_STATES) {
            broken(l, "states", "%s has a peer too many", m->plan->name);
            return;
        }
        if (s->state != state && !(l->legal[s->state] & 1u << state))
            broken(l, "states", "%s: a peer went from %s to %s", m->plan->name, dia_peer_state_name(s->state),
                   dia_peer_state_name(state));
        s->state = state;
        s->still = true;
    }
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (!m->peers[i].still)
            m->peers[i].peer = NULL;
        m->peers[i].still = false;
    }
}

static void check_counters(member *m, const dia_node *node)
{
    const dia_counters now = dia_node_counters(node);
    uint64_t was[sizeof now / sizeof(uint64_t)], is[sizeof now / sizeof(uint64_t)];
    if (!memcmp(&now, &m->counters, sizeof now))
        return;
    memcpy(was, &m->counters, sizeof was);
    memcpy(is, &now, sizeof is);
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        if (is[i] < was[i])
            broken(m->life, "counters", "counter %zu of %s went from %llu to %llu", i, m->plan->name,
                   (unsigned long long)was[i], (unsigned long long)is[i]);
    m->counters = now;
}

static void check_time(life *l)
{
    const int64_t now = dia_sim_now(l->sim).us;
    if (now < l->now_us)
        broken(l, "clock", "the clock went back from %lld to %lld us", (long long)l->now_us, (long long)now);
    l->steps_now = now == l->now_us ? l->steps_now + 1 : 0;
    l->now_us = now;
    if (l->steps_now > STEPS_AT_ONCE)
        broken(l, "clock", "time stands still: %u steps at one moment", (unsigned)l->steps_now);
}

/* After every step. True ends the run. */
static bool check(void *arg)
{
    life *l = arg;
    check_time(l);
    l->result->steps++;
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        member *m = &l->member[i];
        const dia_node *node = dia_sim_node(m->host);
        if (!node || m->frozen)
            continue;
        if (dia_node_now(node).us != l->now_us)
            broken(l, "clock", "%s believes it is %lld us, and it is %lld", m->plan->name,
                   (long long)dia_node_now(node).us, (long long)l->now_us);
        check_counters(m, node);
        check_states(m);
    }
    if (l->taken > l->plan->n_hosts * MEMORY_OF_HOST)
        broken(l, "memory", "%zu octets are taken", l->taken);
    return l->result->broken;
}

/* What has not come to rest: a sentence, or NULL. */
static const char *not_drained(const life *l, char *words, size_t size)
{
    const plan *p = l->plan;
    for (size_t i = 0; i < p->n_hosts; i++) {
        const member *m = &l->member[i];
        if (m->pending) {
            snprintf(words, size, "%u requests of %s have no outcome", (unsigned)m->pending, m->plan->name);
            return words;
        }
        if (!dia_list_empty(&m->kept)) {
            snprintf(words, size, "%s still keeps requests", m->plan->name);
            return words;
        }
        for (size_t k = 0; k < p->n_hosts; k++) {
            const dia_peer *peer = peer_named(m, k);
            const bool joined = plan_joined(p, i, k);
            const size_t n = dia_sim_connections(m->host, l->member[k].host), want = joined ? 1 : 0;
            if (joined && (!peer || !dia_peer_is_open(peer))) {
                snprintf(words, size, "%s has no open connection with %s: %s", m->plan->name, p->host[k].name,
                         peer ? dia_peer_state_name(dia_peer_get_state(peer)) : "there is no such peer");
                return words;
            }
            if (joined && dia_peer_get_watch(peer) != DIA_WATCH_OKAY) {
                snprintf(words, size, "%s does not send to %s: %s", m->plan->name, p->host[k].name,
                         dia_watch_state_name(dia_peer_get_watch(peer)));
                return words;
            }
            if (n != want) {
                snprintf(words, size, "%s has %zu connections with %s, not %zu", m->plan->name, n, p->host[k].name,
                         want);
                return words;
            }
        }
        for (dia_peer *peer = NULL; (peer = dia_node_next_peer(dia_sim_node(m->host), peer));)
            if (!dia_peer_is_open(peer)) {
                snprintf(words, size, "%s has a peer in state %s", m->plan->name,
                         dia_peer_state_name(dia_peer_get_state(peer)));
                return words;
            }
    }
    if (l->taken > p->n_hosts * DRAINED_OF_HOST) {
        snprintf(words, size, "%zu octets are still taken", l->taken);
        return words;
    }
    return NULL;
}

static void check_sums(life *l)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const member *m = &l->member[i];
        const dia_counters c = dia_node_counters(dia_sim_node(m->host));
        const uint64_t again = c.failovers + c.retries + c.redirects;
        if (c.requests_out != m->begun + again)
            broken(l, "counters", "%s sent %u requests, and counts %llu with %llu to another peer", m->plan->name,
                   (unsigned)m->begun, (unsigned long long)c.requests_out, (unsigned long long)again);
    }
}

/* ---- The life ---- */

/* Every disturbance ends, nobody asks any more, and operators do what they have to. */
static void begin_quiet(life *l)
{
    const plan *p = l->plan;
    l->quiet = true;
    for (size_t i = 0; i < p->n_hosts; i++)
        for (size_t k = 0; k < p->n_hosts; k++)
            if (i != k)
                dia_sim_set_link(l->member[i].host, l->member[k].host, &p->link);
    for (size_t i = 0; i < p->n_hosts; i++) {
        member *m = &l->member[i];
        freeze(m, false);
        m->mute = m->scarce = 0;
        memset(m->removed, 0, sizeof m->removed);
        if (m->stopping)
            end_host(m, false);
        begin_host(m);
        answer_all_kept(m);
        mend_later(m);
    }
}

/* A peer that said good-bye for good is called again; one that was added late is called anyway. */
static void call_everybody(const life *l)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++)
        for (size_t k = 0; k < l->plan->n_hosts; k++)
            if (plan_connects(l->plan, i, k) && i != k)
                connect_peer(&l->member[i], k);
}

static bool run(life *l, uint32_t ms)
{
    return !dia_sim_run_until(l->sim, ms, check, l);
}

/* All is well again: whatever is asked is answered, and nothing happens by itself. */
static bool call_the_roll(life *l)
{
    const plan *p = l->plan;
    l->calling = true;
    for (size_t i = 0; i < p->n_hosts; i++)
        for (size_t k = 0; k < p->n_hosts; k++)
            for (int n = 0; n < CALLS && plan_joined(p, i, k); n++)
                ask_of(&l->member[i], p->host[k].name, 5000);
    const bool fine = run(l, 30000);
    l->calling = false;
    return fine;
}

static void live(life *l)
{
    const plan *p = l->plan;
    dia_sim_set_links(l->sim, &p->link);
    for (size_t i = 0; i < p->n_disturbances; i++) {
        l->happening[i] = (happening){ l, &p->disturbance[i] };
        if (l->options->chosen >> i & 1)
            dia_sim_after(l->sim, NULL, p->disturbance[i].at_ms, begins, &l->happening[i]);
    }
    if (!run(l, p->minutes * 60000))
        return;
    dia_sim_note(l->sim, NULL, "quiet time");
    begin_quiet(l);
    if (!run(l, 15000))
        return;
    call_everybody(l);
    char words[200];
    const char *why = "";
    /* Not before the watchdogs have found out what is dead and looks open: three times the longest Tw. */
    for (int i = 0; (i < QUIET_S / 10 && why) || i < 4; i++) {
        if (!run(l, 10000))
            return;
        why = not_drained(l, words, sizeof words);
    }
    if (!why && !call_the_roll(l))
        return;
    if (why || (why = not_drained(l, words, sizeof words)))
        broken(l, "rest", "%s", why);
    check_sums(l);
}

void life_run(const plan *p, const life_options *options, life_result *result)
{
    static const dia_dict *const ro[] = { &dia_dict_ro };
    static const dia_dicts dicts = { ro, 1, NULL };
    life *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    *result = (life_result){ 0 };
    l->plan = p;
    l->options = options;
    l->result = result;
    l->counting = (dia_allocator){ count, l };
    dia_arena_init(&l->asks, NULL, 0, (size_t)1 << 30, NULL);
    fill_legal(l);
    if (dia_sim_new(&(dia_sim_config){ .seed = p->seed, .alloc = &l->counting }, &l->sim))
        abort();
    if (options->line)
        dia_sim_chart(l->sim, &dicts, options->line, options->arg);
    int err = 0;
    for (size_t i = 0; i < p->n_hosts && !err; i++)
        err = add_host(l, i);
    if (err)
        broken(l, "start", "a host cannot be added: %s", dia_strerror(err));
    else
        live(l);
    for (size_t i = 0; i < p->n_hosts; i++)
        if (l->member[i].host)
            end_host(&l->member[i], false);
    /* What is left to say is said while there is a simulation to say it of. */
    dia_sim_chart(l->sim, NULL, NULL, NULL);
    dia_sim *sim = l->sim;
    dia_sim_free(sim);
    if (l->taken && !result->broken) {
        result->broken = true;
        result->rule = "memory";
        snprintf(result->what, sizeof result->what, "%zu octets were not freed", l->taken);
    }
    dia_arena_done(&l->asks);
    free(l);
}

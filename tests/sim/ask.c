/* The application of hosts that ask: each request has one outcome, which is its own. */
#include "member.h"

#include <stdio.h>
#include <stdlib.h>

static void check_answer(const ask *a, const dia_outcome *outcome, const dia_ro_cca *cca)
{
    life *l = a->member->life;
    const char *who = a->member->plan->name;
    dia_avp session;
    if (outcome->tries == 1 && outcome->header.hop_by_hop != (uint32_t)a->handle)
        life_broken(l, "requester", "%s got an answer with a Hop-by-Hop id of another request", who);
    if (dia_avp_find(outcome->octets, DIA_AVP_SESSION_ID, 0, &session) ||
        !dia_bytes_equal(session.data, dia_cstr(a->session)))
        life_broken(l, "requester", "%s got an answer of another session for %s", who, a->session);
    /* What the stack says of itself copies or makes up the number. */
    if (cca && cca->result_code == DIA_RESULT_CODE_SUCCESS && cca->cc_request_number != a->number)
        life_broken(l, "requester", "%s got the answer to request %u for its request %u", who,
                    (unsigned)cca->cc_request_number, (unsigned)a->number);
    /* Who stood still hears late of a redirect that came in time and led nowhere. */
    const bool may_be_late = outcome->result_code == DIA_RESULT_CODE_REDIRECT_INDICATION;
    if (outcome->latency_us < 0 || (outcome->latency_us > (int64_t)a->timeout_ms * 1000 + 10000 && !may_be_late))
        life_broken(l, "clock", "%s got an answer after %lld us with a timeout of %u ms", who,
                    (long long)outcome->latency_us, (unsigned)a->timeout_ms);
}

static dia_ro_ccr ccr_of(const ask *a)
{
    return (dia_ro_ccr){
        .session_id = dia_cstr(a->session),
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .destination_host = dia_cstr(a->host),
        .destination_realm = dia_cstr(a->realm),
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
    journey_ends(a->member, a, true, outcome);
    if (outcome->kind == DIA_OUTCOME_ANSWER &&
        (dia_avp_find(outcome->octets, DIA_AVP_SESSION_ID, 0, &found) || !dia_bytes_equal(found.data, session)))
        life_broken(a->member->life, "requester", "%s got an answer of another session for the repeat of %s",
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
                                    .origin_realm = dia_cstr(m->plan->realm),
                                    .destination_realm = dia_cstr(a->realm),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    uint8_t buf[1024];
    a->sendings++;
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

/* Whoever stands in between, or is not the right one, may answer, too, but has nothing to say when all is well. Neighbours
 * alone that are too busy have others asked. */
static bool is_of_server(const plan *p, const dia_outcome *outcome)
{
    dia_avp host;
    if (p->network && (outcome->result_code == DIA_RESULT_CODE_UNABLE_TO_DELIVER ||
                       outcome->result_code == DIA_RESULT_CODE_REALM_NOT_SERVED))
        return false;
    if (outcome->kind != DIA_OUTCOME_ANSWER || dia_avp_find(outcome->octets, DIA_AVP_ORIGIN_HOST, 0, &host))
        return false;
    for (size_t i = 0; i < p->n_hosts; i++)
        if (plan_is(p, i, SERVES) && dia_bytes_equal_nocase(host.data, dia_cstr(p->host[i].name)))
            return true;
    return false;
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    ask *a = arg;
    member *m = a->member;
    const bool twice = m->life->options->breakage == BREAK_TWICE && m->burst;
    a->outcomes += 1 + twice;
    if (a->outcomes != 1 || a->cancelled || !a->sent)
        life_broken(m->life, "one outcome", "request %u of %s: outcome %u, %s%s%s", (unsigned)a->number, m->plan->name,
                    (unsigned)a->outcomes, dia_outcome_name(outcome->kind),
                    a->cancelled ? ", after it was cancelled" : "", a->sent ? "" : ", before it was sent");
    m->pending--;
    journey_ends(m, a, false, outcome);
    if (a->must && !is_of_server(m->life->plan, outcome))
        life_broken(m->life, "answer", "request %u of %s has the outcome \"%s\" (%u) though nothing disturbs it",
                    (unsigned)a->number, m->plan->name, dia_outcome_name(outcome->kind),
                    (unsigned)outcome->result_code);
    if (a->host && !m->life->quiet && (outcome->kind == DIA_OUTCOME_LOST || outcome->kind == DIA_OUTCOME_TIMEOUT))
        dia_sim_after(m->life->sim, m->host, 1 + a->number % 10000, repeat, a);
    if (outcome->kind == DIA_OUTCOME_ANSWER)
        check_answer(a, outcome, cca);
    else if (outcome->kind == DIA_OUTCOME_BAD_ANSWER && !m->scarce)
        life_broken(m->life, "answer", "%s got a bad answer: %s", m->plan->name, outcome->fault->text);
}

static void cancel(void *arg)
{
    ask *a = arg;
    member *m = a->member;
    const int err = dia_node_cancel(dia_sim_node(m->host), a->handle);
    if (!err == (a->outcomes != 0))
        life_broken(m->life, "one outcome", "request %u of %s could %sbe cancelled after %u outcomes",
                    (unsigned)a->number, m->plan->name, err ? "not " : "", (unsigned)a->outcomes);
    a->cancelled = true;
    m->pending -= !err;
    if (!err)
        journey_ends(m, a, false, NULL);
}

void ask_of(member *m, const char *host, const char *realm, uint32_t timeout_ms, bool must)
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
    a->realm = realm ? realm : "example.net";
    a->must = must;
    a->sendings = 1;
    if (dia_map_put(&l->by_number, a->number, a))
        abort();
    const dia_ro_ccr ccr = ccr_of(a);
    dia_node *node = dia_sim_node(m->host);
    const int err = dia_send_ro_ccr(node, &ccr, a->timeout_ms, on_cca, a);
    if (err)
        journey_refused(m, a, err);
    if (err == DIA_ENOROUTE || err == DIA_EBUSY || err == DIA_ESTATE || is_scarce(m, err))
        return;
    if (err) {
        life_broken(l, "send", "%s could not send: %s", m->plan->name, dia_strerror(err));
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

void ask_one(member *m)
{
    const plan *p = m->life->plan;
    const uint32_t timeout_ms = roll(m, 200, p->network ? 40000 : 10000);
    const size_t whom = roll(m, 0, (uint32_t)p->n_hosts - 1);
    if (p->network && plan_is(p, whom, SERVES)) {
        ask_of(m, roll(m, 0, 2) ? NULL : p->host[whom].name, p->host[whom].realm, timeout_ms, false);
    } else if (p->network) {
        ask_of(m, NULL, roll(m, 0, 9) ? p->host[p->n_hosts - 1].realm : NOWHERE, timeout_ms, false);
    } else {
        const bool named = roll(m, 0, 1) && plan_joined(p, m->i, whom);
        ask_of(m, named ? p->host[whom].name : NULL, NULL, timeout_ms, false);
    }
}

void ask_now_and_then(void *arg)
{
    member *m = arg;
    if (m->life->quiet)
        return;
    ask_one(m);
    dia_sim_after(m->life->sim, m->host, roll(m, 1, 2 * m->plan->asks_ms), ask_now_and_then, m);
}

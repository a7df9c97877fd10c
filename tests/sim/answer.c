/* The application of hosts that are asked: it answers at once, later, with an error or not at all, as the request's number
 * has it. */
#include "member.h"

#include <stdlib.h>

enum { REMEMBERED_US = 240000000 }; /* limits.duplicates_ms */

static bool is_marked(const dia_request *request)
{
    return dia_request_header(request).flags & DIA_FLAG_RETRANSMITTED;
}

static void note_answer(member *m, uint32_t number, bool marked)
{
    const uint32_t i = m->n_answered++ % ANSWERED;
    m->answered[i].number = number;
    m->answered[i].marked = marked;
    m->answered[i].at_us = m->life->now_us;
}

/* No handler sees a request again that was answered, or is kept - unless neither says that it was sent twice. */
static void check_repeat(const member *m, const dia_request *request, uint32_t number)
{
    const bool marked = is_marked(request);
    if (m->forgets || m->plan->limits.memory)
        return;
    for (uint32_t i = 0; i < m->n_answered && i < ANSWERED; i++)
        if (m->answered[i].number == number && (marked || m->answered[i].marked) &&
            m->life->now_us - m->answered[i].at_us < REMEMBERED_US)
            life_broken(m->life, "duplicates", "%s handles request %u again, which it has answered", m->plan->name,
                        (unsigned)number);
    DIA_LIST_EACH (p, &m->kept)
        if (DIA_OF(p, kept, place)->number == number && !DIA_OF(p, kept, place)->again &&
            (marked || is_marked(DIA_OF(p, kept, place)->request)))
            life_broken(m->life, "duplicates", "%s handles request %u again, which it keeps", m->plan->name,
                        (unsigned)number);
}

static bool is_kept(const member *m, uint32_t number)
{
    DIA_LIST_EACH (p, &m->kept)
        if (DIA_OF(p, kept, place)->number == number)
            return true;
    return false;
}

static int answer(member *m, dia_request *request, uint32_t number)
{
    const bool is_wrong = m->life->options->breakage == BREAK_ANSWER && m->was_killed;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = number ^ is_wrong,
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
    const bool marked = is_marked(k->request);
    const int err = answer(m, k->request, k->number);
    if (err == DIA_EBUSY || is_scarce(m, err)) {
        dia_sim_after(m->life->sim, m->host, 1000, answer_kept, k);
        return;
    }
    if (err && err != DIA_ENOENT)
        life_broken(m->life, "answer", "%s could not answer: %s", m->plan->name, dia_strerror(err));
    if (!err)
        note_answer(m, k->number, marked);
    forget(k);
}

void answer_all_kept(member *m)
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
    *k = (kept){ .member = m, .request = request, .number = number, .again = is_kept(m, number) };
    dia_list_push_back(&m->kept, &k->place);
    if (ms)
        dia_sim_after(m->life->sim, m->host, ms, answer_kept, k);
    return true;
}

void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    member *m = arg;
    life *l = m->life;
    const uint32_t number = ccr->cc_request_number;
    const uint64_t dice = plan_hash(l->plan->seed, number, m->i);
    const bool marked = is_marked(request);
    const uint32_t chance = dice % 100, ms = 1 + (uint32_t)(dice >> 20) % 20000;
    check_repeat(m, request, number);
    if (m->mute && keep(m, request, number, 0))
        return;
    if (!l->quiet && chance < 20 && keep(m, request, number, chance < 15 ? ms : 6 * ms))
        return;
    if (chance < 23)
        return; /* the node answers 5012 */
    int err;
    if (chance < 26 && !l->calling)
        err = dia_request_fail(request, 3004, "not now");
    else if (chance < 30)
        err = dia_request_answer_least(request, 5030);
    else
        err = answer(m, request, number);
    if (err && err != DIA_ENOENT && !is_scarce(m, err))
        life_broken(l, "answer", "%s could not answer: %s", m->plan->name, dia_strerror(err));
    if (!err && chance >= 26)
        note_answer(m, ccr->cc_request_number, marked);
}

void forget_kept(member *m)
{
    DIA_LIST_EACH (p, &m->kept)
        forget(DIA_OF(p, kept, place));
}

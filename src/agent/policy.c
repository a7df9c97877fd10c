/* Policies at work: what matches a request acts on it, and on its answer. */
#include "agent/policy_rows.h"

#include <stdio.h>

/* What stands in the state of a request: the mark of the configuration, and two octets for each row that acts on the answer. */
enum { STATE_HEAD = 4, STATE_ROWS = 256, ARENA_MAX = 1 << 28 };

/* ---- Life ---- */

int dia_policies_new(const dia_policy *policies, size_t n, const dia_dicts *dicts, const uint8_t key[16],
                     const dia_allocator *given, dia_policies **out, dia_policy_fault *fault)
{
    const dia_allocator *alloc = given ? given : dia_allocator_default();
    dia_policies *all = dia_alloc0(alloc, sizeof *all);
    if (!all)
        return DIA_ENOMEM;
    all->alloc = alloc;
    all->dicts = dicts;
    dia_arena_init(&all->arena, NULL, 0, ARENA_MAX, alloc);
    dia_names_init(&all->by_host, dia_load64(key), alloc);
    const int err = dia_policy_compile(all, policies, n, key, fault);
    if (err) {
        dia_policies_free(all);
        return err;
    }
    *out = all;
    return 0;
}

void dia_policies_free(dia_policies *all)
{
    if (!all)
        return;
    const dia_allocator *alloc = all->alloc;
    for (size_t i = 0; i < all->n; i++) {
        dia_policy_veil_done(all, &all->rows[i].veil);
        dia_policy_meter_done(all, &all->rows[i].meter);
    }
    dia_names_done(&all->by_host);
    dia_arena_done(&all->arena);
    dia_release(alloc, all->buf, all->cap);
    dia_release(alloc, all->other, all->other_cap);
    dia_release(alloc, all, sizeof *all);
}

size_t dia_policies_counts(const dia_policies *all, dia_policy_counts *to, size_t max)
{
    for (size_t i = 0; i < all->n && i < max; i++) {
        to[i] = all->rows[i].counts;
        to[i].name = all->rows[i].name;
    }
    return all->n;
}

/* ---- What rows have in common ---- */

static dia_bytes host_of(const dia_peer *peer)
{
    return peer ? dia_peer_host(peer) : (dia_bytes){ NULL, 0 };
}

static const dia_policy_of *rows_of(const dia_policies *all, dia_bytes host)
{
    const dia_policy_of *of = host.p ? dia_names_get(&all->by_host, host) : NULL;
    return of ? of : &all->any;
}

static bool is_outside(const dia_policy_row *row, dia_bytes host)
{
    return row->veil.hosts && host.p && dia_policy_is_listed(row->veil.outside, host);
}

/* Nothing of it must pass as it is. */
static void give_up(dia_policy_work *w)
{
    const bool scarce = w->err == DIA_ENOMEM;
    dia_hub_event(
        &dia_transit_node(w->transit)->hub, DIA_EVENT_PROXY, dia_transit_from(w->transit), dia_transit_conn(w->transit),
        scarce ? "no memory for what a policy wants of a message" : "a message cannot be changed as a policy wants it",
        0, dia_transit_octets(w->transit));
    dia_transit_reject(w->transit, scarce ? DIA_RESULT_CODE_TOO_BUSY : DIA_RESULT_CODE_UNABLE_TO_COMPLY,
                       "the message could not be passed on");
}

/* ---- Requests ---- */

/* False: the request is answered. */
static bool act_on_request(dia_policy_work *w, dia_policy_row *row, size_t variant)
{
    for (size_t i = 0; i < row->n_request && !w->err; i++) {
        const dia_policy_do *act = &row->request[i];
        if (!dia_policy_checks_hold(act->checks, act->n_checks, w->message, variant))
            continue;
        if (act->verb == DIA_POLICY_REJECT) {
            row->counts.rejected++;
            dia_transit_reject(w->transit, act->result_code, act->message);
            return false;
        }
        if (act->verb == DIA_POLICY_SEND_TO) {
            const dia_peer *peer = dia_node_find_peer(dia_transit_node(w->transit), (const char *)act->text.p);
            if (peer) /* who cannot take it now is passed over */
                dia_transit_choose(w->transit, peer);
        } else if (!w->fixed) {
            dia_policy_change(w, act, variant);
        }
    }
    return true;
}

/* False: the request is answered. */
static bool take_request(dia_policy_work *w, dia_policy_row *row, dia_bytes from, const dia_header *header,
                         size_t variant)
{
    const int64_t now_us = dia_node_now(dia_transit_node(w->transit)).us;
    row->counts.matched++;
    if (!dia_policy_admits(w->all, &row->meter, from, header->application, now_us)) {
        row->counts.limited++;
        dia_transit_reject(w->transit, row->meter.result_code, "more requests than are agreed upon");
        return false;
    }
    if (!w->fixed && is_outside(row, from) && !dia_policy_unveil(w, row)) {
        row->counts.rejected++;
        dia_transit_reject(w->transit, DIA_RESULT_CODE_UNABLE_TO_DELIVER, "nobody has this Destination-Host");
        return false;
    }
    return act_on_request(w, row, variant);
}

/* Where it goes decides what must not be seen of it. */
static void hide_request(dia_policy_work *w, dia_policy_row *row, dia_bytes from)
{
    char name[256];
    dia_transit *t = w->transit;
    if (is_outside(row, from))
        return;
    dia_policy_commit(w);
    if (w->err || (!dia_transit_to(t) && dia_transit_route(t)) || !is_outside(row, host_of(dia_transit_to(t))))
        return;
    dia_policy_hide_names(w, row);
    const dia_bytes record = dia_policy_veiled(w, row, from, name);
    if (record.p && !w->err)
        w->err = dia_transit_set_record(t, record);
}

bool dia_policies_request(dia_policies *all, dia_transit *t)
{
    dia_policy_work w;
    uint8_t state[STATE_HEAD + 2 * STATE_ROWS];
    size_t n = STATE_HEAD;
    const dia_bytes from = host_of(dia_transit_from(t));
    const dia_header header = dia_transit_header(t);
    const dia_policy_of *of = rows_of(all, from);
    dia_policy_work_begin(&w, all, t);
    for (size_t i = 0; i < of->n && !w.err; i++) {
        dia_policy_row *row = &all->rows[of->v[i]];
        size_t variant;
        if (!dia_policy_matches(&w, row, from, &header, &variant))
            continue;
        if (!take_request(&w, row, from, &header, variant)) {
            for (size_t k = 0; k < i; k++)
                all->rows[of->v[k]].hides = false;
            return false;
        }
        if (row->n_answer && !w.fixed && n + 2 <= sizeof state)
            dia_store16(state + n, (uint16_t)of->v[i]);
        n += row->n_answer && !w.fixed ? 2 : 0;
        row->hides = row->veil.hosts && !w.fixed;
        if (row->last)
            break;
    }
    for (size_t i = 0; i < of->n; i++) {
        dia_policy_row *row = &all->rows[of->v[i]];
        if (row->hides && !w.err)
            hide_request(&w, row, from);
        row->hides = false;
    }
    dia_policy_commit(&w);
    dia_store32(state, all->mark);
    /* Where there are too many of them the answer is held against all again. */
    if (!w.err && n > STATE_HEAD && n <= sizeof state)
        w.err = dia_transit_put_state(t, (dia_bytes){ state, n });
    if (!w.err)
        return true;
    give_up(&w);
    return false;
}

/* ---- Answers ---- */

/* A failure stays what it is, which is no error here. */
static void refuse_answer(dia_policy_work *w, dia_policy_row *row, const dia_policy_do *act)
{
    const int err = dia_transit_fail(w->transit, act->result_code, act->message);
    row->counts.rejected += !err;
    w->err = err == DIA_ESTATE ? 0 : err;
    w->message = dia_transit_octets(w->transit);
}

static void act_on_answer(dia_policy_work *w, dia_policy_row *row, size_t variant)
{
    for (size_t i = 0; i < row->n_answer && !w->err; i++) {
        const dia_policy_do *act = &row->answer[i];
        if (!dia_policy_checks_hold(act->checks, act->n_checks, w->message, variant))
            continue;
        switch (act->verb) {
        case DIA_POLICY_REJECT:
            dia_policy_commit(w);
            if (!w->err)
                refuse_answer(w, row, act);
            break;
        case DIA_POLICY_END_SESSION: dia_transit_end_session(w->transit, 0); break;
        default: dia_policy_change(w, act, variant); break;
        }
    }
}

static bool has_row(dia_bytes state, uint32_t row)
{
    for (size_t at = STATE_HEAD; at + 2 <= state.n; at += 2)
        if (dia_load16(state.p + at) == row)
            return true;
    return false;
}

static size_t variant_of(const dia_policy_row *row, uint32_t application)
{
    for (size_t i = 0; i < row->n_applications; i++)
        if (row->applications[i] == application)
            return i;
    return 0;
}

/* Without its state the request as it was sent says what it can. */
static bool matched(const dia_policies *all, dia_policy_work *asked, dia_bytes state, uint32_t row, dia_bytes from,
                    const dia_header *header)
{
    size_t variant;
    if (state.n >= STATE_HEAD && dia_load32(state.p) == all->mark)
        return has_row(state, row);
    return asked->message.p && dia_policy_matches(asked, &all->rows[row], from, header, &variant);
}

/* Towards outside names are hidden; inside, sessions have their own again, and what failed. */
static void hide_answer(dia_policy_work *w, dia_policy_row *row, dia_bytes from)
{
    if (is_outside(row, from))
        dia_policy_hide_names(w, row);
    else
        dia_policy_unveil(w, row);
}

void dia_policies_answer(dia_policies *all, dia_transit *t)
{
    dia_policy_work w, asked;
    const dia_bytes from = host_of(dia_transit_from(t)), state = dia_transit_state(t);
    const dia_header header = dia_transit_header(t);
    const dia_policy_of *of = rows_of(all, from);
    size_t variant;
    dia_policy_work_begin(&w, all, t);
    asked = w;
    asked.message = dia_transit_request(t);
    if (!w.message.p || w.fixed)
        return;
    for (size_t i = 0; i < of->n && !w.err; i++) {
        dia_policy_row *row = &all->rows[of->v[i]];
        if (row->n_answer && matched(all, &asked, state, of->v[i], from, &header))
            act_on_answer(&w, row, variant_of(row, header.application));
    }
    /* Hiding does not hang on what others gave back: it looks at who is outside. */
    for (size_t i = 0; i < of->n && !w.err; i++)
        if (all->rows[of->v[i]].veil.hosts && dia_policy_concerns(&all->rows[of->v[i]], from, &header, &variant))
            hide_answer(&w, &all->rows[of->v[i]], from);
    dia_policy_commit(&w);
    if (w.err)
        give_up(&w);
}

/* ---- Hooks ---- */

static void on_request(dia_transit *t, void *arg)
{
    dia_policies_request(arg, t);
}

static void on_answer(dia_transit *t, void *arg)
{
    dia_policies_answer(arg, t);
}

int dia_policies_apply(dia_policies *all, dia_node *node)
{
    if (all)
        return dia_node_proxy(
            node,
            &(dia_proxy){
                .name = "policies", .relayed = true, .on_request = on_request, .on_answer = on_answer, .arg = all });
    const int err = dia_node_unproxy(node, 0, 0);
    return err == DIA_ENOENT ? 0 : err;
}

/* A scenario is played: each step is done or waited for, and what was not as expected is told with the conversation. */
#include "script.h"

#include <diatom/app/all.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct play {
    const talk_script *script;
    const talk_scenario *scenario;
    talk_stage stage;
    talk_names names;
    const talk_step *step;
    talk_string problem; /* why it failed: a sentence, and more below it; empty: it did not */
} play;

TALK_PRINTF(2, 3) static bool fail(play *p, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!p->problem.n)
        talk_say(&p->problem, "%s\n", text);
    return false;
}

static dia_bytes name_of(const play *p, int party)
{
    return p->scenario->config.parties[party].name;
}

static double seconds(int64_t us)
{
    return (double)us / 1e6;
}

/* ---- What is expected, for people ---- */

static void print_text(talk_string *to, const talk_text *text)
{
    talk_say(to, "        %.*s\n", TALK_TEXT(text->head));
    for (size_t i = 0; i < text->n; i++)
        talk_say(to, "%*s%.*s\n", (int)text->lines[i].indent + 8, "", TALK_TEXT(text->lines[i].text));
}

static void print_when(char *to, size_t size, const talk_when *when)
{
    if (!when->to_us)
        snprintf(to, size, "at once");
    else if (!when->from_us)
        snprintf(to, size, "within %g s", seconds(when->to_us));
    else
        snprintf(to, size, "after %g to %g s", seconds(when->from_us), seconds(when->to_us));
}

static const char *what(const talk_step *step)
{
    switch (step->verb) {
    case TALK_GETS:
    case TALK_GETS_HEX: return "this message";
    case TALK_GETS_CLOSE: return "the close";
    case TALK_GETS_HANDSHAKE: return "the handshake";
    case TALK_GETS_RESET: return "the reset";
    case TALK_GETS_REFUSAL: return "a refusal";
    case TALK_ACCEPTS:
    case TALK_REFUSES:
    case TALK_HANGS: return "an attempt to connect";
    case TALK_OUTCOME: return "an outcome";
    default: return "this event";
    }
}

/* ---- Waiting ---- */

/* The moment of what is waited for; -1: it is not there. */
typedef int64_t is_there(const play *p, const talk_step *step);

static int64_t item_at(const play *p, const talk_step *step)
{
    const talk_item *item = p->stage.ends[step->party].inbox;
    return item ? item->at_us : -1;
}

static int64_t attempt_at(const play *p, const talk_step *step)
{
    const talk_end *end = &p->stage.ends[step->party];
    const dia_bytes host = p->scenario->config.parties[step->party].host;
    if (!talk_is_called(&p->stage, step->party))
        return -1;
    for (const talk_attempt *a = p->stage.attempts; a && !end->conn; a = a->next)
        if (a->conn && dia_bytes_equal_nocase(dia_cstr(a->host), host))
            return a->at_us;
    return p->stage.now_us; /* it hangs already */
}

static bool result_fits(const talk_step *step, uint32_t result_code)
{
    return step->us < 0 || step->us == (int64_t)result_code;
}

static int64_t outcome_at(const play *p, const talk_step *step)
{
    (void)step;
    return p->stage.outcomes ? p->stage.outcomes->at_us : -1;
}

static int64_t event_at(const play *p, const talk_step *step)
{
    for (const talk_event *e = p->stage.events; e; e = e->next)
        if ((int64_t)e->kind == step->number && result_fits(step, e->result_code))
            return e->at_us;
    return -1;
}

static bool keeps_manners(play *p)
{
    if (!p->stage.rule)
        return true;
    if (p->problem.n)
        return false;
    if (!p->stage.broken.p)
        return fail(p, "a rule is broken: %s", p->stage.rule);
    talk_say(&p->problem, "a message to %.*s breaks a rule for all messages: %s\n    came:\n",
             TALK_TEXT(name_of(p, p->stage.breaker)), p->stage.rule);
    talk_print_message(&p->problem, p->stage.broken, "        ");
    return false;
}

/* Lets time pass until it is there, and looks at the time. */
static bool wait_for(play *p, const talk_step *step, is_there *there, int64_t start_us)
{
    char when[60];
    const int64_t limit = start_us + step->when.to_us;
    int64_t at;
    print_when(when, sizeof when, &step->when);
    while ((at = there(p, step)) < 0 && p->stage.now_us < limit && keeps_manners(p))
        talk_stage_pass(&p->stage, limit);
    if (!keeps_manners(p))
        return false;
    if (at < 0) {
        fail(p, "%s did not come %s", what(step), when);
        if (step->verb == TALK_GETS) {
            talk_say(&p->problem, "    expected:\n");
            print_text(&p->problem, step->text);
        }
        return false;
    }
    if (step->when.from_us && at - start_us < step->when.from_us)
        return fail(p, "%s came after %g s, and is expected %s", what(step), seconds(at - start_us), when);
    return true;
}

static bool pass(play *p, int64_t us)
{
    const int64_t until = p->stage.now_us + us;
    while (p->stage.now_us < until && keeps_manners(p))
        talk_stage_pass(&p->stage, until);
    return keeps_manners(p);
}

/* ---- What comes to a party ---- */

static const char *kind_words(talk_item_kind kind)
{
    static const char *const words[] = { "a message", "the close", "a reset", "a refusal", "a handshake" };
    return words[kind];
}

static void print_item(play *p, const talk_item *item)
{
    talk_say(&p->problem, "    came:%s%s\n", item->kind == TALK_MESSAGE ? "" : " ",
             item->kind == TALK_MESSAGE ? "" : kind_words(item->kind));
    if (item->kind == TALK_MESSAGE)
        talk_print_message(&p->problem, item->octets, "        ");
}

static talk_item *take_item(play *p, const talk_step *step)
{
    talk_end *end = &p->stage.ends[step->party];
    talk_item *item = end->inbox;
    end->inbox = item->next;
    return item;
}

static void mark_taken(talk_end *end, dia_bytes message)
{
    dia_header h = { 0 };
    dia_header_read(message, &h);
    for (talk_open *o = end->owed; o; o = o->next)
        if (h.flags & DIA_FLAG_REQUEST && o->header.hop_by_hop == h.hop_by_hop)
            o->taken = true;
}

static void set_host(play *p, int party)
{
    if (party >= 0) {
        const dia_bytes host = p->scenario->config.parties[party].host;
        talk_name_set(&p->names, dia_cstr("host"), host, host);
    }
}

static bool get_message(play *p, const talk_step *step)
{
    talk_problem problem = { 0 };
    const int64_t start = p->stage.now_us;
    for (uint32_t i = 0; i < step->times; i++) {
        if (!wait_for(p, step, item_at, start))
            return false;
        const talk_item *item = take_item(p, step);
        if (item->kind == TALK_MESSAGE &&
            talk_match(step->text, step->exactly, step->first, item->octets, &p->names, &problem)) {
            mark_taken(&p->stage.ends[step->party], item->octets);
            continue;
        }
        if (item->kind == TALK_MESSAGE && problem.line != step->line)
            fail(p, "this message is not as expected: line %u: %s", (unsigned)(problem.line & TALK_LINE_MASK),
                 problem.text);
        else if (item->kind == TALK_MESSAGE)
            fail(p, "this message is not as expected: %s", problem.text);
        else
            fail(p, "%s is expected, and not %s", "a message", kind_words(item->kind));
        talk_say(&p->problem, "    expected:\n");
        print_text(&p->problem, step->text);
        print_item(p, item);
        return false;
    }
    return true;
}

static bool get_end(play *p, const talk_step *step, talk_item_kind kind)
{
    if (!wait_for(p, step, item_at, p->stage.now_us))
        return false;
    const talk_item *item = take_item(p, step);
    if (item->kind == kind)
        return true;
    fail(p, "%s is expected, and not %s", kind_words(kind), kind_words(item->kind));
    print_item(p, item);
    return false;
}

static void print_hex(talk_string *to, dia_bytes octets, size_t n)
{
    talk_say(to, "       ");
    for (size_t i = 0; i < octets.n && i < n; i++)
        talk_say(to, "%s%02x", i % 4 ? "" : " ", octets.p[i]);
    talk_say(to, "\n");
}

static bool get_octets(play *p, const talk_step *step)
{
    if (!wait_for(p, step, item_at, p->stage.now_us))
        return false;
    const talk_item *item = take_item(p, step);
    const size_t n = step->octets.n;
    if (item->kind != TALK_MESSAGE)
        return fail(p, "%s is expected, and not %s", "a message", kind_words(item->kind));
    if (item->octets.n < n || memcmp(item->octets.p, step->octets.p, n)) {
        fail(p, "other octets came");
        talk_say(&p->problem, "    expected:\n");
        print_hex(&p->problem, step->octets, n);
        talk_say(&p->problem, "    came:\n");
        print_hex(&p->problem, item->octets, n);
        return false;
    }
    mark_taken(&p->stage.ends[step->party], item->octets);
    return true;
}

static const talk_attempt *call_to(const play *p, int party)
{
    for (const talk_attempt *a = p->stage.attempts; a; a = a->next)
        if (dia_bytes_equal_nocase(dia_cstr(a->host), p->scenario->config.parties[party].host))
            return a;
    return NULL;
}

static bool nothing_at(play *p, int party)
{
    const talk_item *item = p->stage.ends[party].inbox;
    if (item) {
        fail(p, "nothing is expected at %.*s", TALK_TEXT(name_of(p, party)));
        print_item(p, item);
        return false;
    }
    if (!p->stage.ends[party].conn && call_to(p, party))
        return fail(p, "the node connects to %.*s, and nothing is expected there", TALK_TEXT(name_of(p, party)));
    return true;
}

static bool nothing_anywhere(play *p)
{
    for (size_t i = 0; i < p->scenario->config.n_parties; i++)
        if (!nothing_at(p, (int)i))
            return false;
    return !p->stage.attempts || fail(p, "the node connects to %s, and no line expects it", p->stage.attempts->host);
}

/* ---- What a party does ---- */

static bool has_conn(play *p, const talk_step *step)
{
    const talk_end *end = &p->stage.ends[step->party];
    return (end->conn && !end->connecting) || fail(p, "%.*s has no connection", TALK_TEXT(name_of(p, step->party)));
}

static bool connect(play *p, const talk_step *step)
{
    if (p->stage.ends[step->party].conn)
        return fail(p, "%.*s has a connection already", TALK_TEXT(name_of(p, step->party)));
    talk_connect(&p->stage, step->party, step);
    return true;
}

static bool be_called(play *p, const talk_step *step, void then(talk_stage *stage, int party))
{
    if (!wait_for(p, step, attempt_at, p->stage.now_us))
        return false;
    const int way = talk_way(&p->stage, step->party);
    if (step->way >= 0 && step->way != way)
        return fail(p, "the node connects by %s, and is expected by %s", talk_way_name(way), talk_way_name(step->way));
    then(&p->stage, step->party);
    return true;
}

static void set_ids(dia_bytes message, uint32_t hop_by_hop, uint32_t end_to_end, bool hop, bool end)
{
    uint8_t *to = (uint8_t *)(uintptr_t)message.p;
    for (int i = 0; i < 4; i++) {
        if (hop)
            to[12 + i] = (uint8_t)(hop_by_hop >> (24 - 8 * i));
        if (end)
            to[16 + i] = (uint8_t)(end_to_end >> (24 - 8 * i));
    }
}

static bool build(play *p, const talk_step *step, dia_bytes *out)
{
    talk_problem problem = { 0 };
    *out = talk_build(step->text, &p->names, &problem);
    return out->p ||
           fail(p, "this message cannot be made: line %u: %s", (unsigned)(problem.line & TALK_LINE_MASK), problem.text);
}

static void note_sent(play *p, int party, dia_bytes message)
{
    char label[80];
    talk_label(message, label, sizeof label);
    talk_note(&p->stage, party, false, "%s", label);
}

static bool send_message(play *p, const talk_step *step)
{
    talk_end *end = &p->stage.ends[step->party];
    dia_bytes all = { NULL, 0 };
    talk_string many = { 0 };
    for (uint32_t i = 0; i < step->times; i++) {
        dia_bytes one;
        if (!has_conn(p, step) || !build(p, step, &one)) {
            talk_string_done(&many);
            return false;
        }
        const uint32_t id = ++end->next_id;
        if (one.n >= DIA_HEADER_SIZE)
            set_ids(one, id, id, !talk_says(step->text, "hop-by-hop", "hbh"),
                    !talk_says(step->text, "end-to-end", "e2e"));
        talk_put(&many, one);
        note_sent(p, step->party, one);
    }
    all = talk_copy(p->stage.arena, (dia_bytes){ (const uint8_t *)many.p, many.n });
    talk_string_done(&many);
    if (step->cut && step->cut < all.n) {
        end->rest = (dia_bytes){ all.p + step->cut, all.n - step->cut };
        all.n = step->cut;
        talk_note(&p->stage, -1, false, "(its first %u octets)", (unsigned)step->cut);
    }
    talk_send(&p->stage, step->party, all, step->singly);
    return true;
}

static bool send_octets(play *p, const talk_step *step, dia_bytes octets)
{
    if (!has_conn(p, step))
        return false;
    talk_note(&p->stage, step->party, false, "%zu octets", octets.n);
    talk_send(&p->stage, step->party, octets, step->singly);
    return true;
}

static bool send_rest(play *p, const talk_step *step)
{
    talk_end *end = &p->stage.ends[step->party];
    const dia_bytes rest = end->rest;
    end->rest = (dia_bytes){ NULL, 0 };
    return (rest.p || fail(p, "no message was cut")) && send_octets(p, step, rest);
}

/* The oldest request that the script has seen come and that is not answered. */
static bool answer(play *p, const talk_step *step)
{
    dia_bytes message;
    dia_header h = { 0 };
    const talk_open *o = p->stage.ends[step->party].owed;
    if (!has_conn(p, step) || !build(p, step, &message))
        return false;
    dia_header_read(message, &h);
    if (!talk_says(step->text, "hop-by-hop", "hbh")) {
        while (o && (!o->taken || o->header.command != h.command))
            o = o->next;
        if (!o)
            return fail(p, "%.*s has no such request to answer", TALK_TEXT(name_of(p, step->party)));
        set_ids(message, o->header.hop_by_hop, o->header.end_to_end, true, !talk_says(step->text, "end-to-end", "e2e"));
    }
    note_sent(p, step->party, message);
    talk_send(&p->stage, step->party, message, false);
    return true;
}

/* ---- What the node is told ---- */

static void on_outcome(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    talk_stage *stage = arg;
    (void)fn;
    (void)msg;
    if (stage->over)
        return;
    talk_outcome **at = &stage->outcomes;
    while (*at)
        at = &(*at)->next;
    *at = talk_get(stage->arena, sizeof **at);
    **at = (talk_outcome){ .kind = outcome->kind, .result_code = outcome->result_code, .at_us = stage->now_us };
    talk_note(stage, -1, false, "(outcome: %s %lu)", dia_outcome_name(outcome->kind),
              (unsigned long)outcome->result_code);
}

static bool gives(play *p, const talk_step *step, int err)
{
    talk_stage_pump(&p->stage);
    if (err == step->error)
        return true;
    return fail(p, "%s is expected, and not %s%s%s", step->error ? dia_strerrorname(step->error) : "success",
                err ? dia_strerrorname(err) : "success", err == DIA_ERULE ? ": " : "",
                err == DIA_ERULE ? dia_node_last_fault(p->stage.node) : "");
}

/* The command in the dictionary that the node has for this application, else in any. */
static const dia_command *command_of(const play *p, const dia_header *h)
{
    const talk_config *c = &p->scenario->config;
    for (size_t i = 0; i < c->n_applications; i++)
        if (c->applications[i].dict && c->applications[i].id == h->application)
            return dia_dict_command(c->applications[i].dict, h->command, true);
    for (size_t i = 0; i < c->n_serves; i++)
        if (c->serves[i].command && c->serves[i].command->dict->application == h->application)
            return dia_dict_command(c->serves[i].command->dict, h->command, true);
    return dia_dicts_command(&dia_dicts_all, h->application, h->command, true);
}

static bool node_sends(play *p, const talk_step *step)
{
    dia_bytes message;
    dia_header h = { 0 };
    const void *msg = NULL;
    dia_fault fault;
    dia_arena arena;
    int err = 0;
    if (!build(p, step, &message))
        return false;
    dia_header_read(message, &h);
    const dia_command *command = command_of(p, &h);
    if (!command)
        return fail(p, "no dictionary has this command");
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    dia_decode(command, message, DIA_LEVEL_OFF, &arena, &msg, &fault);
    for (uint32_t i = 0; i < step->times && !err && msg; i++) {
        err = dia_node_send(p->stage.node, command, msg, (uint32_t)(step->us / 1000), on_outcome,
                            (dia_untyped *)on_outcome, &p->stage);
        talk_stage_pump(&p->stage);
    }
    dia_arena_done(&arena);
    return msg ? gives(p, step, err) : fail(p, "this message cannot be read: %s", fault.text);
}

static bool node_answers(play *p, const talk_step *step)
{
    int err = 0;
    for (uint32_t i = 0; i < step->times && !err; i++) {
        talk_kept *kept = p->stage.kept;
        if (!kept)
            return fail(p, "the node keeps no request");
        p->stage.kept = kept->next;
        err = dia_request_answer_least(kept->request, (uint32_t)step->number);
    }
    return gives(p, step, err);
}

static dia_peer *find_peer(const play *p, const char *host)
{
    dia_peer *peer = NULL;
    while ((peer = dia_node_next_peer(p->stage.node, peer)))
        if (dia_bytes_equal_nocase(dia_peer_host(peer), dia_cstr(host)))
            return peer;
    return NULL;
}

static bool with_peer(play *p, const talk_step *step, int order(dia_node *node, const dia_peer *peer))
{
    dia_peer *peer = find_peer(p, step->host);
    return peer ? gives(p, step, order(p->stage.node, peer)) : fail(p, "the node has no peer %s", step->host);
}

static bool node_adds(play *p, const talk_step *step)
{
    const dia_peer_config config = { .host = step->peer.host,
                                     .connect = step->peer.connect,
                                     .watchdog_ms = step->peer.watchdog_ms,
                                     .insecure = step->peer.insecure,
                                     .inband = step->peer.inband };
    return gives(p, step, dia_node_add_peer(p->stage.node, &config, NULL));
}

static bool node_disables(play *p, const talk_step *step)
{
    dia_peer *peer = find_peer(p, step->host);
    return peer ? gives(p, step, dia_node_disable_peer(p->stage.node, peer, (dia_cause)step->number))
                : fail(p, "the node has no peer %s", step->host);
}

static bool node_announces(play *p, const talk_step *step)
{
    const int n = dia_node_announce(p->stage.node);
    return gives(p, step, n < 0 ? n : 0);
}

static bool node_stops(play *p, const talk_step *step)
{
    talk_note(&p->stage, -1, false, "(the node is to stop)");
    dia_node_stop(p->stage.node, (dia_cause)step->number, (uint32_t)(step->us / 1000));
    talk_stage_pump(&p->stage);
    return true;
}

static bool node_restarts(play *p)
{
    char why[200];
    const bool good = talk_stage_restart(&p->stage, why, sizeof why);
    if (good)
        talk_stage_pump(&p->stage);
    return good || fail(p, "the node does not start: %s", why);
}

/* ---- What the node says ---- */

static bool get_outcome(play *p, const talk_step *step)
{
    const int64_t start = p->stage.now_us;
    for (uint32_t i = 0; i < step->times; i++) {
        if (!wait_for(p, step, outcome_at, start))
            return false;
        const talk_outcome *o = p->stage.outcomes;
        p->stage.outcomes = o->next;
        if ((int64_t)o->kind != step->number || !result_fits(step, o->result_code))
            return fail(p, "another outcome came: %s %lu", dia_outcome_name(o->kind), (unsigned long)o->result_code);
    }
    return true;
}

/* Events of other kinds in front of it are passed over. */
static bool get_event(play *p, const talk_step *step)
{
    if (!wait_for(p, step, event_at, p->stage.now_us))
        return false;
    while ((int64_t)p->stage.events->kind != step->number || !result_fits(step, p->stage.events->result_code))
        p->stage.events = p->stage.events->next;
    p->stage.events = p->stage.events->next;
    return true;
}

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
    { "requests-in", offsetof(dia_counters, requests_in) },
    { "requests-out", offsetof(dia_counters, requests_out) },
    { "answers-in", offsetof(dia_counters, answers_in) },
    { "answers-out", offsetof(dia_counters, answers_out) },
    { "timeouts", offsetof(dia_counters, timeouts) },
    { "lost", offsetof(dia_counters, lost) },
    { "late-answers", offsetof(dia_counters, late_answers) },
    { "unexpected-answers", offsetof(dia_counters, unexpected_answers) },
    { "discarded", offsetof(dia_counters, discarded) },
    { "faults", offsetof(dia_counters, faults) },
    { "watchdogs-in", offsetof(dia_counters, watchdogs_in) },
    { "watchdogs-out", offsetof(dia_counters, watchdogs_out) },
    { "failovers", offsetof(dia_counters, failovers) },
    { "retries", offsetof(dia_counters, retries) },
    { "redirects", offsetof(dia_counters, redirects) },
    { "duplicates", offsetof(dia_counters, duplicates) },
    { "throttled", offsetof(dia_counters, throttled) },
    { "refused-by-priority", offsetof(dia_counters, refused_by_priority) },
    { "overload-reports-in", offsetof(dia_counters, overload_reports_in) },
    { "overload-reports-out", offsetof(dia_counters, overload_reports_out) },
};

static bool counter_is(play *p, const talk_step *step)
{
    const dia_peer *peer = find_peer(p, step->host);
    if (!peer)
        return fail(p, "the node has no peer %s", step->host);
    const dia_counters all = dia_peer_counters(peer);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        uint64_t value;
        memcpy(&value, (const uint8_t *)&all + counters[i].offset, sizeof value);
        if (!strcmp(counters[i].name, step->name))
            return value == (uint64_t)step->number || fail(p, "it is %llu", (unsigned long long)value);
    }
    return fail(p, "there is no counter %s", step->name);
}

static bool peer_is(play *p, const talk_step *step)
{
    const dia_peer *peer = find_peer(p, step->host);
    if (!peer)
        return fail(p, "the node has no peer %s", step->host);
    const dia_peer_state state = dia_peer_get_state(peer);
    return (int64_t)state == step->number || fail(p, "it is %s", dia_peer_state_name(state));
}

static bool watchdog_is(play *p, const talk_step *step)
{
    const dia_peer *peer = find_peer(p, step->host);
    if (!peer)
        return fail(p, "the node has no peer %s", step->host);
    const dia_watch_state state = dia_peer_get_watch(peer);
    return (int64_t)state == step->number || fail(p, "it is %s", dia_watch_state_name(state));
}

/* ---- Steps ---- */

static bool do_step(play *p, const talk_step *step)
{
    talk_stage *stage = &p->stage;
    talk_end *end = step->party >= 0 ? &stage->ends[step->party] : NULL;
    switch (step->verb) {
    case TALK_CONNECTS: return connect(p, step);
    case TALK_ACCEPTS: return be_called(p, step, talk_accept);
    case TALK_REFUSES: return be_called(p, step, talk_refuse);
    case TALK_HANGS: return be_called(p, step, talk_hang);
    case TALK_SENDS: return send_message(p, step);
    case TALK_SENDS_HEX: return send_octets(p, step, step->octets);
    case TALK_SENDS_REST: return send_rest(p, step);
    case TALK_ANSWERS: return answer(p, step);
    case TALK_GETS: return get_message(p, step);
    case TALK_GETS_HEX: return get_octets(p, step);
    case TALK_GETS_HANDSHAKE: return get_end(p, step, TALK_HANDSHAKE);
    case TALK_SHOWS:
        if (!has_conn(p, step))
            return false;
        talk_show(stage, step->party);
        return true;
    case TALK_GETS_CLOSE: return get_end(p, step, TALK_CLOSE);
    case TALK_GETS_RESET: return get_end(p, step, TALK_RESET);
    case TALK_GETS_REFUSAL: return get_end(p, step, TALK_REFUSAL);
    case TALK_GETS_NOTHING: return pass(p, step->us) && nothing_at(p, step->party);
    case TALK_CLOSES:
    case TALK_RESETS:
        if (!has_conn(p, step))
            return false;
        talk_close(stage, step->party, step->verb == TALK_RESETS);
        return true;
    case TALK_STOPS_READING:
    case TALK_READS_AGAIN: talk_listen(stage, step->party, step->verb == TALK_READS_AGAIN); return true;
    case TALK_ANSWERS_WATCHDOGS:
    case TALK_LEAVES_WATCHDOGS: end->answers_watchdogs = step->verb == TALK_ANSWERS_WATCHDOGS; return true;
    case TALK_WAIT: return pass(p, step->us);
    case TALK_NOTHING: return pass(p, step->us) && nothing_anywhere(p);
    case TALK_NODE_SENDS: return node_sends(p, step);
    case TALK_NODE_ANSWERS: return node_answers(p, step);
    case TALK_NODE_STOPS: return node_stops(p, step);
    case TALK_NODE_RESTARTS: return node_restarts(p);
    case TALK_NODE_ADDS: return node_adds(p, step);
    case TALK_NODE_REMOVES: return with_peer(p, step, dia_node_remove_peer);
    case TALK_NODE_CONNECTS: return with_peer(p, step, dia_node_connect_peer);
    case TALK_NODE_DISABLES: return node_disables(p, step);
    case TALK_NODE_ENABLES: return with_peer(p, step, dia_node_enable_peer);
    case TALK_NODE_USES: return gives(p, step, dia_node_use(stage->node, step->dict));
    case TALK_NODE_WITHDRAWS: return gives(p, step, dia_node_withdraw(stage->node, step->dict->application));
    case TALK_NODE_ANNOUNCES: return node_announces(p, step);
    case TALK_NODE_WANTS_LESS: return gives(p, step, dia_node_report_overload(stage->node, &step->overload));
    case TALK_NODE_HAS_LOAD: return gives(p, step, dia_node_set_load(stage->node, (uint32_t)step->number));
    case TALK_OUTCOME: return get_outcome(p, step);
    case TALK_EVENT: return get_event(p, step);
    case TALK_NO_EVENT: return event_at(p, step) < 0 || fail(p, "this event came");
    case TALK_SERVED:
        return stage->served == (uint64_t)step->number ||
               fail(p, "the application got %llu requests", (unsigned long long)stage->served);
    case TALK_PEER_IS: return peer_is(p, step);
    case TALK_WATCHDOG_IS: return watchdog_is(p, step);
    case TALK_NO_PEER: return !find_peer(p, step->host) || fail(p, "it is there");
    case TALK_COUNTER: return counter_is(p, step);
    default: return fail(p, "this step only makes sense as the first and last one");
    }
}

/* ---- The report ---- */

static dia_bytes line_of(const play *p, uint32_t number)
{
    dia_bytes text = p->script->files[number >> TALK_FILE_SHIFT].text;
    number &= TALK_LINE_MASK;
    for (uint32_t i = 1; i <= number; i++) {
        const uint8_t *newline = text.n ? memchr(text.p, '\n', text.n) : NULL;
        dia_bytes line = { text.p, newline ? (size_t)(newline - text.p) : text.n };
        if (i == number) {
            while (line.n && (*line.p == ' ' || *line.p == '\t'))
                line = (dia_bytes){ line.p + 1, line.n - 1 };
            return line;
        }
        text = (dia_bytes){ line.p + line.n + 1, newline ? text.n - line.n - 1 : 0 };
    }
    return (dia_bytes){ NULL, 0 };
}

static void tell(play *p, talk_string *report)
{
    const uint32_t line = p->step ? p->step->line : p->scenario->line;
    char place[300];
    talk_place(p->script, line, place, sizeof place);
    talk_say(report, "%s: %s", place, p->problem.p);
    talk_say(report, "    the line: %.*s\n", TALK_TEXT(line_of(p, line)));
    if (p->step && p->step->used) {
        talk_place(p->script, p->step->used, place, sizeof place);
        talk_say(report, "    of the part in: %s: %.*s\n", place, TALK_TEXT(line_of(p, p->step->used)));
    }
    talk_say(report, "    the scenario: %.*s\n    the conversation so far, ending at %.3f s:\n\n",
             TALK_TEXT(p->scenario->title), seconds(p->stage.now_us - p->stage.start_us));
    talk_chart(&p->stage, report);
    talk_say(report, "\n");
}

static bool must_not_start(const talk_scenario *s)
{
    return s->n == 1 && s->steps[0].verb == TALK_NODE_REFUSES_START;
}

static bool begin(play *p)
{
    char why[300];
    const bool starts = talk_stage_begin(&p->stage, &p->scenario->config, p->names.arena, why, sizeof why);
    if (starts == must_not_start(p->scenario))
        return fail(p, starts ? "the node starts" : "the node does not start: %s", why);
    const talk_config *c = &p->scenario->config;
    const dia_bytes host = dia_cstr(c->node.origin_host), realm = dia_cstr(c->node.origin_realm);
    talk_name_set(&p->names, dia_cstr("node"), host, host);
    talk_name_set(&p->names, dia_cstr("realm"), realm, realm);
    for (size_t i = 0; i < c->n_parties; i++)
        talk_name_set(&p->names, c->parties[i].name, c->parties[i].host, c->parties[i].host);
    if (starts)
        talk_stage_pump(&p->stage);
    return true;
}

static bool take_steps(play *p)
{
    for (size_t i = 0; i < p->scenario->n; i++) {
        p->step = &p->scenario->steps[i];
        set_host(p, p->step->party);
        if (!do_step(p, p->step) || !keeps_manners(p))
            return false;
    }
    return true;
}

/* What came and was not expected: the script does not say all that happens. */
static bool ends_well(play *p)
{
    if (p->stage.outcomes)
        return fail(p, "at the end: an outcome that no line expects");
    return nothing_anywhere(p);
}

bool talk_play(const talk_script *script, const talk_scenario *scenario, talk_string *report, bool chart)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, SIZE_MAX / 2, NULL);
    play *p = talk_get(&arena, sizeof *p);
    *p = (play){ .script = script, .scenario = scenario, .names = { .arena = &arena } };
    bool good = begin(p);
    if (good && !must_not_start(scenario))
        good = take_steps(p) && ends_well(p);
    if (!good)
        tell(p, report);
    else if (chart)
        talk_chart(&p->stage, report);
    talk_stage_end(&p->stage);
    talk_string_done(&p->problem);
    dia_arena_done(&arena);
    return good;
}

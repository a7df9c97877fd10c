/* Steps: what the far ends and the node do, and what must come of it. */
#include "read.h"

#include <diatom/app/all.h>

#include <string.h>

static void connects(reader *r, sentence *s)
{
    if (s->capture[1].p)
        s->step.address = want_address(r, s, 1, talk_get(r->arena, 16));
    s->step.way = want_way(r, s, 2, TALK_BY_DTLS);
}

static void is_called(reader *r, sentence *s)
{
    s->step.way = want_way(r, s, 1, TALK_BY_DTLS);
}

static void sends(reader *r, sentence *s)
{
    s->step.text = text_take(r, s, 2, false);
}

static void gets(reader *r, sentence *s)
{
    s->step.text = text_take(r, s, 2, true);
}

static void takes_hex(reader *r, sentence *s)
{
    uint8_t *to = talk_get(r->arena, s->line->text.n);
    size_t n = 0, digits = 0;
    for (size_t i = 3; i < s->n; i++) {
        for (size_t k = 0; k < s->word[i].n; k++, digits++) {
            const int digit = word_digit(s->word[i].p[k]);
            if (digit < 0) {
                read_wrong(r, s->line, "\"%.*s\" is not hexadecimal", TALK_TEXT(shown(s->word[i])));
                return;
            }
            to[n] = (uint8_t)(to[n] << 4 | digit);
            n += digits % 2;
        }
    }
    if (digits % 2)
        read_wrong(r, s->line, "half an octet is left over");
    s->step.octets = (dia_bytes){ to, n };
}

static void lasts(reader *r, sentence *s)
{
    s->step.us = want_duration(r, s, s->step.verb == TALK_GETS_NOTHING ? 1 : 0);
}

static void node_sends(reader *r, sentence *s)
{
    for (size_t i = 2; i + 1 < s->n; i++) {
        if (talk_is(s->word[i], "timeout")) {
            s->capture[0] = s->word[i + 1];
            s->step.us = want_duration(r, s, 0);
            sentence_remove(s, i, 2);
        }
    }
    s->step.text = text_take(r, s, 2, false);
}

static void counts(reader *r, sentence *s)
{
    s->step.number = (int64_t)want_number(r, s, 0, UINT32_MAX);
}

static const char *cause_name(int i)
{
    static const char *const names[] = { "REBOOTING", "BUSY", "DO_NOT_WANT_TO_TALK_TO_YOU" };
    return i < 3 ? names[i] : "?";
}

static void node_stops(reader *r, sentence *s)
{
    s->step.number = DIA_CAUSE_REBOOTING;
    if (s->capture[0].p)
        want_one_of(r, s->line, s->capture[0], "cause", cause_name, AS_IT_IS, &s->step.number);
    s->step.us = s->capture[1].p ? want_duration(r, s, 1) : 0;
}

static void node_adds(reader *r, sentence *s)
{
    s->step.peer = want_peer(r, s);
}

static void names_peer(reader *r, sentence *s)
{
    s->step.host = want_identity(r, s, 0);
}

static void node_disables(reader *r, sentence *s)
{
    names_peer(r, s);
    want_one_of(r, s->line, s->capture[1], "cause", cause_name, AS_IT_IS, &s->step.number);
}

static void names_application(reader *r, sentence *s)
{
    s->step.dict = want_dict(r, s, 0);
}

static const char *report_name(int i)
{
    static const char *const names[] = { "host", "realm" };
    return i < 2 ? names[i] : "?";
}

static void node_wants_less(reader *r, sentence *s)
{
    const dia_dict *dict = want_dict(r, s, 1);
    int64_t type = DIA_OVERLOAD_HOST;
    if (s->capture[2].p)
        want_one_of(r, s->line, s->capture[2], "report", report_name, AS_IT_IS, &type);
    s->step.overload =
        (dia_overload){ .application = dict ? dict->application : 0,
                        .type = (dia_overload_type)type,
                        .reduction = (uint32_t)want_number(r, s, 0, UINT32_MAX),
                        .validity_s = s->capture[3].p ? (uint32_t)(want_duration(r, s, 3) / 1000000) : 0 };
}

static const char *outcome_name(int i)
{
    return dia_outcome_name((dia_outcome_kind)i);
}

static void outcome(reader *r, sentence *s)
{
    int64_t kind = 0;
    want_one_of(r, s->line, s->capture[0], "outcome", outcome_name, JOINED, &kind);
    s->step.number = kind;
    s->step.us = s->capture[1].p ? (int64_t)want_number(r, s, 1, UINT32_MAX) : -1;
}

static const char *event_name(int i)
{
    return dia_event_name((dia_event_kind)i);
}

static void event(reader *r, sentence *s)
{
    int64_t kind = 0;
    want_one_of(r, s->line, s->capture[0], "event", event_name, LOUD, &kind);
    s->step.number = kind;
    s->step.us = s->capture[1].p ? (int64_t)want_number(r, s, 1, UINT32_MAX) : -1;
}

static const char *state_name(int i)
{
    return dia_peer_state_name((dia_peer_state)i);
}

static void peer_is(reader *r, sentence *s)
{
    names_peer(r, s);
    want_one_of(r, s->line, s->capture[1], "state", state_name, AS_IT_IS, &s->step.number);
}

static const char *watch_name(int i)
{
    return dia_watch_state_name((dia_watch_state)i);
}

static void watchdog_is(reader *r, sentence *s)
{
    names_peer(r, s);
    want_one_of(r, s->line, s->capture[1], "state of a watchdog", watch_name, AS_IT_IS, &s->step.number);
}

static void counter(reader *r, sentence *s)
{
    s->step.name = talk_cstring(r->arena, s->capture[0]);
    s->capture[0] = s->capture[1];
    names_peer(r, s);
    s->step.number = (int64_t)want_number(r, s, 2, UINT32_MAX);
}

/* In the order in which they are tried: more words before fewer. */
static const form steps[] = {
    { "PARTY connects [from ADDRESS] [over WAY]", TALK_CONNECTS, 0, connects },
    { "PARTY accepts [by WAY]", TALK_ACCEPTS, WHEN, is_called },
    { "PARTY refuses [by WAY]", TALK_REFUSES, WHEN, is_called },
    { "PARTY hangs [by WAY]", TALK_HANGS, WHEN, is_called },
    { "PARTY shows its certificate", TALK_SHOWS, 0, NULL },
    { "PARTY sends the rest", TALK_SENDS_REST, 0, NULL },
    { "PARTY sends hex OCTETS", TALK_SENDS_HEX, OCTETWISE, takes_hex },
    { "PARTY sends MESSAGE", TALK_SENDS, TIMES | OCTETWISE | CUT | BODY, sends },
    { "PARTY answers watchdogs", TALK_ANSWERS_WATCHDOGS, 0, NULL },
    { "PARTY leaves watchdogs", TALK_LEAVES_WATCHDOGS, 0, NULL },
    { "PARTY answers MESSAGE", TALK_ANSWERS, BODY, sends },
    { "PARTY gets hex OCTETS", TALK_GETS_HEX, WHEN, takes_hex },
    { "PARTY gets handshake", TALK_GETS_HANDSHAKE, WHEN, NULL },
    { "PARTY gets close", TALK_GETS_CLOSE, WHEN, NULL },
    { "PARTY gets reset", TALK_GETS_RESET, WHEN, NULL },
    { "PARTY gets refusal", TALK_GETS_REFUSAL, WHEN, NULL },
    { "PARTY gets nothing for TIME", TALK_GETS_NOTHING, 0, lasts },
    { "PARTY gets MESSAGE", TALK_GETS, WHEN | TIMES | EXACTLY | FIRST | BODY, gets },
    { "PARTY closes", TALK_CLOSES, 0, NULL },
    { "PARTY resets", TALK_RESETS, 0, NULL },
    { "PARTY stops reading", TALK_STOPS_READING, 0, NULL },
    { "PARTY reads again", TALK_READS_AGAIN, 0, NULL },
    { "nothing for TIME", TALK_NOTHING, 0, lasts },
    { "wait TIME", TALK_WAIT, 0, lasts },
    { "node sends MESSAGE", TALK_NODE_SENDS, TIMES | GIVES | BODY, node_sends },
    { "node answers NUMBER", TALK_NODE_ANSWERS, TIMES | GIVES, counts },
    { "node stops [cause CAUSE] [deadline TIME]", TALK_NODE_STOPS, 0, node_stops },
    { "node restarts", TALK_NODE_RESTARTS, 0, NULL },
    { "node refuses to start", TALK_NODE_REFUSES_START, 0, NULL },
    { "node adds peer HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]", TALK_NODE_ADDS, GIVES,
      node_adds },
    { "node removes peer HOST", TALK_NODE_REMOVES, GIVES, names_peer },
    { "node connects peer HOST", TALK_NODE_CONNECTS, GIVES, names_peer },
    { "node disables peer HOST cause CAUSE", TALK_NODE_DISABLES, GIVES, node_disables },
    { "node enables peer HOST", TALK_NODE_ENABLES, GIVES, names_peer },
    { "node uses APPLICATION", TALK_NODE_USES, GIVES, names_application },
    { "node withdraws APPLICATION", TALK_NODE_WITHDRAWS, GIVES, names_application },
    { "node announces", TALK_NODE_ANNOUNCES, GIVES, NULL },
    { "node wants NUMBER percent less of APPLICATION [as REPORT] [for TIME]", TALK_NODE_WANTS_LESS, GIVES,
      node_wants_less },
    { "node has load NUMBER", TALK_NODE_HAS_LOAD, GIVES, counts },
    { "outcome OUTCOME [NUMBER]", TALK_OUTCOME, WHEN | TIMES, outcome },
    { "event EVENT [NUMBER]", TALK_EVENT, WHEN, event },
    { "no event EVENT", TALK_NO_EVENT, 0, event },
    { "served NUMBER", TALK_SERVED, 0, counts },
    { "peer HOST is STATE", TALK_PEER_IS, 0, peer_is },
    { "watchdog of HOST is STATE", TALK_WATCHDOG_IS, 0, watchdog_is },
    { "no peer HOST", TALK_NO_PEER, 0, names_peer },
    { "counter NAME of HOST is NUMBER", TALK_COUNTER, 0, counter },
};

const forms step_forms = { steps, sizeof steps / sizeof *steps };

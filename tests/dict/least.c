/* The least message of a grammar: which AVPs it has, and where their values come from. */
#include "messages.h"

#include "harness.h"

static const dia_defaults us = { .session_id = DIA_LIT("s;7;7"),
                                 .origin_host = DIA_LIT("us.example.net"),
                                 .origin_realm = DIA_LIT("example.net"),
                                 .application = 77,
                                 .app_vendor = LAB,
                                 .app_kind = DIA_APP_ACCT,
                                 .fill_application = true };

static dia_bytes least(message *m, const dia_grammar *grammar, const dia_defaults *defaults, uint32_t result_code,
                       dia_bytes like)
{
    begin(m, false);
    dia_put_least(&m->b, grammar, defaults, result_code, like);
    return end(m);
}

static unsigned count(dia_bytes in, uint32_t code, uint32_t vendor)
{
    unsigned n = 0;
    for (dia_avps it = dia_avps_of(in); dia_avp_next(&it);)
        n += it.avp.code == code && it.avp.vendor == vendor;
    return n;
}

static dia_bytes value(dia_bytes in, uint32_t code, uint32_t vendor)
{
    dia_avp avp;
    return dia_avp_find(in, code, vendor, &avp) ? (dia_bytes){ NULL, 0 } : avp.data;
}

/* Strictly right, or why not. */
static const char *judge(const dia_command *command, dia_bytes in)
{
    static dia_fault fault;
    dia_arena arena;
    fault = (dia_fault){ 0 };
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    dia_decode(command, in, DIA_LEVEL_STRICT, &arena, NULL, &fault);
    dia_arena_done(&arena);
    return fault.text;
}

static void what_is_required_is_there_and_nothing_else(void)
{
    message m;
    tables_open();
    const dia_bytes made = least(&m, tt_ttr_command->grammar, &us, 0, (dia_bytes){ NULL, 0 });
    check_str(judge(tt_ttr_command, made), "");
    unsigned required = 0, there = 0;
    for (size_t i = 0; i < tt_ttr_command->grammar->n_fields; i++)
        required += tt_ttr_command->grammar->fields[i].min;
    for (dia_avps it = dia_avps_of(made); dia_avp_next(&it);)
        there++;
    check_int(there, required);
}

static void values_are_given_or_copied_or_first(void)
{
    message m, like;
    begin(&like, true);
    put_required(&like, 0);
    const dia_bytes other = end(&like);
    const dia_bytes made = least(&m, tt_ttr_command->grammar, &us, 0, other);
    check_str(judge(tt_ttr_command, made), "");
    check_bytes(value(made, ORIGIN_HOST, 0), us.origin_host); /* given */
    check_bytes(value(made, SESSION_ID, 0), us.session_id);
    check_bytes(value(made, DESTINATION_REALM, 0), text_of("example.org")); /* copied */
    check_bytes(value(made, NUMBER, 0), value(other, NUMBER, 0));
    const dia_bytes alone = least(&m, tt_ttr_command->grammar, NULL, 0, (dia_bytes){ NULL, 0 });
    check_str(judge(tt_ttr_command, alone), "");
    check_bytes(value(alone, ORIGIN_HOST, 0), text_of("localhost")); /* first */
    check_bytes(value(alone, NUMBER, 0), (dia_bytes)DIA_LIT("\0\0\0\0"));
}

static void broken_values_are_not_copied(void)
{
    message m, like;
    begin(&like, true);
    put_required(&like, NUMBER);
    dia_put_bytes(&like.b, NUMBER, 0, DIA_AVP_M, text_of("12345"));
    const dia_bytes made = least(&m, tt_ttr_command->grammar, &us, 0, end(&like));
    check_str(judge(tt_ttr_command, made), "");
    check_bytes(value(made, NUMBER, 0), (dia_bytes)DIA_LIT("\0\0\0\0"));
}

static void result_code_stands_where_the_grammar_lets_it(void)
{
    message m;
    tables_open();
    const dia_bytes made = least(&m, tt_tta_command->grammar, &us, 2001, (dia_bytes){ NULL, 0 });
    check_str(judge(tt_tta_command, made), "");
    check_bytes(value(made, RESULT_CODE, 0), (dia_bytes)DIA_LIT("\0\0\x07\xd1"));
    check_int(count(made, RESULT_CODE, 0), 1);
}

/* A grammar of nothing but * [ AVP ] takes what every answer has. */
static void open_grammar_gets_what_every_answer_has(void)
{
    static const uint16_t slots[4];
    static const dia_grammar open = {
        .name = "Open", .any_max = DIA_MANY, .multiplier = 1, .shift = 30, .slots = slots
    };
    static const dia_grammar shut = { .name = "Shut", .multiplier = 1, .shift = 30, .slots = slots };
    message m;
    const dia_bytes made = least(&m, &open, &us, 2001, (dia_bytes){ NULL, 0 });
    dia_avps it = dia_avps_of(made);
    check(dia_avp_next(&it));
    check_int(it.avp.code, SESSION_ID);
    check_bytes(value(made, ORIGIN_HOST, 0), us.origin_host);
    check_bytes(value(made, ORIGIN_REALM, 0), us.origin_realm);
    check_int(count(made, RESULT_CODE, 0), 1);
    check_str(judge(tt_tta_command, made), "missing Vendor-Specific-Application-Id");
    check_int(least(&m, &shut, &us, 2001, (dia_bytes){ NULL, 0 }).n, DIA_HEADER_SIZE);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_is_required_is_there_and_nothing_else", what_is_required_is_there_and_nothing_else },
        { "values_are_given_or_copied_or_first", values_are_given_or_copied_or_first },
        { "broken_values_are_not_copied", broken_values_are_not_copied },
        { "result_code_stands_where_the_grammar_lets_it", result_code_stands_where_the_grammar_lets_it },
        { "open_grammar_gets_what_every_answer_has", open_grammar_gets_what_every_answer_has },
    };
    return HARNESS_RUN("dict/least", tests);
}

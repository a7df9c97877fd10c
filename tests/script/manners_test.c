/* What every message of a node must be like: each rule, broken once. */
#include "script.h"

#include "harness.h"

#define HOSTS                                                                                                          \
    "00000108 40000015 6d2e6578616d706c652e6e6574 000000"                                                              \
    "00000128 40000013 6578616d706c652e6e6574 00"

static const struct row {
    const char *name;
    const char *message;
    const char *request; /* that the party sent before; NULL: none */
    const char *rule;    /* a word of the rule that is broken; NULL: none is */
} rows[] = {
    { "a DWR", "01000040 80000118 00000000 00000001 00000001" HOSTS, NULL, NULL },
    { "a version", "02000040 80000118 00000000 00000001 00000001" HOSTS, NULL, "B3-01" },
    { "a length", "0100003c 80000118 00000000 00000001 00000001" HOSTS, NULL, "B3-03" },
    { "a reserved flag", "01000040 81000118 00000000 00000001 00000001" HOSTS, NULL, "B3-14" },
    { "E in a request", "01000040 a0000118 00000000 00000001 00000001" HOSTS, NULL, "B3-07" },
    { "T in an answer", "0100004c 10000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "B3-13" },
    { "an application", "01000040 80000118 00000004 00000001 00000001" HOSTS, NULL, "B2.5-01" },
    { "P in DWR", "01000040 c0000118 00000000 00000001 00000001" HOSTS, NULL, "B5.3.1-03" },
    { "a reserved flag of an AVP", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00000116 4100000c 00000001",
      NULL, "B4.1-03" },
    { "vendor 0", "01000050 80000118 00000000 00000001 00000001" HOSTS "00000116 c0000010 00000000 00000001", NULL,
      "B4.1.1-02" },
    { "padding", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00011170 00000009 01010000", NULL, "B4-02" },
    { "an AVP that is too long", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00000116 40000010 00000001",
      NULL, "B4.1-12" },
    { "an answer", "0100004c 00000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR", NULL },
    { "no Result-Code", "01000040 00000118 00000000 00000001 00000001" HOSTS, "DWR", "B7.1-01" },
    { "3xxx without E", "0100004c 00000118 00000000 00000001 00000001 0000010c 4000000c 00000bba" HOSTS, "DWR",
      "B7-01" },
    { "4xxx with E", "0100004c 20000118 00000000 00000001 00000001 0000010c 4000000c 00000fa1" HOSTS, "DWR",
      "B7.1.4-01" },
    { "a destination",
      "01000060 00000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS
      "0000011b 40000013 6578616d706c652e6e6574 00",
      "DWR", "B6.2-04" },
    { "a destination of DWR",
      "01000054 80000118 00000000 00000001 00000001" HOSTS "0000011b 40000013 6578616d706c652e6e6574 00", NULL,
      "B6.1-01" },
    { "no Origin-Realm",
      "0100002c 80000118 00000000 00000001 00000001"
      "00000108 40000015 6d2e6578616d706c652e6e6574 000000",
      NULL, "B6.4-01" },
    { "a missing AVP", "01000040 80000101 00000000 00000001 00000001" HOSTS, NULL, "B3.2-02" },
    { "another Hop-by-Hop id", "0100004c 00000118 00000000 00000002 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "B3-19" },
    { "another End-to-End id", "0100004c 00000118 00000000 00000001 00000002 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "B3-22" },
    { "another P", "0100004c 40000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR", "B6.2-08" },
};

static void each_rule_is_held_up(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[256], block[4096];
        dia_arena arena;
        talk_stage stage = { .arena = &arena };
        talk_open dwr = { .header = { 1, DIA_FLAG_REQUEST, 0, 280, 0, 1, 1 } };
        talk_end end = { .asked = rows[i].request ? &dwr : NULL };
        dia_arena_init(&arena, block, sizeof block, 0, NULL);
        harness_row(rows[i].name);
        const char *rule = talk_manners(&stage, &end, harness_hex(rows[i].message, buf, sizeof buf));
        check(rows[i].rule ? rule && strstr(rule, rows[i].rule) : !rule);
        dia_arena_done(&arena);
    }
    harness_row(NULL);
}

static void an_answer_settles_its_request_once(void)
{
    uint8_t buf[256], block[4096];
    dia_arena arena;
    talk_stage stage = { .arena = &arena };
    talk_open dwr = { .header = { 1, DIA_FLAG_REQUEST, 0, 280, 0, 1, 1 } };
    talk_end end = { .asked = &dwr };
    dia_arena_init(&arena, block, sizeof block, 0, NULL);
    const dia_bytes dwa =
        harness_hex("0100004c 00000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, buf, sizeof buf);
    check(!talk_manners(&stage, &end, dwa));
    const char *rule = talk_manners(&stage, &end, dwa);
    check(rule && strstr(rule, "B3-19"));
    dia_arena_done(&arena);
}

static void a_hop_by_hop_id_in_use_is_not_used_again(void)
{
    uint8_t buf[256], block[4096];
    dia_arena arena;
    talk_stage stage = { .arena = &arena };
    talk_end end = { .asked = NULL };
    dia_arena_init(&arena, block, sizeof block, 0, NULL);
    const dia_bytes dwr = harness_hex("01000040 80000118 00000000 00000001 00000001" HOSTS, buf, sizeof buf);
    check(!talk_manners(&stage, &end, dwr));
    const char *rule = talk_manners(&stage, &end, dwr);
    check(rule && strstr(rule, "B3-17"));
    dia_arena_done(&arena);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_rule_is_held_up", each_rule_is_held_up },
        { "an_answer_settles_its_request_once", an_answer_settles_its_request_once },
        { "a_hop_by_hop_id_in_use_is_not_used_again", a_hop_by_hop_id_in_use_is_not_used_again },
    };
    return HARNESS_RUN("script/manners", tests);
}

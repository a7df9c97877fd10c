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
    const char *rule;    /* words of the rule that is broken; NULL: none is */
} rows[] = {
    { "a DWR", "01000040 80000118 00000000 00000001 00000001" HOSTS, NULL, NULL },
    { "a version", "02000040 80000118 00000000 00000001 00000001" HOSTS, NULL, "version" },
    { "a length", "0100003c 80000118 00000000 00000001 00000001" HOSTS, NULL, "Message Length" },
    { "a reserved flag", "01000040 81000118 00000000 00000001 00000001" HOSTS, NULL, "reserved flags are" },
    { "E in a request", "01000040 a0000118 00000000 00000001 00000001" HOSTS, NULL, "no request has the E bit" },
    { "T in an answer", "0100004c 10000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "T bit" },
    { "an application", "01000040 80000118 00000004 00000001 00000001" HOSTS, NULL, "application 0" },
    { "P in DWR", "01000040 c0000118 00000000 00000001 00000001" HOSTS, NULL, "no P bit" },
    { "a reserved flag of an AVP", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00000116 4100000c 00000001",
      NULL, "reserved AVP flags" },
    { "vendor 0", "01000050 80000118 00000000 00000001 00000001" HOSTS "00000116 c0000010 00000000 00000001", NULL,
      "Vendor-Id field" },
    { "padding", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00011170 00000009 01010000", NULL,
      "padding is zero" },
    { "an AVP that is too long", "0100004c 80000118 00000000 00000001 00000001" HOSTS "00000116 40000010 00000001",
      NULL, "can be read" },
    { "an answer", "0100004c 00000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR", NULL },
    { "no Result-Code", "01000040 00000118 00000000 00000001 00000001" HOSTS, "DWR", "one Result-Code" },
    { "3xxx without E", "0100004c 00000118 00000000 00000001 00000001 0000010c 4000000c 00000bba" HOSTS, "DWR",
      "protocol errors have" },
    { "4xxx with E", "0100004c 20000118 00000000 00000001 00000001 0000010c 4000000c 00000fa1" HOSTS, "DWR",
      "goes with protocol errors" },
    { "a destination",
      "01000060 00000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS
      "0000011b 40000013 6578616d706c652e6e6574 00",
      "DWR", "no answer has a destination" },
    { "a destination of DWR",
      "01000054 80000118 00000000 00000001 00000001" HOSTS "0000011b 40000013 6578616d706c652e6e6574 00", NULL,
      "connection have no destination" },
    { "no Origin-Realm",
      "0100002c 80000118 00000000 00000001 00000001"
      "00000108 40000015 6d2e6578616d706c652e6e6574 000000",
      NULL, "Origin-Realm" },
    { "a missing AVP", "01000040 80000101 00000000 00000001 00000001" HOSTS, NULL, "grammar" },
    { "another Hop-by-Hop id", "0100004c 00000118 00000000 00000002 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "both ids" },
    { "another End-to-End id", "0100004c 00000118 00000000 00000001 00000002 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "both ids" },
    { "another P", "0100004c 40000118 00000000 00000001 00000001 0000010c 4000000c 000007d1" HOSTS, "DWR",
      "P bit of an answer" },
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
    check(rule && strstr(rule, "both ids"));
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
    check(rule && strstr(rule, "unique"));
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

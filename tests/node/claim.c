/* The application that a message names is that of its header. tests/script/application-ids.talk shows it from outside. */
#include "net.h"

enum { APP = 16777251, ABSENT = -1 };

static void put_id(dia_builder *b, uint32_t code, int64_t id)
{
    if (id != ABSENT)
        dia_put_u32(b, code, 0, DIA_AVP_M, (uint32_t)id);
}

static const struct row {
    const char *name;
    int64_t auth, acct, inner_auth, inner_acct;
    bool specific;
    uint32_t lenient, strict; /* Result-Code; 0: all right */
    const char *failed;
} rows[] = {
    { "nothing", ABSENT, ABSENT, ABSENT, ABSENT, false, 0, 0, NULL },
    { "the same", APP, ABSENT, ABSENT, ABSENT, false, 0, 0, NULL },
    { "another", 4, ABSENT, ABSENT, ABSENT, false, 5004, 5004, "00000102 4000000c 00000004" },
    { "another one for accounting", ABSENT, 3, ABSENT, ABSENT, false, 5004, 5004, "00000103 4000000c 00000003" },
    { "two, one of them right", 4, APP, ABSENT, ABSENT, false, 0, 5004, "00000102 4000000c 00000004" },
    { "two, none of them right", 4, 3, ABSENT, ABSENT, false, 5004, 5004, "00000102 4000000c 00000004" },
    { "a vendor's", ABSENT, ABSENT, APP, ABSENT, true, 0, 0, NULL },
    { "another of a vendor", ABSENT, ABSENT, ABSENT, 5, true, 5004, 5004,
      "00000104 40000014 00000103 4000000c 00000005" },
    { "neither of a vendor", ABSENT, ABSENT, ABSENT, ABSENT, true, 5005, 5005,
      "00000102 4000000c 00000000 00000103 4000000c 00000000" },
    { "neither of a vendor, one outside", APP, ABSENT, ABSENT, ABSENT, true, 0, 5005,
      "00000102 4000000c 00000000 00000103 4000000c 00000000" },
    { "both of a vendor", ABSENT, ABSENT, APP, 7, true, 0, 5009,
      "00000102 4000000c 01000023 00000103 4000000c 00000007" },
    { "both of a vendor, none right", ABSENT, ABSENT, 6, 7, true, 5009, 5009,
      "00000102 4000000c 00000006 00000103 4000000c 00000007" },
};

static void what_it_names_is_judged(void) /* B3-16, B6.9-01, B6.11-02, -05, -06, -07, -08, -09 */
{
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        const struct row *row = &rows[i / 2];
        const dia_level level = i % 2 ? DIA_LEVEL_STRICT : DIA_LEVEL_LENIENT;
        const uint32_t want = i % 2 ? row->strict : row->lenient;
        uint8_t buf[300], failed[40];
        dia_builder b;
        dia_arena arena;
        dia_fault fault;
        harness_row(row->name);
        dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
        dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .version = 1, .application = APP });
        dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1"));
        dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 10415, DIA_AVP_M, 99); /* a vendor's AVP is another one */
        put_id(&b, DIA_AVP_AUTH_APPLICATION_ID, row->auth);
        put_id(&b, DIA_AVP_ACCT_APPLICATION_ID, row->acct);
        if (row->specific) {
            dia_put_group(&b, DIA_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0, DIA_AVP_M);
            dia_put_u32(&b, DIA_AVP_VENDOR_ID, 0, DIA_AVP_M, 10415);
            put_id(&b, DIA_AVP_AUTH_APPLICATION_ID, row->inner_auth);
            put_id(&b, DIA_AVP_ACCT_APPLICATION_ID, row->inner_acct);
            dia_put_group_end(&b);
        }
        const int64_t n = dia_build_end(&b);
        need(n > 0);
        const int err = dia_claim_judge((dia_bytes){ buf, (size_t)n }, APP, level, &arena, &fault);
        need_int(err, want ? DIA_ERULE : 0);
        if (want)
            need_int(fault.result_code, want);
        if (want) /* without memory it is answered all the same */
            need_bytes(fault.failed_avp, harness_hex(row->failed, failed, sizeof failed));
    done:
        dia_arena_done(&arena);
        if (harness_injected())
            return;
    }
}

/* What is all right in the struct is never looked at again. */
static void structs_say_the_same(void)
{
    const dia_command *ccr = dia_dict_command(&dia_dict_ro, 272, true);
    dia_claim claim;
    dia_ro_ccr msg = { .auth_application_id = 4 };
    dia_claim_init(&claim, ccr->grammar);
    check(dia_claim_holds(&claim, &msg, 4));
    check(!dia_claim_holds(&claim, &msg, 5));
    const dia_command *dwr = dia_dict_command(&dia_dict_base, 280, true);
    dia_claim_init(&claim, dwr->grammar);
    check(dia_claim_holds(&claim, &(dia_dwr){ 0 }, 4));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_it_names_is_judged", what_it_names_is_judged },
        { "structs_say_the_same", structs_say_the_same },
    };
    return HARNESS_RUN("node/claim", tests);
}

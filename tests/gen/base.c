/* The base protocol as it is compiled, against what RFC 6733 prints: commands (3.1), AVPs and their flags (4.5). */
#include "diatom/app/base.h"
#include "diatom/app/all.h"
#include "dict/dict.h"
#include "harness.h"

/* RFC 6733, 3.1, and the P bit of each command's grammar. */
static const struct {
    const char *request, *answer;
    uint32_t code;
    uint8_t proxiable;
} commands[] = {
    { "CER", "CEA", 257, 0 },
    { "RAR", "RAA", 258, DIA_FLAG_PROXIABLE },
    { "ACR", "ACA", 271, DIA_FLAG_PROXIABLE },
    { "ASR", "ASA", 274, DIA_FLAG_PROXIABLE },
    { "STR", "STA", 275, DIA_FLAG_PROXIABLE },
    { "DWR", "DWA", 280, 0 },
    { "DPR", "DPA", 282, 0 },
};

/* The header of the least message of this command, read and sent again; zeros where that fails. */
static dia_header header_sent(const dia_command *command)
{
    const dia_header ids = { .version = 1, .hop_by_hop = 7, .end_to_end = 8 };
    uint8_t least[1024], sent[1024];
    dia_header header = { 0 };
    const void *msg;
    dia_builder b;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    dia_build_begin(&b, least, sizeof least, &ids);
    dia_put_least(&b, command->grammar, NULL, 2001, (dia_bytes){ NULL, 0 });
    const int64_t n = dia_build_end(&b);
    if (n > 0 && !dia_decode(command, (dia_bytes){ least, (size_t)n }, DIA_LEVEL_STRICT, &arena, &msg, NULL)) {
        const int64_t m = dia_encode(command, msg, DIA_LEVEL_STRICT, &ids, NULL, sent, sizeof sent, NULL, NULL);
        dia_header_read((dia_bytes){ sent, m > 0 ? (size_t)m : 0 }, &header);
    }
    dia_arena_done(&arena);
    return header;
}

static void commands_have_their_codes_and_bits(void) /* B3.1-01, B3-01, B3-05, B3-07, B3-14 */
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        harness_row(commands[i].request);
        const dia_command *request =
            dia_dicts_command_named(&dia_dicts_all, &dia_dict_base, dia_cstr(commands[i].request));
        const dia_command *answer =
            dia_dicts_command_named(&dia_dicts_all, &dia_dict_base, dia_cstr(commands[i].answer));
        need(request && answer && request->other == answer);
        for (int k = 0; k < 2; k++) {
            const dia_header header = header_sent(k ? answer : request);
            need_int(header.version, 1);
            need_int(header.command, commands[i].code);
            need_int(header.flags, (k ? 0 : DIA_FLAG_REQUEST | commands[i].proxiable));
        }
    }
done:
    harness_row(NULL);
}

static void avps_have_the_flags_of_the_table(void) /* B4.5-01, B4.1-05, B4.1-10 */
{
    enum { FIRMWARE_REVISION = 267, PRODUCT_NAME = 269, ERROR_MESSAGE = 281, ERROR_REPORTING_HOST = 294 };
    check_int(dia_dict_base.n_avps, 49);
    for (uint32_t i = 0; i < dia_dict_base.n_avps; i++) {
        const dia_avp_def *avp = dia_dict_base.avps[i];
        const bool without = avp->code == FIRMWARE_REVISION || avp->code == PRODUCT_NAME ||
                             avp->code == ERROR_MESSAGE || avp->code == ERROR_REPORTING_HOST;
        harness_row(avp->name);
        check_int(avp->vendor, 0);
        check_int(avp->flags, without ? 0 : DIA_AVP_M);
        check_int(avp->m_rule, without ? DIA_M_MUST_NOT : DIA_M_MUST);
    }
    harness_row(NULL);
}

/* What RADIUS has below 256 is there under its own number, and only without a vendor. */
static void codes_below_256_are_those_of_radius(void) /* B4-01, B4.1-02 */
{
    static const struct {
        uint32_t code;
        const char *name;
    } rows[] = {
        { 1, "User-Name" },        { 25, "Class" },
        { 27, "Session-Timeout" }, { 33, "Proxy-State" },
        { 44, "Acct-Session-Id" }, { 50, "Acct-Multi-Session-Id" },
        { 55, "Event-Timestamp" }, { 85, "Acct-Interim-Interval" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_avp_def *avp = dia_dict_avp(&dia_dict_base, rows[i].code, 0);
        harness_row(rows[i].name);
        check_str(avp ? avp->name : NULL, rows[i].name);
        check(!dia_dict_avp(&dia_dict_base, rows[i].code, 10415));
    }
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "commands_have_their_codes_and_bits", commands_have_their_codes_and_bits },
        { "avps_have_the_flags_of_the_table", avps_have_the_flags_of_the_table },
        { "codes_below_256_are_those_of_radius", codes_below_256_are_those_of_radius },
    };
    return HARNESS_RUN("gen/base", tests);
}

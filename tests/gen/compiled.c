/* The compiled tables of all dictionaries are those that the reader makes of the .dia files at run time: every number,
 * every text, and every member at the same place of its struct. */
#include "diatom/app/all.h"
#include "diatom/app/ro.h"
#include "dict/dict.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Files ---- */

enum { FILES_MAX = 256 };

/* The texts that one reading opened, to be released after it. */
typedef struct shelf {
    char *texts[FILES_MAX];
    size_t n;
} shelf;

static int open_dia(void *arg, const char *name, dia_bytes *text, const char **file)
{
    shelf *const s = arg;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.dia", DICT, name);
    FILE *in = fopen(path, "rb");
    if (!in) {
        snprintf(path, sizeof path, "%s/vendor/%s.dia", DICT, name);
        in = fopen(path, "rb");
    }
    if (!in || s->n == FILES_MAX)
        return DIA_ENOENT;
    char *const p = malloc(1 << 20);
    const size_t n = p ? fread(p, 1, 1 << 20, in) : 0;
    fclose(in);
    s->texts[s->n++] = p;
    *text = (dia_bytes){ (const uint8_t *)p, n };
    *file = name;
    return p ? 0 : DIA_ENOMEM;
}

static dia_dict *read_dia(const char *name)
{
    shelf s = { 0 };
    const dia_dict_reader reader = { .open = open_dia, .arg = &s };
    dia_bytes text;
    const char *file;
    dia_dict *dict = NULL;
    check_int(open_dia(&s, name, &text, &file), 0);
    check_int(dia_dict_read(&reader, text, file, &dict), 0);
    for (size_t i = 0; i < s.n; i++)
        free(s.texts[i]);
    return dict;
}

/* ---- Comparing ---- */

static void same_text(const char *a, const char *b)
{
    check((a == NULL) == (b == NULL));
    if (a && b)
        check_str(a, b);
}

static void same_texts(const char *const *a, const char *const *b)
{
    check((a == NULL) == (b == NULL));
    for (size_t i = 0; a && b && (a[i] || b[i]); i++) {
        same_text(a[i], b[i]);
        if (!a[i] || !b[i])
            return;
    }
}

static void same_hook(const dia_hook *a, const dia_hook *b)
{
    check((a == NULL) == (b == NULL));
    if (!a || !b)
        return;
    check_str(a->module, b->module);
    check_str(a->function, b->function);
    check_int(a->custom, b->custom);
}

static void same_slots(const uint16_t *a, const uint16_t *b, uint8_t shift)
{
    check((a == NULL) == (b == NULL));
    if (a && b)
        check(memcmp(a, b, sizeof *a << (32 - shift)) == 0);
}

static void same_field(const dia_field *a, const dia_field *b)
{
    check_str(a->avp->name, b->avp->name);
    check_int(a->avp->code, b->avp->code);
    check_int(a->avp->vendor, b->avp->vendor);
    check_int(a->avp->n_values, b->avp->n_values);
    check_int(a->code, b->code);
    check_int(a->vendor, b->vendor);
    check_int(a->min, b->min);
    check_int(a->max, b->max);
    check_int(a->offset, b->offset);
    check_int(a->store, b->store);
    check_int(a->handling, b->handling);
    check_int(a->type, b->type);
    check_int(a->lead, b->lead);
    check_int(a->place, b->place);
    check_int(a->fill, b->fill);
    check_int(a->always, b->always);
}

static void same_grammar(const dia_grammar *a, const dia_grammar *b)
{
    harness_row(a->name);
    check_str(a->name, b->name);
    check_int(a->n_fields, b->n_fields);
    check_int(a->n_fixed, b->n_fixed);
    check_int(a->n_front, b->n_front);
    check_int(a->n_trailing, b->n_trailing);
    check_int(a->size, b->size);
    check_int(a->others, b->others);
    check_int(a->any_min, b->any_min);
    check_int(a->any_max, b->any_max);
    check_int(a->multiplier, b->multiplier);
    check_int(a->shift, b->shift);
    same_slots(a->slots, b->slots, b->shift);
    for (uint16_t i = 0; i < a->n_fields; i++) {
        same_field(&a->fields[i], &b->fields[i]);
        check_int(a->probes[i], b->probes[i]);
    }
}

static void same_avp(const dia_avp_def *a, const dia_avp_def *b)
{
    harness_row(a->name);
    check_str(a->name, b->name);
    check_int(a->code, b->code);
    check_int(a->vendor, b->vendor);
    check_int(a->type, b->type);
    check_int(a->flags, b->flags);
    check_int(a->m_rule, b->m_rule);
    check_int(a->n_values, b->n_values);
    for (uint32_t i = 0; i < a->n_values; i++) {
        check_int(a->values[i].value, b->values[i].value);
        check_str(a->values[i].name, b->values[i].name);
    }
    same_text(a->document, b->document);
    same_text(a->section, b->section);
    same_hook(a->hook, b->hook);
    same_texts(a->aliases, b->aliases);
    check((a->group == NULL) == (b->group == NULL));
    if (a->group)
        same_grammar(a->group, b->group);
}

static void same_command(const dia_command *a, const dia_command *b)
{
    check_str(a->name, b->name);
    check_str(a->long_name, b->long_name);
    check_int(a->code, b->code);
    check_int(a->flags, b->flags);
    check_int(a->result_code, b->result_code);
    same_text(a->document, b->document);
    same_text(a->section, b->section);
    same_texts(a->aliases, b->aliases);
    check((a->other == NULL) == (b->other == NULL));
    if (a->other)
        check_str(a->other->name, b->other->name);
    same_grammar(a->grammar, b->grammar);
}

static void same_head(const dia_dict *a, const dia_dict *b)
{
    check_int(a->table_format, b->table_format);
    check_int(a->application, b->application);
    check_int(a->has_application, b->has_application);
    check_int(a->app_kind, b->app_kind);
    check_int(a->app_vendor, b->app_vendor);
    check_int(a->vendor, b->vendor);
    check_str(a->name, b->name);
    check_str(a->stem, b->stem);
    same_text(a->prefix, b->prefix);
    same_text(a->app_name, b->app_name);
    same_text(a->vendor_name, b->vendor_name);
    same_texts(a->aliases, b->aliases);
}

static void same_dict(const dia_dict *a, const dia_dict *b)
{
    same_head(a, b);
    check_int(a->n_commands, b->n_commands);
    check_int(a->n_own, b->n_own);
    check_int(a->n_local, b->n_local);
    check_int(a->n_avps, b->n_avps);
    check_int(a->multiplier, b->multiplier);
    check_int(a->shift, b->shift);
    same_slots(a->slots, b->slots, b->shift);
    check_int(a->n_alias, b->n_alias);
    for (uint32_t i = 0; i < a->n_alias && i < b->n_alias; i++) {
        check_str(a->alias[i].name, b->alias[i].name);
        check_str(a->alias[i].avp->name, b->alias[i].avp->name);
    }
    for (uint32_t i = 0; i < a->n_avps; i++) {
        check_int(a->by_name[i], b->by_name[i]);
        same_avp(a->avps[i], b->avps[i]);
    }
    for (uint32_t i = 0; i < a->n_commands; i++) {
        same_command(&a->commands[i], &b->commands[i]);
        check(a->commands[i].dict == a);
        check(a->commands[i].other->other == &a->commands[i]);
    }
    check((a->answer_message == NULL) == (b->answer_message == NULL));
    if (a->answer_message)
        same_command(a->answer_message, b->answer_message);
}

static void compiled_tables_are_those_read_at_run_time(void)
{
    check(dia_dicts_all.n >= 4);
    for (size_t i = 0; i < dia_dicts_all.n; i++) {
        const dia_dict *const compiled = dia_dicts_all.v[i];
        harness_row(compiled->name);
        dia_dict *const read = read_dia(compiled->name);
        check(read != NULL);
        if (read)
            same_dict(compiled, read);
        dia_dict_unref(read);
    }
}

static void each_definition_is_found_by_code_and_by_name(void)
{
    for (size_t i = 0; i < dia_dicts_all.n; i++) {
        const dia_dict *const dict = dia_dicts_all.v[i];
        harness_row(dict->name);
        for (uint32_t k = 0; k < dict->n_avps; k++) {
            const dia_avp_def *const avp = dict->avps[k];
            check(dia_dict_avp_named(dict, dia_cstr(avp->name)) == avp);
            check(dia_dict_avp(dict, avp->code, avp->vendor) != NULL);
        }
        for (uint32_t k = 0; k < dict->n_commands; k++) {
            const dia_command *const command = &dict->commands[k];
            check(dia_dict_command(dict, command->code, command->flags & DIA_FLAG_REQUEST) == command);
        }
    }
}

/* Of every command of every dictionary, both ways. */
static void least_message_keeps_its_grammar(void)
{
    static uint8_t octets[1 << 16];
    const dia_defaults defaults = { .session_id = DIA_LIT("s;1;1"), .origin_host = DIA_LIT("a.example.net") };
    for (size_t i = 0; i < dia_dicts_all.n; i++)
        for (uint32_t k = 0; k < dia_dicts_all.v[i]->n_commands; k++) {
            const dia_command *const command = &dia_dicts_all.v[i]->commands[k];
            const bool request = command->flags & DIA_FLAG_REQUEST;
            const dia_header header = { .version = 1, .flags = command->flags, .command = command->code };
            dia_fault fault = { 0 };
            dia_builder b;
            dia_arena arena;
            const void *msg;
            harness_row(command->name);
            dia_build_begin(&b, octets, sizeof octets, &header);
            dia_put_least(&b, command->grammar, &defaults, request ? 0 : 2001, (dia_bytes){ NULL, 0 });
            const int64_t n = dia_build_end(&b);
            check(n > 0);
            dia_arena_init(&arena, NULL, 0, 0, NULL);
            check_int(dia_decode(command, (dia_bytes){ octets, (size_t)n }, DIA_LEVEL_STRICT, &arena, &msg, &fault), 0);
            check_str(fault.text, "");
            check_int(dia_struct_result_code(command, msg), request || command->result_code < 0 ? 0 : 2001);
            dia_arena_done(&arena);
        }
}

/* What each dictionary has is found in the list of all, with the index as without. */
static void index_finds_what_the_list_finds(void)
{
    const dia_dicts *const all = &dia_dicts_all;
    const dia_dicts plain = { all->v, all->n, NULL };
    check(all->index && all->index->n_dicts == all->n);
    for (size_t i = 0; i < all->n; i++) {
        const dia_dict *const dict = all->v[i];
        const uint32_t application = dict->has_application ? dict->application : UINT32_MAX;
        harness_row(dict->name);
        check(dia_dicts_application(all, application) == dia_dicts_application(&plain, application));
        for (uint32_t k = 0; k < dict->n_avps; k++) {
            const dia_avp_def *const avp = dict->avps[k];
            const dia_bytes name = dia_cstr(avp->name);
            check(dia_dicts_avp(all, application, avp->code, avp->vendor) ==
                  dia_dicts_avp(&plain, application, avp->code, avp->vendor));
            check(dia_dicts_avp(all, UINT32_MAX, avp->code, avp->vendor + 1) ==
                  dia_dicts_avp(&plain, UINT32_MAX, avp->code, avp->vendor + 1));
            check(dia_dicts_avp_named(all, application, name) == dia_dicts_avp_named(&plain, application, name));
            check(dia_dicts_avp_named(all, UINT32_MAX, name) == dia_dicts_avp_named(&plain, UINT32_MAX, name));
        }
        for (uint32_t k = 0; k < dict->n_alias; k++)
            check(dia_dicts_avp_named(all, application, dia_cstr(dict->alias[k].name)) ==
                  dia_dicts_avp_named(&plain, application, dia_cstr(dict->alias[k].name)));
        for (uint32_t k = 0; k < dict->n_commands; k++) {
            const dia_command *const command = &dict->commands[k];
            const bool request = command->flags & DIA_FLAG_REQUEST;
            check(dia_dicts_command(all, UINT32_MAX, command->code, request) ==
                  dia_dicts_command(&plain, UINT32_MAX, command->code, request));
        }
    }
}

/* Result-Codes and names of applications stand in the document that makes them. */
static void value_is_named_by_the_document_that_adds_it(void)
{
    const dia_dicts *const all = &dia_dicts_all;
    const dia_avp_def *const result = dia_dicts_avp(all, 0, 268, 0), *const experimental =
                                                                         dia_dicts_avp(all, 0, 298, 0);
    check_str(dia_dicts_value_name(all, 0, result, 2001, 0), "DIAMETER_SUCCESS");
    check_str(dia_dicts_value_name(all, 6, result, 5034, 0), "DIAMETER_ERROR_IDENTITY_NOT_REGISTERED");
    check(dia_dicts_value_name(all, 6, result, 5999, 0) == NULL);
    check_str(dia_dicts_value_name(all, 16777251, experimental, 5420, 10415),
              "DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION");
    check(dia_dicts_value_name(all, 16777251, experimental, 5420, 9) == NULL);
    check_str(dia_dicts_value_name(all, 16777216, experimental, 5008, 10415), "DIAMETER_ERROR_TOO_MUCH_DATA");
    /* One number of two vendors. */
    check_str(dia_dicts_value_name(all, 0, experimental, 5041, 10415), "DIAMETER_ERROR_USER_NO_WLAN_SUBSCRIPTION");
    check_str(dia_dicts_value_name(all, 0, experimental, 5041, 13019), "MODIFICATION_FAILURE");
    check_str(dia_dicts_value_name(all, 16777217, experimental, 5100, 10415),
              "DIAMETER_ERROR_USER_DATA_NOT_RECOGNIZED");
    check_str(dia_dicts_value_name(all, 0, dia_dicts_avp(all, 0, 258, 0), 16777238, 0), "3GPP-Gx");
}

/* What no dictionary lists passes, and can be asked for, in groups too. */
static void values_that_are_not_listed_are_counted(void)
{
    const int32_t causes[] = { 1, 77 };
    const dia_ro_trigger trigger = { .trigger_type = { causes, 2 } };
    const dia_ro_multiple_services_credit_control service = { .trigger = &trigger };
    dia_ro_ccr ccr = { .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST,
                       .multiple_services_credit_control = { &service, 1 } };
    const dia_avp_def *first;
    check_int(dia_struct_unlisted(DIA_COMMAND_RO_CCR, &ccr, &first), 1);
    check(first == dia_dict_avp_named(&dia_dict_ro, dia_cstr("Trigger-Type")));
    ccr.termination_cause = DIA_I32(99);
    check_int(dia_struct_unlisted(DIA_COMMAND_RO_CCR, &ccr, &first), 2);
    check_str(first ? first->name : "", "Termination-Cause");
    ccr.cc_request_type = 17;
    check_int(dia_struct_unlisted(DIA_COMMAND_RO_CCR, &ccr, NULL), 3);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "least_message_keeps_its_grammar", least_message_keeps_its_grammar },
        { "compiled_tables_are_those_read_at_run_time", compiled_tables_are_those_read_at_run_time },
        { "index_finds_what_the_list_finds", index_finds_what_the_list_finds },
        { "values_that_are_not_listed_are_counted", values_that_are_not_listed_are_counted },
        { "value_is_named_by_the_document_that_adds_it", value_is_named_by_the_document_that_adds_it },
        { "each_definition_is_found_by_code_and_by_name", each_definition_is_found_by_code_and_by_name },
    };
    return HARNESS_RUN("gen/compiled", tests);
}

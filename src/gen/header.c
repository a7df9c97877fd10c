/* <stem>.h: constants, structs, and the names of tables. */
#include "gen/parts.h"

#include <inttypes.h>

/* ---- Members ---- */

/* "*[ Subscription-Id ]", as RFC 6733, 3.2 writes it. */
static const char *arity(gen_unit *u, const char *name, char open, char close, uint32_t min, uint32_t max, bool plain)
{
    const char *const from = min ? gen_make(&u->arena, "%u", min) : "";
    const char *const to = max != DIA_MANY ? gen_make(&u->arena, "%u", max) : "";
    return gen_make(&u->arena, "%s%s%s%c %s %c", plain ? "" : from, plain ? "" : "*", plain ? "" : to, open, name,
                    close);
}

static const char *notation(gen_unit *u, const dia_field *field)
{
    static const char brackets[][2] = {
        [DIA_FIXED] = { '<', '>' },
        [DIA_REQUIRED] = { '{', '}' },
        [DIA_OPTIONAL] = { '[', ']' },
        [DIA_TRAILING] = { '<', '>' },
    };
    const char *const b = brackets[field->place];
    const bool plain = field->max == 1 && field->min == (field->place != DIA_OPTIONAL);
    return arity(u, field->avp->name, b[0], b[1], field->min, field->max, plain);
}

/* What a member is, and what its type alone does not say. */
static const char *remark(gen_unit *u, const dia_field *field)
{
    const gen_place *const at = gen_avp(u, field->avp);
    const char *const constants = at && field->avp->n_values ? gen_constants_of(u, at) : NULL;
    return gen_make(&u->arena, "%s%s%s%s%s%s", notation(u, field), constants ? " " : "", constants ? constants : "",
                    constants ? "..." : "", field->type == DIA_TYPE_TIME ? " seconds since 1970" : "",
                    field->fill && field->place != DIA_OPTIONAL ? " filled in where absent" : "");
}

static const char *others_notation(gen_unit *u, const dia_grammar *grammar)
{
    if (grammar->any_max == 0)
        return "the grammar has no [ AVP ]";
    const bool plain = grammar->any_min == 0 && grammar->any_max == 1;
    return arity(u, "AVP", grammar->any_min ? '{' : '[', grammar->any_min ? '}' : ']', grammar->any_min,
                 grammar->any_max, plain);
}

/* The struct of a group. NULL: in no known dictionary. */
static const char *struct_of(gen_unit *u, const dia_field *field)
{
    const gen_place *const at = gen_group(u, field->avp->group);
    return at ? at->in->groups[at->index] : NULL;
}

static const char *type_of(gen_unit *u, const dia_field *field)
{
    if (field->store == DIA_STORE_GROUP)
        return gen_make(&u->arena, "const %s *", struct_of(u, field));
    if (field->store == DIA_STORE_GROUPS)
        return gen_make(&u->arena, "%s_list ", struct_of(u, field));
    return gen_make(&u->arena, "%s ", dia_store_type_name((dia_store)field->store, (dia_type)field->type));
}

static void say_members(gen_unit *u, const dia_grammar *grammar)
{
    const char **const members = gen_members(u, grammar);
    gen_rows rows = { 0 };
    for (uint16_t i = 0; i < grammar->n_fields && members; i++) {
        const dia_field *const field = &grammar->fields[i];
        if (members[i])
            gen_rows_add(&rows, &u->arena, gen_make(&u->arena, "    %s%s;", type_of(u, field), members[i]),
                         remark(u, field));
    }
    gen_rows_add(&rows, &u->arena, "    dia_avp_list others;", others_notation(u, grammar));
    gen_rows_say(&u->text, &rows);
    for (uint16_t i = 0; i < grammar->n_fields; i++)
        if (grammar->fields[i].store == DIA_STORE_NONE)
            gen_say(&u->text, "    /* must not occur: %s */\n",
                    gen_comment(&u->arena, notation(u, &grammar->fields[i])));
}

/* ---- Structs ---- */

enum { NOT_YET, NAMED, BEGUN, DONE };

static void say_names(gen_unit *u, const char *type)
{
    gen_say(&u->text, "typedef struct %s %s;\nDIA_LIST_OF_(%s_list, %s);\n", type, type, type, type);
}

/* A group after the groups that it has as components. Where they go in a circle, names come before structs. */
static void say_group(gen_unit *u, uint32_t i, uint8_t *state)
{
    const gen_names *const n = u->names;
    const dia_avp_def *const avp = u->dict->avps[i];
    state[i] = BEGUN;
    for (uint16_t k = 0; k < avp->group->n_fields; k++) {
        const dia_grammar *const inner = avp->group->fields[k].avp->group;
        const gen_place *const at = inner ? gen_group(u, inner) : NULL;
        if (!at || at->in != n || inner == avp->group)
            continue;
        if (state[at->index] == NOT_YET)
            say_group(u, at->index, state);
        else if (state[at->index] == BEGUN) {
            gen_say(&u->text, "\n/* %s and %s contain each other. */\n", gen_comment(&u->arena, avp->name),
                    gen_comment(&u->arena, inner->name));
            say_names(u, n->groups[at->index]);
            state[at->index] = NAMED;
        }
    }
    const char *const type = n->groups[i];
    bool own = false;
    for (uint16_t k = 0; k < avp->group->n_fields; k++)
        own = own || avp->group->fields[k].avp->group == avp->group;
    gen_say(&u->text, "\n/* %s, %u, %s. */\n", gen_comment(&u->arena, avp->name), avp->code,
            gen_comment(&u->arena, gen_avp_remark(u, avp)));
    if (own && state[i] != NAMED) {
        say_names(u, type);
        state[i] = NAMED;
    }
    gen_say(&u->text, state[i] == NAMED ? "struct %s {\n" : "typedef struct %s {\n", type);
    say_members(u, avp->group);
    if (state[i] == NAMED)
        gen_say(&u->text, "};\n");
    else
        gen_say(&u->text, "} %s;\nDIA_LIST_OF_(%s_list, %s);\n", type, type, type);
    state[i] = DONE;
}

static void say_groups(gen_unit *u)
{
    uint8_t *const state = dia_arena_get0(&u->arena, u->dict->n_own);
    if (!state)
        return;
    bool any = false;
    for (uint32_t i = 0; i < u->dict->n_own; i++) {
        if (!u->dict->avps[i]->group || state[i] != NOT_YET)
            continue;
        if (!any)
            gen_say(&u->text, "\n/* ---- Grouped AVPs ---- */\n");
        any = true;
        say_group(u, i, state);
    }
}

static void say_commands(gen_unit *u)
{
    const gen_names *const n = u->names;
    if (gen_commands(u->dict))
        gen_say(&u->text, "\n/* ---- Commands ---- */\n");
    for (uint32_t i = 0; i < gen_commands(u->dict); i++) {
        const dia_command *const command = gen_command(u->dict, i);
        gen_say(&u->text, "\n/* %s */\n", gen_comment(&u->arena, gen_command_remark(u, command)));
        gen_say(&u->text, "typedef struct %s {\n", n->commands[i]);
        say_members(u, command->grammar);
        gen_say(&u->text, "} %s;\n", n->commands[i]);
    }
}

/* ---- Constants ---- */

static void say_defs(gen_unit *u)
{
    const gen_names *const n = u->names;
    gen_rows defs = { 0 };
    for (uint32_t i = 0; i < u->dict->n_local; i++) {
        const dia_avp_def *const avp = u->dict->avps[i];
        const char *const name =
            gen_make(&u->arena, "%s%s", avp->name, i < u->dict->n_own ? "" : ", inherited, with additions");
        gen_rows_add(&defs, &u->arena,
                     gen_make(&u->arena, "extern const dia_avp_def dia_def_%s_%s;", n->stem, n->avps[i]), name);
        if (i < u->dict->n_own && avp->group)
            gen_rows_add(&defs, &u->arena,
                         gen_make(&u->arena, "extern const dia_grammar dia_group_%s_%s;", n->stem, n->avps[i]), NULL);
    }
    gen_say(&u->text, "\n");
    gen_rows_say(&u->text, &defs);
}

static void say_avps(gen_unit *u)
{
    const gen_names *const n = u->names;
    if (u->dict->n_local)
        gen_say(&u->text, "\n/* ---- AVPs ---- */\n");
    gen_rows codes = { 0 }, high = { 0 };
    for (uint32_t i = 0; i < u->dict->n_own; i++) {
        const dia_avp_def *const avp = u->dict->avps[i];
        if (avp->code <= INT32_MAX)
            gen_rows_add(&codes, &u->arena, gen_make(&u->arena, "    %s = %u,", n->codes[i], avp->code),
                         gen_avp_remark(u, avp));
        else
            gen_rows_add(&high, &u->arena, gen_make(&u->arena, "#define %s %uu", n->codes[i], avp->code),
                         gen_avp_remark(u, avp));
    }
    if (codes.n) {
        gen_say(&u->text, "\n/* Codes. */\nenum {\n");
        gen_rows_say(&u->text, &codes);
        gen_say(&u->text, "};\n");
    }
    gen_rows_say(&u->text, &high);
    if (u->dict->n_local)
        say_defs(u);
}

/* `any`: was there one before? */
static void say_values_of(gen_unit *u, uint32_t i, bool *any)
{
    const dia_avp_def *const avp = u->dict->avps[i];
    const char **const constants = u->names->values[i];
    gen_rows small = { 0 }, large = { 0 };
    for (uint32_t k = 0; k < avp->n_values && constants; k++) {
        const int64_t value = avp->values[k].value;
        if (!constants[k])
            continue;
        if (value >= INT32_MIN && value <= INT32_MAX)
            gen_rows_add(&small, &u->arena, gen_make(&u->arena, "    %s = %" PRId64 ",", constants[k], value), NULL);
        else
            gen_rows_add(&large, &u->arena, gen_make(&u->arena, "#define %s %" PRId64 "u", constants[k], value), NULL);
    }
    if (small.n + large.n == 0)
        return;
    if (!*any)
        gen_say(&u->text, "\n/* ---- Named values ---- */\n");
    *any = true;
    gen_say(&u->text, "\n/* %s, %u%s. */\n", gen_comment(&u->arena, avp->name), avp->code,
            i < u->dict->n_own ? "" : ": values beyond the inherited ones");
    if (small.n) {
        gen_say(&u->text, "enum {\n");
        gen_rows_say(&u->text, &small);
        gen_say(&u->text, "};\n");
    }
    gen_rows_say(&u->text, &large);
}

static void say_values(gen_unit *u)
{
    bool any = false;
    for (uint32_t i = 0; i < u->dict->n_local; i++)
        say_values_of(u, i, &any);
}

static void say_tables(gen_unit *u)
{
    const gen_names *const n = u->names;
    gen_say(&u->text, "\nextern const dia_dict dia_dict_%s;\n", n->stem);
    if (u->dict->n_commands)
        gen_say(&u->text, "extern const dia_command dia_commands_%s[%u];\n", n->stem, u->dict->n_commands);
    gen_rows rows = { 0 };
    for (uint32_t i = 0; i < gen_commands(u->dict); i++) {
        const char *const table = i < u->dict->n_commands ? gen_make(&u->arena, "(&dia_commands_%s[%u])", n->stem, i)
                                                          : gen_make(&u->arena, "(&dia_answer_message_%s)", n->stem);
        if (i == u->dict->n_commands)
            gen_say(&u->text, "extern const dia_command dia_answer_message_%s;\n", n->stem);
        gen_rows_add(&rows, &u->arena, gen_make(&u->arena, "#define %s %s", n->command_macros[i], table),
                     gen_command_remark(u, gen_command(u->dict, i)));
    }
    if (rows.n)
        gen_say(&u->text, "\n");
    gen_rows_say(&u->text, &rows);
}

/* ---- The file ---- */

int gen_say_header(gen_unit *u)
{
    gen_text *const t = &u->text;
    const char *const guard = gen_upper(&u->arena, u->names->stem);
    const char *const name = gen_comment(&u->arena, u->dict->name);
    if (u->dict->app_name)
        gen_say(t, "/* %s: dictionary %s, application %u. Made by the dictionary compiler; do not edit. */\n",
                gen_comment(&u->arena, u->dict->app_name), name, u->dict->application);
    else
        gen_say(t, "/* Dictionary %s. Made by the dictionary compiler; do not edit. */\n", name);
    gen_say(t, "#ifndef DIATOM_APP_%s_H\n#define DIATOM_APP_%s_H\n\n#include \"diatom/dict.h\"\n", guard, guard);
    for (size_t i = 1; i < u->n_names; i++)
        if (gen_needs(u, &u->names[i]))
            gen_say(t, "#include \"diatom/app/%s.h\"\n", u->names[i].stem);
    gen_say(t, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    say_tables(u);
    say_avps(u);
    say_values(u);
    say_groups(u);
    say_commands(u);
    gen_say(t, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    return t->err;
}

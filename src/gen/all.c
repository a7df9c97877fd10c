/* all.h and all.c: a list of all dictionaries, and the index over them. */
#include "gen/gen.h"

#include "gen/unit.h"

#include <inttypes.h>

static void say_all_header(gen_text *t, size_t n)
{
    gen_say(t,
            "/* All %zu dictionaries that were built with the library, for tools that take whatever comes. */\n"
            "#ifndef DIATOM_APP_ALL_H\n"
            "#define DIATOM_APP_ALL_H\n\n"
            "#include \"diatom/dict.h\"\n\n"
            "#ifdef __cplusplus\n"
            "extern \"C\" {\n"
            "#endif\n\n"
            "extern const dia_dicts dia_dicts_all;\n\n"
            "#ifdef __cplusplus\n"
            "}\n"
            "#endif\n"
            "#endif\n",
            n);
}

static const char *definition(gen_unit *u, const dia_avp_def *avp)
{
    const gen_place *const at = gen_avp(u, avp);
    return at ? gen_make(&u->arena, "&dia_def_%s_%s", at->in->stem, at->in->avps[at->index]) : "NULL";
}

static const char *command_of(gen_unit *u, const dia_command *command)
{
    return gen_make(&u->arena, "&dia_commands_%s[%u]", command->dict->stem,
                    (unsigned)(command - command->dict->commands));
}

static void say_slots(gen_text *t, const char *name, const dia_hash *hash)
{
    gen_say(t, "\nstatic const uint16_t %s_slots[] = {\n", name);
    gen_numbers(t, hash->slots, (size_t)1 << (32 - hash->shift));
    gen_say(t, "};\n");
}

static void say_hash(gen_text *t, const char *name, const dia_hash *hash)
{
    gen_say(t, "    .%s = { %s_slots, 0x%08" PRIx32 ", %u },\n", name, name, hash->multiplier, hash->shift);
}

static void say_arrays(gen_unit *u, const dia_index *x)
{
    gen_text *const t = &u->text;
    gen_say(t, "\nstatic const dia_avp_def *const avps[] = {\n");
    for (uint32_t i = 0; i <= x->n_avps; i++)
        gen_say(t, "    %s,\n", definition(u, x->avps[i]));
    gen_say(t, "};\n\nstatic const dia_avp_def *const others[] = {\n");
    for (uint32_t i = 0; i < x->n_others; i++)
        gen_say(t, "    %s,\n", definition(u, x->others[i]));
    gen_say(t, "    NULL,\n};\n\nstatic const dia_avp_alias names[] = {\n");
    for (uint32_t i = 0; i < x->n_names; i++)
        gen_say(t, "    { %s, %s },\n", gen_literal(&u->arena, x->names[i].name), definition(u, x->names[i].avp));
    gen_say(t, "    { NULL, NULL },\n};\n\nstatic const dia_dict *const applications[] = {\n");
    for (uint32_t i = 0; i < x->n_applications; i++)
        gen_say(t, "    &dia_dict_%s,\n", x->applications[i]->stem);
    gen_say(t, "    NULL,\n};\n\nstatic const dia_command *const commands[] = {\n");
    for (uint32_t i = 0; i < x->n_commands; i++)
        gen_say(t, "    %s,\n", command_of(u, x->commands[i]));
    gen_say(t, "    NULL,\n};\n");
}

static void say_index(gen_unit *u, const dia_index *x)
{
    gen_text *const t = &u->text;
    say_arrays(u, x);
    say_slots(t, "by_code", &x->by_code);
    say_slots(t, "by_other", &x->by_other);
    say_slots(t, "by_name", &x->by_name);
    say_slots(t, "by_application", &x->by_application);
    say_slots(t, "by_command", &x->by_command);
    gen_say(t, "\nstatic const dia_index index = {\n    .table_format = %u, .n_dicts = %u,\n", x->table_format,
            x->n_dicts);
    gen_say(t, "    .avps = avps, .n_avps = %u,\n    .others = others, .n_others = %u,\n", x->n_avps, x->n_others);
    gen_say(t, "    .names = names, .n_names = %u, .n_same_names = %u,\n", x->n_names, x->n_same_names);
    gen_say(t, "    .applications = applications, .n_applications = %u,\n", x->n_applications);
    gen_say(t, "    .commands = commands, .n_commands = %u,\n", x->n_commands);
    say_hash(t, "by_code", &x->by_code);
    say_hash(t, "by_other", &x->by_other);
    say_hash(t, "by_name", &x->by_name);
    say_hash(t, "by_application", &x->by_application);
    say_hash(t, "by_command", &x->by_command);
    gen_say(t, "};\n");
}

static void say_all_source(gen_unit *u, const dia_dicts *dicts, const dia_index *x)
{
    gen_text *const t = &u->text;
    gen_say(t,
            "/* A list of all dictionaries, and an index over them. Made by the dictionary compiler; do not edit. */\n"
            "#include \"diatom/app/all.h\"\n\n");
    for (size_t i = 0; i < dicts->n; i++)
        gen_say(t, "#include \"diatom/app/%s.h\"\n", dicts->v[i]->stem);
    gen_say(t, "\nstatic const dia_dict *const dicts[] = {\n");
    for (size_t i = 0; i < dicts->n; i++)
        gen_say(t, "    &dia_dict_%s,\n", dicts->v[i]->stem);
    gen_say(t, "};\n");
    say_index(u, x);
    gen_say(t, "\nconst dia_dicts dia_dicts_all = { dicts, %zu, &index };\n", dicts->n);
}

/* Is every definition of the index at home in one of the dictionaries? */
static bool complete(const gen_unit *u, const dia_index *x)
{
    for (uint32_t i = 0; i <= x->n_avps; i++)
        if (!gen_avp(u, x->avps[i]))
            return false;
    for (uint32_t i = 0; i < x->n_others; i++)
        if (!gen_avp(u, x->others[i]))
            return false;
    for (uint32_t i = 0; i < x->n_names; i++)
        if (!gen_avp(u, x->names[i].avp))
            return false;
    return true;
}

int dia_gen_all(const dia_dicts *dicts, dia_gen_part part, dia_write_fn *write, void *arg)
{
    const size_t n = dicts->n;
    if (n == 0 || (part != DIA_GEN_HEADER && part != DIA_GEN_SOURCE))
        return DIA_EINVAL;
    const dia_index *x = NULL;
    gen_unit u;
    int err = gen_init(&u, dicts->v[0], dicts, write, arg);
    if (!err && part == DIA_GEN_SOURCE)
        err = dia_dicts_index(NULL, dicts, &x);
    if (!err && part == DIA_GEN_SOURCE && (!x || !complete(&u, x)))
        err = DIA_ENOENT;
    if (!err && part == DIA_GEN_HEADER)
        say_all_header(&u.text, n);
    else if (!err)
        say_all_source(&u, dicts, x);
    if (!err)
        err = u.text.err ? u.text.err : u.arena.err;
    dia_index_free(x);
    gen_done(&u);
    return err;
}

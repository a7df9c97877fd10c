/* <stem>.c: the tables, const and nothing else. */
#include "gen/parts.h"

#include <inttypes.h>

/* Names of enumerators, by value. */
static const char *const types[] = {
    [DIA_TYPE_OCTET_STRING] = "OCTET_STRING",
    [DIA_TYPE_INTEGER32] = "INTEGER32",
    [DIA_TYPE_INTEGER64] = "INTEGER64",
    [DIA_TYPE_UNSIGNED32] = "UNSIGNED32",
    [DIA_TYPE_UNSIGNED64] = "UNSIGNED64",
    [DIA_TYPE_FLOAT32] = "FLOAT32",
    [DIA_TYPE_FLOAT64] = "FLOAT64",
    [DIA_TYPE_GROUPED] = "GROUPED",
    [DIA_TYPE_ENUMERATED] = "ENUMERATED",
    [DIA_TYPE_ADDRESS] = "ADDRESS",
    [DIA_TYPE_TIME] = "TIME",
    [DIA_TYPE_UTF8_STRING] = "UTF8_STRING",
    [DIA_TYPE_IDENTITY] = "IDENTITY",
    [DIA_TYPE_URI] = "URI",
    [DIA_TYPE_IP_FILTER_RULE] = "IP_FILTER_RULE",
    [DIA_TYPE_QOS_FILTER_RULE] = "QOS_FILTER_RULE",
};
static const char *const stores[] = {
    [DIA_STORE_NONE] = "NONE",         [DIA_STORE_U32] = "U32",         [DIA_STORE_U64] = "U64",
    [DIA_STORE_TIME] = "TIME",         [DIA_STORE_OPT_U32] = "OPT_U32", [DIA_STORE_OPT_U64] = "OPT_U64",
    [DIA_STORE_OPT_TIME] = "OPT_TIME", [DIA_STORE_BYTES] = "BYTES",     [DIA_STORE_ADDRESS] = "ADDRESS",
    [DIA_STORE_GROUP] = "GROUP",       [DIA_STORE_U32S] = "U32S",       [DIA_STORE_U64S] = "U64S",
    [DIA_STORE_TIMES] = "TIMES",       [DIA_STORE_BYTESS] = "BYTESS",   [DIA_STORE_ADDRESSES] = "ADDRESSES",
    [DIA_STORE_GROUPS] = "GROUPS",     [DIA_STORE_CODED] = "CODED",
};
static const char *const places[] = {
    [DIA_FIXED] = "DIA_FIXED",
    [DIA_REQUIRED] = "DIA_REQUIRED",
    [DIA_OPTIONAL] = "DIA_OPTIONAL",
    [DIA_TRAILING] = "DIA_TRAILING",
};
static const char *const fills[] = {
    [DIA_FILL_NONE] = "NONE",
    [DIA_FILL_SESSION_ID] = "SESSION_ID",
    [DIA_FILL_ORIGIN_HOST] = "ORIGIN_HOST",
    [DIA_FILL_ORIGIN_REALM] = "ORIGIN_REALM",
    [DIA_FILL_DESTINATION_REALM] = "DESTINATION_REALM",
    [DIA_FILL_AUTH_APPLICATION_ID] = "AUTH_APPLICATION_ID",
    [DIA_FILL_ACCT_APPLICATION_ID] = "ACCT_APPLICATION_ID",
    [DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID] = "VENDOR_SPECIFIC_APPLICATION_ID",
    [DIA_FILL_PROXY_INFO] = "PROXY_INFO",
};
static const char *const m_rules[] = {
    [DIA_M_UNKNOWN] = "UNKNOWN",
    [DIA_M_MUST] = "MUST",
    [DIA_M_MAY] = "MAY",
    [DIA_M_MUST_NOT] = "MUST_NOT",
};

/* Flags by name, joined by "|". */
typedef struct flag {
    uint8_t bit;
    const char *name;
} flag;
static const flag avp_flags[] = { { DIA_AVP_V, "DIA_AVP_V" }, { DIA_AVP_M, "DIA_AVP_M" }, { DIA_AVP_P, "DIA_AVP_P" } };
static const flag command_flags[] = {
    { DIA_FLAG_REQUEST, "DIA_FLAG_REQUEST" },
    { DIA_FLAG_PROXIABLE, "DIA_FLAG_PROXIABLE" },
    { DIA_FLAG_ERROR, "DIA_FLAG_ERROR" },
};

static const char *flags_of(dia_arena *arena, const flag *rows, size_t n, uint8_t flags)
{
    const char *s = "";
    for (size_t i = 0; i < n; i++)
        if (flags & rows[i].bit)
            s = gen_make(arena, "%s%s%s", s, *s ? " | " : "", rows[i].name);
    return s;
}

#define FLAGS(arena, rows, flags) flags_of((arena), (rows), sizeof(rows) / sizeof *(rows), (flags))

/* ---- Initializers: ".x = 1, .y = 2," wrapped ---- */

typedef struct wrap {
    gen_unit *u;
    int indent;
    size_t column; /* 0: nothing in this line yet */
} wrap;

__attribute__((format(printf, 2, 3))) static void set(wrap *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *const s = gen_make_list(&w->u->arena, format, args);
    va_end(args);
    const size_t n = strlen(s);
    if (w->column && w->column + 1 + n <= GEN_WIDTH - 4) {
        gen_say(&w->u->text, " %s", s);
        w->column += 1 + n;
    } else {
        gen_say(&w->u->text, "%s%*s%s", w->column ? "\n" : "", w->indent, "", s);
        w->column = (size_t)w->indent + n;
    }
}

/* ---- Grammars ---- */

/* Where the eight octets stand that tell presence: a member of the member, which keeps its name in any ABI. */
static const char *probe_of(gen_unit *u, const dia_field *field, uint16_t probe, const char *member)
{
    static const struct {
        uint8_t store;
        size_t at;
        const char *part;
    } parts[] = {
        { DIA_STORE_OPT_U64, offsetof(dia_opt_u64, set), ".set" },
        { DIA_STORE_OPT_TIME, offsetof(dia_opt_i64, set), ".set" },
        { DIA_STORE_BYTES, offsetof(dia_bytes, p), ".p" },
        { DIA_STORE_ADDRESS, offsetof(dia_address, value.p), ".value.p" },
        { DIA_STORE_U32S, offsetof(dia_u32_list, v), ".v" },
        { DIA_STORE_U64S, offsetof(dia_u64_list, v), ".v" },
        { DIA_STORE_TIMES, offsetof(dia_i64_list, v), ".v" },
        { DIA_STORE_BYTESS, offsetof(dia_bytes_list, v), ".v" },
        { DIA_STORE_ADDRESSES, offsetof(dia_address_list, v), ".v" },
        { DIA_STORE_GROUPS, offsetof(dia_avp_list, v), ".v" },
    };
    const size_t delta = (size_t)probe - field->offset;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].store == field->store && parts[i].at == delta)
            return gen_make(&u->arena, "%s%s", member, parts[i].part);
    return member;
}

static void say_field(gen_unit *u, const dia_field *field, const char *type, const char *member)
{
    const gen_place *const at = gen_avp(u, field->avp);
    gen_say(&u->text, "    {\n");
    wrap w = { .u = u, .indent = 8 };
    set(&w, ".avp = &dia_def_%s_%s,", at->in->stem, at->in->avps[at->index]);
    set(&w, ".code = %u,", field->code);
    if (field->vendor)
        set(&w, ".vendor = %u,", field->vendor);
    set(&w, ".min = %u,", field->min);
    if (field->max == DIA_MANY)
        set(&w, ".max = DIA_MANY,");
    else
        set(&w, ".max = %u,", field->max);
    if (member)
        set(&w, ".offset = offsetof(%s, %s),", type, member);
    set(&w, ".store = DIA_STORE_%s,", stores[field->store]);
    if (field->handling)
        set(&w, ".handling = DIA_STORE_%s,", stores[field->handling]);
    set(&w, ".type = DIA_TYPE_%s,", types[field->type]);
    const uint8_t flags = (uint8_t)(field->lead >> 24);
    set(&w, ".lead = DIA_LEAD(%s),", flags ? FLAGS(&u->arena, avp_flags, flags) : "0");
    set(&w, ".place = %s,", places[field->place]);
    if (field->fill)
        set(&w, ".fill = DIA_FILL_%s,", fills[field->fill]);
    if (field->always)
        set(&w, ".always = %u,", field->always);
    gen_say(&u->text, "\n    },\n");
}

static void say_slots(gen_unit *u, const char *kind, const char *name, const uint16_t *slots, uint8_t shift)
{
    if (!slots)
        return;
    gen_say(&u->text, "\nstatic const uint16_t %s%s[] = {\n", kind, name);
    gen_numbers(&u->text, slots, (size_t)1 << (32 - shift));
    gen_say(&u->text, "};\n");
}

static void say_probes(gen_unit *u, const dia_grammar *grammar, const char *type, const char *const *members)
{
    for (uint16_t i = 0; i < grammar->n_fields; i++)
        if (members[i])
            gen_say(&u->text, "    offsetof(%s, %s),\n", type,
                    probe_of(u, &grammar->fields[i], grammar->probes[i], members[i]));
        else
            gen_say(&u->text, "    0,\n");
}

/* Fields, probes, slots and the grammar itself. `kind` tells apart commands and groups with one name. */
static void say_grammar(gen_unit *u, const dia_grammar *grammar, const char *type, const char *kind, const char *name,
                        const char *head)
{
    const char **const members = gen_members(u, grammar);
    if (grammar->n_fields && members) {
        gen_say(&u->text, "\nstatic const dia_field %s_fields_%s[] = {\n", kind, name);
        for (uint16_t i = 0; i < grammar->n_fields; i++)
            say_field(u, &grammar->fields[i], type, members[i]);
        gen_say(&u->text, "};\n\nstatic const uint16_t %s_probes_%s[] = {\n", kind, name);
        say_probes(u, grammar, type, members);
        gen_say(&u->text, "};\n");
    }
    const char *const slots = gen_make(&u->arena, "%s_slots_", kind);
    say_slots(u, slots, name, grammar->slots, grammar->shift);
    gen_say(&u->text, "\n_Static_assert(sizeof(%s) <= UINT16_MAX, \"%s is too large\");\n%s = {\n", type, type, head);
    wrap w = { .u = u, .indent = 4 };
    set(&w, ".name = %s,", gen_literal(&u->arena, grammar->name));
    if (grammar->n_fields) {
        set(&w, ".fields = %s_fields_%s,", kind, name);
        set(&w, ".probes = %s_probes_%s,", kind, name);
        set(&w, ".n_fields = %u,", grammar->n_fields);
    }
    if (grammar->n_fixed)
        set(&w, ".n_fixed = %u,", grammar->n_fixed);
    if (grammar->n_front)
        set(&w, ".n_front = %u,", grammar->n_front);
    if (grammar->n_trailing)
        set(&w, ".n_trailing = %u,", grammar->n_trailing);
    set(&w, ".size = sizeof(%s),", type);
    set(&w, ".others = offsetof(%s, others),", type);
    if (grammar->any_min)
        set(&w, ".any_min = %u,", grammar->any_min);
    if (grammar->any_max == DIA_MANY)
        set(&w, ".any_max = DIA_MANY,");
    else if (grammar->any_max)
        set(&w, ".any_max = %u,", grammar->any_max);
    set(&w, ".multiplier = 0x%08" PRIx32 ",", grammar->multiplier);
    set(&w, ".shift = %u,", grammar->shift);
    if (grammar->slots)
        set(&w, ".slots = %s%s,", slots, name);
    gen_say(&u->text, "\n};\n");
}

/* ---- AVPs ---- */

static void say_values(gen_unit *u, uint32_t i)
{
    const dia_avp_def *const avp = u->dict->avps[i];
    if (avp->n_values == 0)
        return;
    gen_say(&u->text, "\nstatic const dia_value values_%s[] = {\n", u->names->avps[i]);
    for (uint32_t k = 0; k < avp->n_values; k++)
        gen_say(&u->text, "    { %" PRId64 ", %s },\n", avp->values[k].value,
                gen_literal(&u->arena, avp->values[k].name));
    gen_say(&u->text, "};\n");
}

/* An array of names that ends in NULL. */
static void say_names(gen_unit *u, const char *kind, const char *name, const char *const *names)
{
    if (!names)
        return;
    gen_say(&u->text, "\nstatic const char *const %s%s[] = {\n", kind, name);
    for (; *names; names++)
        gen_say(&u->text, "    %s,\n", gen_literal(&u->arena, *names));
    gen_say(&u->text, "    NULL,\n};\n");
}

/* The codec's variable, which the program may have. */
static const char *codec_of(gen_unit *u, const dia_hook *hook)
{
    return gen_make(&u->arena, "dia_codec_%s", gen_lower(&u->arena, hook->module));
}

static void say_codecs(gen_unit *u)
{
    bool any = false;
    for (uint32_t i = 0; i < u->dict->n_local; i++) {
        const dia_hook *const hook = u->dict->avps[i]->hook;
        bool first = hook != NULL;
        for (uint32_t k = 0; first && k < i; k++) {
            const dia_hook *const before = u->dict->avps[k]->hook;
            first = !before || strcmp(codec_of(u, before), codec_of(u, hook)) != 0;
        }
        if (!first)
            continue;
        if (!any)
            gen_say(&u->text, "\n/* Codecs. A program that has such a variable has its functions called; one that does "
                              "not, does without. */\n#ifdef DIA_WEAK_\n");
        any = true;
        gen_say(&u->text, "extern const dia_codec %s DIA_WEAK_;\n", codec_of(u, hook));
    }
    if (any)
        gen_say(&u->text, "#define CODEC(name) &name\n#else\n#define CODEC(name) NULL\n#endif\n");
}

static void say_hook(gen_unit *u, const char *name, const dia_hook *hook)
{
    if (!hook)
        return;
    gen_say(&u->text, "\nstatic const dia_hook hook_%s = {\n", name);
    wrap w = { .u = u, .indent = 4 };
    set(&w, ".module = %s,", gen_literal(&u->arena, hook->module));
    set(&w, ".function = %s,", gen_literal(&u->arena, hook->function));
    set(&w, ".codec = CODEC(%s),", codec_of(u, hook));
    if (hook->custom)
        set(&w, ".custom = true,");
    gen_say(&u->text, "\n};\n");
}

static void say_avp(gen_unit *u, uint32_t i)
{
    const gen_names *const n = u->names;
    const dia_avp_def *const avp = u->dict->avps[i];
    say_values(u, i);
    say_hook(u, n->avps[i], avp->hook);
    say_names(u, "aliases_", n->avps[i], avp->aliases);
    const gen_place *const group = avp->group ? gen_group(u, avp->group) : NULL;
    if (group && group->in == n && group->index == i)
        say_grammar(u, avp->group, n->groups[i], "group", n->avps[i],
                    gen_make(&u->arena, "const dia_grammar dia_group_%s_%s", n->stem, n->avps[i]));
    gen_say(&u->text, "\nconst dia_avp_def dia_def_%s_%s = {\n", n->stem, n->avps[i]);
    wrap w = { .u = u, .indent = 4 };
    set(&w, ".name = %s,", gen_literal(&u->arena, avp->name));
    set(&w, ".code = %u,", avp->code);
    if (avp->vendor)
        set(&w, ".vendor = %u,", avp->vendor);
    set(&w, ".type = DIA_TYPE_%s,", types[avp->type]);
    if (avp->flags)
        set(&w, ".flags = %s,", FLAGS(&u->arena, avp_flags, avp->flags));
    if (avp->m_rule)
        set(&w, ".m_rule = DIA_M_%s,", m_rules[avp->m_rule]);
    if (avp->n_values) {
        set(&w, ".n_values = %u,", avp->n_values);
        set(&w, ".values = values_%s,", n->avps[i]);
    }
    if (group)
        set(&w, ".group = &dia_group_%s_%s,", group->in->stem, group->in->avps[group->index]);
    if (avp->document)
        set(&w, ".document = %s,", gen_literal(&u->arena, avp->document));
    if (avp->section)
        set(&w, ".section = %s,", gen_literal(&u->arena, avp->section));
    if (avp->hook)
        set(&w, ".hook = &hook_%s,", n->avps[i]);
    if (avp->aliases)
        set(&w, ".aliases = aliases_%s,", n->avps[i]);
    gen_say(&u->text, "\n};\n");
}

/* ---- Commands ---- */

static const char *address_of(gen_unit *u, const dia_command *command)
{
    const dia_dict *const d = u->dict;
    for (uint32_t i = 0; i < d->n_commands; i++)
        if (command == &d->commands[i])
            return gen_make(&u->arena, "&dia_commands_%s[%u]", u->names->stem, i);
    return gen_make(&u->arena, "&dia_answer_message_%s", u->names->stem);
}

static void say_command(gen_unit *u, uint32_t i, int indent)
{
    const dia_command *const command = gen_command(u->dict, i);
    wrap w = { .u = u, .indent = indent };
    set(&w, ".name = %s,", gen_literal(&u->arena, command->name));
    set(&w, ".long_name = %s,", gen_literal(&u->arena, command->long_name ? command->long_name : command->name));
    set(&w, ".code = %u,", command->code);
    if (command->flags & (DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR))
        set(&w, ".flags = %s,", FLAGS(&u->arena, command_flags, command->flags));
    set(&w, ".result_code = %d,", command->result_code);
    set(&w, ".grammar = &grammar_%s,", u->names->commands[i]);
    set(&w, ".dict = &dia_dict_%s,", u->names->stem);
    if (command->other)
        set(&w, ".other = %s,", address_of(u, command->other));
    if (command->document)
        set(&w, ".document = %s,", gen_literal(&u->arena, command->document));
    if (command->section)
        set(&w, ".section = %s,", gen_literal(&u->arena, command->section));
    if (command->aliases)
        set(&w, ".aliases = command_aliases_%s,", u->names->commands[i]);
    gen_say(&u->text, "\n");
}

static void say_commands(gen_unit *u)
{
    const dia_dict *const d = u->dict;
    const gen_names *const n = u->names;
    for (uint32_t i = 0; i < gen_commands(d); i++)
        say_names(u, "command_aliases_", n->commands[i], gen_command(d, i)->aliases);
    for (uint32_t i = 0; i < gen_commands(d); i++)
        say_grammar(u, gen_command(d, i)->grammar, n->commands[i], "command", n->commands[i],
                    gen_make(&u->arena, "static const dia_grammar grammar_%s", n->commands[i]));
    if (d->n_commands) {
        gen_say(&u->text, "\nconst dia_command dia_commands_%s[] = {\n", n->stem);
        for (uint32_t i = 0; i < d->n_commands; i++) {
            gen_say(&u->text, "    {\n");
            say_command(u, i, 8);
            gen_say(&u->text, "    },\n");
        }
        gen_say(&u->text, "};\n");
    }
    if (gen_commands(d) > d->n_commands) {
        gen_say(&u->text, "\nconst dia_command dia_answer_message_%s = {\n", n->stem);
        say_command(u, d->n_commands, 4);
        gen_say(&u->text, "};\n");
    }
}

/* ---- The dictionary ---- */

static void say_lists(gen_unit *u)
{
    const dia_dict *const d = u->dict;
    if (d->n_avps) {
        gen_say(&u->text, "\nstatic const dia_avp_def *const avps[] = {\n");
        for (uint32_t i = 0; i < d->n_avps; i++) {
            const gen_place *const at = gen_avp(u, d->avps[i]);
            gen_say(&u->text, "    &dia_def_%s_%s,\n", at->in->stem, at->in->avps[at->index]);
        }
        gen_say(&u->text, "};\n\nstatic const uint16_t by_name[] = {\n");
        gen_numbers(&u->text, d->by_name, d->n_avps);
        gen_say(&u->text, "};\n");
    }
    say_slots(u, "", "slots", d->slots, d->shift);
    say_names(u, "aliases", "", d->aliases);
    if (d->n_alias) {
        gen_say(&u->text, "\nstatic const dia_avp_alias avp_aliases[] = {\n");
        for (uint32_t i = 0; i < d->n_alias; i++) {
            const gen_place *const at = gen_avp(u, d->alias[i].avp);
            gen_say(&u->text, "    { %s, &dia_def_%s_%s },\n", gen_literal(&u->arena, d->alias[i].name), at->in->stem,
                    at->in->avps[at->index]);
        }
        gen_say(&u->text, "};\n");
    }
}

/* Who the dictionary is. */
static void set_identity(wrap *w, const dia_dict *d)
{
    dia_arena *const a = &w->u->arena;
    static const char *const kinds[] = { [DIA_APP_AUTH] = "AUTH", [DIA_APP_ACCT] = "ACCT", [DIA_APP_BOTH] = "BOTH" };
    set(w, ".table_format = %u,", d->table_format);
    if (d->has_application)
        set(w, ".application = %u, .has_application = true,", d->application);
    if (d->app_kind >= DIA_APP_AUTH && d->app_kind <= DIA_APP_BOTH)
        set(w, ".app_kind = DIA_APP_%s,", kinds[d->app_kind]);
    if (d->app_vendor)
        set(w, ".app_vendor = %u,", d->app_vendor);
    if (d->vendor)
        set(w, ".vendor = %u,", d->vendor);
    set(w, ".name = %s,", gen_literal(a, d->name));
    set(w, ".stem = %s,", gen_literal(a, d->stem));
    if (d->prefix)
        set(w, ".prefix = %s,", gen_literal(a, d->prefix));
    if (d->app_name)
        set(w, ".app_name = %s,", gen_literal(a, d->app_name));
    if (d->vendor_name)
        set(w, ".vendor_name = %s,", gen_literal(a, d->vendor_name));
    if (d->aliases)
        set(w, ".aliases = aliases,");
}

static void say_dict(gen_unit *u)
{
    const dia_dict *const d = u->dict;
    const char *const stem = u->names->stem;
    gen_say(&u->text, "\nconst dia_dict dia_dict_%s = {\n", stem);
    wrap w = { .u = u, .indent = 4 };
    set_identity(&w, d);
    if (d->n_commands)
        set(&w, ".commands = dia_commands_%s, .n_commands = %u,", stem, d->n_commands);
    set(&w, ".n_own = %u, .n_local = %u,", d->n_own, d->n_local);
    if (d->n_avps)
        set(&w, ".avps = avps, .n_avps = %u, .by_name = by_name,", d->n_avps);
    if (d->answer_message && d->answer_message->dict == d)
        set(&w, ".answer_message = %s,", address_of(u, d->answer_message));
    set(&w, ".multiplier = 0x%08" PRIx32 ", .shift = %u,", d->multiplier, d->shift);
    if (d->slots)
        set(&w, ".slots = slots,");
    if (d->n_alias)
        set(&w, ".alias = avp_aliases, .n_alias = %u,", d->n_alias);
    gen_say(&u->text, "\n};\n");
}

int gen_say_source(gen_unit *u)
{
    gen_text *const t = &u->text;
    gen_say(t, "/* The tables of dictionary %s. Made by the dictionary compiler; do not edit. */\n",
            gen_comment(&u->arena, u->dict->name));
    gen_say(t, "#include \"diatom/app/%s.h\"\n", u->names->stem);
    say_codecs(u);
    for (uint32_t i = 0; i < u->dict->n_local; i++)
        say_avp(u, i);
    say_commands(u);
    say_lists(u);
    say_dict(u);
    return t->err;
}

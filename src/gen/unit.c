/* The C names of dictionaries, and where things are at home. */
#include "gen/unit.h"

#include <inttypes.h>

/* Words that cannot be members or parameters: of C11, C++20, and macros of Unix compilers. */
static const char keywords[] =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default "
    "delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int linux "
    "long "
    "mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch "
    "template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unix unsigned using "
    "virtual void volatile wchar_t while xor xor_eq ";

/* Names of the public headers that a dictionary without prefix could also come to. */
static const char *const reserved[] = {
    "dia_address",     "dia_arena",      "dia_avp",       "dia_avp_def",      "dia_avp_list", "dia_avps",
    "dia_bytes",       "dia_bytes_list", "dia_command",   "dia_config",       "dia_decode",   "dia_defaults",
    "dia_dict",        "dia_dicts",      "dia_encode",    "dia_fault",        "dia_field",    "dia_fill",
    "dia_filter_rule", "dia_gen",        "dia_grammar",   "dia_header",       "dia_level",    "dia_loop",
    "dia_node",        "dia_outcome",    "dia_peer",      "dia_place",        "dia_protocol", "dia_qos_action",
    "dia_qos_rule",    "dia_request",    "dia_session",   "dia_slot",         "dia_store",    "dia_cstr",
    "dia_strerror",    "dia_time",       "dia_transport", "dia_type",         "dia_uri",      "dia_value",
    "dia_version",     "dia_codec",      "dia_hook",      "dia_hash",         "dia_index",    "dia_shelf",
    "DIA_AVP_V",       "DIA_AVP_M",      "DIA_AVP_P",     "DIA_AVP_RESERVED",
};

/* ---- Words ---- */

/* Letters and digits stay, in lower or upper case; all that stands between them becomes one '_', because C++ keeps names
 * with two in a row for itself. A word without any is "x". */
static const char *identifier(dia_arena *arena, const char *word, bool upper)
{
    const size_t size = strlen(word);
    char *const to = dia_arena_get(arena, size + 2);
    if (!to)
        return "";
    size_t n = 0;
    bool between = false;
    for (size_t i = 0; i < size; i++) {
        const uint8_t c = dia_lower((uint8_t)word[i]);
        const bool letter = c >= 'a' && c <= 'z';
        if (!letter && !dia_is_digit(c)) {
            between = n > 0;
            continue;
        }
        if (between)
            to[n++] = '_';
        between = false;
        to[n++] = letter && upper ? (char)(c - ('a' - 'A')) : (char)c;
    }
    if (n == 0)
        to[n++] = upper ? 'X' : 'x';
    to[n] = 0;
    return to;
}

const char *gen_upper(dia_arena *arena, const char *s)
{
    return identifier(arena, s, true);
}

const char *gen_lower(dia_arena *arena, const char *s)
{
    return identifier(arena, s, false);
}

static bool listed(const char *list, dia_arena *arena, const char *word)
{
    return strstr(list, gen_make(arena, " %s ", word)) != NULL;
}

const char *gen_word(dia_arena *arena, const char *word, const char *taken)
{
    const char *s = identifier(arena, word, false);
    if (dia_is_digit((uint8_t)*s))
        s = gen_make(arena, "_%s", s);
    return listed(keywords, arena, s) || listed(taken, arena, s) ? gen_make(arena, "%s_", s) : s;
}

/* ---- Names that must not be equal ---- */

/* Somebody wants to have this name, at *slot; `number` tells it from others of the same name. */
typedef struct claim {
    const char **slot;
    const char *name;
    int64_t number;
    bool value; /* of a constant that only stands for its number: equal ones are one */
    bool clash, dropped;
    struct claim *next;
} claim;

typedef struct claims {
    dia_arena *arena;
    dia_names taken; /* names to the claims that have them */
    claim *first, **end;
    claim library; /* has what the library has */
    int err;
} claims;

static void claims_init(claims *c, dia_arena *arena)
{
    *c = (claims){ .arena = arena };
    c->end = &c->first;
    dia_names_init(&c->taken, 0, NULL);
}

/* False: another one has it. */
static bool take(claims *c, const char *name, claim *by)
{
    const int err = dia_names_put(&c->taken, dia_cstr(name), by);
    if (err && err != DIA_EEXIST && !c->err)
        c->err = err;
    return err != DIA_EEXIST;
}

static void take_or_clash(claims *c, const char *name, claim *by)
{
    if (take(c, name, by))
        return;
    claim *const other = dia_names_get(&c->taken, dia_cstr(name));
    by->dropped = by->value && other->value && by->number == other->number;
    if (other != by && !by->dropped)
        by->clash = other->clash = true;
}

static claim *claim_name(claims *c, const char **slot, const char *name, int64_t number, bool value)
{
    claim *const by = dia_arena_get0(c->arena, sizeof *by);
    if (!by)
        return NULL;
    *slot = name;
    *by = (claim){ .slot = slot, .name = name, .number = number, .value = value };
    *c->end = by;
    c->end = &by->next;
    take_or_clash(c, name, by);
    return by;
}

/* A name that is made of the first one and goes with it. */
static void claim_also(claims *c, claim *by, const char *name)
{
    if (by)
        take_or_clash(c, name, by);
}

/* The number, or what it is below zero in words, in the case of the name. */
static const char *number_word(dia_arena *arena, const claim *c)
{
    if (c->number >= 0)
        return gen_make(arena, "%" PRId64, c->number);
    return gen_make(arena, "%s_%" PRIu64, strncmp(c->name, "DIA", 3) == 0 ? "MINUS" : "minus", 0 - (uint64_t)c->number);
}

/* With its number; should even that be taken (one code, two vendors), counted. */
static const char *longer_name(claims *c, claim *p)
{
    const char *const name = gen_make(c->arena, "%s_%s", p->name, number_word(c->arena, p));
    const char *s = name;
    for (int i = 2; !take(c, s, p) && !c->arena->err; i++)
        s = gen_make(c->arena, "%s_%d", name, i);
    return s;
}

/* Gives names to all. */
static int claims_settle(claims *c)
{
    for (claim *p = c->first; p; p = p->next)
        if (p->dropped)
            *p->slot = NULL;
        else if (p->clash)
            *p->slot = longer_name(c, p);
    dia_names_done(&c->taken);
    return c->err ? c->err : c->arena->err;
}

/* ---- One dictionary ---- */

static const char *prefix_of(dia_arena *arena, const dia_dict *dict)
{
    if (dict->prefix && *dict->prefix)
        return gen_make(arena, "%s_", identifier(arena, dict->prefix, false));
    if (dict->has_application && dict->application == 0)
        return "";
    return gen_make(arena, "%s_", identifier(arena, dict->stem, false));
}

/* The word with the prefix before it, once. */
static const char *prefixed(dia_arena *arena, const gen_names *n, const char *word)
{
    const char *const s = identifier(arena, word, false);
    const bool there = strncmp(s, n->prefix, strlen(n->prefix)) == 0;
    return there ? s : gen_make(arena, "%s%s", n->prefix, s);
}

/* "DIAMETER_" before the names of result codes says nothing. */
static const char *value_word(const dia_avp_def *avp, const char *value)
{
    static const char prefix[] = "DIAMETER_", code[] = "Result-Code";
    const size_t n = strlen(avp->name);
    const bool result = n >= sizeof code - 1 && strcmp(avp->name + n - (sizeof code - 1), code) == 0;
    return result && strncmp(value, prefix, sizeof prefix - 1) == 0 ? value + sizeof prefix - 1 : value;
}

const char *gen_constants_of(gen_unit *u, const gen_place *at)
{
    return gen_make(&u->arena, "DIA_%s_",
                    gen_upper(&u->arena, prefixed(&u->arena, at->in, at->in->dict->avps[at->index]->name)));
}

uint32_t gen_commands(const dia_dict *dict)
{
    const dia_command *const m = dict->answer_message;
    bool inside = !m || m->dict != dict;
    for (uint32_t i = 0; i < dict->n_commands && !inside; i++)
        inside = m == &dict->commands[i];
    return dict->n_commands + !inside;
}

const dia_command *gen_command(const dia_dict *dict, uint32_t i)
{
    return i < dict->n_commands ? &dict->commands[i] : dict->answer_message;
}

static void claim_types(claims *c, gen_names *n)
{
    const dia_dict *const d = n->dict;
    dia_arena *const a = c->arena;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        take(c, reserved[i], &c->library);
    for (uint32_t i = 0; i < gen_commands(d); i++) {
        const dia_command *const command = gen_command(d, i);
        const char *const type = gen_make(a, "dia_%s", prefixed(a, n, command->name));
        claim *const by = claim_name(c, &n->commands[i], type, command->code, false);
        claim_also(c, by, gen_make(a, "%s_fn", type));
    }
    for (uint32_t i = 0; i < d->n_own; i++) {
        if (!d->avps[i]->group)
            continue;
        const char *const type = gen_make(a, "dia_%s", prefixed(a, n, d->avps[i]->name));
        claim *const by = claim_name(c, &n->groups[i], type, d->avps[i]->code, false);
        claim_also(c, by, gen_make(a, "%s_list", type));
    }
}

static void claim_avps(claims *c, gen_names *n)
{
    for (uint32_t i = 0; i < n->dict->n_local; i++) {
        const dia_avp_def *const avp = n->dict->avps[i];
        claim_name(c, &n->avps[i], identifier(c->arena, avp->name, false), avp->code, false);
    }
}

/* Was this value inherited? */
static bool known_value(const gen_unit *u, const dia_avp_def *avp, const dia_value *value)
{
    for (size_t i = 1; i < u->n_names; i++) {
        const dia_avp_def *const other = dia_dict_avp_named(u->names[i].dict, dia_cstr(avp->name));
        int64_t there;
        if (other && dia_avp_def_value(other, dia_cstr(value->name), &there) >= 0 && there == value->value)
            return true;
    }
    return false;
}

static void claim_values(claims *c, const gen_unit *u, gen_names *n, uint32_t i)
{
    const dia_avp_def *const avp = n->dict->avps[i];
    dia_arena *const a = c->arena;
    n->values[i] = dia_arena_get0(a, avp->n_values * sizeof *n->values[i]);
    for (uint32_t k = 0; k < avp->n_values && n->values[i]; k++) {
        if (i >= n->dict->n_own && known_value(u, avp, &avp->values[k]))
            continue;
        const char *const word = gen_make(a, "%s_%s", prefixed(a, n, avp->name), value_word(avp, avp->values[k].name));
        claim_name(c, &n->values[i][k], gen_make(a, "DIA_%s", gen_upper(a, word)), avp->values[k].value, true);
    }
}

static void claim_constants(claims *c, const gen_unit *u, gen_names *n)
{
    dia_arena *const a = c->arena;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        take(c, reserved[i], &c->library);
    for (uint32_t i = 0; i < n->dict->n_own; i++) {
        const dia_avp_def *const avp = n->dict->avps[i];
        const char *const code = gen_make(a, "DIA_AVP_%s", gen_upper(a, prefixed(a, n, avp->name)));
        claim_name(c, &n->codes[i], code, avp->code, false);
    }
    for (uint32_t i = 0; i < gen_commands(n->dict); i++)
        claim_name(c, &n->command_macros[i], gen_make(a, "DIA_COMMAND_%s", gen_upper(a, n->commands[i] + 4)),
                   gen_command(n->dict, i)->code, false);
    for (uint32_t i = 0; i < n->dict->n_local; i++)
        claim_values(c, u, n, i);
}

static int name_all(gen_unit *u, gen_names *n, const dia_dict *dict)
{
    dia_arena *const a = &u->arena;
    *n = (gen_names){ .dict = dict, .stem = identifier(a, dict->stem, false), .prefix = prefix_of(a, dict) };
    n->avps = dia_arena_get0(a, dict->n_local * sizeof *n->avps);
    n->groups = dia_arena_get0(a, dict->n_own * sizeof *n->groups);
    n->codes = dia_arena_get0(a, dict->n_own * sizeof *n->codes);
    n->values = dia_arena_get0(a, dict->n_local * sizeof *n->values);
    n->commands = dia_arena_get0(a, gen_commands(dict) * sizeof *n->commands);
    n->command_macros = dia_arena_get0(a, gen_commands(dict) * sizeof *n->command_macros);
    if (a->err)
        return a->err;
    void (*const kinds[])(claims *, gen_names *) = { claim_types, claim_avps };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        claims c;
        claims_init(&c, a);
        kinds[i](&c, n);
        const int err = claims_settle(&c);
        if (err)
            return err;
    }
    if (dict != u->dict)
        return 0;
    claims c;
    claims_init(&c, a);
    claim_constants(&c, u, n);
    return claims_settle(&c);
}

/* ---- All of them ---- */

static uint64_t key_of(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

static int settle_places(gen_unit *u, const gen_names *n)
{
    for (uint32_t i = 0; i < n->dict->n_local; i++) {
        const dia_avp_def *const avp = n->dict->avps[i];
        gen_place *const at = dia_arena_get(&u->arena, sizeof *at);
        if (!at)
            return u->arena.err;
        *at = (gen_place){ n, i };
        int err = dia_map_put(&u->places, key_of(avp), at);
        if (!err && i < n->dict->n_own && avp->group)
            err = dia_map_put(&u->places, key_of(avp->group), at);
        if (err && err != DIA_EEXIST)
            return err;
    }
    return 0;
}

int gen_init(gen_unit *u, const dia_dict *dict, const dia_dicts *dicts, dia_write_fn *write, void *arg)
{
    *u = (gen_unit){ .text = { .write = write, .arg = arg, .arena = &u->arena }, .dict = dict };
    dia_arena_init(&u->arena, NULL, 0, (size_t)256 << 20, NULL);
    dia_map_init(&u->places, 0, NULL);
    const size_t n = 1 + (dicts ? dicts->n : 0);
    u->names = dia_arena_get0(&u->arena, n * sizeof *u->names);
    if (!u->names)
        return u->arena.err;
    u->names[0].dict = dict;
    u->n_names = 1;
    for (size_t i = 1; i < n; i++)
        if (dicts->v[i - 1] != dict)
            u->names[u->n_names++].dict = dicts->v[i - 1];
    for (size_t i = 0; i < u->n_names; i++) {
        const int err = name_all(u, &u->names[i], u->names[i].dict);
        if (err)
            return err;
    }
    for (size_t i = 0; i < u->n_names; i++) {
        const int err = settle_places(u, &u->names[i]);
        if (err)
            return err;
    }
    return 0;
}

void gen_done(gen_unit *u)
{
    dia_map_done(&u->places);
    dia_arena_done(&u->arena);
}

const gen_place *gen_avp(const gen_unit *u, const dia_avp_def *avp)
{
    return dia_map_get(&u->places, key_of(avp));
}

const gen_place *gen_group(const gen_unit *u, const dia_grammar *group)
{
    return dia_map_get(&u->places, key_of(group));
}

bool gen_needs(const gen_unit *u, const gen_names *other)
{
    const dia_dict *const d = u->dict;
    for (uint32_t i = d->n_own; i < d->n_local; i++)
        for (uint32_t k = 0; k < other->dict->n_local; k++)
            if (strcmp(d->avps[i]->name, other->dict->avps[k]->name) == 0)
                return true;
    for (uint32_t i = d->n_local; i < d->n_avps; i++) {
        const gen_place *const at = gen_avp(u, d->avps[i]);
        if (at && at->in == other)
            return true;
    }
    return false;
}

const char **gen_members(gen_unit *u, const dia_grammar *grammar)
{
    dia_arena *const a = &u->arena;
    const char **const members = dia_arena_get0(a, grammar->n_fields * sizeof *members);
    if (!members)
        return NULL;
    claims c;
    claims_init(&c, a);
    for (uint16_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *const field = &grammar->fields[i];
        if (field->store != DIA_STORE_NONE)
            claim_name(&c, &members[i], gen_word(a, field->avp->name, " others "), field->code, false);
    }
    return claims_settle(&c) ? NULL : members;
}

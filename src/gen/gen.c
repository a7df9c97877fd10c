/* The dictionary compiler: one part at a time, from a unit. */
#include "gen/gen.h"

#include "gen/parts.h"

const char *gen_command_remark(gen_unit *u, const dia_command *command)
{
    dia_arena *const a = &u->arena;
    const char *const name = command->long_name ? command->long_name : command->name;
    const char *const code = command->code ? gen_make(a, ", %u", command->code) : "";
    const char *const document = command->document ? gen_make(a, ", %s", command->document) : "";
    const char *const section = command->section ? gen_make(a, ", %s", command->section) : "";
    return gen_make(a, "%s%s%s%s", name, code, document, section);
}

const char *gen_avp_remark(gen_unit *u, const dia_avp_def *avp)
{
    dia_arena *const a = &u->arena;
    const char *const vendor = avp->vendor ? gen_make(a, ", vendor %u", avp->vendor) : "";
    const char *const document = avp->document ? gen_make(a, ", %s", avp->document) : "";
    const char *const section = avp->section ? gen_make(a, ", %s", avp->section) : "";
    return gen_make(a, "%s%s%s%s", dia_type_name((dia_type)avp->type), vendor, document, section);
}

/* Is every definition and every group of a field at home in a known dictionary? */
static bool complete(const gen_unit *u)
{
    for (uint32_t i = 0; i < u->dict->n_avps; i++) {
        const dia_avp_def *const avp = u->dict->avps[i];
        if (!gen_avp(u, avp) || (avp->group && !gen_group(u, avp->group)))
            return false;
    }
    return true;
}

/* Those of many dictionaries that `dict` inherits from: all others are only in the way, each with its names. Gives an
 * array to be released, of as many and one more. */
static const dia_dict **inherited(const dia_dict *dict, const dia_dicts *dicts, dia_dicts *out)
{
    const size_t n = dicts ? dicts->n : 0;
    const dia_dict **const v = dia_alloc(NULL, (n + 1) * sizeof *v);
    if (!v)
        return NULL;
    *out = (dia_dicts){ .v = v };
    for (size_t i = 0; i < n; i++)
        if (dia_dict_inherits(dict, dicts->v[i]))
            v[out->n++] = dicts->v[i];
    return v;
}

int dia_gen(const dia_dict *dict, const dia_dicts *dicts, dia_gen_part part, dia_write_fn *write, void *arg)
{
    static int (*const say[])(gen_unit *) = {
        [DIA_GEN_HEADER] = gen_say_header,
        [DIA_GEN_NODE_HEADER] = gen_say_wrappers,
        [DIA_GEN_SOURCE] = gen_say_source,
    };
    if ((size_t)part >= sizeof say / sizeof *say)
        return DIA_EINVAL;
    dia_dicts parents;
    const dia_dict **const room = inherited(dict, dicts, &parents);
    if (!room)
        return DIA_ENOMEM;
    gen_unit u;
    int err = gen_init(&u, dict, &parents, write, arg);
    if (!err && !complete(&u))
        err = DIA_ENOENT;
    if (!err)
        err = say[part](&u);
    if (!err)
        err = u.arena.err;
    gen_done(&u);
    dia_release(NULL, room, ((dicts ? dicts->n : 0) + 1) * sizeof *room);
    return err;
}

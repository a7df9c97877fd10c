/* Look-up in tables: by code and vendor, by name. */
#include "dict/dict.h"
#include "dict/index.h"

const char *dia_type_name(dia_type type)
{
    static const char *const names[DIA_TYPES] = {
        [DIA_TYPE_OCTET_STRING] = "OctetString",
        [DIA_TYPE_INTEGER32] = "Integer32",
        [DIA_TYPE_INTEGER64] = "Integer64",
        [DIA_TYPE_UNSIGNED32] = "Unsigned32",
        [DIA_TYPE_UNSIGNED64] = "Unsigned64",
        [DIA_TYPE_FLOAT32] = "Float32",
        [DIA_TYPE_FLOAT64] = "Float64",
        [DIA_TYPE_GROUPED] = "Grouped",
        [DIA_TYPE_ENUMERATED] = "Enumerated",
        [DIA_TYPE_ADDRESS] = "Address",
        [DIA_TYPE_TIME] = "Time",
        [DIA_TYPE_UTF8_STRING] = "UTF8String",
        [DIA_TYPE_IDENTITY] = "DiameterIdentity",
        [DIA_TYPE_URI] = "DiameterURI",
        [DIA_TYPE_IP_FILTER_RULE] = "IPFilterRule",
        [DIA_TYPE_QOS_FILTER_RULE] = "QoSFilterRule",
    };
    return (unsigned)type < DIA_TYPES ? names[type] : "?";
}

const dia_avp_def *dia_dict_avp(const dia_dict *dict, uint32_t code, uint32_t vendor)
{
    const uint32_t mask = ((uint32_t)1 << (32 - dict->shift)) - 1;
    uint32_t at = dia_slot(code, vendor, dict->multiplier, dict->shift);
    for (; dict->slots[at]; at = (at + 1) & mask) {
        const dia_avp_def *avp = dict->avps[dict->slots[at] - 1];
        if (avp->code == code && avp->vendor == vendor)
            return avp;
    }
    return NULL;
}

const dia_field *dia_grammar_field(const dia_grammar *grammar, uint32_t code, uint32_t vendor)
{
    const uint32_t mask = ((uint32_t)1 << (32 - grammar->shift)) - 1;
    uint32_t at = dia_slot(code, vendor, grammar->multiplier, grammar->shift);
    for (; grammar->slots[at]; at = (at + 1) & mask) {
        const dia_field *field = &grammar->fields[grammar->slots[at] - 1];
        if (field->code == code && field->vendor == vendor)
            return field;
    }
    return NULL;
}

/* As strcmp, between a view and a C string. */
static int compare(dia_bytes a, const char *b)
{
    const size_t n = strlen(b), common = a.n < n ? a.n : n;
    const int order = common ? memcmp(a.p, b, common) : 0;
    if (order || a.n == n)
        return order;
    return a.n < n ? -1 : 1;
}

const dia_avp_def *dia_dict_avp_exact(const dia_dict *dict, dia_bytes name)
{
    size_t low = 0, high = dict->n_avps;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const dia_avp_def *avp = dict->avps[dict->by_name[middle]];
        const int order = compare(name, avp->name);
        if (order == 0)
            return avp;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const dia_avp_def *dia_dict_avp_alias(const dia_dict *dict, dia_bytes name)
{
    size_t low = 0, high = dict->n_alias;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare(name, dict->alias[middle].name) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < dict->n_alias && compare(name, dict->alias[low].name) == 0 ? dict->alias[low].avp : NULL;
}

const dia_avp_def *dia_dict_avp_named(const dia_dict *dict, dia_bytes name)
{
    const dia_avp_def *avp = dia_dict_avp_exact(dict, name);
    return avp ? avp : dia_dict_avp_alias(dict, name);
}

const dia_command *dia_dict_command(const dia_dict *dict, uint32_t code, bool request)
{
    for (uint32_t i = 0; i < dict->n_commands; i++) {
        const dia_command *command = &dict->commands[i];
        if (command->code == code && !(command->flags & DIA_FLAG_REQUEST) == !request)
            return command;
    }
    return NULL;
}

const dia_command *dia_dict_command_named(const dia_dict *dict, dia_bytes name)
{
    for (uint32_t i = 0; i < dict->n_commands; i++)
        if (compare(name, dict->commands[i].name) == 0)
            return &dict->commands[i];
    for (uint32_t i = 0; i < dict->n_commands; i++)
        if (compare(name, dict->commands[i].long_name) == 0)
            return &dict->commands[i];
    if (dict->answer_message && compare(name, dict->answer_message->name) == 0)
        return dict->answer_message;
    for (uint32_t i = 0; i < dict->n_commands; i++)
        for (const char *const *alias = dict->commands[i].aliases; alias && *alias; alias++)
            if (compare(name, *alias) == 0)
                return &dict->commands[i];
    return NULL;
}

const char *dia_avp_def_value_name(const dia_avp_def *avp, int64_t value)
{
    size_t low = 0, high = avp->n_values;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (avp->values[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < avp->n_values && avp->values[low].value == value ? avp->values[low].name : NULL;
}

/* What `dict` itself says about the values of an AVP that it has of another dictionary. */
static const dia_avp_def *local_of(const dia_dict *dict, const dia_avp_def *avp)
{
    for (uint32_t i = dict->n_own; i < dict->n_local; i++)
        if (dict->avps[i]->code == avp->code && dict->avps[i]->vendor == avp->vendor)
            return dict->avps[i];
    return NULL;
}

const char *dia_dicts_value_name(const dia_dicts *dicts, uint32_t application, const dia_avp_def *avp, int64_t value,
                                 uint32_t vendor)
{
    const dia_dict *ours = dia_dicts_application(dicts, application);
    const dia_avp_def *here = ours ? dia_dict_avp(ours, avp->code, avp->vendor) : NULL;
    const char *name = dia_avp_def_value_name(here ? here : avp, value);
    for (size_t i = 0; i < dicts->n && !name; i++) {
        const dia_dict *dict = dicts->v[i];
        const dia_avp_def *local = vendor && dict->vendor != vendor ? NULL : local_of(dict, avp);
        name = local ? dia_avp_def_value_name(local, value) : NULL;
    }
    return name;
}

int dia_avp_def_value(const dia_avp_def *avp, dia_bytes name, int64_t *value)
{
    for (uint32_t i = 0; i < avp->n_values; i++) {
        if (compare(name, avp->values[i].name) == 0) {
            *value = avp->values[i].value;
            return 0;
        }
    }
    return DIA_ENOENT;
}

/* ---- In several dictionaries ---- */

/* The index when it can be used, and how many dictionaries of the list stand in front of what it covers. */
static const dia_index *index_of(const dia_dicts *dicts, size_t *front)
{
    const dia_index *index = dicts->index;
    if (index && index->n_dicts > dicts->n)
        index = NULL;
    *front = index ? dicts->n - index->n_dicts : dicts->n;
    return index;
}

/* Walks over the slots where a key may stand. */
typedef struct walk {
    const uint16_t *slots;
    uint32_t at, mask;
} walk;

static inline walk walk_to(const dia_hash *hash, uint32_t a, uint32_t b)
{
    return (walk){ hash->slots, dia_slot(a, b, hash->multiplier, hash->shift),
                   ((uint32_t)1 << (32 - hash->shift)) - 1 };
}

/* 1 + the next index; 0: there is none any more. */
static inline uint32_t walk_on(walk *w)
{
    const uint32_t slot = w->slots[w->at];
    w->at = (w->at + 1) & w->mask;
    return slot;
}

const dia_dict *dia_dicts_application(const dia_dicts *dicts, uint32_t application)
{
    size_t front;
    const dia_index *index = index_of(dicts, &front);
    for (size_t i = 0; i < front; i++)
        if (dicts->v[i]->has_application && dicts->v[i]->application == application)
            return dicts->v[i];
    if (!index)
        return NULL;
    walk w = walk_to(&index->by_application, application, 0);
    for (uint32_t i; (i = walk_on(&w)) != 0;)
        if (index->applications[i - 1]->application == application)
            return index->applications[i - 1];
    return NULL;
}

/* Of what the index covers the first one; *same: no dictionary means another. */
static const dia_avp_def *indexed_avp(const dia_index *index, uint32_t code, uint32_t vendor, bool *same)
{
    *same = true;
    walk w = walk_to(&index->by_code, dia_index_key(code, vendor), 0);
    for (uint32_t i; (i = walk_on(&w)) != 0;)
        if (index->avps[i]->code == code && index->avps[i]->vendor == vendor)
            return index->avps[i];
    *same = false;
    w = walk_to(&index->by_other, dia_index_key(code, vendor), 0);
    for (uint32_t i; (i = walk_on(&w)) != 0;)
        if (index->others[i - 1]->code == code && index->others[i - 1]->vendor == vendor)
            return index->others[i - 1];
    *same = true;
    return NULL;
}

/* The long way: the dictionary of the application, those in front of the index, the index. */
__attribute__((noinline)) static const dia_avp_def *asked_avp(const dia_dicts *dicts, uint32_t application,
                                                              uint32_t code, uint32_t vendor)
{
    size_t front;
    bool same = false;
    const dia_index *index = index_of(dicts, &front);
    const dia_avp_def *indexed = index ? indexed_avp(index, code, vendor, &same) : NULL;
    if (front == 0 && same)
        return indexed;
    const dia_dict *first = dia_dicts_application(dicts, application);
    const dia_avp_def *avp = first ? dia_dict_avp(first, code, vendor) : NULL;
    for (size_t i = 0; !avp && i < front; i++)
        if (dicts->v[i] != first)
            avp = dia_dict_avp(dicts->v[i], code, vendor);
    return avp ? avp : indexed;
}

/* The first slot of an index over all of the list nearly always has it. An empty slot leads to an AVP as well, which is
 * another one or, as it happens, the right one. */
const dia_avp_def *dia_dicts_avp(const dia_dicts *dicts, uint32_t application, uint32_t code, uint32_t vendor)
{
    const dia_index *index = dicts->index;
    if (index && index->n_dicts == dicts->n) {
        const dia_hash *hash = &index->by_code;
        const uint32_t slot = dia_slot(dia_index_key(code, vendor), 0, hash->multiplier, hash->shift);
        const dia_avp_def *avp = index->avps[hash->slots[slot]];
        if (avp->code == code && avp->vendor == vendor)
            return avp;
        /* A few stand in the next slot, because theirs was taken. */
        avp = index->avps[hash->slots[(slot + 1) & (UINT32_MAX >> hash->shift)]];
        if (avp->code == code && avp->vendor == vendor)
            return avp;
    }
    return asked_avp(dicts, application, code, vendor);
}

static const dia_avp_alias *indexed_name(const dia_index *index, dia_bytes name, bool *same)
{
    walk w = walk_to(&index->by_name, dia_name_hash(name), 0);
    for (uint32_t i; (i = walk_on(&w)) != 0;) {
        if (compare(name, index->names[i - 1].name) != 0)
            continue;
        *same = i <= index->n_same_names;
        return &index->names[i - 1];
    }
    *same = true;
    return NULL;
}

const dia_avp_def *dia_dicts_avp_named(const dia_dicts *dicts, uint32_t application, dia_bytes name)
{
    static const dia_avp_def *(*const kinds[])(const dia_dict *, dia_bytes) = { dia_dict_avp_exact,
                                                                                dia_dict_avp_alias };
    size_t front;
    const dia_index *index = index_of(dicts, &front);
    bool same = false;
    const dia_avp_alias *indexed = index ? indexed_name(index, name, &same) : NULL;
    if (index && front == 0 && same)
        return indexed ? indexed->avp : NULL;
    const dia_dict *first = dia_dicts_application(dicts, application);
    for (int kind = 0; kind < 2; kind++) {
        const dia_avp_def *avp = first ? kinds[kind](first, name) : NULL;
        for (size_t i = 0; !avp && i < front; i++)
            if (dicts->v[i] != first)
                avp = kinds[kind](dicts->v[i], name);
        /* An alias is in the index only where no dictionary has it as a name. */
        if (!avp && indexed && (kind == 1) == (strcmp(indexed->name, indexed->avp->name) != 0))
            avp = indexed->avp;
        if (avp)
            return avp;
    }
    return NULL;
}

const dia_command *dia_dicts_command(const dia_dicts *dicts, uint32_t application, uint32_t code, bool request)
{
    size_t front;
    const dia_index *index = index_of(dicts, &front);
    const dia_dict *first = dia_dicts_application(dicts, application);
    const dia_command *command = first ? dia_dict_command(first, code, request) : NULL;
    for (size_t i = 0; !command && i < front; i++)
        if (dicts->v[i] != first)
            command = dia_dict_command(dicts->v[i], code, request);
    if (command || !index)
        return command;
    walk w = walk_to(&index->by_command, code, request);
    for (uint32_t i; (i = walk_on(&w)) != 0;) {
        command = index->commands[i - 1];
        if (command->code == code && !(command->flags & DIA_FLAG_REQUEST) == !request)
            return command;
    }
    return NULL;
}

static bool is_word(const char *word, dia_bytes name)
{
    return word && dia_bytes_equal_nocase(dia_cstr(word), name);
}

static bool is_called(const dia_dict *dict, dia_bytes name)
{
    bool is = is_word(dict->stem, name) || is_word(dict->name, name) || is_word(dict->app_name, name);
    for (const char *const *alias = dict->aliases; alias && *alias && !is; alias++)
        is = is_word(*alias, name);
    return is;
}

const dia_dict *dia_dicts_application_named(const dia_dicts *dicts, dia_bytes name)
{
    for (size_t i = 0; i < dicts->n; i++)
        if (dicts->v[i]->has_application && is_called(dicts->v[i], name))
            return dicts->v[i];
    for (size_t i = 0; i < dicts->n; i++)
        if (dicts->v[i]->has_application && is_word(dicts->v[i]->prefix, name))
            return dicts->v[i];
    /* Gy is Ro of packet-switched charging (TS 32.251). */
    return is_word("gy", name) ? dia_dicts_application_named(dicts, DIA_STR("ro")) : NULL;
}

const dia_command *dia_dicts_command_named(const dia_dicts *dicts, const dia_dict *first, dia_bytes name)
{
    const dia_command *command = first ? dia_dict_command_named(first, name) : NULL;
    for (size_t i = 0; !command && i < dicts->n; i++)
        command = dia_dict_command_named(dicts->v[i], name);
    return command;
}

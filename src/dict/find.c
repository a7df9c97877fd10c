/* Look-up in tables: by code and vendor, by name. */
#include "dict/dict.h"

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

const dia_avp_def *dia_dict_avp_named(const dia_dict *dict, dia_bytes name)
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

const dia_dict *dia_dicts_application(const dia_dicts *dicts, uint32_t application)
{
    for (size_t i = 0; i < dicts->n; i++)
        if (dicts->v[i]->has_application && dicts->v[i]->application == application)
            return dicts->v[i];
    return NULL;
}

const dia_avp_def *dia_dicts_avp(const dia_dicts *dicts, uint32_t application, uint32_t code, uint32_t vendor)
{
    const dia_dict *first = dia_dicts_application(dicts, application);
    const dia_avp_def *avp = first ? dia_dict_avp(first, code, vendor) : NULL;
    for (size_t i = 0; !avp && i < dicts->n; i++)
        if (dicts->v[i] != first)
            avp = dia_dict_avp(dicts->v[i], code, vendor);
    return avp;
}

const dia_avp_def *dia_dicts_avp_named(const dia_dicts *dicts, uint32_t application, dia_bytes name)
{
    const dia_dict *first = dia_dicts_application(dicts, application);
    const dia_avp_def *avp = first ? dia_dict_avp_named(first, name) : NULL;
    for (size_t i = 0; !avp && i < dicts->n; i++)
        if (dicts->v[i] != first)
            avp = dia_dict_avp_named(dicts->v[i], name);
    return avp;
}

const dia_command *dia_dicts_command(const dia_dicts *dicts, uint32_t application, uint32_t code, bool request)
{
    const dia_dict *first = dia_dicts_application(dicts, application);
    const dia_command *command = first ? dia_dict_command(first, code, request) : NULL;
    for (size_t i = 0; !command && i < dicts->n; i++)
        if (dicts->v[i] != first)
            command = dia_dict_command(dicts->v[i], code, request);
    return command;
}

const dia_dict *dia_dicts_application_named(const dia_dicts *dicts, dia_bytes name)
{
    for (size_t i = 0; i < dicts->n; i++) {
        const dia_dict *dict = dicts->v[i];
        const char *const names[] = { dict->stem, dict->name, dict->app_name };
        for (size_t k = 0; dict->has_application && k < sizeof names / sizeof *names; k++)
            if (names[k] && dia_bytes_equal_nocase(dia_cstr(names[k]), name))
                return dict;
    }
    return NULL;
}

const dia_command *dia_dicts_command_named(const dia_dicts *dicts, const dia_dict *first, dia_bytes name)
{
    const dia_command *command = first ? dia_dict_command_named(first, name) : NULL;
    for (size_t i = 0; !command && i < dicts->n; i++)
        command = dia_dict_command_named(dicts->v[i], name);
    return command;
}

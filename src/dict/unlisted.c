/* Enumerated values that no dictionary lists: they pass at level lenient, and whoever wants to know of them asks here. */
#include "dict/dict.h"

#include <string.h>

typedef struct search {
    const dia_avp_def *first;
    size_t n;
} search;

static void search_struct(search *s, const dia_grammar *grammar, const uint8_t *from, int depth);

static void judge(search *s, const dia_avp_def *avp, int32_t value)
{
    if (dia_avp_def_value_name(avp, value))
        return;
    if (!s->first)
        s->first = avp;
    s->n++;
}

static void search_values(search *s, const dia_field *f, const uint8_t *at)
{
    dia_opt_i32 value;
    dia_i32_list list;
    switch ((dia_store)f->store) {
    case DIA_STORE_U32:
        memcpy(&value.value, at, sizeof value.value);
        judge(s, f->avp, value.value);
        break;
    case DIA_STORE_OPT_U32:
        memcpy(&value, at, sizeof value);
        if (value.set)
            judge(s, f->avp, value.value);
        break;
    case DIA_STORE_U32S:
        memcpy(&list, at, sizeof list);
        for (size_t i = 0; i < list.n; i++)
            judge(s, f->avp, list.v[i]);
        break;
    default: break;
    }
}

static void search_groups(search *s, const dia_field *f, const uint8_t *at, int depth)
{
    struct {
        const uint8_t *v;
        size_t n;
    } groups = { NULL, 0 };
    if (f->store == DIA_STORE_GROUPS) {
        memcpy(&groups, at, sizeof groups);
    } else {
        memcpy(&groups.v, at, sizeof groups.v);
        groups.n = groups.v != NULL;
    }
    for (size_t i = 0; i < groups.n; i++)
        search_struct(s, f->avp->group, groups.v + i * f->avp->group->size, depth + 1);
}

static void search_struct(search *s, const dia_grammar *grammar, const uint8_t *from, int depth)
{
    for (uint16_t i = 0; i < grammar->n_fields && depth <= DIA_NESTING_MAX; i++) {
        const dia_field *f = &grammar->fields[i];
        if (f->type == DIA_TYPE_ENUMERATED && f->avp->n_values)
            search_values(s, f, from + f->offset);
        else if (f->store == DIA_STORE_GROUP || f->store == DIA_STORE_GROUPS)
            search_groups(s, f, from + f->offset, depth);
    }
}

size_t dia_struct_unlisted(const dia_command *command, const void *message, const dia_avp_def **first)
{
    search s = { NULL, 0 };
    search_struct(&s, command->grammar, message, 0);
    if (first)
        *first = s.first;
    return s.n;
}

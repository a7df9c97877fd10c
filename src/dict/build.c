/* Tables from a file that has no errors. Whatever fails here is memory, or a limit. */
#include "dict/codec.h"
#include "dict/reading.h"
#include "dict/slots.h"
#include "dict/sort.h"

static dia_arena *arena_of(dict_reading *r)
{
    return &r->loaded->arena;
}

static bool equals(dia_bytes text, const char *s)
{
    return dia_bytes_equal(text, dia_cstr(s));
}

/* ---- Values ---- */

typedef struct value_list {
    dia_value *v;
    size_t n, cap;
    dict_table names; /* name -> dia_value */
} value_list;

static int compare_values(const void *a, const void *b, const void *context)
{
    const dia_value *x = *(const dia_value *const *)a, *y = *(const dia_value *const *)b;
    (void)context;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int64_t value_of(const dict_number *number, uint8_t type)
{
    const int64_t n = number->negative ? -(int64_t)number->value : (int64_t)number->value;
    if (type == DIA_TYPE_ENUMERATED || type == DIA_TYPE_INTEGER32)
        return (int32_t)(uint32_t)n;
    return type == DIA_TYPE_UNSIGNED32 ? (int64_t)(uint32_t)n : n;
}

/* False when the name is there already. The array has room: its size was counted before. */
static bool add_value(value_list *list, dia_bytes name, int64_t value)
{
    dia_value *slot = &list->v[list->n];
    const dia_value *first = dict_table_put(&list->names, name, slot);
    if (first != slot)
        return false;
    *slot = (dia_value){ value, (const char *)name.p };
    list->n++;
    return true;
}

static void add_values_of(value_list *list, const dia_avp_def *avp)
{
    for (uint32_t i = 0; i < avp->n_values; i++)
        add_value(list, dia_cstr(avp->values[i].name), avp->values[i].value);
}

static size_t count_values(const dict_symbol *symbol)
{
    size_t n = symbol->imported ? symbol->imported->n_values : 0;
    for (const dict_route *it = symbol->routes; it; it = it->next)
        n += it->avp->n_values;
    for (const dict_values *it = symbol->values; it; it = it->next)
        n += it->section->list.n;
    return n;
}

/* All values of the name, those of the file first: of equal names the file's own counts. */
static void collect_values(dict_reading *r, const dict_symbol *symbol, uint8_t type, value_list *out)
{
    *out = (value_list){ .cap = count_values(symbol), .names = { .arena = r->arena } };
    out->v = out->cap ? dia_arena_get(r->arena, out->cap * sizeof *out->v) : NULL;
    if (!out->v)
        return;
    for (const dict_values *it = symbol->values; it; it = it->next) {
        for (AST_EACH(ast_value, value, it->section->list)) {
            const char *name = dict_string(r, value->name.text);
            if (name)
                add_value(out, dia_cstr(name), value_of(&value->value, type));
        }
    }
    if (symbol->imported)
        add_values_of(out, symbol->imported);
    for (const dict_route *it = symbol->routes; it; it = it->next)
        add_values_of(out, it->avp);
}

static void set_values(dict_reading *r, const value_list *list, dia_avp_def *avp)
{
    const dia_value **sorted = list->n ? dia_arena_get(r->arena, list->n * sizeof *sorted) : NULL;
    dia_value *values = list->n ? dia_arena_get(arena_of(r), list->n * sizeof *values) : NULL;
    if (!sorted || !values)
        return;
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->v[i];
    dict_sort(sorted, list->n, sizeof *sorted, compare_values, NULL);
    for (size_t i = 0; i < list->n; i++)
        values[i] = *sorted[i];
    avp->values = values;
    avp->n_values = (uint32_t)list->n;
}

/* ---- AVPs ---- */

static uint8_t flags_of(const ast_avp *avp)
{
    return (uint8_t)((dict_has_flag(avp, 'V') ? DIA_AVP_V : 0) | (dict_has_flag(avp, 'M') ? DIA_AVP_M : 0) |
                     (dict_has_flag(avp, 'P') ? DIA_AVP_P : 0));
}

/* What @codecs or @custom_types of this file say about the AVP. */
static const dia_hook *make_hook(dict_reading *r, const dict_symbol *symbol, const dia_avp_def *avp)
{
    const bool custom = symbol->codecs->section == SECTION_CUSTOM_TYPES;
    const dia_bytes module = symbol->codecs->word.text;
    return dia_hook_new(arena_of(r), dict_string(r, module), custom ? avp->name : dia_type_name((dia_type)avp->type),
                        custom, dict_codec_named(r->reader, module));
}

static void make_own(dict_reading *r, dict_symbol *symbol, const char *document)
{
    const ast_avp *own = symbol->own;
    dia_avp_def *avp = dia_arena_get0(arena_of(r), sizeof *avp);
    if (!avp)
        return;
    *avp = (dia_avp_def){
        .name = dict_string(r, symbol->name),
        .code = (uint32_t)own->code.value,
        .vendor = (uint32_t)dict_own_vendor(r, symbol),
        .type = (uint8_t)dict_type_of(own->type.text),
        .flags = flags_of(own),
        .document = document,
    };
    if (avp->flags & DIA_AVP_M)
        avp->m_rule = DIA_M_MUST;
    dict_annotate_avp(r, &own->item, avp);
    if (symbol->codec)
        avp->hook = make_hook(r, symbol, avp);
    value_list values;
    collect_values(r, symbol, avp->type, &values);
    set_values(r, &values, avp);
    symbol->made = avp;
    symbol->def = avp;
}

/* An inherited definition is copied only when this file adds something to it. */
static void make_inherited(dict_reading *r, dict_symbol *symbol)
{
    const dia_avp_def *from = symbol->imported;
    symbol->def = from;
    const bool v = from->flags & DIA_AVP_V;
    const uint32_t vendor = v && symbol->vendor ? (uint32_t)symbol->vendor->number.value : from->vendor;
    value_list values = { 0 };
    if (symbol->values || symbol->routes)
        collect_values(r, symbol, from->type, &values);
    if (vendor == from->vendor && values.n <= from->n_values && !symbol->codec)
        return;
    dia_avp_def *avp = dia_arena_get(arena_of(r), sizeof *avp);
    if (!avp)
        return;
    *avp = *from;
    avp->vendor = vendor;
    if (symbol->codec)
        avp->hook = make_hook(r, symbol, avp);
    if (values.n > from->n_values)
        set_values(r, &values, avp);
    symbol->made = avp;
    symbol->def = avp;
}

/* ---- Grammars ---- */

static uint8_t fill_of(uint32_t code, uint32_t vendor)
{
    static const struct {
        uint32_t code;
        dia_fill fill;
    } fills[] = {
        { 263, DIA_FILL_SESSION_ID },
        { 264, DIA_FILL_ORIGIN_HOST },
        { 296, DIA_FILL_ORIGIN_REALM },
        { 283, DIA_FILL_DESTINATION_REALM },
        { 258, DIA_FILL_AUTH_APPLICATION_ID },
        { 259, DIA_FILL_ACCT_APPLICATION_ID },
        { 260, DIA_FILL_VENDOR_SPECIFIC_APPLICATION_ID },
        { 284, DIA_FILL_PROXY_INFO },
    };
    for (size_t i = 0; vendor == 0 && i < sizeof fills / sizeof *fills; i++)
        if (fills[i].code == code)
            return (uint8_t)fills[i].fill;
    return DIA_FILL_NONE;
}

static dia_place place_of(char bracket, bool leading)
{
    if (bracket == '<')
        return leading ? DIA_FIXED : DIA_TRAILING;
    return bracket == '{' ? DIA_REQUIRED : DIA_OPTIONAL;
}

static void set_fields(dict_reading *r, const ast_body *body, dia_grammar *grammar, dia_field *fields)
{
    bool leading = true;
    for (AST_EACH(ast_ref, ref, body->refs)) {
        if (ref->bracket != '<')
            leading = false;
        if (ref->any) {
            ast_arity(ref, &grammar->any_min, &grammar->any_max);
            continue;
        }
        const dict_symbol *symbol = dict_symbol_get(r, ref->name.text);
        const dia_avp_def *avp = symbol->def;
        dia_field *field = &fields[grammar->n_fields++];
        *field = (dia_field){
            .avp = avp,
            .code = avp->code,
            .vendor = avp->vendor,
            .type = avp->type,
            .lead = DIA_LEAD(avp->flags),
            .place = (uint8_t)place_of(ref->bracket, leading),
            .fill = fill_of(avp->code, avp->vendor),
        };
        ast_arity(ref, &field->min, &field->max);
        if (leading)
            grammar->n_fixed++;
        grammar->n_front = (uint16_t)(grammar->n_front + (field->place < DIA_OPTIONAL));
        grammar->n_trailing = (uint16_t)(grammar->n_trailing + (field->place == DIA_TRAILING));
    }
}

static int hash_fields(dict_reading *r, dia_grammar *grammar, const dia_field *fields)
{
    dict_key *keys = dia_arena_get(r->arena, (grammar->n_fields + 1U) * sizeof *keys);
    if (!keys)
        return r->arena->err;
    for (uint32_t i = 0; i < grammar->n_fields; i++)
        keys[i] = (dict_key){ fields[i].code, fields[i].vendor };
    dict_slots slots;
    const int err = dict_slots_build(keys, grammar->n_fields, arena_of(r), &slots);
    if (err)
        return err;
    grammar->multiplier = slots.multiplier;
    grammar->shift = slots.shift;
    grammar->slots = slots.v;
    return 0;
}

static int make_grammar(dict_reading *r, const ast_body *body, const char *name, dia_grammar *out)
{
    dia_field *fields = dia_arena_get0(arena_of(r), (body->refs.n + 1U) * sizeof *fields);
    uint16_t *probes = dia_arena_get0(arena_of(r), (body->refs.n + 1U) * sizeof *probes);
    if (!fields || !probes)
        return arena_of(r)->err;
    *out = (dia_grammar){ .name = name, .fields = fields, .probes = probes };
    set_fields(r, body, out, fields);
    const int err = dia_layout(fields, probes, out->n_fields, &out->size, &out->others);
    return err ? err : hash_fields(r, out, fields);
}

static int make_groups(dict_reading *r, const ast_section *section)
{
    int err = 0;
    for (AST_EACH(ast_body, body, section->list)) {
        dict_symbol *symbol = dict_symbol_get(r, body->name.text);
        dia_grammar *grammar = dia_arena_get(arena_of(r), sizeof *grammar);
        if (!grammar)
            return arena_of(r)->err;
        dict_annotate_group(r, &body->item);
        err = make_grammar(r, body, symbol->made->name, grammar);
        if (err)
            break;
        symbol->made->group = grammar;
    }
    return err;
}

/* ---- Commands ---- */

static uint8_t command_flags(const ast_body *body)
{
    uint8_t flags = 0;
    for (AST_EACH(ast_name, bit, body->bits)) {
        if (equals(bit->name.text, "REQ"))
            flags |= DIA_FLAG_REQUEST;
        else if (equals(bit->name.text, "PXY"))
            flags |= DIA_FLAG_PROXIABLE;
        else
            flags |= DIA_FLAG_ERROR;
    }
    return flags;
}

static int make_command(dict_reading *r, const ast_body *body, const char *document, dia_command *out)
{
    dia_grammar *grammar = dia_arena_get(arena_of(r), sizeof *grammar);
    const char *name = dict_string(r, body->name.text);
    if (!grammar || !name)
        return arena_of(r)->err;
    const int err = make_grammar(r, body, name, grammar);
    if (err)
        return err;
    *out = (dia_command){
        .name = name,
        .long_name = name,
        .code = (uint32_t)body->code.value,
        /* P of an answer-message is that of the request. */
        .flags = body->answer_message ? (uint8_t)DIA_FLAG_ERROR : command_flags(body),
        .result_code = -1,
        .grammar = grammar,
        .dict = &r->loaded->dict,
        .document = document,
    };
    const dia_field *result = dia_grammar_field(grammar, 268, 0);
    if (result)
        out->result_code = (int16_t)(result - grammar->fields);
    dict_annotate_command(r, &body->item, out);
    return 0;
}

/* The table of command codes held bodies; the request and the answer of a code become each other's `other`. */
static void pair(dia_command *commands, uint32_t n, dict_reading *r)
{
    dict_table by_code = { .arena = r->arena };
    for (uint32_t i = 0; i < n; i++) {
        const dia_bytes key = { (const uint8_t *)&commands[i].code, sizeof commands[i].code };
        dia_command *first = dict_table_put(&by_code, key, &commands[i]);
        if (!first || first == &commands[i])
            continue;
        first->other = &commands[i];
        commands[i].other = first;
    }
}

static int make_commands(dict_reading *r, const char *document)
{
    dia_dict *dict = &r->loaded->dict;
    dia_command *commands = dia_arena_get(arena_of(r), (r->commands.n + 1) * sizeof *commands);
    if (!commands)
        return arena_of(r)->err;
    uint32_t n = 0;
    for (AST_EACH(ast_section, section, r->ast->sections)) {
        if (section->section != SECTION_MESSAGES)
            continue;
        for (AST_EACH(ast_body, body, section->list)) {
            /* One entry more than there are names: answer-message takes the last. */
            dia_command *command = body->answer_message ? &commands[r->commands.n] : &commands[n++];
            const int err = make_command(r, body, document, command);
            if (err)
                return err;
            if (body->answer_message)
                dict->answer_message = command;
        }
    }
    pair(commands, n, r);
    dict->commands = commands;
    dict->n_commands = n;
    return 0;
}

/* ---- The dictionary ---- */

static void make_stem(dict_reading *r, dia_dict *dict)
{
    const size_t n = strlen(dict->name);
    char *stem = dia_arena_get(arena_of(r), n + 1);
    if (!stem)
        return;
    for (size_t i = 0; i <= n; i++) {
        const char c = dict->name[i];
        const bool plain =
            !c || dia_is_digit((uint8_t)c) || (dia_lower((uint8_t)c) >= 'a' && dia_lower((uint8_t)c) <= 'z');
        stem[i] = plain ? c : '_';
    }
    dict->stem = stem;
}

static void make_head(dict_reading *r, const char **document)
{
    dia_dict *dict = &r->loaded->dict;
    *dict = (dia_dict){
        .table_format = DIA_TABLE_FORMAT,
        .has_application = r->id != NULL,
        .application = r->id ? (uint32_t)r->id->number.value : 0,
        .app_kind = DIA_APP_AUTH,
        .vendor = r->vendor ? (uint32_t)r->vendor->number.value : 0,
        .vendor_name = r->vendor ? dict_string(r, r->vendor->word.text) : NULL,
        .name = dict_string(r, r->name_text),
        .loaded = r->loaded,
    };
    if (r->reader->prefix)
        dict->prefix = dict_string(r, dia_cstr(r->reader->prefix));
    else if (r->prefix)
        dict->prefix = dict_string(r, r->prefix->word.text);
    if (r->id)
        dict_annotate_id(r, &r->id->item, dict);
    if (r->name)
        dict_annotate_name(r, &r->name->item, dict, document);
    /* The stem goes with the name: another name asks for another header. */
    if (!dict->stem || r->reader->name)
        if (dict->name)
            make_stem(r, dict);
}

static void make_avps(dict_reading *r, const char *document)
{
    for (AST_EACH(ast_section, section, r->ast->sections)) {
        if (section->section != SECTION_AVP_TYPES)
            continue;
        for (AST_EACH(ast_avp, avp, section->list))
            make_own(r, dict_symbol_get(r, avp->name.text), document);
    }
    for (dict_symbol *symbol = r->imports; symbol; symbol = symbol->next_import)
        make_inherited(r, symbol);
}

static int list_avps(dict_reading *r)
{
    dia_dict *dict = &r->loaded->dict;
    const size_t all = r->n_own + r->n_imports;
    const dia_avp_def **avps = dia_arena_get(arena_of(r), (all + 1) * sizeof *avps);
    if (!avps)
        return arena_of(r)->err;
    uint32_t n = 0;
    for (AST_EACH(ast_section, section, r->ast->sections)) {
        if (section->section != SECTION_AVP_TYPES)
            continue;
        for (AST_EACH(ast_avp, avp, section->list))
            avps[n++] = dict_symbol_get(r, avp->name.text)->def;
    }
    dict->n_own = n;
    for (const dict_symbol *symbol = r->imports; symbol; symbol = symbol->next_import)
        if (symbol->made)
            avps[n++] = symbol->def;
    dict->n_local = n;
    for (const dict_symbol *symbol = r->imports; symbol; symbol = symbol->next_import)
        if (!symbol->made)
            avps[n++] = symbol->def;
    dict->avps = avps;
    dict->n_avps = n;
    return 0;
}

static int compare_names(const void *a, const void *b, const void *context)
{
    const dia_dict *dict = context;
    return strcmp(dict->avps[*(const uint16_t *)a]->name, dict->avps[*(const uint16_t *)b]->name);
}

static int compare_aliases(const void *a, const void *b, const void *context)
{
    const dia_avp_alias *x = a, *y = b;
    (void)context;
    const int order = strcmp(x->name, y->name);
    if (order)
        return order;
    if (x->avp->vendor != y->avp->vendor)
        return x->avp->vendor < y->avp->vendor ? -1 : 1;
    return x->avp->code < y->avp->code ? -1 : x->avp->code > y->avp->code;
}

/* All aliases of all AVPs; of equal ones that of the lowest vendor and code counts. */
static int list_aliases(dict_reading *r)
{
    dia_dict *dict = &r->loaded->dict;
    size_t n = 0;
    for (uint32_t i = 0; i < dict->n_avps; i++)
        for (const char *const *it = dict->avps[i]->aliases; it && *it; it++)
            n++;
    if (n == 0)
        return 0;
    dia_avp_alias *all = dia_arena_get(arena_of(r), n * sizeof *all);
    if (!all)
        return arena_of(r)->err;
    n = 0;
    for (uint32_t i = 0; i < dict->n_avps; i++)
        for (const char *const *it = dict->avps[i]->aliases; it && *it; it++)
            all[n++] = (dia_avp_alias){ *it, dict->avps[i] };
    dict_sort(all, n, sizeof *all, compare_aliases, NULL);
    dict->alias = all;
    dict->n_alias = (uint32_t)n;
    return 0;
}

static int index_avps(dict_reading *r)
{
    dia_dict *dict = &r->loaded->dict;
    uint16_t *by_name = dia_arena_get(arena_of(r), (dict->n_avps + 1U) * sizeof *by_name);
    dict_key *keys = dia_arena_get(r->arena, (dict->n_avps + 1U) * sizeof *keys);
    if (!by_name || !keys)
        return DIA_ENOMEM;
    for (uint32_t i = 0; i < dict->n_avps; i++) {
        by_name[i] = (uint16_t)i;
        keys[i] = (dict_key){ dict->avps[i]->code, dict->avps[i]->vendor };
    }
    dict_sort(by_name, dict->n_avps, sizeof *by_name, compare_names, dict);
    dict->by_name = by_name;
    dict_slots slots;
    const int err = dict_slots_build(keys, dict->n_avps, arena_of(r), &slots);
    if (err)
        return err;
    dict->multiplier = slots.multiplier;
    dict->shift = slots.shift;
    dict->slots = slots.v;
    return 0;
}

static int sticky(const dict_reading *r)
{
    return r->loaded->arena.err ? r->loaded->arena.err : r->arena->err;
}

int dict_build(dict_reading *r)
{
    const char *document = NULL;
    make_head(r, &document);
    make_avps(r, document);
    int err = sticky(r);
    if (!err)
        err = list_avps(r);
    for (AST_EACH(ast_section, section, r->ast->sections))
        if (!err && section->section == SECTION_GROUPED)
            err = make_groups(r, section);
    if (!err)
        err = make_commands(r, document);
    if (!err)
        err = index_avps(r);
    if (!err)
        err = list_aliases(r);
    return err ? err : sticky(r);
}

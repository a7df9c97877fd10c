/* The checks of a file by itself: everything in the language's table of errors that needs nothing inherited. */
#include "dict/reading.h"

#include <stdio.h>

dict_symbol *dict_symbol_get(const dict_reading *r, dia_bytes name)
{
    return dict_table_get(&r->symbols, name);
}

dict_symbol *dict_symbol_put(dict_reading *r, dia_bytes name)
{
    dict_symbol *symbol = dict_symbol_get(r, name);
    if (symbol)
        return symbol;
    symbol = dia_arena_get0(r->arena, sizeof *symbol);
    if (!symbol)
        return NULL;
    symbol->name = name;
    return dict_table_put(&r->symbols, name, symbol);
}

dia_type dict_type_of(dia_bytes name)
{
    if (dia_bytes_equal(name, dia_cstr("DiamIdent")))
        return DIA_TYPE_IDENTITY;
    if (dia_bytes_equal(name, dia_cstr("DiamURI")))
        return DIA_TYPE_URI;
    int type = 0;
    while (type < DIA_TYPES && !dia_bytes_equal(name, dia_cstr(dia_type_name((dia_type)type))))
        type++;
    return (dia_type)type;
}

bool dict_has_flag(const ast_avp *avp, char flag)
{
    return memchr(avp->flags.text.p, flag, avp->flags.text.n) != NULL;
}

uint64_t dict_own_vendor(const dict_reading *r, const dict_symbol *symbol)
{
    if (!dict_has_flag(symbol->own, 'V'))
        return 0;
    if (symbol->vendor)
        return symbol->vendor->number.value;
    if (symbol->group && symbol->group->extra.given)
        return symbol->group->extra.value;
    return r->vendor ? r->vendor->number.value : 0;
}

/* ---- Numbers ---- */

static bool check_u32(dict_reading *r, const dict_number *number, const char *what, dia_bytes of)
{
    const bool fits = number->negative ? number->value <= (uint64_t)INT32_MAX + 1 : number->value <= UINT32_MAX;
    if (number->given && !fits)
        dict_error(&r->issues, number->at, "uint32_out_of_range", "%s %.*s is not a number of 32 bits", what,
                   DICT_TEXT(of));
    return fits;
}

/* A key of two numbers for a table, in the arena. */
static dia_bytes number_key(dict_reading *r, uint64_t a, uint32_t b)
{
    uint8_t key[12];
    dia_store64(key, a);
    dia_store32(key + 8, b);
    return dia_arena_copy(r->arena, (dia_bytes){ key, sizeof key });
}

/* ---- Sections that stand once ---- */

static void check_single(dict_reading *r, const ast_section *section, const ast_section **first)
{
    if (!*first) {
        *first = section;
        return;
    }
    dict_error(&r->issues, section->item.at, "duplicate_section", "section @%s is already declared at line %u",
               dict_section_name(section->section), (*first)->item.at.line);
}

static void check_singles(dict_reading *r)
{
    const ast_section *messages = NULL;
    for (AST_EACH(ast_section, section, r->ast->sections)) {
        switch (section->section) {
        case SECTION_ID:
            check_single(r, section, &r->id);
            check_u32(r, &section->number, "the application identifier of", dia_cstr("@id"));
            break;
        case SECTION_NAME: check_single(r, section, &r->name); break;
        case SECTION_PREFIX: check_single(r, section, &r->prefix); break;
        case SECTION_VENDOR:
            check_single(r, section, &r->vendor);
            check_u32(r, &section->number, "the vendor of", dia_cstr("@vendor"));
            break;
        case SECTION_AVP_VENDOR_ID: check_u32(r, &section->number, "the vendor of", dia_cstr("@avp_vendor_id")); break;
        case SECTION_MESSAGES: messages = messages ? messages : section; break;
        default: break;
        }
    }
    if (messages && !r->id && !r->incomplete)
        dict_error(&r->issues, messages->item.at, "messages_without_id", "@messages, but @id is not declared");
}

/* ---- @avp_types ---- */

static void check_flags(dict_reading *r, const ast_avp *avp)
{
    bool invalid = false;
    for (size_t i = 0; i < avp->flags.text.n; i++) {
        const char c = (char)avp->flags.text.p[i];
        if (!strchr("VMP", c)) {
            if (!invalid)
                dict_error(&r->issues, avp->flags.at, "avp_has_invalid_flag", "AVP %.*s has the invalid flag %c",
                           DICT_TEXT(avp->name.text), c);
            invalid = true;
        } else if (memchr(avp->flags.text.p, c, i)) {
            dict_error(&r->issues, avp->flags.at, "avp_has_duplicate_flag", "AVP %.*s has the flag %c twice",
                       DICT_TEXT(avp->name.text), c);
            return;
        }
    }
}

static void check_avp(dict_reading *r, const ast_avp *avp)
{
    dict_symbol *symbol = dict_symbol_put(r, avp->name.text);
    if (!symbol)
        return;
    if (symbol->own)
        dict_error(&r->issues, avp->name.at, "avp_name_already_defined", "AVP %.*s is already defined at line %u",
                   DICT_TEXT(avp->name.text), symbol->own->item.at.line);
    else if (++r->n_own == DICT_AVPS_MAX + 1)
        dict_limit(&r->issues, avp->name.at, "more than %d AVPs", DICT_AVPS_MAX);
    if (!symbol->own)
        symbol->own = avp;
    if (dict_type_of(avp->type.text) == DIA_TYPES)
        dict_error(&r->issues, avp->type.at, "avp_has_unknown_type", "AVP %.*s has the unknown type %.*s",
                   DICT_TEXT(avp->name.text), DICT_TEXT(avp->type.text));
    check_u32(r, &avp->code, "the code of AVP", avp->name.text);
    check_flags(r, avp);
}

/* Flag V and the vendor must agree, and (code, vendor) must be one AVP's alone. */
static void check_avp_vendor(dict_reading *r, const ast_avp *avp)
{
    dict_symbol *symbol = dict_symbol_get(r, avp->name.text);
    if (!symbol || symbol->own != avp)
        return;
    const bool v = dict_has_flag(avp, 'V');
    const uint64_t vendor = dict_own_vendor(r, symbol);
    const bool has_vendor = symbol->vendor || r->vendor || (symbol->group && symbol->group->extra.given);
    if (!v && symbol->vendor)
        dict_error(&r->issues, avp->name.at, "avp_has_vendor_id",
                   "AVP %.*s has no flag V, but a vendor is assigned to it at line %u", DICT_TEXT(avp->name.text),
                   symbol->vendor_name->item.at.line);
    else if (v && !has_vendor && !r->incomplete)
        dict_error(&r->issues, avp->name.at, "avp_has_no_vendor",
                   "AVP %.*s has flag V, but neither @avp_vendor_id nor @vendor gives a vendor",
                   DICT_TEXT(avp->name.text));
    else if (v && has_vendor && vendor == 0)
        dict_error(&r->issues, avp->name.at, "avp_has_zero_vendor",
                   "AVP %.*s has flag V and vendor 0 (RFC 6733, 4.1.1)", DICT_TEXT(avp->name.text));
    const dict_symbol *first = dict_table_put(&r->codes, number_key(r, avp->code.value, (uint32_t)vendor), symbol);
    if (first && first != symbol)
        dict_error(&r->issues, avp->name.at, "avp_code_already_defined",
                   "code %llu of AVP %.*s is already that of %.*s at line %u", (unsigned long long)avp->code.value,
                   DICT_TEXT(avp->name.text), DICT_TEXT(first->name), first->own->item.at.line);
}

/* ---- Lists of names ---- */

static void already(dict_reading *r, const ast_name *name, const char *where, const ast_name *first)
{
    dict_error(&r->issues, name->name.at, "avp_already_defined", "AVP %.*s is already in %s at line %u",
               DICT_TEXT(name->name.text), where, first->item.at.line);
}

static void check_vendor_name(dict_reading *r, const ast_section *section, const ast_name *name)
{
    dict_symbol *symbol = dict_symbol_put(r, name->name.text);
    if (!symbol)
        return;
    if (symbol->vendor) {
        already(r, name, "@avp_vendor_id", symbol->vendor_name);
        return;
    }
    symbol->vendor = section;
    symbol->vendor_name = name;
}

static void check_codec_name(dict_reading *r, const ast_section *section, const ast_name *name)
{
    dict_symbol *symbol = dict_symbol_put(r, name->name.text);
    if (!symbol)
        return;
    if (symbol->codec) {
        already(r, name, "@custom_types or @codecs", symbol->codec);
        return;
    }
    symbol->codec = name;
    symbol->codecs = section;
}

static void check_inherited_name(dict_reading *r, const ast_name *name)
{
    dict_symbol *symbol = dict_symbol_put(r, name->name.text);
    if (!symbol)
        return;
    if (symbol->own)
        dict_error(&r->issues, name->name.at, "inherited_avp_already_defined",
                   "AVP %.*s is inherited here, but defined in @avp_types at line %u", DICT_TEXT(name->name.text),
                   symbol->own->item.at.line);
    if (symbol->requested)
        already(r, name, "@inherits", symbol->requested);
    else
        symbol->requested = name;
}

/* ---- Bodies ---- */

static void check_qualifier(dict_reading *r, const ast_ref *ref)
{
    const dict_number *min = &ref->min, *max = &ref->max;
    if (ref->bracket == '{' && min->given && min->value == 0)
        dict_error(&r->issues, min->at, "required_avp_has_zero_min_arity", "required AVP %.*s has minimum 0",
                   DICT_TEXT(ref->name.text));
    else if (ref->bracket == '{' && max->given && max->value == 0)
        dict_error(&r->issues, max->at, "required_avp_has_zero_max_arity", "required AVP %.*s has maximum 0",
                   DICT_TEXT(ref->name.text));
    else if (ref->bracket == '[' && min->given && min->value > 0)
        dict_error(&r->issues, min->at, "optional_avp_has_nonzero_min_arity", "optional AVP %.*s has a minimum above 0",
                   DICT_TEXT(ref->name.text));
    else if (min->given && max->given && min->value > max->value)
        dict_error(&r->issues, min->at, "qualifier_has_min_greater_than_max",
                   "the qualifier of AVP %.*s has a minimum above its maximum", DICT_TEXT(ref->name.text));
}

/* Fixed, required, optional, and fixed again: the last of these that the body has reached. */
static const char order[] = "<{[<";

static void check_refs(dict_reading *r, const ast_body *body)
{
    const char *at = order;
    bool any = false;
    for (AST_EACH(ast_ref, ref, body->refs)) {
        const char *next = strchr(at, ref->bracket);
        if (next)
            at = next;
        else
            dict_error(&r->issues, ref->name.at, "invalid_avp_order",
                       "AVP %.*s breaks the order fixed, required, optional", DICT_TEXT(ref->name.text));
        check_qualifier(r, ref);
        dict_symbol *symbol = ref->any ? NULL : dict_symbol_put(r, ref->name.text);
        if (ref->any ? any : symbol && symbol->seen == body)
            dict_error(&r->issues, ref->name.at, "avp_already_referenced", "AVP %.*s is already in %.*s",
                       DICT_TEXT(ref->name.text), DICT_TEXT(body->name.text));
        any = any || ref->any;
        if (symbol)
            symbol->seen = body;
    }
}

static void check_group(dict_reading *r, const ast_body *group)
{
    dict_symbol *symbol = dict_symbol_put(r, group->name.text);
    if (!symbol)
        return;
    const dia_bytes name = group->name.text;
    if (symbol->group)
        dict_error(&r->issues, group->name.at, "group_already_defined", "group %.*s is already defined at line %u",
                   DICT_TEXT(name), symbol->group->item.at.line);
    else
        symbol->group = group;
    check_u32(r, &group->code, "the code of group", name);
    check_u32(r, &group->extra, "the vendor of group", name);
    check_refs(r, group);

    const ast_avp *own = symbol->own;
    if (!own) {
        if (!r->incomplete)
            dict_error(&r->issues, group->name.at, "grouped_avp_not_defined", "group %.*s is not defined in @avp_types",
                       DICT_TEXT(name));
        return;
    }
    if (dict_type_of(own->type.text) != DIA_TYPE_GROUPED)
        dict_error(&r->issues, group->name.at, "grouped_avp_has_wrong_type", "AVP %.*s has type %.*s at line %u",
                   DICT_TEXT(name), DICT_TEXT(own->type.text), own->item.at.line);
    else if (own->code.value != group->code.value)
        dict_error(&r->issues, group->code.at, "grouped_avp_code_mismatch",
                   "group %.*s has code %llu, but @avp_types says %llu at line %u", DICT_TEXT(name),
                   (unsigned long long)group->code.value, (unsigned long long)own->code.value, own->item.at.line);
    if (!group->extra.given)
        return;
    if (!dict_has_flag(own, 'V'))
        dict_error(&r->issues, group->extra.at, "grouped_vendor_id_without_flag",
                   "group %.*s has a vendor, but its definition at line %u no flag V", DICT_TEXT(name),
                   own->item.at.line);
    else if (symbol->vendor && symbol->vendor->number.value != group->extra.value)
        dict_error(&r->issues, group->extra.at, "grouped_vendor_id_mismatch",
                   "group %.*s has another vendor than @avp_vendor_id at line %u", DICT_TEXT(name),
                   symbol->vendor_name->item.at.line);
}

static bool is_request(const ast_body *command)
{
    for (AST_EACH(ast_name, bit, command->bits))
        if (dia_bytes_equal(bit->name.text, dia_cstr("REQ")))
            return true;
    return false;
}

static void check_bits(dict_reading *r, const ast_body *command)
{
    static const char *const names[] = { "REQ", "PXY", "ERR" };
    const ast_name *seen[3] = { NULL };
    for (AST_EACH(ast_name, bit, command->bits)) {
        size_t i = 0;
        while (!dia_bytes_equal(bit->name.text, dia_cstr(names[i])))
            i++;
        if (seen[i])
            dict_error(&r->issues, bit->name.at, "message_has_duplicate_flag", "message %.*s has the flag %s twice",
                       DICT_TEXT(command->name.text), names[i]);
        seen[i] = bit;
    }
    if (seen[0] && seen[2])
        dict_error(&r->issues, seen[2]->name.at, "request_has_error_flag", "request %.*s has the flag ERR",
                   DICT_TEXT(command->name.text));
}

static void check_command(dict_reading *r, const ast_body *command)
{
    const dia_bytes name = command->name.text;
    const ast_body *first = dict_table_put(&r->commands, name, (void *)(uintptr_t)command);
    if (first && first != command)
        dict_error(&r->issues, command->name.at, "message_name_already_defined",
                   "message %.*s is already defined at line %u", DICT_TEXT(name), first->item.at.line);
    check_refs(r, command);
    check_bits(r, command);
    const bool request = is_request(command);
    if (command->answer_message)
        return;
    if (check_u32(r, &command->code, "the command code of", name) && command->code.value >= 1 << 24)
        dict_error(&r->issues, command->code.at, "command_code_out_of_range",
                   "the command code of %.*s has more than 24 bits", DICT_TEXT(name));
    if (command->extra.given && r->id && command->extra.value != r->id->number.value)
        dict_error(&r->issues, command->extra.at, "message_application_id_mismatch",
                   "message %.*s has another application than @id at line %u", DICT_TEXT(name), r->id->item.at.line);
    first = dict_table_put(&r->command_codes, number_key(r, command->code.value, request), (void *)(uintptr_t)command);
    if (first && first != command)
        dict_error(&r->issues, command->name.at, "message_code_already_defined",
                   "%s with code %llu is already defined at line %u", request ? "a request" : "an answer",
                   (unsigned long long)command->code.value, first->item.at.line);
}

/* For every code there must be a request and an answer. */
static void check_pair(dict_reading *r, const ast_body *command)
{
    if (command->answer_message)
        return;
    const bool request = is_request(command);
    if (!dict_table_get(&r->command_codes, number_key(r, command->code.value, !request)))
        dict_error(&r->issues, command->name.at, "message_missing", "%s %.*s has no %s", request ? "request" : "answer",
                   DICT_TEXT(command->name.text), request ? "answer" : "request");
}

/* ---- @enum, @define ---- */

static void check_values(dict_reading *r, const ast_section *section)
{
    dict_symbol *symbol = dict_symbol_put(r, section->word.text);
    if (!symbol)
        return;
    if (section->section == SECTION_DEFINE) {
        if (symbol->define)
            dict_error(&r->issues, section->item.at, "already_declared", "section @define %.*s is already at line %u",
                       DICT_TEXT(section->word.text), symbol->define->item.at.line);
        symbol->define = section;
    }
    dict_values *values = dia_arena_get0(r->arena, sizeof *values);
    if (!values)
        return;
    values->section = section;
    if (symbol->values)
        *symbol->last_values = values;
    else
        symbol->values = values;
    symbol->last_values = &values->next;
    for (AST_EACH(ast_value, value, section->list)) {
        check_u32(r, &value->value, "the value", value->name.text);
        uint8_t key[2 * DICT_NAME_MAX + 1];
        const dia_bytes a = symbol->name, b = value->name.text;
        if (a.n > DICT_NAME_MAX || b.n > DICT_NAME_MAX)
            continue;
        /* A line end stands in no name. */
        memcpy(key, a.p, a.n);
        key[a.n] = '\n';
        memcpy(key + a.n + 1, b.p, b.n);
        const dia_bytes both = dia_arena_copy(r->arena, (dia_bytes){ key, a.n + 1 + b.n });
        const ast_value *first = both.p ? dict_table_put(&r->values, both, (void *)(uintptr_t)value) : NULL;
        if (first && first != value)
            dict_error(&r->issues, value->name.at, "key_already_defined",
                       "the value %.*s of %.*s is already defined at line %u", DICT_TEXT(b), DICT_TEXT(a),
                       first->item.at.line);
    }
}

/* ---- Annotations where none is expected ---- */

static void check_notes(dict_reading *r)
{
    for (const ast_item *item = r->ast->first; item; item = item->later) {
        const dict_section section = item->kind == AST_SECTION ? ((const ast_section *)item)->section : SECTIONS;
        const bool fits =
            item->kind == AST_AVP || item->kind == AST_BODY || section == SECTION_ID || section == SECTION_NAME;
        if (item->trail && ast_comment_is_note(item->trail) && !fits)
            dict_warning(&r->issues, item->trail->at, "stray_annotation", "nothing here takes an annotation");
        for (const ast_comment *c = item->lead.first; c; c = c->next)
            if (ast_comment_is_note(c))
                dict_warning(&r->issues, c->at, "stray_annotation", "an annotation stands behind a definition");
    }
}

/* ---- The whole ---- */

typedef void section_fn(dict_reading *r, const ast_section *section);

static void in_avp_types(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_avp, avp, section->list))
        check_avp(r, avp);
}

static void in_avp_vendor_id(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_name, name, section->list))
        check_vendor_name(r, section, name);
}

static void in_codecs(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_name, name, section->list))
        check_codec_name(r, section, name);
}

static void in_grouped(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_body, group, section->list))
        check_group(r, group);
}

static void in_messages(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_body, command, section->list))
        check_command(r, command);
    if (section->list.n > DICT_COMMANDS_MAX)
        dict_limit(&r->issues, section->item.at, "more than %d messages", DICT_COMMANDS_MAX);
}

static void in_avp_types_again(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_avp, avp, section->list))
        check_avp_vendor(r, avp);
}

static void in_messages_again(dict_reading *r, const ast_section *section)
{
    if (r->incomplete)
        return;
    for (AST_EACH(ast_body, command, section->list))
        check_pair(r, command);
}

/* The order matters: names before what refers to them. */
static const struct {
    dict_section section;
    section_fn *check;
} passes[] = {
    { SECTION_AVP_TYPES, in_avp_types },
    { SECTION_AVP_VENDOR_ID, in_avp_vendor_id },
    { SECTION_CUSTOM_TYPES, in_codecs },
    { SECTION_CODECS, in_codecs },
    { SECTION_GROUPED, in_grouped },
    { SECTION_MESSAGES, in_messages },
    { SECTION_ENUM, check_values },
    { SECTION_DEFINE, check_values },
    { SECTION_AVP_TYPES, in_avp_types_again },
    { SECTION_MESSAGES, in_messages_again },
};

void dict_check_file(dict_reading *r)
{
    r->symbols.arena = r->commands.arena = r->command_codes.arena = r->values.arena = r->codes.arena = r->arena;
    check_singles(r);
    for (size_t i = 0; i < sizeof passes / sizeof *passes && !r->arena->err; i++)
        for (AST_EACH(ast_section, section, r->ast->sections))
            if (section->section == passes[i].section)
                passes[i].check(r, section);
    for (const dict_inherit *it = r->inherits; it; it = it->next)
        for (const ast_name *name = it->names; name; name = (const ast_name *)name->item.next)
            check_inherited_name(r, name);
    if (!r->arena->err)
        check_notes(r);
}

/* The checks of a file together with what it inherits: every name that is used must mean something, no two AVPs may
 * share a code, no group may require itself. */
#include "dict/reading.h"

static bool is_defined(const dict_symbol *symbol)
{
    return symbol && (symbol->own || symbol->imported);
}

static void check_defined(dict_reading *r, const dict_word *name)
{
    if (!is_defined(dict_symbol_get(r, name->text)))
        dict_error(&r->issues, name->at, "avp_not_defined", "AVP %.*s is neither defined nor inherited",
                   DICT_TEXT(name->text));
}

static void check_refs(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_body, body, section->list))
        for (AST_EACH(ast_ref, ref, body->refs))
            if (!ref->any)
                check_defined(r, &ref->name);
}

static void check_list(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_name, name, section->list))
        check_defined(r, &name->name);
}

static void check_grouped(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_avp, avp, section->list)) {
        const dict_symbol *symbol = dict_symbol_get(r, avp->name.text);
        if (symbol && symbol->own == avp && !symbol->group && dict_type_of(avp->type.text) == DIA_TYPE_GROUPED)
            dict_error(&r->issues, avp->name.at, "grouped_avp_not_grouped",
                       "grouped AVP %.*s is not defined in @grouped", DICT_TEXT(avp->name.text));
    }
}

static void check_enum(dict_reading *r, const ast_section *section)
{
    const dict_symbol *symbol = dict_symbol_get(r, section->word.text);
    const dict_word *name = &section->word;
    if (!is_defined(symbol))
        dict_error(&r->issues, name->at, "enumerated_avp_not_defined", "AVP %.*s is neither defined nor inherited",
                   DICT_TEXT(name->text));
    else if (symbol->own && dict_type_of(symbol->own->type.text) != DIA_TYPE_ENUMERATED)
        dict_error(&r->issues, name->at, "enumerated_avp_has_wrong_local_type", "AVP %.*s has type %.*s at line %u",
                   DICT_TEXT(name->text), DICT_TEXT(symbol->own->type.text), symbol->own->item.at.line);
    else if (!symbol->own && symbol->imported->type != DIA_TYPE_ENUMERATED)
        dict_error(&r->issues, name->at, "enumerated_avp_has_wrong_inherited_type", "inherited AVP %.*s has type %s",
                   DICT_TEXT(name->text), dia_type_name((dia_type)symbol->imported->type));
}

/* Constants of an AVP that nobody knows have no place in the tables. */
static void check_define(dict_reading *r, const ast_section *section)
{
    if (!is_defined(dict_symbol_get(r, section->word.text)))
        dict_warning(&r->issues, section->word.at, "defined_avp_not_found",
                     "AVP %.*s is neither defined nor inherited: its values are left out",
                     DICT_TEXT(section->word.text));
}

/* The dictionary is good without the codec: its AVPs are then read as what they are declared to be. */
static void check_codec(dict_reading *r, const ast_section *section)
{
    check_list(r, section);
    if (!dict_codec_named(r->reader, section->word.text))
        dict_warning(&r->issues, section->item.at, "codec_ignored",
                     "there is no codec %.*s: values have their declared types", DICT_TEXT(section->word.text));
}

/* ---- Codes ---- */

/* A number as tables hold it: 12 octets that name one AVP on the wire. */
static dia_bytes key_of(dict_reading *r, uint32_t code, uint32_t vendor)
{
    uint8_t key[12];
    dia_store64(key, code);
    dia_store32(key + 8, vendor);
    return dia_arena_copy(r->arena, (dia_bytes){ key, sizeof key });
}

/* Whatever comes in by name and is not the file's own; the nearest one answers to the code. */
static void check_codes(dict_reading *r)
{
    for (dict_symbol *symbol = r->imports; symbol && !r->arena->err; symbol = symbol->next_import) {
        uint32_t vendor = symbol->imported->vendor;
        if (symbol->vendor && vendor)
            vendor = (uint32_t)symbol->vendor->number.value;
        const dict_symbol *first = dict_table_put(&r->codes, key_of(r, symbol->imported->code, vendor), symbol);
        if (!first || first == symbol)
            continue;
        if (first->own && symbol->imported_direct)
            dict_error(&r->issues, first->own->name.at, "avp_code_already_defined",
                       "code %u of AVP %.*s is already that of the inherited AVP %.*s",
                       (unsigned)symbol->imported->code, DICT_TEXT(first->name), DICT_TEXT(symbol->name));
        else if (!first->own && first->imported_direct && symbol->imported_direct)
            dict_warning(&r->issues, symbol->imported_at, "avp_code_already_defined",
                         "inherited AVPs %.*s and %.*s have the same code %u", DICT_TEXT(first->name),
                         DICT_TEXT(symbol->name), (unsigned)symbol->imported->code);
    }
}

static void check_zero_vendor(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_name, name, section->list)) {
        const dict_symbol *symbol = dict_symbol_get(r, name->name.text);
        if (symbol && symbol->imported && (symbol->imported->flags & DIA_AVP_V) && section->number.value == 0)
            dict_error(&r->issues, name->name.at, "avp_has_zero_vendor",
                       "AVP %.*s has flag V and vendor 0 (RFC 6733, 4.1.1)", DICT_TEXT(name->name.text));
    }
}

/* ---- Recursion ---- */

enum { UNSEEN, ON_PATH, DONE };

/* The next group that this one cannot do without, from the reference at path_ref on. */
static dict_symbol *next_required(dict_reading *r, dict_symbol *symbol)
{
    while (symbol->path_ref) {
        const ast_ref *ref = (const ast_ref *)symbol->path_ref;
        uint16_t min, max;
        ast_arity(ref, &min, &max);
        dict_symbol *next = min > 0 && !ref->any ? dict_symbol_get(r, ref->name.text) : NULL;
        if (next && next->own && next->group && next->path_state == ON_PATH)
            dict_error(&r->issues, ref->name.at, "recursive_group", "group %.*s requires itself, by way of %.*s",
                       DICT_TEXT(next->name), DICT_TEXT(symbol->name));
        symbol->path_ref = symbol->path_ref->next;
        if (next && next->own && next->group && next->path_state == UNSEEN)
            return next;
    }
    return NULL;
}

/* Depth first, with the path in the symbols: a chain of groups may be as long as the file. */
static void check_recursion(dict_reading *r, const ast_section *section)
{
    for (AST_EACH(ast_body, body, section->list)) {
        dict_symbol *path = dict_symbol_get(r, body->name.text);
        if (!path || path->path_state != UNSEEN || path->group != body)
            continue;
        path->path_state = ON_PATH;
        path->path_ref = body->refs.first;
        path->next_on_path = NULL;
        while (path) {
            dict_symbol *next = next_required(r, path);
            if (next) {
                next->path_state = ON_PATH;
                next->path_ref = next->group->refs.first;
                next->next_on_path = path;
                path = next;
            } else {
                path->path_state = DONE;
                path = path->next_on_path;
            }
        }
    }
}

/* ---- The whole ---- */

static const struct {
    dict_section section;
    void (*check)(dict_reading *r, const ast_section *section);
    bool about_absence; /* says nothing when parts of the file could not be read */
} passes[] = {
    { SECTION_MESSAGES, check_refs, true },      { SECTION_GROUPED, check_refs, true },
    { SECTION_AVP_VENDOR_ID, check_list, true }, { SECTION_AVP_VENDOR_ID, check_zero_vendor, false },
    { SECTION_CUSTOM_TYPES, check_codec, true }, { SECTION_CODECS, check_codec, true },
    { SECTION_AVP_TYPES, check_grouped, true },  { SECTION_ENUM, check_enum, true },
    { SECTION_DEFINE, check_define, true },      { SECTION_GROUPED, check_recursion, false },
};

void dict_check_names(dict_reading *r)
{
    for (size_t i = 0; i < sizeof passes / sizeof *passes && !r->arena->err; i++) {
        if (passes[i].about_absence && r->incomplete)
            continue;
        for (AST_EACH(ast_section, section, r->ast->sections))
            if (section->section == passes[i].section)
                passes[i].check(r, section);
    }
    check_codes(r);
}

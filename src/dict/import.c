/* What a file inherits: which definitions come in, and by which names.
 *
 * Definitions that the inherited file holds itself come in under OTP's rules, and clash with the file's own and with each
 * other. Those that it inherited in turn come in as well, but give way to nearer ones without a word: OTP does not see
 * them at all. The same definition by several routes is one, and its values add up. */
#include "dict/codec.h"
#include "dict/reading.h"

/* ---- The reader's options ---- */

static dict_inherit *append(dict_reading *r, dict_inherit ***tail, dict_inherit inherit)
{
    dict_inherit *it = dia_arena_get0(r->arena, sizeof *it);
    if (!it)
        return NULL;
    *it = inherit;
    it->next = NULL;
    **tail = it;
    *tail = &it->next;
    return it;
}

/* As OTP's compiler applies its option `inherits`: each to the result of those before it. Replacements hold for the files
 * that are inherited too, as OTP's are compiled with the same options; what is added or removed concerns the first. */
static void apply(dict_reading *r, dict_inherit ***tail, const char *option)
{
    const char *slash = strchr(option, '/');
    if (!slash && r->up)
        return;
    if (strcmp(option, "-") == 0) {
        r->inherits = NULL;
        *tail = &r->inherits;
        return;
    }
    if (!slash) {
        append(r, tail, (dict_inherit){ .module = dia_cstr(option) });
        return;
    }
    const dia_bytes from = { (const uint8_t *)option, (size_t)(slash - option) };
    for (dict_inherit *it = r->inherits; it; it = it->next)
        if (dia_bytes_equal(it->module, from))
            it->module = dia_cstr(slash + 1);
}

void dict_inherits(dict_reading *r)
{
    dict_inherit **tail = &r->inherits;
    size_t n = 0;
    for (AST_EACH(ast_section, section, r->ast->sections)) {
        if (section->section != SECTION_INHERITS)
            continue;
        if (++n > DICT_INHERITS_MAX) {
            dict_limit(&r->issues, section->item.at, "more than %d sections @inherits", DICT_INHERITS_MAX);
            break;
        }
        append(r, &tail,
               (dict_inherit){ .module = section->word.text,
                               .at = section->word.at,
                               .names = (const ast_name *)section->list.first });
    }
    for (const char *const *option = r->reader->inherits; option && *option; option++)
        apply(r, &tail, *option);
}

/* ---- Is it the same definition? ---- */

static bool same_group(const dia_grammar *a, const dia_grammar *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->n_fields != b->n_fields || a->any_min != b->any_min || a->any_max != b->any_max)
        return false;
    for (uint32_t i = 0; i < a->n_fields; i++) {
        const dia_field *x = &a->fields[i], *y = &b->fields[i];
        if (x->code != y->code || x->vendor != y->vendor || x->min != y->min || x->max != y->max ||
            x->place != y->place || x->type != y->type)
            return false;
    }
    return true;
}

static bool same(const dia_avp_def *a, const dia_avp_def *b)
{
    return a == b || (a->code == b->code && a->vendor == b->vendor && a->type == b->type && a->flags == b->flags &&
                      same_group(a->group, b->group) && dia_hook_equal(a->hook, b->hook));
}

static bool is_route(const dict_symbol *symbol, const dia_avp_def *avp)
{
    if (symbol->imported == avp)
        return true;
    for (const dict_route *it = symbol->routes; it; it = it->next)
        if (it->avp == avp)
            return true;
    return false;
}

static void add_route(dict_reading *r, dict_symbol *symbol, const dia_avp_def *avp)
{
    /* Without values it has nothing to add. */
    if (avp->n_values == 0 || is_route(symbol, avp))
        return;
    dict_route *route = dia_arena_get0(r->arena, sizeof *route);
    if (!route)
        return;
    *route = (dict_route){ symbol->routes, avp };
    symbol->routes = route;
}

/* ---- One definition ---- */

static void enlist(dict_reading *r, dict_symbol *symbol)
{
    if (r->last_import)
        r->last_import->next_import = symbol;
    else
        r->imports = symbol;
    r->last_import = symbol;
    if (++r->n_imports + r->n_own == DICT_AVPS_MAX + 1)
        dict_limit(&r->issues, symbol->imported_at, "more than %d AVPs", DICT_AVPS_MAX);
}

static void import(dict_reading *r, dict_symbol *symbol, const dia_avp_def *avp, dict_spot at, bool direct)
{
    if (symbol->imported && same(symbol->imported, avp)) {
        add_route(r, symbol, avp);
        symbol->imported_direct = symbol->imported_direct || direct;
        return;
    }
    if (symbol->imported && direct && symbol->imported_direct) {
        dict_error(&r->issues, at, "duplicate_import",
                   "AVP %.*s is already imported, in another definition, at line %u", DICT_TEXT(symbol->name),
                   symbol->imported_at.line);
        return;
    }
    if (symbol->imported && !direct)
        return;
    const bool replaces = symbol->imported != NULL;
    symbol->imported = avp;
    symbol->routes = NULL;
    symbol->imported_at = at;
    symbol->imported_direct = direct;
    if (!replaces)
        enlist(r, symbol);
}

static void import_all(dict_reading *r, const dict_inherit *inherit, const dia_dict *from)
{
    for (uint32_t i = 0; i < from->n_avps && !r->arena->err; i++) {
        const dia_avp_def *avp = from->avps[i];
        const bool direct = i < from->n_own;
        dict_symbol *symbol = dict_symbol_put(r, dia_cstr(avp->name));
        if (!symbol)
            return;
        if (!symbol->own)
            import(r, symbol, avp, inherit->at, direct);
        else if (direct && !symbol->requested)
            dict_error(&r->issues, inherit->at, "imported_avp_already_defined",
                       "AVP %.*s of %.*s is defined here as well, at line %u", DICT_TEXT(symbol->name),
                       DICT_TEXT(inherit->module), symbol->own->item.at.line);
    }
}

static void import_named(dict_reading *r, const dict_inherit *inherit, const dia_dict *from)
{
    for (const ast_name *name = inherit->names; name; name = (const ast_name *)name->item.next) {
        dict_symbol *symbol = dict_symbol_get(r, name->name.text);
        const dia_avp_def *avp = dia_dict_avp_named(from, name->name.text);
        if (!avp)
            dict_error(&r->issues, name->name.at, "requested_avp_not_found", "%.*s does not define AVP %.*s",
                       DICT_TEXT(inherit->module), DICT_TEXT(name->name.text));
        else if (symbol && !symbol->own)
            import(r, symbol, avp, name->name.at, true);
    }
}

int dict_import(dict_reading *r)
{
    for (const dict_inherit *it = r->inherits; it && !r->arena->err; it = it->next) {
        const dia_dict *from = dict_load(r, it->module, it->at);
        if (!from)
            continue;
        if (it->names)
            import_named(r, it, from);
        else
            import_all(r, it, from);
    }
    return r->arena->err;
}

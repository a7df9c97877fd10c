/* Annotations become members of the tables. What means nothing is a warning: the file is good without it. */
#include "dict/reading.h"

const char *dict_string(dict_reading *r, dia_bytes text)
{
    char *s = text.p ? dia_arena_get(&r->loaded->arena, text.n + 1) : NULL;
    if (!s)
        return NULL;
    memcpy(s, text.p, text.n);
    s[text.n] = 0;
    return s;
}

static bool equals(dia_bytes text, const char *s)
{
    return dia_bytes_equal(text, dia_cstr(s));
}

static void unknown_note(dict_reading *r, const ast_note *note)
{
    dict_warning(&r->issues, note->spot, "unknown_annotation", "the annotation %.*s means nothing here",
                 DICT_TEXT(note->key));
}

static void bad_note(dict_reading *r, const ast_note *note, const char *want)
{
    dict_warning(&r->issues, note->spot, "bad_annotation", "%.*s must be %s", DICT_TEXT(note->key), want);
}

static void note_text(dict_reading *r, const ast_note *note, const char **out)
{
    if (note->value.n == 0)
        bad_note(r, note, "followed by =text");
    else
        *out = dict_string(r, note->value);
}

static void note_m_rule(dict_reading *r, const ast_note *note, uint8_t *out)
{
    if (equals(note->value, "must"))
        *out = DIA_M_MUST;
    else if (equals(note->value, "may"))
        *out = DIA_M_MAY;
    else if (equals(note->value, "must-not"))
        *out = DIA_M_MUST_NOT;
    else
        bad_note(r, note, "must, may or must-not");
}

static void note_kind(dict_reading *r, const ast_note *note, uint8_t *out)
{
    if (equals(note->value, "auth"))
        *out = DIA_APP_AUTH;
    else if (equals(note->value, "acct"))
        *out = DIA_APP_ACCT;
    else if (equals(note->value, "both"))
        *out = DIA_APP_BOTH;
    else
        bad_note(r, note, "auth, acct or both");
}

static void note_number(dict_reading *r, const ast_note *note, uint32_t *out)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < note->value.n && dia_is_digit(note->value.p[i]) && n <= UINT32_MAX; i++)
        n = 10 * n + (uint64_t)(note->value.p[i] - '0');
    if (i == 0 || i < note->value.n || n > UINT32_MAX)
        bad_note(r, note, "a number of 32 bits");
    else
        *out = (uint32_t)n;
}

/* "a,b" as an array that ends in NULL. */
static void note_aliases(dict_reading *r, const ast_note *note, const char *const **out)
{
    if (note->value.n == 0) {
        bad_note(r, note, "a list of names");
        return;
    }
    size_t n = 1;
    for (size_t i = 0; i < note->value.n; i++)
        n += note->value.p[i] == ',';
    const char **aliases = dia_arena_get0(&r->loaded->arena, (n + 1) * sizeof *aliases);
    if (!aliases)
        return;
    const uint8_t *p = note->value.p, *end = p + note->value.n;
    size_t k = 0;
    while (p < end) {
        const uint8_t *comma = memchr(p, ',', (size_t)(end - p));
        const uint8_t *stop = comma ? comma : end;
        if (stop > p)
            aliases[k++] = dict_string(r, (dia_bytes){ p, (size_t)(stop - p) });
        p = stop + (comma != NULL);
    }
    if (k)
        *out = aliases;
    else
        bad_note(r, note, "a list of names");
}

/* A name comes before an alias: one that is both finds the other AVP. */
static void check_aliases(dict_reading *r, const ast_note *note, const dia_avp_def *avp)
{
    for (const char *const *alias = avp->aliases; alias && *alias; alias++) {
        const dict_symbol *symbol = dict_symbol_get(r, dia_cstr(*alias));
        if (symbol && (symbol->own || symbol->imported))
            dict_warning(&r->issues, note->spot, "alias_is_a_name", "the alias %s of %s is the name of an AVP", *alias,
                         avp->name);
    }
}

void dict_annotate_avp(dict_reading *r, const ast_item *item, dia_avp_def *avp)
{
    ast_note note = ast_note_of(item);
    while (ast_note_next(&note)) {
        if (equals(note.key, "m"))
            note_m_rule(r, &note, &avp->m_rule);
        else if (equals(note.key, "sec"))
            note_text(r, &note, &avp->section);
        else if (equals(note.key, "doc"))
            note_text(r, &note, &avp->document);
        else if (equals(note.key, "alias")) {
            note_aliases(r, &note, &avp->aliases);
            check_aliases(r, &note, avp);
        } else
            unknown_note(r, &note);
    }
}

void dict_annotate_command(dict_reading *r, const ast_item *item, dia_command *command)
{
    ast_note note = ast_note_of(item);
    while (ast_note_next(&note)) {
        if (equals(note.key, "name"))
            note_text(r, &note, &command->long_name);
        else if (equals(note.key, "sec"))
            note_text(r, &note, &command->section);
        else if (equals(note.key, "doc"))
            note_text(r, &note, &command->document);
        else if (equals(note.key, "alias"))
            note_aliases(r, &note, &command->aliases);
        else
            unknown_note(r, &note);
    }
}

void dict_annotate_group(dict_reading *r, const ast_item *item)
{
    ast_note note = ast_note_of(item);
    while (ast_note_next(&note))
        if (!equals(note.key, "sec"))
            unknown_note(r, &note);
}

void dict_annotate_id(dict_reading *r, const ast_item *item, dia_dict *dict)
{
    ast_note note = ast_note_of(item);
    while (ast_note_next(&note)) {
        if (equals(note.key, "name"))
            note_text(r, &note, &dict->app_name);
        else if (equals(note.key, "kind"))
            note_kind(r, &note, &dict->app_kind);
        else if (equals(note.key, "vendor"))
            note_number(r, &note, &dict->app_vendor);
        else
            unknown_note(r, &note);
    }
}

void dict_annotate_name(dict_reading *r, const ast_item *item, dia_dict *dict, const char **document)
{
    ast_note note = ast_note_of(item);
    while (ast_note_next(&note)) {
        if (equals(note.key, "stem"))
            note_text(r, &note, &dict->stem);
        else if (equals(note.key, "doc"))
            note_text(r, &note, document);
        else if (equals(note.key, "alias"))
            note_aliases(r, &note, &dict->aliases);
        else
            unknown_note(r, &note);
    }
}

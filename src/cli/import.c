/* What is imported, while it is read: definitions, each found by its name and by its code. */
#include "import.h"

#include "memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Notes ---- */

static void add_note(import *im, import_notes *to, const char *text)
{
    import_note *note = cli_get(im->arena, sizeof *note);
    note->text = text;
    *(to->last ? &to->last->next : &to->first) = note;
    to->last = note;
}

/* In one line: a comment ends with it. */
static const char *text_of(import *im, const char *format, va_list args)
{
    char text[400];
    vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    const size_t n = strlen(text) + 1;
    return memcpy(cli_get(im->arena, n), text, n);
}

const char *import_text(import *im, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = text_of(im, format, args);
    va_end(args);
    return text;
}

void import_note_to(import *im, import_notes *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_note(im, to, text_of(im, format, args));
    va_end(args);
}

void import_warn(import *im, import_notes *to, const xml_element *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = text_of(im, format, args);
    va_end(args);
    im->report(im->arg, at->file, at->line, format, text);
    if (to)
        add_note(im, to, text);
}

void import_fail(import *im, const xml_element *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!im->bad)
        im->report(im->arg, at->file, at->line, NULL, text_of(im, format, args));
    va_end(args);
    im->bad = true;
}

void import_stranger(import *im, const xml_element *e)
{
    import_warn(im, NULL, e, "<%.100s> means nothing here: left out", e->name);
}

/* ---- Words and numbers ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum { WORD_MAX = 160 };

const char *import_word(import *im, const char *text, char joiner)
{
    char *word = cli_get(im->arena, WORD_MAX + 2);
    size_t n = 0;
    for (; *text && n < WORD_MAX; text++) {
        const bool inner = is_letter(*text) || is_digit(*text) || *text == '-' || *text == '_';
        if (inner && (n || is_letter(*text) || is_digit(*text)))
            word[n++] = *text;
        else if (!inner && n && word[n - 1] != joiner)
            word[n++] = joiner;
    }
    while (n && !is_letter(word[n - 1]) && !is_digit(word[n - 1]))
        n--;
    if (n == 0)
        word[n++] = 'X';
    word[n] = 0;
    return word;
}

bool import_number(const xml_element *e, const char *attribute, uint32_t *out)
{
    const char *text = xml_attribute(e, attribute);
    char *end;
    if (!text)
        return false;
    errno = 0;
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const long long n = strtoll(text, &end, hex ? 16 : 10);
    while (*end == ' ')
        end++;
    if (errno || end == text || *end || n < INT32_MIN || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

bool import_is_type(const char *name)
{
    for (int i = 0; i < DIA_TYPES; i++)
        if (strcmp(dia_type_name((dia_type)i), name) == 0)
            return true;
    return false;
}

/* ---- Tables ---- */

static size_t bucket_of_name(const char *name)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3U;
    return (size_t)(h ^ h >> 32) % IMPORT_BUCKETS;
}

static size_t bucket_of_code(uint32_t code, uint32_t vendor)
{
    return (code * 2654435761U ^ vendor * 40503U) % IMPORT_BUCKETS;
}

import_avp *import_first_named(const import *im, const char *source)
{
    return im->by_name[bucket_of_name(source)];
}

import_avp *import_first_coded(const import *im, uint32_t code, uint32_t vendor)
{
    return im->by_code[bucket_of_code(code, vendor)];
}

import_avp *import_root(import_avp *avp)
{
    while (avp->same)
        avp = avp->same;
    return avp;
}

const dia_avp_def *import_built_in(const import *im, uint32_t code, uint32_t vendor, const dia_dict **dict)
{
    for (size_t i = 0; i < im->built_in->n; i++) {
        const dia_dict *d = im->built_in->v[i];
        const dia_avp_def *def = dia_dict_avp(d, code, vendor);
        for (uint32_t k = 0; def && k < d->n_own; k++)
            if (d->avps[k] == def) {
                if (dict)
                    *dict = d;
                return def;
            }
    }
    return NULL;
}

/* ---- Definitions ---- */

import_application *import_application_of(import *im, const xml_element *at, uint32_t id)
{
    for (import_application *app = im->applications; app; app = app->next)
        if (app->id == id)
            return app;
    if (im->n_applications++ == IMPORT_FILES_MAX)
        import_fail(im, at, "more than %d applications", IMPORT_FILES_MAX);
    import_application *app = cli_get(im->arena, sizeof *app);
    app->at = at;
    app->id = id;
    *(im->last_application ? &im->last_application->next : &im->applications) = app;
    im->last_application = app;
    return app;
}

import_avp *import_add_avp(import *im, const xml_element *at, const char *name, uint32_t code, uint32_t vendor)
{
    if (im->n_avps++ == IMPORT_AVPS_MAX)
        import_fail(im, at, "more than %d AVPs", IMPORT_AVPS_MAX);
    if (im->bad)
        return NULL;
    import_avp *avp = cli_get(im->arena, sizeof *avp);
    avp->at = at;
    avp->source = name;
    avp->name = import_word(im, name, '-');
    avp->code = code;
    avp->vendor = vendor;
    avp->type = "OctetString";
    if (strcmp(avp->name, name) != 0)
        import_note_to(im, &avp->notes, "%s is called '%s' in the source", avp->name, name);
    *(im->last_avp ? &im->last_avp->next : &im->avps) = avp;
    im->last_avp = avp;
    import_avp **named = &im->by_name[bucket_of_name(name)], **coded = &im->by_code[bucket_of_code(code, vendor)];
    while (*named)
        named = &(*named)->next_name;
    while (*coded)
        coded = &(*coded)->next_code;
    *named = *coded = avp;
    return avp;
}

static bool says_same(const import_value *v, const char *name, uint32_t value)
{
    return v->value == value || strcmp(v->name, name) == 0;
}

void import_add_value(import *im, import_avp *avp, const xml_element *at, const char *name, uint32_t value)
{
    enum { VALUES_MAX = 4000 };
    size_t n = 0;
    const char *word = import_word(im, name, '_');
    for (const import_value *v = avp->values; v; v = v->next, n++) {
        if (!says_same(v, word, value))
            continue;
        if (v->value == value && strcmp(v->name, word) != 0) {
            import_warn(im, &avp->notes, at, "%s: %u is %s already: %s is left out", avp->name, (unsigned)value,
                        v->name, word);
            return;
        }
        if (v->value == value)
            return;
        /* A name that would be cut would be the same again. */
        const char *other = import_text(im, "%s_%u", word, (unsigned)value);
        if (strlen(other) > WORD_MAX) {
            import_warn(im, &avp->notes, at, "%s: %s is %u already: %u is left out", avp->name, word,
                        (unsigned)v->value, (unsigned)value);
            return;
        }
        import_warn(im, &avp->notes, at, "%s: %s is %u already: this one is called %s", avp->name, word,
                    (unsigned)v->value, other);
        import_add_value(im, avp, at, other, value);
        return;
    }
    if (n == VALUES_MAX) {
        import_warn(im, &avp->notes, at, "%s: more than %d values: %s is left out", avp->name, VALUES_MAX, word);
        return;
    }
    import_value *v = cli_get(im->arena, sizeof *v);
    *v = (import_value){ .name = word, .value = value };
    *(avp->last_value ? &avp->last_value->next : &avp->values) = v;
    avp->last_value = v;
}

import_rule *import_add_rule(import *im, import_body *body, const xml_element *at, const char *name)
{
    if (body->n++ >= IMPORT_RULES_MAX) {
        import_warn(im, &body->notes, at, "%s is left out: more than %d AVPs", name ? name : "AVP", IMPORT_RULES_MAX);
        return NULL;
    }
    import_rule *r = cli_get(im->arena, sizeof *r);
    r->at = at;
    r->name = name;
    *(body->last ? &body->last->next : &body->first) = r;
    body->last = r;
    return r;
}

import_command *import_add_command(import *im, import_application *app, const xml_element *at, uint32_t code)
{
    enum { CODE_MAX = (1 << 24) - 1 };
    if (code > CODE_MAX) {
        import_warn(im, NULL, at, "the command code %u does not fit in 24 bits: left out", (unsigned)code);
        return NULL;
    }
    for (const import_command *c = app->commands; c; c = c->next)
        if (c->code == code) {
            import_warn(im, NULL, at, "the command %u of the application %u is defined already (line %lu): left out",
                        (unsigned)code, (unsigned)app->id, c->at->line);
            return NULL;
        }
    if (im->n_commands++ == IMPORT_COMMANDS_MAX)
        import_fail(im, at, "more than %d commands", IMPORT_COMMANDS_MAX);
    if (im->bad)
        return NULL;
    import_command *c = cli_get(im->arena, sizeof *c);
    c->at = at;
    c->code = code;
    *(app->last_command ? &app->last_command->next : &app->commands) = c;
    app->last_command = c;
    app->n_commands++;
    return c;
}

/* What is imported as text of the dictionary language. Notes stand as comments behind what they are about. */
#include "import.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct text {
    dia_write_fn *write;
    void *arg;
    int err;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *t, const char *format, ...)
{
    char line[1200];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!t->err && n > 0)
        t->err = t->write(t->arg, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void put_notes(text *t, const import_notes *notes, const char *indent)
{
    for (const import_note *note = notes->first; note; note = note->next)
        put(t, "%s; %s\n", indent, note->text);
}

/* A word in quotes where it would be something else without. */
static const char *word(const char *name, char to[260])
{
    static const char *const reserved[] = { "answer-message",  "code",   "AVP", "AVP-Header", "Diameter",
                                            "Diameter-Header", "Header", "REQ", "PXY",        "ERR" };
    bool quote =
        strspn(name, "0123456789") == strlen(name) || ((name[0] == '0' && (name[1] == 'x' || name[1] == 'X')) &&
                                                       strspn(name + 2, "0123456789abcdefABCDEF") == strlen(name + 2));
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        quote |= strcmp(name, reserved[i]) == 0;
    snprintf(to, 260, quote ? "'%s'" : "%s", name);
    return to;
}

/* ---- Inheriting ---- */

static bool is_base(const dia_dict *dict)
{
    return strcmp(dict->name, "rfc6733") == 0;
}

/* Where an inherited AVP stands. The base protocol has a name that Erlang/OTP knows as well. */
static const char *home_of(const import_avp *avp)
{
    if (!avp->built_in)
        return avp->file->name;
    return is_base(avp->built_in) ? "diameter_gen_base_rfc6733" : avp->built_in->name;
}

static void put_inherits(text *t, const import_file *f)
{
    char name[260];
    for (size_t i = 0; i < f->n_inherited; i++) {
        const char *home = home_of(f->inherited[i]);
        bool said = false;
        for (size_t k = 0; k < i && !said; k++)
            said = strcmp(home_of(f->inherited[k]), home) == 0;
        if (said)
            continue;
        put(t, "\n@inherits %s\n", word(home, name));
        const import_file *file = f->inherited[i]->built_in ? NULL : f->inherited[i]->file;
        if (file && f->whole && f->whole[file->rank])
            continue;
        for (size_t k = i; k < f->n_inherited; k++)
            if (strcmp(home_of(f->inherited[k]), home) == 0)
                put(t, "    %s\n", word(f->inherited[k]->name, name));
    }
}

/* ---- AVPs ---- */

static void put_avps(text *t, const import_file *f)
{
    int width = 0;
    char name[260];
    for (size_t i = 0; i < f->n; i++) {
        const int n = (int)strlen(word(f->avps[i]->name, name));
        width = n > width && n <= 60 ? n : width;
    }
    if (f->n)
        put(t, "\n@avp_types\n\n");
    for (size_t i = 0; i < f->n; i++) {
        const import_avp *a = f->avps[i];
        char flags[4] = "";
        strcat(flags, a->vendor ? "V" : "");
        strcat(flags, a->m ? "M" : "");
        strcat(flags, a->p ? "P" : "");
        put(t, "    %-*s  %10" PRIu32 "  %-16s  %s", width, word(a->name, name), a->code, a->type,
            *flags ? flags : "-");
        if (a->m_rule)
            put(t, "%*s;! m=%s", (int)(4 - (*flags ? strlen(flags) : 1)), "", a->m_rule);
        put(t, "\n");
        put_notes(t, &a->notes, "    ");
    }
}

/* The vendor that an AVP has in this file when nothing more is said: an inherited one has that of the file where it
 * stands, whatever else that file says about it. */
static uint32_t vendor_without_words(const import_file *f, const import_avp *avp)
{
    if (avp->built_in)
        return avp->vendor;
    const import_file *home = avp->file == f ? f : avp->file;
    return home->vendor_name ? home->vendor : 0;
}

static void put_vendor(text *t, const import_file *f, import_avp *const *avps, size_t n)
{
    char name[260];
    for (size_t i = 0; i < n; i++) {
        const import_avp *a = avps[i];
        bool said = !a->vendor || vendor_without_words(f, a) == a->vendor;
        for (size_t k = 0; k < i && !said; k++)
            said = avps[k]->vendor == a->vendor && vendor_without_words(f, avps[k]) != a->vendor;
        if (said)
            continue;
        put(t, "\n@avp_vendor_id %" PRIu32 "\n", a->vendor);
        for (size_t k = i; k < n; k++)
            if (avps[k]->vendor == a->vendor && vendor_without_words(f, avps[k]) != a->vendor)
                put(t, "    %s\n", word(avps[k]->name, name));
    }
}

/* ---- Bodies ---- */

static void put_rule(text *t, const import_rule *r)
{
    char name[260], arity[32] = "";
    const bool required = r->required && r->min > 0;
    const char *brackets = r->fixed ? "<>" : required ? "{}" : "[]";
    if (r->max == IMPORT_MANY)
        snprintf(arity, sizeof arity, required ? "%" PRIu32 "*" : "*", r->min);
    else if (r->max != 1 || (required && r->min != 1))
        snprintf(arity, sizeof arity, "%" PRIu32 "*%" PRIu32, required ? r->min : 0, r->max);
    put(t, "      %4s %c %s %c\n", arity, brackets[0], r->name ? word(r->avp->name, name) : "AVP", brackets[1]);
}

enum { FIXED, REQUIRED, OPTIONAL, ANY, KINDS };

static int kind_of(const import_rule *r)
{
    if (!r->name)
        return ANY;
    return r->fixed ? FIXED : r->required && r->min > 0 ? REQUIRED : OPTIONAL;
}

/* In the language fixed AVPs stand in front of required ones, and these in front of optional ones. */
static void put_body(text *t, const import_body *body)
{
    bool any = false, any_required = false;
    for (const import_rule *r = body->first; r; r = r->next) {
        any |= !r->name && !r->left_out;
        any_required |= !r->name && !r->left_out && r->required && r->min > 0;
    }
    for (int kind = FIXED; kind < KINDS; kind++) {
        for (const import_rule *r = body->first; r; r = r->next)
            if (kind_of(r) == kind && !r->left_out && !(kind == ANY && any_required))
                put_rule(t, r);
        if (kind == REQUIRED && any_required)
            put(t, "         * { AVP }\n");
    }
    if (!any)
        put(t, "         * [ AVP ]\n");
    put_notes(t, &body->notes, "        ");
}

static void put_groups(text *t, const import_file *f)
{
    bool said = false;
    char name[260];
    for (size_t i = 0; i < f->n; i++) {
        const import_avp *a = f->avps[i];
        if (strcmp(a->type, "Grouped") != 0)
            continue;
        put(t, "%s\n    %s ::= < AVP Header: %" PRIu32 " >\n", said ? "" : "\n@grouped\n", word(a->name, name),
            a->code);
        put_body(t, &a->body);
        said = true;
    }
}

/* RFC 6733, 5: the messages of a connection are never proxied. */
static bool is_of_the_connection(const import_application *app, uint32_t code)
{
    enum { CER = 257, DWR = 280, DPR = 282 };
    return app->id == 0 && (code == CER || code == DWR || code == DPR);
}

static void put_commands(text *t, const import_application *app)
{
    char name[260];
    if (app->commands)
        put(t, "\n@messages\n");
    for (const import_command *c = app->commands; c; c = c->next)
        for (int i = 0; i < 2; i++) {
            const char *own = i ? c->answer : c->request, *whole = i ? c->long_answer : c->long_request;
            put(t, "\n    %s ::= < Diameter Header: %" PRIu32 "%s%s >", word(own, name), c->code, i ? "" : ", REQ",
                is_of_the_connection(app, c->code) ? "" : ", PXY");
            if (whole && strcmp(whole, own) != 0)
                put(t, "  ;! name=%s", whole);
            put(t, "\n");
            put_body(t, &c->bodies[i]);
            if (i)
                put_notes(t, &c->notes, "        ");
        }
}

/* ---- Values ---- */

static void put_values(text *t, const import_file *f, bool enumerated)
{
    char name[260];
    for (size_t i = 0; i < f->n; i++) {
        const import_avp *a = f->avps[i];
        if (!a->values || (strcmp(a->type, "Enumerated") == 0) != enumerated)
            continue;
        put(t, "\n@%s %s\n\n", enumerated ? "enum" : "define", word(a->name, name));
        for (const import_value *v = a->values; v; v = v->next)
            put(t, "    %-40s %10" PRIu32 "\n", word(v->name, name), v->value);
    }
}

/* ---- The whole ---- */

bool import_is_empty(const import_file *f)
{
    return f->n == 0 && (!f->application || !f->application->commands) && !f->notes.first;
}

/* In an annotation a text stands in quotes. */
static const char *quoted(const char *in, char to[200])
{
    size_t n = 0;
    for (; *in && n < 190; in++)
        to[n++] = (unsigned char)*in < ' ' || *in == 0x7f ? ' ' : *in == '"' ? '\'' : *in;
    to[n] = 0;
    return to;
}

static void put_head(text *t, const import *im, const import_file *f)
{
    char name[260], title[200];
    const import_application *app = f->application;
    put(t, "; %s.dia: %s\n; Made of %s by 'diatom dict import'.\n", f->name, f->about, quoted(im->origin, title));
    put(t, ";\n; The language has no word for may-encrypt%s: that is not here.\n",
        im->wireshark ? ", constrained and uri" : "");
    put(t, im->wireshark
               ? "; The source has neither arities of members nor grammars of commands: any number is taken.\n"
               : "; A command or group of the source that does not say so may have other AVPs, too: * [ AVP ].\n");
    put_notes(t, &f->notes, "");
    put(t, "\n");
    if (app) {
        put(t, "@id     %" PRIu32 "  ;!", app->id);
        if (app->name)
            put(t, " name=\"%s\"", quoted(app->name, title));
        put(t, " kind=%s vendor=%" PRIu32 "\n", app->kind ? app->kind : "auth", app->vendor);
    }
    put(t, "@name   %s\n", word(f->name, name));
    if (f->vendor_name)
        put(t, "@vendor %" PRIu32 " %s\n", f->vendor, word(f->vendor_name, name));
}

int import_write(const import *im, const import_file *f, dia_write_fn *write, void *arg)
{
    text t = { .write = write, .arg = arg };
    put_head(&t, im, f);
    put_inherits(&t, f);
    put_avps(&t, f);
    put_vendor(&t, f, f->avps, f->n);
    put_vendor(&t, f, f->inherited, f->n_inherited);
    if (f->application)
        put_commands(&t, f->application);
    put_groups(&t, f);
    put_values(&t, f, true);
    put_values(&t, f, false);
    return t.err;
}

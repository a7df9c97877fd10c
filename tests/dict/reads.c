/* Reading dictionaries in tests. */
#include "reads.h"

#include "harness.h"

#include <stdlib.h>

static int open_source(void *arg, const char *name, dia_bytes *text, const char **file)
{
    const reads *r = arg;
    for (const reads_source *it = r->sources; it && it->name; it++) {
        if (strcmp(it->name, name) != 0)
            continue;
        *text = dia_cstr(it->text);
        *file = it->name;
        return 0;
    }
    return DIA_ENOENT;
}

static void report(void *arg, const dia_dict_error *error)
{
    reads *r = arg;
    r->errors += !error->warning;
    if (r->n == READS_FINDINGS_MAX)
        return;
    reads_finding *it = &r->found[r->n++];
    snprintf(it->file, sizeof it->file, "%s", error->file);
    snprintf(it->name, sizeof it->name, "%s", error->name);
    it->line = error->line;
    it->column = error->column;
    it->warning = error->warning;
}

void reads_begin(reads *r, const reads_source *sources)
{
    *r = (reads){ .sources = sources };
    r->reader = (dia_dict_reader){ .alloc = harness_allocator(), .open = open_source, .report = report, .arg = r };
}

int reads_text(reads *r, const char *text, dia_dict **out)
{
    *out = NULL;
    r->n = r->errors = 0;
    return dia_dict_read(&r->reader, dia_cstr(text), "test.dia", out);
}

char *reads_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(READS_TEXT_MAX) : NULL;
    if (text)
        text[fread(text, 1, READS_TEXT_MAX - 1, f)] = 0;
    if (f)
        fclose(f);
    return text;
}

int reads_write(void *arg, const char *text, size_t n)
{
    reads_output *out = arg;
    if (n > sizeof out->text - 1 - out->n)
        return DIA_ESPACE;
    memcpy(out->text + out->n, text, n);
    out->n += n;
    out->text[out->n] = 0;
    return 0;
}

/* ---- Comparing ---- */

static bool differ(const char *what, const char *name)
{
    fprintf(stderr, "%s of %s differs\n", what, name);
    return false;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_texts(const char *const *a, const char *const *b)
{
    for (; a && b && *a && *b; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return (!a || !*a) && (!b || !*b);
}

static bool same_hook(const dia_hook *a, const dia_hook *b)
{
    if (!a || !b)
        return a == b;
    return a->custom == b->custom && same_text(a->module, b->module) && same_text(a->function, b->function);
}

static bool same_grammar(const dia_grammar *a, const dia_grammar *b, const char *name)
{
    if (!a || !b)
        return a == b || differ("grammar", name);
    if (a->n_fields != b->n_fields || a->n_fixed != b->n_fixed || a->n_front != b->n_front ||
        a->n_trailing != b->n_trailing || a->size != b->size || a->others != b->others || a->any_min != b->any_min ||
        a->any_max != b->any_max)
        return differ("shape", name);
    for (uint32_t i = 0; i < a->n_fields; i++) {
        dia_field x = a->fields[i], y = b->fields[i];
        x.avp = y.avp = NULL;
        if (memcmp(&x, &y, sizeof x) != 0 || a->probes[i] != b->probes[i])
            return differ(a->fields[i].avp->name, name);
    }
    return true;
}

static bool same_avp(const dia_avp_def *a, const dia_avp_def *b)
{
    if (a->code != b->code || a->vendor != b->vendor || a->type != b->type || a->flags != b->flags ||
        a->m_rule != b->m_rule || a->n_values != b->n_values)
        return differ("definition", a->name);
    if (!same_text(a->document, b->document) || !same_text(a->section, b->section))
        return differ("annotation", a->name);
    if (!same_texts(a->aliases, b->aliases) || !same_hook(a->hook, b->hook))
        return differ("alias or codec", a->name);
    for (uint32_t i = 0; i < a->n_values; i++)
        if (a->values[i].value != b->values[i].value || !same_text(a->values[i].name, b->values[i].name))
            return differ("value", a->name);
    return same_grammar(a->group, b->group, a->name);
}

static bool same_command(const dia_command *a, const dia_command *b)
{
    if (!a || !b)
        return a == b || differ("presence", "a command");
    if (a->code != b->code || a->flags != b->flags || a->result_code != b->result_code)
        return differ("header", a->name);
    if (!same_text(a->name, b->name) || !same_text(a->long_name, b->long_name) || !same_text(a->section, b->section) ||
        !same_text(a->document, b->document) || !same_texts(a->aliases, b->aliases))
        return differ("name", a->name);
    return same_grammar(a->grammar, b->grammar, a->name);
}

static bool same_head(const dia_dict *a, const dia_dict *b)
{
    return a->application == b->application && a->has_application == b->has_application && a->app_kind == b->app_kind &&
           a->app_vendor == b->app_vendor && a->vendor == b->vendor && same_text(a->name, b->name) &&
           same_text(a->stem, b->stem) && same_text(a->prefix, b->prefix) && same_text(a->app_name, b->app_name) &&
           same_text(a->vendor_name, b->vendor_name);
}

bool reads_same(const dia_dict *a, const dia_dict *b)
{
    if (!same_head(a, b))
        return differ("head", a->name);
    for (uint32_t i = 0; i < a->n_avps; i++) {
        const dia_avp_def *other = dia_dict_avp_named(b, dia_cstr(a->avps[i]->name));
        if (!other)
            return differ("presence", a->avps[i]->name);
        if (!same_avp(a->avps[i], other))
            return false;
    }
    if (a->n_commands != b->n_commands)
        return differ("number", "commands");
    for (uint32_t i = 0; i < a->n_commands; i++)
        if (!same_command(&a->commands[i], &b->commands[i]))
            return false;
    return same_command(a->answer_message, b->answer_message);
}

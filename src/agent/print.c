/* The reference of the language, from the tables that read it: Markdown. */
#include "agent/config.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct page {
    dia_write_fn *write;
    void *arg;
    int err;
} page;

static void put(page *p, const char *format, ...) AGENT_PRINTF(2, 3);
static void put(page *p, const char *format, ...)
{
    char text[1200];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof text);
    if (!p->err)
        p->err = p->write(p->arg, text, (size_t)n);
}

static const char introduction[] = "# The configuration of `diatom agent`\n"
                                   "\n"
                                   "Printed by `diatom agent --schema` from the tables that read it. The "
                                   "[guide](guide.md) has a chapter on the agent,\n"
                                   "[examples/agent.yaml](../examples/agent.yaml) is a file to begin with, `diatom "
                                   "agent --check FILE` says what is wrong with one.\n"
                                   "\n"
                                   "A file is YAML: one map, with the keys below. A value that begins with `*` needs "
                                   "quotes, as YAML has it: `\"*.example.net\"`.\n"
                                   "Where a list is wanted a single value is a list of one. Durations are written "
                                   "`500ms`, `30s`, `5m`, `1h`; sizes `4096`, `64KiB`,\n"
                                   "`1MiB`, `2GiB`; rates `1000/s`. A key stands once in a map; anchors, aliases and "
                                   "tags have no meaning. A file has at most\n"
                                   "16 MiB and 16 levels, a list 1,000 values, one of peers or routes 100,000.\n"
                                   "\n"
                                   "What is wrong is told as `FILE:LINE:COLUMN: PATH: what was found; allowed: what "
                                   "may stand there`, the first 50 mistakes at\n"
                                   "once.\n";

static void put_standard(page *p, const dia_key *f)
{
    if (f->flags & DIA_KEY_REQUIRED)
        put(p, "required");
    else if (f->standard)
        put(p, "`%s`", f->standard);
    else if (f->otherwise)
        put(p, "%s", f->otherwise);
}

/* What may stand there; of maps the section that has it. */
static void put_allowed(page *p, const dia_key *f)
{
    char allowed[200];
    if (f->kind == DIA_KEY_MAP) {
        put(p, "%s[%s](#%s)", f->flags & DIA_KEY_LIST ? "a list of " : "", f->sub->name, f->sub->anchor);
        return;
    }
    if (f->kind == DIA_KEY_NAMED) {
        put(p, "a map of names to [%s](#%s)", f->sub->name, f->sub->anchor);
        return;
    }
    if (f->kind == DIA_KEY_WORD) {
        for (const dia_key_word *w = f->words; w->word; w++)
            put(p, "%s`%s` (%s)", w == f->words ? "" : ", ", w->word, w->help);
        return;
    }
    dia_key_allowed(f, allowed, sizeof allowed);
    put(p, "%s%s", f->flags & DIA_KEY_LIST ? "a list; " : "", allowed);
}

static void put_schema(page *p, const dia_schema *schema)
{
    put(p, "\n## %s\n\n%s\n\n| key | value | when it is not there | meaning |\n| --- | --- | --- | --- |\n",
        schema->name, schema->about);
    for (const dia_key *f = schema->keys; f < schema->keys + schema->n; f++) {
        put(p, "| `%s` | ", f->key);
        put_allowed(p, f);
        put(p, " | ");
        put_standard(p, f);
        put(p, " | %s |\n", f->help);
    }
}

int dia_agent_schema(dia_write_fn *write, void *arg)
{
    page p = { write, arg, 0 };
    put(&p, "%s", introduction);
    for (size_t i = 0; i < dia_agent_schemas_n; i++)
        put_schema(&p, dia_agent_schemas[i]);
    return p.err;
}

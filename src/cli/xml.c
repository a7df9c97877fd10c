/* XML as a tree of elements. What may be dangerous in XML is refused where it is declared. */
#include "xml.h"

#include "memory.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One file in hand; the others are waiting for it to end. */
typedef struct level {
    XML_Parser parser;
    const char *path;
    struct level *outer;
} level;

typedef struct job {
    const xml_reader *reader;
    level *in;
    xml_element *root, *open[XML_DEPTH_MAX];
    unsigned depth, elements, files, inclusions;
    size_t octets;
    bool bad; /* and said */
} job;

const char *xml_attribute(const xml_element *element, const char *name)
{
    for (const char **a = element->attributes; *a; a += 2)
        if (strcmp(a[0], name) == 0)
            return a[1];
    return NULL;
}

static void say(job *j, const char *kind, const char *format, va_list args)
{
    char text[300];
    vsnprintf(text, sizeof text, format, args);
    j->reader->report(j->reader->arg, j->in->path, (unsigned long)XML_GetCurrentLineNumber(j->in->parser), kind, text);
}

__attribute__((format(printf, 2, 3))) static void warn(job *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(j, format, format, args);
    va_end(args);
}

/* Says the first mistake, and ends the reading of all files. */
__attribute__((format(printf, 2, 3))) static void fail(job *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!j->bad)
        say(j, NULL, format, args);
    va_end(args);
    j->bad = true;
    XML_StopParser(j->in->parser, XML_FALSE);
}

static const char *copy(const job *j, const char *text)
{
    const size_t n = strlen(text) + 1;
    return memcpy(cli_get(j->reader->arena, n), text, n);
}

/* Blanks around a value mean nothing in any dictionary, and stand there by mistake. */
static const char *copy_value(const job *j, const char *text)
{
    static const char blanks[] = " \t\r\n";
    char *to = cli_get(j->reader->arena, strlen(text) + 1);
    strcpy(to, text + strspn(text, blanks));
    for (size_t n = strlen(to); n && strchr(blanks, to[n - 1]); n--)
        to[n - 1] = 0;
    return to;
}

/* ---- Elements ---- */

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    job *j = arg;
    size_t n = 0;
    if (j->bad)
        return;
    if (j->depth == XML_DEPTH_MAX || ++j->elements > XML_ELEMENTS_MAX) {
        fail(j, j->depth == XML_DEPTH_MAX ? "elements are nested deeper than %d" : "more than %d elements",
             j->depth == XML_DEPTH_MAX ? XML_DEPTH_MAX : XML_ELEMENTS_MAX);
        return;
    }
    while (attributes[n])
        n++;
    xml_element *e = cli_get(j->reader->arena, sizeof *e);
    e->name = copy(j, name);
    e->file = j->in->path;
    e->line = (unsigned long)XML_GetCurrentLineNumber(j->in->parser);
    e->attributes = cli_get(j->reader->arena, (n + 1) * sizeof *e->attributes);
    for (size_t i = 0; i < n; i++)
        e->attributes[i] = i % 2 ? copy_value(j, attributes[i]) : copy(j, attributes[i]);
    if (j->depth) {
        xml_element *outer = j->open[j->depth - 1];
        *(outer->last ? &outer->last->next : &outer->first) = e;
        outer->last = e;
    } else {
        j->root = e;
    }
    j->open[j->depth++] = e;
}

static void on_end(void *arg, const XML_Char *name)
{
    job *j = arg;
    (void)name;
    if (!j->bad)
        j->depth--;
}

/* ---- Entities ---- */

/* Text that stands for text is what bombs are made of, and no dictionary needs it. */
static void on_entity(void *arg, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
                      const XML_Char *base, const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
    job *j = arg;
    (void)length, (void)base, (void)system, (void)public;
    if (value || is_parameter || notation)
        fail(j, "the entity '%.100s' is refused: only entities that name a file are read", name);
}

/* A name without any folder, which begins with no dot. */
static bool is_plain(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return *name && *name != '.' && name[strspn(name, letters)] == 0;
}

static bool parse(job *j, level *at, dia_bytes text)
{
    j->octets += text.n;
    at->outer = j->in;
    j->in = at;
    if (j->octets > XML_OCTETS_MAX)
        fail(j, "more than %d octets, with all files that are included", XML_OCTETS_MAX);
    else if (XML_Parse(at->parser, (const char *)text.p, (int)text.n, XML_TRUE) != XML_STATUS_OK && !j->bad)
        fail(j, "not well formed: %s", XML_ErrorString(XML_GetErrorCode(at->parser)));
    j->in = at->outer;
    return !j->bad;
}

static int on_file(XML_Parser parser, const XML_Char *context, const XML_Char *base, const XML_Char *name,
                   const XML_Char *public)
{
    job *j = XML_GetUserData(parser);
    level inner = { 0 };
    dia_bytes text;
    (void)base, (void)public;
    if (!context || !j->root || !j->reader->includes || strcmp(j->root->name, j->reader->includes) != 0)
        fail(j, "'%.100s' is not read: nothing is included in this kind of file", name);
    else if (!is_plain(name))
        fail(j, "'%.100s' is refused: included files stand in the folder of the first", name);
    else if (++j->files > XML_FILES_MAX)
        fail(j, "more than %d files are included", XML_FILES_MAX);
    else if (j->inclusions == XML_INCLUSIONS_MAX)
        fail(j, "files include files deeper than %d", XML_INCLUSIONS_MAX);
    else if (!j->reader->open || !j->reader->open(j->reader->arg, name, &text, &inner.path))
        fail(j, "cannot read '%.100s', which is included here", name);
    else if (!(inner.parser = XML_ExternalEntityParserCreate(parser, context, NULL)))
        fail(j, "out of memory");
    if (!inner.parser)
        return XML_STATUS_ERROR;
    j->inclusions++;
    const bool good = parse(j, &inner, text);
    j->inclusions--;
    XML_ParserFree(inner.parser);
    if (!good)
        XML_StopParser(parser, XML_FALSE);
    return good ? XML_STATUS_OK : XML_STATUS_ERROR;
}

static void on_skipped(void *arg, const XML_Char *name, int is_parameter)
{
    if (!is_parameter)
        warn(arg, "the entity '%.100s' is declared nowhere here: left out", name);
}

xml_element *xml_read(const xml_reader *reader, const char *path, dia_bytes text)
{
    job j = { .reader = reader };
    level first = { .parser = XML_ParserCreate(NULL), .path = path };
    if (!first.parser)
        cli_out_of_memory();
    XML_SetUserData(first.parser, &j);
    XML_SetElementHandler(first.parser, on_start, on_end);
    XML_SetEntityDeclHandler(first.parser, on_entity);
    XML_SetExternalEntityRefHandler(first.parser, on_file);
    XML_SetSkippedEntityHandler(first.parser, on_skipped);
    XML_SetParamEntityParsing(first.parser, XML_PARAM_ENTITY_PARSING_NEVER);
    const bool good = parse(&j, &first, text);
    XML_ParserFree(first.parser);
    return good ? j.root : NULL;
}

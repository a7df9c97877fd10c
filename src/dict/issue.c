/* Findings of the reader. */
#include "dict/issue.h"

#include "diatom/wire.h"
#include "dict/sort.h"

#include <stdarg.h>
#include <stdio.h>

struct dict_issue {
    struct dict_issue *next;
    dict_spot at;
    uint32_t number; /* order of discovery */
    const char *name;
    const char *message;
    bool warning;
};

enum { MESSAGE_MAX = 800 };

/* What comes from the file must do no harm to a terminal. */
static void tame(char *text, size_t n)
{
    const bool utf8 = dia_utf8_valid((dia_bytes){ (const uint8_t *)text, n });
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = (uint8_t)text[i];
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
            text[i] = '?';
    }
}

static void add(dict_issues *issues, dict_spot at, const char *name, bool warning, const char *format, va_list args)
{
    if (!warning)
        issues->errors++;
    if (issues->n >= DICT_ISSUES_MAX)
        return;
    char text[MESSAGE_MAX];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0)
        n = 0;
    if (n >= MESSAGE_MAX)
        n = MESSAGE_MAX - 1;
    text[n] = 0;
    tame(text, (size_t)n);
    struct dict_issue *issue = dia_arena_get0(issues->arena, sizeof *issue);
    const dia_bytes message = dia_arena_copy(issues->arena, (dia_bytes){ (const uint8_t *)text, (size_t)n + 1 });
    if (!issue || !message.p)
        return;
    /* What concerns the file as a whole, or an option, has no place in it: it is shown at its start. */
    if (at.line == 0)
        at = (dict_spot){ 1, 1 };
    *issue = (struct dict_issue){ NULL, at, issues->n++, name, (const char *)message.p, warning };
    if (issues->last)
        issues->last->next = issue;
    else
        issues->first = issue;
    issues->last = issue;
}

void dict_error(dict_issues *issues, dict_spot at, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(issues, at, name, false, format, args);
    va_end(args);
}

void dict_warning(dict_issues *issues, dict_spot at, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(issues, at, name, true, format, args);
    va_end(args);
}

void dict_limit(dict_issues *issues, dict_spot at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(issues, at, "limit", false, format, args);
    va_end(args);
    issues->limit = true;
}

static int compare(const void *a, const void *b, const void *context)
{
    const struct dict_issue *x = *(struct dict_issue *const *)a, *y = *(struct dict_issue *const *)b;
    (void)context;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    if (x->at.column != y->at.column)
        return x->at.column < y->at.column ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

void dict_issues_report(dict_issues *issues, const dia_dict_reader *reader)
{
    struct dict_issue **sorted = issues->n ? dia_arena_get(issues->arena, issues->n * sizeof(void *)) : NULL;
    if (sorted && reader->report) {
        size_t n = 0;
        for (struct dict_issue *it = issues->first; it; it = it->next)
            sorted[n++] = it;
        dict_sort(sorted, n, sizeof *sorted, compare, NULL);
        for (size_t i = 0; i < n; i++) {
            const dia_dict_error error = { issues->file,    sorted[i]->at.line, sorted[i]->at.column,
                                           sorted[i]->name, sorted[i]->message, sorted[i]->warning };
            reader->report(reader->arg, &error);
        }
    }
    issues->first = issues->last = NULL;
    issues->n = 0;
}

int dict_issues_result(const dict_issues *issues)
{
    if (issues->arena->err == DIA_ENOMEM)
        return DIA_ENOMEM;
    if (issues->limit || issues->arena->err)
        return DIA_ESPACE;
    return issues->errors ? DIA_EFORMAT : 0;
}

/* What is wrong with a configuration: a bounded list of sentences, each with its place. */
#include "agent/tree.h"

#include <stdarg.h>
#include <stdio.h>

dia_shown dia_show(const char *text)
{
    dia_shown shown;
    const size_t room = sizeof shown.text - 1;
    size_t n = 0;
    for (; text[n] && n < room; n++) {
        const uint8_t c = (uint8_t)text[n];
        shown.text[n] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
    }
    shown.text[n] = 0;
    if (text[n]) {
        n = room - 3;
        while (n > 0 && ((uint8_t)shown.text[n] & 0xc0) == 0x80) /* no half character */
            n--;
        memcpy(shown.text + n, "...", 4);
    }
    return shown;
}

static void say(dia_reading *r, uint32_t line, uint32_t column, const dia_tree *at, const char *path,
                const char *format, va_list args)
{
    dia_agent_mistakes *list = r->mistakes;
    if (!list)
        return;
    if (list->n == DIA_AGENT_MISTAKES) {
        list->more++;
        return;
    }
    dia_agent_mistake *m = &list->v[list->n++];
    m->line = line;
    m->column = column;
    if (at)
        dia_tree_path(at, m->path, sizeof m->path);
    else
        snprintf(m->path, sizeof m->path, "%s", path);
    vsnprintf(m->text, sizeof m->text, format, args);
}

void dia_mistake(dia_reading *r, const dia_tree *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, at->line, at->column, at, NULL, format, args);
    va_end(args);
}

void dia_mistake_key(dia_reading *r, const dia_tree *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, at->key ? at->key_line : at->line, at->key ? at->key_column : at->column, at, NULL, format, args);
    va_end(args);
}

void dia_mistake_at(dia_reading *r, uint32_t line, uint32_t column, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, line, column, NULL, path, format, args);
    va_end(args);
}

bool dia_is_mistaken(const dia_reading *r, const dia_tree *at)
{
    const dia_agent_mistakes *list = r->mistakes;
    char path[sizeof list->v[0].path];
    dia_tree_path(at, path, sizeof path);
    const size_t n = strlen(path);
    for (size_t i = 0; i < list->n; i++) {
        const char *of = list->v[i].path;
        if (strncmp(of, path, n) == 0 && (!of[n] || of[n] == '.' || of[n] == '['))
            return true;
    }
    return list->more > 0;
}

bool dia_is_mistaken_itself(const dia_reading *r, const dia_tree *at)
{
    const dia_agent_mistakes *list = r->mistakes;
    char path[sizeof list->v[0].path];
    dia_tree_path(at, path, sizeof path);
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i].path, path) == 0)
            return true;
    return list->more > 0;
}

/* How many single changes, a swap of neighbours being one, turn one word into the other. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    size_t n = strlen(a), m = strlen(b);
    n = n < LONGEST ? n : LONGEST;
    m = m < LONGEST ? m : LONGEST;
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *const oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            const bool same = dia_lower((uint8_t)a[i - 1]) == dia_lower((uint8_t)b[j - 1]);
            unsigned best = above[j - 1] + !same;
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

dia_near dia_near_begin(const char *word)
{
    const size_t n = strlen(word);
    return (dia_near){ word, NULL, n > 6 ? 3 : n > 2 ? 2 : 1 };
}

void dia_near_to(dia_near *near, const char *candidate)
{
    const size_t n = strlen(near->word), m = strlen(candidate);
    if ((n < m ? m - n : n - m) > near->least)
        return;
    const unsigned d = distance(near->word, candidate);
    if (d > near->least || (near->best && d == near->least))
        return;
    near->least = d;
    near->best = candidate;
}

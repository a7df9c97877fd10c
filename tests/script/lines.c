/* Scripts as lines, those of included files in their places; lines as words. */
#include "read.h"

#include <stdarg.h>
#include <string.h>

void read_wrong(reader *r, const talk_line *line, const char *format, ...)
{
    char text[4000]; /* the list of all forms is long */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 && *c != '\n')
            *c = '?';
    r->mistakes++;
    if (r->given->report && !r->quiet)
        r->given->report(r->given->arg, r->out, line->number, text);
}

static void add_line(reader *r, const talk_line *line)
{
    if (r->n_lines == r->cap_lines) {
        const size_t cap = r->cap_lines ? 2 * r->cap_lines : 256;
        talk_line *more = talk_get(r->arena, cap * sizeof *more);
        if (r->n_lines)
            memcpy(more, r->lines, r->n_lines * sizeof *more);
        r->lines = more;
        r->cap_lines = cap;
    }
    r->lines[r->n_lines++] = *line;
}

bool line_begins_with(const talk_line *line, const char *word)
{
    const size_t n = strlen(word);
    return line->text.n >= n && !memcmp(line->text.p, word, n) && (line->text.n == n || talk_is_blank(line->text.p[n]));
}

dia_bytes line_behind(const talk_line *line, size_t n)
{
    dia_bytes rest = { line->text.p + n, line->text.n - n };
    while (rest.n && talk_is_blank(*rest.p)) {
        rest.p++;
        rest.n--;
    }
    return rest;
}

void read_lines(reader *r, dia_bytes text, const char *name);

/* The lines of another file stand here; it includes none itself. */
static void include(reader *r, const talk_line *line)
{
    const dia_bytes name = line_behind(line, 7);
    dia_bytes text;
    if (line->number >> TALK_FILE_SHIFT)
        read_wrong(r, line, "a file that is included includes no other");
    else if (r->out->n_files == TALK_FILES)
        read_wrong(r, line, "more than %d files", TALK_FILES);
    else if (!r->given->open || !r->given->open(r->given->arg, name, &text))
        read_wrong(r, line, "there is no file \"%.*s\" beside this one", TALK_TEXT(shown(name)));
    else
        read_lines(r, text, talk_cstring(r->arena, name));
}

void read_lines(reader *r, dia_bytes text, const char *name)
{
    uint32_t number = (uint32_t)r->out->n_files << TALK_FILE_SHIFT;
    r->out->files[r->out->n_files++] = (talk_file){ name, text };
    for (size_t at = 0; at < text.n;) {
        const uint8_t *newline = memchr(text.p + at, '\n', text.n - at);
        size_t end = newline ? (size_t)(newline - text.p) : text.n;
        const size_t next = end + 1;
        talk_line line = { .number = ++number };
        for (; at < end && talk_is_blank(text.p[at]); at++)
            line.indent = text.p[at] == '\t' ? line.indent / 8 * 8 + 8 : line.indent + 1;
        while (end > at && talk_is_blank(text.p[end - 1]))
            end--;
        line.text = (dia_bytes){ text.p + at, end - at };
        if (!line.indent && line_begins_with(&line, "include"))
            include(r, &line);
        else if (line.text.n && line.text.p[0] != '#')
            add_line(r, &line);
        at = next;
    }
}

size_t line_body_end(const reader *r, size_t at, size_t end)
{
    const uint32_t indent = r->lines[at].indent;
    for (at++; at < end && r->lines[at].indent > indent;)
        at++;
    return at;
}

void sentence_cut(reader *r, sentence *s)
{
    const dia_bytes text = s->line->text;
    for (size_t at = 0; at < text.n;) {
        if (talk_is_blank(text.p[at])) {
            at++;
            continue;
        }
        if (text.p[at] == '#')
            return;
        size_t end = at;
        while (end < text.n && !talk_is_blank(text.p[end]))
            end++;
        if (s->n == TALK_WORDS) {
            read_wrong(r, s->line, "more than %d words", TALK_WORDS);
            return;
        }
        s->word[s->n++] = (dia_bytes){ text.p + at, end - at };
        at = end;
    }
}

dia_bytes sentence_rest(const sentence *s, size_t word)
{
    const dia_bytes last = s->word[s->n - 1];
    return word < s->n ? (dia_bytes){ s->word[word].p, (size_t)(last.p + last.n - s->word[word].p) }
                       : (dia_bytes){ last.p + last.n, 0 };
}

void sentence_remove(sentence *s, size_t at, size_t n)
{
    for (size_t i = at; i + n < s->n; i++)
        s->word[i] = s->word[i + n];
    s->n -= n;
}

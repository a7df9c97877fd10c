/* A stream of JSON cut into objects: braces are counted outside of strings; whoever reads the object does the rest. */
#include "json_text.h"

#include "cli.h"
#include "memory.h"

#include <string.h>

enum { OBJECT_MAX = 256 << 20 };

typedef struct splitter {
    char *text;
    size_t n, cap;
    size_t line, first_line;
    int depth;  /* of braces */
    int arrays; /* open around the objects */
    bool quoted, escaped;
    bool garbage; /* reported for this line */
} splitter;

static void add(splitter *s, int c)
{
    s->text = cli_grow(s->text, &s->cap, s->n + 1, 1);
    s->text[s->n++] = (char)c;
}

/* One character inside an object. True: the object ends with it. */
static bool inside(splitter *s, int c)
{
    add(s, c);
    if (s->escaped) {
        s->escaped = false;
    } else if (s->quoted) {
        s->escaped = c == '\\';
        s->quoted = c != '"';
    } else if (c == '"') {
        s->quoted = true;
    } else if (c == '{') {
        s->depth++;
    } else if (c == '}') {
        s->depth--;
    }
    return s->depth == 0;
}

void cli_json_split(FILE *file, size_t line, bool (*object)(void *arg, size_t line, dia_bytes text),
                    void (*wrong)(void *arg, size_t line, const char *why), void *arg)
{
    splitter s = { .line = line };
    bool go_on = true;
    for (int c; go_on && (c = getc(file)) != EOF;) {
        if (c == '\n') {
            s.line++;
            s.garbage = false;
        }
        if (s.depth == 0) {
            if (c == '{') {
                s.first_line = s.line;
                s.n = 0;
                s.depth = 1;
                add(&s, c);
            } else if (c == '[') {
                s.arrays++;
            } else if (c == ']' && s.arrays) {
                s.arrays--;
            } else if (!strchr(" \t\r\n,", c) && !s.garbage) {
                wrong(arg, s.line, "a JSON object '{ ... }' is expected here");
                s.garbage = true;
            }
        } else if (inside(&s, c)) {
            go_on = object(arg, s.first_line, (dia_bytes){ (const uint8_t *)s.text, s.n });
        } else if (s.n == OBJECT_MAX) {
            wrong(arg, s.first_line, "this object is longer than any message");
            go_on = false;
        }
    }
    if (go_on && s.depth)
        wrong(arg, s.first_line, "the object that starts here does not end");
    else if (go_on && s.arrays)
        wrong(arg, s.line, "an array does not end");
    free(s.text);
}

int cli_json_check(const cli_command *command, bool wanted)
{
#ifdef CLI_HAVE_JSON
    (void)command, (void)wanted;
    return 0;
#else
    return wanted ? cli_usage(command, "--json: JSON was left out of this build (jansson)") : 0;
#endif
}

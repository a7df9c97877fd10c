/* A stream of messages in their text form, cut into messages: each begins with a line that is not indented. */
#include "text_split.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 256 << 20 };

typedef struct splitter {
    char *text;
    size_t n, cap;
    size_t line;       /* that is being read */
    size_t first_line; /* of the text that is kept */
    bool has_message;  /* in the text that is kept */
} splitter;

static bool flush(splitter *s, bool (*message)(void *arg, size_t line, dia_bytes text), void *arg)
{
    const bool go_on = !s->has_message || message(arg, s->first_line, (dia_bytes){ (const uint8_t *)s->text, s->n });
    s->n = 0;
    s->has_message = false;
    s->first_line = s->line;
    return go_on;
}

void cli_text_split(FILE *file, size_t line, bool (*message)(void *arg, size_t line, dia_bytes text),
                    void (*wrong)(void *arg, size_t line, const char *why), void *arg)
{
    splitter s = { .line = line, .first_line = line };
    bool go_on = true, at_start = true;
    for (int c; go_on && (c = getc(file)) != EOF;) {
        if (at_start && !strchr(" \t\r\n#", c)) {
            if (s.has_message)
                go_on = flush(&s, message, arg);
            s.has_message = true;
        } else if (at_start && c != '\r' && c != '\n' && c != '#') {
            s.has_message = true; /* indented: the reader says what is wrong with it */
        }
        if (s.n == MESSAGE_MAX) {
            wrong(arg, s.first_line, "this text is longer than any message");
            s.has_message = go_on = false;
            break;
        }
        s.text = cli_grow(s.text, &s.cap, s.n + 1, 1);
        s.text[s.n++] = (char)c;
        at_start = c == '\n';
        s.line += at_start;
    }
    if (go_on)
        flush(&s, message, arg);
    free(s.text);
}

/* Messages of scripts: the text form (docs/text.md) with $names in it -> octets, and octets for people. */
#include "message.h"

#include <diatom/app/all.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool message_wrong(talk_problem *problem, uint32_t line, const char *format, ...)
{
    va_list args;
    problem->line = line;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    return false;
}

/* ---- Names ---- */

const talk_name *talk_name_get(const talk_names *names, dia_bytes name)
{
    for (size_t i = 0; i < names->n; i++)
        if (dia_bytes_equal(names->v[i].name, name))
            return &names->v[i];
    return NULL;
}

bool talk_name_set(talk_names *names, dia_bytes name, dia_bytes octets, dia_bytes text)
{
    talk_name *to = (talk_name *)(uintptr_t)talk_name_get(names, name);
    if (!to) {
        if (names->n == TALK_NAMES)
            return false;
        to = &names->v[names->n++];
    }
    *to = (talk_name){ name, talk_copy(names->arena, octets), talk_copy(names->arena, text) };
    return true;
}

static size_t name_length(dia_bytes t)
{
    size_t n = 0;
    while (n < t.n &&
           (((t.p[n] | 0x20) >= 'a' && (t.p[n] | 0x20) <= 'z') || (t.p[n] >= '0' && t.p[n] <= '9') || t.p[n] == '_' ||
            (t.p[n] == '-' && n + 1 < t.n && (t.p[n + 1] | 0x20) >= 'a' && (t.p[n + 1] | 0x20) <= 'z')))
        n++;
    return n;
}

dia_bytes message_name(dia_bytes text, size_t dollar)
{
    const dia_bytes rest = { text.p + dollar + 1, text.n - dollar - 1 };
    return (dia_bytes){ rest.p, name_length(rest) };
}

static void each_name_in(dia_bytes text, uint32_t line, void (*call)(void *, uint32_t, dia_bytes), void *arg)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '$' && message_name(text, i).n)
            call(arg, line, message_name(text, i));
}

void talk_each_name(const talk_text *text, void (*call)(void *arg, uint32_t line, dia_bytes name), void *arg)
{
    each_name_in(text->head, text->number, call, arg);
    for (size_t i = 0; i < text->n; i++)
        each_name_in(text->lines[i].text, text->lines[i].number, call, arg);
}

bool message_fill(talk_string *to, dia_bytes text, uint32_t line, const talk_names *names, talk_problem *problem)
{
    for (size_t i = 0; i < text.n; i++) {
        const dia_bytes name = text.p[i] == '$' ? message_name(text, i) : (dia_bytes){ NULL, 0 };
        if (!name.n) {
            talk_put(to, (dia_bytes){ text.p + i, 1 });
            continue;
        }
        const talk_name *known = talk_name_get(names, name);
        if (!known) {
            problem->unknown_name = true;
            return message_wrong(problem, line, "$%.*s has no value yet", TALK_TEXT(name));
        }
        talk_put(to, known->text);
        i += name.n;
    }
    return true;
}

/* ---- Sending ---- */

/* Lines of the text that is read are lines of the script. */
typedef struct finding {
    const talk_text *text;
    talk_problem *problem;
} finding;

static void on_finding(void *arg, size_t line, size_t column, const char *reason)
{
    const finding *f = arg;
    (void)column;
    if (f->problem->line)
        return;
    const uint32_t number = line < 2 || line - 2 >= f->text->n ? f->text->number : f->text->lines[line - 2].number;
    message_wrong(f->problem, number, "%s", reason);
}

dia_bytes message_read(const talk_text *text, dia_bytes written, dia_arena *arena, talk_problem *problem)
{
    finding f = { text, problem };
    size_t needed = 0;
    uint8_t none[1];
    problem->line = 0;
    const int64_t n = dia_text_read(&dia_dicts_all, written, on_finding, &f, none, 0, &needed);
    if (n != DIA_ESPACE) {
        if (!problem->line)
            message_wrong(problem, text->number, "this is no message: %s", dia_strerror((int)n));
        return (dia_bytes){ NULL, 0 };
    }
    uint8_t *to = talk_get(arena, needed + 1);
    const int64_t m = dia_text_read(&dia_dicts_all, written, NULL, NULL, to, needed, NULL);
    return (dia_bytes){ to, m > 0 ? (size_t)m : 0 };
}

void message_head(talk_string *to, dia_bytes head)
{
    dia_bytes word[TALK_WORDS];
    size_t n = 0;
    for (size_t at = 0; at < head.n && n < TALK_WORDS;) {
        const size_t from = at;
        while (at < head.n && !talk_is_blank(head.p[at]) && head.p[at] != '=' && head.p[at] != ',')
            at++;
        if (at > from)
            word[n++] = (dia_bytes){ head.p + from, at - from };
        at++;
    }
    if (n)
        talk_put(to, word[0]);
    for (size_t i = 1; i < n; i += 2) {
        bool later = false;
        for (size_t k = i + 2; k < n; k += 2)
            later = later || dia_bytes_equal(word[k], word[i]);
        if (!later)
            talk_say(to, " %.*s %.*s", TALK_TEXT(word[i]), i + 1 < n ? (int)word[i + 1].n : 0,
                     i + 1 < n ? (const char *)word[i + 1].p : "");
    }
}

dia_bytes talk_build(const talk_text *text, const talk_names *names, talk_problem *problem)
{
    talk_string head = { 0 }, s = { 0 };
    dia_bytes out = { NULL, 0 };
    message_head(&head, text->head);
    bool good = message_fill(&s, (dia_bytes){ (const uint8_t *)head.p, head.n }, text->number, names, problem);
    for (size_t i = 0; i < text->n && good; i++) {
        talk_say(&s, "\n%*s", (int)text->lines[i].indent, "");
        good = message_fill(&s, text->lines[i].text, text->lines[i].number, names, problem);
    }
    talk_say(&s, "\n");
    if (good)
        out = message_read(text, (dia_bytes){ (const uint8_t *)s.p, s.n }, names->arena, problem);
    talk_string_done(&head);
    talk_string_done(&s);
    return out;
}

/* ---- For people ---- */

void talk_print_message(talk_string *to, dia_bytes message, const char *indent)
{
    size_t needed = 0;
    const dia_text_options options = { .indent = 2 };
    dia_text_print(&dia_dicts_all, message, &options, NULL, 0, &needed);
    char *text = malloc(needed + 1);
    if (!text)
        abort();
    if (dia_text_print(&dia_dicts_all, message, &options, text, needed + 1, NULL) > 0)
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            talk_say(to, "%s%s\n", indent, line);
    free(text);
}

void talk_label(dia_bytes message, char *to, size_t size)
{
    dia_header h;
    dia_avp result;
    if (dia_header_read(message, &h)) {
        snprintf(to, size, "%zu octets", message.n);
        return;
    }
    const bool request = h.flags & DIA_FLAG_REQUEST;
    const dia_command *command = dia_dicts_command(&dia_dicts_all, h.application, h.command, request);
    const int n = command ? snprintf(to, size, "%s", command->name)
                          : snprintf(to, size, "%s %lu", request ? "Request" : "Answer", (unsigned long)h.command);
    if (!request && n > 0 && (size_t)n < size && !dia_avp_find(message, 268, 0, &result) && result.data.n == 4)
        snprintf(to + n, size - (size_t)n, " %lu",
                 (unsigned long)result.data.p[0] << 24 | (unsigned long)result.data.p[1] << 16 |
                     (unsigned long)result.data.p[2] << 8 | result.data.p[3]);
}

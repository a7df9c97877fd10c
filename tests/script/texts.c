/* Messages below their sentences: AVPs line by line, and named messages with changes. */
#include "read.h"

#include <string.h>

/* Lines of AVPs, with those of the message itself at indent 4. */
static void take_lines(reader *r, talk_text *text, size_t begin, size_t end)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = begin; i < end; i++)
        least = r->lines[i].indent < least ? r->lines[i].indent : least;
    talk_line *lines = talk_get(r->arena, (end - begin) * sizeof *lines);
    for (size_t i = begin; i < end; i++) {
        lines[i - begin] = r->lines[i];
        lines[i - begin].indent = r->lines[i].indent - least + 4;
    }
    text->lines = lines;
    text->n = end - begin;
}

/* The name of the AVP of a line, to be compared. */
static dia_bytes avp_name(dia_bytes line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] != ':' && line.p[n] != '[' && line.p[n] != '(')
        n++;
    while (n && talk_is_blank(line.p[n - 1]))
        n--;
    return (dia_bytes){ line.p, n };
}

static size_t entry_end(const talk_text *t, size_t at)
{
    for (at++; at < t->n && t->lines[at].indent > 4;)
        at++;
    return at;
}

static bool has_entry(const talk_text *t, dia_bytes name)
{
    for (size_t i = 0; i < t->n; i = entry_end(t, i))
        if (dia_bytes_equal(avp_name(t->lines[i].text), name))
            return true;
    return false;
}

static void add_entry(talk_text *to, talk_line *lines, const talk_text *from, size_t at)
{
    for (const size_t end = entry_end(from, at); at < end; at++)
        lines[to->n++] = from->lines[at];
}

/* The value of a line. */
static dia_bytes avp_value(dia_bytes line)
{
    const uint8_t *colon = memchr(line.p, ':', line.n);
    size_t at = colon ? (size_t)(colon - line.p) + 1 : line.n;
    while (at < line.n && talk_is_blank(line.p[at]))
        at++;
    return (dia_bytes){ line.p + at, line.n - at };
}

/* A named message with changes: an AVP that is said again takes the place of all of its name, "absent" takes them out. */
static const talk_text *changed(reader *r, const talk_text *base, const talk_text *by, bool keeps_absent)
{
    talk_text *out = talk_get(r->arena, sizeof *out);
    talk_line *lines = talk_get(r->arena, (base->n + by->n + 1) * sizeof *lines);
    talk_string head = { 0 };
    talk_put(&head, base->head);
    talk_say(&head, " %.*s", TALK_TEXT(by->head));
    out->number = by->number;
    out->head = talk_copy(r->arena, (dia_bytes){ (const uint8_t *)head.p, head.n });
    talk_string_done(&head);
    for (size_t i = 0; i < base->n; i = entry_end(base, i)) {
        const dia_bytes name = avp_name(base->lines[i].text);
        if (!has_entry(by, name)) {
            add_entry(out, lines, base, i);
            continue;
        }
        bool first = true;
        for (size_t k = 0; k < i && first; k = entry_end(base, k))
            first = !dia_bytes_equal(avp_name(base->lines[k].text), name);
        for (size_t k = 0; k < by->n && first; k = entry_end(by, k))
            if (dia_bytes_equal(avp_name(by->lines[k].text), name) &&
                (keeps_absent || !talk_is(avp_value(by->lines[k].text), "absent")))
                add_entry(out, lines, by, k);
    }
    for (size_t k = 0; k < by->n; k = entry_end(by, k)) {
        const dia_bytes name = avp_name(by->lines[k].text);
        if (has_entry(base, name))
            continue;
        if (keeps_absent || !talk_is(avp_value(by->lines[k].text), "absent"))
            add_entry(out, lines, by, k);
        else
            read_wrong(r, &by->lines[k], "%.*s is not in the message that is changed here", TALK_TEXT(shown(name)));
    }
    out->lines = lines;
    return out;
}

const talk_text *text_take(reader *r, sentence *s, size_t word, bool expected)
{
    talk_text *text = talk_get(r->arena, sizeof *text);
    text->number = s->line->number;
    const dia_bytes first = s->word[word];
    const bool named = first.n && first.p[0] == '@';
    talk_string head = { 0 };
    for (size_t i = word + named; i < s->n; i++) {
        const bool is_not = talk_is(s->word[i], "not") && i + 1 < s->n; /* "hop-by-hop not $hop" is one value */
        i += is_not;
        talk_say(&head, "%s%s%.*s", head.n ? " " : "", is_not ? "!" : "", TALK_TEXT(s->word[i]));
    }
    text->head = talk_copy(r->arena, (dia_bytes){ (const uint8_t *)head.p, head.n });
    talk_string_done(&head);
    take_lines(r, text, s->body_begin, s->body_end);
    if (!named)
        return text;
    for (const named_text *t = r->texts; t; t = t->next)
        if (dia_bytes_equal(t->name, (dia_bytes){ first.p + 1, first.n - 1 }))
            return changed(r, t->text, text, expected);
    read_wrong(r, s->line, "there is no message %.*s: \"message %.*s\" would begin it, above", TALK_TEXT(shown(first)),
               (int)first.n - 1, (const char *)first.p + 1);
    return NULL;
}

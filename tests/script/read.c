/* The reader of scripts: parts, messages and scenarios, and the lines in them. */
#include "read.h"

#include <string.h>

/* ---- Settings and steps ---- */

static bool read_setting(reader *r, sentence *s)
{
    s->host_x = -1;
    if (!s->n)
        sentence_cut(r, s);
    const form *f = form_find(r, s, &setting_forms);
    if (!f)
        return false;
    if (s->body_end > s->body_begin)
        read_wrong(r, &r->lines[s->body_begin], "nothing stands below this line; is it indented too far?");
    f->act(r, s);
    return true;
}

static void add_step(reader *r, const sentence *s)
{
    if (r->n_steps == r->cap_steps) {
        const size_t cap = r->cap_steps ? 2 * r->cap_steps : 32;
        talk_step *more = talk_get(r->arena, cap * sizeof *more);
        if (r->n_steps)
            memcpy(more, r->steps, r->n_steps * sizeof *more);
        r->steps = more;
        r->cap_steps = cap;
    }
    r->steps[r->n_steps++] = s->step;
}

static void read_steps(reader *r, size_t begin, size_t end, int host_x, uint32_t used, const part *parts);

/* "T opens", "T opens 3 times", "opens": a part. */
static bool is_part(reader *r, sentence *s, uint32_t used, const part *parts)
{
    const int party = s->n ? word_party(r, s, s->word[0]) : -1;
    const size_t verb = party >= 0;
    uint64_t times = 1;
    const part *p = parts;
    if (s->n <= verb)
        return false;
    while (p && !dia_bytes_equal(p->name, s->word[verb]))
        p = p->next;
    const bool repeats =
        s->n == verb + 3 && talk_is(s->word[verb + 2], "times") && word_number(s->word[verb + 1], 10000, &times);
    if (!p || (s->n != verb + 1 && !repeats))
        return false;
    const unsigned before = r->mistakes; /* told once */
    for (uint64_t i = 0; i < times && !r->too_long && r->mistakes == before; i++)
        read_steps(r, p->begin, p->end, party, used ? used : s->line->number, p->next);
    return true;
}

static void read_step(reader *r, sentence *s, int host_x, uint32_t used, const part *parts)
{
    s->host_x = host_x;
    sentence_cut(r, s);
    s->step = (talk_step){ .line = s->line->number, .used = used, .party = -1, .times = 1, .number = -1, .way = -1 };
    const form *f = form_find(r, s, &step_forms);
    if (!f && is_part(r, s, used, parts))
        return;
    if (!f) {
        form_missing(r, s, "step", &step_forms);
        return;
    }
    s->step.verb = f->verb;
    if (!strncmp(f->pattern, "PARTY ", 6))
        s->step.party = word_party(r, s, s->word[0]);
    if (!(f->options & BODY) && s->body_end > s->body_begin)
        read_wrong(r, &r->lines[s->body_begin], "nothing stands below this kind of step; is it indented too far?");
    if (f->act)
        f->act(r, s);
    add_step(r, s);
}

/* Lines of equal indentation, those below them further in. */
static void read_steps(reader *r, size_t begin, size_t end, int host_x, uint32_t used, const part *parts)
{
    for (size_t at = begin; at < end && !r->too_long;) {
        sentence s = { .line = &r->lines[at], .body_begin = at + 1, .body_end = line_body_end(r, at, end) };
        if (s.line->indent != r->lines[begin].indent)
            read_wrong(r, s.line, "indented otherwise than the lines above");
        if (r->n_read++ == TALK_STEPS) {
            read_wrong(r, s.line, "more than %d steps", TALK_STEPS);
            r->too_long = true;
            return;
        }
        read_step(r, &s, host_x, used, parts);
        at = s.body_end;
    }
}

/* ---- Scenarios, messages, parts ---- */

static bool is_id(dia_bytes word)
{
    size_t i = 1;
    if (word.n < 4 || (word.p[0] != 'B' && word.p[0] != 'W'))
        return false;
    while (i < word.n && word.p[i] != '-')
        i++;
    return i + 3 == word.n && word_digit(word.p[i + 1]) >= 0 && word_digit(word.p[i + 2]) >= 0;
}

static void read_proves(reader *r, talk_scenario *scenario, sentence *s)
{
    talk_string ids = { 0 };
    sentence_cut(r, s);
    talk_put(&ids, scenario->proves);
    for (size_t i = 1; i < s->n; i++) {
        if (!is_id(s->word[i]))
            read_wrong(r, s->line, "\"%.*s\" is no requirement: their ids look like B5.6-07 or WA-01",
                       TALK_TEXT(shown(s->word[i])));
        talk_say(&ids, "%s%.*s", ids.n ? " " : "", TALK_TEXT(s->word[i]));
    }
    scenario->proves = talk_copy(r->arena, (dia_bytes){ (const uint8_t *)ids.p, ids.n });
    talk_string_done(&ids);
}

static void read_scenario(reader *r, talk_scenario *scenario, size_t begin, size_t end)
{
    const talk_line *heading = &r->lines[begin - 1];
    const dia_bytes title = line_behind(heading, 8);
    const unsigned before = r->mistakes;
    scenario->title = title;
    scenario->line = heading->number;
    scenario->config = r->common;
    r->config = &scenario->config;
    r->steps = NULL;
    r->n_steps = r->cap_steps = r->n_read = 0;
    r->too_long = false;
    if (!title.n)
        read_wrong(r, heading, "a scenario has a title");
    size_t at = begin;
    for (; at < end; at = line_body_end(r, at, end)) {
        sentence s = {
            .line = &r->lines[at], .body_begin = at + 1, .body_end = line_body_end(r, at, end), .host_x = -1
        };
        if (line_begins_with(s.line, "proves")) {
            read_proves(r, scenario, &s);
            continue;
        }
        sentence copy = s;
        sentence_cut(r, &copy);
        sentence as_step = copy;
        const unsigned mistakes = r->mistakes;
        if (form_find(r, &as_step, &step_forms) || !read_setting(r, &copy)) {
            r->mistakes = mistakes;
            break;
        }
    }
    if (!r->config->node.origin_host)
        read_wrong(r, heading, "nobody is under test: \"node HOST realm REALM\" says who");
    read_steps(r, at, end, -1, 0, r->parts);
    if (!r->n_steps && r->mistakes == before)
        read_wrong(r, heading, "a scenario has steps");
    scenario->steps = r->steps;
    scenario->n = r->n_steps;
    r->config = &r->common;
    if (r->mistakes == before)
        check_names(r, scenario);
    check_messages(r, scenario);
}

static bool take_name(reader *r, sentence *s, dia_bytes *name)
{
    sentence_cut(r, s);
    if (s->n == 2 && word_is_name(s->word[1])) {
        *name = s->word[1];
        return true;
    }
    read_wrong(r, s->line, "\"%.*s NAME\" is expected, the name of letters, digits and -", TALK_TEXT(s->word[0]));
    return false;
}

static void read_named_text(reader *r, size_t begin, size_t end)
{
    sentence s = { .line = &r->lines[begin - 1] };
    named_text *named = talk_get(r->arena, sizeof *named);
    if (!take_name(r, &s, &named->name))
        return;
    for (const named_text *t = r->texts; t; t = t->next)
        if (dia_bytes_equal(t->name, named->name))
            read_wrong(r, s.line, "there is a message @%.*s already", TALK_TEXT(named->name));
    if (begin == end || line_body_end(r, begin, end) != end) {
        read_wrong(r, s.line, "one message stands below it: its header, and further in its AVPs");
        return;
    }
    sentence head = { .line = &r->lines[begin], .body_begin = begin + 1, .body_end = end };
    sentence_cut(r, &head);
    named->text = text_take(r, &head, 0, true);
    if (!named->text)
        return;
    named->next = r->texts;
    r->texts = named;
}

static void read_part(reader *r, size_t begin, size_t end)
{
    sentence s = { .line = &r->lines[begin - 1] };
    part *p = talk_get(r->arena, sizeof *p);
    if (!take_name(r, &s, &p->name))
        return;
    if (begin == end)
        read_wrong(r, s.line, "a part has steps");
    *p = (part){ r->parts, p->name, begin, end };
    r->parts = p;
}

/* ---- The file ---- */

static bool count_scenarios(const reader *r, talk_script *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_lines; i++)
        n += !r->lines[i].indent && line_begins_with(&r->lines[i], "scenario");
    out->scenarios = talk_get(r->arena, (n + 1) * sizeof *out->scenarios);
    return n > 0;
}

bool talk_read(dia_bytes text, const char *file, dia_arena *arena, const talk_reader *given, talk_script *out)
{
    reader r = { .arena = arena, .given = given, .out = out };
    r.config = &r.common;
    r.common.load = DIA_LOAD_NONE;
    r.common.priority = DIA_PRIORITY_NONE;
    *out = (talk_script){ .n_files = 0 };
    read_lines(&r, text, file);
    const bool any = count_scenarios(&r, out);
    for (size_t at = 0; at < r.n_lines;) {
        const talk_line *line = &r.lines[at];
        const size_t end = line_body_end(&r, at, r.n_lines);
        if (line->indent)
            read_wrong(&r, line, "nothing stands above this line to which it could belong");
        else if (line_begins_with(line, "scenario"))
            read_scenario(&r, &out->scenarios[out->n++], at + 1, end);
        else if (line_begins_with(line, "message"))
            read_named_text(&r, at + 1, end);
        else if (line_begins_with(line, "part"))
            read_part(&r, at + 1, end);
        else {
            sentence s = { .line = line, .body_begin = at + 1, .body_end = end };
            if (!read_setting(&r, &s))
                form_missing(&r, &s, "setting (or \"scenario TITLE\", \"message NAME\", \"part NAME\")",
                             &setting_forms);
        }
        at = end;
    }
    if (!any)
        read_wrong(&r, &(talk_line){ .number = 1 }, "no scenario: \"scenario TITLE\" begins one");
    return !r.mistakes;
}

void talk_place(const talk_script *script, uint32_t line, char *to, size_t size)
{
    snprintf(to, size, "%s:%u", script->files[line >> TALK_FILE_SHIFT].name, (unsigned)(line & TALK_LINE_MASK));
}

void talk_forms(talk_string *to)
{
    for (size_t i = 0; i < setting_forms.n; i++)
        form_say(to, &setting_forms.v[i]);
    for (size_t i = 0; i < step_forms.n; i++)
        form_say(to, &step_forms.v[i]);
    talk_say(to, "\n");
}

/* A message that came, held against the text of one that is expected. */
#include "message.h"

#include <diatom/app/all.h>

#include <string.h>

static dia_bytes trim(dia_bytes t)
{
    while (t.n && talk_is_blank(t.p[0]))
        t = (dia_bytes){ t.p + 1, t.n - 1 };
    while (t.n && talk_is_blank(t.p[t.n - 1]))
        t.n--;
    return t;
}

/* ---- The header ---- */

/* The value behind a word of the header; absent: it is not there. */
static dia_bytes value_in(dia_bytes head, const char *key, const char *other)
{
    dia_bytes found = { NULL, 0 };
    size_t at = 0;
    dia_bytes last = { NULL, 0 };
    for (size_t i = 0; at < head.n; i++) {
        while (at < head.n && (talk_is_blank(head.p[at]) || head.p[at] == '=' || head.p[at] == ','))
            at++;
        const size_t from = at;
        while (at < head.n && !talk_is_blank(head.p[at]) && head.p[at] != '=' && head.p[at] != ',')
            at++;
        const dia_bytes word = { head.p + from, at - from };
        if (i && i % 2 == 0 && (talk_is(last, key) || (other && talk_is(last, other))))
            found = word;
        last = word;
    }
    return found;
}

bool talk_says(const talk_text *text, const char *key, const char *short_key)
{
    return value_in(text->head, key, short_key).p != NULL;
}

/* The header as it would be sent: words with names are left out, they are looked at one by one. */
static bool header_of(const talk_text *text, dia_header *out, talk_names *names, talk_problem *problem)
{
    talk_string head = { 0 }, s = { 0 };
    message_head(&head, text->head);
    const char *p = head.p ? head.p : "";
    size_t n = strcspn(p, " ");
    talk_put(&s, (dia_bytes){ (const uint8_t *)p, n });
    while (p[n]) {
        const size_t key = n + 1, key_n = strcspn(p + key, " ");
        const size_t value = p[key + key_n] ? key + key_n + 1 : key + key_n, value_n = strcspn(p + value, " ");
        const dia_bytes word = { (const uint8_t *)p + value, value_n };
        if (!memchr(p + value, '$', value_n) && !talk_is(word, "*"))
            talk_say(&s, " %.*s %.*s", (int)key_n, p + key, (int)value_n, p + value);
        else if (strncmp(p + key, "h", 1) && strncmp(p + key, "e", 1))
            message_wrong(problem, text->number, "only hop-by-hop and end-to-end may be names");
        n = value + value_n;
    }
    const talk_text alone = { .number = text->number };
    talk_say(&s, "\n");
    dia_bytes octets = { NULL, 0 };
    if (!problem->line)
        octets = message_read(&alone, (dia_bytes){ (const uint8_t *)s.p, s.n }, names->arena, problem);
    talk_string_done(&head);
    talk_string_done(&s);
    return octets.p && !dia_header_read(octets, out);
}

/* The value of "$hop" or "$hop+1"; false with *is_new when it has none yet. */
static bool number_of_name(dia_bytes said, const talk_names *names, uint32_t *out, dia_bytes *is_new)
{
    const dia_bytes name = message_name(said, 0);
    const talk_name *known = talk_name_get(names, name);
    *is_new = name;
    *out = 0;
    for (size_t i = 2 + name.n; i < said.n; i++)
        *out = *out * 10 + (uint32_t)(said.p[i] - '0');
    for (int i = 0; known && i < 4 && known->octets.n == 4; i++)
        *out += (uint32_t)known->octets.p[i] << (24 - 8 * i);
    return known != NULL;
}

/* "+1" */
static bool is_more(dia_bytes said)
{
    size_t n = 1;
    while (n < said.n && said.p[n] >= '0' && said.p[n] <= '9')
        n++;
    return said.p[0] == '+' && n > 1 && n == said.n;
}

/* "$hop", "$hop+1", "!$hop" for another one, "*", or a number. */
static bool id_fits(const talk_text *want, dia_bytes said, uint32_t number, uint32_t came, bool looking,
                    talk_names *names, talk_problem *problem, const char *what)
{
    dia_bytes is_new = { NULL, 0 };
    if (!said.n || talk_is(said, "*"))
        return true;
    const bool negated = said.p[0] == '!';
    if (negated)
        said = (dia_bytes){ said.p + 1, said.n - 1 };
    const bool named = said.n && said.p[0] == '$';
    const size_t behind = named ? 1 + message_name(said, 0).n : said.n;
    if ((negated && !named) || (behind < said.n && !is_more((dia_bytes){ said.p + behind, said.n - behind })))
        return message_wrong(problem, want->number, "%s wants a number, *, $name, $name+1 or not $name", what);
    if (looking)
        return true;
    if (named && !number_of_name(said, names, &number, &is_new)) {
        char text[16];
        const uint8_t octets[4] = { (uint8_t)(came >> 24), (uint8_t)(came >> 16), (uint8_t)(came >> 8), (uint8_t)came };
        snprintf(text, sizeof text, "%lu", (unsigned long)came);
        return talk_name_set(names, is_new, (dia_bytes){ octets, 4 }, dia_cstr(text));
    }
    if ((number == came) != negated)
        return true;
    return message_wrong(problem, want->number, "%s: %s%lu is expected, %lu came", what, negated ? "other than " : "",
                         (unsigned long)number, (unsigned long)came);
}

static void print_flags(uint8_t flags, char to[16])
{
    size_t n = 0;
    for (int i = 0; i < 4; i++)
        if (flags & 0x80 >> i)
            to[n++] = "RPET"[i];
    if (flags & DIA_FLAG_RESERVED)
        n += (size_t)snprintf(to + n, 8, "+0x%02x", flags & DIA_FLAG_RESERVED);
    to[n ? n : 1] = '\0';
    if (!n)
        to[0] = '-';
}

static bool header_fits(const talk_text *want, const dia_header *came, bool looking, dia_header *header,
                        talk_names *names, talk_problem *problem)
{
    if (!header_of(want, header, names, problem))
        return false;
    if (!looking) {
        if (header->command != came->command || (header->flags ^ came->flags) & DIA_FLAG_REQUEST)
            return message_wrong(problem, want->number, "another command came");
        if (header->application != came->application)
            return message_wrong(problem, want->number, "application %lu is expected, %lu came",
                                 (unsigned long)header->application, (unsigned long)came->application);
        char wanted[16], got[16];
        print_flags(header->flags, wanted);
        print_flags(came->flags, got);
        if (talk_says(want, "version", NULL) && header->version != came->version)
            return message_wrong(problem, want->number, "version %d is expected, %d came", header->version,
                                 came->version);
        if (talk_says(want, "flags", NULL) && header->flags != came->flags)
            return message_wrong(problem, want->number, "flags %s are expected, %s came", wanted, got);
    }
    return id_fits(want, value_in(want->head, "hop-by-hop", "hbh"), header->hop_by_hop, came->hop_by_hop, looking,
                   names, problem, "hop-by-hop") &&
           id_fits(want, value_in(want->head, "end-to-end", "e2e"), header->end_to_end, came->end_to_end, looking,
                   names, problem, "end-to-end");
}

/* ---- AVPs ---- */

typedef enum want_kind { ANY, VALUE, NOT, ABSENT, GROUP } want_kind;

/* One line that is expected. */
typedef struct wanted {
    const talk_line *line;
    size_t end; /* behind the lines of its group */
    dia_bytes name, value;
    uint32_t code, vendor;
    const dia_avp_def *def;
    bool has_flags;
    uint8_t flags;
    want_kind kind;
} wanted;

typedef struct matcher {
    const talk_text *text;
    uint32_t application;
    bool looking; /* there is no message: only the pattern is looked at */
    talk_names *names;
    talk_problem *problem;
} matcher;

static dia_bytes without_comment(dia_bytes text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && quoted)
            i++;
        else if (text.p[i] == '"')
            quoted = !quoted;
        else if (text.p[i] == '#' && !quoted && i && talk_is_blank(text.p[i - 1]))
            return trim((dia_bytes){ text.p, i });
    }
    return trim(text);
}

static bool number_at(dia_bytes text, size_t *at, uint32_t *out)
{
    const size_t from = *at;
    uint64_t value = 0;
    for (; *at < text.n && text.p[*at] >= '0' && text.p[*at] <= '9' && value <= UINT32_MAX; (*at)++)
        value = value * 10 + (uint64_t)(text.p[*at] - '0');
    *out = (uint32_t)value;
    return *at > from && value <= UINT32_MAX;
}

/* "AVP 70000/10415". */
static bool coded(dia_bytes name, uint32_t *code, uint32_t *vendor)
{
    size_t at = 4;
    *vendor = 0;
    if (name.n < 5 || memcmp(name.p, "AVP ", 4) || !number_at(name, &at, code))
        return false;
    if (at < name.n && name.p[at] == '/') {
        at++;
        if (!number_at(name, &at, vendor))
            return false;
    }
    return at == name.n;
}

static bool read_flags(dia_bytes inside, uint8_t *flags)
{
    const dia_bytes letters =
        trim(inside.n > 5 && !memcmp(inside.p, "flags", 5) ? (dia_bytes){ inside.p + 5, inside.n - 5 }
                                                           : (dia_bytes){ NULL, 0 });
    *flags = 0;
    static const char all[] = "VMP";
    for (size_t i = 0; i < letters.n; i++) {
        const char *letter = memchr(all, letters.p[i], sizeof all - 1);
        if (letter)
            *flags |= (uint8_t)(0x80 >> (letter - all));
        else if (letters.p[i] != '-')
            return false;
    }
    return letters.n > 0;
}

static bool read_want(const matcher *m, size_t at, wanted *w)
{
    *w = (wanted){ .line = &m->text->lines[at], .end = at + 1 };
    const dia_bytes text = without_comment(w->line->text);
    const uint32_t line = w->line->number;
    size_t n = 0;
    while (n < text.n && text.p[n] != ':' && text.p[n] != '[' && text.p[n] != '(')
        n++;
    w->name = trim((dia_bytes){ text.p, n });
    if (n < text.n && text.p[n] == '(')
        while (n < text.n && text.p[n] != ':' && text.p[n] != '[')
            n++;
    if (n < text.n && text.p[n] == '[') {
        const size_t from = n + 1;
        while (n < text.n && text.p[n] != ']')
            n++;
        w->has_flags = true;
        if (n == text.n || !read_flags((dia_bytes){ text.p + from, n - from }, &w->flags))
            return message_wrong(m->problem, line, "[flags VM] is expected: letters of VMP, or - for none");
        for (n++; n < text.n && text.p[n] != ':';)
            n++;
    }
    if (n == text.n)
        return message_wrong(m->problem, line, "Name: value is expected, or Name: and the AVPs of the group below it");
    w->value = trim((dia_bytes){ text.p + n + 1, text.n - n - 1 });
    while (w->end < m->text->n && m->text->lines[w->end].indent > w->line->indent)
        w->end++;
    if (coded(w->name, &w->code, &w->vendor)) {
        w->def = dia_dicts_avp(&dia_dicts_all, m->application, w->code, w->vendor);
    } else {
        w->def = dia_dicts_avp_named(&dia_dicts_all, m->application, w->name);
        if (!w->def)
            return message_wrong(m->problem, line, "no dictionary knows the AVP \"%.*s\"", TALK_TEXT(w->name));
        w->code = w->def->code;
        w->vendor = w->def->vendor;
    }
    w->kind = talk_is(w->value, "*")                             ? ANY
              : talk_is(w->value, "absent")                      ? ABSENT
              : w->value.n > 4 && !memcmp(w->value.p, "not ", 4) ? NOT
              : w->value.n                                       ? VALUE
                                                                 : GROUP;
    if (w->kind == NOT)
        w->value = trim((dia_bytes){ w->value.p + 4, w->value.n - 4 });
    if (w->kind != GROUP && w->end > at + 1)
        return message_wrong(m->problem, m->text->lines[at + 1].number, "only below a group stand AVPs");
    return true;
}

/* The octets of a value that is expected; a name that is not known yet gives true with *is_new. */
static bool value_of(const matcher *m, const wanted *w, dia_bytes *octets, dia_bytes *is_new)
{
    *is_new = (dia_bytes){ NULL, 0 };
    if (w->value.n > 1 && w->value.p[0] == '$' && message_name(w->value, 0).n + 1 == w->value.n) {
        const dia_bytes name = message_name(w->value, 0);
        const talk_name *known = talk_name_get(m->names, name);
        if (!known) {
            *is_new = name;
            return w->kind != NOT || m->looking ||
                   message_wrong(m->problem, w->line->number, "$%.*s has no value yet", TALK_TEXT(name));
        }
    }
    talk_string s = { 0 };
    const char *why = "";
    size_t needed = 0;
    int64_t n = DIA_EFORMAT;
    if (!message_fill(&s, w->value, w->line->number, m->names, m->problem)) {
        talk_string_done(&s);
        return m->looking && m->problem->unknown_name;
    }
    const dia_bytes written = { (const uint8_t *)(s.p ? s.p : ""), s.n };
    dia_text_value_read(w->def, written, NULL, 0, &needed, &why);
    uint8_t *buf = talk_get(m->names->arena, needed + 1);
    n = dia_text_value_read(w->def, written, buf, needed, NULL, &why);
    talk_string_done(&s);
    if (n < 0)
        return message_wrong(m->problem, w->line->number, "%.*s wants %s", TALK_TEXT(w->name),
                             n == DIA_EFORMAT ? why : "something shorter");
    *octets = (dia_bytes){ buf, (size_t)n };
    return true;
}

static void show_value(const wanted *w, dia_bytes data, char *to, size_t size)
{
    if (dia_text_value(w->def, data, to, size, NULL) < 0)
        snprintf(to, size, "%zu octets", data.n);
}

static bool match_level(const matcher *m, size_t begin, size_t end, dia_avps it, bool exactly, bool first);

/* Does this AVP fit? `remember`: names get their values. */
static bool fits(const matcher *m, const wanted *w, const dia_avp *avp, bool exactly, bool remember, char *why,
                 size_t size)
{
    dia_bytes octets = { NULL, 0 }, is_new;
    char came[200], hoped[200];
    why[0] = '\0';
    if (w->has_flags && (w->flags ^ avp->flags) & (DIA_AVP_V | DIA_AVP_M | DIA_AVP_P)) {
        snprintf(why, size, "%.*s: other flags came (0x%02x)", TALK_TEXT(w->name), avp->flags);
        return false;
    }
    if (w->kind == ANY)
        return true;
    if (w->kind == GROUP) {
        const size_t at = (size_t)(w->line - m->text->lines);
        talk_problem inside = { 0 };
        matcher deeper = *m;
        deeper.problem = &inside;
        if (match_level(&deeper, at + 1, w->end, dia_avps_in(avp->data), exactly, false))
            return true;
        snprintf(why, size, "in %.*s: %.400s", TALK_TEXT(w->name), inside.text);
        return false;
    }
    if (!value_of(m, w, &octets, &is_new)) {
        snprintf(why, size, "%s", m->problem->text);
        return false;
    }
    show_value(w, avp->data, came, sizeof came);
    if (is_new.p)
        return !remember || talk_name_set(m->names, is_new, avp->data, dia_cstr(came));
    const bool same = dia_bytes_equal(octets, (dia_bytes){ avp->data.p ? avp->data.p : octets.p, avp->data.n });
    if (same == (w->kind == VALUE))
        return true;
    show_value(w, octets, hoped, sizeof hoped);
    snprintf(why, size, "%.*s: %s%s is expected, %s came", TALK_TEXT(w->name), w->kind == NOT ? "other than " : "",
             hoped, came);
    return false;
}

/* The pattern alone: every name is known, every value is one. */
static bool look(const matcher *m, size_t begin, size_t end)
{
    wanted w;
    for (size_t at = begin; at < end; at = w.end) {
        dia_bytes octets, is_new;
        if (!read_want(m, at, &w))
            return false;
        if (w.line->indent != m->text->lines[begin].indent)
            return message_wrong(m->problem, w.line->number, "indented otherwise than the AVPs beside it");
        if (w.kind == GROUP && w.def && w.def->type != DIA_TYPE_GROUPED)
            return message_wrong(m->problem, w.line->number, "%.*s is no group: its value is missing",
                                 TALK_TEXT(w.name));
        if ((w.kind == VALUE || w.kind == NOT) && !value_of(m, &w, &octets, &is_new))
            return false;
        if (w.kind == GROUP && !look(m, at + 1, w.end))
            return false;
    }
    return true;
}

static bool find(const matcher *m, const wanted *w, const dia_avp *avps, bool *used, size_t n, bool exactly, size_t *at)
{
    char why[600] = "", one[600];
    for (size_t i = 0; i < n; i++) {
        if (used[i] || avps[i].code != w->code || avps[i].vendor != w->vendor)
            continue;
        if (fits(m, w, &avps[i], exactly, true, one, sizeof one)) {
            used[i] = true;
            *at = i;
            return true;
        }
        memcpy(why, one, sizeof why);
    }
    if (why[0])
        return message_wrong(m->problem, w->line->number, "%s", why);
    return message_wrong(m->problem, w->line->number, "%.*s is missing", TALK_TEXT(w->name));
}

static bool nothing_else(const matcher *m, const dia_avp *avps, const bool *used, size_t n, uint32_t line)
{
    for (size_t i = 0; i < n; i++) {
        if (used[i])
            continue;
        const dia_avp_def *def = dia_dicts_avp(&dia_dicts_all, m->application, avps[i].code, avps[i].vendor);
        return message_wrong(m->problem, line, "%s (%lu/%lu) came and is not expected", def ? def->name : "an AVP",
                             (unsigned long)avps[i].code, (unsigned long)avps[i].vendor);
    }
    return true;
}

static bool match_level(const matcher *m, size_t begin, size_t end, dia_avps it, bool exactly, bool first)
{
    const dia_avps start = it;
    size_t n = 0, position = 0;
    const uint32_t line = begin < end ? m->text->lines[begin].number : m->text->number;
    while (dia_avp_next(&it))
        n++;
    dia_avp *avps = talk_get(m->names->arena, n * sizeof *avps);
    bool *used = talk_get(m->names->arena, n);
    it = start;
    for (size_t i = 0; dia_avp_next(&it); i++)
        avps[i] = it.avp;
    if (it.err)
        return message_wrong(m->problem, line, "the AVPs cannot be read: %s", dia_strerror(it.err));
    /* What is said closely is looked for first, so that a * does not take its place. */
    for (int round = 0; round < 2; round++) {
        wanted w;
        for (size_t at = begin; at < end; at = w.end) {
            size_t found = 0;
            if (!read_want(m, at, &w))
                return false;
            if (w.kind == ABSENT || (w.kind == ANY && !first) != (round == 1))
                continue;
            if (!find(m, &w, avps, used, n, exactly, &found))
                return false;
            if (first && found != position++)
                return message_wrong(m->problem, w.line->number, "%.*s stands elsewhere: AVP %zu of the message",
                                     TALK_TEXT(w.name), found + 1);
        }
    }
    wanted w;
    for (size_t at = begin; at < end; at = w.end) {
        if (!read_want(m, at, &w))
            return false;
        for (size_t i = 0; i < n && w.kind == ABSENT; i++)
            if (avps[i].code == w.code && avps[i].vendor == w.vendor)
                return message_wrong(m->problem, w.line->number, "%.*s came and must not be there", TALK_TEXT(w.name));
    }
    return !exactly || nothing_else(m, avps, used, n, line);
}

bool talk_match(const talk_text *want, bool exactly, bool first, dia_bytes message, talk_names *names,
                talk_problem *problem)
{
    dia_header came = { 0 }, header;
    const bool looking = !message.p;
    if (!looking && dia_header_read(message, &came))
        return message_wrong(problem, want->number, "not even a header came");
    if (!header_fits(want, &came, looking, &header, names, problem))
        return false;
    const matcher m = { want, header.application, looking, names, problem };
    if (looking)
        return look(&m, 0, want->n);
    return match_level(&m, 0, want->n, dia_avps_of(message), exactly, first);
}

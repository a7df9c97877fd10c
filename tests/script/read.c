/* The reader of scripts: lines, sentences of a fixed set of forms, and the messages below them. Every line is judged on its
 * own, so that all mistakes are told at once. */
#include "script.h"

#include <diatom/app/all.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000)

typedef struct named_text {
    struct named_text *next;
    dia_bytes name;
    const talk_text *text;
} named_text;

typedef struct part {
    struct part *next;
    dia_bytes name;
    size_t begin, end; /* its lines */
} part;

typedef struct reader {
    dia_arena *arena;
    const talk_reader *given;
    talk_script *out;
    talk_line *lines;
    size_t n_lines, cap_lines;
    bool quiet; /* mistakes are not told: it is only tried */
    unsigned mistakes;
    talk_config common; /* of the whole file */
    talk_config *config;
    named_text *texts;
    part *parts;
    talk_step *steps; /* of the scenario that is being read */
    size_t n_steps, cap_steps;
    size_t n_read; /* lines of it, those of parts as often as they are used */
    bool too_long;
} reader;

/* A sentence: its words, and what its form made of them. */
typedef struct sentence {
    const talk_line *line;
    size_t body_begin, body_end; /* the lines below it that are indented further */
    dia_bytes word[TALK_WORDS];
    size_t n;
    dia_bytes capture[TALK_CAPTURES + 8];
    talk_step step;
    int host_x; /* the party that is called X here; -1: none */
} sentence;

/* ---- Mistakes ---- */

TALK_PRINTF(3, 4) static void wrong(reader *r, const talk_line *line, const char *format, ...)
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

static dia_bytes shown(dia_bytes text)
{
    return (dia_bytes){ text.p, text.n < 60 ? text.n : 60 };
}

/* ---- Lines and words ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is(dia_bytes word, const char *text)
{
    return dia_bytes_equal(word, dia_cstr(text));
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

static bool begins_with(const talk_line *line, const char *word)
{
    const size_t n = strlen(word);
    return line->text.n >= n && !memcmp(line->text.p, word, n) && (line->text.n == n || is_blank(line->text.p[n]));
}

static dia_bytes behind(const talk_line *line, size_t n)
{
    dia_bytes rest = { line->text.p + n, line->text.n - n };
    while (rest.n && is_blank(*rest.p)) {
        rest.p++;
        rest.n--;
    }
    return rest;
}

static void cut_lines(reader *r, dia_bytes text, const char *name);

/* The lines of another file stand here; it includes none itself. */
static void include(reader *r, const talk_line *line)
{
    const dia_bytes name = behind(line, 7);
    dia_bytes text;
    if (line->number >> TALK_FILE_SHIFT)
        wrong(r, line, "a file that is included includes no other");
    else if (r->out->n_files == TALK_FILES)
        wrong(r, line, "more than %d files", TALK_FILES);
    else if (!r->given->open || !r->given->open(r->given->arg, name, &text))
        wrong(r, line, "there is no file \"%.*s\" beside this one", TALK_TEXT(shown(name)));
    else
        cut_lines(r, text, talk_cstring(r->arena, name));
}

static void cut_lines(reader *r, dia_bytes text, const char *name)
{
    uint32_t number = (uint32_t)r->out->n_files << TALK_FILE_SHIFT;
    r->out->files[r->out->n_files++] = (talk_file){ name, text };
    for (size_t at = 0; at < text.n;) {
        const uint8_t *newline = memchr(text.p + at, '\n', text.n - at);
        size_t end = newline ? (size_t)(newline - text.p) : text.n;
        const size_t next = end + 1;
        talk_line line = { .number = ++number };
        for (; at < end && is_blank(text.p[at]); at++)
            line.indent = text.p[at] == '\t' ? line.indent / 8 * 8 + 8 : line.indent + 1;
        while (end > at && is_blank(text.p[end - 1]))
            end--;
        line.text = (dia_bytes){ text.p + at, end - at };
        if (!line.indent && begins_with(&line, "include"))
            include(r, &line);
        else if (line.text.n && line.text.p[0] != '#')
            add_line(r, &line);
        at = next;
    }
}

static void cut_words(reader *r, sentence *s)
{
    const dia_bytes text = s->line->text;
    for (size_t at = 0; at < text.n;) {
        if (is_blank(text.p[at])) {
            at++;
            continue;
        }
        if (text.p[at] == '#')
            return;
        size_t end = at;
        while (end < text.n && !is_blank(text.p[end]))
            end++;
        if (s->n == TALK_WORDS) {
            wrong(r, s->line, "more than %d words", TALK_WORDS);
            return;
        }
        s->word[s->n++] = (dia_bytes){ text.p + at, end - at };
        at = end;
    }
}

/* What stands from this word to the end of the line, without a comment. */
static dia_bytes rest_of(const sentence *s, size_t word)
{
    const dia_bytes last = s->word[s->n - 1];
    return word < s->n ? (dia_bytes){ s->word[word].p, (size_t)(last.p + last.n - s->word[word].p) }
                       : (dia_bytes){ last.p + last.n, 0 };
}

static void remove_words(sentence *s, size_t at, size_t n)
{
    for (size_t i = at; i + n < s->n; i++)
        s->word[i] = s->word[i + n];
    s->n -= n;
}

/* ---- Values of words ---- */

static bool number_of(dia_bytes word, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] < '0' || word.p[i] > '9' || value > max / 10)
            return false;
        value = value * 10 + (uint64_t)(word.p[i] - '0');
    }
    *out = value;
    return word.n && value <= max;
}

/* "28s", "500ms", "5min". */
static bool duration_of(dia_bytes word, int64_t *us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = { { "ms", 1000 }, { "s", S }, { "min", 60 * S }, { "h", 3600 * S } };
    size_t digits = 0;
    uint64_t value;
    while (digits < word.n && word.p[digits] >= '0' && word.p[digits] <= '9')
        digits++;
    if (!number_of((dia_bytes){ word.p, digits }, 1000000, &value))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (is((dia_bytes){ word.p + digits, word.n - digits }, units[i].unit)) {
            *us = (int64_t)value * units[i].us;
            return true;
        }
    }
    return false;
}

static bool span_of(dia_bytes word, talk_when *when)
{
    for (size_t i = 0; i + 1 < word.n; i++)
        if (word.p[i] == '.' && word.p[i + 1] == '.')
            return duration_of((dia_bytes){ word.p, i }, &when->from_us) &&
                   duration_of((dia_bytes){ word.p + i + 2, word.n - i - 2 }, &when->to_us) &&
                   when->from_us <= when->to_us;
    if (!duration_of(word, &when->from_us))
        return false;
    when->to_us = when->from_us;
    return true;
}

static int party_of(const reader *r, const sentence *s, dia_bytes word)
{
    if (s->host_x >= 0 && is(word, "X"))
        return s->host_x;
    for (size_t i = 0; i < r->config->n_parties; i++)
        if (dia_bytes_equal(r->config->parties[i].name, word))
            return (int)i;
    return -1;
}

static bool name_is_good(dia_bytes word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!((word.p[i] | 0x20) >= 'a' && (word.p[i] | 0x20) <= 'z') && !(word.p[i] >= '0' && word.p[i] <= '9') &&
            word.p[i] != '-' && word.p[i] != '_')
            return false;
    return word.n > 0;
}

/* The values of a list, in a row, for people. */
static void say_error_names(talk_string *s)
{
    for (int e = -1; strcmp(dia_strerrorname(e), "?") && e > -30; e--)
        talk_say(s, "%s%s", s->n ? ", " : "", dia_strerrorname(e));
}

static bool error_of(dia_bytes word, int *out)
{
    for (int e = -1; e > -30; e--) {
        if (is(word, dia_strerrorname(e))) {
            *out = e;
            return true;
        }
    }
    return false;
}

enum { KINDS_MAX = 64 };

/* How scripts write the names of these things: AS_IT_IS "R-Open", LOUD "PEER_UP" for "peer up", JOINED "bad-answer". */
enum spelling { AS_IT_IS, LOUD, JOINED };

static void spell(enum spelling how, const char *name, char *to, size_t size)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++) {
        to[i] = name[i];
        if (name[i] == ' ' && how != AS_IT_IS)
            to[i] = how == LOUD ? '_' : '-';
        else if (name[i] >= 'a' && name[i] <= 'z' && how == LOUD)
            to[i] = (char)(name[i] - 'a' + 'A');
    }
    to[i] = '\0';
}

static const char *event_name(int i)
{
    return dia_event_name((dia_event_kind)i);
}

static const char *outcome_name(int i)
{
    return dia_outcome_name((dia_outcome_kind)i);
}

static const char *state_name(int i)
{
    return dia_peer_state_name((dia_peer_state)i);
}

static const char *cause_name(int i)
{
    static const char *const names[] = { "REBOOTING", "BUSY", "DO_NOT_WANT_TO_TALK_TO_YOU" };
    return i < 3 ? names[i] : "?";
}

static const char *level_name(int i)
{
    static const char *const names[] = { "off", "lenient", "strict" };
    return i < 3 ? names[i] : "?";
}

static const char *kind_name(int i)
{
    static const char *const names[] = { "auth", "acct", "both" };
    return i < 3 ? names[i] : "?";
}

/* Which of these names is it? */
static bool one_of(reader *r, const talk_line *line, dia_bytes word, const char *what, const char *name(int i),
                   enum spelling how, int64_t *out)
{
    talk_string s = { 0 };
    bool found = false;
    for (int i = 0; i < KINDS_MAX && !found && strcmp(name(i), "?"); i++) {
        char text[64];
        spell(how, name(i), text, sizeof text);
        if (is(word, text)) {
            *out = i;
            found = true;
        }
        talk_say(&s, "%s%s", i ? ", " : "", text);
    }
    if (!found)
        wrong(r, line, "\"%.*s\" is no %s: %s", TALK_TEXT(shown(word)), what, s.p);
    talk_string_done(&s);
    return found;
}

/* ---- Messages ---- */

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
    while (n && is_blank(line.p[n - 1]))
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
    while (at < line.n && is_blank(line.p[at]))
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
                (keeps_absent || !is(avp_value(by->lines[k].text), "absent")))
                add_entry(out, lines, by, k);
    }
    for (size_t k = 0; k < by->n; k = entry_end(by, k)) {
        const dia_bytes name = avp_name(by->lines[k].text);
        if (has_entry(base, name))
            continue;
        if (keeps_absent || !is(avp_value(by->lines[k].text), "absent"))
            add_entry(out, lines, by, k);
        else
            wrong(r, &by->lines[k], "%.*s is not in the message that is changed here", TALK_TEXT(shown(name)));
    }
    out->lines = lines;
    return out;
}

/* The message whose header begins with this word. `expected`: it is one that must come. */
static const talk_text *take_message(reader *r, sentence *s, size_t word, bool expected)
{
    talk_text *text = talk_get(r->arena, sizeof *text);
    text->number = s->line->number;
    const dia_bytes first = s->word[word];
    const bool named = first.n && first.p[0] == '@';
    talk_string head = { 0 };
    for (size_t i = word + named; i < s->n; i++) {
        const bool is_not = is(s->word[i], "not") && i + 1 < s->n; /* "hop-by-hop not $hop" is one value */
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
    wrong(r, s->line, "there is no message %.*s: \"message %.*s\" would begin it, above", TALK_TEXT(shown(first)),
          (int)first.n - 1, (const char *)first.p + 1);
    return NULL;
}

/* ---- Forms ---- */

/* What may stand behind a sentence. */
enum { WHEN = 1, TIMES = 2, OCTETWISE = 4, CUT = 8, EXACTLY = 16, FIRST = 32, GIVES = 64, BODY = 128 };

typedef void act(reader *r, sentence *s);

typedef struct form {
    const char *pattern; /* words; capitals stand for what the script says; [...] may be left out */
    talk_verb verb;
    unsigned options;
    act *act;
} form;

static bool is_place(const char *token)
{
    return token[0] >= 'A' && token[0] <= 'Z';
}

/* The word stands for itself, or for a place. */
static bool fits(const reader *r, const sentence *s, const char *token, size_t n, dia_bytes word)
{
    if (!is_place(token))
        return word.n == n && memcmp(word.p, token, n) == 0;
    return !(n == 5 && !memcmp(token, "PARTY", 5)) || party_of(r, s, word) >= 0;
}

/* MESSAGE and TEXT stand for all that is left. */
static bool takes_all(const char *token, size_t n)
{
    return (n == 7 && !memcmp(token, "MESSAGE", 7)) || (n == 4 && !memcmp(token, "TEXT", 4)) ||
           (n == 6 && !memcmp(token, "OCTETS", 6));
}

/* Does the sentence have this form? Places of the pattern, also of parts that are left out, fill s->capture. */
static bool has_form(const reader *r, sentence *s, const char *pattern)
{
    size_t at = 0, captures = 0;
    bool skipping = false;
    memset(s->capture, 0, sizeof s->capture);
    for (const char *p = pattern; *p;) {
        if (*p == ' ' || *p == ']') {
            skipping = skipping && *p != ']';
            p++;
            continue;
        }
        const bool optional = *p == '[';
        p += optional;
        const size_t n = strcspn(p, " ]");
        const bool here = at < s->n && fits(r, s, p, n, s->word[at]);
        if (optional)
            skipping = !here;
        if (skipping) {
            captures += is_place(p);
        } else if (!here) {
            return false;
        } else if (takes_all(p, n)) {
            s->capture[captures++] = s->word[at];
            return true;
        } else {
            if (is_place(p))
                s->capture[captures++] = s->word[at];
            at++;
        }
        p += n;
    }
    return at == s->n;
}

/* ---- What may stand behind a sentence ---- */

static void take_options(reader *r, sentence *s, unsigned options)
{
    talk_step *step = &s->step;
    uint64_t n;
    int64_t us;
    for (size_t i = 1; i < s->n;) {
        const dia_bytes word = s->word[i], next = i + 1 < s->n ? s->word[i + 1] : (dia_bytes){ word.p, 0 };
        size_t used = 0;
        if (options & WHEN && is(word, "within") && duration_of(next, &us)) {
            step->when = (talk_when){ 0, us };
            used = 2;
        } else if (options & WHEN && is(word, "after") && span_of(next, &step->when)) {
            used = 2;
        } else if (options & TIMES && is(next, "times") && number_of(word, 100000, &n) && n) {
            step->times = (uint32_t)n;
            used = 2;
        } else if (options & OCTETWISE && is(word, "octet") && is(next, "by") && i + 2 < s->n &&
                   is(s->word[i + 2], "octet")) {
            step->singly = true;
            used = 3;
        } else if (options & CUT && is(word, "cut") && is(next, "at") && i + 2 < s->n &&
                   number_of(s->word[i + 2], 1 << 20, &n) && n) {
            step->cut = (uint32_t)n;
            used = 3;
        } else if (options & EXACTLY && is(word, "exactly")) {
            step->exactly = true;
            used = 1;
        } else if (options & FIRST && is(word, "first")) {
            step->first = true;
            used = 1;
        } else if (options & GIVES && is(word, "gives") && next.n) {
            if (!error_of(next, &step->error)) {
                talk_string names = { 0 };
                say_error_names(&names);
                wrong(r, s->line, "\"%.*s\" is no error: %s", TALK_TEXT(shown(next)), names.p);
                talk_string_done(&names);
            }
            used = 2;
        }
        if (used)
            remove_words(s, i, used);
        else
            i++;
    }
}

/* ---- Words of forms that must be something ---- */

static uint64_t want_number(reader *r, const sentence *s, int capture, uint64_t max)
{
    uint64_t n = 0;
    if (!number_of(s->capture[capture], max, &n))
        wrong(r, s->line, "\"%.*s\" is no number up to %llu", TALK_TEXT(shown(s->capture[capture])),
              (unsigned long long)max);
    return n;
}

static int64_t want_duration(reader *r, const sentence *s, int capture)
{
    int64_t us = 0;
    if (!duration_of(s->capture[capture], &us))
        wrong(r, s->line, "\"%.*s\" is no time: a whole number and ms, s, min or h, as in 30s",
              TALK_TEXT(shown(s->capture[capture])));
    return us;
}

static const char *want_identity(reader *r, const sentence *s, int capture)
{
    if (!dia_identity_valid(s->capture[capture]))
        wrong(r, s->line, "\"%.*s\" is no DiameterIdentity", TALK_TEXT(shown(s->capture[capture])));
    return talk_cstring(r->arena, s->capture[capture]);
}

static dia_address want_address(reader *r, const sentence *s, int capture, uint8_t *store)
{
    dia_address out = { 0 };
    if (dia_address_parse(s->capture[capture], store, 16, &out))
        wrong(r, s->line, "\"%.*s\" is no address", TALK_TEXT(shown(s->capture[capture])));
    return out;
}

/* ---- Configuration ---- */

#define ROOM(r, s, n, max, what) ((n) < (max) ? true : (wrong(r, (s)->line, "more than %d " what, (int)(max)), false))

static void set_node(reader *r, sentence *s)
{
    r->config->node.origin_host = want_identity(r, s, 0);
    r->config->node.origin_realm = want_identity(r, s, 1);
}

static void add_party(reader *r, sentence *s)
{
    talk_config *c = r->config;
    const dia_bytes name = s->capture[0];
    if (!ROOM(r, s, c->n_parties, TALK_PARTIES, "parties"))
        return;
    if (!name_is_good(name) || is(name, "X") || is(name, "node") || is(name, "peer") || is(name, "no"))
        wrong(r, s->line,
              "\"%.*s\" cannot be the name of a party: letters and digits can, but not node, peer, no and X",
              TALK_TEXT(shown(name)));
    else if (party_of(r, s, name) >= 0)
        wrong(r, s->line, "there is a party %.*s already", TALK_TEXT(shown(name)));
    talk_party *party = &c->parties[c->n_parties];
    party->name = name;
    party->host = s->capture[1];
    want_identity(r, s, 1);
    uint8_t *store = talk_get(r->arena, 16);
    const uint8_t own[] = { 192, 0, 2, (uint8_t)(101 + c->n_parties) };
    memcpy(store, own, sizeof own);
    party->address = (dia_address){ DIA_FAMILY_IPV4, { store, sizeof own } };
    if (s->capture[2].p)
        party->address = want_address(r, s, 2, store);
    c->n_parties++;
}

static void add_allow(reader *r, sentence *s)
{
    if (ROOM(r, s, r->config->n_allow, TALK_ALLOWS, "lines \"allow\""))
        r->config->allow[r->config->n_allow++] = talk_cstring(r->arena, s->capture[0]);
}

const char *talk_way_name(int way)
{
    static const char *const ways[] = { "tcp", "sctp", "tls", "dtls", "any", "any-or-clear" };
    return way >= 0 && way < (int)(sizeof ways / sizeof *ways) ? ways[way] : "?";
}

/* "tcp", "sctp", "tls" and "dtls", of which the last two are protected from the first octet; for a node that connects to a host
 * alone also "any" and "any-or-clear". -1: none was said. */
static int way_of(reader *r, const sentence *s, int capture, int most)
{
    talk_string names = { 0 };
    int way = -1;
    if (!s->capture[capture].p)
        return -1;
    for (int i = 0; i <= most; i++) {
        talk_say(&names, "%s%s", i ? ", " : "", talk_way_name(i));
        if (is(s->capture[capture], talk_way_name(i)))
            way = i;
    }
    if (way < 0)
        wrong(r, s->line, "\"%.*s\" is no way to connect: %s", TALK_TEXT(shown(s->capture[capture])), names.p);
    talk_string_done(&names);
    return way;
}

static const char *inband_name(int i)
{
    static const char *const names[] = { "off", "offer", "require" };
    return i < 3 ? names[i] : "?";
}

static dia_inband inband_of(reader *r, const sentence *s, int capture)
{
    int64_t inband = 0;
    if (s->capture[capture].p)
        one_of(r, s->line, s->capture[capture], "Inband-Security-Id", inband_name, AS_IT_IS, &inband);
    return (dia_inband)inband;
}

/* HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]. */
static talk_peer peer_of(reader *r, const sentence *s)
{
    static const char *const schemes[] = { "aaa://", "aaa://", "aaas://", "aaas://", "", "" };
    talk_peer peer = { .host = want_identity(r, s, 0) };
    bool connects = false;
    for (size_t i = 0; i < s->n; i++)
        connects = connects || is(s->word[i], "connect");
    if (s->capture[1].p)
        want_identity(r, s, 1);
    const int said = way_of(r, s, 2, TALK_BY_ANY_OR_CLEAR), way = said < 0 ? TALK_BY_TCP : said;
    if (connects) {
        char uri[400];
        const dia_bytes host = s->capture[s->capture[1].p ? 1 : 0];
        snprintf(uri, sizeof uri, "%s%.*s%s", schemes[way], TALK_TEXT(host),
                 way < TALK_BY_ANY && way % 2 ? ";transport=sctp" : "");
        peer.connect = talk_cstring(r->arena, dia_cstr(uri));
    }
    if (s->capture[3].p)
        peer.watchdog_ms = (uint32_t)(want_duration(r, s, 3) / 1000);
    peer.insecure = way == TALK_BY_ANY_OR_CLEAR;
    peer.inband = inband_of(r, s, 4);
    return peer;
}

static void set_inband(reader *r, sentence *s)
{
    r->config->inband = inband_of(r, s, 0);
}

static void set_certificate(reader *r, sentence *s)
{
    talk_party *party = &r->config->parties[party_of(r, s, s->capture[0])];
    party->certified = s->capture[1];
    party->life_us = s->capture[2].p ? want_duration(r, s, 2) : 0;
    party->warn_s = s->capture[3].p ? (uint32_t)(want_duration(r, s, 3) / 1000000) : 0;
}

static void add_peer(reader *r, sentence *s)
{
    if (ROOM(r, s, r->config->n_peers, TALK_PEERS, "peers"))
        r->config->peers[r->config->n_peers++] = peer_of(r, s);
}

static const dia_dict *dict_of(reader *r, const sentence *s, int capture)
{
    const dia_dict *dict = dia_dicts_application_named(&dia_dicts_all, s->capture[capture]);
    if (!dict)
        wrong(r, s->line, "no dictionary has an application \"%.*s\"", TALK_TEXT(shown(s->capture[capture])));
    return dict;
}

static void add_application(reader *r, sentence *s, talk_application application)
{
    if (ROOM(r, s, r->config->n_applications, TALK_SERVES, "applications"))
        r->config->applications[r->config->n_applications++] = application;
}

static void add_use(reader *r, sentence *s)
{
    const dia_dict *dict = dict_of(r, s, 0);
    if (dict)
        add_application(r, s, (talk_application){ .dict = dict, .id = dict->application });
}

static void add_advertise(reader *r, sentence *s)
{
    int64_t kind = 0;
    const talk_application application = {
        .id = (uint32_t)want_number(r, s, 0, UINT32_MAX),
        .vendor = s->capture[1].p ? (uint32_t)want_number(r, s, 1, UINT32_MAX) : 0,
        .kind = one_of(r, s->line, s->capture[2], "kind of application", kind_name, AS_IT_IS, &kind)
                    ? (dia_app_kind)(kind + 1)
                    : DIA_APP_AUTH,
    };
    add_application(r, s, application);
}

static void add_relay(reader *r, sentence *s)
{
    add_application(r, s, (talk_application){ .id = UINT32_MAX, .kind = DIA_APP_AUTH });
}

static void add_serve(reader *r, sentence *s)
{
    const bool any = is(s->word[1], "anything");
    talk_serve serve = { .result_code = 2001 };
    const dia_dict *dict = any ? NULL : dict_of(r, s, 0);
    if (!ROOM(r, s, r->config->n_serves, TALK_SERVES, "lines \"serve\"") || (!any && !dict))
        return;
    if (dict && !(serve.command = dia_dict_command_named(dict, s->capture[1])))
        wrong(r, s->line, "%.*s has no command \"%.*s\"", TALK_TEXT(s->capture[0]), TALK_TEXT(shown(s->capture[1])));
    else if (dict && !(serve.command->flags & DIA_FLAG_REQUEST))
        wrong(r, s->line, "%.*s is no request", TALK_TEXT(shown(s->capture[1])));
    const dia_bytes last = s->word[s->n - 1];
    serve.how = is(last, "keep")       ? TALK_KEEP
                : is(last, "never")    ? TALK_NEVER
                : is(last, "redirect") ? TALK_REDIRECT
                                       : TALK_ANSWER;
    if (serve.how == TALK_ANSWER)
        serve.result_code = (uint32_t)want_number(r, s, any ? 0 : 2, UINT32_MAX);
    r->config->serves[r->config->n_serves++] = serve;
}

static void add_own_address(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (!ROOM(r, s, c->n_addresses, TALK_ADDRESSES, "addresses"))
        return;
    c->addresses[c->n_addresses] = want_address(r, s, 0, talk_get(r->arena, 16));
    c->n_addresses++;
}

static void set_watchdog(reader *r, sentence *s)
{
    r->config->node.watchdog_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reconnect(reader *r, sentence *s)
{
    r->config->node.reconnect_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reconnect_max(reader *r, sentence *s)
{
    r->config->node.reconnect_max_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reopen(reader *r, sentence *s)
{
    r->config->node.reopen_dwas = s->n == 3 ? DIA_REOPEN_AT_ONCE : (uint32_t)want_number(r, s, 0, 100);
}

static void set_reopen_discards(reader *r, sentence *s)
{
    (void)s;
    r->config->node.reopen_discards = true;
}

static void set_tries(reader *r, sentence *s)
{
    r->config->node.tries = (uint32_t)want_number(r, s, 0, 100);
}

static void set_try(reader *r, sentence *s)
{
    r->config->node.try_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_retry(reader *r, sentence *s)
{
    if (s->n == 2) {
        r->config->node.retry = DIA_RETRY_NEVER;
        return;
    }
    const uint64_t code = want_number(r, s, 0, 3031);
    if (code < 3001)
        wrong(r, s->line, "\"%.*s\" is no protocol error", TALK_TEXT(shown(s->capture[0])));
    else
        r->config->node.retry |= DIA_RETRY_ON(code);
}

static const char *redirects_name(int i)
{
    static const char *const names[] = { "follow", "connect", "ignore" };
    return i < 3 ? names[i] : "?";
}

static void set_redirects(reader *r, sentence *s)
{
    int64_t what = 0;
    one_of(r, s->line, s->capture[0], "way with redirects", redirects_name, AS_IT_IS, &what);
    r->config->node.redirects = (dia_redirects)what;
}

static void add_redirect_host(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (ROOM(r, s, c->n_redirect_hosts, TALK_HOSTS, "lines \"redirect-host\""))
        c->redirect_hosts[c->n_redirect_hosts++] = talk_cstring(r->arena, s->capture[0]);
}

static void add_redirect_to(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (ROOM(r, s, c->redirects.n, TALK_HOSTS, "hosts of redirects"))
        c->redirects.hosts[c->redirects.n++] = talk_cstring(r->arena, s->capture[0]);
}

static void set_redirect_usage(reader *r, sentence *s)
{
    r->config->redirects.usage = (dia_redirect_usage)want_number(r, s, 0, 100);
    r->config->redirects.max_cache_s = (uint32_t)(want_duration(r, s, 1) / 1000000);
}

static void set_realm_of_user_name(reader *r, sentence *s)
{
    (void)s;
    r->config->node.realm_of_user_name = true;
}

static void set_update(reader *r, sentence *s)
{
    (void)s;
    r->config->node.capabilities_update = true;
}

static const char *overload_name(int i)
{
    static const char *const names[] = { "reacts", "reacts-for-clients", "reports", "loads", "priorities" };
    return i < (int)(sizeof names / sizeof *names) ? names[i] : "?";
}

static void set_overload(reader *r, sentence *s)
{
    dia_overload_config *c = &r->config->overload;
    bool *const members[] = { &c->reacts, &c->reacts_for_clients, &c->reports, &c->loads, &c->priorities };
    int64_t which = 0;
    if (one_of(r, s->line, s->capture[0], "part of overload control", overload_name, AS_IT_IS, &which))
        *members[which] = r->config->overloads = true;
}

static void set_load(reader *r, sentence *s)
{
    r->config->load = (uint32_t)want_number(r, s, 0, DIA_LOAD_IDLE);
}

static void set_priority(reader *r, sentence *s)
{
    r->config->priority = (uint32_t)want_number(r, s, 0, DIA_PRIORITY_LOWEST);
}

static void set_destination_realm(reader *r, sentence *s)
{
    r->config->node.destination_realm = want_identity(r, s, 0);
}

static void set_product(reader *r, sentence *s)
{
    r->config->node.product_name = talk_cstring(r->arena, rest_of(s, 1));
}

static void set_vendor(reader *r, sentence *s)
{
    r->config->node.vendor_id = (uint32_t)want_number(r, s, 0, UINT32_MAX);
}

static void set_firmware(reader *r, sentence *s)
{
    r->config->node.firmware_revision = (uint32_t)want_number(r, s, 0, UINT32_MAX);
}

static void set_seed(reader *r, sentence *s)
{
    r->config->node.seed[1] = (uint8_t)want_number(r, s, 0, 255);
}

static void set_level(reader *r, sentence *s)
{
    int64_t level = 0;
    if (!one_of(r, s->line, s->capture[0], "level", level_name, AS_IT_IS, &level))
        return;
    static const dia_level levels[] = { DIA_LEVEL_OFF, DIA_LEVEL_LENIENT, DIA_LEVEL_STRICT };
    if (is(s->word[0], "receives"))
        r->config->node.receive_level = levels[level];
    else
        r->config->node.send_level = levels[level];
}

static const struct limit {
    const char *name;
    size_t offset;
    enum { OCTETS, COUNT, MS } kind;
} limits[] = {
    { "message", offsetof(dia_limits, message), OCTETS },
    { "decoded", offsetof(dia_limits, decoded), OCTETS },
    { "memory", offsetof(dia_limits, memory), OCTETS },
    { "output-soft", offsetof(dia_limits, output_soft), OCTETS },
    { "output-hard", offsetof(dia_limits, output_hard), OCTETS },
    { "duplicates", offsetof(dia_limits, duplicates), OCTETS },
    { "turn", offsetof(dia_limits, turn), COUNT },
    { "connections", offsetof(dia_limits, connections), COUNT },
    { "per-address", offsetof(dia_limits, per_address), COUNT },
    { "before-cer", offsetof(dia_limits, before_cer), COUNT },
    { "unknown-peers", offsetof(dia_limits, unknown_peers), COUNT },
    { "pending", offsetof(dia_limits, pending), COUNT },
    { "unanswered", offsetof(dia_limits, unanswered), COUNT },
    { "cer", offsetof(dia_limits, cer_ms), MS },
    { "partial", offsetof(dia_limits, partial_ms), MS },
    { "stall", offsetof(dia_limits, stall_ms), MS },
    { "disconnect", offsetof(dia_limits, disconnect_ms), MS },
    { "drain", offsetof(dia_limits, drain_ms), MS },
    { "relay", offsetof(dia_limits, relay_ms), MS },
    { "redirects", offsetof(dia_limits, redirects), COUNT },
    { "redirect-octets", offsetof(dia_limits, redirect_octets), OCTETS },
    { "redirect-peers", offsetof(dia_limits, redirect_peers), COUNT },
    { "redirect-waiting", offsetof(dia_limits, redirect_waiting), COUNT },
    { "redirect-idle", offsetof(dia_limits, redirect_idle_ms), MS },
};

static void set_limit(reader *r, sentence *s)
{
    talk_string names = { 0 };
    uint8_t *base = (uint8_t *)&r->config->node.limits;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        talk_say(&names, "%s%s", i ? ", " : "", limits[i].name);
        if (!is(s->capture[0], limits[i].name))
            continue;
        const size_t octets = limits[i].kind == OCTETS ? (size_t)want_number(r, s, 1, SIZE_MAX / 2) : 0;
        const uint32_t count = limits[i].kind == MS      ? (uint32_t)(want_duration(r, s, 1) / 1000)
                               : limits[i].kind == COUNT ? (uint32_t)want_number(r, s, 1, UINT32_MAX)
                                                         : 0;
        if (limits[i].kind == OCTETS)
            memcpy(base + limits[i].offset, &octets, sizeof octets);
        else
            memcpy(base + limits[i].offset, &count, sizeof count);
        talk_string_done(&names);
        return;
    }
    wrong(r, s->line, "\"%.*s\" is no limit: %s", TALK_TEXT(shown(s->capture[0])), names.p);
    talk_string_done(&names);
}

static const form settings[] = {
    { "node HOST realm REALM", 0, 0, set_node },
    { "party NAME HOST [from ADDRESS]", 0, 0, add_party },
    { "certificate of PARTY names HOSTS [for TIME] [warned TIME]", 0, 0, set_certificate },
    { "peer HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]", 0, 0, add_peer },
    { "inband INBAND", 0, 0, set_inband },
    { "allow PATTERN", 0, 0, add_allow },
    { "use APPLICATION", 0, 0, add_use },
    { "advertise NUMBER [vendor NUMBER] KIND", 0, 0, add_advertise },
    { "relay", 0, 0, add_relay },
    { "serve anything answer NUMBER", 0, 0, add_serve },
    { "serve anything redirect", 0, 0, add_serve },
    { "serve anything keep", 0, 0, add_serve },
    { "serve anything never", 0, 0, add_serve },
    { "serve APPLICATION COMMAND answer NUMBER", 0, 0, add_serve },
    { "serve APPLICATION COMMAND redirect", 0, 0, add_serve },
    { "serve APPLICATION COMMAND keep", 0, 0, add_serve },
    { "serve APPLICATION COMMAND never", 0, 0, add_serve },
    { "address ADDRESS", 0, 0, add_own_address },
    { "watchdog TIME", 0, 0, set_watchdog },
    { "reopen discards", 0, 0, set_reopen_discards },
    { "reopen at once", 0, 0, set_reopen },
    { "reopen NUMBER", 0, 0, set_reopen },
    { "reconnect TIME", 0, 0, set_reconnect },
    { "reconnect-max TIME", 0, 0, set_reconnect_max },
    { "tries NUMBER", 0, 0, set_tries },
    { "try TIME", 0, 0, set_try },
    { "retry on NUMBER", 0, 0, set_retry },
    { "retry never", 0, 0, set_retry },
    { "redirects WAY", 0, 0, set_redirects },
    { "redirect-host PATTERN", 0, 0, add_redirect_host },
    { "redirect to HOST", 0, 0, add_redirect_to },
    { "redirect usage NUMBER for TIME", 0, 0, set_redirect_usage },
    { "realm of user name", 0, 0, set_realm_of_user_name },
    { "capabilities-update", 0, 0, set_update },
    { "overload PART", 0, 0, set_overload },
    { "load NUMBER", 0, 0, set_load },
    { "priority NUMBER", 0, 0, set_priority },
    { "destination-realm REALM", 0, 0, set_destination_realm },
    { "product TEXT", 0, 0, set_product },
    { "vendor NUMBER", 0, 0, set_vendor },
    { "firmware NUMBER", 0, 0, set_firmware },
    { "seed NUMBER", 0, 0, set_seed },
    { "receives LEVEL", 0, 0, set_level },
    { "sends LEVEL", 0, 0, set_level },
    { "limit NAME VALUE", 0, 0, set_limit },
};

/* ---- Steps ---- */

static void connects(reader *r, sentence *s)
{
    if (s->capture[1].p)
        s->step.address = want_address(r, s, 1, talk_get(r->arena, 16));
    s->step.way = way_of(r, s, 2, TALK_BY_DTLS);
}

static void is_called(reader *r, sentence *s)
{
    s->step.way = way_of(r, s, 1, TALK_BY_DTLS);
}

static void sends(reader *r, sentence *s)
{
    s->step.text = take_message(r, s, 2, false);
}

static void gets(reader *r, sentence *s)
{
    s->step.text = take_message(r, s, 2, true);
}

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static void takes_hex(reader *r, sentence *s)
{
    uint8_t *to = talk_get(r->arena, s->line->text.n);
    size_t n = 0, digits = 0;
    for (size_t i = 3; i < s->n; i++) {
        for (size_t k = 0; k < s->word[i].n; k++, digits++) {
            const int digit = digit_of(s->word[i].p[k]);
            if (digit < 0) {
                wrong(r, s->line, "\"%.*s\" is not hexadecimal", TALK_TEXT(shown(s->word[i])));
                return;
            }
            to[n] = (uint8_t)(to[n] << 4 | digit);
            n += digits % 2;
        }
    }
    if (digits % 2)
        wrong(r, s->line, "half an octet is left over");
    s->step.octets = (dia_bytes){ to, n };
}

static void lasts(reader *r, sentence *s)
{
    s->step.us = want_duration(r, s, s->step.verb == TALK_GETS_NOTHING ? 1 : 0);
}

static void node_sends(reader *r, sentence *s)
{
    for (size_t i = 2; i + 1 < s->n; i++) {
        if (is(s->word[i], "timeout")) {
            s->capture[0] = s->word[i + 1];
            s->step.us = want_duration(r, s, 0);
            remove_words(s, i, 2);
        }
    }
    s->step.text = take_message(r, s, 2, false);
}

static void counts(reader *r, sentence *s)
{
    s->step.number = (int64_t)want_number(r, s, 0, UINT32_MAX);
}

static void node_stops(reader *r, sentence *s)
{
    s->step.number = DIA_CAUSE_REBOOTING;
    if (s->capture[0].p)
        one_of(r, s->line, s->capture[0], "cause", cause_name, AS_IT_IS, &s->step.number);
    s->step.us = s->capture[1].p ? want_duration(r, s, 1) : 0;
}

static void node_adds(reader *r, sentence *s)
{
    s->step.peer = peer_of(r, s);
}

static void names_peer(reader *r, sentence *s)
{
    s->step.host = want_identity(r, s, 0);
}

static void node_disables(reader *r, sentence *s)
{
    names_peer(r, s);
    one_of(r, s->line, s->capture[1], "cause", cause_name, AS_IT_IS, &s->step.number);
}

static void names_application(reader *r, sentence *s)
{
    s->step.dict = dict_of(r, s, 0);
}

static const char *report_name(int i)
{
    static const char *const names[] = { "host", "realm" };
    return i < 2 ? names[i] : "?";
}

static void node_wants_less(reader *r, sentence *s)
{
    const dia_dict *dict = dict_of(r, s, 1);
    int64_t type = DIA_OVERLOAD_HOST;
    if (s->capture[2].p)
        one_of(r, s->line, s->capture[2], "report", report_name, AS_IT_IS, &type);
    s->step.overload =
        (dia_overload){ .application = dict ? dict->application : 0,
                        .type = (dia_overload_type)type,
                        .reduction = (uint32_t)want_number(r, s, 0, UINT32_MAX),
                        .validity_s = s->capture[3].p ? (uint32_t)(want_duration(r, s, 3) / 1000000) : 0 };
}

static void outcome(reader *r, sentence *s)
{
    int64_t kind = 0;
    one_of(r, s->line, s->capture[0], "outcome", outcome_name, JOINED, &kind);
    s->step.number = kind;
    s->step.us = s->capture[1].p ? (int64_t)want_number(r, s, 1, UINT32_MAX) : -1;
}

static void event(reader *r, sentence *s)
{
    int64_t kind = 0;
    one_of(r, s->line, s->capture[0], "event", event_name, LOUD, &kind);
    s->step.number = kind;
    s->step.us = s->capture[1].p ? (int64_t)want_number(r, s, 1, UINT32_MAX) : -1;
}

static void peer_is(reader *r, sentence *s)
{
    names_peer(r, s);
    one_of(r, s->line, s->capture[1], "state", state_name, AS_IT_IS, &s->step.number);
}

static const char *watch_name(int i)
{
    return dia_watch_state_name((dia_watch_state)i);
}

static void watchdog_is(reader *r, sentence *s)
{
    names_peer(r, s);
    one_of(r, s->line, s->capture[1], "state of a watchdog", watch_name, AS_IT_IS, &s->step.number);
}

static void counter(reader *r, sentence *s)
{
    s->step.name = talk_cstring(r->arena, s->capture[0]);
    s->capture[0] = s->capture[1];
    names_peer(r, s);
    s->step.number = (int64_t)want_number(r, s, 2, UINT32_MAX);
}

/* In the order in which they are tried: more words before fewer. */
static const form steps[] = {
    { "PARTY connects [from ADDRESS] [over WAY]", TALK_CONNECTS, 0, connects },
    { "PARTY accepts [by WAY]", TALK_ACCEPTS, WHEN, is_called },
    { "PARTY refuses [by WAY]", TALK_REFUSES, WHEN, is_called },
    { "PARTY hangs [by WAY]", TALK_HANGS, WHEN, is_called },
    { "PARTY shows its certificate", TALK_SHOWS, 0, NULL },
    { "PARTY sends the rest", TALK_SENDS_REST, 0, NULL },
    { "PARTY sends hex OCTETS", TALK_SENDS_HEX, OCTETWISE, takes_hex },
    { "PARTY sends MESSAGE", TALK_SENDS, TIMES | OCTETWISE | CUT | BODY, sends },
    { "PARTY answers watchdogs", TALK_ANSWERS_WATCHDOGS, 0, NULL },
    { "PARTY leaves watchdogs", TALK_LEAVES_WATCHDOGS, 0, NULL },
    { "PARTY answers MESSAGE", TALK_ANSWERS, BODY, sends },
    { "PARTY gets hex OCTETS", TALK_GETS_HEX, WHEN, takes_hex },
    { "PARTY gets handshake", TALK_GETS_HANDSHAKE, WHEN, NULL },
    { "PARTY gets close", TALK_GETS_CLOSE, WHEN, NULL },
    { "PARTY gets reset", TALK_GETS_RESET, WHEN, NULL },
    { "PARTY gets refusal", TALK_GETS_REFUSAL, WHEN, NULL },
    { "PARTY gets nothing for TIME", TALK_GETS_NOTHING, 0, lasts },
    { "PARTY gets MESSAGE", TALK_GETS, WHEN | TIMES | EXACTLY | FIRST | BODY, gets },
    { "PARTY closes", TALK_CLOSES, 0, NULL },
    { "PARTY resets", TALK_RESETS, 0, NULL },
    { "PARTY stops reading", TALK_STOPS_READING, 0, NULL },
    { "PARTY reads again", TALK_READS_AGAIN, 0, NULL },
    { "nothing for TIME", TALK_NOTHING, 0, lasts },
    { "wait TIME", TALK_WAIT, 0, lasts },
    { "node sends MESSAGE", TALK_NODE_SENDS, TIMES | GIVES | BODY, node_sends },
    { "node answers NUMBER", TALK_NODE_ANSWERS, TIMES | GIVES, counts },
    { "node stops [cause CAUSE] [deadline TIME]", TALK_NODE_STOPS, 0, node_stops },
    { "node restarts", TALK_NODE_RESTARTS, 0, NULL },
    { "node refuses to start", TALK_NODE_REFUSES_START, 0, NULL },
    { "node adds peer HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]", TALK_NODE_ADDS, GIVES,
      node_adds },
    { "node removes peer HOST", TALK_NODE_REMOVES, GIVES, names_peer },
    { "node connects peer HOST", TALK_NODE_CONNECTS, GIVES, names_peer },
    { "node disables peer HOST cause CAUSE", TALK_NODE_DISABLES, GIVES, node_disables },
    { "node enables peer HOST", TALK_NODE_ENABLES, GIVES, names_peer },
    { "node uses APPLICATION", TALK_NODE_USES, GIVES, names_application },
    { "node withdraws APPLICATION", TALK_NODE_WITHDRAWS, GIVES, names_application },
    { "node announces", TALK_NODE_ANNOUNCES, GIVES, NULL },
    { "node wants NUMBER percent less of APPLICATION [as REPORT] [for TIME]", TALK_NODE_WANTS_LESS, GIVES,
      node_wants_less },
    { "node has load NUMBER", TALK_NODE_HAS_LOAD, GIVES, counts },
    { "outcome OUTCOME [NUMBER]", TALK_OUTCOME, WHEN | TIMES, outcome },
    { "event EVENT [NUMBER]", TALK_EVENT, WHEN, event },
    { "no event EVENT", TALK_NO_EVENT, 0, event },
    { "served NUMBER", TALK_SERVED, 0, counts },
    { "peer HOST is STATE", TALK_PEER_IS, 0, peer_is },
    { "watchdog of HOST is STATE", TALK_WATCHDOG_IS, 0, watchdog_is },
    { "no peer HOST", TALK_NO_PEER, 0, names_peer },
    { "counter NAME of HOST is NUMBER", TALK_COUNTER, 0, counter },
};

/* ---- Putting it together ---- */

static size_t body_end(const reader *r, size_t at, size_t end)
{
    const uint32_t indent = r->lines[at].indent;
    for (at++; at < end && r->lines[at].indent > indent;)
        at++;
    return at;
}

static const form *find_form(reader *r, sentence *s, const form *forms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sentence copy = *s;
        const unsigned mistakes = r->mistakes;
        r->quiet = true; /* options of a form that it does not have */
        take_options(r, &copy, forms[i].options);
        r->quiet = false;
        const bool fit = has_form(r, &copy, forms[i].pattern);
        r->mistakes = mistakes;
        if (fit) {
            take_options(r, s, forms[i].options);
            has_form(r, s, forms[i].pattern);
            return &forms[i];
        }
    }
    return NULL;
}

static void say_form(talk_string *to, const form *f)
{
    static const struct {
        unsigned option;
        const char *text;
    } options[] = {
        { EXACTLY, " [exactly]" },      { FIRST, " [first]" },        { OCTETWISE, " [octet by octet]" },
        { CUT, " [cut at NUMBER]" },    { TIMES, " [NUMBER times]" }, { WHEN, " [within TIME | after TIME..TIME]" },
        { GIVES, " [gives DIA_E...]" },
    };
    talk_say(to, "\n    %s", f->pattern);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (f->options & options[i].option)
            talk_say(to, "%s", options[i].text);
}

/* In how many of its first words does the sentence follow the form? */
static size_t alike(const reader *r, const sentence *s, const char *pattern)
{
    size_t n = 0;
    for (const char *p = pattern; *p && *p != '[' && n < s->n; n++) {
        const size_t length = strcspn(p, " ");
        if ((is_place(p) && strncmp(p, "PARTY", 5)) || !fits(r, s, p, length, s->word[n]))
            break;
        p += length + (p[length] == ' ');
    }
    return n;
}

static void no_such_line(reader *r, const sentence *s, const char *what, const form *forms, size_t n)
{
    talk_string names = { 0 };
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = alike(r, s, forms[i].pattern) > most ? alike(r, s, forms[i].pattern) : most;
    for (size_t i = 0; i < n; i++)
        if (alike(r, s, forms[i].pattern) == most)
            say_form(&names, &forms[i]);
    wrong(r, s->line, "no %s is like this; allowed are:%s", what, names.p);
    talk_string_done(&names);
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
    const int party = s->n ? party_of(r, s, s->word[0]) : -1;
    const size_t verb = party >= 0;
    uint64_t times = 1;
    const part *p = parts;
    if (s->n <= verb)
        return false;
    while (p && !dia_bytes_equal(p->name, s->word[verb]))
        p = p->next;
    const bool repeats =
        s->n == verb + 3 && is(s->word[verb + 2], "times") && number_of(s->word[verb + 1], 10000, &times);
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
    cut_words(r, s);
    s->step = (talk_step){ .line = s->line->number, .used = used, .party = -1, .times = 1, .number = -1, .way = -1 };
    const form *f = find_form(r, s, steps, sizeof steps / sizeof *steps);
    if (!f && is_part(r, s, used, parts))
        return;
    if (!f) {
        no_such_line(r, s, "step", steps, sizeof steps / sizeof *steps);
        return;
    }
    s->step.verb = f->verb;
    if (!strncmp(f->pattern, "PARTY ", 6))
        s->step.party = party_of(r, s, s->word[0]);
    if (!(f->options & BODY) && s->body_end > s->body_begin)
        wrong(r, &r->lines[s->body_begin], "nothing stands below this kind of step; is it indented too far?");
    if (f->act)
        f->act(r, s);
    add_step(r, s);
}

/* Lines of equal indentation, those below them further in. */
static void read_steps(reader *r, size_t begin, size_t end, int host_x, uint32_t used, const part *parts)
{
    for (size_t at = begin; at < end && !r->too_long;) {
        sentence s = { .line = &r->lines[at], .body_begin = at + 1, .body_end = body_end(r, at, end) };
        if (s.line->indent != r->lines[begin].indent)
            wrong(r, s.line, "indented otherwise than the lines above");
        if (r->n_read++ == TALK_STEPS) {
            wrong(r, s.line, "more than %d steps", TALK_STEPS);
            r->too_long = true;
            return;
        }
        read_step(r, &s, host_x, used, parts);
        at = s.body_end;
    }
}

static bool read_setting(reader *r, sentence *s)
{
    s->host_x = -1;
    if (!s->n)
        cut_words(r, s);
    const form *f = find_form(r, s, settings, sizeof settings / sizeof *settings);
    if (!f)
        return false;
    if (s->body_end > s->body_begin)
        wrong(r, &r->lines[s->body_begin], "nothing stands below this line; is it indented too far?");
    f->act(r, s);
    return true;
}

/* ---- Names: each is remembered before it is used, and used ---- */

typedef struct uses {
    reader *r;
    const talk_config *config;
    bool sends, has_host;
    struct {
        dia_bytes name;
        uint32_t line;
        unsigned n;
    } v[TALK_NAMES];
    size_t n;
} uses;

static bool is_given(const uses *u, dia_bytes name)
{
    if (is(name, "node") || is(name, "realm") || (is(name, "host") && u->has_host))
        return true;
    for (size_t i = 0; i < u->config->n_parties; i++)
        if (dia_bytes_equal(u->config->parties[i].name, name))
            return true;
    return false;
}

static void use_name(void *arg, uint32_t number, dia_bytes name)
{
    uses *u = arg;
    const talk_line line = { .number = number };
    if (is_given(u, name))
        return;
    for (size_t i = 0; i < u->n; i++) {
        if (dia_bytes_equal(u->v[i].name, name)) {
            u->v[i].n++;
            return;
        }
    }
    if (u->sends) {
        wrong(u->r, &line, "$%.*s has no value yet: a message that comes must say it first", TALK_TEXT(shown(name)));
        return;
    }
    if (u->n == TALK_NAMES) {
        wrong(u->r, &line, "more than %d names", TALK_NAMES);
        return;
    }
    u->v[u->n].name = name;
    u->v[u->n].line = number;
    u->v[u->n++].n = 1;
}

static void check_names(reader *r, const talk_scenario *scenario)
{
    uses u = { .r = r, .config = &scenario->config };
    for (size_t i = 0; i < scenario->n; i++) {
        const talk_step *step = &scenario->steps[i];
        u.sends = step->verb != TALK_GETS;
        u.has_host = step->party >= 0;
        if (step->text)
            talk_each_name(step->text, use_name, &u);
    }
    for (size_t i = 0; i < u.n; i++) {
        const talk_line line = { .number = u.v[i].line };
        if (u.v[i].n == 1)
            wrong(r, &line, "$%.*s is used here alone, so it says nothing: * stands for any value",
                  TALK_TEXT(shown(u.v[i].name)));
    }
}

/* Messages whose names all have values are tried out at once. */
static void check_messages(reader *r, const talk_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n; i++) {
        const talk_step *step = &scenario->steps[i];
        talk_problem problem = { 0 };
        talk_names names = { .arena = r->arena };
        const dia_bytes any = DIA_LIT("any.example.net");
        if (!step->text)
            continue;
        if (step->used && i && scenario->steps[i - 1].used == step->used && scenario->steps[i - 1].line == step->line)
            continue;
        talk_name_set(&names, dia_cstr("host"), any, any);
        talk_name_set(&names, dia_cstr("node"), any, any);
        talk_name_set(&names, dia_cstr("realm"), any, any);
        for (size_t k = 0; k < scenario->config.n_parties; k++)
            talk_name_set(&names, scenario->config.parties[k].name, any, any);
        const bool good = step->verb == TALK_GETS ? talk_match(step->text, step->exactly, step->first,
                                                               (dia_bytes){ NULL, 0 }, &names, &problem)
                                                  : talk_build(step->text, &names, &problem).p != NULL;
        if (!good && !problem.unknown_name) {
            const talk_line line = { .number = problem.line };
            wrong(r, &line, "%s", problem.text);
        }
    }
}

/* ---- The file ---- */

static bool is_id(dia_bytes word)
{
    size_t i = 1;
    if (word.n < 4 || (word.p[0] != 'B' && word.p[0] != 'W'))
        return false;
    while (i < word.n && word.p[i] != '-')
        i++;
    return i + 3 == word.n && digit_of(word.p[i + 1]) >= 0 && digit_of(word.p[i + 2]) >= 0;
}

static void read_proves(reader *r, talk_scenario *scenario, sentence *s)
{
    talk_string ids = { 0 };
    cut_words(r, s);
    talk_put(&ids, scenario->proves);
    for (size_t i = 1; i < s->n; i++) {
        if (!is_id(s->word[i]))
            wrong(r, s->line, "\"%.*s\" is no requirement: their ids look like B5.6-07 or WA-01",
                  TALK_TEXT(shown(s->word[i])));
        talk_say(&ids, "%s%.*s", ids.n ? " " : "", TALK_TEXT(s->word[i]));
    }
    scenario->proves = talk_copy(r->arena, (dia_bytes){ (const uint8_t *)ids.p, ids.n });
    talk_string_done(&ids);
}

static void read_scenario(reader *r, talk_scenario *scenario, size_t begin, size_t end)
{
    const talk_line *heading = &r->lines[begin - 1];
    const dia_bytes title = behind(heading, 8);
    const unsigned before = r->mistakes;
    scenario->title = title;
    scenario->line = heading->number;
    scenario->config = r->common;
    r->config = &scenario->config;
    r->steps = NULL;
    r->n_steps = r->cap_steps = r->n_read = 0;
    r->too_long = false;
    if (!title.n)
        wrong(r, heading, "a scenario has a title");
    size_t at = begin;
    for (; at < end; at = body_end(r, at, end)) {
        sentence s = { .line = &r->lines[at], .body_begin = at + 1, .body_end = body_end(r, at, end), .host_x = -1 };
        if (begins_with(s.line, "proves")) {
            read_proves(r, scenario, &s);
            continue;
        }
        sentence copy = s;
        cut_words(r, &copy);
        sentence as_step = copy;
        const unsigned mistakes = r->mistakes;
        if (find_form(r, &as_step, steps, sizeof steps / sizeof *steps) || !read_setting(r, &copy)) {
            r->mistakes = mistakes;
            break;
        }
    }
    if (!r->config->node.origin_host)
        wrong(r, heading, "nobody is under test: \"node HOST realm REALM\" says who");
    read_steps(r, at, end, -1, 0, r->parts);
    if (!r->n_steps && r->mistakes == before)
        wrong(r, heading, "a scenario has steps");
    scenario->steps = r->steps;
    scenario->n = r->n_steps;
    r->config = &r->common;
    if (r->mistakes == before)
        check_names(r, scenario);
    check_messages(r, scenario);
}

static bool take_name(reader *r, sentence *s, dia_bytes *name)
{
    cut_words(r, s);
    if (s->n == 2 && name_is_good(s->word[1])) {
        *name = s->word[1];
        return true;
    }
    wrong(r, s->line, "\"%.*s NAME\" is expected, the name of letters, digits and -", TALK_TEXT(s->word[0]));
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
            wrong(r, s.line, "there is a message @%.*s already", TALK_TEXT(named->name));
    if (begin == end || body_end(r, begin, end) != end) {
        wrong(r, s.line, "one message stands below it: its header, and further in its AVPs");
        return;
    }
    sentence head = { .line = &r->lines[begin], .body_begin = begin + 1, .body_end = end };
    cut_words(r, &head);
    named->text = take_message(r, &head, 0, true);
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
        wrong(r, s.line, "a part has steps");
    *p = (part){ r->parts, p->name, begin, end };
    r->parts = p;
}

static bool count_scenarios(const reader *r, talk_script *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_lines; i++)
        n += !r->lines[i].indent && begins_with(&r->lines[i], "scenario");
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
    cut_lines(&r, text, file);
    const bool any = count_scenarios(&r, out);
    for (size_t at = 0; at < r.n_lines;) {
        const talk_line *line = &r.lines[at];
        const size_t end = body_end(&r, at, r.n_lines);
        if (line->indent)
            wrong(&r, line, "nothing stands above this line to which it could belong");
        else if (begins_with(line, "scenario"))
            read_scenario(&r, &out->scenarios[out->n++], at + 1, end);
        else if (begins_with(line, "message"))
            read_named_text(&r, at + 1, end);
        else if (begins_with(line, "part"))
            read_part(&r, at + 1, end);
        else {
            sentence s = { .line = line, .body_begin = at + 1, .body_end = end };
            if (!read_setting(&r, &s))
                no_such_line(&r, &s, "setting (or \"scenario TITLE\", \"message NAME\", \"part NAME\")", settings,
                             sizeof settings / sizeof *settings);
        }
        at = end;
    }
    if (!any)
        wrong(&r, &(talk_line){ .number = 1 }, "no scenario: \"scenario TITLE\" begins one");
    return !r.mistakes;
}

void talk_place(const talk_script *script, uint32_t line, char *to, size_t size)
{
    snprintf(to, size, "%s:%u", script->files[line >> TALK_FILE_SHIFT].name, (unsigned)(line & TALK_LINE_MASK));
}

void talk_forms(talk_string *to)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        say_form(to, &settings[i]);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        say_form(to, &steps[i]);
    talk_say(to, "\n");
}

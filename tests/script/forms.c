/* Forms of sentences: which one a line has, what may stand behind it, and what is said when it has none. */
#include "read.h"

#include <string.h>

/* ---- A pattern ---- */

static bool is_place(const char *token)
{
    return token[0] >= 'A' && token[0] <= 'Z';
}

/* The word stands for itself, or for a place. */
static bool fits(const reader *r, const sentence *s, const char *token, size_t n, dia_bytes word)
{
    if (!is_place(token))
        return word.n == n && memcmp(word.p, token, n) == 0;
    return !(n == 5 && !memcmp(token, "PARTY", 5)) || word_party(r, s, word) >= 0;
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

/* The values of a list, in a row, for people. */
static void say_error_names(talk_string *s)
{
    for (int e = -1; strcmp(dia_strerrorname(e), "?") && e > -30; e--)
        talk_say(s, "%s%s", s->n ? ", " : "", dia_strerrorname(e));
}

static bool error_of(dia_bytes word, int *out)
{
    for (int e = -1; e > -30; e--) {
        if (talk_is(word, dia_strerrorname(e))) {
            *out = e;
            return true;
        }
    }
    return false;
}

static void take_options(reader *r, sentence *s, unsigned options)
{
    talk_step *step = &s->step;
    uint64_t n;
    int64_t us;
    for (size_t i = 1; i < s->n;) {
        const dia_bytes word = s->word[i], next = i + 1 < s->n ? s->word[i + 1] : (dia_bytes){ word.p, 0 };
        size_t used = 0;
        if (options & WHEN && talk_is(word, "within") && word_duration(next, &us)) {
            step->when = (talk_when){ 0, us };
            used = 2;
        } else if (options & WHEN && talk_is(word, "after") && word_span(next, &step->when)) {
            used = 2;
        } else if (options & TIMES && talk_is(next, "times") && word_number(word, 100000, &n) && n) {
            step->times = (uint32_t)n;
            used = 2;
        } else if (options & OCTETWISE && talk_is(word, "octet") && talk_is(next, "by") && i + 2 < s->n &&
                   talk_is(s->word[i + 2], "octet")) {
            step->singly = true;
            used = 3;
        } else if (options & CUT && talk_is(word, "cut") && talk_is(next, "at") && i + 2 < s->n &&
                   word_number(s->word[i + 2], 1 << 20, &n) && n) {
            step->cut = (uint32_t)n;
            used = 3;
        } else if (options & EXACTLY && talk_is(word, "exactly")) {
            step->exactly = true;
            used = 1;
        } else if (options & FIRST && talk_is(word, "first")) {
            step->first = true;
            used = 1;
        } else if (options & GIVES && talk_is(word, "gives") && next.n) {
            if (!error_of(next, &step->error)) {
                talk_string names = { 0 };
                say_error_names(&names);
                read_wrong(r, s->line, "\"%.*s\" is no error: %s", TALK_TEXT(shown(next)), names.p);
                talk_string_done(&names);
            }
            used = 2;
        }
        if (used)
            sentence_remove(s, i, used);
        else
            i++;
    }
}

/* ---- Of many ---- */

const form *form_find(reader *r, sentence *s, const forms *all)
{
    for (size_t i = 0; i < all->n; i++) {
        sentence copy = *s;
        const unsigned mistakes = r->mistakes;
        r->quiet = true; /* options of a form that it does not have */
        take_options(r, &copy, all->v[i].options);
        r->quiet = false;
        const bool fit = has_form(r, &copy, all->v[i].pattern);
        r->mistakes = mistakes;
        if (fit) {
            take_options(r, s, all->v[i].options);
            has_form(r, s, all->v[i].pattern);
            return &all->v[i];
        }
    }
    return NULL;
}

void form_say(talk_string *to, const form *f)
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

void form_missing(reader *r, const sentence *s, const char *what, const forms *all)
{
    talk_string names = { 0 };
    size_t most = 0;
    for (size_t i = 0; i < all->n; i++)
        most = alike(r, s, all->v[i].pattern) > most ? alike(r, s, all->v[i].pattern) : most;
    for (size_t i = 0; i < all->n; i++)
        if (alike(r, s, all->v[i].pattern) == most)
            form_say(&names, &all->v[i]);
    read_wrong(r, s->line, "no %s is like this; allowed are:%s", what, names.p);
    talk_string_done(&names);
}

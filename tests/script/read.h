/* The reader of scripts, inside: a text becomes lines and words (lines.c), words stand for something (words.c), a line has one
 * of a fixed set of forms (forms.c), which are settings (settings.c) and steps (steps.c), and messages stand below some of them
 * (texts.c). read.c joins all that; check.c looks at scenarios as wholes. Every line is judged on its own, so that all mistakes
 * are told at once. */
#ifndef TESTS_SCRIPT_READ_H
#define TESTS_SCRIPT_READ_H

#include "script.h"

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

/* ---- Lines ---- */

/* One mistake, of this line. */
TALK_PRINTF(3, 4) void read_wrong(reader *r, const talk_line *line, const char *format, ...);

/* The beginning of what was said, for a mistake. */
static inline dia_bytes shown(dia_bytes text)
{
    return (dia_bytes){ text.p, text.n < 60 ? text.n : 60 };
}

/* The lines of this text, without empty ones and comments, behind those that are there. */
void read_lines(reader *r, dia_bytes text, const char *name);

bool line_begins_with(const talk_line *line, const char *word);
/* What stands behind its first n octets, and blanks. */
dia_bytes line_behind(const talk_line *line, size_t n);
/* The first line behind this one that is not below it, at most `end`. */
size_t line_body_end(const reader *r, size_t at, size_t end);

/* Its words. */
void sentence_cut(reader *r, sentence *s);
/* What stands from this word to the end of the line, without a comment. */
dia_bytes sentence_rest(const sentence *s, size_t word);
void sentence_remove(sentence *s, size_t at, size_t n);

/* ---- Words ---- */

/* False, or -1: it is none. A number is at most `max`; a time is "28s", "500ms", "5min"; a span "1s..5s" or a time. */
bool word_number(dia_bytes word, uint64_t max, uint64_t *out);
bool word_duration(dia_bytes word, int64_t *us);
bool word_span(dia_bytes word, talk_when *when);
bool word_is_name(dia_bytes word); /* letters, digits, - and _ */
int word_digit(uint8_t c);         /* hexadecimal */
int word_party(const reader *r, const sentence *s, dia_bytes word);

/* What a place of the form must be; else it is a mistake, and what comes back is as good as nothing. */
uint64_t want_number(reader *r, const sentence *s, int capture, uint64_t max);
int64_t want_duration(reader *r, const sentence *s, int capture);
const char *want_identity(reader *r, const sentence *s, int capture);
dia_address want_address(reader *r, const sentence *s, int capture, uint8_t *store);
const dia_dict *want_dict(reader *r, const sentence *s, int capture);
dia_inband want_inband(reader *r, const sentence *s, int capture);
int want_way(reader *r, const sentence *s, int capture, int most);
talk_peer want_peer(reader *r, const sentence *s);

/* How scripts write the names of these things: AS_IT_IS "R-Open", LOUD "PEER_UP" for "peer up", JOINED "bad-answer". */
enum spelling { AS_IT_IS, LOUD, JOINED };

/* Which of these names is it? The last one is "?". */
bool want_one_of(reader *r, const talk_line *line, dia_bytes word, const char *what, const char *name(int i),
                 enum spelling how, int64_t *out);

/* ---- Messages ---- */

/* The message whose header begins with this word. `expected`: it is one that must come. NULL: there is no such name. */
const talk_text *text_take(reader *r, sentence *s, size_t word, bool expected);

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

typedef struct forms {
    const form *v;
    size_t n;
} forms;

extern const forms setting_forms, step_forms;

/* The form of a sentence, whose captures and step are filled in; NULL: it has none of them. */
const form *form_find(reader *r, sentence *s, const forms *all);
void form_say(talk_string *to, const form *f);
/* The mistake of a sentence that has none. */
void form_missing(reader *r, const sentence *s, const char *what, const forms *all);

/* ---- Scenarios ---- */

/* Names are remembered before they are used, and used. */
void check_names(reader *r, const talk_scenario *scenario);
/* Messages whose names all have values are tried out at once. */
void check_messages(reader *r, const talk_scenario *scenario);

#endif

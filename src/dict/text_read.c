/* The text form of a message -> octets, line by line. What text.c printed leads to the same octets; people may leave out
 * what follows from the dictionaries. Every line is judged on its own, so that all errors are found at once. */
#include "dict/dict.h"
#include "dict/fault.h"
#include "dict/octets.h"
#include "wire/wire.h"

#include <stdarg.h>
#include <stdio.h>

enum { TAB = 8 };

/* A message (level 0) or a group whose AVPs are being read. */
typedef struct level {
    size_t begin;       /* of its AVP among the octets */
    size_t line_indent; /* of its own line */
    size_t indent;      /* of the AVPs inside; 0: none came yet */
    size_t line, column;
    bool must_have; /* nothing says that it is a group but the AVPs inside */
    bool has_padding;
    uint8_t n_padding;
    uint8_t padding[3];
} level;

typedef struct reader {
    const dia_dicts *dicts;
    dia_text_report *report;
    void *arg;
    const uint8_t *start, *at, *end; /* of the current line; where we are; behind it */
    size_t line;
    dia_octets to;
    uint32_t application;
    uint32_t length; /* Message Length, when has_length */
    bool has_length;
    bool has_header, has_rest;
    bool is_raw; /* no message: octets, fewer than a header has */
    bool failed, line_failed;
    size_t skip; /* lines that are indented further are passed over; 0: none */
    int depth;
    level open[DIA_NESTING_MAX + 1];
} reader;

/* ---- Errors ---- */

DIA_PRINTF_(4, 5)
static void fail_at(reader *r, size_t line, size_t column, const char *format, ...)
{
    char text[200];
    va_list args;
    r->failed = r->line_failed = true;
    if (!r->report)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    r->report(r->arg, line, column, text);
}

#define FAIL(r, where, ...) fail_at((r), (r)->line, (size_t)((where) - (r)->start) + 1, __VA_ARGS__)

/* Arguments of "%.*s". */
#define TEXT(bytes) (int)((bytes).n < 60 ? (bytes).n : 60), (const char *)(bytes).p

/* ---- Words ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

static bool sees(const reader *r, char c)
{
    return r->at < r->end && *r->at == (uint8_t)c;
}

static bool take(reader *r, char c)
{
    if (!sees(r, c))
        return false;
    r->at++;
    return true;
}

static dia_bytes trimmed(dia_bytes text)
{
    while (text.n && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

/* Up to one of these characters. */
static dia_bytes take_until(reader *r, const char *stops)
{
    const uint8_t *from = r->at;
    while (r->at < r->end && (*r->at == '\0' || !strchr(stops, *r->at)))
        r->at++;
    return (dia_bytes){ from, (size_t)(r->at - from) };
}

static bool is(dia_bytes text, const char *word)
{
    return dia_bytes_equal_nocase(text, dia_cstr(word));
}

/* Decimal, or 0x and hexadecimal digits, up to max. */
static bool number_of(dia_bytes text, uint32_t max, uint32_t *out)
{
    const bool hex = text.n > 2 && text.p[0] == '0' && dia_lower(text.p[1]) == 'x';
    uint64_t value = 0;
    if (text.n == 0)
        return false;
    for (size_t i = hex ? 2 : 0; i < text.n; i++) {
        if (hex ? dia_hex_digit(text.p[i]) < 0 : !dia_is_digit(text.p[i]))
            return false;
        value = value * (hex ? 16 : 10) + (uint64_t)dia_hex_digit(text.p[i]);
        if (value > max)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* "VM+0x01", "-", or hexadecimal octets alone. */
static bool flags_of(dia_bytes text, const char *letters, uint8_t *out)
{
    uint32_t rest = 0;
    size_t i = 0;
    *out = 0;
    if (is(text, "-"))
        return true;
    for (; i < text.n; i++) {
        const char *letter = memchr(letters, text.p[i], strlen(letters));
        if (!letter)
            break;
        *out |= (uint8_t)(0x80 >> (letter - letters));
    }
    if (i == text.n)
        return i > 0;
    if (i > 0 && text.p[i++] != '+')
        return false;
    if (text.n - i < 3 || !number_of((dia_bytes){ text.p + i, text.n - i }, UINT8_MAX, &rest))
        return false;
    *out |= (uint8_t)rest;
    return true;
}

/* What stands in parentheses, others inside included; *out is without them. False: they do not end. */
static bool take_parentheses(reader *r, dia_bytes *out)
{
    int open = 0;
    const uint8_t *from = r->at + 1;
    for (; r->at < r->end; r->at++) {
        open += (*r->at == '(') - (*r->at == ')');
        if (open)
            continue;
        *out = (dia_bytes){ from, (size_t)(r->at - from) };
        r->at++;
        return true;
    }
    FAIL(r, from - 1, "the parenthesis does not end");
    return false;
}

/* Nothing follows but a comment. */
static void expect_end(reader *r)
{
    skip_blanks(r);
    if (r->at < r->end && *r->at != '#')
        FAIL(r, r->at, "nothing more is expected in this line");
}

/* ---- Values ---- */

/* The rest of the line without a comment. */
static dia_bytes take_value(reader *r)
{
    const uint8_t *from = r->at;
    if (sees(r, '"'))
        for (r->at++; r->at < r->end && *r->at != '"'; r->at++)
            r->at += *r->at == '\\' && r->at + 1 < r->end;
    while (r->at < r->end && !(*r->at == '#' && is_blank(r->at[-1])))
        r->at++;
    return trimmed((dia_bytes){ from, (size_t)(r->at - from) });
}

/* Hexadecimal digits and a remark in parentheses. */
static void read_octets(reader *r)
{
    const char *why = NULL;
    const uint8_t *from = r->at;
    const dia_bytes text = take_value(r);
    if (text.n < 2 || text.p[0] != '0' || dia_lower(text.p[1]) != 'x')
        FAIL(r, from,
             is(text, "...") ? "wants the octets, which were left out when this was printed" : "wants octets as 0x...");
    else if (dia_value_parse(NULL, text, &r->to, &why) != 0)
        FAIL(r, from, "wants %s", why);
}

/* ---- The header ---- */

/* What was said of it. */
typedef struct header {
    dia_header h;
    dia_bytes name, other_name; /* of the command */
    bool has_code, has_application, has_flags;
} header;

typedef enum key { APPLICATION, CODE, FLAGS, HOP_BY_HOP, END_TO_END, VERSION, LENGTH, OCTETS, KEYS } key;

static key key_of(dia_bytes word)
{
    static const struct {
        const char *word;
        key key;
    } rows[] = {
        { "application", APPLICATION }, { "app", APPLICATION },       { "code", CODE },      { "flags", FLAGS },
        { "length", LENGTH },           { "hop-by-hop", HOP_BY_HOP }, { "hbh", HOP_BY_HOP }, { "e2e", END_TO_END },
        { "end-to-end", END_TO_END },   { "version", VERSION },       { "octets", OCTETS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (is(word, rows[i].word))
            return rows[i].key;
    return KEYS;
}

static void set_application(reader *r, header *out, dia_bytes value)
{
    const dia_dict *dict = NULL;
    if (!number_of(value, UINT32_MAX, &out->h.application)) {
        dict = dia_dicts_application_named(r->dicts, value);
        if (!dict) {
            FAIL(r, value.p, "no dictionary has an application \"%.*s\"", TEXT(value));
            return;
        }
        out->h.application = dict->application;
    }
    out->has_application = true;
}

static void set_number(reader *r, dia_bytes value, uint32_t max, uint32_t *to)
{
    if (!number_of(value, max, to))
        FAIL(r, value.p, "wants a number from 0 to %lu", (unsigned long)max);
}

static void set(reader *r, header *out, key what, dia_bytes value)
{
    uint32_t version = 1;
    switch (what) {
    case APPLICATION: set_application(r, out, value); break;
    case CODE:
        set_number(r, value, DIA_LENGTH_MAX, &out->h.command);
        out->has_code = true;
        break;
    case FLAGS:
        if (!flags_of(value, "RPET", &out->h.flags))
            FAIL(r, value.p, "flags are letters of RPET, - for none, or reserved bits as +0x01 behind them");
        out->has_flags = true;
        break;
    case HOP_BY_HOP: set_number(r, value, UINT32_MAX, &out->h.hop_by_hop); break;
    case END_TO_END: set_number(r, value, UINT32_MAX, &out->h.end_to_end); break;
    case VERSION:
        set_number(r, value, UINT8_MAX, &version);
        out->h.version = (uint8_t)version;
        break;
    case LENGTH:
        set_number(r, value, DIA_LENGTH_MAX, &r->length);
        r->has_length = true;
        break;
    default: break;
    }
}

/* "key value", "key=value", "692 octets", each with a remark in parentheses behind it. */
static bool read_item(reader *r, header *out)
{
    static const char stops[] = " \t\r,=(#";
    const dia_bytes word = take_until(r, stops);
    const key what = key_of(word);
    dia_bytes remark;
    uint32_t n;
    if (word.n == 0) {
        FAIL(r, r->at, "a word is expected here");
        return false;
    }
    skip_blanks(r);
    const bool has_equals = take(r, '=');
    skip_blanks(r);
    if (number_of(word, UINT32_MAX, &n)) {
        if (key_of(take_until(r, stops)) == OCTETS)
            return true;
        FAIL(r, word.p, "says nothing: \"code %.*s\" would", TEXT(word));
        return false;
    }
    if (what == KEYS || what == OCTETS) {
        FAIL(r, word.p,
             "\"%.*s\" means nothing in a header: application, code, flags, hop-by-hop, end-to-end, version, length do",
             TEXT(word));
        return false;
    }
    const dia_bytes value = take_until(r, stops);
    if (value.n == 0) {
        FAIL(r, r->at, has_equals ? "a value is expected behind the =" : "a value is expected here");
        return false;
    }
    set(r, out, what, value);
    skip_blanks(r);
    return !sees(r, '(') || take_parentheses(r, &remark);
}

static bool is_generic(dia_bytes name)
{
    return is(name, "Request") || is(name, "Answer");
}

static bool has_name(const dia_command *command, dia_bytes name)
{
    return command &&
           (dia_bytes_equal(dia_cstr(command->name), name) || dia_bytes_equal(dia_cstr(command->long_name), name));
}

/* The command of this name; with a code, one that has both. */
static const dia_command *find_command(reader *r, const header *said, dia_bytes name)
{
    for (int request = 0; said->has_code && request < 2; request++) {
        const dia_command *command = dia_dicts_command(r->dicts, said->h.application, said->h.command, request);
        if (has_name(command, name))
            return command;
    }
    const dia_dict *first = said->has_application ? dia_dicts_application(r->dicts, said->h.application) : NULL;
    return dia_dicts_command_named(r->dicts, first, name);
}

/* Fills in what follows from the name: code, flags, application. */
static void complete(reader *r, header *said)
{
    const dia_bytes name = said->name;
    const dia_command *command = NULL;
    if (name.n && !is_generic(name)) {
        command = find_command(r, said, name);
        if (!command && !(said->has_code && said->has_flags))
            FAIL(r, name.p, "no dictionary knows the command \"%.*s\"", TEXT(name));
    } else if (is(name, "Request") && !said->has_flags) {
        said->h.flags = DIA_FLAG_REQUEST;
        said->has_flags = true;
    } else if (is(name, "Answer")) {
        said->has_flags = true;
    }
    const bool has_own_code = command && !(command->dict && command->dict->answer_message == command);
    if (has_own_code && said->has_code && said->h.command != command->code)
        FAIL(r, name.p, "%s has code %lu", command->name, (unsigned long)command->code);
    if (has_own_code && !said->has_code)
        said->h.command = command->code;
    if (!has_own_code && !said->has_code && (command || name.n == 0 || is_generic(name)))
        FAIL(r, name.n ? name.p : r->at, "the code of the command is missing");
    if (command && !said->has_flags)
        said->h.flags = command->flags;
    if (!command && !said->has_flags && name.n == 0)
        FAIL(r, r->at, "the flags of the command are missing");
    if (command && !said->has_application && command->dict && command->dict->has_application)
        said->h.application = command->dict->application;
}

/* "Credit-Control-Request (CCR), code 272, application 4 (...), flags RP, ..."; "CCR app=ro". */
static void read_header(reader *r)
{
    header said = { .h = { .version = 1 } };
    const uint8_t *from = r->at;
    const dia_bytes word = take_until(r, " \t\r,=(#");
    const uint8_t *behind = r->at;
    uint32_t n;
    skip_blanks(r);
    if (number_of(word, UINT32_MAX, &n) || sees(r, '=') ||
        (key_of(word) != KEYS && r->at < r->end && *r->at != ',' && *r->at != '(')) {
        r->at = from;
    } else {
        said.name = word;
        r->at = behind;
        skip_blanks(r);
        if (sees(r, '(') && !take_parentheses(r, &said.other_name))
            return;
    }
    for (;;) {
        skip_blanks(r);
        if (take(r, ','))
            continue;
        if (r->at >= r->end || *r->at == '#' || !read_item(r, &said))
            break;
    }
    if (!r->failed)
        complete(r, &said);
    r->application = said.h.application;
    uint8_t *to = dia_octets_room(&r->to, DIA_HEADER_SIZE);
    if (to)
        dia_header_write(&said.h, to);
}

/* ---- AVPs ---- */

/* One line. */
typedef struct line {
    const dia_avp_def *def; /* NULL: unknown */
    uint32_t code, vendor;
    uint8_t flags;
    level padding; /* has_padding, n_padding, padding */
} line;

/* "416", "1/10415". */
static bool code_of(dia_bytes text, uint32_t *code, uint32_t *vendor)
{
    const uint8_t *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
    const size_t n = slash ? (size_t)(slash - text.p) : text.n;
    *vendor = 0;
    return number_of((dia_bytes){ text.p, n }, UINT32_MAX, code) &&
           (!slash || number_of((dia_bytes){ slash + 1, text.n - n - 1 }, UINT32_MAX, vendor));
}

static bool identify(reader *r, dia_bytes name, dia_bytes code, line *out)
{
    const bool is_number = name.n > 4 && memcmp(name.p, "AVP ", 4) == 0 &&
                           code_of((dia_bytes){ name.p + 4, name.n - 4 }, &out->code, &out->vendor);
    if (is_number || code.p) {
        if (code.p && !code_of(code, &out->code, &out->vendor)) {
            FAIL(r, code.p, "wants CODE or CODE/VENDOR in parentheses");
            return false;
        }
        out->def = dia_dicts_avp(r->dicts, r->application, out->code, out->vendor);
    } else {
        out->def = dia_dicts_avp_named(r->dicts, r->application, name);
        if (!out->def) {
            FAIL(r, name.p, "no dictionary knows the AVP \"%.*s\"", TEXT(name));
            return false;
        }
        out->code = out->def->code;
        out->vendor = out->def->vendor;
    }
    out->flags = out->def ? out->def->flags : 0;
    if (out->vendor)
        out->flags |= DIA_AVP_V;
    return true;
}

static bool read_padding(reader *r, dia_bytes text, level *out)
{
    const char *why = NULL;
    dia_octets to = { out->padding, sizeof out->padding, 0 };
    if (text.n < 2 || dia_lower(text.p[1]) != 'x' || dia_value_parse(NULL, text, &to, &why) != 0 || to.n > to.cap) {
        FAIL(r, text.p, "padding is up to three octets: 0x000000");
        return false;
    }
    out->has_padding = true;
    out->n_padding = (uint8_t)to.n;
    return true;
}

/* "[flags VM+0x01, padding 0x01]". */
static bool read_remarks(reader *r, line *out)
{
    for (;;) {
        skip_blanks(r);
        const dia_bytes word = take_until(r, " \t\r=],");
        skip_blanks(r);
        take(r, '=');
        skip_blanks(r);
        const dia_bytes value = take_until(r, " \t\r],");
        if (is(word, "flags")) {
            if (!flags_of(value, "VMP", &out->flags)) {
                FAIL(r, value.p, "flags are letters of VMP, - for none, or reserved bits as +0x01 behind them");
                return false;
            }
        } else if (!is(word, "padding")) {
            FAIL(r, word.p, "flags or padding are expected in brackets");
            return false;
        } else if (!read_padding(r, value, &out->padding)) {
            return false;
        }
        skip_blanks(r);
        if (take(r, ']'))
            return true;
        if (!take(r, ',')) {
            FAIL(r, r->at, "the bracket does not end");
            return false;
        }
    }
}

/* What stands before the colon, and the colon. */
static bool read_name(reader *r, line *out)
{
    dia_bytes code = { NULL, 0 };
    const dia_bytes name = trimmed(take_until(r, "[(:#"));
    if (name.n == 0) {
        FAIL(r, r->at, "the name of an AVP is expected here");
        return false;
    }
    if (sees(r, '(') && !take_parentheses(r, &code))
        return false;
    if (!identify(r, name, code, out))
        return false;
    skip_blanks(r);
    if (take(r, '[') && !read_remarks(r, out))
        return false;
    if (out->vendor && !(out->flags & DIA_AVP_V)) {
        FAIL(r, name.p, "an AVP of a vendor has flag V");
        return false;
    }
    skip_blanks(r);
    if (!take(r, ':')) {
        FAIL(r, r->at, "a colon is expected behind the name of an AVP");
        return false;
    }
    return true;
}

/* The header, but for its length. */
static void begin_avp(reader *r, const line *l)
{
    dia_octets_put_u32(&r->to, l->code);
    dia_octets_put_u32(&r->to, (uint32_t)l->flags << 24);
    if (l->flags & DIA_AVP_V)
        dia_octets_put_u32(&r->to, l->vendor);
}

/* Length and padding. */
static void end_avp(reader *r, const level *l)
{
    const size_t length = r->to.n - l->begin, want = -length & 3;
    if (length > DIA_LENGTH_MAX)
        fail_at(r, l->line, l->column, "the AVP is longer than 24 bits can say");
    else if (l->begin + 8 <= r->to.cap)
        dia_store24(r->to.to + l->begin + 5, (uint32_t)length);
    if (l->n_padding > want)
        fail_at(r, l->line, l->column, "there is no room for so much padding");
    else
        dia_octets_put(&r->to, l->has_padding ? (dia_bytes){ l->padding, l->n_padding }
                                              : (dia_bytes){ (const uint8_t[3]){ 0 }, want });
}

static void close_group(reader *r)
{
    const level *l = &r->open[r->depth--];
    if (l->must_have && !l->indent)
        fail_at(r, l->line, l->column, "a value is expected behind the colon");
    end_avp(r, l);
}

/* Its AVPs follow, further indented. */
static void open_group(reader *r, const level *l)
{
    if (r->depth == DIA_NESTING_MAX) {
        fail_at(r, l->line, l->column, "groups are nested deeper than %d", DIA_NESTING_MAX);
        r->skip = l->line_indent;
        end_avp(r, l);
        return;
    }
    r->open[++r->depth] = *l;
}

static void read_avp(reader *r, size_t indent)
{
    const uint8_t *from = r->at;
    const char *why = NULL;
    line l = { 0 };
    const bool named = read_name(r, &l);
    level place = l.padding;
    place.begin = r->to.n;
    place.line = r->line;
    place.column = (size_t)(from - r->start) + 1;
    place.line_indent = indent;
    if (!named) { /* what is inside is judged, whatever this is */
        open_group(r, &place);
        return;
    }
    begin_avp(r, &l);
    skip_blanks(r);
    if (r->at == r->end || *r->at == '#') {
        place.must_have = !l.def;
        if (l.def && l.def->type != DIA_TYPE_GROUPED)
            FAIL(r, from, "a value is expected behind the colon");
        open_group(r, &place);
        return;
    }
    const dia_bytes value = take_value(r);
    if (dia_value_parse(l.def, value, &r->to, &why) != 0)
        FAIL(r, value.p, "%.60s wants %s", l.def ? l.def->name : "the AVP", why);
    end_avp(r, &place);
}

/* ---- Lines ---- */

/* Columns of blanks in front. */
static size_t take_indent(reader *r)
{
    size_t n = 0;
    for (; r->at < r->end && is_blank(*r->at); r->at++)
        n = *r->at == '\t' ? (n / TAB + 1) * TAB : n + 1;
    return n;
}

/* Is this the right place for an AVP? Closes the groups that end before it. */
static bool find_level(reader *r, size_t indent)
{
    while (r->depth > 0 && indent <= r->open[r->depth].line_indent)
        close_group(r);
    level *l = &r->open[r->depth];
    if (!l->indent)
        l->indent = indent;
    if (l->indent == indent && (r->failed || r->to.n % 4 == 0))
        return true;
    if (l->indent == indent)
        FAIL(r, r->at, "the AVP before this one lacks padding, as only the last one may");
    else
        FAIL(r, r->at,
             indent > l->indent ? "is indented deeper than the AVP before it, which is no group"
                                : "is indented less than the AVPs of its group");
    return false;
}

static bool is_rest(const reader *r)
{
    static const char word[] = "rest:";
    return (size_t)(r->end - r->at) >= sizeof word - 1 && memcmp(r->at, word, sizeof word - 1) == 0;
}

static void read_rest(reader *r, size_t indent)
{
    const uint8_t *from = r->at;
    r->is_raw = !r->has_header;
    if (r->has_header && !find_level(r, indent))
        return;
    if (r->depth > 0)
        FAIL(r, from, "\"rest\" belongs to the message, not into a group");
    r->at += 5;
    skip_blanks(r);
    read_octets(r);
    r->has_rest = true;
}

static void read_line(reader *r)
{
    const size_t indent = take_indent(r);
    r->line_failed = false;
    if (r->at == r->end || *r->at == '#' || (r->skip && indent > r->skip))
        return;
    r->skip = 0;
    if (r->has_rest) {
        FAIL(r, r->at, "nothing is expected behind \"rest\"");
    } else if (!r->has_header) {
        if (indent)
            FAIL(r, r->at, "a message begins with a line that is not indented, like \"CCR app=ro\"");
        else if (is_rest(r))
            read_rest(r, indent);
        else
            read_header(r);
        r->has_header = true;
    } else if (!indent) {
        FAIL(r, r->at, "AVPs are indented; another message is none of this one");
    } else if (is_rest(r)) {
        read_rest(r, indent);
    } else if (find_level(r, indent)) {
        read_avp(r, indent);
    }
    if (!r->line_failed)
        expect_end(r);
}

static const uint8_t *end_of_line(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *newline = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    return newline ? newline : end;
}

size_t dia_text_cut(dia_bytes text)
{
    const uint8_t *end = text.n ? text.p + text.n : text.p;
    bool has_message = false;
    for (const uint8_t *p = text.p, *stop; p < end; p = stop + (stop < end)) {
        stop = end_of_line(p, end);
        if (is_blank(*p) || *p == '#' || *p == '\n')
            continue;
        if (has_message)
            return (size_t)(p - text.p);
        has_message = true;
    }
    return text.n;
}

int64_t dia_text_read(const dia_dicts *dicts, dia_bytes text, dia_text_report *report, void *arg, void *buf, size_t cap,
                      size_t *needed)
{
    reader r = { .dicts = dicts, .report = report, .arg = arg, .to = { buf, buf ? cap : 0, 0 } };
    const uint8_t *end = text.n ? text.p + text.n : text.p;
    for (const uint8_t *p = text.p; p < end; p = r.end + (r.end < end)) {
        r.line++;
        r.start = r.at = p;
        r.end = end_of_line(p, end);
        read_line(&r);
    }
    while (r.depth > 0)
        close_group(&r);
    if (!r.has_header)
        fail_at(&r, r.line ? r.line : 1, 1, "there is no message");
    const bool is_message = r.has_header && !r.is_raw;
    if (!r.failed && is_message && !r.has_length && r.to.n > DIA_LENGTH_MAX)
        fail_at(&r, 1, 1, "the message is longer than 24 bits can say");
    if (r.failed)
        return DIA_EFORMAT;
    if (r.to.n > r.to.cap) {
        if (needed)
            *needed = r.to.n;
        return DIA_ESPACE;
    }
    if (is_message)
        dia_store24(r.to.to + DIA_AT_LENGTH, r.has_length ? r.length : (uint32_t)r.to.n);
    return (int64_t)r.to.n;
}

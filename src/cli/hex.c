/* Hexadecimal text: plain digits in any grouping, or the output of xxd, hexdump, od, tcpdump and Wireshark.
 *
 * A dump is told by the offset in front of its lines, which must be the number of octets before it, in base 16, 10 or 8.
 * Messages follow each other; a line that holds a whole message starts one even when the one before is not complete. */
#include "hex.h"

#include "memory.h"

#include <ctype.h>
#include <string.h>

typedef struct reader {
    const cli_sink *sink;
    cli_stream stream;
    cli_place place;
    bool dump;     /* lines have offsets */
    bool broken;   /* the rest of this message is passed over */
    size_t octets; /* of the dump so far */
    uint8_t *line; /* the octets of one line */
    size_t n, cap;
} reader;

int cli_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t digits_at(const char *p)
{
    size_t n = 0;
    while (cli_hex_digit(p[n]) >= 0)
        n++;
    return n;
}

long cli_hex_octets(const char *text, uint8_t *to, size_t size)
{
    size_t n = 0;
    while (*text) {
        if (is_blank(*text)) {
            text++;
            continue;
        }
        const int high = cli_hex_digit(text[0]), low = high < 0 ? -1 : cli_hex_digit(text[1]);
        if (low < 0 || n == size)
            return -1;
        to[n++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return (long)n;
}

static bool is_number(const char *digits, size_t n, unsigned base, size_t value)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned digit = (unsigned)cli_hex_digit(digits[i]);
        if (digit >= base || sum > SIZE_MAX / 32)
            return false;
        sum = sum * base + digit;
    }
    return sum == value;
}

static bool counts(const char *digits, size_t n, size_t value)
{
    return is_number(digits, n, 16, value) || is_number(digits, n, 10, value) || is_number(digits, n, 8, value);
}

/* The offset in front of a dump's line. Returns what follows it; NULL: there is none. *restarts: it is 0. */
static const char *offset(const reader *r, const char *p, bool *restarts)
{
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
        p += 2;
    const size_t n = digits_at(p);
    const bool colon = p[n] == ':';
    const char *behind = p + n + colon;
    if (n < 4 || n > 16 || (*behind && !is_blank(*behind)))
        return NULL;
    *restarts = is_number(p, n, 16, 0);
    if (!*restarts && !(r->dump && counts(p, n, r->octets)))
        return NULL;
    const bool wide = colon || (is_blank(behind[0]) && is_blank(behind[1]));
    if (!r->dump && !wide && n % 2 == 0 && r->stream.n)
        return NULL; /* four zeros inside of plain digits */
    return behind;
}

static void put(reader *r, int octet)
{
    r->line = cli_grow(r->line, &r->cap, r->n + 1, 1);
    r->line[r->n++] = (uint8_t)octet;
}

/* A group of digits, two to an octet; 0x in front is fine. NULL: an odd number of them. */
static const char *group(reader *r, const char *p)
{
    size_t n = digits_at(p);
    if (n == 1 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        p += 2;
        n = digits_at(p);
        if (n == 1) {
            put(r, cli_hex_digit(*p));
            return p + 1;
        }
    }
    if (n == 0 || n % 2)
        return NULL;
    for (size_t i = 0; i < n; i += 2)
        put(r, cli_hex_digit(p[i]) << 4 | cli_hex_digit(p[i + 1]));
    return p + n;
}

/* The octets of a dump's line end at its column of characters. */
static void dumped(reader *r, const char *p)
{
    for (;;) {
        size_t blanks = 0;
        while (is_blank(p[blanks]))
            blanks++;
        p += blanks;
        const size_t n = digits_at(p);
        if (n == 0 || n % 2 || n > 16 || (p[n] && !is_blank(p[n]) && p[n] != '\n'))
            return;
        if (r->n && (blanks > 2 || (blanks == 2 && (r->n != 8 || n != 2))))
            return;
        p = group(r, p);
    }
}

/* A line of digits alone. NULL: fine; else what is not. */
static const char *plain(reader *r, const char *p)
{
    const char *const start = p;
    for (;;) {
        while (is_blank(*p) || (*p && strchr(",:;-.{}[]()\"'\\", *p)) || (*p == 'x' && p > start && p[-1] == '\\'))
            p++;
        if (!*p || *p == '\n' || *p == '#')
            return NULL;
        const char *next = group(r, p);
        if (!next)
            return p;
        p = next;
    }
}

/* Does the line hold a whole message, or several? */
static bool is_whole(const reader *r)
{
    if (cli_looks_like(r->line, r->n) != CLI_LOOKS_DIAMETER)
        return false;
    return dia_frame_cut((dia_bytes){ r->line, r->n }, CLI_MESSAGE_MAX) > 0;
}

static void end_message(reader *r)
{
    cli_stream_end(&r->stream, &r->place);
    r->broken = false;
}

static void read_line(reader *r, const char *text)
{
    bool restarts = false;
    r->n = 0;
    while (is_blank(*text))
        text++;
    if (!*text || *text == '\n' || *text == '#')
        return;
    const char *behind = offset(r, text, &restarts);
    const cli_place here = { .file = r->place.file, .line = r->place.line + 1 };
    if (behind) {
        if (restarts)
            end_message(r);
        if (restarts)
            r->octets = 0;
        r->dump = true;
        dumped(r, behind);
        r->octets += r->n;
    } else {
        const char *wrong = plain(r, text);
        if (wrong) {
            end_message(r);
            r->broken = true;
            r->dump = false;
            r->place = here;
            r->sink->bad(r->sink->arg, &here, "no hexadecimal text here (digits in pairs)");
            return;
        }
        if (r->dump || ((r->stream.n || r->stream.lost || r->broken) && is_whole(r)))
            end_message(r);
        r->dump = false;
    }
    r->place = here;
    if (!r->broken)
        cli_stream_input(&r->stream, (dia_bytes){ r->line, r->n }, &r->place);
}

void cli_hex_read(FILE *file, const char *name, const cli_sink *sink)
{
    reader r = { .sink = sink, .place = { .file = name } };
    char *text = NULL;
    size_t size = 0;
    cli_stream_init(&r.stream, sink);
    while (getline(&text, &size, file) >= 0) {
        const uint64_t line = r.place.line;
        read_line(&r, text);
        r.place.line = line + 1;
    }
    end_message(&r);
    cli_stream_done(&r.stream);
    free(r.line);
    free(text);
}

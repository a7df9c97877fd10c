/* Octets that come in order, cut into Diameter messages; behind damage the next message is looked for. */
#include "stream.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static cli_looks looks_like_avps(const uint8_t *p, size_t n, size_t total)
{
    size_t at = 0;
    while (at < total) {
        if (total - at < 8)
            return CLI_LOOKS_OTHER;
        if (n < at + 8)
            return at == 0 ? CLI_LOOKS_SHORT : CLI_LOOKS_DIAMETER;
        const uint8_t flags = p[at + 4];
        const size_t length = (size_t)p[at + 5] << 16 | (size_t)p[at + 6] << 8 | p[at + 7];
        if (length < (flags & DIA_AVP_V ? 12u : 8u) || length > total - at || (flags & DIA_AVP_RESERVED))
            return CLI_LOOKS_OTHER;
        at += (length + 3) & ~(size_t)3;
    }
    return CLI_LOOKS_DIAMETER;
}

cli_looks cli_looks_like(const uint8_t *p, size_t n)
{
    dia_header h;
    if (n > 0 && p[0] != 1)
        return CLI_LOOKS_OTHER;
    if (dia_header_read((dia_bytes){ p, n }, &h))
        return CLI_LOOKS_SHORT;
    if (h.length < DIA_HEADER_SIZE || h.length % 4 || (h.flags & DIA_FLAG_RESERVED) || h.command == 0)
        return CLI_LOOKS_OTHER;
    const uint8_t both = DIA_FLAG_REQUEST | DIA_FLAG_ERROR;
    if ((h.flags & both) == both)
        return CLI_LOOKS_OTHER;
    return looks_like_avps(p + DIA_HEADER_SIZE, n - DIA_HEADER_SIZE, h.length - DIA_HEADER_SIZE);
}

void cli_stream_init(cli_stream *stream, const cli_sink *sink)
{
    *stream = (cli_stream){ .sink = sink };
}

void cli_stream_done(cli_stream *stream)
{
    free(stream->buf);
}

static void drop(cli_stream *s, size_t n)
{
    if (n == 0)
        return;
    memmove(s->buf, s->buf + n, s->n - n);
    s->n -= n;
    s->at += n;
}

static void report(cli_stream *s, const cli_place *place, const char *reason)
{
    cli_place at = *place;
    at.offset = s->at;
    s->sink->bad(s->sink->arg, &at, reason);
}

/* Passes over octets until a message could start. False: more octets are needed. */
static bool find_start(cli_stream *s, size_t *at)
{
    for (; *at < s->n; ++*at) {
        const cli_looks looks = cli_looks_like(s->buf + *at, s->n - *at);
        if (looks == CLI_LOOKS_SHORT)
            return false;
        if (looks == CLI_LOOKS_DIAMETER) {
            s->lost = false;
            return true;
        }
    }
    return false;
}

/* The messages at the start of the buffer. One of another version is cut as well when it is whole; waiting for the rest
 * of one would more likely swallow everything that is no Diameter. */
static void cut(cli_stream *s, const cli_place *place)
{
    size_t at = 0;
    while (at < s->n) {
        if (s->lost && !find_start(s, &at))
            break;
        const dia_bytes rest = { s->buf + at, s->n - at };
        const int64_t length = dia_frame_cut(rest, CLI_MESSAGE_MAX);
        if (length == 0 && rest.p[0] == 1)
            break;
        cli_place here = *place;
        here.offset = s->at + at;
        if (length > 0) {
            s->sink->message(s->sink->arg, &here, (dia_bytes){ rest.p, (size_t)length });
            at += (size_t)length;
            continue;
        }
        s->sink->bad(s->sink->arg, &here, "these octets are no Diameter message (version, or length in the header)");
        s->lost = true;
        at++;
    }
    drop(s, at);
}

void cli_stream_input(cli_stream *s, dia_bytes octets, const cli_place *place)
{
    if (s->skip) {
        const size_t n = octets.n < s->skip ? octets.n : (size_t)s->skip;
        octets.p += n;
        octets.n -= n;
        s->skip -= n;
        s->at += n;
    }
    if (octets.n == 0)
        return;
    s->buf = cli_grow(s->buf, &s->cap, s->n + octets.n, 1);
    memcpy(s->buf + s->n, octets.p, octets.n);
    s->n += octets.n;
    cut(s, place);
}

/* The octets that the message at the start of the buffer still needs; 0: not known. */
static uint64_t wanting(const cli_stream *s)
{
    dia_header h;
    if (s->lost || dia_header_read((dia_bytes){ s->buf, s->n }, &h) || h.length <= s->n)
        return 0;
    return h.length - s->n;
}

void cli_stream_hole(cli_stream *s, uint64_t n, const char *reason, const cli_place *place)
{
    const uint64_t needs = s->skip ? s->skip : wanting(s);
    if (n == 0)
        return;
    if (!s->skip)
        report(s, place, reason);
    s->at += s->n + n;
    s->n = 0;
    s->skip = needs > n ? needs - n : 0;
    s->lost = needs < n;
}

/* A message is not complete and will not be: the rest may still hold others. */
static void give_up(cli_stream *s, const cli_place *place)
{
    char reason[96];
    const uint64_t needs = wanting(s);
    if (needs)
        snprintf(reason, sizeof reason, "the message ends after %zu of %" PRIu64 " octets", s->n, s->n + needs);
    else
        snprintf(reason, sizeof reason, "%zu octets at the end are too few for a message", s->n);
    report(s, place, reason);
    s->lost = true;
    drop(s, 1);
    cut(s, place);
}

void cli_stream_end(cli_stream *s, const cli_place *place)
{
    while (s->n && !s->lost)
        give_up(s, place);
    s->n = 0;
    s->skip = 0;
    s->lost = false;
    s->at = 0;
}

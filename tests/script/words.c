/* Words that stand for something: numbers, times, names, parties, peers, applications. want_...() tell when they do not. */
#include "read.h"

#include <diatom/app/all.h>

#include <string.h>

#define S INT64_C(1000000)

/* ---- What a word is ---- */

int word_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

bool word_number(dia_bytes word, uint64_t max, uint64_t *out)
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

bool word_duration(dia_bytes word, int64_t *us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = { { "ms", 1000 }, { "s", S }, { "min", 60 * S }, { "h", 3600 * S } };
    size_t digits = 0;
    uint64_t value;
    while (digits < word.n && word.p[digits] >= '0' && word.p[digits] <= '9')
        digits++;
    if (!word_number((dia_bytes){ word.p, digits }, 1000000, &value))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (talk_is((dia_bytes){ word.p + digits, word.n - digits }, units[i].unit)) {
            *us = (int64_t)value * units[i].us;
            return true;
        }
    }
    return false;
}

bool word_span(dia_bytes word, talk_when *when)
{
    for (size_t i = 0; i + 1 < word.n; i++)
        if (word.p[i] == '.' && word.p[i + 1] == '.')
            return word_duration((dia_bytes){ word.p, i }, &when->from_us) &&
                   word_duration((dia_bytes){ word.p + i + 2, word.n - i - 2 }, &when->to_us) &&
                   when->from_us <= when->to_us;
    if (!word_duration(word, &when->from_us))
        return false;
    when->to_us = when->from_us;
    return true;
}

int word_party(const reader *r, const sentence *s, dia_bytes word)
{
    if (s->host_x >= 0 && talk_is(word, "X"))
        return s->host_x;
    for (size_t i = 0; i < r->config->n_parties; i++)
        if (dia_bytes_equal(r->config->parties[i].name, word))
            return (int)i;
    return -1;
}

bool word_is_name(dia_bytes word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!((word.p[i] | 0x20) >= 'a' && (word.p[i] | 0x20) <= 'z') && !(word.p[i] >= '0' && word.p[i] <= '9') &&
            word.p[i] != '-' && word.p[i] != '_')
            return false;
    return word.n > 0;
}

/* ---- What a word must be ---- */

enum { KINDS_MAX = 64 };

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

bool want_one_of(reader *r, const talk_line *line, dia_bytes word, const char *what, const char *name(int i),
                 enum spelling how, int64_t *out)
{
    talk_string s = { 0 };
    bool found = false;
    for (int i = 0; i < KINDS_MAX && !found && strcmp(name(i), "?"); i++) {
        char text[64];
        spell(how, name(i), text, sizeof text);
        if (talk_is(word, text)) {
            *out = i;
            found = true;
        }
        talk_say(&s, "%s%s", i ? ", " : "", text);
    }
    if (!found)
        read_wrong(r, line, "\"%.*s\" is no %s: %s", TALK_TEXT(shown(word)), what, s.p);
    talk_string_done(&s);
    return found;
}

uint64_t want_number(reader *r, const sentence *s, int capture, uint64_t max)
{
    uint64_t n = 0;
    if (!word_number(s->capture[capture], max, &n))
        read_wrong(r, s->line, "\"%.*s\" is no number up to %llu", TALK_TEXT(shown(s->capture[capture])),
                   (unsigned long long)max);
    return n;
}

int64_t want_duration(reader *r, const sentence *s, int capture)
{
    int64_t us = 0;
    if (!word_duration(s->capture[capture], &us))
        read_wrong(r, s->line, "\"%.*s\" is no time: a whole number and ms, s, min or h, as in 30s",
                   TALK_TEXT(shown(s->capture[capture])));
    return us;
}

const char *want_identity(reader *r, const sentence *s, int capture)
{
    if (!dia_identity_valid(s->capture[capture]))
        read_wrong(r, s->line, "\"%.*s\" is no DiameterIdentity", TALK_TEXT(shown(s->capture[capture])));
    return talk_cstring(r->arena, s->capture[capture]);
}

dia_address want_address(reader *r, const sentence *s, int capture, uint8_t *store)
{
    dia_address out = { 0 };
    if (dia_address_parse(s->capture[capture], store, 16, &out))
        read_wrong(r, s->line, "\"%.*s\" is no address", TALK_TEXT(shown(s->capture[capture])));
    return out;
}

const dia_dict *want_dict(reader *r, const sentence *s, int capture)
{
    const dia_dict *dict = dia_dicts_application_named(&dia_dicts_all, s->capture[capture]);
    if (!dict)
        read_wrong(r, s->line, "no dictionary has an application \"%.*s\"", TALK_TEXT(shown(s->capture[capture])));
    return dict;
}

const char *talk_way_name(int way)
{
    static const char *const ways[] = { "tcp", "sctp", "tls", "dtls", "any", "any-or-clear" };
    return way >= 0 && way < (int)(sizeof ways / sizeof *ways) ? ways[way] : "?";
}

/* "tcp", "sctp", "tls" and "dtls", of which the last two are protected from the first octet; for a node that connects to a host
 * alone also "any" and "any-or-clear". -1: none was said. */
int want_way(reader *r, const sentence *s, int capture, int most)
{
    talk_string names = { 0 };
    int way = -1;
    if (!s->capture[capture].p)
        return -1;
    for (int i = 0; i <= most; i++) {
        talk_say(&names, "%s%s", i ? ", " : "", talk_way_name(i));
        if (talk_is(s->capture[capture], talk_way_name(i)))
            way = i;
    }
    if (way < 0)
        read_wrong(r, s->line, "\"%.*s\" is no way to connect: %s", TALK_TEXT(shown(s->capture[capture])), names.p);
    talk_string_done(&names);
    return way;
}

static const char *inband_name(int i)
{
    static const char *const names[] = { "off", "offer", "require" };
    return i < 3 ? names[i] : "?";
}

dia_inband want_inband(reader *r, const sentence *s, int capture)
{
    int64_t inband = 0;
    if (s->capture[capture].p)
        want_one_of(r, s->line, s->capture[capture], "Inband-Security-Id", inband_name, AS_IT_IS, &inband);
    return (dia_inband)inband;
}

/* HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]. */
talk_peer want_peer(reader *r, const sentence *s)
{
    static const char *const schemes[] = { "aaa://", "aaa://", "aaas://", "aaas://", "", "" };
    talk_peer peer = { .host = want_identity(r, s, 0) };
    bool connects = false;
    for (size_t i = 0; i < s->n; i++)
        connects = connects || talk_is(s->word[i], "connect");
    if (s->capture[1].p)
        want_identity(r, s, 1);
    const int said = want_way(r, s, 2, TALK_BY_ANY_OR_CLEAR), way = said < 0 ? TALK_BY_TCP : said;
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
    peer.inband = want_inband(r, s, 4);
    return peer;
}

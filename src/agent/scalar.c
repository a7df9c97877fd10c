/* Single values: text to numbers, durations, names, by the kind of the field; and the sentence that says what is allowed. */
#include "agent/schema.h"
#include "peer/peer.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Numbers with units ---- */

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

/* From the largest, for printing; the first of a factor is the one that is printed. */
static const unit durations[] = { { "h", 3600000 }, { "m", 60000 }, { "min", 60000 },
                                  { "s", 1000 },    { "ms", 1 },    { NULL, 0 } };
static const unit sizes[] = { { "GiB", 1 << 30 },   { "MiB", 1 << 20 }, { "KiB", 1 << 10 },
                              { "GB", 1000000000 }, { "MB", 1000000 },  { "kB", 1000 },
                              { "B", 1 },           { "", 1 },          { NULL, 0 } };
/* Of rates: how many seconds one is. */
static const unit periods[] = { { "/h", 3600 }, { "/min", 60 }, { "/m", 60 }, { "/s", 1 }, { "", 1 }, { NULL, 0 } };

static const unit *unit_named(const unit *units, const char *name)
{
    for (const unit *u = units; u->name; u++)
        if (strcmp(u->name, name) == 0)
            return u;
    return NULL;
}

/* Digits, and what is behind them. */
static bool read_digits(const char *text, uint64_t *value, const char **rest)
{
    *value = 0;
    *rest = text;
    for (; dia_is_digit((uint8_t) * *rest); ++*rest) {
        const unsigned digit = (unsigned)(**rest - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *rest > text;
}

/* "30s" and, where the unit allows it, "1.5s". */
static bool read_with_unit(const char *text, const unit *units, uint64_t *out)
{
    uint64_t value, part = 0, scale = 1;
    const char *rest;
    if (!read_digits(text, &value, &rest))
        return false;
    if (*rest == '.') {
        const char *const point = ++rest;
        if (!read_digits(point, &part, &rest) || rest - point > 6)
            return false;
        for (const char *p = point; p < rest; p++)
            scale *= 10;
    }
    while (*rest == ' ')
        rest++;
    const unit *u = unit_named(units, rest);
    if (!u || value > UINT64_MAX / 2 / u->factor || part * u->factor % scale)
        return false;
    *out = value * u->factor + part * u->factor / scale;
    return true;
}

static void print_with_unit(const unit *units, uint64_t value, char *to, size_t size)
{
    for (const unit *u = units; u->name; u++)
        if (u->factor == 1 || (value && value % u->factor == 0)) {
            snprintf(to, size, "%llu%s", (unsigned long long)(value / u->factor), u->name);
            return;
        }
}

/* "1000/s", "90/min", a number alone: a second. */
static bool read_rate(const char *text, uint64_t *out)
{
    uint64_t value;
    const char *rest;
    if (!read_digits(text, &value, &rest))
        return false;
    const unit *u = unit_named(periods, rest);
    if (!u || value % u->factor)
        return false;
    *out = value / u->factor;
    return true;
}

/* ---- Words ---- */

static bool read_bool(const char *text, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "yes", true },    { "no", false }, { "true", true },
                  { "false", false }, { "on", true },  { "off", false } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (dia_bytes_equal_nocase(dia_cstr(text), dia_cstr(words[i].word))) {
            *out = words[i].value;
            return true;
        }
    return false;
}

static bool read_word(const dia_key_word *words, const char *text, int *out)
{
    for (const dia_key_word *w = words; w->word; w++)
        if (dia_bytes_equal_nocase(dia_cstr(text), dia_cstr(w->word))) {
            *out = w->value;
            return true;
        }
    return false;
}

/* ---- Names ---- */

static bool is_names(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    return dia_identity_valid(dia_cstr(strncmp(text, "*.", 2) == 0 ? text + 2 : text));
}

/* "192.0.2.1:9090", "[2001:db8::1]:9090". */
static bool is_endpoint(const char *text)
{
    uint8_t octets[16];
    const char *colon = strrchr(text, ':');
    uint64_t port;
    const char *rest;
    if (!colon || !read_digits(colon + 1, &port, &rest) || *rest || port > UINT16_MAX)
        return false;
    dia_bytes address = { (const uint8_t *)text, (size_t)(colon - text) };
    const bool in_brackets = address.n > 2 && text[0] == '[' && colon[-1] == ']';
    if (in_brackets)
        address = (dia_bytes){ address.p + 1, address.n - 2 };
    return dia_ip_parse(address, octets) == (in_brackets ? 16 : 4);
}

/* "26201", "26201-26203": digits as in TS 23.003, 15 of an IMSI or MSISDN. */
static bool is_digits(const char *text)
{
    enum { LONGEST = 15 };
    size_t n = 0, m = 0;
    while (dia_is_digit((uint8_t)text[n]))
        n++;
    if (text[n] == '-')
        while (dia_is_digit((uint8_t)text[n + 1 + m]))
            m++;
    const char end = text[n] == '-' ? text[n + 1 + m] : text[n];
    if (n == 0 || n > LONGEST || end)
        return false;
    return text[n] != '-' || (n == m && memcmp(text, text + n + 1, n) <= 0);
}

static bool is_avp(const dia_reading *r, const char *text)
{
    static const uint8_t empty[DIA_HEADER_SIZE] = { 1, 0, 0, DIA_HEADER_SIZE };
    dia_finder finder;
    if (!r->dicts)
        return text[0] != 0;
    dia_finder_begin(&finder, r->dicts, (dia_bytes){ empty, sizeof empty }, text);
    while (dia_finder_next(&finder))
        ;
    return finder.err == 0;
}

static bool read_number(const char *text, uint64_t *out)
{
    const char *rest;
    return read_digits(text, out, &rest) && !*rest;
}

static bool read_application(dia_reading *r, const dia_tree *at, dia_agent_application *out)
{
    uint64_t id;
    *out = (dia_agent_application){ .at = at };
    if (strcmp(at->text, "relay") == 0) {
        out->id = DIA_APP_RELAY;
        return true;
    }
    if (read_number(at->text, &id)) {
        out->id = (uint32_t)id;
        out->dict = r->dicts && id <= UINT32_MAX ? dia_dicts_application(r->dicts, (uint32_t)id) : NULL;
        return id > 0 && id <= UINT32_MAX;
    }
    out->dict = r->dicts ? dia_dicts_application_named(r->dicts, dia_cstr(at->text)) : NULL;
    if (!out->dict || !out->dict->has_application)
        return false;
    out->id = out->dict->application;
    return true;
}

static bool read_command(dia_reading *r, const dia_tree *at, dia_agent_command *out)
{
    uint64_t code;
    *out = (dia_agent_command){ .at = at };
    if (read_number(at->text, &code)) {
        out->code = (uint32_t)code;
        return code <= 0xffffff;
    }
    const dia_command *command = r->dicts ? dia_dicts_command_named(r->dicts, NULL, dia_cstr(at->text)) : NULL;
    if (!command)
        return false;
    out->code = command->code;
    return true;
}

/* By its name, with or without "DIAMETER_" in front. */
static bool read_result(dia_reading *r, const char *text, uint64_t *out)
{
    char full[100];
    int64_t value;
    if (read_number(text, out))
        return true;
    snprintf(full, sizeof full, "DIAMETER_%s", text);
    for (size_t i = 0; r->dicts && i < r->dicts->n; i++) {
        const dia_avp_def *avp = dia_dicts_avp(&(dia_dicts){ &r->dicts->v[i], 1, NULL }, 0, DIA_AVP_RESULT_CODE, 0);
        if (avp &&
            (!dia_avp_def_value(avp, dia_cstr(text), &value) || !dia_avp_def_value(avp, dia_cstr(full), &value))) {
            *out = (uint64_t)value;
            return true;
        }
    }
    return false;
}

/* ---- What is allowed ---- */

static void words_allowed(const dia_key_word *words, char *to, size_t size)
{
    size_t n = 0;
    for (const dia_key_word *w = words; w->word && n < size; w++) {
        const int more = snprintf(to + n, size - n, "%s%s", w == words ? "" : w[1].word ? ", " : " or ", w->word);
        n += more > 0 ? (size_t)more : 0;
    }
}

static void range_allowed(const dia_key *f, const unit *units, const char *what, const char *example, char *to,
                          size_t size)
{
    char least[32], most[32];
    print_with_unit(units, f->min, least, sizeof least);
    print_with_unit(units, f->max, most, sizeof most);
    if (f->max)
        snprintf(to, size, "%s from %s to %s%s", what, least, most, example);
    else
        snprintf(to, size, "%s%s", what, example);
}

static uint64_t most_of(const dia_key *f)
{
    return f->max ? f->max : UINT32_MAX;
}

void dia_key_allowed(const dia_key *f, char *to, size_t size)
{
    const char *text = "";
    switch (f->kind) {
    case DIA_KEY_TEXT: text = "a text"; break;
    case DIA_KEY_HOST: text = "a DiameterIdentity, such as host.example.net, and no address"; break;
    case DIA_KEY_IDENTITY: text = "a DiameterIdentity, such as host.example.net"; break;
    case DIA_KEY_NAMES: text = "a name, such as example.net, \"*.example.net\" or \"*\""; break;
    case DIA_KEY_PATTERN:
        text = "a host or realm with or without a range of addresses, such as \"*.example.net\", "
               "\"realm:example.net\" or \"*@192.0.2.0/24\"";
        break;
    case DIA_KEY_URI: text = "a DiameterURI, such as aaas://host.example.net:5868"; break;
    case DIA_KEY_PLACE: text = "a DiameterURI or a host, such as aaas://host.example.net or host.example.net"; break;
    case DIA_KEY_ADDRESS: text = "an address, such as 192.0.2.1 or 2001:db8::1"; break;
    case DIA_KEY_ENDPOINT: text = "an address and a port, such as 127.0.0.1:9090 or \"[::1]:9090\""; break;
    case DIA_KEY_SERVER: text = "an address with or without a port, such as 192.0.2.1 or \"[2001:db8::1]:5353\""; break;
    case DIA_KEY_DIGITS: text = "up to 15 digits, or a range, such as 26201 or 262030-262039"; break;
    case DIA_KEY_AVP: text = "a path of AVP names, such as Subscription-Id/Subscription-Id-Data"; break;
    case DIA_KEY_BOOL: text = "yes or no"; break;
    case DIA_KEY_OCTAL: text = "permissions, such as 0660"; break;
    case DIA_KEY_INTEGER: text = "a whole number"; break;
    case DIA_KEY_RATE: text = "a rate of whole requests a second, such as 1000/s"; break;
    case DIA_KEY_APPLICATION: text = "relay, an application's name or its id, such as s6a or 16777251"; break;
    case DIA_KEY_COMMAND: text = "a command's name or code, such as CCR or 272"; break;
    case DIA_KEY_MAP: text = "a map"; break;
    case DIA_KEY_NAMED: text = "a map of names"; break;
    case DIA_KEY_WORD: words_allowed(f->words, to, size); return;
    case DIA_KEY_NUMBER:
        snprintf(to, size, "a number from %llu to %llu", (unsigned long long)f->min, (unsigned long long)most_of(f));
        return;
    case DIA_KEY_RESULT:
        snprintf(to, size, "a Result-Code from %llu to %llu, by number or name", (unsigned long long)f->min,
                 (unsigned long long)most_of(f));
        return;
    case DIA_KEY_DURATION: range_allowed(f, durations, "a duration", ", such as 30s or 500ms", to, size); return;
    case DIA_KEY_SECONDS: {
        dia_key ms = *f;
        ms.min *= 1000;
        ms.max *= 1000;
        range_allowed(&ms, durations, "a duration of whole seconds", ", such as 30s or 5m", to, size);
        return;
    }
    case DIA_KEY_SIZE:
    case DIA_KEY_SIZE32: range_allowed(f, sizes, "a size", ", such as 64MiB or 4096", to, size); return;
    }
    snprintf(to, size, "%s", text);
}

/* ---- Reading ---- */

static bool in_range(const dia_key *f, uint64_t value, uint64_t most)
{
    const uint64_t max = f->max ? f->max : most;
    return value >= f->min && value <= max;
}

/* What a number of milliseconds, octets and so on becomes. */
static bool read_u32(const dia_key *f, bool good, uint64_t value, void *to)
{
    if (!good || !in_range(f, value, UINT32_MAX))
        return false;
    *(uint32_t *)to = (uint32_t)value;
    return true;
}

static bool read_size(const dia_key *f, const char *text, void *to)
{
    uint64_t value;
    if (!read_with_unit(text, sizes, &value) || !in_range(f, value, SIZE_MAX))
        return false;
    *(size_t *)to = (size_t)value;
    return true;
}

static bool read_octal(const char *text, uint32_t *to)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 8);
    if (!dia_is_digit((uint8_t)text[0]) || *end || value > 0777)
        return false;
    *to = (uint32_t)value;
    return true;
}

static bool read_integer(const char *text, int64_t *to)
{
    const bool negative = text[0] == '-';
    uint64_t value;
    if (!read_number(text + negative, &value) || value > (uint64_t)INT64_MAX)
        return false;
    *to = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool is_text(dia_reading *r, const dia_key *f, const char *text)
{
    const size_t n = strlen(text);
    uint8_t octets[16];
    dia_uri uri;
    switch (f->kind) {
    case DIA_KEY_TEXT: return n >= f->min && (!f->max || n <= f->max);
    case DIA_KEY_HOST: return dia_identity_valid(dia_cstr(text)) && dia_ip_parse(dia_cstr(text), octets) < 0;
    case DIA_KEY_IDENTITY: return dia_identity_valid(dia_cstr(text));
    case DIA_KEY_NAMES: return is_names(text);
    case DIA_KEY_PATTERN: return dia_allow_pattern_valid(text);
    case DIA_KEY_URI: return n < DIA_URI_ROOM && !dia_uri_parse(dia_cstr(text), &uri);
    case DIA_KEY_PLACE: return n < DIA_URI_ROOM && dia_place_makes_sense(text);
    case DIA_KEY_ADDRESS: return dia_ip_parse(dia_cstr(text), octets) > 0;
    case DIA_KEY_ENDPOINT: return is_endpoint(text);
    case DIA_KEY_SERVER: return dia_ip_parse(dia_cstr(text), octets) > 0 || is_endpoint(text);
    case DIA_KEY_DIGITS: return is_digits(text);
    case DIA_KEY_AVP: return is_avp(r, text);
    default: return false;
    }
}

static bool read(dia_reading *r, const dia_key *f, const dia_tree *at, void *to)
{
    uint64_t value = 0;
    bool good;
    switch (f->kind) {
    case DIA_KEY_BOOL: return read_bool(at->text, to);
    case DIA_KEY_NUMBER: good = read_number(at->text, &value); return read_u32(f, good, value, to);
    case DIA_KEY_RESULT: good = read_result(r, at->text, &value); return read_u32(f, good, value, to);
    case DIA_KEY_DURATION: good = read_with_unit(at->text, durations, &value); return read_u32(f, good, value, to);
    case DIA_KEY_SECONDS:
        good = read_with_unit(at->text, durations, &value) && value % 1000 == 0;
        return read_u32(f, good, value / 1000, to);
    case DIA_KEY_SIZE32: good = read_with_unit(at->text, sizes, &value); return read_u32(f, good, value, to);
    case DIA_KEY_SIZE: return read_size(f, at->text, to);
    case DIA_KEY_OCTAL: return read_octal(at->text, to);
    case DIA_KEY_RATE: good = read_rate(at->text, &value); return read_u32(f, good, value, to);
    case DIA_KEY_INTEGER: return read_integer(at->text, to);
    case DIA_KEY_WORD: return read_word(f->words, at->text, to);
    case DIA_KEY_APPLICATION: return read_application(r, at, to);
    case DIA_KEY_COMMAND: return read_command(r, at, to);
    default: break;
    }
    if (!is_text(r, f, at->text))
        return false;
    *(const char **)to = at->text;
    return true;
}

/* ---- What was meant ---- */

static void near_to_applications(dia_near *near, const dia_dicts *dicts)
{
    for (size_t i = 0; i < dicts->n; i++)
        if (dicts->v[i]->has_application)
            dia_near_to(near, dicts->v[i]->stem);
}

static void near_to_commands(dia_near *near, const dia_dicts *dicts)
{
    for (size_t i = 0; i < dicts->n; i++)
        for (uint32_t k = 0; k < dicts->v[i]->n_commands; k++)
            if (dicts->v[i]->commands[k].flags & DIA_FLAG_REQUEST)
                dia_near_to(near, dicts->v[i]->commands[k].name);
}

/* With "DIAMETER_" in front, or without it. */
static void near_to_results(dia_near *near, const dia_dicts *dicts)
{
    enum { FRONT = sizeof "DIAMETER_" - 1 };
    const size_t skip = strncmp(near->word, "DIAMETER_", FRONT) == 0 ? 0 : FRONT;
    for (size_t i = 0; i < dicts->n; i++) {
        const dia_avp_def *avp = dia_dicts_avp(&(dia_dicts){ &dicts->v[i], 1, NULL }, 0, DIA_AVP_RESULT_CODE, 0);
        for (uint32_t k = 0; avp && k < avp->n_values; k++)
            if (strncmp(avp->values[k].name, "DIAMETER_", FRONT) == 0)
                dia_near_to(near, avp->values[k].name + skip);
    }
}

static void near_to_avps(dia_near *near, const dia_dicts *dicts)
{
    for (size_t i = 0; i < dicts->n; i++)
        for (uint32_t k = 0; k < dicts->v[i]->n_own; k++)
            dia_near_to(near, dicts->v[i]->avps[k]->name);
}

/* Of the first name of a path that no dictionary has. */
static const char *nearest_avp(const dia_dicts *dicts, const char *path)
{
    for (size_t n; *path; path += n + (path[n] == '/')) {
        char name[64];
        n = strcspn(path, "/");
        const size_t m = strcspn(path, "/[:");
        if (m == 0 || m >= sizeof name || path[m] == ':' || dia_is_digit((uint8_t)path[0]))
            continue;
        memcpy(name, path, m);
        name[m] = 0;
        if (dia_dicts_avp_named(dicts, 0, dia_cstr(name)))
            continue;
        dia_near near = dia_near_begin(name);
        near_to_avps(&near, dicts);
        return near.best;
    }
    return NULL;
}

/* Among the words of a field, or those of the dictionaries. */
static const char *nearest(const dia_reading *r, const dia_key *f, const char *text)
{
    dia_near near = dia_near_begin(text);
    for (const dia_key_word *w = f->words; w && w->word; w++)
        dia_near_to(&near, w->word);
    /* Where no more can be told nobody looks for what was meant. */
    if (!r->dicts || !r->mistakes || r->mistakes->n == DIA_AGENT_MISTAKES || dia_is_digit((uint8_t)text[0]))
        return near.best;
    if (strlen(text) <= 4) /* of so many short names one is always near */
        near.least = 1;
    switch (f->kind) {
    case DIA_KEY_APPLICATION: near_to_applications(&near, r->dicts); break;
    case DIA_KEY_COMMAND: near_to_commands(&near, r->dicts); break;
    case DIA_KEY_RESULT: near_to_results(&near, r->dicts); break;
    case DIA_KEY_AVP: return nearest_avp(r->dicts, text);
    default: break;
    }
    return near.best;
}

/* Is it among the names of dictionaries that this build has not? */
static bool is_left_out(const dia_reading *r, const char *text)
{
    const dia_bytes word = dia_cstr(text);
    for (const char *at = r->left_out; at && *at && word.n;) {
        const size_t n = strcspn(at, ",");
        if (dia_bytes_equal_nocase((dia_bytes){ (const uint8_t *)at, n }, word))
            return true;
        at += n + (at[n] == ',');
    }
    return false;
}

bool dia_scalar_read(dia_reading *r, const dia_key *f, const dia_tree *at, void *to)
{
    char allowed[200];
    if (read(r, f, at, to))
        return true;
    dia_key_allowed(f, allowed, sizeof allowed);
    if (f->kind == DIA_KEY_APPLICATION && is_left_out(r, at->text)) {
        dia_mistake(r, at, "the dictionary '%s' was left out of this build (-Ddictionaries); allowed: %s",
                    dia_show(at->text).text, allowed);
        return false;
    }
    const char *best = nearest(r, f, at->text);
    if (best)
        dia_mistake(r, at, "'%s' stands here; did you mean '%s'? allowed: %s", dia_show(at->text).text, best, allowed);
    else if (!at->text[0])
        dia_mistake(r, at, "nothing stands here; allowed: %s", allowed);
    else
        dia_mistake(r, at, "'%s' stands here; allowed: %s", dia_show(at->text).text, allowed);
    return false;
}

/* What a word means in dictionaries. */
#include "dict_find.h"

#include "memory.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include <diatom/diatom.h>

/* ---- Words ---- */

static bool is_separator(char c)
{
    return c == '-' || c == '_' || c == ' ' || c == '.' || c == '/';
}

/* Case and separators do not count: "session_id" finds Session-Id. `starts`, if any, tells where words begin. The length. */
static size_t fold(const char *text, char *to, size_t size, bool *starts)
{
    size_t n = 0;
    bool start = true;
    for (; *text && n + 1 < size; text++) {
        if (is_separator(*text)) {
            start = true;
            continue;
        }
        if (starts)
            starts[n] = start;
        start = false;
        to[n++] = (char)tolower((unsigned char)*text);
    }
    to[n] = 0;
    return n;
}

/* A number of 32 bits up to `stop`, decimal or hexadecimal. */
static bool parse_number(const char *text, char stop, uint32_t *out, const char **end)
{
    char *rest;
    if (text[0] < '0' || text[0] > '9')
        return false;
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && isxdigit((unsigned char)text[2]);
    const unsigned long long n = strtoull(text, &rest, hex ? 16 : 10);
    if (*rest != stop || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    *end = rest;
    return true;
}

bool cli_word_parse(const char *text, cli_word *out)
{
    const char *end;
    *out = (cli_word){ .text = text };
    if (parse_number(text, ':', &out->vendor, &end)) {
        out->has_vendor = true;
        text = end + 1;
    }
    out->is_code = parse_number(text, 0, &out->code, &end);
    if (!out->is_code || !out->has_vendor)
        fold(text, out->name, sizeof out->name, NULL);
    return out->is_code || out->name[0];
}

static cli_rank rank_of(const cli_word *word, const char *name)
{
    char folded[160];
    bool starts[160];
    if (!name || !word->name[0])
        return CLI_NOTHING;
    const size_t length = fold(name, folded, sizeof folded, starts), n = strlen(word->name);
    cli_rank best = CLI_NOTHING;
    for (const char *at = folded; (at = strstr(at, word->name)); at++) {
        cli_rank rank = starts[at - folded] ? CLI_WORD : CLI_PART;
        if (at == folded)
            rank = length == n ? CLI_WHOLE : CLI_START;
        best = rank < best ? rank : best;
    }
    return best;
}

/* ---- Finding ---- */

typedef struct search {
    const cli_word *word;
    cli_hits *hits;
    bool whole;
} search;

static void add(search *s, cli_hit hit)
{
    if (hit.rank > (s->whole ? CLI_WHOLE : CLI_PART))
        return;
    hit.order = s->hits->n;
    s->hits->v = cli_grow(s->hits->v, &s->hits->cap, s->hits->n + 1, sizeof *s->hits->v);
    s->hits->v[s->hits->n++] = hit;
}

/* The better of a hit and what the name makes of it; `alias`: the name is one. */
static void try_name(const search *s, cli_hit *hit, const char *name, bool alias)
{
    const cli_rank rank = rank_of(s->word, name);
    if (rank >= hit->rank)
        return;
    hit->rank = rank;
    hit->alias = alias ? name : NULL;
}

static void try_aliases(const search *s, cli_hit *hit, const char *const *aliases)
{
    for (; aliases && *aliases; aliases++)
        try_name(s, hit, *aliases, true);
}

static void search_head(search *s, const dia_dict *d)
{
    cli_hit hit = { .rank = CLI_NOTHING, .thing = CLI_APPLICATION, .name = d->name, .dict = d };
    if (s->word->has_vendor)
        return;
    if (s->word->is_code && d->has_application && d->application == s->word->code)
        hit.rank = CLI_WHOLE;
    try_name(s, &hit, d->name, false);
    try_name(s, &hit, d->stem, true);
    try_name(s, &hit, d->app_name, false);
    if (d->has_application)
        try_name(s, &hit, d->prefix, true);
    try_aliases(s, &hit, d->aliases);
    add(s, hit);
}

static void search_command(search *s, const dia_dict *d, const dia_command *c)
{
    cli_hit hit = { .rank = CLI_NOTHING, .thing = CLI_COMMAND, .name = c->long_name, .dict = d, .command = c };
    if (s->word->has_vendor)
        return;
    if (s->word->is_code && c->code == s->word->code && c != d->answer_message)
        hit.rank = CLI_WHOLE;
    try_name(s, &hit, c->long_name, false);
    try_name(s, &hit, c->name, false);
    try_aliases(s, &hit, c->aliases);
    add(s, hit);
}

static void search_avp(search *s, const dia_dict *d, const dia_avp_def *avp, bool own)
{
    enum { TELLING = 1000 }; /* smaller numbers are values of too many AVPs */
    cli_hit hit = { .rank = CLI_NOTHING, .thing = CLI_AVP, .name = avp->name, .dict = d, .avp = avp };
    if (s->word->has_vendor && avp->vendor != s->word->vendor)
        return;
    if (s->word->is_code && avp->code == s->word->code)
        hit.rank = CLI_WHOLE;
    try_name(s, &hit, avp->name, false);
    try_aliases(s, &hit, avp->aliases);
    if (own)
        add(s, hit);
    for (uint32_t i = 0; i < avp->n_values; i++) {
        const dia_value *v = &avp->values[i];
        cli_hit of = { .rank = CLI_NOTHING, .thing = CLI_VALUE, .name = v->name, .dict = d, .avp = avp, .value = v };
        if (s->word->is_code && s->word->code >= TELLING && v->value == (int64_t)s->word->code)
            of.rank = CLI_WHOLE;
        try_name(s, &of, v->name, false);
        add(s, of);
    }
}

static void search_dict(search *s, const dia_dict *d, bool inherited)
{
    search_head(s, d);
    for (uint32_t i = 0; i < d->n_commands; i++)
        search_command(s, d, &d->commands[i]);
    if (d->answer_message)
        search_command(s, d, d->answer_message);
    for (uint32_t i = 0; i < (inherited ? d->n_avps : d->n_local); i++)
        search_avp(s, d, d->avps[i], inherited || i < d->n_own);
}

/* ---- Order ---- */

uint32_t cli_value_vendor(const dia_avp_def *avp, const dia_dict *dict)
{
    enum { EXPERIMENTAL_RESULT_CODE = 298 };
    return avp->code == EXPERIMENTAL_RESULT_CODE && !avp->vendor ? dict->vendor : 0;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* What both are, whatever dictionary says so. */
static int compare_meaning(const cli_hit *a, const cli_hit *b)
{
    int order = strcmp(a->name, b->name);
    if (order || a->thing < CLI_AVP)
        return order;
    order = compare_u64(a->avp->vendor, b->avp->vendor);
    if (!order)
        order = compare_u64(a->avp->code, b->avp->code);
    if (!order && a->value)
        order = a->value->value < b->value->value ? -1 : a->value->value > b->value->value;
    if (!order && a->value)
        order = compare_u64(cli_value_vendor(a->avp, a->dict), cli_value_vendor(b->avp, b->dict));
    return order;
}

static int by_rank(const void *a_, const void *b_)
{
    const cli_hit *a = a_, *b = b_;
    if (a->rank != b->rank)
        return (int)a->rank - (int)b->rank;
    if (a->thing != b->thing)
        return (int)a->thing - (int)b->thing;
    int order = compare_u64(strlen(a->name), strlen(b->name));
    if (!order)
        order = compare_meaning(a, b);
    return order ? order : compare_u64(a->order, b->order);
}

/* The same AVP or value in another dictionary says nothing new. */
static bool repeats(const cli_hit *a, const cli_hit *b)
{
    return a->rank == b->rank && a->thing == b->thing && a->thing >= CLI_AVP && compare_meaning(a, b) == 0 &&
           (a->thing == CLI_VALUE || a->avp->type == b->avp->type);
}

void cli_find(const cli_dicts *dicts, const cli_word *word, bool whole, cli_hits *out)
{
    search s = { word, out, whole };
    *out = (cli_hits){ 0 };
    const size_t n = dicts->n_apps ? dicts->n_apps : dicts->all.n;
    for (size_t i = 0; i < n; i++)
        search_dict(&s, dicts->all.v[i], dicts->n_apps > 0);
    if (out->n == 0)
        return;
    qsort(out->v, out->n, sizeof *out->v, by_rank);
    size_t kept = 1;
    for (size_t i = 1; i < out->n; i++)
        if (!repeats(&out->v[kept - 1], &out->v[i]))
            out->v[kept++] = out->v[i];
    out->n = kept;
}

/* ---- Printing ---- */

const char *cli_avp_flags(const dia_avp_def *avp, char to[4])
{
    snprintf(to, 4, "%s%s%s", avp->flags & DIA_AVP_V ? "V" : "", avp->flags & DIA_AVP_M ? "M" : "",
             avp->flags & DIA_AVP_P ? "P" : "");
    return to[0] ? to : strcpy(to, "-");
}

const char *cli_avp_code(const dia_avp_def *avp, char to[24])
{
    if (avp->vendor)
        snprintf(to, 24, "%" PRIu32 ":%" PRIu32, avp->vendor, avp->code);
    else
        snprintf(to, 24, "%" PRIu32, avp->code);
    return to;
}

const char *cli_source(const char *document, const char *section, char *to, size_t size)
{
    if (document && section)
        snprintf(to, size, "%s, %s", document, section);
    else if (section)
        snprintf(to, size, "section %s", section);
    else
        snprintf(to, size, "%s", document ? document : "");
    return to;
}

static const char *const things[] = { "application", "command", "AVP", "value" };

static const char *thing_of(const cli_hit *hit)
{
    return hit->thing == CLI_APPLICATION && !hit->dict->has_application ? "dictionary" : things[hit->thing];
}

/* The columns behind the name: the code, and what else there is to say. */
static void describe(const cli_hit *hit, char code[24], char *rest, size_t size)
{
    char flags[4], source[200];
    const dia_dict *d = hit->dict;
    code[0] = rest[0] = 0;
    switch (hit->thing) {
    case CLI_APPLICATION:
        if (d->has_application)
            snprintf(code, 24, "%" PRIu32, d->application);
        snprintf(rest, size, "%s%s<diatom/app/%s.h>", d->app_name ? d->app_name : "", d->app_name ? ", " : "", d->stem);
        break;
    case CLI_COMMAND:
        snprintf(code, 24, "%" PRIu32, hit->command->code);
        if (d->has_application)
            snprintf(rest, size, "%s, application %" PRIu32 ", %s", hit->command->name, d->application, d->name);
        else
            snprintf(rest, size, "%s, %s", hit->command->name, d->name);
        break;
    case CLI_AVP:
        cli_source(hit->avp->document, hit->avp->section, source, sizeof source);
        cli_avp_code(hit->avp, code);
        snprintf(rest, size, "%-16s %-3s %s%s%s", dia_type_name((dia_type)hit->avp->type),
                 cli_avp_flags(hit->avp, flags), source, source[0] ? "; " : "", d->name);
        break;
    case CLI_VALUE:
        snprintf(code, 24, "%" PRId64, hit->value->value);
        if (cli_value_vendor(hit->avp, d))
            snprintf(rest, size, "of %s, vendor %" PRIu32 ", %s", hit->avp->name, cli_value_vendor(hit->avp, d),
                     d->name);
        else
            snprintf(rest, size, "of %s, %s", hit->avp->name, d->name);
        break;
    }
}

void cli_hits_print(const cli_hits *hits, size_t n)
{
    int names = 0, codes = 0;
    char code[24], rest[400];
    for (size_t i = 0; i < n; i++) {
        describe(&hits->v[i], code, rest, sizeof rest);
        const int name = (int)strlen(hits->v[i].name), digits = (int)strlen(code);
        names = name > names ? name : names;
        codes = digits > codes ? digits : codes;
    }
    names = names > 48 ? 48 : names;
    for (size_t i = 0; i < n; i++) {
        const cli_hit *hit = &hits->v[i];
        describe(hit, code, rest, sizeof rest);
        printf("%-11s  %-*s  %*s  %s", thing_of(hit), names, hit->name, codes, code, rest);
        if (hit->alias)
            printf(" (also %s)", hit->alias);
        putchar('\n');
    }
}

/* ---- JSON ---- */

static void put_string(const char *text)
{
    const bool utf8 = dia_utf8_valid(dia_cstr(text));
    putchar('"');
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f || (c > 0x7f && !utf8))
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_text(const char *key, const char *value)
{
    if (!value)
        return;
    printf(",\"%s\":", key);
    put_string(value);
}

static void put_names(const char *key, const char *const *names)
{
    if (!names)
        return;
    printf(",\"%s\":[", key);
    for (size_t i = 0; names[i]; i++) {
        fputs(i ? "," : "", stdout);
        put_string(names[i]);
    }
    putchar(']');
}

static void put_avp(const dia_avp_def *avp)
{
    static const char *const rules[] = { NULL, "must", "may", "must-not" };
    char flags[4];
    printf(",\"code\":%" PRIu32, avp->code);
    if (avp->vendor)
        printf(",\"vendor\":%" PRIu32, avp->vendor);
    put_text("type", dia_type_name((dia_type)avp->type));
    put_text("flags", avp->flags ? cli_avp_flags(avp, flags) : "");
    put_text("m", rules[avp->m_rule & 3]);
    put_text("document", avp->document);
    put_text("section", avp->section);
    put_names("aliases", avp->aliases);
}

static void put_command(const dia_command *c)
{
    put_text("short", c->name);
    printf(",\"code\":%" PRIu32 ",\"request\":%s", c->code, c->flags & DIA_FLAG_REQUEST ? "true" : "false");
    if (c->dict->has_application)
        printf(",\"application\":%" PRIu32, c->dict->application);
    put_text("document", c->document);
    put_text("section", c->section);
    put_names("aliases", c->aliases);
}

void cli_hits_print_json(const cli_hits *hits, size_t n)
{
    static const char *const ranks[] = { "whole", "start", "word", "part" };
    for (size_t i = 0; i < n; i++) {
        const cli_hit *hit = &hits->v[i];
        printf("{\"kind\":\"%s\"", hit->thing == CLI_AVP ? "avp" : thing_of(hit));
        put_text("name", hit->name);
        switch (hit->thing) {
        case CLI_APPLICATION:
            if (hit->dict->has_application)
                printf(",\"application\":%" PRIu32, hit->dict->application);
            put_text("title", hit->dict->app_name);
            put_text("stem", hit->dict->stem);
            put_names("aliases", hit->dict->aliases);
            break;
        case CLI_COMMAND: put_command(hit->command); break;
        case CLI_AVP: put_avp(hit->avp); break;
        case CLI_VALUE:
            printf(",\"value\":%" PRId64, hit->value->value);
            put_text("avp", hit->avp->name);
            printf(",\"code\":%" PRIu32, hit->avp->code);
            if (hit->avp->vendor)
                printf(",\"vendor\":%" PRIu32, hit->avp->vendor);
            if (cli_value_vendor(hit->avp, hit->dict))
                printf(",\"scope\":%" PRIu32, cli_value_vendor(hit->avp, hit->dict));
            break;
        }
        put_text("dictionary", hit->dict->name);
        put_text("match", ranks[hit->rank]);
        put_text("alias", hit->alias);
        puts("}");
    }
}

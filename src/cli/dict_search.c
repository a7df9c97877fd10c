/* `diatom dict search`: AVPs, values, commands and applications by a part of their names. */
#include "cli.h"

#include "dicts.h"
#include "memory.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <diatom/diatom.h>

typedef struct settings {
    cli_dict_options dict;
    uint64_t limit;
} settings;

static const cli_option rows[] = {
    { "limit", 'n', CLI_NUMBER, offsetof(settings, limit), "N", "the most lines to print [50]", 1, 1000000, 50 },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef enum kind { DICT, COMMAND, AVP, VALUE } kind;

typedef struct hit {
    int rank; /* 0: the whole name; 1: its start; 2: some part */
    kind kind;
    const char *name;
    const dia_dict *dict;
    const dia_command *command;
    const dia_avp_def *avp; /* also of a value */
    int64_t value;
} hit;

typedef struct search {
    char word[64]; /* lower case, without separators */
    bool number;
    int64_t code;
    hit *hits;
    size_t n, cap;
} search;

/* Case and separators do not count: "session_id" finds Session-Id. */
static void fold(const char *text, char *to, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++)
        if (!strchr("-_ ", *text))
            to[n++] = (char)tolower((unsigned char)*text);
    to[n] = 0;
}

/* The rank of a name; -1: no hit. */
static int rank_of(const search *s, const char *name)
{
    char folded[128];
    if (!name)
        return -1;
    fold(name, folded, sizeof folded);
    const char *at = strstr(folded, s->word);
    if (!at)
        return -1;
    if (at != folded)
        return 2;
    return folded[strlen(s->word)] ? 1 : 0;
}

static void add(search *s, hit h)
{
    if (h.rank < 0)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (s->hits[i].kind == h.kind && s->hits[i].avp == h.avp && s->hits[i].command == h.command &&
            s->hits[i].value == h.value && (h.kind != DICT || s->hits[i].dict == h.dict))
            return;
    s->hits = cli_grow(s->hits, &s->cap, s->n + 1, sizeof *s->hits);
    s->hits[s->n++] = h;
}

static int better(int a, int b)
{
    if (a < 0 || b < 0)
        return a > b ? a : b;
    return a < b ? a : b;
}

static void search_commands(search *s, const dia_dict *d)
{
    for (uint32_t i = 0; i < d->n_commands; i++) {
        const dia_command *c = &d->commands[i];
        int rank = better(rank_of(s, c->name), rank_of(s, c->long_name));
        if (s->number && c->code == s->code)
            rank = 0;
        add(s, (hit){ .rank = rank, .kind = COMMAND, .name = c->long_name, .dict = d, .command = c });
    }
}

static void search_values(search *s, const dia_dict *d, const dia_avp_def *avp)
{
    enum { TELLING = 1000 }; /* smaller numbers are values of too many AVPs */
    for (uint32_t i = 0; i < avp->n_values; i++) {
        const dia_value *v = &avp->values[i];
        int rank = rank_of(s, v->name);
        if (s->number && s->code >= TELLING && v->value == s->code)
            rank = 0;
        add(s, (hit){ .rank = rank, .kind = VALUE, .name = v->name, .dict = d, .avp = avp, .value = v->value });
    }
}

static void search_dict(search *s, const dia_dict *d, bool inherited)
{
    int rank = better(rank_of(s, d->name), rank_of(s, d->app_name));
    if (s->number && d->has_application && d->application == s->code)
        rank = 0;
    add(s, (hit){ .rank = rank, .kind = DICT, .name = d->name, .dict = d });
    search_commands(s, d);
    for (uint32_t i = 0; i < (inherited ? d->n_avps : d->n_local); i++) {
        const dia_avp_def *avp = d->avps[i];
        rank = s->number && avp->code == s->code ? 0 : rank_of(s, avp->name);
        if (i < d->n_own || inherited)
            add(s, (hit){ .rank = rank, .kind = AVP, .name = avp->name, .dict = d, .avp = avp });
        search_values(s, d, avp);
    }
}

static int by_rank(const void *a_, const void *b_)
{
    const hit *a = a_, *b = b_;
    if (a->rank != b->rank)
        return a->rank - b->rank;
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    const size_t n = strlen(a->name), m = strlen(b->name);
    if (n != m)
        return n < m ? -1 : 1;
    const int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->dict->name, b->dict->name);
}

static void print_hit(const hit *h)
{
    char code[32];
    switch (h->kind) {
    case DICT:
        if (h->dict->has_application)
            snprintf(code, sizeof code, "%" PRIu32, h->dict->application);
        else
            snprintf(code, sizeof code, "-");
        printf("application  %-40s %12s  %s\n", h->name, code, h->dict->app_name ? h->dict->app_name : "");
        return;
    case COMMAND:
        printf("command      %-40s %12" PRIu32 "  %s, %s\n", h->name, h->command->code, h->command->name,
               h->dict->name);
        return;
    case AVP:
        if (h->avp->vendor)
            snprintf(code, sizeof code, "%" PRIu32 ":%" PRIu32, h->avp->vendor, h->avp->code);
        else
            snprintf(code, sizeof code, "%" PRIu32, h->avp->code);
        printf("AVP          %-40s %12s  %s, %s\n", h->name, code, dia_type_name((dia_type)h->avp->type),
               h->dict->name);
        return;
    case VALUE:
        printf("value        %-40s %12" PRId64 "  of %s, %s\n", h->name, h->value, h->avp->name, h->dict->name);
        return;
    }
}

static int run(const cli_command *command, void *settings_, const cli_texts *words)
{
    const settings *st = settings_;
    cli_dicts dicts;
    search s = { 0 };
    char *end;
    fold(words->v[0], s.word, sizeof s.word);
    if (!s.word[0])
        return cli_usage(command, "'%s' has nothing to search for", words->v[0]);
    s.code = (int64_t)strtoull(words->v[0], &end, 10);
    s.number = words->v[0][0] >= '0' && words->v[0][0] <= '9' && *end == 0;
    int status = cli_dicts_load(command, &st->dict, &dicts);
    if (!status) {
        if (dicts.app)
            search_dict(&s, dicts.app, true);
        for (size_t i = 0; !dicts.app && i < dicts.all.n; i++)
            search_dict(&s, dicts.all.v[i], false);
        if (s.n)
            qsort(s.hits, s.n, sizeof *s.hits, by_rank);
        for (size_t i = 0; i < s.n && i < st->limit; i++)
            print_hit(&s.hits[i]);
        if (s.n > st->limit)
            printf("... and %zu more (--limit)\n", s.n - (size_t)st->limit);
        if (s.n == 0) {
            cli_failed(command, "nothing has '%s' in its name", words->v[0]);
            status = CLI_BAD;
        }
    }
    free(s.hits);
    cli_dicts_done(&dicts);
    return status;
}

const cli_command cli_dict_search = {
    .name = "dict search",
    .operands = "WORD",
    .summary = "find AVPs, values, commands and applications",
    .about = "Lists what has WORD in its name, or as its code: applications, commands, AVPs and named\n"
             "values. Case, '-' and '_' do not matter. The best hits come first.",
    .examples = "  diatom dict search rating\n"
                "  diatom dict search 5012",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};

/* `diatom dict show`: a command, an AVP or a dictionary, in the notation of the RFCs. */
#include "cli.h"

#include "dicts.h"
#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <diatom/diatom.h>

typedef struct settings {
    cli_dict_options dict;
} settings;

static const cli_group groups[] = {
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

/* Definitions already printed: several dictionaries may have the same. */
typedef struct shown {
    const void **v;
    size_t n, cap;
} shown;

static bool was_shown(shown *s, const void *p)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i] == p)
            return true;
    s->v = cli_grow(s->v, &s->cap, s->n + 1, sizeof *s->v);
    s->v[s->n++] = p;
    return false;
}

/* ---- Notation ---- */

/* "1*", "*3", "2*4", "*"; nothing for the usual arity of the bracket. */
static void print_arity(unsigned min, unsigned max, unsigned usual_min, char *to, size_t size)
{
    char low[12] = "", high[12] = "";
    to[0] = 0;
    if (min == usual_min && max == 1)
        return;
    if (min)
        snprintf(low, sizeof low, "%u", min);
    if (max != DIA_MANY)
        snprintf(high, sizeof high, "%u", max);
    snprintf(to, size, "%s*%s", low, high);
}

static void print_flags(const dia_avp_def *avp, char to[4])
{
    size_t n = 0;
    if (avp->flags & DIA_AVP_V)
        to[n++] = 'V';
    if (avp->flags & DIA_AVP_M)
        to[n++] = 'M';
    if (avp->flags & DIA_AVP_P)
        to[n++] = 'P';
    if (n == 0)
        to[n++] = '-';
    to[n] = 0;
}

static void print_field(const dia_field *field, int width)
{
    static const char brackets[][2] = { { '<', '>' }, { '{', '}' }, { '[', ']' }, { '<', '>' } };
    const dia_avp_def *avp = field->avp;
    const char *b = brackets[field->place];
    char arity[32], flags[4], vendor[16] = "";
    print_arity(field->min, field->max, field->place != DIA_OPTIONAL, arity, sizeof arity);
    print_flags(avp, flags);
    if (avp->vendor)
        snprintf(vendor, sizeof vendor, "%" PRIu32, avp->vendor);
    printf("    %5s%c %s %c%*s  %8" PRIu32 "  %8s  %-16s %s\n", arity, b[0], avp->name, b[1],
           width - (int)strlen(avp->name), "", avp->code, vendor, dia_type_name((dia_type)avp->type), flags);
}

static void print_body(const dia_grammar *g)
{
    int width = 0;
    for (unsigned i = 0; i < g->n_fields; i++)
        if ((int)strlen(g->fields[i].avp->name) > width)
            width = (int)strlen(g->fields[i].avp->name);
    if (g->n_fields)
        printf("%*s      code    vendor  type             flags\n", width + 11, "");
    for (unsigned i = 0; i < g->n_fields; i++)
        print_field(&g->fields[i], width);
    if (g->any_max) {
        char arity[32];
        print_arity(g->any_min, g->any_max, 0, arity, sizeof arity);
        printf("    %5s[ AVP ]\n", arity);
    }
}

static void print_section(const char *document, const char *section)
{
    if (document && section)
        printf(", %s, %s", document, section);
    else if (document)
        printf(", %s", document);
    else if (section)
        printf(", section %s", section);
}

/* ---- Things ---- */

static void show_command(const dia_command *c)
{
    const dia_dict *d = c->dict;
    printf("%s", c->long_name);
    if (strcmp(c->long_name, c->name) != 0)
        printf(" (%s)", c->name);
    printf(": command %" PRIu32 ", %s", c->code, c->flags & DIA_FLAG_REQUEST ? "request" : "answer");
    if (d->has_application)
        printf(", application %" PRIu32 "%s%s%s", d->application, d->app_name ? " (" : "",
               d->app_name ? d->app_name : "", d->app_name ? ")" : "");
    print_section(NULL, c->section);
    printf(", dictionary %s\n\n", d->name);
    printf("    <%s> ::= < Diameter Header: %" PRIu32 "%s%s%s", c->name, c->code,
           c->flags & DIA_FLAG_REQUEST ? ", REQ" : "", c->flags & DIA_FLAG_PROXIABLE ? ", PXY" : "",
           c->flags & DIA_FLAG_ERROR ? ", ERR" : "");
    if (d->has_application && d->application)
        printf(", %" PRIu32, d->application);
    puts(" >");
    print_body(c->grammar);
    putchar('\n');
}

static void show_values(const dia_avp_def *avp)
{
    for (uint32_t i = 0; i < avp->n_values; i++)
        printf("    %11" PRId64 "  %s\n", avp->values[i].value, avp->values[i].name);
    if (avp->n_values)
        putchar('\n');
}

static void show_avp(const dia_avp_def *avp, const dia_dict *dict)
{
    static const char *const m_rules[] = { "", ", M must be set", ", M may be set", ", M must not be set" };
    char flags[4];
    print_flags(avp, flags);
    printf("%s: AVP %" PRIu32, avp->name, avp->code);
    if (avp->vendor)
        printf(", vendor %" PRIu32, avp->vendor);
    printf(", %s, flags %s%s", dia_type_name((dia_type)avp->type), flags, m_rules[avp->m_rule & 3]);
    print_section(avp->document, avp->section);
    printf(", dictionary %s\n\n", dict->name);
    if (avp->group) {
        printf("    <%s> ::= < AVP Header: %" PRIu32, avp->name, avp->code);
        if (avp->vendor)
            printf(" %" PRIu32, avp->vendor);
        puts(" >");
        print_body(avp->group);
        putchar('\n');
    }
    show_values(avp);
}

static void show_dict(const dia_dict *d)
{
    printf("%s: dictionary", d->name);
    if (d->has_application)
        printf(", application %" PRIu32 "%s%s%s", d->application, d->app_name ? " (" : "",
               d->app_name ? d->app_name : "", d->app_name ? ")" : "");
    if (d->vendor)
        printf(", vendor %" PRIu32 "%s%s", d->vendor, d->vendor_name ? " " : "", d->vendor_name ? d->vendor_name : "");
    printf(", header diatom/app/%s.h, %" PRIu32 " AVPs, %" PRIu32 " of its own\n\n", d->stem, d->n_avps, d->n_own);
    for (uint32_t i = 0; i < d->n_commands; i++)
        printf("    %8" PRIu32 "  %-8s %s\n", d->commands[i].code, d->commands[i].name, d->commands[i].long_name);
    if (d->n_commands)
        putchar('\n');
}

/* ---- What was asked for ---- */

/* "443", "10415:873"; a name otherwise. */
typedef struct asked {
    const char *name;
    bool number, has_vendor;
    uint32_t code, vendor;
} asked;

static asked parse(const char *word)
{
    asked a = { .name = word };
    char *end;
    if (word[0] < '0' || word[0] > '9')
        return a;
    unsigned long long n = strtoull(word, &end, 10);
    if (*end == ':' && end[1] >= '0' && end[1] <= '9') {
        a.has_vendor = true;
        a.vendor = (uint32_t)n;
        n = strtoull(end + 1, &end, 10);
    }
    a.number = *end == 0 && n <= UINT32_MAX;
    a.code = (uint32_t)n;
    return a;
}

static bool is_command(const asked *a, const dia_command *c)
{
    if (a->number)
        return !a->has_vendor && c->code == a->code;
    return strcasecmp(c->name, a->name) == 0 || strcasecmp(c->long_name, a->name) == 0;
}

static bool is_avp(const asked *a, const dia_avp_def *avp)
{
    if (a->number)
        return avp->code == a->code && (!a->has_vendor || avp->vendor == a->vendor);
    return strcasecmp(avp->name, a->name) == 0;
}

static void show_in(const dia_dict *d, const asked *a, bool inherited, shown *s)
{
    if (!a->number && strcasecmp(d->name, a->name) == 0 && !was_shown(s, d))
        show_dict(d);
    for (uint32_t i = 0; i < d->n_commands; i++)
        if (is_command(a, &d->commands[i]) && !was_shown(s, &d->commands[i]))
            show_command(&d->commands[i]);
    if (d->answer_message && is_command(a, d->answer_message) && !was_shown(s, d->answer_message))
        show_command(d->answer_message);
    for (uint32_t i = 0; i < (inherited ? d->n_avps : d->n_own); i++)
        if (is_avp(a, d->avps[i]) && !was_shown(s, d->avps[i]))
            show_avp(d->avps[i], d);
}

static int run(const cli_command *command, void *settings_, const cli_texts *names)
{
    const settings *s = settings_;
    cli_dicts dicts;
    int status = cli_dicts_load(command, &s->dict, &dicts);
    for (size_t i = 0; i < names->n && status < CLI_USAGE; i++) {
        const asked a = parse(names->v[i]);
        shown sh = { 0 };
        if (dicts.app)
            show_in(dicts.app, &a, true, &sh);
        for (size_t k = 0; !dicts.app && k < dicts.all.n; k++)
            show_in(dicts.all.v[k], &a, false, &sh);
        if (sh.n == 0) {
            cli_failed(command, "nothing is called '%s'; 'diatom dict search' finds parts of names", names->v[i]);
            status = CLI_BAD;
        }
        free(sh.v);
    }
    cli_dicts_done(&dicts);
    return status;
}

const cli_command cli_dict_show = {
    .name = "dict show",
    .operands = "NAME...",
    .summary = "show a command, AVP or dictionary in the RFC's notation",
    .about = "Shows what a name or a code means: the grammar of commands and Grouped AVPs with codes,\n"
             "vendors, types and flags; the values of AVPs; sections of the specifications. NAME is\n"
             "the short or long name of a command, the name of an AVP or of a dictionary, a code, or\n"
             "VENDOR:CODE. With --app only the dictionary of that application is looked at.",
    .examples = "  diatom dict show CCR\n"
                "  diatom dict show CCR --app ro\n"
                "  diatom dict show Subscription-Id 10415:873",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};

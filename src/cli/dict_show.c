/* `diatom dict show`: a command, an AVP or an application, in the notation of the RFCs. */
#include "cli.h"

#include "dict_find.h"
#include "memory.h"

#include <inttypes.h>
#include <string.h>

#include <diatom/diatom.h>

enum { LINES_MAX = 25 }; /* of a list that nobody asked for */

typedef struct settings {
    cli_dict_options dict;
    bool all;
} settings;

static const cli_option rows[] = {
    { "all", 'a', CLI_FLAG, offsetof(settings, all), NULL, "every meaning of a name, and lists to their end" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

/* What a run prints about. */
typedef struct show {
    const cli_dicts *dicts;
    bool all;
} show;

/* The dictionaries that are asked: those of --app, or all. */
static size_t dicts_of(const show *s, const dia_dict *const **v)
{
    *v = s->dicts->all.v;
    return s->dicts->n_apps ? s->dicts->n_apps : s->dicts->all.n;
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

static const char *brackets_of(const dia_field *field)
{
    static const char *const brackets[] = { "<>", "{}", "[]", "<>" };
    return brackets[field->place & 3];
}

static const char *m_rule_of(const dia_avp_def *avp)
{
    static const char *const rules[] = { "", "must", "may", "must not" };
    return rules[avp->m_rule & 3];
}

static int width_of(int width, const char *name)
{
    const int n = (int)strlen(name);
    return n > width ? n : width;
}

static void print_field(const dia_field *field, int width)
{
    const dia_avp_def *avp = field->avp;
    const char *b = brackets_of(field);
    char arity[32], flags[4], source[200], vendor[16] = "";
    print_arity(field->min, field->max, field->place != DIA_OPTIONAL, arity, sizeof arity);
    cli_source(avp->document, avp->section, source, sizeof source);
    if (avp->vendor)
        snprintf(vendor, sizeof vendor, "%" PRIu32, avp->vendor);
    printf("    %5s%c %s %c%*s  %8" PRIu32 "  %8s  %-16s %-5s", arity, b[0], avp->name, b[1],
           width - (int)strlen(avp->name), "", avp->code, vendor, dia_type_name((dia_type)avp->type),
           cli_avp_flags(avp, flags));
    if (source[0])
        printf("  %-8s %s\n", m_rule_of(avp), source);
    else
        printf("  %s\n", m_rule_of(avp));
}

static void print_body(const dia_grammar *g)
{
    int width = 0;
    for (unsigned i = 0; i < g->n_fields; i++)
        width = width_of(width, g->fields[i].avp->name);
    if (g->n_fields)
        printf("%*s      code    vendor  %-16s flags  %-8s defined in\n", width + 11, "", "type", "M");
    for (unsigned i = 0; i < g->n_fields; i++)
        print_field(&g->fields[i], width);
    if (g->any_max) {
        char arity[32];
        print_arity(g->any_min, g->any_max, g->any_min, arity, sizeof arity);
        printf("    %5s%s\n", arity, g->any_min ? "{ AVP }" : "[ AVP ]");
    }
    putchar('\n');
}

static void print_source(const char *document, const char *section)
{
    char source[200];
    if (document || section)
        printf(", %s", cli_source(document, section, source, sizeof source));
}

static void print_also(const char *const *aliases)
{
    for (size_t i = 0; aliases && aliases[i]; i++)
        printf("%s%s", i ? ", " : ", also ", aliases[i]);
}

/* Where C finds it, and how names begin there. */
static void print_home(const dia_dict *d)
{
    const bool plain = !d->prefix && d->has_application && d->application == 0; /* the base protocol has no prefix */
    const char *prefix = plain ? "" : d->prefix ? d->prefix : d->stem;
    printf(", dictionary %s\n    C: <diatom/app/%s.h>, dia_%s%s...\n\n", d->name, d->stem, prefix, plain ? "" : "_");
}

static void print_more(size_t n, const char *what)
{
    if (n)
        printf("    ... and %zu more %s (--all)\n", n, what);
}

/* ---- Commands ---- */

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
    print_source(c->document, c->section);
    print_also(c->aliases);
    print_home(d);
    printf("    <%s> ::= < Diameter Header: ", c->name);
    if (c == d->answer_message && c->code == 0)
        printf("code");
    else
        printf("%" PRIu32, c->code);
    printf("%s%s%s", c->flags & DIA_FLAG_REQUEST ? ", REQ" : "", c->flags & DIA_FLAG_PROXIABLE ? ", PXY" : "",
           c->flags & DIA_FLAG_ERROR ? ", ERR" : "");
    if (d->has_application && d->application)
        printf(", %" PRIu32, d->application);
    puts(" >");
    print_body(c->grammar);
}

/* ---- AVPs ---- */

/* Does the AVP have this value of this vendor, as `dict` defines it? */
static bool has_value(const dia_avp_def *avp, const dia_dict *dict, uint32_t vendor, const dia_value *value)
{
    if (cli_value_vendor(avp, dict) != vendor)
        return false;
    for (uint32_t i = 0; i < avp->n_values; i++)
        if (avp->values[i].value == value->value && strcmp(avp->values[i].name, value->name) == 0)
            return true;
    return false;
}

/* What a dictionary itself says about the AVP; NULL: nothing. */
static const dia_avp_def *local_avp(const dia_dict *d, const dia_avp_def *avp)
{
    for (uint32_t i = 0; i < d->n_local; i++)
        if (d->avps[i]->code == avp->code && d->avps[i]->vendor == avp->vendor)
            return d->avps[i];
    return NULL;
}

/* vendor 0, dict NULL: not to be said. */
static void show_value(const dia_value *value, uint32_t vendor, const char *dict)
{
    printf("    %11" PRId64 "  %s", value->value, value->name);
    if (vendor)
        printf(", vendor %" PRIu32, vendor);
    printf("%s%s\n", dict ? ", " : "", dict ? dict : "");
}

/* Its values, and behind them those that other dictionaries add to it, each once. */
static void show_values(const show *s, const dia_avp_def *avp, const dia_dict *home)
{
    const dia_dict *const *v;
    const size_t n = dicts_of(s, &v);
    bool any = avp->n_values > 0;
    for (uint32_t i = 0; i < avp->n_values; i++)
        show_value(&avp->values[i], cli_value_vendor(avp, home), NULL);
    for (size_t i = 0; i < n; i++) {
        const dia_avp_def *other = local_avp(v[i], avp);
        for (uint32_t k = 0; other && other != avp && k < other->n_values; k++) {
            const uint32_t vendor = cli_value_vendor(avp, v[i]);
            bool known = has_value(avp, home, vendor, &other->values[k]);
            for (size_t before = 0; before < i && !known; before++) {
                const dia_avp_def *earlier = local_avp(v[before], avp);
                known = earlier && has_value(earlier, v[before], vendor, &other->values[k]);
            }
            if (!known)
                show_value(&other->values[k], vendor, v[i]->name);
            any = any || !known;
        }
    }
    if (any)
        putchar('\n');
}

/* A body in which an AVP may stand. */
typedef struct user {
    const dia_field *field;
    const dia_command *command; /* NULL: a group */
    const dia_avp_def *group;
    const dia_dict *dict;
} user;

typedef struct users {
    user *v;
    size_t n, cap;
} users;

static void add_user(users *u, const dia_avp_def *avp, const dia_grammar *body, user as)
{
    as.field = body ? dia_grammar_field(body, avp->code, avp->vendor) : NULL;
    if (!as.field)
        return;
    u->v = cli_grow(u->v, &u->cap, u->n + 1, sizeof *u->v);
    u->v[u->n++] = as;
}

static const char *user_name(const user *it)
{
    return it->command ? it->command->long_name : it->group->name;
}

static void print_users(const show *s, const users *u, const char *one, const char *many)
{
    const size_t n = s->all || u->n < LINES_MAX ? u->n : LINES_MAX;
    int width = 0, shorts = 0;
    if (u->n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        width = width_of(width, user_name(&u->v[i]));
        shorts = width_of(shorts, u->v[i].command ? u->v[i].command->name : "");
    }
    printf("In %zu %s:\n", u->n, u->n == 1 ? one : many);
    for (size_t i = 0; i < n; i++) {
        const user *it = &u->v[i];
        char arity[32], code[24];
        print_arity(it->field->min, it->field->max, it->field->place != DIA_OPTIONAL, arity, sizeof arity);
        printf("    %5s%c %c  %-*s  ", arity, brackets_of(it->field)[0], brackets_of(it->field)[1], width,
               user_name(it));
        if (it->command)
            printf("%-*s  %s\n", shorts, it->command->name, it->dict->name);
        else
            printf("%12s  %s\n", cli_avp_code(it->group, code), it->dict->name);
    }
    print_more(u->n - n, many);
    putchar('\n');
}

static void show_users(const show *s, const dia_avp_def *avp)
{
    const dia_dict *const *v;
    const size_t n = dicts_of(s, &v);
    users in_groups = { 0 }, in_commands = { 0 };
    for (size_t i = 0; i < n; i++) {
        const dia_dict *d = v[i];
        for (uint32_t k = 0; k < d->n_commands; k++)
            add_user(&in_commands, avp, d->commands[k].grammar, (user){ .command = &d->commands[k], .dict = d });
        if (d->answer_message)
            add_user(&in_commands, avp, d->answer_message->grammar, (user){ .command = d->answer_message, .dict = d });
        for (uint32_t k = 0; k < (s->dicts->n_apps ? d->n_avps : d->n_own); k++)
            add_user(&in_groups, avp, d->avps[k]->group, (user){ .group = d->avps[k], .dict = d });
    }
    print_users(s, &in_groups, "group", "groups");
    print_users(s, &in_commands, "command", "commands");
    free(in_groups.v);
    free(in_commands.v);
}

static void show_avp(const show *s, const dia_avp_def *avp, const dia_dict *dict)
{
    char flags[4];
    printf("%s: AVP %" PRIu32, avp->name, avp->code);
    if (avp->vendor)
        printf(", vendor %" PRIu32, avp->vendor);
    printf(", %s, flags %s", dia_type_name((dia_type)avp->type), cli_avp_flags(avp, flags));
    if (avp->m_rule)
        printf(", M %s be set", m_rule_of(avp));
    print_source(avp->document, avp->section);
    if (avp->hook)
        printf(", codec %s", avp->hook->module);
    print_also(avp->aliases);
    print_home(dict);
    if (avp->group) {
        printf("    <%s> ::= < AVP Header: %" PRIu32, avp->name, avp->code);
        if (avp->vendor)
            printf(" %" PRIu32, avp->vendor);
        puts(" >");
        print_body(avp->group);
    }
    show_values(s, avp, dict);
    show_users(s, avp);
}

/* ---- Applications ---- */

static void show_commands(const dia_dict *d)
{
    int requests = 0, answers = 0, names = 0;
    for (uint32_t i = 0; i < d->n_commands; i++) {
        const dia_command *c = &d->commands[i];
        if (!(c->flags & DIA_FLAG_REQUEST))
            continue;
        requests = width_of(requests, c->name);
        answers = width_of(answers, c->other ? c->other->name : "");
        names = width_of(names, c->long_name);
    }
    for (uint32_t i = 0; i < d->n_commands; i++) {
        const dia_command *c = &d->commands[i];
        char source[200];
        if (!(c->flags & DIA_FLAG_REQUEST))
            continue;
        cli_source(c->document, c->section, source, sizeof source);
        printf("    %8" PRIu32 "  %-*s  %-*s  ", c->code, requests, c->name, answers, c->other ? c->other->name : "");
        if (source[0])
            printf("%-*s  %s\n", names, c->long_name, source);
        else
            puts(c->long_name);
    }
    if (d->answer_message)
        printf("    %8s  %s\n", "", d->answer_message->name);
    if (d->n_commands || d->answer_message)
        putchar('\n');
}

static void show_avps(const show *s, const dia_dict *d)
{
    const uint32_t n = s->all || d->n_own < LINES_MAX ? d->n_own : LINES_MAX;
    int width = 0;
    for (uint32_t i = 0; i < n; i++)
        width = width_of(width, d->avps[i]->name);
    for (uint32_t i = 0; i < n; i++) {
        const dia_avp_def *avp = d->avps[i];
        char code[24], flags[4], source[200];
        cli_source(avp->document, avp->section, source, sizeof source);
        printf("    %16s  %-*s  %-16s  %-3s%s%s\n", cli_avp_code(avp, code), width, avp->name,
               dia_type_name((dia_type)avp->type), cli_avp_flags(avp, flags), source[0] ? "  " : "", source);
    }
    print_more(d->n_own - n, "AVPs");
    if (n)
        putchar('\n');
}

static void show_dict(const show *s, const dia_dict *d)
{
    printf("%s: dictionary", d->name);
    if (d->has_application)
        printf(", application %" PRIu32 "%s%s%s", d->application, d->app_name ? " (" : "",
               d->app_name ? d->app_name : "", d->app_name ? ")" : "");
    if (d->vendor)
        printf(", vendor %" PRIu32 "%s%s", d->vendor, d->vendor_name ? " " : "", d->vendor_name ? d->vendor_name : "");
    print_also(d->aliases);
    printf(", header diatom/app/%s.h, %" PRIu32 " AVPs, %" PRIu32 " of its own\n\n", d->stem, d->n_avps, d->n_own);
    show_commands(d);
    show_avps(s, d);
}

/* ---- What was asked for ---- */

static void show_hit(const show *s, const cli_hit *hit)
{
    switch (hit->thing) {
    case CLI_APPLICATION: show_dict(s, hit->dict); break;
    case CLI_COMMAND: show_command(hit->command); break;
    case CLI_AVP: show_avp(s, hit->avp, hit->dict); break;
    case CLI_VALUE: show_avp(s, hit->avp, hit->dict); break;
    }
}

/* Leaves out what is only another name when something has it as its own, and values when anything else is meant. */
static void narrow(cli_hits *hits)
{
    bool named = false, things = false;
    for (size_t i = 0; i < hits->n; i++) {
        named = named || (!hits->v[i].alias && hits->v[i].thing != CLI_VALUE);
        things = things || hits->v[i].thing != CLI_VALUE;
    }
    size_t n = 0;
    for (size_t i = 0; i < hits->n; i++)
        if (!(named && hits->v[i].alias) && !(things && hits->v[i].thing == CLI_VALUE))
            hits->v[n++] = hits->v[i];
    hits->n = n;
}

/* Request and answer of one code are one meaning. */
static bool is_one(const cli_hits *hits)
{
    if (hits->n == 1)
        return true;
    return hits->n == 2 && hits->v[0].thing == CLI_COMMAND && hits->v[0].command->other == hits->v[1].command;
}

/* False: there is no such thing. */
static bool show_word(const show *s, const char *text)
{
    cli_word word;
    cli_hits hits = { 0 };
    if (cli_word_parse(text, &word))
        cli_find(s->dicts, &word, true, &hits);
    narrow(&hits);
    const dia_dict *other = hits.n == 0 ? cli_dicts_named(&s->dicts->all, text) : NULL;
    if (other) {
        show_dict(s, other);
    } else if (hits.n && (is_one(&hits) || s->all)) {
        for (size_t i = 0; i < hits.n; i++)
            show_hit(s, &hits.v[i]);
    } else if (hits.n) {
        printf("%s means several things; --app NAME, VENDOR:CODE or a name chooses one, --all shows them all:\n\n",
               text);
        cli_hits_print(&hits, hits.n);
        putchar('\n');
    }
    const bool found = other || hits.n;
    free(hits.v);
    return found;
}

static int run(const cli_command *command, void *settings_, const cli_texts *names)
{
    const settings *st = settings_;
    cli_dicts dicts;
    int status = cli_dicts_load(command, &st->dict, &dicts);
    const show s = { &dicts, st->all };
    for (size_t i = 0; i < names->n && status < CLI_USAGE; i++) {
        if (show_word(&s, names->v[i]))
            continue;
        cli_failed(command, "nothing is called '%s'; 'diatom dict search' finds parts of names", names->v[i]);
        status = CLI_BAD;
    }
    cli_dicts_done(&dicts);
    return status;
}

const cli_command cli_dict_show = {
    .name = "dict show",
    .operands = "NAME...",
    .summary = "show a command, AVP or application in the RFC's notation",
    .about = "Shows what a name or a code means: the grammar of commands and Grouped AVPs with codes,\n"
             "vendors, types, flags and the rule of the M bit; the values of AVPs and the groups and\n"
             "commands that contain them; the commands and AVPs of an application; where each is\n"
             "specified. NAME is the short or long name of a command, the name of an AVP or of a\n"
             "dictionary, another name of these, a code (decimal or 0x1bb), VENDOR:CODE or VENDOR:NAME.\n"
             "A name with several meanings lists them. With --app only the dictionary of that\n"
             "application is looked at.",
    .examples = "  diatom dict show CCR --app ro\n"
                "  diatom dict show Subscription-Id 10415:873\n"
                "  diatom dict show ro",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};

/* Command lines: tables of options, parsed and printed. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain(const cli_command *command, const char *format, va_list args)
{
    fflush(stdout);
    if (command)
        fprintf(stderr, "diatom %s: ", command->name);
    else
        fputs("diatom: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int cli_usage(const cli_command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(command, format, args);
    va_end(args);
    return CLI_USAGE;
}

int cli_failed(const cli_command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(command, format, args);
    va_end(args);
    return CLI_FAILED;
}

unsigned cli_distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    const size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);
    unsigned row[LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            const unsigned above = row[j];
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[m];
}

/* A row, and where its value stands. */
typedef struct match {
    const cli_option *row;
    void *value;
} match;

static match find(const cli_command *command, void *settings, const char *name, size_t n, char letter)
{
    for (const cli_group *g = command->groups; g->rows; g++)
        for (const cli_option *row = g->rows; row < g->rows + g->n; row++) {
            const bool named = name && row->name && strlen(row->name) == n && memcmp(row->name, name, n) == 0;
            if (named || (letter && row->letter == letter))
                return (match){ row, (char *)settings + g->offset + row->offset };
        }
    return (match){ 0 };
}

static const char *nearest(const cli_command *command, const char *name)
{
    const char *best = NULL;
    unsigned least = 3;
    for (const cli_group *g = command->groups; g->rows; g++)
        for (const cli_option *row = g->rows; row < g->rows + g->n; row++)
            if (row->name && cli_distance(name, row->name) < least) {
                least = cli_distance(name, row->name);
                best = row->name;
            }
    return best;
}

static int unknown(const cli_command *command, const char *arg, const char *name)
{
    const char *near = name ? nearest(command, name) : NULL;
    if (near)
        return cli_usage(command, "unknown option '%s'; did you mean '--%s'?", arg, near);
    return cli_usage(command, "unknown option '%s'; see 'diatom %s --help'", arg, command->name);
}

static int set_number(const cli_command *command, const cli_option *row, const char *text, uint64_t *to)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] < '0' || text[0] > '9' || value < row->min || value > row->max)
        return cli_usage(command, "--%s takes a number from %llu to %llu, not '%s'", row->name,
                         (unsigned long long)row->min, (unsigned long long)row->max, text);
    *to = value;
    return 0;
}

static int set_choice(const cli_command *command, const cli_option *row, const char *text, int *to)
{
    const size_t n = strlen(text);
    int at = 1;
    for (const char *word = row->argument; word; at++) {
        const char *end = strchr(word, '|');
        const size_t length = end ? (size_t)(end - word) : strlen(word);
        if (length == n && memcmp(word, text, n) == 0) {
            *to = at;
            return 0;
        }
        word = end ? end + 1 : NULL;
    }
    return cli_usage(command, "--%s takes %s, not '%s'", row->name, row->argument, text);
}

/* `room` is the most texts that can ever come: as many as there are arguments. */
static int add_text(const cli_command *command, cli_texts *list, const char *text, size_t room)
{
    if (!list->v)
        list->v = calloc(room + 1, sizeof *list->v);
    if (!list->v)
        return cli_failed(command, "out of memory");
    list->v[list->n++] = text;
    return 0;
}

static int set(const cli_command *command, match m, const char *text, size_t room)
{
    switch (m.row->kind) {
    case CLI_FLAG: *(bool *)m.value = true; return 0;
    case CLI_TEXT: *(const char **)m.value = text; return 0;
    case CLI_TEXTS: return add_text(command, m.value, text, room);
    case CLI_NUMBER: return set_number(command, m.row, text, m.value);
    case CLI_CHOICE: return set_choice(command, m.row, text, m.value);
    }
    return 0;
}

static void set_standards(const cli_command *command, void *settings)
{
    for (const cli_group *g = command->groups; g->rows; g++)
        for (const cli_option *row = g->rows; row < g->rows + g->n; row++)
            if (row->kind == CLI_NUMBER)
                *(uint64_t *)((char *)settings + g->offset + row->offset) = row->standard;
}

/* One option at argv[*at], with its argument in the same word or the next. */
static int take_option(const cli_command *command, int argc, char **argv, int *at, void *settings)
{
    const char *arg = argv[*at];
    const bool is_long = arg[1] == '-';
    const char *name = is_long ? arg + 2 : NULL;
    const char *inside = is_long ? strchr(name, '=') : (arg[2] ? arg + 2 : NULL);
    const size_t n = is_long ? (inside ? (size_t)(inside - name) : strlen(name)) : 0;
    const match m = find(command, settings, name, n, is_long ? 0 : arg[1]);
    if (!m.row)
        return unknown(command, arg, name);
    if (inside && is_long)
        inside++;
    if (m.row->kind == CLI_FLAG) {
        if (inside)
            return cli_usage(command, "'%s': --%s takes no argument", arg, m.row->name);
    } else if (!inside) {
        if (*at + 1 >= argc)
            return cli_usage(command, "'%s' needs an argument: %s", arg, m.row->argument);
        inside = argv[++*at];
    }
    return set(command, m, inside, (size_t)argc);
}

static int check_operands(const cli_command *command, const cli_texts *operands)
{
    if (operands->n < (size_t)command->operands_min)
        return cli_usage(command, "%s is missing; see 'diatom %s --help'", command->operands, command->name);
    if (command->operands_max >= 0 && operands->n > (size_t)command->operands_max)
        return cli_usage(command, "'%s' is one argument too many; see 'diatom %s --help'",
                         operands->v[command->operands_max], command->name);
    return 0;
}

int cli_options_parse(const cli_command *command, int argc, char **argv, void *settings, cli_texts *operands)
{
    bool only_operands = false;
    set_standards(command, settings);
    for (int at = 0; at < argc; at++) {
        const char *arg = argv[at];
        int err;
        if (only_operands || arg[0] != '-' || !arg[1])
            err = add_text(command, operands, arg, (size_t)argc);
        else if (strcmp(arg, "--") == 0)
            err = 0, only_operands = true;
        else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
            return -1;
        else
            err = take_option(command, argc, argv, &at, settings);
        if (err)
            return err;
    }
    return check_operands(command, operands);
}

void cli_options_done(const cli_command *command, void *settings, cli_texts *operands)
{
    for (const cli_group *g = command->groups; g->rows; g++)
        for (const cli_option *row = g->rows; row < g->rows + g->n; row++)
            if (row->kind == CLI_TEXTS)
                free(((cli_texts *)(void *)((char *)settings + g->offset + row->offset))->v);
    free(operands->v);
}

/* The help of one option may have several lines. */
static void print_row(const cli_option *row)
{
    enum { COLUMN = 30 };
    char left[80];
    int n = snprintf(left, sizeof left, "  ");
    if (row->letter)
        n += snprintf(left + n, sizeof left - (size_t)n, "-%c%s", row->letter, row->name ? ", " : "");
    if (row->name)
        n += snprintf(left + n, sizeof left - (size_t)n, "--%s", row->name);
    if (row->argument)
        n += snprintf(left + n, sizeof left - (size_t)n, " %s", row->argument);
    printf("%s", left);
    if (n >= COLUMN) {
        putchar('\n');
        n = 0;
    }
    const char *line = row->help;
    while (line) {
        const char *end = strchr(line, '\n');
        printf("%*s%.*s\n", COLUMN - n, "", end ? (int)(end - line) : (int)strlen(line), line);
        line = end ? end + 1 : NULL;
        n = 0;
    }
}

void cli_options_help(const cli_command *command)
{
    printf("Usage: diatom %s [OPTION...]%s%s\n\n%s\n", command->name, command->operands[0] ? " " : "",
           command->operands, command->about);
    for (const cli_group *g = command->groups; g->rows; g++) {
        printf("\n%s:\n", g->title);
        for (const cli_option *row = g->rows; row < g->rows + g->n; row++)
            print_row(row);
    }
    if (command->examples)
        printf("\nExamples:\n%s\n", command->examples);
    puts("\nExit status: 0 done; 1 bad message, dictionary or Result-Code; 2 wrong command line;\n"
         "3 no connection, no answer, or the system refused.");
}

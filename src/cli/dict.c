/* `diatom dict compile|check|format|flatten`: work on .dia files. */
#include "cli.h"

#include "dicts.h"
#include "files.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <diatom/diatom.h>

typedef struct settings {
    cli_texts folders, inherits;
    const char *output, *name, *prefix;
    bool write;
} settings;

#define FOLDERS                                                                                                        \
    {                                                                                                                  \
        "include", 'I', CLI_TEXTS, offsetof(settings, folders), "DIR",                                                 \
            "where inherited dictionaries are; several times. Built-in ones need none"                                 \
    }

#define CHANGES                                                                                                        \
    { "inherits",       0,                                                                                             \
      CLI_TEXTS,        offsetof(settings, inherits),                                                                  \
      "OLD/NEW|NAME|-", "inherit from NEW where the file says OLD; from NAME as well;\nfrom nothing. Several times" }, \
        { "name", 0, CLI_TEXT, offsetof(settings, name), "NAME", "instead of the file's @name" },                      \
    {                                                                                                                  \
        "prefix", 0, CLI_TEXT, offsetof(settings, prefix), "PREFIX", "instead of the file's @prefix"                   \
    }

static const cli_option compile_rows[] = {
    FOLDERS,
    { "output", 'o', CLI_TEXT, offsetof(settings, output), "DIR",
      "where the files go [.]; C includes them as diatom/app/..., so it\nshould end in diatom/app" },
    CHANGES,
};
static const cli_option read_rows[] = { FOLDERS, CHANGES };
static const cli_option format_rows[] = {
    { "write", 'w', CLI_FLAG, offsetof(settings, write), NULL, "change the files instead of printing them" },
};

static const cli_group compile_groups[] = { { "Options", CLI_ROWS(compile_rows), 0 }, { 0 } };
static const cli_group read_groups[] = { { "Options", CLI_ROWS(read_rows), 0 }, { 0 } };
static const cli_group format_groups[] = { { "Options", CLI_ROWS(format_rows), 0 }, { 0 } };

static int compile_one(const cli_command *command, const settings *s, cli_shelf *shelf, const char *file,
                       const dia_dict *dict);

/* Calls `each` for every file's dictionary. The worst exit status. */
static int for_each(const cli_command *command, const settings *s, const cli_texts *files,
                    int (*each)(const cli_command *, const settings *, cli_shelf *, const char *file, const dia_dict *))
{
    const dia_shelf_how how = { s->name, s->prefix, s->inherits.v };
    cli_shelf shelf;
    int worst = cli_files_check(command, files);
    if (worst)
        return worst;
    worst = cli_shelf_open(command, &s->folders, &shelf);
    shelf.compiles = each == compile_one;
    for (size_t i = 0; i < files->n && worst < CLI_USAGE; i++) {
        const dia_dict *dict;
        int status = cli_shelf_read(&shelf, files->v[i], &how, &dict);
        if (!status)
            status = each(command, s, &shelf, files->v[i], dict);
        if (status > worst)
            worst = status;
    }
    if (shelf.errors)
        fprintf(stderr, "%zu error%s\n", shelf.errors, shelf.errors == 1 ? "" : "s");
    cli_shelf_close(&shelf);
    return worst;
}

/* ---- compile ---- */

typedef struct part_job {
    const dia_dict *dict;
    dia_dicts dicts;
    dia_gen_part part;
} part_job;

static int say_part(void *job, dia_write_fn *write, void *arg)
{
    const part_job *j = job;
    return dia_gen(j->dict, &j->dicts, j->part, write, arg);
}

static int write_part(const cli_command *command, const settings *s, part_job *j, const char *end)
{
    const char *folder = s->output ? s->output : ".";
    const size_t size = strlen(folder) + strlen(j->dict->stem) + strlen(end) + 2;
    char *path = cli_new(size);
    snprintf(path, size, "%s/%s%s", folder, j->dict->stem, end);
    int status = cli_file_write(command, path, say_part, j);
    if (status < 0)
        status = cli_failed(command, "'%s' was not written: %s", path, dia_strerror(status));
    else if (!status)
        puts(path);
    free(path);
    return status;
}

static int compile_one(const cli_command *command, const settings *s, cli_shelf *shelf, const char *file,
                       const dia_dict *dict)
{
    static const char *const ends[] = {
        [DIA_GEN_HEADER] = ".h", [DIA_GEN_NODE_HEADER] = "_node.h", [DIA_GEN_SOURCE] = ".c"
    };
    part_job j = { dict, dia_shelf_dicts(shelf->shelf), DIA_GEN_HEADER };
    (void)file;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        j.part = (dia_gen_part)i;
        const int status = write_part(command, s, &j, ends[i]);
        if (status)
            return status;
    }
    return 0;
}

static int run_compile(const cli_command *command, void *settings_, const cli_texts *files)
{
    const settings *s = settings_;
    const int status = cli_folder_check(command, s->output ? s->output : ".");
    return status ? status : for_each(command, s, files, compile_one);
}

const cli_command cli_dict_compile = {
    .name = "dict compile",
    .operands = "FILE.dia...",
    .summary = "make C of dictionaries: structs, constants, typed functions, tables",
    .about = "Writes three files per dictionary and prints their names: NAME.h (a struct per\n"
             "command and Grouped AVP, constants), NAME_node.h (typed functions to serve and send)\n"
             "and NAME.c (tables). All errors are reported as file:line:column: message.",
    .examples = "  diatom dict compile -I dict -o gen/diatom/app my_app.dia",
    .groups = compile_groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run_compile,
};

/* ---- check ---- */

static int say_good(const cli_command *command, const settings *s, cli_shelf *shelf, const char *file,
                    const dia_dict *dict)
{
    (void)command, (void)s, (void)shelf;
    printf("%s: good: %s, %u AVPs (%u of its own), %u commands\n", file, dict->name, dict->n_avps, dict->n_own,
           dict->n_commands);
    return 0;
}

static int run_check(const cli_command *command, void *settings_, const cli_texts *files)
{
    return for_each(command, settings_, files, say_good);
}

const cli_command cli_dict_check = {
    .name = "dict check",
    .operands = "FILE.dia...",
    .summary = "find all errors in dictionaries",
    .about = "Reads dictionaries and everything that they inherit from, and reports all errors and\n"
             "warnings as file:line:column: message. The exit status is 1 when there is an error.",
    .examples = "  diatom dict check -I dict my_app.dia",
    .groups = read_groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run_check,
};

/* ---- format ---- */

typedef struct format_job {
    dia_dict_reader reader;
    dia_bytes text;
    const char *file;
    size_t errors;
} format_job;

static void on_finding(void *arg, const dia_dict_error *error)
{
    format_job *j = arg;
    if (error->warning)
        return;
    fprintf(stderr, "%s:%u:%u: error: %s [%s]\n", error->file, error->line, error->column, error->message, error->name);
    j->errors++;
}

static int say_format(void *job, dia_write_fn *write, void *arg)
{
    format_job *j = job;
    return dia_dict_format(&j->reader, j->text, j->file, write, arg);
}

static int format_one(const cli_command *command, const settings *s, cli_shelf *shelf, const char *file)
{
    format_job j = { .file = file };
    j.reader = (dia_dict_reader){ .report = on_finding, .arg = &j };
    int status = cli_shelf_text(shelf, file, &j.text);
    if (status)
        return status;
    status = s->write ? cli_file_write(command, file, say_format, &j) : say_format(&j, cli_write, stdout);
    if (status == DIA_EFORMAT)
        return j.errors ? CLI_BAD : (cli_failed(command, "%s: %s", file, dia_strerror(status)), CLI_BAD);
    if (status == DIA_ESYSTEM)
        return CLI_FAILED; /* said when standard output is closed */
    return status < 0 ? cli_failed(command, "%s: %s", file, dia_strerror(status)) : status;
}

static int run_format(const cli_command *command, void *settings_, const cli_texts *files)
{
    cli_shelf shelf;
    int worst = cli_files_check(command, files);
    if (worst)
        return worst;
    worst = cli_shelf_open(command, NULL, &shelf);
    for (size_t i = 0; i < files->n && worst < CLI_USAGE; i++) {
        const int status = format_one(command, settings_, &shelf, files->v[i]);
        if (status > worst)
            worst = status;
    }
    cli_shelf_close(&shelf);
    return worst;
}

const cli_command cli_dict_format = {
    .name = "dict format",
    .operands = "FILE.dia...",
    .summary = "print dictionaries in the usual layout",
    .about = "Prints dictionaries anew: sections in their usual order, columns aligned, names quoted\n"
             "only where they must be. Comments that document a definition, and annotations, stay.",
    .examples = "  diatom dict format my_app.dia\n"
                "  diatom dict format --write dict/*.dia",
    .groups = format_groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run_format,
};

/* ---- flatten ---- */

static int flatten_one(const cli_command *command, const settings *s, cli_shelf *shelf, const char *file,
                       const dia_dict *dict)
{
    (void)s, (void)shelf;
    const int err = dia_dict_flatten(dict, cli_write, stdout);
    if (err == DIA_ESYSTEM)
        return CLI_FAILED; /* said when standard output is closed */
    return err ? cli_failed(command, "%s: %s", file, dia_strerror(err)) : 0;
}

static int run_flatten(const cli_command *command, void *settings_, const cli_texts *files)
{
    return for_each(command, settings_, files, flatten_one);
}

const cli_command cli_dict_flatten = {
    .name = "dict flatten",
    .operands = "FILE.dia",
    .summary = "print a dictionary that inherits nothing any more",
    .about = "Prints a dictionary in which everything that it inherits is its own.",
    .examples = "  diatom dict flatten -I dict my_app.dia > whole.dia",
    .groups = read_groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_flatten,
};

/* `diatom dict import`: dictionaries in XML become .dia files. */
#include "cli.h"

#include "dicts.h"
#include "files.h"
#include "import.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <diatom/app/all.h>

typedef struct settings {
    const char *output;
    bool new_only;
} settings;

static const cli_option rows[] = {
    { "output", 'o', CLI_TEXT, offsetof(settings, output), "DIR", "where the files go [.]" },
    { "new-only", 0, CLI_FLAG, offsetof(settings, new_only), NULL,
      "leave out what is built in and says the same; what remains inherits\nfrom the built-in dictionaries" },
};
static const cli_group groups[] = { { "Options", CLI_ROWS(rows), 0 }, { 0 } };

/* How often a kind of warning came, and the last one that was printed. */
typedef struct tally {
    const char *kind, *file, *text;
    unsigned long line;
    size_t n;
    struct tally *next;
} tally;

typedef struct job {
    const cli_command *command;
    dia_arena arena;
import model;
    const char *path; /* of the file in hand */
    tally *tallies, *last_tally;
} job;

/* ---- Warnings: of each kind some, and how many more there were ---- */

enum { WARNINGS_SHOWN = 10 };

static tally *tally_of(job *j, const char *kind)
{
    for (tally *t = j->tallies; t; t = t->next)
        if (strcmp(t->kind, kind) == 0)
            return t;
    tally *t = cli_get(&j->arena, sizeof *t);
    t->kind = kind;
    *(j->last_tally ? &j->last_tally->next : &j->tallies) = t;
    j->last_tally = t;
    return t;
}

static void report(void *arg, const char *file, unsigned long line, const char *kind, const char *text)
{
    job *j = arg;
    tally *t = kind ? tally_of(j, kind) : NULL;
    if (t && t->n++ >= WARNINGS_SHOWN)
        return;
    fprintf(stderr, "%s:%lu: %s: %s\n", file, line, kind ? "warning" : "error", text);
    if (t && t->n == WARNINGS_SHOWN) {
        const size_t size = strlen(text) + 1;
        t->file = file;
        t->line = line;
        t->text = memcpy(cli_get(&j->arena, size), text, size);
    }
}

static void report_rest(const job *j)
{
    size_t n = 0;
    for (const tally *t = j->tallies; t; t = t->next) {
        n += t->n;
        if (t->n > WARNINGS_SHOWN)
            fprintf(stderr, "%s:%lu: warning: %zu more like this: %s\n", t->file, t->line, t->n - WARNINGS_SHOWN,
                    t->text);
    }
    if (n)
        fprintf(stderr, "%zu warning%s\n", n, n == 1 ? "" : "s");
}

/* ---- Files ---- */

static bool slurp(job *j, const char *path, dia_bytes *text)
{
    FILE *in = cli_is_stdin(path) ? stdin : fopen(path, "rb");
    if (!in)
        return false;
    uint8_t *to = cli_get(&j->arena, XML_OCTETS_MAX + 1);
    *text = (dia_bytes){ to, fread(to, 1, XML_OCTETS_MAX + 1, in) };
    const bool good = !ferror(in);
    if (in != stdin)
        fclose(in);
    return good;
}

/* A file in the folder of the one in hand. */
static bool open_beside(void *arg, const char *name, dia_bytes *text, const char **path)
{
    job *j = arg;
    const char *slash = strrchr(j->path, '/');
    const size_t folder = slash ? (size_t)(slash - j->path) + 1 : 0;
    char *whole = cli_get(&j->arena, folder + strlen(name) + 1);
    memcpy(whole, j->path, folder);
    strcpy(whole + folder, name);
    *path = whole;
    struct stat what;
    if (stat(whole, &what) != 0 || !S_ISREG(what.st_mode))
        return false; /* a pipe would keep us waiting */
    return slurp(j, whole, text);
}

/* ---- Reading ---- */

static int read_one(job *j, const char *path)
{
    const xml_reader reader = {
        .arena = &j->arena, .open = open_beside, .report = report, .arg = j, .includes = "dictionary"
    };
    dia_bytes text;
    j->path = path;
    if (!slurp(j, path, &text))
        return cli_usage(j->command, "cannot read '%s': %s", path, strerror(errno));
    const xml_element *root = xml_read(&reader, path, text);
    if (!root)
        return CLI_BAD;
    const bool wireshark = strcmp(root->name, "dictionary") == 0;
    if (!wireshark && strcmp(root->name, "diameter") != 0) {
        report(j, path, root->line, NULL, "neither <diameter> (go-diameter, diameter-rs) nor <dictionary> (Wireshark)");
        return CLI_BAD;
    }
    if (j->model.origin && j->model.wireshark != wireshark)
        return cli_usage(j->command, "'%s' is of another form than the files before", path);
    j->model.wireshark = wireshark;
    if (!j->model.origin) {
        const char *slash = strrchr(path, '/');
        j->model.origin = slash ? slash + 1 : path;
    }
    (wireshark ? import_wireshark : import_go)(&j->model, root);
    return j->model.bad ? CLI_BAD : 0;
}

/* ---- Writing ---- */

typedef struct page {
    const import *model;
    const import_file *file;
} page;

static int say_page(void *page_, dia_write_fn *write, void *arg)
{
    const page *p = page_;
    return import_write(p->model, p->file, write, arg);
}

static int write_one(const job *j, const char *folder, const import_file *file)
{
    page p = { &j->model, file };
    const size_t size = strlen(folder) + strlen(file->name) + sizeof "/.dia";
    char *path = cli_new(size);
    snprintf(path, size, "%s/%s.dia", folder, file->name);
    int status = cli_file_write(j->command, path, say_page, &p);
    if (status < 0)
        status = cli_failed(j->command, "'%s' was not written: %s", path, dia_strerror(status));
    else if (!status)
        puts(path);
    free(path);
    return status;
}

static int run(const cli_command *command, void *settings_, const cli_texts *files)
{
    const settings *s = settings_;
    const char *folder = s->output ? s->output : ".";
    int status = cli_folder_check(command, folder);
    if (status)
        return status;
    job *j = cli_new(sizeof *j);
    j->command = command;
    dia_arena_init(&j->arena, NULL, 0, SIZE_MAX, NULL);
    j->model =
        (import){ .arena = &j->arena, .built_in = &dia_dicts_all, .report = report, .arg = j, .new_only = s->new_only };
    for (size_t i = 0; i < files->n && !status; i++)
        status = read_one(j, files->v[i]);
    if (!status && !j->model.n_avps && !j->model.n_commands)
        status = cli_usage(command, "there is no AVP and no command in '%s'%s", files->v[0],
                           files->n > 1 ? " and the others" : "");
    if (!status) {
        import_settle(&j->model);
        status = j->model.bad ? CLI_BAD : 0;
    }
    for (const import_file *f = j->model.files; f && !status; f = f->next)
        if (!import_is_empty(f))
            status = write_one(j, folder, f);
    report_rest(j);
    dia_arena_done(&j->arena);
    free(j);
    return status;
}

const cli_command cli_dict_import = {
    .name = "dict import",
    .operands = "FILE.xml...",
    .summary = "make .dia files of dictionaries of go-diameter, diameter-rs or Wireshark",
    .about = "Reads dictionaries in XML and prints the names of the .dia files that it writes.\n"
             "\n"
             "go-diameter and diameter-rs (<diameter>): one file per application, and common.dia with\n"
             "the AVPs of application 0 and those that several applications share. Give all files\n"
             "that belong together at once; what they do not define is looked for in the base protocol.\n"
             "\n"
             "Wireshark (<dictionary>): one file per vendor, ietf.dia for AVPs without one, and one per\n"
             "application that has commands. Files that it includes are read from its folder.\n"
             "\n"
             "What the language cannot say, and what the source says twice or not at all, is a comment\n"
             "in the output; what was changed or left out is a warning as well: file:line: warning: ....",
    .examples = "  diatom dict import -o dict base.xml credit_control.xml\n"
                "  diatom dict import -o dict --new-only /usr/share/wireshark/diameter/dictionary.xml",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};

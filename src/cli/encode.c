/* `diatom encode`: messages as JSON or as text, turned into octets. */
#include "cli.h"

#include "dicts.h"
#include "files.h"
#include "json_text.h"
#include "memory.h"
#include "text_split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <diatom/diatom.h>

enum { FORMAT_AUTO = 1, FORMAT_JSON, FORMAT_TEXT };

typedef struct settings {
    int format;
    bool hex;
    const char *output;
    cli_dict_options dict;
} settings;

static const cli_option rows[] = {
    { "format", 0, CLI_CHOICE, offsetof(settings, format), "auto|json|text",
      "what the input is [auto: JSON begins with a brace or bracket]" },
    { "hex", 0, CLI_FLAG, offsetof(settings, hex), NULL, "hexadecimal text, one line a message, instead of octets" },
    { "output", 'o', CLI_TEXT, offsetof(settings, output), "FILE", "write there instead of to standard output" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

typedef struct job {
    const cli_command *command;
    const settings *settings;
    cli_dicts dicts;
    const char *file; /* that is being read */
    FILE *out;
    uint8_t *buf;
    size_t cap;
    uint64_t bad;
} job;

static void write_hex(FILE *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%02x", p[i]);
    putc('\n', out);
}

static void write_message(job *j, size_t n)
{
    if (j->settings->hex)
        write_hex(j->out, j->buf, n);
    else
        fwrite(j->buf, 1, n, j->out);
}

/* One JSON object. */
static bool on_object(void *arg, size_t line, dia_bytes text)
{
    job *j = arg;
    dia_json_error error = { 0 };
    size_t needed = 0;
    int64_t n;
    while ((n = dia_json_read(&j->dicts.all, text, j->buf, j->cap, &needed, &error)) == DIA_ESPACE && needed > j->cap)
        j->buf = cli_grow(j->buf, &j->cap, needed, 1);
    if (n < 0) {
        const char *why = (n == DIA_EFORMAT || n == DIA_ENOTSUP) && error.text[0] ? error.text : dia_strerror((int)n);
        fflush(j->out);
        cli_failed(j->command, "%s:%zu: %s%s%s", j->file, line + (error.line ? error.line - 1 : 0), error.path,
                   error.path[0] ? ": " : "", why);
        j->bad++;
    } else {
        write_message(j, (size_t)n);
    }
    return !ferror(j->out);
}

/* What the reader finds in a text. */
typedef struct finding {
    const job *job;
    size_t first_line;
} finding;

static void on_finding(void *arg, size_t line, size_t column, const char *reason)
{
    const finding *f = arg;
    cli_failed(f->job->command, "%s:%zu:%zu: %s", f->job->file, f->first_line + line - 1, column, reason);
}

/* One message as text. */
static bool on_text(void *arg, size_t line, dia_bytes text)
{
    job *j = arg;
    finding f = { j, line };
    size_t needed = 0;
    int64_t n;
    fflush(j->out);
    while ((n = dia_text_read(&j->dicts.all, text, on_finding, &f, j->buf, j->cap, &needed)) == DIA_ESPACE &&
           needed > j->cap)
        j->buf = cli_grow(j->buf, &j->cap, needed, 1);
    if (n < 0)
        j->bad++;
    else
        write_message(j, (size_t)n);
    return !ferror(j->out);
}

static void on_wrong(void *arg, size_t line, const char *why)
{
    job *j = arg;
    fflush(j->out);
    cli_failed(j->command, "%s:%zu: %s", j->file, line, why);
    j->bad++;
}

/* Looks for the first character that can be seen, and puts it back. The lines before it are counted. */
static int peek_format(FILE *file, size_t *line)
{
    int c;
    while ((c = getc(file)) == '\n' || c == '\r' || c == ' ' || c == '\t')
        *line += c == '\n';
    if (c != EOF)
        ungetc(c, file);
    return c == '{' || c == '[' || c == ']' ? FORMAT_JSON : FORMAT_TEXT;
}

static void read_messages(job *j, FILE *file)
{
    size_t line = 1;
    int format = j->settings->format;
    if (format == 0 || format == FORMAT_AUTO)
        format = peek_format(file, &line);
    if (format == FORMAT_JSON)
        cli_json_split(file, line, on_object, on_wrong, j);
    else
        cli_text_split(file, line, on_text, on_wrong, j);
}

static int read_file(job *j, const char *name)
{
    const bool from_stdin = cli_is_stdin(name);
    FILE *file = from_stdin ? stdin : fopen(name, "rb");
    if (!file)
        return cli_usage(j->command, "cannot read '%s': %s", name, strerror(errno));
    j->file = from_stdin ? "standard input" : name;
    errno = 0;
    read_messages(j, file);
    int status = 0;
    if (ferror(file))
        status = cli_failed(j->command, "cannot read '%s': %s", name, strerror(errno));
    if (!from_stdin)
        fclose(file);
    return status;
}

static int read_files(job *j, const cli_texts *files)
{
    if (files->n == 0)
        return read_file(j, "-");
    int status = 0;
    for (size_t i = 0; i < files->n && !status; i++)
        status = read_file(j, files->v[i]);
    return status;
}

static int open_output(job *j)
{
    j->out = j->settings->output ? fopen(j->settings->output, "wb") : stdout;
    if (!j->out)
        return cli_usage(j->command, "cannot write '%s': %s", j->settings->output, strerror(errno));
    if (j->out == stdout && !j->settings->hex && isatty(STDOUT_FILENO))
        return cli_usage(j->command, "octets are nothing for a terminal; use --hex, --output or a pipe");
    return 0;
}

static int run(const cli_command *command, void *settings_, const cli_texts *files)
{
    job j = { .command = command, .settings = settings_ };
    int status = cli_files_check(command, files);
    if (!status)
        status = cli_dicts_load(command, &j.settings->dict, &j.dicts);
    if (!status)
        status = open_output(&j);
    if (!status)
        status = read_files(&j, files);
    if (j.out && j.out != stdout) {
        const bool before = ferror(j.out) != 0;
        if ((fclose(j.out) != 0 || before) && !status)
            status = cli_failed(command, "cannot write '%s': %s", j.settings->output, strerror(errno));
    }
    cli_dicts_done(&j.dicts);
    free(j.buf);
    return status == 0 && j.bad ? CLI_BAD : status;
}

const cli_command cli_encode = {
    .name = "encode",
    .operands = "[FILE...]",
    .summary = "turn messages as JSON or text into octets or hexadecimal text",
    .about = "Reads messages as JSON or as text from files, or from standard input. JSON is objects\n"
             "one after the other (JSON Lines, or over several lines), or arrays of them. Text is\n"
             "what 'diatom decode' prints, or shorter, by hand: a line 'CCR app=ro' and its AVPs\n"
             "below it, indented. Writes their octets; what 'diatom decode' and 'diatom decode\n"
             "--json' printed gives the same octets again.\n"
             "\n"
             "What is no message is reported with file, line, and column or member; reading goes\n"
             "on, and the exit status is 1.",
    .examples = "  diatom encode --hex message.json\n"
                "  diatom decode trace.pcap > trace.txt; diatom encode trace.txt > messages.bin\n"
                "  echo '{\"command\": \"DWR\", \"avps\": {\"Origin-Host\": \"a.example\", \"Origin-Realm\": "
                "\"example\"}}' |\n    diatom encode --hex",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_max = -1,
    .run = run,
};

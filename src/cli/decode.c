/* `diatom decode`: messages in files, printed. */
#include "cli.h"

#include "capture.h"
#include "dicts.h"
#include "files.h"
#include "hex.h"
#include "json_text.h"
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <diatom/diatom.h>

enum { FORMAT_AUTO = 1, FORMAT_HEX, FORMAT_RAW, FORMAT_PCAP };
enum { COLOR_AUTO = 1, COLOR_ALWAYS, COLOR_NEVER };
enum { DIAMETER_PORT = 3868 };

typedef struct settings {
    int format, color;
    bool json, summary, redact, check;
    cli_texts ports;
    cli_dict_options dict;
} settings;

static const cli_option rows[] = {
    { "format", 0, CLI_CHOICE, offsetof(settings, format), "auto|hex|raw|pcap",
      "what the input is [auto: found out by itself; pcap also means pcapng]" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "one JSON object a line (JSON Lines)" },
    { "summary", 0, CLI_FLAG, offsetof(settings, summary), NULL, "one line a message" },
    { "check", 0, CLI_FLAG, offsetof(settings, check), NULL,
      "hold each message against the grammar of its command as well" },
    { "redact", 0, CLI_FLAG, offsetof(settings, redact), NULL,
      "leave out values that identify or authenticate a subscriber" },
    { "color", 0, CLI_CHOICE, offsetof(settings, color), "auto|always|never", "colours [auto: on a terminal]" },
    { "port", 0, CLI_TEXTS, offsetof(settings, ports), "N",
      "a port that carries Diameter, beside 3868; several times. Connections\non other ports are recognized by "
      "their messages" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

/* One run. */
typedef struct job {
    const cli_command *command;
    const settings *settings;
    cli_dicts dicts;
    cli_ports ports;
    cli_sink sink;
    dia_text_options text;
    dia_json_options json;
    bool flush; /* after each message: somebody may be waiting */
    char *buf;
    size_t cap;
    uint64_t messages, bad;
} job;

/* ---- Places ---- */

static void print_end(const cli_end *end, char *to, size_t size)
{
    char host[64];
    const dia_address address = { end->family, { end->address, end->family == DIA_FAMILY_IPV6 ? 16 : 4 } };
    if (end->family == 0 || dia_address_print(&address, host, sizeof host) < 0)
        snprintf(to, size, "?");
    else
        snprintf(to, size, end->family == DIA_FAMILY_IPV6 ? "[%s]:%u" : "%s:%u", host, end->port);
}

/* "# packet 12  2026-01-31T12:00:00.123456Z  192.0.2.1:40000 > 192.0.2.2:3868 tcp" */
static void print_place(const cli_place *place)
{
    char time[32], from[80], to[80];
    if (!place->packet)
        return;
    printf("# packet %" PRIu64, place->packet);
    const int n = dia_time_print(place->seconds, time, sizeof time);
    if (n > 0)
        printf("  %.*s.%06" PRIu32 "Z", n - 1, time, place->micros);
    if (place->from.family) {
        print_end(&place->from, from, sizeof from);
        print_end(&place->to, to, sizeof to);
        printf("  %s > %s%s%s", from, to, place->transport ? " " : "", place->transport ? place->transport : "");
    }
    putchar('\n');
}

static void say(const job *j, const cli_place *place, const char *kind, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "diatom %s: %s", j->command->name, place->file);
    if (place->packet)
        fprintf(stderr, ": packet %" PRIu64, place->packet);
    else if (place->line)
        fprintf(stderr, ": line %" PRIu64, place->line);
    else
        fprintf(stderr, ": octet %" PRIu64, place->offset);
    fprintf(stderr, ": %s%s\n", kind, text);
}

static void on_bad(void *arg, const cli_place *place, const char *reason)
{
    job *j = arg;
    j->bad++;
    say(j, place, "", reason);
}

static void on_note(void *arg, const cli_place *place, const char *reason)
{
    job *j = arg;
    fprintf(stderr, "diatom %s: %s: note: %s\n", j->command->name, place->file, reason);
}

/* ---- Checks ---- */

/* Can the octets be a value of this type? */
static bool fits(const dia_avp_def *def, dia_bytes data)
{
    dia_address address;
    switch ((dia_type)def->type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED:
    case DIA_TYPE_TIME: return data.n == 4;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: return data.n == 8;
    case DIA_TYPE_ADDRESS: return dia_address_read(data, &address) == 0;
    default: return true;
    }
}

/* Walks all AVPs, groups as well. False with a sentence. */
static bool check_avps(const job *j, uint32_t application, dia_avps it, int depth, char *why, size_t size)
{
    while (dia_avp_next(&it)) {
        const dia_avp_def *def = dia_dicts_avp(&j->dicts.all, application, it.avp.code, it.avp.vendor);
        if (!def)
            continue;
        if (!fits(def, it.avp.data)) {
            snprintf(why, size, "%s has %zu octets, which no %s can have", def->name, it.avp.data.n,
                     dia_type_name((dia_type)def->type));
            return false;
        }
        if (def->type != DIA_TYPE_GROUPED)
            continue;
        if (depth == DIA_NESTING_MAX) {
            snprintf(why, size, "groups are nested deeper than %d", DIA_NESTING_MAX);
            return false;
        }
        if (!check_avps(j, application, dia_avp_enter(&it), depth + 1, why, size))
            return false;
    }
    if (!it.err)
        return true;
    const uint32_t code = it.end - it.where >= 4 ? (uint32_t)it.where[0] << 24 | (uint32_t)it.where[1] << 16 |
                                                       (uint32_t)it.where[2] << 8 | it.where[3]
                                                 : 0;
    if (it.err == DIA_ETRUNC)
        snprintf(why, size, "AVP %" PRIu32 " is longer than what surrounds it", code);
    else
        snprintf(why, size, "AVP %" PRIu32 " has a length below that of its header", code);
    return false;
}

static void check_grammar(job *j, const cli_place *place, const dia_header *h, dia_bytes octets)
{
    const dia_command *command =
        dia_dicts_command(&j->dicts.all, h->application, h->command, h->flags & DIA_FLAG_REQUEST);
    if (!command) {
        say(j, place, "note: ", "its command is in no dictionary");
        return;
    }
    dia_arena arena;
    dia_fault fault;
    const void *decoded;
    char text[sizeof fault.text + 200];
    dia_arena_init(&arena, NULL, 0, (size_t)64 << 20, NULL);
    const int err = dia_decode(command, octets, DIA_LEVEL_STRICT, &arena, &decoded, &fault);
    if (err == DIA_ERULE) {
        snprintf(text, sizeof text, "%s: %s (Result-Code %" PRIu32 ")", command->name, fault.text, fault.result_code);
        on_bad(j, place, text);
    } else if (err) {
        on_bad(j, place, dia_strerror(err));
    }
    dia_arena_done(&arena);
}

static void check(job *j, const cli_place *place, dia_bytes octets)
{
    char why[160];
    dia_header h;
    if (dia_header_read(octets, &h))
        return;
    if (h.version != 1) {
        snprintf(why, sizeof why, "the version is %u, not 1", h.version);
        on_bad(j, place, why);
    }
    if (!check_avps(j, h.application, dia_avps_of(octets), 0, why, sizeof why))
        on_bad(j, place, why);
    else if (j->settings->check)
        check_grammar(j, place, &h, octets);
}

/* ---- Printing ---- */

static int64_t print_into_buf(job *j, dia_bytes octets, size_t *needed)
{
    if (j->settings->json)
        return dia_json_print(&j->dicts.all, octets, &j->json, j->buf, j->cap, needed);
    if (j->settings->summary)
        return dia_text_summary(&j->dicts.all, octets, &j->text, j->buf, j->cap, needed);
    return dia_text_print(&j->dicts.all, octets, &j->text, j->buf, j->cap, needed);
}

static void on_message(void *arg, const cli_place *place, dia_bytes octets)
{
    job *j = arg;
    size_t needed = 0;
    int64_t n;
    while ((n = print_into_buf(j, octets, &needed)) == DIA_ESPACE && needed > j->cap)
        j->buf = cli_grow(j->buf, &j->cap, needed, 1);
    if (n < 0) {
        on_bad(j, place, dia_strerror((int)n));
        return;
    }
    const bool lines = j->settings->json || j->settings->summary;
    if (!lines) {
        if (j->messages)
            putchar('\n');
        print_place(place);
    }
    fwrite(j->buf, 1, (size_t)n, stdout);
    if (n == 0 || j->buf[n - 1] != '\n')
        putchar('\n');
    if (j->flush)
        fflush(stdout);
    j->messages++;
    check(j, place, octets);
}

/* ---- Input ---- */

static void read_raw(const job *j, FILE *file, const char *name)
{
    uint8_t octets[65536];
    cli_stream stream;
    cli_place place = { .file = name };
    size_t n;
    cli_stream_init(&stream, &j->sink);
    while ((n = fread(octets, 1, sizeof octets, file)) > 0)
        cli_stream_input(&stream, (dia_bytes){ octets, n }, &place);
    cli_stream_end(&stream, &place);
    cli_stream_done(&stream);
}

/* Text starts with what can be seen; Diameter starts with an octet 1. */
static int format_of(const uint8_t *p, size_t n)
{
    if (cli_capture_looks_like(p, n))
        return FORMAT_PCAP;
    for (size_t i = 0; i < n; i++)
        if ((p[i] < ' ' || p[i] > '~') && p[i] != '\n' && p[i] != '\r' && p[i] != '\t')
            return FORMAT_RAW;
    return FORMAT_HEX;
}

/* Looks at the first octets and puts them back: the input may be a pipe. */
static int peek_format(FILE *file)
{
    uint8_t start[4];
    size_t n = 0;
    for (int c; n < sizeof start && (c = getc(file)) != EOF;)
        start[n++] = (uint8_t)c;
    for (size_t i = n; i > 0; i--)
        ungetc(start[i - 1], file);
    return format_of(start, n);
}

static int read_file(job *j, FILE *file, const char *name)
{
    char why[300];
    int format = j->settings->format;
    int result = 0;
    if (format == 0 || format == FORMAT_AUTO)
        format = peek_format(file);
    if (ferror(file)) {
        const int status = cli_failed(j->command, "cannot read '%s': %s", name, strerror(errno));
        fclose(file);
        return status;
    }
    errno = 0;
    if (format == FORMAT_PCAP) { /* closes it */
        if (cli_capture_read(file, name, &j->ports, &j->sink, why, sizeof why) == 0)
            return 0;
        fflush(stdout);
        cli_failed(j->command, "%s: %s", name, why);
        return CLI_BAD;
    }
    if (format == FORMAT_RAW)
        read_raw(j, file, name);
    else
        cli_hex_read(file, name, &j->sink);
    if (ferror(file))
        result = cli_failed(j->command, "cannot read '%s': %s", name, strerror(errno));
    fclose(file);
    return result;
}

static int read_files(job *j, const cli_texts *files)
{
    static const char *const standard[] = { "-" };
    const char *const *names = files->n ? files->v : standard;
    const size_t n = files->n ? files->n : 1;
    int status = 0;
    for (size_t i = 0; i < n && !ferror(stdout); i++) {
        const bool from_stdin = cli_is_stdin(names[i]);
        FILE *file = from_stdin ? stdin : fopen(names[i], "rb");
        j->flush = from_stdin;
        const int one = file ? read_file(j, file, from_stdin ? "standard input" : names[i])
                             : cli_failed(j->command, "cannot read '%s': %s", names[i], strerror(errno));
        if (one > status)
            status = one;
    }
    return status;
}

static int set_ports(job *j, const cli_texts *ports)
{
    j->ports.v[j->ports.n++] = DIAMETER_PORT;
    for (size_t i = 0; i < ports->n; i++) {
        char *end;
        const unsigned long port = strtoul(ports->v[i], &end, 10);
        if (*end || end == ports->v[i] || port == 0 || port > 65535)
            return cli_usage(j->command, "--port takes a number from 1 to 65535, not '%s'", ports->v[i]);
        if (j->ports.n == sizeof j->ports.v / sizeof j->ports.v[0])
            return cli_usage(j->command, "--port '%s' is one too many", ports->v[i]);
        j->ports.v[j->ports.n++] = (uint16_t)port;
    }
    return 0;
}

static bool wants_color(const settings *s)
{
    if (s->color == COLOR_ALWAYS || s->color == COLOR_NEVER)
        return s->color == COLOR_ALWAYS;
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static int run(const cli_command *command, void *settings_, const cli_texts *files)
{
    const settings *s = settings_;
    job j = { .command = command, .settings = s };
    j.sink = (cli_sink){ on_message, on_bad, on_note, &j };
    j.text = (dia_text_options){ .color = wants_color(s), .redact = s->redact };
    j.json = (dia_json_options){ .redact = s->redact };
    if (s->json && s->summary)
        return cli_usage(command, "--json and --summary exclude each other");
    int status = cli_json_check(command, s->json);
    if (!status)
        status = set_ports(&j, &s->ports);
    if (!status)
        status = cli_files_check(command, files);
    if (!status)
        status = cli_dicts_load(command, &s->dict, &j.dicts);
    if (!status)
        status = read_files(&j, files);
    if (status < CLI_USAGE && j.messages == 0 && j.bad == 0)
        fprintf(stderr, "diatom %s: no Diameter message found\n", command->name);
    cli_dicts_done(&j.dicts);
    free(j.buf);
    return status == 0 && j.bad ? CLI_BAD : status;
}

const cli_command cli_decode = {
    .name = "decode",
    .operands = "[FILE...]",
    .summary = "print messages from captures, hexadecimal text or raw octets",
    .about = "Prints the Diameter messages in files, or in standard input: captures (pcap and\n"
             "pcapng; TCP is put together again, SCTP chunks are joined), hexadecimal text as\n"
             "people paste it and as xxd, hexdump, od and Wireshark print it, or raw octets.\n"
             "\n"
             "A message that is bad is reported on standard error with its file and packet, line\n"
             "or octet; reading goes on, and the exit status is 1.",
    .examples = "  diatom decode trace.pcapng\n"
                "  tcpdump -U -w - port 3868 | diatom decode --summary -\n"
                "  echo 01000014800001180000000000000001... | diatom decode\n"
                "  diatom decode --json trace.pcap | diatom encode > messages.bin",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_max = -1,
    .run = run,
};
